// Services that keep pages in memory, write them back or tell about their use. Pages always stay in
// memory, and the processor keeps its caches coherent: often only the arguments are left to check.
#include "mmp.h"

static NTSTATUS MmpTouchRegion(HANDLE ProcessHandle, PVOID USER *BaseAddress,
                               SIZE_T USER *RegionSize, BOOLEAN MakePresent)
{
    MM_REGION_ARGUMENT Region;
    PEPROCESS Process;
    ULONG_PTR Start, End;
    NTSTATUS Status = MmpCaptureRegion(BaseAddress, RegionSize, &Region);
    if (!NT_SUCCESS(Status))
        return Status;
    if (!MmpUserRange((ULONG_PTR)Region.Base, Region.Size, &Start, &End))
        return STATUS_INVALID_PARAMETER_2;
    Status = MmpReferenceProcess(ProcessHandle, PROCESS_VM_OPERATION, &Process);
    if (!NT_SUCCESS(Status))
        return Status;
    for (ULONG_PTR Page = Start; Page < End && MakePresent && NT_SUCCESS(Status); Page++)
        Status = MmAccessFault(Process->AddressSpace, Page << PAGE_SHIFT, FALSE);
    ObDereferenceObject(Process);
    if (!NT_SUCCESS(Status))
        return Status;
    Region.Base = (PVOID)(Start << PAGE_SHIFT);
    Region.Size = (End - Start) << PAGE_SHIFT;
    return MmpReturnRegion(BaseAddress, RegionSize, &Region);
}

NTSTATUS NtLockVirtualMemory(HANDLE ProcessHandle, PVOID USER *BaseAddress, SIZE_T USER *RegionSize,
                             ULONG MapType)
{
    if (!(MapType & (MAP_PROCESS | MAP_SYSTEM)) || (MapType & ~(ULONG)(MAP_PROCESS | MAP_SYSTEM)))
        return STATUS_INVALID_PARAMETER;
    return MmpTouchRegion(ProcessHandle, BaseAddress, RegionSize, TRUE);
}

NTSTATUS NtUnlockVirtualMemory(HANDLE ProcessHandle, PVOID USER *BaseAddress,
                               SIZE_T USER *RegionSize, ULONG MapType)
{
    if (!(MapType & (MAP_PROCESS | MAP_SYSTEM)) || (MapType & ~(ULONG)(MAP_PROCESS | MAP_SYSTEM)))
        return STATUS_INVALID_PARAMETER;
    return MmpTouchRegion(ProcessHandle, BaseAddress, RegionSize, FALSE);
}

NTSTATUS NtFlushInstructionCache(HANDLE ProcessHandle, PVOID BaseAddress, SIZE_T Length)
{
    UNREFERENCED_PARAMETER(BaseAddress);
    UNREFERENCED_PARAMETER(Length);
    PEPROCESS Process;
    NTSTATUS Status = MmpReferenceProcess(ProcessHandle, PROCESS_VM_WRITE, &Process);
    if (NT_SUCCESS(Status))
        ObDereferenceObject(Process);
    return Status;
}

// Every other thread of the caller has stopped in the Executive or been switched: one processor.
NTSTATUS NtFlushProcessWriteBuffers(VOID)
{
    return STATUS_SUCCESS;
}

// ---- Write watch

typedef struct _MM_WATCH_RANGE {
    PEPROCESS Process;
    PMM_VAD Vad;
    ULONG_PTR Start, End;
} MM_WATCH_RANGE;

// The process is referenced on success.
static NTSTATUS MmpReferenceWatch(HANDLE ProcessHandle, PVOID Base, SIZE_T Size,
                                  MM_WATCH_RANGE *Range)
{
    if (!MmpUserRange((ULONG_PTR)Base, Size, &Range->Start, &Range->End))
        return STATUS_INVALID_PARAMETER_3;
    NTSTATUS Status = MmpReferenceProcess(ProcessHandle, PROCESS_VM_OPERATION, &Range->Process);
    if (!NT_SUCCESS(Status))
        return Status;
    Range->Vad = MmpLookupVad(Range->Process->AddressSpace, Range->Start);
    if (Range->Vad && Range->Vad->WriteWatch && Range->End <= Range->Vad->End)
        return STATUS_SUCCESS;
    ObDereferenceObject(Range->Process);
    return STATUS_INVALID_PARAMETER_1;
}

static NTSTATUS MmpForgetWrite(PMM_ADDRESS_SPACE Space, ULONG_PTR Page)
{
    PMM_REGION Region = MmpFindRegion(Space, Page);
    PMM_PTE Pte = Region ? &Region->Ptes[Page % MM_REGION_PAGES] : nullptr;
    if (!Pte || !Pte->Written)
        return STATUS_SUCCESS;
    Pte->Written = 0;
    return Pte->Valid ? MmpValidatePte(Space, Region, Page, FALSE) : STATUS_SUCCESS;
}

NTSTATUS NtResetWriteWatch(HANDLE ProcessHandle, PVOID BaseAddress, SIZE_T RegionSize)
{
    MM_WATCH_RANGE Range;
    NTSTATUS Status = MmpReferenceWatch(ProcessHandle, BaseAddress, RegionSize, &Range);
    if (!NT_SUCCESS(Status))
        return Status;
    for (ULONG_PTR Page = Range.Start; Page < Range.End && NT_SUCCESS(Status); Page++)
        Status = MmpForgetWrite(Range.Process->AddressSpace, Page);
    ObDereferenceObject(Range.Process);
    return Status;
}

NTSTATUS NtGetWriteWatch(HANDLE ProcessHandle, ULONG Flags, PVOID BaseAddress, SIZE_T RegionSize,
                         PVOID USER *UserAddressArray, ULONG_PTR USER *EntriesInUserAddressArray,
                         ULONG USER *Granularity)
{
    MM_WATCH_RANGE Range;
    ULONG_PTR Room, Count = 0;
    if (Flags & ~(ULONG)MEM_WRITE_WATCH_FLAGS_RESET)
        return STATUS_INVALID_PARAMETER_2;
    NTSTATUS Status = MmCopyFromUser(&Room, EntriesInUserAddressArray, sizeof(Room));
    if (NT_SUCCESS(Status) && Room > MM_USER_END / sizeof(PVOID))
        return STATUS_INVALID_PARAMETER_5;
    if (NT_SUCCESS(Status))
        Status = MmProbeForWrite(UserAddressArray, Room * sizeof(PVOID), sizeof(PVOID));
    if (NT_SUCCESS(Status))
        Status = MmProbeForWrite(Granularity, sizeof(ULONG), sizeof(ULONG));
    if (NT_SUCCESS(Status))
        Status = MmpReferenceWatch(ProcessHandle, BaseAddress, RegionSize, &Range);
    if (!NT_SUCCESS(Status))
        return Status;
    PMM_ADDRESS_SPACE Space = Range.Process->AddressSpace;
    for (ULONG_PTR Page = Range.Start; Page < Range.End && Count < Room && NT_SUCCESS(Status);
         Page++) {
        PMM_PTE Pte = MmpFindPte(Space, Page);
        if (!Pte || !Pte->Written)
            continue;
        Status = MmWriteUser(&UserAddressArray[Count], (PVOID)(Page << PAGE_SHIFT));
        Count++;
        if (NT_SUCCESS(Status) && (Flags & MEM_WRITE_WATCH_FLAGS_RESET))
            Status = MmpForgetWrite(Space, Page);
    }
    ObDereferenceObject(Range.Process);
    if (NT_SUCCESS(Status))
        Status = MmWriteUser(EntriesInUserAddressArray, Count);
    if (NT_SUCCESS(Status))
        Status = MmWriteUser(Granularity, (ULONG)PAGE_SIZE);
    return Status;
}

// Advice about pages: prefetching, priorities. It is checked and may be ignored.
NTSTATUS NtSetInformationVirtualMemory(HANDLE ProcessHandle, ULONG Class, ULONG_PTR NumberOfEntries,
                                       const MEMORY_RANGE_ENTRY USER *VirtualAddresses,
                                       const VOID USER *Information, ULONG InformationLength)
{
    PEPROCESS Process;
    ULONG Flags;
    if (Class != VmPrefetchInformation && Class != VmPagePriorityInformation)
        return STATUS_INVALID_PARAMETER_2;
    if (InformationLength != sizeof(Flags))
        return STATUS_INVALID_PARAMETER_6;
    if (NumberOfEntries == 0 || NumberOfEntries > MM_USER_END / sizeof(MEMORY_RANGE_ENTRY))
        return STATUS_INVALID_PARAMETER_3;
    NTSTATUS Status = MmProbeForRead(VirtualAddresses, NumberOfEntries * sizeof(MEMORY_RANGE_ENTRY),
                                     sizeof(PVOID));
    if (NT_SUCCESS(Status))
        Status = MmCopyFromUser(&Flags, Information, sizeof(Flags));
    if (NT_SUCCESS(Status))
        Status = MmpReferenceProcess(ProcessHandle, PROCESS_SET_INFORMATION, &Process);
    if (NT_SUCCESS(Status))
        ObDereferenceObject(Process);
    return Status;
}
