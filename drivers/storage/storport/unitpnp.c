// PnP packets of logical units.
#include "storportp.h"

static NTSTATUS StorpUnchanged(PIRP Irp)
{
    return StorpComplete(Irp, Irp->IoStatus.Status, Irp->IoStatus.Information);
}

// ---- Start and removal

static NTSTATUS StorpStartUnit(PSTOR_UNIT Unit, PIRP Irp)
{
    Unit->Started = TRUE;
    StorpClearHold(Unit, StorHoldStopped | StorHoldRemoved);
    return StorpComplete(Irp, STATUS_SUCCESS, 0);
}

// What waits is ended; what the miniport has gets the time that its time-outs allow.
static VOID StorpEmptyUnit(PSTOR_UNIT Unit)
{
    StorpAddHold(Unit, StorHoldRemoved);
    StorpFlushQueue(Unit, SRB_STATUS_NO_DEVICE);
    if (!Unit->Adapter->Started)
        StorpEndActive(Unit, SRB_STATUS_NO_DEVICE, TRUE);
    KeWaitForSingleObject(&Unit->Drained, Executive, KernelMode, FALSE, nullptr);
}

// The device has gone: new requests fail, and the miniport may end those that it has.
static NTSTATUS StorpSurpriseUnit(PSTOR_UNIT Unit, PIRP Irp)
{
    StorpAddHold(Unit, StorHoldRemoved);
    StorpFlushQueue(Unit, SRB_STATUS_NO_DEVICE);
    StorpUnitControl(Unit, ScsiUnitSurpriseRemoval);
    return StorpComplete(Irp, STATUS_SUCCESS, 0);
}

// One that is still there waits for its next start; one that has gone goes now.
static NTSTATUS StorpRemoveUnitDevice(PSTOR_UNIT Unit, PIRP Irp)
{
    PSTOR_ADAPTER Adapter = Unit->Adapter;
    StorpEmptyUnit(Unit);
    Unit->Started = Unit->Claimed = FALSE;
    if (Unit->Present && Unit->Reported && !Adapter->Removed)
        return StorpComplete(Irp, STATUS_SUCCESS, 0);
    StorpUnitControl(Unit, ScsiUnitRemove);
    KeWaitForSingleObject(&Adapter->ScanLock, Executive, KernelMode, FALSE, nullptr);
    StorpRemoveUnit(Unit);
    KeSetEvent(&Adapter->ScanLock, IO_NO_INCREMENT, FALSE);
    NTSTATUS Status = StorpComplete(Irp, STATUS_SUCCESS, 0);
    StorpDeleteUnit(Unit);
    return Status;
}

// ---- Questions

static VOID StorpFillStates(PDEVICE_CAPABILITIES Answer)
{
    Answer->DeviceState[PowerSystemWorking] = PowerDeviceD0;
    for (ULONG i = PowerSystemSleeping1; i < PowerSystemMaximum; i++)
        Answer->DeviceState[i] = PowerDeviceD3;
}

// A miniport of the full feature says itself what the device can.
static VOID StorpAskMiniport(PSTOR_UNIT Unit, PDEVICE_CAPABILITIES Answer)
{
    struct {
        SCSI_PNP_REQUEST_BLOCK Srb;
        STOR_DEVICE_CAPABILITIES_EX Capabilities;
    } *Ask = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Ask), StorTag);
    if (!Ask)
        return;
    RtlZeroMemory(Ask, sizeof(*Ask));
    Ask->Capabilities.Version = STOR_DEVICE_CAPABILITIES_EX_VERSION_1;
    Ask->Capabilities.Size = sizeof(Ask->Capabilities);
    Ask->Srb.Length = sizeof(Ask->Srb);
    Ask->Srb.Function = SRB_FUNCTION_PNP;
    Ask->Srb.PnPAction = StorQueryCapabilities;
    Ask->Srb.SrbFlags = SRB_FLAGS_DATA_IN | SRB_FLAGS_NO_QUEUE_FREEZE |
                        SRB_FLAGS_BYPASS_FROZEN_QUEUE | SRB_FLAGS_BYPASS_LOCKED_QUEUE;
    Ask->Srb.DataBuffer = &Ask->Capabilities;
    Ask->Srb.DataTransferLength = sizeof(Ask->Capabilities);
    Ask->Srb.TimeOutValue = StorResetSeconds;
    StorpRunInternal(Unit, &Ask->Srb, nullptr);
    if (SRB_STATUS(Ask->Srb.SrbStatus) == SRB_STATUS_SUCCESS) {
        Answer->LockSupported = Ask->Capabilities.LockSupported;
        Answer->EjectSupported = Ask->Capabilities.EjectSupported;
        Answer->Removable = Ask->Capabilities.Removable;
        Answer->DockDevice = Ask->Capabilities.DockDevice;
        Answer->SurpriseRemovalOK = Ask->Capabilities.SurpriseRemovalOK;
        Answer->NoDisplayInUI = Ask->Capabilities.NoDisplayInUI;
    }
    ExFreePoolWithTag(Ask, StorTag);
}

static NTSTATUS StorpQueryUnitCapabilities(PSTOR_UNIT Unit, PIRP Irp)
{
    PDEVICE_CAPABILITIES Answer =
        IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceCapabilities.Capabilities;
    ULONG Features = Unit->Adapter->Driver->Hw.FeatureSupport;
    if (Answer->Version != 1 || Answer->Size < sizeof(*Answer))
        return StorpComplete(Irp, STATUS_UNSUCCESSFUL, 0);
    Answer->UniqueID = FALSE;
    Answer->RawDeviceOK = TRUE;
    Answer->SilentInstall = TRUE;
    Answer->Address = Unit->Lun;
    StorpFillStates(Answer);
    if (Features & STOR_FEATURE_FULL_PNP_DEVICE_CAPABILITIES)
        StorpAskMiniport(Unit, Answer);
    return StorpComplete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS StorpQueryTarget(PSTOR_UNIT Unit, PIRP Irp)
{
    if (IoGetCurrentIrpStackLocation(Irp)->Parameters.QueryDeviceRelations.Type !=
        TargetDeviceRelation)
        return StorpUnchanged(Irp);
    PDEVICE_RELATIONS Relations = ExAllocatePoolWithTag(PagedPool, sizeof(*Relations), StorTag);
    if (!Relations)
        return StorpComplete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    Relations->Count = 1;
    Relations->Objects[0] = Unit->Pdo;
    ObReferenceObject(Unit->Pdo);
    return StorpComplete(Irp, STATUS_SUCCESS, (ULONG_PTR)Relations);
}

static NTSTATUS StorpQueryState(PSTOR_UNIT Unit, PIRP Irp)
{
    if (Unit->Failed)
        Irp->IoStatus.Information |= PNP_DEVICE_FAILED;
    if (Unit->Paging || Unit->Dump || Unit->Hibernation)
        Irp->IoStatus.Information |= PNP_DEVICE_NOT_DISABLEABLE;
    return StorpComplete(Irp, STATUS_SUCCESS, Irp->IoStatus.Information);
}

// ---- Use as a place for paging, dumps, hibernation

static NTSTATUS StorpUsage(PSTOR_UNIT Unit, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    BOOLEAN InUse = Stack->Parameters.UsageNotification.InPath;
    STOR_ADDR_BTL8 Address = StorpAddressOf(Unit);
    STOR_UC_DEVICE_USAGE Usage = {.Address = (PVOID)&Address, .InUse = InUse};
    volatile LONG *Count = nullptr;
    switch (Stack->Parameters.UsageNotification.Type) {
    case DeviceUsageTypePaging:
        Count = &Unit->Paging;
        Usage.UsageType = ScsiDeviceUsageTypePaging;
        break;
    case DeviceUsageTypeHibernation:
        Count = &Unit->Hibernation;
        Usage.UsageType = ScsiDeviceUsageTypeHibernation;
        break;
    case DeviceUsageTypeDumpFile:
        Count = &Unit->Dump;
        Usage.UsageType = ScsiDeviceUsageTypeDumpFile;
        break;
    default:
        return StorpComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    }
    IoAdjustPagingPathCount(Count, InUse);
    if (StorpSupportsUnitControl(Unit->Adapter, ScsiUnitUsage))
        Unit->Adapter->Driver->Hw.HwUnitControl(Unit->Adapter->HwExtension, ScsiUnitUsage, &Usage);
    return StorpComplete(Irp, STATUS_SUCCESS, 0);
}

// ---- The table

static NTSTATUS StorpAgree(PSTOR_UNIT Unit, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Unit);
    return StorpComplete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS StorpQueryRemoveUnit(PSTOR_UNIT Unit, PIRP Irp)
{
    BOOLEAN Needed = Unit->Paging || Unit->Dump || Unit->Hibernation;
    return StorpComplete(Irp, Needed ? STATUS_DEVICE_BUSY : STATUS_SUCCESS, 0);
}

static NTSTATUS StorpStopUnit(PSTOR_UNIT Unit, PIRP Irp)
{
    StorpAddHold(Unit, StorHoldStopped);
    KeWaitForSingleObject(&Unit->Drained, Executive, KernelMode, FALSE, nullptr);
    Unit->Started = FALSE;
    return StorpComplete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS (*const StorpPnpRoutines[])(PSTOR_UNIT Unit, PIRP Irp) = {
    [IRP_MN_START_DEVICE] = StorpStartUnit,
    [IRP_MN_QUERY_REMOVE_DEVICE] = StorpQueryRemoveUnit,
    [IRP_MN_REMOVE_DEVICE] = StorpRemoveUnitDevice,
    [IRP_MN_CANCEL_REMOVE_DEVICE] = StorpAgree,
    [IRP_MN_STOP_DEVICE] = StorpStopUnit,
    [IRP_MN_QUERY_STOP_DEVICE] = StorpQueryRemoveUnit,
    [IRP_MN_CANCEL_STOP_DEVICE] = StorpAgree,
    [IRP_MN_QUERY_DEVICE_RELATIONS] = StorpQueryTarget,
    [IRP_MN_QUERY_CAPABILITIES] = StorpQueryUnitCapabilities,
    [IRP_MN_QUERY_ID] = StorpQueryUnitId,
    [IRP_MN_QUERY_DEVICE_TEXT] = StorpQueryUnitText,
    [IRP_MN_QUERY_PNP_DEVICE_STATE] = StorpQueryState,
    [IRP_MN_DEVICE_USAGE_NOTIFICATION] = StorpUsage,
    [IRP_MN_SURPRISE_REMOVAL] = StorpSurpriseUnit,
};

NTSTATUS StorpUnitPnp(PSTOR_UNIT Unit, PIRP Irp)
{
    UCHAR Minor = IoGetCurrentIrpStackLocation(Irp)->MinorFunction;
    if (Minor < RTL_NUMBER_OF(StorpPnpRoutines) && StorpPnpRoutines[Minor])
        return StorpPnpRoutines[Minor](Unit, Irp);
    return StorpUnchanged(Irp);
}
