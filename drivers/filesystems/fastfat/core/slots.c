// Slots of a directory: where they are, what stands in them, which are free.
#include "fatp.h"

FAT_RESULT FatMapSlot(FAT_DIRECTORY *Directory, uint32_t Slot, uint8_t **Data, uint64_t *Offset)
{
    FAT_VOLUME *Volume = Directory->Volume;
    uint64_t Place = (uint64_t)Slot * FAT_SLOT_BYTES;
    if (Directory->Fixed) {
        *Offset = Volume->Geometry.RootOffset + Place;
    } else {
        FAT_RUN Run;
        uint32_t Shift = Volume->Geometry.ClusterShift;
        FAT_RESULT Result = FatLookup(Volume, &Directory->Chain, (uint32_t)(Place >> Shift), &Run);
        if (Result != FatDone)
            return Result == FatNotFound ? FatCorrupt : Result;
        *Offset = FatClusterOffset(&Volume->Geometry, Run.Cluster) +
                  (Place & (Volume->Geometry.ClusterSize - 1));
    }
    return FatMap(Volume, *Offset, Data);
}

// The one after a slot that was just mapped: mostly it follows in memory.
static FAT_RESULT FatMapNextSlot(FAT_DIRECTORY *Directory, uint32_t Slot, uint8_t **Data,
                                 uint64_t *Offset)
{
    uint32_t Together = FatMin(Directory->Volume->Geometry.ClusterSize, FAT_BLOCK_BYTES);
    uint64_t Place = (uint64_t)Slot * FAT_SLOT_BYTES;
    *Offset += FAT_SLOT_BYTES;
    if (Place % Together == 0 || *Offset % FAT_BLOCK_BYTES == 0)
        return FatMapSlot(Directory, Slot, Data, Offset);
    *Data += FAT_SLOT_BYTES;
    return FatDone;
}

// ---- Bitmaps

static void FatSetBits(uint64_t *Bits, uint32_t First, uint32_t Count, bool Value)
{
    for (uint32_t i = First; i < First + Count; i++) {
        if (Value)
            Bits[i / 64] |= 1ULL << (i % 64);
        else
            Bits[i / 64] &= ~(1ULL << (i % 64));
    }
}

bool FatIsUsed(const FAT_DIRECTORY *Directory, uint32_t Slot)
{
    return Directory->Used[Slot / 64] >> (Slot % 64) & 1;
}

void FatSetUsed(FAT_DIRECTORY *Directory, uint32_t Slot, uint32_t Count, bool Used)
{
    FatSetBits(Directory->Used, Slot, Count, Used);
    if (!Used && Slot < Directory->FreeHint)
        Directory->FreeHint = Slot;
}

void FatSetHead(FAT_DIRECTORY *Directory, uint32_t Slot, bool Head)
{
    FatSetBits(Directory->Heads, Slot, 1, Head);
}

static FAT_RESULT FatGrowBitmap(const FAT_STORE *Store, uint64_t **Bits, size_t Old, size_t New)
{
    uint64_t *Grown = FatAllocateZeroed(Store, New * sizeof(uint64_t));
    if (!Grown)
        return FatNoMemory;
    if (*Bits) {
        memcpy(Grown, *Bits, Old * sizeof(uint64_t));
        Store->Free(*Bits);
    }
    *Bits = Grown;
    return FatDone;
}

FAT_RESULT FatGrowBitmaps(FAT_DIRECTORY *Directory, uint32_t Slots)
{
    const FAT_STORE *Store = Directory->Volume->Store;
    size_t Old = (Directory->Slots + 63) / 64, New = (Slots + 63) / 64;
    if (Old == New && Directory->Used)
        return FatDone;
    FAT_RESULT Result = FatGrowBitmap(Store, &Directory->Used, Old, New);
    return Result == FatDone ? FatGrowBitmap(Store, &Directory->Heads, Old, New) : Result;
}

// ---- What stands there

static FAT_STAMP FatReadStamp(const uint8_t *Date, const uint8_t *Time, uint8_t Hundredths)
{
    return (FAT_STAMP){FatGet16(Date), Time ? FatGet16(Time) : 0, Hundredths};
}

static void FatReadShort(FAT_DIRECTORY *Directory, const uint8_t *Slot, bool Short,
                         FAT_ENTRY *Entry)
{
    const FAT_GEOMETRY *Geometry = &Directory->Volume->Geometry;
    uint16_t Text[FAT_SHORT_TEXT + 1];
    memcpy(Entry->ShortRaw, Slot, FAT_SHORT_BYTES);
    Entry->Attributes = Slot[FAT_AT_ATTRIBUTES];
    Entry->FirstCluster = FatGet16(Slot + FAT_AT_CLUSTER_LOW);
    if (Geometry->Bits == 32)
        Entry->FirstCluster |= (uint32_t)FatGet16(Slot + FAT_AT_CLUSTER_HIGH) << 16;
    Entry->Size = FatGet32(Slot + FAT_AT_SIZE);
    Entry->Created = FatReadStamp(Slot + FAT_AT_CREATED_DATE, Slot + FAT_AT_CREATED_TIME,
                                  Slot[FAT_AT_CREATED_HUNDREDTHS]);
    Entry->Modified = FatReadStamp(Slot + FAT_AT_MODIFIED_DATE, Slot + FAT_AT_MODIFIED_TIME, 0);
    Entry->Accessed = FatReadStamp(Slot + FAT_AT_ACCESSED_DATE, nullptr, 0);
    if (Short) {
        Entry->ShortLength = FatShortText(Directory->Volume->Store, Slot, 0, Text);
        memcpy(Entry->ShortName, Text, Entry->ShortLength * sizeof(uint16_t));
    }
    if (!Entry->HasLongName) {
        Entry->NameLength = FatShortText(Directory->Volume->Store, Slot, Slot[FAT_AT_CASE], Text);
        memcpy(Entry->Name, Text, Entry->NameLength * sizeof(uint16_t));
    }
}

static FAT_RESULT FatGoTo(FAT_DIRECTORY *Directory, FAT_CURSOR *Cursor, uint32_t Slot)
{
    bool Follows = Cursor->Data && Slot == Cursor->Slot + 1;
    FAT_RESULT Result = Follows ? FatMapNextSlot(Directory, Slot, &Cursor->Data, &Cursor->Offset)
                                : FatMapSlot(Directory, Slot, &Cursor->Data, &Cursor->Offset);
    Cursor->Slot = Slot;
    if (Result != FatDone)
        Cursor->Data = nullptr;
    return Result;
}

// The parts of a long name from Slot on, where the cursor is, and the short entry that they belong to. False: they belong to
// none, and Entry->Slots are orphans. A long name that could not be asked for gives way to the short one.
static FAT_RESULT FatReadLong(FAT_DIRECTORY *Directory, FAT_CURSOR *Cursor, uint32_t Slot,
                              FAT_ENTRY *Entry, bool *Whole)
{
    uint16_t Name[FAT_LONG_SLOTS * FAT_LONG_CHARS];
    const uint8_t *Data = Cursor->Data;
    uint32_t Parts = Data[0] & ~FAT_LONG_LAST;
    uint8_t Checksum = Data[FAT_LONG_AT_CHECKSUM];
    *Whole = false;
    Entry->Slots = 1;
    if (!(Data[0] & FAT_LONG_LAST) || !Parts || Parts > FAT_LONG_SLOTS ||
        Directory->Slots - Slot <= Parts)
        return FatDone;
    for (uint32_t i = 0; i < Parts; i++) {
        bool Last = Data[0] & FAT_LONG_LAST;
        if (Last != (i == 0) || Data[FAT_LONG_AT_CHECKSUM] != Checksum ||
            !FatDecodeLong(Data, Parts - i, Name))
            return FatDone;
        Entry->Slots = i + 1;
        FAT_RESULT Result = FatGoTo(Directory, Cursor, Slot + i + 1);
        if (Result != FatDone)
            return Result;
        Data = Cursor->Data;
    }
    if (Data[0] == FAT_SLOT_FREE || Data[0] == FAT_SLOT_END ||
        (Data[FAT_AT_ATTRIBUTES] & FAT_ATTRIBUTE_LABEL) || FatChecksum(Data) != Checksum)
        return FatDone;
    *Whole = true;
    Entry->Slots = Parts + 1;
    Entry->HasLongName = FatCopyName(Name, Parts * FAT_LONG_CHARS, Entry->Name, &Entry->NameLength);
    FatReadShort(Directory, Data, Cursor->Short, Entry);
    return FatDone;
}

FAT_RESULT FatParseAt(FAT_DIRECTORY *Directory, FAT_CURSOR *Cursor, uint32_t Slot, FAT_ENTRY *Entry)
{
    bool Whole = false;
    Entry->Slot = Slot;
    Entry->Slots = 1;
    Entry->HasLongName = false;
    FAT_RESULT Result = FatGoTo(Directory, Cursor, Slot);
    if (Result != FatDone)
        return Result;
    const uint8_t *Data = Cursor->Data;
    if (Data[0] == FAT_SLOT_FREE || Data[0] == FAT_SLOT_END || Data[0] == ' ')
        return FatNotFound;
    if ((Data[FAT_AT_ATTRIBUTES] & FAT_ATTRIBUTE_LONG_MASK) == FAT_ATTRIBUTE_LONG) {
        Result = FatReadLong(Directory, Cursor, Slot, Entry, &Whole);
        return Result != FatDone ? Result : Whole ? FatDone : FatNotFound;
    }
    if ((Data[FAT_AT_ATTRIBUTES] & FAT_ATTRIBUTE_LABEL) || Data[0] == '.')
        return FatNotFound; // the label; "." and ".."
    FatReadShort(Directory, Data, Cursor->Short, Entry);
    return FatDone;
}

FAT_RESULT FatParseSlots(FAT_DIRECTORY *Directory, uint32_t Slot, FAT_ENTRY *Entry)
{
    FAT_CURSOR Cursor = {.Short = true};
    return FatParseAt(Directory, &Cursor, Slot, Entry);
}

// ---- Free ones

static uint32_t FatFindGap(FAT_DIRECTORY *Directory, uint32_t Count)
{
    uint32_t Start = Directory->FreeHint, Length = 0;
    bool First = true;
    for (uint32_t i = Start; i < Directory->Slots; i++) {
        if (i % 64 == 0 && Directory->Used[i / 64] == UINT64_MAX) {
            i += 63;
            Length = 0;
            continue;
        }
        if (FatIsUsed(Directory, i)) {
            Length = 0;
            continue;
        }
        if (First)
            Directory->FreeHint = i;
        First = false;
        if (!Length++)
            Start = i;
        if (Length == Count)
            return Start;
    }
    return Length ? Start : Directory->Slots; // at the end, to be continued behind it
}

uint32_t FatSectorOfSlot(const FAT_VOLUME *Volume, uint32_t Slot)
{
    return Slot / (Volume->Geometry.SectorSize / FAT_SLOT_BYTES);
}

bool FatFindGapIn(const FAT_DIRECTORY *Directory, uint32_t Sector, uint32_t Count, uint32_t *Slot)
{
    uint32_t Slots = Directory->Volume->Geometry.SectorSize / FAT_SLOT_BYTES, Length = 0;
    uint32_t Begin = Sector * Slots, End = FatMin((uint64_t)Begin + Slots, Directory->Slots);
    for (uint32_t i = Begin > Count ? Begin - Count : 0; i < End; i++) {
        Length = FatIsUsed(Directory, i) ? 0 : Length + 1;
        *Slot = i + 1 - Count;
        if (Length >= Count && i >= Begin)
            return true;
    }
    return false;
}

FAT_RESULT FatZeroClusters(FAT_VOLUME *Volume, FAT_CHAIN *Chain, uint32_t First)
{
    const FAT_GEOMETRY *Geometry = &Volume->Geometry;
    for (uint32_t i = First; i < Chain->Known; i++) {
        FAT_RUN Run;
        FAT_RESULT Result = FatLookup(Volume, Chain, i, &Run);
        if (Result != FatDone)
            return Result;
        uint64_t Offset = FatClusterOffset(Geometry, Run.Cluster);
        for (uint32_t Done = 0; Done < Geometry->ClusterSize;) {
            uint8_t *Data;
            uint32_t Room = FAT_BLOCK_BYTES - (uint32_t)((Offset + Done) % FAT_BLOCK_BYTES);
            uint32_t Length = FatMin(Room, Geometry->ClusterSize - Done);
            Result = FatMapFresh(Volume, Offset + Done, Length, &Data);
            if (Result != FatDone)
                return Result;
            memset(Data, 0, Length);
            FatTouch(Volume, Offset + Done, Length, FatDirtyNew);
            Done += Length;
        }
    }
    return FatDone;
}

static FAT_RESULT FatGrowDirectory(FAT_DIRECTORY *Directory, uint32_t Slots)
{
    FAT_VOLUME *Volume = Directory->Volume;
    uint32_t ClusterSlots = Volume->Geometry.ClusterSize / FAT_SLOT_BYTES;
    uint32_t Clusters = (Slots + ClusterSlots - 1) / ClusterSlots, Had;
    if (Directory->Fixed || Slots > FAT_MAX_SLOTS)
        return FatDirectoryFull;
    FAT_RESULT Result = FatCountClusters(Volume, &Directory->Chain, &Had);
    uint32_t New = FatMin((uint64_t)Clusters * ClusterSlots, FAT_MAX_SLOTS);
    if (Result == FatDone)
        Result = FatGrowBitmaps(Directory, New);
    if (Result == FatDone)
        Result = FatExtend(Volume, &Directory->Chain, Clusters);
    if (Result != FatDone)
        return Result;
    Result = FatZeroClusters(Volume, &Directory->Chain, Had);
    if (Result == FatDone)
        Directory->Slots = New;
    else
        (void)FatTruncate(Volume, &Directory->Chain, Had);
    return Result;
}

// What somebody else has left behind the end mark would be entries for as long as the mark is overwritten, and the one
// in the next sector is not there.
static FAT_RESULT FatClearBehind(FAT_DIRECTORY *Directory, uint32_t Slot)
{
    for (; Slot < Directory->Slots; Slot++) {
        uint64_t Offset;
        uint8_t *Data;
        FAT_RESULT Result = FatMapSlot(Directory, Slot, &Data, &Offset);
        if (Result != FatDone)
            return Result;
        if (Data[0] == FAT_SLOT_END)
            continue;
        memset(Data, 0, FAT_SLOT_BYTES);
        FatTouch(Directory->Volume, Offset, FAT_SLOT_BYTES, FatDirtySlots);
    }
    return FatCommit(Directory->Volume);
}

// Behind the last slot that was ever used stands a mark; whoever moves it writes the new one first.
FAT_RESULT FatMoveEnd(FAT_DIRECTORY *Directory, uint32_t End)
{
    uint64_t Offset;
    uint8_t *Data;
    if (End <= Directory->End)
        return FatDone;
    if (End < Directory->Slots) {
        FAT_RESULT Result = FatMapSlot(Directory, End, &Data, &Offset);
        if (Result == FatDone && Data[0] != FAT_SLOT_END)
            Result = FatClearBehind(Directory, End);
        if (Result != FatDone)
            return Result;
    }
    Directory->End = End;
    return FatDone;
}

FAT_RESULT FatReserveSlots(FAT_DIRECTORY *Directory, uint32_t Count, uint32_t *Slot)
{
    FAT_RESULT Result = FatDone;
    *Slot = FatFindGap(Directory, Count);
    if (*Slot + Count > Directory->Slots)
        Result = FatGrowDirectory(Directory, *Slot + Count);
    return Result == FatDone ? FatMoveEnd(Directory, *Slot + Count) : Result;
}
