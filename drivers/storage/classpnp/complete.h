// The end of requests in a class driver: the library's own, and a source of the drivers that share it.
#pragma once

#include <ntddk.h>

#include <classpnp.h>

// Ends a request that holds the remove lock.
NTSTATUS ClasspComplete(PDEVICE_OBJECT DeviceObject, PIRP Irp, NTSTATUS Status,
                        ULONG_PTR Information);
