// Who waits for a change.
#include "mountmgr.h"

static VOID MmgrCancelled(PIRP_QUEUE Queue, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Queue);
    (VOID) MmgrComplete(Irp, STATUS_CANCELLED, 0);
}

VOID MmgrInitializeWaiting(VOID)
{
    IrpQueueInitialize(&MmgrData.Waiting, MmgrCancelled);
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
    IrpQueuePut(&MmgrData.Waiting, Irp);
    return STATUS_PENDING;
}

VOID MmgrWakeAll(VOID)
{
    PIRP Irp;
    while ((Irp = IrpQueueTake(&MmgrData.Waiting, nullptr)) != nullptr)
        (VOID) MmgrAnswer(Irp);
}
