// System time counts 100 ns units from 1 January 1601, a Monday, in the Gregorian calendar.
#include "../rtlp.h"

#define TICKS_A_MILLISECOND 10000LL
#define TICKS_A_SECOND      (1000 * TICKS_A_MILLISECOND)
#define SECONDS_A_DAY       86400
#define MILLISECONDS_A_DAY  (SECONDS_A_DAY * 1000LL)
#define TICKS_A_DAY         (MILLISECONDS_A_DAY * TICKS_A_MILLISECOND)
#define SECONDS_TO_1970     11644473600LL
#define SECONDS_TO_1980     11960006400LL

#define DAYS_A_YEAR    365
#define DAYS_4_YEARS   (4 * DAYS_A_YEAR + 1)
#define DAYS_100_YEARS (25 * DAYS_4_YEARS - 1)
#define DAYS_400_YEARS (4 * DAYS_100_YEARS + 1)

static const USHORT DaysBefore[2][13] = {
    {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365},
    {0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366},
};

static BOOLEAN IsLeap(LONG Year)
{
    return Year % 4 == 0 && (Year % 100 != 0 || Year % 400 == 0);
}

// 1601 begins a cycle of 400 years. The last day of a cycle and of four years belongs to the year
// before, hence the upper bounds.
static LONG YearOf(ULONG Days, PULONG DayOfYear)
{
    ULONG Cycles = Days / DAYS_400_YEARS;
    Days %= DAYS_400_YEARS;
    ULONG Centuries = RtlpMin(Days / DAYS_100_YEARS, 3u);
    Days -= Centuries * DAYS_100_YEARS;
    ULONG Fours = Days / DAYS_4_YEARS;
    Days %= DAYS_4_YEARS;
    ULONG Years = RtlpMin(Days / DAYS_A_YEAR, 3u);
    *DayOfYear = Days - Years * DAYS_A_YEAR;
    return (LONG)(1601 + 400 * Cycles + 100 * Centuries + 4 * Fours + Years);
}

static ULONG DaysBeforeYear(LONG Year)
{
    ULONG Years = (ULONG)(Year - 1601);
    return Years * DAYS_A_YEAR + Years / 4 - Years / 100 + Years / 400;
}

static VOID SetTimeOfDay(PTIME_FIELDS Fields, ULONG Milliseconds)
{
    Fields->Milliseconds = (CSHORT)(Milliseconds % 1000);
    Fields->Second = (CSHORT)(Milliseconds / 1000 % 60);
    Fields->Minute = (CSHORT)(Milliseconds / 60000 % 60);
    Fields->Hour = (CSHORT)(Milliseconds / 3600000);
}

VOID NTAPI RtlTimeToTimeFields(PLARGE_INTEGER Time, PTIME_FIELDS TimeFields)
{
    ULONGLONG Ticks = (ULONGLONG)Time->QuadPart;
    ULONG Days = (ULONG)(Ticks / TICKS_A_DAY), DayOfYear;
    SetTimeOfDay(TimeFields, (ULONG)(Ticks % TICKS_A_DAY / TICKS_A_MILLISECOND));
    TimeFields->Weekday = (CSHORT)((Days + 1) % 7);
    LONG Year = YearOf(Days, &DayOfYear);
    ULONG Month = 1;
    while (DayOfYear >= DaysBefore[IsLeap(Year)][Month])
        Month++;
    TimeFields->Year = (CSHORT)Year;
    TimeFields->Month = (CSHORT)Month;
    TimeFields->Day = (CSHORT)(DayOfYear - DaysBefore[IsLeap(Year)][Month - 1] + 1);
}

// A span of time: days instead of a date.
VOID NTAPI RtlTimeToElapsedTimeFields(PLARGE_INTEGER Time, PTIME_FIELDS TimeFields)
{
    ULONGLONG Ticks = (ULONGLONG)Time->QuadPart;
    *TimeFields = (TIME_FIELDS){.Day = (CSHORT)(Ticks / TICKS_A_DAY)};
    SetTimeOfDay(TimeFields, (ULONG)(Ticks % TICKS_A_DAY / TICKS_A_MILLISECOND));
}

static BOOLEAN InRange(CSHORT Value, LONG Low, LONG High)
{
    return Value >= Low && Value <= High;
}

static BOOLEAN FieldsAreValid(const TIME_FIELDS *Fields)
{
    if (!InRange(Fields->Year, 1601, 30827) || !InRange(Fields->Month, 1, 12))
        return FALSE;
    const USHORT *Days = DaysBefore[IsLeap(Fields->Year)];
    return InRange(Fields->Day, 1, Days[Fields->Month] - Days[Fields->Month - 1]) &&
           InRange(Fields->Hour, 0, 23) && InRange(Fields->Minute, 0, 59) &&
           InRange(Fields->Second, 0, 59) && InRange(Fields->Milliseconds, 0, 999);
}

BOOLEAN NTAPI RtlTimeFieldsToTime(PTIME_FIELDS TimeFields, PLARGE_INTEGER Time)
{
    if (!FieldsAreValid(TimeFields))
        return FALSE;
    ULONG Days = DaysBeforeYear(TimeFields->Year) +
                 DaysBefore[IsLeap(TimeFields->Year)][TimeFields->Month - 1] +
                 (ULONG)TimeFields->Day - 1;
    LONGLONG Seconds = (TimeFields->Hour * 60LL + TimeFields->Minute) * 60 + TimeFields->Second;
    Time->QuadPart = Days * TICKS_A_DAY + Seconds * TICKS_A_SECOND +
                     TimeFields->Milliseconds * TICKS_A_MILLISECOND;
    return TRUE;
}

static BOOLEAN ToSeconds(LONGLONG Ticks, LONGLONG Epoch, PULONG Elapsed)
{
    LONGLONG Seconds = Ticks / TICKS_A_SECOND - Epoch;
    if (Ticks < 0 || Seconds < 0 || Seconds > MAXULONG)
        return FALSE;
    *Elapsed = (ULONG)Seconds;
    return TRUE;
}

BOOLEAN NTAPI RtlTimeToSecondsSince1970(PLARGE_INTEGER Time, PULONG ElapsedSeconds)
{
    return ToSeconds(Time->QuadPart, SECONDS_TO_1970, ElapsedSeconds);
}

BOOLEAN NTAPI RtlTimeToSecondsSince1980(PLARGE_INTEGER Time, PULONG ElapsedSeconds)
{
    return ToSeconds(Time->QuadPart, SECONDS_TO_1980, ElapsedSeconds);
}

VOID NTAPI RtlSecondsSince1970ToTime(ULONG ElapsedSeconds, PLARGE_INTEGER Time)
{
    Time->QuadPart = (ElapsedSeconds + SECONDS_TO_1970) * TICKS_A_SECOND;
}

VOID NTAPI RtlSecondsSince1980ToTime(ULONG ElapsedSeconds, PLARGE_INTEGER Time)
{
    Time->QuadPart = (ElapsedSeconds + SECONDS_TO_1980) * TICKS_A_SECOND;
}

// "The third Sunday of March": Day counts weeks, and 5 is the last one there is.
static VOID ResolveWeekday(PTIME_FIELDS Fields, CSHORT Weekday, CSHORT Week)
{
    LARGE_INTEGER First;
    TIME_FIELDS Start = {.Year = Fields->Year, .Month = Fields->Month, .Day = 1};
    RtlTimeFieldsToTime(&Start, &First);
    RtlTimeToTimeFields(&First, &Start);
    const USHORT *Days = DaysBefore[IsLeap(Fields->Year)];
    LONG Length = Days[Fields->Month] - Days[Fields->Month - 1];
    LONG Day = 1 + (Weekday - Start.Weekday + 7) % 7 + (Week - 1) * 7;
    Fields->Day = (CSHORT)(Day > Length ? Day - 7 : Day);
}

static BOOLEAN CutoverInYear(const TIME_FIELDS *Cutover, CSHORT Year, PLARGE_INTEGER Time)
{
    TIME_FIELDS Fields = *Cutover;
    Fields.Year = Year;
    if (!Cutover->Year) {
        if (!InRange(Cutover->Month, 1, 12) || !InRange(Cutover->Weekday, 0, 6) ||
            !InRange(Cutover->Day, 1, 5))
            return FALSE;
        ResolveWeekday(&Fields, Cutover->Weekday, Cutover->Day);
    }
    return RtlTimeFieldsToTime(&Fields, Time);
}

// When clocks change: at a date, or (Year 0) on a weekday of a month in each year. Of a yearly one
// the next is given, or this year's when ThisYear is set.
BOOLEAN NTAPI RtlCutoverTimeToSystemTime(PTIME_FIELDS CutoverTime, PLARGE_INTEGER SystemTime,
                                         PLARGE_INTEGER CurrentSystemTime, BOOLEAN ThisYear)
{
    TIME_FIELDS Now;
    if (CutoverTime->Year)
        return CutoverInYear(CutoverTime, CutoverTime->Year, SystemTime) &&
               SystemTime->QuadPart >= CurrentSystemTime->QuadPart;
    RtlTimeToTimeFields(CurrentSystemTime, &Now);
    if (!CutoverInYear(CutoverTime, Now.Year, SystemTime))
        return FALSE;
    if (ThisYear || SystemTime->QuadPart >= CurrentSystemTime->QuadPart)
        return TRUE;
    return CutoverInYear(CutoverTime, Now.Year + 1, SystemTime);
}
