// assoc, ftype, and what they are for: a file that is no program is opened by the program of its type. The registry
// keeps both: HKLM\SOFTWARE\Classes\.ext is the type, ...\type\shell\open\command how it is opened.

#include "registryp.h"

#define SHELL_CLASSES L"\\Registry\\Machine\\SOFTWARE\\Classes"
#define SHELL_OPEN    L"\\shell\\open\\command"

// What assoc and ftype do alike.
typedef struct _SHELL_CLASS_KIND {
    PCWSTR Suffix; // of the key, behind the name
    PCWSTR Unknown;
    BOOLEAN Extensions; // the names begin with a period; else none does
} SHELL_CLASS_KIND;

static const SHELL_CLASS_KIND ShellExtensions = {
    L"", L"File association not found for extension %ws\n", TRUE};
static const SHELL_CLASS_KIND ShellFileTypes = {
    SHELL_OPEN, L"File type '%ws' not found or no open command associated with it.\n", FALSE};

static VOID ShellClassPath(const SHELL_CLASS_KIND *Kind, PCWSTR Name, PSH_TEXT Path)
{
    ShAppendFormat(Path, L"%ws\\%ws%ws", SHELL_CLASSES, Name, Kind->Suffix);
}

static BOOLEAN ShellReadClass(const SHELL_CLASS_KIND *Kind, PCWSTR Name, PSH_TEXT Value)
{
    SH_TEXT Path = {};
    PREG_VALUE Found;
    ShellClassPath(Kind, Name, &Path);
    NTSTATUS Status = RegFindValue(ShString(&Path), L"", &Found);
    ShFreeText(&Path);
    if (!NT_SUCCESS(Status))
        return FALSE;
    BOOLEAN IsText = Found->Type == REG_SZ || Found->Type == REG_EXPAND_SZ;
    if (IsText)
        ShAppendString(Value, Found->Data);
    RegFreeValue(Found);
    return IsText;
}

static ULONG ShellShowClass(const SHELL_CLASS_KIND *Kind, PCWSTR Name)
{
    SH_TEXT Value = {};
    BOOLEAN Found = ShellReadClass(Kind, Name, &Value);
    if (Found)
        ShPrint(L"%ws=%ws\n", Name, ShString(&Value));
    ShFreeText(&Value);
    return !Found;
}

static ULONG ShellListClasses(const SHELL_CLASS_KIND *Kind)
{
    HANDLE Key;
    SH_TEXT Name = {};
    NTSTATUS Status = RegOpen(SHELL_CLASSES, KEY_ENUMERATE_SUB_KEYS, &Key);
    if (!NT_SUCCESS(Status))
        return 0; // there are none
    for (ULONG i = 0; NT_SUCCESS(ShellChildName(Key, i, &Name)); i++) {
        if ((ShString(&Name)[0] == L'.') == Kind->Extensions)
            (VOID) ShellShowClass(Kind, ShString(&Name));
        ShTruncate(&Name, 0);
    }
    ShFreeText(&Name);
    NtClose(Key);
    return 0;
}

static NTSTATUS ShellWriteClass(PWSTR Path, PCWSTR Value)
{
    HANDLE Key;
    UNICODE_STRING Unnamed = {};
    NTSTATUS Status = *Value ? ShellCreateKey(Path, &Key) : RegOpen(Path, KEY_SET_VALUE, &Key);
    if (!*Value && Status == STATUS_OBJECT_NAME_NOT_FOUND)
        return STATUS_SUCCESS; // there is nothing to be taken away
    if (!NT_SUCCESS(Status))
        return Status;
    if (*Value)
        Status = NtSetValueKey(Key, &Unnamed, 0, REG_EXPAND_SZ, (PVOID)Value,
                               (ULONG)((wcslen(Value) + 1) * sizeof(WCHAR)));
    else
        Status = NtDeleteValueKey(Key, &Unnamed);
    NtClose(Key);
    return Status == STATUS_OBJECT_NAME_NOT_FOUND ? STATUS_SUCCESS : Status;
}

static ULONG ShellChangeClass(const SHELL_CLASS_KIND *Kind, PCWSTR Name, PCWSTR Value)
{
    SH_TEXT Path = {};
    ShellClassPath(Kind, Name, &Path);
    NTSTATUS Status = ShellWriteClass(Path.Buffer, Value);
    ShFreeText(&Path);
    if (!NT_SUCCESS(Status))
        return ShellReportKey(Name, Status);
    if (*Value)
        ShPrint(L"%ws=%ws\n", Name, Value);
    return 0;
}

static ULONG ShellDoClass(const SHELL_CLASS_KIND *Kind, PCWSTR Tail)
{
    PWSTR Text = ShTrimmed(Tail), Value = wcschr(Text, L'=');
    if (Value)
        *Value++ = 0;
    PWSTR Name = ShTrimmed(Text);
    ULONG Result;
    if (!*Name) {
        Result = Value ? ShWrongUsage : ShellListClasses(Kind);
    } else if ((Name[0] == L'.') != Kind->Extensions || wcschr(Name, L'\\')) {
        ShPrintError(Kind->Unknown, Name);
        Result = 1;
    } else if (Value) {
        Result = ShellChangeClass(Kind, Name, Value);
    } else {
        Result = ShellShowClass(Kind, Name);
        if (Result)
            ShPrintError(Kind->Unknown, Name);
    }
    SysFree(Name);
    SysFree(Text);
    return Result;
}

ULONG ShellDoAssoc(PSHELL Shell, PCWSTR Tail)
{
    UNREFERENCED_PARAMETER(Shell);
    return ShellDoClass(&ShellExtensions, Tail);
}

ULONG ShellDoFtype(PSHELL Shell, PCWSTR Tail)
{
    UNREFERENCED_PARAMETER(Shell);
    return ShellDoClass(&ShellFileTypes, Tail);
}

// ---- Opening a file

// %1 and %0 are the file, %* what follows its name, %2 to %9 its words.
static VOID ShellFillCommand(PCWSTR Command, PCWSTR Path, PCWSTR Tail, PSH_TEXT Line)
{
    SH_WORDS Words = {};
    ShSplit(Tail, L" \t", &Words);
    for (; *Command; Command++) {
        WCHAR Sign = *Command == L'%' ? Command[1] : 0;
        ULONG Index = (ULONG)(Sign - L'2');
        if (!Sign || !wcschr(L"0123456789lL*", Sign)) {
            ShAppendCharacter(Line, *Command);
            continue;
        }
        Command++;
        if (Sign == L'*')
            ShAppendString(Line, ShSkipBlanks(Tail));
        else if (Sign < L'2' || Sign > L'9')
            ShAppendString(Line, Path);
        else if (Index < Words.Count)
            ShAppendString(Line, Words.Values[Index]);
    }
    ShFreeWords(&Words);
}

// %1 and its like are no names of variables, and stay.
static VOID ShellExpandVariables(PSH_TEXT Text)
{
    UNICODE_STRING Source, Value = {};
    ULONG Bytes = 0;
    if (!NT_SUCCESS(RtlInitUnicodeStringEx(&Source, ShString(Text))) ||
        RtlExpandEnvironmentStrings_U(nullptr, &Source, &Value, &Bytes) !=
            STATUS_BUFFER_TOO_SMALL ||
        Bytes > UNICODE_STRING_MAX_BYTES)
        return;
    Value.MaximumLength = (USHORT)Bytes;
    Value.Buffer = SysAllocate(Bytes);
    if (NT_SUCCESS(RtlExpandEnvironmentStrings_U(nullptr, &Source, &Value, nullptr))) {
        ShTruncate(Text, 0);
        ShAppend(Text, Value.Buffer, Value.Length / sizeof(WCHAR));
    }
    SysFree(Value.Buffer);
}

BOOLEAN SysFindOpener(PCWSTR Path, PCWSTR Tail, PSH_TEXT Line)
{
    PCWSTR Dot = wcsrchr(Path, L'.');
    SH_TEXT Type = {}, Command = {};
    BOOLEAN Found = Dot && !wcschr(Dot, L'\\') && _wcsicmp(Dot, L".exe") != 0 &&
                    ShellReadClass(&ShellExtensions, Dot, &Type) &&
                    ShellReadClass(&ShellFileTypes, ShString(&Type), &Command);
    if (Found) {
        ShellExpandVariables(&Command);
        ShellFillCommand(ShString(&Command), Path, Tail, Line);
    }
    ShFreeText(&Command);
    ShFreeText(&Type);
    return Found;
}
