// The audit services: checks as elsewhere, and a privilege to call them at all.

#include "suite.h"

VOID TestAuditServices(void)
{
    UNICODE_STRING Text = STRING_OF(L"suite");
    HANDLE Token = MakeToken(SecurityImpersonation);
    SECURED Secured;
    const ACCESS_RULE Rule = {FALSE, Everyone, READ};
    PSECURITY_DESCRIPTOR Descriptor = MakeDescriptor(&Secured, Users, &Rule, 1);
    PRIVILEGE_SET Set = {};
    ACCESS_MASK Granted = 0;
    NTSTATUS Result = STATUS_PENDING;
    BOOLEAN OnClose = TRUE, WasEnabled;
    CHECK_STATUS(NtAccessCheckAndAuditAlarm(&Text, nullptr, &Text, &Text, Descriptor, READ,
                                            &Mapping, FALSE, &Granted, &Result, &OnClose),
                 STATUS_NO_IMPERSONATION_TOKEN);
    CHECK_STATUS(ActAs(Token), STATUS_SUCCESS);
    NTSTATUS Status = NtAccessCheckAndAuditAlarm(&Text, nullptr, &Text, &Text, Descriptor, READ,
                                                 &Mapping, FALSE, &Granted, &Result, &OnClose);
    CHECK_STATUS(ActAs(nullptr), STATUS_SUCCESS);
    CHECK_STATUS(Status, STATUS_SUCCESS);
    CHECK(Granted == READ && !Result && !OnClose);
    CHECK_STATUS(NtCloseObjectAuditAlarm(&Text, nullptr, FALSE), STATUS_SUCCESS);
    CHECK_STATUS(NtDeleteObjectAuditAlarm(&Text, nullptr, FALSE), STATUS_SUCCESS);
    CHECK_STATUS(NtOpenObjectAuditAlarm(&Text, nullptr, &Text, &Text, Descriptor, Token, READ, READ,
                                        nullptr, FALSE, TRUE, &OnClose),
                 STATUS_SUCCESS);
    CHECK_STATUS(NtPrivilegeObjectAuditAlarm(&Text, nullptr, Token, READ, &Set, TRUE),
                 STATUS_SUCCESS);
    CHECK_STATUS(NtPrivilegedServiceAuditAlarm(&Text, &Text, Token, &Set, TRUE), STATUS_SUCCESS);
    CHECK_STATUS(NtPrivilegedServiceAuditAlarm(&Text, &Text, (HANDLE)0x7770, &Set, TRUE),
                 STATUS_INVALID_HANDLE);
    RtlAdjustPrivilege(SE_AUDIT_PRIVILEGE, FALSE, FALSE, &WasEnabled);
    CHECK_STATUS(NtCloseObjectAuditAlarm(&Text, nullptr, FALSE), STATUS_PRIVILEGE_NOT_HELD);
    CHECK_STATUS(NtPrivilegedServiceAuditAlarm(&Text, &Text, Token, &Set, TRUE),
                 STATUS_PRIVILEGE_NOT_HELD);
    RtlAdjustPrivilege(SE_AUDIT_PRIVILEGE, TRUE, FALSE, &WasEnabled);
    NtClose(Token);
}
