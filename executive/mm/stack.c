// Guard pages. A guard page in the stack of the faulting thread makes the stack grow by a page; any
// other one raises its exception once.
#include "mmp.h"

// What Windows keeps for the handler of a stack overflow when SetThreadStackGuarantee asked for less:
// dispatching an exception takes more than a page.
constexpr ULONG_PTR MM_LEAST_GUARANTEE = 2 * PAGE_SIZE;

typedef struct _MM_STACK_BOUNDS {
    ULONG_PTR Base, Limit, Deallocation; // addresses
    ULONG_PTR Guarantee;                 // bytes that stay usable after an overflow
} MM_STACK_BOUNDS;

static BOOLEAN MmpReadStackBounds(PMM_ADDRESS_SPACE Space, MM_STACK_BOUNDS *Bounds)
{
    PETHREAD Thread = KeGetCurrentThread();
    if (!Thread || Thread->Process->AddressSpace != Space)
        return FALSE;
    ULONG_PTR Teb = (ULONG_PTR)Thread->Teb;
    ULONG Guarantee;
    NT_TIB Tib;
    if (!NT_SUCCESS(MmReadProcess(Space->Process, &Tib, Teb, sizeof(Tib))) ||
        !NT_SUCCESS(MmReadProcess(Space->Process, &Bounds->Deallocation,
                                  Teb + offsetof(TEB, DeallocationStack), sizeof(ULONG_PTR))) ||
        !NT_SUCCESS(MmReadProcess(Space->Process, &Guarantee,
                                  Teb + offsetof(TEB, GuaranteedStackBytes), sizeof(Guarantee))))
        return FALSE;
    Bounds->Base = (ULONG_PTR)Tib.StackBase;
    Bounds->Limit = (ULONG_PTR)Tib.StackLimit;
    Bounds->Guarantee = max(ALIGN_UP_BY(Guarantee, PAGE_SIZE), MM_LEAST_GUARANTEE);
    return TRUE;
}

static NTSTATUS MmpSetStackLimit(PMM_ADDRESS_SPACE Space, ULONG_PTR Limit)
{
    ULONG_PTR Field = (ULONG_PTR)KeGetCurrentThread()->Teb + offsetof(NT_TIB, StackLimit);
    return MmWriteProcess(Space->Process, Field, &Limit, sizeof(Limit));
}

// The guard page at Page was touched. The lowest page of a stack is never given: when the guard gets
// there, the stack has overflowed.
static NTSTATUS MmpGrowStack(PMM_ADDRESS_SPACE Space, PMM_VAD Vad, ULONG_PTR Page,
                             const MM_STACK_BOUNDS *Bounds)
{
    ULONG_PTR Address = Page << PAGE_SHIFT;
    ULONG_PTR Lowest = Bounds->Deallocation + PAGE_SIZE + Bounds->Guarantee;
    if (Address - PAGE_SIZE < Lowest) {
        MmpSetStackLimit(Space, Bounds->Deallocation + PAGE_SIZE);
        // Hand out what was kept back for the handler of this exception.
        for (ULONG_PTR Last = Address - PAGE_SIZE; Last > Bounds->Deallocation; Last -= PAGE_SIZE)
            MmpCommitPage(Space, Vad, Last >> PAGE_SHIFT, MM_READWRITE);
        return STATUS_STACK_OVERFLOW;
    }
    NTSTATUS Status = MmpCommitPage(Space, Vad, Page - 1, MM_READWRITE | MM_GUARD);
    if (!NT_SUCCESS(Status))
        return STATUS_STACK_OVERFLOW;
    return MmpSetStackLimit(Space, Address);
}

NTSTATUS MmpGuardFault(PMM_ADDRESS_SPACE Space, PMM_VAD Vad, ULONG_PTR Page, BOOLEAN Write)
{
    PMM_REGION Region = MmpMakeRegion(Space, Page);
    if (!Region)
        return STATUS_NO_MEMORY;
    MM_PTE New = Region->Ptes[Page % MM_REGION_PAGES];
    New.Protection = MmpPageState(Vad, &New, Page).Protection & ~(ULONG)MM_MODE_MASK;
    New.Explicit = New.Committed = 1;
    MmpWritePte(Region, Page, New);

    MM_STACK_BOUNDS Bounds;
    ULONG_PTR Address = Page << PAGE_SHIFT;
    if (!MmpReadStackBounds(Space, &Bounds) || Address < Bounds.Deallocation ||
        Address >= Bounds.Base)
        return STATUS_GUARD_PAGE_VIOLATION;
    NTSTATUS Status = MmpGrowStack(Space, Vad, Page, &Bounds);
    if (!NT_SUCCESS(Status))
        return Status;
    return MmAccessFault(Space, Address, Write);
}
