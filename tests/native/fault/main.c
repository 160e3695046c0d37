// A fault of the Executive: this program does not come back.

#include <test.h>

static VOID TestPrivilege(void)
{
    BOOLEAN WasEnabled;
    SYSDBG_FAULT Fault = FAULT;
    RtlAdjustPrivilege(SE_DEBUG_PRIVILEGE, FALSE, FALSE, &WasEnabled);
    CHECK_STATUS(
        NtSystemDebugControl(SysDbgBreakExecutive, &Fault, sizeof(Fault), nullptr, 0, nullptr),
        STATUS_ACCESS_DENIED);
    RtlAdjustPrivilege(SE_DEBUG_PRIVILEGE, TRUE, FALSE, &WasEnabled);
    CHECK_STATUS(NtSystemDebugControl(SysDbgBreakExecutive, &Fault, 0, nullptr, 0, nullptr),
                 STATUS_INFO_LENGTH_MISMATCH);
    CHECK_STATUS(NtSystemDebugControl(SysDbgQueryTraceInformation, nullptr, 0, nullptr, 0, nullptr),
                 STATUS_DEBUGGER_INACTIVE);
}

static VOID TestFault(void)
{
    SYSDBG_FAULT Fault = FAULT;
    NtSystemDebugControl(SysDbgBreakExecutive, &Fault, sizeof(Fault), nullptr, 0, nullptr);
    CHECK(FALSE);
}

static const TEST Tests[] = {
    {"the privilege to break the Executive", TestPrivilege},
    {"a fault of the Executive", TestFault},
};

const TEST_SUITE TestSuite = TEST_SUITE_OF(Tests);
