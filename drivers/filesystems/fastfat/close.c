// The end of an open: cleanup with the last handle, close with the last reference.
#include "ff.h"

// The last handle of what is to be deleted is gone. What cannot be deleted stays, with its data.
static VOID FfDelete(PFF_FCB Fcb, PFILE_OBJECT FileObject)
{
    Fcb->DeletePending = FALSE;
    if (!FfRemove(Fcb))
        return;
    if (FfIsFile(Fcb)) {
        LARGE_INTEGER Zero = {};
        CcUninitializeCacheMap(FileObject, &Zero, NULL); // what is in memory goes in a while
    }
    FfReport(Fcb, FfIsDirectory(Fcb) ? FILE_NOTIFY_CHANGE_DIR_NAME : FILE_NOTIFY_CHANGE_FILE_NAME,
             FILE_ACTION_REMOVED);
}

static VOID FfMarkModified(PFF_FCB Fcb, PFF_CCB Ccb, PFILE_OBJECT FileObject)
{
    if (!(FileObject->Flags & FO_FILE_MODIFIED) && !Ccb->Modified)
        return;
    if (!Ccb->TimesSet[FfModified])
        FfTouchTime(Fcb, FfModified);
    if (!Ccb->TimesSet[FfAccessed])
        FfTouchTime(Fcb, FfAccessed);
    Fcb->Entry.Attributes |= FAT_ATTRIBUTE_ARCHIVE;
    Fcb->EntryChanged = TRUE;
}

static VOID FfCleanupFile(PFF_FCB Fcb, PFILE_OBJECT FileObject, PIRP Irp)
{
    (VOID) FsRtlFastUnlockAll(&Fcb->Lock, FileObject, IoGetRequestorProcess(Irp), NULL);
    if (Fcb->Deleted)
        return;
    FfMarkModified(Fcb, FileObject->FsContext2, FileObject);
    if (Fcb->Share.Writers == FileObject->WriteAccess) // it is the last one, or there is none
        FfTrim(Fcb);
    (VOID) FfWriteEntry(Fcb);
    CcUninitializeCacheMap(FileObject, NULL, NULL);
}

static VOID FfCleanupNamed(PFF_FCB Fcb, PFILE_OBJECT FileObject, PIRP Irp)
{
    PFF_CCB Ccb = FileObject->FsContext2;
    ExAcquireResourceExclusiveLite(&Fcb->MainResource, TRUE);
    if (FfIsDirectory(Fcb))
        FsRtlNotifyCleanup(Fcb->Volume->NotifySync, &Fcb->Volume->NotifyList, Ccb);
    if (Ccb->DeleteOnClose && !Fcb->Deleted)
        Fcb->DeletePending = TRUE;
    if (!Fcb->Volume->Dismounted) {
        if (!Fcb->Handles && Fcb->DeletePending && Fcb->Parent)
            FfDelete(Fcb, FileObject);
        if (FfIsFile(Fcb))
            FfCleanupFile(Fcb, FileObject, Irp);
    } else if (FfIsFile(Fcb)) {
        CcUninitializeCacheMap(FileObject, NULL, NULL);
    }
    IoRemoveShareAccess(FileObject, &Fcb->Share);
    ExReleaseResourceLite(&Fcb->MainResource);
}

static VOID FfCleanupVolume(PFF_VOLUME Volume, PFILE_OBJECT FileObject)
{
    KIRQL Irql;
    if (Volume->Locker == FileObject) {
        IoAcquireVpbSpinLock(&Irql);
        Volume->Vpb->Flags &= ~VPB_LOCKED;
        IoReleaseVpbSpinLock(Irql);
        Volume->Locker = NULL;
    }
    IoRemoveShareAccess(FileObject, &Volume->VolumeFcb->Share);
}

// What FfTrim would make zero with the volume locked, if that is long.
static VOID FfTrimAhead(PFF_FCB Fcb)
{
    constexpr LONGLONG Long = 1 << 20;
    if (!FfIsFile(Fcb) || Fcb->Handles > 1 || Fcb->DeletePending || Fcb->Volume->Dismounted)
        return;
    ExAcquireResourceSharedLite(&Fcb->MainResource, TRUE);
    LONGLONG Size = Fcb->Header.FileSize.QuadPart;
    if (Size - Fcb->Header.ValidDataLength.QuadPart > Long)
        (VOID) FfZeroStretches(Fcb, Size);
    ExReleaseResourceLite(&Fcb->MainResource);
}

NTSTATUS FfCleanup(PFF_VOLUME Volume, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    PFILE_OBJECT FileObject = Stack->FileObject;
    PFF_FCB Fcb = FfFcb(FileObject);
    PFF_CCB Ccb = FileObject->FsContext2;
    if (!Fcb || !Ccb || Ccb->Cleaned)
        return FfComplete(Irp, STATUS_SUCCESS, 0);
    if (!Ccb->DeleteOnClose)
        FfTrimAhead(Fcb);
    ExAcquireResourceExclusiveLite(&Volume->Resource, TRUE);
    Ccb->Cleaned = TRUE;
    Fcb->Handles--;
    Volume->Handles--;
    if (Fcb == Volume->VolumeFcb)
        FfCleanupVolume(Volume, FileObject);
    else
        FfCleanupNamed(Fcb, FileObject, Irp);
    FileObject->Flags |= FO_CLEANUP_COMPLETE;
    ExReleaseResourceLite(&Volume->Resource);
    if (FileObject->Flags & FO_WRITE_THROUGH)
        (VOID) FfCommit(Volume);
    return FfComplete(Irp, STATUS_SUCCESS, 0);
}

NTSTATUS FfClose(PFF_VOLUME Volume, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    PFILE_OBJECT FileObject = Stack->FileObject;
    PFF_FCB Fcb = FfFcb(FileObject);
    PFF_CCB Ccb = FileObject->FsContext2;
    if (!Fcb)
        return FfComplete(Irp, STATUS_SUCCESS, 0);
    ExAcquireResourceExclusiveLite(&Volume->Resource, TRUE);
    if (Ccb) {
        if (Ccb->Pattern.Buffer)
            ExFreePoolWithTag(Ccb->Pattern.Buffer, FfTag);
        ExFreePoolWithTag(Ccb, FfTag);
    }
    FileObject->FsContext = NULL;
    FileObject->FsContext2 = NULL;
    FfReleaseFcb(Fcb);
    ExReleaseResourceLite(&Volume->Resource);
    FfDereference(Volume);
    return FfComplete(Irp, STATUS_SUCCESS, 0);
}
