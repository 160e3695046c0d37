// reg add, reg delete.

#include "registryp.h"

static BOOLEAN ShellConfirm(PCWSTR Question, PCWSTR Name)
{
    SH_TEXT Answer = {};
    ShPrint(Question, Name);
    BOOLEAN Yes = NT_SUCCESS(SysReadLine(&Answer)) && towlower(ShString(&Answer)[0]) == L'y';
    ShFreeText(&Answer);
    return Yes;
}

static ULONG ShellReportChange(PCWSTR Name, NTSTATUS Status)
{
    if (!NT_SUCCESS(Status))
        return ShellReportKey(Name, Status);
    ShPrint(L"The operation completed successfully.\n");
    return 0;
}

// ---- Data

typedef struct _SHELL_DATA {
    PVOID Bytes; // freed with SysFree
    ULONG Size;
} SHELL_DATA;

static BOOLEAN ShellNumberData(PCWSTR Text, ULONG Size, SHELL_DATA *Data)
{
    PWSTR End;
    int Base = Text[0] == L'0' && (Text[1] | 0x20) == L'x' ? 16 : 10;
    ULONGLONG Value = _wcstoui64(Text, &End, Base);
    if (End == Text || *End || (Size == sizeof(ULONG) && Value > MAXULONG))
        return FALSE;
    memcpy(Data->Bytes, &Value, Size); // little endian
    Data->Size = Size;
    return TRUE;
}

static ULONG ShellHexDigit(WCHAR Character)
{
    return Character <= L'9' ? (ULONG)(Character - L'0') : (ULONG)((Character | 0x20) - L'a' + 10);
}

static BOOLEAN ShellBinaryData(PCWSTR Text, SHELL_DATA *Data)
{
    PUCHAR Bytes = Data->Bytes;
    for (; Text[0]; Text += 2) {
        if (!iswxdigit(Text[0]) || !iswxdigit(Text[1]))
            return FALSE;
        Bytes[Data->Size++] = (UCHAR)(ShellHexDigit(Text[0]) << 4 | ShellHexDigit(Text[1]));
    }
    return TRUE;
}

// "\0" separates the strings.
static BOOLEAN ShellListData(PCWSTR Text, SHELL_DATA *Data)
{
    PWSTR Out = Data->Bytes;
    for (; *Text; Text++) {
        BOOLEAN Separator = Text[0] == L'\\' && Text[1] == L'0';
        *Out++ = Separator ? 0 : *Text;
        Text += Separator;
    }
    if (Out != Data->Bytes && Out[-1])
        *Out++ = 0;
    *Out++ = 0;
    Data->Size = (ULONG)((PUCHAR)Out - (PUCHAR)Data->Bytes);
    return TRUE;
}

static BOOLEAN ShellMakeData(ULONG Type, PCWSTR Text, SHELL_DATA *Data)
{
    SIZE_T Size = (wcslen(Text) + 2) * sizeof(WCHAR);
    *Data = (SHELL_DATA){.Bytes = SysAllocate(max(Size, sizeof(ULONGLONG)))};
    switch (Type) {
    case REG_DWORD:
        return ShellNumberData(*Text ? Text : L"0", sizeof(ULONG), Data);
    case REG_QWORD:
        return ShellNumberData(*Text ? Text : L"0", sizeof(ULONGLONG), Data);
    case REG_BINARY:
    case REG_NONE:
        return ShellBinaryData(Text, Data);
    case REG_MULTI_SZ:
        return ShellListData(Text, Data);
    case REG_SZ:
    case REG_EXPAND_SZ:
        Data->Size = (ULONG)(Size - sizeof(WCHAR));
        wcscpy(Data->Bytes, Text);
        return TRUE;
    default:
        return FALSE; // made by the system only
    }
}

// ---- add

// With the keys that lead to it. The first two names are not keys that can be made.
NTSTATUS ShellCreateKey(PWSTR Path, PHANDLE Key)
{
    NTSTATUS Status = STATUS_OBJECT_PATH_INVALID;
    PWSTR Slash = wcsncmp(Path, L"\\", 1) ? nullptr : wcschr(Path + 1, L'\\'); // \Registry
    Slash = Slash ? wcschr(Slash + 1, L'\\') : nullptr;                        // \Machine
    while (Slash) {
        PWSTR Next = wcschr(Slash + 1, L'\\');
        UNICODE_STRING Name;
        OBJECT_ATTRIBUTES Attributes;
        if (Next)
            *Next = 0;
        RtlInitUnicodeString(&Name, Path);
        InitializeObjectAttributes(&Attributes, &Name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
        Status = NtCreateKey(Key, KEY_READ | KEY_WRITE, &Attributes, 0, nullptr, 0, nullptr);
        if (Next && NT_SUCCESS(Status))
            NtClose(*Key);
        if (Next)
            *Next = L'\\';
        Slash = Next;
    }
    return Status;
}

static BOOLEAN ShellHasValue(HANDLE Key, PUNICODE_STRING Name)
{
    ULONG Length;
    NTSTATUS Status = NtQueryValueKey(Key, Name, KeyValuePartialInformation, nullptr, 0, &Length);
    return Status != STATUS_OBJECT_NAME_NOT_FOUND;
}

static ULONG ShellSetValue(SHELL_REG *Reg, HANDLE Key)
{
    UNICODE_STRING Name;
    SHELL_DATA Data;
    ULONG Result = 1;
    RtlInitUnicodeString(&Name, Reg->Value);
    if (!ShellMakeData(Reg->Type, Reg->Data ? Reg->Data : L"", &Data))
        ShPrintError(L"%ws: not data of the type %ws.\n", Reg->Data, ShellRegTypeName(Reg->Type));
    else if (!Reg->Force && ShellHasValue(Key, &Name) &&
             !ShellConfirm(L"Value %ws exists, overwrite (Yes/No)? ", Reg->Value))
        ShPrint(L"Nothing was changed.\n");
    else
        Result = ShellReportChange(Reg->Value,
                                   NtSetValueKey(Key, &Name, 0, Reg->Type, Data.Bytes, Data.Size));
    SysFree(Data.Bytes);
    return Result;
}

ULONG ShellRegAdd(SHELL_REG *Reg)
{
    HANDLE Key;
    if (Reg->All || Reg->Below)
        return ShWrongUsage;
    if (!Reg->Value && Reg->Data)
        Reg->Value = L"";
    NTSTATUS Status =
        Reg->Path.Length ? ShellCreateKey(Reg->Path.Buffer, &Key) : STATUS_OBJECT_PATH_INVALID;
    if (!NT_SUCCESS(Status))
        return ShellReportKey(Reg->Key, Status);
    ULONG Result = Reg->Value ? ShellSetValue(Reg, Key) : ShellReportChange(Reg->Key, Status);
    NtClose(Key);
    return Result;
}

// ---- delete

static NTSTATUS ShellDeleteTree(HANDLE Key)
{
    SH_TEXT Child = {};
    NTSTATUS Status = STATUS_SUCCESS;
    // The first one is gone when the next is asked for.
    while (NT_SUCCESS(Status) && NT_SUCCESS(ShellChildName(Key, 0, &Child))) {
        HANDLE ChildKey;
        Status = ShellOpenKey(Key, ShString(&Child), DELETE | KEY_ENUMERATE_SUB_KEYS, &ChildKey);
        if (NT_SUCCESS(Status)) {
            Status = ShellDeleteTree(ChildKey);
            NtClose(ChildKey);
        }
        ShTruncate(&Child, 0);
    }
    ShFreeText(&Child);
    return NT_SUCCESS(Status) ? NtDeleteKey(Key) : Status;
}

static NTSTATUS ShellDeleteValues(HANDLE Key)
{
    PREG_VALUE Value;
    NTSTATUS Status = STATUS_SUCCESS;
    while (NT_SUCCESS(Status) && NT_SUCCESS(RegReadValue(Key, 0, &Value))) {
        UNICODE_STRING Name;
        RtlInitUnicodeString(&Name, Value->Name);
        Status = NtDeleteValueKey(Key, &Name);
        RegFreeValue(Value);
    }
    return Status;
}

static NTSTATUS ShellDelete(SHELL_REG *Reg, HANDLE Key)
{
    UNICODE_STRING Name;
    if (Reg->All)
        return ShellDeleteValues(Key);
    if (!Reg->Value)
        return ShellDeleteTree(Key);
    RtlInitUnicodeString(&Name, Reg->Value);
    return NtDeleteValueKey(Key, &Name);
}

ULONG ShellRegDelete(SHELL_REG *Reg)
{
    HANDLE Key;
    if (Reg->Data || Reg->Below || (Reg->All && Reg->Value))
        return ShWrongUsage;
    ACCESS_MASK Access =
        Reg->Value || Reg->All ? KEY_READ | KEY_SET_VALUE : DELETE | KEY_ENUMERATE_SUB_KEYS;
    NTSTATUS Status = ShellOpenKey(nullptr, ShString(&Reg->Path), Access, &Key);
    if (!NT_SUCCESS(Status))
        return ShellReportKey(Reg->Key, Status);
    ULONG Result = 1;
    PCWSTR Name = Reg->Value ? Reg->Value : Reg->Key;
    PCWSTR Question = Reg->All     ? L"Delete all values of the key %ws (Yes/No)? "
                      : Reg->Value ? L"Delete the value %ws (Yes/No)? "
                                   : L"Delete the key %ws and all below it (Yes/No)? ";
    if (Reg->Force || ShellConfirm(Question, Name))
        Result = ShellReportChange(Name, ShellDelete(Reg, Key));
    else
        ShPrint(L"Nothing was changed.\n");
    NtClose(Key);
    return Result;
}
