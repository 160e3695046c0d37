// Pages that belong to an MDL: memory that was allocated for it, and is locked.

#include "../ntos.h"

typedef struct _MMP_PAGE_REQUEST {
    ULONG64 Lowest, Highest, Skip;
    ULONG Together; // pages
    BOOLEAN All;    // all of it, or nothing
} MMP_PAGE_REQUEST, *PMMP_PAGE_REQUEST;

// Looks in the range, then in the ranges above it that Skip tells.
static PVOID MmpAllocatePages(const MMP_PAGE_REQUEST *Request, ULONG Pages)
{
    PVOID Base;
    ULONG64 Lowest = Request->Lowest, Highest = Request->Highest;
    if (!KiIsConnected()) {
        SIZE_T Size = (SIZE_T)Pages << PAGE_SHIFT;
        Base = nullptr;
        return NT_SUCCESS(NtAllocateVirtualMemory(ZwCurrentProcess(), &Base, 0, &Size,
                                                  MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE))
                   ? Base
                   : nullptr;
    }
    for (;;) {
        if (NT_SUCCESS(NtHostAllocatePages(Pages, Lowest, Highest, Request->Together, &Base)))
            return Base;
        if (!Request->Skip || Highest > MAXULONG64 - Request->Skip)
            return nullptr;
        Lowest += Request->Skip;
        Highest += Request->Skip;
        if (Lowest > HalpHighestMemory())
            return nullptr;
    }
}

static VOID MmpFreePages(PVOID Base)
{
    SIZE_T All = 0;
    if (KiIsConnected())
        NtHostUnmapPages(Base);
    else
        NtFreeVirtualMemory(ZwCurrentProcess(), &Base, &All, MEM_RELEASE);
}

static PMDL MmpDescribePages(PVOID Base, ULONG Pages)
{
    PMDL Mdl = IoAllocateMdl(Base, Pages << PAGE_SHIFT, FALSE, FALSE, nullptr);
    if (!Mdl)
        return nullptr;
    if (KiIsConnected() &&
        !NT_SUCCESS(NtHostLockPages(Base, Pages, TRUE, (PULONG64)MmGetMdlPfnArray(Mdl)))) {
        IoFreeMdl(Mdl);
        return nullptr;
    }
    Mdl->Process = IoGetCurrentProcess();
    Mdl->MappedSystemVa = Base;
    Mdl->MdlFlags |= MDL_PAGES_LOCKED | MDL_WRITE_OPERATION;
    return Mdl;
}

// Fresh memory is zero whatever the flags say. Less than was asked for, unless that is refused.
PMDL NTAPI MmAllocatePagesForMdlEx(PHYSICAL_ADDRESS LowAddress, PHYSICAL_ADDRESS HighAddress,
                                   PHYSICAL_ADDRESS SkipBytes, SIZE_T TotalBytes,
                                   MEMORY_CACHING_TYPE CacheType, ULONG Flags)
{
    UNREFERENCED_PARAMETER(CacheType);
    BOOLEAN Chunks = (Flags & MM_ALLOCATE_REQUIRE_CONTIGUOUS_CHUNKS) != 0;
    MMP_PAGE_REQUEST Request = {
        .Lowest = (ULONG64)LowAddress.QuadPart,
        .Highest = (ULONG64)HighAddress.QuadPart,
        .Skip = Chunks ? 0 : (ULONG64)SkipBytes.QuadPart,
        .Together = Chunks && SkipBytes.QuadPart ? (ULONG)BYTES_TO_PAGES(SkipBytes.QuadPart) : 1,
        .All = (Flags & MM_ALLOCATE_FULLY_REQUIRED) != 0,
    };
    SIZE_T Size = ALIGN_UP_BY(TotalBytes, PAGE_SIZE);
    if (!Size || Size > MAXLONG || (Request.Together & (Request.Together - 1)))
        return nullptr;
    ULONG Pages = (ULONG)(Size >> PAGE_SHIFT);
    if (Chunks)
        Pages = Request.Together == 1 ? Pages : ALIGN_UP_BY(Pages, Request.Together);
    PVOID Base = MmpAllocatePages(&Request, Pages);
    while (!Base && !Request.All && Pages / 2 >= Request.Together) {
        Pages = Pages / 2 & ~(Request.Together - 1);
        Base = MmpAllocatePages(&Request, Pages);
    }
    PMDL Mdl = Base ? MmpDescribePages(Base, Pages) : nullptr;
    if (Base && !Mdl)
        MmpFreePages(Base);
    return Mdl;
}

PMDL NTAPI MmAllocatePagesForMdl(PHYSICAL_ADDRESS LowAddress, PHYSICAL_ADDRESS HighAddress,
                                 PHYSICAL_ADDRESS SkipBytes, SIZE_T TotalBytes)
{
    return MmAllocatePagesForMdlEx(LowAddress, HighAddress, SkipBytes, TotalBytes, MmCached, 0);
}

// The MDL itself is freed by its owner, with ExFreePool.
VOID NTAPI MmFreePagesFromMdl(PMDL Mdl)
{
    if (KiIsConnected())
        NtHostUnlockPages((const ULONG64 *)MmGetMdlPfnArray(Mdl),
                          ADDRESS_AND_SIZE_TO_SPAN_PAGES(Mdl->StartVa, Mdl->ByteCount));
    Mdl->MdlFlags &= ~(MDL_PAGES_LOCKED | MDL_WRITE_OPERATION);
    Mdl->MappedSystemVa = nullptr;
    MmpFreePages(Mdl->StartVa);
}
