// Device objects. The Executive knows each by a number, under which requests come; the structure that
// drivers see is the host's.

#include "../ntos.h"

enum { TableBuckets = 64 };

static RTL_SRWLOCK IopDeviceLock;
static LIST_ENTRY IopDevices[TableBuckets];

static VOID IopDeleteDeviceObject(PVOID Object)
{
    PDEVICE_OBJECT Device = Object;
    if (IopExtension(Device)->Translated)
        ExFreePoolWithTag(IopExtension(Device)->Translated, 'seRI');
    IopDeleteVpb(Device);
    if (Device->DriverObject->DriverStart)
        ObfDereferenceObject(Device->DriverObject);
}

OBJECT_TYPE IopDeviceType = {.Name = "Device", .Delete = IopDeleteDeviceObject};

static PLIST_ENTRY IopBucket(ULONG Number)
{
    PLIST_ENTRY Bucket = &IopDevices[Number % TableBuckets];
    if (!Bucket->Flink)
        InitializeListHead(Bucket);
    return Bucket;
}

static PDEVICE_OBJECT IopFindDevice(ULONG Number)
{
    PLIST_ENTRY Bucket = IopBucket(Number);
    for (PLIST_ENTRY Link = Bucket->Flink; Link != Bucket; Link = Link->Flink) {
        PIOP_DEVICE_EXTENSION Extension = CONTAINING_RECORD(Link, IOP_DEVICE_EXTENSION, NumberLink);
        if (Extension->Number == Number)
            return Extension->DeviceObject;
    }
    return nullptr;
}

PDEVICE_OBJECT IopReferenceDevice(ULONG Number)
{
    KiLock(&IopDeviceLock);
    PDEVICE_OBJECT Device = IopFindDevice(Number);
    if (Device)
        ObfReferenceObject(Device);
    KiUnlock(&IopDeviceLock);
    return Device;
}

ULONG IopDeviceNumber(PDEVICE_OBJECT Device)
{
    return IopExtension(Device)->Number;
}

VOID IopRememberDevice(PDEVICE_OBJECT Device, ULONG Number)
{
    PIOP_DEVICE_EXTENSION Extension = IopExtension(Device);
    KiLock(&IopDeviceLock);
    Extension->Number = Number;
    InsertTailList(IopBucket(Number), &Extension->NumberLink);
    KiUnlock(&IopDeviceLock);
}

// The Executive has no more use for a device that was deleted: the table's reference goes.
VOID IopForgetDevice(PDEVICE_OBJECT Device)
{
    PIOP_DEVICE_EXTENSION Extension = IopExtension(Device);
    KiLock(&IopDeviceLock);
    BOOLEAN Known = Extension->Number != 0;
    if (Known)
        RemoveEntryList(&Extension->NumberLink);
    Extension->Number = 0;
    KiUnlock(&IopDeviceLock);
    if (Known)
        ObfDereferenceObject(Device);
}

// ---- Creation

static PDEVICE_OBJECT IopAllocateDevice(PDRIVER_OBJECT Driver, ULONG ExtensionSize,
                                        DEVICE_TYPE Type, ULONG Characteristics, BOOLEAN Exclusive)
{
    SIZE_T Base = ALIGN_UP_BY(sizeof(DEVICE_OBJECT) + ExtensionSize, 16);
    PDEVICE_OBJECT Device = ObpAllocateObject(&IopDeviceType, Base + sizeof(IOP_DEVICE_EXTENSION));
    if (!Device)
        return nullptr;
    PIOP_DEVICE_EXTENSION Extension = (PIOP_DEVICE_EXTENSION)((PUCHAR)Device + Base);
    Extension->Type = IO_TYPE_DEVICE_OBJECT_EXTENSION;
    Extension->DeviceObject = Device;
    Device->Type = IO_TYPE_DEVICE;
    Device->Size = (USHORT)(sizeof(DEVICE_OBJECT) + ExtensionSize);
    Device->DriverObject = Driver;
    if (Driver->DriverStart) // the proxy driver has no image, and is no object
        ObfReferenceObject(Driver);
    Device->Flags = DO_DEVICE_INITIALIZING | (Exclusive ? DO_EXCLUSIVE : 0);
    Device->Characteristics = Characteristics;
    Device->DeviceExtension = ExtensionSize ? Device + 1 : nullptr;
    Device->DeviceType = Type;
    Device->StackSize = 1;
    Device->DeviceObjectExtension = (PDEVOBJ_EXTENSION)Extension;
    Device->SectorSize = Type == FILE_DEVICE_CD_ROM ? 2048 : 512;
    if (!IopCreateVpb(Device)) {
        ObfDereferenceObject(Device);
        return nullptr;
    }
    KeInitializeDeviceQueue(&Device->DeviceQueue);
    KeInitializeEvent(&Device->DeviceLock, SynchronizationEvent, TRUE);
    return Device;
}

// For a device of another host. It is named by its number as others are, but nobody's to delete.
PDEVICE_OBJECT IopAllocateProxy(PDRIVER_OBJECT Driver, const HOST_DEVICE *Description)
{
    PDEVICE_OBJECT Device =
        IopAllocateDevice(Driver, 0, Description->DeviceType, Description->Characteristics, FALSE);
    if (!Device)
        return nullptr;
    Device->Flags = Description->Flags & ~(ULONG)DO_DEVICE_INITIALIZING;
    Device->AlignmentRequirement = Description->AlignmentRequirement;
    if (Description->SectorSize)
        Device->SectorSize = (USHORT)Description->SectorSize;
    return Device;
}

static NTSTATUS IopAnnounceDevice(PDEVICE_OBJECT Device, const IOP_NEW_DEVICE *New)
{
    HOST_DEVICE Description = {
        .Size = sizeof(Description),
        .DeviceType = Device->DeviceType,
        .Characteristics = Device->Characteristics,
        .Flags = Device->Flags,
        .Driver = CONTAINING_RECORD(Device->DriverObject, IOP_DRIVER, Object)->Number,
        .Exclusive = New->Exclusive,
        .NameBuffer = New->Name ? (ULONG64)New->Name->Buffer : 0,
        .NameLength = New->Name ? New->Name->Length : 0,
        .Security = (ULONG64)New->Security,
        .SecurityLength = New->Security ? New->SecurityLength : 0,
        .AlignmentRequirement = Device->AlignmentRequirement,
        .SectorSize = Device->SectorSize,
        .StackSize = (ULONG)Device->StackSize,
    };
    ULONG Number;
    NTSTATUS Status = NtHostCreateDevice(&Description, &Number);
    if (NT_SUCCESS(Status))
        IopRememberDevice(Device, Number);
    return Status;
}

static VOID IopLinkDevice(PDEVICE_OBJECT Device)
{
    PDRIVER_OBJECT Driver = Device->DriverObject;
    KiLock(&IopDeviceLock);
    Device->NextDevice = Driver->DeviceObject;
    Driver->DeviceObject = Device;
    KiUnlock(&IopDeviceLock);
}

static VOID IopUnlinkDevice(PDEVICE_OBJECT Device)
{
    KiLock(&IopDeviceLock);
    PDEVICE_OBJECT *Link = &Device->DriverObject->DeviceObject;
    while (*Link && *Link != Device)
        Link = &(*Link)->NextDevice;
    if (*Link)
        *Link = Device->NextDevice;
    KiUnlock(&IopDeviceLock);
}

// ---- What a driver has put into the structure since it created the device, as the Executive must know it

static volatile LONG
    IopUnpublished; // devices that their driver had not finished when they were looked at last

static VOID IopSetUnpublished(PDEVICE_OBJECT Device, BOOLEAN Unpublished)
{
    PIOP_DEVICE_EXTENSION Extension = IopExtension(Device);
    if (__atomic_exchange_n(&Extension->Unpublished, Unpublished, __ATOMIC_SEQ_CST) != Unpublished)
        __atomic_add_fetch(&IopUnpublished, Unpublished ? 1 : -1, __ATOMIC_SEQ_CST);
}

static PDEVICE_OBJECT IopReferenceReady(void)
{
    PDEVICE_OBJECT Found = nullptr;
    KiLock(&IopDeviceLock);
    for (ULONG i = 0; i < TableBuckets && !Found; i++) {
        PLIST_ENTRY Bucket = IopBucket(i);
        for (PLIST_ENTRY Link = Bucket->Flink; Link != Bucket && !Found; Link = Link->Flink) {
            PIOP_DEVICE_EXTENSION Extension =
                CONTAINING_RECORD(Link, IOP_DEVICE_EXTENSION, NumberLink);
            if (Extension->Unpublished &&
                !(Extension->DeviceObject->Flags & DO_DEVICE_INITIALIZING))
                Found = Extension->DeviceObject;
        }
    }
    if (Found)
        ObfReferenceObject(Found);
    KiUnlock(&IopDeviceLock);
    return Found;
}

// A device that was made outside of DriverEntry and AddDevice can be opened when its driver has cleared the flag, which
// the host sees when the driver returns.
VOID IopPublishReady(void)
{
    PDEVICE_OBJECT Device;
    while (IopUnpublished && (Device = IopReferenceReady())) {
        IopPublishDevice(Device);
        ObfDereferenceObject(Device);
    }
}

VOID IopPublishDevice(PDEVICE_OBJECT Device)
{
    if (!(Device->Flags & DO_DEVICE_INITIALIZING))
        IopSetUnpublished(Device, FALSE);
    NtHostSetDeviceFlags(IopDeviceNumber(Device), Device->Flags, Device->Characteristics,
                         Device->AlignmentRequirement);
}

// ----

NTSTATUS IopCreateDevice(const IOP_NEW_DEVICE *New, PDEVICE_OBJECT *DeviceObject)
{
    *DeviceObject = nullptr;
    if (New->ExtensionSize > MAXUSHORT - sizeof(DEVICE_OBJECT))
        return STATUS_INSUFFICIENT_RESOURCES;
    PDEVICE_OBJECT Device = IopAllocateDevice(New->Driver, New->ExtensionSize, New->Type,
                                              New->Characteristics, New->Exclusive);
    if (!Device)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (New->Name && New->Name->Length)
        Device->Flags |= DO_DEVICE_HAS_NAME;
    NTSTATUS Status = IopAnnounceDevice(Device, New);
    if (!NT_SUCCESS(Status)) {
        ObfDereferenceObject(Device);
        return Status;
    }
    IopLinkDevice(Device);
    IopSetUnpublished(Device, TRUE);
    *DeviceObject = Device;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI IoCreateDevice(PDRIVER_OBJECT DriverObject, ULONG DeviceExtensionSize,
                              PUNICODE_STRING DeviceName, DEVICE_TYPE DeviceType,
                              ULONG DeviceCharacteristics, BOOLEAN Exclusive,
                              PDEVICE_OBJECT *DeviceObject)
{
    const IOP_NEW_DEVICE New = {
        .Driver = DriverObject,
        .ExtensionSize = DeviceExtensionSize,
        .Name = DeviceName,
        .Type = DeviceType,
        .Characteristics = DeviceCharacteristics,
        .Exclusive = Exclusive,
    };
    return IopCreateDevice(&New, DeviceObject);
}

// The structure stays until the Executive has no open file and no request for it.
VOID NTAPI IoDeleteDevice(PDEVICE_OBJECT DeviceObject)
{
    PIOP_DEVICE_EXTENSION Extension = IopExtension(DeviceObject);
    if (Extension->DeletePending)
        KeBugCheckEx(IopDriverMistake, 0, (ULONG_PTR)DeviceObject, 0, 0);
    Extension->DeletePending = TRUE;
    IopSetUnpublished(DeviceObject, FALSE);
    IopDeleteTimer(DeviceObject);
    PopForgetDevice(DeviceObject);
    IopUnlinkDevice(DeviceObject);
    NTSTATUS Status = NtHostDeleteDevice(Extension->Number);
    if (!NT_SUCCESS(Status))
        IopForgetDevice(DeviceObject);
}
