// Lookup of capability addresses: each failure with its values, and random guarded tables against a
// lookup that goes bit by bit.
#include "fixture.h"

enum { level2_radix = 4, slot_level2 = slot_free, slot_leaf = slot_free + 1 };

static cap_t cnode_with(cte_t *slots, word_t radix, word_t guard_size, word_t guard)
{
    cap_t cap = cap_new_simple(cap_cnode);
    cap.cnode.radix = radix & 0x3f;
    cap.cnode.guard_size = guard_size & 0x3f;
    cap.cnode.guard = guard;
    cap.cnode.ptr_slot = (word_t)slots >> seL4_SlotBits;
    return cap;
}

static void test_root_is_no_cnode(void **)
{
    resolve_result_t result = resolve_address_bits(cap_new_simple(cap_null), 0, 64);
    assert_int_equal(error_lookup, result.error);
    assert_int_equal(seL4_InvalidRoot, kernel.lookup_failure.type);
}

static void test_guard_mismatch(void **)
{
    const cap_t cap = cnode_with(slot_at(0), root_radix, 8, 0xab);
    assert_int_equal(error_lookup, resolve_address_bits(cap, 0xac00, 16).error);
    assert_int_equal(seL4_GuardMismatch, kernel.lookup_failure.type);
    assert_int_equal(16, kernel.lookup_failure.bits_left);
    assert_int_equal(0xab, kernel.lookup_failure.guard_found);
    assert_int_equal(8, kernel.lookup_failure.bits_found);

    // A guard that is longer than the address mismatches, even if the bits there are the same.
    assert_int_equal(error_lookup, resolve_address_bits(cap, 0xab >> 1, 7).error);
    assert_int_equal(seL4_GuardMismatch, kernel.lookup_failure.type);
    assert_int_equal(7, kernel.lookup_failure.bits_left);
}

static void test_depth_mismatch(void **)
{
    const cap_t cap = cnode_with(slot_at(0), root_radix, 8, 0xab);
    assert_int_equal(error_lookup, resolve_address_bits(cap, 0xab00 >> 1, 15).error);
    assert_int_equal(seL4_DepthMismatch, kernel.lookup_failure.type);
    assert_int_equal(15, kernel.lookup_failure.bits_left);
    assert_int_equal(16, kernel.lookup_failure.bits_found);
}

static void test_resolves_slot(void **)
{
    const cap_t cap = cnode_with(slot_at(0), root_radix, 8, 0xab);
    resolve_result_t result = resolve_address_bits(cap, 0xab42, 16);
    assert_int_equal(ok, result.error);
    assert_ptr_equal(slot_at(0x42), result.slot);
    assert_int_equal(0, result.bits_remaining);
}

// With no guard and 64 bits nothing may be shifted by the word's width.
static void test_full_depth_without_guard(void **)
{
    const cap_t cap = cnode_with(slot_at(0), root_radix, 0, 0);
    resolve_result_t result = resolve_address_bits(cap, 0x42ull << 56, 64);
    assert_int_equal(ok, result.error);
    assert_ptr_equal(slot_at(0x42), result.slot);
    assert_int_equal(56, result.bits_remaining);
}

static void test_second_level(void **)
{
    retype(slot_memory, seL4_CapTableObject, level2_radix, slot_level2, 1);
    const cap_t level2 = slot_at(slot_level2)->cap;
    const cap_t root = cnode_with(slot_at(0), root_radix, 0, 0);

    // Too few bits for the second level: the whole address is short of bits there.
    assert_int_equal(error_lookup, resolve_address_bits(root, slot_level2 << 2, 10).error);
    assert_int_equal(seL4_DepthMismatch, kernel.lookup_failure.type);
    assert_int_equal(2, kernel.lookup_failure.bits_left);
    assert_int_equal(level2_radix, kernel.lookup_failure.bits_found);

    resolve_result_t result =
        resolve_address_bits(root, slot_level2 << level2_radix | 5, root_radix + level2_radix);
    assert_int_equal(ok, result.error);
    assert_ptr_equal(cnode_slots(level2) + 5, result.slot);

    // At the first level's depth it is the CNode capability itself.
    result = resolve_address_bits(root, slot_level2, root_radix);
    assert_ptr_equal(slot_at(slot_level2), result.slot);
    assert_int_equal(0, result.bits_remaining);
}

static void test_target_slot_errors(void **)
{
    const cap_t root = slot_at(slot_root)->cap;
    cte_t *slot;
    assert_int_equal(error_syscall, lookup_target_slot(true, root, 5, 0, &slot));
    assert_int_equal(seL4_RangeError, kernel.syscall_error.type);
    assert_int_equal(1, kernel.syscall_error.range_min);
    assert_int_equal(64, kernel.syscall_error.range_max);
    assert_int_equal(error_syscall, lookup_target_slot(true, root, 5, 65, &slot));
    assert_int_equal(seL4_RangeError, kernel.syscall_error.type);

    assert_int_equal(error_syscall,
                     lookup_target_slot(true, slot_at(slot_thread)->cap, 5, 65, &slot));
    assert_int_equal(seL4_FailedLookup, kernel.syscall_error.type);
    assert_int_equal(seL4_InvalidRoot, kernel.lookup_failure.type);
    assert_true(kernel.syscall_error.lookup_was_source);

    // Bits left over at a capability that is no CNode.
    const cap_t short_root = cnode_with(slot_at(0), root_radix, 0, 0);
    assert_int_equal(error_syscall, lookup_target_slot(false, short_root, 7 << 3, 11, &slot));
    assert_int_equal(seL4_FailedLookup, kernel.syscall_error.type);
    assert_false(kernel.syscall_error.lookup_was_source);
    assert_int_equal(seL4_DepthMismatch, kernel.lookup_failure.type);
    assert_int_equal(3, kernel.lookup_failure.bits_left);
    assert_int_equal(0, kernel.lookup_failure.bits_found);
}

static void test_empty_slot(void **)
{
    const cap_t root = slot_at(slot_root)->cap;
    cte_t *slot;
    assert_int_equal(ok, lookup_empty_slot(root, slot_free, 64, &slot));
    assert_ptr_equal(slot_at(slot_free), slot);
    assert_int_equal(error_syscall, lookup_empty_slot(root, slot_thread, 64, &slot));
    assert_int_equal(seL4_DeleteFirst, kernel.syscall_error.type);
}

// ---- Random tables of three levels

enum { levels = 3, tables_per_level = 4, max_radix = 4 };

alignas(32) static cte_t tables[levels][tables_per_level][1 << max_radix];
static cap_t caps[levels][tables_per_level];

static void make_tables(void)
{
    memset(tables, 0, sizeof(tables));
    for (unsigned level = 0; level < levels; level++) {
        for (unsigned i = 0; i < tables_per_level; i++) {
            const word_t guard_size = random_below(5);
            caps[level][i] = cnode_with(tables[level][i], 1 + random_below(max_radix), guard_size,
                                        random_below(BIT(guard_size)));
        }
    }
    for (unsigned level = 0; level + 1 < levels; level++) {
        for (unsigned i = 0; i < tables_per_level; i++) {
            for (unsigned j = 0; j < 1 << max_radix; j++) {
                if (random_below(2))
                    tables[level][i][j].cap = caps[level + 1][random_below(tables_per_level)];
            }
        }
    }
}

// Take `count` bits from the top of what is left of the address.
static word_t take_bits(cptr_t cptr, word_t *left, word_t count)
{
    word_t bits = 0;
    for (word_t i = 0; i < count; i++) {
        (*left)--;
        bits = bits << 1 | (cptr >> *left & 1);
    }
    return bits;
}

static resolve_result_t simple_lookup(cap_t cap, cptr_t cptr, word_t left)
{
    for (;;) {
        if (cap.cnode.guard_size > left)
            return (resolve_result_t){.error = error_lookup};
        if (take_bits(cptr, &left, cap.cnode.guard_size) != cap.cnode.guard)
            return (resolve_result_t){.error = error_lookup};
        if (cap.cnode.radix > left)
            return (resolve_result_t){.error = error_lookup};
        cte_t *slot = cnode_slots(cap) + take_bits(cptr, &left, cap.cnode.radix);
        if (left == 0 || cap_get_type(slot->cap) != cap_cnode)
            return (resolve_result_t){.slot = slot, .bits_remaining = left};
        cap = slot->cap;
    }
}

static void test_random_tables(void **)
{
    word_t found = 0;
    for (int round = 0; round < 200; round++) {
        make_tables();
        for (int i = 0; i < 500; i++) {
            const word_t depth = 1 + random_below(20);
            const cptr_t cptr = random_below(1 << 20);
            const resolve_result_t expected = simple_lookup(caps[0][0], cptr, depth);
            const resolve_result_t actual = resolve_address_bits(caps[0][0], cptr, depth);
            assert_int_equal(expected.error, actual.error);
            if (expected.error != ok)
                continue;
            assert_ptr_equal(expected.slot, actual.slot);
            assert_int_equal(expected.bits_remaining, actual.bits_remaining);
            found++;
        }
    }
    assert_true(found > 1000); // the tables are not all dead ends
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_root_is_no_cnode, fixture_setup),
        cmocka_unit_test_setup(test_guard_mismatch, fixture_setup),
        cmocka_unit_test_setup(test_depth_mismatch, fixture_setup),
        cmocka_unit_test_setup(test_resolves_slot, fixture_setup),
        cmocka_unit_test_setup(test_full_depth_without_guard, fixture_setup),
        cmocka_unit_test_setup(test_second_level, fixture_setup),
        cmocka_unit_test_setup(test_target_slot_errors, fixture_setup),
        cmocka_unit_test_setup(test_empty_slot, fixture_setup),
        cmocka_unit_test_setup(test_random_tables, fixture_setup),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
