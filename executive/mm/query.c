// What others want to know: counters, sections, the state of memory.
#include "mmp.h"

VOID MmQueryVmCounters(PEPROCESS Process, VM_COUNTERS_EX *Counters)
{
    *Counters = (VM_COUNTERS_EX){};
    PMM_ADDRESS_SPACE Space = Process->AddressSpace;
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
        .FreePages = MmpFreeFrames + UntypedPages,
        .CommittedPages = MmpCommittedPages,
        .CommitLimit = MmpCommitLimit,
        .PoolBytes = MmpPoolBytes,
        .SlotsInUse = MmpSlotsInUse,
        .KernelObjectBytes = MmpKernelObjectBytes,
    };
}
