// What a class driver and the class library tell one another: constants, routines of the driver, the
// description of a driver.
#ifndef PROTEUS_DDK_CLASSTYPES_H
#define PROTEUS_DDK_CLASSTYPES_H

#ifdef __cplusplus
extern "C" {
#endif

#ifndef max
#define max(a, b) (((a) > (b)) ? (a) : (b))
#endif
#ifndef min
#define min(a, b) (((a) < (b)) ? (a) : (b))
#endif
#ifndef SCSIPORTAPI
#define SCSIPORTAPI DECLSPEC_IMPORT
#endif

// ---- Flags in SRB_FLAGS_CLASS_DRIVER_RESERVED

#define SRB_CLASS_FLAGS_LOW_PRIORITY 0x10000000
#define SRB_CLASS_FLAGS_PERSISTANT   0x20000000
#define SRB_CLASS_FLAGS_PAGING       0x40000000
#define SRB_CLASS_FLAGS_FREE_MDL     0x80000000

// ---- Helpers

#define SET_FLAG(Flags, Bit)   ((Flags) |= (Bit))
#define CLEAR_FLAG(Flags, Bit) ((Flags) &= ~(Bit))
#define TEST_FLAG(Flags, Bit)  (((Flags) & (Bit)) != 0)

#define ASSERT_FDO(x) ASSERT(((PCOMMON_DEVICE_EXTENSION)(x)->DeviceExtension)->IsFdo)
#define ASSERT_PDO(x) ASSERT(!(((PCOMMON_DEVICE_EXTENSION)(x)->DeviceExtension)->IsFdo))

#define IS_CLEANUP_REQUEST(majorFunction)                                        \
    (((majorFunction) == IRP_MJ_CLOSE) || ((majorFunction) == IRP_MJ_CLEANUP) || \
     ((majorFunction) == IRP_MJ_SHUTDOWN))

#define DO_MCD(fdoExtension)                               \
    (((fdoExtension)->MediaChangeDetectionInfo != NULL) && \
     ((fdoExtension)->MediaChangeDetectionInfo->MediaChangeDetectionDisableCount == 0))

#define IS_SCSIOP_READ(opCode)                                                                 \
    (((opCode) == SCSIOP_READ6) || ((opCode) == SCSIOP_READ) || ((opCode) == SCSIOP_READ12) || \
     ((opCode) == SCSIOP_READ16))
#define IS_SCSIOP_WRITE(opCode)                                                                   \
    (((opCode) == SCSIOP_WRITE6) || ((opCode) == SCSIOP_WRITE) || ((opCode) == SCSIOP_WRITE12) || \
     ((opCode) == SCSIOP_WRITE16))
#define IS_SCSIOP_READWRITE(opCode) (IS_SCSIOP_READ(opCode) || IS_SCSIOP_WRITE(opCode))

#define FREE_POOL(_PoolPtr)   \
    if ((_PoolPtr) != NULL) { \
        ExFreePool(_PoolPtr); \
        (_PoolPtr) = NULL;    \
    }

// Writes go through the device's cache where a request asks for it and the device has one that may lose data.
#define ADJUST_FUA_FLAG(fdoExt)                                                         \
    do {                                                                                \
        (fdoExt)->CdbForceUnitAccess =                                                  \
            TEST_FLAG((fdoExt)->DeviceFlags, DEV_WRITE_CACHE) &&                        \
            !TEST_FLAG((fdoExt)->DeviceFlags, DEV_POWER_PROTECTED) &&                   \
            !TEST_FLAG((fdoExt)->ScanForSpecialFlags, CLASS_SPECIAL_FUA_NOT_SUPPORTED); \
    } while (0)

// ---- Pool tags

#define CLASS_TAG_AUTORUN_DISABLE        'ALcS'
#define CLASS_TAG_FILE_OBJECT_EXTENSION  'FLcS'
#define CLASS_TAG_MEDIA_CHANGE_DETECTION 'MLcS'
#define CLASS_TAG_MOUNT                  'mLcS'
#define CLASS_TAG_RELEASE_QUEUE          'qLcS'
#define CLASS_TAG_POWER                  'WLcS'
#define CLASS_TAG_WMI                    'wLcS'
#define CLASS_TAG_FAILURE_PREDICT        'fLcS'
#define CLASS_TAG_DEVICE_CONTROL         'OIcS'
#define CLASS_TAG_MODE_DATA              'oLcS'
#define CLASS_TAG_MULTIPATH              'mPcS'
#define CLASS_TAG_LOCK_TRACKING          'TLcS'
#define CLASS_TAG_LB_PROVISIONING        'PLcS'
#define CLASS_TAG_MANAGE_DATASET         'MDcS'

// ---- Numbers

#define MAXIMUM_RETRIES                            4
#define MAXIMUM_RETRY_FOR_SINGLE_IO_IN_100NS_UNITS 0x3b9aca00

#define CLASS_DRIVER_EXTENSION_KEY ((PVOID)ClassInitialize)

#define NO_REMOVE       0
#define REMOVE_PENDING  1
#define REMOVE_COMPLETE 2

#define START_UNIT_TIMEOUT                (60 * 4)
#define MEDIA_CHANGE_DEFAULT_TIME         1
#define MEDIA_CHANGE_TIMEOUT_TIME         300
#define DEBUG_BUFFER_LENGTH               256
#define DEFAULT_FAILURE_PREDICTION_PERIOD 60 * 60 * 1

#define CLASS_WORKING_SET_MAXIMUM                         2048
#define CLASS_INTERPRET_SENSE_INFO2_MAXIMUM_HISTORY_COUNT 30000

// FUNCTIONAL_DEVICE_EXTENSION.ScanForSpecialFlags
#define CLASS_SPECIAL_DISABLE_SPIN_DOWN         0x00000001
#define CLASS_SPECIAL_DISABLE_SPIN_UP           0x00000002
#define CLASS_SPECIAL_NO_QUEUE_LOCK             0x00000008
#define CLASS_SPECIAL_DISABLE_WRITE_CACHE       0x00000010
#define CLASS_SPECIAL_CAUSE_NOT_REPORTABLE_HACK 0x00000020
#define CLASS_SPECIAL_MODIFY_CACHE_UNSUCCESSFUL 0x00000040
#define CLASS_SPECIAL_FUA_NOT_SUPPORTED         0x00000080
#define CLASS_SPECIAL_VALID_MASK                0x000000FB
#define CLASS_SPECIAL_RESERVED                  (~CLASS_SPECIAL_VALID_MASK)

// FUNCTIONAL_DEVICE_EXTENSION.DeviceFlags
#define DEV_WRITE_CACHE     0x00000001
#define DEV_USE_SCSI1       0x00000002
#define DEV_SAFE_START_UNIT 0x00000004
#define DEV_NO_12BYTE_CDB   0x00000008
#define DEV_POWER_PROTECTED 0x00000010
#define DEV_USE_16BYTE_CDB  0x00000020

// What ClassInitializeEx sets
#define GUID_CLASSPNP_QUERY_REGINFOEX \
    {0x00e34b11, 0x2444, 0x4745, {0xa5, 0x3d, 0x62, 0x01, 0x00, 0xcd, 0x82, 0xf7}}
#define GUID_CLASSPNP_SENSEINFO2 \
    {0x509a8c5f, 0x71d7, 0x48f6, {0x82, 0x1e, 0x17, 0x3c, 0x49, 0xbf, 0x2f, 0x18}}
#define GUID_CLASSPNP_WORKING_SET \
    {0x105701b0, 0x9e9b, 0x47cb, {0x97, 0x80, 0x81, 0x19, 0x8a, 0xf7, 0xb5, 0x24}}
#define GUID_CLASSPNP_SRB_SUPPORT \
    {0x0a483941, 0xbdfd, 0x4f7b, {0xbe, 0x46, 0xce, 0xa2, 0xa2, 0x16, 0x09, 0x0c}}

// With GUID_CLASSPNP_SRB_SUPPORT: the requests that the driver understands
#define CLASS_SRB_SCSI_REQUEST_BLOCK    0x1
#define CLASS_SRB_STORAGE_REQUEST_BLOCK 0x2

// ---- Enumerations

typedef enum _MEDIA_CHANGE_DETECTION_STATE {
    MediaUnknown,
    MediaPresent,
    MediaNotPresent,
    MediaUnavailable
} MEDIA_CHANGE_DETECTION_STATE,
    *PMEDIA_CHANGE_DETECTION_STATE;

typedef enum _CLASS_DEBUG_LEVEL {
    ClassDebugError = 0,
    ClassDebugWarning = 1,
    ClassDebugTrace = 2,
    ClassDebugInfo = 3,
    ClassDebugMediaLocks = 8,
    ClassDebugMCN = 9,
    ClassDebugDelayedRetry = 10,
    ClassDebugSenseInfo = 11,
    ClassDebugRemoveLock = 12,
    ClassDebugExternal4 = 13,
    ClassDebugExternal3 = 14,
    ClassDebugExternal2 = 15,
    ClassDebugExternal1 = 16
} CLASS_DEBUG_LEVEL,
    *PCLASS_DEBUG_LEVEL;

typedef enum { EventGeneration, DataBlockCollection } CLASSENABLEDISABLEFUNCTION;

typedef enum {
    FailurePredictionNone = 0,
    FailurePredictionIoctl,
    FailurePredictionSmart,
    FailurePredictionSense
} FAILURE_PREDICTION_METHOD,
    *PFAILURE_PREDICTION_METHOD;

typedef enum {
    PowerDownDeviceInitial,
    PowerDownDeviceLocked,
    PowerDownDeviceStopped,
    PowerDownDeviceOff,
    PowerDownDeviceUnlocked
} CLASS_POWER_DOWN_STATE;

typedef enum {
    PowerDownDeviceInitial2,
    PowerDownDeviceLocked2,
    PowerDownDeviceFlushed2,
    PowerDownDeviceStopped2,
    PowerDownDeviceOff2,
    PowerDownDeviceUnlocked2
} CLASS_POWER_DOWN_STATE2;

typedef enum {
    PowerDownDeviceInitial3 = 0,
    PowerDownDeviceLocked3,
    PowerDownDeviceQuiesced3,
    PowerDownDeviceFlushed3,
    PowerDownDeviceStopped3,
    PowerDownDeviceOff3,
    PowerDownDeviceUnlocked3
} CLASS_POWER_DOWN_STATE3;

typedef enum {
    PowerUpDeviceInitial,
    PowerUpDeviceLocked,
    PowerUpDeviceOn,
    PowerUpDeviceStarted,
    PowerUpDeviceUnlocked
} CLASS_POWER_UP_STATE;

// ---- Structures of the library that drivers only point to

typedef struct _CLASS_INIT_DATA CLASS_INIT_DATA, *PCLASS_INIT_DATA;
typedef struct _CLASS_PRIVATE_FDO_DATA CLASS_PRIVATE_FDO_DATA, *PCLASS_PRIVATE_FDO_DATA;
typedef struct _CLASS_PRIVATE_PDO_DATA CLASS_PRIVATE_PDO_DATA, *PCLASS_PRIVATE_PDO_DATA;
typedef struct _CLASS_PRIVATE_COMMON_DATA CLASS_PRIVATE_COMMON_DATA, *PCLASS_PRIVATE_COMMON_DATA;
typedef struct _MEDIA_CHANGE_DETECTION_INFO MEDIA_CHANGE_DETECTION_INFO,
    *PMEDIA_CHANGE_DETECTION_INFO;
typedef struct _FUNCTIONAL_DEVICE_EXTENSION FUNCTIONAL_DEVICE_EXTENSION,
    *PFUNCTIONAL_DEVICE_EXTENSION;
typedef struct _TRANSFER_PACKET TRANSFER_PACKET, *PTRANSFER_PACKET;

// ---- Routines of class drivers

typedef VOID(NTAPI *PCLASS_ERROR)(PDEVICE_OBJECT DeviceObject, PSCSI_REQUEST_BLOCK Srb,
                                  NTSTATUS *Status, BOOLEAN *Retry);
typedef NTSTATUS(NTAPI *PCLASS_ADD_DEVICE)(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT Pdo);
typedef NTSTATUS(NTAPI *PCLASS_POWER_DEVICE)(PDEVICE_OBJECT DeviceObject, PIRP Irp);
typedef NTSTATUS(NTAPI *PCLASS_START_DEVICE)(PDEVICE_OBJECT DeviceObject);
typedef NTSTATUS(NTAPI *PCLASS_STOP_DEVICE)(PDEVICE_OBJECT DeviceObject, UCHAR Type);
typedef NTSTATUS(NTAPI *PCLASS_INIT_DEVICE)(PDEVICE_OBJECT DeviceObject);
typedef NTSTATUS(NTAPI *PCLASS_ENUM_DEVICE)(PDEVICE_OBJECT DeviceObject);
typedef NTSTATUS(NTAPI *PCLASS_READ_WRITE)(PDEVICE_OBJECT DeviceObject, PIRP Irp);
typedef NTSTATUS(NTAPI *PCLASS_DEVICE_CONTROL)(PDEVICE_OBJECT DeviceObject, PIRP Irp);
typedef NTSTATUS(NTAPI *PCLASS_SHUTDOWN_FLUSH)(PDEVICE_OBJECT DeviceObject, PIRP Irp);
typedef NTSTATUS(NTAPI *PCLASS_CREATE_CLOSE)(PDEVICE_OBJECT DeviceObject, PIRP Irp);
typedef NTSTATUS(NTAPI *PCLASS_QUERY_ID)(PDEVICE_OBJECT DeviceObject, BUS_QUERY_ID_TYPE IdType,
                                         PUNICODE_STRING IdString);
typedef NTSTATUS(NTAPI *PCLASS_REMOVE_DEVICE)(PDEVICE_OBJECT DeviceObject, UCHAR Type);
typedef VOID(NTAPI *PCLASS_UNLOAD)(PDRIVER_OBJECT DriverObject);
typedef NTSTATUS(NTAPI *PCLASS_QUERY_PNP_CAPABILITIES)(PDEVICE_OBJECT PhysicalDeviceObject,
                                                       PDEVICE_CAPABILITIES Capabilities);
typedef VOID(NTAPI *PCLASS_TICK)(PDEVICE_OBJECT DeviceObject);
typedef NTSTATUS(NTAPI *PCLASS_QUERY_WMI_REGINFO_EX)(PDEVICE_OBJECT DeviceObject, ULONG *RegFlags,
                                                     PUNICODE_STRING Name,
                                                     PUNICODE_STRING MofResouceName);
typedef NTSTATUS(NTAPI *PCLASS_QUERY_WMI_REGINFO)(PDEVICE_OBJECT DeviceObject, ULONG *RegFlags,
                                                  PUNICODE_STRING Name);
typedef NTSTATUS(NTAPI *PCLASS_QUERY_WMI_DATABLOCK)(PDEVICE_OBJECT DeviceObject, PIRP Irp,
                                                    ULONG GuidIndex, ULONG BufferAvail,
                                                    PUCHAR Buffer);
typedef NTSTATUS(NTAPI *PCLASS_SET_WMI_DATABLOCK)(PDEVICE_OBJECT DeviceObject, PIRP Irp,
                                                  ULONG GuidIndex, ULONG BufferSize, PUCHAR Buffer);
typedef NTSTATUS(NTAPI *PCLASS_SET_WMI_DATAITEM)(PDEVICE_OBJECT DeviceObject, PIRP Irp,
                                                 ULONG GuidIndex, ULONG DataItemId,
                                                 ULONG BufferSize, PUCHAR Buffer);
typedef NTSTATUS(NTAPI *PCLASS_EXECUTE_WMI_METHOD)(PDEVICE_OBJECT DeviceObject, PIRP Irp,
                                                   ULONG GuidIndex, ULONG MethodId,
                                                   ULONG InBufferSize, ULONG OutBufferSize,
                                                   PUCHAR Buffer);
typedef NTSTATUS(NTAPI *PCLASS_WMI_FUNCTION_CONTROL)(PDEVICE_OBJECT DeviceObject, PIRP Irp,
                                                     ULONG GuidIndex,
                                                     CLASSENABLEDISABLEFUNCTION Function,
                                                     BOOLEAN Enable);
typedef VOID(NTAPI *PCLASS_SCAN_FOR_SPECIAL_HANDLER)(PFUNCTIONAL_DEVICE_EXTENSION FdoExtension,
                                                     ULONG_PTR Data);

typedef struct _CLASSPNP_SCAN_FOR_SPECIAL_INFO {
    PCHAR VendorId; // a star at the end stands for anything; null: any
    PCHAR ProductId;
    PCHAR ProductRevision;
    ULONG_PTR Data;
} CLASSPNP_SCAN_FOR_SPECIAL_INFO, *PCLASSPNP_SCAN_FOR_SPECIAL_INFO;

// ---- How a driver interprets errors by itself

typedef struct _SRB_HISTORY_ITEM {
    LARGE_INTEGER TickCountSent;
    LARGE_INTEGER TickCountCompleted;
    ULONG MillisecondsDelayOnRetry;
    SENSE_DATA NormalizedSenseData;
    UCHAR SrbStatus;
    UCHAR ClassDriverUse;
} SRB_HISTORY_ITEM, *PSRB_HISTORY_ITEM;

typedef struct _SRB_HISTORY {
    ULONG_PTR ClassDriverUse[4];
    ULONG TotalHistoryCount;
    ULONG UsedHistoryCount;
    SRB_HISTORY_ITEM History[1];
} SRB_HISTORY, *PSRB_HISTORY;

typedef BOOLEAN(NTAPI *PCLASS_INTERPRET_SENSE_INFO)(PDEVICE_OBJECT Fdo, PIRP OriginalRequest,
                                                    PSCSI_REQUEST_BLOCK Srb,
                                                    UCHAR MajorFunctionCode, ULONG IoDeviceCode,
                                                    ULONG PreviousRetryCount,
                                                    SRB_HISTORY *RequestHistory, NTSTATUS *Status,
                                                    LONGLONG *RetryIn100nsUnits);
typedef VOID(NTAPI *PCLASS_COMPRESS_RETRY_HISTORY_DATA)(PDEVICE_OBJECT DeviceObject,
                                                        PSRB_HISTORY RequestHistory);

typedef struct _CLASS_INTERPRET_SENSE_INFO2 {
    ULONG Size;
    ULONG HistoryCount;
    PCLASS_COMPRESS_RETRY_HISTORY_DATA Compress;
    PCLASS_INTERPRET_SENSE_INFO Interpret;
} CLASS_INTERPRET_SENSE_INFO2, *PCLASS_INTERPRET_SENSE_INFO2;

typedef struct _CLASS_WORKING_SET {
    ULONG Size;
    ULONG XferPacketsWorkingSetMaximum;
    ULONG XferPacketsWorkingSetMinimum;
} CLASS_WORKING_SET, *PCLASS_WORKING_SET;

// ---- The description of a driver

typedef struct {
    GUID Guid;
    ULONG InstanceCount;
    ULONG Flags;
} GUIDREGINFO, *PGUIDREGINFO;

typedef struct _CLASS_WMI_INFO {
    ULONG GuidCount;
    PGUIDREGINFO GuidRegInfo;
    PCLASS_QUERY_WMI_REGINFO ClassQueryWmiRegInfo;
    PCLASS_QUERY_WMI_DATABLOCK ClassQueryWmiDataBlock;
    PCLASS_SET_WMI_DATABLOCK ClassSetWmiDataBlock;
    PCLASS_SET_WMI_DATAITEM ClassSetWmiDataItem;
    PCLASS_EXECUTE_WMI_METHOD ClassExecuteWmiMethod;
    PCLASS_WMI_FUNCTION_CONTROL ClassWmiFunctionControl;
} CLASS_WMI_INFO, *PCLASS_WMI_INFO;

typedef struct _CLASS_QUERY_WMI_REGINFO_EX_LIST {
    ULONG Size;
    PCLASS_QUERY_WMI_REGINFO_EX ClassFdoQueryWmiRegInfoEx;
    PCLASS_QUERY_WMI_REGINFO_EX ClassPdoQueryWmiRegInfoEx;
} CLASS_QUERY_WMI_REGINFO_EX_LIST, *PCLASS_QUERY_WMI_REGINFO_EX_LIST;

typedef struct _CLASS_DEV_INFO {
    ULONG DeviceExtensionSize;
    DEVICE_TYPE DeviceType;
    UCHAR StackSize;
    ULONG DeviceCharacteristics;
    PCLASS_ERROR ClassError;
    PCLASS_READ_WRITE ClassReadWriteVerification;
    PCLASS_DEVICE_CONTROL ClassDeviceControl;
    PCLASS_SHUTDOWN_FLUSH ClassShutdownFlush;
    PCLASS_CREATE_CLOSE ClassCreateClose;
    PCLASS_INIT_DEVICE ClassInitDevice;
    PCLASS_START_DEVICE ClassStartDevice;
    PCLASS_POWER_DEVICE ClassPowerDevice;
    PCLASS_STOP_DEVICE ClassStopDevice;
    PCLASS_REMOVE_DEVICE ClassRemoveDevice;
    PCLASS_QUERY_PNP_CAPABILITIES ClassQueryPnpCapabilities;
    CLASS_WMI_INFO ClassWmiInfo;
} CLASS_DEV_INFO, *PCLASS_DEV_INFO;

struct _CLASS_INIT_DATA {
    ULONG InitializationDataSize;
    CLASS_DEV_INFO FdoData;
    CLASS_DEV_INFO PdoData;
    PCLASS_ADD_DEVICE ClassAddDevice;
    PCLASS_ENUM_DEVICE ClassEnumerateDevice;
    PCLASS_QUERY_ID ClassQueryId;
    PDRIVER_STARTIO ClassStartIo;
    PCLASS_UNLOAD ClassUnload;
    PCLASS_TICK ClassTick;
};

typedef struct _CLASS_DRIVER_EXTENSION {
    UNICODE_STRING RegistryPath;
    CLASS_INIT_DATA InitData;
    ULONG DeviceCount;
    PCLASS_QUERY_WMI_REGINFO_EX ClassFdoQueryWmiRegInfoEx;
    PCLASS_QUERY_WMI_REGINFO_EX ClassPdoQueryWmiRegInfoEx;
    REGHANDLE EtwHandle;
    PDRIVER_DISPATCH DeviceMajorFunctionTable[IRP_MJ_MAXIMUM_FUNCTION + 1];
    PDRIVER_DISPATCH MpDeviceMajorFunctionTable[IRP_MJ_MAXIMUM_FUNCTION + 1];
    PCLASS_INTERPRET_SENSE_INFO2 InterpretSenseInfo;
    PCLASS_WORKING_SET WorkingSet;
    ULONG SrbSupport;
} CLASS_DRIVER_EXTENSION, *PCLASS_DRIVER_EXTENSION;

#ifdef __cplusplus
}
#endif

C_ASSERT(sizeof(CLASS_WMI_INFO) == 0x40);
C_ASSERT(sizeof(CLASS_DEV_INFO) == 0xA8);
C_ASSERT(sizeof(CLASS_INIT_DATA) == 0x188);

#endif
