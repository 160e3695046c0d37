// Passing an IRP down the stack of drivers, and its completion back up.

#include "../ntos.h"

NTSTATUS FASTCALL IofCallDriver(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    if (Irp->CurrentLocation <= 1)
        KeBugCheckEx(NO_MORE_IRP_STACK_LOCATIONS, (ULONG_PTR)Irp, (ULONG_PTR)DeviceObject, 0, 0);
    Irp->CurrentLocation--;
    PIO_STACK_LOCATION Stack = --Irp->Tail.Overlay.CurrentStackLocation;
    Stack->DeviceObject = DeviceObject;
    return DeviceObject->DriverObject->MajorFunction[Stack->MajorFunction](DeviceObject, Irp);
}

static BOOLEAN IopWantsCompletion(PIRP Irp, PIO_STACK_LOCATION Stack)
{
    UCHAR Wanted = NT_SUCCESS(Irp->IoStatus.Status) ? SL_INVOKE_ON_SUCCESS : SL_INVOKE_ON_ERROR;
    if (Irp->Cancel)
        Wanted |= SL_INVOKE_ON_CANCEL;
    return (Stack->Control & Wanted) && Stack->CompletionRoutine;
}

// The location of the driver that is done goes; what it asked to be called with is that of the one above,
// whose device the routine gets.
static BOOLEAN IopCompleteLocation(PIRP Irp)
{
    PIO_STACK_LOCATION Done = Irp->Tail.Overlay.CurrentStackLocation;
    Irp->PendingReturned = (Done->Control & SL_PENDING_RETURNED) != 0;
    Irp->CurrentLocation++;
    PIO_STACK_LOCATION Above = ++Irp->Tail.Overlay.CurrentStackLocation;
    BOOLEAN IsTop = Irp->CurrentLocation > Irp->StackCount;
    if (!IopWantsCompletion(Irp, Done)) {
        if (Irp->PendingReturned && !IsTop)
            Above->Control |= SL_PENDING_RETURNED;
        return TRUE;
    }
    PIO_COMPLETION_ROUTINE Routine = Done->CompletionRoutine;
    Done->Control = 0; // a completion routine may send the IRP again, and then be called again
    NTSTATUS Status = Routine(IsTop ? nullptr : Above->DeviceObject, Irp, Done->Context);
    return Status != STATUS_MORE_PROCESSING_REQUIRED;
}

// Those that the host made for a request go back to the Executive; those of IoBuildSynchronous... to the
// thread that waits; parts to their whole. Others have a completion routine that ends before this.
static VOID IopFinishIrp(PIRP Irp)
{
    if (Irp->AllocationFlags & IopIrpFromRequest)
        IopFinishRequest(IopRequestOf(Irp));
    else if (Irp->Flags & IRP_ASSOCIATED_IRP)
        IopFinishAssociatedIrp(Irp);
    else
        IopFinishBuiltIrp(Irp);
}

VOID FASTCALL IofCompleteRequest(PIRP Irp, CCHAR PriorityBoost)
{
    UNREFERENCED_PARAMETER(PriorityBoost);
    if (Irp->CurrentLocation > Irp->StackCount + 1 || Irp->Type != IO_TYPE_IRP)
        KeBugCheckEx(MULTIPLE_IRP_COMPLETE_REQUESTS, (ULONG_PTR)Irp, 0, 0, 0);
    if (Irp->IoStatus.Status == STATUS_PENDING)
        KeBugCheckEx(IopDriverMistake, 2, (ULONG_PTR)Irp, 0, 0);
    while (Irp->CurrentLocation <= Irp->StackCount) {
        if (!IopCompleteLocation(Irp))
            return;
    }
    Irp->CurrentLocation++; // completing it once more is found
    IopFinishIrp(Irp);
}
