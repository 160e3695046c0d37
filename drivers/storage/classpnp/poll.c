// What is looked at once a second: whether a medium came or went, and from time to time whether the device says that it
// will fail.
#include "classp.h"

static KDEFERRED_ROUTINE PollTick;

static VOID NTAPI PollTick(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    PFUNCTIONAL_DEVICE_EXTENSION Fdo = Context;
    PCLASS_PRIVATE_FDO_DATA Private = Fdo->PrivateFdoData;
    PMEDIA_CHANGE_DETECTION_INFO Info = Fdo->MediaChangeDetectionInfo;
    if (Info && Info->MediaChangeDetectionDisableCount == 0 && --Info->Left == 0) {
        Info->Left = Info->Seconds;
        ClasspWork(Fdo, ClasspEventPoll);
    }
    if (Private->PredictSeconds && --Private->PredictLeft == 0) {
        Private->PredictLeft = Private->PredictSeconds;
        ClasspWork(Fdo, ClasspEventPredict);
    }
}

VOID ClasspStartPolling(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    enum { Second = 1000 };
    PCLASS_PRIVATE_FDO_DATA Private = Fdo->PrivateFdoData;
    LARGE_INTEGER Due = {.QuadPart = -(LONGLONG)Second * 10000};
    if (Private->Polling)
        return;
    Private->Polling = TRUE;
    KeInitializeDpc(&Private->PollDpc, PollTick, Fdo);
    KeSetTimerEx(&Private->PollTimer, Due, Second, &Private->PollDpc);
}

VOID ClasspStopPolling(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    PCLASS_PRIVATE_FDO_DATA Private = Fdo->PrivateFdoData;
    if (!Private->Polling)
        return;
    KeCancelTimer(&Private->PollTimer);
    KeFlushQueuedDpcs(); // a tick that has begun ends before the device goes
    Private->Polling = FALSE;
}

// ---- Media

VOID NTAPI ClassInitializeMediaChangeDetection(PFUNCTIONAL_DEVICE_EXTENSION FdoExtension,
                                               PUCHAR EventPrefix)
{
    UNREFERENCED_PARAMETER(EventPrefix); // of named events, which no program knows any more
    if (!ClasspRemovable(FdoExtension) || FdoExtension->MediaChangeDetectionInfo)
        return;
    PMEDIA_CHANGE_DETECTION_INFO Info =
        ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Info), CLASS_TAG_MEDIA_CHANGE_DETECTION);
    if (!Info)
        return;
    *Info = (MEDIA_CHANGE_DETECTION_INFO){
        .State = MediaUnknown,
        .Seconds = MEDIA_CHANGE_DEFAULT_TIME,
        .Left = MEDIA_CHANGE_DEFAULT_TIME,
    };
    FdoExtension->MediaChangeDetectionInfo = Info;
    ClasspStartPolling(FdoExtension);
}

// TEST UNIT READY is what the library asks anyway.
NTSTATUS NTAPI ClassInitializeTestUnitPolling(PFUNCTIONAL_DEVICE_EXTENSION FdoExtension,
                                              BOOLEAN AllowDriveToSleep)
{
    UNREFERENCED_PARAMETER(AllowDriveToSleep);
    ClassInitializeMediaChangeDetection(FdoExtension, nullptr);
    return FdoExtension->MediaChangeDetectionInfo ? STATUS_SUCCESS : STATUS_NOT_SUPPORTED;
}

VOID NTAPI ClassEnableMediaChangeDetection(PFUNCTIONAL_DEVICE_EXTENSION FdoExtension)
{
    PMEDIA_CHANGE_DETECTION_INFO Info = FdoExtension->MediaChangeDetectionInfo;
    if (Info && Info->MediaChangeDetectionDisableCount)
        InterlockedDecrement(&Info->MediaChangeDetectionDisableCount);
}

VOID NTAPI ClassDisableMediaChangeDetection(PFUNCTIONAL_DEVICE_EXTENSION FdoExtension)
{
    PMEDIA_CHANGE_DETECTION_INFO Info = FdoExtension->MediaChangeDetectionInfo;
    if (Info)
        InterlockedIncrement(&Info->MediaChangeDetectionDisableCount);
}

// What is left of it goes with the device.
VOID NTAPI ClassCleanupMediaChangeDetection(PFUNCTIONAL_DEVICE_EXTENSION FdoExtension)
{
    ClasspStopPolling(FdoExtension);
}

VOID NTAPI ClassResetMediaChangeTimer(PFUNCTIONAL_DEVICE_EXTENSION FdoExtension)
{
    PMEDIA_CHANGE_DETECTION_INFO Info = FdoExtension->MediaChangeDetectionInfo;
    if (Info)
        Info->Left = Info->Seconds;
}

VOID NTAPI ClassCheckMediaState(PFUNCTIONAL_DEVICE_EXTENSION FdoExtension)
{
    if (FdoExtension->MediaChangeDetectionInfo)
        ClasspWork(FdoExtension, ClasspEventPoll);
}

// A state that was not known before is no change of media.
VOID NTAPI ClassSetMediaChangeState(PFUNCTIONAL_DEVICE_EXTENSION FdoExtension,
                                    MEDIA_CHANGE_DETECTION_STATE State, BOOLEAN Wait)
{
    static const GUID Arrival = {
        0xd07433c0, 0xa98e, 0x11d2, {0x91, 0x7a, 0x00, 0xa0, 0xc9, 0x06, 0x8f, 0xf3}};
    static const GUID Removal = {
        0xd07433c1, 0xa98e, 0x11d2, {0x91, 0x7a, 0x00, 0xa0, 0xc9, 0x06, 0x8f, 0xf3}};
    PMEDIA_CHANGE_DETECTION_INFO Info = FdoExtension->MediaChangeDetectionInfo;
    UNREFERENCED_PARAMETER(Wait);
    if (!Info)
        return;
    LONG Before = InterlockedExchange((volatile LONG *)&Info->State, State);
    if (Before == (LONG)State || Before == MediaUnknown)
        return;
    CLASS_MEDIA_CHANGE_CONTEXT Context = {
        .MediaChangeCount = FdoExtension->MediaChangeCount,
        .NewState = State,
    };
    if (State == MediaPresent)
        ClassSendNotification(FdoExtension, &Arrival, sizeof(Context), &Context);
    else if (State == MediaNotPresent)
        ClassSendNotification(FdoExtension, &Removal, sizeof(Context), &Context);
}

// A medium that arrived may have another size.
VOID ClasspPollMedia(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    PCLASSP_COMMAND Command = ClasspNewCommand(6, SCSIOP_TEST_UNIT_READY);
    if (!Command)
        return;
    Command->NoRetry = TRUE;
    NTSTATUS Status = ClasspSend(Fdo, Command);
    ExFreePoolWithTag(Command, ClasspTag);
    if (Status == STATUS_NO_MEDIA_IN_DEVICE) {
        ClassSetMediaChangeState(Fdo, MediaNotPresent, FALSE);
    } else if (NT_SUCCESS(Status)) {
        BOOLEAN Arrived = Fdo->MediaChangeDetectionInfo->State == MediaNotPresent;
        ClassSetMediaChangeState(Fdo, MediaPresent, FALSE);
        if (Arrived)
            ClasspWork(Fdo, ClasspEventCapacity);
    }
}

// To those that registered for changes of the device. At DISPATCH_LEVEL, too: most changes are noticed in sense data.
VOID NTAPI ClassSendNotification(PFUNCTIONAL_DEVICE_EXTENSION FdoExtension, const GUID *Guid,
                                 ULONG ExtraDataSize, PVOID ExtraData)
{
    ULONG Size = FIELD_OFFSET(TARGET_DEVICE_CUSTOM_NOTIFICATION, CustomDataBuffer) + ExtraDataSize;
    if (KeGetCurrentIrql() > DISPATCH_LEVEL || Size > MAXUSHORT)
        return;
    PTARGET_DEVICE_CUSTOM_NOTIFICATION Notification =
        ExAllocatePoolWithTag(NonPagedPoolNx, Size, ClasspTag);
    if (!Notification)
        return;
    Notification->Version = 1;
    Notification->Size = (USHORT)Size;
    Notification->Event = *Guid;
    Notification->FileObject = nullptr;
    Notification->NameBufferOffset = -1;
    RtlCopyMemory(Notification->CustomDataBuffer, ExtraData, ExtraDataSize);
    IoReportTargetDeviceChangeAsynchronous(FdoExtension->LowerPdo, Notification, nullptr,
                                           nullptr); // copies it
    ExFreePoolWithTag(Notification, ClasspTag);
}

// ---- Failures that devices foresee

NTSTATUS NTAPI ClassSetFailurePredictionPoll(PFUNCTIONAL_DEVICE_EXTENSION FdoExtension,
                                             FAILURE_PREDICTION_METHOD FailurePredictionMethod,
                                             ULONG PollingPeriod)
{
    PCLASS_PRIVATE_FDO_DATA Private = FdoExtension->PrivateFdoData;
    if (FailurePredictionMethod == FailurePredictionSense || PollingPeriod == 0)
        PollingPeriod = 0; // sense data comes by itself
    if (FailurePredictionMethod == FailurePredictionNone)
        PollingPeriod = 0;
    Private->PredictMethod = FailurePredictionMethod;
    Private->PredictLeft = PollingPeriod;
    Private->PredictSeconds = PollingPeriod;
    if (PollingPeriod)
        ClasspStartPolling(FdoExtension);
    return STATUS_SUCCESS;
}

VOID ClasspPollPrediction(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    IO_STATUS_BLOCK IoStatus;
    PSTORAGE_PREDICT_FAILURE Answer =
        ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Answer), CLASS_TAG_FAILURE_PREDICT);
    if (!Answer)
        return;
    PDEVICE_OBJECT Top = IoGetAttachedDeviceReference(Fdo->DeviceObject);
    ClassSendDeviceIoControlSynchronous(IOCTL_STORAGE_PREDICT_FAILURE, Top, Answer, 0,
                                        sizeof(*Answer), FALSE, &IoStatus);
    ObDereferenceObject(Top);
    if (NT_SUCCESS(IoStatus.Status) && Answer->PredictFailure)
        ClassNotifyFailurePredicted(Fdo, Answer->VendorSpecific, sizeof(Answer->VendorSpecific),
                                    TRUE, 0, 0, 0, 0);
    ExFreePoolWithTag(Answer, CLASS_TAG_FAILURE_PREDICT);
}

VOID NTAPI ClassNotifyFailurePredicted(PFUNCTIONAL_DEVICE_EXTENSION FdoExtension, PUCHAR Buffer,
                                       ULONG BufferSize, BOOLEAN LogError, ULONG UniqueErrorValue,
                                       UCHAR PathId, UCHAR TargetId, UCHAR Lun)
{
    enum { WarningFailurePredicted = 0x80040034 };
    UNREFERENCED_PARAMETER(Buffer); // for WMI, which has no consumer
    UNREFERENCED_PARAMETER(BufferSize);
    BOOLEAN Known = FdoExtension->FailurePredicted;
    FdoExtension->FailurePredicted = TRUE;
    FdoExtension->FailureReason = UniqueErrorValue;
    if (Known || !LogError)
        return;
    PIO_ERROR_LOG_PACKET Entry =
        IoAllocateErrorLogEntry(FdoExtension->DeviceObject, sizeof(IO_ERROR_LOG_PACKET) + 12);
    if (!Entry)
        return;
    Entry->ErrorCode = (NTSTATUS)WarningFailurePredicted;
    Entry->UniqueErrorValue = UniqueErrorValue;
    Entry->SequenceNumber = ++FdoExtension->ErrorCount;
    Entry->DumpDataSize = 12;
    Entry->DumpData[0] = PathId;
    Entry->DumpData[1] = TargetId;
    Entry->DumpData[2] = Lun;
    IoWriteErrorLogEntry(Entry);
}
