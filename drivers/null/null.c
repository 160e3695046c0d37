// The null device: what is written to it is gone, and there is nothing to read.

#include <ntddk.h>

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD NullUnload;
static DRIVER_DISPATCH NullOpenClose, NullRead, NullWrite, NullQueryInformation;

static NTSTATUS NullComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static NTSTATUS NTAPI NullOpenClose(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    return NullComplete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI NullRead(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    return NullComplete(Irp, STATUS_END_OF_FILE, 0);
}

static NTSTATUS NTAPI NullWrite(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    ULONG Length = IoGetCurrentIrpStackLocation(Irp)->Parameters.Write.Length;
    return NullComplete(Irp, STATUS_SUCCESS, Length);
}

// It is an empty file with no links.
static NTSTATUS NTAPI NullQueryInformation(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    if (Stack->Parameters.QueryFile.FileInformationClass != FileStandardInformation)
        return NullComplete(Irp, STATUS_INVALID_INFO_CLASS, 0);
    if (Stack->Parameters.QueryFile.Length < sizeof(FILE_STANDARD_INFORMATION))
        return NullComplete(Irp, STATUS_INFO_LENGTH_MISMATCH, 0);
    PFILE_STANDARD_INFORMATION Information = Irp->AssociatedIrp.SystemBuffer;
    RtlZeroMemory(Information, sizeof(*Information));
    Information->NumberOfLinks = 1;
    return NullComplete(Irp, STATUS_SUCCESS, sizeof(*Information));
}

static VOID NTAPI NullUnload(PDRIVER_OBJECT DriverObject)
{
    IoDeleteDevice(DriverObject->DeviceObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\Null");
    PDEVICE_OBJECT Device;
    NTSTATUS Status = IoCreateDevice(DriverObject, 0, &Name, FILE_DEVICE_NULL,
                                     FILE_DEVICE_SECURE_OPEN, FALSE, &Device);
    if (!NT_SUCCESS(Status))
        return Status;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = NullOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = NullOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = NullOpenClose;
    DriverObject->MajorFunction[IRP_MJ_READ] = NullRead;
    DriverObject->MajorFunction[IRP_MJ_WRITE] = NullWrite;
    DriverObject->MajorFunction[IRP_MJ_QUERY_INFORMATION] = NullQueryInformation;
    DriverObject->DriverUnload = NullUnload;
    return STATUS_SUCCESS;
}
