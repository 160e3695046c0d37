// The device's power: its states, and waking the system.
#include "driver.h"

typedef struct _POWER_WAIT {
    KEVENT Done;
    NTSTATUS Status;
} POWER_WAIT, *PPOWER_WAIT;

static VOID NTAPI TestPowerDone(PDEVICE_OBJECT DeviceObject, UCHAR MinorFunction, POWER_STATE State,
                                PVOID Context, PIO_STATUS_BLOCK IoStatus)
{
    PPOWER_WAIT Wait = Context;
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(MinorFunction);
    UNREFERENCED_PARAMETER(State);
    Wait->Status = IoStatus->Status;
    KeSetEvent(&Wait->Done, IO_NO_INCREMENT, FALSE);
}

NTSTATUS TestSetPower(PACPITEST Test, PACPITEST_REQUEST Request)
{
    POWER_STATE State = {.DeviceState = (DEVICE_POWER_STATE)Request->Value};
    POWER_WAIT Wait;
    KeInitializeEvent(&Wait.Done, NotificationEvent, FALSE);
    Request->Status = PoRequestPowerIrp(Test->Layer.PhysicalDevice, IRP_MN_SET_POWER, State,
                                        TestPowerDone, &Wait, NULL);
    if (!NT_SUCCESS(Request->Status))
        return STATUS_SUCCESS;
    KeWaitForSingleObject(&Wait.Done, Executive, KernelMode, FALSE, NULL);
    Request->Status = Wait.Status;
    return STATUS_SUCCESS;
}

static VOID NTAPI TestWakeDone(PDEVICE_OBJECT DeviceObject, UCHAR MinorFunction, POWER_STATE State,
                               PVOID Context, PIO_STATUS_BLOCK IoStatus)
{
    PACPITEST Test = Context;
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(MinorFunction);
    Test->WakeStatus = IoStatus->Status;
    DbgPrint("acpitest: the wake request ends: 0x%08lx\n", IoStatus->Status);
    KeSetEvent(&Test->WakeDone, IO_NO_INCREMENT, FALSE);
    if (Test->ArmsItself && NT_SUCCESS(IoStatus->Status)) {
        ACPITEST_REQUEST Again = {.Value = (ULONG)State.SystemState};
        (VOID) TestWaitWake(Test, &Again);
    }
}

NTSTATUS TestWaitWake(PACPITEST Test, PACPITEST_REQUEST Request)
{
    POWER_STATE State = {.SystemState = (SYSTEM_POWER_STATE)Request->Value};
    if (!KeReadStateEvent(&Test->WakeDone))
        return STATUS_DEVICE_BUSY;
    KeClearEvent(&Test->WakeDone);
    Test->WakeStatus = STATUS_PENDING;
    Request->Status = PoRequestPowerIrp(Test->Layer.PhysicalDevice, IRP_MN_WAIT_WAKE, State,
                                        TestWakeDone, Test, &Test->Wake);
    if (!NT_SUCCESS(Request->Status))
        KeSetEvent(&Test->WakeDone, IO_NO_INCREMENT, FALSE);
    return STATUS_SUCCESS;
}

NTSTATUS TestWakeStatus(PACPITEST Test, PACPITEST_REQUEST Request)
{
    Request->Status = Test->WakeStatus;
    return STATUS_SUCCESS;
}

NTSTATUS TestCancelWake(PACPITEST Test, PACPITEST_REQUEST Request)
{
    if (!KeReadStateEvent(&Test->WakeDone))
        IoCancelIrp(Test->Wake);
    KeWaitForSingleObject(&Test->WakeDone, Executive, KernelMode, FALSE, NULL);
    return TestWakeStatus(Test, Request);
}

VOID TestArmByItself(PACPITEST Test)
{
    ACPITEST_REQUEST Request = {};
    if (!TestReadNumber(Test, "ARMS", &Request.Value))
        return;
    Test->ArmsItself = TRUE;
    (VOID) TestWaitWake(Test, &Request);
    DbgPrint("acpitest: armed: 0x%08lx\n", Request.Status);
}
