// The end of a request.
#include "storahci.h"

VOID AhciComplete(PAHCI_ADAPTER Adapter, PAHCI_REQUEST Request, UCHAR SrbStatus)
{
    PVOID Srb = Request->Srb;
    SrbSetSrbStatus(Srb, SrbStatus);
    StorPortNotification(RequestComplete, Adapter, Srb);
}

VOID AhciFailBytes(PAHCI_ADAPTER Adapter, PAHCI_REQUEST Request, const UCHAR *Bytes, ULONG Length)
{
    PVOID Srb = Request->Srb, Buffer = SrbGetSenseInfoBuffer(Srb);
    UCHAR Room = SrbGetSenseInfoBufferLength(Srb), SrbStatus = SRB_STATUS_ERROR;
    if (Buffer && Room) {
        RtlZeroMemory(Buffer, Room);
        RtlCopyMemory(Buffer, Bytes, min((ULONG)Room, Length));
        SrbSetSenseInfoBufferLength(Srb, (UCHAR)min((ULONG)Room, Length));
        SrbStatus |= SRB_STATUS_AUTOSENSE_VALID;
    }
    SrbSetScsiStatus(Srb, SCSISTAT_CHECK_CONDITION);
    AhciComplete(Adapter, Request, SrbStatus);
}

VOID AhciFail(PAHCI_ADAPTER Adapter, PAHCI_REQUEST Request, const SCSI_SENSE *Sense)
{
    UCHAR Bytes[SCSI_SENSE_BYTES];
    ScsiMakeSense(Sense, Bytes);
    SrbSetDataTransferLength(Request->Srb, 0);
    AhciFailBytes(Adapter, Request, Bytes, sizeof(Bytes));
}

static VOID AhciReturnRegisters(PAHCI_ADAPTER Adapter, PAHCI_REQUEST Request,
                                const ATA_REGISTERS *Registers, const SCSI_SENSE *Sense)
{
    UCHAR Bytes[ATA_SENSE_BYTES];
    AtaMakeRegisterSense(Registers, Sense, Bytes);
    AhciFailBytes(Adapter, Request, Bytes, sizeof(Bytes));
}

// An ATA command failed, with these registers.
VOID AhciFailRegisters(PAHCI_ADAPTER Adapter, PAHCI_REQUEST Request, const ATA_REGISTERS *Registers)
{
    SCSI_SENSE Sense;
    AtaSenseOfRegisters(Registers, Request->Command.Direction, &Sense);
    if (!Request->Command.Registers) {
        AhciFail(Adapter, Request, &Sense);
        return;
    }
    SrbSetDataTransferLength(Request->Srb, 0);
    AhciReturnRegisters(Adapter, Request, Registers, &Sense);
}

// ---- Success

static VOID AhciCopyBack(PAHCI_ADAPTER Adapter, PAHCI_REQUEST Request, ULONG Length)
{
    PVOID Data = NULL;
    if (Request->Command.Direction == AtaIn &&
        StorPortGetSystemAddress(Adapter, Request->Srb, &Data) == STOR_STATUS_SUCCESS && Data)
        RtlCopyMemory(Data, &AhciRegionsOf(Request->Table)[AhciSpareRegion], Length);
}

// Data that did not come is told as StorPort wants it: as an overrun, with the length that came.
static UCHAR AhciCountMoved(PAHCI_ADAPTER Adapter, PAHCI_PORT Port, PAHCI_REQUEST Request,
                            ULONG Slot)
{
    ULONG Asked = SrbGetDataTransferLength(Request->Srb), Moved = Request->Length;
    if (Request->CountsMoved)
        Moved = min(Moved, Port->Memory->Headers[Slot].Moved);
    if (Request->Copied)
        AhciCopyBack(Adapter, Request, Moved);
    if (Moved >= Asked)
        return SRB_STATUS_SUCCESS;
    SrbSetDataTransferLength(Request->Srb, Moved);
    return SRB_STATUS_DATA_OVERRUN;
}

static VOID AhciNoteFeatures(PAHCI_PORT Port, const ATA_COMMAND *Command)
{
    if (Command->Opcode != ATA_SET_FEATURES || !Port->Drive.Unit.HasCache)
        return;
    if (Command->Features == ATA_FEATURE_CACHE_ON || Command->Features == ATA_FEATURE_CACHE_OFF)
        Port->Drive.Unit.CacheEnabled = Command->Features == ATA_FEATURE_CACHE_ON;
}

// The registers that a command left: of a PIO transfer to the host, its set-up has them.
static ATA_REGISTERS AhciLastRegisters(const AHCI_PORT *Port, const ATA_COMMAND *Command)
{
    const UCHAR *Received = Port->Memory->Received;
    if (!Command->Pio || Command->Direction != AtaIn)
        return AtaRegistersOfFrame(Received + AHCI_RECEIVED_REGISTERS);
    ATA_REGISTERS Registers = AtaRegistersOfFrame(Received + AHCI_RECEIVED_PIO);
    Registers.Status = Received[AHCI_RECEIVED_PIO + FIS_PIO_END_STATUS];
    return Registers;
}

static VOID AhciFinishSlowly(PAHCI_ADAPTER Adapter, PAHCI_PORT Port, PAHCI_REQUEST Request,
                             ULONG Slot)
{
    ATA_COMMAND *Command = &Request->Command;
    AhciNoteFeatures(Port, Command);
    UCHAR Status = SRB_STATUS_SUCCESS;
    if (Request->Length)
        Status = AhciCountMoved(Adapter, Port, Request, Slot);
    if (Command->Next) {
        ATA_COMMAND Next = {.Opcode = Command->Next, .Device = ATA_DEVICE_LBA};
        Request->Length = 0;
        AhciPrepareCommand(Request, &Next, 0);
        AhciRequeue(Port, Request);
        return;
    }
    if (Command->Registers) {
        const SCSI_SENSE Sense = {.Key = SCSI_KEY_RECOVERED, .Code = SCSI_CODE_ATA_REGISTERS};
        ATA_REGISTERS Registers = AhciLastRegisters(Port, Command);
        AhciReturnRegisters(Adapter, Request, &Registers, &Sense);
        return;
    }
    AhciComplete(Adapter, Request, Status);
}

VOID AhciRequestDone(PAHCI_ADAPTER Adapter, PAHCI_PORT Port, PAHCI_REQUEST Request, ULONG Slot)
{
    if (!Request->Slow)
        AhciComplete(Adapter, Request, SRB_STATUS_SUCCESS);
    else
        AhciFinishSlowly(Adapter, Port, Request, Slot);
}

// ---- All at once

// The adapter does not work on them any more.
VOID AhciEndIssued(PAHCI_ADAPTER Adapter, PAHCI_PORT Port, UCHAR SrbStatus)
{
    ULONG Issued = Port->Issued;
    PAHCI_REQUEST Failed = Port->Failed;
    Port->Issued = Port->Unsent = 0;
    Port->Failed = NULL;
    for (; Issued; Issued &= Issued - 1)
        AhciComplete(Adapter, Port->Slots[__builtin_ctz(Issued)], SrbStatus);
    if (Failed)
        AhciComplete(Adapter, Failed, SrbStatus);
}

VOID AhciEndWaiting(PAHCI_ADAPTER Adapter, PAHCI_PORT Port, UCHAR SrbStatus)
{
    PAHCI_REQUEST Request = Port->First;
    Port->First = Port->Last = NULL;
    while (Request) {
        PAHCI_REQUEST Next = Request->Next;
        AhciComplete(Adapter, Request, SrbStatus);
        Request = Next;
    }
}
