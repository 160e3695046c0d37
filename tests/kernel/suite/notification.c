// Notifications: signal, wait, poll, and binding to a thread.
#include "ktest.h"

static seL4_CPtr new_notification(void)
{
    return new_object(seL4_NotificationObject, 0);
}

static seL4_Word poll(seL4_CPtr notification)
{
    seL4_Word badge = 0x9999;
    seL4_Poll(notification, &badge);
    return badge;
}

static void waiter(thread_t *self)
{
    seL4_Word badge = 0;
    seL4_Wait(self->arg[0], &badge);
    self->result[0] = badge;
}

TEST(signal_wait, "notification/signal-then-wait")
{
    seL4_CPtr notification = new_notification();
    seL4_Signal(mint_cap(notification, seL4_AllRights, 6));
    seL4_Word badge;
    seL4_Wait(notification, &badge);
    CHECK_EQ(6, badge);
    CHECK_EQ(0, poll(notification));
}

TEST(wait_signal, "notification/wait-then-signal")
{
    seL4_CPtr notification = new_notification();
    thread_t *thread = thread_spawn(ABOVE, waiter, notification, 0, 0);
    CHECK(!thread->done);
    seL4_Signal(mint_cap(notification, seL4_AllRights, 6));
    CHECK(thread->done);
    CHECK_EQ(6, thread->result[0]);
    CHECK_EQ(0, poll(notification));
}

TEST(accumulate, "notification/badges-are-ored")
{
    seL4_CPtr notification = new_notification();
    for (seL4_Word bit = 0; bit < 64; bit += 7)
        seL4_Signal(mint_cap(notification, seL4_AllRights, 1ull << bit));
    CHECK_EQ(0x8102040810204081, poll(notification));
    CHECK_EQ(0, poll(notification));
}

// A signal without badge makes the notification active all the same: a wait returns with 0.
TEST(zero_badge, "notification/unbadged-signal-is-a-signal")
{
    seL4_CPtr notification = new_notification();
    seL4_Signal(notification);
    thread_t *thread = thread_spawn(ABOVE, waiter, notification, 0, 0);
    CHECK(thread->done);
    CHECK_EQ(0, thread->result[0]);
    thread->done = 0;
    thread_start(thread, waiter);
    CHECK(!thread->done);
}

TEST(fifo, "notification/waiters-in-order")
{
    static const seL4_Word priorities[] = {ABOVE, ABOVE + 5, ABOVE + 1};
    seL4_CPtr notification = new_notification();
    thread_t *threads[3];
    for (int i = 0; i < 3; i++)
        threads[i] = thread_spawn(priorities[i], waiter, notification, 0, 0);
    for (int i = 0; i < 3; i++) {
        seL4_Signal(notification);
        for (int k = 0; k < 3; k++)
            CHECK_EQ(k <= i, threads[k]->done);
    }
    CHECK_EQ(0, poll(notification));
}

TEST(suspended_waiter, "notification/suspended-waiter-leaves-the-queue")
{
    seL4_CPtr notification = new_notification(), badged = mint_cap(notification, seL4_AllRights, 1);
    thread_t *first = thread_spawn(ABOVE, waiter, notification, 0, 0);
    thread_t *second = thread_spawn(ABOVE, waiter, notification, 0, 0);
    CHECK_OK(seL4_TCB_Suspend(first->tcb));
    seL4_Signal(badged);
    CHECK(!first->done && second->done);
    seL4_Signal(badged);
    CHECK_EQ(1, poll(notification));
    CHECK_OK(seL4_TCB_Resume(first->tcb));
    CHECK(!first->done);
    seL4_Signal(badged);
    CHECK(first->done);
}

TEST(read_signal, "notification/rights/signal-needs-write")
{
    seL4_CPtr notification = new_notification();
    seL4_CPtr readable = mint_cap(notification, seL4_NoWrite, 1);
    seL4_Signal(readable);
    CHECK_ERROR(seL4_InvalidCapability, invoke(readable, 0, WORDS(), WORDS()), 0);
    CHECK_EQ(0, poll(notification));
}

TEST(by_call, "notification/call-and-nbsend-signal")
{
    seL4_CPtr notification = new_notification();
    CHECK_OK(invoke(mint_cap(notification, seL4_CanWrite, 2), 77, WORDS(), WORDS(1, 2, 3)));
    CHECK_EQ(0, invoke_reply.words[0]);
    seL4_NBSend(mint_cap(notification, seL4_CanWrite, 4), seL4_MessageInfo_new(9, 0, 0, 2));
    CHECK_EQ(6, poll(notification));
}

TEST(registers, "notification/registers-of-wait-and-poll")
{
    seL4_CPtr notification = new_notification(), badged = mint_cap(notification, seL4_AllRights, 8);
    static const seL4_Word numbers[] = {(seL4_Word)seL4_SysRecv, (seL4_Word)seL4_SysNBRecv};
    for (int i = 0; i < 3; i++) {
        if (i < 2)
            seL4_Signal(badged);
        raw_registers_t registers = {.rdx = numbers[i / 2 + i % 2],
                                     .rdi = notification,
                                     .rsi = 55,
                                     .r10 = 1,
                                     .r8 = 2,
                                     .r9 = 3,
                                     .r15 = 4};
        raw_syscall(&registers);
        CHECK_EQ(i < 2 ? 8 : 0, registers.rdi);
        CHECK_EQ(55, registers.rsi); // no message: everything else is left alone
        CHECK_EQ(1, registers.r10);
        CHECK_EQ(2, registers.r8);
        CHECK_EQ(3, registers.r9);
        CHECK_EQ(4, registers.r15);
    }
}

static void endpoint_waiter(thread_t *self)
{
    for (;;) {
        raw_registers_t registers = {
            .rdx = (seL4_Word)seL4_SysRecv, .rdi = self->arg[0], .rsi = 0x777, .r10 = 1};
        raw_syscall(&registers);
        self->result[0] = registers.rdi;
        self->result[1] = registers.rsi;
        self->steps++;
    }
}

TEST(bound, "notification/bound/wakes-endpoint-receiver")
{
    seL4_CPtr notification = new_notification(), badged = mint_cap(notification, seL4_AllRights, 8);
    thread_t *thread = thread_new(ABOVE);
    thread->arg[0] = new_object(seL4_EndpointObject, 0);
    CHECK_OK(seL4_TCB_BindNotification(thread->tcb, notification));
    thread_start(thread, endpoint_waiter);
    seL4_Signal(badged);
    CHECK_EQ(1, thread->steps);
    CHECK_EQ(8, thread->result[0]);
    CHECK_EQ(0x777, thread->result[1]); // not a message: the tag register is not written
    // It has left the endpoint's queue and entered it again: messages still arrive.
    seL4_NBSend(thread->arg[0], seL4_MessageInfo_new(3, 0, 0, 0));
    CHECK_EQ(2, thread->steps);
    CHECK_EQ(3 << 12, thread->result[1]);
    CHECK_OK(seL4_TCB_UnbindNotification(thread->tcb));
    seL4_Signal(badged);
    CHECK_EQ(2, thread->steps);
    CHECK_EQ(8, poll(notification));
}

static void sender(thread_t *self)
{
    seL4_Send(self->arg[0], seL4_MessageInfo_new(self->arg[1], 0, 0, 0));
}

TEST(bound_first, "notification/bound/pending-signal-goes-before-senders")
{
    seL4_CPtr notification = new_notification(), endpoint = new_object(seL4_EndpointObject, 0);
    CHECK_OK(seL4_TCB_BindNotification(seL4_CapInitThreadTCB, notification));
    thread_t *thread = thread_spawn(ABOVE, sender, endpoint, 5, 0);
    seL4_Signal(mint_cap(notification, seL4_AllRights, 8));
    seL4_Word badge = 0;
    seL4_Recv(endpoint, &badge);
    CHECK_EQ(8, badge);
    CHECK(!thread->done);
    CHECK_EQ(5 << 12, seL4_Recv(endpoint, &badge).words[0]);
    CHECK(thread->done);
    seL4_Signal(mint_cap(notification, seL4_AllRights, 16));
    seL4_NBRecv(endpoint, &badge);
    CHECK_EQ(16, badge);
    CHECK_OK(seL4_TCB_UnbindNotification(seL4_CapInitThreadTCB));
}

TEST(bound_wait, "notification/bound/owner-waits-on-it-directly")
{
    seL4_CPtr notification = new_notification(), badged = mint_cap(notification, seL4_AllRights, 8);
    thread_t *thread = thread_new(ABOVE);
    thread->arg[0] = notification;
    CHECK_OK(seL4_TCB_BindNotification(thread->tcb, notification));
    thread_start(thread, endpoint_waiter);
    seL4_Signal(badged);
    CHECK_EQ(1, thread->steps);
    CHECK_EQ(8, thread->result[0]);
}

TEST(bound_busy, "notification/bound/blocked-sender-is-not-woken")
{
    seL4_CPtr notification = new_notification();
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    thread_t *thread = thread_new(ABOVE);
    thread->arg[0] = endpoint;
    CHECK_OK(seL4_TCB_BindNotification(thread->tcb, notification));
    thread_start(thread, sender);
    seL4_Signal(notification);
    CHECK(!thread->done);
    seL4_Recv(endpoint, nullptr);
    CHECK(thread->done);
    // The signal has stayed, for the next wait of the thread.
    thread_start(thread, endpoint_waiter);
    CHECK_EQ(1, thread->steps);
}

TEST(bind_errors, "tcb/bindnotification/errors")
{
    seL4_CPtr notification = new_notification(), tcb = new_object(seL4_TCBObject, 0);
    CHECK_ERROR(seL4_TruncatedMessage, invoke(tcb, TCBBindNotification, WORDS(), WORDS()));
    CHECK_ERROR(seL4_IllegalOperation, seL4_TCB_BindNotification(tcb, tcb));
    CHECK_ERROR(seL4_IllegalOperation,
                seL4_TCB_BindNotification(tcb, new_object(seL4_EndpointObject, 0)));
    CHECK_ERROR(seL4_IllegalOperation,
                seL4_TCB_BindNotification(tcb, copy_cap(notification, seL4_NoRead)));
    CHECK_ERROR(seL4_IllegalOperation, seL4_TCB_UnbindNotification(tcb));
    CHECK_ERROR(seL4_IllegalOperation, seL4_TCB_BindNotification(tcb, new_slot()));

    CHECK_OK(seL4_TCB_BindNotification(tcb, copy_cap(notification, seL4_CanRead)));
    CHECK_ERROR(seL4_IllegalOperation, seL4_TCB_BindNotification(tcb, notification));
    CHECK_ERROR(seL4_IllegalOperation, seL4_TCB_BindNotification(tcb, new_notification()));
    CHECK_ERROR(seL4_IllegalOperation,
                seL4_TCB_BindNotification(new_object(seL4_TCBObject, 0), notification));
    CHECK_OK(seL4_TCB_UnbindNotification(tcb));
    CHECK_ERROR(seL4_IllegalOperation, seL4_TCB_UnbindNotification(tcb));
    CHECK_OK(seL4_TCB_BindNotification(new_object(seL4_TCBObject, 0), notification));
}

TEST(bind_waiters, "tcb/bindnotification/refused-while-threads-wait")
{
    seL4_CPtr notification = new_notification(), tcb = new_object(seL4_TCBObject, 0);
    thread_spawn(ABOVE, waiter, notification, 0, 0);
    CHECK_ERROR(seL4_IllegalOperation, seL4_TCB_BindNotification(tcb, notification));
    seL4_Signal(notification);
    CHECK_OK(seL4_TCB_BindNotification(tcb, notification));
}

TEST(bind_active, "tcb/bindnotification/active-notification")
{
    seL4_CPtr notification = new_notification(), endpoint = new_object(seL4_EndpointObject, 0);
    seL4_Signal(mint_cap(notification, seL4_AllRights, 2));
    CHECK_OK(seL4_TCB_BindNotification(seL4_CapInitThreadTCB, notification));
    seL4_Word badge = 0;
    seL4_Recv(endpoint, &badge);
    CHECK_EQ(2, badge);
    CHECK_OK(seL4_TCB_UnbindNotification(seL4_CapInitThreadTCB));
}

TEST(bound_deleted, "notification/bound/deleting-either-unbinds")
{
    seL4_CPtr notification = new_notification(), tcb = new_object(seL4_TCBObject, 0);
    CHECK_OK(seL4_TCB_BindNotification(tcb, notification));
    delete_cap(notification);
    CHECK_ERROR(seL4_IllegalOperation, seL4_TCB_UnbindNotification(tcb));
    notification = new_notification();
    CHECK_OK(seL4_TCB_BindNotification(tcb, notification));
    delete_cap(tcb);
    CHECK_OK(seL4_TCB_BindNotification(new_object(seL4_TCBObject, 0), notification));
}
