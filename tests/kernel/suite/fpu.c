// FPU and SSE state of threads, and the flag that takes the FPU away.
#include "ktest.h"

enum { NO_FPU = 7 };

typedef struct fpu_state {
    _Alignas(16) unsigned char bytes[512];
} fpu_state_t;

static void fill_state(seL4_Word seed)
{
    fpu_state_t state = {0};
    state.bytes[0] = 0x7f; // FCW 0x37f
    state.bytes[1] = 3;
    *(seL4_Uint32 *)&state.bytes[24] = 0x1f80 | (seed & 3) << 13; // MXCSR with a rounding mode
    for (int i = 0; i < 16; i++) {
        *(seL4_Word *)&state.bytes[160 + 16 * i] = seed * 0x0101010101010101 + (seL4_Word)i;
        *(seL4_Word *)&state.bytes[168 + 16 * i] = ~seed;
    }
    __asm__ volatile("fxrstor %0" : : "m"(state));
}

static bool state_is(seL4_Word seed)
{
    fpu_state_t state;
    __asm__ volatile("fxsave %0" : "=m"(state));
    bool same = *(seL4_Uint32 *)&state.bytes[24] == (0x1f80 | (seed & 3) << 13);
    for (int i = 0; i < 16; i++) {
        same =
            same &&
            *(seL4_Word *)&state.bytes[160 + 16 * i] == seed * 0x0101010101010101 + (seL4_Word)i &&
            *(seL4_Word *)&state.bytes[168 + 16 * i] == ~seed;
    }
    return same;
}

static void keep_state(thread_t *self)
{
    fill_state(self->arg[0]);
    for (;;) {
        seL4_Yield();
        if (!state_is(self->arg[0]))
            self->result[0]++;
        self->steps++;
        fill_state(self->arg[0]);
    }
}

TEST(switches, "fpu/sse-state-kept-over-switches")
{
    thread_t *threads[3];
    for (seL4_Word i = 0; i < 3; i++)
        threads[i] = thread_spawn(RUNNER_PRIORITY, keep_state, i + 5, 0, 0);
    for (int i = 0; i < 10; i++)
        seL4_Yield();
    for (int i = 0; i < 3; i++) {
        CHECK(threads[i]->steps > 5);
        CHECK_EQ(0, threads[i]->result[0]);
    }
}

static void spin_with_state(thread_t *self)
{
    fill_state(self->arg[0]);
    for (;;) {
        if (!state_is(self->arg[0]))
            self->result[0]++;
        self->steps++;
    }
}

TEST(preemption, "fpu/sse-state-kept-over-preemption")
{
    thread_t *a = thread_spawn(BELOW, spin_with_state, 1, 0, 0);
    thread_t *b = thread_spawn(BELOW, spin_with_state, 2, 0, 0);
    CHECK_OK(seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, BELOW));
    seL4_Word start = read_tsc();
    seL4_Word elapsed = 0;
    while (elapsed < 80000 * tsc_mhz() ||
           ((a->steps < 100 || b->steps < 100) && elapsed < 2000000 * tsc_mhz()))
        elapsed = read_tsc() - start;
    CHECK_OK(seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, RUNNER_PRIORITY));
    CHECK(a->steps >= 100 && b->steps >= 100);
    CHECK_EQ(0, a->result[0] + b->result[0]);
}

static void report_initial(thread_t *self)
{
    fpu_state_t state;
    __asm__ volatile("fxsave %0" : "=m"(state));
    self->result[0] = state.bytes[0] | (seL4_Word)state.bytes[1] << 8;
    self->result[1] = *(seL4_Uint32 *)&state.bytes[24];
    for (int i = 160; i < 416; i++)
        self->result[2] |= state.bytes[i];
}

// Nothing of another thread's registers is to be seen in a new one.
TEST(initial, "fpu/new-thread-starts-clean")
{
    fill_state(9);
    thread_t *thread = thread_spawn(ABOVE, report_initial, 0, 0, 0);
    CHECK_EQ(0x37f, thread->result[0]);
    CHECK_EQ(0x1f80, thread->result[1]);
    CHECK_EQ(0, thread->result[2]);
    CHECK(state_is(9));
    fill_state(0);
}

TEST(syscalls, "fpu/state-kept-over-system-calls")
{
    fill_state(6);
    CHECK_ERROR(seL4_FailedLookup,
                seL4_CNode_Move(ROOT, new_slot(), DEPTH, ROOT, new_slot(), DEPTH));
    seL4_Signal(new_object(seL4_NotificationObject, 0));
    CHECK(state_is(6));
    fill_state(0);
}

static void use_sse(thread_t *self)
{
    __asm__ volatile("xorps %xmm0, %xmm0");
    self->result[0]++;
}

static void use_x87(thread_t *self)
{
    __asm__ volatile("fninit");
    self->result[0]++;
}

TEST(disabled, "fpu/disabled-flag-faults")
{
    const thread_entry_t entries[] = {use_sse, use_x87};
    for (int i = 0; i < 2; i++) {
        seL4_CPtr handler = new_object(seL4_EndpointObject, 0);
        thread_t *thread = thread_new_in(ABOVE, (thread_space_t){.fault_ep = handler});
        CHECK_OK(seL4_TCB_SetFlags(thread->tcb, 0, seL4_TCBFlag_fpuDisabled, nullptr));
        thread_start(thread, entries[i]);
        CHECK_EQ(seL4_Fault_UserException << 12 | seL4_UserException_Length,
                 seL4_NBRecv(handler, nullptr).words[0]);
        CHECK_EQ(NO_FPU, seL4_GetMR(seL4_UserException_Number));
        CHECK_EQ(0, seL4_GetMR(seL4_UserException_Code));
        CHECK_EQ(0, thread->result[0]);
        CHECK_OK(seL4_TCB_SetFlags(thread->tcb, seL4_TCBFlag_fpuDisabled, 0, nullptr));
        seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
        CHECK_EQ(1, thread->result[0]);
    }
}

static void use_again(thread_t *self)
{
    fill_state(self->arg[1]);
    for (;;) {
        seL4_Recv(self->arg[0], nullptr);
        if (state_is(self->arg[1]))
            self->steps++;
    }
}

TEST(disabled_later, "fpu/disabled-while-in-use-keeps-the-state")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0);
    thread_t *thread = thread_new_in(ABOVE, (thread_space_t){.fault_ep = handler});
    thread->arg[0] = endpoint;
    thread->arg[1] = 3;
    thread_start(thread, use_again);
    CHECK_OK(seL4_TCB_SetFlags(thread->tcb, 0, seL4_TCBFlag_fpuDisabled, nullptr));
    seL4_NBSend(endpoint, seL4_MessageInfo_new(0, 0, 0, 0));
    CHECK_EQ(seL4_Fault_UserException, seL4_MessageInfo_get_label(seL4_NBRecv(handler, nullptr)));
    fill_state(4);
    CHECK_OK(seL4_TCB_SetFlags(thread->tcb, seL4_TCBFlag_fpuDisabled, 0, nullptr));
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
    CHECK_EQ(1, thread->steps);
    CHECK(state_is(4));
    fill_state(0);
}

TEST(features, "fpu/xcr0-is-x87-and-sse")
{
    seL4_Uint32 low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    CHECK_EQ(3, low);
    CHECK_EQ(0, high);
}

TEST(deleted_owner, "fpu/owner-deleted")
{
    for (int i = 0; i < 5; i++) {
        thread_t *thread = thread_spawn(ABOVE, use_sse, 0, 0, 0);
        delete_cap(thread->tcb);
        fill_state((seL4_Word)i + 1);
        CHECK(state_is((seL4_Word)i + 1));
    }
    fill_state(0);
}
