// autochk [*]: checks volumes before anything uses them. Without words C:, which leads to the volume that the system will
// run from; the Executive starts it so from the boot archive, when there is no console yet. With an asterisk all others;
// the session manager does that. A volume is checked if it is marked: it was not dismounted, or somebody wished it.
#include "checktexts.h"

enum { AutoMostVolumes = 128 };

// That it is marked is why it is checked.
static VOID AutoTell(VOID *Context, CHK_PROBLEM Problem, const uint16_t *Path, uint32_t Length,
                     uint32_t Number)
{
    PULONG Found = Context;
    if (Problem == ChkDirty)
        return;
    ++*Found;
    CheckTell(nullptr, Problem, Path, Length, Number);
}

static VOID AutoReport(FAT_RESULT Result, ULONG Found)
{
    if (Result != FatDone)
        ConPrint(L"The check was not completed.\n");
    else
        ConPrint(L"%ws\n", Found ? L"Corrections were made to the file system."
                                 : L"The file system was checked, and no problems were found.");
}

static VOID AutoCheck(PRAW_VOLUME Volume)
{
    ULONG Found = 0;
    ConPrint(L"Checking file system on %ws\nThe type of the file system is %ws.\n", Volume->Shown,
             Volume->Names.FileSystem);
    NTSTATUS Status = RawLockOrDismount(Volume, L"Autochk", TRUE);
    if (!NT_SUCCESS(Status)) {
        ConPrint(L"Cannot lock the volume: %ws\n", StatusText(Status));
        return;
    }
    CHK_ORDER Order = {
        .Store = &Volume->Store,
        .Fix = true,
        .Now = RawNow(),
        .Tell = AutoTell,
        .Stage = CheckStage,
        .Context = &Found,
    };
    FAT_RESULT Result = ChkRun(&Order);
    (VOID) RawDismount(Volume);
    AutoReport(Result, Found);
}

static VOID AutoTry(PCWSTR Name)
{
    static RAW_VOLUME Volume;
    if (!NT_SUCCESS(RawOpen(Name, FALSE, &Volume)))
        return;
    BOOLEAN Wanted = Volume.Known && !Volume.IsSystem && RawIsDirty(&Volume);
    RawClose(&Volume);
    if (!Wanted || !NT_SUCCESS(RawOpen(Name, TRUE, &Volume)))
        return;
    AutoCheck(&Volume);
    RawClose(&Volume);
}

static VOID AutoTryAll(VOID)
{
    for (ULONG i = 1; i <= AutoMostVolumes; i++) {
        WCHAR Name[RawNameChars];
        _snwprintf(Name, RawNameChars, L"\\Device\\HarddiskVolume%lu", i);
        AutoTry(Name);
    }
}

VOID NtProcessStartup(PPEB Peb);
VOID NtProcessStartup(PPEB Peb)
{
    PRTL_USER_PROCESS_PARAMETERS Parameters = Peb->ProcessParameters;
    PWSTR Line = Parameters ? Parameters->CommandLine.Buffer : nullptr, Words[4];
    ULONG Count = Line ? ConSplitWords(Line, Words, RTL_NUMBER_OF(Words)) : 0;
    if (Count == 2 && !wcscmp(Words[1], L"*"))
        AutoTryAll();
    else if (Count <= 1)
        AutoTry(L"C:");
    RtlExitUserProcess(STATUS_SUCCESS);
}
