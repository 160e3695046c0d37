// SIDs and security descriptors that the system knows by itself.
#include "sep.h"

typedef struct _SEP_STATIC_SID {
    UCHAR Revision, SubAuthorityCount;
    SID_IDENTIFIER_AUTHORITY Authority;
    ULONG SubAuthority[5];
} SEP_STATIC_SID;
static_assert(offsetof(SEP_STATIC_SID, SubAuthority) == offsetof(SID, SubAuthority));

#define SEP_SID1(Authority, First)                     \
    {                                                  \
        SID_REVISION, 1, {{0, 0, 0, 0, 0, Authority}}, \
        {                                              \
            First                                      \
        }                                              \
    }
#define SEP_SID2(Authority, First, Second)             \
    {                                                  \
        SID_REVISION, 2, {{0, 0, 0, 0, 0, Authority}}, \
        {                                              \
            First, Second                              \
        }                                              \
    }
static const SEP_STATIC_SID SepSids[SepSidCount] = {
    [SepEveryone] = SEP_SID1(1, 0),
    [SepLocal] = SEP_SID1(2, 0),
    [SepCreatorOwner] = SEP_SID1(3, 0),
    [SepCreatorGroup] = SEP_SID1(3, 1),
    [SepOwnerRights] = SEP_SID1(3, 4),
    [SepPrincipalSelf] = SEP_SID1(5, 10),
    [SepAnonymous] = SEP_SID1(5, 7),
    [SepAuthenticatedUsers] = SEP_SID1(5, 11),
    [SepInteractive] = SEP_SID1(5, 4),
    [SepRestrictedCode] = SEP_SID1(5, 12),
    [SepLocalSystem] = SEP_SID1(5, 18),
    [SepAdministrators] = SEP_SID2(5, 32, 544),
    [SepUsers] = SEP_SID2(5, 32, 545),
    [SepUntrustedLevel] = SEP_SID1(16, SECURITY_MANDATORY_UNTRUSTED_RID),
    [SepLowLevel] = SEP_SID1(16, SECURITY_MANDATORY_LOW_RID),
    [SepMediumLevel] = SEP_SID1(16, SECURITY_MANDATORY_MEDIUM_RID),
    [SepHighLevel] = SEP_SID1(16, SECURITY_MANDATORY_HIGH_RID),
    [SepSystemLevel] = SEP_SID1(16, SECURITY_MANDATORY_SYSTEM_RID),
};

PSID SepKnownSid(SEP_SID Which)
{
    return (PSID)&SepSids[Which];
}

// ---- Descriptors: owner and group SYSTEM, up to three allowed ACEs, perhaps a label

typedef struct _SEP_STATIC_ACE {
    SEP_SID Sid;
    ACCESS_MASK Mask;
} SEP_STATIC_ACE;

static const SEP_STATIC_ACE SepDescriptorAces[SeMaximumWellKnownDescriptor][3] = {
    [SeSystemOnlyDescriptor] = {{SepLocalSystem, GENERIC_ALL},
                                {SepAdministrators, GENERIC_READ | GENERIC_EXECUTE},
                                {SepEveryone, GENERIC_READ | GENERIC_EXECUTE}},
    [SePublicDescriptor] = {{SepLocalSystem, GENERIC_ALL},
                            {SepAdministrators, GENERIC_ALL},
                            {SepEveryone, GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE}},
    [SeUnrestrictedDescriptor] = {{SepLocalSystem, GENERIC_ALL},
                                  {SepAdministrators, GENERIC_ALL},
                                  {SepEveryone, GENERIC_ALL}},
};

constexpr ULONG SEP_DESCRIPTOR_ACL =
    sizeof(ACL) + 3 * (sizeof(ACCESS_ALLOWED_ACE) + SEP_SID_SIZE(2));

constexpr ULONG SEP_LABEL_ACL = sizeof(ACL) + sizeof(SYSTEM_MANDATORY_LABEL_ACE) + SEP_SID_SIZE(1);

static struct {
    SECURITY_DESCRIPTOR Descriptor;
    alignas(8) UCHAR Acl[SEP_DESCRIPTOR_ACL];
    alignas(8) UCHAR Label[SEP_LABEL_ACL];
} SepDescriptors[SeMaximumWellKnownDescriptor];

// Where everyone may create, low programs may too.
static VOID SepLabelDescriptor(PSECURITY_DESCRIPTOR Descriptor, PACL Label)
{
    NTSTATUS Status = RtlCreateAcl(Label, SEP_LABEL_ACL, ACL_REVISION);
    if (NT_SUCCESS(Status))
        Status =
            RtlAddMandatoryAce(Label, ACL_REVISION, 0, SepKnownSid(SepLowLevel),
                               SYSTEM_MANDATORY_LABEL_ACE_TYPE, SYSTEM_MANDATORY_LABEL_NO_WRITE_UP);
    ASSERT(NT_SUCCESS(Status));
    RtlSetSaclSecurityDescriptor(Descriptor, TRUE, Label, FALSE);
}

static VOID SepInitializeDescriptor(SE_WELL_KNOWN_DESCRIPTOR Which)
{
    PACL Acl = (PACL)SepDescriptors[Which].Acl;
    PSECURITY_DESCRIPTOR Descriptor = &SepDescriptors[Which].Descriptor;
    NTSTATUS Status = RtlCreateAcl(Acl, SEP_DESCRIPTOR_ACL, ACL_REVISION);
    for (ULONG i = 0; NT_SUCCESS(Status) && i < RTL_NUMBER_OF(SepDescriptorAces[Which]); i++) {
        const SEP_STATIC_ACE *Ace = &SepDescriptorAces[Which][i];
        Status = RtlAddAccessAllowedAce(Acl, ACL_REVISION, Ace->Mask, SepKnownSid(Ace->Sid));
    }
    ASSERT(NT_SUCCESS(Status));
    RtlCreateSecurityDescriptor(Descriptor, SECURITY_DESCRIPTOR_REVISION);
    RtlSetOwnerSecurityDescriptor(Descriptor, SepKnownSid(SepLocalSystem), FALSE);
    RtlSetGroupSecurityDescriptor(Descriptor, SepKnownSid(SepLocalSystem), FALSE);
    RtlSetDaclSecurityDescriptor(Descriptor, TRUE, Acl, FALSE);
    if (Which == SePublicDescriptor)
        SepLabelDescriptor(Descriptor, (PACL)SepDescriptors[Which].Label);
}

PSECURITY_DESCRIPTOR SeWellKnownDescriptor(SE_WELL_KNOWN_DESCRIPTOR Which)
{
    if (!SepDescriptors[Which].Descriptor.Revision)
        SepInitializeDescriptor(Which);
    return &SepDescriptors[Which].Descriptor;
}

// ---- Integrity levels

ULONG SepLevelOfSid(PSID Sid)
{
    return *RtlSubAuthoritySid(Sid, *RtlSubAuthorityCountSid(Sid) - 1U);
}
