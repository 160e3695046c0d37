// UNICODE_STRING, ANSI_STRING and the conversions between them.
#include "test.h"

static void initialising(void **state)
{
    (void)state;
    UNICODE_STRING Unicode;
    STRING Ansi;
    RtlInitUnicodeString(&Unicode, L"abc");
    assert_int_equal(Unicode.Length, 6);
    assert_int_equal(Unicode.MaximumLength, 8);
    RtlInitUnicodeString(&Unicode, nullptr);
    assert_int_equal(Unicode.MaximumLength, 0);
    assert_null(Unicode.Buffer);
    RtlInitAnsiString(&Ansi, "ab");
    assert_int_equal(Ansi.Length, 2);
    assert_int_equal(Ansi.MaximumLength, 3);

    static WCHAR Long[40000];
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Long) - 1; Index++)
        Long[Index] = 'x';
    assert_status(RtlInitUnicodeStringEx(&Unicode, Long), STATUS_NAME_TOO_LONG);
    RtlInitUnicodeString(&Unicode, Long);
    assert_int_equal(Unicode.Length, 0xFFFC);
    assert_int_equal(Unicode.MaximumLength, 0xFFFE);
    Long[0x7FFE] = 0;
    assert_status(RtlInitUnicodeStringEx(&Unicode, Long), STATUS_SUCCESS);
    assert_int_equal(Unicode.Length, 0xFFFC);
}

static void copying_and_appending_stop_at_the_end(void **state)
{
    (void)state;
    WCHAR Buffer[6] = L"######";
    UNICODE_STRING String = {0, 10, Buffer}; // five characters; the sixth is a guard
    UNICODE_STRING Source = UNICODE(L"abc");
    RtlCopyUnicodeString(&String, &Source);
    assert_unicode_equal(&String, L"abc");
    assert_int_equal(Buffer[3], 0);
    assert_status(RtlAppendUnicodeToString(&String, L"de"), STATUS_SUCCESS);
    assert_unicode_equal(&String, L"abcde");
    assert_int_equal(Buffer[5], '#'); // no room for a terminator
    assert_status(RtlAppendUnicodeToString(&String, L"f"), STATUS_BUFFER_TOO_SMALL);
    assert_status(RtlAppendUnicodeToString(&String, nullptr), STATUS_SUCCESS);
    String.Length = 2;
    assert_status(RtlAppendUnicodeStringToString(&String, &Source), STATUS_SUCCESS);
    assert_unicode_equal(&String, L"aabc");
    Source = UNICODE(L"0123456789");
    RtlCopyUnicodeString(&String, &Source);
    assert_unicode_equal(&String, L"01234");
    RtlCopyUnicodeString(&String, nullptr);
    assert_int_equal(String.Length, 0);

    CHAR Bytes[4] = "####";
    STRING Ansi = {0, 3, Bytes}, More = ANSI("ab");
    RtlCopyString(&Ansi, &More);
    assert_status(RtlAppendStringToString(&Ansi, &More), STATUS_BUFFER_TOO_SMALL);
    assert_status(RtlAppendAsciizToString(&Ansi, "c"), STATUS_SUCCESS);
    assert_memory_equal(Bytes, "abc#", 4);
}

static void comparing(void **state)
{
    (void)state;
    UNICODE_STRING A = UNICODE(L"Straße"), B = UNICODE(L"sTRAßE"), C = UNICODE(L"Stra");
    UNICODE_STRING Greek = UNICODE(L"ΑΣΣ"), Lower = UNICODE(L"ασς");
    assert_true(RtlEqualUnicodeString(&A, &B, TRUE));
    assert_false(RtlEqualUnicodeString(&A, &B, FALSE));
    assert_true(RtlCompareUnicodeString(&A, &B, FALSE) < 0);
    assert_true(RtlCompareUnicodeString(&A, &C, TRUE) > 0);
    assert_true(RtlEqualUnicodeString(&Greek, &Lower, TRUE));
    assert_true(RtlPrefixUnicodeString(&C, &B, TRUE));
    assert_false(RtlPrefixUnicodeString(&B, &C, TRUE));
    UNICODE_STRING End = UNICODE(L"SSE");
    assert_false(RtlSuffixUnicodeString(&End, &A, TRUE));
    End = UNICODE(L"AßE");
    assert_true(RtlSuffixUnicodeString(&End, &A, TRUE));
    assert_false(RtlSuffixUnicodeString(&End, &A, FALSE));
    // Order is by code unit of the upper case: '_' lies between the cases.
    UNICODE_STRING Under = UNICODE(L"a_"), Letter = UNICODE(L"ab");
    assert_true(RtlCompareUnicodeString(&Under, &Letter, TRUE) > 0);
    assert_true(RtlCompareUnicodeString(&Under, &Letter, FALSE) < 0);

    STRING X = ANSI("abc"), Y = ANSI("ABCD");
    assert_true(RtlCompareString(&X, &Y, TRUE) < 0);
    assert_true(RtlPrefixString(&X, &Y, TRUE));
    assert_false(RtlPrefixString(&X, &Y, FALSE));
    assert_false(RtlEqualString(&X, &Y, TRUE));
}

static void hashing_follows_the_documented_formula(void **state)
{
    (void)state;
    UNICODE_STRING Name = UNICODE(L"Ab"), Other = UNICODE(L"aB");
    ULONG Hash, OtherHash;
    assert_status(RtlHashUnicodeString(&Name, FALSE, HASH_STRING_ALGORITHM_X65599, &Hash),
                  STATUS_SUCCESS);
    assert_int_equal(Hash, 'A' * 65599 + 'b');
    assert_status(RtlHashUnicodeString(&Name, TRUE, HASH_STRING_ALGORITHM_DEFAULT, &Hash),
                  STATUS_SUCCESS);
    assert_status(RtlHashUnicodeString(&Other, TRUE, HASH_STRING_ALGORITHM_DEFAULT, &OtherHash),
                  STATUS_SUCCESS);
    assert_int_equal(Hash, OtherHash);
    assert_status(RtlHashUnicodeString(&Name, TRUE, 2, &Hash), STATUS_INVALID_PARAMETER);
    assert_status(RtlHashUnicodeString(nullptr, TRUE, 0, &Hash), STATUS_INVALID_PARAMETER);
}

static void finding_characters(void **state)
{
    (void)state;
    static const struct {
        ULONG Flags;
        PCWSTR Set;
        NTSTATUS Status;
        USHORT Position;
    } Cases[] = {
        {0, L"o", STATUS_SUCCESS, 4},
        {1, L"o", STATUS_SUCCESS, 2},
        {0, L"\\", STATUS_SUCCESS, 12},
        {1, L"\\", STATUS_SUCCESS, 20},
        {0, L"x", STATUS_NOT_FOUND, 0},
        {2, L"Some", STATUS_SUCCESS, 10},
        {4, L"s", STATUS_SUCCESS, 2},
        {0, L"s", STATUS_NOT_FOUND, 0},
        {3, L"thPa", STATUS_SUCCESS, 20},
        {7, L"THPa", STATUS_SUCCESS, 20},
        {8, L"S", STATUS_INVALID_PARAMETER, 0},
        {0, L"", STATUS_NOT_FOUND, 0},
        {2, L"", STATUS_SUCCESS, 2},
    };
    UNICODE_STRING String = UNICODE(L"Some \\Nat\\\\Path"), Set;
    String = UNICODE(L"Some,\\Nat,\\Path");
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Cases); Index++) {
        USHORT Position = 0x5555;
        RtlInitUnicodeString(&Set, Cases[Index].Set);
        assert_status(RtlFindCharInUnicodeString(Cases[Index].Flags, &String, &Set, &Position),
                      Cases[Index].Status);
        assert_int_equal(Position, Cases[Index].Position);
    }
}

static void duplicating(void **state)
{
    (void)state;
    UNICODE_STRING Source = UNICODE(L"abc"), Empty = {0}, Copy;
    SIZE_T Before = HookBlocks;
    assert_status(RtlDuplicateUnicodeString(0, &Source, &Copy), STATUS_SUCCESS);
    assert_int_equal(Copy.MaximumLength, 6);
    RtlFreeUnicodeString(&Copy);
    assert_status(RtlDuplicateUnicodeString(1, &Source, &Copy), STATUS_SUCCESS);
    assert_int_equal(Copy.MaximumLength, 8);
    assert_int_equal(Copy.Buffer[3], 0);
    RtlFreeUnicodeString(&Copy);
    assert_null(Copy.Buffer);
    assert_status(RtlDuplicateUnicodeString(1, &Empty, &Copy), STATUS_SUCCESS);
    assert_null(Copy.Buffer);
    assert_status(RtlDuplicateUnicodeString(3, &Empty, &Copy), STATUS_SUCCESS);
    assert_int_equal(Copy.MaximumLength, 2);
    RtlFreeUnicodeString(&Copy);
    assert_status(RtlDuplicateUnicodeString(2, &Source, &Copy), STATUS_INVALID_PARAMETER);
    Source.Length = 5;
    assert_status(RtlDuplicateUnicodeString(0, &Source, &Copy), STATUS_INVALID_PARAMETER);
    HookFails = TRUE;
    Source.Length = 4;
    assert_status(RtlDuplicateUnicodeString(0, &Source, &Copy), STATUS_NO_MEMORY);
    assert_false(RtlCreateUnicodeString(&Copy, L"x"));
    HookFails = FALSE;
    assert_true(RtlCreateUnicodeString(&Copy, L""));
    assert_non_null(Copy.Buffer);
    RtlFreeUnicodeString(&Copy);
    assert_true(RtlCreateUnicodeStringFromAsciiz(&Copy, "asciiz"));
    assert_unicode_equal(&Copy, L"asciiz");
    RtlFreeUnicodeString(&Copy);
    assert_int_equal(HookBlocks, Before);
}

static void changing_case(void **state)
{
    (void)state;
    UNICODE_STRING Source = UNICODE(L"äÖ\x3C3ÿ1"), Result;
    WCHAR Buffer[8];
    assert_status(RtlUpcaseUnicodeString(&Result, &Source, TRUE), STATUS_SUCCESS);
    assert_unicode_equal(&Result, L"ÄÖ\x3A3\x178"
                                  L"1");
    RtlFreeUnicodeString(&Result);
    Result = (UNICODE_STRING){0, 8, Buffer};
    assert_status(RtlDowncaseUnicodeString(&Result, &Source, FALSE), STATUS_BUFFER_OVERFLOW);
    Result.MaximumLength = 10;
    assert_status(RtlDowncaseUnicodeString(&Result, &Source, FALSE), STATUS_SUCCESS);
    assert_unicode_equal(&Result, L"äö\x3C3ÿ1");

    CHAR Bytes[8];
    STRING Ansi = ANSI("a\xE4\xFFz"), Upper = {0, 8, Bytes};
    RtlUpperString(&Upper, &Ansi);
    assert_memory_equal(Bytes, "A\xC4\x9FZ", 4); // U+0178 is 0x9F in code page 1252
}

static void converting_ansi_to_unicode(void **state)
{
    (void)state;
    STRING Ansi = ANSI("A\x80\xE4");
    UNICODE_STRING Unicode;
    WCHAR Buffer[4] = L"####";
    assert_int_equal(RtlAnsiStringToUnicodeSize(&Ansi), 8);
    assert_status(RtlAnsiStringToUnicodeString(&Unicode, &Ansi, TRUE), STATUS_SUCCESS);
    assert_unicode_equal(&Unicode, L"A\x20ACä");
    assert_int_equal(Unicode.MaximumLength, 8);
    RtlFreeUnicodeString(&Unicode);
    Unicode = (UNICODE_STRING){0, 6, Buffer};
    assert_status(RtlAnsiStringToUnicodeString(&Unicode, &Ansi, FALSE), STATUS_BUFFER_OVERFLOW);
    Unicode.MaximumLength = 8;
    assert_status(RtlAnsiStringToUnicodeString(&Unicode, &Ansi, FALSE), STATUS_SUCCESS);
    assert_int_equal(Buffer[3], 0);
    Ansi = (STRING){0x7FFF, 0x7FFF, nullptr};
    assert_status(RtlAnsiStringToUnicodeString(&Unicode, &Ansi, TRUE), STATUS_INVALID_PARAMETER_2);
    OEM_STRING Oem = ANSI("\x84\xB0");
    assert_status(RtlOemStringToCountedUnicodeString(&Unicode, &Oem, TRUE), STATUS_SUCCESS);
    assert_unicode_equal(&Unicode, L"ä\x2591");
    assert_int_equal(Unicode.MaximumLength, 4);
    RtlFreeUnicodeString(&Unicode);
}

static void converting_unicode_to_bytes(void **state)
{
    (void)state;
    UNICODE_STRING Unicode = UNICODE(L"a\x20AC\x100\x4E00"); // euro, A with macron, a Han character
    STRING Ansi;
    CHAR Buffer[4] = "####";
    assert_status(RtlUnicodeStringToAnsiString(&Ansi, &Unicode, TRUE), STATUS_SUCCESS);
    assert_int_equal(Ansi.Length, 4);
    assert_string_equal(Ansi.Buffer, "a\x80"
                                     "A?");
    RtlFreeAnsiString(&Ansi);
    Ansi = (STRING){0, 3, Buffer};
    assert_status(RtlUnicodeStringToAnsiString(&Ansi, &Unicode, FALSE), STATUS_BUFFER_OVERFLOW);
    assert_memory_equal(Buffer, "a\x80\0#", 4);
    assert_int_equal(Ansi.Length, 2);
    Ansi.MaximumLength = 0;
    assert_status(RtlUnicodeStringToAnsiString(&Ansi, &Unicode, FALSE), STATUS_BUFFER_OVERFLOW);

    OEM_STRING Oem;
    Unicode = UNICODE(L"ä\x2591");
    assert_status(RtlUpcaseUnicodeStringToCountedOemString(&Oem, &Unicode, TRUE), STATUS_SUCCESS);
    assert_int_equal(Oem.Length, 2);
    assert_memory_equal(Oem.Buffer, "\x8E\xB0", 2);
    RtlFreeOemString(&Oem);
    Oem = (OEM_STRING){0, 1, Buffer};
    assert_status(RtlUnicodeStringToCountedOemString(&Oem, &Unicode, FALSE),
                  STATUS_BUFFER_OVERFLOW);
}

static void converting_utf8_strings(void **state)
{
    (void)state;
    UTF8_STRING Utf8 = ANSI("\xC3\xA4\xF0\x9F\x98\x80");
    UNICODE_STRING Unicode;
    assert_status(RtlUTF8StringToUnicodeString(&Unicode, &Utf8, TRUE), STATUS_SUCCESS);
    assert_unicode_equal(&Unicode, L"ä\xD83D\xDE00");
    assert_status(RtlUnicodeStringToUTF8String(&Utf8, &Unicode, TRUE), STATUS_SUCCESS);
    assert_string_equal(Utf8.Buffer, "\xC3\xA4\xF0\x9F\x98\x80");
    RtlFreeUnicodeString(&Unicode);
    RtlFreeUTF8String(&Utf8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(initialising),
        cmocka_unit_test(copying_and_appending_stop_at_the_end),
        cmocka_unit_test(comparing),
        cmocka_unit_test(hashing_follows_the_documented_formula),
        cmocka_unit_test(finding_characters),
        cmocka_unit_test(duplicating),
        cmocka_unit_test(changing_case),
        cmocka_unit_test(converting_ansi_to_unicode),
        cmocka_unit_test(converting_unicode_to_bytes),
        cmocka_unit_test(converting_utf8_strings),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
