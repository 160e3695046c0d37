// Device control requests to a driver in a host: ioctltest.sys, of the folder driver.

#include "suite.h"

HANDLE IoctlFile, IoctlAsync;

NTSTATUS IoctlCall(ULONG Code, const VOID *Input, ULONG InputLength, PVOID Output,
                   ULONG OutputLength, PULONG_PTR Information)
{
    IO_STATUS_BLOCK IoStatus = {.Information = ~0ULL};
    NTSTATUS Status = NtDeviceIoControlFile(IoctlFile, nullptr, nullptr, nullptr, &IoStatus, Code,
                                            (PVOID)Input, InputLength, Output, OutputLength);
    if (Information)
        *Information = IoStatus.Information;
    return Status;
}

PUCHAR IoctlBuffer(ULONG Index, ULONG Offset)
{
    static PUCHAR Buffers[IoctlBuffers];
    SIZE_T Reserve = IoctlBufferSize + PAGE_SIZE, Commit = IoctlBufferSize;
    if (!Buffers[Index]) {
        NtAllocateVirtualMemory(NtCurrentProcess(), (PVOID *)&Buffers[Index], 0, &Reserve,
                                MEM_RESERVE, PAGE_READWRITE);
        PVOID Base = Buffers[Index];
        NtAllocateVirtualMemory(NtCurrentProcess(), &Base, 0, &Commit, MEM_COMMIT, PAGE_READWRITE);
    }
    return Buffers[Index] + Offset;
}

VOID IoctlFillBytes(PUCHAR Bytes, ULONG Count, ULONG Seed)
{
    for (ULONG i = 0; i < Count; i++)
        Bytes[i] = (UCHAR)(i * 7 + (i >> 8) + Seed);
}

static VOID TestLoad(void)
{
    REQUIRE_STATUS(ServiceLoad(IOCTL_SERVICE, L"ioctltest.sys"), STATUS_SUCCESS);
    CHECK_STATUS(ServiceLoad(IOCTL_SERVICE, L"ioctltest.sys"), STATUS_IMAGE_ALREADY_LOADED);
    CHECK_STATUS(ServiceOpen(L"\\??\\IoctlTest", GENERIC_READ | GENERIC_WRITE,
                             FILE_SYNCHRONOUS_IO_NONALERT, &IoctlFile),
                 STATUS_SUCCESS);
    CHECK_STATUS(ServiceOpen(IOCTL_TEST_DEVICE, GENERIC_READ | GENERIC_WRITE, 0, &IoctlAsync),
                 STATUS_SUCCESS);
}

// Open files keep a driver, but for themselves only.
static VOID TestUnload(void)
{
    HANDLE File;
    ULONG_PTR Information;
    CHECK_STATUS(ServiceUnload(IOCTL_SERVICE), STATUS_SUCCESS);
    CHECK_STATUS(ServiceOpen(IOCTL_TEST_DEVICE, GENERIC_READ, 0, &File), STATUS_NO_SUCH_DEVICE);
    CHECK_STATUS(ServiceUnload(IOCTL_SERVICE), STATUS_INVALID_DEVICE_REQUEST);
    CHECK_STATUS(NtClose(IoctlAsync), STATUS_SUCCESS);
    CHECK_STATUS(IoctlCall(IOCTL_TEST_RELEASE, nullptr, 0, nullptr, 0, &Information),
                 STATUS_SUCCESS);
    CHECK_STATUS(NtClose(IoctlFile), STATUS_SUCCESS);
    NTSTATUS Status = STATUS_NO_SUCH_DEVICE;
    for (ULONG i = 0; i < 100 && Status == STATUS_NO_SUCH_DEVICE; i++) {
        LARGE_INTEGER Short = TestMilliseconds(10);
        NtDelayExecution(FALSE, &Short);
        Status = ServiceOpen(IOCTL_TEST_DEVICE, GENERIC_READ, 0, &File);
    }
    CHECK_STATUS(Status, STATUS_OBJECT_NAME_NOT_FOUND);
}

static VOID TestLoadAgain(void)
{
    CHECK_STATUS(ServiceUnload(IOCTL_SERVICE), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(ServiceLoad(IOCTL_SERVICE, L"ioctltest.sys"), STATUS_SUCCESS);
    CHECK_STATUS(ServiceUnload(IOCTL_SERVICE), STATUS_SUCCESS);
}

static const TEST Tests[] = {
    {"the driver is loaded and opened", TestLoad},
    {"METHOD_BUFFERED", TestBuffered},
    {"METHOD_IN_DIRECT", TestInDirect},
    {"METHOD_OUT_DIRECT", TestOutDirect},
    {"METHOD_NEITHER", TestNeither},
    {"what drivers see of each method", TestWhatDriversSee},
    {"lengths without buffers, and none", TestLengths},
    {"bad pointers", TestBadPointers},
    {"bad pointers with METHOD_NEITHER", TestBadPointersOfNeither},
    {"buffers that can only be read", TestReadOnlyBuffers},
    {"status and information of drivers", TestCompletion},
    {"access that control codes want", TestAccess},
    {"calls that reach no driver", TestWrongCalls},
    {"32 pending requests of each method", TestManyPending},
    {"more pending requests than the ring holds", TestMoreThanTheRing},
    {"cancelling pending requests", TestCancel},
    {"a process ends with pending requests", TestCallerEnds},
    {"32 requests in dispatch routines", TestMeeting},
    {"the driver is unloaded when its files are closed", TestUnload},
    {"the driver is loaded and unloaded again", TestLoadAgain},
};

static const TEST_CHILD Children[] = {{L"pending", IoctlPendingChild}};

const TEST_SUITE TestSuite = TEST_SUITE_WITH_CHILDREN(Tests, Children);
