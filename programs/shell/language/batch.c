// Batch files: their lines, arguments, labels, and what setlocal keeps.

#include "languagep.h"

BOOLEAN ShpNextLine(PSHELL Shell, PSH_TEXT Line)
{
    PSH_BATCH Batch = Shell->Batch;
    SIZE_T Start = Batch->At, End = Start;
    PCWSTR Text = ShString(Batch->Contents);
    if (Start >= Batch->Contents->Length || Text[Start] == 0x1A)
        return FALSE;
    while (End < Batch->Contents->Length && Text[End] != L'\n')
        End++;
    Batch->At = End + 1;
    if (End > Start && Text[End - 1] == L'\r')
        End--;
    ShAppend(Line, Text + Start, End - Start);
    return TRUE;
}

VOID ShpEndLocal(PSHELL Shell)
{
    PSH_LOCAL Local = Shell->Batch ? Shell->Batch->Locals : nullptr;
    if (!Local)
        return;
    Shell->Batch->Locals = Local->Next;
    Shell->Delayed = Local->Delayed;
    SysRestoreEnvironment(Local->Environment);
    SysFree(Local);
}

// ---- Running one

static VOID ShpRunLines(PSHELL Shell)
{
    while (!ShpMustLeave(Shell)) {
        SH_TEXT Line = {};
        BOOLEAN More = ShpNextLine(Shell, &Line);
        if (More)
            ShpRunLine(Shell, ShString(&Line));
        ShFreeText(&Line);
        if (!More)
            return;
        if (Shell->Leave == ShJump)
            Shell->Leave = ShStay; // the place of the next line has been set
    }
}

static ULONG ShpRunFrame(PSHELL Shell, PSH_BATCH Batch)
{
    Batch->Caller = Shell->Batch;
    Shell->Batch = Batch;
    ShpRunLines(Shell);
    while (Batch->Locals)
        ShpEndLocal(Shell);
    if (Shell->Leave == ShLeaveBatch)
        Shell->Leave = ShStay;
    Shell->Batch = Batch->Caller;
    ShFreeWords(&Batch->Words);
    return Shell->ErrorLevel;
}

ULONG ShpRunBatch(PSHELL Shell, PCWSTR File, PCWSTR Name, PCWSTR Tail)
{
    SH_TEXT Contents = {};
    NTSTATUS Status = SysReadFile(File, &Contents);
    if (!NT_SUCCESS(Status)) {
        ShFreeText(&Contents);
        return Shell->ErrorLevel = ShReportStatus(Name, Status);
    }
    SH_BATCH Batch = {.File = File, .Contents = &Contents, .Tail = ShSkipBlanks(Tail)};
    ShAddWord(&Batch.Words, Name, wcslen(Name));
    ShSplit(Tail, ShpBlanks, &Batch.Words);
    BOOLEAN Echo = Shell->Echo;
    ULONG Result = ShpRunFrame(Shell, &Batch);
    if (!Shell->Batch)
        Shell->Echo = Echo; // what files change lasts until the last of them ends
    ShFreeText(&Contents);
    return Result;
}

// ---- Labels

PCWSTR ShpLabelEnd(PCWSTR Name)
{
    while (*Name && !ShpIsBlank(*Name) && !wcschr(L":+&|<>^", *Name))
        Name++;
    return Name;
}

static BOOLEAN ShpIsLabel(PCWSTR Line, PCWSTR Name, SIZE_T Length)
{
    while (ShpIsBlank(*Line))
        Line++;
    if (*Line++ != L':')
        return FALSE;
    Line = ShSkipBlanks(Line);
    return (SIZE_T)(ShpLabelEnd(Line) - Line) == Length && !_wcsnicmp(Line, Name, Length);
}

// From the next line to the end, and then from the first.
static BOOLEAN ShpFindLabel(PSHELL Shell, PCWSTR Name, SIZE_T Length)
{
    PSH_BATCH Batch = Shell->Batch;
    SIZE_T Start = Batch->At;
    SH_TEXT Line = {};
    BOOLEAN Wrapped = FALSE, Found = FALSE;
    while (!Found) {
        if (!ShpNextLine(Shell, &Line)) {
            if (Wrapped)
                break;
            Wrapped = TRUE;
            Batch->At = 0;
            continue;
        }
        Found = ShpIsLabel(ShString(&Line), Name, Length);
        if (!Found && Wrapped && Batch->At > Start)
            break;
        ShTruncate(&Line, 0);
    }
    ShFreeText(&Line);
    if (!Found)
        Batch->At = Start;
    return Found;
}

static ULONG ShpNoLabel(PSHELL Shell, PCWSTR Name, SIZE_T Length)
{
    PWSTR Label = ShCopy(Name, Length);
    ShPrintError(L"The system cannot find the batch label specified - %ws\n", Label);
    SysFree(Label);
    return Shell->ErrorLevel = 1;
}

static PCWSTR ShpLabelName(PCWSTR Text)
{
    while (ShpIsBlank(*Text))
        Text++;
    if (*Text == L':')
        Text++;
    return ShSkipBlanks(Text);
}

ULONG ShpGoTo(PSHELL Shell, PCWSTR Label)
{
    if (!Shell->Batch)
        return 0; // there is nowhere to go
    PCWSTR Name = ShpLabelName(Label);
    SIZE_T Length = (SIZE_T)(ShpLabelEnd(Name) - Name);
    if (Length == 3 && !_wcsnicmp(Name, L"eof", 3) && wcschr(Label, L':')) {
        Shell->Leave = ShLeaveBatch;
        return Shell->ErrorLevel;
    }
    if (Length && ShpFindLabel(Shell, Name, Length)) {
        Shell->Leave = ShJump;
        return 0;
    }
    Shell->Leave = ShLeaveBatch;
    return ShpNoLabel(Shell, Name, Length);
}

// call :label arguments
ULONG ShpCallLabel(PSHELL Shell, PCWSTR Line)
{
    PCWSTR Name = ShpLabelName(Line);
    PCWSTR End = ShpLabelEnd(Name);
    SIZE_T Length = (SIZE_T)(End - Name);
    if (!Shell->Batch) {
        ShPrintError(L"A label can be called in a batch file only.\n");
        return Shell->ErrorLevel = 1;
    }
    if (Length == 3 && !_wcsnicmp(Name, L"eof", 3))
        return Shell->ErrorLevel;
    SIZE_T At = Shell->Batch->At;
    BOOLEAN Found = Length && ShpFindLabel(Shell, Name, Length);
    SH_BATCH Batch = {
        .File = Shell->Batch->File,
        .Contents = Shell->Batch->Contents,
        .At = Shell->Batch->At,
        .Tail = ShSkipBlanks(End),
    };
    Shell->Batch->At = At; // where the caller goes on
    if (!Found)
        return ShpNoLabel(Shell, Name, Length);
    PWSTR Label = ShCopy(Line, (SIZE_T)(End - Line));
    ShAddWord(&Batch.Words, Label, wcslen(Label));
    SysFree(Label);
    ShSplit(End, ShpBlanks, &Batch.Words);
    return ShpRunFrame(Shell, &Batch);
}
