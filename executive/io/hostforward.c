// Requests that a driver host makes of devices elsewhere: a driver calls a device object that stands for
// one of another host (or of the Executive). The buffers are addresses in the calling host, or pages.
#include "hostp.h"

#include "../mm/frame.h"

enum { IOP_MOST_FORWARDED_PAGES = 0x10000 }; // 256 MiB

typedef struct _IOP_FORWARD {
    LIST_ENTRY Link; // in Host's ForwardListHead
    PIO_HOST Host;   // who asked, referenced
    PIO_REQUEST Request;
    ULONG ForwardId;
    IOP_OPEN Open; // of IRP_MJ_CREATE
} IOP_FORWARD, *PIOP_FORWARD;

static VOID IopAnswerForward(PIO_HOST Host, ULONG ForwardId, NTSTATUS Status, ULONG_PTR Information)
{
    HOST_REQUEST Message = {
        .Kind = HostRequestForwardDone,
        .RequestId = ForwardId,
        .Status = Status,
        .Information = Information,
    };
    IopTellHost(Host, &Message);
}

static VOID IopForwardComplete(PIO_REQUEST Request)
{
    PIOP_FORWARD Forward = Request->CompletionContext;
    RemoveEntryList(&Forward->Link);
    IopAnswerForward(Forward->Host, Forward->ForwardId, Request->IoStatus.Status,
                     Request->IoStatus.Information);
    IopDereferenceHost(Forward->Host);
    ExFreePool(Forward);
}

static VOID IopFillForward(PIO_HOST Host, const HOST_REQUEST *Message, PIO_REQUEST Request)
{
    BOOLEAN Neither = Message->Buffering == HostBufferNeither;
    Request->StackFlags = Message->StackFlags;
    Request->Flags = Message->Flags;
    Request->Buffering = Message->Buffering;
    memcpy(Request->Parameters, Message->Parameters, sizeof(Request->Parameters));
    Request->InputLength = Message->InputLength;
    Request->OutputLength = Message->OutputLength;
    Request->InputBuffer = Neither ? Message->Parameters[3] : Message->SystemBuffer;
    Request->OutputBuffer = Message->UserBuffer ? Message->UserBuffer : Message->SystemBuffer;
    ObReferenceObject(Host->Process);
    Request->Process = Host->Process;
    Request->RequestorMode = KernelMode;
    Request->IoStatus.Status = Message->Status; // of packets that begin with one
}

// A transfer to whole pages that the host has from a request of its own, or has locked: they are not mapped there.
static NTSTATUS IopTakePages(PIO_HOST Host, const HOST_REQUEST *Message, PIO_REQUEST Request)
{
    BOOLEAN Write = Message->MajorFunction == IRP_MJ_WRITE;
    ULONG Length = Write ? Message->InputLength : Message->OutputLength;
    ULONG Count = (Length + PAGE_SIZE - 1) / PAGE_SIZE;
    if (!Length || Count > IOP_MOST_FORWARDED_PAGES)
        return STATUS_INVALID_PARAMETER;
    ULONG64 *Pages = ExAllocatePoolWithTag(NonPagedPool, Count * sizeof(*Pages), 'gPoI');
    if (!Pages)
        return STATUS_INSUFFICIENT_RESOURCES;
    Request->Captured = Pages;
    NTSTATUS Status = MmReadProcess(Host->Process, Pages, Message->Pages, Count * sizeof(*Pages));
    if (!NT_SUCCESS(Status))
        return Status;
    if (IopMapAccess(Host, Pages, Count) < (Write ? IopReadAccess : IopWriteAccess))
        return STATUS_ACCESS_DENIED;
    for (ULONG i = 0; i < Count; i++)
        Pages[i] = (ULONG_PTR)MmFrameAddress(Pages[i]);
    Request->Segments = Pages;
    Request->InputBuffer = Request->OutputBuffer = (ULONG_PTR)Pages[0];
    Request->KernelInput = Request->KernelOutput = TRUE;
    return STATUS_SUCCESS;
}

static NTSTATUS IopTakeBuffer(PIO_HOST Host, const HOST_REQUEST *Message, PIO_REQUEST Request)
{
    BOOLEAN IsTransfer =
        Message->MajorFunction == IRP_MJ_READ || Message->MajorFunction == IRP_MJ_WRITE;
    return IsTransfer && Message->Pages ? IopTakePages(Host, Message, Request) : STATUS_SUCCESS;
}

// PoRequestPowerIrp: for the top of the device's stack, in its turn.
static BOOLEAN IopIsPowerRequest(const HOST_REQUEST *Message)
{
    return Message->MajorFunction == IRP_MJ_POWER && (Message->Flags & HOST_REQUEST_TO_TOP);
}

// For the device itself: what is above it is where the request comes from.
static PIO_REQUEST IopAllocateRequestBelow(PDEVICE_OBJECT Device, PFILE_OBJECT File,
                                           const HOST_REQUEST *Message)
{
    PIO_REQUEST Request =
        IopAllocateRequest(Device, File, Message->MajorFunction, Message->MinorFunction);
    if (!Request || IopIsPowerRequest(Message))
        return Request;
    ObReferenceObject(Device);
    ObDereferenceObject(Request->Device);
    Request->Device = Device;
    return Request;
}

// Without extended attributes.
static VOID IopFillOpen(PIO_REQUEST Request, const HOST_REQUEST *Message, PIOP_OPEN Open)
{
    Open->MajorFunction = IRP_MJ_CREATE;
    Open->DesiredAccess = (ACCESS_MASK)Message->Parameters[0];
    Open->Options = (ULONG)Message->Parameters[1] & 0xFFFFFF;
    Open->Disposition = (ULONG)Message->Parameters[1] >> 24;
    Open->FileAttributes = (USHORT)Message->Parameters[2];
    Open->ShareAccess = (USHORT)(Message->Parameters[2] >> 16);
    Request->Open = Open;
}

static NTSTATUS IopMakeForward(PIO_HOST Host, const HOST_REPLY *Reply, const HOST_REQUEST *Message)
{
    PDEVICE_OBJECT Device = IopLookupDevice(Message->Device);
    if (!Device)
        return STATUS_NO_SUCH_DEVICE;
    PFILE_OBJECT File = Message->File ? IopLookupFile(Message->File) : nullptr;
    PIOP_FORWARD Forward = ExAllocatePoolZero(NonPagedPool, sizeof(*Forward), 'wFoI');
    PIO_REQUEST Request = Forward ? IopAllocateRequestBelow(Device, File, Message) : nullptr;
    NTSTATUS Status = STATUS_INSUFFICIENT_RESOURCES;
    if (Request) {
        IopFillForward(Host, Message, Request);
        Status = IopTakeBuffer(Host, Message, Request);
    }
    if (NT_SUCCESS(Status)) {
        IopReferenceHost(Host);
        *Forward = (IOP_FORWARD){.Host = Host, .Request = Request, .ForwardId = Reply->RequestId};
        InsertTailList(&Host->ForwardListHead, &Forward->Link);
        Request->Completion = IopForwardComplete;
        Request->CompletionContext = Forward;
        if (File && Message->MajorFunction == IRP_MJ_CREATE)
            IopFillOpen(Request, Message, &Forward->Open);
        IopReferenceRequest(Request);
        if (IopIsPowerRequest(Message))
            PoSubmitRequest(Request);
        else
            IopStartRequest(Request);
        Request->Open = nullptr; // packed by now; the entry may be gone
        IopDereferenceRequest(Request);
    } else {
        if (Request)
            IopDereferenceRequest(Request);
        if (Forward)
            ExFreePool(Forward);
    }
    if (File)
        ObDereferenceObject(File);
    ObDereferenceObject(Device);
    return Status;
}

VOID IopForwardRequest(PIO_HOST Host, const HOST_REPLY *Reply)
{
    HOST_REQUEST Message;
    NTSTATUS Status = MmReadProcess(Host->Process, &Message, Reply->Data, sizeof(Message));
    if (!NT_SUCCESS(Status)) {
        IopEndHost(Host, "it forwards a request that is not there");
        return;
    }
    Status = IopMakeForward(Host, Reply, &Message);
    if (!NT_SUCCESS(Status))
        IopAnswerForward(Host, Reply->RequestId, Status, 0);
}

VOID IopForwardCancel(PIO_HOST Host, ULONG ForwardId)
{
    for (PLIST_ENTRY Link = Host->ForwardListHead.Flink; Link != &Host->ForwardListHead;
         Link = Link->Flink) {
        PIOP_FORWARD Forward = CONTAINING_RECORD(Link, IOP_FORWARD, Link);
        if (Forward->ForwardId != ForwardId)
            continue;
        IopCancelRequest(Forward->Request);
        return;
    }
}

// An answer may come while its request is cancelled, and takes the entry out of the list.
VOID IopAbandonForwards(PIO_HOST Host)
{
    LIST_ENTRY Left;
    InitializeListHead(&Left);
    while (!IsListEmpty(&Host->ForwardListHead)) {
        PIOP_FORWARD Forward =
            CONTAINING_RECORD(RemoveHeadList(&Host->ForwardListHead), IOP_FORWARD, Link);
        PIO_REQUEST Request = Forward->Request;
        InsertTailList(&Left, &Forward->Link);
        IopReferenceRequest(Request);
        IopCancelRequest(Request);
        IopDereferenceRequest(Request);
    }
    while (!IsListEmpty(&Left)) { // answered later
        PLIST_ENTRY Link = RemoveHeadList(&Left);
        InsertTailList(&Host->ForwardListHead, Link);
    }
}
