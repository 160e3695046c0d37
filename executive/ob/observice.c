// What services that create or open objects have in common: captured attributes, the new handle.
#include "obp.h"

static NTSTATUS ObpCaptureName(POB_ATTRIBUTES Captured, const UNICODE_STRING USER *Name)
{
    NTSTATUS Status = MmCaptureUnicodeString(&Captured->ObjectName, Name);
    if (Status == STATUS_INVALID_PARAMETER) // half a character
        return STATUS_OBJECT_NAME_INVALID;
    return Status;
}

static NTSTATUS ObpCaptureQos(POB_ATTRIBUTES Captured, const VOID USER *Qos)
{
    NTSTATUS Status = MmCopyFromUser(&Captured->SecurityQos, Qos, sizeof(Captured->SecurityQos));
    if (!NT_SUCCESS(Status))
        return Status;
    if (Captured->SecurityQos.ImpersonationLevel > SecurityDelegation)
        return STATUS_INVALID_PARAMETER;
    Captured->SecurityQosPresent = TRUE;
    return STATUS_SUCCESS;
}

NTSTATUS ObCaptureAttributes(POB_ATTRIBUTES Captured, const OBJECT_ATTRIBUTES USER *Attributes)
{
    *Captured = (OB_ATTRIBUTES){.Absent = !Attributes};
    if (!Attributes)
        return STATUS_SUCCESS;
    OBJECT_ATTRIBUTES User;
    NTSTATUS Status = MmCopyFromUser(&User, Attributes, sizeof(User));
    if (!NT_SUCCESS(Status))
        return Status;
    if (User.Length != sizeof(User) || (User.Attributes & ~OBJ_VALID_ATTRIBUTES))
        return STATUS_INVALID_PARAMETER;

    Captured->RootDirectory = User.RootDirectory;
    Captured->Attributes = User.Attributes & ~OBJ_KERNEL_HANDLE;
    if (User.SecurityQualityOfService)
        Status =
            ObpCaptureQos(Captured, (const VOID USER *)(ULONG_PTR)User.SecurityQualityOfService);
    if (NT_SUCCESS(Status) && User.SecurityDescriptor)
        Status = SeCaptureSecurityDescriptor((const VOID USER *)(ULONG_PTR)User.SecurityDescriptor,
                                             &Captured->SecurityDescriptor);
    if (NT_SUCCESS(Status) && User.ObjectName)
        Status = ObpCaptureName(Captured, (const UNICODE_STRING USER *)(ULONG_PTR)User.ObjectName);
    if (!NT_SUCCESS(Status))
        ObReleaseAttributes(Captured);
    return Status;
}

VOID ObReleaseAttributes(POB_ATTRIBUTES Captured)
{
    if (Captured->ObjectName.Buffer)
        MmFreeCapturedString(&Captured->ObjectName);
    if (Captured->SecurityDescriptor)
        ExFreePool(Captured->SecurityDescriptor);
    Captured->ObjectName = (UNICODE_STRING){};
    Captured->SecurityDescriptor = nullptr;
}

NTSTATUS ObReturnHandle(NTSTATUS Status, HANDLE Handle, HANDLE USER *Result)
{
    if (!NT_SUCCESS(Status))
        return Status;
    NTSTATUS WriteStatus = MmWriteUser(Result, Handle);
    if (NT_SUCCESS(WriteStatus))
        return Status;
    ObCloseHandle(PsGetCurrentProcess(), Handle, KernelMode);
    return WriteStatus;
}

NTSTATUS ObBeginCreateService(POBJECT_TYPE Type, HANDLE USER *Handle,
                              const OBJECT_ATTRIBUTES USER *ObjectAttributes,
                              POB_ATTRIBUTES Attributes, PVOID *Object)
{
    NTSTATUS Status = MmProbeForWrite(Handle, sizeof(*Handle), 1);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = ObCaptureAttributes(Attributes, ObjectAttributes);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = ObCreateObject(Type, 0, Object);
    if (!NT_SUCCESS(Status))
        ObReleaseAttributes(Attributes);
    return Status;
}

NTSTATUS ObInsertService(PVOID Object, POB_ATTRIBUTES Attributes, ACCESS_MASK DesiredAccess,
                         HANDLE USER *Result)
{
    HANDLE Handle;
    NTSTATUS Status = ObInsertObject(Object, Attributes, DesiredAccess, UserMode, &Handle);
    ObReleaseAttributes(Attributes);
    return ObReturnHandle(Status, Handle, Result);
}

NTSTATUS ObOpenService(POBJECT_TYPE Type, HANDLE USER *Result, ACCESS_MASK DesiredAccess,
                       const OBJECT_ATTRIBUTES USER *ObjectAttributes)
{
    NTSTATUS Status = MmProbeForWrite(Result, sizeof(*Result), 1);
    if (!NT_SUCCESS(Status))
        return Status;
    OB_ATTRIBUTES Attributes;
    Status = ObCaptureAttributes(&Attributes, ObjectAttributes);
    if (!NT_SUCCESS(Status))
        return Status;
    HANDLE Handle;
    Status = ObOpenObjectByName(&Attributes, Type, UserMode, DesiredAccess, nullptr, &Handle);
    ObReleaseAttributes(&Attributes);
    return ObReturnHandle(Status, Handle, Result);
}
