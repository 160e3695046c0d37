// NtQueryInformationThread and NtSetInformationThread.
#include "psp.h"

static NTSTATUS PspQueryBasic(PVOID Object, PVOID Data)
{
    PETHREAD Thread = Object;
    *(PTHREAD_BASIC_INFORMATION)Data = (THREAD_BASIC_INFORMATION){
        .ExitStatus = Thread->ExitStatus,
        .TebBaseAddress = Thread->Teb,
        .ClientId = Thread->Cid,
        .AffinityMask = 1,
        .Priority = Thread->Priority,
        .BasePriority = Thread->BasePriority - Thread->Process->BasePriority,
    };
    return STATUS_SUCCESS;
}

static NTSTATUS PspQueryTimes(PVOID Object, PVOID Data)
{
    PETHREAD Thread = Object;
    ULONGLONG Kernel, User;
    KeQueryThreadTimes(Thread, &Kernel, &User);
    *(PKERNEL_USER_TIMES)Data = (KERNEL_USER_TIMES){
        .CreateTime = Thread->CreateTime,
        .ExitTime = Thread->ExitTime,
        .KernelTime.QuadPart = (LONGLONG)Kernel,
        .UserTime.QuadPart = (LONGLONG)User,
    };
    return STATUS_SUCCESS;
}

static NTSTATUS PspQueryIoPending(PVOID Object, PVOID Data)
{
    *(PULONG)Data = !IsListEmpty(&((PETHREAD)Object)->IoRequestListHead);
    return STATUS_SUCCESS;
}

static NTSTATUS PspQueryStartAddress(PVOID Object, PVOID Data)
{
    *(PVOID *)Data = ((PETHREAD)Object)->Win32StartAddress;
    return STATUS_SUCCESS;
}

static NTSTATUS PspQueryLastThread(PVOID Object, PVOID Data)
{
    UNREFERENCED_PARAMETER(Object); // Windows answers for the caller, whatever the handle
    *(PULONG)Data = PsGetCurrentProcess()->ActiveThreads == 1;
    return STATUS_SUCCESS;
}

static NTSTATUS PspQueryTerminated(PVOID Object, PVOID Data)
{
    *(PULONG)Data = ((PETHREAD)Object)->Header.SignalState != 0;
    return STATUS_SUCCESS;
}

static NTSTATUS PspQuerySuspendCount(PVOID Object, PVOID Data)
{
    *(PULONG)Data = ((PETHREAD)Object)->SuspendCount;
    return STATUS_SUCCESS;
}

static NTSTATUS PspQueryName(PVOID Object, VOID USER *Buffer, ULONG Length,
                             ULONG USER *ReturnLength)
{
    return PspReturnString(&((PETHREAD)Object)->Name, Buffer, Length, ReturnLength);
}

static const PSP_QUERY PspThreadQueries[] = {
    {ThreadBasicInformation, sizeof(THREAD_BASIC_INFORMATION), THREAD_QUERY_LIMITED_INFORMATION,
     PspQueryBasic, nullptr},
    {ThreadTimes, sizeof(KERNEL_USER_TIMES), THREAD_QUERY_LIMITED_INFORMATION, PspQueryTimes,
     nullptr},
    {ThreadQuerySetWin32StartAddress, sizeof(PVOID), THREAD_QUERY_INFORMATION, PspQueryStartAddress,
     nullptr},
    {ThreadAmILastThread, sizeof(ULONG), THREAD_QUERY_LIMITED_INFORMATION, PspQueryLastThread,
     nullptr},
    {ThreadIsIoPending, sizeof(ULONG), THREAD_QUERY_INFORMATION, PspQueryIoPending, nullptr},
    {ThreadIsTerminated, sizeof(ULONG), THREAD_QUERY_LIMITED_INFORMATION, PspQueryTerminated,
     nullptr},
    {ThreadPriorityBoost, sizeof(ULONG), THREAD_QUERY_INFORMATION, PspQueryZero, nullptr},
    {ThreadSuspendCount, sizeof(ULONG), THREAD_QUERY_LIMITED_INFORMATION, PspQuerySuspendCount,
     nullptr},
    {ThreadNameInformation, 0, THREAD_QUERY_LIMITED_INFORMATION, nullptr, PspQueryName},
};

NTSTATUS NtQueryInformationThread(HANDLE ThreadHandle, THREADINFOCLASS Class, VOID USER *Buffer,
                                  ULONG Length, ULONG USER *ReturnLength)
{
    return PspQueryInformation(PspThreadQueries, RTL_NUMBER_OF(PspThreadQueries), PsThreadType,
                               ThreadHandle, (ULONG)Class, Buffer, Length, ReturnLength);
}

// ---- Changes

static NTSTATUS PspSetPriority(PVOID Object, const VOID *Data)
{
    KPRIORITY Priority = *(const KPRIORITY *)Data;
    if (Priority < 1 || Priority > 31)
        return STATUS_INVALID_PARAMETER;
    if (Priority >= 16 &&
        !SeSinglePrivilegeCheck(RtlConvertUlongToLuid(SE_INC_BASE_PRIORITY_PRIVILEGE), UserMode))
        return STATUS_PRIVILEGE_NOT_HELD;
    PspSetThreadPriority(Object, Priority);
    return STATUS_SUCCESS;
}

// An increment on the priority of the process: -2..2, or -15 and 15 for the ends of its range.
static NTSTATUS PspSetIncrement(PVOID Object, const VOID *Data)
{
    LONG Increment = *(const LONG *)Data;
    PETHREAD Thread = Object;
    BOOLEAN RealTime = Thread->Process->PriorityClass == PROCESS_PRIORITY_CLASS_REALTIME;
    KPRIORITY Low = RealTime ? 16 : 1, High = RealTime ? 31 : 15;
    BOOLEAN IsEnd =
        Increment == THREAD_BASE_PRIORITY_LOWRT || Increment == -THREAD_BASE_PRIORITY_LOWRT;
    if (!IsEnd && !RealTime &&
        (Increment > THREAD_BASE_PRIORITY_MAX || Increment < THREAD_BASE_PRIORITY_MIN))
        return STATUS_INVALID_PARAMETER;

    KPRIORITY Priority = Thread->Process->BasePriority + Increment;
    if (Priority < Low)
        Priority = Low;
    if (Priority > High)
        Priority = High;
    PspSetThreadPriority(Thread, Priority);
    return STATUS_SUCCESS;
}

static NTSTATUS PspSetStartAddress(PVOID Object, const VOID *Data)
{
    ((PETHREAD)Object)->Win32StartAddress = *(PVOID const *)Data;
    return STATUS_SUCCESS;
}

// Accepted without effect: there are no priority boosts, and no debugger to hide from.
static NTSTATUS PspSetNothing(PVOID Object, const VOID *Data)
{
    UNREFERENCED_PARAMETER(Object);
    UNREFERENCED_PARAMETER(Data);
    return STATUS_SUCCESS;
}

static NTSTATUS PspSetName(PVOID Object, const VOID *Data)
{
    const UNICODE_STRING *Request = Data;
    UNICODE_STRING Name;
    PETHREAD Thread = Object;
    if (!Request->Length || (Request->Length & 1) || Request->Length > Request->MaximumLength)
        return STATUS_INVALID_PARAMETER;
    Name = (UNICODE_STRING){
        .Length = Request->Length,
        .MaximumLength = Request->Length,
        .Buffer = ExAllocatePoolWithTag(NonPagedPool, Request->Length, 'nThP'),
    };
    if (!Name.Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status =
        MmCopyFromUser(Name.Buffer, (const VOID USER *)(ULONG_PTR)Request->Buffer, Name.Length);
    if (!NT_SUCCESS(Status)) {
        ExFreePool(Name.Buffer);
        return Status;
    }
    if (Thread->Name.Buffer)
        ExFreePool(Thread->Name.Buffer);
    Thread->Name = Name;
    return STATUS_SUCCESS;
}

static NTSTATUS PspSetImpersonation(PVOID Object, const VOID *Data)
{
    HANDLE Handle = *(const HANDLE *)Data;
    if (!Handle)
        return SeImpersonate(Object, nullptr, FALSE, SecurityAnonymous);
    PTOKEN Token;
    NTSTATUS Status = ObReferenceObjectByHandle(Handle, TOKEN_IMPERSONATE, SeTokenObjectType,
                                                UserMode, (PVOID *)&Token, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = STATUS_BAD_TOKEN_TYPE;
    if (SeTokenType(Token) == TokenImpersonation)
        Status = SeImpersonate(Object, Token, FALSE, SeTokenImpersonationLevel(Token));
    ObDereferenceObject(Token);
    return Status;
}

static const PSP_SET PspThreadChanges[] = {
    {ThreadPriority, sizeof(KPRIORITY), THREAD_SET_INFORMATION, PspSetPriority},
    {ThreadBasePriority, sizeof(LONG), THREAD_SET_INFORMATION, PspSetIncrement},
    {ThreadAffinityMask, sizeof(ULONG_PTR), THREAD_SET_INFORMATION, PspSetAffinity},
    {ThreadImpersonationToken, sizeof(HANDLE), THREAD_SET_THREAD_TOKEN, PspSetImpersonation},
    {ThreadQuerySetWin32StartAddress, sizeof(PVOID), THREAD_SET_INFORMATION, PspSetStartAddress},
    {ThreadPriorityBoost, sizeof(ULONG), THREAD_SET_INFORMATION, PspSetNothing},
    {ThreadNameInformation, sizeof(THREAD_NAME_INFORMATION), THREAD_SET_LIMITED_INFORMATION,
     PspSetName},
};

NTSTATUS NtSetInformationThread(HANDLE ThreadHandle, THREADINFOCLASS Class, const VOID USER *Buffer,
                                ULONG Length)
{
    if (Class == ThreadHideFromDebugger && !Length) // takes no data
        return STATUS_SUCCESS;
    return PspSetInformation(PspThreadChanges, RTL_NUMBER_OF(PspThreadChanges), PsThreadType,
                             ThreadHandle, (ULONG)Class, Buffer, Length);
}
