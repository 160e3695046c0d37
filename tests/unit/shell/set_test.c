// set: listing, assigning, computing, reading.
#include "double.h"

static void assigning(void **state)
{
    (void)state;
    assert_line(L"set a=x y\nset a", L"a=x y\n");
    assert_line(L"set \"b=x\" ignored\nset b", L"b=x\n");
    assert_line(L"set \"c=p \"q\" r\"\nset c", L"c=p \"q\" r\n");
    assert_line(L"set d=\"x\"\nset d", L"d=\"x\"\n");
    assert_line(L"set e= x \nset e", L"e= x \n");
    assert_line(L"set f=a=b\nset f", L"f=a=b\n");
    assert_line(L"set a=\nset a", L"");
    assert_string16(DoubleErrors(), L"Environment variable a not defined\n");
    assert_int_equal(DoubleErrorLevel, 1);
    assert_line(L"set =x", L"");
    assert_int_equal(DoubleErrorLevel, 255);
    assert_line(L"set g 1=x\necho %g 1%", L"x\n");
}

static void listing(void **state)
{
    (void)state;
    assert_line(L"set pre1=a&set Pre2=b&set other=c\nset PRE", L"pre1=a\nPre2=b\n");
    assert_line(L"set", L"pre1=a\nPre2=b\nother=c\n");
}

static VOID Compute(PCWSTR Expression, PCWSTR Expected)
{
    SH_TEXT Line = {};
    ShAppendFormat(&Line, L"set /a \"%ws\"", Expression);
    assert_line(ShString(&Line), Expected);
    ShFreeText(&Line);
}

static void operators(void **state)
{
    (void)state;
    static const struct {
        PCWSTR Expression, Value;
    } Cases[] = {
        {L"1+2*3", L"7"},
        {L"(1+2)*3", L"9"},
        {L"7/2", L"3"},
        {L"-7/2", L"-3"},
        {L"7%3", L"1"},
        {L"-7%3", L"-1"},
        {L"1<<4", L"16"},
        {L"-16>>2", L"-4"},
        {L"6&3", L"2"},
        {L"6|3", L"7"},
        {L"6^3", L"5"},
        {L"~0", L"-1"},
        {L"!5", L"0"},
        {L"!0", L"1"},
        {L"- -5", L"5"},
        {L"--5", L"5"},
        {L"0x1F", L"31"},
        {L"017", L"15"},
        {L"2147483647+1", L"-2147483648"},
        {L"1,2,3", L"3"},
        {L"10-2-3", L"5"},
        {L"2+3<<1", L"10"},
        {L"1|2^3&4", L"3"},
        {L"100/10/5", L"2"},
        {L"undefined+1", L"1"},
        {L"0x80000000/-1", L"-2147483648"},
        {L"1<<40", L"0"},
        {L"-1>>40", L"-1"},
        {L"( 1 + 1 ) * 2", L"4"},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++)
        Compute(Cases[i].Expression, Cases[i].Value);
    assert_line(L"set /a 1+2", L"3");
}

static void assignments(void **state)
{
    (void)state;
    assert_line(L"set /a x=5\nset x", L"5x=5\n");
    assert_line(L"set /a \"x+=3, y=x*2\"\nset x\nset y", L"16x=8\ny=16\n");
    assert_line(L"set /a a=b=7\nset a\nset b", L"7a=7\nb=7\n");
    assert_line(L"set /a \"x=8,x<<=2,x-=2,x/=3,x*=7,x|=1,x^=3,x&=0xff,x>>=1\"", L"34");
    assert_line(L"set n=x&set x=4\nset /a n=x+%x%", L"8");
    assert_line(L"set v=12abc\nset /a v+1", L"13");
    assert_batch(L"set /a x=17 %% 5\necho %x%", L"", L"2\n");
    assert_batch(L"set /a y=1 ^<^< 3\necho %y%", L"", L"8\n");
}

static void mistakes(void **state)
{
    (void)state;
    static const struct {
        PCWSTR Expression, Error;
    } Cases[] = {
        {L"1/0", L"Divide by zero"},   {L"1%0", L"Divide by zero"},
        {L"1+", L"Missing operand"},   {L"*2", L"Missing operand"},
        {L"(1", L"Unbalanced"},        {L"1)", L"Unbalanced"},
        {L"1 2", L"Missing operator"}, {L"08", L"Invalid number"},
        {L"1z", L"Invalid number"},    {L"4294967296", L"Invalid number"},
        {L"", L"Missing operand"},     {L"x=", L"Missing operand"},
    };
    SysSetVariable(L"x", L"kept");
    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++) {
        Compute(Cases[i].Expression, L"");
        assert_true(wcsstr(DoubleErrors(), Cases[i].Error) != nullptr);
        assert_int_equal(DoubleErrorLevel, 1);
    }
    assert_line(L"echo %x%", L"kept\n");
    SH_TEXT Deep = {};
    for (ULONG i = 0; i < 1000; i++)
        ShAppendCharacter(&Deep, L'(');
    Compute(ShString(&Deep), L"");
    assert_true(wcsstr(DoubleErrors(), L"nested too deeply") != nullptr);
    ShFreeText(&Deep);
}

static void reading(void **state)
{
    (void)state;
    DoubleSetInput(L"typed text\n\n");
    assert_line(L"set /p a=Name? \nset a", L"Name? a=typed text\n");
    assert_line(L"set /p a=\nset a", L"a=typed text\n"); // an empty line changes nothing
    assert_line(L"set /p \"a=Again: \"&&echo yes", L"Again: ");
    assert_int_equal(DoubleErrorLevel, 1);
    assert_line(L"<nul set /p \"=text\"", L"text");
    assert_line(L"set /p nothing", L"");
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test_setup_teardown(assigning, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(listing, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(operators, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(assignments, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(mistakes, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(reading, DoubleSetUp, DoubleTearDown),
    };
    return cmocka_run_group_tests(Tests, nullptr, nullptr);
}
