// User address spaces: looking up entries, taking mappings away, and loading the space of a thread.
// The processor's caches hold translations of the loaded address space only (no PCID is used: every
// load of CR3 drops all but the kernel's global pages), so others never need invalidation.
#include "paging.h"

static paddr_t loaded_pml4;

static void load_vspace(paddr_t pml4)
{
    if (pml4 == loaded_pml4)
        return;
    loaded_pml4 = pml4;
    load_cr3(pml4);
}

paddr_t vspace_loaded(void)
{
    return loaded_pml4;
}

void vspace_flush_page(const pte_t *pml4, vptr_t address)
{
    if (loaded_pml4 == virt_to_phys(pml4))
        invalidate_page(address);
}

void vspace_flush(const pte_t *pml4)
{
    if (loaded_pml4 == virt_to_phys(pml4))
        load_cr3(loaded_pml4);
}

void vspace_retire(const pte_t *pml4)
{
    if (loaded_pml4 == virt_to_phys(pml4))
        load_vspace(arch_kernel_pml4());
}

void arch_set_vspace(const tcb_t *thread)
{
    cap_t cap = thread->slots[tcb_vspace].cap;
    if (arch_is_vspace_root(cap)) {
        pte_t *pml4 = cap_ptr(cap.table.ptr);
        if (asid_vspace((asid_t)cap.table.mapped_asid) == pml4) {
            load_vspace(virt_to_phys(pml4));
            return;
        }
    }
    load_vspace(arch_kernel_pml4()); // the thread faults on its first instruction
}

bool arch_is_vspace_root(cap_t cap)
{
    return cap_get_type(cap) == cap_pml4 && cap.table.is_mapped;
}

error_t vspace_lookup_entry(pte_t *pml4, vptr_t address, unsigned level, pte_t **entry)
{
    pte_t *table = pml4;
    for (unsigned above = level_pml4; above > level; above--) {
        pte_t upper = table[pte_index(address, above)];
        if (!pte_is_table(upper, above)) {
            kernel.lookup_failure = (lookup_failure_t){
                .type = seL4_MissingCapability,
                .bits_left = pte_span_bits(above),
            };
            return error_lookup;
        }
        table = pte_table(upper);
    }
    *entry = &table[pte_index(address, level)];
    return ok;
}

error_t vspace_from_arg(const cte_t *slot, pte_t **pml4, asid_t *asid)
{
    if (!arch_is_vspace_root(slot->cap))
        return fail_cap(1);
    *pml4 = cap_ptr(slot->cap.table.ptr);
    *asid = (asid_t)slot->cap.table.mapped_asid;
    return ok;
}

error_t vspace_check_asid(asid_t asid, const pte_t *pml4)
{
    const pte_t *assigned = asid_vspace(asid);
    if (!assigned) {
        kernel.lookup_failure = (lookup_failure_t){.type = seL4_InvalidRoot};
        return fail_lookup(false);
    }
    if (assigned != pml4)
        return fail_cap(1);
    return ok;
}

bool vspace_is_user_range(vptr_t address, word_t size_bits)
{
    return address <= seL4_UserTop && address + MASK(size_bits) <= seL4_UserTop;
}

// A mapping is taken away only if it is still the one that the capability made: the address space may
// have gone, or its tables may have been replaced since.
void vspace_unmap_page(asid_t asid, vptr_t address, frame_size_t size, const void *frame)
{
    pte_t *pml4 = asid_vspace(asid);
    pte_t *entry;
    if (!pml4 || vspace_lookup_entry(pml4, address, size, &entry) != ok)
        return;
    if (!(*entry & PTE_PRESENT) || pte_is_table(*entry, size) ||
        pte_page_address(*entry, size) != virt_to_phys(frame))
        return;
    *entry = 0;
    vspace_flush_page(pml4, address);
}

void vspace_unmap_table(asid_t asid, vptr_t address, unsigned level, const pte_t *table)
{
    pte_t *pml4 = asid_vspace(asid);
    pte_t *entry;
    if (!pml4 || vspace_lookup_entry(pml4, address, level + 1, &entry) != ok)
        return;
    if (!pte_is_table(*entry, level + 1) || pte_table(*entry) != table)
        return;
    *entry = 0;
    vspace_flush(pml4);
}

// The kernel reaches the buffer through the window, so it does not matter whether or where the frame
// is mapped; the capability is what counts (manual, "IPC Buffer").
word_t *arch_ipc_buffer(const tcb_t *thread, bool is_receiver)
{
    cap_t cap = thread->slots[tcb_buffer].cap;
    if (cap_get_type(cap) != cap_frame || cap.frame.is_device)
        return nullptr;
    if (cap.frame.rights != vm_read_write && (is_receiver || cap.frame.rights != vm_read_only))
        return nullptr;
    word_t offset = thread->ipc_buffer & MASK(frame_size_bits((frame_size_t)cap.frame.size));
    return (word_t *)((char *)cap_ptr(cap.frame.ptr) + offset);
}

error_t arch_check_ipc_buffer(cap_t cap, vptr_t address)
{
    if (cap_get_type(cap) != cap_frame || cap.frame.is_device)
        return fail(seL4_IllegalOperation);
    if (!IS_ALIGNED(address, seL4_IPCBufferSizeBits))
        return fail(seL4_AlignmentError);
    return ok;
}

static void set_boot_entry(pte_t *pml4, vptr_t address, unsigned level, paddr_t target)
{
    pte_t *entry;
    if (vspace_lookup_entry(pml4, address, level, &entry) != ok || *entry)
        kernel_halt(); // boot made no table for it, or mapped it twice
    *entry = target | PTE_PRESENT | PTE_WRITE | PTE_USER;
}

void arch_map_boot_table(word_t *pml4, vptr_t address, unsigned level, paddr_t table)
{
    set_boot_entry(pml4, address, level, table);
}

void arch_map_boot_frame(word_t *pml4, vptr_t address, paddr_t frame)
{
    set_boot_entry(pml4, address, level_pt, frame);
}
