// Time. The processor's time stamp counter tells it; an alarm interrupt makes timers expire and, while
// a program runs, renews the shared page 64 times a second. A system in which every thread waits takes
// no interrupts but those of its timers.
#include "kep.h"

#include <immintrin.h>

enum {
    KI_TICK_HZ = 64,
    KI_TICK = 10'000'000 / KI_TICK_HZ, // 100 ns
    KI_COUNTER_SHIFT = 10,             // performance counter = TSC >> this, as on Windows
    KI_INCREMENT_SHIFT = 16,           // by which the shared page scales counts up: keeps bits
};

static ULONGLONG KiTscBase, KiTscFrequency;
static ULONGLONG KiTscFactor;     // 100 ns per TSC count, 32 fraction bits
static LONGLONG KiSystemTimeBase; // system time - interrupt time
static ULONGLONG KiTimeAsleep;    // interrupt time counts it, timers do not
static ULONGLONG KiTscLost;       // counts that the performance counter has more than the TSC
static ULONGLONG KiNextTick, KiTicks;
static const KI_ALARM *KiAlarm;
static ULONGLONG KiAlarmTime = MAXULONGLONG; // interrupt time for which the alarm is set

KUSER_SHARED_DATA *KeUserSharedData;

ULONGLONG KiCyclesToTime(ULONGLONG Cycles)
{
    return (ULONGLONG)(((unsigned __int128)Cycles * KiTscFactor) >> 32);
}

ULONGLONG KeQueryUnbiasedInterruptTime(VOID)
{
    return KiCyclesToTime(__rdtsc() - KiTscBase);
}

ULONGLONG KeQueryInterruptTime(VOID)
{
    return KeQueryUnbiasedInterruptTime() + KiTimeAsleep;
}

VOID KeQuerySystemTime(PLARGE_INTEGER Time)
{
    Time->QuadPart = KiSystemTimeBase + (LONGLONG)KeQueryInterruptTime();
}

LARGE_INTEGER KeQueryPerformanceCounter(PLARGE_INTEGER Frequency)
{
    if (Frequency)
        Frequency->QuadPart = KeUserSharedData->QpcFrequency;
    return (LARGE_INTEGER){.QuadPart = (LONGLONG)((__rdtsc() + KiTscLost) >> KI_COUNTER_SHIFT)};
}

// A reader that sees High1Time equal to High2Time has a whole value.
static VOID KiWriteSharedTime(volatile KSYSTEM_TIME *Time, ULONGLONG Value)
{
    Time->High2Time = (LONG)(Value >> 32);
    Time->LowPart = (ULONG)Value;
    Time->High1Time = (LONG)(Value >> 32);
}

// The times are those of the last whole performance count, from which programs count on. A reader that
// sees the same even lock word before and after has values that belong together.
VOID KiUpdateSharedTime(VOID)
{
    ULONGLONG Counter = (__rdtsc() + KiTscLost) >> KI_COUNTER_SHIFT;
    ULONGLONG Now =
        KiCyclesToTime((Counter << KI_COUNTER_SHIFT) - KiTscLost - KiTscBase) + KiTimeAsleep;
    KiTicks = Now / KI_TICK;
    KeUserSharedData->TimeUpdateLock++;
    KeUserSharedData->BaselineSystemTimeQpc = Counter;
    KeUserSharedData->BaselineInterruptTimeQpc = Counter;
    KiWriteSharedTime(&KeUserSharedData->InterruptTime, Now);
    KiWriteSharedTime(&KeUserSharedData->SystemTime, (ULONGLONG)KiSystemTimeBase + Now);
    KiWriteSharedTime(&KeUserSharedData->TickCount, KiTicks);
    KeUserSharedData->TickCountLowDeprecated = (ULONG)KiTicks;
    KeUserSharedData->TimeUpdateLock++;
}

// Set the alarm for the next timer or, while programs run, the next tick, whichever comes first.
VOID KiUpdateAlarm(VOID)
{
    ULONGLONG Delay = KiTimeToNextTimer();
    ULONGLONG Now = KeQueryUnbiasedInterruptTime();
    if (KiRunningThreads) {
        if (KiNextTick <= Now) {
            KiUpdateSharedTime();
            KiNextTick = (Now / KI_TICK + 1) * KI_TICK;
        }
        Delay = min(Delay, KiNextTick - Now);
    }
    if (Delay == MAXULONGLONG || Now + Delay >= KiAlarmTime)
        return; // an alarm that comes too early does no harm
    KiAlarmTime = Now + Delay;
    KiAlarm->Arm(Delay);
}

VOID KiClockInterrupt(VOID)
{
    KiAlarmTime = MAXULONGLONG;
    KiExpireTimers();
    KiUpdateAlarm();
}

VOID KeSetSystemTime(PLARGE_INTEGER NewTime)
{
    KiSystemTimeBase = NewTime->QuadPart - (LONGLONG)KeQueryInterruptTime();
    KiWriteRealTimeClock((ULONGLONG)NewTime->QuadPart);
    KiUpdateSharedTime();
    KiExpireTimers();
    KiUpdateAlarm();
}

// ---- Sleep

static ULONGLONG KiStopTsc, KiStopTime; // when the clock was stopped, by both clocks

static ULONGLONG KiTimeToCycles(ULONGLONG Time)
{
    constexpr ULONGLONG Second = 10'000'000;
    return Time / Second * KiTscFrequency + Time % Second * KiTscFrequency / Second;
}

VOID KiStopClock(VOID)
{
    KiStopTsc = __rdtsc();
    KiStopTime = KiReadRealTimeClock();
}

// How long it was. The real time clock tells it to a second; the TSC exactly, if it has gone on.
static ULONGLONG KiMeasureSleep(ULONGLONG Cycles)
{
    constexpr ULONGLONG Inexact = 20'000'000;
    ULONGLONG Counted = KiCyclesToTime(Cycles);
    ULONGLONG Now = KiReadRealTimeClock();
    ULONGLONG Slept = Now > KiStopTime ? Now - KiStopTime : 0;
    BOOLEAN HasGoneOn = Counted + Inexact > Slept && Counted < Slept + Inexact;
    return HasGoneOn || !Now ? Counted : Slept;
}

VOID KiWakeClock(VOID)
{
    ULONGLONG Cycles = ALIGN_DOWN_BY(__rdtsc() - KiStopTsc, 1ull << KI_COUNTER_SHIFT);
    ULONGLONG Slept = KiMeasureSleep(Cycles);
    ULONGLONG Lost = Slept > KiCyclesToTime(Cycles) ? Slept - KiCyclesToTime(Cycles) : 0;
    KiTscLost += ALIGN_DOWN_BY(KiTimeToCycles(Lost), 1ull << KI_COUNTER_SHIFT);
    KiTscBase += Cycles;
    KiTimeAsleep += Slept;
    KiForgetElapsed();
    KeUserSharedData->QpcBias = KiTscLost;
    KeUserSharedData->InterruptTimeBias = KiTimeAsleep;
    KiUpdateSharedTime();
    KiAlarm->Wake();
    KiAlarmTime = MAXULONGLONG;
    KiNextTick = 0;
    KiUpdateAlarm();
}

static VOID KiSetTscFrequency(ULONGLONG Frequency)
{
    KiTscFrequency = Frequency;
    KiTscFactor = (10'000'000ull << 32) / Frequency;
}

// The kernel measured the TSC, to a megahertz.
static ULONGLONG KiKernelTscFrequency(VOID)
{
    SIZE_T Size;
    const ULONG *Megahertz = KiFindBootChunk(SEL4_BOOTINFO_HEADER_X86_TSC_FREQ, &Size);
    return Megahertz && Size >= sizeof(*Megahertz) && *Megahertz ? *Megahertz * 1'000'000ull
                                                                 : 1'000'000'000ull;
}

static VOID KiInitSharedPage(VOID)
{
    KUSER_SHARED_DATA *Shared = KeUserSharedData;
    static const WCHAR SystemRoot[] = L"C:\\Windows";
    memcpy(Shared->NtSystemRoot, SystemRoot, sizeof(SystemRoot));
    Shared->TickCountMultiplier = (ULONG)((1000ull << 24) / KI_TICK_HZ);
    Shared->ImageNumberLow = Shared->ImageNumberHigh = IMAGE_FILE_MACHINE_AMD64;
    Shared->LargePageMinimum = LARGE_PAGE_SIZE;
    Shared->NtBuildNumber = 19045;
    Shared->NtProductType = NtProductWinNt;
    Shared->ProductTypeIsValid = TRUE;
    Shared->NativeProcessorArchitecture = PROCESSOR_ARCHITECTURE_AMD64;
    Shared->NtMajorVersion = 10;
    Shared->NtMinorVersion = 0;
    Shared->SuiteMask = VER_SUITE_SINGLEUSERTS;
    Shared->NXSupportPolicy = 0; // seL4 has no execute-never pages
    Shared->CyclesPerYield = 10;
    Shared->ActiveProcessorCount = 1;
    Shared->ActiveGroupCount = 1;
    Shared->UnparkedProcessorCount = 1;
    Shared->QpcFrequency = (LONGLONG)(KiTscFrequency >> KI_COUNTER_SHIFT);
    Shared->QpcBypassEnabled = SHARED_GLOBAL_FLAGS_QPC_BYPASS_ENABLED;
    Shared->QpcShift = KI_COUNTER_SHIFT;
    // 100 ns per count with 64 fraction bits, less those that the shift brings
    ULONGLONG Increment = KiTscFactor << (KI_COUNTER_SHIFT + 32 - KI_INCREMENT_SHIFT);
    Shared->QpcSystemTimeIncrement = Shared->QpcInterruptTimeIncrement = Increment;
    Shared->QpcSystemTimeIncrementShift = KI_INCREMENT_SHIFT;
    Shared->QpcInterruptTimeIncrementShift = KI_INCREMENT_SHIFT;
    Shared->TestRetInstruction = 0xC3;
    KiInitProcessorFeatures(Shared);
}

VOID KiInitClock(VOID)
{
    static const KI_ALARM *const Alarms[] = {&KiHpetAlarm, &KiPitAlarm};
    KiSetTscFrequency(KiKernelTscFrequency());
    KiTscBase = __rdtsc();
    for (ULONG i = 0; i < RTL_NUMBER_OF(Alarms) && !KiAlarm; i++) {
        if (Alarms[i]->Initialize())
            KiAlarm = Alarms[i];
    }
    if (!KiAlarm)
        KeBugCheckEx(PHASE0_INITIALIZATION_FAILED, 3, 0, 0, 0); // nothing would ever time out
    if (KiAlarm->MeasureTsc)
        KiSetTscFrequency(KiAlarm->MeasureTsc());
    KiTscBase = ALIGN_DOWN_BY(__rdtsc(), 1ull << KI_COUNTER_SHIFT);
    KiSystemTimeBase = (LONGLONG)KiReadRealTimeClock();
    KeUserSharedData = MmAllocateSystemPages(1);
    if (!KeUserSharedData)
        KeBugCheckEx(PHASE0_INITIALIZATION_FAILED, 4, 0, 0, 0);
    memset(KeUserSharedData, 0, PAGE_SIZE);
    KiInitSharedPage();
    KiUpdateSharedTime();
    DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_INFO_LEVEL, "clock: %s, TSC %lu MHz\n", KiAlarm->Name,
               (ULONG)(KiTscFrequency / 1'000'000));
}

ULONG KeQueryProcessorMhz(VOID)
{
    return (ULONG)(KiTscFrequency / 1'000'000);
}
