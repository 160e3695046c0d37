// Subject contexts, and checks of access and privileges. A context holds the tokens themselves: what is asked of
// one is asked of the Executive, which has it locked meanwhile.

#include "../ntos.h"

// ---- Contexts

static PACCESS_TOKEN SepMakeToken(BOOLEAN Primary)
{
    PKTHREAD Thread = KiCurrentThread();
    HANDLE Unused;
    PACCESS_TOKEN Token =
        Thread->RequestId ? SepMakeRequestorToken(Thread->RequestId, Primary) : nullptr;
    if (Token && NT_SUCCESS(SepTokenHandle(Token, &Unused)))
        return Token;
    if (Token)
        ObfDereferenceObject(Token);
    return nullptr;
}

// The request may be answered already; its process may be there still.
static PACCESS_TOKEN SepReferenceProcessToken(void)
{
    PKTHREAD Thread = KiCurrentThread();
    PEPROCESS Process = PspReferenceProcessById(Thread->RequestorProcess
                                                    ? (HANDLE)(ULONG_PTR)Thread->RequestorProcess
                                                    : PsGetCurrentProcessId());
    PACCESS_TOKEN Token = Process ? PsReferencePrimaryToken(Process) : nullptr;
    if (Process)
        ObfDereferenceObject(Process);
    return Token;
}

// A thread that serves a request is who asked for it; any other is the host.
VOID NTAPI SeCaptureSubjectContext(PSECURITY_SUBJECT_CONTEXT SubjectContext)
{
    PKTHREAD Thread = KiCurrentThread();
    *SubjectContext = (SECURITY_SUBJECT_CONTEXT){
        .ImpersonationLevel = SecurityImpersonation,
        .ProcessAuditId = (PVOID)(ULONG_PTR)Thread->RequestorProcess,
    };
    if (Thread->RequestorImpersonates)
        SubjectContext->ClientToken = SepMakeToken(FALSE);
    SubjectContext->PrimaryToken = SepMakeToken(TRUE);
    if (!SubjectContext->PrimaryToken)
        SubjectContext->PrimaryToken = SepReferenceProcessToken();
}

VOID NTAPI SeLockSubjectContext(PSECURITY_SUBJECT_CONTEXT SubjectContext)
{
    UNREFERENCED_PARAMETER(SubjectContext);
}

VOID NTAPI SeUnlockSubjectContext(PSECURITY_SUBJECT_CONTEXT SubjectContext)
{
    UNREFERENCED_PARAMETER(SubjectContext);
}

VOID NTAPI SeReleaseSubjectContext(PSECURITY_SUBJECT_CONTEXT SubjectContext)
{
    if (SubjectContext->ClientToken)
        ObfDereferenceObject(SubjectContext->ClientToken);
    if (SubjectContext->PrimaryToken)
        ObfDereferenceObject(SubjectContext->PrimaryToken);
    SubjectContext->ClientToken = SubjectContext->PrimaryToken = nullptr;
}

// ---- Privileges

BOOLEAN NTAPI SePrivilegeCheck(PPRIVILEGE_SET RequiredPrivileges,
                               PSECURITY_SUBJECT_CONTEXT SubjectContext, KPROCESSOR_MODE AccessMode)
{
    PACCESS_TOKEN Token = SeQuerySubjectContextToken(SubjectContext);
    HANDLE Handle;
    BOOLEAN Held = FALSE;
    if (AccessMode == KernelMode)
        return TRUE;
    if (!Token || !NT_SUCCESS(SepTokenHandle(Token, &Handle)))
        return FALSE;
    return NT_SUCCESS(NtPrivilegeCheck(Handle, RequiredPrivileges, &Held)) && Held;
}

BOOLEAN NTAPI SeSinglePrivilegeCheck(LUID PrivilegeValue, KPROCESSOR_MODE PreviousMode)
{
    SECURITY_SUBJECT_CONTEXT Context;
    PRIVILEGE_SET Set = {
        .PrivilegeCount = 1,
        .Control = PRIVILEGE_SET_ALL_NECESSARY,
        .Privilege = {{.Luid = PrivilegeValue}},
    };
    if (PreviousMode == KernelMode)
        return TRUE;
    SeCaptureSubjectContext(&Context);
    BOOLEAN Held = SePrivilegeCheck(&Set, &Context, PreviousMode);
    SeReleaseSubjectContext(&Context);
    return Held;
}

VOID NTAPI SeFreePrivileges(PPRIVILEGE_SET Privileges)
{
    ExFreePool(Privileges);
}

// ---- Access

static BOOLEAN SepAnswer(NTSTATUS Status, PNTSTATUS AccessStatus)
{
    *AccessStatus = Status;
    return NT_SUCCESS(Status);
}

static BOOLEAN SepGrantToKernel(ACCESS_MASK Desired, ACCESS_MASK Previous,
                                const GENERIC_MAPPING *Mapping, PACCESS_MASK Granted,
                                PNTSTATUS AccessStatus)
{
    *Granted = (Desired & ~(ULONG)MAXIMUM_ALLOWED) | Previous;
    if (Desired & MAXIMUM_ALLOWED)
        *Granted |= Mapping->GenericAll;
    return SepAnswer(STATUS_SUCCESS, AccessStatus);
}

// Privileges that granted something come in pool, for SeFreePrivileges.
static NTSTATUS SepCheckToken(HANDLE Token, PSECURITY_DESCRIPTOR Descriptor, ACCESS_MASK Desired,
                              PGENERIC_MAPPING Mapping, PPRIVILEGE_SET *Privileges,
                              PACCESS_MASK Granted)
{
    UCHAR Buffer[sizeof(PRIVILEGE_SET) + 8 * sizeof(LUID_AND_ATTRIBUTES)];
    PPRIVILEGE_SET Used = (PPRIVILEGE_SET)Buffer;
    ULONG Length = sizeof(Buffer);
    NTSTATUS AccessStatus;
    NTSTATUS Status =
        NtAccessCheck(Descriptor, Token, Desired, Mapping, Used, &Length, Granted, &AccessStatus);
    if (!NT_SUCCESS(Status) || !NT_SUCCESS(AccessStatus))
        return NT_SUCCESS(Status) ? AccessStatus : Status;
    if (!Privileges || !Used->PrivilegeCount)
        return STATUS_SUCCESS;
    SIZE_T Size =
        FIELD_OFFSET(PRIVILEGE_SET, Privilege) + Used->PrivilegeCount * sizeof(Used->Privilege[0]);
    *Privileges = ExAllocatePoolWithTag(PagedPool, Size, 'rPeS');
    if (!*Privileges)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlCopyMemory(*Privileges, Used, Size);
    return STATUS_SUCCESS;
}

BOOLEAN NTAPI SeAccessCheck(PSECURITY_DESCRIPTOR SecurityDescriptor,
                            PSECURITY_SUBJECT_CONTEXT SubjectSecurityContext,
                            BOOLEAN SubjectContextLocked, ACCESS_MASK DesiredAccess,
                            ACCESS_MASK PreviouslyGrantedAccess, PPRIVILEGE_SET *Privileges,
                            PGENERIC_MAPPING GenericMapping, KPROCESSOR_MODE AccessMode,
                            PACCESS_MASK GrantedAccess, PNTSTATUS AccessStatus)
{
    UNREFERENCED_PARAMETER(SubjectContextLocked);
    PACCESS_TOKEN Token = SeQuerySubjectContextToken(SubjectSecurityContext);
    HANDLE Handle;
    ACCESS_MASK Granted = 0;
    if (Privileges)
        *Privileges = nullptr;
    *GrantedAccess = 0;
    if (AccessMode == KernelMode)
        return SepGrantToKernel(DesiredAccess, PreviouslyGrantedAccess, GenericMapping,
                                GrantedAccess, AccessStatus);
    if (!SecurityDescriptor || !Token)
        return SepAnswer(STATUS_ACCESS_DENIED, AccessStatus);
    if (SubjectSecurityContext->ClientToken &&
        SubjectSecurityContext->ImpersonationLevel < SecurityImpersonation)
        return SepAnswer(STATUS_BAD_IMPERSONATION_LEVEL, AccessStatus);
    if (!DesiredAccess) {
        *GrantedAccess = PreviouslyGrantedAccess;
        return SepAnswer(PreviouslyGrantedAccess ? STATUS_SUCCESS : STATUS_ACCESS_DENIED,
                         AccessStatus);
    }
    RtlMapGenericMask(&DesiredAccess, GenericMapping);
    NTSTATUS Status = SepImpersonationHandle(Token, &Handle);
    if (NT_SUCCESS(Status))
        Status = SepCheckToken(Handle, SecurityDescriptor, DesiredAccess, GenericMapping,
                               Privileges, &Granted);
    if (NT_SUCCESS(Status))
        *GrantedAccess = Granted | PreviouslyGrantedAccess;
    return SepAnswer(Status, AccessStatus);
}

VOID NTAPI SeSetAccessStateGenericMapping(PACCESS_STATE AccessState,
                                          PGENERIC_MAPPING GenericMapping)
{
    RtlMapGenericMask(&AccessState->RemainingDesiredAccess, GenericMapping);
    RtlMapGenericMask(&AccessState->OriginalDesiredAccess, GenericMapping);
}

// A self-relative descriptor that a driver was given by somebody else.
BOOLEAN NTAPI SeValidSecurityDescriptor(ULONG Length, PSECURITY_DESCRIPTOR SecurityDescriptor)
{
    return RtlValidRelativeSecurityDescriptor(SecurityDescriptor, Length, 0);
}

// ---- Auditing: there is no audit policy, so nothing is audited

BOOLEAN NTAPI SeAuditingFileEvents(BOOLEAN AccessGranted, PSECURITY_DESCRIPTOR SecurityDescriptor)
{
    UNREFERENCED_PARAMETER(AccessGranted);
    UNREFERENCED_PARAMETER(SecurityDescriptor);
    return FALSE;
}

BOOLEAN NTAPI SeAuditingFileOrGlobalEvents(BOOLEAN AccessGranted,
                                           PSECURITY_DESCRIPTOR SecurityDescriptor,
                                           PSECURITY_SUBJECT_CONTEXT SubjectSecurityContext)
{
    UNREFERENCED_PARAMETER(AccessGranted);
    UNREFERENCED_PARAMETER(SecurityDescriptor);
    UNREFERENCED_PARAMETER(SubjectSecurityContext);
    return FALSE;
}

VOID NTAPI SeOpenObjectAuditAlarm(PUNICODE_STRING ObjectTypeName, PVOID Object,
                                  PUNICODE_STRING AbsoluteObjectName,
                                  PSECURITY_DESCRIPTOR SecurityDescriptor,
                                  PACCESS_STATE AccessState, BOOLEAN ObjectCreated,
                                  BOOLEAN AccessGranted, KPROCESSOR_MODE AccessMode,
                                  PBOOLEAN GenerateOnClose)
{
    UNREFERENCED_PARAMETER(ObjectTypeName);
    UNREFERENCED_PARAMETER(Object);
    UNREFERENCED_PARAMETER(AbsoluteObjectName);
    UNREFERENCED_PARAMETER(SecurityDescriptor);
    UNREFERENCED_PARAMETER(AccessState);
    UNREFERENCED_PARAMETER(ObjectCreated);
    UNREFERENCED_PARAMETER(AccessGranted);
    UNREFERENCED_PARAMETER(AccessMode);
    *GenerateOnClose = FALSE;
}

VOID NTAPI SeOpenObjectForDeleteAuditAlarm(PUNICODE_STRING ObjectTypeName, PVOID Object,
                                           PUNICODE_STRING AbsoluteObjectName,
                                           PSECURITY_DESCRIPTOR SecurityDescriptor,
                                           PACCESS_STATE AccessState, BOOLEAN ObjectCreated,
                                           BOOLEAN AccessGranted, KPROCESSOR_MODE AccessMode,
                                           PBOOLEAN GenerateOnClose)
{
    SeOpenObjectAuditAlarm(ObjectTypeName, Object, AbsoluteObjectName, SecurityDescriptor,
                           AccessState, ObjectCreated, AccessGranted, AccessMode, GenerateOnClose);
}
