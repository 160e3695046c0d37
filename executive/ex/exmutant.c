// Mutants: what programs call mutexes.
#include "exp.h"

POBJECT_TYPE ExMutantObjectType;

// The owner may have ended its last handle without releasing the mutant.
static VOID ExpDeleteMutant(PVOID Object)
{
    PKMUTANT Mutant = Object;
    if (Mutant->OwnerThread)
        RemoveEntryList(&Mutant->MutantListEntry);
}

static const OBJECT_TYPE_INITIALIZER ExpMutantTypeInfo = {
    .Name = L"Mutant",
    .BodySize = sizeof(KMUTANT),
    .GenericMapping = {STANDARD_RIGHTS_READ | MUTANT_QUERY_STATE, STANDARD_RIGHTS_WRITE,
                       STANDARD_RIGHTS_EXECUTE | SYNCHRONIZE, MUTANT_ALL_ACCESS},
    .ValidAccess = MUTANT_ALL_ACCESS,
    .InvalidAttributes = OBJ_OPENLINK,
    .Waitable = TRUE,
    .Delete = ExpDeleteMutant,
};

NTSTATUS ExpInitMutants(void)
{
    return ObCreateObjectType(&ExpMutantTypeInfo, &ExMutantObjectType);
}

NTSTATUS NtCreateMutant(HANDLE USER *MutantHandle, ACCESS_MASK DesiredAccess,
                        const OBJECT_ATTRIBUTES USER *ObjectAttributes, BOOLEAN InitialOwner)
{
    OB_ATTRIBUTES Attributes;
    PVOID Mutant;
    NTSTATUS Status = ObBeginCreateService(ExMutantObjectType, MutantHandle, ObjectAttributes,
                                           &Attributes, &Mutant);
    if (!NT_SUCCESS(Status))
        return Status;
    KeInitializeMutant(Mutant, InitialOwner ? KeGetCurrentThread() : nullptr);
    return ObInsertService(Mutant, &Attributes, DesiredAccess, MutantHandle);
}

NTSTATUS NtOpenMutant(HANDLE USER *MutantHandle, ACCESS_MASK DesiredAccess,
                      const OBJECT_ATTRIBUTES USER *ObjectAttributes)
{
    return ObOpenService(ExMutantObjectType, MutantHandle, DesiredAccess, ObjectAttributes);
}

// To release a mutant a thread must own it; its handle needs no particular right.
NTSTATUS NtReleaseMutant(HANDLE MutantHandle, LONG USER *PreviousCount)
{
    NTSTATUS Status = ExpProbeOptional(PreviousCount);
    if (!NT_SUCCESS(Status))
        return Status;
    PKMUTANT Mutant;
    Status = ObReferenceObjectByHandle(MutantHandle, 0, ExMutantObjectType, UserMode,
                                       (PVOID *)&Mutant, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    LONG Previous;
    Status = KeReleaseMutant(Mutant, KeGetCurrentThread(), &Previous);
    ObDereferenceObject(Mutant);
    return NT_SUCCESS(Status) ? ExpWriteOptional(PreviousCount, Previous) : Status;
}

static NTSTATUS ExpQueryMutantOwner(PKMUTANT Mutant, VOID USER *Buffer, ULONG Length,
                                    ULONG USER *ReturnLength)
{
    MUTANT_OWNER_INFORMATION Information = {};
    if (Mutant->OwnerThread)
        Information.ClientId = Mutant->OwnerThread->Cid;
    return ExpReturnExact(&Information, sizeof(Information), Buffer, Length, ReturnLength);
}

static NTSTATUS ExpQueryMutantState(PKMUTANT Mutant, VOID USER *Buffer, ULONG Length,
                                    ULONG USER *ReturnLength)
{
    MUTANT_BASIC_INFORMATION Information = {
        .CurrentCount = Mutant->Header.SignalState,
        .OwnedByCaller = Mutant->OwnerThread == KeGetCurrentThread(),
        .AbandonedState = Mutant->Abandoned,
    };
    return ExpReturnExact(&Information, sizeof(Information), Buffer, Length, ReturnLength);
}

NTSTATUS NtQueryMutant(HANDLE MutantHandle, ULONG MutantInformationClass,
                       VOID USER *MutantInformation, ULONG MutantInformationLength,
                       ULONG USER *ReturnLength)
{
    static NTSTATUS (*const Classes[])(PKMUTANT, VOID USER *, ULONG, ULONG USER *) = {
        [MutantBasicInformation] = ExpQueryMutantState,
        [MutantOwnerInformation] = ExpQueryMutantOwner,
    };
    if (MutantInformationClass >= RTL_NUMBER_OF(Classes))
        return STATUS_INVALID_INFO_CLASS;
    PKMUTANT Mutant;
    NTSTATUS Status = ObReferenceObjectByHandle(
        MutantHandle, MUTANT_QUERY_STATE, ExMutantObjectType, UserMode, (PVOID *)&Mutant, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = Classes[MutantInformationClass](Mutant, MutantInformation, MutantInformationLength,
                                             ReturnLength);
    ObDereferenceObject(Mutant);
    return Status;
}
