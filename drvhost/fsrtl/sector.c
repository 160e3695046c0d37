// What a file system wants to know of the sectors below it.

#include "../ntos.h"

#include "ask.h"

#include <ntddstor.h>

enum { DefaultSector = 512 };

static NTSTATUS FsRtlpAskStorage(PDEVICE_OBJECT Device, STORAGE_PROPERTY_ID Property, PVOID Answer,
                                 ULONG Length)
{
    STORAGE_PROPERTY_QUERY Query = {.PropertyId = Property, .QueryType = PropertyStandardQuery};
    const ASK Ask = {IOCTL_STORAGE_QUERY_PROPERTY, FALSE, &Query, Answer, sizeof(Query), Length};
    ULONG_PTR Returned = 0;
    NTSTATUS Status = AskAndCount(Device, &Ask, &Returned);
    return NT_SUCCESS(Status) && Returned < Length ? STATUS_INFO_LENGTH_MISMATCH : Status;
}

static VOID FsRtlpTakeAlignment(PDEVICE_OBJECT Device, PFILE_FS_SECTOR_SIZE_INFORMATION Info)
{
    STORAGE_ACCESS_ALIGNMENT_DESCRIPTOR Alignment = {};
    if (!NT_SUCCESS(FsRtlpAskStorage(Device, StorageAccessAlignmentProperty, &Alignment,
                                     sizeof(Alignment))) ||
        !Alignment.BytesPerPhysicalSector)
        return;
    ULONG Physical = Alignment.BytesPerPhysicalSector;
    Info->PhysicalBytesPerSectorForAtomicity = Physical;
    Info->PhysicalBytesPerSectorForPerformance = Physical;
    Info->FileSystemEffectivePhysicalBytesPerSectorForAtomicity = min(Physical, (ULONG)PAGE_SIZE);
    Info->ByteOffsetForSectorAlignment = Alignment.BytesOffsetForSectorAlignment;
    if (!Alignment.BytesOffsetForSectorAlignment)
        Info->Flags |= SSINFO_FLAGS_ALIGNED_DEVICE | SSINFO_FLAGS_PARTITION_ALIGNED_ON_DEVICE;
}

// A device that tells nothing of its physical sectors has them of the size of the logical ones.
NTSTATUS NTAPI FsRtlGetSectorSizeInformation(PDEVICE_OBJECT DeviceObject,
                                             PFILE_FS_SECTOR_SIZE_INFORMATION SectorSizeInfo)
{
    DEVICE_SEEK_PENALTY_DESCRIPTOR Seek = {.IncursSeekPenalty = TRUE};
    DEVICE_TRIM_DESCRIPTOR Trim = {};
    ULONG Sector = DeviceObject->SectorSize ? DeviceObject->SectorSize : DefaultSector;
    *SectorSizeInfo = (FILE_FS_SECTOR_SIZE_INFORMATION){
        .LogicalBytesPerSector = Sector,
        .PhysicalBytesPerSectorForAtomicity = Sector,
        .PhysicalBytesPerSectorForPerformance = Sector,
        .FileSystemEffectivePhysicalBytesPerSectorForAtomicity = Sector,
        .ByteOffsetForSectorAlignment = SSINFO_OFFSET_UNKNOWN,
        .ByteOffsetForPartitionAlignment = SSINFO_OFFSET_UNKNOWN,
    };
    FsRtlpTakeAlignment(DeviceObject, SectorSizeInfo);
    if (NT_SUCCESS(FsRtlpAskStorage(DeviceObject, StorageDeviceSeekPenaltyProperty, &Seek,
                                    sizeof(Seek))) &&
        !Seek.IncursSeekPenalty)
        SectorSizeInfo->Flags |= SSINFO_FLAGS_NO_SEEK_PENALTY;
    if (NT_SUCCESS(
            FsRtlpAskStorage(DeviceObject, StorageDeviceTrimProperty, &Trim, sizeof(Trim))) &&
        Trim.TrimEnabled)
        SectorSizeInfo->Flags |= SSINFO_FLAGS_TRIM_ENABLED;
    return STATUS_SUCCESS;
}

// Nobody asks for the disk counters of processes.
VOID NTAPI FsRtlUpdateDiskCounters(ULONG64 BytesRead, ULONG64 BytesWritten)
{
    UNREFERENCED_PARAMETER(BytesRead);
    UNREFERENCED_PARAMETER(BytesWritten);
}
