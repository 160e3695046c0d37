// What the devices of the Executive share.
#include "iop.h"

NTSTATUS IopDispatch(const IOP_DISPATCH Table[IRP_MJ_MAXIMUM_FUNCTION + 1], PIO_REQUEST Request)
{
    if (Request->MajorFunction > IRP_MJ_MAXIMUM_FUNCTION || !Table[Request->MajorFunction])
        return STATUS_INVALID_DEVICE_REQUEST;
    return Table[Request->MajorFunction](Request);
}

NTSTATUS IopAnswer(PIO_REQUEST Request, const VOID *Data, ULONG Size)
{
    ULONG Part = min(Size, Request->OutputLength);
    Request->IoStatus.Information = Part;
    NTSTATUS Status = IopCopyToRequest(Request, 0, Data, Part);
    if (!NT_SUCCESS(Status))
        return Status;
    return Part < Size ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}
