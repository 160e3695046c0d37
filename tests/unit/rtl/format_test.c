// printf: against the host where both mean the same, by hand where Windows differs.
#include "test.h"

// Ours and the host's text and count for one format.
#define assert_same_as_host(Format, ...)                                             \
    do {                                                                             \
        char Ours[2048], Host[2048];                                                 \
        int Count = snprintf(Host, sizeof(Host), Format, __VA_ARGS__);               \
        assert_int_equal(_snprintf(Ours, sizeof(Ours), Format, __VA_ARGS__), Count); \
        assert_string_equal(Ours, Host);                                             \
    } while (0)

#define assert_prints(Expected, ...)                                             \
    do {                                                                         \
        char Text[512];                                                          \
        assert_int_equal(sprintf(Text, __VA_ARGS__), (int)sizeof(Expected) - 1); \
        assert_string_equal(Text, Expected);                                     \
    } while (0)

#pragma clang diagnostic ignored "-Wformat"
#pragma clang diagnostic ignored "-Wformat-nonliteral"

static void integers_agree_with_the_host(void **state)
{
    (void)state;
    static const char *const Flags[] = {"", "-", "+", " ", "#", "0", "-#", "+0", "#0", " -", "-0"};
    static const char *const Widths[] = {"", "1", "5", "12", "30"};
    static const char *const Precisions[] = {"", ".", ".0", ".1", ".7", ".20"};
    static const char Conversions[] = "diouxX";
    static const long long Values[] = {0,     1,       -1,        42,         -42,
                                       12345, INT_MAX, INT_MIN,   LLONG_MAX,  LLONG_MIN,
                                       255,   -65536,  0x1234567, 0xFFFFFFFF, 100000000000};
    for (ULONG F = 0; F < RTL_NUMBER_OF(Flags); F++)
        for (ULONG W = 0; W < RTL_NUMBER_OF(Widths); W++)
            for (ULONG P = 0; P < RTL_NUMBER_OF(Precisions); P++)
                for (ULONG C = 0; Conversions[C]; C++)
                    for (ULONG V = 0; V < RTL_NUMBER_OF(Values); V++) {
                        char Format[32];
                        snprintf(Format, sizeof(Format), "<%%%s%s%sll%c>", Flags[F], Widths[W],
                                 Precisions[P], Conversions[C]);
                        assert_same_as_host(Format, Values[V]);
                        snprintf(Format, sizeof(Format), "<%%%s%s%s%c>", Flags[F], Widths[W],
                                 Precisions[P], Conversions[C]);
                        assert_same_as_host(Format, (int)Values[V]);
                    }
    assert_same_as_host("%hd %hhd %hu", 70000, 300, 70000);
    assert_same_as_host("%*d|%-*d|%.*d|%*d", 6, 1, 6, 2, 4, 3, -5, 7);
    assert_same_as_host("%zu %td %jd", (size_t)1 << 40, (ptrdiff_t)-5, (intmax_t)9);
}

static void doubles_agree_with_the_host(void **state)
{
    (void)state;
    static const char *const Formats[] = {
        "%f",    "%e",   "%g",      "%E",     "%G",       "%.0f",  "%.0e",
        "%.0g",  "%.1f", "%.3g",    "%10.2f", "%-10.2e|", "%+f",   "% g",
        "%#.0f", "%#e",  "%010.3f", "%.17g",  "%.20f",    "%.15e", "%.30g",
    };
    static const double Values[] = {0.0,     -0.0,   1.0,      -1.0,  0.5,    1.5,     2.5,
                                    0.1,     0.125,  9.5,      9.995, 99.5,   1e10,    1e-5,
                                    123456., 1e21,   1e22,     1e23,  1e-300, 5e-324,  1e308,
                                    3.14159, 100000, 999999.5, 1e15,  0.0001, 0.00001, 2e-4};
    for (ULONG F = 0; F < RTL_NUMBER_OF(Formats); F++) {
        for (ULONG V = 0; V < RTL_NUMBER_OF(Values); V++)
            assert_same_as_host(Formats[F], Values[V]);
        for (ULONG Round = 0; Round < 500; Round++) {
            ULONGLONG Bits = (ULONGLONG)TestRandom() << 32 | TestRandom();
            double Value;
            __builtin_memcpy(&Value, &Bits, 8);
            if (__builtin_isnan(Value))
                continue;
            assert_same_as_host(Formats[F], Value);
            Value = (double)(LONG)TestRandom() / 1000;
            assert_same_as_host(Formats[F], Value);
        }
    }
    // By hand: glibc drops zeros here when rounding carries into the exponent.
    assert_prints("1.00000e+06 1.00 123.", "%#g %#.3g %#.3g", 999999.5, 0.9999, 123.0);
    assert_prints("inf -INF  +inf nan", "%f %E %+5g %f", __builtin_inf(), -__builtin_inf(),
                  __builtin_inf(), __builtin_nan(""));
}

static void strings_have_windows_widths(void **state)
{
    (void)state;
    UNICODE_STRING Unicode = UNICODE(L"counted!");
    STRING Ansi = ANSI("bytes");
    Unicode.Length = 14; // without the '!'
    assert_prints("narrow wide wide narrow", "%s %S %ws %hs", "narrow", L"wide", L"wide", "narrow");
    assert_prints("wide wide", "%ls %lS", L"wide", L"wide");
    assert_prints("counted bytes", "%wZ %Z", &Unicode, &Ansi);
    assert_prints("  cou|by   |", "%5.3wZ|%-5.2Z|", &Unicode, &Ansi);
    assert_prints("(null) (null) (null)", "%s %S %wZ", nullptr, nullptr, nullptr);
    assert_prints("ab|  abc|abc  |", "%.2s|%5s|%-5s|", "abc", "abc", "abc");
    assert_prints("x y z", "%c %C %wc", 'x', L'y', L'z');
    assert_prints("\x80?", "%ws", L"\x20AC\x4E00"); // the euro is in the code page, the other not
    char Unterminated[3] = {'a', 'b', 'c'};
    assert_prints("abc", "%.3s", Unterminated);
    assert_prints("", "%.0s", (char *)(uintptr_t)1);
    assert_prints("100%", "%d%%", 100);
}

static void sizes_and_pointers_are_windows(void **state)
{
    (void)state;
    assert_prints("-5000000000 ffffffff 1", "%I64d %I32x %I32d", -5000000000, -1, 1);
    assert_prints("4294967296", "%Iu", (SIZE_T)1 << 32);
    assert_prints("00000000DEADBEEF", "%p", (PVOID)0xDEADBEEF);
    assert_prints("0x00000000DEADBEEF", "0x%p", (PVOID)0xDEADBEEF);
    assert_prints("-1 4294967295", "%ld %lu", -1, -1); // a long has 32 bits
}

static void wide_formats_swap_the_widths(void **state)
{
    (void)state;
    wchar_t Text[64];
    assert_int_equal(swprintf(Text, L"%s %S %hs %d", L"wide", "\x80", "n", -3), 11);
    assert_int_equal(wcscmp(Text, L"wide \x20AC n -3"), 0);
    assert_int_equal(_snwprintf(Text, 3, L"%d", 123), 3); // full, and no terminator
    assert_int_equal(_snwprintf(Text, 64, L"%c%C", L'\x4E00', 'y'), 2);
    assert_int_equal(Text[0], 0x4E00);
    assert_int_equal(swprintf_s(Text, 4, L"%d", 1234), -1);
    assert_int_equal(Text[0], 0);
}

static int Measure(const char *Format, ...)
{
    va_list Arguments;
    va_start(Arguments, Format);
    int Count = _vscprintf(Format, Arguments);
    va_end(Arguments);
    return Count;
}

static void ends_of_buffers(void **state)
{
    (void)state;
    char Text[8] = "#######";
    assert_int_equal(_snprintf(Text, 4, "%s", "abc"), 3);
    assert_memory_equal(Text, "abc\0###", 7);
    assert_int_equal(_snprintf(Text, 4, "%s", "wxyz"), 4);
    assert_memory_equal(Text, "wxyz###", 7);
    assert_int_equal(_snprintf(Text, 4, "%s", "12345"), -1);
    assert_memory_equal(Text, "1234###", 7);
    assert_int_equal(_snprintf(nullptr, 0, "%d", 12345), 5);
    assert_int_equal(Measure("%05d-%s", 7, "ab"), 8);
    assert_int_equal(sprintf_s(Text, 4, "%s", "abc"), 3);
    assert_int_equal(sprintf_s(Text, 4, "%s", "abcd"), -1);
    assert_string_equal(Text, "");
    assert_int_equal(_snprintf_s(Text, 8, (size_t)-1, "%s", "0123456789"), -1);
    assert_string_equal(Text, "0123456");
    assert_int_equal(_snprintf_s(Text, 8, 3, "%s", "0123"), -1);
    assert_string_equal(Text, "012");
    assert_int_equal(sprintf(Text, "%"), 0);
    assert_int_equal(sprintf(Text, "%5"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_agree_with_the_host),
        cmocka_unit_test(doubles_agree_with_the_host),
        cmocka_unit_test(strings_have_windows_widths),
        cmocka_unit_test(sizes_and_pointers_are_windows),
        cmocka_unit_test(wide_formats_swap_the_widths),
        cmocka_unit_test(ends_of_buffers),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
