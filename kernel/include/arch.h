// What the x86_64 part offers to the rest of the kernel.
#pragma once

#include "kernel.h"

// ---- Memory layout. All RAM is visible in the window; the kernel image is mapped again, with exact
// permissions, in the last 2 GiB.
#define PHYS_WINDOW      0xffffff8000000000ull
#define PHYS_WINDOW_SIZE (510ull << 30)
#define KERNEL_BASE      0xffffffff80000000ull

static inline void *phys_to_virt(paddr_t address)
{
    return (void *)(uintptr_t)(address + PHYS_WINDOW);
}

static inline paddr_t virt_to_phys(const void *address)
{
    return (word_t)(uintptr_t)address - PHYS_WINDOW;
}

// ---- arch/x86_64/vspace.c and others: address spaces

typedef enum frame_size { frame_small, frame_large, frame_huge } frame_size_t;
typedef enum vm_rights { vm_kernel_only = 1, vm_read_only = 2, vm_read_write = 3 } vm_rights_t;

static inline word_t frame_size_bits(frame_size_t size)
{
    return seL4_PageBits + 9 * (word_t)size;
}

error_t arch_decode_invocation(const invocation_t *inv);
error_t arch_derive_cap(cte_t *slot, cap_t cap, cap_t *derived);
cap_t arch_mask_cap_rights(seL4_CapRights_t rights, cap_t cap);
cap_t arch_update_cap_data(bool preserve, word_t data, cap_t cap);
bool arch_same_region_as(cap_t parent, cap_t child);
bool arch_same_object_as(cap_t left, cap_t right);
finalise_result_t arch_finalise_cap(cap_t cap, bool is_final);
void arch_post_cap_deletion(cap_t cleanup);
// Size of an object of an architecture type, log2; is it a type at all; may a device untyped make it.
bool arch_is_object_type(word_t type);
bool arch_is_frame_type(word_t type);
word_t arch_object_size_bits(word_t type);
cap_t arch_create_object(word_t type, void *memory, bool is_device); // memory is zero unless device
// Physical range that a capability covers, for same_region_as of untypeds: 0 bits if none.
void *arch_cap_memory(cap_t cap, word_t *size_bits);

// A vspace or buffer capability that TCB_Configure/SetSpace/SetIPCBuffer may take.
bool arch_is_vspace_root(cap_t cap);                      // a PML4 assigned to an ASID
error_t arch_check_ipc_buffer(cap_t cap, vptr_t address); // frame, aligned, not device
// Kernel address of the thread's buffer if the frame is mapped suitably, or null.
word_t *arch_ipc_buffer(const tcb_t *thread, bool is_receiver);
// Load the address space of a thread, or the kernel's own when it has none that is valid.
void arch_set_vspace(const tcb_t *thread);
// kernel_map.c: the kernel's own address space. arch_init_kernel_map() builds it and loads it: the
// window over RAM [0, ram_top) (RW, NX; the image in it read-only) and the image with exact permissions
// by the symbols of the linker script. arch_unmap_boot() takes the parts away that only boot needs.
void arch_init_kernel_map(paddr_t ram_top);
void arch_unmap_boot(void);
paddr_t arch_kernel_pml4(void);
void arch_map_kernel_window(word_t *pml4); // share the kernel's part with a new address space
static inline paddr_t kernel_to_phys(const void *address) // of something in the kernel image
{
    return (word_t)(uintptr_t)address - KERNEL_BASE;
}
// Map a page of device registers, uncached. For boot only; there are 16 of them.
void *arch_map_device_page(paddr_t address);
// Boot: build the root task's address space with these (they check nothing).
cap_t arch_new_asid_pool(void *memory, asid_t base);
void arch_set_asid(asid_t asid, word_t *pml4);
// The tables are already there (arch_map_boot_table), level 1 = page directory entry and so on.
void arch_map_boot_table(word_t *pml4, vptr_t address, unsigned level, paddr_t table);
void arch_map_boot_frame(word_t *pml4, vptr_t address, paddr_t frame);

// Debug builds (invariants.c): the tables of address spaces and interrupts, and one capability.
void arch_check_invariants(void);
void arch_check_cap(cap_t cap);

// ---- irq_control.c, lapic.c, ioapic.c, object/interrupt.c: interrupts

// irq_control/irq_handler invocations and their deletion.
error_t decode_irq_control(const invocation_t *inv);
error_t decode_irq_handler(const invocation_t *inv);
error_t arch_decode_irq_control(const invocation_t *inv); // the labels of x86
void irq_delete_handler(irq_t irq); // the notification slot loses its capability
void irq_deactivate(irq_t irq);     // the last handler capability is gone: mask
// A device interrupt was taken: mask, signal. The caller ends it.
void irq_signal_received(irq_t irq);

bool irq_is_pending(void);             // is any interrupt waiting for the processor?
irq_t irq_take(void);                  // the interrupt that was taken, or irq_none if spurious
void irq_end(irq_t irq);               // acknowledge at the local APIC
void irq_mask(irq_t irq, bool masked); // at the IOAPIC pin of the vector; MSI: nothing
// One that was taken stays quiet until it is acknowledged. False: it is not to be signalled before.
bool irq_hold(irq_t irq);
bool irq_release(
    irq_t irq); // it is acknowledged. True: another one has waited, to be signalled now

unsigned ioapic_count(void);
unsigned ioapic_pins(unsigned ioapic);
// Route a pin to a vector, masked. Values are checked by the caller.
void ioapic_route(unsigned ioapic, unsigned pin, bool level, bool low, irq_t irq);
void ioapic_unroute(irq_t irq);

// ---- arch/x86_64/thread.c, fpu.c, trap.S

void arch_thread_init(tcb_t *thread); // memory is zero: rflags, selectors, FPU state
word_t arch_sanitise_flags(word_t rflags);
// May be loaded into rip, fs_base, gs_base (canonical); seL4 loads 0 instead of what may not.
bool arch_is_user_address(word_t address);
// Make `thread` the processor's: vspace, FS/GS base, FPU. kernel.current is still the old thread.
void arch_switch_to(tcb_t *thread);
void arch_switch_to_idle(void);
// The current thread's FS/GS bases are in the processor. Before its context is read: save; after its
// context was written: load. Other threads: nothing happens.
void arch_save_bases(tcb_t *thread);
void arch_load_bases(const tcb_t *thread);
void fpu_release(tcb_t *thread);       // the thread's memory goes away
void fpu_flags_changed(tcb_t *thread); // seL4_TCBFlag_fpuDisabled was set or cleared

// ---- arch/x86_64/console.c: debug output; nothing in release builds
#ifdef CONFIG_DEBUG
void console_putchar(char character);
[[gnu::format(printf, 1, 2)]] void kprintf(const char *format, ...); // %c %s %d %u %x %lx %p...
#else
#define kprintf(...) ((void)0)
#endif
[[noreturn]] void kernel_halt(void);
