// Commands that are sent and waited for.
#include "classp.h"

enum { RetryMilliseconds = 1 };

PCLASSP_COMMAND ClasspNewCommand(UCHAR CdbLength, UCHAR Code)
{
    PCLASSP_COMMAND Command = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Command), ClasspTag);
    if (!Command)
        return nullptr;
    RtlZeroMemory(Command, sizeof(*Command));
    Command->CdbLength = CdbLength;
    Command->Cdb[0] = Code;
    return Command;
}

// ---- One try

typedef struct _ATTEMPT {
    CLASSP_SRB Srb;
    KEVENT Done;
    PIRP Irp;
    PMDL Mdl;
} ATTEMPT, *PATTEMPT;

static NTSTATUS NTAPI AttemptDone(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Irp);
    KeSetEvent(&((PATTEMPT)Context)->Done, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static VOID FreeAttempt(PATTEMPT Attempt)
{
    if (Attempt->Mdl)
        IoFreeMdl(Attempt->Mdl);
    if (Attempt->Irp)
        IoFreeIrp(Attempt->Irp);
    ExFreePoolWithTag(Attempt, ClasspTag);
}

static PATTEMPT MakeAttempt(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PCLASSP_COMMAND Command)
{
    PATTEMPT Attempt = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Attempt), ClasspTag);
    if (!Attempt)
        return nullptr;
    RtlZeroMemory(Attempt, sizeof(*Attempt));
    KeInitializeEvent(&Attempt->Done, NotificationEvent, FALSE);
    Attempt->Irp = IoAllocateIrp(Fdo->CommonExtension.LowerDeviceObject->StackSize, FALSE);
    if (Command->Length)
        Attempt->Mdl = IoAllocateMdl(Command->Buffer, Command->Length, FALSE, FALSE, nullptr);
    if (!Attempt->Irp || (Command->Length && !Attempt->Mdl)) {
        FreeAttempt(Attempt);
        return nullptr;
    }
    if (Attempt->Mdl)
        MmBuildMdlForNonPagedPool(Attempt->Mdl);
    return Attempt;
}

static ULONG DirectionFlags(const CLASSP_COMMAND *Command)
{
    if (!Command->Length)
        return SRB_FLAGS_NO_DATA_TRANSFER;
    return Command->Write ? SRB_FLAGS_DATA_OUT : SRB_FLAGS_DATA_IN;
}

static VOID SendAttempt(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PCLASSP_COMMAND Command, PATTEMPT Attempt)
{
    PIRP Irp = Attempt->Irp;
    ClasspFillSrb(Fdo, &Attempt->Srb,
                  &(CLASSP_SRB_VALUES){
                      .Function = Command->Function,
                      .CdbLength = Command->CdbLength,
                      .Cdb = Command->Cdb,
                      .Flags = DirectionFlags(Command) | Command->Flags,
                      .TimeOut = Command->TimeOut ? Command->TimeOut : Fdo->TimeOutValue,
                      .Buffer = Command->Buffer,
                      .Length = Command->Length,
                      .Sense = Command->SenseBytes,
                      .Irp = Irp,
                  });
    Irp->MdlAddress = Attempt->Mdl;
    Irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    Irp->Tail.Overlay.Thread = PsGetCurrentThread();
    ClasspPrepareIrp(Irp, &Attempt->Srb, AttemptDone, Attempt);
    IoCallDriver(Fdo->CommonExtension.LowerDeviceObject, Irp);
    KeWaitForSingleObject(&Attempt->Done, Executive, KernelMode, FALSE, nullptr);
}

// A device that has less to say than there was room for did what it was asked.
static BOOLEAN Succeeded(PCLASSP_COMMAND Command)
{
    UCHAR Status = SRB_STATUS(Command->Result.SrbStatus);
    if (Status == SRB_STATUS_SUCCESS)
        return TRUE;
    return Status == SRB_STATUS_DATA_OVERRUN && !Command->Write &&
           Command->Result.Transferred < Command->Length;
}

static NTSTATUS Try(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PCLASSP_COMMAND Command, ULONG Retries,
                    CORE_OUTCOME *Outcome)
{
    *Outcome = (CORE_OUTCOME){};
    PATTEMPT Attempt = MakeAttempt(Fdo, Command);
    if (!Attempt)
        return STATUS_INSUFFICIENT_RESOURCES;
    SendAttempt(Fdo, Command, Attempt);
    ClasspReadSrb(&Attempt->Srb, &Command->Result);
    if (Command->Result.SrbStatus & SRB_STATUS_QUEUE_FROZEN)
        ClassReleaseQueue(Fdo->DeviceObject);
    NTSTATUS Status = STATUS_SUCCESS;
    if (SRB_STATUS(Command->Result.SrbStatus) == SRB_STATUS_PENDING) {
        Status = Attempt->Irp->IoStatus.Status; // it never came to the port driver
        if (NT_SUCCESS(Status))
            Status = STATUS_IO_DEVICE_ERROR;
    } else if (!Succeeded(Command)) {
        ClasspInterpret(Fdo, &Attempt->Srb, Retries, Outcome);
        Status = Outcome->Status;
    }
    FreeAttempt(Attempt);
    return Status;
}

// Every command but those of a file system goes to a changed medium as well: the library asks again.
NTSTATUS ClasspSend(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PCLASSP_COMMAND Command)
{
    CORE_OUTCOME Outcome;
    for (ULONG Retries = 0;; Retries++) {
        NTSTATUS Status = Try(Fdo, Command, Retries, &Outcome);
        if (Status == STATUS_VERIFY_REQUIRED && Retries < MAXIMUM_RETRIES)
            Outcome.Retry = TRUE;
        if (!Outcome.Retry || Command->NoRetry || Fdo->CommonExtension.IsRemoved != NO_REMOVE)
            return Status;
        InterlockedIncrement(&Fdo->PrivateFdoData->RetryCount);
        LARGE_INTEGER Delay = {.QuadPart =
                                   -(LONGLONG)max(Outcome.Delay, RetryMilliseconds) * 10000};
        KeDelayExecutionThread(KernelMode, FALSE, &Delay);
    }
}

// ---- The same with a request block of the driver's

static PUCHAR RequestCdb(PSCSI_REQUEST_BLOCK Srb, PUCHAR Length)
{
    if (Srb->Function != SRB_FUNCTION_STORAGE_REQUEST_BLOCK) {
        *Length = Srb->CdbLength;
        return Srb->Cdb;
    }
    PCLASSP_EXTENDED_SRB Extended = (PCLASSP_EXTENDED_SRB)Srb;
    if (Extended->Header.NumSrbExData == 0)
        return nullptr;
    PSRBEX_DATA_SCSI_CDB16 Command = (PVOID)((PUCHAR)Srb + Extended->Header.SrbExDataOffset[0]);
    *Length = Command->CdbLength;
    return Command->Cdb;
}

static VOID GiveResult(PSCSI_REQUEST_BLOCK Srb, const CLASSP_SRB_RESULT *Result)
{
    Srb->SrbStatus = Result->SrbStatus & ~SRB_STATUS_QUEUE_FROZEN;
    if (Srb->Function == SRB_FUNCTION_STORAGE_REQUEST_BLOCK) {
        PSTORAGE_REQUEST_BLOCK Extended = (PSTORAGE_REQUEST_BLOCK)Srb;
        PSRBEX_DATA_SCSI_CDB16 Command = (PVOID)((PUCHAR)Srb + Extended->SrbExDataOffset[0]);
        Extended->DataTransferLength = Result->Transferred;
        Command->ScsiStatus = Result->ScsiStatus;
        return;
    }
    Srb->DataTransferLength = Result->Transferred;
    Srb->ScsiStatus = Result->ScsiStatus;
    if (Result->Sense && Srb->SenseInfoBuffer && Srb->SenseInfoBufferLength) {
        UCHAR Bytes = min(Srb->SenseInfoBufferLength, Result->SenseLength);
        RtlCopyMemory(Srb->SenseInfoBuffer, Result->Sense, Bytes);
        Srb->SenseInfoBufferLength = Bytes;
    }
}

NTSTATUS NTAPI ClassSendSrbSynchronous(PDEVICE_OBJECT DeviceObject, PSCSI_REQUEST_BLOCK Srb,
                                       PVOID BufferAddress, ULONG BufferLength,
                                       BOOLEAN WriteToDevice)
{
    UCHAR CdbLength = 0;
    PUCHAR Cdb = RequestCdb(Srb, &CdbLength);
    if (!Cdb || CdbLength == 0 || CdbLength > RTL_FIELD_SIZE(CLASSP_COMMAND, Cdb))
        return STATUS_INVALID_PARAMETER;
    PCLASSP_COMMAND Command = ClasspNewCommand(CdbLength, Cdb[0]);
    if (!Command)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlCopyMemory(Command->Cdb, Cdb, CdbLength);
    Command->Buffer = BufferAddress;
    Command->Length = BufferAddress ? BufferLength : 0;
    Command->Write = WriteToDevice;
    Command->TimeOut = Srb->Function == SRB_FUNCTION_STORAGE_REQUEST_BLOCK
                           ? ((PSTORAGE_REQUEST_BLOCK)Srb)->TimeOutValue
                           : Srb->TimeOutValue;
    NTSTATUS Status = ClasspSend(ClasspFdo(DeviceObject), Command);
    GiveResult(Srb, &Command->Result);
    // To the driver, more room than data is an error with its own status, as the port driver told it.
    if (NT_SUCCESS(Status) && SRB_STATUS(Srb->SrbStatus) == SRB_STATUS_DATA_OVERRUN)
        Status = STATUS_DATA_OVERRUN;
    ExFreePoolWithTag(Command, ClasspTag);
    return Status;
}
