// What the file system on a volume says.
#include "volumes.h"

// The root directory: to open it is to mount the volume.
static NTSTATUS OpenRoot(PCWSTR Device, PHANDLE Root)
{
    WCHAR Path[NameChars + 1];
    UNICODE_STRING Name;
    OBJECT_ATTRIBUTES Attributes;
    IO_STATUS_BLOCK IoStatus;
    _snwprintf(Path, RTL_NUMBER_OF(Path), L"%ws\\", Device);
    RtlInitUnicodeString(&Name, Path);
    InitializeObjectAttributes(&Attributes, &Name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    return NtOpenFile(Root, FILE_READ_ATTRIBUTES | SYNCHRONIZE, &Attributes, &IoStatus,
                      FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                      FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT);
}

NTSTATUS AskFileSystem(PCWSTR Device, PFILE_SYSTEM_NAMES Names, PULONGLONG Free)
{
    HANDLE Root;
    IO_STATUS_BLOCK IoStatus;
    FILE_FS_FULL_SIZE_INFORMATION Size;
    NTSTATUS Status = OpenRoot(Device, &Root);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = VolumeAskNames(Root, Names);
    if (NT_SUCCESS(Status))
        Status = NtQueryVolumeInformationFile(Root, &IoStatus, &Size, sizeof(Size),
                                              FileFsFullSizeInformation);
    if (NT_SUCCESS(Status))
        *Free = (ULONGLONG)Size.CallerAvailableAllocationUnits.QuadPart *
                Size.SectorsPerAllocationUnit * Size.BytesPerSector;
    NtClose(Root);
    return Status;
}
