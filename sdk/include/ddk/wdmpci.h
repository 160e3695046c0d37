// What <wdm.h> of Windows 10 has of resets and of PCI and mingw-w64's does not.
#ifndef PROTEUS_DDK_WDMPCI_H
#define PROTEUS_DDK_WDMPCI_H

#ifdef __cplusplus
extern "C" {
#endif

// ---- GUID_DEVICE_RESET_INTERFACE_STANDARD

typedef enum _DEVICE_RESET_TYPE {
    FunctionLevelDeviceReset = 0,
    PlatformLevelDeviceReset = 1,
} DEVICE_RESET_TYPE;

typedef struct _FUNCTION_LEVEL_DEVICE_RESET_PARAMETERS FUNCTION_LEVEL_DEVICE_RESET_PARAMETERS,
    *PFUNCTION_LEVEL_DEVICE_RESET_PARAMETERS;

typedef NTSTATUS(NTAPI DEVICE_RESET_HANDLER)(PVOID InterfaceContext, DEVICE_RESET_TYPE ResetType,
                                             ULONG Flags, PVOID ResetParameters);
typedef DEVICE_RESET_HANDLER *PDEVICE_RESET_HANDLER;

#define DEVICE_RESET_INTERFACE_VERSION_1 1

// Of version 1: what later ones add comes behind it.
typedef struct _DEVICE_RESET_INTERFACE_STANDARD {
    USHORT Size;
    USHORT Version;
    PVOID Context;
    PINTERFACE_REFERENCE InterfaceReference;
    PINTERFACE_DEREFERENCE InterfaceDereference;
    PDEVICE_RESET_HANDLER DeviceReset;
    ULONG SupportedResetTypes;
    PVOID Reserved;
} DEVICE_RESET_INTERFACE_STANDARD, *PDEVICE_RESET_INTERFACE_STANDARD;

#ifdef DEFINE_GUID
DEFINE_GUID(GUID_DEVICE_RESET_INTERFACE_STANDARD, 0x649FDF26, 0x3BC0, 0x4813, 0xAD, 0x24, 0x7E,
            0x0C, 0x1E, 0xDA, 0x3F, 0xA3);
DEFINE_GUID(GUID_MSIX_TABLE_CONFIG_INTERFACE, 0x1A6A460B, 0x194F, 0x455D, 0xB3, 0x4B, 0xB8, 0x4C,
            0x5B, 0x05, 0x71, 0x2B);
#endif

#ifdef __cplusplus
}
#endif

#endif
