// I/O completion ports: queues of packets and the threads that take them.
#include "exp.h"

POBJECT_TYPE IoCompletionObjectType;

typedef struct _EXP_PACKET {
    LIST_ENTRY Links;
    FILE_IO_COMPLETION_INFORMATION Information;
} EXP_PACKET, *PEXP_PACKET;

// The event is what NtWaitForSingleObject waits for: packets go to those who remove them only.
typedef struct _EXP_PORT {
    KQUEUE Queue;
    KEVENT NotEmpty;
} EXP_PORT, *PEXP_PORT;

static PVOID ExpPortWaitObject(PVOID Object)
{
    return &((PEXP_PORT)Object)->NotEmpty;
}

static VOID ExpDeletePort(PVOID Object)
{
    PEXP_PORT Port = Object;
    while (!IsListEmpty(&Port->Queue.EntryListHead)) {
        PLIST_ENTRY Link = RemoveHeadList(&Port->Queue.EntryListHead);
        ExFreePoolWithTag(CONTAINING_RECORD(Link, EXP_PACKET, Links), EX_TAG_PACKET);
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

PVOID IoAllocateCompletionPacket(void)
{
    return ExAllocatePoolZero(NonPagedPool, sizeof(EXP_PACKET), EX_TAG_PACKET);
}

VOID IoFreeCompletionPacket(PVOID Packet)
{
    ExFreePoolWithTag(Packet, EX_TAG_PACKET);
}

VOID IoQueueCompletionPacket(PVOID IoCompletion, PVOID Packet, PVOID KeyContext, PVOID ApcContext,
                             NTSTATUS Status, ULONG_PTR Information)
{
    PEXP_PORT Port = IoCompletion;
    PEXP_PACKET New = Packet;
    New->Information.KeyContext = KeyContext;
    New->Information.ApcContext = ApcContext;
    New->Information.IoStatusBlock.Status = Status;
    New->Information.IoStatusBlock.Information = Information;
    KeInsertQueue(&Port->Queue, &New->Links);
    if (ExpPortDepth(Port) > 0)
        KeSetEvent(&Port->NotEmpty);
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

// STATUS_SUCCESS with a packet (the caller frees it), or why there is none.
static NTSTATUS ExpTakePacket(PEXP_PORT Port, BOOLEAN Alertable, PLARGE_INTEGER Until,
                              PEXP_PACKET *Packet)
{
    PLIST_ENTRY Entry = KeRemoveQueue(&Port->Queue, UserMode, Alertable, Until);
    if (ExpPortDepth(Port) == 0)
        KeResetEvent(&Port->NotEmpty);
    // A status is no address in pool: that lies above the first pages, and in the lower half.
    LONG_PTR Value = (LONG_PTR)Entry;
    ASSERT(Value);
    if (Value < (LONG_PTR)ALLOCATION_GRANULARITY)
        return (NTSTATUS)Value;
    *Packet = CONTAINING_RECORD(Entry, EXP_PACKET, Links);
    return STATUS_SUCCESS;
}

static NTSTATUS ExpReferencePort(HANDLE Handle, ACCESS_MASK Access, PEXP_PORT *Port)
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
    PEXP_PACKET Packet;
    Status = ExpTakePacket(Port, FALSE, Until, &Packet);
    ObDereferenceObject(Port);
    if (Status != STATUS_SUCCESS)
        return Status;

    FILE_IO_COMPLETION_INFORMATION Information = Packet->Information;
    ExFreePoolWithTag(Packet, EX_TAG_PACKET);
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
        PEXP_PACKET Packet;
        NTSTATUS Status = *Taken ? ExpTakePacket(Port, FALSE, &Now, &Packet)
                                 : ExpTakePacket(Port, Alertable, Until, &Packet);
        if (Status != STATUS_SUCCESS)
            return *Taken ? STATUS_SUCCESS : Status;
        FILE_IO_COMPLETION_INFORMATION Information = Packet->Information;
        ExFreePoolWithTag(Packet, EX_TAG_PACKET);
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
