// The token type, and the tokens that the system makes itself.
#include "sep.h"

#include "ex/ex.h"

PTOKEN SeSystemToken;

static const OBJECT_TYPE_INITIALIZER SepTokenTypeInfo = {
    .Name = L"Token",
    .BodySize = sizeof(TOKEN),
    .GenericMapping = {TOKEN_READ, TOKEN_WRITE,
                       TOKEN_EXECUTE | TOKEN_ASSIGN_PRIMARY | TOKEN_DUPLICATE | TOKEN_IMPERSONATE,
                       TOKEN_ALL_ACCESS},
    .ValidAccess = TOKEN_ALL_ACCESS,
    .InvalidAttributes = OBJ_OPENLINK,
    .SecurityRequired = TRUE,
    .Delete = SepDeleteToken,
};

#define SEP_PRIVILEGE(Name) (1ULL << SE_##Name##_PRIVILEGE)

static constexpr ULONGLONG SepSystemEnabled =
    SEP_PRIVILEGE(TCB) | SEP_PRIVILEGE(LOCK_MEMORY) | SEP_PRIVILEGE(CREATE_PAGEFILE) |
    SEP_PRIVILEGE(CREATE_PERMANENT) | SEP_PRIVILEGE(DEBUG) | SEP_PRIVILEGE(AUDIT) |
    SEP_PRIVILEGE(CHANGE_NOTIFY) | SEP_PRIVILEGE(INC_BASE_PRIORITY) |
    SEP_PRIVILEGE(PROF_SINGLE_PROCESS) | SEP_PRIVILEGE(SYSTEM_PROFILE) |
    SEP_PRIVILEGE(IMPERSONATE) | SEP_PRIVILEGE(CREATE_GLOBAL) | SEP_PRIVILEGE(INC_WORKING_SET) |
    SEP_PRIVILEGE(TIME_ZONE) | SEP_PRIVILEGE(CREATE_SYMBOLIC_LINK) |
    SEP_PRIVILEGE(DELEGATE_SESSION_USER_IMPERSONATE);

static constexpr ULONGLONG SepSystemPrivileges =
    SepSystemEnabled | SEP_PRIVILEGE(CREATE_TOKEN) | SEP_PRIVILEGE(ASSIGNPRIMARYTOKEN) |
    SEP_PRIVILEGE(INCREASE_QUOTA) | SEP_PRIVILEGE(SECURITY) | SEP_PRIVILEGE(TAKE_OWNERSHIP) |
    SEP_PRIVILEGE(LOAD_DRIVER) | SEP_PRIVILEGE(SYSTEMTIME) | SEP_PRIVILEGE(BACKUP) |
    SEP_PRIVILEGE(RESTORE) | SEP_PRIVILEGE(SHUTDOWN) | SEP_PRIVILEGE(SYSTEM_ENVIRONMENT) |
    SEP_PRIVILEGE(UNDOCK) | SEP_PRIVILEGE(MANAGE_VOLUME) | SEP_PRIVILEGE(TRUSTED_CREDMAN_ACCESS) |
    SEP_PRIVILEGE(RELABEL);

// A default DACL of up to three entries.
typedef struct _SEP_DEFAULT_ACE {
    PSID Sid;
    ACCESS_MASK Mask;
} SEP_DEFAULT_ACE;

typedef struct _SEP_DACL_BUFFER {
    alignas(8) UCHAR Bytes[256];
} SEP_DACL_BUFFER;

static PACL SepMakeDefaultDacl(SEP_DACL_BUFFER *Buffer, const SEP_DEFAULT_ACE *Aces, ULONG Count)
{
    PACL Acl = (PACL)Buffer->Bytes;
    ULONG Size = sizeof(ACL);
    for (ULONG i = 0; i < Count; i++)
        Size += FIELD_OFFSET(ACCESS_ALLOWED_ACE, SidStart) + RtlLengthSid(Aces[i].Sid);
    ASSERT(Size <= sizeof(*Buffer));
    RtlCreateAcl(Acl, Size, ACL_REVISION);
    for (ULONG i = 0; i < Count; i++)
        RtlAddAccessAllowedAce(Acl, ACL_REVISION, Aces[i].Mask, Aces[i].Sid);
    return Acl;
}

// A token object of the system's own is protected like those of programs: by its default DACL.
static NTSTATUS SepCreateSystemToken(void)
{
    const SID_AND_ATTRIBUTES Groups[] = {
        {SepKnownSid(SepLocalSystem), 0},
        {SepKnownSid(SepAdministrators),
         SE_GROUP_ENABLED_BY_DEFAULT | SE_GROUP_ENABLED | SE_GROUP_OWNER},
        {SepKnownSid(SepEveryone), SEP_ALL_ATTRIBUTES},
        {SepKnownSid(SepAuthenticatedUsers), SEP_ALL_ATTRIBUTES},
        {SepKnownSid(SepSystemLevel), SE_GROUP_INTEGRITY | SE_GROUP_INTEGRITY_ENABLED},
    };
    const SEP_DEFAULT_ACE Aces[] = {
        {SepKnownSid(SepLocalSystem), GENERIC_ALL},
        {SepKnownSid(SepAdministrators), GENERIC_READ | GENERIC_EXECUTE | READ_CONTROL},
    };
    SEP_DACL_BUFFER Dacl;
    const SEP_TOKEN_TEMPLATE Template = {
        .Source = {.SourceName = "*SYSTEM*"},
        .Type = TokenPrimary,
        .AuthenticationId = SYSTEM_LUID,
        .CreateSession = TRUE,
        .ExpirationTime.QuadPart = INT64_MAX,
        .GroupCount = RTL_NUMBER_OF(Groups),
        .Groups = Groups,
        .PrivilegesPresent = SepSystemPrivileges,
        .PrivilegesEnabled = SepSystemEnabled,
        .Owner = SepKnownSid(SepAdministrators),
        .PrimaryGroup = SepKnownSid(SepLocalSystem),
        .DefaultDacl = SepMakeDefaultDacl(&Dacl, Aces, RTL_NUMBER_OF(Aces)),
    };
    return SepCreateToken(&Template, &SeSystemToken);
}

// Nobody in particular: what NtImpersonateAnonymousToken gives.
NTSTATUS SepCreateAnonymousToken(PTOKEN *Token)
{
    const SID_AND_ATTRIBUTES Groups[] = {
        {SepKnownSid(SepAnonymous), 0},
        {SepKnownSid(SepUntrustedLevel), SE_GROUP_INTEGRITY | SE_GROUP_INTEGRITY_ENABLED},
    };
    const SEP_DEFAULT_ACE Aces[] = {{SepKnownSid(SepAnonymous), GENERIC_ALL}};
    SEP_DACL_BUFFER Dacl;
    const SEP_TOKEN_TEMPLATE Template = {
        .Source = {.SourceName = "*SYSTEM*"},
        .Type = TokenImpersonation,
        .Level = SecurityImpersonation,
        .AuthenticationId = SEP_ANONYMOUS_LUID,
        .CreateSession = TRUE,
        .ExpirationTime.QuadPart = INT64_MAX,
        .GroupCount = RTL_NUMBER_OF(Groups),
        .Groups = Groups,
        .PrimaryGroup = SepKnownSid(SepAnonymous),
        .DefaultDacl = SepMakeDefaultDacl(&Dacl, Aces, RTL_NUMBER_OF(Aces)),
    };
    return SepCreateToken(&Template, Token);
}

NTSTATUS SeInitSystem(void)
{
    NTSTATUS Status = ObCreateObjectType(&SepTokenTypeInfo, &SeTokenObjectType);
    if (NT_SUCCESS(Status))
        Status = SepCreateSystemToken();
    return NT_SUCCESS(Status) ? SepSecureToken(SeSystemToken) : Status;
}
