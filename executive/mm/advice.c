// Services that write pages back or tell about their use. The processor keeps its caches coherent: often only the
// arguments are left to check.
#include "mmp.h"

// Changed pages of a data file go to the file; files in the boot archive cannot be changed, and other sections
// have none.
NTSTATUS NtFlushVirtualMemory(HANDLE ProcessHandle, PVOID USER *BaseAddress,
                              SIZE_T USER *RegionSize, IO_STATUS_BLOCK USER *IoStatus)
{
    MM_REGION_ARGUMENT Region;
    PEPROCESS Process;
    NTSTATUS Status = MmpCaptureRegion(BaseAddress, RegionSize, &Region);
    if (NT_SUCCESS(Status))
        Status = MmProbeForWrite(IoStatus, sizeof(IO_STATUS_BLOCK), 1);
    if (!NT_SUCCESS(Status))
        return Status;
    if ((ULONG_PTR)Region.Base >= MM_USER_END)
        return STATUS_INVALID_PARAMETER_2;
    if (Region.Size > MM_USER_END - (ULONG_PTR)Region.Base)
        return STATUS_INVALID_PARAMETER_3;
    Status = MmpReferenceProcess(ProcessHandle, PROCESS_VM_OPERATION, &Process);
    if (!NT_SUCCESS(Status))
        return Status;
    ULONG_PTR Start = (ULONG_PTR)Region.Base >> PAGE_SHIFT;
    ULONG_PTR End = ((ULONG_PTR)Region.Base + Region.Size + PAGE_SIZE - 1) >> PAGE_SHIFT;
    PMM_VAD Vad = MmpLookupVad(Process->AddressSpace, Start);
    if (Vad && !Region.Size)
        End = Vad->End;
    if (!Vad || Vad->Type != MmVadView || Vad->Segment->Type != MmSegmentFile)
        Status = STATUS_NOT_MAPPED_DATA;
    else if (End > Vad->End)
        Status = STATUS_INVALID_PARAMETER_2;
    if (NT_SUCCESS(Status) && Vad->Segment->Stream) {
        ULONG64 First = Vad->FirstPage + (Start - Vad->Start);
        CC_RANGE Range = {First << PAGE_SHIFT, (First + (End - Start)) << PAGE_SHIFT};
        Status = CcFlushStream(Vad->Segment->Stream, &Range);
    }
    ObDereferenceObject(Process);
    if (!NT_SUCCESS(Status))
        return Status;
    Region = (MM_REGION_ARGUMENT){(PVOID)(Start << PAGE_SHIFT), (End - Start) << PAGE_SHIFT};
    (VOID) MmpReturnRegion(BaseAddress, RegionSize, &Region);
    return MmWriteUser(IoStatus, ((IO_STATUS_BLOCK){.Status = STATUS_SUCCESS}));
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
    PMM_ADDRESS_SPACE Space = Range.Process->AddressSpace;
    for (ULONG_PTR Page = Range.Start;
         NT_SUCCESS(Status) && (Page = MmpNextKnownPage(Space, Page, Range.End)) < Range.End;
         Page++)
        Status = MmpForgetWrite(Space, Page);
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
        Status = MmProbeForWrite(UserAddressArray, Room * sizeof(PVOID), 1);
    if (NT_SUCCESS(Status))
        Status = MmProbeForWrite(Granularity, sizeof(ULONG), 1);
    if (NT_SUCCESS(Status))
        Status = MmpReferenceWatch(ProcessHandle, BaseAddress, RegionSize, &Range);
    if (!NT_SUCCESS(Status))
        return Status;
    PMM_ADDRESS_SPACE Space = Range.Process->AddressSpace;
    for (ULONG_PTR Page = Range.Start;
         Count < Room && NT_SUCCESS(Status) &&
         (Page = MmpNextKnownPage(Space, Page, Range.End)) < Range.End;
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

// ---- Advice

// Bring pages of sections in; private pages are zero until they are written.
static VOID MmpPrefetch(PMM_ADDRESS_SPACE Space, ULONG_PTR Page, ULONG_PTR End)
{
    while (Page < End) {
        PMM_VAD Vad = MmpFirstVadFrom(&Space->Vads, Page);
        if (!Vad)
            return;
        Page = max(Page, Vad->Start);
        ULONG_PTR PartEnd = min(End, Vad->End);
        for (; Vad->Segment && Page < PartEnd; Page++) {
            MM_PAGE_STATE State = MmpPageState(Vad, MmpFindPte(Space, Page), Page);
            if (!State.Committed || MmpIsGuard(State.Protection))
                continue;
            if (MmAccessFault(Space, Page << PAGE_SHIFT, FALSE) == STATUS_NO_MEMORY)
                return;
        }
        Page = Vad->End;
    }
}

// Every range is read before anything is done.
static NTSTATUS MmpAdvise(PEPROCESS Process, ULONG Class, const MEMORY_RANGE_ENTRY USER *Ranges,
                          ULONG_PTR Count, BOOLEAN Act)
{
    for (ULONG_PTR i = 0; i < Count; i++) {
        MEMORY_RANGE_ENTRY Range;
        ULONG_PTR Start, End;
        NTSTATUS Status = MmCopyFromUser(&Range, &Ranges[i], sizeof(Range));
        if (!NT_SUCCESS(Status))
            return Status;
        if (!MmpUserRange((ULONG_PTR)Range.VirtualAddress, Range.NumberOfBytes, &Start, &End))
            return STATUS_INVALID_PARAMETER_4;
        if (Act && Class == VmPrefetchInformation)
            MmpPrefetch(Process->AddressSpace, Start, End);
    }
    return STATUS_SUCCESS;
}

// Page priorities are checked and have no effect: pages stay in memory.
NTSTATUS NtSetInformationVirtualMemory(HANDLE ProcessHandle, ULONG Class, ULONG_PTR NumberOfEntries,
                                       const MEMORY_RANGE_ENTRY USER *VirtualAddresses,
                                       const VOID USER *Information, ULONG InformationLength)
{
    constexpr ULONG MostImportant = 5; // MEMORY_PRIORITY_NORMAL
    PEPROCESS Process;
    ULONG Value;
    if (Class != VmPrefetchInformation && Class != VmPagePriorityInformation)
        return STATUS_INVALID_PARAMETER_2;
    if (NumberOfEntries == 0 || NumberOfEntries > MM_USER_END / sizeof(MEMORY_RANGE_ENTRY))
        return STATUS_INVALID_PARAMETER_3;
    if (InformationLength != sizeof(Value))
        return STATUS_INVALID_PARAMETER_6;
    NTSTATUS Status = MmProbeForRead(VirtualAddresses, NumberOfEntries * sizeof(MEMORY_RANGE_ENTRY),
                                     sizeof(PVOID));
    if (NT_SUCCESS(Status))
        Status = MmCopyFromUser(&Value, Information, sizeof(Value));
    if (!NT_SUCCESS(Status))
        return Status;
    if (Class == VmPrefetchInformation ? Value != 0 : Value > MostImportant)
        return STATUS_INVALID_PARAMETER_5;
    Status = MmpReferenceProcess(ProcessHandle, PROCESS_SET_INFORMATION, &Process);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = MmpAdvise(Process, Class, VirtualAddresses, NumberOfEntries, FALSE);
    if (NT_SUCCESS(Status))
        Status = MmpAdvise(Process, Class, VirtualAddresses, NumberOfEntries, TRUE);
    ObDereferenceObject(Process);
    return Status;
}
