// What the stress programs share: random numbers and the neighbour that must not be disturbed.
#pragma once

#include "ktest.h"

typedef struct random {
    seL4_Word state;
} random_t;

// xorshift64*: any seed but 0
static inline seL4_Word random_word(random_t *random)
{
    seL4_Word x = random->state;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    random->state = x;
    return x * 0x2545f4914f6cdd1d;
}

static inline seL4_Word random_below(random_t *random, seL4_Word limit)
{
    return (random_word(random) >> 16) % limit;
}

static inline bool random_chance(random_t *random, seL4_Word percent)
{
    return random_below(random, 100) < percent;
}

// Any 64-bit word, with a liking for those that matter: small, one bit, near the ends, addresses.
seL4_Word random_interesting(random_t *random);

// The PIT's ticks as a notification, a thousand a second.
void ticks_start(void);
void tick_wait(void);
void ticks_stop(void);

// The neighbour computes without end, at a priority just below that of its start; at each
// neighbour_turn(true) it goes above it, to be preempted no more until neighbour_turn(false).
void neighbour_start(seL4_Word priority, random_t *random);
void neighbour_turn(bool above);
void neighbour_check(const char *when); // it has made progress since the last check, unharmed
void neighbour_stop(void);

bool debug_calls_offered(void);
