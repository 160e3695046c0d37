#include "driver.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_DISPATCH EduOpenClose, EduPass;
static DRIVER_UNLOAD EduUnload;

ULONG EduRead(PEDU Edu, ULONG Register)
{
    return READ_REGISTER_ULONG((PULONG)(Edu->Registers + Register));
}

VOID EduWrite(PEDU Edu, ULONG Register, ULONG Value)
{
    WRITE_REGISTER_ULONG((PULONG)(Edu->Registers + Register), Value);
}

BOOLEAN EduAwaitInterrupt(PEDU Edu)
{
    LARGE_INTEGER Timeout = {.QuadPart = -20'000'000};
    return KeWaitForSingleObject(&Edu->Interrupted, Executive, KernelMode, FALSE, &Timeout) ==
           STATUS_SUCCESS;
}

static NTSTATUS NTAPI EduOpenClose(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    Irp->IoStatus.Status = STATUS_SUCCESS;
    Irp->IoStatus.Information = 0;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI EduPass(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PEDU Edu = DeviceObject->DeviceExtension;
    IoSkipCurrentIrpStackLocation(Irp);
    return IoCallDriver(Edu->Lower, Irp);
}

static VOID NTAPI EduUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverExtension->AddDevice = EduAddDevice;
    DriverObject->DriverUnload = EduUnload;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = EduOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = EduOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = EduOpenClose;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = EduControl;
    DriverObject->MajorFunction[IRP_MJ_PNP] = EduPnp;
    DriverObject->MajorFunction[IRP_MJ_POWER] = EduPass;
    DriverObject->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = EduPass;
    return STATUS_SUCCESS;
}
