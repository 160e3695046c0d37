// Drivers that want to know of a shutdown: the Executive sends them IRP_MJ_SHUTDOWN.

#include "../ntos.h"

static NTSTATUS PopRegisterShutdown(PDEVICE_OBJECT DeviceObject, ULONG Chance)
{
    NTSTATUS Status = NtHostRegisterShutdown(IopDeviceNumber(DeviceObject), Chance);
    if (NT_SUCCESS(Status))
        DeviceObject->Flags |= DO_SHUTDOWN_REGISTERED;
    return Status;
}

NTSTATUS NTAPI IoRegisterShutdownNotification(PDEVICE_OBJECT DeviceObject)
{
    return PopRegisterShutdown(DeviceObject, HOST_SHUTDOWN_FIRST_CHANCE);
}

NTSTATUS NTAPI IoRegisterLastChanceShutdownNotification(PDEVICE_OBJECT DeviceObject)
{
    return PopRegisterShutdown(DeviceObject, HOST_SHUTDOWN_LAST_CHANCE);
}

VOID NTAPI IoUnregisterShutdownNotification(PDEVICE_OBJECT DeviceObject)
{
    NtHostRegisterShutdown(IopDeviceNumber(DeviceObject), HOST_SHUTDOWN_NONE);
    DeviceObject->Flags &= ~DO_SHUTDOWN_REGISTERED;
}

// The event that is set when the system is about to end. The reference is the caller's.
NTSTATUS NTAPI PoRequestShutdownEvent(PVOID *Event)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\KernelObjects\\SystemShutdown");
    OBJECT_ATTRIBUTES Attributes;
    HANDLE Handle;
    *Event = nullptr;
    InitializeObjectAttributes(&Attributes, &Name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    NTSTATUS Status = ZwOpenEvent(&Handle, SYNCHRONIZE | EVENT_QUERY_STATE, &Attributes);
    return NT_SUCCESS(Status) ? ObpWrapEvent(Handle, Event) : Status;
}
