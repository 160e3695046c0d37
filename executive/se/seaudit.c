// The services that write audit events. Everything about them is checked; there is no audit log that
// the events could go to.
#include "sep.h"

static BOOLEAN SepMayAudit(void)
{
    PTOKEN Token = PsGetCurrentProcess()->Token;
    return SeTokenHasPrivilege(Token, RtlConvertUlongToLuid(SE_AUDIT_PRIVILEGE));
}

NTSTATUS NtAccessCheckAndAuditAlarm(const UNICODE_STRING USER *SubsystemName, PVOID HandleId,
                                    const UNICODE_STRING USER *ObjectTypeName,
                                    const UNICODE_STRING USER *ObjectName,
                                    const VOID USER *SecurityDescriptor, ACCESS_MASK DesiredAccess,
                                    const GENERIC_MAPPING USER *GenericMapping,
                                    BOOLEAN ObjectCreation, ACCESS_MASK USER *GrantedAccess,
                                    NTSTATUS USER *AccessStatus, BOOLEAN USER *GenerateOnClose)
{
    (void)SubsystemName, (void)HandleId, (void)ObjectTypeName, (void)ObjectName;
    (void)ObjectCreation;
    if (!SepMayAudit())
        return STATUS_PRIVILEGE_NOT_HELD;
    SEP_CHECK_REQUEST Request = {.Desired = DesiredAccess};
    NTSTATUS Status =
        SepCaptureRequest(&Request, SecurityDescriptor, NtCurrentThreadToken(), GenericMapping);
    if (Status == STATUS_NO_TOKEN)
        Status = STATUS_NO_IMPERSONATION_TOKEN;
    if (NT_SUCCESS(Status))
        Status = SepRunRequest(&Request);
    if (NT_SUCCESS(Status))
        Status = MmWriteUser(GrantedAccess, Request.Whole.Granted);
    if (NT_SUCCESS(Status))
        Status = MmWriteUser(AccessStatus, Request.Whole.Status);
    if (NT_SUCCESS(Status))
        Status = MmWriteUser(GenerateOnClose, FALSE);
    SepReleaseRequest(&Request);
    return Status;
}

NTSTATUS NtCloseObjectAuditAlarm(const UNICODE_STRING USER *SubsystemName, PVOID HandleId,
                                 BOOLEAN GenerateOnClose)
{
    (void)SubsystemName, (void)HandleId, (void)GenerateOnClose;
    return SepMayAudit() ? STATUS_SUCCESS : STATUS_PRIVILEGE_NOT_HELD;
}

NTSTATUS NtDeleteObjectAuditAlarm(const UNICODE_STRING USER *SubsystemName, PVOID HandleId,
                                  BOOLEAN GenerateOnClose)
{
    return NtCloseObjectAuditAlarm(SubsystemName, HandleId, GenerateOnClose);
}

// May the caller write of this client, whom it must be able to identify?
static NTSTATUS SepCheckAuditOf(HANDLE ClientToken)
{
    if (!SepMayAudit())
        return STATUS_PRIVILEGE_NOT_HELD;
    PTOKEN Token;
    NTSTATUS Status = SepReferenceToken(ClientToken, TOKEN_QUERY, &Token);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Token->Type == TokenImpersonation && Token->Level < SecurityIdentification)
        Status = STATUS_BAD_IMPERSONATION_LEVEL;
    ObDereferenceObject(Token);
    return Status;
}

NTSTATUS NtOpenObjectAuditAlarm(const UNICODE_STRING USER *SubsystemName, PVOID HandleId,
                                const UNICODE_STRING USER *ObjectTypeName,
                                const UNICODE_STRING USER *ObjectName,
                                const VOID USER *SecurityDescriptor, HANDLE ClientToken,
                                ACCESS_MASK DesiredAccess, ACCESS_MASK GrantedAccess,
                                const PRIVILEGE_SET USER *Privileges, BOOLEAN ObjectCreation,
                                BOOLEAN AccessGranted, BOOLEAN USER *GenerateOnClose)
{
    (void)SubsystemName, (void)HandleId, (void)ObjectTypeName, (void)ObjectName;
    (void)SecurityDescriptor, (void)DesiredAccess, (void)GrantedAccess, (void)Privileges;
    (void)ObjectCreation, (void)AccessGranted;
    NTSTATUS Status = SepCheckAuditOf(ClientToken);
    return NT_SUCCESS(Status) ? MmWriteUser(GenerateOnClose, FALSE) : Status;
}

NTSTATUS NtPrivilegeObjectAuditAlarm(const UNICODE_STRING USER *SubsystemName, PVOID HandleId,
                                     HANDLE ClientToken, ACCESS_MASK DesiredAccess,
                                     const PRIVILEGE_SET USER *Privileges, BOOLEAN AccessGranted)
{
    (void)SubsystemName, (void)HandleId, (void)DesiredAccess, (void)Privileges;
    (void)AccessGranted;
    return SepCheckAuditOf(ClientToken);
}

NTSTATUS NtPrivilegedServiceAuditAlarm(const UNICODE_STRING USER *SubsystemName,
                                       const UNICODE_STRING USER *ServiceName, HANDLE ClientToken,
                                       const PRIVILEGE_SET USER *Privileges, BOOLEAN AccessGranted)
{
    (void)SubsystemName, (void)ServiceName, (void)Privileges, (void)AccessGranted;
    return SepCheckAuditOf(ClientToken);
}
