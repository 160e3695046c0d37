// Giving memory back.

#include "suite.h"

VOID TestDecommit(void)
{
    PUCHAR Base = nullptr;
    REQUIRE_STATUS(Allocate(&Base, 4 * PAGE_SIZE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE),
                   STATUS_SUCCESS);
    memset(Base, 9, 4 * PAGE_SIZE);
    CHECK_STATUS(Free(Base + PAGE_SIZE, PAGE_SIZE, MEM_DECOMMIT), STATUS_SUCCESS);
    CHECK_STATUS(TryRead(Base + PAGE_SIZE), STATUS_ACCESS_VIOLATION);
    CHECK_EQUAL(Base[0], 9);
    CHECK_EQUAL(Base[2 * PAGE_SIZE], 9);
    CHECK_EQUAL(Query(Base + PAGE_SIZE).State, MEM_RESERVE);
    CHECK_EQUAL(Query(Base + PAGE_SIZE).RegionSize, PAGE_SIZE);
    // Twice is no error, and what comes back is zero.
    CHECK_STATUS(Free(Base + PAGE_SIZE, PAGE_SIZE, MEM_DECOMMIT), STATUS_SUCCESS);
    PVOID Part = Base + PAGE_SIZE;
    CHECK_STATUS(Allocate(&Part, PAGE_SIZE, MEM_COMMIT, PAGE_READWRITE), STATUS_SUCCESS);
    CHECK_EQUAL(Base[PAGE_SIZE], 0);
    // Size 0: all of it.
    CHECK_STATUS(Free(Base, 0, MEM_DECOMMIT), STATUS_SUCCESS);
    CHECK_EQUAL(Query(Base).State, MEM_RESERVE);
    CHECK_EQUAL(Query(Base).RegionSize, 4 * PAGE_SIZE);
    CHECK_STATUS(Release(Base), STATUS_SUCCESS);
}

VOID TestReleasePart(void)
{
    PUCHAR Base = nullptr;
    REQUIRE_STATUS(Allocate(&Base, 8 * PAGE_SIZE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE),
                   STATUS_SUCCESS);
    memset(Base, 3, 8 * PAGE_SIZE);
    CHECK_STATUS(Free(Base + 2 * PAGE_SIZE, 2 * PAGE_SIZE, MEM_RELEASE), STATUS_SUCCESS);
    CHECK_EQUAL(Query(Base).RegionSize, 2 * PAGE_SIZE);
    CHECK_EQUAL(Query(Base + 2 * PAGE_SIZE).State, MEM_FREE);
    CHECK_EQUAL(Query(Base + 4 * PAGE_SIZE).AllocationBase, Base + 4 * PAGE_SIZE);
    CHECK_EQUAL(Base[2 * PAGE_SIZE - 1], 3);
    CHECK_EQUAL(Base[4 * PAGE_SIZE], 3);
    CHECK_STATUS(TryRead(Base + 2 * PAGE_SIZE), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(Free(Base, PAGE_SIZE, MEM_RELEASE), STATUS_SUCCESS);                 // the front
    CHECK_STATUS(Free(Base + 7 * PAGE_SIZE, PAGE_SIZE, MEM_RELEASE), STATUS_SUCCESS); // the end
    CHECK_STATUS(Release(Base + PAGE_SIZE), STATUS_SUCCESS);
    CHECK_STATUS(Release(Base + 4 * PAGE_SIZE), STATUS_SUCCESS);
    CHECK_EQUAL(Query(Base).State, MEM_FREE);
    CHECK(Query(Base).RegionSize >= 8 * PAGE_SIZE);
}

VOID TestFreeErrors(void)
{
    PUCHAR Base = nullptr;
    REQUIRE_STATUS(Allocate(&Base, 4 * PAGE_SIZE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE),
                   STATUS_SUCCESS);
    CHECK_STATUS(Free(Base, 0, 0), STATUS_INVALID_PARAMETER_4);
    CHECK_STATUS(Free(Base, 0, MEM_RELEASE | MEM_DECOMMIT), STATUS_INVALID_PARAMETER_4);
    CHECK_STATUS(Free(Base, 0, MEM_COMMIT), STATUS_INVALID_PARAMETER_4);
    CHECK_STATUS(Free(Base + PAGE_SIZE, 0, MEM_RELEASE), STATUS_FREE_VM_NOT_AT_BASE);
    CHECK_STATUS(Free(Base + PAGE_SIZE, 0, MEM_DECOMMIT), STATUS_FREE_VM_NOT_AT_BASE);
    CHECK_STATUS(Free(Base, 5 * PAGE_SIZE, MEM_RELEASE), STATUS_UNABLE_TO_FREE_VM);
    CHECK_STATUS(Free(Base, 5 * PAGE_SIZE, MEM_DECOMMIT), STATUS_UNABLE_TO_FREE_VM);
    CHECK_STATUS(Free(Base, MAXULONG_PTR, MEM_RELEASE), STATUS_INVALID_PARAMETER_3);
    CHECK_STATUS(Free(TEST_KERNEL, PAGE_SIZE, MEM_RELEASE), STATUS_INVALID_PARAMETER_2);
    CHECK_STATUS(Free(NtCurrentPeb()->ImageBaseAddress, 0, MEM_RELEASE),
                 STATUS_UNABLE_TO_DELETE_SECTION);
    CHECK_STATUS(Release(Base), STATUS_SUCCESS);
    CHECK_STATUS(Release(Base), STATUS_MEMORY_NOT_ALLOCATED);

    PVOID Address = Base;
    SIZE_T Size = PAGE_SIZE;
    CHECK_STATUS(NtFreeVirtualMemory(NtCurrentProcess(), TEST_UNMAPPED, &Size, MEM_RELEASE),
                 STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtFreeVirtualMemory(NtCurrentProcess(), &Address, TEST_KERNEL, MEM_RELEASE),
                 STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtFreeVirtualMemory((HANDLE)0x7FF0, &Address, &Size, MEM_RELEASE),
                 STATUS_INVALID_HANDLE);
}

enum { ManyCount = 1000 };

VOID TestManyAllocations(void)
{
    static PUCHAR Blocks[ManyCount];
    VM_COUNTERS Before, After;
    memset(Blocks, 0, sizeof(Blocks)); // its pages are the process's own from now on
    CHECK_STATUS(NtQueryInformationProcess(NtCurrentProcess(), ProcessVmCounters, &Before,
                                           sizeof(Before), nullptr),
                 STATUS_SUCCESS);
    for (ULONG i = 0; i < ManyCount; i++) {
        REQUIRE_STATUS(
            Allocate(&Blocks[i], (i % 5 + 1) * PAGE_SIZE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE),
            STATUS_SUCCESS);
        *(PULONG)Blocks[i] = i;
    }
    for (ULONG i = 0; i < ManyCount; i++) // in an order of its own
        CHECK_EQUAL(*(PULONG)Blocks[i * 387 % ManyCount], i * 387 % ManyCount);
    for (ULONG i = 0; i < ManyCount; i++)
        CHECK_STATUS(Release(Blocks[i * 387 % ManyCount]), STATUS_SUCCESS);
    CHECK_STATUS(NtQueryInformationProcess(NtCurrentProcess(), ProcessVmCounters, &After,
                                           sizeof(After), nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(After.VirtualSize, Before.VirtualSize);
    CHECK_EQUAL(After.PagefileUsage, Before.PagefileUsage);
    CHECK_EQUAL(After.WorkingSetSize, Before.WorkingSetSize);
}
