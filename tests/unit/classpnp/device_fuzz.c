// Bytes that a device might send, through everything that reads such bytes.
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "sat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void describe(const uint8_t *bytes, size_t length)
{
    CORE_CAPACITY capacity;
    CORE_BLOCK_LIMITS limits;
    CORE_CHARACTERISTICS characteristics;
    CORE_PROVISIONING provisioning;
    size_t page_length;
    uint32_t count;
    uint8_t out[256];
    if (CoreParseCapacity16(bytes, length, &capacity) && capacity.BlockBytes == 0)
        abort();
    CoreParseCapacity10(bytes, length, &capacity);
    CoreParseBlockLimits(bytes, length, &limits);
    CoreParseCharacteristics(bytes, length, &characteristics);
    CoreParseProvisioning(bytes, length, &provisioning);
    for (unsigned page = 0; page < 256; page++) {
        CoreVpdSupports(bytes, length, (uint8_t)page);
        const uint8_t *found =
            CoreFindModePage(bytes, length, page & 0x3F, (page & 0x40) != 0, &page_length);
        if (found && (found < bytes || page_length < 2 || found + page_length > bytes + length))
            abort();
    }
    for (size_t room = 0; room <= sizeof(out); room += 13)
        CoreMakeIdentifiers(bytes, length, out, room, &count);
}

static void fail(const uint8_t *bytes, size_t length)
{
    CORE_FAILURE failure = {.Sense = bytes, .SenseLength = length};
    CORE_OUTCOME outcome;
    uint8_t current[SAT_REGISTERS], previous[SAT_REGISTERS];
    if (length < 2)
        return;
    failure.SrbStatus = bytes[0] & 0x3F;
    failure.ScsiStatus = bytes[1];
    failure.Removable = (bytes[0] & 0x40) != 0;
    CoreInterpret(&failure, &outcome);
    if (outcome.Delay > 60000 || outcome.Retries > 100)
        abort();
    SatReadRegisters(bytes, length, current, previous);
}

static void unmap(const uint8_t *bytes, size_t length)
{
    CORE_RANGE ranges[16];
    uint8_t list[128];
    uint64_t left = 0;
    CORE_UNMAP work = {.Ranges = ranges};
    if (length < 2)
        return;
    work.MaximumDescriptors = bytes[0] % 8 + 1u;
    work.MaximumBlocks = bytes[1] * 1000u + 1000;
    for (size_t place = 2; place + 3 <= length && work.Count < 16; place += 3, work.Count++) {
        ranges[work.Count] = (CORE_RANGE){bytes[place], CoreGet16(bytes + place + 1)};
        left += ranges[work.Count].Blocks;
    }
    size_t bytes_used;
    while ((bytes_used = CoreBuildUnmap(&work, list, sizeof(list))) != 0) {
        for (size_t place = 8; place < bytes_used; place += 16)
            left -= CoreGet32(list + place + 8);
    }
    if (left)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    describe(data, size);
    fail(data, size);
    unmap(data, size);
    return 0;
}
