// The heap interface: RtlAllocateHeap and its kin. Source: Windows' heap documentation (HeapAlloc,
// HeapReAlloc, HeapSize ...); the Rtl functions behind them have the same contracts.

#include "heapp.h"

BOOLEAN HeappIsHeap(PHEAP Heap)
{
    return Heap && Heap->Signature == HeapSignature;
}

VOID HeappEnter(PHEAP Heap, ULONG Flags)
{
    if (!((Flags | Heap->Flags) & HEAP_NO_SERIALIZE))
        RtlEnterCriticalSection(&Heap->Lock);
}

VOID HeappLeave(PHEAP Heap, ULONG Flags)
{
    if (!((Flags | Heap->Flags) & HEAP_NO_SERIALIZE))
        RtlLeaveCriticalSection(&Heap->Lock);
}

SIZE_T HeappBlockSize(PHEAP_BLOCK Block)
{
    if (Block->Flags & HeapBlockLarge)
        return HeappLarge(Block)->Size;
    return (SIZE_T)Block->Units * HeapUnit - Block->UnusedBytes;
}

// Units of a block for Size bytes, or 0 when it has to be a region of its own.
static ULONG HeappUnitsFor(SIZE_T Size, BOOLEAN WithExtra)
{
    if (Size >= HeapLargeSize)
        return 0;
    SIZE_T Bytes = Size + sizeof(HEAP_BLOCK) + (WithExtra ? sizeof(HEAP_EXTRA) : 0);
    ULONG Units = (ULONG)((Bytes + HeapUnit - 1) >> HeapUnitShift);
    return Units < HeapMinimumUnits ? HeapMinimumUnits : Units;
}

static VOID HeappSetSize(PHEAP Heap, PHEAP_BLOCK Block, SIZE_T Size)
{
    Block->UnusedBytes = (USHORT)((SIZE_T)Block->Units * HeapUnit - Size);
    HeappSeal(Heap, Block);
}

// The kept block of exactly this size, or one from the back end.
static PHEAP_BLOCK HeappTakeBlock(PHEAP Heap, ULONG Units)
{
    if (Units < HeapFrontEndUnits && Heap->FrontEnd[Units]) {
        PHEAP_FREE_BLOCK Free = Heap->FrontEnd[Units];
        Heap->FrontEnd[Units] = Free->Next;
        Heap->FrontEndCount[Units]--;
        Free->Block.Flags &= (UCHAR)~HeapBlockFrontEnd;
        return &Free->Block;
    }
    return HeappAllocateUnits(Heap, Units);
}

static VOID HeappReleaseBlock(PHEAP Heap, PHEAP_BLOCK Block)
{
    ULONG Units = Block->Units;
    if (Units >= HeapFrontEndUnits ||
        (Heap->FrontEndCount[Units] + 1u) * Units * HeapUnit > HeapFrontEndBytes) {
        HeappFreeBlock(Heap, Block);
        return;
    }
    PHEAP_FREE_BLOCK Free = (PHEAP_FREE_BLOCK)Block;
    Free->Next = Heap->FrontEnd[Units];
    Heap->FrontEnd[Units] = Free;
    Heap->FrontEndCount[Units]++;
    Block->Flags = (Block->Flags & HeapBlockLast) | HeapBlockBusy | HeapBlockFrontEnd;
    HeappSeal(Heap, Block);
}

static PVOID HeappAllocate(PHEAP Heap, ULONG Flags, SIZE_T Size)
{
    BOOLEAN WithExtra = (Flags & (HEAP_SETTABLE_USER_VALUE | HEAP_SETTABLE_USER_FLAGS)) != 0;
    ULONG Units = HeappUnitsFor(Size, WithExtra);
    if (!Units) {
        PVOID Data = HeappAllocateLarge(Heap, Size);
        if (Data)
            HeappLarge(HeappBlock(Data))->UserFlags = Flags & HEAP_SETTABLE_USER_FLAGS;
        return Data; // fresh pages are zero
    }

    PHEAP_BLOCK Block = HeappTakeBlock(Heap, Units);
    if (!Block)
        return nullptr;
    Block->Flags &= HeapBlockLast | HeapBlockBusy;
    Block->Flags |= (Flags & HEAP_SETTABLE_USER_FLAGS) >> 4 & HeapBlockUserFlags;
    if (WithExtra) {
        Block->Flags |= HeapBlockHasExtra;
        *HeappExtra(Block) = (HEAP_EXTRA){};
    }
    HeappSetSize(Heap, Block, Size);
    if (Flags & HEAP_ZERO_MEMORY)
        memset(HeappData(Block), 0, Size);
    return HeappData(Block);
}

static PVOID HeappFail(PHEAP Heap, ULONG Flags, NTSTATUS Status)
{
    if ((Flags | Heap->Flags) & HEAP_GENERATE_EXCEPTIONS)
        RtlRaiseStatus(Status);
    RtlSetLastWin32ErrorAndNtStatusFromNtStatus(Status);
    return nullptr;
}

PVOID NTAPI RtlAllocateHeap(PVOID HeapHandle, ULONG Flags, SIZE_T Size)
{
    PHEAP Heap = HeapHandle;
    if (!HeappIsHeap(Heap))
        return nullptr;

    HeappEnter(Heap, Flags);
    PVOID Data = HeappAllocate(Heap, Flags | (Heap->Flags & HEAP_ZERO_MEMORY), Size);
    HeappLeave(Heap, Flags);
    return Data ? Data : HeappFail(Heap, Flags, STATUS_NO_MEMORY);
}

LOGICAL NTAPI RtlFreeHeap(PVOID HeapHandle, ULONG Flags, PVOID Data)
{
    PHEAP Heap = HeapHandle;
    if (!Data)
        return TRUE;
    if (!HeappIsHeap(Heap))
        return FALSE;

    HeappEnter(Heap, Flags);
    PHEAP_BLOCK Block = HeappBlock(Data);
    BOOLEAN Valid = HeappValidateBlock(Heap, Block);
    if (Valid && (Block->Flags & HeapBlockLarge))
        HeappFreeLarge(Heap, Block);
    else if (Valid)
        HeappReleaseBlock(Heap, Block);
    HeappLeave(Heap, Flags);

    if (!Valid) {
        HeappReportCorruption(Heap, Data, "RtlFreeHeap");
        RtlSetLastWin32ErrorAndNtStatusFromNtStatus(STATUS_INVALID_PARAMETER);
    }
    return Valid;
}

// Change the size without moving. FALSE: it has to move.
static BOOLEAN HeappResizeInPlace(PHEAP Heap, PHEAP_BLOCK Block, SIZE_T Size)
{
    if (Block->Flags & HeapBlockLarge) {
        PHEAP_LARGE Large = HeappLarge(Block);
        if (Size > Large->RegionSize - sizeof(HEAP_LARGE))
            return FALSE;
        Large->Size = Size;
        return TRUE;
    }
    BOOLEAN WithExtra = (Block->Flags & HeapBlockHasExtra) != 0;
    ULONG Units = HeappUnitsFor(Size, WithExtra);
    if (!Units)
        return FALSE;
    HEAP_EXTRA Extra = WithExtra ? *HeappExtra(Block) : (HEAP_EXTRA){};
    if (!HeappResizeBlock(Heap, Block, Units))
        return FALSE;
    if (WithExtra)
        *HeappExtra(Block) = Extra;
    HeappSetSize(Heap, Block, Size);
    return TRUE;
}

static PVOID HeappMove(PHEAP Heap, ULONG Flags, PHEAP_BLOCK Block, SIZE_T OldSize, SIZE_T Size)
{
    HEAP_USER_INFO Info = HeappUserInfo(Block);
    ULONG Keep = HeappHasUserInfo(Block) ? HEAP_SETTABLE_USER_VALUE | Info.Flags : 0;
    PVOID New = HeappAllocate(Heap, (Flags & ~(ULONG)HEAP_ZERO_MEMORY) | Keep, Size);
    if (!New)
        return nullptr;
    memcpy(New, HeappData(Block), OldSize < Size ? OldSize : Size);
    if (Keep)
        HeappSetUserInfo(Heap, HeappBlock(New), Info);
    if (Block->Flags & HeapBlockLarge)
        HeappFreeLarge(Heap, Block);
    else
        HeappReleaseBlock(Heap, Block);
    return New;
}

PVOID NTAPI RtlReAllocateHeap(PVOID HeapHandle, ULONG Flags, PVOID Data, SIZE_T Size)
{
    PHEAP Heap = HeapHandle;
    if (!HeappIsHeap(Heap) || !Data)
        return nullptr;

    HeappEnter(Heap, Flags);
    PHEAP_BLOCK Block = HeappBlock(Data);
    BOOLEAN Valid = HeappValidateBlock(Heap, Block);
    PVOID New = nullptr;
    if (Valid) {
        SIZE_T OldSize = HeappBlockSize(Block);
        if (HeappResizeInPlace(Heap, Block, Size))
            New = Data;
        else if (!(Flags & HEAP_REALLOC_IN_PLACE_ONLY))
            New = HeappMove(Heap, Flags, Block, OldSize, Size);
        if (New && Size > OldSize && ((Flags | Heap->Flags) & HEAP_ZERO_MEMORY))
            memset((PUCHAR)New + OldSize, 0, Size - OldSize);
    }
    HeappLeave(Heap, Flags);

    if (!Valid) {
        HeappReportCorruption(Heap, Data, "RtlReAllocateHeap");
        return HeappFail(Heap, Flags, STATUS_INVALID_PARAMETER);
    }
    return New ? New : HeappFail(Heap, Flags, STATUS_NO_MEMORY);
}

// Bytes of a block, or (SIZE_T)-1 when it is not one.
SIZE_T NTAPI RtlSizeHeap(PVOID HeapHandle, ULONG Flags, PVOID Data)
{
    PHEAP Heap = HeapHandle;
    if (!HeappIsHeap(Heap) || !Data)
        return (SIZE_T)-1;
    HeappEnter(Heap, Flags);
    PHEAP_BLOCK Block = HeappBlock(Data);
    SIZE_T Size = HeappValidateBlock(Heap, Block) ? HeappBlockSize(Block) : (SIZE_T)-1;
    HeappLeave(Heap, Flags);
    return Size;
}
