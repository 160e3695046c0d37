// Exceptions and APCs of user threads: what the Executive's entry points call, vectored handlers, and
// the last resort for what nobody handles.

#include "../ntdllp.h"
#include "../../rtl/amd64/unwind.h"

typedef struct _RTLP_VECTORED_HANDLER {
    LIST_ENTRY Link;
    PVECTORED_EXCEPTION_HANDLER Handler; // encoded
    ULONG Calls;                         // running right now
    BOOLEAN Removed;
} RTLP_VECTORED_HANDLER, *PRTLP_VECTORED_HANDLER;

static LIST_ENTRY RtlpExceptionHandlers = {&RtlpExceptionHandlers, &RtlpExceptionHandlers};
static LIST_ENTRY RtlpContinueHandlers = {&RtlpContinueHandlers, &RtlpContinueHandlers};
static RTL_SRWLOCK RtlpVectoredLock;
static PVOID RtlpUnhandledFilter; // encoded

RTLP_STACK RtlpCurrentStack(void)
{
    PTEB Teb = NtCurrentTeb();
    return (RTLP_STACK){(ULONG_PTR)Teb->NtTib.StackLimit, (ULONG_PTR)Teb->NtTib.StackBase};
}

// ---- Vectored handlers

static PVOID RtlpAddVectored(PLIST_ENTRY List, ULONG First, PVECTORED_EXCEPTION_HANDLER Handler)
{
    PRTLP_VECTORED_HANDLER Entry =
        RtlAllocateHeap(RtlProcessHeap(), HEAP_ZERO_MEMORY, sizeof(*Entry));
    if (!Entry)
        return nullptr;
    Entry->Handler = (PVECTORED_EXCEPTION_HANDLER)RtlEncodePointer((PVOID)Handler);
    RtlAcquireSRWLockExclusive(&RtlpVectoredLock);
    if (First)
        InsertHeadList(List, &Entry->Link);
    else
        InsertTailList(List, &Entry->Link);
    RtlReleaseSRWLockExclusive(&RtlpVectoredLock);
    return Entry;
}

static BOOLEAN RtlpIsListed(PLIST_ENTRY List, PVOID Handle)
{
    for (PLIST_ENTRY Link = List->Flink; Link != List; Link = Link->Flink) {
        if (Link == Handle)
            return TRUE;
    }
    return FALSE;
}

// An entry whose handler is running is only marked; the last call that returns frees it.
static ULONG RtlpRemoveVectored(PLIST_ENTRY List, PVOID Handle)
{
    PRTLP_VECTORED_HANDLER Entry = Handle, Free = nullptr;
    RtlAcquireSRWLockExclusive(&RtlpVectoredLock);
    BOOLEAN Found = RtlpIsListed(List, Handle) && !Entry->Removed;
    if (Found) {
        Entry->Removed = TRUE;
        if (!Entry->Calls) {
            RemoveEntryList(&Entry->Link);
            Free = Entry;
        }
    }
    RtlReleaseSRWLockExclusive(&RtlpVectoredLock);
    RtlFreeHeap(RtlProcessHeap(), 0, Free);
    return Found;
}

PVOID NTAPI RtlAddVectoredExceptionHandler(ULONG First, PVECTORED_EXCEPTION_HANDLER Handler)
{
    return RtlpAddVectored(&RtlpExceptionHandlers, First, Handler);
}

PVOID NTAPI RtlAddVectoredContinueHandler(ULONG First, PVECTORED_EXCEPTION_HANDLER Handler)
{
    return RtlpAddVectored(&RtlpContinueHandlers, First, Handler);
}

ULONG NTAPI RtlRemoveVectoredExceptionHandler(PVOID Handle)
{
    return RtlpRemoveVectored(&RtlpExceptionHandlers, Handle);
}

ULONG NTAPI RtlRemoveVectoredContinueHandler(PVOID Handle)
{
    return RtlpRemoveVectored(&RtlpContinueHandlers, Handle);
}

// Drop a hold; the lock is held. Returns the entry if it is to be freed now.
static PRTLP_VECTORED_HANDLER RtlpReleaseVectored(PRTLP_VECTORED_HANDLER Entry)
{
    if (--Entry->Calls || !Entry->Removed)
        return nullptr;
    RemoveEntryList(&Entry->Link);
    return Entry;
}

// The entry after Current (null: the first), held so that it cannot go while its handler runs. The hold
// on Current is dropped.
static PRTLP_VECTORED_HANDLER RtlpNextVectored(PLIST_ENTRY List, PRTLP_VECTORED_HANDLER Current)
{
    PRTLP_VECTORED_HANDLER Next = nullptr, Free = nullptr;
    RtlAcquireSRWLockExclusive(&RtlpVectoredLock);
    PLIST_ENTRY Link = Current ? Current->Link.Flink : List->Flink;
    if (Link != List) {
        Next = CONTAINING_RECORD(Link, RTLP_VECTORED_HANDLER, Link);
        Next->Calls++;
    }
    if (Current)
        Free = RtlpReleaseVectored(Current);
    RtlReleaseSRWLockExclusive(&RtlpVectoredLock);
    RtlFreeHeap(RtlProcessHeap(), 0, Free);
    return Next;
}

static VOID RtlpLeaveVectored(PRTLP_VECTORED_HANDLER Current)
{
    RtlAcquireSRWLockExclusive(&RtlpVectoredLock);
    PRTLP_VECTORED_HANDLER Free = RtlpReleaseVectored(Current);
    RtlReleaseSRWLockExclusive(&RtlpVectoredLock);
    RtlFreeHeap(RtlProcessHeap(), 0, Free);
}

static BOOLEAN RtlpCallVectoredList(PLIST_ENTRY List, PEXCEPTION_RECORD Record, PCONTEXT Context)
{
    if (IsListEmpty(List))
        return FALSE;
    EXCEPTION_POINTERS Pointers = {Record, Context};
    PRTLP_VECTORED_HANDLER Entry = nullptr;
    while ((Entry = RtlpNextVectored(List, Entry))) {
        if (Entry->Removed)
            continue;
        PVECTORED_EXCEPTION_HANDLER Handler =
            (PVECTORED_EXCEPTION_HANDLER)RtlDecodePointer((PVOID)Entry->Handler);
        if (Handler(&Pointers) == EXCEPTION_CONTINUE_EXECUTION) {
            RtlpLeaveVectored(Entry);
            return TRUE;
        }
    }
    return FALSE;
}

BOOLEAN RtlpCallVectoredHandlers(PEXCEPTION_RECORD ExceptionRecord, PCONTEXT ContextRecord)
{
    return RtlpCallVectoredList(&RtlpExceptionHandlers, ExceptionRecord, ContextRecord);
}

// ---- Entries from the Executive

// Which floating-point exception it was: the state is the thread's own, the Executive cannot see it. MXCSR
// and the x87 status and control words number the exceptions alike (Intel SDM 1, 8.1.3 and 10.2.3).
static NTSTATUS RtlpFloatingPointCode(NTSTATUS Status, const CONTEXT *Context)
{
    static const struct {
        ULONG Flag;
        NTSTATUS Code;
    } Codes[] = {
        {0x01, STATUS_FLOAT_INVALID_OPERATION}, {0x04, STATUS_FLOAT_DIVIDE_BY_ZERO},
        {0x02, STATUS_FLOAT_DENORMAL_OPERAND},  {0x08, STATUS_FLOAT_OVERFLOW},
        {0x10, STATUS_FLOAT_UNDERFLOW},         {0x20, STATUS_FLOAT_INEXACT_RESULT},
    };
    enum { MxCsrMaskShift = 7, StackFault = 0x40 };
    BOOLEAN Sse = Status == STATUS_FLOAT_MULTIPLE_TRAPS;
    ULONG Raised = Sse ? Context->MxCsr & ~(Context->MxCsr >> MxCsrMaskShift)
                       : Context->FltSave.StatusWord & ~(ULONG)Context->FltSave.ControlWord;
    if (!Sse && (Raised & 1) && (Context->FltSave.StatusWord & StackFault))
        return STATUS_FLOAT_STACK_CHECK;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Codes); i++) {
        if (Raised & Codes[i].Flag)
            return Codes[i].Code;
    }
    return Status;
}

VOID LdrpDispatchUserException(PEXCEPTION_RECORD ExceptionRecord, PCONTEXT Context)
{
    NTSTATUS Code = (NTSTATUS)ExceptionRecord->ExceptionCode;
    if (Code == STATUS_FLOAT_MULTIPLE_TRAPS || Code == STATUS_FLOAT_MULTIPLE_FAULTS)
        ExceptionRecord->ExceptionCode = (DWORD)RtlpFloatingPointCode(Code, Context);
    NTSTATUS Status;
    if (RtlDispatchException(ExceptionRecord, Context)) {
        RtlpCallVectoredList(&RtlpContinueHandlers, ExceptionRecord, Context);
        Status = NtContinue(Context, FALSE);
    } else {
        Status = NtRaiseException(ExceptionRecord, Context, FALSE);
    }
    RtlRaiseStatus(Status);
}

VOID LdrpDispatchUserApc(PVOID Argument1, PVOID Argument2, PVOID Argument3, PPS_APC_ROUTINE Routine,
                         PCONTEXT Context)
{
    Routine(Argument1, Argument2, Argument3);
    RtlRaiseStatus(NtContinue(Context, TRUE));
}

NTSTATUS LdrpRaiseUserException(NTSTATUS Status)
{
    EXCEPTION_RECORD Record = {.ExceptionCode = (DWORD)Status};
    RtlRaiseException(&Record);
    return Status;
}

// ---- Unhandled exceptions

PVOID NTAPI RtlSetUnhandledExceptionFilter(PVOID Filter)
{
    PVOID Previous = RtlpUnhandledFilter ? RtlDecodePointer(RtlpUnhandledFilter) : nullptr;
    RtlpUnhandledFilter = Filter ? RtlEncodePointer(Filter) : nullptr;
    return Previous;
}

static VOID RtlpPrintBacktrace(const CONTEXT *Start)
{
    enum { Frames = 24 };
    CONTEXT Context = *Start;
    RTLP_STACK Stack = RtlpCurrentStack();
    BOOLEAN Sound = TRUE;
    for (ULONG i = 0; i < Frames && Sound && Context.Rip; i++) {
        PVOID Base;
        RtlPcToFileHeader((PVOID)Context.Rip, &Base);
        DbgPrint("  %2lu  %p  (image %p + %llx)\n", i, (PVOID)Context.Rip, Base,
                 Base ? Context.Rip - (ULONG_PTR)Base : 0);
        Sound = RtlpUnwindToCaller(&Context, &Stack);
    }
}

LONG NTAPI RtlUnhandledExceptionFilter(PEXCEPTION_POINTERS ExceptionPointers)
{
    if (RtlpUnhandledFilter) {
        PVECTORED_EXCEPTION_HANDLER Filter = RtlDecodePointer(RtlpUnhandledFilter);
        LONG Result = Filter(ExceptionPointers);
        if (Result != EXCEPTION_CONTINUE_SEARCH)
            return Result;
    }
    PEXCEPTION_RECORD Record = ExceptionPointers->ExceptionRecord;
    DbgPrint("process %lu: unhandled exception %08lx at %p (%p, %p)\n",
             (ULONG)(ULONG_PTR)NtCurrentTeb()->ClientId.UniqueProcess, Record->ExceptionCode,
             Record->ExceptionAddress, (PVOID)Record->ExceptionInformation[0],
             (PVOID)Record->ExceptionInformation[1]);
    RtlpPrintBacktrace(ExceptionPointers->ContextRecord);
    (VOID)
        NtRaiseException(Record, ExceptionPointers->ContextRecord, FALSE); // the end, with a dump
    return EXCEPTION_EXECUTE_HANDLER;
}
