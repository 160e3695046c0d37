// Quoting, carets, operators, blocks, redirections, remarks, labels, faults.
#include "double.h"

static void sequences(void **state)
{
    (void)state;
    assert_line(L"echo a&echo b", L"a\nb\n");
    assert_line(L"echo a & echo b", L"a \nb\n");
    assert_line(L"echo a &", L"a \n");
    assert_line(L"fail&&echo yes", L"");
    assert_line(L"fail||echo no", L"no\n");
    assert_line(L"prog&&echo yes||echo no", L"[prog]\nyes\n");
    assert_line(L"fail&&echo yes||echo no", L"no\n");
    assert_line(L"prog||echo a&echo b", L"[prog]\nb\n");
    assert_line(L"fail||fail||echo c&&echo d", L"c\nd\n");
}

static void quotes(void **state)
{
    (void)state;
    assert_line(L"echo \"a & b\" & echo c", L"\"a & b\" \nc\n");
    assert_line(L"echo \"open & echo b", L"\"open & echo b\n");
    assert_line(L"echo a\"b^c\"d^&e", L"a\"b^c\"d&e\n");
    assert_line(L"\"prog\" \"x y\"", L"[\"prog\" \"x y\"]\n");
}

static void carets(void **state)
{
    (void)state;
    assert_line(L"echo a^&b", L"a&b\n");
    assert_line(L"echo a^^b", L"a^b\n");
    assert_line(L"e^cho x", L"x\n");
    assert_line(L"echo ^\"a & echo b", L"\"a \nb\n");
    assert_line(L"echo a^\nb", L"ab\n");
    assert_line(L"echo a^\n&b", L"a&b\n");
    assert_line(L"echo a^", L"a\n");
}

static void blocks(void **state)
{
    (void)state;
    assert_line(L"(echo a)", L"a\n");
    assert_line(L"(echo a&echo b)", L"a\nb\n");
    assert_line(L"(\necho a\necho b\n)", L"a\nb\n");
    assert_line(L"(echo a\n\n  echo b)&echo c", L"a\nb\nc\n");
    assert_line(L"echo a)b", L"a)b\n");
    assert_line(L"(echo a^)b)", L"a)b\n");
    assert_line(L"(echo \"a)b\")", L"\"a)b\"\n");
    assert_line(L"(fail) || (echo no)", L"no\n");
    assert_line(L"((echo a))", L"a\n");
    assert_line(L"(echo a &&\necho b)", L"a \nb\n");
    assert_line(L") anything", L"");
}

static void silence_signs(void **state)
{
    (void)state;
    assert_line(L"@echo a", L"a\n");
    assert_line(L" @ @echo a&@echo b", L"a\nb\n");
    assert_line(L"@(echo a)", L"a\n");
}

static void remarks_and_labels(void **state)
{
    (void)state;
    assert_line(L"rem a & echo b", L"");
    assert_line(L"rem & echo b", L"b\n");
    assert_line(L"rem", L"");
    assert_line(L"rem.&echo b", L"b\n");
    assert_line(L":: a & echo b", L"");
    assert_line(L":label %1%~ & echo b", L"");
    assert_line(L"echo a & :: b", L"a \n");
    assert_line(L"(echo a\n:: note )\nrem note )\necho b)", L"a\nb\n");
}

static void outputs(void **state)
{
    (void)state;
    assert_line(L"echo a>f", L"");
    assert_string16(DoubleFile(L"f"), L"a\n");
    assert_line(L"echo b>>f", L"");
    assert_string16(DoubleFile(L"f"), L"a\nb\n");
    assert_line(L">f echo c", L"");
    assert_string16(DoubleFile(L"f"), L"c\n");
    assert_line(L"echo a > f b", L"");
    assert_string16(DoubleFile(L"f"), L"a  b\n");
    assert_line(L"(echo a&echo b)>f", L"");
    assert_string16(DoubleFile(L"f"), L"a\nb\n");
    assert_line(L"echo a>\"g h\"", L"");
    assert_string16(DoubleFile(L"g h"), L"a\n");
    assert_line(L"echo a2>f", L"");
    assert_string16(DoubleFile(L"f"), L"a2\n");
    assert_line(L"echo 2>f", L"ECHO is off.\n");
    assert_string16(DoubleFile(L"f"), L"");
    assert_line(L">f", L"");
    assert_line(L"echo x>nul", L"");
}

static void errors_and_duplicates(void **state)
{
    (void)state;
    assert_line(L"nosuch 2>f", L"");
    assert_true(wcsstr(DoubleFile(L"f"), L"'nosuch' is not recognized") != nullptr);
    assert_line(L"nosuch >f 2>&1", L"");
    assert_true(wcsstr(DoubleFile(L"f"), L"'nosuch'") != nullptr);
    assert_line(L"echo x >&2", L"");
    assert_string16(DoubleErrors(), L"x \n");
    assert_line(L"nosuch 2>nul || echo no", L"no\n");
    assert_int_equal(DoubleErrorLevel, 9009);
}

static void inputs(void **state)
{
    (void)state;
    DoubleAddFile(L"C:\\in", L"one\ntwo\n");
    assert_line(L"upper<in", L"ONE\nTWO\n");
    assert_line(L"<in upper", L"ONE\nTWO\n");
    assert_line(L"upper <missing && echo yes", L"");
    assert_string16(DoubleErrors(), L"missing: not found\n");
    assert_int_equal(DoubleErrorLevel, 1);
    assert_line(L"(set /p a=&set /p b=)<in&set a&set b", L"a=one\nb=two\n");
}

static void faults(void **state)
{
    (void)state;
    static const PCWSTR Lines[] = {L"& echo a",
                                   L"echo a && && echo b",
                                   L"echo a &&&& echo b",
                                   L"| prog",
                                   L"echo a |",
                                   L"(echo a",
                                   L"()",
                                   L"(echo a) b",
                                   L"(\n(echo a) b\n)",
                                   L"echo a >",
                                   L"if",
                                   L"if a",
                                   L"if a==",
                                   L"if a==b",
                                   L"if ==b echo c",
                                   L"if a==b (echo c) else",
                                   L"for",
                                   L"for %a",
                                   L"for %a in",
                                   L"for %a in (a b",
                                   L"for %a in (a)",
                                   L"for %a in (a) do",
                                   L"for %ab in (a) do echo x"};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Lines); i++) {
        assert_line(Lines[i], L"");
        assert_int_equal(DoubleErrorLevel, 255);
        PCWSTR Errors = DoubleErrors();
        assert_true(wcsstr(Errors, L"was unexpected at this time.\n") ||
                    !wcscmp(Errors, L"The syntax of the command is incorrect.\n"));
    }
    assert_line(L"echo a 5>f", L"a \n"); // nobody writes to it
    assert_line(L"if a==b (echo c) else&echo x", L"");
    assert_string16(DoubleErrors(), L"&echo was unexpected at this time.\n");
    assert_line(L"echo a &&& echo b", L"");
    assert_string16(DoubleErrors(), L"& was unexpected at this time.\n");
    assert_line(L"echo a ||| echo b", L"");
    assert_string16(DoubleErrors(), L"| was unexpected at this time.\n");
}

static void deep_nesting_is_refused(void **state)
{
    (void)state;
    WCHAR Line[2000];
    for (ULONG i = 0; i < 1999; i++)
        Line[i] = L'(';
    Line[1999] = 0;
    assert_line(Line, L"");
    assert_int_equal(DoubleErrorLevel, 255);
}

static void long_lines_are_refused(void **state)
{
    (void)state;
    SH_TEXT Line = {};
    ShAppendString(&Line, L"echo ");
    for (ULONG i = 0; i < 9000; i++)
        ShAppendCharacter(&Line, L'a');
    assert_line(ShString(&Line), L"");
    assert_string16(DoubleErrors(), L"The input line is too long.\n");
    assert_line(L"set a=0123456789&for /l %i in (1,1,20) do @call set a=%a%%a%", L"");
    ShFreeText(&Line);
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test_setup_teardown(sequences, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(quotes, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(carets, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(blocks, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(silence_signs, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(remarks_and_labels, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(outputs, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(errors_and_duplicates, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(inputs, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(faults, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(deep_nesting_is_refused, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(long_lines_are_refused, DoubleSetUp, DoubleTearDown),
    };
    return cmocka_run_group_tests(Tests, nullptr, nullptr);
}
