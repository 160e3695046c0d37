// The debug system call Snapshot: print every thread and the capabilities that it can reach from its
// CSpace root, one line a capability.
#include "api.h"

#ifdef CONFIG_DEBUG

static const char *const cap_names[32] = {
    [cap_null] = "null",
    [cap_untyped] = "untyped",
    [cap_endpoint] = "endpoint",
    [cap_notification] = "notification",
    [cap_reply] = "reply",
    [cap_cnode] = "cnode",
    [cap_thread] = "tcb",
    [cap_irq_control] = "irq_control",
    [cap_irq_handler] = "irq_handler",
    [cap_zombie] = "zombie",
    [cap_domain] = "domain",
    [cap_frame] = "frame",
    [cap_page_table] = "page_table",
    [cap_page_directory] = "page_directory",
    [cap_pdpt] = "pdpt",
    [cap_pml4] = "pml4",
    [cap_asid_control] = "asid_control",
    [cap_asid_pool] = "asid_pool",
    [cap_io_space] = "io_space",
    [cap_io_port] = "io_port",
    [cap_io_port_control] = "io_port_control",
};

static const char *const rights_names[] = {
    [vm_kernel_only] = "",
    [vm_read_only] = " r",
    [vm_read_write] = " rw",
};

static void print_mapping(word_t asid, word_t address)
{
    if (asid)
        kprintf(" at asid %lu 0x%lx", asid, address);
}

static void print_details(cap_t cap)
{
    switch (cap_get_type(cap)) {
    case cap_untyped:
        kprintf(" 0x%lx 2^%u used 0x%lx%s", virt_to_phys((void *)cap.untyped.ptr),
                (unsigned)cap.untyped.size_bits,
                (word_t)cap.untyped.free_index << seL4_MinUntypedBits,
                cap.untyped.is_device ? " device" : "");
        return;
    case cap_endpoint:
    case cap_notification:
        kprintf(" %p badge 0x%lx %s%s%s%s", cap_ptr(cap.endpoint.ptr), cap.endpoint.badge,
                cap.endpoint.can_send ? "w" : "", cap.endpoint.can_receive ? "r" : "",
                cap.endpoint.can_grant ? "g" : "", cap.endpoint.can_grant_reply ? "p" : "");
        return;
    case cap_cnode:
        kprintf(" %p radix %u guard 0x%lx/%u", (void *)cnode_slots(cap), (unsigned)cap.cnode.radix,
                (word_t)cap.cnode.guard, (unsigned)cap.cnode.guard_size);
        return;
    case cap_thread:
        kprintf(" %p \"%s\"", (void *)tcb_from_cap(cap), tcb_from_cap(cap)->name);
        return;
    case cap_irq_handler:
        kprintf(" %u", (unsigned)cap.irq_handler.irq);
        return;
    case cap_io_port:
        kprintf(" 0x%x-0x%x", (unsigned)cap.io_port.first, (unsigned)cap.io_port.last);
        return;
    case cap_frame:
        kprintf(" 0x%lx 2^%u%s%s", virt_to_phys(cap_ptr(cap.frame.ptr)),
                (unsigned)frame_size_bits((frame_size_t)cap.frame.size),
                rights_names[cap.frame.rights], cap.frame.is_device ? " device" : "");
        print_mapping(cap.frame.mapped_asid, cap.frame.mapped_address);
        return;
    case cap_page_table:
    case cap_page_directory:
    case cap_pdpt:
    case cap_pml4:
        kprintf(" 0x%lx", virt_to_phys(cap_ptr(cap.table.ptr)));
        print_mapping(cap.table.mapped_asid, cap.table.mapped_address);
        return;
    default:
        return;
    }
}

static void print_slot(word_t index, cap_t cap)
{
    const char *name = cap_names[cap_get_type(cap)];
    kprintf("  0x%lx: %s", index, name ? name : "?");
    print_details(cap);
    kprintf("\n");
}

// Threads often share a CSpace: print it with the first thread that has it.
static bool printed_before(const tcb_t *thread, cap_t root)
{
    for (const tcb_t *other = kernel.debug_threads; other != thread; other = other->debug_next) {
        cap_t other_root = other->slots[tcb_cspace].cap;
        if (cap_get_type(other_root) == cap_cnode && cnode_slots(other_root) == cnode_slots(root))
            return true;
    }
    return false;
}

void snapshot(void)
{
    for (const tcb_t *thread = kernel.debug_threads; thread; thread = thread->debug_next) {
        kprintf("thread %p \"%s\" ip 0x%lx\n", (const void *)thread, thread->name,
                (word_t)thread->context.fault_ip);
        for (word_t i = 0; i < tcb_slot_count; i++)
            if (cap_get_type(thread->slots[i].cap) != cap_null)
                print_slot(i, thread->slots[i].cap);

        cap_t root = thread->slots[tcb_cspace].cap;
        if (cap_get_type(root) != cap_cnode || printed_before(thread, root))
            continue;
        const cte_t *slots = cnode_slots(root);
        kprintf(" cnode %p\n", (const void *)slots);
        for (word_t i = 0; i < BIT(root.cnode.radix); i++)
            if (cap_get_type(slots[i].cap) != cap_null)
                print_slot(i, slots[i].cap);
    }
}

#endif
