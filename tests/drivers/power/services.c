// The services themselves.
#include "suite.h"

static VOID SetShutdownPrivilege(BOOLEAN Enable)
{
    BOOLEAN WasEnabled;
    RtlAdjustPrivilege(SE_SHUTDOWN_PRIVILEGE, Enable, FALSE, &WasEnabled);
}

VOID TestPrivilege(void)
{
    SetShutdownPrivilege(FALSE);
    CHECK_STATUS(NtShutdownSystem(ShutdownPowerOff), STATUS_PRIVILEGE_NOT_HELD);
    CHECK_STATUS(NtInitiatePowerAction(PowerActionShutdown, PowerSystemShutdown, 0, TRUE),
                 STATUS_PRIVILEGE_NOT_HELD);
    CHECK_STATUS(NtSetSystemPowerState(PowerActionSleep, PowerSystemSleeping1, 0),
                 STATUS_PRIVILEGE_NOT_HELD);
    SetShutdownPrivilege(TRUE);
}

VOID TestActions(void)
{
    static const struct {
        POWER_ACTION Action;
        SYSTEM_POWER_STATE State;
        ULONG Flags;
        NTSTATUS Status;
    } Cases[] = {
        {PowerActionNone, PowerSystemSleeping1, 0, STATUS_INVALID_PARAMETER},
        {PowerActionReserved, PowerSystemSleeping1, 0, STATUS_INVALID_PARAMETER},
        {(POWER_ACTION)99, PowerSystemSleeping1, 0, STATUS_INVALID_PARAMETER},
        {PowerActionSleep, PowerSystemWorking, 0, STATUS_INVALID_PARAMETER},
        {PowerActionSleep, PowerSystemMaximum, 0, STATUS_INVALID_PARAMETER},
        {PowerActionSleep, PowerSystemSleeping1, 0x1000, STATUS_INVALID_PARAMETER},
        {PowerActionHibernate, PowerSystemHibernate, 0, STATUS_NOT_SUPPORTED},
        {PowerActionWarmEject, PowerSystemSleeping1, 0, STATUS_NOT_SUPPORTED},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++) {
        NTSTATUS Status = NtSetSystemPowerState(Cases[i].Action, Cases[i].State, Cases[i].Flags);
        if (Status != Cases[i].Status)
            TestFail(__FILE__, __LINE__, "case %lu: %08lx, not %08lx", i, Status, Cases[i].Status);
    }
    CHECK_STATUS(NtShutdownSystem((SHUTDOWN_ACTION)3), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtRequestWakeupLatency(LT_LOWEST_LATENCY), STATUS_SUCCESS);
    CHECK_STATUS(NtRequestWakeupLatency((LATENCY_TIME)2), STATUS_INVALID_PARAMETER);
    DEVICE_POWER_STATE State;
    CHECK_STATUS(NtGetDevicePowerState((HANDLE)0x7FFC, &State), STATUS_INVALID_HANDLE);
}

#define POWER_QUERY(Level, Data) NtPowerInformation(Level, nullptr, 0, &(Data), sizeof(Data))

VOID TestPowerInformation(void)
{
    SYSTEM_POWER_CAPABILITIES Capabilities;
    SYSTEM_BATTERY_STATE Battery;
    SYSTEM_POWER_INFORMATION Idleness;
    PROCESSOR_POWER_INFORMATION Processor;
    ULONGLONG Slept, Woken;
    ULONG Small, Input = 0;
    CHECK_STATUS(POWER_QUERY(SystemPowerCapabilities, Capabilities), STATUS_SUCCESS);
    CHECK(Capabilities.SystemS5 && !Capabilities.SystemS4);
    if (!Capabilities.SystemS3)
        CHECK_STATUS(NtSetSystemPowerState(PowerActionSleep, PowerSystemSleeping3, 0),
                     STATUS_NOT_SUPPORTED);
    CHECK_STATUS(POWER_QUERY(SystemBatteryState, Battery), STATUS_SUCCESS);
    CHECK(Battery.AcOnLine);
    CHECK_STATUS(POWER_QUERY(SystemPowerInformation, Idleness), STATUS_SUCCESS);
    CHECK_EQUAL(Idleness.CoolingMode, PO_TZ_INVALID_MODE);
    CHECK_STATUS(POWER_QUERY(ProcessorInformation, Processor), STATUS_SUCCESS);
    CHECK(Processor.Number == 0 && Processor.MaxMhz > 0);
    CHECK_STATUS(POWER_QUERY(LastSleepTime, Slept), STATUS_SUCCESS);
    CHECK_STATUS(POWER_QUERY(LastWakeTime, Woken), STATUS_SUCCESS);
    CHECK(Slept && Woken > Slept);
    CHECK_STATUS(POWER_QUERY(SystemPowerCapabilities, Small), STATUS_BUFFER_TOO_SMALL);
    CHECK_STATUS(NtPowerInformation(SystemPowerCapabilities, &Input, sizeof(Input), &Capabilities,
                                    sizeof(Capabilities)),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(
        NtPowerInformation(SystemPowerCapabilities, nullptr, 0, (PVOID)8, sizeof(Capabilities)),
        STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(POWER_QUERY((POWER_INFORMATION_LEVEL)250, Small), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(POWER_QUERY(SystemReserveHiberFile, Small), STATUS_NOT_SUPPORTED);
}

VOID TestExecutionState(void)
{
    EXECUTION_STATE Previous = 0, All = 0;
    CHECK_STATUS(NtSetThreadExecutionState(ES_CONTINUOUS | ES_SYSTEM_REQUIRED, &Previous),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Previous, ES_CONTINUOUS);
    CHECK_STATUS(POWER_QUERY(SystemExecutionState, All), STATUS_SUCCESS);
    CHECK_EQUAL(All, ES_SYSTEM_REQUIRED);
    CHECK_STATUS(NtSetThreadExecutionState(ES_DISPLAY_REQUIRED, &Previous), STATUS_SUCCESS);
    CHECK_STATUS(NtSetThreadExecutionState(ES_CONTINUOUS, &Previous), STATUS_SUCCESS);
    CHECK_EQUAL(Previous, ES_CONTINUOUS | ES_SYSTEM_REQUIRED);
    CHECK_STATUS(NtSetThreadExecutionState(0x100, &Previous), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtSetThreadExecutionState(ES_CONTINUOUS | ES_USER_PRESENT, &Previous),
                 STATUS_INVALID_PARAMETER);
}

// As `devices /power` sees it.
VOID TestPowerData(void)
{
    static const ULONG Down[] = {PowerDeviceD3}, Up[] = {PowerDeviceD0};
    enum { WakeFromS0 = 0x00100000, WakeFromS1 = 0x00200000 }; // PDCAP_WAKE_FROM_S0_SUPPORTED, S1
    CM_POWER_DATA Data;
    PCWSTR Path = L"POWERTEST\\DEVICE2\\2";
    CHECK_EQUAL(GetProperty(Path, PNP_PROPERTY_POWER_DATA, &Data, sizeof(Data)), sizeof(Data));
    CHECK_EQUAL(Data.PD_MostRecentPowerState, PowerDeviceD0);
    CHECK_EQUAL(Data.PD_PowerStateMapping[PowerSystemSleeping1], PowerDeviceD3);
    CHECK_EQUAL(Data.PD_DeepestSystemWake, PowerSystemSleeping1);
    CHECK_EQUAL(Data.PD_D1Latency, 5);
    CHECK_EQUAL(Data.PD_Capabilities, PDCAP_D0_SUPPORTED | PDCAP_D1_SUPPORTED | PDCAP_D3_SUPPORTED |
                                          PDCAP_WAKE_FROM_D3_SUPPORTED | WakeFromS0 | WakeFromS1);
    CHECK_STATUS(RequestStates(PowerTwo, 1, Down), STATUS_SUCCESS);
    CHECK_EQUAL(GetProperty(Path, PNP_PROPERTY_POWER_DATA, &Data, sizeof(Data)), sizeof(Data));
    CHECK_EQUAL(Data.PD_MostRecentPowerState, PowerDeviceD3);
    CHECK_STATUS(RequestStates(PowerTwo, 1, Up), STATUS_SUCCESS);
}

// It is there for all, and only the system sets it.
VOID TestShutdownEvent(void)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\KernelObjects\\SystemShutdown");
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    LARGE_INTEGER Now = {};
    HANDLE Event;
    REQUIRE_STATUS(NtOpenEvent(&Event, SYNCHRONIZE, &Attributes), STATUS_SUCCESS);
    CHECK_STATUS(NtWaitForSingleObject(Event, FALSE, &Now), STATUS_TIMEOUT);
    NtClose(Event);
}
