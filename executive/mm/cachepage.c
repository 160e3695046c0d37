// Frames of the page cache. It knows them by the address at which the Executive sees them.
#include "mmp.h"

// Below this the cache takes none, but those that it has given up: pages that others need at once.
static SIZE_T MmpCacheFloor(VOID)
{
    return max(MmpRamBytes / 32, (SIZE_T)2 * 1024 * 1024);
}

static SIZE_T MmpFreeBytes(VOID)
{
    SIZE_T Untyped =
        MmpFreeUntypedBytes > MmpUntypedReserve ? MmpFreeUntypedBytes - MmpUntypedReserve : 0;
    return (MmpFreeFrames << PAGE_SHIFT) + Untyped;
}

SIZE_T MmQueryCacheRoom(VOID)
{
    SIZE_T Free = MmpFreeBytes(), Floor = MmpCacheFloor();
    return CcReclaimablePages() + (Free > Floor ? (Free - Floor) >> PAGE_SHIFT : 0);
}

BOOLEAN MmChargeCachePage(VOID)
{
    return NT_SUCCESS(MmpChargeCommit(nullptr, 1));
}

VOID MmUnchargeCachePage(VOID)
{
    MmpReturnCommit(nullptr, 1);
}

PVOID MmAllocateCachePage(BOOLEAN Anyway)
{
    if (!Anyway && MmpFreeBytes() <= MmpCacheFloor())
        return nullptr;
    PMM_PFN Pfn = MmpAllocateFrame(FALSE);
    return Pfn ? MmpFrameAddress(Pfn) : nullptr;
}

VOID MmSetCachePageOwner(PVOID Page, PVOID Owner)
{
    PMM_PFN Pfn = MmpWindowPfn(Page);
    Pfn->Owner = Owner;
    if (Owner)
        Pfn->Flags |= MM_PFN_CACHE;
    else
        Pfn->Flags &= (UCHAR)~MM_PFN_CACHE;
}

VOID MmFreeCachePage(PVOID Page)
{
    MmpDereferenceFrame(MmpWindowPfn(Page));
}

BOOLEAN MmIsCachePageShared(PVOID Page)
{
    return MmpWindowPfn(Page)->ReferenceCount > 1;
}

// ---- Sections over a stream

BOOLEAN MmIsStreamMapped(PLIST_ENTRY Segments)
{
    for (PLIST_ENTRY Link = Segments->Flink; Link != Segments; Link = Link->Flink) {
        PMM_SEGMENT Segment = CONTAINING_RECORD(Link, MM_SEGMENT, StreamLink);
        if (!IsListEmpty(&Segment->Views))
            return TRUE;
    }
    return FALSE;
}

BOOLEAN MmIsStreamMappedFrom(PLIST_ENTRY Segments, ULONG64 Page)
{
    for (PLIST_ENTRY Link = Segments->Flink; Link != Segments; Link = Link->Flink) {
        PMM_SEGMENT Segment = CONTAINING_RECORD(Link, MM_SEGMENT, StreamLink);
        for (PLIST_ENTRY View = Segment->Views.Flink; View != &Segment->Views; View = View->Flink) {
            PMM_VAD Vad = CONTAINING_RECORD(View, MM_VAD, ViewLink);
            if (Vad->FirstPage + (Vad->End - Vad->Start) > Page)
                return TRUE;
        }
    }
    return FALSE;
}

BOOLEAN MmIsStreamWritable(PLIST_ENTRY Segments)
{
    for (PLIST_ENTRY Link = Segments->Flink; Link != Segments; Link = Link->Flink) {
        PMM_SEGMENT Segment = CONTAINING_RECORD(Link, MM_SEGMENT, StreamLink);
        for (PLIST_ENTRY View = Segment->Views.Flink; View != &Segment->Views; View = View->Flink) {
            if (MmpIsWritable(CONTAINING_RECORD(View, MM_VAD, ViewLink)->Protection))
                return TRUE;
        }
    }
    return FALSE;
}

// Call Change for the entry of the page in each view that has it.
static VOID MmpForEachPte(PLIST_ENTRY Segments, ULONG64 Page,
                          VOID (*Change)(PMM_ADDRESS_SPACE, PMM_REGION, ULONG_PTR))
{
    for (PLIST_ENTRY Link = Segments->Flink; Link != Segments; Link = Link->Flink) {
        PMM_SEGMENT Segment = CONTAINING_RECORD(Link, MM_SEGMENT, StreamLink);
        for (PLIST_ENTRY View = Segment->Views.Flink; View != &Segment->Views; View = View->Flink) {
            PMM_VAD Vad = CONTAINING_RECORD(View, MM_VAD, ViewLink);
            if (Page < Vad->FirstPage || Page - Vad->FirstPage >= Vad->End - Vad->Start)
                continue;
            ULONG_PTR At = Vad->Start + (ULONG_PTR)(Page - Vad->FirstPage);
            PMM_REGION Region = MmpFindRegion(Vad->Space, At);
            if (Region && Region->Ptes[At % MM_REGION_PAGES].Pfn &&
                !Region->Ptes[At % MM_REGION_PAGES].Private)
                Change(Vad->Space, Region, At);
        }
    }
}

// Its protection, if it has one of its own, stays.
static VOID MmpForgetFrame(PMM_ADDRESS_SPACE Space, PMM_REGION Region, ULONG_PTR Page)
{
    MM_PTE Pte = Region->Ptes[Page % MM_REGION_PAGES];
    if (Pte.Locked)
        return;
    MmpClearPte(Space, Region, Page);
    MM_PTE Left = {};
    Left.Explicit = Pte.Explicit;
    Left.Committed = Pte.Committed;
    Left.Protection = Pte.Protection;
    if (Pte.Explicit)
        MmpWritePte(Region, Page, Left);
}

VOID MmUnmapStreamPage(PLIST_ENTRY Segments, ULONG64 Page)
{
    MmpForEachPte(Segments, Page, MmpForgetFrame);
}

static VOID MmpMakeReadOnly(PMM_ADDRESS_SPACE Space, PMM_REGION Region, ULONG_PTR Page)
{
    MM_PTE Pte = Region->Ptes[Page % MM_REGION_PAGES];
    if (Pte.Valid && Pte.Writable)
        (VOID) MmpValidatePte(Space, Region, Page, FALSE); // the tables are there: it cannot fail
}

VOID MmProtectStreamPage(PLIST_ENTRY Segments, ULONG64 Page)
{
    MmpForEachPte(Segments, Page, MmpMakeReadOnly);
}
