// Spin locks: raising to DISPATCH_LEVEL keeps other threads away, the lock word keeps interrupt service
// routines away and finds those that take one twice.

#include "kep.h"

VOID NTAPI KeInitializeSpinLock(PKSPIN_LOCK SpinLock)
{
    *SpinLock = 0;
}

VOID NTAPI KeAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock)
{
    KiAcquireLockWord(SpinLock);
}

VOID NTAPI KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK SpinLock)
{
    KiReleaseLockWord(SpinLock);
}

KIRQL NTAPI KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK SpinLock)
{
    KIRQL OldIrql = KfRaiseIrql(DISPATCH_LEVEL);
    KiAcquireLockWord(SpinLock);
    return OldIrql;
}

KIRQL NTAPI KeAcquireSpinLockRaiseToSynch(PKSPIN_LOCK SpinLock)
{
    KIRQL OldIrql = KfRaiseIrql(SYNCH_LEVEL);
    KiAcquireLockWord(SpinLock);
    return OldIrql;
}

VOID NTAPI KeReleaseSpinLock(PKSPIN_LOCK SpinLock, KIRQL NewIrql)
{
    KiReleaseLockWord(SpinLock);
    KeLowerIrql(NewIrql);
}

BOOLEAN NTAPI KeTryToAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock)
{
    return KiTryLockWord(SpinLock);
}

BOOLEAN NTAPI KeTestSpinLock(PKSPIN_LOCK SpinLock)
{
    return *(volatile KSPIN_LOCK *)SpinLock == 0;
}

// For routines that are called at DISPATCH_LEVEL or below and may be a DPC.
KIRQL NTAPI KeAcquireSpinLockForDpc(PKSPIN_LOCK SpinLock)
{
    KIRQL OldIrql = KeGetCurrentIrql();
    if (OldIrql < DISPATCH_LEVEL)
        KfRaiseIrql(DISPATCH_LEVEL);
    KiAcquireLockWord(SpinLock);
    return OldIrql;
}

VOID NTAPI KeReleaseSpinLockForDpc(PKSPIN_LOCK SpinLock, KIRQL OldIrql)
{
    KeReleaseSpinLock(SpinLock, OldIrql);
}

// ---- Queued spin locks. Their order of arrival is that of the waits by address.

VOID FASTCALL KeAcquireInStackQueuedSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock,
                                                       PKLOCK_QUEUE_HANDLE Handle)
{
    Handle->LockQueue.Next = nullptr;
    Handle->LockQueue.Lock = SpinLock;
    KiAcquireLockWord(SpinLock);
}

VOID FASTCALL KeReleaseInStackQueuedSpinLockFromDpcLevel(PKLOCK_QUEUE_HANDLE Handle)
{
    KiReleaseLockWord(Handle->LockQueue.Lock);
}

VOID FASTCALL KeAcquireInStackQueuedSpinLock(PKSPIN_LOCK SpinLock, PKLOCK_QUEUE_HANDLE Handle)
{
    Handle->OldIrql = KfRaiseIrql(DISPATCH_LEVEL);
    KeAcquireInStackQueuedSpinLockAtDpcLevel(SpinLock, Handle);
}

VOID FASTCALL KeReleaseInStackQueuedSpinLock(PKLOCK_QUEUE_HANDLE Handle)
{
    KiReleaseLockWord(Handle->LockQueue.Lock);
    KeLowerIrql(Handle->OldIrql);
}

VOID FASTCALL KeAcquireInStackQueuedSpinLockForDpc(PKSPIN_LOCK SpinLock, PKLOCK_QUEUE_HANDLE Handle)
{
    Handle->OldIrql = KeAcquireSpinLockForDpc(SpinLock);
    Handle->LockQueue.Next = nullptr;
    Handle->LockQueue.Lock = SpinLock;
}

VOID FASTCALL KeReleaseInStackQueuedSpinLockForDpc(PKLOCK_QUEUE_HANDLE Handle)
{
    KeReleaseInStackQueuedSpinLock(Handle);
}

// ---- Reader-writer spin locks (EX_SPIN_LOCK): bit 31 held exclusively, below it the number of readers.
// Only an interrupt's thread can find one taken; it waits for the word to change.

enum : ULONG { ExSpinExclusive = 0x80000000 };

static VOID KiWaitForSpinWord(PEX_SPIN_LOCK Lock, LONG Seen)
{
    LARGE_INTEGER Moment = {.QuadPart = -10'000};
    RtlWaitOnAddress((PVOID)Lock, &Seen, sizeof(Seen), &Moment);
}

static BOOLEAN KiTrySpinWord(PEX_SPIN_LOCK Lock, LONG Seen, LONG New)
{
    return __atomic_compare_exchange_n(Lock, &Seen, New, FALSE, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

VOID NTAPI ExAcquireSpinLockExclusiveAtDpcLevel(PEX_SPIN_LOCK Lock)
{
    while (!KiTrySpinWord(Lock, 0, (LONG)ExSpinExclusive))
        KiWaitForSpinWord(Lock, *(volatile LONG *)Lock);
}

VOID NTAPI ExAcquireSpinLockSharedAtDpcLevel(PEX_SPIN_LOCK Lock)
{
    for (;;) {
        LONG Seen = *(volatile LONG *)Lock;
        if (Seen < 0)
            KiWaitForSpinWord(Lock, Seen);
        else if (KiTrySpinWord(Lock, Seen, Seen + 1))
            return;
    }
}

VOID NTAPI ExReleaseSpinLockExclusiveFromDpcLevel(PEX_SPIN_LOCK Lock)
{
    __atomic_store_n(Lock, 0, __ATOMIC_RELEASE);
    RtlWakeAddressAll((PVOID)Lock);
}

VOID NTAPI ExReleaseSpinLockSharedFromDpcLevel(PEX_SPIN_LOCK Lock)
{
    if (!__atomic_sub_fetch(Lock, 1, __ATOMIC_RELEASE))
        RtlWakeAddressAll((PVOID)Lock);
}

KIRQL NTAPI ExAcquireSpinLockExclusive(PEX_SPIN_LOCK Lock)
{
    KIRQL OldIrql = KfRaiseIrql(DISPATCH_LEVEL);
    ExAcquireSpinLockExclusiveAtDpcLevel(Lock);
    return OldIrql;
}

KIRQL NTAPI ExAcquireSpinLockShared(PEX_SPIN_LOCK Lock)
{
    KIRQL OldIrql = KfRaiseIrql(DISPATCH_LEVEL);
    ExAcquireSpinLockSharedAtDpcLevel(Lock);
    return OldIrql;
}

VOID NTAPI ExReleaseSpinLockExclusive(PEX_SPIN_LOCK Lock, KIRQL OldIrql)
{
    ExReleaseSpinLockExclusiveFromDpcLevel(Lock);
    KeLowerIrql(OldIrql);
}

VOID NTAPI ExReleaseSpinLockShared(PEX_SPIN_LOCK Lock, KIRQL OldIrql)
{
    ExReleaseSpinLockSharedFromDpcLevel(Lock);
    KeLowerIrql(OldIrql);
}

// The caller holds it shared: it becomes exclusive if nobody else does.
LOGICAL NTAPI ExTryConvertSharedSpinLockExclusive(PEX_SPIN_LOCK Lock)
{
    return KiTrySpinWord(Lock, 1, (LONG)ExSpinExclusive);
}
