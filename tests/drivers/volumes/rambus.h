// rambus.sys: disks in memory. Media hold the bytes; a disk shows a medium while the program wants it to. What the
// program asks of \Device\RamBus.
#pragma once

enum {
    RAM_MEDIA = 4,
    RAM_MOST_BYTES = 8 << 20, // of a medium
    RAM_BLOCK = 4096,         // most of one RAM_PEEK or RAM_POKE
};

#define RAM_CODE(Function) \
    CTL_CODE(FILE_DEVICE_UNKNOWN, 0x900 + (Function), METHOD_BUFFERED, FILE_ANY_ACCESS)

#define RAM_MAKE RAM_CODE(0) // in: RAM_REQUEST; a medium of zeros
#define RAM_ADD  RAM_CODE(1) // in: RAM_REQUEST; a disk with the medium appears
#define RAM_PULL RAM_CODE(2) // in: RAM_REQUEST; and is pulled out
#define RAM_PEEK RAM_CODE(3) // in: RAM_REQUEST; out: Length bytes from Offset on
#define RAM_POKE RAM_CODE(4) // in: RAM_REQUEST and Length bytes
#define RAM_POWER \
    RAM_CODE(5) // in: RAM_REQUEST; Offset: how many sectors are written until nothing is any more
#define RAM_COUNT RAM_CODE(6) // in: RAM_REQUEST; out: RAM_COUNTS
#define RAM_HOLD  RAM_CODE(7) // in: RAM_REQUEST; Length: 1: transfers wait, 0: they go on
#define RAM_SWAP \
    RAM_CODE(8) // in: RAM_REQUEST; the disk has Offset as its medium from now on, as after a change
#define RAM_FAULT RAM_CODE(10)
#define RAM_NAMES RAM_CODE(9) // in: RAM_NAMES_OF; out: the same

// The names that the driver interface has for a volume.
typedef struct _RAM_NAMES_OF {
    WCHAR Device[64];
    WCHAR DosName[64];
    WCHAR GuidPath[64];
    GUID Guid;
} RAM_NAMES_OF;

typedef struct _RAM_REQUEST {
    ULONG Medium;
    ULONG SectorSize;
    ULONGLONG Sectors;
    ULONG Removable;
    ULONG Length;
    ULONGLONG Offset;
} RAM_REQUEST;

typedef struct _RAM_COUNTS {
    ULONGLONG Reads, SectorsWritten, Flushes;
    ULONG Held; // transfers that wait
} RAM_COUNTS;
