// Alerts by thread ID: what wait-on-address, SRW locks and condition variables of ntdll stand on. One
// alert is remembered for a thread that does not wait yet.
#include "exp.h"

// The address only tells a debugger what the thread waits for.
NTSTATUS NtWaitForAlertByThreadId(PVOID Address, const LARGE_INTEGER USER *Timeout)
{
    (void)Address;
    LARGE_INTEGER Captured, *Until;
    NTSTATUS Status = ExpCaptureTimeout(Timeout, &Captured, &Until);
    if (!NT_SUCCESS(Status))
        return Status;
    PETHREAD Thread = KeGetCurrentThread();
    if (Thread->AlertByIdPending) {
        Thread->AlertByIdPending = FALSE;
        return STATUS_ALERTED;
    }

    KEVENT Event;
    KeInitializeEvent(&Event, SynchronizationEvent, FALSE);
    Thread->AlertByIdEvent = &Event;
    Status = KeWaitForSingleObject(&Event, WrAlertByThreadId, UserMode, FALSE, Until);
    // The one who alerts takes the event away: then the alert came, even if the time was up too.
    if (!Thread->AlertByIdEvent)
        return STATUS_ALERTED;
    Thread->AlertByIdEvent = nullptr;
    return Status;
}

// For threads of the caller's process only.
NTSTATUS NtAlertThreadByThreadId(HANDLE ThreadId)
{
    PETHREAD Thread;
    NTSTATUS Status = PsLookupThreadByThreadId(ThreadId, &Thread);
    if (!NT_SUCCESS(Status))
        return Status;
    PKEVENT Event = Thread->AlertByIdEvent;
    if (Thread->Process != PsGetCurrentProcess()) {
        Status = STATUS_ACCESS_DENIED;
    } else if (Event) {
        Thread->AlertByIdEvent = nullptr;
        KeSetEvent(Event);
    } else {
        Thread->AlertByIdPending = TRUE;
    }
    ObDereferenceObject(Thread);
    return Status;
}
