// Token objects: making, copying and asking them.
#include "sep.h"

#include "ex/ex.h"

POBJECT_TYPE SeTokenObjectType;

// ---- Pieces

VOID SepFreeSids(SEP_SIDS *Sids)
{
    if (Sids->Sids)
        ExFreePool(Sids->Sids);
    *Sids = (SEP_SIDS){};
}

NTSTATUS SepCopySids(const SID_AND_ATTRIBUTES *Source, ULONG Count, SEP_SIDS *Copy)
{
    *Copy = (SEP_SIDS){};
    if (!Count)
        return STATUS_SUCCESS;
    SIZE_T Size = Count * sizeof(*Source);
    for (ULONG i = 0; i < Count; i++)
        Size += RtlLengthSid(Source[i].Sid);
    PSID_AND_ATTRIBUTES Block = ExAllocatePoolWithTag(PagedPool, Size, SE_TAG_SIDS);
    if (!Block)
        return STATUS_INSUFFICIENT_RESOURCES;

    PUCHAR Next = (PUCHAR)(Block + Count);
    for (ULONG i = 0; i < Count; i++) {
        ULONG Length = RtlLengthSid(Source[i].Sid);
        memcpy(Next, Source[i].Sid, Length);
        Block[i] = (SID_AND_ATTRIBUTES){Next, Source[i].Attributes};
        Next += Length;
    }
    *Copy = (SEP_SIDS){Count, Block};
    return STATUS_SUCCESS;
}

NTSTATUS SepDuplicateSid(PSID Sid, PSID *Copy)
{
    ULONG Length = RtlLengthSid(Sid);
    *Copy = ExAllocatePoolWithTag(PagedPool, Length, SE_TAG_SIDS);
    if (!*Copy)
        return STATUS_INSUFFICIENT_RESOURCES;
    memcpy(*Copy, Sid, Length);
    return STATUS_SUCCESS;
}

NTSTATUS SepDuplicateAcl(PACL Acl, PACL *Copy)
{
    *Copy = nullptr;
    if (!Acl)
        return STATUS_SUCCESS;
    *Copy = ExAllocatePoolWithTag(PagedPool, Acl->AclSize, SE_TAG_ACL);
    if (!*Copy)
        return STATUS_INSUFFICIENT_RESOURCES;
    memcpy(*Copy, Acl, Acl->AclSize);
    return STATUS_SUCCESS;
}

NTSTATUS SepSetPrimaryGroup(PTOKEN Token, PSID Group)
{
    PSID Copy;
    NTSTATUS Status = SepDuplicateSid(Group, &Copy);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Token->PrimaryGroup)
        ExFreePool(Token->PrimaryGroup);
    Token->PrimaryGroup = Copy;
    return STATUS_SUCCESS;
}

ULONG SepFindGroup(const SEP_SIDS *Groups, PSID Sid)
{
    for (ULONG i = 0; i < Groups->Count; i++)
        if (RtlEqualSid(Groups->Sids[i].Sid, Sid))
            return i;
    return SEP_NO_INDEX;
}

static ULONG SepFindIntegrity(const SEP_SIDS *Groups)
{
    for (ULONG i = 0; i < Groups->Count; i++)
        if (Groups->Sids[i].Attributes & SE_GROUP_INTEGRITY)
            return i;
    return SEP_NO_INDEX;
}

// ---- Making

static NTSTATUS SepAllocateToken(PTOKEN *Token)
{
    NTSTATUS Status = ObCreateObject(SeTokenObjectType, 0, (PVOID *)Token);
    if (!NT_SUCCESS(Status))
        return Status;
    ExAllocateLocallyUniqueId(&(*Token)->TokenId);
    ExAllocateLocallyUniqueId(&(*Token)->ModifiedId);
    (*Token)->IntegrityIndex = SEP_NO_INDEX;
    return STATUS_SUCCESS;
}

VOID SepDeleteToken(PVOID Object)
{
    PTOKEN Token = Object;
    SepFreeSids(&Token->Groups);
    SepFreeSids(&Token->Restricted);
    if (Token->PrimaryGroup)
        ExFreePool(Token->PrimaryGroup);
    if (Token->DefaultDacl)
        ExFreePool(Token->DefaultDacl);
    if (Token->Session)
        SepDereferenceLogonSession(Token->Session);
}

VOID SepTokenChanged(PTOKEN Token)
{
    ExAllocateLocallyUniqueId(&Token->ModifiedId);
}

// The owner of a token's objects must be one that it may give to them.
static NTSTATUS SepFindOwner(PTOKEN Token, PSID Owner)
{
    Token->OwnerIndex = 0;
    if (!Owner)
        return STATUS_SUCCESS;
    ULONG Index = SepFindGroup(&Token->Groups, Owner);
    if (Index == SEP_NO_INDEX ||
        (Index && !(Token->Groups.Sids[Index].Attributes & SE_GROUP_OWNER)))
        return STATUS_INVALID_OWNER;
    Token->OwnerIndex = Index;
    return STATUS_SUCCESS;
}

static NTSTATUS SepFillToken(PTOKEN Token, const SEP_TOKEN_TEMPLATE *Template)
{
    NTSTATUS Status = SepReferenceLogonSession(Template->AuthenticationId, Template->CreateSession,
                                               &Token->Session);
    if (NT_SUCCESS(Status))
        Status = SepCopySids(Template->Groups, Template->GroupCount, &Token->Groups);
    if (NT_SUCCESS(Status))
        Status = SepFindOwner(Token, Template->Owner);
    if (NT_SUCCESS(Status) && SepFindGroup(&Token->Groups, Template->PrimaryGroup) == SEP_NO_INDEX)
        Status = STATUS_INVALID_PRIMARY_GROUP;
    if (NT_SUCCESS(Status))
        Status = SepSetPrimaryGroup(Token, Template->PrimaryGroup);
    if (NT_SUCCESS(Status))
        Status = SepDuplicateAcl(Template->DefaultDacl, &Token->DefaultDacl);
    return Status;
}

NTSTATUS SepCreateToken(const SEP_TOKEN_TEMPLATE *Template, PTOKEN *Result)
{
    PTOKEN Token;
    NTSTATUS Status = SepAllocateToken(&Token);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = SepFillToken(Token, Template);
    if (!NT_SUCCESS(Status)) {
        ObDereferenceObject(Token);
        return Status;
    }

    Token->Source = Template->Source;
    Token->Type = Template->Type;
    Token->Level = Template->Level;
    Token->ExpirationTime = Template->ExpirationTime;
    Token->MandatoryPolicy = TOKEN_MANDATORY_POLICY_VALID_MASK;
    Token->PrivilegesPresent = Template->PrivilegesPresent;
    Token->PrivilegesEnabled = Token->PrivilegesDefault = Template->PrivilegesEnabled;
    Token->IntegrityIndex = SepFindIntegrity(&Token->Groups);
    Token->Elevated = SepFindGroup(&Token->Groups, SepKnownSid(SepAdministrators)) != SEP_NO_INDEX;
    *Result = Token;
    return STATUS_SUCCESS;
}

// ---- Copying

static NTSTATUS SepCopyParts(PTOKEN From, PTOKEN To)
{
    NTSTATUS Status = SepCopySids(From->Groups.Sids, From->Groups.Count, &To->Groups);
    if (NT_SUCCESS(Status))
        Status = SepCopySids(From->Restricted.Sids, From->Restricted.Count, &To->Restricted);
    if (NT_SUCCESS(Status))
        Status = SepSetPrimaryGroup(To, From->PrimaryGroup);
    if (NT_SUCCESS(Status))
        Status = SepDuplicateAcl(From->DefaultDacl, &To->DefaultDacl);
    return Status;
}

NTSTATUS SepCopyToken(PTOKEN Token, TOKEN_TYPE Type, SECURITY_IMPERSONATION_LEVEL Level,
                      PTOKEN *Result)
{
    PTOKEN Copy;
    NTSTATUS Status = SepAllocateToken(&Copy);
    if (!NT_SUCCESS(Status))
        return Status;
    LUID TokenId = Copy->TokenId;
    *Copy = *Token;
    Copy->TokenId = TokenId;
    Copy->Type = Type;
    Copy->Level = Level;
    Copy->Groups = Copy->Restricted = (SEP_SIDS){};
    Copy->PrimaryGroup = nullptr;
    Copy->DefaultDacl = nullptr;
    Copy->Session->References++;

    Status = SepCopyParts(Token, Copy);
    if (!NT_SUCCESS(Status)) {
        ObDereferenceObject(Copy);
        return Status;
    }
    *Result = Copy;
    return STATUS_SUCCESS;
}

VOID SepMakeEffectiveOnly(PTOKEN Token)
{
    SEP_SIDS *Groups = &Token->Groups;
    ULONG Kept = 1, Owner = 0, Integrity = SEP_NO_INDEX;
    for (ULONG i = 1; i < Groups->Count; i++) {
        ULONG Attributes = Groups->Sids[i].Attributes;
        if (!(Attributes & (SE_GROUP_ENABLED | SE_GROUP_INTEGRITY | SE_GROUP_USE_FOR_DENY_ONLY)))
            continue;
        if (Token->OwnerIndex == i)
            Owner = Kept;
        if (Token->IntegrityIndex == i)
            Integrity = Kept;
        Groups->Sids[Kept++] = Groups->Sids[i];
    }
    Groups->Count = Kept;
    Token->OwnerIndex = Owner;
    Token->IntegrityIndex = Integrity;
    Token->PrivilegesPresent = Token->PrivilegesEnabled;
    Token->PrivilegesDefault &= Token->PrivilegesEnabled;
}

NTSTATUS SeDefaultSecurity(PTOKEN Token, PSECURITY_DESCRIPTOR *Descriptor)
{
    SEP_PARTS Parts = {};
    if (Token->DefaultDacl) {
        Parts.Control = SE_DACL_PRESENT;
        Parts.Dacl = Token->DefaultDacl;
    }
    return SepBuildDescriptor(&Parts, Descriptor);
}

// A token that no handle was made to yet can be opened all the same: from its process or thread.
NTSTATUS SepSecureToken(PTOKEN Token)
{
    PSECURITY_DESCRIPTOR Descriptor;
    NTSTATUS Status = SeDefaultSecurity(Token, &Descriptor);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = ObAssignSecurity(Token, Descriptor);
    ExFreePool(Descriptor);
    return Status;
}

static NTSTATUS SepCopySecured(PTOKEN Token, TOKEN_TYPE Type, SECURITY_IMPERSONATION_LEVEL Level,
                               PTOKEN *Copy)
{
    NTSTATUS Status = SepCopyToken(Token, Type, Level, Copy);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = SepSecureToken(*Copy);
    if (!NT_SUCCESS(Status))
        ObDereferenceObject(*Copy);
    return Status;
}

NTSTATUS SeDuplicateToken(PTOKEN Token, BOOLEAN EffectiveOnly, TOKEN_TYPE Type,
                          SECURITY_IMPERSONATION_LEVEL Level, PTOKEN *Copy)
{
    NTSTATUS Status = SepCopySecured(Token, Type, Level, Copy);
    if (NT_SUCCESS(Status) && EffectiveOnly)
        SepMakeEffectiveOnly(*Copy);
    return Status;
}

NTSTATUS SeSubProcessToken(PTOKEN Parent, PTOKEN *Token)
{
    return SepCopySecured(Parent, TokenPrimary, Parent->Level, Token);
}

// ---- Asking

VOID SeReferenceToken(PTOKEN Token)
{
    ObReferenceObject(Token);
}

VOID SeQueryTokenIds(PTOKEN Token, PLUID TokenId, PLUID ModifiedId)
{
    *TokenId = Token->TokenId;
    *ModifiedId = Token->ModifiedId;
}

ULONG SeTokenSessionId(PTOKEN Token)
{
    return Token->SessionId;
}

TOKEN_TYPE SeTokenType(PTOKEN Token)
{
    return Token->Type;
}

SECURITY_IMPERSONATION_LEVEL SeTokenImpersonationLevel(PTOKEN Token)
{
    return Token->Level;
}

PSID SeTokenUser(PTOKEN Token)
{
    return Token->Groups.Sids[0].Sid;
}

BOOLEAN SepTokenIsRestricted(PTOKEN Token)
{
    return Token->Restricted.Count != 0;
}

ULONG SepTokenLevel(PTOKEN Token)
{
    if (Token->IntegrityIndex == SEP_NO_INDEX)
        return SECURITY_MANDATORY_UNTRUSTED_RID;
    return SepLevelOfSid(Token->Groups.Sids[Token->IntegrityIndex].Sid);
}

BOOLEAN SepSidInToken(const SEP_SIDS *Sids, PSID Sid, BOOLEAN Deny)
{
    ULONG Index = SepFindGroup(Sids, Sid);
    if (Index == SEP_NO_INDEX || (Sids->Sids[Index].Attributes & SE_GROUP_INTEGRITY))
        return FALSE;
    ULONG Attributes = Sids->Sids[Index].Attributes;
    if (Attributes & SE_GROUP_USE_FOR_DENY_ONLY)
        return Deny;
    return Index == 0 || (Attributes & SE_GROUP_ENABLED);
}

BOOLEAN SepMayOwn(PTOKEN Token, PSID Owner)
{
    ULONG Index = SepFindGroup(&Token->Groups, Owner);
    if (Index == SEP_NO_INDEX)
        return FALSE;
    ULONG Attributes = Token->Groups.Sids[Index].Attributes;
    if (Attributes & SE_GROUP_USE_FOR_DENY_ONLY)
        return FALSE;
    constexpr ULONG Needed = SE_GROUP_OWNER | SE_GROUP_ENABLED;
    return Index == 0 || (Attributes & Needed) == Needed;
}

BOOLEAN SeTokenHasPrivilege(PTOKEN Token, LUID Privilege)
{
    return (Token->PrivilegesEnabled & SepPrivilegeBit(Privilege)) != 0;
}

BOOLEAN SeTokenHasTraverse(PTOKEN Token)
{
    return SeTokenHasPrivilege(Token, RtlConvertUlongToLuid(SE_CHANGE_NOTIFY_PRIVILEGE));
}

BOOLEAN SeTokenHasSid(PTOKEN Token, PSID Sid)
{
    return SepSidInToken(&Token->Groups, Sid, FALSE);
}

ULONG SeTokenIntegrityLevel(PTOKEN Token)
{
    return SepTokenLevel(Token);
}
