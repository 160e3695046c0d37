// A disk comes and goes.
#include "rambusp.h"

enum { NameChars = 64 };

static PUNICODE_STRING RamName(PUNICODE_STRING Name, PWSTR Buffer, PCWSTR Format, ULONG Number)
{
    _snwprintf(Buffer, NameChars, Format, Number, Number);
    RtlInitUnicodeString(Name, Buffer);
    return Name;
}

// \Device\HarddiskN, as the disk class driver makes it; one that is there from before will do.
static VOID RamMakeDirectory(ULONG Number)
{
    WCHAR Buffer[NameChars];
    UNICODE_STRING Name;
    OBJECT_ATTRIBUTES Attributes;
    HANDLE Directory;
    InitializeObjectAttributes(
        &Attributes, RamName(&Name, Buffer, L"\\Device\\Harddisk%lu", Number),
        OBJ_CASE_INSENSITIVE | OBJ_PERMANENT | OBJ_KERNEL_HANDLE, nullptr, nullptr);
    if (NT_SUCCESS(ZwCreateDirectoryObject(&Directory, DIRECTORY_ALL_ACCESS, &Attributes)))
        ZwClose(Directory);
}

static VOID RamLink(ULONG Number, BOOLEAN Make)
{
    WCHAR Buffer[NameChars], Target[NameChars];
    UNICODE_STRING Name, Device;
    RamName(&Name, Buffer, L"\\DosDevices\\PhysicalDrive%lu", Number);
    RamName(&Device, Target, L"\\Device\\Harddisk%lu\\DR%lu", Number);
    if (Make)
        (VOID) IoCreateSymbolicLink(&Name, &Device);
    else
        (VOID) IoDeleteSymbolicLink(&Name);
}

static NTSTATUS RamCreateDevice(PDEVICE_OBJECT *Self, PULONG Number, BOOLEAN Removable)
{
    NTSTATUS Status = STATUS_OBJECT_NAME_COLLISION;
    for (*Number = 0; *Number < 32; ++*Number) {
        WCHAR Buffer[NameChars];
        UNICODE_STRING Name;
        RamMakeDirectory(*Number);
        RamName(&Name, Buffer, L"\\Device\\Harddisk%lu\\DR%lu", *Number);
        Status =
            IoCreateDevice(RamBus->Self->DriverObject, sizeof(RAM_EXTENSION), &Name,
                           FILE_DEVICE_DISK, Removable ? FILE_REMOVABLE_MEDIA : 0, FALSE, Self);
        if (Status != STATUS_OBJECT_NAME_COLLISION)
            break;
    }
    return Status;
}

NTSTATUS RamAddDisk(ULONG Slot, PRAM_MEDIUM Medium)
{
    PDEVICE_OBJECT Self;
    ULONG Number;
    NTSTATUS Status = RamCreateDevice(&Self, &Number, Medium->Removable);
    if (!NT_SUCCESS(Status))
        return Status;
    PRAM_DISK Disk = &((PRAM_EXTENSION)Self->DeviceExtension)->Disk;
    *Disk =
        (RAM_DISK){.Self = Self, .Slot = Slot, .Medium = Medium, .Present = TRUE, .Number = Number};
    InitializeListHead(&Disk->Held);
    Medium->Disk = Disk;
    InsertTailList(&RamBus->Disks, &Disk->Link);
    RamLink(Number, TRUE);
    Self->Flags |= DO_DIRECT_IO;
    Self->Flags &= ~DO_DEVICE_INITIALIZING;
    IoInvalidateDeviceRelations(RamBus->Physical, BusRelations);
    return STATUS_SUCCESS;
}

static NTSTATUS RamAnswerText(PIRP Irp, PCWSTR Format, ULONG Number)
{
    enum { Chars = 64 };
    PWSTR Text = ExAllocatePoolWithTag(PagedPool, Chars * sizeof(WCHAR), RamTag);
    if (!Text)
        return RamComplete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    RtlZeroMemory(Text, Chars * sizeof(WCHAR));
    _snwprintf(Text, Chars - 2, Format, Number);
    return RamComplete(Irp, STATUS_SUCCESS, (ULONG_PTR)Text);
}

static NTSTATUS RamQueryId(PRAM_DISK Disk, PIRP Irp, BUS_QUERY_ID_TYPE Type)
{
    switch (Type) {
    case BusQueryDeviceID:
    case BusQueryHardwareIDs:
        return RamAnswerText(Irp, L"RAMBUS\\Disk", 0);
    case BusQueryInstanceID:
        return RamAnswerText(Irp, L"%lu", Disk->Slot);
    default:
        return RamComplete(Irp, Irp->IoStatus.Status, 0);
    }
}

static NTSTATUS RamQueryCapabilities(PIRP Irp)
{
    PDEVICE_CAPABILITIES Capabilities =
        IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceCapabilities.Capabilities;
    Capabilities->UniqueID = TRUE;
    Capabilities->RawDeviceOK = TRUE;
    Capabilities->Removable = TRUE;
    Capabilities->SurpriseRemovalOK = TRUE;
    return RamComplete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS RamRemove(PRAM_DISK Disk, PIRP Irp)
{
    BOOLEAN Gone = !Disk->Present;
    RamRelease(Disk, STATUS_NO_SUCH_DEVICE);
    NTSTATUS Status = RamComplete(Irp, STATUS_SUCCESS, 0);
    if (Gone) {
        RamLink(Disk->Number, FALSE);
        RemoveEntryList(&Disk->Link);
        IoDeleteDevice(Disk->Self);
    }
    return Status;
}

NTSTATUS RamDiskPnp(PRAM_DISK Disk, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    switch (Stack->MinorFunction) {
    case IRP_MN_QUERY_ID:
        return RamQueryId(Disk, Irp, Stack->Parameters.QueryId.IdType);
    case IRP_MN_QUERY_DEVICE_TEXT:
        return RamAnswerText(Irp, L"Disk in memory", 0);
    case IRP_MN_QUERY_CAPABILITIES:
        return RamQueryCapabilities(Irp);
    case IRP_MN_REMOVE_DEVICE:
        return RamRemove(Disk, Irp);
    case IRP_MN_START_DEVICE:
    case IRP_MN_QUERY_REMOVE_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
    case IRP_MN_SURPRISE_REMOVAL:
        return RamComplete(Irp, STATUS_SUCCESS, 0);
    default:
        return RamComplete(Irp, Irp->IoStatus.Status, Irp->IoStatus.Information);
    }
}
