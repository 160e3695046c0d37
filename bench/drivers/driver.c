// A driver that completes what it is asked at once. Of pages it writes the first byte.

#include <ntddk.h>

#include "driver.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD BenchUnload;
static DRIVER_DISPATCH BenchDispatch;

static NTSTATUS NTAPI BenchDispatch(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    NTSTATUS Status = STATUS_SUCCESS;
    Irp->IoStatus.Information = 0;
    if (Stack->MajorFunction == IRP_MJ_DEVICE_CONTROL)
        Irp->IoStatus.Information = Stack->Parameters.DeviceIoControl.OutputBufferLength;
    if (Irp->MdlAddress) {
        PUCHAR Output = MmGetSystemAddressForMdlSafe(Irp->MdlAddress, NormalPagePriority);
        if (Output)
            *Output = 1;
        else
            Status = STATUS_INSUFFICIENT_RESOURCES;
    }
    Irp->IoStatus.Status = Status;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static VOID NTAPI BenchUnload(PDRIVER_OBJECT DriverObject)
{
    IoDeleteDevice(DriverObject->DeviceObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    UNICODE_STRING Name = RTL_CONSTANT_STRING(BENCH_DEVICE);
    PDEVICE_OBJECT Device;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = BenchDispatch;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = BenchDispatch;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = BenchDispatch;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = BenchDispatch;
    DriverObject->DriverUnload = BenchUnload;
    return IoCreateDevice(DriverObject, 0, &Name, FILE_DEVICE_UNKNOWN, FILE_DEVICE_SECURE_OPEN,
                          FALSE, &Device);
}
