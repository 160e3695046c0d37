// Memory of callers in driver hosts, beyond what comes with a request (nt/nthost.h).
#pragma once

// NtHostLockPages of the memory of a process that the host has a request of.
NTSTATUS NTAPI NtHostLockCallerPages(PVOID Address, ULONG Count, ULONG Write, PULONG64 Pages,
                                     ULONG ProcessId);
