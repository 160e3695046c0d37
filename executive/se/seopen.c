// Opening, creating, duplicating and comparing tokens.
#include "sep.h"

#include "ex/ex.h"

// ---- Opening

static PTOKEN SepPseudoToken(HANDLE Handle)
{
    PETHREAD Thread = KeGetCurrentThread();
    if (Handle == NtCurrentProcessToken())
        return Thread->Process->Token;
    if (Handle == NtCurrentThreadToken())
        return Thread->ImpersonationToken;
    if (Handle == NtCurrentThreadEffectiveToken())
        return PsEffectiveToken();
    return nullptr;
}

// The pseudo handles can be queried, nothing more.
NTSTATUS SepReferenceToken(HANDLE Handle, ACCESS_MASK Access, PTOKEN *Token)
{
    if (Handle == NtCurrentThreadToken() && !KeGetCurrentThread()->ImpersonationToken)
        return STATUS_NO_TOKEN;
    PTOKEN Pseudo = SepPseudoToken(Handle);
    if (!Pseudo)
        return ObReferenceObjectByHandle(Handle, Access, SeTokenObjectType, UserMode,
                                         (PVOID *)Token, nullptr);
    if (Access & ~(ACCESS_MASK)(TOKEN_QUERY | TOKEN_QUERY_SOURCE))
        return STATUS_ACCESS_DENIED;
    ObReferenceObject(Pseudo);
    *Token = Pseudo;
    return STATUS_SUCCESS;
}

static NTSTATUS SepOpenToken(PTOKEN Token, ACCESS_MASK DesiredAccess, ULONG Attributes,
                             HANDLE USER *Result)
{
    HANDLE Handle;
    NTSTATUS Status = ObOpenObjectByPointer(Token, Attributes & ~OBJ_KERNEL_HANDLE, DesiredAccess,
                                            SeTokenObjectType, UserMode, &Handle);
    ObDereferenceObject(Token);
    return ObReturnHandle(Status, Handle, Result);
}

NTSTATUS NtOpenProcessTokenEx(HANDLE ProcessHandle, ACCESS_MASK DesiredAccess,
                              ULONG HandleAttributes, HANDLE USER *TokenHandle)
{
    NTSTATUS Status = MmProbeForWrite(TokenHandle, sizeof(*TokenHandle), 1);
    if (!NT_SUCCESS(Status))
        return Status;
    PEPROCESS Process;
    Status = ObReferenceObjectByHandle(ProcessHandle, PROCESS_QUERY_LIMITED_INFORMATION,
                                       PsProcessType, UserMode, (PVOID *)&Process, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    PTOKEN Token = Process->Token;
    ObReferenceObject(Token);
    ObDereferenceObject(Process);
    return SepOpenToken(Token, DesiredAccess, HandleAttributes, TokenHandle);
}

NTSTATUS NtOpenProcessToken(HANDLE ProcessHandle, ACCESS_MASK DesiredAccess,
                            HANDLE USER *TokenHandle)
{
    return NtOpenProcessTokenEx(ProcessHandle, DesiredAccess, 0, TokenHandle);
}

static NTSTATUS SepReferenceThreadToken(HANDLE ThreadHandle, PTOKEN *Token)
{
    PETHREAD Thread;
    NTSTATUS Status = ObReferenceObjectByHandle(ThreadHandle, THREAD_QUERY_LIMITED_INFORMATION,
                                                PsThreadType, UserMode, (PVOID *)&Thread, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    *Token = Thread->ImpersonationToken;
    if (!*Token)
        Status = STATUS_NO_TOKEN;
    else if ((*Token)->Level < SecurityIdentification)
        Status = STATUS_CANT_OPEN_ANONYMOUS;
    else
        ObReferenceObject(*Token);
    ObDereferenceObject(Thread);
    return Status;
}

// With OpenAsSelf the process, not whom the thread impersonates, must be allowed to open the token.
static NTSTATUS SepOpenTokenAsSelf(PTOKEN Token, ACCESS_MASK DesiredAccess, ULONG Attributes,
                                   HANDLE USER *Result)
{
    PETHREAD Thread = KeGetCurrentThread();
    PTOKEN Impersonated = Thread->ImpersonationToken;
    HANDLE Handle;
    Thread->ImpersonationToken = nullptr;
    NTSTATUS Status = ObOpenObjectByPointer(Token, Attributes & ~OBJ_KERNEL_HANDLE, DesiredAccess,
                                            SeTokenObjectType, UserMode, &Handle);
    Thread->ImpersonationToken = Impersonated;
    ObDereferenceObject(Token);
    return ObReturnHandle(Status, Handle, Result);
}

NTSTATUS NtOpenThreadTokenEx(HANDLE ThreadHandle, ACCESS_MASK DesiredAccess, BOOLEAN OpenAsSelf,
                             ULONG HandleAttributes, HANDLE USER *TokenHandle)
{
    NTSTATUS Status = MmProbeForWrite(TokenHandle, sizeof(*TokenHandle), 1);
    if (!NT_SUCCESS(Status))
        return Status;
    PTOKEN Token;
    Status = SepReferenceThreadToken(ThreadHandle, &Token);
    if (!NT_SUCCESS(Status))
        return Status;
    if (OpenAsSelf)
        return SepOpenTokenAsSelf(Token, DesiredAccess, HandleAttributes, TokenHandle);
    return SepOpenToken(Token, DesiredAccess, HandleAttributes, TokenHandle);
}

NTSTATUS NtOpenThreadToken(HANDLE ThreadHandle, ACCESS_MASK DesiredAccess, BOOLEAN OpenAsSelf,
                           HANDLE USER *TokenHandle)
{
    return NtOpenThreadTokenEx(ThreadHandle, DesiredAccess, OpenAsSelf, 0, TokenHandle);
}

// ---- Duplicating

static NTSTATUS SepCheckDuplicate(PTOKEN Token, TOKEN_TYPE Type, SECURITY_IMPERSONATION_LEVEL Level)
{
    if (Token->Type != TokenImpersonation)
        return STATUS_SUCCESS;
    BOOLEAN Raises =
        Type == TokenImpersonation ? Level > Token->Level : Token->Level < SecurityImpersonation;
    return Raises ? STATUS_BAD_IMPERSONATION_LEVEL : STATUS_SUCCESS;
}

NTSTATUS NtDuplicateToken(HANDLE ExistingTokenHandle, ACCESS_MASK DesiredAccess,
                          const OBJECT_ATTRIBUTES USER *ObjectAttributes, BOOLEAN EffectiveOnly,
                          TOKEN_TYPE TokenType, HANDLE USER *NewTokenHandle)
{
    if (TokenType != TokenPrimary && TokenType != TokenImpersonation)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = MmProbeForWrite(NewTokenHandle, sizeof(*NewTokenHandle), 1);
    if (!NT_SUCCESS(Status))
        return Status;
    OB_ATTRIBUTES Attributes;
    Status = ObCaptureAttributes(&Attributes, ObjectAttributes);
    if (!NT_SUCCESS(Status))
        return Status;
    PTOKEN Token, Copy = nullptr;
    ACCESS_MASK Granted;
    Status = ObReferenceObjectByHandle(ExistingTokenHandle, TOKEN_DUPLICATE, SeTokenObjectType,
                                       UserMode, (PVOID *)&Token, &Granted);
    if (NT_SUCCESS(Status)) {
        SECURITY_IMPERSONATION_LEVEL Level = SecurityAnonymous;
        if (Attributes.SecurityQosPresent)
            Level = Attributes.SecurityQos.ImpersonationLevel;
        Status = SepCheckDuplicate(Token, TokenType, Level);
        if (NT_SUCCESS(Status))
            Status = SepCopyToken(Token, TokenType, Level, &Copy);
        if (NT_SUCCESS(Status) && EffectiveOnly)
            SepMakeEffectiveOnly(Copy);
        if (!DesiredAccess)
            DesiredAccess = Granted; // none asked for: that of the old handle
        ObDereferenceObject(Token);
    }
    if (NT_SUCCESS(Status))
        return ObInsertService(Copy, &Attributes, DesiredAccess, NewTokenHandle);
    ObReleaseAttributes(&Attributes);
    return Status;
}

// ---- Creating

// Everything that NtCreateToken is given, captured.
typedef struct _SEP_CREATION {
    LUID AuthenticationId;
    LARGE_INTEGER ExpirationTime;
    SEP_SIDS User, Groups, All; // All: the user and the groups
    PLUID_AND_ATTRIBUTES Privileges;
    ULONG PrivilegeCount;
    PSID Owner, PrimaryGroup;
    PACL DefaultDacl;
    TOKEN_SOURCE Source;
} SEP_CREATION;

static VOID SepReleaseCreation(SEP_CREATION *Creation)
{
    SepFreeSids(&Creation->User);
    SepFreeSids(&Creation->Groups);
    SepFreeSids(&Creation->All);
    PVOID Blocks[] = {Creation->Privileges, Creation->Owner, Creation->PrimaryGroup,
                      Creation->DefaultDacl};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Blocks); i++)
        if (Blocks[i])
            ExFreePool(Blocks[i]);
}

// The SID or ACL that a structure with one pointer names.
static NTSTATUS SepCapturePointed(const VOID USER *Structure, BOOLEAN Optional,
                                  NTSTATUS (*Capture)(const VOID USER *, PVOID *), PVOID *Result)
{
    ULONG_PTR Pointer = 0;
    if (!Structure)
        return Optional ? STATUS_SUCCESS : STATUS_ACCESS_VIOLATION;
    NTSTATUS Status = MmCopyFromUser(&Pointer, Structure, sizeof(Pointer));
    if (!NT_SUCCESS(Status) || (Optional && !Pointer))
        return Status;
    return Capture((const VOID USER *)Pointer, Result);
}

static NTSTATUS SepCaptureSidBlock(const VOID USER *Sid, PVOID *Result)
{
    return SeCaptureSid(Sid, Result);
}

static NTSTATUS SepCaptureAclBlock(const VOID USER *Acl, PVOID *Result)
{
    return SepCaptureAcl(Acl, (PACL *)Result);
}

// User first, then the groups.
static NTSTATUS SepJoinUserAndGroups(SEP_CREATION *Creation)
{
    ULONG Count = 1 + Creation->Groups.Count;
    PSID_AND_ATTRIBUTES Array =
        ExAllocatePoolWithTag(PagedPool, Count * sizeof(*Array), SE_TAG_BUFFER);
    if (!Array)
        return STATUS_INSUFFICIENT_RESOURCES;
    Array[0] = Creation->User.Sids[0];
    for (ULONG i = 1; i < Count; i++) {
        Array[i] = Creation->Groups.Sids[i - 1];
        if (Array[i].Attributes & SE_GROUP_MANDATORY)
            Array[i].Attributes |= SE_GROUP_ENABLED | SE_GROUP_ENABLED_BY_DEFAULT;
        if (Array[i].Attributes & SE_GROUP_INTEGRITY)
            Array[i].Attributes |= SE_GROUP_INTEGRITY_ENABLED;
    }
    NTSTATUS Status = SepCopySids(Array, Count, &Creation->All);
    ExFreePool(Array);
    return Status;
}

static VOID SepSumPrivileges(const SEP_CREATION *Creation, SEP_TOKEN_TEMPLATE *Template)
{
    for (ULONG i = 0; i < Creation->PrivilegeCount; i++) {
        ULONGLONG Bit = SepPrivilegeBit(Creation->Privileges[i].Luid);
        Template->PrivilegesPresent |= Bit;
        if (Creation->Privileges[i].Attributes & SE_PRIVILEGE_ENABLED)
            Template->PrivilegesEnabled |= Bit;
    }
}

// Who holds SE_TCB is trusted to bring in logon sessions: there is no other authority for them.
static NTSTATUS SepCreateFromCaptured(const SEP_CREATION *Creation, TOKEN_TYPE Type,
                                      const OB_ATTRIBUTES *Attributes, PTOKEN *Token)
{
    SEP_TOKEN_TEMPLATE Template = {
        .Source = Creation->Source,
        .Type = Type,
        .Level = Attributes->SecurityQosPresent ? Attributes->SecurityQos.ImpersonationLevel
                                                : SecurityAnonymous,
        .AuthenticationId = Creation->AuthenticationId,
        .CreateSession = SeSinglePrivilegeCheck(RtlConvertUlongToLuid(SE_TCB_PRIVILEGE), UserMode),
        .ExpirationTime = Creation->ExpirationTime,
        .GroupCount = Creation->All.Count,
        .Groups = Creation->All.Sids,
        .Owner = Creation->Owner,
        .PrimaryGroup = Creation->PrimaryGroup,
        .DefaultDacl = Creation->DefaultDacl,
    };
    SepSumPrivileges(Creation, &Template);
    return SepCreateToken(&Template, Token);
}

NTSTATUS NtCreateToken(HANDLE USER *TokenHandle, ACCESS_MASK DesiredAccess,
                       const OBJECT_ATTRIBUTES USER *ObjectAttributes, TOKEN_TYPE TokenType,
                       const LUID USER *AuthenticationId, const LARGE_INTEGER USER *ExpirationTime,
                       const TOKEN_USER USER *User, const TOKEN_GROUPS USER *Groups,
                       const TOKEN_PRIVILEGES USER *Privileges, const TOKEN_OWNER USER *Owner,
                       const TOKEN_PRIMARY_GROUP USER *PrimaryGroup,
                       const TOKEN_DEFAULT_DACL USER *DefaultDacl,
                       const TOKEN_SOURCE USER *TokenSource)
{
    if (TokenType != TokenPrimary && TokenType != TokenImpersonation)
        return STATUS_BAD_TOKEN_TYPE;
    if (!SeSinglePrivilegeCheck(RtlConvertUlongToLuid(SE_CREATE_TOKEN_PRIVILEGE), UserMode))
        return STATUS_PRIVILEGE_NOT_HELD;
    NTSTATUS Status = MmProbeForWrite(TokenHandle, sizeof(*TokenHandle), 1);
    if (!NT_SUCCESS(Status))
        return Status;
    OB_ATTRIBUTES Attributes;
    Status = ObCaptureAttributes(&Attributes, ObjectAttributes);
    if (!NT_SUCCESS(Status))
        return Status;

    SEP_CREATION Creation = {};
    Status = MmCopyFromUser(&Creation.AuthenticationId, AuthenticationId, sizeof(LUID));
    if (NT_SUCCESS(Status))
        Status = MmCopyFromUser(&Creation.ExpirationTime, ExpirationTime, sizeof(LARGE_INTEGER));
    if (NT_SUCCESS(Status))
        Status = MmCopyFromUser(&Creation.Source, TokenSource, sizeof(TOKEN_SOURCE));
    if (NT_SUCCESS(Status))
        Status = SepCaptureSidArray((const SID_AND_ATTRIBUTES USER *)User, 1, &Creation.User);
    if (NT_SUCCESS(Status))
        Status = SepCaptureGroups(Groups, &Creation.Groups);
    if (NT_SUCCESS(Status))
        Status = SepCapturePrivileges(Privileges, &Creation.Privileges, &Creation.PrivilegeCount);
    if (NT_SUCCESS(Status))
        Status = SepCapturePointed(Owner, TRUE, SepCaptureSidBlock, &Creation.Owner);
    if (NT_SUCCESS(Status))
        Status = SepCapturePointed(PrimaryGroup, FALSE, SepCaptureSidBlock, &Creation.PrimaryGroup);
    if (NT_SUCCESS(Status))
        Status = SepCapturePointed(DefaultDacl, TRUE, SepCaptureAclBlock,
                                   (PVOID *)&Creation.DefaultDacl);
    if (NT_SUCCESS(Status))
        Status = SepJoinUserAndGroups(&Creation);
    PTOKEN Token = nullptr;
    if (NT_SUCCESS(Status))
        Status = SepCreateFromCaptured(&Creation, TokenType, &Attributes, &Token);
    SepReleaseCreation(&Creation);
    if (NT_SUCCESS(Status))
        return ObInsertService(Token, &Attributes, DesiredAccess, TokenHandle);
    ObReleaseAttributes(&Attributes);
    return Status;
}

// ---- Comparing

static BOOLEAN SepSameSids(const SEP_SIDS *First, const SEP_SIDS *Second, ULONG From)
{
    constexpr ULONG Relevant = SE_GROUP_ENABLED | SE_GROUP_USE_FOR_DENY_ONLY;
    if (First->Count != Second->Count)
        return FALSE;
    for (ULONG i = From; i < First->Count; i++) {
        ULONG Other = SepFindGroup(Second, First->Sids[i].Sid);
        if (Other == SEP_NO_INDEX ||
            ((First->Sids[i].Attributes ^ Second->Sids[Other].Attributes) & Relevant))
            return FALSE;
    }
    return TRUE;
}

// Equal: every access check has the same result with both.
static BOOLEAN SepSameRights(PTOKEN First, PTOKEN Second)
{
    return First == Second || (RtlEqualSid(SeTokenUser(First), SeTokenUser(Second)) &&
                               SepSameSids(&First->Groups, &Second->Groups, 0) &&
                               SepSameSids(&First->Restricted, &Second->Restricted, 0) &&
                               First->PrivilegesPresent == Second->PrivilegesPresent &&
                               First->PrivilegesEnabled == Second->PrivilegesEnabled &&
                               SepTokenLevel(First) == SepTokenLevel(Second));
}

NTSTATUS NtCompareTokens(HANDLE FirstTokenHandle, HANDLE SecondTokenHandle, BOOLEAN USER *Equal)
{
    PTOKEN First, Second;
    NTSTATUS Status = SepReferenceToken(FirstTokenHandle, TOKEN_QUERY, &First);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = SepReferenceToken(SecondTokenHandle, TOKEN_QUERY, &Second);
    if (NT_SUCCESS(Status)) {
        Status = MmWriteUser(Equal, SepSameRights(First, Second));
        ObDereferenceObject(Second);
    }
    ObDereferenceObject(First);
    return Status;
}
