// The C runtime's memory, string, character and number functions.
#include "test.h"

#define SPACE 400

static void moving_memory_agrees_with_the_host(void **state)
{
    (void)state;
    for (ULONG Round = 0; Round < 20000; Round++) {
        UCHAR Ours[SPACE], Model[SPACE];
        for (ULONG Index = 0; Index < SPACE; Index++)
            Ours[Index] = Model[Index] = (UCHAR)TestRandom();
        ULONG Length = TestRandom() % (Round % 2 ? 40 : SPACE / 2);
        ULONG From = TestRandom() % (SPACE - Length), To = TestRandom() % (SPACE - Length);
        if (Round % 3 == 0)
            To = From + TestRandom() % 8 < SPACE - Length ? From + TestRandom() % 8 : From;
        if (To + Length > SPACE)
            continue;
        __builtin_memmove(Model + To, Model + From, Length);
        assert_ptr_equal(Round % 5 ? memmove(Ours + To, Ours + From, Length)
                                   : memcpy(Ours + To, Ours + From, Length),
                         Ours + To);
        assert_memory_equal(Ours, Model, SPACE);
    }
}

static void setting_and_comparing_memory(void **state)
{
    (void)state;
    for (ULONG Length = 0; Length < 200; Length++) {
        UCHAR Buffer[256], Model[256];
        __builtin_memset(Buffer, 0x11, sizeof(Buffer));
        __builtin_memset(Model, 0x11, sizeof(Model));
        ULONG Start = TestRandom() % 32;
        assert_ptr_equal(memset(Buffer + Start, 0x1A5, Length), Buffer + Start);
        __builtin_memset(Model + Start, 0xA5, Length);
        assert_memory_equal(Buffer, Model, sizeof(Buffer));
        assert_int_equal(memcmp(Buffer, Model, sizeof(Buffer)), 0);
        assert_int_equal(RtlCompareMemory(Buffer, Model, sizeof(Buffer)), sizeof(Buffer));
        if (!Length)
            continue;
        ULONG At = Start + TestRandom() % Length;
        Model[At]++;
        assert_true(memcmp(Buffer, Model, sizeof(Buffer)) < 0);
        assert_true(memcmp(Model, Buffer, sizeof(Buffer)) > 0);
        assert_int_equal(RtlCompareMemory(Buffer, Model, sizeof(Buffer)), At);
        assert_ptr_equal(memchr(Model, 0xA6, sizeof(Model)), Model + At);
    }
    assert_null(memchr("abc", 'd', 3));
    ULONG Words[4] = {7, 7, 7, 8};
    assert_int_equal(RtlCompareMemoryUlong(Words, sizeof(Words), 7), 12);
    assert_int_equal(_memicmp("ABCd", "abcD", 4), 0);
    assert_true(_memicmp("a[", "A\\", 2) < 0);
}

static void secure_copies_refuse_what_does_not_fit(void **state)
{
    (void)state;
    char Buffer[8] = "1234567";
    assert_int_equal(memcpy_s(Buffer, 4, "abcdef", 6), 34);
    assert_memory_equal(Buffer,
                        "\0\0\0\0"
                        "567",
                        8);
    assert_int_equal(memmove_s(Buffer, 4, "abcdef", 6), 34);
    assert_int_equal(memmove_s(Buffer, 8, "abcdef", 6), 0);
    assert_memory_equal(Buffer, "abcdef", 6);
    assert_int_equal(strcpy_s(Buffer, 8, "1234567"), 0);
    assert_int_equal(strcpy_s(Buffer, 8, "12345678"), 34);
    assert_string_equal(Buffer, "");
    assert_int_equal(strncpy_s(Buffer, 8, "12345678", (size_t)-1), 80);
    assert_string_equal(Buffer, "1234567");
    assert_int_equal(strncpy_s(Buffer, 8, "abcdefghij", 3), 0);
    assert_string_equal(Buffer, "abc");
    assert_int_equal(strcat_s(Buffer, 8, "defg"), 0);
    assert_string_equal(Buffer, "abcdefg");
    assert_int_equal(strcat_s(Buffer, 8, "h"), 34);
    assert_string_equal(Buffer, "");
    wchar_t Wide[4] = L"ab";
    assert_int_equal(wcsncat_s(Wide, 4, L"cdef", (size_t)-1), 80);
    assert_memory_equal(Wide, L"abc", 8);
    assert_int_equal(wcscpy_s(Wide, 4, nullptr), 22);
    assert_int_equal(Wide[0], 0);
}

static void narrow_strings(void **state)
{
    (void)state;
    char Buffer[32] = "abc";
    assert_int_equal(strlen("hello"), 5);
    assert_int_equal(strnlen("hello", 3), 3);
    assert_string_equal(strcat(Buffer, "def"), "abcdef");
    assert_string_equal(strncat(Buffer, "ghij", 2), "abcdefgh");
    memset(Buffer, 'x', sizeof(Buffer));
    strncpy(Buffer, "ab", 5);
    assert_memory_equal(Buffer, "ab\0\0\0x", 6);
    assert_true(strcmp("a", "b") < 0);
    assert_true(strcmp("\xE9", "z") > 0);
    assert_int_equal(strncmp("abcX", "abcY", 3), 0);
    assert_int_equal(_stricmp("Hello", "hELLO"), 0);
    assert_true(_stricmp("a_", "AA") < 0);
    assert_true(_strnicmp("abcX", "ABCd", 4) > 0);
    assert_string_equal(strchr("path/to/file", '/'), "/to/file");
    assert_string_equal(strrchr("path/to/file", '/'), "/file");
    assert_string_equal(strchr("abc", 0), "");
    assert_null(strrchr("abc", 'd'));
    assert_string_equal(strstr("aabaabaaf", "aabaaf"), "aabaaf");
    assert_null(strstr("abc", "abcd"));
    assert_string_equal(strstr("abc", ""), "abc");
    assert_int_equal(strspn("12ab", "0123456789"), 2);
    assert_int_equal(strcspn("ab=c", "=;"), 2);
    assert_string_equal(strpbrk("ab;c", ";="), ";c");
    assert_null(strpbrk("abc", ";"));
    char Text[] = ",a,,bc,";
    char *Context;
    assert_string_equal(strtok_s(Text, ",", &Context), "a");
    assert_string_equal(strtok_s(nullptr, ",", &Context), "bc");
    assert_null(strtok_s(nullptr, ",", &Context));
    char Case[] = "aZ[\xE9";
    assert_string_equal(_strupr(Case), "AZ[\xE9");
    assert_string_equal(_strlwr(Case), "az[\xE9");
}

static void wide_strings(void **state)
{
    (void)state;
    wchar_t Buffer[32] = L"abc";
    assert_int_equal(wcslen(L"hello"), 5);
    assert_int_equal(wcsnlen(L"hello", 9), 5);
    assert_int_equal(wcscmp(wcscat(Buffer, L"def"), L"abcdef"), 0);
    assert_true(wcscmp(L"\x3000", L"a") > 0);
    assert_int_equal(_wcsicmp(L"Hello", L"hELLO"), 0);
    assert_true(_wcsicmp(L"\xC4", L"\xE4") != 0); // the C locale: ASCII only
    assert_int_equal(_wcsnicmp(L"abX", L"ABy", 2), 0);
    assert_ptr_equal(wcsrchr(Buffer, L'e'), Buffer + 4);
    assert_ptr_equal(wcsstr(Buffer, L"cde"), Buffer + 2);
    assert_ptr_equal(wcspbrk(Buffer, L"fed"), Buffer + 3);
    assert_int_equal(wcsspn(Buffer, L"cba"), 3);
    assert_int_equal(wcscspn(Buffer, L"d"), 3);
    assert_int_equal(towupper(L'z'), L'Z');
    assert_int_equal(towlower(0xC4), 0xC4);
}

static void character_classes_agree_with_the_host(void **state)
{
    (void)state;
    static const struct {
        int (*Ours)(int);
        PCSZ Members; // "a-z" ranges
    } Classes[] = {
        {isalnum, "09AZaz"},
        {isalpha, "AZaz"},
        {isdigit, "09"},
        {islower, "az"},
        {isupper, "AZ"},
        {isxdigit, "09AFaf"},
        {isspace, "\t\r  "},
        {isprint, " ~"},
        {isgraph, "!~"},
        {ispunct, "!/:@[`{~"},
        {iscntrl, "\1\x1F\x7F\x7F"},
    };
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Classes); Index++)
        for (int Character = 1; Character < 256; Character++) {
            BOOLEAN Expected = FALSE;
            for (const UCHAR *Range = (const UCHAR *)Classes[Index].Members; *Range; Range += 2)
                Expected |= Character >= Range[0] && Character <= Range[1];
            assert_int_equal(Classes[Index].Ours(Character) != 0, Expected);
        }
    assert_int_equal(tolower('A'), 'a');
    assert_int_equal(toupper('z'), 'Z');
    assert_int_equal(toupper('{'), '{');
    assert_int_equal(isdigit(-1), 0);
}

static void numbers_are_read_as_the_host_reads_them(void **state)
{
    (void)state;
    static const char *const Texts[] = {
        "0",
        "1",
        "-1",
        "+7",
        "  42x",
        "0x1F",
        "0X1fg",
        "077",
        "08",
        "0x",
        "0xg",
        "-0x10",
        "",
        "-",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "-9223372036854775809",
        "18446744073709551615",
        "18446744073709551616",
        "99999999999999999999999",
        "zz",
        "Z1",
        "\t\n\v\f\r 5",
        "12 34",
        "abc",
    };
    static const int Bases[] = {0, 2, 8, 10, 16, 36};
    for (ULONG Text = 0; Text < RTL_NUMBER_OF(Texts); Text++)
        for (ULONG Base = 0; Base < RTL_NUMBER_OF(Bases); Base++) {
            char *Ours, *Host;
            assert_int_equal(_strtoi64(Texts[Text], &Ours, Bases[Base]),
                             strtoll(Texts[Text], &Host, Bases[Base]));
            assert_ptr_equal(Ours, Host);
            assert_int_equal(_strtoui64(Texts[Text], &Ours, Bases[Base]),
                             strtoull(Texts[Text], &Host, Bases[Base]));
            assert_ptr_equal(Ours, Host);
        }
    assert_int_equal(strtol("2147483648", nullptr, 10), 2147483647);
    assert_int_equal(strtol("-2147483649", nullptr, 10), -2147483647 - 1);
    assert_int_equal(strtoul("4294967296", nullptr, 10), 0xFFFFFFFF);
    assert_int_equal(strtoul("-1", nullptr, 10), 0xFFFFFFFF);
    assert_int_equal(atoi(" -12abc"), -12);
    assert_int_equal(_wtoi(L"99 "), 99);
    assert_int_equal(_wtoi64(L"-5000000000"), -5000000000);
    wchar_t *End;
    static const wchar_t Hex[] = L"0x7fZ";
    assert_int_equal(wcstoul(Hex, &End, 16), 0x7F);
    assert_ptr_equal(End, Hex + 4);
}

static void numbers_are_written(void **state)
{
    (void)state;
    char Buffer[72];
    wchar_t Wide[72];
    assert_string_equal(_itoa(-123, Buffer, 10), "-123");
    assert_string_equal(_itoa(-1, Buffer, 16), "ffffffff");
    assert_string_equal(_ltoa(-2147483647 - 1, Buffer, 10), "-2147483648");
    assert_string_equal(_ultoa(4294967295u, Buffer, 36), "1z141z3");
    assert_string_equal(_i64toa(-9223372036854775807 - 1, Buffer, 10), "-9223372036854775808");
    assert_int_equal(strlen(_ui64toa(~0ULL, Buffer, 2)), 64);
    assert_int_equal(wcscmp(_itow(0, Wide, 10), L"0"), 0);
    assert_int_equal(wcscmp(_i64tow(-42, Wide, 10), L"-42"), 0);
    assert_int_equal(wcscmp(_ui64tow(255, Wide, 8), L"377"), 0);
    assert_int_equal(abs(-5), 5);
    assert_int_equal(labs(7), 7);
}

static int CompareLongs(const void *First, const void *Second)
{
    LONG A = *(const LONG *)First, B = *(const LONG *)Second;
    return (A > B) - (A < B);
}

static int CompareTexts(const void *First, const void *Second)
{
    return strcmp(First, Second);
}

static void sorting_sorts_and_searching_finds(void **state)
{
    (void)state;
    for (ULONG Count = 0; Count < 300; Count++) {
        LONG Values[300];
        LONGLONG Sum = 0;
        for (ULONG Index = 0; Index < Count; Index++)
            Sum += Values[Index] = (LONG)(TestRandom() % (Count + 1));
        qsort(Values, Count, sizeof(LONG), CompareLongs);
        for (ULONG Index = 0; Index < Count; Index++) {
            Sum -= Values[Index];
            assert_true(!Index || Values[Index - 1] <= Values[Index]);
            LONG *Found = bsearch(&Values[Index], Values, Count, sizeof(LONG), CompareLongs);
            assert_non_null(Found);
            assert_int_equal(*Found, Values[Index]);
        }
        assert_int_equal(Sum, 0);
        LONG Missing = -1;
        assert_null(bsearch(&Missing, Values, Count, sizeof(LONG), CompareLongs));
    }
    char Odd[5][3] = {"ee", "aa", "dd", "cc", "bb"};
    qsort(Odd, 5, 3, CompareTexts);
    assert_memory_equal(Odd, "aa\0bb\0cc\0dd\0ee", 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moving_memory_agrees_with_the_host),
        cmocka_unit_test(setting_and_comparing_memory),
        cmocka_unit_test(secure_copies_refuse_what_does_not_fit),
        cmocka_unit_test(narrow_strings),
        cmocka_unit_test(wide_strings),
        cmocka_unit_test(character_classes_agree_with_the_host),
        cmocka_unit_test(numbers_are_read_as_the_host_reads_them),
        cmocka_unit_test(numbers_are_written),
        cmocka_unit_test(sorting_sorts_and_searching_finds),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
