// The cache's tests, between their files.
#pragma once

#include <service.h>

#include "cctest.h"

NTSTATUS CcOpen(PCWSTR Name, ULONG Options, PHANDLE File);   // in CCFS_DEVICE; made if need be
VOID CcMake(PCWSTR Name, ULONG64 Size);                      // with the pattern
BOOLEAN CcMakeOpen(PCWSTR Name, ULONG64 Size, PHANDLE File); // it waits by itself
CCFS_COUNTERS CcCount(PCWSTR Name);                          // since the last time
VOID CcTrouble(PCWSTR Name, const CCFS_TROUBLES *Troubles);
NTSTATUS CcRead(HANDLE File, ULONG64 Offset, PVOID Buffer, ULONG Length, PULONG Read);
// How many of Length bytes are not those of the pattern at Offset.
ULONG CcWrong(const UCHAR *Data, ULONG64 Offset, ULONG Length);

NTSTATUS CcWrite(HANDLE File, ULONG64 Offset, const VOID *Buffer, ULONG Length);
VOID CcPeek(PCWSTR Name, ULONG64 Offset, PVOID Buffer, ULONG Length); // what the disk holds
// Something that the file system does; it succeeds.
ULONG64 CcStep(PCWSTR Name, CCFS_ACTION Action, ULONG64 Offset, ULONG Length, ULONG Value);

VOID TestReads(void), TestEnd(void), TestReadAhead(void), TestStrides(void), TestReadErrors(void),
    TestSharedMiss(void), TestOverlapped(void);
VOID TestWrites(void), TestExtend(void), TestTruncate(void), TestWriteBehind(void),
    TestWriteErrors(void), TestThrough(void), TestThrottle(void), TestPins(void), TestLog(void),
    TestFilter(void), TestPurge(void), TestCut(void);
VOID TestSections(void), TestMappedFile(void), TestImages(void);
