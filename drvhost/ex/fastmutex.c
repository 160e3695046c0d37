// Fast mutexes and guarded mutexes.

#include "../ntos.h"

enum { ExpMutexAlreadyOwned = 0xBF }; // the bug check MUTEX_ALREADY_OWNED

// Count is 1 when free; each that wants it takes one, and those that come below 0 wait for the event.
static BOOLEAN ExpTakeFast(PFAST_MUTEX Mutex)
{
    return __atomic_sub_fetch(&Mutex->Count, 1, __ATOMIC_ACQUIRE) == 0;
}

static BOOLEAN ExpTryTakeFast(PFAST_MUTEX Mutex)
{
    LONG Free = 1;
    return __atomic_compare_exchange_n(&Mutex->Count, &Free, 0, FALSE, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

static VOID ExpAcquireFast(PFAST_MUTEX Mutex)
{
    if (Mutex->Owner == KiCurrentThread())
        KeBugCheckEx(ExpMutexAlreadyOwned, (ULONG_PTR)Mutex->Owner, (ULONG_PTR)Mutex, 0, 0);
    if (!ExpTakeFast(Mutex)) {
        Mutex->Contention++;
        KeWaitForSingleObject(&Mutex->Event, WrFastMutex, KernelMode, FALSE, nullptr);
    }
    Mutex->Owner = KiCurrentThread();
}

static VOID ExpReleaseFast(PFAST_MUTEX Mutex)
{
    Mutex->Owner = nullptr;
    if (__atomic_add_fetch(&Mutex->Count, 1, __ATOMIC_RELEASE) <= 0)
        KeSetEvent(&Mutex->Event, IO_NO_INCREMENT, FALSE);
}

VOID NTAPI ExInitializeFastMutex(PFAST_MUTEX FastMutex)
{
    FastMutex->Count = 1;
    FastMutex->Owner = nullptr;
    FastMutex->Contention = 0;
    KeInitializeEvent(&FastMutex->Event, SynchronizationEvent, FALSE);
}

VOID FASTCALL ExAcquireFastMutex(PFAST_MUTEX FastMutex)
{
    KIRQL Irql = KfRaiseIrql(APC_LEVEL);
    ExpAcquireFast(FastMutex);
    FastMutex->OldIrql = Irql;
}

BOOLEAN FASTCALL ExTryToAcquireFastMutex(PFAST_MUTEX FastMutex)
{
    KIRQL Irql = KfRaiseIrql(APC_LEVEL);
    if (!ExpTryTakeFast(FastMutex)) {
        KeLowerIrql(Irql);
        return FALSE;
    }
    FastMutex->Owner = KiCurrentThread();
    FastMutex->OldIrql = Irql;
    return TRUE;
}

VOID FASTCALL ExReleaseFastMutex(PFAST_MUTEX FastMutex)
{
    KIRQL Irql = (KIRQL)FastMutex->OldIrql;
    ExpReleaseFast(FastMutex);
    KeLowerIrql(Irql);
}

VOID FASTCALL ExAcquireFastMutexUnsafe(PFAST_MUTEX FastMutex)
{
    ExpAcquireFast(FastMutex);
}

VOID FASTCALL ExReleaseFastMutexUnsafe(PFAST_MUTEX FastMutex)
{
    ExpReleaseFast(FastMutex);
}

VOID NTAPI ExEnterCriticalRegionAndAcquireFastMutexUnsafe(PFAST_MUTEX FastMutex)
{
    KeEnterCriticalRegion();
    ExpAcquireFast(FastMutex);
}

VOID NTAPI ExReleaseFastMutexUnsafeAndLeaveCriticalRegion(PFAST_MUTEX FastMutex)
{
    ExpReleaseFast(FastMutex);
    KeLeaveCriticalRegion();
}

// ---- Guarded mutexes have the same form, with a guarded region in place of the raised IRQL; since
// Windows 8 they are fast mutexes by another name.

static_assert(sizeof(KGUARDED_MUTEX) == sizeof(FAST_MUTEX));
static_assert(FIELD_OFFSET(KGUARDED_MUTEX, Gate) == FIELD_OFFSET(FAST_MUTEX, Event));

VOID NTAPI KeInitializeGuardedMutex(PKGUARDED_MUTEX GuardedMutex)
{
    ExInitializeFastMutex((PFAST_MUTEX)GuardedMutex);
}

VOID NTAPI KeAcquireGuardedMutex(PKGUARDED_MUTEX GuardedMutex)
{
    KeEnterGuardedRegion();
    ExpAcquireFast((PFAST_MUTEX)GuardedMutex);
}

VOID NTAPI KeReleaseGuardedMutex(PKGUARDED_MUTEX GuardedMutex)
{
    ExpReleaseFast((PFAST_MUTEX)GuardedMutex);
    KeLeaveGuardedRegion();
}

BOOLEAN NTAPI KeTryToAcquireGuardedMutex(PKGUARDED_MUTEX GuardedMutex)
{
    PFAST_MUTEX Mutex = (PFAST_MUTEX)GuardedMutex;
    KeEnterGuardedRegion();
    if (ExpTryTakeFast(Mutex)) {
        Mutex->Owner = KiCurrentThread();
        return TRUE;
    }
    KeLeaveGuardedRegion();
    return FALSE;
}

VOID NTAPI KeAcquireGuardedMutexUnsafe(PKGUARDED_MUTEX GuardedMutex)
{
    ExpAcquireFast((PFAST_MUTEX)GuardedMutex);
}

VOID NTAPI KeReleaseGuardedMutexUnsafe(PKGUARDED_MUTEX GuardedMutex)
{
    ExpReleaseFast((PFAST_MUTEX)GuardedMutex);
}
