// The information that a multiboot loader passes. Sources: Multiboot Specification 0.6.96, 3.3;
// Multiboot2 Specification 2.0, 3.6.
#include "boot.h"

enum : uint32_t { multiboot1_magic = 0x2badb002, multiboot2_magic = 0x36d76289 };

static void add_memory(loader_info_t *loader, paddr_t base, word_t length, uint32_t type)
{
    if (loader->memory_count == max_memory_ranges)
        return;
    // Memory that nobody knows of is device memory; what wraps around is nonsense.
    if (!length || base + length < base)
        return;
    loader->memory[loader->memory_count++] = (memory_range_t){base, length, type};
}

static void set_module(loader_info_t *loader, uint32_t start, uint32_t end)
{
    if (!loader->module_end && start < end) {
        loader->module_start = start;
        loader->module_end = end;
    }
}

static void copy_command_line(loader_info_t *loader, const char *text, word_t size)
{
    word_t i = 0;
    for (; i < size && i < max_command_line - 1 && text[i]; i++)
        loader->command_line[i] = text[i];
    loader->command_line[i] = 0;
}

// ---- Multiboot 1: a structure with pointers

enum {
    mb1_has_command_line = 1 << 2,
    mb1_has_modules = 1 << 3,
    mb1_has_memory_map = 1 << 6,
    mb1_has_vbe = 1 << 11,
    mb1_has_framebuffer = 1 << 12,
};

typedef struct [[gnu::packed]] mb1_info {
    uint32_t flags;
    uint32_t memory_lower, memory_upper;
    uint32_t boot_device;
    uint32_t command_line;
    uint32_t module_count, modules;
    uint32_t symbols[4];
    uint32_t memory_map_length, memory_map;
    uint32_t drives_length, drives;
    uint32_t configuration;
    uint32_t loader_name;
    uint32_t apm;
    uint32_t vbe_control, vbe_mode_info;
    uint16_t vbe_mode, vbe_segment, vbe_offset, vbe_length;
    seL4_X86_BootInfo_fb_t framebuffer;
} mb1_info_t;

static_assert(offsetof(mb1_info_t, framebuffer) == 88);

typedef struct mb1_module {
    uint32_t start, end, text, reserved;
} mb1_module_t;

static void mb1_read_command_line(const mb1_info_t *info, loader_info_t *loader)
{
    // Its length is not told, so it may end anywhere in what can be read.
    for (word_t size = max_command_line; size; size /= 2) {
        const char *text = boot_physical(info->command_line, size);
        if (text) {
            copy_command_line(loader, text, size);
            return;
        }
    }
}

static void mb1_read_memory_map(const mb1_info_t *info, loader_info_t *loader)
{
    paddr_t entry_address = info->memory_map;
    paddr_t end = entry_address + info->memory_map_length;
    seL4_X86_mb_mmap_t entry;
    while (entry_address + sizeof(entry) <= end &&
           boot_copy(&entry, entry_address, sizeof(entry))) {
        add_memory(loader, entry.base_addr, entry.length, entry.type);
        // The size does not count itself.
        entry_address += (paddr_t)entry.size + sizeof(entry.size);
    }
}

static void mb1_read_vbe(const mb1_info_t *info, loader_info_t *loader)
{
    seL4_X86_BootInfo_VBE *vbe = &loader->vbe;
    loader->has_vbe =
        boot_copy(&vbe->vbeInfoBlock, info->vbe_control, sizeof(vbe->vbeInfoBlock)) &&
        boot_copy(&vbe->vbeModeInfoBlock, info->vbe_mode_info, sizeof(vbe->vbeModeInfoBlock));
    vbe->vbeMode = info->vbe_mode;
    vbe->vbeInterfaceSeg = info->vbe_segment;
    vbe->vbeInterfaceOff = info->vbe_offset;
    vbe->vbeInterfaceLen = info->vbe_length;
}

static bool mb1_parse(paddr_t address, loader_info_t *loader)
{
    mb1_info_t info;
    if (!boot_copy(&info, address, sizeof(info)))
        return false;

    mb1_module_t module;
    if ((info.flags & mb1_has_modules) && info.module_count &&
        boot_copy(&module, info.modules, sizeof(module)))
        set_module(loader, module.start, module.end);
    if (info.flags & mb1_has_command_line)
        mb1_read_command_line(&info, loader);
    if (info.flags & mb1_has_memory_map)
        mb1_read_memory_map(&info, loader);
    if (info.flags & mb1_has_vbe)
        mb1_read_vbe(&info, loader);
    if (info.flags & mb1_has_framebuffer) {
        loader->framebuffer = info.framebuffer;
        loader->has_framebuffer = true;
    }
    return true;
}

// ---- Multiboot 2: tags in one block

enum mb2_tag_type {
    mb2_end = 0,
    mb2_command_line = 1,
    mb2_module = 3,
    mb2_memory_map = 6,
    mb2_vbe = 7,
    mb2_framebuffer = 8,
    mb2_rsdp_old = 14,
    mb2_rsdp_new = 15,
};

typedef struct mb2_info {
    uint32_t size, reserved;
} mb2_info_t;

typedef struct mb2_tag {
    uint32_t type, size;
} mb2_tag_t;

typedef struct mb2_memory_entry {
    uint64_t base, length;
    uint32_t type, reserved;
} mb2_memory_entry_t;

typedef struct [[gnu::packed]] mb2_vbe {
    uint16_t mode, segment, offset, length;
    seL4_VBEInfoBlock_t control;
    seL4_VBEModeInfoBlock_t mode_info;
} mb2_vbe_t;

// A tag's payload as a structure; false if the tag is too short for it.
static bool mb2_copy(void *dest, word_t dest_size, const uint8_t *payload, word_t size)
{
    if (size < dest_size)
        return false;
    memcpy(dest, payload, dest_size);
    return true;
}

static void mb2_read_module(const uint8_t *payload, word_t size, loader_info_t *loader)
{
    uint32_t bounds[2];
    if (mb2_copy(bounds, sizeof(bounds), payload, size))
        set_module(loader, bounds[0], bounds[1]);
}

static void mb2_read_memory_map(const uint8_t *payload, word_t size, loader_info_t *loader)
{
    struct {
        uint32_t entry_size, version;
    } header;
    mb2_memory_entry_t entry;
    if (!mb2_copy(&header, sizeof(header), payload, size) || header.entry_size < sizeof(entry))
        return;
    for (word_t i = sizeof(header); i + sizeof(entry) <= size; i += header.entry_size) {
        memcpy(&entry, payload + i, sizeof(entry));
        add_memory(loader, entry.base, entry.length, entry.type);
    }
}

static void mb2_read_vbe(const uint8_t *payload, word_t size, loader_info_t *loader)
{
    mb2_vbe_t tag;
    if (!mb2_copy(&tag, sizeof(tag), payload, size))
        return;
    loader->vbe.vbeInfoBlock = tag.control;
    loader->vbe.vbeModeInfoBlock = tag.mode_info;
    loader->vbe.vbeMode = tag.mode;
    loader->vbe.vbeInterfaceSeg = tag.segment;
    loader->vbe.vbeInterfaceOff = tag.offset;
    loader->vbe.vbeInterfaceLen = tag.length;
    loader->has_vbe = true;
}

// The new structure holds all of the old one, so it wins whatever their order.
static void mb2_read_rsdp(const uint8_t *payload, word_t size, bool is_new, loader_info_t *loader)
{
    constexpr word_t old_size = 20;
    if (size < old_size || (loader->has_rsdp && !is_new))
        return;
    memset(loader->rsdp, 0, rsdp_size);
    memcpy(loader->rsdp, payload, is_new && size >= rsdp_size ? rsdp_size : old_size);
    loader->has_rsdp = true;
}

static void mb2_read_tag(uint32_t type, const uint8_t *payload, word_t size, loader_info_t *loader)
{
    switch (type) {
    case mb2_command_line:
        copy_command_line(loader, (const char *)payload, size);
        break;
    case mb2_module:
        mb2_read_module(payload, size, loader);
        break;
    case mb2_memory_map:
        mb2_read_memory_map(payload, size, loader);
        break;
    case mb2_vbe:
        mb2_read_vbe(payload, size, loader);
        break;
    case mb2_framebuffer:
        loader->has_framebuffer =
            mb2_copy(&loader->framebuffer, sizeof(loader->framebuffer), payload, size);
        break;
    case mb2_rsdp_old:
    case mb2_rsdp_new:
        mb2_read_rsdp(payload, size, type == mb2_rsdp_new, loader);
        break;
    default:
        break;
    }
}

static bool mb2_parse(paddr_t address, loader_info_t *loader)
{
    mb2_info_t info;
    if (!boot_copy(&info, address, sizeof(info)))
        return false;
    const uint8_t *block = boot_physical(address, info.size);
    if (!block)
        return false;

    word_t offset = sizeof(info);
    mb2_tag_t tag;
    while (offset + sizeof(tag) <= info.size) {
        memcpy(&tag, block + offset, sizeof(tag));
        if (tag.type == mb2_end || tag.size < sizeof(tag) || tag.size > info.size - offset)
            break;
        mb2_read_tag(tag.type, block + offset + sizeof(tag), tag.size - sizeof(tag), loader);
        offset += ALIGN_UP((word_t)tag.size, 3);
    }
    return true;
}

bool multiboot_parse(uint32_t magic, paddr_t info, loader_info_t *loader)
{
    memset(loader, 0, sizeof(*loader));
    bool parsed = magic == multiboot1_magic   ? mb1_parse(info, loader)
                  : magic == multiboot2_magic ? mb2_parse(info, loader)
                                              : false;
    return parsed && loader->memory_count && loader->module_end;
}
