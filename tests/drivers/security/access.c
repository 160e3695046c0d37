// Contexts, tokens and access checks.

#include "driver.h"

ULONG TestExports(VOID)
{
    static const SID LocalSystem = {SID_REVISION, 1, SECURITY_NT_AUTHORITY, {18}};
    const struct {
        PSID Sid;
        UCHAR Parts;
    } Sids[] = {
        {SeExports->SeNullSid, 1},          {SeExports->SeWorldSid, 1},
        {SeExports->SeNtAuthoritySid, 0},   {SeExports->SeLocalSystemSid, 1},
        {SeExports->SeAliasAdminsSid, 2},   {SeExports->SeAuthenticatedUsersSid, 1},
        {SeExports->SeHighMandatorySid, 1}, {SeExports->SeOwnerRightsSid, 1},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Sids); i++) {
        EXPECT(RtlValidSid(Sids[i].Sid));
        EXPECT(*RtlSubAuthorityCountSid(Sids[i].Sid) == Sids[i].Parts);
    }
    EXPECT(RtlEqualSid(SeExports->SeLocalSystemSid, (PSID)&LocalSystem));
    EXPECT(SeExports->SeDebugPrivilege.LowPart == SE_DEBUG_PRIVILEGE);
    EXPECT(SeExports->SeCreateSymbolicLinkPrivilege.LowPart == SE_CREATE_SYMBOLIC_LINK_PRIVILEGE);
    return 0;
}

// Of a token with an identifier less, and of one that is restricted.
ULONG TestFilter(VOID)
{
    SECURITY_SUBJECT_CONTEXT Context;
    TOKEN_GROUPS Admins = {1, {{SeExports->SeAliasAdminsSid, 0}}};
    TOKEN_GROUPS World = {1, {{SeExports->SeWorldSid, 0}}};
    PACCESS_TOKEN Filtered, Restricted;
    SeCaptureSubjectContext(&Context);
    PACCESS_TOKEN Token = SeQuerySubjectContextToken(&Context);
    EXPECT(Token && SeTokenType(Token) == TokenPrimary);
    EXPECT(SeTokenIsAdmin(Token) && !SeTokenIsRestricted(Token));
    EXPECT(SeFilterToken(Token, 0, &Admins, NULL, NULL, &Filtered) == STATUS_SUCCESS);
    EXPECT(!SeTokenIsAdmin(Filtered));
    EXPECT(SeFilterToken(Token, 0, NULL, NULL, &World, &Restricted) == STATUS_SUCCESS);
    EXPECT(SeTokenIsRestricted(Restricted));
    ObDereferenceObject(Filtered);
    ObDereferenceObject(Restricted);
    SeReleaseSubjectContext(&Context);
    return 0;
}

static GENERIC_MAPPING Mapping = {FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_GENERIC_EXECUTE,
                                  FILE_ALL_ACCESS};

ULONG TestKernelMode(VOID)
{
    SECURITY_SUBJECT_CONTEXT Context;
    ACCESS_MASK Granted;
    NTSTATUS Status;
    SeCaptureSubjectContext(&Context);
    EXPECT(SeAccessCheck(NULL, &Context, FALSE, FILE_READ_DATA, FILE_EXECUTE, NULL, &Mapping,
                         KernelMode, &Granted, &Status));
    EXPECT(Status == STATUS_SUCCESS && Granted == (FILE_READ_DATA | FILE_EXECUTE));
    EXPECT(SeAccessCheck(NULL, &Context, FALSE, MAXIMUM_ALLOWED, 0, NULL, &Mapping, KernelMode,
                         &Granted, &Status));
    EXPECT(Granted == FILE_ALL_ACCESS);
    EXPECT(!SeAccessCheck(NULL, &Context, FALSE, FILE_READ_DATA, 0, NULL, &Mapping, UserMode,
                          &Granted, &Status));
    EXPECT(Status == STATUS_ACCESS_DENIED && !Granted);
    SeReleaseSubjectContext(&Context);
    EXPECT(SeSinglePrivilegeCheck(SeExports->SeTcbPrivilege, KernelMode));
    return 0;
}

VOID TestDescribe(PSECURITY_SUBJECT_CONTEXT Context, SECTEST_SUBJECT_INFO *Info)
{
    PACCESS_TOKEN Token = SeQuerySubjectContextToken(Context);
    PTOKEN_USER User;
    Info->Impersonates = Context->ClientToken != NULL;
    Info->Admin = SeTokenIsAdmin(Token);
    Info->Restricted = SeTokenIsRestricted(Token);
    Info->LocalSystem = 0;
    if (NT_SUCCESS(SeQueryInformationToken(Token, TokenUser, (PVOID *)&User))) {
        Info->LocalSystem = RtlEqualSid(User->User.Sid, SeExports->SeLocalSystemSid);
        ExFreePool(User);
    }
}

NTSTATUS TestPrivilege(LUID Privilege)
{
    return SeSinglePrivilegeCheck(Privilege, UserMode) ? STATUS_SUCCESS : STATUS_PRIVILEGE_NOT_HELD;
}

NTSTATUS TestAccess(ACCESS_MASK Desired, PACCESS_MASK Granted)
{
    union {
        ACL Acl;
        UCHAR Space[256];
    } Dacl;
    SECURITY_DESCRIPTOR Descriptor;
    SECURITY_SUBJECT_CONTEXT Context;
    NTSTATUS Status;
    RtlCreateSecurityDescriptor(&Descriptor, SECURITY_DESCRIPTOR_REVISION);
    RtlCreateAcl(&Dacl.Acl, sizeof(Dacl), ACL_REVISION);
    RtlAddAccessAllowedAce(&Dacl.Acl, ACL_REVISION, FILE_GENERIC_READ, SeExports->SeAliasAdminsSid);
    RtlSetDaclSecurityDescriptor(&Descriptor, TRUE, &Dacl.Acl, FALSE);
    RtlSetOwnerSecurityDescriptor(&Descriptor, SeExports->SeWorldSid, FALSE);
    RtlSetGroupSecurityDescriptor(&Descriptor, SeExports->SeWorldSid, FALSE);
    SeCaptureSubjectContext(&Context);
    SeLockSubjectContext(&Context);
    SeAccessCheck(&Descriptor, &Context, TRUE, Desired, 0, NULL, &Mapping, UserMode, Granted,
                  &Status);
    SeUnlockSubjectContext(&Context);
    SeReleaseSubjectContext(&Context);
    return Status;
}
