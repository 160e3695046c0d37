// Protections.

#include "suite.h"

VOID TestProtectKinds(void)
{
    static const struct {
        ULONG Protection;
        NTSTATUS Read, Write;
    } Kinds[] = {
        {PAGE_NOACCESS, STATUS_ACCESS_VIOLATION, STATUS_ACCESS_VIOLATION},
        {PAGE_READONLY, STATUS_SUCCESS, STATUS_ACCESS_VIOLATION},
        {PAGE_READWRITE, STATUS_SUCCESS, STATUS_SUCCESS},
        {PAGE_EXECUTE, STATUS_SUCCESS, STATUS_ACCESS_VIOLATION}, // x86 reads what it executes
        {PAGE_EXECUTE_READ, STATUS_SUCCESS, STATUS_ACCESS_VIOLATION},
        {PAGE_EXECUTE_READWRITE, STATUS_SUCCESS, STATUS_SUCCESS},
        {PAGE_READWRITE | PAGE_NOCACHE, STATUS_SUCCESS, STATUS_SUCCESS},
        {PAGE_READWRITE | PAGE_WRITECOMBINE, STATUS_SUCCESS, STATUS_SUCCESS},
    };
    PUCHAR Base = nullptr;
    REQUIRE_STATUS(Allocate(&Base, PAGE_SIZE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE),
                   STATUS_SUCCESS);
    ULONG Last = PAGE_READWRITE;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Kinds); i++) {
        ULONG Old = 0;
        CHECK_STATUS(Protect(Base, PAGE_SIZE, Kinds[i].Protection, &Old), STATUS_SUCCESS);
        CHECK_EQUAL(Old, Last);
        CHECK_EQUAL(Query(Base).Protect, Kinds[i].Protection);
        CHECK_EQUAL(Query(Base).AllocationProtect, PAGE_READWRITE);
        if (TryRead(Base) != Kinds[i].Read || TryWrite(Base) != Kinds[i].Write)
            TestFail(__FILE__, __LINE__, "protection %lx is not kept", Kinds[i].Protection);
        Last = Kinds[i].Protection;
    }
    CHECK_EQUAL(Base[0], 1); // what was written is still there
    CHECK_STATUS(Release(Base), STATUS_SUCCESS);
}

VOID TestProtectRuns(void)
{
    PUCHAR Base = nullptr;
    ULONG Old;
    REQUIRE_STATUS(Allocate(&Base, 8 * PAGE_SIZE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE),
                   STATUS_SUCCESS);
    memset(Base, 7, 8 * PAGE_SIZE);
    CHECK_STATUS(Protect(Base + 2 * PAGE_SIZE, 3 * PAGE_SIZE, PAGE_READONLY, &Old), STATUS_SUCCESS);
    CHECK_EQUAL(Query(Base).RegionSize, 2 * PAGE_SIZE);
    CHECK_EQUAL(Query(Base + 2 * PAGE_SIZE).RegionSize, 3 * PAGE_SIZE);
    CHECK_EQUAL(Query(Base + 5 * PAGE_SIZE).RegionSize, 3 * PAGE_SIZE);
    CHECK_EQUAL(Query(Base + 3 * PAGE_SIZE).RegionSize, 2 * PAGE_SIZE); // from the address on
    CHECK_EQUAL(Query(Base + 3 * PAGE_SIZE).AllocationBase, Base);
    CHECK_STATUS(TryWrite(Base + 2 * PAGE_SIZE), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(TryWrite(Base + 5 * PAGE_SIZE), STATUS_SUCCESS);

    // The old protection is the first page's.
    CHECK_STATUS(Protect(Base + PAGE_SIZE, 3 * PAGE_SIZE, PAGE_NOACCESS, &Old), STATUS_SUCCESS);
    CHECK_EQUAL(Old, PAGE_READWRITE);
    CHECK_STATUS(Protect(Base, 8 * PAGE_SIZE, PAGE_READWRITE, &Old), STATUS_SUCCESS);
    CHECK_EQUAL(Query(Base).RegionSize, 8 * PAGE_SIZE);
    for (ULONG i = 0; i < 8 * PAGE_SIZE; i += PAGE_SIZE)
        CHECK_EQUAL(Base[i + 1], 7);
    CHECK_STATUS(Release(Base), STATUS_SUCCESS);
}

VOID TestProtectErrors(void)
{
    PUCHAR Base = nullptr;
    PVOID Part;
    ULONG Old;
    SIZE_T Size = PAGE_SIZE;
    REQUIRE_STATUS(Allocate(&Base, 4 * PAGE_SIZE, MEM_RESERVE, PAGE_READWRITE), STATUS_SUCCESS);
    Part = Base;
    REQUIRE_STATUS(Allocate(&Part, 2 * PAGE_SIZE, MEM_COMMIT, PAGE_READWRITE), STATUS_SUCCESS);

    CHECK_STATUS(Protect(Base, PAGE_SIZE, 0, &Old), STATUS_INVALID_PAGE_PROTECTION);
    CHECK_STATUS(Protect(Base, PAGE_SIZE, PAGE_WRITECOPY, &Old), STATUS_INVALID_PAGE_PROTECTION);
    CHECK_STATUS(Protect(Base, 3 * PAGE_SIZE, PAGE_READONLY, &Old), STATUS_NOT_COMMITTED);
    CHECK_EQUAL(Query(Base).Protect, PAGE_READWRITE); // nothing was done
    CHECK_STATUS(Protect(Base, 64 * PAGE_SIZE, PAGE_READONLY, &Old), STATUS_CONFLICTING_ADDRESSES);
    CHECK_STATUS(Protect(Base, 0, PAGE_READONLY, &Old), STATUS_INVALID_PARAMETER_3);
    CHECK_STATUS(Protect(Base, MAXULONG_PTR, PAGE_READONLY, &Old), STATUS_INVALID_PARAMETER_3);
    CHECK_STATUS(Protect(TEST_KERNEL, PAGE_SIZE, PAGE_READONLY, &Old), STATUS_INVALID_PARAMETER_2);
    CHECK_STATUS(Protect(Base, PAGE_SIZE, PAGE_READONLY, TEST_UNMAPPED), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(Protect(Base, PAGE_SIZE, PAGE_READONLY, TestReadOnlyPage()),
                 STATUS_ACCESS_VIOLATION);
    Part = Base;
    CHECK_STATUS(NtProtectVirtualMemory((HANDLE)0x7FF0, &Part, &Size, PAGE_READONLY, &Old),
                 STATUS_INVALID_HANDLE);
    CHECK_STATUS(
        NtProtectVirtualMemory(NtCurrentProcess(), TEST_KERNEL, &Size, PAGE_READONLY, &Old),
        STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(
        NtProtectVirtualMemory(NtCurrentProcess(), &Part, TEST_WRAPPING, PAGE_READONLY, &Old),
        STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(Release(Base), STATUS_SUCCESS);
    CHECK_STATUS(Protect(Base, PAGE_SIZE, PAGE_READONLY, &Old), STATUS_CONFLICTING_ADDRESSES);
}

// What the Executive writes for a thread stays there.
VOID TestSecuredPages(void)
{
    ULONG Old;
    PVOID Teb = NtCurrentTeb(), Peb = NtCurrentPeb();
    CHECK(!NT_SUCCESS(Release(Teb)));
    CHECK(!NT_SUCCESS(Free(Peb, PAGE_SIZE, MEM_DECOMMIT)));
    CHECK(!NT_SUCCESS(Protect(Teb, PAGE_SIZE, PAGE_NOACCESS, &Old)));
    CHECK(!NT_SUCCESS(Protect(SharedUserData, PAGE_SIZE, PAGE_READWRITE, &Old)));
    CHECK(!NT_SUCCESS(Release(SharedUserData)));
    CHECK_STATUS(TryWrite((PUCHAR)SharedUserData), STATUS_ACCESS_VIOLATION);
    CHECK_EQUAL(NtCurrentTeb()->NtTib.Self, Teb);
}
