// Untyped memory as a tree: a free untyped is split into 2^n equal ones until one has the wanted
// size; when memory of a size runs out, splits whose children are all free are taken back.
//
// Pure logic over MM_CAPs: what the kernel does is behind MmpRetype and MmpRevoke.
#include "mmp.h"

static ULONG MmpFreeUntypeds[MM_UNTYPED_BITS + 1]; // heads of the lists, by size
SIZE_T MmpFreeUntypedBytes;

static VOID MmpLinkUntyped(ULONG Slot)
{
    PMM_CAP Cap = MmpCap(Slot);
    ULONG *Head = &MmpFreeUntypeds[Cap->SizeBits];
    Cap->State = MmCapUntypedFree;
    Cap->Previous = 0;
    Cap->Next = *Head;
    if (*Head)
        MmpCap(*Head)->Previous = Slot;
    *Head = Slot;
    MmpFreeUntypedBytes += (SIZE_T)1 << Cap->SizeBits;
    if (Cap->Parent)
        MmpCap(Cap->Parent)->FreeChildren++;
}

static VOID MmpUnlinkUntyped(ULONG Slot, MM_CAP_STATE NewState)
{
    PMM_CAP Cap = MmpCap(Slot);
    if (Cap->Previous)
        MmpCap(Cap->Previous)->Next = Cap->Next;
    else
        MmpFreeUntypeds[Cap->SizeBits] = Cap->Next;
    if (Cap->Next)
        MmpCap(Cap->Next)->Previous = Cap->Previous;
    Cap->State = (UCHAR)NewState;
    MmpFreeUntypedBytes -= (SIZE_T)1 << Cap->SizeBits;
    if (Cap->Parent)
        MmpCap(Cap->Parent)->FreeChildren--;
}

static VOID MmpDescribeUntyped(ULONG Slot, ULONG_PTR PhysicalAddress, ULONG SizeBits, ULONG Parent)
{
    *MmpCap(Slot) = (MM_CAP){
        .PhysicalAddress = PhysicalAddress,
        .Parent = Parent,
        .SizeBits = (UCHAR)SizeBits,
    };
    MmpLinkUntyped(Slot);
}

VOID MmpAddUntyped(ULONG Slot, ULONG_PTR PhysicalAddress, ULONG SizeBits)
{
    MmpDescribeUntyped(Slot, PhysicalAddress, SizeBits, 0);
}

// Size of the parts when an untyped is split on the way to Wanted. The steps keep memory in blocks
// that serve many: chunks of frames, then 64 KiB, then pages; below a page, parts of the wanted size.
static ULONG MmpPartBits(ULONG SizeBits, ULONG Wanted)
{
    static const UCHAR Steps[] = {MM_CHUNK_BITS, 16, PAGE_SHIFT};
    ULONG Part = Wanted;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Steps); i++) {
        if (Steps[i] < SizeBits && Steps[i] >= Wanted) {
            Part = Steps[i];
            break;
        }
    }
    ULONG Smallest = SizeBits - (MM_MAX_SLOT_ORDER - 1);
    return SizeBits > MM_MAX_SLOT_ORDER - 1 && Part < Smallest ? Smallest : Part;
}

static BOOLEAN MmpSplitUntyped(ULONG Slot, ULONG PartBits)
{
    PMM_CAP Cap = MmpCap(Slot);
    ULONG Order = Cap->SizeBits - PartBits;
    ULONG First = MmpAllocateSlots(Order);
    if (!First)
        return FALSE;
    if (MmpRetype(Slot, seL4_UntypedObject, PartBits, First, 1u << Order) != seL4_NoError) {
        MmpFreeSlots(First, Order);
        return FALSE;
    }

    MmpUnlinkUntyped(Slot, MmCapUntypedSplit);
    Cap->FirstChild = First;
    Cap->ChildOrder = (UCHAR)Order;
    Cap->FreeChildren = 0;
    // Backwards, so that the list hands them out by ascending address.
    for (ULONG i = 1u << Order; i-- > 0;)
        MmpDescribeUntyped(First + i, Cap->PhysicalAddress + ((ULONG_PTR)i << PartBits), PartBits,
                           Slot);
    return TRUE;
}

// Does the untyped hold a block of the size whose addresses are all in the range?
static BOOLEAN MmpHoldsBlock(ULONG Slot, ULONG SizeBits, const MM_PHYSICAL_RANGE *Range)
{
    const MM_CAP *Cap = MmpCap(Slot);
    ULONG_PTR Size = (ULONG_PTR)1 << SizeBits;
    ULONG_PTR Start = max(Cap->PhysicalAddress, ALIGN_UP_BY(Range->Lowest, Size));
    ULONG_PTR Last =
        min(Cap->PhysicalAddress + ((ULONG_PTR)1 << Cap->SizeBits) - 1, Range->Highest);
    return Start <= Last && Last - Start >= Size - 1;
}

static ULONG MmpFindUntyped(ULONG SizeBits, const MM_PHYSICAL_RANGE *Range)
{
    for (ULONG Bits = SizeBits; Bits <= MM_UNTYPED_BITS; Bits++) {
        for (ULONG Slot = MmpFreeUntypeds[Bits]; Slot; Slot = MmpCap(Slot)->Next) {
            if (MmpHoldsBlock(Slot, SizeBits, Range))
                return Slot;
        }
    }
    return 0;
}

// Take back the split of an untyped whose children are all free.
static VOID MmpMergeUntyped(ULONG Slot)
{
    PMM_CAP Cap = MmpCap(Slot);
    for (ULONG i = 0; i < 1u << Cap->ChildOrder; i++)
        MmpUnlinkUntyped(Cap->FirstChild + i, MmCapUnused);
    MmpRevoke(Slot);
    MmpFreeSlots(Cap->FirstChild, Cap->ChildOrder);
    MmpLinkUntyped(Slot);
}

// Merge whatever can be merged, small sizes first: a merge makes its parent a candidate.
static BOOLEAN MmpMergeAll(VOID)
{
    BOOLEAN Merged = FALSE;
    for (ULONG Bits = 0; Bits <= MM_UNTYPED_BITS; Bits++) {
        ULONG Slot = MmpFreeUntypeds[Bits];
        while (Slot) {
            ULONG Parent = MmpCap(Slot)->Parent;
            if (Parent && MmpCap(Parent)->FreeChildren == 1u << MmpCap(Parent)->ChildOrder) {
                MmpMergeUntyped(Parent);
                Merged = TRUE;
                Slot = MmpFreeUntypeds[Bits]; // the list has changed under us
            } else {
                Slot = MmpCap(Slot)->Next;
            }
        }
    }
    return Merged;
}

// An untyped of exactly this size in the range, or 0.
ULONG MmpAllocateUntypedIn(ULONG SizeBits, const MM_PHYSICAL_RANGE *Range)
{
    ULONG Slot = MmpFindUntyped(SizeBits, Range);
    if (!Slot && MmpMergeAll())
        Slot = MmpFindUntyped(SizeBits, Range);
    while (Slot && MmpCap(Slot)->SizeBits > SizeBits) {
        if (!MmpSplitUntyped(Slot, MmpPartBits(MmpCap(Slot)->SizeBits, SizeBits)))
            return 0;
        // The block is within one part: parts are aligned and no smaller than it.
        Slot = MmpCap(Slot)->FirstChild;
        while (!MmpHoldsBlock(Slot, SizeBits, Range))
            Slot++;
    }
    if (Slot)
        MmpUnlinkUntyped(Slot, MmCapUntypedUsed);
    return Slot;
}

ULONG MmpAllocateUntyped(ULONG SizeBits)
{
    static const MM_PHYSICAL_RANGE Anywhere = {0, MAXULONG_PTR};
    return MmpAllocateUntypedIn(SizeBits, &Anywhere);
}

// What was made from the untyped has been deleted.
VOID MmpFreeUntyped(ULONG Slot)
{
    ASSERT(MmpCap(Slot)->State == MmCapUntypedUsed);
    MmpLinkUntyped(Slot);
}
