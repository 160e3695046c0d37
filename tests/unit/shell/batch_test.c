// Batch files: labels, goto, call, exit, shift, setlocal, echo, calls between files.
#include "double.h"

static void jumps(void **state)
{
    (void)state;
    assert_batch(L"goto b\n:a\necho a\ngoto :eof\n:b\necho b\ngoto a", L"", L"b\na\n");
    assert_batch(L"goto :B here\necho no\n  :b  remark\necho b", L"", L"b\n");
    assert_batch(L"goto:x\n:x\necho x", L"", L"x\n");
    assert_batch(L"set n=0\n:loop\nset /a n+=1\nif %n% lss 3 goto loop\necho %n%", L"", L"3\n");
    assert_batch(L"goto one\n:one1\necho no\n:one\necho yes", L"", L"yes\n");
    assert_batch(L"goto nowhere\necho no", L"", L"");
    assert_string16(DoubleErrors(),
                    L"The system cannot find the batch label specified - nowhere\n");
    assert_int_equal(DoubleErrorLevel, 1);
    assert_batch(L"if a==a (\n  goto x\n  echo no\n)\n:x\necho x&goto :eof&echo no", L"", L"x\n");
    assert_line(L"goto x&echo here", L"here\n");
}

static void the_next_label_counts(void **state)
{
    (void)state;
    assert_batch(L"set n=0\ngoto x\n:x\necho 1\n:y\nset /a n+=1\nif %n%==2 exit /b\ngoto x\n"
                 L":x\necho 2\ngoto y",
                 L"", L"1\n2\n");
}

static void subroutines(void **state)
{
    (void)state;
    assert_batch(L"call :sub a \"b c\"\necho %1 back %errorlevel%\nexit /b\n"
                 L":sub\necho %0 %1 %~2 %*\nexit /b 7",
                 L"outer", L":sub a b c a \"b c\"\nouter back 7\n");
    assert_batch(L"call :fact 5\necho %r%\ngoto :eof\n:fact\nif %1 leq 1 (set r=1&goto :eof)\n"
                 L"set /a n=%1-1\ncall :fact %n%\nset /a r*=%1\ngoto :eof",
                 L"", L"120\n");
    assert_batch(L"call :none\necho after %errorlevel%", L"", L"after 1\n");
    assert_batch(L"call :eof\necho x", L"", L"x\n");
    assert_batch(L"(call :s&echo b)&echo c\nexit /b\n:s\necho a\ngoto :eof", L"", L"a\nb\nc\n");
    assert_line(L"call :x", L"");
    assert_int_equal(DoubleErrorLevel, 1);
}

static void other_files(void **state)
{
    (void)state;
    DoubleAddFile(L"C:\\other.cmd", L"@echo other %1\n@exit /b 3");
    assert_batch(L"call other x\necho back %errorlevel%", L"", L"other x\nback 3\n");
    assert_batch(L"other x\necho not reached", L"", L"other x\n");
    assert_batch(L"call :s\necho back\nexit /b\n:s\nother y\necho no", L"", L"other y\nback\n");
    assert_line(L"other 1&other 2", L"other 1\nother 2\n");
    assert_batch(L"call echo hello", L"", L"hello\n");
    assert_batch(L"call prog a b", L"", L"[prog a b]\n");
    DoubleAddFile(L"C:\\my file.bat", L"@echo %0 %1");
    assert_line(L"\"my file\" \"x y\"", L"my file \"x y\"\n");
}

static void endings(void **state)
{
    (void)state;
    assert_batch(L"echo a\nexit /b 2\necho b", L"", L"a\n");
    assert_int_equal(DoubleErrorLevel, 2);
    assert_line(L"exit 4\necho no", L"");
    assert_int_equal(DoubleErrorLevel, 4);
    assert_batch(L"call :s\necho no\n:s\nexit 9", L"", L"");
    assert_int_equal(DoubleErrorLevel, 9);
    assert_batch(L"fail\nexit /b", L"", L"");
    assert_int_equal(DoubleErrorLevel, 5);
    assert_batch(L"exit /b -1", L"", L"");
    assert_int_equal((LONG)DoubleErrorLevel, -1);
    assert_line(L"exit /b 6", L"");
    assert_int_equal(DoubleErrorLevel, 6);
    assert_batch(L"echo a\r\necho b\r\n\x1A"
                 L"echo c",
                 L"", L"a\nb\n");
}

static void faults_end_the_file(void **state)
{
    (void)state;
    assert_batch(L"echo a\nif\necho b", L"", L"a\n");
    assert_int_equal(DoubleErrorLevel, 255);
    assert_batch(L"echo a\n(echo b\n", L"", L"a\n");
}

static void shifting(void **state)
{
    (void)state;
    assert_batch(L"shift\necho %0 %1 %2 %*", L"a b c", L"a b c a b c\n");
    assert_batch(L"shift /1\necho %0 %1 %2", L"a b c", L"t.bat b c\n");
    assert_batch(L":next\nif \"%~1\"==\"\" goto :eof\necho %1\nshift\ngoto next", L"1 2 3",
                 L"1\n2\n3\n");
    assert_batch(L"shift\necho %9", L"1 2 3 4 5 6 7 8 9 10", L"10\n");
    assert_batch(L"shift /x", L"", L"");
    assert_int_equal(DoubleErrorLevel, 255);
    assert_batch(L"shift\nshift\nshift\necho [%0][%1]", L"a", L"[][]\n");
}

static void local_variables(void **state)
{
    (void)state;
    SysSetVariable(L"v", L"outer");
    assert_batch(L"setlocal\nset v=inner\nset w=1\necho %v%\nendlocal\necho %v%%w%", L"",
                 L"inner\nouter\n");
    assert_batch(L"setlocal\nset v=inner", L"", L"");
    assert_line(L"echo %v%", L"outer\n");
    assert_batch(L"call :s\necho %v%\nexit /b\n:s\nsetlocal\nset v=sub\necho %v%\ngoto :eof", L"",
                 L"sub\nouter\n");
    assert_batch(L"setlocal\nset v=x\nendlocal&set r=%v%\necho %r%%v%", L"", L"xouter\n");
    assert_batch(L"endlocal\nendlocal\necho fine", L"", L"fine\n");
    assert_batch(
        L"setlocal nonsense\necho %errorlevel%\nsetlocal enableextensions\necho %errorlevel%", L"",
        L"1\n0\n");
}

static void echoing(void **state)
{
    (void)state;
    DoubleAddFile(L"C:\\e.bat", L"echo a\n@echo b\nrem note & x\n@echo off\necho c\n@echo on\n"
                                L"if a==a (echo d) else echo e\n:label\n>f echo g\n"
                                L"for %%i in (1) do @echo %%i");
    assert_line(L"e", L"C:\\>echo a\na\nb\nC:\\>rem note & x\nc\n"
                      L"C:\\>if a == a (echo d) else echo e\nd\n"
                      L"C:\\>echo g 1>f\nC:\\>for %i in (1) do echo %i\n1\n");
    DoubleAddFile(L"C:\\off.bat", L"@echo off");
    assert_line(L"off\necho", L"ECHO is on.\n");
    assert_batch(L"echo on\necho", L"", L"C:\\>echo\nECHO is on.\n");
}

static void endless_calls_are_stopped(void **state)
{
    (void)state;
    assert_batch(L":s\ncall :s\necho back", L"", L"");
    assert_string16(DoubleErrors(), L"The calls are nested too deeply.\n");
    assert_batch(L"call t.bat", L"", L"");
}

static void interruption(void **state)
{
    (void)state;
    PSHELL Shell = ShCreate();
    ShInterrupt(Shell);
    assert_true(ShIsInterrupted(Shell));
    ShRunText(Shell, L"echo a");
    assert_string16(DoubleOutput(), L"");
    DoubleSetInput(L"echo b\nexit 3\n");
    ShSetEcho(Shell, FALSE);
    assert_int_equal(ShRunInteractive(Shell), 3); // the next line from the keyboard runs again
    assert_string16(DoubleOutput(), L"b\n");
    ShDestroy(Shell);
}

static void conversation(void **state)
{
    (void)state;
    PSHELL Shell = ShCreate();
    DoubleSetInput(
        L"echo a\n(echo b\necho c)\nprompt $n$l$_$$\nfail\n@echo off\necho %errorlevel%\n");
    assert_int_equal(ShRunInteractive(Shell), 5);
    assert_string16(DoubleOutput(), L"C:\\>a\nC:\\>More? b\nc\nC:\\>C<\n$C<\n$5\n");
    ShDestroy(Shell);
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test_setup_teardown(jumps, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(the_next_label_counts, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(subroutines, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(other_files, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(endings, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(faults_end_the_file, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(shifting, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(local_variables, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(echoing, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(endless_calls_are_stopped, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(interruption, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(conversation, DoubleSetUp, DoubleTearDown),
    };
    return cmocka_run_group_tests(Tests, nullptr, nullptr);
}
