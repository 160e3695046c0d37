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
    return PspReturnString(&((PETHREAD)Object)->Name, Buffer, Length, ReturnLength,
                           STATUS_BUFFER_TOO_SMALL);
}

static NTSTATUS PspQueryActualPriority(PVOID Object, PVOID Data)
{
    *(PLONG)Data = ((PETHREAD)Object)->Priority;
    return STATUS_SUCCESS;
}

static NTSTATUS PspQueryGroup(PVOID Object, PVOID Data)
{
    UNREFERENCED_PARAMETER(Object);
    ((PGROUP_AFFINITY)Data)->Mask = 1;
    return STATUS_SUCCESS;
}

// A piece of the TEB: the caller says which, and where it wants it.
static NTSTATUS PspQueryTeb(PVOID Object, VOID USER *Buffer, ULONG Length, ULONG USER *ReturnLength)
{
    PETHREAD Thread = Object;
    THREAD_TEB_INFORMATION Request;
    if (Length != sizeof(Request))
        return STATUS_INFO_LENGTH_MISMATCH;
    NTSTATUS Status = MmCopyFromUser(&Request, Buffer, sizeof(Request));
    if (!NT_SUCCESS(Status))
        return Status;
    if (Request.TebOffset > sizeof(TEB) || Request.BytesToRead > sizeof(TEB) - Request.TebOffset)
        return STATUS_INVALID_PARAMETER;
    if (!Thread->Teb || Thread->Header.SignalState)
        return STATUS_UNSUCCESSFUL;
    SIZE_T Copied;
    Status = MmCopyVirtualMemory(Thread->Process, (ULONG_PTR)Thread->Teb + Request.TebOffset,
                                 PsGetCurrentProcess(), (ULONG_PTR)Request.TebInformation,
                                 Request.BytesToRead, &Copied);
    if (NT_SUCCESS(Status) && ReturnLength)
        Status = MmWriteUser(ReturnLength, (ULONG)sizeof(Request));
    return Status;
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
    {ThreadActualBasePriority, sizeof(LONG), THREAD_QUERY_LIMITED_INFORMATION,
     PspQueryActualPriority, nullptr},
    {ThreadGroupInformation, sizeof(GROUP_AFFINITY), THREAD_QUERY_LIMITED_INFORMATION,
     PspQueryGroup, nullptr},
    {ThreadIdealProcessorEx, sizeof(PROCESSOR_NUMBER), THREAD_QUERY_INFORMATION, PspQueryZero,
     nullptr},
    {ThreadBreakOnTermination, sizeof(ULONG), THREAD_QUERY_INFORMATION, PspQueryZero, nullptr},
    {ThreadDynamicCodePolicyInfo, sizeof(ULONG), THREAD_QUERY_INFORMATION, PspQueryZero, nullptr},
    {ThreadTebInformation, 0, THREAD_GET_CONTEXT | THREAD_SET_CONTEXT, nullptr, PspQueryTeb},
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

// An empty name takes it away.
static NTSTATUS PspCaptureName(const UNICODE_STRING *Request, PUNICODE_STRING Name)
{
    *Name = (UNICODE_STRING){};
    if ((Request->Length & 1) || Request->Length > Request->MaximumLength)
        return STATUS_INVALID_PARAMETER;
    if (!Request->Length)
        return STATUS_SUCCESS;
    PWCH Buffer = ExAllocatePoolWithTag(NonPagedPool, Request->Length, 'nThP');
    if (!Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status =
        MmCopyFromUser(Buffer, (const VOID USER *)(ULONG_PTR)Request->Buffer, Request->Length);
    if (NT_SUCCESS(Status))
        *Name = (UNICODE_STRING){Request->Length, Request->Length, Buffer};
    else
        ExFreePool(Buffer);
    return Status;
}

static NTSTATUS PspSetName(PVOID Object, const VOID *Data)
{
    PETHREAD Thread = Object;
    UNICODE_STRING Name;
    NTSTATUS Status = PspCaptureName(Data, &Name);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Thread->Name.Buffer)
        ExFreePool(Thread->Name.Buffer);
    Thread->Name = Name;
    return STATUS_SUCCESS;
}

// The slot of a thread-local variable, in all threads of the caller's process: it is free again.
static NTSTATUS PspZeroTlsCell(PVOID Object, const VOID *Data)
{
    ULONG Index = *(const ULONG *)Data;
    PEPROCESS Process = PsGetCurrentProcess();
    const ULONG_PTR Zero = 0;
    if (Object != KeGetCurrentThread())
        return STATUS_INVALID_PARAMETER;
    if (Index >= TLS_MINIMUM_AVAILABLE + TLS_EXPANSION_SLOTS)
        return STATUS_INVALID_PARAMETER;
    for (PLIST_ENTRY Link = Process->ThreadListHead.Flink; Link != &Process->ThreadListHead;
         Link = Link->Flink) {
        ULONG_PTR Teb = (ULONG_PTR)CONTAINING_RECORD(Link, ETHREAD, ThreadListEntry)->Teb;
        ULONG_PTR Slot = Teb + offsetof(TEB, TlsSlots) + Index * sizeof(PVOID);
        if (Index >= TLS_MINIMUM_AVAILABLE) {
            ULONG_PTR More = 0;
            (VOID)
                MmReadProcess(Process, &More, Teb + offsetof(TEB, TlsExpansionSlots), sizeof(More));
            Slot = More ? More + (Index - TLS_MINIMUM_AVAILABLE) * sizeof(PVOID) : 0;
        }
        if (Slot)
            (VOID) MmWriteProcess(Process, Slot, &Zero, sizeof(Zero)); // the program's own memory
    }
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
    {ThreadZeroTlsCell, sizeof(ULONG), THREAD_SET_INFORMATION, PspZeroTlsCell},
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
