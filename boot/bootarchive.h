// The boot archive: the files the Executive needs before a disk works. tools/bootarchive writes it,
// tools/pe2elf maps it behind the Executive's image and fills in the descriptor.
//
//     header | entries, sorted by name | names | file | file | ...
//
// Every file starts on a page of its own and is padded with zeros to the page's end, so that its pages
// can be mapped as they are. Offsets count from the archive's first byte, which is page aligned.
// Little endian throughout.
#pragma once

#include <stddef.h>
#include <stdint.h>

constexpr uint32_t boot_archive_page_size = 4096;
constexpr uint32_t boot_archive_version = 1;

#define BOOT_ARCHIVE_MAGIC    "PROTARCH" // first 8 bytes of the archive, without a terminator
#define BOOT_DESCRIPTOR_MAGIC "PROTDESC" // first 8 bytes of the descriptor

typedef struct boot_archive_header {
    uint8_t magic[8];
    uint32_t version;
    uint32_t entry_count;
    uint64_t size; // of the whole archive, a multiple of the page size
} boot_archive_header_t;

// The name is UTF-16LE, relative, with backslashes (System32\ntdll.dll), and not terminated. Entries
// are in ascending order of their names, code unit by code unit with a-z taken as A-Z; no two names
// are equal in that order.
typedef struct boot_archive_entry {
    uint64_t offset; // of the file's first byte, a multiple of the page size
    uint64_t size;   // in bytes, without the padding
    uint32_t name_offset;
    uint32_t name_length; // in bytes
} boot_archive_entry_t;

// What the image holds in its section ".bootarc". Declare it volatile: the values arrive after the
// link. Without an archive, address and size are zero.
typedef struct boot_archive_descriptor {
    uint8_t magic[8];
    uint64_t address;
    uint64_t size;
} boot_archive_descriptor_t;

static_assert(sizeof(boot_archive_header_t) == 24);
static_assert(offsetof(boot_archive_header_t, size) == 16);
static_assert(sizeof(boot_archive_entry_t) == 24);
static_assert(offsetof(boot_archive_entry_t, name_offset) == 16);
static_assert(sizeof(boot_archive_descriptor_t) == 24);
