// The security of new objects, for driver hosts (nt/nthost.h).
#pragma once

// Token: who makes the object. Flags: SEF_* of <ntifs.h>, or'ed with HOST_SECURITY_DIRECTORY.
typedef struct _HOST_SECURITY {
    PVOID Parent, Explicit; // descriptors, or null
    HANDLE Token;
    ULONG Flags, HasType;
    GUID Type; // of the object, for entries that are inherited by objects of one type
    GENERIC_MAPPING Mapping;
    PVOID Buffer;
    ULONG Length;
} HOST_SECURITY, *PHOST_SECURITY;

#define HOST_SECURITY_DIRECTORY 0x80000000

// The descriptor of a new object. STATUS_BUFFER_TOO_SMALL: *Needed is what it takes.
#ifndef NT_EXECUTIVE
NTSTATUS NTAPI NtHostAssignSecurity(const HOST_SECURITY *Security, PULONG Needed);
#endif
