// A drive's IDENTIFY DEVICE data, and a request as the driver makes it.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "frame.h"
#include "translate.h"

enum { FakeQueueDepth = 32, FakeTrimBlocks = 2 };
constexpr uint64_t FakeBlocks = 0x200000000;

void FakeText(uint16_t *Words, const char *Text, uint32_t Bytes);
// 512-byte sectors, 32 queued commands, a cache, FUA, TRIM.
void FakeIdentity(uint16_t Words[256]);

// Translates with a data buffer of exactly this length, which has Data's first bytes before and gives them after.
ATA_ACTION FakeDo(const uint8_t *Cdb, uint32_t CdbLength, const ATA_DRIVE *Drive, uint8_t *Data,
                  uint32_t Length, ATA_TRANSLATION *Translation);
