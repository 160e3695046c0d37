// The boot sector (FAT specification, chapter 3). Whether a volume is FAT12, FAT16 or FAT32 is told by the number of
// clusters; one whose 16-bit length of the FAT is 0 is FAT32 however small it is, as Windows takes it.
#include "fatp.h"

static bool FatIsPower(uint32_t Value)
{
    return Value && !(Value & (Value - 1));
}

static bool FatBootLooksRight(const uint8_t *Boot, uint32_t MediumSectorSize)
{
    uint32_t SectorSize = FatGet16(Boot + FAT_BOOT_SECTOR_SIZE);
    uint32_t ClusterSectors = Boot[FAT_BOOT_CLUSTER_SECTORS];
    if (Boot[FAT_BOOT_JUMP] != 0xE9 && Boot[FAT_BOOT_JUMP] != 0xEB)
        return false;
    if (!FatIsPower(SectorSize) || SectorSize < 512 || SectorSize > 4096 ||
        SectorSize < MediumSectorSize)
        return false;
    if (!FatIsPower(ClusterSectors) || ClusterSectors * SectorSize > 256 * 1024)
        return false;
    uint8_t Media = Boot[FAT_BOOT_MEDIA];
    return FatGet16(Boot + FAT_BOOT_RESERVED) && Boot[FAT_BOOT_FATS] &&
           (Media == 0xF0 || Media >= 0xF8);
}

static void FatTakeExtension(const uint8_t *Extension, FAT_GEOMETRY *Geometry)
{
    memset(Geometry->Label, ' ', sizeof(Geometry->Label));
    if (Extension[FAT_EXTENSION_SIGNATURE] == 0x28 || Extension[FAT_EXTENSION_SIGNATURE] == 0x29)
        Geometry->SerialNumber = FatGet32(Extension + FAT_EXTENSION_SERIAL);
    if (Extension[FAT_EXTENSION_SIGNATURE] == 0x29)
        memcpy(Geometry->Label, Extension + FAT_EXTENSION_LABEL, sizeof(Geometry->Label));
}

static FAT_RESULT FatTake32(const uint8_t *Boot, FAT_GEOMETRY *Geometry)
{
    uint32_t Flags = FatGet16(Boot + FAT_BOOT32_FLAGS);
    uint32_t Info = FatGet16(Boot + FAT_BOOT32_INFO), Backup = FatGet16(Boot + FAT_BOOT32_BACKUP);
    if (FatGet16(Boot + FAT_BOOT32_VERSION) || Geometry->RootSlots)
        return FatNotFat;
    Geometry->Bits = 32;
    Geometry->RootCluster = FatGet32(Boot + FAT_BOOT32_ROOT) & 0x0FFFFFFF;
    Geometry->Mirrored = !(Flags & 0x80);
    Geometry->ActiveFat = Geometry->Mirrored ? 0 : Flags & 15;
    if (Geometry->ActiveFat >= Geometry->Fats)
        return FatNotFat;
    if (Info && Info < Geometry->Reserved)
        Geometry->InfoOffset = (uint64_t)Info * Geometry->SectorSize;
    if (Backup && Backup < Geometry->Reserved)
        Geometry->BackupOffset = (uint64_t)Backup * Geometry->SectorSize;
    FatTakeExtension(Boot + FAT_BOOT32_DRIVE, Geometry);
    return FatDone;
}

// The clusters that the volume has room for, and the FAT has entries for.
static FAT_RESULT FatCountAll(FAT_GEOMETRY *Geometry, bool Is32)
{
    if (Geometry->DataOffset >= Geometry->TotalBytes)
        return FatNotFat;
    uint64_t Clusters = (Geometry->TotalBytes - Geometry->DataOffset) >> Geometry->ClusterShift;
    if (!Clusters)
        return FatNotFat;
    if (!Is32)
        Geometry->Bits = Clusters < 4085 ? 12 : 16;
    uint64_t Entries = Geometry->FatBytes * 8 / Geometry->Bits;
    uint64_t Most = Geometry->Bits == 32 ? 0x0FFFFFF5 : Geometry->Bits == 16 ? 0xFFF5 : 0xFF5;
    if (Entries <= 2)
        return FatNotFat;
    if (Clusters > Entries - 2)
        Clusters = Entries - 2;
    if (Clusters > Most)
        Clusters = Most;
    Geometry->Clusters = (uint32_t)Clusters;
    if (Is32 && !FatIsCluster(Geometry, Geometry->RootCluster))
        return FatNotFat;
    return FatDone;
}

FAT_RESULT FatParseBoot(const uint8_t *Boot, uint32_t MediumSectorSize, uint64_t MediumBytes,
                        FAT_GEOMETRY *Geometry)
{
    *Geometry = (FAT_GEOMETRY){};
    if (!FatBootLooksRight(Boot, MediumSectorSize))
        return FatNotFat;
    uint32_t Size = FatGet16(Boot + FAT_BOOT_SECTOR_SIZE);
    uint32_t FatSectors = FatGet16(Boot + FAT_BOOT_FAT_SECTORS16);
    uint32_t Total = FatGet16(Boot + FAT_BOOT_TOTAL16);
    bool Is32 = !FatSectors;
    if (Is32)
        FatSectors = FatGet32(Boot + FAT_BOOT32_FAT_SECTORS);
    if (!Total)
        Total = FatGet32(Boot + FAT_BOOT_TOTAL32);
    if (!FatSectors || !Total)
        return FatNotFat;
    Geometry->SectorSize = Size;
    Geometry->ClusterSize = Size * Boot[FAT_BOOT_CLUSTER_SECTORS];
    Geometry->ClusterShift = (uint32_t)__builtin_ctz(Geometry->ClusterSize);
    Geometry->Reserved = FatGet16(Boot + FAT_BOOT_RESERVED);
    Geometry->Fats = Boot[FAT_BOOT_FATS];
    Geometry->Mirrored = true;
    Geometry->RootSlots = FatGet16(Boot + FAT_BOOT_ROOT_SLOTS);
    Geometry->Media = Boot[FAT_BOOT_MEDIA];
    Geometry->SectorsPerTrack = FatGet16(Boot + FAT_BOOT_TRACK_SECTORS);
    Geometry->Heads = FatGet16(Boot + FAT_BOOT_HEADS);
    Geometry->HiddenSectors = FatGet32(Boot + FAT_BOOT_HIDDEN);
    Geometry->TotalBytes = (uint64_t)Total * Size;
    Geometry->FatOffset = (uint64_t)Geometry->Reserved * Size;
    Geometry->FatBytes = (uint64_t)FatSectors * Size;
    uint64_t Root = Geometry->FatOffset + Geometry->Fats * Geometry->FatBytes;
    uint64_t RootBytes = (uint64_t)Geometry->RootSlots * FAT_SLOT_BYTES;
    Geometry->DataOffset = Root + (RootBytes + Size - 1) / Size * Size;
    if (Geometry->TotalBytes > MediumBytes)
        return FatNotFat;
    if (Is32) {
        FAT_RESULT Result = FatTake32(Boot, Geometry);
        if (Result != FatDone)
            return Result;
    } else {
        if (!Geometry->RootSlots)
            return FatNotFat;
        Geometry->RootOffset = Root;
        FatTakeExtension(Boot + FAT_BOOT16_DRIVE, Geometry);
    }
    return FatCountAll(Geometry, Is32);
}
