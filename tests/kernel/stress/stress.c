// Random invocations and messages, legal ones and others, from threads of several priorities on one
// set of objects, with a timer that interrupts them and a neighbour that must not notice.
#include "shapes.h"

enum { WORKERS = 6, STEPS = 30000, CHECKS = 4, NEIGHBOUR_PRIORITY = 45, SERVER_PRIORITY = 65 };
enum { LOWEST_PRIORITY = 35, PRIORITIES = 40 };
enum { REFILL_TICKS = 40, REVOKE_TICKS = 160 };
enum { MESSAGE_PERCENT = 20 };

typedef struct worker {
    random_t random;
    thread_t *thread;
    seL4_Word steps_seen;
    seL4_Word answers[seL4_NumErrors]; // of invocations, by error code
} worker_t;

static worker_t workers[WORKERS];

static const vocabulary_t vocabulary = {.highest_priority = 1, .with_physical_addresses = true};

static seL4_MessageInfo_t perform(const operation_t *operation)
{
    seL4_Word badge, mr[4];
    for (int i = 0; i < MAX_CAPS; i++)
        seL4_SetCap(i, operation->caps[i]);
    for (int i = 0; i < MAX_ARGUMENTS; i++)
        seL4_SetMR(i, operation->arguments[i]);
    seL4_SetCapReceivePath(operation->receive_root, operation->receive_index,
                           operation->receive_depth);
    seL4_LoadMRs(mr);
    return seL4_SysRecvRegisters(operation->number, operation->target, operation->info, &badge, mr);
}

static void invoke_something(worker_t *worker)
{
    operation_t operation = random_invocation(&worker->random, &vocabulary);
    seL4_Word error = seL4_MessageInfo_get_label(perform(&operation));
    if (error < seL4_NumErrors)
        worker->answers[error]++;
}

static void exchange_message(worker_t *worker)
{
    operation_t operation = random_message(&worker->random);
    (void)perform(&operation);
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
            invoke_something(worker);
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
            count += workers[i].answers[error];
        print(" %llu", count);
    }
    print("\n");
}

static void stress(seL4_Word seed)
{
    random_t random = {seed};
    print("# seed 0x%llx, %u steps\n", seed, STEPS);
    ticks_start();
    sandbox_make(SERVER_PRIORITY);
    neighbour_start(NEIGHBOUR_PRIORITY, &random);
    start_workers(&random);
    for (seL4_Word i = 1; i <= CHECKS; i++) {
        drive_until(STEPS / CHECKS * i, &random);
        neighbour_check("after some stress");
    }
    for (int i = 0; i < WORKERS; i++) {
        CHECK_OK(seL4_TCB_Suspend(workers[i].thread->tcb));
        CHECK(workers[i].thread->steps > STEPS / WORKERS / 100);
        CHECK(workers[i].answers[seL4_NoError] > 0);
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
