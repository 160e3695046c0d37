// IOCTL_SCSI_PASS_THROUGH and its relatives: a program's own command. The data is in the request's buffer, or with
// _DIRECT at an address of the caller's. The structures of the _EX forms have lengths of their own for both directions.
#include "storportp.h"

enum { StorLongestTimeOut = 108000 };

// The structures are alike but for what stands in the place of the data.
static_assert(sizeof(SCSI_PASS_THROUGH) == sizeof(SCSI_PASS_THROUGH_DIRECT));
static_assert(FIELD_OFFSET(SCSI_PASS_THROUGH, DataBufferOffset) ==
              FIELD_OFFSET(SCSI_PASS_THROUGH_DIRECT, DataBuffer));
static_assert(sizeof(SCSI_PASS_THROUGH_EX) == sizeof(SCSI_PASS_THROUGH_DIRECT_EX));
static_assert(FIELD_OFFSET(SCSI_PASS_THROUGH_EX, DataInBufferOffset) ==
              FIELD_OFFSET(SCSI_PASS_THROUGH_DIRECT_EX, DataInBuffer));

typedef struct _STOR_PASS {
    PIRP Irp;
    PSTOR_UNIT Unit;
    PUCHAR Buffer; // the request's
    ULONG Input, Output;
    BOOLEAN IsDirect, IsExtended;
    // What the structure says, in either form
    ULONG Header; // its bytes
    STOR_ADDR_BTL8 Address;
    const UCHAR *Cdb;
    UCHAR CdbLength, Direction, SenseLength;
    ULONG TimeOut, Length, SenseOffset;
    ULONG_PTR Place; // of the data: an offset, or an address
    // What is made for it
    PMDL Mdl;
    PVOID Data;
    PSTOR_INTERNAL Internal;
} STOR_PASS, *PSTOR_PASS;

// ---- The two forms

static NTSTATUS StorpTakePlain(PSTOR_PASS Pass)
{
    const SCSI_PASS_THROUGH *Given = (PVOID)Pass->Buffer;
    if (Pass->Input < sizeof(*Given))
        return STATUS_BUFFER_TOO_SMALL;
    if (Given->Length != sizeof(*Given))
        return STATUS_REVISION_MISMATCH;
    if (Given->CdbLength > sizeof(Given->Cdb) || !Given->CdbLength ||
        Given->DataIn > SCSI_IOCTL_DATA_UNSPECIFIED)
        return STATUS_INVALID_PARAMETER;
    Pass->Header = sizeof(*Given);
    Pass->Address.Path = Given->PathId;
    Pass->Address.Target = Given->TargetId;
    Pass->Address.Lun = Given->Lun;
    Pass->Cdb = Given->Cdb;
    Pass->CdbLength = Given->CdbLength;
    Pass->Direction = Given->DataIn;
    Pass->SenseLength = Given->SenseInfoLength;
    Pass->SenseOffset = Given->SenseInfoOffset;
    Pass->TimeOut = Given->TimeOutValue;
    Pass->Length = Given->DataTransferLength;
    Pass->Place = Given->DataBufferOffset;
    return STATUS_SUCCESS;
}

// The address is needed where the request is sent to an adapter; there is one type.
static BOOLEAN StorpTakeAddress(PSTOR_PASS Pass, const SCSI_PASS_THROUGH_EX *Given)
{
    if (!Given->StorAddressLength)
        return Pass->Unit != nullptr;
    if (Given->StorAddressLength < sizeof(Pass->Address) ||
        Given->StorAddressOffset < Pass->Header || Given->StorAddressOffset > Pass->Input ||
        Given->StorAddressLength > Pass->Input - Given->StorAddressOffset)
        return FALSE;
    RtlCopyMemory(&Pass->Address, Pass->Buffer + Given->StorAddressOffset, sizeof(Pass->Address));
    return Pass->Address.Type == STOR_ADDRESS_TYPE_BTL8;
}

static NTSTATUS StorpTakeExtended(PSTOR_PASS Pass)
{
    const ULONG Fixed = FIELD_OFFSET(SCSI_PASS_THROUGH_EX, Cdb);
    const SCSI_PASS_THROUGH_EX *Given = (PVOID)Pass->Buffer;
    if (Pass->Input < sizeof(*Given))
        return STATUS_BUFFER_TOO_SMALL;
    if (Given->Version || Given->Length != sizeof(*Given))
        return STATUS_REVISION_MISMATCH;
    if (!Given->CdbLength || Given->DataDirection > SCSI_IOCTL_DATA_BIDIRECTIONAL ||
        Given->CdbLength > Pass->Input - Fixed)
        return STATUS_INVALID_PARAMETER;
    // No miniport moves data both ways in one command, or takes longer ones.
    if (Given->DataDirection == SCSI_IOCTL_DATA_BIDIRECTIONAL ||
        Given->CdbLength > sizeof(((PSCSI_PASS_THROUGH)0)->Cdb))
        return STATUS_NOT_SUPPORTED;
    Pass->Header = max((ULONG)sizeof(*Given), Fixed + Given->CdbLength);
    if (!StorpTakeAddress(Pass, Given))
        return STATUS_INVALID_PARAMETER;
    BOOLEAN Out = Given->DataDirection == SCSI_IOCTL_DATA_OUT;
    Pass->Cdb = Given->Cdb;
    Pass->CdbLength = (UCHAR)Given->CdbLength;
    Pass->Direction = Given->DataDirection;
    Pass->SenseLength = Given->SenseInfoLength;
    Pass->SenseOffset = Given->SenseInfoOffset;
    Pass->TimeOut = Given->TimeOutValue;
    Pass->Length = Out ? Given->DataOutTransferLength : Given->DataInTransferLength;
    Pass->Place = Out ? Given->DataOutBufferOffset : Given->DataInBufferOffset;
    return STATUS_SUCCESS;
}

static VOID StorpTell(PSTOR_PASS Pass, UCHAR ScsiStatus, ULONG Length, UCHAR SenseLength)
{
    PSCSI_PASS_THROUGH Plain = (PVOID)Pass->Buffer;
    PSCSI_PASS_THROUGH_EX Extended = (PVOID)Pass->Buffer;
    if (!Pass->IsExtended) {
        Plain->ScsiStatus = ScsiStatus;
        Plain->DataTransferLength = Length;
        Plain->SenseInfoLength = SenseLength;
        return;
    }
    Extended->ScsiStatus = ScsiStatus;
    Extended->SenseInfoLength = SenseLength;
    if (Pass->Direction == SCSI_IOCTL_DATA_OUT)
        Extended->DataOutTransferLength = Length;
    else
        Extended->DataInTransferLength = Length;
}

// ---- Checks

// A range within the buffer, behind the structure.
static BOOLEAN StorpLiesWithin(const STOR_PASS *Pass, ULONG_PTR Offset, ULONG Length, ULONG Size)
{
    return !Length || (Offset >= Pass->Header && Offset <= Size && Length <= Size - Offset);
}

static NTSTATUS StorpCheckPass(const STOR_PASS *Pass)
{
    if (!Pass->TimeOut || Pass->TimeOut > StorLongestTimeOut ||
        !StorpLiesWithin(Pass, Pass->SenseOffset, Pass->SenseLength, Pass->Output))
        return STATUS_INVALID_PARAMETER;
    if (Pass->IsDirect || !Pass->Length)
        return STATUS_SUCCESS;
    BOOLEAN Out = Pass->Direction != SCSI_IOCTL_DATA_IN;
    BOOLEAN In = Pass->Direction != SCSI_IOCTL_DATA_OUT;
    if ((Out && !StorpLiesWithin(Pass, Pass->Place, Pass->Length, Pass->Input)) ||
        (In && !StorpLiesWithin(Pass, Pass->Place, Pass->Length, Pass->Output)))
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

// ---- Data

// The caller's own memory, whichever process this routine runs in.
static NTSTATUS StorpLockDirect(PSTOR_PASS Pass)
{
    BOOLEAN Read = Pass->Direction == SCSI_IOCTL_DATA_OUT;
    if (Pass->Place & Pass->Unit->Adapter->Config.AlignmentMask)
        return STATUS_INVALID_PARAMETER;
    Pass->Mdl = IoAllocateMdl((PVOID)Pass->Place, Pass->Length, FALSE, FALSE, nullptr);
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
    Pass->Data = ExAllocatePoolWithTag(NonPagedPoolNx, Pass->Length, StorTag);
    if (!Pass->Data)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (Pass->Direction == SCSI_IOCTL_DATA_IN)
        RtlZeroMemory(Pass->Data, Pass->Length);
    else
        RtlCopyMemory(Pass->Data, Pass->Buffer + Pass->Place, Pass->Length);
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
    PSCSI_REQUEST_BLOCK Srb = &Pass->Internal->Srb;
    StorpInitInternal(Pass->Internal, SRB_FUNCTION_EXECUTE_SCSI,
                      Pass->Length ? Directions[Pass->Direction] : SRB_FLAGS_NO_DATA_TRANSFER,
                      Pass->Data, Pass->Length, Pass->TimeOut);
    Srb->SrbFlags &= ~SRB_FLAGS_BYPASS_FROZEN_QUEUE;
    Srb->CdbLength = Pass->CdbLength;
    RtlCopyMemory(Srb->Cdb, Pass->Cdb, Pass->CdbLength);
    return StorpRunInternal(Pass->Unit, Srb, Pass->Mdl);
}

// A command that the device answered with CHECK CONDITION has been passed through: its answer is the sense data.
static NTSTATUS StorpAnswerPass(PSTOR_PASS Pass, NTSTATUS Status, PULONG_PTR Information)
{
    PSCSI_REQUEST_BLOCK Srb = &Pass->Internal->Srb;
    UCHAR Sense = 0;
    if (Srb->SrbStatus & SRB_STATUS_AUTOSENSE_VALID)
        Sense = min(Pass->SenseLength, Srb->SenseInfoBufferLength);
    if (Srb->ScsiStatus || SRB_STATUS(Srb->SrbStatus) == SRB_STATUS_DATA_OVERRUN)
        Status = STATUS_SUCCESS;
    if (!NT_SUCCESS(Status))
        return Status;
    StorpTell(Pass, Srb->ScsiStatus, Srb->DataTransferLength, Sense);
    *Information = Pass->Header;
    if (Sense) {
        RtlCopyMemory(Pass->Buffer + Pass->SenseOffset, Pass->Internal->Sense, Sense);
        *Information = max(*Information, (ULONG_PTR)Pass->SenseOffset + Sense);
    }
    if (!Pass->IsDirect && Pass->Direction != SCSI_IOCTL_DATA_OUT && Srb->DataTransferLength) {
        RtlCopyMemory(Pass->Buffer + Pass->Place, Pass->Data, Srb->DataTransferLength);
        *Information = max(*Information, Pass->Place + Srb->DataTransferLength);
    }
    *Information = min(*Information, (ULONG_PTR)Pass->Output);
    return Status;
}

static NTSTATUS StorpExecutePass(PSTOR_PASS Pass, PULONG_PTR Information)
{
    NTSTATUS Status = STATUS_SUCCESS;
    if (Pass->Length)
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
    ULONG Code = Stack->Parameters.DeviceIoControl.IoControlCode;
    ULONG_PTR Information = 0;
    STOR_PASS Pass = {
        .Irp = Irp,
        .Unit = Unit,
        .Buffer = Irp->AssociatedIrp.SystemBuffer,
        .IsDirect =
            Code == IOCTL_SCSI_PASS_THROUGH_DIRECT || Code == IOCTL_SCSI_PASS_THROUGH_DIRECT_EX,
        .IsExtended =
            Code == IOCTL_SCSI_PASS_THROUGH_EX || Code == IOCTL_SCSI_PASS_THROUGH_DIRECT_EX,
        .Input = Stack->Parameters.DeviceIoControl.InputBufferLength,
        .Output = Stack->Parameters.DeviceIoControl.OutputBufferLength,
    };
    NTSTATUS Status = Pass.IsExtended ? StorpTakeExtended(&Pass) : StorpTakePlain(&Pass);
    if (NT_SUCCESS(Status))
        Status = StorpCheckPass(&Pass);
    if (!NT_SUCCESS(Status))
        return StorpComplete(Irp, Status, 0);
    if (!Unit)
        Pass.Unit =
            StorpFindUnit(Adapter, Pass.Address.Path, Pass.Address.Target, Pass.Address.Lun);
    if (!Pass.Unit || !Pass.Unit->Pdo)
        return StorpComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    // A class driver that has claimed the unit decides who may send it commands.
    if (!Unit && Pass.Unit->Claimed)
        return StorpComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    Status = StorpExecutePass(&Pass, &Information);
    return StorpComplete(Irp, Status, Information);
}
