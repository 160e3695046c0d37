// Private to mm: capabilities, untyped memory, frames, page maps, VADs, segments.
#pragma once

#include "ntos.h"

#define MM_PAGES(Bytes) (((Bytes) + PAGE_SIZE - 1) >> PAGE_SHIFT)

// ---- The Executive's own address space above its image
#define MM_WINDOW_BASE 0x0000008000000000ull // frame n of physical memory at base + n * PAGE_SIZE
#define MM_PFN_BASE    0x0000009000000000ull // MM_PFN of every frame, present where frames are
#define MM_CAP_BASE    0x000000A000000000ull // MM_CAP of every slot that is not a frame's
#define MM_SYSTEM_BASE 0x000000B000000000ull // MmAllocateSystemPages
#define MM_SYSTEM_END  0x000000B040000000ull
#define MM_IO_BASE     0x000000C000000000ull // MmMapIoSpace
#define MM_LARGE_BASE  0x000000D000000000ull // large pages, by their physical address

// ---- Capability slots. A leaf is a CNode with its place in the two-level CSpace: the first is the
// initial CNode, so its slots keep their addresses when the CSpace grows a root. Single slots and
// short ranges come from a leaf's low end and have an MM_CAP each; frames' slots come from the high
// end and are described by their MM_PFN.

enum {
    MM_LEAF_STRIDE_BITS = 19, // slots between the first slots of two leaves
    MM_LEAF_BITS = 16,        // slots of a leaf that we make: 2 MiB of memory
    MM_ROOT_BITS = 11,
    MM_MAX_LEAVES = 1 << MM_ROOT_BITS,
    MM_MAX_SLOT_ORDER = 8, // the kernel retypes at most 256 objects at once
};

typedef enum _MM_CAP_STATE {
    MmCapUnused,      // free slot, or not yet known
    MmCapUntypedFree, // untyped without children, in the list of its size
    MmCapUntypedSplit,
    MmCapUntypedUsed, // holds one object, or frames
    MmCapDevice,      // device untyped, in no list
    MmCapDeviceSplit,
    MmCapDeviceFrame, // a page of device memory: PhysicalAddress, and where it is mapped
    MmCapObject,      // a kernel object; Parent is its untyped
    MmCapMapping,     // a copy of a frame's capability, mapped in some process
    MmCapOther,
} MM_CAP_STATE;

typedef struct _MM_CAP {
    ULONG_PTR PhysicalAddress; // of an untyped
    ULONG Next, Previous;      // list of free slots or of free untypeds of one size
    ULONG Parent;              // the untyped that this came from, or 0
    ULONG FirstChild;          // of a split untyped: its children have slots one after another
    USHORT FreeChildren;
    UCHAR State; // MM_CAP_STATE
    UCHAR SizeBits;
    UCHAR ChildOrder; // log2 of the number of children
    UCHAR Reserved[3];
} MM_CAP, *PMM_CAP;
static_assert(sizeof(MM_CAP) == 32);

#ifdef MM_UNIT_TEST
extern MM_CAP MmpTestCaps[];
#define MmpCap(Slot) (&MmpTestCaps[Slot])
#else
static inline PMM_CAP MmpCap(ULONG Slot)
{
    return (PMM_CAP)MM_CAP_BASE + Slot;
}
#endif

ULONG MmpAllocateSlots(ULONG Order); // 2^Order slots one after another, 0: none
VOID MmpFreeSlots(ULONG First, ULONG Order);
ULONG MmpAllocateFrameSlots(ULONG Count);
BOOLEAN MmpFreeFrameSlots(ULONG First, ULONG Count); // FALSE: no room to remember them
// Objects from Untyped into Count slots from First on.
seL4_Error MmpRetype(ULONG Untyped, seL4_ObjectType Type, ULONG SizeBits, ULONG First, ULONG Count);
VOID MmpRevoke(ULONG Slot);
seL4_Error MmpCopyCap(ULONG Dest, ULONG Source);
VOID MmpDeleteCap(ULONG Slot);
VOID MmpInitSlots(const seL4_BootInfo *BootInfo, ULONG FirstFree, ULONG Described);
// Keep enough described slots at hand that no allocation must stop in its middle to get more.
VOID MmpMaintainSlots(VOID);

// ---- Untyped memory

enum { MM_CHUNK_BITS = 21, MM_UNTYPED_BITS = 48 };

VOID MmpAddUntyped(ULONG Slot, ULONG_PTR PhysicalAddress, ULONG SizeBits);
ULONG MmpAllocateUntyped(ULONG SizeBits);
ULONG MmpAllocateUntypedIn(ULONG SizeBits, const MM_PHYSICAL_RANGE *Range);
VOID MmpFreeUntyped(ULONG Slot);
extern SIZE_T MmpFreeUntypedBytes, MmpUntypedReserve;

// ---- Page frames

typedef enum _MM_PFN_STATE {
    MmPfnAbsent,
    MmPfnFree,     // contents unknown
    MmPfnZeroed,   // free and zero
    MmPfnActive,   // has an owner
    MmPfnDatabase, // holds MM_PFNs or MM_CAPs
} MM_PFN_STATE;

enum {
    MM_PFN_IN_WINDOW = 1, // mapped in the window
    MM_PFN_SLOT_BUSY = 2, // the capability in Slot is mapped in an address space
    MM_PFN_CACHE = 4,     // Owner is the page of the cache
};

typedef struct _MM_PFN {
    ULONG Slot; // the frame's capability; the window's copy is 2^BlockOrder slots on
    ULONG Next; // free list
    ULONG ReferenceCount;
    UCHAR State; // MM_PFN_STATE
    UCHAR Flags;
    UCHAR BlockOrder; // log2 of the number of frames that were made together
    UCHAR Reserved;
    PVOID Owner; // MM_ADDRESS_SPACE of a private page, MM_SEGMENT of a section's page
    ULONG_PTR OwnerIndex;
} MM_PFN, *PMM_PFN;
static_assert(sizeof(MM_PFN) == 32);

static inline PMM_PFN MmpPfn(ULONG_PTR Number)
{
    return (PMM_PFN)MM_PFN_BASE + Number;
}

static inline ULONG MmpPfnNumber(const MM_PFN *Pfn)
{
    return (ULONG)(Pfn - (PMM_PFN)MM_PFN_BASE);
}

VOID MmpMapWindow(PMM_PFN Pfn);

// Where the Executive sees the frame.
static inline PVOID MmpFrameAddress(PMM_PFN Pfn)
{
    if (!(Pfn->Flags & MM_PFN_IN_WINDOW))
        MmpMapWindow(Pfn);
    return (PVOID)(MM_WINDOW_BASE + ((ULONG_PTR)MmpPfnNumber(Pfn) << PAGE_SHIFT));
}

static inline PMM_PFN MmpWindowPfn(const VOID *Address)
{
    return MmpPfn(((ULONG_PTR)Address - MM_WINDOW_BASE) >> PAGE_SHIFT);
}

// With one reference. Null when there is no memory.
PMM_PFN MmpAllocateFrame(BOOLEAN Zeroed);
VOID MmpReferenceFrame(PMM_PFN Pfn);
VOID MmpDereferenceFrame(PMM_PFN Pfn); // the last reference frees it: no capability may be mapped
BOOLEAN MmpReclaimChunk(VOID);
VOID MmpZeroFrame(PMM_PFN Pfn);
extern SIZE_T MmpTotalFrames, MmpFreeFrames;

// ---- Address spaces

// Protection of a page, in as many bits as a page entry has for it.
enum {
    MM_NOACCESS = 0,
    MM_READONLY = 1,
    MM_EXECUTE = 2,
    MM_EXECUTE_READ = 3,
    MM_READWRITE = 4,
    MM_WRITECOPY = 5,
    MM_EXECUTE_READWRITE = 6,
    MM_EXECUTE_WRITECOPY = 7,
    MM_PROTECT_MASK = 7,
    MM_NOCACHE = 8, // one of these three at most
    MM_GUARD = 16,
    MM_WRITECOMBINE = 24,
    MM_MODE_MASK = 24,
};

static inline BOOLEAN MmpIsGuard(ULONG Protection)
{
    return (Protection & MM_MODE_MASK) == MM_GUARD;
}

static inline BOOLEAN MmpIsWritable(ULONG Protection) // by its owner, without a copy
{
    ULONG Kind = Protection & MM_PROTECT_MASK;
    return Kind == MM_READWRITE || Kind == MM_EXECUTE_READWRITE;
}

static inline BOOLEAN MmpIsCopyOnWrite(ULONG Protection)
{
    ULONG Kind = Protection & MM_PROTECT_MASK;
    return Kind == MM_WRITECOPY || Kind == MM_EXECUTE_WRITECOPY;
}

// The software entry of a page. All zero: as the VAD says, never touched.
typedef union _MM_PTE {
    ULONG64 Long;
    struct {
        ULONG64 Pfn : 26;     // the resident frame, or 0
        ULONG64 Slot : 26;    // of the mapped capability; 0 when Valid is 0
        ULONG64 Valid : 1;    // mapped in hardware
        ULONG64 Writable : 1; // ... for writing
        ULONG64 Private : 1;  // the frame belongs to this address space alone
        ULONG64 Explicit : 1; // Protection and Committed count, not the VAD's
        ULONG64 Committed : 1;
        ULONG64 Protection : 5;
        ULONG64 Written : 1; // write watch: written since the last reset
        ULONG64 Locked : 1;  // by NtLockVirtualMemory
    };
} MM_PTE, *PMM_PTE;
static_assert(sizeof(MM_PTE) == 8);

enum {
    MM_REGION_SHIFT = 21, // what one page table maps
    MM_REGION_PAGES = 1 << (MM_REGION_SHIFT - PAGE_SHIFT),
    MM_REGION_BUCKETS = 128, // 8 GiB with a page in each region have lists of 32
    MM_REGION_COST = 2,      // pages: entries and page table
    MM_KEPT_REGIONS = 8,
    MM_RECENT_REGIONS = 8,
};

// 2 MiB of addresses that something is known about.
typedef struct _MM_REGION {
    struct _MM_REGION *Next;
    ULONG_PTR Index;         // address >> MM_REGION_SHIFT
    PMM_PTE Ptes;            // MM_REGION_PAGES of them: one frame
    ULONG Table;             // page table, 0 until something is mapped
    ULONG Used;              // entries that are not all zero
    ULONG LargeSlot;         // the mapped capability of Large
    struct _MM_LARGE *Large; // the region is one large page
} MM_REGION, *PMM_REGION;

typedef struct _MM_VAD MM_VAD, *PMM_VAD;

struct _MM_ADDRESS_SPACE {
    seL4_CPtr PageMap;
    ULONG Tables; // page directories and above, linked by MM_CAP.Next
    PMM_REGION Regions[MM_REGION_BUCKETS];
    PMM_REGION
    RecentRegions[MM_RECENT_REGIONS]; // of those of one place, the one found last; null: none
    RTL_RB_TREE Vads;                 // by address
    PMM_VAD LastVad;
    ULONG_PTR NextTouch; // page after the last demand-zero fault: sequential use is foreseen
    ULONG TouchRun;      // pages to give at the next one
    SIZE_T VirtualPages, PeakVirtualPages;
    SIZE_T CommittedPages, PeakCommittedPages;
    SIZE_T ResidentPages, PeakResidentPages;
    SIZE_T PrivatePages, LockedPages;
    SIZE_T MinimumResident, MaximumResident; // limits of the working set, in pages
    ULONG RegionCount;
    ULONG FaultCount;
    PEPROCESS Process; // null in the Executive's own
};

extern MM_ADDRESS_SPACE MmpSystemSpace;

// A page of a large page, which has no MM_PFN.
static inline BOOLEAN MmpIsLargePte(MM_PTE Pte)
{
    return Pte.Valid && !Pte.Slot;
}

PMM_REGION MmpSearchRegion(PMM_ADDRESS_SPACE Space, ULONG_PTR Page);
PMM_REGION MmpMakeRegion(PMM_ADDRESS_SPACE Space, ULONG_PTR Page);
BOOLEAN MmpMakeRegions(PMM_ADDRESS_SPACE Space, ULONG_PTR Start, ULONG_PTR End);
// The first page of [Page, End) whose region something is known about; End: there is none.
ULONG_PTR MmpNextKnownPage(PMM_ADDRESS_SPACE Space, ULONG_PTR Page, ULONG_PTR End);
// The end of what one region holds of [Page, End).
static inline ULONG_PTR MmpRegionEnd(ULONG_PTR Page, ULONG_PTR End)
{
    return min(ALIGN_DOWN_BY(Page, MM_REGION_PAGES) + MM_REGION_PAGES, End);
}

// Who looks for one has mostly looked for it before.
static inline PMM_REGION MmpFindRegion(PMM_ADDRESS_SPACE Space, ULONG_PTR Page)
{
    ULONG_PTR Index = Page / MM_REGION_PAGES;
    PMM_REGION Region = Space->RecentRegions[Index % MM_RECENT_REGIONS];
    return Region && Region->Index == Index ? Region : MmpSearchRegion(Space, Page);
}

// The entry of a page, or null when its region has none.
static inline PMM_PTE MmpFindPte(PMM_ADDRESS_SPACE Space, ULONG_PTR Page)
{
    PMM_REGION Region = MmpFindRegion(Space, Page);
    return Region ? &Region->Ptes[Page % MM_REGION_PAGES] : nullptr;
}

VOID MmpWritePte(PMM_REGION Region, ULONG_PTR Page, MM_PTE New);
VOID MmpReleaseRegions(PMM_ADDRESS_SPACE Space);
// Forget a page's entry and give up what it holds.
VOID MmpClearPte(PMM_ADDRESS_SPACE Space, PMM_REGION Region, ULONG_PTR Page);
// Take the page out of the hardware's tables; the frame stays resident.
VOID MmpInvalidatePte(PMM_ADDRESS_SPACE Space, PMM_PTE Pte);
// Put a resident frame into the hardware's tables.
NTSTATUS MmpValidatePte(PMM_ADDRESS_SPACE Space, PMM_REGION Region, ULONG_PTR Page, BOOLEAN Write);

// Map a capability, making the paging structures that are missing.
NTSTATUS MmpMapCap(PMM_ADDRESS_SPACE Space, ULONG Slot, ULONG_PTR Address, BOOLEAN Write);
NTSTATUS MmpMapCapAs(PMM_ADDRESS_SPACE Space, ULONG Slot, ULONG_PTR Address, BOOLEAN Write,
                     seL4_X86_VMAttributes Attributes);
VOID MmpUnmapCap(ULONG Slot);
// After the kernel answered a mapping with FailedLookup: add what it missed.
NTSTATUS MmpAddMissingTable(PMM_ADDRESS_SPACE Space, ULONG_PTR Address);
NTSTATUS MmpEnsureTables(PMM_ADDRESS_SPACE Space, ULONG_PTR Address);

// ---- Initialisation and accounting

VOID MmpInitPool(VOID);
VOID MmpCountPool(ULONG Tag, LONG_PTR Bytes); // negative: given back
VOID MmpInitIoSpace(const seL4_BootInfo *BootInfo);
extern ULONG64 MmpHighestRamAddress;
extern SIZE_T MmpRamBytes, MmpPoolBytes, MmpKernelObjectBytes, MmpSlotsInUse;

// ---- VADs: what a process has reserved and mapped, by page

typedef enum _MM_VAD_TYPE {
    MmVadPrivate,
    MmVadView,   // of a section whose pages come from its segment
    MmVadImage,  // the same, an image: protections come from the segment, sections are private
    MmVadShared, // the page of KUSER_SHARED_DATA
    MmVadFrames, // in a driver host: frames of others, all mapped
    MmVadDevice, // in a driver host: device memory, all mapped
    MmVadAlias,  // in a driver host: the memory of AliasOf, as it is touched
} MM_VAD_TYPE;

struct _MM_VAD {
    RTL_BALANCED_NODE Node; // first
    ULONG_PTR Start, End;   // pages, End exclusive
    UCHAR Type;
    UCHAR Protection;     // as first given: MM_*
    UCHAR PageProtection; // of pages without an explicit entry
    BOOLEAN Committed;    // pages without an explicit entry are committed
    BOOLEAN Secured;      // TEB and PEB: neither freed nor protected by the program
    BOOLEAN Kept;         // stays when the space waits for its next process
    BOOLEAN WriteWatch;
    BOOLEAN LargePages;
    BOOLEAN Placeholder;         // reserved, to be replaced by an allocation or a view
    BOOLEAN Replaced;            // came in the place of one
    BOOLEAN Inherit;             // ViewShare: a cloned process gets it
    struct _MM_SEGMENT *Segment; // referenced
    ULONG_PTR FirstPage;         // of the segment, at Start; of the process AliasOf
    PEPROCESS AliasOf;           // referenced
    LIST_ENTRY ViewLink;         // in the segment
    PMM_ADDRESS_SPACE Space;
};

// Pure logic over the tree (vad.c).
PMM_VAD MmpFindVad(RTL_RB_TREE *Tree, ULONG_PTR Page); // the one that holds Page
// The first one that ends after Page.
PMM_VAD MmpFirstVadFrom(RTL_RB_TREE *Tree, ULONG_PTR Page);
PMM_VAD MmpNextVad(PMM_VAD Vad);
BOOLEAN MmpIsRangeFree(RTL_RB_TREE *Tree, ULONG_PTR Start, ULONG_PTR End);
VOID MmpInsertVad(RTL_RB_TREE *Tree, PMM_VAD Vad); // its range is free
VOID MmpRemoveVad(RTL_RB_TREE *Tree, PMM_VAD Vad);
// Addresses for Count pages in [Low, High), aligned, lowest or highest. 0: none.
ULONG_PTR MmpFindFreeRange(RTL_RB_TREE *Tree, ULONG_PTR Count, ULONG_PTR Low, ULONG_PTR High,
                           ULONG_PTR Alignment, BOOLEAN TopDown);

// ---- Segments: the pages of a section, shared by all its views (segment.c, image.c)

typedef enum _MM_SEGMENT_TYPE {
    MmSegmentPagefile, // zero pages that live as long as the segment
    MmSegmentFile,     // data of a file that is in memory
    MmSegmentImage,
} MM_SEGMENT_TYPE;

// The entry of a page of a segment.
typedef struct _MM_PROTO {
    ULONG Pfn : 26;      // resident frame, which the segment references; 0: none
    ULONG Committed : 1; // in a SEC_RESERVE section
    ULONG Spare : 5;
} MM_PROTO, *PMM_PROTO;
static_assert(sizeof(MM_PROTO) == 4);

enum { MM_PROTOS_PER_PAGE = PAGE_SIZE / sizeof(MM_PROTO) };

// A part of an image: headers or a section.
typedef struct _MM_SUBSECTION {
    ULONG FirstPage, PageCount;
    ULONG FileOffset, FileSize; // what lies behind is zero
    UCHAR Protection;           // MM_*
    BOOLEAN Shared;             // IMAGE_SCN_MEM_SHARED: writes go to all
} MM_SUBSECTION, *PMM_SUBSECTION;

typedef struct _MM_SEGMENT {
    LONG References;
    UCHAR Type;
    UCHAR Protection; // as the section was created: MM_*
    ULONG Attributes; // SEC_*
    ULONG64 Size;     // bytes
    ULONG_PTR PageCount;
    SIZE_T CommittedPages;
    PMM_PROTO *Protos;             // pages of MM_PROTO, made as they are needed
    LIST_ENTRY Views;              // MM_VADs
    struct _MM_LARGE **LargePages; // or null: all its pages, there from the start
    LIST_ENTRY ImageLink;          // among all images; empty for others
    LIST_ENTRY StreamLink;         // among the segments over Stream; empty for others
    PCC_STREAM Stream;             // whose pages it shows; null: none
    const UCHAR *Data;             // the file
    SIZE_T DataSize;
    PVOID Owner; // keeps Data alive: dereferenced with the segment
    // An image
    ULONG SubsectionCount;
    PMM_SUBSECTION Subsections;
    ULONG_PTR Base; // where its addresses are right as they stand in the frames
    ULONG_PTR PreferredBase;
    BOOLEAN Relocatable;     // it may be mapped at another base
    PULONG RelocationOfPage; // offset of the page's block in the relocation directory + 1, or 0
    const UCHAR *Relocations;
    ULONG RelocationSize;
    SECTION_IMAGE_INFORMATION ImageInformation;
    UNICODE_STRING FileName; // pool
} MM_SEGMENT, *PMM_SEGMENT;

VOID MmpReferenceSegment(PMM_SEGMENT Segment);
VOID MmpDereferenceSegment(PMM_SEGMENT Segment);
PMM_PROTO MmpSegmentProto(PMM_SEGMENT Segment, ULONG_PTR Page, BOOLEAN Create);
// The frame of a page, brought in if need be. *Frame is not referenced for the caller.
NTSTATUS MmpSegmentFrame(PMM_SEGMENT Segment, ULONG_PTR Page, PMM_PFN *Frame);
PMM_SUBSECTION MmpSubsectionOf(PMM_SEGMENT Segment, ULONG_PTR Page);
NTSTATUS MmpCreateSegment(MM_SEGMENT_TYPE Type, ULONG64 Size, PMM_SEGMENT *Segment);
NTSTATUS MmpCommitSegment(PMM_SEGMENT Segment, ULONG_PTR Start, ULONG_PTR End);
BOOLEAN MmpIsSegmentPageCommitted(PMM_SEGMENT Segment, ULONG_PTR Page);
// The segment of the image that a file in memory is: one for all sections over the file. The file stays
// where it is as long as Owner (may be null) is referenced.
NTSTATUS MmpReferenceImageSegment(const VOID *Data, SIZE_T Size, PVOID Owner, PCUNICODE_STRING Name,
                                  PMM_SEGMENT *Segment);
VOID MmpFillImagePage(PMM_SEGMENT Segment, ULONG_PTR Page, PUCHAR Target);
// A page as it has to be in a view that lies at another base than the segment's.
BOOLEAN MmpIsPageRelocated(PMM_SEGMENT Segment, ULONG_PTR Page);
NTSTATUS MmpRelocatedFrame(PMM_SEGMENT Segment, ULONG_PTR Page, ULONG_PTR Base, PMM_PFN *Frame);

// The name that queries give, and what keeps the file's data in memory (referenced; may be null).
NTSTATUS MmpSetSegmentFile(PMM_SEGMENT Segment, PVOID Owner, PCUNICODE_STRING Name);

NTSTATUS MmpCreateDataSegment(const VOID *Data, SIZE_T DataSize, ULONG64 Size, ULONG Protection,
                              PMM_SEGMENT *Segment);
NTSTATUS MmpExtendSegment(PMM_SEGMENT Segment, ULONG64 Size);
NTSTATUS MmpGrowStreamSegment(PMM_SEGMENT Segment, ULONG64 Size);

// A fault needs a page of a file that is not in memory: MmpFetchMissingPage brings it in, right afterwards, and the fault
// is begun anew. It waits.
#define MM_STATUS_MISSING ((NTSTATUS)0xE0000001)
NTSTATUS MmpFetchMissingPage(PMM_ADDRESS_SPACE Space);
NTSTATUS MmpAccessFault(PMM_ADDRESS_SPACE Space, ULONG_PTR Address, BOOLEAN Write);
// The same, and what Space's page has become is reached; without waiting.
NTSTATUS MmpReferenceFrameNow(PMM_ADDRESS_SPACE Space, ULONG_PTR Address, BOOLEAN Write,
                              PMM_PFN *Frame);

PMM_SEGMENT MmpSegmentOf(PSECTION Section);
VOID MmpSetSegment(PSECTION Section, PMM_SEGMENT Segment);       // consumes the reference
NTSTATUS MmpMakeSection(PMM_SEGMENT Segment, PSECTION *Section); // consumes the reference
NTSTATUS MmpCreatePagefileSegment(ULONG64 Size, ULONG Protection, ULONG Attributes,
                                  PMM_SEGMENT *Segment);

// ---- Views (view.c)

// Where a range may go that the caller did not place: pages.
typedef struct _MM_PLACEMENT {
    ULONG_PTR Low, High; // 0: no limit
    ULONG_PTR Alignment; // 0: the allocation granularity
    BOOLEAN TopDown;
    BOOLEAN Replace; // the range is a placeholder, which becomes the allocation
} MM_PLACEMENT, *PMM_PLACEMENT;

// As a caller asks for it.
typedef struct _MM_VIEW_ARGUMENTS {
    PVOID Base;
    LARGE_INTEGER Offset;
    SIZE_T Size, CommitSize;
    MM_PLACEMENT Placement;
    ULONG Protection;
    SECTION_INHERIT Inherit;
} MM_VIEW_ARGUMENTS, *PMM_VIEW_ARGUMENTS;

// In pages.
typedef struct _MM_VIEW_REQUEST {
    ULONG_PTR Start; // 0: anywhere
    ULONG_PTR FirstPage, Pages, CommitPages;
    MM_PLACEMENT Placement;
    ULONG Protection;
    SECTION_INHERIT Inherit;
} MM_VIEW_REQUEST, *PMM_VIEW_REQUEST;

// Base and Size are updated.
NTSTATUS MmpMapView(PSECTION Section, PEPROCESS Process, PMM_VIEW_ARGUMENTS Arguments);
NTSTATUS MmpUnmapView(PEPROCESS Process, PVOID BaseAddress, BOOLEAN KeepPlaceholder);

// ---- State of pages

typedef struct _MM_PAGE_STATE {
    BOOLEAN Committed;
    ULONG Protection; // MM_*
} MM_PAGE_STATE;
MM_PAGE_STATE MmpPageState(PMM_VAD Vad, const MM_PTE *Pte, ULONG_PTR Page);

// ---- Private memory (virtual.c, placeholder.c)

typedef struct _MM_ALLOCATION {
    ULONG_PTR Base;
    SIZE_T Size;
    ULONG Type;    // MEM_*
    ULONG Protect; // PAGE_*
    MM_PLACEMENT Placement;
} MM_ALLOCATION, *PMM_ALLOCATION;

NTSTATUS MmpAllocate(PEPROCESS Process, PMM_ALLOCATION Allocation);
NTSTATUS MmpFreeToPlaceholder(PMM_ADDRESS_SPACE Space, PMM_VAD Vad, ULONG_PTR Start, ULONG_PTR End);
NTSTATUS MmpCoalescePlaceholders(PMM_ADDRESS_SPACE Space, ULONG_PTR Start, ULONG_PTR End);
// Take away the placeholder that [Start, End) is.
NTSTATUS MmpTakePlaceholder(PMM_ADDRESS_SPACE Space, ULONG_PTR Start, ULONG_PTR End);
NTSTATUS MmpUnmapToPlaceholder(PMM_ADDRESS_SPACE Space, PMM_VAD Vad);

// ---- Large pages (large.c)

typedef struct _MM_LARGE *PMM_LARGE;

NTSTATUS MmpCreateLarge(PMM_LARGE *Large);
VOID MmpDereferenceLarge(PMM_LARGE Large);
NTSTATUS MmpMapLarge(PMM_ADDRESS_SPACE Space, ULONG_PTR Page, PMM_LARGE Large, ULONG Protection,
                     BOOLEAN Private);
VOID MmpUnmapLarge(PMM_ADDRESS_SPACE Space, PMM_REGION Region);
BOOLEAN MmpIsLargeRange(ULONG_PTR Start, ULONG_PTR End); // of whole large pages
NTSTATUS MmpProtectLarge(PMM_ADDRESS_SPACE Space, PMM_VAD Vad, ULONG_PTR Start, ULONG_PTR End,
                         ULONG Protection);
NTSTATUS MmpFillLargeVad(PMM_ADDRESS_SPACE Space, PMM_VAD Vad);
NTSTATUS MmpFillLargeSegment(PMM_SEGMENT Segment);
VOID MmpEmptyLargeSegment(PMM_SEGMENT Segment);
NTSTATUS MmpMapLargeView(PMM_ADDRESS_SPACE Space, PMM_VAD Vad);

// ---- Extended parameters (extended.c)

// What they say about placement.
NTSTATUS MmpCaptureExtended(const MEM_EXTENDED_PARAMETER USER *Parameters, ULONG Count,
                            BOOLEAN HasBase, PMM_PLACEMENT Placement);

// ---- Commitment

extern SIZE_T MmpCommittedPages, MmpCommitLimit, MmpPeakCommittedPages;
extern SIZE_T MmpCommitReserve; // of the limit, what is not for programs
NTSTATUS MmpChargeCommit(PMM_ADDRESS_SPACE Space, SIZE_T Pages); // Space null: the system
VOID MmpReturnCommit(PMM_ADDRESS_SPACE Space, SIZE_T Pages);

// ---- Protection values (protect.c)

// FALSE: not a valid combination.
BOOLEAN MmpProtectionFromWin32(ULONG Win32, PULONG Protection);
ULONG MmpProtectionToWin32(ULONG Protection);
// May a view be protected so, where Given is what its section or its mapping allows?
BOOLEAN MmpIsCompatible(ULONG Given, ULONG Wanted);
// STATUS_SUCCESS, or why Space's pages may not be protected so.
NTSTATUS MmpProtectPage(PMM_ADDRESS_SPACE Space, PMM_VAD Vad, ULONG_PTR Page, ULONG Protection);
NTSTATUS MmpProtectPages(PMM_ADDRESS_SPACE Space, PMM_VAD Vad, ULONG_PTR Start, ULONG_PTR End,
                         ULONG Protection, PULONG OldProtection);

// ---- Address spaces of processes (space.c, reserve.c)

#define MM_USER_START 0x10000ull
#define MM_USER_END   0x7FFFFFFF0000ull // first address above

PMM_VAD MmpLookupVad(PMM_ADDRESS_SPACE Space, ULONG_PTR Page);
// Page numbers of [Address, Address + Size), which must lie in user space.
BOOLEAN MmpUserRange(ULONG_PTR Address, SIZE_T Size, ULONG_PTR *Start, ULONG_PTR *End);
// FALSE: not a valid value. Up to 21: zero bits at the top of a 32-bit address; from 32 on: a mask.
BOOLEAN MmpPlacementOfZeroBits(ULONG_PTR ZeroBits, PMM_PLACEMENT Placement);
// A VAD of Pages pages in the tree. *Start 0: anywhere that Placement allows.
NTSTATUS MmpReserveRange(PMM_ADDRESS_SPACE Space, ULONG_PTR *Start, ULONG_PTR Pages,
                         const MM_PLACEMENT *Placement, PMM_VAD *Vad);
// Take a VAD with nothing left in its pages out of the tree and free it.
VOID MmpReleaseVad(PMM_ADDRESS_SPACE Space, PMM_VAD Vad);
// Cut the VAD in two at Page. The lower part keeps its identity.
NTSTATUS MmpSplitVad(PMM_ADDRESS_SPACE Space, PMM_VAD Vad, ULONG_PTR Page);
// Committed pages of a range of one VAD, which the process is charged for.
SIZE_T MmpCountCommitted(PMM_ADDRESS_SPACE Space, PMM_VAD Vad, ULONG_PTR Start, ULONG_PTR End);
BOOLEAN MmpHasEntries(PMM_ADDRESS_SPACE Space, ULONG_PTR Start, ULONG_PTR End);
// Forget everything about the pages, and return what they were charged.
VOID MmpDeletePages(PMM_ADDRESS_SPACE Space, PMM_VAD Vad, ULONG_PTR Start, ULONG_PTR End);
// Commit one private page, or change the protection of one that is committed.
NTSTATUS MmpCommitPage(PMM_ADDRESS_SPACE Space, PMM_VAD Vad, ULONG_PTR Page, ULONG Protection);
VOID MmpTrimRegions(PMM_ADDRESS_SPACE Space);
VOID MmpUnmapVad(PMM_ADDRESS_SPACE Space, PMM_VAD Vad);
VOID MmpDeleteAddressSpace(PMM_ADDRESS_SPACE Space);

// ---- Address spaces that wait for their next process (spacecache.c)

PMM_ADDRESS_SPACE MmpTakeCachedSpace(PEPROCESS Process); // null: there is none
BOOLEAN MmpCacheSpace(PMM_ADDRESS_SPACE Space);          // FALSE: it is not wanted
BOOLEAN MmpDropCachedSpaces(VOID);                       // memory is short. FALSE: there were none

// ---- Faults

NTSTATUS MmpGuardFault(PMM_ADDRESS_SPACE Space, PMM_VAD Vad, ULONG_PTR Page, BOOLEAN Write);

// ---- Views in driver hosts (hostview.c)

NTSTATUS MmpAliasFault(PMM_ADDRESS_SPACE Space, PMM_VAD Vad, PMM_REGION Region, ULONG_PTR Page,
                       BOOLEAN Write);
VOID MmpUnmapDevicePages(PMM_ADDRESS_SPACE Space, PMM_VAD Vad);
// The slot of a page of device memory, or 0.
ULONG MmpFindDeviceFrame(ULONG_PTR Address);
// The frame behind a user address, made present, with one more reference.
NTSTATUS MmpReferenceFrameAt(PMM_ADDRESS_SPACE Space, ULONG_PTR Address, BOOLEAN Write,
                             PMM_PFN *Frame);
// Take Count frames one after another that are free, of a chunk, in Range and inside one Boundary (frames;
// 0: anywhere). The number of the first, or 0. They have one reference each.
ULONG MmpAllocateFrameRun(ULONG Count, const MM_PHYSICAL_RANGE *Range, ULONG Boundary);

// ---- Working sets (workingset.c)

VOID MmpInitWorkingSet(PMM_ADDRESS_SPACE Space); // the limits of a new process
NTSTATUS MmpQueryWorkingSet(PMM_ADDRESS_SPACE Space, VOID USER *Buffer, SIZE_T Length,
                            SIZE_T USER *ReturnLength);

// ---- Services

NTSTATUS MmpReferenceProcess(HANDLE Handle, ACCESS_MASK Access, PEPROCESS *Process);

// A region that a service gets and gives back: base and size, both in user memory.
typedef struct _MM_REGION_ARGUMENT {
    PVOID Base;
    SIZE_T Size;
} MM_REGION_ARGUMENT;

NTSTATUS MmpCaptureRegion(PVOID USER *BaseAddress, SIZE_T USER *RegionSize,
                          MM_REGION_ARGUMENT *Region);
NTSTATUS MmpReturnRegion(PVOID USER *BaseAddress, SIZE_T USER *RegionSize,
                         const MM_REGION_ARGUMENT *Region);
// A value of eight bytes that is read now and written later.
NTSTATUS MmpCaptureValue(VOID USER *Source, PVOID Value, SIZE_T Size);
NTSTATUS MmpReturnInformation(const VOID *Data, SIZE_T Size, VOID USER *Buffer, SIZE_T Length,
                              SIZE_T USER *ReturnLength);
