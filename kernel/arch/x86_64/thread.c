// The processor's side of a thread: initial registers, what user level may put into them, and the
// state that changes hands when the processor goes from one thread to another.
#include "arch_boot.h"

#define CONTEXT_OFFSET(field) (offsetof(tcb_t, context) + offsetof(context_t, field))
static_assert(CONTEXT_OFFSET(rdi) == TCB_RDI && CONTEXT_OFFSET(rsi) == TCB_RSI);
static_assert(CONTEXT_OFFSET(rax) == TCB_RAX && CONTEXT_OFFSET(rbx) == TCB_RBX);
static_assert(CONTEXT_OFFSET(rbp) == TCB_RBP && CONTEXT_OFFSET(r12) == TCB_R12);
static_assert(CONTEXT_OFFSET(r13) == TCB_R13 && CONTEXT_OFFSET(r14) == TCB_R14);
static_assert(CONTEXT_OFFSET(rdx) == TCB_RDX && CONTEXT_OFFSET(r10) == TCB_R10);
static_assert(CONTEXT_OFFSET(r8) == TCB_R8 && CONTEXT_OFFSET(r9) == TCB_R9);
static_assert(CONTEXT_OFFSET(r15) == TCB_R15 && CONTEXT_OFFSET(rcx) == TCB_RCX);
static_assert(CONTEXT_OFFSET(r11) == TCB_R11 && CONTEXT_OFFSET(fault_ip) == TCB_FAULT_IP);
static_assert(CONTEXT_OFFSET(error_code) == TCB_ERROR_CODE);
static_assert(CONTEXT_OFFSET(next_ip) == TCB_NEXT_IP && CONTEXT_OFFSET(cs) == TCB_CS);
static_assert(CONTEXT_OFFSET(rflags) == TCB_FLAGS && CONTEXT_OFFSET(rsp) == TCB_RSP);
static_assert(CONTEXT_OFFSET(ss) == TCB_SS && CONTEXT_OFFSET(ss) + sizeof(word_t) == TCB_FRAME_END);
static_assert(CONTEXT_OFFSET(cs_is_syscall) == TCB_IS_SYSCALL);
static_assert(TCB_FRAME_END % 16 == 0);
static_assert(offsetof(kernel_t, current) == KERNEL_CURRENT);
static_assert(offsetof(kernel_t, idle) == KERNEL_IDLE);
static_assert(KERNEL_LINK_BASE == KERNEL_BASE);
static_assert(VECTOR_USER == seL4_IRQOffset && VECTOR_TIMER == VECTOR_USER + irq_timer);

extern char idle_loop[];

void arch_thread_init(tcb_t *thread)
{
    thread->context.rflags = FLAGS_FIXED | FLAGS_IF;
    thread->context.cs = SELECTOR_USER_CODE;
    thread->context.ss = SELECTOR_USER_DATA;
    fpu_state_init(thread);
}

// The idle thread runs in the kernel, on the frame of its own TCB.
tcb_t *arch_new_idle_thread(void)
{
    static alignas(BIT(seL4_TCBBits)) tcb_t idle;
    idle.state.type = thread_idle;
    idle.context = (context_t){
        .next_ip = (word_t)(uintptr_t)idle_loop,
        .rflags = FLAGS_FIXED | FLAGS_IF,
        .cs = SELECTOR_KERNEL_CODE,
        .ss = SELECTOR_KERNEL_DATA,
        .rsp = (word_t)(uintptr_t)&idle + TCB_FRAME_END,
    };
    return &idle;
}

word_t arch_sanitise_flags(word_t rflags)
{
    return (rflags & (FLAGS_STATUS | FLAGS_DF)) | FLAGS_FIXED | FLAGS_IF;
}

bool arch_is_user_address(word_t address)
{
    constexpr unsigned address_bits = 48;
    word_t top = address >> (address_bits - 1);
    return top == 0 || top == MASK(64 - address_bits + 1);
}

static void store_bases(context_t *context)
{
    __asm__ volatile("rdfsbase %0\n\t"
                     "rdgsbase %1"
                     : "=r"(context->fs_base), "=r"(context->gs_base));
}

static void load_bases(const context_t *context)
{
    __asm__ volatile("wrfsbase %0\n\t"
                     "wrgsbase %1"
                     :
                     : "r"(context->fs_base), "r"(context->gs_base));
}

void arch_save_bases(tcb_t *thread)
{
    if (thread == kernel.current)
        store_bases(&thread->context);
}

void arch_load_bases(const tcb_t *thread)
{
    if (thread == kernel.current)
        load_bases(&thread->context);
}

void arch_switch_to(tcb_t *thread)
{
    store_bases(&kernel.current->context);
    load_bases(&thread->context);
    descriptors_set_frame(thread);
    arch_set_vspace(thread);
    fpu_switch_to(thread);
}

// The idle thread uses neither address space nor FPU: they stay, for whom they may belong to next.
void arch_switch_to_idle(void)
{
    store_bases(&kernel.current->context);
}
