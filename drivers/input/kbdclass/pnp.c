// The life of a keyboard, and the connection with its port driver.
#include "kbdclass.h"

#include "ask.h"

#include <ntstrsafe.h>

#include <initguid.h>
DEFINE_GUID(ClassInterface, 0x884b96c3, 0x56ef, 0x11d1, 0xbc, 0x8c, 0x00, 0xa0, 0xc9, 0x14, 0x05,
            0xdd); // GUID_DEVINTERFACE_KEYBOARD

NTSTATUS NTAPI ClassPass(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    return PnpPass(ClassOf(DeviceObject)->Lower, Irp);
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
    ClassInitializeReads(Device);
    ExInitializeRundownProtection(&Device->Running);
    ExWaitForRundownProtectionRelease(&Device->Running); // until it starts
    Device->Lower = IoAttachDeviceToDeviceStack(Device->Self, Device->PhysicalDevice);
    if (!Device->Lower)
        return STATUS_NO_SUCH_DEVICE;
    NTSTATUS Status = ClassConnect(Device);
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

static NTSTATUS ClassStart(PDEVICE_OBJECT Self, const CM_RESOURCE_LIST *Resources)
{
    PCLASS_DEVICE Device = ClassOf(Self);
    UNREFERENCED_PARAMETER(Resources);
    ClassEnableInterface(Device);
    Device->Started = TRUE;
    ExReInitializeRundownProtection(&Device->Running);
    return STATUS_SUCCESS;
}

// ---- Ending

static VOID ClassStop(PDEVICE_OBJECT Self)
{
    PCLASS_DEVICE Device = ClassOf(Self);
    if (!Device->Started)
        return;
    Device->Started = FALSE;
    ClassCancelReads(Device, NULL);
    ExWaitForRundownProtectionRelease(&Device->Running);
    if (Device->InterfaceName.Buffer)
        (VOID) IoSetDeviceInterfaceState(&Device->InterfaceName, FALSE);
}

// The port driver below has gone first: it calls no more.
static VOID ClassRemove(PDEVICE_OBJECT Self)
{
    PCLASS_DEVICE Device = ClassOf(Self);
    if (Device->InterfaceName.Buffer)
        RtlFreeUnicodeString(&Device->InterfaceName);
}

NTSTATUS NTAPI ClassPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    static const PNP_ROUTINES Routines = {
        .Start = ClassStart,
        .Stop = ClassStop,
        .Remove = ClassRemove,
    };
    return PnpDispatch(&Routines, DeviceObject, ClassOf(DeviceObject)->Lower, Irp);
}
