// Keyed events: waiting and releasing meet by a key, any even address. Each side waits for the other.
#include "exp.h"

POBJECT_TYPE ExKeyedEventObjectType;

typedef struct _EXP_KEYED_EVENT {
    LIST_ENTRY Parties; // EXP_PARTY
} EXP_KEYED_EVENT, *PEXP_KEYED_EVENT;

// A thread that waits, or that waits for one to release. It lies on the stack of its service.
typedef struct _EXP_PARTY {
    LIST_ENTRY Links;
    PEPROCESS Process;
    ULONG_PTR Key;
    BOOLEAN Releases, Met;
    KEVENT Event;
} EXP_PARTY, *PEXP_PARTY;

// What a null handle stands for.
static PEXP_KEYED_EVENT ExpDefaultKeyedEvent;

static const OBJECT_TYPE_INITIALIZER ExpKeyedEventTypeInfo = {
    .Name = L"KeyedEvent",
    .BodySize = sizeof(EXP_KEYED_EVENT),
    .GenericMapping = {STANDARD_RIGHTS_READ | KEYEDEVENT_WAIT,
                       STANDARD_RIGHTS_WRITE | KEYEDEVENT_WAKE, STANDARD_RIGHTS_EXECUTE,
                       KEYEDEVENT_ALL_ACCESS},
    .ValidAccess = KEYEDEVENT_ALL_ACCESS,
    .InvalidAttributes = OBJ_OPENLINK,
};

NTSTATUS ExpInitKeyedEvents(void)
{
    NTSTATUS Status = ObCreateObjectType(&ExpKeyedEventTypeInfo, &ExKeyedEventObjectType);
    if (NT_SUCCESS(Status))
        Status = ObCreateObject(ExKeyedEventObjectType, 0, (PVOID *)&ExpDefaultKeyedEvent);
    if (!NT_SUCCESS(Status))
        return Status;
    InitializeListHead(&ExpDefaultKeyedEvent->Parties);
    OB_ATTRIBUTES Attributes = {
        .ObjectName = RTL_CONSTANT_STRING(L"\\KernelObjects\\CritSecOutOfMemoryEvent"),
        .Attributes = OBJ_PERMANENT,
        .SecurityDescriptor = SeWellKnownDescriptor(SeUnrestrictedDescriptor),
    };
    ObReferenceObject(ExpDefaultKeyedEvent);
    return ObInsertObject(ExpDefaultKeyedEvent, &Attributes, 0, KernelMode, nullptr);
}

NTSTATUS NtCreateKeyedEvent(HANDLE USER *KeyedEventHandle, ACCESS_MASK DesiredAccess,
                            const OBJECT_ATTRIBUTES USER *ObjectAttributes, ULONG Flags)
{
    if (Flags)
        return STATUS_INVALID_PARAMETER_4;
    OB_ATTRIBUTES Attributes;
    PEXP_KEYED_EVENT Event;
    NTSTATUS Status = ObBeginCreateService(ExKeyedEventObjectType, KeyedEventHandle,
                                           ObjectAttributes, &Attributes, (PVOID *)&Event);
    if (!NT_SUCCESS(Status))
        return Status;
    InitializeListHead(&Event->Parties);
    return ObInsertService(Event, &Attributes, DesiredAccess, KeyedEventHandle);
}

NTSTATUS NtOpenKeyedEvent(HANDLE USER *KeyedEventHandle, ACCESS_MASK DesiredAccess,
                          const OBJECT_ATTRIBUTES USER *ObjectAttributes)
{
    return ObOpenService(ExKeyedEventObjectType, KeyedEventHandle, DesiredAccess, ObjectAttributes);
}

// The oldest party on the other side of the same key in this process.
static PEXP_PARTY ExpFindPartner(PEXP_KEYED_EVENT Event, ULONG_PTR Key, BOOLEAN Releases)
{
    for (PLIST_ENTRY Link = Event->Parties.Flink; Link != &Event->Parties; Link = Link->Flink) {
        PEXP_PARTY Party = CONTAINING_RECORD(Link, EXP_PARTY, Links);
        if (Party->Key == Key && Party->Releases != Releases &&
            Party->Process == PsGetCurrentProcess())
            return Party;
    }
    return nullptr;
}

static NTSTATUS ExpMeet(PEXP_KEYED_EVENT Event, ULONG_PTR Key, BOOLEAN Releases, BOOLEAN Alertable,
                        PLARGE_INTEGER Until)
{
    PEXP_PARTY Partner = ExpFindPartner(Event, Key, Releases);
    if (Partner) {
        RemoveEntryList(&Partner->Links);
        Partner->Met = TRUE;
        KeSetEvent(&Partner->Event);
        return STATUS_SUCCESS;
    }

    EXP_PARTY Self = {.Process = PsGetCurrentProcess(), .Key = Key, .Releases = Releases};
    KeInitializeEvent(&Self.Event, SynchronizationEvent, FALSE);
    InsertTailList(&Event->Parties, &Self.Links);
    NTSTATUS Status = KeWaitForSingleObject(&Self.Event, WrKeyedEvent, UserMode, Alertable, Until);
    if (Self.Met)
        return STATUS_SUCCESS; // also when the time was up before this thread could run
    RemoveEntryList(&Self.Links);
    return Status;
}

static NTSTATUS ExpMeetByHandle(HANDLE Handle, ACCESS_MASK Access, ULONG_PTR Key, BOOLEAN Releases,
                                BOOLEAN Alertable, const LARGE_INTEGER USER *Timeout)
{
    if (Key & 1)
        return STATUS_INVALID_PARAMETER_1;
    LARGE_INTEGER Captured, *Until;
    NTSTATUS Status = ExpCaptureTimeout(Timeout, &Captured, &Until);
    if (!NT_SUCCESS(Status))
        return Status;
    if (!Handle)
        return ExpMeet(ExpDefaultKeyedEvent, Key, Releases, Alertable, Until);
    PEXP_KEYED_EVENT Event;
    Status = ObReferenceObjectByHandle(Handle, Access, ExKeyedEventObjectType, UserMode,
                                       (PVOID *)&Event, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = ExpMeet(Event, Key, Releases, Alertable, Until);
    ObDereferenceObject(Event);
    return Status;
}

NTSTATUS NtWaitForKeyedEvent(HANDLE KeyedEventHandle, PVOID KeyValue, BOOLEAN Alertable,
                             const LARGE_INTEGER USER *Timeout)
{
    return ExpMeetByHandle(KeyedEventHandle, KEYEDEVENT_WAIT, (ULONG_PTR)KeyValue, FALSE, Alertable,
                           Timeout);
}

NTSTATUS NtReleaseKeyedEvent(HANDLE KeyedEventHandle, PVOID KeyValue, BOOLEAN Alertable,
                             const LARGE_INTEGER USER *Timeout)
{
    return ExpMeetByHandle(KeyedEventHandle, KEYEDEVENT_WAKE, (ULONG_PTR)KeyValue, TRUE, Alertable,
                           Timeout);
}
