// The tests of the suite, and what several of its files use.
#pragma once

#include "loadlog.h"
#include "test.h"

NTSTATUS Load(PCWSTR Name, PVOID *Handle);
NTSTATUS GetHandle(PCWSTR Name, PVOID *Handle); // takes no reference
PVOID Find(PVOID Handle, PCSTR Name);           // null: not there
NTSTATUS FindStatus(PVOID Handle, PCSTR Name, ULONG Ordinal);
ULONG Call(PVOID Handle, PCSTR Name); // a function without arguments; reported when missing
BOOLEAN LogIs(PCSTR Expected);        // and clears it

VOID TestLoad(void);
VOID TestNames(void);
VOID TestReferences(void);
VOID TestLoadErrors(void);
VOID TestSharedDependency(void);
VOID TestRefusal(void);
VOID TestPin(void);
VOID TestProcedures(void);
VOID TestForwarders(void);
VOID TestDelayLoad(void);
VOID TestMissingImport(void);
VOID TestRelocated(void);
VOID TestSectionProtections(void);
VOID TestOrder(void);
VOID TestThreads(void);
VOID TestDisabledThreads(void);
VOID TestThreadLocal(void);
VOID TestEnumerate(void);
VOID TestNotifications(void);
VOID TestLoaderLock(void);
VOID TestBadImages(void);
VOID TestBadImagesInUse(void);
VOID TestKnownDll(void);
VOID TestApiSet(void);
