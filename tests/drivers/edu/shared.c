// One line, two devices, two driver hosts: each driver is asked whether an interrupt is its own.
#include "suite.h"

enum { ROUNDS = 200, UNCLAIMED = 12'000 }; // a storm is 10,000 in a row

static ULONG CountInterrupts(ULONG Index)
{
    EDU_REPORT_DATA Report;
    ChooseEdu(Index);
    if (!GetReport(&Report))
        return 0;
    CHECK_EQUAL(Report.Messages, 0);
    return Report.Interrupts;
}

static ULONG Vector(ULONG Index)
{
    PNP_INTERRUPT Interrupt = {};
    ChooseEdu(Index);
    CHECK(GetInterrupt(&Interrupt));
    CHECK_EQUAL(Interrupt.Flags & (PNP_INTERRUPT_MESSAGE | PNP_INTERRUPT_LEVEL),
                PNP_INTERRUPT_LEVEL);
    return Interrupt.Vector;
}

VOID TestSharedLine(void)
{
    ULONG Many = 1000;
    CHECK_STATUS(Act(PlugPlayControlQueryAndRemoveDevice), STATUS_SUCCESS);
    SetNumber(MESSAGES, L"MSISupported", 0);
    SetText(SERVICE, L"HostPolicy", L"Device");
    for (ULONG Index = 0; Index < EDU_COUNT; Index++) {
        ChooseEdu(Index);
        REQUIRE_STATUS(Act(PlugPlayControlStartDevice), STATUS_SUCCESS);
    }
    CHECK_EQUAL(Vector(0), Vector(1));
    for (ULONG i = 0; i < ROUNDS; i++) {
        ChooseEdu(i % EDU_COUNT);
        CheckFactorial(6, 720);
    }
    CHECK_EQUAL(CountInterrupts(0), ROUNDS / EDU_COUNT);
    CHECK_EQUAL(CountInterrupts(1), ROUNDS / EDU_COUNT);
    // Only one of them has something to do, far more often than a silent driver may be asked in vain.
    ChooseEdu(1);
    for (ULONG i = 0; i < UNCLAIMED / Many; i++) {
        CHECK_STATUS(Control(EDU_REPEAT, &Many, sizeof(Many), nullptr, 0), STATUS_SUCCESS);
        TestComment("%lu interrupts of one of them", (i + 1) * Many); // a busy machine is slow
    }
    ChooseEdu(0);
    CheckFactorial(4, 24);
}

// It leaves its device with an interrupt that nobody takes, until the device is reset for the next process.
VOID TestSharedLineDeath(void)
{
    ChooseEdu(0);
    CHECK(!NT_SUCCESS(Control(EDU_DIE, nullptr, 0, nullptr, 0)));
    ChooseEdu(1);
    for (ULONG i = 0; i < ROUNDS; i++)
        CheckFactorial(5, 120);
    ChooseEdu(0);
    StartAgain();
    CheckFactorial(7, 5040);
    ChooseEdu(1);
    CheckFactorial(8, 40320);
}
