// reg: its command line, and reg query.

#include "registryp.h"

// The root keys: their names, long and short, and where they are.
static const struct {
    PCWSTR Name, Short, Path;
} ShellRoots[] = {
    {L"HKEY_LOCAL_MACHINE", L"HKLM", L"\\Registry\\Machine"},
    {L"HKEY_USERS", L"HKU", L"\\Registry\\User"},
    {L"HKEY_CURRENT_USER", L"HKCU", nullptr}, // that of the token
    {L"HKEY_CLASSES_ROOT", L"HKCR", L"\\Registry\\Machine\\Software\\Classes"},
    {L"HKEY_CURRENT_CONFIG", L"HKCC",
     L"\\Registry\\Machine\\System\\CurrentControlSet\\Hardware Profiles\\Current"},
};

static VOID ShellAppendRoot(PCWSTR Root, PSH_TEXT Path)
{
    UNICODE_STRING User = {};
    if (Root)
        ShAppendString(Path, Root);
    else if (NT_SUCCESS(RtlFormatCurrentUserKeyPath(&User)))
        ShAppend(Path, User.Buffer, User.Length / sizeof(WCHAR));
    RtlFreeUnicodeString(&User);
}

// What Name begins with. Returns its length; 0: something else.
static SIZE_T ShellRootLength(PCWSTR Name, PCWSTR Root)
{
    SIZE_T Length = wcslen(Root);
    BOOLEAN Found = !_wcsnicmp(Name, Root, Length) && (!Name[Length] || Name[Length] == L'\\');
    return Found ? Length : 0;
}

// The full name, as it is shown, and the path. A name with a backslash in front is a path. FALSE: neither.
static BOOLEAN ShellParseKey(PCWSTR Word, PSH_TEXT Name, PSH_TEXT Path)
{
    BOOLEAN Known = Word[0] == L'\\';
    PCWSTR Rest = Word;
    for (ULONG i = 0; i < RTL_NUMBER_OF(ShellRoots) && !Known; i++) {
        SIZE_T Length = ShellRootLength(Word, ShellRoots[i].Short);
        if (!Length)
            Length = ShellRootLength(Word, ShellRoots[i].Name);
        Known = Length != 0;
        if (!Known)
            continue;
        Rest = Word + Length;
        ShAppendString(Name, ShellRoots[i].Name);
        ShellAppendRoot(ShellRoots[i].Path, Path);
    }
    SIZE_T Length = wcslen(Rest);
    while (Length > 1 && Rest[Length - 1] == L'\\')
        Length--;
    if (Name->Length && Length == 1)
        Length = 0; // the root's own backslash
    ShAppend(Name, Rest, Length);
    ShAppend(Path, Rest, Length);
    return Known;
}

static const PCWSTR ShellTypes[] = {L"REG_NONE",
                                    L"REG_SZ",
                                    L"REG_EXPAND_SZ",
                                    L"REG_BINARY",
                                    L"REG_DWORD",
                                    L"REG_DWORD_BIG_ENDIAN",
                                    L"REG_LINK",
                                    L"REG_MULTI_SZ",
                                    L"REG_RESOURCE_LIST",
                                    L"REG_FULL_RESOURCE_DESCRIPTOR",
                                    L"REG_RESOURCE_REQUIREMENTS_LIST",
                                    L"REG_QWORD"};

PCWSTR ShellRegTypeName(ULONG Type)
{
    return Type < RTL_NUMBER_OF(ShellTypes) ? ShellTypes[Type] : L"?";
}

static BOOLEAN ShellParseType(PCWSTR Name, PULONG Type)
{
    for (*Type = 0; *Type < RTL_NUMBER_OF(ShellTypes); ++*Type) {
        if (!_wcsicmp(Name, ShellTypes[*Type]))
            return TRUE;
    }
    return FALSE;
}

ULONG ShellReportKey(PCWSTR Name, NTSTATUS Status)
{
    if (Status != STATUS_OBJECT_NAME_NOT_FOUND && Status != STATUS_OBJECT_PATH_NOT_FOUND)
        return ShReportStatus(Name, Status);
    ShPrintError(L"%ws: The system cannot find the registry key or value specified.\n", Name);
    return 1;
}

NTSTATUS ShellOpenKey(HANDLE Root, PCWSTR Path, ACCESS_MASK Access, PHANDLE Key)
{
    UNICODE_STRING Name;
    OBJECT_ATTRIBUTES Attributes;
    NTSTATUS Status = RtlInitUnicodeStringEx(&Name, Path);
    if (!NT_SUCCESS(Status))
        return Status;
    InitializeObjectAttributes(&Attributes, &Name, OBJ_CASE_INSENSITIVE, Root, nullptr);
    return NtOpenKey(Key, Access, &Attributes);
}

NTSTATUS ShellChildName(HANDLE Key, ULONG Index, PSH_TEXT Name)
{
    union {
        KEY_BASIC_INFORMATION Basic;
        UCHAR Space[sizeof(KEY_BASIC_INFORMATION) + 256 * sizeof(WCHAR)];
    } Buffer;
    ULONG Length;
    NTSTATUS Status =
        NtEnumerateKey(Key, Index, KeyBasicInformation, &Buffer, sizeof(Buffer), &Length);
    if (NT_SUCCESS(Status))
        ShAppend(Name, Buffer.Basic.Name, Buffer.Basic.NameLength / sizeof(WCHAR));
    return Status;
}

// ---- Values

static VOID ShellShowBytes(const UCHAR *Data, ULONG Size)
{
    SH_TEXT Text = {};
    for (ULONG i = 0; i < Size; i++)
        ShAppendFormat(&Text, L"%02X", Data[i]);
    ShPrint(L"%ws", ShString(&Text));
    ShFreeText(&Text);
}

static VOID ShellShowData(PREG_VALUE Value)
{
    BOOLEAN Number = (Value->Type == REG_DWORD && Value->Size == sizeof(ULONG)) ||
                     (Value->Type == REG_QWORD && Value->Size == sizeof(ULONGLONG));
    if (Value->Type == REG_SZ || Value->Type == REG_EXPAND_SZ) {
        ShPrint(L"%ws", Value->Data);
    } else if (Value->Type == REG_MULTI_SZ) {
        for (PCWSTR Text = Value->Data; *Text; Text += wcslen(Text) + 1)
            ShPrint(L"%ws\\0", Text);
    } else if (Number) {
        ShPrint(L"0x%llx",
                Value->Size == sizeof(ULONG) ? *(PULONG)Value->Data : *(PULONGLONG)Value->Data);
    } else {
        ShellShowBytes(Value->Data, Value->Size);
    }
}

// The key's name stands above its values. Returns how many there were.
static ULONG ShellShowValues(SHELL_REG *Reg, HANDLE Key, PCWSTR Name)
{
    PREG_VALUE Value;
    ULONG Shown = 0;
    if (Reg->Below && !Reg->Value)
        ShPrint(L"\n%ws\n", Name);
    for (ULONG i = 0; NT_SUCCESS(RegReadValue(Key, i, &Value)); i++) {
        if (!Reg->Value || !_wcsicmp(Reg->Value, Value->Name)) {
            if (!Shown++ && (!Reg->Below || Reg->Value))
                ShPrint(L"\n%ws\n", Name);
            ShPrint(L"    %-24ws %-14ws ", *Value->Name ? Value->Name : L"(Default)",
                    ShellRegTypeName(Value->Type));
            ShellShowData(Value);
            ShPrint(L"\n");
        }
        RegFreeValue(Value);
    }
    return Shown;
}

// ---- Keys

static ULONG ShellShowTree(PSHELL Shell, SHELL_REG *Reg, HANDLE Key, PSH_TEXT Name);

// Below shows each key with its values; else the names of the keys are enough.
static ULONG ShellShowChildren(PSHELL Shell, SHELL_REG *Reg, HANDLE Key, PSH_TEXT Name)
{
    SIZE_T Length = Name->Length;
    SH_TEXT Child = {};
    ULONG Shown = 0;
    for (ULONG i = 0; !ShIsInterrupted(Shell) && NT_SUCCESS(ShellChildName(Key, i, &Child)); i++) {
        HANDLE ChildKey;
        ShAppendFormat(Name, L"\\%ws", ShString(&Child));
        if (!Reg->Below)
            ShPrint(L"%ws%ws\n", i ? L"" : L"\n", ShString(Name));
        else if (NT_SUCCESS(ShellOpenKey(Key, ShString(&Child), KEY_READ, &ChildKey))) {
            Shown += ShellShowTree(Shell, Reg, ChildKey, Name);
            NtClose(ChildKey);
        }
        ShTruncate(Name, Length);
        ShTruncate(&Child, 0);
    }
    ShFreeText(&Child);
    return Shown;
}

static ULONG ShellShowTree(PSHELL Shell, SHELL_REG *Reg, HANDLE Key, PSH_TEXT Name)
{
    ULONG Shown = ShellShowValues(Reg, Key, ShString(Name));
    if (Reg->Below || !Reg->Value)
        Shown += ShellShowChildren(Shell, Reg, Key, Name);
    return Shown;
}

static ULONG ShellRegQuery(PSHELL Shell, SHELL_REG *Reg)
{
    HANDLE Key;
    NTSTATUS Status = ShellOpenKey(nullptr, ShString(&Reg->Path), KEY_READ, &Key);
    if (!NT_SUCCESS(Status))
        return ShellReportKey(Reg->Key, Status);
    ULONG Shown = ShellShowTree(Shell, Reg, Key, &Reg->Name);
    NtClose(Key);
    return Reg->Value && !Shown ? ShellReportKey(Reg->Value, STATUS_OBJECT_NAME_NOT_FOUND) : 0;
}

// ---- The command line

// A switch, with its value in the next word. Returns the words used; 0: it is none.
static ULONG ShellParseRegSwitch(PWSTR const *Words, ULONG Left, SHELL_REG *Reg)
{
    PCWSTR Word = Words[0];
    ULONG Used = 1;
    if (ShIsSwitch(Word, L"ve", nullptr))
        Reg->Value = L"";
    else if (ShIsSwitch(Word, L"va", nullptr))
        Reg->All = TRUE;
    else if (ShIsSwitch(Word, L"s", nullptr))
        Reg->Below = TRUE;
    else if (ShIsSwitch(Word, L"f", nullptr))
        Reg->Force = TRUE;
    else if (Left < 2)
        return 0;
    else {
        Used = 2;
        if (ShIsSwitch(Word, L"v", nullptr))
            Reg->Value = Words[1];
        else if (ShIsSwitch(Word, L"d", nullptr))
            Reg->Data = Words[1];
        else if (!ShIsSwitch(Word, L"t", nullptr) || !ShellParseType(Words[1], &Reg->Type))
            return 0;
    }
    return Used;
}

static BOOLEAN ShellIsHiveCommand(PCWSTR Word)
{
    return !_wcsicmp(Word, L"save") || !_wcsicmp(Word, L"load") || !_wcsicmp(Word, L"unload");
}

static ULONG ShellRunReg(PSHELL Shell, SHELL_REG *Reg, PCWSTR Command)
{
    if (!ShellParseKey(Reg->Key, &Reg->Name, &Reg->Path)) {
        ShPrintError(L"%ws: Invalid key name.\n", Reg->Key);
        return 1;
    }
    if (!_wcsicmp(Command, L"query"))
        return ShellRegQuery(Shell, Reg);
    if (!_wcsicmp(Command, L"add"))
        return ShellRegAdd(Reg);
    if (!_wcsicmp(Command, L"delete"))
        return ShellRegDelete(Reg);
    return ShellIsHiveCommand(Command) ? ShellRegHive(Reg, Command) : (ULONG)ShWrongUsage;
}

ULONG ShellDoReg(PSHELL Shell, const SH_WORDS *Words)
{
    SHELL_REG Reg = {.Type = REG_SZ};
    if (Words->Count < 2)
        return ShWrongUsage;
    ULONG First = 2;
    BOOLEAN Hive = ShellIsHiveCommand(Words->Values[0]);
    if (Hive && Words->Count > 2 && Words->Values[2][0] != L'/')
        Reg.File = Words->Values[First++];
    for (ULONG i = First; i < Words->Count;) {
        ULONG Used = ShellParseRegSwitch(&Words->Values[i], Words->Count - i, &Reg);
        if (!Used)
            return ShWrongUsage;
        i += Used;
    }
    Reg.Key = Words->Values[1];
    ULONG Result = ShellRunReg(Shell, &Reg, Words->Values[0]);
    ShFreeText(&Reg.Name);
    ShFreeText(&Reg.Path);
    return Result;
}
