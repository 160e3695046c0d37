// The entries of one directory, as far as they can be judged without their chains.
#include "checkp.h"

bool ChkIsEntry(const uint8_t *Slot)
{
    return Slot[0] != FAT_SLOT_FREE && Slot[0] != FAT_SLOT_END &&
           (Slot[FAT_AT_ATTRIBUTES] & FAT_ATTRIBUTE_LONG_MASK) != FAT_ATTRIBUTE_LONG;
}

static bool ChkIsLong(const uint8_t *Slot)
{
    return Slot[0] != FAT_SLOT_FREE && Slot[0] != FAT_SLOT_END &&
           (Slot[FAT_AT_ATTRIBUTES] & FAT_ATTRIBUTE_LONG_MASK) == FAT_ATTRIBUTE_LONG;
}

// ---- Names

static bool ChkGoodByte(uint8_t Byte)
{
    return Byte >= ' ' && Byte != 0x7F && !(Byte >= 'a' && Byte <= 'z') &&
           !strchr("\"*+,./:;<=>?[\\]|", Byte);
}

static bool ChkGoodName(const uint8_t *Slot)
{
    if (Slot[0] == ' ')
        return false;
    for (uint32_t i = 0; i < FAT_SHORT_BYTES; i++) {
        if (!ChkGoodByte(Slot[i]) && (i || Slot[i] != FAT_SLOT_KANJI))
            return false;
    }
    return true;
}

// A long name's slots stand before the entry, the last part first.
uint32_t ChkLongStart(const CHK_DIRECTORY *Directory, uint32_t Slot)
{
    uint8_t Sum = FatChecksum(ChkSlot(Directory, Slot));
    for (uint32_t Part = 1; Part <= FAT_LONG_SLOTS && Part <= Slot; Part++) {
        const uint8_t *Long = ChkSlot(Directory, Slot - Part);
        if (!ChkIsLong(Long) || (Long[0] & ~FAT_LONG_LAST) != Part ||
            Long[FAT_LONG_AT_CHECKSUM] != Sum)
            return Slot;
        if (Long[0] & FAT_LONG_LAST)
            return Slot - Part;
    }
    return Slot;
}

static bool ChkGoodLong(const CHK_DIRECTORY *Directory, uint32_t Slot)
{
    uint16_t Name[FAT_LONG_SLOTS * FAT_LONG_CHARS] = {};
    uint32_t First = ChkLongStart(Directory, Slot), Length = 0;
    for (uint32_t i = First; i < Slot; i++) {
        if (!FatDecodeLong(ChkSlot(Directory, i), Slot - i, Name))
            return false;
    }
    while (Length < (Slot - First) * FAT_LONG_CHARS && Name[Length])
        Length++;
    return First == Slot || (FatNameIsValid(Name, Length) && FatTrimName(Name, Length) == Length);
}

void ChkRemove(CHK_DIRECTORY *Directory, uint32_t Slot)
{
    for (uint32_t i = ChkLongStart(Directory, Slot); i <= Slot; i++)
        ChkSlot(Directory, i)[0] = FAT_SLOT_FREE;
    Directory->Changed = true;
}

// Another short name; the long one goes with it.
static void ChkRename(CHK_DIRECTORY *Directory, uint32_t Slot, const uint8_t *Name)
{
    uint32_t First = ChkLongStart(Directory, Slot);
    memcpy(ChkSlot(Directory, Slot), Name, FAT_SHORT_BYTES);
    for (uint32_t i = First; i < Slot; i++)
        ChkSlot(Directory, i)[FAT_LONG_AT_CHECKSUM] = FatChecksum(Name);
    Directory->Changed = true;
}

// ---- Does it look like an entry at all?

static uint32_t ChkDoubts(const CHK *Check, const uint8_t *Slot)
{
    const FAT_GEOMETRY *Geometry = &Check->Geometry;
    uint32_t Start = ChkStart(Check, Slot), Attributes = Slot[FAT_AT_ATTRIBUTES];
    uint32_t Date = FatGet16(Slot + FAT_AT_MODIFIED_DATE), Size = FatGet32(Slot + FAT_AT_SIZE);
    uint32_t Doubts = !ChkGoodName(Slot) && !ChkIsDot(Slot, 1) && !ChkIsDot(Slot, 2);
    Doubts += (Attributes & 0xC0) != 0;
    Doubts += (Attributes & FAT_ATTRIBUTE_DIRECTORY) && Size;
    Doubts += Start && !FatIsCluster(Geometry, Start);
    Doubts += Size > (uint64_t)Geometry->Clusters << Geometry->ClusterShift;
    Doubts += !Start && Size;
    Doubts += Date && !FatTimeOfStamp((FAT_STAMP){.Date = (uint16_t)Date});
    return Doubts;
}

bool ChkLooksReal(const CHK *Check, const uint8_t *Slot)
{
    return ChkIsEntry(Slot) && ChkGoodName(Slot) && ChkDoubts(Check, Slot) == 0;
}

// ---- The end

// Null bytes in the middle hide what is behind them; if that looks real, the end is elsewhere. Returns the number of
// slots that count.
static uint32_t ChkFindEnd(CHK *Check, CHK_DIRECTORY *Directory)
{
    uint32_t End = 0, Real = 0;
    bool Tail = false;
    while (End < Directory->SlotCount && ChkSlot(Directory, End)[0])
        End++;
    for (uint32_t i = End; i < Directory->SlotCount; i++) {
        const uint8_t *Slot = ChkSlot(Directory, i);
        Tail |= Slot[0] && Slot[0] != FAT_SLOT_FREE;
        if (ChkLooksReal(Check, Slot))
            Real = i + 1;
    }
    if (Real) {
        ChkTell(Check, ChkDirectoryEnd, Directory, Directory->SlotCount, End);
        for (; End < Real; End++) {
            if (!ChkSlot(Directory, End)[0])
                ChkSlot(Directory, End)[0] = FAT_SLOT_FREE;
        }
        Directory->Changed = true;
    } else if (Tail) {
        ChkTell(Check, ChkDirectoryTail, Directory, Directory->SlotCount, End);
        Directory->Changed = true;
    }
    if (Directory->Changed)
        memset(ChkSlot(Directory, End), 0, (size_t)(Directory->SlotCount - End) * FAT_SLOT_BYTES);
    return End;
}

// ---- One entry after the other

static void ChkCheckLabel(CHK *Check, CHK_DIRECTORY *Directory, uint32_t Slot)
{
    uint8_t *Entry = ChkSlot(Directory, Slot);
    if (!Directory->IsRoot || Check->HasLabel) {
        ChkTell(Check, ChkLabel, Directory, Slot, 0);
        ChkRemove(Directory, Slot);
        return;
    }
    Check->HasLabel = true;
    memcpy(Check->Order->Totals.Label, Entry, FAT_SHORT_BYTES);
    if (ChkStart(Check, Entry) || FatGet32(Entry + FAT_AT_SIZE)) {
        ChkTell(Check, ChkBadStart, Directory, Slot, 0);
        ChkSetStart(Check, Entry, 0);
        FatPut32(Entry + FAT_AT_SIZE, 0);
        Directory->Changed = true;
    }
}

static void ChkMendName(CHK *Check, CHK_DIRECTORY *Directory, uint32_t Slot)
{
    uint8_t Name[FAT_SHORT_BYTES];
    memcpy(Name, ChkSlot(Directory, Slot), sizeof(Name));
    for (uint32_t i = 0; i < FAT_SHORT_BYTES; i++) {
        if (!ChkGoodByte(Name[i]) || (!i && Name[i] == ' '))
            Name[i] = '_';
    }
    ChkTell(Check, ChkBadName, Directory, Slot, 0);
    ChkRename(Directory, Slot, Name);
}

static void ChkCheckEntry(CHK *Check, CHK_DIRECTORY *Directory, uint32_t Slot)
{
    uint8_t *Entry = ChkSlot(Directory, Slot);
    bool Dot = ChkIsDot(Entry, 1) || ChkIsDot(Entry, 2);
    if ((Dot && (Directory->IsRoot || Slot > 1)) || ChkDoubts(Check, Entry) >= 2) {
        ChkTell(Check, ChkGarbage, Directory, Slot, 0);
        ChkRemove(Directory, Slot);
        return;
    }
    if (Dot)
        return;
    if (!ChkGoodName(Entry))
        ChkMendName(Check, Directory, Slot);
    uint8_t Attributes = Entry[FAT_AT_ATTRIBUTES] & 0x3F;
    if ((Attributes & (FAT_ATTRIBUTE_DIRECTORY | FAT_ATTRIBUTE_LABEL)) ==
        (FAT_ATTRIBUTE_DIRECTORY | FAT_ATTRIBUTE_LABEL))
        Attributes &= (uint8_t)~FAT_ATTRIBUTE_LABEL;
    uint8_t Case = Entry[FAT_AT_CASE] & (FAT_CASE_BASE | FAT_CASE_EXTENSION);
    if (Attributes != Entry[FAT_AT_ATTRIBUTES] || Case != Entry[FAT_AT_CASE]) {
        ChkTell(Check, ChkBadAttributes, Directory, Slot, Entry[FAT_AT_ATTRIBUTES]);
        Entry[FAT_AT_ATTRIBUTES] = Attributes;
        Entry[FAT_AT_CASE] = Case;
        Directory->Changed = true;
    }
    if (Attributes & FAT_ATTRIBUTE_LABEL)
        ChkCheckLabel(Check, Directory, Slot);
}

// Parts of long names that belong to no entry, from From up to To.
static void ChkDropLong(CHK *Check, CHK_DIRECTORY *Directory, uint32_t From, uint32_t To)
{
    bool Any = false;
    for (uint32_t i = From; i < To; i++) {
        if (!ChkIsLong(ChkSlot(Directory, i)))
            continue;
        ChkSlot(Directory, i)[0] = FAT_SLOT_FREE;
        Directory->Changed = Any = true;
    }
    if (Any)
        ChkTell(Check, ChkOrphanLong, Directory, Directory->SlotCount, From);
}

// What has no meaning in the slots of a long name is fixed (7.2).
static void ChkMendLong(CHK *Check, CHK_DIRECTORY *Directory, uint32_t Slot)
{
    bool Any = false;
    for (uint32_t i = ChkLongStart(Directory, Slot); i < Slot; i++) {
        uint8_t *Long = ChkSlot(Directory, i);
        if (Long[FAT_AT_ATTRIBUTES] == FAT_ATTRIBUTE_LONG && !FatGet16(Long + FAT_AT_CLUSTER_LOW))
            continue;
        Long[FAT_AT_ATTRIBUTES] = FAT_ATTRIBUTE_LONG;
        FatPut16(Long + FAT_AT_CLUSTER_LOW, 0);
        Directory->Changed = Any = true;
    }
    if (Any)
        ChkTell(Check, ChkLongField, Directory, Slot, 0);
}

// ---- Names that are there twice

static uint32_t ChkHash(const uint8_t *Name)
{
    uint32_t Hash = 2166136261;
    for (uint32_t i = 0; i < FAT_SHORT_BYTES; i++)
        Hash = (Hash ^ Name[i]) * 16777619;
    return Hash;
}

// The place of a name in the table: that of the same name, or a free one (0).
static uint32_t *ChkPlace(const CHK_DIRECTORY *Directory, uint32_t *Table, uint32_t Mask,
                          const uint8_t *Name)
{
    uint32_t i = ChkHash(Name) & Mask;
    while (Table[i] && memcmp(ChkSlot(Directory, Table[i] - 1), Name, FAT_SHORT_BYTES))
        i = (i + 1) & Mask;
    return &Table[i];
}

static void ChkMakeUnique(CHK_DIRECTORY *Directory, uint32_t Slot, uint32_t *Table, uint32_t Mask)
{
    uint8_t Name[FAT_SHORT_BYTES];
    memcpy(Name, ChkSlot(Directory, Slot), sizeof(Name));
    for (uint32_t Number = 0; *ChkPlace(Directory, Table, Mask, Name); Number++) {
        memcpy(Name, "FSCK", 4);
        for (uint32_t i = 0, Rest = Number; i < 4; i++, Rest /= 10)
            Name[7 - i] = (uint8_t)('0' + Rest % 10);
        if (Number > 9999)
            Name[3] = (uint8_t)('A' + Number / 10000);
    }
    ChkRename(Directory, Slot, Name);
}

static FAT_RESULT ChkFindDuplicates(CHK *Check, CHK_DIRECTORY *Directory, uint32_t End)
{
    uint32_t Size = 16;
    while (Size < End * 2)
        Size *= 2;
    uint32_t *Table = FuAllocate(Check->Store, Size * sizeof(*Table));
    if (!Table)
        return FatNoMemory;
    for (uint32_t i = 0; i < End; i++) {
        const uint8_t *Slot = ChkSlot(Directory, i);
        if (!ChkIsEntry(Slot) || (Slot[FAT_AT_ATTRIBUTES] & FAT_ATTRIBUTE_LABEL))
            continue;
        if (*ChkPlace(Directory, Table, Size - 1, Slot)) {
            ChkTell(Check, ChkDuplicate, Directory, i, 0);
            ChkMakeUnique(Directory, i, Table, Size - 1);
        }
        *ChkPlace(Directory, Table, Size - 1, Slot) = i + 1;
    }
    FuFree(Check->Store, Table);
    return FatDone;
}

FAT_RESULT ChkCheckSlots(CHK *Check, CHK_DIRECTORY *Directory)
{
    uint32_t End = ChkFindEnd(Check, Directory), Open = 0;
    for (uint32_t i = 0; i < End; i++) {
        const uint8_t *Slot = ChkSlot(Directory, i);
        if (ChkIsLong(Slot))
            continue;
        if (ChkIsEntry(Slot)) {
            bool Label = Slot[FAT_AT_ATTRIBUTES] & FAT_ATTRIBUTE_LABEL;
            bool Good = !Label && ChkGoodLong(Directory, i);
            ChkDropLong(Check, Directory, Open, Good ? ChkLongStart(Directory, i) : i);
            ChkMendLong(Check, Directory, i);
            ChkCheckEntry(Check, Directory, i);
        } else
            ChkDropLong(Check, Directory, Open, i);
        Open = i + 1;
    }
    ChkDropLong(Check, Directory, Open, End);
    return ChkFindDuplicates(Check, Directory, End);
}
