// Object types: each is an object itself, in \ObjectTypes.
#include "obp.h"

POBJECT_TYPE ObpTypeObjectType;
POBJECT_TYPE ObpTypes[OBP_MAX_TYPES];
ULONG ObpTypeCount = OBP_FIRST_TYPE_INDEX;

// The event that stands for objects without a state: waiting for one of them always succeeds.
static KEVENT ObpDefaultObject;

static PVOID ObpDefaultWaitObject(void)
{
    if (!ObpDefaultObject.Header.WaitListHead.Flink)
        KeInitializeEvent(&ObpDefaultObject, NotificationEvent, TRUE);
    return &ObpDefaultObject;
}

PVOID ObGetWaitObject(PVOID Object)
{
    const OBJECT_TYPE_INITIALIZER *Info = &ObpHeader(Object)->Type->Info;
    if (!Info->Waitable)
        return ObpDefaultWaitObject();
    return Info->WaitObject ? Info->WaitObject(Object) : Object;
}

const GENERIC_MAPPING *ObGetGenericMapping(POBJECT_TYPE Type)
{
    return &Type->Info.GenericMapping;
}

// The first type is the type of types, so it is created without one.
static NTSTATUS ObpAllocateType(POBJECT_TYPE *Type)
{
    if (ObpTypeCount == OBP_MAX_TYPES)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (ObpTypeObjectType)
        return ObCreateObject(ObpTypeObjectType, sizeof(OBJECT_TYPE), (PVOID *)Type);

    POBJECT_HEADER Header =
        ExAllocatePoolZero(NonPagedPool, sizeof(*Header) + sizeof(OBJECT_TYPE), OB_TAG_OBJECT);
    if (!Header)
        return STATUS_INSUFFICIENT_RESOURCES;
    *Type = ObpTypeObjectType = (POBJECT_TYPE)Header->Body;
    Header->PointerCount = 1;
    Header->Type = *Type;
    (*Type)->ObjectCount = (*Type)->HighObjectCount = 1;
    return STATUS_SUCCESS;
}

// Types last for ever: the reference of their creation is never given back.
NTSTATUS ObCreateObjectType(const OBJECT_TYPE_INITIALIZER *Initializer, POBJECT_TYPE *Result)
{
    POBJECT_TYPE Type;
    NTSTATUS Status = ObpAllocateType(&Type);
    if (!NT_SUCCESS(Status))
        return Status;

    Type->Info = *Initializer;
    Type->Info.ValidAccess |= SYNCHRONIZE;
    RtlInitUnicodeString(&Type->Name, Initializer->Name);
    Type->Index = ObpTypeCount;
    ObpTypes[ObpTypeCount++] = Type;
    *Result = Type;
    if (!ObpTypeDirectory)
        return STATUS_SUCCESS; // ObInitSystem enters the earliest ones

    POBP_NAME Name;
    Status = ObpCreateName(&Type->Name, &Name);
    if (NT_SUCCESS(Status))
        ObpLinkName(ObpTypeDirectory, Type, Name);
    return Status;
}
