// Handles whose object is the Executive's: the host's own ones, and those of a caller. Files give the file object that
// the host has for them, dispatcher objects and tokens a structure that works by a handle, processes their
// stand-in. Other types have no representation here.

#include "../ntos.h"

// ---- From a handle that is the routine's to keep or close, to an object that is referenced

static NTSTATUS ObpWrapFile(HANDLE Handle, PVOID *Object)
{
    PFILE_OBJECT File;
    ULONG Device, Number;
    NTSTATUS Status = NtHostReferenceFileDevice(Handle, &Device, &Number);
    if (NT_SUCCESS(Status) && (File = IopReferenceFile(Number))) {
        NtClose(Handle);
        *Object = File;
        return STATUS_SUCCESS;
    }
    if (NT_SUCCESS(Status))
        Status = IopHoldFile(Handle, &File); // of a device of another host
    if (NT_SUCCESS(Status))
        *Object = File;
    else
        NtClose(Handle);
    return Status;
}

static NTSTATUS ObpWrapProcess(HANDLE Handle, PVOID *Object)
{
    PROCESS_BASIC_INFORMATION Information;
    NTSTATUS Status = ZwQueryInformationProcess(Handle, ProcessBasicInformation, &Information,
                                                sizeof(Information), nullptr);
    NtClose(Handle);
    if (!NT_SUCCESS(Status))
        return Status;
    *Object = PspReferenceProcessById((HANDLE)Information.UniqueProcessId);
    return *Object ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

static NTSTATUS ObpWrapThread(HANDLE Handle, PVOID *Object)
{
    KI_THREAD_BASIC_INFORMATION Information;
    NTSTATUS Status = NtQueryInformationThread(Handle, ThreadBasicInformation, &Information,
                                               sizeof(Information), nullptr);
    if (NT_SUCCESS(Status))
        return PspWrapThread(Handle, &Information.ClientId, (PETHREAD *)Object);
    NtClose(Handle);
    return Status;
}

typedef struct _OBP_FOREIGN_TYPE {
    UNICODE_STRING Name; // the Executive's
    OBJECT_TYPE *Type;
    NTSTATUS (*Wrap)(HANDLE Handle, PVOID *Object);
} OBP_FOREIGN_TYPE;

static const OBP_FOREIGN_TYPE ObpForeignTypes[] = {
    {RTL_CONSTANT_STRING(L"File"), &IopFileType, ObpWrapFile},
    {RTL_CONSTANT_STRING(L"Event"), &ObpEventType, ObpWrapEvent},
    {RTL_CONSTANT_STRING(L"Semaphore"), &ObpSemaphoreType, ObpWrapSemaphore},
    {RTL_CONSTANT_STRING(L"Timer"), &ObpTimerType, ObpWrapTimer},
    {RTL_CONSTANT_STRING(L"Thread"), &ObpThreadType, ObpWrapThread},
    {RTL_CONSTANT_STRING(L"Token"), &SepTokenType, SepWrapToken},
    {RTL_CONSTANT_STRING(L"Process"), &ObpProcessType, ObpWrapProcess},
};

static const OBP_FOREIGN_TYPE *ObpForeignTypeOf(HANDLE Handle)
{
    union {
        KI_OBJECT_TYPE_INFORMATION Information;
        UCHAR Buffer[512];
    } Answer;
    if (!NT_SUCCESS(NtQueryObject(Handle, ObjectTypeInformation, &Answer, sizeof(Answer), nullptr)))
        return nullptr;
    for (ULONG i = 0; i < RTL_NUMBER_OF(ObpForeignTypes); i++) {
        if (RtlEqualUnicodeString(&ObpForeignTypes[i].Name, &Answer.Information.TypeName, FALSE))
            return &ObpForeignTypes[i];
    }
    return nullptr;
}

static NTSTATUS ObpWrapHandle(HANDLE Handle, POBJECT_TYPE ObjectType, PVOID *Object)
{
    const OBP_FOREIGN_TYPE *Foreign = ObpForeignTypeOf(Handle);
    if (Foreign && (!ObjectType || ObjectType == Foreign->Type))
        return Foreign->Wrap(Handle, Object);
    NtClose(Handle);
    return ObjectType ? STATUS_OBJECT_TYPE_MISMATCH : STATUS_NOT_SUPPORTED;
}

// ---- Whose handle it is

// Of the requestor of the request that the thread works on. The requestor must have the wanted access; the copy has
// what the handle has.
NTSTATUS ObpReferenceCallerObject(HANDLE Handle, ACCESS_MASK DesiredAccess, POBJECT_TYPE ObjectType,
                                  PVOID *Object)
{
    HANDLE Own;
    PKTHREAD Thread = KiCurrentThread();
    if (Handle == ZwCurrentProcess()) {
        if (ObjectType && ObjectType != &ObpProcessType)
            return STATUS_OBJECT_TYPE_MISMATCH;
        *Object = PspReferenceProcessById((HANDLE)(ULONG_PTR)Thread->RequestorProcess);
        return *Object ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
    }
    NTSTATUS Status = NtHostDuplicateCallerHandle(Thread->RequestId, Handle, DesiredAccess, &Own);
    return NT_SUCCESS(Status) ? ObpWrapHandle(Own, ObjectType, Object) : Status;
}

NTSTATUS ObpReferenceForeignObject(HANDLE Handle, POBJECT_TYPE ObjectType, PVOID *Object)
{
    HANDLE Own;
    if (!KiIsConnected())
        return STATUS_INVALID_HANDLE;
    NTSTATUS Status = ZwDuplicateObject(ZwCurrentProcess(), Handle, ZwCurrentProcess(), &Own, 0, 0,
                                        DUPLICATE_SAME_ACCESS);
    return NT_SUCCESS(Status) ? ObpWrapHandle(Own, ObjectType, Object) : Status;
}
