// Appending single entries to access control lists.
#include "securityp.h"

#define VALID_ACE_FLAGS (VALID_INHERIT_FLAGS | SUCCESSFUL_ACCESS_ACE_FLAG | FAILED_ACCESS_ACE_FLAG)

// What an entry is made of. The GUIDs may be absent.
typedef struct {
    UCHAR Type;
    ULONG Revision;
    ULONG Flags;
    ACCESS_MASK Mask;
    PSID Sid;
    const GUID *ObjectType;
    const GUID *InheritedObjectType;
} NEW_ACE;

static ULONG PutGuid(PUCHAR At, const GUID *Guid)
{
    if (!Guid)
        return 0;
    memcpy(At, Guid, sizeof(GUID));
    return sizeof(GUID);
}

static VOID FillAce(PACE_HEADER Ace, USHORT Size, const NEW_ACE *New)
{
    BOOLEAN Object = New->ObjectType || New->InheritedObjectType;
    *Ace = (ACE_HEADER){.AceType = New->Type, .AceFlags = (UCHAR)New->Flags, .AceSize = Size};
    ((PACCESS_ALLOWED_ACE)Ace)->Mask = New->Mask;
    PUCHAR At = (PUCHAR) & ((PACCESS_ALLOWED_ACE)Ace)->SidStart;
    if (Object) {
        PACCESS_ALLOWED_OBJECT_ACE ObjectAce = (PACCESS_ALLOWED_OBJECT_ACE)Ace;
        ObjectAce->Flags = (New->ObjectType ? ACE_OBJECT_TYPE_PRESENT : 0u) |
                           (New->InheritedObjectType ? ACE_INHERITED_OBJECT_TYPE_PRESENT : 0u);
        At = (PUCHAR)&ObjectAce->ObjectType;
        At += PutGuid(At, New->ObjectType);
        At += PutGuid(At, New->InheritedObjectType);
    }
    memcpy(At, New->Sid, RtlLengthSid(New->Sid));
}

static ULONG SizeOfAce(const NEW_ACE *New)
{
    ULONG Guids = (New->ObjectType != nullptr) + (New->InheritedObjectType != nullptr);
    ULONG Head = Guids ? offsetof(ACCESS_ALLOWED_OBJECT_ACE, ObjectType)
                       : offsetof(ACCESS_ALLOWED_ACE, SidStart);
    return Head + Guids * (ULONG)sizeof(GUID) + RtlLengthSid(New->Sid);
}

static NTSTATUS AppendAce(PACL Acl, NEW_ACE New)
{
    PVOID Free;
    if (!RtlValidSid(New.Sid))
        return STATUS_INVALID_SID;
    if (Acl->AclRevision > MAX_ACL_REVISION || New.Revision > MAX_ACL_REVISION)
        return STATUS_REVISION_MISMATCH;
    if (New.Flags & ~(ULONG)VALID_ACE_FLAGS)
        return STATUS_INVALID_PARAMETER;
    if (!RtlValidAcl(Acl) || !RtlFirstFreeAce(Acl, &Free))
        return STATUS_INVALID_ACL;
    ULONG Size = SizeOfAce(&New);
    if (!Free || Size > (SIZE_T)((PUCHAR)Acl + Acl->AclSize - (PUCHAR)Free))
        return STATUS_ALLOTTED_SPACE_EXCEEDED;
    FillAce(Free, (USHORT)Size, &New);
    Acl->AceCount++;
    Acl->AclRevision = (UCHAR)RtlpMax(Acl->AclRevision, New.Revision);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlAddAccessAllowedAceEx(PACL Acl, ULONG AceRevision, ULONG AceFlags,
                                        ACCESS_MASK AccessMask, PSID Sid)
{
    return AppendAce(Acl, (NEW_ACE){.Type = ACCESS_ALLOWED_ACE_TYPE,
                                    .Revision = AceRevision,
                                    .Flags = AceFlags,
                                    .Mask = AccessMask,
                                    .Sid = Sid});
}

NTSTATUS NTAPI RtlAddAccessAllowedAce(PACL Acl, ULONG AceRevision, ACCESS_MASK AccessMask, PSID Sid)
{
    return RtlAddAccessAllowedAceEx(Acl, AceRevision, 0, AccessMask, Sid);
}

NTSTATUS NTAPI RtlAddAccessDeniedAceEx(PACL Acl, ULONG AceRevision, ULONG AceFlags,
                                       ACCESS_MASK AccessMask, PSID Sid)
{
    return AppendAce(Acl, (NEW_ACE){.Type = ACCESS_DENIED_ACE_TYPE,
                                    .Revision = AceRevision,
                                    .Flags = AceFlags,
                                    .Mask = AccessMask,
                                    .Sid = Sid});
}

NTSTATUS NTAPI RtlAddAccessDeniedAce(PACL Acl, ULONG AceRevision, ACCESS_MASK AccessMask, PSID Sid)
{
    return RtlAddAccessDeniedAceEx(Acl, AceRevision, 0, AccessMask, Sid);
}

static ULONG AuditFlags(BOOLEAN Success, BOOLEAN Failure)
{
    return (Success ? SUCCESSFUL_ACCESS_ACE_FLAG : 0u) | (Failure ? FAILED_ACCESS_ACE_FLAG : 0u);
}

NTSTATUS NTAPI RtlAddAuditAccessAceEx(PACL Acl, ULONG AceRevision, ULONG AceFlags,
                                      ACCESS_MASK AccessMask, PSID Sid, BOOLEAN AuditSuccess,
                                      BOOLEAN AuditFailure)
{
    return AppendAce(Acl, (NEW_ACE){.Type = SYSTEM_AUDIT_ACE_TYPE,
                                    .Revision = AceRevision,
                                    .Flags = AceFlags | AuditFlags(AuditSuccess, AuditFailure),
                                    .Mask = AccessMask,
                                    .Sid = Sid});
}

NTSTATUS NTAPI RtlAddAuditAccessAce(PACL Acl, ULONG AceRevision, ACCESS_MASK AccessMask, PSID Sid,
                                    BOOLEAN AuditSuccess, BOOLEAN AuditFailure)
{
    return RtlAddAuditAccessAceEx(Acl, AceRevision, 0, AccessMask, Sid, AuditSuccess, AuditFailure);
}

NTSTATUS NTAPI RtlAddMandatoryAce(PACL Acl, ULONG AceRevision, ULONG AceFlags, PSID Sid,
                                  UCHAR AceType, ACCESS_MASK AccessMask)
{
    if (AceType != SYSTEM_MANDATORY_LABEL_ACE_TYPE ||
        AccessMask & ~(ACCESS_MASK)SYSTEM_MANDATORY_LABEL_VALID_MASK)
        return STATUS_INVALID_PARAMETER;
    return AppendAce(Acl, (NEW_ACE){.Type = AceType,
                                    .Revision = AceRevision,
                                    .Flags = AceFlags,
                                    .Mask = AccessMask,
                                    .Sid = Sid});
}

// Without either GUID an object entry is a plain one.
static NTSTATUS AppendObjectAce(PACL Acl, UCHAR PlainType, NEW_ACE New)
{
    if (!New.ObjectType && !New.InheritedObjectType)
        New.Type = PlainType;
    else if (New.Revision < ACL_REVISION4)
        return STATUS_REVISION_MISMATCH;
    return AppendAce(Acl, New);
}

NTSTATUS NTAPI RtlAddAccessAllowedObjectAce(PACL Acl, ULONG AceRevision, ULONG AceFlags,
                                            ACCESS_MASK AccessMask, GUID *ObjectTypeGuid,
                                            GUID *InheritedObjectTypeGuid, PSID Sid)
{
    return AppendObjectAce(Acl, ACCESS_ALLOWED_ACE_TYPE,
                           (NEW_ACE){ACCESS_ALLOWED_OBJECT_ACE_TYPE, AceRevision, AceFlags,
                                     AccessMask, Sid, ObjectTypeGuid, InheritedObjectTypeGuid});
}

NTSTATUS NTAPI RtlAddAccessDeniedObjectAce(PACL Acl, ULONG AceRevision, ULONG AceFlags,
                                           ACCESS_MASK AccessMask, GUID *ObjectTypeGuid,
                                           GUID *InheritedObjectTypeGuid, PSID Sid)
{
    return AppendObjectAce(Acl, ACCESS_DENIED_ACE_TYPE,
                           (NEW_ACE){ACCESS_DENIED_OBJECT_ACE_TYPE, AceRevision, AceFlags,
                                     AccessMask, Sid, ObjectTypeGuid, InheritedObjectTypeGuid});
}

NTSTATUS NTAPI RtlAddAuditAccessObjectAce(PACL Acl, ULONG AceRevision, ULONG AceFlags,
                                          ACCESS_MASK AccessMask, GUID *ObjectTypeGuid,
                                          GUID *InheritedObjectTypeGuid, PSID Sid,
                                          BOOLEAN AuditSuccess, BOOLEAN AuditFailure)
{
    ULONG Flags = AceFlags | AuditFlags(AuditSuccess, AuditFailure);
    return AppendObjectAce(Acl, SYSTEM_AUDIT_ACE_TYPE,
                           (NEW_ACE){SYSTEM_AUDIT_OBJECT_ACE_TYPE, AceRevision, Flags, AccessMask,
                                     Sid, ObjectTypeGuid, InheritedObjectTypeGuid});
}
