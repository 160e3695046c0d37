// The lasting part: HKLM\SYSTEM\MountedDevices, a value for each name, whose data is the volume's unique identifier.
// A name that begins with # says that the volume is to have no letter.
#include "mountmgr.h"

static const UNICODE_STRING DatabaseName =
    RTL_CONSTANT_STRING(L"\\Registry\\Machine\\System\\MountedDevices");
static const UNICODE_STRING ServiceName =
    RTL_CONSTANT_STRING(L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\mountmgr");
static const UNICODE_STRING NoAutoMountName = RTL_CONSTANT_STRING(L"NoAutoMount");

static NTSTATUS MmgrOpenKey(const UNICODE_STRING *Name, PHANDLE Key)
{
    OBJECT_ATTRIBUTES Attributes;
    InitializeObjectAttributes(&Attributes, (PUNICODE_STRING)Name,
                               OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, nullptr, nullptr);
    return ZwCreateKey(Key, KEY_READ | KEY_WRITE, &Attributes, 0, nullptr, REG_OPTION_NON_VOLATILE,
                       nullptr);
}

BOOLEAN MmgrSameId(const MM_ID *First, const MM_ID *Second)
{
    return First->Length == Second->Length &&
           RtlEqualMemory(First->Bytes, Second->Bytes, First->Length);
}

// ---- Values

static BOOLEAN MmgrTakeValue(const KEY_VALUE_FULL_INFORMATION *Value, PWSTR Name, PMM_ID Id)
{
    if (Value->Type != REG_BINARY || Value->DataLength > MM_ID_BYTES ||
        !MmgrCopyName(Name, MM_NAME_CHARS, Value->Name, Value->NameLength))
        return FALSE;
    Id->Length = (USHORT)Value->DataLength;
    RtlCopyMemory(Id->Bytes, (const UCHAR *)Value + Value->DataOffset, Value->DataLength);
    return TRUE;
}

static VOID MmgrEnumerateKey(HANDLE Key, PKEY_VALUE_FULL_INFORMATION Value,
                             MM_VALUE_ROUTINE *Routine, PVOID Context)
{
    WCHAR Name[MM_NAME_CHARS];
    MM_ID Id;
    for (ULONG i = 0;; i++) {
        ULONG Length;
        NTSTATUS Status =
            ZwEnumerateValueKey(Key, i, KeyValueFullInformation, Value, MM_VALUE_BYTES, &Length);
        if (Status == STATUS_BUFFER_OVERFLOW || Status == STATUS_BUFFER_TOO_SMALL)
            continue; // nothing of ours
        if (!NT_SUCCESS(Status))
            return;
        if (MmgrTakeValue(Value, Name, &Id) && !Routine(Name, &Id, Context))
            return;
    }
}

// The routine must not change the database.
VOID MmgrEnumerate(MM_VALUE_ROUTINE *Routine, PVOID Context)
{
    HANDLE Key;
    PVOID Value = ExAllocatePoolWithTag(PagedPool, MM_VALUE_BYTES, MmgrTag);
    if (!Value)
        return;
    if (NT_SUCCESS(MmgrOpenKey(&DatabaseName, &Key))) {
        MmgrEnumerateKey(Key, Value, Routine, Context);
        ZwClose(Key);
    }
    ExFreePoolWithTag(Value, MmgrTag);
}

NTSTATUS MmgrStore(PCWSTR Name, const MM_ID *Id)
{
    HANDLE Key;
    UNICODE_STRING ValueName;
    NTSTATUS Status = MmgrOpenKey(&DatabaseName, &Key);
    if (!NT_SUCCESS(Status))
        return Status;
    RtlInitUnicodeString(&ValueName, Name);
    Status = ZwSetValueKey(Key, &ValueName, 0, REG_BINARY, (PVOID)Id->Bytes, Id->Length);
    ZwClose(Key);
    return Status;
}

VOID MmgrForget(PCWSTR Name)
{
    HANDLE Key;
    UNICODE_STRING ValueName;
    if (!NT_SUCCESS(MmgrOpenKey(&DatabaseName, &Key)))
        return;
    RtlInitUnicodeString(&ValueName, Name);
    (VOID) ZwDeleteValueKey(Key, &ValueName);
    ZwClose(Key);
}

// ---- Scrubbing

static BOOLEAN MmgrFindDead(PCWSTR Name, const MM_ID *Id, PVOID Context)
{
    if (MmgrFindVolumeById(Id))
        return TRUE;
    RtlCopyMemory(Context, Name, (wcslen(Name) + 1) * sizeof(WCHAR));
    return FALSE;
}

VOID MmgrScrub(VOID)
{
    WCHAR Name[MM_NAME_CHARS];
    do {
        Name[0] = 0;
        MmgrEnumerate(MmgrFindDead, Name);
        if (Name[0])
            MmgrForget(Name);
    } while (Name[0]);
}

// ---- Settings

// A volatile key: it is there until the system is started anew.
VOID MmgrNoteSettled(VOID)
{
    static const UNICODE_STRING Name = RTL_CONSTANT_STRING(L"Settled");
    OBJECT_ATTRIBUTES Attributes;
    HANDLE Service, Key;
    if (!NT_SUCCESS(MmgrOpenKey(&ServiceName, &Service)))
        return;
    InitializeObjectAttributes(&Attributes, (PUNICODE_STRING)&Name,
                               OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, Service, nullptr);
    if (NT_SUCCESS(
            ZwCreateKey(&Key, KEY_READ, &Attributes, 0, nullptr, REG_OPTION_VOLATILE, nullptr)))
        ZwClose(Key);
    ZwClose(Service);
}

static BOOLEAN MmgrWasSettled(VOID)
{
    static const UNICODE_STRING Name = RTL_CONSTANT_STRING(
        L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\mountmgr\\Settled");
    OBJECT_ATTRIBUTES Attributes;
    HANDLE Key;
    InitializeObjectAttributes(&Attributes, (PUNICODE_STRING)&Name,
                               OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, nullptr, nullptr);
    if (!NT_SUCCESS(ZwOpenKey(&Key, KEY_READ, &Attributes)))
        return FALSE;
    ZwClose(Key);
    return TRUE;
}

VOID MmgrLoadSettings(VOID)
{
    union {
        KEY_VALUE_PARTIAL_INFORMATION Value;
        UCHAR Space[sizeof(KEY_VALUE_PARTIAL_INFORMATION) + sizeof(ULONG)];
    } Answer;
    HANDLE Key;
    ULONG Length, Value = 0;
    MmgrData.AutoMount = TRUE;
    MmgrData.Settled |= MmgrWasSettled();
    if (!NT_SUCCESS(MmgrOpenKey(&ServiceName, &Key)))
        return;
    NTSTATUS Status = ZwQueryValueKey(Key, (PUNICODE_STRING)&NoAutoMountName,
                                      KeyValuePartialInformation, &Answer, sizeof(Answer), &Length);
    ZwClose(Key);
    if (!NT_SUCCESS(Status) || Answer.Value.Type != REG_DWORD ||
        Answer.Value.DataLength != sizeof(Value))
        return;
    RtlCopyMemory(&Value, Answer.Value.Data, sizeof(Value));
    MmgrData.AutoMount = Value == 0;
}

NTSTATUS MmgrStoreAutoMount(BOOLEAN Enabled)
{
    HANDLE Key;
    ULONG Value = !Enabled;
    NTSTATUS Status = MmgrOpenKey(&ServiceName, &Key);
    if (!NT_SUCCESS(Status))
        return Status;
    Status =
        ZwSetValueKey(Key, (PUNICODE_STRING)&NoAutoMountName, 0, REG_DWORD, &Value, sizeof(Value));
    ZwClose(Key);
    return Status;
}
