// NtQuerySystemInformation: the table of classes, and those that describe the machine as a whole.
#include "exp.h"

#include <nt/nthosteddrivers.h>

constexpr ULONG_PTR EXP_LOWEST_USER_ADDRESS = 0x10000;
constexpr ULONG_PTR EXP_HIGHEST_USER_ADDRESS = 0x7FFFFFFEFFFF;

NTSTATUS ExpAnswerAtLeast(PEXP_QUERY Query, const VOID *Data, ULONG Size)
{
    Query->Needed = Size;
    if (Query->Length < Size)
        return STATUS_INFO_LENGTH_MISMATCH;
    return MmCopyToUser(Query->Buffer, Data, Size);
}

NTSTATUS ExpAnswer(PEXP_QUERY Query, const VOID *Data, ULONG Size)
{
    Query->Needed = Size;
    if (Query->Length != Size)
        return STATUS_INFO_LENGTH_MISMATCH;
    return MmCopyToUser(Query->Buffer, Data, Size);
}

static NTSTATUS ExpQueryBasic(PEXP_QUERY Query)
{
    MM_STATISTICS Memory;
    MmQueryStatistics(&Memory);
    SYSTEM_BASIC_INFORMATION Information = {
        .TimerResolution = 156250,
        .PageSize = PAGE_SIZE,
        .NumberOfPhysicalPages = (ULONG)Memory.TotalPages,
        .LowestPhysicalPageNumber = 1,
        .HighestPhysicalPageNumber = (ULONG)Memory.HighestPage,
        .AllocationGranularity = ALLOCATION_GRANULARITY,
        .MinimumUserModeAddress = EXP_LOWEST_USER_ADDRESS,
        .MaximumUserModeAddress = EXP_HIGHEST_USER_ADDRESS,
        .ActiveProcessorsAffinityMask = 1,
        .NumberOfProcessors = 1,
    };
    return ExpAnswer(Query, &Information, sizeof(Information));
}

// What is not counted here is zero, and there is no paging file.
static NTSTATUS ExpQueryPerformance(PEXP_QUERY Query)
{
    MM_STATISTICS Memory;
    CC_STATISTICS Cache;
    MmQueryStatistics(&Memory);
    CcQueryStatistics(&Cache);
    SYSTEM_PERFORMANCE_INFORMATION Information = {
        .AvailablePages = (ULONG)Memory.FreePages,
        .CommittedPages = (ULONG)Memory.CommittedPages,
        .CommitLimit = (ULONG)Memory.CommitLimit,
        .PeakCommitment = (ULONG)Memory.PeakCommittedPages,
        .NonPagedPoolPages = (ULONG)(Memory.PoolBytes / PAGE_SIZE),
        .ResidentAvailablePages = (LONGLONG)Memory.FreePages,
        .ResidentSystemCachePage = (ULONG)Cache.Pages,
        .CacheReadCount = (ULONG)Cache.PagesRead,
        .CacheIoCount = (ULONG)Cache.PageReads,
        .DirtyPagesWriteCount = (ULONG)Cache.PagesWritten,
        .DirtyWriteIoCount = (ULONG)Cache.PageWrites,
        .CcCopyReadWait = (ULONG)(Cache.Hits + Cache.Misses),
        .CcCopyReadWaitMiss = (ULONG)Cache.Misses,
        .CcReadAheadIos = (ULONG)Cache.ReadAheads,
        .CcLazyWriteIos = (ULONG)Cache.PageWrites,
        .CcLazyWritePages = (ULONG)Cache.PagesWritten,
        .CcTotalDirtyPages = Cache.DirtyPages,
        .CcDirtyPageThreshold = CcQueryDirtyLimit(),
    };
    return ExpAnswerAtLeast(Query, &Information, sizeof(Information));
}

static NTSTATUS ExpQueryBasicPerformance(PEXP_QUERY Query)
{
    MM_STATISTICS Memory;
    MmQueryStatistics(&Memory);
    SYSTEM_BASIC_PERFORMANCE_INFORMATION Information = {
        .AvailablePages = Memory.FreePages,
        .CommittedPages = Memory.CommittedPages,
        .CommitLimit = Memory.CommitLimit,
        .PeakCommitment = Memory.PeakCommittedPages,
    };
    return ExpAnswer(Query, &Information, sizeof(Information));
}

static NTSTATUS ExpQueryMemoryStatistics(PEXP_QUERY Query)
{
    MM_STATISTICS Memory;
    MmQueryStatistics(&Memory);
    SYSTEM_MEMORY_STATISTICS Information = {
        .TotalPages = Memory.TotalPages,
        .FreePages = Memory.FreePages,
        .CommittedPages = Memory.CommittedPages,
        .CommitLimit = Memory.CommitLimit,
        .PoolBytes = Memory.PoolBytes,
        .SlotsInUse = Memory.SlotsInUse,
        .KernelObjectBytes = Memory.KernelObjectBytes,
    };
    return ExpAnswer(Query, &Information, sizeof(Information));
}

static NTSTATUS ExpQueryFileCache(PEXP_QUERY Query)
{
    CC_STATISTICS Cache;
    CcQueryStatistics(&Cache);
    SYSTEM_FILECACHE_INFORMATION Information = {
        .CurrentSize = Cache.Pages * PAGE_SIZE,
        .PeakSize = Cache.PeakPages * PAGE_SIZE,
        .PageFaultCount = (ULONG)Cache.Misses,
        .CurrentSizeIncludingTransitionInPages = Cache.Pages,
        .PeakSizeIncludingTransitionInPages = Cache.PeakPages,
    };
    return ExpAnswer(Query, &Information, sizeof(Information));
}

// Older programs pass a shorter structure and get the front of it.
static NTSTATUS ExpQueryTimeOfDay(PEXP_QUERY Query)
{
    SYSTEM_TIMEOFDAY_INFORMATION Information = {
        .TimeZoneId = KeUserSharedData->TimeZoneId,
    };
    KeQuerySystemTime(&Information.CurrentTime);
    Information.BootTime.QuadPart =
        Information.CurrentTime.QuadPart - (LONGLONG)KeQueryInterruptTime();
    Information.TimeZoneBias.LowPart = KeUserSharedData->TimeZoneBias.LowPart;
    Information.TimeZoneBias.HighPart = KeUserSharedData->TimeZoneBias.High1Time;
    if (Query->Length > sizeof(Information)) {
        Query->Needed = sizeof(Information);
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    Query->Needed = Query->Length;
    return MmCopyToUser(Query->Buffer, &Information, Query->Length);
}

// UTC, without daylight saving.
static NTSTATUS ExpQueryTimeZone(PEXP_QUERY Query)
{
    RTL_DYNAMIC_TIME_ZONE_INFORMATION Information = {
        .Standard.StandardName = L"UTC",
        .Standard.DaylightName = L"UTC",
        .TimeZoneKeyName = L"UTC",
    };
    ULONG Size = Query->Class == SystemCurrentTimeZoneInformation ? sizeof(Information.Standard)
                                                                  : sizeof(Information);
    return ExpAnswerAtLeast(Query, &Information, Size);
}

static NTSTATUS ExpQueryFlags(PEXP_QUERY Query)
{
    SYSTEM_FLAGS_INFORMATION Information = {}; // no global debug flag is set
    return ExpAnswer(Query, &Information, sizeof(Information));
}

static NTSTATUS ExpQueryKernelDebugger(PEXP_QUERY Query)
{
    SYSTEM_KERNEL_DEBUGGER_INFORMATION Information = {.KernelDebuggerNotPresent = TRUE};
    return ExpAnswerAtLeast(Query, &Information, sizeof(Information));
}

static NTSTATUS ExpQueryKernelDebuggerEx(PEXP_QUERY Query)
{
    SYSTEM_KERNEL_DEBUGGER_INFORMATION_EX Information = {};
    return ExpAnswerAtLeast(Query, &Information, sizeof(Information));
}

static NTSTATUS ExpQueryDataAlignment(PEXP_QUERY Query)
{
    ULONG CacheLine = 64;
    return ExpAnswerAtLeast(Query, &CacheLine, sizeof(CacheLine));
}

static NTSTATUS ExpQueryNoPageFiles(PEXP_QUERY Query)
{
    (void)Query; // there are none: the list is empty
    return STATUS_SUCCESS;
}

typedef NTSTATUS EXP_QUERY_ROUTINE(PEXP_QUERY Query);

static EXP_QUERY_ROUTINE *const ExpClasses[MaxSystemInfoClass] = {
    [SystemBasicInformation] = ExpQueryBasic,
    [SystemProcessorInformation] = ExpQueryProcessor,
    [SystemPerformanceInformation] = ExpQueryPerformance,
    [SystemTimeOfDayInformation] = ExpQueryTimeOfDay,
    [SystemProcessInformation] = ExpQueryProcesses,
    [SystemProcessorPerformanceInformation] = ExpQueryProcessorPerformance,
    [SystemModuleInformation] = ExpQueryModules,
    [SystemFlagsInformation] = ExpQueryFlags,
    [SystemHandleInformation] = ExpQueryHandles,
    [SystemPageFileInformation] = ExpQueryNoPageFiles,
    [SystemFileCacheInformation] = ExpQueryFileCache,
    [SystemPoolTagInformation] = ExpQueryPoolTags,
    [SystemKernelDebuggerInformation] = ExpQueryKernelDebugger,
    [SystemCurrentTimeZoneInformation] = ExpQueryTimeZone,
    [SystemRecommendedSharedDataAlignment] = ExpQueryDataAlignment,
    [SystemEmulationBasicInformation] = ExpQueryBasic,
    [SystemEmulationProcessorInformation] = ExpQueryProcessor,
    [SystemExtendedHandleInformation] = ExpQueryHandlesEx,
    [SystemLogicalProcessorInformation] = ExpQueryLogicalProcessors,
    [SystemFirmwareTableInformation] = ExpQueryFirmwareTable,
    [SystemProcessIdInformation] = ExpQueryProcessId,
    [SystemDynamicTimeZoneInformation] = ExpQueryTimeZone,
    [SystemProcessorBrandString] = ExpQueryProcessorBrand,
    [SystemProcessorCycleTimeInformation] = ExpQueryProcessorCycles,
    [SystemBasicPerformanceInformation] = ExpQueryBasicPerformance,
    [SystemKernelDebuggerInformationEx] = ExpQueryKernelDebuggerEx,
};

static EXP_QUERY_ROUTINE *ExpPlainClass(ULONG Class)
{
    if (Class == SystemMemoryStatistics)
        return ExpQueryMemoryStatistics;
    if (Class == SystemHostedDrivers)
        return ExpQueryHostedDrivers;
    return Class < MaxSystemInfoClass ? ExpClasses[Class] : nullptr;
}

// Those that take an input buffer.
static EXP_QUERY_ROUTINE *ExpExtendedClass(ULONG Class)
{
    switch (Class) {
    case SystemLogicalProcessorInformation:
        return ExpQueryLogicalProcessors;
    case SystemLogicalProcessorAndGroupInformation:
        return ExpQueryLogicalProcessorsEx;
    case SystemSupportedProcessorArchitectures:
        return ExpQueryArchitectures;
    case SystemProcessorPerformanceInformation:
        return ExpQueryProcessorPerformance;
    case SystemProcessorCycleTimeInformation:
        return ExpQueryProcessorCycles;
    default:
        return nullptr;
    }
}

static NTSTATUS ExpRunQuery(EXP_QUERY_ROUTINE *Routine, PEXP_QUERY Query, ULONG USER *ReturnLength)
{
    NTSTATUS Status = Routine(Query);
    NTSTATUS WriteStatus = ExpWriteOptional(ReturnLength, Query->Needed);
    return NT_SUCCESS(WriteStatus) ? Status : WriteStatus;
}

NTSTATUS NtQuerySystemInformation(ULONG SystemInformationClass, VOID USER *SystemInformation,
                                  ULONG SystemInformationLength, ULONG USER *ReturnLength)
{
    EXP_QUERY_ROUTINE *Routine = ExpPlainClass(SystemInformationClass);
    if (!Routine)
        return STATUS_INVALID_INFO_CLASS;
    EXP_QUERY Query = {
        .Class = SystemInformationClass,
        .Buffer = SystemInformation,
        .Length = SystemInformationLength,
    };
    return ExpRunQuery(Routine, &Query, ReturnLength);
}

NTSTATUS NtQuerySystemInformationEx(ULONG SystemInformationClass, const VOID USER *InputBuffer,
                                    ULONG InputBufferLength, VOID USER *SystemInformation,
                                    ULONG SystemInformationLength, ULONG USER *ReturnLength)
{
    EXP_QUERY_ROUTINE *Routine = ExpExtendedClass(SystemInformationClass);
    if (!Routine)
        return STATUS_INVALID_INFO_CLASS;
    if (!InputBuffer || !InputBufferLength)
        return STATUS_INVALID_PARAMETER;
    EXP_QUERY Query = {
        .Class = SystemInformationClass,
        .Buffer = SystemInformation,
        .Length = SystemInformationLength,
        .Input = InputBuffer,
        .InputLength = InputBufferLength,
    };
    return ExpRunQuery(Routine, &Query, ReturnLength);
}
