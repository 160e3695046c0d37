// Restarting the machine without its firmware's methods, and standing still.
//
// What a kernel in the processor's own mode would do last, a triple fault, is out of reach: the microkernel
// below answers every fault of this program.
#include "fadt.h"

enum {
    RESET_CONTROL_PORT = 0xCF9, // of PCI chip sets: bit 1 system reset, bit 2 the reset happens
    RESET_PREPARE = 0x02,
    RESET_FULL = 0x06,
    KEYBOARD_COMMAND_PORT = 0x64,
    KEYBOARD_INPUT_FULL = 0x02,
    KEYBOARD_PULSE_RESET = 0xFE,
    END_MOMENT = 500'000,      // that the machine may take to end its work, 100 ns
    RESET_KEYBOARD_TRIES = 20, // that the keyboard controller has to take what was written before
};

VOID KiWaitForEnd(VOID)
{
    LARGE_INTEGER Moment = {.QuadPart = -END_MOMENT};
    (VOID) KeDelayExecutionThread(KernelMode, FALSE, &Moment);
}

static VOID KiResetByFirmware(VOID)
{
    KI_FADT Fadt;
    if (!KiReadFadt(&Fadt) || !(Fadt.Flags & FADT_RESET_SUPPORTED))
        return;
    (VOID) KiWriteAcpiRegister(&Fadt.Reset, sizeof(UCHAR), Fadt.ResetValue);
    KiWaitForEnd();
}

static VOID KiResetByKeyboard(VOID)
{
    ULONG Status;
    for (ULONG i = 0; i < RESET_KEYBOARD_TRIES; i++) {
        if (!NT_SUCCESS(KeReadPort(KEYBOARD_COMMAND_PORT, sizeof(UCHAR), &Status)) ||
            !(Status & KEYBOARD_INPUT_FULL))
            break;
        KiWaitForEnd();
    }
    (VOID) KeWritePort(KEYBOARD_COMMAND_PORT, sizeof(UCHAR), KEYBOARD_PULSE_RESET);
    KiWaitForEnd();
}

VOID KeResetMachine(VOID)
{
    KiResetByFirmware();
    (VOID) KeWritePort(RESET_CONTROL_PORT, sizeof(UCHAR), RESET_PREPARE);
    (VOID) KeWritePort(RESET_CONTROL_PORT, sizeof(UCHAR), RESET_FULL);
    KiWaitForEnd();
    KiResetByKeyboard();
}

[[noreturn]] VOID KeHaltMachine(PCSTR Text)
{
    KiPrintBoth("\r\n%s\r\n", Text);
    for (;;)
        (VOID) seL4_TCB_Suspend(seL4_CapInitThreadTCB);
}
