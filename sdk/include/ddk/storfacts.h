// Descriptors of storage properties that tell of a device's names and state. Included by <ntddstor.h>.
#ifndef PROTEUS_DDK_STORFACTS_H
#define PROTEUS_DDK_STORFACTS_H

// ---- StorageDeviceUniqueIdProperty (<storduid.h>): offsets of the descriptors that follow; 0: none

#define DUID_VERSION_1 1

typedef struct _STORAGE_DEVICE_UNIQUE_IDENTIFIER {
    ULONG Version, Size;
    ULONG StorageDeviceIdOffset; // STORAGE_DEVICE_ID_DESCRIPTOR
    ULONG StorageDeviceOffset;   // STORAGE_DEVICE_DESCRIPTOR
    ULONG DriveLayoutSignatureOffset;
} STORAGE_DEVICE_UNIQUE_IDENTIFIER, *PSTORAGE_DEVICE_UNIQUE_IDENTIFIER;

// ---- StorageDeviceAttributesProperty

#define STORAGE_ATTRIBUTE_BYTE_ADDRESSABLE_IO      0x01
#define STORAGE_ATTRIBUTE_BLOCK_IO                 0x02
#define STORAGE_ATTRIBUTE_DYNAMIC_PERSISTENCE      0x04
#define STORAGE_ATTRIBUTE_VOLATILE                 0x08
#define STORAGE_ATTRIBUTE_ASYNC_EVENT_NOTIFICATION 0x10
#define STORAGE_ATTRIBUTE_PERF_SIZE_INDEPENDENT    0x20

typedef struct _STORAGE_DEVICE_ATTRIBUTES_DESCRIPTOR {
    ULONG Version, Size;
    ULONG64 Attributes;
} STORAGE_DEVICE_ATTRIBUTES_DESCRIPTOR, *PSTORAGE_DEVICE_ATTRIBUTES_DESCRIPTOR;

// ---- StorageDeviceNumaProperty

#define STORAGE_DEVICE_NUMA_NODE_UNKNOWN MAXULONG

typedef struct _STORAGE_DEVICE_NUMA_PROPERTY {
    ULONG Version, Size;
    ULONG NumaNode;
} STORAGE_DEVICE_NUMA_PROPERTY, *PSTORAGE_DEVICE_NUMA_PROPERTY;

// ---- StorageDeviceUnsafeShutdownCount

typedef struct _STORAGE_DEVICE_UNSAFE_SHUTDOWN_COUNT {
    ULONG Version, Size;
    ULONG UnsafeShutdownCount;
} STORAGE_DEVICE_UNSAFE_SHUTDOWN_COUNT, *PSTORAGE_DEVICE_UNSAFE_SHUTDOWN_COUNT;

// ---- StorageDeviceManagementStatus

#define STORAGE_DEVICE_MAX_OPERATIONAL_STATUS 16

typedef enum _STORAGE_DISK_HEALTH_STATUS {
    DiskHealthUnknown = 0,
    DiskHealthUnhealthy,
    DiskHealthWarning,
    DiskHealthHealthy,
    DiskHealthMax
} STORAGE_DISK_HEALTH_STATUS,
    *PSTORAGE_DISK_HEALTH_STATUS;

typedef enum _STORAGE_DISK_OPERATIONAL_STATUS {
    DiskOpStatusNone = 0,
    DiskOpStatusUnknown,
    DiskOpStatusOk,
    DiskOpStatusPredictingFailure,
    DiskOpStatusInService,
    DiskOpStatusHardwareError,
    DiskOpStatusNotUsable,
    DiskOpStatusTransientError,
    DiskOpStatusMissing
} STORAGE_DISK_OPERATIONAL_STATUS,
    *PSTORAGE_DISK_OPERATIONAL_STATUS;

typedef struct _STORAGE_OPERATIONAL_REASON {
    ULONG Version, Size;
    ULONG Reason; // STORAGE_OPERATIONAL_STATUS_REASON
    union {
        struct {
            UCHAR SenseKey, ASC, ASCQ, Reserved;
        } ScsiSenseKey;
        ULONG AsUlong;
    } RawBytes;
} STORAGE_OPERATIONAL_REASON, *PSTORAGE_OPERATIONAL_REASON;

typedef struct _STORAGE_DEVICE_MANAGEMENT_STATUS {
    ULONG Version, Size;
    STORAGE_DISK_HEALTH_STATUS Health;
    ULONG NumberOfOperationalStatus, NumberOfAdditionalReasons;
    STORAGE_DISK_OPERATIONAL_STATUS OperationalStatus[STORAGE_DEVICE_MAX_OPERATIONAL_STATUS];
    STORAGE_OPERATIONAL_REASON AdditionalReasons[1];
} STORAGE_DEVICE_MANAGEMENT_STATUS, *PSTORAGE_DEVICE_MANAGEMENT_STATUS;

C_ASSERT(FIELD_OFFSET(STORAGE_DEVICE_MANAGEMENT_STATUS, AdditionalReasons) == 0x54);
C_ASSERT(sizeof(STORAGE_DEVICE_ATTRIBUTES_DESCRIPTOR) == 0x10);

#endif
