// Ex: the object types built on dispatcher objects, and system information.
#pragma once

extern POBJECT_TYPE ExEventObjectType, ExMutantObjectType, ExSemaphoreObjectType, ExTimerObjectType,
    ExKeyedEventObjectType, IoCompletionObjectType;

NTSTATUS ExInitSystem(void);
// Random bytes from RDRAND/RDSEED, or from a seeded fallback that says so once in the log.
VOID ExGetRandomBytes(PVOID Buffer, SIZE_T Size);
// Numbers that are never given twice while the system runs.
VOID ExAllocateLocallyUniqueId(PLUID Luid);
// The I/O manager allocates packets first, so that completion cannot fail.
PVOID IoAllocateCompletionPacket(void);
VOID IoFreeCompletionPacket(PVOID Packet); // that was not queued
VOID IoQueueCompletionPacket(PVOID IoCompletion, PVOID Packet, PVOID KeyContext, PVOID ApcContext,
                             NTSTATUS Status, ULONG_PTR Information);
// Both at once.
NTSTATUS IoSetIoCompletion(PVOID IoCompletion, PVOID KeyContext, PVOID ApcContext, NTSTATUS Status,
                           ULONG_PTR Information);

// Answer a query: *ReturnLength (may be null) gets Size; TooSmall when Length is less.
NTSTATUS ExReturnInformation(const VOID *Data, ULONG Size, VOID USER *Buffer, ULONG Length,
                             ULONG USER *ReturnLength, NTSTATUS TooSmall);

// An event given to a service for its completion: null handle gives null.
NTSTATUS ExReferenceUserEvent(HANDLE Handle, PKEVENT *Event);
// The APC of a thread when a service of its completes: Routine(Context, Argument, 0). Allocated
// first, so that queueing cannot fail; cancel one that is not queued.
typedef struct _EX_USER_APC EX_USER_APC, *PEX_USER_APC;
NTSTATUS ExAllocateUserApc(PVOID Routine, PVOID Context, PEX_USER_APC *Result);
VOID ExQueueUserApc(PEX_USER_APC Apc, PVOID Argument1, PVOID Argument2);
VOID ExCancelUserApc(PEX_USER_APC Apc);
// The APC of a reserve object, for Thread, whose reference it takes over. Its Free gives it back.
NTSTATUS ExTakeReservedApc(HANDLE Handle, PETHREAD Thread, PKAPC *Apc);
