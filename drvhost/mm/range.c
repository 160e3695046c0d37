// Ranges of the host's memory whose page-frame numbers are known: pool, contiguous memory, mapped pages.

#include "../ntos.h"

typedef struct _MMP_RANGE {
    LIST_ENTRY Link;
    ULONG_PTR Base;
    ULONG Pages;
    const ULONG64 *Pfns;
} MMP_RANGE, *PMMP_RANGE;

static RTL_SRWLOCK MmpRangeLock;
static LIST_ENTRY MmpRanges = {&MmpRanges, &MmpRanges};

// Entries come from memory of their own: the pool itself asks for some.
enum { EntriesInChunk = PAGE_SIZE / sizeof(MMP_RANGE) };
static LIST_ENTRY MmpFreeRanges = {&MmpFreeRanges, &MmpFreeRanges};

static BOOLEAN MmpFillFreeList(void)
{
    PVOID Base = nullptr;
    SIZE_T Size = PAGE_SIZE;
    if (!NT_SUCCESS(NtAllocateVirtualMemory(ZwCurrentProcess(), &Base, 0, &Size,
                                            MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE)))
        return FALSE;
    PMMP_RANGE Range = Base;
    for (ULONG i = 0; i < EntriesInChunk; i++)
        InsertTailList(&MmpFreeRanges, &Range[i].Link);
    return TRUE;
}

NTSTATUS MmpAddRange(PVOID Base, ULONG Pages, const ULONG64 *Pfns)
{
    NTSTATUS Status = STATUS_SUCCESS;
    RtlAcquireSRWLockExclusive(&MmpRangeLock);
    if (IsListEmpty(&MmpFreeRanges) && !MmpFillFreeList()) {
        Status = STATUS_INSUFFICIENT_RESOURCES;
    } else {
        PMMP_RANGE Range = CONTAINING_RECORD(RemoveHeadList(&MmpFreeRanges), MMP_RANGE, Link);
        Range->Base = (ULONG_PTR)Base;
        Range->Pages = Pages;
        Range->Pfns = Pfns;
        InsertHeadList(&MmpRanges, &Range->Link);
    }
    RtlReleaseSRWLockExclusive(&MmpRangeLock);
    return Status;
}

static PMMP_RANGE MmpFindRange(ULONG_PTR Address)
{
    for (PLIST_ENTRY Link = MmpRanges.Flink; Link != &MmpRanges; Link = Link->Flink) {
        PMMP_RANGE Range = CONTAINING_RECORD(Link, MMP_RANGE, Link);
        if (Address - Range->Base < (ULONG_PTR)Range->Pages << PAGE_SHIFT)
            return Range;
    }
    return nullptr;
}

VOID MmpRemoveRange(PVOID Base)
{
    RtlAcquireSRWLockExclusive(&MmpRangeLock);
    PMMP_RANGE Range = MmpFindRange((ULONG_PTR)Base);
    if (Range) {
        RemoveEntryList(&Range->Link);
        InsertHeadList(&MmpFreeRanges, &Range->Link);
    }
    RtlReleaseSRWLockExclusive(&MmpRangeLock);
}

ULONG64 MmpPfnOf(PVOID Address)
{
    RtlAcquireSRWLockExclusive(&MmpRangeLock);
    PMMP_RANGE Range = MmpFindRange((ULONG_PTR)Address);
    ULONG64 Pfn = Range ? Range->Pfns[((ULONG_PTR)Address - Range->Base) >> PAGE_SHIFT] : 0;
    RtlReleaseSRWLockExclusive(&MmpRangeLock);
    return Pfn;
}
