// The tests of the suite, and what several of its files use.
#pragma once

#include "test.h"

enum { Granularity = 0x10000 };

// Addresses of this process. Size is rounded by the service; the result is checked by the caller.
static inline NTSTATUS Allocate(PVOID Address, SIZE_T Size, ULONG Type, ULONG Protect)
{
    PVOID Base = *(PVOID *)Address;
    NTSTATUS Status = NtAllocateVirtualMemory(NtCurrentProcess(), &Base, 0, &Size, Type, Protect);
    if (NT_SUCCESS(Status))
        *(PVOID *)Address = Base;
    return Status;
}

static inline NTSTATUS Release(PVOID Base)
{
    SIZE_T Size = 0;
    return NtFreeVirtualMemory(NtCurrentProcess(), &Base, &Size, MEM_RELEASE);
}

static inline NTSTATUS Free(PVOID Base, SIZE_T Size, ULONG Type)
{
    return NtFreeVirtualMemory(NtCurrentProcess(), &Base, &Size, Type);
}

static inline NTSTATUS Protect(PVOID Base, SIZE_T Size, ULONG New, PULONG Old)
{
    return NtProtectVirtualMemory(NtCurrentProcess(), &Base, &Size, New, Old);
}

static inline MEMORY_BASIC_INFORMATION Query(PVOID Address)
{
    MEMORY_BASIC_INFORMATION Information = {};
    CHECK_STATUS(NtQueryVirtualMemory(NtCurrentProcess(), Address, MemoryBasicInformation,
                                      &Information, sizeof(Information), nullptr),
                 STATUS_SUCCESS);
    return Information;
}

// The exception that an access raises, or STATUS_SUCCESS. Address: where the record says that it was.
NTSTATUS TryRead(volatile UCHAR *Address);
NTSTATUS TryWrite(volatile UCHAR *Address);

// allocate.c
VOID TestReserve(void);
VOID TestCommit(void);
VOID TestRounding(void);
VOID TestCommitWithoutReserve(void);
VOID TestConflicts(void);
VOID TestTopDown(void);
VOID TestZeroBits(void);
VOID TestBadTypes(void);
VOID TestBadProtections(void);
VOID TestBadSizes(void);
VOID TestReset(void);
VOID TestAllocateErrors(void);
// free.c
VOID TestDecommit(void);
VOID TestReleasePart(void);
VOID TestFreeErrors(void);
VOID TestManyAllocations(void);
// protect.c
VOID TestProtectKinds(void);
VOID TestProtectRuns(void);
VOID TestProtectErrors(void);
VOID TestSecuredPages(void);
// query.c
VOID TestQueryStates(void);
VOID TestQueryFree(void);
VOID TestQueryRegion(void);
VOID TestQueryImage(void);
VOID TestQueryErrors(void);
VOID TestWholeSpace(void);
// fault.c
VOID TestDemandZero(void);
VOID TestGuardOnce(void);
VOID TestGuardInService(void);
VOID TestNoAccess(void);
VOID TestImageCopyOnWrite(void);
NTSTATUS ChildImage(PCWSTR Argument);
// copy.c
VOID TestReadWriteProcess(void);
VOID TestPartialCopies(void);
VOID TestCopyErrors(void);
NTSTATUS ChildIdle(PCWSTR Argument);
// lock.c
VOID TestLock(void);
VOID TestLockQuota(void);
VOID TestLockErrors(void);
VOID TestWorkingSet(void);
VOID TestWorkingSetEx(void);
VOID TestEmptyWorkingSet(void);
VOID TestWorkingSetLimits(void);
// watch.c
VOID TestWriteWatch(void);
VOID TestWriteWatchReset(void);
VOID TestWriteWatchErrors(void);
// extended.c
VOID TestAddressRequirements(void);
VOID TestExtendedErrors(void);
VOID TestPlaceholders(void);
VOID TestPlaceholderErrors(void);
VOID TestPrefetch(void);
// large.c
VOID TestLargePages(void);
VOID TestLargeProtection(void);
VOID TestLargeErrors(void);
VOID TestLargeSection(void);
VOID TestLargeExhaustion(void);
// limits.c
VOID TestCommitAccounting(void);
VOID TestCommitLimit(void);
VOID TestExhaustion(void);
VOID TestSparseCommit(void);
VOID TestProcessMemoryLimit(void);
VOID TestHugeReservation(void);
NTSTATUS ChildHog(PCWSTR Argument);
NTSTATUS ChildSparse(PCWSTR Argument);
NTSTATUS ChildLimited(PCWSTR Argument);
