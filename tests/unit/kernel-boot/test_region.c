// Region lists against a model: a map of bytes.
#include <stdlib.h>

#include "fake_memory.h"

enum { model_size = 256 };

static region_list_t list;
static bool model[model_size];

static void check_list_against_model(void)
{
    bool seen[model_size] = {0};
    for (unsigned i = 0; i < list.count; i++) {
        assert_true(list.items[i].start < list.items[i].end);
        if (i)
            assert_true(list.items[i - 1].end < list.items[i].start);
        for (paddr_t a = list.items[i].start; a < list.items[i].end; a++)
            seen[a] = true;
    }
    assert_memory_equal(model, seen, sizeof(model));
}

static region_t random_region(void)
{
    paddr_t start = (paddr_t)(rand() % model_size);
    paddr_t end = start + (paddr_t)(rand() % 40);
    return (region_t){start, end < model_size ? end : model_size};
}

static void test_add_and_remove(void **)
{
    srand(1);
    for (unsigned round = 0; round < 20000; round++) {
        if (round % 200 == 0) {
            list.count = 0;
            memset(model, 0, sizeof(model));
        }
        const region_t region = random_region();
        const bool add = rand() % 2;
        (add ? region_add : region_remove)(&list, region);
        for (paddr_t a = region.start; a < region.end; a++)
            model[a] = add;
        check_list_against_model();
    }
}

static void test_intersects(void **)
{
    list.count = 0;
    region_add(&list, (region_t){10, 20});
    assert_true(region_intersects(&list, (region_t){19, 30}));
    assert_true(region_intersects(&list, (region_t){0, 100}));
    assert_false(region_intersects(&list, (region_t){20, 30}));
    assert_false(region_intersects(&list, (region_t){0, 10}));
}

static void test_take_is_lowest_and_aligned(void **)
{
    paddr_t address = 0;
    list.count = 0;
    region_add(&list, (region_t){0x1800, 0x2800});
    region_add(&list, (region_t){0x3000, 0x9000});
    assert_true(region_take(&list, 0x1000, 12, &address));
    assert_int_equal(0x3000, address);
    assert_true(region_take(&list, 0x800, 11, &address));
    assert_int_equal(0x1800, address);
    assert_true(region_take(&list, 0x4000, 14, &address));
    assert_int_equal(0x4000, address);
    assert_false(region_take(&list, 0x4000, 12, &address));
    assert_int_equal(2, list.count);
    assert_int_equal(0x2000, list.items[0].start);
    assert_int_equal(0x8000, list.items[1].start);
}

static void fill_list(void)
{
    list.count = 0;
    for (paddr_t i = 0; i < max_regions; i++)
        region_add(&list, (region_t){i * 0x1000, i * 0x1000 + 0x900});
    assert_int_equal(max_regions, list.count);
}

static void test_full_list_loses_memory(void **)
{
    fill_list();
    region_add(&list, (region_t){1ull << 40, 1ull << 41});
    assert_int_equal(max_regions, list.count);
    assert_false(region_intersects(&list, (region_t){1ull << 40, 1ull << 41}));
    region_remove(&list, (region_t){0x100, 0x200});
    assert_int_equal(max_regions, list.count);
    assert_int_equal(0x200, list.items[0].start);
    assert_int_equal(0x900, list.items[0].end);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add_and_remove),
        cmocka_unit_test(test_intersects),
        cmocka_unit_test(test_take_is_lowest_and_aligned),
        cmocka_unit_test(test_full_list_loses_memory),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
