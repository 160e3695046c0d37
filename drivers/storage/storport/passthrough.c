// IOCTL_SCSI_PASS_THROUGH and its relatives: a program's own command. The data is in the request's buffer, or with
// _DIRECT at an address of the caller's.
#include "storportp.h"

enum { StorLongestTimeOut = 108000 };

// The two structures are alike but for what stands in the place of the data.
static_assert(sizeof(SCSI_PASS_THROUGH) == sizeof(SCSI_PASS_THROUGH_DIRECT));
static_assert(FIELD_OFFSET(SCSI_PASS_THROUGH, DataBufferOffset) ==
              FIELD_OFFSET(SCSI_PASS_THROUGH_DIRECT, DataBuffer));

typedef struct _STOR_PASS {
    PIRP Irp;
    PSTOR_UNIT Unit;
    PSCSI_PASS_THROUGH Given; // the request's buffer
    BOOLEAN IsDirect;
    ULONG Input, Output;
    PMDL Mdl;
    PVOID Data;
    PSTOR_INTERNAL Internal;
} STOR_PASS, *PSTOR_PASS;

// ---- Checks

// A range within the buffer, behind the structure.
static BOOLEAN StorpLiesWithin(ULONG_PTR Offset, ULONG Length, ULONG Size)
{
    return !Length ||
           (Offset >= sizeof(SCSI_PASS_THROUGH) && Offset <= Size && Length <= Size - Offset);
}

static NTSTATUS StorpCheckPass(const STOR_PASS *Pass)
{
    const SCSI_PASS_THROUGH *Given = Pass->Given;
    if (Pass->Input < sizeof(*Given))
        return STATUS_BUFFER_TOO_SMALL;
    if (Given->Length != sizeof(*Given))
        return STATUS_REVISION_MISMATCH;
    if (Given->CdbLength > sizeof(Given->Cdb) || !Given->CdbLength ||
        Given->DataIn > SCSI_IOCTL_DATA_UNSPECIFIED || !Given->TimeOutValue ||
        Given->TimeOutValue > StorLongestTimeOut)
        return STATUS_INVALID_PARAMETER;
    if (!StorpLiesWithin(Given->SenseInfoOffset, Given->SenseInfoLength, Pass->Output))
        return STATUS_INVALID_PARAMETER;
    if (Pass->IsDirect || !Given->DataTransferLength)
        return STATUS_SUCCESS;
    BOOLEAN Out = Given->DataIn != SCSI_IOCTL_DATA_IN, In = Given->DataIn != SCSI_IOCTL_DATA_OUT;
    if ((Out &&
         !StorpLiesWithin(Given->DataBufferOffset, Given->DataTransferLength, Pass->Input)) ||
        (In && !StorpLiesWithin(Given->DataBufferOffset, Given->DataTransferLength, Pass->Output)))
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

// ---- Data

// The caller's own memory, whichever process this routine runs in.
static NTSTATUS StorpLockDirect(PSTOR_PASS Pass)
{
    PVOID Address = ((PSCSI_PASS_THROUGH_DIRECT)Pass->Given)->DataBuffer;
    ULONG Mask = Pass->Unit->Adapter->Config.AlignmentMask;
    BOOLEAN Read = Pass->Given->DataIn == SCSI_IOCTL_DATA_OUT;
    if ((ULONG_PTR)Address & Mask)
        return STATUS_INVALID_PARAMETER;
    Pass->Mdl = IoAllocateMdl(Address, Pass->Given->DataTransferLength, FALSE, FALSE, nullptr);
    if (!Pass->Mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockProcessPages(Pass->Mdl, IoGetRequestorProcess(Pass->Irp),
                                   Pass->Irp->RequestorMode, Read ? IoReadAccess : IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(Pass->Mdl);
        Pass->Mdl = nullptr;
        return GetExceptionCode();
    }
    Pass->Data = MmGetMdlVirtualAddress(Pass->Mdl);
    return STATUS_SUCCESS;
}

// A copy in nonpaged memory.
static NTSTATUS StorpCopyData(PSTOR_PASS Pass)
{
    ULONG Length = Pass->Given->DataTransferLength;
    Pass->Data = ExAllocatePoolWithTag(NonPagedPoolNx, Length, StorTag);
    if (!Pass->Data)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (Pass->Given->DataIn == SCSI_IOCTL_DATA_IN)
        RtlZeroMemory(Pass->Data, Length);
    else
        RtlCopyMemory(Pass->Data, (PUCHAR)Pass->Given + Pass->Given->DataBufferOffset, Length);
    return STATUS_SUCCESS;
}

static VOID StorpReleaseData(PSTOR_PASS Pass)
{
    if (Pass->Mdl) {
        MmUnlockPages(Pass->Mdl);
        IoFreeMdl(Pass->Mdl);
    } else if (Pass->Data) {
        ExFreePoolWithTag(Pass->Data, StorTag);
    }
    if (Pass->Internal)
        ExFreePoolWithTag(Pass->Internal, StorTag);
}

// ---- The command

static NTSTATUS StorpRunPass(PSTOR_PASS Pass)
{
    static const ULONG Directions[] = {
        [SCSI_IOCTL_DATA_OUT] = SRB_FLAGS_DATA_OUT,
        [SCSI_IOCTL_DATA_IN] = SRB_FLAGS_DATA_IN,
        [SCSI_IOCTL_DATA_UNSPECIFIED] = SRB_FLAGS_DATA_IN | SRB_FLAGS_DATA_OUT,
    };
    PSCSI_PASS_THROUGH Given = Pass->Given;
    PSCSI_REQUEST_BLOCK Srb = &Pass->Internal->Srb;
    ULONG Length = Given->DataTransferLength;
    StorpInitInternal(Pass->Internal, SRB_FUNCTION_EXECUTE_SCSI,
                      Length ? Directions[Given->DataIn] : SRB_FLAGS_NO_DATA_TRANSFER, Pass->Data,
                      Length, Given->TimeOutValue);
    Srb->SrbFlags &= ~SRB_FLAGS_BYPASS_FROZEN_QUEUE;
    Srb->CdbLength = Given->CdbLength;
    RtlCopyMemory(Srb->Cdb, Given->Cdb, Given->CdbLength);
    return StorpRunInternal(Pass->Unit, Srb, Pass->Mdl);
}

// A command that the device answered with CHECK CONDITION has been passed through: its answer is the sense data.
static NTSTATUS StorpAnswerPass(PSTOR_PASS Pass, NTSTATUS Status, PULONG_PTR Information)
{
    PSCSI_PASS_THROUGH Given = Pass->Given;
    PSCSI_REQUEST_BLOCK Srb = &Pass->Internal->Srb;
    UCHAR Sense = 0;
    if (Srb->SrbStatus & SRB_STATUS_AUTOSENSE_VALID)
        Sense = min(Given->SenseInfoLength, Srb->SenseInfoBufferLength);
    if (Srb->ScsiStatus || SRB_STATUS(Srb->SrbStatus) == SRB_STATUS_DATA_OVERRUN)
        Status = STATUS_SUCCESS;
    if (!NT_SUCCESS(Status))
        return Status;
    Given->ScsiStatus = Srb->ScsiStatus;
    Given->DataTransferLength = Srb->DataTransferLength;
    Given->SenseInfoLength = Sense;
    *Information = sizeof(*Given);
    if (Sense) {
        RtlCopyMemory((PUCHAR)Given + Given->SenseInfoOffset, Pass->Internal->Sense, Sense);
        *Information = max(*Information, (ULONG_PTR)Given->SenseInfoOffset + Sense);
    }
    if (!Pass->IsDirect && Given->DataIn != SCSI_IOCTL_DATA_OUT && Srb->DataTransferLength) {
        RtlCopyMemory((PUCHAR)Given + Given->DataBufferOffset, Pass->Data, Srb->DataTransferLength);
        *Information = max(*Information, Given->DataBufferOffset + Srb->DataTransferLength);
    }
    *Information = min(*Information, (ULONG_PTR)Pass->Output);
    return Status;
}

static NTSTATUS StorpExecutePass(PSTOR_PASS Pass, PULONG_PTR Information)
{
    NTSTATUS Status = STATUS_SUCCESS;
    if (Pass->Given->DataTransferLength)
        Status = Pass->IsDirect ? StorpLockDirect(Pass) : StorpCopyData(Pass);
    Pass->Internal = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Pass->Internal), StorTag);
    if (NT_SUCCESS(Status) && !Pass->Internal)
        Status = STATUS_INSUFFICIENT_RESOURCES;
    if (NT_SUCCESS(Status))
        Status = StorpAnswerPass(Pass, StorpRunPass(Pass), Information);
    StorpReleaseData(Pass);
    return Status;
}

// Sent to an adapter, it is for the unit that the structure names; sent to a unit, for that one.
NTSTATUS StorpPassThrough(PSTOR_ADAPTER Adapter, PSTOR_UNIT Unit, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG_PTR Information = 0;
    STOR_PASS Pass = {
        .Irp = Irp,
        .Unit = Unit,
        .Given = Irp->AssociatedIrp.SystemBuffer,
        .IsDirect =
            Stack->Parameters.DeviceIoControl.IoControlCode == IOCTL_SCSI_PASS_THROUGH_DIRECT,
        .Input = Stack->Parameters.DeviceIoControl.InputBufferLength,
        .Output = Stack->Parameters.DeviceIoControl.OutputBufferLength,
    };
    NTSTATUS Status = StorpCheckPass(&Pass);
    if (!NT_SUCCESS(Status))
        return StorpComplete(Irp, Status, 0);
    if (!Unit)
        Pass.Unit =
            StorpFindUnit(Adapter, Pass.Given->PathId, Pass.Given->TargetId, Pass.Given->Lun);
    if (!Pass.Unit || !Pass.Unit->Pdo)
        return StorpComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    // A class driver that has claimed the unit decides who may send it commands.
    if (!Unit && Pass.Unit->Claimed)
        return StorpComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    Status = StorpExecutePass(&Pass, &Information);
    return StorpComplete(Irp, Status, Information);
}
