// Teardown of CNodes and TCBs, preempted at every chance: nothing is lost, everything ends.
#include "fixture.h"

enum { first = slot_free, table_radix = 5, table_slots = 1 << table_radix };

static cte_t *table_at(cptr_t slot)
{
    return cnode_slots(slot_at(slot)->cap);
}

static void move_into(cptr_t table, word_t index, cptr_t source)
{
    cte_t *from = slot_at(source), *to = table_at(table) + index;
    cte_move(from->cap, from, to);
    check_invariants();
}

static bool is_empty(cptr_t slot)
{
    return cap_get_type(slot_at(slot)->cap) == cap_null;
}

static bool memory_is_childless(void)
{
    return !mdb_has_children(slot_at(slot_memory));
}

static void test_table_of_endpoints(void **)
{
    retype(slot_memory, seL4_CapTableObject, table_radix, first, 1);
    for (word_t i = 0; i < table_slots; i++) {
        retype(slot_memory, seL4_EndpointObject, 0, first + 1, 1);
        move_into(first, i, first + 1);
    }
    cte_t *table = table_at(first);
    delete_slot(first);
    assert_true(is_empty(first));
    assert_true(memory_is_childless());
    for (word_t i = 0; i < table_slots; i++)
        assert_int_equal(cap_null, cap_get_type(table[i].cap));
}

static void test_copy_keeps_the_table(void **)
{
    retype(slot_memory, seL4_CapTableObject, table_radix, first, 1);
    retype(slot_memory, seL4_EndpointObject, 0, first + 1, 1);
    copy(first + 2, first);
    move_into(first, 3, first + 1);
    delete_slot(first);
    assert_int_equal(cap_endpoint, cap_get_type(table_at(first + 2)[3].cap));
    delete_slot(first + 2);
    assert_true(memory_is_childless());
}

// A table that holds its own last capability can only be reached through the memory.
static void test_table_that_holds_itself(void **)
{
    for (word_t index = 0; index < table_slots; index++) {
        retype(slot_memory, seL4_CapTableObject, table_radix, first, 1);
        cte_t *table = table_at(first);
        move_into(first, index, first);
        assert_true(is_empty(first));
        revoke_slot(slot_memory);
        assert_true(memory_is_childless());
        assert_int_equal(cap_null, cap_get_type(table[index].cap));
    }
}

static void test_tables_that_hold_each_other(void **)
{
    retype(slot_memory, seL4_CapTableObject, table_radix, first, 2);
    copy(first + 2, first);
    copy(first + 3, first + 1);
    move_into(first, 7, first + 3);
    move_into(first + 1, 7, first + 2);
    delete_slot(first);
    delete_slot(first + 1);
    assert_true(is_empty(first) && is_empty(first + 1));
    // Both are out of reach now, but not gone: the memory knows them.
    revoke_slot(slot_memory);
    assert_true(memory_is_childless());
}

// A table found inside a dying one is not torn down there but moved into itself.
static void test_nested_table_becomes_unreachable(void **)
{
    retype(slot_memory, seL4_CapTableObject, table_radix, first, 2);
    retype(slot_memory, seL4_EndpointObject, 0, first + 2, 1);
    cte_t *inner = table_at(first + 1);
    move_into(first + 1, 9, first + 2);
    move_into(first, 4, first + 1);
    delete_slot(first);
    assert_int_equal(cap_zombie, cap_get_type(inner[0].cap));
    assert_int_equal(cap_endpoint, cap_get_type(inner[9].cap));
    assert_false(memory_is_childless());
    revoke_slot(slot_memory);
    assert_true(memory_is_childless());
}

static void test_thread_with_its_space(void **)
{
    retype(slot_memory, seL4_TCBObject, 0, first, 1);
    retype(slot_memory, seL4_CapTableObject, table_radix, first + 1, 1);
    tcb_t *thread = tcb_from_cap(slot_at(first)->cap);
    cte_t *table = slot_at(first + 1);
    cte_move(table->cap, table, &thread->slots[tcb_cspace]);
    restart(thread);
    schedule();
    check_invariants();
    delete_slot(first);
    assert_true(is_empty(first));
    assert_false(thread->in_ready_queue);
    revoke_slot(slot_memory);
    assert_true(memory_is_childless());
}

// A caller's death takes away the right to answer it.
static void test_reply_dies_with_the_caller(void **)
{
    retype(slot_memory, seL4_TCBObject, 0, first, 1);
    tcb_t *caller = tcb_from_cap(slot_at(first)->cap), *server = test_thread();
    setup_reply_master(caller);
    setup_caller_cap(caller, server, true);
    check_invariants();
    assert_int_equal(cap_reply, cap_get_type(server->slots[tcb_caller].cap));
    assert_int_equal(seL4_NoError,
                     invoke(slot_root, CNodeSaveCaller, WORDS(), WORDS(first + 1, 64)));
    assert_int_equal(cap_reply, cap_get_type(slot_at(first + 1)->cap));
    delete_slot(first);
    assert_true(is_empty(first + 1));
    assert_true(memory_is_childless());
}

// ---- Random graphs of tables and threads, torn down under constant interruption

static void random_graph(void)
{
    enum { tables = 8, threads = 4 };
    retype(slot_memory, seL4_CapTableObject, 3, first, tables);
    retype(slot_memory, seL4_TCBObject, 0, first + tables, threads);
    retype(slot_memory, seL4_EndpointObject, 0, first + tables + threads, 1);
    for (int i = 0; i < 60; i++) {
        const cptr_t table = first + random_below(tables);
        const cptr_t source = first + random_below(tables + threads + 1);
        if (cap_get_type(slot_at(table)->cap) != cap_cnode || is_empty(source))
            continue;
        cte_t *dest = table_at(table) + random_below(8);
        if (cap_get_type(dest->cap) != cap_null)
            continue;
        // Mostly copies; at the end some of the originals go in as well.
        if (i < 50)
            cte_insert(slot_at(source)->cap, slot_at(source), dest);
        else
            cte_move(slot_at(source)->cap, slot_at(source), dest);
        check_invariants();
    }
}

static void test_random_graphs(void **)
{
    word_t interrupted = 0;
    for (int round = 0; round < 300; round++) {
        interrupt_every(1 + random_below(3));
        random_graph();
        for (cptr_t slot = first; slot < first + 13; slot++) {
            delete_slot(slot);
            assert_true(is_empty(slot));
            interrupted += preemptions;
        }
        revoke_slot(slot_memory);
        assert_true(memory_is_childless());
        interrupted += preemptions;
    }
    assert_true(interrupted > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_table_of_endpoints, fixture_setup),
        cmocka_unit_test_setup(test_copy_keeps_the_table, fixture_setup),
        cmocka_unit_test_setup(test_table_that_holds_itself, fixture_setup),
        cmocka_unit_test_setup(test_tables_that_hold_each_other, fixture_setup),
        cmocka_unit_test_setup(test_nested_table_becomes_unreachable, fixture_setup),
        cmocka_unit_test_setup(test_thread_with_its_space, fixture_setup),
        cmocka_unit_test_setup(test_reply_dies_with_the_caller, fixture_setup),
        cmocka_unit_test_setup(test_random_graphs, fixture_setup),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
