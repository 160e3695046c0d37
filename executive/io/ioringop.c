// The operations of I/O rings.
#include "ioringp.h"

constexpr ULONG IopRingTag = 'niRI';

// ---- Files and buffers that are registered

static VOID IopFreeFiles(PIOP_RING_FILE Files, ULONG Count)
{
    for (ULONG i = 0; i < Count; i++) {
        if (Files[i].File)
            ObDereferenceObject(Files[i].File);
    }
    if (Files)
        ExFreePool(Files);
}

VOID IopForgetRingFiles(PIOP_RING Ring)
{
    IopFreeFiles(Ring->Files, Ring->FileCount);
    Ring->Files = nullptr;
    Ring->FileCount = 0;
}

VOID IopForgetRingBuffers(PIOP_RING Ring)
{
    if (Ring->Buffers)
        ExFreePool(Ring->Buffers);
    Ring->Buffers = nullptr;
    Ring->BufferCount = 0;
}

static NTSTATUS IopCheckRegistration(ULONG CommonOpFlags, ULONG Required, ULONG Count)
{
    if (CommonOpFlags || Count > IOP_RING_MOST_REGISTERED)
        return STATUS_INVALID_PARAMETER;
    return Required ? STATUS_IORING_REQUIRED_FLAG_NOT_SUPPORTED : STATUS_SUCCESS;
}

static NTSTATUS IopReferenceFiles(const HANDLE USER *Handles, PIOP_RING_FILE Files, ULONG Count)
{
    NTSTATUS Status = STATUS_SUCCESS;
    for (ULONG i = 0; i < Count && NT_SUCCESS(Status); i++) {
        HANDLE Handle;
        Status = MmCopyFromUser(&Handle, &Handles[i], sizeof(Handle));
        if (NT_SUCCESS(Status) && Handle != INVALID_HANDLE_VALUE)
            Status = IopReferenceFile(Handle, 0, &Files[i].File, &Files[i].Granted);
        if (!NT_SUCCESS(Status))
            Files[i].File = nullptr;
    }
    return Status;
}

// What was registered before goes; requests under way keep their files.
static NTSTATUS IopRegisterFiles(PIOP_RING Ring, const NT_IORING_OP_REGISTER_FILES *Wanted)
{
    ULONG Count = Wanted->Count;
    PIOP_RING_FILE Files = nullptr;
    NTSTATUS Status = IopCheckRegistration(Wanted->CommonOpFlags, Wanted->Flags.Required, Count);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Count) {
        Files = ExAllocatePoolZero(NonPagedPool, Count * sizeof(*Files), IopRingTag);
        if (!Files)
            return STATUS_INSUFFICIENT_RESOURCES;
        Status = IopReferenceFiles((const HANDLE USER *)Wanted->Handles, Files, Count);
    }
    if (!NT_SUCCESS(Status)) {
        IopFreeFiles(Files, Count);
        return Status;
    }
    IopForgetRingFiles(Ring);
    Ring->Files = Files;
    Ring->FileCount = Count;
    return STATUS_SUCCESS;
}

static NTSTATUS IopRegisterBuffers(PIOP_RING Ring, const NT_IORING_OP_REGISTER_BUFFERS *Wanted)
{
    ULONG Count = Wanted->Count;
    SIZE_T Bytes = Count * sizeof(IORING_BUFFER_INFO);
    IORING_BUFFER_INFO *Buffers = nullptr;
    NTSTATUS Status = IopCheckRegistration(Wanted->CommonOpFlags, Wanted->Flags.Required, Count);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Count) {
        Buffers = ExAllocatePoolWithTag(NonPagedPool, Bytes, IopRingTag);
        if (!Buffers)
            return STATUS_INSUFFICIENT_RESOURCES;
        Status = MmCopyFromUser(Buffers, (const VOID USER *)Wanted->Buffers, Bytes);
    }
    for (ULONG i = 0; i < Count && NT_SUCCESS(Status); i++)
        Status = MmProbeForRead((const VOID USER *)Buffers[i].Address, Buffers[i].Length, 1);
    if (!NT_SUCCESS(Status)) {
        ExFreePool(Buffers);
        return Status;
    }
    IopForgetRingBuffers(Ring);
    Ring->Buffers = Buffers;
    Ring->BufferCount = Count;
    return STATUS_SUCCESS;
}

// ---- What an entry means by its file and its buffer

static NTSTATUS IopFindRingFile(const IOP_RING *Ring, ULONG Flags, NT_IORING_HANDLEREF Reference,
                                PFILE_OBJECT *File, PACCESS_MASK Granted)
{
    if (Flags & ~(NT_IORING_OP_FLAG_REGISTERED_FILE | NT_IORING_OP_FLAG_REGISTERED_BUFFER))
        return STATUS_INVALID_PARAMETER;
    if (!(Flags & NT_IORING_OP_FLAG_REGISTERED_FILE))
        return IopReferenceFile(Reference.Handle, 0, File, Granted);
    ULONG Index = Reference.HandleIndex;
    if (Index >= Ring->FileCount || !Ring->Files[Index].File)
        return STATUS_INVALID_PARAMETER;
    *File = Ring->Files[Index].File;
    *Granted = Ring->Files[Index].Granted;
    ObReferenceObject(*File);
    return STATUS_SUCCESS;
}

static NTSTATUS IopFindRingBuffer(const IOP_RING *Ring, ULONG Flags, NT_IORING_BUFFERREF Reference,
                                  ULONG Length, PULONG_PTR Buffer)
{
    *Buffer = (ULONG_PTR)Reference.Address;
    if (!(Flags & NT_IORING_OP_FLAG_REGISTERED_BUFFER))
        return STATUS_SUCCESS;
    IORING_REGISTERED_BUFFER Fixed = Reference.FixedBuffer;
    if (Fixed.BufferIndex >= Ring->BufferCount)
        return STATUS_INVALID_PARAMETER;
    const IORING_BUFFER_INFO *Info = &Ring->Buffers[Fixed.BufferIndex];
    if (Fixed.Offset > Info->Length || Length > Info->Length - Fixed.Offset)
        return STATUS_INVALID_PARAMETER;
    *Buffer = (ULONG_PTR)Info->Address + Fixed.Offset;
    return STATUS_SUCCESS;
}

// ---- The operations. Each returns what its completion says, unless a request has joined the ring.

static IOP_SERVICE IopRingService(PIOP_RING Ring, const NT_IORING_SQE *Entry)
{
    return (IOP_SERVICE){.Ring = Ring, .ApcContext = (PVOID)Entry->UserData};
}

static NTSTATUS IopRingTransfer(PIOP_RING Ring, const NT_IORING_SQE *Entry, BOOLEAN Write)
{
    const NT_IORING_OP_WRITE *Wanted = &Entry->Write;
    const IOP_SERVICE Service = IopRingService(Ring, Entry);
    PFILE_OBJECT File;
    ACCESS_MASK Granted;
    IOP_RING_TRANSFER Transfer = {
        .Write = Write,
        .WriteThrough = Write && (Wanted->Flags & NT_WRITE_FLAG_WRITE_THROUGH),
        .Length = Wanted->Length,
        .Key = Wanted->Key,
        .Offset = {.QuadPart = (LONGLONG)Wanted->Offset},
    };
    if (Write && (Wanted->Flags & ~NT_WRITE_FLAG_WRITE_THROUGH))
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = IopFindRingBuffer(Ring, Wanted->CommonOpFlags, Wanted->Buffer, Wanted->Length,
                                        &Transfer.Buffer);
    if (NT_SUCCESS(Status))
        Status = IopFindRingFile(Ring, Wanted->CommonOpFlags, Wanted->File, &File, &Granted);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopTransferForRing(&Service, File, Granted, &Transfer);
    ObDereferenceObject(File);
    return Status;
}

static NTSTATUS IopRingNop(PIOP_RING Ring, const NT_IORING_SQE *Entry)
{
    UNREFERENCED_PARAMETER(Ring);
    UNREFERENCED_PARAMETER(Entry);
    return STATUS_SUCCESS;
}

static NTSTATUS IopRingRead(PIOP_RING Ring, const NT_IORING_SQE *Entry)
{
    return IopRingTransfer(Ring, Entry, FALSE);
}

static NTSTATUS IopRingWrite(PIOP_RING Ring, const NT_IORING_SQE *Entry)
{
    return IopRingTransfer(Ring, Entry, TRUE);
}

static NTSTATUS IopRingFlush(PIOP_RING Ring, const NT_IORING_SQE *Entry)
{
    const NT_IORING_OP_FLUSH *Wanted = &Entry->Flush;
    const IOP_SERVICE Service = IopRingService(Ring, Entry);
    PFILE_OBJECT File;
    ACCESS_MASK Granted;
    NTSTATUS Status = IopFindRingFile(Ring, Wanted->CommonOpFlags, Wanted->File, &File, &Granted);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopFlushForRing(&Service, File, Granted, Wanted->Flags);
    ObDereferenceObject(File);
    return Status;
}

static NTSTATUS IopRingRegisterFiles(PIOP_RING Ring, const NT_IORING_SQE *Entry)
{
    return IopRegisterFiles(Ring, &Entry->RegisterFiles);
}

static NTSTATUS IopRingRegisterBuffers(PIOP_RING Ring, const NT_IORING_SQE *Entry)
{
    return IopRegisterBuffers(Ring, &Entry->RegisterBuffers);
}

static NTSTATUS IopRingCancel(PIOP_RING Ring, const NT_IORING_SQE *Entry)
{
    const NT_IORING_OP_CANCEL *Wanted = &Entry->Cancel;
    PFILE_OBJECT File;
    ACCESS_MASK Granted;
    NTSTATUS Status = IopFindRingFile(Ring, Wanted->CommonOpFlags, Wanted->File, &File, &Granted);
    if (!NT_SUCCESS(Status))
        return Status;
    BOOLEAN Found = IopCancelOfRing(File, Ring, (PVOID)Wanted->CancelId);
    ObDereferenceObject(File);
    return Found ? STATUS_SUCCESS : STATUS_NOT_FOUND;
}

VOID IopPerformRingEntry(PIOP_RING Ring, const NT_IORING_SQE *Entry)
{
    static NTSTATUS (*const Operations[])(PIOP_RING, const NT_IORING_SQE *) = {
        [IORING_OP_NOP] = IopRingNop,
        [IORING_OP_READ] = IopRingRead,
        [IORING_OP_REGISTER_FILES] = IopRingRegisterFiles,
        [IORING_OP_REGISTER_BUFFERS] = IopRingRegisterBuffers,
        [IORING_OP_CANCEL] = IopRingCancel,
        [IORING_OP_WRITE] = IopRingWrite,
        [IORING_OP_FLUSH] = IopRingFlush,
    };
    ULONG64 Joined = Ring->Joined;
    NTSTATUS Status = STATUS_INVALID_PARAMETER;
    if ((ULONG)Entry->OpCode < RTL_NUMBER_OF(Operations) &&
        !(Entry->Flags & ~NT_IORING_SQE_FLAG_DRAIN_PRECEDING_OPS))
        Status = Operations[Entry->OpCode](Ring, Entry);
    if (Ring->Joined == Joined)
        IopPutCompletion(Ring, Entry->UserData, Status, 0);
}
