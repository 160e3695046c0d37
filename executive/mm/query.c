// What others want to know: counters, sections, the state of memory.
#include "mmp.h"

VOID MmQueryVmCounters(PEPROCESS Process, VM_COUNTERS_EX *Counters)
{
    *Counters = (VM_COUNTERS_EX){};
    PMM_ADDRESS_SPACE Space = Process->AddressSpace;
    if (Process == PsInitialSystemProcess) { // it has no address space; the pool is its memory
        Counters->Counters.WorkingSetSize = MmpPoolBytes;
        Counters->Counters.PagefileUsage = Counters->PrivateUsage = MmpPoolBytes;
    }
    if (!Space)
        return;
    Counters->Counters.PeakVirtualSize = Space->PeakVirtualPages << PAGE_SHIFT;
    Counters->Counters.VirtualSize = Space->VirtualPages << PAGE_SHIFT;
    Counters->Counters.PageFaultCount = Space->FaultCount;
    Counters->Counters.PeakWorkingSetSize = Space->PeakResidentPages << PAGE_SHIFT;
    Counters->Counters.WorkingSetSize = Space->ResidentPages << PAGE_SHIFT;
    Counters->Counters.PagefileUsage = Space->CommittedPages << PAGE_SHIFT;
    Counters->Counters.PeakPagefileUsage = Space->PeakCommittedPages << PAGE_SHIFT;
    Counters->PrivateUsage = Space->CommittedPages << PAGE_SHIFT;
}

NTSTATUS MmQuerySectionImageInformation(PSECTION Section, PSECTION_IMAGE_INFORMATION Information)
{
    PMM_SEGMENT Segment = MmpSegmentOf(Section);
    if (Segment->Type != MmSegmentImage)
        return STATUS_SECTION_NOT_IMAGE;
    *Information = Segment->ImageInformation;
    return STATUS_SUCCESS;
}

ULONG_PTR MmQuerySectionBase(PSECTION Section)
{
    return MmpSegmentOf(Section)->PreferredBase;
}

NTSTATUS MmQuerySectionFileName(PSECTION Section, PUNICODE_STRING Name)
{
    PUNICODE_STRING Source = &MmpSegmentOf(Section)->FileName;
    *Name = (UNICODE_STRING){};
    if (!Source->Buffer)
        return STATUS_SUCCESS;
    PWCH Buffer = ExAllocatePoolWithTag(PagedPool, Source->MaximumLength, 'mNsP');
    if (!Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    memcpy(Buffer, Source->Buffer, Source->MaximumLength);
    *Name = (UNICODE_STRING){Source->Length, Source->MaximumLength, Buffer};
    return STATUS_SUCCESS;
}

VOID MmQueryStatistics(MM_STATISTICS *Statistics)
{
    SIZE_T UntypedPages = MmpFreeUntypedBytes >> PAGE_SHIFT;
    *Statistics = (MM_STATISTICS){
        .TotalPages = MmpRamBytes >> PAGE_SHIFT,
        .HighestPage = (SIZE_T)(MmpHighestRamAddress >> PAGE_SHIFT),
        .FreePages = MmpFreeFrames + UntypedPages,
        .CommittedPages = MmpCommittedPages,
        .CommitLimit = MmpCommitLimit,
        .PeakCommittedPages = MmpPeakCommittedPages,
        .PoolBytes = MmpPoolBytes,
        .SlotsInUse = MmpSlotsInUse,
        .KernelObjectBytes = MmpKernelObjectBytes,
    };
}

VOID MmEnumerateImages(PEPROCESS Process, MM_IMAGE_ROUTINE *Routine, PVOID Context)
{
    PMM_ADDRESS_SPACE Space = Process->AddressSpace;
    PMM_VAD Vad = Space ? MmpFirstVadFrom(&Space->Vads, 0) : nullptr;
    for (; Vad; Vad = MmpNextVad(Vad)) {
        if (Vad->Type == MmVadImage)
            Routine(Vad->Start << PAGE_SHIFT, (Vad->End - Vad->Start) << PAGE_SHIFT,
                    &Vad->Segment->FileName, Context);
    }
}

ULONG_PTR MmQueryPrivateEnd(PEPROCESS Process, ULONG_PTR Address)
{
    PMM_ADDRESS_SPACE Space = Process->AddressSpace;
    PMM_VAD Vad =
        Space && Address < MM_USER_END ? MmpLookupVad(Space, Address >> PAGE_SHIFT) : nullptr;
    return Vad && Vad->Type == MmVadPrivate ? Vad->End << PAGE_SHIFT : 0;
}

// ---- NtQueryVirtualMemory

static ULONG MmpTypeOf(const MM_VAD *Vad)
{
    if (Vad->Type == MmVadImage)
        return MEM_IMAGE;
    return Vad->Type == MmVadView ? MEM_MAPPED : MEM_PRIVATE;
}

// Is Page the first of a region's worth of pages of which nothing is committed, as their section has
// no entries for them?
static BOOLEAN MmpIsUncommittedRun(PMM_ADDRESS_SPACE Space, PMM_VAD Vad, ULONG_PTR Page)
{
    if (Vad->Type != MmVadView || !(Vad->Segment->Attributes & SEC_RESERVE) ||
        Page % MM_REGION_PAGES || MmpFindRegion(Space, Page))
        return FALSE;
    ULONG_PTR First = Vad->FirstPage + (Page - Vad->Start);
    ULONG_PTR Last = min(First + MM_REGION_PAGES, Vad->Segment->PageCount) - 1;
    return !MmpSegmentProto(Vad->Segment, First, FALSE) &&
           !MmpSegmentProto(Vad->Segment, Last, FALSE);
}

// How far a page's state goes on, to the end of its allocation at most. Regions of which nothing is
// known are passed at once.
static ULONG_PTR MmpRunEnd(PMM_ADDRESS_SPACE Space, PMM_VAD Vad, ULONG_PTR Page)
{
    MM_PAGE_STATE First = MmpPageState(Vad, MmpFindPte(Space, Page), Page);
    BOOLEAN Uniform = Vad->Type == MmVadPrivate && First.Committed == Vad->Committed &&
                      (!First.Committed || First.Protection == Vad->PageProtection);
    while (++Page < Vad->End) {
        if (Uniform && (Page = MmpNextKnownPage(Space, Page, Vad->End)) == Vad->End)
            break;
        if (MmpIsUncommittedRun(Space, Vad, Page) && !First.Committed) {
            Page += MM_REGION_PAGES - 1;
            continue;
        }
        MM_PAGE_STATE State = MmpPageState(Vad, MmpFindPte(Space, Page), Page);
        if (State.Committed != First.Committed ||
            (First.Committed && State.Protection != First.Protection))
            break;
    }
    return min(Page, Vad->End);
}

static VOID MmpDescribeFree(PMM_ADDRESS_SPACE Space, ULONG_PTR Page,
                            PMEMORY_BASIC_INFORMATION Information)
{
    PMM_VAD Next = MmpFirstVadFrom(&Space->Vads, Page);
    ULONG_PTR End = Next ? Next->Start : MM_USER_END >> PAGE_SHIFT;
    Information->RegionSize = (End - Page) << PAGE_SHIFT;
    Information->State = MEM_FREE;
    Information->Protect = PAGE_NOACCESS;
}

static NTSTATUS MmpQueryBasic(PMM_ADDRESS_SPACE Space, ULONG_PTR Page, VOID USER *Buffer,
                              SIZE_T Length, SIZE_T USER *ReturnLength)
{
    MEMORY_BASIC_INFORMATION Information = {.BaseAddress = (PVOID)(Page << PAGE_SHIFT)};
    PMM_VAD Vad = MmpLookupVad(Space, Page);
    if (Vad) {
        MM_PAGE_STATE State = MmpPageState(Vad, MmpFindPte(Space, Page), Page);
        Information.AllocationBase = (PVOID)(Vad->Start << PAGE_SHIFT);
        Information.AllocationProtect = MmpProtectionToWin32(Vad->Protection);
        Information.RegionSize = (MmpRunEnd(Space, Vad, Page) - Page) << PAGE_SHIFT;
        Information.State = State.Committed ? MEM_COMMIT : MEM_RESERVE;
        Information.Protect = State.Committed ? MmpProtectionToWin32(State.Protection) : 0;
        Information.Type = MmpTypeOf(Vad);
    } else {
        MmpDescribeFree(Space, Page, &Information);
    }
    return MmpReturnInformation(&Information, sizeof(Information), Buffer, Length, ReturnLength);
}

static NTSTATUS MmpQueryRegion(PMM_ADDRESS_SPACE Space, ULONG_PTR Page, VOID USER *Buffer,
                               SIZE_T Length, SIZE_T USER *ReturnLength)
{
    PMM_VAD Vad = MmpLookupVad(Space, Page);
    if (!Vad)
        return STATUS_INVALID_ADDRESS;
    MEMORY_REGION_INFORMATION Information = {
        .AllocationBase = (PVOID)(Vad->Start << PAGE_SHIFT),
        .AllocationProtect = MmpProtectionToWin32(Vad->Protection),
        .Private = Vad->Type == MmVadPrivate || Vad->Type == MmVadShared,
        .MappedImage = Vad->Type == MmVadImage,
        .MappedDataFile = Vad->Type == MmVadView && Vad->Segment->Type == MmSegmentFile,
        .MappedPageFile = Vad->Type == MmVadView && Vad->Segment->Type == MmSegmentPagefile,
        .MappedWriteWatch = Vad->WriteWatch,
        .PlaceholderReservation = Vad->Placeholder,
        .PageSizeLarge = Vad->LargePages,
        .RegionSize = (Vad->End - Vad->Start) << PAGE_SHIFT,
        .CommitSize = MmpCountCommitted(Space, Vad, Vad->Start, Vad->End) << PAGE_SHIFT,
    };
    return MmpReturnInformation(&Information, sizeof(Information), Buffer, Length, ReturnLength);
}

static NTSTATUS MmpQueryFileName(PMM_ADDRESS_SPACE Space, ULONG_PTR Page, VOID USER *Buffer,
                                 SIZE_T Length, SIZE_T USER *ReturnLength)
{
    PMM_VAD Vad = MmpLookupVad(Space, Page);
    if (!Vad)
        return STATUS_INVALID_ADDRESS;
    if (!Vad->Segment || !Vad->Segment->FileName.Buffer)
        return STATUS_FILE_INVALID;
    PUNICODE_STRING Name = &Vad->Segment->FileName;
    UNICODE_STRING Header = *Name;
    SIZE_T Whole = sizeof(Header) + Name->MaximumLength;
    if (ReturnLength) {
        NTSTATUS Status = MmWriteUser(ReturnLength, Whole);
        if (!NT_SUCCESS(Status))
            return Status;
    }
    if (Length < sizeof(Header))
        return STATUS_INFO_LENGTH_MISMATCH;
    if (Length < Whole)
        return STATUS_BUFFER_OVERFLOW;
    Header.Buffer = (PWCH)((ULONG_PTR)Buffer + sizeof(Header));
    NTSTATUS Status = MmCopyToUser(Buffer, &Header, sizeof(Header));
    if (NT_SUCCESS(Status))
        Status = MmCopyToUser((VOID USER *)Header.Buffer, Name->Buffer, Name->MaximumLength);
    return Status;
}

static NTSTATUS MmpQueryImage(PMM_ADDRESS_SPACE Space, ULONG_PTR Page, VOID USER *Buffer,
                              SIZE_T Length, SIZE_T USER *ReturnLength)
{
    PMM_VAD Vad = MmpLookupVad(Space, Page);
    if (!Vad)
        return STATUS_INVALID_ADDRESS;
    MEMORY_IMAGE_INFORMATION Information = {};
    if (Vad->Type == MmVadImage) {
        Information.ImageBase = (PVOID)(Vad->Start << PAGE_SHIFT);
        Information.SizeOfImage = (Vad->End - Vad->Start) << PAGE_SHIFT;
    }
    return MmpReturnInformation(&Information, sizeof(Information), Buffer, Length, ReturnLength);
}

static const struct {
    NTSTATUS (*Query)(PMM_ADDRESS_SPACE, ULONG_PTR, VOID USER *, SIZE_T, SIZE_T USER *);
} MmpAddressQueries[] = {
    [MemoryBasicInformation] = {MmpQueryBasic},
    [MemoryMappedFilenameInformation] = {MmpQueryFileName},
    [MemoryRegionInformation] = {MmpQueryRegion},
    [MemoryImageInformation] = {MmpQueryImage},
    [MemoryRegionInformationEx] = {MmpQueryRegion},
};

// What is asked about an array of addresses that the caller gives.
static NTSTATUS MmpQueryWorkingSetEx(PMM_ADDRESS_SPACE Space, VOID USER *Buffer, SIZE_T Length,
                                     SIZE_T USER *ReturnLength)
{
    MEMORY_WORKING_SET_EX_INFORMATION USER *Entries = Buffer;
    for (SIZE_T i = 0; i < Length / sizeof(MEMORY_WORKING_SET_EX_INFORMATION); i++) {
        MEMORY_WORKING_SET_EX_INFORMATION Entry;
        NTSTATUS Status = MmCopyFromUser(&Entry, &Entries[i], sizeof(Entry));
        if (!NT_SUCCESS(Status))
            return Status;
        ULONG_PTR Page = (ULONG_PTR)Entry.VirtualAddress >> PAGE_SHIFT;
        PMM_VAD Vad = MmpLookupVad(Space, Page);
        PMM_PTE Pte = Vad ? MmpFindPte(Space, Page) : nullptr;
        Entry.u1.Long = 0;
        if (Pte && Pte->Valid) {
            BOOLEAN Single = Pte->Private || MmpIsLargePte(*Pte);
            ULONG Shares = Single ? 1 : MmpPfn(Pte->Pfn)->ReferenceCount - 1; // its segment's
            Entry.u1.VirtualAttributes.LargePage = MmpIsLargePte(*Pte);
            Entry.u1.VirtualAttributes.Valid = 1;
            Entry.u1.VirtualAttributes.ShareCount = min(Shares, 7u);
            Entry.u1.VirtualAttributes.Shared = !Pte->Private;
            Entry.u1.VirtualAttributes.Locked = Pte->Locked;
            Entry.u1.VirtualAttributes.Win32Protection =
                MmpProtectionToWin32(MmpPageState(Vad, Pte, Page).Protection) & 0x7FF;
        }
        Status = MmCopyToUser(&Entries[i], &Entry, sizeof(Entry));
        if (!NT_SUCCESS(Status))
            return Status;
    }
    return ReturnLength ? MmWriteUser(ReturnLength, Length) : STATUS_SUCCESS;
}

NTSTATUS NtQueryVirtualMemory(HANDLE ProcessHandle, PVOID BaseAddress,
                              MEMORY_INFORMATION_CLASS Class, VOID USER *Buffer, SIZE_T Length,
                              SIZE_T USER *ReturnLength)
{
    BOOLEAN Whole = Class == MemoryWorkingSetInformation;
    BOOLEAN Array = Class == MemoryWorkingSetExInformation;
    BOOLEAN Known =
        (ULONG)Class < RTL_NUMBER_OF(MmpAddressQueries) && MmpAddressQueries[Class].Query;
    if (!Whole && !Array && !Known)
        return STATUS_INVALID_INFO_CLASS;
    if (Known && (ULONG_PTR)BaseAddress >= MM_USER_END)
        return STATUS_INVALID_PARAMETER;
    if (Array && (Length == 0 || Length % sizeof(MEMORY_WORKING_SET_EX_INFORMATION)))
        return STATUS_INFO_LENGTH_MISMATCH;
    PEPROCESS Process;
    NTSTATUS Status = MmpReferenceProcess(
        ProcessHandle, PROCESS_QUERY_INFORMATION | (Whole ? PROCESS_VM_READ : 0), &Process);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Whole)
        Status = MmpQueryWorkingSet(Process->AddressSpace, Buffer, Length, ReturnLength);
    else if (Array)
        Status = MmpQueryWorkingSetEx(Process->AddressSpace, Buffer, Length, ReturnLength);
    else
        Status = MmpAddressQueries[Class].Query(Process->AddressSpace,
                                                (ULONG_PTR)BaseAddress >> PAGE_SHIFT, Buffer,
                                                Length, ReturnLength);
    ObDereferenceObject(Process);
    return Status;
}
