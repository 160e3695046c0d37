// Access checks.

#include "suite.h"

GENERIC_MAPPING Mapping = {
    .GenericRead = READ | READ_CONTROL,
    .GenericWrite = WRITE,
    .GenericExecute = EXECUTE,
    .GenericAll = READ | WRITE | EXECUTE | STANDARD_RIGHTS_REQUIRED,
};

PSECURITY_DESCRIPTOR MakeDescriptor(SECURED *Secured, WHO Owner, const ACCESS_RULE *Rules,
                                    ULONG Count)
{
    PACL Dacl = (PACL)Secured->Dacl;
    memset(Secured, 0, sizeof(*Secured));
    RtlCreateSecurityDescriptor(&Secured->Descriptor, SECURITY_DESCRIPTOR_REVISION);
    RtlSetOwnerSecurityDescriptor(&Secured->Descriptor, SidOf(Owner), FALSE);
    RtlSetGroupSecurityDescriptor(&Secured->Descriptor, SidOf(Owner), FALSE);
    RtlCreateAcl(Dacl, sizeof(Secured->Dacl), ACL_REVISION);
    for (ULONG i = 0; i < Count; i++) {
        NTSTATUS Status =
            Rules[i].Deny
                ? RtlAddAccessDeniedAce(Dacl, ACL_REVISION, Rules[i].Mask, SidOf(Rules[i].Who))
                : RtlAddAccessAllowedAce(Dacl, ACL_REVISION, Rules[i].Mask, SidOf(Rules[i].Who));
        CHECK_STATUS(Status, STATUS_SUCCESS);
    }
    RtlSetDaclSecurityDescriptor(&Secured->Descriptor, TRUE, Dacl, FALSE);
    return &Secured->Descriptor;
}

VOID AddLabel(SECURED *Secured, ULONG Level, ACCESS_MASK Policy)
{
    PACL Sacl = (PACL)Secured->Sacl;
    RtlCreateAcl(Sacl, sizeof(Secured->Sacl), ACL_REVISION);
    CHECK_STATUS(RtlAddMandatoryAce(Sacl, ACL_REVISION, 0, LabelSid(Level),
                                    SYSTEM_MANDATORY_LABEL_ACE_TYPE, Policy),
                 STATUS_SUCCESS);
    RtlSetSaclSecurityDescriptor(&Secured->Descriptor, TRUE, Sacl, FALSE);
}

ACCESS_MASK Check(HANDLE Token, PSECURITY_DESCRIPTOR Descriptor, ACCESS_MASK Desired)
{
    PRIVILEGE_SET Privileges;
    ULONG Length = sizeof(Privileges);
    ACCESS_MASK Granted = 0;
    NTSTATUS Result = STATUS_PENDING;
    CHECK_STATUS(NtAccessCheck(Descriptor, Token, Desired, &Mapping, &Privileges, &Length, &Granted,
                               &Result),
                 STATUS_SUCCESS);
    CHECK(NT_SUCCESS(Result) ? Granted : !Granted);
    return Granted;
}

VOID TestDaclOrder(void)
{
    static const struct {
        ACCESS_RULE Rules[3];
        ULONG Count;
        ACCESS_MASK Desired, Granted;
    } Cases[] = {
        {{{FALSE, Everyone, READ}}, 1, READ, READ},
        {{{FALSE, Everyone, READ}}, 1, READ | WRITE, 0},
        {{{FALSE, Everyone, READ}, {FALSE, System, WRITE}}, 2, READ | WRITE, READ | WRITE},
        {{{TRUE, Everyone, READ}, {FALSE, System, READ}}, 2, READ, 0},
        {{{FALSE, System, READ}, {TRUE, Everyone, READ}}, 2, READ, READ},
        {{{FALSE, LocalService, READ}}, 1, READ, 0},
        {{{TRUE, LocalService, READ}, {FALSE, Everyone, READ}}, 2, READ, READ},
        {{{TRUE, System, WRITE}, {FALSE, Everyone, READ | WRITE}}, 2, READ, READ},
        {{{TRUE, System, WRITE}, {FALSE, Everyone, READ | WRITE}}, 2, READ | WRITE, 0},
        {{{FALSE, Everyone, GENERIC_READ}}, 1, READ | READ_CONTROL, READ | READ_CONTROL},
        {{{FALSE, Everyone, GENERIC_ALL}}, 1, READ | DELETE, READ | DELETE},
    };
    HANDLE Token = MakeToken(SecurityIdentification);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++) {
        SECURED Secured;
        PSECURITY_DESCRIPTOR Descriptor =
            MakeDescriptor(&Secured, Users, Cases[i].Rules, Cases[i].Count);
        ACCESS_MASK Granted = Check(Token, Descriptor, Cases[i].Desired);
        if (Granted != Cases[i].Granted)
            TestFail(__FILE__, __LINE__, "case %lu grants %lx", i, Granted);
    }
    NtClose(Token);
}

VOID TestNoDacl(void)
{
    HANDLE Token = MakeToken(SecurityIdentification);
    SECURED Secured;
    PSECURITY_DESCRIPTOR Descriptor = MakeDescriptor(&Secured, Users, nullptr, 0);
    CHECK_EQUAL(Check(Token, Descriptor, READ), 0); // empty: nobody
    RtlSetDaclSecurityDescriptor(Descriptor, TRUE, nullptr, FALSE);
    CHECK_EQUAL(Check(Token, Descriptor, READ | WRITE), READ | WRITE); // null: everybody
    RtlSetDaclSecurityDescriptor(Descriptor, FALSE, nullptr, FALSE);
    CHECK_EQUAL(Check(Token, Descriptor, READ | WRITE), READ | WRITE);
    NtClose(Token);
}

VOID TestOwner(void)
{
    HANDLE Token = MakeToken(SecurityIdentification);
    SECURED Secured;
    const ACCESS_RULE Rule = {FALSE, OwnerRights, READ};
    PSECURITY_DESCRIPTOR Descriptor = MakeDescriptor(&Secured, System, nullptr, 0);
    CHECK_EQUAL(Check(Token, Descriptor, READ_CONTROL | WRITE_DAC), READ_CONTROL | WRITE_DAC);
    CHECK_EQUAL(Check(Token, Descriptor, WRITE_OWNER), 0);
    // Where the DACL says what the owner may, that is what it may.
    Descriptor = MakeDescriptor(&Secured, System, &Rule, 1);
    CHECK_EQUAL(Check(Token, Descriptor, WRITE_DAC), 0);
    CHECK_EQUAL(Check(Token, Descriptor, READ), READ);
    Descriptor = MakeDescriptor(&Secured, Users, &Rule, 1);
    CHECK_EQUAL(Check(Token, Descriptor, READ), 0);
    NtClose(Token);
}

VOID TestMaximum(void)
{
    HANDLE Token = MakeToken(SecurityIdentification);
    SECURED Secured;
    const ACCESS_RULE Rules[] = {{TRUE, System, WRITE}, {FALSE, Everyone, READ | WRITE | DELETE}};
    PSECURITY_DESCRIPTOR Descriptor = MakeDescriptor(&Secured, Users, Rules, 2);
    CHECK_EQUAL(Check(Token, Descriptor, MAXIMUM_ALLOWED), READ | DELETE);
    CHECK_EQUAL(Check(Token, Descriptor, MAXIMUM_ALLOWED | READ), READ | DELETE);
    CHECK_EQUAL(Check(Token, Descriptor, MAXIMUM_ALLOWED | WRITE), 0);
    CHECK_EQUAL(Check(Token, MakeDescriptor(&Secured, Users, nullptr, 0), MAXIMUM_ALLOWED), 0);
    NtClose(Token);
}

VOID TestRestricted(void)
{
    HANDLE Token = FilteredToken(0, LocalService),
           Write = FilteredToken(WRITE_RESTRICTED, LocalService);
    SECURED Secured;
    const ACCESS_RULE Rules[] = {{FALSE, Everyone, READ | WRITE}, {FALSE, LocalService, READ}};
    PSECURITY_DESCRIPTOR Descriptor = MakeDescriptor(&Secured, Users, Rules, 1);
    CHECK_EQUAL(Check(Token, Descriptor, READ), 0);
    CHECK_EQUAL(Check(Write, Descriptor, READ), READ);
    CHECK_EQUAL(Check(Write, Descriptor, WRITE), 0);
    Descriptor = MakeDescriptor(&Secured, Users, Rules, 2);
    CHECK_EQUAL(Check(Token, Descriptor, READ), READ);
    CHECK_EQUAL(Check(Token, Descriptor, READ | WRITE), 0);
    NtClose(Write);
    NtClose(Token);
}

VOID TestSecurityPrivilege(void)
{
    HANDLE Token = MakeToken(SecurityImpersonation);
    SECURED Secured;
    const ACCESS_RULE Rule = {FALSE, Everyone, READ};
    PSECURITY_DESCRIPTOR Descriptor = MakeDescriptor(&Secured, Users, &Rule, 1);
    PRIVILEGE_SET Used = {};
    ULONG Length = sizeof(Used);
    ACCESS_MASK Granted;
    NTSTATUS Result;
    CHECK_STATUS(NtAccessCheck(Descriptor, Token, READ | ACCESS_SYSTEM_SECURITY, &Mapping, &Used,
                               &Length, &Granted, &Result),
                 STATUS_SUCCESS);
    CHECK_STATUS(Result, STATUS_PRIVILEGE_NOT_HELD);
    TOKEN_PRIVILEGES Enable = {
        1, {{RtlConvertUlongToLuid(SE_SECURITY_PRIVILEGE), SE_PRIVILEGE_ENABLED}}};
    CHECK_STATUS(NtAdjustPrivilegesToken(Token, FALSE, &Enable, 0, nullptr, nullptr),
                 STATUS_SUCCESS);
    CHECK_STATUS(NtAccessCheck(Descriptor, Token, READ | ACCESS_SYSTEM_SECURITY, &Mapping, &Used,
                               &Length, &Granted, &Result),
                 STATUS_SUCCESS);
    CHECK_STATUS(Result, STATUS_SUCCESS);
    CHECK_EQUAL(Granted, READ | ACCESS_SYSTEM_SECURITY);
    CHECK(Used.PrivilegeCount == 1 && Used.Privilege[0].Luid.LowPart == SE_SECURITY_PRIVILEGE);
    Length = 0;
    CHECK_STATUS(
        NtAccessCheck(Descriptor, Token, READ, &Mapping, &Used, &Length, &Granted, &Result),
        STATUS_BUFFER_TOO_SMALL);
    CHECK_EQUAL(Length, sizeof(Used));
    NtClose(Token);
}

VOID TestCheckErrors(void)
{
    HANDLE Token = MakeToken(SecurityIdentification), Primary = OwnToken(TOKEN_QUERY);
    HANDLE Anonymous = MakeToken(SecurityAnonymous);
    SECURED Secured;
    PSECURITY_DESCRIPTOR Descriptor = MakeDescriptor(&Secured, Users, nullptr, 0);
    PRIVILEGE_SET Set = {};
    ULONG Length = sizeof(Set);
    ACCESS_MASK Granted;
    NTSTATUS Result;
    BOOLEAN Held;
#define CHECK_ACCESS(Security, Client, Map, Privileges, Size, Access, Status) \
    NtAccessCheck(Security, Client, READ, Map, Privileges, Size, Access, Status)
    CHECK_BAD_INPUT(CHECK_ACCESS(Bad, Token, &Mapping, &Set, &Length, &Granted, &Result));
    CHECK_BAD_INPUT(CHECK_ACCESS(Descriptor, Token, Bad, &Set, &Length, &Granted, &Result));
    CHECK_BAD_OUTPUT(CHECK_ACCESS(Descriptor, Token, &Mapping, Bad, &Length, &Granted, &Result));
    CHECK_BAD_INPUT(CHECK_ACCESS(Descriptor, Token, &Mapping, &Set, Bad, &Granted, &Result));
    CHECK_BAD_OUTPUT(CHECK_ACCESS(Descriptor, Token, &Mapping, &Set, &Length, Bad, &Result));
    CHECK_BAD_OUTPUT(CHECK_ACCESS(Descriptor, Token, &Mapping, &Set, &Length, &Granted, Bad));
    CHECK_STATUS(CHECK_ACCESS(Descriptor, Primary, &Mapping, &Set, &Length, &Granted, &Result),
                 STATUS_NO_IMPERSONATION_TOKEN);
    CHECK_STATUS(CHECK_ACCESS(Descriptor, Anonymous, &Mapping, &Set, &Length, &Granted, &Result),
                 STATUS_BAD_IMPERSONATION_LEVEL);
    CHECK_STATUS(
        NtAccessCheck(Descriptor, Token, GENERIC_READ, &Mapping, &Set, &Length, &Granted, &Result),
        STATUS_GENERIC_NOT_MAPPED);
    RtlSetOwnerSecurityDescriptor(Descriptor, nullptr, FALSE);
    CHECK_STATUS(CHECK_ACCESS(Descriptor, Token, &Mapping, &Set, &Length, &Granted, &Result),
                 STATUS_INVALID_SECURITY_DESCR);
    CHECK_BAD_OUTPUT(NtPrivilegeCheck(Token, &Set, Bad));
    CHECK_BAD_INPUT(NtPrivilegeCheck(Token, Bad, &Held));
    Set.PrivilegeCount = 0x20000000;
    CHECK_STATUS(NtPrivilegeCheck(Token, &Set, &Held), STATUS_INVALID_PARAMETER);
    NtClose(Anonymous);
    NtClose(Primary);
    NtClose(Token);
}
