// Power states and waking, by requests of the driver's own.
#include "driver.h"

typedef struct _POWER_WAIT {
    KEVENT Done;
    NTSTATUS Status;
} POWER_WAIT, *PPOWER_WAIT;

static VOID NTAPI FunctionPowerDone(PDEVICE_OBJECT DeviceObject, UCHAR MinorFunction,
                                    POWER_STATE State, PVOID Context, PIO_STATUS_BLOCK IoStatus)
{
    PPOWER_WAIT Wait = Context;
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(MinorFunction);
    UNREFERENCED_PARAMETER(State);
    Wait->Status = IoStatus->Status;
    KeSetEvent(&Wait->Done, IO_NO_INCREMENT, FALSE);
}

NTSTATUS FunctionSetPower(PFUNCTION Function, DEVICE_POWER_STATE State)
{
    POWER_STATE Power = {.DeviceState = State};
    POWER_WAIT Wait;
    KeInitializeEvent(&Wait.Done, NotificationEvent, FALSE);
    NTSTATUS Status = PoRequestPowerIrp(Function->Layer.PhysicalDevice, IRP_MN_SET_POWER, Power,
                                        FunctionPowerDone, &Wait, NULL);
    if (!NT_SUCCESS(Status))
        return Status;
    KeWaitForSingleObject(&Wait.Done, Executive, KernelMode, FALSE, NULL);
    return Wait.Status;
}

static VOID NTAPI FunctionWakeDone(PDEVICE_OBJECT DeviceObject, UCHAR MinorFunction,
                                   POWER_STATE State, PVOID Context, PIO_STATUS_BLOCK IoStatus)
{
    PFUNCTION Function = Context;
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(MinorFunction);
    UNREFERENCED_PARAMETER(State);
    Function->WakeStatus = IoStatus->Status;
    KeSetEvent(&Function->WakeDone, IO_NO_INCREMENT, FALSE);
}

NTSTATUS FunctionWaitWake(PFUNCTION Function)
{
    POWER_STATE State = {.SystemState = PowerSystemSleeping1};
    if (!KeReadStateEvent(&Function->WakeDone))
        return STATUS_DEVICE_BUSY;
    KeClearEvent(&Function->WakeDone);
    Function->WakeStatus = STATUS_PENDING;
    NTSTATUS Status = PoRequestPowerIrp(Function->Layer.PhysicalDevice, IRP_MN_WAIT_WAKE, State,
                                        FunctionWakeDone, Function, &Function->Wake);
    if (!NT_SUCCESS(Status))
        KeSetEvent(&Function->WakeDone, IO_NO_INCREMENT, FALSE);
    return Status;
}

NTSTATUS FunctionCancelWake(PFUNCTION Function)
{
    if (!KeReadStateEvent(&Function->WakeDone))
        IoCancelIrp(Function->Wake);
    KeWaitForSingleObject(&Function->WakeDone, Executive, KernelMode, FALSE, NULL);
    return Function->WakeStatus;
}
