// Making rings and using them.

#include "suite.h"

BOOLEAN MakeRing(ULONG Size, RING *Ring)
{
    NT_IORING_STRUCTV1 Wanted = {.IoRingVersion = IORING_VERSION_3, .SubmissionQueueSize = Size};
    *Ring = (RING){};
    return CHECK_STATUS(
        NtCreateIoRing(&Ring->Handle, sizeof(Wanted), &Wanted, sizeof(Ring->Info), &Ring->Info),
        STATUS_SUCCESS);
}

VOID CloseRing(RING *Ring)
{
    CHECK_STATUS(NtClose(Ring->Handle), STATUS_SUCCESS);
}

PNT_IORING_SQE AddEntry(RING *Ring, IORING_OP_CODE Operation, ULONG64 UserData)
{
    PNT_IORING_SUBMISSION_QUEUE Queue = Ring->Info.SubmissionQueue;
    PNT_IORING_SQE Entry = &Queue->Entries[Queue->Tail++ & Ring->Info.SubmissionQueueRingMask];
    *Entry = (NT_IORING_SQE){.OpCode = Operation, .UserData = UserData};
    return Entry;
}

PNT_IORING_SQE AddRead(RING *Ring, HANDLE File, PVOID Buffer, ULONG Length, ULONG64 Offset,
                       ULONG64 UserData)
{
    PNT_IORING_SQE Entry = AddEntry(Ring, IORING_OP_READ, UserData);
    Entry->Read.File.Handle = File;
    Entry->Read.Buffer.Address = Buffer;
    Entry->Read.Length = Length;
    Entry->Read.Offset = Offset;
    return Entry;
}

NTSTATUS Submit(RING *Ring, ULONG Wait)
{
    return NtSubmitIoRing(Ring->Handle, 0, Wait, nullptr);
}

ULONG Available(const RING *Ring)
{
    PNT_IORING_COMPLETION_QUEUE Queue = Ring->Info.CompletionQueue;
    return __atomic_load_n(&Queue->Tail, __ATOMIC_ACQUIRE) - Queue->Head;
}

VOID CheckCompletion(RING *Ring, ULONG64 UserData, NTSTATUS Status, ULONG_PTR Information)
{
    PNT_IORING_COMPLETION_QUEUE Queue = Ring->Info.CompletionQueue;
    PNT_IORING_CQE Entry = &Queue->Entries[Queue->Head & Ring->Info.CompletionQueueRingMask];
    REQUIRE(Available(Ring) != 0);
    CHECK_EQUAL(Entry->UserData, UserData);
    CHECK_STATUS(Entry->ResultCode, Status);
    CHECK_EQUAL(Entry->Information, Information);
    Queue->Head++;
}

NTSTATUS TakeResult(RING *Ring)
{
    PNT_IORING_COMPLETION_QUEUE Queue = Ring->Info.CompletionQueue;
    NTSTATUS Status = Queue->Entries[Queue->Head & Ring->Info.CompletionQueueRingMask].ResultCode;
    Queue->Head = Queue->Tail;
    return Status;
}

HANDLE OpenFile(ULONG Options)
{
    UNICODE_STRING Name;
    IO_STATUS_BLOCK Block;
    HANDLE File = nullptr;
    RtlInitUnicodeString(&Name, FILE_NAME);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    CHECK_STATUS(NtOpenFile(&File, FILE_READ_DATA | SYNCHRONIZE, &Attributes, &Block,
                            FILE_SHARE_READ, Options),
                 STATUS_SUCCESS);
    return File;
}

BOOLEAN MakePipe(PHANDLE Server, PHANDLE Client)
{
    enum { Quota = 256, Share = FILE_SHARE_READ | FILE_SHARE_WRITE };
    UNICODE_STRING Name;
    IO_STATUS_BLOCK Block;
    LARGE_INTEGER Timeout = TestMilliseconds(50);
    ACCESS_MASK Access = GENERIC_READ | GENERIC_WRITE | SYNCHRONIZE;
    RtlInitUnicodeString(&Name, L"\\Device\\NamedPipe\\test-ring");
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    if (!CHECK_STATUS(NtCreateNamedPipeFile(Server, Access, &Attributes, &Block, Share,
                                            FILE_OPEN_IF, 0, 0, 0, 0, 1, Quota, Quota, &Timeout),
                      STATUS_SUCCESS))
        return FALSE;
    if (CHECK_STATUS(
            NtOpenFile(Client, Access, &Attributes, &Block, Share, FILE_SYNCHRONOUS_IO_NONALERT),
            STATUS_SUCCESS))
        return TRUE;
    NtClose(*Server);
    return FALSE;
}

VOID WritePipe(HANDLE Pipe, PCSTR Text)
{
    IO_STATUS_BLOCK Block;
    CHECK_STATUS(NtWriteFile(Pipe, nullptr, nullptr, nullptr, &Block, (PVOID)Text,
                             (ULONG)strlen(Text), nullptr, nullptr),
                 STATUS_SUCCESS);
}

HANDLE MakeEvent(void)
{
    HANDLE Event = nullptr;
    CHECK_STATUS(NtCreateEvent(&Event, EVENT_ALL_ACCESS, nullptr, SynchronizationEvent, FALSE),
                 STATUS_SUCCESS);
    return Event;
}
