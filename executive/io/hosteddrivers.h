// The drivers that driver hosts run.
#pragma once

typedef VOID IO_DRIVER_ROUTINE(PEPROCESS Process, PVOID DriverObject,
                               PVOID Context); // must not wait
VOID IoEnumerateHostedDrivers(IO_DRIVER_ROUTINE *Routine, PVOID Context);
