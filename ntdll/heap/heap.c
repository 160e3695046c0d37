// The heap interface: RtlAllocateHeap and its kin. Source: Windows' heap documentation (HeapAlloc,
// HeapReAlloc, HeapSize ...); the Rtl functions behind them have the same contracts.

#include "heapp.h"

enum { HeapBlockHasExtra = 0x10 };

static LIST_ENTRY HeappProcessList;
static RTL_CRITICAL_SECTION HeappProcessLock;

static BOOLEAN HeappIsHeap(PHEAP Heap)
{
    return Heap && Heap->Signature == HeapSignature;
}

static VOID HeappEnter(PHEAP Heap, ULONG Flags)
{
    if (!((Flags | Heap->Flags) & HEAP_NO_SERIALIZE))
        RtlEnterCriticalSection(&Heap->Lock);
}

static VOID HeappLeave(PHEAP Heap, ULONG Flags)
{
    if (!((Flags | Heap->Flags) & HEAP_NO_SERIALIZE))
        RtlLeaveCriticalSection(&Heap->Lock);
}

// Bytes that the caller may use.
static SIZE_T HeappBlockSize(PHEAP_BLOCK Block)
{
    if (Block->Flags & HeapBlockLarge)
        return HeappLarge(Block)->Size;
    return (SIZE_T)Block->Units * HeapUnit - Block->UnusedBytes;
}

static PHEAP_EXTRA HeappExtra(PHEAP_BLOCK Block)
{
    return (PHEAP_EXTRA)((PUCHAR)Block + (SIZE_T)Block->Units * HeapUnit - sizeof(HEAP_EXTRA));
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
    ULONG Keep = 0;
    if (Block->Flags & HeapBlockHasExtra)
        Keep = HEAP_SETTABLE_USER_VALUE | (ULONG)(Block->Flags & HeapBlockUserFlags) << 4;
    PVOID New = HeappAllocate(Heap, (Flags & ~(ULONG)HEAP_ZERO_MEMORY) | Keep, Size);
    if (!New)
        return nullptr;
    memcpy(New, HeappData(Block), OldSize < Size ? OldSize : Size);
    if ((Block->Flags & HeapBlockHasExtra) && (HeappBlock(New)->Flags & HeapBlockHasExtra))
        *HeappExtra(HeappBlock(New)) = *HeappExtra(Block);
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

// ---- User values

BOOLEAN NTAPI RtlSetUserValueHeap(PVOID HeapHandle, ULONG Flags, PVOID Data, PVOID UserValue)
{
    PHEAP Heap = HeapHandle;
    if (!HeappIsHeap(Heap) || !Data)
        return FALSE;
    HeappEnter(Heap, Flags);
    PHEAP_BLOCK Block = HeappBlock(Data);
    BOOLEAN Done = HeappValidateBlock(Heap, Block);
    if (Done && (Block->Flags & HeapBlockLarge))
        HeappLarge(Block)->UserValue = UserValue;
    else if (Done && (Block->Flags & HeapBlockHasExtra))
        HeappExtra(Block)->UserValue = UserValue;
    else
        Done = FALSE;
    HeappLeave(Heap, Flags);
    return Done;
}

BOOLEAN NTAPI RtlGetUserInfoHeap(PVOID HeapHandle, ULONG Flags, PVOID Data, PVOID *UserValue,
                                 PULONG UserFlags)
{
    PHEAP Heap = HeapHandle;
    if (!HeappIsHeap(Heap) || !Data)
        return FALSE;
    HeappEnter(Heap, Flags);
    PHEAP_BLOCK Block = HeappBlock(Data);
    BOOLEAN Valid = HeappValidateBlock(Heap, Block);
    if (Valid) {
        BOOLEAN Large = (Block->Flags & HeapBlockLarge) != 0;
        PVOID Value = Large ? HeappLarge(Block)->UserValue
                            : (Block->Flags & HeapBlockHasExtra) ? HeappExtra(Block)->UserValue
                                                                 : nullptr;
        if (UserValue)
            *UserValue = Value;
        if (UserFlags)
            *UserFlags = Large ? HeappLarge(Block)->UserFlags
                               : (ULONG)(Block->Flags & HeapBlockUserFlags) << 4;
    }
    HeappLeave(Heap, Flags);
    return Valid;
}

// ---- Heaps

// Reserve and commit the first region. The caller may bring a reserved or committed one of its own.
static NTSTATUS HeappFirstRegion(PVOID *Base, PSIZE_T Reserve, PSIZE_T Commit)
{
    if (!*Reserve)
        *Reserve = HeapSegmentSize;
    if (!*Commit)
        *Commit = HeapCommitStep;
    if (*Commit < sizeof(HEAP) + PAGE_SIZE)
        *Commit = sizeof(HEAP) + PAGE_SIZE;
    *Commit = ALIGN_UP_BY(*Commit, PAGE_SIZE);
    if (*Reserve < *Commit)
        *Reserve = *Commit;

    NTSTATUS Status = STATUS_SUCCESS;
    BOOLEAN Own = !*Base;
    if (Own)
        Status = NtAllocateVirtualMemory(NtCurrentProcess(), Base, 0, Reserve, MEM_RESERVE,
                                         PAGE_READWRITE);
    if (!NT_SUCCESS(Status))
        return Status;
    PVOID CommitBase = *Base;
    Status = NtAllocateVirtualMemory(NtCurrentProcess(), &CommitBase, 0, Commit, MEM_COMMIT,
                                     PAGE_READWRITE);
    if (!NT_SUCCESS(Status) && Own) {
        SIZE_T Zero = 0;
        NtFreeVirtualMemory(NtCurrentProcess(), Base, &Zero, MEM_RELEASE);
    }
    return Status;
}

VOID HeappInitializeProcess(void)
{
    InitializeListHead(&HeappProcessList);
    RtlInitializeCriticalSection(&HeappProcessLock);
}

PVOID NTAPI RtlCreateHeap(ULONG Flags, PVOID HeapBase, SIZE_T ReserveSize, SIZE_T CommitSize,
                          PVOID Lock, PRTL_HEAP_PARAMETERS Parameters)
{
    UNREFERENCED_PARAMETER(Lock); // every heap has its own
    UNREFERENCED_PARAMETER(Parameters);

    PVOID Base = HeapBase;
    if (!NT_SUCCESS(HeappFirstRegion(&Base, &ReserveSize, &CommitSize)))
        return nullptr;

    PHEAP Heap = Base;
    memset(Heap, 0, sizeof(*Heap));
    LARGE_INTEGER Counter;
    NtQueryPerformanceCounter(&Counter, nullptr);
    Heap->Cookie = (UCHAR)(Counter.LowPart ^ Counter.LowPart >> 8 ^ (ULONG_PTR)Heap >> 16);
    Heap->Flags = Flags;
    Heap->NextSegmentSize = HeapSegmentSize;
    Heap->CommittedBytes = 0;
    InitializeListHead(&Heap->SegmentList);
    InitializeListHead(&Heap->LargeList);
    RtlInitializeCriticalSection(&Heap->Lock);
    Heap->FirstSegment.Region = HeapBase ? nullptr : Base;

    constexpr SIZE_T Header = ALIGN_UP_BY(sizeof(HEAP), HeapUnit);
    HeappInitializeSegment(Heap, &Heap->FirstSegment, (PUCHAR)Base + Header,
                           (PUCHAR)Base + CommitSize, (PUCHAR)Base + ReserveSize);
    Heap->Signature = HeapSignature;

    RtlEnterCriticalSection(&HeappProcessLock);
    InsertTailList(&HeappProcessList, &Heap->ProcessEntry);
    RtlLeaveCriticalSection(&HeappProcessLock);
    return Heap;
}

// Returns null on success, the heap otherwise: the process heap cannot go.
PVOID NTAPI RtlDestroyHeap(PVOID HeapHandle)
{
    PHEAP Heap = HeapHandle;
    if (!HeappIsHeap(Heap) || Heap == NtCurrentPeb()->ProcessHeap)
        return HeapHandle;

    RtlEnterCriticalSection(&HeappProcessLock);
    RemoveEntryList(&Heap->ProcessEntry);
    RtlLeaveCriticalSection(&HeappProcessLock);

    Heap->Signature = 0;
    RtlDeleteCriticalSection(&Heap->Lock);
    while (!IsListEmpty(&Heap->LargeList))
        HeappFreeLarge(Heap, &CONTAINING_RECORD(Heap->LargeList.Flink, HEAP_LARGE, Entry)->Block);

    PVOID Own = Heap->FirstSegment.Region;
    RemoveEntryList(&Heap->FirstSegment.Entry);
    while (!IsListEmpty(&Heap->SegmentList)) {
        PVOID Region =
            CONTAINING_RECORD(RemoveHeadList(&Heap->SegmentList), HEAP_SEGMENT, Entry)->Region;
        SIZE_T Size = 0;
        NtFreeVirtualMemory(NtCurrentProcess(), &Region, &Size, MEM_RELEASE);
    }
    if (Own) {
        SIZE_T Size = 0;
        NtFreeVirtualMemory(NtCurrentProcess(), &Own, &Size, MEM_RELEASE);
    }
    return nullptr;
}

BOOLEAN NTAPI RtlLockHeap(PVOID HeapHandle)
{
    PHEAP Heap = HeapHandle;
    if (!HeappIsHeap(Heap) || (Heap->Flags & HEAP_NO_SERIALIZE))
        return FALSE;
    RtlEnterCriticalSection(&Heap->Lock);
    return TRUE;
}

BOOLEAN NTAPI RtlUnlockHeap(PVOID HeapHandle)
{
    PHEAP Heap = HeapHandle;
    if (!HeappIsHeap(Heap) || (Heap->Flags & HEAP_NO_SERIALIZE))
        return FALSE;
    RtlLeaveCriticalSection(&Heap->Lock);
    return TRUE;
}

// Give kept blocks back to their neighbours. Returns the size of the largest free block.
SIZE_T NTAPI RtlCompactHeap(PVOID HeapHandle, ULONG Flags)
{
    PHEAP Heap = HeapHandle;
    if (!HeappIsHeap(Heap))
        return 0;
    HeappEnter(Heap, Flags);
    HeappFlushFrontEnd(Heap);
    SIZE_T Largest = 0;
    if (Heap->FirstLevelBitmap) {
        ULONG First = 31u - (ULONG)__builtin_clz(Heap->FirstLevelBitmap);
        ULONG Second = 31u - (ULONG)__builtin_clz(Heap->SecondLevelBitmap[First]);
        for (PHEAP_FREE_BLOCK Free = Heap->FreeLists[First][Second]; Free; Free = Free->Next) {
            SIZE_T Size = (SIZE_T)Free->Block.Units * HeapUnit - sizeof(HEAP_BLOCK);
            if (Size > Largest)
                Largest = Size;
        }
    }
    HeappLeave(Heap, Flags);
    return Largest;
}

// The heaps of the process; returns how many there are, writes as many as fit.
ULONG NTAPI RtlGetProcessHeaps(ULONG Count, PVOID *Heaps)
{
    ULONG Number = 0;
    RtlEnterCriticalSection(&HeappProcessLock);
    for (PLIST_ENTRY Entry = HeappProcessList.Flink; Entry != &HeappProcessList;
         Entry = Entry->Flink) {
        if (Number < Count)
            Heaps[Number] = CONTAINING_RECORD(Entry, HEAP, ProcessEntry);
        Number++;
    }
    RtlLeaveCriticalSection(&HeappProcessLock);
    return Number;
}

// Data null: the whole heap.
BOOLEAN NTAPI RtlValidateHeap(PVOID HeapHandle, ULONG Flags, PVOID Data)
{
    PHEAP Heap = HeapHandle;
    if (!HeappIsHeap(Heap))
        return FALSE;
    HeappEnter(Heap, Flags);
    BOOLEAN Valid = Data ? HeappValidateBlock(Heap, HeappBlock(Data)) : HeappValidateHeap(Heap);
    HeappLeave(Heap, Flags);
    return Valid;
}
