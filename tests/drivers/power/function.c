// The function driver of one of the bus's devices.
#include "driver.h"

// ---- Power

NTSTATUS FunctionPower(PDEVICE Device, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    BOOLEAN System = Stack->Parameters.Power.Type == SystemPowerState;
    if (Stack->MinorFunction != IRP_MN_QUERY_POWER && Stack->MinorFunction != IRP_MN_SET_POWER)
        return PassOn(Device->Lower, Irp);
    Record(ServiceName, Stack, "");
    if (System && Stack->MinorFunction == IRP_MN_QUERY_POWER && Behaviour.Refuse &&
        (!Behaviour.RefuseOnly ||
         Behaviour.RefuseOnly == (ULONG)Stack->Parameters.Power.State.SystemState))
        return Complete(Irp, Behaviour.Refuse, 0);
    if (System && Stack->MinorFunction == IRP_MN_SET_POWER && Behaviour.Hang &&
        Stack->Parameters.Power.State.SystemState != PowerSystemWorking) {
        IoMarkIrpPending(Irp);
        return STATUS_PENDING;
    }
    return PowerDispatch(&Device->Policy, Irp);
}

NTSTATUS FunctionPnp(PDEVICE Device, PIRP Irp)
{
    switch (IoGetCurrentIrpStackLocation(Irp)->MinorFunction) {
    case IRP_MN_START_DEVICE:
        (VOID) IoForwardIrpSynchronously(Device->Lower, Irp);
        PowerStarted(&Device->Policy);
        return Complete(Irp, STATUS_SUCCESS, 0);
    case IRP_MN_REMOVE_DEVICE:
        TheFunction = nullptr;
        return PassRemoval(Device->Self, Device->Lower, Irp);
    default:
        break;
    }
    return PassPnp(Device->Lower, Irp, FALSE);
}

// ---- Requests of its own

typedef struct _PENDING {
    KEVENT Done;
    NTSTATUS Status;
} PENDING, *PPENDING;

static VOID NTAPI RequestDone(PDEVICE_OBJECT DeviceObject, UCHAR MinorFunction, POWER_STATE State,
                              PVOID Context, PIO_STATUS_BLOCK IoStatus)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(MinorFunction);
    UNREFERENCED_PARAMETER(State);
    PPENDING Pending = Context;
    Pending->Status = IoStatus->Status;
    KeSetEvent(&Pending->Done, IO_NO_INCREMENT, FALSE);
}

NTSTATUS RequestStates(PDEVICE Device, const POWER_REQUEST *Request)
{
    PENDING Pending[PowerMostStates];
    NTSTATUS Status = STATUS_SUCCESS;
    ULONG Count = min(Request->Count, PowerMostStates);
    for (ULONG i = 0; i < Count; i++) {
        POWER_STATE State = {.DeviceState = Request->States[i]};
        KeInitializeEvent(&Pending[i].Done, NotificationEvent, FALSE);
        Status = PoRequestPowerIrp(Device->Physical, IRP_MN_SET_POWER, State, RequestDone,
                                   &Pending[i], nullptr);
        if (Status != STATUS_PENDING) {
            Pending[i].Status = Status;
            KeSetEvent(&Pending[i].Done, IO_NO_INCREMENT, FALSE);
        }
    }
    for (ULONG i = 0; i < Count; i++) {
        KeWaitForSingleObject(&Pending[i].Done, Executive, KernelMode, FALSE, nullptr);
        Status = Pending[i].Status;
    }
    return Status;
}

NTSTATUS SetIdle(PDEVICE Device, ULONG Seconds)
{
    Device->Function.Idle =
        PoRegisterDeviceForIdleDetection(Device->Physical, Seconds, Seconds, PowerDeviceD3);
    return !Seconds || Device->Function.Idle ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

NTSTATUS SetBusy(PDEVICE Device, ULONG Busy)
{
    if (!Device->Function.Idle)
        return STATUS_INVALID_DEVICE_STATE;
    if (Busy)
        PoStartDeviceBusy(Device->Function.Idle);
    else
        PoEndDeviceBusy(Device->Function.Idle);
    return STATUS_SUCCESS;
}

// ---- Waking

static VOID NTAPI WakeDone(PDEVICE_OBJECT DeviceObject, UCHAR MinorFunction, POWER_STATE State,
                           PVOID Context, PIO_STATUS_BLOCK IoStatus)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(MinorFunction);
    UNREFERENCED_PARAMETER(State);
    PFUNCTION Function = Context;
    Function->WakeStatus = IoStatus->Status;
    Function->WakeIrp = nullptr;
    KeSetEvent(&Function->WakeDone, IO_NO_INCREMENT, FALSE);
}

NTSTATUS Arm(PDEVICE Device)
{
    PFUNCTION Function = &Device->Function;
    POWER_STATE State = {.SystemState = PowerSystemSleeping1};
    KeInitializeEvent(&Function->WakeDone, NotificationEvent, FALSE);
    NTSTATUS Status = PoRequestPowerIrp(Device->Physical, IRP_MN_WAIT_WAKE, State, WakeDone,
                                        Function, &Function->WakeIrp);
    return Status == STATUS_PENDING ? STATUS_SUCCESS : Status;
}

NTSTATUS Disarm(PDEVICE Device)
{
    if (!Device->Function.WakeIrp)
        return STATUS_INVALID_DEVICE_STATE;
    IoCancelIrp(Device->Function.WakeIrp);
    return STATUS_SUCCESS;
}

NTSTATUS WaitArmed(PDEVICE Device, PNTSTATUS Status)
{
    LARGE_INTEGER Timeout = {.QuadPart = -50'000'000};
    NTSTATUS Wait =
        KeWaitForSingleObject(&Device->Function.WakeDone, Executive, KernelMode, FALSE, &Timeout);
    *Status = Device->Function.WakeStatus;
    return Wait == STATUS_SUCCESS ? STATUS_SUCCESS : STATUS_IO_TIMEOUT;
}
