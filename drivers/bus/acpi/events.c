// What drivers ask of events: connections, which belong to the device that they were made at.
#include "events.h"

KSPIN_LOCK AcpiEventLock;

VOID AcpiInitializeEvents(VOID)
{
    KeInitializeSpinLock(&AcpiEventLock);
    AcpiInitializeGpes();
}

// ---- Connections

VOID AcpiReleaseConnection(PACPI_CONNECTION Connection)
{
    KIRQL Irql;
    KeAcquireSpinLock(&AcpiEventLock, &Irql);
    BOOLEAN Last = --Connection->References == 0;
    KeReleaseSpinLock(&AcpiEventLock, Irql);
    if (Last)
        ExFreePoolWithTag(Connection, AcpiTag);
}

// Number 0: the connection for notifications. Null: there is none; else it is referenced.
static PACPI_CONNECTION AcpiFindConnection(PACPI_DEVICE Device, ULONG Number)
{
    PACPI_CONNECTION Found = NULL;
    KIRQL Irql;
    KeAcquireSpinLock(&AcpiEventLock, &Irql);
    for (PLIST_ENTRY Link = Device->Connections.Flink; Link != &Device->Connections && !Found;
         Link = Link->Flink) {
        PACPI_CONNECTION Connection = CONTAINING_RECORD(Link, ACPI_CONNECTION, Link);
        if (Number ? Connection->Number == Number : !Connection->Gpe)
            Found = Connection;
    }
    if (Found)
        Found->References++;
    KeReleaseSpinLock(&AcpiEventLock, Irql);
    return Found;
}

// FALSE: the device's notifications have somebody.
static BOOLEAN AcpiAddConnection(PACPI_DEVICE Device, PACPI_CONNECTION Connection)
{
    BOOLEAN Free = TRUE;
    KIRQL Irql;
    KeAcquireSpinLock(&AcpiEventLock, &Irql);
    for (PLIST_ENTRY Link = Device->Connections.Flink;
         Link != &Device->Connections && !Connection->Gpe; Link = Link->Flink)
        Free = Free && CONTAINING_RECORD(Link, ACPI_CONNECTION, Link)->Gpe;
    if (Free) {
        Connection->Number = ++Device->LastConnection;
        InsertTailList(&Device->Connections, &Connection->Link);
    }
    KeReleaseSpinLock(&AcpiEventLock, Irql);
    return Free;
}

static BOOLEAN AcpiTakeConnection(PACPI_CONNECTION Connection)
{
    KIRQL Irql;
    KeAcquireSpinLock(&AcpiEventLock, &Irql);
    BOOLEAN Mine = !Connection->Ended;
    Connection->Ended = TRUE;
    if (Mine)
        RemoveEntryList(&Connection->Link);
    KeReleaseSpinLock(&AcpiEventLock, Irql);
    return Mine;
}

// The caller has a reference.
static VOID AcpiEndConnection(PACPI_CONNECTION Connection)
{
    if (!AcpiTakeConnection(Connection))
        return; // somebody else is at it
    if (Connection->Gpe)
        AcpiDisconnectGpe(Connection);
    AcpiEndWaiters(&Connection->Waiters, STATUS_CANCELLED);
    AcpiReleaseConnection(Connection);
}

VOID AcpiEndConnections(PACPI_DEVICE Device)
{
    for (;;) {
        PACPI_CONNECTION Connection = NULL;
        KIRQL Irql;
        KeAcquireSpinLock(&AcpiEventLock, &Irql);
        if (!IsListEmpty(&Device->Connections)) {
            Connection = CONTAINING_RECORD(Device->Connections.Flink, ACPI_CONNECTION, Link);
            Connection->References++;
        }
        KeReleaseSpinLock(&AcpiEventLock, Irql);
        if (!Connection)
            return;
        AcpiEndConnection(Connection);
        AcpiReleaseConnection(Connection);
    }
}

VOID AcpiTellDriver(PACPI_DEVICE Device, ULONG Value)
{
    PACPI_CONNECTION Connection = AcpiFindConnection(Device, 0);
    if (!Connection)
        return;
    (VOID) AcpiPostEvent(&Connection->Waiters, &Value, sizeof(Value));
    AcpiReleaseConnection(Connection);
}

// ---- Requests

static NTSTATUS AcpiMakeConnection(PACPI_DEVICE Device, const ACPI_EVENT_SOURCE *Source,
                                   PULONG Number)
{
    if (Source->Kind > AcpiDeviceNotification)
        return STATUS_INVALID_PARAMETER;
    PACPI_CONNECTION Connection =
        ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Connection), AcpiTag);
    if (!Connection)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(Connection, sizeof(*Connection));
    Connection->References = 1;
    AcpiInitializeWaiters(&Connection->Waiters);
    NTSTATUS Status = STATUS_SUCCESS;
    if (Source->Kind == AcpiGeneralPurposeEvent)
        Status = AcpiConnectGpe(Connection, Source);
    if (NT_SUCCESS(Status) && !AcpiAddConnection(Device, Connection))
        Status = STATUS_UNSUCCESSFUL;
    if (NT_SUCCESS(Status))
        *Number = Connection->Number;
    else
        ExFreePoolWithTag(Connection, AcpiTag);
    return Status;
}

static NTSTATUS AcpiConnect(PACPI_DEVICE Device, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    if (Stack->Parameters.DeviceIoControl.InputBufferLength < sizeof(ACPI_EVENT_SOURCE))
        return AcpiComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    if (Stack->Parameters.DeviceIoControl.OutputBufferLength < sizeof(ULONG))
        return AcpiComplete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
    ACPI_EVENT_SOURCE Source = *(const ACPI_EVENT_SOURCE *)Irp->AssociatedIrp.SystemBuffer;
    NTSTATUS Status = AcpiMakeConnection(Device, &Source, Irp->AssociatedIrp.SystemBuffer);
    return AcpiComplete(Irp, Status, NT_SUCCESS(Status) ? sizeof(ULONG) : 0);
}

static NTSTATUS AcpiChangeConnection(PACPI_CONNECTION Connection, ULONG Action)
{
    if (Action == AcpiEventDisconnect) {
        AcpiEndConnection(Connection);
        return STATUS_SUCCESS;
    }
    if (!Connection->Gpe)
        return STATUS_INVALID_PARAMETER;
    switch (Action) {
    case AcpiEventEnable:
    case AcpiEventDisable:
        return AcpiSwitchGpe(Connection, Action == AcpiEventEnable);
    case AcpiEventClear:
        return AcpiClearGpe(Connection);
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

static NTSTATUS AcpiChange(PACPI_DEVICE Device, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    const ACPI_EVENT_CHANGE *Change = Irp->AssociatedIrp.SystemBuffer;
    if (Stack->Parameters.DeviceIoControl.InputBufferLength < sizeof(*Change) ||
        !Change->Connection)
        return AcpiComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    PACPI_CONNECTION Connection = AcpiFindConnection(Device, Change->Connection);
    if (!Connection)
        return AcpiComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    NTSTATUS Status = AcpiChangeConnection(Connection, Change->Action);
    AcpiReleaseConnection(Connection);
    return AcpiComplete(Irp, Status, 0);
}

// A request that comes while the connection ends is ended here, for who ended it may have looked before.
static NTSTATUS AcpiWait(PACPI_DEVICE Device, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    const ULONG *Number = Irp->AssociatedIrp.SystemBuffer;
    if (Stack->Parameters.DeviceIoControl.InputBufferLength < sizeof(*Number) || !*Number)
        return AcpiComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    if (Stack->Parameters.DeviceIoControl.OutputBufferLength < sizeof(ULONG))
        return AcpiComplete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
    PACPI_CONNECTION Connection = AcpiFindConnection(Device, *Number);
    if (!Connection)
        return AcpiComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    NTSTATUS Status = AcpiWaitForEvent(&Connection->Waiters, Irp);
    if (Connection->Gpe)
        AcpiAnswerGpe(Connection);
    if (Connection->Ended)
        AcpiEndWaiters(&Connection->Waiters, STATUS_CANCELLED);
    AcpiReleaseConnection(Connection);
    return Status;
}

static NTSTATUS AcpiProbe(PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    if (Stack->Parameters.DeviceIoControl.OutputBufferLength < sizeof(ULONG))
        return AcpiComplete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
    *(PULONG)Irp->AssociatedIrp.SystemBuffer = ACPI_EVENT_VERSION;
    return AcpiComplete(Irp, STATUS_SUCCESS, sizeof(ULONG));
}

BOOLEAN AcpiIsEventControl(ULONG Code)
{
    return Code == IOCTL_ACPI_EVENT_PROBE || Code == IOCTL_ACPI_EVENT_CONNECT ||
           Code == IOCTL_ACPI_EVENT_CHANGE || Code == IOCTL_ACPI_EVENT_WAIT;
}

NTSTATUS AcpiEventControl(PACPI_DEVICE Device, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    if (Stack->MajorFunction != IRP_MJ_INTERNAL_DEVICE_CONTROL)
        return AcpiComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0); // it is for drivers
    switch (Stack->Parameters.DeviceIoControl.IoControlCode) {
    case IOCTL_ACPI_EVENT_CONNECT:
        return AcpiConnect(Device, Irp);
    case IOCTL_ACPI_EVENT_CHANGE:
        return AcpiChange(Device, Irp);
    case IOCTL_ACPI_EVENT_WAIT:
        return AcpiWait(Device, Irp);
    default:
        return AcpiProbe(Irp);
    }
}
