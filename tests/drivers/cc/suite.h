// The cache's tests, between their files.
#pragma once

#include <service.h>

#include "cctest.h"

NTSTATUS CcOpen(PCWSTR Name, ULONG Options, PHANDLE File); // in CCFS_DEVICE; made if need be
VOID CcMake(PCWSTR Name, ULONG64 Size);                    // with the pattern
CCFS_COUNTERS CcCount(PCWSTR Name);                        // since the last time
VOID CcTrouble(PCWSTR Name, const CCFS_TROUBLES *Troubles);
NTSTATUS CcRead(HANDLE File, ULONG64 Offset, PVOID Buffer, ULONG Length, PULONG Read);
// How many of Length bytes are not those of the pattern at Offset.
ULONG CcWrong(const UCHAR *Data, ULONG64 Offset, ULONG Length);

VOID TestReads(void), TestEnd(void), TestReadAhead(void), TestStrides(void), TestReadErrors(void),
    TestSharedMiss(void), TestOverlapped(void);
