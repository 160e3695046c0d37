// Driver objects: loading, DriverEntry, AddDevice, unloading.

#include "../ntos.h"

static VOID IopDeleteDriverObject(PVOID Object)
{
    PIOP_DRIVER Driver = Object;
    IopFreeClientExtensions(Driver);
    if (Driver->Image)
        LdrhUnloadImage(Driver->Image);
    if (Driver->Object.DriverName.Buffer)
        ExFreePoolWithTag(Driver->Object.DriverName.Buffer, 'vrDI');
}

OBJECT_TYPE IopDriverType = {.Name = "Driver", .Delete = IopDeleteDriverObject};

static RTL_SRWLOCK IopDriverLock;
static LIST_ENTRY IopDrivers = {&IopDrivers, &IopDrivers};

static const UNICODE_STRING IopHardwareDatabase =
    RTL_CONSTANT_STRING(L"\\Registry\\Machine\\Hardware\\Description\\System");

PIOP_DRIVER IopFindDriver(ULONG Number)
{
    PIOP_DRIVER Found = nullptr;
    RtlAcquireSRWLockExclusive(&IopDriverLock);
    for (PLIST_ENTRY Link = IopDrivers.Flink; Link != &IopDrivers && !Found; Link = Link->Flink) {
        PIOP_DRIVER Driver = CONTAINING_RECORD(Link, IOP_DRIVER, Link);
        if (Driver->Number == Number)
            Found = Driver;
    }
    RtlReleaseSRWLockExclusive(&IopDriverLock);
    return Found;
}

static VOID IopRememberDriver(PIOP_DRIVER Driver, ULONG Number)
{
    RtlAcquireSRWLockExclusive(&IopDriverLock);
    Driver->Number = Number;
    InsertTailList(&IopDrivers, &Driver->Link);
    RtlReleaseSRWLockExclusive(&IopDriverLock);
}

static VOID IopForgetDriver(PIOP_DRIVER Driver)
{
    RtlAcquireSRWLockExclusive(&IopDriverLock);
    RemoveEntryList(&Driver->Link);
    RtlReleaseSRWLockExclusive(&IopDriverLock);
    ObfDereferenceObject(Driver);
}

// What a major function without a routine answers.
static NTSTATUS NTAPI IopInvalidDeviceRequest(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    Irp->IoStatus.Status = STATUS_INVALID_DEVICE_REQUEST;
    Irp->IoStatus.Information = 0;
    IofCompleteRequest(Irp, IO_NO_INCREMENT);
    return STATUS_INVALID_DEVICE_REQUEST;
}

// ---- Names. All three strings share one block, which DriverName begins.

static UNICODE_STRING IopName(const HOST_DRIVER_NAMES *Names, ULONG Offset, ULONG Length)
{
    return (UNICODE_STRING){(USHORT)Length, (USHORT)Length, (PWSTR)((PUCHAR)Names + Offset)};
}

static UNICODE_STRING IopCopyName(PCUNICODE_STRING Name, PWSTR *Next)
{
    UNICODE_STRING Copy = {Name->Length, Name->Length + (USHORT)sizeof(WCHAR), *Next};
    RtlCopyMemory(Copy.Buffer, Name->Buffer, Name->Length);
    Copy.Buffer[Name->Length / sizeof(WCHAR)] = 0;
    *Next += Name->Length / sizeof(WCHAR) + 1;
    return Copy;
}

static UNICODE_STRING IopLastPart(PCUNICODE_STRING Path)
{
    ULONG Start = Path->Length / sizeof(WCHAR);
    while (Start && Path->Buffer[Start - 1] != L'\\')
        Start--;
    USHORT Length = Path->Length - (USHORT)(Start * sizeof(WCHAR));
    return (UNICODE_STRING){Length, Length, Path->Buffer + Start};
}

static NTSTATUS IopSetNames(PIOP_DRIVER Driver, PCUNICODE_STRING Name, PCUNICODE_STRING Service)
{
    SIZE_T Size = Name->Length + Service->Length + 2 * sizeof(WCHAR);
    PWSTR Next = ExAllocatePoolWithTag(NonPagedPoolNx, Size, 'vrDI');
    if (!Next)
        return STATUS_INSUFFICIENT_RESOURCES;
    Driver->Object.DriverName = IopCopyName(Name, &Next);
    Driver->RegistryPath = IopCopyName(Service, &Next);
    Driver->Extension.ServiceKeyName = IopLastPart(&Driver->RegistryPath);
    return STATUS_SUCCESS;
}

static NTSTATUS IopMakeDriver(PCUNICODE_STRING Name, PCUNICODE_STRING Service, PIOP_DRIVER *Result)
{
    PIOP_DRIVER Driver = ObpAllocateObject(&IopDriverType, sizeof(*Driver));
    if (!Driver)
        return STATUS_INSUFFICIENT_RESOURCES;
    Driver->Object.Type = IO_TYPE_DRIVER;
    Driver->Object.Size = sizeof(DRIVER_OBJECT);
    Driver->Object.DriverExtension = &Driver->Extension;
    Driver->Object.HardwareDatabase = (PUNICODE_STRING)&IopHardwareDatabase;
    Driver->Extension.DriverObject = &Driver->Object;
    InitializeListHead(&Driver->ClientExtensions);
    for (ULONG i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; i++)
        Driver->Object.MajorFunction[i] = IopInvalidDeviceRequest;
    NTSTATUS Status = IopSetNames(Driver, Name, Service);
    if (!NT_SUCCESS(Status)) {
        ObfDereferenceObject(Driver);
        return Status;
    }
    *Result = Driver;
    return STATUS_SUCCESS;
}

// ---- Loading

// Devices that DriverEntry made may be opened now, unless their driver still has to say so.
static VOID IopPublishDevices(PIOP_DRIVER Driver)
{
    for (PDEVICE_OBJECT Device = Driver->Object.DeviceObject; Device; Device = Device->NextDevice) {
        Device->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
        IopPublishDevice(Device);
    }
}

static NTSTATUS IopCallDriverEntry(PIOP_DRIVER Driver)
{
    Driver->Object.DriverStart = Driver->Image->Base;
    Driver->Object.DriverSize = Driver->Image->Size;
    Driver->Object.DriverSection = Driver->Image;
    Driver->Object.DriverInit = Driver->Image->Entry;
    NTSTATUS Status = Driver->Image->Entry(&Driver->Object, &Driver->RegistryPath);
    if (!NT_SUCCESS(Status)) {
        DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_ERROR_LEVEL,
                   "driver host %lu: %wZ: DriverEntry gave %08lx\n", KiConnection.HostId,
                   &Driver->Object.DriverName, Status);
        return Status;
    }
    IopPublishDevices(Driver);
    IopRunDriverReinitialization(Driver);
    return STATUS_SUCCESS;
}

static NTSTATUS IopLoadByNames(const HOST_DRIVER_NAMES *Names, ULONG Number)
{
    UNICODE_STRING Service = IopName(Names, Names->ServiceOffset, Names->ServiceLength);
    UNICODE_STRING ImagePath = IopName(Names, Names->ImageOffset, Names->ImageLength);
    UNICODE_STRING Name = IopName(Names, Names->DriverOffset, Names->DriverLength);
    PIOP_DRIVER Driver;
    NTSTATUS Status = IopMakeDriver(&Name, &Service, &Driver);
    if (!NT_SUCCESS(Status))
        return Status;
    IopRememberDriver(Driver, Number);
    Status = LdrhLoadImage(&ImagePath, FALSE, &Driver->Image);
    if (Status == STATUS_DLL_NOT_FOUND) // for a driver that is a file which is not there
        Status = STATUS_OBJECT_NAME_NOT_FOUND;
    if (NT_SUCCESS(Status))
        Status = IopCallDriverEntry(Driver);
    if (!NT_SUCCESS(Status))
        IopForgetDriver(Driver);
    return Status;
}

VOID IopLoadDriver(const HOST_REQUEST *Request)
{
    NTSTATUS Status =
        IopLoadByNames((const HOST_DRIVER_NAMES *)Request->SystemBuffer, Request->Device);
    IopReply(Request->RequestId, Status, 0);
}

VOID IopUnloadDriver(const HOST_REQUEST *Request)
{
    PIOP_DRIVER Driver = IopFindDriver(Request->Device);
    NTSTATUS Status = STATUS_INVALID_PARAMETER;
    if (Driver && !Driver->Object.DriverUnload) {
        Status = STATUS_INVALID_DEVICE_REQUEST;
    } else if (Driver) {
        Driver->Object.DriverUnload(&Driver->Object);
        IopForgetDriver(Driver);
        Status = STATUS_SUCCESS;
    }
    IopReply(Request->RequestId, Status, 0);
}

VOID IopAddDevice(const HOST_REQUEST *Request)
{
    PIOP_DRIVER Driver = IopFindDriver((ULONG)Request->Parameters[0]);
    PDEVICE_OBJECT Physical = IopReferenceAnyDevice(Request->Device);
    NTSTATUS Status = STATUS_INVALID_PARAMETER;
    if (Driver && Physical && Driver->Extension.AddDevice)
        Status = Driver->Extension.AddDevice(&Driver->Object, Physical);
    if (Driver && NT_SUCCESS(Status))
        IopPublishDevices(Driver);
    if (Physical)
        ObfDereferenceObject(Physical);
    IopReply(Request->RequestId, Status, 0);
}
