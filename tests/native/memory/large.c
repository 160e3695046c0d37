// Large pages.

#include "suite.h"

enum { LargeSize = 2 * 1024 * 1024 };

static VOID SetPrivilege(BOOLEAN Enable)
{
    BOOLEAN WasEnabled;
    RtlAdjustPrivilege(SE_LOCK_MEMORY_PRIVILEGE, Enable, FALSE, &WasEnabled);
}

static NTSTATUS AllocateLarge(PVOID Address, SIZE_T Size)
{
    return Allocate(Address, Size, MEM_RESERVE | MEM_COMMIT | MEM_LARGE_PAGES, PAGE_READWRITE);
}

static MEMORY_WORKING_SET_EX_BLOCK Attributes(PVOID Address)
{
    MEMORY_WORKING_SET_EX_INFORMATION Entry = {.VirtualAddress = Address};
    CHECK_STATUS(NtQueryVirtualMemory(NtCurrentProcess(), nullptr, MemoryWorkingSetExInformation,
                                      &Entry, sizeof(Entry), nullptr),
                 STATUS_SUCCESS);
    return Entry.u1.VirtualAttributes;
}

VOID TestLargePages(void)
{
    PUCHAR Base = nullptr;
    SIZE_T Copied;
    ULONG Value = 0x12345678, Read = 0;
    CHECK_EQUAL(SharedUserData->LargePageMinimum, LargeSize);
    SetPrivilege(TRUE);
    REQUIRE_STATUS(AllocateLarge(&Base, 2 * LargeSize), STATUS_SUCCESS);
    CHECK_EQUAL((ULONG_PTR)Base % LargeSize, 0);
    CHECK(Attributes(Base).Valid && Attributes(Base).LargePage); // without a fault
    CHECK_EQUAL(*(PULONG)(Base + 2 * LargeSize - 4), 0);
    for (SIZE_T i = 0; i < 2 * LargeSize; i += PAGE_SIZE)
        *(PULONG)(Base + i) = (ULONG)i;
    for (SIZE_T i = 0; i < 2 * LargeSize; i += PAGE_SIZE)
        if (*(PULONG)(Base + i) != i)
            TestFail(__FILE__, __LINE__, "page at %llx is wrong", (ULONGLONG)i);
    // Services reach it, also across the border of two.
    PUCHAR Border = Base + LargeSize - 2;
    CHECK_STATUS(NtWriteVirtualMemory(NtCurrentProcess(), Border, &Value, sizeof(Value), &Copied),
                 STATUS_SUCCESS);
    CHECK_STATUS(NtReadVirtualMemory(NtCurrentProcess(), Border, &Read, sizeof(Read), &Copied),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Read, Value);
    MEMORY_BASIC_INFORMATION Information = Query(Base + 5 * PAGE_SIZE);
    CHECK_EQUAL(Information.RegionSize, 2 * LargeSize - 5 * PAGE_SIZE);
    CHECK_EQUAL(Information.State, MEM_COMMIT);
    CHECK_EQUAL(Information.Protect, PAGE_READWRITE);
    // One of them goes, the other stays.
    CHECK_STATUS(Free(Base, LargeSize, MEM_RELEASE), STATUS_SUCCESS);
    CHECK_STATUS(TryRead(Base), STATUS_ACCESS_VIOLATION);
    CHECK_EQUAL(*(PULONG)(Base + LargeSize + PAGE_SIZE), LargeSize + PAGE_SIZE);
    CHECK_STATUS(Release(Base + LargeSize), STATUS_SUCCESS);
    // Small pages in the same place.
    PVOID Small = Base;
    CHECK_STATUS(Allocate(&Small, PAGE_SIZE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE),
                 STATUS_SUCCESS);
    CHECK_EQUAL(*(PULONG)Small, 0);
    CHECK_STATUS(TryWrite(Small), STATUS_SUCCESS);
    CHECK_STATUS(Release(Small), STATUS_SUCCESS);
    SetPrivilege(FALSE);
}

VOID TestLargeProtection(void)
{
    PUCHAR Base = nullptr;
    ULONG Old;
    SetPrivilege(TRUE);
    REQUIRE_STATUS(AllocateLarge(&Base, 2 * LargeSize), STATUS_SUCCESS);
    SetPrivilege(FALSE); // only needed for the allocation
    Base[0] = 5;
    CHECK_STATUS(Protect(Base, LargeSize, PAGE_READONLY, &Old), STATUS_SUCCESS);
    CHECK_EQUAL(Old, PAGE_READWRITE);
    CHECK_STATUS(TryWrite(Base), STATUS_ACCESS_VIOLATION);
    CHECK_EQUAL(Base[0], 5);
    CHECK_STATUS(TryWrite(Base + LargeSize), STATUS_SUCCESS);
    CHECK_STATUS(Protect(Base, LargeSize, PAGE_NOACCESS, &Old), STATUS_SUCCESS);
    CHECK_STATUS(TryRead(Base), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(Protect(Base, LargeSize, PAGE_READWRITE, &Old), STATUS_SUCCESS);
    CHECK_EQUAL(Base[0], 5);
    CHECK_STATUS(TryWrite(Base), STATUS_SUCCESS);
    CHECK_STATUS(Protect(Base, PAGE_SIZE, PAGE_READONLY, &Old), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Protect(Base, LargeSize, PAGE_READWRITE | PAGE_GUARD, &Old),
                 STATUS_INVALID_PAGE_PROTECTION);
    CHECK_STATUS(Free(Base, LargeSize, MEM_DECOMMIT), STATUS_UNABLE_TO_FREE_VM);
    CHECK_STATUS(Free(Base, PAGE_SIZE, MEM_RELEASE), STATUS_UNABLE_TO_FREE_VM);
    CHECK_STATUS(Release(Base), STATUS_SUCCESS);
}

VOID TestLargeErrors(void)
{
    PVOID Base = nullptr;
    SetPrivilege(FALSE);
    CHECK_STATUS(AllocateLarge(&Base, LargeSize), STATUS_PRIVILEGE_NOT_HELD);
    SetPrivilege(TRUE);
    CHECK_STATUS(AllocateLarge(&Base, LargeSize + PAGE_SIZE), STATUS_INVALID_PARAMETER_4);
    CHECK_STATUS(AllocateLarge(&Base, PAGE_SIZE), STATUS_INVALID_PARAMETER_4);
    Base = (PVOID)0x40010000;
    CHECK_STATUS(AllocateLarge(&Base, LargeSize), STATUS_INVALID_PARAMETER_2);
    Base = nullptr;
    CHECK_STATUS(Allocate(&Base, LargeSize, MEM_COMMIT | MEM_LARGE_PAGES, PAGE_READWRITE),
                 STATUS_INVALID_PARAMETER_5);
    CHECK_STATUS(Allocate(&Base, LargeSize, MEM_RESERVE | MEM_COMMIT | MEM_LARGE_PAGES,
                          PAGE_READWRITE | PAGE_GUARD),
                 STATUS_INVALID_PAGE_PROTECTION);
    LARGE_INTEGER Size = {.QuadPart = PAGE_SIZE};
    HANDLE Section;
    CHECK_STATUS(NtCreateSection(&Section, SECTION_ALL_ACCESS, nullptr, &Size, PAGE_READWRITE,
                                 SEC_COMMIT | SEC_LARGE_PAGES, nullptr),
                 STATUS_INVALID_PARAMETER_4);
    Size.QuadPart = LargeSize;
    CHECK_STATUS(NtCreateSection(&Section, SECTION_ALL_ACCESS, nullptr, &Size, PAGE_READWRITE,
                                 SEC_RESERVE | SEC_LARGE_PAGES, nullptr),
                 STATUS_INVALID_PARAMETER_6);
    SetPrivilege(FALSE);
    CHECK_STATUS(NtCreateSection(&Section, SECTION_ALL_ACCESS, nullptr, &Size, PAGE_READWRITE,
                                 SEC_COMMIT | SEC_LARGE_PAGES, nullptr),
                 STATUS_PRIVILEGE_NOT_HELD);
}

static NTSTATUS Map(HANDLE Section, PVOID Address, ULONG Protection)
{
    SIZE_T Size = 0;
    *(PVOID *)Address = nullptr;
    return NtMapViewOfSection(Section, NtCurrentProcess(), Address, 0, 0, nullptr, &Size, ViewUnmap,
                              0, Protection);
}

VOID TestLargeSection(void)
{
    LARGE_INTEGER Size = {.QuadPart = 2 * LargeSize};
    HANDLE Section;
    PUCHAR First, Second;
    SetPrivilege(TRUE);
    REQUIRE_STATUS(NtCreateSection(&Section, SECTION_ALL_ACCESS, nullptr, &Size, PAGE_READWRITE,
                                   SEC_COMMIT | SEC_LARGE_PAGES, nullptr),
                   STATUS_SUCCESS);
    SetPrivilege(FALSE);
    REQUIRE_STATUS(Map(Section, &First, PAGE_READWRITE), STATUS_SUCCESS);
    REQUIRE_STATUS(Map(Section, &Second, PAGE_READONLY), STATUS_SUCCESS);
    CHECK_EQUAL((ULONG_PTR)First % LargeSize, 0);
    First[LargeSize + 77] = 9;
    CHECK_EQUAL(Second[LargeSize + 77], 9);
    CHECK(Attributes(Second).LargePage && Attributes(Second).Shared);
    CHECK_STATUS(TryWrite(Second), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtUnmapViewOfSection(NtCurrentProcess(), First), STATUS_SUCCESS);
    CHECK_EQUAL(Second[LargeSize + 77], 9);
    NtClose(Section);
    CHECK_EQUAL(Second[LargeSize + 77], 9);
    CHECK_STATUS(NtUnmapViewOfSection(NtCurrentProcess(), Second), STATUS_SUCCESS);
}

// All that there are, twice: what was taken comes back.
VOID TestLargeExhaustion(void)
{
    static PVOID Pages[1024];
    ULONG Counts[2];
    memset(Pages, 0, sizeof(Pages));
    SetPrivilege(TRUE);
    for (ULONG Pass = 0; Pass < 2; Pass++) {
        ULONG Count = 0;
        NTSTATUS Status = STATUS_SUCCESS;
        while (Count < RTL_NUMBER_OF(Pages) && NT_SUCCESS(Status)) {
            Pages[Count] = nullptr;
            Status = AllocateLarge(&Pages[Count], LargeSize);
            Count += NT_SUCCESS(Status);
        }
        CHECK(Status == STATUS_INSUFFICIENT_RESOURCES || Status == STATUS_COMMITMENT_LIMIT ||
              Status == STATUS_NO_MEMORY);
        CHECK(Count > 0);
        Counts[Pass] = Count;
        for (ULONG i = 0; i < Count; i++)
            CHECK_STATUS(Release(Pages[i]), STATUS_SUCCESS);
    }
    CHECK(Counts[1] + 2 >= Counts[0]);
    SetPrivilege(FALSE);
}
