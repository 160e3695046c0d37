// for: words, files, directories, trees, numbers, and the lines of /f.
#include "double.h"

static void words(void **state)
{
    (void)state;
    assert_line(L"for %i in (a b c) do echo %i", L"a\nb\nc\n");
    assert_line(L"for %i in (a,b;c=d \"e f\") do @echo %i", L"a\nb\nc\nd\n\"e f\"\n");
    assert_line(L"for %i in (a \"e f\") do echo %~i", L"a\ne f\n");
    assert_batch(L"for %%i in (1 2) do echo %%i", L"", L"1\n2\n");
    assert_line(L"for %i in (1 2) do echo %i & echo x", L"1 \nx\n2 \nx\n");
    assert_line(L"for %i in (1 2) do (echo %i)", L"1\n2\n");
    assert_line(L"for %i in (a\nb\nc) do echo %i", L"a\nb\nc\n");
    assert_line(L"for %i in () do echo %i", L"");
    assert_line(L"for %i in (a) do for %j in (x y) do echo %i%j %k %I", L"ax %k %I\nay %k %I\n");
    assert_line(L"for %i in (a^)b) do echo %i", L"a)b\n");
    assert_line(L"FOR %i IN (a) DO echo %i", L"a\n");
}

static void values_are_no_structure(void **state)
{
    (void)state;
    assert_line(L"for %i in (\"a&b\") do echo %~i", L"a&b\n");
    assert_line(L"for %i in (\"%cd%\") do echo %~i", L"C:\\\n");
}

static void files(void **state)
{
    (void)state;
    DoubleAddFile(L"C:\\d", nullptr);
    DoubleAddFile(L"C:\\d\\a.txt", L"12345");
    DoubleAddFile(L"C:\\d\\b.txt", L"");
    DoubleAddFile(L"C:\\d\\c.doc", L"");
    DoubleAddFile(L"C:\\d\\sub", nullptr);
    DoubleAddFile(L"C:\\d\\sub\\e.txt", L"");
    assert_line(L"for %i in (d\\*.txt x) do echo %i %~nxi",
                L"d\\a.txt a.txt\nd\\b.txt b.txt\nx x\n");
    assert_line(L"for %i in (d\\a*) do echo %~zi %~fi", L"5 C:\\d\\a.txt\n");
    assert_line(L"for %i in (d\\*) do echo %~ni", L"a\nb\nc\n");
    assert_line(L"for /d %i in (d\\*) do echo %i", L"d\\sub\n");
    assert_line(L"for %i in (none*.*) do echo %i", L"");
    assert_line(L"for /r d %i in (*.txt) do echo %i",
                L"C:\\d\\a.txt\nC:\\d\\b.txt\nC:\\d\\sub\\e.txt\n");
    assert_line(L"for /r \"d\" %i in (x) do echo %i", L"C:\\d\\x\nC:\\d\\sub\\x\n");
    assert_line(L"cd d\nfor /r %i in (e*) do echo %~pi", L"\\d\\sub\\\n");
}

static void numbers(void **state)
{
    (void)state;
    assert_line(L"for /l %i in (1,1,4) do echo %i", L"1\n2\n3\n4\n");
    assert_line(L"for /l %i in (5 -2 0) do echo %i", L"5\n3\n1\n");
    assert_line(L"for /l %i in (1,1,0) do echo %i", L"");
    assert_line(L"for /L %i in (0x7ffffffe,1,0x7fffffff) do echo %i", L"2147483646\n2147483647\n");
    assert_batch(L"for /l %%i in (1,0,1) do exit /b 3", L"", L"");
    assert_int_equal(DoubleErrorLevel, 3);
}

static void strings(void **state)
{
    (void)state;
    assert_line(L"for /f %i in (\"one two\") do echo %i", L"one\n");
    assert_line(L"for /f \"tokens=2\" %i in (\"one two three\") do echo %i", L"two\n");
    assert_line(L"for /f \"tokens=1,3\" %i in (\"one two three\") do echo %i-%j", L"one-three\n");
    assert_line(L"for /f \"tokens=1-3\" %i in (\"a b c d\") do echo %i%j%k", L"abc\n");
    assert_line(L"for /f \"tokens=1,*\" %i in (\"a  b c  d\") do echo %i+%j.", L"a+b c  d.\n");
    assert_line(L"for /f \"tokens=*\" %i in (\"  a b \") do echo %i.", L"a b .\n");
    assert_line(L"for /f \"delims=\" %i in (\"  a b\") do echo %i", L"  a b\n");
    assert_line(L"for /f \"tokens=2 delims=,;\" %i in (\"a b,c d;e\") do echo %i", L"c d\n");
    assert_line(L"for /f \"tokens=1,2 delims=: \" %i in (\"a: b\") do echo %i%j", L"ab\n");
    assert_line(L"for /f \"tokens=2\" %i in (\"one\") do echo [%i]", L"[]\n");
    assert_line(L"for /f \"usebackq\" %i in ('x y') do echo %i", L"x\n");
    assert_line(L"for /f delims^= %i in (\"a b\") do echo %i", L"a b\n");
    assert_line(L"for /f \"eol=a\" %i in (\"a b\") do echo %i", L"");
    assert_line(L"for /f %i in (\";x\") do echo %i", L"");
    assert_line(L"for /f \"eol=a\" %i in (\"  a b\") do echo %i", L"");
    assert_line(L"for /f \"eol=, delims=,\" %i in (\",;a,b\") do echo %i", L";a\n");
    assert_line(L"for /f \"eol=# tokens=1\" %i in (\";x\") do echo %i", L";x\n");
    assert_line(L"for /f \"nonsense\" %i in (\"a\") do echo %i", L"");
    assert_int_equal(DoubleErrorLevel, 255);
}

static void lines_of_files(void **state)
{
    (void)state;
    DoubleAddFile(L"C:\\list.txt", L"; note\nk1=v 1\r\n\n   \nk2=v 2\nlast");
    assert_line(L"for /f \"tokens=1,2 delims==\" %a in (list.txt) do echo %a:%b",
                L"k1:v 1\n   :\nk2:v 2\nlast:\n");
    assert_line(L"for /f %a in (list.txt) do echo %a", L"k1=v\nk2=v\nlast\n");
    assert_line(L"for /f \"skip=2\" %a in (list.txt) do echo %a", L"k2=v\nlast\n");
    assert_line(L"for /f \"usebackq\" %a in (\"list.txt\") do echo %a", L"k1=v\nk2=v\nlast\n");
    assert_line(L"for /f %a in (missing) do echo %a", L"");
    assert_string16(DoubleErrors(), L"missing: not found\n");
}

static void lines_of_commands(void **state)
{
    (void)state;
    assert_line(L"for /f \"tokens=2\" %i in ('lines 3') do echo [%i]", L"[1]\n[2]\n[3]\n");
    assert_line(L"for /f %i in ('lines 3 ^| upper') do echo %i", L"LINE\nLINE\nLINE\n");
    assert_line(L"for /f \"usebackq delims=\" %i in (`echo a b`) do echo %i", L"a b\n");
    assert_batch(L"for /f %%i in ('echo %%cd%%') do echo %%i", L"", L"C:\\\n");
    assert_line(L"for /f %i in ('set /a 6*7') do set n=%i\necho %n%", L"42\n");
}

static void leaving_loops(void **state)
{
    (void)state;
    assert_batch(
        L"for %%i in (1 2 3) do (\n  if %%i==2 goto out\n  echo %%i\n)\necho no\n:out\necho out",
        L"", L"1\nout\n");
    assert_batch(L"for /l %%i in (1,1,9) do (echo %%i&if %%i==2 exit /b 4)\necho no", L"",
                 L"1\n2\n");
    assert_int_equal(DoubleErrorLevel, 4);
}

static void variables_of_delayed_expansion(void **state)
{
    (void)state;
    assert_batch(
        L"setlocal enabledelayedexpansion\nset n=0\nfor %%i in (a b c) do (\n  set /a n+=1\n"
        L"  echo !n! %%i\n)\necho %n%",
        L"", L"1 a\n2 b\n3 c\n3\n");
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test_setup_teardown(words, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(values_are_no_structure, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(files, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(numbers, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(strings, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(lines_of_files, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(lines_of_commands, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(leaving_loops, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(variables_of_delayed_expansion, DoubleSetUp,
                                        DoubleTearDown),
    };
    return cmocka_run_group_tests(Tests, nullptr, nullptr);
}
