// The suite of device control requests.
#pragma once

#include <service.h>

#include "ioctl.h"

#define IOCTL_SERVICE L"ioctltest"

extern HANDLE IoctlFile;  // synchronous
extern HANDLE IoctlAsync; // overlapped

// On the synchronous handle.
NTSTATUS IoctlCall(ULONG Code, const VOID *Input, ULONG InputLength, PVOID Output,
                   ULONG OutputLength, PULONG_PTR Information);

// Memory of its own, so many bytes behind the start of a page and with pages that are not there behind it.
PUCHAR IoctlBuffer(ULONG Index, ULONG Offset);
enum { IoctlBuffers = 4, IoctlBufferSize = 1 << 20 };

VOID IoctlFillBytes(PUCHAR Bytes, ULONG Count, ULONG Seed);

VOID TestBuffered(void);
VOID TestInDirect(void);
VOID TestOutDirect(void);
VOID TestNeither(void);
VOID TestWhatDriversSee(void);
VOID TestLengths(void);
VOID TestBadPointers(void);
VOID TestBadPointersOfNeither(void);
VOID TestReadOnlyBuffers(void);
VOID TestCompletion(void);
VOID TestAccess(void);
VOID TestWrongCalls(void);
VOID TestManyPending(void);
VOID TestMoreThanTheRing(void);
VOID TestCancel(void);
VOID TestCallerEnds(void);
VOID TestMeeting(void);

NTSTATUS IoctlPendingChild(PCWSTR Argument);
