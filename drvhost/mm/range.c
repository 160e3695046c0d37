// Ranges of the host's memory whose page-frame numbers are known: pool, contiguous memory, mapped pages.

#include "../ntos.h"

typedef struct _MMP_RANGE {
    LIST_ENTRY Link;
    ULONG_PTR Base;
    ULONG Pages;
    ULONG64 First;       // frame of the first page, if all follow one another
    const ULONG64 *Pfns; // else; or null
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

static NTSTATUS MmpAdd(PVOID Base, ULONG Pages, ULONG64 First, const ULONG64 *Pfns)
{
    NTSTATUS Status = STATUS_SUCCESS;
    RtlAcquireSRWLockExclusive(&MmpRangeLock);
    if (IsListEmpty(&MmpFreeRanges) && !MmpFillFreeList()) {
        Status = STATUS_INSUFFICIENT_RESOURCES;
    } else {
        PMMP_RANGE Range = CONTAINING_RECORD(RemoveHeadList(&MmpFreeRanges), MMP_RANGE, Link);
        Range->Base = (ULONG_PTR)Base;
        Range->Pages = Pages;
        Range->First = First;
        Range->Pfns = Pfns;
        InsertHeadList(&MmpRanges, &Range->Link);
    }
    RtlReleaseSRWLockExclusive(&MmpRangeLock);
    return Status;
}

NTSTATUS MmpAddRange(PVOID Base, ULONG Pages, const ULONG64 *Pfns)
{
    return MmpAdd(Base, Pages, 0, Pfns);
}

NTSTATUS MmpAddRun(PVOID Base, ULONG Pages, ULONG64 First)
{
    return MmpAdd(Base, Pages, First, nullptr);
}

static ULONG64 MmpRangePfn(const MMP_RANGE *Range, ULONG_PTR Page)
{
    return Range->Pfns ? Range->Pfns[Page] : Range->First + Page;
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

ULONG MmpQueryRange(PVOID Address, ULONG Count, PULONG64 Pfns)
{
    ULONG Known = 0;
    RtlAcquireSRWLockExclusive(&MmpRangeLock);
    PMMP_RANGE Range = MmpFindRange((ULONG_PTR)Address);
    if (Range) {
        ULONG_PTR Page = ((ULONG_PTR)Address - Range->Base) >> PAGE_SHIFT;
        for (; Known < Count && Page + Known < Range->Pages; Known++)
            Pfns[Known] = MmpRangePfn(Range, Page + Known);
    }
    RtlReleaseSRWLockExclusive(&MmpRangeLock);
    return Known;
}

PVOID MmpFindPfn(ULONG64 Pfn)
{
    PVOID Found = nullptr;
    RtlAcquireSRWLockExclusive(&MmpRangeLock);
    for (PLIST_ENTRY Link = MmpRanges.Flink; Link != &MmpRanges && !Found; Link = Link->Flink) {
        PMMP_RANGE Range = CONTAINING_RECORD(Link, MMP_RANGE, Link);
        for (ULONG_PTR i = 0; i < Range->Pages && !Found; i++) {
            if (MmpRangePfn(Range, i) == Pfn)
                Found = (PVOID)(Range->Base + (i << PAGE_SHIFT));
        }
    }
    RtlReleaseSRWLockExclusive(&MmpRangeLock);
    return Found;
}
