// The line editor, seen on two screens of different width. What it sends to the second is what a terminal
// gets; a third screen, written with those bytes alone, must show the same.
#include "test.h"

#include "editor.h"

static CON_SCREEN Wide, Narrow, Terminal;
static CON_SINK Sinks[CON_SINKS];
static CON_HISTORY History;
static CON_EDITOR Editor;
static char Sent[65536];
static size_t SentLength;

static void TestSend(void *Context, const char *Bytes, size_t Length)
{
    (void)Context;
    assert_true(SentLength + Length < sizeof(Sent));
    memcpy(Sent + SentLength, Bytes, Length);
    SentLength += Length;
    Sent[SentLength] = 0;
    ConWriteScreen(&Terminal, Bytes, Length);
}

static int TestSetUp(void **State)
{
    (void)State;
    TestMakeScreen(&Wide, 40, 10, 10);
    TestMakeScreen(&Narrow, 10, 10, 10);
    TestMakeScreen(&Terminal, 10, 10, 10);
    Sinks[0] = (CON_SINK){.Screen = &Wide};
    Sinks[1] = (CON_SINK){.Screen = &Narrow, .Send = TestSend};
    memset(&History, 0, sizeof(History));
    Editor = (CON_EDITOR){
        .Sinks = Sinks, .SinkCount = 2, .History = &History, .Echo = true, .Processed = true};
    for (uint32_t i = 0; i < CON_SINKS; i++)
        ConWriteSink(&Sinks[i], "C:\\>", 4);
    SentLength = 0;
    ConBeginLine(&Editor);
    return 0;
}

static int TestTearDown(void **State)
{
    (void)State;
    TestFreeScreen(&Wide);
    TestFreeScreen(&Narrow);
    TestFreeScreen(&Terminal);
    return 0;
}

static CON_EDIT TestKey(uint16_t VirtualKey, uint32_t Character, uint32_t ControlState)
{
    CON_KEY Key = {VirtualKey, 0, Character, ControlState, true};
    return ConEditLine(&Editor, &Key);
}

static void TestType(const char *Text)
{
    for (; *Text; Text++)
        assert_int_equal(TestKey(0, (uint8_t)*Text, 0), ConEditGoesOn);
}

static const char *TestLine(void)
{
    static char Text[CON_LINE_CHARS + 1];
    for (uint32_t i = 0; i < Editor.Length; i++)
        Text[i] = (char)Editor.Line[i];
    Text[Editor.Length] = 0;
    return Text;
}

static void TestEnter(const char *Text)
{
    TestType(Text);
    assert_int_equal(TestKey(ConKeyReturn, '\r', 0), ConEditComplete);
    for (uint32_t i = 0; i < CON_SINKS; i++)
        ConWriteSink(&Sinks[i], "C:\\>", 4);
    ConBeginLine(&Editor);
}

// The line stands on every screen, with nothing behind it, and the cursor in its place.
static void assert_shown(const CON_SCREEN *Screen, uint32_t Start)
{
    uint32_t Columns = Screen->Columns;
    uint32_t CursorPlace =
        Screen->Cursor.Row * Columns + Screen->Cursor.Column + Screen->Cursor.WrapPending;
    uint32_t Origin = CursorPlace - Editor.Position - Start;
    assert_int_equal(Origin % Columns, 0);
    for (uint32_t i = 0; i < 200 && Origin + Start + i < Columns * Screen->Rows; i++) {
        uint32_t Place = Origin + Start + i;
        uint32_t Expected = i < Editor.Length ? Editor.Line[i] : ' ';
        assert_int_equal(ConRow(Screen, Place / Columns)[Place % Columns].Character, Expected);
    }
}

static void assert_line(const char *Text, uint32_t Position)
{
    assert_string_equal(TestLine(), Text);
    assert_int_equal(Editor.Position, Position);
    assert_shown(&Wide, 4);
    assert_shown(&Narrow, 4);
    for (uint32_t Row = 0; Row < 10; Row++)
        assert_memory_equal(ConRow(&Narrow, Row), ConRow(&Terminal, Row), 10 * sizeof(CON_CELL));
}

static void test_typing_sends_the_characters_alone(void **State)
{
    (void)State;
    TestType("dir \\ /s and more than a row");
    assert_string_equal(Sent, "dir \\ /s and more than a row");
    assert_line("dir \\ /s and more than a row", 28);
    assert_int_equal(TestKey(ConKeyReturn, '\r', 0), ConEditComplete);
    assert_string_equal(Sent, "dir \\ /s and more than a row\r\n");
}

static void test_a_wakeup_key_leaves_the_line(void **State)
{
    (void)State;
    Editor.Wakeup = 1u << '\t';
    TestType("type rea");
    TestKey(ConKeyLeft, 0, 0);
    assert_int_equal(TestKey(ConKeyTab, '\t', 0), ConEditWakeup);
    assert_line("type rea", 7);
    SentLength = 0;
    const uint32_t Completed[] = {'t', 'y', 'p', 'e', ' ', 'r', 'e', 'a', 'd', 'm', 'e'};
    ConReplaceLine(&Editor, Completed, 11, 11);
    assert_string_equal(Sent, "\x1b[1Cdme"); // what was the same is not sent again
    assert_line("type readme", 11);
    ConReplaceLine(&Editor, Completed, 4, 2);
    assert_line("type", 2);
    Editor.Wakeup = 0;
    assert_int_equal(TestKey(ConKeyTab, '\t', 0), ConEditGoesOn);
    assert_line("type", 2);
}

static void test_insert_and_delete(void **State)
{
    (void)State;
    TestType("helo");
    TestKey(ConKeyLeft, 0, 0);
    TestType("l");
    assert_line("hello", 4);
    TestKey(ConKeyHome, 0, 0);
    TestKey(ConKeyDelete, 0, 0);
    assert_line("ello", 0);
    TestKey(ConKeyBack, '\b', 0);
    assert_line("ello", 0);
    TestType("J");
    TestKey(ConKeyEnd, 0, 0);
    TestKey(ConKeyBack, '\b', 0);
    assert_line("Jell", 4);
    TestKey(ConKeyHome, 0, 0);
    TestKey(ConKeyInsert, 0, 0);
    TestType("B");
    assert_line("Bell", 1);
    TestKey(ConKeyEscape, 0x1B, 0);
    assert_line("", 0);
}

static void test_lines_over_several_rows(void **State)
{
    (void)State;
    TestType(
        "0123456789abcdefghijklmnopqr"); // ends at an edge of the narrow screen with the prompt
    TestKey(ConKeyBack, '\b', 0);
    TestKey(ConKeyBack, '\b', 0);
    assert_line("0123456789abcdefghijklmnop", 26);
    TestKey(ConKeyHome, 0, 0);
    assert_line("0123456789abcdefghijklmnop", 0);
    TestType("XY");
    assert_line("XY0123456789abcdefghijklmnop", 2);
    TestKey(ConKeyEnd, 0, 0);
    assert_line("XY0123456789abcdefghijklmnop", 28);
    for (uint32_t i = 0; i < 9; i++)
        TestKey(ConKeyLeft, 0, 0);
    TestKey(ConKeyEnd, 0, CON_LEFT_CTRL);
    assert_line("XY0123456789abcdefg", 19);
    TestKey(ConKeyHome, 0, CON_LEFT_CTRL);
    assert_line("", 0);
}

static void test_words(void **State)
{
    (void)State;
    TestType("copy one two");
    TestKey(ConKeyLeft, 0, CON_LEFT_CTRL);
    assert_line("copy one two", 9);
    TestKey(ConKeyLeft, 0, CON_LEFT_CTRL);
    assert_line("copy one two", 5);
    TestKey(ConKeyRight, 0, CON_LEFT_CTRL);
    assert_line("copy one two", 9);
    TestKey(ConKeyBack, 0x7F, CON_LEFT_CTRL);
    assert_line("copy two", 5);
}

static void test_history(void **State)
{
    (void)State;
    TestEnter("first");
    TestEnter("second one");
    TestEnter("second one");
    TestEnter("third");
    TestEnter("");
    TestKey(ConKeyUp, 0, 0);
    assert_string_equal(TestLine(), "third");
    TestKey(ConKeyUp, 0, 0);
    assert_string_equal(TestLine(), "second one");
    TestKey(ConKeyUp, 0, 0);
    TestKey(ConKeyUp, 0, 0);
    assert_line("first", 5);
    TestKey(ConKeyDown, 0, 0);
    assert_line("second one", 10);
    TestKey(ConKeyPageDown, 0, 0);
    assert_line("third", 5);
    TestKey(ConKeyPageUp, 0, 0);
    assert_line("first", 5);
    TestKey(ConKeyEscape, 0x1B, 0);
    TestType("se");
    TestKey(ConKeyF1 + 7, 0, 0);
    assert_line("second one", 2);
    TestKey(ConKeyEscape, 0x1B, 0);
    TestType("T");
    TestKey(ConKeyF1, 0, 0);
    assert_line("Th", 2);
    TestKey(ConKeyF1 + 2, 0, 0);
    assert_line("Third", 5);
}

static void test_the_history_forgets_the_oldest(void **State)
{
    (void)State;
    char Text[16];
    uint32_t Length;
    for (int i = 0; i < CON_HISTORY_LINES + 5; i++) {
        snprintf(Text, sizeof(Text), "line %d", i);
        TestEnter(Text);
    }
    assert_int_equal(ConHistoryLine(&History, CON_HISTORY_LINES - 1, &Length)[5], '5');
    assert_null(ConHistoryLine(&History, CON_HISTORY_LINES, &Length));
}

static void test_break(void **State)
{
    (void)State;
    TestType("abc");
    assert_int_equal(TestKey('C', 3, CON_LEFT_CTRL), ConEditBreak);
    assert_string_equal(Sent, "abc^C\r\n");
    assert_int_equal(Editor.Length, 0);
    assert_int_equal(History.Count, 0);
}

static void test_end_of_input(void **State)
{
    (void)State;
    assert_int_equal(TestKey('Z', 0x1A, CON_LEFT_CTRL), ConEditGoesOn); // nobody reads a file
    assert_int_equal(Editor.Length, 0);
    Editor.Ends = true;
    TestType("a");
    assert_int_equal(TestKey('Z', 0x1A, CON_LEFT_CTRL), ConEditGoesOn); // in a line it is no end
    TestKey(ConKeyBack, '\b', 0);
    SentLength = 0;
    assert_int_equal(TestKey('Z', 0x1A, CON_LEFT_CTRL), ConEditGoesOn);
    assert_int_equal(TestKey(ConKeyReturn, '\r', 0), ConEditComplete);
    assert_true(Editor.AtEnd);
    assert_string_equal(Sent, "^Z\r\n");
    assert_int_equal(History.Count, 0);
}

static void test_without_echo_nothing_is_shown_or_kept(void **State)
{
    (void)State;
    Editor.Echo = false;
    TestType("secret");
    TestKey(ConKeyBack, '\b', 0);
    assert_int_equal(TestKey(ConKeyReturn, '\r', 0), ConEditComplete);
    assert_string_equal(TestLine(), "secre");
    assert_int_equal(SentLength, 0);
    assert_int_equal(History.Count, 0);
}

static void test_a_full_line_takes_no_more(void **State)
{
    (void)State;
    Editor.Echo = false;
    for (uint32_t i = 0; i < CON_LINE_CHARS + 10; i++)
        TestType("x");
    assert_int_equal(Editor.Length, CON_LINE_CHARS);
    TestKey(ConKeyHome, 0, 0);
    TestType("y");
    assert_int_equal(Editor.Line[0], 'x');
}

static void test_output_comes_between(void **State)
{
    (void)State;
    TestType("a line of two rows");
    TestKey(ConKeyLeft, 0, 0);
    ConHideLine(&Editor);
    for (uint32_t i = 0; i < CON_SINKS; i++)
        ConWriteSink(&Sinks[i], "news\r\n", 6);
    ConShowLine(&Editor);
    assert_row(&Wide, 0, "C:\\>news");
    assert_row(&Wide, 1, "a line of two rows");
    assert_row(&Narrow, 0, "C:\\>news");
    assert_row(&Narrow, 1, "a line of");
    assert_row(&Narrow, 2, "two rows");
    assert_cursor(&Narrow, 7, 2);
    assert_shown(&Wide, 0);
}

static void test_keys_that_ask(void **State)
{
    (void)State;
    TestEnter("copy one.txt two.txt");
    TestEnter("echo abc");
    TestEnter("ver");
    TestKey(ConKeyF1 + 8, 0, 0); // F9: 0 is the oldest
    TestType("0");
    assert_string_equal(TestLine(), "");
    TestKey(ConKeyReturn, '\r', 0);
    assert_string_equal(TestLine(), "copy one.txt two.txt");
    TestKey(ConKeyHome, 0, 0);
    TestKey(ConKeyF1 + 3, 0, 0); // F4: up to the character, not with it
    TestType("t");
    assert_string_equal(TestLine(), "txt two.txt");
    TestKey(ConKeyF1 + 3, 0, 0);
    TestType("?"); // which is not there
    assert_string_equal(TestLine(), "");
    TestKey(ConKeyF1 + 8, 0, 0);
    TestType("7"); // there are not so many
    TestKey(ConKeyReturn, '\r', 0);
    assert_string_equal(TestLine(), "");
    TestEnter("echo abc");
    TestKey(ConKeyF1 + 1, 0, 0); // F2
    TestType("b");
    assert_string_equal(TestLine(), "echo a");
    TestKey(ConKeyF1 + 1, 0, 0);
    TestKey(ConKeyEscape, 0x1B, 0); // taken back: the line stays
    TestType("!");
    assert_string_equal(TestLine(), "echo a!");
    TestKey(ConKeyF1 + 6, 0, CON_LEFT_ALT); // Alt+F7
    TestKey(ConKeyEscape, 0x1B, 0);
    TestKey(ConKeyUp, 0, 0);
    assert_string_equal(TestLine(), "");
    assert_shown(&Wide, 4);
}

// ---- The list of the history

static void TestMakeWideTerminal(void)
{
    TestFreeScreen(&Narrow);
    TestFreeScreen(&Terminal);
    TestMakeScreen(&Narrow, 40, 10, 10);
    TestMakeScreen(&Terminal, 40, 10, 10);
    ConWriteSink(&Sinks[1], "C:\\>", 4);
    SentLength = 0;
    ConBeginLine(&Editor);
}

static const char *TestRow(const CON_SCREEN *Screen, uint32_t Row)
{
    static char Text[41];
    uint32_t Length = 0;
    for (uint32_t i = 0; i < Screen->Columns; i++) {
        uint32_t Character = ConRow(Screen, Row)[i].Character;
        Text[Length++] = Character < 0x7F ? (char)Character : Character == 0x2502 ? '|' : '-';
    }
    while (Length && Text[Length - 1] == ' ')
        Length--;
    Text[Length] = 0;
    return Text;
}

static void test_the_list_of_lines(void **State)
{
    (void)State;
    TestMakeWideTerminal();
    static const char Text[] = "\x1b[2J\x1b[H\x1b[31;44mcoloured\x1b[m\r\n\n\n\n\n\nC:\\>";
    for (uint32_t i = 0; i < CON_SINKS; i++)
        ConWriteSink(&Sinks[i], Text, sizeof(Text) - 1);
    ConAddToHistory(&History, (const uint32_t[]){'d', 'i', 'r'}, 3);
    ConAddToHistory(&History, (const uint32_t[]){'v', 'e', 'r'}, 3);
    ConAddToHistory(&History, (const uint32_t[]){'d'}, 1);
    ConBeginLine(&Editor);
    TestType("half a li");
    CON_CELL Before[10][40];
    for (uint32_t Row = 0; Row < 10; Row++)
        memcpy(Before[Row], ConRow(&Narrow, Row), sizeof(Before[Row]));

    TestKey(ConKeyF1 + 6, 0, 0); // F7
    assert_string_equal(TestRow(&Narrow, 1), "         ----------------------");
    assert_string_equal(TestRow(&Narrow, 2), "         | 0: dir             |");
    assert_string_equal(TestRow(&Narrow, 3), "         | 1: ver             |");
    assert_string_equal(TestRow(&Narrow, 4), "         | 2: d               |");
    assert_string_equal(TestRow(&Narrow, 5), "         ----------------------");
    assert_true(ConRow(&Narrow, 4)[10].Flags & CON_INVERSE); // the newest is selected
    TestKey(ConKeyUp, 0, 0);
    assert_false(ConRow(&Narrow, 4)[10].Flags & CON_INVERSE);
    assert_true(ConRow(&Narrow, 3)[10].Flags & CON_INVERSE);
    assert_int_equal(Narrow.Cursor.Row, 6);
    assert_int_equal(Narrow.Cursor.Column, 13);
    TestKey(ConKeyEscape, 0x1B, 0);
    for (uint32_t Row = 0; Row < 10; Row++) {
        assert_memory_equal(Before[Row], ConRow(&Narrow, Row), sizeof(Before[Row]));
        assert_memory_equal(Before[Row], ConRow(&Terminal, Row), sizeof(Before[Row]));
    }
    assert_line("half a li", 9);

    TestKey(ConKeyF1 + 6, 0, 0);
    TestType("d"); // the next that begins so
    assert_true(ConRow(&Narrow, 2)[10].Flags & CON_INVERSE);
    TestKey(ConKeyRight, 0, 0);
    assert_line("dir", 3);
    TestKey(ConKeyF1 + 6, 0, 0);
    assert_true(ConRow(&Narrow, 2)[10].Flags & CON_INVERSE); // where the line comes from
    TestKey(ConKeyDown, 0, 0);
    assert_int_equal(TestKey(ConKeyReturn, '\r', 0), ConEditComplete);
    assert_string_equal(TestLine(), "ver");
    assert_string_equal(TestRow(&Narrow, 6), "C:\\>ver");
    assert_string_equal(TestRow(&Narrow, 1), "");
}

static void test_a_long_list_scrolls(void **State)
{
    (void)State;
    TestMakeWideTerminal();
    for (uint32_t i = 0; i < 30; i++)
        ConAddToHistory(&History, (const uint32_t[]){'n', 'a' + i % 26, 'o'}, 3);
    ConWriteSink(&Sinks[1], "\x1b[H", 3); // at the top: it is shown below
    ConWriteSink(&Sinks[0], "\x1b[H", 3);
    ConBeginLine(&Editor);
    TestKey(ConKeyF1 + 6, 0, 0);
    assert_string_equal(TestRow(&Narrow, 8), "         |29: ndo             |");
    TestKey(ConKeyHome, 0, 0);
    assert_string_equal(TestRow(&Narrow, 2), "         | 0: nao             |");
    TestKey(ConKeyPageDown, 0, 0);
    assert_string_equal(TestRow(&Narrow, 8), "         |10: nko             |");
    ConHideLine(&Editor); // output comes between
    for (uint32_t i = 0; i < CON_SINKS; i++)
        ConWriteSink(&Sinks[i], "output\r\n", 8);
    ConShowLine(&Editor);
    assert_string_equal(TestRow(&Narrow, 0), "output");
    assert_string_equal(TestRow(&Narrow, 8), "         |10: nko             |");
    for (uint32_t Row = 0; Row < 10; Row++)
        assert_memory_equal(ConRow(&Narrow, Row), ConRow(&Terminal, Row), 40 * sizeof(CON_CELL));
    assert_int_equal(TestKey('C', 0x03, CON_LEFT_CTRL), ConEditBreak);
    assert_string_equal(TestRow(&Narrow, 8), "");
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test_setup_teardown(test_typing_sends_the_characters_alone, TestSetUp,
                                        TestTearDown),
        cmocka_unit_test_setup_teardown(test_a_wakeup_key_leaves_the_line, TestSetUp, TestTearDown),
        cmocka_unit_test_setup_teardown(test_end_of_input, TestSetUp, TestTearDown),
        cmocka_unit_test_setup_teardown(test_insert_and_delete, TestSetUp, TestTearDown),
        cmocka_unit_test_setup_teardown(test_lines_over_several_rows, TestSetUp, TestTearDown),
        cmocka_unit_test_setup_teardown(test_words, TestSetUp, TestTearDown),
        cmocka_unit_test_setup_teardown(test_history, TestSetUp, TestTearDown),
        cmocka_unit_test_setup_teardown(test_the_history_forgets_the_oldest, TestSetUp,
                                        TestTearDown),
        cmocka_unit_test_setup_teardown(test_break, TestSetUp, TestTearDown),
        cmocka_unit_test_setup_teardown(test_without_echo_nothing_is_shown_or_kept, TestSetUp,
                                        TestTearDown),
        cmocka_unit_test_setup_teardown(test_a_full_line_takes_no_more, TestSetUp, TestTearDown),
        cmocka_unit_test_setup_teardown(test_keys_that_ask, TestSetUp, TestTearDown),
        cmocka_unit_test_setup_teardown(test_the_list_of_lines, TestSetUp, TestTearDown),
        cmocka_unit_test_setup_teardown(test_a_long_list_scrolls, TestSetUp, TestTearDown),
        cmocka_unit_test_setup_teardown(test_output_comes_between, TestSetUp, TestTearDown),
    };
    return cmocka_run_group_tests(Tests, NULL, NULL);
}
