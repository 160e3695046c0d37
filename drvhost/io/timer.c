// Timers of devices: a routine that is called about once a second while the timer runs.

#include "../ntos.h"

typedef struct _IO_TIMER {
    KTIMER Timer;
    KDPC Dpc;
    PDEVICE_OBJECT Device;
    PIO_TIMER_ROUTINE Routine;
    PVOID Context;
} IO_TIMER;

static VOID NTAPI IopTimerDpc(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    PIO_TIMER Timer = Context;
    Timer->Routine(Timer->Device, Timer->Context);
}

NTSTATUS NTAPI IoInitializeTimer(PDEVICE_OBJECT DeviceObject, PIO_TIMER_ROUTINE TimerRoutine,
                                 PVOID Context)
{
    PIO_TIMER Timer = DeviceObject->Timer;
    if (!Timer) {
        Timer = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Timer), 'mToI');
        if (!Timer)
            return STATUS_INSUFFICIENT_RESOURCES;
        KeInitializeTimer(&Timer->Timer);
        KeInitializeDpc(&Timer->Dpc, IopTimerDpc, Timer);
        Timer->Device = DeviceObject;
        DeviceObject->Timer = Timer;
    }
    Timer->Routine = TimerRoutine;
    Timer->Context = Context;
    return STATUS_SUCCESS;
}

VOID NTAPI IoStartTimer(PDEVICE_OBJECT DeviceObject)
{
    enum { PeriodMilliseconds = 1000 };
    LARGE_INTEGER Due = {.QuadPart = -10'000ll * PeriodMilliseconds};
    if (!IopExtension(DeviceObject)->DeletePending)
        KeSetTimerEx(&DeviceObject->Timer->Timer, Due, PeriodMilliseconds,
                     &DeviceObject->Timer->Dpc);
}

VOID NTAPI IoStopTimer(PDEVICE_OBJECT DeviceObject)
{
    KeCancelTimer(&DeviceObject->Timer->Timer);
}

// The device goes. The routine is in no driver's hands from here on.
VOID IopDeleteTimer(PDEVICE_OBJECT Device)
{
    PIO_TIMER Timer = Device->Timer;
    if (!Timer)
        return;
    Device->Timer = nullptr;
    KeCancelTimer(&Timer->Timer);
    KeRemoveQueueDpc(&Timer->Dpc);
    ExFreePoolWithTag(Timer, 'mToI');
}
