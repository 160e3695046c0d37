// Changes of files, directories and volumes.

#include "nativep.h"

#include "shell.h"

// ---- One file

static NTSTATUS SyspOpenFor(PCWSTR Path, ACCESS_MASK Access, ULONG Options, PHANDLE File)
{
    return FileOpen(Path, Access, FILE_OPEN, Options, FALSE, File);
}

NTSTATUS SysMakeDirectory(PCWSTR Path)
{
    HANDLE Directory;
    NTSTATUS Status =
        FileOpen(Path, FILE_LIST_DIRECTORY, FILE_CREATE, FILE_DIRECTORY_FILE, FALSE, &Directory);
    if (NT_SUCCESS(Status))
        NtClose(Directory);
    return Status;
}

NTSTATUS SysMakeDirectories(PCWSTR Path)
{
    SH_TEXT Full = {};
    SYS_FILE File;
    NTSTATUS Status = SysFullPath(Path, &Full);
    // From the drive's root on: what is there already is passed over, but the last must be new.
    for (SIZE_T i = 3; NT_SUCCESS(Status) && i < Full.Length; i++) {
        if (Full.Buffer[i] != L'\\' || !Full.Buffer[i + 1])
            continue;
        Full.Buffer[i] = 0;
        Status = SysQueryFile(Full.Buffer, &File);
        if (!NT_SUCCESS(Status))
            Status = SysMakeDirectory(Full.Buffer);
        Full.Buffer[i] = L'\\';
    }
    if (NT_SUCCESS(Status))
        Status = SysMakeDirectory(ShString(&Full));
    ShFreeText(&Full);
    return Status;
}

NTSTATUS SysSetAttributes(PCWSTR Path, ULONG Attributes)
{
    HANDLE File;
    IO_STATUS_BLOCK IoStatus;
    FILE_BASIC_INFORMATION Basic = {.FileAttributes =
                                        Attributes ? Attributes : FILE_ATTRIBUTE_NORMAL};
    NTSTATUS Status = SyspOpenFor(Path, FILE_WRITE_ATTRIBUTES, 0, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NtSetInformationFile(File, &IoStatus, &Basic, sizeof(Basic), FileBasicInformation);
    NtClose(File);
    return Status;
}

// Whether a directory is empty is told by a request of its own.
static NTSTATUS SyspDeleteDirectory(PCWSTR Path)
{
    HANDLE Directory;
    IO_STATUS_BLOCK IoStatus;
    FILE_DISPOSITION_INFORMATION Disposition = {.DeleteFile = TRUE};
    NTSTATUS Status = SyspOpenFor(Path, DELETE, FILE_DIRECTORY_FILE, &Directory);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NtSetInformationFile(Directory, &IoStatus, &Disposition, sizeof(Disposition),
                                  FileDispositionInformation);
    NtClose(Directory);
    return Status;
}

static NTSTATUS SyspDeleteFile(PCWSTR Path)
{
    HANDLE File;
    NTSTATUS Status =
        SyspOpenFor(Path, DELETE, FILE_NON_DIRECTORY_FILE | FILE_DELETE_ON_CLOSE, &File);
    return NT_SUCCESS(Status) ? NtClose(File) : Status;
}

NTSTATUS SysDelete(PCWSTR Path, BOOLEAN Directory)
{
    return Directory ? SyspDeleteDirectory(Path) : SyspDeleteFile(Path);
}

NTSTATUS SysRename(PCWSTR Path, PCWSTR NewPath, BOOLEAN Replace)
{
    UNICODE_STRING Name;
    HANDLE File;
    IO_STATUS_BLOCK IoStatus;
    NTSTATUS Status = RtlDosPathNameToNtPathName_U_WithStatus(NewPath, &Name, nullptr, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = SyspOpenFor(Path, DELETE, 0, &File);
    if (NT_SUCCESS(Status)) {
        ULONG Size = (ULONG)FIELD_OFFSET(FILE_RENAME_INFORMATION, FileName) + Name.Length;
        PFILE_RENAME_INFORMATION Rename = SysAllocate(max(Size, sizeof(*Rename)));
        Rename->ReplaceIfExists = Replace;
        Rename->FileNameLength = Name.Length;
        memcpy(Rename->FileName, Name.Buffer, Name.Length);
        Status = NtSetInformationFile(File, &IoStatus, Rename, max(Size, (ULONG)sizeof(*Rename)),
                                      FileRenameInformation);
        SysFree(Rename);
        NtClose(File);
    }
    RtlFreeUnicodeString(&Name);
    return Status;
}

// ---- Volumes. Path is of the volume's root, "C:\".

NTSTATUS SysQueryVolume(PCWSTR Path, PSYS_VOLUME Volume)
{
    HANDLE Root;
    IO_STATUS_BLOCK IoStatus;
    struct {
        FILE_FS_VOLUME_INFORMATION Information;
        WCHAR Rest[SysLabelMaximum];
    } Label;
    FILE_FS_FULL_SIZE_INFORMATION Size;
    *Volume = (SYS_VOLUME){};
    NTSTATUS Status = SyspOpenFor(Path, FILE_READ_ATTRIBUTES, FILE_DIRECTORY_FILE, &Root);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NtQueryVolumeInformationFile(Root, &IoStatus, &Label, sizeof(Label),
                                          FileFsVolumeInformation);
    if (NT_SUCCESS(Status)) {
        ULONG Bytes = min(Label.Information.VolumeLabelLength, sizeof(Volume->Label) - 2);
        memcpy(Volume->Label, Label.Information.VolumeLabel, Bytes);
        Volume->Serial = Label.Information.VolumeSerialNumber;
        Status = NtQueryVolumeInformationFile(Root, &IoStatus, &Size, sizeof(Size),
                                              FileFsFullSizeInformation);
    }
    if (NT_SUCCESS(Status)) {
        Volume->ClusterBytes = Size.SectorsPerAllocationUnit * Size.BytesPerSector;
        Volume->FreeBytes =
            (ULONGLONG)Size.CallerAvailableAllocationUnits.QuadPart * Volume->ClusterBytes;
        Volume->Bytes = (ULONGLONG)Size.TotalAllocationUnits.QuadPart * Volume->ClusterBytes;
    }
    NtClose(Root);
    return Status;
}

// The volume itself, not its root: "\\.\C:".
static NTSTATUS SyspOpenVolume(WCHAR Letter, ACCESS_MASK Access, PHANDLE Volume)
{
    WCHAR Path[] = L"\\\\.\\C:";
    Path[4] = Letter;
    return FileOpen(Path, Access, FILE_OPEN, 0, FALSE, Volume);
}

NTSTATUS SysSetLabel(WCHAR Letter, PCWSTR Label)
{
    HANDLE Volume;
    IO_STATUS_BLOCK IoStatus;
    SIZE_T Bytes = wcslen(Label) * sizeof(WCHAR);
    NTSTATUS Status = SyspOpenVolume(Letter, FILE_WRITE_DATA, &Volume);
    if (!NT_SUCCESS(Status))
        return Status;
    PFILE_FS_LABEL_INFORMATION Set = SysAllocate(sizeof(*Set) + Bytes);
    Set->VolumeLabelLength = (ULONG)Bytes;
    memcpy(Set->VolumeLabel, Label, Bytes);
    Status = NtSetVolumeInformationFile(Volume, &IoStatus, Set, (ULONG)(sizeof(*Set) + Bytes),
                                        FileFsLabelInformation);
    SysFree(Set);
    NtClose(Volume);
    return Status;
}

static NTSTATUS SyspFlushHive(PCWSTR Path)
{
    HANDLE Key;
    if (!NT_SUCCESS(RegOpen(Path, KEY_READ, &Key)))
        return STATUS_SUCCESS; // unloaded, or somebody else's: it was written, or will be
    NTSTATUS Status = NtFlushKey(Key);
    NtClose(Key);
    return Status;
}

NTSTATUS SysFlushRegistry(VOID)
{
    static const WCHAR List[] =
        L"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\hivelist";
    NTSTATUS Result = STATUS_SUCCESS;
    PREG_VALUE Value;
    HANDLE Key;
    NTSTATUS Status = RegOpen(List, KEY_READ, &Key);
    if (!NT_SUCCESS(Status))
        return Status;
    for (ULONG i = 0; NT_SUCCESS(RegReadValue(Key, i, &Value)); i++) {
        Status = SyspFlushHive(Value->Name);
        if (!NT_SUCCESS(Status))
            Result = Status;
        RegFreeValue(Value);
    }
    NtClose(Key);
    return Result;
}

NTSTATUS SysFlushVolume(WCHAR Letter)
{
    HANDLE Volume;
    IO_STATUS_BLOCK IoStatus;
    NTSTATUS Status = SyspOpenVolume(Letter, FILE_WRITE_DATA, &Volume);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NtFlushBuffersFile(Volume, &IoStatus);
    NtClose(Volume);
    return Status;
}
