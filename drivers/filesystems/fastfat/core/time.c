// FAT's dates (FAT specification, 6.3.1): 1980 to 2107, in steps of two seconds, those of creation in 10 ms.
#include "fat.h"

enum {
    FAT_FIRST_YEAR = 1980,
    FAT_LAST_YEAR = 2107,
    FAT_DAYS_TO_1980 = 138426, // from 1601
    FAT_DAYS_TO_2108 = 185177,
};
constexpr int64_t FAT_TICKS_A_DAY = 864000000000, FAT_TICKS_A_SECOND = 10000000;

static bool FatIsLeap(uint32_t Year)
{
    return Year % 4 == 0 &&
           Year % 100 != 0; // 2000 is the only exception in range, and is met below
}

static uint32_t FatDaysOfMonth(uint32_t Year, uint32_t Month)
{
    static const uint8_t Days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool Leap = Year == 2000 || FatIsLeap(Year);
    return Days[Month - 1] + (Month == 2 && Leap ? 1 : 0);
}

// Of the years from 1980 on, and of the months of this one.
static uint32_t FatDaysBefore(uint32_t Year, uint32_t Month)
{
    static const uint16_t Before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    uint32_t Years = Year - FAT_FIRST_YEAR;
    uint32_t Days = Years * 365 + (Years + 3) / 4 - (Year > 2100); // 2100 has no leap day
    bool Leap = Year % 4 == 0 && Year != 2100;
    return Days + Before[Month - 1] + (Month > 2 && Leap);
}

FAT_STAMP FatStampOfTime(int64_t LocalTime)
{
    if (LocalTime < FAT_DAYS_TO_1980 * FAT_TICKS_A_DAY)
        LocalTime = FAT_DAYS_TO_1980 * FAT_TICKS_A_DAY;
    if (LocalTime >= FAT_DAYS_TO_2108 * FAT_TICKS_A_DAY)
        LocalTime = FAT_DAYS_TO_2108 * FAT_TICKS_A_DAY - 1;
    uint32_t Days = (uint32_t)(LocalTime / FAT_TICKS_A_DAY) - FAT_DAYS_TO_1980;
    int64_t Ticks = LocalTime % FAT_TICKS_A_DAY;
    uint32_t Seconds = (uint32_t)(Ticks / FAT_TICKS_A_SECOND);
    uint32_t Year = FAT_FIRST_YEAR + Days / 366, Month = 12; // or the year after it
    if (Days >= FatDaysBefore(Year + 1, 1))
        Year++;
    while (Days < FatDaysBefore(Year, Month))
        Month--;
    Days -= FatDaysBefore(Year, Month);
    return (FAT_STAMP){
        .Date = (uint16_t)((Year - FAT_FIRST_YEAR) << 9 | Month << 5 | (Days + 1)),
        .Time = (uint16_t)(Seconds / 3600 << 11 | Seconds / 60 % 60 << 5 | Seconds % 60 / 2),
        .Hundredths =
            (uint8_t)(Seconds % 2 * 100 + (uint32_t)(Ticks % FAT_TICKS_A_SECOND / 100000)),
    };
}

int64_t FatTimeOfStamp(FAT_STAMP Stamp)
{
    uint32_t Year = FAT_FIRST_YEAR + (Stamp.Date >> 9), Month = Stamp.Date >> 5 & 15;
    uint32_t Day = Stamp.Date & 31;
    uint32_t Hour = Stamp.Time >> 11, Minute = Stamp.Time >> 5 & 63, Two = Stamp.Time & 31;
    if (!Month || Month > 12 || !Day || Day > FatDaysOfMonth(Year, Month))
        return 0;
    if (Hour > 23 || Minute > 59 || Two > 29)
        Hour = Minute = Two = 0;
    uint32_t Days = FAT_DAYS_TO_1980 + FatDaysBefore(Year, Month) + Day - 1;
    int64_t Seconds = Hour * 3600 + Minute * 60 + Two * 2;
    uint32_t Hundredths = Stamp.Hundredths < 200 ? Stamp.Hundredths : 0;
    return Days * FAT_TICKS_A_DAY + Seconds * FAT_TICKS_A_SECOND + Hundredths * 100000LL;
}
