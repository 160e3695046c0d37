#include "fake_memory.h"

static void test_keys_and_values(void **)
{
    const char *line = "kernel.elf console_port=0x2f8 disable_iommu\tdebug_port=760";
    word_t number = 0;
    assert_true(cmdline_number(line, "console_port", &number));
    assert_int_equal(0x2f8, number);
    assert_true(cmdline_number(line, "debug_port", &number));
    assert_int_equal(760, number);
    assert_non_null(cmdline_find(line, "disable_iommu"));
    assert_non_null(cmdline_find(line, "kernel.elf"));
}

static void test_only_whole_keys_match(void **)
{
    const char *line = "xconsole_port=1 console_ports=2 disable_iommux";
    assert_null(cmdline_find(line, "console_port"));
    assert_null(cmdline_find(line, "disable_iommu"));
    assert_null(cmdline_find("", "a"));
    assert_null(cmdline_find("   ", "a"));
}

static void test_bad_numbers(void **)
{
    word_t number = 7;
    assert_false(cmdline_number("port=", "port", &number));
    assert_false(cmdline_number("port", "port", &number));
    assert_false(cmdline_number("port=0x", "port", &number));
    assert_false(cmdline_number("port=12x", "port", &number));
    assert_false(cmdline_number("port=fe", "port", &number));
    assert_int_equal(7, number);
}

static void test_lists_give_their_first(void **)
{
    word_t number = 0;
    assert_true(cmdline_number("port=0x3F8,0x2f8", "port", &number));
    assert_int_equal(0x3f8, number);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_and_values),
        cmocka_unit_test(test_only_whole_keys_match),
        cmocka_unit_test(test_bad_numbers),
        cmocka_unit_test(test_lists_give_their_first),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
