// What the trap entry calls: who deals with an exception or interrupt of user level, and what a bug of
// the kernel itself leads to.
#include "arch_boot.h"

extern volatile word_t irq_taken_vector;

enum {
    fault_present = 1 << 0,
    fault_instruction = 1 << 4,
};

static word_t fault_address(void)
{
    word_t address;
    __asm__ volatile("movq %%cr2, %0" : "=r"(address));
    return address;
}

static void handle_page_fault(word_t error_code)
{
    word_t address = fault_address();
    // User level is not told what the kernel has mapped.
    if (address >= seL4_UserTop)
        error_code &= ~(word_t)fault_present;
    handle_vm_fault(address, error_code, error_code & fault_instruction);
}

static void handle_exception(word_t vector)
{
    word_t error_code = kernel.current->context.error_code;
    if (vector == VECTOR_PAGE_FAULT)
        handle_page_fault(error_code);
    else
        handle_user_exception(vector, error_code);
}

// An `int` instruction with a vector that no interrupt has is an unknown system call. seL4 puts the
// vector into the top byte of eax for its number.
static void handle_software_interrupt(word_t vector)
{
    constexpr word_t instruction_length = 2;
    context_t *context = &kernel.current->context;
    context->fault_ip = context->next_ip - instruction_length;
    uint32_t number = (uint32_t)(context->rax & MASK(24)) | (uint32_t)vector << 24;
    handle_unknown_syscall((word_t)(int64_t)(int32_t)number);
}

static bool is_software_interrupt(word_t vector)
{
    return vector >= VECTOR_SOFTWARE && vector != VECTOR_SPURIOUS && !lapic_is_in_service(vector);
}

// The registers are in kernel.current; afterwards kernel.current is resumed, whoever that is by then.
void handle_trap(word_t vector)
{
    if (vector < VECTOR_EXCEPTION_END) {
        handle_exception(vector);
    } else if (is_software_interrupt(vector)) {
        handle_software_interrupt(vector);
    } else {
        irq_taken_vector = vector;
        handle_interrupt_entry();
    }
}

#ifdef CONFIG_DEBUG

extern char kernel_stack_guard[], kernel_stack_top[], kernel_image_start[], kernel_text_end[];

static bool is_on_kernel_stack(word_t address)
{
    return address > (word_t)(uintptr_t)kernel_stack_guard &&
           address + 16 <= (word_t)(uintptr_t)kernel_stack_top && IS_ALIGNED(address, 3);
}

// Return addresses, by the chain of frame pointers (debug builds keep them).
static void print_backtrace(word_t frame)
{
    kprintf("called from:");
    for (unsigned depth = 0; depth < 32 && is_on_kernel_stack(frame); depth++) {
        const word_t *words = (const word_t *)(uintptr_t)frame;
        kprintf(" %lx", words[1]);
        if (words[0] <= frame)
            break;
        frame = words[0];
    }
    kprintf("\n");
}

static void print_registers(const context_t *c)
{
    kprintf("rax %016lx rbx %016lx rcx %016lx rdx %016lx\n", c->rax, c->rbx, c->rcx, c->rdx);
    kprintf("rsi %016lx rdi %016lx rbp %016lx rsp %016lx\n", c->rsi, c->rdi, c->rbp, c->rsp);
    kprintf("r8  %016lx r9  %016lx r10 %016lx r11 %016lx\n", c->r8, c->r9, c->r10, c->r11);
    kprintf("r12 %016lx r13 %016lx r14 %016lx r15 %016lx\n", c->r12, c->r13, c->r14, c->r15);
    kprintf("rip %016lx flags %lx\n", c->next_ip, c->rflags);
}

[[noreturn]] void assert_failed(const char *text, const char *file, int line)
{
    console_use_debug_port();
    kprintf("\nassertion failed: %s (%s:%d)\n", text, file, line);
    if (kernel.current)
        kprintf("thread %s, rip %lx\n", kernel.current->name, kernel.current->context.fault_ip);
    print_backtrace((word_t)(uintptr_t)__builtin_frame_address(0));
    kernel_halt();
}

[[noreturn]] void handle_kernel_fault(word_t vector, const context_t *context)
{
    console_use_debug_port();
    kprintf("\nkernel fault: vector %lu, error code %lx, cr2 %lx\n", vector, context->error_code,
            fault_address());
    print_registers(context);
    print_backtrace(context->rbp);
    kernel_halt();
}

#else

[[noreturn]] void handle_kernel_fault(word_t, const context_t *)
{
    kernel_halt();
}

#endif
