// Entries come, change and go.
#include "fatp.h"

static void FatPutStamp(uint8_t *Date, uint8_t *Time, FAT_STAMP Stamp)
{
    FatPut16(Date, Stamp.Date);
    if (Time)
        FatPut16(Time, Stamp.Time);
}

// All but the name.
static void FatEncodeValues(uint8_t *Slot, const FAT_ENTRY *Entry)
{
    Slot[FAT_AT_ATTRIBUTES] = Entry->Attributes;
    Slot[FAT_AT_CREATED_HUNDREDTHS] = Entry->Created.Hundredths;
    FatPutStamp(Slot + FAT_AT_CREATED_DATE, Slot + FAT_AT_CREATED_TIME, Entry->Created);
    FatPutStamp(Slot + FAT_AT_MODIFIED_DATE, Slot + FAT_AT_MODIFIED_TIME, Entry->Modified);
    FatPutStamp(Slot + FAT_AT_ACCESSED_DATE, nullptr, Entry->Accessed);
    FatPut16(Slot + FAT_AT_CLUSTER_HIGH, Entry->FirstCluster >> 16);
    FatPut16(Slot + FAT_AT_CLUSTER_LOW, Entry->FirstCluster);
    FatPut32(Slot + FAT_AT_SIZE, Entry->Size);
}

void FatEncodeShort(uint8_t *Slot, const FAT_ENTRY *Entry, uint8_t Case)
{
    memset(Slot, 0, FAT_SLOT_BYTES);
    memcpy(Slot, Entry->ShortRaw, FAT_SHORT_BYTES);
    Slot[FAT_AT_CASE] = Case;
    FatEncodeValues(Slot, Entry);
}

FAT_RESULT FatWriteSlot(FAT_DIRECTORY *Directory, uint32_t Slot, const uint8_t *New)
{
    uint64_t Offset;
    uint8_t *Data;
    FAT_RESULT Result = FatMapSlot(Directory, Slot, &Data, &Offset);
    if (Result != FatDone || memcmp(Data, New, FAT_SLOT_BYTES) == 0)
        return Result;
    memcpy(Data, New, FAT_SLOT_BYTES);
    FatTouch(Directory->Volume, Offset, FAT_SLOT_BYTES, FatDirtySlots);
    return FatDone;
}

// ---- Adding

uint32_t FatLongParts(const FAT_ENTRY *Entry)
{
    return Entry->HasLongName ? (Entry->NameLength + FAT_LONG_CHARS - 1) / FAT_LONG_CHARS : 0;
}

// The short name, the case flags, and how many slots it takes.
FAT_RESULT FatPrepareName(FAT_DIRECTORY *Directory, FAT_ENTRY *Entry, uint8_t *Case)
{
    const FAT_STORE *Store = Directory->Volume->Store;
    uint16_t Text[FAT_SHORT_TEXT + 1];
    FAT_RESULT Result = FatDone;
    if (!FatNameIsValid(Entry->Name, Entry->NameLength))
        return FatBadName;
    Entry->NameLength = FatTrimName(Entry->Name, Entry->NameLength);
    Entry->HasLongName =
        !FatShortOfName(Store, Entry->Name, Entry->NameLength, Entry->ShortRaw, Case);
    if (Entry->HasLongName) {
        *Case = 0;
        Result = FatMakeShort(Directory, Entry->Name, Entry->NameLength, Entry->ShortRaw);
    }
    Entry->Slots = FatLongParts(Entry) + 1;
    Entry->ShortLength = FatShortText(Store, Entry->ShortRaw, 0, Text);
    memcpy(Entry->ShortName, Text, Entry->ShortLength * sizeof(uint16_t));
    return Result;
}

// The parts of the name before the entry itself: until that is there, they are nothing.
static FAT_RESULT FatWriteEntry(FAT_DIRECTORY *Directory, const FAT_ENTRY *Entry, uint8_t Case)
{
    uint8_t Slot[FAT_SLOT_BYTES], Checksum = FatChecksum(Entry->ShortRaw);
    uint32_t Parts = FatLongParts(Entry);
    for (uint32_t i = 0; i < Parts; i++) {
        FatEncodeLong(Slot, Entry->Name, Entry->NameLength, Parts - i, Parts, Checksum);
        FAT_RESULT Result = FatWriteSlot(Directory, Entry->Slot + i, Slot);
        if (Result != FatDone)
            return Result;
    }
    FatEncodeShort(Slot, Entry, Case);
    return FatWriteSlot(Directory, Entry->Slot + Parts, Slot);
}

// Where the name was, if it was deleted a moment ago.
static FAT_RESULT FatPlaceEntry(FAT_DIRECTORY *Directory, FAT_ENTRY *Entry)
{
    uint32_t Sector = FatSectorOfGone(Directory, Entry);
    if (Sector < FAT_GONE_TWICE && FatFindGapIn(Directory, Sector, Entry->Slots, &Entry->Slot))
        return FatMoveEnd(Directory, Entry->Slot + Entry->Slots);
    if (Sector != FAT_NOT_GONE)
        (void)FatCommit(
            Directory
                ->Volume); // if that fails, two names after a power cut are better than none now
    return FatReserveSlots(Directory, Entry->Slots, &Entry->Slot);
}

// What FatPrepareName has been called for.
FAT_RESULT FatAddPrepared(FAT_DIRECTORY *Directory, FAT_ENTRY *Entry, uint8_t Case)
{
    FAT_RESULT Result = FatReserveNames(Directory);
    if (Result == FatDone)
        Result = FatPlaceEntry(Directory, Entry);
    if (Result == FatDone)
        Result = FatWriteEntry(Directory, Entry, Case);
    if (Result != FatDone)
        return Result;
    FatSetUsed(Directory, Entry->Slot, Entry->Slots, true);
    return FatInsertNames(Directory, Entry);
}

FAT_RESULT FatAdd(FAT_DIRECTORY *Directory, FAT_ENTRY *Entry)
{
    uint8_t Case;
    if (Directory->Volume->ReadOnly)
        return FatReadOnly;
    FAT_ENTRY *Found = Directory->Volume->Store->Allocate(sizeof(*Found));
    if (!Found)
        return FatNoMemory;
    FAT_RESULT Result = FatFind(Directory, Entry->Name, Entry->NameLength, Found);
    Directory->Volume->Store->Free(Found);
    if (Result != FatNotFound)
        return Result == FatDone ? FatExists : Result;
    Result = FatPrepareName(Directory, Entry, &Case);
    return Result == FatDone ? FatAddPrepared(Directory, Entry, Case) : Result;
}

// ---- Changing and removing

FAT_RESULT FatUpdate(FAT_DIRECTORY *Directory, const FAT_ENTRY *Entry)
{
    uint64_t Offset;
    uint8_t *Data, New[FAT_SLOT_BYTES];
    uint32_t Slot = Entry->Slot + Entry->Slots - 1;
    if (Directory->Volume->ReadOnly)
        return FatReadOnly;
    FAT_RESULT Result = FatMapSlot(Directory, Slot, &Data, &Offset);
    if (Result != FatDone)
        return Result;
    memcpy(New, Data, FAT_SLOT_BYTES);
    FatEncodeValues(New, Entry);
    return FatWriteSlot(Directory, Slot, New);
}

FAT_RESULT FatClearSlot(FAT_DIRECTORY *Directory, uint32_t Slot)
{
    uint64_t Offset;
    uint8_t *Data;
    FAT_RESULT Result = FatMapSlot(Directory, Slot, &Data, &Offset);
    if (Result != FatDone)
        return Result;
    Data[0] = FAT_SLOT_FREE;
    FatTouch(Directory->Volume, Offset, FAT_SLOT_BYTES, FatDirtySlots);
    FatSetUsed(Directory, Slot, 1, false);
    return FatDone;
}

FAT_RESULT FatRemove(FAT_DIRECTORY *Directory, const FAT_ENTRY *Entry)
{
    uint32_t Last = Entry->Slot + Entry->Slots - 1;
    if (Directory->Volume->ReadOnly)
        return FatReadOnly;
    FAT_RESULT Result = FatReserveGone(Directory->Volume);
    if (Result == FatDone)
        Result = FatClearSlot(Directory, Last);
    if (Result != FatDone)
        return Result;
    while (Last-- > Entry->Slot)
        (void)FatClearSlot(Directory, Last); // a part of its name is nothing without it
    FatNoteGone(Directory, Entry);
    FatDeleteNames(Directory, Entry);
    return FatDone;
}

FAT_RESULT FatRemoveFile(FAT_DIRECTORY *Directory, const FAT_ENTRY *Entry, FAT_CHAIN *Chain)
{
    FAT_VOLUME *Volume = Directory->Volume;
    uint32_t Count;
    FAT_RESULT Result = FatCountClusters(Volume, Chain, &Count);
    if (Result == FatDone)
        Result = FatReserveFreed(Volume, Chain->Count);
    if (Result == FatDone)
        Result = FatRemove(Directory, Entry);
    return Result == FatDone ? FatTruncate(Volume, Chain, 0) : Result; // there is room
}

// ---- Directories

static void FatFillDots(uint8_t *Slots, const FAT_ENTRY *Entry, uint32_t Parent)
{
    FAT_ENTRY Dot = *Entry;
    Dot.Size = 0;
    memcpy(Dot.ShortRaw, ".          ", FAT_SHORT_BYTES);
    FatEncodeShort(Slots, &Dot, 0);
    Dot.FirstCluster = Parent;
    memcpy(Dot.ShortRaw, "..         ", FAT_SHORT_BYTES);
    FatEncodeShort(Slots + FAT_SLOT_BYTES, &Dot, 0);
}

static FAT_RESULT FatMakeCluster(FAT_DIRECTORY *Parent, FAT_ENTRY *Entry, FAT_CHAIN *Chain)
{
    FAT_VOLUME *Volume = Parent->Volume;
    uint8_t *Data;
    FAT_RESULT Result = FatExtend(Volume, Chain, 1);
    if (Result != FatDone)
        return Result;
    Entry->FirstCluster = Chain->FirstCluster;
    Entry->Size = 0;
    Entry->Attributes |= FAT_ATTRIBUTE_DIRECTORY;
    uint64_t Offset = FatClusterOffset(&Volume->Geometry, Chain->FirstCluster);
    Result = FatZeroClusters(Volume, Chain, 0);
    if (Result == FatDone)
        Result = FatMap(Volume, Offset, &Data);
    if (Result != FatDone)
        return Result;
    FatFillDots(Data, Entry, Parent->FirstCluster);
    FatTouch(Volume, Offset, 2 * FAT_SLOT_BYTES, FatDirtyNew);
    return FatDone;
}

FAT_RESULT FatAddDirectory(FAT_DIRECTORY *Parent, FAT_ENTRY *Entry)
{
    FAT_CHAIN Chain = {.Metadata = true};
    FAT_RESULT Result = FatMakeCluster(Parent, Entry, &Chain);
    if (Result == FatDone)
        Result = FatAdd(Parent, Entry);
    if (Result != FatDone && Chain.FirstCluster)
        (void)FatTruncate(Parent->Volume, &Chain, 0);
    FatForgetChain(Parent->Volume, &Chain);
    return Result;
}

FAT_RESULT FatRemoveDirectory(FAT_DIRECTORY *Parent, const FAT_ENTRY *Entry)
{
    FAT_VOLUME *Volume = Parent->Volume;
    FAT_DIRECTORY *Directory;
    FAT_RESULT Result = FatOpenDirectory(Volume, Entry->FirstCluster, &Directory);
    if (Result != FatDone)
        return Result;
    if (Directory->Entries)
        Result = FatNotEmpty;
    else if (!Directory->FirstCluster)
        Result = FatCorrupt; // an entry that leads to the root
    else
        Result = FatRemoveFile(Parent, Entry, &Directory->Chain);
    Directory->Removed = Result == FatDone;
    FatCloseDirectory(Directory);
    return Result;
}

FAT_RESULT FatNextAt(FAT_DIRECTORY *Directory, FAT_CURSOR *Cursor, uint32_t Slot, FAT_ENTRY *Entry)
{
    for (; Slot < Directory->Slots; Slot++) {
        uint64_t Heads = Directory->Heads[Slot / 64] >> (Slot % 64);
        if (!Heads) {
            Slot |= 63;
            continue;
        }
        Slot += (uint32_t)__builtin_ctzll(Heads);
        FAT_RESULT Result = FatParseAt(Directory, Cursor, Slot, Entry);
        return Result == FatNotFound ? FatCorrupt : Result;
    }
    return FatNotFound;
}

FAT_RESULT FatNext(FAT_DIRECTORY *Directory, uint32_t Slot, FAT_ENTRY *Entry)
{
    FAT_CURSOR Cursor = {.Short = true};
    return FatNextAt(Directory, &Cursor, Slot, Entry);
}
