// Checks of objects with parts.

#include "suite.h"

static GUID Whole = {1, 0, 0, {0}}, First = {2, 0, 0, {0}}, FirstA = {3, 0, 0, {0}},
            FirstB = {4, 0, 0, {0}}, Second = {5, 0, 0, {0}};

static OBJECT_TYPE_LIST List[] = {
    {ACCESS_OBJECT_GUID, 0, &Whole},        {ACCESS_PROPERTY_SET_GUID, 0, &First},
    {ACCESS_PROPERTY_GUID, 0, &FirstA},     {ACCESS_PROPERTY_GUID, 0, &FirstB},
    {ACCESS_PROPERTY_SET_GUID, 0, &Second},
};
enum { PARTS = RTL_NUMBER_OF(List) };

// An entry for a part of the object, behind those there are.
static VOID AddPart(SECURED *Secured, BOOLEAN Deny, ACCESS_MASK Mask, const GUID *Part)
{
    PACL Dacl = (PACL)Secured->Dacl;
    Dacl->AclRevision = ACL_REVISION_DS;
    CHECK_STATUS(Deny ? RtlAddAccessDeniedObjectAce(Dacl, ACL_REVISION_DS, 0, Mask, (GUID *)Part,
                                                    nullptr, SidOf(Everyone))
                      : RtlAddAccessAllowedObjectAce(Dacl, ACL_REVISION_DS, 0, Mask, (GUID *)Part,
                                                     nullptr, SidOf(Everyone)),
                 STATUS_SUCCESS);
}

static ACCESS_MASK CheckWhole(HANDLE Token, SECURED *Secured, ULONG Count, ACCESS_MASK Desired)
{
    PRIVILEGE_SET Set;
    ULONG Length = sizeof(Set);
    ACCESS_MASK Granted = 0;
    NTSTATUS Result = STATUS_PENDING;
    CHECK_STATUS(NtAccessCheckByType(&Secured->Descriptor, nullptr, Token, Desired, List, Count,
                                     &Mapping, &Set, &Length, &Granted, &Result),
                 STATUS_SUCCESS);
    return NT_SUCCESS(Result) ? Granted : 0;
}

VOID TestParts(void)
{
    HANDLE Token = MakeToken(SecurityIdentification);
    SECURED Secured;
    const ACCESS_RULE Rule = {FALSE, Everyone, READ};
    MakeDescriptor(&Secured, Users, &Rule, 1);
    CHECK_EQUAL(CheckWhole(Token, &Secured, PARTS, READ), READ);
    CHECK_EQUAL(CheckWhole(Token, &Secured, 0, READ), READ);
    // A part alone does not make the whole; all parts do.
    MakeDescriptor(&Secured, Users, nullptr, 0);
    AddPart(&Secured, FALSE, READ, &First);
    CHECK_EQUAL(CheckWhole(Token, &Secured, PARTS, READ), 0);
    CHECK_EQUAL(CheckWhole(Token, &Secured, 0, READ), 0);
    AddPart(&Secured, FALSE, READ, &Second);
    CHECK_EQUAL(CheckWhole(Token, &Secured, PARTS, READ), READ);
    // Denying a part denies the whole.
    MakeDescriptor(&Secured, Users, nullptr, 0);
    AddPart(&Secured, TRUE, READ, &FirstA);
    AddPart(&Secured, FALSE, READ, &Whole);
    CHECK_EQUAL(CheckWhole(Token, &Secured, PARTS, READ), 0);
    NtClose(Token);
}

VOID TestPartsResults(void)
{
    HANDLE Token = MakeToken(SecurityIdentification);
    SECURED Secured;
    PRIVILEGE_SET Set;
    ULONG Length = sizeof(Set);
    ACCESS_MASK Granted[PARTS];
    NTSTATUS Results[PARTS];
    MakeDescriptor(&Secured, Users, nullptr, 0);
    AddPart(&Secured, TRUE, READ, &FirstA);
    AddPart(&Secured, FALSE, READ, &First);
    AddPart(&Secured, FALSE, READ, &Second);
    CHECK_STATUS(NtAccessCheckByTypeResultList(&Secured.Descriptor, nullptr, Token, READ, List,
                                               PARTS, &Mapping, &Set, &Length, Granted, Results),
                 STATUS_SUCCESS);
    static const BOOLEAN Expected[PARTS] = {FALSE, FALSE, FALSE, TRUE, TRUE};
    for (ULONG i = 0; i < PARTS; i++) {
        CHECK_STATUS(Results[i], Expected[i] ? STATUS_SUCCESS : STATUS_ACCESS_DENIED);
        CHECK_EQUAL(Granted[i], Expected[i] ? READ : 0);
    }
    NtClose(Token);
}

VOID TestPrincipalSelf(void)
{
    HANDLE Token = MakeToken(SecurityIdentification);
    SECURED Secured;
    const ACCESS_RULE Rule = {FALSE, Self, READ};
    PRIVILEGE_SET Set;
    ULONG Length = sizeof(Set);
    ACCESS_MASK Granted;
    NTSTATUS Result;
    PSECURITY_DESCRIPTOR Descriptor = MakeDescriptor(&Secured, Users, &Rule, 1);
    static const struct {
        WHO Who;
        NTSTATUS Status;
    } Cases[] = {{System, STATUS_SUCCESS}, {LocalService, STATUS_ACCESS_DENIED}};
    for (ULONG i = 0; i < 2; i++) {
        CHECK_STATUS(NtAccessCheckByType(Descriptor, SidOf(Cases[i].Who), Token, READ, nullptr, 0,
                                         &Mapping, &Set, &Length, &Granted, &Result),
                     STATUS_SUCCESS);
        CHECK_STATUS(Result, Cases[i].Status);
    }
    NtClose(Token);
}

VOID TestPartsErrors(void)
{
    HANDLE Token = MakeToken(SecurityIdentification);
    SECURED Secured;
    PRIVILEGE_SET Set;
    ULONG Length = sizeof(Set);
    ACCESS_MASK Granted[PARTS];
    NTSTATUS Results[PARTS];
    PSECURITY_DESCRIPTOR Descriptor = MakeDescriptor(&Secured, Users, nullptr, 0);
    OBJECT_TYPE_LIST Wrong[2] = {{ACCESS_OBJECT_GUID, 0, &Whole}, {2, 0, &First}};
#define BY_TYPE(Types, Count, SelfSid)                                                           \
    NtAccessCheckByType(Descriptor, SelfSid, Token, READ, Types, Count, &Mapping, &Set, &Length, \
                        Granted, Results)
    CHECK_STATUS(BY_TYPE(Wrong, 2, nullptr), STATUS_INVALID_PARAMETER); // a level left out
    Wrong[1].Level = ACCESS_OBJECT_GUID;
    CHECK_STATUS(BY_TYPE(Wrong, 2, nullptr), STATUS_INVALID_PARAMETER); // two objects
    Wrong[1] = (OBJECT_TYPE_LIST){1, 0, &Whole};
    CHECK_STATUS(BY_TYPE(Wrong, 2, nullptr), STATUS_INVALID_PARAMETER); // twice the same
    Wrong[1] = (OBJECT_TYPE_LIST){1, 0, TEST_KERNEL};
    CHECK_STATUS(BY_TYPE(Wrong, 2, nullptr), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(BY_TYPE(List, 0x10000000, nullptr), STATUS_INVALID_PARAMETER);
    CHECK_BAD_INPUT(BY_TYPE(Bad, 2, nullptr));
    CHECK_BAD_INPUT(BY_TYPE(List, PARTS, Bad));
    CHECK_STATUS(NtAccessCheckByTypeResultList(Descriptor, nullptr, Token, READ, nullptr, 0,
                                               &Mapping, &Set, &Length, Granted, Results),
                 STATUS_INVALID_PARAMETER);
    CHECK_BAD_OUTPUT(NtAccessCheckByTypeResultList(Descriptor, nullptr, Token, READ, List, PARTS,
                                                   &Mapping, &Set, &Length, Bad, Results));
    CHECK_BAD_OUTPUT(NtAccessCheckByTypeResultList(Descriptor, nullptr, Token, READ, List, PARTS,
                                                   &Mapping, &Set, &Length, Granted, Bad));
    NtClose(Token);
}
