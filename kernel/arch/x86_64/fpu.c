// The x87 and SSE state, by XSAVE (Intel SDM 1, 13.7). Its owner is the thread that used it last;
// the state changes hands when another thread that may use the FPU gets the processor. That is earlier
// than a trap on first use would do it, but compilers use SSE everywhere, a trap costs more than the
// two instructions, and no thread's registers are left for another to speculate on.
#include "arch_boot.h"

enum {
    xcr0_x87 = 1 << 0,
    xcr0_sse = 1 << 1,
    cr0_ts = 1 << 3,
    xsave_mxcsr = 24, // offset in the area
    mxcsr_default = 0x1f80,
};

static bool is_off; // CR0.TS is set: the FPU's instructions trap

static void save_state(tcb_t *thread)
{
    __asm__ volatile("xsave64 %0" : "+m"(thread->fpu_state) : "a"(xcr0_x87 | xcr0_sse), "d"(0));
}

static void load_state(const tcb_t *thread)
{
    __asm__ volatile("xrstor64 %0" : : "m"(thread->fpu_state), "a"(xcr0_x87 | xcr0_sse), "d"(0));
}

void fpu_init(void)
{
    __asm__ volatile("xsetbv" : : "c"(0), "a"(xcr0_x87 | xcr0_sse), "d"(0));
}

// The header of the area says "nothing saved", so every register is loaded with its reset value, but
// MXCSR comes from memory all the same.
void fpu_state_init(tcb_t *thread)
{
    const uint32_t mxcsr = mxcsr_default;
    memcpy(thread->fpu_state + xsave_mxcsr, &mxcsr, sizeof(mxcsr));
}

static void turn_off(void)
{
    word_t cr0;
    __asm__ volatile("movq %%cr0, %0" : "=r"(cr0));
    __asm__ volatile("movq %0, %%cr0" : : "r"(cr0 | cr0_ts));
    is_off = true;
}

static void turn_on(void)
{
    __asm__ volatile("clts");
    is_off = false;
}

static void take_over(tcb_t *thread)
{
    if (is_off)
        turn_on();
    if (kernel.fpu_owner)
        save_state(kernel.fpu_owner);
    load_state(thread);
    kernel.fpu_owner = thread;
}

void fpu_switch_to(tcb_t *thread)
{
    if (thread->flags & seL4_TCBFlag_fpuDisabled) {
        if (!is_off)
            turn_off();
        return;
    }
    if (kernel.fpu_owner != thread)
        take_over(thread);
    else if (is_off)
        turn_on();
}

void fpu_save(void)
{
    if (!kernel.fpu_owner)
        return;
    if (is_off)
        turn_on();
    save_state(kernel.fpu_owner);
    kernel.fpu_owner = nullptr;
}

void fpu_wake(void)
{
    fpu_init();
    turn_on();
    fpu_switch_to(kernel.current);
}

void fpu_release(tcb_t *thread)
{
    if (kernel.fpu_owner == thread)
        kernel.fpu_owner = nullptr;
}

void fpu_flags_changed(tcb_t *thread)
{
    if (thread == kernel.current)
        fpu_switch_to(thread);
}
