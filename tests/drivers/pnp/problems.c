// Devices that do not start.
#include "suite.h"

enum { // CM_PROB_*
    ProblemInvalidData = 9,
    ProblemFailedStart = 10,
    ProblemDisabled = 22,
    ProblemNoDriver = 28,
    ProblemFailedAdd = 31,
};

static VOID CheckProblemStatus(PCWSTR Path, NTSTATUS Expected)
{
    NTSTATUS Status = 0;
    CHECK_EQUAL(GetProperty(Path, PNP_PROPERTY_PROBLEM_STATUS, &Status, sizeof(Status)),
                sizeof(Status));
    CHECK_STATUS(Status, Expected);
}

VOID TestDisabled(void)
{
    PCWSTR Path = L"PNPTEST\\A\\dis", Key = ENUM L"PNPTEST\\A\\dis";
    SetNumber(Key, L"ConfigFlags", 1);
    AddChild(L"A", L"dis", BusNeedsNothing, 0);
    CheckProblem(Path, ProblemDisabled);
    CHECK(!NT_SUCCESS(PnpAct(PlugPlayControlStartDevice, Path)));
    SetNumber(Key, L"ConfigFlags", 0);
    CHECK_STATUS(PnpAct(PlugPlayControlStartDevice, Path), STATUS_SUCCESS);
    CheckProblem(Path, 0);
    PullChild(L"dis");
}

// Its driver may be installed later.
VOID TestNoDriver(void)
{
    PCWSTR Path = L"PNPTEST\\NODRIVER\\nod";
    AddChild(L"NODRIVER", L"nod", BusNeedsNothing, 0);
    CheckProblem(Path, ProblemNoDriver);
    SET_TEXT(CONTROL L"CriticalDeviceDatabase\\PNPTEST#NODRIVER&REV_1", L"Service", L"pnpfunc");
    CHECK_STATUS(PnpAct(PlugPlayControlStartDevice, Path), STATUS_SUCCESS);
    CheckProblem(Path, 0);
    PullChild(L"nod");
}

VOID TestRaw(void)
{
    AddChild(L"RAW", L"raw", BusNeedsNothing, 0);
    CheckProblem(L"PNPTEST\\RAW\\raw", 0);
    PullChild(L"raw");
}

VOID TestFailedAdd(void)
{
    PCWSTR Path = L"PNPTEST\\A\\fad";
    SET_TEXTS(ENUM L"PNPTEST\\A\\fad", L"LowerFilters", L"pnplower\0");
    ClearReport();
    SetBehaviour(&(FUNCTION_BEHAVIOUR){.Add = STATUS_IO_DEVICE_ERROR});
    AddChild(L"A", L"fad", BusNeedsNothing, 0);
    CheckProblem(Path, ProblemFailedAdd);
    CheckProblemStatus(Path, STATUS_IO_DEVICE_ERROR);
    CheckReport("pnplower.add;pnplower.remove;"); // the filter does not stay
    SetBehaviour(&(FUNCTION_BEHAVIOUR){});
    CHECK_STATUS(PnpAct(PlugPlayControlStartDevice, Path), STATUS_SUCCESS);
    CheckProblem(Path, 0);
    PullChild(L"fad");
}

VOID TestFailedStart(void)
{
    PCWSTR Path = L"PNPTEST\\A\\fst";
    ClearReport();
    SetBehaviour(&(FUNCTION_BEHAVIOUR){.Start = STATUS_IO_DEVICE_ERROR});
    AddChild(L"A", L"fst", BusNeedsPorts, 0xE00);
    CheckProblem(Path, ProblemFailedStart);
    CheckProblemStatus(Path, STATUS_IO_DEVICE_ERROR);
    CheckReport("pnpfunc.add;pnpfunc.start;pnpfunc.remove;");
    SetBehaviour(&(FUNCTION_BEHAVIOUR){});
    CHECK_STATUS(PnpAct(PlugPlayControlStartDevice, Path), STATUS_SUCCESS);
    CheckProblem(Path, 0);
    PullChild(L"fst");
}

static ULONG CountChildren(void)
{
    WCHAR Path[TextChars], Next[TextChars];
    ULONG Count = 0;
    NTSTATUS Status = GetRelated(BUS_PATH, PNP_GET_CHILD_DEVICE, Path);
    for (; NT_SUCCESS(Status) && Count < 100; Count++) {
        CHECK(Path[0] != 0);
        Status = GetRelated(Path, PNP_GET_SIBLING_DEVICE, Next);
        wcscpy(Path, Next);
    }
    return Count;
}

// No name can be made of its identifiers: it is not to be seen, and those after it are.
VOID TestBadIdentifier(void)
{
    AddChild(L"A,B", L"bad", BusNeedsNothing, 0);
    AddChild(L"A", L"aft", BusNeedsNothing, 0);
    CheckProblem(L"PNPTEST\\A\\aft", 0);
    CHECK_EQUAL(CountChildren(), 1);
    PullChild(L"bad");
    PullChild(L"aft");
    CHECK_EQUAL(CountChildren(), 0);
}

// Two that say that they are the same device: the first has the name.
VOID TestDuplicate(void)
{
    AddChild(L"A", L"dup", BusNeedsNothing, 0);
    AddChild(L"A", L"dup", BusNeedsNothing, 0);
    CheckProblem(L"PNPTEST\\A\\dup", 0);
    CHECK_EQUAL(CountChildren(), 1);
    PullChild(L"dup");
    CheckGone(L"PNPTEST\\A\\dup");
    CHECK_EQUAL(CountChildren(), 0);
}
