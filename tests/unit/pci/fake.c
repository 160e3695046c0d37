#include "fake.h"

#include <string.h>

static uint32_t FakeRead(void *Context, uint32_t Offset, uint32_t Size)
{
    FAKE *Fake = Context;
    assert_true(Offset % Size == 0 && Offset + Size <= Fake->Space.Length);
    Fake->Reads++;
    return FakeGet(Fake, Offset, Size);
}

static void FakeWrite(void *Context, uint32_t Offset, uint32_t Size, uint32_t Value)
{
    FAKE *Fake = Context;
    assert_true(Offset % Size == 0 && Offset + Size <= Fake->Space.Length);
    if (Offset >= PciRegisterBar0 && Offset < 0x28 && Size == 4 &&
        (FakeGet(Fake, PciRegisterCommand, 2) & (PciCommandIo | PciCommandMemory)))
        Fake->DecodedProbes++;
    for (uint32_t i = 0; i < Size; i++) {
        uint8_t Byte = (uint8_t)(Value >> 8 * i), Mask = Fake->Writable[Offset + i];
        Fake->Bytes[Offset + i] = (uint8_t)((Fake->Bytes[Offset + i] & ~Mask) | (Byte & Mask));
    }
}

void FakeInit(FAKE *Fake, uint32_t Length)
{
    memset(Fake, 0, sizeof(*Fake));
    memset(Fake->Bytes, 0xFF, sizeof(Fake->Bytes));
    Fake->Space = (PCI_SPACE){FakeRead, FakeWrite, Fake, Length};
}

void FakeSet(FAKE *Fake, uint32_t Offset, uint32_t Size, uint32_t Value)
{
    for (uint32_t i = 0; i < Size; i++)
        Fake->Bytes[Offset + i] = (uint8_t)(Value >> 8 * i);
}

uint32_t FakeGet(const FAKE *Fake, uint32_t Offset, uint32_t Size)
{
    uint32_t Value = 0;
    for (uint32_t i = 0; i < Size; i++)
        Value |= (uint32_t)Fake->Bytes[Offset + i] << 8 * i;
    return Value;
}

void FakeFunction(FAKE *Fake, uint8_t Type)
{
    FakeInit(Fake, FakeBytes);
    memset(Fake->Bytes, 0, sizeof(Fake->Bytes));
    FakeSet(Fake, PciRegisterId, 4, 0x2922'8086);
    FakeSet(Fake, PciRegisterCommand, 2, PciCommandIo | PciCommandMemory | PciCommandMaster);
    FakeSet(Fake, PciRegisterRevision, 4, 0x0106'0102);
    FakeSet(Fake, PciRegisterHeaderType, 1, Type);
    if (Type == 0)
        FakeSet(Fake, PciRegisterSubsystem, 4, 0x1100'1AF4);
    memset(Fake->Writable + PciRegisterCommand, 0xFF, 2);
}

void FakeBar(FAKE *Fake, uint32_t Register, uint64_t Size, uint64_t Value)
{
    uint64_t Mask = ~(Size - 1);
    bool Wide = (Value & 7) == 4;
    for (uint32_t i = 0; i < (Wide ? 8u : 4u); i++) {
        Fake->Writable[Register + i] = (uint8_t)(Mask >> 8 * i);
        Fake->Bytes[Register + i] = (uint8_t)(Value >> 8 * i);
    }
}
