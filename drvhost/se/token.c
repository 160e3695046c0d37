// Tokens. Drivers know them by address; the object keeps a handle of the Executive's token. One that stands for the
// requestor of a request is opened at its first use: most drivers never look at it.

#include "../ntos.h"

#undef PsDereferencePrimaryToken
#undef PsDereferenceImpersonationToken

#ifndef SE_GROUP_ENABLED
#define SE_GROUP_ENABLED 0x4ul
#endif

typedef struct _SEP_TOKEN {
    HANDLE Handle;        // null: not opened
    HANDLE Impersonation; // a copy that can be impersonated; null: not made
    ULONG RequestId;      // of whose requestor
    BOOLEAN Primary;
} SEP_TOKEN, *PSEP_TOKEN;

static RTL_SRWLOCK SepTokenLock; // of opening

static VOID SepDeleteToken(PVOID Object)
{
    PSEP_TOKEN Token = Object;
    if (Token->Impersonation)
        NtClose(Token->Impersonation);
    if (Token->Handle)
        NtClose(Token->Handle);
}

OBJECT_TYPE SepTokenType = {.Name = "Token", .Delete = SepDeleteToken};
POBJECT_TYPE SepTokenTypePointer = &SepTokenType;

PACCESS_TOKEN SepMakeRequestorToken(ULONG RequestId, BOOLEAN Primary)
{
    PSEP_TOKEN Token = ObpAllocateObject(&SepTokenType, sizeof(*Token));
    if (Token) {
        Token->RequestId = RequestId;
        Token->Primary = Primary;
    }
    return Token;
}

NTSTATUS SepWrapToken(HANDLE Handle, PACCESS_TOKEN *Result)
{
    PSEP_TOKEN Token = ObpAllocateObject(&SepTokenType, sizeof(*Token));
    if (!Token) {
        NtClose(Handle);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Token->Handle = Handle;
    *Result = Token;
    return STATUS_SUCCESS;
}

NTSTATUS SepTokenHandle(PACCESS_TOKEN Object, PHANDLE Handle)
{
    PSEP_TOKEN Token = Object;
    NTSTATUS Status = STATUS_SUCCESS;
    RtlAcquireSRWLockExclusive(&SepTokenLock);
    if (!Token->Handle)
        Status = NtHostOpenRequestorToken(Token->RequestId, Token->Primary, &Token->Handle);
    *Handle = Token->Handle;
    RtlReleaseSRWLockExclusive(&SepTokenLock);
    return Status;
}

static NTSTATUS SepQueryType(HANDLE Handle, PTOKEN_STATISTICS Statistics)
{
    ULONG Length;
    return ZwQueryInformationToken(Handle, TokenStatistics, Statistics, sizeof(*Statistics),
                                   &Length);
}

NTSTATUS SepImpersonationHandle(PACCESS_TOKEN Object, PHANDLE Handle)
{
    PSEP_TOKEN Token = Object;
    TOKEN_STATISTICS Statistics;
    SECURITY_QUALITY_OF_SERVICE Quality = {sizeof(Quality), SecurityImpersonation, FALSE, FALSE};
    OBJECT_ATTRIBUTES Attributes = {.Length = sizeof(Attributes),
                                    .SecurityQualityOfService = &Quality};
    NTSTATUS Status = SepTokenHandle(Token, Handle);
    if (NT_SUCCESS(Status))
        Status = SepQueryType(*Handle, &Statistics);
    if (!NT_SUCCESS(Status) || Statistics.TokenType == TokenImpersonation)
        return Status;
    RtlAcquireSRWLockExclusive(&SepTokenLock);
    if (!Token->Impersonation)
        Status = ZwDuplicateToken(Token->Handle, TOKEN_QUERY | TOKEN_IMPERSONATE, &Attributes,
                                  FALSE, TokenImpersonation, &Token->Impersonation);
    *Handle = Token->Impersonation;
    RtlReleaseSRWLockExclusive(&SepTokenLock);
    return Status;
}

VOID SepReleaseRequestorToken(PACCESS_TOKEN Token)
{
    HANDLE Unused;
    if (ObpReferencesOf(Token) > 1)
        SepTokenHandle(Token, &Unused);
    ObfDereferenceObject(Token);
}

// ---- Of processes

// The token of any process: a host may look at all of them.
static NTSTATUS SepOpenProcessToken(HANDLE ProcessId, PHANDLE Token)
{
    constexpr ACCESS_MASK QueryLimited = 0x1000; // PROCESS_QUERY_LIMITED_INFORMATION
    CLIENT_ID Client = {.UniqueProcess = ProcessId};
    OBJECT_ATTRIBUTES Attributes;
    HANDLE Process;
    InitializeObjectAttributes(&Attributes, nullptr, 0, nullptr, nullptr);
    NTSTATUS Status = ZwOpenProcess(&Process, QueryLimited, &Attributes, &Client);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = ZwOpenProcessTokenEx(Process, TOKEN_QUERY | TOKEN_DUPLICATE, 0, Token);
    NtClose(Process);
    return Status;
}

PACCESS_TOKEN NTAPI PsReferencePrimaryToken(PEPROCESS Process)
{
    HANDLE Handle;
    PACCESS_TOKEN Token;
    NTSTATUS Status = SepOpenProcessToken(PsGetProcessId(Process), &Handle);
    if (NT_SUCCESS(Status))
        Status = SepWrapToken(Handle, &Token);
    return NT_SUCCESS(Status) ? Token : nullptr;
}

VOID NTAPI PsDereferencePrimaryToken(PACCESS_TOKEN PrimaryToken)
{
    ObfDereferenceObject(PrimaryToken);
}

VOID NTAPI PsDereferenceImpersonationToken(PACCESS_TOKEN ImpersonationToken)
{
    ObfDereferenceObject(ImpersonationToken);
}

// ---- Questions

TOKEN_TYPE NTAPI SeTokenType(PACCESS_TOKEN Token)
{
    HANDLE Handle;
    TOKEN_STATISTICS Statistics;
    NTSTATUS Status = SepTokenHandle(Token, &Handle);
    if (NT_SUCCESS(Status))
        Status = SepQueryType(Handle, &Statistics);
    return NT_SUCCESS(Status) ? Statistics.TokenType : TokenPrimary;
}

NTSTATUS NTAPI SeQueryAuthenticationIdToken(PACCESS_TOKEN Token, PLUID AuthenticationId)
{
    HANDLE Handle;
    TOKEN_STATISTICS Statistics;
    NTSTATUS Status = SepTokenHandle(Token, &Handle);
    if (NT_SUCCESS(Status))
        Status = SepQueryType(Handle, &Statistics);
    if (NT_SUCCESS(Status))
        *AuthenticationId = Statistics.AuthenticationId;
    return Status;
}

NTSTATUS NTAPI SeQuerySessionIdToken(PACCESS_TOKEN Token, PULONG SessionId)
{
    HANDLE Handle;
    ULONG Length;
    NTSTATUS Status = SepTokenHandle(Token, &Handle);
    return NT_SUCCESS(Status) ? ZwQueryInformationToken(Handle, TokenSessionId, SessionId,
                                                        sizeof(*SessionId), &Length)
                              : Status;
}

// The session comes as the value itself, everything else as a block of pool that is the caller's.
NTSTATUS NTAPI SeQueryInformationToken(PACCESS_TOKEN Token, TOKEN_INFORMATION_CLASS Class,
                                       PVOID *TokenInformation)
{
    HANDLE Handle;
    ULONG Length = 0;
    if (Class == TokenSessionId)
        return SeQuerySessionIdToken(Token, (PULONG)TokenInformation);
    NTSTATUS Status = SepTokenHandle(Token, &Handle);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = ZwQueryInformationToken(Handle, Class, nullptr, 0, &Length);
    if (Status != STATUS_BUFFER_TOO_SMALL && Status != STATUS_INFO_LENGTH_MISMATCH)
        return NT_SUCCESS(Status) ? STATUS_INVALID_INFO_CLASS : Status;
    PVOID Buffer = ExAllocatePoolWithTag(PagedPool, Length, 'kTeS');
    if (!Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    Status = ZwQueryInformationToken(Handle, Class, Buffer, Length, &Length);
    if (NT_SUCCESS(Status))
        *TokenInformation = Buffer;
    else
        ExFreePoolWithTag(Buffer, 'kTeS');
    return Status;
}

BOOLEAN NTAPI SeTokenIsAdmin(PACCESS_TOKEN Token)
{
    PTOKEN_GROUPS Groups;
    BOOLEAN Found = FALSE;
    if (!NT_SUCCESS(SeQueryInformationToken(Token, TokenGroups, (PVOID *)&Groups)))
        return FALSE;
    for (ULONG i = 0; i < Groups->GroupCount && !Found; i++)
        Found = (Groups->Groups[i].Attributes & SE_GROUP_ENABLED) &&
                RtlEqualSid(Groups->Groups[i].Sid, SeExports->SeAliasAdminsSid);
    ExFreePool(Groups);
    return Found;
}

BOOLEAN NTAPI SeTokenIsRestricted(PACCESS_TOKEN Token)
{
    PTOKEN_GROUPS Sids;
    if (!NT_SUCCESS(SeQueryInformationToken(Token, TokenRestrictedSids, (PVOID *)&Sids)))
        return FALSE;
    BOOLEAN Restricted = Sids->GroupCount != 0;
    ExFreePool(Sids);
    return Restricted;
}

NTSTATUS NTAPI SeFilterToken(PACCESS_TOKEN ExistingToken, ULONG Flags, PTOKEN_GROUPS SidsToDisable,
                             PTOKEN_PRIVILEGES PrivilegesToDelete, PTOKEN_GROUPS RestrictedSids,
                             PACCESS_TOKEN *FilteredToken)
{
    HANDLE Handle, Filtered;
    NTSTATUS Status = SepTokenHandle(ExistingToken, &Handle);
    if (NT_SUCCESS(Status))
        Status = NtFilterToken(Handle, Flags, SidsToDisable, PrivilegesToDelete, RestrictedSids,
                               &Filtered);
    return NT_SUCCESS(Status) ? SepWrapToken(Filtered, FilteredToken) : Status;
}
