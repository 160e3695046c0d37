// Tokens, privileges and access checks. The structures of token information classes are in winnt.h.
#ifndef NT_NTSE_H
#define NT_NTSE_H

#include <nt/ntbase.h>
#include <nt/ntob.h>

// Privileges are LUIDs with a high part of 0.
#define SE_MIN_WELL_KNOWN_PRIVILEGE                    2
#define SE_CREATE_TOKEN_PRIVILEGE                      2
#define SE_ASSIGNPRIMARYTOKEN_PRIVILEGE                3
#define SE_LOCK_MEMORY_PRIVILEGE                       4
#define SE_INCREASE_QUOTA_PRIVILEGE                    5
#define SE_MACHINE_ACCOUNT_PRIVILEGE                   6
#define SE_TCB_PRIVILEGE                               7
#define SE_SECURITY_PRIVILEGE                          8
#define SE_TAKE_OWNERSHIP_PRIVILEGE                    9
#define SE_LOAD_DRIVER_PRIVILEGE                       10
#define SE_SYSTEM_PROFILE_PRIVILEGE                    11
#define SE_SYSTEMTIME_PRIVILEGE                        12
#define SE_PROF_SINGLE_PROCESS_PRIVILEGE               13
#define SE_INC_BASE_PRIORITY_PRIVILEGE                 14
#define SE_CREATE_PAGEFILE_PRIVILEGE                   15
#define SE_CREATE_PERMANENT_PRIVILEGE                  16
#define SE_BACKUP_PRIVILEGE                            17
#define SE_RESTORE_PRIVILEGE                           18
#define SE_SHUTDOWN_PRIVILEGE                          19
#define SE_DEBUG_PRIVILEGE                             20
#define SE_AUDIT_PRIVILEGE                             21
#define SE_SYSTEM_ENVIRONMENT_PRIVILEGE                22
#define SE_CHANGE_NOTIFY_PRIVILEGE                     23
#define SE_REMOTE_SHUTDOWN_PRIVILEGE                   24
#define SE_UNDOCK_PRIVILEGE                            25
#define SE_SYNC_AGENT_PRIVILEGE                        26
#define SE_ENABLE_DELEGATION_PRIVILEGE                 27
#define SE_MANAGE_VOLUME_PRIVILEGE                     28
#define SE_IMPERSONATE_PRIVILEGE                       29
#define SE_CREATE_GLOBAL_PRIVILEGE                     30
#define SE_TRUSTED_CREDMAN_ACCESS_PRIVILEGE            31
#define SE_RELABEL_PRIVILEGE                           32
#define SE_INC_WORKING_SET_PRIVILEGE                   33
#define SE_TIME_ZONE_PRIVILEGE                         34
#define SE_CREATE_SYMBOLIC_LINK_PRIVILEGE              35
#define SE_DELEGATE_SESSION_USER_IMPERSONATE_PRIVILEGE 36
#define SE_MAX_WELL_KNOWN_PRIVILEGE                    SE_DELEGATE_SESSION_USER_IMPERSONATE_PRIVILEGE

typedef struct _ACE {
    ACE_HEADER Header;
    ACCESS_MASK AccessMask;
} ACE, *PACE;

#ifndef NT_EXECUTIVE // which implements them, with user pointers typed as such
NTSTATUS NTAPI NtAccessCheck(PSECURITY_DESCRIPTOR SecurityDescriptor, HANDLE ClientToken,
                             ACCESS_MASK DesiredAccess, PGENERIC_MAPPING GenericMapping,
                             PPRIVILEGE_SET PrivilegeSet, PULONG PrivilegeSetLength,
                             PACCESS_MASK GrantedAccess, PNTSTATUS AccessStatus);
NTSTATUS NTAPI NtAccessCheckByType(PSECURITY_DESCRIPTOR SecurityDescriptor, PSID PrincipalSelfSid,
                                   HANDLE ClientToken, ACCESS_MASK DesiredAccess,
                                   POBJECT_TYPE_LIST ObjectTypeList, ULONG ObjectTypeListLength,
                                   PGENERIC_MAPPING GenericMapping, PPRIVILEGE_SET PrivilegeSet,
                                   PULONG PrivilegeSetLength, PACCESS_MASK GrantedAccess,
                                   PNTSTATUS AccessStatus);
NTSTATUS NTAPI NtAccessCheckByTypeResultList(
    PSECURITY_DESCRIPTOR SecurityDescriptor, PSID PrincipalSelfSid, HANDLE ClientToken,
    ACCESS_MASK DesiredAccess, POBJECT_TYPE_LIST ObjectTypeList, ULONG ObjectTypeListLength,
    PGENERIC_MAPPING GenericMapping, PPRIVILEGE_SET PrivilegeSet, PULONG PrivilegeSetLength,
    PACCESS_MASK GrantedAccess, PNTSTATUS AccessStatus);
NTSTATUS NTAPI NtAccessCheckAndAuditAlarm(
    PUNICODE_STRING SubsystemName, PVOID HandleId, PUNICODE_STRING ObjectTypeName,
    PUNICODE_STRING ObjectName, PSECURITY_DESCRIPTOR SecurityDescriptor, ACCESS_MASK DesiredAccess,
    PGENERIC_MAPPING GenericMapping, BOOLEAN ObjectCreation, PACCESS_MASK GrantedAccess,
    PNTSTATUS AccessStatus, PBOOLEAN GenerateOnClose);
NTSTATUS NTAPI NtAdjustGroupsToken(HANDLE TokenHandle, BOOLEAN ResetToDefault,
                                   PTOKEN_GROUPS NewState, ULONG BufferLength,
                                   PTOKEN_GROUPS PreviousState, PULONG ReturnLength);
NTSTATUS NTAPI NtAdjustPrivilegesToken(HANDLE TokenHandle, BOOLEAN DisableAllPrivileges,
                                       PTOKEN_PRIVILEGES NewState, ULONG BufferLength,
                                       PTOKEN_PRIVILEGES PreviousState, PULONG ReturnLength);
NTSTATUS NTAPI NtCloseObjectAuditAlarm(PUNICODE_STRING SubsystemName, PVOID HandleId,
                                       BOOLEAN GenerateOnClose);
NTSTATUS NTAPI NtCompareTokens(HANDLE FirstTokenHandle, HANDLE SecondTokenHandle, PBOOLEAN Equal);
NTSTATUS NTAPI NtCreateToken(PHANDLE TokenHandle, ACCESS_MASK DesiredAccess,
                             POBJECT_ATTRIBUTES ObjectAttributes, TOKEN_TYPE TokenType,
                             PLUID AuthenticationId, PLARGE_INTEGER ExpirationTime,
                             PTOKEN_USER User, PTOKEN_GROUPS Groups, PTOKEN_PRIVILEGES Privileges,
                             PTOKEN_OWNER Owner, PTOKEN_PRIMARY_GROUP PrimaryGroup,
                             PTOKEN_DEFAULT_DACL DefaultDacl, PTOKEN_SOURCE TokenSource);
NTSTATUS NTAPI NtDeleteObjectAuditAlarm(PUNICODE_STRING SubsystemName, PVOID HandleId,
                                        BOOLEAN GenerateOnClose);
NTSTATUS NTAPI NtDuplicateToken(HANDLE ExistingTokenHandle, ACCESS_MASK DesiredAccess,
                                POBJECT_ATTRIBUTES ObjectAttributes, BOOLEAN EffectiveOnly,
                                TOKEN_TYPE TokenType, PHANDLE NewTokenHandle);
NTSTATUS NTAPI NtFilterToken(HANDLE ExistingTokenHandle, ULONG Flags, PTOKEN_GROUPS SidsToDisable,
                             PTOKEN_PRIVILEGES PrivilegesToDelete, PTOKEN_GROUPS RestrictedSids,
                             PHANDLE NewTokenHandle);
NTSTATUS NTAPI NtImpersonateAnonymousToken(HANDLE ThreadHandle);
NTSTATUS NTAPI NtOpenObjectAuditAlarm(PUNICODE_STRING SubsystemName, PVOID HandleId,
                                      PUNICODE_STRING ObjectTypeName, PUNICODE_STRING ObjectName,
                                      PSECURITY_DESCRIPTOR SecurityDescriptor, HANDLE ClientToken,
                                      ACCESS_MASK DesiredAccess, ACCESS_MASK GrantedAccess,
                                      PPRIVILEGE_SET Privileges, BOOLEAN ObjectCreation,
                                      BOOLEAN AccessGranted, PBOOLEAN GenerateOnClose);
NTSTATUS NTAPI NtOpenProcessToken(HANDLE ProcessHandle, ACCESS_MASK DesiredAccess,
                                  PHANDLE TokenHandle);
NTSTATUS NTAPI NtOpenProcessTokenEx(HANDLE ProcessHandle, ACCESS_MASK DesiredAccess,
                                    ULONG HandleAttributes, PHANDLE TokenHandle);
NTSTATUS NTAPI NtOpenThreadToken(HANDLE ThreadHandle, ACCESS_MASK DesiredAccess, BOOLEAN OpenAsSelf,
                                 PHANDLE TokenHandle);
NTSTATUS NTAPI NtOpenThreadTokenEx(HANDLE ThreadHandle, ACCESS_MASK DesiredAccess,
                                   BOOLEAN OpenAsSelf, ULONG HandleAttributes, PHANDLE TokenHandle);
NTSTATUS NTAPI NtPrivilegeCheck(HANDLE ClientToken, PPRIVILEGE_SET RequiredPrivileges,
                                PBOOLEAN Result);
NTSTATUS NTAPI NtPrivilegeObjectAuditAlarm(PUNICODE_STRING SubsystemName, PVOID HandleId,
                                           HANDLE ClientToken, ACCESS_MASK DesiredAccess,
                                           PPRIVILEGE_SET Privileges, BOOLEAN AccessGranted);
NTSTATUS NTAPI NtPrivilegedServiceAuditAlarm(PUNICODE_STRING SubsystemName,
                                             PUNICODE_STRING ServiceName, HANDLE ClientToken,
                                             PPRIVILEGE_SET Privileges, BOOLEAN AccessGranted);
NTSTATUS NTAPI NtQueryInformationToken(HANDLE TokenHandle,
                                       TOKEN_INFORMATION_CLASS TokenInformationClass,
                                       PVOID TokenInformation, ULONG TokenInformationLength,
                                       PULONG ReturnLength);
NTSTATUS NTAPI NtQuerySecurityObject(HANDLE Handle, SECURITY_INFORMATION SecurityInformation,
                                     PSECURITY_DESCRIPTOR SecurityDescriptor, ULONG Length,
                                     PULONG LengthNeeded);
NTSTATUS NTAPI NtSetInformationToken(HANDLE TokenHandle,
                                     TOKEN_INFORMATION_CLASS TokenInformationClass,
                                     PVOID TokenInformation, ULONG TokenInformationLength);
NTSTATUS NTAPI NtSetSecurityObject(HANDLE Handle, SECURITY_INFORMATION SecurityInformation,
                                   PSECURITY_DESCRIPTOR SecurityDescriptor);
#endif

#endif
