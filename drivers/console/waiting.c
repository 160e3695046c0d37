// Requests that wait. One is cancelled, or taken to be completed: whoever takes it out of its list under the cancel
// spin lock completes it.
#include "console.h"

static VOID NTAPI ConCancelRequest(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
    IoReleaseCancelSpinLock(Irp->CancelIrql);
    ConComplete(Irp, STATUS_CANCELLED, 0);
}

NTSTATUS ConQueueRequest(PLIST_ENTRY List, PIRP Irp)
{
    KIRQL OldIrql;
    IoAcquireCancelSpinLock(&OldIrql);
    if (Irp->Cancel) {
        IoReleaseCancelSpinLock(OldIrql);
        return ConComplete(Irp, STATUS_CANCELLED, 0);
    }
    IoMarkIrpPending(Irp);
    (VOID) IoSetCancelRoutine(Irp, ConCancelRequest);
    InsertTailList(List, &Irp->Tail.Overlay.ListEntry);
    IoReleaseCancelSpinLock(OldIrql);
    return STATUS_PENDING;
}

PIRP ConTakeRequest(PLIST_ENTRY List, CON_FILTER *Filter, const VOID *Context)
{
    PIRP Found = NULL;
    KIRQL OldIrql;
    IoAcquireCancelSpinLock(&OldIrql);
    for (PLIST_ENTRY Link = List->Flink; Link != List && !Found; Link = Link->Flink) {
        PIRP Irp = CONTAINING_RECORD(Link, IRP, Tail.Overlay.ListEntry);
        if (!Filter(Irp, Context))
            continue;
        RemoveEntryList(Link);
        (VOID) IoSetCancelRoutine(Irp, NULL);
        Found = Irp;
    }
    IoReleaseCancelSpinLock(OldIrql);
    return Found;
}

static BOOLEAN ConIsOfFile(PIRP Irp, const VOID *File)
{
    return !File || IoGetCurrentIrpStackLocation(Irp)->FileObject == File;
}

VOID ConCancelRequests(PLIST_ENTRY List, PFILE_OBJECT File, NTSTATUS Status)
{
    PIRP Irp;
    while ((Irp = ConTakeRequest(List, ConIsOfFile, File)) != NULL)
        ConComplete(Irp, Status, 0);
}
