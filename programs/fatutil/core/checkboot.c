// The boot sector, its backup, and FSInfo.
#include "checkp.h"

enum { ChkBackupSector = 6 };

// The byte of the boot sector in which some systems keep a dirty bit.
static uint32_t ChkFlagsPlace(const CHK *Check)
{
    return (Check->Geometry.Bits == 32 ? FAT_BOOT32_DRIVE : FAT_BOOT16_DRIVE) + FAT_EXTENSION_FLAGS;
}

// Taken at its word, does the FAT begin where and how it must?
static bool ChkBootFits(CHK *Check, const uint8_t *Boot, FAT_GEOMETRY *Geometry)
{
    const FAT_STORE *Store = Check->Store;
    if (FatParseBoot(Boot, Store->SectorSize, Store->Bytes, Geometry) != FatDone)
        return false;
    uint8_t *Sector = FuAllocate(Store, Geometry->SectorSize);
    bool Fits = Sector &&
                Store->Read(Store->Context, Geometry->FatOffset, Geometry->SectorSize, Sector) &&
                Sector[0] == Geometry->Media && Sector[1] == 0xFF;
    FuFree(Store, Sector);
    return Fits;
}

// Where the backup is if the boot sector does not tell: sector 6, of any size.
static bool ChkTakeBackup(CHK *Check, uint8_t *Sector)
{
    const FAT_STORE *Store = Check->Store;
    for (uint32_t Size = Store->SectorSize; Size <= 4096; Size *= 2) {
        FAT_GEOMETRY Geometry;
        uint64_t Offset = (uint64_t)ChkBackupSector * Size;
        if (Offset + Size > Store->Bytes || !Store->Read(Store->Context, Offset, Size, Sector) ||
            !ChkBootFits(Check, Sector, &Geometry) || Geometry.Bits != 32 ||
            Geometry.SectorSize != Size)
            continue;
        Check->Geometry = Geometry;
        memcpy(Check->Boot, Sector, Size);
        return true;
    }
    return false;
}

static void ChkCompareBackup(CHK *Check, uint8_t *Sector)
{
    const FAT_STORE *Store = Check->Store;
    uint32_t Flags = ChkFlagsPlace(Check), Size = Check->Geometry.SectorSize;
    if (!Check->Geometry.BackupOffset)
        return;
    if (Store->Read(Store->Context, Check->Geometry.BackupOffset, Size, Sector)) {
        Sector[Flags] = Check->Boot[Flags];
        if (!memcmp(Sector, Check->Boot, Size))
            return;
    }
    ChkTell(Check, ChkBackupDiffers, nullptr, 0, 0);
    Check->BackupChanged = true;
}

static FAT_RESULT ChkChooseBoot(CHK *Check, uint8_t *Sector)
{
    const FAT_STORE *Store = Check->Store;
    bool Readable = Store->Read(Store->Context, 0, FatMin(Store->Bytes, 4096), Check->Boot);
    bool Good = Readable && ChkBootFits(Check, Check->Boot, &Check->Geometry);
    if (!Good && ChkTakeBackup(Check, Sector)) {
        ChkTell(Check, ChkBootRestored, nullptr, 0, 0);
        Check->BootChanged = true;
        return FatDone;
    }
    // Nothing better is there: what the boot sector says may be right all the same, and the FAT damaged.
    if (!Good && (!Readable || FatParseBoot(Check->Boot, Store->SectorSize, Store->Bytes,
                                            &Check->Geometry) != FatDone))
        return Readable ? FatNotFat : FatIoError;
    ChkCompareBackup(Check, Sector);
    return FatDone;
}

// Both of them in one sector cannot be.
static void ChkPartSectors(CHK *Check)
{
    FAT_GEOMETRY *Geometry = &Check->Geometry;
    if (!Geometry->InfoOffset || Geometry->InfoOffset != Geometry->BackupOffset)
        return;
    ChkTell(Check, ChkInfoDamaged, nullptr, 0, 1);
    bool AtOne = Geometry->BackupOffset == Geometry->SectorSize;
    FatPut16(Check->Boot + FAT_BOOT32_INFO, AtOne ? 0 : 1);
    Geometry->InfoOffset = AtOne ? 0 : Geometry->SectorSize;
    Check->BootChanged = true;
}

FAT_RESULT ChkReadBoot(CHK *Check)
{
    const FAT_STORE *Store = Check->Store;
    if (Store->Bytes < 4096 && Store->Bytes < Store->SectorSize)
        return FatNotFat;
    Check->Boot = FuAllocate(Store, 4096);
    uint8_t *Sector = FuAllocate(Store, 4096);
    FAT_RESULT Result = Check->Boot && Sector ? ChkChooseBoot(Check, Sector) : FatNoMemory;
    FuFree(Store, Sector);
    if (Result != FatDone)
        return Result;
    ChkPartSectors(Check);
    if (FatGet16(Check->Boot + FAT_BOOT_MAGIC) != 0xAA55) {
        ChkTell(Check, ChkBootSignature, nullptr, 0, 0);
        FatPut16(Check->Boot + FAT_BOOT_MAGIC, 0xAA55);
        Check->BootChanged = true;
    }
    if ((Check->Boot[ChkFlagsPlace(Check)] & 3) && !Check->Order->InUse) {
        ChkTell(Check, ChkDirty, nullptr, 0, 1);
        Check->Boot[ChkFlagsPlace(Check)] &= (uint8_t)~3;
        Check->BootChanged = true;
    }
    return FatDone;
}

// ---- FSInfo, when all else is known

static FAT_RESULT ChkAccessInfo(CHK *Check, uint8_t *Info, bool Write)
{
    const FAT_STORE *Store = Check->Store;
    uint32_t Size = Check->Geometry.SectorSize;
    uint64_t Offset = Check->Geometry.InfoOffset;
    bool Done = Write ? Store->Write(Store->Context, Offset, Size, Info)
                      : Store->Read(Store->Context, Offset, Size, Info);
    return Done ? FatDone : FatIoError;
}

static void ChkMendInfo(CHK *Check, uint8_t *Info)
{
    const CHK_TOTALS *Totals = &Check->Order->Totals;
    uint32_t Free = FatGet32(Info + FAT_INFO_AT_FREE), Next = FatGet32(Info + FAT_INFO_AT_NEXT);
    if (FatGet32(Info) != FAT_INFO_SIGNATURE1 ||
        FatGet32(Info + FAT_INFO_AT_SIGNATURE2) != FAT_INFO_SIGNATURE2 ||
        FatGet16(Info + FAT_BOOT_MAGIC) != 0xAA55) {
        ChkTell(Check, ChkInfoDamaged, nullptr, 0, 0);
        memset(Info, 0, Check->Geometry.SectorSize);
        FatPut32(Info, FAT_INFO_SIGNATURE1);
        FatPut32(Info + FAT_INFO_AT_SIGNATURE2, FAT_INFO_SIGNATURE2);
        FatPut16(Info + FAT_BOOT_MAGIC, 0xAA55);
        Check->InfoChanged = true;
    } else if (!Check->Order->InUse &&
               ((Free != Check->FreeBefore && Free != UINT32_MAX) ||
                (Next != UINT32_MAX && !FatIsCluster(&Check->Geometry, Next)))) {
        ChkTell(Check, ChkInfoCounts, nullptr, 0, Free);
        Check->InfoChanged = true;
    }
    if (!Check->InfoChanged && !Check->FatChanged)
        return;
    FatPut32(Info + FAT_INFO_AT_FREE, Totals->FreeClusters);
    bool Valid = FatIsCluster(&Check->Geometry, Next);
    FatPut32(Info + FAT_INFO_AT_NEXT, Valid ? Next : UINT32_MAX);
    Check->InfoChanged = true;
}

// Read when it is compared, and written then: nothing else depends on it.
FAT_RESULT ChkCheckInfo(CHK *Check)
{
    if (!Check->Geometry.InfoOffset)
        return FatDone;
    uint8_t *Info = FuAllocate(Check->Store, Check->Geometry.SectorSize);
    FAT_RESULT Result = Info ? ChkAccessInfo(Check, Info, false) : FatNoMemory;
    if (Result == FatDone)
        ChkMendInfo(Check, Info);
    if (Result == FatDone && Check->Order->Fix && Check->InfoChanged)
        Result = ChkAccessInfo(Check, Info, true);
    FuFree(Check->Store, Info);
    return Result;
}

FAT_RESULT ChkWriteBoot(CHK *Check)
{
    const FAT_STORE *Store = Check->Store;
    uint32_t Size = Check->Geometry.SectorSize;
    uint64_t Backup = Check->Geometry.BackupOffset;
    if (Backup && (Check->BackupChanged || Check->BootChanged) &&
        !Store->Write(Store->Context, Backup, Size, Check->Boot))
        return FatIoError;
    if (Check->BootChanged && !Store->Write(Store->Context, 0, Size, Check->Boot))
        return FatIoError;
    return FatDone;
}
