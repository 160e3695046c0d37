// Security descriptors: their fields, and whether they are sound. A descriptor is absolute (with
// pointers) or self-relative (with offsets from its start, and aligned to 4 bytes only). Both begin
// alike, so the smaller type reads the common fields of either.
#include "descriptor.h"

PVOID RtlpPartOf(const SECURITY_DESCRIPTOR_RELATIVE *Descriptor, RTL_DESCRIPTOR_PART Part)
{
    USHORT Control = Descriptor->Control;
    if ((Part == RTL_SACL && !(Control & SE_SACL_PRESENT)) ||
        (Part == RTL_DACL && !(Control & SE_DACL_PRESENT)))
        return nullptr;
    if (Control & SE_SELF_RELATIVE) {
        const ULONG Offsets[] = {Descriptor->Owner, Descriptor->Group, Descriptor->Sacl,
                                 Descriptor->Dacl};
        return Offsets[Part] ? (PUCHAR)Descriptor + Offsets[Part] : nullptr;
    }
    const SECURITY_DESCRIPTOR *Absolute = (PVOID)Descriptor;
    const PVOID Pointers[] = {Absolute->Owner, Absolute->Group, Absolute->Sacl, Absolute->Dacl};
    return Pointers[Part];
}

ULONG RtlpPartLength(const SECURITY_DESCRIPTOR_RELATIVE *Descriptor, RTL_DESCRIPTOR_PART Part)
{
    PVOID Data = RtlpPartOf(Descriptor, Part);
    if (!Data)
        return 0;
    ULONG Length = Part <= RTL_GROUP ? RtlLengthSid(Data) : ((PACL)Data)->AclSize;
    return (ULONG)ALIGN_UP_BY(Length, sizeof(ULONG));
}

static BOOLEAN KnownRevision(const SECURITY_DESCRIPTOR_RELATIVE *Descriptor)
{
    return Descriptor->Revision == SECURITY_DESCRIPTOR_REVISION;
}

NTSTATUS NTAPI RtlCreateSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor, ULONG Revision)
{
    if (Revision != SECURITY_DESCRIPTOR_REVISION)
        return STATUS_UNKNOWN_REVISION;
    *(PISECURITY_DESCRIPTOR)SecurityDescriptor =
        (SECURITY_DESCRIPTOR){.Revision = SECURITY_DESCRIPTOR_REVISION};
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlCreateSecurityDescriptorRelative(
    PISECURITY_DESCRIPTOR_RELATIVE SecurityDescriptor, ULONG Revision)
{
    if (Revision != SECURITY_DESCRIPTOR_REVISION)
        return STATUS_UNKNOWN_REVISION;
    *SecurityDescriptor = (SECURITY_DESCRIPTOR_RELATIVE){.Revision = SECURITY_DESCRIPTOR_REVISION,
                                                         .Control = SE_SELF_RELATIVE};
    return STATUS_SUCCESS;
}

BOOLEAN NTAPI RtlValidSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor)
{
    const SECURITY_DESCRIPTOR_RELATIVE *Descriptor = SecurityDescriptor;
    if (!Descriptor || !KnownRevision(Descriptor))
        return FALSE;
    for (RTL_DESCRIPTOR_PART Part = RTL_OWNER; Part < RTL_PARTS; Part++) {
        PVOID Data = RtlpPartOf(Descriptor, Part);
        if (Data && !(Part <= RTL_GROUP ? RtlValidSid(Data) : RtlValidAcl(Data)))
            return FALSE;
    }
    return TRUE;
}

static BOOLEAN RelativePartFits(const SECURITY_DESCRIPTOR_RELATIVE *Descriptor, ULONG Length,
                                RTL_DESCRIPTOR_PART Part)
{
    PVOID Data = RtlpPartOf(Descriptor, Part);
    if (!Data)
        return TRUE;
    SIZE_T Offset = (SIZE_T)((PUCHAR)Data - (PUCHAR)Descriptor);
    const UCHAR *End = (PUCHAR)Descriptor + Length;
    if (Offset < sizeof(SECURITY_DESCRIPTOR_RELATIVE) || Offset % sizeof(ULONG) || Offset > Length)
        return FALSE;
    if (Part <= RTL_GROUP)
        return RtlpSidFits(Data, End);
    PACL Acl = Data;
    return Length - Offset >= sizeof(ACL) && Length - Offset >= Acl->AclSize && RtlValidAcl(Acl);
}

// For descriptors that come from outside: nothing of it may lie beyond its length.
BOOLEAN NTAPI RtlValidRelativeSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptorInput,
                                                 ULONG SecurityDescriptorLength,
                                                 SECURITY_INFORMATION RequiredInformation)
{
    const SECURITY_DESCRIPTOR_RELATIVE *Descriptor = SecurityDescriptorInput;
    if (SecurityDescriptorLength < sizeof(SECURITY_DESCRIPTOR_RELATIVE) ||
        !KnownRevision(Descriptor) || !(Descriptor->Control & SE_SELF_RELATIVE))
        return FALSE;
    for (RTL_DESCRIPTOR_PART Part = RTL_OWNER; Part < RTL_PARTS; Part++)
        if (!RelativePartFits(Descriptor, SecurityDescriptorLength, Part))
            return FALSE;
    return (!(RequiredInformation & OWNER_SECURITY_INFORMATION) ||
            RtlpPartOf(Descriptor, RTL_OWNER)) &&
           (!(RequiredInformation & GROUP_SECURITY_INFORMATION) ||
            RtlpPartOf(Descriptor, RTL_GROUP));
}

ULONG NTAPI RtlLengthSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor)
{
    const SECURITY_DESCRIPTOR_RELATIVE *Descriptor = SecurityDescriptor;
    ULONG Length = Descriptor->Control & SE_SELF_RELATIVE ? sizeof(SECURITY_DESCRIPTOR_RELATIVE)
                                                          : sizeof(SECURITY_DESCRIPTOR);
    for (RTL_DESCRIPTOR_PART Part = RTL_OWNER; Part < RTL_PARTS; Part++)
        Length += RtlpPartLength(Descriptor, Part);
    return Length;
}

NTSTATUS NTAPI RtlGetControlSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor,
                                               PSECURITY_DESCRIPTOR_CONTROL Control,
                                               PULONG Revision)
{
    const SECURITY_DESCRIPTOR_RELATIVE *Descriptor = SecurityDescriptor;
    *Revision = Descriptor->Revision;
    if (!KnownRevision(Descriptor))
        return STATUS_UNKNOWN_REVISION;
    *Control = Descriptor->Control;
    return STATUS_SUCCESS;
}

// Only the bits about inheritance are the caller's to set.
NTSTATUS NTAPI RtlSetControlSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor,
                                               SECURITY_DESCRIPTOR_CONTROL ControlBitsOfInterest,
                                               SECURITY_DESCRIPTOR_CONTROL ControlBitsToSet)
{
    constexpr USHORT Settable = SE_DACL_AUTO_INHERIT_REQ | SE_SACL_AUTO_INHERIT_REQ |
                                SE_DACL_AUTO_INHERITED | SE_SACL_AUTO_INHERITED |
                                SE_DACL_PROTECTED | SE_SACL_PROTECTED;
    PISECURITY_DESCRIPTOR_RELATIVE Descriptor = SecurityDescriptor;
    if (!KnownRevision(Descriptor))
        return STATUS_UNKNOWN_REVISION;
    if (ControlBitsOfInterest & ~Settable || ControlBitsToSet & ~ControlBitsOfInterest)
        return STATUS_INVALID_PARAMETER;
    Descriptor->Control &= (USHORT)~ControlBitsOfInterest;
    Descriptor->Control |= ControlBitsToSet;
    return STATUS_SUCCESS;
}

BOOLEAN NTAPI RtlGetSecurityDescriptorRMControl(PSECURITY_DESCRIPTOR SecurityDescriptor,
                                                PUCHAR RMControl)
{
    const SECURITY_DESCRIPTOR_RELATIVE *Descriptor = SecurityDescriptor;
    BOOLEAN Valid = (Descriptor->Control & SE_RM_CONTROL_VALID) != 0;
    *RMControl = Valid ? Descriptor->Sbz1 : 0;
    return Valid;
}

VOID NTAPI RtlSetSecurityDescriptorRMControl(PSECURITY_DESCRIPTOR SecurityDescriptor,
                                             PUCHAR RMControl)
{
    PISECURITY_DESCRIPTOR_RELATIVE Descriptor = SecurityDescriptor;
    Descriptor->Control &= (USHORT)~SE_RM_CONTROL_VALID;
    if (RMControl)
        Descriptor->Control |= SE_RM_CONTROL_VALID;
    Descriptor->Sbz1 = RMControl ? *RMControl : 0;
}

// Owner and group, the two lists: each pair differs in its bits alone.
static NTSTATUS GetSid(const SECURITY_DESCRIPTOR_RELATIVE *Descriptor, RTL_DESCRIPTOR_PART Part,
                       USHORT DefaultedBit, PSID *Sid, PBOOLEAN Defaulted)
{
    if (!KnownRevision(Descriptor))
        return STATUS_UNKNOWN_REVISION;
    *Sid = RtlpPartOf(Descriptor, Part);
    *Defaulted = (Descriptor->Control & DefaultedBit) != 0;
    return STATUS_SUCCESS;
}

static NTSTATUS GetAcl(const SECURITY_DESCRIPTOR_RELATIVE *Descriptor, RTL_DESCRIPTOR_PART Part,
                       USHORT PresentBit, USHORT DefaultedBit, PBOOLEAN Present, PACL *Acl,
                       PBOOLEAN Defaulted)
{
    if (!KnownRevision(Descriptor))
        return STATUS_UNKNOWN_REVISION;
    *Present = (Descriptor->Control & PresentBit) != 0;
    if (!*Present)
        return STATUS_SUCCESS;
    *Acl = RtlpPartOf(Descriptor, Part);
    *Defaulted = (Descriptor->Control & DefaultedBit) != 0;
    return STATUS_SUCCESS;
}

static NTSTATUS CheckSettable(const SECURITY_DESCRIPTOR_RELATIVE *Descriptor)
{
    if (!KnownRevision(Descriptor))
        return STATUS_UNKNOWN_REVISION;
    return Descriptor->Control & SE_SELF_RELATIVE ? STATUS_INVALID_SECURITY_DESCR : STATUS_SUCCESS;
}

static NTSTATUS SetSid(PISECURITY_DESCRIPTOR Descriptor, PSID *Field, USHORT DefaultedBit, PSID Sid,
                       BOOLEAN Defaulted)
{
    NTSTATUS Status = CheckSettable((PVOID)Descriptor);
    if (!NT_SUCCESS(Status))
        return Status;
    *Field = Sid;
    Descriptor->Control &= (USHORT)~DefaultedBit;
    if (Defaulted)
        Descriptor->Control |= DefaultedBit;
    return STATUS_SUCCESS;
}

static NTSTATUS SetAcl(PISECURITY_DESCRIPTOR Descriptor, PACL *Field, USHORT PresentBit,
                       USHORT DefaultedBit, BOOLEAN Present, PACL Acl, BOOLEAN Defaulted)
{
    NTSTATUS Status = CheckSettable((PVOID)Descriptor);
    if (!NT_SUCCESS(Status))
        return Status;
    *Field = Present ? Acl : nullptr;
    Descriptor->Control &= (USHORT) ~(PresentBit | DefaultedBit);
    if (Present)
        Descriptor->Control |= PresentBit;
    if (Present && Defaulted)
        Descriptor->Control |= DefaultedBit;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlGetDaclSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor,
                                            PBOOLEAN DaclPresent, PACL *Dacl,
                                            PBOOLEAN DaclDefaulted)
{
    return GetAcl(SecurityDescriptor, RTL_DACL, SE_DACL_PRESENT, SE_DACL_DEFAULTED, DaclPresent,
                  Dacl, DaclDefaulted);
}

NTSTATUS NTAPI RtlGetSaclSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor,
                                            PBOOLEAN SaclPresent, PACL *Sacl,
                                            PBOOLEAN SaclDefaulted)
{
    return GetAcl(SecurityDescriptor, RTL_SACL, SE_SACL_PRESENT, SE_SACL_DEFAULTED, SaclPresent,
                  Sacl, SaclDefaulted);
}

NTSTATUS NTAPI RtlGetOwnerSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor, PSID *Owner,
                                             PBOOLEAN OwnerDefaulted)
{
    return GetSid(SecurityDescriptor, RTL_OWNER, SE_OWNER_DEFAULTED, Owner, OwnerDefaulted);
}

NTSTATUS NTAPI RtlGetGroupSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor, PSID *Group,
                                             PBOOLEAN GroupDefaulted)
{
    return GetSid(SecurityDescriptor, RTL_GROUP, SE_GROUP_DEFAULTED, Group, GroupDefaulted);
}

NTSTATUS NTAPI RtlSetDaclSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor,
                                            BOOLEAN DaclPresent, PACL Dacl, BOOLEAN DaclDefaulted)
{
    PISECURITY_DESCRIPTOR Descriptor = SecurityDescriptor;
    return SetAcl(Descriptor, &Descriptor->Dacl, SE_DACL_PRESENT, SE_DACL_DEFAULTED, DaclPresent,
                  Dacl, DaclDefaulted);
}

NTSTATUS NTAPI RtlSetSaclSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor,
                                            BOOLEAN SaclPresent, PACL Sacl, BOOLEAN SaclDefaulted)
{
    PISECURITY_DESCRIPTOR Descriptor = SecurityDescriptor;
    return SetAcl(Descriptor, &Descriptor->Sacl, SE_SACL_PRESENT, SE_SACL_DEFAULTED, SaclPresent,
                  Sacl, SaclDefaulted);
}

NTSTATUS NTAPI RtlSetOwnerSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor, PSID Owner,
                                             BOOLEAN OwnerDefaulted)
{
    PISECURITY_DESCRIPTOR Descriptor = SecurityDescriptor;
    return SetSid(Descriptor, &Descriptor->Owner, SE_OWNER_DEFAULTED, Owner, OwnerDefaulted);
}

NTSTATUS NTAPI RtlSetGroupSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor, PSID Group,
                                             BOOLEAN GroupDefaulted)
{
    PISECURITY_DESCRIPTOR Descriptor = SecurityDescriptor;
    return SetSid(Descriptor, &Descriptor->Group, SE_GROUP_DEFAULTED, Group, GroupDefaulted);
}
