// Untyped arithmetic: where objects go, what is left, when a reset happens and what it clears.
#include "fixture.h"

enum { parent = slot_free, first = slot_free + 1, parent_bits = 12 };

static word_t base_of(cptr_t slot)
{
    paddr_t base;
    word_t bits;
    assert_true(cap_memory(slot_at(slot)->cap, &base, &bits));
    return base - virt_to_phys(memory_start());
}

static word_t watermark(cptr_t slot)
{
    return (word_t)slot_at(slot)->cap.untyped.free_index << seL4_MinUntypedBits;
}

static seL4_Error try_retype(cptr_t untyped, word_t type, word_t size_bits, word_t count)
{
    return invoke(untyped, UntypedRetype, WORDS(slot_root),
                  WORDS(type, size_bits, 0, 0, first, count));
}

static void make_parent(void)
{
    retype(slot_memory, seL4_UntypedObject, parent_bits, parent, 1);
}

static void test_objects_are_aligned(void **)
{
    make_parent();
    retype(parent, seL4_EndpointObject, 0, first, 1);
    retype(parent, seL4_UntypedObject, 9, first + 1, 1);
    retype(parent, seL4_EndpointObject, 0, first + 2, 2);
    retype(parent, seL4_CapTableObject, 1, first + 4, 1);
    assert_int_equal(0, base_of(first));
    assert_int_equal(512, base_of(first + 1));
    assert_int_equal(1024, base_of(first + 2));
    assert_int_equal(1040, base_of(first + 3));
    assert_int_equal(1088, base_of(first + 4)); // 64 bytes
    assert_int_equal(1152, watermark(parent));
}

static void test_fills_to_the_last_byte(void **)
{
    make_parent();
    retype(parent, seL4_UntypedObject, 4, first, 128);
    retype(parent, seL4_UntypedObject, 4, first + 128, 100);
    assert_int_equal(seL4_NotEnoughMemory, invoke(parent, UntypedRetype, WORDS(slot_root),
                                                  WORDS(seL4_TCBObject, 0, 0, 0, first + 228, 1)));
    assert_int_equal(28 * 16, result_word(0));
    revoke_slot(parent);
    retype(parent, seL4_TCBObject, 0, first, 2);
    assert_int_equal(seL4_NotEnoughMemory,
                     invoke(parent, UntypedRetype, WORDS(slot_root),
                            WORDS(seL4_EndpointObject, 0, 0, 0, first + 2, 1)));
    assert_int_equal(0, result_word(0));
}

// Bytes that alignment wastes do not count as free for a larger object.
static void test_not_enough_behind_alignment(void **)
{
    make_parent();
    retype(parent, seL4_UntypedObject, 11, first, 1);
    retype(parent, seL4_EndpointObject, 0, first + 1, 1);
    assert_int_equal(seL4_NotEnoughMemory,
                     invoke(parent, UntypedRetype, WORDS(slot_root),
                            WORDS(seL4_UntypedObject, 11, 0, 0, first + 2, 1)));
    assert_int_equal(2048 - 16, result_word(0));
    retype(parent, seL4_UntypedObject, 10, first + 2, 1);
    assert_int_equal(3072, base_of(first + 2));
}

static void test_failure_changes_nothing(void **)
{
    make_parent();
    retype(parent, seL4_EndpointObject, 0, first + 3, 1);
    const cap_t before = slot_at(parent)->cap;
    assert_int_equal(seL4_DeleteFirst, try_retype(parent, seL4_EndpointObject, 0, 4));
    assert_int_equal(seL4_RangeError, try_retype(parent, seL4_EndpointObject, 0, 257));
    assert_int_equal(seL4_RangeError, try_retype(parent, seL4_UntypedObject, 48, 1));
    assert_int_equal(seL4_InvalidArgument, try_retype(parent, seL4_UntypedObject, 3, 1));
    assert_int_equal(seL4_InvalidArgument, try_retype(parent, seL4_CapTableObject, 0, 1));
    assert_int_equal(seL4_InvalidArgument, try_retype(parent, seL4_ObjectTypeCount, 0, 1));
    assert_int_equal(seL4_RangeError, try_retype(parent, seL4_EndpointObject, ~0ull, 1));
    assert_memory_equal(&before, &slot_at(parent)->cap, sizeof(before));
    assert_int_equal(cap_null, cap_get_type(slot_at(first)->cap));
}

static void test_reset_clears_and_reuses(void **)
{
    make_parent();
    retype(parent, seL4_CapTableObject, 7, first, 1);
    delete_slot(first);
    memset(memory_start(), 0x5a, 1 << parent_bits);
    assert_int_equal(1 << parent_bits, watermark(parent));

    retype(parent, seL4_EndpointObject, 0, first, 1);
    assert_int_equal(0, base_of(first));
    assert_int_equal(16, watermark(parent));
    for (unsigned i = 16; i < 1 << parent_bits; i++)
        assert_int_equal(0, memory_start()[i]);
}

// Each preemption keeps what is done; in between the watermark and the memory agree.
static void test_reset_is_preemptible(void **)
{
    interrupt_every(1);
    retype(slot_memory, seL4_EndpointObject, 0, first, 1);
    // A look every 100 chunks of 256 bytes.
    assert_int_equal((1 << memory_bits) / 256 / 100, preemptions);
    for (unsigned i = 16; i < 1 << memory_bits; i++)
        assert_int_equal(0, memory_start()[i]);
}

static void test_device_memory_is_not_touched(void **)
{
    assert_int_equal(seL4_InvalidArgument, try_retype(slot_device, seL4_EndpointObject, 0, 1));
    assert_int_equal(1, result_word(0));
    retype(slot_device, seL4_UntypedObject, 16, first, 1);
    retype(first, seL4_X86_4K, 0, first + 1, 2);
    assert_true(slot_at(first)->cap.untyped.is_device);
    assert_true(slot_at(first + 1)->cap.frame.is_device);
    paddr_t base;
    word_t bits;
    assert_true(cap_memory(slot_at(first + 2)->cap, &base, &bits));
    // Device memory lies beyond the window, where addresses wrap: the physical address must be right.
    assert_int_equal((5ull << 40) - PHYS_WINDOW + 4096, base);
    assert_true(same_region_as(slot_at(slot_device)->cap, slot_at(first + 2)->cap));
    revoke_slot(slot_device);
    assert_int_equal(cap_null, cap_get_type(slot_at(first + 2)->cap));
    retype(slot_device, seL4_UntypedObject, 16, first, 1);
}

static void test_destination_errors(void **)
{
    make_parent();
    const word_t type = seL4_EndpointObject;
    assert_int_equal(seL4_RangeError, invoke(parent, UntypedRetype, WORDS(slot_root),
                                             WORDS(type, 0, 0, 0, root_slots, 1)));
    assert_int_equal(root_slots - 1, result_word(1));
    assert_int_equal(seL4_RangeError, invoke(parent, UntypedRetype, WORDS(slot_root),
                                             WORDS(type, 0, 0, 0, root_slots - 1, 2)));
    assert_int_equal(1, result_word(1));
    assert_int_equal(seL4_FailedLookup,
                     invoke(parent, UntypedRetype, WORDS(parent), WORDS(type, 0, 0, 0, 0, 1)));
    assert_int_equal(seL4_MissingCapability, result_word(1));
    assert_int_equal(seL4_TruncatedMessage,
                     invoke(parent, UntypedRetype, WORDS(slot_root), WORDS(type, 0, 0, 0, 0)));
    assert_int_equal(seL4_TruncatedMessage,
                     invoke(parent, UntypedRetype, WORDS(), WORDS(type, 0, 0, 0, first, 1)));
}

// Random sizes against a watermark kept by hand.
static void test_random_retypes(void **)
{
    for (int round = 0; round < 200; round++) {
        revoke_slot(slot_memory);
        make_parent();
        word_t used = 0;
        for (word_t dest = first; dest < root_slots - 4;) {
            const word_t bits = 4 + random_below(7), count = 1 + random_below(3);
            const word_t start = (used + BIT(bits) - 1) >> bits << bits;
            const bool fits = start + (count << bits) <= BIT(parent_bits);
            const seL4_Error error = invoke(parent, UntypedRetype, WORDS(slot_root),
                                            WORDS(seL4_UntypedObject, bits, 0, 0, dest, count));
            assert_int_equal(fits ? seL4_NoError : seL4_NotEnoughMemory, error);
            if (!fits) {
                assert_int_equal(BIT(parent_bits) - used, result_word(0));
                break;
            }
            for (word_t i = 0; i < count; i++)
                assert_int_equal(start + (i << bits), base_of(dest + i));
            used = start + (count << bits);
            dest += count;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_objects_are_aligned, fixture_setup),
        cmocka_unit_test_setup(test_fills_to_the_last_byte, fixture_setup),
        cmocka_unit_test_setup(test_not_enough_behind_alignment, fixture_setup),
        cmocka_unit_test_setup(test_failure_changes_nothing, fixture_setup),
        cmocka_unit_test_setup(test_reset_clears_and_reuses, fixture_setup),
        cmocka_unit_test_setup(test_reset_is_preemptible, fixture_setup),
        cmocka_unit_test_setup(test_device_memory_is_not_touched, fixture_setup),
        cmocka_unit_test_setup(test_destination_errors, fixture_setup),
        cmocka_unit_test_setup(test_random_retypes, fixture_setup),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
