// Thermal zones: what their temperatures lead to. Those whose firmware wants it (_TZP), for it does not notice itself what
// they do, are looked at from time to time; all are once when the namespace was walked.
#include "acpi.h"

#include <ntstrsafe.h>

static struct {
    PVOID Thread; // referenced; null: there is none
    KEVENT Wake;
    volatile BOOLEAN Ends, All;
} AcpiThermal;

static VOID AcpiTellCritical(const ACPI_NODE *Zone, const ACPI_ZONE_NEWS *News)
{
    static BOOLEAN Asked;
    enum { ZeroCelsius = 2732, PathChars = 64 };
    CHAR Path[PathChars], Reason[2 * PathChars];
    if (Asked)
        return;
    AcpiPathName(Zone->Handle, Path, sizeof(Path));
    RtlStringCbPrintfA(Reason, sizeof(Reason), "thermal zone %s is too hot, %ld C of at most %ld C",
                       Path, ((LONG)News->Temperature - ZeroCelsius) / 10,
                       ((LONG)News->Limit - ZeroCelsius) / 10);
    Asked = NT_SUCCESS(AcpiRequestCriticalPowerOff(Reason));
}

// Nothing here slows processors down: the firmware has its own ways to.
static VOID AcpiTellPassive(const ACPI_NODE *Zone)
{
    enum { PathChars = 64 };
    CHAR Path[PathChars];
    AcpiPathName(Zone->Handle, Path, sizeof(Path));
    DbgPrintEx(DPFLTR_ACPI_ID, DPFLTR_WARNING_LEVEL,
               "acpi: thermal zone %s is %s its passive temperature\n", Path,
               Zone->Passive ? "above" : "below");
}

static VOID AcpiTellFans(PACPI_BUS Bus)
{
    for (PLIST_ENTRY Link = Bus->Nodes.Flink; Link != &Bus->Nodes; Link = Link->Flink) {
        const ACPI_NODE *Node = CONTAINING_RECORD(Link, ACPI_NODE, Link);
        POWER_STATE State = {.DeviceState = Node->State};
        if (Node->Device && AcpiIsFan(Node) && AcpiExtension(Node->Device)->Device.Started)
            PoSetPowerState(Node->Device, DevicePowerState, State);
    }
}

VOID AcpiCheckThermalZone(PACPI_BUS Bus, PACPI_NODE Node)
{
    ACPI_ZONE_NEWS News;
    ULONG Levels = Node->Levels;
    if (!AcpiWatchZone(&Bus->Nodes, Node, &News))
        return;
    if (Node->Levels != Levels)
        AcpiTellFans(Bus);
    if (News.PassiveChanged)
        AcpiTellPassive(Node);
    if (News.Critical)
        AcpiTellCritical(Node, &News);
}

VOID AcpiStartFansAgain(PACPI_BUS Bus)
{
    ExAcquireFastMutex(&Bus->Lock);
    for (PLIST_ENTRY Link = Bus->Nodes.Flink; Link != &Bus->Nodes; Link = Link->Flink) {
        PACPI_NODE Node = CONTAINING_RECORD(Link, ACPI_NODE, Link);
        if (!AcpiIsFan(Node) || Node->State != PowerDeviceD0)
            continue;
        (VOID) AcpiSetDevicePower(Node, PowerDeviceD3);
        (VOID) AcpiSetFan(Node);
    }
    ExReleaseFastMutex(&Bus->Lock);
    AcpiWakeThermal();
}

// How long until the next look, in milliseconds; 0: until there are other zones.
static ULONG AcpiLookAtZones(PACPI_BUS Bus)
{
    ULONG Shortest = 0;
    BOOLEAN All = AcpiThermal.All;
    AcpiThermal.All = FALSE;
    ExAcquireFastMutex(&Bus->Lock);
    for (PLIST_ENTRY Link = Bus->Nodes.Flink; Link != &Bus->Nodes; Link = Link->Flink) {
        PACPI_NODE Node = CONTAINING_RECORD(Link, ACPI_NODE, Link);
        if (Node->Kind != AcpiThermalKind || !Node->Present)
            continue;
        ULONG Period = AcpiThermalPeriod(Node->Handle);
        if (Period || All)
            AcpiCheckThermalZone(Bus, Node);
        if (!Period)
            continue;
        Shortest = Shortest ? min(Shortest, Period) : Period;
    }
    ExReleaseFastMutex(&Bus->Lock);
    return Shortest;
}

static VOID NTAPI AcpiThermalThread(PVOID Context)
{
    while (!AcpiThermal.Ends) {
        LARGE_INTEGER Time = {.QuadPart = -10'000ll * AcpiLookAtZones(Context)};
        KeWaitForSingleObject(&AcpiThermal.Wake, Executive, KernelMode, FALSE,
                              Time.QuadPart ? &Time : NULL);
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

VOID AcpiStartThermal(PACPI_BUS Bus)
{
    HANDLE Thread;
    AcpiThermal.Ends = FALSE;
    KeInitializeEvent(&AcpiThermal.Wake, SynchronizationEvent, FALSE);
    NTSTATUS Status =
        PsCreateSystemThread(&Thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, AcpiThermalThread, Bus);
    if (!NT_SUCCESS(Status)) {
        DbgPrintEx(DPFLTR_ACPI_ID, DPFLTR_WARNING_LEVEL,
                   "acpi: thermal zones are not polled: %08lx\n", Status);
        return;
    }
    (VOID)
        ObReferenceObjectByHandle(Thread, SYNCHRONIZE, NULL, KernelMode, &AcpiThermal.Thread, NULL);
    ZwClose(Thread);
}

// The namespace was walked, so zones may have come; or the machine has slept.
VOID AcpiWakeThermal(VOID)
{
    AcpiThermal.All = TRUE;
    if (AcpiThermal.Thread)
        KeSetEvent(&AcpiThermal.Wake, IO_NO_INCREMENT, FALSE);
}

VOID AcpiStopThermal(VOID)
{
    if (!AcpiThermal.Thread)
        return;
    AcpiThermal.Ends = TRUE;
    KeSetEvent(&AcpiThermal.Wake, IO_NO_INCREMENT, FALSE);
    KeWaitForSingleObject(AcpiThermal.Thread, Executive, KernelMode, FALSE, NULL);
    ObDereferenceObject(AcpiThermal.Thread);
    AcpiThermal.Thread = NULL;
}
