// The access check: mandatory label, privileges, owner, and the DACL against the token.
#include "sep.h"

// One check on its way. Rights are those of the object: generic ones are mapped.
typedef struct _SEP_CHECK {
    PTOKEN Token;
    const GENERIC_MAPPING *Mapping;
    SEP_PARTS Parts;
    PSID PrincipalSelf;
    ACCESS_MASK Desired; // without MAXIMUM_ALLOWED
    BOOLEAN Maximum;
    ACCESS_MASK Granted; // so far
} SEP_CHECK;

static ACCESS_MASK SepMapMask(ACCESS_MASK Mask, const GENERIC_MAPPING *Mapping)
{
    RtlMapGenericMask(&Mask, Mapping);
    return Mask;
}

// ---- The mandatory label

// An object without a label is at medium level, and may not be written from below.
static VOID SepObjectLabel(PACL Sacl, PULONG Level, PACCESS_MASK Policy)
{
    *Level = SECURITY_MANDATORY_MEDIUM_RID;
    *Policy = SYSTEM_MANDATORY_LABEL_NO_WRITE_UP;
    PSYSTEM_MANDATORY_LABEL_ACE Ace = SepFindLabel(Sacl);
    if (!Ace)
        return;
    *Level = SepLevelOfSid(&Ace->SidStart);
    *Policy = Ace->Mask;
}

// What the label lets the token have at most.
static ACCESS_MASK SepMandatoryLimit(const SEP_CHECK *Check)
{
    ULONG Level;
    ACCESS_MASK Policy;
    SepObjectLabel(Check->Parts.Sacl, &Level, &Policy);
    if (!(Check->Token->MandatoryPolicy & TOKEN_MANDATORY_POLICY_NO_WRITE_UP) ||
        SepTokenLevel(Check->Token) >= Level)
        return ~0U;

    const GENERIC_MAPPING *Mapping = Check->Mapping;
    ACCESS_MASK ReadOrExecute = Mapping->GenericRead | Mapping->GenericExecute | SYNCHRONIZE;
    ACCESS_MASK Limit = 0;
    if (!(Policy & SYSTEM_MANDATORY_LABEL_NO_READ_UP))
        Limit |= Mapping->GenericRead | SYNCHRONIZE;
    if (!(Policy & SYSTEM_MANDATORY_LABEL_NO_EXECUTE_UP))
        Limit |= Mapping->GenericExecute | SYNCHRONIZE;
    if (!(Policy & SYSTEM_MANDATORY_LABEL_NO_WRITE_UP))
        Limit |= ~ReadOrExecute;
    return Limit;
}

// ---- The DACL

static PSID SepAceSid(PACE_HEADER Ace, const GUID **ObjectType)
{
    *ObjectType = nullptr;
    if (Ace->AceType != ACCESS_ALLOWED_OBJECT_ACE_TYPE &&
        Ace->AceType != ACCESS_DENIED_OBJECT_ACE_TYPE)
        return &((PACCESS_ALLOWED_ACE)Ace)->SidStart;
    PACCESS_ALLOWED_OBJECT_ACE Object = (PACCESS_ALLOWED_OBJECT_ACE)Ace;
    PUCHAR Next = (PUCHAR)&Object->ObjectType;
    if (Object->Flags & ACE_OBJECT_TYPE_PRESENT) {
        *ObjectType = (const GUID *)Next;
        Next += sizeof(GUID);
    }
    if (Object->Flags & ACE_INHERITED_OBJECT_TYPE_PRESENT)
        Next += sizeof(GUID);
    return Next;
}

typedef enum _SEP_ACE_KIND { SepIgnore, SepAllow, SepDeny } SEP_ACE_KIND;

// A condition that cannot be evaluated is unknown: it denies, and does not allow. So does an ACE for
// a part of the object (a GUID), as checks are made for whole objects.
static SEP_ACE_KIND SepAceKind(PACE_HEADER Ace, BOOLEAN ForPart)
{
    if (Ace->AceFlags & INHERIT_ONLY_ACE)
        return SepIgnore;
    switch (Ace->AceType) {
    case ACCESS_ALLOWED_ACE_TYPE:
        return SepAllow;
    case ACCESS_ALLOWED_OBJECT_ACE_TYPE:
        return ForPart ? SepIgnore : SepAllow;
    case ACCESS_DENIED_ACE_TYPE:
    case ACCESS_DENIED_OBJECT_ACE_TYPE:
    case ACCESS_DENIED_CALLBACK_ACE_TYPE:
        return SepDeny;
    default:
        return SepIgnore;
    }
}

static BOOLEAN SepIsOwner(const SEP_CHECK *Check, const SEP_SIDS *Sids, BOOLEAN Deny)
{
    return Check->Parts.Owner && SepSidInToken(Sids, Check->Parts.Owner, Deny);
}

static BOOLEAN SepAceMatches(const SEP_CHECK *Check, const SEP_SIDS *Sids, PSID Sid, BOOLEAN Deny)
{
    if (RtlEqualSid(Sid, SepKnownSid(SepOwnerRights)))
        return SepIsOwner(Check, Sids, Deny);
    if (RtlEqualSid(Sid, SepKnownSid(SepPrincipalSelf)))
        return Check->PrincipalSelf && SepSidInToken(Sids, Check->PrincipalSelf, Deny);
    return SepSidInToken(Sids, Sid, Deny);
}

static BOOLEAN SepHasOwnerRights(PACL Dacl)
{
    PACE_HEADER Ace = SepFirstAce(Dacl);
    for (ULONG i = 0; i < Dacl->AceCount; i++, Ace = SepNextAce(Ace)) {
        const GUID *ObjectType;
        PSID Sid = SepAceSid(Ace, &ObjectType);
        if (SepAceKind(Ace, FALSE) != SepIgnore && RtlEqualSid(Sid, SepKnownSid(SepOwnerRights)))
            return TRUE;
    }
    return FALSE;
}

// The rights that the DACL gives to a set of SIDs: for each right the first ACE decides.
static ACCESS_MASK SepEvaluateDacl(const SEP_CHECK *Check, const SEP_SIDS *Sids)
{
    PACL Dacl = Check->Parts.Dacl;
    if (!Dacl)
        return ~(ACCESS_MASK)0;
    ACCESS_MASK Allowed = 0, Denied = 0;
    if (SepIsOwner(Check, Sids, FALSE) && !SepHasOwnerRights(Dacl))
        Allowed = READ_CONTROL | WRITE_DAC;

    PACE_HEADER Ace = SepFirstAce(Dacl);
    for (ULONG i = 0; i < Dacl->AceCount; i++, Ace = SepNextAce(Ace)) {
        const GUID *ObjectType;
        PSID Sid = SepAceSid(Ace, &ObjectType);
        SEP_ACE_KIND Kind = SepAceKind(Ace, ObjectType != nullptr);
        if (Kind == SepIgnore || !SepAceMatches(Check, Sids, Sid, Kind == SepDeny))
            continue;
        ACCESS_MASK Mask = SepMapMask(((PACCESS_ALLOWED_ACE)Ace)->Mask, Check->Mapping);
        if (Kind == SepAllow)
            Allowed |= Mask & ~Denied;
        else
            Denied |= Mask & ~Allowed;
    }
    return Allowed;
}

// A restricted token must be allowed twice; a write-restricted one for writing only.
static ACCESS_MASK SepDiscretionaryRights(const SEP_CHECK *Check)
{
    PTOKEN Token = Check->Token;
    ACCESS_MASK Allowed = SepEvaluateDacl(Check, &Token->Groups);
    if (!SepTokenIsRestricted(Token))
        return Allowed;
    ACCESS_MASK Second = SepEvaluateDacl(Check, &Token->Restricted);
    if (Token->WriteRestricted)
        Second |= ~SepMapMask(GENERIC_WRITE, Check->Mapping) | READ_CONTROL | SYNCHRONIZE;
    return Allowed & Second;
}

// ---- Privileges

static BOOLEAN SepCheckHasPrivilege(const SEP_CHECK *Check, ULONG Privilege)
{
    return SeTokenHasPrivilege(Check->Token, RtlConvertUlongToLuid(Privilege));
}

// ACCESS_SYSTEM_SECURITY comes from a privilege alone; WRITE_OWNER also from one.
static NTSTATUS SepCheckPrivileges(SEP_CHECK *Check)
{
    if (Check->Desired & ACCESS_SYSTEM_SECURITY) {
        if (!SepCheckHasPrivilege(Check, SE_SECURITY_PRIVILEGE))
            return STATUS_PRIVILEGE_NOT_HELD;
        Check->Granted |= ACCESS_SYSTEM_SECURITY;
    }
    if ((Check->Desired & WRITE_OWNER) && SepCheckHasPrivilege(Check, SE_TAKE_OWNERSHIP_PRIVILEGE))
        Check->Granted |= WRITE_OWNER;
    return STATUS_SUCCESS;
}

static NTSTATUS SepCheck(SEP_CHECK *Check)
{
    NTSTATUS Status = SepCheckPrivileges(Check);
    if (!NT_SUCCESS(Status))
        return Status;
    ACCESS_MASK Limit = SepMandatoryLimit(Check);
    if (SepCheckHasPrivilege(Check, SE_RELABEL_PRIVILEGE))
        Limit |= WRITE_OWNER;
    ACCESS_MASK Rights =
        SepDiscretionaryRights(Check) & Limit & ~(ACCESS_MASK)ACCESS_SYSTEM_SECURITY;

    ACCESS_MASK Missing = Check->Desired & ~Check->Granted & ~Rights;
    if (Missing)
        return STATUS_ACCESS_DENIED;
    Check->Granted |= Check->Desired & Rights;
    if (Check->Maximum)
        Check->Granted |= Rights & Check->Mapping->GenericAll;
    return Check->Granted ? STATUS_SUCCESS : STATUS_ACCESS_DENIED;
}

static ACCESS_MASK SepGrantEverything(ACCESS_MASK Desired, const GENERIC_MAPPING *Mapping)
{
    if (Desired & MAXIMUM_ALLOWED)
        Desired |= Mapping->GenericAll;
    return SepMapMask(Desired & ~(ACCESS_MASK)MAXIMUM_ALLOWED, Mapping);
}

// Does not wait and allocates nothing, so the descriptor may be the live one of an object.
BOOLEAN SeAccessCheck(PSECURITY_DESCRIPTOR Descriptor, PTOKEN Token, ACCESS_MASK DesiredAccess,
                      ACCESS_MASK PreviouslyGranted, const GENERIC_MAPPING *Mapping,
                      KPROCESSOR_MODE Mode, PACCESS_MASK Granted, PNTSTATUS Status)
{
    *Status = STATUS_SUCCESS;
    if (Mode == KernelMode || !Descriptor) {
        *Granted = PreviouslyGranted | SepGrantEverything(DesiredAccess, Mapping);
        return TRUE;
    }
    *Granted = 0;
    if (Token->Type == TokenImpersonation && Token->Level < SecurityImpersonation) {
        *Status = STATUS_BAD_IMPERSONATION_LEVEL;
        return FALSE;
    }

    SEP_CHECK Check = {
        .Token = Token,
        .Mapping = Mapping,
        .Desired = SepMapMask(DesiredAccess, Mapping) & ~(ACCESS_MASK)MAXIMUM_ALLOWED,
        .Maximum = (DesiredAccess & MAXIMUM_ALLOWED) != 0,
        .Granted = PreviouslyGranted,
    };
    SepGetParts(Descriptor, &Check.Parts);
    *Status = SepCheck(&Check);
    if (!NT_SUCCESS(*Status))
        return FALSE;
    *Granted = Check.Granted;
    return TRUE;
}

// ---- Of the current thread

PTOKEN SepCurrentToken(void)
{
    return KeGetCurrentThread() ? PsEffectiveToken() : SeSystemToken;
}

// Before the first token exists only the Executive itself opens anything, in KernelMode.
VOID SeCreateAccessState(PACCESS_STATE State, ACCESS_MASK DesiredAccess,
                         const GENERIC_MAPPING *Mapping)
{
    ACCESS_MASK Mapped = SepMapMask(DesiredAccess, Mapping);
    *State = (ACCESS_STATE){
        .OriginalDesiredAccess = DesiredAccess,
        .RemainingDesiredAccess = Mapped,
        .Token = SepCurrentToken(),
    };
    if (State->Token)
        ObReferenceObject(State->Token);
}

VOID SeDeleteAccessState(PACCESS_STATE State)
{
    if (State->Token)
        ObDereferenceObject(State->Token);
}

BOOLEAN SeSinglePrivilegeCheck(LUID Privilege, KPROCESSOR_MODE Mode)
{
    if (Mode == KernelMode)
        return TRUE;
    PTOKEN Token = SepCurrentToken();
    if (Token->Type == TokenImpersonation && Token->Level < SecurityImpersonation)
        return FALSE;
    return SeTokenHasPrivilege(Token, Privilege);
}
