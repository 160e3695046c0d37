// Handles that stand for objects of the host: a table by the handle's value. The Executive's object behind
// the handle is what its rights and its life belong to.

#include "../ntos.h"

typedef struct _OBP_HANDLE {
    LIST_ENTRY Link;
    HANDLE Handle;
    PVOID Object;
} OBP_HANDLE, *POBP_HANDLE;

static RTL_SRWLOCK ObpHandleLock;
static LIST_ENTRY ObpHandles = {&ObpHandles, &ObpHandles};

NTSTATUS ObpBindHandle(HANDLE Handle, PVOID Object)
{
    POBP_HANDLE Entry = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Entry), 'lHbO');
    if (!Entry)
        return STATUS_INSUFFICIENT_RESOURCES;
    ObfReferenceObject(Object);
    Entry->Handle = Handle;
    Entry->Object = Object;
    RtlAcquireSRWLockExclusive(&ObpHandleLock);
    InsertTailList(&ObpHandles, &Entry->Link);
    RtlReleaseSRWLockExclusive(&ObpHandleLock);
    return STATUS_SUCCESS;
}

static POBP_HANDLE ObpFindHandle(HANDLE Handle)
{
    for (PLIST_ENTRY Link = ObpHandles.Flink; Link != &ObpHandles; Link = Link->Flink) {
        POBP_HANDLE Entry = CONTAINING_RECORD(Link, OBP_HANDLE, Link);
        if (Entry->Handle == Handle)
            return Entry;
    }
    return nullptr;
}

static PVOID ObpReferenceBoundObject(HANDLE Handle)
{
    RtlAcquireSRWLockExclusive(&ObpHandleLock);
    POBP_HANDLE Entry = ObpFindHandle(Handle);
    PVOID Object = Entry ? Entry->Object : nullptr;
    if (Object)
        ObfReferenceObject(Object);
    RtlReleaseSRWLockExclusive(&ObpHandleLock);
    return Object;
}

static PVOID ObpReferencePseudoHandle(HANDLE Handle)
{
    PVOID Object = nullptr;
    if (Handle == ZwCurrentThread())
        Object = PsGetCurrentThread();
    else if (Handle == ZwCurrentProcess())
        Object = IoGetCurrentProcess();
    if (Object)
        ObfReferenceObject(Object);
    return Object;
}

NTSTATUS NTAPI ObReferenceObjectByHandle(HANDLE Handle, ACCESS_MASK DesiredAccess,
                                         POBJECT_TYPE ObjectType, KPROCESSOR_MODE AccessMode,
                                         PVOID *Object, POBJECT_HANDLE_INFORMATION Information)
{
    *Object = nullptr;
    if (Information)
        *Information = (OBJECT_HANDLE_INFORMATION){.GrantedAccess = DesiredAccess};
    // In a dispatch routine a handle of user mode is the requestor's.
    if (AccessMode == UserMode && KiCurrentThread()->RequestId)
        return ObpReferenceCallerObject(Handle, DesiredAccess, ObjectType, Object);
    PVOID Found = ObpReferencePseudoHandle(Handle);
    if (!Found)
        Found = ObpReferenceBoundObject(Handle);
    if (!Found)
        return ObpReferenceForeignObject(Handle, ObjectType, Object);
    if (ObjectType && ObpTypeOf(Found) != ObjectType) {
        ObfDereferenceObject(Found);
        return STATUS_OBJECT_TYPE_MISMATCH;
    }
    *Object = Found;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI ObReferenceObjectByHandleWithTag(HANDLE Handle, ACCESS_MASK DesiredAccess,
                                                POBJECT_TYPE ObjectType, KPROCESSOR_MODE AccessMode,
                                                ULONG Tag, PVOID *Object,
                                                POBJECT_HANDLE_INFORMATION Information)
{
    UNREFERENCED_PARAMETER(Tag);
    return ObReferenceObjectByHandle(Handle, DesiredAccess, ObjectType, AccessMode, Object,
                                     Information);
}

// Exported as ZwClose and NtClose. The entry goes first: the number may be another handle at once.
NTSTATUS NTAPI ZwClose(HANDLE Handle)
{
    RtlAcquireSRWLockExclusive(&ObpHandleLock);
    POBP_HANDLE Entry = ObpFindHandle(Handle);
    if (Entry)
        RemoveEntryList(&Entry->Link);
    RtlReleaseSRWLockExclusive(&ObpHandleLock);
    if (Entry) {
        ObfDereferenceObject(Entry->Object);
        ExFreePoolWithTag(Entry, 'lHbO');
    }
    return NtClose(Handle);
}

NTSTATUS NTAPI ObCloseHandle(HANDLE Handle, KPROCESSOR_MODE PreviousMode)
{
    UNREFERENCED_PARAMETER(PreviousMode);
    return ZwClose(Handle);
}
