// Services on virtual memory.
#include "mmp.h"

NTSTATUS MmpReferenceProcess(HANDLE Handle, ACCESS_MASK Access, PEPROCESS *Process)
{
    NTSTATUS Status = ObReferenceObjectByHandle(Handle, Access, PsProcessType, UserMode,
                                                (PVOID *)Process, nullptr);
    if (NT_SUCCESS(Status) &&
        !(*Process)->AddressSpace) { // the system's own, or one that has ended
        Status = (*Process)->Exiting ? STATUS_PROCESS_IS_TERMINATING : STATUS_ACCESS_DENIED;
        ObDereferenceObject(*Process);
    }
    return Status;
}

NTSTATUS MmpCaptureRegion(PVOID USER *BaseAddress, SIZE_T USER *RegionSize,
                          MM_REGION_ARGUMENT *Region)
{
    NTSTATUS Status = MmProbeForWrite(BaseAddress, sizeof(PVOID), sizeof(PVOID));
    if (NT_SUCCESS(Status))
        Status = MmProbeForWrite(RegionSize, sizeof(SIZE_T), sizeof(SIZE_T));
    if (NT_SUCCESS(Status))
        Status = MmCopyFromUser(&Region->Base, BaseAddress, sizeof(PVOID));
    if (NT_SUCCESS(Status))
        Status = MmCopyFromUser(&Region->Size, RegionSize, sizeof(SIZE_T));
    return Status;
}

NTSTATUS MmpCaptureValue(VOID USER *Source, PVOID Value, SIZE_T Size)
{
    NTSTATUS Status = MmProbeForWrite(Source, Size, sizeof(PVOID));
    return NT_SUCCESS(Status) ? MmCopyFromUser(Value, Source, Size) : Status;
}

NTSTATUS MmpReturnInformation(const VOID *Data, SIZE_T Size, VOID USER *Buffer, SIZE_T Length,
                              SIZE_T USER *ReturnLength)
{
    if (Length < Size)
        return STATUS_INFO_LENGTH_MISMATCH;
    NTSTATUS Status = MmCopyToUser(Buffer, Data, Size);
    if (NT_SUCCESS(Status) && ReturnLength)
        Status = MmWriteUser(ReturnLength, Size);
    return Status;
}

NTSTATUS MmpReturnRegion(PVOID USER *BaseAddress, SIZE_T USER *RegionSize,
                         const MM_REGION_ARGUMENT *Region)
{
    NTSTATUS Status = MmWriteUser(BaseAddress, Region->Base);
    if (NT_SUCCESS(Status))
        Status = MmWriteUser(RegionSize, Region->Size);
    return Status;
}

NTSTATUS NtAllocateVirtualMemory(HANDLE ProcessHandle, PVOID USER *BaseAddress, ULONG_PTR ZeroBits,
                                 SIZE_T USER *RegionSize, ULONG AllocationType, ULONG Protect)
{
    MM_REGION_ARGUMENT Region;
    PEPROCESS Process;
    NTSTATUS Status = MmpCaptureRegion(BaseAddress, RegionSize, &Region);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = MmpReferenceProcess(ProcessHandle, PROCESS_VM_OPERATION, &Process);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = MmAllocateVirtualMemory(Process, &Region.Base, ZeroBits, &Region.Size, AllocationType,
                                     Protect);
    ObDereferenceObject(Process);
    return NT_SUCCESS(Status) ? MmpReturnRegion(BaseAddress, RegionSize, &Region) : Status;
}

// Of the extended parameters, address requirements are understood.
static NTSTATUS MmpCaptureRequirements(const MEM_EXTENDED_PARAMETER USER *Parameters, ULONG Count,
                                       MEM_ADDRESS_REQUIREMENTS *Requirements)
{
    *Requirements = (MEM_ADDRESS_REQUIREMENTS){};
    for (ULONG i = 0; i < Count; i++) {
        MEM_EXTENDED_PARAMETER Parameter;
        NTSTATUS Status = MmCopyFromUser(&Parameter, &Parameters[i], sizeof(Parameter));
        if (!NT_SUCCESS(Status))
            return Status;
        if (Parameter.Type != MemExtendedParameterAddressRequirements)
            return STATUS_INVALID_PARAMETER;
        Status = MmCopyFromUser(Requirements, (const VOID USER *)Parameter.Pointer,
                                sizeof(*Requirements));
        if (!NT_SUCCESS(Status))
            return Status;
        if (Requirements->LowestStartingAddress ||
            (Requirements->Alignment & (Requirements->Alignment - 1)) ||
            Requirements->Alignment > ALLOCATION_GRANULARITY)
            return STATUS_NOT_SUPPORTED;
    }
    return STATUS_SUCCESS;
}

NTSTATUS NtAllocateVirtualMemoryEx(HANDLE ProcessHandle, PVOID USER *BaseAddress,
                                   SIZE_T USER *RegionSize, ULONG AllocationType, ULONG Protect,
                                   const MEM_EXTENDED_PARAMETER USER *Parameters,
                                   ULONG ParameterCount)
{
    MEM_ADDRESS_REQUIREMENTS Requirements;
    NTSTATUS Status = MmpCaptureRequirements(Parameters, ParameterCount, &Requirements);
    if (!NT_SUCCESS(Status))
        return Status;
    ULONG_PTR Highest = (ULONG_PTR)Requirements.HighestEndingAddress;
    return NtAllocateVirtualMemory(ProcessHandle, BaseAddress, Highest, RegionSize, AllocationType,
                                   Protect);
}

NTSTATUS NtFreeVirtualMemory(HANDLE ProcessHandle, PVOID USER *BaseAddress, SIZE_T USER *RegionSize,
                             ULONG FreeType)
{
    MM_REGION_ARGUMENT Region;
    PEPROCESS Process;
    NTSTATUS Status = MmpCaptureRegion(BaseAddress, RegionSize, &Region);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = MmpReferenceProcess(ProcessHandle, PROCESS_VM_OPERATION, &Process);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = MmFreeVirtualMemory(Process, &Region.Base, &Region.Size, FreeType);
    ObDereferenceObject(Process);
    if (!NT_SUCCESS(Status))
        return Status;
    // The arguments may have lain in what was freed: that is no failure of the service.
    (VOID) MmpReturnRegion(BaseAddress, RegionSize, &Region);
    return STATUS_SUCCESS;
}

static NTSTATUS MmpProtect(PEPROCESS Process, MM_REGION_ARGUMENT *Region, ULONG Protection,
                           PULONG OldProtection)
{
    PMM_ADDRESS_SPACE Space = Process->AddressSpace;
    ULONG_PTR Start, End;
    if (!MmpUserRange((ULONG_PTR)Region->Base, Region->Size, &Start, &End))
        return STATUS_INVALID_PARAMETER_2;
    PMM_VAD Vad = MmpLookupVad(Space, Start);
    if (!Vad || End > Vad->End)
        return STATUS_CONFLICTING_ADDRESSES;
    Region->Base = (PVOID)(Start << PAGE_SHIFT);
    Region->Size = (End - Start) << PAGE_SHIFT;
    return MmpProtectPages(Space, Vad, Start, End, Protection, OldProtection);
}

NTSTATUS NtProtectVirtualMemory(HANDLE ProcessHandle, PVOID USER *BaseAddress,
                                SIZE_T USER *RegionSize, ULONG NewProtect, ULONG USER *OldProtect)
{
    MM_REGION_ARGUMENT Region;
    PEPROCESS Process;
    ULONG Protection, OldProtection;
    if (!MmpProtectionFromWin32(NewProtect, &Protection))
        return STATUS_INVALID_PAGE_PROTECTION;
    NTSTATUS Status = MmpCaptureRegion(BaseAddress, RegionSize, &Region);
    if (NT_SUCCESS(Status))
        Status = MmProbeForWrite(OldProtect, sizeof(ULONG), sizeof(ULONG));
    if (!NT_SUCCESS(Status))
        return Status;
    Status = MmpReferenceProcess(ProcessHandle, PROCESS_VM_OPERATION, &Process);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = MmpProtect(Process, &Region, Protection, &OldProtection);
    ObDereferenceObject(Process);
    if (!NT_SUCCESS(Status))
        return Status;
    (VOID) MmpReturnRegion(BaseAddress, RegionSize, &Region);
    (VOID) MmWriteUser(OldProtect, MmpProtectionToWin32(OldProtection));
    return STATUS_SUCCESS;
}

static NTSTATUS MmpTransfer(HANDLE ProcessHandle, ULONG_PTR Address, ULONG_PTR Buffer, SIZE_T Size,
                            SIZE_T USER *Transferred, BOOLEAN Write)
{
    PEPROCESS Process;
    SIZE_T Copied = 0;
    NTSTATUS Status =
        Transferred ? MmProbeForWrite(Transferred, sizeof(SIZE_T), sizeof(SIZE_T)) : STATUS_SUCCESS;
    if (!NT_SUCCESS(Status))
        return Status;
    Status =
        MmpReferenceProcess(ProcessHandle, Write ? PROCESS_VM_WRITE : PROCESS_VM_READ, &Process);
    if (!NT_SUCCESS(Status))
        return Status;
    PEPROCESS Current = PsGetCurrentProcess();
    if (Write)
        Status = MmCopyVirtualMemory(Current, Buffer, Process, Address, Size, &Copied);
    else
        Status = MmCopyVirtualMemory(Process, Address, Current, Buffer, Size, &Copied);
    ObDereferenceObject(Process);
    if (Transferred)
        (VOID) MmWriteUser(Transferred, Copied);
    return Status == STATUS_ACCESS_VIOLATION && !Copied ? STATUS_PARTIAL_COPY : Status;
}

NTSTATUS NtReadVirtualMemory(HANDLE ProcessHandle, PVOID BaseAddress, VOID USER *Buffer,
                             SIZE_T Size, SIZE_T USER *NumberOfBytesRead)
{
    return MmpTransfer(ProcessHandle, (ULONG_PTR)BaseAddress, (ULONG_PTR)Buffer, Size,
                       NumberOfBytesRead, FALSE);
}

NTSTATUS NtWriteVirtualMemory(HANDLE ProcessHandle, PVOID BaseAddress, const VOID USER *Buffer,
                              SIZE_T Size, SIZE_T USER *NumberOfBytesWritten)
{
    return MmpTransfer(ProcessHandle, (ULONG_PTR)BaseAddress, (ULONG_PTR)Buffer, Size,
                       NumberOfBytesWritten, TRUE);
}
