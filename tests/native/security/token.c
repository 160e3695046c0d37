// Tokens.

#include "suite.h"

static const struct {
    UCHAR Authority, Count;
    ULONG SubAuthorities[2];
} Known[] = {
    [Everyone] = {1, 1, {0}},
    [System] = {5, 1, {SECURITY_LOCAL_SYSTEM_RID}},
    [Administrators] = {5, 2, {32, DOMAIN_ALIAS_RID_ADMINS}},
    [Users] = {5, 2, {32, DOMAIN_ALIAS_RID_USERS}},
    [LocalService] = {5, 1, {SECURITY_LOCAL_SERVICE_RID}},
    [OwnerRights] = {3, 1, {4}},
    [Self] = {5, 1, {10}},
};

static PSID MakeSid(SID_BUFFER *Sid, UCHAR Authority, UCHAR Count, const ULONG *SubAuthorities)
{
    SID_IDENTIFIER_AUTHORITY Identifier = {{0, 0, 0, 0, 0, Authority}};
    RtlInitializeSid(Sid, &Identifier, Count);
    for (UCHAR i = 0; i < Count; i++)
        *RtlSubAuthoritySid(Sid, i) = SubAuthorities[i];
    return Sid;
}

PSID SidOf(WHO Who)
{
    static SID_BUFFER Sids[RTL_NUMBER_OF(Known)];
    return MakeSid(&Sids[Who], Known[Who].Authority, Known[Who].Count, Known[Who].SubAuthorities);
}

PSID LabelSid(ULONG Level)
{
    static SID_BUFFER Sid;
    return MakeSid(&Sid, 16, 1, &Level);
}

HANDLE OwnToken(ACCESS_MASK Access)
{
    HANDLE Token = nullptr;
    CHECK_STATUS(NtOpenProcessToken(NtCurrentProcess(), Access, &Token), STATUS_SUCCESS);
    return Token;
}

static NTSTATUS Duplicate(HANDLE Token, TOKEN_TYPE Type, SECURITY_IMPERSONATION_LEVEL Level,
                          PHANDLE Copy)
{
    SECURITY_QUALITY_OF_SERVICE Qos = {sizeof(Qos), Level, SECURITY_STATIC_TRACKING, FALSE};
    OBJECT_ATTRIBUTES Attributes = TestAttributes(nullptr, 0);
    Attributes.SecurityQualityOfService = &Qos;
    return NtDuplicateToken(Token, TOKEN_ALL_ACCESS, &Attributes, FALSE, Type, Copy);
}

HANDLE MakeToken(SECURITY_IMPERSONATION_LEVEL Level)
{
    HANDLE Own = OwnToken(TOKEN_DUPLICATE), Copy = nullptr;
    CHECK_STATUS(Duplicate(Own, TokenImpersonation, Level, &Copy), STATUS_SUCCESS);
    NtClose(Own);
    return Copy;
}

HANDLE FilteredToken(ULONG Flags, WHO Restricted)
{
    HANDLE Token = MakeToken(SecurityImpersonation), Filtered = nullptr;
    TOKEN_GROUPS Disable = {1, {{SidOf(Administrators), 0}}};
    TOKEN_GROUPS Restrict = {1, {{SidOf(Restricted), 0}}};
    CHECK_STATUS(NtFilterToken(Token, Flags, &Disable, nullptr,
                               Restricted == OwnerRights ? nullptr : &Restrict, &Filtered),
                 STATUS_SUCCESS);
    NtClose(Token);
    return Filtered;
}

NTSTATUS ActAs(HANDLE Token)
{
    return NtSetInformationThread(NtCurrentThread(), ThreadImpersonationToken, &Token,
                                  sizeof(Token));
}

BOOLEAN HasPrivilege(HANDLE Token, ULONG Privilege)
{
    PRIVILEGE_SET Set = {1, PRIVILEGE_SET_ALL_NECESSARY, {{RtlConvertUlongToLuid(Privilege), 0}}};
    BOOLEAN Result = FALSE;
    CHECK_STATUS(NtPrivilegeCheck(Token, &Set, &Result), STATUS_SUCCESS);
    return Result;
}

// Each class: too small tells the size, that size does.
VOID TestTokenQueries(void)
{
    static const TOKEN_INFORMATION_CLASS Classes[] = {
        TokenUser,
        TokenGroups,
        TokenPrivileges,
        TokenOwner,
        TokenPrimaryGroup,
        TokenDefaultDacl,
        TokenSource,
        TokenType,
        TokenStatistics,
        TokenRestrictedSids,
        TokenSessionId,
        TokenGroupsAndPrivileges,
        TokenSandBoxInert,
        TokenOrigin,
        TokenElevationType,
        TokenElevation,
        TokenHasRestrictions,
        TokenVirtualizationAllowed,
        TokenVirtualizationEnabled,
        TokenIntegrityLevel,
        TokenUIAccess,
        TokenMandatoryPolicy,
        TokenIsAppContainer,
        TokenCapabilities,
        TokenAppContainerSid,
        TokenAppContainerNumber,
        TokenIsRestricted,
    };
    alignas(8) UCHAR Buffer[2048];
    HANDLE Token = OwnToken(TOKEN_QUERY | TOKEN_QUERY_SOURCE);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Classes); i++) {
        ULONG Needed = 0, Length = 0;
        NTSTATUS First = NtQueryInformationToken(Token, Classes[i], Buffer, 0, &Needed);
        NTSTATUS Second =
            NtQueryInformationToken(Token, Classes[i], Buffer, min(Needed, 2048u), &Length);
        if (First != STATUS_BUFFER_TOO_SMALL || Second || Length != Needed)
            TestFail(__FILE__, __LINE__, "class %u: %08lx, then %08lx; %lu, then %lu bytes",
                     Classes[i], First, Second, Needed, Length);
    }
    ULONG Length;
    PTOKEN_USER User = (PVOID)Buffer;
    CHECK_STATUS(NtQueryInformationToken(Token, TokenUser, Buffer, sizeof(Buffer), &Length),
                 STATUS_SUCCESS);
    CHECK(RtlEqualSid(User->User.Sid, SidOf(System)));
    PTOKEN_GROUPS Groups = (PVOID)Buffer;
    CHECK_STATUS(NtQueryInformationToken(Token, TokenGroups, Buffer, sizeof(Buffer), &Length),
                 STATUS_SUCCESS);
    BOOLEAN Found = FALSE;
    for (ULONG i = 0; i < Groups->GroupCount; i++)
        Found |= RtlEqualSid(Groups->Groups[i].Sid, SidOf(Administrators));
    CHECK(Found);
    PTOKEN_MANDATORY_LABEL Label = (PVOID)Buffer;
    CHECK_STATUS(
        NtQueryInformationToken(Token, TokenIntegrityLevel, Buffer, sizeof(Buffer), &Length),
        STATUS_SUCCESS);
    CHECK(RtlEqualSid(Label->Label.Sid, LabelSid(SECURITY_MANDATORY_SYSTEM_RID)));
    CHECK_STATUS(NtQueryInformationToken(Token, TokenLogonSid, Buffer, sizeof(Buffer), &Length),
                 STATUS_NOT_FOUND); // the system did not log on
    CHECK_STATUS(NtQueryInformationToken(Token, TokenImpersonationLevel, Buffer, 4, &Length),
                 STATUS_INVALID_INFO_CLASS); // a primary token has none
    NtClose(Token);
}

VOID TestTokenStatistics(void)
{
    TOKEN_STATISTICS First, Second;
    ULONG Length;
    HANDLE Token = MakeToken(SecurityIdentification);
    CHECK_STATUS(NtQueryInformationToken(Token, TokenStatistics, &First, sizeof(First), &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(First.TokenType, TokenImpersonation);
    CHECK_EQUAL(First.ImpersonationLevel, SecurityIdentification);
    LUID SystemId = SYSTEM_LUID;
    CHECK(RtlEqualLuid(&First.AuthenticationId, &SystemId));
    TOKEN_PRIVILEGES None = {1, {{RtlConvertUlongToLuid(SE_DEBUG_PRIVILEGE), 0}}};
    CHECK_STATUS(NtAdjustPrivilegesToken(Token, FALSE, &None, 0, nullptr, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(NtQueryInformationToken(Token, TokenStatistics, &Second, sizeof(Second), &Length),
                 STATUS_SUCCESS);
    CHECK(RtlEqualLuid(&First.TokenId, &Second.TokenId));
    CHECK(!RtlEqualLuid(&First.ModifiedId, &Second.ModifiedId));
    NtClose(Token);
}

VOID TestTokenDuplicate(void)
{
    HANDLE Identify = MakeToken(SecurityIdentification), Copy, Primary, Weak;
    ULONG Length;
    TOKEN_TYPE Type;
    // No more than there is.
    CHECK_STATUS(Duplicate(Identify, TokenImpersonation, SecurityImpersonation, &Copy),
                 STATUS_BAD_IMPERSONATION_LEVEL);
    CHECK_STATUS(Duplicate(Identify, TokenPrimary, SecurityAnonymous, &Copy),
                 STATUS_BAD_IMPERSONATION_LEVEL);
    CHECK_STATUS(Duplicate(Identify, TokenImpersonation, SecurityAnonymous, &Copy), STATUS_SUCCESS);
    NtClose(Copy);
    HANDLE Full = MakeToken(SecurityImpersonation);
    REQUIRE_STATUS(Duplicate(Full, TokenPrimary, SecurityAnonymous, &Primary), STATUS_SUCCESS);
    CHECK_STATUS(NtQueryInformationToken(Primary, TokenType, &Type, sizeof(Type), &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Type, TokenPrimary);
    // Effective only: what is not enabled is left out.
    REQUIRE_STATUS(NtDuplicateToken(Full, TOKEN_QUERY, nullptr, TRUE, TokenPrimary, &Copy),
                   STATUS_SUCCESS);
    CHECK(!HasPrivilege(Copy, SE_RESTORE_PRIVILEGE) && HasPrivilege(Copy, SE_TCB_PRIVILEGE));
    TOKEN_PRIVILEGES Enable = {
        1, {{RtlConvertUlongToLuid(SE_RESTORE_PRIVILEGE), SE_PRIVILEGE_ENABLED}}};
    CHECK_STATUS(NtAdjustPrivilegesToken(Copy, FALSE, &Enable, 0, nullptr, nullptr),
                 STATUS_ACCESS_DENIED); // the handle is for queries
    NtClose(Copy);
    REQUIRE_STATUS(
        NtDuplicateToken(Full, TOKEN_ADJUST_PRIVILEGES, nullptr, TRUE, TokenPrimary, &Copy),
        STATUS_SUCCESS);
    CHECK_STATUS(NtAdjustPrivilegesToken(Copy, FALSE, &Enable, 0, nullptr, nullptr),
                 STATUS_NOT_ALL_ASSIGNED);
    NtClose(Copy);
    CHECK_STATUS(NtDuplicateToken(Full, TOKEN_QUERY, nullptr, FALSE, 3, &Copy),
                 STATUS_INVALID_PARAMETER);
    REQUIRE_STATUS(
        NtDuplicateObject(NtCurrentProcess(), Full, NtCurrentProcess(), &Weak, TOKEN_QUERY, 0, 0),
        STATUS_SUCCESS);
    CHECK_STATUS(Duplicate(Weak, TokenPrimary, SecurityAnonymous, &Copy), STATUS_ACCESS_DENIED);
    NtClose(Weak);
    NtClose(Primary);
    NtClose(Full);
    NtClose(Identify);
}

static NTSTATUS Create(PLUID Session, PSID Owner, PSID Primary, PHANDLE Token)
{
    LARGE_INTEGER Never = {.QuadPart = MAXLONGLONG};
    TOKEN_USER User = {{SidOf(LocalService), 0}};
    TOKEN_GROUPS Groups = {1, {{SidOf(Everyone), SE_GROUP_MANDATORY}}};
    TOKEN_PRIVILEGES Privileges = {
        1, {{RtlConvertUlongToLuid(SE_DEBUG_PRIVILEGE), SE_PRIVILEGE_ENABLED}}};
    TOKEN_OWNER TokenOwner = {Owner};
    TOKEN_PRIMARY_GROUP PrimaryGroup = {Primary};
    TOKEN_SOURCE Source = {.SourceName = "suite"};
    return NtCreateToken(Token, TOKEN_ALL_ACCESS, nullptr, TokenPrimary, Session, &Never, &User,
                         &Groups, &Privileges, Owner ? &TokenOwner : nullptr, &PrimaryGroup,
                         nullptr, &Source);
}

VOID TestTokenCreate(void)
{
    HANDLE Token;
    LUID Session = SYSTEM_LUID;
    BOOLEAN WasEnabled;
    alignas(8) UCHAR Buffer[256];
    ULONG Length;
    CHECK_STATUS(Create(&Session, nullptr, SidOf(Everyone), &Token), STATUS_PRIVILEGE_NOT_HELD);
    REQUIRE_STATUS(RtlAdjustPrivilege(SE_CREATE_TOKEN_PRIVILEGE, TRUE, FALSE, &WasEnabled),
                   STATUS_SUCCESS);
    REQUIRE_STATUS(Create(&Session, nullptr, SidOf(Everyone), &Token), STATUS_SUCCESS);
    CHECK_STATUS(NtQueryInformationToken(Token, TokenUser, Buffer, sizeof(Buffer), &Length),
                 STATUS_SUCCESS);
    CHECK(RtlEqualSid(((PTOKEN_USER)Buffer)->User.Sid, SidOf(LocalService)));
    CHECK(HasPrivilege(Token, SE_DEBUG_PRIVILEGE) && !HasPrivilege(Token, SE_TCB_PRIVILEGE));
    NtClose(Token);
    CHECK_STATUS(Create(&Session, SidOf(System), SidOf(Everyone), &Token), STATUS_INVALID_OWNER);
    CHECK_STATUS(Create(&Session, SidOf(Everyone), SidOf(Everyone), &Token), STATUS_INVALID_OWNER);
    CHECK_STATUS(Create(&Session, nullptr, SidOf(Users), &Token), STATUS_INVALID_PRIMARY_GROUP);
    CHECK_BAD_INPUT(Create(Bad, nullptr, SidOf(Everyone), &Token));
    CHECK_BAD_INPUT(Create(&Session, Bad, SidOf(Everyone), &Token));
    CHECK_BAD_INPUT(Create(&Session, nullptr, Bad, &Token));
    CHECK_BAD_OUTPUT(Create(&Session, nullptr, SidOf(Everyone), Bad));
    RtlAdjustPrivilege(SE_CREATE_TOKEN_PRIVILEGE, FALSE, FALSE, &WasEnabled);
}

VOID TestTokenCompare(void)
{
    HANDLE First = MakeToken(SecurityImpersonation), Second = MakeToken(SecurityIdentification);
    HANDLE Less = FilteredToken(DISABLE_MAX_PRIVILEGE, OwnerRights);
    BOOLEAN Equal = FALSE;
    CHECK_STATUS(NtCompareTokens(First, Second, &Equal), STATUS_SUCCESS);
    CHECK(Equal);
    CHECK_STATUS(NtCompareTokens(First, Less, &Equal), STATUS_SUCCESS);
    CHECK(!Equal);
    CHECK_BAD_OUTPUT(NtCompareTokens(First, Second, Bad));
    CHECK_STATUS(NtCompareTokens(First, NtCurrentProcess(), &Equal), STATUS_OBJECT_TYPE_MISMATCH);
    NtClose(Less);
    NtClose(Second);
    NtClose(First);
}

VOID TestTokenErrors(void)
{
    HANDLE Token = OwnToken(TOKEN_QUERY), Handle;
    UCHAR Buffer[64];
    ULONG Length;
    CHECK_BAD_OUTPUT(NtOpenProcessToken(NtCurrentProcess(), TOKEN_QUERY, Bad));
    CHECK_STATUS(NtOpenProcessToken((HANDLE)0x7770, TOKEN_QUERY, &Handle), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtOpenProcessToken(Token, TOKEN_QUERY, &Handle), STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_STATUS(NtQueryInformationToken(Token, MaxTokenInfoClass, Buffer, 64, &Length),
                 STATUS_INVALID_INFO_CLASS);
    CHECK_STATUS(NtQueryInformationToken(Token, 0, Buffer, 64, &Length), STATUS_INVALID_INFO_CLASS);
    CHECK_STATUS(NtQueryInformationToken(Token, TokenSource, Buffer, 64, &Length),
                 STATUS_ACCESS_DENIED); // takes another right
    CHECK_BAD_OUTPUT(NtQueryInformationToken(Token, TokenUser, Bad, 256, &Length));
    CHECK_BAD_OUTPUT(NtQueryInformationToken(Token, TokenUser, Buffer, 64, Bad));
    CHECK_BAD_OUTPUT(NtDuplicateToken(Token, TOKEN_QUERY, nullptr, FALSE, TokenPrimary, Bad));
    CHECK_BAD_INPUT(NtDuplicateToken(Token, TOKEN_QUERY, Bad, FALSE, TokenPrimary, &Handle));
    CHECK_STATUS(NtQueryInformationToken(NtCurrentThreadToken(), TokenUser, Buffer, 64, &Length),
                 STATUS_NO_TOKEN);
    CHECK_STATUS(NtQueryInformationToken(NtCurrentProcess(), TokenUser, Buffer, 64, &Length),
                 STATUS_OBJECT_TYPE_MISMATCH);
    NtClose(Token);
}
