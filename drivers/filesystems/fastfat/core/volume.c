// A volume from mount to unmount, and its label.
#include "fatp.h"

static FAT_RESULT FatReadGeometry(const FAT_STORE *Store, FAT_GEOMETRY *Geometry)
{
    uint32_t Length = Store->SectorSize < 512 ? 512 : Store->SectorSize;
    uint8_t *Boot = Store->Bytes >= Length ? Store->Allocate(Length) : nullptr;
    if (!Boot)
        return Store->Bytes >= Length ? FatNoMemory : FatNotFat;
    FAT_RESULT Result = FatIoError;
    if (Store->Read(Store->Context, 0, Length, Boot))
        Result = FatParseBoot(Boot, Store->SectorSize, Store->Bytes, Geometry);
    Store->Free(Boot);
    return Result;
}

static FAT_RESULT FatInitVolume(FAT_VOLUME *Volume)
{
    FAT_RESULT Result = FatReadGeometry(Volume->Store, &Volume->Geometry);
    if (Result == FatDone)
        Result = FatInitBlocks(Volume);
    if (Result == FatDone)
        Result = FatReadDirtyBit(Volume, &Volume->WasDirty);
    if (Result == FatDone)
        Result = FatOpenDirectory(Volume, 0, &Volume->Root);
    Volume->MarkedDirty = Volume->WasDirty;
    return Result;
}

FAT_RESULT FatMount(const FAT_STORE *Store, bool ReadOnly, FAT_VOLUME **Mounted)
{
    FAT_VOLUME *Volume = FatAllocateZeroed(Store, sizeof(*Volume));
    if (!Volume)
        return FatNoMemory;
    Volume->Store = Store;
    Volume->ReadOnly = ReadOnly;
    Volume->Epoch = 1;
    FAT_RESULT Result = FatInitVolume(Volume);
    if (Result == FatDone)
        *Mounted = Volume;
    else
        FatUnmount(Volume);
    return Result;
}

void FatUnmount(FAT_VOLUME *Volume)
{
    const FAT_STORE *Store = Volume->Store;
    while (Volume->Directories)
        FatForgetDirectory(Volume->Directories);
    FatFreeBlocks(Volume);
    if (Volume->InUse)
        Store->Free(Volume->InUse);
    if (Volume->Freed)
        Store->Free(Volume->Freed);
    if (Volume->Links)
        Store->Free(Volume->Links);
    if (Volume->LinkBuckets)
        Store->Free(Volume->LinkBuckets);
    if (Volume->Gone)
        Store->Free(Volume->Gone);
    Store->Free(Volume);
}

// ---- The label: an entry of the root directory that only has this attribute.

static bool FatIsLabel(const uint8_t *Slot)
{
    uint8_t Attributes = Slot[FAT_AT_ATTRIBUTES];
    return Slot[0] != FAT_SLOT_FREE && Slot[0] != FAT_SLOT_END &&
           (Attributes & FAT_ATTRIBUTE_LABEL) &&
           (Attributes & FAT_ATTRIBUTE_LONG_MASK) != FAT_ATTRIBUTE_LONG;
}

static FAT_RESULT FatFindLabel(FAT_VOLUME *Volume, uint32_t *Slot)
{
    FAT_DIRECTORY *Root = Volume->Root;
    for (*Slot = 0; *Slot < Root->End; (*Slot)++) {
        uint64_t Offset;
        uint8_t *Data;
        if (!FatIsUsed(Root, *Slot))
            continue;
        FAT_RESULT Result = FatMapSlot(Root, *Slot, &Data, &Offset);
        if (Result != FatDone)
            return Result;
        if (FatIsLabel(Data))
            return FatDone;
    }
    return FatNotFound;
}

FAT_RESULT FatGetLabel(FAT_VOLUME *Volume, uint16_t *Text, uint32_t *Length)
{
    uint32_t Slot;
    uint64_t Offset;
    uint8_t *Data;
    *Length = 0;
    FAT_RESULT Result = FatFindLabel(Volume, &Slot);
    if (Result == FatNotFound)
        return FatDone;
    if (Result == FatDone)
        Result = FatMapSlot(Volume->Root, Slot, &Data, &Offset);
    if (Result != FatDone)
        return Result;
    for (uint32_t i = 0; i < FAT_SHORT_BYTES; i++) {
        uint8_t Byte = i == 0 && Data[0] == FAT_SLOT_KANJI ? FAT_SLOT_FREE : Data[i];
        Text[i] = Volume->Store->FromOem(Byte);
        if (Byte != ' ')
            *Length = i + 1;
    }
    return FatDone;
}

static FAT_RESULT FatEncodeLabel(const FAT_STORE *Store, const uint16_t *Text, uint32_t Length,
                                 uint8_t *Raw)
{
    if (Length > FAT_SHORT_BYTES)
        return FatBadName;
    memset(Raw, ' ', FAT_SHORT_BYTES);
    for (uint32_t i = 0; i < Length; i++) {
        uint8_t Byte = Store->ToOem(Store->Upcase(Text[i]));
        if (Byte < ' ' || (Byte < 0x80 && strchr("\"*+,./:;<=>?[\\]|", Byte)))
            return FatBadName;
        Raw[i] = Byte;
    }
    if (Raw[0] == FAT_SLOT_FREE)
        Raw[0] = FAT_SLOT_KANJI;
    return FatDone;
}

static FAT_RESULT FatClearLabel(FAT_VOLUME *Volume, uint32_t Slot, uint8_t *Data, uint64_t Offset)
{
    Data[0] = FAT_SLOT_FREE;
    FatTouch(Volume, Offset, FAT_SLOT_BYTES, FatDirtySlots);
    FatSetUsed(Volume->Root, Slot, 1, false);
    return FatDone;
}

// The boot sector has the label, too, and so has its copy.
static FAT_RESULT FatCopyLabel(FAT_VOLUME *Volume, uint64_t Boot, const uint8_t *Raw)
{
    uint32_t Place = Volume->Geometry.Bits == 32 ? FAT_BOOT32_DRIVE : FAT_BOOT16_DRIVE;
    uint8_t *Data;
    FAT_RESULT Result = FatMap(Volume, Boot, &Data);
    if (Result != FatDone || Data[Place + FAT_EXTENSION_SIGNATURE] != 0x29)
        return Result;
    memcpy(Data + Place + FAT_EXTENSION_LABEL, Raw[0] == ' ' ? (const uint8_t *)"NO NAME    " : Raw,
           FAT_SHORT_BYTES);
    FatTouch(Volume, Boot + Place, FAT_EXTENSION_LABEL + FAT_SHORT_BYTES, FatDirtySlots);
    return FatDone;
}

FAT_RESULT FatSetLabel(FAT_VOLUME *Volume, const uint16_t *Text, uint32_t Length)
{
    uint8_t Raw[FAT_SHORT_BYTES], *Data;
    uint32_t Slot;
    uint64_t Offset;
    if (Volume->ReadOnly)
        return FatReadOnly;
    FAT_RESULT Result = FatEncodeLabel(Volume->Store, Text, Length, Raw);
    if (Result != FatDone)
        return Result;
    Result = FatCopyLabel(Volume, 0, Raw);
    if (Result == FatDone && Volume->Geometry.BackupOffset)
        Result = FatCopyLabel(Volume, Volume->Geometry.BackupOffset, Raw);
    if (Result != FatDone)
        return Result;
    Result = FatFindLabel(Volume, &Slot);
    if (Result == FatNotFound && !Length)
        return FatDone;
    bool Found = Result == FatDone;
    if (Result == FatNotFound)
        Result = FatReserveSlots(Volume->Root, 1, &Slot);
    if (Result == FatDone)
        Result = FatMapSlot(Volume->Root, Slot, &Data, &Offset);
    if (Result != FatDone)
        return Result;
    if (!Length)
        return FatClearLabel(Volume, Slot, Data, Offset);
    if (!Found)
        memset(Data, 0, FAT_SLOT_BYTES);
    memcpy(Data, Raw, sizeof(Raw));
    Data[FAT_AT_ATTRIBUTES] = FAT_ATTRIBUTE_LABEL;
    FatTouch(Volume, Offset, FAT_SLOT_BYTES, FatDirtySlots);
    FatSetUsed(Volume->Root, Slot, 1, true);
    return FatDone;
}
