// battc.sys: what batteries have in common: the device interface, the requests of programs, waiting for changes.
#pragma once

#include <ntddk.h>

#include <batclass.h>

#include "irpqueue.h"

constexpr ULONG BatcTag = 'CtaB';

typedef struct _BATTERY_CLASS {
    BATTERY_MINIPORT_INFO Miniport;
    UNICODE_STRING Interface;
    IRP_QUEUE Waiting; // for a change
    KTIMER Timer;
    KDPC Dpc;
    WORK_QUEUE_ITEM Item;
    volatile LONG Wanted; // looks at the battery that somebody wants; the work item is under way
    volatile BOOLEAN Ending;
    EX_RUNDOWN_REF Running; // the work item, the requests at the miniclass driver
} BATTERY_CLASS, *PBATTERY_CLASS;

NTSTATUS BatcComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information);

// control.c
// The answer to a request that may wait, if it is due; Last: however the battery is. FALSE: it goes on waiting.
BOOLEAN BatcAnswer(PBATTERY_CLASS Class, PIRP Irp, BOOLEAN Last);

// wait.c
VOID BatcInitializeWaits(PBATTERY_CLASS Class);
NTSTATUS BatcWait(PBATTERY_CLASS Class, PIRP Irp, ULONG Milliseconds);
VOID BatcLook(PBATTERY_CLASS Class); // up to DISPATCH_LEVEL
VOID BatcEndWaits(PBATTERY_CLASS Class);
