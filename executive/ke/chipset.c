// The chip set over a sleep of the machine (S3). Its bridges on the first bus say where the power management registers and
// configuration space are, and where interrupts go. Firmware is to set them up again before it starts the system, and
// there is firmware that leaves that out (SeaBIOS on QEMU's q35). Then they get back all that they had.
#include "fadt.h"

enum {
    PCI_DEVICES = 32,
    PCI_FUNCTIONS = 8,
    PCI_CLASS = 0x08, // with the revision in the lowest byte
    PCI_TYPE = 0x0E,
    PCI_MULTIFUNCTION = 0x80,
    PCI_CLASS_BRIDGE = 0x06,
    PCI_SUBCLASS_PCI = 0x04, // such a bridge has nothing of that kind
    CHIPSET_FIRST = 0x40,    // behind the header
    CHIPSET_REGISTERS = (0x100 - CHIPSET_FIRST) / sizeof(ULONG),
    CHIPSET_FUNCTIONS = 8,
};

typedef struct _KI_CHIPSET_FUNCTION {
    UCHAR Device, Function;
    ULONG Registers[CHIPSET_REGISTERS];
} KI_CHIPSET_FUNCTION;

#pragma pack(push, 1)
typedef struct _KI_MCFG {
    UCHAR Header[44];
    ULONGLONG Base; // of the first segment group: of its first bus
} KI_MCFG;
#pragma pack(pop)

static KI_CHIPSET_FUNCTION KiChipset[CHIPSET_FUNCTIONS];
static ULONG KiChipsetCount;

static KE_PCI_REGISTER KiChipsetRegister(ULONG Device, ULONG Function, ULONG Offset)
{
    return (KE_PCI_REGISTER){.Device = Device, .Function = Function, .Offset = Offset};
}

static ULONG KiReadChipset(ULONG Device, ULONG Function, ULONG Offset, ULONG Size)
{
    const KE_PCI_REGISTER Register = KiChipsetRegister(Device, Function, Offset);
    return KeReadPciRegister(&Register, Size);
}

static VOID KiSaveFunction(ULONG Device, ULONG Function)
{
    ULONG Class = KiReadChipset(Device, Function, PCI_CLASS, sizeof(ULONG)) >> 16;
    if (Class >> 8 != PCI_CLASS_BRIDGE || (Class & 0xFF) == PCI_SUBCLASS_PCI ||
        KiChipsetCount == CHIPSET_FUNCTIONS)
        return;
    KI_CHIPSET_FUNCTION *Saved = &KiChipset[KiChipsetCount++];
    Saved->Device = (UCHAR)Device;
    Saved->Function = (UCHAR)Function;
    for (ULONG i = 0; i < CHIPSET_REGISTERS; i++)
        Saved->Registers[i] =
            KiReadChipset(Device, Function, CHIPSET_FIRST + i * sizeof(ULONG), sizeof(ULONG));
}

VOID KiSaveChipset(VOID)
{
    KiChipsetCount = 0;
    for (ULONG Device = 0; Device < PCI_DEVICES; Device++) {
        ULONG Type = KiReadChipset(Device, 0, PCI_TYPE, sizeof(UCHAR));
        ULONG Functions = Type & PCI_MULTIFUNCTION ? PCI_FUNCTIONS : 1; // all ones: nothing there
        for (ULONG Function = 0; Function < Functions; Function++)
            KiSaveFunction(Device, Function);
    }
}

// ---- Waking

static BOOLEAN KiHasLostControl(VOID)
{
    KI_FADT Fadt;
    KI_ACPI_ADDRESS Register;
    ULONG Control;
    return KiReadFadt(&Fadt) &&
           KiFindFixedRegister(Fadt.ControlA, &Fadt.ExtendedControlA, &Register) &&
           KiReadAcpiRegister(&Register, sizeof(USHORT), &Control) && Control == MAXUSHORT;
}

static BOOLEAN KiHasLostSpace(VOID)
{
    const KI_MCFG *Table = KiFindAcpiTable("MCFG", sizeof(*Table));
    const volatile ULONG *Space = Table ? MmMapIoSpace(Table->Base, PAGE_SIZE) : nullptr;
    return Space && Space[0] != KiReadChipset(0, 0, 0, sizeof(ULONG));
}

VOID KiWakeChipset(VOID)
{
    if (!KiHasLostControl() && !KiHasLostSpace())
        return;
    DbgPrintEx(DPFLTR_POWER_ID, DPFLTR_INFO_LEVEL,
               "ke: the firmware has not set up the chip set again\n");
    for (ULONG i = 0; i < KiChipsetCount; i++) {
        const KI_CHIPSET_FUNCTION *Saved = &KiChipset[i];
        for (ULONG j = 0; j < CHIPSET_REGISTERS; j++) {
            const KE_PCI_REGISTER Register = KiChipsetRegister(Saved->Device, Saved->Function,
                                                               CHIPSET_FIRST + j * sizeof(ULONG));
            if (KeReadPciRegister(&Register, sizeof(ULONG)) != Saved->Registers[j])
                KeWritePciRegister(&Register, sizeof(ULONG), Saved->Registers[j]);
        }
    }
}
