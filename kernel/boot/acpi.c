// ACPI tables, as far as the kernel needs them: the MADT for the interrupt controllers, the HPET table
// for a clock, and where all of them are, because drivers need them. Source: ACPI Specification 6.4, 5.2; IA-PC HPET Specification 1.0a, 3.2.4.
#include "boot.h"

typedef struct [[gnu::packed]] acpi_rsdp {
    char signature[8];
    uint8_t checksum;
    char oem[6];
    uint8_t revision;
    uint32_t rsdt;
    uint32_t length; // from here on revision 2
    uint64_t xsdt;
    uint8_t extended_checksum;
    uint8_t reserved[3];
} acpi_rsdp_t;

static_assert(sizeof(acpi_rsdp_t) == rsdp_size);

typedef struct [[gnu::packed]] acpi_header {
    char signature[4];
    uint32_t length;
    uint8_t revision;
    uint8_t checksum;
    char oem[6];
    char oem_table[8];
    uint32_t oem_revision;
    uint32_t creator, creator_revision;
} acpi_header_t;

static_assert(sizeof(acpi_header_t) == 36);

enum {
    rsdp_old_size = 20,
    rsdp_alignment = 16,
    max_table_size = 1 << 20, // what is longer is broken
    madt_lapic = 36,          // offsets in the tables
    madt_entries = 44,
    hpet_address_space = 40,
    hpet_address = 44,
    fadt_facs = 36,
    fadt_dsdt = 40,
    fadt_facs64 = 132, // revision 2
    fadt_dsdt64 = 140,
};

enum madt_entry_type {
    madt_ioapic = 1,
    madt_override = 2,
    madt_lapic_address = 5,
};

static bool has_zero_sum(const uint8_t *bytes, word_t size)
{
    uint8_t sum = 0;
    for (word_t i = 0; i < size; i++)
        sum = (uint8_t)(sum + bytes[i]);
    return sum == 0;
}

static uint32_t read32(const uint8_t *bytes)
{
    uint32_t value;
    memcpy(&value, bytes, sizeof(value));
    return value;
}

static uint64_t read64(const uint8_t *bytes)
{
    uint64_t value;
    memcpy(&value, bytes, sizeof(value));
    return value;
}

// ---- Finding the root

static bool scan_for_rsdp(paddr_t start, word_t size, uint8_t rsdp[rsdp_size])
{
    for (paddr_t address = start; address < start + size; address += rsdp_alignment) {
        const uint8_t *bytes = boot_physical(address, rsdp_old_size);
        if (!bytes || memcmp(bytes, "RSD PTR ", 8) || !has_zero_sum(bytes, rsdp_old_size))
            continue;
        acpi_rsdp_t found = {0};
        memcpy(&found, bytes, rsdp_old_size);
        if (found.revision >= 2)
            (void)boot_copy(&found, address, sizeof(found));
        memcpy(rsdp, &found, sizeof(found));
        return true;
    }
    return false;
}

// The first KiB of the extended BIOS data area, whose segment is at 0x40e, then the BIOS itself.
bool acpi_find_rsdp(uint8_t rsdp[rsdp_size])
{
    uint16_t segment;
    if (boot_copy(&segment, 0x40e, sizeof(segment)) && segment &&
        scan_for_rsdp((paddr_t)segment << 4, 0x400, rsdp))
        return true;
    return scan_for_rsdp(0xe0000, 0x20000, rsdp);
}

// ---- Tables

// A whole table with the right checksum, or null.
static const uint8_t *map_table(paddr_t address, word_t *size)
{
    acpi_header_t header;
    if (!boot_copy(&header, address, sizeof(header)))
        return nullptr;
    if (header.length < sizeof(header) || header.length > max_table_size)
        return nullptr;
    const uint8_t *table = boot_physical(address, header.length);
    if (!table || !has_zero_sum(table, header.length))
        return nullptr;
    *size = header.length;
    return table;
}

static void add_ioapic(acpi_info_t *acpi, uint32_t address, uint32_t first_pin)
{
    if (acpi->ioapic_count == max_ioapics)
        return;
    acpi->ioapics[acpi->ioapic_count].address = address;
    acpi->ioapics[acpi->ioapic_count++].first_pin = first_pin;
}

static void add_override(acpi_info_t *acpi, const uint8_t *entry)
{
    if (acpi->override_count == max_overrides)
        return;
    interrupt_override_t *override = &acpi->overrides[acpi->override_count++];
    override->source = entry[3];
    override->pin = read32(entry + 4);
    memcpy(&override->flags, entry + 8, sizeof(override->flags));
}

static void parse_madt(const uint8_t *table, word_t size, acpi_info_t *acpi)
{
    if (size < madt_entries || acpi->lapic)
        return;
    acpi->lapic = read32(table + madt_lapic);
    for (word_t i = madt_entries; i + 2 <= size; i += table[i + 1]) {
        const uint8_t *entry = table + i;
        uint8_t length = entry[1];
        if (length < 2 || i + length > size)
            return;
        if (entry[0] == madt_ioapic && length >= 12)
            add_ioapic(acpi, read32(entry + 4), read32(entry + 8));
        else if (entry[0] == madt_override && length >= 10)
            add_override(acpi, entry);
        else if (entry[0] == madt_lapic_address && length >= 12)
            acpi->lapic = read64(entry + 4);
    }
}

static void parse_hpet(const uint8_t *table, word_t size, acpi_info_t *acpi)
{
    // Only in memory: its address space identifier is 0.
    if (size >= hpet_address + sizeof(uint64_t) && table[hpet_address_space] == 0)
        acpi->hpet = read64(table + hpet_address);
}

static void note_table(paddr_t address, acpi_info_t *acpi)
{
    acpi_header_t header;
    if (address && boot_copy(&header, address, sizeof(header)) && header.length <= max_table_size)
        region_add(&acpi->tables, (region_t){address, address + header.length});
}

// The FADT points to two tables that the root table does not list.
static void parse_fadt(const uint8_t *table, word_t size, acpi_info_t *acpi)
{
    if (size >= fadt_dsdt + sizeof(uint32_t)) {
        note_table(read32(table + fadt_facs), acpi);
        note_table(read32(table + fadt_dsdt), acpi);
    }
    if (size >= fadt_dsdt64 + sizeof(uint64_t)) {
        note_table(read64(table + fadt_facs64), acpi);
        note_table(read64(table + fadt_dsdt64), acpi);
    }
}

static void parse_table(paddr_t address, acpi_info_t *acpi)
{
    word_t size;
    const uint8_t *table = map_table(address, &size);
    if (!table)
        return;
    note_table(address, acpi);
    if (!memcmp(table, "APIC", 4))
        parse_madt(table, size, acpi);
    else if (!memcmp(table, "HPET", 4))
        parse_hpet(table, size, acpi);
    else if (!memcmp(table, "FACP", 4))
        parse_fadt(table, size, acpi);
}

void acpi_parse(const uint8_t rsdp_bytes[rsdp_size], acpi_info_t *acpi)
{
    memset(acpi, 0, sizeof(*acpi));
    acpi_rsdp_t rsdp;
    memcpy(&rsdp, rsdp_bytes, sizeof(rsdp));

    // The XSDT is the RSDT with 64-bit pointers.
    const bool has_xsdt = rsdp.revision >= 2 && rsdp.xsdt;
    const paddr_t root = has_xsdt ? rsdp.xsdt : rsdp.rsdt;
    const word_t entry_size = has_xsdt ? sizeof(uint64_t) : sizeof(uint32_t);
    word_t size;
    const uint8_t *table = map_table(root, &size);
    if (!table)
        return;
    note_table(root, acpi);
    for (word_t i = sizeof(acpi_header_t); i + entry_size <= size; i += entry_size)
        parse_table(has_xsdt ? read64(table + i) : read32(table + i), acpi);
}
