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
    BOOLEAN Expanded; // /p: another shell has expanded the command
    BOOLEAN Delayed;  // /v:on
    PCWSTR Colours;   // /t:bf, or null
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

// What it does. FALSE: there is no such switch.
static BOOLEAN ShellTakeSwitch(WCHAR Letter, PCWSTR Value, SHELL_OPTIONS *Options)
{
    BOOLEAN Off = !_wcsnicmp(Value, L":off", 4);
    switch (Letter) {
    case L's':
        Options->Strip = TRUE;
        return TRUE;
    case L'q':
        Options->Quiet = TRUE;
        return TRUE;
    case L'v':
        Options->Delayed = !Off;
        return TRUE;
    case L'p':
        Options->Expanded = TRUE;
        return TRUE;
    case L't':
        Options->Colours = *Value == L':' ? Value + 1 : Value;
        return TRUE;
    default: // extensions and completion are always on, text is UTF-8, and nothing is run by itself
        return wcschr(L"adefuxy", Letter) != nullptr;
    }
}

// One switch. Returns the text behind it; null: there is none. The command follows /c and /k, at once if it likes.
static PWSTR ShellParseSwitch(PWSTR Text, SHELL_OPTIONS *Options)
{
    WCHAR Letter = *Text == L'/' ? (WCHAR)towlower(Text[1]) : 0;
    if (!Letter)
        return nullptr;
    Text += 2;
    if (Letter == L'c' || Letter == L'k' || Letter == L'r') {
        Options->Stay = Letter == L'k';
        Options->Command = Text;
        return Text;
    }
    return ShellTakeSwitch(Letter, Text, Options) ? Text + wcscspn(Text, L" \t/") : nullptr;
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
    if (Options->Colours)
        ShellSetColours(Options->Colours, wcscspn(Options->Colours, L" \t/"));
    if (Options->Command) {
        ShellStripQuotes(Options);
        if (Options->Expanded)
            ShSetExpanded(Shell);
        SysForgetInterrupt();
        ULONG Result = ShRunText(Shell, Options->Command);
        if (SysIsInterrupted() && !Options->Stay)
            return (ULONG)STATUS_CONTROL_C_EXIT;
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
