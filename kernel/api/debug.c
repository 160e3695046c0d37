// Debug system calls: the debug build's window into the kernel. Their argument and result are in the
// capability register; a message of theirs is in the IPC buffer.
#include "api.h"

#ifdef CONFIG_DEBUG

static const char *const state_names[] = {
    [thread_inactive] = "inactive",
    [thread_running] = "running",
    [thread_restart] = "restart",
    [thread_blocked_on_receive] = "blocked on receive",
    [thread_blocked_on_send] = "blocked on send",
    [thread_blocked_on_reply] = "blocked on reply",
    [thread_blocked_on_notification] = "blocked on notification",
    [thread_idle] = "idle",
};

static void dump_scheduler(void)
{
    kprintf("%-40s %-24s %-18s %4s %6s\n", "thread", "state", "ip", "prio", "domain");
    for (const tcb_t *tcb = kernel.debug_threads; tcb; tcb = tcb->debug_next)
        kprintf("%-40s %-24s 0x%-16lx %4u %6u\n", tcb->name, state_names[tcb->state.type],
                tcb->context.fault_ip, (unsigned)tcb->priority, (unsigned)tcb->domain);
}

static word_t identify_cap(cptr_t cptr)
{
    cap_t cap;
    return lookup_cap(kernel.current, cptr, &cap) == ok ? cap_get_type(cap) : cap_null;
}

// A wrong use of this call is a mistake in the program under test: stop where it is seen.
static void name_thread(cptr_t cptr)
{
    const word_t *buffer = lookup_ipc_buffer(kernel.current, false);
    cap_t cap;
    if (lookup_cap(kernel.current, cptr, &cap) != ok || cap_get_type(cap) != cap_thread) {
        kprintf("DebugNameThread: not a thread\n");
        kernel_halt();
    }
    if (!buffer) {
        kprintf("DebugNameThread: no IPC buffer\n");
        kernel_halt();
    }
    tcb_t *tcb = tcb_from_cap(cap);
    const char *name = (const char *)(buffer + 1);
    size_t length = 0;
    while (length < sizeof(tcb->name) - 1 && name[length]) {
        tcb->name[length] = name[length];
        length++;
    }
    tcb->name[length] = 0;
}

bool debug_syscall(word_t number)
{
    context_t *context = &kernel.current->context;
    switch ((int64_t)number) {
    case seL4_SysDebugPutChar:
        console_putchar((char)context->REG_CAP);
        return true;
    case seL4_SysDebugDumpScheduler:
        dump_scheduler();
        return true;
    case seL4_SysDebugHalt:
        kprintf("halted by %s\n", kernel.current->name);
        kernel_halt();
    case seL4_SysDebugCapIdentify:
        context->REG_CAP = identify_cap(context->REG_CAP);
        return true;
    case seL4_SysDebugSnapshot:
        snapshot();
        return true;
    case seL4_SysDebugNameThread:
        name_thread(context->REG_CAP);
        return true;
    default:
        return false;
    }
}

#endif
