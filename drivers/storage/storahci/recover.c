// When a command fails (AHCI 6.2.2). The port is stopped, which takes all commands from the device; the one that failed
// ends with what is known of it, the others are given to the device again.
//
// Which of several queued commands failed is in a log of the device's. A device that does not give it is reset, and gets
// the commands one at a time and unqueued: then each error is that of a certain command.
#include "storahci.h"

VOID AhciPortFailed(PAHCI_ADAPTER Adapter, PAHCI_PORT Port, ULONG Events)
{
    AHCI_REASON Reason = AhciReasonError;
    if (Events & AHCI_INTERRUPTS_CHANGE)
        Reason = AhciReasonChange;
    else if (Events & AHCI_INTERRUPTS_LINK)
        Reason = AhciReasonLink;
    Port->AtFailure = AtaRegistersOfFrame(Port->Memory->Received + AHCI_RECEIVED_REGISTERS);
    Port->AtFailure.Status = (UCHAR)Port->Registers->TaskFile;
    Port->AtFailure.Error = (UCHAR)(Port->Registers->TaskFile >> 8);
    AhciStopPort(Adapter, Port, Reason);
}

// ---- Again, one at a time

static VOID AhciFailLink(PAHCI_ADAPTER Adapter, PAHCI_REQUEST Request)
{
    const SCSI_SENSE Sense = {.Key = SCSI_KEY_ABORTED_COMMAND, .Code = SCSI_CODE_INTERFACE_CRC};
    AhciFail(Adapter, Request, &Sense);
}

// Those that the device had wait before all others, in the order of their slots. Reads and writes can be repeated;
// what else there is ends here.
static VOID AhciRepeatIssued(PAHCI_ADAPTER Adapter, PAHCI_PORT Port)
{
    ULONG Issued = Port->Issued;
    Port->Issued = 0;
    while (Issued) {
        ULONG Slot = 31u - (ULONG)__builtin_clz(Issued);
        PAHCI_REQUEST Request = Port->Slots[Slot];
        Issued &= ~(1u << Slot);
        if (Request->Slow || Request->Retries++ == AhciRetries) {
            AhciFailLink(Adapter, Request);
            continue;
        }
        ULONG Regions = Request->Options >> AHCI_HEADER_REGIONS_SHIFT;
        AtaMakeUnqueued(&Request->Command, &Port->Drive);
        ATA_COMMAND Command = Request->Command;
        AhciPrepareCommand(Request, &Command, Regions);
        Request->CountsMoved = FALSE;
        AhciRequeue(Port, Request);
    }
}

static VOID AhciResetAndRepeat(PAHCI_ADAPTER Adapter, PAHCI_PORT Port)
{
    AhciRepeatIssued(Adapter, Port);
    AhciResetLink(Adapter, Port);
}

static BOOLEAN AhciIsBusy(const AHCI_PORT *Port)
{
    return (Port->Registers->TaskFile & (ATA_STATUS_BUSY | ATA_STATUS_REQUEST)) != 0;
}

static VOID AhciResume(PAHCI_ADAPTER Adapter, PAHCI_PORT Port)
{
    if (AhciIsBusy(Port)) {
        AhciResetLink(Adapter, Port);
        return;
    }
    AhciStartEngine(Port);
    AhciRunPort(Adapter, Port);
}

// ---- The port has stopped

static VOID AhciUnqueuedFailed(PAHCI_ADAPTER Adapter, PAHCI_PORT Port)
{
    PAHCI_REQUEST Request =
        Port->Issued ? Port->Slots[__builtin_ctz(Port->Issued)] : NULL; // there is but one
    Port->Issued = 0;
    if (Request && Request->Packet && !AhciIsBusy(Port)) {
        Port->Failed = Request;
        AhciStartEngine(Port);
        AhciAsk(Adapter, Port, AhciAskSense);
        return;
    }
    if (Request)
        AhciFailRegisters(Adapter, Request, &Port->AtFailure);
    AhciResume(Adapter, Port);
}

static VOID AhciQueuedFailed(PAHCI_ADAPTER Adapter, PAHCI_PORT Port)
{
    if (AhciIsBusy(Port)) {
        AhciResetAndRepeat(Adapter, Port);
        return;
    }
    AhciStartEngine(Port);
    AhciAsk(Adapter, Port, AhciAskError);
}

VOID AhciPortStopped(PAHCI_ADAPTER Adapter, PAHCI_PORT Port)
{
    BOOLEAN Present = (Port->Registers->Status & AHCI_DETECTION_MASK) != AHCI_NO_DEVICE;
    switch (Port->Reason) {
    case AhciReasonError:
        if (Port->IsQueued && Port->Issued)
            AhciQueuedFailed(Adapter, Port);
        else
            AhciUnqueuedFailed(Adapter, Port);
        break;
    case AhciReasonLink:
        AhciResetAndRepeat(Adapter, Port);
        break;
    case AhciReasonReset:
    case AhciReasonChange:
        AhciEndIssued(Adapter, Port, Present ? SRB_STATUS_BUS_RESET : SRB_STATUS_NO_DEVICE);
        AhciResetLink(Adapter, Port);
        break;
    }
}

// ---- Answers

VOID AhciErrorKnown(PAHCI_ADAPTER Adapter, PAHCI_PORT Port, BOOLEAN Good)
{
    UCHAR Slot = 0;
    ATA_REGISTERS Registers;
    if (Good)
        Good =
            AtaParseNcqError(Port->Memory->Buffer, &Slot, &Registers) && (Port->Issued >> Slot & 1);
    if (!Good || Port->Reason == AhciReasonReset) {
        // It may not answer at all: the port is stopped again, and the link reset.
        AhciStopPort(Adapter, Port,
                     Port->Reason == AhciReasonReset ? AhciReasonReset : AhciReasonLink);
        return;
    }
    ULONG Others = Port->Issued & ~(1u << Slot);
    Port->Issued = 0;
    AhciFailRegisters(Adapter, Port->Slots[Slot], &Registers);
    for (; Others; Others &= Others - 1) {
        ULONG Other = (ULONG)__builtin_ctz(Others);
        AhciIssue(Port, Other, Port->Slots[Other]);
    }
    AhciRunPort(Adapter, Port);
}

VOID AhciSenseKnown(PAHCI_ADAPTER Adapter, PAHCI_PORT Port, BOOLEAN Good)
{
    PAHCI_REQUEST Request = Port->Failed;
    Port->Failed = NULL;
    SrbSetDataTransferLength(Request->Srb, 0);
    if (Good)
        AhciFailBytes(Adapter, Request, Port->Memory->Buffer, SCSI_SENSE_BYTES);
    else
        AhciFailRegisters(Adapter, Request, &Port->AtFailure);
    if (Good && Port->Reason != AhciReasonReset)
        AhciRunPort(Adapter, Port);
    else
        AhciStopPort(Adapter, Port, AhciReasonReset);
}
