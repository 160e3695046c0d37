// Events.
#include "exp.h"

POBJECT_TYPE ExEventObjectType;

static const OBJECT_TYPE_INITIALIZER ExpEventTypeInfo = {
    .Name = L"Event",
    .BodySize = sizeof(KEVENT),
    .GenericMapping = {STANDARD_RIGHTS_READ | EVENT_QUERY_STATE,
                       STANDARD_RIGHTS_WRITE | EVENT_MODIFY_STATE,
                       STANDARD_RIGHTS_EXECUTE | SYNCHRONIZE, EVENT_ALL_ACCESS},
    .ValidAccess = EVENT_ALL_ACCESS,
    .InvalidAttributes = OBJ_OPENLINK,
    .Waitable = TRUE,
};

NTSTATUS ExpInitEvents(void)
{
    return ObCreateObjectType(&ExpEventTypeInfo, &ExEventObjectType);
}

NTSTATUS NtCreateEvent(HANDLE USER *EventHandle, ACCESS_MASK DesiredAccess,
                       const OBJECT_ATTRIBUTES USER *ObjectAttributes, EVENT_TYPE EventType,
                       BOOLEAN InitialState)
{
    if (EventType != NotificationEvent && EventType != SynchronizationEvent)
        return STATUS_INVALID_PARAMETER;
    OB_ATTRIBUTES Attributes;
    PVOID Event;
    NTSTATUS Status =
        ObBeginCreateService(ExEventObjectType, EventHandle, ObjectAttributes, &Attributes, &Event);
    if (!NT_SUCCESS(Status))
        return Status;
    KeInitializeEvent(Event, EventType, InitialState);
    return ObInsertService(Event, &Attributes, DesiredAccess, EventHandle);
}

NTSTATUS NtOpenEvent(HANDLE USER *EventHandle, ACCESS_MASK DesiredAccess,
                     const OBJECT_ATTRIBUTES USER *ObjectAttributes)
{
    return ObOpenService(ExEventObjectType, EventHandle, DesiredAccess, ObjectAttributes);
}

// The services that change the state differ in one call only.
static NTSTATUS ExpChangeEvent(HANDLE Handle, LONG (*Change)(PKEVENT Event),
                               LONG USER *PreviousState)
{
    NTSTATUS Status = ExpProbeOptional(PreviousState);
    if (!NT_SUCCESS(Status))
        return Status;
    PKEVENT Event;
    Status = ObReferenceObjectByHandle(Handle, EVENT_MODIFY_STATE, ExEventObjectType, UserMode,
                                       (PVOID *)&Event, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    LONG Previous = Change(Event);
    ObDereferenceObject(Event);
    return ExpWriteOptional(PreviousState, Previous);
}

NTSTATUS NtSetEvent(HANDLE EventHandle, LONG USER *PreviousState)
{
    return ExpChangeEvent(EventHandle, KeSetEvent, PreviousState);
}

NTSTATUS NtResetEvent(HANDLE EventHandle, LONG USER *PreviousState)
{
    return ExpChangeEvent(EventHandle, KeResetEvent, PreviousState);
}

NTSTATUS NtPulseEvent(HANDLE EventHandle, LONG USER *PreviousState)
{
    return ExpChangeEvent(EventHandle, KePulseEvent, PreviousState);
}

NTSTATUS NtClearEvent(HANDLE EventHandle)
{
    return ExpChangeEvent(EventHandle, KeResetEvent, nullptr);
}

// Priorities are not boosted here; what is left is setting the event.
NTSTATUS NtSetEventBoostPriority(HANDLE EventHandle)
{
    return ExpChangeEvent(EventHandle, KeSetEvent, nullptr);
}

NTSTATUS NtQueryEvent(HANDLE EventHandle, ULONG EventInformationClass, VOID USER *EventInformation,
                      ULONG EventInformationLength, ULONG USER *ReturnLength)
{
    if (EventInformationClass != EventBasicInformation)
        return STATUS_INVALID_INFO_CLASS;
    if (EventInformationLength != sizeof(EVENT_BASIC_INFORMATION))
        return STATUS_INFO_LENGTH_MISMATCH;
    PKEVENT Event;
    NTSTATUS Status = ObReferenceObjectByHandle(EventHandle, EVENT_QUERY_STATE, ExEventObjectType,
                                                UserMode, (PVOID *)&Event, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    EVENT_BASIC_INFORMATION Information = {
        .EventType = Event->Header.Type == EventNotificationObject ? NotificationEvent
                                                                   : SynchronizationEvent,
        .EventState = Event->Header.SignalState,
    };
    ObDereferenceObject(Event);
    return ExpReturnExact(&Information, sizeof(Information), EventInformation,
                          EventInformationLength, ReturnLength);
}
