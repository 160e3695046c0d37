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
static VOID CrashLoaded(ULONG Code)
{
    HANDLE Waiting, Breaking;
    IO_STATUS_BLOCK WaitingIo, BreakingIo;
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

static VOID Crash(ULONG Code)
{
    REQUIRE_STATUS(NtLoadDriver(&Service), STATUS_SUCCESS);
    CrashLoaded(Code);
}

// ---- With a device that interrupts

static VOID SetValue(PCWSTR KeyName, PCWSTR Name, ULONG Type, const VOID *Value, ULONG Length)
{
    UNICODE_STRING Key, ValueName;
    HANDLE Handle;
    RtlInitUnicodeString(&Key, KeyName);
    RtlInitUnicodeString(&ValueName, Name);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Key, OBJ_CASE_INSENSITIVE);
    REQUIRE_STATUS(
        NtCreateKey(&Handle, KEY_ALL_ACCESS, &Attributes, 0, nullptr, REG_OPTION_VOLATILE, nullptr),
        STATUS_SUCCESS);
    CHECK_STATUS(NtSetValueKey(Handle, &ValueName, 0, Type, (PVOID)Value, Length), STATUS_SUCCESS);
    NtClose(Handle);
}

#define ROOT_DEVICES L"\\Registry\\Machine\\System\\CurrentControlSet\\Enum\\ROOT\\"

static NTSTATUS Act(PLUGPLAY_CONTROL_CLASS Class, PCWSTR Path)
{
    PLUGPLAY_CONTROL_DEVICE_CONTROL_DATA Data = {};
    RtlInitUnicodeString(&Data.DeviceInstance, Path);
    return NtPlugPlayControl(Class, &Data, sizeof(Data));
}

// Where ACPI tells of the UART, the serial driver has it.
static VOID ReleaseUart(void)
{
    PLUGPLAY_CONTROL_QUERY_AND_REMOVE_DATA Data = {};
    RtlInitUnicodeString(&Data.DeviceInstance, L"ACPI\\PNP0501\\3");
    NTSTATUS Status = NtPlugPlayControl(PlugPlayControlQueryAndRemoveDevice, &Data, sizeof(Data));
    CHECK(Status == STATUS_SUCCESS || Status == STATUS_NO_SUCH_DEVICE);
}

// Ports 3E8-3EF and ISA interrupt 5, as an IO_RESOURCE_REQUIREMENTS_LIST.
static VOID TestDevice(void)
{
    static const ULONG Requirements[] = {
        0x68,    1, 0, 0, 0,     0, 0,     1, // bytes, Isa, bus, slot; one list
        0x10001, 2,                           // its version and revision, descriptors
        0x10100, 1, 8, 8, 0x3E8, 0, 0x3EF, 0, // ports
        0x10200, 1, 5, 5, 0,     0, 0,     0, // latched interrupt
    };
    SetValue(ROOT_DEVICES L"CRASH", L"", REG_NONE, nullptr, 0);
    SetValue(ROOT_DEVICES L"CRASH\\0000", L"Service", REG_SZ, L"crash", sizeof(L"crash"));
    SetValue(ROOT_DEVICES L"CRASH\\0000\\LogConf", L"BasicConfigVector",
             REG_RESOURCE_REQUIREMENTS_LIST, Requirements, sizeof(Requirements));
    ReleaseUart();
    REQUIRE_STATUS(Act(PlugPlayControlEnumerateDevice, L""), STATUS_SUCCESS);
    CrashLoaded(CRASH_ISR);
}

// The device is started again, with a host of its own.
static VOID TestIsrLoop(void)
{
    REQUIRE_STATUS(Act(PlugPlayControlStartDevice, L"ROOT\\CRASH\\0000"), STATUS_SUCCESS);
    CrashLoaded(CRASH_ISR_LOOP);
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
    {"writing to nothing in an interrupt service routine", TestDevice},
    {"spinning in an interrupt service routine", TestIsrLoop},
};

const TEST_SUITE TestSuite = TEST_SUITE_OF(Tests);
