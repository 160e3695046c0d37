// Pools and lookaside lists.

#include "suite.h"

enum : ULONG { Tag = 'tseT' };

static VOID FillAndCheck(PUCHAR Block, SIZE_T Size)
{
    RtlFillMemory(Block, Size, 0x5A);
    CHECK(Block[0] == 0x5A && Block[Size - 1] == 0x5A);
}

VOID TestPoolSizes(void)
{
    static const SIZE_T Sizes[] = {1,    8,    15,   16,   17,   100,  500,   1000,  2000,
                                   4000, 4072, 4073, 4095, 4096, 4097, 12000, 65536, 1000000};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Sizes); i++) {
        PVOID Blocks[2] = {ExAllocatePoolWithTag(NonPagedPool, Sizes[i], Tag),
                           ExAllocatePoolWithTag(PagedPool, Sizes[i], Tag)};
        for (ULONG j = 0; j < 2; j++) {
            REQUIRE(Blocks[j] != nullptr);
            FillAndCheck(Blocks[j], Sizes[i]);
        }
        ExFreePoolWithTag(Blocks[0], Tag);
        ExFreePool(Blocks[1]);
    }
    PVOID Nothing = ExAllocatePoolWithTag(NonPagedPool, 0, Tag);
    CHECK(Nothing != nullptr);
    ExFreePool(Nothing);
}

VOID TestPoolAlignment(void)
{
    PVOID Small = ExAllocatePoolWithTag(NonPagedPool, 24, Tag);
    PVOID Cache = ExAllocatePoolWithTag(NonPagedPoolCacheAligned, 100, Tag);
    PVOID Page = ExAllocatePoolWithTag(NonPagedPool, PAGE_SIZE, Tag);
    CHECK_EQUAL((ULONG_PTR)Small & 15, 0);
    CHECK_EQUAL((ULONG_PTR)Cache & 63, 0);
    CHECK_EQUAL((ULONG_PTR)Page & (PAGE_SIZE - 1), 0);
    ExFreePool(Small);
    ExFreePool(Cache);
    ExFreePool(Page);
}

VOID TestPoolReuse(void)
{
    PVOID First = ExAllocatePoolWithTag(NonPagedPool, 200, Tag);
    ExFreePool(First);
    PVOID Second = ExAllocatePoolWithTag(NonPagedPool, 200, Tag);
    CHECK(First == Second);
    ExFreePool(Second);
}

static VOID FreeBlock(PVOID Block)
{
    ExFreePoolWithTag(Block, Tag);
}

VOID TestPoolOverrun(void)
{
    PUCHAR Block = ExAllocatePoolWithTag(NonPagedPool, 21, Tag);
    UCHAR Saved = Block[21];
    Block[21] = 0;
    EXPECT_BUGCHECK(FreeBlock, Block, BAD_POOL_HEADER);
    Block[21] = Saved;
    FreeBlock(Block);
}

VOID TestPoolLargeOverrun(void)
{
    PUCHAR Block = ExAllocatePoolWithTag(NonPagedPool, 5000, Tag);
    UCHAR Saved = Block[5000];
    Block[5000] = 0;
    EXPECT_BUGCHECK(FreeBlock, Block, BAD_POOL_HEADER);
    Block[5000] = Saved;
    FreeBlock(Block);
}

VOID TestPoolFreedTwice(void)
{
    PVOID Block = ExAllocatePoolWithTag(NonPagedPool, 40, Tag);
    FreeBlock(Block);
    EXPECT_BUGCHECK(FreeBlock, Block, BAD_POOL_CALLER);
    Block = ExAllocatePoolWithTag(NonPagedPool, 8000, Tag);
    FreeBlock(Block);
    EXPECT_BUGCHECK(FreeBlock, Block, BAD_POOL_CALLER);
}

static VOID AllocateBlock(PVOID Size)
{
    ExAllocatePoolWithTag(NonPagedPool, (SIZE_T)Size, Tag);
}

VOID TestPoolUseAfterFree(void)
{
    PULONG64 Block = ExAllocatePoolWithTag(NonPagedPool, 700, Tag);
    ExFreePool(Block);
    ULONG64 Saved = Block[1]; // the first word links the free blocks, the second is the pattern
    Block[1] = 0;
    EXPECT_BUGCHECK(AllocateBlock, (PVOID)700, BAD_POOL_HEADER);
    Block[1] = Saved;
}

VOID TestPoolWrongTag(void)
{
    PVOID Block = ExAllocatePoolWithTag(NonPagedPool, 40, 'rehO');
    EXPECT_BUGCHECK(FreeBlock, Block, BAD_POOL_CALLER);
    ExFreePool(Block);
}

VOID TestPoolForeignAddress(void)
{
    static ULONG Variable[8];
    EXPECT_BUGCHECK(FreeBlock, Variable, BAD_POOL_CALLER);
}

VOID TestPoolRaises(void)
{
    NTSTATUS Status = STATUS_SUCCESS;
    __try {
        ExAllocatePoolWithQuotaTag(NonPagedPool, (SIZE_T)1 << 50, Tag);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        Status = GetExceptionCode();
    }
    CHECK_STATUS(Status, STATUS_INSUFFICIENT_RESOURCES);
    CHECK(ExAllocatePoolWithQuotaTag(NonPagedPool | POOL_QUOTA_FAIL_INSTEAD_OF_RAISE,
                                     (SIZE_T)1 << 50, Tag) == nullptr);
    CHECK(ExAllocatePoolWithTag(NonPagedPool, (SIZE_T)1 << 50, Tag) == nullptr);
}

VOID TestPool2(void)
{
    PUCHAR Block = ExAllocatePool2(POOL_FLAG_NON_PAGED, 300, Tag);
    REQUIRE(Block != nullptr);
    for (ULONG i = 0; i < 300; i++)
        CHECK(!Block[i]);
    ExFreePoolWithTag(Block, Tag);
    CHECK(ExAllocatePool2(0, 300, Tag) == nullptr);
    CHECK(ExAllocatePool2(POOL_FLAG_NON_PAGED | POOL_FLAG_PAGED, 300, Tag) == nullptr);
    CHECK(ExAllocatePool2(POOL_FLAG_PAGED, 0, Tag) == nullptr);
    CHECK(ExAllocatePool2(POOL_FLAG_PAGED, 8, 0) == nullptr);
}

static VOID AllocatePaged(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    ExAllocatePoolWithTag(PagedPool, 16, Tag);
}

VOID TestPoolPagedAtDispatch(void)
{
    KIRQL Irql;
    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    EXPECT_BUGCHECK(AllocatePaged, nullptr, BAD_POOL_CALLER);
    KeLowerIrql(Irql);
}

__declspec(dllimport) VOID ExpQueryTag(ULONG Tag, PLONG64 Blocks, PLONG64 Bytes);

VOID TestPoolManyBlocks(void)
{
    enum { Count = 2000 };
    static PVOID Blocks[Count];
    for (ULONG i = 0; i < Count; i++) {
        Blocks[i] = ExAllocatePoolWithTag(NonPagedPool, 1 + i * 37 % 6000, 'ynaM');
        REQUIRE(Blocks[i] != nullptr);
        RtlFillMemory(Blocks[i], 1 + i * 37 % 6000, 0xC3);
    }
    LONG64 Number, Bytes;
    ExpQueryTag('ynaM', &Number, &Bytes);
    CHECK_EQUAL(Number, Count);
    for (ULONG i = 0; i < Count; i++)
        ExFreePoolWithTag(Blocks[i * 7 % Count], 'ynaM');
    ExpQueryTag('ynaM', &Number, &Bytes);
    CHECK_EQUAL(Number, 0);
    CHECK_EQUAL(Bytes, 0);
}

VOID TestLookaside(void)
{
    static NPAGED_LOOKASIDE_LIST List;
    ExInitializeNPagedLookasideList(&List, nullptr, nullptr, 0, 100, Tag, 0);
    PVOID A = ExAllocateFromNPagedLookasideList(&List);
    PVOID B = ExAllocateFromNPagedLookasideList(&List);
    CHECK(A && B && A != B);
    CHECK_EQUAL(List.L.AllocateMisses, 2);
    ExFreeToNPagedLookasideList(&List, A);
    ExFreeToNPagedLookasideList(&List, B);
    CHECK(ExAllocateFromNPagedLookasideList(&List) == B); // the last that came
    CHECK_EQUAL(List.L.AllocateMisses, 2);
    ExFreeToNPagedLookasideList(&List, B);
    ExDeleteNPagedLookasideList(&List);
    CHECK_EQUAL(ExQueryDepthSList(&List.L.ListHead), 0);
}

static ULONG Allocated, Freed;

static PVOID NTAPI AllocateEntry(POOL_TYPE Type, SIZE_T Size, ULONG EntryTag,
                                 PLOOKASIDE_LIST_EX Lookaside)
{
    UNREFERENCED_PARAMETER(Lookaside);
    Allocated++;
    return ExAllocatePoolWithTag(Type, Size, EntryTag);
}

static VOID NTAPI FreeEntry(PVOID Entry, PLOOKASIDE_LIST_EX Lookaside)
{
    UNREFERENCED_PARAMETER(Lookaside);
    Freed++;
    ExFreePool(Entry);
}

VOID TestLookasideEx(void)
{
    static DECLSPEC_ALIGN(16) LOOKASIDE_LIST_EX List;
    CHECK_STATUS(
        ExInitializeLookasideListEx(&List, AllocateEntry, FreeEntry, PagedPool, 3, 64, Tag, 0),
        STATUS_INVALID_PARAMETER_5);
    REQUIRE_STATUS(
        ExInitializeLookasideListEx(&List, AllocateEntry, FreeEntry, PagedPool, 0, 64, Tag, 0),
        STATUS_SUCCESS);
    PVOID Entry = ExAllocateFromLookasideListEx(&List);
    CHECK_EQUAL(Allocated, 1);
    ExFreeToLookasideListEx(&List, Entry);
    CHECK_EQUAL(Freed, 0);
    ExDeleteLookasideListEx(&List);
    CHECK_EQUAL(Freed, 1);
}
