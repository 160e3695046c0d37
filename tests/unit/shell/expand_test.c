// Percent signs, variables with changes, arguments and their modifiers, !names!.
#include "double.h"

static void names(void **state)
{
    (void)state;
    SysSetVariable(L"Name", L"Value 1");
    assert_line(L"echo %name%.%NAME%", L"Value 1.Value 1\n");
    assert_batch(L"echo %name%.%undefined%.", L"", L"Value 1..\n");
}

static void unknown_names_stay_on_a_command_line(void **state)
{
    (void)state;
    assert_line(L"echo %undefined% 100% %% %1", L"%undefined% 100% %% %1\n");
    assert_line(L"echo %a:b=c%", L"%a:b=c%\n");
    assert_batch(L"echo %undefined% 100% x", L"", L" 100 x\n");
    assert_batch(L"echo %undefined:a=b%.", L"", L"a=b.\n");
    assert_batch(L"echo 50%%", L"", L"50%\n");
    assert_batch(L"echo %%name%% %%%%", L"", L"%name% %%\n");
}

static void values_can_hold_structure(void **state)
{
    (void)state;
    SysSetVariable(L"two", L"a&echo b");
    assert_line(L"echo %two%", L"a\nb\n");
    assert_line(L"echo \"%two%\"", L"\"a&echo b\"\n");
}

static void replacements(void **state)
{
    (void)state;
    SysSetVariable(L"t", L"one two One");
    assert_line(L"echo %t:one=1%", L"1 two 1\n");
    assert_line(L"echo %t: =%", L"onetwoOne\n");
    assert_line(L"echo %t:*two=2%", L"2 One\n");
    assert_line(L"echo %t:x=y%", L"one two One\n");
    assert_line(L"echo %t:o==%", L"=ne tw= =ne\n");
    SysSetVariable(L"t", L"aaa");
    assert_line(L"echo %t:aa=b%", L"ba\n");
}

static void parts(void **state)
{
    (void)state;
    SysSetVariable(L"t", L"0123456789");
    assert_line(L"echo %t:~3%", L"3456789\n");
    assert_line(L"echo %t:~3,2%", L"34\n");
    assert_line(L"echo %t:~-3%", L"789\n");
    assert_line(L"echo %t:~-3,2%", L"78\n");
    assert_line(L"echo %t:~2,-2%", L"234567\n");
    assert_line(L"echo %t:~,3%", L"012\n");
    assert_line(L"echo [%t:~20%]", L"[]\n");
    assert_line(L"echo [%t:~3,0%]", L"[]\n");
    assert_line(L"echo %t:~-99,2%", L"01\n");
    assert_line(L"echo [%t:~8,-5%]", L"[]\n");
}

static void computed_names(void **state)
{
    (void)state;
    assert_line(L"echo %cd% %date% %time% %random%", L"C:\\ 2024-02-29 13:07:09.45 11213\n");
    assert_line(L"fail\necho %errorlevel%", L"5\n");
    assert_line(L"echo %cmdextversion%", L"2\n");
    SysSetVariable(L"ERRORLEVEL", L"mine");
    assert_line(L"fail\necho %errorlevel%", L"mine\n");
}

static void a_line_is_expanded_before_it_runs(void **state)
{
    (void)state;
    SysSetVariable(L"a", L"old");
    assert_line(L"set a=new&echo %a%", L"old\n");
    assert_line(L"(set a=newer\necho %a%)", L"new\n");
    assert_line(L"set a=1\necho %a%", L"1\n");
}

static void arguments(void **state)
{
    (void)state;
    assert_batch(L"echo %0 %1 %2 %3.", L"a \"b c\" d", L"t.bat a \"b c\" d.\n");
    assert_batch(L"echo %1-%2-%3-%4.", L"a,b;c=d", L"a-b-c-d.\n");
    assert_batch(L"echo %*.", L"a  b,c \"d\"", L"a  b,c \"d\".\n");
    assert_batch(L"echo %1%2%%3", L"a b", L"ab%3\n");
    assert_batch(L"echo %~1.", L"\"b c\"", L"b c.\n");
    assert_batch(L"echo [%1][%9]", L"", L"[][]\n");
}

static void argument_modifiers(void **state)
{
    (void)state;
    assert_batch(L"echo %~f1", L"dir\\file.txt", L"C:\\dir\\file.txt\n");
    assert_batch(L"echo %~d1 %~p1 %~n1 %~x1", L"\"d:\\a b\\file.tar.gz\"",
                 L"d: \\a b\\ file.tar .gz\n");
    assert_batch(L"echo %~dpnx1", L"e:\\x\\y.z", L"e:\\x\\y.z\n");
    assert_batch(L"echo %~nx1.", L"e:\\x\\y", L"y.\n");
    assert_batch(L"echo %~dp0", L"", L"C:\\\n");
    assert_batch(L"echo %0 %~nx0 %~0", L"", L"t.bat t.bat t.bat\n");
    assert_batch(L"shift\necho %~nx0", L"a.b", L"a.b\n");
    assert_batch(L"call :sub\ngoto :eof\n:sub\necho %0 %~nx0", L"", L":sub t.bat\n");
    assert_batch(L"echo %~z1 %~a1 %~t1", L"t.bat", L"19 --a------ 2023-01-02 03:04\n");
    assert_batch(L"echo [%~f1][%~z1]", L"", L"[][]\n");
    assert_batch(L"echo %~q1", L"a", L"~q1\n");
    SysSetVariable(L"PATH", L"C:\\one;C:\\two");
    DoubleAddFile(L"C:\\two\\tool.exe", L"");
    assert_batch(L"echo %~$PATH:1 %~dp$PATH:1", L"tool.exe", L"C:\\two\\tool.exe C:\\two\\\n");
    assert_batch(L"echo [%~$PATH:1]", L"none.exe", L"[]\n");
}

static void delayed_names(void **state)
{
    (void)state;
    SysSetVariable(L"a", L"x&y");
    assert_line(L"echo !a!", L"!a!\n");
    assert_batch(L"setlocal enabledelayedexpansion\necho !a! %%a%%", L"", L"x&y %a%\n");
    assert_batch(L"setlocal EnableDelayedExpansion\nset a=1&echo !a!\n"
                 L"(set a=2\necho !a! %a%)",
                 L"", L"1\n2 1\n");
    assert_batch(L"setlocal enabledelayedexpansion\nset t=abcdef\n"
                 L"echo !t:~1,2! !t:c=C! !none!. a!b",
                 L"", L"bc abCdef . ab\n");
    assert_batch(L"setlocal enabledelayedexpansion\necho a^^!b^^^^c!none!\necho a^^b", L"",
                 L"a!b^c\na^b\n");
    assert_batch(L"setlocal enabledelayedexpansion\nset n=b\nset x[b]=7\necho !x[%n%]!", L"",
                 L"7\n");
    assert_batch(L"setlocal enabledelayedexpansion\nsetlocal disabledelayedexpansion\necho !a!\n"
                 L"endlocal\necho !a!",
                 L"", L"!a!\nx&y\n");
}

static void call_expands_again(void **state)
{
    (void)state;
    SysSetVariable(L"n", L"a");
    SysSetVariable(L"a", L"deep");
    assert_batch(L"call echo %%%n%%%", L"", L"deep\n");
    assert_batch(L"call set b=%%%n%%%\necho %b%", L"", L"deep\n");
}

static void expansion_is_limited(void **state)
{
    (void)state;
    assert_batch(L"set a=0123456789abcdef\n:more\nset a=%a%%a%\nif not errorlevel 1 goto more\n"
                 L"echo done",
                 L"", L"done\n");
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test_setup_teardown(names, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(unknown_names_stay_on_a_command_line, DoubleSetUp,
                                        DoubleTearDown),
        cmocka_unit_test_setup_teardown(values_can_hold_structure, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(replacements, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(parts, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(computed_names, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(a_line_is_expanded_before_it_runs, DoubleSetUp,
                                        DoubleTearDown),
        cmocka_unit_test_setup_teardown(arguments, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(argument_modifiers, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(delayed_names, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(call_expands_again, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(expansion_is_limited, DoubleSetUp, DoubleTearDown),
    };
    return cmocka_run_group_tests(Tests, nullptr, nullptr);
}
