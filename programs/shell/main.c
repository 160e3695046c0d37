// The shell's main program: its command line, and which of its lives it leads.
//
//     shell [options]                    lines from the standard input
//     shell [options] /c command         runs a command and ends
//     shell [options] /k command         runs a command and goes on with the standard input
//     shell [options] file [arguments]   as /c

#include "shell.h"

typedef struct _SHELL_OPTIONS {
    BOOLEAN Stay;     // /k
    BOOLEAN Strip;    // /s: of the command, the first and the last quotation mark
    BOOLEAN Quiet;    // /q
    BOOLEAN Expanded; // /e: another shell has expanded the command
    BOOLEAN Delayed;  // /v:on
    PWSTR Command;    // or null
} SHELL_OPTIONS;

static BOOLEAN ShellIsSpace(WCHAR Character)
{
    return Character == L' ' || Character == L'\t';
}

// Behind the program's own name.
static PWSTR ShellSkipName(PWSTR Line)
{
    BOOLEAN Quoted = FALSE;
    for (; *Line && (Quoted || !ShellIsSpace(*Line)); Line++) {
        if (*Line == L'"')
            Quoted = !Quoted;
    }
    return Line;
}

// One switch. Returns the text behind it; null: there is none. The command follows /c and /k.
static PWSTR ShellParseSwitch(PWSTR Text, SHELL_OPTIONS *Options)
{
    WCHAR Letter = *Text == L'/' ? (WCHAR)towlower(Text[1]) : 0;
    switch (Letter) {
    case L'c':
    case L'k':
        Options->Stay = Letter == L'k';
        Options->Command = Text + 2;
        break;
    case L's':
        Options->Strip = TRUE;
        break;
    case L'q':
        Options->Quiet = TRUE;
        break;
    case L'e':
        Options->Expanded = TRUE;
        break;
    case L'd': // what it leaves out on Windows does not exist
        break;
    case L'v':
        Options->Delayed = !_wcsnicmp(Text + 2, L":on", 3);
        return Text + 2 + wcscspn(Text + 2, L" \t");
    default:
        return nullptr;
    }
    return Text + 2;
}

static VOID ShellParseOptions(PWSTR Text, SHELL_OPTIONS *Options)
{
    while (!Options->Command) {
        while (ShellIsSpace(*Text))
            Text++;
        PWSTR Next = ShellParseSwitch(Text, Options);
        if (!Next)
            break;
        Text = Next;
    }
    if (!Options->Command && *Text)
        Options->Command = Text;
    while (Options->Command && ShellIsSpace(*Options->Command))
        Options->Command++;
}

// Quotation marks around the whole command do not belong to it: always with /s, and else when they do
// not just enclose a name.
static VOID ShellStripQuotes(SHELL_OPTIONS *Options)
{
    PWSTR Last = wcsrchr(Options->Command, L'"');
    if (Options->Command[0] != L'"' || Last == Options->Command)
        return;
    BOOLEAN OnlyTwo = wcschr(Options->Command + 1, L'"') == Last;
    SH_TEXT Path = {};
    BOOLEAN IsName = FALSE;
    if (OnlyTwo && !Options->Strip) {
        *Last = 0;
        IsName = SysFindProgram(Options->Command + 1, &Path);
        *Last = L'"';
    }
    ShFreeText(&Path);
    if (IsName)
        return;
    memmove(Last, Last + 1, (wcslen(Last + 1) + 1) * sizeof(WCHAR));
    Options->Command++;
}

static ULONG ShellRun(PSHELL Shell, SHELL_OPTIONS *Options)
{
    ShSetEcho(Shell, !Options->Quiet);
    ShSetDelayedExpansion(Shell, Options->Delayed);
    if (Options->Command) {
        ShellStripQuotes(Options);
        if (Options->Expanded)
            ShSetExpanded(Shell);
        ULONG Result = ShRunText(Shell, Options->Command);
        if (!Options->Stay || ShHasEnded(Shell))
            return Result;
    } else {
        ShellShowVersion();
    }
    return ShRunInteractive(Shell);
}

static const WCHAR ShellUsage[] =
    L"The command interpreter.\n\n"
    L"shell [/q] [/s] [/v:on] [/c command | /k command | file [arguments]]\n\n"
    L"  /c     runs the command and ends; /k goes on with what is typed\n"
    L"  /q     does not show the commands of batch files\n"
    L"  /s     takes away the first and the last quotation mark of the command\n"
    L"  /v:on  !name! stands for a variable's value when the command runs\n";

VOID NtProcessStartup(PPEB Peb);
VOID NtProcessStartup(PPEB Peb)
{
    PCUNICODE_STRING Line = &Peb->ProcessParameters->CommandLine;
    SHELL_OPTIONS Options = {};
    if (ConAsksForHelp(Line)) {
        ConPrint(L"%ws", ShellUsage);
        RtlExitUserProcess(STATUS_SUCCESS);
    }
    PWSTR Copy = ShCopy(Line->Buffer, Line->Length / sizeof(WCHAR));
    PSHELL Shell = ShCreate();
    SysKeepReserve(Shell);
    ShellParseOptions(ShellSkipName(Copy), &Options);
    ULONG ExitCode = ShellRun(Shell, &Options);
    RtlExitUserProcess((NTSTATUS)ExitCode);
}
