// Access control lists: creating, checking, walking, inserting and deleting entries.
#include "securityp.h"

PACE_HEADER RtlpFirstAce(PACL Acl)
{
    return (PACE_HEADER)(Acl + 1);
}

PACE_HEADER RtlpNextAce(PACE_HEADER Ace)
{
    return (PACE_HEADER)((PUCHAR)Ace + Ace->AceSize);
}

NTSTATUS NTAPI RtlCreateAcl(PACL Acl, ULONG AclLength, ULONG AclRevision)
{
    if (AclLength < sizeof(ACL))
        return STATUS_BUFFER_TOO_SMALL;
    if (AclRevision < MIN_ACL_REVISION || AclRevision > MAX_ACL_REVISION || AclLength > MAXUSHORT)
        return STATUS_INVALID_PARAMETER;
    *Acl = (ACL){.AclRevision = (UCHAR)AclRevision,
                 .AclSize = (USHORT)(AclLength & ~(sizeof(ULONG) - 1))};
    return STATUS_SUCCESS;
}

// The first byte after the last entry; NULL when that leaves no room for a header. FALSE when the
// entries do not fit the list.
BOOLEAN NTAPI RtlFirstFreeAce(PACL Acl, PVOID *FirstFree)
{
    const UCHAR *End = (PUCHAR)Acl + Acl->AclSize;
    PACE_HEADER Ace = RtlpFirstAce(Acl);
    *FirstFree = nullptr;
    for (ULONG Index = 0; Index < Acl->AceCount; Index++) {
        if ((PUCHAR)Ace + sizeof(*Ace) > End)
            return FALSE;
        Ace = RtlpNextAce(Ace);
    }
    if ((PUCHAR)Ace <= End)
        *FirstFree = Ace;
    return TRUE;
}

// The entries of these types: a mask and one SID.
static BOOLEAN HasPlainLayout(UCHAR Type)
{
    switch (Type) {
    case ACCESS_ALLOWED_ACE_TYPE:
    case ACCESS_DENIED_ACE_TYPE:
    case SYSTEM_AUDIT_ACE_TYPE:
    case SYSTEM_ALARM_ACE_TYPE:
    case SYSTEM_MANDATORY_LABEL_ACE_TYPE:
    case ACCESS_ALLOWED_CALLBACK_ACE_TYPE:
    case ACCESS_DENIED_CALLBACK_ACE_TYPE:
    case SYSTEM_AUDIT_CALLBACK_ACE_TYPE:
    case SYSTEM_RESOURCE_ATTRIBUTE_ACE_TYPE:
    case SYSTEM_SCOPED_POLICY_ID_ACE_TYPE:
        return TRUE;
    default:
        return FALSE;
    }
}

static BOOLEAN HasObjectLayout(UCHAR Type)
{
    switch (Type) {
    case ACCESS_ALLOWED_OBJECT_ACE_TYPE:
    case ACCESS_DENIED_OBJECT_ACE_TYPE:
    case SYSTEM_AUDIT_OBJECT_ACE_TYPE:
    case SYSTEM_ALARM_OBJECT_ACE_TYPE:
    case ACCESS_ALLOWED_CALLBACK_OBJECT_ACE_TYPE:
    case ACCESS_DENIED_CALLBACK_OBJECT_ACE_TYPE:
    case SYSTEM_AUDIT_CALLBACK_OBJECT_ACE_TYPE:
        return TRUE;
    default:
        return FALSE;
    }
}

PSID RtlpSidOfAce(PACE_HEADER Ace)
{
    if (HasPlainLayout(Ace->AceType))
        return &((PACCESS_ALLOWED_ACE)Ace)->SidStart;
    if (!HasObjectLayout(Ace->AceType))
        return nullptr;
    PACCESS_ALLOWED_OBJECT_ACE Object = (PACCESS_ALLOWED_OBJECT_ACE)Ace;
    PUCHAR At = (PUCHAR)&Object->ObjectType;
    if (Object->Flags & ACE_OBJECT_TYPE_PRESENT)
        At += sizeof(GUID);
    if (Object->Flags & ACE_INHERITED_OBJECT_TYPE_PRESENT)
        At += sizeof(GUID);
    return At;
}

// A SID that lies completely before End.
BOOLEAN RtlpSidFits(PSID Sid, const UCHAR *End)
{
    const UCHAR *Start = Sid;
    return Start + RtlLengthRequiredSid(0) <= End && RtlValidSid(Sid) &&
           Start + RtlLengthSid(Sid) <= End;
}

static BOOLEAN AceIsValid(PACE_HEADER Ace, const UCHAR *End)
{
    const UCHAR *Start = (PUCHAR)Ace;
    if (Start + sizeof(*Ace) > End || Ace->AceSize < sizeof(*Ace) || Start + Ace->AceSize > End ||
        Ace->AceSize % sizeof(USHORT))
        return FALSE;
    const UCHAR *AceEnd = Start + Ace->AceSize;
    if (HasPlainLayout(Ace->AceType))
        return Start + offsetof(ACCESS_ALLOWED_ACE, SidStart) <= AceEnd &&
               RtlpSidFits(RtlpSidOfAce(Ace), AceEnd);
    if (HasObjectLayout(Ace->AceType))
        return Start + offsetof(ACCESS_ALLOWED_OBJECT_ACE, ObjectType) <= AceEnd &&
               RtlpSidFits(RtlpSidOfAce(Ace), AceEnd);
    return TRUE; // unknown types are carried along
}

BOOLEAN NTAPI RtlValidAcl(PACL Acl)
{
    if (!Acl || Acl->AclRevision < MIN_ACL_REVISION || Acl->AclRevision > MAX_ACL_REVISION ||
        Acl->AclSize < sizeof(ACL) || Acl->AclSize % sizeof(ULONG))
        return FALSE;
    const UCHAR *End = (PUCHAR)Acl + Acl->AclSize;
    PACE_HEADER Ace = RtlpFirstAce(Acl);
    for (ULONG Index = 0; Index < Acl->AceCount; Index++) {
        if (!AceIsValid(Ace, End))
            return FALSE;
        Ace = RtlpNextAce(Ace);
    }
    return TRUE;
}

NTSTATUS NTAPI RtlGetAce(PACL Acl, ULONG AceIndex, PVOID *Ace)
{
    if (Acl->AclRevision < MIN_ACL_REVISION || Acl->AclRevision > MAX_ACL_REVISION ||
        AceIndex >= Acl->AceCount)
        return STATUS_INVALID_PARAMETER;
    PACE_HEADER Entry = RtlpFirstAce(Acl);
    const UCHAR *End = (PUCHAR)Acl + Acl->AclSize;
    for (; AceIndex && (PUCHAR)Entry < End; AceIndex--)
        Entry = RtlpNextAce(Entry);
    if ((PUCHAR)Entry >= End)
        return STATUS_INVALID_PARAMETER;
    *Ace = Entry;
    return STATUS_SUCCESS;
}

// How many whole entries a caller's list has. Its length must end with one.
static BOOLEAN CountAces(const UCHAR *List, ULONG Length, PULONG Count)
{
    *Count = 0;
    for (ULONG At = 0; At < Length; (*Count)++) {
        const ACE_HEADER *Ace = (PVOID)(List + At);
        if (Length - At < sizeof(*Ace) || Ace->AceSize < sizeof(*Ace) || Ace->AceSize > Length - At)
            return FALSE;
        At += Ace->AceSize;
    }
    return TRUE;
}

NTSTATUS NTAPI RtlAddAce(PACL Acl, ULONG AceRevision, ULONG StartingAceIndex, PVOID AceList,
                         ULONG AceListLength)
{
    PVOID Free;
    ULONG Count;
    if (!RtlValidAcl(Acl) || AceRevision > MAX_ACL_REVISION || !RtlFirstFreeAce(Acl, &Free) ||
        !CountAces(AceList, AceListLength, &Count) || Count > (ULONG)MAXUSHORT - Acl->AceCount)
        return STATUS_INVALID_PARAMETER;
    const UCHAR *End = (PUCHAR)Acl + Acl->AclSize;
    if (!Free || AceListLength > (SIZE_T)(End - (PUCHAR)Free))
        return STATUS_BUFFER_TOO_SMALL;

    PUCHAR Place = Free;
    if (StartingAceIndex < Acl->AceCount) {
        PACE_HEADER Ace = RtlpFirstAce(Acl);
        while (StartingAceIndex--)
            Ace = RtlpNextAce(Ace);
        Place = (PUCHAR)Ace;
        memmove(Place + AceListLength, Place, (SIZE_T)((PUCHAR)Free - Place));
    }
    memcpy(Place, AceList, AceListLength);
    Acl->AceCount = (USHORT)(Acl->AceCount + Count);
    Acl->AclRevision = (UCHAR)RtlpMax(Acl->AclRevision, AceRevision);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlDeleteAce(PACL Acl, ULONG AceIndex)
{
    PVOID Entry, Free;
    if (!RtlValidAcl(Acl) || !NT_SUCCESS(RtlGetAce(Acl, AceIndex, &Entry)) ||
        !RtlFirstFreeAce(Acl, &Free))
        return STATUS_INVALID_PARAMETER;
    USHORT Size = ((PACE_HEADER)Entry)->AceSize;
    SIZE_T Behind = (SIZE_T)((PUCHAR)Free - ((PUCHAR)Entry + Size));
    memmove(Entry, (PUCHAR)Entry + Size, Behind);
    memset((PUCHAR)Entry + Behind, 0, Size);
    Acl->AceCount--;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlQueryInformationAcl(PACL Acl, PVOID AclInformation, ULONG AclInformationLength,
                                      ACL_INFORMATION_CLASS AclInformationClass)
{
    PVOID Free;
    if (Acl->AclRevision < MIN_ACL_REVISION || Acl->AclRevision > MAX_ACL_REVISION)
        return STATUS_INVALID_PARAMETER;
    if (AclInformationClass == AclRevisionInformation) {
        if (AclInformationLength < sizeof(ACL_REVISION_INFORMATION))
            return STATUS_BUFFER_TOO_SMALL;
        ((PACL_REVISION_INFORMATION)AclInformation)->AclRevision = Acl->AclRevision;
        return STATUS_SUCCESS;
    }
    if (AclInformationClass != AclSizeInformation)
        return STATUS_INVALID_INFO_CLASS;
    if (AclInformationLength < sizeof(ACL_SIZE_INFORMATION))
        return STATUS_BUFFER_TOO_SMALL;
    if (!RtlFirstFreeAce(Acl, &Free))
        return STATUS_INVALID_PARAMETER;
    ULONG Used = Free ? (ULONG)((PUCHAR)Free - (PUCHAR)Acl) : Acl->AclSize;
    *(PACL_SIZE_INFORMATION)AclInformation = (ACL_SIZE_INFORMATION){
        .AceCount = Acl->AceCount, .AclBytesInUse = Used, .AclBytesFree = Acl->AclSize - Used};
    return STATUS_SUCCESS;
}

// Only the revision can be set, and only upwards.
NTSTATUS NTAPI RtlSetInformationAcl(PACL Acl, PVOID AclInformation, ULONG AclInformationLength,
                                    ACL_INFORMATION_CLASS AclInformationClass)
{
    if (AclInformationClass != AclRevisionInformation)
        return STATUS_INVALID_INFO_CLASS;
    if (AclInformationLength < sizeof(ACL_REVISION_INFORMATION))
        return STATUS_BUFFER_TOO_SMALL;
    ULONG Revision = ((PACL_REVISION_INFORMATION)AclInformation)->AclRevision;
    if (Revision < Acl->AclRevision || Revision > MAX_ACL_REVISION)
        return STATUS_INVALID_PARAMETER;
    Acl->AclRevision = (UCHAR)Revision;
    return STATUS_SUCCESS;
}
