// Impersonation: a thread acting with another token than its process'.
#include "sep.h"

static BOOLEAN SepSameUser(PTOKEN First, PTOKEN Second)
{
    return RtlEqualSid(SeTokenUser(First), SeTokenUser(Second));
}

// Without the privilege a process may act as its own user only, and as nobody above its level; all
// others it may identify.
static SECURITY_IMPERSONATION_LEVEL SepAllowedLevel(PTOKEN ProcessToken, PTOKEN Token,
                                                    SECURITY_IMPERSONATION_LEVEL Level)
{
    if (Level < SecurityImpersonation)
        return Level;
    if (SeTokenHasPrivilege(ProcessToken, RtlConvertUlongToLuid(SE_IMPERSONATE_PRIVILEGE)))
        return Level;
    if (SepTokenLevel(Token) > SepTokenLevel(ProcessToken))
        return SecurityIdentification;
    if (SepTokenIsRestricted(ProcessToken) && !SepTokenIsRestricted(Token))
        return SecurityIdentification;
    if (SepSameUser(ProcessToken, Token) ||
        RtlEqualLuid(&Token->OriginatingLogon, &ProcessToken->Session->LogonId))
        return Level;
    return SecurityIdentification;
}

// The token that the thread gets: the given one when it serves as it is, else a lowered copy.
static NTSTATUS SepPrepareToken(PETHREAD Thread, PTOKEN Token, BOOLEAN EffectiveOnly,
                                SECURITY_IMPERSONATION_LEVEL Level, PTOKEN *Prepared)
{
    if (Token->Type == TokenImpersonation)
        Level = min(Level, Token->Level);
    Level = SepAllowedLevel(Thread->Process->Token, Token, Level);
    if (Token->Type == TokenImpersonation && Level == Token->Level && !EffectiveOnly) {
        ObReferenceObject(Token);
        *Prepared = Token;
        return STATUS_SUCCESS;
    }
    return SeDuplicateToken(Token, EffectiveOnly, TokenImpersonation, Level, Prepared);
}

NTSTATUS SeImpersonate(PETHREAD Thread, PTOKEN Token, BOOLEAN EffectiveOnly,
                       SECURITY_IMPERSONATION_LEVEL Level)
{
    PTOKEN Prepared = nullptr;
    if (Token) {
        NTSTATUS Status = SepPrepareToken(Thread, Token, EffectiveOnly, Level, &Prepared);
        if (!NT_SUCCESS(Status))
            return Status;
    }
    PTOKEN Old = Thread->ImpersonationToken;
    Thread->ImpersonationToken = Prepared;
    if (Old)
        ObDereferenceObject(Old);
    return STATUS_SUCCESS;
}

NTSTATUS NtImpersonateAnonymousToken(HANDLE ThreadHandle)
{
    PETHREAD Thread;
    NTSTATUS Status = ObReferenceObjectByHandle(ThreadHandle, THREAD_IMPERSONATE, PsThreadType,
                                                UserMode, (PVOID *)&Thread, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    PTOKEN Token;
    if (SepTokenIsRestricted(Thread->Process->Token))
        Status = STATUS_ACCESS_DENIED;
    else
        Status = SepCreateAnonymousToken(&Token);
    if (NT_SUCCESS(Status)) {
        PTOKEN Old = Thread->ImpersonationToken;
        Thread->ImpersonationToken = Token;
        if (Old)
            ObDereferenceObject(Old);
    }
    ObDereferenceObject(Thread);
    return Status;
}

static NTSTATUS SepImpersonateClient(PETHREAD Server, PETHREAD Client,
                                     const SECURITY_QUALITY_OF_SERVICE *Qos)
{
    PTOKEN Token = Client->ImpersonationToken ? Client->ImpersonationToken : Client->Process->Token;
    if (Token->Type == TokenImpersonation && Qos->ImpersonationLevel > Token->Level)
        return STATUS_BAD_IMPERSONATION_LEVEL;
    return SeImpersonate(Server, Token, Qos->EffectiveOnly, Qos->ImpersonationLevel);
}

NTSTATUS NtImpersonateThread(HANDLE ServerThreadHandle, HANDLE ClientThreadHandle,
                             const SECURITY_QUALITY_OF_SERVICE USER *SecurityQos)
{
    SECURITY_QUALITY_OF_SERVICE Qos;
    NTSTATUS Status = MmCopyFromUser(&Qos, SecurityQos, sizeof(Qos));
    if (!NT_SUCCESS(Status))
        return Status;
    if (!VALID_IMPERSONATION_LEVEL(Qos.ImpersonationLevel))
        return STATUS_INVALID_PARAMETER;
    PETHREAD Server, Client;
    Status = ObReferenceObjectByHandle(ServerThreadHandle, THREAD_IMPERSONATE, PsThreadType,
                                       UserMode, (PVOID *)&Server, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = ObReferenceObjectByHandle(ClientThreadHandle, THREAD_DIRECT_IMPERSONATION,
                                       PsThreadType, UserMode, (PVOID *)&Client, nullptr);
    if (NT_SUCCESS(Status)) {
        Status = SepImpersonateClient(Server, Client, &Qos);
        ObDereferenceObject(Client);
    }
    ObDereferenceObject(Server);
    return Status;
}

// A token made from the caller's own by NtFilterToken or NtDuplicateToken may be used freely.
NTSTATUS SeCheckPrimaryToken(PTOKEN Token)
{
    PTOKEN Own = PsGetCurrentProcess()->Token;
    if (Token->Type != TokenPrimary)
        return STATUS_BAD_TOKEN_TYPE;
    BOOLEAN Child = RtlEqualLuid(&Token->ParentTokenId, &Own->TokenId);
    BOOLEAN Sibling = RtlEqualLuid(&Token->Session->LogonId, &Own->Session->LogonId) &&
                      SepSameUser(Token, Own) &&
                      (Token->PrivilegesPresent & ~Own->PrivilegesPresent) == 0 &&
                      SepTokenLevel(Token) <= SepTokenLevel(Own) &&
                      SepTokenIsRestricted(Token) >= SepTokenIsRestricted(Own);
    if (Child || Sibling)
        return STATUS_SUCCESS;
    LUID Privilege = RtlConvertUlongToLuid(SE_ASSIGNPRIMARYTOKEN_PRIVILEGE);
    return SeSinglePrivilegeCheck(Privilege, UserMode) ? STATUS_SUCCESS : STATUS_PRIVILEGE_NOT_HELD;
}
