// Capability slots: ranges of 2^n slots from the low end of a leaf, frames' slots from its high end.
#include "mmp.h"

static struct {
    ULONG Next;      // first slot never handed out at the low end
    ULONG Described; // first slot at the low end without memory for its MM_CAP
    ULONG FrameEnd;  // slots from here on belong to frames
} MmpLeaf;           // the leaf that slots are taken from now

static ULONG MmpFreeRanges[MM_MAX_SLOT_ORDER + 1];
static seL4_CPtr MmpLeafCNodes[MM_MAX_LEAVES] = {seL4_CapInitThreadCNode};
static ULONG MmpLeafCount = 1;

// Slots of chunks whose frames went back to untyped memory: room for 4 GiB at a time.
static ULONG MmpFreeFrameRanges[2048];
static ULONG MmpFreeFrameRangeCount;

seL4_CPtr MmRootCNode = seL4_CapInitThreadCNode;
SIZE_T MmpSlotsInUse;
static ULONG MmpInitialCNodeBits;

enum {
    MM_SLOT_DEPTH = 64,
    MM_CAPS_PER_PAGE = PAGE_SIZE / sizeof(MM_CAP),
    MM_FRAME_SLOTS_OF_CHUNK = 2 << (MM_CHUNK_BITS - PAGE_SHIFT),
    // Described slots to have at hand: what the longest chain of splits of untyped memory can use.
    MM_SLOT_RESERVE = 4 << MM_MAX_SLOT_ORDER,
    // Free slots at which the next leaf is made.
    MM_LEAF_RESERVE = 8 * MM_SLOT_RESERVE,
};

VOID MmpInitSlots(const seL4_BootInfo *BootInfo, ULONG FirstFree, ULONG Described)
{
    MmpLeaf.Next = FirstFree;
    MmpLeaf.Described = Described;
    MmpLeaf.FrameEnd = (ULONG)BootInfo->empty.end;
    MmpInitialCNodeBits = (ULONG)BootInfo->initThreadCNodeSizeBits;
}

ULONG MmpAllocateSlots(ULONG Order)
{
    ULONG First = MmpFreeRanges[Order];
    if (First) {
        MmpFreeRanges[Order] = MmpCap(First)->Next;
    } else {
        First = MmpLeaf.Next;
        ULONG End = First + (1u << Order);
        if (End > MmpLeaf.Described || End > MmpLeaf.FrameEnd)
            return 0;
        MmpLeaf.Next = End;
    }
    MmpSlotsInUse += 1u << Order;
    return First;
}

VOID MmpFreeSlots(ULONG First, ULONG Order)
{
    MmpCap(First)->State = MmCapUnused;
    MmpCap(First)->Next = MmpFreeRanges[Order];
    MmpFreeRanges[Order] = First;
    MmpSlotsInUse -= 1u << Order;
}

ULONG MmpAllocateFrameSlots(ULONG Count)
{
    ULONG First;
    if (Count == MM_FRAME_SLOTS_OF_CHUNK && MmpFreeFrameRangeCount) {
        First = MmpFreeFrameRanges[--MmpFreeFrameRangeCount];
    } else {
        if (MmpLeaf.FrameEnd - MmpLeaf.Next < Count + MM_SLOT_RESERVE)
            return 0;
        MmpLeaf.FrameEnd -= Count;
        First = MmpLeaf.FrameEnd;
    }
    MmpSlotsInUse += Count;
    return First;
}

BOOLEAN MmpFreeFrameSlots(ULONG First, ULONG Count)
{
    if (Count != MM_FRAME_SLOTS_OF_CHUNK ||
        MmpFreeFrameRangeCount == RTL_NUMBER_OF(MmpFreeFrameRanges))
        return FALSE;
    MmpFreeFrameRanges[MmpFreeFrameRangeCount++] = First;
    MmpSlotsInUse -= Count;
    return TRUE;
}

seL4_Error MmpRetype(ULONG Untyped, seL4_ObjectType Type, ULONG SizeBits, ULONG First, ULONG Count)
{
    seL4_CPtr Leaf = MmpLeafCNodes[First >> MM_LEAF_STRIDE_BITS];
    ULONG Offset = First & ((1u << MM_LEAF_STRIDE_BITS) - 1);
    return seL4_Untyped_Retype(Untyped, Type, SizeBits, Leaf, 0, 0, Offset, Count);
}

VOID MmpRevoke(ULONG Slot)
{
    seL4_Error Error = seL4_CNode_Revoke(MmRootCNode, Slot, MM_SLOT_DEPTH);
    ASSERT(Error == seL4_NoError);
}

seL4_Error MmpCopyCap(ULONG Dest, ULONG Source)
{
    return seL4_CNode_Copy(MmRootCNode, Dest, MM_SLOT_DEPTH, MmRootCNode, Source, MM_SLOT_DEPTH,
                           seL4_AllRights);
}

VOID MmpDeleteCap(ULONG Slot)
{
    seL4_Error Error = seL4_CNode_Delete(MmRootCNode, Slot, MM_SLOT_DEPTH);
    ASSERT(Error == seL4_NoError);
}

// Give one more page of slots their MM_CAPs.
static BOOLEAN MmpDescribeSlots(VOID)
{
    PMM_PFN Pfn = MmpAllocateFrame(TRUE);
    if (!Pfn)
        return FALSE;
    ULONG_PTR Address = (ULONG_PTR)MmpCap(MmpLeaf.Described);
    if (!NT_SUCCESS(MmpMapCap(&MmpSystemSpace, Pfn->Slot, Address, TRUE))) {
        MmpDereferenceFrame(Pfn);
        return FALSE;
    }
    Pfn->State = MmPfnDatabase;
    Pfn->Flags |= MM_PFN_SLOT_BUSY;
    MmpLeaf.Described += MM_CAPS_PER_PAGE;
    return TRUE;
}

// Put a root above the initial CNode, which becomes its first leaf: every slot keeps its address.
static BOOLEAN MmpMakeRoot(VOID)
{
    constexpr ULONG GuardBits = MM_SLOT_DEPTH - MM_ROOT_BITS - MM_LEAF_STRIDE_BITS;
    seL4_CPtr Unguarded = MmCreateKernelObject(seL4_CapTableObject, MM_ROOT_BITS);
    ULONG Root = MmpAllocateSlots(0);
    if (!Unguarded || !Root)
        return FALSE;

    seL4_Word Guard = seL4_CNode_CapData_new(0, GuardBits).words[0];
    seL4_Word LeafGuard =
        seL4_CNode_CapData_new(0, MM_LEAF_STRIDE_BITS - MmpInitialCNodeBits).words[0];
    seL4_Error Error = seL4_CNode_Mint(MmRootCNode, Root, MM_SLOT_DEPTH, MmRootCNode, Unguarded,
                                       MM_SLOT_DEPTH, seL4_AllRights, Guard);
    if (Error == seL4_NoError)
        Error = seL4_CNode_Mint(Unguarded, 0, MM_ROOT_BITS, MmRootCNode, seL4_CapInitThreadCNode,
                                MM_SLOT_DEPTH, seL4_AllRights, LeafGuard);
    if (Error == seL4_NoError)
        Error = KiSetExecutiveCSpace(Root);
    if (Error != seL4_NoError)
        return FALSE;
    MmpCap(Root)->State = MmCapOther;
    MmRootCNode = Root;
    return TRUE;
}

// Slots that were left in the old leaf are not lost: freed ranges are found by their lists.
static BOOLEAN MmpAddLeaf(VOID)
{
    constexpr ULONG GuardBits = MM_LEAF_STRIDE_BITS - MM_LEAF_BITS;
    if (MmpLeafCount == MM_MAX_LEAVES)
        return FALSE;
    if (MmRootCNode == seL4_CapInitThreadCNode && !MmpMakeRoot())
        return FALSE;
    seL4_CPtr CNode = MmCreateKernelObject(seL4_CapTableObject, MM_LEAF_BITS);
    if (!CNode)
        return FALSE;
    seL4_Error Error = seL4_CNode_Mint(
        MmRootCNode, MmpLeafCount, MM_SLOT_DEPTH - MM_LEAF_STRIDE_BITS, MmRootCNode, CNode,
        MM_SLOT_DEPTH, seL4_AllRights, seL4_CNode_CapData_new(0, GuardBits).words[0]);
    if (Error != seL4_NoError) {
        MmDeleteKernelObject(CNode);
        return FALSE;
    }

    ULONG First = MmpLeafCount << MM_LEAF_STRIDE_BITS;
    MmpLeafCNodes[MmpLeafCount++] = CNode;
    MmpLeaf.Next = First;
    MmpLeaf.Described = First;
    MmpLeaf.FrameEnd = First + (1u << MM_LEAF_BITS);
    return TRUE;
}

VOID MmpMaintainSlots(VOID)
{
    static BOOLEAN Busy; // what this function allocates comes from the reserve
    if (MmpLeaf.Described - MmpLeaf.Next >= MM_SLOT_RESERVE || Busy)
        return;
    Busy = TRUE;
    if (MmpLeaf.FrameEnd - MmpLeaf.Next < MM_LEAF_RESERVE)
        MmpAddLeaf();
    while (MmpLeaf.Described - MmpLeaf.Next < MM_SLOT_RESERVE) {
        if (!MmpDescribeSlots())
            break;
    }
    Busy = FALSE;
}

seL4_CPtr MmAllocateSlot(VOID)
{
    MmpMaintainSlots();
    ULONG Slot = MmpAllocateSlots(0);
    if (Slot)
        MmpCap(Slot)->State = MmCapOther;
    return Slot;
}

VOID MmFreeSlot(seL4_CPtr Slot)
{
    MmpFreeSlots((ULONG)Slot, 0);
}

VOID MmDeleteSlot(seL4_CPtr Slot)
{
    MmpDeleteCap((ULONG)Slot);
    MmpFreeSlots((ULONG)Slot, 0);
}
