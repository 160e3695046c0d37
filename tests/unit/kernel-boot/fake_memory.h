// Physical memory for the parsers under test: a block of ordinary memory at address 0. What is outside
// it cannot be read, and the address sanitizer sees every step over its end.
#pragma once

#include <setjmp.h>
#include <stdarg.h>

#include "boot.h"

#include <cmocka.h>

void fake_memory_set(const uint8_t *memory, word_t size);

// For tests: a zeroed memory of their own.
enum { test_memory_size = 64 * 1024 };
uint8_t *fake_memory_new(void);
void put32(paddr_t address, uint32_t value);
void put64(paddr_t address, uint64_t value);
void put_text(paddr_t address, const char *text); // without its terminator
// Make the sum of the bytes zero by changing the byte at `checksum`.
void put_checksum(paddr_t start, word_t size, paddr_t checksum);
