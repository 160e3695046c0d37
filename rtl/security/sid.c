// Security identifiers, access masks, LUIDs.
#include "../rtlp.h"

static BOOLEAN SameAuthority(const SID *First, const SID *Second)
{
    return memcmp(&First->IdentifierAuthority, &Second->IdentifierAuthority,
                  sizeof(SID_IDENTIFIER_AUTHORITY)) == 0;
}

ULONG NTAPI RtlLengthRequiredSid(ULONG SubAuthorityCount)
{
    return offsetof(SID, SubAuthority) + SubAuthorityCount * sizeof(ULONG);
}

ULONG NTAPI RtlLengthSid(PSID Sid)
{
    return RtlLengthRequiredSid(((const SID *)Sid)->SubAuthorityCount);
}

BOOLEAN NTAPI RtlValidSid(PSID Sid)
{
    const SID *Candidate = Sid;
    return Candidate && (Candidate->Revision & 0xF) == SID_REVISION &&
           Candidate->SubAuthorityCount <= SID_MAX_SUB_AUTHORITIES;
}

BOOLEAN NTAPI RtlEqualSid(PSID Sid1, PSID Sid2)
{
    ULONG Length = RtlLengthSid(Sid1);
    return Length == RtlLengthSid(Sid2) && memcmp(Sid1, Sid2, Length) == 0;
}

// Equal but for the last sub-authority: accounts of one domain.
BOOLEAN NTAPI RtlEqualPrefixSid(PSID Sid1, PSID Sid2)
{
    const SID *First = Sid1, *Second = Sid2;
    if (First->Revision != Second->Revision || !SameAuthority(First, Second) ||
        First->SubAuthorityCount != Second->SubAuthorityCount)
        return FALSE;
    for (ULONG Index = 0; Index + 1 < First->SubAuthorityCount; Index++)
        if (First->SubAuthority[Index] != Second->SubAuthority[Index])
            return FALSE;
    return TRUE;
}

NTSTATUS NTAPI RtlInitializeSid(PSID Sid, PSID_IDENTIFIER_AUTHORITY IdentifierAuthority,
                                UCHAR SubAuthorityCount)
{
    SID *New = Sid;
    if (SubAuthorityCount > SID_MAX_SUB_AUTHORITIES)
        return STATUS_INVALID_PARAMETER;
    New->Revision = SID_REVISION;
    New->SubAuthorityCount = SubAuthorityCount;
    New->IdentifierAuthority = *IdentifierAuthority;
    memset(New->SubAuthority, 0, SubAuthorityCount * sizeof(ULONG));
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlCopySid(ULONG DestinationSidLength, PSID DestinationSid, PSID SourceSid)
{
    ULONG Length = RtlLengthSid(SourceSid);
    if (Length > DestinationSidLength)
        return STATUS_BUFFER_TOO_SMALL;
    memmove(DestinationSid, SourceSid, Length);
    return STATUS_SUCCESS;
}

// The SIDs go one after another into the area.
NTSTATUS NTAPI RtlCopySidAndAttributesArray(ULONG Count, PSID_AND_ATTRIBUTES Source,
                                            ULONG SidAreaSize, PSID_AND_ATTRIBUTES Destination,
                                            PSID SidArea, PSID *RemainingSidArea,
                                            PULONG RemainingSidAreaSize)
{
    PUCHAR At = SidArea;
    for (ULONG Index = 0; Index < Count; Index++) {
        ULONG Length = RtlLengthSid(Source[Index].Sid);
        if (Length > SidAreaSize)
            return STATUS_BUFFER_TOO_SMALL;
        memcpy(At, Source[Index].Sid, Length);
        Destination[Index] = (SID_AND_ATTRIBUTES){At, Source[Index].Attributes};
        At += Length;
        SidAreaSize -= Length;
    }
    *RemainingSidArea = At;
    *RemainingSidAreaSize = SidAreaSize;
    return STATUS_SUCCESS;
}

PSID_IDENTIFIER_AUTHORITY NTAPI RtlIdentifierAuthoritySid(PSID Sid)
{
    return &((SID *)Sid)->IdentifierAuthority;
}

PULONG NTAPI RtlSubAuthoritySid(PSID Sid, ULONG SubAuthority)
{
    return &((SID *)Sid)->SubAuthority[SubAuthority];
}

PUCHAR NTAPI RtlSubAuthorityCountSid(PSID Sid)
{
    return &((SID *)Sid)->SubAuthorityCount;
}

NTSTATUS NTAPI RtlAllocateAndInitializeSidEx(PSID_IDENTIFIER_AUTHORITY IdentifierAuthority,
                                             UCHAR SubAuthorityCount, PULONG SubAuthorities,
                                             PSID *Sid)
{
    if (SubAuthorityCount > SID_MAX_SUB_AUTHORITIES)
        return STATUS_INVALID_SID;
    SID *New = RtlpAllocateStringMemory(RtlLengthRequiredSid(SubAuthorityCount));
    if (!New)
        return STATUS_NO_MEMORY;
    RtlInitializeSid(New, IdentifierAuthority, SubAuthorityCount);
    memcpy(New->SubAuthority, SubAuthorities, SubAuthorityCount * sizeof(ULONG));
    *Sid = New;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlAllocateAndInitializeSid(PSID_IDENTIFIER_AUTHORITY IdentifierAuthority,
                                           UCHAR SubAuthorityCount, ULONG SubAuthority0,
                                           ULONG SubAuthority1, ULONG SubAuthority2,
                                           ULONG SubAuthority3, ULONG SubAuthority4,
                                           ULONG SubAuthority5, ULONG SubAuthority6,
                                           ULONG SubAuthority7, PSID *Sid)
{
    ULONG SubAuthorities[] = {SubAuthority0, SubAuthority1, SubAuthority2, SubAuthority3,
                              SubAuthority4, SubAuthority5, SubAuthority6, SubAuthority7};
    if (SubAuthorityCount > RTL_NUMBER_OF(SubAuthorities))
        return STATUS_INVALID_SID;
    return RtlAllocateAndInitializeSidEx(IdentifierAuthority, SubAuthorityCount, SubAuthorities,
                                         Sid);
}

PVOID NTAPI RtlFreeSid(PSID Sid)
{
    if (Sid)
        RtlpFreeStringMemory(Sid);
    return nullptr;
}

// "S-1-" and the authority, which is decimal up to 32 bits and hexadecimal above ([MS-DTYP] 2.4.2.1).
// 15 sub-authorities of 10 digits, an authority of 14 and the frame stay below this.
#define MAX_SID_TEXT 192

static int PrintSid(const SID *Sid, WCHAR Text[MAX_SID_TEXT])
{
    ULONGLONG Authority = 0;
    for (ULONG Index = 0; Index < sizeof(SID_IDENTIFIER_AUTHORITY); Index++)
        Authority = Authority << 8 | Sid->IdentifierAuthority.Value[Index];
    PCWSTR Format = Authority >> 32 ? L"S-%u-0x%012I64X" : L"S-%u-%I64u";
    int Length = _snwprintf(Text, MAX_SID_TEXT, Format, Sid->Revision, Authority);
    for (ULONG Index = 0; Index < Sid->SubAuthorityCount; Index++)
        Length += _snwprintf(Text + Length, (SIZE_T)(MAX_SID_TEXT - Length), L"-%u",
                             Sid->SubAuthority[Index]);
    return Length;
}

NTSTATUS NTAPI RtlConvertSidToUnicodeString(PUNICODE_STRING UnicodeString, PSID Sid,
                                            BOOLEAN AllocateDestinationString)
{
    WCHAR Text[MAX_SID_TEXT];
    if (!RtlValidSid(Sid))
        return STATUS_INVALID_SID;
    USHORT Length = (USHORT)(PrintSid(Sid, Text) * (int)sizeof(WCHAR));
    if (AllocateDestinationString) {
        UnicodeString->Buffer = RtlpAllocateStringMemory(Length + sizeof(WCHAR));
        if (!UnicodeString->Buffer)
            return STATUS_NO_MEMORY;
        UnicodeString->MaximumLength = Length + sizeof(WCHAR);
    } else if (Length > UnicodeString->MaximumLength) {
        return STATUS_BUFFER_OVERFLOW;
    }
    memcpy(UnicodeString->Buffer, Text, Length);
    UnicodeString->Length = Length;
    if (Length + sizeof(WCHAR) <= UnicodeString->MaximumLength)
        UnicodeString->Buffer[Length / sizeof(WCHAR)] = UNICODE_NULL;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlLengthSidAsUnicodeString(PSID Sid, PULONG StringLength)
{
    WCHAR Text[MAX_SID_TEXT];
    if (!RtlValidSid(Sid))
        return STATUS_INVALID_SID;
    *StringLength = (ULONG)(PrintSid(Sid, Text) + 1) * sizeof(WCHAR);
    return STATUS_SUCCESS;
}

BOOLEAN NTAPI RtlAreAllAccessesGranted(ACCESS_MASK GrantedAccess, ACCESS_MASK DesiredAccess)
{
    return !(DesiredAccess & ~GrantedAccess);
}

BOOLEAN NTAPI RtlAreAnyAccessesGranted(ACCESS_MASK GrantedAccess, ACCESS_MASK DesiredAccess)
{
    return (GrantedAccess & DesiredAccess) != 0;
}

VOID NTAPI RtlMapGenericMask(PACCESS_MASK AccessMask, const GENERIC_MAPPING *GenericMapping)
{
    ACCESS_MASK Mask = *AccessMask;
    if (Mask & GENERIC_READ)
        Mask |= GenericMapping->GenericRead;
    if (Mask & GENERIC_WRITE)
        Mask |= GenericMapping->GenericWrite;
    if (Mask & GENERIC_EXECUTE)
        Mask |= GenericMapping->GenericExecute;
    if (Mask & GENERIC_ALL)
        Mask |= GenericMapping->GenericAll;
    *AccessMask =
        Mask & ~(ACCESS_MASK)(GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE | GENERIC_ALL);
}

VOID NTAPI RtlCopyLuid(PLUID DestinationLuid, PLUID SourceLuid)
{
    *DestinationLuid = *SourceLuid;
}

VOID NTAPI RtlCopyLuidAndAttributesArray(ULONG Count, PLUID_AND_ATTRIBUTES Source,
                                         PLUID_AND_ATTRIBUTES Destination)
{
    memmove(Destination, Source, Count * sizeof(*Source));
}
