// Shared by the parts of the client.
#pragma once

#include "client.h"

#include <acpievent.h>

#include "ask.h"

typedef struct _ACPI_CLIENT {
    LIST_ENTRY Link;       // of all in this process
    PDEVICE_OBJECT Device; // referenced
    ULONG Connection;
    PGPE_SERVICE_ROUTINE2 Service; // null: notifications
    PDEVICE_NOTIFY_CALLBACK2 Notify;
    PVOID Context;
    volatile BOOLEAN Ending; // nobody is called any more
    PIRP Irp;                // that waits
    ULONG Value;             // its buffer
    KEVENT Ended;            // it waits no more
} ACPI_CLIENT, *PACPI_CLIENT;

NTSTATUS AcpiClientConnect(const ACPI_CLIENT *Template, ACPI_EVENT_SOURCE *Source,
                           PACPI_CLIENT *Result);
NTSTATUS AcpiClientDisconnect(PACPI_CLIENT Client);
// At DISPATCH_LEVEL it is done a moment later.
NTSTATUS AcpiClientChange(PACPI_CLIENT Client, ACPI_EVENT_ACTION Action);
// What a driver calls its own. Null: it is none.
PACPI_CLIENT AcpiClientCheck(PVOID ObjectContext);
// Notify null: any.
PACPI_CLIENT AcpiClientFindNotification(PDEVICE_OBJECT Device, PDEVICE_NOTIFY_CALLBACK2 Notify);
