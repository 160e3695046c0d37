// Waits with objects of the Executive among them. The thread sleeps there, for those alone, alertable; whoever ends
// its wait in the host alerts it.
//
// What the Executive's wait has taken it has taken. Waiting for any that is the end of the wait, and an object of the
// host that was taken at the same time is given back. Waiting for all, objects of the host are taken only when the
// Executive's have been; if one of them is gone by then, what the Executive gave goes back there.

#include "kep.h"

typedef struct _KI_REMOTE_WAIT {
    PKTHREAD Thread;
    PKWAIT_BLOCK Blocks; // of the objects of the host
    ULONG LocalCount, RemoteCount;
    WAIT_TYPE Type;
    ULONGLONG Deadline; // 0: not known yet
    PLARGE_INTEGER Timeout;
    PVOID Objects[MAXIMUM_WAIT_OBJECTS]; // the Executive's
    HANDLE Handles[MAXIMUM_WAIT_OBJECTS];
    UCHAR Keys[MAXIMUM_WAIT_OBJECTS];
} KI_REMOTE_WAIT, *PKI_REMOTE_WAIT;

static BOOLEAN KiIsTaken(NTSTATUS Status)
{
    return (ULONG)Status < STATUS_WAIT_0 + MAXIMUM_WAIT_OBJECTS ||
           ((ULONG)Status >= STATUS_ABANDONED_WAIT_0 &&
            (ULONG)Status < STATUS_ABANDONED_WAIT_0 + MAXIMUM_WAIT_OBJECTS);
}

// The Executive counts its own objects alone.
static NTSTATUS KiRemoteResult(const KI_REMOTE_WAIT *Wait, NTSTATUS Status)
{
    if (!KiIsTaken(Status) || Wait->Type == WaitAll)
        return Status;
    return (Status & STATUS_ABANDONED_WAIT_0) + Wait->Keys[Status & ~STATUS_ABANDONED_WAIT_0];
}

static NTSTATUS KiPollRemote(const KI_REMOTE_WAIT *Wait, ULONG Count)
{
    LARGE_INTEGER Now = {.QuadPart = 0};
    return Count ? NtWaitForMultipleObjects(Count, Wait->Handles, Wait->Type, FALSE, &Now)
                 : STATUS_TIMEOUT;
}

static VOID KiPrepare(PKI_REMOTE_WAIT Wait, UCHAR Type, ULONG LocalCount)
{
    Wait->Thread->WaitBlocks = Wait->Blocks;
    Wait->Thread->WaitCount = LocalCount;
    Wait->Thread->WaitType = Type;
    if (!Wait->Deadline)
        Wait->Deadline = KiDeadline(Wait->Timeout);
}

// With the dispatcher lock held, which it gives back: sleep in the Executive. Either status may tell that
// something was taken; the host's is STATUS_PENDING if nothing ended the wait here.
static NTSTATUS KiSleepRemote(PKI_REMOTE_WAIT Wait, NTSTATUS *Local)
{
    PKTHREAD Thread = Wait->Thread;
    KiInsertWaitBlocks(Thread);
    Thread->Waiting = TRUE;
    Thread->WaitsOutside = TRUE;
    KiLeaveQueue(Thread);
    KiUnlockDispatcher();
    ULONGLONG Now = KiInterruptTime();
    LARGE_INTEGER Left = {.QuadPart = Now < Wait->Deadline ? -(LONGLONG)(Wait->Deadline - Now) : 0};
    NTSTATUS Status = NtWaitForMultipleObjects(Wait->RemoteCount, Wait->Handles, Wait->Type, TRUE,
                                               Wait->Deadline == MAXULONGLONG ? nullptr : &Left);
    KiLockDispatcher();
    KiRejoinQueue(Thread);
    Thread->WaitsOutside = FALSE;
    *Local = Thread->Waiting ? STATUS_PENDING : Thread->WaitStatus;
    if (Thread->Waiting)
        KiCancelWait(Thread);
    return Status;
}

// ---- Any of them

static ULONG KiFirstSignalled(const KI_REMOTE_WAIT *Wait)
{
    ULONG i = 0;
    while (i < Wait->LocalCount && !KiIsSignalled(Wait->Blocks[i].Object, Wait->Thread))
        i++;
    return i;
}

// The lowest index wins: of the Executive's objects those before the first of the host that is signalled.
static NTSTATUS KiTryAny(PKI_REMOTE_WAIT Wait)
{
    ULONG First = KiFirstSignalled(Wait), Before = 0;
    if (First == Wait->LocalCount)
        return KiRemoteResult(Wait, KiPollRemote(Wait, Wait->RemoteCount));
    while (Before < Wait->RemoteCount && Wait->Keys[Before] < Wait->Blocks[First].WaitKey)
        Before++;
    NTSTATUS Status = KiPollRemote(Wait, Before);
    if (Status != STATUS_TIMEOUT)
        return KiRemoteResult(Wait, Status);
    return KiSatisfyWait(Wait->Blocks[First].Object, Wait->Thread) + Wait->Blocks[First].WaitKey;
}

static VOID KiGiveBackLocal(const KI_REMOTE_WAIT *Wait, NTSTATUS Status)
{
    for (ULONG i = 0; i < Wait->LocalCount; i++)
        if (Wait->Blocks[i].WaitKey == (Status & ~STATUS_ABANDONED_WAIT_0))
            KiGiveBack(Wait->Blocks[i].Object, Status & STATUS_ABANDONED_WAIT_0);
}

static NTSTATUS KiBlockAny(PKI_REMOTE_WAIT Wait)
{
    NTSTATUS Local;
    KiPrepare(Wait, WaitAny, Wait->LocalCount);
    NTSTATUS Status = KiSleepRemote(Wait, &Local);
    if (Status == STATUS_ALERTED || Status == STATUS_USER_APC) // for the host's sake
        return Local == STATUS_PENDING ? STATUS_KERNEL_APC : Local;
    if (KiIsTaken(Status) && KiIsTaken(Local))
        KiGiveBackLocal(Wait, Local);
    else if (!KiIsTaken(Status) && Local != STATUS_PENDING)
        return Local;
    return KiRemoteResult(Wait, Status);
}

// ---- All of them

static BOOLEAN KiAllSignalled(const KI_REMOTE_WAIT *Wait)
{
    for (ULONG i = 0; i < Wait->LocalCount; i++)
        if (!KiIsSignalled(Wait->Blocks[i].Object, Wait->Thread))
            return FALSE;
    return TRUE;
}

static NTSTATUS KiTakeAll(PKI_REMOTE_WAIT Wait, NTSTATUS Remote)
{
    for (ULONG i = 0; i < Wait->LocalCount; i++)
        if (KiSatisfyWait(Wait->Blocks[i].Object, Wait->Thread) != STATUS_WAIT_0)
            Remote = STATUS_ABANDONED_WAIT_0;
    return Remote;
}

static NTSTATUS KiTryAll(PKI_REMOTE_WAIT Wait)
{
    if (!KiAllSignalled(Wait))
        return STATUS_TIMEOUT;
    NTSTATUS Status = KiPollRemote(Wait, Wait->RemoteCount);
    return KiIsTaken(Status) ? KiTakeAll(Wait, Status) : Status;
}

// First the host's objects are waited for, without taking them, then the Executive's.
static NTSTATUS KiBlockAll(PKI_REMOTE_WAIT Wait)
{
    NTSTATUS Local;
    if (!KiAllSignalled(Wait)) {
        KiPrepare(Wait, KiWaitToSee, Wait->LocalCount);
        KiInsertWaitBlocks(Wait->Thread);
        NTSTATUS Status = KiBlock(Wait->Thread, Wait->Deadline);
        KiLockDispatcher();
        return KiIsTaken(Status) ? STATUS_KERNEL_APC : Status;
    }
    KiPrepare(Wait, WaitAll, 0);
    NTSTATUS Status = KiSleepRemote(Wait, &Local);
    if (KiIsTaken(Status)) {
        if (KiAllSignalled(Wait))
            return KiTakeAll(Wait, Status);
        for (ULONG i = 0; i < Wait->RemoteCount; i++)
            ObpGiveBack(Wait->Objects[i]);
        Status = STATUS_ALERTED;
    }
    if (Local != STATUS_PENDING)
        return Local;
    return Status == STATUS_ALERTED || Status == STATUS_USER_APC ? STATUS_KERNEL_APC : Status;
}

// ---- The wait

static NTSTATUS KiTryRemoteWait(PKI_REMOTE_WAIT Wait)
{
    NTSTATUS Status = Wait->Type == WaitAll ? KiTryAll(Wait) : KiTryAny(Wait);
    if (Status == STATUS_TIMEOUT) {
        Status = KiTestAlert(Wait->Thread);
        if (Status == STATUS_PENDING && Wait->Timeout && !Wait->Timeout->QuadPart)
            Status = STATUS_TIMEOUT;
    }
    return Status;
}

static VOID KiSortObjects(PKI_REMOTE_WAIT Wait, ULONG Count, PVOID Objects[])
{
    for (ULONG i = 0; i < Count; i++) {
        if (KiIsRemote(Objects[i])) {
            Wait->Objects[Wait->RemoteCount] = Objects[i];
            Wait->Handles[Wait->RemoteCount] = ObpRemoteHandle(Objects[i]);
            Wait->Keys[Wait->RemoteCount++] = (UCHAR)i;
        } else {
            KiInitializeWaitBlock(&Wait->Blocks[Wait->LocalCount++], Wait->Thread, Objects[i], i);
        }
    }
}

NTSTATUS KiWaitRemote(PKTHREAD Thread, PKWAIT_BLOCK Blocks, ULONG Count, PVOID Objects[],
                      WAIT_TYPE Type, PLARGE_INTEGER Timeout)
{
    KI_REMOTE_WAIT Wait = {
        .Thread = Thread,
        .Blocks = Blocks,
        .Type = Count == 1 ? WaitAny : Type,
        .Timeout = Timeout,
    };
    KPROCESSOR_MODE Mode = Thread->WaitMode;
    BOOLEAN Alertable = Thread->Alertable, Slept = FALSE;
    NTSTATUS Status;
    KiSortObjects(&Wait, Count, Objects);
    do {
        KiLockDispatcherForWait(Thread);
        Thread->WaitMode = Mode; // APCs may have waited
        Thread->Alertable = Alertable;
        Status = KiTryRemoteWait(&Wait);
        if (Status == STATUS_PENDING) {
            Slept = TRUE;
            Status = Wait.Type == WaitAll ? KiBlockAll(&Wait) : KiBlockAny(&Wait);
        }
        Thread->WaitCount = 0;
        KiUnlockDispatcher();
    } while (Status == STATUS_KERNEL_APC);
    if (Slept)
        NtTestAlert(); // an alert that came when the sleep was over already
    return Status;
}
