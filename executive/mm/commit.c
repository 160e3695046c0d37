// Commitment: promises of memory. There is no page file, so what is promised must fit into memory, less
// what the Executive needs for itself.
#include "mmp.h"

SIZE_T MmpCommittedPages, MmpCommitLimit, MmpPeakCommittedPages;

NTSTATUS MmpChargeCommit(PMM_ADDRESS_SPACE Space, SIZE_T Pages)
{
    if (Pages > MmpCommitLimit - MmpCommittedPages)
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
