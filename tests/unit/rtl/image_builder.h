// A small valid image, made in memory: headers, .text with exports, .reloc. Tests and the fuzzer
// start from it and spoil it.
#ifndef TESTS_UNIT_RTL_IMAGE_BUILDER_H
#define TESTS_UNIT_RTL_IMAGE_BUILDER_H

#include <rtl.h>

#define BUILT_HEADERS    0x400
#define BUILT_TEXT_RVA   0x1000
#define BUILT_RELOC_RVA  0x2000
#define BUILT_BSS_RVA    0x3000
#define BUILT_IMAGE_SIZE 0x4000
#define BUILT_FILE_SIZE  0x800
#define BUILT_POINTER    0x100 // within .text: an address that is relocated
#define BUILT_BASE       0x180000000ULL

// The same sections as a file (sections 0x200 apart from 0x400) and as a mapping.
void BuildImageFile(UCHAR File[BUILT_FILE_SIZE]);
void BuildMappedImage(UCHAR Mapping[BUILT_IMAGE_SIZE]);
PIMAGE_NT_HEADERS64 BuiltHeaders(PUCHAR Image);
PIMAGE_SECTION_HEADER BuiltSections(PUCHAR Image);

#endif
