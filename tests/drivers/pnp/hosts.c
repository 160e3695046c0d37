// Several hosts: requests from one to another, and the end of one.
#include "suite.h"

enum { ProblemFailedPostStart = 43 };

// Bus, function, bus ...: each waits in its dispatch routine for the other.
VOID TestForwarding(void)
{
    HANDLE File;
    ULONG Value = 9;
    AddChild(L"A", L"fwd", BusNeedsNothing, 0);
    REQUIRE_STATUS(OpenChild(L"fwd", &File), STATUS_SUCCESS);
    CHECK_STATUS(Control(File, TEST_RELAY, &Value, sizeof(Value), &Value, sizeof(Value), nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Value, 9);
    NtClose(File);
    PullChild(L"fwd");
}

// Without restarts: the devices of its drivers fail, the filters around them go, and the device starts again in a new host.
VOID TestFunctionFaults(void)
{
    PCWSTR Path = L"PNPTEST\\A\\flt1", Key = ENUM L"PNPTEST\\A\\flt1";
    HANDLE File;
    ULONG Before[4] = {}, After[4] = {}, Value = 1;
    SET_TEXTS(Key, L"LowerFilters", L"pnplower\0");
    SET_TEXTS(Key, L"UpperFilters", L"pnpupper\0");
    SetNumber(SERVICES L"pnpfunc", L"HostRestarts", 0);
    AddChild(L"A", L"flt1", BusNeedsPorts, 0xE00);
    GetProperty(Path, PNP_PROPERTY_HOST_PROCESSES, Before, sizeof(Before));
    REQUIRE_STATUS(OpenChild(L"flt1", &File), STATUS_SUCCESS);
    ClearReport();
    CHECK_STATUS(Control(File, FUNCTION_FAULT, nullptr, 0, nullptr, 0, nullptr),
                 STATUS_DEVICE_DOES_NOT_EXIST);
    CheckProblem(Path, ProblemFailedPostStart);
    CHECK(!NT_SUCCESS(
        Control(File, FUNCTION_ECHO, &Value, sizeof(Value), &Value, sizeof(Value), nullptr)));
    CHECK_STATUS(NtClose(File), STATUS_SUCCESS);
    CheckProblem(BUS_PATH, 0);
    CHECK_STATUS(PnpAct(PlugPlayControlStartDevice, Path), STATUS_SUCCESS);
    CheckProblem(Path, 0);
    GetProperty(Path, PNP_PROPERTY_HOST_PROCESSES, After, sizeof(After));
    CHECK_EQUAL(Before[0], After[0]); // the filters' hosts have lived on
    CHECK_EQUAL(Before[2], After[2]);
    CHECK(Before[1] != After[1] && After[1] != 0);
    REQUIRE_STATUS(OpenChild(L"flt1", &File), STATUS_SUCCESS);
    CHECK_STATUS(
        Control(File, FUNCTION_ECHO, &Value, sizeof(Value), &Value, sizeof(Value), nullptr),
        STATUS_SUCCESS);
    CHECK_EQUAL(Value, 2);
    NtClose(File);
    PullChild(L"flt1");
    CheckGone(Path);
    RemoveValue(SERVICES L"pnpfunc", L"HostRestarts");
}

VOID TestBusFaults(void)
{
    HANDLE File, Child;
    ULONG Value = 1;
    WCHAR Related[TextChars];
    SetNumber(SERVICES L"pnpbus", L"HostRestarts", 0);
    AddChild(L"A", L"bf1", BusNeedsNothing, 0);
    AddChild(L"A", L"bf2", BusNeedsPorts, 0xE00);
    REQUIRE_STATUS(OpenChild(L"bf1", &Child), STATUS_SUCCESS);
    REQUIRE_STATUS(OpenDevice(L"\\Device\\PnpTestBus", &File), STATUS_SUCCESS);
    CHECK_STATUS(Control(File, BUS_FAULT, nullptr, 0, nullptr, 0, nullptr),
                 STATUS_DEVICE_DOES_NOT_EXIST);
    NtClose(File);
    CheckProblem(BUS_PATH, ProblemFailedPostStart);
    CheckGone(L"PNPTEST\\A\\bf1");
    CheckGone(L"PNPTEST\\A\\bf2");
    CHECK_STATUS(GetRelated(BUS_PATH, PNP_GET_CHILD_DEVICE, Related), STATUS_NO_SUCH_DEVICE);
    CHECK(!NT_SUCCESS(
        Control(Child, FUNCTION_ECHO, &Value, sizeof(Value), &Value, sizeof(Value), nullptr)));
    CHECK_STATUS(NtClose(Child), STATUS_SUCCESS);
    CHECK_STATUS(PnpAct(PlugPlayControlStartDevice, BUS_PATH), STATUS_SUCCESS);
    CheckProblem(BUS_PATH, 0);
    AddChild(L"A", L"bf1", BusNeedsPorts, 0xE00);
    CheckProblem(L"PNPTEST\\A\\bf1", 0);
    PullChild(L"bf1");
    RemoveValue(SERVICES L"pnpbus", L"HostRestarts");
}

// ---- With restarts

static ULONG HostOf(PCWSTR Path)
{
    ULONG Processes[4] = {};
    GetProperty(Path, PNP_PROPERTY_HOST_PROCESSES, Processes, sizeof(Processes));
    return Processes[0];
}

// Until the host is another one and the device is started.
static VOID AwaitRestart(PCWSTR Path, ULONG Before)
{
    LARGE_INTEGER Interval = TestMilliseconds(50);
    for (ULONG i = 0; i < 100 && (!HostOf(Path) || HostOf(Path) == Before); i++)
        NtDelayExecution(FALSE, &Interval);
    CHECK(HostOf(Path) != Before);
    CheckProblem(Path, 0);
}

static NTSTATUS Echo(HANDLE File)
{
    ULONG Value = 1;
    NTSTATUS Status =
        Control(File, FUNCTION_ECHO, &Value, sizeof(Value), &Value, sizeof(Value), nullptr);
    return NT_SUCCESS(Status) && Value != 2 ? STATUS_DATA_ERROR : Status;
}

// The device comes back with a fresh host. Who had it open has lost it; who opens it again has it.
static VOID FaultAndReturn(PCWSTR Path, PCWSTR Instance)
{
    HANDLE File, Other, New;
    ULONG Before = HostOf(Path);
    REQUIRE_STATUS(OpenChild(Instance, &File), STATUS_SUCCESS);
    REQUIRE_STATUS(OpenChild(Instance, &Other), STATUS_SUCCESS);
    CHECK_STATUS(Control(File, FUNCTION_FAULT, nullptr, 0, nullptr, 0, nullptr),
                 STATUS_DEVICE_DOES_NOT_EXIST);
    AwaitRestart(Path, Before);
    CHECK_STATUS(Echo(Other), STATUS_DEVICE_DOES_NOT_EXIST);
    REQUIRE_STATUS(OpenChild(Instance, &New), STATUS_SUCCESS);
    CHECK_STATUS(Echo(New), STATUS_SUCCESS);
    CHECK_STATUS(NtClose(File), STATUS_SUCCESS);
    CHECK_STATUS(Echo(New), STATUS_SUCCESS);
    CHECK_STATUS(NtClose(New), STATUS_SUCCESS);
    CHECK_STATUS(RemoveDevice(Path), STATUS_SUCCESS); // the lost file does not hold it
    CHECK_STATUS(NtClose(Other), STATUS_SUCCESS);
    CHECK_STATUS(PnpAct(PlugPlayControlStartDevice, Path), STATUS_SUCCESS);
}

// Three times in a row, and then it stays failed until somebody starts it.
VOID TestFunctionRestarts(void)
{
    PCWSTR Path = L"PNPTEST\\A\\rs1";
    HANDLE File;
    AddChild(L"A", L"rs1", BusNeedsPorts, 0xE00);
    CheckProblem(Path, 0);
    for (ULONG i = 0; i < 3; i++)
        FaultAndReturn(Path, L"rs1");
    REQUIRE_STATUS(OpenChild(L"rs1", &File), STATUS_SUCCESS);
    CHECK_STATUS(Control(File, FUNCTION_FAULT, nullptr, 0, nullptr, 0, nullptr),
                 STATUS_DEVICE_DOES_NOT_EXIST);
    NtClose(File);
    CheckProblem(Path, ProblemFailedPostStart);
    CHECK_STATUS(PnpAct(PlugPlayControlStartDevice, Path), STATUS_SUCCESS);
    CheckProblem(Path, 0);
    PullChild(L"rs1");
}

// All that was below the bus goes as if it had been pulled out, and comes again.
VOID TestBusRestarts(void)
{
    PCWSTR Path = L"PNPTEST\\A\\br1";
    HANDLE File, Child, New;
    ULONG Bus = HostOf(BUS_PATH);
    CHECK_STATUS(RemoveDevice(BUS_PATH), STATUS_SUCCESS);
    SET_TEXTS(ENUM BUS_PATH L"\\Device Parameters", L"Children", L"br1\0br2\0");
    CHECK_STATUS(PnpAct(PlugPlayControlStartDevice, BUS_PATH), STATUS_SUCCESS);
    CheckProblem(Path, 0);
    CHECK_EQUAL(HostOf(BUS_PATH), Bus);
    REQUIRE_STATUS(OpenChild(L"br1", &Child), STATUS_SUCCESS);
    CHECK_STATUS(Echo(Child), STATUS_SUCCESS);
    REQUIRE_STATUS(OpenDevice(L"\\Device\\PnpTestBus", &File), STATUS_SUCCESS);
    CHECK_STATUS(Control(File, BUS_FAULT, nullptr, 0, nullptr, 0, nullptr),
                 STATUS_DEVICE_DOES_NOT_EXIST);
    NtClose(File);
    AwaitRestart(BUS_PATH, Bus);
    CheckProblem(Path, 0);
    CheckProblem(L"PNPTEST\\A\\br2", 0);
    CHECK(!NT_SUCCESS(Echo(Child)));
    REQUIRE_STATUS(OpenChild(L"br1", &New), STATUS_SUCCESS);
    CHECK_STATUS(Echo(New), STATUS_SUCCESS);
    CHECK_STATUS(NtClose(Child), STATUS_SUCCESS);
    CHECK_STATUS(Echo(New), STATUS_SUCCESS);
    NtClose(New);
    RemoveValue(ENUM BUS_PATH L"\\Device Parameters", L"Children");
    PullChild(L"br1");
    PullChild(L"br2");
    CHECK_STATUS(LoadService(L"pnpfunc", FALSE), STATUS_SUCCESS);
}
