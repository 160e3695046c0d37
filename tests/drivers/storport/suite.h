// What the parts of the program share.
#pragma once

#include <test.h>

#include <ntddscsi.h>
#include <ntddstor.h>

#define _NTSCSI_USER_MODE_
#include <scsi.h>

#include "vdisk.h"

#define VDISK_PATH L"ROOT\\VDISK\\0000"

enum {
    BlockBytes = 512,
    TransferSeconds = 4, // time-out of a command, unless a test says otherwise
};

// ---- setup.c

VOID SetNumber(PCWSTR Key, PCWSTR Name, ULONG Value);
NTSTATUS EnumerateDevice(PCWSTR Path);
NTSTATUS StartDevice(PCWSTR Path);
NTSTATUS RemoveDevice(PCWSTR Path);
BOOLEAN WaitForDevice(PCWSTR Path, BOOLEAN There); // is it started, or has it gone?
BOOLEAN OpenPort(PHANDLE File);                    // the adapter
NTSTATUS ControlPort(HANDLE File, ULONG Code, PVOID Input, ULONG InputLength, PVOID Output,
                     ULONG Length, PULONG Returned);
VOID OpenPortAgain(void);
extern HANDLE Port;

// ---- scsi.c

// A command without data or with data in or out; Status: the SCSI status, Sense may be null.
typedef struct _COMMAND {
    UCHAR Lun, CdbLength, Cdb[16];
    UCHAR Direction; // SCSI_IOCTL_DATA_*
    PVOID Data;
    ULONG Length, Seconds;
    UCHAR ScsiStatus;
    SENSE_DATA Sense;
} COMMAND;

NTSTATUS Run(HANDLE File, COMMAND *Command);
COMMAND Transfer(UCHAR Lun, BOOLEAN Write, ULONG Lba, ULONG Blocks, PVOID Data);
NTSTATUS RunTransfer(UCHAR Lun, BOOLEAN Write, ULONG Lba, ULONG Blocks, PVOID Data);
// The same with IOCTL_SCSI_PASS_THROUGH_DIRECT.
NTSTATUS RunDirect(UCHAR Lun, BOOLEAN Write, ULONG Lba, ULONG Blocks, PVOID Data);
VOID FillPattern(PVOID Data, ULONG Bytes, ULONG Seed);
BOOLEAN HasPattern(const VOID *Data, ULONG Bytes, ULONG Seed);

NTSTATUS Vdisk(PVDISK_REQUEST Request); // the private control; the answer is in place
VOID SetFault(ULONG Lun, VDISK_FAULT Fault, ULONG Count, ULONG Level);
VDISK_REQUEST QueryVdisk(void);

// Tests, by file
VOID TestStart(void), TestIds(void), TestAddress(void), TestCapabilities(void),
    TestInquiryData(void), TestProperties(void), TestControlErrors(void), TestServices(void);
VOID TestPassExtended(void), TestExtendedErrors(void);
VOID TestReadWrite(void), TestDirect(void), TestLengths(void), TestOutOfRange(void),
    TestReadOnly(void), TestUnknown(void), TestPassErrors(void), TestDepth(void);
VOID TestFailure(void), TestSense(void), TestBusyRetry(void), TestQueueFull(void),
    TestRefused(void), TestAbort(void), TestUnitReset(void), TestTargetReset(void),
    TestBusReset(void), TestGivenUp(void);
VOID TestPause(void), TestPauseUnit(void), TestBusy(void), TestPauseEnds(void), TestReset(void),
    TestSetDepth(void);
VOID TestPulled(void), TestPulledBusy(void), TestRescan(void), TestRemoval(void),
    TestHostEnds(void);
VOID TestRawClaim(void), TestRawSimple(void), TestRawBad(void), TestRawOrder(void),
    TestRawHead(void), TestRawFrozen(void), TestRawLocked(void), TestRawAligned(void);
