// Pages that a request uses: in memory, and kept there as frames of their own until they are given back,
// whatever happens to their addresses.
#include "mmp.h"

NTSTATUS MmPinUserPage(PEPROCESS Process, ULONG_PTR Address, BOOLEAN Write, PULONG64 Page)
{
    PMM_PFN Frame;
    seL4_CPtr Cap;
    UCHAR Byte;
    PMM_ADDRESS_SPACE Space = Process->AddressSpace;
    if (!Space)
        return STATUS_ACCESS_VIOLATION;
    if (Write) {
        NTSTATUS Status = MmReferenceUserFrame(Space, Address, &Frame, &Cap);
        if (NT_SUCCESS(Status))
            *Page = MmpPfnNumber(Frame);
        return Status;
    }
    NTSTATUS Status = MmReadProcess(Process, &Byte, Address, sizeof(Byte));
    if (!NT_SUCCESS(Status))
        return Status;
    *Page = MmpFindPte(Space, Address >> PAGE_SHIFT)->Pfn;
    MmpReferenceFrame(MmpPfn(*Page));
    return STATUS_SUCCESS;
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

VOID MmUnpinPage(ULONG64 Page)
{
    MmpDereferenceFrame(MmpPfn(Page));
}
