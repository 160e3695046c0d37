// mountvol, with the options of Windows' program.
#include "volumes.h"

static VOID ShowHelp(void)
{
    ConPrint(L"Creates, deletes, or lists a volume mount point.\n"
             L"\n"
             L"MOUNTVOL [drive:]path VolumeName\n"
             L"MOUNTVOL drive: /D\n"
             L"MOUNTVOL drive: /P\n"
             L"MOUNTVOL drive: /L\n"
             L"MOUNTVOL /R\n"
             L"MOUNTVOL /N\n"
             L"MOUNTVOL /E\n"
             L"\n"
             L"    path        A folder, of a file system that has mount points (FAT has none).\n"
             L"    VolumeName  The volume that gets the letter, or is mounted in the folder.\n"
             L"    /D          Removes the letter from its volume.\n"
             L"    /P          Dismounts the volume, and removes the letter.\n"
             L"    /L          Lists the volume name of the letter's volume.\n"
             L"    /R          Removes letters and settings of volumes that are not there.\n"
             L"    /N          Disables automatic mounting of new volumes.\n"
             L"    /E          Enables automatic mounting of new volumes.\n");
}

static NTSTATUS Report(NTSTATUS Status)
{
    if (!NT_SUCCESS(Status))
        ConPrint(L"mountvol: %ws\n", StatusText(Status));
    return Status;
}

static VOID ShowName(const VOLUME *Volume)
{
    ConPrint(L"    \\\\?\\%ws\\\n", Volume->Name[0] ? Volume->Name + 4 : L"");
}

static NTSTATUS ShowAll(void)
{
    PVOLUME Volumes;
    ULONG Count;
    MOUNTMGR_QUERY_AUTO_MOUNT Query = {Enabled};
    NTSTATUS Status = ListVolumes(&Volumes, &Count);
    if (!NT_SUCCESS(Status))
        return Report(Status);
    ShowHelp();
    ConPrint(L"\nPossible values for VolumeName along with current mount points are:\n\n");
    for (ULONG i = 0; i < Count; i++) {
        ShowName(&Volumes[i]);
        if (Volumes[i].Letter)
            ConPrint(L"        %wc:\\\n\n", Volumes[i].Letter);
        else
            ConPrint(L"        *** NO MOUNT POINTS ***\n\n");
    }
    if (NT_SUCCESS(AskManager(IOCTL_MOUNTMGR_QUERY_AUTO_MOUNT, nullptr, 0, &Query, sizeof(Query),
                              nullptr)) &&
        Query.CurrentState == Disabled)
        ConPrint(L"New volumes are not mounted automatically when added to the system.\n");
    return STATUS_SUCCESS;
}

static NTSTATUS SetAutoMount(MOUNTMGR_AUTO_MOUNT_STATE State)
{
    MOUNTMGR_SET_AUTO_MOUNT Set = {State};
    return Report(
        AskManager(IOCTL_MOUNTMGR_SET_AUTO_MOUNT, &Set, sizeof(Set), nullptr, 0, nullptr));
}

// What is open on it is lost; what was written is on the disk.
static NTSTATUS Dismount(WCHAR Letter)
{
    WCHAR Path[] = L"\\??\\C:";
    HANDLE Volume;
    IO_STATUS_BLOCK IoStatus;
    Path[4] = Letter;
    NTSTATUS Status = DeviceOpen(Path, FILE_GENERIC_READ | FILE_GENERIC_WRITE,
                                 FILE_SHARE_READ | FILE_SHARE_WRITE, &Volume);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NtFsControlFile(Volume, nullptr, nullptr, nullptr, &IoStatus, FSCTL_DISMOUNT_VOLUME,
                             nullptr, 0, nullptr, 0);
    NtClose(Volume);
    return NT_SUCCESS(Status) ? RemoveLetter(Letter) : Status;
}

static NTSTATUS RunOnLetter(WCHAR Letter, PCWSTR Text, PCWSTR What)
{
    PVOLUME Volumes;
    ULONG Count;
    if (_wcsicmp(What, L"/D") == 0)
        return Report(RemoveLetter(Letter));
    if (_wcsicmp(What, L"/P") == 0)
        return Report(Dismount(Letter));
    NTSTATUS Status = ListVolumes(&Volumes, &Count);
    if (!NT_SUCCESS(Status))
        return Report(Status);
    BOOLEAN List = _wcsicmp(What, L"/L") == 0;
    const VOLUME *Volume = FindVolume(Volumes, Count, List ? Text : What);
    if (!Volume)
        return Report(STATUS_OBJECT_NAME_NOT_FOUND);
    if (!List)
        return Report(AssignLetter(Letter, Volume));
    ShowName(Volume);
    return STATUS_SUCCESS;
}

// As on Windows a folder can have a volume where the file system has mount points. FAT has none.
static NTSTATUS RunOnFolder(PCWSTR Path, PCWSTR What)
{
    PVOLUME Volumes;
    ULONG Count;
    if (_wcsicmp(What, L"/D") == 0 || _wcsicmp(What, L"/L") == 0 || _wcsicmp(What, L"/P") == 0)
        return Report(CheckFolderIsMountPoint(Path));
    NTSTATUS Status = ListVolumes(&Volumes, &Count);
    if (!NT_SUCCESS(Status))
        return Report(Status);
    const VOLUME *Volume = FindVolume(Volumes, Count, What);
    Status = Volume ? MountInFolder(Path, Volume) : STATUS_OBJECT_NAME_NOT_FOUND;
    if (Status != STATUS_INVALID_DEVICE_REQUEST)
        return Report(Status);
    ConPrint(L"mountvol: The file system of this folder has no mount points.\n");
    return Status;
}

static NTSTATUS Run(PWSTR *Words, ULONG Count)
{
    WCHAR Letter;
    if (Count <= 1)
        return ShowAll();
    if (Count == 2 && _wcsicmp(Words[1], L"/R") == 0)
        return Report(AskManager(IOCTL_MOUNTMGR_SCRUB_REGISTRY, nullptr, 0, nullptr, 0, nullptr));
    if (Count == 2 && _wcsicmp(Words[1], L"/N") == 0)
        return SetAutoMount(Disabled);
    if (Count == 2 && _wcsicmp(Words[1], L"/E") == 0)
        return SetAutoMount(Enabled);
    if (Count == 3 && IsLetter(Words[1], &Letter))
        return RunOnLetter(Letter, Words[1], Words[2]);
    if (Count == 3 && wcschr(Words[1], L'\\') && Words[1][0] != L'/')
        return RunOnFolder(Words[1], Words[2]);
    ShowHelp();
    return Count == 2 && wcscmp(Words[1], L"/?") == 0 ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

VOID NtProcessStartup(PPEB Peb);
VOID NtProcessStartup(PPEB Peb)
{
    PWSTR Line = Peb->ProcessParameters->CommandLine.Buffer, Words[MostWords];
    ULONG Count = Line ? ConSplitWords(Line, Words, MostWords) : 0;
    RtlExitUserProcess(NT_SUCCESS(Run(Words, Count)) ? 0 : 1);
}
