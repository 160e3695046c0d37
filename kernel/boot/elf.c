// The root task's ELF file (System V ABI, "Object Files"; AMD64 supplement). It comes from outside, so
// every number in it is checked before it is used.
#include "boot.h"

typedef struct elf_header {
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, segments, sections;
    uint32_t flags;
    uint16_t header_size, segment_size, segment_count;
    uint16_t section_size, section_count, section_names;
} elf_header_t;

typedef struct elf_segment {
    uint32_t type, flags;
    uint64_t offset, address, physical, file_size, memory_size, align;
} elf_segment_t;

static_assert(sizeof(elf_header_t) == 64 && sizeof(elf_segment_t) == 56);

enum { elf_executable = 2, elf_x86_64 = 62, elf_load_segment = 1 };

static bool is_supported(const elf_header_t *header)
{
    static const uint8_t ident[] = {0x7f, 'E', 'L', 'F',
                                    2,    1,   1}; // 64-bit, little-endian, version 1
    return !memcmp(header->ident, ident, sizeof(ident)) && header->type == elf_executable &&
           header->machine == elf_x86_64 && header->segment_size == sizeof(elf_segment_t);
}

static void read_segment(const elf_image_t *image, unsigned index, elf_segment_t *segment)
{
    elf_header_t header;
    memcpy(&header, image->file, sizeof(header));
    memcpy(segment, image->file + header.segments + index * sizeof(*segment), sizeof(*segment));
}

static unsigned segment_count(const elf_image_t *image)
{
    elf_header_t header;
    memcpy(&header, image->file, sizeof(header));
    return header.segment_count;
}

static bool is_sound(const elf_segment_t *segment, word_t file_size)
{
    return segment->file_size <= segment->memory_size && segment->offset <= file_size &&
           segment->file_size <= file_size - segment->offset && segment->address < seL4_UserTop &&
           segment->memory_size <= seL4_UserTop - segment->address;
}

// Every loadable segment is sound; [start, end) covers them all.
static bool measure_segments(elf_image_t *image)
{
    image->start = seL4_UserTop;
    image->end = 0;
    for (unsigned i = 0; i < segment_count(image); i++) {
        elf_segment_t segment;
        read_segment(image, i, &segment);
        if (segment.type != elf_load_segment || !segment.memory_size)
            continue;
        if (!is_sound(&segment, image->size))
            return false;
        vptr_t start = ALIGN_DOWN(segment.address, seL4_PageBits);
        vptr_t end = ALIGN_UP(segment.address + segment.memory_size, seL4_PageBits);
        if (start < image->start)
            image->start = start;
        if (end > image->end)
            image->end = end;
    }
    return image->start < image->end;
}

bool elf_parse(const void *file, word_t size, elf_image_t *image)
{
    elf_header_t header;
    if (size < sizeof(header))
        return false;
    memcpy(&header, file, sizeof(header));
    if (!is_supported(&header) || header.segments > size ||
        (word_t)header.segment_count * sizeof(elf_segment_t) > size - header.segments)
        return false;
    *image = (elf_image_t){.file = file, .size = size, .entry = header.entry};
    return measure_segments(image) && image->entry >= image->start && image->entry < image->end;
}

void elf_load(const elf_image_t *image, uint8_t *memory)
{
    for (unsigned i = 0; i < segment_count(image); i++) {
        elf_segment_t segment;
        read_segment(image, i, &segment);
        if (segment.type == elf_load_segment && segment.memory_size)
            memcpy(memory + (segment.address - image->start), image->file + segment.offset,
                   segment.file_size);
    }
}
