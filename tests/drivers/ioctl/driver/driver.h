// The driver of tests/drivers/ioctl.
#pragma once

#include <ntddk.h>

#include "../ioctl.h"

// Change what the request says, by its method. The request is not completed.
NTSTATUS IoctlChange(PIRP Irp, PULONG_PTR Information);

VOID IoctlLook(PIRP Irp);
NTSTATUS IoctlSeen(PIRP Irp, PULONG_PTR Information);
NTSTATUS IoctlFill(PIRP Irp, PULONG_PTR Information);

VOID IoctlInitQueue(VOID);
NTSTATUS IoctlPend(PIRP Irp);
ULONG IoctlRelease(VOID);
NTSTATUS IoctlMeet(ULONG Wanted);
