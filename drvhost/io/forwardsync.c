// Sending a packet down and waiting for it.

#include "../ntos.h"

static NTSTATUS NTAPI IopCaughtIrp(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    if (Irp->PendingReturned)
        KeSetEvent(Context, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

// Afterwards the packet is the caller's again, with the answer of those below. FALSE: it has no stack location
// for them.
BOOLEAN NTAPI IoForwardIrpSynchronously(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    KEVENT Event;
    if (Irp->CurrentLocation <= 1)
        return FALSE;
    KeInitializeEvent(&Event, SynchronizationEvent, FALSE);
    IoCopyCurrentIrpStackLocationToNext(Irp);
    IoSetCompletionRoutine(Irp, IopCaughtIrp, &Event, TRUE, TRUE, TRUE);
    if (IofCallDriver(DeviceObject, Irp) == STATUS_PENDING)
        KeWaitForSingleObject(&Event, Suspended, KernelMode, FALSE, nullptr);
    return TRUE;
}

// ---- Completion routines of drivers that may be unloaded before they run: the device stays until then

typedef struct _IOP_GUARDED_COMPLETION {
    PDEVICE_OBJECT Device;
    PIO_COMPLETION_ROUTINE Routine;
    PVOID Context;
    UCHAR Control; // SL_INVOKE_*: when the driver wants to be called
} IOP_GUARDED_COMPLETION, *PIOP_GUARDED_COMPLETION;

static NTSTATUS NTAPI IopGuardedCompletion(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    IOP_GUARDED_COMPLETION Guard = *(PIOP_GUARDED_COMPLETION)Context;
    ExFreePoolWithTag(Context, 'cGoI');
    UCHAR Happened = NT_SUCCESS(Irp->IoStatus.Status) ? SL_INVOKE_ON_SUCCESS : SL_INVOKE_ON_ERROR;
    if (Irp->Cancel)
        Happened |= SL_INVOKE_ON_CANCEL;
    NTSTATUS Status = STATUS_CONTINUE_COMPLETION;
    if (Guard.Control & Happened)
        Status = Guard.Routine(DeviceObject, Irp, Guard.Context);
    else if (Irp->PendingReturned && Irp->CurrentLocation <= Irp->StackCount)
        IoMarkIrpPending(Irp);
    ObfDereferenceObject(Guard.Device);
    return Status;
}

NTSTATUS NTAPI IoSetCompletionRoutineEx(PDEVICE_OBJECT DeviceObject, PIRP Irp,
                                        PIO_COMPLETION_ROUTINE CompletionRoutine, PVOID Context,
                                        BOOLEAN InvokeOnSuccess, BOOLEAN InvokeOnError,
                                        BOOLEAN InvokeOnCancel)
{
    PIOP_GUARDED_COMPLETION Guard = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Guard), 'cGoI');
    if (!Guard)
        return STATUS_INSUFFICIENT_RESOURCES;
    ObfReferenceObject(DeviceObject);
    *Guard = (IOP_GUARDED_COMPLETION){
        .Device = DeviceObject,
        .Routine = CompletionRoutine,
        .Context = Context,
        .Control = (UCHAR)((InvokeOnSuccess ? SL_INVOKE_ON_SUCCESS : 0) |
                           (InvokeOnError ? SL_INVOKE_ON_ERROR : 0) |
                           (InvokeOnCancel ? SL_INVOKE_ON_CANCEL : 0)),
    };
    IoSetCompletionRoutine(Irp, IopGuardedCompletion, Guard, TRUE, TRUE, TRUE);
    return STATUS_SUCCESS;
}
