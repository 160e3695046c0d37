// Critical sections. LockCount is -1 when free and else the number of waiters; a thread that cannot
// have the section waits on the keyed event for it, and the one that leaves hands it over, so that
// waiters go in order and none is woken in vain.

#include "syncp.h"

static HANDLE SyncpThreadId(void)
{
    return NtCurrentTeb()->ClientId.UniqueThread;
}

// DebugInfo of a section for which none is kept, as Windows marks it.
#define SYNCP_NO_DEBUG_INFO ((PRTL_CRITICAL_SECTION_DEBUG)(LONG_PTR) - 1)

static PRTL_CRITICAL_SECTION_DEBUG SyncpMakeDebugInfo(PRTL_CRITICAL_SECTION Section)
{
    PRTL_CRITICAL_SECTION_DEBUG Debug =
        RtlAllocateHeap(RtlProcessHeap(), HEAP_ZERO_MEMORY, sizeof(*Debug));
    if (!Debug)
        return nullptr;
    Debug->CriticalSection = Section;
    InitializeListHead(&Debug->ProcessLocksList);
    return Debug;
}

static BOOLEAN SyncpHasDebugInfo(PRTL_CRITICAL_SECTION Section)
{
    return Section->DebugInfo && Section->DebugInfo != SYNCP_NO_DEBUG_INFO;
}

NTSTATUS NTAPI RtlInitializeCriticalSectionEx(PRTL_CRITICAL_SECTION Section, ULONG SpinCount,
                                              ULONG Flags)
{
    if (Flags & ~(ULONG)RTL_CRITICAL_SECTION_ALL_FLAG_BITS)
        return STATUS_INVALID_PARAMETER_3;
    PRTL_CRITICAL_SECTION_DEBUG Debug = SYNCP_NO_DEBUG_INFO;
    if (Flags & RTL_CRITICAL_SECTION_FLAG_FORCE_DEBUG_INFO)
        Debug = SyncpMakeDebugInfo(Section);
    if (!Debug)
        return STATUS_NO_MEMORY;
    *Section = (RTL_CRITICAL_SECTION){
        .DebugInfo = Debug,
        .LockCount = -1,
        .SpinCount = SpinCount & 0x00FFFFFF,
    };
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlInitializeCriticalSectionAndSpinCount(PRTL_CRITICAL_SECTION Section,
                                                        ULONG SpinCount)
{
    return RtlInitializeCriticalSectionEx(Section, SpinCount & 0x00FFFFFF, 0);
}

NTSTATUS NTAPI RtlInitializeCriticalSection(PRTL_CRITICAL_SECTION Section)
{
    return RtlInitializeCriticalSectionEx(Section, 0, 0);
}

NTSTATUS NTAPI RtlDeleteCriticalSection(PRTL_CRITICAL_SECTION Section)
{
    if (SyncpHasDebugInfo(Section))
        RtlFreeHeap(RtlProcessHeap(), 0, Section->DebugInfo);
    *Section = (RTL_CRITICAL_SECTION){};
    return STATUS_SUCCESS;
}

ULONG NTAPI RtlSetCriticalSectionSpinCount(PRTL_CRITICAL_SECTION Section, ULONG SpinCount)
{
    ULONG Previous = (ULONG)Section->SpinCount;
    Section->SpinCount = SpinCount & 0x00FFFFFF;
    return Previous;
}

NTSTATUS NTAPI RtlEnterCriticalSection(PRTL_CRITICAL_SECTION Section)
{
    HANDLE Self = SyncpThreadId();
    if (__atomic_add_fetch(&Section->LockCount, 1, __ATOMIC_ACQUIRE) != 0) {
        if (Section->OwningThread == Self) {
            Section->RecursionCount++;
            return STATUS_SUCCESS;
        }
        SyncpExitIfAlone();
        SyncpWaitForKey(Section);
        if (SyncpHasDebugInfo(Section))
            Section->DebugInfo->ContentionCount++;
    }
    Section->OwningThread = Self;
    Section->RecursionCount = 1;
    return STATUS_SUCCESS;
}

LOGICAL NTAPI RtlTryEnterCriticalSection(PRTL_CRITICAL_SECTION Section)
{
    HANDLE Self = SyncpThreadId();
    LONG Free = -1;
    if (__atomic_compare_exchange_n(&Section->LockCount, &Free, 0, FALSE, __ATOMIC_ACQUIRE,
                                    __ATOMIC_RELAXED)) {
        Section->OwningThread = Self;
        Section->RecursionCount = 1;
        return TRUE;
    }
    if (Section->OwningThread != Self)
        return FALSE;
    __atomic_add_fetch(&Section->LockCount, 1, __ATOMIC_RELAXED);
    Section->RecursionCount++;
    return TRUE;
}

NTSTATUS NTAPI RtlLeaveCriticalSection(PRTL_CRITICAL_SECTION Section)
{
    if (--Section->RecursionCount) {
        __atomic_sub_fetch(&Section->LockCount, 1, __ATOMIC_RELAXED);
        return STATUS_SUCCESS;
    }
    Section->OwningThread = nullptr;
    if (__atomic_sub_fetch(&Section->LockCount, 1, __ATOMIC_RELEASE) < 0)
        return STATUS_SUCCESS;
    if (RtlDllShutdownInProgress())
        Section->LockCount = -1; // those that waited are gone
    else
        SyncpReleaseKey(Section);
    return STATUS_SUCCESS;
}

LOGICAL NTAPI RtlIsCriticalSectionLocked(PRTL_CRITICAL_SECTION Section)
{
    return Section->RecursionCount != 0;
}

LOGICAL NTAPI RtlIsCriticalSectionLockedByThread(PRTL_CRITICAL_SECTION Section)
{
    return Section->OwningThread == SyncpThreadId() && Section->RecursionCount;
}
