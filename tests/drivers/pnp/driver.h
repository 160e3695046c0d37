// What the test drivers have in common.
#pragma once

#include <ntddk.h>
#include <stdarg.h>
#include <stdio.h>

#include "pnptest.h"

static inline NTSTATUS Complete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static inline NTSTATUS PassOn(PDEVICE_OBJECT Lower, PIRP Irp)
{
    IoSkipCurrentIrpStackLocation(Irp);
    return IoCallDriver(Lower, Irp);
}

// report.c

// Down and up again; the packet is not complete after it.
NTSTATUS PassOnAndWait(PDEVICE_OBJECT Lower, PIRP Irp);
// A request of the driver's own.
NTSTATUS Ask(PDEVICE_OBJECT Device, BOOLEAN Internal, ULONG Code, PVOID Buffer, ULONG InputLength,
             ULONG OutputLength);
// "Who.What;" becomes part of the bus's report. Lower: the next device on the way to the child.
VOID Report(PDEVICE_OBJECT Lower, PCSTR Who, PCSTR What);
VOID ReportPnp(PDEVICE_OBJECT Lower, PCSTR Who, UCHAR MinorFunction);
