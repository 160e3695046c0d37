// Sense data in its two formats, fixed and descriptor (SPC-4, 4.5). Included by <scsi.h>.
#ifndef PROTEUS_DDK_SCSISENSE_H
#define PROTEUS_DDK_SCSISENSE_H

#ifdef __cplusplus
extern "C" {
#endif

#define SCSI_SENSE_ERRORCODE_FIXED_CURRENT       0x70
#define SCSI_SENSE_ERRORCODE_FIXED_DEFERRED      0x71
#define SCSI_SENSE_ERRORCODE_DESCRIPTOR_CURRENT  0x72
#define SCSI_SENSE_ERRORCODE_DESCRIPTOR_DEFERRED 0x73

#define SCSI_SENSE_OPTIONS_NONE                                     0x0
#define SCSI_SENSE_OPTIONS_FIXED_FORMAT_IF_UNKNOWN_FORMAT_INDICATED 0x1

#define SCSI_SENSE_DESCRIPTOR_TYPE_INFORMATION                  0x00
#define SCSI_SENSE_DESCRIPTOR_TYPE_COMMAND_SPECIFIC             0x01
#define SCSI_SENSE_DESCRIPTOR_TYPE_SENSE_KEY_SPECIFIC           0x02
#define SCSI_SENSE_DESCRIPTOR_TYPE_FIELD_REPLACEABLE_UNIT       0x03
#define SCSI_SENSE_DESCRIPTOR_TYPE_STREAM_COMMAND               0x04
#define SCSI_SENSE_DESCRIPTOR_TYPE_BLOCK_COMMAND                0x05
#define SCSI_SENSE_DESCRIPTOR_TYPE_OSD_OBJECT_IDENTIFICATION    0x06
#define SCSI_SENSE_DESCRIPTOR_TYPE_OSD_RESPONSE_INTEGRITY_CHECK 0x07
#define SCSI_SENSE_DESCRIPTOR_TYPE_OSD_ATTRIBUTE_IDENTIFICATION 0x08
#define SCSI_SENSE_DESCRIPTOR_TYPE_ATA_STATUS_RETURN            0x09
#define SCSI_SENSE_DESCRIPTOR_TYPE_PROGRESS_INDICATION          0x0A
#define SCSI_SENSE_DESCRIPTOR_TYPE_USER_DATA_SEGMENT_REFERRAL   0x0B
#define SCSI_SENSE_DESCRIPTOR_TYPE_FORWARDED_SENSE_DATA         0x0C

// Additional sense codes beyond mingw-w64's.
#define SCSI_ADSENSE_ACKNOWLEDGE_CRC_ERROR           0x4B
#define SCSI_ADSENSE_DATA_PHASE_ERROR                0x4B
#define SCSI_ADSENSE_DATA_TRANSFER_ERROR             0x4B
#define SCSI_ADSENSE_DEFECT_LIST_ERROR               0x19
#define SCSI_ADSENSE_COPY_TARGET_DEVICE_ERROR        0x0D
#define SCSI_ADSENSE_UNRECOVERED_ERROR               0x11
#define SCSI_ADSENSE_INTERNAL_TARGET_FAILURE         0x44
#define SCSI_ADSENSE_SPACE_ALLOCATION                0x27
#define SCSI_ADSENSE_LB_PROVISIONING                 0x38
#define SCSI_ADSENSE_INVALID_TOKEN                   0x23
#define SCSI_ADSENSE_RESOURCE_FAILURE                0x55
#define SCSI_ADSENSE_NOTIFICATION                    0x5D
#define SCSI_ADSENSE_FORMAT_CORRUPTED                0x31
#define SCSI_ADSENSE_SAVING_PARAMETERS_NOT_SUPPORTED 0x39
#define SCSI_ADSENSE_TOO_MUCH_WRITE_DATA             0x26
#define SCSI_ADSENSE_LOGICAL_UNIT_ERROR              0x3E
#define SCSI_ADSENSE_COMMAND_SEQUENCE_ERROR          0x2C
#define SCSI_ADSENSE_SANITIZE_COMMAND_FAILED         0x31
#define SCSI_ADSENSE_TIME_OUT                        0x2E

#define SCSI_SENSEQ_SPACE_ALLOC_FAILED_WRITE_PROTECT   0x07
#define SCSI_SENSEQ_SOFT_THRESHOLD_REACHED             0x07
#define SCSI_SENSEQ_CAPACITY_DATA_CHANGED              0x09
#define SCSI_SENSEQ_MODE_PARAMETERS_CHANGED            0x01
#define SCSI_SENSEQ_RESERVATIONS_PREEMPTED             0x03
#define SCSI_SENSEQ_RESERVATIONS_RELEASED              0x04
#define SCSI_SENSEQ_REGISTRATIONS_PREEMPTED            0x05
#define SCSI_SENSEQ_POWER_ON_RESET_OR_BUS_DEVICE_RESET 0x00
#define SCSI_SENSEQ_COMMANDS_CLEARED                   0x00
#define SCSI_ADSENSE_COMMANDS_CLEARED                  0x2F
#define SCSI_SENSEQ_SANITIZE_IN_PROGRESS               0x1B
#define SCSI_SENSEQ_UNRECOVERED_READ_ERROR             0x00
#define SCSI_SENSEQ_SYSTEM_RESOURCE_FAILURE            0x01

#pragma pack(push, 1)

typedef SENSE_DATA FIXED_SENSE_DATA, *PFIXED_SENSE_DATA;

typedef struct _DESCRIPTOR_SENSE_DATA {
    UCHAR ErrorCode : 7;
    UCHAR Reserved1 : 1;
    UCHAR SenseKey : 4;
    UCHAR Reserved2 : 4;
    UCHAR AdditionalSenseCode;
    UCHAR AdditionalSenseCodeQualifier;
    UCHAR Reserved3[3];
    UCHAR AdditionalSenseLength;
    UCHAR DescriptorBuffer[ANYSIZE_ARRAY];
} DESCRIPTOR_SENSE_DATA, *PDESCRIPTOR_SENSE_DATA;

typedef struct _SENSE_DATA_EX {
    union {
        FIXED_SENSE_DATA FixedData;
        DESCRIPTOR_SENSE_DATA DescriptorData;
    };
} SENSE_DATA_EX, *PSENSE_DATA_EX;

typedef struct _SCSI_SENSE_DESCRIPTOR_HEADER {
    UCHAR DescriptorType;
    UCHAR AdditionalLength;
} SCSI_SENSE_DESCRIPTOR_HEADER, *PSCSI_SENSE_DESCRIPTOR_HEADER;

typedef struct _SCSI_SENSE_DESCRIPTOR_INFORMATION {
    SCSI_SENSE_DESCRIPTOR_HEADER Header;
    UCHAR Reserved1 : 7;
    UCHAR Valid : 1;
    UCHAR Reserved2;
    UCHAR Information[8];
} SCSI_SENSE_DESCRIPTOR_INFORMATION, *PSCSI_SENSE_DESCRIPTOR_INFORMATION;

typedef struct _SCSI_SENSE_DESCRIPTOR_BLOCK_COMMAND {
    SCSI_SENSE_DESCRIPTOR_HEADER Header;
    UCHAR Reserved1;
    UCHAR Reserved2 : 5;
    UCHAR IncorrectLength : 1;
    UCHAR Reserved3 : 2;
} SCSI_SENSE_DESCRIPTOR_BLOCK_COMMAND, *PSCSI_SENSE_DESCRIPTOR_BLOCK_COMMAND;

typedef struct _SCSI_SENSE_DESCRIPTOR_ATA_STATUS_RETURN {
    SCSI_SENSE_DESCRIPTOR_HEADER Header;
    UCHAR Extend : 1;
    UCHAR Reserved1 : 7;
    UCHAR Error;
    UCHAR SectorCount15_8;
    UCHAR SectorCount7_0;
    UCHAR LbaLow15_8;
    UCHAR LbaLow7_0;
    UCHAR LbaMid15_8;
    UCHAR LbaMid7_0;
    UCHAR LbaHigh15_8;
    UCHAR LbaHigh7_0;
    UCHAR Device;
    UCHAR Status;
} SCSI_SENSE_DESCRIPTOR_ATA_STATUS_RETURN, *PSCSI_SENSE_DESCRIPTOR_ATA_STATUS_RETURN;

#pragma pack(pop)

#define SCSI_SENSE_INLINE static inline __attribute__((unused))

SCSI_SENSE_INLINE UCHAR ScsiGetSenseErrorCode(PVOID SenseInfoBuffer)
{
    return SenseInfoBuffer ? ((PSENSE_DATA)SenseInfoBuffer)->ErrorCode : 0;
}

SCSI_SENSE_INLINE BOOLEAN IsFixedSenseDataFormat(PVOID SenseInfoBuffer)
{
    UCHAR Code = ScsiGetSenseErrorCode(SenseInfoBuffer);
    return Code == SCSI_SENSE_ERRORCODE_FIXED_CURRENT ||
           Code == SCSI_SENSE_ERRORCODE_FIXED_DEFERRED;
}

SCSI_SENSE_INLINE BOOLEAN IsDescriptorSenseDataFormat(PVOID SenseInfoBuffer)
{
    UCHAR Code = ScsiGetSenseErrorCode(SenseInfoBuffer);
    return Code == SCSI_SENSE_ERRORCODE_DESCRIPTOR_CURRENT ||
           Code == SCSI_SENSE_ERRORCODE_DESCRIPTOR_DEFERRED;
}

SCSI_SENSE_INLINE BOOLEAN IsSenseDataFormatValueValid(PVOID SenseInfoBuffer)
{
    return IsFixedSenseDataFormat(SenseInfoBuffer) || IsDescriptorSenseDataFormat(SenseInfoBuffer);
}

SCSI_SENSE_INLINE BOOLEAN IsSenseDataCurrentError(PVOID SenseInfoBuffer)
{
    UCHAR Code = ScsiGetSenseErrorCode(SenseInfoBuffer);
    return Code == SCSI_SENSE_ERRORCODE_FIXED_CURRENT ||
           Code == SCSI_SENSE_ERRORCODE_DESCRIPTOR_CURRENT;
}

SCSI_SENSE_INLINE BOOLEAN IsSenseDataDeferredError(PVOID SenseInfoBuffer)
{
    return IsSenseDataFormatValueValid(SenseInfoBuffer) &&
           !IsSenseDataCurrentError(SenseInfoBuffer);
}

// Both formats keep the additional length at byte 7.
SCSI_SENSE_INLINE BOOLEAN ScsiGetTotalSenseByteCountIndicated(PVOID SenseInfoBuffer,
                                                              UCHAR SenseInfoBufferLength,
                                                              PUCHAR TotalByteCountIndicated)
{
    if (!SenseInfoBuffer || !TotalByteCountIndicated || SenseInfoBufferLength < 8)
        return FALSE;
    ULONG Total = 8u + ((PUCHAR)SenseInfoBuffer)[7];
    if (Total > 0xFF)
        return FALSE;
    *TotalByteCountIndicated = (UCHAR)Total;
    return TRUE;
}

SCSI_SENSE_INLINE BOOLEAN ScsiGetFixedSenseKeyAndCodes(PVOID SenseInfoBuffer,
                                                       UCHAR SenseInfoBufferLength, PUCHAR SenseKey,
                                                       PUCHAR AdditionalSenseCode,
                                                       PUCHAR AdditionalSenseCodeQualifier)
{
    PFIXED_SENSE_DATA Sense = (PFIXED_SENSE_DATA)SenseInfoBuffer;
    if (!Sense || SenseInfoBufferLength < RTL_SIZEOF_THROUGH_FIELD(FIXED_SENSE_DATA, Information))
        return FALSE;
    ULONG Indicated = 8;
    if (SenseInfoBufferLength >= 8)
        Indicated += Sense->AdditionalSenseLength;
    ULONG Valid = Indicated < SenseInfoBufferLength ? Indicated : SenseInfoBufferLength;
    if (SenseKey)
        *SenseKey = Sense->SenseKey;
    if (AdditionalSenseCode)
        *AdditionalSenseCode = Valid > 12 ? Sense->AdditionalSenseCode : 0;
    if (AdditionalSenseCodeQualifier)
        *AdditionalSenseCodeQualifier = Valid > 13 ? Sense->AdditionalSenseCodeQualifier : 0;
    return TRUE;
}

SCSI_SENSE_INLINE BOOLEAN ScsiGetDescriptorSenseKeyAndCodes(PVOID SenseInfoBuffer,
                                                            UCHAR SenseInfoBufferLength,
                                                            PUCHAR SenseKey,
                                                            PUCHAR AdditionalSenseCode,
                                                            PUCHAR AdditionalSenseCodeQualifier)
{
    PDESCRIPTOR_SENSE_DATA Sense = (PDESCRIPTOR_SENSE_DATA)SenseInfoBuffer;
    if (!Sense || SenseInfoBufferLength < FIELD_OFFSET(DESCRIPTOR_SENSE_DATA, DescriptorBuffer))
        return FALSE;
    if (SenseKey)
        *SenseKey = Sense->SenseKey;
    if (AdditionalSenseCode)
        *AdditionalSenseCode = Sense->AdditionalSenseCode;
    if (AdditionalSenseCodeQualifier)
        *AdditionalSenseCodeQualifier = Sense->AdditionalSenseCodeQualifier;
    return TRUE;
}

SCSI_SENSE_INLINE BOOLEAN ScsiGetSenseKeyAndCodes(PVOID SenseInfoBuffer,
                                                  UCHAR SenseInfoBufferLength, ULONG Options,
                                                  PUCHAR SenseKey, PUCHAR AdditionalSenseCode,
                                                  PUCHAR AdditionalSenseCodeQualifier)
{
    if (!SenseInfoBuffer || !SenseInfoBufferLength)
        return FALSE;
    if (IsDescriptorSenseDataFormat(SenseInfoBuffer))
        return ScsiGetDescriptorSenseKeyAndCodes(SenseInfoBuffer, SenseInfoBufferLength, SenseKey,
                                                 AdditionalSenseCode, AdditionalSenseCodeQualifier);
    if (IsFixedSenseDataFormat(SenseInfoBuffer) ||
        (Options & SCSI_SENSE_OPTIONS_FIXED_FORMAT_IF_UNKNOWN_FORMAT_INDICATED))
        return ScsiGetFixedSenseKeyAndCodes(SenseInfoBuffer, SenseInfoBufferLength, SenseKey,
                                            AdditionalSenseCode, AdditionalSenseCodeQualifier);
    return FALSE;
}

// ---- Descriptors

SCSI_SENSE_INLINE UCHAR ScsiGetSenseDescriptorLength(PVOID DescriptorBuffer)
{
    return (UCHAR)(sizeof(SCSI_SENSE_DESCRIPTOR_HEADER) +
                   ((PSCSI_SENSE_DESCRIPTOR_HEADER)DescriptorBuffer)->AdditionalLength);
}

SCSI_SENSE_INLINE BOOLEAN ScsiGetSenseDescriptor(PVOID SenseInfoBuffer, UCHAR SenseInfoBufferLength,
                                                 PVOID *DescriptorBuffer,
                                                 PUCHAR DescriptorBufferLength)
{
    PDESCRIPTOR_SENSE_DATA Sense = (PDESCRIPTOR_SENSE_DATA)SenseInfoBuffer;
    UCHAR Head = FIELD_OFFSET(DESCRIPTOR_SENSE_DATA, DescriptorBuffer);
    if (!Sense || !IsDescriptorSenseDataFormat(Sense) || SenseInfoBufferLength <= Head)
        return FALSE;
    UCHAR Room = (UCHAR)(SenseInfoBufferLength - Head);
    if (!Sense->AdditionalSenseLength)
        return FALSE;
    *DescriptorBuffer = Sense->DescriptorBuffer;
    *DescriptorBufferLength =
        Sense->AdditionalSenseLength < Room ? Sense->AdditionalSenseLength : Room;
    return TRUE;
}

// The first descriptor of one of the listed types. What is left of the buffer from it on comes along.
SCSI_SENSE_INLINE BOOLEAN ScsiGetNextSenseDescriptorByType(PVOID Buffer, UCHAR BufferLength,
                                                           PUCHAR TypeList, ULONG TypeListCount,
                                                           PUCHAR OutType, PVOID *OutBuffer,
                                                           PUCHAR OutBufferLength)
{
    PUCHAR Position = (PUCHAR)Buffer;
    ULONG Left = BufferLength;
    while (Position && Left >= sizeof(SCSI_SENSE_DESCRIPTOR_HEADER)) {
        for (ULONG Index = 0; Index < TypeListCount; Index++) {
            if (TypeList[Index] != Position[0])
                continue;
            *OutType = Position[0];
            *OutBuffer = Position;
            *OutBufferLength = (UCHAR)Left;
            return TRUE;
        }
        ULONG Length = sizeof(SCSI_SENSE_DESCRIPTOR_HEADER) + Position[1];
        if (Length >= Left)
            return FALSE;
        Position += Length;
        Left -= Length;
    }
    return FALSE;
}

SCSI_SENSE_INLINE BOOLEAN ScsiValidateInformationSenseDescriptor(PVOID DescriptorBuffer,
                                                                 UCHAR DescriptorBufferLength)
{
    PSCSI_SENSE_DESCRIPTOR_INFORMATION Descriptor =
        (PSCSI_SENSE_DESCRIPTOR_INFORMATION)DescriptorBuffer;
    return Descriptor && DescriptorBufferLength >= sizeof(*Descriptor) &&
           Descriptor->Header.DescriptorType == SCSI_SENSE_DESCRIPTOR_TYPE_INFORMATION &&
           Descriptor->Header.AdditionalLength ==
               sizeof(*Descriptor) - sizeof(Descriptor->Header) &&
           Descriptor->Valid;
}

SCSI_SENSE_INLINE BOOLEAN ScsiValidateBlockCommandSenseDescriptor(PVOID DescriptorBuffer,
                                                                  UCHAR DescriptorBufferLength)
{
    PSCSI_SENSE_DESCRIPTOR_BLOCK_COMMAND Descriptor =
        (PSCSI_SENSE_DESCRIPTOR_BLOCK_COMMAND)DescriptorBuffer;
    return Descriptor && DescriptorBufferLength >= sizeof(*Descriptor) &&
           Descriptor->Header.DescriptorType == SCSI_SENSE_DESCRIPTOR_TYPE_BLOCK_COMMAND &&
           Descriptor->Header.AdditionalLength == sizeof(*Descriptor) - sizeof(Descriptor->Header);
}

// Key and codes of sense data in descriptor format, as fixed format has them.
SCSI_SENSE_INLINE BOOLEAN ScsiConvertToFixedSenseFormat(PVOID SenseInfoBuffer,
                                                        UCHAR SenseInfoBufferLength,
                                                        PVOID OutBuffer, UCHAR OutBufferLength)
{
    PFIXED_SENSE_DATA Fixed = (PFIXED_SENSE_DATA)OutBuffer;
    UCHAR Key, Code, Qualifier;
    if (!Fixed || OutBufferLength < sizeof(*Fixed) ||
        !IsDescriptorSenseDataFormat(SenseInfoBuffer) ||
        !ScsiGetDescriptorSenseKeyAndCodes(SenseInfoBuffer, SenseInfoBufferLength, &Key, &Code,
                                           &Qualifier))
        return FALSE;
    memset(Fixed, 0, OutBufferLength);
    Fixed->ErrorCode = IsSenseDataCurrentError(SenseInfoBuffer)
                           ? SCSI_SENSE_ERRORCODE_FIXED_CURRENT
                           : SCSI_SENSE_ERRORCODE_FIXED_DEFERRED;
    Fixed->SenseKey = Key;
    Fixed->AdditionalSenseCode = Code;
    Fixed->AdditionalSenseCodeQualifier = Qualifier;
    Fixed->AdditionalSenseLength = sizeof(*Fixed) - 8;
    return TRUE;
}

C_ASSERT(sizeof(SENSE_DATA) == 18);
C_ASSERT(FIELD_OFFSET(DESCRIPTOR_SENSE_DATA, DescriptorBuffer) == 8);
C_ASSERT(sizeof(SCSI_SENSE_DESCRIPTOR_ATA_STATUS_RETURN) == 14);
C_ASSERT(sizeof(SCSI_SENSE_DESCRIPTOR_INFORMATION) == 12);

#ifdef __cplusplus
}
#endif

#endif
