// The locks below everything else: the dispatcher lock, and lock words that are waited for by address.
//
// The system has one processor, so a lock that is taken is held by a thread that does not run: who wants
// it sleeps. The word of a lock: 0 free, else the holder's KTHREAD with bit 0 set; bit 1: somebody waits.
// Drivers set their spin locks to 0 themselves, and never look into them.

#include "kep.h"

enum : ULONG_PTR { LockHeld = 1, LockWaiting = 2 };

BOOLEAN KiTryLockWord(volatile ULONG_PTR *Lock)
{
    ULONG_PTR Free = 0;
    return __atomic_compare_exchange_n(Lock, &Free, (ULONG_PTR)KiCurrentThread() | LockHeld, FALSE,
                                       __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static VOID KiWaitForLockWord(volatile ULONG_PTR *Lock, ULONG_PTR Seen)
{
    if ((Seen & ~(ULONG_PTR)LockWaiting) == ((ULONG_PTR)KiCurrentThread() | LockHeld))
        KeBugCheckEx(SPIN_LOCK_ALREADY_OWNED, (ULONG_PTR)Lock, (ULONG_PTR)KiCurrentThread(), 0, 0);
    ULONG_PTR Marked = Seen | LockWaiting;
    if (Seen != Marked && !__atomic_compare_exchange_n(Lock, &Seen, Marked, FALSE, __ATOMIC_RELAXED,
                                                       __ATOMIC_RELAXED))
        return;
    RtlWaitOnAddress((PVOID)Lock, &Marked, sizeof(Marked), nullptr);
}

VOID KiAcquireLockWord(volatile ULONG_PTR *Lock)
{
    while (!KiTryLockWord(Lock)) {
        ULONG_PTR Seen = __atomic_load_n(Lock, __ATOMIC_RELAXED);
        if (Seen)
            KiWaitForLockWord(Lock, Seen);
    }
}

VOID KiReleaseLockWord(volatile ULONG_PTR *Lock)
{
    ULONG_PTR Old = __atomic_exchange_n(Lock, 0, __ATOMIC_RELEASE);
    if (!(Old & LockHeld))
        KeBugCheckEx(SPIN_LOCK_NOT_OWNED, (ULONG_PTR)Lock, Old, 0, 0);
    if (Old & LockWaiting)
        RtlWakeAddressAll((PVOID)Lock);
}

// ---- The dispatcher lock guards the state of all dispatcher objects and waits. Threads whose wait ended
// under it are alerted when it is free again: they would only run into it.

enum { WakeBatch = 32 };

typedef struct _KI_WAKE {
    HANDLE ThreadId;
    BOOLEAN Outside; // it sleeps in the Executive
} KI_WAKE;

static RTL_SRWLOCK KiDispatcherLock;
static KI_WAKE KiWakes[WakeBatch];
static ULONG KiWakeCount;

static VOID KiWake(KI_WAKE Wake)
{
    CLIENT_ID Cid = {(HANDLE)__readgsqword(KI_TEB_CLIENT_ID), Wake.ThreadId};
    OBJECT_ATTRIBUTES Attributes;
    HANDLE Handle;
    if (!Wake.Outside) {
        NtAlertThreadByThreadId(Wake.ThreadId);
        return;
    }
    InitializeObjectAttributes(&Attributes, nullptr, OBJ_KERNEL_HANDLE, nullptr, nullptr);
    if (!NT_SUCCESS(NtOpenThread(&Handle, THREAD_ALERT, &Attributes, &Cid)))
        return; // it has ended
    NtAlertThread(Handle);
    NtClose(Handle);
}

VOID KiLockDispatcher(void)
{
    KiLock(&KiDispatcherLock);
}

VOID KiUnlockDispatcher(void)
{
    ULONG Count = KiWakeCount;
    KI_WAKE Wakes[WakeBatch];
    for (ULONG i = 0; i < Count; i++)
        Wakes[i] = KiWakes[i];
    KiWakeCount = 0;
    KiUnlock(&KiDispatcherLock);
    for (ULONG i = 0; i < Count; i++)
        KiWake(Wakes[i]);
}

// The thread's wait has ended. It may notice by itself, and even be gone before the alert: that does no
// harm, for every wait looks at its condition again.
VOID KiQueueWake(PKTHREAD Thread)
{
    KI_WAKE Wake = {Thread->ThreadId, Thread->WaitsOutside};
    if (KiWakeCount == WakeBatch)
        KiWake(Wake);
    else
        KiWakes[KiWakeCount++] = Wake;
}
