// Commands of the driver's own, while a port is on its way: in slot 0, with the port's own table and buffer.
#include "storahci.h"

static const struct {
    ATA_COMMAND Command;
    ULONG Bytes;
    UCHAR Packet[12];
} AhciQuestions[] = {
    [AhciAskIdentity] = {{.Opcode = ATA_IDENTIFY_DEVICE, .Direction = AtaIn}, ATA_SECTOR_BYTES, {}},
    [AhciAskError] = {{.Opcode = ATA_READ_LOG_EXT,
                       .Direction = AtaIn,
                       .Count = 1,
                       .Device = ATA_DEVICE_LBA,
                       .Lba = ATA_LOG_NCQ_ERROR},
                      ATA_SECTOR_BYTES,
                      {}},
    [AhciAskSense] = {{.Opcode = ATA_PACKET, .Direction = AtaIn, .Lba = SCSI_SENSE_BYTES << 8},
                      SCSI_SENSE_BYTES,
                      {SCSI_REQUEST_SENSE, [4] = SCSI_SENSE_BYTES}},
};

// The engine runs, and has nothing else to do.
VOID AhciAsk(PAHCI_ADAPTER Adapter, PAHCI_PORT Port, AHCI_QUESTION Question)
{
    PAHCI_PORT_MEMORY Memory = Port->Memory;
    ATA_COMMAND Command = AhciQuestions[Question].Command;
    if (Question == AhciAskIdentity && Port->Registers->Signature == AHCI_SIGNATURE_ATAPI)
        Command.Opcode = ATA_IDENTIFY_PACKET_DEVICE;
    RtlZeroMemory(Memory->Buffer, sizeof(Memory->Buffer));
    AhciMakeFrame(&Memory->Table, &Command);
    RtlCopyMemory(Memory->Table.Packet, AhciQuestions[Question].Packet,
                  sizeof(AhciQuestions[Question].Packet));
    Memory->Region = (AHCI_REGION){
        .Address = Port->MemoryPhysical + FIELD_OFFSET(AHCI_PORT_MEMORY, Buffer),
        .LastByte = AhciQuestions[Question].Bytes - 1,
    };
    Memory->Headers[0] = (AHCI_HEADER){
        .Options =
            AhciHeaderOptions(AtaIn, 1) | (Question == AhciAskSense ? (ULONG)AHCI_HEADER_ATAPI : 0),
        .Table = Port->MemoryPhysical + FIELD_OFFSET(AHCI_PORT_MEMORY, Table),
    };
    Port->Question = Question;
    Port->State = AhciAsking;
    Port->Deadline = AhciNow(Adapter) + AhciCommandMicroseconds;
    __atomic_thread_fence(__ATOMIC_RELEASE);
    Port->Registers->Issue = 1;
}

// FALSE: not yet.
BOOLEAN AhciHasAnswer(PAHCI_ADAPTER Adapter, PAHCI_PORT Port, PBOOLEAN Good)
{
    ULONG Events = Port->Registers->InterruptStatus;
    UNREFERENCED_PARAMETER(Adapter);
    Port->Registers->InterruptStatus = Events;
    Port->Events |= Events;
    *Good = !(Port->Events & AHCI_INTERRUPTS_BAD);
    return !*Good || !(Port->Registers->Issue & 1);
}
