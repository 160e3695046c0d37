// Security descriptors as text, as far as device objects need them: a DACL of allowing and denying entries, and perhaps
// an owner and a group. "D:P(A;;GA;;;SY)(A;;GRGX;;;BA)"

#include "../ntos.h"

typedef struct _SEP_TEXT {
    PCWSTR At, End;
} SEP_TEXT, *PSEP_TEXT;

typedef struct _SEP_NAMED_VALUE {
    WCHAR Name[3];
    ULONG Value;
} SEP_NAMED_VALUE;

static const SEP_NAMED_VALUE SepRights[] = {
    {L"GA", GENERIC_ALL},
    {L"GR", GENERIC_READ},
    {L"GW", GENERIC_WRITE},
    {L"GX", GENERIC_EXECUTE},
    {L"RC", READ_CONTROL},
    {L"SD", DELETE},
    {L"WD", WRITE_DAC},
    {L"WO", WRITE_OWNER},
    {L"FA", FILE_ALL_ACCESS},
    {L"FR", FILE_GENERIC_READ},
    {L"FW", FILE_GENERIC_WRITE},
    {L"FX", FILE_GENERIC_EXECUTE},
    {L"CC", 0x1},
    {L"DC", 0x2},
    {L"LC", 0x4},
    {L"SW", 0x8},
    {L"RP", 0x10},
    {L"WP", 0x20},
    {L"DT", 0x40},
    {L"LO", 0x80},
    {L"CR", 0x100},
};

static const SEP_NAMED_VALUE SepAceFlags[] = {
    {L"OI", OBJECT_INHERIT_ACE},
    {L"CI", CONTAINER_INHERIT_ACE},
    {L"NP", NO_PROPAGATE_INHERIT_ACE},
    {L"IO", INHERIT_ONLY_ACE},
};

// ---- Pieces of text

static BOOLEAN SepTake(PSEP_TEXT Text, PCWSTR Wanted)
{
    PCWSTR At = Text->At;
    while (*Wanted && At < Text->End && *At == *Wanted) {
        At++;
        Wanted++;
    }
    if (*Wanted)
        return FALSE;
    Text->At = At;
    return TRUE;
}

static ULONG SepDigit(WCHAR Character)
{
    WCHAR Upper = RtlUpcaseUnicodeChar(Character);
    if (Upper >= L'0' && Upper <= L'9')
        return (ULONG)(Upper - L'0');
    return Upper >= L'A' && Upper <= L'F' ? (ULONG)(Upper - L'A') + 10 : MAXULONG;
}

static BOOLEAN SepTakeNumber(PSEP_TEXT Text, PULONG64 Number)
{
    BOOLEAN Hexadecimal = SepTake(Text, L"0x");
    ULONG Base = Hexadecimal ? 16 : 10, Digits = 0;
    for (*Number = 0; Text->At < Text->End; Text->At++, Digits++) {
        ULONG Value = SepDigit(*Text->At);
        if (Value >= Base || *Number > MAXULONG64 / 32)
            break;
        *Number = *Number * Base + Value;
    }
    return Digits != 0;
}

static BOOLEAN SepTakeName(PSEP_TEXT Text, const SEP_NAMED_VALUE *Names, ULONG Count, PULONG Value)
{
    for (ULONG i = 0; i < Count; i++) {
        if (SepTake(Text, Names[i].Name)) {
            *Value |= Names[i].Value;
            return TRUE;
        }
    }
    return FALSE;
}

// ---- Identifiers

typedef union _SEP_ANY_SID {
    SID Sid;
    UCHAR Buffer[SECURITY_MAX_SID_SIZE];
} SEP_ANY_SID, *PSEP_ANY_SID;

static BOOLEAN SepTakeAlias(PSEP_TEXT Text, PSEP_ANY_SID Result)
{
    const SE_EXPORTS *Known = SeExports;
    const struct {
        WCHAR Name[3];
        PSID Sid;
    } Aliases[] = {
        {L"SY", Known->SeLocalSystemSid},     {L"BA", Known->SeAliasAdminsSid},
        {L"BU", Known->SeAliasUsersSid},      {L"BG", Known->SeAliasGuestsSid},
        {L"PU", Known->SeAliasPowerUsersSid}, {L"BO", Known->SeAliasBackupOpsSid},
        {L"WD", Known->SeWorldSid},           {L"AU", Known->SeAuthenticatedUsersSid},
        {L"RC", Known->SeRestrictedSid},      {L"IU", Known->SeInteractiveSid},
        {L"NU", Known->SeNetworkSid},         {L"LS", Known->SeLocalServiceSid},
        {L"NS", Known->SeNetworkServiceSid},  {L"AN", Known->SeAnonymousLogonSid},
        {L"CO", Known->SeCreatorOwnerSid},    {L"CG", Known->SeCreatorGroupSid},
        {L"OW", Known->SeOwnerRightsSid},     {L"AC", SepAllAppPackagesSid()},
        {L"UD", SepUserModeDriversSid()},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Aliases); i++) {
        if (SepTake(Text, Aliases[i].Name))
            return NT_SUCCESS(RtlCopySid(sizeof(*Result), &Result->Sid, Aliases[i].Sid));
    }
    return FALSE;
}

static BOOLEAN SepTakeSid(PSEP_TEXT Text, PSEP_ANY_SID Result)
{
    ULONG64 Number;
    if (!SepTake(Text, L"S-1-"))
        return SepTakeAlias(Text, Result);
    if (!SepTakeNumber(Text, &Number) || Number >> 48)
        return FALSE;
    SID_IDENTIFIER_AUTHORITY Authority;
    for (ULONG i = 0; i < sizeof(Authority.Value); i++)
        Authority.Value[i] = (UCHAR)(Number >> (40 - 8 * i));
    ULONG Count = 0, Parts[SID_MAX_SUB_AUTHORITIES];
    while (SepTake(Text, L"-")) {
        if (Count == RTL_NUMBER_OF(Parts) || !SepTakeNumber(Text, &Number) || Number > MAXULONG)
            return FALSE;
        Parts[Count++] = (ULONG)Number;
    }
    RtlInitializeSid(&Result->Sid, &Authority, (UCHAR)Count);
    for (ULONG i = 0; i < Count; i++)
        *RtlSubAuthoritySid(&Result->Sid, i) = Parts[i];
    return TRUE;
}

// ---- Lists

enum { SepAclSize = 2048 }; // more entries than any device has

typedef struct _SEP_DESCRIPTION {
    SECURITY_DESCRIPTOR Descriptor; // absolute; what it points at follows
    SEP_ANY_SID Owner, Group;
    union {
        ACL Acl;
        UCHAR Buffer[SepAclSize];
    } Dacl;
} SEP_DESCRIPTION, *PSEP_DESCRIPTION;

static BOOLEAN SepTakeRights(PSEP_TEXT Text, PACCESS_MASK Rights)
{
    ULONG64 Number;
    *Rights = 0;
    if (Text->At < Text->End && *Text->At >= L'0' && *Text->At <= L'9') {
        if (!SepTakeNumber(Text, &Number) || Number > MAXULONG)
            return FALSE;
        *Rights = (ACCESS_MASK)Number;
        return TRUE;
    }
    while (SepTakeName(Text, SepRights, RTL_NUMBER_OF(SepRights), Rights))
        continue;
    return TRUE;
}

// (type;flags;rights;;;sid): entries for parts of an object are not for devices.
static NTSTATUS SepTakeEntry(PSEP_TEXT Text, PACL Acl)
{
    ULONG Flags = 0;
    ACCESS_MASK Rights;
    SEP_ANY_SID Sid;
    BOOLEAN Allows = SepTake(Text, L"(A;");
    if (!Allows && !SepTake(Text, L"(D;"))
        return STATUS_INVALID_PARAMETER;
    while (SepTakeName(Text, SepAceFlags, RTL_NUMBER_OF(SepAceFlags), &Flags))
        continue;
    if (!SepTake(Text, L";") || !SepTakeRights(Text, &Rights) || !SepTake(Text, L";;;") ||
        !SepTakeSid(Text, &Sid) || !SepTake(Text, L")"))
        return STATUS_INVALID_PARAMETER;
    return Allows ? RtlAddAccessAllowedAceEx(Acl, ACL_REVISION, Flags, Rights, &Sid.Sid)
                  : RtlAddAccessDeniedAceEx(Acl, ACL_REVISION, Flags, Rights, &Sid.Sid);
}

static NTSTATUS SepTakeDacl(PSEP_TEXT Text, PSEP_DESCRIPTION Description)
{
    SECURITY_DESCRIPTOR_CONTROL Control = 0;
    if (SepTake(Text, L"P"))
        Control |= SE_DACL_PROTECTED;
    if (SepTake(Text, L"AI"))
        Control |= SE_DACL_AUTO_INHERITED;
    NTSTATUS Status = RtlCreateAcl(&Description->Dacl.Acl, SepAclSize, ACL_REVISION);
    while (NT_SUCCESS(Status) && Text->At < Text->End && *Text->At == L'(')
        Status = SepTakeEntry(Text, &Description->Dacl.Acl);
    if (NT_SUCCESS(Status))
        Status = RtlSetDaclSecurityDescriptor(&Description->Descriptor, TRUE,
                                              &Description->Dacl.Acl, FALSE);
    Description->Descriptor.Control |= Control;
    return Status;
}

static NTSTATUS SepTakePart(PSEP_TEXT Text, PSEP_DESCRIPTION Description)
{
    if (SepTake(Text, L"D:"))
        return SepTakeDacl(Text, Description);
    if (SepTake(Text, L"O:"))
        return SepTakeSid(Text, &Description->Owner)
                   ? RtlSetOwnerSecurityDescriptor(&Description->Descriptor, &Description->Owner,
                                                   FALSE)
                   : STATUS_INVALID_PARAMETER;
    if (SepTake(Text, L"G:"))
        return SepTakeSid(Text, &Description->Group)
                   ? RtlSetGroupSecurityDescriptor(&Description->Descriptor, &Description->Group,
                                                   FALSE)
                   : STATUS_INVALID_PARAMETER;
    return STATUS_INVALID_PARAMETER;
}

// Self-relative, in pool.
NTSTATUS SepParseDescriptor(PCUNICODE_STRING String, PSECURITY_DESCRIPTOR *Descriptor,
                            PULONG Length)
{
    SEP_TEXT Text = {String->Buffer, String->Buffer + String->Length / sizeof(WCHAR)};
    PSEP_DESCRIPTION Description = ExAllocatePoolWithTag(PagedPool, sizeof(*Description), 'dSeS');
    if (!Description)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status =
        RtlCreateSecurityDescriptor(&Description->Descriptor, SECURITY_DESCRIPTOR_REVISION);
    while (NT_SUCCESS(Status) && Text.At < Text.End)
        Status = SepTakePart(&Text, Description);
    *Length = NT_SUCCESS(Status) ? RtlLengthSecurityDescriptor(&Description->Descriptor) : 0;
    *Descriptor = *Length ? ExAllocatePoolWithTag(PagedPool, *Length, 'dSeS') : nullptr;
    if (NT_SUCCESS(Status) && !*Descriptor)
        Status = STATUS_INSUFFICIENT_RESOURCES;
    if (NT_SUCCESS(Status))
        Status = RtlAbsoluteToSelfRelativeSD(&Description->Descriptor, *Descriptor, Length);
    if (!NT_SUCCESS(Status) && *Descriptor)
        ExFreePoolWithTag(*Descriptor, 'dSeS');
    ExFreePoolWithTag(Description, 'dSeS');
    return Status;
}
