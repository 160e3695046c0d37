// mountmgr.sys: its device, and volumes that come and go.
#include "mountmgr.h"

#include <initguid.h>

#include <wdmguid.h>

#include <ntddstor.h>

#include <ntstrsafe.h>

DRIVER_INITIALIZE DriverEntry;
static DRIVER_DISPATCH MmgrOpenClose, MmgrCleanup;
static DRIVER_UNLOAD MmgrUnload;
static DRIVER_NOTIFICATION_CALLBACK_ROUTINE MmgrInterfaceChanged;

MM_MANAGER MmgrData;

static UNICODE_STRING MmgrDeviceName = RTL_CONSTANT_STRING(MOUNTMGR_DEVICE_NAME);
static UNICODE_STRING MmgrLinkName = RTL_CONSTANT_STRING(L"\\GLOBAL\?\?\\MountPointManager");

NTSTATUS MmgrComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

// ---- Volumes

// A volume that has gone again in the meantime is none; that one goes is told, too.
static NTSTATUS NTAPI MmgrInterfaceChanged(PVOID NotificationStructure, PVOID Context)
{
    PDEVICE_INTERFACE_CHANGE_NOTIFICATION Change = NotificationStructure;
    WCHAR Name[2 * MM_NAME_CHARS];
    UNREFERENCED_PARAMETER(Context);
    if (!MmgrCopyName(Name, RTL_NUMBER_OF(Name), Change->SymbolicLinkName->Buffer,
                      Change->SymbolicLinkName->Length))
        return STATUS_SUCCESS;
    if (IsEqualGUID(&Change->Event, &GUID_DEVICE_INTERFACE_ARRIVAL)) {
        NTSTATUS Status = MmgrArrive(Name, Name);
        if (!NT_SUCCESS(Status))
            DbgPrintEx(DPFLTR_MOUNTMGR_ID, DPFLTR_WARNING_LEVEL,
                       "mountmgr: %ws cannot be asked: 0x%08lX\n", Name, (ULONG)Status);
    } else if (IsEqualGUID(&Change->Event, &GUID_DEVICE_INTERFACE_REMOVAL)) {
        MmgrLeave(Name);
    }
    return STATUS_SUCCESS;
}

// ---- Dispatch

static NTSTATUS NTAPI MmgrOpenClose(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    return MmgrComplete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI MmgrCleanup(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PFILE_OBJECT File = IoGetCurrentIrpStackLocation(Irp)->FileObject;
    PIRP Waiting;
    UNREFERENCED_PARAMETER(DeviceObject);
    while ((Waiting = IrpQueueTake(&MmgrData.Waiting, File)) != nullptr)
        (VOID) MmgrComplete(Waiting, STATUS_CANCELLED, 0);
    return MmgrComplete(Irp, STATUS_SUCCESS, 0);
}

// ---- The driver

static VOID NTAPI MmgrUnload(PDRIVER_OBJECT DriverObject)
{
    (VOID) IoUnregisterPlugPlayNotificationEx(MmgrData.Notification);
    MmgrFreeVolumes();
    (VOID) IoDeleteSymbolicLink(&MmgrLinkName);
    IoDeleteDevice(DriverObject->DeviceObject);
}

static NTSTATUS MmgrPublish(PDRIVER_OBJECT DriverObject)
{
    NTSTATUS Status = IoCreateSymbolicLink(&MmgrLinkName, &MmgrDeviceName);
    if (Status == STATUS_OBJECT_NAME_COLLISION) // of a host before this one
        Status = STATUS_SUCCESS;
    if (NT_SUCCESS(Status))
        Status =
            IoRegisterPlugPlayNotification(EventCategoryDeviceInterfaceChange,
                                           PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES,
                                           (PVOID)&GUID_DEVINTERFACE_VOLUME, DriverObject,
                                           MmgrInterfaceChanged, nullptr, &MmgrData.Notification);
    return Status;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    KeInitializeEvent(&MmgrData.Lock, SynchronizationEvent, TRUE);
    InitializeListHead(&MmgrData.Volumes);
    MmgrData.Epic = 1;
    MmgrLoadSettings();
    MmgrInitializeWaiting();
    NTSTATUS Status = IoCreateDevice(DriverObject, 0, &MmgrDeviceName, FILE_DEVICE_NETWORK,
                                     FILE_DEVICE_SECURE_OPEN, FALSE, &MmgrData.Self);
    if (!NT_SUCCESS(Status))
        return Status;
    DriverObject->DriverUnload = MmgrUnload;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = MmgrOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = MmgrOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = MmgrCleanup;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = MmgrControl;
    Status = MmgrPublish(DriverObject);
    if (!NT_SUCCESS(Status)) {
        (VOID) IoDeleteSymbolicLink(&MmgrLinkName);
        IoDeleteDevice(MmgrData.Self);
    }
    return Status;
}
