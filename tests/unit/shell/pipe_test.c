// Pipes: what the shells at their ends are given to run.
#include "double.h"

static void simple(void **state)
{
    (void)state;
    assert_line(L"echo a|upper", L"A\n");
    assert_line(L"echo a | upper", L"A \n");
    assert_line(L"lines 2|upper|upper", L"LINE 1\nLINE 2\n");
    assert_line(L"(echo a&echo b)|upper", L"A\nB\n");
    assert_line(L"(\necho a\nrem note\necho b\n)|upper", L"A\nB\n");
    assert_line(L"echo a|(upper&echo c)", L"A\nc\n");
    assert_line(L"echo a|fail||echo no", L"no\n");
    assert_line(L"fail|prog&&echo yes", L"[prog]\nyes\n");
    assert_line(L"echo a|upper&echo b", L"A\nb\n");
}

static void meaning_is_kept(void **state)
{
    (void)state;
    SysSetVariable(L"v", L"value");
    assert_line(L"echo a^&b^|c^>d^^e|upper", L"A&B|C>D^E\n");
    assert_line(L"echo \"a & b\"|upper", L"\"A & B\"\n");
    assert_line(L"echo ^\"a|upper&echo b", L"\"A\nb\n");
    assert_line(L"(if \"a b\"==\"a b\" echo yes)|upper", L"YES\n");
    assert_line(L"(^rem x|upper)|upper", L"");
    assert_line(L"(echo x>\"g h\"&upper<\"g h\")|upper", L"X\n");
    assert_line(L"^:x|fail", L"");
    assert_line(L"^if|fail", L"");
    assert_string16(DoubleErrors(), L"The syntax of the command is incorrect.\n");
    assert_line(L"^ echo a|upper", L"A\n");
    assert_line(L"echo %v%|upper", L"VALUE\n");
    assert_batch(L"echo %%v%%|upper", L"", L"%V%\n");
    assert_line(L"for %i in (\"x&y\" z) do echo %~i|upper", L"X&Y\nZ\n");
    assert_line(L"(for %i in (a b) do @echo %i)|upper", L"A\nB\n");
    assert_line(L"for %i in (a) do (for %j in (b c) do echo %i%j)|upper", L"AB\nAC\n");
    assert_line(L"(for /f \"tokens=2\" %i in (\"a b\") do echo %i)|upper", L"B\n");
    assert_line(L"(if a==a (echo y) else (echo n))|upper", L"Y\n");
    assert_line(L"(if /i not a equ A (echo y) else (echo n))|upper", L"N\n");
    assert_line(L"(if exist none (echo y) else echo n)|upper", L"N\n");
    assert_line(L"(echo a&&echo b||echo c)|upper", L"A\nB\n");
    assert_line(L"nosuch 2>&1|upper",
                L"'NOSUCH' IS NOT RECOGNIZED AS AN INTERNAL OR EXTERNAL COMMAND,\n"
                L"OPERABLE PROGRAM OR BATCH FILE.\n");
    assert_line(L"echo x>f|upper", L"");
    assert_string16(DoubleFile(L"f"), L"x\n");
}

static void delayed_names(void **state)
{
    (void)state;
    assert_batch(L"setlocal enabledelayedexpansion\nset v=a\necho !v!|upper\n"
                 L"(set v=b&echo !v!)|upper\necho !v!",
                 L"", L"A\nB\na\n");
}

static void variables_do_not_come_back(void **state)
{
    (void)state;
    assert_line(L"echo x|set /p v=\nif not defined v echo none", L"none\n");
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test_setup_teardown(simple, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(meaning_is_kept, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(delayed_names, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(variables_do_not_come_back, DoubleSetUp, DoubleTearDown),
    };
    return cmocka_run_group_tests(Tests, nullptr, nullptr);
}
