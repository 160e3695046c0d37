// What is mounted where. A device that file systems are mounted on has a VPB; the first open by name asks the
// registered file systems, and names below the device go to the volume of the one that knows what is on it.
#include "iop.h"

typedef struct _IOP_FILE_SYSTEM {
    LIST_ENTRY Link;
    PDEVICE_OBJECT Device; // its control device, referenced
} IOP_FILE_SYSTEM, *PIOP_FILE_SYSTEM;

enum { IOP_MAX_FILE_SYSTEMS = 32 };

static LIST_ENTRY IopFileSystems = {&IopFileSystems, &IopFileSystems};
static ULONG IopFileSystemCount;

// ---- File systems

// The kind of file system for a kind of device; 0: none is mounted on such.
static ULONG IopFileSystemType(ULONG DeviceType)
{
    switch (DeviceType) {
    case FILE_DEVICE_DISK:
    case FILE_DEVICE_VIRTUAL_DISK:
        return FILE_DEVICE_DISK_FILE_SYSTEM;
    case FILE_DEVICE_CD_ROM:
        return FILE_DEVICE_CD_ROM_FILE_SYSTEM;
    case FILE_DEVICE_TAPE:
        return FILE_DEVICE_TAPE_FILE_SYSTEM;
    default:
        return 0;
    }
}

// The last one is asked first, unless it says that it would rather be asked last.
NTSTATUS IopRegisterFileSystem(PDEVICE_OBJECT Device)
{
    if (IopFileSystemCount == IOP_MAX_FILE_SYSTEMS)
        return STATUS_INSUFFICIENT_RESOURCES;
    PIOP_FILE_SYSTEM New = ExAllocatePoolWithTag(PagedPool, sizeof(*New), 'sFoI');
    if (!New)
        return STATUS_INSUFFICIENT_RESOURCES;
    ObReferenceObject(Device);
    New->Device = Device;
    if (Device->Flags & DO_LOW_PRIORITY_FILESYSTEM)
        InsertTailList(&IopFileSystems, &New->Link);
    else
        InsertHeadList(&IopFileSystems, &New->Link);
    IopFileSystemCount++;
    IopTryReturns();
    return STATUS_SUCCESS;
}

VOID IopUnregisterFileSystem(PDEVICE_OBJECT Device)
{
    for (PLIST_ENTRY Link = IopFileSystems.Flink; Link != &IopFileSystems; Link = Link->Flink) {
        PIOP_FILE_SYSTEM FileSystem = CONTAINING_RECORD(Link, IOP_FILE_SYSTEM, Link);
        if (FileSystem->Device != Device)
            continue;
        RemoveEntryList(Link);
        IopFileSystemCount--;
        ExFreePool(FileSystem);
        ObDereferenceObject(Device);
        return;
    }
}

// Those of one kind, referenced: the list may change while they are asked.
static ULONG IopListFileSystems(ULONG Type, PDEVICE_OBJECT Devices[IOP_MAX_FILE_SYSTEMS])
{
    ULONG Count = 0;
    for (PLIST_ENTRY Link = IopFileSystems.Flink; Link != &IopFileSystems; Link = Link->Flink) {
        PDEVICE_OBJECT Device = CONTAINING_RECORD(Link, IOP_FILE_SYSTEM, Link)->Device;
        if (Device->DeviceType != Type || Device->Deleted || Device->Failed)
            continue;
        ObReferenceObject(Device);
        Devices[Count++] = Device;
    }
    return Count;
}

// ---- VPBs

NTSTATUS IopCreateVpb(PDEVICE_OBJECT Device)
{
    if (!IopFileSystemType(Device->DeviceType))
        return STATUS_SUCCESS;
    Device->Vpb = ExAllocatePoolZero(NonPagedPool, sizeof(*Device->Vpb), 'bpVI');
    if (!Device->Vpb)
        return STATUS_INSUFFICIENT_RESOURCES;
    KeInitializeEvent(&Device->Vpb->Settled, NotificationEvent, TRUE);
    return STATUS_SUCCESS;
}

VOID IopDismount(PDEVICE_OBJECT Device)
{
    PIOP_VPB Vpb = Device->Vpb;
    PDEVICE_OBJECT Volume = Vpb->Volume;
    Vpb->Flags &= ~(VPB_MOUNTED | VPB_LOCKED);
    Vpb->RawLocker = nullptr;
    Vpb->Volume = nullptr;
    if (!Volume)
        return;
    IopForgetNames(&Volume->Names);
    (VOID) IopReleaseKept(Volume, FALSE);
    Volume->MountedOn = nullptr;
    ObDereferenceObject(Volume);
}

VOID IopDeleteVpb(PDEVICE_OBJECT Device)
{
    if (!Device->Vpb)
        return;
    IopDismount(Device);
    ExFreePool(Device->Vpb);
    Device->Vpb = nullptr;
}

VOID IopForgetVolume(PDEVICE_OBJECT Device)
{
    IopUnregisterFileSystem(Device);
    IopVolumeEnds(Device);
    if (Device->MountedOn)
        IopDismount(Device->MountedOn);
}

static BOOLEAN IopIsMounted(const IOP_VPB *Vpb)
{
    return (Vpb->Flags & VPB_MOUNTED) && Vpb->Volume && !Vpb->Volume->Failed &&
           !Vpb->Volume->Deleted;
}

PDEVICE_OBJECT IopMountedVolume(PDEVICE_OBJECT Device)
{
    for (Device = IopBottomOfStack(Device); Device; Device = Device->AttachedDevice) {
        if (Device->Vpb && IopIsMounted(Device->Vpb))
            return Device->Vpb->Volume;
    }
    return nullptr;
}

// ---- Mounting

static NTSTATUS IopAskFileSystem(PDEVICE_OBJECT FileSystem, UCHAR MinorFunction,
                                 PDEVICE_OBJECT Device)
{
    IOP_CALL Call = {
        .MajorFunction = IRP_MJ_FILE_SYSTEM_CONTROL,
        .MinorFunction = MinorFunction,
        .StackFlags = SL_ALLOW_RAW_MOUNT,
        .Parameters = {Device->Number, IopTopOfStack(Device)->Number},
    };
    Device->Vpb->Candidate = IopTopOfStack(FileSystem)->Extension;
    return IopCallDevice(FileSystem, &Call, nullptr);
}

// The device or its user is at fault, and no other file system would fare better.
static BOOLEAN IopEndsMounting(NTSTATUS Status)
{
    static const NTSTATUS Ends[] = {
        STATUS_NO_MEDIA_IN_DEVICE,    STATUS_DEVICE_NOT_READY,       STATUS_WRONG_VOLUME,
        STATUS_UNRECOGNIZED_MEDIA,    STATUS_VERIFY_REQUIRED,        STATUS_MEDIA_WRITE_PROTECTED,
        STATUS_DEVICE_DOES_NOT_EXIST, STATUS_DEVICE_NOT_CONNECTED,   STATUS_NO_SUCH_DEVICE,
        STATUS_THREAD_IS_TERMINATING, STATUS_INSUFFICIENT_RESOURCES,
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Ends); i++) {
        if (Status == Ends[i])
            return TRUE;
    }
    return NT_SUCCESS(Status);
}

// STATUS_UNRECOGNIZED_VOLUME: nobody knows what is on it. STATUS_FS_DRIVER_REQUIRED: one who did has got his
// driver loaded, which is to be asked.
static NTSTATUS IopAskAll(PDEVICE_OBJECT Device)
{
    PDEVICE_OBJECT FileSystems[IOP_MAX_FILE_SYSTEMS];
    NTSTATUS Status = STATUS_UNRECOGNIZED_VOLUME, Answer;
    ULONG Count = IopListFileSystems(IopFileSystemType(Device->DeviceType), FileSystems);
    for (ULONG i = 0; i < Count; i++) {
        if (Status == STATUS_UNRECOGNIZED_VOLUME) {
            Answer = IopAskFileSystem(FileSystems[i], IRP_MN_MOUNT_VOLUME, Device);
            if (Answer == STATUS_FS_DRIVER_REQUIRED)
                (VOID) IopAskFileSystem(FileSystems[i], IRP_MN_LOAD_FILE_SYSTEM, Device);
            if (Answer == STATUS_FS_DRIVER_REQUIRED || IopEndsMounting(Answer))
                Status = Answer;
        }
        ObDereferenceObject(FileSystems[i]);
    }
    return Status;
}

static NTSTATUS IopMount(PDEVICE_OBJECT Device)
{
    PIOP_VPB Vpb = Device->Vpb;
    NTSTATUS Status = STATUS_FS_DRIVER_REQUIRED;
    ObReferenceObject(Device);
    Vpb->Mounting = TRUE;
    KeResetEvent(&Vpb->Settled);
    IopDismount(Device); // what is there is of a file system that is gone
    for (ULONG i = 0; i < IOP_MAX_FILE_SYSTEMS && Status == STATUS_FS_DRIVER_REQUIRED; i++)
        Status = IopAskAll(Device);
    Vpb->Mounting = FALSE;
    KeSetEvent(&Vpb->Settled);
    if (NT_SUCCESS(Status) && !IopIsMounted(Vpb))
        Status = STATUS_UNRECOGNIZED_VOLUME;
    ObDereferenceObject(Device);
    return Status;
}

static NTSTATUS IopAwaitMounting(PIOP_VPB Vpb)
{
    while (Vpb->Mounting) {
        NTSTATUS Status =
            KeWaitForSingleObject(&Vpb->Settled, UserRequest, UserMode, FALSE, nullptr);
        if (Status != STATUS_SUCCESS)
            return Status;
    }
    return STATUS_SUCCESS;
}

NTSTATUS IopMountExpected(PDEVICE_OBJECT Real, PDEVICE_OBJECT *Volume)
{
    NTSTATUS Status = IopAwaitMounting(Real->Vpb);
    if (Status == STATUS_SUCCESS && !IopIsMounted(Real->Vpb))
        Status = IopMount(Real);
    if (NT_SUCCESS(Status)) {
        *Volume = Real->Vpb->Volume;
        ObReferenceObject(*Volume);
    }
    return Status;
}

NTSTATUS IopFindVolume(PDEVICE_OBJECT Device, BOOLEAN WholeDevice, PDEVICE_OBJECT *Target)
{
    PIOP_VPB Vpb = Device->Vpb;
    NTSTATUS Status = IopAwaitExpected(Device);
    if (Status == STATUS_SUCCESS)
        Status = IopAwaitMounting(Vpb);
    if (Status != STATUS_SUCCESS)
        return Status;
    if (Vpb->Flags & VPB_LOCKED)
        return STATUS_ACCESS_DENIED;
    if (!IopIsMounted(Vpb))
        Status = Vpb->RawOpens ? STATUS_UNRECOGNIZED_VOLUME : IopMount(Device);
    if (Status == STATUS_UNRECOGNIZED_VOLUME && WholeDevice)
        Status = STATUS_SUCCESS;
    if (!NT_SUCCESS(Status))
        return Status;
    *Target = IopIsMounted(Vpb) ? Vpb->Volume : Device;
    ObReferenceObject(*Target);
    return STATUS_SUCCESS;
}
