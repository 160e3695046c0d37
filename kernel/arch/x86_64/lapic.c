// The local APIC: taking interrupts, the tick's timer (Intel SDM 3A, chapter 11). The firmware chooses
// between its two register interfaces, memory (xAPIC) and MSRs (x2APIC); we keep what it chose.
#include "arch_boot.h"
#include "cpu.h"

enum {
    apic_base_x2apic = 1 << 10,
    apic_base_enable = 1 << 11,
};

enum lapic_register {
    lapic_id_register = 0x20,
    lapic_task_priority = 0x80,
    lapic_eoi = 0xb0,
    lapic_spurious = 0xf0,
    lapic_in_service = 0x100, // 8 registers of 32 vectors, 16 bytes apart
    lapic_request = 0x200,
    lapic_error_status = 0x280,
    lapic_lvt_timer = 0x320,
    lapic_lvt_thermal = 0x330,
    lapic_lvt_performance = 0x340,
    lapic_lvt_lint0 = 0x350,
    lapic_lvt_lint1 = 0x360,
    lapic_lvt_error = 0x370,
    lapic_timer_initial = 0x380,
    lapic_timer_current = 0x390,
    lapic_timer_divide = 0x3e0,
};

enum {
    spurious_enable = 1 << 8,
    lvt_masked = 1 << 16,
    divide_by_1 = 0xb,
};

// Set by the trap code when an interrupt arrives while the kernel is at work.
volatile word_t irq_taken_vector;

static volatile uint32_t *registers; // null: x2APIC
static word_t apic_base;             // the interface that the firmware chose, enabled

static uint32_t lapic_read(enum lapic_register reg)
{
    if (!registers)
        return (uint32_t)read_msr(msr_x2apic + (uint32_t)reg / 16);
    return registers[reg / sizeof(uint32_t)];
}

static void lapic_write(enum lapic_register reg, uint32_t value)
{
    if (!registers)
        write_msr(msr_x2apic + (uint32_t)reg / 16, value);
    else
        registers[reg / sizeof(uint32_t)] = value;
}

bool lapic_is_in_service(word_t vector)
{
    return lapic_read(lapic_in_service + (unsigned)(vector / 32 * 16)) >> (vector % 32) & 1;
}

void lapic_init(paddr_t registers_address)
{
    apic_base = read_msr(msr_apic_base) | apic_base_enable;
    if (!(apic_base & apic_base_x2apic))
        registers = arch_map_device_page(registers_address);
    lapic_start();
}

void lapic_start(void)
{
    write_msr(msr_apic_base, apic_base);
    static const enum lapic_register unused[] = {
        lapic_lvt_timer, lapic_lvt_thermal, lapic_lvt_performance,
        lapic_lvt_lint0, lapic_lvt_lint1,   lapic_lvt_error,
    };
    lapic_write(lapic_spurious, spurious_enable | VECTOR_SPURIOUS);
    for (unsigned i = 0; i < ARRAY_SIZE(unused); i++)
        lapic_write(unused[i], lvt_masked | VECTOR_ERROR);
    lapic_write(lapic_task_priority, 0);
    lapic_write(lapic_timer_divide, divide_by_1);
    lapic_write(lapic_error_status, 0);
}

// The ID as the IOAPIC wants it.
uint32_t lapic_id(void)
{
    uint32_t id = lapic_read(lapic_id_register);
    return registers ? id >> 24 : id;
}

void lapic_timer_set(uint32_t lvt, uint32_t initial_count)
{
    lapic_write(lapic_lvt_timer, lvt);
    lapic_write(lapic_timer_initial, initial_count);
}

uint32_t lapic_timer_count(void)
{
    return lapic_read(lapic_timer_current);
}

bool irq_is_pending(void)
{
    for (unsigned vector = VECTOR_EXCEPTION_END; vector < 256; vector += 32)
        if (lapic_read(lapic_request + vector / 32 * 16))
            return true;
    return false;
}

static irq_t irq_of_vector(word_t vector)
{
    if (vector >= VECTOR_USER && vector <= VECTOR_TIMER)
        return (irq_t)(vector - VECTOR_USER);
    // Nobody asked for it. If it came through the APIC, it must still be ended.
    if (lapic_is_in_service(vector))
        lapic_write(lapic_eoi, 0);
    return irq_none;
}

irq_t irq_take(void)
{
    // At a preemption point the interrupt is only pending: let it in.
    if (!irq_taken_vector)
        __asm__ volatile("sti\n\tnop\n\tcli" : : : "memory");
    word_t vector = irq_taken_vector;
    irq_taken_vector = 0;
    return vector ? irq_of_vector(vector) : irq_none;
}

void irq_end(irq_t)
{
    lapic_write(lapic_eoi, 0);
}
