// Typing into the editor, and what its screen and its files hold then.
#include "terminal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static TERMINAL Terminal;

static void Begin(const char *Text)
{
    TerminalInit(&Terminal, Text);
}

static void Type(const char *Keys)
{
    TerminalType(&Terminal, Keys);
}

static void Shows(uint32_t Row, const char *Text)
{
    assert_string_equal(TerminalRow(&Terminal, Row), Text);
}

static void StatusHas(const char *Text)
{
    const char *Row = TerminalRow(&Terminal, TerminalRows - 1);
    if (!strstr(Row, Text))
        fail_msg("%s has no %s", Row, Text);
}

static void Saved(const char *Text)
{
    Terminal.Editor.NameLength = 1;
    Terminal.Editor.Name[0] = 'f';
    Type("^s");
    assert_string_equal((const char *)Terminal.Saved, Text);
    assert_int_equal(Terminal.SavedLength, strlen(Text));
}

static void test_typing(void **State)
{
    (void)State;
    Begin("");
    Shows(0, " (no name)");
    Type("hello{enter}  world{enter}again");
    Shows(0, " (no name) *");
    Shows(1, "hello");
    Shows(2, "  world");
    Shows(3, "  again");
    StatusHas("Line 3 of 3");
    StatusHas("Column 8");
    assert_int_equal(Terminal.Row, 3);
    assert_int_equal(Terminal.Column, 7);
    Type("{bs}{bs}{up}{home}{del}{del}{end}{del}");
    Shows(2, "world  aga");
    Type("{ins}{home}WOR{ins}!");
    Shows(2, "WOR!ld  aga");
    Saved("hello\r\nWOR!ld  aga");
    Shows(0, " f");
    TerminalFree(&Terminal);
}

static void test_bytes(void **State)
{
    (void)State;
    static const char *const Files[] = {
        "",
        "a",
        "a\n",
        "a\nb\n",
        "a\r\nb\r\n",
        "\xEF\xBB\xBFmark\n",
        "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80",
        "bad \xFF\xC3 \xED\xA0\x80 \xF8 bytes",
        "lone \r here\n",
        "\x01\x02\t\x7F",
    };
    for (size_t i = 0; i < sizeof(Files) / sizeof(Files[0]); i++) {
        Begin(Files[i]);
        Saved(Files[i]);
        Type("x{bs}");
        Saved(Files[i]);
        TerminalFree(&Terminal);
    }
}

static void test_undo(void **State)
{
    (void)State;
    Begin("");
    Type("new{enter}zzz^z");
    Shows(1, "new");
    StatusHas("Line 2 of 2");
    TerminalFree(&Terminal);
    Begin("one\ntwo\nthree");
    Type("{down}{end} more words^x^z");
    Shows(2, "two more words");
    Type("^z");
    Shows(2, "two more");
    Type("^z");
    Shows(0, " (no name)");
    Shows(2, "two");
    Type("^z");
    StatusHas("Nothing to undo");
    Type("^y^y^y");
    Shows(2, "three");
    Type("^z{ins}{home}X");
    Shows(2, "Xwo more words");
    Type("^z");
    Shows(2, "two more words");
    Type("^y");
    StatusHas("");
    Shows(2, "Xwo more words");
    TerminalFree(&Terminal);
}

// What was saved stays unchanged until something else is done, whichever way one comes back to it.
static void test_changed(void **State)
{
    (void)State;
    Begin("a");
    Type("b");
    Saved("ba");
    Type("c");
    Shows(0, " f *");
    Type("^z");
    Shows(0, " f");
    Type("^z");
    Shows(0, " f *");
    Type("d");
    Shows(0, " f *");
    Type("^z");
    Shows(0, " f *");
    TerminalFree(&Terminal);
}

static void test_moving(void **State)
{
    (void)State;
    Begin("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\nlong line here\n13");
    Type("{pgdn}");
    Shows(1, "7");
    StatusHas("Line 7 ");
    Type("{pgdn}");
    StatusHas("Line 13 ");
    Type("{^home}");
    Shows(1, "1");
    Type("{^end}");
    StatusHas("Line 13 of 13");
    Type("{up}{end}");
    StatusHas("Column 15");
    Type("{up}{down}");
    StatusHas("Column 15"); // the shorter line between does not count
    Type("{end}{^left}{^left}");
    StatusHas("Column 6");
    Type("{^right}{^right}");
    StatusHas("Line 13 ");
    Type("{left}");
    StatusHas("Line 12 ");
    Type("{pgup}{pgup}{pgup}");
    Shows(1, "1");
    Type("^g9{enter}");
    StatusHas("Line 9 ");
    Type("^g999{enter}");
    StatusHas("Line 13 ");
    Type("^gx{enter}");
    StatusHas("Not a number");
    TerminalFree(&Terminal);
}

static void test_wide(void **State)
{
    (void)State;
    Begin(
        "\tx\n\xF0\x9F\x98\x80y\n01234567890123456789012345678901234567890123456789012345678901234567890123456789abcdef");
    Shows(1, "        x");
    Type("{right}");
    assert_int_equal(Terminal.Column, 8);
    Type("{down}{home}{right}");
    assert_int_equal(Terminal.Column, 1);
    Type("{bs}");
    Shows(2, "y");
    Type("{down}{end}");
    assert_int_equal(Terminal.Editor.Left, 16);
    Shows(3, "6789012345678901234567890123456789012345678901234567890123456789abcdef");
    Type("{home}");
    Shows(3, "01234567890123456789012345678901234567890123456789012345678901234567890123456789");
    TerminalFree(&Terminal);
}

static void test_find(void **State)
{
    (void)State;
    Begin("alpha\nbeta Alpha\ngamma\nalphabet");
    Type("^fALPHA{enter}");
    StatusHas("Not found");
    Type("^f{bs}{bs}{bs}{bs}{bs}alpha{enter}");
    StatusHas("Line 1 ");
    Type("{f3}");
    StatusHas("Line 2 ");
    StatusHas("Column 6");
    Type("^n");
    StatusHas("Line 4 ");
    Type("^n");
    StatusHas("Found from");
    assert_int_equal(Terminal.Editor.Cursor.Line, 0);
    Type("^fzzz{esc}^n");
    assert_int_equal(Terminal.Editor.Cursor.Line, 1);
    TerminalFree(&Terminal);
}

static void test_cut(void **State)
{
    (void)State;
    Begin("1\n2\n3");
    Type("^x{down}^v");
    Shows(1, "2");
    Shows(2, "1");
    Shows(3, "3");
    Type("{^end}^c^v^x^x");
    Shows(4, "");
    Type("^z^z^z^z^z^z");
    Saved("1\n2\n3");
    TerminalFree(&Terminal);
}

static void test_leaving(void **State)
{
    (void)State;
    Begin("x");
    Type("{f1}");
    Shows(1, "  Ctrl-S   save");
    Type("q^q");
    assert_true(Terminal.Editor.Done);
    Terminal.Editor.Done = false;
    Type("y^q");
    StatusHas("Save the changes first");
    Type("{esc}");
    assert_false(Terminal.Editor.Done);
    Type("^qyes{enter}");
    StatusHas("Save as:");
    Type("name{enter}");
    assert_string_equal((const char *)Terminal.Saved, "yx");
    Shows(0, " name");
    Terminal.SaveProblem = "Not saved: full";
    Type("z^s");
    StatusHas("Not saved: full");
    Shows(0, " name *");
    Type("^wother{enter}");
    Shows(0, " name *");
    Type("^qy{enter}");
    assert_false(Terminal.Editor.Done);
    Type("^qn{enter}");
    assert_true(Terminal.Editor.Done);
    TerminalFree(&Terminal);
}

static void test_marking(void **State)
{
    (void)State;
    Begin("one two\nthree\nfour\n");
    Type("{right}{+right}{+right}^x");
    Shows(1, "o two");
    Type("{bs}{end}^v");
    Shows(1, " twone");
    Type("^z");
    Shows(1, " two");
    // From the middle of a line to that of another one, backwards, replaced by what is typed; one step back.
    Type("{down}{home}{right}{right}{+up}{+home}X");
    Shows(1, "Xree");
    Type("^z");
    Shows(1, " two");
    Shows(2, "three");
    Type("{^home}{+^end}{bs}");
    StatusHas("Line 1 of 1");
    Type("^z^a^c{^end}{+ins}");
    StatusHas("Line 7 of 7");
    Type("{up}{home}{+end}{+del}{down}^v");
    Shows(0, " (no name) *");
    // Without a piece it is the line.
    Type("{^home}^c^v");
    Shows(1, " two");
    Shows(2, " two");
    TerminalFree(&Terminal);
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(test_typing),  cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_undo),    cmocka_unit_test(test_changed),
        cmocka_unit_test(test_moving),  cmocka_unit_test(test_wide),
        cmocka_unit_test(test_find),    cmocka_unit_test(test_cut),
        cmocka_unit_test(test_leaving), cmocka_unit_test(test_marking),
    };
    return cmocka_run_group_tests(Tests, nullptr, nullptr);
}
