// Connections of this process's drivers: one request of each waits at the ACPI driver, and the driver is called when it is
// complete.
#include "clientp.h"

constexpr ULONG AcpiClientTag = 'cpcA';

// ---- Requests

static PIRP AcpiClientMakeIrp(PDEVICE_OBJECT Device)
{
    return IoAllocateIrp(Device->StackSize, FALSE);
}

static VOID AcpiClientFill(PIRP Irp, ULONG Code, PVOID Buffer, ULONG InputLength,
                           ULONG OutputLength)
{
    PIO_STACK_LOCATION Stack = IoGetNextIrpStackLocation(Irp);
    Irp->AssociatedIrp.SystemBuffer = Buffer;
    Stack->MajorFunction = IRP_MJ_INTERNAL_DEVICE_CONTROL;
    Stack->Parameters.DeviceIoControl.IoControlCode = Code;
    Stack->Parameters.DeviceIoControl.InputBufferLength = InputLength;
    Stack->Parameters.DeviceIoControl.OutputBufferLength = OutputLength;
}

// ---- The request that waits

static IO_COMPLETION_ROUTINE AcpiClientWaitDone;

static VOID AcpiClientWait(PACPI_CLIENT Client)
{
    IoReuseIrp(Client->Irp, STATUS_NOT_SUPPORTED);
    Client->Value = Client->Connection;
    AcpiClientFill(Client->Irp, IOCTL_ACPI_EVENT_WAIT, &Client->Value, sizeof(Client->Value),
                   sizeof(Client->Value));
    IoSetCompletionRoutine(Client->Irp, AcpiClientWaitDone, Client, TRUE, TRUE, TRUE);
    (VOID) IoCallDriver(Client->Device, Client->Irp);
}

// Drivers are called at DISPATCH_LEVEL, as by Windows.
static VOID AcpiClientCall(PACPI_CLIENT Client)
{
    KIRQL Irql;
    KeRaiseIrql(DISPATCH_LEVEL, &Irql);
    if (Client->Service)
        (VOID) Client->Service(Client, Client->Context);
    else
        Client->Notify(Client->Context, Client->Value);
    KeLowerIrql(Irql);
}

static NTSTATUS NTAPI AcpiClientWaitDone(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    PACPI_CLIENT Client = Context;
    UNREFERENCED_PARAMETER(DeviceObject);
    BOOLEAN Good = NT_SUCCESS(Irp->IoStatus.Status);
    if (Good && !Client->Ending)
        AcpiClientCall(Client);
    if (Good && !Client->Ending)
        AcpiClientWait(Client);
    else
        KeSetEvent(&Client->Ended, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

// ---- All of this process

static KSPIN_LOCK AcpiClientLock;
static LIST_ENTRY AcpiClients = {&AcpiClients, &AcpiClients};

PACPI_CLIENT AcpiClientCheck(PVOID ObjectContext)
{
    PACPI_CLIENT Found = NULL;
    KIRQL Irql;
    KeAcquireSpinLock(&AcpiClientLock, &Irql);
    for (PLIST_ENTRY Link = AcpiClients.Flink; Link != &AcpiClients; Link = Link->Flink) {
        if (CONTAINING_RECORD(Link, ACPI_CLIENT, Link) == ObjectContext)
            Found = ObjectContext;
    }
    KeReleaseSpinLock(&AcpiClientLock, Irql);
    return Found;
}

PACPI_CLIENT AcpiClientFindNotification(PDEVICE_OBJECT Device, PDEVICE_NOTIFY_CALLBACK2 Notify)
{
    PACPI_CLIENT Found = NULL;
    KIRQL Irql;
    KeAcquireSpinLock(&AcpiClientLock, &Irql);
    for (PLIST_ENTRY Link = AcpiClients.Flink; Link != &AcpiClients; Link = Link->Flink) {
        PACPI_CLIENT Client = CONTAINING_RECORD(Link, ACPI_CLIENT, Link);
        if (Client->Device == Device && !Client->Service && (!Notify || Client->Notify == Notify))
            Found = Client;
    }
    KeReleaseSpinLock(&AcpiClientLock, Irql);
    return Found;
}

static VOID AcpiClientList(PACPI_CLIENT Client, BOOLEAN Listed)
{
    KIRQL Irql;
    KeAcquireSpinLock(&AcpiClientLock, &Irql);
    if (Listed)
        InsertTailList(&AcpiClients, &Client->Link);
    else
        RemoveEntryList(&Client->Link);
    KeReleaseSpinLock(&AcpiClientLock, Irql);
}

// ---- Beginning and end

static VOID AcpiClientFree(PACPI_CLIENT Client)
{
    if (Client->Irp)
        IoFreeIrp(Client->Irp);
    ExFreePoolWithTag(Client, AcpiClientTag);
}

// The driver has its object before it can be called.
NTSTATUS AcpiClientConnect(const ACPI_CLIENT *Template, ACPI_EVENT_SOURCE *Source,
                           PACPI_CLIENT *Result)
{
    PACPI_CLIENT Client = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Client), AcpiClientTag);
    if (!Client)
        return STATUS_INSUFFICIENT_RESOURCES;
    *Client = *Template;
    KeInitializeEvent(&Client->Ended, NotificationEvent, FALSE);
    Client->Irp = AcpiClientMakeIrp(Client->Device);
    NTSTATUS Status = STATUS_INSUFFICIENT_RESOURCES;
    if (Client->Irp)
        Status = AskDriver(Client->Device, IOCTL_ACPI_EVENT_CONNECT, Source, sizeof(*Source),
                           &Client->Connection, sizeof(Client->Connection));
    if (!NT_SUCCESS(Status)) {
        AcpiClientFree(Client);
        return Status;
    }
    ObReferenceObject(Client->Device);
    AcpiClientList(Client, TRUE);
    *Result = Client;
    AcpiClientWait(Client);
    return STATUS_SUCCESS;
}

// Nobody is called any more behind it.
NTSTATUS AcpiClientDisconnect(PACPI_CLIENT Client)
{
    ACPI_EVENT_CHANGE Change = {Client->Connection, AcpiEventDisconnect};
    if (KeGetCurrentIrql() > APC_LEVEL)
        return STATUS_INVALID_DEVICE_STATE;
    Client->Ending = TRUE;
    AcpiClientList(Client, FALSE);
    // Where the connection is gone with the device, or with the ACPI driver's process, no request waits either.
    (VOID) AskDriver(Client->Device, IOCTL_ACPI_EVENT_CHANGE, &Change, sizeof(Change), NULL, 0);
    KeWaitForSingleObject(&Client->Ended, Executive, KernelMode, FALSE, NULL);
    ObDereferenceObject(Client->Device);
    AcpiClientFree(Client);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI AcpiClientFreeSent(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    ExFreePoolWithTag(Context, AcpiClientTag);
    IoFreeIrp(Irp);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS AcpiClientSend(PACPI_CLIENT Client, const ACPI_EVENT_CHANGE *Change)
{
    ACPI_EVENT_CHANGE *Copy = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Copy), AcpiClientTag);
    PIRP Irp = Copy ? AcpiClientMakeIrp(Client->Device) : NULL;
    if (!Irp) {
        if (Copy)
            ExFreePoolWithTag(Copy, AcpiClientTag);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *Copy = *Change;
    AcpiClientFill(Irp, IOCTL_ACPI_EVENT_CHANGE, Copy, sizeof(*Copy), 0);
    IoSetCompletionRoutine(Irp, AcpiClientFreeSent, Copy, TRUE, TRUE, TRUE);
    (VOID) IoCallDriver(Client->Device, Irp);
    return STATUS_SUCCESS;
}

NTSTATUS AcpiClientChange(PACPI_CLIENT Client, ACPI_EVENT_ACTION Action)
{
    ACPI_EVENT_CHANGE Change = {Client->Connection, (ULONG)Action};
    if (KeGetCurrentIrql() > APC_LEVEL)
        return AcpiClientSend(Client, &Change);
    return AskDriver(Client->Device, IOCTL_ACPI_EVENT_CHANGE, &Change, sizeof(Change), NULL, 0);
}
