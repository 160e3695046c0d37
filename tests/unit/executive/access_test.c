// Access checks: order of ACEs, owner, labels, privileges, restricted tokens, inheritance.
#include "doubles.h"
#include "services.h"
#include "user.h"

#include "se/sep.h"

static PTOKEN User;
static const GENERIC_MAPPING Mapping = {0x20001, 0x20002, 0x20004, 0x1F0007};

typedef struct {
    UCHAR Type, Flags;
    ACCESS_MASK Mask;
    PSID Sid;
} ENTRY;

// A descriptor in static storage: one test at a time.
static PSECURITY_DESCRIPTOR Describe(PSID Owner, const ENTRY *Entries, ULONG Count)
{
    static alignas(8) UCHAR Buffer[512];
    static SECURITY_DESCRIPTOR Descriptor;
    PACL Acl = (PACL)Buffer;
    assert_success(RtlCreateAcl(Acl, sizeof(Buffer), ACL_REVISION));
    for (ULONG i = 0; i < Count; i++) {
        if (Entries[i].Type == ACCESS_ALLOWED_ACE_TYPE)
            assert_success(RtlAddAccessAllowedAceEx(Acl, ACL_REVISION, Entries[i].Flags,
                                                    Entries[i].Mask, Entries[i].Sid));
        else
            assert_success(RtlAddAccessDeniedAceEx(Acl, ACL_REVISION, Entries[i].Flags,
                                                   Entries[i].Mask, Entries[i].Sid));
    }
    assert_success(RtlCreateSecurityDescriptor(&Descriptor, SECURITY_DESCRIPTOR_REVISION));
    assert_success(RtlSetOwnerSecurityDescriptor(&Descriptor, Owner, FALSE));
    assert_success(RtlSetGroupSecurityDescriptor(&Descriptor, Owner, FALSE));
    assert_success(RtlSetDaclSecurityDescriptor(&Descriptor, TRUE, Acl, FALSE));
    return &Descriptor;
}

static NTSTATUS Check(PSECURITY_DESCRIPTOR Descriptor, PTOKEN Token, ACCESS_MASK Desired,
                      ACCESS_MASK *Granted)
{
    NTSTATUS Status;
    BOOLEAN Allowed =
        SeAccessCheck(Descriptor, Token, Desired, 0, &Mapping, UserMode, Granted, &Status);
    assert_int_equal(Allowed, NT_SUCCESS(Status));
    return Status;
}

static void the_first_entry_decides(void **State)
{
    (void)State;
    const ENTRY Entries[] = {
        {ACCESS_DENIED_ACE_TYPE, 0, 1, SepKnownSid(SepUsers)},
        {ACCESS_ALLOWED_ACE_TYPE, 0, 7, SepKnownSid(SepEveryone)},
        {ACCESS_DENIED_ACE_TYPE, 0, 2, SepKnownSid(SepEveryone)},
    };
    ACCESS_MASK Granted;
    PSECURITY_DESCRIPTOR Descriptor = Describe(SepKnownSid(SepLocalSystem), Entries, 3);
    assert_status(Check(Descriptor, User, 1, &Granted), STATUS_ACCESS_DENIED);
    assert_success(Check(Descriptor, User, 2, &Granted));
    assert_int_equal(Granted, 2);
    assert_status(Check(Descriptor, User, 3, &Granted), STATUS_ACCESS_DENIED);
    assert_success(Check(Descriptor, User, MAXIMUM_ALLOWED, &Granted));
    assert_int_equal(Granted, 6);
    assert_success(Check(Descriptor, SeSystemToken, 3, &Granted));
    assert_status(Check(Descriptor, User, 0, &Granted), STATUS_ACCESS_DENIED);
}

static void generic_rights_are_mapped(void **State)
{
    (void)State;
    const ENTRY Entries[] = {{ACCESS_ALLOWED_ACE_TYPE, 0, GENERIC_READ, SepKnownSid(SepEveryone)}};
    ACCESS_MASK Granted;
    PSECURITY_DESCRIPTOR Descriptor = Describe(SepKnownSid(SepLocalSystem), Entries, 1);
    assert_success(Check(Descriptor, User, GENERIC_READ, &Granted));
    assert_int_equal(Granted, Mapping.GenericRead);
    assert_status(Check(Descriptor, User, GENERIC_WRITE, &Granted), STATUS_ACCESS_DENIED);
}

static void the_owner_may_change_the_dacl(void **State)
{
    (void)State;
    ACCESS_MASK Granted;
    PSECURITY_DESCRIPTOR Descriptor = Describe(TestUserSid(), nullptr, 0);
    assert_success(Check(Descriptor, User, READ_CONTROL | WRITE_DAC, &Granted));
    assert_status(Check(Descriptor, User, WRITE_OWNER, &Granted), STATUS_ACCESS_DENIED);
    const ENTRY Rights[] = {{ACCESS_ALLOWED_ACE_TYPE, 0, 1, SepKnownSid(SepOwnerRights)}};
    Descriptor = Describe(TestUserSid(), Rights, 1);
    assert_status(Check(Descriptor, User, WRITE_DAC, &Granted), STATUS_ACCESS_DENIED);
    assert_success(Check(Descriptor, User, 1, &Granted));
}

static void no_dacl_allows_everything_and_an_empty_one_nothing(void **State)
{
    (void)State;
    ACCESS_MASK Granted;
    SECURITY_DESCRIPTOR *Descriptor = Describe(SepKnownSid(SepLocalSystem), nullptr, 0);
    assert_status(Check(Descriptor, User, 1, &Granted), STATUS_ACCESS_DENIED);
    Descriptor->Dacl = nullptr;
    assert_success(Check(Descriptor, User, 7, &Granted));
}

static void a_label_keeps_writers_from_below_out(void **State)
{
    (void)State;
    const ENTRY All[] = {{ACCESS_ALLOWED_ACE_TYPE, 0, 0x1F0007, SepKnownSid(SepEveryone)}};
    PACL Label;
    ACCESS_MASK Granted;
    PSECURITY_DESCRIPTOR Descriptor = Describe(SepKnownSid(SepLocalSystem), All, 1);
    assert_success(
        SepCreateLabelAcl(SepKnownSid(SepHighLevel), SYSTEM_MANDATORY_LABEL_NO_WRITE_UP, &Label));
    assert_success(RtlSetSaclSecurityDescriptor(Descriptor, TRUE, Label, FALSE));
    assert_status(Check(Descriptor, User, 2, &Granted), STATUS_ACCESS_DENIED);
    assert_success(Check(Descriptor, User, 5, &Granted));
    assert_success(Check(Descriptor, SeSystemToken, 7, &Granted));
    assert_success(Check(Descriptor, User, MAXIMUM_ALLOWED, &Granted));
    assert_int_equal(Granted, SYNCHRONIZE | 0x20005);
    ExFreePool(Label);
}

static void system_security_is_a_privilege(void **State)
{
    (void)State;
    const ENTRY All[] = {{ACCESS_ALLOWED_ACE_TYPE, 0, 0x11F0007, SepKnownSid(SepEveryone)}};
    ACCESS_MASK Granted;
    PSECURITY_DESCRIPTOR Descriptor = Describe(SepKnownSid(SepLocalSystem), All, 1);
    assert_status(Check(Descriptor, User, ACCESS_SYSTEM_SECURITY, &Granted),
                  STATUS_PRIVILEGE_NOT_HELD);
    assert_status(Check(Descriptor, SeSystemToken, ACCESS_SYSTEM_SECURITY, &Granted),
                  STATUS_PRIVILEGE_NOT_HELD); // it has it, disabled
    SeSystemToken->PrivilegesEnabled |= 1ULL << SE_SECURITY_PRIVILEGE;
    assert_success(Check(Descriptor, SeSystemToken, ACCESS_SYSTEM_SECURITY | 1, &Granted));
    assert_int_equal(Granted, ACCESS_SYSTEM_SECURITY | 1);
    SeSystemToken->PrivilegesEnabled &= ~(1ULL << SE_SECURITY_PRIVILEGE);
}

static void a_restricted_token_must_pass_twice(void **State)
{
    (void)State;
    const ENTRY Entries[] = {
        {ACCESS_ALLOWED_ACE_TYPE, 0, 3, SepKnownSid(SepUsers)},
        {ACCESS_ALLOWED_ACE_TYPE, 0, 1, SepKnownSid(SepRestrictedCode)},
    };
    PTOKEN Token;
    ACCESS_MASK Granted;
    assert_success(SeDuplicateToken(User, FALSE, TokenPrimary, SecurityAnonymous, &Token));
    const SID_AND_ATTRIBUTES Sid = {SepKnownSid(SepRestrictedCode), SEP_ALL_ATTRIBUTES};
    assert_success(SepCopySids(&Sid, 1, &Token->Restricted));
    PSECURITY_DESCRIPTOR Descriptor = Describe(SepKnownSid(SepLocalSystem), Entries, 2);
    assert_success(Check(Descriptor, Token, 1, &Granted));
    assert_status(Check(Descriptor, Token, 2, &Granted), STATUS_ACCESS_DENIED);
    assert_success(Check(Descriptor, User, 2, &Granted));
    ObDereferenceObject(Token);
}

static void a_low_impersonation_level_opens_nothing(void **State)
{
    (void)State;
    PTOKEN Token;
    ACCESS_MASK Granted;
    assert_success(
        SeDuplicateToken(User, FALSE, TokenImpersonation, SecurityIdentification, &Token));
    assert_status(Check(SeWellKnownDescriptor(SeUnrestrictedDescriptor), Token, 1, &Granted),
                  STATUS_BAD_IMPERSONATION_LEVEL);
    ObDereferenceObject(Token);
}

// The DACL of an inherited descriptor, entry by entry.
static void ExpectAce(PACL Acl, ULONG Index, UCHAR Flags, ACCESS_MASK Mask, PSID Sid)
{
    PACCESS_ALLOWED_ACE Ace;
    assert_success(RtlGetAce(Acl, Index, (PVOID *)&Ace));
    assert_int_equal(Ace->Header.AceFlags, Flags);
    assert_int_equal(Ace->Mask, Mask);
    assert_true(RtlEqualSid(&Ace->SidStart, Sid));
}

static void children_inherit(void **State)
{
    (void)State;
    const ENTRY Entries[] = {
        {ACCESS_ALLOWED_ACE_TYPE, CONTAINER_INHERIT_ACE | OBJECT_INHERIT_ACE, GENERIC_ALL,
         SepKnownSid(SepCreatorOwner)},
        {ACCESS_ALLOWED_ACE_TYPE, CONTAINER_INHERIT_ACE, 1, SepKnownSid(SepUsers)},
        {ACCESS_ALLOWED_ACE_TYPE, 0, 1, SepKnownSid(SepEveryone)},
        {ACCESS_ALLOWED_ACE_TYPE, OBJECT_INHERIT_ACE | NO_PROPAGATE_INHERIT_ACE, 2,
         SepKnownSid(SepLocal)},
    };
    PSECURITY_DESCRIPTOR Parent = Describe(SepKnownSid(SepLocalSystem), Entries, 4), Child;
    TestActAs(User);
    assert_success(SeAssignSecurity(Parent, nullptr, TRUE, &Mapping, &Child));
    SEP_PARTS Parts;
    SepGetParts(Child, &Parts);
    assert_true(RtlEqualSid(Parts.Owner, TestUserSid()));
    assert_int_equal(Parts.Dacl->AceCount, 3);
    ExpectAce(Parts.Dacl, 0, INHERITED_ACE, Mapping.GenericAll, TestUserSid());
    ExpectAce(Parts.Dacl, 1,
              INHERITED_ACE | INHERIT_ONLY_ACE | CONTAINER_INHERIT_ACE | OBJECT_INHERIT_ACE,
              GENERIC_ALL, SepKnownSid(SepCreatorOwner));
    ExpectAce(Parts.Dacl, 2, INHERITED_ACE | CONTAINER_INHERIT_ACE, 1, SepKnownSid(SepUsers));
    ExFreePool(Child);

    assert_success(SeAssignSecurity(Parent, nullptr, FALSE, &Mapping, &Child));
    SepGetParts(Child, &Parts);
    assert_int_equal(Parts.Dacl->AceCount, 2);
    ExpectAce(Parts.Dacl, 1, INHERITED_ACE, 2, SepKnownSid(SepLocal));
    ExFreePool(Child);
    TestActAs(SeSystemToken);
}

static void without_inheritance_the_token_decides(void **State)
{
    (void)State;
    PSECURITY_DESCRIPTOR Child;
    TestActAs(User);
    assert_success(SeAssignSecurity(nullptr, nullptr, FALSE, &Mapping, &Child));
    SEP_PARTS Parts;
    SepGetParts(Child, &Parts);
    assert_int_equal(Parts.Dacl->AceCount, 3);
    ExpectAce(Parts.Dacl, 0, 0, Mapping.GenericAll, TestUserSid());
    assert_true(RtlEqualSid(Parts.Group, TestUserGroupSid()));
    ExFreePool(Child);
    // Somebody else's name cannot be put on it.
    PSECURITY_DESCRIPTOR Foreign = Describe(SepKnownSid(SepLocalSystem), nullptr, 0);
    assert_status(SeAssignSecurity(nullptr, Foreign, FALSE, &Mapping, &Child),
                  STATUS_INVALID_OWNER);
    TestActAs(SeSystemToken);
}

static void an_object_is_guarded_by_its_descriptor(void **State)
{
    (void)State;
    HANDLE Event, Opened;
    UNICODE_STRING Name = TestString(L"\\BaseNamedObjects\\guarded");
    OBJECT_ATTRIBUTES Object = TestName(&Name, 0);
    assert_success(NtCreateEvent(TEST_USER(&Event), EVENT_ALL_ACCESS, TEST_USER(&Object),
                                 NotificationEvent, FALSE));
    TestActAs(User);
    assert_status(NtOpenEvent(TEST_USER(&Opened), EVENT_MODIFY_STATE, TEST_USER(&Object)),
                  STATUS_ACCESS_DENIED);
    TestActAs(SeSystemToken);
    const ENTRY Entries[] = {
        {ACCESS_ALLOWED_ACE_TYPE, 0, EVENT_MODIFY_STATE, SepKnownSid(SepUsers)}};
    assert_success(
        NtSetSecurityObject(Event, DACL_SECURITY_INFORMATION,
                            TEST_USER((UCHAR *)Describe(SepKnownSid(SepLocalSystem), Entries, 1))));
    TestActAs(User);
    assert_success(NtOpenEvent(TEST_USER(&Opened), EVENT_MODIFY_STATE, TEST_USER(&Object)));
    assert_success(NtClose(Opened));
    HANDLE Directory;
    Name = TestString(L"\\ObjectTypes\\mine");
    assert_status(NtCreateDirectoryObject(TEST_USER(&Directory), 1, TEST_USER(&Object)),
                  STATUS_ACCESS_DENIED);
    TestActAs(SeSystemToken);

    alignas(8) UCHAR Buffer[256];
    ULONG Length;
    assert_status(NtQuerySecurityObject(Event, OWNER_SECURITY_INFORMATION, TEST_USER(Buffer), 0,
                                        TEST_USER(&Length)),
                  STATUS_BUFFER_TOO_SMALL);
    assert_success(NtQuerySecurityObject(Event,
                                         OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
                                         TEST_USER(Buffer), sizeof(Buffer), TEST_USER(&Length)));
    SEP_PARTS Parts;
    SepGetParts(Buffer, &Parts);
    assert_null(Parts.Group);
    assert_int_equal(Parts.Dacl->AceCount, 1);
    assert_status(NtQuerySecurityObject(Event, SACL_SECURITY_INFORMATION, TEST_USER(Buffer),
                                        sizeof(Buffer), TEST_USER(&Length)),
                  STATUS_ACCESS_DENIED);
    assert_success(NtClose(Event));
}

static int Start(void **State)
{
    TestStart(State);
    assert_success(TestCreateUserToken(&User));
    return 0;
}

static int Stop(void **State)
{
    ObDereferenceObject(User);
    return TestStop(State);
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(the_first_entry_decides),
        cmocka_unit_test(generic_rights_are_mapped),
        cmocka_unit_test(the_owner_may_change_the_dacl),
        cmocka_unit_test(no_dacl_allows_everything_and_an_empty_one_nothing),
        cmocka_unit_test(a_label_keeps_writers_from_below_out),
        cmocka_unit_test(system_security_is_a_privilege),
        cmocka_unit_test(a_restricted_token_must_pass_twice),
        cmocka_unit_test(a_low_impersonation_level_opens_nothing),
        cmocka_unit_test(children_inherit),
        cmocka_unit_test(without_inheritance_the_token_decides),
        cmocka_unit_test(an_object_is_guarded_by_its_descriptor),
    };
    return cmocka_run_group_tests(Tests, Start, Stop);
}
