// The tree as power sees it. While the system changes its power state, the PnP fiber stands still, so that no device
// comes, goes or is reconfigured.
#include "pnpp.h"

static KEVENT PnpHeld, PnpReleased;
static BOOLEAN PnpHoldWanted;

static VOID PnpStandStill(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    if (PnpHoldWanted)
        PnpRankForPower(); // asks drivers: who wanted it may not wait that long
    if (!PnpHoldWanted)    // who wanted it has gone on without
        return;
    KeSetEvent(&PnpHeld);
    (VOID) KeWaitForSingleObject(&PnpReleased, Executive, KernelMode, FALSE, nullptr);
}

BOOLEAN PnpHoldTree(ULONG Seconds)
{
    LARGE_INTEGER Timeout = {.QuadPart = -10'000'000ll * Seconds};
    KeInitializeEvent(&PnpHeld, NotificationEvent, FALSE);
    KeInitializeEvent(&PnpReleased, NotificationEvent, FALSE);
    PnpHoldWanted = TRUE;
    if (NT_SUCCESS(PnpQueueRoutine(PnpStandStill, nullptr)) &&
        KeWaitForSingleObject(&PnpHeld, Executive, KernelMode, FALSE, &Timeout) == STATUS_SUCCESS)
        return TRUE;
    PnpHoldWanted = FALSE;
    return FALSE;
}

VOID PnpReleaseTree(VOID)
{
    PnpHoldWanted = FALSE;
    KeSetEvent(&PnpReleased);
}

static ULONG PnpLevel(const DEVICE_NODE *Node)
{
    ULONG Level = 0;
    while ((Node = Node->Parent))
        Level++;
    return Level;
}

BOOLEAN PnpIsPlatform(const DEVICE_NODE *Node)
{
    return Node->Parent && Node->Parent == PnpRootNode && _wcsicmp(Node->Service, L"acpi") == 0;
}

BOOLEAN PnpHasPlatform(VOID)
{
    for (PDEVICE_NODE Node = PnpRootNode; Node; Node = PnpNextNode(Node)) {
        if (Node->State == PnpNodeStarted && PnpIsPlatform(Node))
            return TRUE;
    }
    return FALSE;
}

VOID PnpForEachStack(VOID (*Routine)(const PNP_STACK *Stack, PVOID Context), PVOID Context)
{
    for (PDEVICE_NODE Node = PnpRootNode; Node; Node = PnpNextNode(Node)) {
        if (Node->State != PnpNodeStarted)
            continue;
        PNP_STACK Stack = {
            .Device = Node->PhysicalDevice,
            .Level = max(Node->PowerLevel, PnpLevel(Node)),
            .IsPlatform = PnpIsPlatform(Node),
            .Name = Node->InstancePath,
        };
        Routine(&Stack, Context);
    }
}

VOID PnpFillPowerData(PDEVICE_NODE Node, PCM_POWER_DATA Data)
{
    constexpr ULONG WakeFromS0 = 0x00100000; // PDCAP_WAKE_FROM_S0_SUPPORTED, and so on to S3
    const DEVICE_CAPABILITIES *Given = &Node->Capabilities;
    const struct {
        BOOLEAN Has;
        ULONG Capability;
    } Capabilities[] = {
        {TRUE, PDCAP_D0_SUPPORTED | PDCAP_D3_SUPPORTED},
        {Given->DeviceD1, PDCAP_D1_SUPPORTED},
        {Given->DeviceD2, PDCAP_D2_SUPPORTED},
        {Given->WakeFromD0, PDCAP_WAKE_FROM_D0_SUPPORTED},
        {Given->WakeFromD1, PDCAP_WAKE_FROM_D1_SUPPORTED},
        {Given->WakeFromD2, PDCAP_WAKE_FROM_D2_SUPPORTED},
        {Given->WakeFromD3, PDCAP_WAKE_FROM_D3_SUPPORTED},
        {Given->WarmEjectSupported, PDCAP_WARM_EJECT_SUPPORTED},
    };
    *Data = (CM_POWER_DATA){
        .PD_Size = sizeof(*Data),
        .PD_MostRecentPowerState = Node->State == PnpNodeStarted
                                       ? PoQueryDeviceState(Node->PhysicalDevice)
                                       : PowerDeviceUnspecified,
        .PD_D1Latency = Given->D1Latency,
        .PD_D2Latency = Given->D2Latency,
        .PD_D3Latency = Given->D3Latency,
        .PD_DeepestSystemWake = (SYSTEM_POWER_STATE)Given->SystemWake,
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Capabilities); i++) {
        if (Capabilities[i].Has)
            Data->PD_Capabilities |= Capabilities[i].Capability;
    }
    for (ULONG State = PowerSystemWorking; State <= Given->SystemWake; State++) {
        if (State <= PowerSystemSleeping3)
            Data->PD_Capabilities |= WakeFromS0 << (State - PowerSystemWorking);
    }
    if (PoIsArmedToWake(Node->PhysicalDevice))
        Data->PD_Capabilities |= PNP_ARMED_TO_WAKE;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Given->DeviceState); i++)
        Data->PD_PowerStateMapping[i] = (DEVICE_POWER_STATE)Given->DeviceState[i];
}
