// Waiting for dispatcher objects.

#include "kep.h"

ULONGLONG KiDeadline(PLARGE_INTEGER Timeout)
{
    if (!Timeout)
        return MAXULONGLONG;
    ULONGLONG Now = KiInterruptTime();
    if (Timeout->QuadPart <= 0)
        return Now + (ULONGLONG)-Timeout->QuadPart;
    LONGLONG Left = Timeout->QuadPart - RtlGetSystemTimePrecise();
    return Left > 0 ? Now + (ULONGLONG)Left : Now;
}

static NTSTATUS KiSleep(PKTHREAD Thread, ULONGLONG Deadline)
{
    LARGE_INTEGER Left, *Timeout = nullptr;
    if (Deadline != MAXULONGLONG) {
        ULONGLONG Now = KiInterruptTime();
        if (Now >= Deadline)
            return STATUS_TIMEOUT;
        Left.QuadPart = -(LONGLONG)(Deadline - Now);
        Timeout = &Left;
    }
    return NtWaitForAlertByThreadId(Thread, Timeout);
}

NTSTATUS KiBlock(PKTHREAD Thread, ULONGLONG Deadline)
{
    Thread->Waiting = TRUE;
    KiLeaveQueue(Thread);
    KiUnlockDispatcher();
    while (__atomic_load_n(&Thread->Waiting, __ATOMIC_ACQUIRE)) {
        if (KiSleep(Thread, Deadline) != STATUS_TIMEOUT)
            continue;
        KiLockDispatcher();
        if (Thread->Waiting && KiInterruptTime() >= Deadline)
            KiEndWait(Thread, STATUS_TIMEOUT);
        KiUnlockDispatcher();
    }
    // Whoever ended the wait may still be looking at the object, which the caller is free to destroy.
    KiLockDispatcher();
    KiRejoinQueue(Thread);
    KiUnlockDispatcher();
    return Thread->WaitStatus;
}

VOID KiCancelWait(PKTHREAD Thread)
{
    for (ULONG i = 0; i < Thread->WaitCount; i++)
        RemoveEntryList(&Thread->WaitBlocks[i].WaitListEntry);
    Thread->WaitCount = 0;
    __atomic_store_n(&Thread->Waiting, FALSE, __ATOMIC_RELEASE);
}

VOID KiEndWait(PKTHREAD Thread, NTSTATUS Status)
{
    Thread->WaitStatus = Status;
    KiCancelWait(Thread);
    KiQueueWake(Thread);
}

// A wait that may block belongs below DISPATCH_LEVEL; one with no time to wait may be at it.
static VOID KiCheckWaitIrql(PLARGE_INTEGER Timeout, PCSTR Routine)
{
    BOOLEAN MayBlock = !Timeout || Timeout->QuadPart;
    KiRequireIrql(MayBlock ? APC_LEVEL : DISPATCH_LEVEL, Routine);
}

// The thread is about to wait: its kernel APCs come first.
VOID KiLockDispatcherForWait(PKTHREAD Thread)
{
    for (;;) {
        KiLockDispatcher();
        if (!KiCanDeliverApc(Thread))
            return;
        KiUnlockDispatcher();
        KiDeliverApcs(Thread);
    }
}

VOID KiInsertWaitBlocks(PKTHREAD Thread)
{
    for (ULONG i = 0; i < Thread->WaitCount; i++) {
        PDISPATCHER_HEADER Object = Thread->WaitBlocks[i].Object;
        InsertTailList(&Object->WaitListHead, &Thread->WaitBlocks[i].WaitListEntry);
    }
}

static NTSTATUS KiWait(PKTHREAD Thread, PKWAIT_BLOCK Blocks, ULONG Count, WAIT_TYPE Type,
                       KPROCESSOR_MODE WaitMode, BOOLEAN Alertable, PLARGE_INTEGER Timeout)
{
    ULONGLONG Deadline = 0;
    for (;;) {
        KiLockDispatcherForWait(Thread);
        Thread->WaitBlocks = Blocks;
        Thread->WaitCount = Count;
        Thread->WaitType = (UCHAR)Type;
        Thread->WaitMode = WaitMode;
        Thread->Alertable = Alertable;
        NTSTATUS Status = KiTrySatisfy(Thread);
        if (Status == STATUS_PENDING)
            Status = KiTestAlert(Thread);
        if (Status == STATUS_PENDING && Timeout && !Timeout->QuadPart)
            Status = STATUS_TIMEOUT;
        if (Status != STATUS_PENDING) {
            Thread->WaitCount = 0;
            KiUnlockDispatcher();
            return Status;
        }
        if (!Deadline)
            Deadline = KiDeadline(Timeout);
        KiInsertWaitBlocks(Thread);
        Status = KiBlock(Thread, Deadline);
        if (Status != STATUS_KERNEL_APC)
            return Status;
    }
}

VOID KiInitializeWaitBlock(PKWAIT_BLOCK Block, PKTHREAD Thread, PVOID Object, ULONG Key)
{
    Block->Thread = Thread;
    Block->Object = Object;
    Block->WaitKey = (USHORT)Key;
}

NTSTATUS NTAPI KeWaitForSingleObject(PVOID Object, KWAIT_REASON WaitReason,
                                     KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                                     PLARGE_INTEGER Timeout)
{
    UNREFERENCED_PARAMETER(WaitReason);
    KiCheckWaitIrql(Timeout, "KeWaitForSingleObject");
    PKTHREAD Thread = KiCurrentThread();
    if (KiIsRemote(Object)) {
        Thread->WaitMode = WaitMode;
        Thread->Alertable = Alertable;
        return KiWaitRemote(Thread, Thread->WaitBlock, 1, &Object, WaitAny, Timeout);
    }
    KiInitializeWaitBlock(&Thread->WaitBlock[0], Thread, Object, 0);
    return KiWait(Thread, Thread->WaitBlock, 1, WaitAny, WaitMode, Alertable, Timeout);
}

static BOOLEAN KiAnyRemote(ULONG Count, PVOID Object[])
{
    for (ULONG i = 0; i < Count; i++)
        if (KiIsRemote(Object[i]))
            return TRUE;
    return FALSE;
}

NTSTATUS NTAPI KeWaitForMultipleObjects(ULONG Count, PVOID Object[], WAIT_TYPE WaitType,
                                        KWAIT_REASON WaitReason, KPROCESSOR_MODE WaitMode,
                                        BOOLEAN Alertable, PLARGE_INTEGER Timeout,
                                        PKWAIT_BLOCK WaitBlockArray)
{
    UNREFERENCED_PARAMETER(WaitReason);
    KiCheckWaitIrql(Timeout, "KeWaitForMultipleObjects");
    PKTHREAD Thread = KiCurrentThread();
    PKWAIT_BLOCK Blocks = WaitBlockArray ? WaitBlockArray : Thread->WaitBlock;
    if (!Count || Count > (WaitBlockArray ? MAXIMUM_WAIT_OBJECTS : THREAD_WAIT_OBJECTS))
        KeBugCheckEx(MAXIMUM_WAIT_OBJECTS_EXCEEDED, Count, 0, 0, 0);
    if (KiAnyRemote(Count, Object)) {
        Thread->WaitMode = WaitMode;
        Thread->Alertable = Alertable;
        return KiWaitRemote(Thread, Blocks, Count, Object, WaitType, Timeout);
    }
    for (ULONG i = 0; i < Count; i++)
        KiInitializeWaitBlock(&Blocks[i], Thread, Object[i], i);
    return KiWait(Thread, Blocks, Count, WaitType, WaitMode, Alertable, Timeout);
}

NTSTATUS NTAPI KeDelayExecutionThread(KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                                      PLARGE_INTEGER Interval)
{
    KiRequireIrql(APC_LEVEL, "KeDelayExecutionThread");
    if (!Interval->QuadPart) {
        NtYieldExecution();
        return STATUS_SUCCESS;
    }
    PKTHREAD Thread = KiCurrentThread();
    NTSTATUS Status = KiWait(Thread, Thread->WaitBlock, 0, WaitAny, WaitMode, Alertable, Interval);
    return Status == STATUS_TIMEOUT ? STATUS_SUCCESS : Status;
}
