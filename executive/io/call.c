// Requests of the Executive's own, waited for on the current fiber. Their data is copied into memory that
// belongs to the request, so that a wait that ends early leaves nothing of the caller behind.
#include "iop.h"

constexpr ULONG IopCallTag = 'laCI';

static PIO_REQUEST IopMakeCall(PDEVICE_OBJECT Device, const IOP_CALL *Call)
{
    PIO_REQUEST Request =
        IopAllocateRequest(Device, Call->File, Call->MajorFunction, Call->MinorFunction);
    if (!Request)
        return nullptr;
    SIZE_T InputSize = ALIGN_UP_BY((SIZE_T)Call->InputLength, 16);
    SIZE_T Size = InputSize + Call->OutputLength;
    if (Size) {
        Request->Captured = ExAllocatePoolZero(NonPagedPool, Size, IopCallTag);
        if (!Request->Captured) {
            IopDereferenceRequest(Request);
            return nullptr;
        }
    }
    if (Call->InputLength)
        memcpy(Request->Captured, Call->Input, Call->InputLength);
    if (Call->CopyOutput && Call->OutputLength)
        memcpy((PUCHAR)Request->Captured + InputSize, Call->Output, Call->OutputLength);
    memcpy(Request->Parameters, Call->Parameters, sizeof(Request->Parameters));
    Request->StackFlags = Call->StackFlags;
    Request->Flags |= HOST_REQUEST_SYNCHRONOUS | Call->Flags;
    Request->Buffering = Size ? HostBufferSystem : HostBufferNone;
    Request->KernelInput = Request->KernelOutput = TRUE;
    Request->InputBuffer = (ULONG_PTR)Request->Captured;
    Request->InputLength = Call->InputLength;
    Request->OutputBuffer = (ULONG_PTR)Request->Captured + InputSize;
    Request->OutputLength = Call->OutputLength;
    return Request;
}

// The program's thread may end while it waits; the request then goes on without anyone.
static NTSTATUS IopAwaitCall(PIO_REQUEST Request, PLARGE_INTEGER Timeout)
{
    if (Request->Completed)
        return STATUS_SUCCESS;
    NTSTATUS Status = KeWaitForSingleObject(&Request->Done, UserRequest, UserMode, FALSE, Timeout);
    if (Status != STATUS_WAIT_0)
        IopCancelRequest(Request);
    return Request->Completed ? STATUS_SUCCESS : Status;
}

NTSTATUS IopCallDevice(PDEVICE_OBJECT Device, PIOP_CALL Call, PLARGE_INTEGER Timeout)
{
    PIO_REQUEST Request = IopMakeCall(Device, Call);
    if (!Request)
        return STATUS_INSUFFICIENT_RESOURCES;
    IopReferenceRequest(Request);
    IopStartRequest(Request);
    NTSTATUS Status = IopAwaitCall(Request, Timeout);
    if (Status == STATUS_SUCCESS) {
        Status = Request->IoStatus.Status;
        Call->Information = Request->IoStatus.Information;
        if (Call->OutputLength && !NT_ERROR(Status))
            memcpy(Call->Output, (PVOID)Request->OutputBuffer, Call->OutputLength);
    }
    IopDereferenceRequest(Request);
    return Status;
}
