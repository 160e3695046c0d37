// Commands as frames, and buffers as regions of a command table (AHCI 4.2.3; Serial ATA 3, 10.5.5).
#pragma once

#include "ata.h"
#include "hardware.h"

// A register frame to the device.
static inline void AhciMakeFrame(AHCI_TABLE *Table, const ATA_COMMAND *Command)
{
    uint32_t Low = (uint32_t)Command->Lba & 0xFFFFFF;
    uint32_t High = (uint32_t)(Command->Lba >> 24) & 0xFFFFFF;
    uint32_t *Frame = Table->FisDwords;
    Frame[0] = FIS_TO_DEVICE | FIS_COMMAND << 8 | (uint32_t)Command->Opcode << 16 |
               (uint32_t)(Command->Features & 0xFF) << 24;
    Frame[1] = Low | (uint32_t)Command->Device << 24;
    Frame[2] = High | (uint32_t)(Command->Features >> 8) << 24;
    Frame[3] = Command->Count;
    Frame[4] = 0;
}

// The tag of a queued command is where others have their count.
static inline void AhciSetTag(AHCI_TABLE *Table, uint32_t Tag)
{
    Table->FisDwords[3] = Tag << 3;
}

// The rest of a piece of memory behind *Count regions. False: there is no room, or the adapter cannot address it.
static inline bool AhciAddPiece(AHCI_TABLE *Table, uint32_t *Count, uint64_t Address,
                                uint32_t Length, bool Wide)
{
    if ((Address | Length) & 1 || (!Wide && Address + Length > (uint64_t)1 << 32))
        return false;
    while (Length) {
        uint32_t Part = Length < AHCI_REGION_BYTES ? Length : (uint32_t)AHCI_REGION_BYTES;
        if (*Count == AHCI_REGIONS)
            return false;
        AhciRegionsOf(Table)[(*Count)++] = (AHCI_REGION){.Address = Address, .LastByte = Part - 1};
        Address += Part;
        Length -= Part;
    }
    return true;
}

static inline uint32_t AhciHeaderOptions(ATA_DIRECTION Direction, uint32_t Regions)
{
    return AHCI_HEADER_FIS_DWORDS | (Direction == AtaOut ? AHCI_HEADER_WRITE : 0u) |
           Regions << AHCI_HEADER_REGIONS_SHIFT;
}
