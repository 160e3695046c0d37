// Logging a user on: a token for one of those that the registry lists, as Windows' logon makes it. Takes
// SE_CREATE_TOKEN and SE_TCB, which SYSTEM has.

#include "native.h"

#define USER_LIST \
    L"\\Registry\\Machine\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList"

typedef struct _USER_SID {
    alignas(8) UCHAR Bytes[SECURITY_MAX_SID_SIZE];
} USER_SID;

// ---- Finding the user: the key whose profile folder has the user's name

static BOOLEAN UserIsNamed(PREG_VALUE Value, PCWSTR Name)
{
    if (_wcsicmp(Value->Name, L"ProfileImagePath") ||
        (Value->Type != REG_SZ && Value->Type != REG_EXPAND_SZ))
        return FALSE;
    PCWSTR Base = wcsrchr(Value->Data, L'\\');
    return Base && !_wcsicmp(Base + 1, Name);
}

static BOOLEAN UserTakeSid(PREG_VALUE Value, USER_SID *Sid)
{
    if (_wcsicmp(Value->Name, L"Sid") || Value->Type != REG_BINARY || Value->Size > sizeof(*Sid) ||
        !RtlValidSid(Value->Data) || RtlLengthSid(Value->Data) != Value->Size)
        return FALSE;
    memcpy(Sid, Value->Data, Value->Size);
    return TRUE;
}

static BOOLEAN UserMatches(HANDLE Key, PCWSTR Name, USER_SID *Sid)
{
    BOOLEAN Named = FALSE, HasSid = FALSE;
    PREG_VALUE Value;
    for (ULONG i = 0; NT_SUCCESS(RegReadValue(Key, i, &Value)); i++) {
        Named |= UserIsNamed(Value, Name);
        HasSid |= UserTakeSid(Value, Sid);
        RegFreeValue(Value);
    }
    return Named && HasSid;
}

static NTSTATUS UserFind(PCWSTR Name, USER_SID *Sid)
{
    HANDLE List, Key;
    struct {
        KEY_BASIC_INFORMATION Basic;
        WCHAR More[MAX_PATH];
    } Entry;
    ULONG Length;
    BOOLEAN Found = FALSE;
    NTSTATUS Status = RegOpen(USER_LIST, KEY_ENUMERATE_SUB_KEYS, &List);
    for (ULONG i = 0; NT_SUCCESS(Status) && !Found; i++) {
        Status = NtEnumerateKey(List, i, KeyBasicInformation, &Entry, sizeof(Entry), &Length);
        if (!NT_SUCCESS(Status))
            break;
        UNICODE_STRING KeyName = {(USHORT)Entry.Basic.NameLength, (USHORT)Entry.Basic.NameLength,
                                  Entry.Basic.Name};
        OBJECT_ATTRIBUTES Attributes;
        InitializeObjectAttributes(&Attributes, &KeyName, OBJ_CASE_INSENSITIVE, List, nullptr);
        if (!NT_SUCCESS(NtOpenKey(&Key, KEY_QUERY_VALUE, &Attributes)))
            continue;
        Found = UserMatches(Key, Name, Sid);
        NtClose(Key);
    }
    if (!NT_SUCCESS(Status) && Status != STATUS_NO_MORE_ENTRIES)
        return Status;
    NtClose(List);
    return Found ? STATUS_SUCCESS : STATUS_NO_SUCH_USER;
}

// ---- The token

// Who the user is besides itself. Each SID: authority, sub-authorities.
static const struct {
    UCHAR Authority, Count;
    ULONG SubAuthorities[2];
    ULONG Attributes;
} UserGroups[] = {
    {1, 1, {0}, SE_GROUP_MANDATORY},                               // everyone
    {5, 2, {32, DOMAIN_ALIAS_RID_USERS}, SE_GROUP_MANDATORY},      // BUILTIN\Users
    {5, 1, {SECURITY_INTERACTIVE_RID}, SE_GROUP_MANDATORY},        // interactive
    {5, 1, {SECURITY_AUTHENTICATED_USER_RID}, SE_GROUP_MANDATORY}, // authenticated
    {2, 1, {0}, SE_GROUP_MANDATORY},                               // local
    {16, 1, {SECURITY_MANDATORY_MEDIUM_RID}, SE_GROUP_INTEGRITY},  // medium level
};

static const struct {
    ULONG Privilege, Attributes;
} UserPrivileges[] = {
    {SE_CHANGE_NOTIFY_PRIVILEGE, SE_PRIVILEGE_ENABLED | SE_PRIVILEGE_ENABLED_BY_DEFAULT},
    {SE_SHUTDOWN_PRIVILEGE, 0},
    {SE_UNDOCK_PRIVILEGE, 0},
    {SE_INC_WORKING_SET_PRIVILEGE, 0},
    {SE_TIME_ZONE_PRIVILEGE, 0},
};

enum {
    USER_PRIMARY_GROUP = RTL_NUMBER_OF(UserGroups), // behind the fixed ones
    USER_LOGON_GROUP,
    USER_GROUPS,
};

typedef struct _USER_TOKEN {
    LUID LogonId;
    USER_SID User, System, Sids[USER_GROUPS];
    struct {
        ULONG Count;
        SID_AND_ATTRIBUTES Groups[USER_GROUPS];
    } Groups;
    struct {
        ULONG Count;
        LUID_AND_ATTRIBUTES Privileges[RTL_NUMBER_OF(UserPrivileges)];
    } Privileges;
    alignas(8) UCHAR DefaultAcl[256], TokenAcl[256];
    SECURITY_DESCRIPTOR Security; // of the token itself
} USER_TOKEN, *PUSER_TOKEN;

static PSID UserMakeSid(USER_SID *Sid, UCHAR Authority, UCHAR Count, const ULONG *SubAuthorities)
{
    SID_IDENTIFIER_AUTHORITY Identifier = {{0, 0, 0, 0, 0, Authority}};
    RtlInitializeSid(Sid, &Identifier, Count);
    for (UCHAR i = 0; i < Count; i++)
        *RtlSubAuthoritySid(Sid, i) = SubAuthorities[i];
    return Sid;
}

static VOID UserAddGroup(PUSER_TOKEN New, ULONG Index, ULONG Attributes)
{
    New->Groups.Groups[Index] = (SID_AND_ATTRIBUTES){&New->Sids[Index], Attributes};
    New->Groups.Count = max(New->Groups.Count, Index + 1);
}

// All local accounts have one primary group, and each logon a SID of its own.
static VOID UserFillGroups(PUSER_TOKEN New)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(UserGroups); i++) {
        UserMakeSid(&New->Sids[i], UserGroups[i].Authority, UserGroups[i].Count,
                    UserGroups[i].SubAuthorities);
        UserAddGroup(New, i, UserGroups[i].Attributes);
    }
    New->Sids[USER_PRIMARY_GROUP] = New->User;
    PSID Primary = &New->Sids[USER_PRIMARY_GROUP];
    *RtlSubAuthoritySid(Primary, *RtlSubAuthorityCountSid(Primary) - 1U) = DOMAIN_GROUP_RID_USERS;
    UserAddGroup(New, USER_PRIMARY_GROUP, SE_GROUP_MANDATORY);
    const ULONG Logon[] = {SECURITY_LOGON_IDS_RID, (ULONG)New->LogonId.HighPart,
                           New->LogonId.LowPart};
    UserMakeSid(&New->Sids[USER_LOGON_GROUP], 5, 3, Logon);
    UserAddGroup(New, USER_LOGON_GROUP, SE_GROUP_MANDATORY | SE_GROUP_LOGON_ID);
    for (ULONG i = 0; i < RTL_NUMBER_OF(UserPrivileges); i++)
        New->Privileges.Privileges[i] = (LUID_AND_ATTRIBUTES){
            RtlConvertUlongToLuid(UserPrivileges[i].Privilege), UserPrivileges[i].Attributes};
    New->Privileges.Count = RTL_NUMBER_OF(UserPrivileges);
}

// What the user makes is the user's and the system's; who is logged on with it may look.
static NTSTATUS UserFillSecurity(PUSER_TOKEN New)
{
    const ULONG LocalSystem = SECURITY_LOCAL_SYSTEM_RID;
    PACL Default = (PACL)New->DefaultAcl, Own = (PACL)New->TokenAcl;
    UserMakeSid(&New->System, 5, 1, &LocalSystem);
    RtlCreateAcl(Default, sizeof(New->DefaultAcl), ACL_REVISION);
    RtlCreateAcl(Own, sizeof(New->TokenAcl), ACL_REVISION);
    NTSTATUS Status = RtlAddAccessAllowedAce(Default, ACL_REVISION, GENERIC_ALL, &New->User);
    if (NT_SUCCESS(Status))
        Status = RtlAddAccessAllowedAce(Default, ACL_REVISION, GENERIC_ALL, &New->System);
    if (NT_SUCCESS(Status))
        Status = RtlAddAccessAllowedAce(Default, ACL_REVISION, GENERIC_READ | GENERIC_EXECUTE,
                                        &New->Sids[USER_LOGON_GROUP]);
    if (NT_SUCCESS(Status))
        Status = RtlAddAccessAllowedAce(Own, ACL_REVISION, TOKEN_ALL_ACCESS, &New->User);
    if (NT_SUCCESS(Status))
        Status = RtlAddAccessAllowedAce(Own, ACL_REVISION, TOKEN_ALL_ACCESS, &New->System);
    RtlCreateSecurityDescriptor(&New->Security, SECURITY_DESCRIPTOR_REVISION);
    RtlSetDaclSecurityDescriptor(&New->Security, TRUE, Own, FALSE);
    return Status;
}

static NTSTATUS UserCreateToken(PUSER_TOKEN New, PHANDLE Token)
{
    LARGE_INTEGER Never = {.QuadPart = MAXLONGLONG};
    TOKEN_USER User = {{&New->User, 0}};
    TOKEN_OWNER Owner = {&New->User};
    TOKEN_PRIMARY_GROUP Primary = {&New->Sids[USER_PRIMARY_GROUP]};
    TOKEN_DEFAULT_DACL Dacl = {(PACL)New->DefaultAcl};
    TOKEN_SOURCE Source = {.SourceName = "User32 "};
    OBJECT_ATTRIBUTES Attributes;
    BOOLEAN WasEnabled;
    InitializeObjectAttributes(&Attributes, nullptr, 0, nullptr, &New->Security);
    NTSTATUS Status = RtlAdjustPrivilege(SE_CREATE_TOKEN_PRIVILEGE, TRUE, FALSE, &WasEnabled);
    if (!NT_SUCCESS(Status))
        return Status;
    NtAllocateLocallyUniqueId(&Source.SourceIdentifier);
    Status = NtCreateToken(Token, TOKEN_ALL_ACCESS, &Attributes, TokenPrimary, &New->LogonId,
                           &Never, &User, (PTOKEN_GROUPS)&New->Groups,
                           (PTOKEN_PRIVILEGES)&New->Privileges, &Owner, &Primary, &Dacl, &Source);
    RtlAdjustPrivilege(SE_CREATE_TOKEN_PRIVILEGE, WasEnabled, FALSE, &WasEnabled);
    return Status;
}

NTSTATUS UserLogOn(PCWSTR Name, PHANDLE Token)
{
    PUSER_TOKEN New = RtlAllocateHeap(RtlProcessHeap(), HEAP_ZERO_MEMORY, sizeof(*New));
    if (!New)
        return STATUS_NO_MEMORY;
    NTSTATUS Status = UserFind(Name, &New->User);
    if (NT_SUCCESS(Status))
        Status = NtAllocateLocallyUniqueId(&New->LogonId);
    if (NT_SUCCESS(Status)) {
        UserFillGroups(New);
        Status = UserFillSecurity(New);
    }
    if (NT_SUCCESS(Status))
        Status = UserCreateToken(New, Token);
    RtlFreeHeap(RtlProcessHeap(), 0, New);
    return Status;
}
