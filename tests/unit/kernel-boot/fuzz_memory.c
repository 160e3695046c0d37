// Memory maps of any kind: what is handed out never overlaps the kernel, the interrupt controllers, or
// itself.
#include <stdlib.h>

#include "fake_memory.h"

static const region_t kernel_image = {0x100000, 0x180000};

static region_t region_of(const piece_t *piece)
{
    return (region_t){piece->address, piece->address + (1ull << piece->size_bits)};
}

static void check_pieces(const piece_list_t *pieces)
{
    static region_list_t seen;
    seen.count = 0;
    region_add(&seen, kernel_image);
    region_add(&seen, (region_t){0xfee00000, 0xfee01000});
    region_add(&seen, (region_t){0xfec00000, 0xfec01000});
    for (unsigned i = 0; i < pieces->count; i++) {
        if (region_intersects(&seen, region_of(&pieces->items[i])))
            abort();
        region_add(&seen, region_of(&pieces->items[i]));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static loader_info_t loader;
    static acpi_info_t acpi = {
        .lapic = 0xfee00000, .ioapic_count = 1, .ioapics = {{.address = 0xfec00000}}};
    static memory_plan_t plan;
    static piece_list_t pieces;
    loader.memory_count = 0;
    for (; size >= 17 && loader.memory_count < max_memory_ranges; size -= 17, data += 17) {
        memory_range_t *range = &loader.memory[loader.memory_count];
        memcpy(&range->base, data, 8);
        memcpy(&range->length, data + 8, 8);
        range->type = data[16] % 6;
        // multiboot.c lets no others through.
        if (range->length && range->base + range->length >= range->base)
            loader.memory_count++;
    }
    memory_plan(&loader, &acpi, kernel_image, &plan);
    pieces.count = 0;
    pieces_add(&pieces, &plan.device, seL4_MaxUntypedBits, true, &plan.firmware);
    pieces_add(&pieces, &plan.ram, ram_piece_bits(&plan.ram), false, &plan.firmware);
    pieces_limit(&pieces, seL4_ConfigMaxBootInfoUntypedCaps);
    check_pieces(&pieces);
    return 0;
}
