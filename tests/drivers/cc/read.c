// Reading.

#include "suite.h"

enum { BLOCK = 256 * 1024 };
static UCHAR Data[BLOCK];

VOID TestReads(void)
{
    HANDLE File, Again;
    ULONG Read;
    REQUIRE(CcMakeOpen(L"reads", 1'000'000, &File));
    REQUIRE_STATUS(CcOpen(L"reads", FILE_SYNCHRONOUS_IO_NONALERT, &Again), STATUS_SUCCESS);
    static const ULONG Offsets[] = {0, 1, 4095, 4096, 5000, 123'456, 700'001};
    static const ULONG Lengths[] = {1, 100, 4096, 4097, 50'000, 200'000};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Offsets); i++) {
        for (ULONG j = 0; j < RTL_NUMBER_OF(Lengths); j++) {
            CHECK_STATUS(CcRead(File, Offsets[i], Data, Lengths[j], &Read), STATUS_SUCCESS);
            CHECK_EQUAL(Read, Lengths[j]);
            CHECK_EQUAL(CcWrong(Data, Offsets[i], Lengths[j]), 0);
        }
    }
    // The second handle's first read makes the file system say that it caches; no page comes again.
    (void)CcCount(L"reads");
    CHECK_STATUS(CcRead(Again, 4096, Data, 8192, &Read), STATUS_SUCCESS);
    CHECK_EQUAL(CcWrong(Data, 4096, 8192), 0);
    CCFS_COUNTERS Counters = CcCount(L"reads");
    CHECK_EQUAL(Counters.Reads, 0);
    CHECK_EQUAL(Counters.CachedReads, 1);
    // From then on the file system does not hear of reads.
    for (ULONG i = 0; i < 100; i++)
        CHECK_STATUS(CcRead(Again, 1000 * i, Data, 100, &Read), STATUS_SUCCESS);
    Counters = CcCount(L"reads");
    CHECK_EQUAL(Counters.Reads, 0);
    CHECK_EQUAL(Counters.CachedReads, 0);
    NtClose(File);
    NtClose(Again);
}

VOID TestEnd(void)
{
    HANDLE File;
    ULONG Read = 7;
    REQUIRE(CcMakeOpen(L"end", 5000, &File));
    for (ULONG i = 0; i < 2; i++) { // through the file system, and without it
        CHECK_STATUS(CcRead(File, 4000, Data, 4096, &Read), STATUS_SUCCESS);
        CHECK_EQUAL(Read, 1000);
        CHECK_EQUAL(CcWrong(Data, 4000, 1000), 0);
        CHECK_STATUS(CcRead(File, 5000, Data, 1, nullptr), STATUS_END_OF_FILE);
        CHECK_STATUS(CcRead(File, 1'000'000, Data, 10, nullptr), STATUS_END_OF_FILE);
        CHECK_STATUS(CcRead(File, 100, Data, 0, &Read), STATUS_SUCCESS);
        CHECK_EQUAL(Read, 0);
    }
    // The position goes on with what is read, and stays at the end.
    IO_STATUS_BLOCK Io;
    LARGE_INTEGER At = {.QuadPart = 4900};
    CHECK_STATUS(NtReadFile(File, nullptr, nullptr, nullptr, &Io, Data, 50, &At, nullptr),
                 STATUS_SUCCESS);
    CHECK_STATUS(NtReadFile(File, nullptr, nullptr, nullptr, &Io, Data, 100, nullptr, nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Io.Information, 50);
    CHECK_EQUAL(CcWrong(Data, 4950, 50), 0);
    CHECK_STATUS(NtReadFile(File, nullptr, nullptr, nullptr, &Io, Data, 100, nullptr, nullptr),
                 STATUS_END_OF_FILE);
    CHECK_STATUS(CcRead(File, 0, TestReadOnlyPage(), 100, nullptr), STATUS_ACCESS_VIOLATION);
    NtClose(File);
}

VOID TestReadAhead(void)
{
    HANDLE File;
    ULONG Wrong = 0;
    REQUIRE(CcMakeOpen(L"ahead", 8 * 1024 * 1024, &File));
    for (ULONG64 Offset = 0; Offset < 8 * 1024 * 1024; Offset += 4096) {
        CHECK_STATUS(CcRead(File, Offset, Data, 4096, nullptr), STATUS_SUCCESS);
        Wrong += CcWrong(Data, Offset, 4096);
    }
    CHECK_EQUAL(Wrong, 0);
    CCFS_COUNTERS Counters = CcCount(L"ahead");
    CHECK_EQUAL(Counters.PagesRead, 2048); // each page once
    CHECK(Counters.Reads <= 40);
    TestComment("%lu paging reads for 2048 pages", Counters.Reads);
    NtClose(File);
}

VOID TestStrides(void)
{
    HANDLE File;
    REQUIRE(CcMakeOpen(L"strides", 16 * 1024 * 1024, &File));
    CCFS_TROUBLES Slow = {.Milliseconds = 20};
    CcTrouble(L"strides", &Slow);
    LARGE_INTEGER Start, End;
    NtQuerySystemTime(&Start);
    for (ULONG i = 0; i < 36; i++)
        CHECK_STATUS(CcRead(File, 1'000'000 + i * 100 * 4096ull, Data, 4096, nullptr),
                     STATUS_SUCCESS);
    NtQuerySystemTime(&End);
    CHECK(End.QuadPart - Start.QuadPart < 36 * 200'000 / 2); // they were on their way before
    // A random reader gets what it asks for, and nothing else.
    (void)CcCount(L"strides");
    CCFS_TROUBLES Fast = {};
    CcTrouble(L"strides", &Fast);
    static const ULONG Places[] = {3'000, 11, 2'900, 77, 1'500, 400, 3'500, 201};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Places); i++)
        CHECK_STATUS(CcRead(File, Places[i] * 4096ull, Data, 4096, nullptr), STATUS_SUCCESS);
    CCFS_COUNTERS Counters = CcCount(L"strides");
    CHECK_EQUAL(Counters.PagesRead, RTL_NUMBER_OF(Places));
    NtClose(File);
}

VOID TestReadErrors(void)
{
    HANDLE File;
    REQUIRE(CcMakeOpen(L"errors", 1024 * 1024, &File));
    CCFS_TROUBLES Bad = {.First = 40'960, .End = 45'056, .ReadStatus = STATUS_CRC_ERROR};
    CcTrouble(L"errors", &Bad);
    for (ULONG i = 0; i < 2; i++) { // through the file system, and without it
        CHECK_STATUS(CcRead(File, 0, Data, 4096, nullptr), STATUS_SUCCESS); // reads ahead into it
        CHECK_STATUS(CcRead(File, 36'864, Data, 4096, nullptr), STATUS_SUCCESS);
        CHECK_EQUAL(CcWrong(Data, 36'864, 4096), 0);
        CHECK_STATUS(CcRead(File, 40'960, Data, 4096, nullptr), STATUS_CRC_ERROR);
        CHECK_STATUS(CcRead(File, 0, Data, 100'000, nullptr), STATUS_CRC_ERROR);
        CHECK_STATUS(CcRead(File, 45'056, Data, 4096, nullptr), STATUS_SUCCESS);
        CHECK_EQUAL(CcWrong(Data, 45'056, 4096), 0);
    }
    CCFS_TROUBLES Good = {};
    CcTrouble(L"errors", &Good);
    CHECK_STATUS(CcRead(File, 40'960, Data, 4096, nullptr), STATUS_SUCCESS);
    CHECK_EQUAL(CcWrong(Data, 40'960, 4096), 0);
    NtClose(File);
}

static NTSTATUS NTAPI ReadOnePage(PVOID Argument)
{
    HANDLE File;
    UCHAR Page[4096];
    UNREFERENCED_PARAMETER(Argument);
    NTSTATUS Status = CcOpen(L"shared", FILE_SYNCHRONOUS_IO_NONALERT, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = CcRead(File, 409'600, Page, sizeof(Page), nullptr);
    if (NT_SUCCESS(Status) && CcWrong(Page, 409'600, sizeof(Page)))
        Status = STATUS_DATA_ERROR;
    NtClose(File);
    return Status;
}

VOID TestSharedMiss(void)
{
    HANDLE Threads[8];
    CcMake(L"shared", 1024 * 1024);
    CCFS_TROUBLES Slow = {.Milliseconds = 100};
    CcTrouble(L"shared", &Slow);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Threads); i++)
        Threads[i] = TestStartThread(ReadOnePage, nullptr);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Threads); i++)
        CHECK_STATUS(TestJoin(Threads[i]), STATUS_SUCCESS);
    CCFS_COUNTERS Counters = CcCount(L"shared");
    CHECK_EQUAL(Counters.Reads, 1);
}

VOID TestOverlapped(void)
{
    enum { COUNT = 6 };
    static UCHAR Pages[COUNT][4096];
    HANDLE File;
    IO_STATUS_BLOCK Io[COUNT] = {};
    HANDLE Events[COUNT];
    CcMake(L"overlapped", 1024 * 1024);
    REQUIRE_STATUS(CcOpen(L"overlapped", 0, &File), STATUS_SUCCESS);
    LARGE_INTEGER At = {};
    for (ULONG i = 0; i < COUNT; i++)
        REQUIRE_STATUS(
            NtCreateEvent(&Events[i], EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE),
            STATUS_SUCCESS);
    NTSTATUS Status =
        NtReadFile(File, Events[0], nullptr, nullptr, &Io[0], Pages[0], 4096, &At, nullptr);
    CHECK(NT_SUCCESS(Status));
    CHECK_STATUS(NtWaitForSingleObject(Events[0], FALSE, nullptr), STATUS_SUCCESS);
    CCFS_TROUBLES Slow = {.Milliseconds = 100};
    CcTrouble(L"overlapped", &Slow);
    static const ULONG Places[COUNT] = {0, 200, 110, 90, 240, 150};
    for (ULONG i = 1; i < COUNT; i++) {
        At.QuadPart = Places[i] * 4096;
        CHECK_STATUS(
            NtReadFile(File, Events[i], nullptr, nullptr, &Io[i], Pages[i], 4096, &At, nullptr),
            STATUS_PENDING);
    }
    for (ULONG i = 1; i < COUNT; i++) {
        CHECK_STATUS(NtWaitForSingleObject(Events[i], FALSE, nullptr), STATUS_SUCCESS);
        CHECK_STATUS(Io[i].Status, STATUS_SUCCESS);
        CHECK_EQUAL(Io[i].Information, 4096);
        CHECK_EQUAL(CcWrong(Pages[i], Places[i] * 4096, 4096), 0);
        NtClose(Events[i]);
    }
    // What is there is given at once.
    At.QuadPart = 200 * 4096;
    CHECK_STATUS(NtReadFile(File, nullptr, nullptr, nullptr, &Io[1], Pages[0], 4096, &At, nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(CcWrong(Pages[0], 200 * 4096, 4096), 0);
    NtClose(Events[0]);
    NtClose(File);
}
