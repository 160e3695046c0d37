// The start of a driver host, and of a program that tests this code without being one.

#include "kep.h"

PHOST_SHARED KiShared;
HOST_CONNECTION KiConnection = {.Size = sizeof(HOST_CONNECTION)};

NTSTATUS KiInitializeSystem(void)
{
    KiInitializeThreads();
    if (!PsInitialSystemProcess)
        return STATUS_INSUFFICIENT_RESOURCES;
    LdrhInitialize();
    KiInitializeInterrupts();
    NTSTATUS Status = KiInitializeTimers();
    if (NT_SUCCESS(Status))
        Status = ExpInitializeWorkers();
    return Status;
}

// drvhost.exe calls this with its first thread, which becomes one of the workers.
NTSTATUS KiHostStart(void)
{
    NTSTATUS Status = NtHostConnect(&KiConnection);
    if (!NT_SUCCESS(Status)) {
        DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_ERROR_LEVEL,
                   "driver host: no connection to the Executive: status %08lx\n", Status);
        return Status;
    }
    KiShared = (PHOST_SHARED)KiConnection.Shared;
    Status = KiInitializeSystem();
    if (!NT_SUCCESS(Status)) {
        DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_ERROR_LEVEL,
                   "driver host %lu cannot start: status %08lx\n", KiConnection.HostId, Status);
        return Status;
    }
    return KiServeRequests();
}
