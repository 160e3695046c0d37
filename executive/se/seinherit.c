// ACLs of new objects: what is inherited from a container, and what generic rights and the creator's
// place holders become.
#include "sep.h"

// Two passes with the same code: the first (Acl null) adds up the size, the second writes.
typedef struct _SEP_ACL_WRITER {
    PACL Acl;
    ULONG Size, Count;
    UCHAR Revision;
    PSID Owner, Group;
    const GUID *Type; // of the object, or null
    const GENERIC_MAPPING *Mapping;
} SEP_ACL_WRITER;

#define SEP_PROPAGATE_FLAGS (OBJECT_INHERIT_ACE | CONTAINER_INHERIT_ACE)
#define SEP_GENERIC_RIGHTS  (GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE | GENERIC_ALL)

static BOOLEAN SepIsPlainAce(PACE_HEADER Ace)
{
    switch (Ace->AceType) {
    case ACCESS_ALLOWED_ACE_TYPE:
    case ACCESS_DENIED_ACE_TYPE:
    case SYSTEM_AUDIT_ACE_TYPE:
    case SYSTEM_ALARM_ACE_TYPE:
        return TRUE;
    default:
        return FALSE;
    }
}

static PSID SepPlainSid(PACE_HEADER Ace)
{
    return &((PACCESS_ALLOWED_ACE)Ace)->SidStart;
}

// Who takes the place of CREATOR OWNER and CREATOR GROUP; null for every other SID.
static PSID SepCreatorReplacement(const SEP_ACL_WRITER *Writer, PACE_HEADER Ace)
{
    if (!SepIsPlainAce(Ace))
        return nullptr;
    if (RtlEqualSid(SepPlainSid(Ace), SepKnownSid(SepCreatorOwner)))
        return Writer->Owner;
    if (RtlEqualSid(SepPlainSid(Ace), SepKnownSid(SepCreatorGroup)))
        return Writer->Group;
    return nullptr;
}

static PACE_HEADER SepReserveAce(SEP_ACL_WRITER *Writer, ULONG Size)
{
    PACE_HEADER Ace = Writer->Acl ? (PACE_HEADER)((PUCHAR)Writer->Acl + Writer->Size) : nullptr;
    Writer->Size += Size;
    Writer->Count++;
    return Ace;
}

static VOID SepCopyAce(SEP_ACL_WRITER *Writer, PACE_HEADER Ace, ULONG Flags)
{
    PACE_HEADER Copy = SepReserveAce(Writer, Ace->AceSize);
    if (!Copy)
        return;
    memcpy(Copy, Ace, Ace->AceSize);
    Copy->AceFlags = (UCHAR)Flags;
}

// The ACE as it is in force on the new object: rights mapped, the creator put in. Labels have a
// policy in place of rights.
static VOID SepCopyEffectiveAce(SEP_ACL_WRITER *Writer, PACE_HEADER Ace, ULONG Flags)
{
    PSID Replacement = SepCreatorReplacement(Writer, Ace);
    ULONG Size = Ace->AceSize;
    if (Replacement)
        Size = FIELD_OFFSET(ACCESS_ALLOWED_ACE, SidStart) + RtlLengthSid(Replacement);
    PACCESS_ALLOWED_ACE Copy = (PACCESS_ALLOWED_ACE)SepReserveAce(Writer, Size);
    if (!Copy)
        return;
    if (Replacement) {
        Copy->Header.AceType = Ace->AceType;
        Copy->Header.AceSize = (USHORT)Size;
        Copy->Mask = ((PACCESS_ALLOWED_ACE)Ace)->Mask;
        memcpy(&Copy->SidStart, Replacement, RtlLengthSid(Replacement));
    } else {
        memcpy(Copy, Ace, Ace->AceSize);
    }
    Copy->Header.AceFlags = (UCHAR)Flags;
    if (Ace->AceType != SYSTEM_MANDATORY_LABEL_ACE_TYPE)
        RtlMapGenericMask(&Copy->Mask, Writer->Mapping);
}

// An ACE that is in force on a container and goes on to its children. It is kept as it was for them
// when it must look different on the container itself.
static VOID SepCopyInheritableAce(SEP_ACL_WRITER *Writer, PACE_HEADER Ace, ULONG Flags)
{
    ULONG Propagate = Flags & SEP_PROPAGATE_FLAGS;
    BOOLEAN Split = SepCreatorReplacement(Writer, Ace) ||
                    (((PACCESS_ALLOWED_ACE)Ace)->Mask & SEP_GENERIC_RIGHTS);
    if (!Propagate || !Split) {
        SepCopyEffectiveAce(Writer, Ace, Flags);
        return;
    }
    SepCopyEffectiveAce(Writer, Ace, Flags & ~(ULONG)(SEP_PROPAGATE_FLAGS | INHERIT_ONLY_ACE));
    SepCopyAce(Writer, Ace, Flags | INHERIT_ONLY_ACE);
}

// An entry may be for children of one type only.
static BOOLEAN SepIsForType(const SEP_ACL_WRITER *Writer, PACE_HEADER Ace)
{
    switch (Ace->AceType) {
    case ACCESS_ALLOWED_OBJECT_ACE_TYPE:
    case ACCESS_DENIED_OBJECT_ACE_TYPE:
    case SYSTEM_AUDIT_OBJECT_ACE_TYPE:
    case SYSTEM_ALARM_OBJECT_ACE_TYPE:
        break;
    default:
        return TRUE;
    }
    PACCESS_ALLOWED_OBJECT_ACE Object = (PACCESS_ALLOWED_OBJECT_ACE)Ace;
    const GUID *Types = &Object->ObjectType;
    if (!(Object->Flags & ACE_INHERITED_OBJECT_TYPE_PRESENT))
        return TRUE;
    if (Object->Flags & ACE_OBJECT_TYPE_PRESENT)
        Types++;
    return Writer->Type && !memcmp(Types, Writer->Type, sizeof(GUID));
}

static VOID SepInheritAce(SEP_ACL_WRITER *Writer, PACE_HEADER Ace, BOOLEAN IsContainer)
{
    ULONG Flags = Ace->AceFlags;
    // The audit flags stay; the others are decided here.
    ULONG Kept = (Flags & ~(ULONG)VALID_INHERIT_FLAGS) | INHERITED_ACE;
    BOOLEAN Propagate = IsContainer && !(Flags & NO_PROPAGATE_INHERIT_ACE);
    ULONG Further = Propagate ? Flags & SEP_PROPAGATE_FLAGS : 0;

    if (!SepIsForType(Writer, Ace)) {
        if (Further)
            SepCopyAce(Writer, Ace, Kept | Further | INHERIT_ONLY_ACE);
        return;
    }
    if (!IsContainer) {
        if (Flags & OBJECT_INHERIT_ACE)
            SepCopyEffectiveAce(Writer, Ace, Kept);
        return;
    }
    if (Flags & CONTAINER_INHERIT_ACE)
        SepCopyInheritableAce(Writer, Ace, Kept | Further);
    else if ((Flags & OBJECT_INHERIT_ACE) && Propagate)
        SepCopyAce(Writer, Ace, Kept | OBJECT_INHERIT_ACE | INHERIT_ONLY_ACE);
}

static VOID SepApplyAce(SEP_ACL_WRITER *Writer, PACE_HEADER Ace, BOOLEAN IsContainer)
{
    if (Ace->AceFlags & INHERIT_ONLY_ACE)
        SepCopyAce(Writer, Ace, Ace->AceFlags);
    else if (IsContainer)
        SepCopyInheritableAce(Writer, Ace, Ace->AceFlags);
    else
        SepCopyEffectiveAce(Writer, Ace, Ace->AceFlags);
}

typedef VOID SEP_ACE_ROUTINE(SEP_ACL_WRITER *Writer, PACE_HEADER Ace, BOOLEAN IsContainer);

static VOID SepWriteAces(SEP_ACL_WRITER *Writer, PACL Source, BOOLEAN IsContainer,
                         SEP_ACE_ROUTINE *Routine)
{
    Writer->Size = sizeof(ACL);
    Writer->Count = 0;
    PACE_HEADER Ace = SepFirstAce(Source);
    for (ULONG i = 0; i < Source->AceCount; i++, Ace = SepNextAce(Ace))
        Routine(Writer, Ace, IsContainer);
}

// Room for what has been counted.
static NTSTATUS SepAllocateAcl(SEP_ACL_WRITER *Writer, ULONG Revision)
{
    if (Writer->Size > MAXUSHORT)
        return STATUS_BAD_INHERITANCE_ACL;
    Writer->Acl = ExAllocatePoolZero(PagedPool, Writer->Size, SE_TAG_ACL);
    if (!Writer->Acl)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlCreateAcl(Writer->Acl, Writer->Size, Revision);
    return STATUS_SUCCESS;
}

static NTSTATUS SepTransformAcl(SEP_ACL_WRITER *Writer, PACL Source, BOOLEAN IsContainer,
                                SEP_ACE_ROUTINE *Routine, PACL *Result)
{
    SepWriteAces(Writer, Source, IsContainer, Routine);
    NTSTATUS Status = SepAllocateAcl(Writer, Source->AclRevision);
    if (!NT_SUCCESS(Status))
        return Status;
    SepWriteAces(Writer, Source, IsContainer, Routine);
    Writer->Acl->AceCount = (USHORT)Writer->Count;
    *Result = Writer->Acl;
    return STATUS_SUCCESS;
}

NTSTATUS SepInheritAcl(PACL Parent, BOOLEAN IsContainer, PSID Owner, PSID Group, const GUID *Type,
                       const GENERIC_MAPPING *Mapping, PACL *Inherited)
{
    *Inherited = nullptr;
    if (!Parent)
        return STATUS_SUCCESS;
    SEP_ACL_WRITER Writer = {.Owner = Owner, .Group = Group, .Type = Type, .Mapping = Mapping};
    NTSTATUS Status = SepTransformAcl(&Writer, Parent, IsContainer, SepInheritAce, Inherited);
    if (NT_SUCCESS(Status) && !(*Inherited)->AceCount) {
        ExFreePool(*Inherited);
        *Inherited = nullptr;
    }
    return Status;
}

NTSTATUS SepApplyAcl(PACL Acl, BOOLEAN IsContainer, PSID Owner, PSID Group,
                     const GENERIC_MAPPING *Mapping, PACL *Applied)
{
    SEP_ACL_WRITER Writer = {.Owner = Owner, .Group = Group, .Mapping = Mapping};
    return SepTransformAcl(&Writer, Acl, IsContainer, SepApplyAce, Applied);
}

// ---- Two lists

static VOID SepCopyAces(SEP_ACL_WRITER *Writer, PACL Source, BOOLEAN All)
{
    PACE_HEADER Ace = SepFirstAce(Source);
    for (ULONG i = 0; i < Source->AceCount; i++, Ace = SepNextAce(Ace))
        if (All || !(Ace->AceFlags & INHERITED_ACE))
            SepCopyAce(Writer, Ace, Ace->AceFlags);
}

static VOID SepCopyBoth(SEP_ACL_WRITER *Writer, PACL First, PACL Second)
{
    Writer->Size = sizeof(ACL);
    Writer->Count = 0;
    SepCopyAces(Writer, First, FALSE);
    if (Second)
        SepCopyAces(Writer, Second, TRUE);
}

NTSTATUS SepJoinInherited(PACL First, PACL Second, PACL *Joined)
{
    SEP_ACL_WRITER Writer = {};
    UCHAR Revision = First->AclRevision;
    if (Second && Second->AclRevision > Revision)
        Revision = Second->AclRevision;
    SepCopyBoth(&Writer, First, Second);
    NTSTATUS Status = SepAllocateAcl(&Writer, Revision);
    if (!NT_SUCCESS(Status))
        return Status;
    SepCopyBoth(&Writer, First, Second);
    Writer.Acl->AceCount = (USHORT)Writer.Count;
    *Joined = Writer.Acl;
    return STATUS_SUCCESS;
}
