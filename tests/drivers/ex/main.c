// Pools, resources, locks and work items of a driver host.

#include "suite.h"

static const TEST Tests[] = {
    {"the host's part of the kernel starts", TestStartHost},
    {"pool blocks of all sizes", TestPoolSizes},
    {"pool blocks are aligned", TestPoolAlignment},
    {"freed memory is used again", TestPoolReuse},
    {"writing behind a block is found", TestPoolOverrun},
    {"writing behind a large block is found", TestPoolLargeOverrun},
    {"freeing twice is found", TestPoolFreedTwice},
    {"writing to a free block is found", TestPoolUseAfterFree},
    {"freeing with a wrong tag is found", TestPoolWrongTag},
    {"freeing what is not in the pool is found", TestPoolForeignAddress},
    {"allocations that raise", TestPoolRaises},
    {"ExAllocatePool2", TestPool2},
    {"paged pool at DISPATCH_LEVEL ends the host", TestPoolPagedAtDispatch},
    {"thousands of blocks leave nothing behind", TestPoolManyBlocks},
    {"lookaside lists", TestLookaside},
    {"lookaside lists with own routines", TestLookasideEx},
    {"a resource held exclusively", TestResourceExclusive},
    {"a resource held shared", TestResourceShared},
    {"a resource under contention", TestResourceContention},
    {"a waiting writer comes before new readers", TestResourceWriterComesBeforeReaders},
    {"an exclusive hold becomes shared", TestResourceConvert},
    {"a hold is handed to a pointer", TestResourceOwnerPointer},
    {"releasing a resource that is not held ends the host", TestResourceNotOwned},
    {"a fast mutex", TestFastMutex},
    {"a fast mutex under contention", TestFastMutexContention},
    {"a guarded mutex", TestGuardedMutex},
    {"rundown protection shuts out", TestRundown},
    {"rundown waits for references", TestRundownWaits},
    {"sequenced lists", TestSList},
    {"ExRaiseStatus through __finally", TestSeh},
    {"callback objects", TestCallback},
    {"a work item runs at PASSIVE_LEVEL", TestWorkItem},
    {"work items that wait for one another", TestWorkItemsThatBlock},
    {"a work item queues itself again", TestWorkItemRequeues},
    {"queuing a queued work item ends the host", TestWorkItemTwice},
};

const TEST_SUITE TestSuite = TEST_SUITE_OF(Tests);
