// Devices of other hosts. Each that a driver here gets to see has a device object of the proxy driver, whose
// dispatch routine passes requests on to the Executive (forward.c).

#include "../ntos.h"

static IOP_DRIVER IopProxyDriver;
static RTL_SRWLOCK IopProxyLock;

static PDRIVER_OBJECT IopGetProxyDriver(void)
{
    PDRIVER_OBJECT Driver = &IopProxyDriver.Object;
    if (Driver->Type == IO_TYPE_DRIVER)
        return Driver;
    Driver->Size = sizeof(DRIVER_OBJECT);
    Driver->DriverExtension = &IopProxyDriver.Extension;
    Driver->DriverName = (UNICODE_STRING)RTL_CONSTANT_STRING(L"\\Driver\\Proxy");
    IopProxyDriver.Extension.DriverObject = Driver;
    for (ULONG i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; i++)
        Driver->MajorFunction[i] = IopForwardIrp;
    Driver->Type = IO_TYPE_DRIVER;
    return Driver;
}

BOOLEAN IopIsProxy(PDEVICE_OBJECT Device)
{
    return Device->DriverObject == &IopProxyDriver.Object;
}

static PDEVICE_OBJECT IopMakeProxy(ULONG Number)
{
    HOST_DEVICE Description = {.Size = sizeof(Description)};
    NTSTATUS Status = NtHostQueryDevice(Number, &Description);
    if (!NT_SUCCESS(Status))
        return nullptr;
    PDEVICE_OBJECT Device = IopAllocateProxy(IopGetProxyDriver(), &Description);
    if (Device)
        IopRememberDevice(Device, Number);
    return Device;
}

// The device of that number, of this host or a proxy; referenced. Null: the number means nothing.
PDEVICE_OBJECT IopReferenceAnyDevice(ULONG Number)
{
    RtlAcquireSRWLockExclusive(&IopProxyLock);
    PDEVICE_OBJECT Device = IopReferenceDevice(Number);
    if (!Device) {
        Device = IopMakeProxy(Number);
        if (Device)
            ObfReferenceObject(Device); // beside the table's
    }
    RtlReleaseSRWLockExclusive(&IopProxyLock);
    return Device;
}

// The Executive has no such device any more: one of this host that its driver has deleted, or another's that a proxy stands for.
// Who refers to it keeps it; its number means nothing. Nobody waits for an answer.
VOID IopReleaseDevice(const HOST_REQUEST *Request)
{
    RtlAcquireSRWLockExclusive(&IopProxyLock); // one that is being made is in the table afterwards
    PDEVICE_OBJECT Device = IopReferenceDevice(Request->Device);
    RtlReleaseSRWLockExclusive(&IopProxyLock);
    if (!Device)
        return;
    if (IopIsProxy(Device))
        PopForgetDevice(Device); // of this host's, it was forgotten when it was deleted
    IopForgetDevice(Device);
    ObfDereferenceObject(Device);
}
