// What the driver of a PCI function has of the firmware, by way of the PCI bus driver.
#include "suite.h"

// Another device has the lock meanwhile: the request waits, and is cancelled; then it is the function's until its driver
// lets go.
static VOID CheckLock(void)
{
    PVOID Object;
    ACPITEST_REQUEST Request = {};
    Choose(0);
    CHECK_STATUS(Lock(&Object), STATUS_SUCCESS);
    Choose(FUNCTION);
    LockLater();
    Pause(100);
    CHECK_EQUAL(Ask(ACPITEST_SENT, &Request), STATUS_PENDING);
    CHECK_STATUS(Ask(ACPITEST_CANCEL, &Request), STATUS_CANCELLED);
    Choose(0);
    CHECK_STATUS(Unlock(Object), STATUS_SUCCESS);
    Choose(FUNCTION);
    CHECK_STATUS(Lock(&Object), STATUS_SUCCESS);
    CHECK(Evaluate("TRYL", MAXULONG) != 0);
    CHECK_STATUS(Unlock(Object), STATUS_SUCCESS);
    CHECK_EQUAL(Evaluate("TRYL", MAXULONG), 0);
}

static NTSTATUS EvaluateLater(ULONG Argument)
{
    ACPITEST_REQUEST Request = {.Code = IOCTL_ACPI_ASYNC_EVAL_METHOD,
                                .Flags = 1, // from DISPATCH_LEVEL
                                .Input = sizeof(ACPI_EVAL_INPUT_BUFFER_SIMPLE_INTEGER),
                                .Output = ACPITEST_DATA};
    PACPI_EVAL_INPUT_BUFFER_SIMPLE_INTEGER Input = (PVOID)Request.Data;
    Input->Signature = ACPI_EVAL_INPUT_BUFFER_SIMPLE_INTEGER_SIGNATURE;
    memcpy(Input->MethodName, "ECHO", sizeof(Input->MethodName));
    Input->IntegerArgument = Argument;
    CHECK_STATUS(Ask(ACPITEST_SEND_LATER, &Request), STATUS_SUCCESS);
    NTSTATUS Status = STATUS_PENDING;
    for (ULONG i = 0; i < 100 && Status == STATUS_PENDING; i++) {
        Pause(20);
        Status = Ask(ACPITEST_SENT, &Request);
    }
    const ACPI_EVAL_OUTPUT_BUFFER *Output = (PVOID)Request.Data;
    CHECK_EQUAL(Output->Argument[0].Argument, Argument);
    return Status;
}

VOID TestFunction(void)
{
    Choose(FUNCTION);
    CHECK_EQUAL(Evaluate("ECHO", 77), 77);
    CHECK_STATUS(EvaluateLater(78), STATUS_SUCCESS);
    TestInterfaces();
    CheckNotifications(1);
    CheckNotifications(2);
    CheckEvent(1, 0);
    CheckEvent(2, ACPITEST_LATCHED);
    CheckLock();
    Choose(0);
}

VOID TestLonelyFunction(void)
{
    ACPI_EVAL_INPUT_BUFFER *Input = (PVOID)Data;
    Choose(LONELY);
    *Input = (ACPI_EVAL_INPUT_BUFFER){.Signature = ACPI_EVAL_INPUT_BUFFER_SIGNATURE};
    memcpy(Input->MethodName, "_STA", sizeof(Input->MethodName));
    CHECK_STATUS(Send(IOCTL_ACPI_EVAL_METHOD, sizeof(*Input), ACPITEST_DATA, nullptr),
                 STATUS_INVALID_DEVICE_REQUEST);
    for (ULONG Version = 1; Version <= 2; Version++)
        CHECK_STATUS(AskValue(ACPITEST_QUERY, Version, 88, 0), STATUS_NOT_SUPPORTED);
    Choose(0);
}

VOID TestDeathOfFunction(void)
{
    PVOID Object;
    Choose(FUNCTION);
    CHECK_STATUS(AskValue(ACPITEST_REGISTER, 2, 0, 0), STATUS_SUCCESS);
    CHECK_STATUS(Lock(&Object), STATUS_SUCCESS);
    (VOID) AskValue(ACPITEST_DIE, 0, 0, 0);
    StartAgain();
    CHECK_EQUAL(Evaluate("TRYL", MAXULONG), 0);
    CheckNotifications(2);
    Choose(0);
}
