// The root task: its image, its address space, its thread, the capabilities to all of the machine, and
// the boot information that lists them (manual, "System Bootstrapping"). Its objects are placed in RAM
// from the lowest address on; what remains becomes untyped memory.
#include "arch.h"
#include "boot.h"
#include "ipc.h"

enum {
    root_asid = 1,
    cnode_share_bits = 4, // the CNode takes at most a sixteenth of the RAM
    min_cnode_bits = 12,
};

static memory_plan_t *plan;
static elf_image_t image;
static cte_t *cnode;
static unsigned cnode_bits;
static seL4_BootInfo *boot_info;
static seL4_SlotPos next_slot = seL4_NumInitialCaps;

// ---- Objects and capabilities

static void *new_object(unsigned size_bits)
{
    paddr_t address;
    if (!region_take(&plan->ram, BIT(size_bits), size_bits, &address))
        boot_fail("not enough memory for the root task's objects");
    void *object = phys_to_virt(address);
    memset(object, 0, BIT(size_bits));
    return object;
}

static word_t pointer_bits(const void *pointer)
{
    return (word_t)(uintptr_t)pointer & MASK(48);
}

// Every initial capability is the original of its object.
static void provide(seL4_SlotPos slot, cap_t cap)
{
    cnode[slot] = (cte_t){.cap = cap, .mdb = {.next_bits = 3}};
}

static cap_t frame_cap(const void *frame, vptr_t address)
{
    return (cap_t){.frame = {
                       .type_ = cap_frame,
                       .size = frame_small,
                       .rights = vm_read_write,
                       .ptr = pointer_bits(frame),
                       .mapped_asid = root_asid,
                       .mapped_address = address & MASK(48),
                   }};
}

static cap_t table_cap(cap_type_t type, const void *table, vptr_t address)
{
    return (cap_t){.table = {
                       .type_ = (word_t)type & MASK(5),
                       .is_mapped = true,
                       .ptr = pointer_bits(table),
                       .mapped_asid = root_asid,
                       .mapped_address = address & MASK(48),
                   }};
}

static cap_t cnode_cap(void)
{
    return (cap_t){.cnode = {
                       .type_ = cap_cnode,
                       .radix = cnode_bits & MASK(6),
                       .guard_size = (seL4_WordBits - cnode_bits) & MASK(6),
                       .ptr_slot = pointer_bits(cnode) >> seL4_SlotBits,
                   }};
}

// The configured size takes 16 MiB, which a small machine does not have to spare. The boot information
// tells how many slots there are.
static unsigned choose_cnode_bits(void)
{
    word_t ram = 0;
    for (unsigned i = 0; i < plan->ram.count; i++)
        ram += plan->ram.items[i].end - plan->ram.items[i].start;
    unsigned bits = seL4_ConfigRootCNodeSizeBits;
    while (bits > min_cnode_bits && BIT(bits + seL4_SlotBits) > ram >> cnode_share_bits)
        bits--;
    return bits;
}

// ---- The image

// The loaded image must not overwrite the module that it comes from, so it is put together beside it
// and then moved to where it would be if the module had never been there.
static paddr_t load_image(const loader_info_t *loader)
{
    static region_list_t beside;
    const word_t module_size = loader->module_end - loader->module_start;
    const void *module = boot_physical(loader->module_start, module_size);
    if (!module || !elf_parse(module, module_size, &image))
        boot_fail("the first module is no ELF64 program for x86_64");

    beside = plan->ram;
    region_remove(&beside, (region_t){ALIGN_DOWN(loader->module_start, seL4_PageBits),
                                      ALIGN_UP(loader->module_end, seL4_PageBits)});
    const word_t size = image.end - image.start;
    paddr_t loaded, final;
    if (!region_take(&beside, size, seL4_PageBits, &loaded) ||
        !region_take(&plan->ram, size, seL4_PageBits, &final))
        boot_fail("not enough memory for the root task");
    memset(phys_to_virt(loaded), 0, size);
    elf_load(&image, phys_to_virt(loaded));
    memmove(phys_to_virt(final), phys_to_virt(loaded), size);
    return final;
}

// ---- The address space: the image, then a page each of IPC buffer, boot information and its chunks

static vptr_t ipc_buffer_address(void)
{
    return image.end;
}

static vptr_t boot_info_address(void)
{
    return image.end + BIT(seL4_PageBits);
}

static vptr_t chunks_address(void)
{
    return image.end + 2 * BIT(seL4_PageBits);
}

static vptr_t address_space_end(void)
{
    return image.end + 3 * BIT(seL4_PageBits);
}

static void map_tables(word_t *pml4)
{
    static const cap_type_t types[] = {
        [1] = cap_page_table, [2] = cap_page_directory, [3] = cap_pdpt};

    boot_info->userImagePaging.start = next_slot;
    for (unsigned level = 3; level > 0; level--) {
        const word_t span_bits = seL4_PageBits + 9 * level;
        vptr_t address = ALIGN_DOWN(image.start, span_bits);
        for (; address < address_space_end(); address += BIT(span_bits)) {
            void *table = new_object(seL4_PageTableBits);
            arch_map_boot_table(pml4, address, level, virt_to_phys(table));
            provide(next_slot++, table_cap(types[level], table, address));
        }
    }
    boot_info->userImagePaging.end = next_slot;
}

static void map_frame(word_t *pml4, seL4_SlotPos slot, const void *frame, vptr_t address)
{
    arch_map_boot_frame(pml4, address, virt_to_phys(frame));
    provide(slot, frame_cap(frame, address));
}

static void map_chunks(word_t *pml4, const loader_info_t *loader, uint32_t tsc_mhz)
{
    uint8_t *chunks = new_object(seL4_PageBits);
    extra_info_write(chunks, loader, tsc_mhz);
    boot_info->extraLen = extra_info_size(loader);
    boot_info->extraBIPages.start = next_slot;
    map_frame(pml4, next_slot++, chunks, chunks_address());
    boot_info->extraBIPages.end = next_slot;
}

static void map_image(word_t *pml4, paddr_t memory)
{
    boot_info->userImageFrames.start = next_slot;
    for (vptr_t address = image.start; address < image.end; address += BIT(seL4_PageBits)) {
        map_frame(pml4, next_slot++, phys_to_virt(memory), address);
        memory += BIT(seL4_PageBits);
    }
    boot_info->userImageFrames.end = next_slot;
}

static void create_address_space(void)
{
    word_t *pml4 = new_object(seL4_PML4Bits);
    arch_map_kernel_window(pml4);
    provide(seL4_CapInitThreadASIDPool, arch_new_asid_pool(new_object(seL4_ASIDPoolBits), 0));
    arch_set_asid(root_asid, pml4);
    provide(seL4_CapInitThreadVSpace, table_cap(cap_pml4, pml4, 0));
}

static void fill_address_space(const loader_info_t *loader, uint32_t tsc_mhz, paddr_t memory)
{
    word_t *pml4 = cap_ptr(cnode[seL4_CapInitThreadVSpace].cap.table.ptr);
    map_tables(pml4);
    map_chunks(pml4, loader, tsc_mhz);
    map_image(pml4, memory);
    map_frame(pml4, seL4_CapInitThreadIPCBuffer, new_object(seL4_PageBits), ipc_buffer_address());
    map_frame(pml4, seL4_CapBootInfoFrame, boot_info, boot_info_address());
    boot_info->ipcBuffer = (seL4_IPCBuffer *)(uintptr_t)ipc_buffer_address();
}

// ---- The thread

// A slot of the thread holds a copy of a capability of the CNode.
static void give_to_thread(tcb_t *thread, enum tcb_slot slot, seL4_SlotPos source)
{
    cap_t cap;
    error_t error = derive_cap(&cnode[source], cnode[source].cap, &cap);
    ASSERT(error == ok);
    (void)error;
    cte_insert(cap, &cnode[source], &thread->slots[slot]);
}

static void create_thread(void)
{
    tcb_t *thread = new_object(seL4_TCBBits);
    provide(seL4_CapInitThreadTCB,
            (cap_t){.thread = {.type_ = cap_thread, .ptr = pointer_bits(thread)}});
    thread_init(thread);
    give_to_thread(thread, tcb_cspace, seL4_CapInitThreadCNode);
    give_to_thread(thread, tcb_vspace, seL4_CapInitThreadVSpace);
    give_to_thread(thread, tcb_buffer, seL4_CapInitThreadIPCBuffer);
    setup_reply_master(thread);
    thread->ipc_buffer = ipc_buffer_address();
    thread->priority = thread->mcp = seL4_MaxPrio;
    thread->context.REG_CAP = boot_info_address();
    thread->context.next_ip = thread->context.fault_ip = image.entry;
#ifdef CONFIG_DEBUG
    memcpy(thread->name, "rootserver", sizeof("rootserver"));
#endif
    set_thread_state(thread, thread_running);
    possible_switch_to(thread);
}

// ---- Everything else that there is

static void provide_authority(void)
{
    provide(seL4_CapInitThreadCNode, cnode_cap());
    provide(seL4_CapIRQControl, cap_new_simple(cap_irq_control));
    provide(seL4_CapASIDControl, cap_new_simple(cap_asid_control));
    provide(seL4_CapIOPortControl, cap_new_simple(cap_io_port_control));
    provide(seL4_CapDomain, cap_new_simple(cap_domain));
}

// The memory holds whatever was there before. An untyped object that is used up clears itself when it is
// used again, so it starts as used up.
static void provide_untyped(const piece_t *piece, seL4_UntypedDesc *desc)
{
    *desc = (seL4_UntypedDesc){
        .paddr = piece->address,
        .sizeBits = piece->size_bits,
        .isDevice = piece->is_device,
    };
    provide(next_slot++, (cap_t){.untyped = {
                                     .type_ = cap_untyped,
                                     .size_bits = piece->size_bits & MASK(6),
                                     .is_device = piece->is_device,
                                     .free_index = BIT(piece->size_bits - seL4_MinUntypedBits),
                                     .ptr = (word_t)(uintptr_t)phys_to_virt(piece->address),
                                 }});
}

static void provide_memory(void)
{
    static piece_list_t pieces;
    pieces_add(&pieces, &plan->device, seL4_MaxUntypedBits, true, &plan->firmware);
    pieces_add(&pieces, &plan->ram, ram_piece_bits(&plan->ram), false, &plan->firmware);
    const word_t lost = pieces_limit(&pieces, seL4_ConfigMaxBootInfoUntypedCaps);
    kprintf("%lu KiB of RAM left out for want of descriptors\n", lost >> 10);
    (void)lost;

    boot_info->untyped.start = next_slot;
    for (unsigned i = 0; i < pieces.count; i++)
        provide_untyped(&pieces.items[i], &boot_info->untypedList[i]);
    boot_info->untyped.end = next_slot;
}

void roottask_create(const loader_info_t *loader, memory_plan_t *memory, region_t boot_memory,
                     uint32_t tsc_mhz)
{
    plan = memory;
    paddr_t image_memory = load_image(loader);
    cnode_bits = choose_cnode_bits();
    cnode = new_object(cnode_bits + seL4_SlotBits);
    boot_info = new_object(seL4_BootInfoFrameBits);
    boot_info->numNodes = 1;
    boot_info->numIOPTLevels = (seL4_Word)-1; // no IOMMU support
    boot_info->initThreadCNodeSizeBits = cnode_bits;

    provide_authority();
    create_address_space();
    fill_address_space(loader, tsc_mhz, image_memory);
    create_thread();
    region_add(&plan->ram, boot_memory);
    provide_memory();
    boot_info->empty = (seL4_SlotRegion){next_slot, BIT(cnode_bits)};
}
