// Dispatcher objects of the Executive that a driver has by pointer: events with a name, and what a caller or the driver
// itself has a handle of. The structure is a KEVENT, KSEMAPHORE, KTIMER or KTHREAD as far as drivers go, without
// a state of its own; what is done with it is done with the handle.

#include "../ntos.h"

typedef struct _OBP_REMOTE {
    union {
        DISPATCHER_HEADER Header; // first
        KEVENT Event;
        KSEMAPHORE Semaphore;
        KTIMER Timer;
    };
    HANDLE Handle;
} OBP_REMOTE, *POBP_REMOTE;

static VOID ObpDeleteRemote(PVOID Object)
{
    NtClose(((POBP_REMOTE)Object)->Handle);
}

OBJECT_TYPE ObpEventType = {.Name = "Event", .Delete = ObpDeleteRemote};
OBJECT_TYPE ObpSemaphoreType = {.Name = "Semaphore", .Delete = ObpDeleteRemote};
OBJECT_TYPE ObpTimerType = {.Name = "Timer", .Delete = ObpDeleteRemote};
POBJECT_TYPE ObpEventTypePointer = &ObpEventType;
POBJECT_TYPE ObpSemaphoreTypePointer = &ObpSemaphoreType;
POBJECT_TYPE ObpTimerTypePointer = &ObpTimerType;

HANDLE ObpRemoteHandle(PVOID Object)
{
    PDISPATCHER_HEADER Header = Object;
    return Header->Type == ThreadObject ? ((PETHREAD)Object)->Handle
                                        : ((POBP_REMOTE)Object)->Handle;
}

// ---- From a handle, which becomes the object's

static NTSTATUS ObpAllocateRemote(OBJECT_TYPE *Type, HANDLE Handle, POBP_REMOTE *Remote)
{
    *Remote = ObpAllocateObject(Type, sizeof(**Remote));
    if (!*Remote) {
        NtClose(Handle);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    (*Remote)->Handle = Handle;
    return STATUS_SUCCESS;
}

NTSTATUS ObpWrapEvent(HANDLE Handle, PVOID *Object)
{
    POBP_REMOTE Event;
    KI_EVENT_BASIC_INFORMATION Information = {.EventType = SynchronizationEvent};
    NTSTATUS Status = ObpAllocateRemote(&ObpEventType, Handle, &Event);
    if (!NT_SUCCESS(Status))
        return Status;
    NtQueryEvent(Handle, 0, &Information, sizeof(Information), nullptr); // needs a right to tell
    KeInitializeEvent(&Event->Event, Information.EventType, FALSE);
    KiMakeRemote(&Event->Header);
    *Object = Event;
    return STATUS_SUCCESS;
}

NTSTATUS ObpWrapSemaphore(HANDLE Handle, PVOID *Object)
{
    POBP_REMOTE Semaphore;
    NTSTATUS Status = ObpAllocateRemote(&ObpSemaphoreType, Handle, &Semaphore);
    if (!NT_SUCCESS(Status))
        return Status;
    KeInitializeSemaphore(&Semaphore->Semaphore, 0, MAXLONG);
    KiMakeRemote(&Semaphore->Header);
    *Object = Semaphore;
    return STATUS_SUCCESS;
}

NTSTATUS ObpWrapTimer(HANDLE Handle, PVOID *Object)
{
    POBP_REMOTE Timer;
    NTSTATUS Status = ObpAllocateRemote(&ObpTimerType, Handle, &Timer);
    if (!NT_SUCCESS(Status))
        return Status;
    KeInitializeTimerEx(&Timer->Timer, SynchronizationTimer);
    KiMakeRemote(&Timer->Header);
    *Object = Timer;
    return STATUS_SUCCESS;
}

// ---- What can be done with them. These routines cannot fail: a handle without the right to do it does nothing.

static VOID ObpCheck(NTSTATUS Status, PCSTR What)
{
    if (!NT_SUCCESS(Status))
        DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_ERROR_LEVEL,
                   "driver host %lu: %s by handle cannot be changed: status %08lx\n",
                   KiConnection.HostId, What, Status);
}

LONG ObpSignalEvent(PVOID Event, OBP_EVENT_ACTION Action)
{
    static NTSTATUS(NTAPI *const Routines[])(HANDLE, PLONG) = {
        [ObpSetEvent] = NtSetEvent,
        [ObpResetEvent] = NtResetEvent,
        [ObpPulseEvent] = NtPulseEvent,
    };
    LONG Previous = 0;
    ObpCheck(Routines[Action](ObpRemoteHandle(Event), &Previous), "an event");
    return Previous;
}

LONG ObpReadEvent(PVOID Event)
{
    KI_EVENT_BASIC_INFORMATION Information = {};
    NtQueryEvent(ObpRemoteHandle(Event), 0, &Information, sizeof(Information), nullptr);
    return Information.EventState;
}

NTSTATUS ObpReleaseSemaphore(PVOID Semaphore, LONG Adjustment, PLONG Previous)
{
    NTSTATUS Status = NtReleaseSemaphore(ObpRemoteHandle(Semaphore), Adjustment, Previous);
    if (Status != STATUS_SEMAPHORE_LIMIT_EXCEEDED)
        ObpCheck(Status, "a semaphore");
    return Status;
}

LONG ObpReadSemaphore(PVOID Semaphore)
{
    KI_SEMAPHORE_BASIC_INFORMATION Information = {};
    NtQuerySemaphore(ObpRemoteHandle(Semaphore), 0, &Information, sizeof(Information), nullptr);
    return Information.CurrentCount;
}

BOOLEAN ObpSetTimer(PVOID Timer, LARGE_INTEGER DueTime, ULONG Period)
{
    BOOLEAN State = FALSE;
    ObpCheck(
        NtSetTimer(ObpRemoteHandle(Timer), &DueTime, nullptr, nullptr, FALSE, (LONG)Period, &State),
        "a timer");
    return !State;
}

BOOLEAN ObpCancelTimer(PVOID Timer)
{
    BOOLEAN State = FALSE;
    ObpCheck(NtCancelTimer(ObpRemoteHandle(Timer), &State), "a timer");
    return !State; // it was to expire
}

BOOLEAN ObpReadTimer(PVOID Timer)
{
    KI_TIMER_BASIC_INFORMATION Information = {};
    NtQueryTimer(ObpRemoteHandle(Timer), 0, &Information, sizeof(Information), nullptr);
    return Information.TimerState;
}

// A wait took it that comes to nothing. What stays signalled was not taken; a timer cannot be signalled again.
VOID ObpGiveBack(PVOID Object)
{
    switch (((PDISPATCHER_HEADER)Object)->Type) {
    case EventSynchronizationObject:
        ObpSignalEvent(Object, ObpSetEvent);
        break;
    case SemaphoreObject:
        ObpReleaseSemaphore(Object, 1, nullptr);
        break;
    default:
        break;
    }
}
