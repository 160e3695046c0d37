// volumes [/v] | assign X: VOLUME | remove X:
#include "volumes.h"

static VOID ShowHelp(void)
{
    ConPrint(L"Usage: volumes [/v]             List volumes; /v: with their names and places.\n"
             L"       volumes assign X: VOLUME  Give a volume a letter.\n"
             L"       volumes remove X:         Take a letter away.\n"
             L"\n"
             L"VOLUME is the number that the list shows, a letter, a device or a volume name.\n");
}

static NTSTATUS Report(NTSTATUS Status)
{
    if (!NT_SUCCESS(Status))
        ConPrint(L"volumes: %ws\n", StatusText(Status));
    return Status;
}

// ---- The list

// What a file system says; without one, what the partition table says.
static VOID ShowContents(const VOLUME *Volume, const VOLUME_FACTS *Facts)
{
    FILE_SYSTEM_NAMES Names;
    ULONGLONG Bytes;
    WCHAR Free[16];
    if (!NT_SUCCESS(AskFileSystem(Volume->Device, &Names, &Bytes))) {
        ConPrint(L"%ws\n", ContentsText(&Facts->Information));
        return;
    }
    SizeText(Bytes, Free, RTL_NUMBER_OF(Free));
    ConPrint(L"%-10ws  %8ws  %ws\n", Names.FileSystem, Free, Names.Label);
}

static VOID ShowVolume(const VOLUME *Volume, BOOLEAN Verbose)
{
    static const WCHAR Prefix[] = L"\\Device\\HarddiskVolume";
    VOLUME_FACTS Facts;
    WCHAR Letter[4] = L"", Size[16];
    PCWSTR Number = _wcsnicmp(Volume->Device, Prefix, RTL_NUMBER_OF(Prefix) - 1) == 0
                        ? Volume->Device + RTL_NUMBER_OF(Prefix) - 1
                        : L"-";
    if (Volume->Letter)
        _snwprintf(Letter, RTL_NUMBER_OF(Letter), L"%wc:", Volume->Letter);
    NTSTATUS Status = AskVolume(Volume->Device, &Facts);
    if (!NT_SUCCESS(Status)) {
        ConPrint(L"%6ws  %-6ws  %ws\n", Number, Letter, StatusText(Status));
        return;
    }
    SizeText(Facts.Length, Size, RTL_NUMBER_OF(Size));
    ConPrint(L"%6ws  %-6ws  %4lu  %9lu  %8ws  ", Number, Letter, Facts.Disk, Facts.Partition, Size);
    ShowContents(Volume, &Facts);
    if (!Verbose)
        return;
    ConPrint(L"        %ws, bytes %I64u to %I64u of the disk\n", Volume->Device, Facts.Start,
             Facts.Start + Facts.Length - 1);
    ConPrint(L"        \\\\?\\%ws\\\n", Volume->Name[0] ? Volume->Name + 4 : L"");
    if (Facts.Information.PartitionStyle == PARTITION_STYLE_GPT && Facts.Information.Gpt.Name[0])
        ConPrint(L"        \"%.36ws\"\n", Facts.Information.Gpt.Name);
}

static NTSTATUS ShowVolumes(BOOLEAN Verbose)
{
    PVOLUME Volumes;
    ULONG Count;
    NTSTATUS Status = ListVolumes(&Volumes, &Count);
    if (!NT_SUCCESS(Status))
        return Report(Status);
    if (!Count) {
        ConPrint(L"There are no volumes.\n");
        return STATUS_SUCCESS;
    }
    ConPrint(L"Volume  Letter  Disk  Partition      Size  Contents        Free  Label\n");
    for (ULONG i = 0; i < Count; i++)
        ShowVolume(&Volumes[i], Verbose);
    return STATUS_SUCCESS;
}

// ---- Letters

static NTSTATUS Assign(PCWSTR LetterText, PCWSTR VolumeText)
{
    PVOLUME Volumes;
    ULONG Count;
    WCHAR Letter;
    if (!IsLetter(LetterText, &Letter))
        return Report(STATUS_INVALID_PARAMETER);
    NTSTATUS Status = ListVolumes(&Volumes, &Count);
    if (!NT_SUCCESS(Status))
        return Report(Status);
    const VOLUME *Volume = FindVolume(Volumes, Count, VolumeText);
    if (!Volume) {
        ConPrint(L"volumes: there is no volume %ws\n", VolumeText);
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    if (Volume->Letter && Volume->Letter != Letter) {
        ConPrint(L"volumes: the volume has the letter %wc: already; remove it first\n",
                 Volume->Letter);
        return STATUS_INVALID_PARAMETER;
    }
    return Report(AssignLetter(Letter, Volume));
}

static NTSTATUS Remove(PCWSTR Text)
{
    WCHAR Letter;
    return Report(IsLetter(Text, &Letter) ? RemoveLetter(Letter) : STATUS_INVALID_PARAMETER);
}

static NTSTATUS Run(PWSTR *Words, ULONG Count)
{
    if (Count <= 1)
        return ShowVolumes(FALSE);
    if (Count == 2 && _wcsicmp(Words[1], L"/v") == 0)
        return ShowVolumes(TRUE);
    if (Count == 4 && _wcsicmp(Words[1], L"assign") == 0)
        return Assign(Words[2], Words[3]);
    if (Count == 3 && _wcsicmp(Words[1], L"remove") == 0)
        return Remove(Words[2]);
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
