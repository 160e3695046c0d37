#include "storahci.h"

DRIVER_INITIALIZE DriverEntry;

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    HW_INITIALIZATION_DATA Data = {
        .HwInitializationDataSize = sizeof(Data),
        .AdapterInterfaceType = PCIBus,
        .HwInitialize = AhciInitialize,
        .HwStartIo = AhciStartIo,
        .HwInterrupt = AhciInterrupt,
        .HwFindAdapter = (PVOID)AhciFindAdapter,
        .HwResetBus = AhciResetBus,
        .HwAdapterControl = AhciAdapterControl,
        .HwBuildIo = AhciBuildIo,
        .DeviceExtensionSize = sizeof(AHCI_ADAPTER),
        .SrbExtensionSize = sizeof(AHCI_REQUEST) + AhciTableAlignment + AhciTableBytes,
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
