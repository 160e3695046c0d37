// ReadRegisters, WriteRegisters, CopyRegisters, SetTLSBase, SetFlags.
#include "ktest.h"

enum { COUNT = seL4_UserContextRegisters };

static seL4_CPtr new_tcb(void)
{
    return new_object(seL4_TCBObject, 0);
}

static seL4_UserContext read_all(seL4_CPtr tcb)
{
    seL4_UserContext context = {0};
    CHECK_OK(seL4_TCB_ReadRegisters(tcb, false, 0, COUNT, &context));
    return context;
}

static void write_all(seL4_CPtr tcb, const seL4_UserContext *context)
{
    CHECK_OK(seL4_TCB_WriteRegisters(tcb, false, 0, COUNT, context));
}

static void check_context(const seL4_UserContext *expected, const seL4_UserContext *actual)
{
    const seL4_Word *a = (const seL4_Word *)expected, *b = (const seL4_Word *)actual;
    for (int i = 0; i < COUNT; i++)
        CHECK_EQ(a[i], b[i]);
}

// Addresses below 2^47, so that nothing is sanitised.
static seL4_UserContext pattern(seL4_Word seed)
{
    seL4_UserContext context = {0};
    seL4_Word *words = (seL4_Word *)&context;
    for (seL4_Word i = 0; i < COUNT; i++)
        words[i] = seed << 32 | i << 8 | 1;
    context.rflags = 0x202;
    return context;
}

TEST(fresh, "tcb/readregisters/new-thread")
{
    const seL4_UserContext expected = {.rflags = 0x202};
    seL4_UserContext context = read_all(new_tcb());
    check_context(&expected, &context);
}

TEST(round_trip, "tcb/writeregisters/read-back")
{
    seL4_CPtr tcb = new_tcb();
    seL4_UserContext written = pattern(0x1234), context;
    write_all(tcb, &written);
    context = read_all(tcb);
    check_context(&written, &context);
}

TEST(partial, "tcb/writeregisters/first-few")
{
    seL4_CPtr tcb = new_tcb();
    seL4_UserContext first = pattern(1), second = pattern(2);
    seL4_Word words[2 + COUNT];
    for (seL4_Word count = 0; count <= COUNT; count++) {
        write_all(tcb, &first);
        words[0] = 0;
        words[1] = count;
        for (seL4_Word i = 0; i < count; i++)
            words[2 + i] = ((const seL4_Word *)&second)[i];
        CHECK_OK(invoke(tcb, TCBWriteRegisters, WORDS(), (words_t){2 + count, words}));
        seL4_UserContext expected = first, context = read_all(tcb);
        for (seL4_Word i = 0; i < count; i++)
            ((seL4_Word *)&expected)[i] = words[2 + i];
        check_context(&expected, &context);
    }
}

// More registers than there are: the rest of the message is passed over.
TEST(too_many, "tcb/writeregisters/count-over-the-maximum")
{
    seL4_CPtr tcb = new_tcb();
    seL4_UserContext context = pattern(3), read;
    seL4_Word words[2 + COUNT + 4] = {0, COUNT + 4};
    for (int i = 0; i < COUNT; i++)
        words[2 + i] = ((const seL4_Word *)&context)[i];
    CHECK_OK(invoke(tcb, TCBWriteRegisters, WORDS(), (words_t){2 + COUNT + 4, words}));
    read = read_all(tcb);
    check_context(&context, &read);
}

TEST(read_partial, "tcb/readregisters/length-of-reply")
{
    seL4_CPtr tcb = new_tcb();
    seL4_UserContext context = pattern(7);
    write_all(tcb, &context);
    for (seL4_Word count = 1; count <= COUNT; count++) {
        CHECK_OK(invoke(tcb, TCBReadRegisters, WORDS(), WORDS(0, count)));
        CHECK_EQ(count, invoke_reply.words[0]);
        for (seL4_Word i = 0; i < count; i++)
            CHECK_EQ(((const seL4_Word *)&context)[i], seL4_GetMR((int)i));
    }
}

TEST(read_errors, "tcb/readregisters/errors")
{
    seL4_CPtr tcb = new_tcb();
    seL4_UserContext context;
    CHECK_ERROR(seL4_TruncatedMessage, invoke(tcb, TCBReadRegisters, WORDS(), WORDS(0)));
    CHECK_ERROR(seL4_RangeError, seL4_TCB_ReadRegisters(tcb, false, 0, 0, &context), 1, COUNT);
    CHECK_ERROR(seL4_RangeError, seL4_TCB_ReadRegisters(tcb, false, 0, COUNT + 1, &context), 1,
                COUNT);
    CHECK_ERROR(seL4_RangeError, seL4_TCB_ReadRegisters(tcb, false, 0, -1ull, &context), 1, COUNT);
    CHECK_ERROR(seL4_IllegalOperation,
                seL4_TCB_ReadRegisters(seL4_CapInitThreadTCB, false, 0, COUNT, &context));
    CHECK_ERROR(seL4_RangeError,
                seL4_TCB_ReadRegisters(seL4_CapInitThreadTCB, false, 0, 0, &context), 1, COUNT);
}

TEST(write_errors, "tcb/writeregisters/errors")
{
    seL4_CPtr tcb = new_tcb();
    seL4_UserContext context = pattern(4);
    CHECK_ERROR(seL4_TruncatedMessage, invoke(tcb, TCBWriteRegisters, WORDS(), WORDS(0)));
    CHECK_ERROR(seL4_TruncatedMessage, invoke(tcb, TCBWriteRegisters, WORDS(), WORDS(0, 1)));
    CHECK_ERROR(seL4_TruncatedMessage, invoke(tcb, TCBWriteRegisters, WORDS(), WORDS(0, 3, 1, 2)));
    CHECK_ERROR(seL4_TruncatedMessage, invoke(tcb, TCBWriteRegisters, WORDS(), WORDS(0, -1ull)));
    CHECK_ERROR(seL4_IllegalOperation,
                seL4_TCB_WriteRegisters(seL4_CapInitThreadTCB, false, 0, COUNT, &context));
    CHECK_ERROR(seL4_TruncatedMessage,
                invoke(seL4_CapInitThreadTCB, TCBWriteRegisters, WORDS(), WORDS(0, 1)));
}

TEST(flags, "tcb/writeregisters/flags-sanitised")
{
    static const struct {
        seL4_Word written, kept;
    } cases[] = {
        {0, 0x202},       {-1ull, 0xed7}, {0x200000, 0x202}, // ID
        {0x3000, 0x202},                                     // I/O privilege level
        {0x4000, 0x202},                                     // nested task
        {0x40000, 0x202},                                    // alignment check
        {0x100, 0x202},                                      // single step
        {0x400, 0x602},                                      // direction
        {0x801, 0xa03},                                      // overflow, carry
        {0xd4, 0x2d6},                                       // sign, zero, adjust, parity
    };
    seL4_CPtr tcb = new_tcb();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        seL4_UserContext context = {.rflags = cases[i].written};
        write_all(tcb, &context);
        CHECK_EQ(cases[i].kept, read_all(tcb).rflags);
    }
}

// Addresses that the processor would refuse become 0; rsp and the others may hold anything.
TEST(canonical, "tcb/writeregisters/non-canonical-addresses")
{
    static const struct {
        seL4_Word written, kept;
    } cases[] = {
        {0x00007fffffffffff, 0x00007fffffffffff},
        {0x0000800000000000, 0},
        {0x8000000000000000, 0},
        {0xffff7fffffffffff, 0},
        {0xffff800000000000, 0xffff800000000000},
        {-1ull, -1ull},
    };
    seL4_CPtr tcb = new_tcb();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        seL4_UserContext context = pattern(5), read;
        context.rip = context.fs_base = context.gs_base = cases[i].written;
        context.rsp = context.rbp = context.rcx = cases[i].written;
        write_all(tcb, &context);
        read = read_all(tcb);
        context.rip = context.fs_base = context.gs_base = cases[i].kept;
        check_context(&context, &read);
    }
}

TEST(arch_flags, "tcb/readregisters/arch-flags-ignored")
{
    seL4_CPtr tcb = new_tcb();
    seL4_UserContext context = pattern(6), read;
    CHECK_OK(seL4_TCB_WriteRegisters(tcb, false, 0xff, COUNT, &context));
    CHECK_OK(seL4_TCB_ReadRegisters(tcb, false, 0xff, COUNT, &read));
    check_context(&context, &read);
}

static void spin(thread_t *self)
{
    for (;;)
        self->steps++;
}

TEST(read_suspends, "tcb/readregisters/suspend-source")
{
    thread_t *thread = thread_spawn(RUNNER_PRIORITY, spin, 0, 0, 0);
    seL4_UserContext context;
    seL4_Yield();
    CHECK_OK(seL4_TCB_ReadRegisters(thread->tcb, true, 0, COUNT, &context));
    seL4_Word steps = thread->steps;
    CHECK(steps > 0);
    seL4_Yield();
    CHECK_EQ(steps, thread->steps);
    CHECK(context.rip >= (seL4_Word)spin && context.rip < (seL4_Word)spin + 64);
    CHECK_EQ(thread, context.gs_base);
}

// The instruction pointer of a blocked thread is that of its system call, which a resume repeats.
TEST(blocked_ip, "tcb/readregisters/ip-of-blocked-thread")
{
    thread_t *thread = thread_new(ABOVE);
    raw_registers_t *registers = new_page(nullptr);
    *registers = (raw_registers_t){.rdx = (seL4_Word)seL4_SysSend,
                                   .rdi = new_object(seL4_EndpointObject, 0),
                                   .rax = 0x11,
                                   .rbx = 0x12,
                                   .rbp = 0x13,
                                   .r8 = 0x14,
                                   .r9 = 0x15,
                                   .r10 = 0x16,
                                   .r12 = 0x17,
                                   .r13 = 0x18,
                                   .r14 = 0x19,
                                   .r15 = 0x1a,
                                   .rsi = 0x1b000};
    seL4_UserContext start = {.rip = (seL4_Word)raw_syscall,
                              .rsp = thread->stack_top - 8,
                              .rdi = (seL4_Word)registers,
                              .gs_base = (seL4_Word)thread};
    CHECK_OK(seL4_TCB_WriteRegisters(thread->tcb, true, 0, COUNT, &start));
    seL4_UserContext context = thread_registers(thread);
    CHECK_EQ((seL4_Word)raw_syscall_return - 2, context.rip);
    CHECK_EQ(registers->rdi, context.rdi);
    CHECK_EQ(registers->rdx, context.rdx);
    CHECK_EQ(registers->rsi, context.rsi);
    CHECK_EQ(0x11, context.rax);
    CHECK_EQ(0x12, context.rbx);
    CHECK_EQ(0x13, context.rbp);
    CHECK_EQ(0x14, context.r8);
    CHECK_EQ(0x15, context.r9);
    CHECK_EQ(0x16, context.r10);
    CHECK_EQ(0x17, context.r12);
    CHECK_EQ(0x18, context.r13);
    CHECK_EQ(0x19, context.r14);
    CHECK_EQ(0x1a, context.r15);
}

TEST(copy_frame, "tcb/copyregisters/frame-and-integer")
{
    static const seL4_UserContext zero = {.rflags = 0x202};
    seL4_CPtr source = new_tcb(), dest = new_tcb();
    seL4_UserContext context = pattern(9), expected, read;
    write_all(source, &context);
    for (unsigned what = 0; what < 4; what++) {
        write_all(dest, &zero);
        CHECK_OK(seL4_TCB_CopyRegisters(dest, source, false, false, what & 1, what >> 1, 0));
        expected = what & 1 ? context : zero;
        expected.fs_base = what & 2 ? context.fs_base : 0;
        expected.gs_base = what & 2 ? context.gs_base : 0;
        read = read_all(dest);
        check_context(&expected, &read);
    }
}

TEST(copy_errors, "tcb/copyregisters/errors")
{
    seL4_CPtr tcb = new_tcb();
    CHECK_ERROR(seL4_TruncatedMessage, invoke(tcb, TCBCopyRegisters, WORDS(), WORDS(0)));
    CHECK_ERROR(seL4_TruncatedMessage, invoke(tcb, TCBCopyRegisters, WORDS(tcb), WORDS()));
    CHECK_ERROR(seL4_InvalidCapability, seL4_TCB_CopyRegisters(tcb, new_slot(), 0, 0, 0, 0, 0), 1);
    CHECK_ERROR(seL4_InvalidCapability, seL4_TCB_CopyRegisters(tcb, ROOT, 0, 0, 0, 0, 0), 1);
}

TEST(copy_runs, "tcb/copyregisters/suspend-source-resume-target")
{
    thread_t *thread = thread_spawn(RUNNER_PRIORITY, spin, 0, 0, 0);
    thread_t *other = thread_new(RUNNER_PRIORITY);
    seL4_Yield();
    CHECK_OK(seL4_TCB_CopyRegisters(other->tcb, thread->tcb, true, true, true, true, 0));
    seL4_Word steps = thread->steps;
    seL4_Yield();
    CHECK(thread->steps > steps); // the second goes on counting where the first was
    CHECK_OK(seL4_TCB_Suspend(other->tcb));
    steps = thread->steps;
    seL4_Yield();
    CHECK_EQ(steps, thread->steps);
}

TEST(copy_self, "tcb/copyregisters/own-context-as-source")
{
    seL4_CPtr tcb = new_tcb();
    CHECK_OK(seL4_TCB_CopyRegisters(tcb, seL4_CapInitThreadTCB, false, false, true, true, 0));
    CHECK_EQ(&root_thread, read_all(tcb).gs_base);
}

static void report_fs(thread_t *self)
{
    __asm__ volatile("rdfsbase %0" : "=r"(self->result[0]));
    __asm__ volatile("rdgsbase %0" : "=r"(self->result[1]));
}

TEST(tls_base, "tcb/settlsbase/sets-fs")
{
    thread_t *thread = thread_new(ABOVE);
    thread_start(thread, report_fs);
    CHECK_EQ(0, thread->result[0]);
    CHECK_EQ(thread, thread->result[1]);
    CHECK_OK(seL4_TCB_SetTLSBase(thread->tcb, 0x123456789000));
    CHECK_EQ(0x123456789000, thread_registers(thread).fs_base);
    CHECK_EQ(thread, thread_registers(thread).gs_base);
    CHECK_ERROR(seL4_TruncatedMessage, invoke(thread->tcb, TCBSetTLSBase, WORDS(), WORDS()));
}

TEST(tls_base_runs, "tcb/settlsbase/seen-by-the-thread")
{
    thread_t *thread = thread_new(BELOW);
    thread_start(thread, report_fs);
    CHECK_OK(seL4_TCB_SetTLSBase(thread->tcb, 0x123456789000));
    settle();
    CHECK_EQ(0x123456789000, thread->result[0]);
    CHECK_EQ(thread, thread->result[1]);
}

TEST(tls_base_self, "tcb/settlsbase/own-thread")
{
    seL4_Word base;
    CHECK_OK(seL4_TCB_SetTLSBase(seL4_CapInitThreadTCB, 0x7777000));
    __asm__ volatile("rdfsbase %0" : "=r"(base));
    CHECK_EQ(0x7777000, base);
    CHECK_OK(seL4_TCB_SetTLSBase(seL4_CapInitThreadTCB, 0));
    __asm__ volatile("rdfsbase %0" : "=r"(base));
    CHECK_EQ(0, base);
}

static void set_bases(thread_t *self)
{
    __asm__ volatile("wrfsbase %0" : : "r"(self->arg[0]));
    for (;;) {
        __asm__ volatile("rdfsbase %0" : "=r"(self->result[0]));
        self->steps++;
        seL4_Yield();
    }
}

// What a thread sets by itself with wrfsbase is its own, and is seen by ReadRegisters.
TEST(base_switch, "tcb/fs-base/kept-over-thread-switches")
{
    thread_t *a = thread_spawn(RUNNER_PRIORITY, set_bases, 0x1111000, 0, 0);
    thread_t *b = thread_spawn(RUNNER_PRIORITY, set_bases, 0x2222000, 0, 0);
    for (int i = 0; i < 5; i++)
        seL4_Yield();
    CHECK(a->steps > 2 && b->steps > 2);
    CHECK_EQ(0x1111000, a->result[0]);
    CHECK_EQ(0x2222000, b->result[0]);
    CHECK_EQ(0x1111000, thread_registers(a).fs_base);
    CHECK_EQ(0x2222000, thread_registers(b).fs_base);
    CHECK_EQ(a, thread_registers(a).gs_base);
}

TEST(set_flags, "tcb/setflags/clear-then-set")
{
    static const struct {
        seL4_Word clear, set, result;
    } steps[] = {{0, 0, 0}, {0, 1, 1},     {0, 0xfe, 1},  {1, 1, 1},
                 {2, 0, 1}, {-1ull, 0, 0}, {0, -1ull, 1}, {1, 0, 0}};
    seL4_CPtr tcb = new_tcb();
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        seL4_Word result = 99;
        CHECK_OK(seL4_TCB_SetFlags(tcb, steps[i].clear, steps[i].set, &result));
        CHECK_EQ(steps[i].result, result);
    }
    CHECK_OK(invoke(tcb, TCBSetFlags, WORDS(), WORDS(0, 1)));
    CHECK_EQ(1, invoke_reply.words[0]);
    CHECK_ERROR(seL4_TruncatedMessage, invoke(tcb, TCBSetFlags, WORDS(), WORDS(0)));
}

TEST(labels, "tcb/illegal-label")
{
    seL4_CPtr tcb = new_tcb();
    CHECK_ERROR(seL4_IllegalOperation, invoke(tcb, InvalidInvocation, WORDS(), WORDS()));
    CHECK_ERROR(seL4_IllegalOperation, invoke(tcb, UntypedRetype, WORDS(), WORDS()));
    CHECK_ERROR(seL4_IllegalOperation, invoke(tcb, CNodeRevoke, WORDS(), WORDS()));
    CHECK_ERROR(seL4_IllegalOperation, invoke(tcb, 1ull << 50, WORDS(), WORDS()));
}
