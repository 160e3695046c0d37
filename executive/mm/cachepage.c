// Frames of the page cache. It knows them by the address at which the Executive sees them.
#include "mmp.h"

// Below this the cache takes none, but those that it has given up: pages that others need at once.
static SIZE_T MmpCacheFloor(VOID)
{
    return max(MmpRamBytes / 32, (SIZE_T)2 * 1024 * 1024);
}

static BOOLEAN MmpIsRoomForCache(VOID)
{
    SIZE_T Untyped =
        MmpFreeUntypedBytes > MmpUntypedReserve ? MmpFreeUntypedBytes - MmpUntypedReserve : 0;
    return (MmpFreeFrames << PAGE_SHIFT) + Untyped > MmpCacheFloor();
}

PVOID MmAllocateCachePage(BOOLEAN Anyway)
{
    if (!Anyway && !MmpIsRoomForCache())
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
