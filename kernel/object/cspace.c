// Lookup of capability addresses (manual, "Capability Address Lookup"): a CSpace is a guarded page
// table of CNodes.
#include "objectp.h"

static resolve_result_t lookup_failed(lookup_failure_t failure)
{
    kernel.lookup_failure = failure;
    return (resolve_result_t){.error = error_lookup};
}

resolve_result_t resolve_address_bits(cap_t root, cptr_t cptr, word_t depth)
{
    if (cap_get_type(root) != cap_cnode)
        return lookup_failed((lookup_failure_t){.type = seL4_InvalidRoot});

    word_t bits_left = depth;
    for (cap_t node = root;;) {
        const word_t radix = node.cnode.radix;
        const word_t guard_size = node.cnode.guard_size;
        const word_t level_bits = radix + guard_size;
        ASSERT(level_bits > 0); // a CNode has two slots at least

        bool guard_matches = guard_size <= bits_left;
        if (guard_matches && guard_size > 0)
            guard_matches =
                (cptr >> (bits_left - guard_size) & MASK(guard_size)) == node.cnode.guard;
        if (!guard_matches)
            return lookup_failed((lookup_failure_t){
                .type = seL4_GuardMismatch,
                .bits_left = bits_left,
                .guard_found = node.cnode.guard,
                .bits_found = guard_size,
            });
        if (level_bits > bits_left)
            return lookup_failed((lookup_failure_t){
                .type = seL4_DepthMismatch, .bits_left = bits_left, .bits_found = level_bits});

        bits_left -= level_bits;
        cte_t *slot = cnode_slots(node) + (cptr >> bits_left & MASK(radix));
        if (bits_left == 0 || cap_get_type(slot->cap) != cap_cnode)
            return (resolve_result_t){.error = ok, .slot = slot, .bits_remaining = bits_left};
        node = slot->cap;
    }
}

// Bits that are left over at a capability which is no CNode do not matter here: such addresses name
// it all the same.
error_t lookup_slot(tcb_t *thread, cptr_t cptr, cte_t **slot)
{
    resolve_result_t result =
        resolve_address_bits(thread->slots[tcb_cspace].cap, cptr, seL4_WordBits);
    *slot = result.slot;
    return result.error;
}

error_t lookup_cap(tcb_t *thread, cptr_t cptr, cap_t *cap)
{
    cte_t *slot;
    error_t error = lookup_slot(thread, cptr, &slot);
    if (error == ok)
        *cap = slot->cap;
    return error;
}

error_t lookup_target_slot(bool is_source, cap_t root, cptr_t index, word_t depth, cte_t **slot)
{
    if (cap_get_type(root) != cap_cnode) {
        kernel.lookup_failure = (lookup_failure_t){.type = seL4_InvalidRoot};
        return fail_lookup(is_source);
    }
    if (depth < 1 || depth > seL4_WordBits)
        return fail_range(1, seL4_WordBits);

    resolve_result_t result = resolve_address_bits(root, index, depth);
    if (result.error != ok)
        return fail_lookup(is_source);
    if (result.bits_remaining != 0) {
        kernel.lookup_failure =
            (lookup_failure_t){.type = seL4_DepthMismatch, .bits_left = result.bits_remaining};
        return fail_lookup(is_source);
    }
    *slot = result.slot;
    return ok;
}

error_t ensure_empty_slot(const cte_t *slot)
{
    return cap_get_type(slot->cap) == cap_null ? ok : fail(seL4_DeleteFirst);
}

error_t lookup_empty_slot(cap_t root, cptr_t index, word_t depth, cte_t **slot)
{
    error_t error = lookup_target_slot(false, root, index, depth, slot);
    return error == ok ? ensure_empty_slot(*slot) : error;
}
