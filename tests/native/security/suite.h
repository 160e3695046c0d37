// The tests of the suite.
#pragma once

#include <pointers.h>
#include <test.h>

#define STRING_OF(Text) {sizeof(Text) - sizeof(WCHAR), sizeof(Text), (PWCH)(Text)}

// ---- SIDs

typedef struct _SID_BUFFER {
    alignas(8) UCHAR Bytes[SECURITY_MAX_SID_SIZE];
} SID_BUFFER;

typedef enum _WHO { Everyone, System, Administrators, Users, LocalService, OwnerRights, Self } WHO;
PSID SidOf(WHO Who); // constant
PSID LabelSid(ULONG Level);

// ---- Tokens (token.c)

HANDLE OwnToken(ACCESS_MASK Access);
// An impersonation token of this process's identity.
HANDLE MakeToken(SECURITY_IMPERSONATION_LEVEL Level);
// The same without administrators, restricted or not.
HANDLE FilteredToken(ULONG Flags, WHO Restricted);
NTSTATUS ActAs(HANDLE Token); // null: as oneself
BOOLEAN HasPrivilege(HANDLE Token, ULONG Privilege);

// ---- Access checks (check.c). Rights: 1 read, 2 write, 4 execute, and the standard ones.

enum { READ = 1, WRITE = 2, EXECUTE = 4 };

typedef struct _ACCESS_RULE {
    BOOLEAN Deny;
    WHO Who;
    ACCESS_MASK Mask;
} ACCESS_RULE;

typedef struct _SECURED {
    SECURITY_DESCRIPTOR Descriptor;
    alignas(8) UCHAR Dacl[512], Sacl[128];
} SECURED;

extern GENERIC_MAPPING Mapping;
PSECURITY_DESCRIPTOR MakeDescriptor(SECURED *Secured, WHO Owner, const ACCESS_RULE *Rules,
                                    ULONG Count);
VOID AddLabel(SECURED *Secured, ULONG Level, ACCESS_MASK Policy);
// What the token is granted; 0 when it is refused.
ACCESS_MASK Check(HANDLE Token, PSECURITY_DESCRIPTOR Descriptor, ACCESS_MASK Desired);

// token.c
VOID TestTokenQueries(void);
VOID TestTokenStatistics(void);
VOID TestTokenDuplicate(void);
VOID TestTokenCreate(void);
VOID TestTokenCompare(void);
VOID TestTokenErrors(void);

// adjust.c
VOID TestAdjustPrivileges(void);
VOID TestRemovePrivilege(void);
VOID TestAdjustGroups(void);
VOID TestFilter(void);
VOID TestSetInformation(void);
VOID TestAdjustErrors(void);

// check.c
VOID TestDaclOrder(void);
VOID TestNoDacl(void);
VOID TestOwner(void);
VOID TestMaximum(void);
VOID TestRestricted(void);
VOID TestSecurityPrivilege(void);
VOID TestCheckErrors(void);

// label.c
VOID TestNoWriteUp(void);
VOID TestNoReadUp(void);
VOID TestLabelOfObjects(void);

// parts.c
VOID TestParts(void);
VOID TestPartsResults(void);
VOID TestPrincipalSelf(void);
VOID TestPartsErrors(void);

// impersonate.c
VOID TestImpersonationLevels(void);
VOID TestImpersonateThread(void);
VOID TestAnonymous(void);
VOID TestPrivilegesImpersonated(void);
VOID TestThreadTokenErrors(void);

// audit.c
VOID TestAuditServices(void);

// user.c
VOID TestUserIdentity(void);
VOID TestUserRefused(void);
VOID TestUserAllowed(void);
VOID TestUserDevices(void);
VOID TestUserTokenAssigned(void);
NTSTATUS ChildUser(PCWSTR Argument);
