// scsitest.sys: a bus of SCSI disks in memory, and what the program asks of it through \Device\ScsiTest.
#pragma once

#define TARGET_CODE(Function) CTL_CODE(0x22, 0x900 + (Function), METHOD_BUFFERED, FILE_ANY_ACCESS)

#define TARGET_ADD    TARGET_CODE(0) // TARGET_CONFIG
#define TARGET_PULL   TARGET_CODE(1) // TARGET_NAME
#define TARGET_INJECT TARGET_CODE(2) // TARGET_FAULT
#define TARGET_STATE  TARGET_CODE(3) // TARGET_NAME; answers with TARGET_COUNTS, which begin anew
#define TARGET_MEDIUM TARGET_CODE(4) // TARGET_NAME: the medium is taken out, or put in

enum { TargetNameChars = 16, TargetSenseBytes = 32 };

typedef struct _TARGET_CONFIG {
    WCHAR Name[TargetNameChars];
    ULONGLONG Blocks;
    ULONG BlockBytes;
    UCHAR PhysicalExponent;
    BOOLEAN Removable, ReadOnly;
    BOOLEAN WriteCache, Fua; // in the mode pages
    BOOLEAN Ata;             // it calls itself "ATA" and takes ATA PASS-THROUGH
    BOOLEAN Thin;            // it takes UNMAP
    BOOLEAN Extended;        // the adapter wants extended request blocks
    BOOLEAN Hostile;         // lengths in what it tells are wrong
    ULONG MaximumTransfer, MaximumPages, AlignmentMask;
    ULONG Delay; // of each command, in milliseconds
} TARGET_CONFIG, *PTARGET_CONFIG;

typedef struct _TARGET_NAME {
    WCHAR Name[TargetNameChars];
    ULONG Value;
} TARGET_NAME, *PTARGET_NAME;

enum { TargetAnyTransfer = 0xFE }; // TARGET_FAULT.Code: any read or write

// Commands with that code, behind the first Skip ones, Times times.
typedef struct _TARGET_FAULT {
    WCHAR Name[TargetNameChars];
    UCHAR Code, SrbStatus, ScsiStatus, SenseBytes;
    ULONG Skip, Times;
    BOOLEAN Freeze;     // the queue is frozen behind it
    BOOLEAN UntilStart; // it ends with START STOP UNIT
    UCHAR Sense[TargetSenseBytes];
} TARGET_FAULT, *PTARGET_FAULT;

typedef struct _TARGET_COUNTS {
    ULONG Commands[256]; // by operation code
    ULONG Largest;       // transfer, in bytes
    ULONG MostPages;     // that one touched
    ULONG MostAtOnce;
    ULONG ForceUnitAccess;
    ULONG Releases, Locks, Unlocks, Claims; // of the queue and of the unit
    ULONG Mistakes;                         // requests that a port driver cannot make sense of
    ULONGLONG UnmappedBlocks;
} TARGET_COUNTS, *PTARGET_COUNTS;
