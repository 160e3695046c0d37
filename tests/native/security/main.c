// Security: tokens, access checks, impersonation, and what an ordinary user may not do.

#include "suite.h"

static const TEST Tests[] = {
    {"every class of token information is answered", TestTokenQueries},
    {"a token's statistics", TestTokenStatistics},
    {"duplicating tokens", TestTokenDuplicate},
    {"creating tokens", TestTokenCreate},
    {"comparing tokens", TestTokenCompare},
    {"services on tokens refuse bad arguments", TestTokenErrors},
    {"privileges are enabled and disabled", TestAdjustPrivileges},
    {"a privilege is removed for good", TestRemovePrivilege},
    {"groups are enabled and disabled", TestAdjustGroups},
    {"a token is filtered", TestFilter},
    {"owner, group, default DACL and level of a token", TestSetInformation},
    {"adjusting refuses bad arguments", TestAdjustErrors},
    {"the first entry of a DACL decides", TestDaclOrder},
    {"no DACL, and an empty one", TestNoDacl},
    {"an owner's rights", TestOwner},
    {"MAXIMUM_ALLOWED", TestMaximum},
    {"a restricted token must be allowed twice", TestRestricted},
    {"ACCESS_SYSTEM_SECURITY takes a privilege", TestSecurityPrivilege},
    {"access checks refuse bad arguments", TestCheckErrors},
    {"nobody writes up", TestNoWriteUp},
    {"nobody reads up where the label says so", TestNoReadUp},
    {"labels of objects", TestLabelOfObjects},
    {"access to parts of an object", TestParts},
    {"a result for each part", TestPartsResults},
    {"the principal itself", TestPrincipalSelf},
    {"checks of parts refuse bad arguments", TestPartsErrors},
    {"levels of impersonation", TestImpersonationLevels},
    {"impersonating a thread", TestImpersonateThread},
    {"the anonymous token", TestAnonymous},
    {"privileges while impersonating", TestPrivilegesImpersonated},
    {"opening and setting thread tokens refuses bad arguments", TestThreadTokenErrors},
    {"audit services take the privilege", TestAuditServices},
    {"an ordinary user is who the registry says", TestUserIdentity},
    {"an ordinary user is refused what only the system may", TestUserRefused},
    {"an ordinary user does what users do", TestUserAllowed},
    {"an ordinary user has its own \\??", TestUserDevices},
    {"only who may assigns tokens to processes", TestUserTokenAssigned},
};

static const TEST_CHILD Children[] = {{L"user", ChildUser}};

const TEST_SUITE TestSuite = TEST_SUITE_WITH_CHILDREN(Tests, Children);
