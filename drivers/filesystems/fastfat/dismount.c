// The end of a volume: flushing, dismounting, removal of its device, verification of its medium, shutdown.
#include "ff.h"

// Who writes to it meanwhile changes its entry, too.
static NTSTATUS FfFlushFile(PFF_FCB Fcb)
{
    IO_STATUS_BLOCK Flushed = {.Status = STATUS_SUCCESS};
    ExAcquireResourceExclusiveLite(&Fcb->MainResource, TRUE);
    if (FfIsFile(Fcb) && !Fcb->Deleted)
        CcFlushCache(&Fcb->Section, NULL, 0, &Flushed);
    NTSTATUS Status = FfWriteEntry(Fcb);
    ExReleaseResourceLite(&Fcb->MainResource);
    return NT_SUCCESS(Flushed.Status) ? Status : Flushed.Status;
}

// What fails keeps nothing else from the medium.
NTSTATUS FfFlushVolume(PFF_VOLUME Volume)
{
    NTSTATUS Worst = STATUS_SUCCESS;
    if (Volume->Failed)
        return STATUS_NO_SUCH_DEVICE;
    for (PLIST_ENTRY Link = Volume->Fcbs.Flink; Link != &Volume->Fcbs; Link = Link->Flink) {
        PFF_FCB Fcb = CONTAINING_RECORD(Link, FF_FCB, Link);
        NTSTATUS Status = FfFlushFile(Fcb);
        Worst = NT_SUCCESS(Status) ? Worst : Status;
    }
    FfLockCore(Volume);
    NTSTATUS Status = FfStatus(Volume, FatMarkClean(Volume->Fat));
    FfUnlockCore(Volume);
    return NT_SUCCESS(Status) ? Worst : Status;
}

// Resource is held exclusively. Whoever has files open still gets errors from now on.
VOID FfDismount(PFF_VOLUME Volume)
{
    KIRQL Irql;
    if (Volume->Dismounted)
        return;
    if (!Volume->Failed)
        (VOID) FfFlushVolume(Volume);
    Volume->Dismounted = TRUE;
    for (PLIST_ENTRY Link = Volume->Fcbs.Flink; Link != &Volume->Fcbs; Link = Link->Flink) {
        PFF_FCB Fcb = CONTAINING_RECORD(Link, FF_FCB, Link);
        if (FfIsFile(Fcb))
            (VOID) CcPurgeCacheSection(&Fcb->Section, NULL, 0, UNINITIALIZE_CACHE_MAPS);
    }
    // Who has locked the volume keeps it: nobody mounts what is there meanwhile.
    IoAcquireVpbSpinLock(&Irql);
    Volume->Vpb->Flags &= Volume->Failed ? ~(VPB_MOUNTED | VPB_LOCKED) : ~VPB_MOUNTED;
    IoReleaseVpbSpinLock(Irql);
}

NTSTATUS FfGone(const FF_VOLUME *Volume)
{
    return Volume->Failed ? STATUS_DEVICE_DOES_NOT_EXIST : STATUS_VOLUME_DISMOUNTED;
}

static VOID FfDeleteVolume(PFF_VOLUME Volume)
{
    ExAcquireResourceExclusiveLite(&FfVolumesLock, TRUE);
    RemoveEntryList(&Volume->Link);
    ExReleaseResourceLite(&FfVolumesLock);
    FfStopTimer(Volume);
    FfReleaseFcb(Volume->VolumeFcb);
    FsRtlNotifyUninitializeSync(&Volume->NotifySync);
    FatUnmount(Volume->Fat);
    IoFreeWorkItem(Volume->WorkItem);
    ExDeleteResourceLite(&Volume->Core);
    ExDeleteResourceLite(&Volume->Resource);
    IoDeleteDevice(Volume->Device);
}

// Who may dismount it without having it open keeps it meanwhile.
static VOID FfReference(PFF_VOLUME Volume)
{
    ExAcquireResourceExclusiveLite(&Volume->Resource, TRUE);
    Volume->References++;
    ExReleaseResourceLite(&Volume->Resource);
}

VOID FfDereference(PFF_VOLUME Volume)
{
    ExAcquireResourceExclusiveLite(&Volume->Resource, TRUE);
    BOOLEAN Last = !--Volume->References && Volume->Dismounted;
    ExReleaseResourceLite(&Volume->Resource);
    if (Last)
        FfDeleteVolume(Volume);
}

// ---- Is the medium still the one that was mounted?

static BOOLEAN FfIsSameVolume(PFF_VOLUME Volume)
{
    FAT_GEOMETRY Geometry;
    PUCHAR Boot = ExAllocatePoolWithTag(NonPagedPoolNx, Volume->Store.SectorSize, FfTag);
    if (!Boot)
        return FALSE;
    NTSTATUS Status =
        FfTransferDevice(Volume->Target, IRP_MJ_READ, 0, Volume->Store.SectorSize, Boot);
    BOOLEAN Same =
        NT_SUCCESS(Status) &&
        FatParseBoot(Boot, Volume->Store.SectorSize, Volume->Store.Bytes, &Geometry) == FatDone &&
        RtlCompareMemory(&Geometry, &Volume->Fat->Geometry, sizeof(Geometry)) == sizeof(Geometry);
    ExFreePoolWithTag(Boot, FfTag);
    return Same;
}

NTSTATUS FfVerify(PFF_VOLUME Volume, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    UNREFERENCED_PARAMETER(Stack);
    FfReference(Volume);
    ExAcquireResourceExclusiveLite(&Volume->Resource, TRUE);
    NTSTATUS Status = STATUS_SUCCESS;
    if (Volume->Dismounted || !FfIsSameVolume(Volume)) {
        Volume->Failed = TRUE; // nothing of it may reach the other medium
        FfDismount(Volume);
        Status = STATUS_WRONG_VOLUME;
    }
    Volume->Vpb->RealDevice->Flags &= ~DO_VERIFY_VOLUME;
    ExReleaseResourceLite(&Volume->Resource);
    FfDereference(Volume);
    return FfComplete(Irp, Status, 0);
}

// ---- The device goes, or the machine

static VOID FfLose(PFF_VOLUME Volume, BOOLEAN Gone)
{
    ExAcquireResourceExclusiveLite(&Volume->Resource, TRUE);
    Volume->Failed = Gone;
    FfDismount(Volume);
    ExReleaseResourceLite(&Volume->Resource);
}

// FSCTL_INVALIDATE_VOLUMES: the device that a handle leads to is to be taken for one that has gone.
static VOID FfInvalidateOn(PDEVICE_OBJECT Real)
{
    ExAcquireResourceExclusiveLite(&FfVolumesLock, TRUE);
    PLIST_ENTRY Link = FfVolumes.Flink;
    while (Link != &FfVolumes &&
           (CONTAINING_RECORD(Link, FF_VOLUME, Link)->Dismounted ||
            CONTAINING_RECORD(Link, FF_VOLUME, Link)->Vpb->RealDevice != Real))
        Link = Link->Flink;
    PFF_VOLUME Volume = Link != &FfVolumes ? CONTAINING_RECORD(Link, FF_VOLUME, Link) : NULL;
    if (Volume)
        FfReference(Volume);
    ExReleaseResourceLite(&FfVolumesLock);
    if (!Volume)
        return;
    FfLose(Volume, TRUE);
    FfDereference(Volume);
}

NTSTATUS FfInvalidate(PIRP Irp, PIO_STACK_LOCATION Stack)
{
    PFILE_OBJECT File;
    if (!SeSinglePrivilegeCheck(RtlConvertLongToLuid(SE_TCB_PRIVILEGE), Irp->RequestorMode))
        return FfComplete(Irp, STATUS_PRIVILEGE_NOT_HELD, 0);
    if (Stack->Parameters.FileSystemControl.InputBufferLength < sizeof(HANDLE))
        return FfComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    NTSTATUS Status =
        ObReferenceObjectByHandle(*(PHANDLE)Irp->AssociatedIrp.SystemBuffer, 0, *IoFileObjectType,
                                  Irp->RequestorMode, (PVOID *)&File, NULL);
    if (!NT_SUCCESS(Status))
        return FfComplete(Irp, Status, 0);
    FfInvalidateOn(File->DeviceObject);
    ObDereferenceObject(File);
    return FfComplete(Irp, STATUS_SUCCESS, 0);
}

NTSTATUS FfPnp(PFF_VOLUME Volume, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    PDEVICE_OBJECT Target = Volume->Target;
    FfReference(Volume);
    switch (Stack->MinorFunction) {
    case IRP_MN_QUERY_REMOVE_DEVICE:
        ExAcquireResourceExclusiveLite(&Volume->Resource, TRUE);
        if (Volume->Handles) {
            ExReleaseResourceLite(&Volume->Resource);
            FfDereference(Volume);
            return FfComplete(Irp, STATUS_ACCESS_DENIED, 0);
        }
        FfDismount(Volume);
        ExReleaseResourceLite(&Volume->Resource);
        break;
    case IRP_MN_SURPRISE_REMOVAL:
    case IRP_MN_REMOVE_DEVICE:
        FfLose(Volume, TRUE);
        break;
    default:
        break;
    }
    IoSkipCurrentIrpStackLocation(Irp);
    NTSTATUS Status = IoCallDriver(Target, Irp);
    FfDereference(Volume);
    return Status;
}

NTSTATUS FfShutdown(PFF_VOLUME Unused, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    UNREFERENCED_PARAMETER(Unused);
    UNREFERENCED_PARAMETER(Stack);
    ExAcquireResourceExclusiveLite(&FfVolumesLock, TRUE);
    for (PLIST_ENTRY Link = FfVolumes.Flink; Link != &FfVolumes; Link = Link->Flink) {
        PFF_VOLUME Volume = CONTAINING_RECORD(Link, FF_VOLUME, Link);
        ExAcquireResourceExclusiveLite(&Volume->Resource, TRUE);
        if (!Volume->Dismounted)
            (VOID) FfFlushVolume(Volume);
        ExReleaseResourceLite(&Volume->Resource);
    }
    ExReleaseResourceLite(&FfVolumesLock);
    return FfComplete(Irp, STATUS_SUCCESS, 0);
}
