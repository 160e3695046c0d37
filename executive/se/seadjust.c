// Changing tokens: privileges and groups on and off, the settings of NtSetInformationToken.
#include "sep.h"

#include "ex/ex.h"

// ---- Privileges

// The state that a list asks for. *Missing: some of them the token does not have.
typedef struct _SEP_PRIVILEGE_CHANGE {
    ULONGLONG Enable, Disable, Remove;
    BOOLEAN Missing;
} SEP_PRIVILEGE_CHANGE;

static VOID SepReadPrivilegeChange(PTOKEN Token, const LUID_AND_ATTRIBUTES *Privileges, ULONG Count,
                                   SEP_PRIVILEGE_CHANGE *Change)
{
    *Change = (SEP_PRIVILEGE_CHANGE){};
    for (ULONG i = 0; i < Count; i++) {
        ULONGLONG Bit = SepPrivilegeBit(Privileges[i].Luid) & Token->PrivilegesPresent;
        if (!Bit)
            Change->Missing = TRUE;
        else if (Privileges[i].Attributes & SE_PRIVILEGE_REMOVED)
            Change->Remove |= Bit;
        else if (Privileges[i].Attributes & SE_PRIVILEGE_ENABLED)
            Change->Enable |= Bit;
        else
            Change->Disable |= Bit;
    }
}

static ULONGLONG SepChangedPrivileges(PTOKEN Token, const SEP_PRIVILEGE_CHANGE *Change)
{
    return (Change->Enable & ~Token->PrivilegesEnabled) |
           (Change->Disable & Token->PrivilegesEnabled) | Change->Remove;
}

// The previous state of what changes, in the form that sets it back.
static NTSTATUS SepReturnPrivileges(PTOKEN Token, ULONGLONG Changed,
                                    TOKEN_PRIVILEGES USER *Previous, ULONG BufferLength,
                                    ULONG USER *ReturnLength)
{
    if (!Previous)
        return STATUS_SUCCESS;
    ULONG Count = (ULONG)__builtin_popcountll(Changed);
    ULONG Size =
        FIELD_OFFSET(TOKEN_PRIVILEGES, Privileges) + Count * (ULONG)sizeof(LUID_AND_ATTRIBUTES);
    PTOKEN_PRIVILEGES State = ExAllocatePoolZero(PagedPool, Size, SE_TAG_BUFFER);
    if (!State)
        return STATUS_INSUFFICIENT_RESOURCES;
    for (ULONG Luid = 0; Luid < 64; Luid++) {
        ULONGLONG Bit = 1ULL << Luid;
        if (!(Changed & Bit))
            continue;
        State->Privileges[State->PrivilegeCount++] = (LUID_AND_ATTRIBUTES){
            RtlConvertUlongToLuid(Luid),
            (Token->PrivilegesDefault & Bit ? SE_PRIVILEGE_ENABLED_BY_DEFAULT : 0) |
                (Token->PrivilegesEnabled & Bit ? SE_PRIVILEGE_ENABLED : 0)};
    }
    NTSTATUS Status = ExReturnInformation(State, Size, Previous, BufferLength, ReturnLength,
                                          STATUS_BUFFER_TOO_SMALL);
    ExFreePoolWithTag(State, SE_TAG_BUFFER);
    return Status;
}

static VOID SepChangePrivileges(PTOKEN Token, const SEP_PRIVILEGE_CHANGE *Change)
{
    Token->PrivilegesEnabled |= Change->Enable & Token->PrivilegesPresent;
    Token->PrivilegesEnabled &= ~(Change->Disable | Change->Remove);
    Token->PrivilegesPresent &= ~Change->Remove;
    Token->PrivilegesDefault &= ~Change->Remove;
    SepTokenChanged(Token);
}

// Writing the previous state may let others run, who may remove a privilege meanwhile: it is not
// enabled then.
static NTSTATUS SepAdjustPrivileges(PTOKEN Token, BOOLEAN DisableAll,
                                    const LUID_AND_ATTRIBUTES *Privileges, ULONG Count,
                                    TOKEN_PRIVILEGES USER *Previous, ULONG BufferLength,
                                    ULONG USER *ReturnLength)
{
    SEP_PRIVILEGE_CHANGE Change = {.Disable = Token->PrivilegesEnabled};
    if (!DisableAll)
        SepReadPrivilegeChange(Token, Privileges, Count, &Change);
    NTSTATUS Status = SepReturnPrivileges(Token, SepChangedPrivileges(Token, &Change), Previous,
                                          BufferLength, ReturnLength);
    if (!NT_SUCCESS(Status))
        return Status;
    SepChangePrivileges(Token, &Change);
    return Change.Missing ? STATUS_NOT_ALL_ASSIGNED : STATUS_SUCCESS;
}

NTSTATUS NtAdjustPrivilegesToken(HANDLE TokenHandle, BOOLEAN DisableAllPrivileges,
                                 const TOKEN_PRIVILEGES USER *NewState, ULONG BufferLength,
                                 TOKEN_PRIVILEGES USER *PreviousState, ULONG USER *ReturnLength)
{
    if (!DisableAllPrivileges && !NewState)
        return STATUS_INVALID_PARAMETER;
    PLUID_AND_ATTRIBUTES Privileges = nullptr;
    ULONG Count = 0;
    NTSTATUS Status = STATUS_SUCCESS;
    if (!DisableAllPrivileges)
        Status = SepCapturePrivileges(NewState, &Privileges, &Count);
    if (!NT_SUCCESS(Status))
        return Status;

    PTOKEN Token;
    ACCESS_MASK Access = TOKEN_ADJUST_PRIVILEGES | (PreviousState ? TOKEN_QUERY : 0);
    Status = SepReferenceToken(TokenHandle, Access, &Token);
    if (NT_SUCCESS(Status)) {
        Status = SepAdjustPrivileges(Token, DisableAllPrivileges, Privileges, Count, PreviousState,
                                     BufferLength, ReturnLength);
        ObDereferenceObject(Token);
    }
    if (Privileges)
        ExFreePool(Privileges);
    return Status;
}

// ---- Groups

// What becomes of one group: its attributes after the adjustment.
static ULONG SepAdjustedAttributes(const SEP_SIDS *NewState, const SID_AND_ATTRIBUTES *Group,
                                   BOOLEAN Reset)
{
    ULONG Attributes = Group->Attributes & ~(ULONG)SE_GROUP_ENABLED;
    ULONG Wanted = Group->Attributes & SE_GROUP_ENABLED;
    ULONG Index = SepFindGroup(NewState, Group->Sid);
    if (Reset)
        Wanted = Group->Attributes & SE_GROUP_ENABLED_BY_DEFAULT ? SE_GROUP_ENABLED : 0;
    else if (Index != SEP_NO_INDEX)
        Wanted = NewState->Sids[Index].Attributes & SE_GROUP_ENABLED;
    return Attributes | Wanted;
}

static NTSTATUS SepCheckGroupChange(const SID_AND_ATTRIBUTES *Group, ULONG Adjusted)
{
    BOOLEAN Disables = (Group->Attributes & SE_GROUP_ENABLED) && !(Adjusted & SE_GROUP_ENABLED);
    BOOLEAN Enables = !(Group->Attributes & SE_GROUP_ENABLED) && (Adjusted & SE_GROUP_ENABLED);
    if (Disables && (Group->Attributes & SE_GROUP_MANDATORY))
        return STATUS_CANT_DISABLE_MANDATORY;
    if (Enables && (Group->Attributes & SE_GROUP_USE_FOR_DENY_ONLY))
        return STATUS_CANT_ENABLE_DENY_ONLY;
    return STATUS_SUCCESS;
}

static BOOLEAN SepAllGroupsFound(const SEP_SIDS *Groups, const SEP_SIDS *NewState)
{
    for (ULONG i = 0; i < NewState->Count; i++) {
        ULONG Index = SepFindGroup(Groups, NewState->Sids[i].Sid);
        if (Index == 0 || Index == SEP_NO_INDEX)
            return FALSE;
    }
    return TRUE;
}

// The groups that change, as they are now; *Changed holds pointers into the token's SIDs.
static NTSTATUS SepPlanGroups(PTOKEN Token, BOOLEAN Reset, const SEP_SIDS *NewState,
                              PSID_AND_ATTRIBUTES Changed, PULONG Count)
{
    *Count = 0;
    for (ULONG i = 1; i < Token->Groups.Count; i++) {
        const SID_AND_ATTRIBUTES *Group = &Token->Groups.Sids[i];
        ULONG Adjusted = SepAdjustedAttributes(NewState, Group, Reset);
        NTSTATUS Status = SepCheckGroupChange(Group, Adjusted);
        if (!NT_SUCCESS(Status))
            return Status;
        if (Adjusted != Group->Attributes)
            Changed[(*Count)++] = *Group;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS SepReturnGroups(const SID_AND_ATTRIBUTES *Changed, ULONG Count,
                                TOKEN_GROUPS USER *Previous, ULONG Length, ULONG USER *ReturnLength)
{
    if (!Previous)
        return STATUS_SUCCESS;
    ULONG Offset = FIELD_OFFSET(TOKEN_GROUPS, Groups) + Count * (ULONG)sizeof(*Changed);
    ULONG Size = Offset;
    for (ULONG i = 0; i < Count; i++)
        Size += RtlLengthSid(Changed[i].Sid);
    PTOKEN_GROUPS State = ExAllocatePoolZero(PagedPool, Size, SE_TAG_BUFFER);
    if (!State)
        return STATUS_INSUFFICIENT_RESOURCES;
    State->GroupCount = Count;
    for (ULONG i = 0; i < Count; i++) {
        ULONG SidLength = RtlLengthSid(Changed[i].Sid);
        memcpy((PUCHAR)State + Offset, Changed[i].Sid, SidLength);
        State->Groups[i] =
            (SID_AND_ATTRIBUTES){(PSID)((ULONG_PTR)Previous + Offset), Changed[i].Attributes};
        Offset += SidLength;
    }
    NTSTATUS Status =
        ExReturnInformation(State, Size, Previous, Length, ReturnLength, STATUS_BUFFER_TOO_SMALL);
    ExFreePoolWithTag(State, SE_TAG_BUFFER);
    return Status;
}

static NTSTATUS SepAdjustGroups(PTOKEN Token, BOOLEAN Reset, const SEP_SIDS *NewState,
                                TOKEN_GROUPS USER *Previous, ULONG Length, ULONG USER *ReturnLength)
{
    PSID_AND_ATTRIBUTES Changed =
        ExAllocatePoolWithTag(PagedPool, Token->Groups.Count * sizeof(*Changed), SE_TAG_BUFFER);
    if (!Changed)
        return STATUS_INSUFFICIENT_RESOURCES;
    ULONG Count;
    NTSTATUS Status = SepPlanGroups(Token, Reset, NewState, Changed, &Count);
    if (NT_SUCCESS(Status))
        Status = SepReturnGroups(Changed, Count, Previous, Length, ReturnLength);
    ExFreePool(Changed);
    if (!NT_SUCCESS(Status))
        return Status;

    for (ULONG i = 1; i < Token->Groups.Count; i++) {
        PSID_AND_ATTRIBUTES Group = &Token->Groups.Sids[i];
        Group->Attributes = SepAdjustedAttributes(NewState, Group, Reset);
    }
    SepTokenChanged(Token);
    return SepAllGroupsFound(&Token->Groups, NewState) ? STATUS_SUCCESS : STATUS_NOT_ALL_ASSIGNED;
}

NTSTATUS NtAdjustGroupsToken(HANDLE TokenHandle, BOOLEAN ResetToDefault,
                             const TOKEN_GROUPS USER *NewState, ULONG BufferLength,
                             TOKEN_GROUPS USER *PreviousState, ULONG USER *ReturnLength)
{
    if (!ResetToDefault && !NewState)
        return STATUS_INVALID_PARAMETER;
    SEP_SIDS Wanted = {};
    NTSTATUS Status = STATUS_SUCCESS;
    if (!ResetToDefault)
        Status = SepCaptureGroups(NewState, &Wanted);
    if (!NT_SUCCESS(Status))
        return Status;
    PTOKEN Token;
    ACCESS_MASK Access = TOKEN_ADJUST_GROUPS | (PreviousState ? TOKEN_QUERY : 0);
    Status = SepReferenceToken(TokenHandle, Access, &Token);
    if (NT_SUCCESS(Status)) {
        Status = SepAdjustGroups(Token, ResetToDefault, &Wanted, PreviousState, BufferLength,
                                 ReturnLength);
        ObDereferenceObject(Token);
    }
    SepFreeSids(&Wanted);
    return Status;
}

// ---- NtSetInformationToken

static NTSTATUS SepSetOwner(PTOKEN Token, const VOID USER *Information)
{
    ULONG_PTR Pointer;
    NTSTATUS Status = MmCopyFromUser(&Pointer, Information, sizeof(Pointer));
    if (!NT_SUCCESS(Status))
        return Status;
    PSID Owner;
    Status = SeCaptureSid((const VOID USER *)Pointer, &Owner);
    if (!NT_SUCCESS(Status))
        return Status;
    if (SepMayOwn(Token, Owner))
        Token->OwnerIndex = SepFindGroup(&Token->Groups, Owner);
    else
        Status = STATUS_INVALID_OWNER;
    ExFreePool(Owner);
    return Status;
}

static NTSTATUS SepSetGroup(PTOKEN Token, const VOID USER *Information)
{
    ULONG_PTR Pointer;
    NTSTATUS Status = MmCopyFromUser(&Pointer, Information, sizeof(Pointer));
    if (!NT_SUCCESS(Status))
        return Status;
    PSID Group;
    Status = SeCaptureSid((const VOID USER *)Pointer, &Group);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = SepFindGroup(&Token->Groups, Group) == SEP_NO_INDEX ? STATUS_INVALID_PRIMARY_GROUP
                                                                 : SepSetPrimaryGroup(Token, Group);
    ExFreePool(Group);
    return Status;
}

static NTSTATUS SepSetDefaultDacl(PTOKEN Token, const VOID USER *Information)
{
    ULONG_PTR Pointer;
    NTSTATUS Status = MmCopyFromUser(&Pointer, Information, sizeof(Pointer));
    if (!NT_SUCCESS(Status))
        return Status;
    PACL Dacl = nullptr;
    if (Pointer)
        Status = SepCaptureAcl((const VOID USER *)Pointer, &Dacl);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Token->DefaultDacl)
        ExFreePool(Token->DefaultDacl);
    Token->DefaultDacl = Dacl;
    return STATUS_SUCCESS;
}

static NTSTATUS SepRequireTcb(void)
{
    return SeSinglePrivilegeCheck(RtlConvertUlongToLuid(SE_TCB_PRIVILEGE), UserMode)
               ? STATUS_SUCCESS
               : STATUS_PRIVILEGE_NOT_HELD;
}

static NTSTATUS SepSetUlong(PTOKEN Token, const VOID USER *Information, PULONG Value)
{
    (void)Token;
    NTSTATUS Status = SepRequireTcb();
    return NT_SUCCESS(Status) ? MmCopyFromUser(Value, Information, sizeof(*Value)) : Status;
}

static NTSTATUS SepSetSessionId(PTOKEN Token, const VOID USER *Information)
{
    ULONG SessionId;
    NTSTATUS Status = SepSetUlong(Token, Information, &SessionId);
    if (!NT_SUCCESS(Status))
        return Status;
    if (SessionId)
        return STATUS_NO_SUCH_LOGON_SESSION; // there is session 0 only
    Token->SessionId = SessionId;
    return STATUS_SUCCESS;
}

static NTSTATUS SepSetUIAccess(PTOKEN Token, const VOID USER *Information)
{
    ULONG Value;
    NTSTATUS Status = SepSetUlong(Token, Information, &Value);
    if (NT_SUCCESS(Status))
        Token->UIAccess = Value != 0;
    return Status;
}

static NTSTATUS SepSetMandatoryPolicy(PTOKEN Token, const VOID USER *Information)
{
    ULONG Value;
    NTSTATUS Status = SepSetUlong(Token, Information, &Value);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Value & ~TOKEN_MANDATORY_POLICY_VALID_MASK)
        return STATUS_INVALID_PARAMETER;
    Token->MandatoryPolicy = Value;
    return STATUS_SUCCESS;
}

static NTSTATUS SepSetVirtualizationAllowed(PTOKEN Token, const VOID USER *Information)
{
    ULONG Value;
    NTSTATUS Status = SepSetUlong(Token, Information, &Value);
    if (NT_SUCCESS(Status))
        Token->VirtualizationAllowed = Value != 0;
    return Status;
}

static NTSTATUS SepSetVirtualizationEnabled(PTOKEN Token, const VOID USER *Information)
{
    ULONG Value;
    NTSTATUS Status = MmCopyFromUser(&Value, Information, sizeof(Value));
    if (!NT_SUCCESS(Status))
        return Status;
    if (Value && !Token->VirtualizationAllowed)
        return STATUS_NOT_SUPPORTED;
    Token->VirtualizationEnabled = Value != 0;
    return STATUS_SUCCESS;
}

static NTSTATUS SepSetOrigin(PTOKEN Token, const VOID USER *Information)
{
    LUID Origin;
    NTSTATUS Status = SepRequireTcb();
    if (NT_SUCCESS(Status))
        Status = MmCopyFromUser(&Origin, Information, sizeof(Origin));
    if (NT_SUCCESS(Status) && !Token->OriginatingLogon.LowPart && !Token->OriginatingLogon.HighPart)
        Token->OriginatingLogon = Origin;
    return Status;
}

// Lowering is free; raising needs SE_TCB.
static NTSTATUS SepChangeLevel(PTOKEN Token, PSID Sid)
{
    static const SID_IDENTIFIER_AUTHORITY Authority = SECURITY_MANDATORY_LABEL_AUTHORITY;
    PISID New = Sid;
    if (New->SubAuthorityCount != 1 ||
        memcmp(&New->IdentifierAuthority, &Authority, sizeof(Authority)))
        return STATUS_INVALID_LABEL;
    if (SepLevelOfSid(Sid) > SepTokenLevel(Token) && !NT_SUCCESS(SepRequireTcb()))
        return STATUS_PRIVILEGE_NOT_HELD;
    if (Token->IntegrityIndex == SEP_NO_INDEX)
        return STATUS_INVALID_LABEL;
    memcpy(Token->Groups.Sids[Token->IntegrityIndex].Sid, Sid, SEP_SID_SIZE(1));
    return STATUS_SUCCESS;
}

static NTSTATUS SepSetIntegrityLevel(PTOKEN Token, const VOID USER *Information)
{
    TOKEN_MANDATORY_LABEL Label;
    NTSTATUS Status = MmCopyFromUser(&Label, Information, sizeof(Label));
    if (!NT_SUCCESS(Status))
        return Status;
    if (!(Label.Label.Attributes & SE_GROUP_INTEGRITY))
        return STATUS_INVALID_PARAMETER;
    PSID Sid;
    Status = SeCaptureSid((const VOID USER *)(ULONG_PTR)Label.Label.Sid, &Sid);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = SepChangeLevel(Token, Sid);
    ExFreePool(Sid);
    return Status;
}

static const struct {
    NTSTATUS (*Routine)(PTOKEN Token, const VOID USER *Information);
    ULONG Size;
    ACCESS_MASK Access;
} SepSetClasses[MaxTokenInfoClass] = {
    [TokenOwner] = {SepSetOwner, sizeof(TOKEN_OWNER), TOKEN_ADJUST_DEFAULT},
    [TokenPrimaryGroup] = {SepSetGroup, sizeof(TOKEN_PRIMARY_GROUP), TOKEN_ADJUST_DEFAULT},
    [TokenDefaultDacl] = {SepSetDefaultDacl, sizeof(TOKEN_DEFAULT_DACL), TOKEN_ADJUST_DEFAULT},
    [TokenSessionId] = {SepSetSessionId, sizeof(ULONG),
                        TOKEN_ADJUST_DEFAULT | TOKEN_ADJUST_SESSIONID},
    [TokenOrigin] = {SepSetOrigin, sizeof(TOKEN_ORIGIN), TOKEN_ADJUST_DEFAULT},
    [TokenVirtualizationAllowed] = {SepSetVirtualizationAllowed, sizeof(ULONG),
                                    TOKEN_ADJUST_DEFAULT},
    [TokenVirtualizationEnabled] = {SepSetVirtualizationEnabled, sizeof(ULONG),
                                    TOKEN_ADJUST_DEFAULT},
    [TokenIntegrityLevel] = {SepSetIntegrityLevel, sizeof(TOKEN_MANDATORY_LABEL),
                             TOKEN_ADJUST_DEFAULT},
    [TokenUIAccess] = {SepSetUIAccess, sizeof(ULONG), TOKEN_ADJUST_DEFAULT},
    [TokenMandatoryPolicy] = {SepSetMandatoryPolicy, sizeof(TOKEN_MANDATORY_POLICY),
                              TOKEN_ADJUST_DEFAULT},
};

NTSTATUS NtSetInformationToken(HANDLE TokenHandle, ULONG TokenInformationClass,
                               const VOID USER *TokenInformation, ULONG TokenInformationLength)
{
    if (TokenInformationClass >= MaxTokenInfoClass || !SepSetClasses[TokenInformationClass].Routine)
        return STATUS_INVALID_INFO_CLASS;
    if (TokenInformationLength < SepSetClasses[TokenInformationClass].Size)
        return STATUS_INFO_LENGTH_MISMATCH;
    PTOKEN Token;
    NTSTATUS Status =
        SepReferenceToken(TokenHandle, SepSetClasses[TokenInformationClass].Access, &Token);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = SepSetClasses[TokenInformationClass].Routine(Token, TokenInformation);
    if (NT_SUCCESS(Status))
        SepTokenChanged(Token);
    ObDereferenceObject(Token);
    return Status;
}
