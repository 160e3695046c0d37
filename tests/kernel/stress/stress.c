// Random invocations and messages, legal ones and others, from threads of several priorities on one
// set of objects, with a timer that interrupts them and a neighbour that must not notice.
#include "sandbox.h"

enum { WORKERS = 6, STEPS = 30000, CHECKS = 4, NEIGHBOUR_PRIORITY = 45 };
enum { LOWEST_PRIORITY = 35, PRIORITIES = 40 };
enum { REFILL_TICKS = 40, REVOKE_TICKS = 160 };
enum { ILL_PERCENT = 10, MESSAGE_PERCENT = 20, ANYTHING_PERCENT = 5 };

// Shapes of invocations. A letter stands for a kind of capability or argument:
// n CNode, u untyped, t TCB, f frame or paging structure, v VSpace, q notification, p ASID pool,
// c ASID control, h interrupt handler, o I/O ports
// s slot, d depth, y object type, b size, k count, 0 zero, r rights, g badge or guard, l priority,
// a address, z attributes, w any word, m number of registers, x flags, i port
typedef struct shape {
    seL4_InvocationLabel label;
    const char *service, *caps, *arguments;
} shape_t;

static const shape_t shapes[] = {
    {UntypedRetype, "u", "n", "yb00sk"},
    {UntypedRetype, "u", "n", "ybsdsk"},
    {CNodeCopy, "n", "n", "sdsdr"},
    {CNodeMint, "n", "n", "sdsdrg"},
    {CNodeMove, "n", "n", "sdsd"},
    {CNodeMutate, "n", "n", "sdsdg"},
    {CNodeRotate, "n", "nn", "sdgsdgsd"},
    {CNodeRevoke, "n", "", "sd"},
    {CNodeDelete, "n", "", "sd"},
    {CNodeDelete, "n", "", "sd"},
    {CNodeCancelBadgedSends, "n", "", "sd"},
    {CNodeSaveCaller, "n", "", "sd"},
    {TCBReadRegisters, "t", "", "xm"},
    {TCBWriteRegisters, "t", "", "xmwwwwwwwwwwwwwwwwwwww"},
    {TCBCopyRegisters, "t", "t", "x"},
    {TCBConfigure, "t", "nvf", "sgwa"},
    {TCBSetPriority, "t", "t", "l"},
    {TCBSetMCPriority, "t", "t", "l"},
    {TCBSetSchedParams, "t", "t", "ll"},
    {TCBSetIPCBuffer, "t", "f", "a"},
    {TCBSetSpace, "t", "nv", "sgw"},
    {TCBSuspend, "t", "", ""},
    {TCBResume, "t", "", ""},
    {TCBBindNotification, "t", "q", ""},
    {TCBUnbindNotification, "t", "", ""},
    {TCBSetTLSBase, "t", "", "a"},
    {TCBSetFlags, "t", "", "xx"},
    {IRQAckIRQ, "h", "", ""},
    {IRQSetIRQHandler, "h", "q", ""},
    {IRQClearIRQHandler, "h", "", ""},
    {X86PDPTMap, "f", "v", "az"},
    {X86PDPTUnmap, "f", "", ""},
    {X86PageDirectoryMap, "f", "v", "az"},
    {X86PageDirectoryUnmap, "f", "", ""},
    {X86PageTableMap, "f", "v", "az"},
    {X86PageTableUnmap, "f", "", ""},
    {X86PageMap, "f", "v", "arz"},
    {X86PageUnmap, "f", "", ""},
    {X86PageGetAddress, "f", "", ""},
    {X86ASIDControlMakePool, "c", "un", "sd"},
    {X86ASIDPoolAssign, "p", "v", ""},
    {X86IOPortIn8, "o", "", "i"},
    {X86IOPortOut8, "o", "", "iw"},
};

typedef struct worker {
    random_t random;
    thread_t *thread;
    seL4_Word steps_seen;
    seL4_Word errors[seL4_NumErrors];
} worker_t;

static worker_t workers[WORKERS];

static seL4_Word random_cap(random_t *random, char kind)
{
    static const struct {
        char kind;
        seL4_Uint8 index;
    } fixed[] = {
        {'n', SANDBOX_NODE},  {'u', SANDBOX_UNTYPED},      {'t', SANDBOX_TCB},
        {'f', SANDBOX_FRAME}, {'v', SANDBOX_VSPACE},       {'q', SANDBOX_NOTIFICATION},
        {'p', SANDBOX_POOL},  {'c', SANDBOX_ASID_CONTROL}, {'h', SANDBOX_HANDLER},
        {'o', SANDBOX_PORTS},
    };
    if (random_chance(random, 25))
        return random_below(random, SANDBOX_SLOTS);
    for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
        if (fixed[i].kind == kind)
            return fixed[i].index;
    }
    return random_below(random, SANDBOX_FIXED);
}

static seL4_Word random_argument(random_t *random, char kind)
{
    if (random_chance(random, ILL_PERCENT))
        return random_interesting(random);
    switch (kind) {
    case 's':
        return random_below(random, SANDBOX_SLOTS);
    case 'd':
        return SANDBOX_BITS;
    case 'y':
        return random_below(random, seL4_ObjectTypeCount);
    case 'b':
        return 1 + random_below(random, 13);
    case 'k':
        return 1 + random_below(random, 4);
    case 'r':
        return random_below(random, 16);
    case 'g':
        return random_chance(random, 50) ? 0 : random_below(random, 4096);
    case 'l':
        return random_below(random, 3);
    case 'a':
        return random_below(random, 4) << 39 | random_below(random, 3) << 30 |
               random_below(random, 3) << 21 | random_below(random, 3) << 12;
    case 'z':
        return random_below(random, 5);
    case 'm':
        return random_below(random, seL4_UserContextRegisters + 1);
    case 'x':
        return random_below(random, 16);
    case 'i':
        return 0x80;
    case '0':
        return 0;
    default:
        return random_interesting(random);
    }
}

static void invoke_shape(worker_t *worker, const shape_t *shape)
{
    random_t *random = &worker->random;
    seL4_Word caps[3], arguments[24], cap_count = 0, count = 0;
    for (const char *kind = shape->caps; *kind; kind++)
        caps[cap_count++] = random_cap(random, *kind);
    for (const char *kind = shape->arguments; *kind; kind++)
        arguments[count++] = random_argument(random, *kind);
    if (count && random_chance(random, ANYTHING_PERCENT))
        count = random_below(random, count + 1);
    if (cap_count && random_chance(random, ANYTHING_PERCENT))
        cap_count--;
    seL4_Word label = random_chance(random, ANYTHING_PERCENT)
                          ? random_below(random, seL4_NumInvocationLabels + 2)
                          : (seL4_Word)shape->label;

    for (seL4_Word i = 0; i < cap_count; i++)
        seL4_SetCap((int)i, caps[i]);
    for (seL4_Word i = 0; i < count; i++)
        seL4_SetMR((int)i, arguments[i]);
    seL4_Word error = seL4_MessageInfo_get_label(seL4_Call(
        random_cap(random, shape->service[0]), seL4_MessageInfo_new(label, 0, cap_count, count)));
    if (error < seL4_NumErrors)
        worker->errors[error]++;
}

static void exchange_message(worker_t *worker)
{
    random_t *random = &worker->random;
    static const seL4_Uint8 targets[] = {SANDBOX_ENDPOINT, SANDBOX_NOTIFICATION, SANDBOX_SERVER};
    seL4_CPtr target = random_chance(random, 70) ? targets[random_below(random, 3)]
                                                 : random_below(random, SANDBOX_SLOTS);
    for (int i = 0; i < 3; i++)
        seL4_SetCap(i, random_below(random, SANDBOX_SLOTS));
    seL4_SetCapReceivePath(random_cap(random, 'n'), random_below(random, SANDBOX_SLOTS),
                           random_argument(random, 'd'));
    seL4_MessageInfo_t info =
        seL4_MessageInfo_new(random_below(random, 4), random_below(random, 8),
                             random_below(random, 4), random_below(random, 128));
    switch (random_below(random, 10)) {
    case 0:
        seL4_Send(target, info);
        break;
    case 1:
        (void)seL4_Call(target, info);
        break;
    case 2:
        (void)seL4_Recv(target, nullptr);
        break;
    case 3:
        (void)seL4_ReplyRecv(target, info, nullptr);
        break;
    case 4:
        seL4_Reply(info);
        break;
    case 5:
        seL4_Yield();
        break;
    case 6:
    case 7:
        (void)seL4_NBRecv(target, nullptr);
        break;
    default:
        seL4_NBSend(target, info);
        break;
    }
}

// All of a worker's state is in its worker_t, so that it can be started over at any point.
static void work(thread_t *self)
{
    worker_t *worker = (worker_t *)self->arg[0];
    for (;;) {
        self->steps++;
        if (random_chance(&worker->random, MESSAGE_PERCENT))
            exchange_message(worker);
        else
            invoke_shape(
                worker, &shapes[random_below(&worker->random, sizeof(shapes) / sizeof(shapes[0]))]);
    }
}

static seL4_Word total_steps(void)
{
    seL4_Word steps = 0;
    for (int i = 0; i < WORKERS; i++)
        steps += workers[i].thread->steps;
    return steps;
}

// Who has not got on since the last tick is blocked, stopped, or was not given the processor.
static void start_over_stuck_workers(void)
{
    for (int i = 0; i < WORKERS; i++) {
        worker_t *worker = &workers[i];
        if (worker->thread->steps == worker->steps_seen)
            thread_start(worker->thread, work);
        worker->steps_seen = worker->thread->steps;
    }
}

// Every tick some worker gets another priority, so that each has its time.
static void shuffle_priorities(random_t *random)
{
    const worker_t *worker = &workers[random_below(random, WORKERS)];
    CHECK_OK(seL4_TCB_SetPriority(worker->thread->tcb, seL4_CapInitThreadTCB,
                                  LOWEST_PRIORITY + random_below(random, PRIORITIES)));
}

static void drive_until(seL4_Word steps, random_t *random)
{
    for (seL4_Word tick = 1; total_steps() < steps; tick++) {
        tick_wait();
        shuffle_priorities(random);
        neighbour_turn(tick % 4 == 0);
        start_over_stuck_workers();
        if (tick % REFILL_TICKS == 0)
            sandbox_refill(tick % REVOKE_TICKS == 0);
    }
}

static void start_workers(random_t *random)
{
    for (int i = 0; i < WORKERS; i++) {
        workers[i] = (worker_t){
            .random = {random_word(random) | 1},
            .thread = thread_new_in(LOWEST_PRIORITY + 5 * (seL4_Word)i, sandbox_space())};
        workers[i].thread->arg[0] = (seL4_Word)&workers[i];
        thread_start(workers[i].thread, work);
    }
}

static void report(void)
{
    print("# answers:");
    for (int error = 0; error < seL4_NumErrors; error++) {
        seL4_Word count = 0;
        for (int i = 0; i < WORKERS; i++)
            count += workers[i].errors[error];
        print(" %llu", count);
    }
    print("\n");
}

static void stress(seL4_Word seed)
{
    random_t random = {seed};
    print("# seed 0x%llx, %u steps\n", seed, STEPS);
    ticks_start();
    sandbox_make();
    neighbour_start(NEIGHBOUR_PRIORITY, &random);
    start_workers(&random);
    for (seL4_Word i = 1; i <= CHECKS; i++) {
        drive_until(STEPS / CHECKS * i, &random);
        neighbour_check("after some stress");
    }
    for (int i = 0; i < WORKERS; i++) {
        CHECK_OK(seL4_TCB_Suspend(workers[i].thread->tcb));
        CHECK(workers[i].thread->steps > STEPS / WORKERS / 100);
        CHECK(workers[i].errors[seL4_NoError] > 0);
    }
    neighbour_stop();
    ticks_stop();
    report();
}

TEST(seed_1, "stress/random-invocations/seed-1")
{
    stress(0x9e3779b97f4a7c15);
}

TEST(seed_2, "stress/random-invocations/seed-2")
{
    stress(0xd1b54a32d192ed03);
}

TEST(seed_3, "stress/random-invocations/seed-3")
{
    stress(0x8cb92ba72f3d8dd7);
}

TEST(seed_tsc, "stress/random-invocations/seed-of-the-day")
{
    stress(read_tsc() | 1);
}

// After all of it the system still does what it should.
static void answer(thread_t *self)
{
    seL4_MessageInfo_t info = seL4_Recv(self->arg[0], nullptr);
    seL4_Reply(info);
}

TEST(afterwards, "stress/ipc-and-objects-work-afterwards")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    thread_t *thread = thread_spawn(ABOVE, answer, endpoint, 0, 0);
    seL4_SetMR(0, 1234);
    CHECK_EQ(5 << 12 | 1, seL4_Call(endpoint, seL4_MessageInfo_new(5, 0, 0, 1)).words[0]);
    CHECK_EQ(1234, seL4_GetMR(0));
    CHECK(thread->done);
    CHECK_OK(
        seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, new_object(seL4_X64_PML4Object, 0)));
}
