// What volumes and devices are asked and told.
#include "iop.h"

typedef struct _IOP_VOLUME_CLASS {
    ULONG Class, Size;
    ACCESS_MASK Access;
} IOP_VOLUME_CLASS;

static const IOP_VOLUME_CLASS IopVolumeQueries[] = {
    {FileFsVolumeInformation, sizeof(FILE_FS_VOLUME_INFORMATION), 0},
    {FileFsSizeInformation, sizeof(FILE_FS_SIZE_INFORMATION), 0},
    {FileFsDeviceInformation, sizeof(FILE_FS_DEVICE_INFORMATION), 0},
    {FileFsAttributeInformation, sizeof(FILE_FS_ATTRIBUTE_INFORMATION), 0},
    {FileFsControlInformation, 48, FILE_READ_DATA},
    {FileFsFullSizeInformation, sizeof(FILE_FS_FULL_SIZE_INFORMATION), 0},
    {FileFsObjectIdInformation, 64, 0},
    {FileFsDriverPathInformation, 12, 0},
    {FileFsVolumeFlagsInformation, 4, 0},
    {FileFsSectorSizeInformation, sizeof(FILE_FS_SECTOR_SIZE_INFORMATION), 0},
    {FileFsDataCopyInformation, 4, 0},
    {FileFsFullSizeInformationEx, 104, 0},
};

static const IOP_VOLUME_CLASS IopVolumeSets[] = {
    {FileFsLabelInformation, sizeof(FILE_FS_LABEL_INFORMATION), FILE_WRITE_DATA},
    {FileFsControlInformation, 48, FILE_WRITE_DATA},
    {FileFsObjectIdInformation, 64, FILE_WRITE_DATA},
    {FileFsVolumeFlagsInformation, 4, FILE_WRITE_DATA},
};

static NTSTATUS IopCheckVolumeClass(const IOP_VOLUME_CLASS *Table, ULONG Count, ULONG Class,
                                    ULONG Length, PACCESS_MASK Access)
{
    for (ULONG i = 0; i < Count; i++) {
        if (Table[i].Class != Class)
            continue;
        *Access = Table[i].Access;
        return Length < Table[i].Size ? STATUS_INFO_LENGTH_MISMATCH : STATUS_SUCCESS;
    }
    return STATUS_INVALID_INFO_CLASS;
}

static NTSTATUS IopSendVolume(PFILE_OBJECT File, UCHAR MajorFunction, ULONG Class, ULONG_PTR Buffer,
                              ULONG Length, IO_STATUS_BLOCK USER *IoStatusBlock)
{
    const IOP_SERVICE Service = {.StatusBlock = IoStatusBlock, .Api = TRUE};
    PIO_REQUEST Request;
    NTSTATUS Status = IopBeginRequest(&Service, File, MajorFunction, 0, &Request);
    if (Status != STATUS_SUCCESS)
        return Status;
    Request->Buffering = HostBufferSystem;
    if (MajorFunction == IRP_MJ_QUERY_VOLUME_INFORMATION) {
        Request->OutputBuffer = Buffer;
        Request->OutputLength = Length;
    } else {
        Request->InputBuffer = Buffer;
        Request->InputLength = Length;
    }
    Request->Parameters[0] = Length;
    Request->Parameters[1] = Class;
    return IopPerformRequest(Request);
}

// What kind of device it is every device object says.
static NTSTATUS IopAnswerDevice(PFILE_OBJECT File, VOID USER *Buffer,
                                IO_STATUS_BLOCK USER *IoStatusBlock)
{
    PDEVICE_OBJECT Real = File->RealDevice ? File->RealDevice : File->Device;
    const FILE_FS_DEVICE_INFORMATION Device = {
        .DeviceType = Real->DeviceType,
        .Characteristics =
            Real->Characteristics | (IopMountedVolume(Real) ? FILE_DEVICE_IS_MOUNTED : 0),
    };
    NTSTATUS Status = MmCopyToUser(Buffer, &Device, sizeof(Device));
    return IopAnswerService(IoStatusBlock, Status, sizeof(Device));
}

NTSTATUS NtQueryVolumeInformationFile(HANDLE FileHandle, IO_STATUS_BLOCK USER *IoStatusBlock,
                                      VOID USER *Buffer, ULONG Length, FS_INFORMATION_CLASS Class)
{
    ACCESS_MASK Access;
    PFILE_OBJECT File;
    NTSTATUS Status = IopCheckVolumeClass(IopVolumeQueries, RTL_NUMBER_OF(IopVolumeQueries),
                                          (ULONG)Class, Length, &Access);
    if (NT_SUCCESS(Status))
        Status = IopProbeStatusBlock(IoStatusBlock);
    if (NT_SUCCESS(Status))
        Status = MmProbeForWrite(Buffer, Length, sizeof(ULONG));
    if (NT_SUCCESS(Status))
        Status = IopReferenceFile(FileHandle, Access, &File, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = Class == FileFsDeviceInformation
                 ? IopAnswerDevice(File, Buffer, IoStatusBlock)
                 : IopSendVolume(File, IRP_MJ_QUERY_VOLUME_INFORMATION, (ULONG)Class,
                                 (ULONG_PTR)Buffer, Length, IoStatusBlock);
    ObDereferenceObject(File);
    return Status;
}

NTSTATUS NtSetVolumeInformationFile(HANDLE FileHandle, IO_STATUS_BLOCK USER *IoStatusBlock,
                                    const VOID USER *Buffer, ULONG Length,
                                    FS_INFORMATION_CLASS Class)
{
    ACCESS_MASK Access;
    PFILE_OBJECT File;
    NTSTATUS Status = IopCheckVolumeClass(IopVolumeSets, RTL_NUMBER_OF(IopVolumeSets), (ULONG)Class,
                                          Length, &Access);
    if (NT_SUCCESS(Status))
        Status = IopProbeStatusBlock(IoStatusBlock);
    if (NT_SUCCESS(Status))
        Status = MmProbeForRead(Buffer, Length, sizeof(ULONG));
    if (NT_SUCCESS(Status))
        Status = IopReferenceFile(FileHandle, Access, &File, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopSendVolume(File, IRP_MJ_SET_VOLUME_INFORMATION, (ULONG)Class, (ULONG_PTR)Buffer,
                           Length, IoStatusBlock);
    ObDereferenceObject(File);
    return Status;
}
