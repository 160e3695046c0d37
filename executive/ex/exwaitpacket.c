// Wait completion packets: when an object is signalled, a packet goes to a completion port. ntdll's thread
// pool waits for any number of objects so, without a thread for each.
#include "exp.h"

constexpr ACCESS_MASK EXP_WAIT_PACKET_MODIFY = 1;
constexpr ACCESS_MASK EXP_WAIT_PACKET_ALL_ACCESS =
    STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | EXP_WAIT_PACKET_MODIFY;

static POBJECT_TYPE ExpWaitPacketType;

typedef enum _EXP_WAIT_PACKET_STATE {
    ExpPacketIdle,
    ExpPacketWaits,  // for the target
    ExpPacketQueued, // in the port, or on its way to who took it; the packet is referenced
} EXP_WAIT_PACKET_STATE;

// Port and target are referenced while the packet waits.
typedef struct _EXP_WAIT_PACKET {
    EXP_PACKET Packet;
    KWAIT_BLOCK WaitBlock;
    EXP_WAIT_PACKET_STATE State;
    PEXP_PORT Port; // valid while the packet is in its queue
    PVOID Target;
} EXP_WAIT_PACKET, *PEXP_WAIT_PACKET;

static VOID ExpReleaseWaitPacket(PEXP_PACKET Packet)
{
    PEXP_WAIT_PACKET WaitPacket = CONTAINING_RECORD(Packet, EXP_WAIT_PACKET, Packet);
    WaitPacket->State = ExpPacketIdle;
    ObDereferenceObject(WaitPacket);
}

// The target is signalled. Both objects may go with their references: nothing of them is touched after.
static VOID ExpTargetSignalled(PKWAIT_BLOCK Block)
{
    PEXP_WAIT_PACKET Packet = CONTAINING_RECORD(Block, EXP_WAIT_PACKET, WaitBlock);
    PEXP_PORT Port = Packet->Port;
    PVOID Target = Packet->Target;
    ObReferenceObject(Packet);
    Packet->State = ExpPacketQueued;
    ExpQueuePacket(Port, &Packet->Packet);
    ObDereferenceObject(Port);
    ObDereferenceObject(Target);
}

static VOID ExpCancelPacketWait(PEXP_WAIT_PACKET Packet)
{
    KeUnregisterWait(&Packet->WaitBlock);
    Packet->State = ExpPacketIdle;
    ObDereferenceObject(Packet->Port);
    ObDereferenceObject(Packet->Target);
}

static VOID ExpDeleteWaitPacket(PVOID Object)
{
    PEXP_WAIT_PACKET Packet = Object;
    if (Packet->State == ExpPacketWaits)
        ExpCancelPacketWait(Packet);
}

static const OBJECT_TYPE_INITIALIZER ExpWaitPacketTypeInfo = {
    .Name = L"WaitCompletionPacket",
    .BodySize = sizeof(EXP_WAIT_PACKET),
    .GenericMapping = {STANDARD_RIGHTS_READ | EXP_WAIT_PACKET_MODIFY,
                       STANDARD_RIGHTS_WRITE | EXP_WAIT_PACKET_MODIFY, STANDARD_RIGHTS_EXECUTE,
                       EXP_WAIT_PACKET_ALL_ACCESS},
    .ValidAccess = EXP_WAIT_PACKET_ALL_ACCESS,
    .InvalidAttributes = OBJ_OPENLINK,
    .Delete = ExpDeleteWaitPacket,
};

NTSTATUS ExpInitWaitPackets(void)
{
    return ObCreateObjectType(&ExpWaitPacketTypeInfo, &ExpWaitPacketType);
}

// ---- Services

NTSTATUS NtCreateWaitCompletionPacket(HANDLE USER *WaitCompletionPacketHandle,
                                      ACCESS_MASK DesiredAccess,
                                      const OBJECT_ATTRIBUTES USER *ObjectAttributes)
{
    OB_ATTRIBUTES Attributes;
    PEXP_WAIT_PACKET Packet;
    NTSTATUS Status = ObBeginCreateService(ExpWaitPacketType, WaitCompletionPacketHandle,
                                           ObjectAttributes, &Attributes, (PVOID *)&Packet);
    if (!NT_SUCCESS(Status))
        return Status;
    Packet->Packet.Release = ExpReleaseWaitPacket;
    return ObInsertService(Packet, &Attributes, DesiredAccess, WaitCompletionPacketHandle);
}

static NTSTATUS ExpReferenceWaitPacket(HANDLE Handle, PEXP_WAIT_PACKET *Packet)
{
    return ObReferenceObjectByHandle(Handle, EXP_WAIT_PACKET_MODIFY, ExpWaitPacketType, UserMode,
                                     (PVOID *)Packet, nullptr);
}

// A mutant wants a thread for its owner. A port would be signalled by packets of other ports in turn.
static NTSTATUS ExpReferenceTarget(HANDLE Handle, PVOID *Target)
{
    NTSTATUS Status =
        ObReferenceObjectByHandle(Handle, SYNCHRONIZE, nullptr, UserMode, Target, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    POBJECT_TYPE Type = ObGetObjectType(*Target);
    if (Type != ExMutantObjectType && Type != IoCompletionObjectType)
        return STATUS_SUCCESS;
    ObDereferenceObject(*Target);
    return STATUS_INVALID_PARAMETER_3;
}

// Takes over the references to port and target.
static BOOLEAN ExpBeginPacketWait(PEXP_WAIT_PACKET Packet, PEXP_PORT Port, PVOID Target)
{
    Packet->State = ExpPacketWaits;
    Packet->Port = Port;
    Packet->Target = Target;
    return KeRegisterWait(&Packet->WaitBlock, ObGetWaitObject(Target), ExpTargetSignalled);
}

NTSTATUS NtAssociateWaitCompletionPacket(HANDLE WaitCompletionPacketHandle,
                                         HANDLE IoCompletionHandle, HANDLE TargetObjectHandle,
                                         PVOID KeyContext, PVOID ApcContext, NTSTATUS IoStatus,
                                         ULONG_PTR IoStatusInformation,
                                         BOOLEAN USER *AlreadySignaled)
{
    PEXP_WAIT_PACKET Packet;
    PEXP_PORT Port;
    PVOID Target;
    NTSTATUS Status = ExpProbeOptional(AlreadySignaled);
    if (NT_SUCCESS(Status))
        Status = ExpReferenceWaitPacket(WaitCompletionPacketHandle, &Packet);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = STATUS_INVALID_PARAMETER_1; // it is in use
    if (Packet->State == ExpPacketIdle)
        Status = ExpReferencePort(IoCompletionHandle, IO_COMPLETION_MODIFY_STATE, &Port);
    if (!NT_SUCCESS(Status))
        goto ReleasePacket;
    Status = ExpReferenceTarget(TargetObjectHandle, &Target);
    if (!NT_SUCCESS(Status)) {
        ObDereferenceObject(Port);
        goto ReleasePacket;
    }
    Packet->Packet.Information =
        ExpPacketInformation(KeyContext, ApcContext, IoStatus, IoStatusInformation);
    BOOLEAN Signaled = ExpBeginPacketWait(Packet, Port, Target);
    Status = ExpWriteOptional(AlreadySignaled, Signaled);
ReleasePacket:
    ObDereferenceObject(Packet);
    return Status;
}

static NTSTATUS ExpCancelWaitPacket(PEXP_WAIT_PACKET Packet, BOOLEAN RemoveSignaledPacket)
{
    switch (Packet->State) {
    case ExpPacketWaits:
        ExpCancelPacketWait(Packet);
        return STATUS_SUCCESS;
    case ExpPacketQueued:
        if (!RemoveSignaledPacket || !ExpUnqueuePacket(Packet->Port, &Packet->Packet))
            return STATUS_PENDING;
        ExpReleaseWaitPacket(&Packet->Packet);
        return STATUS_SUCCESS;
    default:
        return STATUS_CANCELLED;
    }
}

NTSTATUS NtCancelWaitCompletionPacket(HANDLE WaitCompletionPacketHandle,
                                      BOOLEAN RemoveSignaledPacket)
{
    PEXP_WAIT_PACKET Packet;
    NTSTATUS Status = ExpReferenceWaitPacket(WaitCompletionPacketHandle, &Packet);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = ExpCancelWaitPacket(Packet, RemoveSignaledPacket);
    ObDereferenceObject(Packet);
    return Status;
}
