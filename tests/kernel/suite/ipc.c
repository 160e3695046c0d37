// Messages through an endpoint: who meets whom, what is carried, in which order.
#include "ktest.h"

static seL4_CPtr new_endpoint(void)
{
    return new_object(seL4_EndpointObject, 0);
}

static seL4_MessageInfo_t tag(seL4_Word label, seL4_Word length)
{
    return seL4_MessageInfo_new(label, 0, 0, length);
}

// Bodies of the other threads. arg[0] is the endpoint, arg[1] the first message register or a count.

static void sender(thread_t *self)
{
    seL4_SetMR(0, self->arg[1]);
    seL4_Send(self->arg[0], tag(self->arg[2], 1));
}

static void caller(thread_t *self)
{
    seL4_SetMR(0, self->arg[1]);
    seL4_MessageInfo_t info = seL4_Call(self->arg[0], tag(self->arg[2], 1));
    self->result[0] = info.words[0];
    self->result[1] = seL4_GetMR(0);
}

static void receiver(thread_t *self)
{
    seL4_Word badge;
    seL4_MessageInfo_t info = seL4_Recv(self->arg[0], &badge);
    self->result[0] = info.words[0];
    self->result[1] = seL4_GetMR(0);
    self->result[2] = badge;
}

TEST(send_first, "ipc/send/waits-for-receiver")
{
    seL4_CPtr endpoint = new_endpoint();
    thread_t *thread = thread_spawn(ABOVE, sender, endpoint, 42, 7);
    CHECK(!thread->done);
    seL4_Word badge = 99;
    seL4_MessageInfo_t info = seL4_Recv(endpoint, &badge);
    CHECK_EQ(7 << 12 | 1, info.words[0]);
    CHECK_EQ(42, seL4_GetMR(0));
    CHECK_EQ(0, badge);
    CHECK(thread->done);
}

TEST(receive_first, "ipc/recv/waits-for-sender")
{
    seL4_CPtr endpoint = new_endpoint();
    thread_t *thread = thread_spawn(ABOVE, receiver, endpoint, 0, 0);
    CHECK(!thread->done);
    seL4_SetMR(0, 43);
    seL4_Send(endpoint, tag(8, 1));
    CHECK(thread->done);
    CHECK_EQ(8 << 12 | 1, thread->result[0]);
    CHECK_EQ(43, thread->result[1]);
}

TEST(badge, "ipc/badge/of-the-sending-capability")
{
    seL4_CPtr endpoint = new_endpoint();
    seL4_CPtr badged = mint_cap(endpoint, seL4_AllRights, 0xfedcba9876543210);
    thread_t *thread = thread_spawn(ABOVE, receiver, endpoint, 0, 0);
    seL4_Send(badged, tag(0, 0));
    CHECK_EQ(0xfedcba9876543210, thread->result[2]);

    thread_spawn(ABOVE, sender, badged, 1, 0);
    seL4_Word from = 0;
    seL4_Recv(endpoint, &from);
    CHECK_EQ(0xfedcba9876543210, from);
}

TEST(receiver_badge, "ipc/badge/of-the-receiving-capability-is-unused")
{
    seL4_CPtr endpoint = new_endpoint(), badged = mint_cap(endpoint, seL4_AllRights, 5);
    thread_spawn(ABOVE, sender, endpoint, 1, 0);
    seL4_Word from = 9;
    seL4_Recv(badged, &from);
    CHECK_EQ(0, from);
}

TEST(fifo, "ipc/queue/senders-in-order")
{
    seL4_CPtr endpoint = new_endpoint();
    for (seL4_Word i = 0; i < 5; i++)
        thread_spawn(ABOVE, sender, endpoint, i, 0);
    for (seL4_Word i = 0; i < 5; i++) {
        seL4_Recv(endpoint, nullptr);
        CHECK_EQ(i, seL4_GetMR(0));
    }
}

// The queue is first come, first served: priorities play no part in it.
TEST(fifo_priorities, "ipc/queue/senders-not-by-priority")
{
    static const seL4_Word priorities[] = {ABOVE, ABOVE + 5, ABOVE + 1, ABOVE + 9};
    seL4_CPtr endpoint = new_endpoint();
    for (seL4_Word i = 0; i < 4; i++)
        thread_spawn(priorities[i], sender, endpoint, i, 0);
    for (seL4_Word i = 0; i < 4; i++) {
        seL4_Recv(endpoint, nullptr);
        CHECK_EQ(i, seL4_GetMR(0));
    }
}

TEST(fifo_receivers, "ipc/queue/receivers-in-order")
{
    static const seL4_Word priorities[] = {ABOVE, ABOVE + 5, ABOVE + 1, ABOVE + 9};
    seL4_CPtr endpoint = new_endpoint();
    thread_t *threads[4];
    for (seL4_Word i = 0; i < 4; i++)
        threads[i] = thread_spawn(priorities[i], receiver, endpoint, 0, 0);
    for (seL4_Word i = 0; i < 4; i++) {
        CHECK(!threads[i]->done);
        seL4_SetMR(0, i);
        seL4_Send(endpoint, tag(0, 1));
        CHECK(threads[i]->done);
        CHECK_EQ(i, threads[i]->result[1]);
    }
}

TEST(leave_queue, "ipc/queue/suspended-sender-leaves")
{
    seL4_CPtr endpoint = new_endpoint();
    thread_t *threads[3];
    for (seL4_Word i = 0; i < 3; i++)
        threads[i] = thread_spawn(ABOVE, sender, endpoint, i, 0);
    CHECK_OK(seL4_TCB_Suspend(threads[1]->tcb));
    seL4_Recv(endpoint, nullptr);
    CHECK_EQ(0, seL4_GetMR(0));
    seL4_Recv(endpoint, nullptr);
    CHECK_EQ(2, seL4_GetMR(0));
    // Resumed, it starts its system call again, at the end of the queue.
    thread_spawn(ABOVE, sender, endpoint, 3, 0);
    CHECK_OK(seL4_TCB_Resume(threads[1]->tcb));
    seL4_Recv(endpoint, nullptr);
    CHECK_EQ(3, seL4_GetMR(0));
    seL4_Recv(endpoint, nullptr);
    CHECK_EQ(1, seL4_GetMR(0));
}

TEST(nbsend, "ipc/nbsend/lost-without-receiver")
{
    seL4_CPtr endpoint = new_endpoint();
    seL4_SetMR(0, 1);
    seL4_NBSend(endpoint, tag(0, 1));
    seL4_Word from = 77;
    seL4_MessageInfo_t info = seL4_NBRecv(endpoint, &from);
    CHECK_EQ(0, from);
    CHECK_EQ(0, seL4_MessageInfo_get_label(info));

    thread_t *thread = thread_spawn(ABOVE, receiver, endpoint, 0, 0);
    seL4_SetMR(0, 2);
    seL4_NBSend(endpoint, tag(3, 1));
    CHECK(thread->done);
    CHECK_EQ(2, thread->result[1]);
}

// A poll that finds nobody sets the badge to 0 and leaves tag and message registers alone.
TEST(nbrecv_empty, "ipc/nbrecv/nobody-there")
{
    raw_registers_t registers = {.rdx = (seL4_Word)seL4_SysNBRecv,
                                 .rdi = new_endpoint(),
                                 .rsi = 0x1234567,
                                 .r10 = 1,
                                 .r8 = 2,
                                 .r9 = 3,
                                 .r15 = 4};
    raw_syscall(&registers);
    CHECK_EQ(0, registers.rdi);
    CHECK_EQ(0x1234567, registers.rsi);
    CHECK_EQ(1, registers.r10);
    CHECK_EQ(2, registers.r8);
    CHECK_EQ(3, registers.r9);
    CHECK_EQ(4, registers.r15);
}

TEST(nbrecv, "ipc/nbrecv/takes-a-waiting-sender")
{
    seL4_CPtr endpoint = new_endpoint();
    thread_t *thread = thread_spawn(ABOVE, sender, endpoint, 42, 7);
    seL4_MessageInfo_t info = seL4_NBRecv(endpoint, nullptr);
    CHECK_EQ(7 << 12 | 1, info.words[0]);
    CHECK_EQ(42, seL4_GetMR(0));
    CHECK(thread->done);
}

TEST(call, "ipc/call/reply")
{
    seL4_CPtr endpoint = new_endpoint();
    thread_t *thread = thread_spawn(ABOVE, caller, endpoint, 5, 6);
    seL4_MessageInfo_t info = seL4_Recv(endpoint, nullptr);
    CHECK_EQ(6 << 12 | 1, info.words[0]);
    CHECK_EQ(5, seL4_GetMR(0));
    CHECK(!thread->done);
    seL4_SetMR(0, 50);
    seL4_Reply(tag(60, 1));
    CHECK(thread->done);
    CHECK_EQ(60 << 12 | 1, thread->result[0]);
    CHECK_EQ(50, thread->result[1]);
}

static void server(thread_t *self)
{
    seL4_Word badge;
    seL4_MessageInfo_t info = seL4_Recv(self->arg[0], &badge);
    for (;;) {
        self->steps++;
        seL4_SetMR(0, seL4_GetMR(0) + 1);
        info = seL4_ReplyRecv(self->arg[0], info, &badge);
    }
}

TEST(reply_recv, "ipc/replyrecv/server-loop")
{
    static const seL4_Word priorities[] = {ABOVE, RUNNER_PRIORITY, BELOW};
    for (int k = 0; k < 3; k++) {
        seL4_CPtr endpoint = new_endpoint();
        thread_t *thread = thread_spawn(priorities[k], server, endpoint, 0, 0);
        for (seL4_Word i = 0; i < 10; i++) {
            seL4_SetMR(0, i * 100);
            seL4_MessageInfo_t info = seL4_Call(endpoint, tag(i, 1));
            CHECK_EQ(i << 12 | 1, info.words[0]);
            CHECK_EQ(i * 100 + 1, seL4_GetMR(0));
        }
        CHECK_EQ(10, thread->steps);
    }
}

TEST(reply_nobody, "ipc/reply/without-caller")
{
    raw_registers_t registers = {
        .rdx = (seL4_Word)seL4_SysReply, .rsi = 1 << 12 | 4, .r10 = 1, .rdi = 5};
    raw_syscall(&registers); // does nothing
    CHECK_EQ(5, registers.rdi);
    CHECK_EQ(1 << 12 | 4, registers.rsi);
    CHECK_EQ(1, registers.r10);
}

TEST(reply_once, "ipc/reply/only-once")
{
    seL4_CPtr endpoint = new_endpoint();
    thread_t *first = thread_spawn(ABOVE, caller, endpoint, 1, 0);
    seL4_Recv(endpoint, nullptr);
    seL4_Reply(tag(0, 0));
    CHECK(first->done);
    first->done = 0;
    thread_start(first, caller);
    seL4_Reply(tag(5, 0)); // no caller has been received since
    CHECK(!first->done);
}

// Receiving again drops the caller who was not answered; it waits for ever.
TEST(reply_lost, "ipc/reply/next-receive-drops-the-caller")
{
    seL4_CPtr endpoint = new_endpoint();
    thread_t *first = thread_spawn(ABOVE, caller, endpoint, 1, 0);
    thread_t *second = thread_spawn(ABOVE, caller, endpoint, 2, 0);
    seL4_Recv(endpoint, nullptr);
    seL4_Recv(endpoint, nullptr);
    seL4_Reply(tag(0, 0));
    CHECK(!first->done && second->done);
    seL4_Reply(tag(0, 0));
    CHECK(!first->done);
}

TEST(reply_kept, "ipc/reply/poll-and-send-keep-the-caller")
{
    seL4_CPtr endpoint = new_endpoint(), other = new_endpoint();
    thread_t *thread = thread_spawn(ABOVE, caller, endpoint, 1, 0);
    seL4_Recv(endpoint, nullptr);
    seL4_NBSend(other, tag(0, 0));
    seL4_Yield();
    seL4_Signal(new_object(seL4_NotificationObject, 0));
    seL4_Reply(tag(0, 0));
    CHECK(thread->done);
}

TEST(label, "ipc/message/label-has-52-bits")
{
    seL4_CPtr endpoint = new_endpoint();
    thread_t *thread = thread_spawn(ABOVE, receiver, endpoint, 0, 0);
    seL4_Send(endpoint, tag((1ull << 52) - 1, 0));
    CHECK_EQ(((1ull << 52) - 1) << 12, thread->result[0]);
    // Whatever a sender writes there, no capabilities are announced that were not sent.
    thread = thread_spawn(ABOVE, receiver, endpoint, 0, 0);
    seL4_Send(endpoint, seL4_MessageInfo_new(3, 7, 0, 1));
    CHECK_EQ(3 << 12 | 1, thread->result[0]);
}
