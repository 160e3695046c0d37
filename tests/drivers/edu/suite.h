// Shared by the parts of the suite.
#pragma once

#include <service.h>

#include "edu.h"

#define CONTROL_SET L"\\Registry\\Machine\\System\\CurrentControlSet\\"
#define DATABASE    CONTROL_SET L"Control\\CriticalDeviceDatabase\\PCI#VEN_1234&DEV_11E8"
#define MESSAGES    DATABASE L"\\Interrupt Management\\MessageSignaledInterruptProperties"
#define SERVICE     CONTROL_SET L"Services\\edutest"

enum { EDU_COUNT = 2, EDU_MESSAGES = 2, DEVICE_COUNT }; // indices: two of edu, one with MSI-X

NTSTATUS MakeKey(PCWSTR Path, PHANDLE Key);
VOID SetText(PCWSTR Path, PCWSTR Name, PCWSTR Text);
VOID SetNumber(PCWSTR Path, PCWSTR Name, ULONG Number);

BOOLEAN FindEdus(void);      // FALSE: not all are there yet
VOID ChooseEdu(ULONG Index); // which one all that follows is about
NTSTATUS Act(PLUGPLAY_CONTROL_CLASS Class);
NTSTATUS Control(ULONG Number, const VOID *Input, ULONG InputLength, PVOID Output,
                 ULONG OutputLength);
VOID CheckFactorial(ULONG Number, ULONG Expected);
VOID CheckCopy(ULONG Length);
BOOLEAN GetReport(PEDU_REPORT_DATA Report);
BOOLEAN GetInterrupt(PPNP_INTERRUPT Interrupt);
VOID StartAgain(void); // after its host's end

// messages.c
VOID TestMessages(void);
// shared.c
VOID TestSharedLine(void), TestSharedLineDeath(void);
