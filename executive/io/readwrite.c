// Services that read and write.
#include "iop.h"

constexpr ULONG IopSegmentTag = 'geSI';

HOST_BUFFERING IopDeviceBuffering(PFILE_OBJECT File, ULONG Length)
{
    ULONG Flags = IopTopOfStack(File->Device)->Flags;
    if (!Length)
        return HostBufferNone;
    if (Flags & DO_BUFFERED_IO)
        return HostBufferSystem;
    return Flags & DO_DIRECT_IO ? HostBufferDirect : HostBufferNeither;
}

// ---- Where a transfer begins

NTSTATUS IopCurrentOffset(PFILE_OBJECT File, PLONGLONG Offset)
{
    if (File->PositionAtEnd) {
        FILE_STANDARD_INFORMATION Standard;
        IOP_CALL Call = {
            .MajorFunction = IRP_MJ_QUERY_INFORMATION,
            .File = File,
            .Parameters = {sizeof(Standard), FileStandardInformation},
            .Output = &Standard,
            .OutputLength = sizeof(Standard),
        };
        NTSTATUS Status = IopCallDevice(File->Device, &Call, nullptr);
        if (!NT_SUCCESS(Status))
            return Status;
        File->CurrentByteOffset = Standard.EndOfFile;
        File->PositionAtEnd = FALSE;
    }
    *Offset = File->CurrentByteOffset.QuadPart;
    return STATUS_SUCCESS;
}

typedef struct _IOP_TRANSFER {
    BOOLEAN Write, Given; // an offset was given
    BOOLEAN WriteThrough;
    BOOLEAN AppendOnly; // the handle may only write to the end
    LARGE_INTEGER Offset;
    ULONG Key, Length;
} IOP_TRANSFER;

static BOOLEAN IopIsSpecial(LARGE_INTEGER Offset, ULONG Special)
{
    return Offset.HighPart == -1 && Offset.LowPart == Special;
}

static NTSTATUS IopCaptureTransfer(IOP_TRANSFER *Transfer, const LARGE_INTEGER USER *ByteOffset,
                                   const ULONG USER *Key)
{
    NTSTATUS Status = STATUS_SUCCESS;
    Transfer->Given = ByteOffset != nullptr;
    if (ByteOffset)
        Status = MmCopyFromUser(&Transfer->Offset, ByteOffset, sizeof(Transfer->Offset));
    if (NT_SUCCESS(Status) && Key)
        Status = MmCopyFromUser(&Transfer->Key, Key, sizeof(Transfer->Key));
    return Status;
}

// For a file without synchronous I/O the offset must be there; pipes and mailslots have none.
static NTSTATUS IopCheckOffset(PFILE_OBJECT File, const IOP_TRANSFER *Transfer)
{
    if (File->Flags & (FO_NAMED_PIPE | FO_MAILSLOT))
        return STATUS_SUCCESS;
    BOOLEAN AtEnd = Transfer->Write && (Transfer->AppendOnly ||
                                        IopIsSpecial(Transfer->Offset, FILE_WRITE_TO_END_OF_FILE));
    BOOLEAN AtPosition =
        !Transfer->Given || IopIsSpecial(Transfer->Offset, FILE_USE_FILE_POINTER_POSITION);
    if (AtEnd)
        return STATUS_SUCCESS;
    if (AtPosition)
        return File->Flags & FO_SYNCHRONOUS_IO ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
    return Transfer->Offset.QuadPart < 0 ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS;
}

// The file is locked, so its position stays.
static NTSTATUS IopSettleOffset(PFILE_OBJECT File, IOP_TRANSFER *Transfer)
{
    if (File->Flags & (FO_NAMED_PIPE | FO_MAILSLOT)) {
        Transfer->Offset.QuadPart = 0;
        return STATUS_SUCCESS;
    }
    if (Transfer->Write && Transfer->AppendOnly) {
        Transfer->Offset = (LARGE_INTEGER){.LowPart = FILE_WRITE_TO_END_OF_FILE, .HighPart = -1};
        return STATUS_SUCCESS;
    }
    if (Transfer->Given && !IopIsSpecial(Transfer->Offset, FILE_USE_FILE_POINTER_POSITION))
        return STATUS_SUCCESS;
    return IopCurrentOffset(File, &Transfer->Offset.QuadPart);
}

// Without a cache between, everything is in whole sectors and as the device wants it.
static NTSTATUS IopCheckAlignment(PFILE_OBJECT File, ULONG_PTR Buffer, const IOP_TRANSFER *Transfer)
{
    if (!(File->Flags & FO_NO_INTERMEDIATE_BUFFERING))
        return STATUS_SUCCESS;
    PDEVICE_OBJECT Device = IopTopOfStack(File->Device);
    ULONG Sector = Device->SectorSize ? Device->SectorSize : 1;
    if (Transfer->Length % Sector || (Buffer & Device->AlignmentRequirement))
        return STATUS_INVALID_PARAMETER;
    if (Transfer->Given && Transfer->Offset.QuadPart >= 0 && Transfer->Offset.QuadPart % Sector)
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

// ---- The request

static VOID IopFillTransfer(PIO_REQUEST Request, ULONG_PTR Buffer, const IOP_TRANSFER *Transfer)
{
    PFILE_OBJECT File = Request->File;
    Request->Buffering = (USHORT)IopDeviceBuffering(File, Transfer->Length);
    Request->Parameters[0] = Transfer->Length;
    Request->Parameters[1] = Transfer->Key;
    Request->Parameters[2] = (ULONG64)Transfer->Offset.QuadPart;
    if (File->Flags & FO_NO_INTERMEDIATE_BUFFERING)
        Request->Flags |= HOST_REQUEST_NOCACHE;
    if (Transfer->Write) {
        Request->InputBuffer = Buffer;
        Request->InputLength = Transfer->Length;
        if (Transfer->WriteThrough || File->Flags & FO_WRITE_THROUGH)
            Request->StackFlags |= SL_WRITE_THROUGH;
    } else {
        Request->OutputBuffer = Buffer;
        Request->OutputLength = Transfer->Length;
        Request->Flags |= HOST_REQUEST_WRITABLE_PAGES;
    }
}

// A transfer between the caller and the cache, of which only the caller is told.
static BOOLEAN IopIsPlain(const IOP_SERVICE *Service, PFILE_OBJECT File, PVOID Segments)
{
    return (File->Flags & FO_SYNCHRONOUS_IO) && !Service->Event && !Service->ApcRoutine &&
           !Service->Ring && !Segments && !(File->CompletionPort && Service->ApcContext) &&
           IopIsReadCached(File);
}

static BOOLEAN IopIsCached(PFILE_OBJECT File, const IOP_TRANSFER *Transfer)
{
    return Transfer->Write ? IopIsWriteCached(File, Transfer->Offset.QuadPart, Transfer->Length)
                           : IopIsReadCached(File);
}

// STATUS_NOT_SUPPORTED: the cache cannot do it alone.
static NTSTATUS IopTransferPlainly(const IOP_SERVICE *Service, PFILE_OBJECT File, ULONG_PTR Buffer,
                                   IOP_TRANSFER *Transfer)
{
    NTSTATUS Status = Transfer->Write ? CcThrottleWrite(Transfer->Length) : STATUS_SUCCESS;
    if (Status == STATUS_SUCCESS)
        Status = IopLockFile(File);
    if (Status != STATUS_SUCCESS)
        return Status;
    Status = IopSettleOffset(File, Transfer);
    LONGLONG Offset = Transfer->Offset.QuadPart;
    if (NT_SUCCESS(Status) && !IopIsCached(File, Transfer))
        Status = STATUS_NOT_SUPPORTED;
    else if (NT_SUCCESS(Status))
        Status = (Transfer->Write ? IopWriteCached : IopReadCached)(
            File, Service->StatusBlock, Buffer, Transfer->Length, Offset);
    if (Status == STATUS_DEVICE_DOES_NOT_EXIST && File->Device->Away)
        Status = STATUS_NOT_SUPPORTED; // a request waits
    IopUnlockFile(File);
    return Status;
}

static NTSTATUS IopTransfer(const IOP_SERVICE *Service, PFILE_OBJECT File, ULONG_PTR Buffer,
                            PVOID Segments, IOP_TRANSFER *Transfer)
{
    PIO_REQUEST Request;
    NTSTATUS Status = IopCheckOffset(File, Transfer);
    if (NT_SUCCESS(Status))
        Status = IopCheckAlignment(File, Buffer, Transfer);
    IOP_TRANSFER Plain = *Transfer;
    if (NT_SUCCESS(Status) && IopIsPlain(Service, File, Segments)) {
        Status = IopTransferPlainly(Service, File, Buffer, &Plain);
        if (Status != STATUS_NOT_SUPPORTED)
            return Status;
        Status = STATUS_SUCCESS;
    }
    if (NT_SUCCESS(Status) && Transfer->Write && File->Cached)
        Status = CcThrottleWrite(Transfer->Length);
    if (NT_SUCCESS(Status))
        Status = IopBeginRequest(Service, File, Transfer->Write ? IRP_MJ_WRITE : IRP_MJ_READ, 0,
                                 &Request);
    if (Status != STATUS_SUCCESS) {
        if (Segments)
            ExFreePool(Segments);
        return Status;
    }
    Request->Captured = Segments;
    Request->Segments = Segments;
    Status = IopSettleOffset(File, Transfer);
    if (!NT_SUCCESS(Status)) {
        IopAbandonRequest(Request);
        return Status;
    }
    IopFillTransfer(Request, Buffer, Transfer);
    Request->Cached = !Transfer->WriteThrough && IopIsCached(File, Transfer);
    File->Written |= Transfer->Write;
    return IopPerformRequest(Request);
}

// Data may be written with the right to write anywhere, or only to append. In pipes the second right is
// the one to make instances.
static NTSTATUS IopCheckWrite(PFILE_OBJECT File, ACCESS_MASK Granted, PBOOLEAN AppendOnly)
{
    *AppendOnly = !(Granted & FILE_WRITE_DATA);
    BOOLEAN Pipe = (File->Flags & (FO_NAMED_PIPE | FO_MAILSLOT)) != 0;
    return !*AppendOnly || (!Pipe && (Granted & FILE_APPEND_DATA)) ? STATUS_SUCCESS
                                                                   : STATUS_ACCESS_DENIED;
}

static NTSTATUS IopReferenceForWrite(HANDLE Handle, PFILE_OBJECT *File, PBOOLEAN AppendOnly)
{
    ACCESS_MASK Granted;
    NTSTATUS Status = IopReferenceFile(Handle, 0, File, &Granted);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopCheckWrite(*File, Granted, AppendOnly);
    if (!NT_SUCCESS(Status))
        ObDereferenceObject(*File);
    return Status;
}

// Without a cache between, a device that gets the pages gets them pinned: that finds what is wrong with them, and need
// not be done twice.
static NTSTATUS IopProbeBuffer(PFILE_OBJECT File, ULONG_PTR Buffer, ULONG Length, BOOLEAN Write)
{
    if (File->Flags & FO_NO_INTERMEDIATE_BUFFERING &&
        IopDeviceBuffering(File, Length) == HostBufferDirect)
        return STATUS_SUCCESS;
    return Write ? MmProbeForWrite((VOID USER *)Buffer, Length, 1)
                 : MmProbeForRead((VOID USER *)Buffer, Length, 1);
}

NTSTATUS NtReadFile(HANDLE FileHandle, HANDLE Event, PVOID ApcRoutine, PVOID ApcContext,
                    IO_STATUS_BLOCK USER *IoStatusBlock, VOID USER *Buffer, ULONG Length,
                    const LARGE_INTEGER USER *ByteOffset, const ULONG USER *Key)
{
    const IOP_SERVICE Service = {Event, ApcRoutine, ApcContext, IoStatusBlock, FALSE, nullptr};
    IOP_TRANSFER Transfer = {.Length = Length};
    PFILE_OBJECT File;
    NTSTATUS Status = IopReferenceFile(FileHandle, FILE_READ_DATA, &File, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopProbeStatusBlock(IoStatusBlock);
    if (NT_SUCCESS(Status))
        Status = IopProbeBuffer(File, (ULONG_PTR)Buffer, Length, TRUE);
    if (NT_SUCCESS(Status))
        Status = IopCaptureTransfer(&Transfer, ByteOffset, Key);
    if (NT_SUCCESS(Status))
        Status = IopTransfer(&Service, File, (ULONG_PTR)Buffer, nullptr, &Transfer);
    ObDereferenceObject(File);
    return Status;
}

NTSTATUS NtWriteFile(HANDLE FileHandle, HANDLE Event, PVOID ApcRoutine, PVOID ApcContext,
                     IO_STATUS_BLOCK USER *IoStatusBlock, const VOID USER *Buffer, ULONG Length,
                     const LARGE_INTEGER USER *ByteOffset, const ULONG USER *Key)
{
    const IOP_SERVICE Service = {Event, ApcRoutine, ApcContext, IoStatusBlock, FALSE, nullptr};
    IOP_TRANSFER Transfer = {.Write = TRUE, .Length = Length};
    PFILE_OBJECT File;
    NTSTATUS Status = IopReferenceForWrite(FileHandle, &File, &Transfer.AppendOnly);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopProbeStatusBlock(IoStatusBlock);
    if (NT_SUCCESS(Status))
        Status = IopProbeBuffer(File, (ULONG_PTR)Buffer, Length, FALSE);
    if (NT_SUCCESS(Status))
        Status = IopCaptureTransfer(&Transfer, ByteOffset, Key);
    if (NT_SUCCESS(Status))
        Status = IopTransfer(&Service, File, (ULONG_PTR)Buffer, nullptr, &Transfer);
    ObDereferenceObject(File);
    return Status;
}

NTSTATUS IopTransferForRing(const IOP_SERVICE *Service, PFILE_OBJECT File, ACCESS_MASK Granted,
                            const IOP_RING_TRANSFER *Wanted)
{
    IOP_TRANSFER Transfer = {
        .Write = Wanted->Write,
        .Given = TRUE,
        .WriteThrough = Wanted->WriteThrough,
        .Offset = Wanted->Offset,
        .Key = Wanted->Key,
        .Length = Wanted->Length,
    };
    NTSTATUS Status = STATUS_SUCCESS;
    if (Transfer.Write)
        Status = IopCheckWrite(File, Granted, &Transfer.AppendOnly);
    else if (!(Granted & FILE_READ_DATA))
        Status = STATUS_ACCESS_DENIED;
    if (NT_SUCCESS(Status))
        Status = IopProbeBuffer(File, Wanted->Buffer, Transfer.Length, !Transfer.Write);
    return NT_SUCCESS(Status) ? IopTransfer(Service, File, Wanted->Buffer, nullptr, &Transfer)
                              : Status;
}

// ---- Pages that lie anywhere

// The list of their addresses; probed pages.
static NTSTATUS IopCaptureSegments(const FILE_SEGMENT_ELEMENT USER *SegmentArray,
                                   const IOP_TRANSFER *Transfer, PULONG64 *Segments)
{
    ULONG Count = (ULONG)(((SIZE_T)Transfer->Length + PAGE_SIZE - 1) / PAGE_SIZE);
    *Segments = ExAllocatePoolWithTag(NonPagedPool, Count * sizeof(ULONG64), IopSegmentTag);
    if (!*Segments)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = MmCopyFromUser(*Segments, SegmentArray, Count * sizeof(ULONG64));
    for (ULONG i = 0; i < Count && NT_SUCCESS(Status); i++) {
        VOID USER *Page = (VOID USER *)(*Segments)[i];
        Status = Transfer->Write ? MmProbeForRead(Page, PAGE_SIZE, PAGE_SIZE)
                                 : MmProbeForWrite(Page, PAGE_SIZE, PAGE_SIZE);
        if (Status == STATUS_DATATYPE_MISALIGNMENT)
            Status = STATUS_INVALID_PARAMETER;
    }
    if (!NT_SUCCESS(Status))
        ExFreePool(*Segments);
    return Status;
}

static NTSTATUS IopTransferSegments(const IOP_SERVICE *Service, PFILE_OBJECT File,
                                    const FILE_SEGMENT_ELEMENT USER *SegmentArray,
                                    const LARGE_INTEGER USER *ByteOffset, const ULONG USER *Key,
                                    IOP_TRANSFER *Transfer)
{
    PULONG64 Segments;
    if (!(File->Flags & FO_NO_INTERMEDIATE_BUFFERING) || (File->Flags & FO_SYNCHRONOUS_IO) ||
        !Transfer->Length)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = IopProbeStatusBlock(Service->StatusBlock);
    if (NT_SUCCESS(Status))
        Status = IopCaptureTransfer(Transfer, ByteOffset, Key);
    if (NT_SUCCESS(Status))
        Status = IopCaptureSegments(SegmentArray, Transfer, &Segments);
    if (!NT_SUCCESS(Status))
        return Status;
    return IopTransfer(Service, File, Segments[0], Segments, Transfer);
}

NTSTATUS NtReadFileScatter(HANDLE FileHandle, HANDLE Event, PVOID ApcRoutine, PVOID ApcContext,
                           IO_STATUS_BLOCK USER *IoStatusBlock,
                           const FILE_SEGMENT_ELEMENT USER *SegmentArray, ULONG Length,
                           const LARGE_INTEGER USER *ByteOffset, const ULONG USER *Key)
{
    const IOP_SERVICE Service = {Event, ApcRoutine, ApcContext, IoStatusBlock, FALSE, nullptr};
    IOP_TRANSFER Transfer = {.Length = Length};
    PFILE_OBJECT File;
    NTSTATUS Status = IopReferenceFile(FileHandle, FILE_READ_DATA, &File, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopTransferSegments(&Service, File, SegmentArray, ByteOffset, Key, &Transfer);
    ObDereferenceObject(File);
    return Status;
}

NTSTATUS NtWriteFileGather(HANDLE FileHandle, HANDLE Event, PVOID ApcRoutine, PVOID ApcContext,
                           IO_STATUS_BLOCK USER *IoStatusBlock,
                           const FILE_SEGMENT_ELEMENT USER *SegmentArray, ULONG Length,
                           const LARGE_INTEGER USER *ByteOffset, const ULONG USER *Key)
{
    const IOP_SERVICE Service = {Event, ApcRoutine, ApcContext, IoStatusBlock, FALSE, nullptr};
    IOP_TRANSFER Transfer = {.Write = TRUE, .Length = Length};
    PFILE_OBJECT File;
    NTSTATUS Status = IopReferenceForWrite(FileHandle, &File, &Transfer.AppendOnly);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopTransferSegments(&Service, File, SegmentArray, ByteOffset, Key, &Transfer);
    ObDereferenceObject(File);
    return Status;
}
