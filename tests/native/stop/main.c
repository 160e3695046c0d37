// The end of the system on request: this program does not come back. tests/system/test_executive.py looks at
// the stop screen.

#include <test.h>

static VOID TestStop(void)
{
    BOOLEAN WasEnabled;
    ULONG Response;
    ULONG_PTR Parameters[] = {0x11, 0x22};
    RtlAdjustPrivilege(SE_SHUTDOWN_PRIVILEGE, TRUE, FALSE, &WasEnabled);
    NtRaiseHardError(STATUS_SYSTEM_PROCESS_TERMINATED, RTL_NUMBER_OF(Parameters), 0, Parameters,
                     OptionShutdownSystem, &Response);
    CHECK(FALSE);
}

static const TEST Tests[] = {{"a hard error stops the system", TestStop}};

const TEST_SUITE TestSuite = TEST_SUITE_OF(Tests);
