// A disk as the PnP manager and class drivers see it: identifiers, descriptors.
#include "bus.h"

static const CHAR Vendor[] = "PROTEUS ", Product[] = "Test disk       ", Revision[] = "1.0 ",
                  AtaVendor[] = "ATA     ";

// ---- PnP

static NTSTATUS AnswerText(PIRP Irp, PCWSTR Text, ULONG Chars)
{
    PWSTR Copy = ExAllocatePoolWithTag(PagedPool, (Chars + 1) * sizeof(WCHAR), TargetTag);
    if (!Copy)
        return Complete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    RtlCopyMemory(Copy, Text, Chars * sizeof(WCHAR));
    Copy[Chars] = 0;
    return Complete(Irp, STATUS_SUCCESS, (ULONG_PTR)Copy);
}

static NTSTATUS QueryId(PUNIT Unit, PIRP Irp, BUS_QUERY_ID_TYPE Type)
{
    static const WCHAR Hardware[] = L"SCSI\\DiskPROTEUS_Test_disk\0GenDisk\0";
    switch (Type) {
    case BusQueryDeviceID:
        return AnswerText(Irp, L"SCSI\\Disk&Ven_PROTEUS&Prod_Test_disk", 36);
    case BusQueryInstanceID:
        return AnswerText(Irp, Unit->Config.Name, (ULONG)wcslen(Unit->Config.Name));
    case BusQueryHardwareIDs:
        return AnswerText(Irp, Hardware, RTL_NUMBER_OF(Hardware));
    default:
        return Complete(Irp, Irp->IoStatus.Status, 0);
    }
}

static NTSTATUS Remove(PUNIT Unit, PIRP Irp)
{
    PDEVICE_OBJECT Self = nullptr;
    ExAcquireFastMutex(&TheBus->Lock);
    if (!Unit->Reported) {
        RemoveEntryList(&Unit->Link);
        Self = Unit->Self;
    }
    ExReleaseFastMutex(&TheBus->Lock);
    Complete(Irp, STATUS_SUCCESS, 0);
    if (Self) {
        UnitFree(Unit);
        IoDeleteDevice(Self);
    }
    return STATUS_SUCCESS;
}

NTSTATUS UnitPnp(PUNIT Unit, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    switch (Stack->MinorFunction) {
    case IRP_MN_QUERY_ID:
        return QueryId(Unit, Irp, Stack->Parameters.QueryId.IdType);
    case IRP_MN_QUERY_CAPABILITIES:
        Stack->Parameters.DeviceCapabilities.Capabilities->UniqueID = TRUE;
        Stack->Parameters.DeviceCapabilities.Capabilities->Removable = TRUE;
        Stack->Parameters.DeviceCapabilities.Capabilities->SurpriseRemovalOK = TRUE;
        return Complete(Irp, STATUS_SUCCESS, 0);
    case IRP_MN_REMOVE_DEVICE:
        return Remove(Unit, Irp);
    case IRP_MN_START_DEVICE:
    case IRP_MN_QUERY_REMOVE_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
    case IRP_MN_SURPRISE_REMOVAL:
        return Complete(Irp, STATUS_SUCCESS, 0);
    default:
        return Complete(Irp, Irp->IoStatus.Status, Irp->IoStatus.Information);
    }
}

// ---- Descriptors

static NTSTATUS AnswerDescriptor(PIRP Irp, const VOID *Descriptor, ULONG Bytes)
{
    ULONG Room = IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.OutputBufferLength;
    RtlCopyMemory(Irp->AssociatedIrp.SystemBuffer, Descriptor, min(Room, Bytes));
    return Complete(Irp, STATUS_SUCCESS, min(Room, Bytes));
}

static NTSTATUS DeviceDescriptor(PUNIT Unit, PIRP Irp)
{
    struct {
        STORAGE_DEVICE_DESCRIPTOR Fixed;
        CHAR Vendor[16], Product[24], Revision[8], Serial[TargetNameChars];
    } Answer = {
        .Fixed =
            {
                .Version = sizeof(STORAGE_DEVICE_DESCRIPTOR),
                .Size = sizeof(Answer),
                .RemovableMedia = Unit->Config.Removable,
                .CommandQueueing = TRUE,
                .BusType = BusTypeSas,
            },
    };
    Answer.Fixed.VendorIdOffset = (ULONG)((PUCHAR)Answer.Vendor - (PUCHAR)&Answer);
    Answer.Fixed.ProductIdOffset = (ULONG)((PUCHAR)Answer.Product - (PUCHAR)&Answer);
    Answer.Fixed.ProductRevisionOffset = (ULONG)((PUCHAR)Answer.Revision - (PUCHAR)&Answer);
    Answer.Fixed.SerialNumberOffset = (ULONG)((PUCHAR)Answer.Serial - (PUCHAR)&Answer);
    RtlCopyMemory(Answer.Vendor, Unit->Config.Ata ? AtaVendor : Vendor, sizeof(Vendor));
    RtlCopyMemory(Answer.Product, Product, sizeof(Product));
    RtlCopyMemory(Answer.Revision, Revision, sizeof(Revision));
    for (ULONG i = 0; i < TargetNameChars - 1; i++)
        Answer.Serial[i] = (CHAR)Unit->Config.Name[i];
    return AnswerDescriptor(Irp, &Answer, sizeof(Answer));
}

static NTSTATUS AdapterDescriptor(PUNIT Unit, PIRP Irp)
{
    STORAGE_ADAPTER_DESCRIPTOR Answer = {
        .Version = sizeof(Answer),
        .Size = sizeof(Answer),
        .MaximumTransferLength = Unit->Config.MaximumTransfer,
        .MaximumPhysicalPages = Unit->Config.MaximumPages,
        .AlignmentMask = Unit->Config.AlignmentMask,
        .CommandQueueing = TRUE,
        .BusType = BusTypeSas,
        .SrbType =
            Unit->Config.Extended ? SRB_TYPE_STORAGE_REQUEST_BLOCK : SRB_TYPE_SCSI_REQUEST_BLOCK,
    };
    return AnswerDescriptor(Irp, &Answer, sizeof(Answer));
}

NTSTATUS UnitControl(PUNIT Unit, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    if (Stack->Parameters.DeviceIoControl.IoControlCode != IOCTL_STORAGE_QUERY_PROPERTY)
        return Complete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    switch (((PSTORAGE_PROPERTY_QUERY)Irp->AssociatedIrp.SystemBuffer)->PropertyId) {
    case StorageDeviceProperty:
        return DeviceDescriptor(Unit, Irp);
    case StorageAdapterProperty:
        return AdapterDescriptor(Unit, Irp);
    default:
        return Complete(Irp, STATUS_NOT_SUPPORTED, 0);
    }
}
