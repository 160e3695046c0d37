// General-purpose events that drivers handle. One that the firmware has a method for is the drivers' as long as they are
// connected. When it comes it is off until each connection has answered.
#include "events.h"

static FAST_MUTEX AcpiGpeMutex; // connecting and disconnecting
static LIST_ENTRY AcpiGpes;

VOID AcpiInitializeGpes(VOID)
{
    ExInitializeFastMutex(&AcpiGpeMutex);
    InitializeListHead(&AcpiGpes);
}

// ---- When it comes

static u32 AcpiGpeHandler(acpi_handle GpeDevice, u32 Number, void *Context)
{
    PACPI_GPE Gpe = Context;
    UNREFERENCED_PARAMETER(GpeDevice);
    UNREFERENCED_PARAMETER(Number);
    KeInsertQueueDpc(&Gpe->Dpc, NULL, NULL);
    return ACPI_INTERRUPT_HANDLED;
}

// Each connection that is enabled owes an answer from now on. Returns one that has not been told yet, referenced.
static PACPI_CONNECTION AcpiTakeUntold(PACPI_GPE Gpe)
{
    PACPI_CONNECTION Found = NULL;
    KIRQL Irql;
    KeAcquireSpinLock(&AcpiEventLock, &Irql);
    for (PLIST_ENTRY Link = Gpe->Connections.Flink; Link != &Gpe->Connections && !Found;
         Link = Link->Flink) {
        PACPI_CONNECTION Connection = CONTAINING_RECORD(Link, ACPI_CONNECTION, GpeLink);
        if (!Connection->Enabled || Connection->Due)
            continue;
        Connection->Due = TRUE;
        Connection->References++;
        Gpe->Answers++;
        Found = Connection;
    }
    KeReleaseSpinLock(&AcpiEventLock, Irql);
    return Found;
}

// With the lock, which it releases: the event may be gone behind it.
static VOID AcpiCountAnswer(PACPI_GPE Gpe, KIRQL Irql)
{
    ULONG Number = Gpe->Number;
    BOOLEAN Last = --Gpe->Answers == 0;
    KeReleaseSpinLock(&AcpiEventLock, Irql);
    if (Last)
        (VOID) acpi_finish_gpe(NULL, Number);
}

VOID AcpiAnswerGpe(PACPI_CONNECTION Connection)
{
    KIRQL Irql;
    KeAcquireSpinLock(&AcpiEventLock, &Irql);
    BOOLEAN Due = Connection->Due;
    Connection->Due = FALSE;
    if (Due)
        AcpiCountAnswer(Connection->Gpe, Irql);
    else
        KeReleaseSpinLock(&AcpiEventLock, Irql);
}

// It counts as an answer itself, so nobody enables the event before all are told.
static VOID NTAPI AcpiGpeDpc(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    PACPI_GPE Gpe = Context;
    PACPI_CONNECTION Connection;
    KIRQL Irql;
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    KeAcquireSpinLock(&AcpiEventLock, &Irql);
    Gpe->Answers++;
    KeReleaseSpinLock(&AcpiEventLock, Irql);
    while ((Connection = AcpiTakeUntold(Gpe)) != NULL) {
        if (!AcpiPostEvent(&Connection->Waiters, &Gpe->Number, sizeof(Gpe->Number)))
            AcpiAnswerGpe(Connection); // it comes again
        AcpiReleaseConnection(Connection);
    }
    KeAcquireSpinLock(&AcpiEventLock, &Irql);
    AcpiCountAnswer(Gpe, Irql);
}

// ---- Connections

static PACPI_GPE AcpiFindGpe(ULONG Number)
{
    for (PLIST_ENTRY Link = AcpiGpes.Flink; Link != &AcpiGpes; Link = Link->Flink) {
        PACPI_GPE Gpe = CONTAINING_RECORD(Link, ACPI_GPE, Link);
        if (Gpe->Number == Number)
            return Gpe;
    }
    return NULL;
}

static NTSTATUS AcpiMakeGpe(const ACPI_EVENT_SOURCE *Source, PACPI_GPE *Result)
{
    PACPI_GPE Gpe = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Gpe), AcpiTag);
    if (!Gpe)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(Gpe, sizeof(*Gpe));
    Gpe->Number = Source->Gpe;
    Gpe->Latched = Source->Latched != 0;
    Gpe->Shareable = Source->Shareable != 0;
    InitializeListHead(&Gpe->Connections);
    KeInitializeDpc(&Gpe->Dpc, AcpiGpeDpc, Gpe);
    NTSTATUS Status = AcpiStatus(acpi_install_gpe_handler(
        NULL, Gpe->Number, Gpe->Latched ? ACPI_GPE_EDGE_TRIGGERED : ACPI_GPE_LEVEL_TRIGGERED,
        AcpiGpeHandler, Gpe));
    if (!NT_SUCCESS(Status)) {
        ExFreePoolWithTag(Gpe, AcpiTag);
        return Status;
    }
    InsertTailList(&AcpiGpes, &Gpe->Link);
    *Result = Gpe;
    return STATUS_SUCCESS;
}

static VOID AcpiFreeGpe(PACPI_GPE Gpe)
{
    (VOID) acpi_remove_gpe_handler(NULL, Gpe->Number, AcpiGpeHandler);
    KeRemoveQueueDpc(&Gpe->Dpc);
    KeFlushQueuedDpcs();
    RemoveEntryList(&Gpe->Link);
    ExFreePoolWithTag(Gpe, AcpiTag);
}

static NTSTATUS AcpiFindOrMakeGpe(const ACPI_EVENT_SOURCE *Source, PACPI_GPE *Gpe)
{
    *Gpe = AcpiFindGpe(Source->Gpe);
    if (!*Gpe)
        return AcpiMakeGpe(Source, Gpe);
    BOOLEAN Agreed =
        (*Gpe)->Shareable && Source->Shareable && (*Gpe)->Latched == (Source->Latched != 0);
    return Agreed ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

NTSTATUS AcpiConnectGpe(PACPI_CONNECTION Connection, const ACPI_EVENT_SOURCE *Source)
{
    PACPI_GPE Gpe;
    KIRQL Irql;
    ExAcquireFastMutex(&AcpiGpeMutex);
    NTSTATUS Status = AcpiFindOrMakeGpe(Source, &Gpe);
    if (NT_SUCCESS(Status)) {
        KeAcquireSpinLock(&AcpiEventLock, &Irql);
        Connection->Gpe = Gpe;
        InsertTailList(&Gpe->Connections, &Connection->GpeLink);
        KeReleaseSpinLock(&AcpiEventLock, Irql);
        (VOID) AcpiSwitchGpe(Connection, TRUE);
    }
    ExReleaseFastMutex(&AcpiGpeMutex);
    return Status;
}

VOID AcpiDisconnectGpe(PACPI_CONNECTION Connection)
{
    PACPI_GPE Gpe = Connection->Gpe;
    KIRQL Irql;
    ExAcquireFastMutex(&AcpiGpeMutex);
    (VOID) AcpiSwitchGpe(Connection, FALSE);
    KeAcquireSpinLock(&AcpiEventLock, &Irql);
    RemoveEntryList(&Connection->GpeLink);
    BOOLEAN Last = IsListEmpty(&Gpe->Connections);
    KeReleaseSpinLock(&AcpiEventLock, Irql);
    AcpiAnswerGpe(Connection);
    if (Last)
        AcpiFreeGpe(Gpe);
    ExReleaseFastMutex(&AcpiGpeMutex);
}

// ACPICA counts: the event is on while a connection has it on.
NTSTATUS AcpiSwitchGpe(PACPI_CONNECTION Connection, BOOLEAN Enable)
{
    KIRQL Irql;
    KeAcquireSpinLock(&AcpiEventLock, &Irql);
    BOOLEAN Changes = Connection->Enabled != Enable;
    Connection->Enabled = Enable;
    KeReleaseSpinLock(&AcpiEventLock, Irql);
    if (!Changes)
        return STATUS_SUCCESS;
    ULONG Number = Connection->Gpe->Number;
    return AcpiStatus(Enable ? acpi_enable_gpe(NULL, Number) : acpi_disable_gpe(NULL, Number));
}

NTSTATUS AcpiClearGpe(PACPI_CONNECTION Connection)
{
    return AcpiStatus(acpi_clear_gpe(NULL, Connection->Gpe->Number));
}
