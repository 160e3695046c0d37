// Opening and inserting objects by name.
#include "obp.h"

// ---- Access

NTSTATUS ObpCheckObjectAccess(PVOID Object, PACCESS_STATE AccessState, KPROCESSOR_MODE Mode)
{
    POBJECT_TYPE Type = ObGetObjectType(Object);
    PSECURITY_DESCRIPTOR Descriptor = nullptr;
    NTSTATUS Status = STATUS_SUCCESS;
    // A parse routine may have checked everything already.
    BOOLEAN Checked = !AccessState->RemainingDesiredAccess && AccessState->PreviouslyGrantedAccess;
    if (Mode != KernelMode && !Checked)
        Status = ObGetObjectSecurity(Object, &Descriptor);
    if (!NT_SUCCESS(Status))
        return Status;

    ACCESS_MASK Granted = 0;
    BOOLEAN Allowed = SeAccessCheck(
        Descriptor, AccessState->Token, AccessState->RemainingDesiredAccess,
        AccessState->PreviouslyGrantedAccess, &Type->Info.GenericMapping, Mode, &Granted, &Status);
    if (Descriptor)
        ExFreePool(Descriptor);
    if (!Allowed)
        return Status;
    AccessState->PreviouslyGrantedAccess = Granted;
    AccessState->RemainingDesiredAccess = 0;
    return STATUS_SUCCESS;
}

NTSTATUS ObpCheckDirectoryAccess(POBJECT_DIRECTORY Directory, PACCESS_STATE AccessState,
                                 KPROCESSOR_MODE Mode, ACCESS_MASK Access)
{
    if (Mode == KernelMode || !AccessState)
        return STATUS_SUCCESS;
    if (Access == DIRECTORY_TRAVERSE && SeTokenHasTraverse(AccessState->Token))
        return STATUS_SUCCESS;
    ACCESS_MASK Granted;
    NTSTATUS Status;
    if (SeAccessCheck(ObpHeader(Directory)->SecurityDescriptor, AccessState->Token, Access, 0,
                      &ObpDirectoryObjectType->Info.GenericMapping, Mode, &Granted, &Status))
        return STATUS_SUCCESS;
    return Status;
}

static PTOKEN ObpLabelToken(POBJECT_HEADER Header)
{
    PVOID Object = &Header->Body;
    if (Header->Type == PsProcessType)
        return ((PEPROCESS)Object)->Token;
    return Header->Type == PsThreadType ? ((PETHREAD)Object)->Process->Token : nullptr;
}

NTSTATUS ObpAssignSecurity(POBJECT_HEADER Header, PSECURITY_DESCRIPTOR Parent,
                           PSECURITY_DESCRIPTOR Explicit, PSECURITY_DESCRIPTOR *Assigned)
{
    return SeAssignSecurityLabeled(Parent, Explicit, Header->Type == ObpDirectoryObjectType,
                                   &Header->Type->Info.GenericMapping, ObpLabelToken(Header),
                                   Assigned);
}

// What a creator asks for it gets: rights are checked against objects that exist already.
static NTSTATUS ObpGrantToCreator(POBJECT_TYPE Type, PACCESS_STATE AccessState,
                                  KPROCESSOR_MODE Mode)
{
    ACCESS_MASK Desired = AccessState->RemainingDesiredAccess;
    if (Desired & MAXIMUM_ALLOWED)
        Desired |= Type->Info.GenericMapping.GenericAll;
    if ((Desired & ACCESS_SYSTEM_SECURITY) && Mode == UserMode &&
        !SeSinglePrivilegeCheck(RtlConvertUlongToLuid(SE_SECURITY_PRIVILEGE), UserMode))
        return STATUS_PRIVILEGE_NOT_HELD;
    Desired &= Type->Info.ValidAccess | ACCESS_SYSTEM_SECURITY;
    AccessState->PreviouslyGrantedAccess |= Desired;
    AccessState->RemainingDesiredAccess = 0;
    return STATUS_SUCCESS;
}

// ---- Insertion

static NTSTATUS ObpInsertUnnamed(POBJECT_HEADER Header, POB_ATTRIBUTES Attributes)
{
    if (Attributes->RootDirectory)
        return STATUS_OBJECT_NAME_INVALID;
    if (!Header->Type->Info.SecurityRequired && !Attributes->SecurityDescriptor)
        return STATUS_SUCCESS;
    return ObpAssignSecurity(Header, nullptr, Attributes->SecurityDescriptor,
                             &Header->SecurityDescriptor);
}

static NTSTATUS ObpInsertNamed(PVOID Object, POB_ATTRIBUTES Attributes, PACCESS_STATE AccessState,
                               KPROCESSOR_MODE Mode, PVOID *Found)
{
    OBP_LOOKUP Lookup = {
        .RootHandle = Attributes->RootDirectory,
        .Attributes = Attributes->Attributes,
        .Type = ObGetObjectType(Object),
        .Mode = Mode,
        .AccessState = AccessState,
        .InsertObject = Object,
        .InsertSecurity = Attributes->SecurityDescriptor,
    };
    return ObpLookup(&Lookup, &Attributes->ObjectName, Found);
}

static NTSTATUS ObpCheckNewAttributes(POBJECT_TYPE Type, POB_ATTRIBUTES Attributes,
                                      KPROCESSOR_MODE Mode)
{
    if (Attributes->Attributes & Type->Info.InvalidAttributes)
        return STATUS_INVALID_PARAMETER;
    if ((Attributes->Attributes & OBJ_PERMANENT) && Mode == UserMode &&
        !SeSinglePrivilegeCheck(RtlConvertUlongToLuid(SE_CREATE_PERMANENT_PRIVILEGE), UserMode))
        return STATUS_PRIVILEGE_NOT_HELD;
    return STATUS_SUCCESS;
}

// *Found (referenced) is the new object or an existing one of its name.
static NTSTATUS ObpInsert(PVOID Object, POB_ATTRIBUTES Attributes, PACCESS_STATE AccessState,
                          KPROCESSOR_MODE Mode, PVOID *Found)
{
    POBJECT_HEADER Header = ObpHeader(Object);
    NTSTATUS Status = ObpCheckNewAttributes(Header->Type, Attributes, Mode);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Attributes->Attributes & OBJ_EXCLUSIVE)
        Header->Flags |= OBP_EXCLUSIVE;
    if (Attributes->ObjectName.Length)
        return ObpInsertNamed(Object, Attributes, AccessState, Mode, Found);
    Status = ObpInsertUnnamed(Header, Attributes);
    if (!NT_SUCCESS(Status))
        return Status;
    ObReferenceObject(Object);
    *Found = Object;
    return STATUS_SUCCESS;
}

NTSTATUS ObInsertObject(PVOID Object, POB_ATTRIBUTES Attributes, ACCESS_MASK DesiredAccess,
                        KPROCESSOR_MODE Mode, PHANDLE Handle)
{
    POBJECT_TYPE Type = ObGetObjectType(Object);
    ACCESS_STATE AccessState;
    SeCreateAccessState(&AccessState, DesiredAccess, &Type->Info.GenericMapping);
    PVOID Found;
    NTSTATUS Status = ObpInsert(Object, Attributes, &AccessState, Mode, &Found);
    if (NT_SUCCESS(Status)) {
        NTSTATUS HandleStatus = Found == Object ? ObpGrantToCreator(Type, &AccessState, Mode)
                                                : ObpCheckObjectAccess(Found, &AccessState, Mode);
        if (NT_SUCCESS(HandleStatus) && Handle)
            HandleStatus =
                ObpCreateHandle(ObpCurrentProcess(), Found, AccessState.PreviouslyGrantedAccess,
                                Attributes->Attributes, Handle);
        if (!NT_SUCCESS(HandleStatus)) {
            Status = HandleStatus;
            // An object that got no handle loses its name again, permanent or not.
            if (Found == Object)
                ObMakeTemporaryObject(Object);
        }
        ObDereferenceObject(Found);
    }
    SeDeleteAccessState(&AccessState);
    ObDereferenceObject(Object);
    return Status;
}

// ---- Opening

NTSTATUS ObOpenObjectByName(POB_ATTRIBUTES Attributes, POBJECT_TYPE Type, KPROCESSOR_MODE Mode,
                            ACCESS_MASK DesiredAccess, PVOID ParseContext, PHANDLE Handle)
{
    static const GENERIC_MAPPING NoMapping;
    if (Attributes->Absent)
        return STATUS_INVALID_PARAMETER;
    if (Type && (Attributes->Attributes & Type->Info.InvalidAttributes))
        return STATUS_INVALID_PARAMETER;

    ACCESS_STATE AccessState;
    SeCreateAccessState(&AccessState, DesiredAccess,
                        Type ? &Type->Info.GenericMapping : &NoMapping);
    OBP_LOOKUP Lookup = {
        .RootHandle = Attributes->RootDirectory,
        .Attributes = Attributes->Attributes,
        .Type = Type,
        .Mode = Mode,
        .AccessState = &AccessState,
        .ParseContext = ParseContext,
    };
    PVOID Found;
    NTSTATUS Status = ObpLookup(&Lookup, &Attributes->ObjectName, &Found);
    if (NT_SUCCESS(Status)) {
        NTSTATUS HandleStatus = ObpCheckObjectAccess(Found, &AccessState, Mode);
        if (NT_SUCCESS(HandleStatus))
            HandleStatus =
                ObpCreateHandle(ObpCurrentProcess(), Found, AccessState.PreviouslyGrantedAccess,
                                Attributes->Attributes, Handle);
        if (!NT_SUCCESS(HandleStatus))
            Status = HandleStatus;
        ObDereferenceObject(Found);
    }
    SeDeleteAccessState(&AccessState);
    return Status;
}

NTSTATUS ObReferenceObjectByName(PCUNICODE_STRING Name, ULONG Attributes, ACCESS_MASK Access,
                                 POBJECT_TYPE Type, KPROCESSOR_MODE Mode, PVOID ParseContext,
                                 PVOID *Object)
{
    ACCESS_STATE AccessState;
    SeCreateAccessState(&AccessState, Access, &Type->Info.GenericMapping);
    OBP_LOOKUP Lookup = {
        .Attributes = Attributes,
        .Type = Type,
        .Mode = Mode,
        .AccessState = &AccessState,
        .ParseContext = ParseContext,
    };
    NTSTATUS Status = ObpLookup(&Lookup, Name, Object);
    if (NT_SUCCESS(Status)) {
        NTSTATUS AccessStatus = ObpCheckObjectAccess(*Object, &AccessState, Mode);
        if (!NT_SUCCESS(AccessStatus)) {
            Status = AccessStatus;
            ObDereferenceObject(*Object);
            *Object = nullptr;
        }
    }
    SeDeleteAccessState(&AccessState);
    return Status;
}
