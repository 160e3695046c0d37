// Power packets. A unit's queue is held while it is not in D0; the miniport is told of both its own states and its
// units' if it wants to know.
#include "storportp.h"

static NTSTATUS StorpPassPower(PSTOR_ADAPTER Adapter, PIRP Irp)
{
    PoStartNextPowerIrp(Irp);
    IoSkipCurrentIrpStackLocation(Irp);
    return PoCallDriver(Adapter->Lower, Irp);
}

static STOR_POWER_ACTION StorpActionOf(POWER_ACTION Action)
{
    static const STOR_POWER_ACTION Actions[] = {
        [PowerActionNone] = StorPowerActionNone,
        [PowerActionReserved] = StorPowerActionReserved,
        [PowerActionSleep] = StorPowerActionSleep,
        [PowerActionHibernate] = StorPowerActionHibernate,
        [PowerActionShutdown] = StorPowerActionShutdown,
        [PowerActionShutdownReset] = StorPowerActionShutdownReset,
        [PowerActionShutdownOff] = StorPowerActionShutdownOff,
        [PowerActionWarmEject] = StorPowerActionWarmEject,
    };
    return (ULONG)Action < RTL_NUMBER_OF(Actions) ? Actions[Action] : StorPowerActionNone;
}

// ---- The adapter: its bus takes the power and gives it (drivers/lib/power.h)

static VOID StorpTellAdapterPower(PSTOR_ADAPTER Adapter, DEVICE_POWER_STATE State,
                                  SCSI_ADAPTER_CONTROL_TYPE Otherwise)
{
    STOR_ADAPTER_CONTROL_POWER Power = {
        .Header = {STOR_POWER_CONTROL_VERSION_V1, sizeof(Power), nullptr},
        .PowerAction = StorpActionOf(Adapter->PowerAction),
        .PowerState = (STOR_DEVICE_POWER_STATE)State,
    };
    if (StorpControl(Adapter, ScsiAdapterPower, &Power) != ScsiAdapterControlSuccess)
        StorpControl(Adapter, Otherwise, nullptr);
}

static VOID StorpAdapterDown(PDEVICE_OBJECT Self, BOOLEAN Wake)
{
    PSTOR_ADAPTER Adapter = Self->DeviceExtension;
    UNREFERENCED_PARAMETER(Wake);
    if (!Adapter->Started || (Adapter->Holds & StorHoldAdapterPower))
        return;
    InterlockedOr(&Adapter->Holds, StorHoldAdapterPower);
    StorpDrain(Adapter);
    StorpTellAdapterPower(Adapter, PowerDeviceD3, ScsiStopAdapter);
}

static VOID StorpAdapterUp(PDEVICE_OBJECT Self)
{
    PSTOR_ADAPTER Adapter = Self->DeviceExtension;
    if (!(Adapter->Holds & StorHoldAdapterPower))
        return;
    StorpTellAdapterPower(Adapter, PowerDeviceD0, ScsiRestartAdapter);
    InterlockedAnd(&Adapter->Holds, ~(StorHoldAdapterPower | StorHoldAdapterStopped));
    StorpRunAllQueues(Adapter);
}

VOID StorpInitPower(PSTOR_ADAPTER Adapter)
{
    Adapter->Power = (POWER_POLICY){
        .Self = Adapter->Self,
        .PhysicalDevice = Adapter->Pdo,
        .Lower = Adapter->Lower,
        .PowerDown = StorpAdapterDown,
        .PowerUp = StorpAdapterUp,
    };
}

NTSTATUS StorpAdapterPower(PSTOR_ADAPTER Adapter, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    if (!Adapter->Started)
        return StorpPassPower(Adapter, Irp);
    if (Stack->MinorFunction == IRP_MN_SET_POWER &&
        Stack->Parameters.Power.Type == SystemPowerState)
        Adapter->PowerAction = Stack->Parameters.Power.ShutdownType;
    return PowerDispatch(&Adapter->Power, Irp);
}

// ---- A unit

static VOID StorpTellUnitPower(PSTOR_UNIT Unit, DEVICE_POWER_STATE State, POWER_ACTION Action)
{
    PSTOR_ADAPTER Adapter = Unit->Adapter;
    STOR_ADDR_BTL8 Address = StorpAddressOf(Unit);
    STOR_UNIT_CONTROL_POWER Power = {
        .Address = (PSTOR_ADDRESS)&Address,
        .PowerAction = StorpActionOf(Action),
        .PowerState = (STOR_DEVICE_POWER_STATE)State,
    };
    if (StorpSupportsUnitControl(Adapter, ScsiUnitPower))
        Adapter->Driver->Hw.HwUnitControl(Adapter->HwExtension, ScsiUnitPower, &Power);
}

static VOID StorpSetUnitPower(PSTOR_UNIT Unit, DEVICE_POWER_STATE State, POWER_ACTION Action)
{
    POWER_STATE New = {.DeviceState = State};
    if (State == Unit->Power)
        return;
    if (State != PowerDeviceD0)
        StorpAddHold(Unit, StorHoldPower);
    StorpTellUnitPower(Unit, State, Action);
    PoSetPowerState(Unit->Pdo, DevicePowerState, New);
    Unit->Power = State;
    if (State == PowerDeviceD0)
        StorpClearHold(Unit, StorHoldPower);
}

NTSTATUS StorpUnitPower(PSTOR_UNIT Unit, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    NTSTATUS Status = Irp->IoStatus.Status;
    if (Stack->MinorFunction == IRP_MN_SET_POWER || Stack->MinorFunction == IRP_MN_QUERY_POWER)
        Status = STATUS_SUCCESS;
    if (Stack->MinorFunction == IRP_MN_SET_POWER &&
        Stack->Parameters.Power.Type == DevicePowerState)
        StorpSetUnitPower(Unit, Stack->Parameters.Power.State.DeviceState,
                          Stack->Parameters.Power.ShutdownType);
    PoStartNextPowerIrp(Irp);
    return StorpComplete(Irp, Status, 0);
}
