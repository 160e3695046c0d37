// reg query: the values of a key, then its keys.

#include "shell.h"

// The short names of the root keys.
static const struct {
    PCWSTR Short, Path;
} ShellRoots[] = {
    {L"HKLM", L"\\Registry\\Machine"},
    {L"HKEY_LOCAL_MACHINE", L"\\Registry\\Machine"},
    {L"HKU", L"\\Registry\\User"},
    {L"HKEY_USERS", L"\\Registry\\User"},
};

static NTSTATUS ShellKeyPath(PCWSTR Name, PWSTR Path, SIZE_T Capacity)
{
    PCWSTR Root = L"", Rest = Name;
    for (ULONG i = 0; i < RTL_NUMBER_OF(ShellRoots); i++) {
        SIZE_T Length = wcslen(ShellRoots[i].Short);
        if (_wcsnicmp(Name, ShellRoots[i].Short, Length) || (Name[Length] && Name[Length] != L'\\'))
            continue;
        Root = ShellRoots[i].Path;
        Rest = Name + Length;
    }
    if (wcslen(Root) + wcslen(Rest) >= Capacity)
        return STATUS_NAME_TOO_LONG;
    wcscpy(Path, Root);
    wcscat(Path, Rest);
    return STATUS_SUCCESS;
}

static PCWSTR ShellTypeName(ULONG Type)
{
    static const PCWSTR Names[] = {L"REG_NONE",
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
    return Type < RTL_NUMBER_OF(Names) ? Names[Type] : L"?";
}

static VOID ShellShowBytes(const UCHAR *Data, ULONG Size)
{
    enum { Most = 32 };
    for (ULONG i = 0; i < Size && i < Most; i++)
        ConPrint(L"%02X", Data[i]);
    if (Size > Most)
        ConPrint(L"... (%lu bytes)", Size);
}

static VOID ShellShowData(PREG_VALUE Value)
{
    switch (Value->Type) {
    case REG_SZ:
    case REG_EXPAND_SZ:
        ConPrint(L"%ws", Value->Data);
        break;
    case REG_MULTI_SZ:
        for (PCWSTR Text = Value->Data; *Text; Text += wcslen(Text) + 1)
            ConPrint(L"%ws\\0", Text);
        break;
    case REG_DWORD:
        ConPrint(L"0x%lx", *(PULONG)Value->Data);
        break;
    case REG_QWORD:
        ConPrint(L"0x%llx", *(PULONGLONG)Value->Data);
        break;
    default:
        ShellShowBytes(Value->Data, Value->Size);
        break;
    }
}

static VOID ShellShowValues(HANDLE Key)
{
    PREG_VALUE Value;
    for (ULONG i = 0; NT_SUCCESS(RegReadValue(Key, i, &Value)); i++) {
        ConPrint(L"    %-24ws %-14ws ", *Value->Name ? Value->Name : L"(default)",
                 ShellTypeName(Value->Type));
        ShellShowData(Value);
        ConPrint(L"\n");
        RegFreeValue(Value);
    }
}

static VOID ShellShowKeys(HANDLE Key, PCWSTR Path)
{
    union {
        KEY_BASIC_INFORMATION Basic;
        UCHAR Space[sizeof(KEY_BASIC_INFORMATION) + 256 * sizeof(WCHAR)];
    } Buffer;
    ULONG Length;
    for (ULONG i = 0;
         NT_SUCCESS(NtEnumerateKey(Key, i, KeyBasicInformation, &Buffer, sizeof(Buffer), &Length));
         i++) {
        UNICODE_STRING Name = {(USHORT)Buffer.Basic.NameLength, (USHORT)Buffer.Basic.NameLength,
                               Buffer.Basic.Name};
        ConPrint(L"%ws\\%wZ\n", Path, &Name);
    }
}

BOOLEAN ShellDoReg(PARGUMENTS Arguments)
{
    if (Arguments->Count != 3 || _wcsicmp(Arguments->Values[1], L"query"))
        return FALSE;
    PCWSTR Name = Arguments->Values[2];
    WCHAR Path[512];
    HANDLE Key;
    NTSTATUS Status = ShellKeyPath(Name, Path, RTL_NUMBER_OF(Path));
    if (NT_SUCCESS(Status))
        Status = RegOpen(Path, KEY_READ, &Key);
    if (!NT_SUCCESS(Status)) {
        ShellError(Name, Status);
        return TRUE;
    }
    ShellShowValues(Key);
    ShellShowKeys(Key, Name);
    NtClose(Key);
    return TRUE;
}
