// Commitment, and what happens when there is no more.

#include "suite.h"

static SYSTEM_PERFORMANCE_INFORMATION Performance(void)
{
    SYSTEM_PERFORMANCE_INFORMATION Information = {};
    CHECK_STATUS(NtQuerySystemInformation(SystemPerformanceInformation, &Information,
                                          sizeof(Information), nullptr),
                 STATUS_SUCCESS);
    return Information;
}

static SIZE_T OwnCommit(void)
{
    VM_COUNTERS Counters = {};
    CHECK_STATUS(NtQueryInformationProcess(NtCurrentProcess(), ProcessVmCounters, &Counters,
                                           sizeof(Counters), nullptr),
                 STATUS_SUCCESS);
    return Counters.PagefileUsage;
}

VOID TestCommitAccounting(void)
{
    PUCHAR Base = nullptr;
    SIZE_T Before = OwnCommit();
    ULONG SystemBefore = Performance().CommittedPages;
    REQUIRE_STATUS(Allocate(&Base, 64 * PAGE_SIZE, MEM_RESERVE, PAGE_READWRITE), STATUS_SUCCESS);
    CHECK_EQUAL(OwnCommit(), Before);
    PVOID Part = Base;
    CHECK_STATUS(Allocate(&Part, 16 * PAGE_SIZE, MEM_COMMIT, PAGE_READWRITE), STATUS_SUCCESS);
    CHECK_EQUAL(OwnCommit(), Before + 16 * PAGE_SIZE);
    CHECK(Performance().CommittedPages >= SystemBefore + 16);
    CHECK_STATUS(Allocate(&Part, 20 * PAGE_SIZE, MEM_COMMIT, PAGE_READWRITE), STATUS_SUCCESS);
    CHECK_EQUAL(OwnCommit(), Before + 20 * PAGE_SIZE); // none is counted twice
    CHECK_STATUS(Free(Base + PAGE_SIZE, 4 * PAGE_SIZE, MEM_DECOMMIT), STATUS_SUCCESS);
    CHECK_EQUAL(OwnCommit(), Before + 16 * PAGE_SIZE);
    CHECK_STATUS(Release(Base), STATUS_SUCCESS);
    CHECK_EQUAL(OwnCommit(), Before);
}

VOID TestCommitLimit(void)
{
    SIZE_T Limit = (SIZE_T)Performance().CommitLimit * PAGE_SIZE;
    PVOID Base = nullptr;
    SIZE_T Before = OwnCommit();
    CHECK_STATUS(Allocate(&Base, Limit + PAGE_SIZE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE),
                 STATUS_COMMITMENT_LIMIT);
    REQUIRE_STATUS(Allocate(&Base, Limit + PAGE_SIZE, MEM_RESERVE, PAGE_READWRITE), STATUS_SUCCESS);
    CHECK_STATUS(Allocate(&Base, Limit + PAGE_SIZE, MEM_COMMIT, PAGE_READWRITE),
                 STATUS_COMMITMENT_LIMIT);
    CHECK_EQUAL(Query(Base).State, MEM_RESERVE);
    CHECK_EQUAL(OwnCommit(), Before);
    CHECK_STATUS(Release(Base), STATUS_SUCCESS);
    LARGE_INTEGER Size = {.QuadPart = (LONGLONG)(Limit + PAGE_SIZE)};
    HANDLE Section;
    CHECK_STATUS(NtCreateSection(&Section, SECTION_ALL_ACCESS, nullptr, &Size, PAGE_READWRITE,
                                 SEC_COMMIT, nullptr),
                 STATUS_COMMITMENT_LIMIT);
}

// A stack cannot grow when there is no memory: have what an exception needs before.
__attribute__((noinline)) static VOID GrowStack(void)
{
    volatile UCHAR Room[32 * 1024];
    for (ULONG i = 0; i < sizeof(Room); i += PAGE_SIZE)
        Room[sizeof(Room) - 1 - i] = 0;
}

// Takes and touches all that there is, by the megabyte and then by the page.
NTSTATUS ChildHog(PCWSTR Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    SIZE_T Size = 1024 * 1024, Total = 0;
    GrowStack();
    for (;;) {
        PUCHAR Base = nullptr;
        NTSTATUS Status = Allocate(&Base, Size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
        if (!NT_SUCCESS(Status) && Size > PAGE_SIZE) {
            Size /= 4;
            continue;
        }
        if (Status == STATUS_COMMITMENT_LIMIT || Status == STATUS_NO_MEMORY ||
            Status == STATUS_INSUFFICIENT_RESOURCES)
            return Total ? STATUS_SUCCESS : Status;
        if (!NT_SUCCESS(Status))
            return Status;
        for (SIZE_T i = 0; i < Size; i += PAGE_SIZE)
            Base[i] = 1; // what is committed can be used
        Total += Size;
    }
}

static VOID RunAndCompare(PCWSTR Name)
{
    RTL_USER_PROCESS_INFORMATION Child;
    for (ULONG i = 0; i < 2; i++) {
        ULONG Before = Performance().CommittedPages;
        REQUIRE_STATUS(TestStartChild(Name, nullptr, FALSE, FALSE, &Child), STATUS_SUCCESS);
        CHECK_STATUS(TestFinishChild(&Child), STATUS_SUCCESS);
        ULONG After = Performance().CommittedPages;
        CHECK(After <= Before + 64); // and not some for each time
    }
    PUCHAR Base = nullptr; // there is memory again
    REQUIRE_STATUS(Allocate(&Base, 1024 * 1024, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE),
                   STATUS_SUCCESS);
    memset(Base, 1, 1024 * 1024);
    CHECK_STATUS(Release(Base), STATUS_SUCCESS);
}

VOID TestExhaustion(void)
{
    RunAndCompare(L"hog");
}

// One page in each region of a page table: page tables run out with the pages.
NTSTATUS ChildSparse(PCWSTR Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    PUCHAR Base = nullptr;
    constexpr SIZE_T Stride = 2 * 1024 * 1024;
    constexpr SIZE_T Whole = Stride * 512 * 1024; // a terabyte
    GrowStack();
    NTSTATUS Status = Allocate(&Base, Whole, MEM_RESERVE, PAGE_READWRITE);
    if (!NT_SUCCESS(Status))
        return Status;
    for (SIZE_T i = 0; i < Whole; i += Stride) {
        PVOID Page = Base + i;
        Status = Allocate(&Page, PAGE_SIZE, MEM_COMMIT, PAGE_READWRITE);
        if (!NT_SUCCESS(Status))
            return Status == STATUS_COMMITMENT_LIMIT || Status == STATUS_NO_MEMORY ? STATUS_SUCCESS
                                                                                   : Status;
        Status = TryWrite(Base + i);
        if (!NT_SUCCESS(Status))
            return Status; // what is committed can be used
    }
    return STATUS_UNSUCCESSFUL;
}

VOID TestSparseCommit(void)
{
    RunAndCompare(L"sparse");
}

NTSTATUS ChildLimited(PCWSTR Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    PVOID Base = nullptr;
    NTSTATUS Status = Allocate(&Base, 8 * 1024 * 1024, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    if (Status != STATUS_COMMITMENT_LIMIT)
        return NT_SUCCESS(Status) ? STATUS_UNSUCCESSFUL : Status;
    return Allocate(&Base, 1024 * 1024, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
}

VOID TestProcessMemoryLimit(void)
{
    HANDLE Job;
    RTL_USER_PROCESS_INFORMATION Child;
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION Limits = {
        .BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_PROCESS_MEMORY,
        .ProcessMemoryLimit = 4 * 1024 * 1024,
    };
    REQUIRE_STATUS(NtCreateJobObject(&Job, JOB_OBJECT_ALL_ACCESS, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(
        NtSetInformationJobObject(Job, JobObjectExtendedLimitInformation, &Limits, sizeof(Limits)),
        STATUS_SUCCESS);
    REQUIRE_STATUS(TestStartChild(L"limited", nullptr, TRUE, FALSE, &Child), STATUS_SUCCESS);
    CHECK_STATUS(NtAssignProcessToJobObject(Job, Child.ProcessHandle), STATUS_SUCCESS);
    CHECK_STATUS(TestFinishChild(&Child), STATUS_SUCCESS);
    NtClose(Job);
}

// No service takes longer for what is only reserved.
VOID TestHugeReservation(void)
{
    PUCHAR Base = nullptr;
    constexpr SIZE_T Size = 64ull << 40;
    PVOID Addresses[4];
    ULONG_PTR Count = 4;
    ULONG Page;
    REQUIRE_STATUS(Allocate(&Base, Size, MEM_RESERVE | MEM_WRITE_WATCH, PAGE_READWRITE),
                   STATUS_SUCCESS);
    PVOID Last = Base + Size - PAGE_SIZE;
    CHECK_STATUS(Allocate(&Last, PAGE_SIZE, MEM_COMMIT, PAGE_READWRITE), STATUS_SUCCESS);
    CHECK_STATUS(TryWrite(Last), STATUS_SUCCESS);
    CHECK_EQUAL(Query(Base).RegionSize, Size - PAGE_SIZE);
    CHECK_STATUS(NtGetWriteWatch(NtCurrentProcess(), 0, Base, Size, Addresses, &Count, &Page),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Count, 1);
    CHECK_EQUAL(Addresses[0], Last);
    CHECK_STATUS(Free(Base, Size / 2, MEM_RELEASE), STATUS_SUCCESS);
    CHECK_STATUS(Release(Base + Size / 2), STATUS_SUCCESS);
}
