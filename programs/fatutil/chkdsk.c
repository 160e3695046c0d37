// chkdsk [VOLUME] [/f] [/v] [/r] [/x]
#include "checktexts.h"
#include "schedule.h"

enum {
    CheckClean = 0,
    CheckFixed = 1,
    CheckLeft = 3, // errors that are still there, or no check at all
    CheckMostWords = 8,
};

typedef struct _CHECK {
    RAW_VOLUME Volume;
    CHK_ORDER Order;
    PCWSTR Name;
    BOOLEAN Fix, Surface, Verbose, Force;
} CHECK, *PCHECK;

static VOID ShowHelp(void)
{
    ConPrint(L"Checks a disk and displays a status report.\n"
             L"\n"
             L"CHKDSK [volume] [/F] [/V] [/R] [/X]\n"
             L"\n"
             L"  volume  A drive letter followed by a colon, a volume name, or a device.\n"
             L"  /F      Fixes errors on the disk.\n"
             L"  /V      Displays the full path of every file on the disk.\n"
             L"  /R      Locates bad sectors and recovers readable information; implies /F.\n"
             L"  /X      Forces the volume to dismount first if necessary; implies /F.\n");
}

static void Visit(void *Context, const uint16_t *Path, uint32_t Length)
{
    const CHECK *Check = Context;
    if (!Check->Verbose)
        return;
    if (Check->Volume.Shown[1] == L':')
        ConPrint(L"%ws", Check->Volume.Shown);
    ConWrite(NtCurrentPeb()->ProcessParameters->StandardOutput, (PCWSTR)Path, Length);
    ConPrint(L"\n");
}

// Nobody to ask: what is found is kept.
static bool Convert(void *Context, uint32_t Chains, uint32_t Clusters)
{
    UNREFERENCED_PARAMETER(Context);
    ConPrint(L"%lu lost allocation units found in %lu chains.\n", Clusters, Chains);
    return ConAsk(L"Convert lost chains to files", TRUE);
}

// ---- The report

static ULONG Report(PCHECK Check)
{
    ULONG Result = CheckClean;
    if (!Check->Order.Problems) {
        ConPrint(L"The file system was checked, and no problems were found.\n\n");
    } else if (Check->Fix) {
        ConPrint(L"Corrections were made to the file system.\n\n");
        Result = CheckFixed;
    } else {
        ConPrint(L"Errors were found on the disk, but are not fixed because the check was run\n"
                 L"without the /F (fix) parameter.\n\n");
        Result = CheckLeft;
    }
    CheckShowTotals(&Check->Order.Totals);
    return Result;
}

static ULONG Fail(PCHECK Check, FAT_RESULT Result)
{
    PCWSTR Text = Result == FatNotFat ? L"The file system is not FAT, or its boot sector is lost."
                  : Result == FatNoMemory ? StatusText(STATUS_NO_MEMORY)
                  : Check->Volume.Failed  ? StatusText(Check->Volume.Failed)
                                          : L"The file system is damaged beyond repair.";
    ConPrint(L"%ws\nThe check was not completed%ws.\n", Text,
             Check->Order.Written ? L"; what was written so far stays" : L"");
    return CheckLeft;
}

// ---- Locking

// Without repairing, what is only in memory is written and the rest is left alone.
static NTSTATUS Lock(PCHECK Check)
{
    if (!Check->Fix) {
        RawFlushMounted(&Check->Volume);
        return STATUS_SUCCESS;
    }
    return RawLockOrDismount(&Check->Volume, L"Chkdsk", Check->Force);
}

// ---- Checking

static VOID ShowVolume(const RAW_VOLUME *Volume)
{
    ConPrint(L"The type of the file system is %ws.\n",
             Volume->Known ? Volume->Names.FileSystem : L"RAW");
    if (Volume->Names.Label[0])
        ConPrint(L"Volume label is %ws.\n", Volume->Names.Label);
    if (Volume->Known)
        ConPrint(L"Volume Serial Number is %04lX-%04lX\n", Volume->Names.Serial >> 16,
                 Volume->Names.Serial & 0xFFFF);
}

static ULONG Work(PCHECK Check)
{
    if (!Check->Fix)
        ConPrint(L"\nWARNING!  /F parameter not specified.\nRunning CHKDSK in read-only mode.\n");
    ConPrint(L"\n");
    Check->Order = (CHK_ORDER){
        .Store = &Check->Volume.Store,
        .Fix = Check->Fix,
        .Now = RawNow(),
        .InUse = !Check->Fix && Check->Volume.Known && !RawIsDirty(&Check->Volume),
        .Surface = Check->Surface,
        .Tell = CheckTell,
        .Visit = Visit,
        .Stage = CheckStage,
        .Progress = CheckProgress,
        .Convert = Convert,
        .Context = Check,
    };
    FAT_RESULT Result = ChkRun(&Check->Order);
    if (Check->Order.Written)
        (VOID) RawDismount(&Check->Volume); // what the file system remembers is old
    return Result == FatDone ? Report(Check) : Fail(Check, Result);
}

// Before the next start nobody uses it.
static ULONG Schedule(PCHECK Check)
{
    ConPrint(L"Chkdsk cannot run because the volume is in use by another process.\n");
    if (!ConAsk(L"Would you like to schedule this volume to be checked the next time the system\n"
                L"restarts?",
                FALSE))
        return CheckLeft;
    NTSTATUS Status = ScheduleAdd(&Check->Volume, Check->Surface);
    if (!NT_SUCCESS(Status)) {
        ConPrint(L"The check cannot be scheduled: %ws\n", StatusText(Status));
        return CheckLeft;
    }
    ConPrint(L"This volume will be checked the next time the system restarts.\n");
    return CheckLeft;
}

static ULONG Run(PCHECK Check)
{
    NTSTATUS Status = RawOpen(Check->Name, Check->Fix, &Check->Volume);
    if (!NT_SUCCESS(Status)) {
        ConPrint(L"Cannot open volume %ws - %ws\n", Check->Name, StatusText(Status));
        return CheckLeft;
    }
    ShowVolume(&Check->Volume);
    if (Check->Fix && Check->Volume.IsSystem) {
        ConPrint(L"Cannot lock current drive.\n\n");
        return Schedule(Check);
    }
    Status = Lock(Check);
    if (Status == STATUS_ACCESS_DENIED && Check->Fix && !Check->Force)
        return Schedule(Check);
    if (!NT_SUCCESS(Status)) {
        ConPrint(L"Cannot lock the volume: %ws\n", StatusText(Status));
        return CheckLeft;
    }
    return Work(Check);
}

static BOOLEAN ParseWords(PCHECK Check, PWSTR *Words, ULONG Count)
{
    static WCHAR Current[4];
    for (ULONG i = 1; i < Count; i++) {
        if (!_wcsicmp(Words[i], L"/f"))
            Check->Fix = TRUE;
        else if (!_wcsicmp(Words[i], L"/v"))
            Check->Verbose = TRUE;
        else if (!_wcsicmp(Words[i], L"/r"))
            Check->Fix = Check->Surface = TRUE;
        else if (!_wcsicmp(Words[i], L"/x"))
            Check->Fix = Check->Force = TRUE;
        else if (Words[i][0] != L'/' && !Check->Name)
            Check->Name = Words[i];
        else {
            ConPrint(L"Invalid parameter - %ws\n", Words[i]);
            return FALSE;
        }
    }
    if (Check->Name)
        return TRUE;
    PCWSTR Path = NtCurrentPeb()->ProcessParameters->CurrentDirectory.DosPath.Buffer;
    Current[0] = Path ? Path[0] : L'C';
    Current[1] = L':';
    Check->Name = Current;
    return TRUE;
}

VOID NtProcessStartup(PPEB Peb);
VOID NtProcessStartup(PPEB Peb)
{
    static CHECK Check;
    PWSTR Line = Peb->ProcessParameters->CommandLine.Buffer, Words[CheckMostWords];
    ULONG Count = Line ? ConSplitWords(Line, Words, CheckMostWords) : 0;
    if (Count == 2 && !wcscmp(Words[1], L"/?")) {
        ShowHelp();
        RtlExitUserProcess(CheckClean);
    }
    RtlExitUserProcess((NTSTATUS)(ParseWords(&Check, Words, Count) ? Run(&Check) : CheckLeft));
}
