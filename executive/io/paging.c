// Paging requests: whole pages of a file between its driver and the cache. They belong to no thread, and
// cannot be cancelled.
#include "iop.h"

static VOID IopPagingDone(PIO_REQUEST Request)
{
    PIO_PAGING Paging = Request->CompletionContext;
    Paging->Done(Paging, Request->IoStatus.Status, Request->IoStatus.Information);
}

NTSTATUS IoStartPaging(PIO_PAGING Paging)
{
    PFILE_OBJECT File = Paging->File;
    PIO_REQUEST Request =
        IopAllocateRequest(File->Device, File, Paging->Write ? IRP_MJ_WRITE : IRP_MJ_READ, 0);
    if (!Request)
        return STATUS_INSUFFICIENT_RESOURCES;
    Request->Flags |= HOST_REQUEST_PAGING | HOST_REQUEST_NOCACHE | HOST_REQUEST_SYNCHRONOUS_PAGING;
    if (Paging->Lazy)
        Request->Flags |= HOST_REQUEST_LAZY_WRITE;
    if (Paging->Ahead)
        Request->Flags |= HOST_REQUEST_READ_AHEAD;
    Request->Buffering = HostBufferDirect;
    Request->Parameters[0] = Paging->Length;
    Request->Parameters[2] = Paging->Offset;
    Request->Segments = Paging->Pages;
    Request->KernelInput = Request->KernelOutput = TRUE;
    if (Paging->Write) {
        Request->InputBuffer = (ULONG_PTR)Paging->Pages[0];
        Request->InputLength = Paging->Length;
    } else {
        Request->OutputBuffer = (ULONG_PTR)Paging->Pages[0];
        Request->OutputLength = Paging->Length;
        Request->Flags |= HOST_REQUEST_WRITABLE_PAGES;
    }
    Request->Completion = IopPagingDone;
    Request->CompletionContext = Paging;
    IopStartRequest(Request);
    return STATUS_SUCCESS;
}
