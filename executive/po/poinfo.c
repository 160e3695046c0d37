// NtPowerInformation: one line a class.
#include "pop.h"

typedef VOID POP_QUERY(PVOID Data); // Data is zero

static VOID PopQueryCapabilities(PVOID Data)
{
    enum { SpareAoAc = 2 }; // the byte of spare2 that says: sleep is idleness in S0
    PSYSTEM_POWER_CAPABILITIES Capabilities = Data;
    *Capabilities = (SYSTEM_POWER_CAPABILITIES){
        .PowerButtonPresent = PnpHasPlatform(),
        .SleepButtonPresent = PnpHasPlatform(),
        .SystemS1 = PopHasLightSleep(),
        .SystemS3 = PopHasDeepSleep(),
        .SystemS5 = TRUE,
        .FullWake = TRUE,
        .ProcessorMaxThrottle = 100,
        .ProcessorMinThrottle = 100,
        .RtcWake = PowerSystemUnspecified,
        .MinDeviceWakeState = PowerSystemSleeping1,
        .DefaultLowLatencyWake = PowerSystemSleeping1,
    };
    Capabilities->spare2[SpareAoAc] = !Capabilities->SystemS3;
}

// No battery driver reports here: the machine runs from the mains.
static VOID PopQueryBattery(PVOID Data)
{
    *(PSYSTEM_BATTERY_STATE)Data = (SYSTEM_BATTERY_STATE){.AcOnLine = TRUE};
}

static VOID PopQueryIdleness(PVOID Data)
{
    *(PSYSTEM_POWER_INFORMATION)Data =
        (SYSTEM_POWER_INFORMATION){.CoolingMode = PO_TZ_INVALID_MODE};
}

static VOID PopQueryProcessor(PVOID Data)
{
    ULONG Mhz = KeQueryProcessorMhz();
    *(PPROCESSOR_POWER_INFORMATION)Data = (PROCESSOR_POWER_INFORMATION){
        .MaxMhz = Mhz,
        .CurrentMhz = Mhz,
        .MhzLimit = Mhz,
        .MaxIdleState = 1,
        .CurrentIdleState = 1,
    };
}

static VOID PopQueryLastWake(PVOID Data)
{
    *(PULONGLONG)Data = PopTimes.LastWake;
}

static VOID PopQueryLastSleep(PVOID Data)
{
    *(PULONGLONG)Data = PopTimes.LastSleep;
}

// All that threads have asked for.
static VOID PopQueryExecutionState(PVOID Data)
{
    PULONG Flags = Data;
    *Flags = 0;
    for (PLIST_ENTRY Link = PsActiveProcessHead.Flink; Link != &PsActiveProcessHead;
         Link = Link->Flink) {
        PEPROCESS Process = CONTAINING_RECORD(Link, EPROCESS, ActiveProcessLinks);
        for (PLIST_ENTRY Next = Process->ThreadListHead.Flink; Next != &Process->ThreadListHead;
             Next = Next->Flink)
            *Flags |= CONTAINING_RECORD(Next, ETHREAD, ThreadListEntry)->ExecutionState;
    }
}

static SYSTEM_POWER_STATE PopDeepestSleep(VOID)
{
    return PopHasDeepSleep() ? PowerSystemSleeping3 : PowerSystemSleeping1;
}

// Buttons do what the power scheme says; nothing else happens by itself.
static VOID PopQueryPolicy(PVOID Data)
{
    *(PSYSTEM_POWER_POLICY)Data = (SYSTEM_POWER_POLICY){
        .Revision = 1,
        .MinSleep = PowerSystemSleeping1,
        .MaxSleep = PopDeepestSleep(),
        .ReducedLatencySleep = PowerSystemSleeping1,
        .FanThrottleTolerance = 100,
        .ForcedThrottle = 100,
        .MinThrottle = 100,
    };
    PopQueryButtons(Data);
}

static VOID PopQueryAdministratorPolicy(PVOID Data)
{
    *(PADMINISTRATOR_POWER_POLICY)Data = (ADMINISTRATOR_POWER_POLICY){
        .MinSleep = PowerSystemSleeping1,
        .MaxSleep = PopDeepestSleep(),
        .MaxVideoTimeout = MAXULONG,
        .MaxSpindownTimeout = MAXULONG,
    };
}

static VOID PopQueryPlatform(PVOID Data)
{
    ((PPOWER_PLATFORM_INFORMATION)Data)->AoAc = !PopHasDeepSleep();
}

static const struct {
    UCHAR Level;
    ULONG Size;
    POP_QUERY *Query;
} PopQueries[] = {
    {SystemPowerPolicyAc, sizeof(SYSTEM_POWER_POLICY), PopQueryPolicy},
    {SystemPowerPolicyDc, sizeof(SYSTEM_POWER_POLICY), PopQueryPolicy},
    {SystemPowerPolicyCurrent, sizeof(SYSTEM_POWER_POLICY), PopQueryPolicy},
    {AdministratorPowerPolicy, sizeof(ADMINISTRATOR_POWER_POLICY), PopQueryAdministratorPolicy},
    {SystemPowerCapabilities, sizeof(SYSTEM_POWER_CAPABILITIES), PopQueryCapabilities},
    {SystemBatteryState, sizeof(SYSTEM_BATTERY_STATE), PopQueryBattery},
    {SystemPowerInformation, sizeof(SYSTEM_POWER_INFORMATION), PopQueryIdleness},
    {ProcessorInformation, sizeof(PROCESSOR_POWER_INFORMATION), PopQueryProcessor},
    {LastWakeTime, sizeof(ULONGLONG), PopQueryLastWake},
    {LastSleepTime, sizeof(ULONGLONG), PopQueryLastSleep},
    {SystemExecutionState, sizeof(ULONG), PopQueryExecutionState},
    {PlatformInformation, sizeof(POWER_PLATFORM_INFORMATION), PopQueryPlatform},
};

// Policies are the same for all and cannot be changed: input is refused.
NTSTATUS NtPowerInformation(ULONG InformationLevel, const VOID USER *InputBuffer,
                            ULONG InputBufferLength, VOID USER *OutputBuffer,
                            ULONG OutputBufferLength)
{
    union {
        SYSTEM_POWER_POLICY Policy; // the largest
        UCHAR Bytes[sizeof(SYSTEM_POWER_POLICY)];
    } Data;
    for (ULONG i = 0; i < RTL_NUMBER_OF(PopQueries); i++) {
        if (PopQueries[i].Level != InformationLevel)
            continue;
        if (InputBuffer || InputBufferLength)
            return STATUS_INVALID_PARAMETER;
        if (OutputBufferLength < PopQueries[i].Size)
            return STATUS_BUFFER_TOO_SMALL;
        memset(&Data, 0, sizeof(Data));
        PopQueries[i].Query(&Data);
        return MmCopyToUser(OutputBuffer, &Data, PopQueries[i].Size);
    }
    return InformationLevel < PowerInformationLevelMaximum ? STATUS_NOT_SUPPORTED
                                                           : STATUS_INVALID_PARAMETER;
}
