// Wrong pointers, lengths and handles, and what becomes of what a driver answers.

#include "suite.h"

static const struct {
    PVOID Address;
    PCSTR What;
} Bad[] = {
    {TEST_UNMAPPED, "not mapped"},
    {TEST_KERNEL, "in the kernel"},
    {TEST_WRAPPING, "at the end of addresses"},
};

static VOID ExpectViolation(ULONG Code, const VOID *Input, ULONG InputLength, PVOID Output,
                            ULONG OutputLength, PCSTR What)
{
    NTSTATUS Status = IoctlCall(Code, Input, InputLength, Output, OutputLength, nullptr);
    if (Status != STATUS_ACCESS_VIOLATION)
        TestFail(__FILE__, __LINE__, "code %08lx, %s: %08lx", Code, What, Status);
}

// The half behind the end of what is mapped is missing.
static VOID ExpectViolations(ULONG Method)
{
    ULONG Code = IOCTL_TEST_CHANGE(Method);
    PUCHAR Good = IoctlBuffer(0, 0);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Bad); i++) {
        ExpectViolation(Code, Bad[i].Address, 64, Good, 64, Bad[i].What);
        ExpectViolation(Code, Good, 64, Bad[i].Address, 64, Bad[i].What);
    }
    ExpectViolation(Code, TestEndOfPage(32), 64, Good, 64, "half of the input");
    ExpectViolation(Code, Good, 64, TestEndOfPage(32), 64, "half of the output");
    ExpectViolation(Code, IoctlBuffer(1, IoctlBufferSize - 5000), 9000, Good, 9000,
                    "a page of the input");
    ExpectViolation(Code, Good, 9000, IoctlBuffer(1, IoctlBufferSize - 5000), 9000,
                    "a page of the output");
    ExpectViolation(Code, Good, 64, Good, 0xFFFFFFFF, "4 GiB of output");
}

VOID TestBadPointers(void)
{
    for (ULONG Method = METHOD_BUFFERED; Method <= METHOD_OUT_DIRECT; Method++) {
        if (Method != METHOD_BUFFERED) // whose system buffer nobody has the memory for
            ExpectViolations(Method);
    }
    ULONG Code = IOCTL_TEST_CHANGE(METHOD_BUFFERED);
    PUCHAR Good = IoctlBuffer(0, 0);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Bad); i++) {
        ExpectViolation(Code, Bad[i].Address, 64, Good, 64, Bad[i].What);
        ExpectViolation(Code, Good, 64, Bad[i].Address, 64, Bad[i].What);
    }
    ExpectViolation(Code, TestEndOfPage(32), 64, Good, 64, "half of the input");
    ExpectViolation(Code, Good, 64, TestEndOfPage(32), 64, "half of the output");
    NTSTATUS Status = IoctlCall(Code, Good, 64, Good, 0xFFFFFFFF, nullptr);
    CHECK(Status == STATUS_INSUFFICIENT_RESOURCES || Status == STATUS_ACCESS_VIOLATION);
}

// They come to the driver, whose access to them raises; the host lives on.
VOID TestBadPointersOfNeither(void)
{
    PUCHAR Good = IoctlBuffer(0, 0);
    ULONG_PTR Information;
    ExpectViolations(METHOD_NEITHER);
    CHECK_STATUS(IoctlCall(IOCTL_TEST_CHANGE(METHOD_NEITHER), Good, 64, nullptr, 64, &Information),
                 STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(IoctlCall(IOCTL_TEST_CHANGE(METHOD_NEITHER), nullptr, 64, Good, 64, &Information),
                 STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(
        IoctlCall(IOCTL_TEST_CHANGE(METHOD_NEITHER), Good, 64, Good + 100, 64, &Information),
        STATUS_SUCCESS);
    CHECK_EQUAL(Information, 64);
}

VOID TestReadOnlyBuffers(void)
{
    PVOID ReadOnly = TestReadOnlyPage();
    UCHAR Key = 0;
    ULONG_PTR Information;
    for (ULONG Method = METHOD_BUFFERED; Method <= METHOD_NEITHER; Method++) {
        PUCHAR Output = IoctlBuffer(0, 0);
        if (Method == METHOD_IN_DIRECT)
            continue;
        ExpectViolation(IOCTL_TEST_CHANGE(Method), Output, 64, ReadOnly, 64, "read-only output");
        CHECK_STATUS(IoctlCall(IOCTL_TEST_CHANGE(Method), ReadOnly, 64, Output, 64, &Information),
                     STATUS_SUCCESS);
        CHECK_EQUAL(Output[63], IOCTL_TEST_KEY);
    }
    CHECK_STATUS(
        IoctlCall(IOCTL_TEST_CHANGE(METHOD_IN_DIRECT), &Key, 1, ReadOnly, 64, &Information),
        STATUS_SUCCESS);
    CHECK_EQUAL(Information, 0);
}

// ---- Completion

static VOID Complete(NTSTATUS Status, ULONG Information, ULONG Copied)
{
    PUCHAR Output = IoctlBuffer(1, 0);
    IOCTL_TEST_RESULT Result = {Status, Information};
    ULONG_PTR Returned;
    memset(Output, 0, 128);
    CHECK_STATUS(IoctlCall(IOCTL_TEST_COMPLETE(METHOD_BUFFERED), &Result, sizeof(Result), Output,
                           64, &Returned),
                 Status);
    ULONG Count = 0;
    while (Output[Count] == 0xEE)
        Count++;
    if (Count != Copied)
        TestFail(__FILE__, __LINE__, "%08lx with %lu bytes: %lu copied", Status, Information,
                 Count);
    if (!NT_ERROR(Status))
        CHECK_EQUAL(Returned, Information);
}

// Success and warnings bring as much as the driver says, errors nothing.
VOID TestCompletion(void)
{
    Complete(STATUS_SUCCESS, 64, 64);
    Complete(STATUS_SUCCESS, 10, 10);
    Complete(STATUS_SUCCESS, 0, 0);
    Complete(STATUS_SUCCESS, 100'000, 64);
    Complete(STATUS_BUFFER_OVERFLOW, 20, 20);
    Complete(STATUS_NO_MORE_ENTRIES, 20, 20);
    Complete(STATUS_BUFFER_TOO_SMALL, 20, 0);
    Complete(STATUS_INVALID_PARAMETER, 64, 0);
    Complete(STATUS_DEVICE_BUSY, 0, 0);
    // Pages are the driver's while it has them: what it has written stays.
    PUCHAR Output = IoctlBuffer(1, 0);
    IOCTL_TEST_RESULT Result = {STATUS_INVALID_PARAMETER, 0};
    memset(Output, 0, 128);
    CHECK_STATUS(IoctlCall(IOCTL_TEST_COMPLETE(METHOD_OUT_DIRECT), &Result, sizeof(Result), Output,
                           64, nullptr),
                 STATUS_INVALID_PARAMETER);
    CHECK(Output[0] == 0xEE && Output[63] == 0xEE && !Output[64]);
}

static VOID ExpectAccess(ACCESS_MASK Access, NTSTATUS Reader, NTSTATUS Writer)
{
    IO_STATUS_BLOCK IoStatus;
    HANDLE File;
    REQUIRE_STATUS(ServiceOpen(IOCTL_TEST_DEVICE, Access, FILE_SYNCHRONOUS_IO_NONALERT, &File),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtDeviceIoControlFile(File, nullptr, nullptr, nullptr, &IoStatus,
                                       IOCTL_TEST_READER, nullptr, 0, nullptr, 0),
                 Reader);
    CHECK_STATUS(NtDeviceIoControlFile(File, nullptr, nullptr, nullptr, &IoStatus,
                                       IOCTL_TEST_WRITER, nullptr, 0, nullptr, 0),
                 Writer);
    NtClose(File);
}

VOID TestAccess(void)
{
    ExpectAccess(FILE_READ_ATTRIBUTES, STATUS_ACCESS_DENIED, STATUS_ACCESS_DENIED);
    ExpectAccess(GENERIC_READ, STATUS_SUCCESS, STATUS_ACCESS_DENIED);
    ExpectAccess(GENERIC_WRITE, STATUS_ACCESS_DENIED, STATUS_SUCCESS);
    ExpectAccess(GENERIC_READ | GENERIC_WRITE, STATUS_SUCCESS, STATUS_SUCCESS);
}

VOID TestWrongCalls(void)
{
    IO_STATUS_BLOCK IoStatus;
    HANDLE Event;
    CHECK_STATUS(IoctlCall(IOCTL_TEST(0x7F, METHOD_BUFFERED), nullptr, 0, nullptr, 0, nullptr),
                 STATUS_INVALID_DEVICE_REQUEST);
    CHECK_STATUS(NtDeviceIoControlFile(nullptr, nullptr, nullptr, nullptr, &IoStatus,
                                       IOCTL_TEST_READER, nullptr, 0, nullptr, 0),
                 STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtDeviceIoControlFile(IoctlFile, nullptr, nullptr, nullptr, TestReadOnlyPage(),
                                       IOCTL_TEST_READER, nullptr, 0, nullptr, 0),
                 STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(NtDeviceIoControlFile(IoctlFile, (HANDLE)0x7FFFFFF0, nullptr, nullptr, &IoStatus,
                                       IOCTL_TEST_READER, nullptr, 0, nullptr, 0),
                 STATUS_INVALID_HANDLE);
    REQUIRE_STATUS(NtCreateEvent(&Event, EVENT_ALL_ACCESS, nullptr, SynchronizationEvent, FALSE),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtDeviceIoControlFile(Event, nullptr, nullptr, nullptr, &IoStatus,
                                       IOCTL_TEST_READER, nullptr, 0, nullptr, 0),
                 STATUS_OBJECT_TYPE_MISMATCH);
    NtClose(Event);
}
