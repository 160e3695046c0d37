// Frames that a device works on stay where they are while they are pinned.
#include "mmp.h"

VOID MmUnpinPages(const ULONG64 *Pages, ULONG Count)
{
    for (ULONG i = 0; i < Count; i++)
        MmpDereferenceFrame(MmpPfn(Pages[i]));
}

NTSTATUS MmPinPages(PEPROCESS Process, ULONG_PTR Address, ULONG Count, BOOLEAN Write,
                    PULONG64 Pages)
{
    for (ULONG i = 0; i < Count; i++) {
        PMM_PFN Frame;
        NTSTATUS Status = STATUS_PROCESS_IS_TERMINATING;
        if (Process->AddressSpace)
            Status = MmpReferenceFrameAt(Process->AddressSpace,
                                         Address + ((ULONG_PTR)i << PAGE_SHIFT), Write, &Frame);
        if (!NT_SUCCESS(Status)) {
            MmUnpinPages(Pages, i);
            return Status;
        }
        Pages[i] = MmpPfnNumber(Frame);
    }
    return STATUS_SUCCESS;
}
