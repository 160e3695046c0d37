// What drivers ask of a thread and set on it: priority, identity, APC disabling, stack.

#include "kep.h"

PKTHREAD NTAPI KeGetCurrentThread(void)
{
    return KiCurrentThread();
}

PETHREAD NTAPI PsGetCurrentThread(void)
{
    return (PETHREAD)KiCurrentThread();
}

HANDLE NTAPI PsGetCurrentThreadId(void)
{
    return KiCurrentThread()->ThreadId;
}

HANDLE NTAPI PsGetThreadId(PETHREAD Thread)
{
    return Thread->Cid.UniqueThread;
}

HANDLE NTAPI PsGetThreadProcessId(PETHREAD Thread)
{
    return Thread->Cid.UniqueProcess;
}

BOOLEAN NTAPI PsIsSystemThread(PETHREAD Thread)
{
    return Thread->SystemThread;
}

BOOLEAN NTAPI IoIsSystemThread(PETHREAD Thread)
{
    return Thread->SystemThread;
}

NTSTATUS NTAPI PsGetThreadExitStatus(PETHREAD Thread)
{
    KI_THREAD_BASIC_INFORMATION Information = {.ExitStatus = STATUS_PENDING};
    if (!KiIsRemote(&Thread->Tcb.Header))
        return Thread->ExitStatus;
    NtQueryInformationThread(Thread->Handle, ThreadBasicInformation, &Information,
                             sizeof(Information), nullptr);
    return Information.ExitStatus;
}

BOOLEAN NTAPI PsIsThreadTerminating(PETHREAD Thread)
{
    return KiIsRemote(&Thread->Tcb.Header) ? PsGetThreadExitStatus(Thread) != STATUS_PENDING
                                           : Thread->Tcb.Header.SignalState > 0;
}

KPRIORITY NTAPI KeQueryPriorityThread(PKTHREAD Thread)
{
    return Thread->Priority;
}

KPRIORITY NTAPI KeSetPriorityThread(PKTHREAD Thread, KPRIORITY Priority)
{
    KPRIORITY Previous = Thread->Priority;
    Thread->Priority = Priority;
    HANDLE Handle = ZwCurrentThread();
    if (Thread != KiCurrentThread() && !NT_SUCCESS(KiOpenThread(Thread, &Handle)))
        return Previous; // it has ended
    NtSetInformationThread(Handle, ThreadPriority, &Priority, sizeof(Priority));
    if (Handle != ZwCurrentThread())
        NtClose(Handle);
    return Previous;
}

LONG NTAPI KeSetBasePriorityThread(PKTHREAD Thread, LONG Increment)
{
    return KeSetPriorityThread(Thread, LOW_REALTIME_PRIORITY / 2 + Increment) -
           LOW_REALTIME_PRIORITY / 2;
}

// ---- APC disabling

VOID NTAPI KeEnterCriticalRegion(void)
{
    KiCurrentThread()->KernelApcDisable--;
}

VOID NTAPI KeLeaveCriticalRegion(void)
{
    PKTHREAD Thread = KiCurrentThread();
    if (!++Thread->KernelApcDisable)
        KiCheckApcs(Thread);
}

VOID NTAPI KeEnterGuardedRegion(void)
{
    KiCurrentThread()->SpecialApcDisable--;
}

VOID NTAPI KeLeaveGuardedRegion(void)
{
    PKTHREAD Thread = KiCurrentThread();
    if (!++Thread->SpecialApcDisable)
        KiCheckApcs(Thread);
}

BOOLEAN NTAPI KeAreApcsDisabled(void)
{
    PKTHREAD Thread = KiCurrentThread();
    return Thread->KernelApcDisable || Thread->SpecialApcDisable;
}

BOOLEAN NTAPI KeAreAllApcsDisabled(void)
{
    PKTHREAD Thread = KiCurrentThread();
    return Thread->SpecialApcDisable || Thread->Irql >= APC_LEVEL;
}

// ---- Stack

VOID NTAPI IoGetStackLimits(PULONG_PTR LowLimit, PULONG_PTR HighLimit)
{
    // What lies below the limit grows when it is touched, down to what was reserved.
    *HighLimit = __readgsqword(KI_TEB_STACK_BASE);
    *LowLimit = __readgsqword(KI_TEB_DEALLOCATION_STACK) + 2 * PAGE_SIZE;
}

ULONG_PTR NTAPI IoGetRemainingStackSize(void)
{
    ULONG_PTR Low, High;
    IoGetStackLimits(&Low, &High);
    return (ULONG_PTR)&Low - Low;
}

LOGICAL NTAPI IoWithinStackLimits(ULONG_PTR RegionStart, SIZE_T RegionSize)
{
    ULONG_PTR Low, High;
    IoGetStackLimits(&Low, &High);
    return RegionStart >= Low && RegionStart <= High && RegionSize <= High - RegionStart;
}

// Stacks are large enough for what Windows guarantees after an expansion.
NTSTATUS NTAPI KeExpandKernelStackAndCalloutEx(PEXPAND_STACK_CALLOUT Callout, PVOID Parameter,
                                               SIZE_T Size, BOOLEAN Wait, PVOID Context)
{
    UNREFERENCED_PARAMETER(Wait);
    UNREFERENCED_PARAMETER(Context);
    if (Size > MAXIMUM_EXPANSION_SIZE)
        return STATUS_INVALID_PARAMETER_3;
    if (IoGetRemainingStackSize() < Size)
        return STATUS_NO_MEMORY;
    Callout(Parameter);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI KeExpandKernelStackAndCallout(PEXPAND_STACK_CALLOUT Callout, PVOID Parameter,
                                             SIZE_T Size)
{
    return KeExpandKernelStackAndCalloutEx(Callout, Parameter, Size, TRUE, nullptr);
}

// The floating-point registers belong to the thread, in a driver as in a program.
NTSTATUS NTAPI KeSaveFloatingPointState(PKFLOATING_SAVE FloatSave)
{
    UNREFERENCED_PARAMETER(FloatSave);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI KeRestoreFloatingPointState(PKFLOATING_SAVE FloatSave)
{
    UNREFERENCED_PARAMETER(FloatSave);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI KeSaveExtendedProcessorState(ULONG64 Mask, PXSTATE_SAVE XStateSave)
{
    UNREFERENCED_PARAMETER(Mask);
    UNREFERENCED_PARAMETER(XStateSave);
    return STATUS_SUCCESS;
}

VOID NTAPI KeRestoreExtendedProcessorState(PXSTATE_SAVE XStateSave)
{
    UNREFERENCED_PARAMETER(XStateSave);
}
