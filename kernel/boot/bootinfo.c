// What the loader and the firmware told, passed on in chunks behind the boot information (manual,
// "BootInfo Frame"). The chunks, their contents and their order are those of seL4.
#include "boot.h"

typedef struct chunk {
    seL4_BootInfoID id;
    word_t size; // of the payload; 0: there is no such chunk
    const void *payload;
} chunk_t;

enum { chunk_count = 5 };

// The payload of the memory map chunk: room for all entries whatever their number.
typedef struct [[gnu::packed]] memory_map {
    uint32_t length;
    seL4_X86_mb_mmap_t entries[SEL4_MULTIBOOT_MAX_MMAP_ENTRIES];
} memory_map_t;

static_assert(sizeof(seL4_BootInfoHeader) + sizeof(memory_map_t) ==
              sizeof(seL4_X86_BootInfo_mmap_t));

// All of it fits the one page that the root task gets for it.
static_assert(sizeof(seL4_X86_BootInfo_VBE) + sizeof(seL4_X86_BootInfo_mmap_t) +
                  3 * sizeof(seL4_BootInfoHeader) + rsdp_size + sizeof(seL4_X86_BootInfo_fb_t) +
                  sizeof(uint32_t) <=
              BIT(seL4_PageBits));

static void list_chunks(const loader_info_t *loader, const memory_map_t *map,
                        const uint32_t *tsc_mhz, chunk_t chunks[chunk_count])
{
    const seL4_X86_BootInfo_VBE *vbe = &loader->vbe;
    const word_t vbe_size = sizeof(*vbe) - sizeof(vbe->header);
    const chunk_t all[chunk_count] = {
        {SEL4_BOOTINFO_HEADER_X86_VBE, loader->has_vbe ? vbe_size : 0, &vbe->vbeInfoBlock},
        {SEL4_BOOTINFO_HEADER_X86_ACPI_RSDP, loader->has_rsdp ? rsdp_size : 0, loader->rsdp},
        {SEL4_BOOTINFO_HEADER_X86_FRAMEBUFFER,
         loader->has_framebuffer ? sizeof(loader->framebuffer) : 0, &loader->framebuffer},
        {SEL4_BOOTINFO_HEADER_X86_MBMMAP, sizeof(*map), map},
        {SEL4_BOOTINFO_HEADER_X86_TSC_FREQ, sizeof(*tsc_mhz), tsc_mhz},
    };
    memcpy(chunks, all, sizeof(all));
}

static void fill_memory_map(const loader_info_t *loader, memory_map_t *map)
{
    memset(map, 0, sizeof(*map));
    unsigned count = loader->memory_count;
    if (count > SEL4_MULTIBOOT_MAX_MMAP_ENTRIES)
        count = SEL4_MULTIBOOT_MAX_MMAP_ENTRIES;
    for (unsigned i = 0; i < count; i++) {
        map->entries[i] = (seL4_X86_mb_mmap_t){
            .size = sizeof(seL4_X86_mb_mmap_t) - sizeof(uint32_t), // it does not count itself
            .base_addr = loader->memory[i].base,
            .length = loader->memory[i].length,
            .type = loader->memory[i].type,
        };
    }
    map->length = count * (uint32_t)sizeof(seL4_X86_mb_mmap_t);
}

word_t extra_info_size(const loader_info_t *loader)
{
    chunk_t chunks[chunk_count];
    list_chunks(loader, nullptr, nullptr, chunks);
    word_t size = 0;
    for (unsigned i = 0; i < chunk_count; i++)
        if (chunks[i].size)
            size += sizeof(seL4_BootInfoHeader) + chunks[i].size;
    return size;
}

void extra_info_write(uint8_t *out, const loader_info_t *loader, uint32_t tsc_mhz)
{
    static memory_map_t map;
    fill_memory_map(loader, &map);
    chunk_t chunks[chunk_count];
    list_chunks(loader, &map, &tsc_mhz, chunks);
    for (unsigned i = 0; i < chunk_count; i++) {
        if (!chunks[i].size)
            continue;
        seL4_BootInfoHeader header = {chunks[i].id, sizeof(header) + chunks[i].size};
        memcpy(out, &header, sizeof(header));
        memcpy(out + sizeof(header), chunks[i].payload, chunks[i].size);
        out += header.len;
    }
}
