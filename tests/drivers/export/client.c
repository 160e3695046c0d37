// A driver that imports from an export driver, and tells what that one has seen.

#include <ntddk.h>

#include "export.h"

__declspec(dllimport) ULONG ExportAdd(ULONG First, ULONG Second);
__declspec(dllimport) VOID ExportState(EXPORT_STATE *Result);

DRIVER_INITIALIZE DriverEntry;

static NTSTATUS NTAPI Dispatch(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    NTSTATUS Status = STATUS_SUCCESS;
    UNREFERENCED_PARAMETER(DeviceObject);
    Irp->IoStatus.Information = 0;
    if (Stack->MajorFunction == IRP_MJ_DEVICE_CONTROL) {
        Status = STATUS_INVALID_DEVICE_REQUEST;
        if (Stack->Parameters.DeviceIoControl.IoControlCode == EXPORT_QUERY &&
            Stack->Parameters.DeviceIoControl.OutputBufferLength >= sizeof(EXPORT_STATE) &&
            ExportAdd(40, 2) == 42) {
            ExportState(Irp->AssociatedIrp.SystemBuffer);
            Irp->IoStatus.Information = sizeof(EXPORT_STATE);
            Status = STATUS_SUCCESS;
        }
    }
    Irp->IoStatus.Status = Status;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
    IoDeleteDevice(DriverObject->DeviceObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\ExportClient");
    PDEVICE_OBJECT Device;
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->MajorFunction[IRP_MJ_CREATE] = Dispatch;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = Dispatch;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = Dispatch;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = Dispatch;
    DriverObject->DriverUnload = Unload;
    return IoCreateDevice(DriverObject, 0, &Name, FILE_DEVICE_UNKNOWN, 0, FALSE, &Device);
}
