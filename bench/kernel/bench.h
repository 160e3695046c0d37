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
