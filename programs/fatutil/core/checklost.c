// Chains that nothing leads to. They get names in a directory FOUND.nnn, as on Windows; what was a directory is one
// again, with all that is in it.
#include "checkp.h"

typedef struct _CHK_LOST {
    uint8_t *Follows; // a bit each lost cluster that another one leads to
    uint32_t Chains, Clusters;
} CHK_LOST;

static bool ChkIsLost(const CHK *Check, uint32_t Cluster)
{
    uint32_t Next = ChkGet(Check, Cluster);
    return Next != ChkFree && Next != ChkBad && !ChkIsOwned(Check, Cluster);
}

static bool ChkIsHead(const CHK *Check, const CHK_LOST *Lost, uint32_t Cluster)
{
    return ChkIsLost(Check, Cluster) && !(Lost->Follows[Cluster / 8] >> Cluster % 8 & 1);
}

static void ChkCount(CHK *Check, CHK_LOST *Lost)
{
    uint32_t Last = Check->Geometry.Clusters + 1;
    for (uint32_t i = 2; i <= Last; i++) {
        if (!ChkIsLost(Check, i))
            continue;
        uint32_t Next = ChkGet(Check, i);
        Lost->Clusters++;
        // Where two chains meet, the second ends before.
        if (!FatIsCluster(&Check->Geometry, Next) || !ChkIsLost(Check, Next))
            continue;
        if (Lost->Follows[Next / 8] >> Next % 8 & 1)
            ChkSet(Check, i, ChkEnd);
        Lost->Follows[Next / 8] |= (uint8_t)(1 << Next % 8);
    }
    for (uint32_t i = 2; i <= Last; i++)
        Lost->Chains += ChkIsHead(Check, Lost, i);
    // Chains that have no begin are as many as anybody cares to say.
    if (Lost->Clusters && !Lost->Chains)
        Lost->Chains = 1;
}

// ---- A place for them

static void ChkNumber(uint8_t *Digits, uint32_t Count, uint32_t Number)
{
    for (; Count; Count--, Number /= 10)
        Digits[Count - 1] = (uint8_t)('0' + Number % 10);
}

static bool ChkHasName(const CHK_DIRECTORY *Directory, const uint8_t *Name)
{
    for (uint32_t i = 0; i < Directory->SlotCount; i++) {
        if (ChkIsEntry(ChkSlot(Directory, i)) &&
            !memcmp(ChkSlot(Directory, i), Name, FAT_SHORT_BYTES))
            return true;
    }
    return false;
}

static uint8_t *ChkMakeEntry(CHK *Check, CHK_DIRECTORY *In, const uint8_t *Name, uint8_t Attributes,
                             uint32_t Start, uint32_t *Slot)
{
    if (!ChkFindSlot(Check, In, Slot))
        return nullptr;
    uint8_t *Entry = ChkSlot(In, *Slot);
    memset(Entry, 0, FAT_SLOT_BYTES);
    memcpy(Entry, Name, FAT_SHORT_BYTES);
    Entry[FAT_AT_ATTRIBUTES] = Attributes;
    FatPut16(Entry + FAT_AT_MODIFIED_TIME, Check->Order->Now.Time);
    FatPut16(Entry + FAT_AT_MODIFIED_DATE, Check->Order->Now.Date);
    ChkSetStart(Check, Entry, Start);
    In->Changed = true;
    return Entry;
}

// Without a cluster for a directory of its own, the root has to do.
static FAT_RESULT ChkMakeFound(CHK *Check)
{
    CHK_DIRECTORY *Root = Check->First;
    uint8_t Name[] = "FOUND   000";
    uint32_t Slot, Cluster = 0;
    FAT_RESULT Result = ChkLoad(Check, Root);
    if (Result != FatDone)
        return Result;
    for (uint32_t i = 1; i < 1000 && ChkHasName(Root, Name); i++)
        ChkNumber(Name + 8, 3, i);
    Check->Found = Root;
    if (ChkFindSlot(Check, Root, &Slot))
        Cluster = ChkAllocate(Check);
    if (!Cluster)
        return FatDone;
    uint8_t *Entry = ChkMakeEntry(
        Check, Root, Name, FAT_ATTRIBUTE_DIRECTORY | FAT_ATTRIBUTE_HIDDEN | FAT_ATTRIBUTE_SYSTEM,
        Cluster, &Slot);
    CHK_DIRECTORY *Found = Entry ? ChkAddDirectory(Check, Root, Slot, Cluster) : nullptr;
    if (!Found)
        return FatNoMemory;
    Found->SlotCount = Check->Geometry.ClusterSize / FAT_SLOT_BYTES;
    Found->Slots = FuAllocate(Check->Store, Check->Geometry.ClusterSize);
    if (!Found->Slots)
        return FatNoMemory;
    ChkMakeDots(Check, Found->Slots, Cluster, 0);
    Found->Claimed = Found->Changed = true;
    Check->Found = Check->Done = Found;
    return FatDone;
}

// ---- Giving them names

// The next name that is free, as FILE0000.CHK; above 9999 the letters give way.
static void ChkNextName(CHK *Check, const char *Letters, uint8_t *Name)
{
    do {
        uint32_t Number = Check->FoundNumber++;
        memcpy(Name, "FILE0000CHK", FAT_SHORT_BYTES);
        memset(Name + 4, ' ', 4);
        memcpy(Name, Letters, strlen(Letters));
        ChkNumber(Name + (Number > 9999 ? 1 : strlen(Letters)), Number > 9999 ? 7 : 4, Number);
    } while (Check->Found->IsRoot && ChkHasName(Check->Found, Name));
}

static void ChkFreeChain(CHK *Check, uint32_t Cluster)
{
    while (FatIsCluster(&Check->Geometry, Cluster) && ChkIsLost(Check, Cluster)) {
        uint32_t Next = ChkGet(Check, Cluster);
        ChkSet(Check, Cluster, ChkFree);
        Cluster = Next;
    }
}

// The clusters become those of a file; the length.
static uint32_t ChkTakeChain(CHK *Check, uint32_t Cluster)
{
    uint32_t Count = 0, Last = 0;
    uint32_t Most = (uint32_t)(FAT_MAX_FILE >> Check->Geometry.ClusterShift);
    while (FatIsCluster(&Check->Geometry, Cluster) && ChkIsLost(Check, Cluster) && Count < Most) {
        ChkOwn(Check, Cluster);
        Last = Cluster;
        Cluster = ChkGet(Check, Cluster);
        Count++;
    }
    if (ChkGet(Check, Last) != ChkEnd)
        ChkSet(Check, Last, ChkEnd);
    return Count;
}

static void ChkRecoverFile(CHK *Check, uint32_t Head)
{
    uint8_t Name[FAT_SHORT_BYTES];
    uint32_t Slot;
    ChkNextName(Check, "FILE", Name);
    uint8_t *Entry = ChkMakeEntry(Check, Check->Found, Name, FAT_ATTRIBUTE_ARCHIVE, Head, &Slot);
    if (!Entry) {
        ChkTell(Check, ChkNoSpace, nullptr, 0, 0);
        ChkFreeChain(Check, Head);
        return;
    }
    uint64_t Size = (uint64_t)ChkTakeChain(Check, Head) << Check->Geometry.ClusterShift;
    FatPut32(Entry + FAT_AT_SIZE, FatMin(Size, FAT_MAX_FILE));
    Check->Order->Totals.Recovered++;
}

static FAT_RESULT ChkRecoverDirectory(CHK *Check, uint32_t Head)
{
    uint8_t Name[FAT_SHORT_BYTES];
    uint32_t Slot;
    ChkNextName(Check, "DIR", Name);
    if (!ChkMakeEntry(Check, Check->Found, Name, FAT_ATTRIBUTE_DIRECTORY, Head, &Slot))
        return FatDone; // as a file it will fare no better, and is told of there
    CHK_DIRECTORY *Last = Check->Last;
    CHK_DIRECTORY *Directory = ChkAddDirectory(Check, Check->Found, Slot, Head);
    if (!Directory)
        return FatNoMemory;
    ChkClaim(Check, Directory);
    Check->Order->Totals.Recovered++;
    FAT_RESULT Result = ChkWalkDirectories(Check);
    return Result == FatDone ? ChkWalkFiles(Check, Last->Next) : Result;
}

// Those whose parents are lost, too, are found below these; on the second round nothing is waited for.
static FAT_RESULT ChkRecoverDirectories(CHK *Check, const CHK_LOST *Lost, bool All)
{
    FAT_RESULT Result = FatDone;
    for (uint32_t i = 2; i < Check->Geometry.Clusters + 2 && Result == FatDone; i++) {
        uint32_t Parent = 0, Above;
        if (!ChkIsHead(Check, Lost, i) || !ChkIsDirectoryHead(Check, i, &Parent))
            continue;
        if (!All && FatIsCluster(&Check->Geometry, Parent) && Parent != i &&
            ChkIsLost(Check, Parent) && ChkIsDirectoryHead(Check, Parent, &Above))
            continue;
        Result = ChkRecoverDirectory(Check, i);
    }
    return Result;
}

static FAT_RESULT ChkRecover(CHK *Check, const CHK_LOST *Lost)
{
    FAT_RESULT Result = ChkMakeFound(Check);
    if (Result == FatDone)
        Result = ChkRecoverDirectories(Check, Lost, false);
    if (Result == FatDone)
        Result = ChkRecoverDirectories(Check, Lost, true);
    for (uint32_t Round = 0; Round < 2 && Result == FatDone; Round++) {
        for (uint32_t i = 2; i < Check->Geometry.Clusters + 2; i++) {
            // First those with a begin, then rings.
            if (Round ? ChkIsLost(Check, i) : ChkIsHead(Check, Lost, i))
                ChkRecoverFile(Check, i);
        }
    }
    return Result;
}

static void ChkFreeAll(CHK *Check)
{
    for (uint32_t i = 2; i < Check->Geometry.Clusters + 2; i++) {
        if (ChkIsLost(Check, i))
            ChkSet(Check, i, ChkFree);
    }
}

FAT_RESULT ChkFindLost(CHK *Check)
{
    CHK_ORDER *Order = Check->Order;
    CHK_LOST Lost = {.Follows = FuAllocate(Check->Store, Check->Geometry.Clusters / 8 + 2)};
    FAT_RESULT Result = FatDone;
    if (!Lost.Follows)
        return FatNoMemory;
    ChkCount(Check, &Lost);
    Order->Totals.LostChains = Lost.Chains;
    Order->Totals.LostClusters = Lost.Clusters;
    if (Lost.Clusters) {
        ChkTell(Check, ChkLostChain, nullptr, 0, Lost.Clusters);
        if (Order->Fix &&
            (!Order->Convert || Order->Convert(Order->Context, Lost.Chains, Lost.Clusters)))
            Result = ChkRecover(Check, &Lost);
        else
            ChkFreeAll(Check);
    }
    FuFree(Check->Store, Lost.Follows);
    return Result;
}
