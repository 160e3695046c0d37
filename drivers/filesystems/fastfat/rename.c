// Another name, in the same directory or another one.
#include "ff.h"

typedef struct _FF_RENAME {
    PFF_VOLUME Volume;
    PFF_FCB Fcb;
    PFF_FCB Target; // the directory that it goes to; null: where it is
    FAT_DIRECTORY *To;
    BOOLEAN Replace;
    FAT_ENTRY New;
    BOOLEAN Replaces;
    FAT_ENTRY There; // what has the name now, if it replaces something
    PFF_FCB Open;    // of that; null: none
} FF_RENAME, *PFF_RENAME;

static NTSTATUS FfTakeName(PFF_RENAME Rename, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    PFILE_OBJECT Target = Stack->Parameters.SetFile.FileObject;
    const FILE_RENAME_INFORMATION *In = Irp->AssociatedIrp.SystemBuffer;
    UNICODE_STRING Name;
    if (Target) {
        Rename->Target = FfFcb(Target);
        Name = Target->FileName;
    } else {
        if (In->FileNameLength >
            Stack->Parameters.SetFile.Length - FIELD_OFFSET(FILE_RENAME_INFORMATION, FileName))
            return STATUS_INVALID_PARAMETER;
        Name = (UNICODE_STRING){(USHORT)In->FileNameLength, (USHORT)In->FileNameLength,
                                (PWCH)(ULONG_PTR)In->FileName};
    }
    if (Rename->Target && (Rename->Target->Volume != Rename->Volume || !Rename->Target->Directory))
        return STATUS_INVALID_PARAMETER;
    if (!FatNameIsValid(Name.Buffer, Name.Length / sizeof(WCHAR)))
        return STATUS_OBJECT_NAME_INVALID;
    Rename->To = Rename->Target ? Rename->Target->Directory : Rename->Fcb->Parent;
    Rename->New.NameLength = Name.Length / sizeof(WCHAR);
    RtlCopyMemory(Rename->New.Name, Name.Buffer, min(Name.Length, sizeof(Rename->New.Name)));
    return STATUS_SUCCESS;
}

static NTSTATUS FfCheckRename(PFF_RENAME Rename)
{
    PFF_FCB Fcb = Rename->Fcb, Target = Rename->Target;
    if (!Fcb->Parent)
        return STATUS_INVALID_PARAMETER;
    if (Fcb->DeletePending)
        return STATUS_DELETE_PENDING;
    if (!FfIsDirectory(Fcb))
        return STATUS_SUCCESS;
    if (FfHasOpenBelow(Fcb))
        return STATUS_ACCESS_DENIED;
    // Not into itself or what is below it.
    if (Target && Target->Path.Length >= Fcb->Path.Length &&
        RtlCompareMemory(Target->Path.Buffer, Fcb->Path.Buffer, Fcb->Path.Length) ==
            Fcb->Path.Length &&
        (Target->Path.Length == Fcb->Path.Length ||
         Target->Path.Buffer[Fcb->Path.Length / sizeof(WCHAR)] == '\\'))
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

// ---- What has the name already

// Only its data is cached still, or it was closed.
static NTSTATUS FfMakeWay(PFF_RENAME Rename)
{
    PFF_FCB Open = FfFindFcb(Rename->Volume, Rename->To, Rename->There.Slot);
    if (!Rename->Replace)
        return STATUS_OBJECT_NAME_COLLISION;
    if ((Rename->There.Attributes & (FAT_ATTRIBUTE_DIRECTORY | FAT_ATTRIBUTE_READONLY)) ||
        (Open && Open->Handles))
        return STATUS_ACCESS_DENIED;
    if (Open && !MmFlushImageSection(&Open->Section, MmFlushForDelete))
        return STATUS_ACCESS_DENIED;
    Rename->Replaces = TRUE;
    if (Open)
        Open->References++;
    Rename->Open = Open;
    return STATUS_SUCCESS;
}

static NTSTATUS FfClearName(PFF_RENAME Rename)
{
    FfLockCore(Rename->Volume);
    FAT_RESULT Result =
        FatFind(Rename->To, Rename->New.Name, Rename->New.NameLength, &Rename->There);
    FfUnlockCore(Rename->Volume);
    if (Result == FatNotFound)
        return STATUS_SUCCESS;
    if (Result != FatDone)
        return FfStatus(Rename->Volume, Result);
    if (Rename->To == Rename->Fcb->Parent && Rename->There.Slot == Rename->Fcb->Entry.Slot)
        return STATUS_SUCCESS; // its own name in other letters
    return FfMakeWay(Rename);
}

// ---- Doing it

// Nothing is on the way to its clusters, or will be.
static VOID FfForgetThere(PFF_FCB Open)
{
    Open->Deleted = TRUE;
    Open->Header.FileSize.QuadPart = 0;
    Open->Header.ValidDataLength.QuadPart = 0;
    Open->ValidToDisk = 0;
}

static FAT_RESULT FfReplaceThere(PFF_RENAME Rename)
{
    PFF_FCB Fcb = Rename->Fcb, Open = Rename->Open;
    FAT_CHAIN Own = {.FirstCluster = Rename->There.FirstCluster};
    FAT_RESULT Result = FatReplace(Fcb->Parent, &Fcb->Entry, Rename->To, &Rename->There,
                                   Open ? &Open->Chain : &Own, &Rename->New);
    FatForgetChain(Rename->Volume->Fat, &Own);
    if (Open && (Result == FatDone || FatFind(Rename->To, Open->Entry.Name, Open->Entry.NameLength,
                                              &Rename->There) == FatNotFound))
        FfForgetThere(Open);
    return Result;
}

static NTSTATUS FfMove(PFF_RENAME Rename)
{
    PFF_FCB Fcb = Rename->Fcb;
    FAT_DIRECTORY *Parent;
    // Some of its clusters may become others: nothing is on the way to them.
    ExAcquireResourceExclusiveLite(&Fcb->PagingResource, TRUE);
    if (Rename->Open)
        ExAcquireResourceExclusiveLite(&Rename->Open->PagingResource, TRUE);
    FfLockCore(Rename->Volume);
    FAT_RESULT Result =
        FatOpenDirectory(Rename->Volume->Fat, FatDirectoryCluster(Rename->To), &Parent);
    if (Result == FatDone) {
        Result = Rename->Replaces ? FfReplaceThere(Rename)
                                  : FatRename(Fcb->Parent, &Fcb->Entry, Rename->To, &Rename->New);
        if (Result != FatDone)
            FatCloseDirectory(Parent);
    }
    if (Result == FatDone) {
        FatCloseDirectory(Fcb->Parent);
        Fcb->Parent = Parent;
        Fcb->Entry = Rename->New;
        FfHashFcb(Fcb);
        Fcb->EntryChanged = FALSE;
    }
    if (FfIsFile(Fcb)) { // some of its clusters may be others, whatever has come of it
        FatForgetChain(Rename->Volume->Fat, &Fcb->Chain);
        if (Result == FatDone)
            Fcb->Chain.FirstCluster = Fcb->Entry.FirstCluster;
    }
    FfUnlockCore(Rename->Volume);
    if (Rename->Open)
        ExReleaseResourceLite(&Rename->Open->PagingResource);
    ExReleaseResourceLite(&Fcb->PagingResource);
    return FfStatus(Rename->Volume, Result);
}

static VOID FfReleaseThere(PFF_FCB Open)
{
    if (Open->Deleted)
        (VOID) CcPurgeCacheSection(&Open->Section, NULL, 0, FALSE);
    FfReleaseFcb(Open);
}

static VOID FfParentPath(const FF_FCB *Fcb, PUNICODE_STRING Path)
{
    *Path = Fcb->Path;
    while (Path->Length && Path->Buffer[Path->Length / sizeof(WCHAR) - 1] != '\\')
        Path->Length -= sizeof(WCHAR);
    if (Path->Length > sizeof(WCHAR))
        Path->Length -= sizeof(WCHAR);
}

static NTSTATUS FfDoRename(PFF_RENAME Rename)
{
    PFF_FCB Fcb = Rename->Fcb;
    ULONG Filter = FfIsDirectory(Fcb) ? FILE_NOTIFY_CHANGE_DIR_NAME : FILE_NOTIFY_CHANGE_FILE_NAME;
    UNICODE_STRING Parent;
    BOOLEAN Stays = Rename->To == Fcb->Parent;
    FfParentPath(Fcb, &Parent);
    if (Rename->Target)
        Parent = Rename->Target->Path;
    NTSTATUS Status =
        FfReservePaths(Fcb, Parent.Length + (1 + Rename->New.NameLength) * sizeof(WCHAR));
    if (NT_SUCCESS(Status))
        Status = FfClearName(Rename);
    if (NT_SUCCESS(Status))
        Status = FfMove(Rename);
    if (Rename->Open)
        FfReleaseThere(Rename->Open);
    if (!NT_SUCCESS(Status)) {
        FfDropPaths(Fcb);
        return Status;
    }
    FfReport(Fcb, Filter, Stays ? FILE_ACTION_RENAMED_OLD_NAME : FILE_ACTION_REMOVED);
    FfSetPaths(Fcb, &Parent, &Fcb->Entry);
    FfReport(Fcb, Filter, Stays ? FILE_ACTION_RENAMED_NEW_NAME : FILE_ACTION_ADDED);
    return Status;
}

NTSTATUS FfRename(PFF_VOLUME Volume, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    PFF_RENAME Rename = ExAllocatePoolWithTag(PagedPool, sizeof(*Rename), FfTag);
    if (!Rename)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(Rename, sizeof(*Rename));
    Rename->Volume = Volume;
    Rename->Fcb = FfFcb(Stack->FileObject);
    Rename->Replace = Stack->Parameters.SetFile.ReplaceIfExists;
    NTSTATUS Status = FfTakeName(Rename, Irp, Stack);
    if (NT_SUCCESS(Status))
        Status = FfCheckRename(Rename);
    if (NT_SUCCESS(Status))
        Status = FfDoRename(Rename);
    ExFreePoolWithTag(Rename, FfTag);
    return Status;
}
