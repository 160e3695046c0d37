// A disk in memory that can lose its power after a number of sector writes.
#ifndef TESTS_UNIT_PARTMGR_FAKEDISK_H
#define TESTS_UNIT_PARTMGR_FAKEDISK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

typedef struct _FAKE_DISK {
    PT_DISK Disk;
    uint8_t *Bytes;
    uint64_t Written;   // sectors, since it was made or restored
    uint64_t PowerLeft; // sector writes until the power goes
    uint64_t BadSector; // cannot be read; UINT64_MAX: none
} FAKE_DISK;

void FakeInit(FAKE_DISK *Fake, uint64_t Sectors, uint32_t SectorSize);
void FakeFree(FAKE_DISK *Fake);
uint8_t *FakeSector(FAKE_DISK *Fake, uint64_t Sector);
uint8_t *FakeCopy(const FAKE_DISK *Fake); // of its bytes, to be freed
void FakeRestore(FAKE_DISK *Fake, const uint8_t *Bytes);
void FakeSave(const FAKE_DISK *Fake, const char *Path);
void FakeLoad(FAKE_DISK *Fake, const char *Path);

// A table that is built by hand: identifiers are Seed and the place in the table.
PT_TABLE FakeGpt(const FAKE_DISK *Fake, uint8_t Seed);
PT_TABLE FakeMbr(const FAKE_DISK *Fake, uint32_t Signature);
void FakeAdd(const FAKE_DISK *Fake, PT_TABLE *Table, uint8_t Seed, uint64_t Start,
             uint64_t Sectors);
void FakeSet(PT_TABLE *Table, uint32_t Index, uint8_t Type, uint64_t Start, uint64_t Sectors);
// Four entries more: a logical partition and a link (Type 0: none).
void FakeAddLogical(const FAKE_DISK *Fake, PT_TABLE *Table, uint64_t Start, uint64_t Sectors,
                    uint64_t Link, uint64_t LinkSectors);

bool FakeSameTable(const PT_TABLE *First, const PT_TABLE *Second);

#endif
