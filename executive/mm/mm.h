// Mm: capability slots, kernel objects, frames, pool, address spaces, sections, user-memory access.
#pragma once

// ---- Capability slots of the Executive

extern seL4_CPtr MmRootCNode;      // invoked with a depth of 64 bits, it names every slot
seL4_CPtr MmAllocateSlot(void);    // 0 when there is no memory for more
VOID MmFreeSlot(seL4_CPtr Slot);   // the slot must be empty
VOID MmDeleteSlot(seL4_CPtr Slot); // delete the capability, then free the slot
// A kernel object (TCB, endpoint, notification, CNode of 2^SizeBits slots ...). 0 when out of memory.
seL4_CPtr MmCreateKernelObject(seL4_ObjectType Type, ULONG SizeBits);
VOID MmDeleteKernelObject(seL4_CPtr Slot); // its memory can be used again

// ---- Pages of the Executive that need addresses one after another. Not cleared; the page below is
// never mapped.

PVOID MmAllocateSystemPages(ULONG Count); // null: no memory
VOID MmFreeSystemPages(PVOID Address, ULONG Count);
// What a program has made for it, as a section: committed, so that it takes nothing that is promised to others.
PVOID MmAllocateSharedPages(ULONG Count);
VOID MmFreeSharedPages(PVOID Address, ULONG Count);
seL4_CPtr MmSystemPageCap(PVOID Address); // the frame's capability

// ---- Device memory, mapped uncached for good. Null: the kernel did not hand it out.

PVOID MmMapIoSpace(ULONG_PTR PhysicalAddress, SIZE_T Size);
// The same with writes combined.
PVOID MmMapFramebuffer(ULONG_PTR PhysicalAddress, SIZE_T Size);

// ---- Pool

typedef enum _POOL_TYPE { NonPagedPool, PagedPool } POOL_TYPE; // the same here
// Pool never waits: no other fiber runs during an allocation.
PVOID ExAllocatePoolWithTag(POOL_TYPE Type, SIZE_T Size, ULONG Tag); // 16-aligned, not cleared
PVOID ExAllocatePoolZero(POOL_TYPE Type, SIZE_T Size, ULONG Tag);
VOID ExFreePoolWithTag(PVOID Block, ULONG Tag); // 0: any tag
VOID ExFreePool(PVOID Block);
// Check and give back what a build with PROTEUS_CHECK_POOL keeps of freed blocks.
VOID MmReleasePool(VOID);

typedef struct _MM_POOL_TAG {
    ULONG Tag; // 0: none
    ULONG Allocations, Frees;
    SIZE_T Bytes;
} MM_POOL_TAG;
BOOLEAN MmQueryPoolTag(ULONG Index, MM_POOL_TAG *Tag); // FALSE: there are no more

// ---- User memory of the current process (or of Process). Every function probes; a bad pointer gives
// STATUS_ACCESS_VIOLATION, a guard page STATUS_GUARD_PAGE_VIOLATION, failed page-in its own status.

NTSTATUS MmCopyFromUser(PVOID Dest, const VOID USER *Source, SIZE_T Size);
NTSTATUS MmCopyToUser(VOID USER *Dest, const VOID *Source, SIZE_T Size);
NTSTATUS MmProbeForWrite(VOID USER *Address, SIZE_T Size, ULONG Alignment);
NTSTATUS MmProbeForRead(const VOID USER *Address, SIZE_T Size, ULONG Alignment);
NTSTATUS MmCopyVirtualMemory(PEPROCESS SourceProcess, ULONG_PTR Source, PEPROCESS DestProcess,
                             ULONG_PTR Dest, SIZE_T Size, PSIZE_T Copied);

// Into a process that need not be the current one.
NTSTATUS MmReadProcess(PEPROCESS Process, PVOID Dest, ULONG_PTR Source, SIZE_T Size);
NTSTATUS MmWriteProcess(PEPROCESS Process, ULONG_PTR Dest, const VOID *Source, SIZE_T Size);

// Capture a counted string: the buffer comes from pool and is freed by MmFreeCapturedString.
NTSTATUS MmCaptureUnicodeString(PUNICODE_STRING Captured, const UNICODE_STRING USER *String);
VOID MmFreeCapturedString(PUNICODE_STRING Captured);

// One value each; the usual case of out-parameters.
#define MmWriteUser(Pointer, Value)                                                      \
    ({                                                                                   \
        const typeof_unqual(*(Pointer)) MmValue_ = (Value);                              \
        MmCopyToUser((VOID USER *)(Pointer), (const VOID *)&MmValue_, sizeof(MmValue_)); \
    })

// ---- Address spaces and sections (used by ps, ldr, cc)

typedef struct _MM_ADDRESS_SPACE MM_ADDRESS_SPACE, *PMM_ADDRESS_SPACE;

NTSTATUS MmCreateAddressSpace(PEPROCESS Process, PMM_ADDRESS_SPACE *Space);
// The process has ended. What its memory held is gone; the space itself may serve another process.
VOID MmReleaseAddressSpace(PMM_ADDRESS_SPACE Space);
// A view that every process has at the same address: it stays in spaces that wait for their next process.
VOID MmKeepView(PEPROCESS Process, PVOID BaseAddress);
BOOLEAN MmIsViewKept(PEPROCESS Process, PVOID BaseAddress);
// A program's access at Address has failed: make it possible, or say which exception it is.
NTSTATUS MmAccessFault(PMM_ADDRESS_SPACE Space, ULONG_PTR Address, BOOLEAN Write);
// Addresses of the TEB, the PEB and their like: the program cannot free or protect them.
VOID MmSecureVirtualMemory(PEPROCESS Process, PVOID Address);
VOID MmReleaseSecuredMemory(PEPROCESS Process, PVOID Address);
// The page of KUSER_SHARED_DATA in every process made from now on.
VOID MmSetSharedPage(PVOID Page);

typedef struct _SECTION SECTION, *PSECTION;
extern POBJECT_TYPE MmSectionObjectType;

NTSTATUS MmMapViewOfSection(PSECTION Section, PEPROCESS Process, PVOID *BaseAddress,
                            ULONG_PTR ZeroBits, SIZE_T CommitSize, PLARGE_INTEGER SectionOffset,
                            PSIZE_T ViewSize, SECTION_INHERIT Inherit, ULONG AllocationType,
                            ULONG Protect);
// An image section over a file that stays in memory as long as Owner (may be null) is referenced.
NTSTATUS MmCreateImageSection(const VOID *Data, SIZE_T Size, PVOID Owner, PCUNICODE_STRING Name,
                              PSECTION *Section);
// One over the page file, committed, readable and writable.
NTSTATUS MmCreateMemorySection(SIZE_T Size, PSECTION *Section);
SIZE_T MmQuerySectionSize(PSECTION Section);
// A section to read, over data that stays where it is.
NTSTATUS MmCreateDataSection(const VOID *Data, SIZE_T Size, PSECTION *Section);
ULONG_PTR MmQuerySectionBase(PSECTION Section); // what an image's addresses are relative to
// A copy in pool of the name of the section's file; empty for none.
NTSTATUS MmQuerySectionFileName(PSECTION Section, PUNICODE_STRING Name);
NTSTATUS MmUnmapViewOfSection(PEPROCESS Process, PVOID BaseAddress);
NTSTATUS MmAllocateVirtualMemory(PEPROCESS Process, PVOID *BaseAddress, ULONG_PTR ZeroBits,
                                 PSIZE_T RegionSize, ULONG AllocationType, ULONG Protect);
NTSTATUS MmFreeVirtualMemory(PEPROCESS Process, PVOID *BaseAddress, PSIZE_T RegionSize,
                             ULONG FreeType);

// A slot before there is memory.
seL4_CPtr MmTakeBootSlot(const seL4_BootInfo *BootInfo);
VOID MmInitSystem(const seL4_BootInfo *BootInfo); // memory; no objects yet
NTSTATUS MmInitSections(void);

struct _MM_PFN;
// The frame behind a user address, made present and writable, with one more reference: it stays a
// frame of its own until that is given up, whatever the process does to the address.
NTSTATUS MmReferenceUserFrame(PMM_ADDRESS_SPACE Space, ULONG_PTR Address, struct _MM_PFN **Frame,
                              seL4_CPtr *Cap);
VOID MmDereferenceUserFrame(struct _MM_PFN *Frame);
seL4_CPtr MmPageMapCap(PMM_ADDRESS_SPACE Space);
// The page at an address made present (and writable), with one more reference to its frame. *Page is the
// frame's number.
NTSTATUS MmPinUserPage(PEPROCESS Process, ULONG_PTR Address, BOOLEAN Write, PULONG64 Page);
NTSTATUS MmPinSystemPage(const VOID *Address, PULONG64 Page); // of pool or MmAllocateSystemPages
VOID MmUnpinPage(ULONG64 Page);

// ---- Driver hosts. Pages are page-frame numbers.

typedef enum _MEMORY_CACHING_TYPE { MmNonCached, MmCached, MmWriteCombined } MEMORY_CACHING_TYPE;

// Make Count pages from Address on present (writable: for Write) and keep their frames until they are
// unpinned, whatever the process does to the addresses.
NTSTATUS MmPinPages(PEPROCESS Process, ULONG_PTR Address, ULONG Count, BOOLEAN Write,
                    PULONG64 Pages);
VOID MmUnpinPages(const ULONG64 *Pages, ULONG Count);

// Views in a host; each ends by MmUnmapHostView, with its exact base, or with the process.
NTSTATUS MmMapFrames(PEPROCESS Process, const ULONG64 *Pages, ULONG Count, BOOLEAN Write,
                     PVOID *BaseAddress);
NTSTATUS MmMapSystemPages(PEPROCESS Process, PVOID SystemAddress, ULONG Count, BOOLEAN Write,
                          PVOID *BaseAddress);
NTSTATUS MmMapDeviceMemory(PEPROCESS Process, ULONG64 PhysicalAddress, SIZE_T Size,
                           MEMORY_CACHING_TYPE CacheType, PVOID *BaseAddress);
// Memory of Caller at other addresses: brought in as it is touched, an access violation where Caller
// has none.
NTSTATUS MmMapAlias(PEPROCESS Process, PEPROCESS Caller, ULONG_PTR Address, SIZE_T Size,
                    PVOID *BaseAddress);
NTSTATUS MmUnmapHostView(PEPROCESS Process, PVOID BaseAddress);
// Where the memory is that an alias stands for; what is no alias stays as it is.
VOID MmResolveAlias(PEPROCESS *Process, PULONG_PTR Address, SIZE_T Size);
typedef struct _MM_PHYSICAL_RANGE {
    ULONG_PTR Lowest, Highest; // addresses, both inclusive
} MM_PHYSICAL_RANGE, *PMM_PHYSICAL_RANGE;

// Zeroed pages one after another in physical memory, at most 2 MiB, in Range, not crossing a multiple of
// Boundary (0: anywhere).
NTSTATUS MmMapContiguous(PEPROCESS Process, SIZE_T Size, const MM_PHYSICAL_RANGE *Range,
                         ULONG64 Boundary, PVOID *BaseAddress, PULONG64 PhysicalAddress);
// Zeroed pages in Range, in pieces of Together (a power of two) that are one after another.
NTSTATUS MmMapPagesInRange(PEPROCESS Process, ULONG Count, const MM_PHYSICAL_RANGE *Range,
                           ULONG Together, PVOID *BaseAddress);

// ---- Pages of the cache, by their address here. Null: memory is short; Anyway: even then.
PVOID MmAllocateCachePage(BOOLEAN Anyway);
VOID MmSetCachePageOwner(PVOID Page, PVOID Owner); // null: before it is given back
VOID MmFreeCachePage(PVOID Page);
BOOLEAN MmIsCachePageShared(PVOID Page); // mapped somewhere, or pinned
SIZE_T MmQueryCacheRoom(VOID);           // pages that the cache has or could have
// A page that is to be written counts as committed. FALSE: too much is.
BOOLEAN MmChargeCachePage(VOID);
VOID MmUnchargeCachePage(VOID);
// Addresses of a host, for pages of the cache; unmapped as a whole by MmUnmapHostView.
NTSTATUS MmReserveCacheView(PEPROCESS Process, ULONG Pages, PVOID *BaseAddress);
NTSTATUS MmMapCachePage(PEPROCESS Process, PVOID Address, PVOID Page);
VOID MmUnmapCachePage(PEPROCESS Process, PVOID Address);
// Pages of the cache one after another, to be read. Null: no memory.
PVOID MmShowCachePages(PVOID *Pages, ULONG Count);
VOID MmHideCachePages(PVOID Address, ULONG Count);
// Segments of sections over a stream, by the list that the cache keeps for them.
BOOLEAN MmIsStreamMapped(PLIST_ENTRY Segments);
BOOLEAN MmIsStreamMappedFrom(PLIST_ENTRY Segments, ULONG64 Page); // this page, or one behind it
BOOLEAN MmIsStreamWritable(PLIST_ENTRY Segments);                 // by a view
VOID MmUnmapStreamPage(PLIST_ENTRY Segments, ULONG64 Page);       // out of all views
VOID MmProtectStreamPage(PLIST_ENTRY Segments, ULONG64 Page);     // the next write to it faults

// ---- Accounting, for system information and leak tests

typedef struct _MM_STATISTICS {
    SIZE_T TotalPages, HighestPage, FreePages, CommittedPages, CommitLimit, PeakCommittedPages,
        PoolBytes, SlotsInUse, KernelObjectBytes;
} MM_STATISTICS;
VOID MmQueryStatistics(MM_STATISTICS *Statistics);
VOID MmPurgeCaches(VOID); // give up what is kept to make the next of its kind cheaper

// ---- For queries about processes
// The images that are mapped in Process, by address; Path is the name of the file. Must not wait.
typedef VOID MM_IMAGE_ROUTINE(ULONG_PTR Base, SIZE_T Size, PCUNICODE_STRING Path, PVOID Context);
VOID MmEnumerateImages(PEPROCESS Process, MM_IMAGE_ROUTINE *Routine, PVOID Context);
// The end of the memory that holds Address, a stack or a heap. 0: something else is there, a view of a file for example.
ULONG_PTR MmQueryPrivateEnd(PEPROCESS Process, ULONG_PTR Address);
VOID MmQueryWorkingSetLimits(PEPROCESS Process, PSIZE_T Minimum, PSIZE_T Maximum); // bytes
NTSTATUS MmSetWorkingSetLimits(PEPROCESS Process, SIZE_T Minimum, SIZE_T Maximum);
VOID MmQueryVmCounters(PEPROCESS Process, VM_COUNTERS_EX *Counters);
NTSTATUS MmQuerySectionImageInformation(PSECTION Section, PSECTION_IMAGE_INFORMATION Information);
