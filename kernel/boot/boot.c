// Boot, from the loader's information to a root task that is ready to run. All of boot/ is thrown away
// afterwards (kernel.ld).
#include "arch_boot.h"
#include "boot.h"

extern char kernel_boot_end[], kernel_image_end[];

static constexpr paddr_t kernel_load_address = 0x100000;

static loader_info_t loader;
static acpi_info_t acpi;
static memory_plan_t plan;

[[noreturn]] void boot_fail(const char *reason)
{
    kprintf("boot: %s\n", reason);
    (void)reason;
    kernel_halt();
}

#ifdef CONFIG_DEBUG

static uint16_t port_option(const char *key)
{
    constexpr word_t com1 = 0x3f8;
    word_t port = com1;
    (void)cmdline_number(loader.command_line, key, &port);
    return (uint16_t)port;
}

static void start_debugging(void)
{
    console_init(port_option("console_port"), port_option("debug_port"));
    kprintf("kernel command line: %s\n", loader.command_line);
    (void)cmdline_number(loader.command_line, "check_interval", &kernel.check_interval);
}

static void print_machine(uint32_t tsc_mhz)
{
    for (unsigned i = 0; i < loader.memory_count; i++)
        kprintf("memory %016lx + %016lx type %u\n", loader.memory[i].base, loader.memory[i].length,
                loader.memory[i].type);
    kprintf("module %lx..%lx\n", loader.module_start, loader.module_end);
    kprintf("local APIC %lx, TSC %u MHz\n", acpi.lapic, tsc_mhz);
    for (unsigned i = 0; i < acpi.ioapic_count; i++)
        kprintf("IOAPIC %u at %lx, %u pins from %u\n", i, acpi.ioapics[i].address, ioapic_pins(i),
                acpi.ioapics[i].first_pin);
    for (unsigned i = 0; i < acpi.override_count; i++)
        kprintf("ISA interrupt %u is pin %u, flags %x\n", acpi.overrides[i].source,
                acpi.overrides[i].pin, acpi.overrides[i].flags);
}

#else

static void start_debugging(void)
{
}

static void print_machine(uint32_t)
{
}

#endif

static void read_firmware(void)
{
    if (!loader.has_rsdp)
        loader.has_rsdp = acpi_find_rsdp(loader.rsdp);
    acpi_parse(loader.rsdp, &acpi);
    if (!acpi.lapic || !acpi.ioapic_count)
        boot_fail("the firmware describes no interrupt controllers");
}

static void init_controllers(void)
{
    apic_addresses_t addresses = {.ioapic_count = acpi.ioapic_count};
    for (unsigned i = 0; i < acpi.ioapic_count; i++)
        addresses.ioapics[i] = acpi.ioapics[i].address;
    pic_disable();
    lapic_init(acpi.lapic);
    ioapic_init(&addresses);
}

static void init_scheduler(void)
{
    kernel.idle = kernel.current = arch_new_idle_thread();
    scheduler_init();
}

void boot_kernel(uint32_t magic, paddr_t info)
{
    bool has_loader = multiboot_parse(magic, info, &loader);
    start_debugging();
    if (!has_loader)
        boot_fail("not started by a multiboot loader with a memory map and a module");
    const char *missing = cpu_init();
    if (missing) {
        kprintf("boot: the processor lacks %s\n", missing);
        kernel_halt();
    }
    descriptors_init();
    fpu_init();
    read_firmware();

    const region_t image = {kernel_load_address, kernel_to_phys(kernel_image_end)};
    const region_t boot_memory = {kernel_load_address, kernel_to_phys(kernel_boot_end)};
    memory_plan(&loader, &acpi, image, &plan);
    arch_init_kernel_map(plan.ram_top);
    sleep_init(plan.wake_page);

    init_controllers();
    uint32_t tsc_mhz = timer_init(acpi.hpet);
    print_machine(tsc_mhz);
    init_scheduler();
    roottask_create(&loader, &plan, boot_memory, tsc_mhz);
    schedule();
    timer_start();
}
