// What the file system on a volume says.
#include "volumes.h"

static VOID CopyText(PWSTR To, ULONG Chars, const WCHAR *From, ULONG Bytes)
{
    ULONG Length = min(Bytes / (ULONG)sizeof(WCHAR), Chars - 1);
    memcpy(To, From, Length * sizeof(WCHAR));
    To[Length] = 0;
}

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

static NTSTATUS AskRoot(HANDLE Root, FILE_SYSTEM_FACTS *Facts)
{
    IO_STATUS_BLOCK IoStatus;
    union {
        FILE_FS_ATTRIBUTE_INFORMATION Kind;
        FILE_FS_VOLUME_INFORMATION Volume;
        FILE_FS_FULL_SIZE_INFORMATION Size;
        UCHAR Bytes[256];
    } Answer;
    NTSTATUS Status = NtQueryVolumeInformationFile(Root, &IoStatus, &Answer, sizeof(Answer),
                                                   FileFsAttributeInformation);
    if (!NT_SUCCESS(Status))
        return Status;
    CopyText(Facts->Name, RTL_NUMBER_OF(Facts->Name), Answer.Kind.FileSystemName,
             Answer.Kind.FileSystemNameLength);
    Status = NtQueryVolumeInformationFile(Root, &IoStatus, &Answer, sizeof(Answer),
                                          FileFsVolumeInformation);
    if (!NT_SUCCESS(Status))
        return Status;
    CopyText(Facts->Label, LabelChars, Answer.Volume.VolumeLabel, Answer.Volume.VolumeLabelLength);
    Status = NtQueryVolumeInformationFile(Root, &IoStatus, &Answer, sizeof(Answer),
                                          FileFsFullSizeInformation);
    if (NT_SUCCESS(Status))
        Facts->Free = (ULONGLONG)Answer.Size.CallerAvailableAllocationUnits.QuadPart *
                      Answer.Size.SectorsPerAllocationUnit * Answer.Size.BytesPerSector;
    return Status;
}

NTSTATUS AskFileSystem(PCWSTR Device, FILE_SYSTEM_FACTS *Facts)
{
    HANDLE Root;
    memset(Facts, 0, sizeof(*Facts));
    NTSTATUS Status = OpenRoot(Device, &Root);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = AskRoot(Root, Facts);
    NtClose(Root);
    return Status;
}
