// Pages that belong to an MDL: host memory that was allocated for it and is locked.

#include "../ntos.h"

static NTSTATUS MmpCommitPages(SIZE_T Size, PVOID *Base)
{
    *Base = nullptr;
    return NtAllocateVirtualMemory(ZwCurrentProcess(), Base, 0, &Size, MEM_RESERVE | MEM_COMMIT,
                                   PAGE_READWRITE);
}

// Memory that a device can address only in part is not searched for: highest and lowest addresses are
// those of contiguous memory alone.
PMDL NTAPI MmAllocatePagesForMdlEx(PHYSICAL_ADDRESS LowAddress, PHYSICAL_ADDRESS HighAddress,
                                   PHYSICAL_ADDRESS SkipBytes, SIZE_T TotalBytes,
                                   MEMORY_CACHING_TYPE CacheType, ULONG Flags)
{
    UNREFERENCED_PARAMETER(LowAddress);
    UNREFERENCED_PARAMETER(HighAddress);
    UNREFERENCED_PARAMETER(SkipBytes);
    UNREFERENCED_PARAMETER(CacheType);
    UNREFERENCED_PARAMETER(Flags); // fresh memory is zero whatever they say
    PVOID Base;
    SIZE_T Size = ALIGN_UP_BY(TotalBytes, PAGE_SIZE);
    if (!Size || Size > MAXLONG || !NT_SUCCESS(MmpCommitPages(Size, &Base)))
        return nullptr;
    PMDL Mdl = IoAllocateMdl(Base, (ULONG)Size, FALSE, FALSE, nullptr);
    NTSTATUS Status = Mdl ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
    if (NT_SUCCESS(Status) && KiIsConnected())
        Status = NtHostLockPages(Base, (ULONG)(Size >> PAGE_SHIFT), TRUE,
                                 (PULONG64)MmGetMdlPfnArray(Mdl));
    if (!NT_SUCCESS(Status)) {
        if (Mdl)
            IoFreeMdl(Mdl);
        SIZE_T All = 0;
        NtFreeVirtualMemory(ZwCurrentProcess(), &Base, &All, MEM_RELEASE);
        return nullptr;
    }
    Mdl->Process = IoGetCurrentProcess();
    Mdl->MappedSystemVa = Base;
    Mdl->MdlFlags |= MDL_PAGES_LOCKED | MDL_WRITE_OPERATION;
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
    PVOID Base = Mdl->StartVa;
    SIZE_T All = 0;
    if (KiIsConnected())
        NtHostUnlockPages((const ULONG64 *)MmGetMdlPfnArray(Mdl),
                          ADDRESS_AND_SIZE_TO_SPAN_PAGES(Base, Mdl->ByteCount));
    Mdl->MdlFlags &= ~(MDL_PAGES_LOCKED | MDL_WRITE_OPERATION);
    Mdl->MappedSystemVa = nullptr;
    NtFreeVirtualMemory(ZwCurrentProcess(), &Base, &All, MEM_RELEASE);
}
