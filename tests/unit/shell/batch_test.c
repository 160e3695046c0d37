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
                                L"for %%i in (1) do @echo %%i\n@echo h& echo i\n@(echo j)\n()");
    assert_shown(L"e", L"\nC:\\>echo a\na\nb\n\nC:\\>rem note & x\nc\n"
                       L"\nC:\\>if a == a (echo d) else echo e\nd\n"
                       L"\nC:\\>echo g 1>f\n\nC:\\>for %i in (1) do @echo %i\n1\nh\ni\nj\n");
    DoubleAddFile(L"C:\\off.bat", L"@echo off");
    assert_shown(L"off\necho", L"ECHO is on.\n");
    assert_batch(L"echo on\necho", L"", L"\nC:\\>echo\nECHO is on.\n");
}

// Each time, with what the loops' variables are, outside of batch files, too.
static void loops_are_shown(void **state)
{
    (void)state;
    assert_shown(L"for %i in (a b) do echo [%i] %j",
                 L"\nC:\\>echo [a] %j\n[a] %j\n\nC:\\>echo [b] %j\n[b] %j\n");
    assert_shown(L"for /l %i in (1,1,2) do @echo %i", L"1\n2\n");
    assert_shown(L"for %i in (a) do (echo %i&echo b>f)", L"\nC:\\>(echo a& echo b 1>f)\na\n");
    assert_shown(L"for %i in (a) do (@echo %i&echo b)", L"a\nb\n");
    assert_shown(L"for /f \"tokens=1,2\" %a in (\"x y\") do echo %b%a", L"\nC:\\>echo yx\nyx\n");
    assert_shown(L"for %i in (a) do for %j in (%i b) do if %i==%j echo %j",
                 L"\nC:\\>for %j in (a b) do if a == %j echo %j\n"
                 L"\nC:\\>if a == a echo a\na\n\nC:\\>if a == b echo b\n");
    assert_shown(L"echo off\nfor %i in (a) do echo %i", L"a\n");
    assert_shown(L"for /f %i in ('(for %j in (x^) do echo %j^)') do @echo [%i]", L"[x]\n");
    assert_shown(L"(for %i in (x) do echo %i)|upper", L"X\n");
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
        L"echo a\n \n(echo b\necho c)\nprompt $n$l$_$$\nfail\n@echo off\necho %errorlevel%\n");
    assert_int_equal(ShRunInteractive(Shell), 5);
    assert_string16(DoubleOutput(), L"\nC:\\>a\n\nC:\\>C:\\>More? b\nc\n\nC:\\>\nC<\n$\nC<\n$5\n");
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
        cmocka_unit_test_setup_teardown(loops_are_shown, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(endless_calls_are_stopped, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(interruption, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(conversation, DoubleSetUp, DoubleTearDown),
    };
    return cmocka_run_group_tests(Tests, nullptr, nullptr);
}
