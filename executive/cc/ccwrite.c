// Writing into the cache. A page that is written as a whole, or lies behind the valid data, is not read first.
#include "ccp.h"

// Neither process nor address: zeros.
static NTSTATUS CcpCopyIn(const CC_BUFFER *Buffer, ULONG64 Done, PVOID Target, ULONG Size)
{
    if (Buffer->Process)
        return MmReadProcess(Buffer->Process, Target, Buffer->Address + Done, Size);
    if (Buffer->Address)
        memcpy(Target, (PUCHAR)Buffer->Address + Done, Size);
    else
        memset(Target, 0, Size);
    return STATUS_SUCCESS;
}

// Nobody sees the page before all of it is there. STATUS_RETRY: somebody else has brought one in.
static NTSTATUS CcpWriteNewPage(PCC_STREAM Stream, ULONG64 Number, const CC_BUFFER *Buffer,
                                ULONG64 Done)
{
    PUCHAR Data = CcpAllocateData();
    if (!Data)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = CcpCopyIn(Buffer, Done, Data, PAGE_SIZE);
    if (NT_SUCCESS(Status) && CcpFindPage(Stream, Number))
        Status = STATUS_RETRY;
    PCC_PAGE Page = NT_SUCCESS(Status) ? CcpMakePage(Stream, Number, Data) : nullptr;
    if (!Page) {
        MmFreeCachePage(Data);
        return NT_SUCCESS(Status) ? STATUS_INSUFFICIENT_RESOURCES : Status;
    }
    CcpPageArrived(Page);
    CcpTouchPage(Page);
    Status = CcpDirtyPage(Page, FALSE);
    if (!NT_SUCCESS(Status))
        CcpFreePage(Page);
    return Status;
}

static NTSTATUS CcpWritePart(PCC_STREAM Stream, ULONG64 Offset, const CC_BUFFER *Buffer,
                             ULONG64 Done, ULONG Size, BOOLEAN Wait)
{
    PCC_PAGE Page;
    NTSTATUS Status = CcpGetPage(Stream, CcpPageOf(Offset), 1, Wait, &Page);
    if (!NT_SUCCESS(Status))
        return Status;
    Page->Pins++; // the copy may wait for the writer's memory
    Status = CcpCopyIn(Buffer, Done, Page->Data + Offset % PAGE_SIZE, Size);
    if (NT_SUCCESS(Status))
        Status = CcpDirtyPage(Page, FALSE);
    Page->Pins--;
    return Status;
}

// Is there nothing on the disk that would have to be read before a part of the page is written?
static BOOLEAN CcpIsBehindValidData(PCC_STREAM Stream, ULONG64 Number)
{
    return Number << PAGE_SHIFT >= min(Stream->Sizes.File, Stream->Sizes.Valid);
}

static NTSTATUS CcpWritePage(PCC_STREAM Stream, ULONG64 Offset, const CC_BUFFER *Buffer,
                             ULONG64 Done, ULONG Size, BOOLEAN Wait)
{
    ULONG64 Number = CcpPageOf(Offset);
    NTSTATUS Status = STATUS_RETRY;
    if (!CcpFindPage(Stream, Number)) {
        if (Size == PAGE_SIZE)
            Status = CcpWriteNewPage(Stream, Number, Buffer, Done);
        else if (CcpIsBehindValidData(Stream, Number) && !CcpMakeZeroPage(Stream, Number))
            Status = STATUS_INSUFFICIENT_RESOURCES;
    }
    return Status == STATUS_RETRY ? CcpWritePart(Stream, Offset, Buffer, Done, Size, Wait) : Status;
}

NTSTATUS CcWriteStream(PCC_STREAM Stream, const CC_BUFFER *Buffer, ULONG64 Offset, ULONG64 Length,
                       BOOLEAN Wait, PULONG64 Done)
{
    NTSTATUS Status = STATUS_SUCCESS;
    CcReferenceStream(Stream);
    for (*Done = 0; *Done < Length && NT_SUCCESS(Status);) {
        ULONG64 At = Offset + *Done;
        ULONG Part = (ULONG)min(Length - *Done, (ULONG64)(PAGE_SIZE - At % PAGE_SIZE));
        Status = CcpWritePage(Stream, At, Buffer, *Done, Part, Wait);
        if (NT_SUCCESS(Status))
            *Done += Part;
        if (NT_SUCCESS(Status) && Stream->Sizes.Valid < At + Part)
            Stream->Sizes.Valid = At + Part;
    }
    CcDereferenceStream(Stream);
    return Status;
}

BOOLEAN CcIsWritable(PCC_STREAM Stream, ULONG64 Offset, ULONG Length)
{
    ULONG64 End = min(Stream->Sizes.File, Stream->Sizes.Valid);
    return !(Stream->Flags & CC_PIN_ACCESS) && Offset <= End && Length <= End - Offset;
}
