// Failures as the log tells them.
#pragma once

// Frames from Context on, as image + offset.
VOID DbgpPrintCallChain(const CONTEXT *Context);
// "null.sys+0x1234"; Buffer gets a terminated string.
VOID DbgpFormatAddress(PVOID Address, PCHAR Buffer, SIZE_T Size);
// An exception filter: nobody handled the exception, so the host ends.
LONG DbgpReportException(PKI_EXCEPTION_POINTERS Pointers);

enum { DbgpWatchdogViolation = 0x133 }; // DPC_WATCHDOG_VIOLATION
// HOST_WATCHDOG_EXCEPTION has come: the log tells where the thread is, then the host ends.
LONG DbgpReportWatchdog(PKI_EXCEPTION_POINTERS Pointers);
