// When hives are written: a few seconds after a change, when somebody waits for it, and at the end. One fiber writes them
// all, so that a write that a program's end would interrupt is brought to its end.
#include "cmp.h"

enum {
    CMP_LAZY_SECONDS = 3,
    CMP_RETRY_SECONDS = 30, // after a failure
    CMP_LAST_SECONDS = 30,  // that the last write of a hive may take
};
constexpr ULONGLONG CmpSecond = 10'000'000; // 100 ns

typedef struct _CM_FLUSH_WAIT {
    LIST_ENTRY Link;
    PCM_HIVE Hive;
    KEVENT Done;
    BOOLEAN Completed;
    NTSTATUS Status;
} CM_FLUSH_WAIT, *PCM_FLUSH_WAIT;

static LIST_ENTRY CmpWaiting = {&CmpWaiting, &CmpWaiting}; // for a write that has not begun
static LIST_ENTRY CmpServed = {&CmpServed, &CmpServed};    // for the one that goes on
static KEVENT CmpWriterEvent;                              // synchronization event
static ULONGLONG CmpLazyDue;                               // interrupt time; 0: nothing has changed
static BOOLEAN CmpStopped;                                 // nothing is written any more

VOID CmpNoteChange(PCM_HIVE Hive)
{
    if (!Hive->Lazy || CmpLazyDue || CmpStopped)
        return;
    CmpLazyDue = KeQueryInterruptTime() + CMP_LAZY_SECONDS * CmpSecond;
    KeSetEvent(&CmpWriterEvent);
}

// ---- The writer

static VOID CmpServe(PCM_HIVE Hive)
{
    PLIST_ENTRY Link = CmpWaiting.Flink;
    while (Link != &CmpWaiting) {
        PCM_FLUSH_WAIT Wait = CONTAINING_RECORD(Link, CM_FLUSH_WAIT, Link);
        Link = Link->Flink;
        if (Wait->Hive != Hive)
            continue;
        RemoveEntryList(&Wait->Link);
        InsertTailList(&CmpServed, &Wait->Link);
    }
}

static VOID CmpEndServed(NTSTATUS Status)
{
    while (!IsListEmpty(&CmpServed)) {
        PCM_FLUSH_WAIT Wait = CONTAINING_RECORD(RemoveHeadList(&CmpServed), CM_FLUSH_WAIT, Link);
        Wait->Completed = TRUE;
        Wait->Status = Status;
        KeSetEvent(&Wait->Done);
    }
}

static NTSTATUS CmpWriteNow(PCM_HIVE Hive)
{
    CmpServe(Hive);
    Hive->Writing = TRUE;
    NTSTATUS Status = CmpWriteHive(Hive);
    Hive->Writing = FALSE;
    if (!NT_SUCCESS(Status))
        DbgPrintEx(DPFLTR_CONFIG_ID, DPFLTR_ERROR_LEVEL, "cm: %wZ is not written: 0x%08lX\n",
                   &Hive->FileName, (ULONG)Status);
    CmpEndServed(Status);
    return Status;
}

static PCM_HIVE CmpNextChanged(void)
{
    for (PCM_HIVE Hive = CmpNextHive(nullptr); Hive; Hive = CmpNextHive(Hive)) {
        if (Hive->Lazy && (Hive->Flush.Log || HvIsDirty(&Hive->Hive)))
            return Hive;
    }
    return nullptr;
}

// While one is written others may come and go, so each search begins at the first.
static VOID CmpWriteChanged(void)
{
    NTSTATUS Status = STATUS_SUCCESS;
    PCM_HIVE Hive;
    CmpLazyDue = 0; // changes from here on come later
    while (NT_SUCCESS(Status) && (Hive = CmpNextChanged()))
        Status = CmpWriteNow(Hive);
    if (!NT_SUCCESS(Status))
        CmpLazyDue = KeQueryInterruptTime() + CMP_RETRY_SECONDS * CmpSecond;
}

static VOID CmpAwaitWork(void)
{
    ULONGLONG Now = KeQueryInterruptTime();
    LARGE_INTEGER Timeout = {.QuadPart = CmpLazyDue > Now ? -(LONGLONG)(CmpLazyDue - Now) : 0};
    (VOID) KeWaitForSingleObject(&CmpWriterEvent, Executive, KernelMode, FALSE,
                                 CmpLazyDue ? &Timeout : nullptr);
}

static VOID CmpRunWriter(PVOID Context)
{
    (void)Context;
    for (;;) {
        while (!IsListEmpty(&CmpWaiting))
            (VOID) CmpWriteNow(CONTAINING_RECORD(CmpWaiting.Flink, CM_FLUSH_WAIT, Link)->Hive);
        if (CmpLazyDue && KeQueryInterruptTime() >= CmpLazyDue)
            CmpWriteChanged();
        else
            CmpAwaitWork();
    }
}

NTSTATUS CmpStartWriter(void)
{
    KeInitializeEvent(&CmpWriterEvent, SynchronizationEvent, FALSE);
    return KeCreateSystemFiber(CmpRunWriter, nullptr);
}

// ---- Those who wait

// The calling thread may end while it waits; the hive is written all the same.
NTSTATUS CmpFlushHive(PCM_HIVE Hive, PLARGE_INTEGER Timeout)
{
    if (!Hive->Stored || CmpStopped)
        return STATUS_SUCCESS;
    if (!Hive->Writing && !Hive->Flush.Log && !HvIsDirty(&Hive->Hive))
        return STATUS_SUCCESS;
    CM_FLUSH_WAIT Wait = {.Hive = Hive};
    KeInitializeEvent(&Wait.Done, NotificationEvent, FALSE);
    InsertTailList(&CmpWaiting, &Wait.Link);
    KeSetEvent(&CmpWriterEvent);
    NTSTATUS Status = KeWaitForSingleObject(&Wait.Done, UserRequest, UserMode, FALSE, Timeout);
    if (Wait.Completed)
        return Wait.Status;
    RemoveEntryList(&Wait.Link);
    return Status;
}

BOOLEAN CmpIsAwaited(PCM_HIVE Hive)
{
    for (PLIST_ENTRY Link = CmpWaiting.Flink; Link != &CmpWaiting; Link = Link->Flink) {
        if (CONTAINING_RECORD(Link, CM_FLUSH_WAIT, Link)->Hive == Hive)
            return TRUE;
    }
    return Hive->Writing;
}

VOID CmShutdownSystem(void)
{
    LARGE_INTEGER Timeout = {.QuadPart = -(LONGLONG)(CMP_LAST_SECONDS * CmpSecond)};
    for (PCM_HIVE Hive = CmpNextHive(nullptr); Hive; Hive = CmpNextHive(Hive)) {
        NTSTATUS Status = CmpFlushHive(Hive, &Timeout);
        if (Status != STATUS_SUCCESS)
            DbgPrintEx(DPFLTR_CONFIG_ID, DPFLTR_ERROR_LEVEL, "cm: %wZ loses changes: 0x%08lX\n",
                       &Hive->FileName, (ULONG)Status);
    }
    CmpStopped = TRUE;
    CmpLazyDue = 0;
    for (PCM_HIVE Hive = CmpNextHive(nullptr); Hive; Hive = CmpNextHive(Hive)) {
        if (!Hive->Writing)
            CmpCloseFiles(Hive);
    }
}
