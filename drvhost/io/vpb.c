// Volume parameter blocks: what is mounted on a device. A file system changes them as it does on Windows; what
// has changed is told to the Executive, which opens files by it, before the request that changed it is answered.

#include "../ntos.h"

// A device that a file system of this host was asked to mount. The file system has both without a reference of its own, for as
// long as a volume is mounted or a file is open.
typedef struct _IOP_MOUNT {
    LIST_ENTRY Link;
    PDEVICE_OBJECT RealDevice; // referenced
    PDEVICE_OBJECT Top;        // of its stack; referenced
    HOST_VOLUME Told;
    BOOLEAN ToldVerify; // the Executive thinks that its medium must be verified
} IOP_MOUNT, *PIOP_MOUNT;

static KSPIN_LOCK IopVpbLock;
static RTL_SRWLOCK IopMountLock;
static LIST_ENTRY IopMounts = {&IopMounts, &IopMounts};
static volatile LONG IopVpbsTouched;

VOID NTAPI IoAcquireVpbSpinLock(PKIRQL Irql)
{
    *Irql = KeAcquireSpinLockForDpc(&IopVpbLock);
}

VOID NTAPI IoReleaseVpbSpinLock(KIRQL Irql)
{
    __atomic_store_n(&IopVpbsTouched, TRUE, __ATOMIC_RELEASE);
    KeReleaseSpinLockForDpc(&IopVpbLock, Irql);
}

// ---- Their life

static BOOLEAN IopHasVpb(DEVICE_TYPE Type)
{
    return Type == FILE_DEVICE_DISK || Type == FILE_DEVICE_VIRTUAL_DISK ||
           Type == FILE_DEVICE_CD_ROM || Type == FILE_DEVICE_TAPE;
}

BOOLEAN IopCreateVpb(PDEVICE_OBJECT Device)
{
    if (!IopHasVpb(Device->DeviceType))
        return TRUE;
    PVPB Vpb = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Vpb), ' bpV');
    if (!Vpb)
        return FALSE;
    RtlZeroMemory(Vpb, sizeof(*Vpb));
    Vpb->Type = IO_TYPE_VPB;
    Vpb->Size = sizeof(*Vpb);
    Vpb->RealDevice = Device;
    Device->Vpb = Vpb;
    return TRUE;
}

// One that a file system keeps is its own to free.
VOID IopDeleteVpb(PDEVICE_OBJECT Device)
{
    PVPB Vpb = Device->Vpb;
    Device->Vpb = nullptr;
    if (Vpb && !Vpb->ReferenceCount && !(Vpb->Flags & VPB_PERSISTENT))
        ExFreePool(Vpb);
}

PVPB IopReferenceVpb(PDEVICE_OBJECT Device)
{
    if (!Device->Vpb)
        return nullptr;
    KIRQL Irql = KeAcquireSpinLockForDpc(&IopVpbLock);
    PVPB Vpb = Device->Vpb;
    Vpb->ReferenceCount++;
    KeReleaseSpinLockForDpc(&IopVpbLock, Irql);
    return Vpb;
}

// A block that its device has no more goes with the last file.
VOID IopDereferenceVpb(PVPB Vpb)
{
    KIRQL Irql = KeAcquireSpinLockForDpc(&IopVpbLock);
    BOOLEAN Last =
        --Vpb->ReferenceCount == 0 && Vpb->RealDevice->Vpb != Vpb && !(Vpb->Flags & VPB_PERSISTENT);
    KeReleaseSpinLockForDpc(&IopVpbLock, Irql);
    if (Last)
        ExFreePool(Vpb);
}

// ---- Mounts

static PIOP_MOUNT IopFindMount(PDEVICE_OBJECT RealDevice)
{
    for (PLIST_ENTRY Link = IopMounts.Flink; Link != &IopMounts; Link = Link->Flink) {
        PIOP_MOUNT Mount = CONTAINING_RECORD(Link, IOP_MOUNT, Link);
        if (Mount->RealDevice == RealDevice)
            return Mount;
    }
    return nullptr;
}

static PIOP_MOUNT IopAddMount(PDEVICE_OBJECT RealDevice)
{
    PIOP_MOUNT Mount = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Mount), 'tnMI');
    if (!Mount)
        return nullptr;
    ObfReferenceObject(RealDevice);
    *Mount = (IOP_MOUNT){.RealDevice = RealDevice};
    InsertTailList(&IopMounts, &Mount->Link);
    return Mount;
}

static BOOLEAN IopIsMountUsed(const IOP_MOUNT *Mount)
{
    KIRQL Irql = KeAcquireSpinLockForDpc(&IopVpbLock);
    const VPB *Vpb = Mount->RealDevice->Vpb;
    BOOLEAN Used = Vpb && (Vpb->DeviceObject || Vpb->ReferenceCount);
    KeReleaseSpinLockForDpc(&IopVpbLock, Irql);
    return Used;
}

static VOID IopSetTop(PIOP_MOUNT Mount, PDEVICE_OBJECT Top)
{
    PDEVICE_OBJECT Before = Mount->Top;
    ObfReferenceObject(Top);
    Mount->Top = Top;
    if (Before)
        ObfDereferenceObject(Before);
}

// Those whose device is gone, and which no file system has any more.
static VOID IopDropDeadMounts(void)
{
    PLIST_ENTRY Link = IopMounts.Flink;
    while (Link != &IopMounts) {
        PIOP_MOUNT Mount = CONTAINING_RECORD(Link, IOP_MOUNT, Link);
        Link = Link->Flink;
        if (IopDeviceNumber(Mount->RealDevice) || IopIsMountUsed(Mount))
            continue;
        RemoveEntryList(&Mount->Link);
        ObfDereferenceObject(Mount->Top);
        ObfDereferenceObject(Mount->RealDevice);
        ExFreePoolWithTag(Mount, 'tnMI');
    }
}

NTSTATUS IopPrepareMount(const HOST_REQUEST *Host, PIO_STACK_LOCATION Stack)
{
    PDEVICE_OBJECT RealDevice = IopReferenceAnyDevice((ULONG)Host->Parameters[0]);
    PDEVICE_OBJECT Top = IopReferenceAnyDevice((ULONG)Host->Parameters[1]);
    NTSTATUS Status = STATUS_NO_SUCH_DEVICE;
    if (RealDevice && Top && RealDevice->Vpb) {
        RtlAcquireSRWLockExclusive(&IopMountLock);
        IopDropDeadMounts();
        PIOP_MOUNT Mount = IopFindMount(RealDevice);
        if (!Mount)
            Mount = IopAddMount(RealDevice);
        if (Mount)
            IopSetTop(Mount, Top);
        RtlReleaseSRWLockExclusive(&IopMountLock);
        Stack->Parameters.MountVolume.Vpb = RealDevice->Vpb;
        Stack->Parameters.MountVolume.DeviceObject = Top;
        Status = Mount ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
    }
    if (RealDevice)
        ObfDereferenceObject(RealDevice);
    if (Top)
        ObfDereferenceObject(Top);
    return Status;
}

static PDEVICE_OBJECT IopSetMounted(PDEVICE_OBJECT RealDevice, BOOLEAN Mounted)
{
    KIRQL Irql;
    IoAcquireVpbSpinLock(&Irql);
    PVPB Vpb = RealDevice->Vpb;
    if (Mounted && Vpb->DeviceObject)
        Vpb->Flags |= VPB_MOUNTED;
    else if (!(Vpb->Flags & VPB_MOUNTED))
        Vpb->DeviceObject = nullptr;
    PDEVICE_OBJECT Volume = Vpb->Flags & VPB_MOUNTED ? Vpb->DeviceObject : nullptr;
    IoReleaseVpbSpinLock(Irql);
    return Volume;
}

// IRP_MN_MOUNT_VOLUME is complete. The volume can be used when the Executive has heard of it.
VOID IopFinishMount(const HOST_REQUEST *Host, NTSTATUS Status)
{
    PDEVICE_OBJECT RealDevice = IopReferenceAnyDevice((ULONG)Host->Parameters[0]);
    if (!RealDevice)
        return;
    PDEVICE_OBJECT Volume = IopSetMounted(RealDevice, NT_SUCCESS(Status));
    if (NT_SUCCESS(Status) && Volume) {
        Volume->Flags &= ~DO_DEVICE_INITIALIZING;
        IopPublishDevice(Volume);
    }
    ObfDereferenceObject(RealDevice);
}

// ---- Telling the Executive

static HOST_VOLUME IopDescribeVolume(PDEVICE_OBJECT RealDevice)
{
    HOST_VOLUME Description = {};
    KIRQL Irql = KeAcquireSpinLockForDpc(&IopVpbLock);
    const VPB *Vpb = RealDevice->Vpb;
    PDEVICE_OBJECT Volume = Vpb->Flags & VPB_MOUNTED ? Vpb->DeviceObject : nullptr;
    Description.Flags = Vpb->Flags;
    Description.SerialNumber = Vpb->SerialNumber;
    Description.LabelLength = min(Vpb->VolumeLabelLength, (USHORT)sizeof(Description.Label));
    RtlCopyMemory(Description.Label, Vpb->VolumeLabel, sizeof(Description.Label));
    if (Volume && !IopExtension(Volume)->DeletePending) {
        Description.Volume = IopDeviceNumber(Volume);
        Description.SectorSize = Volume->SectorSize;
    }
    KeReleaseSpinLockForDpc(&IopVpbLock, Irql);
    return Description;
}

static VOID IopPublishMount(PIOP_MOUNT Mount)
{
    ULONG Number = IopDeviceNumber(Mount->RealDevice);
    if (!Number)
        return; // nobody asks
    HOST_VOLUME Description = IopDescribeVolume(Mount->RealDevice);
    if (RtlCompareMemory(&Description, &Mount->Told, sizeof(Description)) != sizeof(Description)) {
        Mount->Told = Description;
        (VOID) NtHostSetVolume(Number, &Description);
    }
    BOOLEAN Verify = (Mount->RealDevice->Flags & DO_VERIFY_VOLUME) != 0;
    if (Verify != Mount->ToldVerify) {
        Mount->ToldVerify = Verify;
        (VOID) NtHostSetVerifyVolume(Number, Verify);
    }
}

static VOID IopPublishMounts(void)
{
    RtlAcquireSRWLockExclusive(&IopMountLock);
    __atomic_store_n(&IopVpbsTouched, FALSE, __ATOMIC_SEQ_CST);
    for (PLIST_ENTRY Link = IopMounts.Flink; Link != &IopMounts; Link = Link->Flink)
        IopPublishMount(CONTAINING_RECORD(Link, IOP_MOUNT, Link));
    RtlReleaseSRWLockExclusive(&IopMountLock);
}

VOID IopPublishVolumes(void)
{
    if (__builtin_expect(__atomic_load_n(&IopVpbsTouched, __ATOMIC_ACQUIRE), FALSE))
        IopPublishMounts();
}

// ---- Verifying

// A device below a volume of this host answers that its medium may have changed.
VOID IopNoteVerifyRequired(PDEVICE_OBJECT Device, PIRP Irp)
{
    PDEVICE_OBJECT RealDevice = nullptr;
    RtlAcquireSRWLockExclusive(&IopMountLock);
    for (PLIST_ENTRY Link = IopMounts.Flink; Link != &IopMounts && !RealDevice;
         Link = Link->Flink) {
        PIOP_MOUNT Mount = CONTAINING_RECORD(Link, IOP_MOUNT, Link);
        if (Mount->Top != Device && Mount->RealDevice != Device)
            continue;
        RealDevice = Mount->RealDevice;
        RealDevice->Flags |= DO_VERIFY_VOLUME;
        Mount->ToldVerify = TRUE;
    }
    RtlReleaseSRWLockExclusive(&IopMountLock);
    if (RealDevice)
        IoSetHardErrorOrVerifyDevice(Irp, RealDevice);
}

// The Executive tells the driver of the device what a file system has found.
VOID IopSetVerifyVolume(const HOST_REQUEST *Request)
{
    PDEVICE_OBJECT Device = IopReferenceDevice(Request->Device);
    if (!Device)
        return;
    if (Request->Parameters[0])
        Device->Flags |= DO_VERIFY_VOLUME;
    else
        Device->Flags &= ~DO_VERIFY_VOLUME;
    ObfDereferenceObject(Device);
}

static NTSTATUS IopAskToVerify(PDEVICE_OBJECT RealDevice, PDEVICE_OBJECT Volume,
                               BOOLEAN AllowRawMount)
{
    KEVENT Event;
    IO_STATUS_BLOCK IoStatus;
    KeInitializeEvent(&Event, NotificationEvent, FALSE);
    PIRP Irp = IoBuildSynchronousFsdRequest(IRP_MJ_FILE_SYSTEM_CONTROL, Volume, nullptr, 0, nullptr,
                                            &Event, &IoStatus);
    if (!Irp)
        return STATUS_INSUFFICIENT_RESOURCES;
    PIO_STACK_LOCATION Stack = IoGetNextIrpStackLocation(Irp);
    Stack->MinorFunction = IRP_MN_VERIFY_VOLUME;
    Stack->Flags = AllowRawMount ? SL_ALLOW_RAW_MOUNT : 0;
    Stack->Parameters.VerifyVolume.Vpb = RealDevice->Vpb;
    Stack->Parameters.VerifyVolume.DeviceObject = Volume;
    NTSTATUS Status = IofCallDriver(Volume, Irp);
    if (Status != STATUS_PENDING)
        return Status;
    KeWaitForSingleObject(&Event, Executive, KernelMode, FALSE, nullptr);
    return IoStatus.Status;
}

// What is on the device now is what was mounted. Anything else is mounted by the next open.
NTSTATUS NTAPI IoVerifyVolume(PDEVICE_OBJECT DeviceObject, BOOLEAN AllowRawMount)
{
    KIRQL Irql;
    IoAcquireVpbSpinLock(&Irql);
    PVPB Vpb = DeviceObject->Vpb;
    PDEVICE_OBJECT Volume = Vpb && (Vpb->Flags & VPB_MOUNTED) ? Vpb->DeviceObject : nullptr;
    if (Volume)
        ObfReferenceObject(Volume);
    IoReleaseVpbSpinLock(Irql);
    NTSTATUS Status = STATUS_SUCCESS;
    if (Volume) {
        PDEVICE_OBJECT Top = IoGetAttachedDeviceReference(Volume);
        Status = IopAskToVerify(DeviceObject, Top, AllowRawMount);
        ObfDereferenceObject(Top);
        ObfDereferenceObject(Volume);
    }
    if (NT_SUCCESS(Status) || Status == STATUS_WRONG_VOLUME)
        DeviceObject->Flags &= ~DO_VERIFY_VOLUME;
    __atomic_store_n(&IopVpbsTouched, TRUE, __ATOMIC_RELEASE);
    IopPublishVolumes();
    return Status;
}
