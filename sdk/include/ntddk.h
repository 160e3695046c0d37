// mingw-w64's <ntddk.h>, and what that of Windows 10 has beside it.
#ifndef PROTEUS_NTDDK_H
#define PROTEUS_NTDDK_H

#include_next <ntddk.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef MAXIMUM_EXPANSION_SIZE
#define MAXIMUM_EXPANSION_SIZE 0x14000
#endif

NTKERNELAPI NTSTATUS NTAPI KeExpandKernelStackAndCalloutEx(PEXPAND_STACK_CALLOUT Callout,
                                                           PVOID Parameter, SIZE_T Size,
                                                           BOOLEAN Wait, PVOID Context);

#ifdef __cplusplus
}
#endif

#endif
