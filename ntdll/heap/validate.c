// Checks of a heap's structure.

#include "heapp.h"

static BOOLEAN HeappIsLarge(PHEAP Heap, PHEAP_BLOCK Block)
{
    for (PLIST_ENTRY Entry = Heap->LargeList.Flink; Entry != &Heap->LargeList;
         Entry = Entry->Flink) {
        if (&CONTAINING_RECORD(Entry, HEAP_LARGE, Entry)->Block == Block)
            return TRUE;
    }
    return FALSE;
}

PHEAP_SEGMENT HeappSegmentOf(PHEAP Heap, PHEAP_BLOCK Block)
{
    for (PLIST_ENTRY Entry = Heap->SegmentList.Flink; Entry != &Heap->SegmentList;
         Entry = Entry->Flink) {
        PHEAP_SEGMENT Segment = CONTAINING_RECORD(Entry, HEAP_SEGMENT, Entry);
        if ((PUCHAR)Block >= Segment->Start && (PUCHAR)Block < Segment->Committed)
            return Segment;
    }
    return nullptr;
}

// Does the block, with its size as its header says, lie in the segment?
static BOOLEAN HeappFits(PHEAP_SEGMENT Segment, PHEAP_BLOCK Block)
{
    SIZE_T Room = (SIZE_T)(Segment->Committed - (PUCHAR)Block) >> HeapUnitShift;
    return Block->Units >= HeapMinimumUnits && Block->Units <= Room;
}

// Is this the header of a block that a program holds? Its neighbour's header is looked at too: it is
// what an overrun damages.
BOOLEAN HeappValidateBlock(PHEAP Heap, PHEAP_BLOCK Block)
{
    if ((ULONG_PTR)Block & (HeapUnit - 1))
        return FALSE;
    PHEAP_SEGMENT Segment = HeappSegmentOf(Heap, Block);
    if (!Segment)
        return HeappIsLarge(Heap, Block) && HeappIsSealed(Heap, Block);
    if (!HeappIsSealed(Heap, Block) || !(Block->Flags & HeapBlockBusy) ||
        (Block->Flags & HeapBlockFrontEnd) || !HeappFits(Segment, Block))
        return FALSE;
    PHEAP_BLOCK Next = HeappNext(Block);
    if (!Next)
        return TRUE;
    return (PUCHAR)Next < Segment->Committed && HeappIsSealed(Heap, Next) &&
           Next->PreviousUnits == Block->Units;
}

static BOOLEAN HeappValidateSegment(PHEAP Heap, PHEAP_SEGMENT Segment, PULONG FreeBlocks)
{
    PUCHAR Address = Segment->Start;
    ULONG PreviousUnits = 0;
    BOOLEAN PreviousFree = FALSE;
    while (Address < Segment->Committed) {
        PHEAP_BLOCK Block = (PHEAP_BLOCK)Address;
        if (!HeappIsSealed(Heap, Block) || Block->PreviousUnits != PreviousUnits ||
            !HeappFits(Segment, Block))
            return FALSE;
        BOOLEAN Free = !(Block->Flags & HeapBlockBusy);
        if (Free && PreviousFree)
            return FALSE;
        *FreeBlocks += Free;
        PreviousFree = Free;
        PreviousUnits = Block->Units;
        Address += (SIZE_T)Block->Units * HeapUnit;
        if (((Block->Flags & HeapBlockLast) != 0) != (Address == Segment->Committed))
            return FALSE;
    }
    return Address == Segment->Committed;
}

static ULONG HeappCountFreeLists(PHEAP Heap)
{
    ULONG Count = 0;
    for (ULONG First = 0; First < HeapFirstLevels; First++) {
        for (ULONG Second = 0; Second < HeapSecondLevels; Second++) {
            for (PHEAP_FREE_BLOCK Free = Heap->FreeLists[First][Second]; Free; Free = Free->Next)
                Count++;
        }
    }
    return Count;
}

BOOLEAN HeappValidateHeap(PHEAP Heap)
{
    ULONG FreeBlocks = 0;
    for (PLIST_ENTRY Entry = Heap->SegmentList.Flink; Entry != &Heap->SegmentList;
         Entry = Entry->Flink) {
        if (!HeappValidateSegment(Heap, CONTAINING_RECORD(Entry, HEAP_SEGMENT, Entry), &FreeBlocks))
            return FALSE;
    }
    for (PLIST_ENTRY Entry = Heap->LargeList.Flink; Entry != &Heap->LargeList;
         Entry = Entry->Flink) {
        if (!HeappIsSealed(Heap, &CONTAINING_RECORD(Entry, HEAP_LARGE, Entry)->Block))
            return FALSE;
    }
    return HeappCountFreeLists(Heap) == FreeBlocks;
}

// HeapEnableTerminationOnCorruption
static BOOLEAN HeappStopOnCorruption;

VOID HeappReportCorruption(PHEAP Heap, PVOID Data, PCSTR Operation)
{
    DbgPrint("heap %p: %s of %p: not a block of this heap, or damaged\n", Heap, Operation, Data);
    if (HeappStopOnCorruption)
        NtTerminateProcess(NtCurrentProcess(), STATUS_HEAP_CORRUPTION);
    if (Heap->Flags & HEAP_GENERATE_EXCEPTIONS)
        RtlRaiseStatus(STATUS_HEAP_CORRUPTION);
}

// What HeapCompatibilityInformation calls the heap with its front end.
enum { HeapWithFrontEnd = 2 };

DWORD NTAPI RtlSetHeapInformation(PVOID HeapHandle, HEAP_INFORMATION_CLASS HeapInformationClass,
                                  PVOID HeapInformation, SIZE_T HeapInformationLength)
{
    switch (HeapInformationClass) {
    case HeapCompatibilityInformation:
        if (HeapInformationLength < sizeof(ULONG))
            return (DWORD)STATUS_BUFFER_TOO_SMALL;
        return HeappIsHeap(HeapHandle) && *(PULONG)HeapInformation == HeapWithFrontEnd
                   ? STATUS_SUCCESS
                   : (DWORD)STATUS_UNSUCCESSFUL;
    case HeapEnableTerminationOnCorruption:
        HeappStopOnCorruption = TRUE;
        return STATUS_SUCCESS;
    default:
        return STATUS_SUCCESS; // hints that later versions define
    }
}

DWORD NTAPI RtlQueryHeapInformation(PVOID HeapHandle, HEAP_INFORMATION_CLASS HeapInformationClass,
                                    PVOID HeapInformation, SIZE_T HeapInformationLength,
                                    PSIZE_T ReturnLength)
{
    ULONG Value = HeapWithFrontEnd;
    if (HeapInformationClass == HeapEnableTerminationOnCorruption)
        Value = HeappStopOnCorruption;
    else if (HeapInformationClass != HeapCompatibilityInformation)
        return (DWORD)STATUS_UNSUCCESSFUL;
    if (HeapInformationClass == HeapCompatibilityInformation && !HeappIsHeap(HeapHandle))
        return (DWORD)STATUS_INVALID_PARAMETER;
    if (ReturnLength)
        *ReturnLength = sizeof(Value);
    if (HeapInformationLength < sizeof(Value))
        return (DWORD)STATUS_BUFFER_TOO_SMALL;
    *(PULONG)HeapInformation = Value;
    return STATUS_SUCCESS;
}
