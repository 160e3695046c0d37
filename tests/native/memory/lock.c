// Locked pages and the working set.

#include "suite.h"

static NTSTATUS Lock(PVOID Base, SIZE_T Size)
{
    return NtLockVirtualMemory(NtCurrentProcess(), &Base, &Size, MAP_PROCESS);
}

static NTSTATUS Unlock(PVOID Base, SIZE_T Size)
{
    return NtUnlockVirtualMemory(NtCurrentProcess(), &Base, &Size, MAP_PROCESS);
}

static MEMORY_WORKING_SET_EX_BLOCK Attributes(PVOID Address)
{
    MEMORY_WORKING_SET_EX_INFORMATION Entry = {.VirtualAddress = Address};
    CHECK_STATUS(NtQueryVirtualMemory(NtCurrentProcess(), nullptr, MemoryWorkingSetExInformation,
                                      &Entry, sizeof(Entry), nullptr),
                 STATUS_SUCCESS);
    return Entry.u1.VirtualAttributes;
}

VOID TestLock(void)
{
    PUCHAR Base = nullptr;
    REQUIRE_STATUS(Allocate(&Base, 4 * PAGE_SIZE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE),
                   STATUS_SUCCESS);
    PVOID Place = Base + 1;
    SIZE_T Size = PAGE_SIZE;
    CHECK_STATUS(NtLockVirtualMemory(NtCurrentProcess(), &Place, &Size, MAP_PROCESS),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Place, Base);
    CHECK_EQUAL(Size, 2 * PAGE_SIZE);
    CHECK(Attributes(Base).Valid && Attributes(Base).Locked);
    CHECK(!Attributes(Base + 2 * PAGE_SIZE).Locked);
    CHECK_STATUS(Lock(Base, PAGE_SIZE), STATUS_WAS_LOCKED);
    CHECK_STATUS(Unlock(Base, 3 * PAGE_SIZE), STATUS_NOT_LOCKED);
    CHECK_STATUS(Unlock(Base, 2 * PAGE_SIZE), STATUS_SUCCESS);
    CHECK_STATUS(Unlock(Base, PAGE_SIZE), STATUS_NOT_LOCKED);
    // A page that is freed is not locked any more.
    CHECK_STATUS(Lock(Base, PAGE_SIZE), STATUS_SUCCESS);
    CHECK_STATUS(Release(Base), STATUS_SUCCESS);
}

// Half of the default minimum of 50 pages for each test: what an earlier one locked is free again.
VOID TestLockQuota(void)
{
    PUCHAR Base = nullptr;
    REQUIRE_STATUS(Allocate(&Base, 64 * PAGE_SIZE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE),
                   STATUS_SUCCESS);
    CHECK_STATUS(Lock(Base, 64 * PAGE_SIZE), STATUS_WORKING_SET_QUOTA);
    CHECK_STATUS(Unlock(Base, PAGE_SIZE), STATUS_NOT_LOCKED); // none of them
    for (ULONG i = 0; i < 3; i++) {
        CHECK_STATUS(Lock(Base, 40 * PAGE_SIZE), STATUS_SUCCESS);
        CHECK_STATUS(Lock(Base + 40 * PAGE_SIZE, 8 * PAGE_SIZE), STATUS_WORKING_SET_QUOTA);
        CHECK_STATUS(Unlock(Base, 40 * PAGE_SIZE), STATUS_SUCCESS);
    }
    CHECK_STATUS(Release(Base), STATUS_SUCCESS);
}

VOID TestLockErrors(void)
{
    PUCHAR Base = nullptr;
    PVOID Place;
    SIZE_T Size = PAGE_SIZE;
    HANDLE Self = NtCurrentProcess();
    REQUIRE_STATUS(Allocate(&Base, 2 * PAGE_SIZE, MEM_RESERVE, PAGE_READWRITE), STATUS_SUCCESS);
    Place = Base;
    CHECK_STATUS(Lock(Base, PAGE_SIZE), STATUS_ACCESS_VIOLATION); // not committed
    CHECK_STATUS(Lock(Base, 0), STATUS_INVALID_PARAMETER_3);
    CHECK_STATUS(Lock(TEST_KERNEL, PAGE_SIZE), STATUS_INVALID_PARAMETER_2);
    CHECK_STATUS(Lock(Base, MAXULONG_PTR), STATUS_INVALID_PARAMETER_3);
    CHECK_STATUS(NtLockVirtualMemory(Self, &Place, &Size, 0), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtLockVirtualMemory(Self, &Place, &Size, 4), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtLockVirtualMemory(Self, TEST_UNMAPPED, &Size, MAP_PROCESS),
                 STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtUnlockVirtualMemory(Self, &Place, TEST_KERNEL, MAP_PROCESS),
                 STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtLockVirtualMemory((HANDLE)0x7FF0, &Place, &Size, MAP_PROCESS),
                 STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtUnlockVirtualMemory((HANDLE)0x7FF0, &Place, &Size, MAP_PROCESS),
                 STATUS_INVALID_HANDLE);
    BOOLEAN WasEnabled;
    RtlAdjustPrivilege(SE_LOCK_MEMORY_PRIVILEGE, FALSE, FALSE, &WasEnabled);
    CHECK_STATUS(NtLockVirtualMemory(Self, &Place, &Size, MAP_SYSTEM), STATUS_PRIVILEGE_NOT_HELD);
    RtlAdjustPrivilege(SE_LOCK_MEMORY_PRIVILEGE, WasEnabled, FALSE, &WasEnabled);
    CHECK_STATUS(Release(Base), STATUS_SUCCESS);
}

// ---- Queries

static ULONG_PTR WorkingSet[4096];

static ULONG CountInWorkingSet(PVOID Base, ULONG Pages)
{
    PMEMORY_WORKING_SET_INFORMATION Information = (PVOID)WorkingSet;
    if (!CHECK_STATUS(NtQueryVirtualMemory(NtCurrentProcess(), nullptr, MemoryWorkingSetInformation,
                                           WorkingSet, sizeof(WorkingSet), nullptr),
                      STATUS_SUCCESS))
        return 0;
    ULONG Count = 0;
    for (ULONG_PTR i = 0; i < Information->NumberOfPages; i++) {
        ULONG_PTR Page = Information->WorkingSetInfo[i].VirtualPage;
        Count += Page - (ULONG_PTR)Base / PAGE_SIZE < Pages;
    }
    return Count;
}

VOID TestWorkingSet(void)
{
    PUCHAR Base = nullptr;
    memset(WorkingSet, 0, sizeof(WorkingSet));
    REQUIRE_STATUS(Allocate(&Base, 100 * PAGE_SIZE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE),
                   STATUS_SUCCESS);
    CHECK_EQUAL(CountInWorkingSet(Base, 100), 0);
    for (ULONG i = 0; i < 100; i += 10)
        Base[i * PAGE_SIZE] = 1;
    CHECK_EQUAL(CountInWorkingSet(Base, 100), 10);
    ULONG_PTR Number = 0;
    CHECK_STATUS(NtQueryVirtualMemory(NtCurrentProcess(), nullptr, MemoryWorkingSetInformation,
                                      WorkingSet, 2 * sizeof(ULONG_PTR), nullptr),
                 STATUS_INFO_LENGTH_MISMATCH);
    Number = WorkingSet[0];
    CHECK(Number > 10);
    CHECK_STATUS(NtQueryVirtualMemory(NtCurrentProcess(), nullptr, MemoryWorkingSetInformation,
                                      WorkingSet, 8, nullptr),
                 STATUS_INFO_LENGTH_MISMATCH);
    CHECK_STATUS(NtQueryVirtualMemory(NtCurrentProcess(), nullptr, MemoryWorkingSetInformation,
                                      TEST_UNMAPPED, 4096, nullptr),
                 STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(Release(Base), STATUS_SUCCESS);
}

VOID TestWorkingSetEx(void)
{
    PUCHAR Base = nullptr;
    REQUIRE_STATUS(Allocate(&Base, 2 * PAGE_SIZE, MEM_RESERVE | MEM_COMMIT, PAGE_EXECUTE_READWRITE),
                   STATUS_SUCCESS);
    CHECK(!Attributes(Base).Valid);
    Base[0] = 1;
    CHECK(Attributes(Base + 100).Valid);
    CHECK(!Attributes(Base).Shared);
    CHECK_EQUAL(Attributes(Base).Win32Protection, PAGE_EXECUTE_READWRITE);
    CHECK(Attributes((PVOID)TestWorkingSetEx).Valid);
    CHECK(Attributes((PVOID)TestWorkingSetEx).Shared);
    CHECK(!Attributes(TEST_UNMAPPED).Valid);
    CHECK(!Attributes(TEST_KERNEL).Valid);
    MEMORY_WORKING_SET_EX_INFORMATION Entry = {};
    CHECK_STATUS(NtQueryVirtualMemory(NtCurrentProcess(), nullptr, MemoryWorkingSetExInformation,
                                      &Entry, sizeof(Entry) - 1, nullptr),
                 STATUS_INFO_LENGTH_MISMATCH);
    CHECK_STATUS(NtQueryVirtualMemory(NtCurrentProcess(), nullptr, MemoryWorkingSetExInformation,
                                      TestReadOnlyPage(), sizeof(Entry), nullptr),
                 STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(Release(Base), STATUS_SUCCESS);
}

static NTSTATUS SetLimits(SIZE_T Minimum, SIZE_T Maximum)
{
    QUOTA_LIMITS Limits = {.MinimumWorkingSetSize = Minimum, .MaximumWorkingSetSize = Maximum};
    return NtSetInformationProcess(NtCurrentProcess(), ProcessQuotaLimits, &Limits, sizeof(Limits));
}

VOID TestEmptyWorkingSet(void)
{
    PUCHAR Base = nullptr;
    REQUIRE_STATUS(Allocate(&Base, 20 * PAGE_SIZE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE),
                   STATUS_SUCCESS);
    for (ULONG i = 0; i < 20; i++)
        Base[i * PAGE_SIZE] = (UCHAR)(i + 1);
    CHECK_STATUS(Lock(Base, 2 * PAGE_SIZE), STATUS_SUCCESS);
    CHECK_STATUS(SetLimits(MAXULONG_PTR, MAXULONG_PTR), STATUS_SUCCESS);
    CHECK(Attributes(Base).Valid);
    CHECK(!Attributes(Base + 5 * PAGE_SIZE).Valid);
    for (ULONG i = 0; i < 20; i++) // nothing is lost
        CHECK_EQUAL(Base[i * PAGE_SIZE], i + 1);
    CHECK(Attributes(Base + 5 * PAGE_SIZE).Valid);
    CHECK_STATUS(Release(Base), STATUS_SUCCESS);
}

VOID TestWorkingSetLimits(void)
{
    QUOTA_LIMITS Limits = {};
    REQUIRE_STATUS(NtQueryInformationProcess(NtCurrentProcess(), ProcessQuotaLimits, &Limits,
                                             sizeof(Limits), nullptr),
                   STATUS_SUCCESS);
    CHECK_EQUAL(Limits.MinimumWorkingSetSize, 50 * PAGE_SIZE);
    CHECK_EQUAL(Limits.MaximumWorkingSetSize, 345 * PAGE_SIZE);
    CHECK_STATUS(SetLimits(100 * PAGE_SIZE, 50 * PAGE_SIZE), STATUS_BAD_WORKING_SET_LIMIT);
    BOOLEAN WasEnabled, Ignored;
    RtlAdjustPrivilege(SE_INC_WORKING_SET_PRIVILEGE, TRUE, FALSE, &WasEnabled);
    CHECK_STATUS(SetLimits(100 * PAGE_SIZE, 400 * PAGE_SIZE), STATUS_SUCCESS);
    CHECK_STATUS(NtQueryInformationProcess(NtCurrentProcess(), ProcessQuotaLimits, &Limits,
                                           sizeof(Limits), nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Limits.MinimumWorkingSetSize, 100 * PAGE_SIZE);
    PUCHAR Base = nullptr;
    REQUIRE_STATUS(Allocate(&Base, 80 * PAGE_SIZE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE),
                   STATUS_SUCCESS);
    CHECK_STATUS(Lock(Base, 80 * PAGE_SIZE), STATUS_SUCCESS);
    CHECK_STATUS(SetLimits(50 * PAGE_SIZE, 345 * PAGE_SIZE), STATUS_BAD_WORKING_SET_LIMIT);
    CHECK_STATUS(Release(Base), STATUS_SUCCESS);
    CHECK_STATUS(SetLimits(50 * PAGE_SIZE, 345 * PAGE_SIZE), STATUS_SUCCESS);
    RtlAdjustPrivilege(SE_INC_WORKING_SET_PRIVILEGE, FALSE, FALSE, &Ignored);
    CHECK_STATUS(SetLimits(100 * PAGE_SIZE, 400 * PAGE_SIZE), STATUS_PRIVILEGE_NOT_HELD);
    RtlAdjustPrivilege(SE_INC_WORKING_SET_PRIVILEGE, WasEnabled, FALSE, &Ignored);
}
