// What a check says: for chkdsk and autochk.
#include "checktexts.h"

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
    [ChkBadFree] = L"%2 free allocation units cannot be read; they are marked as bad.",
    [ChkBadCluster] = L"Bad clusters in %1 are replaced: %2 of them.",
    [ChkSlotsLost] = L"%2 bytes of the directory %1 cannot be read.",
    [ChkNoSpace] = L"Insufficient disk space to repair %1.",
};

void CheckTell(void *Context, CHK_PROBLEM Problem, const uint16_t *Path, uint32_t Length,
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

void CheckStage(void *Context, uint32_t Number)
{
    static const PCWSTR Texts[] = {
        nullptr,
        L"Verifying folders...",
        L"Verifying files...",
        L"Verifying free space...",
        L"Verifying file data and free space...",
        L"Verification is complete.",
    };
    UNREFERENCED_PARAMETER(Context);
    ConPrint(L"%ws\n", Texts[Number]);
}

void CheckProgress(void *Context, uint32_t Percent)
{
    UNREFERENCED_PARAMETER(Context);
    ConPrint(Percent < 100 ? L"%lu percent completed.\r" : L"%lu percent completed.\n", Percent);
}

// ---- The report

static VOID CheckShowBytes(ULONGLONG Clusters, const CHK_TOTALS *Totals, PCWSTR Format, ULONG Count)
{
    ConPrint(L"%14I64u bytes ", Clusters * Totals->ClusterSize);
    ConPrint(Format, Count);
}

VOID CheckShowTotals(const CHK_TOTALS *Totals)
{
    CheckShowBytes(Totals->Clusters, Totals, L"total disk space.\n", 0);
    if (Totals->BadClusters)
        CheckShowBytes(Totals->BadClusters, Totals, L"in bad sectors.\n", 0);
    if (Totals->Hidden)
        CheckShowBytes(Totals->HiddenClusters, Totals, L"in %lu hidden files.\n", Totals->Hidden);
    if (Totals->Directories)
        CheckShowBytes(Totals->DirectoryClusters, Totals, L"in %lu folders.\n",
                       Totals->Directories);
    if (Totals->Files)
        CheckShowBytes(Totals->FileClusters, Totals, L"in %lu files.\n", Totals->Files);
    if (Totals->Recovered)
        CheckShowBytes(Totals->LostClusters, Totals, L"in %lu recovered files.\n",
                       Totals->Recovered);
    CheckShowBytes(Totals->FreeClusters, Totals, L"available on disk.\n\n", 0);
    ConPrint(L"%14lu bytes in each allocation unit.\n", Totals->ClusterSize);
    ConPrint(L"%14lu total allocation units on disk.\n", Totals->Clusters);
    ConPrint(L"%14lu allocation units available on disk.\n", Totals->FreeClusters);
}
