// The virtual miniport vdisk.sys: disks in memory. Its parameters (Services\vdisk\Parameters\Device): LunCount,
// Blocks, BlockSize, and ReadOnly, a mask of LUNs. The private control of IOCTL_SCSI_MINIPORT injects errors.
#pragma once

enum {
    VdiskMostLuns = 8,
    VdiskDefaultLuns = 3,
    VdiskDefaultBlocks = 8192, // of each LUN
    VdiskDefaultBlockSize = 512,
    VdiskQueueDepth = 32,
    VdiskMaximumTransfer = 256 * 1024,
    VdiskPages = VdiskMaximumTransfer / 4096 + 1,
    VdiskNoSuchCheck = 0xFFFF, // Result of VdiskCheck: there are no more
};

#define VDISK_SIGNATURE "VDISK   " // of SRB_IO_CONTROL
#define VDISK_CODE      1

// What happens to reads and writes of a LUN.
typedef enum _VDISK_FAULT {
    VdiskNoFault,
    VdiskFailed,      // SRB_STATUS_ERROR without sense data
    VdiskMediumError, // CHECK CONDITION: medium error
    VdiskUnitAttention,
    VdiskBusy,      // SRB_STATUS_BUSY
    VdiskQueueFull, // SCSI status QUEUE FULL
    VdiskRefuse,    // HwStartIo returns FALSE
    VdiskHang,      // never answered; a reset of level ResetNeeded ends it
    VdiskDelay,     // answered by the timer, in the reverse order
} VDISK_FAULT;

typedef enum _VDISK_LEVEL { // what a hanging request needs
    VdiskAbort = 1,
    VdiskResetUnit,
    VdiskResetTarget,
    VdiskResetBus,
    VdiskNothingHelps,
} VDISK_LEVEL;

typedef enum _VDISK_ACTION {
    VdiskSetFault,   // Lun, Fault, Count (of requests), Level
    VdiskSetPresent, // Lun, Value: pulled out or put in, with BusChangeDetected
    VdiskPause,      // Lun (or all: 255), Value: seconds; 0 resumes
    VdiskSetBusy,    // Lun (or all), Value: completions; 0: ready
    VdiskSetDepth,   // Lun, Value
    VdiskQuery,      // answers VDISK_STATE in place of the request
    VdiskRelease,    // Value: a level; what it ends is answered now (0: what is delayed)
    VdiskCheck, // Value: number of a check of what storport offers; Result: the line that failed, or 0
} VDISK_ACTION;

typedef struct _VDISK_REQUEST {
    ULONG Action, Lun, Fault, Count, Level, Value;
    ULONG Result; // of the routine called, and of VdiskQuery the rest
    ULONG Outstanding, Deepest, Started, Aborts, UnitResets, TargetResets, BusResets;
    UCHAR Order
        [64]; // the first byte of the LBA of each read or write, as they came; OrderCount of them
    ULONG OrderCount;
} VDISK_REQUEST, *PVDISK_REQUEST;
