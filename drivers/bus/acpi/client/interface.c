// The tables of functions. Both have the same, but that the older ones are told a device object: the interface's context
// is one. Older ones know an event by its object alone.
#include <initguid.h>

#include "clientp.h"

#include <wdmguid.h>

// ---- General-purpose events

static NTSTATUS NTAPI AcpiGpeConnect2(PVOID Context, ULONG GpeNumber, KINTERRUPT_MODE Mode,
                                      BOOLEAN Shareable, PGPE_SERVICE_ROUTINE2 ServiceRoutine,
                                      PVOID ServiceContext, PVOID *ObjectContext)
{
    ACPI_EVENT_SOURCE Source = {.Kind = AcpiGeneralPurposeEvent,
                                .Gpe = GpeNumber,
                                .Latched = Mode == Latched,
                                .Shareable = Shareable};
    ACPI_CLIENT Template = {
        .Device = Context, .Service = ServiceRoutine, .Context = ServiceContext};
    if (!Context || !ServiceRoutine || !ObjectContext)
        return STATUS_INVALID_PARAMETER;
    return AcpiClientConnect(&Template, &Source, (PACPI_CLIENT *)ObjectContext);
}

static NTSTATUS NTAPI AcpiGpeDisconnect(PVOID ObjectContext)
{
    PACPI_CLIENT Client = AcpiClientCheck(ObjectContext);
    return Client && Client->Service ? AcpiClientDisconnect(Client) : STATUS_INVALID_PARAMETER;
}

static NTSTATUS NTAPI AcpiGpeDisconnect2(PVOID Context, PVOID ObjectContext)
{
    UNREFERENCED_PARAMETER(Context);
    return AcpiGpeDisconnect(ObjectContext);
}

static NTSTATUS AcpiGpeChange(PVOID ObjectContext, ACPI_EVENT_ACTION Action)
{
    PACPI_CLIENT Client = AcpiClientCheck(ObjectContext);
    return Client && Client->Service ? AcpiClientChange(Client, Action) : STATUS_INVALID_PARAMETER;
}

static NTSTATUS NTAPI AcpiGpeEnable2(PVOID Context, PVOID ObjectContext)
{
    UNREFERENCED_PARAMETER(Context);
    return AcpiGpeChange(ObjectContext, AcpiEventEnable);
}

static NTSTATUS NTAPI AcpiGpeDisable2(PVOID Context, PVOID ObjectContext)
{
    UNREFERENCED_PARAMETER(Context);
    return AcpiGpeChange(ObjectContext, AcpiEventDisable);
}

static NTSTATUS NTAPI AcpiGpeClear2(PVOID Context, PVOID ObjectContext)
{
    UNREFERENCED_PARAMETER(Context);
    return AcpiGpeChange(ObjectContext, AcpiEventClear);
}

static NTSTATUS NTAPI AcpiGpeConnect(PDEVICE_OBJECT Context, ULONG GpeNumber, KINTERRUPT_MODE Mode,
                                     BOOLEAN Shareable, PGPE_SERVICE_ROUTINE ServiceRoutine,
                                     PVOID ServiceContext, PVOID ObjectContext)
{
    return AcpiGpeConnect2(Context, GpeNumber, Mode, Shareable, ServiceRoutine, ServiceContext,
                           ObjectContext);
}

static NTSTATUS NTAPI AcpiGpeEnable(PDEVICE_OBJECT Context, PVOID ObjectContext)
{
    return AcpiGpeEnable2(Context, ObjectContext);
}

static NTSTATUS NTAPI AcpiGpeDisable(PDEVICE_OBJECT Context, PVOID ObjectContext)
{
    return AcpiGpeDisable2(Context, ObjectContext);
}

static NTSTATUS NTAPI AcpiGpeClear(PDEVICE_OBJECT Context, PVOID ObjectContext)
{
    return AcpiGpeClear2(Context, ObjectContext);
}

// ---- Notifications

static NTSTATUS NTAPI AcpiRegister2(PVOID Context, PDEVICE_NOTIFY_CALLBACK2 NotificationHandler,
                                    PVOID NotificationContext)
{
    ACPI_EVENT_SOURCE Source = {.Kind = AcpiDeviceNotification};
    ACPI_CLIENT Template = {
        .Device = Context, .Notify = NotificationHandler, .Context = NotificationContext};
    PACPI_CLIENT Client;
    if (!Context || !NotificationHandler)
        return STATUS_INVALID_PARAMETER;
    return AcpiClientConnect(&Template, &Source, &Client);
}

static VOID NTAPI AcpiUnregister2(PVOID Context)
{
    PACPI_CLIENT Client = AcpiClientFindNotification(Context, NULL);
    if (Client)
        (VOID) AcpiClientDisconnect(Client);
}

static NTSTATUS NTAPI AcpiRegister(PDEVICE_OBJECT Context,
                                   PDEVICE_NOTIFY_CALLBACK NotificationHandler,
                                   PVOID NotificationContext)
{
    return AcpiRegister2(Context, NotificationHandler, NotificationContext);
}

static VOID NTAPI AcpiUnregister(PDEVICE_OBJECT Context,
                                 PDEVICE_NOTIFY_CALLBACK NotificationHandler)
{
    PACPI_CLIENT Client = AcpiClientFindNotification(Context, NotificationHandler);
    if (Client)
        (VOID) AcpiClientDisconnect(Client);
}

// ---- The request

static VOID NTAPI AcpiReferenceDevice(PVOID Context)
{
    ObReferenceObject(Context);
}

static VOID NTAPI AcpiDereferenceDevice(PVOID Context)
{
    ObDereferenceObject(Context);
}

static const ACPI_INTERFACE_STANDARD AcpiStandard = {
    .Size = sizeof(ACPI_INTERFACE_STANDARD),
    .Version = 1,
    .InterfaceReference = AcpiReferenceDevice,
    .InterfaceDereference = AcpiDereferenceDevice,
    .GpeConnectVector = AcpiGpeConnect,
    .GpeDisconnectVector = AcpiGpeDisconnect,
    .GpeEnableEvent = AcpiGpeEnable,
    .GpeDisableEvent = AcpiGpeDisable,
    .GpeClearStatus = AcpiGpeClear,
    .RegisterForDeviceNotifications = AcpiRegister,
    .UnregisterForDeviceNotifications = AcpiUnregister,
};

static const ACPI_INTERFACE_STANDARD2 AcpiStandard2 = {
    .Size = sizeof(ACPI_INTERFACE_STANDARD2),
    .Version = 1,
    .InterfaceReference = AcpiReferenceDevice,
    .InterfaceDereference = AcpiDereferenceDevice,
    .GpeConnectVector = AcpiGpeConnect2,
    .GpeDisconnectVector = AcpiGpeDisconnect2,
    .GpeEnableEvent = AcpiGpeEnable2,
    .GpeDisableEvent = AcpiGpeDisable2,
    .GpeClearStatus = AcpiGpeClear2,
    .RegisterForDeviceNotifications = AcpiRegister2,
    .UnregisterForDeviceNotifications = AcpiUnregister2,
};

static BOOLEAN AcpiGivesEvents(PDEVICE_OBJECT Device)
{
    ULONG Version = 0;
    return NT_SUCCESS(
               AskDriver(Device, IOCTL_ACPI_EVENT_PROBE, NULL, 0, &Version, sizeof(Version))) &&
           Version == ACPI_EVENT_VERSION;
}

NTSTATUS AcpiClientQueryInterface(PDEVICE_OBJECT Device, const IO_STACK_LOCATION *Stack,
                                  NTSTATUS Status)
{
    static const struct {
        const GUID *Type;
        const VOID *Table;
    } Interfaces[] = {
        {&GUID_ACPI_INTERFACE_STANDARD, &AcpiStandard},
        {&GUID_ACPI_INTERFACE_STANDARD2, &AcpiStandard2},
    };
    PINTERFACE Interface = Stack->Parameters.QueryInterface.Interface;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Interfaces); i++) {
        USHORT Size = ((const INTERFACE *)Interfaces[i].Table)->Size;
        if (!IsEqualGUID(Interfaces[i].Type, Stack->Parameters.QueryInterface.InterfaceType) ||
            Stack->Parameters.QueryInterface.Size < Size || !AcpiGivesEvents(Device))
            continue;
        RtlCopyMemory(Interface, Interfaces[i].Table, Size);
        Interface->Context = Device;
        AcpiReferenceDevice(Device);
        return STATUS_SUCCESS;
    }
    return Status;
}
