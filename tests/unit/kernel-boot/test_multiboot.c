#include "fake_memory.h"

enum : uint32_t {
    mb1_magic = 0x2badb002,
    mb2_magic = 0x36d76289,
    info_address = 0x100,
    module_list = 0x300,
    map_address = 0x400,
    text_address = 0x500,
    vbe_address = 0x1000,
};

static loader_info_t loader;

static void put_mb1_entry(paddr_t address, uint64_t base, uint64_t length, uint32_t type)
{
    put32(address, 20);
    put64(address + 4, base);
    put64(address + 12, length);
    put32(address + 20, type);
}

// Modules and memory map.
static uint8_t *new_mb1(uint32_t more_flags)
{
    uint8_t *memory = fake_memory_new();
    put32(info_address, 1 << 3 | 1 << 6 | more_flags);
    put32(info_address + 20, 2);
    put32(info_address + 24, module_list);
    put32(module_list, 0x200000);
    put32(module_list + 4, 0x234567);
    put32(module_list + 16, 0x300000);
    put32(module_list + 20, 0x400000);
    put32(info_address + 44, 48);
    put32(info_address + 48, map_address);
    put_mb1_entry(map_address, 0, 0x9fc00, 1);
    put_mb1_entry(map_address + 24, 0x100000, 0x7f00000, 1);
    return memory;
}

static void test_mb1_modules_and_map(void **)
{
    new_mb1(0);
    assert_true(multiboot_parse(mb1_magic, info_address, &loader));
    assert_int_equal(0x200000, loader.module_start);
    assert_int_equal(0x234567, loader.module_end);
    assert_int_equal(2, loader.memory_count);
    assert_int_equal(0x100000, loader.memory[1].base);
    assert_int_equal(0x7f00000, loader.memory[1].length);
    assert_int_equal(memory_ram, loader.memory[1].type);
    assert_false(loader.has_vbe || loader.has_framebuffer || loader.has_rsdp);
    assert_string_equal("", loader.command_line);
}

static void test_mb1_command_line_ends_with_memory(void **)
{
    new_mb1(1 << 2);
    const paddr_t address = test_memory_size - 16;
    put32(info_address + 16, (uint32_t)address);
    put_text(address, "console_port=1");
    assert_true(multiboot_parse(mb1_magic, info_address, &loader));
    assert_string_equal("console_port=1", loader.command_line);
}

static void test_mb1_long_command_line_is_cut(void **)
{
    uint8_t *memory = new_mb1(1 << 2);
    put32(info_address + 16, text_address);
    memset(memory + text_address, 'x', 2 * max_command_line);
    assert_true(multiboot_parse(mb1_magic, info_address, &loader));
    assert_int_equal(max_command_line - 1, strlen(loader.command_line));
}

static void test_mb1_vbe_and_framebuffer(void **)
{
    uint8_t *memory = new_mb1(1 << 11 | 1 << 12);
    put32(info_address + 72, vbe_address);
    put32(info_address + 76, vbe_address + 512);
    put32(info_address + 80, 0x00440118);
    put64(info_address + 88, 0xfd000000);
    put32(info_address + 96, 4096);
    put32(info_address + 100, 1024);
    put32(info_address + 104, 768);
    memory[info_address + 108] = 32;
    memory[info_address + 109] = 1;
    put_text(vbe_address, "VESA");
    memory[vbe_address + 512 + 18] = 0x12;
    assert_true(multiboot_parse(mb1_magic, info_address, &loader));
    assert_true(loader.has_vbe && loader.has_framebuffer);
    assert_memory_equal("VESA", loader.vbe.vbeInfoBlock.signature, 4);
    assert_int_equal(0x12, loader.vbe.vbeModeInfoBlock.xRes);
    assert_int_equal(0x118, loader.vbe.vbeMode);
    assert_int_equal(0x44, loader.vbe.vbeInterfaceSeg);
    assert_int_equal(0xfd000000, loader.framebuffer.addr);
    assert_int_equal(1024, loader.framebuffer.width);
    assert_int_equal(32, loader.framebuffer.bpp);
}

static void test_mb1_map_out_of_memory(void **)
{
    new_mb1(0);
    put32(info_address + 44, 0xffffffff);
    put32(info_address + 48, test_memory_size - 30);
    put_mb1_entry(test_memory_size - 30, 0x100000, 0x1000, 1);
    assert_true(multiboot_parse(mb1_magic, info_address, &loader));
    assert_int_equal(1, loader.memory_count);
}

static void test_what_cannot_boot(void **)
{
    new_mb1(0);
    assert_false(multiboot_parse(0x12345678, info_address, &loader));
    put32(info_address, 1 << 6);
    assert_false(multiboot_parse(mb1_magic, info_address, &loader));
    put32(info_address, 1 << 3);
    assert_false(multiboot_parse(mb1_magic, info_address, &loader));
    assert_false(multiboot_parse(mb1_magic, test_memory_size, &loader));
    assert_false(multiboot_parse(mb2_magic, test_memory_size, &loader));
}

// ---- Multiboot 2

static paddr_t mb2_next;

static void mb2_start(void)
{
    fake_memory_new();
    mb2_next = info_address + 8;
}

static paddr_t mb2_tag(uint32_t type, uint32_t payload_size)
{
    paddr_t address = mb2_next;
    put32(address, type);
    put32(address + 4, payload_size + 8);
    mb2_next = (address + 8 + payload_size + 7) & ~7ull;
    return address + 8;
}

static bool mb2_finish(void)
{
    mb2_tag(0, 0);
    put32(info_address, (uint32_t)(mb2_next - info_address));
    return multiboot_parse(mb2_magic, info_address, &loader);
}

static void mb2_module_and_map(void)
{
    paddr_t module = mb2_tag(3, 9);
    put32(module, 0x500000);
    put32(module + 4, 0x600000);
    paddr_t map = mb2_tag(6, 8 + 2 * 32);
    put32(map, 32); // larger than we know of
    put64(map + 8, 0x100000);
    put64(map + 16, 0x1000000);
    put32(map + 24, 1);
    put64(map + 40, 0xf0000);
    put64(map + 48, 0x10000);
    put32(map + 56, 3);
}

static void test_mb2_modules_and_map(void **)
{
    mb2_start();
    mb2_module_and_map();
    assert_true(mb2_finish());
    assert_int_equal(0x500000, loader.module_start);
    assert_int_equal(0x600000, loader.module_end);
    assert_int_equal(2, loader.memory_count);
    assert_int_equal(0xf0000, loader.memory[1].base);
    assert_int_equal(memory_acpi, loader.memory[1].type);
}

static void test_mb2_new_rsdp_wins(void **)
{
    for (unsigned order = 0; order < 2; order++) {
        mb2_start();
        mb2_module_and_map();
        for (unsigned i = 0; i < 2; i++) {
            const bool is_new = i == order;
            paddr_t rsdp = mb2_tag(is_new ? 15 : 14, is_new ? 36 : 20);
            put32(rsdp + 16, is_new ? 2 : 1);
            if (is_new)
                put64(rsdp + 24, 0xabcd);
        }
        assert_true(mb2_finish());
        assert_true(loader.has_rsdp);
        assert_int_equal(2, loader.rsdp[16]);
        assert_int_equal(0xcd, loader.rsdp[24]);
    }
}

static void test_mb2_framebuffer_and_text(void **)
{
    mb2_start();
    paddr_t text = mb2_tag(1, 8);
    put32(text, 'a' | 'b' << 8);
    paddr_t framebuffer = mb2_tag(8, 24);
    put64(framebuffer, 0xc0000000);
    put32(framebuffer + 12, 800);
    mb2_module_and_map();
    assert_true(mb2_finish());
    assert_string_equal("ab", loader.command_line);
    assert_true(loader.has_framebuffer);
    assert_int_equal(800, loader.framebuffer.width);
}

static void test_mb2_short_tags_say_nothing(void **)
{
    mb2_start();
    mb2_tag(8, 4);
    mb2_tag(14, 8);
    mb2_tag(7, 8);
    mb2_tag(3, 4);
    mb2_tag(6, 4);
    mb2_module_and_map();
    assert_true(mb2_finish());
    assert_false(loader.has_framebuffer || loader.has_rsdp || loader.has_vbe);
    assert_int_equal(0x500000, loader.module_start);
}

static void test_mb2_bad_sizes_end_the_list(void **)
{
    for (unsigned i = 0; i < 3; i++) {
        static const uint32_t sizes[] = {0, 7, 0xfffffff0};
        mb2_start();
        mb2_module_and_map();
        paddr_t tag = mb2_tag(8, 24);
        put32(tag - 4, sizes[i]);
        assert_true(mb2_finish());
        assert_false(loader.has_framebuffer);
    }
}

static void test_wrapping_memory_is_ignored(void **)
{
    mb2_start();
    mb2_module_and_map();
    paddr_t map = mb2_tag(6, 8 + 24);
    put32(map, 24);
    put64(map + 8, 0xfffffffffffff000);
    put64(map + 16, 0x10000);
    put32(map + 24, 1);
    assert_true(mb2_finish());
    assert_int_equal(2, loader.memory_count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mb1_modules_and_map),
        cmocka_unit_test(test_mb1_command_line_ends_with_memory),
        cmocka_unit_test(test_mb1_long_command_line_is_cut),
        cmocka_unit_test(test_mb1_vbe_and_framebuffer),
        cmocka_unit_test(test_mb1_map_out_of_memory),
        cmocka_unit_test(test_what_cannot_boot),
        cmocka_unit_test(test_mb2_modules_and_map),
        cmocka_unit_test(test_mb2_new_rsdp_wins),
        cmocka_unit_test(test_mb2_framebuffer_and_text),
        cmocka_unit_test(test_mb2_short_tags_say_nothing),
        cmocka_unit_test(test_mb2_bad_sizes_end_the_list),
        cmocka_unit_test(test_wrapping_memory_is_ignored),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
