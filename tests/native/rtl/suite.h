// The tests of the suite, and what they share.
#pragma once

#include <test.h>

// String is Text.
BOOLEAN RtlIsText(PCUNICODE_STRING String, PCWSTR Text);

// environment.c
VOID TestEnvironmentSet(void);
VOID TestEnvironmentMissing(void);
VOID TestEnvironmentSmallBuffer(void);
VOID TestEnvironmentClone(void);
VOID TestEnvironmentExpand(void);
VOID TestEnvironmentMany(void);

// path.c
VOID TestPathTypes(void);
VOID TestFullPaths(void);
VOID TestNtPaths(void);
VOID TestDeviceNames(void);
VOID TestCurrentDirectory(void);

// parameters.c
VOID TestOwnParameters(void);
VOID TestMakeParameters(void);
VOID TestChildParameters(void);
NTSTATUS ChildParameters(PCWSTR Argument);

// fls.c
VOID TestFlsValues(void);
VOID TestFlsOfThreads(void);
VOID TestFlsFreeCalls(void);
VOID TestFlsBadIndex(void);

// version.c
VOID TestVersion(void);
VOID TestVerifyVersion(void);
VOID TestTimes(void);
VOID TestPointers(void);
VOID TestErrors(void);
VOID TestErrorMode(void);
VOID TestDebugFilter(void);
VOID TestDebugPrint(void);
VOID TestMessages(void);

// nls.c
VOID TestUtf8(void);
VOID TestAnsi(void);
VOID TestCodePageSection(void);
VOID TestCaseSection(void);
VOID TestNlsBadParameters(void);

// more.c
VOID TestAtoms(void);
VOID TestIntegerAtoms(void);
VOID TestHashes(void);
VOID TestTracing(void);
