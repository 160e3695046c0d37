// The messages of mailslots.
#include "ms.h"

// A read that waits, until its time is over.
typedef struct _MS_READER {
    LIST_ENTRY Link;
    KTIMER Timer;
    PIO_REQUEST Request;
} MS_READER, *PMS_READER;

static VOID MsEndRead(PMS_READER Reader, NTSTATUS Status, ULONG Size)
{
    PIO_REQUEST Request = Reader->Request;
    RemoveEntryList(&Reader->Link);
    KeCancelTimer(&Reader->Timer);
    ExFreePoolWithTag(Reader, MsTag);
    IopCompleteRequest(Request, Status, Size);
}

static VOID MsReadTimeout(PKTIMER Timer, PVOID Context)
{
    UNREFERENCED_PARAMETER(Timer);
    MsEndRead(Context, STATUS_IO_TIMEOUT, 0);
}

VOID MsCancelRead(PIO_REQUEST Request)
{
    MsEndRead(Request->OwnerContext, STATUS_CANCELLED, 0);
}

static VOID MsRemoveMessage(PMS_SLOT Slot, PMS_MESSAGE Message)
{
    RemoveEntryList(&Message->Link);
    Slot->MessageCount--;
    ExFreePoolWithTag(Message, MsTag);
}

VOID MsEmpty(PMS_SLOT Slot)
{
    while (!IsListEmpty(&Slot->Readers))
        MsEndRead(CONTAINING_RECORD(Slot->Readers.Flink, MS_READER, Link),
                  STATUS_FILE_FORCED_CLOSED, 0);
    while (!IsListEmpty(&Slot->Messages))
        MsRemoveMessage(Slot, CONTAINING_RECORD(Slot->Messages.Flink, MS_MESSAGE, Link));
}

// The longest time means for ever.
static NTSTATUS MsWaitForMessage(PMS_SLOT Slot, PIO_REQUEST Request)
{
    if (Slot->ReadTimeout.QuadPart == 0)
        return STATUS_IO_TIMEOUT;
    PMS_READER Reader = ExAllocatePoolZero(NonPagedPool, sizeof(*Reader), MsTag);
    if (!Reader)
        return STATUS_INSUFFICIENT_RESOURCES;
    Reader->Request = Request;
    Request->OwnerContext = Reader;
    InsertTailList(&Slot->Readers, &Reader->Link);
    KeInitializeTimer(&Reader->Timer, NotificationTimer);
    if (Slot->ReadTimeout.QuadPart != INT64_MIN && Slot->ReadTimeout.QuadPart != -1)
        KeSetTimer(&Reader->Timer, Slot->ReadTimeout, 0, MsReadTimeout, Reader);
    return STATUS_PENDING;
}

// A message that does not fit stays.
static NTSTATUS MsTakeMessage(PMS_SLOT Slot, PIO_REQUEST Request)
{
    PMS_MESSAGE Message = CONTAINING_RECORD(Slot->Messages.Flink, MS_MESSAGE, Link);
    if (Message->Size > Request->OutputLength)
        return STATUS_BUFFER_TOO_SMALL;
    NTSTATUS Status = IopCopyToRequest(Request, 0, Message->Data, Message->Size);
    if (!NT_SUCCESS(Status))
        return Status;
    Request->IoStatus.Information = Message->Size;
    MsRemoveMessage(Slot, Message);
    return STATUS_SUCCESS;
}

NTSTATUS MsRead(PIO_REQUEST Request)
{
    PMS_SLOT Slot = Request->File->FsContext;
    if (MsKind(Request->File) != MsServerFile)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (Slot->Closed)
        return STATUS_FILE_FORCED_CLOSED;
    return IsListEmpty(&Slot->Messages) ? MsWaitForMessage(Slot, Request)
                                        : MsTakeMessage(Slot, Request);
}

// To readers whose buffers are large enough; the others learn that theirs are not.
static VOID MsServeReaders(PMS_SLOT Slot)
{
    while (!IsListEmpty(&Slot->Readers) && !IsListEmpty(&Slot->Messages)) {
        PMS_READER Reader = CONTAINING_RECORD(Slot->Readers.Flink, MS_READER, Link);
        NTSTATUS Status = MsTakeMessage(Slot, Reader->Request);
        MsEndRead(Reader, Status, (ULONG)Reader->Request->IoStatus.Information);
    }
}

NTSTATUS MsWrite(PIO_REQUEST Request)
{
    PMS_SLOT Slot = Request->File->FsContext;
    ULONG Size = Request->InputLength;
    if (MsKind(Request->File) != MsClientFile)
        return STATUS_INVALID_DEVICE_REQUEST;
    if (Slot->Closed)
        return STATUS_FILE_FORCED_CLOSED;
    if (Slot->MaximumMessageSize && Size > Slot->MaximumMessageSize)
        return STATUS_INVALID_PARAMETER;
    PMS_MESSAGE Message = ExAllocatePoolWithTag(PagedPool, sizeof(*Message) + Size, MsTag);
    if (!Message)
        return STATUS_INSUFFICIENT_RESOURCES;
    Message->Size = Size;
    NTSTATUS Status = IopCopyFromRequest(Request, 0, Message->Data, Size);
    if (!NT_SUCCESS(Status)) {
        ExFreePoolWithTag(Message, MsTag);
        return Status;
    }
    InsertTailList(&Slot->Messages, &Message->Link);
    Slot->MessageCount++;
    Request->IoStatus.Information = Size;
    MsServeReaders(Slot);
    return STATUS_SUCCESS;
}

// ---- Information

static NTSTATUS MsQuerySlot(PMS_SLOT Slot, PIO_REQUEST Request)
{
    FILE_MAILSLOT_QUERY_INFORMATION Answer = {
        .MaximumMessageSize = Slot->MaximumMessageSize,
        .MailslotQuota = Slot->Quota,
        .NextMessageSize = MAXULONG, // none
        .MessagesAvailable = Slot->MessageCount,
        .ReadTimeout = Slot->ReadTimeout,
    };
    if (Slot->MessageCount)
        Answer.NextMessageSize = CONTAINING_RECORD(Slot->Messages.Flink, MS_MESSAGE, Link)->Size;
    return IopAnswer(Request, &Answer, sizeof(Answer));
}

NTSTATUS MsQueryInformation(PIO_REQUEST Request)
{
    static const FILE_BASIC_INFORMATION Basic = {.FileAttributes = FILE_ATTRIBUTE_NORMAL};
    static const FILE_STANDARD_INFORMATION Standard = {.NumberOfLinks = 1, .DeletePending = TRUE};
    if (MsKind(Request->File) == MsDeviceFile)
        return STATUS_INVALID_DEVICE_REQUEST;
    switch (Request->Parameters[1]) {
    case FileBasicInformation:
        return IopAnswer(Request, &Basic, sizeof(Basic));
    case FileStandardInformation:
        return IopAnswer(Request, &Standard, sizeof(Standard));
    case FileMailslotQueryInformation:
        return MsKind(Request->File) == MsServerFile
                   ? MsQuerySlot(Request->File->FsContext, Request)
                   : STATUS_INVALID_PARAMETER;
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

// The structure has the address of the time, not the time.
NTSTATUS MsSetInformation(PIO_REQUEST Request)
{
    FILE_MAILSLOT_SET_INFORMATION Set;
    LARGE_INTEGER Timeout;
    if (MsKind(Request->File) != MsServerFile ||
        Request->Parameters[1] != FileMailslotSetInformation)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = IopCopyFromRequest(Request, 0, &Set, sizeof(Set));
    if (NT_SUCCESS(Status))
        Status =
            MmReadProcess(Request->Process, &Timeout, (ULONG_PTR)Set.ReadTimeout, sizeof(Timeout));
    if (!NT_SUCCESS(Status))
        return Status;
    if (Timeout.QuadPart > 0)
        return STATUS_INVALID_PARAMETER;
    ((PMS_SLOT)Request->File->FsContext)->ReadTimeout = Timeout;
    return STATUS_SUCCESS;
}
