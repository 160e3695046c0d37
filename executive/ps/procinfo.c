// NtQueryInformationProcess and NtSetInformationProcess.
#include "psp.h"

// ---- Queries. Data points to zeroed room for the class's structure.

static NTSTATUS PspQueryBasic(PVOID Object, PVOID Data)
{
    PEPROCESS Process = Object;
    *(PPROCESS_BASIC_INFORMATION)Data = (PROCESS_BASIC_INFORMATION){
        .ExitStatus = Process->ExitStatus,
        .PebBaseAddress = Process->Peb,
        .AffinityMask = 1,
        .BasePriority = Process->BasePriority,
        .UniqueProcessId = Process->UniqueProcessId,
        .InheritedFromUniqueProcessId = Process->InheritedFromUniqueProcessId,
    };
    return STATUS_SUCCESS;
}

static NTSTATUS PspQueryVm(PVOID Object, PVOID Data)
{
    VM_COUNTERS_EX Counters;
    MmQueryVmCounters(Object, &Counters);
    *(PVM_COUNTERS)Data = Counters.Counters;
    return STATUS_SUCCESS;
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

static NTSTATUS PspQueryHandleCount(PVOID Object, PVOID Data)
{
    PHANDLE_TABLE Table = ((PEPROCESS)Object)->ObjectTable;
    *(PULONG)Data = Table ? ObGetHandleCount(Table) : 0;
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

static NTSTATUS PspQueryDebugFlags(PVOID Object, PVOID Data)
{
    UNREFERENCED_PARAMETER(Object);
    *(PULONG)Data = 1; // children of a debugged process are debugged too: the default
    return STATUS_SUCCESS;
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

static NTSTATUS PspQueryImageName(PVOID Object, VOID USER *Buffer, ULONG Length,
                                  ULONG USER *ReturnLength)
{
    return PspReturnString(&((PEPROCESS)Object)->ImageFileName, Buffer, Length, ReturnLength);
}

static const PSP_QUERY PspProcessQueries[] = {
    {ProcessBasicInformation, sizeof(PROCESS_BASIC_INFORMATION), PROCESS_QUERY_LIMITED_INFORMATION,
     PspQueryBasic, nullptr},
    {ProcessQuotaLimits, sizeof(QUOTA_LIMITS), PROCESS_QUERY_LIMITED_INFORMATION, PspQueryQuota,
     nullptr},
    {ProcessVmCounters, sizeof(VM_COUNTERS), PROCESS_QUERY_LIMITED_INFORMATION, PspQueryVm,
     nullptr},
    {ProcessTimes, sizeof(KERNEL_USER_TIMES), PROCESS_QUERY_LIMITED_INFORMATION, PspQueryTimes,
     nullptr},
    {ProcessPriorityClass, sizeof(PROCESS_PRIORITY_CLASS), PROCESS_QUERY_LIMITED_INFORMATION,
     PspQueryPriorityClass, nullptr},
    {ProcessHandleCount, sizeof(ULONG), PROCESS_QUERY_LIMITED_INFORMATION, PspQueryHandleCount,
     nullptr},
    {ProcessAffinityMask, sizeof(ULONG_PTR), PROCESS_QUERY_INFORMATION, PspQueryAffinity, nullptr},
    {ProcessSessionInformation, sizeof(PROCESS_SESSION_INFORMATION),
     PROCESS_QUERY_LIMITED_INFORMATION, PspQueryZero, nullptr},
    {ProcessWow64Information, sizeof(ULONG_PTR), PROCESS_QUERY_LIMITED_INFORMATION, PspQueryZero,
     nullptr},
    {ProcessDebugPort, sizeof(HANDLE), PROCESS_QUERY_INFORMATION, PspQueryZero, nullptr},
    {ProcessDebugObjectHandle, sizeof(HANDLE), PROCESS_QUERY_INFORMATION, PspQueryNoDebugObject,
     nullptr},
    {ProcessDebugFlags, sizeof(ULONG), PROCESS_QUERY_INFORMATION, PspQueryDebugFlags, nullptr},
    {ProcessCookie, sizeof(ULONG), PROCESS_QUERY_LIMITED_INFORMATION, PspQueryCookie, nullptr},
    {ProcessDefaultHardErrorMode, sizeof(ULONG), PROCESS_QUERY_INFORMATION, PspQueryErrorMode,
     nullptr},
    {ProcessImageInformation, sizeof(SECTION_IMAGE_INFORMATION), PROCESS_QUERY_INFORMATION,
     PspQueryImageInformation, nullptr},
    {ProcessImageFileName, 0, PROCESS_QUERY_LIMITED_INFORMATION, nullptr, PspQueryImageName},
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

static const PSP_SET PspProcessChanges[] = {
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
