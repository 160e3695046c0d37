// Files and directories that somebody has open. Each is found by where its entry is: directory and slot.
#include "ff.h"

static ULONG FfBucketOf(ULONG64 Key)
{
    return (ULONG)((Key * 0x9E3779B97F4A7C15) >> 32 & (FfFcbBuckets - 1));
}

static PLIST_ENTRY FfFcbBucket(PFF_VOLUME Volume, const FAT_DIRECTORY *Parent, ULONG Slot)
{
    ULONG64 Key = Parent ? ((ULONG_PTR)Parent >> 4) + Slot : 0; // the root, whatever its slot is
    return &Volume->FcbBuckets[FfBucketOf(Key)];
}

static PLIST_ENTRY FfDirectoryBucket(PFF_VOLUME Volume, const FAT_DIRECTORY *Directory)
{
    return &Volume->DirectoryBuckets[FfBucketOf((ULONG_PTR)Directory >> 4)];
}

VOID FfHashFcb(PFF_FCB Fcb)
{
    RemoveEntryList(&Fcb->HashLink);
    InsertHeadList(FfFcbBucket(Fcb->Volume, Fcb->Parent, Fcb->Entry.Slot), &Fcb->HashLink);
}

PFF_FCB FfFindFcb(PFF_VOLUME Volume, FAT_DIRECTORY *Parent, ULONG Slot)
{
    PLIST_ENTRY Bucket = FfFcbBucket(Volume, Parent, Slot);
    for (PLIST_ENTRY Link = Bucket->Flink; Link != Bucket; Link = Link->Flink) {
        PFF_FCB Fcb = CONTAINING_RECORD(Link, FF_FCB, HashLink);
        if (!Fcb->Deleted && Fcb->Parent == Parent && (!Parent || Fcb->Entry.Slot == Slot))
            return Fcb;
    }
    return NULL;
}

PFF_FCB FfFindDirectoryFcb(PFF_VOLUME Volume, const FAT_DIRECTORY *Directory)
{
    PLIST_ENTRY Bucket = FfDirectoryBucket(Volume, Directory);
    for (PLIST_ENTRY Link = Bucket->Flink; Link != Bucket; Link = Link->Flink) {
        PFF_FCB Fcb = CONTAINING_RECORD(Link, FF_FCB, DirectoryLink);
        if (!Fcb->Deleted && Fcb->Directory == Directory)
            return Fcb;
    }
    return NULL;
}

// Core is held.
NTSTATUS FfOpenFcbDirectory(PFF_FCB Fcb)
{
    PFF_VOLUME Volume = Fcb->Volume;
    FAT_RESULT Result = FatOpenDirectory(Volume->Fat, Fcb->Entry.FirstCluster, &Fcb->Directory);
    if (Result == FatDone)
        InsertHeadList(FfDirectoryBucket(Volume, Fcb->Directory), &Fcb->DirectoryLink);
    return FfStatus(Volume, Result);
}

static NTSTATUS FfCopyString(PUNICODE_STRING To, PCUNICODE_STRING From)
{
    *To = (UNICODE_STRING){};
    if (!From->Length)
        return STATUS_SUCCESS;
    To->Buffer = ExAllocatePoolWithTag(PagedPool, From->Length, FfTag);
    if (!To->Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlCopyMemory(To->Buffer, From->Buffer, From->Length);
    To->Length = To->MaximumLength = From->Length;
    return STATUS_SUCCESS;
}

// With one reference.
NTSTATUS FfCreateFcb(PFF_VOLUME Volume, CSHORT Type, PCUNICODE_STRING Path, PFF_FCB *Result)
{
    PFF_FCB Fcb = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Fcb), FfTag);
    if (!Fcb)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(Fcb, sizeof(*Fcb));
    NTSTATUS Status = FfCopyString(&Fcb->Path, Path);
    if (!NT_SUCCESS(Status)) {
        ExFreePoolWithTag(Fcb, FfTag);
        return Status;
    }
    ExInitializeResourceLite(&Fcb->MainResource);
    ExInitializeResourceLite(&Fcb->PagingResource);
    ExInitializeFastMutex(&Fcb->HeaderMutex);
    FsRtlSetupAdvancedHeader(&Fcb->Header, &Fcb->HeaderMutex);
    Fcb->Header.NodeTypeCode = Type;
    Fcb->Header.NodeByteSize = sizeof(*Fcb);
    Fcb->Header.Resource = &Fcb->MainResource;
    Fcb->Header.PagingIoResource = &Fcb->PagingResource;
    FsRtlInitializeFileLock(&Fcb->Lock, NULL, NULL);
    Fcb->Volume = Volume;
    Fcb->References = 1;
    InsertTailList(&Volume->Fcbs, &Fcb->Link);
    InitializeListHead(&Fcb->HashLink);
    InitializeListHead(&Fcb->DirectoryLink);
    *Result = Fcb;
    return STATUS_SUCCESS;
}

static NTSTATUS FfFillSizes(PFF_FCB Fcb)
{
    FAT_VOLUME *Fat = Fcb->Volume->Fat;
    uint32_t Clusters;
    FAT_CHAIN *Chain = Fcb->Directory ? FatDirectoryChain(Fcb->Directory) : &Fcb->Chain;
    FAT_RESULT Result = FatCountClusters(Fat, Chain, &Clusters);
    LONGLONG Bytes = (LONGLONG)Clusters << Fat->Geometry.ClusterShift;
    if (Result == FatDone && !Fcb->Directory && Bytes < Fcb->Entry.Size)
        Result = FatCorrupt; // the chain ends before the file does
    LONGLONG Size = Fcb->Directory ? Bytes : Fcb->Entry.Size;
    Fcb->Header.AllocationSize.QuadPart = Bytes;
    Fcb->Header.FileSize.QuadPart = Size;
    Fcb->Header.ValidDataLength.QuadPart = Size;
    Fcb->ValidToDisk = Size;
    return FfStatus(Fcb->Volume, Result);
}

// Core is held. Parent null: the root.
NTSTATUS FfFillFcb(PFF_FCB Fcb, FAT_DIRECTORY *Parent, const FAT_ENTRY *Entry)
{
    PFF_VOLUME Volume = Fcb->Volume;
    NTSTATUS Status = STATUS_SUCCESS;
    if (Entry)
        Fcb->Entry = *Entry;
    else
        Fcb->Entry.Attributes = FAT_ATTRIBUTE_DIRECTORY;
    if (FfIsDirectory(Fcb))
        Status = FfOpenFcbDirectory(Fcb);
    else
        Fcb->Chain.FirstCluster = Fcb->Entry.FirstCluster;
    if (NT_SUCCESS(Status) && Parent)
        Status = FfStatus(Volume,
                          FatOpenDirectory(Volume->Fat, FatDirectoryCluster(Parent), &Fcb->Parent));
    FfHashFcb(Fcb);
    return NT_SUCCESS(Status) ? FfFillSizes(Fcb) : Status;
}

VOID FfReleaseFcb(PFF_FCB Fcb)
{
    PFF_VOLUME Volume = Fcb->Volume;
    if (--Fcb->References)
        return;
    RemoveEntryList(&Fcb->Link);
    RemoveEntryList(&Fcb->HashLink);
    RemoveEntryList(&Fcb->DirectoryLink);
    FfLockCore(Volume);
    FatForgetChain(Volume->Fat, &Fcb->Chain);
    if (Fcb->Directory)
        FatCloseDirectory(Fcb->Directory);
    if (Fcb->Parent)
        FatCloseDirectory(Fcb->Parent);
    FfUnlockCore(Volume);
    FsRtlUninitializeFileLock(&Fcb->Lock);
    FsRtlTeardownPerStreamContexts(&Fcb->Header);
    ExDeleteResourceLite(&Fcb->MainResource);
    ExDeleteResourceLite(&Fcb->PagingResource);
    if (Fcb->Path.Buffer)
        ExFreePoolWithTag(Fcb->Path.Buffer, FfTag);
    ExFreePoolWithTag(Fcb, FfTag);
}

// In this directory or further down.
static BOOLEAN FfIsBelow(const FF_FCB *Other, const FF_FCB *Fcb)
{
    USHORT Length = Fcb->Path.Length;
    return Other != Fcb && !Other->Deleted && Other->Path.Length > Length &&
           Other->Path.Buffer[Length / sizeof(WCHAR)] == '\\' &&
           RtlCompareMemory(Other->Path.Buffer, Fcb->Path.Buffer, Length) == Length;
}

BOOLEAN FfHasOpenBelow(PFF_FCB Fcb)
{
    PFF_VOLUME Volume = Fcb->Volume;
    for (PLIST_ENTRY Link = Volume->Fcbs.Flink; Link != &Volume->Fcbs; Link = Link->Flink) {
        PFF_FCB Other = CONTAINING_RECORD(Link, FF_FCB, Link);
        if (Other->Handles && FfIsBelow(Other, Fcb))
            return TRUE;
    }
    return FALSE;
}

// ---- Its name, when it gets another one or goes elsewhere: memory first, as nothing may fail once it has moved. Those
// below it which only the cache has still go along.

static BOOLEAN FfMovesWith(const FF_FCB *Other, const FF_FCB *Fcb)
{
    return Other == Fcb || (FfIsDirectory(Fcb) && FfIsBelow(Other, Fcb));
}

static PLIST_ENTRY FfNextMoving(PFF_FCB Fcb, PLIST_ENTRY Link)
{
    PLIST_ENTRY Head = &Fcb->Volume->Fcbs;
    do
        Link = Link->Flink;
    while (Link != Head && !FfMovesWith(CONTAINING_RECORD(Link, FF_FCB, Link), Fcb));
    return Link;
}

VOID FfDropPaths(PFF_FCB Fcb)
{
    PLIST_ENTRY Head = &Fcb->Volume->Fcbs;
    for (PLIST_ENTRY Link = Head; (Link = FfNextMoving(Fcb, Link)) != Head;) {
        PUNICODE_STRING New = &CONTAINING_RECORD(Link, FF_FCB, Link)->NewPath;
        if (New->Buffer)
            ExFreePoolWithTag(New->Buffer, FfTag);
        *New = (UNICODE_STRING){};
    }
}

// Room for Bytes that take the place of Fcb's own path.
NTSTATUS FfReservePaths(PFF_FCB Fcb, ULONG Bytes)
{
    PLIST_ENTRY Head = &Fcb->Volume->Fcbs;
    NTSTATUS Status = STATUS_SUCCESS;
    for (PLIST_ENTRY Link = Head; NT_SUCCESS(Status) && (Link = FfNextMoving(Fcb, Link)) != Head;) {
        PFF_FCB Moving = CONTAINING_RECORD(Link, FF_FCB, Link);
        ULONG Length = Bytes + Moving->Path.Length - Fcb->Path.Length;
        Moving->NewPath.MaximumLength = (USHORT)Length;
        Moving->NewPath.Buffer =
            Length <= 0xFFFE ? ExAllocatePoolWithTag(PagedPool, Length, FfTag) : NULL;
        if (!Moving->NewPath.Buffer)
            Status = Length <= 0xFFFE ? STATUS_INSUFFICIENT_RESOURCES : STATUS_NAME_TOO_LONG;
    }
    if (!NT_SUCCESS(Status))
        FfDropPaths(Fcb);
    return Status;
}

// Entry's name in Parent is Fcb's now.
VOID FfSetPaths(PFF_FCB Fcb, PCUNICODE_STRING Parent, const FAT_ENTRY *Entry)
{
    PLIST_ENTRY Head = &Fcb->Volume->Fcbs;
    UNICODE_STRING Old = Fcb->Path, Base = *Parent;
    UNICODE_STRING Name = {(USHORT)(Entry->NameLength * sizeof(WCHAR)), 0,
                           (PWCH)(ULONG_PTR)Entry->Name};
    if (Base.Length == sizeof(WCHAR))
        Base.Length = 0; // the root: nothing
    for (PLIST_ENTRY Link = Head; (Link = FfNextMoving(Fcb, Link)) != Head;) {
        PFF_FCB Moving = CONTAINING_RECORD(Link, FF_FCB, Link);
        UNICODE_STRING Rest = {(USHORT)(Moving->Path.Length - Old.Length), 0,
                               Moving->Path.Buffer + Old.Length / sizeof(WCHAR)};
        (VOID) RtlAppendUnicodeStringToString(&Moving->NewPath, &Base);
        (VOID) RtlAppendUnicodeToString(&Moving->NewPath, L"\\");
        (VOID) RtlAppendUnicodeStringToString(&Moving->NewPath, &Name);
        (VOID) RtlAppendUnicodeStringToString(&Moving->NewPath, &Rest);
    }
    // The old one tells which: it goes last.
    for (PLIST_ENTRY Link = Head; (Link = FfNextMoving(Fcb, Link)) != Head;) {
        PFF_FCB Moving = CONTAINING_RECORD(Link, FF_FCB, Link);
        if (Moving == Fcb)
            continue;
        ExFreePoolWithTag(Moving->Path.Buffer, FfTag);
        Moving->Path = Moving->NewPath;
        Moving->NewPath = (UNICODE_STRING){};
    }
    ExFreePoolWithTag(Old.Buffer, FfTag);
    Fcb->Path = Fcb->NewPath;
    Fcb->NewPath = (UNICODE_STRING){};
}

// ---- Its entry

// From the directory, with its clusters. Nothing is on the way to these, and nothing will be: the file has no size any more
// before a commit can give them to another.
BOOLEAN FfRemove(PFF_FCB Fcb)
{
    PFF_VOLUME Volume = Fcb->Volume;
    ExAcquireResourceExclusiveLite(&Fcb->PagingResource, TRUE);
    FfLockCore(Volume);
    FAT_RESULT Result = FfIsFile(Fcb) ? FatRemoveFile(Fcb->Parent, &Fcb->Entry, &Fcb->Chain)
                                      : FatRemoveDirectory(Fcb->Parent, &Fcb->Entry);
    FfUnlockCore(Volume);
    if (Result == FatDone) {
        Fcb->Deleted = TRUE;
        Fcb->Header.FileSize.QuadPart = 0;
        Fcb->Header.ValidDataLength.QuadPart = 0;
        Fcb->ValidToDisk = 0;
    }
    ExReleaseResourceLite(&Fcb->PagingResource);
    return Result == FatDone;
}

// The main resource is held exclusively, as by who changes the entry.
NTSTATUS FfWriteEntry(PFF_FCB Fcb)
{
    PFF_VOLUME Volume = Fcb->Volume;
    if (!Fcb->EntryChanged || Fcb->Deleted || !Fcb->Parent)
        return STATUS_SUCCESS;
    FfLockCore(Volume);
    NTSTATUS Status = FfStatus(Volume, FatUpdate(Fcb->Parent, &Fcb->Entry));
    if (NT_SUCCESS(Status))
        Fcb->EntryChanged = FALSE;
    FfUnlockCore(Volume);
    return Status;
}

LONGLONG FfStampToSystem(FAT_STAMP Stamp)
{
    LARGE_INTEGER Local = {.QuadPart = FatTimeOfStamp(Stamp)}, System;
    if (!Local.QuadPart)
        return 0;
    ExLocalTimeToSystemTime(&Local, &System);
    return System.QuadPart;
}

FAT_STAMP FfSystemToStamp(LONGLONG Time)
{
    LARGE_INTEGER System = {.QuadPart = Time}, Local;
    ExSystemTimeToLocalTime(&System, &Local);
    return FatStampOfTime(Local.QuadPart);
}

static FAT_STAMP *FfStampOf(PFF_FCB Fcb, FF_TIME Which)
{
    FAT_STAMP *const Stamps[] = {&Fcb->Entry.Created, &Fcb->Entry.Modified, &Fcb->Entry.Accessed};
    return Stamps[Which];
}

VOID FfTouchTime(PFF_FCB Fcb, FF_TIME Which)
{
    LARGE_INTEGER Now;
    KeQuerySystemTime(&Now);
    FAT_STAMP Stamp = FfSystemToStamp(Now.QuadPart);
    if (Which != FfCreated)
        Stamp.Hundredths = 0;
    if (Which == FfAccessed)
        Stamp.Time = 0;
    *FfStampOf(Fcb, Which) = Stamp;
    Fcb->EntryChanged = TRUE;
}

LARGE_INTEGER FfEntryTime(const FF_FCB *Fcb, FF_TIME Which)
{
    const FAT_STAMP *const Stamps[] = {&Fcb->Entry.Created, &Fcb->Entry.Modified,
                                       &Fcb->Entry.Accessed};
    return (LARGE_INTEGER){.QuadPart = FfStampToSystem(*Stamps[Which])};
}

ULONG FfAttributes(const FF_FCB *Fcb)
{
    ULONG Attributes = Fcb->Entry.Attributes & 0x37;
    return Attributes ? Attributes : FILE_ATTRIBUTE_NORMAL;
}
