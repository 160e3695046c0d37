// Events of the Executive that a driver has by pointer: those with a name, and those that a caller or the driver itself
// has a handle of. The structure is a KEVENT as far as drivers go; what is done with it is done with the handle.

#include "../ntos.h"

typedef struct _OBP_EVENT {
    KEVENT Event; // first; its state is not used
    HANDLE Handle;
} OBP_EVENT, *POBP_EVENT;

static VOID ObpDeleteEvent(PVOID Object)
{
    NtClose(((POBP_EVENT)Object)->Handle);
}

OBJECT_TYPE ObpEventType = {.Name = "Event", .Delete = ObpDeleteEvent};
POBJECT_TYPE ObpEventTypePointer = &ObpEventType;

NTSTATUS ObpWrapEvent(HANDLE Handle, PVOID *Object)
{
    POBP_EVENT Event = ObpAllocateObject(&ObpEventType, sizeof(*Event));
    if (!Event) {
        NtClose(Handle);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    KeInitializeEvent(&Event->Event, NotificationEvent, FALSE);
    KiMakeRemote(&Event->Event.Header);
    Event->Handle = Handle;
    *Object = Event;
    return STATUS_SUCCESS;
}

static HANDLE ObpEventHandle(PVOID Event)
{
    return CONTAINING_RECORD(Event, OBP_EVENT, Event)->Handle;
}

// A handle without the right to do it does nothing: these routines cannot fail.
LONG ObpSignalEvent(PVOID Event, OBP_EVENT_ACTION Action)
{
    static NTSTATUS(NTAPI *const Routines[])(HANDLE, PLONG) = {
        [ObpSetEvent] = NtSetEvent,
        [ObpResetEvent] = NtResetEvent,
        [ObpPulseEvent] = NtPulseEvent,
    };
    LONG Previous = 0;
    NTSTATUS Status = Routines[Action](ObpEventHandle(Event), &Previous);
    if (!NT_SUCCESS(Status))
        DbgPrint("driver host %lu: an event by handle cannot be changed: status %08lx\n",
                 KiConnection.HostId, Status);
    return Previous;
}

LONG ObpReadEvent(PVOID Event)
{
    KI_EVENT_BASIC_INFORMATION Information = {};
    NtQueryEvent(ObpEventHandle(Event), 0, &Information, sizeof(Information), nullptr);
    return Information.EventState;
}

NTSTATUS ObpWaitForEvents(ULONG Count, PVOID Events[], WAIT_TYPE WaitType, BOOLEAN Alertable,
                          PLARGE_INTEGER Timeout)
{
    HANDLE Handles[MAXIMUM_WAIT_OBJECTS];
    for (ULONG i = 0; i < Count; i++)
        Handles[i] = ObpEventHandle(Events[i]);
    return NtWaitForMultipleObjects(Count, Handles, WaitType, Alertable, Timeout);
}

// ---- Events with a name

static PKEVENT ObpNamedEvent(PUNICODE_STRING EventName, EVENT_TYPE Type, PHANDLE EventHandle)
{
    OBJECT_ATTRIBUTES Attributes;
    HANDLE Own;
    PVOID Event;
    *EventHandle = nullptr;
    InitializeObjectAttributes(&Attributes, EventName, OBJ_OPENIF | OBJ_CASE_INSENSITIVE, nullptr,
                               nullptr);
    NTSTATUS Status = NtCreateEvent(EventHandle, EVENT_ALL_ACCESS, &Attributes, Type, TRUE);
    if (!NT_SUCCESS(Status))
        return nullptr;
    Status = ZwDuplicateObject(ZwCurrentProcess(), *EventHandle, ZwCurrentProcess(), &Own, 0, 0,
                               DUPLICATE_SAME_ACCESS);
    if (NT_SUCCESS(Status))
        Status = ObpWrapEvent(Own, &Event);
    if (NT_SUCCESS(Status)) {
        Status = ObpBindHandle(*EventHandle, Event); // the pointer is good while the handle is open
        ObfDereferenceObject(Event);
    }
    if (NT_SUCCESS(Status))
        return Event;
    NtClose(*EventHandle);
    *EventHandle = nullptr;
    return nullptr;
}

PKEVENT NTAPI IoCreateNotificationEvent(PUNICODE_STRING EventName, PHANDLE EventHandle)
{
    return ObpNamedEvent(EventName, NotificationEvent, EventHandle);
}

PKEVENT NTAPI IoCreateSynchronizationEvent(PUNICODE_STRING EventName, PHANDLE EventHandle)
{
    return ObpNamedEvent(EventName, SynchronizationEvent, EventHandle);
}
