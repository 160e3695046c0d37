#include "fake_memory.h"

static const uint8_t *readable;
static word_t readable_size;
static uint8_t test_memory[test_memory_size];

void fake_memory_set(const uint8_t *memory, word_t size)
{
    readable = memory;
    readable_size = size;
}

const void *boot_physical(paddr_t address, word_t size)
{
    if (address > readable_size || size > readable_size - address)
        return nullptr;
    return readable + address;
}

uint8_t *fake_memory_new(void)
{
    memset(test_memory, 0, sizeof(test_memory));
    fake_memory_set(test_memory, sizeof(test_memory));
    return test_memory;
}

void put32(paddr_t address, uint32_t value)
{
    memcpy(test_memory + address, &value, sizeof(value));
}

void put64(paddr_t address, uint64_t value)
{
    memcpy(test_memory + address, &value, sizeof(value));
}

void put_text(paddr_t address, const char *text)
{
    while (*text)
        test_memory[address++] = (uint8_t)*text++;
}

void put_checksum(paddr_t start, word_t size, paddr_t checksum)
{
    uint8_t sum = 0;
    test_memory[checksum] = 0;
    for (word_t i = 0; i < size; i++)
        sum = (uint8_t)(sum + test_memory[start + i]);
    test_memory[checksum] = (uint8_t)-sum;
}
