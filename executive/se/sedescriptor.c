// Security descriptors: taking apart, putting together, selecting and modifying parts.
#include "sep.h"

VOID SepGetParts(PSECURITY_DESCRIPTOR Descriptor, SEP_PARTS *Parts)
{
    BOOLEAN Present, Defaulted;
    ULONG Revision;
    *Parts = (SEP_PARTS){};
    RtlGetControlSecurityDescriptor(Descriptor, &Parts->Control, &Revision);
    RtlGetOwnerSecurityDescriptor(Descriptor, &Parts->Owner, &Defaulted);
    RtlGetGroupSecurityDescriptor(Descriptor, &Parts->Group, &Defaulted);
    RtlGetDaclSecurityDescriptor(Descriptor, &Present, &Parts->Dacl, &Defaulted);
    if (!Present)
        Parts->Dacl = nullptr;
    RtlGetSaclSecurityDescriptor(Descriptor, &Present, &Parts->Sacl, &Defaulted);
    if (!Present)
        Parts->Sacl = nullptr;
}

NTSTATUS SepBuildDescriptor(const SEP_PARTS *Parts, PSECURITY_DESCRIPTOR *Descriptor)
{
    SECURITY_DESCRIPTOR Absolute = {
        .Revision = SECURITY_DESCRIPTOR_REVISION,
        .Control = Parts->Control & (SECURITY_DESCRIPTOR_CONTROL)~SE_SELF_RELATIVE,
        .Owner = Parts->Owner,
        .Group = Parts->Group,
        .Dacl = Parts->Dacl,
        .Sacl = Parts->Sacl,
    };
    ULONG Length = 0;
    NTSTATUS Status = RtlAbsoluteToSelfRelativeSD(&Absolute, nullptr, &Length);
    if (Status != STATUS_BUFFER_TOO_SMALL)
        return NT_SUCCESS(Status) ? STATUS_INVALID_SECURITY_DESCR : Status;
    *Descriptor = ExAllocatePoolZero(PagedPool, Length, SE_TAG_DESCRIPTOR);
    if (!*Descriptor)
        return STATUS_INSUFFICIENT_RESOURCES;
    Status = RtlAbsoluteToSelfRelativeSD(&Absolute, *Descriptor, &Length);
    if (!NT_SUCCESS(Status)) {
        ExFreePool(*Descriptor);
        *Descriptor = nullptr;
    }
    return Status;
}

// ---- The mandatory label

static PSYSTEM_MANDATORY_LABEL_ACE SepAsLabel(PACE_HEADER Ace)
{
    BOOLEAN Label =
        Ace->AceType == SYSTEM_MANDATORY_LABEL_ACE_TYPE && !(Ace->AceFlags & INHERIT_ONLY_ACE);
    return Label ? (PSYSTEM_MANDATORY_LABEL_ACE)Ace : nullptr;
}

PSYSTEM_MANDATORY_LABEL_ACE SepFindLabel(PACL Sacl)
{
    if (!Sacl)
        return nullptr;
    PACE_HEADER Ace = SepFirstAce(Sacl);
    for (ULONG i = 0; i < Sacl->AceCount; i++, Ace = SepNextAce(Ace))
        if (SepAsLabel(Ace))
            return SepAsLabel(Ace);
    return nullptr;
}

NTSTATUS SepCreateLabelAcl(PSID Level, ACCESS_MASK Policy, PACL *Sacl)
{
    ULONG Size = (ULONG)(sizeof(ACL) + FIELD_OFFSET(SYSTEM_MANDATORY_LABEL_ACE, SidStart)) +
                 RtlLengthSid(Level);
    *Sacl = ExAllocatePoolZero(PagedPool, Size, SE_TAG_ACL);
    if (!*Sacl)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlCreateAcl(*Sacl, Size, ACL_REVISION);
    return RtlAddMandatoryAce(*Sacl, ACL_REVISION, 0, Level, SYSTEM_MANDATORY_LABEL_ACE_TYPE,
                              Policy);
}

// A SACL of the ACEs that are labels (or are not) of Sacl; null when there are none.
static NTSTATUS SepFilterSacl(PACL Sacl, BOOLEAN Labels, PACL *Filtered)
{
    *Filtered = nullptr;
    if (!Sacl)
        return STATUS_SUCCESS;
    PACL Copy = ExAllocatePoolZero(PagedPool, Sacl->AclSize, SE_TAG_ACL);
    if (!Copy)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlCreateAcl(Copy, Sacl->AclSize, Sacl->AclRevision);
    PUCHAR Next = (PUCHAR)(Copy + 1);
    PACE_HEADER Ace = SepFirstAce(Sacl);
    for (ULONG i = 0; i < Sacl->AceCount; i++, Ace = SepNextAce(Ace)) {
        if ((Ace->AceType == SYSTEM_MANDATORY_LABEL_ACE_TYPE) != Labels)
            continue;
        memcpy(Next, Ace, Ace->AceSize);
        Next += Ace->AceSize;
        Copy->AceCount++;
    }
    Copy->AclSize = (USHORT)(Next - (PUCHAR)Copy);
    if (Copy->AceCount)
        *Filtered = Copy;
    else
        ExFreePool(Copy);
    return STATUS_SUCCESS;
}

// ---- Rights for the parts

ACCESS_MASK SeQuerySecurityAccess(SECURITY_INFORMATION Information)
{
    ACCESS_MASK Access = 0;
    if (Information & (OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION |
                       DACL_SECURITY_INFORMATION | LABEL_SECURITY_INFORMATION))
        Access |= READ_CONTROL;
    if (Information & SACL_SECURITY_INFORMATION)
        Access |= ACCESS_SYSTEM_SECURITY;
    return Access;
}

ACCESS_MASK SeSetSecurityAccess(SECURITY_INFORMATION Information)
{
    ACCESS_MASK Access = 0;
    if (Information &
        (OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | LABEL_SECURITY_INFORMATION))
        Access |= WRITE_OWNER;
    if (Information & DACL_SECURITY_INFORMATION)
        Access |= WRITE_DAC;
    if (Information & SACL_SECURITY_INFORMATION)
        Access |= ACCESS_SYSTEM_SECURITY;
    return Access;
}

// ---- Selecting

#define SEP_DACL_CONTROL                                                                       \
    (SE_DACL_PRESENT | SE_DACL_DEFAULTED | SE_DACL_AUTO_INHERIT_REQ | SE_DACL_AUTO_INHERITED | \
     SE_DACL_PROTECTED)
#define SEP_SACL_CONTROL                                                                       \
    (SE_SACL_PRESENT | SE_SACL_DEFAULTED | SE_SACL_AUTO_INHERIT_REQ | SE_SACL_AUTO_INHERITED | \
     SE_SACL_PROTECTED)

// The part of the SACL that was asked for: audit ACEs, the label, or both. *Own is to be freed.
static NTSTATUS SepSelectSacl(SECURITY_INFORMATION Information, PACL Sacl, PACL *Selected,
                              PACL *Own)
{
    BOOLEAN Audit = (Information & SACL_SECURITY_INFORMATION) != 0;
    BOOLEAN Label = (Information & LABEL_SECURITY_INFORMATION) != 0;
    *Own = nullptr;
    *Selected = Audit && Label ? Sacl : nullptr;
    if (Audit == Label)
        return STATUS_SUCCESS;
    NTSTATUS Status = SepFilterSacl(Sacl, Label, Own);
    *Selected = *Own;
    return Status;
}

NTSTATUS SeSelectSecurity(PSECURITY_DESCRIPTOR Whole, SECURITY_INFORMATION Information,
                          PSECURITY_DESCRIPTOR *Part, PULONG Length)
{
    SEP_PARTS Parts = {}, All = {};
    if (Whole)
        SepGetParts(Whole, &All);
    if (Information & OWNER_SECURITY_INFORMATION) {
        Parts.Owner = All.Owner;
        Parts.Control |= All.Control & SE_OWNER_DEFAULTED;
    }
    if (Information & GROUP_SECURITY_INFORMATION) {
        Parts.Group = All.Group;
        Parts.Control |= All.Control & SE_GROUP_DEFAULTED;
    }
    if (Information & DACL_SECURITY_INFORMATION) {
        Parts.Dacl = All.Dacl;
        Parts.Control |= All.Control & SEP_DACL_CONTROL;
    }

    PACL Own;
    NTSTATUS Status = SepSelectSacl(Information, All.Sacl, &Parts.Sacl, &Own);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Parts.Sacl)
        Parts.Control |= All.Control & SEP_SACL_CONTROL;
    Status = SepBuildDescriptor(&Parts, Part);
    if (Own)
        ExFreePool(Own);
    if (NT_SUCCESS(Status))
        *Length = RtlLengthSecurityDescriptor(*Part);
    return Status;
}

// ---- Modifying

static BOOLEAN SepCallerHas(ULONG Privilege)
{
    return SeSinglePrivilegeCheck(RtlConvertUlongToLuid(Privilege), UserMode);
}

// Nobody may put a label above its own level, unless it may relabel.
static NTSTATUS SepCheckLabel(PACL Sacl)
{
    PSYSTEM_MANDATORY_LABEL_ACE Label = SepFindLabel(Sacl);
    if (!Label || SepCallerHas(SE_RELABEL_PRIVILEGE))
        return STATUS_SUCCESS;
    return SepLevelOfSid(&Label->SidStart) <= SepTokenLevel(SepCurrentToken())
               ? STATUS_SUCCESS
               : STATUS_INVALID_LABEL;
}

// The ACLs that a modification makes; pool.
typedef struct _SEP_NEW_ACLS {
    PACL Dacl, Sacl, Kept, Added;
} SEP_NEW_ACLS;

static VOID SepFreeAcls(SEP_NEW_ACLS *New)
{
    PACL Acls[] = {New->Dacl, New->Sacl, New->Kept, New->Added};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Acls); i++)
        if (Acls[i])
            ExFreePool(Acls[i]);
}

static NTSTATUS SepJoinAcls(PACL First, PACL Second, PACL *Joined)
{
    ULONG Size = sizeof(ACL);
    ULONG FirstSize = First ? First->AclSize - (ULONG)sizeof(ACL) : 0;
    ULONG SecondSize = Second ? Second->AclSize - (ULONG)sizeof(ACL) : 0;
    Size += FirstSize + SecondSize;
    *Joined = nullptr;
    if (!First && !Second)
        return STATUS_SUCCESS;
    if (Size > MAXUSHORT)
        return STATUS_BAD_INHERITANCE_ACL;
    *Joined = ExAllocatePoolZero(PagedPool, Size, SE_TAG_ACL);
    if (!*Joined)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlCreateAcl(*Joined, Size, First ? First->AclRevision : Second->AclRevision);
    if (First)
        memcpy(*Joined + 1, First + 1, FirstSize);
    if (Second)
        memcpy((PUCHAR)(*Joined + 1) + FirstSize, Second + 1, SecondSize);
    (*Joined)->AceCount = (USHORT)((First ? First->AceCount : 0) + (Second ? Second->AceCount : 0));
    return STATUS_SUCCESS;
}

// Setting only audit ACEs keeps the label, setting only the label keeps the audit ACEs.
static NTSTATUS SepModifySacl(SECURITY_INFORMATION Information, const SEP_PARTS *From,
                              SEP_PARTS *Parts, SEP_NEW_ACLS *New)
{
    BOOLEAN Audit = (Information & SACL_SECURITY_INFORMATION) != 0;
    BOOLEAN Label = (Information & LABEL_SECURITY_INFORMATION) != 0;
    if (!Audit && !Label)
        return STATUS_SUCCESS;
    NTSTATUS Status = Label ? SepCheckLabel(From->Sacl) : STATUS_SUCCESS;
    if (NT_SUCCESS(Status) && Audit != Label)
        Status = SepFilterSacl(Parts->Sacl, Audit, &New->Kept);
    if (NT_SUCCESS(Status) && Audit && Label)
        Status = SepJoinAcls(From->Sacl, nullptr, &New->Sacl);
    if (NT_SUCCESS(Status) && Audit != Label) {
        Status = SepFilterSacl(From->Sacl, Label, &New->Added);
        if (NT_SUCCESS(Status))
            Status = SepJoinAcls(New->Kept, New->Added, &New->Sacl);
    }
    if (!NT_SUCCESS(Status))
        return Status;

    Parts->Sacl = New->Sacl;
    Parts->Control &= (SECURITY_DESCRIPTOR_CONTROL)~SEP_SACL_CONTROL;
    if (New->Sacl)
        Parts->Control |= (From->Control & SEP_SACL_CONTROL) | SE_SACL_PRESENT;
    return STATUS_SUCCESS;
}

static NTSTATUS SepModifyDacl(SECURITY_INFORMATION Information, const SEP_PARTS *From,
                              const GENERIC_MAPPING *Mapping, SEP_PARTS *Parts, SEP_NEW_ACLS *New)
{
    if (!(Information & DACL_SECURITY_INFORMATION))
        return STATUS_SUCCESS;
    if (From->Dacl) {
        NTSTATUS Status =
            SepApplyAcl(From->Dacl, FALSE, Parts->Owner, Parts->Group, Mapping, &New->Dacl);
        if (!NT_SUCCESS(Status))
            return Status;
    }
    Parts->Dacl = New->Dacl;
    Parts->Control &= (SECURITY_DESCRIPTOR_CONTROL)~SEP_DACL_CONTROL;
    Parts->Control |= From->Control & SEP_DACL_CONTROL;
    return STATUS_SUCCESS;
}

static NTSTATUS SepModifyOwner(SECURITY_INFORMATION Information, const SEP_PARTS *From,
                               SEP_PARTS *Parts)
{
    if (Information & OWNER_SECURITY_INFORMATION) {
        if (!From->Owner)
            return STATUS_INVALID_OWNER;
        if (!SepMayOwn(SepCurrentToken(), From->Owner) && !SepCallerHas(SE_RESTORE_PRIVILEGE))
            return STATUS_INVALID_OWNER;
        Parts->Owner = From->Owner;
    }
    if (Information & GROUP_SECURITY_INFORMATION) {
        if (!From->Group)
            return STATUS_INVALID_PRIMARY_GROUP;
        Parts->Group = From->Group;
    }
    return STATUS_SUCCESS;
}

NTSTATUS SeModifySecurity(PSECURITY_DESCRIPTOR Old, SECURITY_INFORMATION Information,
                          PSECURITY_DESCRIPTOR Modification, const GENERIC_MAPPING *Mapping,
                          PSECURITY_DESCRIPTOR *New)
{
    SEP_PARTS Parts = {}, From;
    SEP_NEW_ACLS Acls = {};
    if (Old)
        SepGetParts(Old, &Parts);
    SepGetParts(Modification, &From);
    NTSTATUS Status = SepModifyOwner(Information, &From, &Parts);
    if (NT_SUCCESS(Status))
        Status = SepModifyDacl(Information, &From, Mapping, &Parts, &Acls);
    if (NT_SUCCESS(Status))
        Status = SepModifySacl(Information, &From, &Parts, &Acls);
    if (NT_SUCCESS(Status))
        Status = SepBuildDescriptor(&Parts, New);
    SepFreeAcls(&Acls);
    return Status;
}
