// The security descriptor of a new object, from its parent's, the one that its creator gave, and his token. The
// Executive makes it, by the rules of its own objects.

#include "../ntos.h"

#include <nt/nthostsecurity.h>

enum { SepUsualDescriptor = 512 };

static NTSTATUS SepAssign(PHOST_SECURITY Security, POOL_TYPE PoolType,
                          PSECURITY_DESCRIPTOR *NewDescriptor)
{
    ULONG Needed = SepUsualDescriptor;
    for (;;) {
        Security->Length = Needed;
        Security->Buffer = ExAllocatePoolWithTag(PoolType, Needed, 'dSeS');
        if (!Security->Buffer)
            return STATUS_INSUFFICIENT_RESOURCES;
        NTSTATUS Status = NtHostAssignSecurity(Security, &Needed);
        if (NT_SUCCESS(Status)) {
            *NewDescriptor = Security->Buffer;
            return Status;
        }
        ExFreePool(Security->Buffer);
        if (Status != STATUS_BUFFER_TOO_SMALL)
            return Status;
    }
}

NTSTATUS NTAPI SeAssignSecurityEx(PSECURITY_DESCRIPTOR ParentDescriptor,
                                  PSECURITY_DESCRIPTOR ExplicitDescriptor,
                                  PSECURITY_DESCRIPTOR *NewDescriptor, GUID *ObjectType,
                                  BOOLEAN IsDirectoryObject, ULONG AutoInheritFlags,
                                  PSECURITY_SUBJECT_CONTEXT SubjectContext,
                                  PGENERIC_MAPPING GenericMapping, POOL_TYPE PoolType)
{
    PACCESS_TOKEN Token = SeQuerySubjectContextToken(SubjectContext);
    HOST_SECURITY Security = {
        .Parent = ParentDescriptor,
        .Explicit = ExplicitDescriptor,
        .Flags = (AutoInheritFlags & ~HOST_SECURITY_DIRECTORY) |
                 (IsDirectoryObject ? HOST_SECURITY_DIRECTORY : 0),
        .Mapping = *GenericMapping,
    };
    *NewDescriptor = nullptr;
    if (SubjectContext->ClientToken && SubjectContext->ImpersonationLevel < SecurityImpersonation)
        return STATUS_BAD_IMPERSONATION_LEVEL;
    if (!Token)
        return STATUS_NO_TOKEN;
    if (ObjectType) {
        Security.HasType = TRUE;
        Security.Type = *ObjectType;
    }
    NTSTATUS Status = SepTokenHandle(Token, &Security.Token);
    return NT_SUCCESS(Status) ? SepAssign(&Security, PoolType, NewDescriptor) : Status;
}

NTSTATUS NTAPI SeAssignSecurity(PSECURITY_DESCRIPTOR ParentDescriptor,
                                PSECURITY_DESCRIPTOR ExplicitDescriptor,
                                PSECURITY_DESCRIPTOR *NewDescriptor, BOOLEAN IsDirectoryObject,
                                PSECURITY_SUBJECT_CONTEXT SubjectContext,
                                PGENERIC_MAPPING GenericMapping, POOL_TYPE PoolType)
{
    return SeAssignSecurityEx(ParentDescriptor, ExplicitDescriptor, NewDescriptor, nullptr,
                              IsDirectoryObject, 0, SubjectContext, GenericMapping, PoolType);
}

NTSTATUS NTAPI SeDeassignSecurity(PSECURITY_DESCRIPTOR *SecurityDescriptor)
{
    if (*SecurityDescriptor)
        ExFreePool(*SecurityDescriptor);
    *SecurityDescriptor = nullptr;
    return STATUS_SUCCESS;
}
