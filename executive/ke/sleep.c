// Sleep in which the processor and the interrupt controllers lose their state, and RAM keeps everything else (S3). The
// embedded kernel has invocations of its own for it; a real seL4 does not know them, and then there is no such sleep.
// What the Executive has set up itself of the machine is set up again here; devices are their drivers' to wake.
#include "fadt.h"

#include <sel4/extensions.h>

BOOLEAN KeQueryWakeAddress(PULONG64 Address)
{
    seL4_Word Words[4];
    if (seL4_InvokeMRs(seL4_CapIOPortControl, (seL4_InvocationLabel)EXTX86WakeAddress, 0, 0,
                       nullptr, Words) != seL4_NoError)
        return FALSE;
    *Address = Words[0];
    return TRUE;
}

// 0: there is none, or it is no port.
static seL4_Word KiControlPort(ULONG Port, const KI_ACPI_ADDRESS *Extended)
{
    KI_ACPI_ADDRESS Register;
    if (!KiFindFixedRegister(Port, Extended, &Register) || Register.Space != ACPI_SPACE_PORT ||
        Register.Address >= MAXUSHORT)
        return 0;
    return Register.Address;
}

// Not so soon that it would go off before the machine sleeps.
static BOOLEAN KiSetWakeAlarm(VOID)
{
    constexpr ULONGLONG Second = 10'000'000, Soonest = 2, Latest = MAXULONG;
    ULONGLONG Delay = KeQueryNextWake();
    if (Delay == MAXULONGLONG)
        return FALSE;
    ULONGLONG Seconds = max((Delay + Second - 1) / Second, Soonest);
    return KiSetClockAlarm((ULONG)min(Seconds, Latest));
}

NTSTATUS KeSleepMachine(ULONG ControlA, ULONG ControlB, PBOOLEAN ByTimer)
{
    KI_FADT Fadt;
    if (!KiReadFadt(&Fadt) || (Fadt.Flags & FADT_REDUCED_HARDWARE))
        return STATUS_NOT_SUPPORTED;
    const seL4_Word PortA = KiControlPort(Fadt.ControlA, &Fadt.ExtendedControlA);
    const seL4_Word PortB = KiControlPort(Fadt.ControlB, &Fadt.ExtendedControlB);
    if (!PortA)
        return STATUS_NOT_SUPPORTED;
    BOOLEAN HasAlarm = KiSetWakeAlarm();
    KiSaveChipset();
    KiSaveDisplay();
    KiStopClock();
    seL4_Error Error =
        (seL4_Error)SEL4_INVOKE(seL4_CapIOPortControl, (seL4_InvocationLabel)EXTX86Sleep, 0, PortA,
                                ControlA, PortB, ControlB);
    KiWakeSerial();
    KiWakeChipset();
    KiWakeDisplay();
    *ByTimer = HasAlarm && KiClearClockAlarm();
    KiWakeClock();
    return Error == seL4_NoError ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
