// Write watch.

#include "suite.h"

static ULONG_PTR Written(PVOID Base, SIZE_T Size, ULONG Flags, PVOID *Addresses, ULONG_PTR Room)
{
    ULONG Page = 0;
    CHECK_STATUS(NtGetWriteWatch(NtCurrentProcess(), Flags, Base, Size, Addresses, &Room, &Page),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Page, PAGE_SIZE);
    return Room;
}

VOID TestWriteWatch(void)
{
    PUCHAR Base = nullptr;
    PVOID Addresses[16];
    REQUIRE_STATUS(
        Allocate(&Base, 16 * PAGE_SIZE, MEM_RESERVE | MEM_COMMIT | MEM_WRITE_WATCH, PAGE_READWRITE),
        STATUS_SUCCESS);
    CHECK_EQUAL(Written(Base, 16 * PAGE_SIZE, 0, Addresses, 16), 0);
    UCHAR Sum = 0;
    for (ULONG i = 0; i < 16; i++)
        Sum += *(volatile UCHAR *)(Base + i * PAGE_SIZE);
    CHECK_EQUAL(Sum, 0);
    CHECK_EQUAL(Written(Base, 16 * PAGE_SIZE, 0, Addresses, 16), 0); // reading is not writing
    Base[3 * PAGE_SIZE] = 1;
    Base[7 * PAGE_SIZE + 5] = 1;
    CHECK_EQUAL(Written(Base, 16 * PAGE_SIZE, 0, Addresses, 16), 2);
    CHECK_EQUAL(Addresses[0], Base + 3 * PAGE_SIZE);
    CHECK_EQUAL(Addresses[1], Base + 7 * PAGE_SIZE);
    CHECK_EQUAL(Written(Base, 16 * PAGE_SIZE, 0, Addresses, 1), 1); // no room for more
    CHECK_EQUAL(Written(Base + 4 * PAGE_SIZE, PAGE_SIZE, 0, Addresses, 16), 0);

    // A service writes too.
    ULONG Length;
    CHECK_STATUS(NtQueryInformationProcess(NtCurrentProcess(), ProcessHandleCount,
                                           Base + 9 * PAGE_SIZE, sizeof(ULONG), &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Written(Base, 16 * PAGE_SIZE, 0, Addresses, 16), 3);
    CHECK_STATUS(Release(Base), STATUS_SUCCESS);
}

VOID TestWriteWatchReset(void)
{
    PUCHAR Base = nullptr;
    PVOID Addresses[8];
    REQUIRE_STATUS(
        Allocate(&Base, 8 * PAGE_SIZE, MEM_RESERVE | MEM_COMMIT | MEM_WRITE_WATCH, PAGE_READWRITE),
        STATUS_SUCCESS);
    for (ULONG i = 0; i < 8; i++)
        Base[i * PAGE_SIZE] = 1;
    CHECK_EQUAL(Written(Base, 4 * PAGE_SIZE, MEM_WRITE_WATCH_FLAGS_RESET, Addresses, 8), 4);
    CHECK_EQUAL(Written(Base, 8 * PAGE_SIZE, 0, Addresses, 8), 4);
    Base[0] = 2;
    CHECK_EQUAL(Written(Base, 4 * PAGE_SIZE, 0, Addresses, 8), 1);
    CHECK_STATUS(NtResetWriteWatch(NtCurrentProcess(), Base, 8 * PAGE_SIZE), STATUS_SUCCESS);
    CHECK_EQUAL(Written(Base, 8 * PAGE_SIZE, 0, Addresses, 8), 0);
    CHECK_EQUAL(Base[0], 2);
    // Protection there and back does not lose the watch.
    ULONG Old;
    CHECK_STATUS(Protect(Base, PAGE_SIZE, PAGE_READONLY, &Old), STATUS_SUCCESS);
    CHECK_STATUS(Protect(Base, PAGE_SIZE, PAGE_READWRITE, &Old), STATUS_SUCCESS);
    CHECK_EQUAL(Written(Base, 8 * PAGE_SIZE, 0, Addresses, 8), 0);
    Base[1] = 3;
    CHECK_EQUAL(Written(Base, 8 * PAGE_SIZE, 0, Addresses, 8), 1);
    CHECK_STATUS(Release(Base), STATUS_SUCCESS);
}

VOID TestWriteWatchErrors(void)
{
    PUCHAR Base = nullptr, Plain = nullptr;
    PVOID Addresses[4];
    ULONG_PTR Count = 4;
    ULONG Page;
    HANDLE Self = NtCurrentProcess();
    REQUIRE_STATUS(
        Allocate(&Base, 4 * PAGE_SIZE, MEM_RESERVE | MEM_COMMIT | MEM_WRITE_WATCH, PAGE_READWRITE),
        STATUS_SUCCESS);
    REQUIRE_STATUS(Allocate(&Plain, 4 * PAGE_SIZE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtGetWriteWatch(Self, 0, Plain, PAGE_SIZE, Addresses, &Count, &Page),
                 STATUS_INVALID_PARAMETER_1);
    CHECK_STATUS(NtResetWriteWatch(Self, Plain, PAGE_SIZE), STATUS_INVALID_PARAMETER_1);
    CHECK_STATUS(NtGetWriteWatch(Self, 2, Base, PAGE_SIZE, Addresses, &Count, &Page),
                 STATUS_INVALID_PARAMETER_2);
    CHECK_STATUS(NtGetWriteWatch(Self, 0, Base, PAGE_SIZE, TEST_UNMAPPED, &Count, &Page),
                 STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtGetWriteWatch(Self, 0, Base, PAGE_SIZE, Addresses, TEST_KERNEL, &Page),
                 STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtGetWriteWatch(Self, 0, Base, PAGE_SIZE, Addresses, &Count, TEST_WRAPPING),
                 STATUS_ACCESS_VIOLATION);
    Count = MAXULONG_PTR;
    CHECK(!NT_SUCCESS(NtGetWriteWatch(Self, 0, Base, PAGE_SIZE, Addresses, &Count, &Page)));
    CHECK_STATUS(NtResetWriteWatch((HANDLE)0x7FF0, Base, PAGE_SIZE), STATUS_INVALID_HANDLE);
    CHECK(!NT_SUCCESS(NtResetWriteWatch(Self, Base, 0)));
    CHECK(!NT_SUCCESS(NtResetWriteWatch(Self, TEST_KERNEL, PAGE_SIZE)));
    CHECK(!NT_SUCCESS(NtResetWriteWatch(Self, Base, 64 * PAGE_SIZE)));
    CHECK_STATUS(Release(Base), STATUS_SUCCESS);
    CHECK_STATUS(Release(Plain), STATUS_SUCCESS);
}
