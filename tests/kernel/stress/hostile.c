// A thread that makes random system calls with random registers, N of them, while its neighbour
// goes about its business. Blocked or faulted, it is sent on to its next call.
#include "stress.h"

#ifndef HOSTILE_CALLS
#define HOSTILE_CALLS 200000
#endif

enum { NODE_BITS = 4, NODE_SLOTS = 1 << NODE_BITS, HANDLER = 1, CHECKS = 10 };
enum { HOSTILE_PRIORITY = RUNNER_PRIORITY - 40, NURSE_PRIORITY = RUNNER_PRIORITY + 20 };

static volatile seL4_Word calls_made;
static bool avoid_debug_calls;

static seL4_Word random_number(random_t *random)
{
    for (;;) {
        seL4_Word number = -1 - random_below(random, 8);
        if (random_chance(random, 30))
            number = 2 - random_below(random, 24);
        else if (random_chance(random, 10))
            number = random_word(random);
        // Some of them halt a debug kernel on purpose, others write to its console.
        bool debugs = number <= (seL4_Word)seL4_SysDebugPutChar &&
                      number >= (seL4_Word)seL4_SysDebugNameThread;
        if (!debugs || !avoid_debug_calls)
            return number;
    }
}

static void random_registers(random_t *random, raw_registers_t *registers)
{
    seL4_Word *words = (seL4_Word *)registers;
    for (size_t i = 0; i < sizeof(*registers) / sizeof(seL4_Word); i++)
        words[i] = random_word(random);
    registers->rdx = random_number(random);
    if (random_chance(random, 70))
        registers->rdi = random_below(random, 1 << NODE_BITS);
    if (random_chance(random, 50))
        registers->rsi = random_below(random, 64) << 12 | random_below(random, 512);
    registers->r10 = random_interesting(random);
    registers->r8 = random_interesting(random);
}

// Stays in raw_syscall as long as its calls come back; sent on by others, it returns there as well.
static void hostile(thread_t *self)
{
    random_t random = {self->arg[0]};
    for (calls_made = 0; calls_made < HOSTILE_CALLS; calls_made++) {
        raw_registers_t registers;
        random_registers(&random, &registers);
        for (int i = 0; i < 8; i++)
            seL4_SetMR((int)random_below(&random, seL4_MsgMaxLength), random_interesting(&random));
        for (int i = 0; i < 3; i++)
            seL4_SetCap(i, random_below(&random, 1 << NODE_BITS));
        raw_syscall(&registers);
    }
}

// The instruction pointer is all that must change: raw_syscall finds the rest through gs.
static void send_on(const thread_t *thread)
{
    const seL4_Word args[] = {1, 1, (seL4_Word)raw_syscall_return}; // resume, one register
    (void)seL4_InvokeMRs(thread->tcb, TCBWriteRegisters, 0, 3, args, (seL4_Word[4]){0});
}

static void nurse(thread_t *self)
{
    for (;;) {
        (void)seL4_Recv(self->arg[0], nullptr);
        send_on((const thread_t *)self->arg[1]);
        self->steps++;
    }
}

static void sink(thread_t *self)
{
    seL4_MessageInfo_t info = seL4_Recv(self->arg[0], nullptr);
    for (;;)
        info = seL4_ReplyRecv(self->arg[0], seL4_MessageInfo_new(0, 0, 0, info.words[0] & 63),
                              nullptr);
}

// What the hostile thread holds. Someone listens at each endpoint, and none can be waited at, so that
// it blocks only in ways that it finds itself.
static seL4_CPtr node, held[NODE_SLOTS];

static void hold(seL4_Word index, seL4_CPtr cap)
{
    held[index] = cap;
}

static void fill_node(void)
{
    for (seL4_Word i = 1; i < NODE_SLOTS; i++) {
        if (held[i])
            (void)seL4_CNode_Copy(node, i, NODE_BITS, ROOT, held[i], DEPTH, seL4_AllRights);
    }
}

static void make_node(seL4_CPtr handler)
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    thread_spawn(NURSE_PRIORITY, sink, endpoint, 0, 0);
    node = new_object(seL4_CapTableObject, NODE_BITS);
    hold(HANDLER, copy_cap(handler, seL4_NoRead));
    hold(2, node);
    hold(3, copy_cap(endpoint, seL4_NoRead));
    hold(4, mint_cap(endpoint, seL4_CanWrite, 99));
    hold(5, copy_cap(new_object(seL4_NotificationObject, 0), seL4_CanWrite));
    hold(6, new_object(seL4_TCBObject, 0));
    hold(7, new_object(seL4_X86_4K, 0));
    hold(8, new_object(seL4_X86_PageTableObject, 0));
    hold(9, seL4_CapASIDControl);
    hold(10, new_object(seL4_UntypedObject, 16));
    hold(11, mint_cap(node, seL4_AllRights, seL4_CNode_CapData_new(0, 3).words[0]));
    fill_node();
}

static thread_t *start_hostile(random_t *random)
{
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0);
    seL4_Word guard = seL4_CNode_CapData_new(0, seL4_WordBits - NODE_BITS).words[0];
    make_node(handler);
    thread_t *thread =
        thread_new_in(HOSTILE_PRIORITY,
                      (thread_space_t){.cspace = node, .cspace_data = guard, .fault_ep = HANDLER});
    thread_spawn(NURSE_PRIORITY, nurse, handler, (seL4_Word)thread, 0);
    thread->arg[0] = random_word(random);
    thread_start(thread, hostile);
    return thread;
}

static bool is_in_call(const thread_t *thread)
{
    return thread_registers(thread).rip == (seL4_Word)raw_syscall_return - 2;
}

// A tick of its own without a call: it is blocked, or has lost its fault handler. Or it has not had
// its turn; then a call is left out, which is no harm.
static void drive_until(const thread_t *thread, seL4_Word calls)
{
    seL4_Word last = calls_made, ticks = 0;
    while (calls_made < calls && !thread->done) {
        tick_wait();
        neighbour_turn(++ticks % 4 == 0);
        if (calls_made == last && is_in_call(thread)) {
            fill_node();
            send_on(thread);
        }
        last = calls_made;
    }
}

TEST(hostile_thread, "hostile/random-system-calls-do-not-disturb-the-neighbour")
{
    random_t random = {read_tsc() | 1};
    print("# seed 0x%llx, %llu calls\n", random.state, (seL4_Word)HOSTILE_CALLS);
    avoid_debug_calls = debug_calls_offered();
    ticks_start();
    neighbour_start(HOSTILE_PRIORITY, &random);
    thread_t *thread = start_hostile(&random);
    for (seL4_Word i = 1; i <= CHECKS; i++) {
        drive_until(thread, HOSTILE_CALLS / CHECKS * i);
        neighbour_check("after some hostile calls");
    }
    ticks_stop();
    neighbour_stop();
    CHECK(calls_made >= HOSTILE_CALLS / CHECKS * CHECKS);
}
