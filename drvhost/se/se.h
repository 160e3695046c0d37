// Tokens of requestors, and what is checked with them.
#pragma once

extern OBJECT_TYPE SepTokenType;
extern POBJECT_TYPE SepTokenTypePointer;

// A token of the requestor of a request (Primary: of its process, else whom its thread acts as), opened when it is
// needed first; the request must not be answered before. Null: no memory.
PACCESS_TOKEN SepMakeRequestorToken(ULONG RequestId, BOOLEAN Primary);
// The request is about to be answered: open the token if somebody else holds it too. Gives the reference up.
VOID SepReleaseRequestorToken(PACCESS_TOKEN Token);
// The handle becomes the object's.
NTSTATUS SepWrapToken(HANDLE Handle, PACCESS_TOKEN *Token);
NTSTATUS SepTokenHandle(PACCESS_TOKEN Token, PHANDLE Handle);
// For NtAccessCheck, which wants a token to impersonate with.
NTSTATUS SepImpersonationHandle(PACCESS_TOKEN Token, PHANDLE Handle);

// exports.c: identifiers that the headers' SE_EXPORTS does not have
PSID SepAllAppPackagesSid(void);
PSID SepUserModeDriversSid(void);
// sddl.c: a self-relative descriptor in pool
NTSTATUS SepParseDescriptor(PCUNICODE_STRING String, PSECURITY_DESCRIPTOR *Descriptor,
                            PULONG Length);
