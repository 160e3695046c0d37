// mingw-w64's <scsi.h>, and what that of Windows 10 has beside it: newer commands' data, vital product data pages,
// sense data in both formats. Values are those of SPC-4, SBC-3 and SAT-3.
#ifndef PROTEUS_DDK_SCSI_H
#define PROTEUS_DDK_SCSI_H

#ifdef _NTSCSI_USER_MODE_
#ifndef _NTSRB_
#define _NTSRB_
#endif
#else
#include <srb.h>
#endif

// INQUIRYDATA follows below, with the version descriptors.
#define _INQUIRYDATA _OLD_INQUIRYDATA
#define INQUIRYDATA  OLD_INQUIRYDATA
#define PINQUIRYDATA POLD_INQUIRYDATA
#include_next <scsi.h>
#undef _INQUIRYDATA
#undef INQUIRYDATA
#undef PINQUIRYDATA

#include <scsisense.h>
#include <scsivpd.h>

#ifdef __cplusplus
extern "C" {
#endif

// ---- Operation codes

#define SCSIOP_ATA_PASSTHROUGH32      0x1FF0
#define VER_DESCRIPTOR_1667_NOVERSION 0xFFC0
#define SCSIOP_RECEIVE_CREDENTIAL     0x1800
#ifndef MODE_SENSE_DEFAULT_VALUES
#define MODE_SENSE_DEFAULT_VALUES 0x80
#endif
#define SERVICE_ACTION_REPORT_SUPPORTED_OPERATION_CODES 0x0C
#define SERVICE_ACTION_REPORT_PRIORITY                  0x0E

// ---- WRITE BUFFER, READ BUFFER

#define SCSI_WRITE_BUFFER_MODE_00                       0x00
#define SCSI_WRITE_BUFFER_MODE_02                       0x02
#define SCSI_WRITE_BUFFER_MODE_04                       0x04
#define SCSI_WRITE_BUFFER_MODE_05                       0x05
#define SCSI_WRITE_BUFFER_MODE_06                       0x06
#define SCSI_WRITE_BUFFER_MODE_07                       0x07
#define SCSI_WRITE_BUFFER_MODE_0A                       0x0A
#define SCSI_WRITE_BUFFER_MODE_0B                       0x0B
#define SCSI_WRITE_BUFFER_MODE_0D                       0x0D
#define SCSI_WRITE_BUFFER_MODE_0E                       0x0E
#define SCSI_WRITE_BUFFER_MODE_0F                       0x0F
#define SCSI_WRITE_BUFFER_MODE_0D_MODE_SPECIFIC_VSE_ACT 0x01
#define SCSI_WRITE_BUFFER_MODE_0D_MODE_SPECIFIC_HR_ACT  0x02
#define SCSI_WRITE_BUFFER_MODE_0D_MODE_SPECIFIC_PO_ACT  0x04

#define READ_BUFFER_MODE_ERROR_HISTORY 0x1C

// ---- INQUIRY and READ CAPACITY (16)

#pragma pack(push, 1)

typedef union _VERSION_DESCRIPTOR {
    UCHAR AsByte[2];
    USHORT AsUshort;
} VERSION_DESCRIPTOR, *PVERSION_DESCRIPTOR;

typedef struct _INQUIRYDATA {
    UCHAR DeviceType : 5;
    UCHAR DeviceTypeQualifier : 3;
    UCHAR DeviceTypeModifier : 7;
    UCHAR RemovableMedia : 1;
    union {
        UCHAR Versions;
        struct {
            UCHAR ANSIVersion : 3;
            UCHAR ECMAVersion : 3;
            UCHAR ISOVersion : 2;
        };
    };
    UCHAR ResponseDataFormat : 4;
    UCHAR HiSupport : 1;
    UCHAR NormACA : 1;
    UCHAR TerminateTask : 1;
    UCHAR AERC : 1;
    UCHAR AdditionalLength;
    union {
        UCHAR Reserved;
        struct {
            UCHAR PROTECT : 1;
            UCHAR Reserved_1 : 2;
            UCHAR ThirdPartyCoppy : 1;
            UCHAR TPGS : 2;
            UCHAR ACC : 1;
            UCHAR SCCS : 1;
        };
    };
    UCHAR Addr16 : 1;
    UCHAR Addr32 : 1;
    UCHAR AckReqQ : 1;
    UCHAR MediumChanger : 1;
    UCHAR MultiPort : 1;
    UCHAR ReservedBit2 : 1;
    UCHAR EnclosureServices : 1;
    UCHAR ReservedBit3 : 1;
    UCHAR SoftReset : 1;
    UCHAR CommandQueue : 1;
    UCHAR TransferDisable : 1;
    UCHAR LinkedCommands : 1;
    UCHAR Synchronous : 1;
    UCHAR Wide16Bit : 1;
    UCHAR Wide32Bit : 1;
    UCHAR RelativeAddressing : 1;
    UCHAR VendorId[8];
    UCHAR ProductId[16];
    UCHAR ProductRevisionLevel[4];
    UCHAR VendorSpecific[20];
    UCHAR Reserved3[2];
    VERSION_DESCRIPTOR VersionDescriptors[8];
    UCHAR Reserved4[30];
} INQUIRYDATA, *PINQUIRYDATA;

typedef struct _READ_CAPACITY16_DATA {
    LARGE_INTEGER LogicalBlockAddress;
    ULONG BytesPerBlock;
    UCHAR ProtectionEnable : 1;
    UCHAR ProtectionType : 3;
    UCHAR RcBasis : 2;
    UCHAR Reserved : 2;
    UCHAR LogicalPerPhysicalExponent : 4;
    UCHAR ProtectionInfoExponent : 4;
    UCHAR LowestAlignedBlock_MSB : 6;
    UCHAR LBPRZ : 1;
    UCHAR LBPME : 1;
    UCHAR LowestAlignedBlock_LSB;
    UCHAR Reserved3[16];
} READ_CAPACITY16_DATA, *PREAD_CAPACITY16_DATA;

// ---- UNMAP

typedef struct _UNMAP_BLOCK_DESCRIPTOR {
    UCHAR StartingLba[8];
    UCHAR LbaCount[4];
    UCHAR Reserved[4];
} UNMAP_BLOCK_DESCRIPTOR, *PUNMAP_BLOCK_DESCRIPTOR;

typedef struct _UNMAP_LIST_HEADER {
    UCHAR DataLength[2];
    UCHAR BlockDescrDataLength[2];
    UCHAR Reserved[4];
    UNMAP_BLOCK_DESCRIPTOR Descriptors[0];
} UNMAP_LIST_HEADER, *PUNMAP_LIST_HEADER;

// ---- GET LBA STATUS

#define LBA_STATUS_MAPPED      0x0
#define LBA_STATUS_DEALLOCATED 0x1
#define LBA_STATUS_ANCHORED    0x2

typedef struct _LBA_STATUS_DESCRIPTOR {
    ULONGLONG StartingLBA;
    ULONG LogicalBlockCount;
    UCHAR ProvisioningStatus : 4;
    UCHAR Reserved1 : 4;
    UCHAR Reserved2[3];
} LBA_STATUS_DESCRIPTOR, *PLBA_STATUS_DESCRIPTOR;

typedef struct _LBA_STATUS_LIST_HEADER {
    ULONG ParameterLength;
    ULONG Reserved;
    LBA_STATUS_DESCRIPTOR Descriptors[0];
} LBA_STATUS_LIST_HEADER, *PLBA_STATUS_LIST_HEADER;

// ---- GET PHYSICAL ELEMENT STATUS

typedef struct _PHYSICAL_ELEMENT_STATUS_DATA_DESCRIPTOR {
    UCHAR Reserved1[4];
    UCHAR ElementIdentifier[4];
    UCHAR Reserved2[6];
    UCHAR PhysicalElementType;
    UCHAR PhysicalElementHealth;
    UCHAR AssociatedCapacity[8];
    UCHAR Reserved3[8];
} PHYSICAL_ELEMENT_STATUS_DATA_DESCRIPTOR, *PPHYSICAL_ELEMENT_STATUS_DATA_DESCRIPTOR;

typedef struct _PHYSICAL_ELEMENT_STATUS_PARAMETER_DATA {
    UCHAR DescriptorCount[4];
    UCHAR ReturnedDescriptorCount[4];
    UCHAR ElementIdentifierBeingDepoped[4];
    UCHAR Reserved[20];
    PHYSICAL_ELEMENT_STATUS_DATA_DESCRIPTOR Descriptors[ANYSIZE_ARRAY];
} PHYSICAL_ELEMENT_STATUS_PARAMETER_DATA, *PPHYSICAL_ELEMENT_STATUS_PARAMETER_DATA;

// ---- LOG SENSE

#define LOG_PAGE_CODE_SUPPORTED_LOG_PAGES        0x00
#define LOG_PAGE_CODE_WRITE_ERROR_COUNTERS       0x02
#define LOG_PAGE_CODE_READ_ERROR_COUNTERS        0x03
#define LOG_PAGE_CODE_TEMPERATURE                0x0D
#define LOG_PAGE_CODE_STARTSTOP_CYCLE            0x0E
#define LOG_PAGE_CODE_SELFTEST_RESULTS           0x10
#define LOG_PAGE_CODE_SOLID_STATE_MEDIA          0x11
#define LOG_PAGE_CODE_BACKGROUND_SCAN_RESULTS    0x15
#define LOG_PAGE_CODE_INFORMATIONAL_EXCEPTIONS   0x2F
#define LOG_PAGE_LOGICAL_BLOCK_PROVISIONING      0x0C
#define LOG_PAGE_CODE_LOGICAL_BLOCK_PROVISIONING LOG_PAGE_LOGICAL_BLOCK_PROVISIONING
#define LOG_PAGE_CODE_UTILIZATION                0x0E

typedef struct _LOG_PAGE {
    UCHAR PageCode : 6;
    UCHAR SubPageFormat : 1;
    UCHAR DisableSave : 1;
    UCHAR SubPageCode;
    UCHAR PageLength[2];
} LOG_PAGE, *PLOG_PAGE;

typedef struct _LOG_PARAMETER_HEADER {
    UCHAR ParameterCode[2];
    union {
        UCHAR ControlByte;
        struct {
            UCHAR FormatAndLinking : 2;
            UCHAR TMC : 2;
            UCHAR ETC : 1;
            UCHAR TSD : 1;
            UCHAR Obsolete : 1;
            UCHAR DU : 1;
        };
    };
    UCHAR ParameterLength;
} LOG_PARAMETER_HEADER, *PLOG_PARAMETER_HEADER;

// ---- Mode pages

typedef struct _MODE_CONTROL_PAGE {
    UCHAR PageCode : 6;
    UCHAR Reserved1 : 1;
    UCHAR PageSavable : 1;
    UCHAR PageLength;
    UCHAR RLEC : 1;
    UCHAR GLTSD : 1;
    UCHAR D_SENSE : 1;
    UCHAR DPICZ : 1;
    UCHAR TMF_ONLY : 1;
    UCHAR TST : 3;
    UCHAR Obsolete1 : 1;
    UCHAR QERR : 2;
    UCHAR NUAR : 1;
    UCHAR QueueAlgorithmModifier : 4;
    UCHAR Obsolete2 : 3;
    UCHAR SWP : 1;
    UCHAR UA_INTLCK_CTRL : 2;
    UCHAR RAC : 1;
    UCHAR VS : 1;
    UCHAR AutoloadMode : 3;
    UCHAR Reserved2 : 1;
    UCHAR RWWP : 1;
    UCHAR ATMPE : 1;
    UCHAR TAS : 1;
    UCHAR ATO : 1;
    UCHAR Obsolete3[2];
    UCHAR BusyTimeoutPeriod[2];
    UCHAR ExtendeSelfTestCompletionTime[2];
} MODE_CONTROL_PAGE, *PMODE_CONTROL_PAGE;

// ---- Offloaded data transfer

typedef struct _BLOCK_DEVICE_TOKEN_DESCRIPTOR {
    UCHAR TokenIdentifier[512];
} BLOCK_DEVICE_TOKEN_DESCRIPTOR, *PBLOCK_DEVICE_TOKEN_DESCRIPTOR;

typedef struct _BLOCK_DEVICE_RANGE_DESCRIPTOR {
    UCHAR LogicalBlockAddress[8];
    UCHAR TransferLength[4];
    UCHAR Reserved[4];
} BLOCK_DEVICE_RANGE_DESCRIPTOR, *PBLOCK_DEVICE_RANGE_DESCRIPTOR;

#pragma pack(pop)

C_ASSERT(sizeof(READ_CAPACITY16_DATA) == 32);
C_ASSERT(sizeof(UNMAP_LIST_HEADER) == 8 && sizeof(UNMAP_BLOCK_DESCRIPTOR) == 16);
C_ASSERT(sizeof(LBA_STATUS_DESCRIPTOR) == 16);
C_ASSERT(sizeof(MODE_CONTROL_PAGE) == 12);
C_ASSERT(sizeof(CDB) == 32 || sizeof(CDB) == 16);
C_ASSERT(sizeof(INQUIRYDATA) == 104);

#ifdef __cplusplus
}
#endif

#endif
