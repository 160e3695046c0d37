// Power requests that a driver asks for. They go through the Executive, which lets a stack have one at a time for
// its device's state, to the top of the device's stack, whoever its drivers' hosts are. Here a packet with one stack
// location stands for the request; cancelling that cancels the request.

#include "../ntos.h"

typedef struct _POP_REQUEST {
    PDEVICE_OBJECT Device; // what the driver named, referenced
    PREQUEST_POWER_COMPLETE Routine;
    PVOID Context;
    UCHAR MinorFunction;
    POWER_STATE State;
} POP_REQUEST, *PPOP_REQUEST;

static NTSTATUS NTAPI PopRequestDone(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    PPOP_REQUEST Request = Context;
    if (Request->Routine)
        Request->Routine(Request->Device, Request->MinorFunction, Request->State, Request->Context,
                         &Irp->IoStatus);
    ObfDereferenceObject(Request->Device);
    ExFreePoolWithTag(Request, 'qRoP');
    IoFreeIrp(Irp);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static VOID PopFillStack(PIO_STACK_LOCATION Stack, const POP_REQUEST *Request)
{
    Stack->MajorFunction = IRP_MJ_POWER;
    Stack->MinorFunction = Request->MinorFunction;
    if (Request->MinorFunction == IRP_MN_WAIT_WAKE) {
        Stack->Parameters.WaitWake.PowerState = Request->State.SystemState;
        return;
    }
    Stack->Parameters.Power.Type = DevicePowerState;
    Stack->Parameters.Power.State = Request->State;
}

NTSTATUS NTAPI PoRequestPowerIrp(PDEVICE_OBJECT DeviceObject, UCHAR MinorFunction,
                                 POWER_STATE PowerState, PREQUEST_POWER_COMPLETE CompletionFunction,
                                 PVOID Context, PIRP *Irp)
{
    if (MinorFunction != IRP_MN_WAIT_WAKE && MinorFunction != IRP_MN_SET_POWER &&
        MinorFunction != IRP_MN_QUERY_POWER)
        return STATUS_INVALID_PARAMETER_2;
    PPOP_REQUEST Request = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Request), 'qRoP');
    PIRP Packet = Request ? IoAllocateIrp(1, FALSE) : nullptr;
    if (!Packet) {
        if (Request)
            ExFreePoolWithTag(Request, 'qRoP');
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *Request = (POP_REQUEST){
        .Device = DeviceObject,
        .Routine = CompletionFunction,
        .Context = Context,
        .MinorFunction = MinorFunction,
        .State = PowerState,
    };
    ObfReferenceObject(DeviceObject);
    Packet->IoStatus.Status = STATUS_NOT_SUPPORTED;
    PopFillStack(IoGetNextIrpStackLocation(Packet), Request);
    IoSetCompletionRoutine(Packet, PopRequestDone, Request, TRUE, TRUE, TRUE);
    if (Irp)
        *Irp = Packet;
    IopForwardToTop(DeviceObject, Packet);
    return STATUS_PENDING;
}
