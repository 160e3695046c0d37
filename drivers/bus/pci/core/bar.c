// Base address registers: what a function decodes, and where. PCI Local Bus Specification 3.0, 6.2.5.
#include "pcicore.h"

enum {
    BarIo = 1,
    BarTypeMask = 3 << 1,
    BarTypeLow = 1 << 1,
    BarType64 = 2 << 1,
    BarPrefetchable = 1 << 3,
    BarFlags = 0xF,
    RomEnable = 1,
};
constexpr uint32_t RomAddress = 0xFFFF'F800;

// The register with all address bits written, and what it was.
static uint32_t PciProbeRegister(const PCI_SPACE *Space, uint32_t Register, uint32_t Ones,
                                 uint32_t *Was)
{
    *Was = PciRead(Space, Register, 4);
    PciWrite(Space, Register, 4, Ones);
    uint32_t Mask = PciRead(Space, Register, 4);
    PciWrite(Space, Register, 4, *Was);
    return Mask;
}

// The lowest address bit that can be set is the size. Of a register that takes none of them: 0.
static uint64_t PciLowestBit(uint64_t Mask)
{
    return Mask & (~Mask + 1);
}

static void PciDecodeIo(PCI_BAR *Bar, uint32_t Mask, uint32_t Was)
{
    uint32_t Bits = Mask & ~3u;
    if (Bits)
        Bits |= 0xFFFF'0000; // the upper half need not be there
    Bar->Kind = Bits ? PciBarIo : PciBarNone;
    Bar->Length = PciLowestBit(Bits);
    Bar->Address = Was & ~3u;
}

static void PciDecodeMemory(const PCI_SPACE *Space, PCI_BAR *Bar, uint32_t Mask, uint32_t Was,
                            bool HasNext)
{
    uint64_t Bits = Mask & ~(uint32_t)BarFlags, Address = Was & ~(uint32_t)BarFlags;
    Bar->Prefetchable = (Was & BarPrefetchable) != 0;
    Bar->Low = (Was & BarTypeMask) == BarTypeLow;
    Bar->Wide = (Was & BarTypeMask) == BarType64 && HasNext;
    if (Bar->Wide) {
        uint32_t WasUpper;
        uint32_t Upper = PciProbeRegister(Space, Bar->Register + 4u, UINT32_MAX, &WasUpper);
        Bits |= (uint64_t)Upper << 32;
        Address |= (uint64_t)WasUpper << 32;
    } else if (Bits) {
        Bits |= 0xFFFF'FFFFull << 32;
    }
    Bar->Kind = Bits ? PciBarMemory : PciBarNone;
    Bar->Length = PciLowestBit(Bits);
    Bar->Address = Address;
}

static void PciReadRom(const PCI_SPACE *Space, uint8_t HeaderType, PCI_BAR *Bar)
{
    uint32_t Was;
    Bar->Register = HeaderType == 1 ? PciBridgeRom : PciRegisterRom;
    uint32_t Bits = PciProbeRegister(Space, Bar->Register, RomAddress, &Was) & RomAddress;
    if (!Bits)
        return;
    Bar->Kind = PciBarMemory;
    Bar->Rom = Bar->Prefetchable = true;
    Bar->Length = PciLowestBit(Bits);
    Bar->Address = Was & RomAddress;
}

void PciReadBars(const PCI_SPACE *Space, uint8_t HeaderType, PCI_BAR *Bars)
{
    static const uint32_t Counts[] = {PciMaxBars, 2};
    uint32_t Command = PciRead(Space, PciRegisterCommand, 2);
    uint32_t Decode = PciCommandIo | PciCommandMemory;
    for (uint32_t i = 0; i < PciBarSlots; i++)
        Bars[i] = (PCI_BAR){0};
    if (HeaderType > 1)
        return;
    if (Command & Decode)
        PciWrite(Space, PciRegisterCommand, 2, Command & ~Decode);
    for (uint32_t i = 0; i < Counts[HeaderType]; i++) {
        PCI_BAR *Bar = &Bars[i];
        uint32_t Was;
        Bar->Register = (uint8_t)(PciRegisterBar0 + 4 * i);
        uint32_t Mask = PciProbeRegister(Space, Bar->Register, UINT32_MAX, &Was);
        if (Mask & BarIo)
            PciDecodeIo(Bar, Mask, Was);
        else
            PciDecodeMemory(Space, Bar, Mask, Was, i + 1 < Counts[HeaderType]);
        i += Bar->Wide;
    }
    PciReadRom(Space, HeaderType, &Bars[PciRomBar]);
    if (Command & Decode)
        PciWrite(Space, PciRegisterCommand, 2, Command);
}

// A ROM is not switched on: drivers do not run it.
void PciWriteBar(const PCI_SPACE *Space, const PCI_BAR *Bar, uint64_t Address)
{
    PciWrite(Space, Bar->Register, 4, (uint32_t)Address);
    if (Bar->Wide)
        PciWrite(Space, Bar->Register + 4u, 4, (uint32_t)(Address >> 32));
}

uint64_t PciHighestAddress(const PCI_BAR *Bar)
{
    if (Bar->Kind == PciBarIo)
        return 0xFFFF;
    if (Bar->Low)
        return 0xF'FFFF;
    return Bar->Wide ? UINT64_MAX : UINT32_MAX;
}
