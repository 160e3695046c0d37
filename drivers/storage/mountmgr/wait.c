// Who waits for a change.
#include "mountmgr.h"

static VOID NTAPI MmgrInsertIrp(PIO_CSQ Csq, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Csq);
    InsertTailList(&MmgrData.WaitingIrps, &Irp->Tail.Overlay.ListEntry);
}

static VOID NTAPI MmgrRemoveIrp(PIO_CSQ Csq, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Csq);
    RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
}

// Context: the file whose packets are wanted; null: all.
static PIRP NTAPI MmgrPeekIrp(PIO_CSQ Csq, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(Csq);
    PLIST_ENTRY Link = Irp ? Irp->Tail.Overlay.ListEntry.Flink : MmgrData.WaitingIrps.Flink;
    for (; Link != &MmgrData.WaitingIrps; Link = Link->Flink) {
        PIRP Next = CONTAINING_RECORD(Link, IRP, Tail.Overlay.ListEntry);
        if (!Context || IoGetCurrentIrpStackLocation(Next)->FileObject == Context)
            return Next;
    }
    return nullptr;
}

static VOID NTAPI MmgrAcquireLock(PIO_CSQ Csq, PKIRQL Irql)
{
    UNREFERENCED_PARAMETER(Csq);
    KeAcquireSpinLock(&MmgrData.WaitingLock, Irql);
}

static VOID NTAPI MmgrReleaseLock(PIO_CSQ Csq, KIRQL Irql)
{
    UNREFERENCED_PARAMETER(Csq);
    KeReleaseSpinLock(&MmgrData.WaitingLock, Irql);
}

static VOID NTAPI MmgrCancelIrp(PIO_CSQ Csq, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Csq);
    (VOID) MmgrComplete(Irp, STATUS_CANCELLED, 0);
}

NTSTATUS MmgrInitializeWaiting(VOID)
{
    KeInitializeSpinLock(&MmgrData.WaitingLock);
    InitializeListHead(&MmgrData.WaitingIrps);
    return IoCsqInitialize(&MmgrData.Waiting, MmgrInsertIrp, MmgrRemoveIrp, MmgrPeekIrp,
                           MmgrAcquireLock, MmgrReleaseLock, MmgrCancelIrp);
}

static NTSTATUS MmgrAnswer(PIRP Irp)
{
    ((PMOUNTMGR_CHANGE_NOTIFY_INFO)Irp->AssociatedIrp.SystemBuffer)->EpicNumber = MmgrData.Epic;
    return MmgrComplete(Irp, STATUS_SUCCESS, sizeof(MOUNTMGR_CHANGE_NOTIFY_INFO));
}

// Locked, so that no change comes between the look and the queue.
NTSTATUS MmgrWait(PIRP Irp, ULONG Epic)
{
    if (Epic != MmgrData.Epic)
        return MmgrAnswer(Irp);
    IoCsqInsertIrp(&MmgrData.Waiting, Irp, nullptr); // marks it as pending
    return STATUS_PENDING;
}

VOID MmgrWakeAll(VOID)
{
    PIRP Irp;
    while ((Irp = IoCsqRemoveNextIrp(&MmgrData.Waiting, nullptr)) != nullptr)
        (VOID) MmgrAnswer(Irp);
}
