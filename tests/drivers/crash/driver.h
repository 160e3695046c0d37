// Private to crash.sys.
#pragma once

VOID CrashWriteNowhere(VOID);

// isr.c
NTSTATUS CrashInterrupt(BOOLEAN Spins); // STATUS_PENDING: it comes
DRIVER_DISPATCH CrashPnp;
DRIVER_ADD_DEVICE CrashAddDevice;
