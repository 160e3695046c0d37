#include "ring.h"

static PNT_IORING_SQE DbNextEntry(DB_RING *Ring)
{
    PNT_IORING_SUBMISSION_QUEUE Queue = Ring->Info.SubmissionQueue;
    PNT_IORING_SQE Entry = &Queue->Entries[Queue->Tail & Ring->Info.SubmissionQueueRingMask];
    *Entry = (NT_IORING_SQE){};
    return Entry;
}

static VOID DbPublishEntry(DB_RING *Ring)
{
    PNT_IORING_SUBMISSION_QUEUE Queue = Ring->Info.SubmissionQueue;
    __atomic_store_n(&Queue->Tail, Queue->Tail + 1, __ATOMIC_RELEASE);
}

static BOOLEAN DbPopCompletion(DB_RING *Ring, PNT_IORING_CQE Completion)
{
    PNT_IORING_COMPLETION_QUEUE Queue = Ring->Info.CompletionQueue;
    ULONG Head = Queue->Head;
    if (Head == __atomic_load_n(&Queue->Tail, __ATOMIC_ACQUIRE))
        return FALSE;
    *Completion = Queue->Entries[Head & Ring->Info.CompletionQueueRingMask];
    __atomic_store_n(&Queue->Head, Head + 1, __ATOMIC_RELEASE);
    return TRUE;
}

// The file becomes number 0.
static NTSTATUS DbRegisterFile(DB_RING *Ring, HANDLE File)
{
    NT_IORING_CQE Completion = {};
    PNT_IORING_SQE Entry = DbNextEntry(Ring);
    Entry->OpCode = IORING_OP_REGISTER_FILES;
    Entry->RegisterFiles.Count = 1;
    Entry->RegisterFiles.Handles = &File;
    DbPublishEntry(Ring);
    NTSTATUS Status = NtSubmitIoRing(Ring->Handle, 0, 1, nullptr);
    if (NT_SUCCESS(Status) && DbPopCompletion(Ring, &Completion))
        Status = Completion.ResultCode;
    return Status;
}

NTSTATUS DbOpenRing(DB_RING *Ring, HANDLE File, ULONG Depth)
{
    NT_IORING_STRUCTV1 Wanted = {
        .IoRingVersion = IORING_VERSION_3,
        .SubmissionQueueSize = Depth,
        .CompletionQueueSize = 2 * Depth,
    };
    NTSTATUS Status =
        NtCreateIoRing(&Ring->Handle, sizeof(Wanted), &Wanted, sizeof(Ring->Info), &Ring->Info);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = DbRegisterFile(Ring, File);
    if (!NT_SUCCESS(Status))
        DbCloseRing(Ring);
    return Status;
}

VOID DbCloseRing(DB_RING *Ring)
{
    NtClose(Ring->Handle);
    Ring->Handle = nullptr;
}

VOID DbPutIntoRing(DB_RING *Ring, DB_REQUEST **Requests, ULONG Count)
{
    for (ULONG i = 0; i < Count; i++) {
        PNT_IORING_SQE Entry = DbNextEntry(Ring);
        Entry->OpCode = Requests[i]->Write ? IORING_OP_WRITE : IORING_OP_READ;
        Entry->UserData = (ULONG64)(ULONG_PTR)Requests[i];
        Entry->Read.CommonOpFlags = NT_IORING_OP_FLAG_REGISTERED_FILE;
        Entry->Read.Buffer.Address = Requests[i]->Buffer;
        Entry->Read.Offset = Requests[i]->Offset;
        Entry->Read.Length = Requests[i]->Length;
        DbPublishEntry(Ring);
    }
}

NTSTATUS DbTakeFromRing(DB_RING *Ring, DB_REQUEST **Done, IO_STATUS_BLOCK *Results, ULONG Most,
                        PULONG Count)
{
    PNT_IORING_COMPLETION_QUEUE Queue = Ring->Info.CompletionQueue;
    NT_IORING_CQE Completion;
    NTSTATUS Status = STATUS_SUCCESS;
    if (Queue->Head == __atomic_load_n(&Queue->Tail, __ATOMIC_ACQUIRE))
        Status = NtSubmitIoRing(Ring->Handle, 0, 1, nullptr);
    for (*Count = 0; *Count < Most && DbPopCompletion(Ring, &Completion); ++*Count) {
        Done[*Count] = (DB_REQUEST *)Completion.UserData;
        Results[*Count].Status = Completion.ResultCode;
        Results[*Count].Information = Completion.Information;
    }
    return Status;
}
