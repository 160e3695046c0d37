// Mandatory labels.

#include "suite.h"

static HANDLE TokenAt(ULONG Level)
{
    HANDLE Token = MakeToken(SecurityImpersonation);
    TOKEN_MANDATORY_LABEL Label = {{LabelSid(Level), SE_GROUP_INTEGRITY}};
    CHECK_STATUS(NtSetInformationToken(Token, TokenIntegrityLevel, &Label, sizeof(Label)),
                 STATUS_SUCCESS);
    return Token;
}

VOID TestNoWriteUp(void)
{
    static const ULONG Levels[] = {SECURITY_MANDATORY_LOW_RID, SECURITY_MANDATORY_MEDIUM_RID,
                                   SECURITY_MANDATORY_HIGH_RID};
    const ACCESS_RULE Rule = {FALSE, Everyone, READ | WRITE | EXECUTE};
    for (ULONG i = 0; i < 3; i++) {
        HANDLE Token = TokenAt(Levels[i]);
        for (ULONG j = 0; j < 3; j++) {
            SECURED Secured;
            PSECURITY_DESCRIPTOR Descriptor = MakeDescriptor(&Secured, Users, &Rule, 1);
            AddLabel(&Secured, Levels[j], SYSTEM_MANDATORY_LABEL_NO_WRITE_UP);
            CHECK_EQUAL(Check(Token, Descriptor, READ | EXECUTE), READ | EXECUTE);
            CHECK_EQUAL(Check(Token, Descriptor, WRITE), i >= j ? WRITE : 0);
            CHECK_EQUAL(Check(Token, Descriptor, MAXIMUM_ALLOWED),
                        i >= j ? READ | WRITE | EXECUTE : READ | EXECUTE);
        }
        NtClose(Token);
    }
    // Without a label an object is at medium level.
    SECURED Secured;
    HANDLE Low = TokenAt(SECURITY_MANDATORY_LOW_RID);
    PSECURITY_DESCRIPTOR Descriptor = MakeDescriptor(&Secured, Users, &Rule, 1);
    CHECK_EQUAL(Check(Low, Descriptor, WRITE), 0);
    CHECK_EQUAL(Check(Low, Descriptor, READ), READ);
    NtClose(Low);
}

VOID TestNoReadUp(void)
{
    const ACCESS_RULE Rule = {FALSE, Everyone, READ | WRITE | EXECUTE};
    SECURED Secured;
    HANDLE Low = TokenAt(SECURITY_MANDATORY_LOW_RID);
    PSECURITY_DESCRIPTOR Descriptor = MakeDescriptor(&Secured, Users, &Rule, 1);
    AddLabel(&Secured, SECURITY_MANDATORY_HIGH_RID,
             SYSTEM_MANDATORY_LABEL_NO_WRITE_UP | SYSTEM_MANDATORY_LABEL_NO_READ_UP);
    CHECK_EQUAL(Check(Low, Descriptor, READ), 0);
    CHECK_EQUAL(Check(Low, Descriptor, EXECUTE), EXECUTE);
    AddLabel(&Secured, SECURITY_MANDATORY_HIGH_RID,
             SYSTEM_MANDATORY_LABEL_NO_READ_UP | SYSTEM_MANDATORY_LABEL_NO_EXECUTE_UP);
    CHECK_EQUAL(Check(Low, Descriptor, READ), 0);
    CHECK_EQUAL(Check(Low, Descriptor, EXECUTE), 0);
    CHECK_EQUAL(Check(Low, Descriptor, WRITE), WRITE);
    NtClose(Low);
}

// An event that a low thread makes is low, \BaseNamedObjects is open to it; nobody labels above
// itself.
VOID TestLabelOfObjects(void)
{
    HANDLE Low = TokenAt(SECURITY_MANDATORY_LOW_RID), Event;
    UNICODE_STRING Name = STRING_OF(L"\\BaseNamedObjects\\Labelled");
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, 0);
    SECURED Secured;
    const ACCESS_RULE Rule = {FALSE, Everyone, EVENT_ALL_ACCESS};
    alignas(8) UCHAR Buffer[256];
    ULONG Length;
    PACL Sacl = nullptr;
    BOOLEAN Present, Defaulted;
    Attributes.SecurityDescriptor = MakeDescriptor(&Secured, System, &Rule, 1);
    REQUIRE_STATUS(NtCreateEvent(&Event, EVENT_ALL_ACCESS, &Attributes, NotificationEvent, FALSE),
                   STATUS_SUCCESS);
    CHECK_STATUS(ActAs(Low), STATUS_SUCCESS);
    HANDLE Own, Second;
    CHECK_STATUS(NtOpenEvent(&Second, EVENT_MODIFY_STATE, &Attributes), STATUS_ACCESS_DENIED);
    CHECK_STATUS(NtOpenEvent(&Second, EVENT_QUERY_STATE, &Attributes), STATUS_SUCCESS);
    NtClose(Second);
    RtlInitUnicodeString(&Name, L"\\BaseNamedObjects\\Lower");
    Attributes.SecurityDescriptor = nullptr;
    NTSTATUS Status = NtCreateEvent(&Own, EVENT_ALL_ACCESS, &Attributes, NotificationEvent, FALSE);
    // A low label on one's own object is fine, a high one is not.
    AddLabel(&Secured, SECURITY_MANDATORY_HIGH_RID, SYSTEM_MANDATORY_LABEL_NO_WRITE_UP);
    NTSTATUS High = NT_SUCCESS(Status)
                        ? NtSetSecurityObject(Own, LABEL_SECURITY_INFORMATION, &Secured.Descriptor)
                        : Status;
    CHECK_STATUS(ActAs(nullptr), STATUS_SUCCESS);
    REQUIRE_STATUS(Status, STATUS_SUCCESS);
    CHECK_STATUS(High, STATUS_INVALID_LABEL);
    CHECK_STATUS(
        NtQuerySecurityObject(Own, LABEL_SECURITY_INFORMATION, Buffer, sizeof(Buffer), &Length),
        STATUS_SUCCESS);
    RtlGetSaclSecurityDescriptor(Buffer, &Present, &Sacl, &Defaulted);
    REQUIRE(Present && Sacl && Sacl->AceCount == 1);
    PSYSTEM_MANDATORY_LABEL_ACE Ace = (PVOID)(Sacl + 1);
    CHECK(RtlEqualSid(&Ace->SidStart, LabelSid(SECURITY_MANDATORY_LOW_RID)));
    NtClose(Own);
    NtClose(Event);
    NtClose(Low);
}
