// Commands by SCSI pass-through, and the virtual miniport's private control.
#include "suite.h"

typedef struct _PASS {
    SCSI_PASS_THROUGH Header;
    SENSE_DATA Sense;
    UCHAR Data[];
} PASS;

static NTSTATUS Control(HANDLE File, ULONG Code, PVOID Buffer, ULONG Length)
{
    return ControlPort(File, Code, Buffer, Length, Buffer, Length, nullptr);
}

NTSTATUS Run(HANDLE File, COMMAND *Command)
{
    ULONG Bytes = (ULONG)offsetof(PASS, Data) + Command->Length;
    PASS *Pass = RtlAllocateHeap(RtlProcessHeap(), HEAP_ZERO_MEMORY, Bytes);
    if (!Pass)
        return STATUS_NO_MEMORY;
    Pass->Header = (SCSI_PASS_THROUGH){
        .Length = sizeof(Pass->Header),
        .Lun = Command->Lun,
        .CdbLength = Command->CdbLength,
        .SenseInfoLength = sizeof(Pass->Sense),
        .DataIn = Command->Direction,
        .DataTransferLength = Command->Length,
        .TimeOutValue = Command->Seconds ? Command->Seconds : TransferSeconds,
        .DataBufferOffset = offsetof(PASS, Data),
        .SenseInfoOffset = offsetof(PASS, Sense),
    };
    memcpy(Pass->Header.Cdb, Command->Cdb, sizeof(Command->Cdb));
    if (Command->Direction == SCSI_IOCTL_DATA_OUT && Command->Length)
        memcpy(Pass->Data, Command->Data, Command->Length);
    NTSTATUS Status = Control(File, IOCTL_SCSI_PASS_THROUGH, Pass, Bytes);
    if (NT_SUCCESS(Status)) {
        Command->ScsiStatus = Pass->Header.ScsiStatus;
        Command->Sense = Pass->Sense;
        if (Command->Direction == SCSI_IOCTL_DATA_IN && Command->Length)
            memcpy(Command->Data, Pass->Data, Pass->Header.DataTransferLength);
        Command->Length = Pass->Header.DataTransferLength;
    }
    RtlFreeHeap(RtlProcessHeap(), 0, Pass);
    return Status;
}

COMMAND Transfer(UCHAR Lun, BOOLEAN Write, ULONG Lba, ULONG Blocks, PVOID Data)
{
    return (COMMAND){
        .Lun = Lun,
        .CdbLength = 10,
        .Cdb = {Write ? SCSIOP_WRITE : SCSIOP_READ, 0, (UCHAR)(Lba >> 24), (UCHAR)(Lba >> 16),
                (UCHAR)(Lba >> 8), (UCHAR)Lba, 0, (UCHAR)(Blocks >> 8), (UCHAR)Blocks, 0},
        .Direction = Write ? SCSI_IOCTL_DATA_OUT : SCSI_IOCTL_DATA_IN,
        .Data = Data,
        .Length = Blocks * BlockBytes,
    };
}

// A CHECK CONDITION is STATUS_IO_DEVICE_ERROR here.
NTSTATUS RunTransfer(UCHAR Lun, BOOLEAN Write, ULONG Lba, ULONG Blocks, PVOID Data)
{
    COMMAND Command = Transfer(Lun, Write, Lba, Blocks, Data);
    NTSTATUS Status = Run(Port, &Command);
    return NT_SUCCESS(Status) && Command.ScsiStatus ? STATUS_IO_DEVICE_ERROR : Status;
}

NTSTATUS RunDirect(UCHAR Lun, BOOLEAN Write, ULONG Lba, ULONG Blocks, PVOID Data)
{
    COMMAND Command = Transfer(Lun, Write, Lba, Blocks, Data);
    SCSI_PASS_THROUGH_DIRECT Pass = {
        .Length = sizeof(Pass),
        .Lun = Lun,
        .CdbLength = Command.CdbLength,
        .DataIn = Command.Direction,
        .DataTransferLength = Command.Length,
        .TimeOutValue = TransferSeconds,
        .DataBuffer = Data,
    };
    memcpy(Pass.Cdb, Command.Cdb, sizeof(Pass.Cdb));
    NTSTATUS Status = Control(Port, IOCTL_SCSI_PASS_THROUGH_DIRECT, &Pass, sizeof(Pass));
    return NT_SUCCESS(Status) && Pass.ScsiStatus ? STATUS_IO_DEVICE_ERROR : Status;
}

// ---- Data that tells where it belongs

VOID FillPattern(PVOID Data, ULONG Bytes, ULONG Seed)
{
    PULONG Words = Data;
    for (ULONG i = 0; i < Bytes / sizeof(ULONG); i++)
        Words[i] = Seed * 0x9E3779B1u + i;
}

BOOLEAN HasPattern(const VOID *Data, ULONG Bytes, ULONG Seed)
{
    const ULONG *Words = Data;
    for (ULONG i = 0; i < Bytes / sizeof(ULONG); i++) {
        if (Words[i] != Seed * 0x9E3779B1u + i)
            return FALSE;
    }
    return TRUE;
}

// ---- The private control

NTSTATUS Vdisk(PVDISK_REQUEST Request)
{
    struct {
        SRB_IO_CONTROL Header;
        VDISK_REQUEST Request;
    } Buffer = {.Header = {.HeaderLength = sizeof(SRB_IO_CONTROL),
                           .Timeout = TransferSeconds,
                           .ControlCode = VDISK_CODE,
                           .Length = sizeof(VDISK_REQUEST)},
                .Request = *Request};
    memcpy(Buffer.Header.Signature, VDISK_SIGNATURE, sizeof(Buffer.Header.Signature));
    NTSTATUS Status = Control(Port, IOCTL_SCSI_MINIPORT, &Buffer, sizeof(Buffer));
    *Request = Buffer.Request;
    return Status;
}

VOID SetFault(ULONG Lun, VDISK_FAULT Fault, ULONG Count, ULONG Level)
{
    VDISK_REQUEST Request = {
        .Action = VdiskSetFault, .Lun = Lun, .Fault = Fault, .Count = Count, .Level = Level};
    CHECK_STATUS(Vdisk(&Request), STATUS_SUCCESS);
}

VDISK_REQUEST QueryVdisk(void)
{
    VDISK_REQUEST Request = {.Action = VdiskQuery};
    CHECK_STATUS(Vdisk(&Request), STATUS_SUCCESS);
    return Request;
}
