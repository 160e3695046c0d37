// Executive services: atoms, identifiers, system information, time, hard errors.

#include "suite.h"

static const TEST Tests[] = {
    {"atom names", TestAtomNames},
    {"atoms are counted", TestAtomCounts},
    {"integer atoms", TestIntegerAtoms},
    {"atom query", TestAtomQuery},
    {"three hundred atoms", TestAtomTable},
    {"atom errors", TestAtomErrors},
    {"LUIDs go up", TestLuids},
    {"UUID ranges do not overlap", TestUuids},
    {"cookies", TestCookies},
    {"locale and language", TestLocale},
    {"basic information", TestBasicInformation},
    {"the list of processes", TestProcessList},
    {"the list of handles", TestHandleList},
    {"the image name of a process", TestProcessImageName},
    {"processor information", TestProcessorInformation},
    {"memory information", TestMemoryInformation},
    {"time of day", TestTimeOfDay},
    {"lengths of all classes", TestClassLengths},
    {"classes that there are not", TestUnknownClasses},
    {"classes with an input", TestExtendedClasses},
    {"firmware tables", TestFirmwareTables},
    {"SMBIOS structures", TestSmbios},
    {"the system time goes on", TestSystemTime},
    {"setting the system time moves absolute timers", TestSetSystemTime},
    {"setting the system time takes a privilege", TestSetSystemTimePrivilege},
    {"the performance counter goes on", TestPerformanceCounter},
    {"the shared page", TestSharedData},
    {"the shared page ticks", TestSharedDataTicks},
    {"timer resolution", TestTimerResolution},
    {"errors of time services", TestTimeErrors},
    {"errors of identifiers", TestIdentifierErrors},
    {"errors of system information", TestInformationErrors},
    {"hard errors", TestHardErrors},
};

const TEST_SUITE TestSuite = TEST_SUITE_OF(Tests);
