// A driver in its host, end to end: open, read, write, unload, load.

#include <test.h>

static NTSTATUS Open(PHANDLE File)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\Null");
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    IO_STATUS_BLOCK Io;
    return NtOpenFile(File, GENERIC_READ | GENERIC_WRITE | SYNCHRONIZE, &Attributes, &Io,
                      FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_SYNCHRONOUS_IO_NONALERT);
}

static VOID TestOpen(void)
{
    HANDLE File;
    REQUIRE_STATUS(Open(&File), STATUS_SUCCESS);
    CHECK_STATUS(NtClose(File), STATUS_SUCCESS);
}

static VOID TestReadWrite(void)
{
    HANDLE File;
    IO_STATUS_BLOCK Io;
    CHAR Data[300] = "text";
    REQUIRE_STATUS(Open(&File), STATUS_SUCCESS);
    CHECK_STATUS(
        NtWriteFile(File, nullptr, nullptr, nullptr, &Io, Data, sizeof(Data), nullptr, nullptr),
        STATUS_SUCCESS);
    CHECK_EQUAL(Io.Information, sizeof(Data));
    CHECK_STATUS(
        NtReadFile(File, nullptr, nullptr, nullptr, &Io, Data, sizeof(Data), nullptr, nullptr),
        STATUS_END_OF_FILE);
    CHECK(Data[0] == 't'); // nothing came
    FILE_STANDARD_INFORMATION Standard;
    CHECK_STATUS(
        NtQueryInformationFile(File, &Io, &Standard, sizeof(Standard), FileStandardInformation),
        STATUS_SUCCESS);
    CHECK_EQUAL(Standard.EndOfFile.QuadPart, 0);
    CHECK_EQUAL(Standard.NumberOfLinks, 1);
    CHECK_STATUS(NtDeviceIoControlFile(File, nullptr, nullptr, nullptr, &Io, 0x222000, nullptr, 0,
                                       nullptr, 0),
                 STATUS_INVALID_DEVICE_REQUEST);
    NtClose(File);
}

static VOID TestManyRequests(void)
{
    enum { Count = 1000 };
    HANDLE File;
    IO_STATUS_BLOCK Io;
    UCHAR Byte = 0;
    ULONG Failures = 0;
    REQUIRE_STATUS(Open(&File), STATUS_SUCCESS);
    for (ULONG i = 0; i < Count; i++)
        Failures += !NT_SUCCESS(
            NtWriteFile(File, nullptr, nullptr, nullptr, &Io, &Byte, 1, nullptr, nullptr));
    CHECK_EQUAL(Failures, 0);
    NtClose(File);
}

static NTSTATUS WriteOften(PVOID Argument)
{
    IO_STATUS_BLOCK Io;
    UCHAR Byte = 0;
    UNREFERENCED_PARAMETER(Argument);
    HANDLE File;
    NTSTATUS Status = Open(&File);
    for (ULONG i = 0; i < 200 && NT_SUCCESS(Status); i++)
        Status = NtWriteFile(File, nullptr, nullptr, nullptr, &Io, &Byte, 1, nullptr, nullptr);
    NtClose(File);
    return Status;
}

static VOID TestManyThreads(void)
{
    HANDLE Threads[8];
    for (ULONG i = 0; i < RTL_NUMBER_OF(Threads); i++)
        Threads[i] = TestStartThread(WriteOften, nullptr);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Threads); i++)
        CHECK_STATUS(TestJoin(Threads[i]), STATUS_SUCCESS);
}

static VOID TestUnloadLoad(void)
{
    UNICODE_STRING Service =
        RTL_CONSTANT_STRING(L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\Null");
    HANDLE File;
    BOOLEAN WasEnabled;
    RtlAdjustPrivilege(SE_LOAD_DRIVER_PRIVILEGE, TRUE, FALSE, &WasEnabled);
    CHECK_STATUS(NtLoadDriver(&Service), STATUS_IMAGE_ALREADY_LOADED);
    for (ULONG i = 0; i < 3; i++) {
        REQUIRE_STATUS(NtUnloadDriver(&Service), STATUS_SUCCESS);
        CHECK_STATUS(Open(&File), STATUS_OBJECT_NAME_NOT_FOUND);
        REQUIRE_STATUS(NtLoadDriver(&Service), STATUS_SUCCESS);
        REQUIRE_STATUS(Open(&File), STATUS_SUCCESS);
        NtClose(File);
    }
}

static const TEST Tests[] = {
    {"opening the device", TestOpen},
    {"reading and writing", TestReadWrite},
    {"a thousand requests", TestManyRequests},
    {"requests of eight threads", TestManyThreads},
    {"unloading and loading the driver", TestUnloadLoad},
};

const TEST_SUITE TestSuite = TEST_SUITE_OF(Tests);
