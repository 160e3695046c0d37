// What testdll.dll exports.
#pragma once

#include <nt.h>

ULONG TestDllAttachCount(void);
VOID TestDllRaise(NTSTATUS Status);
VOID TestDllCall(VOID (*Routine)(PVOID), PVOID Argument, PULONG Finally);
