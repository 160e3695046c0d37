// What the system asks of miniports by IOCTL_SCSI_MINIPORT (SRB_FUNCTION_IO_CONTROL): signatures, codes, structures
// behind the SRB_IO_CONTROL. Included by <storport.h>.
#ifndef PROTEUS_DDK_MINIPORTCONTROL_H
#define PROTEUS_DDK_MINIPORTCONTROL_H

#ifndef IOCTL_MINIPORT_SIGNATURE_QUERY_PROTOCOL
#define IOCTL_MINIPORT_SIGNATURE_SCSIDISK                  "SCSIDISK"
#define IOCTL_MINIPORT_SIGNATURE_HYBRDISK                  "HYBRDISK"
#define IOCTL_MINIPORT_SIGNATURE_DSM_NOTIFICATION          "MPDSM   "
#define IOCTL_MINIPORT_SIGNATURE_DSM_GENERAL               "MPDSMGEN"
#define IOCTL_MINIPORT_SIGNATURE_FIRMWARE                  "FIRMWARE"
#define IOCTL_MINIPORT_SIGNATURE_QUERY_PROTOCOL            "PROTOCOL"
#define IOCTL_MINIPORT_SIGNATURE_SET_PROTOCOL              "SETPROTO"
#define IOCTL_MINIPORT_SIGNATURE_QUERY_TEMPERATURE         "TEMPERAT"
#define IOCTL_MINIPORT_SIGNATURE_SET_TEMPERATURE_THRESHOLD "SETTEMPT"
#define IOCTL_MINIPORT_SIGNATURE_QUERY_PHYSICAL_TOPOLOGY   "TOPOLOGY"
#define IOCTL_MINIPORT_SIGNATURE_ENDURANCE_INFO            "ENDURINF"
#endif

#ifndef IOCTL_SCSI_MINIPORT_FIRMWARE
#define IOCTL_SCSI_MINIPORT_NVCACHE     ((FILE_DEVICE_SCSI << 16) + 0x0600)
#define IOCTL_SCSI_MINIPORT_HYBRID      ((FILE_DEVICE_SCSI << 16) + 0x0620)
#define IOCTL_SCSI_MINIPORT_DSM         ((FILE_DEVICE_SCSI << 16) + 0x0720)
#define IOCTL_SCSI_MINIPORT_DSM_GENERAL ((FILE_DEVICE_SCSI << 16) + 0x0721)
#define IOCTL_SCSI_MINIPORT_FIRMWARE    ((FILE_DEVICE_SCSI << 16) + 0x0780)
#endif

// ---- Firmware

#ifndef FIRMWARE_REQUEST_BLOCK_STRUCTURE_VERSION

#define FIRMWARE_FUNCTION_GET_INFO 0x01
#define FIRMWARE_FUNCTION_DOWNLOAD 0x02
#define FIRMWARE_FUNCTION_ACTIVATE 0x03

#define FIRMWARE_STATUS_SUCCESS                  0x00
#define FIRMWARE_STATUS_ERROR                    0x01
#define FIRMWARE_STATUS_ILLEGAL_REQUEST          0x02
#define FIRMWARE_STATUS_INVALID_PARAMETER        0x03
#define FIRMWARE_STATUS_INPUT_BUFFER_TOO_BIG     0x04
#define FIRMWARE_STATUS_OUTPUT_BUFFER_TOO_SMALL  0x05
#define FIRMWARE_STATUS_INVALID_SLOT             0x06
#define FIRMWARE_STATUS_INVALID_IMAGE            0x07
#define FIRMWARE_STATUS_CONTROLLER_ERROR         0x10
#define FIRMWARE_STATUS_POWER_CYCLE_REQUIRED     0x20
#define FIRMWARE_STATUS_DEVICE_ERROR             0x40
#define FIRMWARE_STATUS_INTERFACE_CRC_ERROR      0x80
#define FIRMWARE_STATUS_UNCORRECTABLE_DATA_ERROR 0x81
#define FIRMWARE_STATUS_MEDIA_CHANGE             0x82
#define FIRMWARE_STATUS_ID_NOT_FOUND             0x83
#define FIRMWARE_STATUS_MEDIA_CHANGE_REQUEST     0x84
#define FIRMWARE_STATUS_COMMAND_ABORT            0x85
#define FIRMWARE_STATUS_END_OF_MEDIA             0x86
#define FIRMWARE_STATUS_ILLEGAL_LENGTH           0x87

#define FIRMWARE_REQUEST_BLOCK_STRUCTURE_VERSION 0x1
#define FIRMWARE_REQUEST_FLAG_CONTROLLER         0x00000001

typedef struct _FIRMWARE_REQUEST_BLOCK {
    ULONG Version;
    ULONG Size;
    ULONG Function;
    ULONG Flags;
    ULONG DataBufferOffset;
    ULONG DataBufferLength;
} FIRMWARE_REQUEST_BLOCK, *PFIRMWARE_REQUEST_BLOCK;

#define STORAGE_FIRMWARE_INFO_STRUCTURE_VERSION    0x1
#define STORAGE_FIRMWARE_INFO_STRUCTURE_VERSION_V2 0x2
#define STORAGE_FIRMWARE_INFO_INVALID_SLOT         0xFF

typedef struct _STORAGE_FIRMWARE_SLOT_INFO_V2 {
    UCHAR SlotNumber;
    BOOLEAN ReadOnly;
    UCHAR Reserved[6];
    UCHAR Revision[16];
} STORAGE_FIRMWARE_SLOT_INFO_V2, *PSTORAGE_FIRMWARE_SLOT_INFO_V2;

typedef struct _STORAGE_FIRMWARE_INFO_V2 {
    ULONG Version;
    ULONG Size;
    BOOLEAN UpgradeSupport;
    UCHAR SlotCount;
    UCHAR ActiveSlot;
    UCHAR PendingActivateSlot;
    BOOLEAN FirmwareShared;
    UCHAR Reserved[3];
    ULONG ImagePayloadAlignment;
    ULONG ImagePayloadMaxSize;
    STORAGE_FIRMWARE_SLOT_INFO_V2 Slot[];
} STORAGE_FIRMWARE_INFO_V2, *PSTORAGE_FIRMWARE_INFO_V2;

typedef struct _STORAGE_FIRMWARE_DOWNLOAD_V2 {
    ULONG Version;
    ULONG Size;
    ULONGLONG Offset;
    ULONGLONG BufferSize;
    UCHAR Slot;
    UCHAR Reserved[3];
    ULONG ImageSize;
    UCHAR ImageBuffer[];
} STORAGE_FIRMWARE_DOWNLOAD_V2, *PSTORAGE_FIRMWARE_DOWNLOAD_V2;

typedef struct _STORAGE_FIRMWARE_ACTIVATE {
    ULONG Version;
    ULONG Size;
    UCHAR SlotToActivate;
    UCHAR Reserved0[3];
} STORAGE_FIRMWARE_ACTIVATE, *PSTORAGE_FIRMWARE_ACTIVATE;

#endif

// ---- Hybrid disks

#ifndef HYBRID_REQUEST_BLOCK_STRUCTURE_VERSION

#define HYBRID_FUNCTION_GET_INFO               0x01
#define HYBRID_FUNCTION_DISABLE_CACHING_MEDIUM 0x10
#define HYBRID_FUNCTION_ENABLE_CACHING_MEDIUM  0x11
#define HYBRID_FUNCTION_SET_DIRTY_THRESHOLD    0x12
#define HYBRID_FUNCTION_DEMOTE_BY_SIZE         0x13

#define HYBRID_STATUS_SUCCESS                 0x0
#define HYBRID_STATUS_ILLEGAL_REQUEST         0x1
#define HYBRID_STATUS_INVALID_PARAMETER       0x2
#define HYBRID_STATUS_OUTPUT_BUFFER_TOO_SMALL 0x3
#define HYBRID_STATUS_ENABLE_REFCOUNT_HOLD    0x10

#define HYBRID_REQUEST_BLOCK_STRUCTURE_VERSION 0x1
#define HYBRID_REQUEST_INFO_STRUCTURE_VERSION  1

typedef struct _HYBRID_REQUEST_BLOCK {
    ULONG Version;
    ULONG Size;
    ULONG Function;
    ULONG Flags;
    ULONG DataBufferOffset;
    ULONG DataBufferLength;
} HYBRID_REQUEST_BLOCK, *PHYBRID_REQUEST_BLOCK;

typedef enum _NVCACHE_TYPE {
    NvCacheTypeUnknown = 0,
    NvCacheTypeNone,
    NvCacheTypeWriteBack,
    NvCacheTypeWriteThrough
} NVCACHE_TYPE,
    *PNVCACHE_TYPE;

typedef enum _NVCACHE_STATUS {
    NvCacheStatusUnknown = 0,
    NvCacheStatusDisabling,
    NvCacheStatusDisabled,
    NvCacheStatusEnabled
} NVCACHE_STATUS,
    *PNVCACHE_STATUS;

typedef struct _NVCACHE_PRIORITY_LEVEL_DESCRIPTOR {
    UCHAR PriorityLevel;
    UCHAR Reserved0[3];
    ULONG ConsumedNVMSizeFraction;
    ULONG ConsumedMappingResourcesFraction;
    ULONG ConsumedNVMSizeForDirtyDataFraction;
    ULONG ConsumedMappingResourcesForDirtyDataFraction;
    ULONG Reserved1;
} NVCACHE_PRIORITY_LEVEL_DESCRIPTOR, *PNVCACHE_PRIORITY_LEVEL_DESCRIPTOR;

typedef struct _HYBRID_INFORMATION {
    ULONG Version;
    ULONG Size;
    BOOLEAN HybridSupported;
    NVCACHE_STATUS Status;
    NVCACHE_TYPE CacheTypeEffective;
    NVCACHE_TYPE CacheTypeDefault;
    ULONG FractionBase;
    ULONGLONG CacheSize;
    struct {
        ULONG WriteCacheChangeable : 1;
        ULONG WriteThroughIoSupported : 1;
        ULONG FlushCacheSupported : 1;
        ULONG Removable : 1;
        ULONG ReservedBits : 28;
    } Attributes;
    struct {
        UCHAR PriorityLevelCount;
        BOOLEAN MaxPriorityBehavior;
        UCHAR OptimalWriteGranularity;
        UCHAR Reserved;
        ULONG DirtyThresholdLow;
        ULONG DirtyThresholdHigh;
        struct {
            ULONG CacheDisable : 1;
            ULONG SetDirtyThreshold : 1;
            ULONG PriorityDemoteBySize : 1;
            ULONG PriorityChangeByLbaRange : 1;
            ULONG Evict : 1;
            ULONG ReservedBits : 27;
            ULONG MaxEvictCommands;
            ULONG MaxLbaRangeCountForEvict;
            ULONG MaxLbaRangeCountForChangeLba;
        } SupportedCommands;
        NVCACHE_PRIORITY_LEVEL_DESCRIPTOR Priority[];
    } Priorities;
} HYBRID_INFORMATION, *PHYBRID_INFORMATION;

typedef struct _HYBRID_DIRTY_THRESHOLDS {
    ULONG Version;
    ULONG Size;
    ULONG DirtyLowThreshold;
    ULONG DirtyHighThreshold;
} HYBRID_DIRTY_THRESHOLDS, *PHYBRID_DIRTY_THRESHOLDS;

typedef struct _HYBRID_DEMOTE_BY_SIZE {
    ULONG Version;
    ULONG Size;
    UCHAR SourcePriority;
    UCHAR TargetPriority;
    USHORT Reserved0;
    ULONG Reserved1;
    ULONGLONG LbaCount;
} HYBRID_DEMOTE_BY_SIZE, *PHYBRID_DEMOTE_BY_SIZE;

#endif

// ---- Data set management of caches

#ifndef DeviceDsmAction_NvCache_Evict
#define DeviceDsmAction_NvCache_Change_Priority (14u | 0x80000000u)
#define DeviceDsmAction_NvCache_Evict           (15u | 0x80000000u)

typedef struct _DEVICE_DSM_NVCACHE_CHANGE_PRIORITY_PARAMETERS {
    ULONG Size;
    UCHAR TargetPriority;
    UCHAR Reserved[3];
} DEVICE_DSM_NVCACHE_CHANGE_PRIORITY_PARAMETERS, *PDEVICE_DSM_NVCACHE_CHANGE_PRIORITY_PARAMETERS;
#endif

// ---- Nonvolatile caches of ATA disks

#ifndef NRB_SUCCESS

#define NRB_FUNCTION_NVCACHE_INFO              0xEC
#define NRB_FUNCTION_SPINDLE_STATUS            0xE5
#define NRB_FUNCTION_NVCACHE_POWER_MODE_SET    0x00
#define NRB_FUNCTION_NVCACHE_POWER_MODE_RETURN 0x01
#define NRB_FUNCTION_FLUSH_NVCACHE             0x14
#define NRB_FUNCTION_QUERY_PINNED_SET          0x12
#define NRB_FUNCTION_QUERY_CACHE_MISS          0x13
#define NRB_FUNCTION_ADD_LBAS_PINNED_SET       0x10
#define NRB_FUNCTION_REMOVE_LBAS_PINNED_SET    0x11
#define NRB_FUNCTION_QUERY_ASCENDER_STATUS     0xD0
#define NRB_FUNCTION_QUERY_HYBRID_DISK_STATUS  0xD1
#define NRB_FUNCTION_PASS_HINT_PAYLOAD         0xE0

#define NRB_SUCCESS              0
#define NRB_ILLEGAL_REQUEST      1
#define NRB_INVALID_PARAMETER    2
#define NRB_INPUT_DATA_OVERRUN   3
#define NRB_INPUT_DATA_UNDERRUN  4
#define NRB_OUTPUT_DATA_OVERRUN  5
#define NRB_OUTPUT_DATA_UNDERRUN 6

typedef struct _NVCACHE_REQUEST_BLOCK {
    ULONG NRBSize;
    USHORT Function;
    ULONG NRBFlags;
    ULONG NRBStatus;
    ULONG Count;
    ULONGLONG LBA;
    ULONG DataBufSize;
    ULONG NVCacheStatus;
    ULONG NVCacheSubStatus;
} NVCACHE_REQUEST_BLOCK, *PNVCACHE_REQUEST_BLOCK;

typedef struct _NV_FEATURE_PARAMETER {
    USHORT NVPowerModeEnabled;
    USHORT NVParameterReserv1;
    USHORT NVCmdEnabled;
    USHORT NVParameterReserv2;
    USHORT NVPowerModeVer;
    USHORT NVCmdVer;
    ULONG NVSize;
    USHORT NVReadSpeed;
    USHORT NVWrtSpeed;
    ULONG DeviceSpinUpTime;
} NV_FEATURE_PARAMETER, *PNV_FEATURE_PARAMETER;

#endif

C_ASSERT(sizeof(FIRMWARE_REQUEST_BLOCK) == 24 && sizeof(STORAGE_FIRMWARE_SLOT_INFO_V2) == 24);
C_ASSERT(sizeof(NVCACHE_PRIORITY_LEVEL_DESCRIPTOR) == 24);

#endif
