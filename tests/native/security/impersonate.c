// Impersonation.

#include "suite.h"

VOID TestImpersonationLevels(void)
{
    static const SECURITY_IMPERSONATION_LEVEL Levels[] = {
        SecurityAnonymous, SecurityIdentification, SecurityImpersonation, SecurityDelegation};
    UNICODE_STRING Name = STRING_OF(L"\\BaseNamedObjects\\Levels");
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, 0);
    HANDLE Event, Second;
    REQUIRE_STATUS(NtCreateEvent(&Event, EVENT_ALL_ACCESS, &Attributes, NotificationEvent, FALSE),
                   STATUS_SUCCESS);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Levels); i++) {
        HANDLE Token = MakeToken(Levels[i]);
        CHECK_STATUS(ActAs(Token), STATUS_SUCCESS);
        NTSTATUS Status = NtOpenEvent(&Second, EVENT_QUERY_STATE, &Attributes);
        CHECK_STATUS(ActAs(nullptr), STATUS_SUCCESS);
        CHECK_STATUS(Status, Levels[i] < SecurityImpersonation ? STATUS_BAD_IMPERSONATION_LEVEL
                                                               : STATUS_SUCCESS);
        if (NT_SUCCESS(Status))
            NtClose(Second);
        NtClose(Token);
    }
    NtClose(Event);
    HANDLE Primary = OwnToken(TOKEN_IMPERSONATE);
    CHECK_STATUS(ActAs(Primary), STATUS_BAD_TOKEN_TYPE);
    NtClose(Primary);
}

static NTSTATUS NTAPI WaitForEvent(PVOID Parameter)
{
    return NtWaitForSingleObject(Parameter, FALSE, nullptr);
}

VOID TestImpersonateThread(void)
{
    HANDLE Event, Token, Thread;
    SECURITY_QUALITY_OF_SERVICE Qos = {sizeof(Qos), SecurityImpersonation, SECURITY_STATIC_TRACKING,
                                       FALSE};
    SECURITY_IMPERSONATION_LEVEL Level;
    ULONG Length;
    REQUIRE_STATUS(NtCreateEvent(&Event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE),
                   STATUS_SUCCESS);
    Thread = TestStartThread(WaitForEvent, Event);
    CHECK_STATUS(NtImpersonateThread(NtCurrentThread(), Thread, &Qos), STATUS_SUCCESS);
    CHECK_STATUS(NtOpenThreadToken(NtCurrentThread(), TOKEN_QUERY, TRUE, &Token), STATUS_SUCCESS);
    CHECK_STATUS(ActAs(nullptr), STATUS_SUCCESS);
    CHECK_STATUS(
        NtQueryInformationToken(Token, TokenImpersonationLevel, &Level, sizeof(Level), &Length),
        STATUS_SUCCESS);
    CHECK_EQUAL(Level, SecurityImpersonation);
    NtClose(Token);
    Qos.ImpersonationLevel = 9;
    CHECK_STATUS(NtImpersonateThread(NtCurrentThread(), Thread, &Qos), STATUS_INVALID_PARAMETER);
    CHECK_BAD_INPUT(NtImpersonateThread(NtCurrentThread(), Thread, Bad));
    Qos.ImpersonationLevel = SecurityImpersonation;
    CHECK_STATUS(NtImpersonateThread((HANDLE)0x7770, Thread, &Qos), STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtImpersonateThread(NtCurrentThread(), (HANDLE)0x7770, &Qos),
                 STATUS_INVALID_HANDLE);
    NtSetEvent(Event, nullptr);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    NtClose(Event);
}

VOID TestAnonymous(void)
{
    alignas(8) UCHAR Buffer[128];
    ULONG Length;
    CHECK_STATUS(NtImpersonateAnonymousToken(NtCurrentThread()), STATUS_SUCCESS);
    NTSTATUS Status =
        NtQueryInformationToken(NtCurrentThreadToken(), TokenUser, Buffer, sizeof(Buffer), &Length);
    CHECK_STATUS(ActAs(nullptr), STATUS_SUCCESS);
    CHECK_STATUS(Status, STATUS_SUCCESS);
    CHECK_EQUAL(*RtlSubAuthoritySid(((PTOKEN_USER)Buffer)->User.Sid, 0),
                SECURITY_ANONYMOUS_LOGON_RID);
    CHECK_STATUS(NtImpersonateAnonymousToken((HANDLE)0x7770), STATUS_INVALID_HANDLE);
}

// The token of the thread counts, not that of its process.
VOID TestPrivilegesImpersonated(void)
{
    HANDLE Token = FilteredToken(DISABLE_MAX_PRIVILEGE, OwnerRights), Event;
    REQUIRE_STATUS(NtCreateEvent(&Event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtMakePermanentObject(Event), STATUS_SUCCESS);
    CHECK_STATUS(NtMakeTemporaryObject(Event), STATUS_SUCCESS);
    CHECK_STATUS(ActAs(Token), STATUS_SUCCESS);
    NTSTATUS Status = NtMakePermanentObject(Event);
    CHECK_STATUS(ActAs(nullptr), STATUS_SUCCESS);
    CHECK_STATUS(Status, STATUS_PRIVILEGE_NOT_HELD);
    NtClose(Event);
    NtClose(Token);
}

VOID TestThreadTokenErrors(void)
{
    HANDLE Token, Anonymous = MakeToken(SecurityAnonymous), Bogus = (HANDLE)0x7770;
    CHECK_STATUS(NtOpenThreadToken(NtCurrentThread(), TOKEN_QUERY, FALSE, &Token), STATUS_NO_TOKEN);
    CHECK_BAD_OUTPUT(NtOpenThreadToken(NtCurrentThread(), TOKEN_QUERY, FALSE, Bad));
    CHECK_STATUS(NtOpenThreadToken(NtCurrentProcess(), TOKEN_QUERY, FALSE, &Token),
                 STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_STATUS(ActAs(Bogus), STATUS_INVALID_HANDLE);
    CHECK_STATUS(ActAs(NtCurrentProcess()), STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_STATUS(ActAs(Anonymous), STATUS_SUCCESS);
    NTSTATUS Status = NtOpenThreadToken(NtCurrentThread(), TOKEN_QUERY, TRUE, &Token);
    CHECK_STATUS(ActAs(nullptr), STATUS_SUCCESS);
    CHECK_STATUS(Status, STATUS_CANT_OPEN_ANONYMOUS);
    NtClose(Anonymous);
}
