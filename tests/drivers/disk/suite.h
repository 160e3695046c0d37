// What the parts of the program share.
#pragma once

#include <test.h>

#include <ntdddisk.h>
#include <ntddscsi.h>
#include <ntddstor.h>

#include "target.h"

enum { TextChars = 128, SenseMedium = 3 };

// ---- setup.c

// A disk of that description, and its handle for reading and writing; a check.
BOOLEAN AddDisk(const TARGET_CONFIG *Config, PHANDLE File);
BOOLEAN OpenDisk(ULONG Options, PHANDLE File); // the same once more
VOID RemoveDisk(HANDLE File);                  // null: it was closed
NTSTATUS PullDisk(void);                       // it is gone; the handle stays
ULONG DiskNumber(void);

NTSTATUS Control(HANDLE File, ULONG Code, PVOID Input, ULONG InputLength, PVOID Output,
                 ULONG OutputLength, PULONG Length);
NTSTATUS Transfer(HANDLE File, BOOLEAN Write, ULONGLONG Offset, PVOID Buffer, ULONG Length);
NTSTATUS Flush(HANDLE File);
VOID Inject(const TARGET_FAULT *Fault); // into the disk
VOID TakeCounts(PTARGET_COUNTS Counts);
VOID SetMedium(BOOLEAN Present);
VOID SetParameter(PCWSTR Name, ULONG Value); // of the next disk, "Device Parameters\Classpnp"
VOID MakeBus(void);
VOID MakeRootDevice(PCWSTR Service, PCWSTR Device);
VOID SetServiceNumber(PCWSTR Service, PCWSTR Name, ULONG Value); // below Services
NTSTATUS OpenDevice(PCWSTR Name, ULONG Options, PHANDLE File);

PUCHAR Buffer(void); // 2 MiB, at the beginning of a page
VOID FillPattern(PUCHAR Bytes, ULONG Length, ULONGLONG Offset, ULONG Seed);
BOOLEAN CheckPattern(const UCHAR *Bytes, ULONG Length, ULONGLONG Offset, ULONG Seed);

// A usual disk: 512-byte sectors, 32 MiB, transfers of 64 KiB and 17 pages.
extern const TARGET_CONFIG UsualDisk;

// ---- transfer.c

// Writes and reads of 32 parts of the disk at a time, from its beginning; an overlapped handle.
VOID TransferAtOnce(HANDLE Overlapped, ULONG Seed);

// ---- Tests, by file

VOID TestNames(void), TestGeometry(void), TestLargeSectors(void), TestHuge(void), TestHostile(void),
    TestBounds(void);
VOID TestPatterns(void), TestPatternsExtended(void), TestSplit(void), TestPages(void),
    TestAlignment(void), TestDepth(void), TestSerial(void), TestWriteThrough(void), TestFlush(void);
VOID TestErrors(void), TestErrorsExtended(void), TestRecovery(void), TestPartFails(void),
    TestStartUnit(void), TestFrozen(void), TestReadOnly(void);
VOID TestProperties(void), TestCache(void), TestVerify(void), TestTrim(void), TestAta(void),
    TestReserve(void), TestHotplug(void), TestMedia(void), TestMediaNotice(void), TestLocks(void),
    TestControlErrors(void);
VOID TestPort(void), TestPortData(void), TestPortDepth(void), TestPortErrors(void),
    TestPortHangs(void), TestPortRemoval(void);
VOID TestRemoval(void), TestRemovalBusy(void), TestNumbers(void), TestSleep(void);
