// Reply capabilities (manual, "Calling and Replying"). Each thread holds its master reply capability;
// the right to answer a Call is derived from the caller's master into the receiver's caller slot, so
// that there is at most one, and it can be found and revoked when the caller stops waiting.
#include "objectp.h"
#include "transfer.h"

void setup_reply_master(tcb_t *thread)
{
    cte_t *slot = &thread->slots[tcb_reply];
    if (cap_get_type(slot->cap) != cap_null)
        return;
    *slot = (cte_t){
        .cap = new_reply_cap(thread, true, true),
        .mdb = {.next_bits = 3}, // an original: revocable, first badged
    };
}

void setup_caller_cap(tcb_t *sender, tcb_t *receiver, bool can_grant)
{
    set_thread_state(sender, thread_blocked_on_reply);
    cte_t *master = &sender->slots[tcb_reply];
    ASSERT(cap_get_type(master->cap) == cap_reply && master->cap.reply.is_master);
    ASSERT(!mdb_next(master));
    cte_insert(new_reply_cap(sender, false, can_grant), master, &receiver->slots[tcb_caller]);
}

void delete_caller_cap(tcb_t *receiver)
{
    cte_delete_one(&receiver->slots[tcb_caller]);
}

void do_reply_transfer(tcb_t *sender, tcb_t *receiver, cte_t *slot, bool can_grant)
{
    ASSERT(receiver->state.type == thread_blocked_on_reply);
    if (receiver->fault.type == seL4_Fault_NullFault) {
        do_ipc_transfer(sender, nullptr, 0, can_grant, receiver);
        cte_delete_one(slot);
        set_thread_state(receiver, thread_running);
        possible_switch_to(receiver);
        return;
    }

    cte_delete_one(slot);
    const bool restarts = take_fault_reply(receiver, sender);
    receiver->fault.type = seL4_Fault_NullFault;
    if (restarts) {
        set_thread_state(receiver, thread_restart);
        possible_switch_to(receiver);
    } else {
        set_thread_state(receiver, thread_inactive);
    }
}
