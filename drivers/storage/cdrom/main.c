#include "cdrom.h"

DRIVER_INITIALIZE DriverEntry;

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    CLASS_INIT_DATA Data = {
        .FdoData =
            {
                .DeviceExtensionSize = sizeof(FUNCTIONAL_DEVICE_EXTENSION) + sizeof(BLOCK_DATA),
                .DeviceType = FILE_DEVICE_CD_ROM,
                .DeviceCharacteristics = FILE_REMOVABLE_MEDIA | FILE_DEVICE_SECURE_OPEN,
                .ClassReadWriteVerification = CdReadWriteVerification,
                .ClassDeviceControl = CdDeviceControl,
                .ClassInitDevice = CdInitFdo,
                .ClassStartDevice = CdStartFdo,
                .ClassRemoveDevice = CdRemoveDevice,
            },
        .ClassAddDevice = CdAddDevice,
    };
    return BlockInitialize(DriverObject, RegistryPath, &Data);
}
