// Reading the registry.

#include "native.h"

NTSTATUS RegOpen(PCWSTR Path, ACCESS_MASK Access, PHANDLE Key)
{
    UNICODE_STRING Name;
    RtlInitUnicodeString(&Name, Path);
    OBJECT_ATTRIBUTES Attributes;
    InitializeObjectAttributes(&Attributes, &Name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    return NtOpenKey(Key, Access, &Attributes);
}

static PREG_VALUE RegCopyValue(const KEY_VALUE_FULL_INFORMATION *Full)
{
    SIZE_T NameSize = ALIGN_UP_BY(Full->NameLength + sizeof(WCHAR), sizeof(PVOID));
    PREG_VALUE Value =
        RtlAllocateHeap(RtlProcessHeap(), HEAP_ZERO_MEMORY,
                        sizeof(*Value) + NameSize + Full->DataLength + 2 * sizeof(WCHAR));
    if (!Value)
        return nullptr;
    Value->Name = (PWSTR)(Value + 1);
    Value->Data = (PUCHAR)Value->Name + NameSize;
    Value->Type = Full->Type;
    Value->Size = Full->DataLength;
    memcpy(Value->Name, Full->Name, Full->NameLength);
    memcpy(Value->Data, (const UCHAR *)Full + Full->DataOffset, Full->DataLength);
    return Value;
}

// The one of that name; without a name, of that index.
static NTSTATUS RegTakeValue(HANDLE Key, PUNICODE_STRING Name, ULONG Index, PREG_VALUE *Value)
{
    ULONG Size = 512;
    for (;;) {
        PKEY_VALUE_FULL_INFORMATION Full = RtlAllocateHeap(RtlProcessHeap(), 0, Size);
        if (!Full)
            return STATUS_NO_MEMORY;
        ULONG Needed;
        NTSTATUS Status =
            Name ? NtQueryValueKey(Key, Name, KeyValueFullInformation, Full, Size, &Needed)
                 : NtEnumerateValueKey(Key, Index, KeyValueFullInformation, Full, Size, &Needed);
        if (NT_SUCCESS(Status)) {
            *Value = RegCopyValue(Full);
            Status = *Value ? STATUS_SUCCESS : STATUS_NO_MEMORY;
        }
        RtlFreeHeap(RtlProcessHeap(), 0, Full);
        if ((Status != STATUS_BUFFER_OVERFLOW && Status != STATUS_BUFFER_TOO_SMALL) ||
            Needed <= Size)
            return Status;
        Size = Needed;
    }
}

NTSTATUS RegReadValue(HANDLE Key, ULONG Index, PREG_VALUE *Value)
{
    return RegTakeValue(Key, nullptr, Index, Value);
}

NTSTATUS RegFindValue(PCWSTR Path, PCWSTR Name, PREG_VALUE *Value)
{
    HANDLE Key;
    UNICODE_STRING Text;
    RtlInitUnicodeString(&Text, Name);
    NTSTATUS Status = RegOpen(Path, KEY_QUERY_VALUE, &Key);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = RegTakeValue(Key, &Text, 0, Value);
    NtClose(Key);
    return Status;
}

VOID RegFreeValue(PREG_VALUE Value)
{
    RtlFreeHeap(RtlProcessHeap(), 0, Value);
}
