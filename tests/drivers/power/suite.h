// What the parts of the program share.
#pragma once

#include "../pnp/suite.h"

#include "powertest.h"

// ---- setup.c

typedef enum _POWER_DRIVER { PowerBus, PowerOne, PowerTwo, PowerDrivers } POWER_DRIVER;

NTSTATUS Ask(POWER_DRIVER Driver, ULONG Code, PVOID Input, ULONG InputLength, PVOID Output,
             ULONG OutputLength);
VOID Behave(POWER_DRIVER Driver, const POWER_BEHAVIOUR *Behaviour); // null: as usual
NTSTATUS RequestStates(POWER_DRIVER Driver, ULONG Count, const ULONG *States);
DEVICE_POWER_STATE StateOf(POWER_DRIVER Driver);

// All drivers' records since they were taken last, by time.
VOID TakeRecords(void);
// The record's index from Start on. The test fails if it is not there (-1).
int Find(PCSTR Text, int Start);
ULONG CountRecords(PCSTR Text);
LONGLONG TimeOf(int Index);

// Asleep until Milliseconds are over.
NTSTATUS Sleep(ULONG Milliseconds);

// Tests, by file
VOID TestStart(void), TestOrder(void), TestOrderUp(void), TestRelations(void), TestRefused(void),
    TestRefusedDeeply(void), TestCritical(void);
VOID TestStates(void), TestSerial(void), TestInrush(void), TestIdle(void),
    TestDriverInterface(void);
VOID TestWake(void), TestDisarm(void), TestTimeout(void);
VOID TestPrivilege(void), TestActions(void), TestPowerInformation(void), TestExecutionState(void),
    TestPowerData(void), TestShutdownEvent(void);
