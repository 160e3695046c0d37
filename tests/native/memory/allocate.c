// Reserving and committing.

#include "suite.h"

VOID TestReserve(void)
{
    PUCHAR Base = nullptr;
    REQUIRE_STATUS(Allocate(&Base, 3 * PAGE_SIZE, MEM_RESERVE, PAGE_READWRITE), STATUS_SUCCESS);
    CHECK_EQUAL((ULONG_PTR)Base % Granularity, 0);
    MEMORY_BASIC_INFORMATION Information = Query(Base);
    CHECK_EQUAL(Information.State, MEM_RESERVE);
    CHECK_EQUAL(Information.Protect, 0);
    CHECK_EQUAL(Information.AllocationProtect, PAGE_READWRITE);
    CHECK_EQUAL(Information.RegionSize, 3 * PAGE_SIZE);
    CHECK_STATUS(TryRead(Base), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(Release(Base), STATUS_SUCCESS);
    CHECK_EQUAL(Query(Base).State, MEM_FREE);
}

VOID TestCommit(void)
{
    PUCHAR Base = nullptr;
    REQUIRE_STATUS(Allocate(&Base, 8 * PAGE_SIZE, MEM_RESERVE, PAGE_NOACCESS), STATUS_SUCCESS);
    PVOID Part = Base + 2 * PAGE_SIZE;
    CHECK_STATUS(Allocate(&Part, 2 * PAGE_SIZE, MEM_COMMIT, PAGE_READWRITE), STATUS_SUCCESS);
    CHECK_STATUS(TryWrite(Base + 2 * PAGE_SIZE), STATUS_SUCCESS);
    CHECK_STATUS(TryWrite(Base + 4 * PAGE_SIZE - 1), STATUS_SUCCESS);
    CHECK_STATUS(TryRead(Base + 4 * PAGE_SIZE), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(TryRead(Base + 2 * PAGE_SIZE - 1), STATUS_ACCESS_VIOLATION);

    // Again, with more around: what is there keeps its contents and takes the new protection.
    Base[2 * PAGE_SIZE] = 77;
    Part = Base + PAGE_SIZE;
    CHECK_STATUS(Allocate(&Part, 4 * PAGE_SIZE, MEM_COMMIT, PAGE_READONLY), STATUS_SUCCESS);
    CHECK_EQUAL(Base[2 * PAGE_SIZE], 77);
    CHECK_STATUS(TryWrite(Base + 2 * PAGE_SIZE), STATUS_ACCESS_VIOLATION);
    CHECK_EQUAL(Query(Base + PAGE_SIZE).RegionSize, 4 * PAGE_SIZE);
    CHECK_EQUAL(Query(Base + PAGE_SIZE).AllocationProtect, PAGE_NOACCESS);
    CHECK_STATUS(Release(Base), STATUS_SUCCESS);
}

VOID TestRounding(void)
{
    PUCHAR Free = nullptr;
    REQUIRE_STATUS(Allocate(&Free, 4 * Granularity, MEM_RESERVE, PAGE_READWRITE), STATUS_SUCCESS);
    CHECK_STATUS(Release(Free), STATUS_SUCCESS);

    // A reservation starts at a multiple of 64 KiB and ends with a page.
    PVOID Base = Free + Granularity + 0x1234;
    SIZE_T Size = PAGE_SIZE;
    REQUIRE_STATUS(
        NtAllocateVirtualMemory(NtCurrentProcess(), &Base, 0, &Size, MEM_RESERVE, PAGE_READWRITE),
        STATUS_SUCCESS);
    CHECK_EQUAL(Base, Free + Granularity);
    CHECK_EQUAL(Size, 3 * PAGE_SIZE);

    // A commitment covers each page that a byte of it lies in.
    PVOID Part = Free + Granularity + PAGE_SIZE - 1;
    Size = 2;
    CHECK_STATUS(
        NtAllocateVirtualMemory(NtCurrentProcess(), &Part, 0, &Size, MEM_COMMIT, PAGE_READWRITE),
        STATUS_SUCCESS);
    CHECK_EQUAL(Part, Base);
    CHECK_EQUAL(Size, 2 * PAGE_SIZE);

    ULONG Old;
    Part = (PUCHAR)Base + 5;
    Size = 1;
    CHECK_STATUS(NtProtectVirtualMemory(NtCurrentProcess(), &Part, &Size, PAGE_READONLY, &Old),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Part, Base);
    CHECK_EQUAL(Size, PAGE_SIZE);

    Part = (PUCHAR)Base + PAGE_SIZE + 7;
    Size = 1;
    CHECK_STATUS(NtFreeVirtualMemory(NtCurrentProcess(), &Part, &Size, MEM_DECOMMIT),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Part, (PUCHAR)Base + PAGE_SIZE);
    CHECK_EQUAL(Size, PAGE_SIZE);

    Part = Base;
    Size = 0;
    CHECK_STATUS(NtFreeVirtualMemory(NtCurrentProcess(), &Part, &Size, MEM_RELEASE),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Size, 3 * PAGE_SIZE);
}

VOID TestCommitWithoutReserve(void)
{
    PUCHAR Base = nullptr;
    REQUIRE_STATUS(Allocate(&Base, PAGE_SIZE, MEM_COMMIT, PAGE_READWRITE), STATUS_SUCCESS);
    CHECK_STATUS(TryWrite(Base), STATUS_SUCCESS);
    CHECK_STATUS(Release(Base), STATUS_SUCCESS);
    PVOID Again = Base; // nothing is reserved there now
    CHECK_STATUS(Allocate(&Again, PAGE_SIZE, MEM_COMMIT, PAGE_READWRITE),
                 STATUS_CONFLICTING_ADDRESSES);
}

VOID TestConflicts(void)
{
    PUCHAR Base = nullptr;
    REQUIRE_STATUS(Allocate(&Base, 2 * Granularity, MEM_RESERVE, PAGE_READWRITE), STATUS_SUCCESS);
    PVOID Other = Base + Granularity;
    CHECK_STATUS(Allocate(&Other, PAGE_SIZE, MEM_RESERVE, PAGE_READWRITE),
                 STATUS_CONFLICTING_ADDRESSES);
    Other = Base + Granularity;
    CHECK_STATUS(Allocate(&Other, 2 * Granularity, MEM_COMMIT, PAGE_READWRITE),
                 STATUS_CONFLICTING_ADDRESSES);
    // The image of the program is no place to commit or to reserve.
    Other = NtCurrentPeb()->ImageBaseAddress;
    CHECK_STATUS(Allocate(&Other, PAGE_SIZE, MEM_RESERVE, PAGE_READWRITE),
                 STATUS_CONFLICTING_ADDRESSES);
    CHECK_STATUS(Release(Base), STATUS_SUCCESS);
}

VOID TestTopDown(void)
{
    PUCHAR High = nullptr, Low = nullptr;
    CHECK_STATUS(Allocate(&High, PAGE_SIZE, MEM_RESERVE | MEM_TOP_DOWN, PAGE_READWRITE),
                 STATUS_SUCCESS);
    CHECK_STATUS(Allocate(&Low, PAGE_SIZE, MEM_RESERVE, PAGE_READWRITE), STATUS_SUCCESS);
    CHECK(High > Low);
    CHECK((ULONG_PTR)High > 0x7FFF00000000);
    CHECK_STATUS(Release(High), STATUS_SUCCESS);
    CHECK_STATUS(Release(Low), STATUS_SUCCESS);
}

VOID TestZeroBits(void)
{
    static const ULONG_PTR Good[] = {1, 4, 6, 0x7FFFFFFF, 0x1FFFFFFFFF};
    static const ULONG_PTR Limits[] = {1ull << 31, 1ull << 28, 1ull << 26, 1ull << 31, 1ull << 37};
    static const ULONG_PTR Bad[] = {22, 31};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Good); i++) {
        PVOID Base = nullptr;
        SIZE_T Size = PAGE_SIZE;
        NTSTATUS Status = NtAllocateVirtualMemory(NtCurrentProcess(), &Base, Good[i], &Size,
                                                  MEM_RESERVE | MEM_TOP_DOWN, PAGE_READWRITE);
        if (!CHECK_STATUS(Status, STATUS_SUCCESS))
            continue;
        CHECK((ULONG_PTR)Base < Limits[i]);
        CHECK_STATUS(Release(Base), STATUS_SUCCESS);
    }
    for (ULONG i = 0; i < RTL_NUMBER_OF(Bad); i++) {
        PVOID Base = nullptr;
        SIZE_T Size = PAGE_SIZE;
        CHECK_STATUS(NtAllocateVirtualMemory(NtCurrentProcess(), &Base, Bad[i], &Size, MEM_RESERVE,
                                             PAGE_READWRITE),
                     STATUS_INVALID_PARAMETER_3);
    }
}

VOID TestBadTypes(void)
{
    static const ULONG Types[] = {
        0,
        MEM_TOP_DOWN,
        MEM_RELEASE,
        MEM_RESERVE | 0x40000000,
        MEM_COMMIT | MEM_RESET,
        MEM_RESET | MEM_RESET_UNDO,
        MEM_COMMIT | MEM_WRITE_WATCH,
        MEM_RESERVE | MEM_LARGE_PAGES,
        MEM_RESERVE | MEM_RESERVE_PLACEHOLDER,
        MEM_RESERVE | MEM_REPLACE_PLACEHOLDER,
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Types); i++) {
        PVOID Base = nullptr;
        NTSTATUS Status = Allocate(&Base, PAGE_SIZE, Types[i], PAGE_READWRITE);
        if (Status != STATUS_INVALID_PARAMETER_5)
            TestFail(__FILE__, __LINE__, "type %08lx gave %08lx", Types[i], Status);
    }
}

VOID TestBadProtections(void)
{
    static const ULONG Protections[] = {
        0,
        3,
        PAGE_WRITECOPY,
        PAGE_EXECUTE_WRITECOPY,
        PAGE_READWRITE | PAGE_EXECUTE,
        PAGE_NOACCESS | PAGE_GUARD,
        PAGE_NOACCESS | PAGE_NOCACHE,
        PAGE_READWRITE | PAGE_GUARD | PAGE_NOCACHE,
        PAGE_READWRITE | PAGE_NOCACHE | PAGE_WRITECOMBINE,
        PAGE_GUARD,
        0x100000,
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Protections); i++) {
        PVOID Base = nullptr;
        NTSTATUS Status = Allocate(&Base, PAGE_SIZE, MEM_RESERVE | MEM_COMMIT, Protections[i]);
        if (Status != STATUS_INVALID_PAGE_PROTECTION)
            TestFail(__FILE__, __LINE__, "protection %08lx gave %08lx", Protections[i], Status);
    }
}

VOID TestBadSizes(void)
{
    static const struct {
        ULONG_PTR Base;
        SIZE_T Size;
        NTSTATUS Status;
    } Cases[] = {
        {0, 0, STATUS_INVALID_PARAMETER_4},
        {0, MAXULONG_PTR, STATUS_INVALID_PARAMETER_4},
        {0, 0x7FFFFFFF0000, STATUS_NO_MEMORY}, // never free as a whole
        {0x7FFFFFFF0000, PAGE_SIZE, STATUS_INVALID_PARAMETER_2},
        {(ULONG_PTR)TEST_KERNEL, PAGE_SIZE, STATUS_INVALID_PARAMETER_2},
        {(ULONG_PTR)TEST_WRAPPING, PAGE_SIZE, STATUS_INVALID_PARAMETER_2},
        {0x7FFFFFFE0000, 0x20000, STATUS_INVALID_PARAMETER_4},
        {0x100000000000, 0xFFFFFFFFFFFF0000, STATUS_INVALID_PARAMETER_4},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++) {
        PVOID Base = (PVOID)Cases[i].Base;
        NTSTATUS Status = Allocate(&Base, Cases[i].Size, MEM_RESERVE, PAGE_READWRITE);
        if (Status != Cases[i].Status)
            TestFail(__FILE__, __LINE__, "case %lu gave %08lx, not %08lx", i, Status,
                     Cases[i].Status);
    }
}

VOID TestReset(void)
{
    PUCHAR Base = nullptr;
    REQUIRE_STATUS(Allocate(&Base, 2 * PAGE_SIZE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE),
                   STATUS_SUCCESS);
    Base[0] = 5;
    PVOID Part = Base;
    CHECK_STATUS(Allocate(&Part, PAGE_SIZE, MEM_RESET, PAGE_READWRITE), STATUS_SUCCESS);
    CHECK(Base[0] == 5 || Base[0] == 0);
    CHECK_STATUS(Allocate(&Part, PAGE_SIZE, MEM_RESET_UNDO, PAGE_READWRITE), STATUS_SUCCESS);
    CHECK_STATUS(TryWrite(Base), STATUS_SUCCESS);
    CHECK_STATUS(Release(Base), STATUS_SUCCESS);
    CHECK_STATUS(Allocate(&Part, PAGE_SIZE, MEM_RESET, PAGE_READWRITE),
                 STATUS_CONFLICTING_ADDRESSES);
}

VOID TestAllocateErrors(void)
{
    PVOID Base = nullptr;
    SIZE_T Size = PAGE_SIZE;
    HANDLE Self = NtCurrentProcess();
    CHECK_STATUS(
        NtAllocateVirtualMemory(Self, TEST_UNMAPPED, 0, &Size, MEM_RESERVE, PAGE_READWRITE),
        STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtAllocateVirtualMemory(Self, &Base, 0, TEST_KERNEL, MEM_RESERVE, PAGE_READWRITE),
                 STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(
        NtAllocateVirtualMemory(Self, TestReadOnlyPage(), 0, &Size, MEM_RESERVE, PAGE_READWRITE),
        STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(
        NtAllocateVirtualMemory(Self, TestEndOfPage(4), 0, &Size, MEM_RESERVE, PAGE_READWRITE),
        STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(
        NtAllocateVirtualMemory((HANDLE)0x7FF0, &Base, 0, &Size, MEM_RESERVE, PAGE_READWRITE),
        STATUS_INVALID_HANDLE);
    HANDLE Event;
    REQUIRE_STATUS(NtCreateEvent(&Event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtAllocateVirtualMemory(Event, &Base, 0, &Size, MEM_RESERVE, PAGE_READWRITE),
                 STATUS_OBJECT_TYPE_MISMATCH);
    NtClose(Event);
    HANDLE Weak;
    REQUIRE_STATUS(
        NtDuplicateObject(Self, Self, Self, &Weak, PROCESS_VM_READ | PROCESS_VM_WRITE, 0, 0),
        STATUS_SUCCESS);
    CHECK_STATUS(NtAllocateVirtualMemory(Weak, &Base, 0, &Size, MEM_RESERVE, PAGE_READWRITE),
                 STATUS_ACCESS_DENIED);
    NtClose(Weak);
    CHECK(!Base);
    CHECK_EQUAL(Size, PAGE_SIZE);
}
