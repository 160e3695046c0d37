// Long operations are preemptible: while one thread revokes thousands of capabilities, another of
// higher priority is woken by a timer again and again, and neither loses anything.
#include "ktest.h"

enum { VECTOR = 61, PIT_PIN = 2, PIT_COUNTER = 0x40, PIT_COMMAND = 0x43, PIT_2KHZ = 597 };
enum { PIT_RATE = 0x34, PIT_ONE_SHOT = 0x30 };
enum {
    NODE_BITS = 14,
    NODE_SLOTS = 1 << NODE_BITS,
    SAMPLE = (NODE_SLOTS - 1) / 129
}; // the last slot too

// An operation that can't be preempted sees one tick, at its end. On a busy machine so may one that can,
// so it is tried until it has seen two, and held against a loop of user code that runs as long: only
// when that sees several ticks again and again is the kernel to blame.
enum { ATTEMPTS = 12, ENOUGH_TICKS = 2, TICKS_OF_LOOP = 4, VERDICT = 4 };

typedef struct ticks {
    seL4_CPtr handler, notification, ports;
    thread_t *thread;
} ticks_t;

// Counts ticks; the first one may suspend a thread.
static void count_ticks(thread_t *self)
{
    for (;;) {
        seL4_Wait(self->arg[0], nullptr);
        self->steps++;
        if (self->arg[2])
            (void)seL4_TCB_Suspend(self->arg[2]);
        (void)seL4_IRQHandler_Ack(self->arg[1]);
    }
}

static ticks_t new_ticks(void)
{
    ticks_t ticks = {new_slot(), new_object(seL4_NotificationObject, 0), new_slot(), nullptr};
    CHECK_OK(seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, PIT_COUNTER, PIT_COMMAND, ROOT,
                                          ticks.ports, DEPTH));
    CHECK_OK(seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, ROOT, ticks.handler, DEPTH, 0, PIT_PIN,
                                       0, 0, VECTOR));
    CHECK_OK(seL4_IRQHandler_SetNotification(ticks.handler, ticks.notification));
    ticks.thread = thread_spawn(ABOVE, count_ticks, ticks.notification, ticks.handler, 0);
    return ticks;
}

static void start_ticks(const ticks_t *ticks)
{
    ticks->thread->steps = 0;
    CHECK_OK(seL4_X86_IOPort_Out8(ticks->ports, PIT_COMMAND, PIT_RATE));
    CHECK_OK(seL4_X86_IOPort_Out8(ticks->ports, PIT_COUNTER, PIT_2KHZ & 0xff));
    CHECK_OK(seL4_X86_IOPort_Out8(ticks->ports, PIT_COUNTER, PIT_2KHZ >> 8));
}

static void stop_ticks(const ticks_t *ticks)
{
    CHECK_OK(seL4_X86_IOPort_Out8(ticks->ports, PIT_COMMAND, PIT_ONE_SHOT));
}

// A long operation: prepare makes its victim, run does it.
typedef struct operation {
    void (*prepare)(void);
    seL4_Error (*run)(void);
} operation_t;

static seL4_Word ticks_during_loop(const ticks_t *ticks, seL4_Word duration)
{
    start_ticks(ticks);
    seL4_Word start = read_tsc();
    while (read_tsc() - start < duration) {
    }
    stop_ticks(ticks);
    return ticks->thread->steps;
}

static void check_preemptible(const operation_t *operation)
{
    ticks_t ticks = new_ticks();
    int against = 0;
    for (int i = 0; i < ATTEMPTS && against < VERDICT; i++) {
        operation->prepare();
        start_ticks(&ticks);
        seL4_Word start = read_tsc();
        CHECK_OK(operation->run());
        seL4_Word duration = read_tsc() - start;
        seL4_Word count = ticks.thread->steps;
        stop_ticks(&ticks);
        if (count >= ENOUGH_TICKS)
            return;
        if (ticks_during_loop(&ticks, duration) >= TICKS_OF_LOOP)
            against++;
    }
    if (against < VERDICT)
        return test_skip("the operation is too short, or the machine too busy");
    CHECK(!"ticks came during the operation");
}

static seL4_CPtr victim, node;

static void fill_node(seL4_CPtr source)
{
    for (seL4_Word i = 0; i < NODE_SLOTS; i++)
        (void)seL4_CNode_Copy(node, i, NODE_BITS, ROOT, source, DEPTH, seL4_AllRights);
}

// A sample of the slots: on a kernel that reports errors on a serial line each look takes its time.
static bool node_is_empty(void)
{
    for (seL4_Word i = 0; i < NODE_SLOTS; i += SAMPLE) {
        if (seL4_CNode_Move(node, i, NODE_BITS, node, i, NODE_BITS) != seL4_FailedLookup)
            return false;
    }
    return true;
}

static void make_copies(void)
{
    if (!node) {
        node = new_object(seL4_CapTableObject, NODE_BITS);
        victim = new_object(seL4_EndpointObject, 0);
    }
    fill_node(victim);
}

static seL4_Error revoke_victim(void)
{
    return seL4_CNode_Revoke(ROOT, victim, DEPTH);
}

TEST(revoke, "preempt/revoke-of-many-copies")
{
    node = 0;
    check_preemptible(&(operation_t){make_copies, revoke_victim});
    CHECK(node_is_empty());
}

static void make_full_node(void)
{
    node = new_object(seL4_CapTableObject, NODE_BITS);
    fill_node(seL4_CapInitThreadTCB);
}

static seL4_Error delete_node(void)
{
    return seL4_CNode_Delete(ROOT, node, DEPTH);
}

TEST(delete_full, "preempt/delete-of-a-full-cnode")
{
    check_preemptible(&(operation_t){make_full_node, delete_node});
    CHECK(slot_is_empty(node));
}

static seL4_Word reset_bits; // half of what the tests have

static void make_used_untyped(void)
{
    if (!victim)
        victim = new_object(seL4_UntypedObject, reset_bits);
    node = new_slot();
    CHECK_OK(seL4_Untyped_Retype(victim, seL4_UntypedObject, reset_bits, ROOT, 0, 0, node, 1));
    delete_cap(node);
}

static seL4_Error retype_victim(void)
{
    return seL4_Untyped_Retype(victim, seL4_UntypedObject, reset_bits, ROOT, 0, 0, node, 1);
}

static void make_untyped_again(void)
{
    if (victim)
        CHECK_OK(seL4_CNode_Revoke(ROOT, victim, DEPTH));
    else
        make_used_untyped();
}

TEST(reset, "preempt/reset-of-a-large-untyped")
{
    victim = 0;
    reset_bits = pool_bits() - 1 < 24 ? pool_bits() - 1 : 24;
    check_preemptible(&(operation_t){make_untyped_again, retype_victim});
    CHECK(!slot_is_empty(node));
}

enum { SENDERS = 20 };

static void send(thread_t *self)
{
    seL4_Send(self->arg[0], seL4_MessageInfo_new(0, 0, 0, 0));
}

// Whatever the number of senders: those of the badge start over, the others stay in the queue.
TEST(cancel_many, "preempt/cancel-of-many-badged-sends")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    seL4_CPtr one = mint_cap(endpoint, seL4_AllRights, 1);
    seL4_CPtr two = mint_cap(endpoint, seL4_AllRights, 2);
    for (seL4_Word i = 0; i < SENDERS; i++)
        thread_spawn(BELOW, send, i % 2 ? one : two, 0, 0);
    settle();
    CHECK_OK(seL4_CNode_CancelBadgedSends(ROOT, one, DEPTH));
    settle();
    for (seL4_Word i = 0; i < SENDERS; i++) {
        seL4_Word badge = 0;
        seL4_NBRecv(endpoint, &badge);
        CHECK_EQ(i < SENDERS / 2 ? 2 : 1, badge);
    }
}

static void revoke_slot(thread_t *self)
{
    self->result[0] = (seL4_Word)seL4_CNode_Revoke(ROOT, self->arg[0], DEPTH);
}

// A tick suspends the revoking thread in the middle. Resumed, it goes on until all is gone.
TEST(suspended, "preempt/suspended-in-the-middle-and-resumed")
{
    node = 0;
    ticks_t ticks = new_ticks();
    for (int i = 0; i < ATTEMPTS; i++) {
        make_copies();
        thread_t *thread = thread_new(BELOW);
        thread->arg[0] = victim;
        ticks.thread->arg[2] = thread->tcb;
        thread_start(thread, revoke_slot);
        start_ticks(&ticks);
        settle(); // until the suspension, or the end of the revoke
        bool in_the_middle = !node_is_empty();
        ticks.thread->arg[2] = 0;
        stop_ticks(&ticks);
        CHECK_OK(seL4_TCB_Resume(thread->tcb));
        settle();
        CHECK(thread->done && node_is_empty());
        CHECK_EQ(seL4_NoError, thread->result[0]);
        if (in_the_middle)
            return;
    }
    test_skip("the operation is too short on this machine");
}

static void copy_more(thread_t *self)
{
    for (seL4_Word i = 0; i < NODE_SLOTS; i++) {
        (void)seL4_CNode_Copy(node, i, NODE_BITS, ROOT, self->arg[0], DEPTH, seL4_AllRights);
        self->steps++;
    }
}

// Another thread of the same priority makes new copies meanwhile: the revoke comes to an end all the
// same, and at that moment there is none left.
TEST(interfering, "preempt/copies-made-during-the-revoke")
{
    node = 0;
    make_copies();
    thread_t *thread = thread_spawn(RUNNER_PRIORITY, copy_more, victim, 0, 0);
    CHECK_OK(seL4_CNode_Revoke(ROOT, victim, DEPTH));
    CHECK_OK(seL4_TCB_Suspend(thread->tcb));
    CHECK_OK(seL4_CNode_Revoke(ROOT, victim, DEPTH));
    CHECK(node_is_empty());
}
