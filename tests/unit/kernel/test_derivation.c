// The derivation tree: which capability is whose child, against a model that keeps explicit parents.
#include "fixture.h"

enum { object_slot = slot_free, other_slot = object_slot + 1, first = object_slot + 2 };

static bool is_child(cptr_t parent, cptr_t child)
{
    return mdb_is_parent_of(slot_at(parent), slot_at(child));
}

static void test_copy_of_original_is_child(void **)
{
    retype(slot_memory, seL4_EndpointObject, 0, object_slot, 1);
    copy(first, object_slot);
    copy(first + 1, first);
    assert_true(is_child(slot_memory, object_slot));
    assert_true(is_child(object_slot, first));
    assert_true(is_child(object_slot, first + 1));
    assert_false(is_child(first, first + 1)); // a sibling
}

static void test_badged_original(void **)
{
    retype(slot_memory, seL4_EndpointObject, 0, object_slot, 1);
    mint(first, object_slot, 7);
    copy(first + 1, first);
    mint(first + 2, object_slot, 7);
    assert_true(is_child(object_slot, first));
    assert_true(is_child(first, first + 1));
    assert_false(is_child(first + 2, first)); // same badge, but an original of its own

    // The badge stays first with the next when the original goes.
    delete_slot(first);
    assert_false(is_child(first + 2, first + 1));
    assert_true(is_child(object_slot, first + 1));
}

static void test_untyped_copies_are_children(void **)
{
    retype(slot_memory, seL4_UntypedObject, 12, object_slot, 1);
    copy(first, object_slot);
    copy(first + 1, first);
    assert_true(is_child(object_slot, first));
    assert_true(is_child(first, first + 1));
    // What a copy can hand out, the source must not.
    assert_int_equal(BIT(12 - seL4_MinUntypedBits), slot_at(object_slot)->cap.untyped.free_index);
    assert_int_equal(BIT(12 - seL4_MinUntypedBits), slot_at(first)->cap.untyped.free_index);
    assert_int_equal(0, slot_at(first + 1)->cap.untyped.free_index);
    assert_int_equal(seL4_RevokeFirst,
                     invoke(slot_root, CNodeCopy, WORDS(slot_root),
                            WORDS(first + 2, 64, object_slot, 64, seL4_AllRights.words[0])));
}

static void test_swap_of_neighbours(void **)
{
    retype(slot_memory, seL4_EndpointObject, 0, object_slot, 1);
    copy(first, object_slot);
    cte_t *left = slot_at(object_slot), *right = slot_at(first);
    cte_swap(left->cap, left, right->cap, right);
    check_invariants();
    assert_true(is_child(first, object_slot));
    cte_swap(left->cap, left, right->cap, right);
    check_invariants();
    assert_true(is_child(object_slot, first));
}

static void test_final_capability(void **)
{
    retype(slot_memory, seL4_EndpointObject, 0, object_slot, 2);
    assert_true(is_final_cap(slot_at(object_slot)));
    mint(first, object_slot, 3);
    assert_false(is_final_cap(slot_at(object_slot)));
    assert_false(is_final_cap(slot_at(first)));
    delete_slot(object_slot);
    assert_true(is_final_cap(slot_at(first)));
}

// ---- Random operations against the model

enum { nodes = 48 };

typedef struct model_node {
    bool used, is_original;
    int object; // two endpoints
    word_t badge;
    int parent; // a node, or -1: the memory
} model_node_t;

static model_node_t model[nodes];

static cptr_t slot_of(int node)
{
    return first + (cptr_t)node;
}

static int pick(bool used)
{
    for (int tries = 0; tries < 100; tries++) {
        const int node = (int)random_below(nodes);
        if (model[node].used == used)
            return node;
    }
    return -1;
}

// A capability made from another is its child if that one can have children: an original can, but a
// badged one none with another badge (that is refused).
static void model_derive(int node, int source, word_t badge)
{
    const model_node_t from = model[source];
    model[node] = (model_node_t){
        .used = true,
        .is_original = badge != from.badge,
        .object = from.object,
        .badge = badge,
        .parent = from.is_original ? source : from.parent,
    };
}

static void model_delete(int node)
{
    for (int i = 0; i < nodes; i++) {
        if (model[i].used && model[i].parent == node)
            model[i].parent = model[node].parent;
    }
    model[node].used = false;
}

static bool model_descends(int node, int ancestor)
{
    for (int i = model[node].parent; i >= 0; i = model[i].parent) {
        if (i == ancestor)
            return true;
    }
    return false;
}

static void model_revoke(int node)
{
    bool gone[nodes] = {};
    for (int i = 0; i < nodes; i++)
        gone[i] = model[i].used && model_descends(i, node);
    for (int i = 0; i < nodes; i++) {
        if (gone[i])
            model[i].used = false;
    }
}

static void model_move(int dest, int source)
{
    model[dest] = model[source];
    model[source].used = false;
    for (int i = 0; i < nodes; i++) {
        if (model[i].used && model[i].parent == source)
            model[i].parent = dest;
    }
}

static void random_operation(void)
{
    const int source = pick(true), dest = pick(false);
    if (source < 0)
        return;
    const word_t badge = 1 + random_below(3);
    switch (random_below(16)) {
    case 0:
        delete_slot(slot_of(source));
        model_delete(source);
        break;
    case 1:
        revoke_slot(slot_of(source));
        model_revoke(source);
        break;
    case 2:
    case 3:
        if (dest < 0)
            return;
        assert_int_equal(seL4_NoError, invoke(slot_root, CNodeMove, WORDS(slot_root),
                                              WORDS(slot_of(dest), 64, slot_of(source), 64)));
        model_move(dest, source);
        break;
    case 4:
    case 5:
    case 6:
        if (dest < 0 || model[source].badge != 0)
            return;
        mint(slot_of(dest), slot_of(source), badge);
        model_derive(dest, source, badge);
        break;
    default:
        if (dest < 0)
            return;
        copy(slot_of(dest), slot_of(source));
        model_derive(dest, source, model[source].badge);
    }
}

// The children of a capability are the run of list entries behind it that it is the parent of.
static void compare_with_model(void)
{
    for (int node = 0; node < nodes; node++) {
        const cte_t *slot = slot_at(slot_of(node));
        assert_int_equal(model[node].used, cap_get_type(slot->cap) == cap_endpoint);
        if (!model[node].used)
            continue;
        assert_int_equal(model[node].badge, slot->cap.endpoint.badge);
        word_t expected = 0, actual = 0;
        for (int i = 0; i < nodes; i++)
            expected += model[i].used && model_descends(i, node);
        for (const cte_t *next = mdb_next(slot); next && mdb_is_parent_of(slot, next);
             next = mdb_next(next)) {
            const int child = (int)(next - slot_at(first));
            assert_true(child >= 0 && child < nodes && model_descends(child, node));
            actual++;
        }
        assert_int_equal(expected, actual);
    }
}

static void test_random_operations(void **)
{
    word_t operations = 0;
    for (int round = 0; round < 30; round++) {
        revoke_slot(slot_memory);
        memset(model, 0, sizeof(model));
        retype(slot_memory, seL4_EndpointObject, 0, slot_of(0), 2);
        model[0] = (model_node_t){.used = true, .is_original = true, .object = 0, .parent = -1};
        model[1] = (model_node_t){.used = true, .is_original = true, .object = 1, .parent = -1};
        for (int i = 0; i < 300; i++, operations++) {
            random_operation();
            compare_with_model();
        }
    }
    assert_int_equal(9000, operations);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_copy_of_original_is_child, fixture_setup),
        cmocka_unit_test_setup(test_badged_original, fixture_setup),
        cmocka_unit_test_setup(test_untyped_copies_are_children, fixture_setup),
        cmocka_unit_test_setup(test_swap_of_neighbours, fixture_setup),
        cmocka_unit_test_setup(test_final_capability, fixture_setup),
        cmocka_unit_test_setup(test_random_operations, fixture_setup),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
