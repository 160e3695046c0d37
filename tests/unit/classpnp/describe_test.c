// What devices tell of themselves: capacity, mode pages, vital product data.
#include "test.h"

static void capacity(void **state)
{
    (void)state;
    CORE_CAPACITY value;
    assert_true(CoreParseCapacity10((const uint8_t *)"\0\0\xFF\xFF\0\0\x02\0", 8, &value));
    assert_int_equal(value.LastBlock, 0xFFFF);
    assert_int_equal(value.BlockBytes, 512);
    assert_false(CoreParseCapacity10((const uint8_t *)"\0\0\xFF\xFF\0\0\x02\0", 7, &value));
    assert_false(CoreParseCapacity10((const uint8_t *)"\0\0\xFF\xFF\0\0\0\0", 8, &value));
    assert_false(CoreParseCapacity10((const uint8_t *)"\0\0\xFF\xFF\0\0\x02\x08", 8, &value));
    uint8_t bytes[32] = {0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 2, 0, 0, 3, 0xC0, 7};
    assert_true(CoreParseCapacity16(bytes, sizeof(bytes), &value));
    assert_int_equal(value.LastBlock, 0x200000000);
    assert_int_equal(value.PhysicalBytes, 4096);
    assert_int_equal(value.LowestAligned, 7);
    assert_true(value.Provisioned && value.ReadsZeros);
    memset(bytes, 0xFF, 8); // more bytes than offsets can have
    assert_false(CoreParseCapacity16(bytes, sizeof(bytes), &value));
}

static void mode_pages(void **state)
{
    (void)state;
    const uint8_t bytes[] = {27,   0, 0x90, 8,    0, 0, 0, 0, 0, 0, 2, 0, // block descriptor
                             0x01, 2, 0xAA, 0xBB,                         // page 1
                             0x48, 1, 0,    2,    1, 2,                   // a subpage of page 8
                             0x08, 4, 4,    0,    0, 0};
    size_t length;
    const uint8_t *page = CoreFindModePage(bytes, sizeof(bytes), 8, true, &length);
    assert_ptr_equal(page, bytes + 22);
    assert_int_equal(length, 6);
    assert_ptr_equal(CoreFindModePage(bytes, sizeof(bytes), 1, true, &length), bytes + 12);
    assert_ptr_equal(CoreFindModePage(bytes, sizeof(bytes), CORE_ALL_MODE_PAGES, true, &length),
                     bytes + 12);
    assert_null(CoreFindModePage(bytes, sizeof(bytes), 10, true, &length));
    assert_null(CoreFindModePage(bytes, sizeof(bytes) - 1, 8, true, &length)); // not whole
    assert_null(CoreFindModePage(bytes, 3, 8, true, &length));
    const uint8_t ten[] = {0, 12, 0, 0, 0, 0, 0, 0, 8, 4, 4, 0, 0, 0};
    assert_ptr_equal(CoreFindModePage(ten, sizeof(ten), 8, false, &length), ten + 8);
    const uint8_t beyond[] = {200, 0, 0, 200, 8, 2, 0, 0};
    assert_null(CoreFindModePage(beyond, sizeof(beyond), 8, true, &length));
}

static void pages(void **state)
{
    (void)state;
    const uint8_t list[] = {0, 0, 0, 3, 0, 0x83, 0xB0};
    assert_true(CoreVpdSupports(list, sizeof(list), 0x83));
    assert_false(CoreVpdSupports(list, sizeof(list), 0xB1));
    assert_false(CoreVpdSupports(list, 6, 0xB0)); // cut off
    assert_int_equal(CoreVpdLength(list, sizeof(list), 0x00), 7);
    assert_int_equal(CoreVpdLength(list, sizeof(list), 0x83), 0);
    uint8_t limits[64] = {0, 0xB0, 0, 60, 0, 0, 0, 8};
    CORE_BLOCK_LIMITS values;
    CorePut32(limits + 8, 0x1000);
    CorePut32(limits + 20, 77);
    CorePut32(limits + 24, 3);
    CorePut32(limits + 32, 0x80000005);
    assert_true(CoreParseBlockLimits(limits, sizeof(limits), &values));
    assert_int_equal(values.Granularity, 8);
    assert_int_equal(values.MaximumTransfer, 0x1000);
    assert_int_equal(values.MaximumUnmapBlocks, 77);
    assert_int_equal(values.MaximumUnmapDescriptors, 3);
    assert_true(values.UnmapAlignmentValid);
    assert_int_equal(values.UnmapAlignment, 5);
    limits[3] = 12; // the page of before SBC-3
    assert_true(CoreParseBlockLimits(limits, sizeof(limits), &values));
    assert_int_equal(values.MaximumUnmapBlocks, 0);
    assert_false(CoreParseBlockLimits(limits, 15, &values));
    CORE_CHARACTERISTICS turns;
    const uint8_t characteristics[64] = {0, 0xB1, 0, 60, 0x1C, 0x20, 0, 2};
    assert_true(CoreParseCharacteristics(characteristics, sizeof(characteristics), &turns));
    assert_int_equal(turns.RotationRate, 7200);
    assert_int_equal(turns.FormFactor, 2);
    CORE_PROVISIONING thin;
    const uint8_t provisioning[8] = {0, 0xB2, 0, 4, 1, 0xE6, 2};
    assert_true(CoreParseProvisioning(provisioning, sizeof(provisioning), &thin));
    assert_true(thin.Unmap && thin.WriteSame && thin.WriteSame10 && thin.ReadsZeros && thin.Anchor);
    assert_int_equal(thin.Type, 2);
    assert_false(CoreParseProvisioning(provisioning, 6, &thin));
}

static void identifiers(void **state)
{
    (void)state;
    const uint8_t page[] = {0, 0x83, 0, 20, 0x61, 0x93, 0, 8, 0x50, 1,   2,   3,
                            4, 5,    6, 7,  0x02, 0x01, 0, 4, 'T',  'E', 'S', 'T'};
    uint8_t out[64];
    uint32_t count, word;
    assert_int_equal(CoreMakeIdentifiers(page, sizeof(page), out, sizeof(out), &count), 24 + 20);
    assert_int_equal(count, 2);
    memcpy(&word, out, 4);
    assert_int_equal(word, 1); // binary
    memcpy(&word, out + 4, 4);
    assert_int_equal(word, 3);
    memcpy(&word, out + 12, 4);
    assert_int_equal(word, 1); // of the port
    assert_int_equal(out[8], 8);
    assert_int_equal(out[10], 24);
    assert_memory_equal(out + 16, page + 8, 8);
    assert_int_equal(out[24 + 10], 0); // the last one
    assert_memory_equal(out + 40, "TEST", 4);
    // Room for one: the other is counted, and not written.
    memset(out, 0xEE, sizeof(out));
    assert_int_equal(CoreMakeIdentifiers(page, sizeof(page), out, 43, &count), 44);
    assert_int_equal(out[24], 0xEE);
    for (size_t length = 0; length < sizeof(page); length++) {
        CoreMakeIdentifiers(page, length, out, sizeof(out), &count);
        assert_int_equal(count, length >= 16 ? 1 : 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(capacity),
        cmocka_unit_test(mode_pages),
        cmocka_unit_test(pages),
        cmocka_unit_test(identifiers),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
