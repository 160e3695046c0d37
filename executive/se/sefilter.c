// NtFilterToken: a copy of a token with less rights.
#include "sep.h"

#ifndef DISABLE_MAX_PRIVILEGE
#define DISABLE_MAX_PRIVILEGE 0x1
#define SANDBOX_INERT         0x2
#define LUA_TOKEN             0x4
#define WRITE_RESTRICTED      0x8
#endif
#define SEP_FILTER_FLAGS (DISABLE_MAX_PRIVILEGE | SANDBOX_INERT | LUA_TOKEN | WRITE_RESTRICTED)

typedef struct _SEP_FILTER {
    ULONG Flags;
    SEP_SIDS Disable, Restrict;
    PLUID_AND_ATTRIBUTES Delete;
    ULONG DeleteCount;
} SEP_FILTER;

static NTSTATUS SepCaptureFilter(SEP_FILTER *Filter, const TOKEN_GROUPS USER *SidsToDisable,
                                 const TOKEN_PRIVILEGES USER *PrivilegesToDelete,
                                 const TOKEN_GROUPS USER *RestrictedSids)
{
    NTSTATUS Status = SepCaptureGroups(SidsToDisable, &Filter->Disable);
    if (NT_SUCCESS(Status))
        Status = SepCaptureGroups(RestrictedSids, &Filter->Restrict);
    if (NT_SUCCESS(Status))
        Status = SepCapturePrivileges(PrivilegesToDelete, &Filter->Delete, &Filter->DeleteCount);
    return Status;
}

static VOID SepReleaseFilter(SEP_FILTER *Filter)
{
    SepFreeSids(&Filter->Disable);
    SepFreeSids(&Filter->Restrict);
    if (Filter->Delete)
        ExFreePool(Filter->Delete);
}

static VOID SepDenyOnly(PTOKEN Token, PSID Sid)
{
    ULONG Index = SepFindGroup(&Token->Groups, Sid);
    if (Index == SEP_NO_INDEX || Index == Token->IntegrityIndex)
        return;
    PULONG Attributes = &Token->Groups.Sids[Index].Attributes;
    *Attributes &= ~(ULONG)(SEP_ALL_ATTRIBUTES | SE_GROUP_OWNER);
    *Attributes |= SE_GROUP_USE_FOR_DENY_ONLY;
    if (Token->OwnerIndex == Index)
        Token->OwnerIndex = 0;
}

static VOID SepRemovePrivileges(PTOKEN Token, ULONGLONG Bits)
{
    Token->PrivilegesPresent &= ~Bits;
    Token->PrivilegesEnabled &= ~Bits;
    Token->PrivilegesDefault &= ~Bits;
}

// A token that is restricted already stays at least as restricted: both lists must allow.
static NTSTATUS SepRestrict(PTOKEN Token, const SEP_SIDS *Restrict)
{
    if (!Restrict->Count)
        return STATUS_SUCCESS;
    SEP_SIDS New;
    NTSTATUS Status = SepCopySids(Restrict->Sids, Restrict->Count, &New);
    if (!NT_SUCCESS(Status))
        return Status;
    BOOLEAN Already = SepTokenIsRestricted(Token);
    ULONG Kept = 0;
    for (ULONG i = 0; i < New.Count; i++) {
        if (Already && SepFindGroup(&Token->Restricted, New.Sids[i].Sid) == SEP_NO_INDEX)
            continue;
        New.Sids[Kept] = New.Sids[i];
        New.Sids[Kept++].Attributes = SEP_ALL_ATTRIBUTES;
    }
    New.Count = Kept;
    if (!Kept) {
        SepFreeSids(&New);
        return STATUS_INVALID_PARAMETER;
    }
    SepFreeSids(&Token->Restricted);
    Token->Restricted = New;
    return STATUS_SUCCESS;
}

static NTSTATUS SepApplyFilter(PTOKEN Token, const SEP_FILTER *Filter)
{
    constexpr ULONGLONG Traverse = 1ULL << SE_CHANGE_NOTIFY_PRIVILEGE;
    for (ULONG i = 0; i < Filter->Disable.Count; i++)
        SepDenyOnly(Token, Filter->Disable.Sids[i].Sid);
    for (ULONG i = 0; i < Filter->DeleteCount; i++)
        SepRemovePrivileges(Token, SepPrivilegeBit(Filter->Delete[i].Luid));
    if (Filter->Flags & DISABLE_MAX_PRIVILEGE)
        SepRemovePrivileges(Token, ~Traverse);
    if (Filter->Flags & LUA_TOKEN) {
        SepDenyOnly(Token, SepKnownSid(SepAdministrators));
        SepRemovePrivileges(Token, ~(Traverse | 1ULL << SE_SHUTDOWN_PRIVILEGE |
                                     1ULL << SE_UNDOCK_PRIVILEGE | 1ULL << SE_TIME_ZONE_PRIVILEGE |
                                     1ULL << SE_INC_WORKING_SET_PRIVILEGE));
        Token->Elevated = FALSE;
    }
    if (Filter->Flags & SANDBOX_INERT)
        Token->SandboxInert = TRUE;
    if ((Filter->Flags & WRITE_RESTRICTED) && !SepTokenIsRestricted(Token))
        Token->WriteRestricted = TRUE;
    else if (Filter->Restrict.Count)
        Token->WriteRestricted = Token->WriteRestricted && (Filter->Flags & WRITE_RESTRICTED);
    return SepRestrict(Token, &Filter->Restrict);
}

static NTSTATUS SepFilterToken(PTOKEN Token, const SEP_FILTER *Filter, PTOKEN *Filtered)
{
    NTSTATUS Status = SepCopyToken(Token, Token->Type, Token->Level, Filtered);
    if (!NT_SUCCESS(Status))
        return Status;
    (*Filtered)->ParentTokenId = Token->TokenId;
    Status = SepApplyFilter(*Filtered, Filter);
    if (!NT_SUCCESS(Status))
        ObDereferenceObject(*Filtered);
    return Status;
}

NTSTATUS NtFilterToken(HANDLE ExistingTokenHandle, ULONG Flags,
                       const TOKEN_GROUPS USER *SidsToDisable,
                       const TOKEN_PRIVILEGES USER *PrivilegesToDelete,
                       const TOKEN_GROUPS USER *RestrictedSids, HANDLE USER *NewTokenHandle)
{
    if (Flags & ~SEP_FILTER_FLAGS)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = MmProbeForWrite(NewTokenHandle, sizeof(*NewTokenHandle), 1);
    if (!NT_SUCCESS(Status))
        return Status;
    SEP_FILTER Filter = {.Flags = Flags};
    Status = SepCaptureFilter(&Filter, SidsToDisable, PrivilegesToDelete, RestrictedSids);
    PTOKEN Token, Filtered = nullptr;
    ACCESS_MASK Granted = 0;
    if (NT_SUCCESS(Status))
        Status = ObReferenceObjectByHandle(ExistingTokenHandle, TOKEN_DUPLICATE, SeTokenObjectType,
                                           UserMode, (PVOID *)&Token, &Granted);
    if (NT_SUCCESS(Status)) {
        Status = SepFilterToken(Token, &Filter, &Filtered);
        ObDereferenceObject(Token);
    }
    SepReleaseFilter(&Filter);
    if (!NT_SUCCESS(Status))
        return Status;
    OB_ATTRIBUTES Attributes = {};
    return ObInsertService(Filtered, &Attributes, Granted, NewTokenHandle);
}
