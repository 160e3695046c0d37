// Mounting: the boot sector is looked at, and a volume device made.
#include "ff.h"

static NTSTATUS FfMeasure(PDEVICE_OBJECT Target, PULONG64 Bytes, PULONG SectorSize)
{
    DISK_GEOMETRY Geometry;
    GET_LENGTH_INFORMATION Length;
    NTSTATUS Status =
        FfControlDevice(Target, IOCTL_DISK_GET_DRIVE_GEOMETRY, &Geometry, sizeof(Geometry));
    if (!NT_SUCCESS(Status))
        return Status;
    *SectorSize = Geometry.BytesPerSector;
    Status = FfControlDevice(Target, IOCTL_DISK_GET_LENGTH_INFO, &Length, sizeof(Length));
    if (NT_SUCCESS(Status))
        *Bytes = (ULONG64)Length.Length.QuadPart;
    else
        *Bytes = (ULONG64)Geometry.Cylinders.QuadPart * Geometry.TracksPerCylinder *
                 Geometry.SectorsPerTrack * Geometry.BytesPerSector;
    if (*SectorSize < 512 || *SectorSize > 4096 || (*SectorSize & (*SectorSize - 1)))
        return STATUS_UNRECOGNIZED_VOLUME;
    return STATUS_SUCCESS;
}

static BOOLEAN FfIsWritable(PDEVICE_OBJECT Target)
{
    return FfControlDevice(Target, IOCTL_DISK_IS_WRITABLE, NULL, 0) != STATUS_MEDIA_WRITE_PROTECTED;
}

static NTSTATUS FfMakeVolumeFcb(PFF_VOLUME Volume)
{
    UNICODE_STRING Path = {};
    NTSTATUS Status = FfCreateFcb(Volume, FfTypeVolume, &Path, &Volume->VolumeFcb);
    if (!NT_SUCCESS(Status))
        return Status;
    LARGE_INTEGER Size = {.QuadPart = (LONGLONG)Volume->Fat->Geometry.TotalBytes};
    RemoveEntryList(&Volume->VolumeFcb->Link);
    InitializeListHead(&Volume->VolumeFcb->Link);
    Volume->VolumeFcb->Header.AllocationSize = Size;
    Volume->VolumeFcb->Header.FileSize = Size;
    Volume->VolumeFcb->Header.ValidDataLength = Size;
    return STATUS_SUCCESS;
}

static VOID FfInitVolume(PFF_VOLUME Volume, PDEVICE_OBJECT Device, PDEVICE_OBJECT Target, PVPB Vpb)
{
    RtlZeroMemory(Volume, sizeof(*Volume));
    Volume->Device = Device;
    Volume->Target = Target;
    Volume->Vpb = Vpb;
    InitializeListHead(&Volume->Fcbs);
    for (ULONG i = 0; i < FfFcbBuckets; i++) {
        InitializeListHead(&Volume->FcbBuckets[i]);
        InitializeListHead(&Volume->DirectoryBuckets[i]);
    }
    InitializeListHead(&Volume->NotifyList);
    ExInitializeResourceLite(&Volume->Resource);
    ExInitializeResourceLite(&Volume->Core);
    KeInitializeTimer(&Volume->Timer);
}

static VOID FfFillVpb(PFF_VOLUME Volume)
{
    PVPB Vpb = Volume->Vpb;
    uint32_t Length = 0;
    Vpb->DeviceObject = Volume->Device;
    Vpb->SerialNumber = Volume->Fat->Geometry.SerialNumber;
    (VOID) FatGetLabel(Volume->Fat, (uint16_t *)Vpb->VolumeLabel, &Length);
    Vpb->VolumeLabelLength = (USHORT)(Length * sizeof(WCHAR));
}

// What fails here is undone by FfUndoVolume.
static NTSTATUS FfOpenVolume(PFF_VOLUME Volume)
{
    ULONG64 Bytes = 0;
    ULONG SectorSize = 0;
    NTSTATUS Status = FfMeasure(Volume->Target, &Bytes, &SectorSize);
    if (!NT_SUCCESS(Status))
        return Status;
    FfInitStore(Volume, Bytes, SectorSize);
    FAT_RESULT Result = FatMount(&Volume->Store, !FfIsWritable(Volume->Target), &Volume->Fat);
    if (Result != FatDone)
        return FfStatus(Volume, Result);
    Volume->WorkItem = IoAllocateWorkItem(Volume->Device);
    if (!Volume->WorkItem)
        return STATUS_INSUFFICIENT_RESOURCES;
    FsRtlNotifyInitializeSync(&Volume->NotifySync);
    return FfMakeVolumeFcb(Volume);
}

static VOID FfUndoVolume(PFF_VOLUME Volume)
{
    if (Volume->NotifySync)
        FsRtlNotifyUninitializeSync(&Volume->NotifySync);
    if (Volume->WorkItem)
        IoFreeWorkItem(Volume->WorkItem);
    if (Volume->Fat)
        FatUnmount(Volume->Fat);
    ExDeleteResourceLite(&Volume->Core);
    ExDeleteResourceLite(&Volume->Resource);
}

// ---- A volume whose device is gone, and has come back as another one

static BOOLEAN FfIsGone(PDEVICE_OBJECT Target)
{
    GET_LENGTH_INFORMATION Length;
    NTSTATUS Status = FfControlDevice(Target, IOCTL_DISK_GET_LENGTH_INFO, &Length, sizeof(Length));
    return Status == STATUS_NO_SUCH_DEVICE || Status == STATUS_DEVICE_DOES_NOT_EXIST;
}

static PFF_VOLUME FfFindSame(const FAT_GEOMETRY *Geometry, ULONG64 Bytes, ULONG SectorSize)
{
    for (PLIST_ENTRY Link = FfVolumes.Flink; Link != &FfVolumes; Link = Link->Flink) {
        PFF_VOLUME Volume = CONTAINING_RECORD(Link, FF_VOLUME, Link);
        if (!Volume->Dismounted && !Volume->Failed && Volume->Store.Bytes == Bytes &&
            Volume->Store.SectorSize == SectorSize &&
            RtlCompareMemory(Geometry, &Volume->Fat->Geometry, sizeof(*Geometry)) ==
                sizeof(*Geometry) &&
            FfIsGone(Volume->Target))
            return Volume;
    }
    return NULL;
}

// Its requests may be waiting for this: none of its locks is taken.
static VOID FfMove(PFF_VOLUME Volume, PDEVICE_OBJECT Target, PVPB Vpb)
{
    PVPB Old = Volume->Vpb;
    KIRQL Irql;
    IoAcquireVpbSpinLock(&Irql);
    Vpb->DeviceObject = Volume->Device;
    Vpb->SerialNumber = Old->SerialNumber;
    Vpb->VolumeLabelLength = Old->VolumeLabelLength;
    RtlCopyMemory(Vpb->VolumeLabel, Old->VolumeLabel, sizeof(Vpb->VolumeLabel));
    Vpb->Flags |= Old->Flags & VPB_LOCKED;
    Old->Flags &= ~(VPB_MOUNTED | VPB_LOCKED);
    Volume->Device->StackSize = (CCHAR)(Target->StackSize + 1);
    Volume->Device->AlignmentRequirement = Target->AlignmentRequirement;
    Volume->Target = Target;
    Volume->Vpb = Vpb;
    IoReleaseVpbSpinLock(Irql);
}

static BOOLEAN FfTakeUp(PDEVICE_OBJECT Target, PVPB Vpb)
{
    FAT_GEOMETRY Geometry;
    ULONG64 Bytes = 0;
    ULONG SectorSize = 0;
    if (IsListEmpty(&FfVolumes) || !NT_SUCCESS(FfMeasure(Target, &Bytes, &SectorSize)))
        return FALSE;
    PUCHAR Boot = ExAllocatePoolWithTag(NonPagedPoolNx, SectorSize, FfTag);
    if (!Boot)
        return FALSE;
    RtlZeroMemory(&Geometry, sizeof(Geometry));
    BOOLEAN Known = NT_SUCCESS(FfTransferDevice(Target, IRP_MJ_READ, 0, SectorSize, Boot)) &&
                    FatParseBoot(Boot, SectorSize, Bytes, &Geometry) == FatDone;
    ExFreePoolWithTag(Boot, FfTag);
    if (!Known)
        return FALSE;
    ExAcquireResourceSharedLite(&FfVolumesLock, TRUE);
    PFF_VOLUME Volume = FfFindSame(&Geometry, Bytes, SectorSize);
    if (Volume)
        FfMove(Volume, Target, Vpb);
    ExReleaseResourceLite(&FfVolumesLock);
    return Volume != NULL;
}

NTSTATUS FfMount(PDEVICE_OBJECT ControlDevice, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PDEVICE_OBJECT Target = Stack->Parameters.MountVolume.DeviceObject, Device;
    PVPB Vpb = Stack->Parameters.MountVolume.Vpb;
    UNREFERENCED_PARAMETER(ControlDevice);
    if (FfTakeUp(Target, Vpb))
        return FfComplete(Irp, STATUS_SUCCESS, 0);
    NTSTATUS Status = IoCreateDevice(FfDriver, sizeof(FF_VOLUME), NULL,
                                     FILE_DEVICE_DISK_FILE_SYSTEM, 0, FALSE, &Device);
    if (!NT_SUCCESS(Status))
        return FfComplete(Irp, Status, 0);
    PFF_VOLUME Volume = Device->DeviceExtension;
    FfInitVolume(Volume, Device, Target, Vpb);
    Status = FfOpenVolume(Volume);
    if (!NT_SUCCESS(Status)) {
        FfUndoVolume(Volume);
        IoDeleteDevice(Device);
        return FfComplete(Irp, Status, 0);
    }
    KeInitializeDpc(&Volume->Dpc, FfTimerDpc, Volume);
    Device->StackSize = (CCHAR)(Target->StackSize + 1);
    Device->SectorSize = (USHORT)Volume->Store.SectorSize;
    Device->AlignmentRequirement = Target->AlignmentRequirement;
    FfFillVpb(Volume);
    ExAcquireResourceExclusiveLite(&FfVolumesLock, TRUE);
    InsertTailList(&FfVolumes, &Volume->Link);
    ExReleaseResourceLite(&FfVolumesLock);
    Device->Flags &= ~DO_DEVICE_INITIALIZING;
    return FfComplete(Irp, STATUS_SUCCESS, 0);
}
