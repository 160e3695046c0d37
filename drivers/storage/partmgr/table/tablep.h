// Private to the partition tables: what is on the disk, and what the files share.
#pragma once

#include "table.h"

#include <string.h>

typedef struct __attribute__((packed)) _PT_GPT_HEADER {
    uint64_t Signature;
    uint32_t Revision, HeaderSize, HeaderCrc, Reserved;
    uint64_t Sector, Alternate, FirstUsable, LastUsable;
    PT_GUID DiskId;
    uint64_t ArraySector;
    uint32_t EntryCount, EntrySize, ArrayCrc;
} PT_GPT_HEADER;
static_assert(sizeof(PT_GPT_HEADER) == 92);

typedef struct __attribute__((packed)) _PT_GPT_ENTRY {
    PT_GUID Type, Id;
    uint64_t First, Last, Attributes;
    uint16_t Name[PT_NAME_CHARS];
} PT_GPT_ENTRY;
static_assert(sizeof(PT_GPT_ENTRY) == 128);

typedef struct __attribute__((packed)) _PT_MBR_ENTRY {
    uint8_t Boot;
    uint8_t FirstChs[3];
    uint8_t Type;
    uint8_t LastChs[3];
    uint32_t Start, Sectors;
} PT_MBR_ENTRY;
static_assert(sizeof(PT_MBR_ENTRY) == 16);

typedef struct __attribute__((packed)) _PT_MBR {
    uint8_t BootCode[440];
    uint32_t Signature;
    uint16_t Reserved;
    PT_MBR_ENTRY Entries[4];
    uint16_t Magic;
} PT_MBR;
static_assert(sizeof(PT_MBR) == 512);

enum {
    PT_MBR_MAGIC = 0xAA55,
    PT_MBR_BOOT = 0x80,
    PT_GPT_REVISION = 0x00010000,
    PT_GPT_ENTRY_COUNT = 128,
    PT_MAX_ARRAY = 1 << 20,
};
constexpr uint64_t PT_GPT_SIGNATURE = 0x5452415020494645; // "EFI PART"

static inline bool PtIsZero(const void *Data, uint32_t Length)
{
    const uint8_t *Bytes = Data;
    for (uint32_t i = 0; i < Length; i++) {
        if (Bytes[i])
            return false;
    }
    return true;
}

static inline bool PtSameGuid(const PT_GUID *First, const PT_GUID *Second)
{
    return memcmp(First, Second, sizeof(*First)) == 0;
}

// Not an empty entry, and not one that only holds others.
static inline bool PtIsPartition(const PT_TABLE *Table, const PT_PARTITION *Partition)
{
    if (Table->Style != PtStyleMbr)
        return true;
    return Partition->MbrType != PT_MBR_TYPE_EMPTY && !PtIsExtended(Partition->MbrType);
}

static inline uint32_t PtArraySectors(const PT_DISK *Disk, const PT_TABLE *Table)
{
    return (Table->EntryCount * Table->EntrySize + Disk->SectorSize - 1) / Disk->SectorSize;
}

static inline PT_RESULT PtRefuse(PT_TABLE *Table, PT_PROBLEM Problem, uint32_t Entry)
{
    Table->Problem = Problem;
    Table->ProblemEntry = Entry;
    return PtRefused;
}

// gpt.c: at Sector; Table is empty before. PtRefused: that copy is damaged.
PT_RESULT PtReadGptCopy(const PT_DISK *Disk, uint64_t Sector, PT_TABLE *Table, uint64_t *Alternate);
PT_RESULT PtReadGpt(const PT_DISK *Disk, PT_TABLE *Table);
PT_RESULT PtCheckGpt(const PT_DISK *Disk, PT_TABLE *Table);

// mbr.c
PT_RESULT PtReadMbr(const PT_DISK *Disk, const PT_MBR *Mbr, PT_TABLE *Table);
PT_RESULT PtCheckMbr(const PT_DISK *Disk, PT_TABLE *Table);
// The extended entry of a group, or null.
PT_PARTITION *PtGroupLink(const PT_TABLE *Table, uint32_t Group);

// check.c: a partition that shares sectors with another, or Count
uint32_t PtFindOverlap(const PT_TABLE *Table);

// mbrwrite.c, gptwrite.c
PT_RESULT PtWriteMbr(const PT_DISK *Disk, const PT_TABLE *Old, const PT_TABLE *New);
PT_RESULT PtWriteGpt(const PT_DISK *Disk, const PT_TABLE *Old, PT_TABLE *New);
PT_RESULT PtWipeGpt(const PT_DISK *Disk, const PT_TABLE *Old);
void PtFillEntry(PT_MBR_ENTRY *Entry, const PT_PARTITION *Partition, uint64_t Base);
// Write the sector if it is not so already.
PT_RESULT PtWriteChanged(const PT_DISK *Disk, uint64_t Sector, const void *Data, void *Space);
