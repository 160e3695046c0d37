// Virtual memory: the services on it, faults, limits.

#include "suite.h"

NTSTATUS TryRead(volatile UCHAR *Address)
{
    __try {
        (VOID) * Address;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return (NTSTATUS)GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

NTSTATUS TryWrite(volatile UCHAR *Address)
{
    __try {
        *Address = 1;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return (NTSTATUS)GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

static const TEST Tests[] = {
    {"reserving addresses", TestReserve},
    {"committing pages", TestCommit},
    {"bases and sizes are rounded", TestRounding},
    {"committing without a reservation", TestCommitWithoutReserve},
    {"addresses that are taken", TestConflicts},
    {"MEM_TOP_DOWN", TestTopDown},
    {"ZeroBits", TestZeroBits},
    {"wrong allocation types", TestBadTypes},
    {"wrong protections", TestBadProtections},
    {"wrong sizes and bases", TestBadSizes},
    {"MEM_RESET", TestReset},
    {"errors of NtAllocateVirtualMemory", TestAllocateErrors},
    {"decommitting", TestDecommit},
    {"releasing a part", TestReleasePart},
    {"errors of NtFreeVirtualMemory", TestFreeErrors},
    {"a thousand allocations", TestManyAllocations},
    {"each protection", TestProtectKinds},
    {"protection of ranges", TestProtectRuns},
    {"errors of NtProtectVirtualMemory", TestProtectErrors},
    {"the TEB cannot be freed or protected", TestSecuredPages},
    {"what a query says of pages", TestQueryStates},
    {"what a query says of free addresses", TestQueryFree},
    {"what a query says of an allocation", TestQueryRegion},
    {"what a query says of an image", TestQueryImage},
    {"errors of NtQueryVirtualMemory", TestQueryErrors},
    {"a walk over the address space", TestWholeSpace},
    {"pages start as zeros", TestDemandZero},
    {"a guard page raises once", TestGuardOnce},
    {"a guard page under a service", TestGuardInService},
    {"accesses that are not allowed", TestNoAccess},
    {"an image's data is private to a process", TestImageCopyOnWrite},
    {"memory of another process", TestReadWriteProcess},
    {"partial copies", TestPartialCopies},
    {"errors of reading and writing", TestCopyErrors},
    {"locking pages", TestLock},
    {"no more pages can be locked than fit", TestLockQuota},
    {"errors of locking", TestLockErrors},
    {"the working set", TestWorkingSet},
    {"attributes of pages", TestWorkingSetEx},
    {"emptying the working set", TestEmptyWorkingSet},
    {"limits of the working set", TestWorkingSetLimits},
    {"write watch", TestWriteWatch},
    {"resetting a write watch", TestWriteWatchReset},
    {"errors of write watch", TestWriteWatchErrors},
    {"address requirements", TestAddressRequirements},
    {"wrong extended parameters", TestExtendedErrors},
    {"placeholders", TestPlaceholders},
    {"what placeholders refuse", TestPlaceholderErrors},
    {"prefetching", TestPrefetch},
    {"large pages", TestLargePages},
    {"protection of large pages", TestLargeProtection},
    {"what large pages refuse", TestLargeErrors},
    {"a section of large pages", TestLargeSection},
    {"no more large pages", TestLargeExhaustion},
    {"commitment is counted", TestCommitAccounting},
    {"more than can be committed", TestCommitLimit},
    {"a process takes all memory", TestExhaustion},
    {"a process takes all page tables", TestSparseCommit},
    {"a job's memory limit", TestProcessMemoryLimit},
    {"terabytes of reservations", TestHugeReservation},
};

static const TEST_CHILD Children[] = {
    {L"idle", ChildIdle},     {L"image", ChildImage},     {L"hog", ChildHog},
    {L"sparse", ChildSparse}, {L"limited", ChildLimited},
};

const TEST_SUITE TestSuite = TEST_SUITE_WITH_CHILDREN(Tests, Children);
