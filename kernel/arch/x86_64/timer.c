// Clocks: the frequencies of the TSC and of the local APIC's timer, and the scheduler's tick. The two
// are measured against the HPET (IA-PC HPET 1.0a, 2.3) or, if there is none, against the PIT (Intel
// 8254), during 10 ms at boot. A processor that knows its TSC's frequency is believed.
#include "arch_boot.h"
#include "cpu.h"

enum {
    calibration_ms = 10,
    sample_attempts = 5,
    lvt_periodic = 1 << 17,
    lvt_masked_one_shot = 1 << 16,
};

// A clock of known frequency that counts up.
typedef struct reference {
    uint32_t (*read)(void);
    uint32_t ticks_per_ms;
} reference_t;

// All clocks at one moment.
typedef struct sample {
    word_t tsc;
    uint32_t lapic;
    uint32_t reference;
} sample_t;

static uint32_t tick_count; // of the APIC timer
static uint32_t tsc_mhz;

// ---- HPET. 32 bits of its counter do: at 10 to 25 MHz they last for minutes.

enum {
    hpet_period = 4 / 4, // in femtoseconds; all in 32-bit words
    hpet_config = 0x10 / 4,
    hpet_counter = 0xf0 / 4,
    hpet_enabled = 1 << 0,
};

static volatile uint32_t *hpet;

static uint32_t hpet_read(void)
{
    return hpet[hpet_counter];
}

static bool hpet_start(paddr_t address, reference_t *reference)
{
    constexpr word_t femtoseconds_per_ms = 1000000000000;
    if (!address)
        return false;
    hpet = arch_map_device_page(address);
    if (!hpet[hpet_period])
        return false;
    hpet[hpet_config] |= hpet_enabled;
    *reference = (reference_t){hpet_read, (uint32_t)(femtoseconds_per_ms / hpet[hpet_period])};
    return true;
}

// ---- PIT: channel 2, once down from 65535, which takes 55 ms

enum {
    pit_hz = 1193182,
    pit_channel2 = 0x42,
    pit_command = 0x43,
    pit_latch_channel2 = 0x80,
    pit_channel2_once = 0xb0,
    pit_control = 0x61,
    pit_gate = 1 << 0,
    pit_speaker = 1 << 1,
};

static uint32_t pit_read(void)
{
    port_out8(pit_command, pit_latch_channel2);
    uint32_t low = port_in8(pit_channel2);
    return 0xffff - (low | (uint32_t)port_in8(pit_channel2) << 8);
}

static void pit_start(reference_t *reference)
{
    uint8_t control = port_in8(pit_control);
    port_out8(pit_control, (uint8_t)((control & ~pit_speaker) | pit_gate));
    port_out8(pit_command, pit_channel2_once);
    port_out8(pit_channel2, 0xff);
    port_out8(pit_channel2, 0xff);
    *reference = (reference_t){pit_read, pit_hz / 1000};
}

// ---- Frequencies

// Under a hypervisor any instruction may take long: keep the reading that took the shortest time.
static sample_t take_sample(const reference_t *reference)
{
    sample_t best = {0};
    word_t best_duration = UINT64_MAX;
    for (unsigned i = 0; i < sample_attempts; i++) {
        sample_t sample = {.tsc = read_tsc()};
        sample.reference = reference->read();
        sample.lapic = UINT32_MAX - lapic_timer_count();
        word_t duration = read_tsc() - sample.tsc;
        if (duration < best_duration) {
            best = sample;
            best_duration = duration;
        }
    }
    return best;
}

// CPUID leaf 15H: the TSC as a ratio of a crystal whose frequency it may give (Intel SDM 2A, CPUID).
static uint32_t tsc_mhz_of_cpuid(void)
{
    enum { leaf_tsc = 0x15 };
    if (cpuid(0, 0).eax < leaf_tsc)
        return 0;
    cpuid_t ratio = cpuid(leaf_tsc, 0);
    if (!ratio.eax || !ratio.ebx || !ratio.ecx)
        return 0;
    return (uint32_t)((word_t)ratio.ecx * ratio.ebx / ratio.eax / 1000000);
}

uint32_t timer_init(paddr_t hpet_address)
{
    reference_t reference;
    if (!hpet_start(hpet_address, &reference))
        pit_start(&reference);
    lapic_timer_set(lvt_masked_one_shot | VECTOR_TIMER, UINT32_MAX);

    const sample_t start = take_sample(&reference);
    sample_t end;
    do {
        end = take_sample(&reference);
    } while (end.reference - start.reference < reference.ticks_per_ms * calibration_ms);

    const word_t elapsed = end.reference - start.reference;
    const word_t lapic_per_ms =
        (word_t)(end.lapic - start.lapic) * reference.ticks_per_ms / elapsed;
    tick_count = (uint32_t)(lapic_per_ms * seL4_ConfigTimerTickMs);

    tsc_mhz = tsc_mhz_of_cpuid();
    if (!tsc_mhz)
        tsc_mhz = (uint32_t)((end.tsc - start.tsc) * reference.ticks_per_ms / elapsed / 1000);
    return tsc_mhz;
}

uint32_t timer_tsc_mhz(void)
{
    return tsc_mhz;
}

void timer_start(void)
{
    lapic_timer_set(lvt_periodic | VECTOR_TIMER, tick_count);
}
