// What the program asks of the driver of a floppy disk.
#pragma once

#define FLOPPY_CODE(Number, Method) CTL_CODE(0x22, 0x800 + (Number), Method, FILE_ANY_ACCESS)

// FLOPPY_PLACE in, sectors out, by a packet-based transfer
#define FLOPPY_READ        FLOPPY_CODE(0, METHOD_OUT_DIRECT)
// FLOPPY_PLACE in; the sectors are the output buffer, which is read
#define FLOPPY_WRITE       FLOPPY_CODE(1, METHOD_IN_DIRECT)
// FLOPPY_PLACE in, sectors out: they come into a common buffer, by a channel that begins anew by itself
#define FLOPPY_READ_COMMON FLOPPY_CODE(2, METHOD_BUFFERED)
// FLOPPY_REPORT_DATA out
#define FLOPPY_REPORT      FLOPPY_CODE(3, METHOD_BUFFERED)

enum {
    FloppySector = 512,
    FloppyTrack = 18, // sectors
    FloppySectors = 2880,
    FloppyMost = FloppyTrack * FloppySector,
};

typedef struct _FLOPPY_PLACE {
    ULONG First, Count; // within one track
} FLOPPY_PLACE, *PFLOPPY_PLACE;

typedef struct _FLOPPY_REPORT_DATA {
    ULONG Channel;
    ULONG MapRegisters;
    ULONG Before, After; // what ReadDmaCounter told of the last transfer
    ULONG Again;         // and of one that begins anew, at its end
    ULONG Others;        // adapters for channels of others, and of a wrong width
    ULONG Interrupts;
} FLOPPY_REPORT_DATA, *PFLOPPY_REPORT_DATA;

#define FLOPPY_DEVICE_NAME L"\\Device\\FloppyTest"

static inline UCHAR FloppyByte(ULONG Sector, ULONG Offset)
{
    return (UCHAR)(Offset < sizeof(Sector) ? Sector >> 8 * Offset : Sector * 7 + Offset);
}
