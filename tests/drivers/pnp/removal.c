// Devices that come and go.
#include "suite.h"

#include <cfg.h>

enum { ProblemFailedPostStart = 43 };

// The bus's hint is enough: nobody enumerates.
VOID TestArrival(void)
{
    BUS_CHILD Child = {.Device = L"A", .Instance = L"arr"};
    WCHAR Name[BusIdChars] = L"arr", Related[TextChars];
    CHECK_STATUS(ControlByName(L"\\Device\\PnpTestBus", BUS_ADD, &Child, sizeof(Child)),
                 STATUS_SUCCESS);
    CheckProblem(L"PNPTEST\\A\\arr", 0);
    CHECK_STATUS(GetRelated(BUS_PATH, PNP_GET_CHILD_DEVICE, Related), STATUS_SUCCESS);
    CHECK(wcscmp(Related, L"PNPTEST\\A\\arr") == 0);
    CHECK_STATUS(ControlByName(L"\\Device\\PnpTestBus", BUS_PULL, Name, sizeof(Name)),
                 STATUS_SUCCESS);
    CheckGone(L"PNPTEST\\A\\arr");
}

VOID TestSurprise(void)
{
    AddChild(L"A", L"sur", BusNeedsPorts, 0xE00);
    ClearReport();
    PullChild(L"sur");
    CheckGone(L"PNPTEST\\A\\sur");
    CheckReport("pnpfunc.surprise;pnpfunc.remove;");
    AddChild(L"A", L"sur", BusNeedsPorts, 0xE00); // its ports are free
    CheckProblem(L"PNPTEST\\A\\sur", 0);
    PullChild(L"sur");
}

// The drivers keep the device until its last handle is closed; the device may come again meanwhile.
VOID TestSurpriseOpen(void)
{
    HANDLE File;
    ULONG Value = 0;
    AddChild(L"A", L"opn", BusNeedsNothing, 0);
    REQUIRE_STATUS(OpenChild(L"opn", &File), STATUS_SUCCESS);
    ClearReport();
    PullChild(L"opn");
    CheckGone(L"PNPTEST\\A\\opn");
    CheckReport("pnpfunc.surprise;");
    CHECK_STATUS(
        Control(File, FUNCTION_ECHO, &Value, sizeof(Value), &Value, sizeof(Value), nullptr),
        STATUS_NO_SUCH_DEVICE);
    CHECK_STATUS(NtClose(File), STATUS_SUCCESS);
    LARGE_INTEGER Interval = TestMilliseconds(200);
    NtDelayExecution(FALSE, &Interval);
    CheckReport("pnpfunc.remove;");
    AddChild(L"A", L"opn", BusNeedsNothing, 0);
    CheckProblem(L"PNPTEST\\A\\opn", 0);
    PullChild(L"opn");
}

// A bus stays until those of its devices that have been pulled out are closed.
VOID TestBusWaits(void)
{
    HANDLE File;
    AddChild(L"A", L"bw", BusNeedsNothing, 0);
    REQUIRE_STATUS(OpenChild(L"bw", &File), STATUS_SUCCESS);
    PullChild(L"bw");
    CheckGone(L"PNPTEST\\A\\bw");
    CheckVeto(BUS_PATH, 0, PNP_VetoPendingClose, BUS_PATH);
    CHECK_STATUS(NtClose(File), STATUS_SUCCESS);
    LARGE_INTEGER Interval = TestMilliseconds(200);
    NtDelayExecution(FALSE, &Interval);
    CHECK_STATUS(RemoveDevice(BUS_PATH), STATUS_SUCCESS);
    CHECK_STATUS(PnpAct(PlugPlayControlStartDevice, BUS_PATH), STATUS_SUCCESS);
    CheckProblem(BUS_PATH, 0);
}

VOID TestVeto(void)
{
    HANDLE File;
    SET_TEXTS(ENUM L"PNPTEST\\A\\vet", L"UpperFilters", L"pnpupper\0");
    AddChild(L"A", L"vet", BusNeedsNothing, 0);
    ClearReport();
    SetBehaviour(&(FUNCTION_BEHAVIOUR){.QueryRemove = STATUS_DEVICE_BUSY});
    CheckVeto(L"PNPTEST\\A\\vet", 0, PNP_VetoDevice, L"PNPTEST\\A\\vet");
    SetBehaviour(&(FUNCTION_BEHAVIOUR){});
    CheckReport("pnpupper.query-remove;pnpfunc.query-remove;"
                "pnpupper.cancel-remove;pnpfunc.cancel-remove;");
    CheckProblem(L"PNPTEST\\A\\vet", 0);
    REQUIRE_STATUS(OpenChild(L"vet", &File), STATUS_SUCCESS);
    NtClose(File);
    PullChild(L"vet");
}

// Who has the device open would lose it.
VOID TestOpenVeto(void)
{
    HANDLE File;
    AddChild(L"A", L"ovt", BusNeedsNothing, 0);
    REQUIRE_STATUS(OpenChild(L"ovt", &File), STATUS_SUCCESS);
    ClearReport();
    CheckVeto(L"PNPTEST\\A\\ovt", 0, PNP_VetoOutstandingOpen, L"PNPTEST\\A\\ovt");
    CheckReport("pnpfunc.query-remove;pnpfunc.cancel-remove;");
    NtClose(File);
    LARGE_INTEGER Interval = TestMilliseconds(100);
    NtDelayExecution(FALSE, &Interval);
    CHECK_STATUS(RemoveDevice(L"PNPTEST\\A\\ovt"), STATUS_SUCCESS);
    PullChild(L"ovt");
    CheckGone(L"PNPTEST\\A\\ovt");
}

VOID TestRemoveStart(void)
{
    HANDLE File;
    AddChild(L"A", L"rms", BusNeedsPorts, 0xE00);
    ClearReport();
    CHECK_STATUS(RemoveDevice(L"PNPTEST\\A\\rms"), STATUS_SUCCESS);
    CheckReport("pnpfunc.query-remove;pnpfunc.remove;");
    CHECK_STATUS(OpenChild(L"rms", &File), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(PnpAct(PlugPlayControlEnumerateDevice, BUS_PATH), STATUS_SUCCESS);
    CheckReport(""); // it stays removed
    CHECK_STATUS(PnpAct(PlugPlayControlStartDevice, L"PNPTEST\\A\\rms"), STATUS_SUCCESS);
    CheckProblem(L"PNPTEST\\A\\rms", 0);
    CheckReport("pnpfunc.add;pnpfunc.start;");
    REQUIRE_STATUS(OpenChild(L"rms", &File), STATUS_SUCCESS);
    NtClose(File);
    PullChild(L"rms");
}

// A driver says that its device has failed.
VOID TestStateFailed(void)
{
    enum { DeviceFailed = 4 }; // PNP_DEVICE_FAILED
    HANDLE File;
    AddChild(L"A", L"fai", BusNeedsNothing, 0);
    SetBehaviour(&(FUNCTION_BEHAVIOUR){.NewState = DeviceFailed});
    REQUIRE_STATUS(OpenChild(L"fai", &File), STATUS_SUCCESS);
    ClearReport();
    CHECK_STATUS(Control(File, FUNCTION_CHANGE, nullptr, 0, nullptr, 0, nullptr), STATUS_SUCCESS);
    NtClose(File);
    CheckProblem(L"PNPTEST\\A\\fai", ProblemFailedPostStart);
    CheckReport("pnpfunc.surprise;pnpfunc.remove;");
    SetBehaviour(&(FUNCTION_BEHAVIOUR){});
    CHECK_STATUS(PnpAct(PlugPlayControlStartDevice, L"PNPTEST\\A\\fai"), STATUS_SUCCESS);
    CheckProblem(L"PNPTEST\\A\\fai", 0);
    PullChild(L"fai");
}
