// Power states of functions, by the power management capability (PCI Bus Power Management Interface Specification
// 1.2).
#include "pci.h"

enum {
    ControlStateMask = 3,
    AbleD1 = 1 << 9,
    AbleD2 = 1 << 10,
    D3Milliseconds = 10,
    D2Microseconds = 200,
};

ULONG PciReadPower(const PCI_FUNCTION *Function)
{
    return PciRead(&Function->Space, Function->Power + PciPowerControl, 2);
}

// With the delay that the function needs before it is accessed again (5.6.1).
VOID PciWritePower(const PCI_FUNCTION *Function, DEVICE_POWER_STATE State, BOOLEAN Wake)
{
    ULONG Control = PciReadPower(Function), Old = Control & ControlStateMask;
    ULONG New = (ULONG)State - PowerDeviceD0;
    LARGE_INTEGER Delay = {.QuadPart = -10'000ll * D3Milliseconds};
    Control &= ~(ULONG)(ControlStateMask | PciPowerPme | PciPowerPmeStatus);
    PciWrite(&Function->Space, Function->Power + PciPowerControl, 2,
             Control | New | (Wake ? PciPowerPme | PciPowerPmeStatus : 0));
    if (Old == 3 || New == 3)
        KeDelayExecutionThread(KernelMode, FALSE, &Delay);
    else if (Old == 2 || New == 2)
        KeStallExecutionProcessor(D2Microseconds);
}

static BOOLEAN PciHasState(const PCI_FUNCTION *Function, DEVICE_POWER_STATE State)
{
    ULONG Able = PciRead(&Function->Space, Function->Power + PciPowerCapabilities, 2);
    return (State != PowerDeviceD1 || (Able & AbleD1)) &&
           (State != PowerDeviceD2 || (Able & AbleD2));
}

// ---- Device states

// In D3 it neither reaches memory nor is reached; in the others its driver sees to that.
static VOID PciPutToSleep(PPCI_FUNCTION Function, DEVICE_POWER_STATE State)
{
    if (Function->State == PowerDeviceD0)
        PciSaveContext(Function, &Function->Context);
    if (State == PowerDeviceD3)
        PciWrite(&Function->Space, PciRegisterCommand, 2,
                 Function->Context.Command & ~(PciCommandIo | PciCommandMemory | PciCommandMaster));
    PciWritePower(Function, State, Function->WaitWake != NULL);
}

// What has woken the system says so until this.
static NTSTATUS PciWakeUp(PPCI_FUNCTION Function)
{
    PciCheckWake(Function);
    PciWritePower(Function, PowerDeviceD0, FALSE);
    if (!PciIsSameFunction(&Function->Space, &Function->Header))
        return STATUS_DEVICE_DOES_NOT_EXIST;
    return PciRestoreContext(Function, &Function->Context);
}

static NTSTATUS PciSetDeviceState(PPCI_FUNCTION Function, DEVICE_POWER_STATE State)
{
    POWER_STATE Power = {.DeviceState = State};
    NTSTATUS Status = STATUS_SUCCESS;
    if (State < PowerDeviceD0 || State > PowerDeviceD3)
        return STATUS_INVALID_PARAMETER;
    if (State == Function->State)
        return STATUS_SUCCESS;
    if (Function->Power && !PciHasState(Function, State))
        return STATUS_INVALID_PARAMETER;
    if (Function->Power && State != PowerDeviceD0)
        PciPutToSleep(Function, State);
    else if (Function->Power)
        Status = PciWakeUp(Function);
    if (!NT_SUCCESS(Status))
        return Status;
    Function->State = State;
    PoSetPowerState(Function->Self, DevicePowerState, Power);
    return STATUS_SUCCESS;
}

NTSTATUS PciWakeForStart(PPCI_FUNCTION Function)
{
    if (Function->Power && (PciReadPower(Function) & ControlStateMask))
        PciWritePower(Function, PowerDeviceD0, FALSE);
    Function->State = PowerDeviceD0;
    return PciIsSameFunction(&Function->Space, &Function->Header) ? STATUS_SUCCESS
                                                                  : STATUS_NO_SUCH_DEVICE;
}

// Behind the firmware's sleep a bridge has forgotten what it was; other functions are put to sleep, and woken, by
// their drivers.
static NTSTATUS PciSetSystemState(PPCI_FUNCTION Function, SYSTEM_POWER_STATE State)
{
    if (!PciIsBridge(Function) || !Function->Started)
        return STATUS_SUCCESS;
    if (State != PowerSystemWorking && !Function->Sleeps)
        PciSaveContext(Function, &Function->Context);
    NTSTATUS Status = State == PowerSystemWorking && Function->Sleeps
                          ? PciRestoreContext(Function, &Function->Context)
                          : STATUS_SUCCESS;
    Function->Sleeps = State != PowerSystemWorking;
    return Status;
}

// ---- The request

NTSTATUS PciFunctionPower(PPCI_FUNCTION Function, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    POWER_STATE State = Stack->Parameters.Power.State;
    NTSTATUS Status = Irp->IoStatus.Status;
    switch (Stack->MinorFunction) {
    case IRP_MN_WAIT_WAKE:
        return PciWaitWake(Function, Irp);
    case IRP_MN_QUERY_POWER:
        Status = STATUS_SUCCESS;
        break;
    case IRP_MN_SET_POWER:
        Status = Stack->Parameters.Power.Type == DevicePowerState
                     ? PciSetDeviceState(Function, State.DeviceState)
                     : PciSetSystemState(Function, State.SystemState);
        break;
    default:
        break;
    }
    PoStartNextPowerIrp(Irp);
    return PciComplete(Irp, Status, Irp->IoStatus.Information);
}
