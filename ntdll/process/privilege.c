// Privileges and flags of the calling thread's identity and process.

#include "../ntdllp.h"

static NTSTATUS RtlpOpenOwnToken(BOOLEAN Client, PHANDLE Token)
{
    constexpr ACCESS_MASK Access = TOKEN_ADJUST_PRIVILEGES | TOKEN_QUERY;
    return Client ? NtOpenThreadToken(NtCurrentThread(), Access, FALSE, Token)
                  : NtOpenProcessToken(NtCurrentProcess(), Access, Token);
}

// Client: in the thread's impersonation token, else in the process's.
NTSTATUS NTAPI RtlAdjustPrivilege(ULONG Privilege, BOOLEAN Enable, BOOLEAN Client,
                                  PBOOLEAN WasEnabled)
{
    HANDLE Token;
    NTSTATUS Status = RtlpOpenOwnToken(Client, &Token);
    if (!NT_SUCCESS(Status))
        return Status;
    TOKEN_PRIVILEGES New = {
        .PrivilegeCount = 1,
        .Privileges[0] = {{.LowPart = Privilege}, Enable ? SE_PRIVILEGE_ENABLED : 0},
    };
    TOKEN_PRIVILEGES Old = {.PrivilegeCount = 1};
    ULONG Length;
    Status = NtAdjustPrivilegesToken(Token, FALSE, &New, sizeof(Old), &Old, &Length);
    NtClose(Token);
    if (Status == STATUS_NOT_ALL_ASSIGNED)
        return STATUS_PRIVILEGE_NOT_HELD;
    if (!NT_SUCCESS(Status))
        return Status;
    // What did not change is not in the list of what was.
    BOOLEAN Was =
        Old.PrivilegeCount ? (Old.Privileges[0].Attributes & SE_PRIVILEGE_ENABLED) != 0 : Enable;
    if (WasEnabled)
        *WasEnabled = Was;
    return STATUS_SUCCESS;
}

// Give the thread a copy of the process's token as its impersonation token.
NTSTATUS NTAPI RtlImpersonateSelf(SECURITY_IMPERSONATION_LEVEL ImpersonationLevel)
{
    HANDLE Token, Copy;
    NTSTATUS Status = NtOpenProcessToken(NtCurrentProcess(), TOKEN_DUPLICATE, &Token);
    if (!NT_SUCCESS(Status))
        return Status;
    SECURITY_QUALITY_OF_SERVICE Quality = {
        .Length = sizeof(Quality),
        .ImpersonationLevel = ImpersonationLevel,
    };
    OBJECT_ATTRIBUTES Attributes;
    InitializeObjectAttributes(&Attributes, nullptr, 0, nullptr, nullptr);
    Attributes.SecurityQualityOfService = &Quality;
    Status =
        NtDuplicateToken(Token, TOKEN_IMPERSONATE, &Attributes, FALSE, TokenImpersonation, &Copy);
    NtClose(Token);
    if (!NT_SUCCESS(Status))
        return Status;
    Status =
        NtSetInformationThread(NtCurrentThread(), ThreadImpersonationToken, &Copy, sizeof(Copy));
    NtClose(Copy);
    return Status;
}

// A critical process or thread takes the system down when it ends.
NTSTATUS NTAPI RtlSetProcessIsCritical(BOOLEAN NewValue, PBOOLEAN OldValue, BOOLEAN CheckFlag)
{
    UNREFERENCED_PARAMETER(CheckFlag); // it asks for a debugging option that does not exist here
    ULONG Value = NewValue, Old = 0;
    if (OldValue) {
        NtQueryInformationProcess(NtCurrentProcess(), ProcessBreakOnTermination, &Old, sizeof(Old),
                                  nullptr);
        *OldValue = (BOOLEAN)Old;
    }
    return NtSetInformationProcess(NtCurrentProcess(), ProcessBreakOnTermination, &Value,
                                   sizeof(Value));
}

NTSTATUS NTAPI RtlSetThreadIsCritical(BOOLEAN NewValue, PBOOLEAN OldValue, BOOLEAN CheckFlag)
{
    UNREFERENCED_PARAMETER(CheckFlag);
    ULONG Value = NewValue, Old = 0;
    if (OldValue) {
        NtQueryInformationThread(NtCurrentThread(), ThreadBreakOnTermination, &Old, sizeof(Old),
                                 nullptr);
        *OldValue = (BOOLEAN)Old;
    }
    return NtSetInformationThread(NtCurrentThread(), ThreadBreakOnTermination, &Value,
                                  sizeof(Value));
}
