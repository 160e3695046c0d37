// The power policy of a function driver.
#include "power.h"

static NTSTATUS PowerQueryCapabilities(PDEVICE_OBJECT Lower, PDEVICE_CAPABILITIES Capabilities)
{
    IO_STATUS_BLOCK IoStatus;
    KEVENT Done;
    KeInitializeEvent(&Done, NotificationEvent, FALSE);
    PIRP Irp = IoBuildSynchronousFsdRequest(IRP_MJ_PNP, Lower, NULL, 0, NULL, &Done, &IoStatus);
    if (!Irp)
        return STATUS_INSUFFICIENT_RESOURCES;
    PIO_STACK_LOCATION Stack = IoGetNextIrpStackLocation(Irp);
    Stack->MinorFunction = IRP_MN_QUERY_CAPABILITIES;
    Stack->Parameters.DeviceCapabilities.Capabilities = Capabilities;
    Irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    NTSTATUS Status = IoCallDriver(Lower, Irp);
    if (Status != STATUS_PENDING)
        return Status;
    KeWaitForSingleObject(&Done, Executive, KernelMode, FALSE, NULL);
    return IoStatus.Status;
}

// ---- Waking the system: one request waits at the bus until that removes the device

static REQUEST_POWER_COMPLETE PowerWoke;

static NTSTATUS PowerRequestWake(PPOWER_POLICY Policy)
{
    POWER_STATE State = {.SystemState = Policy->SystemWake};
    return PoRequestPowerIrp(Policy->PhysicalDevice, IRP_MN_WAIT_WAKE, State, PowerWoke, Policy,
                             NULL);
}

static VOID NTAPI PowerWoke(PDEVICE_OBJECT DeviceObject, UCHAR MinorFunction, POWER_STATE State,
                            PVOID Context, PIO_STATUS_BLOCK IoStatus)
{
    PPOWER_POLICY Policy = Context;
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(MinorFunction);
    UNREFERENCED_PARAMETER(State);
    if (!NT_SUCCESS(IoStatus->Status) || !NT_SUCCESS(PowerRequestWake(Policy)))
        KeSetEvent(&Policy->WakeEnds, IO_NO_INCREMENT, FALSE);
}

static VOID PowerStartWake(PPOWER_POLICY Policy)
{
    if (Policy->SystemWake <= PowerSystemWorking ||
        (Policy->WakeAsked && !KeReadStateEvent(&Policy->WakeEnds)))
        return;
    KeInitializeEvent(&Policy->WakeEnds, NotificationEvent, FALSE);
    Policy->WakeAsked = TRUE;
    if (!NT_SUCCESS(PowerRequestWake(Policy)))
        KeSetEvent(&Policy->WakeEnds, IO_NO_INCREMENT, FALSE);
}

VOID PowerRemoved(PPOWER_POLICY Policy)
{
    if (Policy->WakeAsked)
        KeWaitForSingleObject(&Policy->WakeEnds, Executive, KernelMode, FALSE, NULL);
}

// ---- Start

VOID PowerStarted(PPOWER_POLICY Policy)
{
    DEVICE_CAPABILITIES Capabilities = {.Size = sizeof(Capabilities), .Version = 1};
    POWER_STATE State = {.DeviceState = PowerDeviceD0};
    NTSTATUS Status = PowerQueryCapabilities(Policy->Lower, &Capabilities);
    for (ULONG i = PowerSystemSleeping1; i < PowerSystemMaximum; i++) {
        Policy->States[i] = NT_SUCCESS(Status) ? Capabilities.DeviceState[i] : PowerDeviceD3;
        if (Policy->States[i] == PowerDeviceUnspecified)
            Policy->States[i] = PowerDeviceD3;
    }
    Policy->States[PowerSystemWorking] = PowerDeviceD0;
    Policy->SystemState = PowerSystemWorking;
    Policy->State = PowerDeviceD0;
    PoSetPowerState(Policy->Self, DevicePowerState, State);
    Policy->SystemWake = NT_SUCCESS(Status) ? Capabilities.SystemWake : PowerSystemUnspecified;
    if (Policy->Wakes)
        PowerStartWake(Policy);
}

static NTSTATUS PowerPass(PPOWER_POLICY Policy, PIRP Irp)
{
    PoStartNextPowerIrp(Irp);
    IoSkipCurrentIrpStackLocation(Irp);
    return PoCallDriver(Policy->Lower, Irp);
}

// ---- The device's state

static BOOLEAN PowerIsSleep(SYSTEM_POWER_STATE State)
{
    return State >= PowerSystemSleeping1 && State <= PowerSystemSleeping3;
}

static NTSTATUS PowerDown(PPOWER_POLICY Policy, POWER_STATE State, PIRP Irp)
{
    if (Policy->State == PowerDeviceD0 && Policy->PowerDown)
        Policy->PowerDown(Policy->Self, PowerIsSleep(Policy->SystemState));
    Policy->State = State.DeviceState;
    PoSetPowerState(Policy->Self, DevicePowerState, State);
    Irp->IoStatus.Status = STATUS_SUCCESS;
    return PowerPass(Policy, Irp);
}

// The bus gives power first.
static NTSTATUS PowerUp(PPOWER_POLICY Policy, POWER_STATE State, PIRP Irp)
{
    NTSTATUS Status = IoForwardIrpSynchronously(Policy->Lower, Irp) ? Irp->IoStatus.Status
                                                                    : STATUS_INVALID_DEVICE_REQUEST;
    if (NT_SUCCESS(Status)) {
        if (Policy->State != PowerDeviceD0 && Policy->PowerUp)
            Policy->PowerUp(Policy->Self);
        Policy->State = PowerDeviceD0;
        PoSetPowerState(Policy->Self, DevicePowerState, State);
    }
    PoStartNextPowerIrp(Irp);
    Irp->IoStatus.Status = Status;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static NTSTATUS PowerDevice(PPOWER_POLICY Policy, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    POWER_STATE State = Stack->Parameters.Power.State;
    if (Stack->MinorFunction == IRP_MN_SET_POWER && State.DeviceState == PowerDeviceD0)
        return PowerUp(Policy, State, Irp);
    if (Stack->MinorFunction == IRP_MN_SET_POWER)
        return PowerDown(Policy, State, Irp);
    Irp->IoStatus.Status = STATUS_SUCCESS;
    return PowerPass(Policy, Irp);
}

// ---- The system's state

// What became of the device decides.
static VOID NTAPI PowerDeviceDone(PDEVICE_OBJECT DeviceObject, UCHAR MinorFunction,
                                  POWER_STATE State, PVOID Context, PIO_STATUS_BLOCK IoStatus)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(MinorFunction);
    UNREFERENCED_PARAMETER(State);
    PIRP Irp = Context;
    PoStartNextPowerIrp(Irp);
    Irp->IoStatus.Status = IoStatus->Status;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
}

static NTSTATUS NTAPI PowerSystemPassed(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    PPOWER_POLICY Policy = Context;
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    SYSTEM_POWER_STATE System = Stack->Parameters.Power.State.SystemState;
    if (NT_SUCCESS(Irp->IoStatus.Status)) {
        POWER_STATE State = {.DeviceState = Policy->States[System]};
        NTSTATUS Status = PoRequestPowerIrp(Policy->PhysicalDevice, Stack->MinorFunction, State,
                                            PowerDeviceDone, Irp, NULL);
        if (NT_SUCCESS(Status))
            return STATUS_MORE_PROCESSING_REQUIRED;
        Irp->IoStatus.Status = Status;
    }
    PoStartNextPowerIrp(Irp);
    return STATUS_CONTINUE_COMPLETION;
}

static NTSTATUS PowerSystem(PPOWER_POLICY Policy, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    SYSTEM_POWER_STATE State = Stack->Parameters.Power.State.SystemState;
    if (State < PowerSystemWorking || State >= PowerSystemMaximum)
        return PowerPass(Policy, Irp);
    if (Stack->MinorFunction == IRP_MN_SET_POWER)
        Policy->SystemState = State;
    IoMarkIrpPending(Irp);
    IoCopyCurrentIrpStackLocationToNext(Irp);
    IoSetCompletionRoutine(Irp, PowerSystemPassed, Policy, TRUE, TRUE, TRUE);
    PoCallDriver(Policy->Lower, Irp);
    return STATUS_PENDING;
}

NTSTATUS PowerDispatch(PPOWER_POLICY Policy, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    if (Stack->MinorFunction != IRP_MN_SET_POWER && Stack->MinorFunction != IRP_MN_QUERY_POWER)
        return PowerPass(Policy, Irp);
    return Stack->Parameters.Power.Type == SystemPowerState ? PowerSystem(Policy, Irp)
                                                            : PowerDevice(Policy, Irp);
}
