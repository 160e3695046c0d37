// Heaps as a whole: making and ending them, the list of the process, locking, checking.

#include "heapp.h"
#include "../ntdllp.h"

static LIST_ENTRY HeappProcessList;
static RTL_CRITICAL_SECTION HeappProcessLock;

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

// Give kept blocks back to their neighbours, and empty segments back to the system. Returns the size of
// the largest free block.
SIZE_T NTAPI RtlCompactHeap(PVOID HeapHandle, ULONG Flags)
{
    PHEAP Heap = HeapHandle;
    if (!HeappIsHeap(Heap))
        return 0;
    HeappEnter(Heap, Flags);
    HeappFlushFrontEnd(Heap);
    HeappReleaseEmptySegments(Heap);
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
