// Events with a name, which are the Executive's (ob/remote.c).

#include "../ntos.h"

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
