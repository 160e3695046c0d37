// QEMU's teaching device, driven by a driver in a process of its own: registers, message and line interrupts, DMA,
// configuration space and the other interfaces of the bus driver, resets, and the end of the driver's process; two of them
// on one line; and a device with MSI-X.
#include "suite.h"

// ---- Tests

static VOID TestStart(void)
{
    HANDLE Key;
    REQUIRE(ServiceAwait(FindEdus));
    REQUIRE_STATUS(ServiceMakeFor(L"PCI\\VEN_1234&DEV_11E8", L"edutest", L"edutest.sys"),
                   STATUS_SUCCESS);
    CHECK_STATUS(MakeKey(DATABASE L"\\Interrupt Management", &Key), STATUS_SUCCESS);
    SetNumber(MESSAGES, L"MSISupported", 1);
    CHECK_STATUS(Act(PlugPlayControlStartDevice), STATUS_SUCCESS);
}

static VOID TestRegisters(void)
{
    ULONG Number = 0x12345678, Result = 0;
    EDU_REPORT_DATA Report;
    CHECK_STATUS(Control(EDU_INVERT, &Number, sizeof(Number), &Result, sizeof(Result)),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Result, ~Number);
    if (GetReport(&Report))
        CHECK_EQUAL(Report.Identification & 0xFF, 0xED);
}

static VOID TestMessageInterrupt(void)
{
    EDU_REPORT_DATA Report;
    CheckFactorial(5, 120);
    CheckFactorial(12, 479'001'600);
    if (!GetReport(&Report))
        return;
    CHECK_EQUAL(Report.Messages, 1);
    CHECK_EQUAL(Report.Interrupts, 2);
    CHECK(Report.Command & 0x400); // the line is off
}

static VOID TestDma(void)
{
    CheckCopy(1);
    CheckCopy(100);
    CheckCopy(4080);
}

static VOID TestInterfaces(void)
{
    EDU_REPORT_DATA Report;
    ULONG Register = 0;
    if (!GetReport(&Report))
        return;
    CHECK_EQUAL(Report.ConfigLength, 64);
    CHECK_EQUAL(Report.VendorAndDevice, 0x11E81234);
    CHECK_EQUAL(Report.Command & 0x6, 0x6); // memory, bus master
    CHECK_EQUAL(Report.EduPresent, TRUE);
    CHECK_EQUAL(Report.NoSuchPresent, FALSE);
    CHECK_STATUS(Report.TableInterface, STATUS_INVALID_DEVICE_STATE); // it has no MSI-X
    CHECK_EQUAL(Report.ByRequest, 0x11E81234);
    CHECK_EQUAL(Report.Scratch, 0x55);
    // Its place belongs to the bus driver.
    CHECK_STATUS(Control(EDU_SET_BAR, nullptr, 0, &Register, sizeof(Register)), STATUS_SUCCESS);
    CHECK(Register != 0x12340000);
}

static VOID TestReset(void)
{
    EDU_REPORT_DATA Report;
    if (!GetReport(&Report))
        return;
    NTSTATUS Expected = Report.ResetTypes & 1 ? STATUS_SUCCESS : STATUS_NOT_SUPPORTED;
    CHECK_STATUS(Control(EDU_RESET, nullptr, 0, nullptr, 0), Expected);
    CheckFactorial(6, 720);
    CheckCopy(64);
}

static VOID TestLineInterrupt(void)
{
    EDU_REPORT_DATA Report;
    CHECK_STATUS(Act(PlugPlayControlQueryAndRemoveDevice), STATUS_SUCCESS);
    SetNumber(MESSAGES, L"MSISupported", 0);
    REQUIRE_STATUS(Act(PlugPlayControlStartDevice), STATUS_SUCCESS);
    CheckFactorial(4, 24);
    CheckFactorial(10, 3'628'800);
    CheckCopy(1000);
    if (!GetReport(&Report))
        return;
    CHECK_EQUAL(Report.Messages, 0);
    CHECK_EQUAL(Report.Interrupts, 4);
    CHECK_EQUAL(Report.Command & 0x400, 0);
}

static VOID TestDeath(void)
{
    SetNumber(MESSAGES, L"MSISupported", 1);
    CHECK(!NT_SUCCESS(Control(EDU_DIE, nullptr, 0, nullptr, 0)));
    StartAgain();
    CheckFactorial(7, 5040);
    CheckCopy(4080);
}

static const TEST Tests[] = {
    {"the device is found and started", TestStart},
    {"registers", TestRegisters},
    {"message interrupts", TestMessageInterrupt},
    {"DMA", TestDma},
    {"interfaces of a bus driver in another process", TestInterfaces},
    {"reset", TestReset},
    {"line interrupts", TestLineInterrupt},
    {"the driver's process ends", TestDeath},
    {"a line that devices of two processes share", TestSharedLine},
    {"one of the two processes ends", TestSharedLineDeath},
    {"the table of MSI-X", TestMessages},
};

const TEST_SUITE TestSuite = TEST_SUITE_OF(Tests);
