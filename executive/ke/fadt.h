// What of the FADT (ACPI Specification 6.4, 5.2.9) ends the machine's work.
#pragma once

#include "kep.h"

enum { ACPI_SPACE_MEMORY = 0, ACPI_SPACE_PORT = 1, ACPI_SPACE_PCI = 2 };
enum { FADT_RESET_SUPPORTED = 1 << 10, FADT_REDUCED_HARDWARE = 1 << 20 };

#pragma pack(push, 1)
typedef struct _KI_ACPI_ADDRESS {
    UCHAR Space, BitWidth, BitOffset, AccessSize;
    ULONGLONG Address;
} KI_ACPI_ADDRESS;

typedef struct _KI_FADT_HEADER {
    ULONG Signature, Length;
} KI_FADT_HEADER;

typedef struct _KI_FADT {
    UCHAR Header[48];
    ULONG SmiCommand;
    UCHAR AcpiEnable, AcpiDisable;
    UCHAR Between[10];
    ULONG ControlA, ControlB; // ports of the PM1 control registers; 0: there is none
    UCHAR Between2[40];
    ULONG Flags;
    KI_ACPI_ADDRESS Reset;
    UCHAR ResetValue;
    UCHAR Between3[43];
    KI_ACPI_ADDRESS ExtendedControlA, ExtendedControlB; // before the others where they are there
    UCHAR Between4[48];
    KI_ACPI_ADDRESS SleepControl, SleepStatus; // instead of them all, on reduced hardware
} KI_FADT;
#pragma pack(pop)

BOOLEAN KiReadFadt(KI_FADT *Fadt); // FALSE: there is none
// FALSE: there is no such register.
BOOLEAN KiFindFixedRegister(ULONG Port, const KI_ACPI_ADDRESS *Extended, KI_ACPI_ADDRESS *Register);
// Size: 1 or 2 bytes. FALSE: it cannot be reached.
BOOLEAN KiReadAcpiRegister(const KI_ACPI_ADDRESS *Register, ULONG Size, PULONG Value);
BOOLEAN KiWriteAcpiRegister(const KI_ACPI_ADDRESS *Register, ULONG Size, ULONG Value);

// chipset.c: the bridges' own registers, over a sleep of the machine
VOID KiSaveChipset(VOID);
VOID KiWakeChipset(VOID);
