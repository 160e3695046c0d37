// Scheduling: priorities, the order within one priority, time slices, direct switches in IPC.
#include "ktest.h"

// Threads note a letter as they run; the tests look at the order.
enum { LOG_SIZE = 32, ATTEMPTS = 5 };
static volatile seL4_Word log_length;
static volatile char log_text[LOG_SIZE + 1];

static void note(char c)
{
    if (log_length < LOG_SIZE)
        log_text[log_length++] = c;
    log_text[log_length] = 0;
}

static void log_clear(void)
{
    log_length = 0;
    log_text[0] = 0;
}

static bool log_is(const char *expected)
{
    seL4_Word i = 0;
    while (expected[i] && expected[i] == log_text[i])
        i++;
    return expected[i] == log_text[i];
}

// A time slice may end in the middle of a scenario, which then runs in another order: it is tried a
// few times. A scheduler with other rules fails each time.
static void check_order(void (*scenario)(void), const char *expected)
{
    for (int i = 0; i < ATTEMPTS; i++) {
        thread_reset();
        log_clear();
        scenario();
        settle();
        if (log_is(expected))
            return;
    }
    if (!CHECK(log_is(expected)))
        print("# the threads ran in the order %s, not %s\n", (const char *)log_text, expected);
}

#define TEST_ORDER(function, text, expected) \
    static void function(void);              \
    TEST(function##_order, text)             \
    {                                        \
        check_order(function, expected);     \
    }                                        \
    static void function(void)

static void note_once(thread_t *self)
{
    note((char)self->arg[1]);
}

static void note_each_message(thread_t *self)
{
    for (;;) {
        seL4_Recv(self->arg[0], nullptr);
        note((char)self->arg[1]);
    }
}

static void note_and_yield(thread_t *self)
{
    for (int i = 0; i < 3; i++) {
        note((char)self->arg[1]);
        seL4_Yield();
    }
}

static void spawn_three(thread_t *threads[3], seL4_Word priority, thread_entry_t entry)
{
    for (seL4_Word i = 0; i < 3; i++)
        threads[i] = thread_spawn(priority, entry, 0, 'A' + i, 0);
}

TEST_ORDER(preemption, "sched/priority/higher-runs-at-once-lower-waits", "rHrL")
{
    thread_spawn(BELOW, note_once, 0, 'L', 0);
    note('r');
    thread_spawn(ABOVE, note_once, 0, 'H', 0);
    note('r');
}

TEST_ORDER(all_priorities, "sched/priority/strict-order", "HDCBJIGFKLEA")
{
    static const seL4_Word priorities[] = {2, 63, 64, 65, 3, 31, 32, 99, 33, 62, 5, 4};
    for (seL4_Word i = 0; i < sizeof(priorities) / sizeof(priorities[0]); i++)
        thread_spawn(priorities[i], note_once, 0, 'A' + i, 0);
}

TEST_ORDER(raise, "sched/priority/raising-a-ready-thread-preempts", "Tr")
{
    thread_t *thread = thread_spawn(BELOW, note_once, 0, 'T', 0);
    CHECK_OK(seL4_TCB_SetPriority(thread->tcb, seL4_CapInitThreadTCB, ABOVE));
    note('r');
}

TEST_ORDER(lower_self, "sched/priority/lowering-oneself-lets-others-run", "Tr")
{
    thread_spawn(BELOW, note_once, 0, 'T', 0);
    CHECK_OK(seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, BELOW - 1));
    note('r');
    CHECK_OK(seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, RUNNER_PRIORITY));
}

TEST_ORDER(lower_to_equal, "sched/priority/lowering-oneself-to-an-equal", "rT")
{
    thread_spawn(BELOW, note_once, 0, 'T', 0);
    CHECK_OK(seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, BELOW));
    note('r');
    CHECK_OK(seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, RUNNER_PRIORITY));
}

// Who becomes ready without running at once goes to the head of its queue.
TEST_ORDER(start_order, "sched/order/started-last-runs-first", "CBA")
{
    thread_t *threads[3];
    spawn_three(threads, BELOW, note_once);
}

TEST_ORDER(resume_order, "sched/order/resumed-last-runs-first", "CBA")
{
    thread_t *threads[3];
    spawn_three(threads, BELOW, note_once);
    for (int i = 0; i < 3; i++)
        CHECK_OK(seL4_TCB_Suspend(threads[i]->tcb));
    for (int i = 0; i < 3; i++)
        CHECK_OK(seL4_TCB_Resume(threads[i]->tcb));
}

static void wake_each(seL4_ObjectType type, void (*wake)(seL4_CPtr, seL4_MessageInfo_t))
{
    seL4_CPtr objects = new_objects(type, 0, 3);
    for (seL4_Word i = 0; i < 3; i++)
        thread_spawn(BELOW, note_each_message, objects + i, 'A' + i, 0);
    settle();
    for (seL4_Word i = 0; i < 3; i++)
        wake(objects + i, seL4_MessageInfo_new(0, 0, 0, 0));
}

TEST_ORDER(signal_order, "sched/order/signalled-last-runs-first", "CBA")
{
    wake_each(seL4_NotificationObject, seL4_Send);
}

TEST_ORDER(send_order, "sched/order/woken-by-send-last-runs-first", "CBA")
{
    wake_each(seL4_EndpointObject, seL4_Send);
}

TEST_ORDER(nbsend_order, "sched/order/woken-by-nbsend-last-runs-first", "CBA")
{
    wake_each(seL4_EndpointObject, seL4_NBSend);
}

static void call_and_note(thread_t *self)
{
    seL4_Call(self->arg[0], seL4_MessageInfo_new(0, 0, 0, 0));
    note((char)self->arg[1]);
}

TEST_ORDER(reply_order, "sched/order/answered-last-runs-first", "CBA")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0), replies = new_slots(3);
    for (seL4_Word i = 0; i < 3; i++) {
        thread_spawn(BELOW, call_and_note, endpoint, 'A' + i, 0);
        settle();
        seL4_Recv(endpoint, nullptr);
        CHECK_OK(seL4_CNode_SaveCaller(ROOT, replies + i, DEPTH));
    }
    for (seL4_Word i = 0; i < 3; i++)
        seL4_Send(replies + i, seL4_MessageInfo_new(0, 0, 0, 0));
}

TEST_ORDER(same_priority_order, "sched/order/set-to-the-same-priority-goes-to-the-head", "ACB")
{
    thread_t *threads[3];
    spawn_three(threads, BELOW, note_once); // ready in the order C B A
    CHECK_OK(seL4_TCB_SetPriority(threads[0]->tcb, seL4_CapInitThreadTCB, BELOW));
}

TEST_ORDER(priority_order, "sched/order/set-to-another-priority-goes-to-the-head", "ABC")
{
    thread_t *threads[3];
    spawn_three(threads, BELOW - 1, note_once);
    CHECK_OK(seL4_TCB_SetPriority(threads[1]->tcb, seL4_CapInitThreadTCB, BELOW));
    CHECK_OK(seL4_TCB_SetPriority(threads[0]->tcb, seL4_CapInitThreadTCB, BELOW));
}

TEST_ORDER(cancel_order, "sched/order/deleted-endpoint", "CBA")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    for (seL4_Word i = 0; i < 3; i++) {
        thread_spawn(BELOW, call_and_note, endpoint, 'A' + i, 0);
        settle(); // queued on the endpoint in the order A B C
    }
    delete_cap(endpoint);
}

TEST_ORDER(yield_order, "sched/yield/rotates", "CBACBACBA")
{
    thread_t *threads[3];
    spawn_three(threads, BELOW, note_and_yield);
}

TEST_ORDER(yield_alone, "sched/yield/alone-and-with-lower-threads", "rrrL")
{
    thread_spawn(BELOW, note_once, 0, 'L', 0);
    for (int i = 0; i < 3; i++) {
        seL4_Yield();
        note('r');
    }
}

// A thread that was preempted by a higher one goes on before its equals.
static void note_around_wake(thread_t *self)
{
    note((char)self->arg[1]);
    seL4_Signal(self->arg[0]);
    note((char)(self->arg[1] + 1));
}

TEST_ORDER(preempted_first, "sched/order/preempted-thread-goes-on-first", "1H2x")
{
    seL4_CPtr notification = new_object(seL4_NotificationObject, 0);
    thread_spawn(ABOVE, note_each_message, notification, 'H', 0);
    thread_spawn(BELOW, note_once, 0, 'x', 0);
    thread_spawn(BELOW, note_around_wake, notification, '1', 0);
}

static void serve(thread_t *self)
{
    seL4_Recv(self->arg[0], nullptr);
    for (;;) {
        note((char)self->arg[1]);
        seL4_ReplyRecv(self->arg[0], seL4_MessageInfo_new(0, 0, 0, 0), nullptr);
    }
}

static void call_between_notes(thread_t *self)
{
    note((char)self->arg[1]);
    call_and_note(self);
}

TEST_ORDER(direct_switch, "sched/ipc/call-and-reply-switch-directly", "cscx")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    thread_spawn(BELOW, serve, endpoint, 's', 0);
    settle();
    thread_spawn(BELOW, note_once, 0, 'x', 0);
    thread_spawn(BELOW, call_between_notes, endpoint, 'c', 0);
}

TEST_ORDER(start_equal, "sched/order/started-equal-waits-for-its-turn", "rsrEL")
{
    thread_spawn(BELOW, note_once, 0, 'L', 0);
    thread_t *thread = thread_spawn(RUNNER_PRIORITY, note_once, 0, 'E', 0);
    note('r');
    CHECK_OK(seL4_TCB_Suspend(thread->tcb));
    note('s');
    CHECK_OK(seL4_TCB_Resume(thread->tcb));
    note('r');
}

TEST_ORDER(send_equal, "sched/ipc/send-to-an-equal-does-not-switch", "rT")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    thread_spawn(RUNNER_PRIORITY, note_each_message, endpoint, 'T', 0);
    seL4_Yield();
    seL4_Send(endpoint, seL4_MessageInfo_new(0, 0, 0, 0));
    note('r');
    seL4_Yield();
}

TEST_ORDER(call_lower, "sched/ipc/call-to-a-lower-server-runs-it-in-its-turn", "msr")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    thread_spawn(BELOW, serve, endpoint, 's', 0);
    settle();
    thread_spawn(BELOW + 1, note_once, 0, 'm', 0);
    seL4_Call(endpoint, seL4_MessageInfo_new(0, 0, 0, 0));
    note('r');
}

// Two threads that never block share the processor, in turns of some milliseconds.
static void count_turns(thread_t *self)
{
    for (;;) {
        self->steps++;
        seL4_Word now = read_tsc();
        if (now - self->result[0] > self->arg[0])
            self->result[1]++;
        self->result[0] = now;
    }
}

TEST(time_slice, "sched/timeslice/equals-take-turns")
{
    // Longer than a hiccup of the host, shorter than the other's turn (5 ticks of 2 ms)
    seL4_Word gap = 5000 * tsc_mhz();
    thread_t *a = thread_spawn(BELOW, count_turns, gap, 0, 0);
    thread_t *b = thread_spawn(BELOW, count_turns, gap, 0, 0);
    CHECK_OK(seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, BELOW));
    seL4_Word start = read_tsc();
    while ((a->result[1] < 4 || b->result[1] < 4) && read_tsc() - start < 2000000 * tsc_mhz()) {
    }
    seL4_Word milliseconds = (read_tsc() - start) / tsc_mhz() / 1000;
    CHECK_OK(seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, RUNNER_PRIORITY));
    CHECK(a->result[1] >= 4 && b->result[1] >= 4);
    CHECK(a->steps > 1000 && b->steps > 1000);
    CHECK(milliseconds >= 3 * 2 * 8); // four turns each, three full rounds at least
}

TEST(starvation, "sched/timeslice/lower-threads-get-none")
{
    thread_t *low = thread_spawn(BELOW, count_turns, 0, 0, 0);
    seL4_Word start = read_tsc();
    while (read_tsc() - start < 40000 * tsc_mhz()) {
    }
    CHECK_EQ(0, low->steps);
}
