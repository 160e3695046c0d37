// Power. The class driver owns the power policy of its device: when the system changes its state, it asks for the device
// state that fits, and passes the system's request on when that is done. Device requests are carried out at
// PASSIVE_LEVEL by a work item, as commands to the device are waited for.
#include "classp.h"

// ---- Passing on

static NTSTATUS PassPower(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PoStartNextPowerIrp(Irp);
    return ClasspPassDown(DeviceObject, Irp);
}

static VOID CompletePower(PDEVICE_OBJECT DeviceObject, PIRP Irp, NTSTATUS Status)
{
    PoStartNextPowerIrp(Irp);
    ClasspComplete(DeviceObject, Irp, Status, Irp->IoStatus.Information);
}

// ---- The device's state

static NTSTATUS SendSimple(PFUNCTIONAL_DEVICE_EXTENSION Fdo, UCHAR Function, UCHAR CdbLength,
                           UCHAR Code, UCHAR Byte4, ULONG Flags, ULONG TimeOut)
{
    PCLASSP_COMMAND Command = ClasspNewCommand(CdbLength, Code);
    if (!Command)
        return STATUS_INSUFFICIENT_RESOURCES;
    Command->Function = Function;
    if (CdbLength > 4)
        Command->Cdb[4] = Byte4;
    Command->Flags = Flags;
    Command->TimeOut = TimeOut;
    NTSTATUS Status = ClasspSend(Fdo, Command);
    ExFreePoolWithTag(Command, ClasspTag);
    return Status;
}

// What is in the cache goes to the medium. When the machine is only restarted, the disk goes on turning.
static VOID Quiesce(PFUNCTIONAL_DEVICE_EXTENSION Fdo, POWER_ACTION Action)
{
    ULONG Flags = SRB_FLAGS_BYPASS_LOCKED_QUEUE;
    if (TEST_FLAG(Fdo->DeviceFlags, DEV_WRITE_CACHE))
        SendSimple(Fdo, SRB_FUNCTION_EXECUTE_SCSI, 10, SCSIOP_SYNCHRONIZE_CACHE, 0, Flags,
                   Fdo->TimeOutValue * 4);
    if (Action != PowerActionShutdownReset &&
        !TEST_FLAG(Fdo->ScanForSpecialFlags, CLASS_SPECIAL_DISABLE_SPIN_DOWN))
        SendSimple(Fdo, SRB_FUNCTION_EXECUTE_SCSI, 6, SCSIOP_START_STOP_UNIT, 0, Flags,
                   Fdo->TimeOutValue * 4);
}

static NTSTATUS PowerDown(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, POWER_ACTION Action)
{
    BOOLEAN Lock = !TEST_FLAG(Fdo->ScanForSpecialFlags, CLASS_SPECIAL_NO_QUEUE_LOCK);
    Fdo->PowerDownInProgress = TRUE;
    if (Lock)
        Lock = NT_SUCCESS(
            SendSimple(Fdo, SRB_FUNCTION_LOCK_QUEUE, 0, 0, 0, SRB_FLAGS_BYPASS_LOCKED_QUEUE, 0));
    Quiesce(Fdo, Action);
    NTSTATUS Status = ClassForwardIrpSynchronous(&Fdo->CommonExtension, Irp);
    if (NT_SUCCESS(Status))
        Fdo->DevicePowerState = PowerDeviceD3;
    if (Lock)
        SendSimple(Fdo, SRB_FUNCTION_UNLOCK_QUEUE, 0, 0, 0, SRB_FLAGS_BYPASS_LOCKED_QUEUE, 0);
    Fdo->PowerDownInProgress = FALSE;
    return Status;
}

static NTSTATUS PowerUp(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp)
{
    NTSTATUS Status = ClassForwardIrpSynchronous(&Fdo->CommonExtension, Irp);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Fdo->DevicePowerState != PowerDeviceD0 &&
        !TEST_FLAG(Fdo->ScanForSpecialFlags, CLASS_SPECIAL_DISABLE_SPIN_UP))
        SendSimple(Fdo, SRB_FUNCTION_EXECUTE_SCSI, 6, SCSIOP_START_STOP_UNIT, 1, 0,
                   START_UNIT_TIMEOUT);
    Fdo->DevicePowerState = PowerDeviceD0;
    return STATUS_SUCCESS;
}

static VOID NTAPI ChangeState(PDEVICE_OBJECT DeviceObject, PVOID Context)
{
    PFUNCTIONAL_DEVICE_EXTENSION Fdo = ClasspFdo(DeviceObject);
    PIRP Irp = Context;
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    POWER_STATE State = Stack->Parameters.Power.State;
    NTSTATUS Status = State.DeviceState == PowerDeviceD0
                          ? PowerUp(Fdo, Irp)
                          : PowerDown(Fdo, Irp, Stack->Parameters.Power.ShutdownType);
    if (NT_SUCCESS(Status))
        PoSetPowerState(DeviceObject, DevicePowerState, State);
    CompletePower(DeviceObject, Irp, Status);
}

// For CLASS_DEV_INFO.ClassPowerDevice: the device turns with its power. The request holds the remove lock.
NTSTATUS NTAPI ClassSpinDownPowerHandler(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    if (Stack->MinorFunction != IRP_MN_SET_POWER ||
        Stack->Parameters.Power.Type != DevicePowerState)
        return PassPower(DeviceObject, Irp);
    IoMarkIrpPending(Irp);
    IoQueueWorkItem(ClasspFdo(DeviceObject)->PrivateFdoData->PowerItem, ChangeState,
                    CriticalWorkQueue, Irp);
    return STATUS_PENDING;
}

NTSTATUS NTAPI ClassStopUnitPowerHandler(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    return ClassSpinDownPowerHandler(DeviceObject, Irp);
}

// ---- The system's state

static VOID NTAPI DeviceChanged(PDEVICE_OBJECT DeviceObject, UCHAR MinorFunction,
                                POWER_STATE PowerState, PVOID Context, PIO_STATUS_BLOCK IoStatus)
{
    PIRP Irp = Context;
    PDEVICE_OBJECT Self = IoGetCurrentIrpStackLocation(Irp)->DeviceObject;
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(MinorFunction);
    UNREFERENCED_PARAMETER(PowerState);
    if (NT_SUCCESS(IoStatus->Status))
        PassPower(Self, Irp);
    else
        CompletePower(Self, Irp, IoStatus->Status);
}

static NTSTATUS ChangeSystem(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PFUNCTIONAL_DEVICE_EXTENSION Fdo = ClasspFdo(DeviceObject);
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    POWER_STATE State = {.DeviceState =
                             Stack->Parameters.Power.State.SystemState == PowerSystemWorking
                                 ? PowerDeviceD0
                                 : PowerDeviceD3};
    IoMarkIrpPending(Irp);
    NTSTATUS Status =
        PoRequestPowerIrp(Fdo->LowerPdo, IRP_MN_SET_POWER, State, DeviceChanged, Irp, nullptr);
    if (Status != STATUS_PENDING)
        CompletePower(DeviceObject, Irp, Status);
    return STATUS_PENDING;
}

NTSTATUS NTAPI ClasspPower(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PCOMMON_DEVICE_EXTENSION Common = ClasspCommon(DeviceObject);
    if (ClassAcquireRemoveLock(DeviceObject, Irp) != NO_REMOVE) {
        CompletePower(DeviceObject, Irp, STATUS_DEVICE_DOES_NOT_EXIST);
        return STATUS_DEVICE_DOES_NOT_EXIST;
    }
    BOOLEAN Started = Common->CurrentState == IRP_MN_START_DEVICE;
    if (!Common->IsFdo || !Common->DevInfo->ClassPowerDevice || !Started ||
        Stack->MinorFunction != IRP_MN_SET_POWER)
        return PassPower(DeviceObject, Irp);
    if (Stack->Parameters.Power.Type == SystemPowerState)
        return ChangeSystem(DeviceObject, Irp);
    return Common->DevInfo->ClassPowerDevice(DeviceObject, Irp);
}
