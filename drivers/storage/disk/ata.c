// ATA commands of programs: ATA PASS-THROUGH(16) to the port driver or the bridge, which translates them.
#include <ntifs.h>

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

// ---- With the data at an address of the caller's, whichever process that is

typedef struct _DIRECT {
    PVOID
    Buffer; // nonpaged: the caller's own memory is mapped, and not where a device is told of it
    PVOID Caller;
    PMDL Mdl;
} DIRECT;

static NTSTATUS LockCaller(DIRECT *Direct, PIRP Irp, const ATA_PASS_THROUGH_DIRECT *Request)
{
    LOCK_OPERATION Operation =
        (Request->AtaFlags & ATA_FLAGS_DATA_IN) ? IoWriteAccess : IoReadAccess;
    PMDL Mdl =
        IoAllocateMdl(Request->DataBuffer, Request->DataTransferLength, FALSE, FALSE, nullptr);
    if (!Mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockProcessPages(Mdl, IoGetRequestorProcess(Irp), Irp->RequestorMode, Operation);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(Mdl);
        return GetExceptionCode();
    }
    Direct->Mdl = Mdl;
    Direct->Caller = MmGetSystemAddressForMdlSafe(Mdl, NormalPagePriority);
    return Direct->Caller ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

static NTSTATUS TakeData(DIRECT *Direct, PIRP Irp, const ATA_PASS_THROUGH_DIRECT *Request)
{
    ULONG Length = Request->DataTransferLength;
    *Direct = (DIRECT){};
    if (!Length)
        return STATUS_SUCCESS;
    NTSTATUS Status = STATUS_SUCCESS;
    if (Irp->RequestorMode == KernelMode) // a driver of this host
        Direct->Caller = Request->DataBuffer;
    else
        Status = LockCaller(Direct, Irp, Request);
    if (!NT_SUCCESS(Status))
        return Status;
    Direct->Buffer = ExAllocatePoolWithTag(NonPagedPoolNx, Length, DiskTag);
    if (!Direct->Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (Request->AtaFlags & ATA_FLAGS_DATA_OUT)
        RtlCopyMemory(Direct->Buffer, Direct->Caller, Length);
    return STATUS_SUCCESS;
}

static VOID ReleaseData(DIRECT *Direct)
{
    if (Direct->Buffer)
        ExFreePoolWithTag(Direct->Buffer, DiskTag);
    if (!Direct->Mdl)
        return;
    MmUnlockPages(Direct->Mdl);
    IoFreeMdl(Direct->Mdl);
}

NTSTATUS DiskAtaPassThroughDirect(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp,
                                  PIO_STACK_LOCATION Stack)
{
    PATA_PASS_THROUGH_DIRECT Request = Irp->AssociatedIrp.SystemBuffer;
    ULONG Length = Request->DataTransferLength, Transferred = 0;
    BOOLEAN Registers = FALSE;
    SAT_REQUEST Command;
    DIRECT Direct;
    UNREFERENCED_PARAMETER(Stack);
    if (Request->Length != sizeof(*Request))
        return STATUS_REVISION_MISMATCH;
    if (Length > MostBytes || Request->TimeOutValue == 0 || Request->TimeOutValue > 3600 ||
        (Length && !Request->DataBuffer))
        return STATUS_INVALID_PARAMETER;
    Fill(&Command, Request->AtaFlags, Length, Request->CurrentTaskFile, Request->PreviousTaskFile);
    NTSTATUS Status = TakeData(&Direct, Irp, Request);
    if (NT_SUCCESS(Status))
        Status = DiskSendAta(Fdo, &Command, Direct.Buffer, Request->TimeOutValue, &Transferred,
                             &Registers);
    if (NT_SUCCESS(Status) && Command.In)
        RtlCopyMemory(Direct.Caller, Direct.Buffer, min(Transferred, Length));
    ReleaseData(&Direct);
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
