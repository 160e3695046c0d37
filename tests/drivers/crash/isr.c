// The device that crash.sys has for its interrupt: a UART with an interrupt line, whose transmitter is empty. It
// interrupts when it is allowed to say so.

#include <ntddk.h>

#include "driver.h"

enum { UartInterruptEnable = 1, UartModemControl = 4, UartTransmitterEmpty = 2, UartOut2 = 8 };

typedef struct _CRASH_DEVICE {
    PDEVICE_OBJECT Lower;
    PUCHAR Ports;
    PKINTERRUPT Interrupt;
} CRASH_DEVICE, *PCRASH_DEVICE;

static PCRASH_DEVICE Started;
static volatile BOOLEAN Spin; // in the service routine, instead of a fault

static BOOLEAN NTAPI BreakInService(PKINTERRUPT Interrupt, PVOID Context)
{
    UNREFERENCED_PARAMETER(Interrupt);
    PCRASH_DEVICE Device = Context;
    WRITE_PORT_UCHAR(Device->Ports + UartInterruptEnable, 0);
    while (Spin)
        continue;
    CrashWriteNowhere();
    return TRUE;
}

NTSTATUS CrashInterrupt(BOOLEAN Spins)
{
    if (!Started)
        return STATUS_DEVICE_NOT_READY;
    Spin = Spins;
    WRITE_PORT_UCHAR(Started->Ports + UartModemControl, UartOut2);
    WRITE_PORT_UCHAR(Started->Ports + UartInterruptEnable, UartTransmitterEmpty);
    return STATUS_PENDING;
}

static NTSTATUS Connect(PCRASH_DEVICE Device, const CM_RESOURCE_LIST *Resources)
{
    const CM_PARTIAL_RESOURCE_LIST *List = &Resources->List[0].PartialResourceList;
    NTSTATUS Status = STATUS_DEVICE_CONFIGURATION_ERROR;
    for (ULONG i = 0; i < List->Count; i++) {
        const CM_PARTIAL_RESOURCE_DESCRIPTOR *Resource = &List->PartialDescriptors[i];
        if (Resource->Type == CmResourceTypePort)
            Device->Ports = (PUCHAR)(ULONG_PTR)Resource->u.Port.Start.QuadPart;
        else if (Resource->Type == CmResourceTypeInterrupt)
            Status = IoConnectInterrupt(
                &Device->Interrupt, BreakInService, Device, NULL, Resource->u.Interrupt.Vector,
                (KIRQL)Resource->u.Interrupt.Level, (KIRQL)Resource->u.Interrupt.Level, Latched,
                FALSE, Resource->u.Interrupt.Affinity, FALSE);
    }
    if (NT_SUCCESS(Status))
        Started = Device;
    return Status;
}

NTSTATUS NTAPI CrashPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PCRASH_DEVICE Device = DeviceObject->DeviceExtension;
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    if (Stack->MinorFunction != IRP_MN_START_DEVICE) {
        IoSkipCurrentIrpStackLocation(Irp);
        return IoCallDriver(Device->Lower, Irp);
    }
    NTSTATUS Status = STATUS_UNSUCCESSFUL;
    if (IoForwardIrpSynchronously(Device->Lower, Irp))
        Status = Irp->IoStatus.Status;
    if (NT_SUCCESS(Status))
        Status = Connect(Device, Stack->Parameters.StartDevice.AllocatedResourcesTranslated);
    Irp->IoStatus.Status = Status;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

NTSTATUS NTAPI CrashAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDeviceObject)
{
    PDEVICE_OBJECT Self;
    NTSTATUS Status = IoCreateDevice(DriverObject, sizeof(CRASH_DEVICE), NULL, FILE_DEVICE_UNKNOWN,
                                     0, FALSE, &Self);
    if (!NT_SUCCESS(Status))
        return Status;
    PCRASH_DEVICE Device = Self->DeviceExtension;
    *Device = (CRASH_DEVICE){.Lower = IoAttachDeviceToDeviceStack(Self, PhysicalDeviceObject)};
    Self->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}
