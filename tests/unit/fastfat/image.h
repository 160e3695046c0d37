// A volume in memory: made by mkfs.vfat, looked at by fsck.vfat and mtools, with every write remembered.
#ifndef TESTS_UNIT_FASTFAT_IMAGE_H
#define TESTS_UNIT_FASTFAT_IMAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fatp.h"

typedef struct _IMAGE_WRITE {
    uint64_t Offset;
    uint32_t Length;
    uint32_t Barriers; // before it
    uint8_t *Data;
} IMAGE_WRITE;

typedef struct _IMAGE {
    FAT_STORE Store;
    uint8_t *Bytes;
    char Path[64];
    bool Logging;
    IMAGE_WRITE *Log;
    uint32_t LogCount;
    uint32_t Barriers;
    uint64_t WritesLeft; // until writes fail
    uint64_t BadOffset;  // a sector that cannot be read; UINT64_MAX: none
    uint64_t BadWrite;   // one that cannot be written
} IMAGE;

void ImageInit(IMAGE *Image, uint64_t Bytes, uint32_t SectorSize);
// Options of mkfs.vfat.
void ImageMake(IMAGE *Image, uint64_t Bytes, uint32_t SectorSize, const char *Options);
void ImageFree(IMAGE *Image);
void ImageSave(const IMAGE *Image);
void ImageLoad(IMAGE *Image);
// Output of COMMAND, in which %s stands for the image file; Status: its exit status.
const char *ImageRun(const IMAGE *Image, const char *Command, int *Status);
// Saved first; fails the test with its output if fsck.vfat finds anything.
void ImageCheck(const IMAGE *Image);

FAT_VOLUME *ImageMount(IMAGE *Image);
void ImageUnmount(FAT_VOLUME *Volume);

uint32_t Utf16(uint16_t *Out, const char *Text); // of UTF-8; the length
const char *Utf8(const uint16_t *Name, uint32_t Length);

#define assert_done(Expression) assert_int_equal(Expression, FatDone)

#endif
