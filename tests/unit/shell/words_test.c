// Words, switches, numbers, wildcards, growing text.
#include "double.h"

static void splitting(void **state)
{
    (void)state;
    SH_WORDS Words = {};
    ShSplitArguments(L"  a \"b c\" d\"e f\"g\t/x ", &Words);
    static const PCWSTR Expected[] = {L"a", L"b c", L"de fg", L"/x"};
    assert_int_equal(Words.Count, RTL_NUMBER_OF(Expected));
    for (ULONG i = 0; i < Words.Count; i++)
        assert_string16(Words.Values[i], Expected[i]);
    ShFreeWords(&Words);
    ShSplit(L"a,\"b,c\";d", L",;", &Words);
    assert_int_equal(Words.Count, 3);
    assert_string16(Words.Values[1], L"\"b,c\"");
    ShFreeWords(&Words);
}

static void switches(void **state)
{
    (void)state;
    PCWSTR Value;
    assert_true(ShIsSwitch(L"/S", L"s", nullptr));
    assert_false(ShIsSwitch(L"/sx", L"s", nullptr));
    assert_false(ShIsSwitch(L"s", L"s", nullptr));
    assert_false(ShIsSwitch(L"/s:1", L"s", nullptr));
    assert_true(ShIsSwitch(L"/on:abc", L"on", &Value));
    assert_string16(Value, L"abc");
}

static void numbers(void **state)
{
    (void)state;
    LONG Number;
    assert_true(ShParseNumber(L"-12", &Number));
    assert_int_equal(Number, -12);
    assert_true(ShParseNumber(L"-2147483648", &Number));
    assert_true(ShParseNumber(L"0xFFFFFFFF", &Number));
    assert_int_equal(Number, -1);
    assert_true(ShParseNumber(L"0", &Number));
    static const PCWSTR Bad[] = {L"",   L"-",  L"1x",          L"2147483648",
                                 L"0x", L"08", L"0x1FFFFFFFF", L" 1"};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Bad); i++)
        assert_false(ShParseNumber(Bad[i], &Number));
}

static void wildcards(void **state)
{
    (void)state;
    static const struct {
        PCWSTR Pattern, Name;
        BOOLEAN Matches;
    } Cases[] = {
        {L"*", L"a.b", TRUE},         {L"*.*", L"a", TRUE},         {L"*.txt", L"A.TXT", TRUE},
        {L"*.txt", L"a.txt2", FALSE}, {L"a?c", L"abc", TRUE},       {L"a?c", L"ac", FALSE},
        {L"a*b*c", L"axxbyyc", TRUE}, {L"a*b*c", L"axxbyy", FALSE}, {L"", L"a", FALSE},
        {L"abc", L"ABC", TRUE},       {L"a*.", L"abc", TRUE},       {L"a*.", L"a.c", FALSE},
        {L"ab??", L"ab", TRUE},       {L"*a", L"aaab", FALSE},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++)
        assert_int_equal(ShMatches(Cases[i].Pattern, Cases[i].Name), Cases[i].Matches);
}

static void merged_names(void **state)
{
    (void)state;
    static const struct {
        PCWSTR Pattern, Name, Result;
    } Cases[] = {
        {L"*", L"a.b.c", L"a.b.c"},        {L"*.*", L"a.txt", L"a.txt"},
        {L"*.bak", L"a.txt", L"a.bak"},    {L"*.bak", L"a", L"a.bak"},
        {L"*.bak", L"a.b.c", L"a.b.bak"},  {L"b*", L"xyz.txt", L"byz"},
        {L"b*.*", L"xyz.txt", L"byz.txt"}, {L"?b*.*", L"xyz.c", L"xbz.c"},
        {L"????.?", L"ab.txt", L"ab.t"},   {L"new.txt", L"a.b", L"new.txt"},
        {L"*.*", L"noext", L"noext"},      {L"*x", L"abc", L"abcx"},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++) {
        SH_TEXT Text = {};
        ShMergeName(Cases[i].Pattern, Cases[i].Name, &Text);
        assert_string16(ShString(&Text), Cases[i].Result);
        ShFreeText(&Text);
    }
}

static void paths(void **state)
{
    (void)state;
    SH_TEXT Text = {};
    assert_string16(ShLastComponent(L"c:\\a\\b.c"), L"b.c");
    assert_string16(ShLastComponent(L"c:b"), L"b");
    assert_string16(ShLastComponent(L"a\\"), L"");
    ShJoinPath(L"c:\\a", L"b", &Text);
    ShJoinPath(L"c:\\", L"b", &Text);
    ShJoinPath(L"", L"b", &Text);
    assert_string16(ShString(&Text), L"c:\\a\\bc:\\bb");
    ShFreeText(&Text);
}

static void texts(void **state)
{
    (void)state;
    SH_TEXT Text = {.Limit = 6};
    assert_string16(ShString(&Text), L"");
    ShAppendString(&Text, L"abc");
    ShAppendFormat(&Text, L"%ld", 12);
    assert_string16(ShString(&Text), L"abc12");
    assert_false(Text.Overflow);
    ShAppendString(&Text, L"de"); // too much: dropped as a whole
    assert_string16(ShString(&Text), L"abc12");
    assert_true(Text.Overflow);
    ShTruncate(&Text, 2);
    assert_string16(ShString(&Text), L"ab");
    ShFreeText(&Text);
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test_setup_teardown(splitting, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(switches, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(numbers, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(wildcards, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(merged_names, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(paths, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(texts, DoubleSetUp, DoubleTearDown),
    };
    return cmocka_run_group_tests(Tests, nullptr, nullptr);
}
