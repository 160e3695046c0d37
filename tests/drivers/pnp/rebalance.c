// Devices that move for others, want something else, are ejected, and come and go under load.
#include "suite.h"

#include <cfg.h>

enum { Conflict = 12, ResourcesChanged = 0x10 };

static NTSTATUS EchoOnce(HANDLE File)
{
    ULONG Value = 1;
    NTSTATUS Status =
        Control(File, FUNCTION_ECHO, &Value, sizeof(Value), &Value, sizeof(Value), nullptr);
    return NT_SUCCESS(Status) && Value != 2 ? STATUS_DATA_ERROR : Status;
}

// The first could do with the other half of what it may have, and does when the second wants its half.
VOID TestRebalance(void)
{
    HANDLE File;
    AddChild(L"A", L"rb1", BusNeedsEither, 0xE00);
    CheckPorts(L"PNPTEST\\A\\rb1", 0xE00);
    REQUIRE_STATUS(OpenChild(L"rb1", &File), STATUS_SUCCESS);
    ClearReport();
    AddChild(L"A", L"rb2", BusNeedsPorts, 0xE00);
    CheckReport("pnpfunc.add;pnpfunc.query-stop;pnpfunc.stop;pnpfunc.start;pnpfunc.start;");
    CheckPorts(L"PNPTEST\\A\\rb1", 0xE08);
    CheckPorts(L"PNPTEST\\A\\rb2", 0xE00);
    CHECK_STATUS(EchoOnce(File), STATUS_SUCCESS); // the file has gone along
    NtClose(File);
    PullChild(L"rb1");
    PullChild(L"rb2");
}

// Who refuses stays, and the other one has its chance when there is place.
VOID TestRebalanceVeto(void)
{
    AddChild(L"A", L"rv1", BusNeedsEither, 0xE00);
    SetBehaviour(&(FUNCTION_BEHAVIOUR){.QueryStop = STATUS_UNSUCCESSFUL});
    ClearReport();
    AddChild(L"A", L"rv2", BusNeedsPorts, 0xE00);
    CheckReport("pnpfunc.add;pnpfunc.query-stop;pnpfunc.cancel-stop;pnpfunc.remove;");
    CheckProblem(L"PNPTEST\\A\\rv2", Conflict);
    CheckPorts(L"PNPTEST\\A\\rv1", 0xE00);
    SetBehaviour(&(FUNCTION_BEHAVIOUR){});
    PullChild(L"rv1");
    CheckPorts(L"PNPTEST\\A\\rv2", 0xE00);
    PullChild(L"rv2");
}

static VOID AwaitPorts(PCWSTR Path, ULONG64 Start)
{
    LARGE_INTEGER Interval = TestMilliseconds(50);
    for (ULONG i = 0; i < 60 && !HasPorts(Path, Start); i++)
        NtDelayExecution(FALSE, &Interval);
    CheckPorts(Path, Start);
}

static VOID ChangeNeeds(PCWSTR Instance, BUS_NEEDS Needs, ULONG Base)
{
    BUS_CHILD Child = {.Needs = Needs, .Base = Base};
    wcscpy(Child.Instance, Instance);
    CHECK_STATUS(ControlByName(L"\\Device\\PnpTestBus", BUS_CHANGE, &Child, sizeof(Child)),
                 STATUS_SUCCESS);
}

// PNP_DEVICE_RESOURCE_REQUIREMENTS_CHANGED: the device stops and starts with what it wants now, for which
// another one moves. What cannot be had leaves it as it is.
VOID TestRequirementsChanged(void)
{
    HANDLE File;
    SetBehaviour(&(FUNCTION_BEHAVIOUR){.NewState = ResourcesChanged});
    AddChild(L"A", L"rc1", BusNeedsPorts, 0xE00);
    AddChild(L"A", L"rc2", BusNeedsEither, 0xE20);
    AddChild(L"A", L"rc3", BusNeedsPorts, 0xE40);
    REQUIRE_STATUS(OpenChild(L"rc1", &File), STATUS_SUCCESS);
    ChangeNeeds(L"rc1", BusNeedsPorts, 0xE20);
    CHECK_STATUS(Control(File, FUNCTION_CHANGE, nullptr, 0, nullptr, 0, nullptr), STATUS_SUCCESS);
    AwaitPorts(L"PNPTEST\\A\\rc1", 0xE20);
    CheckPorts(L"PNPTEST\\A\\rc2", 0xE28);
    ChangeNeeds(L"rc1", BusNeedsPorts, 0xE40);
    CHECK_STATUS(Control(File, FUNCTION_CHANGE, nullptr, 0, nullptr, 0, nullptr), STATUS_SUCCESS);
    LARGE_INTEGER Interval = TestMilliseconds(200);
    NtDelayExecution(FALSE, &Interval);
    CheckPorts(L"PNPTEST\\A\\rc1", 0xE20);
    CHECK_STATUS(EchoOnce(File), STATUS_SUCCESS);
    NtClose(File);
    SetBehaviour(&(FUNCTION_BEHAVIOUR){});
    PullChild(L"rc1");
    PullChild(L"rc2");
    PullChild(L"rc3");
}

// ---- Ejection

static NTSTATUS Eject(PCWSTR Path)
{
    PLUGPLAY_CONTROL_QUERY_AND_REMOVE_DATA Data = {.Flags = PNP_QUERY_AND_REMOVE_EJECT_DEVICE};
    RtlInitUnicodeString(&Data.DeviceInstance, Path);
    return NtPlugPlayControl(PlugPlayControlQueryAndRemoveDevice, &Data, sizeof(Data));
}

VOID TestEject(void)
{
    HANDLE File;
    AddChildWith(L"ej1", L"ej2", EjectsWith);
    AddChild(L"A", L"ej2", BusNeedsNothing, 0);
    REQUIRE_STATUS(OpenChild(L"ej2", &File), STATUS_SUCCESS);
    CheckVeto(L"PNPTEST\\A\\ej1", PNP_QUERY_AND_REMOVE_EJECT_DEVICE, PNP_VetoOutstandingOpen,
              L"PNPTEST\\A\\ej2");
    CheckProblem(L"PNPTEST\\A\\ej1", 0);
    NtClose(File);
    ClearReport();
    CHECK_STATUS(Eject(L"PNPTEST\\A\\ej1"), STATUS_SUCCESS);
    CheckReport("pnpfunc.query-remove;pnpfunc.query-remove;pnpfunc.remove;pnpfunc.remove;"
                "ej1.eject;");
    CheckGone(L"PNPTEST\\A\\ej1");
    CheckGone(L"PNPTEST\\A\\ej2");
}

// The driver asks for it; the program does not wait.
VOID TestEjectRequest(void)
{
    AddChild(L"A", L"er1", BusNeedsNothing, 0);
    CHECK_STATUS(ControlByName(L"\\Device\\PnpTestFunction", FUNCTION_EJECT, nullptr, 0),
                 STATUS_SUCCESS);
    CheckGone(L"PNPTEST\\A\\er1");
}

VOID TestRemovalRelations(void)
{
    ULONG Bits, Problem;
    AddChildWith(L"rr1", L"rr2", RemovesWith);
    AddChild(L"A", L"rr2", BusNeedsNothing, 0);
    CHECK_STATUS(RemoveDevice(L"PNPTEST\\A\\rr1"), STATUS_SUCCESS);
    CHECK_STATUS(GetStatus(L"PNPTEST\\A\\rr2", &Bits, &Problem), STATUS_SUCCESS);
    CHECK(!(Bits & DN_STARTED));
    PullChild(L"rr1");
    PullChild(L"rr2");
}

// ---- Under load

static volatile LONG Rounds, Echoes;

static NTSTATUS NTAPI EchoForEver(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    while (Rounds) {
        HANDLE File;
        if (!NT_SUCCESS(OpenChild(L"hot", &File))) {
            NtYieldExecution();
            continue;
        }
        while (NT_SUCCESS(EchoOnce(File)))
            InterlockedIncrement(&Echoes);
        NtClose(File);
    }
    return STATUS_SUCCESS;
}

// Whatever is under way when the device is pulled out ends, and the next one works.
VOID TestHotPlug(void)
{
    enum { Threads = 3, All = 10 };
    HANDLE Handles[Threads];
    LARGE_INTEGER Interval = TestMilliseconds(20);
    Rounds = All;
    Echoes = 0;
    for (ULONG i = 0; i < Threads; i++)
        Handles[i] = TestStartThread(EchoForEver, nullptr);
    for (; Rounds; Rounds--) {
        LONG Before = Echoes;
        AddChild(L"A", L"hot", BusNeedsPorts, 0xE00);
        CheckProblem(L"PNPTEST\\A\\hot", 0);
        for (ULONG i = 0; i < 100 && Echoes == Before; i++)
            NtDelayExecution(FALSE, &Interval);
        CHECK(Echoes != Before);
        PullChild(L"hot");
        CheckGone(L"PNPTEST\\A\\hot");
    }
    for (ULONG i = 0; i < Threads; i++) {
        LARGE_INTEGER Timeout = TestMilliseconds(10'000);
        CHECK_STATUS(NtWaitForSingleObject(Handles[i], FALSE, &Timeout), STATUS_SUCCESS);
        NtClose(Handles[i]);
    }
}
