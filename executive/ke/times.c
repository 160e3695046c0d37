// Processor time of threads, counted in cycles of the time stamp counter.
//
// What the Executive does for a thread, from its message to its answer, is kernel time. The time between
// two entries of the Executive is user time of the thread that ends it with a message: it ran last. When an
// interrupt ends it, the kernel does not say who was interrupted; but it always runs a thread of the
// highest priority that can run, and that is known here. Threads of the same priority take turns in the
// kernel, so they take turns in being charged. No thread runs longer than a tick without an entry of
// the Executive: that is how much one charge can err.
#include "kep.h"

#include <immintrin.h>

static ULONGLONG KiStamp;
static LIST_ENTRY KiRunningLists[KE_HIGHEST_PRIORITY + 1]; // threads of programs that can run
static ULONG KiRunningSummary;                             // the lists that are not empty

VOID KiInitTimes(VOID)
{
    for (ULONG i = 0; i <= KE_HIGHEST_PRIORITY; i++)
        InitializeListHead(&KiRunningLists[i]);
    KiStamp = __rdtsc();
}

VOID KiInsertRunning(PETHREAD Thread)
{
    InsertTailList(&KiRunningLists[Thread->Priority], &Thread->RunningLink);
    KiRunningSummary |= 1u << Thread->Priority;
}

VOID KiRemoveRunning(PETHREAD Thread)
{
    RemoveEntryList(&Thread->RunningLink);
    if (IsListEmpty(&KiRunningLists[Thread->Priority]))
        KiRunningSummary &= ~(1u << Thread->Priority);
}

static ULONGLONG KiElapsed(VOID)
{
    ULONGLONG Now = __rdtsc();
    ULONGLONG Elapsed = Now - KiStamp;
    KiStamp = Now;
    return Elapsed;
}

VOID KiForgetElapsed(VOID)
{
    KiStamp = __rdtsc();
}

VOID KiChargeUser(PETHREAD Thread)
{
    Thread->UserCycles += KiElapsed();
}

VOID KiChargeKernel(PETHREAD Thread)
{
    Thread->KernelCycles += KiElapsed();
}

VOID KiChargeInterrupted(VOID)
{
    ULONGLONG Elapsed = KiElapsed();
    if (!KiRunningSummary)
        return; // idle
    PLIST_ENTRY List = &KiRunningLists[31 - __builtin_clz(KiRunningSummary)];
    PETHREAD Thread = CONTAINING_RECORD(RemoveHeadList(List), ETHREAD, RunningLink);
    InsertTailList(List, &Thread->RunningLink);
    Thread->UserCycles += Elapsed;
}

BOOLEAN KeIsOtherThreadReady(PETHREAD Thread)
{
    PLIST_ENTRY List = &KiRunningLists[Thread->Priority];
    if (KiRunningSummary >> Thread->Priority > 1)
        return TRUE;
    return !IsListEmpty(List) &&
           (List->Flink != &Thread->RunningLink || List->Blink != &Thread->RunningLink);
}

VOID KeQueryThreadTimes(PETHREAD Thread, PULONGLONG KernelTime, PULONGLONG UserTime)
{
    *KernelTime = KiCyclesToTime(Thread->KernelCycles);
    *UserTime = KiCyclesToTime(Thread->UserCycles);
}
