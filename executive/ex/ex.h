// Ex: the object types built on dispatcher objects, and system information.
#pragma once

extern POBJECT_TYPE ExEventObjectType, ExMutantObjectType, ExSemaphoreObjectType, ExTimerObjectType,
    ExKeyedEventObjectType, IoCompletionObjectType;

NTSTATUS ExInitSystem(void);
// Random bytes from RDRAND/RDSEED, or from a seeded fallback that says so once in the log.
VOID ExGetRandomBytes(PVOID Buffer, SIZE_T Size);
// Queue a completion packet; used by the I/O manager too.
NTSTATUS IoSetIoCompletion(PVOID IoCompletion, PVOID KeyContext, PVOID ApcContext, NTSTATUS Status,
                           ULONG_PTR Information);
