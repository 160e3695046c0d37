// vdisk.sys: what its sources share.
#pragma once

#include "vdisk.h"

typedef struct _VDISK_SRB { // the SRB extension
    LIST_ENTRY Link;
    PSCSI_REQUEST_BLOCK Srb;
    ULONG Level; // that ends it; 0: the timer does
} VDISK_SRB, *PVDISK_SRB;

typedef struct _VDISK_UNIT {
    BOOLEAN Present, ReadOnly;
    ULONG Fault, FaultCount, Level;
    PUCHAR Data;
} VDISK_UNIT, *PVDISK_UNIT;

typedef struct _VDISK {
    ULONG LunCount, BlockSize, Blocks;
    KSPIN_LOCK Lock; // of the list
    LIST_ENTRY Held; // requests that are not answered yet
    PVOID Timer;
    VDISK_REQUEST State;
    PSCSI_REQUEST_BLOCK Checked; // which a check runs for
    VDISK_UNIT Units[VdiskMostLuns];
} VDISK, *PVDISK;

HW_STARTIO VdiskStartIo;
HW_RESET_BUS VdiskBusReset;

// command.c: the SRB status; sense data is set
UCHAR VdiskCommand(PVDISK Disk, PVDISK_UNIT Unit, PSCSI_REQUEST_BLOCK Srb);
UCHAR VdiskSense(PSCSI_REQUEST_BLOCK Srb, UCHAR Key, UCHAR Code, UCHAR Qualifier);
BOOLEAN VdiskIsTransfer(const SCSI_REQUEST_BLOCK *Srb);

// fault.c
typedef enum _VDISK_DISPOSITION {
    VdiskGoOn,
    VdiskAnswered,
    VdiskKept,
    VdiskRefused
} VDISK_DISPOSITION;
VDISK_DISPOSITION VdiskApplyFault(PVDISK Disk, PVDISK_UNIT Unit, PSCSI_REQUEST_BLOCK Srb,
                                  PUCHAR Status);
VOID VdiskEnd(PVDISK Disk, PSCSI_REQUEST_BLOCK Srb, UCHAR Status);
VOID VdiskEndHeld(PVDISK Disk, ULONG Lun, ULONG Level, PSCSI_REQUEST_BLOCK Only);
VDISK_DISPOSITION VdiskPrivateControl(PVDISK Disk, PSCSI_REQUEST_BLOCK Srb, PUCHAR Status);

// What a check needs: it answers the line of what was not as documented, or 0.
// clang-format off
#define NEED(Condition) do { if (!(Condition)) return __LINE__; } while (0)
// clang-format on

// wmi.c
ULONG VdiskCheckWmi(PVDISK Disk);

// services.c
BOOLEAN VdiskStartCheck(PVDISK Disk, PSCSI_REQUEST_BLOCK Srb, PVDISK_REQUEST Request);
