// The tests of the suite, and what they share.
#pragma once

#include <test.h>

// A growable heap of its own; null: failed, reported.
PVOID HeapMake(ULONG Flags);
BOOLEAN HeapIsFilled(const VOID *Data, UCHAR Value, SIZE_T Size);

// block.c
VOID TestSizes(void);
VOID TestAlignment(void);
VOID TestZeroMemory(void);
VOID TestGrowBlock(void);
VOID TestShrinkBlock(void);
VOID TestInPlaceOnly(void);
VOID TestHugeBlocks(void);
VOID TestNoMemory(void);
VOID TestUserValues(void);
VOID TestUserFlags(void);
VOID TestFreeNull(void);

// damage.c
VOID TestOverrun(void);
VOID TestFreeTwice(void);
VOID TestForeignBlock(void);
VOID TestHeaderDamage(void);
VOID TestDamageRaises(void);
VOID TestTermination(void);
NTSTATUS ChildDamage(PCWSTR Argument);

// whole.c
VOID TestFixedHeap(void);
VOID TestCallersMemory(void);
VOID TestDestroy(void);
VOID TestWalk(void);
VOID TestLock(void);
VOID TestProcessHeaps(void);
VOID TestCompact(void);
VOID TestInformation(void);

// many.c
VOID TestSmallBlocksReused(void);
VOID TestRandom(void);
VOID TestManyThreads(void);
VOID TestMemoryComesBack(void);
