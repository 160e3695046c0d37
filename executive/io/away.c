// Volumes whose device is away: the host that drives the disk has ended, and the file system that has the volume mounted
// has not. It is told nothing. Its requests of the disk wait; when PnP has started the disk again in a fresh host, the volume
// is mounted on it, the file system finds that it has that one already, and the requests go on. Whoever has files of it
// open notices a pause. A disk that does not come back in time is treated as one that has been pulled out.
// What the death of a file system's host leaves is brought back by revive.c.
#include "away.h"

#include "pnp/pnpddi.h"

LIST_ENTRY IopAways = {&IopAways, &IopAways};

PIOP_AWAY IopFindAway(PDEVICE_OBJECT Volume)
{
    for (PLIST_ENTRY Link = IopAways.Flink; Link != &IopAways; Link = Link->Flink) {
        PIOP_AWAY Away = CONTAINING_RECORD(Link, IOP_AWAY, Link);
        if (Away->Kind == IopDiskAway && Away->Volume == Volume)
            return Away;
    }
    return nullptr;
}

VOID IopDereferenceAway(PIOP_AWAY Away)
{
    if (--Away->References)
        return;
    ExFreePool(Away->InstancePath);
    ExFreePool(Away);
}

// ---- Requests that wait

static VOID IopRetarget(PIO_REQUEST Request, PDEVICE_OBJECT Real)
{
    PDEVICE_OBJECT Top = IopTopOfStack(Real);
    ObReferenceObject(Top);
    ObDereferenceObject(Request->Device);
    Request->Device = Top;
}

// What can be done twice. Who writes at the end of a file writes somewhere else the second time.
static BOOLEAN IopIsRepeatable(const IO_REQUEST *Request, BOOLEAN Given)
{
    switch (Request->MajorFunction) {
    case IRP_MJ_WRITE:
        return !Given || (LONGLONG)Request->Parameters[2] >= 0;
    case IRP_MJ_READ:
    case IRP_MJ_FLUSH_BUFFERS:
        return TRUE;
    default:
        return FALSE;
    }
}

static BOOLEAN IopIsSetRepeatable(ULONG Class)
{
    switch (Class) {
    case FileBasicInformation:
    case FileDispositionInformation:
    case FileEndOfFileInformation:
    case FileAllocationInformation:
    case FileValidDataLengthInformation:
        return TRUE;
    default:
        return FALSE;
    }
}

// Of a file system: what asks, too. The cache has its own way.
static BOOLEAN IopIsFileRepeatable(const IO_REQUEST *Request, BOOLEAN Given)
{
    if ((Request->Flags & HOST_REQUEST_PAGING) || !Request->File)
        return FALSE;
    switch (Request->MajorFunction) {
    case IRP_MJ_QUERY_INFORMATION:
    case IRP_MJ_QUERY_VOLUME_INFORMATION:
        return TRUE;
    case IRP_MJ_LOCK_CONTROL: // what it did is not known to anybody
        return TRUE;
    case IRP_MJ_DIRECTORY_CONTROL:
        return Request->MinorFunction == IRP_MN_NOTIFY_CHANGE_DIRECTORY;
    case IRP_MJ_SET_INFORMATION:
        return !Given || IopIsSetRepeatable((ULONG)Request->Parameters[1]);
    default:
        return IopIsRepeatable(Request, Given);
    }
}

static BOOLEAN IopMayWait(const IO_REQUEST *Request, const IOP_AWAY *Away, BOOLEAN Given)
{
    if (Away->GivenUp || Request->CancelRequested)
        return FALSE;
    if (Away->Kind == IopFileSystemAway)
        return !Away->Back && IopIsFileRepeatable(Request, Given);
    // One that was made through the volume, and not by who has the disk itself open.
    return IopIsRepeatable(Request, Given) &&
           (!Request->File || Request->File->Device == Away->Volume);
}

// A request that was on its way when the disk came back goes to where it is.
BOOLEAN IopHoldRequest(PIO_REQUEST Request, BOOLEAN Given)
{
    PIOP_AWAY Away = Request->Device->Away;
    if (!Away || !IopMayWait(Request, Away, Given))
        return FALSE;
    if (Away->Back) {
        IopRetarget(Request, Away->Back);
        return IopHoldRequest(Request, Given);
    }
    Request->Held = TRUE;
    Request->OwnerContext = nullptr;
    InsertTailList(&Away->Requests, &Request->OwnerLink);
    return TRUE;
}

static VOID IopRelease(PIO_REQUEST Request)
{
    RemoveEntryList(&Request->OwnerLink);
    InitializeListHead(&Request->OwnerLink);
    Request->Held = FALSE;
}

VOID IopCancelHeld(PIO_REQUEST Request)
{
    IopRelease(Request);
    IopCompleteRequest(Request, STATUS_CANCELLED, 0);
}

// A file that has not come back has none.
static BOOLEAN IopMayRepeat(const IO_REQUEST *Request, const IOP_AWAY *Away)
{
    return Away->Back && (Away->Kind == IopDiskAway || Request->File->Device == Away->Back);
}

static VOID IopRepeat(PIO_REQUEST Request)
{
    IopReferenceRequest(Request); // it may be complete before Submit returns
    NTSTATUS Status = Request->Device->Operations->Submit(Request);
    if (Status != STATUS_PENDING)
        IopCompleteRequest(Request, Status, Request->IoStatus.Information);
    IopDereferenceRequest(Request);
}

static VOID IopReleaseAll(PIOP_AWAY Away)
{
    while (!IsListEmpty(&Away->Requests)) {
        PIO_REQUEST Request = CONTAINING_RECORD(Away->Requests.Flink, IO_REQUEST, OwnerLink);
        IopRelease(Request);
        if (IopMayRepeat(Request, Away)) {
            IopRetarget(Request, Away->Back);
            IopRepeat(Request);
        } else {
            IopCompleteRequest(Request, STATUS_DEVICE_DOES_NOT_EXIST, 0);
        }
    }
}

// ---- The end of waiting

VOID IopSettle(PIOP_AWAY Away)
{
    (VOID) KeCancelTimer(&Away->Timer);
    KeSetEvent(&Away->Settled);
    IopReleaseAll(Away);
}

VOID IopForgetAway(PIOP_AWAY Away)
{
    RemoveEntryList(&Away->Link);
    InitializeListHead(&Away->Link);
    if (!Away->Back)
        Away->GivenUp = TRUE;
    IopSettle(Away);
    IopForgetNewNames(Away);
    Away->Device->Away = Away->Top->Away = nullptr;
    PDEVICE_OBJECT Devices[] = {Away->Device, Away->Top, Away->Back, Away->Volume};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Devices); i++) {
        if (Devices[i])
            ObDereferenceObject(Devices[i]);
    }
    IopDereferenceAway(Away);
}

NTSTATUS IopAwaitSettled(PIOP_AWAY Away)
{
    Away->References++;
    NTSTATUS Status = KeWaitForSingleObject(&Away->Settled, UserRequest, UserMode, FALSE, nullptr);
    IopDereferenceAway(Away);
    return Status;
}

// The file system hears what it would have heard at once of a disk that is pulled out.
static VOID IopTellGone(PIOP_AWAY Away)
{
    LARGE_INTEGER Timeout = {.QuadPart = -10'000'000ll * IOP_AWAY_SECONDS};
    IOP_CALL Call = {.MajorFunction = IRP_MJ_PNP, .MinorFunction = IRP_MN_SURPRISE_REMOVAL};
    PDEVICE_OBJECT Volume = Away->Volume;
    ObReferenceObject(Volume);
    (VOID) IopCallDevice(Volume, &Call, &Timeout);
    ObDereferenceObject(Volume);
}

static VOID IopEndAway(PVOID Context)
{
    PIOP_AWAY Away = Context;
    if (!IsListEmpty(&Away->Link)) { // nobody has forgotten it meanwhile
        IopReleaseAll(Away);
        if (Away->Kind == IopDiskAway)
            IopTellGone(Away);
        else
            IopFileSystemLost(Away);
    }
    IopDereferenceAway(Away);
}

static VOID IopGiveUp(PKTIMER Timer, PVOID Context)
{
    UNREFERENCED_PARAMETER(Timer);
    PIOP_AWAY Away = Context;
    if (!IopIsPending(Away))
        return;
    DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_ERROR_LEVEL,
               "io: the volume with serial number %08lX is lost: its %s does not come back\n",
               Away->SerialNumber, Away->Kind == IopDiskAway ? "disk" : "file system");
    Away->GivenUp = TRUE;
    KeSetEvent(&Away->Settled);
    Away->References++;
    Away->Work = (IOP_WORK){.Routine = IopEndAway, .Context = Away};
    IopQueueWork(&Away->Work);
}

VOID IopLimitWait(PIOP_AWAY Away)
{
    LARGE_INTEGER Due = {.QuadPart = -10'000'000ll * IOP_AWAY_SECONDS};
    (VOID) KeSetTimer(&Away->Timer, Due, 0, IopGiveUp, Away);
}

// ---- The host ends

PIOP_AWAY IopMakeAway(IOP_AWAY_KIND Kind, PDEVICE_OBJECT Device, PCWSTR InstancePath)
{
    PIOP_AWAY Away = ExAllocatePoolZero(NonPagedPool, sizeof(*Away), 'wAoI');
    PWSTR Copy =
        ExAllocatePoolWithTag(PagedPool, (wcslen(InstancePath) + 1) * sizeof(WCHAR), 'wAoI');
    if (!Away || !Copy) {
        if (Away)
            ExFreePool(Away);
        if (Copy)
            ExFreePool(Copy);
        return nullptr;
    }
    Away->InstancePath = wcscpy(Copy, InstancePath);
    Away->References = 1;
    Away->Kind = Kind;
    Away->Device = Device;
    Away->Top = IopTopOfStack(Device);
    ObReferenceObject(Device);
    ObReferenceObject(Away->Top);
    InitializeListHead(&Away->Requests);
    InitializeListHead(&Away->Names);
    KeInitializeEvent(&Away->Settled, NotificationEvent, FALSE);
    KeInitializeTimer(&Away->Timer, NotificationTimer);
    IopLimitWait(Away);
    Device->Away = Away->Top->Away = Away;
    InsertTailList(&IopAways, &Away->Link);
    return Away;
}

VOID IopDiskGoes(PDEVICE_OBJECT Real)
{
    PDEVICE_OBJECT Volume = Real->Vpb ? Real->Vpb->Volume : nullptr;
    PCWSTR Path = PnpInstancePath(Real);
    if (!Path || !Volume || Volume->Failed || Volume->Extension == Real->Extension)
        return;
    PIOP_AWAY Earlier = IopFindAway(Volume);
    PIOP_AWAY Away = IopMakeAway(IopDiskAway, Real, Path);
    if (!Away)
        return;
    ObReferenceObject(Volume);
    Away->Volume = Volume;
    Away->SerialNumber = Real->Vpb->SerialNumber;
    if (Earlier)
        IopForgetAway(Earlier);
    IopDismount(Real);
}

VOID IopVolumeEnds(PDEVICE_OBJECT Volume)
{
    PIOP_AWAY Away = IopFindAway(Volume);
    if (Away)
        IopForgetAway(Away);
}

// ---- It is there again

// Those who have files of the volume open have them on the device that is there now.
static VOID IopMoveFiles(PIOP_AWAY Away)
{
    ULONG Index = 0;
    PFILE_OBJECT File;
    while ((File = IopNextFile(&Index)) != nullptr) {
        PDEVICE_OBJECT Old = File->RealDevice;
        if (File->Device != Away->Volume || !Old || Old == Away->Back)
            continue;
        if (File->Flags & FO_FILE_OPEN) {
            if (File->RealGeneration == Old->Generation)
                Old->OpenCount--;
            Away->Back->OpenCount++;
        }
        ObReferenceObject(Away->Back);
        File->RealDevice = Away->Back;
        File->RealGeneration = Away->Back->Generation;
        ObDereferenceObject(Old);
    }
    PnpDeviceClosed();
}

VOID IopVolumeMounted(PDEVICE_OBJECT Volume, PDEVICE_OBJECT Real)
{
    PIOP_AWAY Away = IopFindAway(Volume);
    if (!Away || !IopIsPending(Away) || Real == Away->Device)
        return;
    ObReferenceObject(Real);
    Away->Back = Real;
    IopMoveFiles(Away);
    IopSettle(Away);
    DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_INFO_LEVEL,
               "io: the disk of the volume with serial number %08lX is there again\n",
               Away->SerialNumber);
}

typedef struct _IOP_ARRIVAL {
    IOP_WORK Work;
    PDEVICE_OBJECT Device; // referenced
} IOP_ARRIVAL, *PIOP_ARRIVAL;

static VOID IopTryMount(PVOID Context)
{
    PIOP_ARRIVAL Arrival = Context;
    PDEVICE_OBJECT Target;
    if (NT_SUCCESS(IopFindVolume(Arrival->Device, TRUE, &Target)))
        ObDereferenceObject(Target);
    ObDereferenceObject(Arrival->Device);
    ExFreePool(Arrival);
}

static BOOLEAN IopIsAwaited(PDEVICE_OBJECT Device, PCWSTR InstancePath)
{
    for (PLIST_ENTRY Link = IopAways.Flink; Link != &IopAways && Device->Vpb; Link = Link->Flink) {
        PIOP_AWAY Away = CONTAINING_RECORD(Link, IOP_AWAY, Link);
        if (Away->Kind == IopDiskAway && IopIsPending(Away) &&
            _wcsicmp(Away->InstancePath, InstancePath) == 0)
            return TRUE;
    }
    return FALSE;
}

VOID IopDeviceArrived(PDEVICE_OBJECT Device, PCWSTR InstancePath)
{
    IopTryReturns();
    if (!IopIsAwaited(Device, InstancePath))
        return;
    PIOP_ARRIVAL Arrival = ExAllocatePoolWithTag(NonPagedPool, sizeof(*Arrival), 'wAoI');
    if (!Arrival)
        return; // the next open mounts it
    ObReferenceObject(Device);
    *Arrival = (IOP_ARRIVAL){{.Routine = IopTryMount, .Context = Arrival}, Device};
    IopQueueWork(&Arrival->Work);
}

// Opening something on a disk that is away waits.
NTSTATUS IopAwaitReturn(PDEVICE_OBJECT *Device)
{
    PIOP_AWAY Away = (*Device)->Away;
    Away->References++;
    NTSTATUS Status = IopAwaitSettled(Away);
    if (Status == STATUS_SUCCESS)
        Status = Away->Back ? STATUS_SUCCESS : STATUS_NO_SUCH_DEVICE;
    if (NT_SUCCESS(Status))
        *Device = Away->Back;
    IopDereferenceAway(Away);
    return Status;
}
