// Single blocks.

#include "suite.h"

static const SIZE_T Sizes[] = {0,    1,    8,     15,     16,     17,      100,      1000,
                               1024, 4096, 65536, 524000, 524288, 1000000, 0x1000000};

VOID TestSizes(void)
{
    PVOID Heap = HeapMake(0);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Sizes); i++) {
        PUCHAR Data = RtlAllocateHeap(Heap, 0, Sizes[i]);
        if (!Data) {
            TestFail(__FILE__, __LINE__, "no block of %llu bytes", (ULONGLONG)Sizes[i]);
            continue;
        }
        CHECK_EQUAL(RtlSizeHeap(Heap, 0, Data), Sizes[i]);
        memset(Data, 0x5A, Sizes[i]);
        CHECK(RtlValidateHeap(Heap, 0, Data));
        CHECK(RtlValidateHeap(Heap, 0, nullptr));
        CHECK(RtlFreeHeap(Heap, 0, Data));
    }
    CHECK(RtlValidateHeap(Heap, 0, nullptr));
    CHECK(!RtlDestroyHeap(Heap));
}

VOID TestAlignment(void)
{
    PVOID Heap = HeapMake(0);
    for (SIZE_T Size = 0; Size < 200; Size++) {
        PVOID Data = RtlAllocateHeap(Heap, 0, Size);
        CHECK(Data && !((ULONG_PTR)Data & 15));
    }
    RtlDestroyHeap(Heap);
}

VOID TestZeroMemory(void)
{
    PVOID Heap = HeapMake(0);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Sizes); i++) {
        PUCHAR Data = RtlAllocateHeap(Heap, 0, Sizes[i]);
        REQUIRE(Data);
        memset(Data, 0xFF, Sizes[i]);
        RtlFreeHeap(Heap, 0, Data);
        Data = RtlAllocateHeap(Heap, HEAP_ZERO_MEMORY, Sizes[i]);
        REQUIRE(Data);
        CHECK(HeapIsFilled(Data, 0, Sizes[i]));
        RtlFreeHeap(Heap, 0, Data);
    }
    RtlDestroyHeap(Heap);
}

VOID TestGrowBlock(void)
{
    PVOID Heap = HeapMake(0);
    SIZE_T Size = 10;
    PUCHAR Data = RtlAllocateHeap(Heap, 0, Size);
    REQUIRE(Data);
    memset(Data, 0x11, Size);
    for (SIZE_T Next = 20; Next <= 0x400000; Next *= 3) {
        PUCHAR New = RtlReAllocateHeap(Heap, HEAP_ZERO_MEMORY, Data, Next);
        REQUIRE(New);
        CHECK_EQUAL(RtlSizeHeap(Heap, 0, New), Next);
        CHECK(HeapIsFilled(New, 0x11, Size));
        CHECK(HeapIsFilled(New + Size, 0, Next - Size)); // the new part
        memset(New, 0x11, Next);
        Data = New;
        Size = Next;
    }
    CHECK(RtlValidateHeap(Heap, 0, nullptr));
    RtlDestroyHeap(Heap);
}

VOID TestShrinkBlock(void)
{
    PVOID Heap = HeapMake(0);
    PUCHAR Data = RtlAllocateHeap(Heap, 0, 0x200000);
    REQUIRE(Data);
    memset(Data, 0x22, 0x200000);
    for (SIZE_T Next = 0x100000; Next; Next /= 3) {
        Data = RtlReAllocateHeap(Heap, 0, Data, Next);
        REQUIRE(Data);
        CHECK_EQUAL(RtlSizeHeap(Heap, 0, Data), Next);
        CHECK(HeapIsFilled(Data, 0x22, Next));
    }
    CHECK(RtlValidateHeap(Heap, 0, nullptr));
    RtlDestroyHeap(Heap);
}

VOID TestInPlaceOnly(void)
{
    PVOID Heap = HeapMake(0);
    PVOID First = RtlAllocateHeap(Heap, 0, 2000), Second = RtlAllocateHeap(Heap, 0, 2000);
    REQUIRE(First && Second);
    CHECK(!RtlReAllocateHeap(Heap, HEAP_REALLOC_IN_PLACE_ONLY, First, 100'000));
    CHECK_EQUAL(RtlSizeHeap(Heap, 0, First), 2000);
    CHECK(RtlReAllocateHeap(Heap, HEAP_REALLOC_IN_PLACE_ONLY, First, 500) == First);
    CHECK_EQUAL(RtlSizeHeap(Heap, 0, First), 500);
    CHECK(RtlReAllocateHeap(Heap, HEAP_REALLOC_IN_PLACE_ONLY, First, 1990) == First);
    CHECK(RtlValidateHeap(Heap, 0, nullptr));
    RtlDestroyHeap(Heap);
}

VOID TestHugeBlocks(void)
{
    enum { Blocks = 4, Size = 0x2000000 };
    PVOID Heap = HeapMake(0);
    PUCHAR Data[Blocks];
    for (int i = 0; i < Blocks; i++) {
        Data[i] = RtlAllocateHeap(Heap, 0, Size);
        REQUIRE(Data[i]);
        Data[i][0] = (UCHAR)i;
        Data[i][Size - 1] = (UCHAR)i;
    }
    for (int i = 0; i < Blocks; i++) {
        CHECK_EQUAL(Data[i][0], i);
        CHECK_EQUAL(Data[i][Size - 1], i);
    }
    CHECK(RtlFreeHeap(Heap, 0, Data[1]));
    CHECK(RtlValidateHeap(Heap, 0, nullptr));
    RtlDestroyHeap(Heap); // with three that were not freed
}

VOID TestNoMemory(void)
{
    PVOID Heap = HeapMake(0);
    CHECK(!RtlAllocateHeap(Heap, 0, (SIZE_T)-1));
    CHECK(!RtlAllocateHeap(Heap, 0, 1ull << 46));
    CHECK(!RtlAllocateHeap(Heap, 0, MAXLONG64));
    PUCHAR Data = RtlAllocateHeap(Heap, 0, 100);
    REQUIRE(Data);
    memset(Data, 0x33, 100);
    CHECK(!RtlReAllocateHeap(Heap, 0, Data, 1ull << 46));
    CHECK(HeapIsFilled(Data, 0x33, 100)); // is still there
    NTSTATUS Raised = STATUS_SUCCESS;
    __try {
        RtlAllocateHeap(Heap, HEAP_GENERATE_EXCEPTIONS, 1ull << 46);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        Raised = (NTSTATUS)GetExceptionCode();
    }
    CHECK_STATUS(Raised, STATUS_NO_MEMORY);
    CHECK(RtlFreeHeap(Heap, 0, Data)); // the heap is not locked
    RtlDestroyHeap(Heap);
}

VOID TestUserValues(void)
{
    PVOID Heap = HeapMake(0);
    static const SIZE_T Asked[] = {1, 24, 1000, 0x100000};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Asked); i++) {
        PUCHAR Data = RtlAllocateHeap(Heap, HEAP_SETTABLE_USER_VALUE, Asked[i]);
        REQUIRE(Data);
        memset(Data, 0x44, Asked[i]);
        CHECK(RtlSetUserValueHeap(Heap, 0, Data, (PVOID)0x1234));
        Data = RtlReAllocateHeap(Heap, 0, Data, Asked[i] * 2);
        REQUIRE(Data);
        CHECK(HeapIsFilled(Data, 0x44, Asked[i]));
        PVOID Value = nullptr;
        ULONG Flags = MAXULONG;
        CHECK(RtlGetUserInfoHeap(Heap, 0, Data, &Value, &Flags));
        CHECK_EQUAL(Value, 0x1234);
        CHECK_EQUAL(Flags, 0);
        CHECK_EQUAL(RtlSizeHeap(Heap, 0, Data), Asked[i] * 2);
    }
    PVOID Plain = RtlAllocateHeap(Heap, 0, 10);
    CHECK(!RtlSetUserValueHeap(Heap, 0, Plain, Heap)); // has no room for one
    CHECK(RtlValidateHeap(Heap, 0, nullptr));
    RtlDestroyHeap(Heap);
}

VOID TestUserFlags(void)
{
    PVOID Heap = HeapMake(0);
    PVOID Data = RtlAllocateHeap(Heap, HEAP_SETTABLE_USER_FLAG1 | HEAP_SETTABLE_USER_FLAG3, 50);
    REQUIRE(Data);
    ULONG Flags = 0;
    CHECK(RtlGetUserInfoHeap(Heap, 0, Data, nullptr, &Flags));
    CHECK_EQUAL(Flags, HEAP_SETTABLE_USER_FLAG1 | HEAP_SETTABLE_USER_FLAG3);
    CHECK(RtlSetUserFlagsHeap(Heap, 0, Data, HEAP_SETTABLE_USER_FLAG1, HEAP_SETTABLE_USER_FLAG2));
    CHECK(RtlGetUserInfoHeap(Heap, 0, Data, nullptr, &Flags));
    CHECK_EQUAL(Flags, HEAP_SETTABLE_USER_FLAG2 | HEAP_SETTABLE_USER_FLAG3);
    CHECK(!RtlSetUserFlagsHeap(Heap, 0, Data, 1, 0));
    CHECK(RtlValidateHeap(Heap, 0, Data));
    RtlDestroyHeap(Heap);
}

VOID TestFreeNull(void)
{
    CHECK(RtlFreeHeap(RtlProcessHeap(), 0, nullptr));
    CHECK(!RtlReAllocateHeap(RtlProcessHeap(), 0, nullptr, 10));
    CHECK_EQUAL(RtlSizeHeap(RtlProcessHeap(), 0, nullptr), (SIZE_T)-1);
}
