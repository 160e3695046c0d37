// The queue of a logical unit: which request may go to the miniport, and when.
//
// Simple requests go as long as the unit has contexts and depth left. An ordered one waits until all before it
// have ended, and all behind it wait for its end; so does one without a tag. A head-of-queue request goes before
// those that wait. What stops a queue is in Unit->Holds; some requests pass some holds by their flags.
#include "storportp.h"

static PVOID StorpSrbOf(PIRP Irp)
{
    return IoGetCurrentIrpStackLocation(Irp)->Parameters.Scsi.Srb;
}

static BOOLEAN StorpIsExclusive(PVOID Srb)
{
    ULONG Function = SrbGetSrbFunction(Srb);
    if (Function != SRB_FUNCTION_EXECUTE_SCSI)
        return FALSE;
    if (!(SrbGetSrbFlags(Srb) & SRB_FLAGS_QUEUE_ACTION_ENABLE))
        return TRUE;
    return SrbGetRequestAttribute(Srb) == SRB_ORDERED_QUEUE_TAG_REQUEST;
}

static ULONG StorpPassedHolds(ULONG Flags)
{
    ULONG Passed = 0;
    if (Flags & SRB_FLAGS_BYPASS_FROZEN_QUEUE)
        Passed |= StorHoldFrozen;
    if (Flags & SRB_FLAGS_BYPASS_LOCKED_QUEUE)
        Passed |= StorHoldLocked;
    return Passed;
}

static BOOLEAN StorpMayStart(PSTOR_UNIT Unit, PVOID Srb)
{
    PSTOR_ADAPTER Adapter = Unit->Adapter;
    if (Unit->Holds & ~StorpPassedHolds(SrbGetSrbFlags(Srb)))
        return FALSE;
    if (Adapter->Holds || IsListEmpty(&Unit->Free) || Unit->ActiveCount >= Unit->Depth)
        return FALSE;
    if (Unit->ExclusiveActive || (Unit->ActiveCount && StorpIsExclusive(Srb)))
        return FALSE;
    if ((ULONG)Adapter->ActiveCount >= Adapter->Config.MaxNumberOfIO) {
        Adapter->Starved = TRUE;
        return FALSE;
    }
    return TRUE;
}

// The unit's lock is held.
static PSTOR_REQUEST StorpTakeContext(PSTOR_UNIT Unit, PIRP Irp)
{
    PSTOR_REQUEST Request = CONTAINING_RECORD(RemoveHeadList(&Unit->Free), STOR_REQUEST, Link);
    PVOID Srb = StorpSrbOf(Irp);
    InsertTailList(&Unit->Active, &Request->Link);
    if (!Unit->ActiveCount++)
        KeClearEvent(&Unit->Drained);
    InterlockedIncrement(&Unit->Adapter->ActiveCount);
    Request->Irp = Irp;
    Request->CallerSrb = Srb;
    Request->Flags = SrbGetSrbFlags(Srb);
    Request->TimedOut = FALSE;
    Request->IsExclusive = StorpIsExclusive(Srb);
    Unit->ExclusiveActive = Request->IsExclusive;
    return Request;
}

// ---- Waiting

static VOID NTAPI StorpCancelWaiting(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PSTOR_UNIT Unit = Irp->Tail.Overlay.DriverContext[0];
    KIRQL Irql;
    UNREFERENCED_PARAMETER(DeviceObject);
    IoReleaseCancelSpinLock(Irp->CancelIrql);
    KeAcquireSpinLock(&Unit->Lock, &Irql);
    RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
    Unit->WaitingCount--;
    KeReleaseSpinLock(&Unit->Lock, Irql);
    SrbSetSrbStatus(StorpSrbOf(Irp), SRB_STATUS_ABORTED);
    StorpComplete(Irp, STATUS_CANCELLED, 0);
}

// FALSE: it is cancelled already, and the caller completes it. The unit's lock is held.
static BOOLEAN StorpInsertWaiting(PSTOR_UNIT Unit, PIRP Irp, BOOLEAN First)
{
    Irp->Tail.Overlay.DriverContext[0] = Unit;
    if (First)
        InsertHeadList(&Unit->Waiting, &Irp->Tail.Overlay.ListEntry);
    else
        InsertTailList(&Unit->Waiting, &Irp->Tail.Overlay.ListEntry);
    Unit->WaitingCount++;
    IoSetCancelRoutine(Irp, StorpCancelWaiting);
    if (!Irp->Cancel || !IoSetCancelRoutine(Irp, NULL))
        return TRUE; // or the cancel routine runs, and takes it out
    RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
    Unit->WaitingCount--;
    return FALSE;
}

// The first that waits and that nobody is about to cancel. The unit's lock is held.
static PIRP StorpFirstWaiting(PSTOR_UNIT Unit)
{
    for (PLIST_ENTRY Link = Unit->Waiting.Flink; Link != &Unit->Waiting; Link = Link->Flink) {
        PIRP Irp = CONTAINING_RECORD(Link, IRP, Tail.Overlay.ListEntry);
        if (Irp->CancelRoutine)
            return Irp;
    }
    return nullptr;
}

static BOOLEAN StorpRemoveWaiting(PSTOR_UNIT Unit, PIRP Irp)
{
    if (!IoSetCancelRoutine(Irp, NULL))
        return FALSE; // its cancel routine waits for the lock
    RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
    Unit->WaitingCount--;
    return TRUE;
}

// One that the miniport could not take goes back to where it came from. FALSE: it is cancelled, and the caller completes
// it, without the lock.
BOOLEAN StorpRequeue(PSTOR_REQUEST Request)
{
    PSTOR_UNIT Unit = Request->Unit;
    PIRP Irp = Request->Irp;
    StorpReleaseContext(Request);
    return StorpInsertWaiting(Unit, Irp, TRUE);
}

// ---- Submission

static BOOLEAN StorpGoesFirst(PVOID Srb)
{
    ULONG Flags = SrbGetSrbFlags(Srb);
    if (Flags & (SRB_FLAGS_BYPASS_FROZEN_QUEUE | SRB_FLAGS_BYPASS_LOCKED_QUEUE))
        return TRUE;
    return (Flags & SRB_FLAGS_QUEUE_ACTION_ENABLE) &&
           SrbGetRequestAttribute(Srb) == SRB_HEAD_OF_QUEUE_TAG_REQUEST;
}

NTSTATUS StorpSubmit(PSTOR_UNIT Unit, PIRP Irp)
{
    PVOID Srb = StorpSrbOf(Irp);
    BOOLEAN First = StorpGoesFirst(Srb), Kept = TRUE;
    PSTOR_REQUEST Request = nullptr;
    KIRQL Irql;
    IoMarkIrpPending(Irp);
    Irp->Tail.Overlay.DriverContext[1] = nullptr; // how often it was busy
    KeAcquireSpinLock(&Unit->Lock, &Irql);
    BOOLEAN Removed = (Unit->Holds & StorHoldRemoved) != 0;
    if (!Removed && (First || IsListEmpty(&Unit->Waiting)) && StorpMayStart(Unit, Srb))
        Request = StorpTakeContext(Unit, Irp);
    else if (!Removed)
        Kept = StorpInsertWaiting(Unit, Irp, First);
    KeReleaseSpinLockFromDpcLevel(&Unit->Lock);
    // At DISPATCH_LEVEL still: nobody else starts one of this unit's before this one is started.
    if (Request)
        StorpStartRequest(Request);
    KeLowerIrql(Irql);
    if (Removed)
        StorpFinishIrp(Unit, Irp, SRB_STATUS_NO_DEVICE);
    else if (!Kept)
        StorpFinishIrp(Unit, Irp, SRB_STATUS_ABORTED);
    return STATUS_PENDING;
}

static PSTOR_REQUEST StorpTakeNext(PSTOR_UNIT Unit)
{
    PSTOR_REQUEST Request = nullptr;
    KeAcquireSpinLockAtDpcLevel(&Unit->Lock);
    PIRP Irp = StorpFirstWaiting(Unit);
    if (Irp && StorpMayStart(Unit, StorpSrbOf(Irp)) && StorpRemoveWaiting(Unit, Irp))
        Request = StorpTakeContext(Unit, Irp);
    KeReleaseSpinLockFromDpcLevel(&Unit->Lock);
    return Request;
}

VOID StorpRunQueue(PSTOR_UNIT Unit)
{
    PSTOR_REQUEST Request;
    KIRQL Irql;
    if (!Unit->WaitingCount)
        return;
    Irql = KeRaiseIrqlToDpcLevel();
    while ((Request = StorpTakeNext(Unit)))
        StorpStartRequest(Request);
    KeLowerIrql(Irql);
}

static VOID StorpRunOne(PSTOR_UNIT Unit, PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    StorpRunQueue(Unit);
}

VOID StorpRunAllQueues(PSTOR_ADAPTER Adapter)
{
    StorpForEachUnit(Adapter, STOR_ALL, STOR_ALL, STOR_ALL, StorpRunOne, nullptr);
}

// ---- Holds

VOID StorpClearHold(PSTOR_UNIT Unit, ULONG Hold)
{
    StorpDropHold(Unit, Hold);
    StorpRunQueue(Unit);
}

// Those that wait end with this status.
VOID StorpFlushQueue(PSTOR_UNIT Unit, UCHAR SrbStatus)
{
    KIRQL Irql;
    for (;;) {
        KeAcquireSpinLock(&Unit->Lock, &Irql);
        PIRP Irp = StorpFirstWaiting(Unit);
        BOOLEAN Taken = Irp && StorpRemoveWaiting(Unit, Irp);
        KeReleaseSpinLock(&Unit->Lock, Irql);
        if (!Irp)
            return;
        if (Taken)
            StorpFinishIrp(Unit, Irp, SrbStatus);
    }
}
