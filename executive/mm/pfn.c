// Page frames. Memory becomes frames a chunk (2 MiB) at a time. The MM_PFNs of a chunk live in its own
// first frames, so the database needs no memory from elsewhere, and a chunk whose other frames are all
// free can go back to untyped memory with its part of the database.
//
// Each chunk has its own lists of free frames, and frames are taken from the fullest chunks: a page here
// and there must not keep every chunk from becoming untyped memory again. The MM_PFNs of the database's
// frames have room for what is known of a chunk. Frames of smaller blocks, which are made only when there
// is no chunk left, have lists in common.
#include "mmp.h"

enum {
    MM_PFNS_PER_PAGE = PAGE_SIZE / sizeof(MM_PFN),
    MM_CHUNK_FRAMES = 1 << (MM_CHUNK_BITS - PAGE_SHIFT),
    MM_CHUNK_ORDER = MM_CHUNK_BITS - PAGE_SHIFT,
    MM_CHUNK_DATABASE = MM_CHUNK_FRAMES / MM_PFNS_PER_PAGE,
    MM_MAX_MEMORY_BITS = 36, // 64 GiB
    MM_RECLAIM_PAGES = 64,   // of the cache, when there is no other memory
    MM_DATABASE_PAGES = 1 << (MM_MAX_MEMORY_BITS - PAGE_SHIFT - 7),
};
static_assert(MM_PFNS_PER_PAGE == 1 << 7);

static ULONG MmpDatabaseMap[MM_DATABASE_PAGES / 32]; // which pages of the database exist
typedef struct _MM_FRAME_LISTS {
    ULONG *Free, *Zeroed; // heads, frame numbers; frame 0 is never RAM of ours
} MM_FRAME_LISTS;

static ULONG MmpLooseFree, MmpLooseZeroed;              // frames of small blocks
static LIST_ENTRY MmpChunks = {&MmpChunks, &MmpChunks}; // with free frames, idle ones at the end
SIZE_T MmpUntypedReserve;
SIZE_T MmpTotalFrames, MmpFreeFrames;

static BOOLEAN MmpDatabasePageExists(ULONG Page)
{
    return MmpDatabaseMap[Page / 32] >> Page % 32 & 1;
}

// ---- Free frames

static PMM_PFN MmpChunkOf(PMM_PFN Pfn)
{
    return MmpPfn(MmpPfnNumber(Pfn) & ~(MM_CHUNK_FRAMES - 1u));
}

static PULONG MmpChunkCount(PMM_PFN Chunk) // of free frames
{
    return &Chunk[0].Next;
}

static PLIST_ENTRY MmpChunkLink(PMM_PFN Chunk)
{
    static_assert(sizeof(LIST_ENTRY) == sizeof(MM_PFN) - offsetof(MM_PFN, Owner));
    return (PLIST_ENTRY)&Chunk[1].Owner;
}

static PMM_PFN MmpChunkOfLink(PLIST_ENTRY Link)
{
    return (PMM_PFN)((PUCHAR)Link - offsetof(MM_PFN, Owner)) - 1;
}

static MM_FRAME_LISTS MmpListsOfChunk(PMM_PFN Chunk)
{
    return (MM_FRAME_LISTS){&Chunk[1].Next, &Chunk[2].Next};
}

static BOOLEAN MmpIsIdleChunk(PMM_PFN Chunk)
{
    return *MmpChunkCount(Chunk) == MM_CHUNK_FRAMES - MM_CHUNK_DATABASE;
}

static VOID MmpPushFrame(PMM_PFN Pfn, MM_PFN_STATE State)
{
    MM_FRAME_LISTS Lists = {&MmpLooseFree, &MmpLooseZeroed};
    if (Pfn->BlockOrder == MM_CHUNK_ORDER) {
        PMM_PFN Chunk = MmpChunkOf(Pfn);
        Lists = MmpListsOfChunk(Chunk);
        if (++*MmpChunkCount(Chunk) == 1) {
            InsertHeadList(&MmpChunks, MmpChunkLink(Chunk));
        } else if (MmpIsIdleChunk(Chunk)) {
            RemoveEntryList(MmpChunkLink(Chunk));
            InsertTailList(&MmpChunks, MmpChunkLink(Chunk));
        }
    }
    ULONG *Head = State == MmPfnZeroed ? Lists.Zeroed : Lists.Free;
    Pfn->State = (UCHAR)State;
    Pfn->Next = *Head;
    *Head = MmpPfnNumber(Pfn);
    MmpFreeFrames++;
}

static PMM_PFN MmpPopFrame(MM_FRAME_LISTS Lists, BOOLEAN Zeroed)
{
    ULONG *Head = *Lists.Zeroed && (Zeroed || !*Lists.Free) ? Lists.Zeroed : Lists.Free;
    if (!*Head)
        return nullptr;
    PMM_PFN Pfn = MmpPfn(*Head);
    *Head = Pfn->Next;
    MmpFreeFrames--;
    return Pfn;
}

static PMM_PFN MmpTakeFrame(BOOLEAN Zeroed)
{
    if (IsListEmpty(&MmpChunks))
        return MmpPopFrame((MM_FRAME_LISTS){&MmpLooseFree, &MmpLooseZeroed}, Zeroed);
    PMM_PFN Chunk = MmpChunkOfLink(MmpChunks.Flink);
    if (--*MmpChunkCount(Chunk) == 0)
        RemoveEntryList(MmpChunkLink(Chunk));
    return MmpPopFrame(MmpListsOfChunk(Chunk), Zeroed);
}

// ---- Making frames

static seL4_Error MmpMakeFrames(ULONG Untyped, ULONG Slots, ULONG Count)
{
    seL4_Error Error = seL4_NoError;
    for (ULONG Made = 0; Made < Count && Error == seL4_NoError;) {
        ULONG Batch = min(Count - Made, (ULONG)seL4_ConfigRetypeFanOutLimit);
        Error = MmpRetype(Untyped, seL4_X86_4K, 0, Slots + Made, Batch);
        Made += Batch;
    }
    return Error;
}

// Make the missing pages of the database that describe [First, First + Count) out of the first of
// those frames. *Used is how many; after a failure their mappings are still to be revoked.
static NTSTATUS MmpMakeDatabase(ULONG First, ULONG Count, ULONG Slots, PULONG Used)
{
    ULONG EndPage = (First + Count - 1) / MM_PFNS_PER_PAGE + 1;
    NTSTATUS Status = STATUS_SUCCESS;
    *Used = 0;
    for (ULONG Page = First / MM_PFNS_PER_PAGE; Page < EndPage; Page++) {
        if (MmpDatabasePageExists(Page))
            continue;
        ULONG_PTR Address = MM_PFN_BASE + (ULONG_PTR)Page * PAGE_SIZE;
        Status = MmpMapCap(&MmpSystemSpace, Slots + *Used, Address, TRUE);
        if (!NT_SUCCESS(Status))
            break;
        ++*Used;
    }
    if (NT_SUCCESS(Status)) {
        for (ULONG Page = First / MM_PFNS_PER_PAGE; Page < EndPage; Page++)
            MmpDatabaseMap[Page / 32] |= 1u << Page % 32;
    }
    return Status;
}

static VOID MmpDescribeFrames(ULONG Untyped, ULONG First, ULONG Count, ULONG Slots, ULONG Used)
{
    UCHAR Order = (UCHAR)(MmpCap(Untyped)->SizeBits - PAGE_SHIFT);
    for (ULONG i = 0; i < Used; i++) {
        *MmpPfn(First + i) = (MM_PFN){
            .Slot = Slots + i,
            .BlockOrder = Order,
            .State = MmPfnDatabase,
            .Flags = MM_PFN_SLOT_BUSY,
            .ReferenceCount = 1,
            .OwnerIndex = Untyped,
        };
    }
    // Backwards, so that the list hands them out by ascending address.
    for (ULONG i = Count; i-- > Used;) {
        PMM_PFN Pfn = MmpPfn(First + i);
        *Pfn = (MM_PFN){.Slot = Slots + i, .BlockOrder = Order};
        MmpPushFrame(Pfn, MmPfnZeroed);
    }
    MmpTotalFrames += Count;
}

// Turn an untyped (from a page to a chunk in size) into frames.
static BOOLEAN MmpAddFrames(ULONG Untyped)
{
    PMM_CAP Cap = MmpCap(Untyped);
    ULONG Count = 1u << (Cap->SizeBits - PAGE_SHIFT);
    ULONG First = (ULONG)(Cap->PhysicalAddress >> PAGE_SHIFT);
    // The window's tables come first: mapping a frame in the window cannot fail then.
    ULONG_PTR Window = MM_WINDOW_BASE + ((ULONG_PTR)First << PAGE_SHIFT);
    if (!NT_SUCCESS(MmpEnsureTables(&MmpSystemSpace, Window)))
        return FALSE;
    ULONG Slots = MmpAllocateFrameSlots(2 * Count);
    if (!Slots)
        return FALSE;

    ULONG Used;
    if (MmpMakeFrames(Untyped, Slots, Count) == seL4_NoError &&
        NT_SUCCESS(MmpMakeDatabase(First, Count, Slots, &Used))) {
        MmpDescribeFrames(Untyped, First, Count, Slots, Used);
        return TRUE;
    }
    MmpRevoke(Untyped);
    MmpFreeFrameSlots(Slots, 2 * Count);
    return FALSE;
}

// Kernel objects are made of untyped memory, so frames leave some of it alone.
static BOOLEAN MmpRefillFramesIn(const MM_PHYSICAL_RANGE *Range)
{
    static const UCHAR Sizes[] = {MM_CHUNK_BITS, 16, PAGE_SHIFT};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Sizes); i++) {
        if (MmpFreeUntypedBytes < MmpUntypedReserve + ((SIZE_T)1 << Sizes[i]))
            continue;
        ULONG Untyped = MmpAllocateUntypedIn(Sizes[i], Range);
        if (!Untyped)
            continue;
        if (MmpCap(Untyped)->PhysicalAddress >> MM_MAX_MEMORY_BITS)
            continue; // memory beyond what the database can describe is left unused
        if (MmpAddFrames(Untyped))
            return TRUE;
        MmpFreeUntyped(Untyped);
    }
    return FALSE;
}

static BOOLEAN MmpRefillFrames(VOID)
{
    static const MM_PHYSICAL_RANGE Anywhere = {0, MAXULONG_PTR};
    return MmpRefillFramesIn(&Anywhere);
}

PMM_PFN MmpAllocateFrame(BOOLEAN Zeroed)
{
    MmpMaintainSlots();
    PMM_PFN Pfn = MmpTakeFrame(Zeroed);
    if (!Pfn && (MmpRefillFrames() || MmpDropCachedSpaces() || CcReclaimPages(MM_RECLAIM_PAGES))) {
        Pfn = MmpTakeFrame(Zeroed);
        if (!Pfn && MmpRefillFrames())
            Pfn = MmpTakeFrame(Zeroed);
    }
    if (!Pfn)
        return nullptr;
    if (Zeroed && Pfn->State == MmPfnFree)
        MmpZeroFrame(Pfn);
    Pfn->State = MmPfnActive;
    Pfn->ReferenceCount = 1;
    return Pfn;
}

static BOOLEAN MmpIsFreeFrame(ULONG Number)
{
    if (!MmpDatabasePageExists(Number / MM_PFNS_PER_PAGE))
        return FALSE;
    PMM_PFN Pfn = MmpPfn(Number);
    return Pfn->State == MmPfnFree || Pfn->State == MmPfnZeroed;
}

// The first frame of Count free ones in the database, 0: there is no such run.
static ULONG MmpFindFrameRun(ULONG Count, const MM_PHYSICAL_RANGE *Range, ULONG Boundary)
{
    constexpr ULONG_PTR Most = MM_DATABASE_PAGES * MM_PFNS_PER_PAGE;
    ULONG Run = 0;
    ULONG Start = (ULONG)min(MM_PAGES(Range->Lowest), Most);
    ULONG End = (ULONG)min(
        (Range->Highest >> PAGE_SHIFT) + (Range->Highest % PAGE_SIZE == PAGE_SIZE - 1), Most);
    for (ULONG Number = max(Start, 1u); Number < End; Number++) {
        if (Number % MM_PFNS_PER_PAGE == 0 && !MmpDatabasePageExists(Number / MM_PFNS_PER_PAGE)) {
            Number += MM_PFNS_PER_PAGE - 1; // nothing is known of these
            Run = 0;
            continue;
        }
        if (!MmpIsFreeFrame(Number))
            Run = 0;
        else if (Boundary && Number % Boundary == 0)
            Run = 1;
        else
            Run++;
        if (Run == Count)
            return Number + 1 - Count;
    }
    return 0;
}

// Take a free frame out of the middle of its list.
static VOID MmpUnlinkFrame(PMM_PFN Pfn)
{
    MM_FRAME_LISTS Lists = {&MmpLooseFree, &MmpLooseZeroed};
    if (Pfn->BlockOrder == MM_CHUNK_ORDER) {
        PMM_PFN Chunk = MmpChunkOf(Pfn);
        Lists = MmpListsOfChunk(Chunk);
        if (--*MmpChunkCount(Chunk) == 0)
            RemoveEntryList(MmpChunkLink(Chunk));
    }
    ULONG *Link = Pfn->State == MmPfnZeroed ? Lists.Zeroed : Lists.Free;
    while (*Link != MmpPfnNumber(Pfn))
        Link = &MmpPfn(*Link)->Next;
    *Link = Pfn->Next;
    MmpFreeFrames--;
}

ULONG MmpAllocateFrameRun(ULONG Count, const MM_PHYSICAL_RANGE *Range, ULONG Boundary)
{
    if (Boundary && Count > Boundary)
        return 0;
    MmpMaintainSlots();
    ULONG First = MmpFindFrameRun(Count, Range, Boundary);
    while (!First && MmpRefillFramesIn(Range))
        First = MmpFindFrameRun(Count, Range, Boundary);
    if (!First)
        return 0;
    for (ULONG i = 0; i < Count; i++) {
        PMM_PFN Pfn = MmpPfn(First + i);
        MmpUnlinkFrame(Pfn);
        Pfn->State = MmPfnActive;
        Pfn->ReferenceCount = 1;
    }
    return First;
}

VOID MmpReferenceFrame(PMM_PFN Pfn)
{
    Pfn->ReferenceCount++;
}

VOID MmpDereferenceFrame(PMM_PFN Pfn)
{
    ASSERT(Pfn->State == MmPfnActive && Pfn->ReferenceCount);
    if (--Pfn->ReferenceCount)
        return;
    ASSERT(!(Pfn->Flags & MM_PFN_SLOT_BUSY));
    Pfn->Owner = nullptr;
    MmpPushFrame(Pfn, MmPfnFree);
}

VOID MmpZeroFrame(PMM_PFN Pfn)
{
    __stosq(MmpFrameAddress(Pfn), 0, PAGE_SIZE / sizeof(ULONG64));
}

// First use of the frame by the Executive itself. The tables exist (MmpAddFrames).
VOID MmpMapWindow(PMM_PFN Pfn)
{
    ULONG Copy = Pfn->Slot + (1u << Pfn->BlockOrder);
    ULONG_PTR Address = MM_WINDOW_BASE + ((ULONG_PTR)MmpPfnNumber(Pfn) << PAGE_SHIFT);
    seL4_Error Error = MmpCopyCap(Copy, Pfn->Slot);
    if (Error == seL4_NoError)
        Error = seL4_X86_Page_Map(Copy, seL4_CapInitThreadVSpace, Address, seL4_ReadWrite,
                                  seL4_X86_Default_VMAttributes);
    if (Error != seL4_NoError)
        KeBugCheckEx(MEMORY_MANAGEMENT, MmpPfnNumber(Pfn), Error, 0, 0);
    Pfn->Flags |= MM_PFN_IN_WINDOW;
}

// Give a chunk whose frames are all free back to untyped memory.
BOOLEAN MmpReclaimChunk(VOID)
{
    if (IsListEmpty(&MmpChunks))
        return FALSE;
    PMM_PFN Chunk = MmpChunkOfLink(MmpChunks.Blink);
    ULONG Untyped = (ULONG)Chunk->OwnerIndex;
    if (!MmpIsIdleChunk(Chunk) || !MmpFreeFrameSlots(Chunk->Slot, 2 * MM_CHUNK_FRAMES))
        return FALSE;
    RemoveEntryList(MmpChunkLink(Chunk));
    for (ULONG i = 0; i < MM_CHUNK_DATABASE; i++) {
        ULONG Page = MmpPfnNumber(Chunk) / MM_PFNS_PER_PAGE + i;
        MmpDatabaseMap[Page / 32] &= ~(1u << Page % 32);
    }
    MmpFreeFrames -= MM_CHUNK_FRAMES - MM_CHUNK_DATABASE;
    MmpTotalFrames -= MM_CHUNK_FRAMES;
    MmpRevoke(Untyped); // every capability to the chunk's frames, in the window and elsewhere
    MmpFreeUntyped(Untyped);
    return TRUE;
}
