// Fast paths of Call and ReplyRecv: a short message without capabilities between two threads of which
// one waits for the other; with Call a few of its words may be in the buffers. A fast path first checks
// that nothing unusual is involved; if something is, it has changed nothing and the general path does
// the system call. Otherwise it leaves exactly what the general path would, at a fraction of the cost:
// no queues of ready threads.
#include "api.h"
#include "queue.h"

// A tag without capabilities, and a length that the registers hold.
static bool is_short_message(word_t info)
{
    constexpr word_t length_and_caps = MASK(seL4_MsgLengthBits + seL4_MsgExtraCapBits);
    return (info & length_and_caps) <= message_registers;
}

// The general lookup at full depth, without its account of failures: then the capability is null.
// `rest` is what is left of the address, at the top of the word.
static inline cap_t find_cap(const tcb_t *thread, cptr_t cptr)
{
    cap_t cap = thread->slots[tcb_cspace].cap;
    if (cap_get_type(cap) != cap_cnode)
        return cap_new_simple(cap_null);
    word_t rest = cptr;
    for (int bits_left = seL4_WordBits;;) {
        const word_t radix = cap.cnode.radix, guard_size = cap.cnode.guard_size;
        // In two steps, since a guard may have no bits at all.
        if (rest >> 1 >> (63 - guard_size) != cap.cnode.guard)
            return cap_new_simple(cap_null);
        bits_left -= (int)(guard_size + radix);
        if (bits_left < 0)
            return cap_new_simple(cap_null);
        rest <<= guard_size;
        cap = cnode_slots(cap)[rest >> (64 - radix)].cap;
        if (bits_left == 0 || cap_get_type(cap) != cap_cnode)
            return cap;
        rest <<= radix;
    }
}

// Is the capability an endpoint with the right?
static inline bool is_endpoint_with(cap_t cap, cap_t right)
{
    constexpr cap_t type_bits = {.endpoint = {.type_ = 0x1f}};
    right.words[0] |= cap_endpoint;
    return (cap.words[0] & (right.words[0] | type_bits.words[0])) == right.words[0];
}

constexpr cap_t right_to_send = {.endpoint = {.can_send = true}};
constexpr cap_t right_to_receive = {.endpoint = {.can_receive = true}};

// Would the scheduler choose the thread, if the current one did not run on?
static bool is_next(const tcb_t *thread)
{
    return thread->domain == kernel.domain && thread->priority >= highest_ready(kernel.domain);
}

static inline void copy_registers(const context_t *from, context_t *to, word_t length)
{
    if (length == 0)
        return;
    to->r10 = from->r10;
    if (length == 1)
        return;
    to->r8 = from->r8;
    if (length == 2)
        return;
    to->r9 = from->r9;
    if (length == 3)
        return;
    to->r15 = from->r15;
}

[[gnu::always_inline]] static inline void hand_over(tcb_t *sender, word_t info, word_t badge,
                                                    tcb_t *receiver)
{
    constexpr word_t caps_unwrapped = 7ull << (seL4_MsgLengthBits + seL4_MsgExtraCapBits);
    copy_registers(&sender->context, &receiver->context, info & MASK(seL4_MsgLengthBits));
    receiver->context.REG_INFO = info & ~caps_unwrapped;
    receiver->context.REG_BADGE = badge;
    receiver->state.type = thread_running;
    arch_switch_to(receiver);
    kernel.current = receiver;
}

constexpr word_t most_words = 16; // of a message; a long one may as well take the general path

static inline bool is_medium_message(word_t info)
{
    constexpr word_t length_and_caps = MASK(seL4_MsgLengthBits + seL4_MsgExtraCapBits);
    return (info & length_and_caps) <= most_words;
}

bool fastpath_call(void)
{
    tcb_t *caller = kernel.current;
    const word_t info = caller->context.REG_INFO;
    if (!is_medium_message(info) || caller->fault.type != seL4_Fault_NullFault)
        return false;
    const cap_t cap = find_cap(caller, caller->context.REG_CAP);
    if (!is_endpoint_with(cap, right_to_send))
        return false;
    if (!cap.endpoint.can_grant && !cap.endpoint.can_grant_reply)
        return false;
    endpoint_t *endpoint = cap_ptr(cap.endpoint.ptr);
    if (endpoint_get_state(endpoint) != endpoint_receive)
        return false;
    tcb_t *server = (tcb_t *)endpoint->head;
    // As in the scheduler: no ready thread is above the current one.
    if (server->priority < caller->priority ? !is_next(server) : server->domain != kernel.domain)
        return false;

    const word_t length = info & MASK(seL4_MsgLengthBits);
    if (length > message_registers) {
        const word_t *from = lookup_ipc_buffer(caller, false);
        word_t *to = lookup_ipc_buffer(server, true);
        if (!from || !to)
            return false;
        for (word_t i = message_registers; i < length; i++)
            to[buffer_message + i] = from[buffer_message + i];
    }

    tcb_t *next = server->queue_next;
    endpoint->head = (word_t)next;
    if (next)
        next->queue_prev = nullptr;
    else
        endpoint->tail_and_state = endpoint_idle;

    // The right to reply: what setup_caller_cap() derives from the caller's master.
    cte_t *master = &caller->slots[tcb_reply], *reply = &server->slots[tcb_caller];
    ASSERT(!mdb_next(master) && cap_get_type(reply->cap) == cap_null);
    reply->cap = new_reply_cap(caller, false, server->state.can_grant);
    reply->mdb.prev_bits = (word_t)master;
    master->mdb.next_bits |= (word_t)reply;
    caller->state.type = thread_blocked_on_reply;

    hand_over(caller, info, cap.endpoint.badge, server);
    return true;
}

bool fastpath_reply_recv(void)
{
    tcb_t *server = kernel.current;
    const word_t info = server->context.REG_INFO;
    if (!is_short_message(info) || server->fault.type != seL4_Fault_NullFault)
        return false;
    const cap_t cap = find_cap(server, server->context.REG_CAP);
    if (!is_endpoint_with(cap, right_to_receive))
        return false;
    endpoint_t *endpoint = cap_ptr(cap.endpoint.ptr);
    if (endpoint_get_state(endpoint) == endpoint_send)
        return false;
    const notification_t *bound = server->bound_notification;
    if (bound && notification_get_state(bound) == notification_active)
        return false;

    cte_t *reply = &server->slots[tcb_caller];
    if (cap_get_type(reply->cap) != cap_reply)
        return false;
    tcb_t *caller = cap_ptr(reply->cap.reply.tcb_ptr);
    if (caller->fault.type != seL4_Fault_NullFault || !is_next(caller))
        return false;

    server->state.type = thread_blocked_on_receive;
    server->state.can_grant = cap.endpoint.can_grant;
    server->state.object = endpoint;
    tcb_t *last = endpoint_get_queue(endpoint).tail;
    server->queue_prev = last;
    server->queue_next = nullptr;
    if (last)
        last->queue_next = server;
    else
        endpoint->head = (word_t)server;
    endpoint->tail_and_state = (word_t)server | endpoint_receive;

    // The right to reply is used up.
    cte_t *master = &caller->slots[tcb_reply];
    ASSERT(mdb_prev(reply) == master && !mdb_next(reply));
    master->mdb.next_bits &= 3;
    *reply = (cte_t){};

    hand_over(server, info, 0, caller);
    return true;
}
