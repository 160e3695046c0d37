// Volumes that are mounted in folders: the file system keeps the mount point, as a reparse point. Not each has them: FAT
// has not.
#include "volumes.h"

enum : ULONG {
    SetReparsePoint = 0x900A4, // FSCTL_SET_REPARSE_POINT
    GetReparsePoint = 0x900A8, // FSCTL_GET_REPARSE_POINT
    MountPointTag = 0xA0000003,
};

typedef struct _MOUNT_POINT { // REPARSE_DATA_BUFFER
    ULONG Tag;
    USHORT DataLength, Reserved;
    USHORT NameOffset, NameLength, PrintOffset, PrintLength; // in Text
    WCHAR Text[NameChars + 4];
} MOUNT_POINT, *PMOUNT_POINT;

static NTSTATUS OpenFolder(PCWSTR Path, ACCESS_MASK Access, PHANDLE Folder)
{
    return FileOpen(Path, Access, FILE_OPEN, FILE_DIRECTORY_FILE | FILE_OPEN_REPARSE_POINT, FALSE,
                    Folder);
}

static BOOLEAN HasMountPoints(HANDLE Folder)
{
    union {
        FILE_FS_ATTRIBUTE_INFORMATION Attributes;
        UCHAR Space[sizeof(FILE_FS_ATTRIBUTE_INFORMATION) + 64];
    } Answer;
    IO_STATUS_BLOCK IoStatus;
    NTSTATUS Status = NtQueryVolumeInformationFile(Folder, &IoStatus, &Answer, sizeof(Answer),
                                                   FileFsAttributeInformation);
    return NT_SUCCESS(Status) &&
           (Answer.Attributes.FileSystemAttributes & FILE_SUPPORTS_REPARSE_POINTS);
}

static NTSTATUS Control(HANDLE Folder, ULONG Code, PMOUNT_POINT Input, ULONG InputLength,
                        PMOUNT_POINT Output, ULONG OutputLength)
{
    IO_STATUS_BLOCK IoStatus;
    return NtFsControlFile(Folder, nullptr, nullptr, nullptr, &IoStatus, Code, Input, InputLength,
                           Output, OutputLength);
}

// The volume's name ends with a backslash, and there is none to print.
static ULONG FillMountPoint(const VOLUME *Volume, PMOUNT_POINT Point)
{
    const ULONG Header = FIELD_OFFSET(MOUNT_POINT, NameOffset);
    SIZE_T Chars = wcslen(Volume->Name);
    memset(Point, 0, sizeof(*Point));
    memcpy(Point->Text, Volume->Name, Chars * sizeof(WCHAR));
    Point->Text[Chars++] = L'\\';
    Point->Tag = MountPointTag;
    Point->NameLength = (USHORT)(Chars * sizeof(WCHAR));
    Point->PrintOffset = (USHORT)(Point->NameLength + sizeof(WCHAR));
    ULONG Length = FIELD_OFFSET(MOUNT_POINT, Text) + Point->PrintOffset + (ULONG)sizeof(WCHAR);
    Point->DataLength = (USHORT)(Length - Header);
    return Length;
}

NTSTATUS MountInFolder(PCWSTR Path, const VOLUME *Volume)
{
    MOUNT_POINT Point;
    HANDLE Folder;
    NTSTATUS Status = OpenFolder(Path, FILE_WRITE_DATA | FILE_READ_ATTRIBUTES, &Folder);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = STATUS_INVALID_DEVICE_REQUEST; // what a file system without them says
    if (HasMountPoints(Folder))
        Status =
            Control(Folder, SetReparsePoint, &Point, FillMountPoint(Volume, &Point), nullptr, 0);
    NtClose(Folder);
    return Status;
}

// STATUS_NOT_A_REPARSE_POINT: it is none.
NTSTATUS CheckFolderIsMountPoint(PCWSTR Path)
{
    MOUNT_POINT Point;
    HANDLE Folder;
    NTSTATUS Status = OpenFolder(Path, FILE_READ_ATTRIBUTES, &Folder);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = STATUS_NOT_A_REPARSE_POINT;
    if (HasMountPoints(Folder))
        Status = Control(Folder, GetReparsePoint, nullptr, 0, &Point, sizeof(Point));
    NtClose(Folder);
    return Status;
}
