// SIDs, access control lists and security descriptors.
#include "test.h"

static SID_IDENTIFIER_AUTHORITY NtAuthority = {SECURITY_NT_AUTHORITY};
static SID_IDENTIFIER_AUTHORITY WorldAuthority = {SECURITY_WORLD_SID_AUTHORITY};

static PSID Administrators, System, Everyone;

static int MakeSids(void **state)
{
    (void)state;
    assert_status(RtlAllocateAndInitializeSid(&NtAuthority, 2, SECURITY_BUILTIN_DOMAIN_RID,
                                              DOMAIN_ALIAS_RID_ADMINS, 0, 0, 0, 0, 0, 0,
                                              &Administrators),
                  STATUS_SUCCESS);
    assert_status(RtlAllocateAndInitializeSid(&NtAuthority, 1, SECURITY_LOCAL_SYSTEM_RID, 0, 0, 0,
                                              0, 0, 0, 0, &System),
                  STATUS_SUCCESS);
    assert_status(
        RtlAllocateAndInitializeSid(&WorldAuthority, 1, 0, 0, 0, 0, 0, 0, 0, 0, &Everyone),
        STATUS_SUCCESS);
    return 0;
}

static int FreeSids(void **state)
{
    (void)state;
    RtlFreeSid(Administrators);
    RtlFreeSid(System);
    RtlFreeSid(Everyone);
    return HookBlocks == 0 ? 0 : -1;
}

static void sids_are_made_and_compared(void **state)
{
    (void)state;
    PSID Nine;
    UCHAR Copy[SECURITY_MAX_SID_SIZE];
    assert_int_equal(RtlLengthRequiredSid(2), 16);
    assert_int_equal(RtlLengthSid(Administrators), 16);
    assert_true(RtlValidSid(Administrators));
    assert_false(RtlValidSid(nullptr));
    assert_int_equal(*RtlSubAuthorityCountSid(Administrators), 2);
    assert_int_equal(*RtlSubAuthoritySid(Administrators, 1), 544);
    assert_int_equal(RtlIdentifierAuthoritySid(Everyone)->Value[5], 1);
    assert_status(RtlCopySid(15, Copy, Administrators), STATUS_BUFFER_TOO_SMALL);
    assert_status(RtlCopySid(16, Copy, Administrators), STATUS_SUCCESS);
    assert_true(RtlEqualSid(Copy, Administrators));
    *RtlSubAuthoritySid(Copy, 1) = 545;
    assert_false(RtlEqualSid(Copy, Administrators));
    assert_true(RtlEqualPrefixSid(Copy, Administrators));
    *RtlSubAuthoritySid(Copy, 0) = 33;
    assert_false(RtlEqualPrefixSid(Copy, Administrators));
    assert_false(RtlEqualPrefixSid(System, Everyone));
    Copy[1] = 16;
    assert_false(RtlValidSid(Copy));
    assert_status(RtlInitializeSid(Copy, &NtAuthority, 16), STATUS_INVALID_PARAMETER);
    assert_status(RtlAllocateAndInitializeSid(&NtAuthority, 9, 1, 2, 3, 4, 5, 6, 7, 8, &Nine),
                  STATUS_INVALID_SID);
    HookFails = TRUE;
    assert_status(RtlAllocateAndInitializeSid(&NtAuthority, 1, 1, 0, 0, 0, 0, 0, 0, 0, &Nine),
                  STATUS_NO_MEMORY);
    HookFails = FALSE;

    SID_AND_ATTRIBUTES Source[2] = {{System, 7}, {Administrators, 8}}, Target[2];
    UCHAR Area[40];
    PSID Rest;
    ULONG Left;
    assert_status(RtlCopySidAndAttributesArray(2, Source, 27, Target, Area, &Rest, &Left),
                  STATUS_BUFFER_TOO_SMALL);
    assert_status(RtlCopySidAndAttributesArray(2, Source, 40, Target, Area, &Rest, &Left),
                  STATUS_SUCCESS);
    assert_int_equal(Left, 12);
    assert_ptr_equal(Rest, Area + 28);
    assert_true(RtlEqualSid(Target[1].Sid, Administrators));
    assert_int_equal(Target[1].Attributes, 8);
}

static void sids_have_text(void **state)
{
    (void)state;
    UNICODE_STRING Text;
    ULONG Length;
    assert_status(RtlConvertSidToUnicodeString(&Text, Administrators, TRUE), STATUS_SUCCESS);
    assert_unicode_equal(&Text, L"S-1-5-32-544");
    assert_int_equal(Text.Buffer[12], 0);
    assert_status(RtlLengthSidAsUnicodeString(Administrators, &Length), STATUS_SUCCESS);
    assert_int_equal(Length, 26);
    Text.MaximumLength = 22;
    assert_status(RtlConvertSidToUnicodeString(&Text, Administrators, FALSE),
                  STATUS_BUFFER_OVERFLOW);
    RtlFreeUnicodeString(&Text);

    SID_IDENTIFIER_AUTHORITY Wide = {{0x12, 0, 0, 0, 0, 0xAB}};
    PSID Longest;
    ULONG Maximum[15];
    memset(Maximum, 0xFF, sizeof(Maximum));
    assert_status(RtlAllocateAndInitializeSidEx(&Wide, 15, Maximum, &Longest), STATUS_SUCCESS);
    assert_status(RtlConvertSidToUnicodeString(&Text, Longest, TRUE), STATUS_SUCCESS);
    assert_memory_equal(Text.Buffer, L"S-1-0x1200000000AB-4294967295-", 60);
    assert_int_equal(Text.Length / 2, 18 + 15 * 11);
    RtlFreeUnicodeString(&Text);
    *RtlSubAuthorityCountSid(Longest) = 16;
    assert_status(RtlConvertSidToUnicodeString(&Text, Longest, TRUE), STATUS_INVALID_SID);
    RtlFreeSid(Longest);
}

static void masks(void **state)
{
    (void)state;
    const GENERIC_MAPPING Mapping = {0x1, 0x2, 0x4, 0xFF};
    ACCESS_MASK Mask = GENERIC_READ | GENERIC_EXECUTE | 0x100;
    RtlMapGenericMask(&Mask, &Mapping);
    assert_int_equal(Mask, 0x105);
    Mask = GENERIC_ALL;
    RtlMapGenericMask(&Mask, &Mapping);
    assert_int_equal(Mask, 0xFF);
    assert_true(RtlAreAllAccessesGranted(7, 5));
    assert_false(RtlAreAllAccessesGranted(5, 7));
    assert_true(RtlAreAnyAccessesGranted(5, 4));
    assert_false(RtlAreAnyAccessesGranted(5, 2));
}

static ULONG MaskOf(PACL Acl, ULONG Index)
{
    PVOID Ace;
    assert_status(RtlGetAce(Acl, Index, &Ace), STATUS_SUCCESS);
    return ((PACCESS_ALLOWED_ACE)Ace)->Mask;
}

static void lists_are_built_and_changed(void **state)
{
    (void)state;
    alignas(8) UCHAR Buffer[128];
    PACL Acl = (PACL)Buffer;
    PVOID Ace, Free;
    assert_status(RtlCreateAcl(Acl, 7, ACL_REVISION), STATUS_BUFFER_TOO_SMALL);
    assert_status(RtlCreateAcl(Acl, 128, 5), STATUS_INVALID_PARAMETER);
    assert_status(RtlCreateAcl(Acl, 128, ACL_REVISION), STATUS_SUCCESS);
    assert_true(RtlValidAcl(Acl));
    assert_status(RtlAddAccessAllowedAce(Acl, ACL_REVISION, 1, Administrators), STATUS_SUCCESS);
    assert_status(RtlAddAccessDeniedAceEx(Acl, ACL_REVISION, CONTAINER_INHERIT_ACE, 2, System),
                  STATUS_SUCCESS);
    assert_status(RtlAddAuditAccessAce(Acl, ACL_REVISION, 3, Everyone, TRUE, FALSE),
                  STATUS_SUCCESS);
    assert_status(RtlAddAccessAllowedAceEx(Acl, ACL_REVISION, 0x20, 1, System),
                  STATUS_INVALID_PARAMETER);
    assert_status(RtlAddAccessAllowedAce(Acl, 5, 1, System), STATUS_REVISION_MISMATCH);
    assert_int_equal(Acl->AceCount, 3);
    assert_true(RtlValidAcl(Acl));
    assert_status(RtlGetAce(Acl, 2, &Ace), STATUS_SUCCESS);
    assert_int_equal(((PACE_HEADER)Ace)->AceType, SYSTEM_AUDIT_ACE_TYPE);
    assert_int_equal(((PACE_HEADER)Ace)->AceFlags, SUCCESSFUL_ACCESS_ACE_FLAG);
    assert_status(RtlGetAce(Acl, 3, &Ace), STATUS_INVALID_PARAMETER);

    ACL_SIZE_INFORMATION Size;
    assert_status(RtlQueryInformationAcl(Acl, &Size, sizeof(Size), AclSizeInformation),
                  STATUS_SUCCESS);
    assert_int_equal(Size.AclBytesInUse, 8 + 24 + 20 + 20);
    assert_int_equal(Size.AclBytesFree, 128 - 72);
    assert_status(RtlQueryInformationAcl(Acl, &Size, 4, AclSizeInformation),
                  STATUS_BUFFER_TOO_SMALL);

    // A copy of the denying entry goes to the front, then the old one out.
    UCHAR Deny[20];
    assert_status(RtlGetAce(Acl, 1, &Ace), STATUS_SUCCESS);
    memcpy(Deny, Ace, sizeof(Deny));
    assert_status(RtlAddAce(Acl, ACL_REVISION, 0, Deny, sizeof(Deny)), STATUS_SUCCESS);
    assert_int_equal(MaskOf(Acl, 0), 2);
    assert_int_equal(MaskOf(Acl, 1), 1);
    assert_status(RtlDeleteAce(Acl, 2), STATUS_SUCCESS);
    assert_int_equal(Acl->AceCount, 3);
    assert_int_equal(MaskOf(Acl, 2), 3);
    assert_status(RtlDeleteAce(Acl, 3), STATUS_INVALID_PARAMETER);
    assert_status(RtlAddAce(Acl, ACL_REVISION, MAXULONG, Deny, 19), STATUS_INVALID_PARAMETER);
    assert_status(RtlAddAce(Acl, ACL_REVISION, MAXULONG, Deny, sizeof(Deny)), STATUS_SUCCESS);
    assert_int_equal(MaskOf(Acl, 3), 2);

    for (ULONG Index = 0; Index < 36; Index += 20)
        RtlAddAccessAllowedAce(Acl, ACL_REVISION, 9, System);
    assert_status(RtlAddAccessAllowedAce(Acl, ACL_REVISION, 9, System),
                  STATUS_ALLOTTED_SPACE_EXCEEDED);
    assert_true(RtlFirstFreeAce(Acl, &Free));
    assert_true(RtlValidAcl(Acl));
}

static void object_and_label_entries(void **state)
{
    (void)state;
    alignas(8) UCHAR Buffer[256];
    PACL Acl = (PACL)Buffer;
    GUID Type = {1, 2, 3, {4}}, Inherited = {5, 6, 7, {8}};
    PVOID Ace;
    assert_status(RtlCreateAcl(Acl, 256, ACL_REVISION), STATUS_SUCCESS);
    assert_status(RtlAddAccessAllowedObjectAce(Acl, ACL_REVISION, 0, 1, &Type, nullptr, System),
                  STATUS_REVISION_MISMATCH);
    assert_status(
        RtlAddAccessAllowedObjectAce(Acl, ACL_REVISION_DS, 0, 1, &Type, &Inherited, System),
        STATUS_SUCCESS);
    assert_int_equal(Acl->AclRevision, ACL_REVISION_DS);
    assert_status(
        RtlAddAccessDeniedObjectAce(Acl, ACL_REVISION_DS, 0, 2, nullptr, &Inherited, System),
        STATUS_SUCCESS);
    assert_status(RtlAddAuditAccessObjectAce(Acl, ACL_REVISION_DS, 0, 3, nullptr, nullptr, System,
                                             FALSE, TRUE),
                  STATUS_SUCCESS);
    assert_true(RtlValidAcl(Acl));
    assert_status(RtlGetAce(Acl, 0, &Ace), STATUS_SUCCESS);
    assert_int_equal(((PACE_HEADER)Ace)->AceSize, 12 + 32 + 12);
    assert_memory_equal((PUCHAR)Ace + 28, &Inherited, 16);
    assert_true(RtlEqualSid((PUCHAR)Ace + 44, System));
    assert_status(RtlGetAce(Acl, 1, &Ace), STATUS_SUCCESS);
    assert_memory_equal((PUCHAR)Ace + 12, &Inherited, 16);
    assert_status(RtlGetAce(Acl, 2, &Ace), STATUS_SUCCESS);
    assert_int_equal(((PACE_HEADER)Ace)->AceType, SYSTEM_AUDIT_ACE_TYPE);
    assert_status(RtlAddMandatoryAce(Acl, ACL_REVISION, 0, System, ACCESS_ALLOWED_ACE_TYPE, 1),
                  STATUS_INVALID_PARAMETER);
    assert_status(
        RtlAddMandatoryAce(Acl, ACL_REVISION, 0, System, SYSTEM_MANDATORY_LABEL_ACE_TYPE, 1),
        STATUS_SUCCESS);
}

static void malformed_lists_are_refused(void **state)
{
    (void)state;
    alignas(8) UCHAR Buffer[64];
    PACL Acl = (PACL)Buffer;
    PACE_HEADER Ace = (PACE_HEADER)(Acl + 1);
    assert_status(RtlCreateAcl(Acl, 28, ACL_REVISION), STATUS_SUCCESS);
    assert_status(RtlAddAccessAllowedAce(Acl, ACL_REVISION, 1, System), STATUS_SUCCESS);
    assert_true(RtlValidAcl(Acl));
    Ace->AceSize = 24; // beyond the list
    assert_false(RtlValidAcl(Acl));
    Ace->AceSize = 18; // the SID no longer fits
    assert_false(RtlValidAcl(Acl));
    Ace->AceSize = 0;
    assert_false(RtlValidAcl(Acl));
    Ace->AceSize = 20;
    ((PACCESS_ALLOWED_ACE)Ace)->SidStart = 0x0201; // two sub-authorities
    assert_false(RtlValidAcl(Acl));
    ((PACCESS_ALLOWED_ACE)Ace)->SidStart = 0x0101;
    assert_true(RtlValidAcl(Acl));
    Acl->AceCount = 2;
    assert_false(RtlValidAcl(Acl));
    Acl->AceCount = 1;
    Acl->AclSize = 27;
    assert_false(RtlValidAcl(Acl));
    Acl->AclSize = 28;
    Acl->AclRevision = 1;
    assert_false(RtlValidAcl(Acl));
}

static void descriptors_change_form(void **state)
{
    (void)state;
    SECURITY_DESCRIPTOR Absolute, Again;
    alignas(8) UCHAR AclBuffer[64], Relative[256], Owner[64], Group[64], Dacl[64], Sacl[64];
    PACL Acl = (PACL)AclBuffer, Found;
    BOOLEAN Present, Defaulted;
    PSID Sid;
    assert_status(RtlCreateSecurityDescriptor(&Absolute, 2), STATUS_UNKNOWN_REVISION);
    assert_status(RtlCreateSecurityDescriptor(&Absolute, 1), STATUS_SUCCESS);
    assert_status(RtlCreateAcl(Acl, 48, ACL_REVISION), STATUS_SUCCESS);
    assert_status(RtlAddAccessAllowedAce(Acl, ACL_REVISION, 1, Everyone), STATUS_SUCCESS);
    assert_status(RtlSetOwnerSecurityDescriptor(&Absolute, Administrators, FALSE), STATUS_SUCCESS);
    assert_status(RtlSetGroupSecurityDescriptor(&Absolute, System, TRUE), STATUS_SUCCESS);
    assert_status(RtlSetDaclSecurityDescriptor(&Absolute, TRUE, Acl, FALSE), STATUS_SUCCESS);
    assert_true(RtlValidSecurityDescriptor(&Absolute));
    assert_int_equal(RtlLengthSecurityDescriptor(&Absolute), 40 + 16 + 12 + 48);

    ULONG Length = 10;
    assert_status(RtlMakeSelfRelativeSD(&Absolute, Relative, &Length), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(Length, 20 + 16 + 12 + 48);
    assert_status(RtlAbsoluteToSelfRelativeSD(&Absolute, Relative, &Length), STATUS_SUCCESS);
    assert_status(RtlAbsoluteToSelfRelativeSD(Relative, Relative, &Length),
                  STATUS_BAD_DESCRIPTOR_FORMAT);
    assert_int_equal(RtlLengthSecurityDescriptor(Relative), Length);
    assert_true(RtlValidSecurityDescriptor(Relative));
    constexpr ULONG Both = OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION;
    assert_true(RtlValidRelativeSecurityDescriptor(Relative, Length, Both));
    assert_status(RtlGetOwnerSecurityDescriptor(Relative, &Sid, &Defaulted), STATUS_SUCCESS);
    assert_true(RtlEqualSid(Sid, Administrators));
    assert_false(Defaulted);
    assert_status(RtlGetGroupSecurityDescriptor(Relative, &Sid, &Defaulted), STATUS_SUCCESS);
    assert_true(RtlEqualSid(Sid, System));
    assert_true(Defaulted);
    assert_status(RtlGetDaclSecurityDescriptor(Relative, &Present, &Found, &Defaulted),
                  STATUS_SUCCESS);
    assert_true(Present);
    assert_memory_equal(Found, Acl, 48);
    assert_status(RtlGetSaclSecurityDescriptor(Relative, &Present, &Found, &Defaulted),
                  STATUS_SUCCESS);
    assert_false(Present);
    assert_status(RtlSetOwnerSecurityDescriptor(Relative, System, FALSE),
                  STATUS_INVALID_SECURITY_DESCR);

    ULONG Sizes[5] = {0};
    assert_status(RtlSelfRelativeToAbsoluteSD(Relative, &Again, &Sizes[0], (PACL)Dacl, &Sizes[1],
                                              (PACL)Sacl, &Sizes[2], Owner, &Sizes[3], Group,
                                              &Sizes[4]),
                  STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(Sizes[0], 40);
    assert_int_equal(Sizes[1], 48);
    assert_int_equal(Sizes[2], 0);
    assert_int_equal(Sizes[3], 16);
    assert_status(RtlSelfRelativeToAbsoluteSD(Relative, &Again, &Sizes[0], (PACL)Dacl, &Sizes[1],
                                              (PACL)Sacl, &Sizes[2], Owner, &Sizes[3], Group,
                                              &Sizes[4]),
                  STATUS_SUCCESS);
    assert_ptr_equal(Again.Owner, Owner);
    assert_null(Again.Sacl);
    assert_int_equal(Again.Control, Absolute.Control);
    assert_memory_equal(Again.Dacl, Acl, 48);
}

static void control_bits(void **state)
{
    (void)state;
    SECURITY_DESCRIPTOR Descriptor;
    SECURITY_DESCRIPTOR_CONTROL Control;
    ULONG Revision;
    UCHAR Manager = 0x5A;
    assert_status(RtlCreateSecurityDescriptor(&Descriptor, 1), STATUS_SUCCESS);
    assert_status(
        RtlSetControlSecurityDescriptor(&Descriptor, SE_DACL_PROTECTED, SE_DACL_PROTECTED),
        STATUS_SUCCESS);
    assert_status(RtlSetControlSecurityDescriptor(&Descriptor, SE_SELF_RELATIVE, 0),
                  STATUS_INVALID_PARAMETER);
    assert_status(RtlSetControlSecurityDescriptor(&Descriptor, 0, SE_DACL_PROTECTED),
                  STATUS_INVALID_PARAMETER);
    assert_status(RtlGetControlSecurityDescriptor(&Descriptor, &Control, &Revision),
                  STATUS_SUCCESS);
    assert_int_equal(Control, SE_DACL_PROTECTED);
    assert_false(RtlGetSecurityDescriptorRMControl(&Descriptor, &Manager));
    Manager = 0x5A;
    RtlSetSecurityDescriptorRMControl(&Descriptor, &Manager);
    assert_true(RtlGetSecurityDescriptorRMControl(&Descriptor, &Manager));
    assert_int_equal(Manager, 0x5A);
    // A NULL DACL is present and grants everything; an absent one is none.
    PACL Dacl = (PACL)&Descriptor;
    BOOLEAN Present, Defaulted;
    assert_status(RtlSetDaclSecurityDescriptor(&Descriptor, TRUE, nullptr, TRUE), STATUS_SUCCESS);
    assert_status(RtlGetDaclSecurityDescriptor(&Descriptor, &Present, &Dacl, &Defaulted),
                  STATUS_SUCCESS);
    assert_true(Present && Defaulted && !Dacl);
}

// Every length and many single-byte changes of a good descriptor: never a read beyond its length.
static void hostile_descriptors(void **state)
{
    (void)state;
    SECURITY_DESCRIPTOR Absolute;
    alignas(8) UCHAR AclBuffer[48], Relative[160];
    PACL Acl = (PACL)AclBuffer;
    RtlCreateSecurityDescriptor(&Absolute, 1);
    RtlCreateAcl(Acl, 48, ACL_REVISION);
    RtlAddAccessAllowedAce(Acl, ACL_REVISION, 1, Everyone);
    RtlSetOwnerSecurityDescriptor(&Absolute, Administrators, FALSE);
    RtlSetDaclSecurityDescriptor(&Absolute, TRUE, Acl, FALSE);
    RtlSetSaclSecurityDescriptor(&Absolute, TRUE, Acl, FALSE);
    ULONG Length = sizeof(Relative);
    assert_status(RtlMakeSelfRelativeSD(&Absolute, Relative, &Length), STATUS_SUCCESS);
    for (ULONG Cut = 0; Cut <= Length; Cut++) {
        PUCHAR Copy = malloc(Cut ? Cut : 1); // the sanitizer guards its end
        memcpy(Copy, Relative, Cut);
        assert_int_equal(RtlValidRelativeSecurityDescriptor(Copy, Cut, 0), Cut == Length);
        free(Copy);
    }
    ULONG Accepted = 0;
    for (ULONG Round = 0; Round < 20000; Round++) {
        PUCHAR Copy = malloc(Length);
        memcpy(Copy, Relative, Length);
        for (ULONG Change = 0; Change <= TestRandom() % 3; Change++)
            Copy[TestRandom() % Length] = (UCHAR)TestRandom();
        if (RtlValidRelativeSecurityDescriptor(Copy, Length, OWNER_SECURITY_INFORMATION)) {
            Accepted++;
            assert_true(RtlValidSecurityDescriptor(Copy));
            RtlLengthSecurityDescriptor(Copy);
        }
        free(Copy);
    }
    assert_in_range(Accepted, 1, 19999);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sids_are_made_and_compared),
        cmocka_unit_test(sids_have_text),
        cmocka_unit_test(masks),
        cmocka_unit_test(lists_are_built_and_changed),
        cmocka_unit_test(object_and_label_entries),
        cmocka_unit_test(malformed_lists_are_refused),
        cmocka_unit_test(descriptors_change_form),
        cmocka_unit_test(control_bits),
        cmocka_unit_test(hostile_descriptors),
    };
    return cmocka_run_group_tests(tests, MakeSids, FreeSids);
}
