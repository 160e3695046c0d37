// RtlQueryRegistryValues: each entry of the table names a value, or asks for all of a key, and what to do
// with it: call a routine, or store it directly in the form of its type.

#include "rtlp.h"

enum : ULONG { RtlpQueryTag = 'yrQR' };

typedef struct _RTLP_QUERY {
    HANDLE Root, Key; // Key: Root, or the subkey that the last RTL_QUERY_REGISTRY_SUBKEY opened
    PVOID Context;
} RTLP_QUERY, *PRTLP_QUERY;

// ---- Direct storage

static NTSTATUS RtlpStoreString(PUNICODE_STRING String, PCWSTR Data, ULONG Length)
{
    if (Length >= sizeof(WCHAR) && !Data[Length / sizeof(WCHAR) - 1])
        Length -= sizeof(WCHAR); // the terminator is not part of the string
    if (Length > MAXUSHORT - sizeof(WCHAR))
        return STATUS_NAME_TOO_LONG;
    if (!String->Buffer) {
        String->MaximumLength = (USHORT)(Length + sizeof(WCHAR));
        String->Buffer = ExAllocatePoolWithTag(PagedPool, String->MaximumLength, RtlpQueryTag);
        if (!String->Buffer)
            return STATUS_NO_MEMORY;
    }
    if (String->MaximumLength < Length)
        return STATUS_BUFFER_TOO_SMALL;
    RtlCopyMemory(String->Buffer, Data, Length);
    String->Length = (USHORT)Length;
    if (String->MaximumLength >= Length + sizeof(WCHAR))
        String->Buffer[Length / sizeof(WCHAR)] = 0;
    return STATUS_SUCCESS;
}

// A buffer for other data begins with its size, negative when it is to hold the data alone.
static NTSTATUS RtlpStoreBinary(PLONG Buffer, ULONG Type, PVOID Data, ULONG Length)
{
    if (Length <= sizeof(ULONG) && *Buffer >= 0) {
        RtlCopyMemory(Buffer, Data, Length);
        return STATUS_SUCCESS;
    }
    if (*Buffer < 0) {
        if ((ULONG) - *Buffer < Length)
            return STATUS_BUFFER_TOO_SMALL;
        RtlCopyMemory(Buffer, Data, Length);
        return STATUS_SUCCESS;
    }
    if ((ULONG)*Buffer < Length + 2 * sizeof(ULONG))
        return STATUS_BUFFER_TOO_SMALL;
    ((PULONG)Buffer)[0] = Length;
    ((PULONG)Buffer)[1] = Type;
    RtlCopyMemory(Buffer + 2, Data, Length);
    return STATUS_SUCCESS;
}

static NTSTATUS RtlpStoreDirect(PVOID Target, ULONG Type, PVOID Data, ULONG Length)
{
    switch (Type) {
    case REG_SZ:
    case REG_EXPAND_SZ:
    case REG_MULTI_SZ:
        return RtlpStoreString(Target, Data, Length);
    case REG_DWORD:
        if (Length != sizeof(ULONG))
            return STATUS_OBJECT_TYPE_MISMATCH;
        *(PULONG)Target = *(PULONG)Data;
        return STATUS_SUCCESS;
    default:
        return RtlpStoreBinary(Target, Type, Data, Length);
    }
}

// ---- Delivery

static NTSTATUS RtlpDeliver(PRTLP_QUERY Query, PRTL_QUERY_REGISTRY_TABLE Table, PCWSTR Name,
                            ULONG Type, PVOID Data, ULONG Length)
{
    if (!(Table->Flags & RTL_QUERY_REGISTRY_DIRECT))
        return Table->QueryRoutine((PWSTR)Name, Type, Data, Length, Query->Context,
                                   Table->EntryContext);
    ULONG Expected = Table->DefaultType >> RTL_QUERY_REGISTRY_TYPECHECK_SHIFT;
    if ((Table->Flags & RTL_QUERY_REGISTRY_TYPECHECK) && Expected != Type)
        return STATUS_OBJECT_TYPE_MISMATCH;
    return RtlpStoreDirect(Table->EntryContext, Type, Data, Length);
}

// A multiple string goes to a routine one string a call, unless the table says not to.
static NTSTATUS RtlpDeliverValue(PRTLP_QUERY Query, PRTL_QUERY_REGISTRY_TABLE Table, PCWSTR Name,
                                 ULONG Type, PVOID Data, ULONG Length)
{
    constexpr ULONG Whole = RTL_QUERY_REGISTRY_NOEXPAND | RTL_QUERY_REGISTRY_DIRECT;
    if (Type != REG_MULTI_SZ || (Table->Flags & Whole))
        return RtlpDeliver(Query, Table, Name, Type, Data, Length);
    NTSTATUS Status = STATUS_SUCCESS;
    PWSTR String = Data, End = String + Length / sizeof(WCHAR);
    while (NT_SUCCESS(Status) && String < End && *String) {
        ULONG Characters = 0;
        while (String + Characters < End && String[Characters])
            Characters++;
        Status = RtlpDeliver(Query, Table, Name, REG_SZ, String,
                             (Characters + 1) * (ULONG)sizeof(WCHAR));
        String += Characters + 1;
    }
    return Status;
}

static NTSTATUS RtlpDeliverDefault(PRTLP_QUERY Query, PRTL_QUERY_REGISTRY_TABLE Table)
{
    ULONG Type = Table->DefaultType & 0xFF;
    if (Table->Flags & RTL_QUERY_REGISTRY_REQUIRED)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    if (Type == REG_NONE)
        return STATUS_SUCCESS;
    ULONG Length = Table->DefaultLength;
    if (!Length && Table->DefaultData && (Type == REG_SZ || Type == REG_EXPAND_SZ))
        Length = (ULONG)((wcslen(Table->DefaultData) + 1) * sizeof(WCHAR));
    return RtlpDeliver(Query, Table, Table->Name, Type, Table->DefaultData, Length);
}

// ---- Values

// With a terminator behind the data, for strings that have none.
static NTSTATUS RtlpReadValue(HANDLE Key, PUNICODE_STRING Name,
                              PKEY_VALUE_FULL_INFORMATION *Information)
{
    ULONG Size;
    NTSTATUS Status = ZwQueryValueKey(Key, Name, KeyValueFullInformation, nullptr, 0, &Size);
    if (Status != STATUS_BUFFER_TOO_SMALL && Status != STATUS_BUFFER_OVERFLOW)
        return Status;
    *Information = ExAllocatePoolWithTag(PagedPool, Size + 2 * sizeof(WCHAR), RtlpQueryTag);
    if (!*Information)
        return STATUS_NO_MEMORY;
    RtlZeroMemory((PUCHAR)*Information + Size, 2 * sizeof(WCHAR));
    Status = ZwQueryValueKey(Key, Name, KeyValueFullInformation, *Information, Size, &Size);
    if (!NT_SUCCESS(Status))
        ExFreePoolWithTag(*Information, RtlpQueryTag);
    return Status;
}

static NTSTATUS RtlpQueryNamed(PRTLP_QUERY Query, PRTL_QUERY_REGISTRY_TABLE Table)
{
    UNICODE_STRING Name;
    PKEY_VALUE_FULL_INFORMATION Value;
    RtlInitUnicodeString(&Name, Table->Name);
    NTSTATUS Status = RtlpReadValue(Query->Key, &Name, &Value);
    if (Status == STATUS_OBJECT_NAME_NOT_FOUND)
        return RtlpDeliverDefault(Query, Table);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = RtlpDeliverValue(Query, Table, Table->Name, Value->Type,
                              (PUCHAR)Value + Value->DataOffset, Value->DataLength);
    ExFreePoolWithTag(Value, RtlpQueryTag);
    if (NT_SUCCESS(Status) && (Table->Flags & RTL_QUERY_REGISTRY_DELETE))
        ZwDeleteValueKey(Query->Key, &Name);
    return Status;
}

static NTSTATUS RtlpDeliverIndex(PRTLP_QUERY Query, PRTL_QUERY_REGISTRY_TABLE Table, ULONG Index)
{
    ULONG Size;
    NTSTATUS Status =
        ZwEnumerateValueKey(Query->Key, Index, KeyValueFullInformation, nullptr, 0, &Size);
    if (Status != STATUS_BUFFER_TOO_SMALL && Status != STATUS_BUFFER_OVERFLOW)
        return Status;
    PKEY_VALUE_FULL_INFORMATION Value =
        ExAllocatePoolWithTag(PagedPool, Size + 2 * sizeof(WCHAR), RtlpQueryTag);
    if (!Value)
        return STATUS_NO_MEMORY;
    RtlZeroMemory((PUCHAR)Value + Size, 2 * sizeof(WCHAR));
    Status = ZwEnumerateValueKey(Query->Key, Index, KeyValueFullInformation, Value, Size, &Size);
    PWSTR Name = nullptr;
    if (NT_SUCCESS(Status))
        Name = ExAllocatePoolWithTag(PagedPool, Value->NameLength + sizeof(WCHAR), RtlpQueryTag);
    if (Name) {
        RtlCopyMemory(Name, Value->Name, Value->NameLength);
        Name[Value->NameLength / sizeof(WCHAR)] = 0;
        Status = RtlpDeliverValue(Query, Table, Name, Value->Type,
                                  (PUCHAR)Value + Value->DataOffset, Value->DataLength);
        ExFreePoolWithTag(Name, RtlpQueryTag);
    } else if (NT_SUCCESS(Status)) {
        Status = STATUS_NO_MEMORY;
    }
    ExFreePoolWithTag(Value, RtlpQueryTag);
    return Status;
}

static NTSTATUS RtlpQueryAll(PRTLP_QUERY Query, PRTL_QUERY_REGISTRY_TABLE Table)
{
    ULONG Index = 0;
    NTSTATUS Status;
    do
        Status = RtlpDeliverIndex(Query, Table, Index++);
    while (NT_SUCCESS(Status));
    if (Status != STATUS_NO_MORE_ENTRIES)
        return Status;
    return Index == 1 && (Table->Flags & RTL_QUERY_REGISTRY_REQUIRED) ? STATUS_OBJECT_NAME_NOT_FOUND
                                                                      : STATUS_SUCCESS;
}

// ---- The table

static VOID RtlpLeaveSubkey(PRTLP_QUERY Query)
{
    if (Query->Key != Query->Root)
        ZwClose(Query->Key);
    Query->Key = Query->Root;
}

static NTSTATUS RtlpEnterSubkey(PRTLP_QUERY Query, PRTL_QUERY_REGISTRY_TABLE Table)
{
    UNICODE_STRING Name;
    OBJECT_ATTRIBUTES Attributes;
    HANDLE Key;
    RtlpLeaveSubkey(Query);
    RtlInitUnicodeString(&Name, Table->Name);
    InitializeObjectAttributes(&Attributes, &Name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE,
                               Query->Root, nullptr);
    NTSTATUS Status = ZwOpenKey(&Key, KEY_READ, &Attributes);
    if (NT_SUCCESS(Status))
        Query->Key = Key;
    else if (Status == STATUS_OBJECT_NAME_NOT_FOUND &&
             !(Table->Flags & RTL_QUERY_REGISTRY_REQUIRED))
        return STATUS_SUCCESS;
    if (NT_SUCCESS(Status) && Table->QueryRoutine)
        Status = RtlpQueryAll(Query, Table);
    return Status;
}

static NTSTATUS RtlpQueryEntry(PRTLP_QUERY Query, PRTL_QUERY_REGISTRY_TABLE Table)
{
    if ((Table->Flags & RTL_QUERY_REGISTRY_DIRECT) &&
        (!Table->Name || Table->QueryRoutine || (Table->Flags & RTL_QUERY_REGISTRY_SUBKEY)))
        return STATUS_INVALID_PARAMETER;
    if (Table->Flags & (RTL_QUERY_REGISTRY_TOPKEY | RTL_QUERY_REGISTRY_SUBKEY))
        RtlpLeaveSubkey(Query);
    if (Table->Flags & RTL_QUERY_REGISTRY_SUBKEY)
        return RtlpEnterSubkey(Query, Table);
    if (Table->Flags & RTL_QUERY_REGISTRY_NOVALUE)
        return Table->QueryRoutine(nullptr, REG_NONE, nullptr, 0, Query->Context,
                                   Table->EntryContext);
    return Table->Name ? RtlpQueryNamed(Query, Table) : RtlpQueryAll(Query, Table);
}

static BOOLEAN RtlpIsLast(PRTL_QUERY_REGISTRY_TABLE Table)
{
    return !Table->QueryRoutine &&
           !(Table->Flags & (RTL_QUERY_REGISTRY_SUBKEY | RTL_QUERY_REGISTRY_DIRECT));
}

NTSTATUS NTAPI RtlQueryRegistryValues(ULONG RelativeTo, PCWSTR Path,
                                      PRTL_QUERY_REGISTRY_TABLE QueryTable, PVOID Context,
                                      PVOID Environment)
{
    UNREFERENCED_PARAMETER(Environment); // strings are not expanded: drivers have no environment
    RTLP_QUERY Query = {.Context = Context};
    NTSTATUS Status = RtlpOpenRegistryPath(RelativeTo, Path, FALSE, &Query.Root);
    if (!NT_SUCCESS(Status))
        return (RelativeTo & RTL_REGISTRY_OPTIONAL) ? STATUS_SUCCESS : Status;
    Query.Key = Query.Root;
    for (; NT_SUCCESS(Status) && !RtlpIsLast(QueryTable); QueryTable++)
        Status = RtlpQueryEntry(&Query, QueryTable);
    RtlpLeaveSubkey(&Query);
    RtlpCloseRegistryPath(RelativeTo, Query.Root);
    return Status;
}

NTSTATUS NTAPI RtlQueryRegistryValuesEx(ULONG RelativeTo, PCWSTR Path,
                                        PRTL_QUERY_REGISTRY_TABLE QueryTable, PVOID Context,
                                        PVOID Environment)
{
    return RtlQueryRegistryValues(RelativeTo, Path, QueryTable, Context, Environment);
}
