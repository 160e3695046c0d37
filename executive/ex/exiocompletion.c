// I/O completion ports: queues of packets and the threads that take them.
#include "exp.h"

POBJECT_TYPE IoCompletionObjectType;

// The event is what NtWaitForSingleObject waits for: packets go to those who remove them only.
struct _EXP_PORT {
    KQUEUE Queue;
    KEVENT NotEmpty;
};

static PVOID ExpPortWaitObject(PVOID Object)
{
    return &((PEXP_PORT)Object)->NotEmpty;
}

static VOID ExpDeletePort(PVOID Object)
{
    PEXP_PORT Port = Object;
    while (!IsListEmpty(&Port->Queue.EntryListHead)) {
        PLIST_ENTRY Link = RemoveHeadList(&Port->Queue.EntryListHead);
        PEXP_PACKET Packet = CONTAINING_RECORD(Link, EXP_PACKET, Links);
        Packet->Release(Packet);
    }
}

static const OBJECT_TYPE_INITIALIZER ExpPortTypeInfo = {
    .Name = L"IoCompletion",
    .BodySize = sizeof(EXP_PORT),
    .GenericMapping = {STANDARD_RIGHTS_READ | IO_COMPLETION_QUERY_STATE,
                       STANDARD_RIGHTS_WRITE | IO_COMPLETION_MODIFY_STATE,
                       STANDARD_RIGHTS_EXECUTE | SYNCHRONIZE, IO_COMPLETION_ALL_ACCESS},
    .ValidAccess = IO_COMPLETION_ALL_ACCESS,
    .InvalidAttributes = OBJ_OPENLINK,
    .Waitable = TRUE,
    .WaitObject = ExpPortWaitObject,
    .Delete = ExpDeletePort,
};

NTSTATUS ExpInitIoCompletion(void)
{
    return ObCreateObjectType(&ExpPortTypeInfo, &IoCompletionObjectType);
}

static LONG ExpPortDepth(PEXP_PORT Port)
{
    return Port->Queue.Header.SignalState;
}

// ---- Putting packets in

// Packets of requests that are over, for the next ones.
static LIST_ENTRY ExpSparePackets = {&ExpSparePackets, &ExpSparePackets};
static ULONG ExpSpareCount;

enum { EXP_SPARE_PACKETS = 64 };

static VOID ExpFreePacket(PEXP_PACKET Packet)
{
    if (ExpSpareCount == EXP_SPARE_PACKETS) {
        ExFreePoolWithTag(Packet, EX_TAG_PACKET);
        return;
    }
    ExpSpareCount++;
    InsertHeadList(&ExpSparePackets, &Packet->Links);
}

PVOID IoAllocateCompletionPacket(void)
{
    PEXP_PACKET Packet;
    if (IsListEmpty(&ExpSparePackets)) {
        Packet = ExAllocatePoolWithTag(NonPagedPool, sizeof(EXP_PACKET), EX_TAG_PACKET);
        if (!Packet)
            return nullptr;
    } else {
        ExpSpareCount--;
        Packet = CONTAINING_RECORD(RemoveHeadList(&ExpSparePackets), EXP_PACKET, Links);
    }
    *Packet = (EXP_PACKET){.Release = ExpFreePacket};
    return Packet;
}

VOID IoFreeCompletionPacket(PVOID Packet)
{
    ExpFreePacket(Packet);
}

VOID ExpQueuePacket(PEXP_PORT Port, PEXP_PACKET Packet)
{
    KeInsertQueue(&Port->Queue, &Packet->Links);
    if (ExpPortDepth(Port) > 0)
        KeSetEvent(&Port->NotEmpty);
}

VOID IoQueueCompletionPacket(PVOID IoCompletion, PVOID Packet, PVOID KeyContext, PVOID ApcContext,
                             NTSTATUS Status, ULONG_PTR Information)
{
    PEXP_PACKET New = Packet;
    New->Information = ExpPacketInformation(KeyContext, ApcContext, Status, Information);
    ExpQueuePacket(IoCompletion, New);
}

BOOLEAN ExpUnqueuePacket(PEXP_PORT Port, PEXP_PACKET Packet)
{
    BOOLEAN Removed = KeRemoveEntryQueue(&Port->Queue, &Packet->Links);
    if (ExpPortDepth(Port) == 0)
        KeResetEvent(&Port->NotEmpty);
    return Removed;
}

NTSTATUS IoSetIoCompletion(PVOID IoCompletion, PVOID KeyContext, PVOID ApcContext, NTSTATUS Status,
                           ULONG_PTR Information)
{
    PVOID Packet = IoAllocateCompletionPacket();
    if (!Packet)
        return STATUS_INSUFFICIENT_RESOURCES;
    IoQueueCompletionPacket(IoCompletion, Packet, KeyContext, ApcContext, Status, Information);
    return STATUS_SUCCESS;
}

// ---- Taking packets out

// STATUS_SUCCESS with what a packet says, or why there is none.
static NTSTATUS ExpTakePacket(PEXP_PORT Port, BOOLEAN Alertable, PLARGE_INTEGER Until,
                              PFILE_IO_COMPLETION_INFORMATION Information)
{
    PLIST_ENTRY Entry = KeRemoveQueue(&Port->Queue, UserMode, Alertable, Until);
    if (ExpPortDepth(Port) == 0)
        KeResetEvent(&Port->NotEmpty);
    // A status is no address in pool: that lies above the first pages, and in the lower half.
    LONG_PTR Value = (LONG_PTR)Entry;
    ASSERT(Value);
    if (Value < (LONG_PTR)ALLOCATION_GRANULARITY)
        return (NTSTATUS)Value;
    PEXP_PACKET Packet = CONTAINING_RECORD(Entry, EXP_PACKET, Links);
    *Information = Packet->Information;
    Packet->Release(Packet);
    return STATUS_SUCCESS;
}

NTSTATUS ExpReferencePort(HANDLE Handle, ACCESS_MASK Access, PEXP_PORT *Port)
{
    return ObReferenceObjectByHandle(Handle, Access, IoCompletionObjectType, UserMode,
                                     (PVOID *)Port, nullptr);
}

NTSTATUS NtRemoveIoCompletion(HANDLE IoCompletionHandle, PVOID USER *KeyContext,
                              PVOID USER *ApcContext, IO_STATUS_BLOCK USER *IoStatusBlock,
                              const LARGE_INTEGER USER *Timeout)
{
    LARGE_INTEGER Captured, *Until;
    NTSTATUS Status = ExpCaptureTimeout(Timeout, &Captured, &Until);
    if (NT_SUCCESS(Status))
        Status = MmProbeForWrite(KeyContext, sizeof(PVOID), 1);
    if (NT_SUCCESS(Status))
        Status = MmProbeForWrite(ApcContext, sizeof(PVOID), 1);
    if (NT_SUCCESS(Status))
        Status = MmProbeForWrite(IoStatusBlock, sizeof(IO_STATUS_BLOCK), 1);
    if (!NT_SUCCESS(Status))
        return Status;
    PEXP_PORT Port;
    Status = ExpReferencePort(IoCompletionHandle, IO_COMPLETION_MODIFY_STATE, &Port);
    if (!NT_SUCCESS(Status))
        return Status;
    FILE_IO_COMPLETION_INFORMATION Information;
    Status = ExpTakePacket(Port, FALSE, Until, &Information);
    ObDereferenceObject(Port);
    if (Status != STATUS_SUCCESS)
        return Status;
    Status = MmWriteUser(KeyContext, Information.KeyContext);
    if (NT_SUCCESS(Status))
        Status = MmWriteUser(ApcContext, Information.ApcContext);
    if (NT_SUCCESS(Status))
        Status = MmCopyToUser(IoStatusBlock, &Information.IoStatusBlock, sizeof(IO_STATUS_BLOCK));
    return Status;
}

// The first packet may be waited for; those behind it are taken as long as there are some.
static NTSTATUS ExpTakeSeveral(PEXP_PORT Port, FILE_IO_COMPLETION_INFORMATION USER *Buffer,
                               ULONG Count, BOOLEAN Alertable, PLARGE_INTEGER Until, PULONG Taken)
{
    LARGE_INTEGER Now = {};
    for (*Taken = 0; *Taken < Count; ++*Taken) {
        FILE_IO_COMPLETION_INFORMATION Information;
        NTSTATUS Status = *Taken ? ExpTakePacket(Port, FALSE, &Now, &Information)
                                 : ExpTakePacket(Port, Alertable, Until, &Information);
        if (Status != STATUS_SUCCESS)
            return *Taken ? STATUS_SUCCESS : Status;
        Status = MmCopyToUser(&Buffer[*Taken], &Information, sizeof(Information));
        if (!NT_SUCCESS(Status))
            return Status;
    }
    return STATUS_SUCCESS;
}

NTSTATUS NtRemoveIoCompletionEx(HANDLE IoCompletionHandle,
                                FILE_IO_COMPLETION_INFORMATION USER *IoCompletionInformation,
                                ULONG Count, ULONG USER *NumEntriesRemoved,
                                const LARGE_INTEGER USER *Timeout, BOOLEAN Alertable)
{
    if (!Count || Count > MAXULONG / sizeof(*IoCompletionInformation))
        return STATUS_INVALID_PARAMETER;
    LARGE_INTEGER Captured, *Until;
    NTSTATUS Status = ExpCaptureTimeout(Timeout, &Captured, &Until);
    if (NT_SUCCESS(Status))
        Status = MmProbeForWrite(NumEntriesRemoved, sizeof(ULONG), 1);
    if (NT_SUCCESS(Status))
        Status = MmProbeForWrite(IoCompletionInformation, sizeof(*IoCompletionInformation), 1);
    if (!NT_SUCCESS(Status))
        return Status;
    PEXP_PORT Port;
    Status = ExpReferencePort(IoCompletionHandle, IO_COMPLETION_MODIFY_STATE, &Port);
    if (!NT_SUCCESS(Status))
        return Status;
    ULONG Taken;
    Status = ExpTakeSeveral(Port, IoCompletionInformation, Count, Alertable, Until, &Taken);
    ObDereferenceObject(Port);
    NTSTATUS WriteStatus = MmWriteUser(NumEntriesRemoved, Taken);
    return NT_SUCCESS(WriteStatus) ? Status : WriteStatus;
}

// ---- The other services

// Count would limit the threads that run at a time to the number of processors: there is one.
NTSTATUS NtCreateIoCompletion(HANDLE USER *IoCompletionHandle, ACCESS_MASK DesiredAccess,
                              const OBJECT_ATTRIBUTES USER *ObjectAttributes, ULONG Count)
{
    (void)Count;
    OB_ATTRIBUTES Attributes;
    PEXP_PORT Port;
    NTSTATUS Status = ObBeginCreateService(IoCompletionObjectType, IoCompletionHandle,
                                           ObjectAttributes, &Attributes, (PVOID *)&Port);
    if (!NT_SUCCESS(Status))
        return Status;
    KeInitializeQueue(&Port->Queue);
    KeInitializeEvent(&Port->NotEmpty, NotificationEvent, FALSE);
    return ObInsertService(Port, &Attributes, DesiredAccess, IoCompletionHandle);
}

NTSTATUS NtOpenIoCompletion(HANDLE USER *IoCompletionHandle, ACCESS_MASK DesiredAccess,
                            const OBJECT_ATTRIBUTES USER *ObjectAttributes)
{
    return ObOpenService(IoCompletionObjectType, IoCompletionHandle, DesiredAccess,
                         ObjectAttributes);
}

NTSTATUS NtSetIoCompletion(HANDLE IoCompletionHandle, PVOID KeyContext, PVOID ApcContext,
                           NTSTATUS IoStatus, ULONG_PTR IoStatusInformation)
{
    PEXP_PORT Port;
    NTSTATUS Status = ExpReferencePort(IoCompletionHandle, IO_COMPLETION_MODIFY_STATE, &Port);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IoSetIoCompletion(Port, KeyContext, ApcContext, IoStatus, IoStatusInformation);
    ObDereferenceObject(Port);
    return Status;
}

NTSTATUS NtQueryIoCompletion(HANDLE IoCompletionHandle, ULONG IoCompletionInformationClass,
                             VOID USER *IoCompletionInformation,
                             ULONG IoCompletionInformationLength, ULONG USER *ReturnLength)
{
    if (IoCompletionInformationClass != IoCompletionBasicInformation)
        return STATUS_INVALID_INFO_CLASS;
    if (IoCompletionInformationLength != sizeof(IO_COMPLETION_BASIC_INFORMATION))
        return STATUS_INFO_LENGTH_MISMATCH;
    PEXP_PORT Port;
    NTSTATUS Status = ExpReferencePort(IoCompletionHandle, IO_COMPLETION_QUERY_STATE, &Port);
    if (!NT_SUCCESS(Status))
        return Status;
    IO_COMPLETION_BASIC_INFORMATION Information = {.Depth = ExpPortDepth(Port)};
    ObDereferenceObject(Port);
    return ExpReturnExact(&Information, sizeof(Information), IoCompletionInformation,
                          IoCompletionInformationLength, ReturnLength);
}
