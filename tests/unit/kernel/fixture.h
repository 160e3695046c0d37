// The kernel's object layer on the build machine: one thread with a root CNode, a piece of memory, and
// stand-ins for what the architecture does. Invocations go through the system call entry.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail // the kernel has one of its own

#include "arch.h"
#include "ipc.h"
#include "kernel.h"
#include "objectp.h"

enum {
    root_radix = 8,
    root_slots = 1 << root_radix,
    memory_bits = 20,
    // Slots that fixture_setup() fills
    slot_root = 1,
    slot_memory = 2, // an untyped of memory_bits, not reset yet
    slot_device = 3, // a device untyped of the same size
    slot_thread = 4,
    slot_free = 16, // from here on the tests may do what they like
};

int fixture_setup(void **state);

cte_t *slot_at(cptr_t cptr);
uint8_t *memory_start(void);
tcb_t *idle_thread(void);
tcb_t *test_thread(void);
word_t *test_buffer(void);

// Pretend that an interrupt is pending at every n-th look (0: never).
void interrupt_every(word_t look_count);

typedef struct words {
    word_t count;
    const word_t *at;
} words_t;

#define WORDS(...)                                                              \
    ((words_t){sizeof((const word_t[]){0, ##__VA_ARGS__}) / sizeof(word_t) - 1, \
               &((const word_t[]){0, ##__VA_ARGS__})[1]})

// Call a capability as a thread would, again when it is preempted. The answer's words are then in the
// registers and in the buffer: result_word().
seL4_Error invoke(cptr_t service, word_t label, words_t caps, words_t args);
word_t result_word(word_t index);
word_t result_length(void);
extern word_t preemptions; // of the last invoke()

// Shorthand; these must succeed.
void retype(cptr_t untyped, word_t type, word_t size_bits, cptr_t dest, word_t count);
void copy(cptr_t dest, cptr_t source);
void mint(cptr_t dest, cptr_t source, word_t data);
void delete_slot(cptr_t slot);
void revoke_slot(cptr_t slot);

void random_seed(uint32_t seed);
word_t random_below(word_t limit);
