// Services by which a program asks for access checks of its own objects.
#include "sep.h"

#include "ex/ex.h"

// ---- NtPrivilegeCheck

static BOOLEAN SepCheckPrivilegeSet(PTOKEN Token, PPRIVILEGE_SET Set)
{
    ULONG Held = 0;
    for (ULONG i = 0; i < Set->PrivilegeCount; i++) {
        PLUID_AND_ATTRIBUTES Privilege = &Set->Privilege[i];
        Privilege->Attributes &= ~(ULONG)SE_PRIVILEGE_USED_FOR_ACCESS;
        if (!SeTokenHasPrivilege(Token, Privilege->Luid))
            continue;
        Privilege->Attributes |= SE_PRIVILEGE_USED_FOR_ACCESS;
        Held++;
    }
    return Set->Control & PRIVILEGE_SET_ALL_NECESSARY ? Held == Set->PrivilegeCount : Held > 0;
}

static NTSTATUS SepCapturePrivilegeSet(const PRIVILEGE_SET USER *User, PPRIVILEGE_SET *Set,
                                       PULONG Size)
{
    ULONG Count;
    NTSTATUS Status = MmCopyFromUser(&Count, &User->PrivilegeCount, sizeof(Count));
    if (!NT_SUCCESS(Status))
        return Status;
    if (Count > SE_MAX_WELL_KNOWN_PRIVILEGE)
        return STATUS_INVALID_PARAMETER;
    *Size = FIELD_OFFSET(PRIVILEGE_SET, Privilege) + Count * (ULONG)sizeof(LUID_AND_ATTRIBUTES);
    *Set = ExAllocatePoolWithTag(PagedPool, *Size, SE_TAG_BUFFER);
    if (!*Set)
        return STATUS_INSUFFICIENT_RESOURCES;
    Status = MmCopyFromUser(*Set, User, *Size);
    (*Set)->PrivilegeCount = Count;
    if (!NT_SUCCESS(Status))
        ExFreePool(*Set);
    return Status;
}

NTSTATUS NtPrivilegeCheck(HANDLE ClientToken, PRIVILEGE_SET USER *RequiredPrivileges,
                          BOOLEAN USER *Result)
{
    PPRIVILEGE_SET Set;
    ULONG Size;
    NTSTATUS Status = SepCapturePrivilegeSet(RequiredPrivileges, &Set, &Size);
    if (!NT_SUCCESS(Status))
        return Status;
    PTOKEN Token;
    Status = SepReferenceToken(ClientToken, TOKEN_QUERY, &Token);
    if (NT_SUCCESS(Status) && Token->Type == TokenImpersonation &&
        Token->Level < SecurityIdentification) {
        ObDereferenceObject(Token);
        Status = STATUS_BAD_IMPERSONATION_LEVEL;
    }
    if (NT_SUCCESS(Status)) {
        BOOLEAN Held = SepCheckPrivilegeSet(Token, Set);
        ObDereferenceObject(Token);
        Status = MmCopyToUser(RequiredPrivileges, Set, Size);
        if (NT_SUCCESS(Status))
            Status = MmWriteUser(Result, Held);
    }
    ExFreePool(Set);
    return Status;
}

// ---- NtAccessCheck

// The privileges that a grant rests on, for the caller's audit.
static ULONG SepUsedPrivileges(ACCESS_MASK Desired, ACCESS_MASK Granted, PPRIVILEGE_SET Set)
{
    ULONG Count = 0;
    if (Desired & Granted & ACCESS_SYSTEM_SECURITY)
        Set->Privilege[Count++] = (LUID_AND_ATTRIBUTES){
            RtlConvertUlongToLuid(SE_SECURITY_PRIVILEGE), SE_PRIVILEGE_USED_FOR_ACCESS};
    Set->PrivilegeCount = Count;
    Set->Control = 0;
    return sizeof(*Set);
}

NTSTATUS SepReturnUsedPrivileges(const SEP_CHECK_REQUEST *Request, PRIVILEGE_SET USER *User,
                                 ULONG USER *LengthPointer)
{
    PRIVILEGE_SET Set = {};
    ULONG Length;
    NTSTATUS Status = MmCopyFromUser(&Length, LengthPointer, sizeof(Length));
    if (!NT_SUCCESS(Status))
        return Status;
    ULONG Needed = SepUsedPrivileges(Request->Desired, Request->Nodes[0].Granted, &Set);
    if (Length < Needed) {
        Status = MmWriteUser(LengthPointer, Needed);
        return NT_SUCCESS(Status) ? STATUS_BUFFER_TOO_SMALL : Status;
    }
    return MmCopyToUser(User, &Set, Needed);
}

NTSTATUS SepReferenceClient(HANDLE Handle, PTOKEN *Token)
{
    NTSTATUS Status = SepReferenceToken(Handle, TOKEN_QUERY, Token);
    if (!NT_SUCCESS(Status))
        return Status;
    if ((*Token)->Type != TokenImpersonation)
        Status = STATUS_NO_IMPERSONATION_TOKEN;
    else if ((*Token)->Level < SecurityIdentification)
        Status = STATUS_BAD_IMPERSONATION_LEVEL;
    if (!NT_SUCCESS(Status)) {
        ObDereferenceObject(*Token);
        *Token = nullptr;
    }
    return Status;
}

NTSTATUS SepCaptureRequest(PSEP_CHECK_REQUEST Request, const VOID USER *Descriptor,
                           HANDLE ClientToken, const GENERIC_MAPPING USER *Mapping)
{
    Request->Whole = (SEP_NODE){.Untyped = TRUE};
    Request->Nodes = &Request->Whole;
    Request->NodeCount = 1;
    if (Request->Desired & (GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE | GENERIC_ALL))
        return STATUS_GENERIC_NOT_MAPPED;
    NTSTATUS Status = MmCopyFromUser(&Request->Mapping, Mapping, sizeof(Request->Mapping));
    if (NT_SUCCESS(Status))
        Status = SeCaptureSecurityDescriptor(Descriptor, &Request->Descriptor);
    if (NT_SUCCESS(Status) && !Request->Descriptor)
        Status = STATUS_ACCESS_VIOLATION;
    return NT_SUCCESS(Status) ? SepReferenceClient(ClientToken, &Request->Token) : Status;
}

VOID SepReleaseRequest(PSEP_CHECK_REQUEST Request)
{
    if (Request->Descriptor)
        ExFreePool(Request->Descriptor);
    if (Request->PrincipalSelf)
        ExFreePool(Request->PrincipalSelf);
    if (Request->Nodes != &Request->Whole)
        ExFreePool(Request->Nodes);
    if (Request->Token)
        ObDereferenceObject(Request->Token);
}

// An identification token is enough here: the check is the caller's, nothing is opened.
NTSTATUS SepRunRequest(PSEP_CHECK_REQUEST Request)
{
    SEP_PARTS Parts;
    SepGetParts(Request->Descriptor, &Parts);
    if (!Parts.Owner || !Parts.Group)
        return STATUS_INVALID_SECURITY_DESCR;
    const SEP_CHECK_ARGUMENTS Arguments = {
        .Descriptor = Request->Descriptor,
        .Token = Request->Token,
        .PrincipalSelf = Request->PrincipalSelf,
        .Mapping = &Request->Mapping,
        .Desired = Request->Desired,
    };
    SepCheckNodes(&Arguments, Request->Nodes, Request->NodeCount);
    return STATUS_SUCCESS;
}

NTSTATUS NtAccessCheck(const VOID USER *SecurityDescriptor, HANDLE ClientToken,
                       ACCESS_MASK DesiredAccess, const GENERIC_MAPPING USER *GenericMapping,
                       PRIVILEGE_SET USER *PrivilegeSet, ULONG USER *PrivilegeSetLength,
                       ACCESS_MASK USER *GrantedAccess, NTSTATUS USER *AccessStatus)
{
    SEP_CHECK_REQUEST Request = {.Desired = DesiredAccess};
    NTSTATUS Status = SepCaptureRequest(&Request, SecurityDescriptor, ClientToken, GenericMapping);
    if (NT_SUCCESS(Status))
        Status = SepRunRequest(&Request);
    if (NT_SUCCESS(Status))
        Status = SepReturnUsedPrivileges(&Request, PrivilegeSet, PrivilegeSetLength);
    if (NT_SUCCESS(Status))
        Status = MmWriteUser(GrantedAccess, Request.Whole.Granted);
    if (NT_SUCCESS(Status))
        Status = MmWriteUser(AccessStatus, Request.Whole.Status);
    SepReleaseRequest(&Request);
    return Status;
}
