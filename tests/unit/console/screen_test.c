// The grid: writing, wrapping, scrolling, history.
#include "test.h"

static void test_text_wraps_at_the_last_column(void **State)
{
    (void)State;
    CON_SCREEN Screen;
    TestMakeScreen(&Screen, 5, 3, 0);
    TestWrite(&Screen, "abcde");
    assert_cursor(&Screen, 4, 0);
    assert_true(Screen.Cursor.WrapPending);
    TestWrite(&Screen, "f");
    assert_row(&Screen, 0, "abcde");
    assert_row(&Screen, 1, "f");
    assert_cursor(&Screen, 1, 1);
    TestFreeScreen(&Screen);
}

static void test_a_full_row_and_a_line_end_make_one_row(void **State)
{
    (void)State;
    CON_SCREEN Screen;
    TestMakeScreen(&Screen, 5, 3, 0);
    TestWrite(&Screen, "abcde\r\nf");
    assert_row(&Screen, 0, "abcde");
    assert_row(&Screen, 1, "f");
    TestFreeScreen(&Screen);
}

static void test_rows_scroll_into_the_history(void **State)
{
    (void)State;
    CON_SCREEN Screen;
    TestMakeScreen(&Screen, 8, 2, 2);
    TestWrite(&Screen, "one\ntwo\nthree\nfour\nfive");
    assert_row(&Screen, 0, "four");
    assert_row(&Screen, 1, "five");
    assert_int_equal(Screen.Kept, 2);
    ConScrollView(&Screen, 1);
    assert_view(&Screen, 0, "three");
    assert_view(&Screen, 1, "four");
    ConScrollView(&Screen, 100);
    assert_int_equal(Screen.View, 2);
    assert_view(&Screen, 0, "two");
    ConScrollView(&Screen, -100);
    assert_view(&Screen, 1, "five");
    TestFreeScreen(&Screen);
}

static void test_a_view_of_the_history_stays_while_text_comes(void **State)
{
    (void)State;
    CON_SCREEN Screen;
    TestMakeScreen(&Screen, 8, 2, 4);
    TestWrite(&Screen, "one\ntwo\nthree\nfour");
    ConScrollView(&Screen, 2);
    assert_view(&Screen, 0, "one");
    TestWrite(&Screen, "\nfive");
    assert_view(&Screen, 0, "one");
    TestFreeScreen(&Screen);
}

static void test_scrolling_region(void **State)
{
    (void)State;
    CON_SCREEN Screen;
    TestMakeScreen(&Screen, 8, 4, 4);
    TestWrite(&Screen, "top\n1\n2\nbottom\x1b[2;3r\x1b[3;1H\n3");
    assert_row(&Screen, 0, "top");
    assert_row(&Screen, 1, "2");
    assert_row(&Screen, 2, "3");
    assert_row(&Screen, 3, "bottom");
    assert_int_equal(Screen.Kept, 0);
    TestWrite(&Screen, "\x1b[2;1H\x1bM");
    assert_row(&Screen, 1, "");
    assert_row(&Screen, 2, "2");
    TestFreeScreen(&Screen);
}

static void test_lines_and_characters_are_inserted_and_deleted(void **State)
{
    (void)State;
    CON_SCREEN Screen;
    TestMakeScreen(&Screen, 6, 3, 0);
    TestWrite(&Screen, "abcdef\r\nsecond\r\nthird");
    TestWrite(&Screen, "\x1b[1;3H\x1b[2@");
    assert_row(&Screen, 0, "ab  cd");
    TestWrite(&Screen, "\x1b[3P");
    assert_row(&Screen, 0, "abd");
    TestWrite(&Screen, "\x1b[2;1H\x1b[L");
    assert_row(&Screen, 1, "");
    assert_row(&Screen, 2, "second");
    TestWrite(&Screen, "\x1b[M");
    assert_row(&Screen, 1, "second");
    assert_row(&Screen, 2, "");
    TestFreeScreen(&Screen);
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(test_text_wraps_at_the_last_column),
        cmocka_unit_test(test_a_full_row_and_a_line_end_make_one_row),
        cmocka_unit_test(test_rows_scroll_into_the_history),
        cmocka_unit_test(test_a_view_of_the_history_stays_while_text_comes),
        cmocka_unit_test(test_scrolling_region),
        cmocka_unit_test(test_lines_and_characters_are_inserted_and_deleted),
    };
    return cmocka_run_group_tests(Tests, NULL, NULL);
}
