// acpitest.sys: the function driver of a device that the ACPI driver reports.
#pragma once

#include <ntddk.h>

#include "../acpitest.h"
#include "ask.h"
#include "layer.h"

enum { MostHeard = 64 };

typedef struct _ACPITEST {
    LAYER Layer;
    BOOLEAN Started;
    FAST_MUTEX Lock; // one request at a time
    ACPI_INTERFACE_STANDARD First;
    ACPI_INTERFACE_STANDARD2 Second;
    PVOID Object; // of the event that is connected
    volatile LONG Heard, Served;
    UCHAR Values[MostHeard];
    PIRP Sent; // null: none
    KEVENT SentDone;
    NTSTATUS SentStatus;
    ULONG SentLength;
    UCHAR SentData[ACPITEST_DATA];
    PIRP Wake;
    KEVENT WakeDone;
    NTSTATUS WakeStatus;
    BOOLEAN ArmsItself; // again and again
} ACPITEST, *PACPITEST;

// control.c
DRIVER_DISPATCH TestControl;
// interface.c
NTSTATUS TestQueryInterfaces(PACPITEST Test);
VOID TestReleaseInterfaces(PACPITEST Test);
NTSTATUS TestQuery(PACPITEST Test, PACPITEST_REQUEST Request);
NTSTATUS TestConnect(PACPITEST Test, PACPITEST_REQUEST Request);
NTSTATUS TestDisconnect(PACPITEST Test, PACPITEST_REQUEST Request);
NTSTATUS TestEnable(PACPITEST Test, PACPITEST_REQUEST Request);
NTSTATUS TestDisable(PACPITEST Test, PACPITEST_REQUEST Request);
NTSTATUS TestClear(PACPITEST Test, PACPITEST_REQUEST Request);
NTSTATUS TestRegister(PACPITEST Test, PACPITEST_REQUEST Request);
NTSTATUS TestUnregister(PACPITEST Test, PACPITEST_REQUEST Request);
NTSTATUS TestHeard(PACPITEST Test, PACPITEST_REQUEST Request);
// An event that the device names by itself (_GPE) is connected from the beginning, and the device's notifications too: both
// go to the log.
VOID TestConnectByItself(PACPITEST Test);
// A number that the device has; FALSE: it has none of this name.
BOOLEAN TestReadNumber(PACPITEST Test, PCSTR Name, PULONG Number);
// power.c
NTSTATUS TestWaitWake(PACPITEST Test, PACPITEST_REQUEST Request);
NTSTATUS TestWakeStatus(PACPITEST Test, PACPITEST_REQUEST Request);
NTSTATUS TestCancelWake(PACPITEST Test, PACPITEST_REQUEST Request);
NTSTATUS TestSetPower(PACPITEST Test, PACPITEST_REQUEST Request);
// A device that says so (ARMS, a SYSTEM_POWER_STATE) is armed from the beginning, which goes to the log, as its end.
VOID TestArmByItself(PACPITEST Test);
