// Power: a bus with two devices, the one's driver in the bus's host, the other's in its own.
#include "suite.h"

static const TEST Tests[] = {
    {"the bus and its devices", TestStart},
    {"the order on the way down", TestOrder},
    {"the order on the way up", TestOrderUp},
    {"the order of power relations", TestRelations},
    {"a driver refuses to sleep", TestRefused},
    {"a driver refuses to sleep deeply", TestRefusedDeeply},
    {"a sleep that nobody can refuse", TestCritical},
    {"states that drivers ask for", TestStates},
    {"one request for a device's state at a time", TestSerial},
    {"one device draws current at a time", TestInrush},
    {"idle detection", TestIdle},
    {"functions of the driver interface", TestDriverInterface},
    {"a device wakes the system", TestWake},
    {"a wake request is cancelled", TestDisarm},
    {"the privilege", TestPrivilege},
    {"actions that are not to be had", TestActions},
    {"NtPowerInformation", TestPowerInformation},
    {"NtSetThreadExecutionState", TestExecutionState},
    {"what is known of a device", TestPowerData},
    {"the event of the shutdown", TestShutdownEvent},
    {"a driver that does not answer", TestTimeout},
};

const TEST_SUITE TestSuite = TEST_SUITE_OF(Tests);
