// Sleeping (ACPI Specification 6.4, 4.8.3.2 and 16.3): the processor, its local APIC and the IOAPICs lose what has been set up in them, and
// RAM keeps everything else. All of that is set up again from what the kernel knows, so the one who asked for it only
// sees that time has passed. Devices are user level's.
#include <sel4/extensions.h>

#include "arch_boot.h"
#include "cpu.h"
#include "paging.h"

extern const char wake_trampoline[], wake_trampoline_end[];
bool wake_or_return(void (*sleep)(void));

enum {
    sleep_enable = 1 << 13, // of a PM1 control register
    sleep_patience_ms = 10000,
};

typedef struct sleep_register {
    uint16_t port; // 0: there is none
    uint16_t value;
} sleep_register_t;

static paddr_t wake_page; // 0: none
static sleep_register_t registers[2];

// What the trampoline runs on: the first GiB at its physical addresses, executable and read-only, and the kernel's own
// part. It must lie below 4 GiB.
alignas(BIT(seL4_PageBits)) pte_t wake_pml4[ptes_per_table];
alignas(BIT(seL4_PageBits)) static pte_t wake_pdpt[ptes_per_table];

void sleep_init(paddr_t page)
{
    wake_page = page;
    wake_pdpt[0] = PTE_PRESENT | PTE_PAGE;
    wake_pml4[0] = kernel_to_phys(wake_pdpt) | PTE_PRESENT;
    wake_pml4[kernel_pml4_index] = kernel_map_entry();
}

// It patches itself, so it is copied each time.
static void put_trampoline(void)
{
    memcpy(phys_to_virt(wake_page), wake_trampoline,
           (size_t)(wake_trampoline_end - wake_trampoline));
}

static void fall_asleep(void)
{
    __asm__ volatile("wbinvd" : : : "memory");
    for (unsigned i = 0; i < ARRAY_SIZE(registers); i++)
        if (registers[i].port)
            port_out16(registers[i].port, registers[i].value);
    // Some machines take their time.
    const word_t start = read_tsc();
    while (read_tsc() - start < (word_t)timer_tsc_mhz() * 1000 * sleep_patience_ms)
        __asm__ volatile("pause");
}

static void wake_up(paddr_t cr3, word_t tsc)
{
    cpu_start();
    load_cr3(cr3);
    descriptors_init();
    memory_types_restore();
    if (read_tsc() < tsc)
        write_msr(msr_tsc, tsc); // time does not go back
    arch_load_bases(kernel.current);
    fpu_wake();
    pic_disable();
    lapic_start();
    ioapic_restore();
    timer_start();
    console_wake();
}

static error_t perform_sleep(void)
{
    paddr_t cr3 = vspace_loaded();
    word_t tsc = read_tsc();
    arch_save_bases(kernel.current);
    fpu_save();
    memory_types_save();
    put_trampoline();
    const bool has_slept = wake_or_return(fall_asleep);
    if (!has_slept) {
        fpu_wake();
        return fail(seL4_IllegalOperation);
    }
    wake_up(cr3, tsc);
    return ok;
}

// Gives the number of the wrong argument, or -1. Nothing but the sleep of the processor itself is to be asked for
// here, so the write must be one that begins a sleep.
static int wrong_argument(const invocation_t *inv)
{
    constexpr word_t last_port = 0xfffe; // the register has two bytes
    for (unsigned i = 0; i < ARRAY_SIZE(registers); i++) {
        word_t port = invocation_arg(inv, 2 * i), value = invocation_arg(inv, 2 * i + 1);
        if ((i == 0 && port == 0) || port > last_port)
            return (int)(2 * i);
        if (port != 0 && (value > UINT16_MAX || !(value & sleep_enable)))
            return (int)(2 * i + 1);
    }
    return -1;
}

static error_t decode_sleep(const invocation_t *inv)
{
    if (inv->length < 4)
        return fail(seL4_TruncatedMessage);
    if (!wake_page)
        return fail(seL4_IllegalOperation);
    const int wrong = wrong_argument(inv);
    if (wrong >= 0)
        return fail_argument((word_t)wrong);
    for (unsigned i = 0; i < ARRAY_SIZE(registers); i++)
        registers[i] = (sleep_register_t){
            .port = (uint16_t)invocation_arg(inv, 2 * i),
            .value = (uint16_t)invocation_arg(inv, 2 * i + 1),
        };
    return perform_sleep();
}

static error_t decode_wake_address(const invocation_t *inv)
{
    if (!wake_page)
        return fail(seL4_IllegalOperation);
    invocation_reply(inv, &wake_page, 1);
    return ok;
}

error_t decode_sleep_extension(const invocation_t *inv)
{
    switch (inv->label) {
    case EXTX86WakeAddress:
        return decode_wake_address(inv);
    case EXTX86Sleep:
        return decode_sleep(inv);
    default:
        return fail(seL4_IllegalOperation);
    }
}
