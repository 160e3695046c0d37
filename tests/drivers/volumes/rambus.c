// The bus, and what the program asks of it.
#include "rambusp.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_ADD_DEVICE RamAddDevice;
static DRIVER_DISPATCH RamPnp, RamOpenClose, RamControl, RamReadWrite, RamOther, RamPower;
static DRIVER_UNLOAD RamUnload;

PRAM_BUS RamBus;

// ---- Requests of the program

static NTSTATUS RamMake(PRAM_MEDIUM Medium, const RAM_REQUEST *Request)
{
    ULONGLONG Size = Request->Sectors * Request->SectorSize;
    if (Medium->Disk || Size > RAM_MOST_BYTES)
        return STATUS_INVALID_PARAMETER;
    if (Medium->Bytes)
        ExFreePoolWithTag(Medium->Bytes, RamTag);
    *Medium = (RAM_MEDIUM){.SectorSize = Request->SectorSize,
                           .Sectors = Request->Sectors,
                           .Removable = Request->Removable != 0,
                           .PowerLeft = MAXULONGLONG};
    Medium->Bytes = ExAllocatePoolWithTag(NonPagedPoolNx, max(Size, 1), RamTag);
    if (!Medium->Bytes)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(Medium->Bytes, Size);
    return STATUS_SUCCESS;
}

static PRAM_DISK RamFindDisk(ULONG Slot)
{
    for (PLIST_ENTRY Link = RamBus->Disks.Flink; Link != &RamBus->Disks; Link = Link->Flink) {
        PRAM_DISK Disk = CONTAINING_RECORD(Link, RAM_DISK, Link);
        if (Disk->Slot == Slot && Disk->Present)
            return Disk;
    }
    return nullptr;
}

static NTSTATUS RamPull(PRAM_DISK Disk)
{
    KIRQL Irql;
    if (!Disk)
        return STATUS_NO_SUCH_DEVICE;
    KeAcquireSpinLock(&RamBus->Lock, &Irql);
    Disk->Present = FALSE;
    Disk->Medium->Disk = nullptr;
    KeReleaseSpinLock(&RamBus->Lock, Irql);
    RamRelease(Disk, STATUS_NO_SUCH_DEVICE);
    IoInvalidateDeviceRelations(RamBus->Physical, BusRelations);
    return STATUS_SUCCESS;
}

static NTSTATUS RamSwap(PRAM_DISK Disk, ULONGLONG Medium)
{
    if (!Disk || Medium >= RAM_MEDIA || RamBus->Media[Medium].Disk)
        return STATUS_INVALID_PARAMETER;
    Disk->Medium->Disk = nullptr;
    Disk->Medium = &RamBus->Media[Medium];
    Disk->Medium->Disk = Disk;
    Disk->Changes++;
    IoInvalidateDeviceRelations(Disk->Self, BusRelations); // as the class driver does
    return STATUS_SUCCESS;
}

static NTSTATUS RamCopy(const RAM_MEDIUM *Medium, const RAM_REQUEST *Request, PVOID Data,
                        BOOLEAN Poke)
{
    ULONGLONG Size = Medium->Sectors * Medium->SectorSize;
    if (Request->Offset > Size || Request->Length > Size - Request->Offset)
        return STATUS_INVALID_PARAMETER;
    PUCHAR Place = Medium->Bytes + Request->Offset;
    RtlCopyMemory(Poke ? Place : Data, Poke ? Data : Place, Request->Length);
    return STATUS_SUCCESS;
}

// ---- Names of volumes

NTSTATUS NTAPI IoVolumeDeviceToGuid(PDEVICE_OBJECT VolumeDeviceObject, GUID *VolumeGuid);
NTSTATUS NTAPI IoVolumeDeviceToGuidPath(PDEVICE_OBJECT VolumeDeviceObject, PUNICODE_STRING Path);

static VOID RamTakeName(PWSTR To, ULONG Bytes, PUNICODE_STRING Name)
{
    RtlZeroMemory(To, Bytes);
    RtlCopyMemory(To, Name->Buffer, min(Name->Length, Bytes - sizeof(WCHAR)));
    ExFreePool(Name->Buffer);
}

static NTSTATUS RamAskNames(PDEVICE_OBJECT Volume, RAM_NAMES_OF *Names)
{
    UNICODE_STRING Name;
    NTSTATUS Status = IoVolumeDeviceToDosName(Volume, &Name);
    if (!NT_SUCCESS(Status))
        return Status;
    RamTakeName(Names->DosName, sizeof(Names->DosName), &Name);
    Status = IoVolumeDeviceToGuidPath(Volume, &Name);
    if (!NT_SUCCESS(Status))
        return Status;
    RamTakeName(Names->GuidPath, sizeof(Names->GuidPath), &Name);
    return IoVolumeDeviceToGuid(Volume, &Names->Guid);
}

static NTSTATUS RamNames(RAM_NAMES_OF *Names)
{
    UNICODE_STRING Name;
    PFILE_OBJECT File;
    PDEVICE_OBJECT Volume;
    Names->Device[RTL_NUMBER_OF(Names->Device) - 1] = 0;
    RtlInitUnicodeString(&Name, Names->Device);
    NTSTATUS Status = IoGetDeviceObjectPointer(&Name, FILE_READ_ATTRIBUTES, &File, &Volume);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = RamAskNames(Volume, Names);
    ObDereferenceObject(File);
    return Status;
}

// ---- Dispatch

static NTSTATUS RamAnswer(PIRP Irp, const RAM_REQUEST *Request, PVOID Buffer, ULONG Room)
{
    PRAM_MEDIUM Medium = &RamBus->Media[Request->Medium];
    PRAM_DISK Disk = RamFindDisk(Request->Medium);
    switch (IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.IoControlCode) {
    case RAM_MAKE:
        return RamComplete(Irp, RamMake(Medium, Request), 0);
    case RAM_ADD:
        return RamComplete(
            Irp, Medium->Disk ? STATUS_INVALID_PARAMETER : RamAddDisk(Request->Medium, Medium), 0);
    case RAM_PULL:
        return RamComplete(Irp, RamPull(Disk), 0);
    case RAM_PEEK:
        if (Room < Request->Length)
            return RamComplete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
        return RamComplete(Irp, RamCopy(Medium, Request, Buffer, FALSE), Request->Length);
    case RAM_POKE:
        return RamComplete(Irp, RamCopy(Medium, Request, (PUCHAR)Buffer + sizeof(*Request), TRUE),
                           0);
    case RAM_POWER:
        Medium->PowerLeft = Request->Offset;
        return RamComplete(Irp, STATUS_SUCCESS, 0);
    case RAM_COUNT:
        *(RAM_COUNTS *)Buffer = Medium->Counts;
        return RamComplete(Irp, STATUS_SUCCESS, sizeof(RAM_COUNTS));
    case RAM_HOLD:
        if (!Disk)
            return RamComplete(Irp, STATUS_NO_SUCH_DEVICE, 0);
        Disk->Holding = Request->Length != 0;
        if (!Disk->Holding)
            RamRelease(Disk, STATUS_SUCCESS);
        return RamComplete(Irp, STATUS_SUCCESS, 0);
    case RAM_FAULT:
        return RamComplete(Irp, STATUS_SUCCESS, *(volatile ULONG *)0x10);
    case RAM_SWAP:
        return RamComplete(Irp, RamSwap(Disk, Request->Offset), 0);
    default:
        return RamComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
}

static NTSTATUS RamBusControl(PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG Length = Stack->Parameters.DeviceIoControl.InputBufferLength;
    ULONG Room = Stack->Parameters.DeviceIoControl.OutputBufferLength;
    ULONG Code = Stack->Parameters.DeviceIoControl.IoControlCode;
    if (Code == RAM_NAMES && Length == sizeof(RAM_NAMES_OF) && Room == Length)
        return RamComplete(Irp, RamNames(Irp->AssociatedIrp.SystemBuffer), Length);
    if (Length < sizeof(RAM_REQUEST) || (Code == RAM_COUNT && Room < sizeof(RAM_COUNTS)))
        return RamComplete(Irp, STATUS_INFO_LENGTH_MISMATCH, 0);
    RAM_REQUEST Request = *(RAM_REQUEST *)Irp->AssociatedIrp.SystemBuffer;
    if (Request.Medium >= RAM_MEDIA ||
        (Code == RAM_POKE && Request.Length > Length - sizeof(Request)))
        return RamComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    return RamAnswer(Irp, &Request, Irp->AssociatedIrp.SystemBuffer, Room);
}

// ---- PnP

static PDEVICE_RELATIONS RamListDisks(VOID)
{
    enum { Most = 16 };
    PDEVICE_RELATIONS Relations = ExAllocatePoolWithTag(
        PagedPool, sizeof(*Relations) + Most * sizeof(PDEVICE_OBJECT), RamTag);
    if (!Relations)
        return nullptr;
    Relations->Count = 0;
    for (PLIST_ENTRY Link = RamBus->Disks.Flink; Link != &RamBus->Disks; Link = Link->Flink) {
        PRAM_DISK Disk = CONTAINING_RECORD(Link, RAM_DISK, Link);
        Disk->Reported = Disk->Present && Relations->Count < Most;
        if (!Disk->Reported)
            continue;
        ObReferenceObject(Disk->Self);
        Relations->Objects[Relations->Count++] = Disk->Self;
    }
    return Relations;
}

static NTSTATUS NTAPI RamPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PRAM_EXTENSION Extension = DeviceObject->DeviceExtension;
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    if (!Extension->IsBus)
        return RamDiskPnp(&Extension->Disk, Irp);
    switch (Stack->MinorFunction) {
    case IRP_MN_START_DEVICE:
        (VOID) IoForwardIrpSynchronously(RamBus->Lower, Irp);
        return RamComplete(Irp, Irp->IoStatus.Status, 0);
    case IRP_MN_QUERY_DEVICE_RELATIONS:
        if (Stack->Parameters.QueryDeviceRelations.Type == BusRelations) {
            Irp->IoStatus.Information = (ULONG_PTR)RamListDisks();
            Irp->IoStatus.Status = STATUS_SUCCESS;
        }
        break;
    case IRP_MN_QUERY_REMOVE_DEVICE:
        return RamComplete(Irp, STATUS_UNSUCCESSFUL, 0); // it stays
    default:
        break;
    }
    IoSkipCurrentIrpStackLocation(Irp);
    return IoCallDriver(RamBus->Lower, Irp);
}

static NTSTATUS NTAPI RamAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDevice)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\RamBus");
    PDEVICE_OBJECT Self;
    NTSTATUS Status = IoCreateDevice(DriverObject, sizeof(RAM_EXTENSION), &Name,
                                     FILE_DEVICE_UNKNOWN, 0, FALSE, &Self);
    if (!NT_SUCCESS(Status))
        return Status;
    PRAM_EXTENSION Extension = Self->DeviceExtension;
    Extension->IsBus = TRUE;
    RamBus = &Extension->Bus;
    RamBus->Self = Self;
    RamBus->Physical = PhysicalDevice;
    KeInitializeSpinLock(&RamBus->Lock);
    InitializeListHead(&RamBus->Disks);
    RamBus->Lower = IoAttachDeviceToDeviceStack(Self, PhysicalDevice);
    if (!RamBus->Lower) {
        IoDeleteDevice(Self);
        return STATUS_NO_SUCH_DEVICE;
    }
    Self->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

// ---- The driver

static NTSTATUS NTAPI RamOpenClose(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    return RamComplete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI RamControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PRAM_EXTENSION Extension = DeviceObject->DeviceExtension;
    return Extension->IsBus ? RamBusControl(Irp) : RamDiskControl(&Extension->Disk, Irp);
}

static NTSTATUS NTAPI RamReadWrite(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PRAM_EXTENSION Extension = DeviceObject->DeviceExtension;
    return Extension->IsBus ? RamComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0)
                            : RamTransfer(&Extension->Disk, Irp);
}

static NTSTATUS NTAPI RamPower(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PRAM_EXTENSION Extension = DeviceObject->DeviceExtension;
    PoStartNextPowerIrp(Irp);
    if (!Extension->IsBus)
        return RamComplete(Irp, STATUS_SUCCESS, 0);
    IoSkipCurrentIrpStackLocation(Irp);
    return PoCallDriver(Extension->Bus.Lower, Irp);
}

static NTSTATUS NTAPI RamOther(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PRAM_EXTENSION Extension = DeviceObject->DeviceExtension;
    if (!Extension->IsBus)
        return RamComplete(Irp, Irp->IoStatus.Status, Irp->IoStatus.Information);
    IoSkipCurrentIrpStackLocation(Irp);
    return IoCallDriver(Extension->Bus.Lower, Irp);
}

static VOID NTAPI RamUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverExtension->AddDevice = RamAddDevice;
    DriverObject->DriverUnload = RamUnload;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = RamOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = RamOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = RamOpenClose;
    DriverObject->MajorFunction[IRP_MJ_READ] = RamReadWrite;
    DriverObject->MajorFunction[IRP_MJ_WRITE] = RamReadWrite;
    DriverObject->MajorFunction[IRP_MJ_FLUSH_BUFFERS] = RamReadWrite;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = RamControl;
    DriverObject->MajorFunction[IRP_MJ_PNP] = RamPnp;
    DriverObject->MajorFunction[IRP_MJ_POWER] = RamPower;
    DriverObject->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = RamOther;
    return STATUS_SUCCESS;
}
