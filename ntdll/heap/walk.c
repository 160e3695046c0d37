// RtlWalkHeap: one entry after another. The caller's entry says where the walk stands: each segment, its
// blocks, its uncommitted rest; then the large blocks.

#include "heapp.h"

static NTSTATUS HeappShowLarge(PHEAP Heap, PLIST_ENTRY Link, PRTL_HEAP_WALK_ENTRY Entry)
{
    if (Link == &Heap->LargeList)
        return STATUS_NO_MORE_ENTRIES;
    PHEAP_LARGE Large = CONTAINING_RECORD(Link, HEAP_LARGE, Entry);
    *Entry = (RTL_HEAP_WALK_ENTRY){
        .DataAddress = HeappData(&Large->Block),
        .DataSize = Large->Size,
        .OverheadBytes = sizeof(HEAP_LARGE),
        .Flags = RTL_HEAP_BUSY | RTL_HEAP_SETTABLE_VALUE,
        .Block.Settable = (SIZE_T)Large->UserValue,
    };
    return STATUS_SUCCESS;
}

static NTSTATUS HeappShowSegment(PHEAP Heap, PLIST_ENTRY Link, PRTL_HEAP_WALK_ENTRY Entry)
{
    if (Link == &Heap->SegmentList)
        return HeappShowLarge(Heap, Heap->LargeList.Flink, Entry);
    PHEAP_SEGMENT Segment = CONTAINING_RECORD(Link, HEAP_SEGMENT, Entry);
    *Entry = (RTL_HEAP_WALK_ENTRY){
        .DataAddress = Segment,
        .DataSize = (SIZE_T)(Segment->Start - (PUCHAR)Segment),
        .Flags = RTL_HEAP_SEGMENT,
        .Segment.CommittedSize = (ULONG)(Segment->Committed - (PUCHAR)Segment),
        .Segment.UnCommittedSize = (ULONG)(Segment->End - Segment->Committed),
        .Segment.FirstEntry = Segment->Start,
        .Segment.LastEntry = Segment->End,
    };
    return STATUS_SUCCESS;
}

static NTSTATUS HeappShowBlock(PHEAP_BLOCK Block, PRTL_HEAP_WALK_ENTRY Entry)
{
    BOOLEAN Busy = (Block->Flags & HeapBlockBusy) && !(Block->Flags & HeapBlockFrontEnd);
    SIZE_T Size = (SIZE_T)Block->Units * HeapUnit;
    SIZE_T DataSize = Busy ? HeappBlockSize(Block) : Size - sizeof(HEAP_BLOCK);
    *Entry = (RTL_HEAP_WALK_ENTRY){
        .DataAddress = HeappData(Block),
        .DataSize = DataSize,
        .OverheadBytes = (UCHAR)(Size - DataSize),
        .Flags = Busy ? RTL_HEAP_BUSY : 0,
    };
    if (Busy && (Block->Flags & HeapBlockHasExtra)) {
        Entry->Flags |= RTL_HEAP_SETTABLE_VALUE;
        Entry->Block.Settable = (SIZE_T)HeappExtra(Block)->UserValue;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS HeappShowEnd(PHEAP Heap, PHEAP_SEGMENT Segment, PRTL_HEAP_WALK_ENTRY Entry)
{
    if (Segment->Committed == Segment->End)
        return HeappShowSegment(Heap, Segment->Entry.Flink, Entry);
    *Entry = (RTL_HEAP_WALK_ENTRY){
        .DataAddress = Segment->Committed,
        .DataSize = (SIZE_T)(Segment->End - Segment->Committed),
        .Flags = RTL_HEAP_UNCOMMITTED_RANGE,
    };
    return STATUS_SUCCESS;
}

static PHEAP_SEGMENT HeappSegmentThatEndsAt(PHEAP Heap, PVOID Committed)
{
    for (PLIST_ENTRY Link = Heap->SegmentList.Flink; Link != &Heap->SegmentList;
         Link = Link->Flink) {
        PHEAP_SEGMENT Segment = CONTAINING_RECORD(Link, HEAP_SEGMENT, Entry);
        if (Segment->Committed == Committed)
            return Segment;
    }
    return nullptr;
}

static NTSTATUS HeappWalkOn(PHEAP Heap, PRTL_HEAP_WALK_ENTRY Entry)
{
    if (!Entry->DataAddress)
        return HeappShowSegment(Heap, Heap->SegmentList.Flink, Entry);
    if (Entry->Flags & RTL_HEAP_SEGMENT)
        return HeappShowBlock(Entry->Segment.FirstEntry, Entry);
    if (Entry->Flags & RTL_HEAP_UNCOMMITTED_RANGE) {
        PHEAP_SEGMENT Segment = HeappSegmentThatEndsAt(Heap, Entry->DataAddress);
        return Segment ? HeappShowSegment(Heap, Segment->Entry.Flink, Entry)
                       : STATUS_INVALID_PARAMETER;
    }
    PHEAP_BLOCK Block = HeappBlock(Entry->DataAddress);
    PHEAP_SEGMENT Segment = HeappSegmentOf(Heap, Block);
    if (!Segment && HeappValidateBlock(Heap, Block))
        return HeappShowLarge(Heap, HeappLarge(Block)->Entry.Flink, Entry);
    if (!Segment || !HeappIsSealed(Heap, Block))
        return STATUS_INVALID_PARAMETER;
    PHEAP_BLOCK Next = HeappNext(Block);
    return Next ? HeappShowBlock(Next, Entry) : HeappShowEnd(Heap, Segment, Entry);
}

// The first call has DataAddress null. STATUS_NO_MORE_ENTRIES at the end.
NTSTATUS NTAPI RtlWalkHeap(PVOID HeapHandle, PRTL_HEAP_WALK_ENTRY Entry)
{
    PHEAP Heap = HeapHandle;
    if (!HeappIsHeap(Heap))
        return STATUS_INVALID_PARAMETER;
    HeappEnter(Heap, 0);
    NTSTATUS Status = HeappWalkOn(Heap, Entry);
    HeappLeave(Heap, 0);
    return Status;
}
