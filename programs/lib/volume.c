// What a file system says of its volume.

#include "native.h"

static VOID VolumeCopyText(PWSTR To, ULONG Chars, const WCHAR *From, ULONG Bytes)
{
    ULONG Count = min(Bytes / (ULONG)sizeof(WCHAR), Chars - 1);
    memcpy(To, From, Count * sizeof(WCHAR));
    To[Count] = 0;
}

NTSTATUS VolumeAskNames(HANDLE File, PFILE_SYSTEM_NAMES Names)
{
    IO_STATUS_BLOCK IoStatus;
    union {
        FILE_FS_ATTRIBUTE_INFORMATION Attributes;
        FILE_FS_VOLUME_INFORMATION Volume;
        WCHAR Room[128];
    } Answer;
    memset(Names, 0, sizeof(*Names));
    NTSTATUS Status = NtQueryVolumeInformationFile(File, &IoStatus, &Answer, sizeof(Answer),
                                                   FileFsAttributeInformation);
    if (!NT_SUCCESS(Status))
        return Status;
    VolumeCopyText(Names->FileSystem, RTL_NUMBER_OF(Names->FileSystem),
                   Answer.Attributes.FileSystemName, Answer.Attributes.FileSystemNameLength);
    Status = NtQueryVolumeInformationFile(File, &IoStatus, &Answer, sizeof(Answer),
                                          FileFsVolumeInformation);
    if (!NT_SUCCESS(Status))
        return Status;
    VolumeCopyText(Names->Label, RTL_NUMBER_OF(Names->Label), Answer.Volume.VolumeLabel,
                   Answer.Volume.VolumeLabelLength);
    Names->Serial = Answer.Volume.VolumeSerialNumber;
    return STATUS_SUCCESS;
}
