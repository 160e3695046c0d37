// Configuration space that a test makes up.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pcicore.h"

enum { FakeBytes = 4096 };

typedef struct FAKE {
    uint8_t Bytes[FakeBytes], Writable[FakeBytes]; // bits that a write changes
    uint32_t DecodedProbes;                        // writes to ranges while they were decoded
    uint32_t Reads;
    PCI_SPACE Space;
} FAKE;

void FakeInit(FAKE *Fake, uint32_t Length); // nothing is there
void FakeSet(FAKE *Fake, uint32_t Offset, uint32_t Size, uint32_t Value);
uint32_t FakeGet(const FAKE *Fake, uint32_t Offset, uint32_t Size);
// A function of type 0 or 1, with its command register on.
void FakeFunction(FAKE *Fake, uint8_t Type);
// A range of Size bytes at register Register, with the type bits in Value.
void FakeBar(FAKE *Fake, uint32_t Register, uint64_t Size, uint64_t Value);
