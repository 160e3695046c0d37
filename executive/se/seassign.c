// The security descriptor of a new object.
#include "sep.h"

#include "seassign.h"

// Everything that the descriptor is made from, and the ACLs made for it (pool).
typedef struct _SEP_ASSIGNMENT {
    PTOKEN Token; // null before the first token: then the explicit descriptor is complete
    SEP_PARTS Parent, Explicit;
    BOOLEAN IsContainer;
    const GENERIC_MAPPING *Mapping;
    SEP_PARTS New;
    PACL Dacl, Sacl;
    PTOKEN LabelToken; // or null
    ULONG Flags;       // SEF_*
    const GUID *Type;  // of the object, or null
} SEP_ASSIGNMENT;

static NTSTATUS SepAssignOwner(SEP_ASSIGNMENT *Assignment)
{
    PTOKEN Token = Assignment->Token;
    Assignment->New.Owner = Assignment->Explicit.Owner;
    Assignment->New.Group = Assignment->Explicit.Group;
    if (!Token) {
        ASSERT(Assignment->New.Owner && Assignment->New.Group);
        return STATUS_SUCCESS;
    }

    if (!Assignment->New.Owner && (Assignment->Flags & SEF_DEFAULT_OWNER_FROM_PARENT))
        Assignment->New.Owner = Assignment->Parent.Owner;
    else if (Assignment->New.Owner && !(Assignment->Flags & SEF_AVOID_OWNER_CHECK) &&
             !SepMayOwn(Token, Assignment->New.Owner) &&
             !SeTokenHasPrivilege(Token, RtlConvertUlongToLuid(SE_RESTORE_PRIVILEGE)))
        return STATUS_INVALID_OWNER;
    if (!Assignment->New.Owner)
        Assignment->New.Owner = Token->Groups.Sids[Token->OwnerIndex].Sid;
    if (!Assignment->New.Group && (Assignment->Flags & SEF_DEFAULT_GROUP_FROM_PARENT))
        Assignment->New.Group = Assignment->Parent.Group;
    if (!Assignment->New.Group)
        Assignment->New.Group = Token->PrimaryGroup;
    return STATUS_SUCCESS;
}

static NTSTATUS SepApplyTo(SEP_ASSIGNMENT *Assignment, PACL Source, PACL *Result)
{
    return SepApplyAcl(Source, Assignment->IsContainer, Assignment->New.Owner,
                       Assignment->New.Group, Assignment->Mapping, Result);
}

static NTSTATUS SepInherit(SEP_ASSIGNMENT *Assignment, PACL Source, PACL *Result)
{
    return SepInheritAcl(Source, Assignment->IsContainer, Assignment->New.Owner,
                         Assignment->New.Group, Assignment->Type, Assignment->Mapping, Result);
}

// With automatic inheritance an explicit list is followed by what the parent hands down. What the explicit one says
// was inherited came from elsewhere, and goes.
static NTSTATUS SepApplyWithInherited(SEP_ASSIGNMENT *Assignment, PACL Explicit, PACL Parent,
                                      PACL *Result)
{
    PACL Inherited = nullptr, Own = nullptr;
    NTSTATUS Status = SepInherit(Assignment, Parent, &Inherited);
    if (NT_SUCCESS(Status))
        Status = SepApplyTo(Assignment, Explicit, &Own);
    if (NT_SUCCESS(Status))
        Status = SepJoinInherited(Own, Inherited, Result);
    if (Own)
        ExFreePool(Own);
    if (Inherited)
        ExFreePool(Inherited);
    return Status;
}

// In this order: an explicit DACL that is not only a default, what the parent hands down, an explicit
// default, the token's default. None of them: no DACL.
static NTSTATUS SepAssignDacl(SEP_ASSIGNMENT *Assignment)
{
    const SEP_PARTS *Explicit = &Assignment->Explicit;
    SECURITY_DESCRIPTOR_CONTROL *Control = &Assignment->New.Control;
    BOOLEAN Present = (Explicit->Control & SE_DACL_PRESENT) != 0;
    BOOLEAN Defaulted = (Explicit->Control & SE_DACL_DEFAULTED) != 0 ||
                        (Assignment->Flags & SEF_DEFAULT_DESCRIPTOR_FOR_OBJECT);
    BOOLEAN AutoInherit = (Assignment->Flags & SEF_DACL_AUTO_INHERIT) != 0;
    NTSTATUS Status = STATUS_SUCCESS;

    if (Present && !Defaulted) {
        *Control |= SE_DACL_PRESENT | (Explicit->Control & SE_DACL_PROTECTED);
        if (AutoInherit)
            *Control |= SE_DACL_AUTO_INHERITED;
        if (AutoInherit && Explicit->Dacl && !(Explicit->Control & SE_DACL_PROTECTED))
            return SepApplyWithInherited(Assignment, Explicit->Dacl, Assignment->Parent.Dacl,
                                         &Assignment->Dacl);
        return Explicit->Dacl ? SepApplyTo(Assignment, Explicit->Dacl, &Assignment->Dacl) : Status;
    }
    Status = SepInherit(Assignment, Assignment->Parent.Dacl, &Assignment->Dacl);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Assignment->Dacl) {
        *Control |= SE_DACL_PRESENT | SE_DACL_AUTO_INHERITED;
        return STATUS_SUCCESS;
    }
    PACL Default = Present ? Explicit->Dacl : nullptr;
    if (!Default && Assignment->Token)
        Default = Assignment->Token->DefaultDacl;
    if (!Default)
        return STATUS_SUCCESS;
    *Control |= SE_DACL_PRESENT | SE_DACL_DEFAULTED;
    return SepApplyTo(Assignment, Default, &Assignment->Dacl);
}

// A SACL of labels only needs no privilege, if it does not label above the creator's own level.
static NTSTATUS SepCheckExplicitSacl(SEP_ASSIGNMENT *Assignment)
{
    PACL Sacl = Assignment->Explicit.Sacl;
    PTOKEN Token = Assignment->Token;
    if (!Sacl || !Token || (Assignment->Flags & SEF_AVOID_PRIVILEGE_CHECK))
        return STATUS_SUCCESS;
    BOOLEAN Relabel = SeTokenHasPrivilege(Token, RtlConvertUlongToLuid(SE_RELABEL_PRIVILEGE));
    PACE_HEADER Ace = SepFirstAce(Sacl);
    for (ULONG i = 0; i < Sacl->AceCount; i++, Ace = SepNextAce(Ace)) {
        if (Ace->AceType != SYSTEM_MANDATORY_LABEL_ACE_TYPE) {
            if (!SeTokenHasPrivilege(Token, RtlConvertUlongToLuid(SE_SECURITY_PRIVILEGE)))
                return STATUS_PRIVILEGE_NOT_HELD;
        } else if (!Relabel &&
                   SepLevelOfSid(&((PACCESS_ALLOWED_ACE)Ace)->SidStart) > SepTokenLevel(Token)) {
            return STATUS_INVALID_LABEL;
        }
    }
    return STATUS_SUCCESS;
}

static PSID SepLevelSid(PTOKEN Token)
{
    return Token->IntegrityIndex == SEP_NO_INDEX ? SepKnownSid(SepUntrustedLevel)
                                                 : Token->Groups.Sids[Token->IntegrityIndex].Sid;
}

// A process or thread is at its token's level and not even read from below. What a subject below medium
// level makes is at its level; everything else needs no label.
static NTSTATUS SepAssignLabel(SEP_ASSIGNMENT *Assignment)
{
    constexpr ACCESS_MASK Closed =
        SYSTEM_MANDATORY_LABEL_NO_WRITE_UP | SYSTEM_MANDATORY_LABEL_NO_READ_UP;
    if (Assignment->LabelToken)
        return SepCreateLabelAcl(SepLevelSid(Assignment->LabelToken), Closed, &Assignment->Sacl);
    if (Assignment->Token && (Assignment->Flags & SEF_MACL_VALID_FLAGS))
        return SepCreateLabelAcl(SepLevelSid(Assignment->Token),
                                 (Assignment->Flags & SEF_MACL_VALID_FLAGS) / SEF_MACL_NO_WRITE_UP,
                                 &Assignment->Sacl);
    if (Assignment->Token && SepTokenLevel(Assignment->Token) < SECURITY_MANDATORY_MEDIUM_RID)
        return SepCreateLabelAcl(SepLevelSid(Assignment->Token), SYSTEM_MANDATORY_LABEL_NO_WRITE_UP,
                                 &Assignment->Sacl);
    return STATUS_SUCCESS;
}

static NTSTATUS SepAssignSacl(SEP_ASSIGNMENT *Assignment)
{
    NTSTATUS Status = SepCheckExplicitSacl(Assignment);
    if (!NT_SUCCESS(Status))
        return Status;
    BOOLEAN Joins = (Assignment->Flags & SEF_SACL_AUTO_INHERIT) &&
                    !(Assignment->Explicit.Control & SE_SACL_PROTECTED);
    if (Assignment->Explicit.Sacl && Joins)
        Status = SepApplyWithInherited(Assignment, Assignment->Explicit.Sacl,
                                       Assignment->Parent.Sacl, &Assignment->Sacl);
    else if (Assignment->Explicit.Sacl)
        Status = SepApplyTo(Assignment, Assignment->Explicit.Sacl, &Assignment->Sacl);
    else
        Status = SepInherit(Assignment, Assignment->Parent.Sacl, &Assignment->Sacl);
    if (NT_SUCCESS(Status) && !Assignment->Sacl)
        Status = SepAssignLabel(Assignment);
    if (Assignment->Sacl)
        Assignment->New.Control |=
            SE_SACL_PRESENT | (Assignment->Explicit.Control & SE_SACL_PROTECTED);
    if (Assignment->Sacl && (Assignment->Flags & SEF_SACL_AUTO_INHERIT))
        Assignment->New.Control |= SE_SACL_AUTO_INHERITED;
    return Status;
}

static NTSTATUS SepAssign(SEP_ASSIGNMENT *Assignment, PSECURITY_DESCRIPTOR *Assigned)
{
    NTSTATUS Status = SepAssignOwner(Assignment);
    if (NT_SUCCESS(Status))
        Status = SepAssignDacl(Assignment);
    if (NT_SUCCESS(Status))
        Status = SepAssignSacl(Assignment);
    if (NT_SUCCESS(Status)) {
        Assignment->New.Dacl = Assignment->Dacl;
        Assignment->New.Sacl = Assignment->Sacl;
        Status = SepBuildDescriptor(&Assignment->New, Assigned);
    }
    if (Assignment->Dacl)
        ExFreePool(Assignment->Dacl);
    if (Assignment->Sacl)
        ExFreePool(Assignment->Sacl);
    return Status;
}

static NTSTATUS SepAssignFrom(SEP_ASSIGNMENT *Assignment, PSECURITY_DESCRIPTOR Parent,
                              PSECURITY_DESCRIPTOR Explicit, PSECURITY_DESCRIPTOR *Assigned)
{
    if (Parent)
        SepGetParts(Parent, &Assignment->Parent);
    if (Explicit)
        SepGetParts(Explicit, &Assignment->Explicit);
    *Assigned = nullptr;
    return SepAssign(Assignment, Assigned);
}

NTSTATUS SeAssignSecurity(PSECURITY_DESCRIPTOR Parent, PSECURITY_DESCRIPTOR Explicit,
                          BOOLEAN IsContainer, const GENERIC_MAPPING *Mapping,
                          PSECURITY_DESCRIPTOR *Assigned)
{
    return SeAssignSecurityLabeled(Parent, Explicit, IsContainer, Mapping, nullptr, Assigned);
}

NTSTATUS SeAssignSecurityEx(PSECURITY_DESCRIPTOR Parent, PSECURITY_DESCRIPTOR Explicit,
                            BOOLEAN IsContainer, const GENERIC_MAPPING *Mapping,
                            const SE_ASSIGN_OPTIONS *Options, PSECURITY_DESCRIPTOR *Assigned)
{
    SEP_ASSIGNMENT Assignment = {
        .Token = Options->Token,
        .IsContainer = IsContainer,
        .Mapping = Mapping,
        .Flags = Options->Flags,
        .Type = Options->Type,
    };
    return SepAssignFrom(&Assignment, Parent, Explicit, Assigned);
}

NTSTATUS SeAssignSecurityLabeled(PSECURITY_DESCRIPTOR Parent, PSECURITY_DESCRIPTOR Explicit,
                                 BOOLEAN IsContainer, const GENERIC_MAPPING *Mapping,
                                 PTOKEN LabelToken, PSECURITY_DESCRIPTOR *Assigned)
{
    SEP_ASSIGNMENT Assignment = {
        .Token = SepCurrentToken(),
        .LabelToken = LabelToken,
        .IsContainer = IsContainer,
        .Mapping = Mapping,
    };
    return SepAssignFrom(&Assignment, Parent, Explicit, Assigned);
}
