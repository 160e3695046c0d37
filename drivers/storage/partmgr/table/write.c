// Replacing the table of a disk. The first sector decides what a disk has, and is one write.
#include "tablep.h"

// The usable area ends before a backup at the disk's end, where it is written even if the disk has grown.
static PT_RESULT PtPlaceBackup(const PT_DISK *Disk, PT_TABLE *New)
{
    uint64_t Array = PtArraySectors(Disk, New);
    if (!New->EntryCount || Disk->Sectors < 2 * Array + 4)
        return PtRefuse(New, PtProblemTooSmall, 0);
    if (New->ArraySector < 2 || New->ArraySector + Array > New->FirstUsable)
        return PtRefuse(New, PtProblemArrayPlace, 0);
    New->LastUsable = Disk->Sectors - Array - 2;
    return PtDone;
}

PT_RESULT PtWriteTable(const PT_DISK *Disk, const PT_TABLE *Old, PT_TABLE *New)
{
    PT_RESULT Result = PtDone;
    if (New->Style == PtStyleRaw)
        return PtRefuse(New, PtProblemEntryCount, 0);
    if (New->Style == PtStyleGpt)
        Result = PtPlaceBackup(Disk, New);
    if (Result == PtDone)
        Result = PtCheckTable(Disk, New);
    if (Result != PtDone)
        return Result;
    if (New->Style == PtStyleGpt) {
        Result = PtWriteGpt(Disk, Old, New);
        New->Hybrid = Old->Style == PtStyleGpt && Old->Hybrid;
        New->FromBackup = New->BackupBad = false;
    } else {
        Result = PtWriteMbr(Disk, Old, New);
        if (Result == PtDone)
            Result = PtWipeGpt(Disk, Old);
    }
    return Result;
}

PT_RESULT PtEraseTable(const PT_DISK *Disk, const PT_TABLE *Old)
{
    uint8_t *Sector = Disk->Allocate(Disk->SectorSize);
    if (!Sector)
        return PtNoMemory;
    memset(Sector, 0, Disk->SectorSize);
    bool Written = Disk->Write(Disk->Context, 0, 1, Sector) && Disk->Flush(Disk->Context);
    Disk->Free(Sector);
    return Written ? PtWipeGpt(Disk, Old) : PtIoError;
}
