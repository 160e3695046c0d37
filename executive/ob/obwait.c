// Waiting for objects by handle.
#include "obp.h"
#include "ex/ex.h"

// A null pointer waits for ever.
static NTSTATUS ObpCaptureTimeout(const LARGE_INTEGER USER *Timeout, PLARGE_INTEGER Captured,
                                  PLARGE_INTEGER *Result)
{
    *Result = nullptr;
    if (!Timeout)
        return STATUS_SUCCESS;
    *Result = Captured;
    return MmCopyFromUser(Captured, Timeout, sizeof(*Captured));
}

NTSTATUS NtWaitForSingleObject(HANDLE Handle, BOOLEAN Alertable, const LARGE_INTEGER USER *Timeout)
{
    LARGE_INTEGER Captured, *Until;
    NTSTATUS Status = ObpCaptureTimeout(Timeout, &Captured, &Until);
    if (!NT_SUCCESS(Status))
        return Status;
    PVOID Object;
    Status = ObReferenceObjectByHandle(Handle, SYNCHRONIZE, nullptr, UserMode, &Object, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    Status =
        KeWaitForSingleObject(ObGetWaitObject(Object), UserRequest, UserMode, Alertable, Until);
    ObDereferenceObject(Object);
    return Status;
}

typedef struct _OBP_WAIT_SET {
    ULONG Count; // referenced so far
    HANDLE Handles[MAXIMUM_WAIT_OBJECTS];
    PVOID Objects[MAXIMUM_WAIT_OBJECTS];
    PVOID WaitObjects[MAXIMUM_WAIT_OBJECTS];
} OBP_WAIT_SET, *POBP_WAIT_SET;

static VOID ObpReleaseWaitSet(POBP_WAIT_SET Set)
{
    while (Set->Count)
        ObDereferenceObject(Set->Objects[--Set->Count]);
}

static NTSTATUS ObpReferenceWaitSet(POBP_WAIT_SET Set, ULONG Count)
{
    for (Set->Count = 0; Set->Count < Count; Set->Count++) {
        PVOID *Object = &Set->Objects[Set->Count];
        NTSTATUS Status = ObReferenceObjectByHandle(Set->Handles[Set->Count], SYNCHRONIZE, nullptr,
                                                    UserMode, Object, nullptr);
        if (!NT_SUCCESS(Status)) {
            ObpReleaseWaitSet(Set);
            return Status;
        }
        Set->WaitObjects[Set->Count] = ObGetWaitObject(*Object);
    }
    return STATUS_SUCCESS;
}

// Waiting for all of a set in which one object is twice would never end.
static BOOLEAN ObpHasDuplicates(const OBP_WAIT_SET *Set)
{
    for (ULONG i = 0; i < Set->Count; i++)
        for (ULONG j = i + 1; j < Set->Count; j++)
            if (Set->Objects[i] == Set->Objects[j])
                return TRUE;
    return FALSE;
}

static NTSTATUS ObpWaitForSet(POBP_WAIT_SET Set, ULONG Count, WAIT_TYPE WaitType, BOOLEAN Alertable,
                              PLARGE_INTEGER Until)
{
    NTSTATUS Status = ObpReferenceWaitSet(Set, Count);
    if (!NT_SUCCESS(Status))
        return Status;
    if (WaitType == WaitAll && ObpHasDuplicates(Set))
        Status = STATUS_INVALID_PARAMETER_MIX;
    else
        Status = KeWaitForMultipleObjects(Count, Set->WaitObjects, WaitType, UserRequest, UserMode,
                                          Alertable, Until);
    ObpReleaseWaitSet(Set);
    return Status;
}

// The set lives in pool: a wait holds its stack for long, and stacks are small.
NTSTATUS NtWaitForMultipleObjects(ULONG Count, const HANDLE USER *Handles, WAIT_TYPE WaitType,
                                  BOOLEAN Alertable, const LARGE_INTEGER USER *Timeout)
{
    if (Count == 0 || Count > MAXIMUM_WAIT_OBJECTS)
        return STATUS_INVALID_PARAMETER_1;
    if (WaitType != WaitAll && WaitType != WaitAny)
        return STATUS_INVALID_PARAMETER_3;
    LARGE_INTEGER Captured, *Until;
    NTSTATUS Status = ObpCaptureTimeout(Timeout, &Captured, &Until);
    if (!NT_SUCCESS(Status))
        return Status;

    POBP_WAIT_SET Set = ExAllocatePoolWithTag(NonPagedPool, sizeof(*Set), OB_TAG_BUFFER);
    if (!Set)
        return STATUS_INSUFFICIENT_RESOURCES;
    Status = MmCopyFromUser(Set->Handles, Handles, Count * sizeof(HANDLE));
    if (NT_SUCCESS(Status))
        Status = ObpWaitForSet(Set, Count, WaitType, Alertable, Until);
    ExFreePoolWithTag(Set, OB_TAG_BUFFER);
    return Status;
}

// ---- Signal one object and wait for another

static NTSTATUS ObpSignalEvent(PVOID Object, ACCESS_MASK Access)
{
    if (!(Access & EVENT_MODIFY_STATE))
        return STATUS_ACCESS_DENIED;
    KeSetEvent(Object);
    return STATUS_SUCCESS;
}

static NTSTATUS ObpSignalMutant(PVOID Object, ACCESS_MASK Access)
{
    (void)Access; // an owner needs no right to give it up
    return KeReleaseMutant(Object, KeGetCurrentThread(), nullptr);
}

static NTSTATUS ObpSignalSemaphore(PVOID Object, ACCESS_MASK Access)
{
    if (!(Access & SEMAPHORE_MODIFY_STATE))
        return STATUS_ACCESS_DENIED;
    return KeReleaseSemaphore(Object, 1, nullptr);
}

static NTSTATUS ObpSignal(PVOID Object, ACCESS_MASK Access)
{
    POBJECT_TYPE Type = ObGetObjectType(Object);
    if (Type == ExEventObjectType)
        return ObpSignalEvent(Object, Access);
    if (Type == ExMutantObjectType)
        return ObpSignalMutant(Object, Access);
    if (Type == ExSemaphoreObjectType)
        return ObpSignalSemaphore(Object, Access);
    return STATUS_OBJECT_TYPE_MISMATCH;
}

NTSTATUS NtSignalAndWaitForSingleObject(HANDLE SignalHandle, HANDLE WaitHandle, BOOLEAN Alertable,
                                        const LARGE_INTEGER USER *Timeout)
{
    LARGE_INTEGER Captured, *Until;
    NTSTATUS Status = ObpCaptureTimeout(Timeout, &Captured, &Until);
    if (!NT_SUCCESS(Status))
        return Status;
    PVOID Signal, Wait;
    ACCESS_MASK SignalAccess;
    Status = ObReferenceObjectByHandle(SignalHandle, 0, nullptr, UserMode, &Signal, &SignalAccess);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = ObReferenceObjectByHandle(WaitHandle, SYNCHRONIZE, nullptr, UserMode, &Wait, nullptr);
    if (NT_SUCCESS(Status)) {
        Status = ObpSignal(Signal, SignalAccess);
        if (NT_SUCCESS(Status))
            Status = KeWaitForSingleObject(ObGetWaitObject(Wait), UserRequest, UserMode, Alertable,
                                           Until);
        ObDereferenceObject(Wait);
    }
    ObDereferenceObject(Signal);
    return Status;
}
