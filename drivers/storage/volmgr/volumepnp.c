// The life of a volume's device.
#include "volmgr.h"

static NTSTATUS VmAnswerText(PIRP Irp, PCWSTR Text, SIZE_T Bytes)
{
    PVOID Copy = ExAllocatePoolWithTag(PagedPool, Bytes, VmTag);
    if (!Copy)
        return VmComplete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    RtlCopyMemory(Copy, Text, Bytes);
    return VmComplete(Irp, STATUS_SUCCESS, (ULONG_PTR)Copy);
}

static NTSTATUS VmQueryId(PVM_VOLUME Volume, PIRP Irp)
{
    static const WCHAR Device[] = L"STORAGE\\Volume", HardwareIds[] = L"STORAGE\\Volume\0";
    switch (IoGetCurrentIrpStackLocation(Irp)->Parameters.QueryId.IdType) {
    case BusQueryDeviceID:
        return VmAnswerText(Irp, Device, sizeof(Device));
    case BusQueryHardwareIDs:
        return VmAnswerText(Irp, HardwareIds, sizeof(HardwareIds));
    case BusQueryInstanceID:
        return VmAnswerText(Irp, Volume->Instance, (wcslen(Volume->Instance) + 1) * sizeof(WCHAR));
    default:
        return VmComplete(Irp, Irp->IoStatus.Status, 0);
    }
}

static NTSTATUS VmQueryText(PIRP Irp)
{
    static const WCHAR Description[] = L"Volume";
    if (IoGetCurrentIrpStackLocation(Irp)->Parameters.QueryDeviceText.DeviceTextType !=
        DeviceTextDescription)
        return VmComplete(Irp, Irp->IoStatus.Status, 0);
    return VmAnswerText(Irp, Description, sizeof(Description));
}

static NTSTATUS VmQueryCapabilities(PIRP Irp)
{
    PDEVICE_CAPABILITIES Capabilities =
        IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceCapabilities.Capabilities;
    if (Capabilities->Version != 1 || Capabilities->Size < sizeof(*Capabilities))
        return VmComplete(Irp, STATUS_UNSUCCESSFUL, 0);
    Capabilities->UniqueID = TRUE;
    Capabilities->RawDeviceOK = TRUE;
    Capabilities->SilentInstall = TRUE;
    Capabilities->SurpriseRemovalOK = TRUE;
    return VmComplete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS VmQueryTarget(PVM_VOLUME Volume, PIRP Irp)
{
    if (IoGetCurrentIrpStackLocation(Irp)->Parameters.QueryDeviceRelations.Type !=
        TargetDeviceRelation)
        return VmComplete(Irp, Irp->IoStatus.Status, Irp->IoStatus.Information);
    PDEVICE_RELATIONS Relations = ExAllocatePoolWithTag(PagedPool, sizeof(*Relations), VmTag);
    if (!Relations)
        return VmComplete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    Relations->Count = 1;
    Relations->Objects[0] = Volume->Self;
    ObReferenceObject(Volume->Self);
    return VmComplete(Irp, STATUS_SUCCESS, (ULONG_PTR)Relations);
}

// The mount manager hears of it by the interface.
static NTSTATUS VmStartVolume(PVM_VOLUME Volume, PIRP Irp)
{
    const GUID *Class =
        Volume->Hidden ? &GUID_DEVINTERFACE_HIDDEN_VOLUME : &GUID_DEVINTERFACE_VOLUME;
    NTSTATUS Status = STATUS_SUCCESS;
    if (!Volume->Interface.Buffer)
        Status = IoRegisterDeviceInterface(Volume->Self, Class, nullptr, &Volume->Interface);
    if (NT_SUCCESS(Status))
        Status = IoSetDeviceInterfaceState(&Volume->Interface, TRUE);
    if (!NT_SUCCESS(Status))
        DbgPrintEx(DPFLTR_MOUNTMGR_ID, DPFLTR_WARNING_LEVEL,
                   "volmgr: %ws has no interface: 0x%08lX\n", Volume->Name, (ULONG)Status);
    return VmComplete(Irp, STATUS_SUCCESS, 0);
}

static VOID VmStopVolume(PVM_VOLUME Volume)
{
    if (!Volume->Interface.Buffer)
        return;
    (VOID) IoSetDeviceInterfaceState(&Volume->Interface, FALSE);
    RtlFreeUnicodeString(&Volume->Interface);
}

static NTSTATUS VmRemoveVolume(PVM_VOLUME Volume, PIRP Irp)
{
    BOOLEAN Orphaned = Volume->Orphaned;
    VmStopVolume(Volume);
    Volume->Reported = FALSE;
    NTSTATUS Status = VmComplete(Irp, STATUS_SUCCESS, 0);
    if (Orphaned)
        VmDeleteVolume(Volume);
    return Status;
}

NTSTATUS VmVolumePnp(PVM_VOLUME Volume, PIRP Irp)
{
    switch (IoGetCurrentIrpStackLocation(Irp)->MinorFunction) {
    case IRP_MN_START_DEVICE:
        return VmStartVolume(Volume, Irp);
    case IRP_MN_REMOVE_DEVICE:
        return VmRemoveVolume(Volume, Irp);
    case IRP_MN_QUERY_ID:
        return VmQueryId(Volume, Irp);
    case IRP_MN_QUERY_DEVICE_TEXT:
        return VmQueryText(Irp);
    case IRP_MN_QUERY_CAPABILITIES:
        return VmQueryCapabilities(Irp);
    case IRP_MN_QUERY_DEVICE_RELATIONS:
        return VmQueryTarget(Volume, Irp);
    case IRP_MN_SURPRISE_REMOVAL:
        Volume->Gone = TRUE;
        VmRemoveLink(Volume);
        VmStopVolume(Volume);
        return VmComplete(Irp, STATUS_SUCCESS, 0);
    case IRP_MN_QUERY_STOP_DEVICE:
    case IRP_MN_CANCEL_STOP_DEVICE:
    case IRP_MN_STOP_DEVICE:
    case IRP_MN_QUERY_REMOVE_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
        return VmComplete(Irp, STATUS_SUCCESS, 0);
    default:
        return VmComplete(Irp, Irp->IoStatus.Status, Irp->IoStatus.Information);
    }
}
