// The checked pool finds what was written to a block after it was freed, and behind one that is in use.
#include "mm/poolp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { TEST_BYTES = 96, TEST_SIZE = 41, TEST_KEPT = 8192 };
constexpr ULONG TEST_TAG = 'tseT';

static jmp_buf TestStopped;
static ULONG_PTR TestStop[5]; // the code and its parameters

VOID KeBugCheckEx(ULONG Code, ULONG_PTR Parameter1, ULONG_PTR Parameter2, ULONG_PTR Parameter3,
                  ULONG_PTR Parameter4)
{
    const ULONG_PTR Stop[] = {Code, Parameter1, Parameter2, Parameter3, Parameter4};
    memcpy(TestStop, Stop, sizeof(Stop));
    longjmp(TestStopped, 1);
}

ULONG DbgPrintEx(ULONG Component, ULONG Level, PCSTR Format, ...)
{
    (void)Component, (void)Level, (void)Format;
    return 0;
}

static PPOOL_HEADER NewBlock(void)
{
    PPOOL_HEADER Block = aligned_alloc(16, TEST_BYTES);
    *Block = (POOL_HEADER){.Tag = TEST_TAG, .Size = TEST_SIZE, .State = POOL_BLOCK_USED};
    MmpSetGuard(Block);
    return Block;
}

static VOID Free(PPOOL_HEADER Block, ULONG_PTR FreedBy)
{
    MmpCheckGuard(Block);
    free(MmpKeepFreed(Block, TEST_BYTES, (PVOID)FreedBy));
}

static VOID FreeKept(void)
{
    PPOOL_HEADER Block;
    while ((Block = MmpTakeKept()))
        free(Block);
}

static VOID ExpectStop(LONG_PTR Offset, ULONG64 Value, ULONG_PTR FreedBy)
{
    const ULONG_PTR Expected[] = {SPECIAL_POOL_DETECTED_MEMORY_CORRUPTION, TEST_TAG,
                                  (ULONG_PTR)Offset, Value, FreedBy};
    assert_memory_equal(TestStop, Expected, sizeof(Expected));
}

static void blocks_are_kept_until_8192_more_are_freed(void **state)
{
    (void)state;
    PPOOL_HEADER First = NewBlock(), Second = NewBlock();
    assert_null(setjmp(TestStopped));
    assert_null(MmpKeepFreed(First, TEST_BYTES, nullptr));
    assert_null(MmpKeepFreed(Second, TEST_BYTES, nullptr));
    for (ULONG i = 2; i < TEST_KEPT; i++)
        assert_null(MmpKeepFreed(NewBlock(), TEST_BYTES, nullptr));
    assert_ptr_equal(MmpKeepFreed(NewBlock(), TEST_BYTES, nullptr), First);
    assert_ptr_equal(MmpTakeKept(), Second);
    free(First);
    free(Second);
    FreeKept();
}

// The word at Offset of a freed block is changed, and changed back when that has been found.
static VOID WriteAfterFree(LONG_PTR Offset, ULONG64 Value)
{
    PPOOL_HEADER Block = NewBlock();
    Free(Block, 0x1234);
    ULONG64 *Word = (ULONG64 *)((PUCHAR)(Block + 1) + Offset);
    const ULONG64 Before = *Word;
    *Word = Value;
    if (!setjmp(TestStopped)) {
        FreeKept();
        fail();
    }
    ExpectStop(Offset, Value, 0x1234);
    *Word = Before;
    FreeKept();
}

static void writes_after_free_are_found(void **state)
{
    (void)state;
    WriteAfterFree(0, 7);
    WriteAfterFree(24, 0xFBFBFBFBFBFBFBFA);
    WriteAfterFree(TEST_BYTES - sizeof(POOL_HEADER) - 8, 0);
    WriteAfterFree(-8, 0); // class and state
}

static void writes_after_free_are_found_before_the_next_use(void **state)
{
    (void)state;
    PPOOL_HEADER Block = NewBlock();
    PUCHAR Data = (PUCHAR)(Block + 1);
    Free(Block, 0x77);
    Data[17] = 0;
    static PPOOL_HEADER Other;
    if (!setjmp(TestStopped)) {
        for (ULONG i = 0; i < TEST_KEPT; i++) {
            Other = NewBlock();
            Free(Other, 1);
        }
        fail();
    }
    free(Other);
    ExpectStop(16, 0xFBFBFBFBFBFB00FB, 0x77);
    Data[17] = 0xFB;
    FreeKept();
}

static void writes_behind_the_end_are_found_on_free(void **state)
{
    (void)state;
    PPOOL_HEADER Block = NewBlock();
    ((PUCHAR)(Block + 1))[TEST_SIZE + 15] = 0;
    if (!setjmp(TestStopped)) {
        Free(Block, 1);
        fail();
    }
    ExpectStop(56, *(ULONG64 *)((PUCHAR)(Block + 1) + 56), 0);
    free(Block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_after_free_are_found),
        cmocka_unit_test(writes_after_free_are_found_before_the_next_use),
        cmocka_unit_test(writes_behind_the_end_are_found_on_free),
        cmocka_unit_test(blocks_are_kept_until_8192_more_are_freed),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
