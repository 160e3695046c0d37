// Reading and writing.

#include "suite.h"

static NTSTATUS Read(HANDLE File, PVOID Buffer, ULONG Length, const LARGE_INTEGER *Offset,
                     PIO_STATUS_BLOCK Block)
{
    Block->Status = 0x55555555;
    Block->Information = 0x55;
    return NtReadFile(File, nullptr, nullptr, nullptr, Block, Buffer, Length,
                      (PLARGE_INTEGER)Offset, nullptr);
}

static LONGLONG FileSize(HANDLE File)
{
    FILE_STANDARD_INFORMATION Standard = {};
    IO_STATUS_BLOCK Block;
    CHECK_STATUS(
        NtQueryInformationFile(File, &Block, &Standard, sizeof(Standard), FileStandardInformation),
        STATUS_SUCCESS);
    return Standard.EndOfFile.QuadPart;
}

static LONGLONG Position(HANDLE File)
{
    FILE_POSITION_INFORMATION Information = {};
    IO_STATUS_BLOCK Block;
    CHECK_STATUS(NtQueryInformationFile(File, &Block, &Information, sizeof(Information),
                                        FilePositionInformation),
                 STATUS_SUCCESS);
    return Information.CurrentByteOffset.QuadPart;
}

VOID TestRead(void)
{
    UCHAR Buffer[64];
    IO_STATUS_BLOCK Block;
    LARGE_INTEGER Offset = {};
    HANDLE File = MustOpen(FILE_NAME, FILE_SYNCHRONOUS_IO_NONALERT);
    REQUIRE(File);
    LONGLONG Size = FileSize(File);
    CHECK_STATUS(Read(File, Buffer, sizeof(Buffer), &Offset, &Block), STATUS_SUCCESS);
    CHECK_EQUAL(Block.Information, sizeof(Buffer));
    CHECK(Buffer[0] == 'M' && Buffer[1] == 'Z');
    Offset.QuadPart = Size - 10;
    CHECK_STATUS(Read(File, Buffer, sizeof(Buffer), &Offset, &Block), STATUS_SUCCESS);
    CHECK_EQUAL(Block.Information, 10);
    Offset.QuadPart = Size;
    CHECK_STATUS(Read(File, Buffer, sizeof(Buffer), &Offset, &Block), STATUS_END_OF_FILE);
    CHECK_EQUAL(Block.Information, 0x55); // an error that the service returns writes nothing
    CHECK_STATUS(Read(File, Buffer, 0, &Offset, &Block), STATUS_SUCCESS);
    CHECK_EQUAL(Block.Information, 0);
    NtClose(File);
    HANDLE Directory = MustOpen(DIRECTORY, FILE_SYNCHRONOUS_IO_NONALERT);
    CHECK_STATUS(Read(Directory, Buffer, sizeof(Buffer), nullptr, &Block),
                 STATUS_INVALID_DEVICE_REQUEST);
    NtClose(Directory);
}

VOID TestPosition(void)
{
    UCHAR Buffer[16];
    IO_STATUS_BLOCK Block;
    LARGE_INTEGER Offset = {.LowPart = FILE_USE_FILE_POINTER_POSITION, .HighPart = -1};
    FILE_POSITION_INFORMATION New = {.CurrentByteOffset.QuadPart = 1000};
    HANDLE File = MustOpen(FILE_NAME, FILE_SYNCHRONOUS_IO_NONALERT);
    REQUIRE(File);
    CHECK_EQUAL(Position(File), 0);
    CHECK_STATUS(Read(File, Buffer, 16, nullptr, &Block), STATUS_SUCCESS);
    CHECK_STATUS(Read(File, Buffer, 8, &Offset, &Block), STATUS_SUCCESS);
    CHECK_EQUAL(Position(File), 24);
    CHECK_STATUS(NtSetInformationFile(File, &Block, &New, sizeof(New), FilePositionInformation),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Position(File), 1000);
    Offset.QuadPart = 64; // reading elsewhere moves it there
    CHECK_STATUS(Read(File, Buffer, 4, &Offset, &Block), STATUS_SUCCESS);
    CHECK_EQUAL(Position(File), 68);
    New.CurrentByteOffset.QuadPart = -1;
    CHECK_STATUS(NtSetInformationFile(File, &Block, &New, sizeof(New), FilePositionInformation),
                 STATUS_INVALID_PARAMETER);
    NtClose(File);
}

static ULONG Calls;

static VOID NTAPI CountApc(PVOID Context, PIO_STATUS_BLOCK Block, ULONG Reserved)
{
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Block);
    UNREFERENCED_PARAMETER(Reserved);
    Calls++;
}

VOID TestAsynchronousRead(void)
{
    UCHAR Buffer[16];
    IO_STATUS_BLOCK Block;
    LARGE_INTEGER Offset = {}, Now = {};
    HANDLE File = MustOpen(FILE_NAME, 0), Event = nullptr;
    REQUIRE(File);
    CHECK_STATUS(NtCreateEvent(&Event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE),
                 STATUS_SUCCESS);
    // The data is there: it is complete at once, and told as if it had been pending.
    CHECK_STATUS(NtReadFile(File, Event, CountApc, nullptr, &Block, Buffer, sizeof(Buffer), &Offset,
                            nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Block.Information, sizeof(Buffer));
    CHECK_STATUS(NtWaitForSingleObject(Event, FALSE, &Now), STATUS_WAIT_0);
    CHECK_STATUS(NtTestAlert(), STATUS_SUCCESS);
    CHECK_EQUAL(Calls, 1);
    CHECK_STATUS(NtReadFile(File, File, nullptr, nullptr, &Block, Buffer, 1, &Offset, nullptr),
                 STATUS_OBJECT_TYPE_MISMATCH); // no event
    NtClose(Event);
    NtClose(File);
}

VOID TestOffsets(void)
{
    UCHAR Buffer[16];
    IO_STATUS_BLOCK Block;
    LARGE_INTEGER Negative = {.QuadPart = -5};
    LARGE_INTEGER End = {.LowPart = FILE_WRITE_TO_END_OF_FILE, .HighPart = -1};
    LARGE_INTEGER Pointer = {.LowPart = FILE_USE_FILE_POINTER_POSITION, .HighPart = -1};
    LARGE_INTEGER Far = {.QuadPart = INT64_MAX};
    HANDLE File = MustOpen(FILE_NAME, 0);
    REQUIRE(File);
    CHECK_STATUS(Read(File, Buffer, 1, nullptr, &Block), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Read(File, Buffer, 1, &Pointer, &Block), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Read(File, Buffer, 1, &Negative, &Block), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Read(File, Buffer, 1, &End, &Block), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Read(File, Buffer, 1, &Far, &Block), STATUS_END_OF_FILE);
    NtClose(File);
}

VOID TestScatter(void)
{
    PVOID Memory = nullptr;
    SIZE_T Size = 4 * PAGE_SIZE;
    IO_STATUS_BLOCK Block;
    LARGE_INTEGER Offset = {}, Straight = {};
    HANDLE Plain = MustOpen(FILE_NAME, 0);
    HANDLE File = MustOpen(FILE_NAME, FILE_NO_INTERMEDIATE_BUFFERING);
    REQUIRE(File && Plain);
    REQUIRE_STATUS(NtAllocateVirtualMemory(NtCurrentProcess(), &Memory, 0, &Size,
                                           MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE),
                   STATUS_SUCCESS);
    PUCHAR Pages = Memory;
    FILE_SEGMENT_ELEMENT Segments[3] = {{.Alignment = (ULONG_PTR)(Pages + PAGE_SIZE)},
                                        {.Alignment = (ULONG_PTR)Pages}};
    CHECK_STATUS(NtReadFileScatter(File, nullptr, nullptr, nullptr, &Block, Segments, 2 * PAGE_SIZE,
                                   &Offset, nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Block.Information, 2 * PAGE_SIZE);
    CHECK_STATUS(Read(Plain, Pages + 2 * PAGE_SIZE, 2 * PAGE_SIZE, &Straight, &Block),
                 STATUS_SUCCESS);
    CHECK(!memcmp(Pages + PAGE_SIZE, Pages + 2 * PAGE_SIZE, PAGE_SIZE));
    CHECK(!memcmp(Pages, Pages + 3 * PAGE_SIZE, PAGE_SIZE));
    CHECK_STATUS(NtReadFileScatter(Plain, nullptr, nullptr, nullptr, &Block, Segments, PAGE_SIZE,
                                   &Offset, nullptr),
                 STATUS_INVALID_PARAMETER);
    Segments[0].Alignment = (ULONG_PTR)(Pages + 8);
    CHECK_STATUS(NtReadFileScatter(File, nullptr, nullptr, nullptr, &Block, Segments, PAGE_SIZE,
                                   &Offset, nullptr),
                 STATUS_INVALID_PARAMETER);
    Size = 0;
    NtFreeVirtualMemory(NtCurrentProcess(), &Memory, &Size, MEM_RELEASE);
    NtClose(File);
    NtClose(Plain);
}

VOID TestWriteRefused(void)
{
    IO_STATUS_BLOCK Block;
    LARGE_INTEGER Offset = {};
    HANDLE File = MustOpen(FILE_NAME, FILE_SYNCHRONOUS_IO_NONALERT);
    REQUIRE(File);
    CHECK_STATUS(NtWriteFile(File, nullptr, nullptr, nullptr, &Block, &Offset, 1, &Offset, nullptr),
                 STATUS_ACCESS_DENIED);
    CHECK_STATUS(NtFlushBuffersFile(File, &Block), STATUS_ACCESS_DENIED);
    CHECK_STATUS(NtFlushBuffersFileEx(File, 0x80, nullptr, 0, &Block), STATUS_INVALID_PARAMETER);
    NtClose(File);
}

// ---- Threads that read one file after another's place

enum { READERS = 4, READS = 64, PIECE = 8 };

static NTSTATUS NTAPI ReadPieces(PVOID File)
{
    UCHAR Buffer[PIECE];
    IO_STATUS_BLOCK Block;
    NTSTATUS Status = STATUS_SUCCESS;
    for (ULONG i = 0; i < READS && NT_SUCCESS(Status); i++) {
        Status = Read(File, Buffer, sizeof(Buffer), nullptr, &Block);
        NtYieldExecution();
    }
    return Status;
}

VOID TestSharedPosition(void)
{
    HANDLE Threads[READERS], File = MustOpen(FILE_NAME, FILE_SYNCHRONOUS_IO_NONALERT);
    REQUIRE(File);
    for (ULONG i = 0; i < READERS; i++)
        Threads[i] = TestStartThread(ReadPieces, File);
    for (ULONG i = 0; i < READERS; i++)
        CHECK_STATUS(TestJoin(Threads[i]), STATUS_SUCCESS);
    CHECK_EQUAL(Position(File), READERS * READS * PIECE);
    NtClose(File);
}
