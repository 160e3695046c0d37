// A disk's table: read when the disk starts, when its medium changes and when somebody asks; replaced on request.
#include "partmgr.h"

// ---- The disk

static NTSTATUS PmReadGeometry(PPM_DISK Disk)
{
    union {
        DISK_GEOMETRY_EX Geometry;
        UCHAR Space[256]; // some disks tell of partition and detection behind it
    } Answer = {};
    GET_LENGTH_INFORMATION Length = {};
    NTSTATUS Status = PmAskDisk(Disk, IOCTL_DISK_GET_DRIVE_GEOMETRY_EX, &Answer.Geometry,
                                FIELD_OFFSET(DISK_GEOMETRY_EX, Data));
    if (!NT_SUCCESS(Status))
        return Status;
    ULONG Size = Answer.Geometry.Geometry.BytesPerSector;
    if (Size < 512 || Size > 4096 || (Size & (Size - 1)))
        return STATUS_DISK_CORRUPT_ERROR;
    if (!NT_SUCCESS(PmAskDisk(Disk, IOCTL_DISK_GET_LENGTH_INFO, &Length, sizeof(Length))))
        Length.Length = Answer.Geometry.DiskSize;
    Disk->Io.SectorSize = Size;
    Disk->Io.Sectors = (ULONGLONG)Length.Length.QuadPart / Size;
    Disk->Removable = Answer.Geometry.Geometry.MediaType == RemovableMedia ||
                      (Disk->Self->Characteristics & FILE_REMOVABLE_MEDIA);
    Disk->Io.Removable = Disk->Removable;
    return STATUS_SUCCESS;
}

static VOID PmReadNumber(PPM_DISK Disk)
{
    STORAGE_DEVICE_NUMBER Number = {};
    if (NT_SUCCESS(PmAskDisk(Disk, IOCTL_STORAGE_GET_DEVICE_NUMBER, &Number, sizeof(Number))))
        Disk->Number = Number.DeviceNumber;
}

// ---- The table

static VOID PmTellProblems(PPM_DISK Disk, PT_RESULT Result)
{
    const PT_TABLE *Table = &Disk->Table;
    if (Result == PtRefused)
        DbgPrintEx(DPFLTR_DISK_ID, DPFLTR_WARNING_LEVEL,
                   "partmgr: disk %lu: the partition table is refused: %s (entry %u)\n",
                   Disk->Number, PtProblemText(Table->Problem), Table->ProblemEntry);
    else if (Result == PtDone && Table->FromBackup)
        DbgPrintEx(DPFLTR_DISK_ID, DPFLTR_WARNING_LEVEL,
                   "partmgr: disk %lu: the backup GPT is used: %s\n", Disk->Number,
                   PtProblemText(Table->Problem));
    else if (Result == PtDone && Table->BackupBad)
        DbgPrintEx(DPFLTR_DISK_ID, DPFLTR_WARNING_LEVEL,
                   "partmgr: disk %lu: the backup GPT is damaged or not at the end of the disk\n",
                   Disk->Number);
}

static VOID PmTakeTable(PPM_DISK Disk, PT_TABLE *New)
{
    PtNumberPartitions(&Disk->Table, New);
    PtFreeTable(&Disk->Io, &Disk->Table);
    Disk->Table = *New;
    *New = (PT_TABLE){.Style = PtStyleRaw};
}

VOID PmTableChanged(PPM_DISK Disk)
{
    PmTakeIdentity(Disk);
    PmFollowTable(Disk);
    IoInvalidateDeviceRelations(Disk->Physical, BusRelations);
}

// A table that is refused, and a disk that cannot be read, have no partitions. That is no failure: the disk is there.
NTSTATUS PmReadDisk(PPM_DISK Disk)
{
    PT_TABLE New = {.Style = PtStyleRaw};
    PT_RESULT Result = PtIoError;
    PmReadNumber(Disk);
    NTSTATUS Status = PmReadGeometry(Disk);
    if (NT_SUCCESS(Status)) {
        Result = PtReadTable(&Disk->Io, &New);
        Status = Result == PtRefused ? STATUS_SUCCESS : PmStatusOf(Disk, Result);
    } else {
        Disk->Io.Sectors = 0;
    }
    PmTakeTable(Disk, &New);
    PmTellProblems(Disk, Result);
    PmTableChanged(Disk);
    return Status;
}

// The count of media changes tells; a medium that is not there is one without a table.
VOID PmRefreshMedium(PPM_DISK Disk)
{
    ULONG Changes = 0;
    if (!Disk->Removable)
        return;
    NTSTATUS Status = PmAskDisk(Disk, IOCTL_STORAGE_CHECK_VERIFY2, &Changes, sizeof(Changes));
    if (NT_SUCCESS(Status) && Changes == Disk->MediaChanges && Disk->Io.Sectors)
        return;
    if (!NT_SUCCESS(Status) && Status != STATUS_VERIFY_REQUIRED && !Disk->Io.Sectors)
        return; // gone, as before
    Disk->MediaChanges = Changes;
    (VOID) PmReadDisk(Disk);
}

// ---- Replacing it

static NTSTATUS PmCheckWritable(PPM_DISK Disk)
{
    if (Disk->Attributes & DISK_ATTRIBUTE_READ_ONLY)
        return STATUS_MEDIA_WRITE_PROTECTED;
    return Disk->Io.Sectors ? STATUS_SUCCESS : STATUS_NO_MEDIA_IN_DEVICE;
}

// What is on the disk after a failure is the old table or the new one: the disk tells which.
static NTSTATUS PmFinishChange(PPM_DISK Disk, NTSTATUS Status)
{
    (VOID) PmReadDisk(Disk);
    return Status;
}

NTSTATUS PmReplaceTable(PPM_DISK Disk, PT_TABLE *New)
{
    NTSTATUS Status = PmCheckWritable(Disk);
    if (!NT_SUCCESS(Status))
        return Status;
    PT_RESULT Result = PtWriteTable(&Disk->Io, &Disk->Table, New);
    if (Result == PtRefused) {
        DbgPrintEx(DPFLTR_DISK_ID, DPFLTR_WARNING_LEVEL,
                   "partmgr: disk %lu: a new partition table is refused: %s (entry %u)\n",
                   Disk->Number, PtProblemText(New->Problem), New->ProblemEntry);
        return STATUS_INVALID_PARAMETER;
    }
    if (Result != PtDone)
        return PmFinishChange(Disk, PmStatusOf(Disk, Result));
    PmTakeTable(Disk, New);
    PmTableChanged(Disk);
    return STATUS_SUCCESS;
}

NTSTATUS PmEraseDisk(PPM_DISK Disk)
{
    NTSTATUS Status = PmCheckWritable(Disk);
    if (!NT_SUCCESS(Status))
        return Status;
    return PmFinishChange(Disk, PmStatusOf(Disk, PtEraseTable(&Disk->Io, &Disk->Table)));
}
