// Files and directories that somebody has open. Each is found by where its entry is: directory and slot.
#include "ff.h"

PFF_FCB FfFindFcb(PFF_VOLUME Volume, FAT_DIRECTORY *Parent, ULONG Slot)
{
    for (PLIST_ENTRY Link = Volume->Fcbs.Flink; Link != &Volume->Fcbs; Link = Link->Flink) {
        PFF_FCB Fcb = CONTAINING_RECORD(Link, FF_FCB, Link);
        if (!Fcb->Deleted && Fcb->Parent == Parent && (!Parent || Fcb->Entry.Slot == Slot))
            return Fcb;
    }
    return NULL;
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
    FAT_RESULT Result = FatDone;
    if (Entry)
        Fcb->Entry = *Entry;
    else
        Fcb->Entry.Attributes = FAT_ATTRIBUTE_DIRECTORY;
    if (FfIsDirectory(Fcb))
        Result = FatOpenDirectory(Volume->Fat, Fcb->Entry.FirstCluster, &Fcb->Directory);
    else
        Fcb->Chain.FirstCluster = Fcb->Entry.FirstCluster;
    if (Result == FatDone && Parent)
        Result = FatOpenDirectory(Volume->Fat, FatDirectoryCluster(Parent), &Fcb->Parent);
    return Result == FatDone ? FfFillSizes(Fcb) : FfStatus(Volume, Result);
}

VOID FfReleaseFcb(PFF_FCB Fcb)
{
    PFF_VOLUME Volume = Fcb->Volume;
    if (--Fcb->References)
        return;
    RemoveEntryList(&Fcb->Link);
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

// Anything that is open in this directory or further down.
BOOLEAN FfHasOpenBelow(PFF_FCB Fcb)
{
    PFF_VOLUME Volume = Fcb->Volume;
    for (PLIST_ENTRY Link = Volume->Fcbs.Flink; Link != &Volume->Fcbs; Link = Link->Flink) {
        PFF_FCB Other = CONTAINING_RECORD(Link, FF_FCB, Link);
        if (Other == Fcb || !Other->Handles || Other->Deleted ||
            Other->Path.Length <= Fcb->Path.Length ||
            Other->Path.Buffer[Fcb->Path.Length / sizeof(WCHAR)] != '\\')
            continue;
        if (RtlCompareMemory(Other->Path.Buffer, Fcb->Path.Buffer, Fcb->Path.Length) ==
            Fcb->Path.Length)
            return TRUE;
    }
    return FALSE;
}

// Its name in another directory or under another name.
NTSTATUS FfSetPath(PFF_FCB Fcb, PCUNICODE_STRING Parent, const FAT_ENTRY *Entry)
{
    USHORT Base = Parent->Length > sizeof(WCHAR) ? Parent->Length : 0; // of the root: nothing
    USHORT Length = (USHORT)(Base + (1 + Entry->NameLength) * sizeof(WCHAR));
    PWCH Buffer = ExAllocatePoolWithTag(PagedPool, Length, FfTag);
    if (!Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlCopyMemory(Buffer, Parent->Buffer, Base);
    Buffer[Base / sizeof(WCHAR)] = '\\';
    RtlCopyMemory(Buffer + Base / sizeof(WCHAR) + 1, Entry->Name,
                  Entry->NameLength * sizeof(WCHAR));
    if (Fcb->Path.Buffer)
        ExFreePoolWithTag(Fcb->Path.Buffer, FfTag);
    Fcb->Path = (UNICODE_STRING){Length, Length, Buffer};
    return STATUS_SUCCESS;
}

// ---- Its entry

NTSTATUS FfWriteEntry(PFF_FCB Fcb)
{
    PFF_VOLUME Volume = Fcb->Volume;
    if (!Fcb->EntryChanged || Fcb->Deleted || !Fcb->Parent)
        return STATUS_SUCCESS;
    FfLockCore(Volume);
    NTSTATUS Status = FfStatus(Volume, FatUpdate(Fcb->Parent, &Fcb->Entry));
    FfUnlockCore(Volume);
    if (NT_SUCCESS(Status))
        Fcb->EntryChanged = FALSE;
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
