// Descriptors of new objects, for drivers.
#include "hostp.h"

#include "../se/seassign.h"

#include <nt/nthostsecurity.h>

static NTSTATUS IopCaptureDescriptor(PVOID User, PSECURITY_DESCRIPTOR *Captured)
{
    *Captured = nullptr;
    return User ? SeCaptureSecurityDescriptor((const VOID USER *)(ULONG_PTR)User, Captured)
                : STATUS_SUCCESS;
}

static NTSTATUS IopAssign(const HOST_SECURITY *Given, PTOKEN Token, PSECURITY_DESCRIPTOR *Assigned)
{
    PSECURITY_DESCRIPTOR Parent, Explicit = nullptr;
    SE_ASSIGN_OPTIONS Options = {
        .Token = Token,
        .Flags = Given->Flags & ~HOST_SECURITY_DIRECTORY,
        .Type = Given->HasType ? &Given->Type : nullptr,
    };
    NTSTATUS Status = IopCaptureDescriptor(Given->Parent, &Parent);
    if (NT_SUCCESS(Status))
        Status = IopCaptureDescriptor(Given->Explicit, &Explicit);
    if (NT_SUCCESS(Status))
        Status = SeAssignSecurityEx(Parent, Explicit, (Given->Flags & HOST_SECURITY_DIRECTORY) != 0,
                                    &Given->Mapping, &Options, Assigned);
    if (Explicit)
        ExFreePool(Explicit);
    if (Parent)
        ExFreePool(Parent);
    return Status;
}

NTSTATUS NtHostAssignSecurity(const HOST_SECURITY USER *Security, ULONG USER *Needed)
{
    HOST_SECURITY Given;
    PTOKEN Token;
    PSECURITY_DESCRIPTOR Assigned;
    if (!IopCurrentHost())
        return STATUS_ACCESS_DENIED;
    NTSTATUS Status = MmCopyFromUser(&Given, Security, sizeof(Given));
    if (NT_SUCCESS(Status))
        Status = ObReferenceObjectByHandle(Given.Token, TOKEN_QUERY, SeTokenObjectType, UserMode,
                                           (PVOID *)&Token, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopAssign(&Given, Token, &Assigned);
    ObDereferenceObject(Token);
    if (!NT_SUCCESS(Status))
        return Status;
    ULONG Length = RtlLengthSecurityDescriptor(Assigned);
    Status = MmWriteUser(Needed, Length);
    if (NT_SUCCESS(Status) && Given.Length < Length)
        Status = STATUS_BUFFER_TOO_SMALL;
    if (NT_SUCCESS(Status))
        Status = MmCopyToUser((VOID USER *)(ULONG_PTR)Given.Buffer, Assigned, Length);
    ExFreePool(Assigned);
    return Status;
}
