#include "stornvme.h"

DRIVER_INITIALIZE DriverEntry;

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    HW_INITIALIZATION_DATA Data = {
        .HwInitializationDataSize = sizeof(Data),
        .AdapterInterfaceType = PCIBus,
        .HwInitialize = NvmeInitialize,
        .HwStartIo = NvmeStartIo,
        .HwInterrupt = NvmeLineInterrupt,
        .HwFindAdapter = (PVOID)NvmeFindAdapter,
        .HwResetBus = NvmeResetBus,
        .HwAdapterControl = NvmeAdapterControl,
        .HwBuildIo = NvmeBuildIo,
        .DeviceExtensionSize = sizeof(NVME_ADAPTER),
        .SrbExtensionSize = sizeof(NVME_REQUEST),
        .NumberOfAccessRanges = 6,
        .MapBuffers = STOR_MAP_NON_READ_WRITE_BUFFERS,
        .NeedPhysicalAddresses = TRUE,
        .TaggedQueuing = TRUE,
        .AutoRequestSense = TRUE,
        .MultipleRequestPerLu = TRUE,
        .SrbTypeFlags = SRB_TYPE_FLAG_STORAGE_REQUEST_BLOCK,
        .AddressTypeFlags = ADDRESS_TYPE_FLAG_BTL8,
    };
    return (NTSTATUS)StorPortInitialize(DriverObject, RegistryPath, &Data, NULL);
}
