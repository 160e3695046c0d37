// Restarting the machine without its firmware's methods, and standing still.
//
// What a kernel in the processor's own mode would do last, a triple fault, is out of reach: the microkernel
// below answers every fault of this program.
#include "kep.h"

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

// ACPI Specification 6.4, 5.2.9: where the register is that resets, and what to write
#pragma pack(push, 1)
typedef struct _ACPI_FADT_RESET {
    UCHAR Before[112];
    ULONG Flags;
    UCHAR Space, BitWidth, BitOffset, AccessSize;
    ULONGLONG Address;
    UCHAR Value;
} ACPI_FADT_RESET;
#pragma pack(pop)
static_assert(offsetof(ACPI_FADT_RESET, Value) == 128);

enum { FADT_RESET_SUPPORTED = 1 << 10, ACPI_SPACE_MEMORY = 0, ACPI_SPACE_PORT = 1 };

VOID KiWaitForEnd(VOID)
{
    LARGE_INTEGER Moment = {.QuadPart = -END_MOMENT};
    (VOID) KeDelayExecutionThread(KernelMode, FALSE, &Moment);
}

static VOID KiResetByFirmware(VOID)
{
    const ACPI_FADT_RESET *Fadt = KiFindAcpiTable("FACP", sizeof(*Fadt));
    if (!Fadt || !(Fadt->Flags & FADT_RESET_SUPPORTED))
        return;
    if (Fadt->Space == ACPI_SPACE_PORT && Fadt->Address <= 0xFFFF)
        (VOID) KeWritePort((USHORT)Fadt->Address, sizeof(UCHAR), Fadt->Value);
    if (Fadt->Space == ACPI_SPACE_MEMORY) {
        volatile UCHAR *Register = MmMapIoSpace(Fadt->Address, 1);
        if (Register)
            *Register = Fadt->Value;
    }
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
