// The life of an object: creation, references, deletion.
#include "obp.h"

static POBJECT_HEADER ObpDeleteList;
static BOOLEAN ObpDeleting;

NTSTATUS ObCreateObject(POBJECT_TYPE Type, SIZE_T BodySize, PVOID *Object)
{
    SIZE_T Size = sizeof(OBJECT_HEADER) + (BodySize ? BodySize : Type->Info.BodySize);
    POBJECT_HEADER Header = ExAllocatePoolZero(NonPagedPool, Size, OB_TAG_OBJECT);
    if (!Header)
        return STATUS_INSUFFICIENT_RESOURCES;

    Header->PointerCount = 1;
    Header->Type = Type;
    Type->ObjectCount++;
    Type->HighObjectCount = max(Type->HighObjectCount, Type->ObjectCount);
    *Object = Header->Body;
    return STATUS_SUCCESS;
}

static VOID ObpDeleteObject(POBJECT_HEADER Header)
{
    POBJECT_TYPE Type = Header->Type;
    POBP_NAME Name = Header->Name;

    Header->PointerCount = 1; // for the routine, which may keep the object
    if (Type->Info.Retire && Type->Info.Retire(Header->Body))
        return;
    ASSERT(Header->HandleCount == 0 && !Header->HandleCounts);
    ASSERT(!Name || !Name->Directory);
    if (Type->Info.Delete)
        Type->Info.Delete(Header->Body);
    if (Name)
        ExFreePoolWithTag(Name, OB_TAG_NAME);
    if (Header->SecurityDescriptor)
        ExFreePool(Header->SecurityDescriptor);
    Type->ObjectCount--;
    ExFreePoolWithTag(Header, OB_TAG_OBJECT);
}

VOID ObReferenceObject(PVOID Object)
{
    POBJECT_HEADER Header = ObpHeader(Object);
    ASSERT(Header->PointerCount > 0);
    Header->PointerCount++;
}

// Deletion can give back the last reference to another object (a directory's parent and so on): the
// outermost call deletes them all, so that a program cannot choose how deep the stack gets.
VOID ObDereferenceObject(PVOID Object)
{
    POBJECT_HEADER Header = ObpHeader(Object);
    ASSERT(Header->PointerCount > 0);
    if (--Header->PointerCount)
        return;

    Header->NextToDelete = ObpDeleteList;
    ObpDeleteList = Header;
    if (ObpDeleting)
        return;

    ObpDeleting = TRUE;
    while ((Header = ObpDeleteList)) {
        ObpDeleteList = Header->NextToDelete;
        ObpDeleteObject(Header);
    }
    ObpDeleting = FALSE;
}

POBJECT_TYPE ObGetObjectType(PVOID Object)
{
    return ObpHeader(Object)->Type;
}

VOID ObQueryObjectCounts(PVOID Object, PULONG PointerCount, PULONG HandleCount)
{
    POBJECT_HEADER Header = ObpHeader(Object);
    *PointerCount = (ULONG)Header->PointerCount;
    *HandleCount = Header->HandleCount;
}

// Take an object's name out of its directory.
VOID ObpUnlinkName(POBJECT_HEADER Header)
{
    POBP_NAME Name = Header->Name;
    POBJECT_DIRECTORY Directory = Name->Directory;

    RemoveEntryList(&Name->HashLinks);
    ObpNoteChange(Directory);
    Name->Directory = nullptr;
    ObDereferenceObject(Directory);
    ObDereferenceObject(Header->Body);
}

// An object that is not permanent keeps its name while it has handles. The caller holds a reference.
VOID ObpDeleteNameCheck(POBJECT_HEADER Header)
{
    if (Header->HandleCount || (Header->Flags & OBP_PERMANENT))
        return;
    if (Header->Name && Header->Name->Directory)
        ObpUnlinkName(Header);
}

VOID ObMakeTemporaryObject(PVOID Object)
{
    POBJECT_HEADER Header = ObpHeader(Object);
    Header->Flags &= ~OBP_PERMANENT;
    ObpDeleteNameCheck(Header);
}

PEPROCESS ObpCurrentProcess(void)
{
    return KeGetCurrentThread() ? PsGetCurrentProcess() : PsInitialSystemProcess;
}

PHANDLE_TABLE ObpCurrentTable(void)
{
    return ObpCurrentProcess()->ObjectTable;
}
