// What ex offers the other folders beside the documented interface.
#pragma once

NTSTATUS ExpInitializeWorkers(void);
// Raise when a routine of the Raise kind got no memory.
PVOID ExpRaiseIfNull(PVOID Block);
VOID ExpQueryTag(ULONG Tag, PLONG64 Blocks, PLONG64 Bytes);

// Functions that the headers have as inline ones, see ntos.h
VOID NTAPI InitializeSListHead(PSLIST_HEADER SListHead);
USHORT NTAPI ExQueryDepthSList(PSLIST_HEADER SListHead);
VOID NTAPI ExInitializeFastMutex(PFAST_MUTEX FastMutex);
