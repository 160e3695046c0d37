// Case tables, code pages and UTF-8.
#include "test.h"

static void case_maps_in_pairs(void **state)
{
    (void)state;
    ULONG Letters = 0;
    for (ULONG Code = 0; Code < 0x10000; Code++) {
        WCHAR Upper = RtlUpcaseUnicodeChar((WCHAR)Code);
        WCHAR Lower = RtlDowncaseUnicodeChar((WCHAR)Code);
        assert_int_equal(RtlUpcaseUnicodeChar(Upper), Upper);
        assert_int_equal(RtlDowncaseUnicodeChar(Lower), Lower);
        if (Upper != Code && Code != 0x3C2)
            assert_int_equal(RtlDowncaseUnicodeChar(Upper), Code);
        // No name made of other letters equals one made of ASCII.
        assert_true((Code < 0x80) == (Upper < 0x80));
        Letters += Upper != Code;
    }
    assert_in_range(Letters, 900, 1400);
    assert_int_equal(RtlUpcaseUnicodeChar(0x3C2), 0x3A3); // final sigma
    assert_int_equal(RtlUpcaseUnicodeChar(0xFF), 0x178);
    assert_int_equal(RtlUpcaseUnicodeChar(0x131), 0x131);   // dotless i
    assert_int_equal(RtlUpcaseUnicodeChar(0x17F), 0x17F);   // long s
    assert_int_equal(RtlUpcaseUnicodeChar(0xDF), 0xDF);     // sharp s
    assert_int_equal(RtlUpcaseUnicodeChar(0x44F), 0x42F);   // Cyrillic
    assert_int_equal(RtlUpcaseUnicodeChar(0xFF41), 0xFF21); // full width
    assert_int_equal(RtlUpcaseUnicodeChar(0xD801), 0xD801); // surrogates stay
}

static void code_pages_round_trip(void **state)
{
    (void)state;
    CHAR Bytes[256], Back[256];
    WCHAR Wide[256];
    ULONG Size;
    for (ULONG Index = 0; Index < 256; Index++)
        Bytes[Index] = (CHAR)Index;
    assert_status(RtlMultiByteToUnicodeN(Wide, sizeof(Wide), &Size, Bytes, 256), STATUS_SUCCESS);
    assert_int_equal(Size, 512);
    assert_int_equal(Wide[0x80], 0x20AC);
    assert_int_equal(Wide[0x81], 0x81);
    assert_int_equal(Wide[0xE4], 0xE4);
    assert_status(RtlUnicodeToMultiByteN(Back, 256, &Size, Wide, 512), STATUS_SUCCESS);
    assert_int_equal(Size, 256);
    assert_memory_equal(Bytes, Back, 256);
    assert_status(RtlOemToUnicodeN(Wide, sizeof(Wide), nullptr, Bytes, 256), STATUS_SUCCESS);
    assert_int_equal(Wide[0xE1], 0xDF);
    assert_status(RtlUnicodeToOemN(Back, 256, nullptr, Wide, 512), STATUS_SUCCESS);
    assert_memory_equal(Bytes, Back, 256);

    assert_status(RtlUpcaseUnicodeToMultiByteN(Back, 2, &Size, L"äbc", 6), STATUS_SUCCESS);
    assert_int_equal(Size, 2);
    assert_memory_equal(Back,
                        "\xC4"
                        "B",
                        2);
    assert_status(RtlMultiByteToUnicodeN(Wide, 5, &Size, "abc", 3), STATUS_SUCCESS);
    assert_int_equal(Size, 4);
    assert_status(RtlUnicodeToMultiByteSize(&Size, L"abc", 6), STATUS_SUCCESS);
    assert_int_equal(Size, 3);
    assert_status(RtlMultiByteToUnicodeSize(&Size, "abc", 3), STATUS_SUCCESS);
    assert_int_equal(Size, 6);
}

static void every_character_survives_utf8(void **state)
{
    (void)state;
    for (ULONG Code = 0; Code < 0x110000; Code++) {
        if (Code >> 11 == 0xD800 >> 11)
            continue;
        WCHAR Wide[2] = {(WCHAR)Code}, Again[2];
        ULONG Units = 1, Bytes, Size;
        CHAR Utf8[4];
        if (Code >= 0x10000) {
            Wide[0] = (WCHAR)(0xD7C0 + (Code >> 10));
            Wide[1] = (WCHAR)(0xDC00 + (Code & 0x3FF));
            Units = 2;
        }
        assert_status(RtlUnicodeToUTF8N(Utf8, 4, &Bytes, Wide, Units * 2), STATUS_SUCCESS);
        assert_int_equal(Bytes, Code < 0x80 ? 1 : Code < 0x800 ? 2 : Code < 0x10000 ? 3 : 4);
        assert_status(RtlUTF8ToUnicodeN(Again, 4, &Size, Utf8, Bytes), STATUS_SUCCESS);
        assert_int_equal(Size, Units * 2);
        assert_memory_equal(Wide, Again, Size);
    }
}

// The example of The Unicode Standard, table 3-8, and the classic attacks.
static void ill_formed_utf8_is_replaced(void **state)
{
    (void)state;
    static const struct {
        PCSTR Bytes;
        PCWSTR Expected;
    } Cases[] = {
        {"a\xF1\x80\x80\xE1\x80\xC2"
         "b\x80"
         "c\x80\xBF"
         "d",
         L"a\xFFFD\xFFFD\xFFFD"
         L"b\xFFFD"
         L"c\xFFFD\xFFFD"
         L"d"},
        {"\xC0\xAF", L"\xFFFD\xFFFD"},                     // overlong '/'
        {"\xE0\x80\xBF", L"\xFFFD\xFFFD\xFFFD"},           // overlong
        {"\xED\xA0\x80", L"\xFFFD\xFFFD\xFFFD"},           // a surrogate
        {"\xF4\x90\x80\x80", L"\xFFFD\xFFFD\xFFFD\xFFFD"}, // above U+10FFFF
        {"\xFF", L"\xFFFD"},
        {"\xF0\x9F\x98", L"\xFFFD"}, // cut off
    };
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Cases); Index++) {
        WCHAR Wide[32];
        ULONG Size, Measured, Length = (ULONG)strlen(Cases[Index].Bytes);
        assert_status(RtlUTF8ToUnicodeN(Wide, sizeof(Wide), &Size, Cases[Index].Bytes, Length),
                      STATUS_SOME_NOT_MAPPED);
        assert_int_equal(Size, wcslen(Cases[Index].Expected) * 2);
        assert_memory_equal(Wide, Cases[Index].Expected, Size);
        assert_status(RtlUTF8ToUnicodeN(nullptr, 0, &Measured, Cases[Index].Bytes, Length),
                      STATUS_SOME_NOT_MAPPED);
        assert_int_equal(Measured, Size);
    }
    CHAR Utf8[16];
    ULONG Size;
    assert_status(RtlUnicodeToUTF8N(Utf8, 16, &Size,
                                    L"a\xD800"
                                    L"b\xDC00",
                                    8),
                  STATUS_SOME_NOT_MAPPED);
    assert_int_equal(Size, 8);
    assert_memory_equal(Utf8,
                        "a\xEF\xBF\xBD"
                        "b\xEF\xBF\xBD",
                        8);
}

static void utf8_parameters(void **state)
{
    (void)state;
    CHAR Utf8[4] = "####";
    WCHAR Wide[2] = L"##";
    ULONG Size = 0;
    assert_status(RtlUnicodeToUTF8N(nullptr, 0, nullptr, L"a", 2), STATUS_INVALID_PARAMETER);
    assert_status(RtlUnicodeToUTF8N(Utf8, 4, &Size, nullptr, 2), STATUS_INVALID_PARAMETER_4);
    assert_status(RtlUnicodeToUTF8N(Utf8, 4, &Size, L"a", 1), STATUS_INVALID_PARAMETER_5);
    assert_status(RtlUTF8ToUnicodeN(Wide, 4, &Size, nullptr, 1), STATUS_INVALID_PARAMETER_4);
    assert_status(RtlUTF8ToUnicodeN(nullptr, 0, nullptr, "a", 1), STATUS_INVALID_PARAMETER);
    // Only whole characters are written.
    assert_status(RtlUnicodeToUTF8N(Utf8, 4, &Size, L"ab\x20AC", 6), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(Size, 2);
    assert_memory_equal(Utf8, "ab##", 4);
    assert_status(RtlUTF8ToUnicodeN(Wide, 4, &Size, "a\xF0\x9F\x98\x80", 5),
                  STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(Size, 2);
    assert_int_equal(Wide[1], '#');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(case_maps_in_pairs),
        cmocka_unit_test(code_pages_round_trip),
        cmocka_unit_test(every_character_survives_utf8),
        cmocka_unit_test(ill_formed_utf8_is_replaced),
        cmocka_unit_test(utf8_parameters),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
