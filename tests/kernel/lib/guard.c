// The guard thread handles the runner's faults and hears the watchdog, a thread of the lowest
// priority that reports when nothing else has run for a long time. Either way the current test
// fails, the runner starts over with an empty stack, and the next test follows.
#include "ktest.h"

enum { FAULT_BADGE = 1, WATCHDOG_BADGE = 2 };
enum { HANG_MICROSECONDS = 2000000, SLICE_MICROSECONDS = 500 };
enum { STACK_SIZE = 8 * 1024 };

static struct {
    char stack[STACK_SIZE];
    seL4_IPCBuffer ipc __attribute__((aligned(4096)));
    thread_t thread;
} guard __attribute__((aligned(4096))), watchdog __attribute__((aligned(4096)));

static seL4_CPtr guard_ep, watchdog_ep;
static char reason[160];

extern char root_stack_top[];

static char *append(char *to, const char *text)
{
    while (*text)
        *to++ = *text++;
    return to;
}

static char *append_hex(char *to, seL4_Word value)
{
    to = append(to, " 0x");
    int shift = 60;
    while (shift && !(value >> shift & 15))
        shift -= 4;
    for (; shift >= 0; shift -= 4)
        *to++ = "0123456789abcdef"[value >> shift & 15];
    return to;
}

static void describe_fault(seL4_MessageInfo_t info)
{
    char *to = append(reason, "the test faulted: type, message");
    to = append_hex(to, seL4_MessageInfo_get_label(info));
    for (int i = 0; i < 5; i++)
        to = append_hex(to, seL4_GetMR(i));
    *to = 0;
}

static void describe_hang(seL4_Word rip)
{
    char *to = append(reason, "the test hangs, rip");
    to = append_hex(to, rip);
    *to = 0;
}

static void restart_runner(void)
{
    seL4_UserContext context = {
        .rip = (seL4_Word)test_abort,
        .rsp = (seL4_Word)root_stack_top - 8,
        .rdi = (seL4_Word)reason,
        .gs_base = (seL4_Word)&root_thread,
    };
    (void)seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, RUNNER_PRIORITY);
    (void)seL4_TCB_WriteRegisters(seL4_CapInitThreadTCB, true, 0, seL4_UserContextRegisters,
                                  &context);
}

[[noreturn]] static void guard_main(thread_t *)
{
    for (;;) {
        seL4_Word badge;
        seL4_MessageInfo_t info = seL4_Recv(guard_ep, &badge);
        seL4_UserContext context = {0};
        if (badge == FAULT_BADGE) {
            describe_fault(info);
        } else {
            (void)seL4_TCB_ReadRegisters(seL4_CapInitThreadTCB, true, 0, 1, &context);
            describe_hang(context.rip);
        }
        restart_runner();
    }
}

// Time counts only in steps short enough that no other thread can have run in between.
[[noreturn]] static void watchdog_main(thread_t *)
{
    const seL4_Word slice = SLICE_MICROSECONDS * tsc_mhz();
    seL4_Word idle = 0, test = 0, last = read_tsc();
    for (;;) {
        seL4_Word now = read_tsc();
        if (now - last < slice)
            idle += now - last;
        last = now;
        if (test != tests_started)
            idle = 0;
        test = tests_started;
        if (idle < HANG_MICROSECONDS * tsc_mhz())
            continue;
        idle = 0;
        seL4_Send(watchdog_ep, seL4_MessageInfo_new(0, 0, 0, 0));
    }
}

static void start(thread_t *thread, seL4_IPCBuffer *ipc, char *stack, seL4_Word priority,
                  void (*entry)(thread_t *))
{
    *thread = (thread_t){.ipc = ipc, .self = thread, .tcb = permanent_object(seL4_TCBObject, 0)};
    seL4_UserContext context = {
        .rip = (seL4_Word)entry,
        .rsp = (seL4_Word)stack + STACK_SIZE - 8,
        .rdi = (seL4_Word)thread,
        .gs_base = (seL4_Word)thread,
    };
    if (seL4_TCB_Configure(thread->tcb, 0, ROOT, 0, seL4_CapInitThreadVSpace, 0, (seL4_Word)ipc,
                           image_frame(ipc)) ||
        seL4_TCB_SetSchedParams(thread->tcb, seL4_CapInitThreadTCB, priority, priority) ||
        seL4_TCB_WriteRegisters(thread->tcb, true, 0, seL4_UserContextRegisters, &context))
        bail_out("cannot start the guard");
}

static seL4_CPtr badged_ep(seL4_Word badge)
{
    seL4_CPtr slot = permanent_slot();
    if (seL4_CNode_Mint(ROOT, slot, DEPTH, ROOT, guard_ep, DEPTH, seL4_AllRights, badge))
        bail_out("cannot badge the guard's endpoint");
    return slot;
}

void guard_setup(void)
{
    guard_ep = permanent_object(seL4_EndpointObject, 0);
    watchdog_ep = badged_ep(WATCHDOG_BADGE);
    if (seL4_TCB_SetSpace(seL4_CapInitThreadTCB, badged_ep(FAULT_BADGE), ROOT, 0,
                          seL4_CapInitThreadVSpace, 0))
        bail_out("cannot set the fault handler");
    start(&guard.thread, &guard.ipc, guard.stack, GUARD_PRIORITY, guard_main);
    start(&watchdog.thread, &watchdog.ipc, watchdog.stack, WATCHDOG_PRIORITY, watchdog_main);
    if (seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, RUNNER_PRIORITY))
        bail_out("cannot set the runner's priority");
}
