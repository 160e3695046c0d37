// Volumes whose device is away: the host that drives the disk has ended, and the file system that has the volume mounted
// has not. It is told nothing. Its requests of the disk wait; when PnP has started the disk again in a fresh host, the volume
// is mounted on it, the file system finds that it has that one already, and the requests go on. Whoever has files of it
// open notices a pause. A disk that does not come back in time is treated as one that has been pulled out.
#include "hostp.h"

#include "pnp/pnpddi.h"

enum { IOP_AWAY_SECONDS = 60 };

struct _IOP_AWAY {
    LIST_ENTRY Link;
    ULONG References;
    PDEVICE_OBJECT Volume; // of the file system, referenced
    PDEVICE_OBJECT Real;   // that it was mounted on, and
    PDEVICE_OBJECT Top;    // the top of its stack: referenced, so that their numbers mean them
    PDEVICE_OBJECT Back;   // where the volume is now, referenced; null: it is away, or
    BOOLEAN GivenUp;
    PWSTR InstancePath;  // of the device, pool
    LIST_ENTRY Requests; // that wait, by OwnerLink
    KEVENT Settled;      // notification event: it is back, or given up
    KTIMER Timer;
    IOP_WORK Work;
};

static LIST_ENTRY IopAways = {&IopAways, &IopAways};

static PIOP_AWAY IopFindAway(PDEVICE_OBJECT Volume)
{
    for (PLIST_ENTRY Link = IopAways.Flink; Link != &IopAways; Link = Link->Flink) {
        PIOP_AWAY Away = CONTAINING_RECORD(Link, IOP_AWAY, Link);
        if (Away->Volume == Volume)
            return Away;
    }
    return nullptr;
}

static VOID IopDereferenceAway(PIOP_AWAY Away)
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

// What can be done twice.
static BOOLEAN IopIsRepeatable(const IO_REQUEST *Request)
{
    return (Request->MajorFunction == IRP_MJ_READ || Request->MajorFunction == IRP_MJ_WRITE ||
            Request->MajorFunction == IRP_MJ_FLUSH_BUFFERS) &&
           !Request->CancelRequested;
}

// One that was made through the volume, and not by who has the disk itself open.
static BOOLEAN IopIsOfVolume(const IO_REQUEST *Request, const IOP_AWAY *Away)
{
    return !Request->File || Request->File->Device == Away->Volume;
}

// A request that was on its way when the volume came back goes to where it is.
BOOLEAN IopHoldRequest(PIO_REQUEST Request)
{
    PIOP_AWAY Away = Request->Device->Away;
    if (Away->GivenUp || !IopIsRepeatable(Request) || !IopIsOfVolume(Request, Away))
        return FALSE;
    if (Away->Back) {
        IopRetarget(Request, Away->Back);
        return Request->Device->Away && IopHoldRequest(Request);
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
        if (Away->Back) {
            IopRetarget(Request, Away->Back);
            IopRepeat(Request);
        } else {
            IopCompleteRequest(Request, STATUS_DEVICE_DOES_NOT_EXIST, 0);
        }
    }
}

// ---- The end of waiting

static VOID IopSettle(PIOP_AWAY Away)
{
    (VOID) KeCancelTimer(&Away->Timer);
    KeSetEvent(&Away->Settled);
    IopReleaseAll(Away);
}

static VOID IopForgetAway(PIOP_AWAY Away)
{
    RemoveEntryList(&Away->Link);
    if (!Away->Back)
        Away->GivenUp = TRUE;
    IopSettle(Away);
    Away->Real->Away = Away->Top->Away = nullptr;
    PDEVICE_OBJECT Devices[] = {Away->Real, Away->Top, Away->Back, Away->Volume};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Devices); i++) {
        if (Devices[i])
            ObDereferenceObject(Devices[i]);
    }
    IopDereferenceAway(Away);
}

// The file system hears what it would have heard at once of a disk that is pulled out.
static VOID IopTellGone(PVOID Context)
{
    PIOP_AWAY Away = Context;
    LARGE_INTEGER Timeout = {.QuadPart = -10'000'000ll * IOP_AWAY_SECONDS};
    IOP_CALL Call = {.MajorFunction = IRP_MJ_PNP, .MinorFunction = IRP_MN_SURPRISE_REMOVAL};
    if (IopFindAway(Away->Volume) == Away) {
        PDEVICE_OBJECT Volume = Away->Volume;
        ObReferenceObject(Volume);
        IopReleaseAll(Away);
        (VOID) IopCallDevice(Volume, &Call, &Timeout);
        ObDereferenceObject(Volume);
    }
    IopDereferenceAway(Away);
}

static VOID IopGiveUp(PKTIMER Timer, PVOID Context)
{
    UNREFERENCED_PARAMETER(Timer);
    PIOP_AWAY Away = Context;
    if (Away->Back || Away->GivenUp)
        return;
    DbgPrint("io: a volume (serial number %08lX) is lost: its disk does not come back\n",
             Away->Real->Vpb->SerialNumber);
    Away->GivenUp = TRUE;
    KeSetEvent(&Away->Settled);
    Away->References++;
    Away->Work = (IOP_WORK){.Routine = IopTellGone, .Context = Away};
    IopQueueWork(&Away->Work);
}

// ---- The disk's host ends

static NTSTATUS IopMakeAway(PDEVICE_OBJECT Real, PDEVICE_OBJECT Volume)
{
    PCWSTR Path = PnpInstancePath(Real);
    if (!Path)
        return STATUS_NO_SUCH_DEVICE;
    PIOP_AWAY Away = ExAllocatePoolZero(NonPagedPool, sizeof(*Away), 'wAoI');
    PWSTR Copy = ExAllocatePoolWithTag(PagedPool, (wcslen(Path) + 1) * sizeof(WCHAR), 'wAoI');
    if (!Away || !Copy) {
        if (Away)
            ExFreePool(Away);
        if (Copy)
            ExFreePool(Copy);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Away->InstancePath = wcscpy(Copy, Path);
    Away->References = 1;
    Away->Volume = Volume;
    Away->Real = Real;
    Away->Top = IopTopOfStack(Real);
    ObReferenceObject(Volume);
    ObReferenceObject(Real);
    ObReferenceObject(Away->Top);
    InitializeListHead(&Away->Requests);
    KeInitializeEvent(&Away->Settled, NotificationEvent, FALSE);
    KeInitializeTimer(&Away->Timer, NotificationTimer);
    LARGE_INTEGER Due = {.QuadPart = -10'000'000ll * IOP_AWAY_SECONDS};
    (VOID) KeSetTimer(&Away->Timer, Due, 0, IopGiveUp, Away);
    Real->Away = Away->Top->Away = Away;
    InsertTailList(&IopAways, &Away->Link);
    return STATUS_SUCCESS;
}

VOID IopVolumeGoes(PDEVICE_OBJECT Real)
{
    PDEVICE_OBJECT Volume = Real->Vpb ? Real->Vpb->Volume : nullptr;
    if (!Volume || Volume->Failed || Volume->Extension == Real->Extension)
        return;
    PIOP_AWAY Earlier = IopFindAway(Volume);
    if (!NT_SUCCESS(IopMakeAway(Real, Volume)))
        return;
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
    if (!Away || Away->Back || Away->GivenUp || Real == Away->Real)
        return;
    ObReferenceObject(Real);
    Away->Back = Real;
    IopMoveFiles(Away);
    IopSettle(Away);
    DbgPrint("io: a volume (serial number %08lX) is there again\n", Real->Vpb->SerialNumber);
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
        if (!Away->Back && !Away->GivenUp && _wcsicmp(Away->InstancePath, InstancePath) == 0)
            return TRUE;
    }
    return FALSE;
}

VOID IopDeviceArrived(PDEVICE_OBJECT Device, PCWSTR InstancePath)
{
    if (!IopIsAwaited(Device, InstancePath))
        return;
    PIOP_ARRIVAL Arrival = ExAllocatePoolWithTag(NonPagedPool, sizeof(*Arrival), 'wAoI');
    if (!Arrival)
        return; // the next open mounts it
    ObReferenceObject(Device);
    *Arrival = (IOP_ARRIVAL){{.Routine = IopTryMount, .Context = Arrival}, Device};
    IopQueueWork(&Arrival->Work);
}

// Opening something on a volume that is away waits.
NTSTATUS IopAwaitReturn(PDEVICE_OBJECT *Device)
{
    PIOP_AWAY Away = (*Device)->Away;
    Away->References++;
    NTSTATUS Status = KeWaitForSingleObject(&Away->Settled, UserRequest, UserMode, FALSE, nullptr);
    if (Status == STATUS_SUCCESS)
        Status = Away->Back ? STATUS_SUCCESS : STATUS_NO_SUCH_DEVICE;
    if (NT_SUCCESS(Status))
        *Device = Away->Back;
    IopDereferenceAway(Away);
    return Status;
}
