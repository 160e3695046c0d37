// Kernel objects: threads, endpoints, notifications, and what describes faults and errors.
#pragma once

#include "cap.h"

// Saved user registers. The trap entry pushes them downwards from the end of `ss`, which is where the
// processor's own interrupt frame (error_code to ss) ends; trap.S knows the offsets (layout.h).
typedef struct context {
    word_t rdi, rsi, rax, rbx, rbp, r12, r13, r14, rdx, r10, r8, r9, r15;
    word_t rcx, r11;   // not kept across a system call
    word_t fault_ip;   // instruction that faulted or made the system call
    word_t error_code; // of the last exception
    word_t next_ip;    // where the thread goes on
    word_t cs;
    word_t rflags;
    word_t rsp;
    word_t ss;
    word_t cs_is_syscall;    // entered by `syscall` and not modified since: sysret may resume it
    word_t fs_base, gs_base; // the current thread's are in the processor: arch_save_bases()
} context_t;

// Registers of the calling convention
#define REG_CAP     rdi // capability, then badge
#define REG_BADGE   rdi
#define REG_INFO    rsi // message tag
#define REG_SYSCALL rdx

enum { message_registers = seL4_FastMessageRegisters };

static inline word_t *context_mr(context_t *context, unsigned index)
{
    word_t *const registers[message_registers] = {&context->r10, &context->r8, &context->r9,
                                                  &context->r15};
    ASSERT(index < message_registers);
    return registers[index];
}

static inline word_t context_get_mr(const context_t *context, word_t index)
{
    return *context_mr((context_t *)context, (unsigned)index);
}

// Registers by their number in the structure.
static inline word_t context_get(const context_t *context, word_t index)
{
    return ((const word_t *)context)[index];
}

typedef enum thread_state_type {
    thread_inactive,
    thread_running,
    thread_restart,
    thread_blocked_on_receive,
    thread_blocked_on_send,
    thread_blocked_on_reply,
    thread_blocked_on_notification,
    thread_idle,
} thread_state_type_t;

typedef struct thread_state {
    uint8_t type;         // thread_state_type_t
    bool is_call;         // blocked_on_send
    bool can_grant;       // blocked_on_send, blocked_on_receive (grant of the reply)
    bool can_grant_reply; // blocked_on_send
    void *object;         // endpoint or notification that the thread is blocked on
    word_t badge;         // blocked_on_send
} thread_state_t;

typedef struct lookup_failure {
    seL4_LookupFailureType type;
    word_t bits_left;   // missing_capability, depth_mismatch, guard_mismatch
    word_t bits_found;  // depth_mismatch, guard_mismatch
    word_t guard_found; // guard_mismatch
} lookup_failure_t;

typedef struct fault {
    seL4_FaultType type;
    union {
        struct {
            word_t address;
            bool in_receive_phase;
            lookup_failure_t lookup;
        } cap;
        struct {
            word_t address;
            word_t fsr;
            bool is_instruction;
        } vm;
        struct {
            word_t number;
        } unknown_syscall;
        struct {
            word_t number;
            word_t code;
        } user_exception;
    };
} fault_t;

typedef struct syscall_error {
    seL4_Error type;
    word_t invalid_argument;
    word_t invalid_cap;
    word_t range_min, range_max;
    word_t memory_left;
    bool lookup_was_source;
} syscall_error_t;

// Slots at the start of a TCB.
enum tcb_slot {
    tcb_cspace,
    tcb_vspace,
    tcb_reply,  // master reply capability: what is derived from it is the right to reply to us
    tcb_caller, // reply capability for the last caller
    tcb_buffer, // IPC buffer frame
    tcb_slot_count,
};

struct notification;

typedef struct tcb {
    cte_t slots[tcb_slot_count];
    context_t context;
    alignas(64) uint8_t fpu_state[seL4_ConfigXsaveSize];
    thread_state_t state;
    fault_t fault;
    lookup_failure_t lookup_failure;
    struct notification *bound_notification;
    word_t ipc_buffer;                   // user address
    word_t fault_handler;                // cptr in the thread's own CSpace
    struct tcb *sched_next, *sched_prev; // ready queue
    struct tcb *queue_next, *queue_prev; // endpoint or notification queue
    uint32_t time_slice;                 // ticks left
    uint32_t flags;                      // seL4_TCBFlag
    prio_t priority;
    prio_t mcp;
    dom_t domain;
    bool in_ready_queue;
#ifdef CONFIG_DEBUG
    struct tcb *debug_next, *debug_prev;
    char name[64];
#endif
} tcb_t;

static_assert(sizeof(tcb_t) <= BIT(seL4_TCBBits));

typedef struct tcb_queue {
    tcb_t *head, *tail;
} tcb_queue_t;

typedef enum endpoint_state { endpoint_idle, endpoint_send, endpoint_receive } endpoint_state_t;

// 16 bytes: two 48-bit pointers; the state is in the low bits of the tail.
typedef struct endpoint {
    word_t head;
    word_t tail_and_state;
} endpoint_t;

static_assert(sizeof(endpoint_t) == BIT(seL4_EndpointBits));

typedef enum notification_state {
    notification_idle,
    notification_waiting,
    notification_active,
} notification_state_t;

// 32 bytes: queue, badge word, bound thread; the state is in the low bits of the tail.
typedef struct notification {
    word_t head;
    word_t tail_and_state;
    word_t badge; // valid while active
    tcb_t *bound_tcb;
} notification_t;

static_assert(sizeof(notification_t) == BIT(seL4_NotificationBits));

static inline tcb_t *tcb_from_cap(cap_t cap)
{
    ASSERT(cap_get_type(cap) == cap_thread);
    return cap_ptr(cap.thread.ptr);
}

// A decoded system call on a capability. Argument words are read with invocation_arg().
typedef struct invocation {
    tcb_t *thread; // the invoker, always the current thread
    cptr_t cptr;   // where the capability was found
    cte_t *slot;
    cap_t cap;
    word_t label;
    word_t length;                      // argument words
    word_t *buffer;                     // kernel address of the IPC buffer, or null
    cte_t *extra[seL4_MsgMaxExtraCaps]; // extra capabilities, null behind the last
    bool is_call;
    bool is_blocking;
} invocation_t;

static inline word_t invocation_arg(const invocation_t *inv, unsigned index)
{
    ASSERT(index < inv->length);
    if (index < message_registers)
        return *context_mr(&inv->thread->context, index);
    ASSERT(inv->buffer); // the length was cut to the registers when there is no buffer
    return inv->buffer[1 + index];
}
