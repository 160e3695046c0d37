// The two lists of capabilities: in the first 256 bytes, and from there on.
#include "pcicore.h"

enum {
    FirstCapability = 0x40,
    MostCapabilities = (0x100 - FirstCapability) / 4,
    FirstExtended = 0x100,
    MostExtended = (0x1000 - FirstExtended) / 4,
};

// How many entries the list has up to and with the one at Offset; 0: it is not in the list. A list that has more
// entries than fit is a circle.
static uint32_t PciFollow(const PCI_SPACE *Space, uint32_t Offset)
{
    uint32_t Place = PciRead(Space, PciRegisterCapabilities, 1) & 0xFC;
    for (uint32_t i = 1; i <= MostCapabilities && Place >= FirstCapability; i++) {
        if (Place == Offset)
            return i;
        Place = PciRead(Space, Place + 1, 1) & 0xFC;
    }
    return 0;
}

uint32_t PciNextCapability(const PCI_SPACE *Space, uint32_t After, uint32_t *Id)
{
    uint32_t Status = PciRead(Space, PciRegisterStatus, 2);
    if (!(Status & PciStatusCapabilities) || Status == 0xFFFF)
        return 0;
    uint32_t Depth = After ? PciFollow(Space, After) : 0;
    if (After && !Depth)
        return 0;
    uint32_t Next = PciRead(Space, After ? After + 1 : PciRegisterCapabilities, 1) & 0xFC;
    // One that is in the list already leads back.
    if (Next < FirstCapability || Next == 0xFC || (After && PciFollow(Space, Next) <= Depth))
        return 0;
    *Id = PciRead(Space, Next, 1);
    return *Id == 0xFF ? 0 : Next;
}

uint32_t PciFindCapability(const PCI_SPACE *Space, uint32_t Id)
{
    uint32_t Found, Offset = PciNextCapability(Space, 0, &Found);
    for (uint32_t i = 0; i < MostCapabilities && Offset; i++) {
        if (Found == Id)
            return Offset;
        Offset = PciNextCapability(Space, Offset, &Found);
    }
    return 0;
}

// The offsets must grow: no device has reason to let them lead back.
uint32_t PciNextExtended(const PCI_SPACE *Space, uint32_t After, uint32_t *Id)
{
    uint32_t Offset = FirstExtended;
    if (After)
        Offset = PciRead(Space, After, 4) >> 20 & 0xFFC;
    if (Offset < FirstExtended || (After && Offset <= After))
        return 0;
    uint32_t Head = PciRead(Space, Offset, 4);
    if (Head == 0 || Head == UINT32_MAX)
        return 0;
    *Id = Head & 0xFFFF;
    return Offset;
}

uint32_t PciFindExtended(const PCI_SPACE *Space, uint32_t Id)
{
    uint32_t Found, Offset = PciNextExtended(Space, 0, &Found);
    for (uint32_t i = 0; i < MostExtended && Offset; i++) {
        if (Found == Id)
            return Offset;
        Offset = PciNextExtended(Space, Offset, &Found);
    }
    return 0;
}

// ---- What drivers may write

// Of the bus driver's capabilities: how many bytes belong to it.
static uint32_t PciOwnedBytes(const PCI_SPACE *Space, uint32_t Id, uint32_t Offset)
{
    uint32_t Control;
    switch (Id) {
    case PciCapabilityPower:
        return 8;
    case PciCapabilityMsi:
        Control = PciRead(Space, Offset + 2, 2);
        return 10 + (Control & 0x80 ? 4 : 0) + (Control & 0x100 ? 10 : 0);
    case PciCapabilityMsix:
        return 12;
    default:
        return 2; // identifier and link
    }
}

bool PciIsDriverByte(const PCI_SPACE *Space, const PCI_HEADER *Header, uint32_t Offset)
{
    uint32_t Id, Place;
    // Command but for what the bus driver switches, status, cache line, latency; the line.
    if (Offset < FirstCapability)
        return Offset == PciRegisterCommand + 1 || Offset == PciRegisterStatus ||
               Offset == PciRegisterStatus + 1 || Offset == PciRegisterCacheLine ||
               Offset == PciRegisterLatency || (Offset == PciRegisterLine && Header->Type == 0);
    Place = PciNextCapability(Space, 0, &Id);
    for (uint32_t i = 0; i < MostCapabilities && Place; i++) {
        if (Offset >= Place && Offset - Place < PciOwnedBytes(Space, Id, Place))
            return false;
        Place = PciNextCapability(Space, Place, &Id);
    }
    return Offset < Space->Length;
}
