// Exception dispatch and unwinding over the frames of the current thread, and the language handler of
// C's __try. Source: "x64 exception handling" (Windows documentation).

#include "unwind.h"

static DISPATCHER_CONTEXT RtlpDispatcherContext(const RTLP_FRAME *Frame, PCONTEXT Context,
                                                DWORD64 TargetIp, PUNWIND_HISTORY_TABLE History)
{
    return (DISPATCHER_CONTEXT){
        .ControlPc = Frame->ControlPc,
        .ImageBase = Frame->ImageBase,
        .FunctionEntry = Frame->FunctionEntry,
        .EstablisherFrame = Frame->EstablisherFrame,
        .TargetIp = TargetIp,
        .ContextRecord = Context,
        .LanguageHandler = Frame->Handler,
        .HandlerData = Frame->HandlerData,
        .HistoryTable = History,
        .ScopeIndex = Frame->ScopeIndex,
    };
}

static RTLP_FRAME RtlpFrameOfCollision(const DISPATCHER_CONTEXT *Dispatcher)
{
    return (RTLP_FRAME){
        .ControlPc = Dispatcher->ControlPc,
        .ImageBase = Dispatcher->ImageBase,
        .FunctionEntry = Dispatcher->FunctionEntry,
        .EstablisherFrame = Dispatcher->EstablisherFrame,
        .Handler = Dispatcher->LanguageHandler,
        .HandlerData = Dispatcher->HandlerData,
        .ScopeIndex = Dispatcher->ScopeIndex,
    };
}

static BOOLEAN RtlpIsInStack(DWORD64 Frame, const RTLP_STACK *Stack)
{
    return Frame >= Stack->Low && Frame < Stack->High && !(Frame & 7);
}

[[noreturn]] static VOID RtlpRaiseNested(NTSTATUS Code, PEXCEPTION_RECORD Cause)
{
    EXCEPTION_RECORD Record = {
        .ExceptionCode = (DWORD)Code,
        .ExceptionFlags = EXCEPTION_NONCONTINUABLE,
        .ExceptionRecord = Cause,
    };
    RtlRaiseException(&Record);
    RtlRaiseStatus(Code); // a noncontinuable exception does not come back
    __builtin_unreachable();
}

// Search the handlers of the frames above ContextRecord. TRUE: go on with the (maybe changed)
// context. FALSE: nobody handled it. A handler that wants the exception unwinds and does not return.
static BOOLEAN RtlpSearchFrames(PEXCEPTION_RECORD Record, PCONTEXT ContextRecord)
{
    RTLP_STACK Stack = RtlpCurrentStack();
    UNWIND_HISTORY_TABLE History = {};
    CONTEXT Context = *ContextRecord;
    DWORD Flags = Record->ExceptionFlags & EXCEPTION_NONCONTINUABLE;
    DWORD64 NestedFrame = 0;

    while (RtlpIsInStack(Context.Rsp, &Stack)) {
        RTLP_FRAME Frame;
        if (!RtlpStepFrame(UNW_FLAG_EHANDLER, &Context, &History, &Stack, &Frame) ||
            !RtlpIsInStack(Frame.EstablisherFrame, &Stack)) {
            Flags |= EXCEPTION_STACK_INVALID;
            break;
        }
        while (Frame.Handler) {
            Record->ExceptionFlags = Flags;
            DISPATCHER_CONTEXT Dispatcher = RtlpDispatcherContext(&Frame, &Context, 0, &History);
            EXCEPTION_DISPOSITION Disposition = RtlpExecuteHandlerForException(
                Record, (PVOID)Frame.EstablisherFrame, ContextRecord, &Dispatcher);

            Flags |= Record->ExceptionFlags & EXCEPTION_NONCONTINUABLE;
            if (NestedFrame == Frame.EstablisherFrame) {
                Flags &= ~(DWORD)EXCEPTION_NESTED_CALL;
                NestedFrame = 0;
            }
            if (Disposition == ExceptionContinueExecution) {
                if (Flags & EXCEPTION_NONCONTINUABLE)
                    RtlpRaiseNested(STATUS_NONCONTINUABLE_EXCEPTION, Record);
                return TRUE;
            }
            if (Disposition == ExceptionCollidedUnwind) {
                // An unwind was under way here: its frame has dealt with the scopes before ScopeIndex.
                Frame = RtlpFrameOfCollision(&Dispatcher);
                Context = *Dispatcher.ContextRecord;
                RTLP_FRAME Left = Frame;
                RtlpUnwindFunction(UNW_FLAG_NHANDLER, &Left, &Context, nullptr, &Stack);
                continue;
            }
            if (Disposition == ExceptionNestedException) {
                Flags |= EXCEPTION_NESTED_CALL;
                if (Dispatcher.EstablisherFrame > NestedFrame)
                    NestedFrame = Dispatcher.EstablisherFrame;
            } else if (Disposition != ExceptionContinueSearch) {
                RtlpRaiseNested(STATUS_INVALID_DISPOSITION, Record);
            }
            break;
        }
    }
    Record->ExceptionFlags = Flags;
    return FALSE;
}

BOOLEAN NTAPI RtlDispatchException(PEXCEPTION_RECORD ExceptionRecord, PCONTEXT ContextRecord)
{
    if (RtlpCallVectoredHandlers(ExceptionRecord, ContextRecord))
        return TRUE;
    return RtlpSearchFrames(ExceptionRecord, ContextRecord);
}

// Call the termination handler of one frame, and of those frames that an earlier unwind has reached
// (collisions). *Current is the frame's own context, *Caller that of its caller.
static VOID RtlpUnwindFrame(RTLP_FRAME *Frame, PVOID TargetFrame, PVOID TargetIp,
                            PEXCEPTION_RECORD Record, DWORD Flags, PVOID ReturnValue,
                            PCONTEXT Current, PCONTEXT Caller, PUNWIND_HISTORY_TABLE History,
                            const RTLP_STACK *Stack)
{
    while (Frame->Handler) {
        if ((PVOID)Frame->EstablisherFrame == TargetFrame)
            Flags |= EXCEPTION_TARGET_UNWIND;
        Record->ExceptionFlags = Flags;
        Current->Rax = (DWORD64)ReturnValue;

        DISPATCHER_CONTEXT Dispatcher =
            RtlpDispatcherContext(Frame, Current, (DWORD64)TargetIp, History);
        EXCEPTION_DISPOSITION Disposition = RtlpExecuteHandlerForUnwind(
            Record, (PVOID)Frame->EstablisherFrame, Current, &Dispatcher);

        Flags &= ~(DWORD)(EXCEPTION_COLLIDED_UNWIND | EXCEPTION_TARGET_UNWIND);
        if (Disposition == ExceptionContinueSearch)
            return;
        if (Disposition != ExceptionCollidedUnwind)
            RtlpRaiseNested(STATUS_INVALID_DISPOSITION, Record);

        // Go on where the earlier unwind was.
        Flags |= EXCEPTION_COLLIDED_UNWIND;
        *Frame = RtlpFrameOfCollision(&Dispatcher);
        *Current = *Dispatcher.ContextRecord;
        *Caller = *Current;
        RTLP_FRAME Left = *Frame;
        RtlpUnwindFunction(UNW_FLAG_NHANDLER, &Left, Caller, nullptr, Stack);
    }
}

// Unwind the stack to TargetFrame, calling termination handlers, and go on at TargetIp with
// ReturnValue in rax. Target frame null: an exit unwind, through every frame. OriginalContext is
// scratch space.
VOID NTAPI RtlUnwindEx(PVOID TargetFrame, PVOID TargetIp, PEXCEPTION_RECORD ExceptionRecord,
                       PVOID ReturnValue, PCONTEXT OriginalContext,
                       PUNWIND_HISTORY_TABLE HistoryTable)
{
    RTLP_STACK Stack = RtlpCurrentStack();
    PCONTEXT Current = OriginalContext;
    RtlCaptureContext(Current);
    RtlpUnwindToCaller(Current, &Stack); // this function's own frame

    EXCEPTION_RECORD LocalRecord = {
        .ExceptionCode = (DWORD)STATUS_UNWIND,
        .ExceptionAddress = (PVOID)Current->Rip,
    };
    PEXCEPTION_RECORD Record = ExceptionRecord ? ExceptionRecord : &LocalRecord;
    DWORD Flags = EXCEPTION_UNWINDING | (TargetFrame ? 0 : EXCEPTION_EXIT_UNWIND);

    RTLP_FRAME Frame = {};
    while (RtlpIsInStack(Current->Rsp, &Stack)) {
        CONTEXT Caller = *Current;
        if (!RtlpStepFrame(UNW_FLAG_UHANDLER, &Caller, HistoryTable, &Stack, &Frame) ||
            !RtlpIsInStack(Frame.EstablisherFrame, &Stack))
            RtlpRaiseNested(STATUS_BAD_STACK, Record);
        if (TargetFrame && Frame.EstablisherFrame > (DWORD64)TargetFrame)
            RtlpRaiseNested(STATUS_INVALID_UNWIND_TARGET, Record);

        RtlpUnwindFrame(&Frame, TargetFrame, TargetIp, Record, Flags, ReturnValue, Current, &Caller,
                        HistoryTable, &Stack);
        if ((PVOID)Frame.EstablisherFrame == TargetFrame)
            break;
        *Current = Caller;
    }

    if ((PVOID)Frame.EstablisherFrame != TargetFrame) {
        // An exit unwind has passed all frames; any other has lost its target.
        if (TargetFrame)
            RtlpRaiseNested(STATUS_INVALID_UNWIND_TARGET, Record);
        NtRaiseException(Record, Current, FALSE);
        return;
    }
    Current->Rax = (DWORD64)ReturnValue;
    if (Record->ExceptionCode != (DWORD)STATUS_UNWIND_CONSOLIDATE)
        Current->Rip = (DWORD64)TargetIp;
    RtlRestoreContext(Current, Record);
}

VOID NTAPI RtlUnwind(PVOID TargetFrame, PVOID TargetIp, PEXCEPTION_RECORD ExceptionRecord,
                     PVOID ReturnValue)
{
    CONTEXT Context;
    RtlUnwindEx(TargetFrame, TargetIp, ExceptionRecord, ReturnValue, &Context, nullptr);
}

// Leave a __try block by a jump to TargetIp in the same frame.
VOID _local_unwind(PVOID TargetFrame, PVOID TargetIp)
{
    RtlUnwind(TargetFrame, TargetIp, nullptr, nullptr);
}

// Raise a software exception at the caller. Returns if a handler continued execution.
VOID NTAPI RtlRaiseException(PEXCEPTION_RECORD ExceptionRecord)
{
    RTLP_STACK Stack = RtlpCurrentStack();
    CONTEXT Context;
    RtlCaptureContext(&Context);
    RtlpUnwindToCaller(&Context, &Stack); // the context after this call returns
    Context.ContextFlags = CONTEXT_FULL;
    ExceptionRecord->ExceptionAddress = (PVOID)Context.Rip;

    NTSTATUS Status;
    if (RtlDispatchException(ExceptionRecord, &Context))
        Status = NtContinue(&Context, FALSE);
    else
        Status = NtRaiseException(ExceptionRecord, &Context, FALSE);
    RtlRaiseStatus(Status);
}

VOID NTAPI RtlRaiseStatus(NTSTATUS Status)
{
    EXCEPTION_RECORD Record = {
        .ExceptionCode = (DWORD)Status,
        .ExceptionFlags = EXCEPTION_NONCONTINUABLE,
    };
    RTLP_STACK Stack = RtlpCurrentStack();
    CONTEXT Context;
    RtlCaptureContext(&Context);
    RtlpUnwindToCaller(&Context, &Stack);
    Context.ContextFlags = CONTEXT_FULL;
    Record.ExceptionAddress = (PVOID)Context.Rip;

    RtlDispatchException(&Record, &Context);
    NtRaiseException(&Record, &Context, FALSE);
    NtTerminateProcess(NtCurrentProcess(), Status); // nothing above could deal with it
    __builtin_unreachable();
}

// ---- The language handler of __try/__except/__finally

typedef LONG (*RTLP_FILTER)(PEXCEPTION_POINTERS Pointers, PVOID EstablisherFrame);
typedef VOID (*RTLP_TERMINATION)(BOOLEAN AbnormalTermination, PVOID EstablisherFrame);

static BOOLEAN RtlpIsInScope(const SCOPE_TABLE_AMD64 *Table, ULONG Index, DWORD64 Rva)
{
    return Rva >= Table->ScopeRecord[Index].BeginAddress &&
           Rva < Table->ScopeRecord[Index].EndAddress;
}

static EXCEPTION_DISPOSITION RtlpRunFilters(PEXCEPTION_RECORD Record, PVOID Frame, PCONTEXT Context,
                                            PDISPATCHER_CONTEXT Dispatcher)
{
    const SCOPE_TABLE_AMD64 *Table = Dispatcher->HandlerData;
    DWORD64 Rva = Dispatcher->ControlPc - Dispatcher->ImageBase;
    EXCEPTION_POINTERS Pointers = {Record, Context};

    for (ULONG i = Dispatcher->ScopeIndex; i < Table->Count; i++) {
        ULONG Handler = Table->ScopeRecord[i].HandlerAddress;
        if (!RtlpIsInScope(Table, i, Rva) || !Table->ScopeRecord[i].JumpTarget)
            continue;
        LONG Result = EXCEPTION_EXECUTE_HANDLER;
        if (Handler != EXCEPTION_EXECUTE_HANDLER)
            Result = ((RTLP_FILTER)(Dispatcher->ImageBase + Handler))(&Pointers, Frame);
        if (Result < 0)
            return ExceptionContinueExecution;
        if (Result > 0)
            RtlUnwindEx(Frame, (PVOID)(Dispatcher->ImageBase + Table->ScopeRecord[i].JumpTarget),
                        Record, (PVOID)(ULONG_PTR)Record->ExceptionCode, Dispatcher->ContextRecord,
                        Dispatcher->HistoryTable);
    }
    return ExceptionContinueSearch;
}

// Does the unwind end inside the scope, or in its __except? Then its __finally is not left. A compiler may
// have cut a scope into several records, which name the same handler.
static BOOLEAN RtlpIsUnwindTarget(const SCOPE_TABLE_AMD64 *Table, ULONG Index, DWORD64 TargetRva)
{
    if (Table->ScopeRecord[Index].JumpTarget)
        return TargetRva == Table->ScopeRecord[Index].JumpTarget;
    for (ULONG i = 0; i < Table->Count; i++) {
        if (!Table->ScopeRecord[i].JumpTarget &&
            Table->ScopeRecord[i].HandlerAddress == Table->ScopeRecord[Index].HandlerAddress &&
            RtlpIsInScope(Table, i, TargetRva))
            return TRUE;
    }
    return FALSE;
}

static EXCEPTION_DISPOSITION RtlpRunTerminations(PEXCEPTION_RECORD Record, PVOID Frame,
                                                 PDISPATCHER_CONTEXT Dispatcher)
{
    const SCOPE_TABLE_AMD64 *Table = Dispatcher->HandlerData;
    DWORD64 Rva = Dispatcher->ControlPc - Dispatcher->ImageBase;
    DWORD64 TargetRva = Dispatcher->TargetIp - Dispatcher->ImageBase;

    for (ULONG i = Dispatcher->ScopeIndex; i < Table->Count; i++) {
        if (!RtlpIsInScope(Table, i, Rva))
            continue;
        if ((Record->ExceptionFlags & EXCEPTION_TARGET_UNWIND) &&
            RtlpIsUnwindTarget(Table, i, TargetRva))
            break;
        if (Table->ScopeRecord[i].JumpTarget)
            continue;
        // An exception in the handler must not run it again.
        Dispatcher->ScopeIndex = i + 1;
        RTLP_TERMINATION Termination =
            (RTLP_TERMINATION)(Dispatcher->ImageBase + Table->ScopeRecord[i].HandlerAddress);
        Termination(TRUE, Frame);
    }
    return ExceptionContinueSearch;
}

EXCEPTION_DISPOSITION __C_specific_handler(PEXCEPTION_RECORD ExceptionRecord,
                                           PVOID EstablisherFrame, PCONTEXT ContextRecord,
                                           PDISPATCHER_CONTEXT DispatcherContext)
{
    if (ExceptionRecord->ExceptionFlags & EXCEPTION_UNWIND)
        return RtlpRunTerminations(ExceptionRecord, EstablisherFrame, DispatcherContext);
    return RtlpRunFilters(ExceptionRecord, EstablisherFrame, ContextRecord, DispatcherContext);
}
