// Callback objects: a name, and routines to be called when somebody notifies. They reach as far as the host.

#include "../ntos.h"

typedef struct _CALLBACK_OBJECT {
    LIST_ENTRY Link;
    UNICODE_STRING Name; // empty: none
    LIST_ENTRY Registrations;
    KSPIN_LOCK Lock;
    BOOLEAN AllowMultiple;
} CALLBACK_OBJECT;

typedef struct _EXP_REGISTRATION {
    LIST_ENTRY Link;
    PCALLBACK_OBJECT Callback; // referenced
    PCALLBACK_FUNCTION Function;
    PVOID Context;
    LONG Calls; // running now
    BOOLEAN Removed;
} EXP_REGISTRATION, *PEXP_REGISTRATION;

static RTL_SRWLOCK ExpCallbackLock;
static LIST_ENTRY ExpCallbacks = {&ExpCallbacks, &ExpCallbacks};

static VOID ExpDeleteCallback(PVOID Object)
{
    PCALLBACK_OBJECT Callback = Object;
    RtlAcquireSRWLockExclusive(&ExpCallbackLock);
    RemoveEntryList(&Callback->Link);
    RtlReleaseSRWLockExclusive(&ExpCallbackLock);
}

static OBJECT_TYPE ExpCallbackType = {.Name = "Callback", .Delete = ExpDeleteCallback};

static PCALLBACK_OBJECT ExpFindCallback(PUNICODE_STRING Name)
{
    for (PLIST_ENTRY Link = ExpCallbacks.Flink; Link != &ExpCallbacks; Link = Link->Flink) {
        PCALLBACK_OBJECT Callback = CONTAINING_RECORD(Link, CALLBACK_OBJECT, Link);
        if (RtlEqualUnicodeString(&Callback->Name, Name, TRUE)) {
            ObfReferenceObject(Callback);
            return Callback;
        }
    }
    return nullptr;
}

static PCALLBACK_OBJECT ExpMakeCallback(PUNICODE_STRING Name, BOOLEAN AllowMultiple)
{
    USHORT Length = Name ? Name->Length : 0;
    PCALLBACK_OBJECT Callback = ObpAllocateObject(&ExpCallbackType, sizeof(*Callback) + Length);
    if (!Callback)
        return nullptr;
    Callback->Name = (UNICODE_STRING){Length, Length, (PWSTR)(Callback + 1)};
    if (Length)
        RtlCopyMemory(Callback->Name.Buffer, Name->Buffer, Length);
    InitializeListHead(&Callback->Registrations);
    Callback->AllowMultiple = AllowMultiple;
    InsertTailList(&ExpCallbacks, &Callback->Link);
    return Callback;
}

NTSTATUS NTAPI ExCreateCallback(PCALLBACK_OBJECT *CallbackObject, POBJECT_ATTRIBUTES Attributes,
                                BOOLEAN Create, BOOLEAN AllowMultipleCallbacks)
{
    PUNICODE_STRING Name = Attributes ? Attributes->ObjectName : nullptr;
    NTSTATUS Status = STATUS_SUCCESS;
    RtlAcquireSRWLockExclusive(&ExpCallbackLock);
    *CallbackObject = Name ? ExpFindCallback(Name) : nullptr;
    if (!*CallbackObject && !Create)
        Status = STATUS_OBJECT_NAME_NOT_FOUND;
    else if (!*CallbackObject && !(*CallbackObject = ExpMakeCallback(Name, AllowMultipleCallbacks)))
        Status = STATUS_INSUFFICIENT_RESOURCES;
    RtlReleaseSRWLockExclusive(&ExpCallbackLock);
    return Status;
}

PVOID NTAPI ExRegisterCallback(PCALLBACK_OBJECT Callback, PCALLBACK_FUNCTION Function,
                               PVOID Context)
{
    PEXP_REGISTRATION Registration =
        ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Registration), 'bClC');
    if (!Registration)
        return nullptr;
    *Registration =
        (EXP_REGISTRATION){.Callback = Callback, .Function = Function, .Context = Context};
    KIRQL Irql = KeAcquireSpinLockRaiseToDpc(&Callback->Lock);
    BOOLEAN Allowed = Callback->AllowMultiple || IsListEmpty(&Callback->Registrations);
    if (Allowed)
        InsertTailList(&Callback->Registrations, &Registration->Link);
    KeReleaseSpinLock(&Callback->Lock, Irql);
    if (!Allowed) {
        ExFreePoolWithTag(Registration, 'bClC');
        return nullptr;
    }
    ObfReferenceObject(Callback);
    return Registration;
}

// Returns when the routine is not running any more.
VOID NTAPI ExUnregisterCallback(PVOID CallbackRegistration)
{
    PEXP_REGISTRATION Registration = CallbackRegistration;
    PCALLBACK_OBJECT Callback = Registration->Callback;
    LARGE_INTEGER Moment = {.QuadPart = -10'000};
    for (;;) {
        KIRQL Irql = KeAcquireSpinLockRaiseToDpc(&Callback->Lock);
        Registration->Removed = TRUE;
        BOOLEAN Idle = !Registration->Calls;
        if (Idle)
            RemoveEntryList(&Registration->Link);
        KeReleaseSpinLock(&Callback->Lock, Irql);
        if (Idle)
            break;
        KeDelayExecutionThread(KernelMode, FALSE, &Moment);
    }
    ExFreePoolWithTag(Registration, 'bClC');
    ObfDereferenceObject(Callback);
}

// The list cannot change at an entry whose routine runs: its count keeps it there.
VOID NTAPI ExNotifyCallback(PCALLBACK_OBJECT Callback, PVOID Argument1, PVOID Argument2)
{
    KIRQL Irql = KeAcquireSpinLockRaiseToDpc(&Callback->Lock);
    PLIST_ENTRY Link = Callback->Registrations.Flink;
    while (Link != &Callback->Registrations) {
        PEXP_REGISTRATION Registration = CONTAINING_RECORD(Link, EXP_REGISTRATION, Link);
        if (Registration->Removed) {
            Link = Link->Flink;
            continue;
        }
        Registration->Calls++;
        KeReleaseSpinLock(&Callback->Lock, Irql);
        Registration->Function(Registration->Context, Argument1, Argument2);
        Irql = KeAcquireSpinLockRaiseToDpc(&Callback->Lock);
        Registration->Calls--;
        Link = Link->Flink;
    }
    KeReleaseSpinLock(&Callback->Lock, Irql);
}
