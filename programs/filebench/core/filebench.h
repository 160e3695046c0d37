// Measures what programs do with files: the same sources make the program of this system and the one that it is
// compared with on Linux. Plain C; what the systems differ in is behind the functions at the end.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct _FB_OPTIONS {
    bool Pressure;      // no measurements: FbPressure
    const char *Volume; // a drive ("D:"), on Linux a device
    const char *Only;   // tests with this in their name; null: all
    uint32_t Files;     // of the tests with many
    uint32_t Megabytes; // of the file that is read and written
    uint32_t CopyMegabytes;
    uint32_t Passes; // over the file in the cache
} FB_OPTIONS;

int FbMain(int Count, char **Words); // the exit code
int FbRunTests(const FB_OPTIONS *Options);

// ---- What the system does (native.c, linux.c). Negative: an error, told by FbErrorText. Names are relative to the
// volume, with slashes.

typedef intptr_t FB_FILE;
enum FB_ACCESS { FbRead, FbWrite, FbCreate };

int32_t FbMount(const char *Volume);
int32_t FbRemount(void); // everything is on the disk, and nothing of it in memory
int32_t FbMakeDirectory(const char *Name);
int32_t FbRemoveDirectory(const char *Name);
int32_t FbOpen(const char *Name, enum FB_ACCESS Access, FB_FILE *File);
int32_t FbClose(FB_FILE File);
int32_t FbReadNext(FB_FILE File, void *Buffer, uint32_t Length);        // the number of bytes
int32_t FbWriteNext(FB_FILE File, const void *Buffer, uint32_t Length); // so many, all of them
int32_t FbRewind(FB_FILE File);
int32_t FbFlush(FB_FILE File);
int32_t FbStat(const char *Name, uint64_t *Size);
int32_t FbDelete(const char *Name);
int32_t FbList(const char *Name);       // the number of entries
int32_t FbPressure(uint32_t Megabytes); // reads and writes while there is no memory left
uint64_t FbNow(void);                   // nanoseconds
void *FbAllocate(size_t Bytes);         // touched; null: there is no memory
const char *FbErrorText(int32_t Error);
void FbPrint(const char *Format, ...) __attribute__((format(printf, 1, 2)));
int FbFormat(char *Buffer, size_t Size, const char *Format, ...)
    __attribute__((format(printf, 3, 4)));
