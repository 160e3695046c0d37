// Structures of the driver interface that the PnP manager reads and makes, with the names and layouts of
// <wdm.h>, which cannot be included beside <nt.h>.
#pragma once

// ---- Minor functions of IRP_MJ_PNP
enum {
    IRP_MN_START_DEVICE = 0x00,
    IRP_MN_QUERY_REMOVE_DEVICE = 0x01,
    IRP_MN_REMOVE_DEVICE = 0x02,
    IRP_MN_CANCEL_REMOVE_DEVICE = 0x03,
    IRP_MN_STOP_DEVICE = 0x04,
    IRP_MN_QUERY_STOP_DEVICE = 0x05,
    IRP_MN_CANCEL_STOP_DEVICE = 0x06,
    IRP_MN_QUERY_DEVICE_RELATIONS = 0x07,
    IRP_MN_QUERY_INTERFACE = 0x08,
    IRP_MN_QUERY_CAPABILITIES = 0x09,
    IRP_MN_QUERY_RESOURCES = 0x0A,
    IRP_MN_QUERY_RESOURCE_REQUIREMENTS = 0x0B,
    IRP_MN_QUERY_DEVICE_TEXT = 0x0C,
    IRP_MN_FILTER_RESOURCE_REQUIREMENTS = 0x0D,
    IRP_MN_EJECT = 0x11,
    IRP_MN_QUERY_ID = 0x13,
    IRP_MN_QUERY_PNP_DEVICE_STATE = 0x14,
    IRP_MN_QUERY_BUS_INFORMATION = 0x15,
    IRP_MN_SURPRISE_REMOVAL = 0x17,
};

typedef enum _DEVICE_RELATION_TYPE {
    BusRelations,
    EjectionRelations,
    PowerRelations,
    RemovalRelations,
    TargetDeviceRelation,
} DEVICE_RELATION_TYPE;

typedef enum _BUS_QUERY_ID_TYPE {
    BusQueryDeviceID = 0,
    BusQueryHardwareIDs = 1,
    BusQueryCompatibleIDs = 2,
    BusQueryInstanceID = 3,
    BusQueryDeviceSerialNumber = 4,
} BUS_QUERY_ID_TYPE;

typedef enum _DEVICE_TEXT_TYPE {
    DeviceTextDescription = 0,
    DeviceTextLocationInformation = 1,
} DEVICE_TEXT_TYPE;

enum { // PNP_DEVICE_STATE
    PNP_DEVICE_DISABLED = 0x01,
    PNP_DEVICE_DONT_DISPLAY_IN_UI = 0x02,
    PNP_DEVICE_FAILED = 0x04,
    PNP_DEVICE_REMOVED = 0x08,
    PNP_DEVICE_RESOURCE_REQUIREMENTS_CHANGED = 0x10,
    PNP_DEVICE_NOT_DISABLEABLE = 0x20,
};

// ---- Resources

typedef enum _INTERFACE_TYPE {
    InterfaceTypeUndefined = -1,
    Internal = 0,
    Isa = 1,
    PCIBus = 5,
    PNPBus = 15,
    ACPIBus = 17,
} INTERFACE_TYPE;

typedef struct _PNP_BUS_INFORMATION {
    GUID BusTypeGuid;
    INTERFACE_TYPE LegacyBusType;
    ULONG BusNumber;
} PNP_BUS_INFORMATION, *PPNP_BUS_INFORMATION;

enum { // Type of a descriptor
    CmResourceTypeNull = 0,
    CmResourceTypePort = 1,
    CmResourceTypeInterrupt = 2,
    CmResourceTypeMemory = 3,
    CmResourceTypeDma = 4,
    CmResourceTypeDeviceSpecific = 5,
    CmResourceTypeBusNumber = 6,
    CmResourceTypeMemoryLarge = 7,
    CmResourceTypeConfigData = 128,
    CmResourceTypeDevicePrivate = 129,
};

enum { // ShareDisposition
    CmResourceShareUndetermined = 0,
    CmResourceShareDeviceExclusive = 1,
    CmResourceShareDriverExclusive = 2,
    CmResourceShareShared = 3,
};

enum {
    CM_RESOURCE_INTERRUPT_LEVEL_SENSITIVE = 0,
    CM_RESOURCE_INTERRUPT_LATCHED = 1,
    CM_RESOURCE_INTERRUPT_MESSAGE = 2,
    CM_RESOURCE_PORT_IO = 1,
    CM_RESOURCE_PORT_WINDOW_DECODE = 0x80,
    CM_RESOURCE_MEMORY_PREFETCHABLE = 0x04,
    CM_RESOURCE_MEMORY_WINDOW_DECODE = 0x40,
    CM_RESOURCE_MEMORY_LARGE_40 = 0x200, // the length counts 2^8 bytes
    CM_RESOURCE_MEMORY_LARGE_48 = 0x400, // 2^16
    CM_RESOURCE_MEMORY_LARGE_64 = 0x800, // 2^32
    IO_RESOURCE_PREFERRED = 1,
    IO_RESOURCE_DEFAULT = 2,
    IO_RESOURCE_ALTERNATIVE = 8,
};

#pragma pack(push, 4)
typedef struct _CM_PARTIAL_RESOURCE_DESCRIPTOR {
    UCHAR Type, ShareDisposition;
    USHORT Flags;
    union {
        struct {
            LARGE_INTEGER Start;
            ULONG Length;
        } Generic; // ports and memory
        struct {
            USHORT Level, Group;
            ULONG Vector;
            ULONG64 Affinity;
        } Interrupt;
        struct {
            USHORT Group, MessageCount;
            ULONG Vector;
            ULONG64 Affinity;
        } MessageInterrupt; // raw
        struct {
            ULONG Start, Length, Reserved;
        } BusNumber;
        struct {
            ULONG Channel, Port, Reserved;
        } Dma;
        struct {
            ULONG DataSize, Reserved1, Reserved2;
        } DeviceSpecificData;
        ULONG Data[4];
    } u;
} CM_PARTIAL_RESOURCE_DESCRIPTOR, *PCM_PARTIAL_RESOURCE_DESCRIPTOR;
static_assert(sizeof(CM_PARTIAL_RESOURCE_DESCRIPTOR) == 20);

typedef struct _CM_PARTIAL_RESOURCE_LIST {
    USHORT Version, Revision;
    ULONG Count;
    CM_PARTIAL_RESOURCE_DESCRIPTOR PartialDescriptors[1];
} CM_PARTIAL_RESOURCE_LIST, *PCM_PARTIAL_RESOURCE_LIST;

typedef struct _CM_FULL_RESOURCE_DESCRIPTOR {
    INTERFACE_TYPE InterfaceType;
    ULONG BusNumber;
    CM_PARTIAL_RESOURCE_LIST PartialResourceList;
} CM_FULL_RESOURCE_DESCRIPTOR, *PCM_FULL_RESOURCE_DESCRIPTOR;

typedef struct _CM_RESOURCE_LIST {
    ULONG Count;
    CM_FULL_RESOURCE_DESCRIPTOR List[1];
} CM_RESOURCE_LIST, *PCM_RESOURCE_LIST;
#pragma pack(pop)
static_assert(offsetof(CM_RESOURCE_LIST, List[0].PartialResourceList.PartialDescriptors) == 20);

typedef struct _IO_RESOURCE_DESCRIPTOR {
    UCHAR Option, Type, ShareDisposition, Spare1;
    USHORT Flags, Spare2;
    union {
        struct {
            ULONG Length, Alignment;
            LARGE_INTEGER MinimumAddress, MaximumAddress;
        } Generic; // ports and memory
        struct {
            ULONG MinimumVector, MaximumVector, AffinityPolicy, PriorityPolicy;
            ULONG64 TargetedProcessors;
        } Interrupt;
        struct {
            ULONG Length, MinBusNumber, MaxBusNumber, Reserved;
        } BusNumber;
        struct {
            ULONG MinimumChannel, MaximumChannel;
        } Dma;
    } u;
} IO_RESOURCE_DESCRIPTOR, *PIO_RESOURCE_DESCRIPTOR;
static_assert(sizeof(IO_RESOURCE_DESCRIPTOR) == 32);

typedef struct _IO_RESOURCE_LIST {
    USHORT Version, Revision;
    ULONG Count;
    IO_RESOURCE_DESCRIPTOR Descriptors[1];
} IO_RESOURCE_LIST, *PIO_RESOURCE_LIST;

typedef struct _IO_RESOURCE_REQUIREMENTS_LIST {
    ULONG ListSize;
    INTERFACE_TYPE InterfaceType;
    ULONG BusNumber, SlotNumber, Reserved[3];
    ULONG AlternativeLists;
    IO_RESOURCE_LIST List[1];
} IO_RESOURCE_REQUIREMENTS_LIST, *PIO_RESOURCE_REQUIREMENTS_LIST;
static_assert(offsetof(IO_RESOURCE_REQUIREMENTS_LIST, List) == 32);

// ---- Capabilities

typedef struct _DEVICE_CAPABILITIES {
    USHORT Size, Version;
    ULONG DeviceD1 : 1, DeviceD2 : 1, LockSupported : 1, EjectSupported : 1, Removable : 1,
        DockDevice : 1, UniqueID : 1, SilentInstall : 1, RawDeviceOK : 1, SurpriseRemovalOK : 1,
        WakeFromD0 : 1, WakeFromD1 : 1, WakeFromD2 : 1, WakeFromD3 : 1, HardwareDisabled : 1,
        NonDynamic : 1, WarmEjectSupported : 1, NoDisplayInUI : 1, Reserved1 : 1,
        WakeFromInterrupt : 1, SecureDevice : 1, ChildOfVgaEnabledBridge : 1, DecodeIoOnBoot : 1,
        Reserved : 9;
    ULONG Address, UINumber;
    ULONG DeviceState[7];
    ULONG SystemWake, DeviceWake;
    ULONG D1Latency, D2Latency, D3Latency;
} DEVICE_CAPABILITIES, *PDEVICE_CAPABILITIES;
static_assert(sizeof(DEVICE_CAPABILITIES) == 64);
