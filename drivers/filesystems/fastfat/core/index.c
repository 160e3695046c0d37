// The names of a directory in memory, by hash: an entry has one node for its name, and one for its short name if that
// is another. A node leads to the entry's slots, where the name itself is read.
#include "fatp.h"

static void FatLinkNode(FAT_DIRECTORY *Directory, uint32_t Node)
{
    uint32_t *Bucket =
        &Directory->Buckets[Directory->Nodes[Node].Hash & (Directory->BucketCount - 1)];
    Directory->Nodes[Node].Next = *Bucket;
    *Bucket = Node;
}

static FAT_RESULT FatGrowBuckets(FAT_DIRECTORY *Directory)
{
    const FAT_STORE *Store = Directory->Volume->Store;
    uint32_t Count = Directory->BucketCount ? Directory->BucketCount * 4 : 64;
    uint32_t *Buckets = Store->Allocate(Count * sizeof(uint32_t)), *Old = Directory->Buckets;
    if (!Buckets)
        return FatNoMemory;
    memset(Buckets, 0xFF, Count * sizeof(uint32_t));
    uint32_t OldCount = Directory->BucketCount;
    Directory->Buckets = Buckets;
    Directory->BucketCount = Count;
    for (uint32_t i = 0; i < OldCount; i++) {
        for (uint32_t Node = Old[i], Next; Node != FAT_NO_NODE; Node = Next) {
            Next = Directory->Nodes[Node].Next;
            FatLinkNode(Directory, Node);
        }
    }
    if (Old)
        Store->Free(Old);
    return FatDone;
}

// Room for one entry more, so that FatInsertNames cannot fail.
FAT_RESULT FatReserveNames(FAT_DIRECTORY *Directory)
{
    FAT_RESULT Result =
        FatGrowArray(Directory->Volume->Store, &Directory->Nodes, Directory->NodeCount + 1,
                     &Directory->NodeCapacity, sizeof(FAT_NODE));
    if (Result == FatDone && Directory->NodeCount >= Directory->BucketCount * 2)
        Result = FatGrowBuckets(Directory);
    return Result;
}

static void FatInsertNode(FAT_DIRECTORY *Directory, uint32_t Hash, uint32_t Slot)
{
    uint32_t Node = Directory->FreeNode;
    if (Node != FAT_NO_NODE)
        Directory->FreeNode = Directory->Nodes[Node].Next;
    else
        Node = Directory->NodeCount++;
    Directory->Nodes[Node] = (FAT_NODE){.Hash = Hash, .Slot = Slot};
    FatLinkNode(Directory, Node);
}

static void FatDeleteNode(FAT_DIRECTORY *Directory, uint32_t Hash, uint32_t Slot)
{
    uint32_t *Link = &Directory->Buckets[Hash & (Directory->BucketCount - 1)];
    while (*Link != FAT_NO_NODE) {
        FAT_NODE *Node = &Directory->Nodes[*Link];
        if (Node->Hash == Hash && Node->Slot == Slot) {
            uint32_t Index = *Link;
            *Link = Node->Next;
            Node->Next = Directory->FreeNode;
            Directory->FreeNode = Index;
            return;
        }
        Link = &Node->Next;
    }
}

static bool FatHashes(const FAT_DIRECTORY *Directory, const FAT_ENTRY *Entry, uint32_t *Long,
                      uint32_t *Short)
{
    const FAT_STORE *Store = Directory->Volume->Store;
    *Long = FatHashName(Store, Entry->Name, Entry->NameLength);
    *Short = FatHashName(Store, Entry->ShortName, Entry->ShortLength);
    return *Long != *Short;
}

FAT_RESULT FatInsertNames(FAT_DIRECTORY *Directory, const FAT_ENTRY *Entry)
{
    uint32_t Long, Short;
    FAT_RESULT Result = FatReserveNames(Directory);
    if (Result != FatDone)
        return Result;
    bool Two = FatHashes(Directory, Entry, &Long, &Short);
    FatInsertNode(Directory, Long, Entry->Slot);
    if (Two)
        FatInsertNode(Directory, Short, Entry->Slot);
    FatSetHead(Directory, Entry->Slot, true);
    Directory->Entries++;
    return FatDone;
}

void FatDeleteNames(FAT_DIRECTORY *Directory, const FAT_ENTRY *Entry)
{
    uint32_t Long, Short;
    bool Two = FatHashes(Directory, Entry, &Long, &Short);
    FatDeleteNode(Directory, Long, Entry->Slot);
    if (Two)
        FatDeleteNode(Directory, Short, Entry->Slot);
    FatSetHead(Directory, Entry->Slot, false);
    Directory->Entries--;
}

static bool FatEntryHasName(const FAT_STORE *Store, const FAT_ENTRY *Entry, const uint16_t *Name,
                            uint32_t Length)
{
    return FatSameName(Store, Entry->Name, Entry->NameLength, Name, Length) ||
           FatSameName(Store, Entry->ShortName, Entry->ShortLength, Name, Length);
}

FAT_RESULT FatFind(FAT_DIRECTORY *Directory, const uint16_t *Name, uint32_t Length,
                   FAT_ENTRY *Entry)
{
    const FAT_STORE *Store = Directory->Volume->Store;
    Length = FatTrimName(Name, Length);
    if (!Directory->BucketCount)
        return FatNotFound;
    uint32_t Hash = FatHashName(Store, Name, Length);
    uint32_t Node = Directory->Buckets[Hash & (Directory->BucketCount - 1)];
    for (; Node != FAT_NO_NODE; Node = Directory->Nodes[Node].Next) {
        if (Directory->Nodes[Node].Hash != Hash)
            continue;
        FAT_RESULT Result = FatParseSlots(Directory, Directory->Nodes[Node].Slot, Entry);
        if (Result == FatDone && FatEntryHasName(Store, Entry, Name, Length))
            return FatDone;
        if (Result != FatDone && Result != FatNotFound)
            return Result;
    }
    return FatNotFound;
}

FAT_RESULT FatFindShort(FAT_DIRECTORY *Directory, const uint8_t *ShortRaw)
{
    uint16_t Text[FAT_SHORT_TEXT + 1];
    FAT_ENTRY Entry;
    uint32_t Length = FatShortText(Directory->Volume->Store, ShortRaw, 0, Text);
    FAT_RESULT Result = FatFind(Directory, Text, Length, &Entry);
    return Result == FatDone ? FatExists : Result;
}
