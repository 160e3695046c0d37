// Thermal zones whose firmware wants them looked at from time to time (_TZP), for it does not notice itself what they do.
#include "acpi.h"

static struct {
    PVOID Thread; // referenced; null: there is none
    KEVENT Wake;
    volatile BOOLEAN Ends;
} AcpiThermal;

VOID AcpiCheckThermalZone(const ACPI_NODE *Node)
{
    if (AcpiIsZoneCritical(Node->Handle))
        AcpiRequestPowerOff("a thermal zone is too hot");
}

// How long until the next look, in milliseconds; 0: until there are other zones.
static ULONG AcpiLookAtZones(PACPI_BUS Bus)
{
    ULONG Shortest = 0;
    ExAcquireFastMutex(&Bus->Lock);
    for (PLIST_ENTRY Link = Bus->Nodes.Flink; Link != &Bus->Nodes; Link = Link->Flink) {
        const ACPI_NODE *Node = CONTAINING_RECORD(Link, ACPI_NODE, Link);
        ULONG Period =
            Node->Kind == AcpiThermalKind && Node->Present ? AcpiThermalPeriod(Node->Handle) : 0;
        if (!Period)
            continue;
        AcpiCheckThermalZone(Node);
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

// The namespace was walked: zones may have come.
VOID AcpiWakeThermal(VOID)
{
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
