// SeAssignSecurity as a driver asks for it.
#pragma once

typedef struct _SE_ASSIGN_OPTIONS {
    PTOKEN Token;
    ULONG Flags;      // SEF_*
    const GUID *Type; // of the object, or null
} SE_ASSIGN_OPTIONS;

NTSTATUS SeAssignSecurityEx(PSECURITY_DESCRIPTOR Parent, PSECURITY_DESCRIPTOR Explicit,
                            BOOLEAN IsContainer, const GENERIC_MAPPING *Mapping,
                            const SE_ASSIGN_OPTIONS *Options, PSECURITY_DESCRIPTOR *Assigned);
