// System calls (manual, "System Calls"): find the capability, let its object decode and perform, and
// tell a caller how it went. Every entry ends in schedule().
#include "api.h"

kernel_t kernel;

static void cap_fault(tcb_t *thread, cptr_t cptr, bool in_receive_phase)
{
    kernel.fault = (fault_t){
        .type = seL4_Fault_CapFault,
        .cap = {.address = cptr,
                .in_receive_phase = in_receive_phase,
                .lookup = kernel.lookup_failure},
    };
    handle_fault(thread);
}

static void missing_receive_cap(tcb_t *thread, cptr_t cptr)
{
    kernel.lookup_failure = (lookup_failure_t){.type = seL4_MissingCapability};
    cap_fault(thread, cptr, true);
}

// Fill in the parts of an invocation that come from the message. Fails if a capability is missing;
// then kernel.fault is set.
static error_t gather_invocation(invocation_t *inv, tcb_t *thread)
{
    seL4_MessageInfo_t info = message_info(thread);
    inv->thread = thread;
    inv->cptr = thread->context.REG_CAP;
    inv->label = seL4_MessageInfo_get_label(info);
    inv->length = seL4_MessageInfo_get_length(info);

    error_t error = lookup_slot(thread, inv->cptr, &inv->slot);
    if (error != ok) {
        kernel.fault = (fault_t){
            .type = seL4_Fault_CapFault,
            .cap = {.address = inv->cptr, .lookup = kernel.lookup_failure},
        };
        return error;
    }
    inv->cap = inv->slot->cap;
    inv->buffer = lookup_ipc_buffer(thread, false);
    if (!inv->buffer && inv->length > message_registers)
        inv->length = message_registers;
    return lookup_extra_caps(thread, inv->buffer, info, inv->extra);
}

static void finish_invocation(const invocation_t *inv, error_t error)
{
    tcb_t *thread = inv->thread;
    if (error == error_preempted)
        return; // the thread restarts with this system call, after the interrupt
    if (error == error_syscall) {
        if (inv->is_call)
            reply_error(thread);
        set_thread_state(thread, thread_running);
        return;
    }
    // Still in restart: the invocation neither answered the thread nor made it wait or stop.
    if (thread->state.type == thread_restart) {
        if (inv->is_call)
            reply_success(thread);
        set_thread_state(thread, thread_running);
    }
}

static void handle_invocation(bool is_call, bool is_blocking)
{
    tcb_t *thread = kernel.current;
    invocation_t inv = {.is_call = is_call, .is_blocking = is_blocking};
    if (gather_invocation(&inv, thread) != ok) {
        // A polling send with a bad capability fails without a word.
        if (is_blocking)
            handle_fault(thread);
        return;
    }
    set_thread_state(thread, thread_restart);
    finish_invocation(&inv, decode_invocation(&inv));
}

static void handle_receive(bool is_blocking)
{
    tcb_t *thread = kernel.current;
    cptr_t cptr = thread->context.REG_CAP;
    cap_t cap;
    if (lookup_cap(thread, cptr, &cap) != ok) {
        cap_fault(thread, cptr, true);
        return;
    }

    if (cap_get_type(cap) == cap_endpoint && cap.endpoint.can_receive) {
        // The right to answer the last caller ends with the next receive.
        delete_caller_cap(thread);
        receive_ipc(thread, cap, is_blocking);
        return;
    }
    if (cap_get_type(cap) == cap_notification && cap.notification.can_receive) {
        const notification_t *notification = cap_ptr(cap.notification.ptr);
        // A bound notification is received from by its thread only.
        if (!notification->bound_tcb || notification->bound_tcb == thread) {
            receive_signal(thread, cap, is_blocking);
            return;
        }
    }
    missing_receive_cap(thread, cptr);
}

static void handle_reply(void)
{
    tcb_t *thread = kernel.current;
    cte_t *slot = &thread->slots[tcb_caller];
    if (cap_get_type(slot->cap) != cap_reply)
        return; // nobody waits
    ASSERT(!slot->cap.reply.is_master);
    do_reply_transfer(thread, cap_ptr(slot->cap.reply.tcb_ptr), slot, slot->cap.reply.can_grant);
}

void general_syscall(seL4_Syscall_ID number)
{
    switch (number) {
    case seL4_SysCall:
        handle_invocation(true, true);
        break;
    case seL4_SysReplyRecv:
        handle_reply();
        handle_receive(true);
        break;
    case seL4_SysSend:
        handle_invocation(false, true);
        break;
    case seL4_SysNBSend:
        handle_invocation(false, false);
        break;
    case seL4_SysRecv:
        handle_receive(true);
        break;
    case seL4_SysReply:
        handle_reply();
        break;
    case seL4_SysYield:
        yield(kernel.current);
        break;
    case seL4_SysNBRecv:
        handle_receive(false);
        break;
    default:
        ASSERT(false); // the trap code tells other numbers apart
    }
    schedule();
    entry_done();
}

CALLED_BY_ENTRY void handle_syscall(void)
{
    const seL4_Syscall_ID number = (seL4_Syscall_ID)kernel.current->context.REG_SYSCALL;
    if ((number == seL4_SysCall && fastpath_call()) ||
        (number == seL4_SysReplyRecv && fastpath_reply_recv()))
        entry_done();
    else
        general_syscall(number);
}

void handle_interrupt_entry(void)
{
    irq_t irq = irq_take();
    if (irq == irq_timer)
        timer_tick();
    else if (irq != irq_none)
        irq_signal_received(irq);
    if (irq != irq_none)
        irq_end(irq);
    schedule();
}
