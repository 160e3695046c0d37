// How a name becomes a command; echo, help, prompt, pause; error levels.
#include "double.h"

static void names(void **state)
{
    (void)state;
    assert_line(L"ECHO a", L"a\n");
    assert_line(L"  ,;= echo a", L"a\n");
    assert_line(L"prog a  b", L"[prog a  b]\n");
    assert_line(L"nosuch a", L"");
    assert_string16(DoubleErrors(),
                    L"'nosuch' is not recognized as an internal or external command,\n"
                    L"operable program or batch file.\n");
    assert_int_equal(DoubleErrorLevel, 9009);
    assert_line(L"cd\\x\necho %cd%", L"C:\\x\n");
    assert_line(L"c:\necho %cd%", L"c:\n");
    SysSetVariable(L"c", L"echo from a variable");
    assert_line(L"%c%", L"from a variable\n");
    assert_batch(L"setlocal enabledelayedexpansion\n!c!", L"", L"from a variable\n");
    DoubleAddFile(L"C:\\echoes.bat", L"@echo file");
    assert_line(L"echoes", L"file\n");
    DoubleAddFile(L"C:\\broken.xyz", L"");
    assert_line(L"broken.xyz", L"");
    assert_int_equal(DoubleErrorLevel, 1);
}

static void words(void **state)
{
    (void)state;
    assert_line(L"count a \"b c\" /d", L"<a><b c></d>");
    assert_line(L"count/d", L"</d>");
    assert_line(L"count", L"");
    assert_string16(DoubleErrors(), L"usage: count words\n");
    assert_int_equal(DoubleErrorLevel, 87);
}

static void echo(void **state)
{
    (void)state;
    assert_shown(L"echo", L"ECHO is on.\n");
    assert_shown(L"echo   ", L"ECHO is on.\n");
    assert_line(L"echo off\necho", L"ECHO is off.\n");
    assert_line(L"echo.", L"\n");
    assert_line(L"echo.text", L"text\n");
    assert_line(L"echo(", L"\n");
    assert_line(L"echo:a", L"a\n");
    assert_line(L"echo;a&echo,a&echo=a&echo/a", L"a\na\na\na\n");
    assert_line(L"echo  two", L" two\n");
    assert_line(L"echo on line", L"on line\n");
    assert_line(L"echo.off", L"off\n");
}

static void full(void **state)
{
    (void)state;
    DoubleOutputStatus = STATUS_DISK_FULL;
    assert_line(L"echo a||echo not written", L"a\nnot written\n");
    assert_string16(DoubleErrors(), L"failed\n");
    DoubleOutputStatus = STATUS_DISK_FULL;
    assert_line(L"echo a\nset x=1", L"a\n");
    assert_int_equal(DoubleErrorLevel, 1);
    DoubleErrors();
}

static void help(void **state)
{
    (void)state;
    static WCHAR First[4096];
    PSHELL Shell = ShCreate();
    ShRunText(Shell, L"help set");
    wcscpy(First, DoubleOutput());
    assert_true(wcsstr(First, L"set [name[=value]] | /a expression") != nullptr);
    ShRunText(Shell, L"set /?");
    assert_string16(DoubleOutput(), First);
    ShRunText(Shell, L"help if");
    wcscpy(First, DoubleOutput());
    ShRunText(Shell, L"if /?");
    assert_string16(DoubleOutput(), First);
    ShRunText(Shell, L"help");
    PCWSTR All = DoubleOutput();
    assert_true(wcsstr(All, L"Scripts\n  call ") && wcsstr(All, L"Console\n  help "));
    assert_int_equal(ShRunText(Shell, L"help nosuch"), 1);
    ShDestroy(Shell);
}

static void levels(void **state)
{
    (void)state;
    assert_line(L"fail\necho x\nset a=1\necho %errorlevel%", L"x\n5\n");
    assert_line(L"fail\nprog\necho %errorlevel%", L"[prog]\n0\n");
    SysSetVariable(L"PROGEXIT", L"-7");
    assert_line(L"prog\necho %errorlevel%", L"[prog]\n-7\n");
    assert_line(L"prog && echo yes", L"[prog ]\n");
}

static void pause(void **state)
{
    (void)state;
    DoubleSetInput(L"\n");
    assert_line(L"pause", L"Press any key to continue . . . \n");
}

static void prompts(void **state)
{
    (void)state;
    PSHELL Shell = ShCreate();
    SysSetVariable(L"PROMPT", L"$A$B$C$D$F$G$L$N$P$Q$S$T$$$?x$");
    DoubleSetInput(L"");
    ShRunInteractive(Shell);
    assert_string16(DoubleOutput(), L"\n&|(2024-02-29)><CC:\\= 13:07:09.45$x$");
    ShDestroy(Shell);
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test_setup_teardown(names, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(words, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(echo, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(full, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(help, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(levels, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(pause, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(prompts, DoubleSetUp, DoubleTearDown),
    };
    return cmocka_run_group_tests(Tests, nullptr, nullptr);
}
