// Private to dmatest.sys.
#pragma once

#include <ntddk.h>

#include "dmatest.h"

// In a function that returns the failed line, or 0.
#define EXPECT(Condition)    \
    do {                     \
        if (!(Condition))    \
            return __LINE__; \
    } while (0)

extern PDEVICE_OBJECT TestDevice;

// driver.c
PDMA_ADAPTER TestAdapter(ULONG Version, ULONG Width, BOOLEAN ScatterGather, ULONG MaximumLength,
                         PULONG MapRegisters);
// An MDL of nonpaged pool, whose bytes are a pattern; freed with TestFreeBuffer.
PMDL TestBuffer(ULONG Offset, ULONG Length, UCHAR Seed);
VOID TestFreeBuffer(PMDL Mdl);
// Of whole pages that a device with 24 address bits does not reach.
PMDL TestHighBuffer(ULONG Length, UCHAR Seed);
VOID TestFreeHighBuffer(PMDL Mdl);
BOOLEAN TestHolds(PMDL Mdl, UCHAR Seed);
PVOID TestVirtual(ULONGLONG Physical);
PMDL TestChain(const ULONG *Offsets, const ULONG *Lengths, ULONG Count);
VOID TestFreeChain(PMDL Mdl);

// A list routine that keeps the list.
typedef struct _TEST_LIST {
    PSCATTER_GATHER_LIST List;
    ULONG Calls;
    KIRQL Irql;
} TEST_LIST, *PTEST_LIST;
DRIVER_LIST_CONTROL TestKeepList;
// The failed line: does the list describe Length bytes of the chain at Offset where they are?
ULONG TestCompareList(const SCATTER_GATHER_LIST *List, PMDL Mdl, ULONG Offset, ULONG Length);
ULONG TestCountRuns(PMDL Mdl, ULONG Offset, ULONG Length);

// list.c
ULONG TestVersions(VOID), TestList(VOID), TestMerge(VOID), TestListOfChain(VOID), TestBuild(VOID),
    TestBounds(VOID);
NTSTATUS TestDirect(PIRP Irp, PULONG_PTR Elements);
// bounce.c
ULONG TestBounce(VOID), TestBounceWait(VOID), TestOnePiece(VOID), TestTargetMdl(VOID);
// channel.c
ULONG TestMapLoop(VOID), TestMapBounce(VOID), TestKeepChannel(VOID), TestTransferContext(VOID),
    TestMapEx(VOID);
// buffer.c
ULONG TestCommonBuffers(VOID), TestVector(VOID);
// memory.c
ULONG TestPhysical(VOID), TestLimits(VOID);
