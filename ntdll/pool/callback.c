// Running a callback, and what a callback may ask of the pool meanwhile.

#include "poolp.h"

struct _TP_CALLBACK_INSTANCE {
    PTPP_OBJECT Object;
    HANDLE ThreadId;
    BOOLEAN Associated; // the object's waiters wait for this callback
    BOOLEAN Long;
    // To do when the callback has returned, in this order
    PRTL_CRITICAL_SECTION CriticalSection;
    HANDLE Mutex;
    HANDLE Semaphore;
    ULONG SemaphoreCount;
    HANDLE Event;
    PVOID Dll;
};

static BOOLEAN TppIsCallersInstance(PTP_CALLBACK_INSTANCE Instance)
{
    return Instance->ThreadId == NtCurrentTeb()->ClientId.UniqueThread;
}

// ---- What a callback may ask

VOID NTAPI TpCallbackSetEventOnCompletion(PTP_CALLBACK_INSTANCE Instance, HANDLE Event)
{
    Instance->Event = Event;
}

VOID NTAPI TpCallbackReleaseSemaphoreOnCompletion(PTP_CALLBACK_INSTANCE Instance, HANDLE Semaphore,
                                                  ULONG ReleaseCount)
{
    Instance->Semaphore = Semaphore;
    Instance->SemaphoreCount = ReleaseCount;
}

VOID NTAPI TpCallbackReleaseMutexOnCompletion(PTP_CALLBACK_INSTANCE Instance, HANDLE Mutex)
{
    Instance->Mutex = Mutex;
}

VOID NTAPI TpCallbackLeaveCriticalSectionOnCompletion(PTP_CALLBACK_INSTANCE Instance,
                                                      PRTL_CRITICAL_SECTION CriticalSection)
{
    Instance->CriticalSection = CriticalSection;
}

VOID NTAPI TpCallbackUnloadDllOnCompletion(PTP_CALLBACK_INSTANCE Instance, PVOID DllHandle)
{
    Instance->Dll = DllHandle;
}

// The thread does not count as one of the pool's any more, so another must be there or be started.
NTSTATUS TppMayRunLong(PTP_CALLBACK_INSTANCE Instance)
{
    PTP_POOL Pool = Instance->Object->Pool;
    if (Instance->Long)
        return STATUS_SUCCESS;
    if (Pool->Threads - Pool->LongThreads == 1 &&
        (Pool->Threads >= Pool->MaxThreads || !NT_SUCCESS(TppStartThread(Pool))))
        return STATUS_TOO_MANY_THREADS;
    Pool->LongThreads++;
    Instance->Long = TRUE;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI TpCallbackMayRunLong(PTP_CALLBACK_INSTANCE Instance)
{
    if (!TppIsCallersInstance(Instance))
        return STATUS_UNSUCCESSFUL;
    TppAcquire();
    NTSTATUS Status = TppMayRunLong(Instance);
    TppRelease();
    return Status;
}

static VOID TppDisassociate(PTP_CALLBACK_INSTANCE Instance)
{
    if (!Instance->Associated)
        return;
    Instance->Associated = FALSE;
    Instance->Object->Running--;
    TppNoteQuiet(Instance->Object);
}

VOID NTAPI TpDisassociateCallback(PTP_CALLBACK_INSTANCE Instance)
{
    if (!TppIsCallersInstance(Instance))
        return;
    TppAcquire();
    TppDisassociate(Instance);
    TppRelease();
}

// ---- Running

static VOID TppCall(PTP_CALLBACK_INSTANCE Instance, const TPP_PACKET *Packet, TP_WAIT_RESULT Result)
{
    PTPP_OBJECT Object = Instance->Object;
    switch (Object->Kind) {
    case TppSimple:
        Object->Callback.Simple(Instance, Object->Context);
        break;
    case TppWork:
        Object->Callback.Work(Instance, Object->Context, (PTP_WORK)Object);
        break;
    case TppTimer:
        Object->Callback.Timer(Instance, Object->Context, (PTP_TIMER)Object);
        break;
    case TppWait:
        Object->Callback.Wait(Instance, Object->Context, (PTP_WAIT)Object, Result);
        break;
    case TppIo: {
        IO_STATUS_BLOCK IoStatusBlock = Packet->IoStatusBlock;
        Object->Callback.Io(Instance, Object->Context, Packet->ApcContext, &IoStatusBlock,
                            (PTP_IO)Object);
        break;
    }
    }
    if (Object->Finalization)
        Object->Finalization(Instance, Object->Context);
}

static VOID TppComplete(PTP_CALLBACK_INSTANCE Instance)
{
    if (Instance->CriticalSection)
        RtlLeaveCriticalSection(Instance->CriticalSection);
    if (Instance->Mutex)
        NtReleaseMutant(Instance->Mutex, nullptr);
    if (Instance->Semaphore)
        NtReleaseSemaphore(Instance->Semaphore, (LONG)Instance->SemaphoreCount, nullptr);
    if (Instance->Event)
        NtSetEvent(Instance->Event, nullptr);
    if (Instance->Dll)
        LdrUnloadDll(Instance->Dll);
}

// Of the pending callbacks of a wait those for time-outs come first: they are at least as old as a
// satisfied wait, which ended the one before.
static TP_WAIT_RESULT TppWaitResult(PTPP_OBJECT Object, const TPP_PACKET *Packet)
{
    PTP_WAIT Wait = (PTP_WAIT)Object;
    if (Object->Kind != TppWait || Packet || !Wait->TimedOut)
        return STATUS_WAIT_0;
    Wait->TimedOut--;
    return STATUS_TIMEOUT;
}

VOID TppRun(PTPP_OBJECT Object, const TPP_PACKET *Packet)
{
    PTP_POOL Pool = Object->Pool;
    TP_CALLBACK_INSTANCE Instance = {
        .Object = Object,
        .ThreadId = NtCurrentTeb()->ClientId.UniqueThread,
        .Associated = TRUE,
    };
    TP_WAIT_RESULT Result = TppWaitResult(Object, Packet);
    Object->Running++;
    Pool->Started++;
    if (Object->LongFunction)
        TppMayRunLong(&Instance);
    if (TppHasReady(Pool))
        TppWakeThread(Pool);
    TppRelease();

    TppCall(&Instance, Packet, Result);
    TppComplete(&Instance);

    TppAcquire();
    if (Instance.Long)
        Pool->LongThreads--;
    TppDisassociate(&Instance);
    TppDereference(Object);
}
