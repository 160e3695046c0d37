// The data of requests: copied between the requestor's memory and the Executive, or pinned.
#include "iop.h"

constexpr ULONG IopPinTag = 'niPI';

// Where the bytes from Offset on lie, and how many of them follow there. A request of scattered pages has
// a list of them.
static ULONG_PTR IopBufferPart(const IO_REQUEST *Request, ULONG_PTR Buffer, ULONG Offset,
                               PULONG Size)
{
    if (!Request->Segments)
        return Buffer + Offset;
    *Size = min(*Size, PAGE_SIZE - Offset % PAGE_SIZE);
    return (ULONG_PTR)Request->Segments[Offset / PAGE_SIZE] + Offset % PAGE_SIZE;
}

NTSTATUS IopCopyFromRequest(PIO_REQUEST Request, ULONG Offset, PVOID Dest, ULONG Size)
{
    if (Offset > Request->InputLength || Size > Request->InputLength - Offset)
        return STATUS_INVALID_PARAMETER;
    if (Request->KernelInput && !Request->Segments) {
        memcpy(Dest, (PUCHAR)Request->InputBuffer + Offset, Size);
        return STATUS_SUCCESS;
    }
    while (Size) {
        ULONG Part = Size;
        ULONG_PTR Source = IopBufferPart(Request, Request->InputBuffer, Offset, &Part);
        NTSTATUS Status = STATUS_SUCCESS;
        if (Request->KernelInput)
            memcpy(Dest, (PVOID)Source, Part);
        else
            Status = MmReadProcess(Request->Process, Dest, Source, Part);
        if (!NT_SUCCESS(Status))
            return Status;
        Dest = (PUCHAR)Dest + Part;
        Offset += Part;
        Size -= Part;
    }
    return STATUS_SUCCESS;
}

NTSTATUS IopCopyToRequest(PIO_REQUEST Request, ULONG Offset, const VOID *Source, ULONG Size)
{
    if (Offset > Request->OutputLength || Size > Request->OutputLength - Offset)
        return STATUS_INVALID_PARAMETER;
    if (Request->KernelOutput && !Request->Segments) {
        memcpy((PUCHAR)Request->OutputBuffer + Offset, Source, Size);
        return STATUS_SUCCESS;
    }
    if (Request->Detached)
        return STATUS_CANCELLED;
    while (Size) {
        ULONG Part = Size;
        ULONG_PTR Dest = IopBufferPart(Request, Request->OutputBuffer, Offset, &Part);
        NTSTATUS Status = STATUS_SUCCESS;
        if (Request->KernelOutput)
            memcpy((PVOID)Dest, Source, Part);
        else
            Status = MmWriteProcess(Request->Process, Dest, Source, Part);
        if (!NT_SUCCESS(Status))
            return Status;
        Source = (const UCHAR *)Source + Part;
        Offset += Part;
        Size -= Part;
    }
    return STATUS_SUCCESS;
}

VOID IopUnpin(PIOP_PINNED Pinned)
{
    for (ULONG i = 0; i < Pinned->Count; i++)
        MmUnpinPage(Pinned->Pages[i]);
    if (Pinned->Pages && Pinned->Pages != Pinned->Room)
        ExFreePoolWithTag(Pinned->Pages, IopPinTag);
    *Pinned = (IOP_PINNED){};
}

static NTSTATUS IopPinPages(PIO_REQUEST Request, ULONG_PTR Buffer, BOOLEAN Kernel, BOOLEAN Write,
                            PIOP_PINNED Pinned)
{
    for (ULONG Done = 0; Done < Pinned->Length;) {
        ULONG Part = Pinned->Length - Done;
        ULONG_PTR Address = IopBufferPart(Request, Buffer, Done, &Part);
        NTSTATUS Status =
            Kernel ? MmPinSystemPage((PVOID)Address, &Pinned->Pages[Pinned->Count])
                   : MmPinUserPage(Request->Process, Address, Write, &Pinned->Pages[Pinned->Count]);
        if (!NT_SUCCESS(Status))
            return Status;
        Pinned->Count++;
        Done += PAGE_SIZE - (ULONG)(Address % PAGE_SIZE);
    }
    return STATUS_SUCCESS;
}

NTSTATUS IopPinRequestBuffer(PIO_REQUEST Request, BOOLEAN Output, BOOLEAN Write, PIOP_PINNED Pinned)
{
    ULONG_PTR Buffer = Output ? Request->OutputBuffer : Request->InputBuffer;
    BOOLEAN Kernel = Output ? Request->KernelOutput : Request->KernelInput;
    Pinned->Length = Output ? Request->OutputLength : Request->InputLength;
    if (!Pinned->Length)
        return STATUS_SUCCESS;
    if (!Request->Segments)
        Pinned->Offset = (ULONG)(Buffer % PAGE_SIZE);
    SIZE_T Count = ((SIZE_T)Pinned->Offset + Pinned->Length + PAGE_SIZE - 1) / PAGE_SIZE;
    Pinned->Pages =
        Count <= Pinned->RoomCount
            ? Pinned->Room
            : ExAllocatePoolWithTag(NonPagedPool, Count * sizeof(*Pinned->Pages), IopPinTag);
    if (!Pinned->Pages)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = IopPinPages(Request, Buffer, Kernel, Write, Pinned);
    if (!NT_SUCCESS(Status))
        IopUnpin(Pinned);
    return Status;
}
