// Se: tokens, security descriptors of objects, access checks.
#pragma once


extern POBJECT_TYPE SeTokenObjectType;
extern PTOKEN SeSystemToken;

// What an open asks for and has been given so far.
struct _ACCESS_STATE {
    ACCESS_MASK OriginalDesiredAccess;
    ACCESS_MASK RemainingDesiredAccess;
    ACCESS_MASK PreviouslyGrantedAccess;
    PTOKEN Token;
};

NTSTATUS SeInitSystem(void);
VOID SeCreateAccessState(PACCESS_STATE State, ACCESS_MASK DesiredAccess,
                         const GENERIC_MAPPING *Mapping);
// Null descriptor: everything is granted. On FALSE *Status says why.
BOOLEAN SeAccessCheck(PSECURITY_DESCRIPTOR Descriptor, PTOKEN Token, ACCESS_MASK DesiredAccess,
                      ACCESS_MASK PreviouslyGranted, const GENERIC_MAPPING *Mapping,
                      KPROCESSOR_MODE Mode, PACCESS_MASK Granted, PNTSTATUS Status);
BOOLEAN SeSinglePrivilegeCheck(LUID Privilege, KPROCESSOR_MODE Mode);
// The descriptor of a new object: explicit, inherited from the parent, token defaults. Pool.
NTSTATUS SeAssignSecurity(PSECURITY_DESCRIPTOR Parent, PSECURITY_DESCRIPTOR Explicit,
                          BOOLEAN IsContainer, const GENERIC_MAPPING *Mapping,
                          PSECURITY_DESCRIPTOR *Assigned);
NTSTATUS SeCaptureSecurityDescriptor(const VOID USER *Descriptor, PSECURITY_DESCRIPTOR *Captured);
