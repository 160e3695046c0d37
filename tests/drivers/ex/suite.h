// The tests of the suite.
#pragma once

#include <driver.h>

// pool.c
VOID TestPoolSizes(void);
VOID TestPoolAlignment(void);
VOID TestPoolReuse(void);
VOID TestPoolOverrun(void);
VOID TestPoolLargeOverrun(void);
VOID TestPoolFreedTwice(void);
VOID TestPoolUseAfterFree(void);
VOID TestPoolWrongTag(void);
VOID TestPoolForeignAddress(void);
VOID TestPoolRaises(void);
VOID TestPool2(void);
VOID TestPoolPagedAtDispatch(void);
VOID TestPoolManyBlocks(void);
VOID TestLookaside(void);
VOID TestLookasideEx(void);

// resource.c
VOID TestResourceExclusive(void);
VOID TestResourceShared(void);
VOID TestResourceContention(void);
VOID TestResourceWriterComesBeforeReaders(void);
VOID TestResourceConvert(void);
VOID TestResourceOwnerPointer(void);
VOID TestResourceNotOwned(void);

// lock.c
VOID TestFastMutex(void);
VOID TestFastMutexContention(void);
VOID TestGuardedMutex(void);
VOID TestRundown(void);
VOID TestRundownWaits(void);
VOID TestSList(void);
VOID TestSeh(void);
VOID TestCallback(void);

// work.c
VOID TestWorkItem(void);
VOID TestWorkItemsThatBlock(void);
VOID TestWorkItemRequeues(void);
VOID TestWorkItemTwice(void);
