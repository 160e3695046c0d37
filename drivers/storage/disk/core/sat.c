#include "sat.h"

#include <string.h>

enum { // PROTOCOL
    ProtocolNone = 3,
    ProtocolPioIn = 4,
    ProtocolPioOut = 5,
    ProtocolDma = 6,
};

enum {
    PassThrough16 = 0x85,
    CheckCondition = 0x20,
    DirectionIn = 0x08,
    LengthInBlocks = 0x04,
    LengthInCount = 0x02
};

bool SatBuildCommand(const SAT_REQUEST *Command, uint8_t Cdb[SAT_CDB_BYTES])
{
    uint8_t Protocol = ProtocolNone;
    uint32_t Sectors = Command->Length / SAT_SECTOR_BYTES;
    bool Data = Command->Length != 0;
    if (Command->Length % SAT_SECTOR_BYTES || Sectors > (Command->Extended ? 0xFFFF : 0xFF))
        return false;
    if ((Command->In && Command->Out) || Data != (Command->In || Command->Out))
        return false;
    if (Data)
        Protocol = Command->Dma ? ProtocolDma : Command->In ? ProtocolPioIn : ProtocolPioOut;
    memset(Cdb, 0, SAT_CDB_BYTES);
    Cdb[0] = PassThrough16;
    Cdb[1] = (uint8_t)(Protocol << 1 | (Command->Extended ? 1 : 0));
    Cdb[2] = CheckCondition; // so that the registers come back
    if (Data)
        Cdb[2] |= (uint8_t)(LengthInBlocks | LengthInCount | (Command->In ? DirectionIn : 0));
    // The upper byte of each register before its lower one; device and command have only one.
    for (int i = SAT_FEATURES; i <= SAT_LBA_HIGH; i++) {
        Cdb[3 + 2 * i] = Command->Extended ? Command->Previous[i] : 0;
        Cdb[4 + 2 * i] = Command->Current[i];
    }
    Cdb[13] = Command->Current[SAT_DEVICE];
    Cdb[14] = Command->Current[SAT_COMMAND];
    // A command that has no use for the count, as IDENTIFY DEVICE, still tells its length there.
    if (Data && Cdb[6] == 0 && Cdb[5] == 0) {
        Cdb[5] = (uint8_t)(Sectors >> 8);
        Cdb[6] = (uint8_t)Sectors;
    }
    return true;
}

// The ATA Status Return descriptor (SAT-3, 12.2.6).
static bool FromDescriptor(const uint8_t *Sense, size_t Length, uint8_t *Current, uint8_t *Previous)
{
    enum { Type = 0x09, Bytes = 14 };
    size_t End = Length < 8 ? 0 : 8u + Sense[7];
    if (End > Length)
        End = Length;
    for (size_t Place = 8; Place + 2 <= End; Place += 2u + Sense[Place + 1]) {
        const uint8_t *Descriptor = Sense + Place;
        if (Descriptor[0] != Type || Descriptor[1] < Bytes - 2 || Bytes > End - Place)
            continue;
        Current[SAT_FEATURES] = Descriptor[3];
        for (int i = SAT_COUNT; i <= SAT_LBA_HIGH; i++) {
            Previous[i] = Descriptor[2 + 2 * i];
            Current[i] = Descriptor[3 + 2 * i];
        }
        Current[SAT_DEVICE] = Descriptor[12];
        Current[SAT_COMMAND] = Descriptor[13];
        return true;
    }
    return false;
}

// In the fixed format the registers are in the information and command-specific fields.
static bool FromFixed(const uint8_t *Sense, size_t Length, uint8_t *Current)
{
    if (Length < 14 || Sense[12] != 0x00 || Sense[13] != 0x1D)
        return false;
    Current[SAT_FEATURES] = Sense[3];
    Current[SAT_COMMAND] = Sense[4];
    Current[SAT_DEVICE] = Sense[5];
    Current[SAT_COUNT] = Sense[6];
    Current[SAT_LBA_LOW] = Sense[9];
    Current[SAT_LBA_MID] = Sense[10];
    Current[SAT_LBA_HIGH] = Sense[11];
    return true;
}

bool SatReadRegisters(const uint8_t *Sense, size_t Length, uint8_t Current[SAT_REGISTERS],
                      uint8_t Previous[SAT_REGISTERS])
{
    memset(Current, 0, SAT_REGISTERS);
    memset(Previous, 0, SAT_REGISTERS);
    if (Length == 0)
        return false;
    switch (Sense[0] & 0x7F) {
    case 0x72:
    case 0x73:
        return FromDescriptor(Sense, Length, Current, Previous);
    case 0x70:
    case 0x71:
        return FromFixed(Sense, Length, Current);
    default:
        return false;
    }
}
