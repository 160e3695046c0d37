// Security contexts of ALPC clients: an identity, captured once, that many messages are sent with.
#include "lpcp.h"

NTSTATUS LpcpCaptureIdentity(const SECURITY_QUALITY_OF_SERVICE *Qos, PTOKEN *Token)
{
    *Token = nullptr;
    if (Qos->ContextTrackingMode == SECURITY_DYNAMIC_TRACKING)
        return STATUS_SUCCESS;
    PTOKEN Own = PsEffectiveToken();
    SECURITY_IMPERSONATION_LEVEL Level = SeTokenType(Own) == TokenImpersonation
                                             ? SeTokenImpersonationLevel(Own)
                                             : SecurityImpersonation;
    return SeDuplicateToken(Own, Qos->EffectiveOnly, TokenImpersonation, Level, Token);
}

NTSTATUS LpcpCreateContext(PLPCP_PORT Port, const VOID USER *User, PULONG Number)
{
    if (Port->Kind != LpcpClientPort)
        return STATUS_INVALID_PORT_HANDLE; // only clients are impersonated
    SECURITY_QUALITY_OF_SERVICE Qos = Port->Qos;
    NTSTATUS Status = User ? MmCopyFromUser(&Qos, User, sizeof(Qos)) : STATUS_SUCCESS;
    if (NT_SUCCESS(Status) && !VALID_IMPERSONATION_LEVEL(Qos.ImpersonationLevel))
        Status = STATUS_INVALID_PARAMETER;
    if (!NT_SUCCESS(Status))
        return Status;
    PLPCP_CONTEXT Context = ExAllocatePoolZero(PagedPool, sizeof(*Context), LPC_TAG_BUFFER);
    if (!Context)
        return STATUS_INSUFFICIENT_RESOURCES;
    Status = LpcpCaptureIdentity(&Qos, &Context->Token);
    if (!NT_SUCCESS(Status)) {
        ExFreePoolWithTag(Context, LPC_TAG_BUFFER);
        return Status;
    }
    Context->Qos = Qos;
    Context->Number = *Number = ++Port->LastHandle;
    InsertTailList(&Port->Contexts, &Context->Links);
    return STATUS_SUCCESS;
}

PLPCP_CONTEXT LpcpFindContext(PLPCP_PORT Port, ULONG Number)
{
    for (PLIST_ENTRY Link = Port->Contexts.Flink; Link != &Port->Contexts; Link = Link->Flink) {
        PLPCP_CONTEXT Context = CONTAINING_RECORD(Link, LPCP_CONTEXT, Links);
        if (Context->Number == Number)
            return Context;
    }
    return nullptr;
}

VOID LpcpDeleteContext(PLPCP_CONTEXT Context)
{
    RemoveEntryList(&Context->Links);
    if (Context->Token)
        ObDereferenceObject(Context->Token);
    ExFreePoolWithTag(Context, LPC_TAG_BUFFER);
}

// ---- Services

static NTSTATUS LpcpCreateContextService(PLPCP_PORT Port, PVOID Context)
{
    ALPC_SECURITY_ATTR *Attribute = Context;
    ULONG Number;
    NTSTATUS Status =
        LpcpCreateContext(Port, (const VOID USER *)(ULONG_PTR)Attribute->QoS, &Number);
    if (NT_SUCCESS(Status))
        Attribute->ContextHandle = (ALPC_HANDLE)(ULONG_PTR)Number;
    return Status;
}

NTSTATUS NtAlpcCreateSecurityContext(HANDLE PortHandle, ULONG Flags,
                                     ALPC_SECURITY_ATTR USER *SecurityAttribute)
{
    ALPC_SECURITY_ATTR Attribute;
    if (Flags)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = MmProbeForWrite(SecurityAttribute, sizeof(Attribute), 1);
    if (NT_SUCCESS(Status))
        Status = MmCopyFromUser(&Attribute, SecurityAttribute, sizeof(Attribute));
    if (NT_SUCCESS(Status))
        Status = LpcpWithPort(PortHandle, LpcpCreateContextService, &Attribute);
    return NT_SUCCESS(Status)
               ? MmWriteUser(&SecurityAttribute->ContextHandle, Attribute.ContextHandle)
               : Status;
}

static NTSTATUS LpcpDropContext(PLPCP_PORT Port, ULONG_PTR Number)
{
    PLPCP_CONTEXT Context = Number <= MAXULONG ? LpcpFindContext(Port, (ULONG)Number) : nullptr;
    if (!Context)
        return STATUS_INVALID_HANDLE;
    LpcpDeleteContext(Context);
    return STATUS_SUCCESS;
}

static NTSTATUS LpcpDeleteOwnContext(PLPCP_PORT Port, PVOID Context)
{
    return LpcpDropContext(Port, (ULONG_PTR)Context);
}

// The server will not have its client use this identity any more.
static NTSTATUS LpcpRevokeContext(PLPCP_PORT Port, PVOID Context)
{
    if (Port->Kind != LpcpServerPort)
        return STATUS_INVALID_PORT_HANDLE;
    return Port->Peer ? LpcpDropContext(Port->Peer, (ULONG_PTR)Context) : STATUS_PORT_DISCONNECTED;
}

NTSTATUS NtAlpcDeleteSecurityContext(HANDLE PortHandle, ULONG Flags, ALPC_HANDLE ContextHandle)
{
    return Flags ? STATUS_INVALID_PARAMETER
                 : LpcpWithPort(PortHandle, LpcpDeleteOwnContext, ContextHandle);
}

NTSTATUS NtAlpcRevokeSecurityContext(HANDLE PortHandle, ULONG Flags, ALPC_HANDLE ContextHandle)
{
    return Flags ? STATUS_INVALID_PARAMETER
                 : LpcpWithPort(PortHandle, LpcpRevokeContext, ContextHandle);
}
