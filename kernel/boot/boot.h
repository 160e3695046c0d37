// Private to boot/: from the boot loader's information to the root task. What parses foreign data is
// plain functions of it, so that the host tests and fuzzers can run them (tests/unit/kernel-boot).
#pragma once

#include "types.h"

#include <sel4/bootinfo.h>

// ---- Physical memory as the parsers see it: null unless all of it can be read. The kernel offers the
// first 4 GiB (physical.c), a test offers what it made up.
const void *boot_physical(paddr_t address, word_t size);

static inline bool boot_copy(void *dest, paddr_t address, word_t size)
{
    const void *source = boot_physical(address, size);
    if (source)
        memcpy(dest, source, size);
    return source != nullptr;
}

// ---- region.c: sets of physical addresses

enum { max_regions = 160 };

typedef struct region {
    paddr_t start, end;
} region_t;

// Sorted, disjoint, not touching.
typedef struct region_list {
    region_t items[max_regions];
    unsigned count;
} region_list_t;

// A list that is full loses memory rather than inventing some: add drops the new region, remove drops
// the smaller part of a region that it would split.
void region_add(region_list_t *list, region_t region);
void region_remove(region_list_t *list, region_t region);
bool region_intersects(const region_list_t *list, region_t region);
// Take the lowest `size` bytes, aligned to 2^align_bits, out of the list. False: nothing fits.
bool region_take(region_list_t *list, word_t size, unsigned align_bits, paddr_t *address);

// ---- multiboot.c: what the boot loader tells

enum { max_memory_ranges = 128, max_command_line = 512, rsdp_size = 36 };

// Types of the memory map (Multiboot2 Specification 2.0, 3.6.8); others are as good as reserved.
enum { memory_ram = 1, memory_reserved = 2, memory_acpi = 3, memory_acpi_nvs = 4 };

typedef struct memory_range {
    paddr_t base;
    word_t length;
    uint32_t type;
} memory_range_t;

typedef struct loader_info {
    char command_line[max_command_line];
    paddr_t module_start, module_end; // the first module: the root task
    memory_range_t memory[max_memory_ranges];
    unsigned memory_count;
    uint8_t rsdp[rsdp_size]; // a copy; the end of a revision 0 structure is zero
    bool has_rsdp;
    bool has_framebuffer;
    bool has_vbe;
    seL4_X86_BootInfo_fb_t framebuffer;
    seL4_X86_BootInfo_VBE vbe; // without its header
} loader_info_t;

// `magic` and `info` are what the loader left in eax and ebx. False: no multiboot loader, or it tells
// no memory map or no module.
bool multiboot_parse(uint32_t magic, paddr_t info, loader_info_t *loader);

// ---- cmdline.c: key=value and single keys, separated by blanks

// The value of a key: behind its '=', or an empty string for a single key; null if it is not there.
const char *cmdline_find(const char *line, const char *key);
// A decimal or 0x-number, ended by a blank, a comma or the end.
bool cmdline_number(const char *line, const char *key, word_t *number);

// ---- acpi.c: what the firmware's tables tell

enum { max_ioapics = 8, max_overrides = 24 };

typedef struct interrupt_override {
    uint8_t source; // ISA interrupt
    uint32_t pin;   // global system interrupt
    uint16_t flags; // MPS INTI flags
} interrupt_override_t;

typedef struct acpi_info {
    paddr_t lapic; // 0: there is no usable MADT
    paddr_t hpet;  // 0: none
    unsigned ioapic_count;
    unsigned override_count;
    struct {
        paddr_t address;
        uint32_t first_pin; // global system interrupt of its pin 0
    } ioapics[max_ioapics];
    interrupt_override_t overrides[max_overrides];
    region_list_t tables; // where the tables are
} acpi_info_t;

// Look for the RSDP where BIOS firmware puts it.
bool acpi_find_rsdp(uint8_t rsdp[rsdp_size]);
void acpi_parse(const uint8_t rsdp[rsdp_size], acpi_info_t *acpi);

// ---- elf.c: the root task's image

typedef struct elf_image {
    const uint8_t *file;
    word_t size;
    vptr_t entry;
    vptr_t start, end; // of its segments in memory, page aligned
} elf_image_t;

bool elf_parse(const void *file, word_t size, elf_image_t *image);
// Write the segments to `memory`, which stands for [start, end) and is zero.
void elf_load(const elf_image_t *image, uint8_t *memory);

// ---- untyped.c: regions as untyped memory

typedef struct piece {
    paddr_t address;
    uint8_t size_bits;
    bool is_device;
    bool is_firmware; // device memory that holds something of the firmware
} piece_t;

enum { max_pieces = 1024 };

typedef struct piece_list {
    piece_t items[max_pieces];
    unsigned count;
} piece_list_t;

// Cut regions into naturally aligned powers of two, up to 2^max_bits.
void pieces_add(piece_list_t *list, const region_list_t *regions, unsigned max_bits, bool is_device,
                const region_list_t *firmware);
unsigned ram_piece_bits(const region_list_t *ram);
// Leave out the least useful pieces until `limit` are left. Gives how much RAM is lost.
word_t pieces_limit(piece_list_t *list, unsigned limit);

// ---- memory.c: what physical memory there is, and who gets it

typedef struct memory_plan {
    region_list_t ram;      // free; what is placed is taken out
    region_list_t device;   // for user level's drivers
    region_list_t firmware; // the ACPI tables and what they are about
    paddr_t ram_top;
    paddr_t wake_page; // where the machine wakes up, below 640 KiB; 0: none
} memory_plan_t;

// `image` is the kernel's.
void memory_plan(const loader_info_t *loader, const acpi_info_t *acpi, region_t image,
                 memory_plan_t *plan);

// ---- bootinfo.c: the chunks behind the boot information

word_t extra_info_size(const loader_info_t *loader);
void extra_info_write(uint8_t *out, const loader_info_t *loader, uint32_t tsc_mhz);

// ---- roottask.c: the first thread and all it owns (these parts run in the kernel only)

[[noreturn]] void boot_fail(const char *reason);
// `boot_memory` is what boot itself occupies: user level gets it with the rest of `memory`.
void roottask_create(const loader_info_t *loader, memory_plan_t *memory, region_t boot_memory,
                     uint32_t tsc_mhz);
