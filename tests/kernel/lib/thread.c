// Threads: a fixed set of stacks and IPC buffers in the program image, a TCB from the test's
// memory for each use.
#include "ktest.h"

enum { MAX_THREADS = 32, STACK_SIZE = 8 * 1024, BUFFER_SIZE = 1 << seL4_IPCBufferSizeBits };

static char stacks[MAX_THREADS][STACK_SIZE] __attribute__((aligned(16)));
static seL4_IPCBuffer buffers[MAX_THREADS] __attribute__((aligned(4096)));
static thread_t threads[MAX_THREADS];
static seL4_Word threads_used;

thread_t root_thread;

static void set_gs_base(const thread_t *thread)
{
    __asm__ volatile("wrgsbase %0" : : "r"(thread));
}

void thread_setup_root(const seL4_BootInfo *info)
{
    root_thread.ipc = info->ipcBuffer;
    root_thread.self = &root_thread;
    root_thread.tcb = seL4_CapInitThreadTCB;
    set_gs_base(&root_thread);
}

void thread_reset(void)
{
    threads_used = 0;
}

thread_t *thread_new_in(seL4_Word priority, thread_space_t space)
{
    if (threads_used == MAX_THREADS)
        bail_out("too many threads");
    seL4_Word index = threads_used++;
    thread_t *thread = &threads[index];
    *thread = (thread_t){
        .ipc = &buffers[index],
        .self = thread,
        .tcb = new_object(seL4_TCBObject, 0),
        .stack_top = (seL4_Word)stacks[index] + STACK_SIZE,
    };
    buffers[index] = (seL4_IPCBuffer){0};

    CHECK_OK(seL4_TCB_Configure(thread->tcb, space.fault_ep, space.cspace ? space.cspace : ROOT,
                                space.cspace_data,
                                space.vspace ? space.vspace : seL4_CapInitThreadVSpace, 0,
                                (seL4_Word)thread->ipc, image_frame(thread->ipc)));
    CHECK_OK(seL4_TCB_SetSchedParams(thread->tcb, seL4_CapInitThreadTCB, priority, priority));
    return thread;
}

thread_t *thread_new(seL4_Word priority)
{
    return thread_new_in(priority, (thread_space_t){0});
}

// A thread whose entry returns suspends itself. With a CSpace of its own it has no name for its
// TCB, and stops by a fault that nobody handles.
[[noreturn]] static void thread_main(thread_t *self)
{
    self->entry(self);
    self->done = 1;
    for (;;) {
        (void)seL4_TCB_Suspend(self->tcb);
        (void)seL4_Recv(seL4_CapNull, nullptr);
    }
}

void thread_start(thread_t *thread, thread_entry_t entry)
{
    thread->entry = entry;
    seL4_UserContext context = {
        .rip = (seL4_Word)thread_main,
        .rsp = thread->stack_top - 8, // as after a call instruction
        .rdi = (seL4_Word)thread,
        .gs_base = (seL4_Word)thread,
    };
    CHECK_OK(seL4_TCB_WriteRegisters(thread->tcb, true, 0, seL4_UserContextRegisters, &context));
}

thread_t *thread_spawn(seL4_Word priority, thread_entry_t entry, seL4_Word a, seL4_Word b,
                       seL4_Word c)
{
    thread_t *thread = thread_new(priority);
    thread->arg[0] = a;
    thread->arg[1] = b;
    thread->arg[2] = c;
    thread_start(thread, entry);
    return thread;
}

void settle(void)
{
    CHECK_OK(seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, SETTLE_PRIORITY));
    CHECK_OK(seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, RUNNER_PRIORITY));
}

seL4_UserContext thread_registers(const thread_t *thread)
{
    seL4_UserContext context = {0};
    CHECK_OK(seL4_TCB_ReadRegisters(thread->tcb, false, 0, seL4_UserContextRegisters, &context));
    return context;
}
