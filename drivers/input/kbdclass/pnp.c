// The life of a keyboard, and the connection with its port driver.
#include "kbdclass.h"

#include "ask.h"

#include <ntstrsafe.h>

#include <initguid.h>
DEFINE_GUID(ClassInterface, 0x884b96c3, 0x56ef, 0x11d1, 0xbc, 0x8c, 0x00, 0xa0, 0xc9, 0x14, 0x05,
            0xdd); // GUID_DEVINTERFACE_KEYBOARD

NTSTATUS NTAPI ClassPass(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    IoSkipCurrentIrpStackLocation(Irp);
    return IoCallDriver(ClassOf(DeviceObject)->Lower, Irp);
}

// ---- Adding

static NTSTATUS ClassCreateDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT *Self, PULONG Number)
{
    WCHAR Buffer[32];
    UNICODE_STRING Name;
    NTSTATUS Status = STATUS_OBJECT_NAME_COLLISION;
    for (ULONG i = 0; i < ClassMaximumNumber && Status == STATUS_OBJECT_NAME_COLLISION; i++) {
        RtlStringCchPrintfW(Buffer, RTL_NUMBER_OF(Buffer), DD_KEYBOARD_DEVICE_NAME_U L"%lu", i);
        RtlInitUnicodeString(&Name, Buffer);
        *Number = i;
        Status = IoCreateDevice(DriverObject, sizeof(CLASS_DEVICE), &Name, FILE_DEVICE_KEYBOARD,
                                FILE_DEVICE_SECURE_OPEN, TRUE, Self);
    }
    return Status;
}

static NTSTATUS ClassConnect(PCLASS_DEVICE Device)
{
    CONNECT_DATA Connect = {Device->Self, (PVOID)ClassServiceCallback};
    return AskDriver(Device->Lower, IOCTL_INTERNAL_KEYBOARD_CONNECT, &Connect, sizeof(Connect),
                     NULL, 0);
}

static NTSTATUS ClassAttach(PCLASS_DEVICE Device)
{
    NTSTATUS Status = ClassInitializeReads(Device);
    if (!NT_SUCCESS(Status))
        return Status;
    ExInitializeRundownProtection(&Device->Running);
    ExWaitForRundownProtectionRelease(&Device->Running); // until it starts
    Device->Lower = IoAttachDeviceToDeviceStack(Device->Self, Device->PhysicalDevice);
    if (!Device->Lower)
        return STATUS_NO_SUCH_DEVICE;
    Status = ClassConnect(Device);
    if (!NT_SUCCESS(Status))
        IoDetachDevice(Device->Lower);
    return Status;
}

NTSTATUS NTAPI ClassAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDevice)
{
    PDEVICE_OBJECT Self;
    ULONG Number;
    NTSTATUS Status = ClassCreateDevice(DriverObject, &Self, &Number);
    if (!NT_SUCCESS(Status))
        return Status;
    PCLASS_DEVICE Device = ClassOf(Self);
    Device->Self = Self;
    Device->PhysicalDevice = PhysicalDevice;
    Device->Number = Number;
    Status = ClassAttach(Device);
    if (!NT_SUCCESS(Status)) {
        IoDeleteDevice(Self);
        return Status;
    }
    Self->Flags |= DO_BUFFERED_IO | (Device->Lower->Flags & DO_POWER_PAGABLE);
    Self->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

// ---- Starting

// Programs that look for keyboards find it by its interface; it works without.
static VOID ClassEnableInterface(PCLASS_DEVICE Device)
{
    if (!Device->InterfaceName.Buffer &&
        !NT_SUCCESS(IoRegisterDeviceInterface(Device->PhysicalDevice, &ClassInterface, NULL,
                                              &Device->InterfaceName)))
        return;
    (VOID) IoSetDeviceInterfaceState(&Device->InterfaceName, TRUE);
}

static NTSTATUS ClassStart(PCLASS_DEVICE Device, PIRP Irp)
{
    NTSTATUS Status = IoForwardIrpSynchronously(Device->Lower, Irp) ? Irp->IoStatus.Status
                                                                    : STATUS_INVALID_DEVICE_REQUEST;
    if (NT_SUCCESS(Status)) {
        ClassEnableInterface(Device);
        Device->Started = TRUE;
        ExReInitializeRundownProtection(&Device->Running);
    }
    return ClassComplete(Irp, Status, 0);
}

// ---- Ending

static VOID ClassStop(PCLASS_DEVICE Device)
{
    if (!Device->Started)
        return;
    Device->Started = FALSE;
    ClassCancelReads(Device, NULL);
    ExWaitForRundownProtectionRelease(&Device->Running);
    if (Device->InterfaceName.Buffer)
        (VOID) IoSetDeviceInterfaceState(&Device->InterfaceName, FALSE);
}

// The port driver below goes first: it calls no more when it has answered.
static NTSTATUS ClassRemove(PCLASS_DEVICE Device, PIRP Irp)
{
    ClassStop(Device);
    Irp->IoStatus.Status = STATUS_SUCCESS;
    IoSkipCurrentIrpStackLocation(Irp);
    NTSTATUS Status = IoCallDriver(Device->Lower, Irp);
    IoDetachDevice(Device->Lower);
    if (Device->InterfaceName.Buffer)
        RtlFreeUnicodeString(&Device->InterfaceName);
    IoDeleteDevice(Device->Self);
    return Status;
}

NTSTATUS NTAPI ClassPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PCLASS_DEVICE Device = ClassOf(DeviceObject);
    switch (IoGetCurrentIrpStackLocation(Irp)->MinorFunction) {
    case IRP_MN_START_DEVICE:
        return ClassStart(Device, Irp);
    case IRP_MN_REMOVE_DEVICE:
        return ClassRemove(Device, Irp);
    case IRP_MN_STOP_DEVICE:
    case IRP_MN_SURPRISE_REMOVAL:
        ClassStop(Device);
        Irp->IoStatus.Status = STATUS_SUCCESS;
        break;
    case IRP_MN_QUERY_STOP_DEVICE:
    case IRP_MN_QUERY_REMOVE_DEVICE:
    case IRP_MN_CANCEL_STOP_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
        Irp->IoStatus.Status = STATUS_SUCCESS;
        break;
    default:
        break;
    }
    return ClassPass(DeviceObject, Irp);
}
