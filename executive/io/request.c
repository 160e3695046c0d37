// Requests: allocation, start, completion.
#include "iop.h"

constexpr ULONG IopRequestTag = 'qeRI';

enum { IOP_SPARE_REQUESTS = 64 }; // kept for the next ones

static IOP_NUMBERS IopRequestNumbers;
static LIST_ENTRY IopSpareRequests = {&IopSpareRequests, &IopSpareRequests}; // by OwnerLink
static ULONG IopSpareCount;

static PIO_REQUEST IopTakeMemory(VOID)
{
    if (IsListEmpty(&IopSpareRequests))
        return ExAllocatePoolWithTag(NonPagedPool, sizeof(IO_REQUEST), IopRequestTag);
    IopSpareCount--;
    return CONTAINING_RECORD(RemoveHeadList(&IopSpareRequests), IO_REQUEST, OwnerLink);
}

static VOID IopGiveMemory(PIO_REQUEST Request)
{
    if (IopSpareCount == IOP_SPARE_REQUESTS) {
        ExFreePoolWithTag(Request, IopRequestTag);
        return;
    }
    IopSpareCount++;
    InsertHeadList(&IopSpareRequests, &Request->OwnerLink);
}

PIO_REQUEST IopAllocateRequest(PDEVICE_OBJECT Device, PFILE_OBJECT File, UCHAR MajorFunction,
                               UCHAR MinorFunction)
{
    PIO_REQUEST Request = IopTakeMemory();
    if (!Request)
        return nullptr;
    *Request = (IO_REQUEST){
        .MajorFunction = MajorFunction,
        .MinorFunction = MinorFunction,
        .Flags = HOST_REQUEST_KERNEL_MODE,
        .Device = IopTopOfStack(Device),
        .File = File,
        .References = 1,
    };
    if (!NT_SUCCESS(IopAllocateNumber(&IopRequestNumbers, Request, &Request->Id))) {
        IopGiveMemory(Request);
        return nullptr;
    }
    InitializeListHead(&Request->OwnerLink);
    InitializeListHead(&Request->ThreadLink);
    InitializeListHead(&Request->FileLink);
    KeInitializeEvent(&Request->Done, NotificationEvent, FALSE);
    ObReferenceObject(Request->Device);
    if (File)
        ObReferenceObject(File);
    return Request;
}

VOID IopReferenceRequest(PIO_REQUEST Request)
{
    Request->References++;
}

// What was prepared for telling the program and not used for it.
static VOID IopReleaseNotices(PIO_REQUEST Request)
{
    if (Request->UserEvent)
        ObDereferenceObject(Request->UserEvent);
    if (Request->Apc)
        ExCancelUserApc(Request->Apc);
    if (Request->Packet)
        IoFreeCompletionPacket(Request->Packet);
    Request->UserEvent = nullptr;
    Request->Apc = nullptr;
    Request->Packet = nullptr;
}

VOID IopDereferenceRequest(PIO_REQUEST Request)
{
    ASSERT(Request->References);
    if (--Request->References)
        return;
    IopFreeNumber(&IopRequestNumbers, Request->Id);
    IopReleaseNotices(Request);
    if (Request->Captured)
        ExFreePool(Request->Captured);
    if (Request->FileLock)
        ExFreePool(Request->FileLock);
    PVOID Objects[] = {Request->File, Request->Device, Request->Thread, Request->Process};
    IopGiveMemory(Request);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Objects); i++) {
        if (Objects[i])
            ObDereferenceObject(Objects[i]);
    }
}

PIO_REQUEST IopLookupRequest(ULONG Id)
{
    PIO_REQUEST Request = IopLookupNumber(&IopRequestNumbers, Id);
    if (!Request || Request->Completed)
        return nullptr;
    IopReferenceRequest(Request);
    return Request;
}

// ---- Telling the program

static VOID IopSetEvents(PIO_REQUEST Request, BOOLEAN Success)
{
    PFILE_OBJECT File = Request->File;
    BOOLEAN Fast = Success && !Request->Pended;
    if (Request->UserEvent &&
        !(Fast && (File->CompletionModes & FILE_SKIP_SET_USER_EVENT_ON_FAST_IO)))
        KeSetEvent(Request->UserEvent);
    if (!Request->UserEvent || (File->Flags & FO_SYNCHRONOUS_IO)) {
        if (!(File->CompletionModes & FILE_SKIP_SET_EVENT_ON_HANDLE))
            KeSetEvent(&File->Event);
    }
}

static VOID IopQueuePacket(PIO_REQUEST Request, BOOLEAN Success)
{
    PFILE_OBJECT File = Request->File;
    if (!File->CompletionPort || !Request->ApcContext || Request->Wait == IopWaitApi)
        return;
    if (Success && !Request->Pended &&
        (File->CompletionModes & FILE_SKIP_COMPLETION_PORT_ON_SUCCESS))
        return;
    PVOID Packet = Request->Packet;
    Request->Packet = nullptr;
    if (!Packet) // the port came after the request
        Packet = IoAllocateCompletionPacket();
    if (Packet)
        IoQueueCompletionPacket(File->CompletionPort, Packet, File->CompletionKey,
                                Request->ApcContext, Request->IoStatus.Status,
                                Request->IoStatus.Information);
}

// An error that the service itself returns is not told in any other way, as on Windows. A status block
// that cannot be written any more is the program's loss.
static VOID IopTellProgram(PIO_REQUEST Request)
{
    NTSTATUS Status = Request->IoStatus.Status;
    BOOLEAN Returned = !Request->Pended || Request->Wait != IopWaitNone;
    if (NT_ERROR(Status) && Returned) {
        if (Request->Pended && Request->Wait == IopWaitFile)
            KeSetEvent(&Request->File->Event);
        return;
    }
    if (Request->UserStatusBlock)
        (VOID) MmWriteProcess(Request->Process, Request->UserStatusBlock, &Request->IoStatus,
                              sizeof(Request->IoStatus));
    if (Request->Wait != IopWaitApi)
        IopSetEvents(Request, NT_SUCCESS(Status));
    if (Request->Apc)
        ExQueueUserApc(Request->Apc, (PVOID)Request->UserStatusBlock, nullptr);
    Request->Apc = nullptr;
    IopQueuePacket(Request, NT_SUCCESS(Status));
}

// ---- Start and end

// A file for synchronous I/O goes on behind what was transferred. Where a write to its end has led is
// found when somebody asks.
static VOID IopMovePosition(PIO_REQUEST Request)
{
    PFILE_OBJECT File = Request->File;
    if (Request->MajorFunction != IRP_MJ_READ && Request->MajorFunction != IRP_MJ_WRITE)
        return;
    if (!Request->HoldsFileLock || NT_ERROR(Request->IoStatus.Status))
        return;
    LONGLONG Offset = (LONGLONG)Request->Parameters[2];
    File->PositionAtEnd = Offset < 0;
    if (Offset >= 0)
        File->CurrentByteOffset.QuadPart = Offset + (LONGLONG)Request->IoStatus.Information;
}

static VOID IopFinishRequest(PIO_REQUEST Request, NTSTATUS Status, ULONG_PTR Information)
{
    ASSERT(!Request->Completed && Status != STATUS_PENDING);
    Request->Completed = TRUE;
    Request->IoStatus = (IO_STATUS_BLOCK){.Status = Status, .Information = Information};
    if (IopTracing)
        IopTraceCompletion(Request);
    RemoveEntryList(&Request->ThreadLink);
    RemoveEntryList(&Request->FileLink);
    InitializeListHead(&Request->ThreadLink);
    InitializeListHead(&Request->FileLink);
    if (Request->File)
        IopMovePosition(Request);
    if (Request->MajorFunction == IRP_MJ_LOCK_CONTROL && NT_SUCCESS(Status))
        IopNoteLockRequest(Request);
    if (Request->HoldsFileLock)
        IopUnlockFile(Request->File);
    Request->HoldsFileLock = FALSE;

    if (Request->Completion)
        Request->Completion(Request);
    else if (Request->UserStatusBlock && !Request->Detached)
        IopTellProgram(Request);
    IopReleaseNotices(Request);
    KeSetEvent(&Request->Done);
    if (Request->Thread && !Request->Detached)
        IopCheckRundown(Request->Thread);
    IopDereferenceRequest(Request);
}

VOID IopCompleteRequest(PIO_REQUEST Request, NTSTATUS Status, ULONG_PTR Information)
{
    Request->Pended = TRUE;
    IopFinishRequest(Request, Status, Information);
}

VOID IopStartRequest(PIO_REQUEST Request)
{
    IopReferenceRequest(Request); // it may be complete before Submit returns
    Request->Submitting = TRUE;
    if (IopTracing)
        Request->TraceStart = (ULONGLONG)KeQueryPerformanceCounter(nullptr).QuadPart;
    BOOLEAN Waits = Request->Device->Away && IopHoldRequest(Request, FALSE);
    PDEVICE_OBJECT Device = Request->Device;
    BOOLEAN Lost = Device->Failed || (Request->File && IopIsFileLost(Request->File));
    NTSTATUS Status = STATUS_DEVICE_DOES_NOT_EXIST;
    if (Waits)
        Status = STATUS_PENDING;
    else if (!Lost)
        Status = Request->Cached ? IopSubmitCached(Request) : Device->Operations->Submit(Request);
    Request->Submitting = FALSE;
    if (Status != STATUS_PENDING) {
        IopFinishRequest(Request, Status, Request->IoStatus.Information);
    } else if (!Request->Completed) {
        Request->Pended = TRUE;
        if (Request->CancelRequested && Device->Operations->Cancel)
            Device->Operations->Cancel(Request);
    }
    IopDereferenceRequest(Request);
}

VOID IopCancelRequest(PIO_REQUEST Request)
{
    if (Request->Completed || Request->CancelRequested)
        return;
    Request->CancelRequested = TRUE;
    if (Request->Held)
        IopCancelHeld(Request);
    else if (!Request->Submitting && Request->Device->Operations->Cancel)
        Request->Device->Operations->Cancel(Request);
}
