// What rtl offers beyond Windows' own interface (<nt.h>), and what it needs from its user.
#ifndef RTL_RTL_H
#define RTL_RTL_H

#include <nt.h>

// Hooks: each user of the library defines these two. The Executive takes pool, ntdll the process
// heap. Memory from here is freed by RtlFreeUnicodeString, RtlFreeAnsiString, RtlFreeSid ...
PVOID NTAPI RtlpAllocateStringMemory(SIZE_T Size);
VOID NTAPI RtlpFreeStringMemory(PVOID Memory);

#endif
