// IRP_MJ_FILE_SYSTEM_CONTROL, and what goes to the device below.
#include "ff.h"

typedef struct _FF_CONTROL {
    PFF_VOLUME Volume;
    PFILE_OBJECT FileObject;
    PFF_FCB Fcb;
    PVOID Input, Output;
    ULONG InputLength, OutputLength, Used;
    PIRP Irp;
    ULONG64 Captured; // of a caller's input by pointer: none is longer that is looked at
} FF_CONTROL, *PFF_CONTROL;

typedef NTSTATUS FF_CONTROL_ROUTINE(PFF_CONTROL Control);

static BOOLEAN FfIsVolumeOpen(PFF_CONTROL Control)
{
    return Control->Fcb == Control->Volume->VolumeFcb;
}

static VOID FfSetLockedFlag(PFF_VOLUME Volume, BOOLEAN Locked)
{
    KIRQL Irql;
    IoAcquireVpbSpinLock(&Irql);
    if (Locked)
        Volume->Vpb->Flags |= VPB_LOCKED;
    else
        Volume->Vpb->Flags &= ~VPB_LOCKED;
    IoReleaseVpbSpinLock(Irql);
}

// Files that only the cache has still are let go.
static VOID FfPurgeClosed(PFF_VOLUME Volume)
{
    PLIST_ENTRY Link = Volume->Fcbs.Flink;
    while (Link != &Volume->Fcbs) {
        PFF_FCB Fcb = CONTAINING_RECORD(Link, FF_FCB, Link);
        Fcb->References++;
        if (!Fcb->Handles && FfIsFile(Fcb))
            (VOID) CcPurgeCacheSection(&Fcb->Section, NULL, 0, FALSE);
        Link = Link->Flink;
        FfReleaseFcb(Fcb);
    }
}

static NTSTATUS FfLock(PFF_CONTROL Control)
{
    PFF_VOLUME Volume = Control->Volume;
    if (!FfIsVolumeOpen(Control))
        return STATUS_INVALID_PARAMETER;
    if (Volume->Locker || Volume->Handles > 1)
        return STATUS_ACCESS_DENIED;
    NTSTATUS Status = FfFlushVolume(Volume);
    if (!NT_SUCCESS(Status))
        return Status;
    FfPurgeClosed(Volume);
    Volume->Locker = Control->FileObject;
    FfSetLockedFlag(Volume, TRUE);
    return STATUS_SUCCESS;
}

static NTSTATUS FfUnlock(PFF_CONTROL Control)
{
    if (!FfIsVolumeOpen(Control) || Control->Volume->Locker != Control->FileObject)
        return STATUS_NOT_LOCKED;
    Control->Volume->Locker = NULL;
    FfSetLockedFlag(Control->Volume, FALSE);
    return STATUS_SUCCESS;
}

static NTSTATUS FfDismountControl(PFF_CONTROL Control)
{
    PFF_VOLUME Volume = Control->Volume;
    if (!FfIsVolumeOpen(Control))
        return STATUS_INVALID_PARAMETER;
    if (Volume->Locker && Volume->Locker != Control->FileObject)
        return STATUS_ACCESS_DENIED;
    FfDismount(Volume);
    return STATUS_SUCCESS;
}

static NTSTATUS FfIsMounted(PFF_CONTROL Control)
{
    return Control->Volume->Dismounted ? FfGone(Control->Volume) : STATUS_SUCCESS;
}

static NTSTATUS FfIsDirty(PFF_CONTROL Control)
{
    if (!FfIsVolumeOpen(Control))
        return STATUS_INVALID_PARAMETER;
    *(PULONG)Control->Output = Control->Volume->Fat->WasDirty ? VOLUME_IS_DIRTY : 0;
    Control->Used = sizeof(ULONG);
    return STATUS_SUCCESS;
}

static NTSTATUS FfMarkDirtyControl(PFF_CONTROL Control)
{
    FAT_VOLUME *Fat = Control->Volume->Fat;
    if (!FfIsVolumeOpen(Control))
        return STATUS_INVALID_PARAMETER;
    Fat->WasDirty = true;
    FAT_RESULT Result = FatMarkDirty(Fat);
    if (Result == FatDone)
        Result = FatCommit(Fat);
    return FfStatus(Control->Volume, Result);
}

// The device may be larger than what the boot sector tells.
static NTSTATUS FfAllowExtendedIo(PFF_CONTROL Control)
{
    if (!FfIsVolumeOpen(Control))
        return STATUS_INVALID_PARAMETER;
    Control->Fcb->Header.FileSize.QuadPart = (LONGLONG)Control->Volume->Store.Bytes;
    return STATUS_SUCCESS;
}

static NTSTATUS FfQueryBpb(PFF_CONTROL Control)
{
    ULONG Length = min(Control->OutputLength, 0x24);
    ULONG Sector = Control->Volume->Store.SectorSize;
    PUCHAR Boot = ExAllocatePoolWithTag(NonPagedPoolNx, Sector, FfTag);
    if (!Boot)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = FfTransferDevice(Control->Volume->Target, IRP_MJ_READ, 0, Sector, Boot);
    if (NT_SUCCESS(Status)) {
        RtlCopyMemory(Control->Output, Boot, Length);
        Control->Used = Length;
    }
    ExFreePoolWithTag(Boot, FfTag);
    return Status;
}

static NTSTATUS FfStatistics(PFF_CONTROL Control)
{
    FILESYSTEM_STATISTICS *Out = Control->Output;
    const ULONG64 *Counts = Control->Volume->Statistics;
    RtlZeroMemory(Out, sizeof(*Out));
    Out->FileSystemType = FILESYSTEM_STATISTICS_TYPE_FAT;
    Out->Version = 1;
    Out->SizeOfCompleteStructure = sizeof(*Out);
    Out->UserFileReads = (ULONG)Counts[0];
    Out->UserFileReadBytes = (ULONG)Counts[1];
    Out->UserFileWrites = (ULONG)Counts[2];
    Out->UserFileWriteBytes = (ULONG)Counts[3];
    Control->Used = sizeof(*Out);
    return STATUS_SUCCESS;
}

// ---- Where clusters are. Numbers begin at 0 with the first cluster of the data area.

static NTSTATUS FfRetrievalPointers(PFF_CONTROL Control)
{
    STARTING_VCN_INPUT_BUFFER *In = Control->Input;
    RETRIEVAL_POINTERS_BUFFER *Out = Control->Output;
    PFF_FCB Fcb = Control->Fcb;
    constexpr ULONG Head = FIELD_OFFSET(RETRIEVAL_POINTERS_BUFFER, Extents);
    ULONG Room = (Control->OutputLength - Head) / sizeof(Out->Extents[0]);
    LARGE_INTEGER Start = In->StartingVcn; // the buffers are one
    if (FfIsVolumeOpen(Control) || Start.QuadPart < 0 || Start.QuadPart > UINT32_MAX)
        return STATUS_INVALID_PARAMETER;
    FAT_CHAIN *Chain = Fcb->Directory ? FatDirectoryChain(Fcb->Directory) : &Fcb->Chain;
    ULONG Count = 0;
    uint32_t Next = (uint32_t)Start.QuadPart;
    FAT_RUN Run;
    FAT_RESULT Result;
    while ((Result = FatLookup(Control->Volume->Fat, Chain, Next, &Run)) == FatDone &&
           Count < Room) {
        Next += Run.Count;
        Out->Extents[Count].NextVcn.QuadPart = Next;
        Out->Extents[Count].Lcn.QuadPart = Run.Cluster - 2;
        Count++;
    }
    if (Result != FatDone && Result != FatNotFound)
        return FfStatus(Control->Volume, Result);
    if (!Count)
        return Result == FatNotFound ? STATUS_END_OF_FILE : STATUS_BUFFER_TOO_SMALL;
    Out->ExtentCount = Count;
    Out->StartingVcn = Start;
    Control->Used = Head + Count * sizeof(Out->Extents[0]);
    return Result == FatDone ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

static NTSTATUS FfVolumeBitmap(PFF_CONTROL Control)
{
    STARTING_LCN_INPUT_BUFFER *In = Control->Input;
    VOLUME_BITMAP_BUFFER *Out = Control->Output;
    FAT_VOLUME *Fat = Control->Volume->Fat;
    constexpr ULONG Head = FIELD_OFFSET(VOLUME_BITMAP_BUFFER, Buffer);
    LONGLONG Start = In->StartingLcn.QuadPart, Clusters = Fat->Geometry.Clusters;
    if (!FfIsVolumeOpen(Control) || Start < 0 || Start >= Clusters)
        return STATUS_INVALID_PARAMETER;
    FAT_RESULT Result = FatKnowSpace(Fat);
    if (Result != FatDone)
        return FfStatus(Control->Volume, Result);
    Start &= ~7LL;
    ULONG Bytes = (ULONG)min((LONGLONG)(Control->OutputLength - Head), (Clusters - Start + 7) / 8);
    RtlZeroMemory(Out->Buffer, Bytes);
    for (LONGLONG i = Start; i < Clusters && (i - Start) / 8 < Bytes; i++) {
        if (FatClusterInUse(Fat, (uint32_t)i + 2))
            Out->Buffer[(i - Start) / 8] |= (UCHAR)(1 << ((i - Start) % 8));
    }
    Out->StartingLcn.QuadPart = Start;
    Out->BitmapSize.QuadPart = Clusters - Start;
    Control->Used = Head + Bytes;
    return Bytes < (Clusters - Start + 7) / 8 ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

// In sectors: where cluster 0 of the data area is, and the boot sectors.
static NTSTATUS FfPointerBase(PFF_CONTROL Control)
{
    RETRIEVAL_POINTER_BASE *Out = Control->Output;
    const FAT_GEOMETRY *Geometry = &Control->Volume->Fat->Geometry;
    if (!FfIsVolumeOpen(Control))
        return STATUS_INVALID_PARAMETER;
    Out->FileAreaOffset.QuadPart = (LONGLONG)(Geometry->DataOffset / Geometry->SectorSize);
    Control->Used = sizeof(*Out);
    return STATUS_SUCCESS;
}

static NTSTATUS FfBootArea(PFF_CONTROL Control)
{
    BOOT_AREA_INFO *Out = Control->Output;
    const FAT_GEOMETRY *Geometry = &Control->Volume->Fat->Geometry;
    if (!FfIsVolumeOpen(Control))
        return STATUS_INVALID_PARAMETER;
    RtlZeroMemory(Out, sizeof(*Out));
    Out->BootSectorCount = Geometry->BackupOffset ? 2 : 1;
    Out->BootSectors[1].Offset.QuadPart = (LONGLONG)(Geometry->BackupOffset / Geometry->SectorSize);
    Control->Used = sizeof(*Out);
    return STATUS_SUCCESS;
}

static NTSTATUS FfMoveControl(PFF_CONTROL Control)
{
    return FfIsVolumeOpen(Control)
               ? FfMoveFile(Control->Volume, Control->Irp->RequestorMode, Control->Input)
               : STATUS_INVALID_PARAMETER;
}

// Of paging files, for the system: there is none.
static NTSTATUS FfPagingPointers(PFF_CONTROL Control)
{
    UNREFERENCED_PARAMETER(Control);
    return STATUS_INVALID_PARAMETER;
}

// There are no oplocks to be had: who asks does without.
static NTSTATUS FfOplock(PFF_CONTROL Control)
{
    return FfIsFile(Control->Fcb) ? STATUS_OPLOCK_NOT_GRANTED : STATUS_INVALID_PARAMETER;
}

// Without oplocks nobody breaks one, and nobody has one to acknowledge.
static NTSTATUS FfOplockNotify(PFF_CONTROL Control)
{
    return FfIsFile(Control->Fcb) ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

static NTSTATUS FfOplockAcknowledge(PFF_CONTROL Control)
{
    return FfIsFile(Control->Fcb) ? STATUS_INVALID_OPLOCK_PROTOCOL : STATUS_INVALID_PARAMETER;
}

// As on Windows' FAT volumes: every name is tried, not judged.
static NTSTATUS FfPathIsValid(PFF_CONTROL Control)
{
    UNREFERENCED_PARAMETER(Control);
    return STATUS_SUCCESS;
}

static const struct {
    ULONG Code, Input, Output; // least lengths
    BOOLEAN Core;              // held around the routine
    FF_CONTROL_ROUTINE *Routine;
} FfControls[] = {
    {FSCTL_LOCK_VOLUME, 0, 0, FALSE, FfLock},
    {FSCTL_UNLOCK_VOLUME, 0, 0, FALSE, FfUnlock},
    {FSCTL_DISMOUNT_VOLUME, 0, 0, FALSE, FfDismountControl},
    {FSCTL_ALLOW_EXTENDED_DASD_IO, 0, 0, FALSE, FfAllowExtendedIo},
    {FSCTL_IS_VOLUME_MOUNTED, 0, 0, FALSE, FfIsMounted},
    {FSCTL_IS_VOLUME_DIRTY, 0, sizeof(ULONG), TRUE, FfIsDirty},
    {FSCTL_MARK_VOLUME_DIRTY, 0, 0, TRUE, FfMarkDirtyControl},
    {FSCTL_QUERY_FAT_BPB, 0, 0x24, FALSE, FfQueryBpb},
    {FSCTL_FILESYSTEM_GET_STATISTICS, 0, sizeof(FILESYSTEM_STATISTICS), FALSE, FfStatistics},
    {FSCTL_REQUEST_OPLOCK_LEVEL_1, 0, 0, FALSE, FfOplock},
    {FSCTL_REQUEST_OPLOCK_LEVEL_2, 0, 0, FALSE, FfOplock},
    {FSCTL_REQUEST_BATCH_OPLOCK, 0, 0, FALSE, FfOplock},
    {FSCTL_REQUEST_FILTER_OPLOCK, 0, 0, FALSE, FfOplock},
    {FSCTL_REQUEST_OPLOCK, 0, 0, FALSE, FfOplock},
    {FSCTL_OPLOCK_BREAK_NOTIFY, 0, 0, FALSE, FfOplockNotify},
    {FSCTL_OPLOCK_BREAK_ACKNOWLEDGE, 0, 0, FALSE, FfOplockAcknowledge},
    {FSCTL_OPLOCK_BREAK_ACK_NO_2, 0, 0, FALSE, FfOplockAcknowledge},
    {FSCTL_OPBATCH_ACK_CLOSE_PENDING, 0, 0, FALSE, FfOplockAcknowledge},
    {FSCTL_IS_PATHNAME_VALID, 0, 0, FALSE, FfPathIsValid},
    {FSCTL_GET_RETRIEVAL_POINTER_BASE, 0, sizeof(RETRIEVAL_POINTER_BASE), FALSE, FfPointerBase},
    {FSCTL_GET_BOOT_AREA_INFO, 0, sizeof(BOOT_AREA_INFO), FALSE, FfBootArea},
    {FSCTL_QUERY_RETRIEVAL_POINTERS, 0, 0, FALSE, FfPagingPointers},
    {FSCTL_MOVE_FILE, sizeof(MOVE_FILE_DATA), 0, FALSE, FfMoveControl},
    {FSCTL_GET_RETRIEVAL_POINTERS, sizeof(STARTING_VCN_INPUT_BUFFER),
     FIELD_OFFSET(RETRIEVAL_POINTERS_BUFFER, Extents), TRUE, FfRetrievalPointers},
    {FSCTL_GET_VOLUME_BITMAP, sizeof(STARTING_LCN_INPUT_BUFFER),
     FIELD_OFFSET(VOLUME_BITMAP_BUFFER, Buffer), TRUE, FfVolumeBitmap},
};

// Buffers by pointer: the input is copied, the output's pages are locked. What follows cannot fault, with locks held.
static NTSTATUS FfTakeBuffers(PFF_CONTROL Control)
{
    NTSTATUS Status = STATUS_SUCCESS;
    ULONG Length = min(Control->InputLength, (ULONG)sizeof(Control->Captured));
    __try {
        if (Control->Irp->RequestorMode != KernelMode)
            ProbeForRead(Control->Input, Length, sizeof(UCHAR));
        RtlCopyMemory(&Control->Captured, Control->Input, Length);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        Status = GetExceptionCode();
    }
    Control->Input = &Control->Captured;
    if (NT_SUCCESS(Status))
        Status = FfLockBuffer(Control->Irp, Control->OutputLength, IoWriteAccess);
    Control->Output = NT_SUCCESS(Status) ? FfBuffer(Control->Irp) : NULL;
    return NT_SUCCESS(Status) && !Control->Output ? STATUS_INSUFFICIENT_RESOURCES : Status;
}

static NTSTATUS FfDoControl(PFF_CONTROL Control, ULONG Code)
{
    PFF_VOLUME Volume = Control->Volume;
    for (ULONG i = 0; i < RTL_NUMBER_OF(FfControls); i++) {
        if (FfControls[i].Code != Code)
            continue;
        if (Control->InputLength < FfControls[i].Input)
            return STATUS_INVALID_PARAMETER;
        if (Control->OutputLength < FfControls[i].Output ||
            (FfControls[i].Output && !Control->Output))
            return STATUS_BUFFER_TOO_SMALL;
        if (Volume->Dismounted && Code != FSCTL_IS_VOLUME_MOUNTED && Code != FSCTL_UNLOCK_VOLUME)
            return FfGone(Volume);
        NTSTATUS Status = (Code & 3) == METHOD_NEITHER && FfControls[i].Output
                              ? FfTakeBuffers(Control)
                              : STATUS_SUCCESS;
        if (!NT_SUCCESS(Status))
            return Status;
        if (FfControls[i].Core)
            FfLockCore(Volume);
        Status = FfControls[i].Routine(Control);
        if (FfControls[i].Core)
            FfUnlockCore(Volume);
        return Status;
    }
    return STATUS_INVALID_DEVICE_REQUEST;
}

NTSTATUS FfFsControl(PFF_VOLUME Volume, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    if (Stack->MinorFunction == IRP_MN_VERIFY_VOLUME)
        return FfVerify(Volume, Irp, Stack);
    ULONG Code = Stack->Parameters.FileSystemControl.FsControlCode;
    BOOLEAN Neither = (Code & 3) == METHOD_NEITHER;
    FF_CONTROL Control = {
        .Irp = Irp,
        .Volume = Volume,
        .FileObject = Stack->FileObject,
        .Fcb = Stack->FileObject ? FfFcb(Stack->FileObject) : NULL,
        .Input = Neither ? Stack->Parameters.FileSystemControl.Type3InputBuffer
                         : Irp->AssociatedIrp.SystemBuffer,
        .Output = Neither ? Irp->UserBuffer : Irp->AssociatedIrp.SystemBuffer,
        .InputLength = Stack->Parameters.FileSystemControl.InputBufferLength,
        .OutputLength = Stack->Parameters.FileSystemControl.OutputBufferLength,
    };
    NTSTATUS Status = STATUS_INVALID_DEVICE_REQUEST;
    ExAcquireResourceExclusiveLite(&Volume->Resource, TRUE);
    if (Control.Fcb && (Stack->MinorFunction == IRP_MN_USER_FS_REQUEST ||
                        Stack->MinorFunction == IRP_MN_KERNEL_CALL)) {
        __try {
            Status = FfDoControl(&Control, Code);
        } __except (FfExceptionFilter(GetExceptionInformation())) {
            Status = GetExceptionCode();
        }
    }
    ExReleaseResourceLite(&Volume->Resource);
    return FfComplete(Irp, Status, NT_ERROR(Status) ? 0 : Control.Used);
}

// Those of a volume handle are for the device.
NTSTATUS FfDeviceControl(PFF_VOLUME Volume, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    if (!Stack->FileObject || FfFcb(Stack->FileObject) != Volume->VolumeFcb)
        return FfComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    IoSkipCurrentIrpStackLocation(Irp);
    return IoCallDriver(Volume->Target, Irp);
}
