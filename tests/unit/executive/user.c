#include "user.h"

#include "ex/ex.h"

#define TEST_PRIVILEGE(Name) (1ULL << SE_##Name##_PRIVILEGE)

// S-1-5-21-1-2-3-Rid
typedef struct _TEST_ACCOUNT {
    UCHAR Revision, Count;
    SID_IDENTIFIER_AUTHORITY Authority;
    ULONG Parts[5];
} TEST_ACCOUNT;

static TEST_ACCOUNT TestUser = {SID_REVISION, 5, {{0, 0, 0, 0, 0, 5}}, {21, 1, 2, 3, 1000}};
static TEST_ACCOUNT TestUserGroup = {SID_REVISION, 5, {{0, 0, 0, 0, 0, 5}}, {21, 1, 2, 3, 513}};

PSID TestUserSid(void)
{
    return &TestUser;
}

PSID TestUserGroupSid(void)
{
    return &TestUserGroup;
}

NTSTATUS TestCreateUserToken(PTOKEN *Token)
{
    LUID Logon;
    ExAllocateLocallyUniqueId(&Logon);
    TEST_ACCOUNT LogonSid = {
        SID_REVISION, 3, {{0, 0, 0, 0, 0, 5}}, {5, (ULONG)Logon.HighPart, Logon.LowPart}};
    const SID_AND_ATTRIBUTES Groups[] = {
        {&TestUser, 0},
        {&TestUserGroup, SEP_ALL_ATTRIBUTES},
        {SepKnownSid(SepEveryone), SEP_ALL_ATTRIBUTES},
        {SepKnownSid(SepUsers), SEP_ALL_ATTRIBUTES},
        {SepKnownSid(SepInteractive), SEP_ALL_ATTRIBUTES},
        {SepKnownSid(SepAuthenticatedUsers), SEP_ALL_ATTRIBUTES},
        {&LogonSid, SEP_ALL_ATTRIBUTES | SE_GROUP_LOGON_ID},
        {SepKnownSid(SepLocal), SEP_ALL_ATTRIBUTES},
        {SepKnownSid(SepMediumLevel), SE_GROUP_INTEGRITY | SE_GROUP_INTEGRITY_ENABLED},
    };
    alignas(8) UCHAR Dacl[256];
    PACL Acl = (PACL)Dacl;
    RtlCreateAcl(Acl, sizeof(Dacl), ACL_REVISION);
    RtlAddAccessAllowedAce(Acl, ACL_REVISION, GENERIC_ALL, &TestUser);
    RtlAddAccessAllowedAce(Acl, ACL_REVISION, GENERIC_ALL, SepKnownSid(SepLocalSystem));
    RtlAddAccessAllowedAce(Acl, ACL_REVISION, GENERIC_READ | GENERIC_EXECUTE, &LogonSid);
    const SEP_TOKEN_TEMPLATE Template = {
        .Source = {.SourceName = "User32 "},
        .Type = TokenPrimary,
        .AuthenticationId = Logon,
        .CreateSession = TRUE,
        .ExpirationTime.QuadPart = INT64_MAX,
        .GroupCount = RTL_NUMBER_OF(Groups),
        .Groups = Groups,
        .PrivilegesPresent = TEST_PRIVILEGE(CHANGE_NOTIFY) | TEST_PRIVILEGE(SHUTDOWN) |
                             TEST_PRIVILEGE(UNDOCK) | TEST_PRIVILEGE(INC_WORKING_SET) |
                             TEST_PRIVILEGE(TIME_ZONE),
        .PrivilegesEnabled = TEST_PRIVILEGE(CHANGE_NOTIFY),
        .PrimaryGroup = &TestUserGroup,
        .DefaultDacl = Acl,
    };
    return SepCreateToken(&Template, Token);
}
