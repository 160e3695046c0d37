// Raw SRBs, sent by a function driver of the units (srbtest.sys).
#include "suite.h"

#include "srbtest.h"

// In LUN 0. What was wrong is the failure.
static VOID Scenario(SRBTEST_SCENARIO Number)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\SrbTest0");
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    SRBTEST_ANSWER Answer = {};
    IO_STATUS_BLOCK Io;
    HANDLE File;
    ULONG Code = Number;
    REQUIRE_STATUS(NtOpenFile(&File, GENERIC_READ | SYNCHRONIZE, &Attributes, &Io,
                              FILE_SHARE_READ | FILE_SHARE_WRITE, 0),
                   STATUS_SUCCESS);
    CHECK_STATUS(
        ControlPort(File, SRBTEST_RUN, &Code, sizeof(Code), &Answer, sizeof(Answer), nullptr),
        STATUS_SUCCESS);
    if (Answer.Text[0])
        TestFail(__FILE__, __LINE__, "%s", Answer.Text);
    NtClose(File);
}

VOID TestRawClaim(void)
{
    Scenario(SrbTestClaim);
}

VOID TestRawSimple(void)
{
    Scenario(SrbTestSimple);
    Scenario(SrbTestExtended);
}

VOID TestRawBad(void)
{
    Scenario(SrbTestBad);
}

VOID TestRawOrder(void)
{
    SetFault(0, VdiskDelay, 9, 0);
    Scenario(SrbTestOrdered);
    SetFault(0, VdiskDelay, 9, 0);
    Scenario(SrbTestUntagged);
    SetFault(0, VdiskNoFault, 0, 0);
}

VOID TestRawHead(void)
{
    VDISK_REQUEST Request = {.Action = VdiskPause, .Lun = 0, .Value = 1};
    CHECK_STATUS(Vdisk(&Request), STATUS_SUCCESS);
    Scenario(SrbTestHead);
}

VOID TestRawFrozen(void)
{
    SetFault(0, VdiskFailed, 1, 0);
    Scenario(SrbTestFrozen);
    SetFault(0, VdiskFailed, 1, 0);
    Scenario(SrbTestFlushed);
}

VOID TestRawLocked(void)
{
    Scenario(SrbTestLocked);
    Scenario(SrbTestCancel);
}

VOID TestRawAligned(void)
{
    Scenario(SrbTestAligned);
}
