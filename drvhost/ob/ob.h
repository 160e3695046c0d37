// Objects of the host: what drivers reference, with a count and a routine for the end. Handles are the
// Executive's; the host remembers which of them stand for an object of its own.
#pragma once

typedef struct _OBJECT_TYPE {
    PCSTR Name;
    VOID (*Delete)(PVOID Object);  // the last reference is gone; the memory is freed afterwards
    VOID (*LastOne)(PVOID Object); // one reference is left; may be null
} OBJECT_TYPE;

extern OBJECT_TYPE ObpThreadType, ObpProcessType, ObpEventType, ObpSemaphoreType, ObpMutantType,
    ObpTimerType;

// Zeroed, with one reference. Null: no memory.
PVOID ObpAllocateObject(OBJECT_TYPE *Type, SIZE_T Size);
OBJECT_TYPE *ObpTypeOf(PVOID Object);

// The handle stands for Object, which is referenced until the handle is closed.
NTSTATUS ObpBindHandle(HANDLE Handle, PVOID Object);

// foreign.c: a handle that is not bound
NTSTATUS ObpReferenceForeignObject(HANDLE Handle, ACCESS_MASK DesiredAccess,
                                   POBJECT_TYPE ObjectType, KPROCESSOR_MODE AccessMode,
                                   PVOID *Object);
