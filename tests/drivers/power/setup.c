// The test's drivers and their records.
#include "suite.h"

static PCWSTR const ControlNames[] = {L"\\Device\\powerbus", L"\\Device\\powerone",
                                      L"\\Device\\powertwo"};

NTSTATUS Ask(POWER_DRIVER Driver, ULONG Code, PVOID Input, ULONG InputLength, PVOID Output,
             ULONG OutputLength)
{
    HANDLE File;
    NTSTATUS Status = OpenDevice(ControlNames[Driver], &File);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = Control(File, Code, Input, InputLength, Output, OutputLength, nullptr);
    NtClose(File);
    return Status;
}

VOID Behave(POWER_DRIVER Driver, const POWER_BEHAVIOUR *Behaviour)
{
    POWER_BEHAVIOUR Copy = {};
    if (Behaviour)
        Copy = *Behaviour;
    CHECK_STATUS(Ask(Driver, POWER_SET, &Copy, sizeof(Copy), nullptr, 0), STATUS_SUCCESS);
}

NTSTATUS RequestStates(POWER_DRIVER Driver, ULONG Count, const ULONG *States)
{
    POWER_REQUEST Request = {.Count = Count};
    NTSTATUS Result = STATUS_UNSUCCESSFUL;
    memcpy(Request.States, States, Count * sizeof(ULONG));
    NTSTATUS Status =
        Ask(Driver, POWER_REQUEST_STATES, &Request, sizeof(Request), &Result, sizeof(Result));
    return NT_SUCCESS(Status) ? Result : Status;
}

DEVICE_POWER_STATE StateOf(POWER_DRIVER Driver)
{
    static PCWSTR const Names[] = {L"\\Device\\powerbusDevice", L"\\Device\\poweroneDevice",
                                   L"\\Device\\powertwoDevice"};
    DEVICE_POWER_STATE State = PowerDeviceUnspecified;
    HANDLE File;
    if (!CHECK_STATUS(OpenDevice(Names[Driver], &File), STATUS_SUCCESS))
        return State;
    CHECK_STATUS(NtGetDevicePowerState(File, &State), STATUS_SUCCESS);
    NtClose(File);
    return State;
}

// ---- Records

static POWER_RECORD Records[PowerDrivers * PowerMostRecords];
static ULONG RecordCount;

static VOID SortRecords(void)
{
    for (ULONG i = 1; i < RecordCount; i++) {
        for (ULONG j = i; j && Records[j].Time < Records[j - 1].Time; j--) {
            POWER_RECORD Other = Records[j];
            Records[j] = Records[j - 1];
            Records[j - 1] = Other;
        }
    }
}

VOID TakeRecords(void)
{
    RecordCount = 0;
    for (ULONG i = 0; i < PowerDrivers; i++) {
        HANDLE File;
        ULONG Length = 0;
        if (!NT_SUCCESS(OpenDevice(ControlNames[i], &File)))
            continue;
        Control(File, POWER_RECORDS, nullptr, 0, &Records[RecordCount],
                PowerMostRecords * sizeof(POWER_RECORD), &Length);
        RecordCount += Length / sizeof(POWER_RECORD);
        NtClose(File);
    }
    SortRecords();
}

int Find(PCSTR Text, int Start)
{
    for (ULONG i = Start < 0 ? 0 : (ULONG)Start; i < RecordCount; i++) {
        if (strcmp(Records[i].Text, Text) == 0)
            return (int)i;
    }
    TestFail(__FILE__, __LINE__, "no record '%s' from %d on", Text, Start);
    for (ULONG i = 0; i < RecordCount; i++)
        TestComment("%lu: %s", i, Records[i].Text);
    return -1;
}

ULONG CountRecords(PCSTR Text)
{
    ULONG Count = 0;
    for (ULONG i = 0; i < RecordCount; i++)
        Count += strcmp(Records[i].Text, Text) == 0;
    return Count;
}

LONGLONG TimeOf(int Index)
{
    return Index < 0 ? 0 : Records[Index].Time;
}

// ---- Sleep

NTSTATUS Sleep(ULONG Milliseconds)
{
    HANDLE Timer;
    LARGE_INTEGER Due = TestMilliseconds(Milliseconds);
    NTSTATUS Status = NtCreateTimer(&Timer, TIMER_ALL_ACCESS, nullptr, NotificationTimer);
    if (!NT_SUCCESS(Status))
        return Status;
    CHECK_STATUS(NtSetTimer(Timer, &Due, nullptr, nullptr, TRUE, 0, nullptr), STATUS_SUCCESS);
    Status =
        NtSetSystemPowerState(PowerActionSleep, PowerSystemSleeping1, POWER_ACTION_LIGHTEST_FIRST);
    NtClose(Timer);
    return Status;
}
