// PCI configuration space by mechanism 1 (PCI Local Bus Specification 3.0, 3.2.2.3.2): an address port and a
// data port, which belong to the Executive because an access takes both.
#include "kep.h"

enum {
    PCI_ADDRESS_PORT = 0xCF8,
    PCI_DATA_PORT = 0xCFC,
    PCI_LAST_PORT = 0xCFF,
};
constexpr ULONG PCI_ADDRESS_ENABLE = 0x8000'0000;

static seL4_CPtr KiPciPorts(VOID)
{
    static seL4_CPtr Ports;
    if (!Ports)
        Ports = KeTakePorts(PCI_ADDRESS_PORT, PCI_LAST_PORT);
    return Ports;
}

// Of the naturally aligned access of Size bytes: the capability, and the port at which the data is.
static seL4_CPtr KiSelectPciRegister(const KE_PCI_REGISTER *Register, USHORT *Port)
{
    seL4_CPtr Ports = KiPciPorts();
    ULONG Address = PCI_ADDRESS_ENABLE | Register->Bus << 16 | Register->Device << 11 |
                    Register->Function << 8 | (Register->Offset & 0xFC);
    *Port = (USHORT)(PCI_DATA_PORT + (Register->Offset & 3));
    if (!Ports || seL4_X86_IOPort_Out32(Ports, PCI_ADDRESS_PORT, Address) != seL4_NoError)
        return 0;
    return Ports;
}

ULONG KeReadPciRegister(const KE_PCI_REGISTER *Register, ULONG Size)
{
    USHORT Port, Word = MAXUSHORT;
    UCHAR Byte = MAXUCHAR;
    seL4_Uint32 Value = MAXULONG;
    seL4_CPtr Ports = KiSelectPciRegister(Register, &Port);
    if (!Ports)
        return MAXULONG;
    switch (Size) {
    case sizeof(UCHAR):
        return seL4_X86_IOPort_In8(Ports, Port, &Byte) == seL4_NoError ? Byte : MAXULONG;
    case sizeof(USHORT):
        return seL4_X86_IOPort_In16(Ports, Port, &Word) == seL4_NoError ? Word : MAXULONG;
    default:
        return seL4_X86_IOPort_In32(Ports, Port, &Value) == seL4_NoError ? Value : MAXULONG;
    }
}

VOID KeWritePciRegister(const KE_PCI_REGISTER *Register, ULONG Size, ULONG Value)
{
    USHORT Port;
    seL4_CPtr Ports = KiSelectPciRegister(Register, &Port);
    if (!Ports)
        return;
    switch (Size) {
    case sizeof(UCHAR):
        (VOID) seL4_X86_IOPort_Out8(Ports, Port, Value);
        break;
    case sizeof(USHORT):
        (VOID) seL4_X86_IOPort_Out16(Ports, Port, Value);
        break;
    default:
        (VOID) seL4_X86_IOPort_Out32(Ports, Port, Value);
        break;
    }
}
