// The pure parts of the cache: the index of a stream's pages, and what a reader is likely to want.
#include "doubles.h"

#include "cc/ccindex.h"
#include "cc/ccreadahead.h"

#include <stdlib.h>

static void the_index_finds_what_was_put_in(void **State)
{
    (void)State;
    static const ULONG64 Numbers[] = {0,    1,    63,      64,         65,
                                      4095, 4096, 262'143, 1ull << 30, 1ull << 50};
    CC_INDEX Index = {};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Numbers); i++) {
        assert_null(CcpIndexLookup(&Index, Numbers[i]));
        assert_true(CcpIndexInsert(&Index, Numbers[i], (PVOID)&Numbers[i]));
    }
    ULONG64 At = 0;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Numbers); i++, At++) {
        assert_ptr_equal(CcpIndexLookup(&Index, Numbers[i]), &Numbers[i]);
        assert_ptr_equal(CcpIndexNext(&Index, &At), &Numbers[i]);
        assert_int_equal(At, Numbers[i]);
    }
    assert_null(CcpIndexNext(&Index, &At));
    assert_null(CcpIndexLookup(&Index, 2));
    assert_null(CcpIndexLookup(&Index, MAXULONG64));
    for (ULONG i = 0; i < RTL_NUMBER_OF(Numbers); i++)
        CcpIndexRemove(&Index, Numbers[i]);
    assert_null(Index.Root); // nothing is left behind
}

static void marked_places_are_found_in_order(void **State)
{
    (void)State;
    CC_INDEX Index = {};
    int Item;
    for (ULONG64 i = 0; i < 5000; i++)
        assert_true(CcpIndexInsert(&Index, i * 3, &Item));
    ULONG64 At = 0;
    assert_null(CcpIndexNextMarked(&Index, &At));
    for (ULONG64 i = 0; i < 5000; i += 100)
        CcpIndexMark(&Index, i * 3, TRUE);
    At = 0;
    for (ULONG64 i = 0; i < 5000; i += 100, At++) {
        assert_ptr_equal(CcpIndexNextMarked(&Index, &At), &Item);
        assert_int_equal(At, i * 3);
    }
    assert_null(CcpIndexNextMarked(&Index, &At));
    for (ULONG64 i = 0; i < 5000; i += 100)
        CcpIndexMark(&Index, i * 3, FALSE);
    At = 0;
    assert_null(CcpIndexNextMarked(&Index, &At));
    for (ULONG64 i = 0; i < 5000; i++)
        CcpIndexRemove(&Index, i * 3);
    assert_null(Index.Root);
}

// Against a plain array.
static void the_index_agrees_with_an_array(void **State)
{
    (void)State;
    enum { PLACES = 20'000, STEPS = 200'000 };
    static UCHAR Model[PLACES]; // 1: present, 3: marked
    CC_INDEX Index = {};
    srand(7);
    for (ULONG Step = 0; Step < STEPS; Step++) {
        ULONG Number = (ULONG)rand() % PLACES;
        switch (rand() % 4) {
        case 0:
            if (!Model[Number])
                assert_true(CcpIndexInsert(&Index, Number, &Model[Number]));
            Model[Number] |= 1;
            break;
        case 1:
            if (Model[Number])
                CcpIndexRemove(&Index, Number);
            Model[Number] = 0;
            break;
        case 2:
            if (Model[Number]) {
                Model[Number] ^= 2;
                CcpIndexMark(&Index, Number, (Model[Number] & 2) != 0);
            }
            break;
        default: {
            ULONG Least = rand() % 2 ? 1 : 3, Expected = Number;
            ULONG64 At = Number;
            while (Expected < PLACES && Model[Expected] < Least)
                Expected++;
            PVOID Found = Least == 1 ? CcpIndexNext(&Index, &At) : CcpIndexNextMarked(&Index, &At);
            assert_ptr_equal(Found, Expected < PLACES ? &Model[Expected] : nullptr);
            if (Found)
                assert_int_equal(At, Expected);
        }
        }
    }
    for (ULONG i = 0; i < PLACES; i++) {
        if (Model[i])
            CcpIndexRemove(&Index, i);
    }
    assert_null(Index.Root);
}

// ---- Read-ahead

static void a_sequential_reader_has_a_growing_window(void **State)
{
    (void)State;
    CC_READ_AHEAD Reader = {};
    CC_PAGES Ranges[CC_STRIDES];
    ULONG64 Ahead = 0, Longest = 0;
    ULONG Requests = 0;
    for (ULONG64 Page = 0; Page < 4096; Page++) {
        ULONG Given = CcpForesee(&Reader, CcAdviceNone, Page, 1, Ranges);
        assert_true(Given <= 1);
        if (Given) {
            assert_true(Ranges[0].First == (Ahead ? Ahead : 1)); // nothing twice, nothing left out
            Ahead = Ranges[0].First + Ranges[0].Count;
            Longest = max(Longest, Ranges[0].Count);
            Requests++;
        }
        assert_true(Ahead > Page); // it is always in front
    }
    assert_true(Longest <= CC_LONGEST_WINDOW);
    assert_true(Requests < 60);
}

static void a_reader_that_steps_gets_its_next_steps(void **State)
{
    (void)State;
    CC_READ_AHEAD Reader = {};
    CC_PAGES Ranges[CC_STRIDES];
    assert_int_equal(CcpForesee(&Reader, CcAdviceNone, 1000, 2, Ranges), 0);
    assert_int_equal(CcpForesee(&Reader, CcAdviceNone, 1100, 2, Ranges), 0);
    assert_int_equal(CcpForesee(&Reader, CcAdviceNone, 1200, 2, Ranges), CC_STRIDES);
    for (ULONG i = 0; i < CC_STRIDES; i++) {
        assert_int_equal(Ranges[i].First, 1300 + 100 * i);
        assert_int_equal(Ranges[i].Count, 2);
    }
    // Backwards, until the start of the file.
    Reader = (CC_READ_AHEAD){};
    CcpForesee(&Reader, CcAdviceNone, 40, 1, Ranges);
    CcpForesee(&Reader, CcAdviceNone, 30, 1, Ranges);
    assert_int_equal(CcpForesee(&Reader, CcAdviceNone, 20, 1, Ranges), 2);
    assert_int_equal(Ranges[1].First, 0);
}

static void who_jumps_about_gets_nothing(void **State)
{
    (void)State;
    static const ULONG64 Places[] = {500, 3, 900, 42, 77, 4000, 12};
    CC_READ_AHEAD Reader = {};
    CC_PAGES Ranges[CC_STRIDES];
    for (ULONG i = 0; i < RTL_NUMBER_OF(Places); i++)
        assert_int_equal(CcpForesee(&Reader, CcAdviceNone, Places[i], 1, Ranges), 0);
    Reader = (CC_READ_AHEAD){};
    assert_int_equal(CcpForesee(&Reader, CcAdviceRandom, 0, 1, Ranges), 0);
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(the_index_finds_what_was_put_in),
        cmocka_unit_test(marked_places_are_found_in_order),
        cmocka_unit_test(the_index_agrees_with_an_array),
        cmocka_unit_test(a_sequential_reader_has_a_growing_window),
        cmocka_unit_test(a_reader_that_steps_gets_its_next_steps),
        cmocka_unit_test(who_jumps_about_gets_nothing),
    };
    return cmocka_run_group_tests(Tests, nullptr, nullptr);
}
