// An I/O request of the Executive becomes an IRP, goes to the driver, and its completion is the reply.

#include "../ntos.h"

#include <nt/nthostfile.h>

static RTL_SRWLOCK IopRequestLock;
static LIST_ENTRY IopRequests = {&IopRequests, &IopRequests}; // not complete

static ULONG IopRequestCount;

ULONG IopOutstanding(void)
{
    return __atomic_load_n(&IopRequestCount, __ATOMIC_RELAXED);
}

// Requests that are over, for the next ones of up to IopKeptLocations.
static LIST_ENTRY IopKeptRequests = {&IopKeptRequests, &IopKeptRequests};
static ULONG IopKeptCount;

enum { IopMaximumKept = 64 };

static BOOLEAN IopKeepRequest(PIOP_REQUEST Request)
{
    KiLock(&IopRequestLock);
    BOOLEAN Keep = Request->Kept && IopKeptCount < IopMaximumKept;
    if (Keep) {
        IopKeptCount++;
        InsertHeadList(&IopKeptRequests, &Request->Link);
    }
    KiUnlock(&IopRequestLock);
    return Keep;
}

static PIOP_REQUEST IopTakeKept(void)
{
    PIOP_REQUEST Request = nullptr;
    KiLock(&IopRequestLock);
    if (IopKeptCount) {
        IopKeptCount--;
        Request = CONTAINING_RECORD(RemoveHeadList(&IopKeptRequests), IOP_REQUEST, Link);
    }
    KiUnlock(&IopRequestLock);
    return Request;
}

static VOID IopReleaseRequest(PIOP_REQUEST Request)
{
    if (__atomic_sub_fetch(&Request->Holds, 1, __ATOMIC_ACQ_REL))
        return;
    if (Request->Irp.MdlAddress)
        IopFreeRequestMdl(Request);
    if (Request->TargetFile)
        ObfDereferenceObject(Request->TargetFile);
    if (Request->File)
        ObfDereferenceObject(Request->File);
    if (Request->Device)
        ObfDereferenceObject(Request->Device);
    if (!IopKeepRequest(Request))
        ExFreePoolWithTag(Request, 'qRoI');
}

static PIOP_REQUEST IopAllocateMemory(CCHAR Locations)
{
    BOOLEAN Keep = Locations <= IopKeptLocations;
    PIOP_REQUEST Request = Keep ? IopTakeKept() : nullptr;
    if (Request)
        return Request;
    SIZE_T Size = FIELD_OFFSET(IOP_REQUEST, Irp) + IoSizeOfIrp(Keep ? IopKeptLocations : Locations);
    Request = ExAllocatePoolWithTag(NonPagedPoolNx, Size, 'qRoI');
    if (Request)
        Request->Kept = Keep;
    return Request;
}

static PIOP_REQUEST IopAllocateRequest(const HOST_REQUEST *Host, PDEVICE_OBJECT Device)
{
    PIOP_REQUEST Request = IopAllocateMemory(Device->StackSize);
    if (!Request)
        return nullptr;
    Request->Host = *Host;
    RtlZeroMemory(&Request->Device,
                  FIELD_OFFSET(IOP_REQUEST, SecurityContext) - FIELD_OFFSET(IOP_REQUEST, Device));
    Request->Holds = 1;
    Request->AccessState.SubjectSecurityContext = (SECURITY_SUBJECT_CONTEXT){};
    ObfReferenceObject(Device);
    Request->Device = Device;
    IoInitializeIrp(&Request->Irp, IoSizeOfIrp(Device->StackSize), Device->StackSize);
    Request->Irp.AllocationFlags = IopIrpFromRequest;
    return Request;
}

// ---- Fields of the IRP

static VOID IopSetFlags(PIRP Irp, const HOST_REQUEST *Host)
{
    static const struct {
        USHORT Host;
        ULONG Irp;
    } Flags[] = {
        {HOST_REQUEST_PAGING, IRP_PAGING_IO},
        {HOST_REQUEST_NOCACHE, IRP_NOCACHE},
        {HOST_REQUEST_SYNCHRONOUS, IRP_SYNCHRONOUS_API},
        {HOST_REQUEST_SYNCHRONOUS_PAGING, IRP_SYNCHRONOUS_PAGING_IO},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Flags); i++) {
        if (Host->Flags & Flags[i].Host)
            Irp->Flags |= Flags[i].Irp;
    }
    Irp->RequestorMode = Host->Flags & HOST_REQUEST_KERNEL_MODE ? KernelMode : UserMode;
}

static NTSTATUS IopSetBuffers(PIRP Irp, const HOST_REQUEST *Host)
{
    Irp->AssociatedIrp.SystemBuffer = (PVOID)Host->SystemBuffer;
    Irp->UserBuffer = (PVOID)Host->UserBuffer;
    if (Host->Buffering == HostBufferSystem && Host->SystemBuffer)
        Irp->Flags |= IRP_BUFFERED_IO;
    if (Host->Pages)
        Irp->MdlAddress = IopMakeRequestMdl(IopRequestOf(Irp));
    return Host->Pages && !Irp->MdlAddress ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS;
}

// Packets that a driver need not know begin as not supported; a driver of another host may have said more.
static NTSTATUS IopInitialStatus(const HOST_REQUEST *Host)
{
    if (Host->Flags & HOST_REQUEST_HAS_STATUS)
        return Host->Status;
    BOOLEAN IsOptional = Host->MajorFunction == IRP_MJ_PNP || Host->MajorFunction == IRP_MJ_POWER ||
                         Host->MajorFunction == IRP_MJ_SYSTEM_CONTROL;
    return IsOptional ? STATUS_NOT_SUPPORTED : STATUS_SUCCESS;
}

static NTSTATUS IopFillIrp(PIOP_REQUEST Request)
{
    const HOST_REQUEST *Host = &Request->Host;
    PIRP Irp = &Request->Irp;
    PIO_STACK_LOCATION Stack = IoGetNextIrpStackLocation(Irp);
    Irp->Tail.Overlay.Thread = PsGetCurrentThread();
    Irp->UserIosb = nullptr;
    IopSetFlags(Irp, Host);
    Irp->IoStatus.Status = IopInitialStatus(Host);
    NTSTATUS Status = IopSetBuffers(Irp, Host);
    if (!NT_SUCCESS(Status))
        return Status;
    Stack->MajorFunction = Host->MajorFunction;
    Stack->MinorFunction = Host->MinorFunction;
    Stack->Flags = Host->StackFlags;
    RtlCopyMemory(&Stack->Parameters, Host->Parameters, sizeof(Host->Parameters));
    Status = IopPrepareStack(Request, Stack);
    Stack->FileObject = Request->File;
    Irp->Tail.Overlay.OriginalFileObject = Request->File;
    return Status;
}

// ---- The way there and back

static BOOLEAN IopIsPagingWrite(const IOP_REQUEST *Request)
{
    return Request->Host.MajorFunction == IRP_MJ_WRITE &&
           (Request->Host.Flags & HOST_REQUEST_PAGING) && Request->File;
}

static VOID IopEndStage(PIOP_REQUEST Request)
{
    if (__atomic_sub_fetch(&Request->AnswerStages, 1, __ATOMIC_ACQ_REL))
        return;
    IopPublishVolumes();
    if (Request->Irp.MdlAddress) // the pages may mean something else once the Executive hears of it
        IopFreeRequestMdl(Request);
    Request->Irp.MdlAddress = nullptr;
    HOST_REPLY Reply = {
        .Kind = HostReplyComplete,
        .RequestId = Request->Host.RequestId,
        .Status = Request->AnswerStatus,
        .Information = Request->AnswerInformation,
    };
    if (IopIsPagingWrite(Request))
        CcpAfterWrite(Request->File, (LONGLONG)Request->Host.Parameters[2],
                      (ULONG)Request->Host.Parameters[0], Reply.Status);
    if (Request->Host.MajorFunction == IRP_MJ_CREATE && NT_SUCCESS(Reply.Status)) {
        Reply.Data = (ULONG_PTR)Request->File->SectionObjectPointer;
        Reply.FileFlags = Request->File->Flags;
    }
    Reply.FileFlags |= Request->AnswerTold;
    if (Request->Host.Flags & HOST_REQUEST_QUIET)
        IopSendReplyLater(&Reply);
    else
        IopSendReply(&Reply);
    IopReleaseRequest(Request);
}

// The file system holds its locks until the request is complete.
static VOID IopCallForCache(PIOP_REQUEST Request)
{
    KEVENT Complete;
    CCP_CALLBACK Callback;
    BOOLEAN Write = (Request->Host.Flags & HOST_REQUEST_LAZY_WRITE) != 0;
    if (!CcpAcquireForCache(Request->File, Write, &Callback)) {
        Request->Irp.IoStatus.Status = STATUS_FILE_LOCK_CONFLICT;
        IopFinishRequest(Request);
        return;
    }
    KeInitializeEvent(&Complete, NotificationEvent, FALSE);
    Request->CompleteEvent = &Complete;
    if (IofCallDriver(Request->Device, &Request->Irp) == STATUS_PENDING)
        KeWaitForSingleObject(&Complete, Executive, KernelMode, FALSE, nullptr);
    CcpReleaseFromCache(&Callback);
}

// The PnP manager goes on when a driver is done with the packet: one that was told to remove its device
// passes that on and detaches before it returns, and the packet may be complete before.
static VOID IopStartRequest(PIOP_REQUEST Request)
{
    BOOLEAN IsPnp = Request->Host.MajorFunction == IRP_MJ_PNP;
    NTSTATUS Status = STATUS_PENDING;
    PKTHREAD Thread = KiCurrentThread();
    BOOLEAN Tells = (Request->Host.Flags & HOST_REQUEST_TELL) && Request->File;
    Request->AnswerStages = IsPnp || Tells ? 2 : 1;
    KiLock(&IopRequestLock);
    InsertTailList(&IopRequests, &Request->Link);
    IopRequestCount++;
    Request->Irp.Cancel = Thread->CancelledId == Request->Host.RequestId;
    KiUnlock(&IopRequestLock);
    Thread->RequestorProcess = Request->Host.ProcessId;
    Thread->RequestId = Request->Host.RequestId;
    Thread->RequestorImpersonates = (Request->Host.Flags & HOST_REQUEST_IMPERSONATES) != 0;
    if (Request->Host.MajorFunction == IRP_MJ_CLOSE && Request->File)
        CcpFileCloses(Request->File);
    if (IopIsPagingWrite(Request))
        CcpBeforeWrite(Request->File, (LONGLONG)Request->Host.Parameters[2],
                       (ULONG)Request->Host.Parameters[0]);
    if (Request->Host.Flags & (HOST_REQUEST_LAZY_WRITE | HOST_REQUEST_READ_AHEAD))
        IopCallForCache(Request);
    else
        Status = IofCallDriver(Request->Device, &Request->Irp);
    if (Tells && Status != STATUS_PENDING && NT_SUCCESS(Request->AnswerStatus) &&
        Request->AnswerStatus != STATUS_REPARSE)
        Request->AnswerTold = IopTellAttributes(Request);
    Thread->RequestorProcess = Thread->RequestId = 0;
    Thread->RequestorImpersonates = FALSE;
    if (IsPnp || Tells)
        IopEndStage(Request);
}

// Requests go to the top of the device's stack within this host.
static PDEVICE_OBJECT IopReferenceTop(ULONG Number)
{
    PDEVICE_OBJECT Device = IopReferenceDevice(Number);
    if (!Device)
        return nullptr;
    PDEVICE_OBJECT Top = IoGetAttachedDeviceReference(Device);
    ObfDereferenceObject(Device);
    return Top;
}

static VOID IopDispatchToDevice(const HOST_REQUEST *Host, PDEVICE_OBJECT Device)
{
    PIOP_REQUEST Request = IopAllocateRequest(Host, Device);
    if (!Request) {
        IopReply(Host->RequestId, STATUS_INSUFFICIENT_RESOURCES, 0);
        return;
    }
    NTSTATUS Status = IopFillIrp(Request);
    if (NT_SUCCESS(Status)) {
        IopStartRequest(Request);
        return;
    }
    IopReply(Host->RequestId, Status, 0);
    IopReleaseRequest(Request);
}

// The device, and with it the driver's image, stays until the dispatch routine has returned: the request may be
// complete long before that, and its driver on the way out.
VOID IopDispatchIrp(const HOST_REQUEST *Host)
{
    PDEVICE_OBJECT Device = IopReferenceTop(Host->Device);
    if (!Device) {
        IopReply(Host->RequestId, STATUS_NO_SUCH_DEVICE, 0);
        return;
    }
    // A volume that was dismounted after the open had been sent to it: what is mounted now is asked.
    if (Host->MajorFunction == IRP_MJ_CREATE && IopExtension(Device)->DeletePending)
        IopReply(Host->RequestId, STATUS_REPARSE, IO_REMOUNT);
    else if (Host->MajorFunction <= IRP_MJ_MAXIMUM_FUNCTION)
        IopDispatchToDevice(Host, Device);
    else
        IopReply(Host->RequestId, STATUS_INVALID_PARAMETER, 0);
    ObfDereferenceObject(Device);
}

// A file system has given the file another name, from which the open goes on.
static NTSTATUS IopTellReparse(PIOP_REQUEST Request)
{
    PFILE_OBJECT File = Request->File;
    if (Request->Irp.IoStatus.Information == IO_REMOUNT)
        return STATUS_REPARSE;
    NTSTATUS Status = NtHostSetFileName(Request->Host.File, &File->FileName);
    return NT_SUCCESS(Status) ? STATUS_REPARSE : Status;
}

// A file object lives from a successful IRP_MJ_CREATE to the end of IRP_MJ_CLOSE.
static VOID IopUpdateFile(PIOP_REQUEST Request)
{
    UCHAR Major = Request->Host.MajorFunction;
    NTSTATUS Status = Request->Irp.IoStatus.Status;
    if (!Request->File)
        return;
    if (Major == IRP_MJ_CREATE && Status == STATUS_REPARSE)
        Request->Irp.IoStatus.Status = IopTellReparse(Request);
    if (Major == IRP_MJ_CLOSE ||
        (Major == IRP_MJ_CREATE && (!NT_SUCCESS(Status) || Status == STATUS_REPARSE)))
        IopForgetFile(Request->File);
}

static VOID IopReleaseTokens(PSECURITY_SUBJECT_CONTEXT Context)
{
    if (Context->ClientToken)
        SepReleaseRequestorToken(Context->ClientToken);
    if (Context->PrimaryToken)
        SepReleaseRequestorToken(Context->PrimaryToken);
    Context->ClientToken = Context->PrimaryToken = nullptr;
}

VOID IopFinishRequest(PIOP_REQUEST Request)
{
    IopReleaseTokens(&Request->AccessState.SubjectSecurityContext);
    KiLock(&IopRequestLock);
    RemoveEntryList(&Request->Link);
    IopRequestCount--;
    KiUnlock(&IopRequestLock);
    IopUpdateFile(Request);
    PKEVENT Complete = Request->CompleteEvent;
    if (Request->Host.MajorFunction == IRP_MJ_FILE_SYSTEM_CONTROL &&
        Request->Host.MinorFunction == IRP_MN_MOUNT_VOLUME)
        IopFinishMount(&Request->Host, Request->Irp.IoStatus.Status);
    Request->AnswerStatus = Request->Irp.IoStatus.Status;
    Request->AnswerInformation = Request->Irp.IoStatus.Information;
    if (Request->Host.MajorFunction == IRP_MJ_PNP)
        Request->AnswerStatus = IopAnswerPnp(Request, &Request->AnswerInformation);
    IopEndStage(Request);
    if (Complete)
        KeSetEvent(Complete, IO_NO_INCREMENT, FALSE);
}

static PIOP_REQUEST IopHoldRequest(ULONG RequestId)
{
    PIOP_REQUEST Found = nullptr;
    KiLock(&IopRequestLock);
    for (PLIST_ENTRY Link = IopRequests.Flink; Link != &IopRequests && !Found; Link = Link->Flink) {
        PIOP_REQUEST Request = CONTAINING_RECORD(Link, IOP_REQUEST, Link);
        if (Request->Host.RequestId == RequestId)
            Found = Request;
    }
    if (Found)
        __atomic_add_fetch(&Found->Holds, 1, __ATOMIC_RELAXED);
    else
        KiCancelArriving(RequestId); // the cancelling may have overtaken it
    KiUnlock(&IopRequestLock);
    return Found;
}

// It may be complete by now: then there is nothing to cancel, and no answer, for the request has had its own.
VOID IopCancelRequest(const HOST_REQUEST *Host)
{
    PIOP_REQUEST Request = IopHoldRequest(Host->RequestId);
    if (!Request)
        return;
    IoCancelIrp(&Request->Irp);
    IopReleaseRequest(Request);
}
