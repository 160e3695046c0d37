// Partition tables in the form of the device controls.
#pragma once

#include <ntifs.h>

#include <ntdddisk.h>

#include "table/table.h"

BOOLEAN PtIsRecognized(UCHAR MbrType);
VOID PtDescribePartition(const PT_TABLE *Table, ULONG Index, ULONG SectorSize,
                         PPARTITION_INFORMATION_EX Information);
ULONG PtLayoutSize(const PT_TABLE *Table);
VOID PtDescribeLayout(const PT_TABLE *Table, ULONG SectorSize, PDRIVE_LAYOUT_INFORMATION_EX Layout);

// A table to be written: Old is the disk's. *New is the caller's to free, whatever comes back.
NTSTATUS PtTakeLayout(const PT_DISK *Disk, const PT_TABLE *Old, const VOID *Buffer, ULONG Length,
                      PT_TABLE *New);
// The same by parts
NTSTATUS PtBeginTable(const PT_DISK *Disk, const PT_TABLE *Old, PT_STYLE Style,
                      const PT_GUID *DiskId, PT_TABLE *New);
NTSTATUS PtTakeMbrEntry(const PT_DISK *Disk, const PARTITION_INFORMATION_EX *From, PT_TABLE *New);
NTSTATUS PtFillRecord(const PT_DISK *Disk, PT_TABLE *New);
