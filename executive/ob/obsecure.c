// Security descriptors of objects.
#include "obp.h"

NTSTATUS ObGetObjectSecurity(PVOID Object, PSECURITY_DESCRIPTOR *Descriptor)
{
    POBJECT_HEADER Header = ObpHeader(Object);
    *Descriptor = nullptr;
    if (Header->Type->Info.QuerySecurity)
        return Header->Type->Info.QuerySecurity(Object, Descriptor);
    if (!Header->SecurityDescriptor)
        return STATUS_SUCCESS;

    ULONG Length = RtlLengthSecurityDescriptor(Header->SecurityDescriptor);
    *Descriptor = ExAllocatePoolWithTag(PagedPool, Length, OB_TAG_BUFFER);
    if (!*Descriptor)
        return STATUS_INSUFFICIENT_RESOURCES;
    memcpy(*Descriptor, Header->SecurityDescriptor, Length);
    return STATUS_SUCCESS;
}

NTSTATUS ObAssignSecurity(PVOID Object, PSECURITY_DESCRIPTOR Explicit)
{
    POBJECT_HEADER Header = ObpHeader(Object);
    ASSERT(!Header->SecurityDescriptor);
    return ObpAssignSecurity(Header, nullptr, Explicit, &Header->SecurityDescriptor);
}

NTSTATUS ObSetObjectSecurity(PVOID Object, SECURITY_INFORMATION Information,
                             PSECURITY_DESCRIPTOR Modification)
{
    POBJECT_HEADER Header = ObpHeader(Object);
    if (Header->Type->Info.SetSecurity)
        return Header->Type->Info.SetSecurity(Object, Information, Modification);

    PSECURITY_DESCRIPTOR New;
    NTSTATUS Status = SeModifySecurity(Header->SecurityDescriptor, Information, Modification,
                                       &Header->Type->Info.GenericMapping, &New);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Header->SecurityDescriptor)
        ExFreePool(Header->SecurityDescriptor);
    Header->SecurityDescriptor = New;
    return STATUS_SUCCESS;
}

NTSTATUS NtQuerySecurityObject(HANDLE Handle, SECURITY_INFORMATION SecurityInformation,
                               VOID USER *SecurityDescriptor, ULONG Length,
                               ULONG USER *LengthNeeded)
{
    NTSTATUS Status = MmProbeForWrite(LengthNeeded, sizeof(*LengthNeeded), 1);
    if (!NT_SUCCESS(Status))
        return Status;
    PVOID Object;
    Status = ObReferenceObjectByHandle(Handle, SeQuerySecurityAccess(SecurityInformation), nullptr,
                                       UserMode, &Object, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    PSECURITY_DESCRIPTOR Whole, Part = nullptr;
    ULONG PartLength = 0;
    Status = ObGetObjectSecurity(Object, &Whole);
    ObDereferenceObject(Object);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = SeSelectSecurity(Whole, SecurityInformation, &Part, &PartLength);
    if (Whole)
        ExFreePool(Whole);
    if (!NT_SUCCESS(Status))
        return Status;

    Status = MmWriteUser(LengthNeeded, PartLength);
    if (NT_SUCCESS(Status) && Length < PartLength)
        Status = STATUS_BUFFER_TOO_SMALL;
    if (NT_SUCCESS(Status))
        Status = MmCopyToUser(SecurityDescriptor, Part, PartLength);
    ExFreePool(Part);
    return Status;
}

// Each part that is set must be in the descriptor (an absent DACL or SACL means none).
static NTSTATUS ObpCheckModification(SECURITY_INFORMATION Information,
                                     PSECURITY_DESCRIPTOR Modification)
{
    PSID Sid;
    BOOLEAN Defaulted;
    if (Information & OWNER_SECURITY_INFORMATION) {
        RtlGetOwnerSecurityDescriptor(Modification, &Sid, &Defaulted);
        if (!Sid)
            return STATUS_INVALID_SECURITY_DESCR;
    }
    if (Information & GROUP_SECURITY_INFORMATION) {
        RtlGetGroupSecurityDescriptor(Modification, &Sid, &Defaulted);
        if (!Sid)
            return STATUS_INVALID_SECURITY_DESCR;
    }
    return STATUS_SUCCESS;
}

NTSTATUS NtSetSecurityObject(HANDLE Handle, SECURITY_INFORMATION SecurityInformation,
                             const VOID USER *SecurityDescriptor)
{
    PSECURITY_DESCRIPTOR Modification;
    if (!SecurityDescriptor)
        return STATUS_ACCESS_VIOLATION;
    NTSTATUS Status = SeCaptureSecurityDescriptor(SecurityDescriptor, &Modification);
    if (!NT_SUCCESS(Status))
        return Status;
    PVOID Object = nullptr;
    Status = ObpCheckModification(SecurityInformation, Modification);
    if (NT_SUCCESS(Status))
        Status = ObReferenceObjectByHandle(Handle, SeSetSecurityAccess(SecurityInformation),
                                           nullptr, UserMode, &Object, nullptr);
    if (NT_SUCCESS(Status)) {
        Status = ObSetObjectSecurity(Object, SecurityInformation, Modification);
        ObDereferenceObject(Object);
    }
    ExFreePool(Modification);
    return Status;
}
