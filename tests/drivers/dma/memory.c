// Physical addresses of every kind of memory, and memory with limits to them.

#include "driver.h"

// What locking says of the page is where it is.
static ULONG CheckPhysical(PVOID Address)
{
    PMDL Mdl = IoAllocateMdl(Address, 1, FALSE, FALSE, NULL);
    EXPECT(Mdl);
    MmProbeAndLockPages(Mdl, KernelMode, IoReadAccess);
    ULONGLONG Locked = (ULONGLONG)MmGetMdlPfnArray(Mdl)[0] << PAGE_SHIFT | BYTE_OFFSET(Address);
    ULONGLONG Told = (ULONGLONG)MmGetPhysicalAddress(Address).QuadPart;
    MmUnlockPages(Mdl);
    IoFreeMdl(Mdl);
    EXPECT(Locked == Told);
    return 0;
}

ULONG TestPhysical(VOID)
{
    static volatile ULONG Data = 1; // of the image
    PUCHAR Paged = ExAllocatePoolWithTag(PagedPool, 3 * PAGE_SIZE, 'tamD');
    PUCHAR NonPaged = ExAllocatePoolWithTag(NonPagedPoolNx, 3 * PAGE_SIZE, 'tamD');
    ULONG OnStack = 2;
    EXPECT(Paged && NonPaged);
    Data++;
    Paged[0] = Paged[PAGE_SIZE + 77] = 1;
    PVOID Places[] = {Paged,    Paged + PAGE_SIZE + 77,        NonPaged + 5, (PVOID)&Data,
                      &OnStack, (PVOID)(ULONG_PTR)TestPhysical};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Places); i++) {
        ULONG Failed = CheckPhysical(Places[i]);
        if (Failed)
            return Failed * 100 + i;
    }
    EXPECT(MmGetPhysicalAddress((PVOID)0x10).QuadPart == 0);
    EXPECT(TestVirtual((ULONGLONG)MmGetPhysicalAddress(NonPaged + 5).QuadPart) == NonPaged + 5);
    ExFreePoolWithTag(Paged, 'tamD');
    ExFreePoolWithTag(NonPaged, 'tamD');
    return 0;
}

static ULONG CheckPages(LONGLONG Lowest, LONGLONG Highest, SIZE_T Size)
{
    PHYSICAL_ADDRESS Low = {.QuadPart = Lowest}, High = {.QuadPart = Highest}, Skip = {0};
    PMDL Mdl = MmAllocatePagesForMdlEx(Low, High, Skip, Size, MmCached, 0);
    EXPECT(Mdl);
    PUCHAR Data =
        MmMapLockedPagesSpecifyCache(Mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    EXPECT(Data && MmGetMdlByteCount(Mdl) == Size);
    for (ULONG i = 0; i < Size >> PAGE_SHIFT; i++) {
        LONGLONG Address = (LONGLONG)MmGetMdlPfnArray(Mdl)[i] << PAGE_SHIFT;
        EXPECT(Address >= Lowest && Address + PAGE_SIZE - 1 <= Highest);
        EXPECT(MmGetPhysicalAddress(Data + ((SIZE_T)i << PAGE_SHIFT)).QuadPart == Address);
        EXPECT(Data[(SIZE_T)i << PAGE_SHIFT] == 0);
        Data[(SIZE_T)i << PAGE_SHIFT] = 1;
    }
    MmUnmapLockedPages(Data, Mdl);
    MmFreePagesFromMdl(Mdl);
    ExFreePool(Mdl);
    return 0;
}

ULONG TestLimits(VOID)
{
    ULONG Failed = CheckPages(0, MAXLONGLONG, 0x40000);
    if (!Failed)
        Failed = CheckPages(0, (1 << 24) - 1, 0x8000);
    if (!Failed)
        Failed = CheckPages(1 << 24, (1ll << 32) - 1, 0x40000);
    if (Failed)
        return Failed;
    PHYSICAL_ADDRESS Low = {.QuadPart = 64 << 20}, High = {.QuadPart = (80 << 20) - 1};
    PHYSICAL_ADDRESS Boundary = {.QuadPart = 0x10000};
    PVOID Block = MmAllocateContiguousMemorySpecifyCache(0xC000, Low, High, Boundary, MmCached);
    EXPECT(Block);
    LONGLONG Address = MmGetPhysicalAddress(Block).QuadPart;
    EXPECT(Address >= Low.QuadPart && Address + 0xC000 - 1 <= High.QuadPart);
    EXPECT(Address / 0x10000 == (Address + 0xC000 - 1) / 0x10000);
    MmFreeContiguousMemory(Block);
    return 0;
}
