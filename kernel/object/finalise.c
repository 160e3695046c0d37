// Deletion and revocation (manual, "Deletion and Revocation"). When the last capability of a CNode
// or a TCB goes, the slots inside have to go first, which can take long: meanwhile the capability is
// a zombie, which counts the slots that may still hold something. All state is in the zombies, so a
// preempted deletion starts again where it was.
#include "objectp.h"

static const finalise_result_t nothing_left; // two null capabilities

static finalise_result_t leave_zombie(const void *slots, bool is_tcb, word_t radix, word_t count)
{
    cap_t zombie = cap_new_simple(cap_zombie);
    zombie.zombie.is_tcb = is_tcb;
    zombie.zombie.radix = radix & 0x3f;
    zombie.zombie.ptr = (word_t)slots & MASK(48);
    zombie.zombie.remaining = count;
    return (finalise_result_t){.remainder = zombie};
}

static finalise_result_t finalise_thread(tcb_t *thread)
{
    unbind_notification(thread);
    suspend(thread);
    thread_destroyed(thread);
    return leave_zombie(thread->slots, true, 0, tcb_slot_count);
}

finalise_result_t finalise_cap(cap_t cap, bool is_final, bool exposed)
{
    (void)exposed;
    if (cap_is_arch(cap))
        return arch_finalise_cap(cap, is_final);
    if (cap_get_type(cap) == cap_zombie)
        return (finalise_result_t){.remainder = cap};
    if (!is_final)
        return nothing_left;

    switch (cap_get_type(cap)) {
    case cap_endpoint:
        cancel_all_ipc(cap_ptr(cap.endpoint.ptr));
        return nothing_left;
    case cap_notification:
        unbind_maybe(cap_ptr(cap.notification.ptr));
        cancel_all_signals(cap_ptr(cap.notification.ptr));
        return nothing_left;
    case cap_cnode:
        return leave_zombie(cnode_slots(cap), false, cap.cnode.radix, BIT(cap.cnode.radix));
    case cap_thread:
        return finalise_thread(tcb_from_cap(cap));
    case cap_irq_handler:
        irq_delete_handler(cap.irq_handler.irq);
        return (finalise_result_t){.cleanup = cap};
    default:
        return nothing_left; // null, reply, domain, interrupt control, untyped: no state
    }
}

static cte_t *zombie_slots(cap_t zombie)
{
    return cap_ptr(zombie.zombie.ptr);
}

// Can the slot be emptied now? A zombie can when nothing is left in it but, maybe, itself.
static bool is_removable(cap_t cap, const cte_t *slot)
{
    if (cap_get_type(cap) == cap_null)
        return true;
    ASSERT(cap_get_type(cap) == cap_zombie);
    const word_t remaining = cap.zombie.remaining;
    return remaining == 0 || (remaining == 1 && zombie_slots(cap) == slot);
}

static void empty_slot(cte_t *slot, cap_t cleanup)
{
    if (cap_get_type(slot->cap) == cap_null)
        return;
    mdb_unlink(slot);
    if (cap_get_type(cleanup) == cap_irq_handler)
        irq_deactivate(cleanup.irq_handler.irq);
    else if (cap_get_type(cleanup) != cap_null)
        arch_post_cap_deletion(cleanup);
}

// Clear one slot of the zombie in `slot`, the last that may be in use. Clearing may change the zombie:
// it may sit in one of its own slots, or be moved by the deletion of another.
static error_t clear_last_zombie_slot(cte_t *slot)
{
    const cap_t zombie = slot->cap;
    cte_t *last = zombie_slots(zombie) + zombie.zombie.remaining - 1;
    error_t error = cte_delete(last, false);
    if (error != ok)
        return error;

    cap_t *now = &slot->cap;
    if (cap_get_type(*now) == cap_zombie && now->zombie.ptr == zombie.zombie.ptr &&
        now->zombie.remaining == zombie.zombie.remaining) {
        ASSERT(cap_get_type(last->cap) == cap_null);
        now->zombie.remaining--;
    }
    return ok;
}

// Make progress on the zombie in `slot`. A zombie met inside another dying object (not exposed) is
// not cleared there, since that would nest without bound: it changes places with the first
// capability of its own object, and so disappears from the outer one.
static error_t reduce_zombie(cte_t *slot, bool exposed)
{
    ASSERT(cap_get_type(slot->cap) == cap_zombie && slot->cap.zombie.remaining > 0);
    if (exposed)
        return clear_last_zombie_slot(slot);
    cte_t *first = zombie_slots(slot->cap);
    ASSERT(first != slot);
    cte_swap(first->cap, first, slot->cap, slot);
    return ok;
}

typedef struct finalise_slot_result {
    error_t error;
    bool emptied; // the slot can be emptied
    cap_t cleanup;
} finalise_slot_result_t;

static finalise_slot_result_t finalise_slot(cte_t *slot, bool exposed)
{
    while (cap_get_type(slot->cap) != cap_null) {
        finalise_result_t result = finalise_cap(slot->cap, is_final_cap(slot), false);
        if (is_removable(result.remainder, slot))
            return (finalise_slot_result_t){.emptied = true, .cleanup = result.cleanup};

        slot->cap = result.remainder;
        // A zombie in its own first slot inside a dying object stays there: unreachable, and gone
        // with the memory.
        if (!exposed && zombie_slots(slot->cap) == slot)
            return (finalise_slot_result_t){.cleanup = result.cleanup};

        error_t error = reduce_zombie(slot, exposed);
        if (error == ok)
            error = preemption_point();
        if (error != ok)
            return (finalise_slot_result_t){.error = error};
    }
    return (finalise_slot_result_t){.emptied = true};
}

error_t cte_delete(cte_t *slot, bool exposed)
{
    finalise_slot_result_t result = finalise_slot(slot, exposed);
    if (result.error != ok)
        return result.error;
    if (exposed || result.emptied)
        empty_slot(slot, result.cleanup);
    return ok;
}

void cte_delete_one(cte_t *slot)
{
    if (cap_get_type(slot->cap) == cap_null)
        return;
    finalise_result_t result = finalise_cap(slot->cap, is_final_cap(slot), true);
    ASSERT(is_removable(result.remainder, slot) && cap_get_type(result.cleanup) == cap_null);
    empty_slot(slot, result.cleanup);
}

error_t cte_revoke(cte_t *slot)
{
    while (mdb_has_children(slot)) {
        error_t error = cte_delete(mdb_next(slot), true);
        if (error == ok)
            error = preemption_point();
        if (error != ok)
            return error;
    }
    return ok;
}

bool slot_is_long_running(const cte_t *slot)
{
    switch (cap_get_type(slot->cap)) {
    case cap_thread:
    case cap_zombie:
    case cap_cnode:
        return is_final_cap(slot);
    default:
        return false;
    }
}

error_t preemption_point(void)
{
    constexpr word_t work_units_between_looks = 100;
    if (++kernel.work_units < work_units_between_looks)
        return ok;
    kernel.work_units = 0;
    return irq_is_pending() ? error_preempted : ok;
}
