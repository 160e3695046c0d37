// Commands about the system as a whole.

#include "shell.h"

// ---- Information of any size

PVOID ShellQuerySystem(SYSTEM_INFORMATION_CLASS Class)
{
    ULONG Size = 0x4000;
    for (;;) {
        PVOID Block = RtlAllocateHeap(RtlProcessHeap(), 0, Size);
        if (!Block) {
            ConPrint(L"There is not enough memory.\n");
            return nullptr;
        }
        ULONG Needed = 0;
        NTSTATUS Status = NtQuerySystemInformation(Class, Block, Size, &Needed);
        if (NT_SUCCESS(Status))
            return Block;
        RtlFreeHeap(RtlProcessHeap(), 0, Block);
        if (Status != STATUS_INFO_LENGTH_MISMATCH && Status != STATUS_BUFFER_TOO_SMALL) {
            ShellError(L"the system does not tell", Status);
            return nullptr;
        }
        Size = Needed > Size ? Needed + 0x1000 : 2 * Size; // there may be more by the next call
    }
}

VOID ShellFree(PVOID Block)
{
    RtlFreeHeap(RtlProcessHeap(), 0, Block);
}

// ---- Commands

BOOLEAN ShellDoVer(PARGUMENTS Arguments)
{
    if (Arguments && Arguments->Count > 1)
        return FALSE;
    RTL_OSVERSIONINFOW Version = {.dwOSVersionInfoSize = sizeof(Version)};
    RtlGetVersion(&Version);
    ConPrint(L"Proteus [Version %lu.%lu.%lu]\n", Version.dwMajorVersion, Version.dwMinorVersion,
             Version.dwBuildNumber);
    return TRUE;
}

BOOLEAN ShellDoUptime(PARGUMENTS Arguments)
{
    if (Arguments->Count > 1)
        return FALSE;
    ULONGLONG Seconds = RtlpReadSharedTime(&SharedUserData->InterruptTime) / 10'000'000;
    ConPrint(L"up %llu days, %llu:%02llu:%02llu\n", Seconds / 86400, Seconds / 3600 % 24,
             Seconds / 60 % 60, Seconds % 60);
    return TRUE;
}

static VOID ShellShowPages(PCWSTR What, ULONGLONG Pages)
{
    ConPrint(L"%-22ws %10llu KiB\n", What, Pages * (PAGE_SIZE / 1024));
}

BOOLEAN ShellDoMem(PARGUMENTS Arguments)
{
    if (Arguments->Count > 1)
        return FALSE;
    SYSTEM_BASIC_INFORMATION Basic;
    SYSTEM_PERFORMANCE_INFORMATION Performance;
    NTSTATUS Status =
        NtQuerySystemInformation(SystemBasicInformation, &Basic, sizeof(Basic), nullptr);
    if (NT_SUCCESS(Status))
        Status = NtQuerySystemInformation(SystemPerformanceInformation, &Performance,
                                          sizeof(Performance), nullptr);
    if (!NT_SUCCESS(Status)) {
        ShellError(L"mem", Status);
        return TRUE;
    }
    ShellShowPages(L"physical memory", Basic.NumberOfPhysicalPages);
    ShellShowPages(L"  free", Performance.AvailablePages);
    ShellShowPages(L"committed", Performance.CommittedPages);
    ShellShowPages(L"  limit", Performance.CommitLimit);
    ShellShowPages(L"pool", (ULONGLONG)Performance.PagedPoolPages + Performance.NonPagedPoolPages);
    return TRUE;
}
