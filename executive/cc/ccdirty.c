// Pages that are to be written: how many there may be, and who has to wait when there are too many. Each is charged to the
// system's commitment, for its memory cannot be had at once.
#include "ccp.h"

enum { CC_TICK = 1'000'000 }; // of 100 ns: a tenth of a second

LIST_ENTRY CcpDirtyStreams = {&CcpDirtyStreams, &CcpDirtyStreams};
static KEVENT CcpRoom = {}; // notification event: there are fewer dirty pages than allowed

ULONG CcpNow(VOID)
{
    return (ULONG)(KeQueryInterruptTime() / CC_TICK);
}

VOID CcpInitDirty(VOID)
{
    KeInitializeEvent(&CcpRoom, NotificationEvent, TRUE);
}

// A quarter of the memory that is there for it.
SIZE_T CcpDirtyLimit(VOID)
{
    return max(MmQueryCacheRoom() / 4, (SIZE_T)256);
}

SIZE_T CcQueryDirtyLimit(VOID)
{
    return CcpDirtyLimit();
}

BOOLEAN CcpMayDirty(SIZE_T Pages)
{
    return CcpStatistics.DirtyPages + Pages <= CcpDirtyLimit();
}

NTSTATUS CcpDirtyPage(PCC_PAGE Page, BOOLEAN Anyway)
{
    PCC_STREAM Stream = Page->Stream;
    if (Page->Dirty)
        return STATUS_SUCCESS;
    if (!Page->Charged)
        Page->Charged = MmChargeCachePage();
    if (!Page->Charged && !Anyway)
        return STATUS_COMMITMENT_LIMIT;
    Page->Dirty = TRUE;
    Page->DirtySince = CcpNow();
    CcpIndexMark(&Stream->Pages, Page->Number, TRUE);
    if (!Stream->DirtyCount++)
        InsertTailList(&CcpDirtyStreams, &Stream->DirtyLink);
    if (!CcpStatistics.DirtyPages++ || !CcpMayDirty(CcpDirtyLimit() / 2))
        CcpWakeWriter();
    return STATUS_SUCCESS;
}

// It is going to be written, or nobody wants it any more.
VOID CcpCleanPage(PCC_PAGE Page)
{
    PCC_STREAM Stream = Page->Stream;
    if (!Page->Dirty)
        return;
    Page->Dirty = FALSE;
    CcpIndexMark(&Stream->Pages, Page->Number, FALSE);
    CcpStatistics.DirtyPages--;
    if (!--Stream->DirtyCount) {
        RemoveEntryList(&Stream->DirtyLink);
        InitializeListHead(&Stream->DirtyLink);
    }
}

VOID CcpUnchargePage(PCC_PAGE Page)
{
    if (!Page->Charged || Page->Dirty)
        return;
    Page->Charged = FALSE;
    MmUnchargeCachePage();
    KeSetEvent(&CcpRoom); // who waits looks again
}

NTSTATUS CcThrottleWrite(ULONG Length)
{
    SIZE_T Pages = CcpPageOf((ULONG64)Length + PAGE_SIZE - 1) + 1;
    NTSTATUS Status = STATUS_SUCCESS;
    while (Status == STATUS_SUCCESS && !CcpMayDirty(Pages) && CcpStatistics.DirtyPages) {
        CcpWakeWriter();
        KeResetEvent(&CcpRoom);
        Status = KeWaitForSingleObject(&CcpRoom, WrFreePage, UserMode, FALSE, nullptr);
    }
    return Status;
}

BOOLEAN CcMayWrite(ULONG Length)
{
    return CcpMayDirty(CcpPageOf((ULONG64)Length + PAGE_SIZE - 1) + 1);
}
