// A small FAT volume whose files are reached by their paths, and what was on its medium after so many sectors. Paths begin
// with a backslash.
#ifndef TESTS_UNIT_FASTFAT_NAMES_H
#define TESTS_UNIT_FASTFAT_NAMES_H

#include <stdbool.h>
#include <stdint.h>

typedef struct _NAMES NAMES;

typedef enum _NAMES_KIND { NamesNothing, NamesFile, NamesDirectory } NAMES_KIND;

typedef struct _NAMES_PATH {
    const uint16_t *Text;
    uint32_t Length; // characters
} NAMES_PATH;

NAMES *NamesStart(const char *Options, uint32_t Kilobytes); // of mkfs.vfat
void NamesEnd(NAMES *Names);
void NamesCommit(NAMES *Names, bool Flush);
uint32_t NamesSectors(const NAMES *Names); // written so far
// After that many sectors, no fewer than the last time; it is mounted until the next call of any of these three.
NAMES *NamesAfter(NAMES *Names, uint32_t Sectors);

// True: done. What is there already is as good as made if it is of that kind.
bool NamesMake(NAMES *Names, NAMES_PATH Path, bool Directory);
bool NamesDelete(NAMES *Names, NAMES_PATH Path);
bool NamesRename(NAMES *Names, NAMES_PATH Path, NAMES_PATH NewPath, bool Replace);
NAMES_KIND NamesLook(NAMES *Names, NAMES_PATH Path);

#endif
