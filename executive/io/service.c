// What the services on files have in common: the request of a thread, and waiting for it.
#include "iop.h"

NTSTATUS IopReferenceFile(HANDLE Handle, ACCESS_MASK Access, PFILE_OBJECT *File,
                          PACCESS_MASK Granted)
{
    return ObReferenceObjectByHandle(Handle, Access, IoFileObjectType, UserMode, (PVOID *)File,
                                     Granted);
}

NTSTATUS IopProbeStatusBlock(IO_STATUS_BLOCK USER *StatusBlock)
{
    return MmProbeForWrite(StatusBlock, sizeof(IO_STATUS_BLOCK), 1);
}

NTSTATUS IopAnswerService(IO_STATUS_BLOCK USER *StatusBlock, NTSTATUS Status, ULONG_PTR Information)
{
    if (NT_ERROR(Status))
        return Status;
    IO_STATUS_BLOCK Block = {.Status = Status, .Information = Information};
    NTSTATUS Written = MmCopyToUser(StatusBlock, &Block, sizeof(Block));
    return NT_SUCCESS(Written) ? Status : Written;
}

// ---- The lock of a file for synchronous I/O. Who gives it up while others wait hands it over through the
// event: the file stays busy.

NTSTATUS IopLockFile(PFILE_OBJECT File)
{
    if (!File->Busy) {
        File->Busy = TRUE;
        return STATUS_SUCCESS;
    }
    BOOLEAN Alertable = (File->Flags & FO_ALERTABLE_IO) != 0;
    File->Waiters++;
    NTSTATUS Status =
        KeWaitForSingleObject(&File->LockFree, UserRequest, UserMode, Alertable, nullptr);
    File->Waiters--;
    return Status;
}

VOID IopUnlockFile(PFILE_OBJECT File)
{
    if (File->Waiters)
        KeSetEvent(&File->LockFree);
    else
        File->Busy = FALSE;
}

// ---- Requests

VOID IopJoinThread(PIO_REQUEST Request)
{
    PETHREAD Thread = KeGetCurrentThread();
    if (!Thread)
        return;
    ObReferenceObject(Thread);
    ObReferenceObject(Thread->Process);
    Request->Thread = Thread;
    Request->Process = Thread->Process;
    Request->RequestorMode = UserMode;
    Request->Flags &= (USHORT)~HOST_REQUEST_KERNEL_MODE;
    InsertTailList(&Thread->IoRequestListHead, &Request->ThreadLink);
}

// The program's event must not show an earlier request's end.
static NTSTATUS IopPrepareNotices(PIO_REQUEST Request, const IOP_SERVICE *Service)
{
    PFILE_OBJECT File = Request->File;
    if (Service->Ring) {
        IopJoinRing(Request, Service->Ring, Service->ApcContext);
        return STATUS_SUCCESS;
    }
    if (Service->ApcRoutine && File->CompletionPort)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = ExReferenceUserEvent(Service->Event, &Request->UserEvent);
    if (NT_SUCCESS(Status) && Service->ApcRoutine)
        Status = ExAllocateUserApc(Service->ApcRoutine, Service->ApcContext, &Request->Apc);
    if (!NT_SUCCESS(Status))
        return Status;
    if (!Service->ApcRoutine)
        Request->ApcContext = Service->ApcContext;
    if (File->CompletionPort && Request->ApcContext) {
        Request->Packet = IoAllocateCompletionPacket();
        if (!Request->Packet)
            return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (Request->UserEvent)
        KeResetEvent(Request->UserEvent);
    return STATUS_SUCCESS;
}

static NTSTATUS IopPrepareWait(PIO_REQUEST Request, const IOP_SERVICE *Service)
{
    PFILE_OBJECT File = Request->File;
    if (Service->Api)
        Request->Wait = IopWaitApi;
    else if (File->Flags & FO_SYNCHRONOUS_IO)
        Request->Wait = IopWaitFile;
    if (Request->Wait != IopWaitNone)
        Request->Flags |= HOST_REQUEST_SYNCHRONOUS;
    if (!(File->Flags & FO_SYNCHRONOUS_IO))
        return STATUS_SUCCESS;
    NTSTATUS Status = IopLockFile(File);
    if (Status == STATUS_SUCCESS)
        Request->HoldsFileLock = TRUE;
    return Status;
}

NTSTATUS IopBeginRequest(const IOP_SERVICE *Service, PFILE_OBJECT File, UCHAR MajorFunction,
                         UCHAR MinorFunction, PIO_REQUEST *Result)
{
    PIO_REQUEST Request = IopAllocateRequest(File->Device, File, MajorFunction, MinorFunction);
    if (!Request)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = IopPrepareNotices(Request, Service);
    if (NT_SUCCESS(Status))
        Status = IopPrepareWait(Request, Service);
    if (Status != STATUS_SUCCESS) {
        IopLeaveRing(Request);
        IopDereferenceRequest(Request);
        return Status;
    }
    if (!Service->Api && !Service->Ring)
        KeResetEvent(&File->Event);
    Request->UserStatusBlock = (ULONG_PTR)Service->StatusBlock;
    IopJoinThread(Request);
    InsertTailList(&File->RequestListHead, &Request->FileLink);
    *Result = Request;
    return STATUS_SUCCESS;
}

VOID IopAbandonRequest(PIO_REQUEST Request)
{
    RemoveEntryList(&Request->ThreadLink);
    RemoveEntryList(&Request->FileLink);
    if (Request->HoldsFileLock)
        IopUnlockFile(Request->File);
    IopLeaveRing(Request);
    IopDereferenceRequest(Request);
}

NTSTATUS IopWaitForRequest(PIO_REQUEST Request, BOOLEAN Alertable)
{
    if (Request->Completed)
        return STATUS_SUCCESS;
    NTSTATUS Status =
        KeWaitForSingleObject(&Request->Done, UserRequest, UserMode, Alertable, nullptr);
    if (Status == STATUS_ALERTED || Status == STATUS_USER_APC) {
        IopCancelRequest(Request);
        Status = KeWaitForSingleObject(&Request->Done, UserRequest, UserMode, FALSE, nullptr);
    }
    return Status;
}

NTSTATUS IopPerformRequest(PIO_REQUEST Request)
{
    IopReferenceRequest(Request);
    IopStartRequest(Request);
    NTSTATUS Status = STATUS_SUCCESS;
    BOOLEAN Pending = Request->Pended && Request->Wait == IopWaitNone;
    if (!Pending)
        Status = IopWaitForRequest(Request, Request->Wait == IopWaitFile &&
                                                (Request->File->Flags & FO_ALERTABLE_IO));
    if (Status == STATUS_SUCCESS)
        Status = Pending ? STATUS_PENDING : Request->IoStatus.Status;
    IopDereferenceRequest(Request);
    return Status;
}
