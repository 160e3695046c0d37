// Se: tokens, security descriptors of objects, access checks.
#pragma once

extern POBJECT_TYPE SeTokenObjectType;
extern PTOKEN SeSystemToken;

// What an open asks for and has been given so far. Token is referenced.
struct _ACCESS_STATE {
    ACCESS_MASK OriginalDesiredAccess;
    ACCESS_MASK RemainingDesiredAccess;
    ACCESS_MASK PreviouslyGrantedAccess;
    PTOKEN Token;
};

NTSTATUS SeInitSystem(void);
// For the current thread; generic rights are mapped.
VOID SeCreateAccessState(PACCESS_STATE State, ACCESS_MASK DesiredAccess,
                         const GENERIC_MAPPING *Mapping);
VOID SeDeleteAccessState(PACCESS_STATE State);
// Null descriptor: everything is granted. On FALSE *Status says why.
BOOLEAN SeAccessCheck(PSECURITY_DESCRIPTOR Descriptor, PTOKEN Token, ACCESS_MASK DesiredAccess,
                      ACCESS_MASK PreviouslyGranted, const GENERIC_MAPPING *Mapping,
                      KPROCESSOR_MODE Mode, PACCESS_MASK Granted, PNTSTATUS Status);
BOOLEAN SeSinglePrivilegeCheck(LUID Privilege, KPROCESSOR_MODE Mode);

// ---- Descriptors: all self-relative and in pool

// The descriptor of a new object: explicit, inherited from the parent, token defaults.
NTSTATUS SeAssignSecurity(PSECURITY_DESCRIPTOR Parent, PSECURITY_DESCRIPTOR Explicit,
                          BOOLEAN IsContainer, const GENERIC_MAPPING *Mapping,
                          PSECURITY_DESCRIPTOR *Assigned);
// Of a process or thread: it gets a label of its token's level, that keeps off readers from below too.
NTSTATUS SeAssignSecurityLabeled(PSECURITY_DESCRIPTOR Parent, PSECURITY_DESCRIPTOR Explicit,
                                 BOOLEAN IsContainer, const GENERIC_MAPPING *Mapping,
                                 PTOKEN LabelToken, PSECURITY_DESCRIPTOR *Assigned);
NTSTATUS SeCaptureSid(const VOID USER *Sid, PSID *Captured); // pool
NTSTATUS SeCaptureSecurityDescriptor(const VOID USER *Descriptor, PSECURITY_DESCRIPTOR *Captured);
// The rights that a handle needs for querying and setting these parts.
ACCESS_MASK SeQuerySecurityAccess(SECURITY_INFORMATION Information);
ACCESS_MASK SeSetSecurityAccess(SECURITY_INFORMATION Information);
// A descriptor of these parts of Whole only (null: none).
NTSTATUS SeSelectSecurity(PSECURITY_DESCRIPTOR Whole, SECURITY_INFORMATION Information,
                          PSECURITY_DESCRIPTOR *Part, PULONG Length);
// Old with these parts taken from Modification. Checks that the caller may set this owner and label.
NTSTATUS SeModifySecurity(PSECURITY_DESCRIPTOR Old, SECURITY_INFORMATION Information,
                          PSECURITY_DESCRIPTOR Modification, const GENERIC_MAPPING *Mapping,
                          PSECURITY_DESCRIPTOR *New);

// Descriptors that need no token, for objects which the system creates. Constant, not in pool.
typedef enum _SE_WELL_KNOWN_DESCRIPTOR {
    SeSystemOnlyDescriptor,   // SYSTEM everything, administrators and everyone read and execute
    SePublicDescriptor,       // everyone reads, executes and creates (directories for all)
    SeUnrestrictedDescriptor, // everyone everything
    SeMaximumWellKnownDescriptor,
} SE_WELL_KNOWN_DESCRIPTOR;
PSECURITY_DESCRIPTOR SeWellKnownDescriptor(SE_WELL_KNOWN_DESCRIPTOR Which);

// ---- Tokens

VOID SeReferenceToken(PTOKEN Token);
LUID SeTokenAuthenticationId(PTOKEN Token);
VOID SeQueryTokenIds(PTOKEN Token, PLUID TokenId, PLUID ModifiedId);
ULONG SeTokenSessionId(PTOKEN Token);
TOKEN_TYPE SeTokenType(PTOKEN Token);
SECURITY_IMPERSONATION_LEVEL SeTokenImpersonationLevel(PTOKEN Token);
PSID SeTokenUser(PTOKEN Token); // valid while the token is referenced
BOOLEAN SeTokenHasTraverse(PTOKEN Token);
BOOLEAN SeTokenHasSid(PTOKEN Token, PSID Sid);             // in force for granting
ULONG SeTokenIntegrityLevel(PTOKEN Token);                 // SECURITY_MANDATORY_*_RID
BOOLEAN SeTokenHasPrivilege(PTOKEN Token, LUID Privilege); // present and enabled
// Where Ob keeps the device map of the token's logon session.
PVOID *SeTokenDeviceMap(PTOKEN Token);

// The primary token of a child process: a copy of its parent's. One reference belongs to the caller.
NTSTATUS SeSubProcessToken(PTOKEN Parent, PTOKEN *Token);
// What the token gives to new objects: its default DACL. Pool.
NTSTATUS SeDefaultSecurity(PTOKEN Token, PSECURITY_DESCRIPTOR *Descriptor);
// A token of the same identity, for the Executive's own use.
NTSTATUS SeDuplicateToken(PTOKEN Token, BOOLEAN EffectiveOnly, TOKEN_TYPE Type,
                          SECURITY_IMPERSONATION_LEVEL Level, PTOKEN *Copy);
// May the caller give Token to a new process (SE_ASSIGNPRIMARYTOKEN, or a child of its own token)?
NTSTATUS SeCheckPrimaryToken(PTOKEN Token);
// Make Thread act as Token (null: as itself) at most at Level. References the token; a level or a
// right that the thread may not have is lowered to identification, as on Windows.
NTSTATUS SeImpersonate(PETHREAD Thread, PTOKEN Token, BOOLEAN EffectiveOnly,
                       SECURITY_IMPERSONATION_LEVEL Level);
