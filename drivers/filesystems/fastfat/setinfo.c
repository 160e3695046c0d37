// IRP_MJ_SET_INFORMATION.
#include "ff.h"

typedef struct _FF_SET {
    PFF_VOLUME Volume;
    PFF_FCB Fcb;
    PFF_CCB Ccb;
    PIRP Irp;
    PIO_STACK_LOCATION Stack;
    PVOID Buffer;
} FF_SET, *PFF_SET;

typedef NTSTATUS FF_SET_CLASS(PFF_SET Set);

// ---- Times and attributes

static VOID FfSetTime(PFF_SET Set, FF_TIME Which, LONGLONG Time)
{
    FAT_ENTRY *Entry = &Set->Fcb->Entry;
    if (!Time)
        return;
    Set->Ccb->TimesSet[Which] = TRUE;
    if (Time < 0) // only: leave it alone
        return;
    FAT_STAMP Stamp = FfSystemToStamp(Time);
    if (Which == FfCreated)
        Entry->Created = Stamp;
    else if (Which == FfModified)
        Entry->Modified = (FAT_STAMP){Stamp.Date, Stamp.Time, 0};
    else
        Entry->Accessed = (FAT_STAMP){Stamp.Date, 0, 0};
    Set->Fcb->EntryChanged = TRUE;
}

static NTSTATUS FfSetBasic(PFF_SET Set)
{
    const FILE_BASIC_INFORMATION *In = Set->Buffer;
    PFF_FCB Fcb = Set->Fcb;
    constexpr ULONG Kept = FAT_ATTRIBUTE_READONLY | FAT_ATTRIBUTE_HIDDEN | FAT_ATTRIBUTE_SYSTEM |
                           FAT_ATTRIBUTE_ARCHIVE;
    const LONGLONG Times[] = {In->CreationTime.QuadPart, In->LastWriteTime.QuadPart,
                              In->LastAccessTime.QuadPart};
    BOOLEAN Directory = FfIsDirectory(Fcb);
    if ((In->FileAttributes & FILE_ATTRIBUTE_DIRECTORY) && !Directory)
        return STATUS_INVALID_PARAMETER;
    if ((In->FileAttributes & FILE_ATTRIBUTE_TEMPORARY) && Directory)
        return STATUS_INVALID_PARAMETER;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Times); i++) {
        if (Times[i] < -2)
            return STATUS_INVALID_PARAMETER;
    }
    if (!Fcb->Parent) // the root has no entry
        return STATUS_SUCCESS;
    FfSetTime(Set, FfCreated, Times[0]);
    FfSetTime(Set, FfModified, Times[1]);
    FfSetTime(Set, FfAccessed, Times[2]);
    if (In->FileAttributes) {
        Fcb->Entry.Attributes =
            (UCHAR)((In->FileAttributes & Kept) | (Directory ? FAT_ATTRIBUTE_DIRECTORY : 0));
        Fcb->EntryChanged = TRUE;
    }
    NTSTATUS Status = FfWriteEntry(Fcb);
    if (NT_SUCCESS(Status))
        FfReport(Fcb, FILE_NOTIFY_CHANGE_ATTRIBUTES | FILE_NOTIFY_CHANGE_LAST_WRITE,
                 FILE_ACTION_MODIFIED);
    return Status;
}

// ---- Deletion

static NTSTATUS FfMarkDelete(PFF_FCB Fcb)
{
    if (!Fcb->Parent || (Fcb->Entry.Attributes & FAT_ATTRIBUTE_READONLY))
        return STATUS_CANNOT_DELETE;
    if (FfIsDirectory(Fcb) && FatDirectoryEntries(Fcb->Directory))
        return STATUS_DIRECTORY_NOT_EMPTY;
    if (FfIsFile(Fcb) && !MmFlushImageSection(&Fcb->Section, MmFlushForDelete))
        return STATUS_CANNOT_DELETE;
    Fcb->DeletePending = TRUE;
    return STATUS_SUCCESS;
}

static NTSTATUS FfSetDisposition(PFF_SET Set)
{
    const FILE_DISPOSITION_INFORMATION *In = Set->Buffer;
    Set->Stack->FileObject->DeletePending = In->DeleteFile;
    if (In->DeleteFile)
        return FfMarkDelete(Set->Fcb);
    Set->Fcb->DeletePending = FALSE; // an open that deletes on close still does
    return STATUS_SUCCESS;
}

// ---- Sizes

static NTSTATUS FfSetEnd(PFF_SET Set)
{
    const FILE_END_OF_FILE_INFORMATION *In = Set->Buffer;
    if (!FfIsFile(Set->Fcb))
        return STATUS_INVALID_DEVICE_REQUEST;
    if (Set->Stack->Parameters.SetFile.AdvanceOnly)
        return STATUS_SUCCESS; // the lazy writer's: the size in the entry is right at any time
    NTSTATUS Status = FfSetSize(Set->Fcb, Set->Stack->FileObject, In->EndOfFile.QuadPart);
    if (NT_SUCCESS(Status))
        FfReport(Set->Fcb, FILE_NOTIFY_CHANGE_SIZE, FILE_ACTION_MODIFIED);
    Set->Ccb->Modified = TRUE;
    return Status;
}

static NTSTATUS FfSetAllocationInfo(PFF_SET Set)
{
    const FILE_ALLOCATION_INFORMATION *In = Set->Buffer;
    if (!FfIsFile(Set->Fcb))
        return STATUS_INVALID_DEVICE_REQUEST;
    Set->Ccb->Modified = TRUE;
    return FfSetAllocation(Set->Fcb, Set->Stack->FileObject, In->AllocationSize.QuadPart);
}

static NTSTATUS FfSetValid(PFF_SET Set)
{
    const FILE_VALID_DATA_LENGTH_INFORMATION *In = Set->Buffer;
    PFF_FCB Fcb = Set->Fcb;
    LONGLONG Valid = In->ValidDataLength.QuadPart;
    if (!FfIsFile(Fcb) || Valid < Fcb->Header.ValidDataLength.QuadPart ||
        Valid > Fcb->Header.FileSize.QuadPart)
        return STATUS_INVALID_PARAMETER;
    ExAcquireResourceExclusiveLite(&Fcb->PagingResource, TRUE);
    Fcb->Header.ValidDataLength.QuadPart = Valid;
    Fcb->ValidToDisk = max(Fcb->ValidToDisk, Valid);
    ExReleaseResourceLite(&Fcb->PagingResource);
    FfTellCache(Fcb, Set->Stack->FileObject);
    return STATUS_SUCCESS;
}

static NTSTATUS FfSetPosition(PFF_SET Set)
{
    const FILE_POSITION_INFORMATION *In = Set->Buffer;
    Set->Stack->FileObject->CurrentByteOffset = In->CurrentByteOffset;
    return STATUS_SUCCESS;
}

static NTSTATUS FfSetName(PFF_SET Set)
{
    return FfRename(Set->Volume, Set->Irp, Set->Stack);
}

static const struct {
    FILE_INFORMATION_CLASS Class;
    ULONG Least;
    BOOLEAN Changes; // the medium
    FF_SET_CLASS *Routine;
} FfSets[] = {
    {FileBasicInformation, sizeof(FILE_BASIC_INFORMATION), TRUE, FfSetBasic},
    {FileDispositionInformation, sizeof(FILE_DISPOSITION_INFORMATION), TRUE, FfSetDisposition},
    {FileEndOfFileInformation, sizeof(FILE_END_OF_FILE_INFORMATION), TRUE, FfSetEnd},
    {FileAllocationInformation, sizeof(FILE_ALLOCATION_INFORMATION), TRUE, FfSetAllocationInfo},
    {FileValidDataLengthInformation, sizeof(FILE_VALID_DATA_LENGTH_INFORMATION), TRUE, FfSetValid},
    {FilePositionInformation, sizeof(FILE_POSITION_INFORMATION), FALSE, FfSetPosition},
    {FileRenameInformation, FIELD_OFFSET(FILE_RENAME_INFORMATION, FileName), TRUE, FfSetName},
};

static NTSTATUS FfDoSet(PFF_SET Set, FILE_INFORMATION_CLASS Class, ULONG Length)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(FfSets); i++) {
        if (FfSets[i].Class != Class)
            continue;
        if (Length < FfSets[i].Least)
            return STATUS_INFO_LENGTH_MISMATCH;
        if (FfSets[i].Changes && Set->Volume->Fat->ReadOnly)
            return STATUS_MEDIA_WRITE_PROTECTED;
        if (FfSets[i].Changes && Set->Fcb->Deleted)
            return STATUS_DELETE_PENDING;
        ExAcquireResourceExclusiveLite(&Set->Fcb->MainResource, TRUE);
        NTSTATUS Status = FfSets[i].Routine(Set);
        ExReleaseResourceLite(&Set->Fcb->MainResource);
        return Status;
    }
    return STATUS_INVALID_PARAMETER;
}

NTSTATUS FfSetInformation(PFF_VOLUME Volume, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    FF_SET Set = {
        .Volume = Volume,
        .Fcb = FfFcb(Stack->FileObject),
        .Ccb = Stack->FileObject->FsContext2,
        .Irp = Irp,
        .Stack = Stack,
        .Buffer = Irp->AssociatedIrp.SystemBuffer,
    };
    NTSTATUS Status = STATUS_INVALID_PARAMETER;
    ExAcquireResourceExclusiveLite(&Volume->Resource, TRUE);
    if (Volume->Dismounted)
        Status = FfGone(Volume);
    else if (Set.Fcb && Set.Ccb && Set.Fcb != Volume->VolumeFcb)
        Status = FfDoSet(&Set, Stack->Parameters.SetFile.FileInformationClass,
                         Stack->Parameters.SetFile.Length);
    ExReleaseResourceLite(&Volume->Resource);
    return FfComplete(Irp, Status, 0);
}
