// Memory at boot: from the kernel's list of untypeds to a working pool.
#include "mmp.h"

enum {
    // Made by hand of one untyped, before there are descriptions of slots: three paging structures
    // and pages of MM_CAPs, 64 KiB in all.
    MM_BOOT_BITS = 16,
    MM_BOOT_OBJECTS = 1 << (MM_BOOT_BITS - PAGE_SHIFT),
    MM_BOOT_TABLES = 3,
    MM_BOOT_CAP_PAGES = MM_BOOT_OBJECTS - MM_BOOT_TABLES,
    MM_CAPS_PER_PAGE = PAGE_SIZE / sizeof(MM_CAP),
    MM_SLOT_MARGIN = 1024,
    MM_LEAST_RAM = 4 * 1024 * 1024,
};

SIZE_T MmpRamBytes;
ULONG64 MmpHighestRamAddress;
static ULONG MmpBootSlots; // taken before the first allocation

static BOOLEAN MmpIsRam(const seL4_UntypedDesc *Untyped)
{
    return !Untyped->isDevice;
}

// The smallest RAM untyped that does: what is left of it comes in odd sizes.
static ULONG MmpChooseBootUntyped(const seL4_BootInfo *BootInfo)
{
    ULONG Count = (ULONG)(BootInfo->untyped.end - BootInfo->untyped.start);
    ULONG Best = Count;
    for (ULONG i = 0; i < Count; i++) {
        const seL4_UntypedDesc *Untyped = &BootInfo->untypedList[i];
        if (!MmpIsRam(Untyped) || Untyped->sizeBits < MM_BOOT_BITS)
            continue;
        if (Best == Count || Untyped->sizeBits < BootInfo->untypedList[Best].sizeBits)
            Best = i;
    }
    return Best;
}

static VOID MmpMakeBootObject(ULONG Untyped, seL4_ObjectType Type, ULONG Slot)
{
    seL4_Error Error = MmpRetype(Untyped, Type, 0, Slot, 1);
    if (Error != seL4_NoError)
        KeBugCheckEx(MEMORY_MANAGEMENT, Untyped, Type, Slot, Error);
}

// Map the MM_CAPs of the boot untypeds and of the first free slots.
static VOID MmpMakeCapTable(const seL4_BootInfo *BootInfo, ULONG Untyped)
{
    static const seL4_ObjectType Tables[MM_BOOT_TABLES] = {
        seL4_X86_PDPTObject, seL4_X86_PageDirectoryObject, seL4_X86_PageTableObject};
    ULONG Slot = (ULONG)MmTakeBootSlot(BootInfo);
    for (ULONG i = 0; i < MM_BOOT_OBJECTS; i++)
        MmpMakeBootObject(Untyped, i < MM_BOOT_TABLES ? Tables[i] : seL4_X86_4K, Slot + i);

    ULONG First = (ULONG)BootInfo->untyped.start & ~(MM_CAPS_PER_PAGE - 1u);
    ULONG_PTR Address = MM_CAP_BASE + First * sizeof(MM_CAP);
    seL4_CPtr Space = seL4_CapInitThreadVSpace;
    seL4_Error Error = seL4_X86_PDPT_Map(Slot, Space, Address, 0);
    if (Error == seL4_NoError)
        Error = seL4_X86_PageDirectory_Map(Slot + 1, Space, Address, 0);
    if (Error == seL4_NoError)
        Error = seL4_X86_PageTable_Map(Slot + 2, Space, Address, 0);
    for (ULONG i = 0; i < MM_BOOT_CAP_PAGES && Error == seL4_NoError; i++)
        Error = seL4_X86_Page_Map(Slot + MM_BOOT_TABLES + i, Space, Address + i * PAGE_SIZE,
                                  seL4_ReadWrite, seL4_X86_Default_VMAttributes);
    ULONG Described = First + MM_BOOT_CAP_PAGES * MM_CAPS_PER_PAGE;
    if (Error != seL4_NoError || Described < BootInfo->empty.start + MM_SLOT_MARGIN)
        KeBugCheckEx(MEMORY_MANAGEMENT, Error, First, Described, BootInfo->empty.start);
    MmpInitSlots(BootInfo, Slot + MM_BOOT_OBJECTS, Described);
}

// What follows the first 64 KiB of the boot untyped: one block of each size up to half of it.
static VOID MmpAddBootRemainder(ULONG Untyped, const seL4_UntypedDesc *Description)
{
    for (ULONG Bits = MM_BOOT_BITS; Bits < Description->sizeBits; Bits++) {
        ULONG Slot = MmpAllocateSlots(0);
        seL4_Error Error = MmpRetype(Untyped, seL4_UntypedObject, Bits, Slot, 1);
        if (Error != seL4_NoError)
            KeBugCheckEx(MEMORY_MANAGEMENT, Untyped, Bits, Slot, Error);
        MmpAddUntyped(Slot, Description->paddr + ((ULONG_PTR)1 << Bits), Bits);
    }
}

static VOID MmpAddBootUntypeds(const seL4_BootInfo *BootInfo, ULONG BootUntyped)
{
    ULONG Count = (ULONG)(BootInfo->untyped.end - BootInfo->untyped.start);
    for (ULONG i = 0; i < Count; i++) {
        const seL4_UntypedDesc *Untyped = &BootInfo->untypedList[i];
        ULONG Slot = (ULONG)BootInfo->untyped.start + i;
        if (Untyped->isDevice) {
            *MmpCap(Slot) = (MM_CAP){.State = MmCapDevice,
                                     .PhysicalAddress = Untyped->paddr,
                                     .SizeBits = Untyped->sizeBits};
            continue;
        }
        MmpRamBytes += (SIZE_T)1 << Untyped->sizeBits;
        MmpHighestRamAddress =
            max(MmpHighestRamAddress, Untyped->paddr + ((ULONG64)1 << Untyped->sizeBits) - 1);
        if (i == BootUntyped)
            MmpAddBootRemainder(Slot, Untyped);
        else
            MmpAddUntyped(Slot, Untyped->paddr, Untyped->sizeBits);
    }
}

seL4_CPtr MmTakeBootSlot(const seL4_BootInfo *BootInfo)
{
    return BootInfo->empty.start + MmpBootSlots++;
}

// A kernel whose boot information has few descriptors, or a small machine, may leave us without RAM.
static VOID MmpRequireRam(const seL4_BootInfo *BootInfo)
{
    ULONG Count = (ULONG)(BootInfo->untyped.end - BootInfo->untyped.start);
    SIZE_T Bytes = 0;
    for (ULONG i = 0; i < Count; i++)
        Bytes += MmpIsRam(&BootInfo->untypedList[i])
                     ? (SIZE_T)1 << BootInfo->untypedList[i].sizeBits
                     : 0;
    if (Bytes >= MM_LEAST_RAM && MmpChooseBootUntyped(BootInfo) != Count)
        return;
    DbgPrintEx(DPFLTR_MM_ID, DPFLTR_ERROR_LEVEL,
               "mm: the kernel hands out %lu KiB of RAM in %lu pieces of memory: too little\n",
               (ULONG)(Bytes >> 10), Count);
    KeBugCheckEx(INSTALL_MORE_MEMORY, Bytes >> PAGE_SHIFT, MM_LEAST_RAM >> PAGE_SHIFT, Count, 0);
}

VOID MmInitSystem(const seL4_BootInfo *BootInfo)
{
    MmpRequireRam(BootInfo);
    ULONG Boot = MmpChooseBootUntyped(BootInfo);
    MmpMakeCapTable(BootInfo, (ULONG)BootInfo->untyped.start + Boot);
    MmpAddBootUntypeds(BootInfo, Boot);
    MmpUntypedReserve = max(512 * 1024ull, min(MmpRamBytes / 32, 16 * 1024 * 1024ull));
    // No page file: what may be promised is what there is, less the Executive's own needs.
    SIZE_T Kept = max(MmpRamBytes / 8, 2 * MmpUntypedReserve);
    MmpCommitLimit = MmpRamBytes > Kept ? (MmpRamBytes - Kept) >> PAGE_SHIFT : 0;
    MmpCommitReserve = min(MmpCommitLimit / 32, (4 * 1024 * 1024) >> PAGE_SHIFT);
    MmpInitPool();
    MmpInitIoSpace(BootInfo);
}
