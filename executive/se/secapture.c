// SIDs, ACLs, descriptors and privilege lists from user memory. Lengths are read once: what is
// captured is checked afterwards as it lies in pool.
#include "sep.h"

#define SepUser(Address) ((const VOID USER *)(ULONG_PTR)(Address))

constexpr ULONG SEP_MAX_GROUPS = 4096;

NTSTATUS SeCaptureSid(const VOID USER *Sid, PSID *Captured)
{
    struct {
        UCHAR Revision, SubAuthorityCount;
    } Head;
    NTSTATUS Status = MmCopyFromUser(&Head, Sid, sizeof(Head));
    if (!NT_SUCCESS(Status))
        return Status;
    if (Head.SubAuthorityCount > SID_MAX_SUB_AUTHORITIES)
        return STATUS_INVALID_SID;
    ULONG Length = RtlLengthRequiredSid(Head.SubAuthorityCount);
    PISID Copy = ExAllocatePoolWithTag(PagedPool, Length, SE_TAG_BUFFER);
    if (!Copy)
        return STATUS_INSUFFICIENT_RESOURCES;
    Status = MmCopyFromUser(Copy, Sid, Length);
    if (NT_SUCCESS(Status) &&
        (!RtlValidSid(Copy) || Copy->SubAuthorityCount != Head.SubAuthorityCount))
        Status = STATUS_INVALID_SID;
    if (!NT_SUCCESS(Status)) {
        ExFreePool(Copy);
        return Status;
    }
    *Captured = Copy;
    return STATUS_SUCCESS;
}

NTSTATUS SepCaptureAcl(const VOID USER *Acl, PACL *Captured)
{
    ACL Head;
    NTSTATUS Status = MmCopyFromUser(&Head, Acl, sizeof(Head));
    if (!NT_SUCCESS(Status))
        return Status;
    if (Head.AclSize < sizeof(ACL))
        return STATUS_INVALID_ACL;
    PACL Copy = ExAllocatePoolWithTag(PagedPool, Head.AclSize, SE_TAG_BUFFER);
    if (!Copy)
        return STATUS_INSUFFICIENT_RESOURCES;
    Status = MmCopyFromUser(Copy, Acl, Head.AclSize);
    if (NT_SUCCESS(Status) && (Copy->AclSize != Head.AclSize || !RtlValidAcl(Copy)))
        Status = STATUS_INVALID_ACL;
    if (!NT_SUCCESS(Status)) {
        ExFreePool(Copy);
        return Status;
    }
    *Captured = Copy;
    return STATUS_SUCCESS;
}

// ---- Descriptors

// User addresses of the parts, whichever form the descriptor has. 0: absent.
typedef struct _SEP_USER_PARTS {
    SECURITY_DESCRIPTOR_CONTROL Control;
    ULONG_PTR Owner, Group, Sacl, Dacl;
} SEP_USER_PARTS;

static NTSTATUS SepLocateRelative(const VOID USER *Descriptor, SEP_USER_PARTS *User)
{
    SECURITY_DESCRIPTOR_RELATIVE Relative;
    NTSTATUS Status = MmCopyFromUser(&Relative, Descriptor, sizeof(Relative));
    if (!NT_SUCCESS(Status))
        return Status;
    ULONG_PTR Base = (ULONG_PTR)Descriptor;
    User->Owner = Relative.Owner ? Base + Relative.Owner : 0;
    User->Group = Relative.Group ? Base + Relative.Group : 0;
    User->Sacl = Relative.Sacl ? Base + Relative.Sacl : 0;
    User->Dacl = Relative.Dacl ? Base + Relative.Dacl : 0;
    return STATUS_SUCCESS;
}

static NTSTATUS SepLocateAbsolute(const VOID USER *Descriptor, SEP_USER_PARTS *User)
{
    SECURITY_DESCRIPTOR Absolute;
    NTSTATUS Status = MmCopyFromUser(&Absolute, Descriptor, sizeof(Absolute));
    if (!NT_SUCCESS(Status))
        return Status;
    User->Owner = (ULONG_PTR)Absolute.Owner;
    User->Group = (ULONG_PTR)Absolute.Group;
    User->Sacl = (ULONG_PTR)Absolute.Sacl;
    User->Dacl = (ULONG_PTR)Absolute.Dacl;
    return STATUS_SUCCESS;
}

static NTSTATUS SepLocateParts(const VOID USER *Descriptor, SEP_USER_PARTS *User)
{
    SECURITY_DESCRIPTOR_RELATIVE Head;
    NTSTATUS Status =
        MmCopyFromUser(&Head, Descriptor, FIELD_OFFSET(SECURITY_DESCRIPTOR_RELATIVE, Owner));
    if (!NT_SUCCESS(Status))
        return Status;
    if (Head.Revision != SECURITY_DESCRIPTOR_REVISION)
        return STATUS_UNKNOWN_REVISION;
    *User = (SEP_USER_PARTS){.Control = Head.Control};
    Status = Head.Control & SE_SELF_RELATIVE ? SepLocateRelative(Descriptor, User)
                                             : SepLocateAbsolute(Descriptor, User);
    if (!(Head.Control & SE_SACL_PRESENT))
        User->Sacl = 0;
    if (!(Head.Control & SE_DACL_PRESENT))
        User->Dacl = 0;
    return Status;
}

static NTSTATUS SepCaptureParts(const SEP_USER_PARTS *User, SEP_PARTS *Parts)
{
    NTSTATUS Status = STATUS_SUCCESS;
    Parts->Control = User->Control;
    if (User->Owner)
        Status = SeCaptureSid(SepUser(User->Owner), &Parts->Owner);
    if (NT_SUCCESS(Status) && User->Group)
        Status = SeCaptureSid(SepUser(User->Group), &Parts->Group);
    if (NT_SUCCESS(Status) && User->Sacl)
        Status = SepCaptureAcl(SepUser(User->Sacl), &Parts->Sacl);
    if (NT_SUCCESS(Status) && User->Dacl)
        Status = SepCaptureAcl(SepUser(User->Dacl), &Parts->Dacl);
    return Status;
}

NTSTATUS SeCaptureSecurityDescriptor(const VOID USER *Descriptor, PSECURITY_DESCRIPTOR *Captured)
{
    *Captured = nullptr;
    if (!Descriptor)
        return STATUS_SUCCESS;
    SEP_USER_PARTS User;
    NTSTATUS Status = SepLocateParts(Descriptor, &User);
    if (!NT_SUCCESS(Status))
        return Status;
    SEP_PARTS Parts = {};
    Status = SepCaptureParts(&User, &Parts);
    if (NT_SUCCESS(Status))
        Status = SepBuildDescriptor(&Parts, Captured);
    PVOID Blocks[] = {Parts.Owner, Parts.Group, Parts.Sacl, Parts.Dacl};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Blocks); i++)
        if (Blocks[i])
            ExFreePool(Blocks[i]);
    return Status;
}

// ---- Groups and privileges

// The captured array owns each SID until it is copied into one block.
static NTSTATUS SepCaptureEachSid(PSID_AND_ATTRIBUTES Array, ULONG Count, PULONG Captured)
{
    for (*Captured = 0; *Captured < Count; ++*Captured) {
        PSID Sid;
        NTSTATUS Status = SeCaptureSid(SepUser(Array[*Captured].Sid), &Sid);
        if (!NT_SUCCESS(Status))
            return Status;
        Array[*Captured].Sid = Sid;
    }
    return STATUS_SUCCESS;
}

NTSTATUS SepCaptureSidArray(const SID_AND_ATTRIBUTES USER *Sids, ULONG Count, SEP_SIDS *Captured)
{
    *Captured = (SEP_SIDS){};
    if (!Count)
        return STATUS_SUCCESS;
    if (Count > SEP_MAX_GROUPS)
        return STATUS_INVALID_PARAMETER;
    SIZE_T Size = Count * sizeof(SID_AND_ATTRIBUTES);
    PSID_AND_ATTRIBUTES Array = ExAllocatePoolWithTag(PagedPool, Size, SE_TAG_BUFFER);
    if (!Array)
        return STATUS_INSUFFICIENT_RESOURCES;
    ULONG Done = 0;
    NTSTATUS Status = MmCopyFromUser(Array, Sids, Size);
    if (NT_SUCCESS(Status))
        Status = SepCaptureEachSid(Array, Count, &Done);
    if (NT_SUCCESS(Status))
        Status = SepCopySids(Array, Count, Captured);
    while (Done)
        ExFreePool(Array[--Done].Sid);
    ExFreePool(Array);
    return Status;
}

NTSTATUS SepCaptureGroups(const TOKEN_GROUPS USER *Groups, SEP_SIDS *Captured)
{
    *Captured = (SEP_SIDS){};
    if (!Groups)
        return STATUS_SUCCESS;
    ULONG Count;
    NTSTATUS Status = MmCopyFromUser(&Count, &Groups->GroupCount, sizeof(Count));
    if (!NT_SUCCESS(Status))
        return Status;
    const ULONG_PTR Array = (ULONG_PTR)Groups + FIELD_OFFSET(TOKEN_GROUPS, Groups);
    return SepCaptureSidArray((const SID_AND_ATTRIBUTES USER *)Array, Count, Captured);
}

NTSTATUS SepCapturePrivileges(const TOKEN_PRIVILEGES USER *Privileges,
                              LUID_AND_ATTRIBUTES **Captured, PULONG Count)
{
    *Captured = nullptr;
    *Count = 0;
    if (!Privileges)
        return STATUS_SUCCESS;
    ULONG Number;
    NTSTATUS Status = MmCopyFromUser(&Number, &Privileges->PrivilegeCount, sizeof(Number));
    if (!NT_SUCCESS(Status) || !Number)
        return Status;
    if (Number > SEP_MAX_GROUPS)
        return STATUS_INVALID_PARAMETER;
    SIZE_T Size = Number * sizeof(LUID_AND_ATTRIBUTES);
    PLUID_AND_ATTRIBUTES Array = ExAllocatePoolWithTag(PagedPool, Size, SE_TAG_BUFFER);
    if (!Array)
        return STATUS_INSUFFICIENT_RESOURCES;
    Status = MmCopyFromUser(
        Array, SepUser((ULONG_PTR)Privileges + FIELD_OFFSET(TOKEN_PRIVILEGES, Privileges)), Size);
    if (!NT_SUCCESS(Status)) {
        ExFreePool(Array);
        return Status;
    }
    *Captured = Array;
    *Count = Number;
    return STATUS_SUCCESS;
}
