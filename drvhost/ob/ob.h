// Objects of the host: what drivers reference, with a count and a routine for the end. Handles are the
// Executive's; the host remembers which of them stand for an object of its own.
#pragma once

typedef struct _OBJECT_TYPE {
    PCSTR Name;
    VOID (*Delete)(PVOID Object);  // the last reference is gone; the memory is freed afterwards
    VOID (*LastOne)(PVOID Object); // one reference was left; it may be gone by now; may be null
} OBJECT_TYPE;

extern OBJECT_TYPE ObpThreadType, ObpProcessType, ObpEventType, ObpSemaphoreType, ObpTimerType;

// Zeroed, with one reference. Null: no memory.
PVOID ObpAllocateObject(OBJECT_TYPE *Type, SIZE_T Size);
OBJECT_TYPE *ObpTypeOf(PVOID Object);
LONG64 ObpReferencesOf(PVOID Object);

// The handle stands for Object, which is referenced until the handle is closed.
NTSTATUS ObpBindHandle(HANDLE Handle, PVOID Object);

// foreign.c: a handle that is not bound, and one of the requestor of what the thread works on
NTSTATUS ObpReferenceForeignObject(HANDLE Handle, POBJECT_TYPE ObjectType, PVOID *Object);
NTSTATUS ObpReferenceCallerObject(HANDLE Handle, ACCESS_MASK DesiredAccess, POBJECT_TYPE ObjectType,
                                  PVOID *Object);

// remote.c: dispatcher objects of the Executive. The handle becomes the object's.
NTSTATUS ObpWrapEvent(HANDLE Handle, PVOID *Object);
NTSTATUS ObpWrapSemaphore(HANDLE Handle, PVOID *Object);
NTSTATUS ObpWrapTimer(HANDLE Handle, PVOID *Object);
HANDLE ObpRemoteHandle(PVOID Object);
typedef enum _OBP_EVENT_ACTION { ObpSetEvent, ObpResetEvent, ObpPulseEvent } OBP_EVENT_ACTION;
LONG ObpSignalEvent(PVOID Event, OBP_EVENT_ACTION Action); // its state before
LONG ObpReadEvent(PVOID Event);
NTSTATUS ObpReleaseSemaphore(PVOID Semaphore, LONG Adjustment, PLONG Previous);
LONG ObpReadSemaphore(PVOID Semaphore);
// Whether it was set. A DPC cannot be had of these.
BOOLEAN ObpSetTimer(PVOID Timer, LARGE_INTEGER DueTime, ULONG Period);
BOOLEAN ObpCancelTimer(PVOID Timer);
BOOLEAN ObpReadTimer(PVOID Timer);
VOID ObpGiveBack(PVOID Object); // that a wait of the Executive's took
