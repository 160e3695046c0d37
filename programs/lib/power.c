// Power of devices, in words.

#include "native.h"

static const PCWSTR PowerStates[PowerDeviceMaximum] = {L"-", L"D0", L"D1", L"D2", L"D3"};

static PCWSTR PowerStateName(DEVICE_POWER_STATE State)
{
    return (ULONG)State < PowerDeviceMaximum ? PowerStates[State] : L"?";
}

static PCWSTR PowerSystemName(SYSTEM_POWER_STATE State)
{
    static const PCWSTR Names[] = {
        [PowerSystemSleeping1] = L"S1", [PowerSystemSleeping2] = L"S2",
        [PowerSystemSleeping3] = L"S3", [PowerSystemHibernate] = L"S4",
        [PowerSystemShutdown] = L"S5",
    };
    return (ULONG)State < RTL_NUMBER_OF(Names) && Names[State] ? Names[State] : L"?";
}

// The states that the bits from First on name.
static VOID PowerListStates(ULONG Capabilities, ULONG First, PWSTR Text)
{
    for (ULONG i = 0; i < 4; i++) {
        if (!(Capabilities & First << i))
            continue;
        if (*Text)
            wcscat(Text, L" ");
        wcscat(Text, PowerStateName((DEVICE_POWER_STATE)(PowerDeviceD0 + i)));
    }
}

static NTSTATUS PowerQuery(PCWSTR InstancePath, PCM_POWER_DATA Data)
{
    PLUGPLAY_CONTROL_PROPERTY_DATA Query = {
        .Property = PNP_PROPERTY_POWER_DATA,
        .Buffer = Data,
        .BufferSize = sizeof(*Data),
    };
    RtlInitUnicodeString(&Query.DeviceInstance, InstancePath);
    return NtPlugPlayControl(PlugPlayControlProperty, &Query, sizeof(Query));
}

NTSTATUS PowerDescribeDevice(PCWSTR InstancePath, PWSTR Text, ULONG Chars)
{
    CM_POWER_DATA Data;
    WCHAR Supported[16] = L"", Wakes[16] = L"";
    NTSTATUS Status = PowerQuery(InstancePath, &Data);
    if (!NT_SUCCESS(Status))
        return Status;
    PowerListStates(Data.PD_Capabilities, PDCAP_D0_SUPPORTED, Supported);
    PowerListStates(Data.PD_Capabilities, PDCAP_WAKE_FROM_D0_SUPPORTED, Wakes);
    BOOLEAN FromSleep = Data.PD_DeepestSystemWake > PowerSystemWorking;
    _snwprintf(Text, Chars, L"%-2ws  asleep %-2ws  off %-2ws  supports %ws%ws%ws%ws%ws%ws",
               PowerStateName(Data.PD_MostRecentPowerState),
               PowerStateName(Data.PD_PowerStateMapping[PowerSystemSleeping1]),
               PowerStateName(Data.PD_PowerStateMapping[PowerSystemShutdown]), Supported,
               *Wakes ? L"  wakes from " : L"", Wakes, FromSleep ? L" in " : L"",
               FromSleep ? PowerSystemName(Data.PD_DeepestSystemWake) : L"",
               Data.PD_Capabilities & PNP_ARMED_TO_WAKE ? L"  armed" : L"");
    Text[Chars - 1] = 0;
    return STATUS_SUCCESS;
}
