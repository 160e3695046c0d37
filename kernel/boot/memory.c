// The plan of physical memory: RAM for user level and the kernel's own objects, device memory, and what
// stays hidden: the kernel, and the registers of the interrupt controllers.
#include "boot.h"

enum : paddr_t {
    low_memory = 1ull << 20,     // RAM of the real mode is device memory to user level
    wake_limit = 640ull << 10,   // where the RAM of the real mode ends
    wake_lowest = 64ull << 10,   // below it firmware puts its own stacks and tables
    window_limit = 510ull << 30, // RAM that the kernel can reach
    device_limit = 1ull << seL4_MaxUntypedBits,
};

static void add_range(const memory_range_t *range, memory_plan_t *plan)
{
    region_t region = {ALIGN_UP(range->base, seL4_PageBits),
                       ALIGN_DOWN(range->base + range->length, seL4_PageBits)};
    if (region.start < low_memory)
        region.start = low_memory;
    if (region.end > window_limit)
        region.end = window_limit;
    region_add(&plan->ram, region);
}

// A page that is not RAM in part is not RAM, whatever another entry says.
static void remove_range(const memory_range_t *range, memory_plan_t *plan)
{
    region_t region = {ALIGN_DOWN(range->base, seL4_PageBits),
                       ALIGN_UP(range->base + range->length, seL4_PageBits)};
    region_remove(&plan->ram, region);
    if (range->type == memory_acpi || range->type == memory_acpi_nvs)
        region_add(&plan->firmware, region);
}

static void collect_ram(const loader_info_t *loader, memory_plan_t *plan)
{
    for (unsigned i = 0; i < loader->memory_count; i++)
        if (loader->memory[i].type == memory_ram)
            add_range(&loader->memory[i], plan);
    for (unsigned i = 0; i < loader->memory_count; i++)
        if (loader->memory[i].type != memory_ram)
            remove_range(&loader->memory[i], plan);
    if (plan->ram.count)
        plan->ram_top = plan->ram.items[plan->ram.count - 1].end;
}

static void collect_device(memory_plan_t *plan)
{
    region_add(&plan->device, (region_t){0, device_limit});
    for (unsigned i = 0; i < plan->ram.count; i++)
        region_remove(&plan->device, plan->ram.items[i]);
}

static void hide(region_t region, memory_plan_t *plan)
{
    region_remove(&plan->ram, region);
    region_remove(&plan->device, region);
}

static void hide_page(paddr_t address, memory_plan_t *plan)
{
    paddr_t page = ALIGN_DOWN(address, seL4_PageBits);
    hide((region_t){page, page + BIT(seL4_PageBits)}, plan);
}

static void hide_controllers(const acpi_info_t *acpi, memory_plan_t *plan)
{
    hide_page(acpi->lapic, plan);
    for (unsigned i = 0; i < acpi->ioapic_count; i++)
        hide_page(acpi->ioapics[i].address, plan);
}

// The firmware starts the processor in real mode after a sleep. A page that is RAM as a whole, the last there is.
static void choose_wake_page(const loader_info_t *loader, memory_plan_t *plan)
{
    static region_list_t low;
    low.count = 0;
    for (unsigned i = 0; i < loader->memory_count; i++) {
        const memory_range_t *range = &loader->memory[i];
        paddr_t start = ALIGN_UP(range->base, seL4_PageBits);
        paddr_t end = ALIGN_DOWN(range->base + range->length, seL4_PageBits);
        if (range->type == memory_ram)
            region_add(&low, (region_t){start, end});
    }
    for (unsigned i = 0; i < loader->memory_count; i++) {
        const memory_range_t *range = &loader->memory[i];
        if (range->type != memory_ram)
            region_remove(&low, (region_t){ALIGN_DOWN(range->base, seL4_PageBits),
                                           ALIGN_UP(range->base + range->length, seL4_PageBits)});
    }
    region_remove(&low, (region_t){0, wake_lowest});
    region_remove(&low, (region_t){wake_limit, UINT64_MAX});
    plan->wake_page = low.count ? low.items[low.count - 1].end - BIT(seL4_PageBits) : 0;
    if (plan->wake_page)
        hide_page(plan->wake_page, plan);
}

static void collect_firmware(const acpi_info_t *acpi, memory_plan_t *plan)
{
    for (unsigned i = 0; i < acpi->tables.count; i++)
        region_add(&plan->firmware, acpi->tables.items[i]);
    if (acpi->hpet)
        region_add(&plan->firmware, (region_t){acpi->hpet, acpi->hpet + 1});
}

void memory_plan(const loader_info_t *loader, const acpi_info_t *acpi, region_t image,
                 memory_plan_t *plan)
{
    plan->ram.count = plan->device.count = plan->firmware.count = 0;
    plan->ram_top = 0;
    collect_ram(loader, plan);
    collect_device(plan);
    collect_firmware(acpi, plan);
    hide(image, plan);
    hide_controllers(acpi, plan);
    choose_wake_page(loader, plan);
}
