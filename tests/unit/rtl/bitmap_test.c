// Bitmaps against a model of one byte a bit.
#include "test.h"

#define BITS 300

static UCHAR Model[BITS];
static ULONG Words[(BITS + 31) / 32];
static RTL_BITMAP Map;

// Runs of random lengths, so that long and short ones occur.
static VOID FillRandomly(ULONG Size)
{
    RtlInitializeBitMap(&Map, Words, Size);
    RtlSetAllBits(&Map); // also the bits past the end: they must not count
    UCHAR Value = 0;
    for (ULONG Index = 0; Index < Size;) {
        ULONG Length = 1 + TestRandom() % (TestRandom() % 4 ? 6 : 70);
        for (; Length && Index < Size; Length--, Index++) {
            Model[Index] = Value;
            if (Value)
                RtlSetBit(&Map, Index);
            else
                RtlClearBit(&Map, Index);
        }
        Value = !Value;
    }
}

static BOOLEAN ModelIs(ULONG Start, ULONG Length, UCHAR Value, ULONG Size)
{
    if (!Length || Start + Length > Size)
        return FALSE;
    for (ULONG Index = Start; Index < Start + Length; Index++)
        if (Model[Index] != Value)
            return FALSE;
    return TRUE;
}

static ULONG ModelFind(ULONG Number, ULONG Hint, UCHAR Value, ULONG Size)
{
    Hint = Hint >= Size ? 0 : Hint & ~7u;
    for (ULONG Index = Hint; Index < Size; Index++)
        if (ModelIs(Index, Number, Value, Size))
            return Index;
    for (ULONG Index = 0; Index < Hint; Index++)
        if (ModelIs(Index, Number, Value, Size))
            return Index;
    return 0xFFFFFFFF;
}

static ULONG ModelRun(ULONG From, UCHAR Value, ULONG Size, PULONG Start)
{
    while (From < Size && Model[From] != Value)
        From++;
    *Start = From;
    while (From < Size && Model[From] == Value)
        From++;
    return From - *Start;
}

static ULONG ModelRunBefore(ULONG From, UCHAR Value, PULONG Start)
{
    LONG Last = (LONG)From;
    while (Last >= 0 && Model[Last] != Value)
        Last--;
    LONG First = Last;
    while (First >= 0 && Model[First] == Value)
        First--;
    *Start = (ULONG)(First + 1);
    return (ULONG)(Last - First);
}

static void ranges_agree_with_the_model(void **state)
{
    (void)state;
    for (ULONG Round = 0; Round < 3000; Round++) {
        ULONG Size = 1 + TestRandom() % BITS;
        FillRandomly(Size);
        ULONG Start = TestRandom() % Size, Length = 1 + TestRandom() % (Size - Start), Set = 0;
        for (ULONG Index = Start; Index < Start + Length; Index++)
            Set += Model[Index];
        assert_int_equal(RtlNumberOfSetBitsInRange(&Map, Start, Length), Set);
        assert_int_equal(RtlNumberOfClearBitsInRange(&Map, Start, Length), Length - Set);
        assert_int_equal(RtlAreBitsSet(&Map, Start, Length), Set == Length);
        assert_int_equal(RtlAreBitsClear(&Map, Start, Length), Set == 0);

        BOOLEAN Value = TestRandom() & 1;
        if (Value)
            RtlSetBits(&Map, Start, Length);
        else
            RtlClearBits(&Map, Start, Length);
        memset(Model + Start, Value, Length);
        ULONG Total = 0;
        for (ULONG Index = 0; Index < Size; Index++) {
            assert_int_equal(RtlTestBit(&Map, Index), Model[Index]);
            Total += Model[Index];
        }
        assert_int_equal(RtlNumberOfSetBits(&Map), Total);
        assert_int_equal(RtlNumberOfClearBits(&Map), Size - Total);
    }
}

static void finding_agrees_with_the_model(void **state)
{
    (void)state;
    for (ULONG Round = 0; Round < 3000; Round++) {
        ULONG Size = 1 + TestRandom() % BITS;
        FillRandomly(Size);
        ULONG Number = 1 + TestRandom() % 40, Hint = TestRandom() % (Size + 8);
        assert_int_equal(RtlFindClearBits(&Map, Number, Hint), ModelFind(Number, Hint, 0, Size));
        assert_int_equal(RtlFindSetBits(&Map, Number, Hint), ModelFind(Number, Hint, 1, Size));

        ULONG From = TestRandom() % Size, Start, Expected;
        ULONG Length = ModelRun(From, 0, Size, &Expected);
        assert_int_equal(RtlFindNextForwardRunClear(&Map, From, &Start), Length);
        assert_int_equal(Start, Expected);
        Length = ModelRun(From, 1, Size, &Expected);
        assert_int_equal(RtlFindNextForwardRunSet(&Map, From, &Start), Length);
        assert_int_equal(Start, Expected);
        Length = ModelRunBefore(From, 0, &Expected);
        assert_int_equal(RtlFindLastBackwardRunClear(&Map, From, &Start), Length);
        assert_true(!Length || Start == Expected);
        Length = ModelRunBefore(From, 1, &Expected);
        assert_int_equal(RtlFindLastBackwardRunSet(&Map, From, &Start), Length);
        assert_true(!Length || Start == Expected);
    }
}

static void finding_and_changing_is_one_step(void **state)
{
    (void)state;
    RtlInitializeBitMap(&Map, Words, 64);
    RtlClearAllBits(&Map);
    assert_int_equal(RtlFindClearBitsAndSet(&Map, 40, 0), 0);
    assert_int_equal(RtlFindClearBitsAndSet(&Map, 30, 0), 0xFFFFFFFF);
    assert_int_equal(RtlFindClearBitsAndSet(&Map, 24, 0), 40);
    assert_int_equal(RtlNumberOfClearBits(&Map), 0);
    assert_int_equal(RtlFindSetBitsAndClear(&Map, 8, 32), 32);
    assert_true(RtlAreBitsClear(&Map, 32, 8));
    assert_int_equal(RtlNumberOfClearBits(&Map), 8);
}

static void runs_are_listed_in_order_or_by_length(void **state)
{
    (void)state;
    RTL_BITMAP_RUN Runs[3];
    RtlInitializeBitMap(&Map, Words, 100);
    RtlClearAllBits(&Map);
    RtlSetBits(&Map, 3, 2);
    RtlSetBits(&Map, 10, 20);
    RtlSetBits(&Map, 50, 1);
    RtlSetBits(&Map, 90, 10);

    assert_int_equal(RtlFindSetRuns(&Map, Runs, 3, FALSE), 3);
    assert_int_equal(Runs[0].StartingIndex, 3);
    assert_int_equal(Runs[2].StartingIndex, 50);
    assert_int_equal(RtlFindSetRuns(&Map, Runs, 3, TRUE), 3);
    assert_int_equal(Runs[0].StartingIndex, 10);
    assert_int_equal(Runs[1].StartingIndex, 90);
    assert_int_equal(Runs[2].NumberOfBits, 2);

    ULONG Start;
    assert_int_equal(RtlFindLongestRunSet(&Map, &Start), 20);
    assert_int_equal(Start, 10);
    assert_int_equal(RtlFindLongestRunClear(&Map, &Start), 39);
    assert_int_equal(Start, 51);
    assert_int_equal(RtlFindFirstRunClear(&Map, &Start), 3);
    assert_int_equal(Start, 0);
}

static void edges_are_not_found(void **state)
{
    (void)state;
    RtlInitializeBitMap(&Map, Words, 33);
    RtlClearAllBits(&Map);
    assert_int_equal(RtlFindClearBits(&Map, 34, 0), 0xFFFFFFFF);
    assert_int_equal(RtlFindClearBits(&Map, 33, 0), 0);
    assert_int_equal(RtlFindClearBits(&Map, 0, 13), 8);
    assert_false(RtlAreBitsClear(&Map, 30, 4));
    assert_false(RtlAreBitsClear(&Map, 0, 0));
    assert_false(RtlAreBitsClear(&Map, 33, 1));
    assert_false(RtlAreBitsSet(&Map, 1, 0xFFFFFFFF));
    assert_int_equal(RtlFindLeastSignificantBit(0), -1);
    assert_int_equal(RtlFindMostSignificantBit(0), -1);
    assert_int_equal(RtlFindLeastSignificantBit(0x8000000000000000), 63);
    assert_int_equal(RtlFindMostSignificantBit(0x8000000000000001), 63);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_agree_with_the_model),
        cmocka_unit_test(finding_agrees_with_the_model),
        cmocka_unit_test(finding_and_changing_is_one_step),
        cmocka_unit_test(runs_are_listed_in_order_or_by_length),
        cmocka_unit_test(edges_are_not_found),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
