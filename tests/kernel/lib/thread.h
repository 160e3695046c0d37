// Threads of the test programs. gs of each one points at its thread_t, where the stubs find the IPC
// buffer; this header is therefore what includes the seL4 interface.
#pragma once

#include <sel4/types.h>

typedef struct thread {
    seL4_IPCBuffer *ipc; // gs:0
    seL4_Word raw[3];    // gs:8, used by raw_syscall
    struct thread *self; // gs:32
    seL4_CPtr tcb;
    void (*entry)(struct thread *self);
    seL4_Word arg[6];
    volatile seL4_Word result[8];
    volatile seL4_Word steps; // progress for others to look at
    volatile seL4_Word done;  // entry has returned
    seL4_Word stack_top;
} thread_t;

static inline seL4_IPCBuffer *thread_ipc_buffer(void)
{
    seL4_IPCBuffer *buffer;
    __asm__("movq %%gs:0, %0" : "=r"(buffer));
    return buffer;
}

static inline thread_t *thread_self(void)
{
    thread_t *self;
    __asm__("movq %%gs:32, %0" : "=r"(self));
    return self;
}

#define SEL4_IPC_BUFFER() thread_ipc_buffer()
#include <sel4/sel4.h>

// Priorities: tests run at RUNNER; a thread above it runs at once, one below it in settle().
enum { WATCHDOG_PRIORITY = 0, SETTLE_PRIORITY = 1, RUNNER_PRIORITY = 100, GUARD_PRIORITY = 255 };
enum { BELOW = RUNNER_PRIORITY - 10, ABOVE = RUNNER_PRIORITY + 10 };

typedef void (*thread_entry_t)(thread_t *self);

// Where a new thread lives. Zero fields mean the runner's own CSpace and VSpace, and no handler.
typedef struct thread_space {
    seL4_CPtr cspace;
    seL4_Word cspace_data;
    seL4_CPtr vspace;
    seL4_CPtr fault_ep; // as seen in the thread's own CSpace
} thread_space_t;

void thread_setup_root(const seL4_BootInfo *info);
void thread_reset(void); // all threads of the last test are gone

// A configured thread that does not run yet.
thread_t *thread_new(seL4_Word priority);
thread_t *thread_new_in(seL4_Word priority, thread_space_t space);
void thread_start(thread_t *thread, thread_entry_t entry);

// Shorthand: new thread at `priority` that runs entry with up to three arguments.
thread_t *thread_spawn(seL4_Word priority, thread_entry_t entry, seL4_Word a, seL4_Word b,
                       seL4_Word c);

// Let every other runnable thread run until all of them block.
void settle(void);

seL4_UserContext thread_registers(const thread_t *thread);

// All general registers around one `syscall` instruction.
typedef struct raw_registers {
    seL4_Word rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp;
    seL4_Word r8, r9, r10, r11, r12, r13, r14, r15;
} raw_registers_t;

static_assert(sizeof(raw_registers_t) == 16 * 8);

void raw_syscall(raw_registers_t *registers);
extern const char raw_syscall_return[]; // the instruction after it

extern thread_t root_thread;
