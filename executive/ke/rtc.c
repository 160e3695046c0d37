// The real time clock, read at boot and after a sleep, and written when the system time is set. It is taken to run in UTC. Motorola MC146818A data sheet.
#include "kep.h"

enum {
    RTC_INDEX = 0x70,
    RTC_DATA = 0x71,
    RTC_SECONDS = 0,
    RTC_MINUTES = 2,
    RTC_HOURS = 4,
    RTC_DAY = 7,
    RTC_MONTH = 8,
    RTC_YEAR = 9,
    RTC_STATUS_A = 10,
    RTC_STATUS_B = 11,
    RTC_STATUS_C = 12, // reading clears it
    RTC_SECONDS_ALARM = 1,
    RTC_MINUTES_ALARM = 3,
    RTC_HOURS_ALARM = 5,
    RTC_ALARM_ENABLE = 0x20, // in status B
    RTC_ALARM = 0x20,        // in status C
    RTC_UPDATE_IN_PROGRESS = 0x80,
    RTC_STOPPED = 0x80, // in status B: no updates, while it is set
    RTC_BINARY = 0x04,
    RTC_24_HOURS = 0x02,
    RTC_PM = 0x80,
    RTC_TRIES = 100,
};

static seL4_CPtr KiRtcPorts;

static UCHAR KiReadRtc(UCHAR Register)
{
    KiWritePort(KiRtcPorts, RTC_INDEX, Register);
    return KiReadPort(KiRtcPorts, RTC_DATA);
}

static CSHORT KiReadRtcNumber(UCHAR Register, BOOLEAN Binary)
{
    UCHAR Value = KiReadRtc(Register);
    return Binary ? Value : (CSHORT)((Value >> 4) * 10 + (Value & 15));
}

static CSHORT KiReadRtcHour(BOOLEAN Binary, BOOLEAN Hours24)
{
    UCHAR Raw = KiReadRtc(RTC_HOURS);
    UCHAR Value = Hours24 ? Raw : (UCHAR)(Raw & ~RTC_PM);
    CSHORT Hour = Binary ? Value : (CSHORT)((Value >> 4) * 10 + (Value & 15));
    if (!Hours24)
        Hour = (CSHORT)(Hour % 12 + (Raw & RTC_PM ? 12 : 0));
    return Hour;
}

static VOID KiReadRtcFields(PTIME_FIELDS Fields)
{
    UCHAR Status = KiReadRtc(RTC_STATUS_B);
    BOOLEAN Binary = Status & RTC_BINARY ? TRUE : FALSE;
    CSHORT Year = KiReadRtcNumber(RTC_YEAR, Binary);
    *Fields = (TIME_FIELDS){
        .Second = KiReadRtcNumber(RTC_SECONDS, Binary),
        .Minute = KiReadRtcNumber(RTC_MINUTES, Binary),
        .Hour = KiReadRtcHour(Binary, Status & RTC_24_HOURS ? TRUE : FALSE),
        .Day = KiReadRtcNumber(RTC_DAY, Binary),
        .Month = KiReadRtcNumber(RTC_MONTH, Binary),
        .Year = (CSHORT)(Year + (Year < 80 ? 2000 : 1900)), // no century register is reliable
    };
}

// Read until two readings agree: an update may come in between.
ULONGLONG KiReadRealTimeClock(VOID)
{
    if (!KiRtcPorts)
        KiRtcPorts = KiIssuePorts(RTC_INDEX, RTC_DATA);
    if (!KiRtcPorts)
        return 0;
    for (ULONG Try = 0; Try < RTC_TRIES; Try++) {
        TIME_FIELDS First, Second;
        if (KiReadRtc(RTC_STATUS_A) & RTC_UPDATE_IN_PROGRESS)
            continue;
        KiReadRtcFields(&First);
        KiReadRtcFields(&Second);
        LARGE_INTEGER Time;
        if (memcmp(&First, &Second, sizeof(First)) == 0)
            return RtlTimeFieldsToTime(&First, &Time) ? (ULONGLONG)Time.QuadPart : 0;
    }
    return 0;
}

// ---- Writing

static VOID KiWriteRtc(UCHAR Register, UCHAR Value)
{
    KiWritePort(KiRtcPorts, RTC_INDEX, Register);
    KiWritePort(KiRtcPorts, RTC_DATA, Value);
}

static UCHAR KiRtcNumber(ULONG Value, BOOLEAN Binary)
{
    return (UCHAR)(Binary ? Value : Value / 10 << 4 | Value % 10);
}

static UCHAR KiRtcHour(ULONG Hour, BOOLEAN Binary, BOOLEAN Hours24)
{
    if (Hours24)
        return KiRtcNumber(Hour, Binary);
    UCHAR Number = KiRtcNumber(Hour % 12 ? Hour % 12 : 12, Binary);
    return (UCHAR)(Number | (Hour >= 12 ? RTC_PM : 0));
}

// In the form that the clock has been in; it stands while it is written. Seconds begin anew then, which is why the
// fraction is left out.
VOID KiWriteRealTimeClock(ULONGLONG SystemTime)
{
    TIME_FIELDS Fields;
    LARGE_INTEGER Time = {.QuadPart = (LONGLONG)SystemTime};
    if (!KiRtcPorts)
        return;
    RtlTimeToTimeFields(&Time, &Fields);
    UCHAR Status = KiReadRtc(RTC_STATUS_B);
    BOOLEAN Binary = Status & RTC_BINARY ? TRUE : FALSE;
    BOOLEAN Hours24 = Status & RTC_24_HOURS ? TRUE : FALSE;
    KiWriteRtc(RTC_STATUS_B, Status | RTC_STOPPED);
    KiWriteRtc(RTC_SECONDS, KiRtcNumber((ULONG)Fields.Second, Binary));
    KiWriteRtc(RTC_MINUTES, KiRtcNumber((ULONG)Fields.Minute, Binary));
    KiWriteRtc(RTC_HOURS, KiRtcHour((ULONG)Fields.Hour, Binary, Hours24));
    KiWriteRtc(RTC_DAY, KiRtcNumber((ULONG)Fields.Day, Binary));
    KiWriteRtc(RTC_MONTH, KiRtcNumber((ULONG)Fields.Month, Binary));
    KiWriteRtc(RTC_YEAR, KiRtcNumber((ULONG)Fields.Year % 100, Binary));
    KiWriteRtc(RTC_STATUS_B, Status & ~RTC_STOPPED);
}

// ---- The alarm

BOOLEAN KiSetClockAlarm(ULONG Seconds)
{
    constexpr ULONG Day = 86400;
    ULONGLONG Now = Seconds < Day ? KiReadRealTimeClock() : 0;
    LARGE_INTEGER Time = {.QuadPart = (LONGLONG)(Now + Seconds * 10'000'000ull)};
    TIME_FIELDS Fields;
    if (!Now)
        return FALSE; // it has no day
    RtlTimeToTimeFields(&Time, &Fields);
    UCHAR Status = KiReadRtc(RTC_STATUS_B);
    BOOLEAN Binary = Status & RTC_BINARY ? TRUE : FALSE;
    KiWriteRtc(RTC_SECONDS_ALARM, KiRtcNumber((ULONG)Fields.Second, Binary));
    KiWriteRtc(RTC_MINUTES_ALARM, KiRtcNumber((ULONG)Fields.Minute, Binary));
    KiWriteRtc(RTC_HOURS_ALARM,
               KiRtcHour((ULONG)Fields.Hour, Binary, Status & RTC_24_HOURS ? TRUE : FALSE));
    (VOID) KiReadRtc(RTC_STATUS_C); // an old one
    KiWriteRtc(RTC_STATUS_B, Status | RTC_ALARM_ENABLE);
    return TRUE;
}

BOOLEAN KiClearClockAlarm(VOID)
{
    KiWriteRtc(RTC_STATUS_B, KiReadRtc(RTC_STATUS_B) & ~RTC_ALARM_ENABLE);
    return (KiReadRtc(RTC_STATUS_C) & RTC_ALARM) != 0;
}
