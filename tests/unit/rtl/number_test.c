// Numbers and GUIDs as text, large integers, random numbers, CRC-32, version conditions.
#include "test.h"

static void text_becomes_a_number(void **state)
{
    (void)state;
    static const struct {
        PCSTR Narrow;
        PCWSTR Wide;
        ULONG Base;
        NTSTATUS Status;
        ULONG Value;
    } Cases[] = {
        {"1011", L"1011", 0, STATUS_SUCCESS, 1011},
        {"1011", L"1011", 2, STATUS_SUCCESS, 11},
        {"0x1aF", L"0x1aF", 0, STATUS_SUCCESS, 431},
        {"0o17", L"0o17", 0, STATUS_SUCCESS, 15},
        {"0b101", L"0b101", 0, STATUS_SUCCESS, 5},
        {" \t-42", L" \t-42", 10, STATUS_SUCCESS, -42u},
        {"+7z", L"+7z", 10, STATUS_SUCCESS, 7},
        {"ff", L"ff", 16, STATUS_SUCCESS, 255},
        {"89", L"89", 8, STATUS_SUCCESS, 0},
        {"z", L"z", 10, STATUS_SUCCESS, 0},
        {"12", L"12", 7, STATUS_INVALID_PARAMETER, 0},
        {"4294967297", L"4294967297", 10, STATUS_SUCCESS, 1},
        {"0x12", L"0x12", 16, STATUS_SUCCESS, 0}, // a prefix is read only where the base is open
    };
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Cases); Index++) {
        ULONG Value = 0;
        UNICODE_STRING Wide;
        RtlInitUnicodeString(&Wide, Cases[Index].Wide);
        assert_status(RtlCharToInteger(Cases[Index].Narrow, Cases[Index].Base, &Value),
                      Cases[Index].Status);
        assert_int_equal(Value, Cases[Index].Value);
        Value = 0;
        assert_status(RtlUnicodeStringToInteger(&Wide, Cases[Index].Base, &Value),
                      Cases[Index].Status);
        assert_int_equal(Value, Cases[Index].Value);
    }
    UNICODE_STRING Empty = {0}, Long = UNICODE(L"-9000000000x");
    ULONG Value;
    LONG64 Number;
    PWSTR End;
    assert_status(RtlUnicodeStringToInteger(&Empty, 10, &Value), STATUS_INVALID_PARAMETER);
    assert_status(RtlCharToInteger("1", 10, nullptr), STATUS_ACCESS_VIOLATION);
    assert_status(RtlUnicodeStringToInt64(&Long, 0, &Number, &End), STATUS_SUCCESS);
    assert_int_equal(Number, -9000000000);
    assert_ptr_equal(End, Long.Buffer + 11);
}

static void a_number_becomes_text(void **state)
{
    (void)state;
    WCHAR Buffer[70];
    UNICODE_STRING String = {0, sizeof(Buffer), Buffer};
    assert_status(RtlIntegerToUnicodeString(4294967295, 0, &String), STATUS_SUCCESS);
    assert_unicode_equal(&String, L"4294967295");
    assert_status(RtlIntegerToUnicodeString(0, 2, &String), STATUS_SUCCESS);
    assert_unicode_equal(&String, L"0");
    assert_status(RtlInt64ToUnicodeString(0xFEDCBA9876543210, 16, &String), STATUS_SUCCESS);
    assert_unicode_equal(&String, L"FEDCBA9876543210");
    assert_status(RtlInt64ToUnicodeString(~0ULL, 2, &String), STATUS_SUCCESS);
    assert_int_equal(String.Length, 128);
    assert_status(RtlIntegerToUnicodeString(1, 3, &String), STATUS_INVALID_PARAMETER);
    String.MaximumLength = 6;
    assert_status(RtlIntegerToUnicodeString(1234, 10, &String), STATUS_BUFFER_OVERFLOW);
    assert_status(RtlIntegerToUnicodeString(123, 10, &String), STATUS_SUCCESS);

    CHAR Text[8] = "#######";
    assert_status(RtlIntegerToChar(0xAB, 16, 7, Text), STATUS_SUCCESS);
    assert_string_equal(Text, "AB");
    assert_status(RtlIntegerToChar(0xAB, 16, -4, Text), STATUS_SUCCESS);
    assert_memory_equal(Text, "00AB###", 7);
    assert_status(RtlIntegerToChar(12345, 10, 4, Text), STATUS_BUFFER_OVERFLOW);
    assert_status(RtlIntegerToChar(1234, 10, 4, Text), STATUS_SUCCESS);
    assert_memory_equal(Text, "1234###", 7);
    LARGE_INTEGER Large = {.QuadPart = 99};
    assert_status(RtlLargeIntegerToChar(&Large, 8, 7, Text), STATUS_SUCCESS);
    assert_string_equal(Text, "143");
}

static void guids_round_trip(void **state)
{
    (void)state;
    static const GUID Disk = {
        0x53F56307, 0xB6BF, 0x11D0, {0x94, 0xF2, 0, 0xA0, 0xC9, 0x1E, 0xFB, 0x8B}};
    UNICODE_STRING Text = UNICODE(L"{53f56307-b6bf-11d0-94f2-00a0c91efb8b}"), Made;
    GUID Guid;
    assert_status(RtlGUIDFromString(&Text, &Guid), STATUS_SUCCESS);
    assert_memory_equal(&Guid, &Disk, sizeof(Guid));
    assert_status(RtlStringFromGUID(&Guid, &Made), STATUS_SUCCESS);
    assert_unicode_equal(&Made, L"{53F56307-B6BF-11D0-94F2-00A0C91EFB8B}");
    assert_int_equal(Made.MaximumLength, 78);
    Made.MaximumLength = 76;
    assert_status(RtlStringFromGUIDEx(&Guid, &Made, FALSE), STATUS_BUFFER_OVERFLOW);
    RtlFreeUnicodeString(&Made);
    static const PCWSTR Wrong[] = {
        L"53F56307-B6BF-11D0-94F2-00A0C91EFB8B",    L"{53F56307-B6BF-11D0-94F2-00A0C91EFB8B",
        L"{53F56307-B6BF-11D0-94F2-00A0C91EFB8G}",  L"{53F56307+B6BF-11D0-94F2-00A0C91EFB8B}",
        L"{53F56307-B6BF-11D0-94F2-00A0C91EFB8B} ",
    };
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Wrong); Index++) {
        RtlInitUnicodeString(&Text, Wrong[Index]);
        assert_status(RtlGUIDFromString(&Text, &Guid), STATUS_INVALID_PARAMETER);
    }
}

static void large_integers(void **state)
{
    (void)state;
    LARGE_INTEGER A = {.QuadPart = -7}, B = {.QuadPart = 1LL << 40}, Remainder;
    ULONG Rest;
    assert_int_equal(RtlLargeIntegerAdd(A, B).QuadPart, (1LL << 40) - 7);
    assert_int_equal(RtlLargeIntegerNegate(A).QuadPart, 7);
    assert_int_equal(
        RtlLargeIntegerDivide(B, RtlConvertUlongToLargeInteger(10), &Remainder).QuadPart,
        (1LL << 40) / 10);
    assert_int_equal(Remainder.QuadPart, (1LL << 40) % 10);
    assert_int_equal(RtlExtendedLargeIntegerDivide(B, 1000, &Rest).QuadPart, (1LL << 40) / 1000);
    assert_int_equal(Rest, (1LL << 40) % 1000);
    assert_int_equal(RtlLargeIntegerArithmeticShift(A, 1).QuadPart, -4);
    assert_int_equal(RtlEnlargedIntegerMultiply(-65536, 65536).QuadPart, -(1LL << 32));
    assert_int_equal(RtlExtendedIntegerMultiply(B, -2).QuadPart, -(1LL << 41));
    // The documented reciprocal of 10000: 0xD1B71758E219652C, shift 13.
    LARGE_INTEGER Magic = {.QuadPart = (LONGLONG)0xD1B71758E219652C};
    for (ULONG Round = 0; Round < 1000; Round++) {
        LARGE_INTEGER Value = {.QuadPart = (LONG)TestRandom() * 1000LL};
        assert_int_equal(RtlExtendedMagicDivide(Value, Magic, 13).QuadPart, Value.QuadPart / 10000);
    }
    assert_int_equal(RtlUlongByteSwap(0x12345678), 0x78563412);
    assert_int_equal(RtlUshortByteSwap(0x1234), 0x3412);
}

static void random_numbers_are_in_range_and_spread(void **state)
{
    (void)state;
    ULONG Seed = 1, Buckets[16] = {0}, Again = 1;
    assert_int_equal(RtlUniform(&Again), (0x7FFFFFEDULL + 0x7FFFFFC3) % 0x7FFFFFFF);
    for (ULONG Round = 0; Round < 16000; Round++) {
        ULONG Value = Round % 2 ? RtlRandom(&Seed) : RtlRandomEx(&Seed);
        assert_true(Value < 0x7FFFFFFF);
        Buckets[Value >> 27]++;
    }
    for (ULONG Index = 0; Index < 16; Index++)
        assert_in_range(Buckets[Index], 800, 1200);
}

static void crc32_is_that_of_ethernet(void **state)
{
    (void)state;
    assert_int_equal(RtlComputeCrc32(0, "123456789", 9), 0xCBF43926);
    assert_int_equal(RtlComputeCrc32(RtlComputeCrc32(0, "12345", 5), "6789", 4), 0xCBF43926);
    assert_int_equal(RtlComputeCrc32(0, "", 0), 0);
}

static void versions_are_compared(void **state)
{
    (void)state;
    const RTL_OSVERSIONINFOEXW Running = {
        .dwMajorVersion = 10, .dwBuildNumber = 19045, .wSuiteMask = 0x100, .wProductType = 1};
    static const struct {
        ULONG Major, Minor, Build;
        UCHAR Condition;
        NTSTATUS Status;
    } Cases[] = {
        {10, 0, 19045, VER_EQUAL, STATUS_SUCCESS},
        {6, 3, 9600, VER_GREATER_EQUAL, STATUS_SUCCESS}, // 10.0 is newer than 6.3
        {6, 3, 9600, VER_GREATER, STATUS_SUCCESS},
        {10, 1, 1, VER_GREATER_EQUAL, STATUS_REVISION_MISMATCH},
        {10, 0, 20000, VER_GREATER_EQUAL, STATUS_REVISION_MISMATCH},
        {11, 0, 30000, VER_LESS, STATUS_SUCCESS},
        {10, 0, 19045, VER_LESS, STATUS_REVISION_MISMATCH},
    };
    constexpr ULONG Types = VER_MAJORVERSION | VER_MINORVERSION | VER_BUILDNUMBER;
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Cases); Index++) {
        RTL_OSVERSIONINFOEXW Wanted = {.dwMajorVersion = Cases[Index].Major,
                                       .dwMinorVersion = Cases[Index].Minor,
                                       .dwBuildNumber = Cases[Index].Build};
        ULONGLONG Mask = VerSetConditionMask(0, VER_MAJORVERSION, Cases[Index].Condition);
        Mask = VerSetConditionMask(Mask, VER_MINORVERSION, Cases[Index].Condition);
        Mask = VerSetConditionMask(Mask, VER_BUILDNUMBER, Cases[Index].Condition);
        assert_status(RtlpVerifyVersion(&Wanted, Types, Mask, &Running), Cases[Index].Status);
    }
    RTL_OSVERSIONINFOEXW Suite = {.wSuiteMask = 0x300};
    ULONGLONG Or = VerSetConditionMask(0, VER_SUITENAME, VER_OR);
    ULONGLONG And = VerSetConditionMask(0, VER_SUITENAME, VER_AND);
    assert_status(RtlpVerifyVersion(&Suite, VER_SUITENAME, Or, &Running), STATUS_SUCCESS);
    assert_status(RtlpVerifyVersion(&Suite, VER_SUITENAME, And, &Running),
                  STATUS_REVISION_MISMATCH);
    assert_status(RtlpVerifyVersion(&Suite, 0, And, &Running), STATUS_INVALID_PARAMETER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_becomes_a_number),
        cmocka_unit_test(a_number_becomes_text),
        cmocka_unit_test(guids_round_trip),
        cmocka_unit_test(large_integers),
        cmocka_unit_test(random_numbers_are_in_range_and_spread),
        cmocka_unit_test(crc32_is_that_of_ethernet),
        cmocka_unit_test(versions_are_compared),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
