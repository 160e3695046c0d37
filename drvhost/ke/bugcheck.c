// Bug checks end the host, not the system: the log tells what happened and where, callbacks run, and the
// Executive starts the drivers anew.

#include "kep.h"

VOID (*KiBugCheckHook)(ULONG Code, const ULONG_PTR Parameters[4]);

static RTL_SRWLOCK KiCallbackLock;
static LIST_ENTRY KiCallbacks = {&KiCallbacks, &KiCallbacks};
static LIST_ENTRY KiReasonCallbacks = {&KiReasonCallbacks, &KiReasonCallbacks};

static VOID KiRunCallbacks(void)
{
    for (PLIST_ENTRY Link = KiCallbacks.Flink; Link != &KiCallbacks; Link = Link->Flink) {
        PKBUGCHECK_CALLBACK_RECORD Record =
            CONTAINING_RECORD(Link, KBUGCHECK_CALLBACK_RECORD, Entry);
        Record->State = BufferStarted;
        Record->CallbackRoutine(Record->Buffer, Record->Length);
        Record->State = BufferFinished;
    }
}

static VOID KiEndHost(ULONG Code, const ULONG_PTR Parameters[4], PCONTEXT Context)
{
    if (KiIsConnected())
        NtHostBugCheck(Code, Parameters[0], Parameters[1], Parameters[2], Parameters[3], Context);
    NtTerminateProcess(ZwCurrentProcess(), STATUS_UNSUCCESSFUL);
}

// A bug check inside of one, by a callback or by what the log reads, goes straight to the end.
[[noreturn]] VOID KiBugCheck(ULONG Code, const ULONG_PTR Parameters[4], PCONTEXT Context)
{
    static volatile LONG Active;
    if (KiBugCheckHook)
        KiBugCheckHook(Code, Parameters);
    if (!__atomic_exchange_n(&Active, 1, __ATOMIC_SEQ_CST)) {
        DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_ERROR_LEVEL,
                   "*** driver host %lu: bug check %08lx (%p, %p, %p, %p)\n", KiConnection.HostId,
                   Code, (PVOID)Parameters[0], (PVOID)Parameters[1], (PVOID)Parameters[2],
                   (PVOID)Parameters[3]);
        DbgpPrintCallChain(Context);
        KiRunCallbacks();
    }
    KiEndHost(Code, Parameters, Context);
    __builtin_unreachable();
}

[[noreturn]] VOID NTAPI KeBugCheckEx(ULONG BugCheckCode, ULONG_PTR P1, ULONG_PTR P2, ULONG_PTR P3,
                                     ULONG_PTR P4)
{
    DECLSPEC_ALIGN(16) CONTEXT Context;
    RtlCaptureContext(&Context);
    const ULONG_PTR Parameters[4] = {P1, P2, P3, P4};
    KiBugCheck(BugCheckCode, Parameters, &Context);
}

[[noreturn]] VOID NTAPI KeBugCheck(ULONG BugCheckCode)
{
    KeBugCheckEx(BugCheckCode, 0, 0, 0, 0);
}

// ---- Callbacks

static BOOLEAN KiInsertCallback(PLIST_ENTRY List, PLIST_ENTRY Entry, PUCHAR State)
{
    RtlAcquireSRWLockExclusive(&KiCallbackLock);
    BOOLEAN Insert = *State == BufferEmpty;
    if (Insert) {
        *State = BufferInserted;
        InsertTailList(List, Entry);
    }
    RtlReleaseSRWLockExclusive(&KiCallbackLock);
    return Insert;
}

static BOOLEAN KiRemoveCallback(PLIST_ENTRY Entry, PUCHAR State)
{
    RtlAcquireSRWLockExclusive(&KiCallbackLock);
    BOOLEAN Remove = *State == BufferInserted;
    if (Remove) {
        *State = BufferEmpty;
        RemoveEntryList(Entry);
    }
    RtlReleaseSRWLockExclusive(&KiCallbackLock);
    return Remove;
}

BOOLEAN NTAPI KeRegisterBugCheckCallback(PKBUGCHECK_CALLBACK_RECORD Record,
                                         PKBUGCHECK_CALLBACK_ROUTINE Routine, PVOID Buffer,
                                         ULONG Length, PUCHAR Component)
{
    if (Record->State != BufferEmpty)
        return FALSE;
    Record->CallbackRoutine = Routine;
    Record->Buffer = Buffer;
    Record->Length = Length;
    Record->Component = Component;
    return KiInsertCallback(&KiCallbacks, &Record->Entry, &Record->State);
}

BOOLEAN NTAPI KeDeregisterBugCheckCallback(PKBUGCHECK_CALLBACK_RECORD Record)
{
    return KiRemoveCallback(&Record->Entry, &Record->State);
}

// Reason callbacks write to crash dumps, which the Executive makes without asking: they are kept, and never called.
BOOLEAN NTAPI KeRegisterBugCheckReasonCallback(PKBUGCHECK_REASON_CALLBACK_RECORD Record,
                                               PKBUGCHECK_REASON_CALLBACK_ROUTINE Routine,
                                               KBUGCHECK_CALLBACK_REASON Reason, PUCHAR Component)
{
    if (Record->State != BufferEmpty)
        return FALSE;
    Record->CallbackRoutine = Routine;
    Record->Reason = Reason;
    Record->Component = Component;
    return KiInsertCallback(&KiReasonCallbacks, &Record->Entry, &Record->State);
}

BOOLEAN NTAPI KeDeregisterBugCheckReasonCallback(PKBUGCHECK_REASON_CALLBACK_RECORD Record)
{
    return KiRemoveCallback(&Record->Entry, &Record->State);
}
