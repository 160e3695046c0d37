// Security descriptors between their absolute and their self-relative form.
#include "descriptor.h"

static ULONG RelativeLength(const SECURITY_DESCRIPTOR_RELATIVE *Descriptor)
{
    ULONG Length = sizeof(SECURITY_DESCRIPTOR_RELATIVE);
    for (RTL_DESCRIPTOR_PART Part = RTL_OWNER; Part < RTL_PARTS; Part++)
        Length += RtlpPartLength(Descriptor, Part);
    return Length;
}

// Append a part and return its offset, 0 when there is none.
static ULONG PutPart(PUCHAR Base, PULONG End, const SECURITY_DESCRIPTOR_RELATIVE *Descriptor,
                     RTL_DESCRIPTOR_PART Part)
{
    const UCHAR *Data = RtlpPartOf(Descriptor, Part);
    if (!Data)
        return 0;
    ULONG Length = Part <= RTL_GROUP ? RtlLengthSid((PSID)Data) : ((const ACL *)Data)->AclSize;
    ULONG Padded = RtlpPartLength(Descriptor, Part);
    ULONG Offset = *End;
    memcpy(Base + Offset, Data, Length);
    memset(Base + Offset + Length, 0, Padded - Length);
    *End += Padded;
    return Offset;
}

// Lists come before SIDs, as Windows lays them out.
static VOID MakeRelative(const SECURITY_DESCRIPTOR_RELATIVE *Source,
                         PISECURITY_DESCRIPTOR_RELATIVE Destination)
{
    ULONG End = sizeof(*Destination);
    PUCHAR Base = (PUCHAR)Destination;
    Destination->Revision = Source->Revision;
    Destination->Sbz1 = Source->Sbz1;
    Destination->Control = Source->Control | SE_SELF_RELATIVE;
    Destination->Sacl = PutPart(Base, &End, Source, RTL_SACL);
    Destination->Dacl = PutPart(Base, &End, Source, RTL_DACL);
    Destination->Owner = PutPart(Base, &End, Source, RTL_OWNER);
    Destination->Group = PutPart(Base, &End, Source, RTL_GROUP);
}

// A self-relative source is copied.
NTSTATUS NTAPI RtlMakeSelfRelativeSD(PSECURITY_DESCRIPTOR AbsoluteSD,
                                     PSECURITY_DESCRIPTOR SelfRelativeSD, PULONG BufferLength)
{
    ULONG Length = RelativeLength(AbsoluteSD);
    if (*BufferLength < Length) {
        *BufferLength = Length;
        return STATUS_BUFFER_TOO_SMALL;
    }
    *BufferLength = Length;
    MakeRelative(AbsoluteSD, SelfRelativeSD);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlAbsoluteToSelfRelativeSD(PSECURITY_DESCRIPTOR AbsoluteSD,
                                           PSECURITY_DESCRIPTOR SelfRelativeSD, PULONG BufferLength)
{
    if (((PISECURITY_DESCRIPTOR_RELATIVE)AbsoluteSD)->Control & SE_SELF_RELATIVE)
        return STATUS_BAD_DESCRIPTOR_FORMAT;
    return RtlMakeSelfRelativeSD(AbsoluteSD, SelfRelativeSD, BufferLength);
}

// Where a part goes: a buffer of the caller, and its size.
typedef struct {
    PVOID Buffer;
    PULONG Size;
} TARGET;

static BOOLEAN AllFit(const SECURITY_DESCRIPTOR_RELATIVE *Source, const TARGET Targets[RTL_PARTS],
                      PULONG DescriptorSize)
{
    BOOLEAN Fit = *DescriptorSize >= sizeof(SECURITY_DESCRIPTOR);
    for (RTL_DESCRIPTOR_PART Part = RTL_OWNER; Part < RTL_PARTS; Part++) {
        ULONG Length = RtlpPartLength(Source, Part);
        Fit &= Length <= *Targets[Part].Size;
    }
    if (Fit)
        return TRUE;
    *DescriptorSize = sizeof(SECURITY_DESCRIPTOR);
    for (RTL_DESCRIPTOR_PART Part = RTL_OWNER; Part < RTL_PARTS; Part++)
        *Targets[Part].Size = RtlpPartLength(Source, Part);
    return FALSE;
}

static PVOID CopyPart(const SECURITY_DESCRIPTOR_RELATIVE *Source, RTL_DESCRIPTOR_PART Part,
                      PVOID Buffer)
{
    const UCHAR *Data = RtlpPartOf(Source, Part);
    if (!Data)
        return nullptr;
    ULONG Length = Part <= RTL_GROUP ? RtlLengthSid((PSID)Data) : ((const ACL *)Data)->AclSize;
    memcpy(Buffer, Data, Length);
    return Buffer;
}

// When anything is too small, all sizes tell what is needed.
NTSTATUS NTAPI RtlSelfRelativeToAbsoluteSD(PSECURITY_DESCRIPTOR SelfRelativeSD,
                                           PSECURITY_DESCRIPTOR AbsoluteSD, PULONG AbsoluteSDSize,
                                           PACL Dacl, PULONG DaclSize, PACL Sacl, PULONG SaclSize,
                                           PSID Owner, PULONG OwnerSize, PSID PrimaryGroup,
                                           PULONG PrimaryGroupSize)
{
    const SECURITY_DESCRIPTOR_RELATIVE *Source = SelfRelativeSD;
    const TARGET Targets[RTL_PARTS] = {
        [RTL_OWNER] = {Owner, OwnerSize},
        [RTL_GROUP] = {PrimaryGroup, PrimaryGroupSize},
        [RTL_SACL] = {Sacl, SaclSize},
        [RTL_DACL] = {Dacl, DaclSize},
    };
    if (!(Source->Control & SE_SELF_RELATIVE))
        return STATUS_BAD_DESCRIPTOR_FORMAT;
    if (!AllFit(Source, Targets, AbsoluteSDSize))
        return STATUS_BUFFER_TOO_SMALL;

    *(PISECURITY_DESCRIPTOR)AbsoluteSD = (SECURITY_DESCRIPTOR){
        .Revision = Source->Revision,
        .Sbz1 = Source->Sbz1,
        .Control = Source->Control & (USHORT)~SE_SELF_RELATIVE,
        .Owner = CopyPart(Source, RTL_OWNER, Owner),
        .Group = CopyPart(Source, RTL_GROUP, PrimaryGroup),
        .Sacl = CopyPart(Source, RTL_SACL, Sacl),
        .Dacl = CopyPart(Source, RTL_DACL, Dacl),
    };
    return STATUS_SUCCESS;
}
