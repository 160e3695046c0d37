// Connections of drivers to events (<acpievent.h>).
#pragma once

#include "acpi.h"

#include <acpievent.h>

typedef struct _ACPI_GPE {
    LIST_ENTRY Link;
    ULONG Number;
    BOOLEAN Latched, Shareable;
    LIST_ENTRY Connections; // by GpeLink
    ULONG Answers;          // that are due before it is enabled again
    KDPC Dpc;
} ACPI_GPE, *PACPI_GPE;

typedef struct _ACPI_CONNECTION {
    LIST_ENTRY Link; // of the device's
    LIST_ENTRY GpeLink;
    ULONG Number;
    ULONG References; // by those who work with it, and one until it is disconnected
    PACPI_GPE Gpe;    // null: the device's notifications
    BOOLEAN Enabled;
    BOOLEAN Due;   // its answer
    BOOLEAN Ended; // no request waits any more
    ACPI_WAITERS Waiters;
} ACPI_CONNECTION, *PACPI_CONNECTION;

// events.c: lists, references and flags, up to DISPATCH_LEVEL
extern KSPIN_LOCK AcpiEventLock;
VOID AcpiReleaseConnection(PACPI_CONNECTION Connection);

// sharedgpe.c
VOID AcpiInitializeGpes(VOID);
NTSTATUS AcpiConnectGpe(PACPI_CONNECTION Connection, const ACPI_EVENT_SOURCE *Source);
VOID AcpiDisconnectGpe(PACPI_CONNECTION Connection);
VOID AcpiAnswerGpe(PACPI_CONNECTION Connection); // if it is due
NTSTATUS AcpiSwitchGpe(PACPI_CONNECTION Connection, BOOLEAN Enable);
NTSTATUS AcpiClearGpe(PACPI_CONNECTION Connection);
