// Shared by the parts of the suite.
#pragma once

#include <service.h>

#include "acpitest.h"

#include <acpiioct.h>

enum {
    FUNCTION = 2,
    LONELY,
    DEVICE_COUNT
}; // a function of PCI; one that the namespace does not know

// ---- setup.c

VOID StartDevices(void);
VOID StartAgain(void);    // after their host's end
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
ULONG PowerCapabilities(void); // CM_POWER_DATA.PD_Capabilities

// ---- What devices of both kinds have

VOID CheckNotifications(ULONG Version); // events.c
VOID CheckEvent(ULONG Version, ULONG Flags);
BOOLEAN IsOn(ULONG Event);    // of 8 to 15
NTSTATUS Lock(PVOID *Object); // lock.c
NTSTATUS Unlock(PVOID Object);
VOID LockLater(void); // asks, and does not wait for it

// ---- Tests

VOID TestEvaluation(void), TestExtendedEvaluation(void), TestWrongEvaluation(void);
VOID TestAsynchronous(void), TestChildren(void);
VOID TestInterfaces(void), TestNotifications(void), TestEvents(void), TestSharedEvents(void);
VOID TestWake(void), TestWakeOfFunction(void), TestDevicePower(void);
VOID TestDeath(void);
VOID TestFunction(void), TestLonelyFunction(void), TestDeathOfFunction(void);
VOID TestGlobalLock(void), TestGlobalLockWaits(void), TestGlobalLockRefusals(void);
