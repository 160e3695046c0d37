// NtQueryInformationToken. Each class puts its answer together by reserving space piece by piece: once
// without a buffer to learn the size, once to write.
#include "sep.h"

typedef struct _SEP_ANSWER {
    PTOKEN Token;
    ULONG_PTR UserBase;
    PUCHAR Buffer; // null in the first pass
    ULONG Size;
} SEP_ANSWER, *PSEP_ANSWER;

typedef NTSTATUS SEP_QUERY_ROUTINE(PSEP_ANSWER Answer);

static PVOID SepReserve(PSEP_ANSWER Answer, ULONG Size)
{
    PVOID Place = Answer->Buffer ? Answer->Buffer + Answer->Size : nullptr;
    Answer->Size += (ULONG)ALIGN_UP_BY(Size, sizeof(ULONG));
    return Place;
}

static VOID SepAlignAnswer(PSEP_ANSWER Answer)
{
    Answer->Size = (ULONG)ALIGN_UP_BY(Answer->Size, sizeof(PVOID));
}

// A copy in the answer; the result is where the program sees it.
static PVOID SepPut(PSEP_ANSWER Answer, const VOID *Data, ULONG Size)
{
    PVOID User = (PVOID)(Answer->UserBase + Answer->Size);
    PVOID Place = SepReserve(Answer, Size);
    if (Place)
        memcpy(Place, Data, Size);
    return User;
}

static PSID SepPutSid(PSEP_ANSWER Answer, PSID Sid)
{
    return SepPut(Answer, Sid, RtlLengthSid(Sid));
}

// Array (null in the first pass) has room for the entries.
static VOID SepPutSids(PSEP_ANSWER Answer, PSID_AND_ATTRIBUTES Array, const SEP_SIDS *Sids,
                       ULONG First)
{
    for (ULONG i = First; i < Sids->Count; i++) {
        PSID Sid = SepPutSid(Answer, Sids->Sids[i].Sid);
        if (Array)
            Array[i - First] = (SID_AND_ATTRIBUTES){Sid, Sids->Sids[i].Attributes};
    }
}

static ULONG SepPrivilegeCount(PTOKEN Token)
{
    return (ULONG)__builtin_popcountll(Token->PrivilegesPresent);
}

static VOID SepFillPrivileges(PTOKEN Token, PLUID_AND_ATTRIBUTES Array)
{
    for (ULONG Luid = SE_MIN_WELL_KNOWN_PRIVILEGE; Luid <= SE_MAX_WELL_KNOWN_PRIVILEGE; Luid++) {
        ULONGLONG Bit = 1ULL << Luid;
        if (!(Token->PrivilegesPresent & Bit))
            continue;
        *Array++ = (LUID_AND_ATTRIBUTES){
            RtlConvertUlongToLuid(Luid),
            (Token->PrivilegesDefault & Bit ? SE_PRIVILEGE_ENABLED_BY_DEFAULT : 0) |
                (Token->PrivilegesEnabled & Bit ? SE_PRIVILEGE_ENABLED : 0)};
    }
}

// ---- The classes

static NTSTATUS SepQueryUser(PSEP_ANSWER Answer)
{
    PTOKEN_USER User = SepReserve(Answer, sizeof(*User));
    PSID Sid = SepPutSid(Answer, SeTokenUser(Answer->Token));
    if (User)
        User->User = (SID_AND_ATTRIBUTES){Sid, Answer->Token->Groups.Sids[0].Attributes};
    return STATUS_SUCCESS;
}

static NTSTATUS SepAnswerGroups(PSEP_ANSWER Answer, const SEP_SIDS *Sids, ULONG First)
{
    ULONG Count = Sids->Count > First ? Sids->Count - First : 0;
    ULONG Size =
        Count ? FIELD_OFFSET(TOKEN_GROUPS, Groups) + Count * (ULONG)sizeof(SID_AND_ATTRIBUTES)
              : (ULONG)sizeof(ULONG);
    PTOKEN_GROUPS Groups = SepReserve(Answer, Size);
    if (Groups)
        Groups->GroupCount = Count;
    SepPutSids(Answer, Groups ? Groups->Groups : nullptr, Sids, First);
    return STATUS_SUCCESS;
}

static NTSTATUS SepQueryGroups(PSEP_ANSWER Answer)
{
    return SepAnswerGroups(Answer, &Answer->Token->Groups, 1);
}

static NTSTATUS SepQueryRestrictedSids(PSEP_ANSWER Answer)
{
    return SepAnswerGroups(Answer, &Answer->Token->Restricted, 0);
}

static NTSTATUS SepQueryNoGroups(PSEP_ANSWER Answer)
{
    static const SEP_SIDS None;
    return SepAnswerGroups(Answer, &None, 0);
}

static NTSTATUS SepQueryLogonSid(PSEP_ANSWER Answer)
{
    const SEP_SIDS *Groups = &Answer->Token->Groups;
    for (ULONG i = 1; i < Groups->Count; i++) {
        if ((Groups->Sids[i].Attributes & SE_GROUP_LOGON_ID) != SE_GROUP_LOGON_ID)
            continue;
        const SEP_SIDS One = {1, &Groups->Sids[i]};
        return SepAnswerGroups(Answer, &One, 0);
    }
    return STATUS_NOT_FOUND;
}

static NTSTATUS SepQueryPrivileges(PSEP_ANSWER Answer)
{
    ULONG Count = SepPrivilegeCount(Answer->Token);
    PTOKEN_PRIVILEGES Privileges =
        SepReserve(Answer, FIELD_OFFSET(TOKEN_PRIVILEGES, Privileges) +
                               Count * (ULONG)sizeof(LUID_AND_ATTRIBUTES));
    if (!Privileges)
        return STATUS_SUCCESS;
    Privileges->PrivilegeCount = Count;
    SepFillPrivileges(Answer->Token, Privileges->Privileges);
    return STATUS_SUCCESS;
}

static NTSTATUS SepAnswerOneSid(PSEP_ANSWER Answer, PSID Sid)
{
    PSID *Pointer = SepReserve(Answer, sizeof(*Pointer));
    PSID User = Sid ? SepPutSid(Answer, Sid) : nullptr;
    if (Pointer)
        *Pointer = User;
    return STATUS_SUCCESS;
}

static NTSTATUS SepQueryOwner(PSEP_ANSWER Answer)
{
    return SepAnswerOneSid(Answer, Answer->Token->Groups.Sids[Answer->Token->OwnerIndex].Sid);
}

static NTSTATUS SepQueryPrimaryGroup(PSEP_ANSWER Answer)
{
    return SepAnswerOneSid(Answer, Answer->Token->PrimaryGroup);
}

static NTSTATUS SepQueryNoSid(PSEP_ANSWER Answer)
{
    return SepAnswerOneSid(Answer, nullptr);
}

static NTSTATUS SepQueryDefaultDacl(PSEP_ANSWER Answer)
{
    PACL Dacl = Answer->Token->DefaultDacl;
    PTOKEN_DEFAULT_DACL Default = SepReserve(Answer, sizeof(*Default));
    PACL User = Dacl ? SepPut(Answer, Dacl, Dacl->AclSize) : nullptr;
    if (Default)
        Default->DefaultDacl = User;
    return STATUS_SUCCESS;
}

static NTSTATUS SepQuerySource(PSEP_ANSWER Answer)
{
    SepPut(Answer, &Answer->Token->Source, sizeof(TOKEN_SOURCE));
    return STATUS_SUCCESS;
}

static NTSTATUS SepAnswerUlong(PSEP_ANSWER Answer, ULONG Value)
{
    SepPut(Answer, &Value, sizeof(Value));
    return STATUS_SUCCESS;
}

static NTSTATUS SepQueryType(PSEP_ANSWER Answer)
{
    return SepAnswerUlong(Answer, Answer->Token->Type);
}

static NTSTATUS SepQueryLevel(PSEP_ANSWER Answer)
{
    if (Answer->Token->Type != TokenImpersonation)
        return STATUS_INVALID_INFO_CLASS;
    return SepAnswerUlong(Answer, Answer->Token->Level);
}

static NTSTATUS SepQueryStatistics(PSEP_ANSWER Answer)
{
    PTOKEN Token = Answer->Token;
    ULONG Dynamic = RtlLengthSid(Token->PrimaryGroup);
    if (Token->DefaultDacl)
        Dynamic += Token->DefaultDacl->AclSize;
    TOKEN_STATISTICS Statistics = {
        .TokenId = Token->TokenId,
        .AuthenticationId = Token->Session->LogonId,
        .ExpirationTime = Token->ExpirationTime,
        .TokenType = Token->Type,
        .ImpersonationLevel = Token->Level,
        .DynamicCharged = Dynamic,
        .GroupCount = Token->Groups.Count - 1,
        .PrivilegeCount = SepPrivilegeCount(Token),
        .ModifiedId = Token->ModifiedId,
    };
    SepPut(Answer, &Statistics, sizeof(Statistics));
    return STATUS_SUCCESS;
}

static NTSTATUS SepQuerySessionId(PSEP_ANSWER Answer)
{
    return SepAnswerUlong(Answer, Answer->Token->SessionId);
}

static PSID_AND_ATTRIBUTES SepPutSidArray(PSEP_ANSWER Answer, const SEP_SIDS *Sids, PULONG Length)
{
    SepAlignAnswer(Answer);
    ULONG Before = Answer->Size;
    PSID_AND_ATTRIBUTES User = (PSID_AND_ATTRIBUTES)(Answer->UserBase + Before);
    PSID_AND_ATTRIBUTES Array = SepReserve(Answer, Sids->Count * (ULONG)sizeof(SID_AND_ATTRIBUTES));
    SepPutSids(Answer, Array, Sids, 0);
    *Length = Answer->Size - Before;
    return Sids->Count ? User : nullptr;
}

static NTSTATUS SepQueryGroupsAndPrivileges(PSEP_ANSWER Answer)
{
    PTOKEN Token = Answer->Token;
    TOKEN_GROUPS_AND_PRIVILEGES Header = {
        .SidCount = Token->Groups.Count,
        .RestrictedSidCount = Token->Restricted.Count,
        .PrivilegeCount = SepPrivilegeCount(Token),
        .AuthenticationId = Token->Session->LogonId,
    };
    PTOKEN_GROUPS_AND_PRIVILEGES Place = SepReserve(Answer, sizeof(*Place));
    Header.Sids = SepPutSidArray(Answer, &Token->Groups, &Header.SidLength);
    Header.RestrictedSids = SepPutSidArray(Answer, &Token->Restricted, &Header.RestrictedSidLength);
    Header.PrivilegeLength = Header.PrivilegeCount * (ULONG)sizeof(LUID_AND_ATTRIBUTES);
    Header.Privileges = (PLUID_AND_ATTRIBUTES)(Answer->UserBase + Answer->Size);
    PLUID_AND_ATTRIBUTES Array = SepReserve(Answer, Header.PrivilegeLength);
    if (Place) {
        SepFillPrivileges(Token, Array);
        *Place = Header;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS SepQuerySandBoxInert(PSEP_ANSWER Answer)
{
    return SepAnswerUlong(Answer, Answer->Token->SandboxInert);
}

static NTSTATUS SepQueryOrigin(PSEP_ANSWER Answer)
{
    SepPut(Answer, &Answer->Token->OriginatingLogon, sizeof(LUID));
    return STATUS_SUCCESS;
}

static NTSTATUS SepQueryElevationType(PSEP_ANSWER Answer)
{
    return SepAnswerUlong(Answer, TokenElevationTypeDefault); // no token is half of a pair
}

static NTSTATUS SepQueryElevation(PSEP_ANSWER Answer)
{
    return SepAnswerUlong(Answer, Answer->Token->Elevated);
}

static NTSTATUS SepQueryHasRestrictions(PSEP_ANSWER Answer)
{
    return SepAnswerUlong(Answer, SepTokenIsRestricted(Answer->Token));
}

static NTSTATUS SepQueryVirtualizationAllowed(PSEP_ANSWER Answer)
{
    return SepAnswerUlong(Answer, Answer->Token->VirtualizationAllowed);
}

static NTSTATUS SepQueryVirtualizationEnabled(PSEP_ANSWER Answer)
{
    return SepAnswerUlong(Answer, Answer->Token->VirtualizationEnabled);
}

static NTSTATUS SepQueryIntegrityLevel(PSEP_ANSWER Answer)
{
    PTOKEN Token = Answer->Token;
    SID_AND_ATTRIBUTES Label = {SepKnownSid(SepUntrustedLevel),
                                SE_GROUP_INTEGRITY | SE_GROUP_INTEGRITY_ENABLED};
    if (Token->IntegrityIndex != SEP_NO_INDEX)
        Label = Token->Groups.Sids[Token->IntegrityIndex];
    PTOKEN_MANDATORY_LABEL Place = SepReserve(Answer, sizeof(*Place));
    Label.Sid = SepPutSid(Answer, Label.Sid);
    if (Place)
        Place->Label = Label;
    return STATUS_SUCCESS;
}

static NTSTATUS SepQueryUIAccess(PSEP_ANSWER Answer)
{
    return SepAnswerUlong(Answer, Answer->Token->UIAccess);
}

static NTSTATUS SepQueryMandatoryPolicy(PSEP_ANSWER Answer)
{
    return SepAnswerUlong(Answer, Answer->Token->MandatoryPolicy);
}

static NTSTATUS SepQueryZero(PSEP_ANSWER Answer)
{
    return SepAnswerUlong(Answer, 0);
}

static const struct {
    SEP_QUERY_ROUTINE *Routine;
    ACCESS_MASK Access;
} SepQueryClasses[MaxTokenInfoClass] = {
    [TokenUser] = {SepQueryUser, TOKEN_QUERY},
    [TokenGroups] = {SepQueryGroups, TOKEN_QUERY},
    [TokenPrivileges] = {SepQueryPrivileges, TOKEN_QUERY},
    [TokenOwner] = {SepQueryOwner, TOKEN_QUERY},
    [TokenPrimaryGroup] = {SepQueryPrimaryGroup, TOKEN_QUERY},
    [TokenDefaultDacl] = {SepQueryDefaultDacl, TOKEN_QUERY},
    [TokenSource] = {SepQuerySource, TOKEN_QUERY_SOURCE},
    [TokenType] = {SepQueryType, TOKEN_QUERY},
    [TokenImpersonationLevel] = {SepQueryLevel, TOKEN_QUERY},
    [TokenStatistics] = {SepQueryStatistics, TOKEN_QUERY},
    [TokenRestrictedSids] = {SepQueryRestrictedSids, TOKEN_QUERY},
    [TokenSessionId] = {SepQuerySessionId, TOKEN_QUERY},
    [TokenGroupsAndPrivileges] = {SepQueryGroupsAndPrivileges, TOKEN_QUERY},
    [TokenSandBoxInert] = {SepQuerySandBoxInert, TOKEN_QUERY},
    [TokenOrigin] = {SepQueryOrigin, TOKEN_QUERY},
    [TokenElevationType] = {SepQueryElevationType, TOKEN_QUERY},
    [TokenElevation] = {SepQueryElevation, TOKEN_QUERY},
    [TokenHasRestrictions] = {SepQueryHasRestrictions, TOKEN_QUERY},
    [TokenVirtualizationAllowed] = {SepQueryVirtualizationAllowed, TOKEN_QUERY},
    [TokenVirtualizationEnabled] = {SepQueryVirtualizationEnabled, TOKEN_QUERY},
    [TokenIntegrityLevel] = {SepQueryIntegrityLevel, TOKEN_QUERY},
    [TokenUIAccess] = {SepQueryUIAccess, TOKEN_QUERY},
    [TokenMandatoryPolicy] = {SepQueryMandatoryPolicy, TOKEN_QUERY},
    [TokenLogonSid] = {SepQueryLogonSid, TOKEN_QUERY},
    // There are no app containers.
    [TokenIsAppContainer] = {SepQueryZero, TOKEN_QUERY},
    [TokenCapabilities] = {SepQueryNoGroups, TOKEN_QUERY},
    [TokenAppContainerSid] = {SepQueryNoSid, TOKEN_QUERY},
    [TokenAppContainerNumber] = {SepQueryZero, TOKEN_QUERY},
    [TokenIsRestricted] = {SepQueryHasRestrictions, TOKEN_QUERY},
};

static NTSTATUS SepAnswerQuery(PTOKEN Token, TOKEN_INFORMATION_CLASS Class, VOID USER *Buffer,
                               ULONG Length, ULONG USER *ReturnLength)
{
    SEP_ANSWER Answer = {.Token = Token, .UserBase = (ULONG_PTR)Buffer};
    NTSTATUS Status = SepQueryClasses[Class].Routine(&Answer);
    if (!NT_SUCCESS(Status))
        return Status;
    ULONG Size = Answer.Size;
    Answer.Size = 0;
    Answer.Buffer = ExAllocatePoolZero(PagedPool, Size, SE_TAG_BUFFER);
    if (!Answer.Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    SepQueryClasses[Class].Routine(&Answer);
    Status = ExReturnInformation(Answer.Buffer, Size, Buffer, Length, ReturnLength,
                                 STATUS_BUFFER_TOO_SMALL);
    ExFreePoolWithTag(Answer.Buffer, SE_TAG_BUFFER);
    return Status;
}

NTSTATUS NtQueryInformationToken(HANDLE TokenHandle, ULONG TokenInformationClass,
                                 VOID USER *TokenInformation, ULONG TokenInformationLength,
                                 ULONG USER *ReturnLength)
{
    if (TokenInformationClass >= MaxTokenInfoClass ||
        !SepQueryClasses[TokenInformationClass].Routine)
        return STATUS_INVALID_INFO_CLASS;
    PTOKEN Token;
    NTSTATUS Status =
        SepReferenceToken(TokenHandle, SepQueryClasses[TokenInformationClass].Access, &Token);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = SepAnswerQuery(Token, TokenInformationClass, TokenInformation, TokenInformationLength,
                            ReturnLength);
    ObDereferenceObject(Token);
    return Status;
}
