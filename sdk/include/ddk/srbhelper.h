// Access to a request block of either kind (SCSI_REQUEST_BLOCK, STORAGE_REQUEST_BLOCK) by one set of names.
#ifndef PROTEUS_DDK_SRBHELPER_H
#define PROTEUS_DDK_SRBHELPER_H

#include <scsi.h>
#include <srb.h>
#include <srbex.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef SRB_HELPER_INLINE
#define SRB_HELPER_INLINE static inline __attribute__((unused))
#endif

SRB_HELPER_INLINE BOOLEAN SrbIsExtended(const VOID *Srb)
{
    return ((const STORAGE_REQUEST_BLOCK_HEADER *)Srb)->Function ==
           SRB_FUNCTION_STORAGE_REQUEST_BLOCK;
}

// ---- Parts of an extended request

SRB_HELPER_INLINE PSTOR_ADDRESS SrbGetAddress(PSTORAGE_REQUEST_BLOCK Srb)
{
    if (Srb->AddressOffset < sizeof(STORAGE_REQUEST_BLOCK_HEADER) ||
        Srb->AddressOffset + sizeof(STOR_ADDRESS) > Srb->SrbLength)
        return NULL;
    return (PSTOR_ADDRESS)((PUCHAR)Srb + Srb->AddressOffset);
}

SRB_HELPER_INLINE PSTOR_ADDR_BTL8 SrbGetBtl8Address(PSTORAGE_REQUEST_BLOCK Srb)
{
    PSTOR_ADDRESS Address = SrbGetAddress(Srb);
    return Address && Address->Type == STOR_ADDRESS_TYPE_BTL8 ? (PSTOR_ADDR_BTL8)Address : NULL;
}

SRB_HELPER_INLINE PSRBEX_DATA SrbGetSrbExDataByIndex(PSTORAGE_REQUEST_BLOCK Srb, ULONG Index)
{
    if (!SrbIsExtended(Srb) || Index >= Srb->NumSrbExData)
        return NULL;
    ULONG Offset = Srb->SrbExDataOffset[Index];
    if (Offset < sizeof(STORAGE_REQUEST_BLOCK) ||
        (ULONG64)Offset + FIELD_OFFSET(SRBEX_DATA, Data) > Srb->SrbLength)
        return NULL;
    return (PSRBEX_DATA)((PUCHAR)Srb + Offset);
}

SRB_HELPER_INLINE PSRBEX_DATA SrbGetSrbExDataByType(PSTORAGE_REQUEST_BLOCK Srb, SRBEXDATATYPE Type)
{
    if (!SrbIsExtended(Srb))
        return NULL;
    for (ULONG Index = 0; Index < Srb->NumSrbExData; Index++) {
        PSRBEX_DATA Data = SrbGetSrbExDataByIndex(Srb, Index);
        if (Data && Data->Type == Type)
            return Data;
    }
    return NULL;
}

// The block with the command, and where its fields are. Any argument but the first may be NULL.
SRB_HELPER_INLINE PSRBEX_DATA SrbpScsiFields(PSTORAGE_REQUEST_BLOCK Srb, PUCHAR *CdbLength8,
                                             PULONG *CdbLength32, PUCHAR *ScsiStatus,
                                             PVOID **SenseInfoBuffer, PUCHAR *SenseInfoBufferLength)
{
    for (ULONG Index = 0; Index < Srb->NumSrbExData; Index++) {
        PSRBEX_DATA Data = SrbGetSrbExDataByIndex(Srb, Index);
        if (!Data)
            continue;
        PSRBEX_DATA_SCSI_CDB16 Fixed = (PSRBEX_DATA_SCSI_CDB16)Data;
        PSRBEX_DATA_SCSI_CDB_VAR Variable = (PSRBEX_DATA_SCSI_CDB_VAR)Data;
        BOOLEAN IsVariable = Data->Type == SrbExDataTypeScsiCdbVar;
        if (!IsVariable && Data->Type != SrbExDataTypeScsiCdb16 &&
            Data->Type != SrbExDataTypeScsiCdb32)
            continue;
        if (CdbLength8)
            *CdbLength8 = IsVariable ? NULL : &Fixed->CdbLength;
        if (CdbLength32)
            *CdbLength32 = IsVariable ? &Variable->CdbLength : NULL;
        if (ScsiStatus)
            *ScsiStatus = &Fixed->ScsiStatus;
        if (SenseInfoBuffer)
            *SenseInfoBuffer = IsVariable ? &Variable->SenseInfoBuffer : &Fixed->SenseInfoBuffer;
        if (SenseInfoBufferLength)
            *SenseInfoBufferLength = &Fixed->SenseInfoBufferLength;
        return Data;
    }
    return NULL;
}

// ---- The command

SRB_HELPER_INLINE PCDB SrbpCdb(PSRBEX_DATA Data)
{
    if (!Data)
        return NULL;
    if (Data->Type == SrbExDataTypeScsiCdbVar)
        return (PCDB)((PSRBEX_DATA_SCSI_CDB_VAR)Data)->Cdb;
    return (PCDB)((PSRBEX_DATA_SCSI_CDB16)Data)->Cdb;
}

// The command of an extended request and the values beside it. A length that its form has not is zero.
SRB_HELPER_INLINE PCDB SrbGetScsiData(PSTORAGE_REQUEST_BLOCK Srb, PUCHAR CdbLength8,
                                      PULONG CdbLength32, PUCHAR ScsiStatus, PVOID *SenseInfoBuffer,
                                      PUCHAR SenseInfoBufferLength)
{
    PUCHAR Length8 = NULL, Status = NULL, SenseLength = NULL;
    PULONG Length32 = NULL;
    PVOID *Sense = NULL;
    PSRBEX_DATA Data = SrbpScsiFields(Srb, &Length8, &Length32, &Status, &Sense, &SenseLength);
    // The caller may have both lengths in one variable.
    if (CdbLength32)
        *CdbLength32 = Length32 ? *Length32 : 0;
    if (CdbLength8 && (Length8 || (PVOID)CdbLength8 != (PVOID)CdbLength32))
        *CdbLength8 = Length8 ? *Length8 : 0;
    if (ScsiStatus)
        *ScsiStatus = Status ? *Status : 0;
    if (SenseInfoBuffer)
        *SenseInfoBuffer = Sense ? *Sense : NULL;
    if (SenseInfoBufferLength)
        *SenseInfoBufferLength = SenseLength ? *SenseLength : 0;
    return SrbpCdb(Data);
}

SRB_HELPER_INLINE VOID SrbSetScsiData(PSTORAGE_REQUEST_BLOCK Srb, PUCHAR CdbLength8,
                                      PULONG CdbLength32, PUCHAR ScsiStatus, PVOID *SenseInfoBuffer,
                                      PUCHAR SenseInfoBufferLength)
{
    PUCHAR Length8 = NULL, Status = NULL, SenseLength = NULL;
    PULONG Length32 = NULL;
    PVOID *Sense = NULL;
    SrbpScsiFields(Srb, &Length8, &Length32, &Status, &Sense, &SenseLength);
    if (CdbLength8 && Length8)
        *Length8 = *CdbLength8;
    if (CdbLength32 && Length32)
        *Length32 = *CdbLength32;
    if (ScsiStatus && Status)
        *Status = *ScsiStatus;
    if (SenseInfoBuffer && Sense)
        *Sense = *SenseInfoBuffer;
    if (SenseInfoBufferLength && SenseLength)
        *SenseLength = *SenseInfoBufferLength;
}

SRB_HELPER_INLINE PCDB SrbGetCdb(PVOID Srb)
{
    if (!SrbIsExtended(Srb))
        return (PCDB)((PSCSI_REQUEST_BLOCK)Srb)->Cdb;
    return SrbGetScsiData((PSTORAGE_REQUEST_BLOCK)Srb, NULL, NULL, NULL, NULL, NULL);
}

SRB_HELPER_INLINE ULONG SrbGetCdbLength32(PVOID Srb)
{
    PUCHAR Length8 = NULL;
    PULONG Length32 = NULL;
    if (!SrbIsExtended(Srb))
        return ((PSCSI_REQUEST_BLOCK)Srb)->CdbLength;
    SrbpScsiFields((PSTORAGE_REQUEST_BLOCK)Srb, &Length8, &Length32, NULL, NULL, NULL);
    return Length8 ? *Length8 : Length32 ? *Length32 : 0;
}

SRB_HELPER_INLINE UCHAR SrbGetCdbLength(PVOID Srb)
{
    ULONG Length = SrbGetCdbLength32(Srb);
    return Length <= 0xFF ? (UCHAR)Length : 0;
}

SRB_HELPER_INLINE VOID SrbSetCdbLength(PVOID Srb, UCHAR Length)
{
    PUCHAR Length8 = NULL;
    if (!SrbIsExtended(Srb)) {
        ((PSCSI_REQUEST_BLOCK)Srb)->CdbLength = Length;
        return;
    }
    SrbpScsiFields((PSTORAGE_REQUEST_BLOCK)Srb, &Length8, NULL, NULL, NULL, NULL);
    if (Length8)
        *Length8 = Length;
}

// ---- Sense data and SCSI status

SRB_HELPER_INLINE PVOID SrbGetSenseInfoBuffer(PVOID Srb)
{
    PVOID *Buffer = NULL;
    if (!SrbIsExtended(Srb))
        return ((PSCSI_REQUEST_BLOCK)Srb)->SenseInfoBuffer;
    SrbpScsiFields((PSTORAGE_REQUEST_BLOCK)Srb, NULL, NULL, NULL, &Buffer, NULL);
    return Buffer ? *Buffer : NULL;
}

SRB_HELPER_INLINE VOID SrbSetSenseInfoBuffer(PVOID Srb, PVOID SenseInfoBuffer)
{
    PVOID *Buffer = NULL;
    if (!SrbIsExtended(Srb)) {
        ((PSCSI_REQUEST_BLOCK)Srb)->SenseInfoBuffer = SenseInfoBuffer;
        return;
    }
    SrbpScsiFields((PSTORAGE_REQUEST_BLOCK)Srb, NULL, NULL, NULL, &Buffer, NULL);
    if (Buffer)
        *Buffer = SenseInfoBuffer;
}

SRB_HELPER_INLINE UCHAR SrbGetSenseInfoBufferLength(PVOID Srb)
{
    PUCHAR Length = NULL;
    if (!SrbIsExtended(Srb))
        return ((PSCSI_REQUEST_BLOCK)Srb)->SenseInfoBufferLength;
    SrbpScsiFields((PSTORAGE_REQUEST_BLOCK)Srb, NULL, NULL, NULL, NULL, &Length);
    return Length ? *Length : 0;
}

SRB_HELPER_INLINE VOID SrbSetSenseInfoBufferLength(PVOID Srb, UCHAR SenseInfoBufferLength)
{
    PUCHAR Length = NULL;
    if (!SrbIsExtended(Srb)) {
        ((PSCSI_REQUEST_BLOCK)Srb)->SenseInfoBufferLength = SenseInfoBufferLength;
        return;
    }
    SrbpScsiFields((PSTORAGE_REQUEST_BLOCK)Srb, NULL, NULL, NULL, NULL, &Length);
    if (Length)
        *Length = SenseInfoBufferLength;
}

SRB_HELPER_INLINE UCHAR SrbGetScsiStatus(PVOID Srb)
{
    PUCHAR Status = NULL;
    if (!SrbIsExtended(Srb))
        return ((PSCSI_REQUEST_BLOCK)Srb)->ScsiStatus;
    SrbpScsiFields((PSTORAGE_REQUEST_BLOCK)Srb, NULL, NULL, &Status, NULL, NULL);
    return Status ? *Status : 0;
}

SRB_HELPER_INLINE VOID SrbSetScsiStatus(PVOID Srb, UCHAR ScsiStatus)
{
    PUCHAR Status = NULL;
    if (!SrbIsExtended(Srb)) {
        ((PSCSI_REQUEST_BLOCK)Srb)->ScsiStatus = ScsiStatus;
        return;
    }
    SrbpScsiFields((PSTORAGE_REQUEST_BLOCK)Srb, NULL, NULL, &Status, NULL, NULL);
    if (Status)
        *Status = ScsiStatus;
}

// ---- The address

SRB_HELPER_INLINE UCHAR SrbGetPathId(PVOID Srb)
{
    if (!SrbIsExtended(Srb))
        return ((PSCSI_REQUEST_BLOCK)Srb)->PathId;
    PSTOR_ADDR_BTL8 Address = SrbGetBtl8Address((PSTORAGE_REQUEST_BLOCK)Srb);
    return Address ? Address->Path : 0;
}

SRB_HELPER_INLINE UCHAR SrbGetTargetId(PVOID Srb)
{
    if (!SrbIsExtended(Srb))
        return ((PSCSI_REQUEST_BLOCK)Srb)->TargetId;
    PSTOR_ADDR_BTL8 Address = SrbGetBtl8Address((PSTORAGE_REQUEST_BLOCK)Srb);
    return Address ? Address->Target : 0;
}

SRB_HELPER_INLINE UCHAR SrbGetLun(PVOID Srb)
{
    if (!SrbIsExtended(Srb))
        return ((PSCSI_REQUEST_BLOCK)Srb)->Lun;
    PSTOR_ADDR_BTL8 Address = SrbGetBtl8Address((PSTORAGE_REQUEST_BLOCK)Srb);
    return Address ? Address->Lun : 0;
}

SRB_HELPER_INLINE VOID SrbGetPathTargetLun(PVOID Srb, PUCHAR PathId, PUCHAR TargetId, PUCHAR Lun)
{
    if (PathId)
        *PathId = SrbGetPathId(Srb);
    if (TargetId)
        *TargetId = SrbGetTargetId(Srb);
    if (Lun)
        *Lun = SrbGetLun(Srb);
}

// ---- Fields that both kinds have

SRB_HELPER_INLINE PVOID SrbGetDataBuffer(PVOID Srb)
{
    return SrbIsExtended(Srb) ? ((PSTORAGE_REQUEST_BLOCK)Srb)->DataBuffer
                              : ((PSCSI_REQUEST_BLOCK)Srb)->DataBuffer;
}

SRB_HELPER_INLINE VOID SrbSetDataBuffer(PVOID Srb, PVOID Value)
{
    if (SrbIsExtended(Srb))
        ((PSTORAGE_REQUEST_BLOCK)Srb)->DataBuffer = Value;
    else
        ((PSCSI_REQUEST_BLOCK)Srb)->DataBuffer = Value;
}

SRB_HELPER_INLINE ULONG SrbGetDataTransferLength(PVOID Srb)
{
    return SrbIsExtended(Srb) ? ((PSTORAGE_REQUEST_BLOCK)Srb)->DataTransferLength
                              : ((PSCSI_REQUEST_BLOCK)Srb)->DataTransferLength;
}

SRB_HELPER_INLINE VOID SrbSetDataTransferLength(PVOID Srb, ULONG Value)
{
    if (SrbIsExtended(Srb))
        ((PSTORAGE_REQUEST_BLOCK)Srb)->DataTransferLength = Value;
    else
        ((PSCSI_REQUEST_BLOCK)Srb)->DataTransferLength = Value;
}

SRB_HELPER_INLINE ULONG SrbGetTimeOutValue(PVOID Srb)
{
    return SrbIsExtended(Srb) ? ((PSTORAGE_REQUEST_BLOCK)Srb)->TimeOutValue
                              : ((PSCSI_REQUEST_BLOCK)Srb)->TimeOutValue;
}

SRB_HELPER_INLINE VOID SrbSetTimeOutValue(PVOID Srb, ULONG Value)
{
    if (SrbIsExtended(Srb))
        ((PSTORAGE_REQUEST_BLOCK)Srb)->TimeOutValue = Value;
    else
        ((PSCSI_REQUEST_BLOCK)Srb)->TimeOutValue = Value;
}

SRB_HELPER_INLINE PVOID SrbGetOriginalRequest(PVOID Srb)
{
    return SrbIsExtended(Srb) ? ((PSTORAGE_REQUEST_BLOCK)Srb)->OriginalRequest
                              : ((PSCSI_REQUEST_BLOCK)Srb)->OriginalRequest;
}

SRB_HELPER_INLINE VOID SrbSetOriginalRequest(PVOID Srb, PVOID Value)
{
    if (SrbIsExtended(Srb))
        ((PSTORAGE_REQUEST_BLOCK)Srb)->OriginalRequest = Value;
    else
        ((PSCSI_REQUEST_BLOCK)Srb)->OriginalRequest = Value;
}

SRB_HELPER_INLINE UCHAR SrbGetSrbStatus(PVOID Srb)
{
    return SrbIsExtended(Srb) ? ((PSTORAGE_REQUEST_BLOCK)Srb)->SrbStatus
                              : ((PSCSI_REQUEST_BLOCK)Srb)->SrbStatus;
}

SRB_HELPER_INLINE VOID SrbSetSrbStatus(PVOID Srb, UCHAR Value)
{
    if (SrbIsExtended(Srb))
        ((PSTORAGE_REQUEST_BLOCK)Srb)->SrbStatus = Value;
    else
        ((PSCSI_REQUEST_BLOCK)Srb)->SrbStatus = Value;
}

SRB_HELPER_INLINE ULONG SrbGetSrbFlags(PVOID Srb)
{
    return SrbIsExtended(Srb) ? ((PSTORAGE_REQUEST_BLOCK)Srb)->SrbFlags
                              : ((PSCSI_REQUEST_BLOCK)Srb)->SrbFlags;
}

SRB_HELPER_INLINE PULONG SrbpFlags(PVOID Srb)
{
    return SrbIsExtended(Srb) ? &((PSTORAGE_REQUEST_BLOCK)Srb)->SrbFlags
                              : &((PSCSI_REQUEST_BLOCK)Srb)->SrbFlags;
}

SRB_HELPER_INLINE VOID SrbAssignSrbFlags(PVOID Srb, ULONG Flags)
{
    *SrbpFlags(Srb) = Flags;
}

SRB_HELPER_INLINE VOID SrbSetSrbFlags(PVOID Srb, ULONG Flags)
{
    *SrbpFlags(Srb) |= Flags;
}

SRB_HELPER_INLINE VOID SrbClearSrbFlags(PVOID Srb, ULONG Flags)
{
    *SrbpFlags(Srb) &= ~Flags;
}

SRB_HELPER_INLINE ULONG SrbGetSrbFunction(PVOID Srb)
{
    return SrbIsExtended(Srb) ? ((PSTORAGE_REQUEST_BLOCK)Srb)->SrbFunction
                              : ((PSCSI_REQUEST_BLOCK)Srb)->Function;
}

SRB_HELPER_INLINE ULONG SrbGetSrbLength(PVOID Srb)
{
    return SrbIsExtended(Srb) ? ((PSTORAGE_REQUEST_BLOCK)Srb)->SrbLength
                              : ((PSCSI_REQUEST_BLOCK)Srb)->Length;
}

SRB_HELPER_INLINE PVOID SrbGetNextSrb(PVOID Srb)
{
    return SrbIsExtended(Srb) ? (PVOID)((PSTORAGE_REQUEST_BLOCK)Srb)->NextSrb
                              : (PVOID)((PSCSI_REQUEST_BLOCK)Srb)->NextSrb;
}

SRB_HELPER_INLINE VOID SrbSetNextSrb(PVOID Srb, PVOID Value)
{
    if (SrbIsExtended(Srb))
        ((PSTORAGE_REQUEST_BLOCK)Srb)->NextSrb = (PSTORAGE_REQUEST_BLOCK)Value;
    else
        ((PSCSI_REQUEST_BLOCK)Srb)->NextSrb = (PSCSI_REQUEST_BLOCK)Value;
}

SRB_HELPER_INLINE PVOID SrbGetMiniportContext(PVOID Srb)
{
    return SrbIsExtended(Srb) ? ((PSTORAGE_REQUEST_BLOCK)Srb)->MiniportContext
                              : ((PSCSI_REQUEST_BLOCK)Srb)->SrbExtension;
}

SRB_HELPER_INLINE ULONG SrbGetRequestTag(PVOID Srb)
{
    return SrbIsExtended(Srb) ? ((PSTORAGE_REQUEST_BLOCK)Srb)->RequestTag
                              : ((PSCSI_REQUEST_BLOCK)Srb)->QueueTag;
}

SRB_HELPER_INLINE VOID SrbSetRequestTag(PVOID Srb, ULONG Tag)
{
    if (SrbIsExtended(Srb))
        ((PSTORAGE_REQUEST_BLOCK)Srb)->RequestTag = Tag;
    else
        ((PSCSI_REQUEST_BLOCK)Srb)->QueueTag = (UCHAR)Tag;
}

#define SrbGetQueueTag SrbGetRequestTag
#define SrbSetQueueTag SrbSetRequestTag

SRB_HELPER_INLINE UCHAR SrbGetRequestAttribute(PVOID Srb)
{
    return SrbIsExtended(Srb) ? (UCHAR)((PSTORAGE_REQUEST_BLOCK)Srb)->RequestAttribute
                              : ((PSCSI_REQUEST_BLOCK)Srb)->QueueAction;
}

SRB_HELPER_INLINE VOID SrbSetRequestAttribute(PVOID Srb, UCHAR Attribute)
{
    if (SrbIsExtended(Srb))
        ((PSTORAGE_REQUEST_BLOCK)Srb)->RequestAttribute = Attribute;
    else
        ((PSCSI_REQUEST_BLOCK)Srb)->QueueAction = Attribute;
}

// ---- Fields that one kind has. Reading the other's gives zero; writing it does nothing.

SRB_HELPER_INLINE ULONG SrbGetSystemStatus(PVOID Srb)
{
    return SrbIsExtended(Srb) ? ((PSTORAGE_REQUEST_BLOCK)Srb)->SystemStatus
                              : ((PSCSI_REQUEST_BLOCK)Srb)->InternalStatus;
}

SRB_HELPER_INLINE VOID SrbSetSystemStatus(PVOID Srb, ULONG Status)
{
    if (SrbIsExtended(Srb))
        ((PSTORAGE_REQUEST_BLOCK)Srb)->SystemStatus = Status;
    else
        ((PSCSI_REQUEST_BLOCK)Srb)->InternalStatus = Status;
}

SRB_HELPER_INLINE USHORT SrbGetRequestPriority(PVOID Srb)
{
    return SrbIsExtended(Srb) ? ((PSTORAGE_REQUEST_BLOCK)Srb)->RequestPriority : 0;
}

SRB_HELPER_INLINE VOID SrbSetRequestPriority(PVOID Srb, USHORT Priority)
{
    if (SrbIsExtended(Srb))
        ((PSTORAGE_REQUEST_BLOCK)Srb)->RequestPriority = Priority;
}

SRB_HELPER_INLINE ULONG SrbGetQueueSortKey(PVOID Srb)
{
    return SrbIsExtended(Srb) ? 0 : ((PSCSI_REQUEST_BLOCK)Srb)->QueueSortKey;
}

SRB_HELPER_INLINE VOID SrbSetQueueSortKey(PVOID Srb, ULONG SortKey)
{
    if (!SrbIsExtended(Srb))
        ((PSCSI_REQUEST_BLOCK)Srb)->QueueSortKey = SortKey;
}

// Copies Source's Length or SrbLength bytes. Both are of one kind, or nothing is copied.
SRB_HELPER_INLINE BOOLEAN SrbCopySrb(PVOID Target, ULONG TargetLength, PVOID Source)
{
    ULONG Length = SrbGetSrbLength(Source);
    if (Length > TargetLength)
        return FALSE;
    memcpy(Target, Source, Length);
    return TRUE;
}

SRB_HELPER_INLINE VOID SrbZeroSrb(PVOID Srb)
{
    if (!SrbIsExtended(Srb)) {
        PSCSI_REQUEST_BLOCK Old = (PSCSI_REQUEST_BLOCK)Srb;
        USHORT Length = Old->Length;
        UCHAR Function = Old->Function;
        memset(Old, 0, sizeof(*Old));
        Old->Length = Length;
        Old->Function = Function;
        return;
    }
    PSTORAGE_REQUEST_BLOCK Extended = (PSTORAGE_REQUEST_BLOCK)Srb;
    USHORT Length = Extended->Length;
    ULONG SrbLength = Extended->SrbLength;
    memset(Extended, 0, SrbLength);
    Extended->Length = Length;
    Extended->Function = SRB_FUNCTION_STORAGE_REQUEST_BLOCK;
    Extended->SrbLength = SrbLength;
}

#ifdef __cplusplus
}
#endif

#endif
