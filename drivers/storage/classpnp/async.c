// Requests that a driver makes of an IRP and a request block of its own, and completion routines for them.
#include "classp.h"

enum { AsynchronousTag = 'aLcS' };

// ---- Request blocks of the lookaside list

static VOID FreeSrb(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PSCSI_REQUEST_BLOCK Srb)
{
    if (TEST_FLAG(Srb->SrbFlags, SRB_CLASS_FLAGS_PERSISTANT))
        return;
    if (PORT_ALLOCATED_SENSE(Fdo, Srb))
        FREE_PORT_ALLOCATED_SENSE_BUFFER(Fdo, Srb);
    if (Fdo->CommonExtension.IsSrbLookasideListInitialized)
        ExFreeToNPagedLookasideList(&Fdo->CommonExtension.SrbLookasideList, Srb);
    else
        ExFreePool(Srb);
}

VOID NTAPI ClassInitializeSrbLookasideList(PCOMMON_DEVICE_EXTENSION CommonExtension,
                                           ULONG NumberElements)
{
    if (CommonExtension->IsSrbLookasideListInitialized)
        return;
    ExInitializeNPagedLookasideList(&CommonExtension->SrbLookasideList, nullptr, nullptr, 0,
                                    sizeof(CLASSP_SRB), AsynchronousTag, (USHORT)NumberElements);
    CommonExtension->IsSrbLookasideListInitialized = TRUE;
}

VOID NTAPI ClassDeleteSrbLookasideList(PCOMMON_DEVICE_EXTENSION CommonExtension)
{
    if (!CommonExtension->IsSrbLookasideListInitialized)
        return;
    CommonExtension->IsSrbLookasideListInitialized = FALSE;
    ExDeleteNPagedLookasideList(&CommonExtension->SrbLookasideList);
}

// ---- Sending

static NTSTATUS AttachBuffer(PIRP Irp, PSCSI_REQUEST_BLOCK Srb, PVOID Buffer, ULONG Length)
{
    if (!Buffer || Irp->MdlAddress)
        return STATUS_SUCCESS;
    if (!IoAllocateMdl(Buffer, Length, FALSE, FALSE, Irp))
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(Irp->MdlAddress);
    SET_FLAG(Srb->SrbFlags, SRB_CLASS_FLAGS_FREE_MDL);
    return STATUS_SUCCESS;
}

static VOID PrepareSrb(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PSCSI_REQUEST_BLOCK Srb, PIRP Irp,
                       PVOID Buffer, ULONG Length, BOOLEAN Write)
{
    if (Srb->Function == SRB_FUNCTION_STORAGE_REQUEST_BLOCK)
        return; // the driver filled it, as only it knows what it has
    Srb->Length = sizeof(*Srb);
    Srb->Function = SRB_FUNCTION_EXECUTE_SCSI;
    Srb->SrbStatus = Srb->ScsiStatus = 0;
    Srb->SenseInfoBuffer = Fdo->SenseData;
    Srb->SenseInfoBufferLength = GET_FDO_EXTENSON_SENSE_DATA_LENGTH(Fdo);
    Srb->DataBuffer = Buffer;
    Srb->DataTransferLength = Buffer ? Length : 0;
    Srb->OriginalRequest = Irp;
    Srb->NextSrb = nullptr;
    Srb->QueueAction = SRB_SIMPLE_TAG_REQUEST;
    Srb->QueueTag = SP_UNTAGGED;
    SET_FLAG(Srb->SrbFlags, Fdo->SrbFlags);
    if (Buffer)
        SET_FLAG(Srb->SrbFlags, Write ? SRB_FLAGS_DATA_OUT : SRB_FLAGS_DATA_IN);
}

// The request holds the remove lock; ClassIoComplete gives it back.
NTSTATUS NTAPI ClassSendSrbAsynchronous(PDEVICE_OBJECT DeviceObject, PSCSI_REQUEST_BLOCK Srb,
                                        PIRP Irp, PVOID BufferAddress, ULONG BufferLength,
                                        BOOLEAN WriteToDevice)
{
    PFUNCTIONAL_DEVICE_EXTENSION Fdo = ClasspFdo(DeviceObject);
    PrepareSrb(Fdo, Srb, Irp, BufferAddress, BufferLength, WriteToDevice);
    NTSTATUS Status = AttachBuffer(Irp, Srb, BufferAddress, BufferLength);
    if (!NT_SUCCESS(Status)) {
        FreeSrb(Fdo, Srb);
        return ClasspComplete(DeviceObject, Irp, Status, 0);
    }
    IoMarkIrpPending(Irp);
    // How often it may still be sent, for ClassIoComplete.
    IoGetCurrentIrpStackLocation(Irp)->Parameters.Others.Argument4 = (PVOID)MAXIMUM_RETRIES;
    ClasspPrepareIrp(Irp, Srb, ClassIoComplete, Srb);
    IoCallDriver(Fdo->CommonExtension.LowerDeviceObject, Irp);
    return STATUS_PENDING;
}

// ---- Completion

static PVOID ReadWriteBuffer(PIRP Irp)
{
    return Irp->MdlAddress ? MmGetMdlVirtualAddress(Irp->MdlAddress) : nullptr;
}

// A request block for the read or write that the IRP asks for.
NTSTATUS NTAPI ClassBuildRequest(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PFUNCTIONAL_DEVICE_EXTENSION Fdo = ClasspFdo(DeviceObject);
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    BOOLEAN Write = Stack->MajorFunction == IRP_MJ_WRITE;
    ULONGLONG Block = (ULONGLONG)Stack->Parameters.Read.ByteOffset.QuadPart >> Fdo->SectorShift;
    if (!Fdo->CommonExtension.IsSrbLookasideListInitialized)
        return STATUS_INVALID_DEVICE_STATE;
    PSCSI_REQUEST_BLOCK Srb =
        ExAllocateFromNPagedLookasideList(&Fdo->CommonExtension.SrbLookasideList);
    if (!Srb)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(Srb, sizeof(CLASSP_SRB));
    Srb->CdbLength =
        CoreBuildTransfer(Srb->Cdb, Write, TEST_FLAG(Fdo->DeviceFlags, DEV_USE_16BYTE_CDB),
                          Write && (Stack->Flags & SL_WRITE_THROUGH) && Fdo->CdbForceUnitAccess,
                          Block, Stack->Parameters.Read.Length >> Fdo->SectorShift);
    Srb->TimeOutValue = Fdo->TimeOutValue;
    PrepareSrb(Fdo, Srb, Irp, ReadWriteBuffer(Irp), Stack->Parameters.Read.Length, Write);
    Stack->Parameters.Others.Argument4 = (PVOID)MAXIMUM_RETRIES;
    ClasspPrepareIrp(Irp, Srb, ClassIoComplete, Srb);
    return STATUS_SUCCESS;
}

typedef struct _RESEND {
    KTIMER Timer;
    KDPC Dpc;
    PDEVICE_OBJECT Lower;
    PIRP Irp;
} RESEND, *PRESEND;

static VOID NTAPI Resend(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    RESEND Work = *(PRESEND)Context;
    ExFreePoolWithTag(Context, ClasspTag);
    IoCallDriver(Work.Lower, Work.Irp);
}

static BOOLEAN SendAgain(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PSCSI_REQUEST_BLOCK Srb,
                         ULONG Delay)
{
    PRESEND Work = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Work), ClasspTag);
    if (!Work)
        return FALSE;
    LARGE_INTEGER Due = {.QuadPart = -(LONGLONG)max(Delay, 1) * 10000};
    Work->Lower = Fdo->CommonExtension.LowerDeviceObject;
    Work->Irp = Irp;
    Srb->SrbStatus = 0;
    if (Irp->MdlAddress && Srb->Function != SRB_FUNCTION_STORAGE_REQUEST_BLOCK)
        Srb->DataTransferLength = MmGetMdlByteCount(Irp->MdlAddress);
    ClasspPrepareIrp(Irp, Srb, ClassIoComplete, Srb);
    KeInitializeTimer(&Work->Timer);
    KeInitializeDpc(&Work->Dpc, Resend, Work);
    KeSetTimer(&Work->Timer, Due, &Work->Dpc);
    return TRUE;
}

static BOOLEAN HandleError(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PIRP Irp, PSCSI_REQUEST_BLOCK Srb)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG_PTR Left = (ULONG_PTR)Stack->Parameters.Others.Argument4;
    CORE_OUTCOME Outcome;
    BOOLEAN Frozen = TEST_FLAG(Srb->SrbStatus, SRB_STATUS_QUEUE_FROZEN);
    ClasspInterpret(Fdo, Srb, (ULONG)(MAXIMUM_RETRIES - Left), &Outcome);
    if (Frozen)
        ClassReleaseQueue(Fdo->DeviceObject);
    if (Outcome.Retry && Left && Fdo->CommonExtension.IsRemoved == NO_REMOVE) {
        Stack->Parameters.Others.Argument4 = (PVOID)(Left - 1);
        if (SendAgain(Fdo, Irp, Srb, Outcome.Delay))
            return TRUE;
    }
    Irp->IoStatus.Status = Outcome.Status;
    Irp->IoStatus.Information = 0;
    if (IoIsErrorUserInduced(Outcome.Status) && Irp->Tail.Overlay.Thread)
        IoSetHardErrorOrVerifyDevice(Irp, Fdo->DeviceObject);
    return FALSE;
}

static VOID FreeMdl(PIRP Irp, PSCSI_REQUEST_BLOCK Srb)
{
    if (!TEST_FLAG(Srb->SrbFlags, SRB_CLASS_FLAGS_FREE_MDL) || !Irp->MdlAddress)
        return;
    IoFreeMdl(Irp->MdlAddress);
    Irp->MdlAddress = nullptr;
}

// The completion routine of a request whose Context is its request block, from the lookaside list or of pool.
NTSTATUS NTAPI ClassIoComplete(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    PFUNCTIONAL_DEVICE_EXTENSION Fdo = ClasspFdo(DeviceObject);
    PSCSI_REQUEST_BLOCK Srb = Context;
    if (SRB_STATUS(Srb->SrbStatus) == SRB_STATUS_SUCCESS) {
        CLASSP_SRB_RESULT Result;
        ClasspReadSrb(Srb, &Result);
        Irp->IoStatus.Information = Result.Transferred;
        Irp->IoStatus.Status = STATUS_SUCCESS;
    } else if (HandleError(Fdo, Irp, Srb)) {
        return STATUS_MORE_PROCESSING_REQUIRED;
    }
    FreeMdl(Irp, Srb);
    FreeSrb(Fdo, Srb);
    if (Irp->PendingReturned)
        IoMarkIrpPending(Irp);
    ClassReleaseRemoveLock(DeviceObject, Irp);
    return STATUS_SUCCESS;
}

// Signals an event and keeps the IRP for who waits.
NTSTATUS NTAPI ClassSignalCompletion(PDEVICE_OBJECT DeviceObject, PIRP Irp, PKEVENT Event)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Irp);
    KeSetEvent(Event, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

// The same for an IRP that the driver made: it is freed.
NTSTATUS NTAPI ClassAsynchronousCompletion(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    PCOMPLETION_CONTEXT Completion = Context;
    if (!DeviceObject)
        DeviceObject = Completion->DeviceObject;
    if (Completion->Srb.Function == SRB_FUNCTION_EXECUTE_SCSI &&
        SRB_STATUS(Completion->Srb.SrbStatus) != SRB_STATUS_SUCCESS) {
        CORE_OUTCOME Outcome;
        ClasspInterpret(ClasspFdo(DeviceObject), &Completion->Srb, MAXIMUM_RETRIES, &Outcome);
    }
    if (TEST_FLAG(Completion->Srb.SrbStatus, SRB_STATUS_QUEUE_FROZEN))
        ClassReleaseQueue(DeviceObject);
    if (Irp->MdlAddress) {
        MmUnlockPages(Irp->MdlAddress);
        IoFreeMdl(Irp->MdlAddress);
    }
    ClassReleaseRemoveLock(DeviceObject, Irp);
    ExFreePool(Completion);
    IoFreeIrp(Irp);
    return STATUS_MORE_PROCESSING_REQUIRED;
}
