// FSCTL_MOVE_FILE: where a file is on the volume, for programs that put files together.
#include "ff.h"

static NTSTATUS FfMoveStatus(PFF_VOLUME Volume, FAT_RESULT Result)
{
    switch (Result) {
    case FatExists:
        return STATUS_ALREADY_COMMITTED; // somebody has the place
    case FatNotFound:
        return STATUS_END_OF_FILE;
    case FatTooLarge:
        return STATUS_INVALID_PARAMETER; // where a directory begins
    default:
        return FfStatus(Volume, Result);
    }
}

// Nothing is on the way to its clusters meanwhile; what the cache has yet to write goes to the new place.
static NTSTATUS FfMoveClusters(PFF_FCB Fcb, ULONG First, ULONG Cluster, ULONG Count)
{
    PFF_VOLUME Volume = Fcb->Volume;
    ExAcquireResourceExclusiveLite(&Fcb->MainResource, TRUE);
    ExAcquireResourceExclusiveLite(&Fcb->PagingResource, TRUE);
    FfLockCore(Volume);
    FAT_CHAIN *Chain = FfIsFile(Fcb) ? &Fcb->Chain : FatDirectoryChain(Fcb->Directory);
    FAT_RESULT Result = FatMove(Volume->Fat, Chain, First, Cluster, Count);
    if (FfIsFile(Fcb) &&
        Fcb->Entry.FirstCluster != Fcb->Chain.FirstCluster) { // also after an error
        Fcb->Entry.FirstCluster = Fcb->Chain.FirstCluster;
        FAT_RESULT Updated = FatUpdate(Fcb->Parent, &Fcb->Entry);
        Result = Result == FatDone ? Updated : Result;
    }
    if (Result == FatDone)
        Result = FatCommit(Volume->Fat);
    FfUnlockCore(Volume);
    ExReleaseResourceLite(&Fcb->PagingResource);
    ExReleaseResourceLite(&Fcb->MainResource);
    return FfMoveStatus(Volume, Result);
}

NTSTATUS FfMoveFile(PFF_VOLUME Volume, KPROCESSOR_MODE Mode, const MOVE_FILE_DATA *Move)
{
    ULONG64 Clusters = Volume->Fat->Geometry.Clusters;
    ULONG64 First = (ULONG64)Move->StartingVcn.QuadPart,
            Place = (ULONG64)Move->StartingLcn.QuadPart;
    PFILE_OBJECT FileObject;
    if (!Move->ClusterCount || Move->ClusterCount > Clusters ||
        Place > Clusters - Move->ClusterCount || First > UINT32_MAX)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = ObReferenceObjectByHandle(Move->FileHandle, 0, *IoFileObjectType, Mode,
                                                (PVOID *)&FileObject, NULL);
    if (!NT_SUCCESS(Status))
        return Status;
    PFF_FCB Fcb = FileObject->Vpb == Volume->Vpb ? FfFcb(FileObject) : NULL;
    if (!Fcb || Fcb == Volume->VolumeFcb || Fcb->Deleted)
        Status = STATUS_INVALID_PARAMETER;
    else
        Status = FfMoveClusters(Fcb, (ULONG)First, (ULONG)Place + 2, Move->ClusterCount);
    ObDereferenceObject(FileObject);
    return Status;
}
