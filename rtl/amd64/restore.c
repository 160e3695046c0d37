// Restoring a context, with the two forms that unwinding gives a meaning of its own (longjmp and frame
// consolidation), and the handlers of the frames that call language handlers.

#include "unwind.h"

[[noreturn]] VOID RtlpRestoreRegisters(PCONTEXT Context);
[[noreturn]] VOID RtlpConsolidateFrames(PCONTEXT Context, PEXCEPTION_RECORD Record);

// The jump buffer of setjmp as x64 compilers lay it out.
typedef struct _RTLP_JUMP_BUFFER {
    DWORD64 Frame, Rbx, Rsp, Rbp, Rsi, Rdi, R12, R13, R14, R15, Rip;
    ULONG MxCsr;
    USHORT FpCsr, Spare;
    M128A Xmm6_15[10];
} RTLP_JUMP_BUFFER;

static_assert(sizeof(RTLP_JUMP_BUFFER) == 0x100);

static VOID RtlpApplyJumpBuffer(PCONTEXT Context, const RTLP_JUMP_BUFFER *Buffer)
{
    Context->Rbx = Buffer->Rbx;
    Context->Rsp = Buffer->Rsp;
    Context->Rbp = Buffer->Rbp;
    Context->Rsi = Buffer->Rsi;
    Context->Rdi = Buffer->Rdi;
    Context->R12 = Buffer->R12;
    Context->R13 = Buffer->R13;
    Context->R14 = Buffer->R14;
    Context->R15 = Buffer->R15;
    Context->Rip = Buffer->Rip;
    Context->MxCsr = Context->FltSave.MxCsr = Buffer->MxCsr;
    Context->FltSave.ControlWord = Buffer->FpCsr;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Buffer->Xmm6_15); i++)
        (&Context->Xmm6)[i] = Buffer->Xmm6_15[i];
}

// Continue with ContextRecord. ExceptionRecord may ask for a longjmp (STATUS_LONGJUMP, parameter 0:
// the jump buffer) or for a consolidation (STATUS_UNWIND_CONSOLIDATE, parameter 0: a function that
// runs on top of the consolidated frames and returns the address to go on at).
VOID NTAPI RtlRestoreContext(PCONTEXT ContextRecord, PEXCEPTION_RECORD ExceptionRecord)
{
    if (ExceptionRecord && ExceptionRecord->ExceptionCode == (DWORD)STATUS_LONGJUMP &&
        ExceptionRecord->NumberParameters >= 1)
        RtlpApplyJumpBuffer(ContextRecord,
                            (const RTLP_JUMP_BUFFER *)ExceptionRecord->ExceptionInformation[0]);
    else if (ExceptionRecord &&
             ExceptionRecord->ExceptionCode == (DWORD)STATUS_UNWIND_CONSOLIDATE &&
             ExceptionRecord->NumberParameters >= 1)
        RtlpConsolidateFrames(ContextRecord, ExceptionRecord);
    RtlpRestoreRegisters(ContextRecord);
}

// Go on where _setjmpex filled the buffer, which returns Value there (1 for 0). With a frame in the buffer
// the frames between are unwound.
[[noreturn]] VOID longjmp(PVOID Environment, int Value)
{
    const RTLP_JUMP_BUFFER *Buffer = Environment;
    PVOID Result = (PVOID)(ULONG_PTR)(ULONG)(Value ? Value : 1);
    CONTEXT Context;
    if (Buffer->Frame) {
        EXCEPTION_RECORD Record = {
            .ExceptionCode = (DWORD)STATUS_LONGJUMP,
            .NumberParameters = 1,
            .ExceptionInformation = {(ULONG_PTR)Buffer},
        };
        RtlUnwindEx((PVOID)Buffer->Frame, (PVOID)Buffer->Rip, &Record, Result, &Context, nullptr);
    }
    RtlCaptureContext(&Context);
    RtlpApplyJumpBuffer(&Context, Buffer);
    Context.Rax = (DWORD64)Result;
    RtlpRestoreRegisters(&Context);
}

// The call of a handler keeps its DISPATCHER_CONTEXT at this offset of its frame (context.S).
static PDISPATCHER_CONTEXT RtlpSavedDispatcher(PVOID EstablisherFrame)
{
    return *(PDISPATCHER_CONTEXT *)((PUCHAR)EstablisherFrame + 0x20);
}

// An exception came up in an exception handler: tell the search which frame was being handled.
EXCEPTION_DISPOSITION RtlpNestedExceptionHandler(PEXCEPTION_RECORD ExceptionRecord,
                                                 PVOID EstablisherFrame, PCONTEXT ContextRecord,
                                                 PDISPATCHER_CONTEXT DispatcherContext)
{
    UNREFERENCED_PARAMETER(ContextRecord);
    if (ExceptionRecord->ExceptionFlags & EXCEPTION_UNWIND)
        return ExceptionContinueSearch;
    DispatcherContext->EstablisherFrame = RtlpSavedDispatcher(EstablisherFrame)->EstablisherFrame;
    return ExceptionNestedException;
}

// An exception or unwind meets an unwind that was under way: go on with the older one's state, so
// that no termination handler runs twice.
EXCEPTION_DISPOSITION RtlpCollidedUnwindHandler(PEXCEPTION_RECORD ExceptionRecord,
                                                PVOID EstablisherFrame, PCONTEXT ContextRecord,
                                                PDISPATCHER_CONTEXT DispatcherContext)
{
    UNREFERENCED_PARAMETER(ExceptionRecord);
    UNREFERENCED_PARAMETER(ContextRecord);
    PDISPATCHER_CONTEXT Saved = RtlpSavedDispatcher(EstablisherFrame);
    DispatcherContext->ControlPc = Saved->ControlPc;
    DispatcherContext->ImageBase = Saved->ImageBase;
    DispatcherContext->FunctionEntry = Saved->FunctionEntry;
    DispatcherContext->EstablisherFrame = Saved->EstablisherFrame;
    *DispatcherContext->ContextRecord = *Saved->ContextRecord;
    DispatcherContext->LanguageHandler = Saved->LanguageHandler;
    DispatcherContext->HandlerData = Saved->HandlerData;
    DispatcherContext->ScopeIndex = Saved->ScopeIndex;
    return ExceptionCollidedUnwind;
}
