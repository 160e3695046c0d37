// Request blocks in the form that the adapter wants.
#include "classp.h"

static ULONG Flags(PFUNCTIONAL_DEVICE_EXTENSION Fdo, const CLASSP_SRB_VALUES *Values)
{
    ULONG Common = Fdo->SrbFlags;
    if (Values->Alone)
        Common &= ~(ULONG)SRB_FLAGS_QUEUE_ACTION_ENABLE;
    return Common | Values->Flags;
}

static VOID FillScsi(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PSCSI_REQUEST_BLOCK Srb,
                     const CLASSP_SRB_VALUES *Values)
{
    *Srb = (SCSI_REQUEST_BLOCK){
        .Length = sizeof(*Srb),
        .Function = Values->Function,
        .QueueTag = SP_UNTAGGED,
        .QueueAction = SRB_SIMPLE_TAG_REQUEST,
        .CdbLength = Values->CdbLength,
        .SenseInfoBufferLength = Values->Sense ? ClasspSenseBytes : 0,
        .SrbFlags = Flags(Fdo, Values),
        .DataTransferLength = Values->Length,
        .TimeOutValue = Values->TimeOut,
        .DataBuffer = Values->Buffer,
        .SenseInfoBuffer = Values->Sense,
        .OriginalRequest = Values->Irp,
        .QueueSortKey = Values->SortKey,
    };
    if (Values->CdbLength)
        RtlCopyMemory(Srb->Cdb, Values->Cdb, Values->CdbLength);
}

static VOID FillExtended(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PCLASSP_EXTENDED_SRB Srb,
                         const CLASSP_SRB_VALUES *Values)
{
    Srb->Header = (STORAGE_REQUEST_BLOCK){
        .Length = FIELD_OFFSET(STORAGE_REQUEST_BLOCK, SrbExDataOffset),
        .Function = SRB_FUNCTION_STORAGE_REQUEST_BLOCK,
        .Signature = SRB_SIGNATURE,
        .Version = STORAGE_REQUEST_BLOCK_VERSION_1,
        .SrbLength = sizeof(*Srb),
        .SrbFunction = Values->Function,
        .SrbFlags = Flags(Fdo, Values),
        .RequestTag = SP_UNTAGGED,
        .RequestAttribute = SRB_SIMPLE_TAG_REQUEST,
        .TimeOutValue = Values->TimeOut,
        .AddressOffset = FIELD_OFFSET(CLASSP_EXTENDED_SRB, Address),
        .DataTransferLength = Values->Length,
        .DataBuffer = Values->Buffer,
        .OriginalRequest = Values->Irp,
    };
    Srb->Address = (STOR_ADDR_BTL8){
        .Type = STOR_ADDRESS_TYPE_BTL8,
        .AddressLength = STOR_ADDR_BTL8_ADDRESS_LENGTH,
    };
    if (Values->Function != SRB_FUNCTION_EXECUTE_SCSI)
        return;
    Srb->Header.NumSrbExData = 1;
    Srb->Header.SrbExDataOffset[0] = FIELD_OFFSET(CLASSP_EXTENDED_SRB, Command);
    Srb->Command = (SRBEX_DATA_SCSI_CDB16){
        .Type = SrbExDataTypeScsiCdb16,
        .Length = SRBEX_DATA_SCSI_CDB16_LENGTH,
        .SenseInfoBufferLength = Values->Sense ? ClasspSenseBytes : 0,
        .CdbLength = Values->CdbLength,
        .SenseInfoBuffer = Values->Sense,
    };
    if (Values->CdbLength)
        RtlCopyMemory(Srb->Command.Cdb, Values->Cdb, Values->CdbLength);
}

VOID ClasspFillSrb(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PCLASSP_SRB Srb,
                   const CLASSP_SRB_VALUES *Values)
{
    if (Fdo->PrivateFdoData->Extended)
        FillExtended(Fdo, &Srb->Extended, Values);
    else
        FillScsi(Fdo, &Srb->Scsi, Values);
}

// The block of data with a CDB in a request that some driver made.
static PSRBEX_DATA_SCSI_CDB16 FindCommand(PSTORAGE_REQUEST_BLOCK Srb)
{
    for (ULONG i = 0; i < Srb->NumSrbExData; i++) {
        ULONG Offset = Srb->SrbExDataOffset[i];
        PSRBEX_DATA_SCSI_CDB16 Data = (PVOID)((PUCHAR)Srb + Offset);
        if (Offset &&
            (Data->Type == SrbExDataTypeScsiCdb16 || Data->Type == SrbExDataTypeScsiCdb32))
            return Data; // the two are alike up to the CDB
    }
    return nullptr;
}

VOID ClasspReadSrb(PVOID Request, CLASSP_SRB_RESULT *Result)
{
    PSCSI_REQUEST_BLOCK Srb = Request;
    PSTORAGE_REQUEST_BLOCK Extended = Request;
    *Result = (CLASSP_SRB_RESULT){.SrbStatus = Srb->SrbStatus};
    if (Srb->Function != SRB_FUNCTION_STORAGE_REQUEST_BLOCK) {
        Result->ScsiStatus = Srb->ScsiStatus;
        Result->Transferred = Srb->DataTransferLength;
        Result->Sense = Srb->SenseInfoBuffer;
        Result->SenseLength = Srb->SenseInfoBufferLength;
        Result->InternalStatus = Srb->InternalStatus;
    } else {
        PSRBEX_DATA_SCSI_CDB16 Command = FindCommand(Extended);
        Result->Transferred = Extended->DataTransferLength;
        Result->InternalStatus = Extended->SystemStatus;
        Result->ScsiStatus = Command ? Command->ScsiStatus : 0;
        Result->Sense = Command ? Command->SenseInfoBuffer : nullptr;
        Result->SenseLength = Command ? Command->SenseInfoBufferLength : 0;
    }
    if (!(Srb->SrbStatus & SRB_STATUS_AUTOSENSE_VALID) || !Result->Sense) {
        Result->Sense = nullptr;
        Result->SenseLength = 0;
    }
}

// The next stack location of an IRP for the port driver.
VOID ClasspPrepareIrp(PIRP Irp, PVOID Srb, PIO_COMPLETION_ROUTINE Routine, PVOID Context)
{
    PIO_STACK_LOCATION Stack = IoGetNextIrpStackLocation(Irp);
    Stack->MajorFunction = IRP_MJ_SCSI;
    Stack->MinorFunction = 0;
    Stack->Flags = 0;
    Stack->Parameters.Scsi.Srb = Srb;
    IoSetCompletionRoutine(Irp, Routine, Context, TRUE, TRUE, TRUE);
}
