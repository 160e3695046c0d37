// autochk [* | /p VOLUME | /r VOLUME]: checks volumes before anything uses them. Without words C:, which leads to the volume that
// the system will run from; the Executive starts it so from the boot archive, when there is no console yet. With an asterisk all
// others; the session manager does that. These are checked if they are marked: they were not dismounted. The others are
// wishes (chkdsk /f and /r of a volume in use, schedule.h).
#include "checktexts.h"
#include "schedule.h"

enum { AutoMostVolumes = 128, AutoSeconds = 10 };

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

static VOID AutoCheck(PRAW_VOLUME Volume, SCHEDULED Scheduled)
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
        .Surface = Scheduled == ScheduledSurface,
        .Tell = AutoTell,
        .Stage = CheckStage,
        .Progress = CheckProgress,
        .Context = &Found,
    };
    FAT_RESULT Result = ChkRun(&Order);
    (VOID) RawDismount(Volume);
    AutoReport(Result, Found);
}

static VOID AutoTry(PCWSTR Name, SCHEDULED Scheduled)
{
    static RAW_VOLUME Volume;
    if (!NT_SUCCESS(RawOpen(Name, FALSE, &Volume)))
        return;
    BOOLEAN Wanted =
        Volume.Known && !Volume.IsSystem && (Scheduled != ScheduledNot || RawIsDirty(&Volume));
    RawClose(&Volume);
    if (!Wanted || !NT_SUCCESS(RawOpen(Name, TRUE, &Volume)))
        return;
    AutoCheck(&Volume, Scheduled);
    RawClose(&Volume);
}

static VOID AutoTryAll(VOID)
{
    for (ULONG i = 1; i <= AutoMostVolumes; i++) {
        WCHAR Name[RawNameChars];
        _snwprintf(Name, RawNameChars, L"\\Device\\HarddiskVolume%lu", i);
        AutoTry(Name, ScheduledNot);
    }
}

// It may come a little later than the session manager.
static NTSTATUS AutoAwait(PCWSTR Name, PRAW_VOLUME Volume)
{
    LARGE_INTEGER Moment = {.QuadPart = -2'000'000};
    NTSTATUS Status = RawOpen(Name, FALSE, Volume);
    for (ULONG i = 0; !NT_SUCCESS(Status) && !Volume->IsSystem && i < AutoSeconds * 5; i++) {
        NtDelayExecution(FALSE, &Moment);
        Status = RawOpen(Name, FALSE, Volume);
    }
    return Status;
}

// The system's own has been looked at already, before it was that.
static VOID AutoObey(PCWSTR Name, SCHEDULED Scheduled)
{
    static RAW_VOLUME Volume;
    NTSTATUS Status = AutoAwait(Name, &Volume);
    if (NT_SUCCESS(Status))
        RawClose(&Volume);
    else if (!Volume.IsSystem)
        ConPrint(L"Cannot open volume %ws: %ws\n", Name, StatusText(Status));
    ScheduleRemove(&Volume);
    if (NT_SUCCESS(Status))
        AutoTry(Name, Scheduled);
}

VOID NtProcessStartup(PPEB Peb);
VOID NtProcessStartup(PPEB Peb)
{
    PRTL_USER_PROCESS_PARAMETERS Parameters = Peb->ProcessParameters;
    PWSTR Line = Parameters ? Parameters->CommandLine.Buffer : nullptr, Words[4];
    ULONG Count = Line ? ConSplitWords(Line, Words, RTL_NUMBER_OF(Words)) : 0;
    if (Count <= 1)
        AutoTry(L"C:", ScheduleAskVolume());
    else if (Count == 2 && !wcscmp(Words[1], L"*"))
        AutoTryAll();
    else if (Count == 3 && !_wcsicmp(Words[1], L"/p"))
        AutoObey(Words[2], ScheduledCheck);
    else if (Count == 3 && !_wcsicmp(Words[1], L"/r"))
        AutoObey(Words[2], ScheduledSurface);
    RtlExitUserProcess(STATUS_SUCCESS);
}
