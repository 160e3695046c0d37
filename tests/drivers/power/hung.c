// Restarts the machine while a driver answers neither the notification of the shutdown nor its power request.
#include "suite.h"

// The program ends with the machine: this test has no end of its own.
static VOID TestRestart(void)
{
    SET_TEXT(L"\\Registry\\Machine\\System\\CurrentControlSet\\Control", L"DriverPowerTimeout",
             L"2000");
    Behave(PowerOne, &(POWER_BEHAVIOUR){.Hang = TRUE});
    Behave(PowerTwo, &(POWER_BEHAVIOUR){.HangShutdown = TRUE});
    CHECK_STATUS(NtShutdownSystem(ShutdownReboot), STATUS_SUCCESS);
}

static const TEST Tests[] = {
    {"the bus and its devices", TestStart},
    {"a restart", TestRestart},
};

const TEST_SUITE TestSuite = TEST_SUITE_OF(Tests);
