// A driver that uses another one's device hears of its events and of its removal, which it can refuse.

#include <cfg.h>
#include <service.h>

#include "target.h"

static NTSTATUS Ask(PCWSTR Device, ULONG Code, PVOID Buffer, ULONG InputLength, ULONG OutputLength)
{
    HANDLE File;
    IO_STATUS_BLOCK Io;
    NTSTATUS Status = ServiceOpen(Device, GENERIC_READ, FILE_SYNCHRONOUS_IO_NONALERT, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NtDeviceIoControlFile(File, nullptr, nullptr, nullptr, &Io, Code, Buffer, InputLength,
                                   Buffer, OutputLength);
    NtClose(File);
    return Status;
}

static USER_STATE UserState(void)
{
    USER_STATE State = {};
    CHECK_STATUS(Ask(L"\\Device\\TargetUser", USER_QUERY, &State, 0, sizeof(State)),
                 STATUS_SUCCESS);
    CHECK_EQUAL(State.Unknown, 0);
    return State;
}

static VOID SetValue(PCWSTR KeyName, PCWSTR Name, PCWSTR Value)
{
    UNICODE_STRING Key, ValueName;
    HANDLE Handle;
    RtlInitUnicodeString(&Key, KeyName);
    RtlInitUnicodeString(&ValueName, Name);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Key, OBJ_CASE_INSENSITIVE);
    REQUIRE_STATUS(NtCreateKey(&Handle, KEY_ALL_ACCESS, &Attributes, 0, nullptr,
                               REG_OPTION_NON_VOLATILE, nullptr),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtSetValueKey(Handle, &ValueName, 0, REG_SZ, (PVOID)Value,
                               (ULONG)(wcslen(Value) + 1) * sizeof(WCHAR)),
                 STATUS_SUCCESS);
    NtClose(Handle);
}

#define ROOT_DEVICES L"\\Registry\\Machine\\System\\CurrentControlSet\\Enum\\ROOT\\"

static VOID TestSetup(void)
{
    PLUGPLAY_CONTROL_DEVICE_CONTROL_DATA Data = {};
    REQUIRE_STATUS(ServiceMake(L"tgtdev", L"tgtdev.sys"), STATUS_SUCCESS);
    REQUIRE_STATUS(ServiceLoad(L"tgtuser", L"tgtuser.sys"), STATUS_SUCCESS);
    SetValue(ROOT_DEVICES L"TGTDEV", L"", L"");
    SetValue(ROOT_DEVICES L"TGTDEV\\0000", L"Service", L"tgtdev");
    REQUIRE_STATUS(NtPlugPlayControl(PlugPlayControlEnumerateDevice, &Data, sizeof(Data)),
                   STATUS_SUCCESS);
    REQUIRE_STATUS(Ask(L"\\Device\\TargetUser", USER_OPEN, nullptr, 0, 0), STATUS_SUCCESS);
    CHECK(UserState().Open);
}

static VOID TestProperties(void)
{
    ULONG Line = 0;
    CHECK_STATUS(Ask(L"\\Device\\TargetDevice", TARGET_PROPERTY, &Line, 0, sizeof(Line)),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Line, 0);
}

static VOID AwaitCustom(ULONG Count)
{
    for (ULONG i = 0; i < 100 && UserState().Custom < Count; i++) {
        LARGE_INTEGER Interval = TestMilliseconds(50);
        NtDelayExecution(FALSE, &Interval);
    }
    CHECK_EQUAL(UserState().Custom, Count);
    CHECK_EQUAL(UserState().Data, (ULONG)TargetEventData);
}

static VOID TestCustom(void)
{
    CHECK_STATUS(Ask(L"\\Device\\TargetDevice", TARGET_REPORT, nullptr, 0, 0), STATUS_SUCCESS);
    AwaitCustom(1);
    CHECK_STATUS(Ask(L"\\Device\\TargetDevice", TARGET_REPORT_LATER, nullptr, 0, 0),
                 STATUS_SUCCESS);
    AwaitCustom(2);
}

// The one that asks is open, and no other.
static VOID TestPointers(void)
{
    CHECK_STATUS(Ask(L"\\Device\\TargetUser", USER_POINTERS, nullptr, 0, 0), STATUS_SUCCESS);
    USER_STATE State = UserState();
    for (ULONG i = 0; i < 100 && State.Closes != State.Creates - 1; i++) {
        LARGE_INTEGER Interval = TestMilliseconds(50);
        NtDelayExecution(FALSE, &Interval);
        State = UserState();
    }
    CHECK(State.Creates > 100);
    CHECK_EQUAL(State.Closes, State.Creates - 1);
}

static NTSTATUS Remove(ULONG Refuse, ULONG *VetoType)
{
    PLUGPLAY_CONTROL_QUERY_AND_REMOVE_DATA Data = {};
    CHECK_STATUS(Ask(L"\\Device\\TargetUser", USER_REFUSE, &Refuse, sizeof(Refuse), 0),
                 STATUS_SUCCESS);
    RtlInitUnicodeString(&Data.DeviceInstance, L"ROOT\\TGTDEV\\0000");
    NTSTATUS Status = NtPlugPlayControl(PlugPlayControlQueryAndRemoveDevice, &Data, sizeof(Data));
    *VetoType = Data.VetoType;
    return Status;
}

static VOID TestRefused(void)
{
    ULONG Veto;
    CHECK_STATUS(Remove(1, &Veto), STATUS_PLUGPLAY_QUERY_VETOED);
    CHECK_EQUAL(Veto, PNP_VetoDriver);
    USER_STATE State = UserState();
    CHECK_EQUAL(State.Queries, 1);
    CHECK_EQUAL(State.Cancelled, 1);
    CHECK_EQUAL(State.Complete, 0);
    CHECK(State.Open);
}

// The user's file does not keep the device, for it is closed when the user is asked.
static VOID TestRemoved(void)
{
    ULONG Veto;
    CHECK_STATUS(Remove(0, &Veto), STATUS_SUCCESS);
    CHECK_EQUAL(Veto, 0);
    USER_STATE State = UserState();
    CHECK_EQUAL(State.Queries, 2);
    CHECK_EQUAL(State.Cancelled, 1);
    CHECK_EQUAL(State.Complete, 1);
    CHECK(!State.Open);
}

static VOID TestShutdown(void)
{
    CHECK_STATUS(Ask(L"\\Device\\TargetUser", USER_SHUTDOWN, nullptr, 0, 0), STATUS_SUCCESS);
}

static const TEST Tests[] = {
    {"a device, and a driver that uses it", TestSetup},
    {"properties by key", TestProperties},
    {"events of the device's driver", TestCustom},
    {"pointers to devices, given back", TestPointers},
    {"a removal that the user refuses", TestRefused},
    {"a removal that the user allows", TestRemoved},
    {"registering for the shutdown", TestShutdown},
};

const TEST_SUITE TestSuite = TEST_SUITE_OF(Tests);
