// Write-behind: a fiber that writes what has been dirty for some time, or sooner when there is much of it. While nothing is
// dirty it sleeps.
#include "ccp.h"

enum {
    CC_AGE = 30,      // tenths of a second that a page may stay dirty
    CC_SHORT_AGE = 2, // when there is much to be written
    CC_PERIOD = 10,   // between two looks
    CC_RETRY = 20,    // after an error
    CC_REFUSED = 3,   // after the file system had no time
    CC_TICK_100NS = 1'000'000,
};

static KEVENT CcpWriterCalled;
static KEVENT CcpRoundDone; // notification event, pulsed
static ULONG CcpRounds;

VOID CcpWakeWriter(VOID)
{
    KeSetEvent(&CcpWriterCalled);
}

// Errors stay with the stream until somebody is told; the pages stay dirty.
VOID CcpWriteFailed(PCC_STREAM Stream, NTSTATUS Status)
{
    if (NT_SUCCESS(Stream->WriteStatus))
        DbgPrintEx(DPFLTR_CACHEMGR_ID, DPFLTR_WARNING_LEVEL,
                   "cc: a write of a cached file fails with 0x%08lX; it is kept and tried again\n",
                   (ULONG)Status);
    Stream->WriteStatus = Status;
    Stream->RetryAt = CcpNow() + CC_RETRY;
}

NTSTATUS CcpTakeWriteError(PCC_STREAM Stream)
{
    NTSTATUS Status = Stream->LostStatus;
    Stream->WriteStatus = Stream->LostStatus = STATUS_SUCCESS;
    return Status;
}

// The file system was busy with the file. Asking again at once would only keep it from getting done.
VOID CcpWriteRefused(PCC_STREAM Stream)
{
    Stream->Refused = TRUE;
    Stream->RetryAt = CcpNow() + CC_REFUSED;
}

static BOOLEAN CcpIsDue(PCC_STREAM Stream, ULONG Now)
{
    BOOLEAN Failed = !NT_SUCCESS(Stream->WriteStatus) || Stream->Refused;
    return Stream->File && !(Stream->Flags & CC_NO_WRITE_BEHIND) &&
           (!Failed || (LONG)(Now - Stream->RetryAt) >= 0);
}

// One look at all streams. They may come and go while one is written, so the list is walked by its end.
static BOOLEAN CcpWriteRound(VOID)
{
    SIZE_T Written = CcpStatistics.PageWrites;
    ULONG Now = CcpNow();
    BOOLEAN Much = !CcpMayDirty(CcpDirtyLimit() / 2);
    SIZE_T Left = 0;
    for (PLIST_ENTRY Link = CcpDirtyStreams.Flink; Link != &CcpDirtyStreams; Link = Link->Flink)
        Left++;
    while (Left-- && !IsListEmpty(&CcpDirtyStreams)) {
        PCC_STREAM Stream = CONTAINING_RECORD(CcpDirtyStreams.Flink, CC_STREAM, DirtyLink);
        RemoveEntryList(&Stream->DirtyLink);
        InsertTailList(&CcpDirtyStreams, &Stream->DirtyLink);
        if (!CcpIsDue(Stream, Now))
            continue;
        CcReferenceStream(Stream);
        Stream->Refused = FALSE;
        // What is open or mapped may be written to again, and its writer must get to that. What is closed is often deleted
        // before it has been written, and need not be then.
        BOOLEAN Closed = !Stream->Maps && !Stream->Sections;
        ULONG Age = Closed && CcpAreManyUnused() ? 0 : Much ? CC_SHORT_AGE : CC_AGE;
        NTSTATUS Status = CcpWriteOldPages(Stream, Now - Age);
        if (NT_SUCCESS(Status))
            Stream->WriteStatus = STATUS_SUCCESS;
        CcDereferenceStream(Stream);
    }
    return CcpStatistics.PageWrites != Written;
}

static VOID CcpWriter(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    BOOLEAN Wrote = FALSE;
    for (;;) {
        LARGE_INTEGER Period = {.QuadPart = -(LONGLONG)CC_PERIOD * CC_TICK_100NS};
        if (!CcpStatistics.DirtyPages)
            KeWaitForSingleObject(&CcpWriterCalled, Executive, KernelMode, FALSE, nullptr);
        else if (!Wrote || CcpMayDirty(CcpDirtyLimit() / 2))
            KeWaitForSingleObject(&CcpWriterCalled, Executive, KernelMode, FALSE, &Period);
        Wrote = CcpWriteRound();
        CcpReleaseUnused();
        CcpRounds++;
        KePulseEvent(&CcpRoundDone);
    }
}

// What is under way, and a round that begins from now on.
NTSTATUS CcWaitForWriter(VOID)
{
    ULONG Rounds = CcpRounds + 2;
    NTSTATUS Status = STATUS_SUCCESS;
    while (Status == STATUS_SUCCESS && CcpStatistics.DirtyPages && (LONG)(Rounds - CcpRounds) > 0) {
        CcpWakeWriter();
        Status = KeWaitForSingleObject(&CcpRoundDone, Executive, UserMode, FALSE, nullptr);
    }
    return Status;
}

NTSTATUS CcpInitWriter(VOID)
{
    KeInitializeEvent(&CcpWriterCalled, SynchronizationEvent, FALSE);
    KeInitializeEvent(&CcpRoundDone, NotificationEvent, FALSE);
    return KeCreateSystemFiber(CcpWriter, nullptr);
}
