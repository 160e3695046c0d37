// Reference counts. The header lies before the object, where drivers do not look.

#include "../ntos.h"

typedef struct _OBP_HEADER {
    LONG64 References;
    OBJECT_TYPE *Type;
} OBP_HEADER, *POBP_HEADER;

static_assert(sizeof(OBP_HEADER) % MEMORY_ALLOCATION_ALIGNMENT == 0);

static POBP_HEADER ObpHeader(PVOID Object)
{
    return (POBP_HEADER)Object - 1;
}

PVOID ObpAllocateObject(OBJECT_TYPE *Type, SIZE_T Size)
{
    POBP_HEADER Header = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Header) + Size, 'jbOK');
    if (!Header)
        return nullptr;
    RtlZeroMemory(Header, sizeof(*Header) + Size);
    Header->References = 1;
    Header->Type = Type;
    return Header + 1;
}

OBJECT_TYPE *ObpTypeOf(PVOID Object)
{
    return ObpHeader(Object)->Type;
}

LONG64 ObpReferencesOf(PVOID Object)
{
    return __atomic_load_n(&ObpHeader(Object)->References, __ATOMIC_RELAXED);
}

LONG_PTR FASTCALL ObfReferenceObject(PVOID Object)
{
    return __atomic_add_fetch(&ObpHeader(Object)->References, 1, __ATOMIC_RELAXED);
}

// When this reference is gone, so may be the object: another thread gives the last one back at any time.
LONG_PTR FASTCALL ObfDereferenceObject(PVOID Object)
{
    POBP_HEADER Header = ObpHeader(Object);
    const OBJECT_TYPE *Type = Header->Type;
    LONG64 Left = __atomic_sub_fetch(&Header->References, 1, __ATOMIC_ACQ_REL);
    if (Left < 0)
        KeBugCheckEx(REFERENCE_BY_POINTER, (ULONG_PTR)Type, (ULONG_PTR)Object, 0, 0);
    if (Left == 1 && Type->LastOne)
        Type->LastOne(Object);
    if (Left)
        return Left;
    if (Type->Delete)
        Type->Delete(Object);
    ExFreePoolWithTag(Header, 'jbOK');
    return 0;
}

LONG_PTR FASTCALL ObfReferenceObjectWithTag(PVOID Object, ULONG Tag)
{
    UNREFERENCED_PARAMETER(Tag);
    return ObfReferenceObject(Object);
}

LONG_PTR FASTCALL ObfDereferenceObjectWithTag(PVOID Object, ULONG Tag)
{
    UNREFERENCED_PARAMETER(Tag);
    return ObfDereferenceObject(Object);
}

// The caller is at an IRQL or holds a lock where deletion is not wanted: the deletion routines of this host
// may run at any IRQL, so there is nothing to put off.
VOID NTAPI ObDereferenceObjectDeferDelete(PVOID Object)
{
    ObfDereferenceObject(Object);
}

VOID NTAPI ObDereferenceObjectDeferDeleteWithTag(PVOID Object, ULONG Tag)
{
    UNREFERENCED_PARAMETER(Tag);
    ObfDereferenceObject(Object);
}

NTSTATUS NTAPI ObReferenceObjectByPointer(PVOID Object, ACCESS_MASK DesiredAccess,
                                          POBJECT_TYPE ObjectType, KPROCESSOR_MODE AccessMode)
{
    UNREFERENCED_PARAMETER(DesiredAccess);
    UNREFERENCED_PARAMETER(AccessMode);
    if (ObjectType && ObpTypeOf(Object) != ObjectType)
        return STATUS_OBJECT_TYPE_MISMATCH;
    ObfReferenceObject(Object);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI ObReferenceObjectByPointerWithTag(PVOID Object, ACCESS_MASK DesiredAccess,
                                                 POBJECT_TYPE ObjectType,
                                                 KPROCESSOR_MODE AccessMode, ULONG Tag)
{
    UNREFERENCED_PARAMETER(Tag);
    return ObReferenceObjectByPointer(Object, DesiredAccess, ObjectType, AccessMode);
}
