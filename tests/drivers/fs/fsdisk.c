// A volume device without a stack: memory that is read and written by sectors.
#include <ntifs.h>

#include "layer.h"
#include "testfs.h"

DRIVER_INITIALIZE DriverEntry;
static UCHAR Disk[TestFsSectors * TestFsSectorSize];
static PDEVICE_OBJECT Device;

static NTSTATUS NTAPI DiskTransfer(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG Length = Stack->Parameters.Read.Length;
    ULONGLONG Offset = (ULONGLONG)Stack->Parameters.Read.ByteOffset.QuadPart;
    if (Offset > sizeof(Disk) || Length > sizeof(Disk) - Offset || !Irp->MdlAddress)
        return Complete(Irp, STATUS_INVALID_PARAMETER, 0);
    PVOID Data = MmGetSystemAddressForMdlSafe(Irp->MdlAddress, NormalPagePriority);
    if (!Data)
        return Complete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    if (Stack->MajorFunction == IRP_MJ_READ)
        RtlCopyMemory(Data, Disk + Offset, Length);
    else
        RtlCopyMemory(Disk + Offset, Data, Length);
    return Complete(Irp, STATUS_SUCCESS, Length);
}

static VOID NTAPI DiskUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
    IoDeleteDevice(Device);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    UNICODE_STRING Name = RTL_CONSTANT_STRING(TESTFS_VOLUME);
    NTSTATUS Status = IoCreateDevice(DriverObject, 0, &Name, FILE_DEVICE_DISK, 0, FALSE, &Device);
    if (!NT_SUCCESS(Status))
        return Status;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = AcceptOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = AcceptOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = AcceptOpenClose;
    DriverObject->MajorFunction[IRP_MJ_READ] = DiskTransfer;
    DriverObject->MajorFunction[IRP_MJ_WRITE] = DiskTransfer;
    DriverObject->DriverUnload = DiskUnload;
    Device->Flags |= DO_DIRECT_IO;
    return STATUS_SUCCESS;
}
