#include "stress.h"

enum { PATTERN_WORDS = 34, PAGE_WORDS = 512, FIRST_FREE_WORD = 64 };
enum { PATIENCE_MICROSECONDS = 3000000 };

extern seL4_Word neighbour_pattern[PATTERN_WORDS];
extern volatile seL4_Word neighbour_rounds, neighbour_bad;
extern seL4_Word neighbour_page[PAGE_WORDS];

void neighbour_loop(void);

static thread_t *neighbour;
static seL4_Word rounds_seen, page_seed, base_priority;

static seL4_Word page_word(seL4_Word index)
{
    return (index + 1) * page_seed;
}

void neighbour_start(seL4_Word priority, random_t *random)
{
    for (int i = 0; i < PATTERN_WORDS; i++)
        neighbour_pattern[i] = random_word(random);
    neighbour_pattern[32] &= 0x7fffffffffff; // fs and gs base
    neighbour_pattern[33] &= 0x7fffffffffff;
    page_seed = random_word(random) | 1;
    for (seL4_Word i = FIRST_FREE_WORD; i < PAGE_WORDS; i++)
        neighbour_page[i] = page_word(i);
    neighbour_bad = 0;
    neighbour_rounds = rounds_seen = 0;

    base_priority = priority;
    neighbour = thread_new(priority - 1);
    seL4_UserContext context = {.rip = (seL4_Word)neighbour_loop};
    CHECK_OK(seL4_TCB_WriteRegisters(neighbour->tcb, true, 0, seL4_UserContextRegisters, &context));
}

void neighbour_turn(bool above)
{
    CHECK_OK(seL4_TCB_SetPriority(neighbour->tcb, seL4_CapInitThreadTCB,
                                  above ? base_priority + 1 : base_priority - 1));
}

static bool page_is_intact(void)
{
    for (seL4_Word i = FIRST_FREE_WORD; i < PAGE_WORDS; i++) {
        if (neighbour_page[i] != page_word(i))
            return false;
    }
    return true;
}

void neighbour_check(const char *when)
{
    seL4_Word start = read_tsc();
    while (neighbour_rounds == rounds_seen &&
           read_tsc() - start < PATIENCE_MICROSECONDS * tsc_mhz()) {
        neighbour_turn(true);
        tick_wait();
        neighbour_turn(false);
    }
    if (!CHECK(neighbour_rounds > rounds_seen) || !CHECK_EQ(0, neighbour_bad) ||
        !CHECK(page_is_intact()))
        print("# neighbour: %s\n", when);
    rounds_seen = neighbour_rounds;
}

void neighbour_stop(void)
{
    CHECK_OK(seL4_TCB_Suspend(neighbour->tcb));
}

seL4_Word random_interesting(random_t *random)
{
    seL4_Word word = random_word(random);
    switch (random_below(random, 8)) {
    case 0:
        return word;
    case 1:
        return word & 0xf;
    case 2:
        return word & 0xff;
    case 3:
        return 1ull << (word & 63);
    case 4:
        return -1ull << (word & 63);
    case 5:
        return word & 0x7ffffffff000;
    case 6:
        return seL4_WordBits - (word & 1);
    default:
        return -(word & 0x1f);
    }
}

static void identify(thread_t *self)
{
    (void)seL4_DebugCapIdentify(0);
    self->result[0] = 1;
}

bool debug_calls_offered(void)
{
    thread_t *thread =
        thread_new_in(ABOVE, (thread_space_t){.fault_ep = new_object(seL4_EndpointObject, 0)});
    thread_start(thread, identify);
    return thread->result[0];
}
