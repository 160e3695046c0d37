// The OS layer below ACPICA: what its acpiosxf.h declares, on the driver interface. This is what the driver above
// it uses of it.
#pragma once

#include <ntddk.h>

#include <acpi/acpi.h>

constexpr ULONG OslTag = 'ipcA';

// Before ACPICA is initialised.
NTSTATUS OslInitialize(PDEVICE_OBJECT Device);
VOID OslTerminate(VOID); // nothing of ACPICA runs any more

// The SCI, from the resources that the device was started with: ACPICA connects it when it is enabled.
VOID OslSetInterrupt(const CM_PARTIAL_RESOURCE_DESCRIPTOR *Translated);

// At the IRQL of the SCI, with a lock that its service routine takes too.
KIRQL OslAcquireLock(PKSPIN_LOCK Lock);
VOID OslReleaseLock(PKSPIN_LOCK Lock, KIRQL OldIrql);
VOID OslSetLockIrql(KIRQL Irql);

// The parts of OslInitialize.
NTSTATUS OslReadRootPointer(VOID);
NTSTATUS OslStartQueues(PDEVICE_OBJECT Device);
VOID OslStopQueues(VOID);
VOID OslInitializeRegisters(VOID);
VOID OslUnmapRegisters(VOID);
