// Commands about the system as a whole.

#include "shell.h"

// ---- Information of any size

PVOID ShellQuerySystem(SYSTEM_INFORMATION_CLASS Class)
{
    ULONG Size = 0x4000;
    for (;;) {
        PVOID Block = SysAllocate(Size);
        ULONG Needed = 0;
        NTSTATUS Status = NtQuerySystemInformation(Class, Block, Size, &Needed);
        if (NT_SUCCESS(Status))
            return Block;
        SysFree(Block);
        if (Status != STATUS_INFO_LENGTH_MISMATCH && Status != STATUS_BUFFER_TOO_SMALL) {
            ShReportStatus(L"", Status);
            return nullptr;
        }
        Size = Needed > Size ? Needed + 0x1000 : 2 * Size; // there may be more by the next call
    }
}

// ---- Commands

ULONG ShellDoUptime(PSHELL Shell, const SH_WORDS *Words)
{
    UNREFERENCED_PARAMETER(Shell);
    if (Words->Count)
        return ShWrongUsage;
    ULONGLONG Seconds = RtlpReadSharedTime(&SharedUserData->InterruptTime) / 10'000'000;
    ShPrint(L"up %llu days, %llu:%02llu:%02llu\n", Seconds / 86400, Seconds / 3600 % 24,
            Seconds / 60 % 60, Seconds % 60);
    return 0;
}

static VOID ShellShowPages(PCWSTR What, ULONGLONG Pages)
{
    ShPrint(L"%-22ws %10llu KiB\n", What, Pages * (PAGE_SIZE / 1024));
}

ULONG ShellDoMem(PSHELL Shell, const SH_WORDS *Words)
{
    UNREFERENCED_PARAMETER(Shell);
    if (Words->Count)
        return ShWrongUsage;
    SYSTEM_BASIC_INFORMATION Basic;
    SYSTEM_PERFORMANCE_INFORMATION Performance;
    NTSTATUS Status =
        NtQuerySystemInformation(SystemBasicInformation, &Basic, sizeof(Basic), nullptr);
    if (NT_SUCCESS(Status))
        Status = NtQuerySystemInformation(SystemPerformanceInformation, &Performance,
                                          sizeof(Performance), nullptr);
    if (!NT_SUCCESS(Status)) {
        return ShReportStatus(L"mem", Status);
    }
    ShellShowPages(L"physical memory", Basic.NumberOfPhysicalPages);
    ShellShowPages(L"  free", Performance.AvailablePages);
    ShellShowPages(L"committed", Performance.CommittedPages);
    ShellShowPages(L"  limit", Performance.CommitLimit);
    ShellShowPages(L"pool", (ULONGLONG)Performance.PagedPoolPages + Performance.NonPagedPoolPages);
    ShellShowPages(L"cache", Performance.ResidentSystemCachePage);
    ShellShowPages(L"  to be written", Performance.CcTotalDirtyPages);
    ShellShowPages(L"  may be", Performance.CcDirtyPageThreshold);
    if (Performance.CcCopyReadWait)
        ShPrint(L"  found there %u %%\n",
                (ULONG)(100ull * (Performance.CcCopyReadWait - Performance.CcCopyReadWaitMiss) /
                        Performance.CcCopyReadWait));
    return 0;
}
