// NtQueryInformationProcess and NtSetInformationProcess.
#include "psp.h"

// ---- Queries. Data points to zeroed room for the class's structure.

static NTSTATUS PspQueryTimes(PVOID Object, PVOID Data)
{
    PEPROCESS Process = Object;
    ULONGLONG Kernel, User;
    PsQueryProcessTimes(Process, &Kernel, &User);
    *(PKERNEL_USER_TIMES)Data = (KERNEL_USER_TIMES){
        .CreateTime = Process->CreateTime,
        .ExitTime = Process->ExitTime,
        .KernelTime.QuadPart = (LONGLONG)Kernel,
        .UserTime.QuadPart = (LONGLONG)User,
    };
    return STATUS_SUCCESS;
}

static NTSTATUS PspQueryPriorityClass(PVOID Object, PVOID Data)
{
    ((PPROCESS_PRIORITY_CLASS)Data)->PriorityClass = ((PEPROCESS)Object)->PriorityClass;
    return STATUS_SUCCESS;
}

static NTSTATUS PspQueryAffinity(PVOID Object, PVOID Data)
{
    UNREFERENCED_PARAMETER(Object);
    *(PULONG_PTR)Data = 1;
    return STATUS_SUCCESS;
}

static NTSTATUS PspQueryNoDebugObject(PVOID Object, PVOID Data)
{
    UNREFERENCED_PARAMETER(Object);
    UNREFERENCED_PARAMETER(Data);
    return STATUS_PORT_NOT_SET;
}

static NTSTATUS PspQueryCookie(PVOID Object, PVOID Data)
{
    PEPROCESS Process = Object;
    if (Process != PsGetCurrentProcess())
        return STATUS_INVALID_PARAMETER;
    while (!Process->Cookie)
        ExGetRandomBytes(&Process->Cookie, sizeof(Process->Cookie));
    *(PULONG)Data = Process->Cookie;
    return STATUS_SUCCESS;
}

static NTSTATUS PspQueryErrorMode(PVOID Object, PVOID Data)
{
    *(PULONG)Data = ((PEPROCESS)Object)->HardErrorMode;
    return STATUS_SUCCESS;
}

static NTSTATUS PspQueryImageInformation(PVOID Object, PVOID Data)
{
    PEPROCESS Process = Object;
    if (!Process->SectionObject)
        return STATUS_INVALID_PARAMETER;
    return MmQuerySectionImageInformation(Process->SectionObject, Data);
}

// Only the working set has limits of its own.
static NTSTATUS PspQueryQuota(PVOID Object, PVOID Data)
{
    PQUOTA_LIMITS Limits = Data;
    *Limits = (QUOTA_LIMITS){
        .PagedPoolLimit = MAXULONG_PTR,
        .NonPagedPoolLimit = MAXULONG_PTR,
        .PagefileLimit = MAXULONG_PTR,
        .TimeLimit.QuadPart = -1,
    };
    MmQueryWorkingSetLimits(Object, &Limits->MinimumWorkingSetSize, &Limits->MaximumWorkingSetSize);
    return STATUS_SUCCESS;
}

static NTSTATUS PspQueryOne(PVOID Object, PVOID Data)
{
    UNREFERENCED_PARAMETER(Object);
    *(PULONG)Data = 1;
    return STATUS_SUCCESS;
}

// Data cannot be executed, and a 64-bit process cannot change that.
static NTSTATUS PspQueryExecuteFlags(PVOID Object, PVOID Data)
{
    UNREFERENCED_PARAMETER(Object);
    constexpr ULONG ExecuteDisable = 1, DisableThunkEmulation = 4, Permanent = 8;
    *(PULONG)Data = ExecuteDisable | DisableThunkEmulation | Permanent;
    return STATUS_SUCCESS;
}

#define LIMITED PROCESS_QUERY_LIMITED_INFORMATION
#define FULL    PROCESS_QUERY_INFORMATION

static const PSP_QUERY PspProcessQueries[] = {
    {ProcessBasicInformation, 0, LIMITED, nullptr, PspQueryBasicSizes},
    {ProcessQuotaLimits, sizeof(QUOTA_LIMITS), LIMITED, PspQueryQuota, nullptr},
    {ProcessVmCounters, 0, LIMITED, nullptr, PspQueryVmSizes},
    {ProcessTimes, sizeof(KERNEL_USER_TIMES), LIMITED, PspQueryTimes, nullptr},
    {ProcessPriorityClass, sizeof(PROCESS_PRIORITY_CLASS), LIMITED, PspQueryPriorityClass, nullptr},
    {ProcessPriorityBoost, sizeof(ULONG), LIMITED, PspQueryZero, nullptr},
    {ProcessHandleCount, 0, LIMITED, nullptr, PspQueryHandleCounts},
    {ProcessAffinityMask, sizeof(ULONG_PTR), FULL, PspQueryAffinity, nullptr},
    {ProcessDeviceMap, 0, FULL, nullptr, PspQueryDeviceMap},
    {ProcessSessionInformation, sizeof(PROCESS_SESSION_INFORMATION), LIMITED, PspQueryZero,
     nullptr},
    {ProcessWow64Information, sizeof(ULONG_PTR), LIMITED, PspQueryZero, nullptr},
    {ProcessLUIDDeviceMapsEnabled, sizeof(ULONG), FULL, PspQueryOne, nullptr},
    {ProcessBreakOnTermination, sizeof(ULONG), FULL, PspQueryZero, nullptr},
    {ProcessExecuteFlags, sizeof(ULONG), FULL, PspQueryExecuteFlags, nullptr},
    {ProcessDebugPort, sizeof(HANDLE), FULL, PspQueryZero, nullptr},
    {ProcessDebugObjectHandle, sizeof(HANDLE), FULL, PspQueryNoDebugObject, nullptr},
    // Children of a debugged process are debugged too: the default.
    {ProcessDebugFlags, sizeof(ULONG), FULL, PspQueryOne, nullptr},
    {ProcessCookie, sizeof(ULONG), LIMITED, PspQueryCookie, nullptr},
    {ProcessDefaultHardErrorMode, sizeof(ULONG), FULL, PspQueryErrorMode, nullptr},
    {ProcessImageInformation, sizeof(SECTION_IMAGE_INFORMATION), FULL, PspQueryImageInformation,
     nullptr},
    {ProcessImageFileName, 0, LIMITED, nullptr, PspQueryImageName},
    {ProcessImageFileNameWin32, 0, LIMITED, nullptr, PspQueryWin32Name},
    {ProcessGroupInformation, 0, FULL, nullptr, PspQueryProcessorGroups},
    {ProcessConsoleHostProcess, sizeof(ULONG_PTR), LIMITED, PspQueryZero, nullptr},
    {ProcessHandleInformation, 0, FULL, nullptr, PspQueryHandles},
    {ProcessCommandLineInformation, 0, LIMITED, nullptr, PspQueryCommandLine},
    {ProcessProtectionInformation, sizeof(UCHAR), LIMITED, PspQueryZero, nullptr},
    {ProcessChildProcessInformation, sizeof(PROCESS_CHILD_PROCESS_INFORMATION), LIMITED,
     PspQueryZero, nullptr},
    {ProcessSubsystemInformation, sizeof(ULONG), LIMITED, PspQueryZero, nullptr},
};

NTSTATUS NtQueryInformationProcess(HANDLE ProcessHandle, PROCESSINFOCLASS Class, VOID USER *Buffer,
                                   ULONG Length, ULONG USER *ReturnLength)
{
    return PspQueryInformation(PspProcessQueries, RTL_NUMBER_OF(PspProcessQueries), PsProcessType,
                               ProcessHandle, (ULONG)Class, Buffer, Length, ReturnLength);
}

// ---- Changes

static NTSTATUS PspSetBasePriority(PVOID Object, const VOID *Data)
{
    KPRIORITY Priority = *(const KPRIORITY *)Data;
    if (Priority < 1 || Priority > 31)
        return STATUS_INVALID_PARAMETER;
    PEPROCESS Process = Object;
    if (Priority > Process->BasePriority &&
        !SeSinglePrivilegeCheck(RtlConvertUlongToLuid(SE_INC_BASE_PRIORITY_PRIVILEGE), UserMode))
        return STATUS_PRIVILEGE_NOT_HELD;
    PspSetProcessPriority(Process, Priority);
    return STATUS_SUCCESS;
}

static NTSTATUS PspSetClass(PVOID Object, const VOID *Data)
{
    UCHAR Class = ((const PROCESS_PRIORITY_CLASS *)Data)->PriorityClass;
    if (Class > PROCESS_PRIORITY_CLASS_ABOVE_NORMAL)
        return STATUS_INVALID_PARAMETER;
    if (Class == PROCESS_PRIORITY_CLASS_REALTIME &&
        !SeSinglePrivilegeCheck(RtlConvertUlongToLuid(SE_INC_BASE_PRIORITY_PRIVILEGE), UserMode))
        return STATUS_PRIVILEGE_NOT_HELD;
    PspSetPriorityClass(Object, Class);
    return STATUS_SUCCESS;
}

static NTSTATUS PspSetQuota(PVOID Object, const VOID *Data)
{
    const QUOTA_LIMITS *Limits = Data;
    if (!Limits->MinimumWorkingSetSize || !Limits->MaximumWorkingSetSize)
        return STATUS_INVALID_PARAMETER; // no other quota can be set
    return MmSetWorkingSetLimits(Object, Limits->MinimumWorkingSetSize,
                                 Limits->MaximumWorkingSetSize);
}

static NTSTATUS PspSetErrorMode(PVOID Object, const VOID *Data)
{
    ((PEPROCESS)Object)->HardErrorMode = *(const ULONG *)Data;
    return STATUS_SUCCESS;
}

static NTSTATUS PspSetToken(PVOID Object, const VOID *Data)
{
    PEPROCESS Process = Object;
    PTOKEN Token, New;
    NTSTATUS Status =
        ObReferenceObjectByHandle(((const PROCESS_ACCESS_TOKEN *)Data)->Token, TOKEN_ASSIGN_PRIMARY,
                                  SeTokenObjectType, UserMode, (PVOID *)&Token, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    Status =
        SeTokenType(Token) == TokenPrimary ? SeCheckPrimaryToken(Token) : STATUS_BAD_TOKEN_TYPE;
    if (NT_SUCCESS(Status) && Process->ActiveThreads)
        Status = STATUS_NOT_SUPPORTED; // as on Windows: only before the first thread
    if (NT_SUCCESS(Status))
        Status = SeSubProcessToken(Token, &New);
    ObDereferenceObject(Token);
    if (!NT_SUCCESS(Status))
        return Status;
    ObDereferenceObject(Process->Token);
    Process->Token = New;
    return STATUS_SUCCESS;
}

static NTSTATUS PspSetDeviceMap(PVOID Object, const VOID *Data)
{
    return ObSetDeviceMap(Object, *(const HANDLE *)Data);
}

static const PSP_SET PspProcessChanges[] = {
    {ProcessDeviceMap, sizeof(HANDLE), PROCESS_SET_INFORMATION, PspSetDeviceMap},
    {ProcessBasePriority, sizeof(KPRIORITY), PROCESS_SET_INFORMATION, PspSetBasePriority},
    {ProcessPriorityClass, sizeof(PROCESS_PRIORITY_CLASS), PROCESS_SET_INFORMATION, PspSetClass},
    {ProcessAffinityMask, sizeof(ULONG_PTR), PROCESS_SET_INFORMATION, PspSetAffinity},
    {ProcessQuotaLimits, sizeof(QUOTA_LIMITS), PROCESS_SET_QUOTA, PspSetQuota},
    {ProcessDefaultHardErrorMode, sizeof(ULONG), PROCESS_SET_INFORMATION, PspSetErrorMode},
    {ProcessAccessToken, sizeof(PROCESS_ACCESS_TOKEN), PROCESS_SET_INFORMATION, PspSetToken},
};

NTSTATUS NtSetInformationProcess(HANDLE ProcessHandle, PROCESSINFOCLASS Class,
                                 const VOID USER *Buffer, ULONG Length)
{
    return PspSetInformation(PspProcessChanges, RTL_NUMBER_OF(PspProcessChanges), PsProcessType,
                             ProcessHandle, (ULONG)Class, Buffer, Length);
}
