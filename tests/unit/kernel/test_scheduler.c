// The scheduler: who runs next, against a plain search through all threads.
#include "fixture.h"

enum { first = slot_free, threads = 12 };

static tcb_t *thread_at(unsigned index)
{
    return tcb_from_cap(slot_at(first + index)->cap);
}

static void make_threads(void)
{
    retype(slot_memory, seL4_TCBObject, 0, first, threads);
}

static void wake(tcb_t *thread, prio_t priority)
{
    thread->priority = priority;
    restart(thread);
    schedule();
    check_invariants();
}

static void stop_current(void)
{
    set_thread_state(kernel.current, thread_inactive);
    schedule();
    check_invariants();
}

static void test_highest_priority_first(void **)
{
    static const prio_t priorities[] = {0, 63, 64, 127, 128, 191, 192, 254};
    make_threads();
    for (unsigned i = 0; i < ARRAY_SIZE(priorities); i++)
        wake(thread_at(i), priorities[i]);
    assert_ptr_equal(test_thread(), kernel.current);
    for (unsigned i = ARRAY_SIZE(priorities); i-- > 0;) {
        stop_current();
        assert_ptr_equal(thread_at(i), kernel.current);
    }
    stop_current();
    assert_ptr_equal(kernel.idle, kernel.current);
}

static void test_round_robin(void **)
{
    make_threads();
    for (unsigned i = 0; i < 3; i++)
        wake(thread_at(i), 50);
    stop_current();
    tcb_t *order[3];
    for (unsigned i = 0; i < 3; i++) {
        order[i] = kernel.current;
        yield(kernel.current);
        schedule();
        check_invariants();
    }
    assert_ptr_not_equal(order[0], order[1]);
    assert_ptr_not_equal(order[1], order[2]);
    assert_ptr_not_equal(order[0], order[2]);
    assert_ptr_equal(order[0], kernel.current);
}

static void test_time_slice(void **)
{
    make_threads();
    wake(thread_at(0), 50);
    wake(thread_at(1), 50);
    stop_current();
    const tcb_t *running = kernel.current;
    for (unsigned tick = 1; tick < seL4_ConfigTimeSlice; tick++) {
        handle_interrupt_entry();
        assert_ptr_equal(running, kernel.current);
    }
    handle_interrupt_entry();
    assert_ptr_not_equal(running, kernel.current);
    for (unsigned tick = 0; tick < seL4_ConfigTimeSlice; tick++)
        handle_interrupt_entry();
    assert_ptr_equal(running, kernel.current);
}

static void test_restart_goes_back(void **)
{
    make_threads();
    tcb_t *thread = thread_at(0);
    thread->context.fault_ip = 0x1234;
    thread->context.next_ip = 0x5678;
    wake(thread, 10);
    stop_current();
    assert_ptr_equal(thread, kernel.current);
    assert_int_equal(thread_running, thread->state.type);
    assert_int_equal(0x1234, thread->context.next_ip);
}

static void test_domains(void **)
{
    make_threads();
    wake(thread_at(0), 100);
    set_domain(thread_at(0), 3);
    stop_current();
    assert_ptr_equal(kernel.idle, kernel.current);

    kernel.domain_schedule[0].ticks = 2;
    kernel.domain_schedule[1] = (domain_schedule_entry_t){.domain = 3, .ticks = 1};
    enter_domain_schedule(0);
    schedule();
    handle_interrupt_entry();
    assert_ptr_equal(kernel.idle, kernel.current);
    handle_interrupt_entry(); // the second tick ends the first entry
    assert_int_equal(3, kernel.domain);
    assert_ptr_equal(thread_at(0), kernel.current);
    handle_interrupt_entry(); // then the schedule starts over
    assert_int_equal(0, kernel.domain);
    assert_ptr_equal(kernel.idle, kernel.current);
    check_invariants();
}

static prio_t highest_runnable(void)
{
    prio_t highest = 0;
    for (unsigned i = 0; i < threads; i++) {
        if (is_runnable(thread_at(i)) && thread_at(i)->priority > highest)
            highest = thread_at(i)->priority;
    }
    return highest;
}

static void test_random_steps(void **)
{
    make_threads();
    set_thread_state(kernel.current, thread_inactive);
    schedule();
    for (int i = 0; i < 20000; i++) {
        tcb_t *thread = thread_at((unsigned)random_below(threads));
        switch (random_below(4)) {
        case 0:
            restart(thread);
            break;
        case 1:
            suspend(thread);
            break;
        case 2:
            set_priority(thread, (prio_t)(1 + random_below(255)));
            break;
        default:
            if (kernel.current != kernel.idle)
                yield(kernel.current);
        }
        // What an entry may do more: wake a second one.
        if (random_below(4) == 0)
            restart(thread_at((unsigned)random_below(threads)));
        schedule();
        check_invariants();
        const bool any = highest_runnable() > 0 || is_runnable(kernel.current);
        assert_int_equal(any, kernel.current != kernel.idle);
        if (any)
            assert_int_equal(highest_runnable(), kernel.current->priority);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_highest_priority_first, fixture_setup),
        cmocka_unit_test_setup(test_round_robin, fixture_setup),
        cmocka_unit_test_setup(test_time_slice, fixture_setup),
        cmocka_unit_test_setup(test_restart_goes_back, fixture_setup),
        cmocka_unit_test_setup(test_domains, fixture_setup),
        cmocka_unit_test_setup(test_random_steps, fixture_setup),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
