// What the ACPI driver does for the drivers of the devices that it reports, as a driver in another process has it.
#include "suite.h"

static const TEST Tests[] = {
    {"the devices are found and started", StartDevices},
    {"methods", TestEvaluation},
    {"methods by path", TestExtendedEvaluation},
    {"what is refused", TestWrongEvaluation},
    {"methods, not waited for", TestAsynchronous},
    {"children", TestChildren},
    {"interfaces", TestInterfaces},
    {"notifications", TestNotifications},
    {"general-purpose events", TestEvents},
    {"events of two devices", TestSharedEvents},
    {"the global lock", TestGlobalLock},
    {"the global lock is waited for", TestGlobalLockWaits},
    {"the global lock is refused", TestGlobalLockRefusals},
    {"a function of PCI", TestFunction},
    {"a function that the firmware does not know", TestLonelyFunction},
    {"a device wakes the system", TestWake},
    {"a function wakes the system", TestWakeOfFunction},
    {"power states of a device", TestDevicePower},
    {"the driver's process ends", TestDeath},
    {"and so the function's", TestDeathOfFunction},
};

const TEST_SUITE TestSuite = TEST_SUITE_OF(Tests);
