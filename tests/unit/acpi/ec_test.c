// The embedded controller: its memory as an operation region, its events.
#include "test.h"

enum { DataPort = 0x62, CommandPort = 0x66, OutputFull = 1, EventPending = 0x20 };

// A controller: the bytes of a command come one by one.
static struct {
    UCHAR Memory[256];
    UCHAR Sent[3], Output;
    ULONG SentCount;
    BOOLEAN HasOutput, Dead;
    UCHAR Events[8];
    ULONG EventCount, Commands;
} Ec;

static void Answer(UCHAR Value)
{
    Ec.Output = Value;
    Ec.HasOutput = TRUE;
    Ec.SentCount = 0;
}

static void Take(UCHAR Value)
{
    Ec.Sent[Ec.SentCount++] = Value;
    Ec.Commands += Ec.SentCount == 1;
    if (Ec.Sent[0] == 0x80 && Ec.SentCount == 2) {
        Answer(Ec.Memory[Ec.Sent[1]]);
    } else if (Ec.Sent[0] == 0x81 && Ec.SentCount == 3) {
        Ec.Memory[Ec.Sent[1]] = Ec.Sent[2];
        Ec.SentCount = 0;
    } else if (Ec.Sent[0] == 0x84) {
        Answer(Ec.EventCount ? Ec.Events[--Ec.EventCount] : 0);
    }
}

static BOOLEAN EcPort(ULONG Port, BOOLEAN Write, PULONG Value)
{
    if (Port != DataPort && Port != CommandPort)
        return FALSE;
    if (Write) {
        if (!Ec.Dead)
            Take((UCHAR)*Value);
    } else if (Port == CommandPort) {
        *Value = (Ec.HasOutput ? OutputFull : 0) | (Ec.EventCount ? EventPending : 0);
    } else {
        *Value = Ec.Output;
        Ec.HasOutput = FALSE;
    }
    return TRUE;
}

static int StartLaptop(void **State)
{
    (void)State;
    Ec = (typeof(Ec)){};
    DoublePort = EcPort;
    assert_true(StartMachine(&Machine, "laptop"));
    return 0;
}

static int EndLaptop(void **State)
{
    int Result = EndTest(State);
    DoublePort = NULL;
    return Result;
}

static ULONG64 Read(PCSTR Path)
{
    ULONG64 Value = 0;
    assert_int_equal(AcpiEvaluateNumber(NULL, Path, &Value), AE_OK);
    return Value;
}

#define EC "\\_SB.PCI0.LPC.EC."

static void TestMemory(void **State)
{
    (void)State;
    Ec.Memory[1] = 42;
    Ec.Memory[2] = 0x34;
    Ec.Memory[3] = 0x12;
    assert_int_equal(Read(EC "GETT"), 42);
    assert_int_equal(Read(EC "GETR"), 0x1234);
    assert_int_equal(AcpiCallWithNumber(NULL, EC "SETT", 77), AE_OK);
    assert_int_equal(Ec.Memory[1], 77);
}

// What is pending when the controller is found is asked for at once.
static int StartWithEvents(void **State)
{
    (void)State;
    Ec = (typeof(Ec)){.Events = {0x1A, 0x33, 0x1A}, .EventCount = 3};
    DoublePort = EcPort;
    assert_true(StartMachine(&Machine, "laptop"));
    return 0;
}

static void TestEvents(void **State)
{
    (void)State;
    assert_int_equal(Ec.EventCount, 0);
    assert_int_equal(Read(EC "GOT"), 2); // for 33h there is no method
}

// A controller that does not answer costs a while, and the method.
static void TestDead(void **State)
{
    ULONG64 Value;
    (void)State;
    Ec.Dead = TRUE;
    assert_int_not_equal(AcpiEvaluateNumber(NULL, EC "GETT", &Value), AE_OK);
    Ec.Dead = FALSE;
    Ec.Memory[1] = 5;
    assert_int_equal(Read(EC "GETT"), 5);
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test_setup_teardown(TestMemory, StartLaptop, EndLaptop),
        cmocka_unit_test_setup_teardown(TestEvents, StartWithEvents, EndLaptop),
        cmocka_unit_test_setup_teardown(TestDead, StartLaptop, EndLaptop),
    };
    return cmocka_run_group_tests(Tests, NULL, NULL);
}
