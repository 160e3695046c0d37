// Message lengths, message registers and buffers, and the registers that a system call keeps.
#include "ktest.h"

enum { LONGEST = seL4_MsgMaxLength };

static seL4_MessageInfo_t tag(seL4_Word label, seL4_Word length)
{
    return seL4_MessageInfo_new(label, 0, 0, length);
}

static seL4_Word pattern(seL4_Word length, int index)
{
    return length << 32 | (seL4_Word)index | 0x5000;
}

static void fill_buffer(seL4_Word length)
{
    for (int i = 0; i < LONGEST; i++)
        seL4_SetMR(i, pattern(length, i));
}

static void clear_buffer(void)
{
    for (int i = 0; i < LONGEST; i++)
        seL4_SetMR(i, ~0ull);
}

static void check_buffer(seL4_Word length)
{
    for (int i = 0; i < LONGEST; i++) {
        if (i < (int)length)
            CHECK_EQ(pattern(length, i), seL4_GetMR(i));
        else if (i >= seL4_FastMessageRegisters)
            CHECK_EQ(~0ull, seL4_GetMR(i));
    }
}

static void send_length(thread_t *self)
{
    fill_buffer(self->arg[1]);
    seL4_Send(self->arg[0], tag(1, self->arg[1]));
}

TEST(send_lengths, "ipc/length/every-length-sender-waits")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    thread_t *thread = thread_new(ABOVE);
    thread->arg[0] = endpoint;
    for (seL4_Word length = 0; length <= LONGEST; length++) {
        thread->arg[1] = length;
        thread_start(thread, send_length);
        clear_buffer();
        CHECK_EQ(1 << 12 | length, seL4_Recv(endpoint, nullptr).words[0]);
        check_buffer(length);
    }
}

static void receive_length(thread_t *self)
{
    clear_buffer();
    self->result[0] = seL4_Recv(self->arg[0], nullptr).words[0];
    check_buffer(self->result[0] & 127);
}

TEST(receive_lengths, "ipc/length/every-length-receiver-waits")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    thread_t *thread = thread_new(ABOVE);
    thread->arg[0] = endpoint;
    for (seL4_Word length = 0; length <= LONGEST; length++) {
        thread_start(thread, receive_length);
        fill_buffer(length);
        seL4_Send(endpoint, tag(2, length));
        CHECK_EQ(2 << 12 | length, thread->result[0]);
    }
}

static void echo(thread_t *self)
{
    seL4_MessageInfo_t info = seL4_Recv(self->arg[0], nullptr);
    for (;;)
        info = seL4_ReplyRecv(self->arg[0], info, nullptr);
}

TEST(call_lengths, "ipc/length/call-and-reply")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    thread_spawn(ABOVE, echo, endpoint, 0, 0);
    for (seL4_Word length = 0; length <= LONGEST; length++) {
        fill_buffer(length);
        CHECK_EQ(3 << 12 | length, seL4_Call(endpoint, tag(3, length)).words[0]);
        for (int i = 0; i < LONGEST; i++)
            CHECK_EQ(pattern(length, i), seL4_GetMR(i));
    }
}

TEST(too_long, "ipc/length/over-the-maximum-is-cut")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    thread_t *thread = thread_spawn(ABOVE, receive_length, endpoint, 0, 0);
    for (seL4_Word length = LONGEST + 1; length < 128; length++) {
        fill_buffer(LONGEST);
        seL4_Send(endpoint, tag(4, length));
        CHECK_EQ(4 << 12 | LONGEST, thread->result[0]);
        thread_start(thread, receive_length);
    }
}

static void receive_registers(thread_t *self)
{
    seL4_Word mr[4] = {0}, badge;
    self->result[0] =
        seL4_SysRecvRegisters(seL4_SysRecv, self->arg[0], tag(0, 0), &badge, mr).words[0];
    for (int i = 0; i < 4; i++)
        self->result[1 + i] = mr[i];
}

// Without an IPC buffer on either side, four registers are all that can pass.
TEST(no_buffer, "ipc/length/no-buffer-cuts-to-registers")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    thread_t *thread = thread_new(ABOVE);
    thread->arg[0] = endpoint;
    CHECK_OK(seL4_TCB_SetIPCBuffer(thread->tcb, 0, 0));
    thread->arg[1] = 10;
    thread_start(thread, send_length);
    clear_buffer();
    CHECK_EQ(1 << 12 | 4, seL4_Recv(endpoint, nullptr).words[0]);
    for (int i = 0; i < 4; i++)
        CHECK_EQ(pattern(10, i), seL4_GetMR(i));
    CHECK_EQ(~0ull, seL4_GetMR(4));

    thread_start(thread, receive_registers);
    fill_buffer(9);
    seL4_Send(endpoint, tag(2, 9));
    CHECK_EQ(2 << 12 | 4, thread->result[0]);
    for (int i = 0; i < 4; i++)
        CHECK_EQ(pattern(9, i), thread->result[1 + i]);
}

// The general registers around a system call. r11 and rcx belong to the `syscall` instruction.
static raw_registers_t marked_registers(seL4_Word number, seL4_Word cptr, seL4_Word info)
{
    return (raw_registers_t){.rax = 0xa1,
                             .rbx = 0xa2,
                             .rcx = 0xa3,
                             .rdx = number,
                             .rsi = info,
                             .rdi = cptr,
                             .rbp = 0xa7,
                             .rsp = 0xa8,
                             .r8 = 0xb8,
                             .r9 = 0xb9,
                             .r10 = 0xba,
                             .r11 = 0xbb,
                             .r12 = 0xbc,
                             .r13 = 0xbd,
                             .r14 = 0xbe,
                             .r15 = 0xbf};
}

static void check_kept(const raw_registers_t *registers, seL4_Word number)
{
    CHECK_EQ(0xa1, registers->rax);
    CHECK_EQ(0xa2, registers->rbx);
    CHECK_EQ(raw_syscall_return, registers->rcx);
    CHECK_EQ(number, registers->rdx);
    CHECK_EQ(0xa7, registers->rbp);
    CHECK_EQ(0xbc, registers->r12);
    CHECK_EQ(0xbd, registers->r13);
    CHECK_EQ(0xbe, registers->r14);
}

static void check_message(const raw_registers_t *registers, seL4_Word badge, seL4_Word info,
                          const seL4_Word mr[4])
{
    CHECK_EQ(badge, registers->rdi);
    CHECK_EQ(info, registers->rsi);
    CHECK_EQ(mr[0], registers->r10);
    CHECK_EQ(mr[1], registers->r8);
    CHECK_EQ(mr[2], registers->r9);
    CHECK_EQ(mr[3], registers->r15);
}

static const seL4_Word own_mrs[4] = {0xba, 0xb8, 0xb9, 0xbf};

TEST(yield_registers, "ipc/registers/yield")
{
    raw_registers_t registers = marked_registers((seL4_Word)seL4_SysYield, 0xa6, 0xa5);
    raw_syscall(&registers);
    check_kept(&registers, (seL4_Word)seL4_SysYield);
    check_message(&registers, 0xa6, 0xa5, own_mrs);
}

static void waiter(thread_t *self)
{
    seL4_Recv(self->arg[0], nullptr);
}

TEST(send_registers, "ipc/registers/send-and-nbsend")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    static const seL4_Word numbers[] = {(seL4_Word)seL4_SysSend, (seL4_Word)seL4_SysNBSend};
    for (int i = 0; i < 2; i++) {
        thread_t *thread = thread_spawn(ABOVE, waiter, endpoint, 0, 0);
        raw_registers_t registers = marked_registers(numbers[i], endpoint, 7 << 12 | 4);
        raw_syscall(&registers);
        CHECK(thread->done);
        check_kept(&registers, numbers[i]);
        check_message(&registers, endpoint, 7 << 12 | 4, own_mrs);
    }
}

static void sender(thread_t *self)
{
    const seL4_Word mr[4] = {1, 2, 3, 4};
    seL4_SysSendRegisters(seL4_SysSend, self->arg[0], tag(9, self->arg[1]), mr);
}

// Registers beyond the message's length stay the receiver's own.
TEST(recv_registers, "ipc/registers/recv-and-nbrecv")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    seL4_CPtr badged = mint_cap(endpoint, seL4_AllRights, 0x99);
    static const seL4_Word numbers[] = {(seL4_Word)seL4_SysRecv, (seL4_Word)seL4_SysNBRecv};
    for (seL4_Word length = 0; length <= 4; length++) {
        for (int i = 0; i < 2; i++) {
            thread_spawn(ABOVE, sender, badged, length, 0);
            raw_registers_t registers = marked_registers(numbers[i], endpoint, 0xa5);
            raw_syscall(&registers);
            check_kept(&registers, numbers[i]);
            seL4_Word mr[4];
            for (seL4_Word k = 0; k < 4; k++)
                mr[k] = k < length ? k + 1 : own_mrs[k];
            check_message(&registers, 0x99, 9 << 12 | length, mr);
        }
        thread_reset();
    }
}

static void answerer(thread_t *self)
{
    seL4_Recv(self->arg[0], nullptr);
    const seL4_Word mr[4] = {1, 2, 3, 4};
    seL4_SysSendRegisters(seL4_SysReply, 0, tag(9, self->arg[1]), mr);
}

TEST(call_registers, "ipc/registers/call")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    for (seL4_Word length = 0; length <= 4; length++) {
        thread_spawn(ABOVE, answerer, endpoint, length, 0);
        raw_registers_t registers = marked_registers((seL4_Word)seL4_SysCall, endpoint, 2);
        raw_syscall(&registers);
        check_kept(&registers, (seL4_Word)seL4_SysCall);
        seL4_Word mr[4];
        for (seL4_Word k = 0; k < 4; k++)
            mr[k] = k < length ? k + 1 : own_mrs[k];
        check_message(&registers, 0, 9 << 12 | length, mr);
    }
}

TEST(invocation_registers, "ipc/registers/invocation")
{
    raw_registers_t registers =
        marked_registers((seL4_Word)seL4_SysCall, seL4_CapInitThreadCNode, CNodeDelete << 12 | 2);
    registers.r10 = new_slot();
    registers.r8 = 64;
    raw_syscall(&registers);
    check_kept(&registers, (seL4_Word)seL4_SysCall);
    const seL4_Word mr[4] = {registers.r10, 64, 0xb9, 0xbf};
    check_message(&registers, 0, 0, mr);
}

// Arithmetic and direction flags come out of a system call as they went in.
static seL4_Word flags_after_yield(seL4_Word flags)
{
    seL4_Word after;
    __asm__ volatile("pushfq; popq %%r12; pushq %2; popfq;" SEL4_SYSCALL
                     "; pushfq; popq %0; pushq %%r12; popfq"
                     : "=&r"(after)
                     : "d"((seL4_Word)seL4_SysYield), "r"(flags)
                     : "rbx", "rcx", "r11", "r12", "cc", "memory");
    return after;
}

TEST(flags, "ipc/registers/flags-kept")
{
    static const seL4_Word flags[] = {0x202, 0x203, 0x2c2, 0x602, 0xa02, 0xad7, 0x200202};
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        CHECK_EQ(flags[i], flags_after_yield(flags[i]));
}
