// What boot asks of the architecture, and what the architecture's own files share.
#pragma once

#include "arch.h"
#include "layout.h"

// ---- For boot/, in this order

// Switch the processor's features on. If it lacks one that the kernel needs, give its name.
const char *cpu_init(void);
void descriptors_init(void);
void fpu_init(void);
tcb_t *arch_new_idle_thread(void);

typedef struct apic_addresses {
    paddr_t lapic;
    unsigned ioapic_count;
    paddr_t ioapics[8];
} apic_addresses_t;

void pic_disable(void);
void lapic_init(paddr_t registers_address);
void ioapic_init(const apic_addresses_t *addresses);
// Measure the clocks against the HPET at `hpet` (0: there is none, use the PIT) and prepare the tick.
// Gives the frequency of the TSC in MHz.
uint32_t timer_init(paddr_t hpet);
void timer_start(void);

// The kernel's page below 1 MiB (0: there is none) is where the machine wakes up (sleep.c).
void sleep_init(paddr_t page);

#ifdef CONFIG_DEBUG
void console_init(uint16_t console, uint16_t debug);
void console_use_debug_port(void); // from now on
void console_wake(void);
#else
#define console_wake() ((void)0)
#endif

// ---- After the processor and its controllers have lost what was set up in them: the same again

void cpu_start(void); // control registers, PAT
void lapic_start(void);
void ioapic_restore(void);
void fpu_save(void); // before
void fpu_wake(void);
// Which memory is cached how (MTRRs) is the firmware's to say; it is to say the same afterwards.
void memory_types_save(void);
void memory_types_restore(void);

// ---- timer.c

uint32_t timer_tsc_mhz(void);

// ---- lapic.c, for its siblings

uint32_t lapic_id(void);
bool lapic_is_in_service(word_t vector); // the vector came from the APIC and was not ended
void lapic_timer_set(uint32_t lvt, uint32_t initial_count);
uint32_t lapic_timer_count(void);

// ---- fpu.c

void fpu_state_init(tcb_t *thread); // memory is zero
void fpu_switch_to(tcb_t *thread);

// ---- descriptors.c

// Where the processor pushes its frame when it leaves the thread's user code.
void descriptors_set_frame(const tcb_t *thread);
