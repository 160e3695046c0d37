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

// The devices of its drivers fail, the filters around them go, and the device starts again in a new host.
VOID TestFunctionFaults(void)
{
    PCWSTR Path = L"PNPTEST\\A\\flt1", Key = ENUM L"PNPTEST\\A\\flt1";
    HANDLE File;
    ULONG Before[4] = {}, After[4] = {}, Value = 1;
    SET_TEXTS(Key, L"LowerFilters", L"pnplower\0");
    SET_TEXTS(Key, L"UpperFilters", L"pnpupper\0");
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
}

VOID TestBusFaults(void)
{
    HANDLE File, Child;
    ULONG Value = 1;
    WCHAR Related[TextChars];
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
    CHECK_STATUS(LoadService(L"pnpfunc", FALSE), STATUS_SUCCESS);
}
