// The power goes after any sector that was written: what is on the medium then.
#ifndef TESTS_UNIT_FASTFAT_CUT_H
#define TESTS_UNIT_FASTFAT_CUT_H

#include "image.h"

// What fsck.vfat says. Moving: both names of a directory are there for a moment. Renamed: the two names of a file may each
// have a part of it.
void CheckText(const char *Text, bool Moving, bool Renamed, uint32_t Write);
// Writes are remembered from here on; Old: as it is now.
void StartLog(IMAGE *Image, IMAGE *Old);
void Apply(IMAGE *Old, int File, const IMAGE_WRITE *Write); // File: Old's

// In the root; all its bytes are the one.
FAT_ENTRY MakeFile(IMAGE *Image, FAT_VOLUME *Volume, const char *Name, uint32_t Size, uint8_t Byte);
void Remove(FAT_VOLUME *Volume, const char *Name);

#endif
