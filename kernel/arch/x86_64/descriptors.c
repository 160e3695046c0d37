// Segments, interrupt gates and the system call entry (Intel SDM 3A, 3.4, 6.14, 8.7; AMD APM 2, 6.1).
// Of segmentation only the selectors are left: user level sees the ones that seL4 has.
#include "arch_boot.h"
#include "cpu.h"

typedef struct [[gnu::packed]] task_state {
    uint32_t reserved0;
    uint64_t rsp[3]; // stacks of rings 0 to 2
    uint64_t reserved1;
    uint64_t ist[7];
    uint64_t reserved2;
    uint16_t reserved3;
    uint16_t io_map;
} task_state_t;

static_assert(sizeof(task_state_t) == 104);

typedef struct gate {
    uint16_t offset_low;
    uint16_t selector;
    uint8_t stack; // 0: the interrupted one or rsp[0], n: ist[n - 1]
    uint8_t type;
    uint16_t offset_middle;
    uint32_t offset_high;
    uint32_t reserved;
} gate_t;

static_assert(sizeof(gate_t) == 16);

typedef struct [[gnu::packed]] table_pointer {
    uint16_t limit;
    uint64_t base;
} table_pointer_t;

enum {
    gate_interrupt = 0x8e,      // present, interrupts stay off
    gate_interrupt_user = 0xee, // user level may raise it by an instruction
    stub_size = 16,
    vectors = 256,
    vector_breakpoint = 3,
    stack_nmi = 1,
    stack_double_fault = 2,
};

extern char interrupt_stubs[], nmi_entry[], syscall_entry[];
extern char kernel_stack_top[], nmi_stack_top[], double_fault_stack_top[];

static task_state_t task_state;
static gate_t gates[vectors];

// Index 3 and 4 are the TSS, filled in by descriptors_init().
static uint64_t segments[] = {
    [SELECTOR_KERNEL_CODE / 8] = 0x00209b0000000000, // 64-bit code, ring 0
    [SELECTOR_KERNEL_DATA / 8] = 0x0000930000000000,
    [SELECTOR_TSS / 8] = 0,
    [SELECTOR_TSS / 8 + 1] = 0,
    [SELECTOR_USER_DATA / 8] = 0x0000f30000000000, // ring 3
    [SELECTOR_USER_CODE / 8] = 0x0020fb0000000000,
};

static void load_segments(void)
{
    word_t base = (word_t)(uintptr_t)&task_state;
    segments[SELECTOR_TSS / 8] = (sizeof(task_state) - 1) | (base & 0xffffff) << 16 |
                                 0x89ull << 40 | (base >> 24 & 0xff) << 56;
    segments[SELECTOR_TSS / 8 + 1] = base >> 32;

    table_pointer_t pointer = {sizeof(segments) - 1, (word_t)(uintptr_t)segments};
    __asm__ volatile("lgdt %0\n\t"
                     "ltr %w1\n\t"
                     "movl %2, %%ss"
                     :
                     : "m"(pointer), "r"(SELECTOR_TSS), "r"(SELECTOR_KERNEL_DATA)
                     : "memory");
}

static void set_gate(unsigned vector, const char *handler, uint8_t type, uint8_t stack)
{
    word_t offset = (word_t)(uintptr_t)handler;
    gates[vector] = (gate_t){
        .offset_low = (uint16_t)offset,
        .selector = SELECTOR_KERNEL_CODE,
        .stack = stack,
        .type = type,
        .offset_middle = (uint16_t)(offset >> 16),
        .offset_high = (uint32_t)(offset >> 32),
    };
}

static const char *stub(size_t vector)
{
    return interrupt_stubs + vector * stub_size;
}

static void load_gates(void)
{
    for (unsigned v = 0; v < vectors; v++) {
        bool for_user = v == vector_breakpoint || v >= VECTOR_SOFTWARE;
        set_gate(v, stub(v), for_user ? gate_interrupt_user : gate_interrupt, 0);
    }
    set_gate(VECTOR_NMI, nmi_entry, gate_interrupt, stack_nmi);
    set_gate(VECTOR_DOUBLE_FAULT, stub(VECTOR_DOUBLE_FAULT), gate_interrupt, stack_double_fault);

    table_pointer_t pointer = {sizeof(gates) - 1, (word_t)(uintptr_t)gates};
    __asm__ volatile("lidt %0" : : "m"(pointer) : "memory");
}

void descriptors_init(void)
{
    // No I/O map: `in` and `out` at user level fault.
    task_state.io_map = sizeof(task_state);
    task_state.ist[stack_nmi - 1] = (word_t)(uintptr_t)nmi_stack_top;
    task_state.ist[stack_double_fault - 1] = (word_t)(uintptr_t)double_fault_stack_top;
    load_segments();
    load_gates();

    write_msr(msr_star, (word_t)(SELECTOR_SYSRET | 3) << 48 | (word_t)SELECTOR_KERNEL_CODE << 32);
    write_msr(msr_lstar, (word_t)(uintptr_t)syscall_entry);
    write_msr(msr_sfmask, FLAGS_TRAP | FLAGS_IF | FLAGS_DF | FLAGS_IOPL | FLAGS_NT | FLAGS_AC);
    write_msr(msr_efer, read_msr(msr_efer) | efer_syscall);
}

void descriptors_set_frame(const tcb_t *thread)
{
    task_state.rsp[0] = (word_t)(uintptr_t)thread + TCB_FRAME_END;
}
