// What the synchronisation primitives share.
#pragma once

#include "../ntdllp.h"

// Called by a thread that is about to wait for another one. While the process ends there is none: who
// held what it waits for was ended with it, and what that protects is in an unknown state.
static inline VOID SyncpExitIfAlone(void)
{
    if (RtlDllShutdownInProgress())
        NtTerminateProcess(NtCurrentProcess(), LdrpExitStatus);
}

// Rendezvous on the system's keyed event: a waiter and a releaser of the same key meet, whoever comes
// first. They need no object, so they cannot fail for want of memory. Key: an address with bit 0
// clear.
static inline VOID SyncpWaitForKey(PVOID Key)
{
    NTSTATUS Status = NtWaitForKeyedEvent(nullptr, Key, FALSE, nullptr);
    if (!NT_SUCCESS(Status))
        RtlRaiseStatus(Status);
}

static inline VOID SyncpReleaseKey(PVOID Key)
{
    NTSTATUS Status = NtReleaseKeyedEvent(nullptr, Key, FALSE, nullptr);
    if (!NT_SUCCESS(Status))
        RtlRaiseStatus(Status);
}
