// The plan of memory, its pieces, and the chunks of boot information.
#include <stdlib.h>

#include "fake_memory.h"

enum : paddr_t { mib = 1 << 20 };
static const region_t kernel_image = {mib, 2 * mib};

static loader_info_t loader;
static acpi_info_t acpi;
static memory_plan_t plan;
static piece_list_t pieces;

static void add_range(paddr_t base, word_t length, uint32_t type)
{
    loader.memory[loader.memory_count++] = (memory_range_t){base, length, type};
}

static void start(void)
{
    memset(&loader, 0, sizeof(loader));
    memset(&acpi, 0, sizeof(acpi));
    acpi.lapic = 0xfee00000;
    acpi.ioapic_count = 1;
    acpi.ioapics[0].address = 0xfec00000;
}

static bool is_ram(paddr_t address)
{
    return region_intersects(&plan.ram, (region_t){address, address + 1});
}

static bool is_device(paddr_t address)
{
    return region_intersects(&plan.device, (region_t){address, address + 1});
}

static void make_plan(void)
{
    memory_plan(&loader, &acpi, kernel_image, &plan);
}

static void test_every_address_has_one_owner(void **)
{
    start();
    add_range(0, 0x9fc00, memory_ram);
    add_range(0x100000, 0x7edf800, memory_ram);
    add_range(0x7fdf800, 0x20800, memory_acpi);
    add_range(0x100000000, 0x40000000, memory_ram);
    make_plan();
    assert_int_equal(0x140000000, plan.ram_top);

    assert_true(is_device(0) && is_device(0xb8000));
    assert_false(is_ram(mib) || is_device(mib)); // the kernel
    assert_true(is_ram(2 * mib) && !is_device(2 * mib));
    assert_true(is_ram(0x7fde000) && !is_ram(0x7fdf000)); // part of a page is no page
    assert_true(is_device(0x7fdf000) && is_device(0x8000000));
    assert_true(is_ram(0x100000000) && !is_device(0x13fffffff));
    assert_true(is_device(0x140000000) && is_device((1ull << 47) - 1));
    assert_false(is_device(1ull << 47));
    for (unsigned i = 0; i < plan.ram.count; i++)
        assert_false(region_intersects(&plan.device, plan.ram.items[i]));
}

static void test_controllers_are_hidden(void **)
{
    start();
    acpi.ioapic_count = 2;
    acpi.ioapics[1].address = 0xe0000000;
    add_range(0x100000, 0x4000000, memory_ram);
    make_plan();
    assert_false(is_device(0xfee00000) || is_device(0xfec00000) || is_device(0xe0000fff));
    assert_true(is_device(0xfee01000) && is_device(0xfebff000) && is_device(0xe0001000));
}

static void test_reserved_wins_over_ram(void **)
{
    start();
    add_range(0x300800, 0x100, memory_reserved);
    add_range(0x100000, 0x4000000, memory_ram);
    make_plan();
    assert_true(is_ram(0x2ff000) && is_ram(0x301000));
    assert_true(!is_ram(0x300000) && is_device(0x300000));
}

// The last page below 640 KiB that is RAM as a whole is the kernel's, if there is one that no firmware works on.
static void test_wake_page(void **)
{
    start();
    add_range(0, 0x9fc00, memory_ram);
    add_range(0x100000, 0x4000000, memory_ram);
    make_plan();
    assert_int_equal(0x9e000, plan.wake_page);
    assert_true(!is_device(0x9e000) && !is_device(0x9efff) && !is_ram(0x9e000));
    assert_true(is_device(0x9dfff) && is_device(0x9f000));

    add_range(0x90000, 0x10000, memory_reserved); // whatever another entry says
    make_plan();
    assert_int_equal(0x8f000, plan.wake_page);

    start();
    add_range(0, 0x10000, memory_ram);
    add_range(0xa0000, 0x4000000, memory_ram);
    make_plan();
    assert_int_equal(0, plan.wake_page);
    assert_true(is_device(0) && is_device(0xff000));
}

static void check_pieces(void)
{
    for (unsigned i = 0; i < pieces.count; i++) {
        const piece_t *piece = &pieces.items[i];
        assert_true(piece->size_bits >= seL4_PageBits && piece->size_bits <= seL4_MaxUntypedBits);
        assert_int_equal(0, piece->address & ((1ull << piece->size_bits) - 1));
    }
}

static void test_pieces_cover_their_regions(void **)
{
    static const region_list_t none;
    srand(2);
    for (unsigned round = 0; round < 500; round++) {
        static region_list_t list, rest;
        list.count = pieces.count = 0;
        for (unsigned i = 0; i < 5; i++) {
            paddr_t start_page = (paddr_t)rand() % (1 << 20);
            region_add(&list, (region_t){start_page << 12, (start_page + 1 + (paddr_t)rand() % 5000)
                                                               << 12});
        }
        pieces_add(&pieces, &list, 47, false, &none);
        check_pieces();
        rest = list;
        for (unsigned i = 0; i < pieces.count; i++) {
            const piece_t *piece = &pieces.items[i];
            const region_t region = {piece->address, piece->address + (1ull << piece->size_bits)};
            for (unsigned j = 0; j < i; j++)
                assert_true(pieces.items[j].address + (1ull << pieces.items[j].size_bits) <=
                            region.start);
            region_remove(&rest, region);
        }
        assert_int_equal(0, rest.count);
    }
}

static void test_whole_address_space_is_cut(void **)
{
    static const region_list_t all = {.items = {{0, 1ull << 47}}, .count = 1};
    static const region_list_t none;
    pieces.count = 0;
    pieces_add(&pieces, &all, 47, true, &none);
    assert_int_equal(1, pieces.count);
    assert_int_equal(47, pieces.items[0].size_bits);
}

static void test_ram_comes_in_pieces(void **)
{
    static const region_list_t none;
    region_list_t ram = {.items = {{4ull << 30, 66ull << 30}}, .count = 1};
    assert_int_equal(30, ram_piece_bits(&ram));
    pieces.count = 0;
    pieces_add(&pieces, &ram, ram_piece_bits(&ram), false, &none);
    assert_int_equal(62, pieces.count);

    ram.items[0].end = 510ull << 30;
    assert_int_equal(33, ram_piece_bits(&ram));
}

static void test_limit_keeps_what_matters(void **)
{
    static const region_list_t ram = {.items = {{0x10101000, 0x20000000}}, .count = 1};
    static const region_list_t device = {.items = {{0x801000, 0x1000000}}, .count = 1};
    static const region_list_t firmware = {.items = {{0x801010, 0x801020}}, .count = 1};
    pieces.count = 0;
    pieces_add(&pieces, &device, 47, true, &firmware);
    pieces_add(&pieces, &ram, 47, false, &firmware);
    const unsigned all = pieces.count;
    const word_t lost = pieces_limit(&pieces, all - 6);
    assert_int_equal(all - 6, pieces.count);
    assert_int_equal(0x801000, pieces.items[0].address); // small, but the firmware's
    assert_true(lost >= 0x1000 && lost < 0x100000);
    check_pieces();
    assert_int_equal(0, pieces_limit(&pieces, all));
}

static void test_chunks(void **)
{
    static uint8_t out[4096];
    start();
    add_range(0x100000, 0x4000000, memory_ram);
    loader.has_rsdp = loader.has_framebuffer = true;
    memcpy(loader.rsdp, "RSD PTR ", 8);
    loader.framebuffer.width = 1280;
    const word_t size = extra_info_size(&loader);
    extra_info_write(out, &loader, 2600);

    static const struct {
        seL4_Word id, length;
    } expected[] = {
        {SEL4_BOOTINFO_HEADER_X86_ACPI_RSDP, 16 + 36},
        {SEL4_BOOTINFO_HEADER_X86_FRAMEBUFFER, 16 + 22},
        {SEL4_BOOTINFO_HEADER_X86_MBMMAP, sizeof(seL4_X86_BootInfo_mmap_t)},
        {SEL4_BOOTINFO_HEADER_X86_TSC_FREQ, 16 + 4},
    };
    word_t offset = 0;
    for (unsigned i = 0; i < 4; i++) {
        seL4_BootInfoHeader header;
        memcpy(&header, out + offset, sizeof(header));
        assert_int_equal(expected[i].id, header.id);
        assert_int_equal(expected[i].length, header.len);
        offset += header.len;
    }
    assert_int_equal(size, offset);
    uint32_t mhz;
    memcpy(&mhz, out + size - 4, 4);
    assert_int_equal(2600, mhz);

    loader.has_vbe = true;
    assert_int_equal(size + sizeof(seL4_X86_BootInfo_VBE), extra_info_size(&loader));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_address_has_one_owner),
        cmocka_unit_test(test_controllers_are_hidden),
        cmocka_unit_test(test_reserved_wins_over_ram),
        cmocka_unit_test(test_wake_page),
        cmocka_unit_test(test_pieces_cover_their_regions),
        cmocka_unit_test(test_whole_address_space_is_cut),
        cmocka_unit_test(test_ram_comes_in_pieces),
        cmocka_unit_test(test_limit_keeps_what_matters),
        cmocka_unit_test(test_chunks),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
