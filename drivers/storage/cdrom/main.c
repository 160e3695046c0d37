#include "cdrom.h"

DRIVER_INITIALIZE DriverEntry;

static VOID NTAPI CdUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject); // the library frees what is its own
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    GUID SrbSupport = GUID_CLASSPNP_SRB_SUPPORT;
    ULONG Supported = CLASS_SRB_SCSI_REQUEST_BLOCK | CLASS_SRB_STORAGE_REQUEST_BLOCK;
    CLASS_INIT_DATA Data = {
        .InitializationDataSize = sizeof(Data),
        .FdoData =
            {
                .DeviceExtensionSize = sizeof(FUNCTIONAL_DEVICE_EXTENSION) + sizeof(CD_DATA),
                .DeviceType = FILE_DEVICE_CD_ROM,
                .DeviceCharacteristics = FILE_REMOVABLE_MEDIA | FILE_DEVICE_SECURE_OPEN,
                .ClassReadWriteVerification = CdReadWriteVerification,
                .ClassDeviceControl = CdDeviceControl,
                .ClassInitDevice = CdInitFdo,
                .ClassStartDevice = CdStartFdo,
                .ClassPowerDevice = ClassSpinDownPowerHandler,
                .ClassStopDevice = CdStopDevice,
                .ClassRemoveDevice = CdRemoveDevice,
            },
        .ClassAddDevice = CdAddDevice,
        .ClassUnload = CdUnload,
    };
    NTSTATUS Status = (NTSTATUS)ClassInitialize(DriverObject, RegistryPath, &Data);
    if (NT_SUCCESS(Status))
        Status = (NTSTATUS)ClassInitializeEx(DriverObject, &SrbSupport, &Supported);
    return Status;
}

NTSTATUS CdComplete(PDEVICE_OBJECT DeviceObject, PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    if (IoIsErrorUserInduced(Status) && Irp->Tail.Overlay.Thread)
        IoSetHardErrorOrVerifyDevice(Irp, DeviceObject);
    ClassReleaseRemoveLock(DeviceObject, Irp);
    ClassCompleteRequest(DeviceObject, Irp, IO_NO_INCREMENT);
    return Status;
}
