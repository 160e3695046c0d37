#include "fake_memory.h"

enum : paddr_t {
    rsdt_address = 0x1000,
    xsdt_address = 0x1800,
    madt_address = 0x2000,
    hpet_table = 0x3000,
    fadt_address = 0x4000,
    dsdt_address = 0x5000,
};

enum { header_size = 36 };

static uint8_t *memory;
static acpi_info_t acpi;

static void put_table(paddr_t address, const char *signature, word_t size)
{
    memcpy(memory + address, signature, 4);
    put32(address + 4, (uint32_t)size);
    put_checksum(address, size, address + 9);
}

static void put_root(const paddr_t *tables, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        put32(rsdt_address + header_size + 4ull * i, (uint32_t)tables[i]);
        put64(xsdt_address + header_size + 8ull * i, tables[i]);
    }
    put_table(rsdt_address, "RSDT", header_size + 4 * count);
    put_table(xsdt_address, "XSDT", header_size + 8 * count);
}

static void make_rsdp(uint8_t rsdp[rsdp_size], uint8_t revision)
{
    static const uint8_t signature[] = {'R', 'S', 'D', ' ', 'P', 'T', 'R', ' '};
    memset(rsdp, 0, rsdp_size);
    memcpy(rsdp, signature, sizeof(signature));
    rsdp[15] = revision;
    const uint32_t rsdt = rsdt_address;
    const uint64_t xsdt = revision >= 2 ? xsdt_address : 0;
    memcpy(rsdp + 16, &rsdt, sizeof(rsdt));
    memcpy(rsdp + 24, &xsdt, sizeof(xsdt));
}

static void parse(uint8_t revision)
{
    uint8_t rsdp[rsdp_size];
    make_rsdp(rsdp, revision);
    acpi_parse(rsdp, &acpi);
}

static paddr_t put_ioapic(paddr_t entry, uint32_t address, uint32_t first_pin)
{
    memory[entry] = 1;
    memory[entry + 1] = 12;
    put32(entry + 4, address);
    put32(entry + 8, first_pin);
    return entry + 12;
}

static paddr_t put_override(paddr_t entry, uint8_t source, uint32_t pin, uint8_t flags)
{
    memory[entry] = 2;
    memory[entry + 1] = 10;
    memory[entry + 3] = source;
    put32(entry + 4, pin);
    memory[entry + 8] = flags;
    return entry + 10;
}

static void start(void)
{
    memory = fake_memory_new();
    put32(madt_address + 36, 0xfee00000);
}

static void test_ioapics_and_overrides(void **)
{
    start();
    paddr_t end = put_ioapic(madt_address + 44, 0xfec00000, 0);
    end = put_override(end, 0, 2, 0);
    end = put_ioapic(end, 0xfec10000, 24);
    end = put_override(end, 9, 9, 0xd);
    put_table(madt_address, "APIC", end - madt_address);
    const paddr_t tables[] = {madt_address};
    put_root(tables, 1);

    for (uint8_t revision = 0; revision <= 2; revision += 2) {
        parse(revision);
        assert_int_equal(0xfee00000, acpi.lapic);
        assert_int_equal(2, acpi.ioapic_count);
        assert_int_equal(0xfec10000, acpi.ioapics[1].address);
        assert_int_equal(24, acpi.ioapics[1].first_pin);
        assert_int_equal(2, acpi.override_count);
        assert_int_equal(9, acpi.overrides[1].source);
        assert_int_equal(0xd, acpi.overrides[1].flags);
        assert_int_equal(0, acpi.hpet);
    }
}

static void test_more_than_there_is_room_for(void **)
{
    start();
    paddr_t end = madt_address + 44;
    for (unsigned i = 0; i < max_ioapics + 3; i++)
        end = put_ioapic(end, 0xfec00000 + 0x1000 * i, 24 * i);
    for (unsigned i = 0; i < max_overrides + 3; i++)
        end = put_override(end, (uint8_t)i, i, 0);
    put_table(madt_address, "APIC", end - madt_address);
    const paddr_t tables[] = {madt_address};
    put_root(tables, 1);
    parse(2);
    assert_int_equal(max_ioapics, acpi.ioapic_count);
    assert_int_equal(max_overrides, acpi.override_count);
}

static void test_lapic_address_override(void **)
{
    start();
    memory[madt_address + 44] = 5;
    memory[madt_address + 45] = 12;
    put64(madt_address + 48, 0x1fee00000);
    put_table(madt_address, "APIC", 56);
    const paddr_t tables[] = {madt_address};
    put_root(tables, 1);
    parse(2);
    assert_int_equal(0x1fee00000, acpi.lapic);
}

static void test_broken_entries_end_the_list(void **)
{
    start();
    paddr_t end = put_ioapic(madt_address + 44, 0xfec00000, 0);
    memory[end] = 1; // length 0
    put_table(madt_address, "APIC", end + 12 - madt_address);
    const paddr_t tables[] = {madt_address};
    put_root(tables, 1);
    parse(2);
    assert_int_equal(1, acpi.ioapic_count);

    memory[end + 1] = 200; // beyond the table
    put_table(madt_address, "APIC", end + 12 - madt_address);
    parse(2);
    assert_int_equal(1, acpi.ioapic_count);
}

static void test_bad_checksums_and_lengths(void **)
{
    start();
    paddr_t end = put_ioapic(madt_address + 44, 0xfec00000, 0);
    put_table(madt_address, "APIC", end - madt_address);
    const paddr_t tables[] = {0, 0xfffffff0, madt_address};
    put_root(tables, 3);
    parse(0);
    assert_int_equal(1, acpi.ioapic_count);

    memory[madt_address + 50]++;
    parse(0);
    assert_int_equal(0, acpi.lapic);
    memory[madt_address + 50]--;
    memory[rsdt_address + 20]++;
    parse(0);
    assert_int_equal(0, acpi.lapic);
}

static void test_hpet(void **)
{
    start();
    put64(hpet_table + 44, 0xfed00000);
    put_table(hpet_table, "HPET", 56);
    const paddr_t tables[] = {hpet_table};
    put_root(tables, 1);
    parse(2);
    assert_int_equal(0xfed00000, acpi.hpet);

    memory[hpet_table + 40] = 1; // in I/O space
    put_table(hpet_table, "HPET", 56);
    parse(2);
    assert_int_equal(0, acpi.hpet);
}

static bool is_noted(paddr_t address)
{
    return region_intersects(&acpi.tables, (region_t){address, address + 1});
}

static void test_places_of_tables(void **)
{
    start();
    put32(fadt_address + 40, (uint32_t)dsdt_address);
    put_table(fadt_address, "FACP", 116);
    put_table(dsdt_address, "DSDT", 200);
    const paddr_t tables[] = {fadt_address};
    put_root(tables, 1);
    parse(2);
    assert_true(is_noted(xsdt_address));
    assert_true(is_noted(fadt_address));
    assert_true(is_noted(dsdt_address) && is_noted(dsdt_address + 199));
    assert_false(is_noted(dsdt_address + 200));
    assert_false(is_noted(rsdt_address));
}

static void test_find_rsdp(void **)
{
    uint8_t found[rsdp_size];
    memory = fake_memory_new();
    assert_false(acpi_find_rsdp(found));

    memory[0x40e] = 0x80; // segment 0x80: address 0x800
    make_rsdp(memory + 0x810, 0);
    put_checksum(0x810, 20, 0x818);
    memory[0x810 + 30] = 0x55; // belongs to something else
    assert_true(acpi_find_rsdp(found));
    assert_memory_equal("RSD PTR ", found, 8);
    assert_int_equal(0, found[30]);

    memory[0x818]++;
    assert_false(acpi_find_rsdp(found));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ioapics_and_overrides),
        cmocka_unit_test(test_more_than_there_is_room_for),
        cmocka_unit_test(test_lapic_address_override),
        cmocka_unit_test(test_broken_entries_end_the_list),
        cmocka_unit_test(test_bad_checksums_and_lengths),
        cmocka_unit_test(test_hpet),
        cmocka_unit_test(test_places_of_tables),
        cmocka_unit_test(test_find_rsdp),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
