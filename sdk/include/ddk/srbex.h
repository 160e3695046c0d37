// The extended request block: a header, an address and any number of typed blocks of data, found by offsets from
// the header's start. It begins as a SCSI_REQUEST_BLOCK does, with Function telling the two apart.
#ifndef PROTEUS_DDK_SRBEX_H
#define PROTEUS_DDK_SRBEX_H

#include <srb.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SRB_ALIGN          DECLSPEC_ALIGN(8)
#define STOR_ADDRESS_ALIGN DECLSPEC_ALIGN(8)
#define SRBEX_DATA_ALIGN   DECLSPEC_ALIGN(8)
#ifndef POINTER_ALIGN
#define POINTER_ALIGN DECLSPEC_ALIGN(8)
#endif

#define SRB_SIGNATURE                   0x53524258
#define STORAGE_REQUEST_BLOCK_VERSION_1 0x1

#define SRB_TYPE_SCSI_REQUEST_BLOCK    0
#define SRB_TYPE_STORAGE_REQUEST_BLOCK 1

#define STORAGE_ADDRESS_TYPE_BTL8 0

// ---- Addresses

#define STOR_ADDRESS_TYPE_UNKNOWN 0x0
#define STOR_ADDRESS_TYPE_BTL8    0x1
#define STOR_ADDRESS_TYPE_MAX     0xFFFF

#define STOR_ADDR_BTL8_ADDRESS_LENGTH 4

typedef struct STOR_ADDRESS_ALIGN _STOR_ADDRESS {
    USHORT Type;
    USHORT Port;
    ULONG AddressLength;
    UCHAR AddressData[ANYSIZE_ARRAY];
} STOR_ADDRESS, *PSTOR_ADDRESS;

typedef struct STOR_ADDRESS_ALIGN _STOR_ADDR_BTL8 {
    USHORT Type;
    USHORT Port;
    ULONG AddressLength;
    UCHAR Path;
    UCHAR Target;
    UCHAR Lun;
    UCHAR Reserved;
} STOR_ADDR_BTL8, *PSTOR_ADDR_BTL8;

// ---- Blocks of data

typedef enum _SRBEXDATATYPE {
    SrbExDataTypeUnknown = 0,
    SrbExDataTypeBidirectional,
    SrbExDataTypeScsiCdb16 = 0x40,
    SrbExDataTypeScsiCdb32,
    SrbExDataTypeScsiCdbVar,
    SrbExDataTypeWmi = 0x60,
    SrbExDataTypePower,
    SrbExDataTypePnP,
    SrbExDataTypeIoInfo = 0x80,
    SrbExDataTypeMSReservedStart = (int)0xF0000000,
    SrbExDataTypeReserved = (int)0xFFFFFFFF
} SRBEXDATATYPE,
    *PSRBEXDATATYPE;

typedef struct SRBEX_DATA_ALIGN _SRBEX_DATA {
    SRBEXDATATYPE Type;
    ULONG Length;
    DECLSPEC_ALIGN(8) UCHAR Data[ANYSIZE_ARRAY];
} SRBEX_DATA, *PSRBEX_DATA;

typedef struct SRBEX_DATA_ALIGN _SRBEX_DATA_BIDIRECTIONAL {
    SRBEXDATATYPE Type;
    ULONG Length;
    ULONG DataInTransferLength;
    ULONG Reserved1;
    PVOID POINTER_ALIGN DataInBuffer;
} SRBEX_DATA_BIDIRECTIONAL, *PSRBEX_DATA_BIDIRECTIONAL;

typedef struct SRBEX_DATA_ALIGN _SRBEX_DATA_SCSI_CDB16 {
    SRBEXDATATYPE Type;
    ULONG Length;
    UCHAR ScsiStatus;
    UCHAR SenseInfoBufferLength;
    UCHAR CdbLength;
    UCHAR Reserved;
    ULONG Reserved1;
    PVOID POINTER_ALIGN SenseInfoBuffer;
    UCHAR POINTER_ALIGN Cdb[16];
} SRBEX_DATA_SCSI_CDB16, *PSRBEX_DATA_SCSI_CDB16;

typedef struct SRBEX_DATA_ALIGN _SRBEX_DATA_SCSI_CDB32 {
    SRBEXDATATYPE Type;
    ULONG Length;
    UCHAR ScsiStatus;
    UCHAR SenseInfoBufferLength;
    UCHAR CdbLength;
    UCHAR Reserved;
    ULONG Reserved1;
    PVOID POINTER_ALIGN SenseInfoBuffer;
    UCHAR POINTER_ALIGN Cdb[32];
} SRBEX_DATA_SCSI_CDB32, *PSRBEX_DATA_SCSI_CDB32;

typedef struct SRBEX_DATA_ALIGN _SRBEX_DATA_SCSI_CDB_VAR {
    SRBEXDATATYPE Type;
    ULONG Length;
    UCHAR ScsiStatus;
    UCHAR SenseInfoBufferLength;
    UCHAR Reserved[2];
    ULONG CdbLength;
    ULONG Reserved1[2];
    PVOID POINTER_ALIGN SenseInfoBuffer;
    UCHAR POINTER_ALIGN Cdb[ANYSIZE_ARRAY];
} SRBEX_DATA_SCSI_CDB_VAR, *PSRBEX_DATA_SCSI_CDB_VAR;

typedef struct SRBEX_DATA_ALIGN _SRBEX_DATA_WMI {
    SRBEXDATATYPE Type;
    ULONG Length;
    UCHAR WMISubFunction;
    UCHAR WMIFlags;
    UCHAR Reserved[2];
    ULONG Reserved1;
    PVOID POINTER_ALIGN DataPath;
} SRBEX_DATA_WMI, *PSRBEX_DATA_WMI;

typedef struct SRBEX_DATA_ALIGN _SRBEX_DATA_POWER {
    SRBEXDATATYPE Type;
    ULONG Length;
    UCHAR SrbPowerFlags;
    UCHAR Reserved[3];
    STOR_DEVICE_POWER_STATE DevicePowerState;
    STOR_POWER_ACTION PowerAction;
} SRBEX_DATA_POWER, *PSRBEX_DATA_POWER;

typedef struct SRBEX_DATA_ALIGN _SRBEX_DATA_PNP {
    SRBEXDATATYPE Type;
    ULONG Length;
    UCHAR PnPSubFunction;
    UCHAR Reserved[3];
    STOR_PNP_ACTION PnPAction;
    ULONG SrbPnPFlags;
    ULONG Reserved1;
} SRBEX_DATA_PNP, *PSRBEX_DATA_PNP;

typedef struct SRBEX_DATA_ALIGN _SRBEX_DATA_IO_INFO {
    SRBEXDATATYPE Type;
    ULONG Length;
    ULONG Flags;
    ULONG Key;
    ULONG RWLength;
    BOOLEAN IsWriteRequest;
    UCHAR CachePriority;
    UCHAR Reserved[2];
    ULONG Reserved1[4];
} SRBEX_DATA_IO_INFO, *PSRBEX_DATA_IO_INFO;

// SRBEX_DATA_IO_INFO.Flags
#define REQUEST_INFO_NO_CACHE_FLAG             0x00000001
#define REQUEST_INFO_PAGING_IO_FLAG            0x00000002
#define REQUEST_INFO_SEQUENTIAL_IO_FLAG        0x00000004
#define REQUEST_INFO_TEMPORARY_FLAG            0x00000008
#define REQUEST_INFO_WRITE_THROUGH_FLAG        0x00000010
#define REQUEST_INFO_HYBRID_WRITE_THROUGH_FLAG 0x00000020
#define REQUEST_INFO_NO_FILE_OBJECT_FLAG       0x00000040
#define REQUEST_INFO_VOLSNAP_IO_FLAG           0x00000080
#define REQUEST_INFO_STREAM_FLAG               0x00000100
#define REQUEST_INFO_VALID_CACHEPRIORITY_FLAG  0x80000000

// A block's Length counts from behind Length itself.
#define SRBEX_DATA_LENGTH_OF(Type)         (sizeof(Type) - 2 * sizeof(ULONG))
#define SRBEX_DATA_BIDIRECTIONAL_LENGTH    SRBEX_DATA_LENGTH_OF(SRBEX_DATA_BIDIRECTIONAL)
#define SRBEX_DATA_SCSI_CDB16_LENGTH       SRBEX_DATA_LENGTH_OF(SRBEX_DATA_SCSI_CDB16)
#define SRBEX_DATA_SCSI_CDB32_LENGTH       SRBEX_DATA_LENGTH_OF(SRBEX_DATA_SCSI_CDB32)
#define SRBEX_DATA_SCSI_CDB_VAR_LENGTH_MIN SRBEX_DATA_LENGTH_OF(SRBEX_DATA_SCSI_CDB_VAR)
#define SRBEX_DATA_SCSI_CDB_VAR_LENGTH_MAX 0xFFFFFFFFUL
#define SRBEX_DATA_WMI_LENGTH              SRBEX_DATA_LENGTH_OF(SRBEX_DATA_WMI)
#define SRBEX_DATA_POWER_LENGTH            (FIELD_OFFSET(SRBEX_DATA_POWER, PowerAction) - 4)
#define SRBEX_DATA_PNP_LENGTH              SRBEX_DATA_LENGTH_OF(SRBEX_DATA_PNP)
#define SRBEX_DATA_IO_INFO_LENGTH          SRBEX_DATA_LENGTH_OF(SRBEX_DATA_IO_INFO)

// ---- The request block

typedef struct SRB_ALIGN _STORAGE_REQUEST_BLOCK_HEADER {
    USHORT Length;
    UCHAR Function;
    UCHAR SrbStatus;
} STORAGE_REQUEST_BLOCK_HEADER, *PSTORAGE_REQUEST_BLOCK_HEADER;

typedef struct SRB_ALIGN _STORAGE_REQUEST_BLOCK {
    USHORT Length;
    UCHAR Function;
    UCHAR SrbStatus;
    ULONG ReservedUlong1;
    ULONG Signature;
    ULONG Version;
    ULONG SrbLength;
    ULONG SrbFunction;
    ULONG SrbFlags;
    ULONG ReservedUlong2;
    ULONG RequestTag;
    USHORT RequestPriority;
    USHORT RequestAttribute;
    ULONG TimeOutValue;
    ULONG SystemStatus;
    ULONG ZeroGuard1;
    ULONG AddressOffset;
    ULONG NumSrbExData;
    ULONG DataTransferLength;
    PVOID POINTER_ALIGN DataBuffer;
    PVOID POINTER_ALIGN ZeroGuard2;
    PVOID POINTER_ALIGN OriginalRequest;
    PVOID POINTER_ALIGN ClassContext;
    PVOID POINTER_ALIGN PortContext;
    PVOID POINTER_ALIGN MiniportContext;
    struct _STORAGE_REQUEST_BLOCK POINTER_ALIGN *NextSrb;
    ULONG SrbExDataOffset[ANYSIZE_ARRAY];
} STORAGE_REQUEST_BLOCK, *PSTORAGE_REQUEST_BLOCK;

#ifdef __cplusplus
}
#endif

C_ASSERT(sizeof(STOR_ADDRESS) == 0x10 && sizeof(STOR_ADDR_BTL8) == 0x10);
C_ASSERT(FIELD_OFFSET(STOR_ADDR_BTL8, Path) == 8);
C_ASSERT(FIELD_OFFSET(SRBEX_DATA, Data) == 8);
C_ASSERT(sizeof(SRBEX_DATA_SCSI_CDB16) == 0x28 && sizeof(SRBEX_DATA_SCSI_CDB32) == 0x38);
C_ASSERT(FIELD_OFFSET(SRBEX_DATA_SCSI_CDB16, Cdb) == 0x18);
C_ASSERT(FIELD_OFFSET(SRBEX_DATA_SCSI_CDB_VAR, Cdb) == 0x20);
C_ASSERT(sizeof(SRBEX_DATA_IO_INFO) == 0x28 && sizeof(SRBEX_DATA_BIDIRECTIONAL) == 0x18);
C_ASSERT(FIELD_OFFSET(STORAGE_REQUEST_BLOCK, SrbFlags) == 0x18);
C_ASSERT(FIELD_OFFSET(STORAGE_REQUEST_BLOCK, DataBuffer) == 0x40);
C_ASSERT(FIELD_OFFSET(STORAGE_REQUEST_BLOCK, OriginalRequest) == 0x50);
C_ASSERT(FIELD_OFFSET(STORAGE_REQUEST_BLOCK, SrbExDataOffset) == 0x78);
C_ASSERT(sizeof(STORAGE_REQUEST_BLOCK) == 0x80);

#endif
