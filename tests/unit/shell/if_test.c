// if: conditions, else, blocks over several lines.
#include "double.h"

static void equality(void **state)
{
    (void)state;
    assert_line(L"if a==a echo yes", L"yes\n");
    assert_line(L"if a==A echo yes", L"");
    assert_line(L"if /i a==A echo yes", L"yes\n");
    assert_line(L"if not a==b echo yes", L"yes\n");
    assert_line(L"if /i not a==A echo yes", L"");
    assert_line(L"if not /i a==b echo yes", L"yes\n");
    assert_line(L"if \"a b\"==\"a b\" echo yes", L"yes\n");
    assert_line(L"if \"a\"==a echo yes", L"");
    assert_line(L"if a == a echo yes", L"yes\n");
    assert_line(L"if 1==01 echo yes", L"");
    assert_batch(L"if \"%1\"==\"\" echo none", L"", L"none\n");
    assert_batch(L"if [%1]==[x] (echo x) else echo other", L"x", L"x\n");
}

static void order(void **state)
{
    (void)state;
    assert_line(L"if 5 lss 10 echo yes", L"yes\n");
    assert_line(L"if 0x10 equ 16 echo yes", L"yes\n");
    assert_line(L"if 1 EQU 01 echo yes", L"yes\n");
    assert_line(L"if 2 neq 3 echo yes", L"yes\n");
    assert_line(L"if 3 leq 3 echo yes", L"yes\n");
    assert_line(L"if 4 gtr 3 echo yes", L"yes\n");
    assert_line(L"if 3 geq 4 echo yes", L"");
    assert_line(L"if -1 lss 0 echo yes", L"yes\n");
    assert_line(L"if a lss b echo yes", L"yes\n");
    assert_line(L"if /i A equ a echo yes", L"yes\n");
    assert_line(L"if 10 lss 9a echo text", L"text\n");
}

static void questions(void **state)
{
    (void)state;
    DoubleAddFile(L"C:\\here", L"");
    DoubleAddFile(L"C:\\my file.txt", L"");
    SysSetVariable(L"v", L"1");
    assert_line(L"if exist here echo yes", L"yes\n");
    assert_line(L"if exist \"my file.txt\" echo yes", L"yes\n");
    assert_line(L"if exist my*.txt echo yes", L"yes\n");
    assert_line(L"if exist *.doc echo yes", L"");
    assert_line(L"if not exist there echo no", L"no\n");
    assert_line(L"if defined v echo yes", L"yes\n");
    assert_line(L"if not defined w echo no", L"no\n");
    assert_line(L"fail\nif errorlevel 5 echo 5\nif errorlevel 6 echo 6", L"5\n");
    assert_line(L"if not errorlevel 1 echo fine", L"fine\n");
    assert_line(L"if cmdextversion 2 echo yes", L"yes\n");
}

static void branches(void **state)
{
    (void)state;
    assert_line(L"if a==b (echo 1) else echo 2", L"2\n");
    assert_line(L"if a==a (echo 1) else (echo 2)", L"1\n");
    assert_line(L"if a==b (echo 1) else if a==a (echo 2) else (echo 3)", L"2\n");
    assert_line(L"if a==a if b==b echo both", L"both\n");
    assert_line(L"if a==a echo x else echo y", L"x else echo y\n");
    assert_line(L"if a==b echo x & echo y", L"");
    assert_line(L"if a==b (echo x) & echo y", L"");
    assert_line(L"(if a==b echo x) & echo y", L"y\n");
    assert_line(L"if a==b(echo x)", L"");
}

static void several_lines(void **state)
{
    (void)state;
    assert_batch(
        L"if a==b (\n  echo 1\n  echo 2\n) else (\n  echo 3\n  if x==x (\n    echo 4\n  )\n)\n"
        L"echo end",
        L"", L"3\n4\nend\n");
    assert_batch(L"if a==a (\necho 1\n)\nelse echo 2", L"", L"1\n");
    assert_true(wcsstr(DoubleErrors(), L"'else' is not recognized") != nullptr);
}

static void operands_are_expanded(void **state)
{
    (void)state;
    assert_batch(L"setlocal enabledelayedexpansion\nfor %%i in (a b) do (\n  set v=%%i\n"
                 L"  if !v!==b (echo found %%i) else echo not %%i\n)",
                 L"", L"not a\nfound b\n");
}

static void conditions_do_not_change_the_level(void **state)
{
    (void)state;
    assert_line(L"fail\nif a==b echo x\necho %errorlevel%", L"5\n");
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test_setup_teardown(equality, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(order, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(questions, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(branches, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(several_lines, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(operands_are_expanded, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(conditions_do_not_change_the_level, DoubleSetUp,
                                        DoubleTearDown),
    };
    return cmocka_run_group_tests(Tests, nullptr, nullptr);
}
