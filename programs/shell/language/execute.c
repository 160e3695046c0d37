// Running parsed commands.

#include "languagep.h"

BOOLEAN ShpMustLeave(PSHELL Shell)
{
    return Shell->Leave != ShStay || ShIsInterrupted(Shell);
}

BOOLEAN ShpHasStack(PSHELL Shell)
{
    if (SysHasStack())
        return TRUE;
    ShPrintError(L"The calls are nested too deeply.\n");
    Shell->ErrorLevel = 1;
    Shell->Interrupted = TRUE;
    return FALSE;
}

ULONG ShpSyntaxError(PSHELL Shell, PCWSTR Near)
{
    if (*Near)
        ShPrintError(L"%ws was unexpected at this time.\n", Near);
    else
        ShPrintError(L"The syntax of the command is incorrect.\n");
    Shell->ErrorLevel = 255;
    // A batch file with a fault in its structure cannot go on.
    if (Shell->Batch && Shell->Leave == ShStay)
        Shell->Leave = ShLeaveBatch;
    return Shell->ErrorLevel;
}

// ---- Redirections

typedef struct _SH_SAVED {
    struct _SH_SAVED *Next;
    ULONG Stream;
    PVOID Old;
} SH_SAVED, *PSH_SAVED;

static NTSTATUS ShpRedirectOne(PSHELL Shell, PSH_REDIRECTION Redirection, PSH_SAVED *Saved)
{
    SH_TEXT Target = {};
    NTSTATUS Status = STATUS_SUCCESS;
    if (Redirection->Target) {
        if (!ShpExpandText(Shell, Redirection->Target, &Target))
            Status = STATUS_OBJECT_NAME_INVALID;
        else if (Target.Length)
            ShRemoveQuotes(Target.Buffer);
    }
    PSH_SAVED One = SysAllocate(sizeof(*One));
    One->Stream = Redirection->Stream;
    if (NT_SUCCESS(Status))
        Status = SysRedirectStream(Redirection->Stream, Redirection->Kind, ShString(&Target),
                                   Redirection->Source, &One->Old);
    if (NT_SUCCESS(Status)) {
        One->Next = *Saved;
        *Saved = One;
    } else {
        ShReportStatus(ShString(&Target), Status);
        SysFree(One);
    }
    ShFreeText(&Target);
    return Status;
}

static VOID ShpRestore(PSH_SAVED Saved)
{
    while (Saved) { // the last one first
        PSH_SAVED One = Saved;
        Saved = One->Next;
        SysRestoreStream(One->Stream, One->Old);
        SysFree(One);
    }
}

static NTSTATUS ShpRedirect(PSHELL Shell, PSH_REDIRECTION Redirection, PSH_SAVED *Saved)
{
    NTSTATUS Status = STATUS_SUCCESS;
    *Saved = nullptr;
    for (; Redirection && NT_SUCCESS(Status); Redirection = Redirection->Next)
        Status = ShpRedirectOne(Shell, Redirection, Saved);
    if (NT_SUCCESS(Status))
        return Status;
    ShpRestore(*Saved);
    Shell->ErrorLevel = 1;
    return Status;
}

// ---- Kinds of commands

static ULONG ShpExecuteSimple(PSHELL Shell, const SH_NODE *Node)
{
    SH_TEXT Line = {};
    ULONG Result = 1;
    if (ShpExpandText(Shell, Node->Text, &Line))
        Result = ShpRunCommand(Shell, ShString(&Line), FALSE);
    else
        Shell->ErrorLevel = 1;
    ShFreeText(&Line);
    return Result;
}

// Operands of a chain are run as long as the kind of the chain and the results so far want it.
static ULONG ShpExecuteChain(PSHELL Shell, const SH_NODE *Node)
{
    SH_NODE_KIND Kind = Node->Kind;
    for (; Node->Kind == Kind; Node = Node->Right) {
        ULONG Result = ShpExecute(Shell, Node->Left);
        if (ShpMustLeave(Shell) || (Kind == ShAnd && Result) || (Kind == ShOr && !Result))
            return Result;
    }
    return ShpExecute(Shell, Node);
}

static ULONG ShpExecutePipe(PSHELL Shell, const SH_NODE *Node)
{
    SH_TEXT Left = {}, Right = {};
    ULONG Result = 1;
    ShpFormat(Shell, Node->Left, ShFormatParsed, &Left);
    ShpFormat(Shell, Node->Right, ShFormatParsed, &Right);
    NTSTATUS Status = SysPipe(ShString(&Left), ShString(&Right), Shell->Delayed, &Result);
    if (!NT_SUCCESS(Status))
        Result = ShReportStatus(L"|", Status);
    Shell->ErrorLevel = Result;
    ShFreeText(&Left);
    ShFreeText(&Right);
    return Result;
}

static ULONG ShpExecuteIf(PSHELL Shell, const SH_NODE *Node)
{
    if (ShpEvaluate(Shell, Node))
        return ShpExecute(Shell, Node->If.Then);
    return Node->If.Else ? ShpExecute(Shell, Node->If.Else) : 0;
}

static ULONG ShpExecuteKind(PSHELL Shell, const SH_NODE *Node)
{
    switch (Node->Kind) {
    case ShSimple:
        return ShpExecuteSimple(Shell, Node);
    case ShBlock:
        return Node->Body ? ShpExecute(Shell, Node->Body) : 0;
    case ShPipe:
        return ShpExecutePipe(Shell, Node);
    case ShIf:
        return ShpExecuteIf(Shell, Node);
    case ShFor:
        return ShpExecuteFor(Shell, Node);
    default:
        return ShpExecuteChain(Shell, Node);
    }
}

ULONG ShpExecute(PSHELL Shell, const SH_NODE *Node)
{
    if (ShpMustLeave(Shell) || !ShpHasStack(Shell))
        return Shell->ErrorLevel;
    if (!Node->Redirections)
        return ShpExecuteKind(Shell, Node);
    PSH_SAVED Saved;
    if (!NT_SUCCESS(ShpRedirect(Shell, Node->Redirections, &Saved)))
        return 1;
    ULONG Result = ShpExecuteKind(Shell, Node);
    ShpRestore(Saved);
    return Result;
}
