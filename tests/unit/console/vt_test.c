// Escape sequences and UTF-8.
#include "test.h"

static void test_cursor_movement(void **State)
{
    (void)State;
    CON_SCREEN Screen;
    TestMakeScreen(&Screen, 20, 10, 0);
    TestWrite(&Screen, "\x1b[5;7H");
    assert_cursor(&Screen, 6, 4);
    TestWrite(&Screen, "\x1b[2A\x1b[3C");
    assert_cursor(&Screen, 9, 2);
    TestWrite(&Screen, "\x1b[B\x1b[100D");
    assert_cursor(&Screen, 0, 3);
    TestWrite(&Screen, "\x1b[999;999H");
    assert_cursor(&Screen, 19, 9);
    TestWrite(&Screen, "\x1b[H\x1b[12G\x1b[3d");
    assert_cursor(&Screen, 11, 2);
    TestWrite(&Screen, "\x1b"
                       "7\x1b[H\x1b"
                       "8");
    assert_cursor(&Screen, 11, 2);
    TestWrite(&Screen, "\r\t\tx\b");
    assert_cursor(&Screen, 16, 2);
    TestFreeScreen(&Screen);
}

static void test_erasing(void **State)
{
    (void)State;
    CON_SCREEN Screen;
    TestMakeScreen(&Screen, 6, 3, 0);
    TestWrite(&Screen, "aaaaaa\r\nbbbbbb\r\ncccccc\x1b[2;3H");
    TestWrite(&Screen, "\x1b[K");
    assert_row(&Screen, 1, "bb");
    TestWrite(&Screen, "\x1b[1K");
    assert_row(&Screen, 1, "");
    TestWrite(&Screen, "\x1b[J");
    assert_row(&Screen, 0, "aaaaaa");
    assert_row(&Screen, 2, "");
    TestWrite(&Screen, "\x1b[1;3H\x1b[2X");
    assert_row(&Screen, 0, "aa  aa");
    TestWrite(&Screen, "\x1b[2J");
    assert_row(&Screen, 0, "");
    assert_cursor(&Screen, 2, 0);
    TestFreeScreen(&Screen);
}

static void assert_colours(CON_SCREEN *Screen, uint32_t Foreground, uint32_t Background)
{
    uint32_t Front, Back;
    ConResolveColours(&Screen->Cursor.Pen, &Front, &Back);
    assert_int_equal(Front, Foreground);
    assert_int_equal(Back, Background);
}

static void test_colours(void **State)
{
    (void)State;
    CON_SCREEN Screen;
    TestMakeScreen(&Screen, 6, 3, 0);
    assert_colours(&Screen, 0xCCCCCC, 0x0C0C0C);
    TestWrite(&Screen, "\x1b[31;44m");
    assert_colours(&Screen, 0xC50F1F, 0x0037DA);
    TestWrite(&Screen, "\x1b[1m");
    assert_colours(&Screen, 0xE74856, 0x0037DA);
    TestWrite(&Screen, "\x1b[22;7m");
    assert_colours(&Screen, 0x0037DA, 0xC50F1F);
    TestWrite(&Screen, "\x1b[m");
    assert_colours(&Screen, 0xCCCCCC, 0x0C0C0C);
    TestWrite(&Screen, "\x1b[38;2;1;2;3;48;5;196m");
    assert_colours(&Screen, 0x010203, 0xFF0000);
    TestWrite(&Screen, "\x1b[97;49;38;5;232m");
    assert_colours(&Screen, 0x080808, 0x0C0C0C);
    TestFreeScreen(&Screen);
}

static void test_title(void **State)
{
    (void)State;
    CON_SCREEN Screen;
    TestMakeScreen(&Screen, 10, 2, 0);
    TestWrite(&Screen, "a\x1b]0;One\x07"
                       "b\x1b]2;T\xC3\xA4\xF0\x9F\x98\x80\x1b\\c");
    const uint16_t Expected[] = {'T', 0xE4, 0xD83D, 0xDE00, 0};
    assert_memory_equal(Screen.Title, Expected, sizeof(Expected));
    TestWrite(&Screen, "\x1b]4;1;rgb:0/0/0\x07");
    assert_memory_equal(Screen.Title, Expected, sizeof(Expected));
    assert_row(&Screen, 0, "abc");
    TestFreeScreen(&Screen);
}

static void test_what_is_unknown_is_swallowed(void **State)
{
    (void)State;
    CON_SCREEN Screen;
    TestMakeScreen(&Screen, 10, 2, 0);
    TestWrite(&Screen, "a\x1b[>4;2m\x1b[?2004h\x1b(B\x1b[ q\x1b[1$z\x1bPq#0\x1b\\\x1b_x\x1b\\b");
    TestWrite(&Screen, "\x1b[1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16;17;18mc\x1b[12\x18"
                       "d");
    assert_row(&Screen, 0, "abcd");
    TestFreeScreen(&Screen);
}

static void assert_character(CON_SCREEN *Screen, uint32_t Column, uint32_t Character)
{
    assert_int_equal(ConRow(Screen, 0)[Column].Character, Character);
}

static void test_utf8(void **State)
{
    (void)State;
    CON_SCREEN Screen;
    TestMakeScreen(&Screen, 20, 1, 0);
    TestWrite(&Screen, "\xC3\xA9\xD0\x96\xE2\x82\xAC\xF0\x9F\x98\x80");
    assert_character(&Screen, 0, 0xE9);
    assert_character(&Screen, 1, 0x416);
    assert_character(&Screen, 2, 0x20AC);
    assert_character(&Screen, 3, 0x1F600);
    // Overlong, surrogate, cut short, no lead byte
    TestWrite(&Screen, "\r\xE0\x80\x80|\xED\xA0\x80|\xC3|\x80|\xFF|");
    static const uint32_t Expected[] = {0xFFFD, '|',    0xFFFD, '|',    0xFFFD,
                                        '|',    0xFFFD, '|',    0xFFFD, '|'};
    for (uint32_t i = 0; i < sizeof(Expected) / sizeof(Expected[0]); i++)
        assert_character(&Screen, i, Expected[i]);
    TestFreeScreen(&Screen);
}

static void test_modes(void **State)
{
    (void)State;
    CON_SCREEN Screen;
    TestMakeScreen(&Screen, 4, 2, 0);
    TestWrite(&Screen, "\x1b[?25l\x1b[?7labcdefg");
    assert_false(Screen.CursorVisible);
    assert_row(&Screen, 0, "abcg");
    assert_row(&Screen, 1, "");
    TestWrite(&Screen, "\x1b[?25h\x1b[?7h");
    assert_true(Screen.CursorVisible && Screen.AutoWrap);
    TestWrite(&Screen, "\x1b"
                       "cx\x1b[2b");
    assert_row(&Screen, 0, "xxx");
    TestFreeScreen(&Screen);
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(test_cursor_movement),
        cmocka_unit_test(test_erasing),
        cmocka_unit_test(test_colours),
        cmocka_unit_test(test_title),
        cmocka_unit_test(test_what_is_unknown_is_swallowed),
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_modes),
    };
    return cmocka_run_group_tests(Tests, NULL, NULL);
}
