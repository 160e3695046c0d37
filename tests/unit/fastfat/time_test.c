// Dates of FAT against the C library's.
#include "image.h"

#include <time.h>

#include <cmocka.h>

constexpr int64_t UnixEpoch = 116444736000000000;

static void test_every_day(void **State)
{
    (void)State;
    for (int64_t Day = 3652; Day < 50403; Day++) { // 1980 to 2107
        time_t Seconds = Day * 86400 + Day % 86400;
        struct tm Parts;
        gmtime_r(&Seconds, &Parts);
        FAT_STAMP Stamp = FatStampOfTime(UnixEpoch + Seconds * 10000000LL + 5600000);
        assert_int_equal(Stamp.Date,
                         (Parts.tm_year - 80) << 9 | (Parts.tm_mon + 1) << 5 | Parts.tm_mday);
        assert_int_equal(Stamp.Time, Parts.tm_hour << 11 | Parts.tm_min << 5 | Parts.tm_sec / 2);
        assert_int_equal(Stamp.Hundredths, Parts.tm_sec % 2 * 100 + 56);
        assert_int_equal(FatTimeOfStamp(Stamp), UnixEpoch + Seconds * 10000000LL + 5600000);
    }
}

static void test_limits(void **State)
{
    (void)State;
    assert_int_equal(FatStampOfTime(0).Date, 0x21);
    assert_int_equal(FatStampOfTime(INT64_MAX).Date, 127 << 9 | 12 << 5 | 31);
    assert_int_equal(FatTimeOfStamp((FAT_STAMP){}), 0);
    assert_int_equal(FatTimeOfStamp((FAT_STAMP){.Date = 13 << 5 | 1}), 0);
    assert_int_equal(FatTimeOfStamp((FAT_STAMP){.Date = 2 << 5 | 30}), 0);
    FAT_STAMP Odd = {.Date = 0x21, .Time = 0xFFFF, .Hundredths = 255};
    assert_int_equal(FatTimeOfStamp(Odd), FatTimeOfStamp((FAT_STAMP){.Date = 0x21}));
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(test_every_day),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(Tests, nullptr, nullptr);
}
