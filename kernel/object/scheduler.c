// The scheduler (manual, "Scheduling", "Domains"): the runnable thread of the highest priority in the
// current domain, round robin among equals. Ready queues hold the runnable threads but the current
// one, and a two-level bitmap tells which queues are not empty.
#include "objectp.h"

static tcb_queue_t *ready_queue(const tcb_t *thread)
{
    return &kernel.ready[thread->domain][thread->priority];
}

static void mark_ready(dom_t domain, prio_t priority)
{
    kernel.ready_bitmap1[domain] |= BIT(priority / 64);
    kernel.ready_bitmap2[domain][priority / 64] |= BIT(priority % 64);
}

static void mark_not_ready(dom_t domain, prio_t priority)
{
    word_t *level2 = &kernel.ready_bitmap2[domain][priority / 64];
    *level2 &= ~BIT(priority % 64);
    if (*level2 == 0)
        kernel.ready_bitmap1[domain] &= ~BIT(priority / 64);
}

void sched_enqueue(tcb_t *thread)
{
    if (thread->in_ready_queue)
        return;
    tcb_queue_t *queue = ready_queue(thread);
    thread->sched_prev = nullptr;
    thread->sched_next = queue->head;
    if (queue->head)
        queue->head->sched_prev = thread;
    else
        queue->tail = thread;
    queue->head = thread;
    thread->in_ready_queue = true;
    mark_ready(thread->domain, thread->priority);
}

// To the end of its queue: the thread has had its turn.
static void sched_append(tcb_t *thread)
{
    if (thread->in_ready_queue)
        return;
    tcb_queue_t *queue = ready_queue(thread);
    thread->sched_prev = queue->tail;
    thread->sched_next = nullptr;
    if (queue->tail)
        queue->tail->sched_next = thread;
    else
        queue->head = thread;
    queue->tail = thread;
    thread->in_ready_queue = true;
    mark_ready(thread->domain, thread->priority);
}

void sched_dequeue(tcb_t *thread)
{
    if (!thread->in_ready_queue)
        return;
    tcb_queue_t *queue = ready_queue(thread);
    if (thread->sched_prev)
        thread->sched_prev->sched_next = thread->sched_next;
    else
        queue->head = thread->sched_next;
    if (thread->sched_next)
        thread->sched_next->sched_prev = thread->sched_prev;
    else
        queue->tail = thread->sched_prev;
    thread->in_ready_queue = false;
    if (!queue->head)
        mark_not_ready(thread->domain, thread->priority);
}

void reschedule_required(void)
{
    if (kernel.action == switch_to_candidate)
        sched_enqueue(kernel.candidate);
    kernel.action = choose_new;
}

// A thread became runnable. The first one in a system call is a candidate to switch to directly,
// without going through its ready queue.
void possible_switch_to(tcb_t *thread)
{
    if (thread->domain != kernel.domain) {
        sched_enqueue(thread);
    } else if (kernel.action != keep_current) {
        reschedule_required();
        sched_enqueue(thread);
    } else {
        kernel.action = switch_to_candidate;
        kernel.candidate = thread;
    }
}

void set_thread_state(tcb_t *thread, thread_state_type_t type)
{
    thread->state.type = (uint8_t)type;
    if (thread == kernel.current && kernel.action == keep_current && !is_runnable(thread))
        reschedule_required();
}

static void switch_to(tcb_t *thread)
{
    arch_switch_to(thread);
    sched_dequeue(thread);
    kernel.current = thread;
}

static void switch_to_idle(void)
{
    arch_switch_to_idle();
    kernel.current = kernel.idle;
}

static void enter_domain(word_t index)
{
    kernel.domain_index = index;
    kernel.domain = kernel.domain_schedule[index].domain;
    kernel.domain_ticks = kernel.domain_schedule[index].ticks;
    kernel.work_units = 0;
}

static void next_domain(void)
{
    word_t next = kernel.domain_index + 1;
    if (next >= num_domain_schedules || kernel.domain_schedule[next].ticks == 0)
        next = kernel.domain_start;
    enter_domain(next);
}

static void choose_thread(void)
{
    if (kernel.domain_ticks == 0)
        next_domain();
    const int priority = highest_ready(kernel.domain);
    if (priority < 0)
        switch_to_idle();
    else
        switch_to(kernel.ready[kernel.domain][priority].head);
}

static void consider_candidate(bool current_runs_on)
{
    tcb_t *candidate = kernel.candidate;
    ASSERT(is_runnable(candidate));
    // What is not below the current thread is above all ready ones, as the current thread was.
    const bool may_be_outranked =
        kernel.current == kernel.idle || candidate->priority < kernel.current->priority;
    if (may_be_outranked && highest_ready(kernel.domain) > candidate->priority) {
        sched_enqueue(candidate);
        choose_thread();
    } else if (current_runs_on && candidate->priority == kernel.current->priority) {
        sched_append(candidate); // no turn is taken from an equal
        choose_thread();
    } else {
        switch_to(candidate);
    }
}

// A thread that restarts does what it was at again: the system call, or the faulting instruction.
static void activate_current(void)
{
    tcb_t *thread = kernel.current;
    if (thread->state.type != thread_restart)
        return;
    thread->context.next_ip = thread->context.fault_ip;
    set_thread_state(thread, thread_running);
}

void schedule(void)
{
    if (kernel.action != keep_current) {
        const bool current_runs_on = is_runnable(kernel.current);
        if (current_runs_on)
            sched_enqueue(kernel.current);
        if (kernel.action == choose_new)
            choose_thread();
        else
            consider_candidate(current_runs_on);
        kernel.action = keep_current;
    }
    activate_current();
}

void set_priority(tcb_t *thread, prio_t priority)
{
    sched_dequeue(thread);
    thread->priority = priority;
    if (!is_runnable(thread))
        return;
    if (thread == kernel.current)
        reschedule_required();
    else
        possible_switch_to(thread);
}

void set_domain(tcb_t *thread, dom_t domain)
{
    sched_dequeue(thread);
    thread->domain = domain;
    if (is_runnable(thread))
        sched_enqueue(thread);
    if (thread == kernel.current)
        reschedule_required();
}

void yield(tcb_t *thread)
{
    sched_dequeue(thread);
    sched_append(thread);
    reschedule_required();
}

void timer_tick(void)
{
    tcb_t *thread = kernel.current;
    if (is_runnable(thread)) {
        if (thread->time_slice > 1) {
            thread->time_slice--;
        } else {
            thread->time_slice = seL4_ConfigTimeSlice;
            sched_append(thread);
            reschedule_required();
        }
    }
    if (--kernel.domain_ticks == 0)
        reschedule_required();
}

void enter_domain_schedule(word_t index)
{
    kernel.domain_start = index;
    enter_domain(index);
    reschedule_required();
}

void scheduler_init(void)
{
    // Domain 0 for good, as far as the number goes.
    kernel.domain_schedule[0] = (domain_schedule_entry_t){.domain = 0, .ticks = MASK(56)};
    enter_domain(0);
}
