// Names in expressions, against what the documentation says of each wild card, taken literally.
#include "test.h"

#include "ntos.h"

// '<' takes anything but the name's last dot, '>' one character that is no dot, or none before a dot or the end, '"' a dot, or
// nothing at the end.
static BOOLEAN Reference(const WCHAR *e, const WCHAR *n, const WCHAR *LastDot)
{
    switch (*e) {
    case 0:
        return !*n;
    case L'*':
        return Reference(e + 1, n, LastDot) || (*n && Reference(e, n + 1, LastDot));
    case L'<':
        return Reference(e + 1, n, LastDot) || (*n && n != LastDot && Reference(e, n + 1, LastDot));
    case L'>':
        return *n && *n != L'.' ? Reference(e + 1, n + 1, LastDot) : Reference(e + 1, n, LastDot);
    case L'"':
        return *n == L'.' ? Reference(e + 1, n + 1, LastDot) : !*n && Reference(e + 1, n, LastDot);
    default:
        return *n && (*e == L'?' || *e == *n) && Reference(e + 1, n + 1, LastDot);
    }
}

static UNICODE_STRING Wrap(const WCHAR *Text)
{
    UNICODE_STRING String;
    RtlInitUnicodeString(&String, Text);
    return String;
}

static BOOLEAN Matches(const WCHAR *Expression, const WCHAR *Name, BOOLEAN IgnoreCase)
{
    UNICODE_STRING e = Wrap(Expression), n = Wrap(Name);
    return FsRtlIsNameInExpression(&e, &n, IgnoreCase, nullptr);
}

static void TestExamples(void **State)
{
    static const struct {
        const WCHAR *Expression, *Name;
        BOOLEAN Matches;
    } Examples[] = {
        {L"*", L"anything.at.all", TRUE},
        {L"*.*", L"nodot", FALSE},
        {L"<.TXT", L"A.B.TXT", TRUE},
        {L"<\"*", L"NODOT", TRUE},
        {L"<\"*", L"A.B", TRUE},
        {L">>>\"TXT", L"AB.TXT", TRUE},
        {L">>>", L"AB", TRUE},
        {L">>>", L"ABCD", FALSE},
        {L"???", L"AB", FALSE},
        {L"A?C", L"ABC", TRUE},
        {L"A*C", L"AC", TRUE},
        {L"A*C*E", L"ABCDE", TRUE},
        {L"A*C*E", L"ABCDEF", FALSE},
        {L"FOO\"", L"FOO", TRUE},
        {L"FOO\"", L"FOO.", TRUE},
        {L"FOO\"", L"FOO.X", FALSE},
        {L"<.", L"A.B", FALSE},
        {L"ABC", L"ABCD", FALSE},
    };
    (void)State;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Examples); i++) {
        if (Matches(Examples[i].Expression, Examples[i].Name, FALSE) != Examples[i].Matches)
            fail_msg("example %u", (unsigned)i);
    }
    assert_true(Matches(L"README.*", L"ReadMe.txt", TRUE));
    assert_false(Matches(L"README.*", L"ReadMe.txt", FALSE));
    assert_int_equal(TestBlocks, 0);
}

static void TestAgainstReference(void **State)
{
    static const WCHAR InNames[] = L"AB.", InExpressions[] = L"AB.*?<>\"";
    ULONG Found = 0;
    (void)State;
    for (ULONG Round = 0; Round < 200000; Round++) {
        WCHAR Name[10] = {}, Expression[8] = {};
        const WCHAR *LastDot = nullptr;
        ULONG Length = 1 + TestRandom() % 8, Parts = 1 + TestRandom() % 6;
        for (ULONG i = 0; i < Length; i++) {
            Name[i] = InNames[TestRandom() % 3];
            LastDot = Name[i] == L'.' ? &Name[i] : LastDot;
        }
        for (ULONG i = 0; i < Parts; i++)
            Expression[i] = InExpressions[TestRandom() % 8];
        BOOLEAN Wanted = Reference(Expression, Name, LastDot);
        Found += Wanted;
        if (Matches(Expression, Name, FALSE) != Wanted)
            fail_msg("round %u: wanted %d", (unsigned)Round, Wanted);
    }
    assert_in_range(Found, 10000, 190000);
}

// An expression that has many ways to match takes no longer for it.
static void TestHostileExpression(void **State)
{
    static WCHAR Expression[400], Name[400];
    (void)State;
    for (ULONG i = 0; i < 390; i++) {
        Expression[i] = i % 2 ? L'A' : L'*';
        Name[i] = L'A';
    }
    Name[389] = L'B';
    assert_false(Matches(Expression, Name, FALSE));
}

static void TestParts(void **State)
{
    UNICODE_STRING First, Rest;
    (void)State;
    FsRtlDissectName(Wrap(L"\\a\\bc\\d"), &First, &Rest);
    assert_unicode_equal(&First, L"a");
    assert_unicode_equal(&Rest, L"bc\\d");
    FsRtlDissectName(Rest, &First, &Rest);
    assert_unicode_equal(&First, L"bc");
    FsRtlDissectName(Wrap(L"\\"), &First, &Rest);
    assert_int_equal(First.Length + Rest.Length, 0);
    UNICODE_STRING Path = Wrap(L"\\wild*\\plain"), Wild = Wrap(L"\\plain\\wild*");
    assert_false(FsRtlDoesNameContainWildCards(&Path)); // the last part counts
    assert_true(FsRtlDoesNameContainWildCards(&Wild));
    UNICODE_STRING Upper = Wrap(L"\u00c4B"), Lower = Wrap(L"\u00e4b");
    assert_true(FsRtlAreNamesEqual(&Upper, &Lower, TRUE, nullptr));
    assert_false(FsRtlAreNamesEqual(&Upper, &Lower, FALSE, nullptr));
}

static BOOLEAN IsFat(const char *Name, BOOLEAN Wild, BOOLEAN Path)
{
    ANSI_STRING String;
    RtlInitAnsiString(&String, Name);
    return FsRtlIsFatDbcsLegal(String, Wild, Path, FALSE);
}

static void TestFatNames(void **State)
{
    static const char *const Good[] = {"A", "ABCDEFGH.EXT", "A.B", ".", "..", "A-B_C$%'"};
    static const char *const Bad[] = {"",   "ABCDEFGHI", "A.BCDE", ".A",  "A.B.C", "A+B",
                                      "A*", "A\\B",      "A:B",    "A|B", "A.",    "A\tB"};
    (void)State;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Good); i++) {
        if (!IsFat(Good[i], FALSE, FALSE))
            fail_msg("%s is legal", Good[i]);
    }
    for (ULONG i = 0; i < RTL_NUMBER_OF(Bad); i++) {
        if (IsFat(Bad[i], FALSE, FALSE))
            fail_msg("%s is not legal", Bad[i]);
    }
    assert_true(IsFat("A*.?", TRUE, FALSE));
    assert_true(IsFat("DIR\\FILE.TXT", FALSE, TRUE));
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(TestExamples),          cmocka_unit_test(TestAgainstReference),
        cmocka_unit_test(TestHostileExpression), cmocka_unit_test(TestParts),
        cmocka_unit_test(TestFatNames),
    };
    return cmocka_run_group_tests(Tests, nullptr, nullptr);
}
