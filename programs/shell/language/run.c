// From lines to results: finding what a command's name means, and the shell's main loops.

#include "complete.h"

// ---- Built-in commands

const SHELL_COMMAND *ShpFindInTable(PCWSTR Name, SIZE_T Length)
{
    for (ULONG i = 0; i < ShellCommandCount; i++) {
        PCWSTR Candidate = ShellCommands[i].Name;
        if (wcslen(Candidate) == Length && !_wcsnicmp(Candidate, Name, Length))
            return &ShellCommands[i];
    }
    return nullptr;
}

const SHELL_COMMAND *ShFindCommand(PCWSTR Name, SIZE_T Length)
{
    const SHELL_COMMAND *Command = ShpFindInTable(Name, Length);
    return Command && (Command->Run || Command->RunWords) ? Command : nullptr;
}

// What may follow a name: "dir/w", "cd..", "cd\", "goto:eof", "echo.".
static BOOLEAN ShpEndsName(const SHELL_COMMAND *Command, PCWSTR Rest)
{
    if (!*Rest || ShpIsBlank(*Rest) || wcschr(L"/\\:", *Rest))
        return TRUE;
    if (Command->Flags & ShellTakesAny)
        return !iswalnum(*Rest) && *Rest != L'_' && *Rest != L'-';
    return *Rest == L'.' && (Rest[1] == L'.' || Rest[1] == L'\\');
}

static const SHELL_COMMAND *ShpFindInternal(PCWSTR Line, PCWSTR *Tail)
{
    SIZE_T Length = 0;
    while (iswalpha(Line[Length]))
        Length++;
    const SHELL_COMMAND *Command = Length ? ShFindCommand(Line, Length) : nullptr;
    *Tail = Line + Length;
    return Command && ShpEndsName(Command, *Tail) ? Command : nullptr;
}

static BOOLEAN ShpAsksForHelp(PCWSTR Tail)
{
    while (ShpIsBlank(*Tail))
        Tail++;
    return Tail[0] == L'/' && Tail[1] == L'?' && (!Tail[2] || ShpIsBlank(Tail[2]));
}

static VOID ShpShowWrongUsage(const SHELL_COMMAND *Command)
{
    PCWSTR End = wcschr(Command->Arguments, L'\n');
    SIZE_T Length = End ? (SIZE_T)(End - Command->Arguments) : wcslen(Command->Arguments);
    PWSTR Line = ShCopy(Command->Arguments, Length);
    ShPrintError(L"usage: %ws %ws\n", Command->Name, Line);
    SysFree(Line);
}

static ULONG ShpRunWithWords(PSHELL Shell, const SHELL_COMMAND *Command, PCWSTR Tail)
{
    SH_WORDS Words = {};
    ShSplitArguments(Tail, &Words);
    ULONG Result = Command->RunWords(Shell, &Words);
    ShFreeWords(&Words);
    if (Result == ShWrongUsage)
        ShpShowWrongUsage(Command);
    return Result;
}

// A disk that is full makes a failure of what would have been a success.
static ULONG ShpReportOutput(ULONG Result)
{
    NTSTATUS Status = SysTakeOutputStatus();
    if (NT_SUCCESS(Status))
        return Result;
    ShReportStatus(L"", Status);
    return Result ? Result : 1;
}

static ULONG ShpRunInternal(PSHELL Shell, const SHELL_COMMAND *Command, PCWSTR Tail)
{
    if (ShpAsksForHelp(Tail)) {
        ShShowUsage(Command);
        return ShpReportOutput(0);
    }
    ULONG Result = Command->Run ? Command->Run(Shell, Tail) : ShpRunWithWords(Shell, Command, Tail);
    Result = ShpReportOutput(Result);
    if (Result || !(Command->Flags & ShellKeepsLevel))
        Shell->ErrorLevel = Result;
    return Result;
}

// ---- Programs

// The first word, without quotation marks. Returns the rest.
static PCWSTR ShpReadName(PCWSTR Line, PSH_TEXT Name)
{
    BOOLEAN Quoted = FALSE;
    for (; *Line && (Quoted || !ShpIsBlank(*Line)); Line++) {
        if (*Line == L'"')
            Quoted = !Quoted;
        else
            ShAppendCharacter(Name, *Line);
    }
    return Line;
}

static BOOLEAN ShpIsBatchFile(PCWSTR Path)
{
    PCWSTR Dot = wcsrchr(Path, L'.');
    return Dot && (!_wcsicmp(Dot, L".bat") || !_wcsicmp(Dot, L".cmd"));
}

static ULONG ShpRunBatchFile(PSHELL Shell, PCWSTR Path, PCWSTR Name, PCWSTR Tail, BOOLEAN IsCall)
{
    BOOLEAN Replaces = !IsCall && Shell->Batch;
    ULONG Result = ShpRunBatch(Shell, Path, Name, Tail);
    if (Replaces && Shell->Leave == ShStay)
        Shell->Leave = ShLeaveBatch;
    return Result;
}

static ULONG ShpRunProgram(PCWSTR Path, PCWSTR Name, PCWSTR Line)
{
    ULONG Result;
    NTSTATUS Status = SysRunProgram(Path, Line, &Result);
    return NT_SUCCESS(Status) ? Result : ShReportStatus(Name, Status);
}

static ULONG ShpReportUnknown(PCWSTR Name)
{
    ShPrintError(L"'%ws' is not recognized as an internal or external command,\n"
                 L"operable program or batch file.\n",
                 Name);
    return ShNotFound;
}

// Opened: the file that Line begins with opens another one.
static ULONG ShpRunExternal(PSHELL Shell, PCWSTR Line, BOOLEAN IsCall, BOOLEAN Opened)
{
    SH_TEXT Name = {}, Path = {}, Opener = {};
    PCWSTR Tail = ShpReadName(Line, &Name);
    ULONG Result;
    if (!Name.Length || !SysFindProgram(ShString(&Name), &Path))
        Result = ShpReportUnknown(ShString(&Name));
    else if (ShpIsBatchFile(ShString(&Path)))
        Result = ShpRunBatchFile(Shell, ShString(&Path), ShString(&Name), Tail, IsCall);
    else if (!Opened && SysFindOpener(ShString(&Path), Tail, &Opener))
        Result = ShpRunExternal(Shell, ShString(&Opener), IsCall, TRUE);
    else
        Result = ShpRunProgram(ShString(&Path), ShString(&Name), Line);
    Shell->ErrorLevel = Result;
    ShFreeText(&Name);
    ShFreeText(&Path);
    ShFreeText(&Opener);
    return Result;
}

// "d:" goes to that drive.
static ULONG ShpRunDrive(PSHELL Shell, PCWSTR Drive)
{
    const SHELL_COMMAND *Command = ShFindCommand(L"cd", 2);
    SH_TEXT Tail = {};
    ShAppendFormat(&Tail, L" /d %ws", Drive);
    ULONG Result = Command ? ShpRunInternal(Shell, Command, ShString(&Tail)) : 1;
    ShFreeText(&Tail);
    return Result;
}

ULONG ShpRunCommand(PSHELL Shell, PCWSTR Line, BOOLEAN IsCall)
{
    PCWSTR Tail;
    while (ShpIsBlank(*Line))
        Line++;
    if (!*Line)
        return 0;
    if (iswalpha(Line[0]) && Line[1] == L':' && (!Line[2] || ShpIsBlank(Line[2])))
        return ShpRunDrive(Shell, Line);
    const SHELL_COMMAND *Command = ShpFindInternal(Line, &Tail);
    if (Command)
        return ShpRunInternal(Shell, Command, Tail);
    return ShpRunExternal(Shell, Line, IsCall, FALSE);
}

// ---- Lines

// The sign @ in front of the first command hides all of them. Nothing is not shown.
static BOOLEAN ShpIsQuiet(const SH_NODE *Node)
{
    while (!Node->Quiet) {
        if (Node->Kind == ShSimple || Node->Kind == ShIf || Node->Kind == ShFor)
            return FALSE;
        Node = Node->Kind == ShBlock ? Node->Body : Node->Left;
        if (!Node)
            return TRUE;
    }
    return TRUE;
}

VOID ShpShowCommand(PSHELL Shell, const SH_NODE *Node)
{
    if (!Shell->Echo || Shell->Expanded || ShpIsQuiet(Node))
        return; // what another shell reads from a pipe has no commands in it
    SH_TEXT Text = {};
    ShAppendCharacter(&Text, L'\n');
    ShpAppendPrompt(&Text);
    ShpFormat(Shell, Node, ShFormatShow, &Text);
    ShPrint(L"%ws\n", ShString(&Text));
    ShFreeText(&Text);
}

static BOOLEAN ShpExpandLine(PSHELL Shell, PCWSTR Line, PSH_TEXT Expanded)
{
    Expanded->Limit = ShLineMaximum;
    ShpExpandPercents(Shell, Line, Expanded);
    if (!Expanded->Overflow)
        return TRUE;
    ShPrintError(L"The input line is too long.\n");
    Shell->ErrorLevel = 1;
    return FALSE;
}

VOID ShpRunLine(PSHELL Shell, PCWSTR Line)
{
    SH_TEXT Expanded = {};
    SH_ARENA Arena = {};
    while (ShpIsBlank(*Line))
        Line++;
    if (*Line == L':' || !ShpExpandLine(Shell, Line, &Expanded)) {
        ShFreeText(&Expanded); // a label is not expanded: its line can hold anything
        return;
    }
    PSH_NODE Node = ShpParse(Shell, ShString(&Expanded), &Arena);
    ShFreeText(&Expanded);
    if (Node) {
        if (Shell->Batch)
            ShpShowCommand(Shell, Node);
        ShpExecute(Shell, Node);
    }
    ShpArenaFree(&Arena);
}

// The next line of the text that is being run. FALSE: there is none.
static BOOLEAN ShpTakeTextLine(PSHELL Shell, PSH_TEXT Line)
{
    PCWSTR Text = Shell->Text;
    if (!Text || !*Text)
        return FALSE;
    PCWSTR End = wcschr(Text, L'\n');
    ShAppend(Line, Text, End ? (SIZE_T)(End - Text) : wcslen(Text));
    if (Line->Length && Line->Buffer[Line->Length - 1] == L'\r')
        ShTruncate(Line, Line->Length - 1);
    Shell->Text = End ? End + 1 : Text + wcslen(Text);
    return TRUE;
}

BOOLEAN ShpReadContinuation(PSHELL Shell, PSH_TEXT Line)
{
    SH_TEXT Raw = {};
    BOOLEAN More;
    if (Shell->Batch) {
        More = ShpNextLine(Shell, &Raw);
    } else if (Shell->Interactive) {
        ShPrint(L"More? ");
        More = NT_SUCCESS(SysReadLine(&Raw));
    } else {
        More = ShpTakeTextLine(Shell, &Raw);
    }
    More = More && ShpExpandLine(Shell, ShString(&Raw), Line);
    ShFreeText(&Raw);
    return More;
}

// ---- The shell

PSHELL ShCreate(void)
{
    PSHELL Shell = SysAllocate(sizeof(*Shell));
    Shell->Echo = TRUE;
    return Shell;
}

VOID ShDestroy(PSHELL Shell)
{
    SysFree(Shell);
}

ULONG ShRunText(PSHELL Shell, PCWSTR Text)
{
    SH_TEXT Line = {};
    Shell->Text = Text;
    while (!ShpMustLeave(Shell) && ShpTakeTextLine(Shell, &Line)) {
        ShpRunLine(Shell, ShString(&Line));
        ShTruncate(&Line, 0);
    }
    Shell->Text = nullptr;
    ShFreeText(&Line);
    return Shell->ErrorLevel;
}

static VOID ShpCompleteLine(PVOID Context, PSH_TEXT Line, PSIZE_T Cursor, BOOLEAN Back)
{
    (VOID) ShComplete(Context, Line, Cursor, Back);
}

static NTSTATUS ShpReadCommand(PSH_TEXT Line)
{
    SH_COMPLETION Completion = {};
    NTSTATUS Status = SysEditLine(Line, ShpCompleteLine, &Completion);
    ShEndCompletion(&Completion);
    return Status;
}

static VOID ShpForgetInterrupt(PSHELL Shell)
{
    Shell->Interrupted = FALSE;
    SysForgetInterrupt();
}

static VOID ShpWritePrompt(BOOLEAN Apart)
{
    SH_TEXT Prompt = {};
    if (Apart)
        ShAppendCharacter(&Prompt, L'\n');
    ShpAppendPrompt(&Prompt);
    SysWritePrompt(ShString(&Prompt), Prompt.Length);
    ShFreeText(&Prompt);
}

static BOOLEAN ShpIsEmptyLine(PCWSTR Line)
{
    while (ShpIsBlank(*Line))
        Line++;
    return !*Line;
}

// A blank line sets the prompt apart from what the last command has said. There is none behind Ctrl-C and behind a
// line with nothing in it.
ULONG ShRunInteractive(PSHELL Shell)
{
    BOOLEAN Apart = TRUE;
    Shell->Interactive = TRUE;
    while (Shell->Leave != ShLeaveShell) {
        SH_TEXT Line = {};
        ShpForgetInterrupt(Shell);
        if (Shell->Echo)
            ShpWritePrompt(Apart);
        NTSTATUS Status = ShpReadCommand(&Line);
        // What was pressed before the line was complete is not meant for it.
        ShpForgetInterrupt(Shell);
        if (NT_SUCCESS(Status))
            ShpRunLine(Shell, ShString(&Line));
        Apart = NT_SUCCESS(Status) && !ShpIsEmptyLine(ShString(&Line)) && !ShIsInterrupted(Shell);
        ShFreeText(&Line);
        if (Status == STATUS_CANCELLED)
            continue; // Ctrl-C
        if (!NT_SUCCESS(Status) && Status != STATUS_END_OF_FILE)
            Shell->ErrorLevel = (ULONG)Status; // the console is gone
        if (!NT_SUCCESS(Status))
            break;
    }
    return Shell->ErrorLevel;
}

ULONG ShErrorLevel(PSHELL Shell)
{
    return Shell->ErrorLevel;
}

VOID ShSetEcho(PSHELL Shell, BOOLEAN Echo)
{
    Shell->Echo = Echo;
}

VOID ShSetDelayedExpansion(PSHELL Shell, BOOLEAN Enabled)
{
    Shell->Delayed = Enabled;
}

VOID ShSetExpanded(PSHELL Shell)
{
    Shell->Expanded = TRUE;
}

BOOLEAN ShHasEnded(PSHELL Shell)
{
    return Shell->Leave == ShLeaveShell;
}

BOOLEAN ShIsBatch(PSHELL Shell)
{
    return Shell->Batch != nullptr;
}

VOID ShInterrupt(PSHELL Shell)
{
    Shell->Interrupted = TRUE;
}

BOOLEAN ShIsInterrupted(PSHELL Shell)
{
    return Shell->Interrupted || SysIsInterrupted();
}
