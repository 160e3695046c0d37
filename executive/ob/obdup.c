// Duplicating and comparing handles; permanent and temporary objects.
#include "obp.h"

#define OBP_DUPLICATE_OPTIONS \
    (DUPLICATE_CLOSE_SOURCE | DUPLICATE_SAME_ACCESS | DUPLICATE_SAME_ATTRIBUTES)

// The rights of the new handle: those of the old one need no check, more than those do.
static NTSTATUS ObpDuplicateAccess(PVOID Object, ACCESS_MASK SourceAccess,
                                   ACCESS_MASK DesiredAccess, KPROCESSOR_MODE Mode,
                                   PACCESS_MASK Granted)
{
    const GENERIC_MAPPING *Mapping = ObGetGenericMapping(ObGetObjectType(Object));
    RtlMapGenericMask(&DesiredAccess, Mapping);
    if ((DesiredAccess & ~SourceAccess) == 0) {
        *Granted = DesiredAccess;
        return STATUS_SUCCESS;
    }
    ACCESS_STATE AccessState;
    SeCreateAccessState(&AccessState, DesiredAccess, Mapping);
    NTSTATUS Status = ObpCheckObjectAccess(Object, &AccessState, Mode);
    *Granted = AccessState.PreviouslyGrantedAccess;
    SeDeleteAccessState(&AccessState);
    return Status;
}

static NTSTATUS ObpDuplicateTo(PEPROCESS Target, PVOID Object, ACCESS_MASK SourceAccess,
                               ACCESS_MASK DesiredAccess, ULONG Attributes, ULONG Options,
                               KPROCESSOR_MODE Mode, PHANDLE Handle)
{
    if (!Target->ObjectTable)
        return STATUS_PROCESS_IS_TERMINATING;
    ACCESS_MASK Granted = SourceAccess;
    NTSTATUS Status = STATUS_SUCCESS;
    if (!(Options & DUPLICATE_SAME_ACCESS))
        Status = ObpDuplicateAccess(Object, SourceAccess, DesiredAccess, Mode, &Granted);
    if (NT_SUCCESS(Status))
        Status = ObpCreateHandle(Target, Object, Granted, Attributes, Handle);
    return Status;
}

NTSTATUS ObDuplicateObject(PEPROCESS Source, HANDLE SourceHandle, PEPROCESS Target,
                           PHANDLE TargetHandle, ACCESS_MASK DesiredAccess, ULONG Attributes,
                           ULONG Options, KPROCESSOR_MODE Mode)
{
    PVOID Object;
    ACCESS_MASK SourceAccess;
    ULONG SourceAttributes;
    NTSTATUS Status = ObpReferenceByHandle(Source, SourceHandle, 0, nullptr, Mode, &Object,
                                           &SourceAccess, &SourceAttributes);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Options & DUPLICATE_SAME_ATTRIBUTES)
        Attributes = SourceAttributes;
    if (Target)
        Status = ObpDuplicateTo(Target, Object, SourceAccess, DesiredAccess, Attributes, Options,
                                Mode, TargetHandle);
    // The source is closed even if the duplication failed.
    if (Options & DUPLICATE_CLOSE_SOURCE)
        ObCloseHandle(Source, SourceHandle, Mode);
    ObDereferenceObject(Object);
    return Status;
}

NTSTATUS ObCheckHandleAccess(PEPROCESS Process, HANDLE Handle, ACCESS_MASK Access)
{
    PVOID Object;
    ACCESS_MASK Granted;
    ULONG Attributes;
    NTSTATUS Status = ObpReferenceByHandle(Process, Handle, Access, nullptr, UserMode, &Object,
                                           &Granted, &Attributes);
    if (NT_SUCCESS(Status))
        ObDereferenceObject(Object);
    return Status;
}

static NTSTATUS ObpReferenceDuplicator(HANDLE Handle, PEPROCESS *Process)
{
    return ObReferenceObjectByHandle(Handle, PROCESS_DUP_HANDLE, PsProcessType, UserMode,
                                     (PVOID *)Process, nullptr);
}

NTSTATUS NtDuplicateObject(HANDLE SourceProcessHandle, HANDLE SourceHandle,
                           HANDLE TargetProcessHandle, HANDLE USER *TargetHandle,
                           ACCESS_MASK DesiredAccess, ULONG HandleAttributes, ULONG Options)
{
    if ((Options & ~OBP_DUPLICATE_OPTIONS) ||
        (HandleAttributes & ~OBJ_VALID_ATTRIBUTES & ~OBJ_PROTECT_CLOSE & ~OBJ_AUDIT_OBJECT_CLOSE))
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = STATUS_SUCCESS;
    if (TargetHandle)
        Status = MmProbeForWrite(TargetHandle, sizeof(*TargetHandle), 1);
    if (!NT_SUCCESS(Status))
        return Status;
    PEPROCESS Source, Target = nullptr;
    Status = ObpReferenceDuplicator(SourceProcessHandle, &Source);
    if (!NT_SUCCESS(Status))
        return Status;
    if (TargetProcessHandle)
        Status = ObpReferenceDuplicator(TargetProcessHandle, &Target);
    else if (!(Options & DUPLICATE_CLOSE_SOURCE))
        Status = STATUS_INVALID_HANDLE;

    HANDLE Handle = nullptr;
    if (NT_SUCCESS(Status))
        Status = ObDuplicateObject(Source, SourceHandle, Target, &Handle, DesiredAccess,
                                   HandleAttributes, Options, UserMode);
    if (NT_SUCCESS(Status) && TargetHandle && Target) {
        Status = MmWriteUser(TargetHandle, Handle);
        if (!NT_SUCCESS(Status))
            ObCloseHandle(Target, Handle, KernelMode);
    }
    if (Target)
        ObDereferenceObject(Target);
    ObDereferenceObject(Source);
    return Status;
}

NTSTATUS NtCompareObjects(HANDLE FirstObjectHandle, HANDLE SecondObjectHandle)
{
    PVOID First, Second;
    NTSTATUS Status =
        ObReferenceObjectByHandle(FirstObjectHandle, 0, nullptr, UserMode, &First, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = ObReferenceObjectByHandle(SecondObjectHandle, 0, nullptr, UserMode, &Second, nullptr);
    if (NT_SUCCESS(Status)) {
        Status = First == Second ? STATUS_SUCCESS : STATUS_NOT_SAME_OBJECT;
        ObDereferenceObject(Second);
    }
    ObDereferenceObject(First);
    return Status;
}

NTSTATUS NtMakeTemporaryObject(HANDLE Handle)
{
    PVOID Object;
    NTSTATUS Status =
        ObReferenceObjectByHandle(Handle, DELETE, nullptr, UserMode, &Object, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    ObMakeTemporaryObject(Object);
    ObDereferenceObject(Object);
    return STATUS_SUCCESS;
}

NTSTATUS NtMakePermanentObject(HANDLE Handle)
{
    if (!SeSinglePrivilegeCheck(RtlConvertUlongToLuid(SE_CREATE_PERMANENT_PRIVILEGE), UserMode))
        return STATUS_PRIVILEGE_NOT_HELD;
    PVOID Object;
    NTSTATUS Status = ObReferenceObjectByHandle(Handle, 0, nullptr, UserMode, &Object, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    ObpHeader(Object)->Flags |= OBP_PERMANENT;
    ObDereferenceObject(Object);
    return STATUS_SUCCESS;
}
