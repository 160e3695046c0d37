// How long files are. Behind the end there may be clusters in reserve while the file is open.
#include "ff.h"

enum { FfMostReserve = 1 << 20 };

static LONGLONG FfClusterBytes(const FF_FCB *Fcb)
{
    return Fcb->Volume->Fat->Geometry.ClusterSize;
}

// Also of a file that is not cached: pages of it may be left, or a section have them.
VOID FfTellCache(PFF_FCB Fcb, PFILE_OBJECT FileObject)
{
    if (FileObject)
        CcSetFileSizes(FileObject, (PCC_FILE_SIZES)&Fcb->Header.AllocationSize);
}

// The chain as long as Bytes need. What is cut off is no part of the file any more before it is free.
static NTSTATUS FfFitChain(PFF_FCB Fcb, LONGLONG Bytes)
{
    PFF_VOLUME Volume = Fcb->Volume;
    ULONG Shift = Volume->Fat->Geometry.ClusterShift;
    LONGLONG Clusters = (Bytes + FfClusterBytes(Fcb) - 1) >> Shift;
    if (Clusters > Volume->Fat->Geometry.Clusters)
        return STATUS_DISK_FULL;
    ExAcquireResourceExclusiveLite(&Fcb->PagingResource, TRUE);
    FfLockCore(Volume);
    uint32_t Count = 0;
    FAT_RESULT Result = FatCountClusters(Volume->Fat, &Fcb->Chain, &Count);
    if (Result == FatDone && Clusters > Count)
        Result = FatExtend(Volume->Fat, &Fcb->Chain, (uint32_t)Clusters);
    else if (Result == FatDone && Clusters < Count)
        Result = FatTruncate(Volume->Fat, &Fcb->Chain, (uint32_t)Clusters);
    NTSTATUS Status = FfStatus(Volume, Result);
    bool Moved = Fcb->Entry.FirstCluster && Fcb->Entry.FirstCluster != Fcb->Chain.FirstCluster;
    bool Shorter = Clusters < Count;
    if (FatCountClusters(Volume->Fat, &Fcb->Chain, &Count) == FatDone)
        Fcb->Header.AllocationSize.QuadPart = (LONGLONG)Count << Shift;
    if (Fcb->Entry.FirstCluster != Fcb->Chain.FirstCluster) {
        Fcb->Entry.FirstCluster = Fcb->Chain.FirstCluster;
        Fcb->EntryChanged = TRUE;
    }
    if (Moved || Shorter) { // with it: a commit may come as soon as the core is unlocked
        NTSTATUS Written = FfWriteEntry(Fcb);
        Status = NT_SUCCESS(Status) ? Written : Status;
    }
    FfUnlockCore(Volume);
    ExReleaseResourceLite(&Fcb->PagingResource);
    return Status;
}

static VOID FfSetFields(PFF_FCB Fcb, LONGLONG Bytes)
{
    ExAcquireResourceExclusiveLite(&Fcb->PagingResource, TRUE);
    Fcb->Header.FileSize.QuadPart = Bytes;
    if (Fcb->Header.ValidDataLength.QuadPart > Bytes)
        Fcb->Header.ValidDataLength.QuadPart = Bytes;
    if (Fcb->ValidToDisk > Bytes)
        Fcb->ValidToDisk = Bytes;
    ExReleaseResourceLite(&Fcb->PagingResource);
    Fcb->Entry.Size = (ULONG)Bytes;
    Fcb->EntryChanged = TRUE;
}

// Clusters as many as that, without a change of what is in the file unless it is cut.
NTSTATUS FfSetAllocation(PFF_FCB Fcb, PFILE_OBJECT FileObject, LONGLONG Bytes)
{
    if (Bytes < 0 || Bytes > FAT_MAX_FILE)
        return STATUS_DISK_FULL;
    if (Bytes < Fcb->Header.FileSize.QuadPart)
        return FfSetSize(Fcb, FileObject, Bytes);
    NTSTATUS Status = FfFitChain(Fcb, Bytes);
    if (!NT_SUCCESS(Status))
        return Status;
    Fcb->TruncateOnClose = TRUE;
    FfTellCache(Fcb, FileObject);
    return FfWriteEntry(Fcb);
}

// A file that grows again and again gets clusters ahead, so that files that grow at the same time do not
// take turns on the medium.
static NTSTATUS FfGrow(PFF_FCB Fcb, PFILE_OBJECT FileObject, LONGLONG Bytes)
{
    NTSTATUS Status = STATUS_DISK_FULL;
    if (Bytes > Fcb->Header.AllocationSize.QuadPart) {
        LONGLONG Reserve = Fcb->Header.FileSize.QuadPart ? min(Bytes, (LONGLONG)FfMostReserve) : 0;
        if (Reserve && Bytes + Reserve <= FAT_MAX_FILE)
            Status = FfFitChain(Fcb, Bytes + Reserve);
        if (NT_SUCCESS(Status))
            Fcb->TruncateOnClose = TRUE;
        if (Status == STATUS_DISK_FULL)
            Status = FfFitChain(Fcb, Bytes);
        if (!NT_SUCCESS(Status))
            return Status;
    }
    FfSetFields(Fcb, Bytes);
    FfTellCache(Fcb, FileObject);
    return FfWriteEntry(Fcb);
}

static NTSTATUS FfShrink(PFF_FCB Fcb, PFILE_OBJECT FileObject, LONGLONG Bytes)
{
    LARGE_INTEGER Size = {.QuadPart = Bytes};
    if (!MmCanFileBeTruncated(&Fcb->Section, &Size))
        return STATUS_USER_MAPPED_FILE;
    FfSetFields(Fcb, Bytes);
    FfTellCache(Fcb, FileObject);
    NTSTATUS Status = FfFitChain(Fcb, Bytes);
    if (!NT_SUCCESS(Status)) {
        Fcb->TruncateOnClose = TRUE; // it is shorter; its clusters are tried again
        return Status;
    }
    FfTellCache(Fcb, FileObject);
    return FfWriteEntry(Fcb);
}

NTSTATUS FfSetSize(PFF_FCB Fcb, PFILE_OBJECT FileObject, LONGLONG Bytes)
{
    if (Bytes < 0 || Bytes > FAT_MAX_FILE)
        return STATUS_DISK_FULL;
    if (Bytes == Fcb->Header.FileSize.QuadPart)
        return STATUS_SUCCESS;
    if (Bytes > Fcb->Header.FileSize.QuadPart)
        return FfGrow(Fcb, FileObject, Bytes);
    return FfShrink(Fcb, FileObject, Bytes);
}

// ---- What was never written is zero

enum {
    FfZeroPiece = 1 << 20,
    FfZeroLeast = 64 * 1024,  // when there is not that much memory
    FfZeroStretch = 16 << 20, // for which others wait that write to the file
};

// Where a byte of the file is on the device, and how many lie together from there on.
static NTSTATUS FfPlaceOf(PFF_FCB Fcb, LONGLONG Offset, PULONG64 Place, PULONG64 Length)
{
    PFF_VOLUME Volume = Fcb->Volume;
    ULONG Shift = Volume->Fat->Geometry.ClusterShift;
    ULONG Within = (ULONG)(Offset & (FfClusterBytes(Fcb) - 1));
    FAT_RUN Run;
    FfLockCore(Volume);
    NTSTATUS Status =
        FfStatus(Volume, FatLookup(Volume->Fat, &Fcb->Chain, (uint32_t)(Offset >> Shift), &Run));
    FfUnlockCore(Volume);
    if (!NT_SUCCESS(Status))
        return Status;
    *Place = FatClusterOffset(&Volume->Fat->Geometry, Run.Cluster) + Within;
    *Length = ((ULONG64)Run.Count << Shift) - Within;
    return STATUS_SUCCESS;
}

// Zeros from Offset on, which is a sector's begin, as many as lie together; no more than Most.
static NTSTATUS FfZeroPieceAt(PFF_FCB Fcb, LONGLONG Offset, ULONG Most, PVOID Zeros, PULONG Length)
{
    ULONG64 Place, Room;
    NTSTATUS Status = FfPlaceOf(Fcb, Offset, &Place, &Room);
    if (!NT_SUCCESS(Status))
        return Status;
    *Length = (ULONG)min(Room, (ULONG64)Most);
    return FfTransferDevice(Fcb->Volume->Target, IRP_MJ_WRITE, Place, *Length, Zeros);
}

// The rest of the sector that the valid bytes end in: there is what was cut off there once.
static NTSTATUS FfZeroSector(PFF_FCB Fcb, PUCHAR Buffer)
{
    PFF_VOLUME Volume = Fcb->Volume;
    ULONG Sector = Volume->Store.SectorSize;
    ULONG Used = (ULONG)(Fcb->ValidToDisk % Sector);
    ULONG64 Place, Room;
    if (!Used)
        return STATUS_SUCCESS;
    NTSTATUS Status = FfPlaceOf(Fcb, Fcb->ValidToDisk - Used, &Place, &Room);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = FfTransferDevice(Volume->Target, IRP_MJ_READ, Place, Sector, Buffer);
    if (!NT_SUCCESS(Status))
        return Status;
    RtlZeroMemory(Buffer + Used, Sector - Used);
    return FfTransferDevice(Volume->Target, IRP_MJ_WRITE, Place, Sector, Buffer);
}

// The paging resource is held exclusively. Bytes up to End that are on the medium become the file's own.
NTSTATUS FfZeroToDisk(PFF_FCB Fcb, LONGLONG End)
{
    ULONG Sector = Fcb->Volume->Store.SectorSize, Done;
    if (End <= Fcb->ValidToDisk)
        return STATUS_SUCCESS;
    ULONG Piece = End - Fcb->ValidToDisk > FfZeroLeast ? FfZeroPiece : FfZeroLeast;
    PVOID Buffer = ExAllocatePoolWithTag(NonPagedPoolNx, Piece, FfTag);
    if (!Buffer && Piece > FfZeroLeast)
        Buffer = ExAllocatePoolWithTag(NonPagedPoolNx, Piece = FfZeroLeast, FfTag);
    if (!Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = FfZeroSector(Fcb, Buffer);
    LONGLONG Offset = (Fcb->ValidToDisk + Sector - 1) / Sector * Sector;
    RtlZeroMemory(Buffer, Piece);
    for (; NT_SUCCESS(Status) && Offset < End; Offset += Done) {
        LONGLONG Left = (End - Offset + Sector - 1) / Sector * Sector;
        Status = FfZeroPieceAt(Fcb, Offset, (ULONG)min(Left, (LONGLONG)Piece), Buffer, &Done);
    }
    if (NT_SUCCESS(Status))
        Fcb->ValidToDisk = End;
    ExFreePoolWithTag(Buffer, FfTag);
    return Status;
}

// The same without the paging resource, for as much as one likes.
NTSTATUS FfZeroStretches(PFF_FCB Fcb, LONGLONG End)
{
    NTSTATUS Status = STATUS_SUCCESS;
    BOOLEAN More = TRUE;
    while (NT_SUCCESS(Status) && More) {
        ExAcquireResourceExclusiveLite(&Fcb->PagingResource, TRUE);
        LONGLONG Most = min(End, Fcb->Header.FileSize.QuadPart);
        Status = FfZeroToDisk(Fcb, min(Most, Fcb->ValidToDisk + FfZeroStretch));
        More = Fcb->ValidToDisk < Most;
        ExReleaseResourceLite(&Fcb->PagingResource);
    }
    return Status;
}

// The last handle for writing goes: no clusters in reserve, no bytes in the file that were never written.
VOID FfTrim(PFF_FCB Fcb)
{
    LONGLONG Size = Fcb->Header.FileSize.QuadPart;
    if (Fcb->Header.ValidDataLength.QuadPart < Size) {
        IO_STATUS_BLOCK IoStatus;
        CcFlushCache(&Fcb->Section, NULL, 0, &IoStatus);
        ExAcquireResourceExclusiveLite(&Fcb->PagingResource, TRUE);
        if (NT_SUCCESS(FfZeroToDisk(Fcb, Size)))
            Fcb->Header.ValidDataLength.QuadPart = Size;
        ExReleaseResourceLite(&Fcb->PagingResource);
    }
    if (Fcb->TruncateOnClose && NT_SUCCESS(FfFitChain(Fcb, Size)))
        Fcb->TruncateOnClose = FALSE;
}
