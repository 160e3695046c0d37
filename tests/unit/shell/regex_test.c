// Regular expressions, as findstr has them.
#include "double.h"

#include "regex.h"

static BOOLEAN Finds(PCWSTR Pattern, PCWSTR Line, ULONG Flags)
{
    PSH_REGEX Regex = ShMakeRegex(Pattern, Flags);
    BOOLEAN Found = ShFindRegex(Regex, Line);
    assert_int_equal(ShFindRegex(Regex, Line), Found); // it can be used again
    ShFreeRegex(Regex);
    return Found;
}

typedef struct _CASE {
    PCWSTR Pattern, Line;
    BOOLEAN Found;
} CASE;

static void expressions(void **state)
{
    (void)state;
    static const CASE Cases[] = {
        {L"b", L"abc", TRUE},
        {L"d", L"abc", FALSE},
        {L"a.c", L"xabcx", TRUE},
        {L"a.c", L"ac", FALSE},
        {L"^b", L"abc", FALSE},
        {L"^a", L"abc", TRUE},
        {L"c$", L"abc", TRUE},
        {L"b$", L"abc", FALSE},
        {L"^$", L"", TRUE},
        {L"^$", L"a", FALSE},
        {L"^", L"anything", TRUE},
        {L"ab*c", L"ac", TRUE},
        {L"ab*c", L"abbbc", TRUE},
        {L"ab*c", L"abdc", FALSE},
        {L".*x", L"aaax", TRUE},
        {L"^a.*z$", L"a to z", TRUE},
        {L"^a.*z$", L"a to zz ", FALSE},
        {L"[abc]d", L"xbd", TRUE},
        {L"[a-c]d", L"xdd", FALSE},
        {L"[^a-c]d", L"ad", FALSE},
        {L"[^a-c]d", L"xd", TRUE},
        {L"[]x]", L"]", TRUE},
        {L"[a", L"x[a", TRUE},
        {L"[0-9][0-9]*%", L"ab 42%", TRUE},
        {L"a\\.c", L"abc", FALSE},
        {L"a\\.c", L"a.c", TRUE},
        {L"\\\\", L"a\\b", TRUE},
        {L"\\<word\\>", L"a word.", TRUE},
        {L"\\<word\\>", L"swords", FALSE},
        {L"\\<wo", L"a sword", FALSE},
        {L"*a", L"x*a", TRUE},
        {L"*a", L"a", FALSE},
        {L"a^b", L"a^b", TRUE},
        {L"a$b", L"a$b", TRUE},
        {L"A", L"a", FALSE},
        {L"a*a*a*a*b", L"aaaaaaaaaaaaaaaac", FALSE},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++) {
        if (Finds(Cases[i].Pattern, Cases[i].Line, 0) != Cases[i].Found)
            print_error("case %u\n", i);
        assert_int_equal(Finds(Cases[i].Pattern, Cases[i].Line, 0), Cases[i].Found);
    }
}

static void flags(void **state)
{
    (void)state;
    assert_true(Finds(L"WORD", L"a word", ShRegexIgnoreCase));
    assert_true(Finds(L"[A-Z]x", L"ax", ShRegexIgnoreCase));
    assert_false(Finds(L"[^A-Z]x", L"ax", ShRegexIgnoreCase));
    assert_false(Finds(L"a.c", L"abc", ShRegexLiteral));
    assert_true(Finds(L"a.c*", L"xa.c*", ShRegexLiteral));
    assert_false(Finds(L"word", L"a word", ShRegexAtBegin));
    assert_true(Finds(L"word", L"a word", ShRegexAtEnd));
    assert_true(
        Finds(L"a b", L"A B", ShRegexLiteral | ShRegexAtBegin | ShRegexAtEnd | ShRegexIgnoreCase));
    assert_false(Finds(L"a b", L"a b ", ShRegexLiteral | ShRegexAtBegin | ShRegexAtEnd));
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test_setup_teardown(expressions, DoubleSetUp, DoubleTearDown),
        cmocka_unit_test_setup_teardown(flags, DoubleSetUp, DoubleTearDown),
    };
    return cmocka_run_group_tests(Tests, nullptr, nullptr);
}
