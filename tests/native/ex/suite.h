// The tests of the suite.
#pragma once

#include <test.h>

// atom.c
VOID TestAtomNames(void);
VOID TestAtomCounts(void);
VOID TestIntegerAtoms(void);
VOID TestAtomQuery(void);
VOID TestAtomTable(void);
VOID TestAtomErrors(void);

// identifier.c
VOID TestLuids(void);
VOID TestUuids(void);
VOID TestCookies(void);
VOID TestLocale(void);

// sysinfo.c
VOID TestBasicInformation(void);
VOID TestProcessList(void);
VOID TestHandleList(void);
VOID TestProcessImageName(void);
VOID TestProcessorInformation(void);
VOID TestMemoryInformation(void);
VOID TestTimeOfDay(void);
VOID TestClassLengths(void);
VOID TestUnknownClasses(void);
VOID TestExtendedClasses(void);
VOID TestFirmwareTables(void);
VOID TestSmbios(void);

// time.c
VOID TestSystemTime(void);
VOID TestSetSystemTime(void);
VOID TestSetSystemTimePrivilege(void);
VOID TestPerformanceCounter(void);
VOID TestSharedData(void);
VOID TestSharedDataTicks(void);
VOID TestTimerResolution(void);

// errors.c
VOID TestTimeErrors(void);
VOID TestIdentifierErrors(void);
VOID TestInformationErrors(void);
VOID TestHardErrors(void);
