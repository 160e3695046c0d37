// Extended attributes: lists of them in buffers, and the services.
#include "iop.h"

constexpr ULONG IopEaTag = 'tAEI';
enum { IOP_EA_LIMIT = 0x10000 + sizeof(FILE_FULL_EA_INFORMATION) };

// Bytes of an entry without what aligns the next one.
static SIZE_T IopEaSize(const FILE_FULL_EA_INFORMATION *Entry)
{
    return offsetof(FILE_FULL_EA_INFORMATION, EaName) + Entry->EaNameLength + 1 +
           Entry->EaValueLength;
}

NTSTATUS IopCheckEaBuffer(const VOID *Buffer, ULONG Length, PULONG ErrorOffset)
{
    ULONG Offset = 0;
    for (;;) {
        const FILE_FULL_EA_INFORMATION *Entry = (PVOID)((PUCHAR)Buffer + Offset);
        ULONG Rest = Length - Offset;
        *ErrorOffset = Offset;
        if (Rest < sizeof(*Entry) || IopEaSize(Entry) > Rest || Entry->EaName[Entry->EaNameLength])
            return STATUS_EA_LIST_INCONSISTENT;
        if (!Entry->NextEntryOffset)
            return STATUS_SUCCESS;
        if (Entry->NextEntryOffset != ALIGN_UP_BY(IopEaSize(Entry), sizeof(ULONG)) ||
            Entry->NextEntryOffset > Rest)
            return STATUS_EA_LIST_INCONSISTENT;
        Offset += Entry->NextEntryOffset;
    }
}

// A list of names only.
static NTSTATUS IopCheckEaNames(const VOID *Buffer, ULONG Length, PULONG ErrorOffset)
{
    ULONG Offset = 0;
    for (;;) {
        const FILE_GET_EA_INFORMATION *Entry = (PVOID)((PUCHAR)Buffer + Offset);
        ULONG Rest = Length - Offset;
        *ErrorOffset = Offset;
        if (Rest < sizeof(*Entry))
            return STATUS_EA_LIST_INCONSISTENT;
        ULONG Size = (ULONG)offsetof(FILE_GET_EA_INFORMATION, EaName) + Entry->EaNameLength + 1;
        if (Size > Rest || Entry->EaName[Entry->EaNameLength])
            return STATUS_EA_LIST_INCONSISTENT;
        if (!Entry->NextEntryOffset)
            return STATUS_SUCCESS;
        if (Entry->NextEntryOffset != ALIGN_UP_BY(Size, sizeof(ULONG)) ||
            Entry->NextEntryOffset > Rest)
            return STATUS_EA_LIST_INCONSISTENT;
        Offset += Entry->NextEntryOffset;
    }
}

// A list that does not hold together tells where in the status block.
static NTSTATUS IopCaptureList(const VOID USER *Buffer, ULONG Length,
                               NTSTATUS (*Check)(const VOID *, ULONG, PULONG), PVOID *Captured,
                               IO_STATUS_BLOCK USER *StatusBlock)
{
    if (Length > IOP_EA_LIMIT)
        return STATUS_EA_TOO_LARGE;
    *Captured = ExAllocatePoolWithTag(PagedPool, Length, IopEaTag);
    if (!*Captured)
        return STATUS_INSUFFICIENT_RESOURCES;
    ULONG ErrorOffset;
    NTSTATUS Status = MmCopyFromUser(*Captured, Buffer, Length);
    if (NT_SUCCESS(Status))
        Status = Check(*Captured, Length, &ErrorOffset);
    if (Status == STATUS_EA_LIST_INCONSISTENT) {
        IO_STATUS_BLOCK Block = {.Status = Status, .Information = ErrorOffset};
        (VOID) MmCopyToUser(StatusBlock, &Block, sizeof(Block));
    }
    if (!NT_SUCCESS(Status))
        ExFreePool(*Captured);
    return Status;
}

NTSTATUS IopCaptureEaBuffer(const VOID USER *Buffer, ULONG Length, PVOID *Captured,
                            IO_STATUS_BLOCK USER *StatusBlock)
{
    return IopCaptureList(Buffer, Length, IopCheckEaBuffer, Captured, StatusBlock);
}

// ---- Services

typedef struct _IOP_EA_QUERY {
    PVOID List; // pool; null: all
    ULONG ListLength;
    ULONG Index; // 0: none
    BOOLEAN Single, Restart;
} IOP_EA_QUERY;

static NTSTATUS IopSendEaQuery(PFILE_OBJECT File, IO_STATUS_BLOCK USER *IoStatusBlock,
                               VOID USER *Buffer, ULONG Length, const IOP_EA_QUERY *Query)
{
    const IOP_SERVICE Service = {.StatusBlock = IoStatusBlock, .Api = TRUE};
    PIO_REQUEST Request;
    NTSTATUS Status = IopBeginRequest(&Service, File, IRP_MJ_QUERY_EA, 0, &Request);
    if (Status != STATUS_SUCCESS) {
        if (Query->List)
            ExFreePool(Query->List);
        return Status;
    }
    Request->Captured = Query->List;
    Request->Buffering = (USHORT)IopDeviceBuffering(File, Length);
    Request->KernelInput = TRUE;
    Request->InputBuffer = (ULONG_PTR)Query->List;
    Request->InputLength = Query->ListLength;
    Request->OutputBuffer = (ULONG_PTR)Buffer;
    Request->OutputLength = Length;
    Request->Parameters[0] = Length;
    Request->Parameters[2] = Query->ListLength;
    Request->Parameters[3] = Query->Index;
    Request->StackFlags =
        (UCHAR)((Query->Single ? SL_RETURN_SINGLE_ENTRY : 0) |
                (Query->Restart ? SL_RESTART_SCAN : 0) | (Query->Index ? SL_INDEX_SPECIFIED : 0));
    return IopPerformRequest(Request);
}

NTSTATUS NtQueryEaFile(HANDLE FileHandle, IO_STATUS_BLOCK USER *IoStatusBlock, VOID USER *Buffer,
                       ULONG Length, BOOLEAN ReturnSingleEntry, const VOID USER *EaList,
                       ULONG EaListLength, const ULONG USER *EaIndex, BOOLEAN RestartScan)
{
    IOP_EA_QUERY Query = {.Single = ReturnSingleEntry, .Restart = RestartScan};
    NTSTATUS Status = IopProbeStatusBlock(IoStatusBlock);
    if (NT_SUCCESS(Status))
        Status = MmProbeForWrite(Buffer, Length, sizeof(ULONG));
    if (NT_SUCCESS(Status) && EaIndex)
        Status = MmCopyFromUser(&Query.Index, EaIndex, sizeof(Query.Index));
    if (NT_SUCCESS(Status) && EaList && EaListLength) {
        Query.ListLength = EaListLength;
        Status = IopCaptureList(EaList, EaListLength, IopCheckEaNames, &Query.List, IoStatusBlock);
    }
    if (!NT_SUCCESS(Status))
        return Status;
    PFILE_OBJECT File;
    Status = IopReferenceFile(FileHandle, FILE_READ_EA, &File, nullptr);
    if (!NT_SUCCESS(Status)) {
        if (Query.List)
            ExFreePool(Query.List);
        return Status;
    }
    Status = IopSendEaQuery(File, IoStatusBlock, Buffer, Length, &Query);
    ObDereferenceObject(File);
    return Status;
}

static NTSTATUS IopSendEas(PFILE_OBJECT File, IO_STATUS_BLOCK USER *IoStatusBlock, PVOID List,
                           ULONG Length)
{
    const IOP_SERVICE Service = {.StatusBlock = IoStatusBlock, .Api = TRUE};
    PIO_REQUEST Request;
    NTSTATUS Status = IopBeginRequest(&Service, File, IRP_MJ_SET_EA, 0, &Request);
    if (Status != STATUS_SUCCESS) {
        ExFreePool(List);
        return Status;
    }
    Request->Captured = List;
    Request->Buffering = HostBufferSystem;
    Request->KernelInput = TRUE;
    Request->InputBuffer = (ULONG_PTR)List;
    Request->InputLength = Length;
    Request->Parameters[0] = Length;
    return IopPerformRequest(Request);
}

NTSTATUS NtSetEaFile(HANDLE FileHandle, IO_STATUS_BLOCK USER *IoStatusBlock,
                     const VOID USER *Buffer, ULONG Length)
{
    PVOID List;
    NTSTATUS Status = IopProbeStatusBlock(IoStatusBlock);
    if (NT_SUCCESS(Status))
        Status = IopCaptureEaBuffer(Buffer, Length, &List, IoStatusBlock);
    if (!NT_SUCCESS(Status))
        return Status;
    PFILE_OBJECT File;
    Status = IopReferenceFile(FileHandle, FILE_WRITE_EA, &File, nullptr);
    if (!NT_SUCCESS(Status)) {
        ExFreePool(List);
        return Status;
    }
    Status = IopSendEas(File, IoStatusBlock, List, Length);
    ObDereferenceObject(File);
    return Status;
}
