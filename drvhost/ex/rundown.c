// Rundown protection: references that can be shut out, and waited for. The word: twice the number of
// references, or, with bit 0 set, the structure of the thread that waits for them (1: nobody may enter).

#include "../ntos.h"

enum : ULONG_PTR { RundownActive = 1, RundownUnit = 2 };

typedef struct _EXP_RUNDOWN_WAIT {
    volatile LONG64 Count;
    KEVENT Event;
} EXP_RUNDOWN_WAIT, *PEXP_RUNDOWN_WAIT;

static BOOLEAN ExpExchange(PEX_RUNDOWN_REF RunRef, ULONG_PTR *Old, ULONG_PTR New)
{
    return __atomic_compare_exchange_n(&RunRef->Count, Old, New, FALSE, __ATOMIC_SEQ_CST,
                                       __ATOMIC_RELAXED);
}

VOID FASTCALL ExInitializeRundownProtection(PEX_RUNDOWN_REF RunRef)
{
    RunRef->Count = 0;
}

VOID FASTCALL ExReInitializeRundownProtection(PEX_RUNDOWN_REF RunRef)
{
    __atomic_store_n(&RunRef->Count, 0, __ATOMIC_SEQ_CST);
}

VOID FASTCALL ExRundownCompleted(PEX_RUNDOWN_REF RunRef)
{
    __atomic_store_n(&RunRef->Count, RundownActive, __ATOMIC_SEQ_CST);
}

BOOLEAN FASTCALL ExAcquireRundownProtectionEx(PEX_RUNDOWN_REF RunRef, ULONG Count)
{
    ULONG_PTR Old = __atomic_load_n(&RunRef->Count, __ATOMIC_RELAXED);
    while (!(Old & RundownActive)) {
        if (ExpExchange(RunRef, &Old, Old + Count * RundownUnit))
            return TRUE;
    }
    return FALSE;
}

BOOLEAN FASTCALL ExAcquireRundownProtection(PEX_RUNDOWN_REF RunRef)
{
    return ExAcquireRundownProtectionEx(RunRef, 1);
}

VOID FASTCALL ExReleaseRundownProtectionEx(PEX_RUNDOWN_REF RunRef, ULONG Count)
{
    ULONG_PTR Old = __atomic_load_n(&RunRef->Count, __ATOMIC_RELAXED);
    while (!(Old & RundownActive)) {
        if (ExpExchange(RunRef, &Old, Old - Count * RundownUnit))
            return;
    }
    PEXP_RUNDOWN_WAIT Wait = (PEXP_RUNDOWN_WAIT)(Old & ~RundownActive);
    if (!__atomic_sub_fetch(&Wait->Count, Count, __ATOMIC_SEQ_CST))
        KeSetEvent(&Wait->Event, IO_NO_INCREMENT, FALSE);
}

VOID FASTCALL ExReleaseRundownProtection(PEX_RUNDOWN_REF RunRef)
{
    ExReleaseRundownProtectionEx(RunRef, 1);
}

VOID FASTCALL ExWaitForRundownProtectionRelease(PEX_RUNDOWN_REF RunRef)
{
    EXP_RUNDOWN_WAIT Wait;
    KeInitializeEvent(&Wait.Event, SynchronizationEvent, FALSE);
    ULONG_PTR Old = __atomic_load_n(&RunRef->Count, __ATOMIC_RELAXED);
    for (;;) {
        if (Old & RundownActive)
            return; // it has been run down
        Wait.Count = (LONG64)(Old / RundownUnit);
        ULONG_PTR New = Old ? (ULONG_PTR)&Wait | RundownActive : RundownActive;
        if (ExpExchange(RunRef, &Old, New))
            break;
    }
    if (!Old)
        return;
    KeWaitForSingleObject(&Wait.Event, Executive, KernelMode, FALSE, nullptr);
    ExRundownCompleted(RunRef);
}

// ---- The form with a count for each processor has one count here.

typedef struct _EX_RUNDOWN_REF_CACHE_AWARE {
    EX_RUNDOWN_REF Reference;
    BOOLEAN FromPool;
} EX_RUNDOWN_REF_CACHE_AWARE;

SIZE_T NTAPI ExSizeOfRundownProtectionCacheAware(void)
{
    return sizeof(EX_RUNDOWN_REF_CACHE_AWARE);
}

VOID NTAPI ExInitializeRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware,
                                                   SIZE_T RunRefSize)
{
    UNREFERENCED_PARAMETER(RunRefSize);
    *RunRefCacheAware = (EX_RUNDOWN_REF_CACHE_AWARE){};
}

PEX_RUNDOWN_REF_CACHE_AWARE NTAPI ExAllocateCacheAwareRundownProtection(POOL_TYPE PoolType,
                                                                        ULONG Tag)
{
    PEX_RUNDOWN_REF_CACHE_AWARE RunRef = ExAllocatePoolWithTag(PoolType, sizeof(*RunRef), Tag);
    if (RunRef)
        *RunRef = (EX_RUNDOWN_REF_CACHE_AWARE){.FromPool = TRUE};
    return RunRef;
}

VOID NTAPI ExFreeCacheAwareRundownProtection(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware)
{
    if (RunRefCacheAware->FromPool)
        ExFreePoolWithTag(RunRefCacheAware, 0);
}

BOOLEAN FASTCALL ExAcquireRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRef)
{
    return ExAcquireRundownProtection(&RunRef->Reference);
}

BOOLEAN FASTCALL ExAcquireRundownProtectionCacheAwareEx(PEX_RUNDOWN_REF_CACHE_AWARE RunRef,
                                                        ULONG Count)
{
    return ExAcquireRundownProtectionEx(&RunRef->Reference, Count);
}

VOID FASTCALL ExReleaseRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRef)
{
    ExReleaseRundownProtection(&RunRef->Reference);
}

VOID FASTCALL ExReleaseRundownProtectionCacheAwareEx(PEX_RUNDOWN_REF_CACHE_AWARE RunRef,
                                                     ULONG Count)
{
    ExReleaseRundownProtectionEx(&RunRef->Reference, Count);
}

VOID FASTCALL ExWaitForRundownProtectionReleaseCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRef)
{
    ExWaitForRundownProtectionRelease(&RunRef->Reference);
}

VOID FASTCALL ExReInitializeRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRef)
{
    ExReInitializeRundownProtection(&RunRef->Reference);
}

VOID FASTCALL ExRundownCompletedCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRef)
{
    ExRundownCompleted(&RunRef->Reference);
}
