// IRP_MJ_CREATE: opening and creating files, directories and the volume.
#include "open.h"

// ---- The FCB

static NTSTATUS FfOpenRoot(PFF_OPEN Open)
{
    UNICODE_STRING Path = RTL_CONSTANT_STRING(L"\\");
    Open->Fcb = FfFindFcb(Open->Volume, NULL, 0);
    if (Open->Fcb) {
        Open->Fcb->References++;
        return STATUS_SUCCESS;
    }
    NTSTATUS Status = FfCreateFcb(Open->Volume, FfTypeDirectory, &Path, &Open->Fcb);
    return NT_SUCCESS(Status) ? FfFillFcb(Open->Fcb, NULL, NULL) : Status;
}

static NTSTATUS FfOpenEntry(PFF_OPEN Open)
{
    CSHORT Type = Open->Entry.Attributes & FAT_ATTRIBUTE_DIRECTORY ? FfTypeDirectory : FfTypeFile;
    Open->Fcb = FfFindFcb(Open->Volume, Open->Parent, Open->Entry.Slot);
    if (Open->Fcb) {
        Open->Fcb->References++;
        return STATUS_SUCCESS;
    }
    FfAppendPath(&Open->Path, Open->Entry.Name, Open->Entry.NameLength);
    NTSTATUS Status = FfCreateFcb(Open->Volume, Type, &Open->Path, &Open->Fcb);
    return NT_SUCCESS(Status) ? FfFillFcb(Open->Fcb, Open->Parent, &Open->Entry) : Status;
}

// ---- May it be?

static NTSTATUS FfCheckOptions(PFF_OPEN Open)
{
    if (Open->Stack->Parameters.Create.EaLength)
        return STATUS_EAS_NOT_SUPPORTED;
    if ((Open->Options & FILE_DIRECTORY_FILE) && Open->Disposition != FILE_OPEN &&
        Open->Disposition != FILE_CREATE && Open->Disposition != FILE_OPEN_IF)
        return STATUS_INVALID_PARAMETER;
    if (Open->Volume->Fat->ReadOnly &&
        ((Open->Access & (FILE_WRITE_DATA | FILE_APPEND_DATA | DELETE)) ||
         (Open->Options & FILE_DELETE_ON_CLOSE)))
        return STATUS_MEDIA_WRITE_PROTECTED;
    return STATUS_SUCCESS;
}

static NTSTATUS FfCheckKind(PFF_OPEN Open)
{
    BOOLEAN Directory = FfIsDirectory(Open->Fcb);
    if (!Directory && Open->WantsDirectory)
        return Open->Options & FILE_DIRECTORY_FILE ? STATUS_NOT_A_DIRECTORY
                                                   : STATUS_OBJECT_NAME_INVALID;
    if (Directory && (Open->Options & FILE_NON_DIRECTORY_FILE))
        return STATUS_FILE_IS_A_DIRECTORY;
    if (Directory && (Open->Disposition == FILE_SUPERSEDE || Open->Disposition == FILE_OVERWRITE ||
                      Open->Disposition == FILE_OVERWRITE_IF))
        return STATUS_OBJECT_NAME_COLLISION;
    if (Directory && !Open->Fcb->Parent && (Open->Options & FILE_DELETE_ON_CLOSE))
        return STATUS_CANNOT_DELETE;
    return STATUS_SUCCESS;
}

static NTSTATUS FfCheckExisting(PFF_OPEN Open)
{
    PFF_FCB Fcb = Open->Fcb;
    BOOLEAN Replaces = Open->Disposition != FILE_OPEN && Open->Disposition != FILE_OPEN_IF;
    ULONG Attributes = Open->Stack->Parameters.Create.FileAttributes;
    constexpr ULONG Kept = FAT_ATTRIBUTE_HIDDEN | FAT_ATTRIBUTE_SYSTEM;
    if (Open->Disposition == FILE_CREATE)
        return STATUS_OBJECT_NAME_COLLISION;
    NTSTATUS Status = FfCheckKind(Open);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Fcb->DeletePending)
        return STATUS_DELETE_PENDING;
    if (FfIsFile(Fcb) && (Fcb->Entry.Attributes & FAT_ATTRIBUTE_READONLY)) {
        if (Open->Options & FILE_DELETE_ON_CLOSE)
            return STATUS_CANNOT_DELETE;
        if (Replaces || (Open->Access & (FILE_WRITE_DATA | FILE_APPEND_DATA)))
            return STATUS_ACCESS_DENIED;
    }
    if (Replaces && Open->Volume->Fat->ReadOnly)
        return STATUS_MEDIA_WRITE_PROTECTED;
    if (Replaces && (Fcb->Entry.Attributes & Kept & ~Attributes))
        return STATUS_ACCESS_DENIED;
    return STATUS_SUCCESS;
}

static NTSTATUS FfShare(PFF_OPEN Open, PSHARE_ACCESS Share, BOOLEAN First)
{
    ULONG Wanted = Open->Stack->Parameters.Create.ShareAccess;
    if (!First)
        return IoCheckShareAccess(Open->Access, Wanted, Open->FileObject, Share, TRUE);
    IoSetShareAccess(Open->Access, Wanted, Open->FileObject, Share);
    return STATUS_SUCCESS;
}

// Programs that run from the file must be able to go on.
static NTSTATUS FfCheckImage(PFF_OPEN Open, BOOLEAN Replaces)
{
    BOOLEAN Writes = Replaces || (Open->Access & (FILE_WRITE_DATA | FILE_APPEND_DATA));
    if (!FfIsFile(Open->Fcb) || !(Writes || (Open->Options & FILE_DELETE_ON_CLOSE)))
        return STATUS_SUCCESS;
    if (MmFlushImageSection(&Open->Fcb->Section, MmFlushForWrite))
        return STATUS_SUCCESS;
    return Open->Options & FILE_DELETE_ON_CLOSE ? STATUS_CANNOT_DELETE : STATUS_SHARING_VIOLATION;
}

// ---- Doing it

static VOID FfFillNew(PFF_OPEN Open, FAT_ENTRY *Entry)
{
    LARGE_INTEGER Now;
    ULONG Attributes = Open->Stack->Parameters.Create.FileAttributes &
                       (FAT_ATTRIBUTE_READONLY | FAT_ATTRIBUTE_HIDDEN | FAT_ATTRIBUTE_SYSTEM);
    KeQuerySystemTime(&Now);
    FAT_STAMP Stamp = FfSystemToStamp(Now.QuadPart);
    RtlZeroMemory(Entry, sizeof(*Entry));
    Entry->NameLength = Open->Last.Length / sizeof(WCHAR);
    RtlCopyMemory(Entry->Name, Open->Last.Buffer, min(Open->Last.Length, sizeof(Entry->Name)));
    Entry->Attributes = (UCHAR)(Attributes | FAT_ATTRIBUTE_ARCHIVE);
    Entry->Created = Stamp;
    Entry->Modified = (FAT_STAMP){Stamp.Date, Stamp.Time, 0};
    Entry->Accessed = (FAT_STAMP){Stamp.Date, 0, 0};
}

static NTSTATUS FfCreateNew(PFF_OPEN Open)
{
    BOOLEAN Directory = (Open->Options & FILE_DIRECTORY_FILE) != 0;
    if (Open->Disposition == FILE_OPEN || Open->Disposition == FILE_OVERWRITE)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    if (Open->Volume->Fat->ReadOnly)
        return STATUS_MEDIA_WRITE_PROTECTED;
    if (Open->WantsDirectory && !Directory)
        return STATUS_OBJECT_NAME_INVALID;
    PFF_FCB Parent = FfFindDirectoryFcb(Open->Volume, Open->Parent);
    if (Parent && Parent->DeletePending)
        return STATUS_DELETE_PENDING;
    if ((Open->Options & FILE_DELETE_ON_CLOSE) &&
        (Open->Stack->Parameters.Create.FileAttributes & FAT_ATTRIBUTE_READONLY))
        return STATUS_CANNOT_DELETE;
    FfFillNew(Open, &Open->Entry);
    if (Directory)
        Open->Entry.Attributes &= (UCHAR)~FAT_ATTRIBUTE_ARCHIVE;
    FAT_RESULT Result = Directory ? FatAddDirectory(Open->Parent, &Open->Entry)
                                  : FatAdd(Open->Parent, &Open->Entry);
    if (Result != FatDone)
        return FfStatus(Open->Volume, Result);
    Open->Created = TRUE;
    Open->Information = FILE_CREATED;
    return FfOpenEntry(Open);
}

// What was made is not there if it cannot be opened as it was asked for.
static VOID FfUndoCreate(PFF_OPEN Open)
{
    PFF_FCB Fcb = Open->Fcb;
    FAT_CHAIN Chain = {.FirstCluster = Open->Entry.FirstCluster};
    if (Fcb && Fcb->Parent) {
        ExAcquireResourceExclusiveLite(&Fcb->MainResource, TRUE);
        (VOID) FfRemove(Fcb);
        ExReleaseResourceLite(&Fcb->MainResource);
        return;
    }
    FfLockCore(Open->Volume);
    if (Open->Entry.Attributes & FAT_ATTRIBUTE_DIRECTORY)
        (VOID) FatRemoveDirectory(Open->Parent, &Open->Entry);
    else
        (VOID) FatRemoveFile(Open->Parent, &Open->Entry, &Chain);
    FatForgetChain(Open->Volume->Fat, &Chain);
    FfUnlockCore(Open->Volume);
}

static NTSTATUS FfReplace(PFF_OPEN Open)
{
    PFF_FCB Fcb = Open->Fcb;
    LARGE_INTEGER Zero = {};
    if (!MmCanFileBeTruncated(&Fcb->Section, &Zero))
        return STATUS_USER_MAPPED_FILE;
    NTSTATUS Status = FfSetSize(Fcb, Open->FileObject, 0);
    if (NT_SUCCESS(Status))
        Status = FfSetAllocation(Fcb, Open->FileObject, Open->Irp->Overlay.AllocationSize.QuadPart);
    if (!NT_SUCCESS(Status))
        return Status;
    ULONG Attributes = Open->Stack->Parameters.Create.FileAttributes &
                       (FAT_ATTRIBUTE_READONLY | FAT_ATTRIBUTE_HIDDEN | FAT_ATTRIBUTE_SYSTEM);
    if (Open->Disposition != FILE_SUPERSEDE)
        Attributes |= Fcb->Entry.Attributes;
    Fcb->Entry.Attributes = (UCHAR)(Attributes | FAT_ATTRIBUTE_ARCHIVE);
    FfTouchTime(Fcb, FfModified);
    Open->Information = Open->Disposition == FILE_SUPERSEDE ? FILE_SUPERSEDED : FILE_OVERWRITTEN;
    return FfWriteEntry(Fcb);
}

static VOID FfAttach(PFF_OPEN Open, PFF_CCB Ccb)
{
    PFILE_OBJECT FileObject = Open->FileObject;
    FileObject->FsContext = Open->Fcb;
    FileObject->FsContext2 = Ccb;
    FileObject->SectionObjectPointer = FfIsDirectory(Open->Fcb) ? NULL : &Open->Fcb->Section;
    FileObject->Vpb = Open->Volume->Vpb;
    Ccb->DeleteOnClose = (Open->Options & FILE_DELETE_ON_CLOSE) != 0;
    if (FfIsFile(Open->Fcb) && !(Open->Options & FILE_NO_INTERMEDIATE_BUFFERING))
        FileObject->Flags |= FO_CACHE_SUPPORTED;
    Open->Volume->References++;
    Open->Volume->Handles++;
    Open->Fcb->Handles++;
}

// The FCB is there; nothing has changed yet unless the entry is new.
static NTSTATUS FfFinishOpen(PFF_OPEN Open)
{
    PFF_FCB Fcb = Open->Fcb;
    BOOLEAN Replaces = !Open->Created && Open->Disposition != FILE_OPEN &&
                       Open->Disposition != FILE_OPEN_IF && FfIsFile(Fcb);
    PFF_CCB Ccb = ExAllocatePoolWithTag(PagedPool, sizeof(*Ccb), FfTag);
    if (!Ccb)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(Ccb, sizeof(*Ccb));
    if (Replaces)
        Open->Access |= Open->Disposition == FILE_SUPERSEDE ? DELETE : FILE_WRITE_DATA;
    NTSTATUS Status = FfCheckImage(Open, Replaces);
    if (NT_SUCCESS(Status))
        Status = FfShare(Open, &Fcb->Share, !Fcb->Handles);
    if (!NT_SUCCESS(Status)) {
        ExFreePoolWithTag(Ccb, FfTag);
        return Status;
    }
    FfAttach(Open, Ccb);
    ExAcquireResourceExclusiveLite(&Fcb->MainResource, TRUE);
    if (Replaces)
        Status = FfReplace(Open);
    else if (Open->Created && FfIsFile(Fcb) && Open->Irp->Overlay.AllocationSize.QuadPart)
        Status = FfSetAllocation(Fcb, Open->FileObject, Open->Irp->Overlay.AllocationSize.QuadPart);
    ExReleaseResourceLite(&Fcb->MainResource);
    if (NT_SUCCESS(Status))
        return Status;
    IoRemoveShareAccess(Open->FileObject, &Fcb->Share);
    Open->FileObject->FsContext = NULL;
    Open->FileObject->FsContext2 = NULL;
    Open->FileObject->SectionObjectPointer = NULL;
    Open->Volume->References--;
    Open->Volume->Handles--;
    Fcb->Handles--;
    ExFreePoolWithTag(Ccb, FfTag);
    return Status;
}

// For a rename: the directory that the name would be in. Information tells whether the name is there.
static NTSTATUS FfOpenTarget(PFF_OPEN Open)
{
    ULONG Length = Open->Last.Length;
    if (!Length)
        return STATUS_OBJECT_NAME_INVALID;
    Open->Information = Open->Exists ? FILE_EXISTS : FILE_DOES_NOT_EXIST;
    PFF_FCB Fcb = FfFindDirectoryFcb(Open->Volume, Open->Parent);
    if (Fcb && Fcb->DeletePending)
        return STATUS_DELETE_PENDING;
    if (!Open->Path.Length)
        RtlAppendUnicodeToString(&Open->Path, L"\\");
    NTSTATUS Status = STATUS_SUCCESS;
    if (Fcb) {
        Fcb->References++;
        Open->Fcb = Fcb;
    } else if (!FatDirectoryCluster(Open->Parent)) {
        Status = FfOpenRoot(Open);
    } else {
        // It has no entry at hand, and needs none: only its directory is used.
        Status = FfCreateFcb(Open->Volume, FfTypeDirectory, &Open->Path, &Open->Fcb);
        if (NT_SUCCESS(Status)) {
            Open->Fcb->Entry.Attributes = FAT_ATTRIBUTE_DIRECTORY;
            Open->Fcb->Entry.FirstCluster = FatDirectoryCluster(Open->Parent);
            Open->Fcb->Entry.Slot = FAT_MAX_SLOTS;
            Status = FfOpenFcbDirectory(Open->Fcb);
        }
        if (NT_SUCCESS(Status)) // never the root
            Status = FfStatus(Open->Volume,
                              FatOpenDirectory(Open->Volume->Fat, Open->Fcb->Entry.FirstCluster,
                                               &Open->Fcb->Parent));
    }
    // The file object has the last component as its name from here on.
    RtlMoveMemory(Open->FileObject->FileName.Buffer, Open->Last.Buffer, Length);
    Open->FileObject->FileName.Length = (USHORT)Length;
    return Status;
}

static NTSTATUS FfOpenNamed(PFF_OPEN Open)
{
    FfLockCore(Open->Volume);
    NTSTATUS Status = Open->Options & FILE_OPEN_BY_FILE_ID ? FfWalkById(Open) : FfWalk(Open);
    if (NT_SUCCESS(Status) && Open->TargetDirectory)
        Status = FfOpenTarget(Open);
    else if (NT_SUCCESS(Status) && !Open->Last.Length)
        Status = FfOpenRoot(Open);
    else if (NT_SUCCESS(Status) && Open->Exists)
        Status = FfOpenEntry(Open);
    else if (NT_SUCCESS(Status))
        Status = FfCreateNew(Open);
    FfUnlockCore(Open->Volume);
    if (NT_SUCCESS(Status) && !Open->Created && !Open->TargetDirectory)
        Status = FfCheckExisting(Open);
    if (NT_SUCCESS(Status))
        Status = FfFinishOpen(Open);
    if (Open->Created && !NT_SUCCESS(Status))
        FfUndoCreate(Open);
    if (Open->Created && NT_SUCCESS(Status))
        FfReport(Open->Fcb,
                 FfIsDirectory(Open->Fcb) ? FILE_NOTIFY_CHANGE_DIR_NAME
                                          : FILE_NOTIFY_CHANGE_FILE_NAME,
                 FILE_ACTION_ADDED);
    return Status;
}

static NTSTATUS FfOpenVolume(PFF_OPEN Open)
{
    PFF_VOLUME Volume = Open->Volume;
    BOOLEAN First = !Volume->VolumeFcb->Handles;
    if (Open->Disposition != FILE_OPEN && Open->Disposition != FILE_OPEN_IF)
        return STATUS_ACCESS_DENIED;
    if (Open->Options & (FILE_DIRECTORY_FILE | FILE_DELETE_ON_CLOSE))
        return Open->Options & FILE_DIRECTORY_FILE ? STATUS_NOT_A_DIRECTORY : STATUS_CANNOT_DELETE;
    // Who wants the volume alone gets it if nothing is open, and everything is on the medium.
    if (!(Open->Stack->Parameters.Create.ShareAccess & FILE_SHARE_WRITE)) {
        NTSTATUS Status = FfFlushVolume(Volume);
        if (!NT_SUCCESS(Status))
            return Status;
        if (Volume->Handles)
            return STATUS_SHARING_VIOLATION;
    }
    PFF_CCB Ccb = ExAllocatePoolWithTag(PagedPool, sizeof(*Ccb), FfTag);
    if (!Ccb)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(Ccb, sizeof(*Ccb));
    NTSTATUS Status = FfShare(Open, &Volume->VolumeFcb->Share, First);
    if (!NT_SUCCESS(Status)) {
        ExFreePoolWithTag(Ccb, FfTag);
        return Status;
    }
    Open->Fcb = Volume->VolumeFcb;
    Open->Fcb->References++;
    FfAttach(Open, Ccb);
    Open->FileObject->SectionObjectPointer = NULL;
    Open->FileObject->Flags |= FO_NO_INTERMEDIATE_BUFFERING;
    return STATUS_SUCCESS;
}

NTSTATUS FfCreate(PFF_VOLUME Volume, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    PFILE_OBJECT Related = Stack->FileObject->RelatedFileObject;
    PFF_OPEN Open = ExAllocatePoolWithTag(PagedPool, sizeof(*Open), FfTag);
    if (!Open)
        return FfComplete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    RtlZeroMemory(Open, sizeof(*Open));
    Open->Volume = Volume;
    Open->Irp = Irp;
    Open->Stack = Stack;
    Open->FileObject = Stack->FileObject;
    Open->Options = Stack->Parameters.Create.Options & FILE_VALID_OPTION_FLAGS;
    Open->Disposition = Stack->Parameters.Create.Options >> 24;
    Open->Access = Stack->Parameters.Create.SecurityContext->DesiredAccess;
    Open->WantsDirectory = (Open->Options & FILE_DIRECTORY_FILE) != 0;
    Open->TargetDirectory = (Stack->Flags & SL_OPEN_TARGET_DIRECTORY) != 0;
    Open->Information = FILE_OPENED;
    ExAcquireResourceExclusiveLite(&Volume->Resource, TRUE);
    NTSTATUS Status = FfCheckOptions(Open);
    if (Volume->Dismounted)
        Status = FfGone(Volume);
    else if (Volume->Locker)
        Status = STATUS_ACCESS_DENIED;
    if (NT_SUCCESS(Status)) {
        BOOLEAN Whole =
            !Open->FileObject->FileName.Length && (!Related || FfFcb(Related) == Volume->VolumeFcb);
        Status = Whole ? FfOpenVolume(Open) : FfOpenNamed(Open);
    }
    FfLockCore(Volume);
    if (Open->Parent)
        FatCloseDirectory(Open->Parent);
    FfUnlockCore(Volume);
    if (!NT_SUCCESS(Status) && Open->Fcb)
        FfReleaseFcb(Open->Fcb);
    if (Open->Path.Buffer)
        ExFreePoolWithTag(Open->Path.Buffer, FfTag);
    ExReleaseResourceLite(&Volume->Resource);
    ULONG_PTR Information = NT_SUCCESS(Status) ? Open->Information : 0;
    ExFreePoolWithTag(Open, FfTag);
    return FfComplete(Irp, Status, Information);
}
