// What file systems lean on else: statuses, pool that does not fail, work on another stack, contexts of streams,
// resources of a file.

#include "../ntos.h"

// ---- Statuses

static BOOLEAN FsRtlpIsOneOf(NTSTATUS Status, const NTSTATUS *List, ULONG Count)
{
    for (ULONG i = 0; i < Count; i++) {
        if (List[i] == Status)
            return TRUE;
    }
    return FALSE;
}

// Faults of the processor are bugs; everything else is raised on purpose.
BOOLEAN NTAPI FsRtlIsNtstatusExpected(NTSTATUS Ntstatus)
{
    static const NTSTATUS Bugs[] = {
        STATUS_DATATYPE_MISALIGNMENT,
        STATUS_ACCESS_VIOLATION,
        STATUS_ILLEGAL_INSTRUCTION,
        STATUS_INSTRUCTION_MISALIGNMENT,
    };
    return !FsRtlpIsOneOf(Ntstatus, Bugs, RTL_NUMBER_OF(Bugs));
}

NTSTATUS NTAPI FsRtlNormalizeNtstatus(NTSTATUS Exception, NTSTATUS GenericException)
{
    return FsRtlIsNtstatusExpected(Exception) ? Exception : GenericException;
}

// Nothing on the device can be reached any more.
BOOLEAN NTAPI FsRtlIsTotalDeviceFailure(NTSTATUS Status)
{
    static const NTSTATUS Parts[] = {
        STATUS_CRC_ERROR,
        STATUS_DEVICE_DATA_ERROR,
        STATUS_DISK_CORRUPT_ERROR,
    };
    return !NT_SUCCESS(Status) && !FsRtlpIsOneOf(Status, Parts, RTL_NUMBER_OF(Parts));
}

// ---- Pool: no memory is an exception

PVOID NTAPI FsRtlAllocatePoolWithTag(POOL_TYPE PoolType, ULONG NumberOfBytes, ULONG Tag)
{
    PVOID Block = ExAllocatePoolWithTag(PoolType, NumberOfBytes, Tag);
    if (!Block)
        ExRaiseStatus(STATUS_INSUFFICIENT_RESOURCES);
    return Block;
}

PVOID NTAPI FsRtlAllocatePool(POOL_TYPE PoolType, ULONG NumberOfBytes)
{
    return FsRtlAllocatePoolWithTag(PoolType, NumberOfBytes, 'trSF');
}

PVOID NTAPI FsRtlAllocatePoolWithQuotaTag(POOL_TYPE PoolType, ULONG NumberOfBytes, ULONG Tag)
{
    return FsRtlAllocatePoolWithTag((POOL_TYPE)(PoolType & ~POOL_QUOTA_FAIL_INSTEAD_OF_RAISE),
                                    NumberOfBytes, Tag);
}

PVOID NTAPI FsRtlAllocatePoolWithQuota(POOL_TYPE PoolType, ULONG NumberOfBytes)
{
    return FsRtlAllocatePoolWithQuotaTag(PoolType, NumberOfBytes, 'trSF');
}

// ---- Work on another stack. The caller waits for the event, which is set behind the routine.

typedef struct _FSRTL_POSTED {
    WORK_QUEUE_ITEM Item;
    PVOID Context;
    PKEVENT Event;
    PFSRTL_STACK_OVERFLOW_ROUTINE Routine;
} FSRTL_POSTED, *PFSRTL_POSTED;

static VOID NTAPI FsRtlpRunPosted(PVOID Parameter)
{
    FSRTL_POSTED Posted = *(PFSRTL_POSTED)Parameter;
    ExFreePoolWithTag(Parameter, 'oSMF');
    Posted.Routine(Posted.Context, Posted.Event);
}

VOID NTAPI FsRtlPostStackOverflow(PVOID Context, PKEVENT Event,
                                  PFSRTL_STACK_OVERFLOW_ROUTINE StackOverflowRoutine)
{
    PFSRTL_POSTED Posted = FsRtlAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Posted), 'oSMF');
    *Posted = (FSRTL_POSTED){.Context = Context, .Event = Event, .Routine = StackOverflowRoutine};
    ExInitializeWorkItem(&Posted->Item, FsRtlpRunPosted, Posted);
    ExQueueWorkItem(&Posted->Item, CriticalWorkQueue);
}

VOID NTAPI FsRtlPostPagingFileStackOverflow(PVOID Context, PKEVENT Event,
                                            PFSRTL_STACK_OVERFLOW_ROUTINE StackOverflowRoutine)
{
    FsRtlPostStackOverflow(Context, Event, StackOverflowRoutine);
}

// ---- Contexts of filters on a stream

static BOOLEAN FsRtlpTakesContexts(PFSRTL_ADVANCED_FCB_HEADER Header)
{
    return Header && (Header->Flags & FSRTL_FLAG_ADVANCED_HEADER) &&
           (Header->Flags2 & FSRTL_FLAG2_SUPPORTS_FILTER_CONTEXTS) && Header->FastMutex;
}

NTSTATUS NTAPI FsRtlInsertPerStreamContext(PFSRTL_ADVANCED_FCB_HEADER Header,
                                           PFSRTL_PER_STREAM_CONTEXT Context)
{
    if (!FsRtlpTakesContexts(Header))
        return STATUS_INVALID_DEVICE_REQUEST;
    ExAcquireFastMutex(Header->FastMutex);
    InsertHeadList(&Header->FilterContexts, &Context->Links);
    ExReleaseFastMutex(Header->FastMutex);
    return STATUS_SUCCESS;
}

// With the mutex held. No owner: any.
static PFSRTL_PER_STREAM_CONTEXT FsRtlpFindContext(PFSRTL_ADVANCED_FCB_HEADER Header, PVOID Owner,
                                                   PVOID Instance)
{
    for (PLIST_ENTRY Link = Header->FilterContexts.Flink; Link != &Header->FilterContexts;
         Link = Link->Flink) {
        PFSRTL_PER_STREAM_CONTEXT Context =
            CONTAINING_RECORD(Link, FSRTL_PER_STREAM_CONTEXT, Links);
        if ((!Owner || Context->OwnerId == Owner) && (!Instance || Context->InstanceId == Instance))
            return Context;
    }
    return nullptr;
}

PFSRTL_PER_STREAM_CONTEXT NTAPI FsRtlLookupPerStreamContextInternal(
    PFSRTL_ADVANCED_FCB_HEADER Header, PVOID OwnerId, PVOID InstanceId)
{
    if (!FsRtlpTakesContexts(Header))
        return nullptr;
    ExAcquireFastMutex(Header->FastMutex);
    PFSRTL_PER_STREAM_CONTEXT Found = FsRtlpFindContext(Header, OwnerId, InstanceId);
    ExReleaseFastMutex(Header->FastMutex);
    return Found;
}

PFSRTL_PER_STREAM_CONTEXT NTAPI FsRtlRemovePerStreamContext(PFSRTL_ADVANCED_FCB_HEADER Header,
                                                            PVOID OwnerId, PVOID InstanceId)
{
    if (!FsRtlpTakesContexts(Header))
        return nullptr;
    ExAcquireFastMutex(Header->FastMutex);
    PFSRTL_PER_STREAM_CONTEXT Found = FsRtlpFindContext(Header, OwnerId, InstanceId);
    if (Found)
        RemoveEntryList(&Found->Links);
    ExReleaseFastMutex(Header->FastMutex);
    return Found;
}

// Who has put a context there frees it, and is called without the mutex.
VOID NTAPI FsRtlTeardownPerStreamContexts(PFSRTL_ADVANCED_FCB_HEADER Header)
{
    PFSRTL_PER_STREAM_CONTEXT Context;
    while ((Context = FsRtlRemovePerStreamContext(Header, nullptr, nullptr)))
        Context->FreeCallback(Context);
}

// ---- A file's resources

static PFSRTL_COMMON_FCB_HEADER FsRtlpHeader(PFILE_OBJECT FileObject)
{
    return FileObject->FsContext;
}

static VOID FsRtlpAcquireFile(PFILE_OBJECT FileObject)
{
    PFSRTL_COMMON_FCB_HEADER Header = FsRtlpHeader(FileObject);
    if (Header && Header->Resource)
        ExAcquireResourceExclusiveLite(Header->Resource, TRUE);
}

static VOID FsRtlpReleaseFile(PFILE_OBJECT FileObject)
{
    PFSRTL_COMMON_FCB_HEADER Header = FsRtlpHeader(FileObject);
    if (Header && Header->Resource)
        ExReleaseResourceLite(Header->Resource);
}

VOID NTAPI FsRtlAcquireFileExclusive(PFILE_OBJECT FileObject)
{
    (void)FsRtlpFilter(FileObject, FS_FILTER_ACQUIRE_FOR_SECTION_SYNCHRONIZATION,
                       FsRtlpAcquireFile);
}

VOID NTAPI FsRtlReleaseFile(PFILE_OBJECT FileObject)
{
    (void)FsRtlpFilter(FileObject, FS_FILTER_RELEASE_FOR_SECTION_SYNCHRONIZATION,
                       FsRtlpReleaseFile);
}

NTSTATUS NTAPI FsRtlGetFileSize(PFILE_OBJECT FileObject, PLARGE_INTEGER FileSize)
{
    PFSRTL_COMMON_FCB_HEADER Header = FsRtlpHeader(FileObject);
    if (!Header)
        return STATUS_FILE_IS_A_DIRECTORY;
    if (Header->PagingIoResource)
        ExAcquireResourceSharedLite(Header->PagingIoResource, TRUE);
    *FileSize = Header->FileSize;
    if (Header->PagingIoResource)
        ExReleaseResourceLite(Header->PagingIoResource);
    return STATUS_SUCCESS;
}

LOGICAL NTAPI FsRtlIsPagingFile(PFILE_OBJECT FileObject)
{
    UNREFERENCED_PARAMETER(FileObject);
    return FALSE; // the system has none
}

// ---- Who wants to hear of volumes, and of the host

NTSTATUS NTAPI FsRtlNotifyVolumeEventEx(PFILE_OBJECT FileObject, ULONG EventCode,
                                        PTARGET_DEVICE_CUSTOM_NOTIFICATION Event)
{
    UNREFERENCED_PARAMETER(EventCode);
    PVPB Vpb = FileObject->Vpb;
    if (!Vpb)
        return STATUS_INVALID_PARAMETER;
    return IoReportTargetDeviceChangeAsynchronous(Vpb->RealDevice, Event, nullptr, nullptr);
}

NTSTATUS NTAPI FsRtlNotifyVolumeEvent(PFILE_OBJECT FileObject, ULONG EventCode)
{
    static const struct {
        ULONG Code;
        GUID Event;
    } Events[] = {
        {FSRTL_VOLUME_DISMOUNT,
         {0xD16A55E8, 0x1059, 0x11D2, {0x8F, 0xFD, 0x00, 0xA0, 0xC9, 0xA0, 0x6D, 0x32}}},
        {FSRTL_VOLUME_DISMOUNT_FAILED,
         {0xE3C5B178, 0x105D, 0x11D2, {0x8F, 0xFD, 0x00, 0xA0, 0xC9, 0xA0, 0x6D, 0x32}}},
        {FSRTL_VOLUME_LOCK,
         {0x50708874, 0xC9AF, 0x11D1, {0x8F, 0xEF, 0x00, 0xA0, 0xC9, 0xA0, 0x6D, 0x32}}},
        {FSRTL_VOLUME_LOCK_FAILED,
         {0xAE2EED10, 0x0BA8, 0x11D2, {0x8F, 0xFB, 0x00, 0xA0, 0xC9, 0xA0, 0x6D, 0x32}}},
        {FSRTL_VOLUME_UNLOCK,
         {0x9A8C3D68, 0xD0CB, 0x11D1, {0x8F, 0xEF, 0x00, 0xA0, 0xC9, 0xA0, 0x6D, 0x32}}},
        {FSRTL_VOLUME_MOUNT,
         {0xB5804878, 0x1A96, 0x11D2, {0x8F, 0xFD, 0x00, 0xA0, 0xC9, 0xA0, 0x6D, 0x32}}},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Events); i++) {
        if (Events[i].Code != EventCode)
            continue;
        TARGET_DEVICE_CUSTOM_NOTIFICATION Event = {
            .Version = 1,
            .Size = (USHORT)FIELD_OFFSET(TARGET_DEVICE_CUSTOM_NOTIFICATION, CustomDataBuffer),
            .Event = Events[i].Event,
            .NameBufferOffset = -1,
        };
        return FsRtlNotifyVolumeEventEx(FileObject, EventCode, &Event);
    }
    return STATUS_INVALID_PARAMETER;
}

BOOLEAN NTAPI FsRtlAreVolumeStartupApplicationsComplete(void)
{
    return TRUE;
}

NTSTATUS NTAPI FsRtlBalanceReads(PDEVICE_OBJECT TargetDevice)
{
    UNREFERENCED_PARAMETER(TargetDevice);
    return STATUS_NOT_SUPPORTED; // no mirrors
}

VOID NTAPI FsRtlDismountComplete(PDEVICE_OBJECT DeviceObject, NTSTATUS DismountStatus)
{
    UNREFERENCED_PARAMETER(DismountStatus);
    UNREFERENCED_PARAMETER(DeviceObject);
    IopPublishVolumes();
}
