// File IDs. FAT has none, so they tell where the entry is: the first cluster of its directory, and the slot behind it. The
// file is found by that as long as its name stays; another one that gets the place gets the number, too.
#include "ff.h"

enum { FfMostPath = 0xFFFE, FfMostDepth = FfMostPath / (2 * sizeof(WCHAR)) };

ULONG64 FfEntryId(const FAT_DIRECTORY *Parent, const FAT_ENTRY *Entry)
{
    return (ULONG64)FatDirectoryCluster(Parent) << 32 | (Entry->Slot + Entry->Slots);
}

ULONG64 FfFileId(const FF_FCB *Fcb)
{
    return Fcb->Parent ? FfEntryId(Fcb->Parent, &Fcb->Entry) : 0;
}

// The directory of this cluster and those above it, the lowest first.
static FAT_RESULT FfClimb(FAT_VOLUME *Fat, uint32_t Cluster, PULONG Clusters, PULONG Count)
{
    FAT_RESULT Result = FatDone;
    for (*Count = 0; Result == FatDone && Cluster; (*Count)++) {
        if (*Count == FfMostDepth)
            return FatCorrupt; // a loop
        Clusters[*Count] = Cluster;
        Result = FatReadParent(Fat, Cluster, &Cluster);
    }
    return Result;
}

static FAT_RESULT FfDescend(FAT_VOLUME *Fat, ULONG Cluster, FAT_DIRECTORY **Directory,
                            PUNICODE_STRING Path, FAT_ENTRY *Entry)
{
    FAT_DIRECTORY *Next;
    FAT_RESULT Result = FatFindSubdirectory(*Directory, Cluster, Entry);
    if (Result == FatDone)
        Result = FatOpenDirectory(Fat, Cluster, &Next);
    if (Result != FatDone)
        return Result;
    FatCloseDirectory(*Directory);
    *Directory = Next;
    UNICODE_STRING Name = {(USHORT)(Entry->NameLength * sizeof(WCHAR)), 0, (PWCH)Entry->Name};
    NTSTATUS Status = RtlAppendUnicodeToString(Path, L"\\");
    if (NT_SUCCESS(Status))
        Status = RtlAppendUnicodeStringToString(Path, &Name);
    return NT_SUCCESS(Status) ? FatDone : FatCorrupt;
}

static FAT_RESULT FfFindDirectory(FAT_VOLUME *Fat, ULONG Cluster, PULONG Clusters,
                                  PUNICODE_STRING Path, FAT_DIRECTORY **Directory, FAT_ENTRY *Entry)
{
    ULONG Count;
    FAT_RESULT Result = FfClimb(Fat, Cluster, Clusters, &Count);
    if (Result == FatDone)
        Result = FatOpenDirectory(Fat, 0, Directory);
    while (Result == FatDone && Count--)
        Result = FfDescend(Fat, Clusters[Count], Directory, Path, Entry);
    return Result;
}

NTSTATUS FfFindById(PFF_VOLUME Volume, ULONG64 Id, PUNICODE_STRING Path, FAT_DIRECTORY **Parent,
                    FAT_ENTRY *Entry)
{
    PULONG Clusters = ExAllocatePoolWithTag(PagedPool, FfMostDepth * sizeof(ULONG), FfTag);
    Path->Buffer = ExAllocatePoolWithTag(PagedPool, FfMostPath, FfTag);
    Path->MaximumLength = FfMostPath;
    FAT_RESULT Result = Clusters && Path->Buffer ? FatDone : FatNoMemory;
    if (Result == FatDone)
        Result = FfFindDirectory(Volume->Fat, (ULONG)(Id >> 32), Clusters, Path, Parent, Entry);
    if (Result == FatDone)
        Result = FatFindSlot(*Parent, (ULONG)Id, Entry);
    if (Clusters)
        ExFreePoolWithTag(Clusters, FfTag);
    return Result == FatNotFound ? STATUS_INVALID_PARAMETER : FfStatus(Volume, Result);
}
