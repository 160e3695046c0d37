// The page cache, with a file system in memory below it.

#include "suite.h"

static HANDLE Control;

static NTSTATUS Ask(ULONG Code, PVOID Input, ULONG InputLength, PVOID Output, ULONG OutputLength)
{
    IO_STATUS_BLOCK Io;
    return NtDeviceIoControlFile(Control, nullptr, nullptr, nullptr, &Io, Code, Input, InputLength,
                                 Output, OutputLength);
}

NTSTATUS CcOpen(PCWSTR Name, ULONG Options, PHANDLE File)
{
    WCHAR Path[64] = CCFS_DEVICE L"\\";
    UNICODE_STRING String;
    IO_STATUS_BLOCK Io;
    wcscat(Path, Name);
    RtlInitUnicodeString(&String, Path);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&String, OBJ_CASE_INSENSITIVE);
    return NtCreateFile(File, GENERIC_READ | GENERIC_WRITE | SYNCHRONIZE, &Attributes, &Io, nullptr,
                        0, FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_OPEN_IF, Options, nullptr, 0);
}

VOID CcMake(PCWSTR Name, ULONG64 Size)
{
    CCFS_FILE File = {.Size = Size};
    wcscpy(File.Name, Name);
    REQUIRE_STATUS(Ask(CCFS_MAKE, &File, sizeof(File), nullptr, 0), STATUS_SUCCESS);
    (void)CcCount(Name);
}

BOOLEAN CcMakeOpen(PCWSTR Name, ULONG64 Size, PHANDLE File)
{
    CcMake(Name, Size);
    return CHECK_STATUS(CcOpen(Name, FILE_SYNCHRONOUS_IO_NONALERT, File), STATUS_SUCCESS);
}

CCFS_COUNTERS CcCount(PCWSTR Name)
{
    CCFS_FILE File = {};
    CCFS_COUNTERS Counters = {};
    wcscpy(File.Name, Name);
    CHECK_STATUS(Ask(CCFS_COUNT, &File, sizeof(File), &Counters, sizeof(Counters)), STATUS_SUCCESS);
    return Counters;
}

VOID CcTrouble(PCWSTR Name, const CCFS_TROUBLES *Troubles)
{
    CCFS_TROUBLES Given = *Troubles;
    wcscpy(Given.Name, Name);
    CHECK_STATUS(Ask(CCFS_TROUBLE, &Given, sizeof(Given), nullptr, 0), STATUS_SUCCESS);
}

VOID CcPeek(PCWSTR Name, ULONG64 Offset, PVOID Buffer, ULONG Length)
{
    CCFS_FILE File = {.Size = Offset};
    wcscpy(File.Name, Name);
    CHECK_STATUS(Ask(CCFS_PEEK, &File, sizeof(File), Buffer, Length), STATUS_SUCCESS);
}

ULONG64 CcStep(PCWSTR Name, CCFS_ACTION Action, ULONG64 Offset, ULONG Length, ULONG Value)
{
    CCFS_STEP Step = {.Action = Action, .Offset = Offset, .Length = Length, .Value = Value};
    wcscpy(Step.Name, Name);
    CHECK_STATUS(Ask(CCFS_RUN, &Step, sizeof(Step), &Step, sizeof(Step)), STATUS_SUCCESS);
    CHECK_STATUS(Step.Status, STATUS_SUCCESS);
    return Step.Result;
}

NTSTATUS CcRead(HANDLE File, ULONG64 Offset, PVOID Buffer, ULONG Length, PULONG Read)
{
    IO_STATUS_BLOCK Io = {};
    LARGE_INTEGER At = {.QuadPart = (LONGLONG)Offset};
    NTSTATUS Status =
        NtReadFile(File, nullptr, nullptr, nullptr, &Io, Buffer, Length, &At, nullptr);
    if (Read)
        *Read = (ULONG)Io.Information;
    return Status;
}

ULONG CcWrong(const UCHAR *Data, ULONG64 Offset, ULONG Length)
{
    ULONG Wrong = 0;
    for (ULONG i = 0; i < Length; i++)
        Wrong += Data[i] != CcfsPattern(Offset + i);
    return Wrong;
}

static VOID TestLoad(void)
{
    REQUIRE_STATUS(ServiceLoad(L"ccfs", L"ccfs.sys"), STATUS_SUCCESS);
    REQUIRE_STATUS(ServiceOpen(CCFS_DEVICE, GENERIC_READ | GENERIC_WRITE,
                               FILE_SYNCHRONOUS_IO_NONALERT, &Control),
                   STATUS_SUCCESS);
}

static const TEST Tests[] = {
    {"loading the file system", TestLoad},
    {"reads, and what is read again comes from the cache", TestReads},
    {"the end of the file", TestEnd},
    {"read-ahead of a sequential reader", TestReadAhead},
    {"read-ahead of a reader that goes by steps", TestStrides},
    {"errors reach the reader, and no other", TestReadErrors},
    {"several readers wait for one page", TestSharedMiss},
    {"reads that nobody waits for", TestOverlapped},
    {"writes are seen by all, and flushed", TestWrites},
    {"writes behind the end", TestExtend},
    {"truncation", TestTruncate},
    {"write-behind", TestWriteBehind},
    {"errors of writes", TestWriteErrors},
    {"write-through, and no buffering", TestThrough},
    {"more than may be dirty", TestThrottle},
    {"what file systems map and pin", TestPins},
    {"log sequence numbers", TestLog},
    {"callbacks of filters", TestFilter},
    {"purging", TestPurge},
    {"a file that is cut off, or deleted", TestCut},
    {"sections, reads and writes are the same data", TestSections},
    {"files that are mapped", TestMappedFile},
    {"images", TestImages},
};

const TEST_SUITE TestSuite = TEST_SUITE_OF(Tests);
