// The access check: mandatory label, privileges, owner, and the DACL against the token.
#include "sep.h"

// One check on its way. Rights are those of the object: generic ones are mapped.
typedef struct _SEP_CHECK {
    PTOKEN Token;
    const GENERIC_MAPPING *Mapping;
    SEP_PARTS Parts;
    PSID PrincipalSelf;  // whom S-1-5-10 stands for, or null
    ACCESS_MASK Desired; // without MAXIMUM_ALLOWED
    BOOLEAN Maximum;
    ACCESS_MASK Granted; // so far, for all nodes
    SEP_NODE *Nodes;
    ULONG NodeCount;
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

// A condition that cannot be evaluated is unknown: it denies, and does not allow.
static SEP_ACE_KIND SepAceKind(PACE_HEADER Ace)
{
    if (Ace->AceFlags & INHERIT_ONLY_ACE)
        return SepIgnore;
    switch (Ace->AceType) {
    case ACCESS_ALLOWED_ACE_TYPE:
    case ACCESS_ALLOWED_OBJECT_ACE_TYPE:
        return SepAllow;
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
        if (SepAceKind(Ace) != SepIgnore && RtlEqualSid(Sid, SepKnownSid(SepOwnerRights)))
            return TRUE;
    }
    return FALSE;
}

// Where in the object an ACE applies: its node and those below it. A check without a list of parts is for
// the whole: what allows only a part does not count there, what denies one does.
static ULONG SepAceNode(const SEP_CHECK *Check, const GUID *ObjectType, SEP_ACE_KIND Kind)
{
    if (!ObjectType)
        return 0;
    if (Check->Nodes[0].Untyped)
        return Kind == SepDeny ? 0 : SEP_NO_INDEX;
    for (ULONG i = 0; i < Check->NodeCount; i++)
        if (!memcmp(&Check->Nodes[i].Type, ObjectType, sizeof(*ObjectType)))
            return i;
    return SEP_NO_INDEX;
}

// Nodes lie in the order of a walk: those below one follow it, at deeper levels.
static ULONG SepBranchEnd(const SEP_CHECK *Check, ULONG Node)
{
    ULONG End = Node + 1;
    while (End < Check->NodeCount && Check->Nodes[End].Level > Check->Nodes[Node].Level)
        End++;
    return End;
}

// What all children of a node have, it has.
static VOID SepRaiseAllowed(const SEP_CHECK *Check, ULONG Node)
{
    while (Node) {
        ULONG Parent = Check->Nodes[Node].Parent;
        ACCESS_MASK Common = ~(ACCESS_MASK)0;
        for (ULONG i = Parent + 1; i < SepBranchEnd(Check, Parent); i++)
            if (Check->Nodes[i].Parent == Parent)
                Common &= Check->Nodes[i].Allowed;
        Check->Nodes[Parent].Allowed |= Common & ~Check->Nodes[Parent].Denied;
        Node = Parent;
    }
}

static VOID SepAllowNodes(const SEP_CHECK *Check, ULONG Node, ACCESS_MASK Mask)
{
    for (ULONG i = Node; i < SepBranchEnd(Check, Node); i++)
        Check->Nodes[i].Allowed |= Mask & ~Check->Nodes[i].Denied;
    SepRaiseAllowed(Check, Node);
}

// Who may not have a part may not have the whole.
static VOID SepDenyNodes(const SEP_CHECK *Check, ULONG Node, ACCESS_MASK Mask)
{
    for (ULONG i = Node; i < SepBranchEnd(Check, Node); i++)
        Check->Nodes[i].Denied |= Mask & ~Check->Nodes[i].Allowed;
    for (ULONG i = Node; i; i = Check->Nodes[i].Parent) {
        SEP_NODE *Parent = &Check->Nodes[Check->Nodes[i].Parent];
        Parent->Denied |= Mask & ~Parent->Allowed;
    }
}

static VOID SepStartNodes(const SEP_CHECK *Check, ACCESS_MASK Allowed)
{
    for (ULONG i = 0; i < Check->NodeCount; i++) {
        Check->Nodes[i].Allowed = Allowed;
        Check->Nodes[i].Denied = 0;
    }
}

// The rights that the DACL gives to a set of SIDs: for each right the first ACE decides.
static VOID SepEvaluateDacl(const SEP_CHECK *Check, const SEP_SIDS *Sids)
{
    PACL Dacl = Check->Parts.Dacl;
    if (!Dacl) {
        SepStartNodes(Check, ~(ACCESS_MASK)0);
        return;
    }
    BOOLEAN Owner = SepIsOwner(Check, Sids, FALSE) && !SepHasOwnerRights(Dacl);
    SepStartNodes(Check, Owner ? READ_CONTROL | WRITE_DAC : 0);

    PACE_HEADER Ace = SepFirstAce(Dacl);
    for (ULONG i = 0; i < Dacl->AceCount; i++, Ace = SepNextAce(Ace)) {
        const GUID *ObjectType;
        SEP_ACE_KIND Kind = SepAceKind(Ace);
        if (Kind == SepIgnore)
            continue;
        PSID Sid = SepAceSid(Ace, &ObjectType);
        ULONG Node = SepAceNode(Check, ObjectType, Kind);
        if (Node == SEP_NO_INDEX || !SepAceMatches(Check, Sids, Sid, Kind == SepDeny))
            continue;
        ACCESS_MASK Mask = SepMapMask(((PACCESS_ALLOWED_ACE)Ace)->Mask, Check->Mapping);
        if (Kind == SepAllow)
            SepAllowNodes(Check, Node, Mask);
        else
            SepDenyNodes(Check, Node, Mask);
    }
}

// A restricted token must be allowed twice; a write-restricted one for writing only.
static VOID SepEvaluateRights(const SEP_CHECK *Check)
{
    PTOKEN Token = Check->Token;
    SepEvaluateDacl(Check, &Token->Groups);
    for (ULONG i = 0; i < Check->NodeCount; i++)
        Check->Nodes[i].Granted = Check->Nodes[i].Allowed;
    if (!SepTokenIsRestricted(Token))
        return;
    SepEvaluateDacl(Check, &Token->Restricted);
    ACCESS_MASK Anyway = 0;
    if (Token->WriteRestricted)
        Anyway = ~SepMapMask(GENERIC_WRITE, Check->Mapping) | READ_CONTROL | SYNCHRONIZE;
    for (ULONG i = 0; i < Check->NodeCount; i++)
        Check->Nodes[i].Granted &= Check->Nodes[i].Allowed | Anyway;
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

// Rights: what label and DACL give.
static NTSTATUS SepDecide(const SEP_CHECK *Check, ACCESS_MASK Rights, PACCESS_MASK Granted)
{
    *Granted = 0;
    if (Check->Desired & ~Check->Granted & ~Rights)
        return STATUS_ACCESS_DENIED;
    ACCESS_MASK Result = Check->Granted | (Check->Desired & Rights);
    if (Check->Maximum)
        Result |= Rights & Check->Mapping->GenericAll;
    if (!Result)
        return STATUS_ACCESS_DENIED;
    *Granted = Result;
    return STATUS_SUCCESS;
}

static VOID SepCheck(SEP_CHECK *Check)
{
    NTSTATUS Status = SepCheckPrivileges(Check);
    ACCESS_MASK Limit = SepMandatoryLimit(Check);
    if (SepCheckHasPrivilege(Check, SE_RELABEL_PRIVILEGE))
        Limit |= WRITE_OWNER;
    SepEvaluateRights(Check);
    for (ULONG i = 0; i < Check->NodeCount; i++) {
        SEP_NODE *Node = &Check->Nodes[i];
        ACCESS_MASK Rights = Node->Granted & Limit & ~(ACCESS_MASK)ACCESS_SYSTEM_SECURITY;
        Node->Granted = 0;
        Node->Status = NT_SUCCESS(Status) ? SepDecide(Check, Rights, &Node->Granted) : Status;
    }
}

VOID SepCheckNodes(const SEP_CHECK_ARGUMENTS *Arguments, SEP_NODE *Nodes, ULONG Count)
{
    SEP_CHECK Check = {
        .Token = Arguments->Token,
        .Mapping = Arguments->Mapping,
        .PrincipalSelf = Arguments->PrincipalSelf,
        .Desired =
            SepMapMask(Arguments->Desired, Arguments->Mapping) & ~(ACCESS_MASK)MAXIMUM_ALLOWED,
        .Maximum = (Arguments->Desired & MAXIMUM_ALLOWED) != 0,
        .Granted = Arguments->PreviouslyGranted,
        .Nodes = Nodes,
        .NodeCount = Count,
    };
    SepGetParts(Arguments->Descriptor, &Check.Parts);
    SepCheck(&Check);
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

    SEP_NODE Whole = {.Untyped = TRUE};
    const SEP_CHECK_ARGUMENTS Arguments = {
        .Descriptor = Descriptor,
        .Token = Token,
        .Mapping = Mapping,
        .Desired = DesiredAccess,
        .PreviouslyGranted = PreviouslyGranted,
    };
    SepCheckNodes(&Arguments, &Whole, 1);
    *Status = Whole.Status;
    *Granted = Whole.Granted;
    return NT_SUCCESS(Whole.Status);
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
