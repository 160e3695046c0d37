// What the root task finds when it starts: registers, boot information, initial capabilities.
#include "ktest.h"

extern const seL4_Word start_registers[17];
extern const unsigned char start_fpu[512];
extern const char __executable_start[], _end[];

enum { RAX, RBX, RCX, RDX, RSI, RDI, RFLAGS = 16 };
enum { PAGE = 1 << seL4_PageBits };

TEST(registers_at_start, "boot/start/registers")
{
    CHECK_EQ(bootinfo, start_registers[RDI]);
    for (int i = 0; i < 16; i++) {
        if (i != RDI)
            CHECK_EQ(0, start_registers[i]);
    }
    CHECK_EQ(0x202, start_registers[RFLAGS]); // interrupts on, no I/O privilege
}

TEST(fpu_at_start, "boot/start/fpu")
{
    CHECK_EQ(0x37f, start_fpu[0] | start_fpu[1] << 8); // FCW
    CHECK_EQ(0, start_fpu[2] | start_fpu[3] << 8);     // FSW
    const seL4_Uint32 *mxcsr = (const seL4_Uint32 *)&start_fpu[24];
    CHECK_EQ(0x1f80, *mxcsr);
    for (int i = 160; i < 416; i++) // xmm0..15
        CHECK_EQ(0, start_fpu[i]);
}

TEST(addresses, "boot/info/addresses")
{
    seL4_Word end = ((seL4_Word)_end + PAGE - 1) & ~(seL4_Word)(PAGE - 1);
    CHECK_EQ(end, bootinfo->ipcBuffer);
    CHECK_EQ(end + PAGE, bootinfo);
}

TEST(fields, "boot/info/fields")
{
    CHECK_EQ(0, bootinfo->nodeID);
    CHECK_EQ(1, bootinfo->numNodes);
    CHECK_EQ((seL4_Word)-1, bootinfo->numIOPTLevels);
    CHECK_EQ(seL4_ConfigRootCNodeSizeBits, bootinfo->initThreadCNodeSizeBits);
    CHECK_EQ(0, bootinfo->initThreadDomain);
    CHECK_EQ(bootinfo->sharedFrames.start, bootinfo->sharedFrames.end);
    CHECK_EQ(bootinfo->ioSpaceCaps.start, bootinfo->ioSpaceCaps.end);
}

// Every slot up to the first empty one belongs to exactly one region, every later one is empty.
TEST(regions, "boot/info/regions")
{
    const seL4_SlotRegion regions[] = {
        {0, seL4_NumInitialCaps}, bootinfo->userImageFrames, bootinfo->userImagePaging,
        bootinfo->extraBIPages,   bootinfo->untyped,         bootinfo->empty,
    };
    seL4_SlotPos at = 0;
    while (at < 1u << seL4_ConfigRootCNodeSizeBits) {
        seL4_SlotPos next = at;
        for (size_t i = 0; i < sizeof(regions) / sizeof(regions[0]); i++) {
            if (regions[i].start == at && regions[i].end > at)
                next = regions[i].end;
        }
        if (!CHECK(next > at))
            return;
        at = next;
    }
    CHECK_EQ(1u << seL4_ConfigRootCNodeSizeBits, at);
    CHECK_EQ(at, bootinfo->empty.end);
}

TEST(full_regions, "boot/info/no-empty-slot-in-regions")
{
    for (seL4_SlotPos slot = seL4_NumInitialCaps; slot < bootinfo->empty.start; slot++)
        CHECK(!slot_is_empty(slot));
}

TEST(fixed_slots, "boot/caps/fixed-slots")
{
    static const bool present[seL4_NumInitialCaps] = {
        [seL4_CapInitThreadTCB] = true,       [seL4_CapInitThreadCNode] = true,
        [seL4_CapInitThreadVSpace] = true,    [seL4_CapIRQControl] = true,
        [seL4_CapASIDControl] = true,         [seL4_CapInitThreadASIDPool] = true,
        [seL4_CapIOPortControl] = true,       [seL4_CapBootInfoFrame] = true,
        [seL4_CapInitThreadIPCBuffer] = true, [seL4_CapDomain] = true,
    };
    for (seL4_CPtr slot = 0; slot < seL4_NumInitialCaps; slot++)
        CHECK_EQ(!present[slot], slot_is_empty(slot));
}

// Map a copy of a frame and compare it with the page that it should be.
static void check_same_page(seL4_CPtr frame, const void *page)
{
    seL4_CPtr copy = copy_cap(frame, seL4_AllRights);
    const void *view = window_map(copy);
    CHECK(__builtin_memcmp(view, page, PAGE) == 0);
    delete_cap(copy);
}

TEST(image_frames, "boot/caps/image-frames-in-order")
{
    seL4_Word first = (seL4_Word)__executable_start & ~(seL4_Word)(PAGE - 1);
    seL4_Word pages = ((seL4_Word)_end + PAGE - 1 - first) / PAGE;
    CHECK_EQ(pages, bootinfo->userImageFrames.end - bootinfo->userImageFrames.start);
    for (seL4_Word i = 0; i < pages; i++)
        check_same_page(bootinfo->userImageFrames.start + i, (const void *)(first + i * PAGE));
}

TEST(bootinfo_frame, "boot/caps/bootinfo-frame")
{
    check_same_page(seL4_CapBootInfoFrame, bootinfo);
    for (seL4_SlotPos slot = bootinfo->extraBIPages.start; slot < bootinfo->extraBIPages.end;
         slot++)
        check_same_page(slot, (const char *)bootinfo + seL4_BootInfoFrameSize +
                                  (slot - bootinfo->extraBIPages.start) * PAGE);
    seL4_Word pages = (bootinfo->extraLen + PAGE - 1) / PAGE;
    CHECK_EQ(pages, bootinfo->extraBIPages.end - bootinfo->extraBIPages.start);
}

TEST(ipc_buffer_frame, "boot/caps/ipc-buffer-frame")
{
    seL4_CPtr copy = copy_cap(seL4_CapInitThreadIPCBuffer, seL4_AllRights);
    seL4_IPCBuffer *view = window_map(copy);
    bootinfo->ipcBuffer->userData = 0x1234;
    CHECK_EQ(0x1234, view->userData);
    view->userData = 0;
    CHECK_EQ(0, bootinfo->ipcBuffer->userData);
}

// PDPT, then page directory, then page table, each by address: a program of less than 2 MiB within
// one aligned 2 MiB has one of each.
TEST(paging, "boot/caps/paging-in-order")
{
    seL4_Word first = (seL4_Word)__executable_start >> seL4_LargePageBits;
    seL4_Word last = ((seL4_Word)bootinfo + PAGE + bootinfo->extraLen) >> seL4_LargePageBits;
    seL4_CPtr slot = bootinfo->userImagePaging.start;
    CHECK_EQ(2 + last - first + 1, bootinfo->userImagePaging.end - slot);
    CHECK_ERROR(seL4_IllegalOperation, invoke(slot, X86PageTableMap, WORDS(), WORDS()));
    CHECK_ERROR(seL4_TruncatedMessage, invoke(slot, X86PDPTMap, WORDS(), WORDS()));
    CHECK_ERROR(seL4_TruncatedMessage, invoke(slot + 1, X86PageDirectoryMap, WORDS(), WORDS()));
    for (slot += 2; slot < bootinfo->userImagePaging.end; slot++)
        CHECK_ERROR(seL4_TruncatedMessage, invoke(slot, X86PageTableMap, WORDS(), WORDS()));
}

TEST(own_authority, "boot/caps/priority-and-mcp-are-highest")
{
    CHECK_OK(seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, seL4_MaxPrio));
    CHECK_OK(seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, RUNNER_PRIORITY));
}

TEST(acpi_chunk, "boot/extra/rsdp")
{
    const char *chunk = bootinfo_chunk(SEL4_BOOTINFO_HEADER_X86_ACPI_RSDP);
    if (!CHECK(chunk))
        return;
    const seL4_BootInfoHeader *header = (const seL4_BootInfoHeader *)chunk;
    CHECK_EQ(sizeof(*header) + 36, header->len);
    CHECK(__builtin_memcmp(chunk + sizeof(*header), "RSD PTR ", 8) == 0);
    unsigned char sum = 0;
    for (int i = 0; i < 20; i++)
        sum += (unsigned char)chunk[sizeof(*header) + i];
    CHECK_EQ(0, sum);
}

TEST(memory_map_chunk, "boot/extra/memory-map")
{
    const seL4_X86_BootInfo_mmap_t *map = bootinfo_chunk(SEL4_BOOTINFO_HEADER_X86_MBMMAP);
    if (!CHECK(map))
        return;
    CHECK_EQ(sizeof(*map), map->header.len);
    CHECK(map->mmap_length >= 2 * sizeof(map->mmap[0]));
    seL4_Word ram = 0;
    for (seL4_Word i = 0; i < map->mmap_length / sizeof(map->mmap[0]); i++) {
        CHECK_EQ(sizeof(map->mmap[0]) - sizeof(seL4_Uint32), map->mmap[i].size);
        if (map->mmap[i].type == SEL4_MULTIBOOT_RAM_REGION_TYPE)
            ram += map->mmap[i].length;
    }
    CHECK(ram >= 60u << 20);
}

TEST(tsc_chunk, "boot/extra/tsc-frequency")
{
    const seL4_BootInfoHeader *header = bootinfo_chunk(SEL4_BOOTINFO_HEADER_X86_TSC_FREQ);
    if (!CHECK(header))
        return;
    CHECK_EQ(sizeof(*header) + sizeof(seL4_Uint32), header->len);
    CHECK(tsc_mhz() > 50 && tsc_mhz() < 20000);
}

TEST(chunk_chain, "boot/extra/chunks-fill-extra-length")
{
    const char *chunk = (const char *)bootinfo + seL4_BootInfoFrameSize;
    const char *end = chunk + bootinfo->extraLen;
    while (chunk < end) {
        const seL4_BootInfoHeader *header = (const seL4_BootInfoHeader *)chunk;
        if (!CHECK(header->len >= sizeof(*header)))
            return;
        chunk += header->len;
    }
    CHECK_EQ(end, chunk);
}
