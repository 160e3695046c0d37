// Debug builds: the kernel's invariants, checked between two entries. Everything that can be reached
// is looked at, from the list of all threads: their slots, the CNodes in those, and the objects that
// the capabilities there name.
#include "objectp.h"
#include "queue.h"

#ifdef CONFIG_DEBUG

static bool is_user_cap_type(cap_type_t type)
{
    constexpr word_t known =
        BIT(cap_untyped) | BIT(cap_endpoint) | BIT(cap_notification) | BIT(cap_reply) |
        BIT(cap_cnode) | BIT(cap_thread) | BIT(cap_irq_control) | BIT(cap_irq_handler) |
        BIT(cap_zombie) | BIT(cap_domain) | BIT(cap_frame) | BIT(cap_page_table) |
        BIT(cap_page_directory) | BIT(cap_pdpt) | BIT(cap_pml4) | BIT(cap_asid_control) |
        BIT(cap_asid_pool) | BIT(cap_io_space) | BIT(cap_io_port) | BIT(cap_io_port_control);
    return known >> type & 1;
}

static bool waits_on(const tcb_t *thread, const void *object, word_t types)
{
    return thread->state.object == object && (types >> thread->state.type & 1);
}

static void check_queue(tcb_queue_t queue, const void *object, word_t types)
{
    const tcb_t *last = nullptr;
    for (const tcb_t *thread = queue.head; thread; thread = thread->queue_next) {
        ASSERT(waits_on(thread, object, types));
        ASSERT(thread->queue_prev == last);
        last = thread;
    }
    ASSERT(queue.tail == last);
}

static void check_endpoint(const endpoint_t *endpoint)
{
    switch (endpoint_get_state(endpoint)) {
    case endpoint_idle:
        ASSERT(!endpoint->head && !endpoint->tail_and_state);
        break;
    case endpoint_send:
        ASSERT(endpoint->head);
        check_queue(endpoint_get_queue(endpoint), endpoint, BIT(thread_blocked_on_send));
        break;
    case endpoint_receive:
        ASSERT(endpoint->head);
        check_queue(endpoint_get_queue(endpoint), endpoint, BIT(thread_blocked_on_receive));
        break;
    default:
        ASSERT(false);
    }
}

static void check_notification(const notification_t *notification)
{
    const tcb_t *bound = notification->bound_tcb;
    ASSERT(!bound || bound->bound_notification == notification);
    if (notification_get_state(notification) != notification_waiting) {
        ASSERT(!notification->head && !endpoint_get_queue((const endpoint_t *)notification).tail);
        return;
    }
    ASSERT(notification->head);
    check_queue(notification_get_queue(notification), notification,
                BIT(thread_blocked_on_notification));
}

// What is below the watermark may be an object, what is above is none.
static void check_untyped(const cte_t *slot)
{
    const cap_t cap = slot->cap;
    const word_t used = (word_t)cap.untyped.free_index << seL4_MinUntypedBits;
    ASSERT(cap.untyped.size_bits >= seL4_MinUntypedBits);
    ASSERT(cap.untyped.size_bits <= seL4_MaxUntypedBits);
    ASSERT(used <= BIT(cap.untyped.size_bits));

    paddr_t base, child_base;
    word_t bits, child_bits;
    ASSERT(cap_memory(cap, &base, &bits) && IS_ALIGNED(base, bits));
    if (!mdb_has_children(slot))
        return;
    ASSERT(cap_memory(mdb_next(slot)->cap, &child_base, &child_bits));
    ASSERT(child_base - base + BIT(child_bits) <= used);
}

static void check_slot(const cte_t *slot)
{
    const cte_t *prev = mdb_prev(slot), *next = mdb_next(slot);
    const cap_type_t type = cap_get_type(slot->cap);
    if (type == cap_null) {
        ASSERT(!prev && !next);
        return;
    }
    ASSERT(is_user_cap_type(type));
    ASSERT(!prev || (mdb_next(prev) == slot && cap_get_type(prev->cap) != cap_null));
    ASSERT(!next || (mdb_prev(next) == slot && cap_get_type(next->cap) != cap_null));
    if (type == cap_untyped)
        check_untyped(slot);
    else if (type == cap_endpoint)
        check_endpoint(cap_ptr(slot->cap.endpoint.ptr));
    else if (type == cap_notification)
        check_notification(cap_ptr(slot->cap.notification.ptr));
    else
        arch_check_cap(slot->cap);
}

static void check_thread_slots(const tcb_t *thread)
{
    for (unsigned i = 0; i < tcb_slot_count; i++)
        check_slot(&thread->slots[i]);

    const cap_t master = thread->slots[tcb_reply].cap, caller = thread->slots[tcb_caller].cap;
    ASSERT(cap_get_type(master) == cap_null ||
           (cap_get_type(master) == cap_reply && master.reply.is_master &&
            cap_ptr(master.reply.tcb_ptr) == thread));
    ASSERT(cap_get_type(caller) == cap_null ||
           (cap_get_type(caller) == cap_reply && !caller.reply.is_master));

    // Exactly while a thread waits for a reply may somebody hold the right to give it.
    const cte_t *reply = mdb_next(&thread->slots[tcb_reply]);
    ASSERT(!reply || thread->state.type == thread_blocked_on_reply);
    ASSERT(!reply || (cap_get_type(reply->cap) == cap_reply && !mdb_next(reply)));
}

static void check_thread(const tcb_t *thread)
{
    check_thread_slots(thread);
    ASSERT(thread->domain < num_domains);
    ASSERT(!thread->bound_notification || thread->bound_notification->bound_tcb == thread);
    ASSERT(thread->in_ready_queue == (is_runnable(thread) && thread != kernel.current));
    switch (thread->state.type) {
    case thread_blocked_on_send:
        ASSERT(endpoint_get_state(thread->state.object) == endpoint_send);
        break;
    case thread_blocked_on_receive:
        ASSERT(endpoint_get_state(thread->state.object) == endpoint_receive);
        break;
    case thread_blocked_on_notification:
        ASSERT(notification_get_state(thread->state.object) == notification_waiting);
        break;
    default:
        ASSERT(thread->state.type <= thread_idle);
    }
}

static void check_ready_queue(dom_t domain, word_t priority)
{
    const tcb_queue_t queue = kernel.ready[domain][priority];
    const bool marked = kernel.ready_bitmap2[domain][priority / 64] >> priority % 64 & 1;
    ASSERT(marked == (queue.head != nullptr));
    const tcb_t *last = nullptr;
    for (const tcb_t *thread = queue.head; thread; thread = thread->sched_next) {
        ASSERT(thread->in_ready_queue && is_runnable(thread));
        ASSERT(thread->domain == domain && thread->priority == priority);
        ASSERT(thread->sched_prev == last);
        last = thread;
    }
    ASSERT(queue.tail == last);
}

static void check_scheduler(void)
{
    ASSERT(kernel.action == keep_current);
    ASSERT(kernel.current == kernel.idle || kernel.current->state.type == thread_running);
    ASSERT(kernel.domain_ticks > 0);
    for (unsigned domain = 0; domain < num_domains; domain++) {
        for (word_t priority = 0; priority < num_priorities; priority++)
            check_ready_queue((dom_t)domain, priority);
        for (word_t group = 0; group < num_priorities / 64; group++)
            ASSERT((kernel.ready_bitmap1[domain] >> group & 1) ==
                   (kernel.ready_bitmap2[domain][group] != 0));
    }
}

// CNodes that were looked at in this check. When there are more, some are looked at again.
typedef struct visited {
    const cte_t *nodes[64];
    size_t count;
} visited_t;

static bool visit(visited_t *visited, const cte_t *slots)
{
    for (size_t i = 0; i < visited->count; i++) {
        if (visited->nodes[i] == slots)
            return false;
    }
    if (visited->count < ARRAY_SIZE(visited->nodes))
        visited->nodes[visited->count++] = slots;
    return true;
}

// The levels are limited since the kernel's stack is, and CNodes may hold one another.
static void check_cnode(visited_t *visited, cap_t cap, unsigned levels)
{
    if (cap_get_type(cap) != cap_cnode || levels == 0 || !visit(visited, cnode_slots(cap)))
        return;
    for (word_t i = 0; i < BIT(cap.cnode.radix); i++) {
        const cte_t *slot = cnode_slots(cap) + i;
        check_slot(slot);
        check_cnode(visited, slot->cap, levels - 1);
    }
}

void check_invariants(void)
{
    visited_t visited = {};
    constexpr unsigned levels = 3;
    check_scheduler();
    arch_check_invariants();
    for (unsigned i = 0; i < num_irqs; i++)
        check_slot(&kernel.irq_slots[i]);
    for (const tcb_t *thread = kernel.debug_threads; thread; thread = thread->debug_next) {
        check_thread(thread);
        check_cnode(&visited, thread->slots[tcb_cspace].cap, levels);
    }
}

#endif
