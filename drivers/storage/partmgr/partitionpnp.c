// The life of a partition's device.
#include "partmgr.h"

// ---- Identifiers

static NTSTATUS PmAnswerText(PIRP Irp, PCWSTR Text, SIZE_T Bytes)
{
    PVOID Copy = ExAllocatePoolWithTag(PagedPool, Bytes, PmTag);
    if (!Copy)
        return PmComplete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    RtlCopyMemory(Copy, Text, Bytes);
    return PmComplete(Irp, STATUS_SUCCESS, (ULONG_PTR)Copy);
}

static NTSTATUS PmQueryInstance(PPM_PARTITION Partition, PIRP Irp)
{
    PPARTITION_IDENTITY Identity = ExAllocatePoolWithTag(PagedPool, sizeof(*Identity), PmTag);
    if (!Identity || !ExAcquireRundownProtection(&Partition->Running)) {
        if (Identity)
            ExFreePoolWithTag(Identity, PmTag);
        return PmComplete(Irp, STATUS_NO_SUCH_DEVICE, 0);
    }
    PmLock(Partition->Disk);
    PmFillIdentity(Partition, Identity);
    PmUnlock(Partition->Disk);
    ExReleaseRundownProtection(&Partition->Running);
    NTSTATUS Status =
        PmAnswerText(Irp, Identity->Instance, (wcslen(Identity->Instance) + 1) * sizeof(WCHAR));
    ExFreePoolWithTag(Identity, PmTag);
    return Status;
}

static NTSTATUS PmQueryId(PPM_PARTITION Partition, PIRP Irp)
{
    static const WCHAR Device[] = L"STORAGE\\Partition", HardwareIds[] = L"STORAGE\\Partition\0";
    switch (IoGetCurrentIrpStackLocation(Irp)->Parameters.QueryId.IdType) {
    case BusQueryDeviceID:
        return PmAnswerText(Irp, Device, sizeof(Device));
    case BusQueryHardwareIDs:
        return PmAnswerText(Irp, HardwareIds, sizeof(HardwareIds));
    case BusQueryInstanceID:
        return PmQueryInstance(Partition, Irp);
    default:
        return PmComplete(Irp, Irp->IoStatus.Status, 0);
    }
}

static NTSTATUS PmQueryText(PIRP Irp)
{
    static const WCHAR Description[] = L"Disk partition";
    if (IoGetCurrentIrpStackLocation(Irp)->Parameters.QueryDeviceText.DeviceTextType !=
        DeviceTextDescription)
        return PmComplete(Irp, Irp->IoStatus.Status, 0);
    return PmAnswerText(Irp, Description, sizeof(Description));
}

static NTSTATUS PmQueryCapabilities(PPM_PARTITION Partition, PIRP Irp)
{
    PDEVICE_CAPABILITIES Capabilities =
        IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceCapabilities.Capabilities;
    if (Capabilities->Version != 1 || Capabilities->Size < sizeof(*Capabilities))
        return PmComplete(Irp, STATUS_UNSUCCESSFUL, 0);
    Capabilities->UniqueID = TRUE;
    Capabilities->RawDeviceOK = TRUE;
    Capabilities->SilentInstall = TRUE;
    Capabilities->SurpriseRemovalOK = TRUE;
    Capabilities->Address = Partition->Number;
    return PmComplete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS PmQueryTarget(PPM_PARTITION Partition, PIRP Irp)
{
    if (IoGetCurrentIrpStackLocation(Irp)->Parameters.QueryDeviceRelations.Type !=
        TargetDeviceRelation)
        return PmComplete(Irp, Irp->IoStatus.Status, Irp->IoStatus.Information);
    PDEVICE_RELATIONS Relations = ExAllocatePoolWithTag(PagedPool, sizeof(*Relations), PmTag);
    if (!Relations)
        return PmComplete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    Relations->Count = 1;
    Relations->Objects[0] = Partition->Self;
    ObReferenceObject(Partition->Self);
    return PmComplete(Irp, STATUS_SUCCESS, (ULONG_PTR)Relations);
}

// ---- Start and end

static NTSTATUS PmStartPartition(PPM_PARTITION Partition, PIRP Irp)
{
    if (!Partition->Interface.Buffer &&
        NT_SUCCESS(IoRegisterDeviceInterface(Partition->Self, &GUID_DEVINTERFACE_PARTITION, nullptr,
                                             &Partition->Interface)))
        (VOID) IoSetDeviceInterfaceState(&Partition->Interface, TRUE);
    return PmComplete(Irp, STATUS_SUCCESS, 0);
}

// The device goes when its disk's list does not have it any more; else it waits there to be started again.
static NTSTATUS PmRemovePartition(PPM_PARTITION Partition, PIRP Irp)
{
    if (Partition->Interface.Buffer) {
        (VOID) IoSetDeviceInterfaceState(&Partition->Interface, FALSE);
        RtlFreeUnicodeString(&Partition->Interface);
    }
    Partition->Reported = FALSE;
    if (Partition->Present)
        return PmComplete(Irp, STATUS_SUCCESS, 0);
    if (!IsListEmpty(&Partition->Link)) {
        PPM_DISK Disk = Partition->Disk;
        PmLock(Disk);
        RemoveEntryList(&Partition->Link);
        InitializeListHead(&Partition->Link);
        PmUnlock(Disk);
    }
    ExWaitForRundownProtectionRelease(&Partition->Running);
    NTSTATUS Status = PmComplete(Irp, STATUS_SUCCESS, 0);
    PmDeletePartition(Partition);
    return Status;
}

NTSTATUS PmPartitionPnp(PPM_PARTITION Partition, PIRP Irp)
{
    switch (IoGetCurrentIrpStackLocation(Irp)->MinorFunction) {
    case IRP_MN_START_DEVICE:
        return PmStartPartition(Partition, Irp);
    case IRP_MN_REMOVE_DEVICE:
        return PmRemovePartition(Partition, Irp);
    case IRP_MN_QUERY_ID:
        return PmQueryId(Partition, Irp);
    case IRP_MN_QUERY_DEVICE_TEXT:
        return PmQueryText(Irp);
    case IRP_MN_QUERY_CAPABILITIES:
        return PmQueryCapabilities(Partition, Irp);
    case IRP_MN_QUERY_DEVICE_RELATIONS:
        return PmQueryTarget(Partition, Irp);
    case IRP_MN_SURPRISE_REMOVAL:
        Partition->Gone = TRUE;
        return PmComplete(Irp, STATUS_SUCCESS, 0);
    case IRP_MN_QUERY_STOP_DEVICE:
    case IRP_MN_CANCEL_STOP_DEVICE:
    case IRP_MN_STOP_DEVICE:
    case IRP_MN_QUERY_REMOVE_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
        return PmComplete(Irp, STATUS_SUCCESS, 0);
    default:
        return PmComplete(Irp, Irp->IoStatus.Status, Irp->IoStatus.Information);
    }
}
