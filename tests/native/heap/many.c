// Many blocks, sizes and threads.

#include "suite.h"

enum { Slots = 300, Steps = 6000 };

static ULONG Random(PULONG State)
{
    *State = *State * 1664525 + 1013904223;
    return *State >> 8;
}

VOID TestSmallBlocksReused(void)
{
    PVOID Heap = HeapMake(0);
    PVOID First = RtlAllocateHeap(Heap, 0, 48), Keep = RtlAllocateHeap(Heap, 0, 48);
    RtlFreeHeap(Heap, 0, First);
    CHECK(RtlAllocateHeap(Heap, 0, 40) == First); // of the same class
    CHECK(Keep && RtlValidateHeap(Heap, 0, nullptr));
    RtlDestroyHeap(Heap);
}

typedef struct _SLOT {
    PUCHAR Data;
    SIZE_T Size;
    UCHAR Fill;
} SLOT, *PSLOT;

// Free, make or resize the block of a slot; its contents must be what was written.
static BOOLEAN ChangeSlot(PVOID Heap, PSLOT Slot, PULONG State)
{
    BOOLEAN Good = !Slot->Data || HeapIsFilled(Slot->Data, Slot->Fill, Slot->Size);
    ULONG What = Random(State) % 3;
    SIZE_T Size = Random(State) % (Random(State) % 16 ? 600 : 30'000);
    if (Slot->Data && What == 0) {
        Good &= RtlFreeHeap(Heap, 0, Slot->Data) != 0;
        Slot->Data = nullptr;
        return Good;
    }
    SIZE_T Same = Slot->Data ? min(Size, Slot->Size) : 0;
    Slot->Data =
        Slot->Data ? RtlReAllocateHeap(Heap, 0, Slot->Data, Size) : RtlAllocateHeap(Heap, 0, Size);
    Good &= Slot->Data && HeapIsFilled(Slot->Data, Slot->Fill, Same);
    Slot->Size = Size;
    Slot->Fill = (UCHAR)Random(State);
    if (Slot->Data)
        memset(Slot->Data, Slot->Fill, Size);
    return Good;
}

static ULONG ChangeAtRandom(PVOID Heap, PSLOT Table, ULONG Seed, ULONG Count)
{
    ULONG Bad = 0;
    for (ULONG i = 0; i < Count; i++)
        Bad += !ChangeSlot(Heap, &Table[Random(&Seed) % Slots], &Seed);
    return Bad;
}

VOID TestRandom(void)
{
    static SLOT Table[Slots];
    PVOID Heap = HeapMake(0);
    for (ULONG Round = 0; Round < 10; Round++) {
        CHECK_EQUAL(ChangeAtRandom(Heap, Table, Round * 77 + 1, Steps / 10), 0);
        REQUIRE(RtlValidateHeap(Heap, 0, nullptr));
    }
    RtlDestroyHeap(Heap);
}

typedef struct _WORKER {
    PVOID Heap;
    ULONG Seed, Bad;
    SLOT Table[Slots];
} WORKER, *PWORKER;

static NTSTATUS NTAPI WorkOnHeap(PVOID Context)
{
    PWORKER Worker = Context;
    Worker->Bad = 0;
    for (ULONG i = 0; i < 40; i++) {
        Worker->Bad += ChangeAtRandom(Worker->Heap, Worker->Table, Worker->Seed + i, Steps / 60);
        NtYieldExecution();
    }
    return STATUS_SUCCESS;
}

VOID TestManyThreads(void)
{
    enum { Threads = 5 };
    static WORKER Workers[Threads];
    HANDLE Handles[Threads];
    PVOID Heap = HeapMake(0);
    for (ULONG i = 0; i < Threads; i++) {
        Workers[i].Heap = Heap;
        Workers[i].Seed = i * 1000;
        Handles[i] = TestStartThread(WorkOnHeap, &Workers[i]);
    }
    for (ULONG i = 0; i < Threads; i++) {
        CHECK_STATUS(TestJoin(Handles[i]), STATUS_SUCCESS);
        CHECK_EQUAL(Workers[i].Bad, 0);
    }
    CHECK(RtlValidateHeap(Heap, 0, nullptr));
    RtlDestroyHeap(Heap);
}

// A heap that cannot grow, filled with blocks of one size after another.
VOID TestMemoryComesBack(void)
{
    static const SIZE_T Sizes[] = {16, 100, 900, 5000, 40'000, 16};
    static PVOID Data[0x10000 / 16];
    PVOID Heap = RtlCreateHeap(0, nullptr, 0x80000, 0, nullptr, nullptr);
    REQUIRE(Heap);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Sizes); i++) {
        ULONG Count = 0;
        SIZE_T Wanted = min(0x60000 / (Sizes[i] + 32), RTL_NUMBER_OF(Data));
        while (Count < Wanted && (Data[Count] = RtlAllocateHeap(Heap, 0, Sizes[i])))
            Count++;
        if (Count != Wanted)
            TestFail(__FILE__, __LINE__, "%lu of %llu blocks of %llu bytes", Count,
                     (ULONGLONG)Wanted, (ULONGLONG)Sizes[i]);
        while (Count)
            RtlFreeHeap(Heap, 0, Data[--Count]);
    }
    CHECK(RtlValidateHeap(Heap, 0, nullptr));
    RtlDestroyHeap(Heap);
}
