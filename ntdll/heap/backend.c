// Blocks of a heap: segments, two-level segregated free lists, splitting and joining.

#include "heapp.h"

static VOID HeappMapSize(ULONG Units, PULONG First, PULONG Second)
{
    ULONG Log = 31u - (ULONG)__builtin_clz(Units);
    if (Log < HeapSecondLevelShift) {
        *First = 0;
        *Second = Units;
        return;
    }
    *First = Log - HeapSecondLevelShift + 1;
    *Second = (Units >> (Log - HeapSecondLevelShift)) & (HeapSecondLevels - 1);
}

static VOID HeappInsertFree(PHEAP Heap, PHEAP_BLOCK Block)
{
    ULONG First, Second;
    HeappMapSize(Block->Units, &First, &Second);

    PHEAP_FREE_BLOCK Free = (PHEAP_FREE_BLOCK)Block;
    Free->Previous = nullptr;
    Free->Next = Heap->FreeLists[First][Second];
    if (Free->Next)
        Free->Next->Previous = Free;
    Heap->FreeLists[First][Second] = Free;
    Heap->FirstLevelBitmap |= 1u << First;
    Heap->SecondLevelBitmap[First] |= (USHORT)(1u << Second);
}

static VOID HeappRemoveFree(PHEAP Heap, PHEAP_BLOCK Block)
{
    ULONG First, Second;
    HeappMapSize(Block->Units, &First, &Second);

    PHEAP_FREE_BLOCK Free = (PHEAP_FREE_BLOCK)Block;
    if (Free->Next)
        Free->Next->Previous = Free->Previous;
    if (Free->Previous) {
        Free->Previous->Next = Free->Next;
        return;
    }
    Heap->FreeLists[First][Second] = Free->Next;
    if (Free->Next)
        return;
    Heap->SecondLevelBitmap[First] &= (USHORT) ~(1u << Second);
    if (!Heap->SecondLevelBitmap[First])
        Heap->FirstLevelBitmap &= ~(1u << First);
}

// A free block of at least Units: the head of the first list whose every block is large enough.
static PHEAP_BLOCK HeappFindFree(PHEAP Heap, ULONG Units)
{
    // Round up to the start of a list, so that no list has to be searched.
    ULONG Log = 31u - (ULONG)__builtin_clz(Units);
    if (Log >= HeapSecondLevelShift)
        Units += (1u << (Log - HeapSecondLevelShift)) - 1;

    ULONG First, Second;
    HeappMapSize(Units, &First, &Second);
    if (First >= HeapFirstLevels)
        return nullptr;
    ULONG Bitmap = Heap->SecondLevelBitmap[First] & (~0u << Second);
    if (!Bitmap) {
        ULONG Above = First + 1 < 32 ? Heap->FirstLevelBitmap & (~0u << (First + 1)) : 0;
        if (!Above)
            return nullptr;
        First = (ULONG)__builtin_ctz(Above);
        Bitmap = Heap->SecondLevelBitmap[First];
    }
    return &Heap->FreeLists[First][__builtin_ctz(Bitmap)]->Block;
}

// Cut a block so that it keeps Units; what remains becomes a block of its own, not yet in a list.
static PHEAP_BLOCK HeappSplit(PHEAP Heap, PHEAP_BLOCK Block, ULONG Units)
{
    PHEAP_BLOCK Next = HeappNext(Block);
    PHEAP_BLOCK Rest = Block + Units;
    *Rest = (HEAP_BLOCK){
        .Units = Block->Units - Units,
        .PreviousUnits = Units,
        .Flags = Block->Flags & HeapBlockLast,
    };
    Block->Units = Units;
    if (Next) {
        Next->PreviousUnits = Rest->Units;
        HeappSeal(Heap, Next);
    } else {
        HeappSegmentOf(Heap, Block)->Last = Rest;
        Block->Flags &= (UCHAR)~HeapBlockLast;
    }
    HeappSeal(Heap, Block);
    HeappSeal(Heap, Rest);
    return Rest;
}

// Join a block with the one behind it; both are off the lists. The first one remains.
static VOID HeappJoin(PHEAP Heap, PHEAP_BLOCK Block, PHEAP_BLOCK Next)
{
    Block->Units += Next->Units;
    Block->Flags |= Next->Flags & HeapBlockLast;
    PHEAP_BLOCK After = HeappNext(Block);
    if (After) {
        After->PreviousUnits = Block->Units;
        HeappSeal(Heap, After);
    } else {
        HeappSegmentOf(Heap, Block)->Last = Block;
    }
    HeappSeal(Heap, Block);
}

static BOOLEAN HeappIsFree(PHEAP_BLOCK Block)
{
    return Block && !(Block->Flags & HeapBlockBusy);
}

VOID HeappFreeBlock(PHEAP Heap, PHEAP_BLOCK Block)
{
    Heap->AllocatedBytes -= (SIZE_T)Block->Units * HeapUnit;
    Block->Flags &= HeapBlockLast;
    Block->UnusedBytes = 0;

    PHEAP_BLOCK Next = HeappNext(Block);
    if (HeappIsFree(Next)) {
        HeappRemoveFree(Heap, Next);
        HeappJoin(Heap, Block, Next);
    }
    PHEAP_BLOCK Previous = HeappPrevious(Block);
    if (HeappIsFree(Previous)) {
        HeappRemoveFree(Heap, Previous);
        HeappJoin(Heap, Previous, Block);
        Block = Previous;
    }
    HeappSeal(Heap, Block);
    HeappInsertFree(Heap, Block);
}

// Make [Segment->Committed, +Bytes) a free block at the segment's end.
static VOID HeappAppendFree(PHEAP Heap, PHEAP_SEGMENT Segment, SIZE_T Bytes)
{
    PHEAP_BLOCK Last = Segment->Last;
    PHEAP_BLOCK Block = (PHEAP_BLOCK)Segment->Committed;
    *Block = (HEAP_BLOCK){
        .Units = (ULONG)(Bytes >> HeapUnitShift),
        .PreviousUnits = Last ? Last->Units : 0,
        .Flags = HeapBlockLast,
    };
    if (Last) {
        Last->Flags &= (UCHAR)~HeapBlockLast;
        HeappSeal(Heap, Last);
    }
    Segment->Last = Block;
    Segment->Committed += Bytes;
    Heap->CommittedBytes += Bytes;
    Heap->AllocatedBytes += Bytes; // HeappFreeBlock takes it off again
    HeappFreeBlock(Heap, Block);
}

NTSTATUS HeappInitializeSegment(PHEAP Heap, PHEAP_SEGMENT Segment, PUCHAR Start, PUCHAR Committed,
                                PUCHAR End)
{
    if ((SIZE_T)(Committed - Start) < HeapMinimumUnits * HeapUnit)
        return STATUS_INVALID_PARAMETER;
    Segment->Start = Segment->Committed = Start;
    Segment->End = End;
    Segment->Last = nullptr;
    InsertHeadList(&Heap->SegmentList, &Segment->Entry);
    HeappAppendFree(Heap, Segment, (SIZE_T)(Committed - Start));
    return STATUS_SUCCESS;
}

// Commit more of a segment, so that a block of Bytes fits at its end.
static BOOLEAN HeappCommitSegment(PHEAP Heap, PHEAP_SEGMENT Segment, SIZE_T Bytes)
{
    if ((SIZE_T)(Segment->End - Segment->Committed) < Bytes)
        return FALSE;
    SIZE_T Size = ALIGN_UP_BY(Bytes, HeapCommitStep);
    if (Size > (SIZE_T)(Segment->End - Segment->Committed))
        Size = (SIZE_T)(Segment->End - Segment->Committed);
    PVOID Base = Segment->Committed;
    if (!NT_SUCCESS(NtAllocateVirtualMemory(NtCurrentProcess(), &Base, 0, &Size, MEM_COMMIT,
                                            PAGE_READWRITE)))
        return FALSE;
    HeappAppendFree(Heap, Segment, Size);
    return TRUE;
}

static BOOLEAN HeappAddSegment(PHEAP Heap, SIZE_T Bytes)
{
    constexpr SIZE_T Header = ALIGN_UP_BY(sizeof(HEAP_SEGMENT), HeapUnit);
    SIZE_T Reserve = Heap->NextSegmentSize;
    if (Reserve < Bytes + Header)
        Reserve = ALIGN_UP_BY(Bytes + Header, ALLOCATION_GRANULARITY);

    PVOID Region = nullptr;
    NTSTATUS Status = NtAllocateVirtualMemory(NtCurrentProcess(), &Region, 0, &Reserve, MEM_RESERVE,
                                              PAGE_READWRITE);
    if (!NT_SUCCESS(Status))
        return FALSE;
    SIZE_T Commit = ALIGN_UP_BY(Bytes + Header, HeapCommitStep);
    if (Commit > Reserve)
        Commit = Reserve;
    PVOID Base = Region;
    Status =
        NtAllocateVirtualMemory(NtCurrentProcess(), &Base, 0, &Commit, MEM_COMMIT, PAGE_READWRITE);
    if (!NT_SUCCESS(Status)) {
        SIZE_T Zero = 0;
        NtFreeVirtualMemory(NtCurrentProcess(), &Region, &Zero, MEM_RELEASE);
        return FALSE;
    }
    PHEAP_SEGMENT Segment = Region;
    Segment->Region = Region;
    HeappInitializeSegment(Heap, Segment, (PUCHAR)Region + Header, (PUCHAR)Region + Commit,
                           (PUCHAR)Region + Reserve);
    if (Heap->NextSegmentSize < HeapSegmentLimit)
        Heap->NextSegmentSize *= 2;
    return TRUE;
}

static BOOLEAN HeappGrow(PHEAP Heap, SIZE_T Bytes)
{
    for (PLIST_ENTRY Entry = Heap->SegmentList.Flink; Entry != &Heap->SegmentList;
         Entry = Entry->Flink) {
        if (HeappCommitSegment(Heap, CONTAINING_RECORD(Entry, HEAP_SEGMENT, Entry), Bytes))
            return TRUE;
    }
    return (Heap->Flags & HEAP_GROWABLE) && HeappAddSegment(Heap, Bytes);
}

// Segments that hold nothing go back, but the heap's first.
VOID HeappReleaseEmptySegments(PHEAP Heap)
{
    PLIST_ENTRY Next;
    for (PLIST_ENTRY Entry = Heap->SegmentList.Flink; Entry != &Heap->SegmentList; Entry = Next) {
        Next = Entry->Flink;
        PHEAP_SEGMENT Segment = CONTAINING_RECORD(Entry, HEAP_SEGMENT, Entry);
        PHEAP_BLOCK Block = (PHEAP_BLOCK)Segment->Start;
        if (Segment == &Heap->FirstSegment || Segment->Last != Block || !HeappIsFree(Block))
            continue;
        HeappRemoveFree(Heap, Block);
        RemoveEntryList(Entry);
        Heap->CommittedBytes -= (SIZE_T)(Segment->Committed - Segment->Start);
        PVOID Region = Segment->Region;
        SIZE_T Size = 0;
        NtFreeVirtualMemory(NtCurrentProcess(), &Region, &Size, MEM_RELEASE);
    }
}

VOID HeappFlushFrontEnd(PHEAP Heap)
{
    for (ULONG Units = 0; Units < HeapFrontEndUnits; Units++) {
        while (Heap->FrontEnd[Units]) {
            PHEAP_FREE_BLOCK Free = Heap->FrontEnd[Units];
            Heap->FrontEnd[Units] = Free->Next;
            HeappFreeBlock(Heap, &Free->Block);
        }
        Heap->FrontEndCount[Units] = 0;
    }
}

static PHEAP_BLOCK HeappFindOrGrow(PHEAP Heap, ULONG Units)
{
    PHEAP_BLOCK Block = HeappFindFree(Heap, Units);
    if (Block)
        return Block;
    // Ask for so much that the rounded-up search must find it.
    SIZE_T Bytes = ((SIZE_T)Units + (Units >> HeapSecondLevelShift) + 1) * HeapUnit;
    if (HeappGrow(Heap, Bytes))
        return HeappFindFree(Heap, Units);
    HeappFlushFrontEnd(Heap);
    return HeappFindFree(Heap, Units);
}

PHEAP_BLOCK HeappAllocateUnits(PHEAP Heap, ULONG Units)
{
    PHEAP_BLOCK Block = HeappFindOrGrow(Heap, Units);
    if (!Block)
        return nullptr;
    HeappRemoveFree(Heap, Block);
    if (Block->Units - Units >= HeapMinimumUnits)
        HeappInsertFree(Heap, HeappSplit(Heap, Block, Units));
    Block->Flags |= HeapBlockBusy;
    HeappSeal(Heap, Block);
    Heap->AllocatedBytes += (SIZE_T)Block->Units * HeapUnit;
    return Block;
}

BOOLEAN HeappResizeBlock(PHEAP Heap, PHEAP_BLOCK Block, ULONG Units)
{
    PHEAP_BLOCK Next = HeappNext(Block);
    ULONG Old = Block->Units;
    if (Units > Old) {
        if (!HeappIsFree(Next) || Old + Next->Units < Units)
            return FALSE;
        HeappRemoveFree(Heap, Next);
        HeappJoin(Heap, Block, Next);
    }
    if (Block->Units - Units >= HeapMinimumUnits) {
        PHEAP_BLOCK Rest = HeappSplit(Heap, Block, Units);
        Heap->AllocatedBytes += (SIZE_T)Rest->Units * HeapUnit;
        HeappFreeBlock(Heap, Rest);
    }
    Heap->AllocatedBytes += ((SIZE_T)Block->Units - Old) * HeapUnit;
    return TRUE;
}
