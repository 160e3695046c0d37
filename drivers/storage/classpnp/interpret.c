// Errors: what the request's driver makes of them, what the library does about them, the log.
#include "classp.h"

// ---- The log

typedef struct _LOG_DATA {
    ULONG SrbStatus, ScsiStatus;
    ULONG Sense; // key, code, qualifier in the lowest three bytes
} LOG_DATA;

static VOID WriteLog(PFUNCTIONAL_DEVICE_EXTENSION Fdo, const CLASSP_SRB_RESULT *Result,
                     const CORE_OUTCOME *Outcome, ULONG RetryCount)
{
    CORE_SENSE Sense = {};
    UCHAR Size = sizeof(IO_ERROR_LOG_PACKET) + sizeof(LOG_DATA);
    PIO_ERROR_LOG_PACKET Entry = IoAllocateErrorLogEntry(Fdo->DeviceObject, Size);
    if (!Entry)
        return;
    if (Result->Sense)
        CoreParseSense(Result->Sense, Result->SenseLength, &Sense);
    Entry->ErrorCode = (NTSTATUS)Outcome->LogCode;
    Entry->FinalStatus = Outcome->Status;
    Entry->RetryCount = (UCHAR)RetryCount;
    Entry->SequenceNumber = ++Fdo->ErrorCount;
    Entry->DumpDataSize = sizeof(LOG_DATA);
    Entry->DumpData[0] = Result->SrbStatus;
    Entry->DumpData[1] = Result->ScsiStatus;
    Entry->DumpData[2] = (ULONG)Sense.Key << 16 | (ULONG)Sense.Code << 8 | Sense.Qualifier;
    IoWriteErrorLogEntry(Entry);
}

// ---- Consequences

BOOLEAN ClasspRemovable(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    return TEST_FLAG(Fdo->DeviceObject->Characteristics, FILE_REMOVABLE_MEDIA);
}

static VOID MediumChanged(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    PVPB Vpb = ClassGetVpb(Fdo->DeviceObject);
    if (!ClasspRemovable(Fdo))
        return;
    InterlockedIncrement((volatile LONG *)&Fdo->MediaChangeCount);
    ClasspWork(Fdo, ClasspEventCapacity); // another medium, another size
    if (Vpb && TEST_FLAG(Vpb->Flags, VPB_MOUNTED))
        SET_FLAG(Fdo->DeviceObject->Flags, DO_VERIFY_VOLUME);
}

static VOID Act(PFUNCTIONAL_DEVICE_EXTENSION Fdo, ULONG Actions)
{
    if (Actions & CORE_START_UNIT)
        ClassSendStartUnit(Fdo->DeviceObject);
    if (Actions & CORE_MEDIA_CHANGED)
        MediumChanged(Fdo);
    if (Actions & CORE_CAPACITY_CHANGED)
        ClasspWork(Fdo, ClasspEventCapacity);
    if (Actions & CORE_FAILURE_PREDICTED)
        ClassNotifyFailurePredicted(Fdo, nullptr, 0, FALSE, 0, 0, 0, 0);
    if (Fdo->MediaChangeDetectionInfo && ClasspRemovable(Fdo)) {
        if (Actions & CORE_NO_MEDIA)
            ClassSetMediaChangeState(Fdo, MediaNotPresent, FALSE);
        else if (Actions & CORE_MEDIA_CHANGED)
            ClassSetMediaChangeState(Fdo, MediaPresent, FALSE);
    }
}

// ---- The error

// The driver may say otherwise.
static VOID AskDriver(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PVOID Srb, CORE_OUTCOME *Outcome)
{
    PCLASS_DEV_INFO Info = Fdo->CommonExtension.DevInfo;
    if (!Info->ClassError)
        return;
    NTSTATUS Status = Outcome->Status;
    BOOLEAN Retry = Outcome->Retry;
    Info->ClassError(Fdo->DeviceObject, Srb, &Status, &Retry);
    Outcome->Status = Status;
    Outcome->Retry = Retry;
}

VOID ClasspInterpret(PFUNCTIONAL_DEVICE_EXTENSION Fdo, PVOID Srb, ULONG RetryCount,
                     CORE_OUTCOME *Outcome)
{
    CLASSP_SRB_RESULT Result;
    ClasspReadSrb(Srb, &Result);
    CORE_FAILURE Failure = {
        .SrbStatus = SRB_STATUS(Result.SrbStatus),
        .ScsiStatus = Result.ScsiStatus,
        .Sense = Result.Sense,
        .SenseLength = Result.SenseLength,
        .Removable = ClasspRemovable(Fdo),
        .InternalStatus = (LONG)Result.InternalStatus,
    };
    CoreInterpret(&Failure, Outcome);
    AskDriver(Fdo, Srb, Outcome);
    ULONG Most = Outcome->Retries ? Outcome->Retries : MAXIMUM_RETRIES;
    if (RetryCount >= Most)
        Outcome->Retry = FALSE;
    Act(Fdo, Outcome->Actions);
    if (Outcome->LogCode && (RetryCount == 0 || !Outcome->Retry))
        WriteLog(Fdo, &Result, Outcome, RetryCount);
}

BOOLEAN NTAPI ClassInterpretSenseInfo(PDEVICE_OBJECT DeviceObject, PSCSI_REQUEST_BLOCK Srb,
                                      UCHAR MajorFunctionCode, ULONG IoDeviceCode, ULONG RetryCount,
                                      NTSTATUS *Status, ULONG *RetryInterval)
{
    CORE_OUTCOME Outcome;
    UNREFERENCED_PARAMETER(MajorFunctionCode);
    UNREFERENCED_PARAMETER(IoDeviceCode);
    ClasspInterpret(ClasspFdo(DeviceObject), Srb, RetryCount, &Outcome);
    *Status = Outcome.Status;
    if (RetryInterval)
        *RetryInterval = (Outcome.Delay + 999) / 1000; // seconds
    return Outcome.Retry;
}
