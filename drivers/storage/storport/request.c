// Packets with SRBs from the drivers above a logical unit (IRP_MJ_SCSI, which is IRP_MJ_INTERNAL_DEVICE_CONTROL).
#include "storportp.h"

static NTSTATUS StorpEnd(PIRP Irp, UCHAR SrbStatus)
{
    PVOID Srb = IoGetCurrentIrpStackLocation(Irp)->Parameters.Scsi.Srb;
    SrbSetSrbStatus(Srb, SrbStatus);
    return StorpComplete(Irp, StorpSrbToStatus(SrbStatus), 0);
}

// ---- Functions that are answered here

static NTSTATUS StorpClaim(PSTOR_UNIT Unit, PIRP Irp)
{
    PVOID Srb = IoGetCurrentIrpStackLocation(Irp)->Parameters.Scsi.Srb;
    KIRQL Irql;
    KeAcquireSpinLock(&Unit->Lock, &Irql);
    BOOLEAN Taken = !Unit->Claimed;
    Unit->Claimed = TRUE;
    KeReleaseSpinLock(&Unit->Lock, Irql);
    if (Taken)
        SrbSetDataBuffer(Srb, Unit->Pdo);
    return StorpEnd(Irp, Taken ? SRB_STATUS_SUCCESS : SRB_STATUS_BUSY);
}

static NTSTATUS StorpRelease(PSTOR_UNIT Unit, PIRP Irp)
{
    Unit->Claimed = FALSE;
    return StorpEnd(Irp, SRB_STATUS_SUCCESS);
}

static NTSTATUS StorpReleaseQueue(PSTOR_UNIT Unit, PIRP Irp)
{
    StorpClearHold(Unit, StorHoldFrozen);
    return StorpEnd(Irp, SRB_STATUS_SUCCESS);
}

// Valid on a frozen queue alone: what waits is ended, and the queue released.
static NTSTATUS StorpFlushFrozen(PSTOR_UNIT Unit, PIRP Irp)
{
    if (Unit->Holds & StorHoldFrozen)
        StorpFlushQueue(Unit, SRB_STATUS_REQUEST_FLUSHED);
    return StorpReleaseQueue(Unit, Irp);
}

static NTSTATUS StorpLockQueue(PSTOR_UNIT Unit, PIRP Irp)
{
    StorpAddHold(Unit, StorHoldLocked);
    return StorpEnd(Irp, SRB_STATUS_SUCCESS);
}

static NTSTATUS StorpUnlockQueue(PSTOR_UNIT Unit, PIRP Irp)
{
    StorpClearHold(Unit, StorHoldLocked);
    return StorpEnd(Irp, SRB_STATUS_SUCCESS);
}

// The queue is locked, and the answer comes when the miniport has nothing left.
static NTSTATUS StorpQuiesce(PSTOR_UNIT Unit, PIRP Irp)
{
    StorpAddHold(Unit, StorHoldLocked);
    if (KeGetCurrentIrql() < DISPATCH_LEVEL)
        KeWaitForSingleObject(&Unit->Drained, Executive, KernelMode, FALSE, nullptr);
    else if (Unit->ActiveCount)
        return StorpEnd(Irp, SRB_STATUS_BUSY);
    return StorpEnd(Irp, SRB_STATUS_SUCCESS);
}

// A miniport that caches is told of flushes and shutdowns; to another there is nothing to say.
static NTSTATUS StorpFlushOrShutdown(PSTOR_UNIT Unit, PIRP Irp)
{
    if (Unit->Adapter->Config.CachesData)
        return StorpSubmit(Unit, Irp);
    return StorpEnd(Irp, SRB_STATUS_SUCCESS);
}

static NTSTATUS StorpReset(PSTOR_UNIT Unit, PIRP Irp)
{
    StorpResetBus(Unit->Adapter, Unit->Path);
    return StorpEnd(Irp, SRB_STATUS_SUCCESS);
}

// ---- Functions that go to the miniport

// The address of a buffer with an MDL may well be 0: that is where pages which are mapped nowhere begin.
static UCHAR StorpCheckTransfer(PSTOR_UNIT Unit, PIRP Irp, PVOID Srb)
{
    ULONG Length = SrbGetDataTransferLength(Srb);
    if (Length > Unit->Adapter->Config.MaximumTransferLength)
        return SRB_STATUS_INVALID_REQUEST;
    if (!(SrbGetSrbFlags(Srb) & SRB_FLAGS_UNSPECIFIED_DIRECTION))
        SrbSetDataTransferLength(Srb, 0);
    else if (Length && !SrbGetDataBuffer(Srb) && !Irp->MdlAddress)
        return SRB_STATUS_INVALID_REQUEST;
    return SRB_STATUS_SUCCESS;
}

static NTSTATUS StorpExecute(PSTOR_UNIT Unit, PIRP Irp)
{
    PVOID Srb = IoGetCurrentIrpStackLocation(Irp)->Parameters.Scsi.Srb;
    UCHAR Most = Unit->Adapter->UsesExtendedSrbs ? 0xFF : 16;
    UCHAR Length = SrbGetCdbLength(Srb);
    if (!Length || Length > Most || (!SrbIsExtended(Srb) && Length > 16))
        return StorpEnd(Irp, SRB_STATUS_INVALID_REQUEST);
    UCHAR Status = StorpCheckTransfer(Unit, Irp, Srb);
    return Status == SRB_STATUS_SUCCESS ? StorpSubmit(Unit, Irp) : StorpEnd(Irp, Status);
}

static NTSTATUS StorpControlRequest(PSTOR_UNIT Unit, PIRP Irp)
{
    PVOID Srb = IoGetCurrentIrpStackLocation(Irp)->Parameters.Scsi.Srb;
    if (SrbGetDataTransferLength(Srb) < sizeof(SRB_IO_CONTROL) || !SrbGetDataBuffer(Srb))
        return StorpEnd(Irp, SRB_STATUS_INVALID_REQUEST);
    return StorpSubmit(Unit, Irp);
}

static NTSTATUS StorpProtocolRequest(PSTOR_UNIT Unit, PIRP Irp)
{
    PVOID Srb = IoGetCurrentIrpStackLocation(Irp)->Parameters.Scsi.Srb;
    if (SrbGetDataTransferLength(Srb) < sizeof(STORAGE_PROTOCOL_COMMAND) || !SrbGetDataBuffer(Srb))
        return StorpEnd(Irp, SRB_STATUS_INVALID_REQUEST);
    return StorpSubmit(Unit, Irp);
}

static NTSTATUS (*const StorpFunctions[])(PSTOR_UNIT Unit, PIRP Irp) = {
    [SRB_FUNCTION_EXECUTE_SCSI] = StorpExecute,
    [SRB_FUNCTION_CLAIM_DEVICE] = StorpClaim,
    [SRB_FUNCTION_ATTACH_DEVICE] = StorpClaim,
    [SRB_FUNCTION_RELEASE_DEVICE] = StorpRelease,
    [SRB_FUNCTION_REMOVE_DEVICE] = StorpRelease,
    [SRB_FUNCTION_IO_CONTROL] = StorpControlRequest,
    [SRB_FUNCTION_RELEASE_QUEUE] = StorpReleaseQueue,
    [SRB_FUNCTION_FLUSH_QUEUE] = StorpFlushFrozen,
    [SRB_FUNCTION_LOCK_QUEUE] = StorpLockQueue,
    [SRB_FUNCTION_UNLOCK_QUEUE] = StorpUnlockQueue,
    [SRB_FUNCTION_QUIESCE_DEVICE] = StorpQuiesce,
    [SRB_FUNCTION_PROTOCOL_COMMAND] = StorpProtocolRequest,
    [SRB_FUNCTION_SHUTDOWN] = StorpFlushOrShutdown,
    [SRB_FUNCTION_FLUSH] = StorpFlushOrShutdown,
    [SRB_FUNCTION_RESET_BUS] = StorpReset,
    [SRB_FUNCTION_RESET_DEVICE] = StorpSubmit,
    [SRB_FUNCTION_RESET_LOGICAL_UNIT] = StorpSubmit,
    [SRB_FUNCTION_POWER] = StorpSubmit,
    [SRB_FUNCTION_PNP] = StorpSubmit,
    [SRB_FUNCTION_WMI] = StorpSubmit,
};

static BOOLEAN StorpIsWellFormed(PVOID Srb)
{
    PSTORAGE_REQUEST_BLOCK Extended = Srb;
    if (!SrbIsExtended(Srb))
        return ((PSCSI_REQUEST_BLOCK)Srb)->Length >= sizeof(SCSI_REQUEST_BLOCK);
    return Extended->Signature == SRB_SIGNATURE &&
           Extended->SrbLength >= sizeof(STORAGE_REQUEST_BLOCK) &&
           Extended->SrbLength <= StorSrbBytes && SrbGetBtl8Address(Extended);
}

NTSTATUS StorpUnitScsi(PSTOR_UNIT Unit, PIRP Irp)
{
    PVOID Srb = IoGetCurrentIrpStackLocation(Irp)->Parameters.Scsi.Srb;
    if (!Srb)
        return StorpComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    if (!StorpIsWellFormed(Srb))
        return StorpEnd(Irp, SRB_STATUS_BAD_SRB_BLOCK_LENGTH);
    ULONG Function = SrbGetSrbFunction(Srb);
    if (Function >= RTL_NUMBER_OF(StorpFunctions) || !StorpFunctions[Function])
        return StorpEnd(Irp, SRB_STATUS_BAD_FUNCTION);
    if (Unit->Holds & StorHoldRemoved)
        return StorpEnd(Irp, SRB_STATUS_NO_DEVICE);
    return StorpFunctions[Function](Unit, Irp);
}
