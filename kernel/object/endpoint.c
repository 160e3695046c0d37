// Endpoints (manual, "Endpoints"): rendezvous of senders and receivers, in the order they came.
#include "objectp.h"
#include "queue.h"
#include "transfer.h"

static void block_on(tcb_t *thread, endpoint_t *endpoint, thread_state_type_t type,
                     endpoint_state_t state)
{
    thread->state.object = endpoint;
    set_thread_state(thread, type);
    endpoint_set(endpoint, queue_append(endpoint_get_queue(endpoint), thread), state);
}

static tcb_t *take_first(endpoint_t *endpoint)
{
    const tcb_queue_t queue = endpoint_get_queue(endpoint);
    tcb_t *first = queue.head;
    ASSERT(first);
    endpoint_set(endpoint, queue_remove(queue, first), endpoint_get_state(endpoint));
    return first;
}

// The message of a Call is over: now its sender waits for the reply, if the receiver can get the
// right to reply at all.
static void await_reply(tcb_t *sender, tcb_t *receiver, bool may_reply, bool reply_can_grant)
{
    if (may_reply)
        setup_caller_cap(sender, receiver, reply_can_grant);
    else
        set_thread_state(sender, thread_inactive);
}

void send_ipc(tcb_t *sender, endpoint_t *endpoint, send_options_t options)
{
    if (endpoint_get_state(endpoint) != endpoint_receive) {
        if (!options.is_blocking)
            return;
        sender->state.badge = options.badge;
        sender->state.is_call = options.is_call;
        sender->state.can_grant = options.can_grant;
        sender->state.can_grant_reply = options.can_grant_reply;
        block_on(sender, endpoint, thread_blocked_on_send, endpoint_send);
        return;
    }

    tcb_t *receiver = take_first(endpoint);
    const bool reply_can_grant = receiver->state.can_grant;
    do_ipc_transfer(sender, endpoint, options.badge, options.can_grant, receiver);
    set_thread_state(receiver, thread_running);
    possible_switch_to(receiver);
    if (options.is_call)
        await_reply(sender, receiver, options.can_grant || options.can_grant_reply,
                    reply_can_grant);
}

void receive_failed(tcb_t *receiver)
{
    receiver->context.REG_BADGE = 0;
}

void receive_ipc(tcb_t *receiver, cap_t cap, bool is_blocking)
{
    // A signal of the bound notification comes before messages.
    if (receiver->bound_notification && complete_signal(receiver->bound_notification, receiver))
        return;

    endpoint_t *endpoint = cap_ptr(cap.endpoint.ptr);
    if (endpoint_get_state(endpoint) != endpoint_send) {
        if (!is_blocking) {
            receive_failed(receiver);
            return;
        }
        receiver->state.can_grant = cap.endpoint.can_grant;
        block_on(receiver, endpoint, thread_blocked_on_receive, endpoint_receive);
        return;
    }

    tcb_t *sender = take_first(endpoint);
    const thread_state_t sent = sender->state;
    do_ipc_transfer(sender, endpoint, sent.badge, sent.can_grant, receiver);
    if (sent.is_call) {
        await_reply(sender, receiver, sent.can_grant || sent.can_grant_reply,
                    cap.endpoint.can_grant);
    } else {
        set_thread_state(sender, thread_running);
        possible_switch_to(sender);
    }
}

void endpoint_remove(tcb_t *thread)
{
    endpoint_t *endpoint = thread->state.object;
    endpoint_set(endpoint, queue_remove(endpoint_get_queue(endpoint), thread),
                 endpoint_get_state(endpoint));
}

static void make_restart(tcb_t *thread)
{
    set_thread_state(thread, thread_restart);
    sched_enqueue(thread);
}

// Not preemptible, as the threads could queue up again behind one another in the meantime. The
// time is bounded by the number of threads.
void cancel_all_ipc(endpoint_t *endpoint)
{
    if (endpoint_get_state(endpoint) == endpoint_idle)
        return;
    tcb_t *thread = endpoint_get_queue(endpoint).head;
    endpoint_set(endpoint, (tcb_queue_t){}, endpoint_idle);
    for (; thread; thread = thread->queue_next)
        make_restart(thread);
    reschedule_required();
}

void cancel_badged_sends(endpoint_t *endpoint, word_t badge)
{
    if (endpoint_get_state(endpoint) != endpoint_send)
        return;
    tcb_queue_t queue = endpoint_get_queue(endpoint);
    for (tcb_t *thread = queue.head, *next; thread; thread = next) {
        next = thread->queue_next;
        if (thread->state.badge != badge)
            continue;
        queue = queue_remove(queue, thread);
        make_restart(thread);
    }
    endpoint_set(endpoint, queue, endpoint_send);
    reschedule_required();
}
