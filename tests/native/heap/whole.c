// Heaps as a whole.

#include "suite.h"

VOID TestFixedHeap(void)
{
    PVOID Heap = RtlCreateHeap(0, nullptr, 0x20000, 0, nullptr, nullptr);
    REQUIRE(Heap);
    ULONG Count = 0;
    while (Count < 1000 && RtlAllocateHeap(Heap, 0, 1024))
        Count++;
    CHECK(Count > 90 && Count < 128);
    CHECK(!RtlAllocateHeap(Heap, 0, 0x100000)); // not beside it either
    CHECK(RtlValidateHeap(Heap, 0, nullptr));
    CHECK(!RtlDestroyHeap(Heap));
}

VOID TestCallersMemory(void)
{
    PVOID Memory = nullptr;
    SIZE_T Size = 0x40000;
    REQUIRE_STATUS(NtAllocateVirtualMemory(NtCurrentProcess(), &Memory, 0, &Size,
                                           MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE),
                   STATUS_SUCCESS);
    PUCHAR Heap = RtlCreateHeap(0, Memory, Size, Size, nullptr, nullptr);
    REQUIRE(Heap);
    PUCHAR Data = RtlAllocateHeap(Heap, 0, 1000);
    CHECK(Data > (PUCHAR)Memory && Data < (PUCHAR)Memory + Size);
    CHECK(!RtlDestroyHeap(Heap));
    *(PUCHAR)Memory = 1; // is still there
    Size = 0;
    CHECK_STATUS(NtFreeVirtualMemory(NtCurrentProcess(), &Memory, &Size, MEM_RELEASE),
                 STATUS_SUCCESS);
}

static SIZE_T ProcessCommit(void)
{
    VM_COUNTERS Counters = {};
    CHECK_STATUS(NtQueryInformationProcess(NtCurrentProcess(), ProcessVmCounters, &Counters,
                                           sizeof(Counters), nullptr),
                 STATUS_SUCCESS);
    return Counters.PagefileUsage;
}

VOID TestDestroy(void)
{
    SIZE_T Before = 0;
    for (int Round = 0; Round < 12; Round++) {
        if (Round == 2)
            Before = ProcessCommit();
        PVOID Heap = HeapMake(0);
        for (int i = 0; i < 200; i++)
            CHECK(RtlAllocateHeap(Heap, 0, 40'000));
        for (int i = 0; i < 4; i++)
            CHECK(RtlAllocateHeap(Heap, 0, 0x100000));
        CHECK(!RtlDestroyHeap(Heap));
    }
    CHECK_EQUAL(ProcessCommit(), Before);
    CHECK(RtlDestroyHeap(RtlProcessHeap()) == RtlProcessHeap()); // that one stays
}

VOID TestWalk(void)
{
    enum { Blocks = 20 };
    PVOID Heap = HeapMake(0), Data[Blocks + 1];
    for (int i = 0; i < Blocks; i++)
        Data[i] = RtlAllocateHeap(Heap, 0, 1000 + (SIZE_T)i);
    Data[Blocks] = RtlAllocateHeap(Heap, 0, 0x200000);
    RtlFreeHeap(Heap, 0, Data[5]);
    ULONG Found = 0, Segments = 0;
    RTL_HEAP_WALK_ENTRY Entry = {};
    NTSTATUS Status;
    while ((Status = RtlWalkHeap(Heap, &Entry)) == STATUS_SUCCESS) {
        Segments += (Entry.Flags & RTL_HEAP_SEGMENT) != 0;
        for (int i = 0; i <= Blocks && (Entry.Flags & RTL_HEAP_BUSY); i++) {
            if (Entry.DataAddress != Data[i])
                continue;
            Found++;
            CHECK_EQUAL(Entry.DataSize, i == Blocks ? 0x200000 : 1000 + i);
        }
    }
    CHECK_STATUS(Status, STATUS_NO_MORE_ENTRIES);
    CHECK_EQUAL(Found, Blocks);
    CHECK(Segments >= 1);
    RtlDestroyHeap(Heap);
}

static NTSTATUS NTAPI AllocateOnce(PVOID Heap)
{
    return RtlAllocateHeap(Heap, 0, 10) ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

VOID TestLock(void)
{
    PVOID Heap = HeapMake(0);
    CHECK(RtlLockHeap(Heap));
    PVOID Data = RtlAllocateHeap(Heap, 0, 10); // its owner may use it
    CHECK(Data);
    HANDLE Thread = TestStartThread(AllocateOnce, Heap);
    LARGE_INTEGER Timeout = TestMilliseconds(20);
    CHECK_STATUS(NtWaitForSingleObject(Thread, FALSE, &Timeout), STATUS_TIMEOUT);
    CHECK(RtlUnlockHeap(Heap));
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    RtlDestroyHeap(Heap);
    Heap = HeapMake(HEAP_NO_SERIALIZE);
    CHECK(!RtlLockHeap(Heap));
    RtlDestroyHeap(Heap);
}

static BOOLEAN IsListed(PVOID Heap)
{
    PVOID Heaps[32];
    ULONG Count = RtlGetProcessHeaps(RTL_NUMBER_OF(Heaps), Heaps);
    for (ULONG i = 0; i < Count && i < RTL_NUMBER_OF(Heaps); i++) {
        if (Heaps[i] == Heap)
            return TRUE;
    }
    return FALSE;
}

VOID TestProcessHeaps(void)
{
    PVOID Heap = HeapMake(0);
    CHECK(IsListed(RtlProcessHeap()));
    CHECK(IsListed(Heap));
    ULONG Count = RtlGetProcessHeaps(0, nullptr);
    RtlDestroyHeap(Heap);
    CHECK(!IsListed(Heap));
    CHECK_EQUAL(RtlGetProcessHeaps(0, nullptr), Count - 1);
}

VOID TestCompact(void)
{
    enum { Blocks = 100 };
    PVOID Heap = HeapMake(0), Data[Blocks];
    for (int i = 0; i < Blocks; i++)
        Data[i] = RtlAllocateHeap(Heap, 0, 500);
    for (int i = 0; i < Blocks; i++)
        RtlFreeHeap(Heap, 0, Data[i]);
    CHECK(RtlCompactHeap(Heap, 0) >= Blocks * 500); // they have become one again
    CHECK(RtlValidateHeap(Heap, 0, nullptr));
    RtlDestroyHeap(Heap);
}

VOID TestInformation(void)
{
    ULONG Value = 0;
    SIZE_T Length = 0;
    PVOID Heap = HeapMake(0);
    CHECK_STATUS(
        RtlQueryHeapInformation(Heap, HeapCompatibilityInformation, &Value, sizeof(Value), &Length),
        STATUS_SUCCESS);
    CHECK_EQUAL(Value, 2); // low fragmentation
    CHECK_EQUAL(Length, sizeof(Value));
    CHECK_STATUS(RtlSetHeapInformation(Heap, HeapCompatibilityInformation, &Value, sizeof(Value)),
                 STATUS_SUCCESS);
    CHECK_STATUS(RtlQueryHeapInformation(Heap, HeapCompatibilityInformation, &Value, 2, &Length),
                 STATUS_BUFFER_TOO_SMALL);
    RtlDestroyHeap(Heap);
}
