// Changing tokens.

#include "suite.h"

static NTSTATUS Adjust(HANDLE Token, ULONG Privilege, ULONG Attributes)
{
    TOKEN_PRIVILEGES New = {1, {{RtlConvertUlongToLuid(Privilege), Attributes}}};
    return NtAdjustPrivilegesToken(Token, FALSE, &New, 0, nullptr, nullptr);
}

VOID TestAdjustPrivileges(void)
{
    HANDLE Token = MakeToken(SecurityImpersonation);
    TOKEN_PRIVILEGES New = {1,
                            {{RtlConvertUlongToLuid(SE_RESTORE_PRIVILEGE), SE_PRIVILEGE_ENABLED}}};
    TOKEN_PRIVILEGES Old = {};
    ULONG Length = 0;
    CHECK(!HasPrivilege(Token, SE_RESTORE_PRIVILEGE));
    CHECK_STATUS(NtAdjustPrivilegesToken(Token, FALSE, &New, sizeof(Old), &Old, &Length),
                 STATUS_SUCCESS);
    CHECK(HasPrivilege(Token, SE_RESTORE_PRIVILEGE));
    CHECK(Old.PrivilegeCount == 1 && !(Old.Privileges[0].Attributes & SE_PRIVILEGE_ENABLED));
    // What changes not is not among the previous state.
    CHECK_STATUS(NtAdjustPrivilegesToken(Token, FALSE, &New, sizeof(Old), &Old, &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Old.PrivilegeCount, 0);
    CHECK_STATUS(Adjust(Token, SE_RESTORE_PRIVILEGE, 0), STATUS_SUCCESS);
    CHECK(!HasPrivilege(Token, SE_RESTORE_PRIVILEGE));
    CHECK_STATUS(Adjust(Token, SE_SYNC_AGENT_PRIVILEGE, SE_PRIVILEGE_ENABLED),
                 STATUS_NOT_ALL_ASSIGNED);
    CHECK_STATUS(NtAdjustPrivilegesToken(Token, FALSE, &New, 4, &Old, &Length),
                 STATUS_BUFFER_TOO_SMALL);
    CHECK(!HasPrivilege(Token, SE_RESTORE_PRIVILEGE)); // nothing has changed
    CHECK_STATUS(NtAdjustPrivilegesToken(Token, TRUE, nullptr, 0, nullptr, nullptr),
                 STATUS_SUCCESS);
    CHECK(!HasPrivilege(Token, SE_TCB_PRIVILEGE) &&
          !HasPrivilege(Token, SE_CHANGE_NOTIFY_PRIVILEGE));
    NtClose(Token);
}

VOID TestRemovePrivilege(void)
{
    HANDLE Token = MakeToken(SecurityImpersonation);
    CHECK_STATUS(Adjust(Token, SE_TCB_PRIVILEGE, SE_PRIVILEGE_REMOVED), STATUS_SUCCESS);
    CHECK(!HasPrivilege(Token, SE_TCB_PRIVILEGE));
    CHECK_STATUS(Adjust(Token, SE_TCB_PRIVILEGE, SE_PRIVILEGE_ENABLED), STATUS_NOT_ALL_ASSIGNED);
    NtClose(Token);
}

VOID TestAdjustGroups(void)
{
    HANDLE Token = MakeToken(SecurityImpersonation);
    TOKEN_GROUPS New = {1, {{SidOf(Administrators), 0}}};
    SECURED Secured;
    const ACCESS_RULE Rule = {FALSE, Administrators, READ};
    PSECURITY_DESCRIPTOR Descriptor = MakeDescriptor(&Secured, Users, &Rule, 1);
    CHECK_EQUAL(Check(Token, Descriptor, READ), READ);
    CHECK_STATUS(NtAdjustGroupsToken(Token, FALSE, &New, 0, nullptr, nullptr), STATUS_SUCCESS);
    CHECK_EQUAL(Check(Token, Descriptor, READ), 0);
    CHECK_STATUS(NtAdjustGroupsToken(Token, TRUE, nullptr, 0, nullptr, nullptr), STATUS_SUCCESS);
    CHECK_EQUAL(Check(Token, Descriptor, READ), READ);
    New.Groups[0].Sid = SidOf(Everyone);
    CHECK_STATUS(NtAdjustGroupsToken(Token, FALSE, &New, 0, nullptr, nullptr),
                 STATUS_CANT_DISABLE_MANDATORY);
    New.Groups[0].Sid = SidOf(LocalService);
    CHECK_STATUS(NtAdjustGroupsToken(Token, FALSE, &New, 0, nullptr, nullptr),
                 STATUS_NOT_ALL_ASSIGNED);
    NtClose(Token);
    Token = FilteredToken(0, OwnerRights);
    New.Groups[0] = (SID_AND_ATTRIBUTES){SidOf(Administrators), SE_GROUP_ENABLED};
    CHECK_STATUS(NtAdjustGroupsToken(Token, FALSE, &New, 0, nullptr, nullptr),
                 STATUS_CANT_ENABLE_DENY_ONLY);
    NtClose(Token);
}

VOID TestFilter(void)
{
    HANDLE Token = FilteredToken(DISABLE_MAX_PRIVILEGE, OwnerRights), Own, Handle;
    SECURED Secured;
    const ACCESS_RULE Rules[] = {{FALSE, Administrators, READ}, {FALSE, Everyone, WRITE}};
    const ACCESS_RULE Denied[] = {{TRUE, Administrators, READ}, {FALSE, Everyone, READ}};
    PSECURITY_DESCRIPTOR Descriptor = MakeDescriptor(&Secured, Users, Rules, 2);
    CHECK_EQUAL(Check(Token, Descriptor, READ), 0);
    CHECK_EQUAL(Check(Token, Descriptor, WRITE), WRITE);
    // A group that is disabled so still denies.
    CHECK_EQUAL(Check(Token, MakeDescriptor(&Secured, Users, Denied, 2), READ), 0);
    CHECK(HasPrivilege(Token, SE_CHANGE_NOTIFY_PRIVILEGE) &&
          !HasPrivilege(Token, SE_TCB_PRIVILEGE));
    NtClose(Token);
    Own = OwnToken(TOKEN_DUPLICATE | TOKEN_QUERY);
    TOKEN_PRIVILEGES Delete = {1, {{RtlConvertUlongToLuid(SE_TCB_PRIVILEGE), 0}}};
    REQUIRE_STATUS(NtFilterToken(Own, 0, nullptr, &Delete, nullptr, &Handle), STATUS_SUCCESS);
    CHECK(!HasPrivilege(Handle, SE_TCB_PRIVILEGE) && HasPrivilege(Handle, SE_DEBUG_PRIVILEGE));
    NtClose(Handle);
    CHECK_STATUS(NtFilterToken(Own, 0x80, nullptr, nullptr, nullptr, &Handle),
                 STATUS_INVALID_PARAMETER);
    CHECK_BAD_OUTPUT(NtFilterToken(Own, 0, nullptr, nullptr, nullptr, Bad));
    CHECK_BAD_INPUT(NtFilterToken(Own, 0, Bad, nullptr, nullptr, &Handle));
    CHECK_BAD_INPUT(NtFilterToken(Own, 0, nullptr, Bad, nullptr, &Handle));
    CHECK_BAD_INPUT(NtFilterToken(Own, 0, nullptr, nullptr, Bad, &Handle));
    NtClose(Own);
}

VOID TestSetInformation(void)
{
    HANDLE Token = MakeToken(SecurityImpersonation);
    alignas(8) UCHAR Buffer[256];
    ULONG Length, One = 1;
    TOKEN_OWNER Owner = {SidOf(System)}, NotOwner = {SidOf(Everyone)};
    TOKEN_PRIMARY_GROUP Group = {SidOf(Everyone)}, NoGroup = {SidOf(LocalService)};
    TOKEN_DEFAULT_DACL Dacl = {};
    TOKEN_MANDATORY_LABEL Label = {{LabelSid(SECURITY_MANDATORY_LOW_RID), SE_GROUP_INTEGRITY}};
#define SET(Class, Value) NtSetInformationToken(Token, Class, &(Value), sizeof(Value))
    CHECK_STATUS(SET(TokenOwner, Owner), STATUS_SUCCESS);
    CHECK_STATUS(NtQueryInformationToken(Token, TokenOwner, Buffer, sizeof(Buffer), &Length),
                 STATUS_SUCCESS);
    CHECK(RtlEqualSid(((PTOKEN_OWNER)Buffer)->Owner, SidOf(System)));
    CHECK_STATUS(SET(TokenOwner, NotOwner), STATUS_INVALID_OWNER);
    CHECK_STATUS(SET(TokenPrimaryGroup, Group), STATUS_SUCCESS);
    CHECK_STATUS(SET(TokenPrimaryGroup, NoGroup), STATUS_INVALID_PRIMARY_GROUP);
    CHECK_STATUS(SET(TokenDefaultDacl, Dacl), STATUS_SUCCESS);
    CHECK_STATUS(NtQueryInformationToken(Token, TokenDefaultDacl, Buffer, sizeof(Buffer), &Length),
                 STATUS_SUCCESS);
    CHECK(!((PTOKEN_DEFAULT_DACL)Buffer)->DefaultDacl);
    CHECK_STATUS(SET(TokenIntegrityLevel, Label), STATUS_SUCCESS);
    CHECK_STATUS(SET(TokenSessionId, One), STATUS_NO_SUCH_LOGON_SESSION);
    CHECK_STATUS(SET(TokenUIAccess, One), STATUS_SUCCESS);
    // Raising a level takes a privilege, which this token's user has: who asks counts.
    Label.Label.Sid = LabelSid(SECURITY_MANDATORY_SYSTEM_RID);
    CHECK_STATUS(SET(TokenIntegrityLevel, Label), STATUS_SUCCESS);
    Label.Label.Sid = SidOf(Everyone);
    CHECK_STATUS(SET(TokenIntegrityLevel, Label), STATUS_INVALID_LABEL);
    CHECK_STATUS(SET(TokenUser, One), STATUS_INVALID_INFO_CLASS);
    CHECK_STATUS(NtSetInformationToken(Token, TokenOwner, &Owner, 4), STATUS_INFO_LENGTH_MISMATCH);
    CHECK_BAD_INPUT(NtSetInformationToken(Token, TokenOwner, Bad, sizeof(Owner)));
    Owner.Owner = TEST_KERNEL;
    CHECK_STATUS(SET(TokenOwner, Owner), STATUS_ACCESS_VIOLATION);
    NtClose(Token);
}

VOID TestAdjustErrors(void)
{
    HANDLE Token = MakeToken(SecurityImpersonation);
    TOKEN_PRIVILEGES New = {1,
                            {{RtlConvertUlongToLuid(SE_RESTORE_PRIVILEGE), SE_PRIVILEGE_ENABLED}}};
    TOKEN_GROUPS Groups = {1, {{SidOf(Administrators), 0}}};
    ULONG Length;
    CHECK_STATUS(NtAdjustPrivilegesToken(Token, FALSE, nullptr, 0, nullptr, nullptr),
                 STATUS_INVALID_PARAMETER);
    CHECK_BAD_INPUT(NtAdjustPrivilegesToken(Token, FALSE, Bad, 0, nullptr, nullptr));
    CHECK_BAD_OUTPUT(NtAdjustPrivilegesToken(Token, FALSE, &New, 64, Bad, &Length));
    CHECK_STATUS(NtAdjustPrivilegesToken((HANDLE)0x7770, FALSE, &New, 0, nullptr, nullptr),
                 STATUS_INVALID_HANDLE);
    New.PrivilegeCount = 0x10000000; // that many would overflow
    CHECK_STATUS(NtAdjustPrivilegesToken(Token, FALSE, &New, 0, nullptr, nullptr),
                 STATUS_INVALID_PARAMETER);
    CHECK_BAD_INPUT(NtAdjustGroupsToken(Token, FALSE, Bad, 0, nullptr, nullptr));
    CHECK_BAD_OUTPUT(NtAdjustGroupsToken(Token, FALSE, &Groups, 256, Bad, &Length));
    Groups.GroupCount = 0x10000000;
    CHECK_STATUS(NtAdjustGroupsToken(Token, FALSE, &Groups, 0, nullptr, nullptr),
                 STATUS_INVALID_PARAMETER);
    Groups.GroupCount = 1;
    Groups.Groups[0].Sid = TEST_KERNEL;
    CHECK_STATUS(NtAdjustGroupsToken(Token, FALSE, &Groups, 0, nullptr, nullptr),
                 STATUS_ACCESS_VIOLATION);
    NtClose(Token);
}
