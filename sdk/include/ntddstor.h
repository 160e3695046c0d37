// mingw-w64's <ntddstor.h>, and what that of Windows 10 has beside it.
#ifndef PROTEUS_NTDDSTOR_H
#define PROTEUS_NTDDSTOR_H

// Enumerations and a structure that grew at their ends: the last old name stands for itself and what follows.
#define BusTypeSpaces BusTypeSpaces, BusTypeNvme, BusTypeSCM, BusTypeUfs
#define StorageDeviceResiliencyProperty                                                          \
    StorageDeviceResiliencyProperty, StorageDeviceMediumProductType, StorageAdapterRpmbProperty, \
        StorageAdapterCryptoProperty,                                                            \
        StorageDeviceIoCapabilityProperty = 48, StorageAdapterProtocolSpecificProperty,          \
        StorageDeviceProtocolSpecificProperty, StorageAdapterTemperatureProperty,                \
        StorageDeviceTemperatureProperty, StorageAdapterPhysicalTopologyProperty,                \
        StorageDevicePhysicalTopologyProperty, StorageDeviceAttributesProperty,                  \
        StorageDeviceManagementStatus, StorageAdapterSerialNumberProperty,                       \
        StorageDeviceLocationProperty, StorageDeviceNumaProperty,                                \
        StorageDeviceZonedDeviceProperty, StorageDeviceUnsafeShutdownCount
#define UnmapGranularityAlignment \
    UnmapGranularityAlignment;    \
    ULONG MaxUnmapLbaCount;       \
    ULONG MaxUnmapBlockDescriptorCount

#include_next <ntddstor.h>

#undef BusTypeSpaces
#undef StorageDeviceResiliencyProperty
#undef UnmapGranularityAlignment

#include <ddk/stormore.h>

#include <ddk/storfacts.h>
#include <ddk/storfirmware.h>

#endif
