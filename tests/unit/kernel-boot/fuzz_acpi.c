// Memory with an XSDT at 0x100 that names four places, each of which is made a table of the length that
// the input says, with a correct checksum: so that the parsers behind the checks are reached.
#include <stdlib.h>

#include "fake_memory.h"

enum { root = 0x100, header_size = 36, tables = 4, root_size = header_size + 8 * tables };

static void fix_checksum(uint8_t *memory, size_t size, size_t address)
{
    uint32_t length;
    if (address + header_size > size)
        return;
    memcpy(&length, memory + address + 4, sizeof(length));
    if (length < header_size || length > size - address)
        return;
    uint8_t sum = 0;
    memory[address + 9] = 0;
    for (uint32_t i = 0; i < length; i++)
        sum = (uint8_t)(sum + memory[address + i]);
    memory[address + 9] = (uint8_t)-sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const signatures[tables] = {"APIC", "HPET", "FACP", "SSDT"};
    static acpi_info_t acpi;
    if (size < root + root_size)
        return 0;

    uint8_t *memory = malloc(size); // of exactly this size: the sanitizer guards its end
    memcpy(memory, data, size);
    for (unsigned i = 0; i < tables; i++) {
        uint64_t address = root + root_size + data[i] * 8u;
        memcpy(memory + root + header_size + 8ull * i, &address, sizeof(address));
        if (address + header_size > size)
            continue;
        memcpy(memory + address, signatures[i], 4);
        fix_checksum(memory, size, address);
    }
    const uint32_t length = root_size;
    memcpy(memory + root + 4, &length, sizeof(length));
    fix_checksum(memory, size, root);

    uint8_t rsdp[rsdp_size] = {[15] = 2, [24] = root & 0xff, [25] = root >> 8};
    fake_memory_set(memory, size);
    acpi_parse(rsdp, &acpi);
    (void)acpi_find_rsdp(rsdp);
    free(memory);
    return 0;
}
