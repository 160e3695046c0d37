// Callbacks of file system filters, and of file systems themselves: around what takes a file's locks so that its sections, or
// what the cache has of it, can be worked on. They are called from the top of the volume's stack down before that, and upwards
// after it. One that says that it has done the operation, or that it fails, is the last.

#include "../ntos.h"

typedef struct _FSRTL_FILTER {
    LIST_ENTRY Link;
    PDRIVER_OBJECT Driver;
    FS_FILTER_CALLBACKS Callbacks;
} FSRTL_FILTER, *PFSRTL_FILTER;

enum { FsRtlMostFilters = 16 }; // of one stack

static RTL_SRWLOCK FsRtlFilterLock;
static LIST_ENTRY FsRtlFilters = {&FsRtlFilters, &FsRtlFilters};

static PFSRTL_FILTER FsRtlpFindFilter(PDRIVER_OBJECT Driver)
{
    for (PLIST_ENTRY Link = FsRtlFilters.Flink; Link != &FsRtlFilters; Link = Link->Flink) {
        PFSRTL_FILTER Filter = CONTAINING_RECORD(Link, FSRTL_FILTER, Link);
        if (Filter->Driver == Driver)
            return Filter;
    }
    return nullptr;
}

// Once for a driver, which stays loaded.
NTSTATUS NTAPI FsRtlRegisterFileSystemFilterCallbacks(PDRIVER_OBJECT FilterDriverObject,
                                                      PFS_FILTER_CALLBACKS Callbacks)
{
    if (!FilterDriverObject || !Callbacks ||
        Callbacks->SizeOfFsFilterCallbacks < sizeof(FS_FILTER_CALLBACKS))
        return STATUS_INVALID_PARAMETER;
    PFSRTL_FILTER Filter = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Filter), 'lFsF');
    if (!Filter)
        return STATUS_INSUFFICIENT_RESOURCES;
    *Filter = (FSRTL_FILTER){.Driver = FilterDriverObject, .Callbacks = *Callbacks};
    RtlAcquireSRWLockExclusive(&FsRtlFilterLock);
    PFSRTL_FILTER Earlier = FsRtlpFindFilter(FilterDriverObject);
    if (!Earlier)
        InsertTailList(&FsRtlFilters, &Filter->Link);
    RtlReleaseSRWLockExclusive(&FsRtlFilterLock);
    if (!Earlier)
        return STATUS_SUCCESS;
    ExFreePoolWithTag(Filter, 'lFsF');
    return STATUS_INVALID_PARAMETER;
}

// ---- The stack of a file's volume

typedef struct _FSRTL_LAYER {
    PDEVICE_OBJECT Device;
    const FS_FILTER_CALLBACKS *Callbacks;
    PVOID Context;
} FSRTL_LAYER;

static PDEVICE_OBJECT FsRtlpVolume(PFILE_OBJECT FileObject)
{
    PDEVICE_OBJECT Device = FileObject->Vpb ? FileObject->Vpb->DeviceObject : nullptr;
    return Device ? Device : FileObject->DeviceObject;
}

// Those with callbacks, from the top down.
static ULONG FsRtlpLayers(PFILE_OBJECT FileObject, FSRTL_LAYER Layers[FsRtlMostFilters])
{
    ULONG Count = 0;
    RtlAcquireSRWLockExclusive(&FsRtlFilterLock);
    for (PDEVICE_OBJECT Device = FsRtlpVolume(FileObject); Device && !IsListEmpty(&FsRtlFilters);
         Device = Device->AttachedDevice) {
        PFSRTL_FILTER Filter = FsRtlpFindFilter(Device->DriverObject);
        if (!Filter || Count == FsRtlMostFilters)
            continue;
        RtlMoveMemory(&Layers[1], &Layers[0], Count++ * sizeof(Layers[0]));
        Layers[0] = (FSRTL_LAYER){.Device = Device, .Callbacks = &Filter->Callbacks};
    }
    RtlReleaseSRWLockExclusive(&FsRtlFilterLock);
    return Count;
}

static VOID FsRtlpCallbacks(const FS_FILTER_CALLBACKS *All, UCHAR Operation,
                            PFS_FILTER_CALLBACK *Pre, PFS_FILTER_COMPLETION_CALLBACK *Post)
{
    switch (Operation) {
    case FS_FILTER_ACQUIRE_FOR_SECTION_SYNCHRONIZATION:
        *Pre = All->PreAcquireForSectionSynchronization;
        *Post = All->PostAcquireForSectionSynchronization;
        break;
    case FS_FILTER_RELEASE_FOR_SECTION_SYNCHRONIZATION:
        *Pre = All->PreReleaseForSectionSynchronization;
        *Post = All->PostReleaseForSectionSynchronization;
        break;
    case FS_FILTER_ACQUIRE_FOR_CC_FLUSH:
        *Pre = All->PreAcquireForCcFlush;
        *Post = All->PostAcquireForCcFlush;
        break;
    default:
        *Pre = All->PreReleaseForCcFlush;
        *Post = All->PostReleaseForCcFlush;
        break;
    }
}

NTSTATUS FsRtlpFilter(PFILE_OBJECT FileObject, UCHAR Operation,
                      VOID (*Perform)(PFILE_OBJECT FileObject))
{
    FSRTL_LAYER Layers[FsRtlMostFilters];
    PFS_FILTER_CALLBACK Pre;
    PFS_FILTER_COMPLETION_CALLBACK Post;
    FS_FILTER_CALLBACK_DATA Data = {
        .SizeOfFsFilterCallbackData = sizeof(Data),
        .Operation = Operation,
        .FileObject = FileObject,
    };
    NTSTATUS Status = STATUS_SUCCESS;
    ULONG Count = FsRtlpLayers(FileObject, Layers), Called = 0;
    if (Operation == FS_FILTER_ACQUIRE_FOR_SECTION_SYNCHRONIZATION)
        Data.Parameters.AcquireForSectionSynchronization.SyncType = SyncTypeOther;
    while (Called < Count && Status == STATUS_SUCCESS) {
        FSRTL_LAYER *Layer = &Layers[Called++];
        FsRtlpCallbacks(Layer->Callbacks, Operation, &Pre, &Post);
        Data.DeviceObject = Layer->Device;
        if (Pre)
            Status = Pre(&Data, &Layer->Context);
    }
    if (Status != STATUS_SUCCESS)
        Called--; // who has ended it knows
    else if (Perform)
        Perform(FileObject);
    if (Status == STATUS_FSFILTER_OP_COMPLETED_SUCCESSFULLY)
        Status = STATUS_SUCCESS;
    while (Called) {
        FSRTL_LAYER *Layer = &Layers[--Called];
        FsRtlpCallbacks(Layer->Callbacks, Operation, &Pre, &Post);
        Data.DeviceObject = Layer->Device;
        if (Post)
            Post(&Data, Status, Layer->Context);
    }
    return Status;
}
