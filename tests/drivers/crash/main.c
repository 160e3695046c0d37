// A driver that breaks in every way ends its host and nothing else: the requests that it had complete, and it
// can be loaded again.

#include <test.h>

#include "crash.h"

static UNICODE_STRING Service =
    RTL_CONSTANT_STRING(L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\crash");

static NTSTATUS OpenDevice(PCWSTR Name, PHANDLE File, ULONG Options)
{
    UNICODE_STRING Path;
    RtlInitUnicodeString(&Path, Name);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Path, OBJ_CASE_INSENSITIVE);
    IO_STATUS_BLOCK Io;
    return NtOpenFile(File, GENERIC_READ | GENERIC_WRITE | SYNCHRONIZE, &Attributes, &Io,
                      FILE_SHARE_READ | FILE_SHARE_WRITE, Options);
}

static VOID SetNumber(HANDLE Key, PCWSTR Name, ULONG Value)
{
    UNICODE_STRING ValueName;
    RtlInitUnicodeString(&ValueName, Name);
    CHECK_STATUS(NtSetValueKey(Key, &ValueName, 0, REG_DWORD, &Value, sizeof(Value)),
                 STATUS_SUCCESS);
}

static VOID TestService(void)
{
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Service, OBJ_CASE_INSENSITIVE);
    HANDLE Key;
    BOOLEAN WasEnabled;
    REQUIRE_STATUS(
        NtCreateKey(&Key, KEY_ALL_ACCESS, &Attributes, 0, nullptr, REG_OPTION_VOLATILE, nullptr),
        STATUS_SUCCESS);
    SetNumber(Key, L"Type", 1);
    SetNumber(Key, L"Start", 3);
    NtClose(Key);
    RtlAdjustPrivilege(SE_LOAD_DRIVER_PRIVILEGE, TRUE, FALSE, &WasEnabled);
}

static NTSTATUS Begin(HANDLE File, ULONG Code, PIO_STATUS_BLOCK Io)
{
    Io->Status = STATUS_PENDING;
    return NtDeviceIoControlFile(File, nullptr, nullptr, nullptr, Io, Code, nullptr, 0, nullptr, 0);
}

static NTSTATUS Await(HANDLE File, PIO_STATUS_BLOCK Io)
{
    LARGE_INTEGER Timeout = TestMilliseconds(30'000);
    NTSTATUS Status = NtWaitForSingleObject(File, FALSE, &Timeout);
    return Status == STATUS_SUCCESS ? *(volatile NTSTATUS *)&Io->Status : Status;
}

static VOID CheckOthers(void)
{
    HANDLE Null;
    REQUIRE_STATUS(OpenDevice(L"\\Device\\Null", &Null, FILE_SYNCHRONOUS_IO_NONALERT),
                   STATUS_SUCCESS);
    NtClose(Null);
}

// The request that breaks the driver and the one that waits beside it end with an error. A driver that answers
// before it breaks is found by the one that waits.
static VOID Crash(ULONG Code)
{
    HANDLE Waiting, Breaking;
    IO_STATUS_BLOCK WaitingIo, BreakingIo;
    REQUIRE_STATUS(NtLoadDriver(&Service), STATUS_SUCCESS);
    REQUIRE_STATUS(OpenDevice(L"\\Device\\CrashTest", &Waiting, 0), STATUS_SUCCESS);
    REQUIRE_STATUS(OpenDevice(L"\\Device\\CrashTest", &Breaking, 0), STATUS_SUCCESS);
    CHECK_STATUS(Begin(Waiting, CRASH_WAIT, &WaitingIo), STATUS_PENDING);
    NTSTATUS Status = Begin(Breaking, Code, &BreakingIo);
    CHECK(Status == STATUS_PENDING || Status == STATUS_DEVICE_DOES_NOT_EXIST ||
          Status == STATUS_SUCCESS);
    CHECK_STATUS(Await(Waiting, &WaitingIo), STATUS_DEVICE_DOES_NOT_EXIST);
    if (Status == STATUS_PENDING) {
        Status = Await(Breaking, &BreakingIo);
        CHECK(Status == STATUS_DEVICE_DOES_NOT_EXIST || Status == STATUS_SUCCESS);
    }
    IO_STATUS_BLOCK Io;
    CHECK_STATUS(Begin(Waiting, CRASH_WAIT, &Io), STATUS_DEVICE_DOES_NOT_EXIST);
    NtClose(Waiting);
    NtClose(Breaking);
    CheckOthers();
}

#define CRASH_TEST(Name, Code)   \
    static VOID Test##Name(void) \
    {                            \
        Crash(Code);             \
    }

CRASH_TEST(Dispatch, CRASH_DISPATCH)
CRASH_TEST(Dpc, CRASH_DPC)
CRASH_TEST(Thread, CRASH_THREAD)
CRASH_TEST(Stack, CRASH_STACK)
CRASH_TEST(Loop, CRASH_LOOP)
CRASH_TEST(Overrun, CRASH_OVERRUN)
CRASH_TEST(CompleteTwice, CRASH_COMPLETE_TWICE)
CRASH_TEST(Reply, CRASH_REPLY)
CRASH_TEST(Ring, CRASH_RING)
CRASH_TEST(Irql, CRASH_IRQL)
CRASH_TEST(BugCheck, CRASH_BUGCHECK)

static const TEST Tests[] = {
    {"the driver's service", TestService},
    {"writing to nothing in a dispatch routine", TestDispatch},
    {"writing to nothing in a DPC", TestDpc},
    {"writing to nothing in a system thread", TestThread},
    {"recursion without end", TestStack},
    {"spinning at DISPATCH_LEVEL", TestLoop},
    {"writing behind a pool block", TestOverrun},
    {"completing a packet twice", TestCompleteTwice},
    {"an answer to no request", TestReply},
    {"a reply ring of nonsense", TestRing},
    {"returning at DISPATCH_LEVEL", TestIrql},
    {"a bug check", TestBugCheck},
};

const TEST_SUITE TestSuite = TEST_SUITE_OF(Tests);
