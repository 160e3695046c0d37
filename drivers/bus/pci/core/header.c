// Access to configuration space, and the header at its start.
#include "pcicore.h"

uint32_t PciRead(const PCI_SPACE *Space, uint32_t Offset, uint32_t Size)
{
    uint32_t Ones = Size == 4 ? UINT32_MAX : (1u << 8 * Size) - 1;
    if (Offset >= Space->Length || Size > Space->Length - Offset)
        return Ones;
    return Space->Read(Space->Context, Offset, Size) & Ones;
}

void PciWrite(const PCI_SPACE *Space, uint32_t Offset, uint32_t Size, uint32_t Value)
{
    if (Offset < Space->Length && Size <= Space->Length - Offset)
        Space->Write(Space->Context, Offset, Size, Value);
}

void PciReadBytes(const PCI_SPACE *Space, uint32_t Offset, void *Buffer, uint32_t Length)
{
    uint8_t *Bytes = Buffer;
    while (Length) {
        uint32_t Size = 1;
        if (Offset % 4 == 0 && Length >= 4)
            Size = 4;
        else if (Offset % 2 == 0 && Length >= 2)
            Size = 2;
        uint32_t Value = PciRead(Space, Offset, Size);
        for (uint32_t i = 0; i < Size; i++)
            *Bytes++ = (uint8_t)(Value >> 8 * i);
        Offset += Size;
        Length -= Size;
    }
}

static void PciReadSubsystem(const PCI_SPACE *Space, PCI_HEADER *Header)
{
    uint32_t Value = 0;
    if (Header->Type == 0) {
        Value = PciRead(Space, PciRegisterSubsystem, 4);
    } else {
        uint32_t Capability = PciFindCapability(Space, PciCapabilitySubsystem);
        if (Capability)
            Value = PciRead(Space, Capability + 4, 4);
    }
    if (Value == UINT32_MAX)
        Value = 0;
    Header->SubsystemVendor = (uint16_t)Value;
    Header->Subsystem = (uint16_t)(Value >> 16);
}

bool PciReadHeader(const PCI_SPACE *Space, PCI_HEADER *Header)
{
    uint32_t Id = PciRead(Space, PciRegisterId, 4);
    uint32_t Class = PciRead(Space, PciRegisterRevision, 4);
    uint8_t Type = (uint8_t)PciRead(Space, PciRegisterHeaderType, 1);
    *Header = (PCI_HEADER){0};
    // Both halves: a bridge may answer for a device that is still waking up with a vendor alone.
    if ((Id & 0xFFFF) == 0xFFFF || Id == 0 || (Type & PciHeaderTypeMask) > 2)
        return false;
    Header->Vendor = (uint16_t)Id;
    Header->Device = (uint16_t)(Id >> 16);
    Header->Revision = (uint8_t)Class;
    Header->Interface = (uint8_t)(Class >> 8);
    Header->Subclass = (uint8_t)(Class >> 16);
    Header->Class = (uint8_t)(Class >> 24);
    Header->Type = Type & PciHeaderTypeMask;
    Header->Multifunction = (Type & PciHeaderMultifunction) != 0;
    Header->Line = (uint8_t)PciRead(Space, PciRegisterLine, 1);
    Header->Pin = (uint8_t)PciRead(Space, PciRegisterPin, 1);
    if (Header->Pin > 4)
        Header->Pin = 0;
    PciReadSubsystem(Space, Header);
    return true;
}

bool PciIsSameFunction(const PCI_SPACE *Space, const PCI_HEADER *Header)
{
    PCI_HEADER Now;
    return PciReadHeader(Space, &Now) && Now.Vendor == Header->Vendor &&
           Now.Device == Header->Device && Now.Revision == Header->Revision &&
           Now.Class == Header->Class && Now.Subclass == Header->Subclass &&
           Now.Type == Header->Type && Now.Subsystem == Header->Subsystem &&
           Now.SubsystemVendor == Header->SubsystemVendor;
}
