// What a driver host is asked that is no I/O request: to load and unload drivers, to add devices.
#include "hostp.h"

#include "hosteddrivers.h"

enum { IOP_ANSWER_SECONDS = 60 }; // that DriverEntry, Unload and AddDevice may take

typedef struct _IOP_HOST_DRIVER {
    LIST_ENTRY Link; // in Host's DriverListHead
    PIO_HOST Host;   // referenced
    PDRIVER_OBJECT Driver;
} IOP_HOST_DRIVER, *PIOP_HOST_DRIVER;

PIO_HOST IopDriverHost(PDRIVER_OBJECT Driver)
{
    PIOP_HOST_DRIVER Extension = Driver->Extension;
    return Extension ? Extension->Host : nullptr;
}

VOID IoEnumerateHostedDrivers(IO_DRIVER_ROUTINE *Routine, PVOID Context)
{
    for (PLIST_ENTRY Link = IopHostListHead.Flink; Link != &IopHostListHead; Link = Link->Flink) {
        PIO_HOST Host = CONTAINING_RECORD(Link, IO_HOST, Link);
        if (!Host->Process || Host->Ended)
            continue;
        for (PLIST_ENTRY Next = Host->DriverListHead.Flink; Next != &Host->DriverListHead;
             Next = Next->Flink)
            Routine(Host->Process, CONTAINING_RECORD(Next, IOP_HOST_DRIVER, Link)->Driver, Context);
    }
}

// The entry's message is complete but for its id.
static NTSTATUS IopAskHost(PIO_HOST Host, PIOP_HOST_ENTRY Entry)
{
    IOP_CONTROL Control = {};
    KeInitializeEvent(&Control.Done, NotificationEvent, FALSE);
    Entry->Control = &Control;
    Entry->Message.RequestId = Entry->Id;
    IopReferenceHost(Host);
    IopGiveEntry(Host, Entry);
    LARGE_INTEGER Timeout = {.QuadPart = -10'000'000ll * IOP_ANSWER_SECONDS};
    NTSTATUS Status = KeWaitForSingleObject(&Control.Done, Executive, KernelMode, FALSE, &Timeout);
    if (Status == STATUS_TIMEOUT) {
        IopEndHost(Host, "it does not answer");
        (VOID) KeWaitForSingleObject(&Control.Done, Executive, KernelMode, FALSE, nullptr);
    }
    IopDereferenceHost(Host);
    return Control.Status;
}

static NTSTATUS IopAskWithNumbers(PIO_HOST Host, HOST_REQUEST_KIND Kind, ULONG Device,
                                  ULONG64 Parameter)
{
    if (Host->Ended)
        return STATUS_DEVICE_DOES_NOT_EXIST;
    PIOP_HOST_ENTRY Entry = IopAllocateHostEntry(Host);
    if (!Entry)
        return STATUS_INSUFFICIENT_RESOURCES;
    Entry->Message =
        (HOST_REQUEST){.Kind = (UCHAR)Kind, .Device = Device, .Parameters = {Parameter}};
    return IopAskHost(Host, Entry);
}

// ---- Drivers

static VOID IopDeleteHostDriver(PDRIVER_OBJECT Driver)
{
    PIOP_HOST_DRIVER Extension = Driver->Extension;
    RemoveEntryList(&Extension->Link);
    IopDereferenceHost(Extension->Host);
    ExFreePool(Extension);
}

static NTSTATUS IopMakeHostDriver(PIO_HOST Host, PCUNICODE_STRING Name, PDRIVER_OBJECT *Driver)
{
    PIOP_HOST_DRIVER Extension = ExAllocatePoolZero(PagedPool, sizeof(*Extension), 'rDoI');
    if (!Extension)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = IopCreateDriverObject(Name, Extension, Driver);
    if (!NT_SUCCESS(Status)) {
        ExFreePool(Extension);
        return Status;
    }
    IopReferenceHost(Host);
    Extension->Host = Host;
    Extension->Driver = *Driver;
    InsertTailList(&Host->DriverListHead, &Extension->Link);
    (*Driver)->Delete = IopDeleteHostDriver;
    return STATUS_SUCCESS;
}

static PUCHAR IopAppendName(PUCHAR Base, PUCHAR Place, PCUNICODE_STRING Name, PULONG Offset,
                            PULONG Length)
{
    *Offset = (ULONG)(Place - Base);
    *Length = Name->Length;
    memcpy(Place, Name->Buffer, Name->Length);
    return Place + Name->Length;
}

static NTSTATUS IopAskToLoad(PIO_HOST Host, PDRIVER_OBJECT Driver, PCUNICODE_STRING ServiceKey,
                             PCUNICODE_STRING ImagePath, PCUNICODE_STRING DriverName)
{
    PIOP_HOST_ENTRY Entry = IopAllocateHostEntry(Host);
    if (!Entry)
        return STATUS_INSUFFICIENT_RESOURCES;
    ULONG Size = (ULONG)sizeof(HOST_DRIVER_NAMES) + ServiceKey->Length + ImagePath->Length +
                 DriverName->Length;
    NTSTATUS Status = IopAllocateShared(Host, Size, &Entry->System);
    if (!NT_SUCCESS(Status)) {
        IopReleaseHostEntry(Host, Entry);
        return Status;
    }
    PHOST_DRIVER_NAMES Names = (PHOST_DRIVER_NAMES)Entry->System.Address;
    PUCHAR Base = (PUCHAR)Names, Place = (PUCHAR)(Names + 1);
    Place = IopAppendName(Base, Place, ServiceKey, &Names->ServiceOffset, &Names->ServiceLength);
    Place = IopAppendName(Base, Place, ImagePath, &Names->ImageOffset, &Names->ImageLength);
    (VOID) IopAppendName(Base, Place, DriverName, &Names->DriverOffset, &Names->DriverLength);
    Entry->Message = (HOST_REQUEST){
        .Kind = HostRequestLoadDriver,
        .Device = Driver->Number,
        .Buffering = HostBufferSystem,
        .SystemBuffer = Entry->System.HostAddress,
        .InputLength = Size,
    };
    return IopAskHost(Host, Entry);
}

NTSTATUS IopLoadDriverInHost(PIO_HOST Host, PCUNICODE_STRING ServiceKey, PCUNICODE_STRING ImagePath,
                             PCUNICODE_STRING DriverName, PDRIVER_OBJECT *Driver)
{
    if (Host->Ended)
        return STATUS_DEVICE_DOES_NOT_EXIST;
    PDRIVER_OBJECT New;
    NTSTATUS Status = IopMakeHostDriver(Host, DriverName, &New);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopAskToLoad(Host, New, ServiceKey, ImagePath, DriverName);
    if (!NT_SUCCESS(Status)) {
        IopDeleteDriverObject(New);
        return Status;
    }
    *Driver = New;
    return STATUS_SUCCESS;
}

NTSTATUS IopUnloadDriver(PDRIVER_OBJECT Driver)
{
    PIO_HOST Host = IopDriverHost(Driver);
    NTSTATUS Status = IopAskWithNumbers(Host, HostRequestUnloadDriver, Driver->Number, 0);
    if (!NT_SUCCESS(Status) && Status != STATUS_DEVICE_DOES_NOT_EXIST)
        return Status;
    IopReferenceHost(Host);
    IopDeleteDriverObject(Driver);
    if (IsListEmpty(&Host->DriverListHead) && !Host->Ended)
        PsTerminateProcess(Host->Process, STATUS_SUCCESS);
    IopDereferenceHost(Host);
    return STATUS_SUCCESS;
}

NTSTATUS IopAddDevice(PDRIVER_OBJECT Driver, PDEVICE_OBJECT PhysicalDevice)
{
    return IopAskWithNumbers(IopDriverHost(Driver), HostRequestAddDevice, PhysicalDevice->Number,
                             Driver->Number);
}

// The host has the notification when this returns; its driver may not have been called yet.
NTSTATUS IopNotifyHost(PIO_HOST Host, ULONG Registration, const HOST_NOTIFICATION *Notification,
                       PCWSTR Name)
{
    if (Host->Ended)
        return STATUS_DEVICE_DOES_NOT_EXIST;
    PIOP_HOST_ENTRY Entry = IopAllocateHostEntry(Host);
    if (!Entry)
        return STATUS_INSUFFICIENT_RESOURCES;
    ULONG Size = (ULONG)sizeof(*Notification) + Notification->NameLength;
    NTSTATUS Status = IopAllocateShared(Host, Size, &Entry->System);
    if (!NT_SUCCESS(Status)) {
        IopReleaseHostEntry(Host, Entry);
        return Status;
    }
    memcpy(Entry->System.Address, Notification, sizeof(*Notification));
    memcpy(Entry->System.Address + sizeof(*Notification), Name, Notification->NameLength);
    Entry->Message = (HOST_REQUEST){
        .Kind = HostRequestNotify,
        .Buffering = HostBufferSystem,
        .SystemBuffer = Entry->System.HostAddress,
        .InputLength = Size,
        .Parameters = {Registration},
    };
    return IopAskHost(Host, Entry);
}

// Its devices answer nothing any more. One in no stack gives up its name too, for the driver that takes its
// place; stacks are taken down by PnP.
static VOID IopFailDevice(PDEVICE_OBJECT Device)
{
    Device->Failed = TRUE;
    IopForgetVolume(Device);
    if (!Device->AttachedTo && !Device->AttachedDevice)
        IopDeleteDeviceObject(Device);
}

VOID IopHoldVolumes(PIO_HOST Host)
{
    for (PLIST_ENTRY Link = Host->DriverListHead.Flink; Link != &Host->DriverListHead;
         Link = Link->Flink) {
        PDRIVER_OBJECT Driver = CONTAINING_RECORD(Link, IOP_HOST_DRIVER, Link)->Driver;
        for (PLIST_ENTRY Next = Driver->DeviceListHead.Flink; Next != &Driver->DeviceListHead;
             Next = Next->Flink) {
            PDEVICE_OBJECT Device = CONTAINING_RECORD(Next, DEVICE_OBJECT, DriverLink);
            (VOID) IopReleaseKept(Device, FALSE);
            IopDiskGoes(Device);
            IopFileSystemGoes(Device);
        }
    }
}

VOID IopFailHostDevices(PIO_HOST Host)
{
    PLIST_ENTRY Link = Host->DriverListHead.Flink;
    while (Link != &Host->DriverListHead) {
        PDRIVER_OBJECT Driver = CONTAINING_RECORD(Link, IOP_HOST_DRIVER, Link)->Driver;
        Link = Link->Flink;
        ObReferenceObject(Driver); // its last device may be all that keeps it
        PLIST_ENTRY Next = Driver->DeviceListHead.Flink;
        while (Next != &Driver->DeviceListHead) {
            PDEVICE_OBJECT Device = CONTAINING_RECORD(Next, DEVICE_OBJECT, DriverLink);
            Next = Next->Flink; // the device may go
            IopFailDevice(Device);
        }
        ObDereferenceObject(Driver);
    }
}

static VOID IopRemoveDriverDevices(PDRIVER_OBJECT Driver)
{
    PLIST_ENTRY Link = Driver->DeviceListHead.Flink;
    while (Link != &Driver->DeviceListHead) {
        PDEVICE_OBJECT Device = CONTAINING_RECORD(Link, DEVICE_OBJECT, DriverLink);
        Link = Link->Flink;
        // A physical device stays below its stack, which is removed through it.
        if (Device->AttachedTo) {
            if (Device->AttachedDevice)
                IopDetachDevice(Device->AttachedDevice);
            IopDetachDevice(Device);
        }
        IopDeleteDeviceObject(Device);
    }
}

VOID IopRemoveHostDevices(PIO_HOST Host)
{
    for (PLIST_ENTRY Link = Host->DriverListHead.Flink; Link != &Host->DriverListHead;
         Link = Link->Flink)
        IopRemoveDriverDevices(CONTAINING_RECORD(Link, IOP_HOST_DRIVER, Link)->Driver);
}
