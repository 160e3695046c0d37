// The registry for the Executive itself: keys by absolute paths, without handles.
#include "cmp.h"

static NTSTATUS CmpReferencePath(PCUNICODE_STRING Name, PCM_PARSE_CONTEXT Context, PCM_KEY *Key)
{
    return ObReferenceObjectByName(Name, OBJ_CASE_INSENSITIVE, 0, CmKeyObjectType, KernelMode,
                                   Context, (PVOID *)Key);
}

static NTSTATUS CmpOpenPath(PCWSTR Path, PCM_KEY *Key)
{
    UNICODE_STRING Name;
    RtlInitUnicodeString(&Name, Path);
    return CmpReferencePath(&Name, nullptr, Key);
}

NTSTATUS CmQueryValue(PCWSTR Path, PCWSTR ValueName, PULONG Type, PVOID Buffer, PULONG Length)
{
    PCM_KEY Key;
    UNICODE_STRING Name;
    RtlInitUnicodeString(&Name, ValueName);
    NTSTATUS Status = CmpOpenPath(Path, &Key);
    if (!NT_SUCCESS(Status))
        return Status;
    HCELL Value = HvFindValue(CmpHive(Key), CmpCell(Key), &Name);
    if (Value == HCELL_NIL) {
        Status = STATUS_OBJECT_NAME_NOT_FOUND;
    } else {
        HIVE_VALUE_INFO Info;
        HvQueryValue(CmpHive(Key), Value, &Info);
        HvReadValue(CmpHive(Key), Value, 0, Buffer, min(*Length, Info.DataLength));
        Status = Info.DataLength > *Length ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
        *Length = Info.DataLength;
        if (Type)
            *Type = Info.Type;
    }
    ObDereferenceObject(Key);
    return Status;
}

BOOLEAN CmQueryNumber(PCWSTR Path, PCWSTR ValueName, PULONG Number)
{
    ULONG Type, Value, Length = sizeof(Value);
    NTSTATUS Status = CmQueryValue(Path, ValueName, &Type, &Value, &Length);
    if (Status != STATUS_SUCCESS || Type != REG_DWORD || Length != sizeof(Value))
        return FALSE;
    *Number = Value;
    return TRUE;
}

NTSTATUS CmSetValue(PCWSTR Path, PCWSTR ValueName, ULONG Type, const VOID *Data, ULONG Length)
{
    PCM_KEY Key;
    UNICODE_STRING Name;
    RtlInitUnicodeString(&Name, ValueName);
    NTSTATUS Status = CmpOpenPath(Path, &Key);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = HvSetValue(CmpHive(Key), CmpCell(Key), &Name, Type, Data, Length);
    if (NT_SUCCESS(Status))
        CmpReportChange(Key->Control->Place, REG_NOTIFY_CHANGE_LAST_SET);
    ObDereferenceObject(Key);
    return Status;
}

// ---- Keys

static NTSTATUS CmpCreatePath(PCWSTR Path, ULONG Options)
{
    UNICODE_STRING Whole;
    NTSTATUS Status = STATUS_OBJECT_PATH_SYNTAX_BAD;
    ULONG Disposition = REG_OPENED_EXISTING_KEY;
    RtlInitUnicodeString(&Whole, Path);
    // From the third component on, which is the first that can be made (\Registry\Machine\...).
    ULONG Chars = Whole.Length / sizeof(WCHAR), Separators = 0;
    for (ULONG i = 1; i <= Chars; i++) {
        if (i != Chars && Path[i] != L'\\')
            continue;
        if (++Separators < 3)
            continue;
        UNICODE_STRING Part = {(USHORT)(i * sizeof(WCHAR)), (USHORT)(i * sizeof(WCHAR)),
                               Whole.Buffer};
        CM_PARSE_CONTEXT Context = {.Create = TRUE, .Options = Options};
        PCM_KEY Key;
        Status = CmpReferencePath(&Part, &Context, &Key);
        if (!NT_SUCCESS(Status))
            return Status;
        Disposition = Context.Disposition;
        ObDereferenceObject(Key);
    }
    if (!NT_SUCCESS(Status))
        return Status;
    return Disposition == REG_CREATED_NEW_KEY ? STATUS_SUCCESS : STATUS_OBJECT_NAME_EXISTS;
}

NTSTATUS CmCreateKey(PCWSTR Path)
{
    return CmpCreatePath(Path, 0);
}

NTSTATUS CmCreateVolatileKey(PCWSTR Path)
{
    return CmpCreatePath(Path, REG_OPTION_VOLATILE);
}

NTSTATUS CmEnumerateKey(PCWSTR Path, ULONG Index, PWSTR Name, ULONG Chars)
{
    PCM_KEY Key;
    NTSTATUS Status = CmpOpenPath(Path, &Key);
    if (!NT_SUCCESS(Status))
        return Status;
    HCELL Subkey = HvSubkey(CmpHive(Key), CmpCell(Key), Index);
    Status = STATUS_NO_MORE_ENTRIES;
    if (Subkey != HCELL_NIL) {
        ULONG Length = HvKeyName(CmpHive(Key), Subkey, Name, (Chars - 1) * (ULONG)sizeof(WCHAR));
        Status = Length > (Chars - 1) * sizeof(WCHAR) ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
        Name[min(Length / (ULONG)sizeof(WCHAR), Chars - 1)] = 0;
    }
    ObDereferenceObject(Key);
    return Status;
}
