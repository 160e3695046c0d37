// Commands that steer batch files: call, exit, goto, shift, setlocal, endlocal, rem, pause.

#include "commands.h"

ULONG ShDoCall(PSHELL Shell, PCWSTR Tail)
{
    SH_TEXT Line = {.Limit = ShLineMaximum};
    ULONG Result = 1;
    if (!ShpHasStack(Shell))
        return Result;
    while (ShpIsBlank(*Tail))
        Tail++;
    ShpExpandPercents(Shell, Tail, &Line); // once more: call set a=%%%name%%%
    if (Line.Overflow)
        ShPrintError(L"The input line is too long.\n");
    else if (ShString(&Line)[0] == L':')
        Result = ShpCallLabel(Shell, ShString(&Line));
    else
        Result = ShpRunCommand(Shell, ShString(&Line), TRUE);
    ShFreeText(&Line);
    return Result;
}

ULONG ShDoExit(PSHELL Shell, PCWSTR Tail)
{
    SH_WORDS Words = {};
    BOOLEAN BatchOnly = FALSE;
    ShSplitArguments(Tail, &Words);
    for (ULONG i = 0; i < Words.Count; i++) {
        if (ShIsSwitch(Words.Values[i], L"b", nullptr))
            BatchOnly = TRUE;
        else
            Shell->ErrorLevel = (ULONG)wcstol(Words.Values[i], nullptr, 0);
    }
    ShFreeWords(&Words);
    Shell->Leave = BatchOnly && Shell->Batch ? ShLeaveBatch : ShLeaveShell;
    return Shell->ErrorLevel;
}

ULONG ShDoGoto(PSHELL Shell, PCWSTR Tail)
{
    return ShpGoTo(Shell, Tail);
}

// shift /n: the arguments from number n on.
ULONG ShDoShift(PSHELL Shell, PCWSTR Tail)
{
    PSH_BATCH Batch = Shell->Batch;
    ULONG First = 0;
    while (ShpIsBlank(*Tail))
        Tail++;
    if (*Tail) {
        if (Tail[0] != L'/' || Tail[1] < L'0' || Tail[1] > L'8' || Tail[2])
            return ShpSyntaxError(Shell, Tail);
        First = (ULONG)(Tail[1] - L'0');
    }
    if (!Batch || First >= Batch->Words.Count)
        return 0;
    Batch->NameShifted |= !First;
    SysFree(Batch->Words.Values[First]);
    Batch->Words.Count--;
    memmove((PVOID)&Batch->Words.Values[First], (PVOID)&Batch->Words.Values[First + 1],
            (Batch->Words.Count - First) * sizeof(PWSTR));
    return 0;
}

static BOOLEAN ShpSetLocalOption(PSHELL Shell, PCWSTR Word)
{
    static const struct {
        PCWSTR Name;
        BOOLEAN Delayed, Enabled;
    } Options[] = {
        {L"enabledelayedexpansion", TRUE, TRUE},
        {L"disabledelayedexpansion", TRUE, FALSE},
        {L"enableextensions", FALSE, TRUE}, // they are always there
        {L"disableextensions", FALSE, FALSE},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Options); i++) {
        if (_wcsicmp(Word, Options[i].Name) != 0)
            continue;
        if (Options[i].Delayed)
            Shell->Delayed = Options[i].Enabled;
        return TRUE;
    }
    return FALSE;
}

// With options, the error level tells whether they are known: so a batch file asks for extensions.
ULONG ShDoSetLocal(PSHELL Shell, PCWSTR Tail)
{
    SH_WORDS Words = {};
    if (!Shell->Batch)
        return 0;
    PSH_LOCAL Local = SysAllocate(sizeof(*Local));
    *Local = (SH_LOCAL){Shell->Batch->Locals, SysSaveEnvironment(), Shell->Delayed};
    Shell->Batch->Locals = Local;
    ShSplitArguments(Tail, &Words);
    if (Words.Count)
        Shell->ErrorLevel = 0;
    for (ULONG i = 0; i < Words.Count; i++) {
        if (ShpSetLocalOption(Shell, Words.Values[i]))
            continue;
        ShPrintError(L"%ws: setlocal does not know this.\n", Words.Values[i]);
        Shell->ErrorLevel = 1;
    }
    ULONG Result = Words.Count ? Shell->ErrorLevel : 0;
    ShFreeWords(&Words);
    return Result;
}

ULONG ShDoEndLocal(PSHELL Shell, PCWSTR Tail)
{
    UNREFERENCED_PARAMETER(Tail);
    ShpEndLocal(Shell);
    return 0;
}

ULONG ShDoRem(PSHELL Shell, PCWSTR Tail)
{
    UNREFERENCED_PARAMETER(Shell);
    UNREFERENCED_PARAMETER(Tail);
    return 0;
}

ULONG ShDoPause(PSHELL Shell, PCWSTR Tail)
{
    UNREFERENCED_PARAMETER(Shell);
    UNREFERENCED_PARAMETER(Tail);
    ShPrint(L"Press any key to continue . . . ");
    WCHAR Key;
    SysReadKey(&Key);
    ShPrint(L"\n");
    return 0;
}

// for and if are known to the parser; a name that reaches here was computed.
ULONG ShDoSyntax(PSHELL Shell, PCWSTR Tail)
{
    UNREFERENCED_PARAMETER(Tail);
    return ShpSyntaxError(Shell, L"");
}
