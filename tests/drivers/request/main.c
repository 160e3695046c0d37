// Requests of all kinds to a driver in its host, and a driver that faults.

#include <test.h>

#include "request.h"

static UNICODE_STRING Service =
    RTL_CONSTANT_STRING(L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\request");

static NTSTATUS Open(PHANDLE File, ULONG Options)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\RequestTest");
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    IO_STATUS_BLOCK Io;
    return NtOpenFile(File, GENERIC_READ | GENERIC_WRITE | SYNCHRONIZE, &Attributes, &Io,
                      FILE_SHARE_READ | FILE_SHARE_WRITE, Options);
}

static NTSTATUS Control(HANDLE File, ULONG Code, PVOID Input, ULONG InputLength, PVOID Output,
                        ULONG OutputLength, PULONG_PTR Information)
{
    IO_STATUS_BLOCK Io = {};
    NTSTATUS Status = NtDeviceIoControlFile(File, nullptr, nullptr, nullptr, &Io, Code, Input,
                                            InputLength, Output, OutputLength);
    if (Information)
        *Information = Io.Information;
    return Status;
}

static VOID TestLoad(void)
{
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Service, OBJ_CASE_INSENSITIVE);
    UNICODE_STRING Name;
    HANDLE Key, File;
    ULONG One = 1, Three = 3;
    BOOLEAN WasEnabled;
    REQUIRE_STATUS(
        NtCreateKey(&Key, KEY_ALL_ACCESS, &Attributes, 0, nullptr, REG_OPTION_VOLATILE, nullptr),
        STATUS_SUCCESS);
    RtlInitUnicodeString(&Name, L"Type");
    CHECK_STATUS(NtSetValueKey(Key, &Name, 0, REG_DWORD, &One, sizeof(One)), STATUS_SUCCESS);
    RtlInitUnicodeString(&Name, L"Start");
    CHECK_STATUS(NtSetValueKey(Key, &Name, 0, REG_DWORD, &Three, sizeof(Three)), STATUS_SUCCESS);
    NtClose(Key);
    RtlAdjustPrivilege(SE_LOAD_DRIVER_PRIVILEGE, TRUE, FALSE, &WasEnabled);
    REQUIRE_STATUS(NtLoadDriver(&Service), STATUS_SUCCESS);
    REQUIRE_STATUS(Open(&File, FILE_SYNCHRONOUS_IO_NONALERT), STATUS_SUCCESS);
    NtClose(File);
}

static VOID CheckMethod(ULONG Code, ULONG Length)
{
    static UCHAR Input[20000], Output[20000];
    HANDLE File;
    ULONG_PTR Information;
    REQUIRE_STATUS(Open(&File, FILE_SYNCHRONOUS_IO_NONALERT), STATUS_SUCCESS);
    for (ULONG i = 0; i < Length; i++)
        Input[i] = (UCHAR)(i * 7);
    memset(Output, 0, sizeof(Output));
    CHECK_STATUS(Control(File, Code, Input, Length, Output, Length, &Information), STATUS_SUCCESS);
    CHECK_EQUAL(Information, Length);
    ULONG Wrong = 0;
    for (ULONG i = 0; i < Length; i++)
        Wrong += Output[i] != (UCHAR)(i * 7 + 1);
    CHECK_EQUAL(Wrong, 0);
    CHECK_EQUAL(Output[Length], 0);
    NtClose(File);
}

static VOID TestBuffered(void)
{
    CheckMethod(REQUEST_BUFFERED, 100);
    CheckMethod(REQUEST_BUFFERED, 19000);
}

static VOID TestDirect(void)
{
    CheckMethod(REQUEST_DIRECT, 100);
    CheckMethod(REQUEST_DIRECT, 19000);
}

static VOID TestNeither(void)
{
    CheckMethod(REQUEST_NEITHER, 100);
    CheckMethod(REQUEST_NEITHER, 19000);
}

static VOID TestNeitherBadPointer(void)
{
    HANDLE File;
    UCHAR Byte = 0;
    REQUIRE_STATUS(Open(&File, FILE_SYNCHRONOUS_IO_NONALERT), STATUS_SUCCESS);
    CHECK_STATUS(Control(File, REQUEST_NEITHER, TEST_UNMAPPED, 8, &Byte, 1, nullptr),
                 STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(Control(File, REQUEST_NEITHER, &Byte, 1, TestReadOnlyPage(), 1, nullptr),
                 STATUS_ACCESS_VIOLATION);
    NtClose(File);
}

static VOID TestLater(void)
{
    HANDLE File;
    REQUIRE_STATUS(Open(&File, FILE_SYNCHRONOUS_IO_NONALERT), STATUS_SUCCESS);
    CHECK_STATUS(Control(File, REQUEST_LATER, nullptr, 0, nullptr, 0, nullptr), STATUS_SUCCESS);
    NtClose(File);
}

static VOID TestCancel(void)
{
    HANDLE File;
    IO_STATUS_BLOCK Io = {}, CancelIo;
    REQUIRE_STATUS(Open(&File, 0), STATUS_SUCCESS);
    REQUIRE_STATUS(NtDeviceIoControlFile(File, nullptr, nullptr, nullptr, &Io, REQUEST_NEVER,
                                         nullptr, 0, nullptr, 0),
                   STATUS_PENDING);
    CHECK_STATUS(NtCancelIoFile(File, &CancelIo), STATUS_SUCCESS);
    LARGE_INTEGER Timeout = TestMilliseconds(5'000);
    CHECK_STATUS(NtWaitForSingleObject(File, FALSE, &Timeout), STATUS_SUCCESS);
    CHECK_STATUS(Io.Status, STATUS_CANCELLED);
    NtClose(File);
}

static NTSTATUS BlockOnce(PVOID Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    HANDLE File;
    NTSTATUS Status = Open(&File, FILE_SYNCHRONOUS_IO_NONALERT);
    if (NT_SUCCESS(Status))
        Status = Control(File, REQUEST_BLOCK, nullptr, 0, nullptr, 0, nullptr);
    NtClose(File);
    return Status;
}

static VOID TestBlocking(void)
{
    HANDLE Threads[10];
    LARGE_INTEGER Start, End;
    NtQuerySystemTime(&Start);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Threads); i++)
        Threads[i] = TestStartThread(BlockOnce, nullptr);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Threads); i++)
        CHECK_STATUS(TestJoin(Threads[i]), STATUS_SUCCESS);
    NtQuerySystemTime(&End);
    CHECK(End.QuadPart - Start.QuadPart < 10 * 500'000); // they waited side by side
}

static VOID TestInline(void)
{
    HANDLE File;
    ULONG Output[2] = {};
    REQUIRE_STATUS(Open(&File, FILE_SYNCHRONOUS_IO_NONALERT), STATUS_SUCCESS);
    CHECK_STATUS(Control(File, REQUEST_INLINE, nullptr, 0, Output, sizeof(Output), nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Output[0], 2);
    CHECK_EQUAL(Output[1], 19045);
    NtClose(File);
}

static VOID TestFault(void)
{
    HANDLE File, Null;
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\Null");
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    IO_STATUS_BLOCK Io;
    REQUIRE_STATUS(Open(&File, FILE_SYNCHRONOUS_IO_NONALERT), STATUS_SUCCESS);
    CHECK_STATUS(Control(File, REQUEST_FAULT, nullptr, 0, nullptr, 0, nullptr),
                 STATUS_DEVICE_DOES_NOT_EXIST);
    NtClose(File);
    // Drivers of other hosts have not noticed.
    REQUIRE_STATUS(NtOpenFile(&Null, GENERIC_WRITE | SYNCHRONIZE, &Attributes, &Io,
                              FILE_SHARE_WRITE, FILE_SYNCHRONOUS_IO_NONALERT),
                   STATUS_SUCCESS);
    NtClose(Null);
}

static const TEST Tests[] = {
    {"loading the driver", TestLoad},
    {"buffered control requests", TestBuffered},
    {"direct control requests", TestDirect},
    {"control requests with neither", TestNeither},
    {"bad pointers are exceptions in the driver", TestNeitherBadPointer},
    {"a request that a DPC completes", TestLater},
    {"a request that is cancelled", TestCancel},
    {"ten requests block side by side", TestBlocking},
    {"what the driver does inline", TestInline},
    {"a fault ends the host, and nothing else", TestFault},
};

const TEST_SUITE TestSuite = TEST_SUITE_OF(Tests);
