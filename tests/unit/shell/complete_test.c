// Completion of names at Tab.
#include "double.h"

#include "complete.h"

static SH_COMPLETION Completion;
static SH_TEXT Line;
static SIZE_T Cursor;

// Type Text, where | stands for the cursor.
static void Type(PCWSTR Text)
{
    PCWSTR Bar = wcschr(Text, L'|');
    assert_non_null(Bar);
    ShTruncate(&Line, 0);
    ShAppend(&Line, Text, (SIZE_T)(Bar - Text));
    Cursor = Line.Length;
    ShAppendString(&Line, Bar + 1);
}

static void Shows(PCWSTR Text)
{
    SH_TEXT Shown = {};
    ShAppend(&Shown, ShString(&Line), Cursor);
    ShAppendCharacter(&Shown, L'|');
    ShAppendString(&Shown, ShString(&Line) + Cursor);
    assert_string16(ShString(&Shown), Text);
    ShFreeText(&Shown);
}

static BOOLEAN Tab(BOOLEAN Back)
{
    return ShComplete(&Completion, &Line, &Cursor, Back);
}

static int SetUp(void **State)
{
    int Result = DoubleSetUp(State);
    DoubleAddFile(L"C:\\docs", nullptr);
    DoubleAddFile(L"C:\\docs\\read me.txt", L"1");
    DoubleAddFile(L"C:\\docs\\readme.txt", L"2");
    DoubleAddFile(L"C:\\docs\\deep", nullptr);
    DoubleAddFile(L"C:\\data.txt", L"3");
    DoubleAddFile(L"C:\\bin", nullptr);
    DoubleAddFile(L"C:\\bin\\echoes.exe", L"");
    DoubleAddFile(L"C:\\bin\\echo.txt", L"");
    SysSetVariable(L"PATH", L"C:\\bin");
    SysSetVariable(L"PATHEXT", L".exe;.bat");
    return Result;
}

static int TearDown(void **State)
{
    ShEndCompletion(&Completion);
    ShFreeText(&Line);
    return DoubleTearDown(State);
}

static void the_names_come_one_after_the_other(void **State)
{
    (void)State;
    Type(L"type d|");
    assert_true(Tab(FALSE));
    Shows(L"type data.txt|");
    assert_true(Tab(FALSE));
    Shows(L"type docs|");
    assert_true(Tab(FALSE));
    Shows(L"type data.txt|");
    assert_true(Tab(TRUE));
    Shows(L"type docs|");
}

static void shift_begins_with_the_last(void **State)
{
    (void)State;
    Type(L"type d|");
    assert_true(Tab(TRUE));
    Shows(L"type docs|");
}

static void the_rest_of_the_line_stays(void **State)
{
    (void)State;
    Type(L"type da| >nul");
    assert_true(Tab(FALSE));
    Shows(L"type data.txt| >nul");
}

static void names_with_blanks_are_quoted(void **State)
{
    (void)State;
    Type(L"type docs\\r|");
    assert_true(Tab(FALSE));
    Shows(L"type \"docs\\read me.txt\"|");
    assert_true(Tab(FALSE));
    Shows(L"type docs\\readme.txt|");
    Type(L"type \"docs\\read m|");
    assert_true(Tab(FALSE));
    Shows(L"type \"docs\\read me.txt\"|");
}

static void a_changed_word_begins_anew(void **State)
{
    (void)State;
    Type(L"type d|");
    assert_true(Tab(FALSE));
    Type(L"type docs\\d|");
    assert_true(Tab(FALSE));
    Shows(L"type docs\\deep|");
}

static void cd_wants_directories(void **State)
{
    (void)State;
    Type(L"cd d|");
    assert_true(Tab(FALSE));
    Shows(L"cd docs|");
    assert_true(Tab(FALSE));
    Shows(L"cd docs|");
    Type(L"ver&rd c:\\d|");
    assert_true(Tab(FALSE));
    Shows(L"ver&rd c:\\docs|");
}

static void commands_and_programs(void **State)
{
    (void)State;
    Type(L"ech|");
    assert_true(Tab(FALSE));
    Shows(L"echo|");
    assert_true(Tab(FALSE));
    Shows(L"echoes|");
    assert_true(Tab(FALSE));
    Shows(L"echo|");
    Type(L"ver&&(endl|");
    assert_true(Tab(FALSE));
    Shows(L"ver&&(endlocal|");
    Type(L"type x>da|"); // no command stands there
    assert_true(Tab(FALSE));
    Shows(L"type x>data.txt|");
}

static void what_has_no_end_stays(void **State)
{
    (void)State;
    Type(L"type nothing|");
    assert_false(Tab(FALSE));
    Shows(L"type nothing|");
    Type(L"type nowhere\\d|");
    assert_false(Tab(FALSE));
    Shows(L"type nowhere\\d|");
}

static void wildcards(void **State)
{
    (void)State;
    Type(L"type docs\\*.txt|");
    assert_true(Tab(FALSE));
    Shows(L"type \"docs\\read me.txt\"|");
}

static void an_empty_word_is_every_file(void **State)
{
    (void)State;
    Type(L"|");
    assert_true(Tab(FALSE));
    Shows(L"bin|");
    Type(L"type |");
    assert_true(Tab(TRUE));
    Shows(L"type docs|");
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test_setup_teardown(the_names_come_one_after_the_other, SetUp, TearDown),
        cmocka_unit_test_setup_teardown(shift_begins_with_the_last, SetUp, TearDown),
        cmocka_unit_test_setup_teardown(the_rest_of_the_line_stays, SetUp, TearDown),
        cmocka_unit_test_setup_teardown(names_with_blanks_are_quoted, SetUp, TearDown),
        cmocka_unit_test_setup_teardown(a_changed_word_begins_anew, SetUp, TearDown),
        cmocka_unit_test_setup_teardown(cd_wants_directories, SetUp, TearDown),
        cmocka_unit_test_setup_teardown(commands_and_programs, SetUp, TearDown),
        cmocka_unit_test_setup_teardown(what_has_no_end_stays, SetUp, TearDown),
        cmocka_unit_test_setup_teardown(wildcards, SetUp, TearDown),
        cmocka_unit_test_setup_teardown(an_empty_word_is_every_file, SetUp, TearDown),
    };
    return cmocka_run_group_tests(Tests, nullptr, nullptr);
}
