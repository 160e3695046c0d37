// Threads: creation, stopping and restarting (manual, "Threads").
#include "objectp.h"

void thread_init(tcb_t *thread)
{
    thread->state.type = thread_inactive;
    thread->time_slice = seL4_ConfigTimeSlice;
    thread->domain = kernel.domain;
    arch_thread_init(thread);
#ifdef CONFIG_DEBUG
    thread->debug_next = kernel.debug_threads;
    if (kernel.debug_threads)
        kernel.debug_threads->debug_prev = thread;
    kernel.debug_threads = thread;
#endif
}

void thread_destroyed(tcb_t *thread)
{
    fpu_release(thread);
#ifdef CONFIG_DEBUG
    if (thread->debug_prev)
        thread->debug_prev->debug_next = thread->debug_next;
    else
        kernel.debug_threads = thread->debug_next;
    if (thread->debug_next)
        thread->debug_next->debug_prev = thread->debug_prev;
#endif
}

// Take the thread off whatever it waits for. Its state is left to the caller to set.
void cancel_ipc(tcb_t *thread)
{
    switch (thread->state.type) {
    case thread_blocked_on_send:
    case thread_blocked_on_receive:
        endpoint_remove(thread);
        break;
    case thread_blocked_on_notification:
        notification_remove(thread);
        break;
    case thread_blocked_on_reply: {
        // The one capability derived from the master is the right to reply, wherever it was moved.
        cte_t *reply = mdb_next(&thread->slots[tcb_reply]);
        thread->fault.type = seL4_Fault_NullFault;
        if (reply)
            cte_delete_one(reply);
        break;
    }
    default:
        return;
    }
    set_thread_state(thread, thread_inactive);
}

void suspend(tcb_t *thread)
{
    cancel_ipc(thread);
    // A running thread goes on later where it is now, not where it last entered the kernel.
    if (thread->state.type == thread_running)
        thread->context.fault_ip = thread->context.next_ip;
    set_thread_state(thread, thread_inactive);
    sched_dequeue(thread);
}

void restart(tcb_t *thread)
{
    if (is_runnable(thread) || thread->state.type == thread_idle)
        return;
    cancel_ipc(thread);
    setup_reply_master(thread);
    set_thread_state(thread, thread_restart);
    sched_enqueue(thread); // ahead of its equals
    possible_switch_to(thread);
}
