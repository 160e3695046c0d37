// Pages that a request uses: in memory, and kept there as frames of their own until they are given back,
// whatever happens to their addresses.
#include "mmp.h"

#include "frame.h"

NTSTATUS MmPinUserPage(PEPROCESS Process, ULONG_PTR Address, BOOLEAN Write, PULONG64 Page)
{
    PMM_PFN Frame;
    if (!Process->AddressSpace)
        return STATUS_ACCESS_VIOLATION;
    NTSTATUS Status = MmpReferenceFrameAt(Process->AddressSpace, Address, Write, &Frame);
    if (NT_SUCCESS(Status))
        *Page = MmpPfnNumber(Frame);
    return Status;
}

NTSTATUS MmPinSystemPage(const VOID *Address, PULONG64 Page)
{
    ULONG_PTR Value = (ULONG_PTR)Address;
    if (Value >= MM_SYSTEM_BASE && Value < MM_SYSTEM_END) {
        PMM_PTE Pte = MmpFindPte(&MmpSystemSpace, Value >> PAGE_SHIFT);
        if (!Pte || !Pte->Valid)
            return STATUS_ACCESS_VIOLATION;
        *Page = Pte->Pfn;
    } else if (Value >= MM_WINDOW_BASE && Value < MM_PFN_BASE) {
        *Page = MmpPfnNumber(MmpWindowPfn(Address)); // pool
    } else {
        return STATUS_ACCESS_VIOLATION; // the Executive's image
    }
    MmpReferenceFrame(MmpPfn(*Page));
    return STATUS_SUCCESS;
}

PVOID MmFrameAddress(ULONG64 Page)
{
    return MmpFrameAddress(MmpPfn(Page));
}

VOID MmUnpinPage(ULONG64 Page)
{
    MmpDereferenceFrame(MmpPfn(Page));
}

VOID MmUnpinPages(const ULONG64 *Pages, ULONG Count)
{
    for (ULONG i = 0; i < Count; i++)
        MmUnpinPage(Pages[i]);
}

NTSTATUS MmPinPages(PEPROCESS Process, ULONG_PTR Address, ULONG Count, BOOLEAN Write,
                    PULONG64 Pages)
{
    for (ULONG i = 0; i < Count; i++) {
        NTSTATUS Status =
            MmPinUserPage(Process, Address + ((ULONG_PTR)i << PAGE_SHIFT), Write, &Pages[i]);
        if (!NT_SUCCESS(Status)) {
            MmUnpinPages(Pages, i);
            return Status;
        }
    }
    return STATUS_SUCCESS;
}
