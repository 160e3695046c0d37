// Faults: pages that come when they are touched, guard pages, copies on write.

#include "suite.h"

VOID TestDemandZero(void)
{
    PUCHAR Base = nullptr;
    constexpr SIZE_T Size = 2 * 1024 * 1024 + 5 * PAGE_SIZE; // more than a page table maps
    REQUIRE_STATUS(Allocate(&Base, Size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE), STATUS_SUCCESS);
    ULONG Wrong = 0;
    for (SIZE_T i = 0; i < Size; i += sizeof(ULONG64))
        Wrong += *(PULONG64)(Base + i) != 0;
    CHECK_EQUAL(Wrong, 0);
    memset(Base, 0xAA, Size);
    CHECK_STATUS(Release(Base), STATUS_SUCCESS);

    // The frames go to somebody else: as zeros.
    PUCHAR Other = nullptr;
    REQUIRE_STATUS(Allocate(&Other, Size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE),
                   STATUS_SUCCESS);
    for (SIZE_T i = Size; i > 0; i -= sizeof(ULONG64)) // from the end, one page a fault
        Wrong += *(PULONG64)(Other + i - sizeof(ULONG64)) != 0;
    CHECK_EQUAL(Wrong, 0);
    CHECK_STATUS(Release(Other), STATUS_SUCCESS);
}

VOID TestGuardOnce(void)
{
    PUCHAR Base = nullptr;
    REQUIRE_STATUS(
        Allocate(&Base, 2 * PAGE_SIZE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE | PAGE_GUARD),
        STATUS_SUCCESS);
    CHECK_EQUAL(Query(Base).Protect, PAGE_READWRITE | PAGE_GUARD);
    CHECK_STATUS(TryRead(Base), STATUS_GUARD_PAGE_VIOLATION);
    CHECK_STATUS(TryRead(Base), STATUS_SUCCESS);
    CHECK_STATUS(TryWrite(Base), STATUS_SUCCESS);
    CHECK_EQUAL(Query(Base).Protect, PAGE_READWRITE);
    CHECK_STATUS(TryWrite(Base + PAGE_SIZE), STATUS_GUARD_PAGE_VIOLATION);
    CHECK_STATUS(TryWrite(Base + PAGE_SIZE), STATUS_SUCCESS);

    // Set again on a page that is present.
    ULONG Old;
    CHECK_STATUS(Protect(Base, PAGE_SIZE, PAGE_READONLY | PAGE_GUARD, &Old), STATUS_SUCCESS);
    CHECK_STATUS(TryRead(Base), STATUS_GUARD_PAGE_VIOLATION);
    CHECK_EQUAL(Base[0], 1);
    CHECK_STATUS(TryWrite(Base), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(Release(Base), STATUS_SUCCESS);
}

// A service meets the guard page in the caller's place.
VOID TestGuardInService(void)
{
    PUCHAR Base = nullptr;
    UCHAR Buffer[16];
    SIZE_T Copied = 77;
    REQUIRE_STATUS(
        Allocate(&Base, PAGE_SIZE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE | PAGE_GUARD),
        STATUS_SUCCESS);
    CHECK_STATUS(NtReadVirtualMemory(NtCurrentProcess(), Buffer, Base, sizeof(Buffer), &Copied),
                 STATUS_GUARD_PAGE_VIOLATION);
    CHECK_STATUS(NtReadVirtualMemory(NtCurrentProcess(), Buffer, Base, sizeof(Buffer), &Copied),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Copied, sizeof(Buffer));
    CHECK_STATUS(Release(Base), STATUS_SUCCESS);
}

static EXCEPTION_RECORD Seen;

static LONG See(PEXCEPTION_POINTERS Pointers)
{
    Seen = *Pointers->ExceptionRecord;
    return EXCEPTION_EXECUTE_HANDLER;
}

VOID TestNoAccess(void)
{
    volatile UCHAR *Code = (volatile UCHAR *)TestNoAccess;
    __try {
        *Code = 1;
        CHECK(FALSE);
    } __except (See(GetExceptionInformation())) {
        CHECK_EQUAL(Seen.ExceptionCode, (ULONG)STATUS_ACCESS_VIOLATION);
        CHECK_EQUAL(Seen.NumberParameters, 2);
        CHECK_EQUAL(Seen.ExceptionInformation[0], 1);
        CHECK_EQUAL(Seen.ExceptionInformation[1], Code);
    }
    Code = TEST_KERNEL;
    __try {
        (VOID) * Code;
        CHECK(FALSE);
    } __except (See(GetExceptionInformation())) {
        CHECK_EQUAL(Seen.ExceptionInformation[0], 0);
    }
}

static volatile ULONG Shared[3] = {10, 20, 30}; // in a page of .data

// Sees the file's values, not its parent's.
NTSTATUS ChildImage(PCWSTR Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    if (Shared[0] != 10 || Shared[1] != 20)
        return STATUS_DATA_ERROR;
    Shared[1] = 99;
    return STATUS_SUCCESS;
}

VOID TestImageCopyOnWrite(void)
{
    RTL_USER_PROCESS_INFORMATION Child;
    Shared[0] = 11;
    REQUIRE_STATUS(TestStartChild(L"image", nullptr, FALSE, FALSE, &Child), STATUS_SUCCESS);
    CHECK_STATUS(TestFinishChild(&Child), STATUS_SUCCESS);
    CHECK_EQUAL(Shared[0], 11);
    CHECK_EQUAL(Shared[1], 20);
    CHECK_EQUAL(Query((PVOID)Shared).Protect, PAGE_READWRITE); // this page was copied
    Shared[0] = 10;
}
