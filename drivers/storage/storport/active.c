// Requests between the start and their end: the calls of the miniport, completion, and what a failure does to the
// queue.
#include "storportp.h"

// ---- Start

static VOID StorpSetDeadline(PSTOR_REQUEST Request)
{
    ULONG Seconds = SrbGetTimeOutValue(Request->CallerSrb);
    Request->Deadline = Seconds ? Request->Unit->Adapter->Seconds + Seconds + 1 : 0;
}

// FALSE: the miniport has no room now, or the buffer found none in the address space.
static BOOLEAN StorpGiveToMiniport(PSTOR_REQUEST Request)
{
    PSTOR_ADAPTER Adapter = Request->Unit->Adapter;
    const HW_INITIALIZATION_DATA *Hw = &Adapter->Driver->Hw;
    PSCSI_REQUEST_BLOCK Srb = &Request->Srb.Legacy;
    InterlockedExchange(&Request->State, StorRequestStarted);
    if (StorpIsPhysical(Adapter) && Hw->HwBuildIo && !Hw->HwBuildIo(Adapter->HwExtension, Srb))
        return TRUE; // it has completed it already
    KIRQL Irql = StorpLockMiniport(Adapter);
    Adapter->Starting = KeGetCurrentThread();
    BOOLEAN Taken = Hw->HwStartIo(Adapter->HwExtension, Srb);
    Adapter->Starting = nullptr;
    StorpUnlockMiniport(Adapter, Irql);
    return Taken || Request->State != StorRequestStarted;
}

// It does not come to the miniport.
static VOID StorpRefuse(PSTOR_REQUEST Request, UCHAR SrbStatus)
{
    PSTOR_UNIT Unit = Request->Unit;
    PIRP Irp = Request->Irp;
    KeAcquireSpinLockAtDpcLevel(&Unit->Lock);
    StorpReleaseContext(Request);
    KeReleaseSpinLockFromDpcLevel(&Unit->Lock);
    StorpFinishIrp(Unit, Irp, SrbStatus);
}

// At DISPATCH_LEVEL.
VOID StorpStartRequest(PSTOR_REQUEST Request)
{
    PSTOR_UNIT Unit = Request->Unit;
    PIRP Irp = Request->Irp;
    STOR_BOUNCE_ANSWER Bounce = StorpPrepareBounce(Request);
    if (Bounce == StorBounceImpossible) {
        StorpRefuse(Request, SRB_STATUS_INSUFFICIENT_RESOURCES);
        return;
    }
    if (Bounce == StorBounceDone) {
        StorpPrepareSrb(Request);
        StorpSetDeadline(Request);
        if (StorpGiveToMiniport(Request))
            return;
    }
    KeAcquireSpinLockAtDpcLevel(&Unit->Lock);
    StorpAddHold(Unit, StorHoldRetry);
    BOOLEAN Waits = StorpRequeue(Request);
    KeReleaseSpinLockFromDpcLevel(&Unit->Lock);
    if (!Waits)
        StorpFinishIrp(Unit, Irp, SRB_STATUS_ABORTED);
    StorpArmRetry(Unit->Adapter);
}

// ---- Contexts

// The unit's lock is held.
VOID StorpReleaseContext(PSTOR_REQUEST Request)
{
    PSTOR_UNIT Unit = Request->Unit;
    if (Request->OwnMdl) {
        IoFreeMdl(Request->OwnMdl);
        Request->OwnMdl = nullptr;
    }
    if (Request->Bounce)
        StorpReleaseBounce(Request);
    RemoveEntryList(&Request->Link);
    InsertHeadList(&Unit->Free, &Request->Link); // what was used last is in the cache
    Request->State = StorRequestFree;
    Request->Irp = nullptr;
    StorpCountEnd(Request);
}

// One active request less. The unit's lock is held.
VOID StorpCountEnd(PSTOR_REQUEST Request)
{
    PSTOR_UNIT Unit = Request->Unit;
    PSTOR_ADAPTER Adapter = Unit->Adapter;
    if (Request->IsExclusive)
        Unit->ExclusiveActive = FALSE;
    if (!--Unit->ActiveCount)
        KeSetEvent(&Unit->Drained, IO_NO_INCREMENT, FALSE);
    if (!InterlockedDecrement(&Adapter->ActiveCount) && (Adapter->Holds & StorHoldAdapterStopped))
        KeSetEvent(&Adapter->Idle, IO_NO_INCREMENT, FALSE);
}

// ---- Status

static const struct {
    UCHAR Srb;
    NTSTATUS Status;
} StorpStatuses[] = {
    {SRB_STATUS_SUCCESS, STATUS_SUCCESS},
    {SRB_STATUS_BUSY, STATUS_DEVICE_BUSY},
    {SRB_STATUS_INVALID_REQUEST, STATUS_INVALID_DEVICE_REQUEST},
    {SRB_STATUS_BAD_FUNCTION, STATUS_INVALID_DEVICE_REQUEST},
    {SRB_STATUS_BAD_SRB_BLOCK_LENGTH, STATUS_INVALID_DEVICE_REQUEST},
    {SRB_STATUS_INVALID_PATH_ID, STATUS_DEVICE_DOES_NOT_EXIST},
    {SRB_STATUS_INVALID_TARGET_ID, STATUS_DEVICE_DOES_NOT_EXIST},
    {SRB_STATUS_INVALID_LUN, STATUS_DEVICE_DOES_NOT_EXIST},
    {SRB_STATUS_NO_DEVICE, STATUS_DEVICE_DOES_NOT_EXIST},
    {SRB_STATUS_NO_HBA, STATUS_DEVICE_DOES_NOT_EXIST},
    {SRB_STATUS_SELECTION_TIMEOUT, STATUS_DEVICE_DOES_NOT_EXIST},
    {SRB_STATUS_LINK_DOWN, STATUS_DEVICE_DOES_NOT_EXIST},
    {SRB_STATUS_TIMEOUT, STATUS_IO_TIMEOUT},
    {SRB_STATUS_COMMAND_TIMEOUT, STATUS_IO_TIMEOUT},
    {SRB_STATUS_ABORTED, STATUS_CANCELLED},
    {SRB_STATUS_REQUEST_FLUSHED, STATUS_CANCELLED},
    {SRB_STATUS_DATA_OVERRUN, STATUS_BUFFER_OVERFLOW},
    {SRB_STATUS_NOT_POWERED, STATUS_DEVICE_NOT_READY},
    {SRB_STATUS_INSUFFICIENT_RESOURCES, STATUS_INSUFFICIENT_RESOURCES},
    {SRB_STATUS_THROTTLED_REQUEST, STATUS_DEVICE_BUSY},
};

NTSTATUS StorpSrbToStatus(UCHAR SrbStatus)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(StorpStatuses); i++) {
        if (StorpStatuses[i].Srb == SRB_STATUS(SrbStatus))
            return StorpStatuses[i].Status;
    }
    return STATUS_IO_DEVICE_ERROR;
}

// A packet whose SRB never got to the miniport, or whose answer is in it.
VOID StorpFinishIrp(PSTOR_UNIT Unit, PIRP Irp, UCHAR SrbStatus)
{
    PVOID Srb = IoGetCurrentIrpStackLocation(Irp)->Parameters.Scsi.Srb;
    BOOLEAN Transferred = SRB_STATUS(SrbStatus) == SRB_STATUS_SUCCESS ||
                          SRB_STATUS(SrbStatus) == SRB_STATUS_DATA_OVERRUN;
    UNREFERENCED_PARAMETER(Unit);
    SrbSetSrbStatus(Srb, SrbStatus);
    StorpComplete(Irp, StorpSrbToStatus(SrbStatus),
                  Transferred ? SrbGetDataTransferLength(Srb) : 0);
}

// ---- Completion

static BOOLEAN StorpChangeState(PSTOR_REQUEST Request, LONG From, LONG To)
{
    return InterlockedCompareExchange(&Request->State, To, From) == From;
}

// From the miniport, at any IRQL. Of a request that was given up only the context comes back.
VOID StorpRequestDone(PSTOR_ADAPTER Adapter, PVOID Srb)
{
    PSTOR_REQUEST Request = StorpRequestOf(Srb);
    if (!StorpChangeState(Request, StorRequestStarted, StorRequestCompleted) &&
        !StorpChangeState(Request, StorRequestOrphaned, StorRequestReturned))
        return;
    InterlockedPushEntrySList(&Adapter->Completions, &Request->Done);
    KeInsertQueueDpc(&Adapter->CompletionDpc, nullptr, nullptr);
}

static BOOLEAN StorpIsFull(PSTOR_REQUEST Request, UCHAR Status)
{
    UCHAR Scsi = SrbGetScsiStatus(&Request->Srb);
    if (Status == SRB_STATUS_BUSY)
        return TRUE;
    return Status == SRB_STATUS_ERROR && (Scsi == SCSISTAT_BUSY || Scsi == SCSISTAT_QUEUE_FULL);
}

// The device was full: it is tried again when another has ended, or after a while.
static BOOLEAN StorpRetries(PSTOR_REQUEST Request, UCHAR Status)
{
    PIRP Irp = Request->Irp;
    if (Request->TimedOut || !StorpIsFull(Request, Status) || Irp->Cancel)
        return FALSE;
    ULONG_PTR Count = (ULONG_PTR)Irp->Tail.Overlay.DriverContext[1] + 1;
    if (Count > StorBusyRetries)
        return FALSE;
    Irp->Tail.Overlay.DriverContext[1] = (PVOID)Count;
    return TRUE;
}

// A failure freezes the queue, unless the request says otherwise, until SRB_FUNCTION_RELEASE_QUEUE. The unit's
// lock is held.
static UCHAR StorpFreeze(PSTOR_REQUEST Request, UCHAR Status)
{
    if (SRB_STATUS(Status) == SRB_STATUS_SUCCESS || (Request->Flags & SRB_FLAGS_NO_QUEUE_FREEZE))
        return Status & (UCHAR)~SRB_STATUS_QUEUE_FROZEN;
    StorpAddHold(Request->Unit, StorHoldFrozen);
    return Status | SRB_STATUS_QUEUE_FROZEN;
}

static VOID StorpCountDownBusy(PSTOR_UNIT Unit)
{
    if ((Unit->Holds & StorHoldBusy) && --Unit->CompletionsToReady <= 0)
        StorpDropHold(Unit, StorHoldBusy);
    PSTOR_ADAPTER Adapter = Unit->Adapter;
    if ((Adapter->Holds & StorHoldAdapterBusy) &&
        InterlockedDecrement(&Adapter->CompletionsToReady) <= 0) {
        InterlockedAnd(&Adapter->Holds, ~StorHoldAdapterBusy);
        Adapter->Starved = TRUE;
    }
}

// The miniport has given back what was taken from it: the context can be used again.
static VOID StorpReclaim(PSTOR_REQUEST Request)
{
    PSTOR_UNIT Unit = Request->Unit;
    KeAcquireSpinLockAtDpcLevel(&Unit->Lock);
    Request->State = StorRequestFree;
    if (Request->OwnMdl) {
        IoFreeMdl(Request->OwnMdl);
        Request->OwnMdl = nullptr;
    }
    if (Request->Bounce)
        StorpReleaseBounce(Request);
    if (Request == Unit->RecoveryRequest)
        Unit->RecoveryLost = FALSE;
    else
        InsertTailList(&Unit->Free, &Request->Link);
    KeReleaseSpinLockFromDpcLevel(&Unit->Lock);
    StorpRunQueue(Unit);
}

static VOID StorpFinishRequest(PSTOR_REQUEST Request)
{
    PSTOR_UNIT Unit = Request->Unit;
    PIRP Irp = Request->Irp;
    if (Request->State == StorRequestReturned) {
        StorpReclaim(Request);
        return;
    }
    if (!Irp) {
        Request->State = StorRequestFree;
        Request->Finished(Request);
        return;
    }
    KeAcquireSpinLockAtDpcLevel(&Unit->Lock);
    UCHAR Status = Request->Srb.Legacy.SrbStatus; // at the same place in both kinds
    StorpCountDownBusy(Unit);
    if (StorpRetries(Request, SRB_STATUS(Status))) {
        StorpAddHold(Unit, StorHoldRetry);
        BOOLEAN Waits = StorpRequeue(Request);
        KeReleaseSpinLockFromDpcLevel(&Unit->Lock);
        if (!Waits)
            StorpFinishIrp(Unit, Irp, SRB_STATUS_ABORTED);
        StorpArmRetry(Unit->Adapter);
        return;
    }
    StorpDropHold(Unit, StorHoldRetry);
    if (Request->TimedOut)
        Status = SRB_STATUS_TIMEOUT;
    Status = StorpFreeze(Request, Status);
    StorpReturnSrb(Request);
    StorpReleaseContext(Request);
    KeReleaseSpinLockFromDpcLevel(&Unit->Lock);
    StorpFinishIrp(Unit, Irp, Status);
    StorpRunQueue(Unit);
}

// The list is in the reverse order of completion.
static PSLIST_ENTRY StorpTakeCompletions(PSTOR_ADAPTER Adapter)
{
    PSLIST_ENTRY Taken = InterlockedFlushSList(&Adapter->Completions), Ordered = nullptr;
    while (Taken) {
        PSLIST_ENTRY Next = Taken->Next;
        Taken->Next = Ordered;
        Ordered = Taken;
        Taken = Next;
    }
    return Ordered;
}

static VOID StorpCompleteUnit(PSTOR_UNIT Unit, PVOID Context)
{
    LONG Status = InterlockedExchange(&Unit->CompleteStatus, 0);
    UNREFERENCED_PARAMETER(Context);
    if (Status)
        StorpEndActive(Unit, (UCHAR)Status, FALSE);
}

VOID NTAPI StorpCompletionDpc(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    PSTOR_ADAPTER Adapter = Context;
    PSLIST_ENTRY Entry;
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    if (InterlockedExchange(&Adapter->MiniportTimerChanged, FALSE))
        StorpSetMiniportTimer(Adapter, Adapter->MiniportTimerRoutine, Adapter->MiniportTimerDelay);
    if (InterlockedExchange(&Adapter->CompleteAll, FALSE))
        StorpForEachUnit(Adapter, STOR_ALL, STOR_ALL, STOR_ALL, StorpCompleteUnit, nullptr);
    while ((Entry = StorpTakeCompletions(Adapter))) {
        while (Entry) {
            PSTOR_REQUEST Request = CONTAINING_RECORD(Entry, STOR_REQUEST, Done);
            Entry = Entry->Next;
            StorpFinishRequest(Request);
        }
    }
    if (Adapter->Starved) {
        Adapter->Starved = FALSE;
        StorpRunAllQueues(Adapter);
    }
}

// ---- All requests that the miniport has of a unit

// Those that are taken from it without its consent keep their contexts: it may still write there.
static VOID StorpOrphan(PSTOR_REQUEST Request, UCHAR SrbStatus)
{
    PSTOR_UNIT Unit = Request->Unit;
    PIRP Irp = Request->Irp;
    RemoveEntryList(&Request->Link);
    InitializeListHead(&Request->Link);
    Request->Irp = nullptr;
    StorpCountEnd(Request);
    KeReleaseSpinLockFromDpcLevel(&Unit->Lock);
    StorpFinishIrp(Unit, Irp, SrbStatus);
    KeAcquireSpinLockAtDpcLevel(&Unit->Lock);
}

static PSTOR_REQUEST StorpFindStarted(PSTOR_UNIT Unit, LONG NewState)
{
    for (PLIST_ENTRY Link = Unit->Active.Flink; Link != &Unit->Active; Link = Link->Flink) {
        PSTOR_REQUEST Request = CONTAINING_RECORD(Link, STOR_REQUEST, Link);
        if (InterlockedCompareExchange(&Request->State, NewState, StorRequestStarted) ==
            StorRequestStarted)
            return Request;
    }
    return nullptr;
}

// Orphan: the miniport has not said that it is done with them.
VOID StorpEndActive(PSTOR_UNIT Unit, UCHAR SrbStatus, BOOLEAN Orphan)
{
    PSTOR_REQUEST Request;
    KIRQL Irql;
    LONG NewState = Orphan ? StorRequestOrphaned : StorRequestCompleted;
    KeAcquireSpinLock(&Unit->Lock, &Irql);
    while ((Request = StorpFindStarted(Unit, NewState))) {
        if (Orphan) {
            StorpOrphan(Request, SrbStatus);
            continue;
        }
        Request->Srb.Legacy.SrbStatus = SrbStatus;
        InterlockedPushEntrySList(&Unit->Adapter->Completions, &Request->Done);
    }
    KeReleaseSpinLock(&Unit->Lock, Irql);
    if (!Orphan)
        KeInsertQueueDpc(&Unit->Adapter->CompletionDpc, nullptr, nullptr);
}
