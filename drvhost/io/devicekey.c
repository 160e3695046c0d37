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
        DbgPrint("driver host %lu: PnP event %lu of %wZ is refused: status %08lx\n",
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
