// The state of one device: what drivers ask for, and what is known of it.
#include "suite.h"

VOID TestStates(void)
{
    static const ULONG Down[] = {PowerDeviceD3}, Light[] = {PowerDeviceD1}, Up[] = {PowerDeviceD0};
    for (POWER_DRIVER Driver = PowerOne; Driver <= PowerTwo; Driver++) {
        TakeRecords();
        CHECK_STATUS(RequestStates(Driver, 1, Down), STATUS_SUCCESS);
        CHECK_EQUAL(StateOf(Driver), PowerDeviceD3);
        CHECK_STATUS(RequestStates(Driver, 1, Light), STATUS_SUCCESS);
        CHECK_EQUAL(StateOf(Driver), PowerDeviceD1);
        CHECK_STATUS(RequestStates(Driver, 1, Up), STATUS_SUCCESS);
        CHECK_EQUAL(StateOf(Driver), PowerDeviceD0);
        TakeRecords(); // the request has come to the top of the stack, and from there down
        PCSTR Top = Driver == PowerOne ? "powerone s4" : "powertwo s4";
        CHECK(Find(Top, 0) < Find(Driver == PowerOne ? "pdo1 s4" : "pdo2 s4", 0));
    }
}

// Each begins when the one before it is complete.
VOID TestSerial(void)
{
    static const ULONG States[] = {PowerDeviceD3, PowerDeviceD0, PowerDeviceD1, PowerDeviceD0};
    Behave(PowerBus, &(POWER_BEHAVIOUR){.Delay = 100});
    for (POWER_DRIVER Driver = PowerOne; Driver <= PowerTwo; Driver++) {
        PCSTR Name = Driver == PowerOne ? "pdo1" : "pdo2";
        int Last = -1;
        TakeRecords();
        CHECK_STATUS(RequestStates(Driver, RTL_NUMBER_OF(States), States), STATUS_SUCCESS);
        TakeRecords();
        for (ULONG i = 0; i < RTL_NUMBER_OF(States); i++) {
            CHAR Begin[16], End[24];
            _snprintf(Begin, sizeof(Begin), "%s s%lu", Name, States[i]);
            _snprintf(End, sizeof(End), "%s s%lu end", Name, States[i]);
            int Begun = Find(Begin, Last + 1);
            CHECK_EQUAL(Begun, Last + (Driver == PowerOne && i == 0 ? 2 : 2));
            Last = Find(End, Begun);
        }
    }
    Behave(PowerBus, nullptr);
}

static NTSTATUS BringUp(PVOID Driver)
{
    static const ULONG Up[] = {PowerDeviceD0};
    return RequestStates((POWER_DRIVER)(ULONG_PTR)Driver, 1, Up);
}

// Both at once. Returns: did their ways up overlap.
static BOOLEAN BringUpBoth(void)
{
    static const ULONG Down[] = {PowerDeviceD3};
    CHECK_STATUS(RequestStates(PowerOne, 1, Down), STATUS_SUCCESS);
    CHECK_STATUS(RequestStates(PowerTwo, 1, Down), STATUS_SUCCESS);
    TakeRecords();
    HANDLE Other = TestStartThread(BringUp, (PVOID)(ULONG_PTR)PowerTwo);
    CHECK_STATUS(BringUp((PVOID)(ULONG_PTR)PowerOne), STATUS_SUCCESS);
    if (Other)
        CHECK_STATUS(TestJoin(Other), STATUS_SUCCESS);
    TakeRecords();
    int One = Find("pdo1 s1", 0), Two = Find("pdo2 s1", 0);
    int First = One < Two ? One : Two, Second = One < Two ? Two : One;
    return TimeOf(Second) < TimeOf(Find(First == One ? "pdo1 s1 end" : "pdo2 s1 end", 0));
}

static VOID AddAnew(POWER_DRIVER Driver, PCWSTR Path)
{
    Behave(Driver, &(POWER_BEHAVIOUR){.Inrush = TRUE});
    CHECK_STATUS(RemoveDevice(Path), STATUS_SUCCESS);
    CHECK_STATUS(PnpAct(PlugPlayControlStartDevice, Path), STATUS_SUCCESS);
    CheckProblem(Path, 0);
    Behave(Driver, nullptr);
}

VOID TestInrush(void)
{
    Behave(PowerBus, &(POWER_BEHAVIOUR){.Delay = 300});
    CHECK(BringUpBoth());
    AddAnew(PowerOne, L"POWERTEST\\DEVICE1\\1");
    AddAnew(PowerTwo, L"POWERTEST\\DEVICE2\\2");
    CHECK(!BringUpBoth());
    Behave(PowerBus, nullptr);
}

static BOOLEAN BecomesD3(POWER_DRIVER Driver, ULONG Seconds)
{
    LARGE_INTEGER Moment = TestMilliseconds(100);
    for (ULONG i = 0; i < 10 * Seconds && StateOf(Driver) != PowerDeviceD3; i++)
        NtDelayExecution(FALSE, &Moment);
    return StateOf(Driver) == PowerDeviceD3;
}

VOID TestIdle(void)
{
    static const ULONG Up[] = {PowerDeviceD0};
    for (POWER_DRIVER Driver = PowerOne; Driver <= PowerTwo; Driver++) {
        ULONG Seconds = 1, Busy = 1;
        CHECK_STATUS(Ask(Driver, POWER_IDLE, &Seconds, sizeof(Seconds), nullptr, 0),
                     STATUS_SUCCESS);
        CHECK_STATUS(Ask(Driver, POWER_BUSY, &Busy, sizeof(Busy), nullptr, 0), STATUS_SUCCESS);
        CHECK(!BecomesD3(Driver, 3));
        Busy = 0;
        CHECK_STATUS(Ask(Driver, POWER_BUSY, &Busy, sizeof(Busy), nullptr, 0), STATUS_SUCCESS);
        CHECK(BecomesD3(Driver, 10));
        Seconds = 0;
        CHECK_STATUS(Ask(Driver, POWER_IDLE, &Seconds, sizeof(Seconds), nullptr, 0),
                     STATUS_SUCCESS);
        CHECK_STATUS(RequestStates(Driver, 1, Up), STATUS_SUCCESS);
        CHECK(!BecomesD3(Driver, 3));
    }
}

VOID TestDriverInterface(void)
{
    for (POWER_DRIVER Driver = PowerOne; Driver <= PowerTwo; Driver++) {
        ULONG Line = MAXULONG;
        CHECK_STATUS(Ask(Driver, POWER_INTERFACE, nullptr, 0, &Line, sizeof(Line)), STATUS_SUCCESS);
        if (Line)
            TestFail("interface.c", (int)Line, "a check of the driver's fails");
    }
}
