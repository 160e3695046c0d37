// The private part of Se.
#pragma once

#include "ntos.h"

enum {
    SE_TAG_TOKEN = 'oTeS',
    SE_TAG_SIDS = 'iSeS',
    SE_TAG_ACL = 'cAeS',
    SE_TAG_DESCRIPTOR = 'dSeS',
    SE_TAG_SESSION = 'sLeS',
    SE_TAG_BUFFER = 'fBeS',
};

// ---- SIDs that the system knows

typedef enum _SEP_SID {
    SepEveryone,
    SepLocal,
    SepCreatorOwner,
    SepCreatorGroup,
    SepOwnerRights,
    SepPrincipalSelf,
    SepAnonymous,
    SepAuthenticatedUsers,
    SepInteractive,
    SepRestrictedCode,
    SepLocalSystem,
    SepAdministrators,
    SepUsers,
    SepUntrustedLevel,
    SepLowLevel,
    SepMediumLevel,
    SepHighLevel,
    SepSystemLevel,
    SepSidCount,
} SEP_SID;

PSID SepKnownSid(SEP_SID Which);

#define SEP_SID_SIZE(SubAuthorities) (8 + 4 * (SubAuthorities))
#define SEP_ANONYMOUS_LUID           {0x3E6, 0}

// ---- Logon sessions

typedef struct _SEP_LOGON_SESSION {
    LIST_ENTRY Links;
    LUID LogonId;
    ULONG References; // tokens
    PVOID DeviceMap;  // of Ob
} SEP_LOGON_SESSION, *PSEP_LOGON_SESSION;

// Create: make the session when there is none.
NTSTATUS SepReferenceLogonSession(LUID LogonId, BOOLEAN Create, PSEP_LOGON_SESSION *Result);
VOID SepDereferenceLogonSession(PSEP_LOGON_SESSION Session);

// ---- Tokens

// A set of SIDs in one block of pool: the array, then the SIDs.
typedef struct _SEP_SIDS {
    ULONG Count;
    PSID_AND_ATTRIBUTES Sids;
} SEP_SIDS;

constexpr ULONG SEP_NO_INDEX = ~0U;

struct _TOKEN {
    TOKEN_SOURCE Source;
    LUID TokenId, ModifiedId, ParentTokenId, OriginatingLogon;
    PSEP_LOGON_SESSION Session;
    LARGE_INTEGER ExpirationTime;
    TOKEN_TYPE Type;
    SECURITY_IMPERSONATION_LEVEL Level; // of an impersonation token
    ULONG SessionId;
    ULONG MandatoryPolicy;
    // Bit n is the privilege with LUID n.
    ULONGLONG PrivilegesPresent, PrivilegesEnabled, PrivilegesDefault;
    SEP_SIDS Groups; // the first is the user
    SEP_SIDS Restricted;
    ULONG OwnerIndex;     // in Groups: the owner of new objects
    ULONG IntegrityIndex; // in Groups, or SEP_NO_INDEX
    PSID PrimaryGroup;    // pool
    PACL DefaultDacl;     // pool, or null
    BOOLEAN SandboxInert, WriteRestricted, UIAccess, Elevated;
    BOOLEAN VirtualizationAllowed, VirtualizationEnabled;
};

constexpr ULONG SEP_ALL_ATTRIBUTES =
    SE_GROUP_MANDATORY | SE_GROUP_ENABLED_BY_DEFAULT | SE_GROUP_ENABLED;

// What a new token is made of. Everything is copied.
typedef struct _SEP_TOKEN_TEMPLATE {
    TOKEN_SOURCE Source;
    TOKEN_TYPE Type;
    SECURITY_IMPERSONATION_LEVEL Level;
    LUID AuthenticationId;
    BOOLEAN CreateSession;
    LARGE_INTEGER ExpirationTime;
    ULONG GroupCount; // with the user
    const SID_AND_ATTRIBUTES *Groups;
    ULONGLONG PrivilegesPresent, PrivilegesEnabled;
    PSID Owner; // null: the user
    PSID PrimaryGroup;
    PACL DefaultDacl;
} SEP_TOKEN_TEMPLATE;

NTSTATUS SepCreateToken(const SEP_TOKEN_TEMPLATE *Template, PTOKEN *Result);
NTSTATUS SepCopyToken(PTOKEN Token, TOKEN_TYPE Type, SECURITY_IMPERSONATION_LEVEL Level,
                      PTOKEN *Result);
NTSTATUS SepCreateAnonymousToken(PTOKEN *Token);
NTSTATUS SepSecureToken(PTOKEN Token); // by its own default DACL
VOID SepDeleteToken(PVOID Object);
// Drop what is disabled.
VOID SepMakeEffectiveOnly(PTOKEN Token);
VOID SepTokenChanged(PTOKEN Token);
// That of the current thread; not referenced.
PTOKEN SepCurrentToken(void);
// A handle, or one of the pseudo handles of token queries.
NTSTATUS SepReferenceToken(HANDLE Handle, ACCESS_MASK Access, PTOKEN *Token);

NTSTATUS SepCopySids(const SID_AND_ATTRIBUTES *Source, ULONG Count, SEP_SIDS *Copy);
NTSTATUS SepDuplicateSid(PSID Sid, PSID *Copy);
NTSTATUS SepDuplicateAcl(PACL Acl, PACL *Copy);
NTSTATUS SepSetPrimaryGroup(PTOKEN Token, PSID Group);
ULONG SepFindGroup(const SEP_SIDS *Groups, PSID Sid); // index, or SEP_NO_INDEX
// Is the SID in force: enabled, or (Deny) at least for denials?
BOOLEAN SepSidInToken(const SEP_SIDS *Sids, PSID Sid, BOOLEAN Deny);
BOOLEAN SepMayOwn(PTOKEN Token, PSID Owner);
ULONG SepTokenLevel(PTOKEN Token);
ULONG SepLevelOfSid(PSID Sid);
BOOLEAN SepTokenIsRestricted(PTOKEN Token);

static inline ULONGLONG SepPrivilegeBit(LUID Luid)
{
    if (Luid.HighPart || Luid.LowPart > SE_MAX_WELL_KNOWN_PRIVILEGE ||
        Luid.LowPart < SE_MIN_WELL_KNOWN_PRIVILEGE)
        return 0;
    return 1ULL << Luid.LowPart;
}

// ---- Access checks

// A part of the object that is checked. Node 0 is the object itself; those below a node follow it.
typedef struct _SEP_NODE {
    GUID Type;
    BOOLEAN Untyped; // node 0 of a check without a list of parts
    USHORT Level;
    ULONG Parent;                // index
    ACCESS_MASK Allowed, Denied; // by the DACL, as far as it has been read
    ACCESS_MASK Granted;         // the results
    NTSTATUS Status;
} SEP_NODE;

typedef struct _SEP_CHECK_ARGUMENTS {
    PSECURITY_DESCRIPTOR Descriptor;
    PTOKEN Token;
    PSID PrincipalSelf; // or null
    const GENERIC_MAPPING *Mapping;
    ACCESS_MASK Desired, PreviouslyGranted;
} SEP_CHECK_ARGUMENTS;

// Neither waits nor allocates. Whether the token's level lets it ask is the caller's business.
VOID SepCheckNodes(const SEP_CHECK_ARGUMENTS *Arguments, SEP_NODE *Nodes, ULONG Count);

// What the services of access checks are given.
typedef struct _SEP_CHECK_REQUEST {
    PSECURITY_DESCRIPTOR Descriptor; // pool
    PTOKEN Token;                    // referenced
    PSID PrincipalSelf;              // pool, or null
    GENERIC_MAPPING Mapping;
    ACCESS_MASK Desired;
    SEP_NODE Whole;
    SEP_NODE *Nodes; // pool, or Whole
    ULONG NodeCount;
} SEP_CHECK_REQUEST, *PSEP_CHECK_REQUEST;

// Request->Desired is set. Release in every case.
NTSTATUS SepCaptureRequest(PSEP_CHECK_REQUEST Request, const VOID USER *Descriptor,
                           HANDLE ClientToken, const GENERIC_MAPPING USER *Mapping);
VOID SepReleaseRequest(PSEP_CHECK_REQUEST Request);
NTSTATUS SepRunRequest(PSEP_CHECK_REQUEST Request);
NTSTATUS SepReturnUsedPrivileges(const SEP_CHECK_REQUEST *Request, PRIVILEGE_SET USER *User,
                                 ULONG USER *LengthPointer);
// A token that a service asks about: an impersonation token of at least identification level.
NTSTATUS SepReferenceClient(HANDLE Handle, PTOKEN *Token);

// ---- Capture from user memory; results in pool (SE_TAG_BUFFER)

NTSTATUS SepCaptureAcl(const VOID USER *Acl, PACL *Captured);
NTSTATUS SepCaptureSidArray(const SID_AND_ATTRIBUTES USER *Sids, ULONG Count, SEP_SIDS *Captured);
NTSTATUS SepCaptureGroups(const TOKEN_GROUPS USER *Groups, SEP_SIDS *Captured);
NTSTATUS SepCapturePrivileges(const TOKEN_PRIVILEGES USER *Privileges,
                              LUID_AND_ATTRIBUTES **Captured, PULONG Count);
VOID SepFreeSids(SEP_SIDS *Sids);

// ---- Descriptors

typedef struct _SEP_PARTS {
    SECURITY_DESCRIPTOR_CONTROL Control; // SE_DACL_PRESENT and such
    PSID Owner, Group;
    PACL Dacl, Sacl;
} SEP_PARTS;

VOID SepGetParts(PSECURITY_DESCRIPTOR Descriptor, SEP_PARTS *Parts);
// One self-relative descriptor in pool.
NTSTATUS SepBuildDescriptor(const SEP_PARTS *Parts, PSECURITY_DESCRIPTOR *Descriptor);
// A new ACL (pool) with the ACEs that a child of Parent inherits; null when there are none. Type: the child's, or null.
NTSTATUS SepInheritAcl(PACL Parent, BOOLEAN IsContainer, PSID Owner, PSID Group, const GUID *Type,
                       const GENERIC_MAPPING *Mapping, PACL *Inherited);
// One list (pool): what of First was not inherited, then Second, which may be null.
NTSTATUS SepJoinInherited(PACL First, PACL Second, PACL *Joined);
// A copy (pool) with generic rights replaced and CREATOR OWNER/GROUP resolved.
NTSTATUS SepApplyAcl(PACL Acl, BOOLEAN IsContainer, PSID Owner, PSID Group,
                     const GENERIC_MAPPING *Mapping, PACL *Applied);
PSYSTEM_MANDATORY_LABEL_ACE SepFindLabel(PACL Sacl);
NTSTATUS SepCreateLabelAcl(PSID Level, ACCESS_MASK Policy, PACL *Sacl);

static inline PACE_HEADER SepFirstAce(PACL Acl)
{
    return (PACE_HEADER)(Acl + 1);
}

static inline PACE_HEADER SepNextAce(PACE_HEADER Ace)
{
    return (PACE_HEADER)((PUCHAR)Ace + Ace->AceSize);
}
