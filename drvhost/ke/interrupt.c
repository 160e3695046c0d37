// Interrupts. Each vector that is connected has a thread of high priority, which waits for the kernel's
// signal, calls the service routines with the interrupt's lock held, acknowledges the interrupt and runs the
// DPC that was queued, if it can: a thread that is at DISPATCH_LEVEL already will do it when it leaves.

#include "kep.h"

struct _KINTERRUPT {
    LIST_ENTRY Link; // in its vector's chain
    struct _KI_VECTOR *Vector;
    PKSERVICE_ROUTINE ServiceRoutine;
    PKMESSAGE_SERVICE_ROUTINE MessageRoutine; // or null
    PVOID Context;
    ULONG MessageId;
    KIRQL Irql, SynchronizeIrql;
    PKSPIN_LOCK ActualLock;
    KSPIN_LOCK OwnLock;
};

typedef struct _KI_VECTOR {
    LIST_ENTRY Link, Chain;
    RTL_SRWLOCK Lock; // of the chain
    HOST_INTERRUPT Host;
    BOOLEAN Latched;
    volatile BOOLEAN Stop;
    ULONG Unclaimed;      // interrupts in a row that no routine has taken for its own
    ULONG Uninterrupted;  // that came as soon as the one before had been acknowledged
    ULONG64 Acknowledged; // when: time-stamp counter
    PETHREAD Thread;
} KI_VECTOR, *PKI_VECTOR;

// A level-triggered line that does not fall silent would leave no processor time to anybody. It storms when nobody
// takes it so often in a row, or when it has come so often without a pause for other threads.
enum {
    KI_STORM_UNCLAIMED = 10'000,
    KI_STORM_UNINTERRUPTED = 50'000,
    KI_STORM_PAUSE_CYCLES = 50'000, // less is none
    KI_DENSE_CYCLES =
        1'000'000, // interrupts that follow one another so soon may as well come together
};

static FAST_MUTEX KiVectorMutex;
static LIST_ENTRY KiVectors = {&KiVectors, &KiVectors};

VOID KiInitializeInterrupts(void)
{
    ExInitializeFastMutex(&KiVectorMutex);
}

// ---- Service

static BOOLEAN KiCallServiceRoutine(PKINTERRUPT Interrupt)
{
    PKTHREAD Thread = KiCurrentThread();
    Thread->Irql = Interrupt->SynchronizeIrql;
    KiAcquireLockWord(Interrupt->ActualLock);
    BOOLEAN Mine =
        Interrupt->MessageRoutine
            ? Interrupt->MessageRoutine(Interrupt, Interrupt->Context, Interrupt->MessageId)
            : Interrupt->ServiceRoutine(Interrupt, Interrupt->Context);
    KiReleaseLockWord(Interrupt->ActualLock);
    return Mine;
}

// A level-triggered line belongs to the first that says so; of an edge, all that share it must hear.
static VOID KiServiceVector(PKI_VECTOR Vector)
{
    PKTHREAD Thread = KiCurrentThread();
    Thread->IsInterrupt = TRUE;
    KiShared->InterruptThread = (ULONG)(ULONG_PTR)Thread->ThreadId;
    KiShared->InterruptEntries++;
    KiShared->Interrupts[(Vector->Host.Vector - HOST_FIRST_VECTOR) % HOST_VECTORS]++;
    BOOLEAN Claimed = FALSE;
    KiLock(&Vector->Lock);
    for (PLIST_ENTRY Link = Vector->Chain.Flink; Link != &Vector->Chain; Link = Link->Flink) {
        Claimed |= KiCallServiceRoutine(CONTAINING_RECORD(Link, KINTERRUPT, Link));
        if (Claimed && !Vector->Latched)
            break;
    }
    KiUnlock(&Vector->Lock);
    if (Claimed)
        KiShared->Claimed[(Vector->Host.Vector - HOST_FIRST_VECTOR) % HOST_VECTORS]++;
    Vector->Unclaimed = Claimed ? 0 : Vector->Unclaimed + 1;
    KiShared->InterruptEntries++;
    Thread->Irql = PASSIVE_LEVEL;
    Thread->IsInterrupt = FALSE;
}

static BOOLEAN KiLooksLikeStorm(PKI_VECTOR Vector, ULONG64 Woken)
{
    BOOLEAN Paused = Woken - Vector->Acknowledged > KI_STORM_PAUSE_CYCLES;
    Vector->Uninterrupted = Paused ? 0 : Vector->Uninterrupted + 1;
    return Vector->Unclaimed >= KI_STORM_UNCLAIMED ||
           Vector->Uninterrupted >= KI_STORM_UNINTERRUPTED;
}

// The Executive knows whose it is. The kernel has the line masked until it is acknowledged: a storm stays so.
static BOOLEAN KiIsStorm(PKI_VECTOR Vector, ULONG64 Woken)
{
    if (!KiLooksLikeStorm(Vector, Woken))
        return FALSE;
    HOST_STORM Storm = {.Vector = Vector->Host.Vector,
                        .Unclaimed = Vector->Uninterrupted < KI_STORM_UNINTERRUPTED};
    Vector->Unclaimed = Vector->Uninterrupted = 0;
    return NtHostPnpEvent(0, HOST_PNP_INTERRUPT_STORM, &Storm, sizeof(Storm)) != STATUS_RETRY;
}

static VOID NTAPI KiInterruptThread(PVOID Context)
{
    PKI_VECTOR Vector = Context;
    PKTHREAD Thread = KiCurrentThread();
    for (;;) {
        KiWaitNotification(Vector->Host.Notification);
        ULONG64 Woken = __rdtsc();
        if (Vector->Stop)
            return;
        // Until it is acknowledged the kernel has the line masked, and an edge that comes meanwhile is lost.
        if (Vector->Latched)
            KiAcknowledgeInterrupt(Vector->Host.Handler);
        KiServiceVector(Vector);
        if (!Vector->Latched && !KiIsStorm(Vector, Woken))
            KiAcknowledgeInterrupt(Vector->Host.Handler);
        BOOLEAN Dense = Woken - Vector->Acknowledged < KI_DENSE_CYCLES;
        Vector->Acknowledged = __rdtsc();
        KiDrainIfIdle(Thread);
        if (Dense && IopOutstanding() + KiRequestsWaiting() >= HOST_REST_REQUESTS)
            KiRest();
    }
}

// ---- Vectors; with the mutex held

static PKI_VECTOR KiFindVector(ULONG Number)
{
    for (PLIST_ENTRY Link = KiVectors.Flink; Link != &KiVectors; Link = Link->Flink) {
        PKI_VECTOR Vector = CONTAINING_RECORD(Link, KI_VECTOR, Link);
        if (Vector->Host.Vector == Number)
            return Vector;
    }
    return nullptr;
}

static NTSTATUS KiAddVector(const KI_INTERRUPT *Description, PKI_VECTOR *Result)
{
    PKI_VECTOR Vector = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Vector), 'tnIK');
    if (!Vector)
        return STATUS_INSUFFICIENT_RESOURCES;
    *Vector = (KI_VECTOR){.Host.Vector = Description->Vector, .Latched = Description->Latched};
    InitializeListHead(&Vector->Chain);
    NTSTATUS Status = NtHostConnectInterrupt(&Vector->Host);
    if (!NT_SUCCESS(Status)) {
        ExFreePoolWithTag(Vector, 'tnIK');
        return Status;
    }
    InsertTailList(&KiVectors, &Vector->Link);
    *Result = Vector;
    return STATUS_SUCCESS;
}

// An interrupt may come as soon as the thread runs, so the chain has its first routine by then.
static NTSTATUS KiStartVector(PKI_VECTOR Vector)
{
    if (Vector->Thread)
        return STATUS_SUCCESS;
    return KiCreateThread(KiInterruptThread, Vector, HIGH_PRIORITY, nullptr, &Vector->Thread);
}

static VOID KiDeleteVector(PKI_VECTOR Vector)
{
    RemoveEntryList(&Vector->Link);
    // The thread ends first: what it waits for goes with the connection. An interrupt that comes meanwhile is
    // not acknowledged, and none follows it.
    Vector->Stop = TRUE;
    if (Vector->Thread) {
        KiSignalNotification(Vector->Host.Notification);
        KeWaitForSingleObject(Vector->Thread, Executive, KernelMode, FALSE, nullptr);
        ObfDereferenceObject(Vector->Thread);
    }
    NtHostDisconnectInterrupt(Vector->Host.Handler);
    ExFreePoolWithTag(Vector, 'tnIK');
}

static VOID KiUnchain(PKINTERRUPT Interrupt)
{
    PKI_VECTOR Vector = Interrupt->Vector;
    KiLock(&Vector->Lock);
    RemoveEntryList(&Interrupt->Link);
    BOOLEAN Last = IsListEmpty(&Vector->Chain);
    KiUnlock(&Vector->Lock);
    if (Last)
        KiDeleteVector(Vector);
}

static NTSTATUS KiChain(PKINTERRUPT Interrupt, const KI_INTERRUPT *Description)
{
    PKI_VECTOR Vector = KiFindVector(Description->Vector);
    NTSTATUS Status = Vector ? STATUS_SUCCESS : KiAddVector(Description, &Vector);
    if (!NT_SUCCESS(Status))
        return Status;
    Interrupt->Vector = Vector;
    KiLock(&Vector->Lock);
    InsertTailList(&Vector->Chain, &Interrupt->Link);
    KiUnlock(&Vector->Lock);
    Status = KiStartVector(Vector);
    if (!NT_SUCCESS(Status))
        KiUnchain(Interrupt);
    return Status;
}

// ---- Connecting

NTSTATUS KiConnectInterrupt(const KI_INTERRUPT *Description, PKINTERRUPT *Result)
{
    if (!KiIsConnected())
        return STATUS_ACCESS_DENIED;
    PKINTERRUPT Interrupt = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Interrupt), 'tnIK');
    if (!Interrupt)
        return STATUS_INSUFFICIENT_RESOURCES;
    *Interrupt = (KINTERRUPT){
        .ServiceRoutine = Description->ServiceRoutine,
        .MessageRoutine = Description->MessageRoutine,
        .Context = Description->Context,
        .MessageId = Description->MessageId,
        .Irql = Description->Irql,
        .SynchronizeIrql = max(Description->SynchronizeIrql, Description->Irql),
        .ActualLock = Description->SpinLock ? Description->SpinLock : &Interrupt->OwnLock,
    };
    *Result = Interrupt; // the routine may be called before this returns
    ExAcquireFastMutex(&KiVectorMutex);
    NTSTATUS Status = KiChain(Interrupt, Description);
    ExReleaseFastMutex(&KiVectorMutex);
    if (!NT_SUCCESS(Status)) {
        *Result = nullptr;
        ExFreePoolWithTag(Interrupt, 'tnIK');
    }
    return Status;
}

VOID KiDisconnectInterrupt(PKINTERRUPT Interrupt)
{
    ExAcquireFastMutex(&KiVectorMutex);
    KiUnchain(Interrupt);
    ExReleaseFastMutex(&KiVectorMutex);
    ExFreePoolWithTag(Interrupt, 'tnIK');
}

// ---- Synchronisation with the service routine

KIRQL NTAPI KeAcquireInterruptSpinLock(PKINTERRUPT Interrupt)
{
    KIRQL Irql = KfRaiseIrql(Interrupt->SynchronizeIrql);
    KiAcquireLockWord(Interrupt->ActualLock);
    return Irql;
}

VOID NTAPI KeReleaseInterruptSpinLock(PKINTERRUPT Interrupt, KIRQL OldIrql)
{
    KiReleaseLockWord(Interrupt->ActualLock);
    KeLowerIrql(OldIrql);
}

BOOLEAN NTAPI KeSynchronizeExecution(PKINTERRUPT Interrupt, PKSYNCHRONIZE_ROUTINE Routine,
                                     PVOID Context)
{
    KIRQL Irql = KeAcquireInterruptSpinLock(Interrupt);
    BOOLEAN Result = Routine(Context);
    KeReleaseInterruptSpinLock(Interrupt, Irql);
    return Result;
}
