// Partition tables of disks, as their drivers read and write them.
#pragma once

#include <layoutex.h>

typedef struct _IOP_DISK {
    PT_DISK Table; // first
    PDEVICE_OBJECT Device;
    NTSTATUS Status; // of the last transfer that failed
} IOP_DISK, *PIOP_DISK;

NTSTATUS IopDescribeDisk(PIOP_DISK Disk, PDEVICE_OBJECT Device);
NTSTATUS IopTableStatus(const IOP_DISK *Disk, PT_RESULT Result);
