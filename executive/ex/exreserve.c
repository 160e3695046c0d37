// Reserve objects: memory for one completion packet or one APC, so that queueing it cannot fail. An object
// serves again when what was queued has been delivered.
#include "exp.h"

constexpr ACCESS_MASK EXP_RESERVE_ALL_ACCESS = STANDARD_RIGHTS_REQUIRED | 3;
constexpr ACCESS_MASK EXP_RESERVE_USE = 2;

// While it is in use it is referenced.
typedef struct _EXP_RESERVE {
    BOOLEAN InUse;
    union {
        EXP_PACKET Packet;
        KAPC Apc;
    };
} EXP_RESERVE, *PEXP_RESERVE;

static POBJECT_TYPE ExpReserveTypes[MemoryReserveTypeMax];

NTSTATUS ExpInitReserves(void)
{
    static const PCWSTR Names[MemoryReserveTypeMax] = {
        [MemoryReserveUserApc] = L"UserApcReserve",
        [MemoryReserveIoCompletion] = L"IoCompletionReserve",
    };
    OBJECT_TYPE_INITIALIZER Info = {
        .BodySize = sizeof(EXP_RESERVE),
        .GenericMapping = {STANDARD_RIGHTS_READ | 1, STANDARD_RIGHTS_WRITE | EXP_RESERVE_USE,
                           STANDARD_RIGHTS_EXECUTE, EXP_RESERVE_ALL_ACCESS},
        .ValidAccess = EXP_RESERVE_ALL_ACCESS,
        .InvalidAttributes = OBJ_OPENLINK,
    };
    NTSTATUS Status = STATUS_SUCCESS;
    for (ULONG i = 0; NT_SUCCESS(Status) && i < MemoryReserveTypeMax; i++) {
        Info.Name = Names[i];
        Status = ObCreateObjectType(&Info, &ExpReserveTypes[i]);
    }
    return Status;
}

NTSTATUS NtAllocateReserveObject(HANDLE USER *MemoryReserveHandle,
                                 const OBJECT_ATTRIBUTES USER *ObjectAttributes,
                                 MEMORY_RESERVE_TYPE Type)
{
    if ((ULONG)Type >= MemoryReserveTypeMax)
        return STATUS_INVALID_PARAMETER;
    OB_ATTRIBUTES Attributes;
    PVOID Reserve;
    NTSTATUS Status = ObBeginCreateService(ExpReserveTypes[Type], MemoryReserveHandle,
                                           ObjectAttributes, &Attributes, &Reserve);
    if (!NT_SUCCESS(Status))
        return Status;
    return ObInsertService(Reserve, &Attributes, EXP_RESERVE_ALL_ACCESS, MemoryReserveHandle);
}

// The reserve, in use and with a reference that its release gives up.
static NTSTATUS ExpTakeReserve(HANDLE Handle, MEMORY_RESERVE_TYPE Type, PEXP_RESERVE *Reserve)
{
    NTSTATUS Status = ObReferenceObjectByHandle(Handle, EXP_RESERVE_USE, ExpReserveTypes[Type],
                                                UserMode, (PVOID *)Reserve, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    if ((*Reserve)->InUse) {
        ObDereferenceObject(*Reserve);
        return STATUS_INVALID_PARAMETER_2;
    }
    (*Reserve)->InUse = TRUE;
    return STATUS_SUCCESS;
}

static VOID ExpGiveReserveBack(PEXP_RESERVE Reserve)
{
    Reserve->InUse = FALSE;
    ObDereferenceObject(Reserve);
}

static VOID ExpReleaseReservedPacket(PEXP_PACKET Packet)
{
    ExpGiveReserveBack(CONTAINING_RECORD(Packet, EXP_RESERVE, Packet));
}

// Without a reserve this is NtSetIoCompletion.
NTSTATUS NtSetIoCompletionEx(HANDLE IoCompletionHandle, HANDLE IoCompletionPacketHandle,
                             PVOID KeyContext, PVOID ApcContext, NTSTATUS IoStatus,
                             ULONG_PTR IoStatusInformation)
{
    PEXP_PORT Port;
    PEXP_RESERVE Reserve;
    NTSTATUS Status = ExpReferencePort(IoCompletionHandle, IO_COMPLETION_MODIFY_STATE, &Port);
    if (!NT_SUCCESS(Status))
        return Status;
    if (!IoCompletionPacketHandle) {
        Status = IoSetIoCompletion(Port, KeyContext, ApcContext, IoStatus, IoStatusInformation);
        ObDereferenceObject(Port);
        return Status;
    }
    Status = ExpTakeReserve(IoCompletionPacketHandle, MemoryReserveIoCompletion, &Reserve);
    if (NT_SUCCESS(Status)) {
        Reserve->Packet = (EXP_PACKET){
            .Information =
                ExpPacketInformation(KeyContext, ApcContext, IoStatus, IoStatusInformation),
            .Release = ExpReleaseReservedPacket,
        };
        ExpQueuePacket(Port, &Reserve->Packet);
    }
    ObDereferenceObject(Port);
    return Status;
}

// ---- APCs: ps fills one in and queues it

static VOID ExpReleaseReservedApc(PKAPC Apc)
{
    PETHREAD Thread = Apc->Thread;
    ExpGiveReserveBack(CONTAINING_RECORD(Apc, EXP_RESERVE, Apc));
    ObDereferenceObject(Thread);
}

NTSTATUS ExTakeReservedApc(HANDLE Handle, PETHREAD Thread, PKAPC *Apc)
{
    PEXP_RESERVE Reserve;
    NTSTATUS Status = ExpTakeReserve(Handle, MemoryReserveUserApc, &Reserve);
    if (!NT_SUCCESS(Status))
        return Status;
    Reserve->Apc = (KAPC){.Thread = Thread, .Free = ExpReleaseReservedApc};
    *Apc = &Reserve->Apc;
    return STATUS_SUCCESS;
}
