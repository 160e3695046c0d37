// The memory that the root task is given: what the boot untypeds cover, and what they leave out.
#include "ktest.h"

static constexpr seL4_Word TOP = 1ull << 47;
enum { PAGE = 1 << seL4_PageBits };

static seL4_Word desc_end(seL4_Word index)
{
    return untyped_desc(index)->paddr + (1ull << untyped_desc(index)->sizeBits);
}

// Physical memory is seen through a window at the top 512 GiB of the address space, and above its
// size an untyped may be aligned in terms of the window instead.
static bool is_aligned(seL4_Word paddr, seL4_Word bits)
{
    seL4_Word mask = (1ull << bits) - 1;
    return !(paddr & mask) || (paddr >= 1ull << 39 && !((paddr - (1ull << 39)) & mask));
}

TEST(shape, "boot/untyped/size-and-alignment")
{
    for (seL4_Word i = 0; i < untyped_count(); i++) {
        const seL4_UntypedDesc *desc = untyped_desc(i);
        CHECK(desc->sizeBits >= seL4_MinUntypedBits && desc->sizeBits <= seL4_MaxUntypedBits);
        CHECK(is_aligned(desc->paddr, desc->sizeBits));
        CHECK(desc->isDevice <= 1);
        CHECK(desc_end(i) <= TOP);
        for (size_t k = 0; k < sizeof(desc->padding); k++)
            CHECK_EQ(0, desc->padding[k]);
    }
}

TEST(disjoint, "boot/untyped/disjoint")
{
    for (seL4_Word i = 0; i < untyped_count(); i++) {
        for (seL4_Word k = i + 1; k < untyped_count(); k++)
            CHECK(desc_end(i) <= untyped_desc(k)->paddr || desc_end(k) <= untyped_desc(i)->paddr);
    }
}

static bool in_untyped(seL4_Word paddr)
{
    for (seL4_Word i = 0; i < untyped_count(); i++) {
        if (paddr >= untyped_desc(i)->paddr && paddr < desc_end(i))
            return true;
    }
    return false;
}

static void check_region_in_use(seL4_SlotRegion region)
{
    for (seL4_SlotPos slot = region.start; slot < region.end; slot++) {
        seL4_Word paddr;
        CHECK_OK(seL4_X86_Page_GetAddress(slot, &paddr));
        CHECK(!in_untyped(paddr));
    }
}

TEST(not_in_use, "boot/untyped/no-overlap-with-own-frames")
{
    check_region_in_use(bootinfo->userImageFrames);
    check_region_in_use(bootinfo->extraBIPages);
    check_region_in_use((seL4_SlotRegion){seL4_CapBootInfoFrame, seL4_CapInitThreadIPCBuffer + 1});
}

static bool is_ram(seL4_Word paddr)
{
    const seL4_X86_BootInfo_mmap_t *map = bootinfo_chunk(SEL4_BOOTINFO_HEADER_X86_MBMMAP);
    for (seL4_Word i = 0; i < map->mmap_length / sizeof(map->mmap[0]); i++) {
        seL4_Word base = map->mmap[i].base_addr;
        if (map->mmap[i].type == SEL4_MULTIBOOT_RAM_REGION_TYPE && base >= 0x100000 &&
            paddr >= base && paddr < base + map->mmap[i].length)
            return true;
    }
    return false;
}

// RAM from 1 MiB up is memory, everything else is device; the first MiB counts as device.
TEST(kinds, "boot/untyped/device-or-ram")
{
    for (seL4_Word i = 0; i < untyped_count(); i++) {
        CHECK_EQ(untyped_desc(i)->isDevice, !is_ram(untyped_desc(i)->paddr));
        CHECK_EQ(untyped_desc(i)->isDevice, !is_ram(desc_end(i) - 1));
    }
}

static seL4_Word next_start(seL4_Word from)
{
    seL4_Word best = TOP;
    for (seL4_Word i = 0; i < untyped_count(); i++) {
        if (untyped_desc(i)->paddr >= from && untyped_desc(i)->paddr < best)
            best = untyped_desc(i)->paddr;
    }
    return best;
}

static seL4_Word end_of_run(seL4_Word from)
{
    for (seL4_Word i = 0; i < untyped_count(); i++) {
        if (untyped_desc(i)->paddr == from)
            return desc_end(i);
    }
    return from;
}

// Outside RAM only the interrupt controllers are withheld, a page each; some kernels end the region
// below 4 GiB one smallest untyped early.
TEST(device_gaps, "boot/untyped/devices-complete")
{
    seL4_Word gaps = 0;
    for (seL4_Word at = 0; at < TOP;) {
        seL4_Word end = end_of_run(at);
        if (end > at) {
            at = end;
            continue;
        }
        seL4_Word next = next_start(at);
        if (!is_ram(at)) {
            CHECK(next - at <= PAGE);
            gaps++;
        }
        at = next;
    }
    CHECK(gaps >= 2 && gaps <= 4);
}

// Of RAM the kernel keeps its image and what the root task was given: CNode (16 MiB), TCB, paging
// structures, frames.
TEST(ram_gaps, "boot/untyped/ram-complete")
{
    const seL4_X86_BootInfo_mmap_t *map = bootinfo_chunk(SEL4_BOOTINFO_HEADER_X86_MBMMAP);
    seL4_Word ram = 0, given = 0;
    for (seL4_Word i = 0; i < map->mmap_length / sizeof(map->mmap[0]); i++) {
        if (map->mmap[i].type == SEL4_MULTIBOOT_RAM_REGION_TYPE &&
            map->mmap[i].base_addr >= 0x100000)
            ram += map->mmap[i].length;
    }
    for (seL4_Word i = 0; i < untyped_count(); i++) {
        if (!untyped_desc(i)->isDevice)
            given += 1ull << untyped_desc(i)->sizeBits;
    }
    seL4_Word own = (bootinfo->userImageFrames.end - bootinfo->userImageFrames.start) * PAGE +
                    (1ull << (seL4_ConfigRootCNodeSizeBits + seL4_SlotBits));
    CHECK(given + own <= ram);
    CHECK(ram - given - own <= 4u << 20);
}

// Each untyped but the one that the library splits can be retyped into two of half its size.
TEST(usable, "boot/untyped/usable")
{
    seL4_CPtr halves = new_slots(2);
    for (seL4_Word i = 0; i < untyped_count(); i++) {
        seL4_Word bits = untyped_desc(i)->sizeBits;
        seL4_CPtr untyped = bootinfo->untyped.start + i;
        if (untyped == library_untyped() || bits == seL4_MinUntypedBits || bits > 24)
            continue;
        CHECK_OK(seL4_Untyped_Retype(untyped, seL4_UntypedObject, bits - 1, ROOT, 0, 0, halves, 2));
        CHECK_ERROR(seL4_NotEnoughMemory,
                    seL4_Untyped_Retype(untyped, seL4_UntypedObject, seL4_MinUntypedBits, ROOT, 0,
                                        0, new_slot(), 1),
                    0);
        CHECK_OK(seL4_CNode_Revoke(ROOT, untyped, DEPTH));
    }
}
