// The kernel's global state and the functions that its parts offer to one another.
#pragma once

#include "objects.h"

enum {
    num_domains = seL4_ConfigNumDomains,
    num_priorities = seL4_ConfigNumPriorities,
    num_domain_schedules = seL4_ConfigNumDomainSchedules,
    // User interrupts are 0..max_irq, one for each CPU vector. The interface's headers say 109
    // (seL4_VectorMax), but seL4 16.0.0 accepts no more than 107.
    max_irq = 107,
    num_irqs = max_irq + 1,
    irq_timer = num_irqs, // the kernel's own tick
    irq_none = 0xffff,
};

typedef enum scheduler_action { keep_current, choose_new, switch_to_candidate } scheduler_action_t;

typedef enum irq_state { irq_inactive, irq_signal, irq_reserved } irq_state_t;

typedef struct domain_schedule_entry {
    dom_t domain;
    uint64_t ticks; // 0 ends the schedule
} domain_schedule_entry_t;

typedef struct kernel {
    tcb_t *current;
    tcb_t *idle;
    tcb_t *fpu_owner; // whose state is in the registers, or null

    tcb_queue_t ready[num_domains][num_priorities];
    word_t ready_bitmap1[num_domains];
    word_t ready_bitmap2[num_domains][num_priorities / 64];
    scheduler_action_t action;
    tcb_t *candidate;
    dom_t domain;
    uint64_t domain_ticks;
    word_t domain_index;
    word_t domain_start;
    domain_schedule_entry_t domain_schedule[num_domain_schedules];

    fault_t fault;
    lookup_failure_t lookup_failure;
    syscall_error_t syscall_error;
    word_t work_units; // since the last preemption point that looked

    cte_t irq_slots[num_irqs]; // the notification capability of each interrupt
    uint8_t irq_states[num_irqs];

#ifdef CONFIG_DEBUG
    tcb_t *debug_threads;  // every TCB, newest first, linked by debug_next
    word_t check_interval; // check_invariants() once in so many entries; 0: never
    word_t entries_unchecked;
#endif
} kernel_t;

extern kernel_t kernel;

// The entry code keeps nothing in registers across a call, so none need to be preserved. (Unit tests on
// the build machine call from C.)
#if __STDC_HOSTED__
#define CALLED_BY_ENTRY
#else
#define CALLED_BY_ENTRY [[clang::preserve_none]]
#endif

// ---- api/: entries from the trap code. Each leaves the next thread in kernel.current.

// A system call with one of seL4's numbers; number and arguments are in the current thread's context.
CALLED_BY_ENTRY void handle_syscall(void);
// A number that is no system call (debug calls in debug builds are handled here).
void handle_unknown_syscall(word_t number);
void handle_user_exception(word_t vector, word_t error_code);
void handle_vm_fault(vptr_t address, word_t error_code, bool is_instruction);
// Debug builds: perform a debug system call; false if the number is none (api/debug.c).
bool debug_syscall(word_t number);
// An interrupt was taken from user level, idle, or at a preemption point.
void handle_interrupt_entry(void);

// ---- api/, object/: lookups

// Resolve `depth` bits of `cptr` from `root`. On failure kernel.lookup_failure says why.
typedef struct resolve_result {
    error_t error;
    cte_t *slot;
    word_t bits_remaining;
} resolve_result_t;
resolve_result_t resolve_address_bits(cap_t root, cptr_t cptr, word_t depth);
// A capability of the thread's own CSpace, at full depth.
error_t lookup_slot(tcb_t *thread, cptr_t cptr, cte_t **slot);
error_t lookup_cap(tcb_t *thread, cptr_t cptr, cap_t *cap);
// A slot that an invocation names as (root, index, depth), errors as FailedLookup.
error_t lookup_target_slot(bool is_source, cap_t root, cptr_t index, word_t depth, cte_t **slot);
// lookup_target_slot + the slot must be empty (seL4_DeleteFirst).
error_t lookup_empty_slot(cap_t root, cptr_t index, word_t depth, cte_t **slot);
error_t ensure_empty_slot(const cte_t *slot);
error_t ensure_no_children(const cte_t *slot); // else seL4_RevokeFirst

// Errors of invocations: record one and return error_syscall.
[[nodiscard]] error_t fail(seL4_Error type);
[[nodiscard]] error_t fail_argument(word_t number);
[[nodiscard]] error_t fail_cap(word_t number);
[[nodiscard]] error_t fail_range(word_t min, word_t max);
[[nodiscard]] error_t fail_lookup(bool was_source); // details in kernel.lookup_failure
[[nodiscard]] error_t fail_memory(word_t bytes_left);

// Give `count` result words to the invoker (only a Call sees them).
void invocation_reply(const invocation_t *inv, const word_t *words, word_t count);

// ---- object/: capability operations

error_t decode_invocation(const invocation_t *inv);

// Derive a copy for a CNode Copy/Mint or an IPC transfer. An object may refuse (RevokeFirst) or hand
// out a null capability.
error_t derive_cap(cte_t *slot, cap_t cap, cap_t *derived);
cap_t mask_cap_rights(seL4_CapRights_t rights, cap_t cap);
cap_t update_cap_data(bool preserve, word_t data, cap_t cap); // cap_null: not allowed
// Do two capabilities name (parts of) the same object, the same object exactly, or one region?
bool same_region_as(cap_t parent, cap_t child);
bool same_object_as(cap_t left, cap_t right);

void cte_insert(cap_t cap, cte_t *source, cte_t *dest);
void cte_move(cap_t cap, cte_t *source, cte_t *dest);
void cte_swap(cap_t left_cap, cte_t *left, cap_t right_cap, cte_t *right);
void insert_new_cap(cte_t *parent, cte_t *slot, cap_t cap); // for a freshly made object
error_t cte_revoke(cte_t *slot);
error_t cte_delete(cte_t *slot, bool exposed);
void cte_delete_one(cte_t *slot); // a slot that needs no preemptible finalisation
bool is_final_cap(const cte_t *slot);

typedef struct finalise_result {
    cap_t remainder; // zombie that still has slots to clear, or null
    cap_t cleanup;   // to post-process once the slot is empty (irq handler, I/O ports), or null
} finalise_result_t;
finalise_result_t finalise_cap(cap_t cap, bool is_final, bool exposed);

// error_preempted when enough work was done and an interrupt is pending.
error_t preemption_point(void);

// ---- object/: threads, IPC, scheduling

void set_thread_state(tcb_t *thread, thread_state_type_t type);
void suspend(tcb_t *thread);
void restart(tcb_t *thread);
void cancel_ipc(tcb_t *thread);
void setup_reply_master(tcb_t *thread);
void thread_init(tcb_t *thread);                                  // memory is zero
word_t *lookup_ipc_buffer(const tcb_t *thread, bool is_receiver); // kernel address, or null
// Set a register (by number) to a value from user level, made safe where not every value is.
void context_set_user(context_t *context, word_t index, word_t value);
void send_signal(notification_t *notification, word_t badge);
void unbind_notification(tcb_t *thread);

void scheduler_init(void); // at boot, before the first thread: the domain schedule
// Choose the next thread and make it ready to be restored from kernel.current->context.
void schedule(void);
void reschedule_required(void);
void possible_switch_to(tcb_t *thread);
void set_priority(tcb_t *thread, prio_t priority);
void yield(tcb_t *thread);
void sched_enqueue(tcb_t *thread);
void sched_dequeue(tcb_t *thread);
void timer_tick(void);
static inline bool is_runnable(const tcb_t *thread)
{
    return thread->state.type == thread_running || thread->state.type == thread_restart;
}
static inline word_t highest_bit(word_t word)
{
    return 63 - (word_t)__builtin_clzll(word);
}

// The highest priority with a ready thread, or -1.
static inline int highest_ready(dom_t domain)
{
    const word_t level1 = kernel.ready_bitmap1[domain];
    if (level1 == 0)
        return -1;
    const word_t group = highest_bit(level1);
    return (int)(group * 64 + highest_bit(kernel.ready_bitmap2[domain][group]));
}

// Debug builds check every invariant (derivation list, queues, untyped bounds, scheduler bitmaps) at
// the end of a system call or fault when they were asked to. Not of an interrupt: a check can take
// longer than a tick, and then nothing else would run.
void check_invariants(void);
static inline void entry_done(void)
{
#ifdef CONFIG_DEBUG
    if (kernel.check_interval && ++kernel.entries_unchecked >= kernel.check_interval) {
        kernel.entries_unchecked = 0;
        check_invariants();
    }
#endif
}
