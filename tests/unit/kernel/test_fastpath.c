// The fast paths against the general one, in random situations: a fast path that declines has changed
// nothing, and one that accepts leaves what the general path leaves.
#include "api.h"
#include "fixture.h"

enum {
    others = 3,
    slot_endpoint = slot_free,
    slot_invoked,
    slot_notification,
    slot_others,
    memory_used = 1 << 14,
};

// Everything that a system call can change. The objects are at the start of the memory.
typedef struct world {
    kernel_t kernel;
    cte_t slots[root_slots];
    uint8_t memory[memory_used];
    tcb_t thread, idle;
} world_t;

static world_t before, after_fast, after_general;

static tcb_t *other(unsigned index)
{
    return tcb_from_cap(slot_at(slot_others + index)->cap);
}

static tcb_t *any_thread(unsigned index)
{
    return index < others ? other(index) : test_thread();
}

static void save(world_t *world)
{
    world->kernel = kernel;
    memcpy(world->slots, slot_at(0), sizeof(world->slots));
    memcpy(world->memory, memory_start(), memory_used);
    world->thread = *test_thread();
    world->idle = *idle_thread();
}

static void restore(const world_t *world)
{
    kernel = world->kernel;
    memcpy(slot_at(0), world->slots, sizeof(world->slots));
    memcpy(memory_start(), world->memory, memory_used);
    *test_thread() = world->thread;
    *idle_thread() = world->idle;
}

// Forget what has no meaning in the state that a thread is in.
static void normalise_thread(tcb_t *thread)
{
    const bool is_queued = thread->state.type == thread_blocked_on_send ||
                           thread->state.type == thread_blocked_on_receive ||
                           thread->state.type == thread_blocked_on_notification;
    if (!is_queued) {
        thread->queue_next = thread->queue_prev = nullptr;
        thread->state = (thread_state_t){.type = thread->state.type};
    }
    if (thread->state.type == thread_blocked_on_receive) {
        thread->state.is_call = thread->state.can_grant_reply = false;
        thread->state.badge = 0;
    }
    if (!thread->in_ready_queue)
        thread->sched_next = thread->sched_prev = nullptr;
}

static void normalise(void)
{
    kernel.candidate = nullptr;
    for (unsigned i = 0; i <= others; i++)
        normalise_thread(any_thread(i));
}

static bool one_in(word_t n)
{
    return random_below(n) == 0;
}

static void block_in_receive(tcb_t *thread)
{
    cap_t cap = slot_at(slot_endpoint)->cap;
    cap.endpoint.can_grant = one_in(2);
    receive_ipc(thread, cap, true);
}

static void block_in_send(tcb_t *thread)
{
    send_ipc(thread, cap_ptr(slot_at(slot_endpoint)->cap.endpoint.ptr),
             (send_options_t){.is_blocking = true, .badge = 5, .is_call = one_in(2)});
}

static void random_thread(tcb_t *thread)
{
    static const prio_t priorities[] = {10, 50, 51, 200};
    thread->priority = priorities[random_below(ARRAY_SIZE(priorities))];
    for (unsigned i = 0; i < message_registers; i++)
        *context_mr(&thread->context, i) = random_below(1000);
    setup_reply_master(thread);
    if (one_in(8))
        thread->domain = 1;
}

static void random_role(tcb_t *thread, bool receivers_wait)
{
    tcb_t *current = test_thread();
    switch (random_below(5)) {
    case 0:
        break; // inactive
    case 1:
        // The current thread keeps its place: no ready thread is above it.
        if (thread->priority > current->priority)
            thread->priority = current->priority;
        restart(thread);
        break;
    case 2:
        if (cap_get_type(current->slots[tcb_caller].cap) == cap_null) {
            setup_caller_cap(thread, current, one_in(2));
            if (one_in(8))
                thread->fault.type = seL4_Fault_UserException;
            break;
        }
        [[fallthrough]];
    default:
        if (receivers_wait)
            block_in_receive(thread);
        else
            block_in_send(thread);
    }
}

static void random_current(tcb_t *thread)
{
    const notification_t *notification = cap_ptr(slot_at(slot_notification)->cap.notification.ptr);
    if (one_in(4)) {
        bind_notification(thread, (notification_t *)notification);
        if (one_in(2))
            send_signal((notification_t *)notification, 9);
    }
    if (one_in(16))
        thread->fault.type = seL4_Fault_VMFault; // left over from a cancelled fault
    const word_t length = one_in(4) ? random_below(128) : random_below(6);
    thread->context.REG_INFO =
        seL4_MessageInfo_new(random_below(1 << 20), random_below(8), one_in(8), length).words[0];
    thread->context.REG_CAP = one_in(16) ? random_below(root_slots) : slot_invoked;
}

static void random_world(void)
{
    fixture_setup(nullptr);
    retype(slot_memory, seL4_EndpointObject, 0, slot_endpoint, 1);
    retype(slot_memory, seL4_NotificationObject, 0, slot_notification, 1);
    retype(slot_memory, seL4_TCBObject, 0, slot_others, others);
    const word_t rights = one_in(2) ? seL4_AllRights.words[0] : random_below(16);
    assert_int_equal(seL4_NoError,
                     invoke(slot_root, CNodeMint, WORDS(slot_root),
                            WORDS(slot_invoked, 64, slot_endpoint, 64, rights, random_below(3))));
    tcb_t *current = test_thread();
    random_thread(current);
    current->domain = 0;
    const bool receivers_wait = !one_in(4);
    for (unsigned i = 0; i < others; i++) {
        random_thread(other(i));
        random_role(other(i), receivers_wait);
    }
    schedule();
    check_invariants();
    assert_ptr_equal(current, kernel.current);
    random_current(current);
}

static word_t compare_paths(seL4_Syscall_ID number, bool (*fast_path)(void), uint32_t rounds)
{
    word_t accepted = 0;
    for (uint32_t round = 0; round < rounds; round++) {
        random_seed(round);
        random_world();
        save(&before);
        const bool is_fast = fast_path();
        if (!is_fast) {
            save(&after_fast);
            assert_memory_equal(&before, &after_fast, sizeof(before));
            continue;
        }
        accepted++;
        check_invariants();
        normalise();
        save(&after_fast);

        restore(&before);
        general_syscall(number);
        check_invariants();
        normalise();
        save(&after_general);
        assert_memory_equal(&after_general, &after_fast, sizeof(after_fast));
    }
    return accepted;
}

static void test_call(void **)
{
    assert_in_range(compare_paths(seL4_SysCall, fastpath_call, 20000), 1000, 15000);
}

static void test_reply_recv(void **)
{
    assert_in_range(compare_paths(seL4_SysReplyRecv, fastpath_reply_recv, 20000), 1000, 15000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_call),
        cmocka_unit_test(test_reply_recv),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
