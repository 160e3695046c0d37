// What a driver asks the PnP manager about a device, and what it reports: properties, keys, changes. All of
// it names the physical device object.

#include "../ntos.h"

NTSTATUS NTAPI IoGetDeviceProperty(PDEVICE_OBJECT DeviceObject,
                                   DEVICE_REGISTRY_PROPERTY DeviceProperty, ULONG BufferLength,
                                   PVOID PropertyBuffer, PULONG ResultLength)
{
    *ResultLength = 0;
    return NtHostQueryDeviceProperty(IopDeviceNumber(DeviceObject), DeviceProperty, PropertyBuffer,
                                     BufferLength, ResultLength);
}

NTSTATUS NTAPI IoOpenDeviceRegistryKey(PDEVICE_OBJECT DeviceObject, ULONG DevInstKeyType,
                                       ACCESS_MASK DesiredAccess, PHANDLE DevInstRegKey)
{
    *DevInstRegKey = nullptr;
    return NtHostOpenDeviceKey(IopDeviceNumber(DeviceObject), DevInstKeyType, DesiredAccess,
                               DevInstRegKey);
}

static VOID IopReport(PDEVICE_OBJECT Device, ULONG Event, const VOID *Data, ULONG Length)
{
    NTSTATUS Status = NtHostPnpEvent(IopDeviceNumber(Device), Event, Data, Length);
    if (!NT_SUCCESS(Status))
        DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_ERROR_LEVEL,
                   "driver host %lu: PnP event %lu of %wZ is refused: status %08lx\n",
                   KiConnection.HostId, Event, &Device->DriverObject->DriverName, Status);
}

VOID NTAPI IoInvalidateDeviceRelations(PDEVICE_OBJECT DeviceObject, DEVICE_RELATION_TYPE Type)
{
    ULONG Relation = Type;
    IopReport(DeviceObject, HOST_PNP_INVALIDATE_RELATIONS, &Relation, sizeof(Relation));
}

VOID NTAPI IoInvalidateDeviceState(PDEVICE_OBJECT PhysicalDeviceObject)
{
    IopReport(PhysicalDeviceObject, HOST_PNP_INVALIDATE_STATE, nullptr, 0);
}

VOID NTAPI IoRequestDeviceEject(PDEVICE_OBJECT PhysicalDeviceObject)
{
    IopReport(PhysicalDeviceObject, HOST_PNP_REQUEST_EJECT, nullptr, 0);
}

// ---- What the driver of a device tells those that use it (IoRegisterPlugPlayNotification)

typedef struct _IOP_TARGET_CHANGE {
    WORK_QUEUE_ITEM Item;
    PDEVICE_OBJECT Device; // referenced
    PDEVICE_CHANGE_COMPLETE_CALLBACK Callback;
    PVOID Context;
    TARGET_DEVICE_CUSTOM_NOTIFICATION Notification; // and more
} IOP_TARGET_CHANGE, *PIOP_TARGET_CHANGE;

NTSTATUS NTAPI IoReportTargetDeviceChange(PDEVICE_OBJECT PhysicalDeviceObject,
                                          PVOID NotificationStructure)
{
    PTARGET_DEVICE_CUSTOM_NOTIFICATION Notification = NotificationStructure;
    if (Notification->Version != 1)
        return STATUS_INVALID_PARAMETER;
    return NtHostPnpEvent(IopDeviceNumber(PhysicalDeviceObject), HOST_PNP_TARGET_CHANGE,
                          Notification, Notification->Size);
}

static VOID NTAPI IopReportChange(PVOID Parameter)
{
    PIOP_TARGET_CHANGE Change = Parameter;
    IoReportTargetDeviceChange(Change->Device, &Change->Notification);
    if (Change->Callback)
        Change->Callback(Change->Context);
    ObfDereferenceObject(Change->Device);
    ExFreePoolWithTag(Change, 'cToI');
}

// At any IRQL up to DISPATCH_LEVEL; the structure is copied.
NTSTATUS NTAPI IoReportTargetDeviceChangeAsynchronous(PDEVICE_OBJECT PhysicalDeviceObject,
                                                      PVOID NotificationStructure,
                                                      PDEVICE_CHANGE_COMPLETE_CALLBACK Callback,
                                                      PVOID Context)
{
    PTARGET_DEVICE_CUSTOM_NOTIFICATION Notification = NotificationStructure;
    if (Notification->Version != 1)
        return STATUS_INVALID_PARAMETER;
    PIOP_TARGET_CHANGE Change =
        ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Change) + Notification->Size, 'cToI');
    if (!Change)
        return STATUS_INSUFFICIENT_RESOURCES;
    ObfReferenceObject(PhysicalDeviceObject);
    Change->Device = PhysicalDeviceObject;
    Change->Callback = Callback;
    Change->Context = Context;
    RtlCopyMemory(&Change->Notification, Notification, Notification->Size);
    ExInitializeWorkItem(&Change->Item, IopReportChange, Change);
    ExQueueWorkItem(&Change->Item, DelayedWorkQueue);
    return STATUS_PENDING;
}
