// High precision event timer: timer 0 as a one-shot alarm, the main counter to measure the TSC.
// IA-PC HPET Specification 1.0a, 2.3.
#include "kep.h"

#include <immintrin.h>

#pragma pack(push, 1)
typedef struct _ACPI_HPET {
    UCHAR Header[36];
    ULONG BlockId;
    UCHAR AddressSpace, BitWidth, BitOffset, AccessSize;
    ULONGLONG Address;
    UCHAR Number;
    USHORT MinimumTick;
    UCHAR PageProtection;
} ACPI_HPET;
#pragma pack(pop)
static_assert(sizeof(ACPI_HPET) == 56);

typedef struct _HPET_TIMER {
    ULONGLONG Configuration, Comparator, MessageRoute, Reserved;
} HPET_TIMER;

typedef struct _HPET_REGISTERS {
    ULONGLONG Capabilities, Reserved0;
    ULONGLONG Configuration, Reserved1;
    ULONGLONG InterruptStatus, Reserved2[25];
    ULONGLONG Counter, Reserved3;
    HPET_TIMER Timers[3];
} HPET_REGISTERS;
static_assert(offsetof(HPET_REGISTERS, Counter) == 0xF0);
static_assert(offsetof(HPET_REGISTERS, Timers) == 0x100);

enum {
    HPET_ENABLE = 1,
    HPET_LEGACY = 2,
    HPET_PERIOD_SHIFT = 32, // femtoseconds a count
    HPET_LONGEST_PERIOD = 100'000'000,

    HPET_TIMER_LEVEL = 1 << 1,
    HPET_TIMER_ENABLE = 1 << 2,
    HPET_TIMER_PERIODIC = 1 << 3,
    HPET_TIMER_32BIT = 1 << 8,
    HPET_TIMER_PIN_SHIFT = 9,
    HPET_TIMER_PIN_MASK = 0x1F << HPET_TIMER_PIN_SHIFT,
    HPET_TIMER_MESSAGE_ENABLE = 1 << 14,
    HPET_TIMER_MESSAGE_CAPABLE = 1 << 15,
    HPET_TIMER_PINS_SHIFT = 32, // a bit for each pin of the first IOAPIC that the timer can drive

    HPET_MEASURE_MS = 5,
};

static volatile HPET_REGISTERS *KiHpet;
static volatile ULONG *KiHpetCounter, *KiHpetComparator; // low halves
static ULONGLONG KiHpetPeriod;                           // femtoseconds
static ULONGLONG KiHpetTimer, KiHpetRoute;               // how the timer was set up

static BOOLEAN KiConnectHpetMessage(volatile HPET_TIMER *Timer)
{
    ULONG Address, Data;
    if (!(Timer->Configuration & HPET_TIMER_MESSAGE_CAPABLE))
        return FALSE;
    if (!KiConnectMessage(KiClockInterrupt, &Address, &Data))
        return FALSE;
    Timer->MessageRoute = (ULONGLONG)Address << 32 | Data;
    Timer->Configuration |= HPET_TIMER_MESSAGE_ENABLE;
    return TRUE;
}

// Pins below 16 are ISA interrupts that belong to someone (0 and 2 to the PIT); above, PCI devices may
// share. Try the clock's own, 8, then those above 15 from the top.
static BOOLEAN KiConnectHpetPin(volatile HPET_TIMER *Timer)
{
    static const UCHAR Candidates[] = {8, 23, 22, 21, 20, 19, 18, 17, 16, 11, 10};
    ULONG Pins = (ULONG)(Timer->Configuration >> HPET_TIMER_PINS_SHIFT);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Candidates); i++) {
        ULONG Pin = Candidates[i];
        if (!(Pins >> Pin & 1) || !KiConnectLine(Pin, FALSE, FALSE, KiClockInterrupt))
            continue;
        ULONGLONG Configuration = Timer->Configuration & ~(ULONGLONG)HPET_TIMER_PIN_MASK;
        Timer->Configuration = Configuration | Pin << HPET_TIMER_PIN_SHIFT;
        return TRUE;
    }
    return FALSE;
}

static BOOLEAN KiInitHpet(VOID)
{
    const ACPI_HPET *Table = KiFindAcpiTable("HPET", sizeof(*Table));
    KiHpet = Table ? MmMapIoSpace(Table->Address, sizeof(*KiHpet)) : nullptr;
    if (!KiHpet)
        return FALSE;
    KiHpetPeriod = KiHpet->Capabilities >> HPET_PERIOD_SHIFT;
    if (!KiHpetPeriod || KiHpetPeriod > HPET_LONGEST_PERIOD)
        return FALSE;

    volatile HPET_TIMER *Timer = &KiHpet->Timers[0];
    KiHpet->Configuration &= ~(ULONGLONG)(HPET_ENABLE | HPET_LEGACY);
    Timer->Configuration &= ~(ULONGLONG)(HPET_TIMER_LEVEL | HPET_TIMER_ENABLE |
                                         HPET_TIMER_PERIODIC | HPET_TIMER_MESSAGE_ENABLE);
    Timer->Configuration |= HPET_TIMER_32BIT;
    if (!KiConnectHpetMessage(Timer) && !KiConnectHpetPin(Timer))
        return FALSE;
    KiHpetCounter = (volatile ULONG *)&KiHpet->Counter;
    KiHpetComparator = (volatile ULONG *)&Timer->Comparator;
    *KiHpetComparator = MAXULONG;
    Timer->Configuration |= HPET_TIMER_ENABLE;
    KiHpetTimer = Timer->Configuration;
    KiHpetRoute = Timer->MessageRoute;
    KiHpet->Counter = 0;
    KiHpet->Configuration |= HPET_ENABLE;
    return TRUE;
}

// The comparator has 32 bits here: it matches when the counter's low half passes it. An alarm that was
// so short that it passed while it was being set is set again, longer. Each access takes long, in a virtual machine most of
// all: there are no more than needed, and of 32 bits, as many devices split wider ones.
static VOID KiArmHpet(ULONGLONG Delay)
{
    constexpr ULONG LongestCounts = 0x7FFFFFFF;
    constexpr ULONG ShortestCounts = 32;
    constexpr ULONGLONG LongestDelay = 60 * 10'000'000; // 60 s; longer would overflow
    constexpr ULONGLONG Second = 10'000'000;
    ULONGLONG Counts = min(Delay, LongestDelay) * 100'000'000 / KiHpetPeriod + 1;
    ULONG Step = Counts > LongestCounts ? LongestCounts : max((ULONG)Counts, ShortestCounts);
    for (;; Step *= 2) {
        ULONGLONG Start = __rdtsc();
        ULONG Target = *KiHpetCounter + Step;
        *KiHpetComparator = Target;
        if (KiCyclesToTime(__rdtsc() - Start) < min(Delay, Second) / 2)
            return; // it cannot have passed
        if ((LONG)(Target - *KiHpetCounter) > 0)
            return;
    }
}

static ULONGLONG KiMeasureTscByHpet(VOID)
{
    constexpr ULONGLONG Femtoseconds = HPET_MEASURE_MS * 1'000'000'000'000ull;
    ULONGLONG StartTsc = __rdtsc();
    ULONGLONG Start = KiHpet->Counter;
    ULONGLONG End = Start + Femtoseconds / KiHpetPeriod;
    ULONGLONG Now;
    do {
        Now = KiHpet->Counter;
    } while (Now < End);
    ULONGLONG Elapsed = __rdtsc() - StartTsc;
    ULONGLONG Nanoseconds = (Now - Start) * KiHpetPeriod / 1'000'000;
    return Elapsed * 1'000'000'000 / Nanoseconds;
}

// The counter began anew: nothing but alarms depends on it.
static VOID KiWakeHpet(VOID)
{
    volatile HPET_TIMER *Timer = &KiHpet->Timers[0];
    KiHpet->Configuration &= ~(ULONGLONG)(HPET_ENABLE | HPET_LEGACY);
    Timer->MessageRoute = KiHpetRoute;
    Timer->Configuration = KiHpetTimer & ~(ULONGLONG)HPET_TIMER_ENABLE;
    *KiHpetComparator = MAXULONG;
    Timer->Configuration = KiHpetTimer;
    KiHpet->Counter = 0;
    KiHpet->Configuration |= HPET_ENABLE;
}

const KI_ALARM KiHpetAlarm = {"HPET", KiInitHpet, KiArmHpet, KiWakeHpet, KiMeasureTscByHpet};
