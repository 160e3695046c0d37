// ATA commands of programs: ATA PASS-THROUGH(16) to the port driver or the bridge, which translates them.
#include "disk.h"

enum { MostBytes = 0x100000 };

NTSTATUS DiskSendAta(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PSAT_REQUEST Command, PVOID Data,
                     ULONG TimeOut, PULONG Transferred, PBOOLEAN Registers)
{
    DISK_COMMAND Disk = {
        .CdbLength = SAT_CDB_BYTES,
        .Write = Command->Out,
        .TimeOut = TimeOut,
        .Data = Data,
        .Length = Command->Length,
    };
    *Registers = FALSE;
    *Transferred = 0;
    if (!SatBuildCommand(Command, Disk.Cdb))
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = DiskSend(Fdo, &Disk);
    *Registers =
        SatReadRegisters(Disk.Sense, Disk.SenseLength, Command->Current, Command->Previous);
    *Transferred = Disk.Transferred;
    // The registers say how it went; then the request itself succeeded.
    return *Registers ? STATUS_SUCCESS : Status;
}

static VOID Fill(PSAT_REQUEST Command, USHORT Flags, ULONG Length, const UCHAR *Current,
                 const UCHAR *Previous)
{
    *Command = (SAT_REQUEST){
        .Extended = (Flags & ATA_FLAGS_48BIT_COMMAND) != 0,
        .In = (Flags & ATA_FLAGS_DATA_IN) != 0,
        .Out = (Flags & ATA_FLAGS_DATA_OUT) != 0,
        .Dma = (Flags & ATA_FLAGS_USE_DMA) != 0,
        .Length = Length,
    };
    RtlCopyMemory(Command->Current, Current, SAT_REGISTERS);
    RtlCopyMemory(Command->Previous, Previous, SAT_REGISTERS);
}

NTSTATUS DiskAtaPassThrough(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    PATA_PASS_THROUGH_EX Request = Irp->AssociatedIrp.SystemBuffer;
    ULONG Input = Stack->Parameters.DeviceIoControl.InputBufferLength;
    ULONG Output = Stack->Parameters.DeviceIoControl.OutputBufferLength;
    ULONG Length = Request->DataTransferLength, Transferred;
    ULONG_PTR Offset = Request->DataBufferOffset;
    BOOLEAN Registers;
    SAT_REQUEST Command;
    if (Request->Length != sizeof(*Request))
        return STATUS_REVISION_MISMATCH;
    ULONG Room = (Request->AtaFlags & ATA_FLAGS_DATA_OUT) ? Input : Output;
    if (Length > MostBytes || Request->TimeOutValue == 0 || Request->TimeOutValue > 3600 ||
        (Length && (Offset < sizeof(*Request) || Offset > Room || Length > Room - Offset)))
        return STATUS_INVALID_PARAMETER;
    Fill(&Command, Request->AtaFlags, Length, Request->CurrentTaskFile, Request->PreviousTaskFile);
    NTSTATUS Status = DiskSendAta(Fdo, &Command, (PUCHAR)Request + Offset, Request->TimeOutValue,
                                  &Transferred, &Registers);
    if (!NT_SUCCESS(Status))
        return Status;
    Request->DataTransferLength = Command.Out ? Length : Transferred;
    if (Registers) {
        RtlCopyMemory(Request->CurrentTaskFile, Command.Current, SAT_REGISTERS);
        RtlCopyMemory(Request->PreviousTaskFile, Command.Previous, SAT_REGISTERS);
    }
    Irp->IoStatus.Information = sizeof(*Request);
    if (Command.In && Transferred)
        Irp->IoStatus.Information = Offset + Transferred;
    return STATUS_SUCCESS;
}

// The buffer is an address of the caller's. A driver of this host may give one; a program's is another process's.
NTSTATUS DiskAtaPassThroughDirect(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp,
                                  PIO_STACK_LOCATION Stack)
{
    PATA_PASS_THROUGH_DIRECT Request = Irp->AssociatedIrp.SystemBuffer;
    ULONG Length = Request->DataTransferLength, Transferred;
    BOOLEAN Registers;
    SAT_REQUEST Command;
    UNREFERENCED_PARAMETER(Stack);
    if (Irp->RequestorMode != KernelMode)
        return STATUS_NOT_SUPPORTED;
    if (Request->Length != sizeof(*Request))
        return STATUS_REVISION_MISMATCH;
    if (Length > MostBytes || Request->TimeOutValue == 0 || Request->TimeOutValue > 3600 ||
        (Length && !Request->DataBuffer))
        return STATUS_INVALID_PARAMETER;
    Fill(&Command, Request->AtaFlags, Length, Request->CurrentTaskFile, Request->PreviousTaskFile);
    NTSTATUS Status = DiskSendAta(Fdo, &Command, Request->DataBuffer, Request->TimeOutValue,
                                  &Transferred, &Registers);
    if (!NT_SUCCESS(Status))
        return Status;
    Request->DataTransferLength = Command.Out ? Length : Transferred;
    if (Registers) {
        RtlCopyMemory(Request->CurrentTaskFile, Command.Current, SAT_REGISTERS);
        RtlCopyMemory(Request->PreviousTaskFile, Command.Previous, SAT_REGISTERS);
    }
    Irp->IoStatus.Information = sizeof(*Request);
    return STATUS_SUCCESS;
}
