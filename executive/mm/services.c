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
    NTSTATUS Status = MmProbeForWrite(BaseAddress, sizeof(PVOID), 1);
    if (NT_SUCCESS(Status))
        Status = MmProbeForWrite(RegionSize, sizeof(SIZE_T), 1);
    if (NT_SUCCESS(Status))
        Status = MmCopyFromUser(&Region->Base, BaseAddress, sizeof(PVOID));
    if (NT_SUCCESS(Status))
        Status = MmCopyFromUser(&Region->Size, RegionSize, sizeof(SIZE_T));
    return Status;
}

NTSTATUS MmpCaptureValue(VOID USER *Source, PVOID Value, SIZE_T Size)
{
    NTSTATUS Status = MmProbeForWrite(Source, Size, 1);
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

static NTSTATUS MmpAllocateService(HANDLE ProcessHandle, PVOID USER *BaseAddress,
                                   SIZE_T USER *RegionSize, PMM_ALLOCATION Allocation)
{
    MM_REGION_ARGUMENT Region;
    PEPROCESS Process;
    NTSTATUS Status = MmpCaptureRegion(BaseAddress, RegionSize, &Region);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = MmpReferenceProcess(ProcessHandle, PROCESS_VM_OPERATION, &Process);
    if (!NT_SUCCESS(Status))
        return Status;
    Allocation->Base = (ULONG_PTR)Region.Base;
    Allocation->Size = Region.Size;
    Allocation->Placement.TopDown = (Allocation->Type & MEM_TOP_DOWN) != 0;
    Allocation->Placement.Replace = (Allocation->Type & MEM_REPLACE_PLACEHOLDER) != 0;
    Status = MmpAllocate(Process, Allocation);
    ObDereferenceObject(Process);
    if (!NT_SUCCESS(Status))
        return Status;
    Region = (MM_REGION_ARGUMENT){(PVOID)Allocation->Base, Allocation->Size};
    return MmpReturnRegion(BaseAddress, RegionSize, &Region);
}

NTSTATUS NtAllocateVirtualMemory(HANDLE ProcessHandle, PVOID USER *BaseAddress, ULONG_PTR ZeroBits,
                                 SIZE_T USER *RegionSize, ULONG AllocationType, ULONG Protect)
{
    constexpr ULONG OfExtended = MEM_RESERVE_PLACEHOLDER | MEM_REPLACE_PLACEHOLDER;
    MM_ALLOCATION Allocation = {.Type = AllocationType, .Protect = Protect};
    if (!MmpPlacementOfZeroBits(ZeroBits, &Allocation.Placement))
        return STATUS_INVALID_PARAMETER_3;
    if (AllocationType & OfExtended)
        return STATUS_INVALID_PARAMETER_5;
    return MmpAllocateService(ProcessHandle, BaseAddress, RegionSize, &Allocation);
}

NTSTATUS NtAllocateVirtualMemoryEx(HANDLE ProcessHandle, PVOID USER *BaseAddress,
                                   SIZE_T USER *RegionSize, ULONG AllocationType, ULONG Protect,
                                   const MEM_EXTENDED_PARAMETER USER *Parameters,
                                   ULONG ParameterCount)
{
    MM_ALLOCATION Allocation = {.Type = AllocationType, .Protect = Protect};
    PVOID Base;
    NTSTATUS Status = MmCopyFromUser(&Base, BaseAddress, sizeof(Base));
    if (NT_SUCCESS(Status))
        Status =
            MmpCaptureExtended(Parameters, ParameterCount, Base != nullptr, &Allocation.Placement);
    if (!NT_SUCCESS(Status))
        return Status;
    return MmpAllocateService(ProcessHandle, BaseAddress, RegionSize, &Allocation);
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
    if ((ULONG_PTR)Region->Base >= MM_USER_END)
        return STATUS_INVALID_PARAMETER_2;
    if (!MmpUserRange((ULONG_PTR)Region->Base, Region->Size, &Start, &End))
        return STATUS_INVALID_PARAMETER_3;
    PMM_VAD Vad = MmpLookupVad(Space, Start);
    if (!Vad || End > Vad->End || Vad->Placeholder)
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
        Status = MmProbeForWrite(OldProtect, sizeof(ULONG), 1);
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

static BOOLEAN MmpIsUserRange(ULONG_PTR Address, SIZE_T Size)
{
    return Size <= MM_USER_END && Address <= MM_USER_END - Size;
}

// As on Windows: a range that cannot be written fails whole, one that cannot be read is copied as far as
// it goes.
static NTSTATUS MmpTransfer(HANDLE ProcessHandle, ULONG_PTR Address, ULONG_PTR Buffer, SIZE_T Size,
                            SIZE_T USER *Transferred, BOOLEAN Write)
{
    PEPROCESS Process;
    SIZE_T Copied = 0;
    if (!MmpIsUserRange(Address, Size) || !MmpIsUserRange(Buffer, Size))
        return STATUS_ACCESS_VIOLATION;
    NTSTATUS Status =
        Transferred ? MmProbeForWrite(Transferred, sizeof(SIZE_T), 1) : STATUS_SUCCESS;
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
    return Status;
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
