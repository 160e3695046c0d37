// Commitment: promises of memory. There is no page file, so what is promised must fit into memory, less
// what the Executive needs for itself. The last part of it is not for programs: a driver host must be able to work on
// the requests of those that wait for memory, on one more thread and with deeper stacks, and to be started again.
#include "mmp.h"

SIZE_T MmpCommittedPages, MmpCommitLimit, MmpCommitReserve, MmpPeakCommittedPages;

static BOOLEAN MmpIsHost(PEPROCESS Process)
{
    return Process->Host || Process->HostCNode;
}

static BOOLEAN MmpMayUseReserve(PMM_ADDRESS_SPACE Space)
{
    PEPROCESS Current = PsGetCurrentProcess();
    return Current == PsInitialSystemProcess || MmpIsHost(Current) ||
           (Space && MmpIsHost(Space->Process));
}

static BOOLEAN MmpHasRoom(PMM_ADDRESS_SPACE Space, SIZE_T Pages)
{
    SIZE_T Room = MmpCommitLimit - MmpCommittedPages;
    return Pages <= Room && (Pages + MmpCommitReserve <= Room || MmpMayUseReserve(Space));
}

NTSTATUS MmpChargeCommit(PMM_ADDRESS_SPACE Space, SIZE_T Pages)
{
    if (!MmpHasRoom(Space, Pages))
        return STATUS_COMMITMENT_LIMIT;
    if (Space) {
        NTSTATUS Status = PsCheckCommit(Space->Process, Space->CommittedPages + Pages);
        if (!NT_SUCCESS(Status))
            return Status;
        Space->CommittedPages += Pages;
        Space->PeakCommittedPages = max(Space->PeakCommittedPages, Space->CommittedPages);
    }
    MmpCommittedPages += Pages;
    MmpPeakCommittedPages = max(MmpPeakCommittedPages, MmpCommittedPages);
    return STATUS_SUCCESS;
}

VOID MmpReturnCommit(PMM_ADDRESS_SPACE Space, SIZE_T Pages)
{
    MmpCommittedPages -= Pages;
    if (Space)
        Space->CommittedPages -= Pages;
}
