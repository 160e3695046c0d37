// Unknown system calls: the message, and what the reply changes.
#include "ktest.h"

static seL4_MessageInfo_t tag(seL4_Word label, seL4_Word length)
{
    return seL4_MessageInfo_new(label, 0, 0, length);
}

static thread_t *watched_thread(seL4_CPtr handler, thread_entry_t entry, seL4_Word argument)
{
    thread_t *thread = thread_new_in(ABOVE, (thread_space_t){.fault_ep = handler});
    thread->arg[0] = argument;
    thread_start(thread, entry);
    return thread;
}

static void unknown_call(thread_t *self)
{
    raw_registers_t registers = {.rax = 0xa0,
                                 .rbx = 0xa1,
                                 .rcx = 0xa2,
                                 .rdx = self->arg[0],
                                 .rsi = 0xa4,
                                 .rdi = 0xa5,
                                 .rbp = 0xa6,
                                 .rsp = 0xa7,
                                 .r8 = 0xa8,
                                 .r9 = 0xa9,
                                 .r10 = 0xaa,
                                 .r11 = 0xab,
                                 .r12 = 0xac,
                                 .r13 = 0xad,
                                 .r14 = 0xae,
                                 .r15 = 0xaf};
    raw_syscall(&registers);
    self->result[0] = registers.rax;
    self->result[1] = registers.rbx;
    self->result[2] = registers.rdi;
    self->result[3] = registers.r15;
    self->result[4] = registers.r10;
    self->result[5] = registers.r8;
}

// rsp, rcx and r11 are lost by the `syscall` instruction and its convention; the kernel has old values.
TEST(unknown, "fault/unknown-syscall/message")
{
    static const seL4_Word numbers[] = {0, 1, 99, 1ull << 40, 0x7fffffffffffffff, -20ull, -100ull};
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        thread_t *thread = watched_thread(handler, unknown_call, numbers[i]);
        CHECK_EQ(seL4_Fault_UnknownSyscall << 12 | seL4_UnknownSyscall_Length,
                 seL4_Recv(handler, nullptr).words[0]);
        CHECK_EQ(0xa0, seL4_GetMR(seL4_UnknownSyscall_RAX));
        CHECK_EQ(0xa1, seL4_GetMR(seL4_UnknownSyscall_RBX));
        CHECK_EQ(numbers[i], seL4_GetMR(seL4_UnknownSyscall_RDX));
        CHECK_EQ(0xa4, seL4_GetMR(seL4_UnknownSyscall_RSI));
        CHECK_EQ(0xa5, seL4_GetMR(seL4_UnknownSyscall_RDI));
        CHECK_EQ(0xa6, seL4_GetMR(seL4_UnknownSyscall_RBP));
        CHECK_EQ(0xa8, seL4_GetMR(seL4_UnknownSyscall_R8));
        CHECK_EQ(0xa9, seL4_GetMR(seL4_UnknownSyscall_R9));
        CHECK_EQ(0xaa, seL4_GetMR(seL4_UnknownSyscall_R10));
        for (seL4_Word k = 0; k < 4; k++)
            CHECK_EQ(0xac + k, seL4_GetMR((int)(seL4_UnknownSyscall_R12 + k)));
        CHECK_EQ((seL4_Word)raw_syscall_return - 2, seL4_GetMR(seL4_UnknownSyscall_FaultIP));
        CHECK_EQ(0x202, seL4_GetMR(seL4_UnknownSyscall_FLAGS) & ~0xd5ull);
        CHECK_EQ(numbers[i], seL4_GetMR(seL4_UnknownSyscall_Syscall));
        CHECK(!thread->done);
    }
}

// The reply's registers replace the thread's, as many as the message has; label 0 resumes it.
TEST(unknown_reply, "fault/unknown-syscall/reply-sets-registers")
{
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0);
    thread_t *thread = watched_thread(handler, unknown_call, 99);
    seL4_Recv(handler, nullptr);
    seL4_SetMR(seL4_UnknownSyscall_RAX, 0xb0);
    seL4_SetMR(seL4_UnknownSyscall_RBX, 0xb1);
    seL4_SetMR(seL4_UnknownSyscall_RDI, 0xb5);
    seL4_SetMR(seL4_UnknownSyscall_R15, 0xbf);
    seL4_SetMR(seL4_UnknownSyscall_FaultIP, seL4_GetMR(seL4_UnknownSyscall_FaultIP) + 2);
    seL4_Reply(tag(0, seL4_UnknownSyscall_Length));
    CHECK(thread->done);
    CHECK_EQ(0xb0, thread->result[0]);
    CHECK_EQ(0xb1, thread->result[1]);
    CHECK_EQ(0xb5, thread->result[2]);
    CHECK_EQ(0xbf, thread->result[3]);
    CHECK_EQ(0xaa, thread->result[4]);
}

TEST(unknown_short_reply, "fault/unknown-syscall/short-reply")
{
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0);
    thread_t *thread = watched_thread(handler, unknown_call, 99);
    seL4_Recv(handler, nullptr);
    seL4_SetMR(seL4_UnknownSyscall_RAX, 0xb0);
    seL4_SetMR(seL4_UnknownSyscall_RBX, 0xb1);
    seL4_Reply(tag(0, 1)); // only rax; the instruction is repeated
    CHECK_EQ(seL4_Fault_UnknownSyscall, seL4_MessageInfo_get_label(seL4_NBRecv(handler, nullptr)));
    CHECK_EQ(0xb0, seL4_GetMR(seL4_UnknownSyscall_RAX));
    CHECK_EQ(0xa1, seL4_GetMR(seL4_UnknownSyscall_RBX));
    CHECK(!thread->done);
}

TEST(reply_label, "fault/unknown-syscall/reply-label-leaves-it-stopped")
{
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0);
    thread_t *thread = watched_thread(handler, unknown_call, 99);
    seL4_Recv(handler, nullptr);
    seL4_SetMR(seL4_UnknownSyscall_RAX, 0xb0);
    seL4_SetMR(seL4_UnknownSyscall_FaultIP, seL4_GetMR(seL4_UnknownSyscall_FaultIP) + 2);
    seL4_Reply(tag(1, seL4_UnknownSyscall_Length));
    settle();
    CHECK(!thread->done);
    // The registers have been set all the same; a resume goes on from there.
    CHECK_EQ(0xb0, thread_registers(thread).rax);
    CHECK_OK(seL4_TCB_Resume(thread->tcb));
    CHECK(thread->done);
    CHECK_EQ(0xb0, thread->result[0]);
}

TEST(flags_sanitised, "fault/unknown-syscall/reply-flags-sanitised")
{
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0);
    thread_t *thread = watched_thread(handler, unknown_call, 99);
    seL4_Recv(handler, nullptr);
    seL4_SetMR(seL4_UnknownSyscall_FLAGS, -1ull);
    seL4_Reply(tag(1, seL4_UnknownSyscall_Length));
    CHECK_EQ(0xed7, thread_registers(thread).rflags);
}
