// IRP_MJ_QUERY_VOLUME_INFORMATION and IRP_MJ_SET_VOLUME_INFORMATION.
#include "ff.h"

typedef struct _FF_VOLUME_QUERY {
    PFF_VOLUME Volume;
    PVOID Buffer;
    ULONG Length, Used;
} FF_VOLUME_QUERY, *PFF_VOLUME_QUERY;

static NTSTATUS FfPutText(PFF_VOLUME_QUERY Query, ULONG Head, PCWSTR Text, ULONG Bytes)
{
    ULONG Put = min(Query->Length - Head, Bytes);
    RtlCopyMemory((PUCHAR)Query->Buffer + Head, Text, Put);
    Query->Used = Head + Put;
    return Put < Bytes ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

static NTSTATUS FfQueryFsVolume(PFF_VOLUME_QUERY Query)
{
    FILE_FS_VOLUME_INFORMATION *Out = Query->Buffer;
    PVPB Vpb = Query->Volume->Vpb;
    Out->VolumeCreationTime.QuadPart = 0;
    Out->VolumeSerialNumber = Query->Volume->Fat->Geometry.SerialNumber;
    Out->SupportsObjects = FALSE;
    Out->VolumeLabelLength = Vpb->VolumeLabelLength;
    return FfPutText(Query, FIELD_OFFSET(FILE_FS_VOLUME_INFORMATION, VolumeLabel), Vpb->VolumeLabel,
                     Vpb->VolumeLabelLength);
}

// Those that are freed by the next commit can be had: whoever wants them makes one.
static NTSTATUS FfCountFree(PFF_VOLUME Volume, PLONGLONG Free)
{
    NTSTATUS Status = FfStatus(Volume, FatKnowSpace(Volume->Fat));
    *Free = Volume->Fat->FreeClusters + Volume->Fat->FreedClusters;
    return Status;
}

static NTSTATUS FfQueryFsSize(PFF_VOLUME_QUERY Query)
{
    FILE_FS_SIZE_INFORMATION *Out = Query->Buffer;
    const FAT_GEOMETRY *Geometry = &Query->Volume->Fat->Geometry;
    LONGLONG Free;
    NTSTATUS Status = FfCountFree(Query->Volume, &Free);
    *Out = (FILE_FS_SIZE_INFORMATION){
        .TotalAllocationUnits.QuadPart = Geometry->Clusters,
        .AvailableAllocationUnits.QuadPart = Free,
        .SectorsPerAllocationUnit = Geometry->ClusterSize / Geometry->SectorSize,
        .BytesPerSector = Geometry->SectorSize,
    };
    Query->Used = sizeof(*Out);
    return Status;
}

static NTSTATUS FfQueryFsFullSize(PFF_VOLUME_QUERY Query)
{
    FILE_FS_FULL_SIZE_INFORMATION *Out = Query->Buffer;
    const FAT_GEOMETRY *Geometry = &Query->Volume->Fat->Geometry;
    LONGLONG Free;
    NTSTATUS Status = FfCountFree(Query->Volume, &Free);
    *Out = (FILE_FS_FULL_SIZE_INFORMATION){
        .TotalAllocationUnits.QuadPart = Geometry->Clusters,
        .CallerAvailableAllocationUnits.QuadPart = Free,
        .ActualAvailableAllocationUnits.QuadPart = Free,
        .SectorsPerAllocationUnit = Geometry->ClusterSize / Geometry->SectorSize,
        .BytesPerSector = Geometry->SectorSize,
    };
    Query->Used = sizeof(*Out);
    return Status;
}

static NTSTATUS FfQueryFsDevice(PFF_VOLUME_QUERY Query)
{
    FILE_FS_DEVICE_INFORMATION *Out = Query->Buffer;
    *Out = (FILE_FS_DEVICE_INFORMATION){
        .DeviceType = FILE_DEVICE_DISK,
        .Characteristics = Query->Volume->Target->Characteristics | FILE_DEVICE_IS_MOUNTED |
                           (Query->Volume->Fat->ReadOnly ? FILE_READ_ONLY_DEVICE : 0),
    };
    Query->Used = sizeof(*Out);
    return STATUS_SUCCESS;
}

static NTSTATUS FfQueryFsAttribute(PFF_VOLUME_QUERY Query)
{
    FILE_FS_ATTRIBUTE_INFORMATION *Out = Query->Buffer;
    BOOLEAN Is32 = Query->Volume->Fat->Geometry.Bits == 32;
    ULONG Bytes = (Is32 ? 5 : 3) * sizeof(WCHAR);
    Out->FileSystemAttributes = FILE_CASE_PRESERVED_NAMES | FILE_UNICODE_ON_DISK |
                                (Query->Volume->Fat->ReadOnly ? FILE_READ_ONLY_VOLUME : 0);
    Out->MaximumComponentNameLength = FAT_MAX_NAME;
    Out->FileSystemNameLength = Bytes;
    return FfPutText(Query, FIELD_OFFSET(FILE_FS_ATTRIBUTE_INFORMATION, FileSystemName), L"FAT32",
                     Bytes);
}

static NTSTATUS FfQueryFsSectorSize(PFF_VOLUME_QUERY Query)
{
    Query->Used = sizeof(FILE_FS_SECTOR_SIZE_INFORMATION);
    return FsRtlGetSectorSizeInformation(Query->Volume->Vpb->RealDevice, Query->Buffer);
}

static const struct {
    FS_INFORMATION_CLASS Class;
    ULONG Least;
    NTSTATUS (*Routine)(PFF_VOLUME_QUERY Query);
} FfVolumeQueries[] = {
    {FileFsVolumeInformation, FIELD_OFFSET(FILE_FS_VOLUME_INFORMATION, VolumeLabel),
     FfQueryFsVolume},
    {FileFsSizeInformation, sizeof(FILE_FS_SIZE_INFORMATION), FfQueryFsSize},
    {FileFsFullSizeInformation, sizeof(FILE_FS_FULL_SIZE_INFORMATION), FfQueryFsFullSize},
    {FileFsDeviceInformation, sizeof(FILE_FS_DEVICE_INFORMATION), FfQueryFsDevice},
    {FileFsAttributeInformation, FIELD_OFFSET(FILE_FS_ATTRIBUTE_INFORMATION, FileSystemName),
     FfQueryFsAttribute},
    {FileFsSectorSizeInformation, sizeof(FILE_FS_SECTOR_SIZE_INFORMATION), FfQueryFsSectorSize},
};

static NTSTATUS FfDoVolumeQuery(PFF_VOLUME_QUERY Query, FS_INFORMATION_CLASS Class)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(FfVolumeQueries); i++) {
        if (FfVolumeQueries[i].Class != Class)
            continue;
        if (Query->Length < FfVolumeQueries[i].Least)
            return STATUS_INFO_LENGTH_MISMATCH;
        return FfVolumeQueries[i].Routine(Query);
    }
    return STATUS_INVALID_PARAMETER;
}

NTSTATUS FfQueryVolume(PFF_VOLUME Volume, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    FF_VOLUME_QUERY Query = {
        .Volume = Volume,
        .Buffer = Irp->AssociatedIrp.SystemBuffer,
        .Length = Stack->Parameters.QueryVolume.Length,
    };
    NTSTATUS Status = FfGone(Volume);
    ExAcquireResourceSharedLite(&Volume->Resource, TRUE);
    FfLockCore(Volume);
    if (!Volume->Dismounted)
        Status = FfDoVolumeQuery(&Query, Stack->Parameters.QueryVolume.FsInformationClass);
    FfUnlockCore(Volume);
    ExReleaseResourceLite(&Volume->Resource);
    return FfComplete(Irp, Status, NT_ERROR(Status) ? 0 : Query.Used);
}

// ---- The label

static NTSTATUS FfSetLabel(PFF_VOLUME Volume, const FILE_FS_LABEL_INFORMATION *In, ULONG Length)
{
    PVPB Vpb = Volume->Vpb;
    uint32_t Characters = 0;
    if (In->VolumeLabelLength > Length - FIELD_OFFSET(FILE_FS_LABEL_INFORMATION, VolumeLabel))
        return STATUS_INVALID_PARAMETER;
    FAT_RESULT Result = FatSetLabel(Volume->Fat, (const uint16_t *)In->VolumeLabel,
                                    In->VolumeLabelLength / sizeof(WCHAR));
    if (Result == FatBadName)
        return STATUS_INVALID_VOLUME_LABEL;
    if (Result == FatDone)
        Result = FatGetLabel(Volume->Fat, (uint16_t *)Vpb->VolumeLabel, &Characters);
    if (Result == FatDone)
        Vpb->VolumeLabelLength = (USHORT)(Characters * sizeof(WCHAR));
    return FfStatus(Volume, Result);
}

NTSTATUS FfSetVolume(PFF_VOLUME Volume, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    ULONG Length = Stack->Parameters.SetVolume.Length;
    NTSTATUS Status = STATUS_INVALID_PARAMETER;
    ExAcquireResourceExclusiveLite(&Volume->Resource, TRUE);
    FfLockCore(Volume);
    if (Volume->Dismounted)
        Status = FfGone(Volume);
    else if (Stack->Parameters.SetVolume.FsInformationClass == FileFsLabelInformation &&
             Length >= FIELD_OFFSET(FILE_FS_LABEL_INFORMATION, VolumeLabel))
        Status = FfSetLabel(Volume, Irp->AssociatedIrp.SystemBuffer, Length);
    FfUnlockCore(Volume);
    ExReleaseResourceLite(&Volume->Resource);
    return FfComplete(Irp, Status, 0);
}
