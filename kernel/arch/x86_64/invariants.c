// Debug builds: what must always hold of address spaces, ASIDs, I/O ports and interrupts. What may be
// stale is left out: a mapped frame or table whose address space or whose upper tables are gone.
#include "paging.h"

#ifdef CONFIG_DEBUG

enum { asid_count = 1 << (seL4_NumASIDPoolsBits + seL4_ASIDPoolIndexBits) };

static void check_table(const pte_t *table, unsigned level)
{
    unsigned entries = level == level_pml4 ? kernel_pml4_index : ptes_per_table;
    for (unsigned i = 0; i < entries; i++) {
        pte_t entry = table[i];
        if (!(entry & PTE_PRESENT)) {
            ASSERT(entry == 0);
            continue;
        }
        ASSERT(!(entry & (PTE_GLOBAL | PTE_NO_EXECUTE))); // the kernel's own
        if (level == level_pt || !pte_is_table(entry, level))
            continue;
        ASSERT(pte_table(entry) != table);
        check_table(pte_table(entry), level - 1);
    }
}

static void check_vspace(asid_t asid, pte_t *pml4)
{
    ASSERT(asid != 0);
    ASSERT(IS_ALIGNED(virt_to_phys(pml4), seL4_PML4Bits));
    ASSERT(pml4[kernel_pml4_index] == kernel_map_entry());
    check_table(pml4, level_pml4);
}

static void check_interrupts(void)
{
    for (unsigned irq = 0; irq < num_irqs; irq++) {
        cap_type_t type = cap_get_type(kernel.irq_slots[irq].cap);
        ASSERT(type == cap_null || type == cap_notification);
        ASSERT(type == cap_null || kernel.irq_states[irq] == irq_signal);
    }
}

void arch_check_invariants(void)
{
    bool loaded_is_known = vspace_loaded() == 0 || vspace_loaded() == arch_kernel_pml4();
    for (unsigned asid = 0; asid < asid_count; asid++) {
        pte_t *pml4 = asid_vspace((asid_t)asid);
        if (!pml4)
            continue;
        check_vspace((asid_t)asid, pml4);
        if (vspace_loaded() == virt_to_phys(pml4))
            loaded_is_known = true;
    }
    ASSERT(loaded_is_known); // nothing runs on an address space that lost its ASID
    check_interrupts();
}

static void check_frame(cap_t cap)
{
    word_t bits = frame_size_bits((frame_size_t)cap.frame.size);
    ASSERT(cap.frame.size <= frame_huge && cap.frame.rights != 0);
    ASSERT(IS_ALIGNED(virt_to_phys(cap_ptr(cap.frame.ptr)), bits));
    if (cap.frame.mapped_asid == 0)
        ASSERT(cap.frame.mapped_address == 0);
    else
        ASSERT(IS_ALIGNED(cap.frame.mapped_address, bits) &&
               vspace_is_user_range(cap.frame.mapped_address, bits));
}

static void check_table_cap(cap_t cap, unsigned level)
{
    ASSERT(IS_ALIGNED(virt_to_phys(cap_ptr(cap.table.ptr)), seL4_PageTableBits));
    ASSERT(!cap.table.is_mapped == !cap.table.mapped_asid);
    ASSERT(IS_ALIGNED(cap.table.mapped_address, pte_span_bits(level + 1)));
    ASSERT(cap.table.mapped_address <= seL4_UserTop);
}

void arch_check_cap(cap_t cap)
{
    switch (cap_get_type(cap)) {
    case cap_frame:
        check_frame(cap);
        return;
    case cap_page_table:
    case cap_page_directory:
    case cap_pdpt:
        check_table_cap(cap, table_level(cap_get_type(cap)));
        return;
    case cap_pml4:
        check_table_cap(cap, level_pml4);
        return;
    case cap_asid_pool:
        ASSERT(asid_pool((asid_t)cap.asid_pool.asid_base) == cap_ptr(cap.asid_pool.ptr));
        return;
    case cap_io_port:
        ASSERT(cap.io_port.first <= cap.io_port.last);
        ASSERT(io_ports_issued(cap.io_port.first, cap.io_port.last));
        return;
    case cap_irq_handler:
        ASSERT(cap.irq_handler.irq < num_irqs);
        ASSERT(kernel.irq_states[cap.irq_handler.irq] == irq_signal);
        return;
    default:
        return;
    }
}

#endif
