// chkdsk [VOLUME] [/f] [/v] [/x]
#include "raw.h"

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
    BOOLEAN Fix, Verbose, Force;
} CHECK, *PCHECK;

static VOID ShowHelp(void)
{
    ConPrint(L"Checks a disk and displays a status report.\n"
             L"\n"
             L"CHKDSK [volume] [/F] [/V] [/X]\n"
             L"\n"
             L"  volume  A drive letter followed by a colon, a volume name, or a device.\n"
             L"  /F      Fixes errors on the disk.\n"
             L"  /V      Displays the full path of every file on the disk.\n"
             L"  /X      Forces the volume to dismount first if necessary; implies /F.\n");
}

// ---- What is wrong. %1: the path, %2: the number

static const PCWSTR ProblemTexts[ChkProblems] = {
    [ChkBootRestored] = L"The boot sector is damaged; its backup is used.",
    [ChkBootSignature] = L"The signature of the boot sector is missing.",
    [ChkBackupDiffers] = L"The backup of the boot sector is not the same as the boot sector.",
    [ChkInfoDamaged] = L"The FSInfo sector is damaged.",
    [ChkInfoCounts] = L"The free space that the FSInfo sector tells is wrong.",
    [ChkFatUnreadable] = L"%2 sectors of the File Allocation Table (FAT) cannot be read.",
    [ChkFatsDiffer] = L"The copies of the File Allocation Table (FAT) differ in %2 sectors.",
    [ChkFatHead] = L"The first entries of the File Allocation Table (FAT) are wrong.",
    [ChkDirty] = L"The volume was not dismounted cleanly.",
    [ChkDotEntry] = L"The entries . and .. of %1 are wrong.",
    [ChkNotDirectory] = L"%1 is not a directory; it becomes a file.",
    [ChkNoDirectory] = L"The directory %1 has no contents; it is removed.",
    [ChkDirectoryTwice] = L"The directory %1 is another one's contents; this name is removed.",
    [ChkDirectoryChain] = L"The directory %1 is truncated after %2 allocation units.",
    [ChkDirectoryEnd] = L"The directory %1 goes on behind its end mark.",
    [ChkDirectoryTail] = L"There are bytes without meaning behind the end of the directory %1.",
    [ChkGarbage] = L"Unrecognizable entry %1; it is removed.",
    [ChkBadName] = L"The name of %1 has characters that are not allowed.",
    [ChkBadAttributes] = L"The attributes of %1 are wrong.",
    [ChkLabel] = L"Misplaced volume label %1; it is removed.",
    [ChkOrphanLong] = L"Parts of a long name without a file in %1; they are removed.",
    [ChkLongField] = L"The long name of %1 has fields that are wrong.",
    [ChkDuplicate] = L"The short name of %1 is there twice; it is renamed.",
    [ChkDirectorySize] = L"The directory %1 has a size.",
    [ChkBadStart] = L"%1  First allocation unit is not valid. The entry will be truncated.",
    [ChkBadChain] = L"%1  Has invalid allocation unit. The entry is truncated after %2 of them.",
    [ChkLoop] = L"%1  Its allocation units form a ring. The entry is truncated after %2 of them.",
    [ChkCrossLink] = L"%1  is cross-linked on allocation unit %2. It gets a copy of its own.",
    [ChkSize] = L"%1  Allocation error, size adjusted.",
    [ChkTooLong] = L"%1  has more allocation units than its size needs.",
    [ChkLostChain] = L"%2 lost allocation units were found.",
    [ChkNoSpace] = L"Insufficient disk space to repair %1.",
};

static void Tell(void *Context, CHK_PROBLEM Problem, const uint16_t *Path, uint32_t Length,
                 uint32_t Number)
{
    HANDLE Output = NtCurrentPeb()->ProcessParameters->StandardOutput;
    UNREFERENCED_PARAMETER(Context);
    for (PCWSTR Text = ProblemTexts[Problem]; *Text;) {
        PCWSTR Percent = wcschr(Text, L'%');
        SIZE_T Plain = Percent ? (SIZE_T)(Percent - Text) : wcslen(Text);
        ConWrite(Output, Text, Plain);
        Text += Plain;
        if (!Percent)
            break;
        if (Percent[1] == L'2')
            ConPrint(L"%lu", Number);
        else if (Length)
            ConWrite(Output, (PCWSTR)Path, Length);
        else
            ConPrint(L"\\");
        Text += 2;
    }
    ConPrint(L"\n");
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

static void Stage(void *Context, uint32_t Number)
{
    static const PCWSTR Texts[] = {
        nullptr,
        L"Verifying folders...",
        L"Verifying files...",
        L"Verifying free space...",
        L"Verification is complete.",
    };
    UNREFERENCED_PARAMETER(Context);
    ConPrint(L"%ws\n", Texts[Number]);
}

// Nobody to ask: what is found is kept.
static bool Convert(void *Context, uint32_t Chains, uint32_t Clusters)
{
    UNREFERENCED_PARAMETER(Context);
    ConPrint(L"%lu lost allocation units found in %lu chains.\n", Clusters, Chains);
    return ConAsk(L"Convert lost chains to files", TRUE);
}

// ---- The report

static VOID ShowBytes(ULONGLONG Clusters, const CHK_TOTALS *Totals, PCWSTR Format, ULONG Count)
{
    ConPrint(L"%14I64u bytes ", Clusters * Totals->ClusterSize);
    ConPrint(Format, Count);
}

static VOID ShowTotals(const CHK_TOTALS *Totals)
{
    ShowBytes(Totals->Clusters, Totals, L"total disk space.\n", 0);
    if (Totals->BadClusters)
        ShowBytes(Totals->BadClusters, Totals, L"in bad sectors.\n", 0);
    if (Totals->Hidden)
        ShowBytes(Totals->HiddenClusters, Totals, L"in %lu hidden files.\n", Totals->Hidden);
    if (Totals->Directories)
        ShowBytes(Totals->DirectoryClusters, Totals, L"in %lu folders.\n", Totals->Directories);
    if (Totals->Files)
        ShowBytes(Totals->FileClusters, Totals, L"in %lu files.\n", Totals->Files);
    if (Totals->Recovered)
        ShowBytes(Totals->LostClusters, Totals, L"in %lu recovered files.\n", Totals->Recovered);
    ShowBytes(Totals->FreeClusters, Totals, L"available on disk.\n\n", 0);
    ConPrint(L"%14lu bytes in each allocation unit.\n", Totals->ClusterSize);
    ConPrint(L"%14lu total allocation units on disk.\n", Totals->Clusters);
    ConPrint(L"%14lu allocation units available on disk.\n", Totals->FreeClusters);
}

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
    ShowTotals(&Check->Order.Totals);
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
    IO_STATUS_BLOCK IoStatus;
    if (!Check->Fix) {
        (VOID) NtFlushBuffersFile(Check->Volume.File, &IoStatus);
        return STATUS_SUCCESS;
    }
    return RawLockOrDismount(&Check->Volume, L"Chkdsk", Check->Force);
}

// ---- Checking

static VOID ShowVolume(const RAW_VOLUME *Volume)
{
    ConPrint(L"The type of the file system is %ws.\n", Volume->Known ? Volume->FileSystem : L"RAW");
    if (Volume->Label[0])
        ConPrint(L"Volume label is %ws.\n", Volume->Label);
    if (Volume->Known)
        ConPrint(L"Volume Serial Number is %04lX-%04lX\n", Volume->Serial >> 16,
                 Volume->Serial & 0xFFFF);
}

static ULONG Work(PCHECK Check)
{
    LARGE_INTEGER Now, Local;
    NtQuerySystemTime(&Now);
    RtlSystemTimeToLocalTime(&Now, &Local);
    if (!Check->Fix)
        ConPrint(L"\nWARNING!  /F parameter not specified.\nRunning CHKDSK in read-only mode.\n");
    ConPrint(L"\n");
    Check->Order = (CHK_ORDER){
        .Store = &Check->Volume.Store,
        .Fix = Check->Fix,
        .Now = FatStampOfTime(Local.QuadPart),
        .Tell = Tell,
        .Visit = Visit,
        .Stage = Stage,
        .Convert = Convert,
        .Context = Check,
    };
    FAT_RESULT Result = ChkRun(&Check->Order);
    if (Check->Order.Written)
        (VOID) RawDismount(&Check->Volume); // what the file system remembers is old
    return Result == FatDone ? Report(Check) : Fail(Check, Result);
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
        ConPrint(L"Cannot lock the current drive: the system runs from it.\n");
        return CheckLeft;
    }
    Status = Lock(Check);
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
