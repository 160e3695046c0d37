// The Fixed ACPI Description Table, and the registers that it names: what the Executive needs when the machine's own
// driver does not do it. ACPI Specification 6.4, 5.2.3.2 and 5.2.9.
#include "fadt.h"

static_assert(offsetof(KI_FADT, ControlA) == 64 && offsetof(KI_FADT, Flags) == 112);
static_assert(offsetof(KI_FADT, ExtendedControlA) == 172 && sizeof(KI_FADT) == 268);

// What an older, shorter one does not have is 0.
BOOLEAN KiReadFadt(KI_FADT *Fadt)
{
    const KI_FADT_HEADER *Table = KiFindAcpiTable("FACP", sizeof(KI_FADT_HEADER));
    if (!Table)
        return FALSE;
    *Fadt = (KI_FADT){};
    memcpy(Fadt, Table, min(Table->Length, sizeof(*Fadt)));
    return TRUE;
}

BOOLEAN KiFindFixedRegister(ULONG Port, const KI_ACPI_ADDRESS *Extended, KI_ACPI_ADDRESS *Register)
{
    *Register = Extended->Address ? *Extended
                                  : (KI_ACPI_ADDRESS){.Space = ACPI_SPACE_PORT, .Address = Port};
    return Register->Address != 0;
}

// Bus 0, segment 0: device, function and offset are words of the address, the highest one 0.
static BOOLEAN KiFindPciRegister(ULONGLONG Address, ULONG Size, KE_PCI_REGISTER *Register)
{
    ULONG Device = (ULONG)(Address >> 32), Function = (ULONG)Address >> 16;
    ULONG Offset = (ULONG)Address & 0xFFFF;
    if (Device > 31 || Function > 7 || Offset > 256 - Size)
        return FALSE;
    *Register = (KE_PCI_REGISTER){.Device = Device, .Function = Function, .Offset = Offset};
    return TRUE;
}

static BOOLEAN KiIsPort(const KI_ACPI_ADDRESS *Register, ULONG Size)
{
    return Register->Space == ACPI_SPACE_PORT && Register->Address <= 0x10000u - Size;
}

BOOLEAN KiReadAcpiRegister(const KI_ACPI_ADDRESS *Register, ULONG Size, PULONG Value)
{
    KE_PCI_REGISTER Pci;
    if (KiIsPort(Register, Size))
        return NT_SUCCESS(KeReadPort((USHORT)Register->Address, Size, Value));
    if (Register->Space == ACPI_SPACE_PCI && KiFindPciRegister(Register->Address, Size, &Pci)) {
        *Value = KeReadPciRegister(&Pci, Size);
        return TRUE;
    }
    const volatile VOID *Memory =
        Register->Space == ACPI_SPACE_MEMORY ? MmMapIoSpace(Register->Address, Size) : nullptr;
    if (!Memory)
        return FALSE;
    *Value =
        Size == sizeof(UCHAR) ? *(const volatile UCHAR *)Memory : *(const volatile USHORT *)Memory;
    return TRUE;
}

BOOLEAN KiWriteAcpiRegister(const KI_ACPI_ADDRESS *Register, ULONG Size, ULONG Value)
{
    KE_PCI_REGISTER Pci;
    if (KiIsPort(Register, Size))
        return NT_SUCCESS(KeWritePort((USHORT)Register->Address, Size, Value));
    if (Register->Space == ACPI_SPACE_PCI && KiFindPciRegister(Register->Address, Size, &Pci)) {
        KeWritePciRegister(&Pci, Size, Value);
        return TRUE;
    }
    volatile VOID *Memory =
        Register->Space == ACPI_SPACE_MEMORY ? MmMapIoSpace(Register->Address, Size) : nullptr;
    if (!Memory)
        return FALSE;
    if (Size == sizeof(UCHAR))
        *(volatile UCHAR *)Memory = (UCHAR)Value;
    else
        *(volatile USHORT *)Memory = (USHORT)Value;
    return TRUE;
}
