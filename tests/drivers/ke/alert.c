// Alerts, which end alertable waits.

#include "suite.h"

static NTSTATUS WaitShortly(KPROCESSOR_MODE Mode, BOOLEAN Alertable)
{
    KEVENT Event;
    LARGE_INTEGER Timeout = TestMilliseconds(10);
    KeInitializeEvent(&Event, NotificationEvent, FALSE);
    return KeWaitForSingleObject(&Event, Executive, Mode, Alertable, &Timeout);
}

VOID TestAlertBefore(void)
{
    PKTHREAD Self = KeGetCurrentThread();
    CHECK(!KeAlertThread(Self, KernelMode));
    CHECK(KeAlertThread(Self, KernelMode)); // it was set
    CHECK_STATUS(WaitShortly(KernelMode, FALSE), STATUS_TIMEOUT);
    CHECK_STATUS(WaitShortly(KernelMode, TRUE), STATUS_ALERTED);
    CHECK_STATUS(WaitShortly(KernelMode, TRUE), STATUS_TIMEOUT);

    LARGE_INTEGER Interval = TestMilliseconds(10'000);
    KeAlertThread(Self, KernelMode);
    CHECK_STATUS(KeDelayExecutionThread(KernelMode, TRUE, &Interval), STATUS_ALERTED);
}

VOID TestAlertModes(void)
{
    PKTHREAD Self = KeGetCurrentThread();
    KeAlertThread(Self, UserMode);
    CHECK_STATUS(WaitShortly(KernelMode, TRUE), STATUS_TIMEOUT);
    CHECK_STATUS(WaitShortly(UserMode, TRUE), STATUS_ALERTED);
    KeAlertThread(Self, KernelMode); // this one ends waits of either mode
    CHECK_STATUS(WaitShortly(UserMode, TRUE), STATUS_ALERTED);
    CHECK_STATUS(WaitShortly(UserMode, TRUE), STATUS_TIMEOUT);
}

VOID TestTestAlert(void)
{
    PKTHREAD Self = KeGetCurrentThread();
    CHECK(!KeTestAlertThread(KernelMode));
    KeAlertThread(Self, KernelMode);
    CHECK(!KeTestAlertThread(UserMode));
    CHECK(KeTestAlertThread(KernelMode));
    CHECK(!KeTestAlertThread(KernelMode));
    CHECK_STATUS(WaitShortly(KernelMode, TRUE), STATUS_TIMEOUT);
}
