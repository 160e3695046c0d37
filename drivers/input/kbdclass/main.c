// kbdclass.sys: dispatch.
#include "kbdclass.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_DISPATCH ClassCreate, ClassCleanup, ClassClose, ClassControl;
static DRIVER_UNLOAD ClassUnload;

NTSTATUS ClassComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_KEYBOARD_INCREMENT);
    return Status;
}

// Keys that were pressed before are for the first who opens the keyboard, which may be after its user began to type;
// later on, what nobody has read is forgotten.
static NTSTATUS NTAPI ClassCreate(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PCLASS_DEVICE Device = ClassOf(DeviceObject);
    KIRQL Irql;
    KeAcquireSpinLock(&Device->Lock, &Irql);
    if (Device->WasOpened)
        Device->Tail = Device->Head;
    Device->WasOpened = TRUE;
    KeReleaseSpinLock(&Device->Lock, Irql);
    return ClassComplete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI ClassCleanup(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    ClassCancelReads(ClassOf(DeviceObject), IoGetCurrentIrpStackLocation(Irp)->FileObject);
    return ClassComplete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI ClassClose(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    return ClassComplete(Irp, STATUS_SUCCESS, 0);
}

// The port driver gets them as internal ones.
static NTSTATUS NTAPI ClassControl(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    switch (Stack->Parameters.DeviceIoControl.IoControlCode) {
    case IOCTL_KEYBOARD_QUERY_ATTRIBUTES:
    case IOCTL_KEYBOARD_QUERY_INDICATORS:
    case IOCTL_KEYBOARD_QUERY_INDICATOR_TRANSLATION:
    case IOCTL_KEYBOARD_QUERY_TYPEMATIC:
    case IOCTL_KEYBOARD_SET_INDICATORS:
    case IOCTL_KEYBOARD_SET_TYPEMATIC:
        Stack->MajorFunction = IRP_MJ_INTERNAL_DEVICE_CONTROL;
        return ClassPass(DeviceObject, Irp);
    default:
        return ClassComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
}

static VOID NTAPI ClassUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    for (ULONG i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; i++)
        DriverObject->MajorFunction[i] = ClassPass; // it is a filter
    DriverObject->DriverExtension->AddDevice = ClassAddDevice;
    DriverObject->DriverUnload = ClassUnload;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = ClassCreate;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = ClassCleanup;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = ClassClose;
    DriverObject->MajorFunction[IRP_MJ_READ] = ClassRead;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = ClassControl;
    DriverObject->MajorFunction[IRP_MJ_PNP] = ClassPnp;
    return STATUS_SUCCESS;
}
