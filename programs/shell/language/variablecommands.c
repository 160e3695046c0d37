// echo, set, prompt, help.

#include "commands.h"

// ---- echo

// One character separates the text from the name, whatever it is: "echo.", "echo(", "echo text".
ULONG ShDoEcho(PSHELL Shell, PCWSTR Tail)
{
    PWSTR Word = ShTrimmed(Tail);
    BOOLEAN On = !_wcsicmp(Word, L"on"), Off = !_wcsicmp(Word, L"off");
    if (On || Off)
        Shell->Echo = On;
    else if (!*Word)
        ShPrint(Shell->Echo ? L"ECHO is on.\n" : L"ECHO is off.\n");
    else
        ShPrint(L"%ws\n", Tail + 1);
    SysFree(Word);
    return 0;
}

// ---- set

typedef struct _SH_LISTING {
    PCWSTR Prefix;
    ULONG Count;
} SH_LISTING;

static VOID ShpShowVariable(PVOID Context, PCWSTR NameAndValue)
{
    SH_LISTING *Listing = Context;
    if (_wcsnicmp(NameAndValue, Listing->Prefix, wcslen(Listing->Prefix)) != 0)
        return;
    ShPrint(L"%ws\n", NameAndValue);
    Listing->Count++;
}

static ULONG ShpShowVariables(PCWSTR Prefix)
{
    SH_LISTING Listing = {.Prefix = Prefix};
    SysListVariables(ShpShowVariable, &Listing);
    if (Listing.Count || !*Prefix)
        return 0;
    ShPrintError(L"Environment variable %ws not defined\n", Prefix);
    return 1;
}

// In quotation marks, what follows the last one does not count: set "name=value" remark.
static PWSTR ShpAssignment(PCWSTR Text)
{
    Text = ShSkipBlanks(Text);
    PWSTR Copy = ShCopy(Text, wcslen(Text));
    if (Copy[0] != L'"')
        return Copy;
    PWSTR Last = wcsrchr(Copy, L'"');
    if (Last != Copy)
        *Last = 0;
    memmove(Copy, Copy + 1, (wcslen(Copy + 1) + 1) * sizeof(WCHAR));
    return Copy;
}

static ULONG ShpAssign(PWSTR Name, PCWSTR Value)
{
    NTSTATUS Status = SysSetVariable(Name, *Value ? Value : nullptr);
    return NT_SUCCESS(Status) || !*Value ? 0 : ShReportStatus(Name, Status);
}

// Without a name, the prompt is all that is wanted: <nul set /p "=text".
static ULONG ShpSetFromInput(PSHELL Shell, PCWSTR Text)
{
    PWSTR Name = ShpAssignment(Text);
    PWSTR Prompt = wcschr(Name, L'=');
    SH_TEXT Line = {};
    ULONG Result = 1;
    if (!Prompt) {
        Result = ShpSyntaxError(Shell, L"");
    } else {
        *Prompt++ = 0;
        if (Prompt[0] == L'"')
            ShRemoveQuotes(Prompt);
        ShPrint(L"%ws", Prompt);
        if (NT_SUCCESS(SysReadLine(&Line)) && Line.Length && *Name)
            Result = ShpAssign(Name, ShString(&Line));
    }
    ShFreeText(&Line);
    SysFree(Name);
    return Result;
}

static ULONG ShpSetFromExpression(PSHELL Shell, PCWSTR Text)
{
    LONG Value;
    PCWSTR Error;
    if (!ShpArithmetic(Shell, Text, &Value, &Error)) {
        ShPrintError(L"%ws\n", Error);
        return 1;
    }
    if (!Shell->Batch)
        ShPrint(L"%ld", Value); // the prompt ends the line
    return 0;
}

ULONG ShDoSet(PSHELL Shell, PCWSTR Tail)
{
    Tail = ShSkipBlanks(Tail);
    if (Tail[0] == L'/' && towlower(Tail[1]) == L'a')
        return ShpSetFromExpression(Shell, Tail + 2);
    if (Tail[0] == L'/' && towlower(Tail[1]) == L'p')
        return ShpSetFromInput(Shell, Tail + 2);
    PWSTR Name = ShpAssignment(Tail);
    PWSTR Equals = wcschr(Name, L'=');
    ULONG Result;
    if (Equals == Name && *Name) {
        Result = ShpSyntaxError(Shell, L"");
    } else if (Equals) {
        *Equals = 0;
        Result = ShpAssign(Name, Equals + 1);
    } else {
        PWSTR Prefix = ShTrimmed(Name);
        Result = ShpShowVariables(Prefix);
        SysFree(Prefix);
    }
    SysFree(Name);
    return Result;
}

ULONG ShDoPrompt(PSHELL Shell, PCWSTR Tail)
{
    UNREFERENCED_PARAMETER(Shell);
    PWSTR Prompt = ShTrimmed(Tail);
    ULONG Result = ShpAssign(L"PROMPT", Prompt);
    SysFree(Prompt);
    return Result;
}

// ---- help

static VOID ShpListGroup(SHELL_GROUP Group)
{
    static const PCWSTR Titles[ShellGroupCount] = {
        [ShellScripting] = L"Scripts", [ShellFiles] = L"Files and text", [ShellSystem] = L"System",
        [ShellConsole] = L"Console",   [ShellPrograms] = L"Programs",
    };
    ShPrint(L"%ws\n", Titles[Group]);
    for (ULONG i = 0; i < ShellCommandCount; i++) {
        if (ShellCommands[i].Group == Group)
            ShPrint(L"  %-10ws %ws\n", ShellCommands[i].Name, ShellCommands[i].Help);
    }
}

ULONG ShDoHelp(PSHELL Shell, PCWSTR Tail)
{
    UNREFERENCED_PARAMETER(Shell);
    PWSTR Name = ShTrimmed(Tail);
    const SHELL_COMMAND *Command = ShpFindInTable(Name, wcslen(Name));
    ULONG Result = 0;
    if (Command) {
        ShShowUsage(Command);
    } else if (*Name) {
        ShPrintError(L"There is no command %ws; help lists the commands.\n", Name);
        Result = 1;
    } else {
        for (ULONG Group = 0; Group < ShellGroupCount; Group++)
            ShpListGroup((SHELL_GROUP)Group);
        ShPrint(L"Any other word runs the program or batch file of that name. "
                L"For more about a command: help command, or command /?.\n");
    }
    SysFree(Name);
    return Result;
}
