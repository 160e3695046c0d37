// What each capability type allows: derivation, rights, badges and guards, and when two
// capabilities are about the same object.
#include "objectp.h"

error_t derive_cap(cte_t *slot, cap_t cap, cap_t *derived)
{
    if (cap_is_arch(cap))
        return arch_derive_cap(slot, cap, derived);

    *derived = cap;
    switch (cap_get_type(cap)) {
    case cap_untyped:
        // A copy would see its objects as not its children.
        return ensure_no_children(slot);
    case cap_zombie:
    case cap_irq_control:
    case cap_reply:
        *derived = cap_new_simple(cap_null);
        return ok;
    default:
        return ok;
    }
}

static bool allows(seL4_CapRights_t rights, unsigned bit)
{
    return rights.words[0] >> bit & 1;
}

cap_t mask_cap_rights(seL4_CapRights_t rights, cap_t cap)
{
    if (cap_is_arch(cap))
        return arch_mask_cap_rights(rights, cap);

    const bool write = allows(rights, 0), read = allows(rights, 1);
    const bool grant = allows(rights, 2), grant_reply = allows(rights, 3);
    switch (cap_get_type(cap)) {
    case cap_endpoint:
        cap.endpoint.can_send &= write;
        cap.endpoint.can_receive &= read;
        cap.endpoint.can_grant &= grant;
        cap.endpoint.can_grant_reply &= grant_reply;
        return cap;
    case cap_notification:
        cap.notification.can_send &= write;
        cap.notification.can_receive &= read;
        return cap;
    case cap_reply:
        cap.reply.can_grant &= grant;
        return cap;
    default:
        return cap;
    }
}

cap_t update_cap_data(bool preserve, word_t data, cap_t cap)
{
    if (cap_is_arch(cap))
        return arch_update_cap_data(preserve, data, cap);

    switch (cap_get_type(cap)) {
    case cap_endpoint:
    case cap_notification:
        // A badge is given once, and by Mint only: Mutate keeps the capability's place as original.
        if (preserve || cap.endpoint.badge != 0)
            return cap_new_simple(cap_null);
        cap.endpoint.badge = data;
        return cap;
    case cap_cnode: {
        const word_t guard_size = data & 0x3f; // seL4_CNode_CapData
        if (guard_size + cap.cnode.radix > seL4_WordBits)
            return cap_new_simple(cap_null);
        cap.cnode.guard_size = guard_size & 0x3f;
        cap.cnode.guard = data >> 6 & MASK(guard_size);
        return cap;
    }
    default:
        return cap;
    }
}

bool cap_memory(cap_t cap, paddr_t *base, word_t *size_bits)
{
    const void *memory;
    switch (cap_get_type(cap)) {
    case cap_untyped:
        memory = (const void *)cap.untyped.ptr;
        *size_bits = cap.untyped.size_bits;
        break;
    case cap_endpoint:
        memory = cap_ptr(cap.endpoint.ptr);
        *size_bits = seL4_EndpointBits;
        break;
    case cap_notification:
        memory = cap_ptr(cap.notification.ptr);
        *size_bits = seL4_NotificationBits;
        break;
    case cap_cnode:
        memory = cnode_slots(cap);
        *size_bits = cap.cnode.radix + (word_t)seL4_SlotBits;
        break;
    case cap_thread:
        memory = cap_ptr(cap.thread.ptr);
        *size_bits = seL4_TCBBits;
        break;
    case cap_zombie:
        memory = cap_ptr(cap.zombie.ptr);
        *size_bits = cap.zombie.is_tcb ? seL4_TCBBits : cap.zombie.radix + (word_t)seL4_SlotBits;
        break;
    default:
        if (!cap_is_arch(cap))
            return false;
        memory = arch_cap_memory(cap, size_bits);
        if (*size_bits == 0)
            return false;
    }
    // Device memory reaches beyond the window: only the physical address is free of wrap-around.
    *base = virt_to_phys(memory);
    return true;
}

static bool untyped_contains(cap_t untyped, cap_t cap)
{
    paddr_t base, inner_base;
    word_t size_bits, inner_bits;
    if (!cap_memory(untyped, &base, &size_bits) || !cap_memory(cap, &inner_base, &inner_bits))
        return false;
    return inner_base >= base && inner_bits <= size_bits &&
           inner_base - base <= MASK(size_bits) - MASK(inner_bits);
}

bool same_region_as(cap_t parent, cap_t child)
{
    const cap_type_t type = cap_get_type(parent), child_type = cap_get_type(child);
    if (type == cap_untyped)
        return untyped_contains(parent, child);
    if (type == cap_irq_control)
        return child_type == cap_irq_control || child_type == cap_irq_handler;
    if (cap_is_arch(parent))
        return cap_is_arch(child) && arch_same_region_as(parent, child);
    if (type != child_type)
        return false;

    switch (type) {
    case cap_endpoint:
    case cap_notification:
        return parent.endpoint.ptr == child.endpoint.ptr;
    case cap_cnode:
        return parent.cnode.ptr_slot == child.cnode.ptr_slot &&
               parent.cnode.radix == child.cnode.radix;
    case cap_thread:
        return parent.thread.ptr == child.thread.ptr;
    case cap_reply:
        return parent.reply.tcb_ptr == child.reply.tcb_ptr;
    case cap_irq_handler:
        return parent.irq_handler.irq == child.irq_handler.irq;
    case cap_domain:
        return true;
    default:
        return false; // null and zombie
    }
}

bool same_object_as(cap_t left, cap_t right)
{
    // A region is no object, and the control over interrupts is not one of them.
    if (cap_get_type(left) == cap_untyped)
        return false;
    if (cap_get_type(left) == cap_irq_control && cap_get_type(right) == cap_irq_handler)
        return false;
    if (cap_is_arch(left) && cap_is_arch(right))
        return arch_same_object_as(left, right);
    return same_region_as(left, right);
}
