// Writing, flushing, write-behind, truncation, purging.

#include "suite.h"

enum { BLOCK = 256 * 1024 };
static UCHAR Data[BLOCK], Disk[BLOCK];

static ULONG Differ(const UCHAR *First, const UCHAR *Second, ULONG Length)
{
    ULONG Wrong = 0;
    for (ULONG i = 0; i < Length; i++)
        Wrong += First[i] != Second[i];
    return Wrong;
}

static VOID Fill(PUCHAR Target, ULONG Length, ULONG Seed)
{
    for (ULONG i = 0; i < Length; i++)
        Target[i] = (UCHAR)(i * 13 + Seed + (i >> 8));
}

NTSTATUS CcWrite(HANDLE File, ULONG64 Offset, const VOID *Buffer, ULONG Length)
{
    IO_STATUS_BLOCK Io = {};
    LARGE_INTEGER At = {.QuadPart = (LONGLONG)Offset};
    NTSTATUS Status =
        NtWriteFile(File, nullptr, nullptr, nullptr, &Io, (PVOID)Buffer, Length, &At, nullptr);
    if (NT_SUCCESS(Status) && Io.Information != Length)
        return STATUS_UNSUCCESSFUL;
    return Status;
}

static NTSTATUS Flush(HANDLE File)
{
    IO_STATUS_BLOCK Io;
    return NtFlushBuffersFile(File, &Io);
}

static VOID Sleep(LONGLONG Milliseconds)
{
    LARGE_INTEGER Interval = TestMilliseconds(Milliseconds);
    NtDelayExecution(FALSE, &Interval);
}

VOID TestWrites(void)
{
    HANDLE File, Other;
    REQUIRE(CcMakeOpen(L"writes", 200'000, &File));
    REQUIRE_STATUS(CcOpen(L"writes", FILE_SYNCHRONOUS_IO_NONALERT, &Other), STATUS_SUCCESS);
    static const struct {
        ULONG Offset, Length;
    } Writes[] = {{100, 50}, {4096, 4096}, {8191, 2}, {50'000, 70'000}, {0, 1}, {199'999, 1}};
    CcPeek(L"writes", 0, Disk, 200'000);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Writes); i++) {
        Fill(Data, Writes[i].Length, i);
        memcpy(Disk + Writes[i].Offset, Data, Writes[i].Length);
        CHECK_STATUS(CcWrite(File, Writes[i].Offset, Data, Writes[i].Length), STATUS_SUCCESS);
        CHECK_STATUS(CcRead(Other, 0, Data, 200'000, nullptr), STATUS_SUCCESS);
        CHECK_EQUAL(Differ(Data, Disk, 200'000), 0); // the other handle sees it at once
    }
    CCFS_COUNTERS Counters = CcCount(L"writes");
    CHECK_EQUAL(Counters.CachedWrites, 1); // the first one alone went to the file system
    CHECK_STATUS(Flush(File), STATUS_SUCCESS);
    CcPeek(L"writes", 0, Data, 200'000);
    CHECK_EQUAL(Differ(Data, Disk, 200'000), 0);
    Counters = CcCount(L"writes");
    CHECK(Counters.PagesWritten && Counters.PagesWritten <= 25);
    CHECK_STATUS(Flush(File), STATUS_SUCCESS);
    CHECK_EQUAL(CcCount(L"writes").PagesWritten, 0); // nothing was dirty
    CHECK_STATUS(CcWrite(File, 100, TEST_UNMAPPED, 100), STATUS_ACCESS_VIOLATION);
    NtClose(File);
    NtClose(Other);
}

// Whole pages, and pages behind the end, are written without being read.
VOID TestExtend(void)
{
    HANDLE File;
    REQUIRE_STATUS(CcOpen(L"extend", FILE_SYNCHRONOUS_IO_NONALERT, &File), STATUS_SUCCESS);
    for (ULONG i = 0; i < 100; i++) {
        Fill(Data, 1000, i);
        CHECK_STATUS(CcWrite(File, i * 1000, Data, 1000), STATUS_SUCCESS);
    }
    CHECK_EQUAL(CcCount(L"extend").Reads, 0);
    LARGE_INTEGER AtEnd = {.LowPart = FILE_WRITE_TO_END_OF_FILE, .HighPart = -1};
    IO_STATUS_BLOCK Io;
    CHECK_STATUS(NtWriteFile(File, nullptr, nullptr, nullptr, &Io, Data, 10, &AtEnd, nullptr),
                 STATUS_SUCCESS);
    Fill(Data, 100, 99);
    CHECK_STATUS(CcWrite(File, 500'000, Data, 100), STATUS_SUCCESS); // a hole of zeros before it
    CHECK_STATUS(CcRead(File, 100'010, Data, 200'000, nullptr), STATUS_SUCCESS);
    ULONG Wrong = 0;
    for (ULONG i = 0; i < 200'000; i++)
        Wrong += Data[i] != 0;
    CHECK_EQUAL(Wrong, 0);
    CHECK_STATUS(Flush(File), STATUS_SUCCESS);
    for (ULONG i = 0; i < 100; i++) {
        Fill(Data, 1000, i);
        CcPeek(L"extend", i * 1000, Disk, 1000);
        Wrong += Differ(Data, Disk, 1000);
    }
    CHECK_EQUAL(Wrong, 0);
    NtClose(File);
}

VOID TestTruncate(void)
{
    HANDLE File;
    ULONG Read;
    FILE_END_OF_FILE_INFORMATION End = {.EndOfFile.QuadPart = 10'000};
    IO_STATUS_BLOCK Io;
    REQUIRE(CcMakeOpen(L"truncate", 100'000, &File));
    CHECK_STATUS(CcRead(File, 0, Data, 100'000, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(CcWrite(File, 50'000, Data, 1000), STATUS_SUCCESS);
    CHECK_STATUS(NtSetInformationFile(File, &Io, &End, sizeof(End), FileEndOfFileInformation),
                 STATUS_SUCCESS);
    CHECK_STATUS(CcRead(File, 9'000, Data, 100'000, &Read), STATUS_SUCCESS);
    CHECK_EQUAL(Read, 1000);
    CHECK_STATUS(CcRead(File, 50'000, Data, 10, nullptr), STATUS_END_OF_FILE);
    // What was cut off does not come back.
    End.EndOfFile.QuadPart = 100'000;
    CHECK_STATUS(NtSetInformationFile(File, &Io, &End, sizeof(End), FileEndOfFileInformation),
                 STATUS_SUCCESS);
    CHECK_STATUS(CcRead(File, 10'000, Data, 90'000, &Read), STATUS_SUCCESS);
    CHECK_EQUAL(Read, 90'000);
    ULONG Wrong = 0;
    for (ULONG i = 0; i < 90'000; i++)
        Wrong += Data[i] != 0;
    CHECK_EQUAL(Wrong, 0);
    NtClose(File);
}

VOID TestWriteBehind(void)
{
    HANDLE File;
    REQUIRE(CcMakeOpen(L"behind", 100'000, &File));
    memset(Data, 0xA5, 50'000);
    CHECK_STATUS(CcWrite(File, 1000, Data, 50'000), STATUS_SUCCESS);
    CHECK_STATUS(CcWrite(File, 60'000, Data, 1000), STATUS_SUCCESS);
    CHECK_EQUAL(CcCount(L"behind").Writes, 0); // not at once
    for (ULONG i = 0; i < 50; i++) {
        Sleep(100);
        CcPeek(L"behind", 0, Disk, 100'000);
        if (!Differ(Disk + 1000, Data, 50'000) && !Differ(Disk + 60'000, Data, 1000))
            break;
    }
    CHECK_EQUAL(Differ(Disk + 1000, Data, 50'000), 0);
    CHECK_EQUAL(Differ(Disk + 60'000, Data, 1000), 0);
    CHECK_EQUAL(CcWrong(Disk + 51'000, 51'000, 9'000), 0);
    CCFS_COUNTERS Counters = CcCount(L"behind");
    CHECK_EQUAL(Counters.Writes, 2); // each run by one request
    CHECK_EQUAL(CcStep(L"behind", CcfsDirty, 0, 0, 0), 0);
    (void)CcStep(L"behind", CcfsForget, 0, 0, 0);
    NtClose(File);
}

// An error stays with the data until it can be written.
VOID TestWriteErrors(void)
{
    HANDLE File;
    REQUIRE(CcMakeOpen(L"werrors", 100'000, &File));
    CCFS_TROUBLES Bad = {.First = 0, .End = 100'000, .WriteStatus = STATUS_DEVICE_DATA_ERROR};
    CcTrouble(L"werrors", &Bad);
    memset(Data, 0x5A, 20'000);
    CHECK_STATUS(CcWrite(File, 0, Data, 20'000), STATUS_SUCCESS);
    CHECK_STATUS(Flush(File), STATUS_DEVICE_DATA_ERROR);
    CHECK_STATUS(Flush(File), STATUS_DEVICE_DATA_ERROR);
    CHECK_STATUS(CcRead(File, 0, Disk, 20'000, nullptr), STATUS_SUCCESS);
    CHECK_EQUAL(Differ(Data, Disk, 20'000), 0); // the cache has it
    CCFS_TROUBLES Good = {};
    CcTrouble(L"werrors", &Good);
    CHECK_STATUS(Flush(File), STATUS_SUCCESS);
    CcPeek(L"werrors", 0, Disk, 20'000);
    CHECK_EQUAL(Differ(Data, Disk, 20'000), 0);
    // Write-behind tries again by itself.
    CcTrouble(L"werrors", &Bad);
    memset(Data, 0x77, 5000);
    CHECK_STATUS(CcWrite(File, 0, Data, 5000), STATUS_SUCCESS);
    Sleep(4500);
    CcTrouble(L"werrors", &Good);
    for (ULONG i = 0; i < 60; i++) {
        Sleep(100);
        CcPeek(L"werrors", 0, Disk, 5000);
        if (!Differ(Data, Disk, 5000))
            break;
    }
    CHECK_EQUAL(Differ(Data, Disk, 5000), 0);
    NtClose(File);
}

VOID TestThrough(void)
{
    HANDLE Cached, Through, Direct;
    PVOID Buffer = nullptr;
    SIZE_T Size = 8192;
    CcMake(L"through", 100'000);
    REQUIRE_STATUS(NtAllocateVirtualMemory(NtCurrentProcess(), &Buffer, 0, &Size,
                                           MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE),
                   STATUS_SUCCESS);
    REQUIRE_STATUS(CcOpen(L"through", FILE_SYNCHRONOUS_IO_NONALERT, &Cached), STATUS_SUCCESS);
    REQUIRE_STATUS(CcOpen(L"through", FILE_SYNCHRONOUS_IO_NONALERT | FILE_WRITE_THROUGH, &Through),
                   STATUS_SUCCESS);
    REQUIRE_STATUS(
        CcOpen(L"through", FILE_SYNCHRONOUS_IO_NONALERT | FILE_NO_INTERMEDIATE_BUFFERING, &Direct),
        STATUS_SUCCESS);
    for (ULONG i = 0; i < 3; i++) { // written through: on the disk at once
        Fill(Data, 3000, i);
        CHECK_STATUS(CcWrite(Through, 5000, Data, 3000), STATUS_SUCCESS);
        CcPeek(L"through", 5000, Disk, 3000);
        CHECK_EQUAL(Differ(Data, Disk, 3000), 0);
    }
    // Who reads past the cache sees what is in it; who writes past it is seen by readers of it.
    Fill(Data, 6000, 50);
    CHECK_STATUS(CcWrite(Cached, 10'000, Data, 6000), STATUS_SUCCESS);
    CHECK_STATUS(CcWrite(Cached, 10'000, Data, 6000), STATUS_SUCCESS);
    CHECK_STATUS(CcRead(Direct, 8192, Buffer, 8192, nullptr), STATUS_SUCCESS);
    CHECK_EQUAL(Differ((PUCHAR)Buffer + 10'000 - 8192, Data, 6000), 0);
    memset(Buffer, 0xC3, 8192);
    CHECK_STATUS(CcWrite(Direct, 8192, Buffer, 8192), STATUS_SUCCESS);
    CHECK_STATUS(CcRead(Cached, 8192, Disk, 8192, nullptr), STATUS_SUCCESS);
    CHECK_EQUAL(Differ(Buffer, Disk, 8192), 0);
    NtClose(Cached);
    NtClose(Through);
    NtClose(Direct);
}

// Much more than may be dirty: the writer waits for the disk, and all of it arrives.
VOID TestThrottle(void)
{
    enum { CHUNK = 64 * 1024, CHUNKS = 640 };
    HANDLE File;
    REQUIRE(CcMakeOpen(L"throttle", CHUNK * CHUNKS, &File));
    for (ULONG Round = 0; Round < 4; Round++) {
        for (ULONG i = 0; i < CHUNKS; i++) {
            memset(Data, (int)(i + Round), CHUNK);
            CHECK_STATUS(CcWrite(File, (ULONG64)i * CHUNK, Data, CHUNK), STATUS_SUCCESS);
        }
    }
    CHECK_STATUS(Flush(File), STATUS_SUCCESS);
    ULONG Wrong = 0;
    for (ULONG i = 0; i < CHUNKS; i++) {
        CcPeek(L"throttle", (ULONG64)i * CHUNK, Disk, CHUNK);
        for (ULONG j = 0; j < CHUNK; j++)
            Wrong += Disk[j] != (UCHAR)(i + 3);
    }
    CHECK_EQUAL(Wrong, 0);
    NtClose(File);
}

// ---- What file systems do with the cache themselves

static ULONG64 Sum(ULONG64 Offset, ULONG Length)
{
    ULONG64 Total = 0;
    for (ULONG i = 0; i < Length; i++)
        Total += CcfsPattern(Offset + i);
    return Total;
}

VOID TestPins(void)
{
    HANDLE File;
    REQUIRE(CcMakeOpen(L"pins", 1'000'000, &File));
    CHECK_EQUAL(CcStep(L"pins", CcfsMapData, 5000, 3000, 0), Sum(5000, 3000));
    CHECK_EQUAL(CcStep(L"pins", CcfsMapData, 5000, 3000, 0), Sum(5000, 3000));
    CHECK_EQUAL(CcStep(L"pins", CcfsMapData, 262'000, 1000, 0), Sum(262'000, 1000)); // two windows
    CHECK_EQUAL(CcStep(L"pins", CcfsMapData, 262'144, 262'144, 0), Sum(262'144, 262'144));
    (void)CcStep(L"pins", CcfsPinAndSet, 6000, 100, 0xEE);
    CHECK_STATUS(CcRead(File, 5900, Data, 300, nullptr), STATUS_SUCCESS);
    CHECK_EQUAL(CcWrong(Data, 5900, 100), 0);
    CHECK_EQUAL(Data[100], 0xEE);
    CHECK_EQUAL(Data[199], 0xEE);
    CHECK_EQUAL(CcWrong(Data + 200, 6100, 100), 0);
    // A program's write is seen at the mapped address.
    memset(Data, 1, 4096);
    CHECK_STATUS(CcWrite(File, 8192, Data, 4096), STATUS_SUCCESS);
    CHECK_EQUAL(CcStep(L"pins", CcfsMapData, 8192, 4096, 0), 4096);
    CHECK_EQUAL(CcStep(L"pins", CcfsDirty, 0, 0, 0), 1);
    (void)CcStep(L"pins", CcfsFlush, 0, 0, 0);
    CcPeek(L"pins", 6000, Disk, 100);
    CHECK_EQUAL(Disk[0], 0xEE);
    (void)CcCount(L"pins");
    (void)CcStep(L"pins", CcfsPrepareAndSet, 40'960, 8192, 9);
    CHECK_STATUS(CcRead(File, 40'960, Data, 8192, nullptr), STATUS_SUCCESS);
    CHECK_EQUAL(Data[0], 9);
    CHECK_EQUAL(Data[8191], 0);
    CHECK_EQUAL(CcStep(L"pins", CcfsMdlRead, 100'001, 50'000, 0), Sum(100'001, 50'000));
    (void)CcStep(L"pins", CcfsMdlWrite, 200'001, 10'000, 0x44);
    CHECK_STATUS(CcRead(File, 200'000, Data, 10'002, nullptr), STATUS_SUCCESS);
    CHECK_EQUAL(Data[0], CcfsPattern(200'000));
    CHECK_EQUAL(Data[1], 0x44);
    CHECK_EQUAL(Data[10'000], 0x44);
    CHECK_EQUAL(Data[10'001], CcfsPattern(210'001));
    (void)CcStep(L"pins", CcfsFlush, 0, 0, 0);
    CcPeek(L"pins", 200'001, Disk, 10'000);
    CHECK_EQUAL(Disk[9'999], 0x44);
    (void)CcStep(L"pins", CcfsZero, 300'000, 10'000, 0);
    CHECK_EQUAL(CcStep(L"pins", CcfsMapData, 300'000, 10'000, 0), 0);
    TestMeasured("cache-map", CcStep(L"pins", CcfsMany, 0, 1000, 0), "ticks");
    TestMeasured("cache-pin", CcStep(L"pins", CcfsMany, 0, 1000, 1), "ticks");
    NtClose(File);
    (void)CcStep(L"pins", CcfsForget, 0, 0, 0);
}

// Before a page is written, the log is, up to what tells of the page's last change.
VOID TestLog(void)
{
    HANDLE File;
    REQUIRE(CcMakeOpen(L"log", 1'000'000, &File));
    CHECK_EQUAL(CcStep(L"log", CcfsLogDirty, 0, 0, 0), 0);
    CHECK_EQUAL(CcStep(L"log", CcfsLogOldest, 0, 0, 0), 0);
    (void)CcStep(L"log", CcfsLogAndSet, 4096, 100, 20);
    (void)CcStep(L"log", CcfsLogAndSet, 5000, 100, 30);
    (void)CcStep(L"log", CcfsLogAndSet, 40'960, 5000, 25);
    CHECK_EQUAL(CcStep(L"log", CcfsLogDirty, 0, 0, 0), 3);
    CHECK_EQUAL(CcStep(L"log", CcfsLogOldest, 0, 0, 0), 20);
    (void)CcStep(L"log", CcfsFlush, 40'960, 8192, 0);
    CHECK_EQUAL(CcStep(L"log", CcfsLogFlushed, 0, 0, 0), 25);
    CHECK_EQUAL(CcStep(L"log", CcfsLogDirty, 0, 0, 0), 1);
    (void)CcStep(L"log", CcfsFlush, 0, 0, 0);
    CHECK_EQUAL(CcStep(L"log", CcfsLogFlushed, 0, 0, 0), 30);
    CHECK_EQUAL(CcStep(L"log", CcfsLogDirty, 0, 0, 0), 0);
    // What is thrown away is not dirty.
    (void)CcStep(L"log", CcfsLogAndSet, 8192, 100, 40);
    (void)CcStep(L"log", CcfsPurge, 0, 0, 0);
    CHECK_EQUAL(CcStep(L"log", CcfsLogDirty, 0, 0, 0), 0);
    NtClose(File);
    (void)CcStep(L"log", CcfsForget, 0, 0, 0);
}

VOID TestFilter(void)
{
    HANDLE File;
    REQUIRE(CcMakeOpen(L"filter", 10'000, &File));
    CHECK_EQUAL(CcStep(L"filter", CcfsFilter, 0, 0, 0), 220);
    CHECK_EQUAL(CcStep(L"filter", CcfsFilter, 0, 0, 1), 221); // between the two the file is locked
    NtClose(File);
    (void)CcStep(L"filter", CcfsForget, 0, 0, 0);
}

VOID TestPurge(void)
{
    HANDLE File;
    REQUIRE(CcMakeOpen(L"purge", 100'000, &File));
    CHECK_STATUS(CcRead(File, 0, Data, 100'000, nullptr), STATUS_SUCCESS);
    memset(Data, 3, 4096);
    CHECK_STATUS(CcWrite(File, 0, Data, 4096), STATUS_SUCCESS);
    CHECK_EQUAL(CcStep(L"purge", CcfsPurge, 0, 0, 0), 1); // dirty pages are thrown away too
    (void)CcCount(L"purge");
    CHECK_STATUS(CcRead(File, 0, Data, 100'000, nullptr), STATUS_SUCCESS);
    CHECK_EQUAL(CcWrong(Data, 0, 100'000), 0);
    CHECK(CcCount(L"purge").PagesRead >= 25);
    // The file objects go when nothing of the stream is left.
    (void)CcStep(L"purge", CcfsForget, 0, 0, 0);
    NtClose(File);
    (void)CcStep(L"purge", CcfsPurge, 0, 0, 0);
    (void)CcStep(L"purge", CcfsForget, 0, 0, 0);
    (void)CcStep(L"purge", CcfsForceClosed, 0, 0, 0);
    (void)CcStep(L"purge", CcfsForget, 0, 0, 0);
    Sleep(200);
    CCFS_COUNTERS Counters = CcCount(L"purge");
    TestComment("%lu file objects closed", Counters.Closes);
    CHECK(Counters.Closes >= 2);
}

static VOID WriteAndClose(PCWSTR Name, ULONG Length)
{
    HANDLE File;
    REQUIRE_STATUS(CcOpen(Name, FILE_SYNCHRONOUS_IO_NONALERT, &File), STATUS_SUCCESS);
    memset(Data, 0x5A, Length);
    CHECK_STATUS(CcWrite(File, 0, Data, Length), STATUS_SUCCESS);
    NtClose(File);
}

// The file system says that nobody has the file open, and where it ends now: what is behind that is not written.
VOID TestCut(void)
{
    HANDLE File;
    CcMake(L"cut", 100'000);
    WriteAndClose(L"cut", 20'000);
    (void)CcStep(L"cut", CcfsCut, 8192, 0, 0);
    REQUIRE_STATUS(CcOpen(L"cut", FILE_SYNCHRONOUS_IO_NONALERT, &File), STATUS_SUCCESS);
    CHECK_STATUS(Flush(File), STATUS_SUCCESS);
    CcPeek(L"cut", 0, Disk, 20'000);
    CHECK_EQUAL(Differ(Data, Disk, 8192), 0);
    CHECK_EQUAL(CcWrong(Disk + 8192, 8192, 20'000 - 8192), 0);
    // While it is open, nothing is thrown away.
    CHECK_STATUS(CcWrite(File, 0, Data, 20'000), STATUS_SUCCESS);
    (void)CcStep(L"cut", CcfsCut, 0, 0, 0);
    CHECK_STATUS(Flush(File), STATUS_SUCCESS);
    CcPeek(L"cut", 0, Disk, 20'000);
    CHECK_EQUAL(Differ(Data, Disk, 20'000), 0);
    NtClose(File);
    // To nothing: its file object goes, too, and what was written to it is never on the disk.
    CcMake(L"gone", 100'000);
    WriteAndClose(L"gone", 20'000);
    (void)CcCount(L"gone");
    (void)CcStep(L"gone", CcfsCut, 0, 0, 0);
    Sleep(200);
    CHECK_EQUAL(CcCount(L"gone").Closes, 1);
    Sleep(4500);
    CHECK_EQUAL(CcCount(L"gone").Writes, 0);
    CcPeek(L"gone", 0, Disk, 20'000);
    CHECK_EQUAL(CcWrong(Disk, 0, 20'000), 0);
    (void)CcStep(L"cut", CcfsForget, 0, 0, 0);
    (void)CcStep(L"gone", CcfsForget, 0, 0, 0);
}
