// The 8254 timer: channel 0 as a one-shot alarm, for machines whose HPET cannot be used.
#include "kep.h"

enum {
    PIT_CHANNEL0 = 0x40,
    PIT_COMMAND = 0x43,
    PIT_LAST_PORT = 0x43,
    PIT_MODE0_CHANNEL0 = 0x30, // interrupt on terminal count, low byte then high byte
    PIT_HZ = 1193182,
    PIT_IRQ = 0,
};

static seL4_CPtr KiPitPorts;

static BOOLEAN KiInitPit(VOID)
{
    BOOLEAN Level, ActiveLow;
    ULONG Line = KeQueryIsaInterrupt(PIT_IRQ, &Level, &ActiveLow);
    KiPitPorts = KiIssuePorts(PIT_CHANNEL0, PIT_LAST_PORT);
    return KiPitPorts && KiConnectLine(Line, Level, ActiveLow, KiClockInterrupt);
}

static VOID KiArmPit(ULONGLONG Delay)
{
    ULONGLONG Counts = Delay >= 10'000'000 ? MAXUSHORT : Delay * PIT_HZ / 10'000'000 + 1;
    USHORT Count = (USHORT)min(Counts, MAXUSHORT);
    KiWritePort(KiPitPorts, PIT_COMMAND, PIT_MODE0_CHANNEL0);
    KiWritePort(KiPitPorts, PIT_CHANNEL0, (UCHAR)Count);
    KiWritePort(KiPitPorts, PIT_CHANNEL0, (UCHAR)(Count >> 8));
}

// Arming sets the channel's mode, too.
static VOID KiWakePit(VOID)
{
}

const KI_ALARM KiPitAlarm = {"PIT", KiInitPit, KiArmPit, KiWakePit, nullptr};
