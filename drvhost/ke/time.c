// Time: from the page that the Executive shares with every process, and the processor's counter.

#include "kep.h"

// Places in KUSER_SHARED_DATA
enum { KiOffsetTickCount = 0x320, KiOffsetInterruptTime = 0x08, KiOffsetSystemTime = 0x14 };

static ULONGLONG KiReadShared(ULONG Offset)
{
    volatile KSYSTEM_TIME *Time = (volatile KSYSTEM_TIME *)((ULONG_PTR)KiSharedUserData + Offset);
    ULONG Low;
    LONG High;
    do {
        High = Time->High1Time;
        Low = Time->LowPart;
    } while (High != Time->High2Time);
    return (ULONGLONG)High << 32 | Low;
}

ULONGLONG KiInterruptTime(void)
{
    LARGE_INTEGER Counter;
    return RtlGetInterruptTimePrecise(&Counter);
}

ULONGLONG NTAPI KeQueryInterruptTime(void)
{
    return KiReadShared(KiOffsetInterruptTime);
}

ULONGLONG NTAPI KeQueryUnbiasedInterruptTime(void)
{
    return KiReadShared(KiOffsetInterruptTime); // the system does not sleep
}

ULONGLONG NTAPI KeQueryInterruptTimePrecise(PULONG64 QpcTimeStamp)
{
    LARGE_INTEGER Counter;
    ULONGLONG Time = RtlGetInterruptTimePrecise(&Counter);
    *QpcTimeStamp = (ULONG64)Counter.QuadPart;
    return Time;
}

ULONGLONG NTAPI KeQueryUnbiasedInterruptTimePrecise(PULONG64 QpcTimeStamp)
{
    return KeQueryInterruptTimePrecise(QpcTimeStamp);
}

VOID NTAPI KeQuerySystemTime(PLARGE_INTEGER CurrentTime)
{
    CurrentTime->QuadPart = (LONGLONG)KiReadShared(KiOffsetSystemTime);
}

VOID NTAPI KeQuerySystemTimePrecise(PLARGE_INTEGER CurrentTime)
{
    CurrentTime->QuadPart = RtlGetSystemTimePrecise();
}

VOID NTAPI KeQueryTickCount(PLARGE_INTEGER CurrentCount)
{
    CurrentCount->QuadPart = (LONGLONG)KiReadShared(KiOffsetTickCount);
}

ULONG NTAPI KeQueryTimeIncrement(void)
{
    // The multiplier is milliseconds in a tick with 24 bits behind the point.
    ULONGLONG Multiplier = *(volatile ULONG *)((ULONG_PTR)KiSharedUserData + 0x04);
    return (ULONG)((Multiplier * 10'000 + (1 << 23)) >> 24);
}

LARGE_INTEGER NTAPI KeQueryPerformanceCounter(PLARGE_INTEGER PerformanceFrequency)
{
    LARGE_INTEGER Counter;
    if (PerformanceFrequency)
        RtlQueryPerformanceFrequency(PerformanceFrequency);
    RtlQueryPerformanceCounter(&Counter);
    return Counter;
}

// A short delay that may be asked for at any IRQL: it spins.
VOID NTAPI KeStallExecutionProcessor(ULONG MicroSeconds)
{
    LARGE_INTEGER Frequency, Start = KeQueryPerformanceCounter(&Frequency);
    LONGLONG Counts = Frequency.QuadPart * MicroSeconds / 1'000'000 + 1;
    while (KeQueryPerformanceCounter(nullptr).QuadPart - Start.QuadPart < Counts)
        YieldProcessor();
}

VOID NTAPI ExSystemTimeToLocalTime(PLARGE_INTEGER SystemTime, PLARGE_INTEGER LocalTime)
{
    RtlSystemTimeToLocalTime(SystemTime, LocalTime);
}

VOID NTAPI ExLocalTimeToSystemTime(PLARGE_INTEGER LocalTime, PLARGE_INTEGER SystemTime)
{
    RtlLocalTimeToSystemTime(LocalTime, SystemTime);
}

ULONG NTAPI ExSetTimerResolution(ULONG DesiredTime, BOOLEAN SetResolution)
{
    UNREFERENCED_PARAMETER(DesiredTime); // timers are as exact as the clock always
    UNREFERENCED_PARAMETER(SetResolution);
    return KeQueryTimeIncrement();
}

VOID NTAPI ExQueryTimerResolution(PULONG MaximumTime, PULONG MinimumTime, PULONG CurrentTime)
{
    *MaximumTime = *MinimumTime = *CurrentTime = KeQueryTimeIncrement();
}
