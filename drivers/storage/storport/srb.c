// The SRB that the miniport works on: a copy of the caller's, in the form that the miniport wants. The caller gets
// back what the miniport changed of it.
#include "storportp.h"

// ---- Buffers

static BOOLEAN StorpIsReadWrite(PVOID Srb)
{
    static const UCHAR Codes[] = {
        SCSIOP_READ6,  SCSIOP_WRITE6,  SCSIOP_READ,   SCSIOP_WRITE,
        SCSIOP_READ12, SCSIOP_WRITE12, SCSIOP_READ16, SCSIOP_WRITE16,
    };
    PCDB Cdb = SrbGetSrbFunction(Srb) == SRB_FUNCTION_EXECUTE_SCSI ? SrbGetCdb(Srb) : nullptr;
    for (ULONG i = 0; Cdb && i < RTL_NUMBER_OF(Codes); i++) {
        if (Cdb->AsByte[0] == Codes[i])
            return TRUE;
    }
    return FALSE;
}

static BOOLEAN StorpWantsMapping(PSTOR_ADAPTER Adapter, PVOID Srb)
{
    switch (Adapter->Config.MapBuffers) {
    case STOR_MAP_ALL_BUFFERS_INCLUDING_READ_WRITE:
        return TRUE;
    case STOR_MAP_ALL_BUFFERS:
    case STOR_MAP_NON_READ_WRITE_BUFFERS:
        return !StorpIsReadWrite(Srb);
    default: {
        ULONG Function = SrbGetSrbFunction(Srb);
        return Function == SRB_FUNCTION_IO_CONTROL || Function == SRB_FUNCTION_WMI ||
               Function == SRB_FUNCTION_PROTOCOL_COMMAND;
    }
    }
}

// ---- The copy

static VOID StorpCopyLegacy(PSTOR_REQUEST Request)
{
    PSCSI_REQUEST_BLOCK Copy = &Request->Srb.Legacy;
    RtlCopyMemory(Copy, Request->CallerSrb, sizeof(*Copy));
    Copy->Length = sizeof(*Copy);
}

// An extended SRB becomes one of the old kind.
static VOID StorpMakeLegacy(PSTOR_REQUEST Request)
{
    PSCSI_REQUEST_BLOCK Copy = &Request->Srb.Legacy;
    PSTORAGE_REQUEST_BLOCK Caller = Request->CallerSrb;
    PCDB Cdb = SrbGetCdb(Caller);
    RtlZeroMemory(Copy, sizeof(*Copy));
    Copy->Length = sizeof(*Copy);
    Copy->Function = (UCHAR)Caller->SrbFunction;
    Copy->SrbFlags = Caller->SrbFlags;
    Copy->QueueAction = (UCHAR)Caller->RequestAttribute;
    Copy->DataTransferLength = Caller->DataTransferLength;
    Copy->TimeOutValue = Caller->TimeOutValue;
    Copy->DataBuffer = Caller->DataBuffer;
    Copy->SenseInfoBufferLength = SrbGetSenseInfoBufferLength(Caller);
    Copy->CdbLength = min(SrbGetCdbLength(Caller), (UCHAR)sizeof(Copy->Cdb));
    if (Cdb)
        RtlCopyMemory(Copy->Cdb, Cdb, Copy->CdbLength);
}

static PSRBEX_DATA StorpBeginExtended(PSTORAGE_REQUEST_BLOCK Copy, ULONG DataBytes)
{
    enum {
        AddressOffset = sizeof(STORAGE_REQUEST_BLOCK),
        DataOffset = AddressOffset + sizeof(STOR_ADDR_BTL8),
    };
    RtlZeroMemory(Copy, DataOffset + DataBytes);
    Copy->Length = FIELD_OFFSET(STORAGE_REQUEST_BLOCK, SrbExDataOffset);
    Copy->Function = SRB_FUNCTION_STORAGE_REQUEST_BLOCK;
    Copy->Signature = SRB_SIGNATURE;
    Copy->Version = STORAGE_REQUEST_BLOCK_VERSION_1;
    Copy->SrbLength = DataOffset + DataBytes;
    Copy->AddressOffset = AddressOffset;
    if (!DataBytes)
        return nullptr;
    Copy->NumSrbExData = 1;
    Copy->SrbExDataOffset[0] = DataOffset;
    return (PSRBEX_DATA)((PUCHAR)Copy + DataOffset);
}

static VOID StorpExtendCommand(PSTORAGE_REQUEST_BLOCK Copy, const SCSI_REQUEST_BLOCK *Caller)
{
    PSRBEX_DATA_SCSI_CDB16 Data = (PVOID)StorpBeginExtended(Copy, sizeof(*Data));
    Data->Type = SrbExDataTypeScsiCdb16;
    Data->Length = SRBEX_DATA_SCSI_CDB16_LENGTH;
    Data->SenseInfoBufferLength = Caller->SenseInfoBufferLength;
    Data->CdbLength = Caller->CdbLength;
    RtlCopyMemory(Data->Cdb, Caller->Cdb, sizeof(Data->Cdb));
}

static VOID StorpExtendPnp(PSTORAGE_REQUEST_BLOCK Copy, const SCSI_PNP_REQUEST_BLOCK *Caller)
{
    PSRBEX_DATA_PNP Data = (PVOID)StorpBeginExtended(Copy, sizeof(*Data));
    Data->Type = SrbExDataTypePnP;
    Data->Length = SRBEX_DATA_PNP_LENGTH;
    Data->PnPSubFunction = Caller->PnPSubFunction;
    Data->PnPAction = Caller->PnPAction;
    Data->SrbPnPFlags = Caller->SrbPnPFlags;
}

static VOID StorpExtendPower(PSTORAGE_REQUEST_BLOCK Copy, const SCSI_POWER_REQUEST_BLOCK *Caller)
{
    PSRBEX_DATA_POWER Data = (PVOID)StorpBeginExtended(Copy, sizeof(*Data));
    Data->Type = SrbExDataTypePower;
    Data->Length = SRBEX_DATA_POWER_LENGTH;
    Data->SrbPowerFlags = Caller->SrbPowerFlags;
    Data->DevicePowerState = Caller->DevicePowerState;
    Data->PowerAction = Caller->PowerAction;
}

static VOID StorpExtendWmi(PSTORAGE_REQUEST_BLOCK Copy, const SCSI_WMI_REQUEST_BLOCK *Caller)
{
    PSRBEX_DATA_WMI Data = (PVOID)StorpBeginExtended(Copy, sizeof(*Data));
    Data->Type = SrbExDataTypeWmi;
    Data->Length = SRBEX_DATA_WMI_LENGTH;
    Data->WMISubFunction = Caller->WMISubFunction;
    Data->WMIFlags = Caller->WMIFlags;
    Data->DataPath = Caller->DataPath;
}

static VOID StorpMakeExtended(PSTOR_REQUEST Request)
{
    PSTORAGE_REQUEST_BLOCK Copy = &Request->Srb.Extended;
    PSCSI_REQUEST_BLOCK Caller = Request->CallerSrb;
    switch (Caller->Function) {
    case SRB_FUNCTION_EXECUTE_SCSI:
        StorpExtendCommand(Copy, Caller);
        break;
    case SRB_FUNCTION_PNP:
        StorpExtendPnp(Copy, (PVOID)Caller);
        break;
    case SRB_FUNCTION_POWER:
        StorpExtendPower(Copy, (PVOID)Caller);
        break;
    case SRB_FUNCTION_WMI:
        StorpExtendWmi(Copy, (PVOID)Caller);
        break;
    default:
        StorpBeginExtended(Copy, 0);
    }
    Copy->SrbFunction = Caller->Function;
    Copy->SrbFlags = Caller->SrbFlags;
    Copy->RequestAttribute = Caller->QueueAction;
    Copy->TimeOutValue = Caller->TimeOutValue;
    Copy->DataTransferLength = Caller->DataTransferLength;
    Copy->DataBuffer = Caller->DataBuffer;
}

static VOID StorpCopyExtended(PSTOR_REQUEST Request)
{
    PSTORAGE_REQUEST_BLOCK Caller = Request->CallerSrb;
    RtlCopyMemory(&Request->Srb.Extended, Caller, Caller->SrbLength);
}

// ---- What is the port's in it

// A block that was made here has no type of address yet; of the caller's it has been checked.
static VOID StorpSetAddress(PSTORAGE_REQUEST_BLOCK Srb, const STOR_UNIT *Unit)
{
    PSTOR_ADDRESS Address = SrbGetAddress(Srb);
    static_assert(sizeof(STOR_ADDRESS) == sizeof(STOR_ADDR_BTL8));
    if (Address)
        *(PSTOR_ADDR_BTL8)Address = StorpAddressOf(Unit);
}

// PnP, power and WMI have other fields where a command has its status and sense buffer.
static BOOLEAN StorpIsCommand(PVOID Srb)
{
    ULONG Function = SrbGetSrbFunction(Srb);
    return Function != SRB_FUNCTION_PNP && Function != SRB_FUNCTION_POWER &&
           Function != SRB_FUNCTION_WMI;
}

static VOID StorpSetOwnFields(PSTOR_REQUEST Request)
{
    PSTOR_UNIT Unit = Request->Unit;
    BOOLEAN Tagged = (SrbGetSrbFlags(&Request->Srb) & SRB_FLAGS_QUEUE_ACTION_ENABLE) != 0;
    if (SrbIsExtended(&Request->Srb)) {
        PSTORAGE_REQUEST_BLOCK Srb = &Request->Srb.Extended;
        StorpSetAddress(Srb, Unit);
        Srb->SrbStatus = SRB_STATUS_PENDING;
        Srb->RequestTag = Tagged ? Request->Tag : SP_UNINITIALIZED_VALUE;
        Srb->MiniportContext = Request->Extension;
        Srb->PortContext = Request;
        Srb->OriginalRequest = Request->Irp;
        Srb->NextSrb = nullptr;
        return;
    }
    PSCSI_REQUEST_BLOCK Srb = &Request->Srb.Legacy;
    Srb->PathId = Unit->Path;
    Srb->TargetId = Unit->Target;
    Srb->Lun = Unit->Lun;
    Srb->SrbStatus = SRB_STATUS_PENDING;
    if (StorpIsCommand(Srb))
        Srb->QueueTag = Tagged && Request->Tag < SP_UNTAGGED ? (UCHAR)Request->Tag : SP_UNTAGGED;
    Srb->SrbExtension = Request->Extension;
    Srb->OriginalRequest = Request->Irp;
    Srb->NextSrb = nullptr;
}

VOID StorpPrepareSrb(PSTOR_REQUEST Request)
{
    PSTOR_ADAPTER Adapter = Request->Unit->Adapter;
    BOOLEAN Extended = SrbIsExtended(Request->CallerSrb);
    if (Adapter->UsesExtendedSrbs)
        Extended ? StorpCopyExtended(Request) : StorpMakeExtended(Request);
    else
        Extended ? StorpMakeLegacy(Request) : StorpCopyLegacy(Request);
    StorpSetOwnFields(Request);
    if (StorpIsCommand(&Request->Srb)) {
        SrbSetScsiStatus(&Request->Srb, SCSISTAT_GOOD);
        SrbSetSenseInfoBuffer(&Request->Srb, Request->Sense);
    }
    ULONG Length = SrbGetDataTransferLength(&Request->Srb);
    if (Request->Bounce)
        SrbSetDataBuffer(&Request->Srb, StorpBounceAddress(Request));
    else if (Length && StorpWantsMapping(Adapter, &Request->Srb))
        SrbSetDataBuffer(&Request->Srb,
                         StorpMapBuffer(Request->Irp, SrbGetDataBuffer(&Request->Srb), Length));
}

// ---- Back to the caller

static VOID StorpReturnSense(PSTOR_REQUEST Request)
{
    PVOID Sense = SrbGetSenseInfoBuffer(Request->CallerSrb);
    UCHAR Room = SrbGetSenseInfoBufferLength(Request->CallerSrb);
    UCHAR Given = SrbGetSenseInfoBufferLength(&Request->Srb);
    if (Sense)
        RtlCopyMemory(Sense, Request->Sense, min(Room, Given));
    SrbSetSenseInfoBufferLength(Request->CallerSrb, min(Room, Given));
}

VOID StorpReturnSrb(PSTOR_REQUEST Request)
{
    PVOID Caller = Request->CallerSrb;
    if (Request->Bounce)
        StorpReturnBounce(Request);
    SrbSetDataTransferLength(Caller, SrbGetDataTransferLength(&Request->Srb));
    if (!StorpIsCommand(Caller))
        return;
    SrbSetScsiStatus(Caller, SrbGetScsiStatus(&Request->Srb));
    SrbSetSystemStatus(Caller, SrbGetSystemStatus(&Request->Srb));
    if (Request->Srb.Legacy.SrbStatus & SRB_STATUS_AUTOSENSE_VALID)
        StorpReturnSense(Request);
}

// ---- Requests of recovery

VOID StorpPrepareOwnSrb(PSTOR_REQUEST Request, UCHAR Function, PSTOR_REQUEST About)
{
    if (Request->Unit->Adapter->UsesExtendedSrbs) {
        PSTORAGE_REQUEST_BLOCK Srb = &Request->Srb.Extended;
        StorpBeginExtended(Srb, 0);
        Srb->SrbFunction = Function;
        Srb->TimeOutValue = StorResetSeconds;
    } else {
        PSCSI_REQUEST_BLOCK Srb = &Request->Srb.Legacy;
        RtlZeroMemory(Srb, sizeof(*Srb));
        Srb->Length = sizeof(*Srb);
        Srb->Function = Function;
        Srb->TimeOutValue = StorResetSeconds;
    }
    SrbSetSrbFlags(&Request->Srb, SRB_FLAGS_NO_QUEUE_FREEZE | SRB_FLAGS_BYPASS_FROZEN_QUEUE);
    StorpSetOwnFields(Request);
    if (About)
        SrbSetNextSrb(&Request->Srb, &About->Srb);
}
