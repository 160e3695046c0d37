// The system's requests: their order, refusal, time-out, and what wakes.
#include "suite.h"

#define POWER_BUS_PATH L"ROOT\\POWERBUS\\0000"

VOID TestStart(void)
{
    BOOLEAN WasEnabled;
    MakeService(L"powerbus", L"powerbus.sys", L"power");
    MakeService(L"powerone", L"powerfunc.sys", L"power");
    MakeService(L"powertwo", L"powerfunc.sys", nullptr);
    SET_TEXTS(ENUM POWER_BUS_PATH, L"HardwareID", L"ROOT\\POWERBUS\0");
    SET_TEXT(CONTROL L"CriticalDeviceDatabase\\ROOT#POWERBUS", L"Service", L"powerbus");
    SET_TEXT(CONTROL L"CriticalDeviceDatabase\\POWERTEST#DEVICE1", L"Service", L"powerone");
    SET_TEXT(CONTROL L"CriticalDeviceDatabase\\POWERTEST#DEVICE2", L"Service", L"powertwo");
    RtlAdjustPrivilege(SE_LOAD_DRIVER_PRIVILEGE, TRUE, FALSE, &WasEnabled);
    RtlAdjustPrivilege(SE_SHUTDOWN_PRIVILEGE, TRUE, FALSE, &WasEnabled);
    CHECK_STATUS(PnpAct(PlugPlayControlEnumerateDevice, L""), STATUS_SUCCESS);
    CheckProblem(POWER_BUS_PATH, 0);
    CheckProblem(L"POWERTEST\\DEVICE1\\1", 0);
    CheckProblem(L"POWERTEST\\DEVICE2\\2", 0);
    CHECK_EQUAL(StateOf(PowerOne), PowerDeviceD0);
    CHECK_EQUAL(StateOf(PowerTwo), PowerDeviceD0);
}

// Children first; a function driver's request for its device is through the stack before the system's is complete.
VOID TestOrder(void)
{
    TakeRecords();
    CHECK_STATUS(Sleep(1000), STATUS_SUCCESS);
    TakeRecords();
    for (ULONG i = 1; i <= 2; i++) {
        CHAR Function[16], Device[16], Physical[24];
        PCSTR Name = i == 1 ? "powerone" : "powertwo";
        _snprintf(Function, sizeof(Function), "%s Q2", Name);
        CHECK(Find(Function, 0) < Find("powerbus Q2", 0));
        _snprintf(Function, sizeof(Function), "%s S2", Name);
        _snprintf(Device, sizeof(Device), "%s s4", Name);
        _snprintf(Physical, sizeof(Physical), "pdo%lu s4 end", i);
        CHECK(Find("powerbus Q2", 0) < Find(Function, 0));
        CHECK(Find(Function, 0) < Find(Device, 0));
        CHECK(Find(Device, 0) < Find(Physical, 0));
        CHECK(Find(Physical, 0) < Find("powerbus S2", 0));
        CHECK_EQUAL(CountRecords(Function), 1);
        CHECK_EQUAL(CountRecords(Device), 1);
    }
    CHECK(Find("powerbus S2", 0) < Find("powerbus s4", 0));
    CHECK_EQUAL(NtIsSystemResumeAutomatic(), TRUE);
}

// Of the same sleep: the bus first.
VOID TestOrderUp(void)
{
    int Slept = Find("powerbus s4", 0);
    int Bus = Find("powerbus S1", Slept);
    CHECK(Find("powerbus s1", Bus) < Find("powerone S1", Bus));
    CHECK(Find("powerbus s1", Bus) < Find("powertwo S1", Bus));
    CHECK(Find("powerone s1", Bus) < Find("pdo1 s1 end", Bus));
    CHECK(Find("powertwo s1", Bus) < Find("pdo2 s1 end", Bus));
    CHECK_EQUAL(StateOf(PowerOne), PowerDeviceD0);
    CHECK_EQUAL(StateOf(PowerTwo), PowerDeviceD0);
}

// Who depends on another device sleeps before it and wakes after it; a circle counts for nothing.
VOID TestRelations(void)
{
    Behave(PowerBus, &(POWER_BEHAVIOUR){.Relations = 1});
    TakeRecords();
    CHECK_STATUS(Sleep(1000), STATUS_SUCCESS);
    TakeRecords();
    int Slept = Find("powerbus s4", 0);
    CHECK(Find("powertwo Q2", 0) < Find("powerone Q2", 0));
    CHECK(Find("pdo2 s4 end", 0) < Find("powerone S2", 0));
    CHECK(Find("pdo1 s4 end", 0) < Find("powerbus S2", 0));
    CHECK(Find("powerbus S1", Slept) < Find("powerone S1", Slept));
    CHECK(Find("powerone S1", Slept) < Find("powertwo S1", Slept));
    Behave(PowerBus, &(POWER_BEHAVIOUR){.Relations = 2});
    TakeRecords();
    CHECK_STATUS(Sleep(1000), STATUS_SUCCESS);
    TakeRecords();
    CHECK(Find("powerone S2", 0) < Find("powerbus S2", 0));
    CHECK(Find("powertwo S2", 0) < Find("powerbus S2", 0));
    Behave(PowerBus, nullptr);
}

// Who has been asked is told that nothing happens; nobody is sent to sleep.
VOID TestRefused(void)
{
    TakeRecords();
    Behave(PowerTwo, &(POWER_BEHAVIOUR){.Refuse = STATUS_DEVICE_BUSY});
    CHECK_STATUS(Sleep(60000), STATUS_DEVICE_BUSY);
    Behave(PowerTwo, nullptr);
    TakeRecords();
    CHECK(Find("powertwo Q2", 0) < Find("powertwo S1", 0));
    CHECK(Find("powerone Q2", 0) < Find("powerone S1", 0));
    CHECK_EQUAL(CountRecords("powertwo S2") + CountRecords("powerone S2"), 0);
    CHECK_EQUAL(CountRecords("powerbus Q2") + CountRecords("powerbus S1"), 0);
    CHECK_EQUAL(StateOf(PowerTwo), PowerDeviceD0);
}

// S3 is refused: S1 it is, unless nothing lighter will do.
VOID TestRefusedDeeply(void)
{
    HANDLE Timer;
    LARGE_INTEGER Due = TestMilliseconds(1000);
    SYSTEM_POWER_CAPABILITIES Capabilities = {};
    CHECK_STATUS(NtPowerInformation(SystemPowerCapabilities, nullptr, 0, &Capabilities,
                                    sizeof(Capabilities)),
                 STATUS_SUCCESS);
    if (!Capabilities.SystemS3)
        return; // a microkernel that does not come back from it
    TakeRecords();
    Behave(PowerTwo,
           &(POWER_BEHAVIOUR){.Refuse = STATUS_DEVICE_BUSY, .RefuseOnly = PowerSystemSleeping3});
    CHECK_STATUS(NtSetSystemPowerState(PowerActionSleep, PowerSystemSleeping3, 0),
                 STATUS_DEVICE_BUSY);
    TakeRecords();
    CHECK_EQUAL(CountRecords("powertwo Q4"), 1);
    CHECK_EQUAL(CountRecords("powertwo Q2") + CountRecords("powertwo S4"), 0);
    REQUIRE_STATUS(NtCreateTimer(&Timer, TIMER_ALL_ACCESS, nullptr, NotificationTimer),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtSetTimer(Timer, &Due, nullptr, nullptr, TRUE, 0, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(NtSetSystemPowerState(PowerActionSleep, PowerSystemSleeping1, 0), STATUS_SUCCESS);
    NtClose(Timer);
    Behave(PowerTwo, nullptr);
    TakeRecords();
    CHECK(Find("powertwo Q4", 0) < Find("powertwo Q2", 0));
    CHECK_EQUAL(CountRecords("powertwo S4"), 0);
    CHECK_EQUAL(CountRecords("powertwo S2"), 1);
}

// Without asking.
VOID TestCritical(void)
{
    HANDLE Timer;
    LARGE_INTEGER Due = TestMilliseconds(1000);
    Behave(PowerTwo, &(POWER_BEHAVIOUR){.Refuse = STATUS_DEVICE_BUSY});
    REQUIRE_STATUS(NtCreateTimer(&Timer, TIMER_ALL_ACCESS, nullptr, NotificationTimer),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtSetTimer(Timer, &Due, nullptr, nullptr, TRUE, 0, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(NtSetSystemPowerState(PowerActionSleep, PowerSystemSleeping1,
                                       POWER_ACTION_CRITICAL | POWER_ACTION_LIGHTEST_FIRST),
                 STATUS_SUCCESS);
    NtClose(Timer);
    Behave(PowerTwo, nullptr);
    TakeRecords();
    CHECK_EQUAL(CountRecords("powertwo Q2"), 0);
    CHECK_EQUAL(CountRecords("powertwo S2"), 1);
}

// A device wakes the system: its driver's wake request is complete.
VOID TestWake(void)
{
    NTSTATUS Result = STATUS_UNSUCCESSFUL;
    Behave(PowerBus, &(POWER_BEHAVIOUR){.WakeAfter = 700});
    CHECK_STATUS(Ask(PowerTwo, POWER_ARM, nullptr, 0, nullptr, 0), STATUS_SUCCESS);
    CHECK_STATUS(
        NtSetSystemPowerState(PowerActionSleep, PowerSystemSleeping1, POWER_ACTION_LIGHTEST_FIRST),
        STATUS_SUCCESS);
    Behave(PowerBus, nullptr);
    CHECK_STATUS(Ask(PowerTwo, POWER_WAIT_ARMED, nullptr, 0, &Result, sizeof(Result)),
                 STATUS_SUCCESS);
    CHECK_STATUS(Result, STATUS_SUCCESS);
    CHECK_EQUAL(NtIsSystemResumeAutomatic(), TRUE);
}

VOID TestDisarm(void)
{
    NTSTATUS Result = STATUS_UNSUCCESSFUL;
    for (POWER_DRIVER Driver = PowerOne; Driver <= PowerTwo; Driver++) {
        CHECK_STATUS(Ask(Driver, POWER_ARM, nullptr, 0, nullptr, 0), STATUS_SUCCESS);
        CHECK_STATUS(Ask(Driver, POWER_DISARM, nullptr, 0, nullptr, 0), STATUS_SUCCESS);
        CHECK_STATUS(Ask(Driver, POWER_WAIT_ARMED, nullptr, 0, &Result, sizeof(Result)),
                     STATUS_SUCCESS);
        CHECK_STATUS(Result, STATUS_CANCELLED);
    }
}

static ULONG HostProcess(PCWSTR Path)
{
    ULONG Process = 0;
    (VOID) GetProperty(Path, PNP_PROPERTY_HOST_PROCESSES, &Process, sizeof(Process));
    return Process;
}

// The last test: a driver that keeps the system's request. Its host is ended, and the others sleep and wake; then PnP
// gives the device a fresh host.
VOID TestTimeout(void)
{
    PCWSTR Path = L"POWERTEST\\DEVICE2\\2";
    ULONG Process = HostProcess(Path);
    SET_TEXT(L"\\Registry\\Machine\\System\\CurrentControlSet\\Control", L"DriverPowerTimeout",
             L"1000");
    TakeRecords();
    Behave(PowerTwo, &(POWER_BEHAVIOUR){.Hang = TRUE});
    CHECK_STATUS(Sleep(3000), STATUS_SUCCESS);
    CheckProblem(Path, 0);
    CHECK(HostProcess(Path) != Process);
    CheckProblem(POWER_BUS_PATH, 0);
    TakeRecords();
    CHECK(Find("powerone s4", 0) < Find("powerbus S2", 0));
    CHECK(Find("powerbus S1", 0) < Find("powerone S1", 0));
}
