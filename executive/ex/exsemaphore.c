// Semaphores.
#include "exp.h"

POBJECT_TYPE ExSemaphoreObjectType;

static const OBJECT_TYPE_INITIALIZER ExpSemaphoreTypeInfo = {
    .Name = L"Semaphore",
    .BodySize = sizeof(KSEMAPHORE),
    .GenericMapping = {STANDARD_RIGHTS_READ | SEMAPHORE_QUERY_STATE,
                       STANDARD_RIGHTS_WRITE | SEMAPHORE_MODIFY_STATE,
                       STANDARD_RIGHTS_EXECUTE | SYNCHRONIZE, SEMAPHORE_ALL_ACCESS},
    .ValidAccess = SEMAPHORE_ALL_ACCESS,
    .InvalidAttributes = OBJ_OPENLINK,
    .Waitable = TRUE,
};

NTSTATUS ExpInitSemaphores(void)
{
    return ObCreateObjectType(&ExpSemaphoreTypeInfo, &ExSemaphoreObjectType);
}

NTSTATUS NtCreateSemaphore(HANDLE USER *SemaphoreHandle, ACCESS_MASK DesiredAccess,
                           const OBJECT_ATTRIBUTES USER *ObjectAttributes, LONG InitialCount,
                           LONG MaximumCount)
{
    if (MaximumCount <= 0 || InitialCount < 0 || InitialCount > MaximumCount)
        return STATUS_INVALID_PARAMETER;
    OB_ATTRIBUTES Attributes;
    PVOID Semaphore;
    NTSTATUS Status = ObBeginCreateService(ExSemaphoreObjectType, SemaphoreHandle, ObjectAttributes,
                                           &Attributes, &Semaphore);
    if (!NT_SUCCESS(Status))
        return Status;
    KeInitializeSemaphore(Semaphore, InitialCount, MaximumCount);
    return ObInsertService(Semaphore, &Attributes, DesiredAccess, SemaphoreHandle);
}

NTSTATUS NtOpenSemaphore(HANDLE USER *SemaphoreHandle, ACCESS_MASK DesiredAccess,
                         const OBJECT_ATTRIBUTES USER *ObjectAttributes)
{
    return ObOpenService(ExSemaphoreObjectType, SemaphoreHandle, DesiredAccess, ObjectAttributes);
}

NTSTATUS NtReleaseSemaphore(HANDLE SemaphoreHandle, LONG ReleaseCount, LONG USER *PreviousCount)
{
    if (ReleaseCount <= 0)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = ExpProbeOptional(PreviousCount);
    if (!NT_SUCCESS(Status))
        return Status;
    PKSEMAPHORE Semaphore;
    Status =
        ObReferenceObjectByHandle(SemaphoreHandle, SEMAPHORE_MODIFY_STATE, ExSemaphoreObjectType,
                                  UserMode, (PVOID *)&Semaphore, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    LONG Previous;
    Status = KeReleaseSemaphore(Semaphore, ReleaseCount, &Previous);
    ObDereferenceObject(Semaphore);
    return NT_SUCCESS(Status) ? ExpWriteOptional(PreviousCount, Previous) : Status;
}

NTSTATUS NtQuerySemaphore(HANDLE SemaphoreHandle, ULONG SemaphoreInformationClass,
                          VOID USER *SemaphoreInformation, ULONG SemaphoreInformationLength,
                          ULONG USER *ReturnLength)
{
    if (SemaphoreInformationClass != SemaphoreBasicInformation)
        return STATUS_INVALID_INFO_CLASS;
    if (SemaphoreInformationLength != sizeof(SEMAPHORE_BASIC_INFORMATION))
        return STATUS_INFO_LENGTH_MISMATCH;
    PKSEMAPHORE Semaphore;
    NTSTATUS Status =
        ObReferenceObjectByHandle(SemaphoreHandle, SEMAPHORE_QUERY_STATE, ExSemaphoreObjectType,
                                  UserMode, (PVOID *)&Semaphore, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    SEMAPHORE_BASIC_INFORMATION Information = {Semaphore->Header.SignalState, Semaphore->Limit};
    ObDereferenceObject(Semaphore);
    return ExpReturnExact(&Information, sizeof(Information), SemaphoreInformation,
                          SemaphoreInformationLength, ReturnLength);
}
