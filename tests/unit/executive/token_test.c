// Tokens: queries, adjusting, filtering, duplicating, impersonation.
#include "doubles.h"
#include "services.h"
#include "user.h"

#include "se/sep.h"

NTSTATUS NtAdjustGroupsToken(HANDLE TokenHandle, BOOLEAN ResetToDefault,
                             const TOKEN_GROUPS USER *NewState, ULONG BufferLength,
                             TOKEN_GROUPS USER *PreviousState, ULONG USER *ReturnLength);
NTSTATUS NtAdjustPrivilegesToken(HANDLE TokenHandle, BOOLEAN DisableAllPrivileges,
                                 const TOKEN_PRIVILEGES USER *NewState, ULONG BufferLength,
                                 TOKEN_PRIVILEGES USER *PreviousState, ULONG USER *ReturnLength);
NTSTATUS NtDuplicateToken(HANDLE ExistingTokenHandle, ACCESS_MASK DesiredAccess,
                          const OBJECT_ATTRIBUTES USER *ObjectAttributes, BOOLEAN EffectiveOnly,
                          TOKEN_TYPE TokenType, HANDLE USER *NewTokenHandle);
NTSTATUS NtFilterToken(HANDLE ExistingTokenHandle, ULONG Flags,
                       const TOKEN_GROUPS USER *SidsToDisable,
                       const TOKEN_PRIVILEGES USER *PrivilegesToDelete,
                       const TOKEN_GROUPS USER *RestrictedSids, HANDLE USER *NewTokenHandle);
NTSTATUS NtQueryInformationToken(HANDLE TokenHandle, ULONG TokenInformationClass,
                                 VOID USER *TokenInformation, ULONG TokenInformationLength,
                                 ULONG USER *ReturnLength);
NTSTATUS NtSetInformationToken(HANDLE TokenHandle, ULONG TokenInformationClass,
                               const VOID USER *TokenInformation, ULONG TokenInformationLength);

static PTOKEN User;

static HANDLE OpenUser(ACCESS_MASK Access)
{
    HANDLE Handle;
    assert_success(ObOpenObjectByPointer(User, 0, Access, SeTokenObjectType, KernelMode, &Handle));
    return Handle;
}

static void every_class_says_how_long_it_is(void **State)
{
    (void)State;
    HANDLE Token = OpenUser(TOKEN_QUERY | TOKEN_QUERY_SOURCE);
    for (ULONG Class = 0; Class < MaxTokenInfoClass + 5; Class++) {
        alignas(8) UCHAR Buffer[1024];
        ULONG Length = 0, Second = 0;
        NTSTATUS Status =
            NtQueryInformationToken(Token, Class, TEST_USER(Buffer), 0, TEST_USER(&Length));
        if (Status == STATUS_INVALID_INFO_CLASS || Status == STATUS_NOT_FOUND)
            continue;
        assert_status(Status, STATUS_BUFFER_TOO_SMALL);
        assert_status(NtQueryInformationToken(Token, Class, TEST_USER(Buffer), Length - 1,
                                              TEST_USER(&Second)),
                      STATUS_BUFFER_TOO_SMALL);
        assert_int_equal(Length, Second);
        memset(Buffer, 0xCC, sizeof(Buffer));
        assert_success(
            NtQueryInformationToken(Token, Class, TEST_USER(Buffer), Length, TEST_USER(&Second)));
        assert_int_equal(Buffer[Length], 0xCC);
        assert_status(
            NtQueryInformationToken(Token, Class, TEST_BAD_POINTER, Length, TEST_USER(&Second)),
            STATUS_ACCESS_VIOLATION);
    }
    assert_success(NtClose(Token));
}

static void groups_are_told_without_the_user(void **State)
{
    (void)State;
    alignas(8) UCHAR Buffer[1024];
    ULONG Length;
    HANDLE Token = OpenUser(TOKEN_QUERY);
    assert_success(NtQueryInformationToken(Token, TokenGroups, TEST_USER(Buffer), sizeof(Buffer),
                                           TEST_USER(&Length)));
    PTOKEN_GROUPS Groups = (PTOKEN_GROUPS)Buffer;
    assert_int_equal(Groups->GroupCount, 8);
    assert_true(RtlEqualSid(Groups->Groups[0].Sid, TestUserGroupSid()));
    for (ULONG i = 0; i < Groups->GroupCount; i++)
        assert_true(RtlValidSid(Groups->Groups[i].Sid));
    assert_success(NtClose(Token));
}

static void privileges_are_adjusted(void **State)
{
    (void)State;
    HANDLE Token = OpenUser(TOKEN_ADJUST_PRIVILEGES | TOKEN_QUERY);
    TOKEN_PRIVILEGES New = {1, {{{SE_SHUTDOWN_PRIVILEGE, 0}, SE_PRIVILEGE_ENABLED}}}, Old;
    ULONG Length;
    assert_success(NtAdjustPrivilegesToken(Token, FALSE, TEST_USER(&New), sizeof(Old),
                                           TEST_USER(&Old), TEST_USER(&Length)));
    assert_int_equal(Old.PrivilegeCount, 1);
    assert_int_equal(Old.Privileges[0].Attributes, 0);
    assert_true(SeTokenHasPrivilege(User, RtlConvertUlongToLuid(SE_SHUTDOWN_PRIVILEGE)));
    assert_success(NtAdjustPrivilegesToken(Token, FALSE, TEST_USER(&Old), 0, nullptr, nullptr));
    assert_false(SeTokenHasPrivilege(User, RtlConvertUlongToLuid(SE_SHUTDOWN_PRIVILEGE)));

    // One that it does not have; and a buffer too small changes nothing.
    New.Privileges[0].Luid.LowPart = SE_TCB_PRIVILEGE;
    assert_status(NtAdjustPrivilegesToken(Token, FALSE, TEST_USER(&New), 0, nullptr, nullptr),
                  STATUS_NOT_ALL_ASSIGNED);
    New.Privileges[0].Luid.LowPart = SE_SHUTDOWN_PRIVILEGE;
    assert_status(NtAdjustPrivilegesToken(Token, FALSE, TEST_USER(&New), 4, TEST_USER(&Old),
                                          TEST_USER(&Length)),
                  STATUS_BUFFER_TOO_SMALL);
    assert_false(SeTokenHasPrivilege(User, RtlConvertUlongToLuid(SE_SHUTDOWN_PRIVILEGE)));
    assert_success(NtAdjustPrivilegesToken(Token, TRUE, nullptr, 0, nullptr, nullptr));
    assert_int_equal(User->PrivilegesEnabled, 0);
    assert_success(NtClose(Token));
    User->PrivilegesEnabled = User->PrivilegesDefault;
}

static void mandatory_groups_stay(void **State)
{
    (void)State;
    HANDLE Token = OpenUser(TOKEN_ADJUST_GROUPS | TOKEN_QUERY);
    TOKEN_GROUPS New = {1, {{SepKnownSid(SepEveryone), 0}}};
    assert_status(NtAdjustGroupsToken(Token, FALSE, TEST_USER(&New), 0, nullptr, nullptr),
                  STATUS_CANT_DISABLE_MANDATORY);
    New.Groups[0].Sid = SepKnownSid(SepAdministrators);
    assert_status(NtAdjustGroupsToken(Token, FALSE, TEST_USER(&New), 0, nullptr, nullptr),
                  STATUS_NOT_ALL_ASSIGNED);
    assert_success(NtClose(Token));
}

static void filtering_takes_away(void **State)
{
    (void)State;
    HANDLE System, Filtered;
    assert_success(ObOpenObjectByPointer(SeSystemToken, 0, TOKEN_ALL_ACCESS, SeTokenObjectType,
                                         KernelMode, &System));
    TOKEN_GROUPS Disable = {1, {{SepKnownSid(SepAdministrators), 0}}};
    TOKEN_GROUPS Restrict = {1, {{SepKnownSid(SepRestrictedCode), 0}}};
    assert_success(NtFilterToken(System, 1, TEST_USER(&Disable), nullptr, TEST_USER(&Restrict),
                                 TEST_USER(&Filtered)));
    PTOKEN Token;
    assert_success(ObReferenceObjectByHandle(Filtered, 0, SeTokenObjectType, UserMode,
                                             (PVOID *)&Token, nullptr));
    assert_int_equal(Token->PrivilegesPresent, 1ULL << SE_CHANGE_NOTIFY_PRIVILEGE);
    assert_true(SepSidInToken(&Token->Groups, SepKnownSid(SepAdministrators), TRUE));
    assert_false(SepSidInToken(&Token->Groups, SepKnownSid(SepAdministrators), FALSE));
    assert_int_equal(Token->Restricted.Count, 1);
    assert_int_equal(Token->OwnerIndex, 0);
    TestActAs(SeSystemToken);
    assert_success(SeCheckPrimaryToken(Token));
    ObDereferenceObject(Token);
    assert_success(NtClose(Filtered));
    assert_success(NtClose(System));
}

static void levels_only_sink(void **State)
{
    (void)State;
    HANDLE Token = OpenUser(TOKEN_DUPLICATE | TOKEN_QUERY), Low, High;
    SECURITY_QUALITY_OF_SERVICE Qos = {.Length = sizeof(Qos),
                                       .ImpersonationLevel = SecurityIdentification};
    OBJECT_ATTRIBUTES Attributes = TestName(nullptr, 0);
    Attributes.SecurityQualityOfService = &Qos;
    assert_success(NtDuplicateToken(Token, TOKEN_ALL_ACCESS, TEST_USER(&Attributes), FALSE,
                                    TokenImpersonation, TEST_USER(&Low)));
    Qos.ImpersonationLevel = SecurityImpersonation;
    assert_status(NtDuplicateToken(Low, 0, TEST_USER(&Attributes), FALSE, TokenImpersonation,
                                   TEST_USER(&High)),
                  STATUS_BAD_IMPERSONATION_LEVEL);
    assert_status(NtDuplicateToken(Low, 0, nullptr, FALSE, TokenPrimary, TEST_USER(&High)),
                  STATUS_BAD_IMPERSONATION_LEVEL);
    assert_success(NtClose(Low));
    assert_success(NtClose(Token));
}

static void a_user_cannot_become_the_system(void **State)
{
    (void)State;
    TestActAs(User);
    assert_success(SeImpersonate(TestThread, SeSystemToken, FALSE, SecurityImpersonation));
    assert_int_equal(SeTokenImpersonationLevel(PsEffectiveToken()), SecurityIdentification);
    assert_success(SeImpersonate(TestThread, nullptr, FALSE, SecurityAnonymous));
    assert_ptr_equal(PsEffectiveToken(), User);
    TestActAs(SeSystemToken);
    assert_success(SeImpersonate(TestThread, User, FALSE, SecurityImpersonation));
    assert_int_equal(SeTokenImpersonationLevel(PsEffectiveToken()), SecurityImpersonation);
    assert_true(RtlEqualSid(SeTokenUser(PsEffectiveToken()), SeTokenUser(User)));
    assert_success(SeImpersonate(TestThread, nullptr, FALSE, SecurityAnonymous));
}

static void raising_the_level_needs_a_privilege(void **State)
{
    (void)State;
    HANDLE Token = OpenUser(TOKEN_ADJUST_DEFAULT | TOKEN_QUERY);
    TOKEN_MANDATORY_LABEL Label = {{SepKnownSid(SepHighLevel), SE_GROUP_INTEGRITY}};
    TestActAs(User);
    assert_status(
        NtSetInformationToken(Token, TokenIntegrityLevel, TEST_USER(&Label), sizeof(Label)),
        STATUS_PRIVILEGE_NOT_HELD);
    Label.Label.Sid = SepKnownSid(SepLowLevel);
    assert_success(
        NtSetInformationToken(Token, TokenIntegrityLevel, TEST_USER(&Label), sizeof(Label)));
    assert_int_equal(SepTokenLevel(User), SECURITY_MANDATORY_LOW_RID);
    // What a low subject makes carries its level.
    PSECURITY_DESCRIPTOR Descriptor;
    const GENERIC_MAPPING Mapping = {1, 2, 4, 7};
    assert_success(SeAssignSecurity(nullptr, nullptr, FALSE, &Mapping, &Descriptor));
    SEP_PARTS Parts;
    SepGetParts(Descriptor, &Parts);
    assert_int_equal(SepLevelOfSid(&SepFindLabel(Parts.Sacl)->SidStart),
                     SECURITY_MANDATORY_LOW_RID);
    ExFreePool(Descriptor);
    TestActAs(SeSystemToken);
    Label.Label.Sid = SepKnownSid(SepMediumLevel);
    assert_success(
        NtSetInformationToken(Token, TokenIntegrityLevel, TEST_USER(&Label), sizeof(Label)));
    assert_success(NtClose(Token));
}

static void hostile_sids_are_refused(void **State)
{
    (void)State;
    HANDLE Token = OpenUser(TOKEN_ADJUST_DEFAULT | TOKEN_ADJUST_GROUPS), New;
    LONG Blocks = TestPoolBlocks;
    UCHAR Long[] = {SID_REVISION, 200, 0, 0, 0, 0, 0, 5};
    TOKEN_OWNER Owner = {Long};
    assert_status(NtSetInformationToken(Token, TokenOwner, TEST_USER(&Owner), sizeof(Owner)),
                  STATUS_INVALID_SID);
    Owner.Owner = SepKnownSid(SepLocalSystem);
    assert_status(NtSetInformationToken(Token, TokenOwner, TEST_USER(&Owner), sizeof(Owner)),
                  STATUS_INVALID_OWNER);
    ACL Acl = {ACL_REVISION, 0, 4, 0, 0};
    TOKEN_DEFAULT_DACL Dacl = {&Acl};
    assert_status(NtSetInformationToken(Token, TokenDefaultDacl, TEST_USER(&Dacl), sizeof(Dacl)),
                  STATUS_INVALID_ACL);
    TOKEN_GROUPS Groups = {0xFFFFFFFF, {{Long, 0}}};
    assert_status(NtAdjustGroupsToken(Token, FALSE, TEST_USER(&Groups), 0, nullptr, nullptr),
                  STATUS_INVALID_PARAMETER);
    Groups.GroupCount = 1;
    assert_status(NtFilterToken(Token, 0, TEST_USER(&Groups), nullptr, nullptr, TEST_USER(&New)),
                  STATUS_INVALID_SID);
    assert_int_equal(TestPoolBlocks, Blocks);
    assert_success(NtClose(Token));
}

static int Start(void **State)
{
    TestStart(State);
    assert_success(TestCreateUserToken(&User));
    return 0;
}

static int Stop(void **State)
{
    LONG Blocks = TestPoolBlocks;
    ObDereferenceObject(User);
    assert_true(TestPoolBlocks < Blocks);
    return TestStop(State);
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(every_class_says_how_long_it_is),
        cmocka_unit_test(groups_are_told_without_the_user),
        cmocka_unit_test(privileges_are_adjusted),
        cmocka_unit_test(mandatory_groups_stay),
        cmocka_unit_test(filtering_takes_away),
        cmocka_unit_test(levels_only_sink),
        cmocka_unit_test(a_user_cannot_become_the_system),
        cmocka_unit_test(raising_the_level_needs_a_privilege),
        cmocka_unit_test(hostile_sids_are_refused),
    };
    return cmocka_run_group_tests(Tests, Start, Stop);
}
