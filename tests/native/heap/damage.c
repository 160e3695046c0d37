// What a program does wrong must be found, and not make the heap do wrong.

#include "suite.h"

VOID TestOverrun(void)
{
    PVOID Heap = HeapMake(0);
    PUCHAR First = RtlAllocateHeap(Heap, 0, 16), Second = RtlAllocateHeap(Heap, 0, 16);
    REQUIRE(First && Second);
    PUCHAR Lower = First < Second ? First : Second;
    UCHAR Saved[32];
    memcpy(Saved, Lower + 16, sizeof(Saved));
    memset(Lower + 16, 0xEE, sizeof(Saved));
    CHECK(!RtlValidateHeap(Heap, 0, nullptr));
    CHECK(!RtlFreeHeap(Heap, 0, Lower));
    memcpy(Lower + 16, Saved, sizeof(Saved));
    CHECK(RtlValidateHeap(Heap, 0, nullptr));
    CHECK(RtlFreeHeap(Heap, 0, Lower));
    RtlDestroyHeap(Heap);
}

VOID TestFreeTwice(void)
{
    static const SIZE_T Sizes[] = {16, 5000, 0x100000};
    PVOID Heap = HeapMake(0);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Sizes); i++) {
        PVOID Data = RtlAllocateHeap(Heap, 0, Sizes[i]);
        CHECK(RtlFreeHeap(Heap, 0, Data));
        CHECK(!RtlFreeHeap(Heap, 0, Data));
        CHECK_EQUAL(RtlSizeHeap(Heap, 0, Data), (SIZE_T)-1);
    }
    CHECK(RtlValidateHeap(Heap, 0, nullptr));
    RtlDestroyHeap(Heap);
}

VOID TestForeignBlock(void)
{
    PVOID Heap = HeapMake(0), Other = HeapMake(0);
    PUCHAR Data = RtlAllocateHeap(Other, 0, 100);
    REQUIRE(Data);
    CHECK(!RtlFreeHeap(Heap, 0, Data));
    CHECK(!RtlReAllocateHeap(Heap, 0, Data, 200));
    CHECK(!RtlValidateHeap(Heap, 0, Data));
    CHECK(!RtlFreeHeap(Other, 0, Data + 16));
    CHECK(!RtlFreeHeap(Other, 0, Data + 1));
    CHECK(!RtlFreeHeap(Other, 0, &Data));
    CHECK(RtlFreeHeap(Other, 0, Data));
    CHECK(!RtlAllocateHeap(nullptr, 0, 10));
    RtlDestroyHeap(Heap);
    RtlDestroyHeap(Other);
}

// Any bit of the 16 bytes before a block.
VOID TestHeaderDamage(void)
{
    PVOID Heap = HeapMake(0);
    PUCHAR Data = RtlAllocateHeap(Heap, 0, 64), Next = RtlAllocateHeap(Heap, 0, 64);
    REQUIRE(Data && Next);
    ULONG Missed = 0;
    for (ULONG Bit = 0; Bit < 12 * 8; Bit++) { // the last word of a header means nothing
        PUCHAR Byte = Data - 16 + Bit / 8;
        *Byte ^= (UCHAR)(1 << Bit % 8);
        Missed += RtlValidateHeap(Heap, 0, nullptr);
        *Byte ^= (UCHAR)(1 << Bit % 8);
    }
    CHECK_EQUAL(Missed, 0);
    CHECK(RtlValidateHeap(Heap, 0, nullptr));
    RtlDestroyHeap(Heap);
}

VOID TestDamageRaises(void)
{
    PVOID Heap = HeapMake(HEAP_GENERATE_EXCEPTIONS);
    NTSTATUS Raised = STATUS_SUCCESS;
    PVOID Data = RtlAllocateHeap(Heap, 0, 64);
    RtlFreeHeap(Heap, 0, Data);
    __try {
        RtlFreeHeap(Heap, 0, Data);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        Raised = (NTSTATUS)GetExceptionCode();
    }
    CHECK_STATUS(Raised, STATUS_HEAP_CORRUPTION);
    RtlDestroyHeap(Heap);
}

NTSTATUS ChildDamage(PCWSTR Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    RtlSetHeapInformation(nullptr, HeapEnableTerminationOnCorruption, nullptr, 0);
    PVOID Data = RtlAllocateHeap(RtlProcessHeap(), 0, 64);
    RtlFreeHeap(RtlProcessHeap(), 0, Data);
    RtlFreeHeap(RtlProcessHeap(), 0, Data);
    return STATUS_SUCCESS; // is not reached
}

VOID TestTermination(void)
{
    RTL_USER_PROCESS_INFORMATION Child;
    REQUIRE_STATUS(TestStartChild(L"damage", nullptr, FALSE, FALSE, &Child), STATUS_SUCCESS);
    CHECK_STATUS(TestFinishChild(&Child), STATUS_HEAP_CORRUPTION);
}
