// Measuring with the time-stamp counter.
#pragma once

#include "ktest.h"
#include "vspace.h"

enum { ROUNDS = 64, BENCH_WARM_UP = 8 };

typedef struct sample {
    seL4_Word least;
} sample_t;

static inline seL4_Word ticks(void)
{
    return __builtin_ia32_rdtsc();
}

// What two readings in a row differ by.
static inline seL4_Word ticks_overhead(void)
{
    seL4_Word least = ~0ull;
    for (int i = 0; i < ROUNDS; i++) {
        const seL4_Word start = ticks();
        const seL4_Word cost = ticks() - start;
        least = cost < least ? cost : least;
    }
    return least;
}

// One system call between two readings, with nothing else in between: *start is taken just before it,
// and what comes back just after it. The message registers are what they are.
static inline seL4_Word timed_syscall(seL4_Syscall_ID number, seL4_CPtr cptr,
                                      seL4_MessageInfo_t info, volatile seL4_Word *start)
{
    register seL4_Word mr0 __asm__("r10") = 0;
    register seL4_Word mr1 __asm__("r8") = 0;
    register seL4_Word mr2 __asm__("r9") = 0;
    register seL4_Word mr3 __asm__("r15") = 0;
    register volatile seL4_Word *start_register __asm__("r12") = start;
    register seL4_Word number_register __asm__("r13") = (seL4_Word)number;
    seL4_Word low, high;
    __asm__ volatile(
        "rdtsc; shlq $32, %%rdx; orq %%rdx, %%rax; movq %%rax, (%%r12); movq %%r13, %%rdx;"
        "movq %%rsp, %%rbx; syscall; rdtsc; movq %%rbx, %%rsp"
        : "=&a"(low), "=&d"(high), "+D"(cptr), "+S"(info.words[0]), "+r"(mr0), "+r"(mr1), "+r"(mr2),
          "+r"(mr3)
        : "r"(start_register), "r"(number_register)
        : "rbx", "rcx", "r11", "memory");
    return high << 32 | low;
}

// The first rounds do not count: they take the kernel's slow ways once.
static inline void sample_add(sample_t *sample, int round, seL4_Word cost)
{
    if (round == 0)
        sample->least = ~0ull;
    if (round >= BENCH_WARM_UP && cost < sample->least)
        sample->least = cost;
}

static inline void report(const char *name, const sample_t *sample)
{
    print("bench %s %llu instructions\n", name, sample->least - ticks_overhead());
}
