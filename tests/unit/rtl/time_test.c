// Time against the host's calendar.
#include <time.h>

#include "test.h"

#define TICKS   10000000LL
#define TO_1970 11644473600LL

static void fields_agree_with_the_host(void **state)
{
    (void)state;
    for (ULONG Round = 0; Round < 200000; Round++) {
        // From 1601 to 4000, with each day's first and last moments often enough.
        LONGLONG Seconds = (LONGLONG)((ULONGLONG)TestRandom() * 17) % (2400LL * 31556952);
        if (Round % 4 == 0)
            Seconds -= Seconds % 86400;
        if (Round % 4 == 1)
            Seconds += 86399 - Seconds % 86400;
        LARGE_INTEGER Time = {.QuadPart = Seconds * TICKS + 9999999}, Back;
        TIME_FIELDS Fields;
        struct tm Host;
        time_t Unix = Seconds - TO_1970;
        gmtime_r(&Unix, &Host);
        RtlTimeToTimeFields(&Time, &Fields);
        assert_int_equal(Fields.Year, Host.tm_year + 1900);
        assert_int_equal(Fields.Month, Host.tm_mon + 1);
        assert_int_equal(Fields.Day, Host.tm_mday);
        assert_int_equal(Fields.Hour, Host.tm_hour);
        assert_int_equal(Fields.Minute, Host.tm_min);
        assert_int_equal(Fields.Second, Host.tm_sec);
        assert_int_equal(Fields.Milliseconds, 999);
        assert_int_equal(Fields.Weekday, Host.tm_wday);
        assert_true(RtlTimeFieldsToTime(&Fields, &Back));
        assert_int_equal(Back.QuadPart, Seconds * TICKS + 9990000);
    }
}

static void impossible_fields_are_refused(void **state)
{
    (void)state;
    static const TIME_FIELDS Wrong[] = {
        {1600, 1, 1, 0, 0, 0, 0, 0},  {2023, 2, 29, 0, 0, 0, 0, 0},   {2100, 2, 29, 0, 0, 0, 0, 0},
        {2024, 0, 1, 0, 0, 0, 0, 0},  {2024, 13, 1, 0, 0, 0, 0, 0},   {2024, 4, 31, 0, 0, 0, 0, 0},
        {2024, 1, 0, 0, 0, 0, 0, 0},  {2024, 1, 1, 24, 0, 0, 0, 0},   {2024, 1, 1, 0, 60, 0, 0, 0},
        {2024, 1, 1, 0, 0, 60, 0, 0}, {2024, 1, 1, 0, 0, 0, 1000, 0}, {30828, 1, 1, 0, 0, 0, 0, 0},
        {2024, 1, 1, -1, 0, 0, 0, 0},
    };
    LARGE_INTEGER Time;
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Wrong); Index++)
        assert_false(RtlTimeFieldsToTime((PTIME_FIELDS)&Wrong[Index], &Time));
    TIME_FIELDS Leap = {2024, 2, 29, 23, 59, 59, 999, 0};
    assert_true(RtlTimeFieldsToTime(&Leap, &Time));
}

static void seconds_since_the_epochs(void **state)
{
    (void)state;
    LARGE_INTEGER Time;
    ULONG Seconds;
    RtlSecondsSince1970ToTime(0, &Time);
    assert_int_equal(Time.QuadPart, 116444736000000000);
    assert_true(RtlTimeToSecondsSince1970(&Time, &Seconds));
    assert_int_equal(Seconds, 0);
    assert_false(RtlTimeToSecondsSince1980(&Time, &Seconds));
    Time.QuadPart--;
    assert_false(RtlTimeToSecondsSince1970(&Time, &Seconds));
    RtlSecondsSince1970ToTime(0xFFFFFFFF, &Time);
    assert_true(RtlTimeToSecondsSince1970(&Time, &Seconds));
    assert_int_equal(Seconds, 0xFFFFFFFF);
    Time.QuadPart += TICKS;
    assert_false(RtlTimeToSecondsSince1970(&Time, &Seconds));
    TIME_FIELDS Epoch = {1980, 1, 1, 0, 0, 0, 0, 0}, Fields;
    assert_true(RtlTimeFieldsToTime(&Epoch, &Time));
    assert_true(RtlTimeToSecondsSince1980(&Time, &Seconds));
    assert_int_equal(Seconds, 0);
    Time.QuadPart = ((3 * 24 + 4) * 3600 + 5 * 60 + 6) * TICKS + 70000;
    RtlTimeToElapsedTimeFields(&Time, &Fields);
    assert_int_equal(Fields.Day, 3);
    assert_int_equal(Fields.Hour, 4);
    assert_int_equal(Fields.Minute, 5);
    assert_int_equal(Fields.Second, 6);
    assert_int_equal(Fields.Milliseconds, 7);
}

// The last Sunday of March and of October: summer time in Europe.
static void cutover_times(void **state)
{
    (void)state;
    TIME_FIELDS March = {0, 3, 5, 2, 0, 0, 0, 0}, October = {0, 10, 5, 3, 0, 0, 0, 0}, Fields;
    TIME_FIELDS Now = {2024, 6, 1, 0, 0, 0, 0, 0}, Thanksgiving = {0, 11, 4, 0, 0, 0, 0, 4};
    LARGE_INTEGER NowTime, Time;
    assert_true(RtlTimeFieldsToTime(&Now, &NowTime));
    assert_true(RtlCutoverTimeToSystemTime(&March, &Time, &NowTime, TRUE));
    RtlTimeToTimeFields(&Time, &Fields);
    assert_int_equal(Fields.Year, 2024);
    assert_int_equal(Fields.Day, 31);
    assert_true(RtlCutoverTimeToSystemTime(&March, &Time, &NowTime, FALSE));
    RtlTimeToTimeFields(&Time, &Fields);
    assert_int_equal(Fields.Year, 2025);
    assert_int_equal(Fields.Day, 30);
    assert_int_equal(Fields.Hour, 2);
    assert_true(RtlCutoverTimeToSystemTime(&October, &Time, &NowTime, FALSE));
    RtlTimeToTimeFields(&Time, &Fields);
    assert_int_equal(Fields.Year, 2024);
    assert_int_equal(Fields.Day, 27);
    assert_true(RtlCutoverTimeToSystemTime(&Thanksgiving, &Time, &NowTime, FALSE));
    RtlTimeToTimeFields(&Time, &Fields);
    assert_int_equal(Fields.Day, 28);
    TIME_FIELDS Broken = {0, 13, 1, 0, 0, 0, 0, 0};
    assert_false(RtlCutoverTimeToSystemTime(&Broken, &Time, &NowTime, TRUE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_agree_with_the_host),
        cmocka_unit_test(impossible_fields_are_refused),
        cmocka_unit_test(seconds_since_the_epochs),
        cmocka_unit_test(cutover_times),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
