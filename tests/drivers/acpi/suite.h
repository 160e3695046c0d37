// Shared by the parts of the suite.
#pragma once

#include <service.h>

#include "acpitest.h"

#include <acpiioct.h>

enum { DEVICE_COUNT = 2 };

// ---- setup.c

VOID StartDevices(void);
VOID StartAgain(void);    // the first one, after its host's end
VOID Choose(ULONG Index); // which one all that follows is about
// Code: ACPITEST_*. The request's status; the control's own must be a success.
NTSTATUS Ask(ULONG Code, PACPITEST_REQUEST Request);
NTSTATUS AskValue(ULONG Code, ULONG Version, ULONG Value, ULONG Flags);
// A control for the device below; Data in and out.
extern UCHAR Data[ACPITEST_DATA];
NTSTATUS Send(ULONG Code, ULONG Input, ULONG Output, PULONG Length);
// A method with a number, or none: Argument MAXULONG; its result, a number, or MAXULONG.
ULONG Evaluate(PCSTR Name, ULONG Argument);
VOID Pause(ULONG Milliseconds);

// ---- Tests

VOID TestEvaluation(void), TestExtendedEvaluation(void), TestWrongEvaluation(void);
VOID TestAsynchronous(void), TestChildren(void);
VOID TestInterfaces(void), TestNotifications(void), TestEvents(void), TestSharedEvents(void);
VOID TestDeath(void);
VOID TestGlobalLock(void), TestGlobalLockWaits(void), TestGlobalLockRefusals(void);
