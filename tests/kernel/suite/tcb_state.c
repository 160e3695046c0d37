// Suspend, Resume and deletion of threads in each state they can be in.
#include "ktest.h"

static seL4_MessageInfo_t tag(seL4_Word label)
{
    return seL4_MessageInfo_new(label, 0, 0, 0);
}

static void send(thread_t *self)
{
    seL4_Send(self->arg[0], tag(5));
}

static void receive(thread_t *self)
{
    self->result[0] = seL4_Recv(self->arg[0], nullptr).words[0];
}

static void call(thread_t *self)
{
    self->result[0] = seL4_Call(self->arg[0], tag(6)).words[0];
}

static void spin(thread_t *self)
{
    for (;;)
        self->steps++;
}

static void restart(const thread_t *thread)
{
    CHECK_OK(seL4_TCB_Suspend(thread->tcb));
    CHECK_OK(seL4_TCB_Suspend(thread->tcb)); // twice is no error
    CHECK_OK(seL4_TCB_Resume(thread->tcb));
}

TEST(suspend_running, "tcb/suspend/running")
{
    thread_t *thread = thread_spawn(RUNNER_PRIORITY, spin, 0, 0, 0);
    seL4_Yield();
    CHECK_OK(seL4_TCB_Suspend(thread->tcb));
    seL4_Word steps = thread->steps;
    CHECK(steps > 0);
    seL4_Yield();
    CHECK_EQ(steps, thread->steps);
    CHECK_OK(seL4_TCB_Resume(thread->tcb));
    seL4_Yield();
    CHECK(thread->steps > steps);
    CHECK_OK(seL4_TCB_Suspend(thread->tcb));
}

TEST(suspend_sender, "tcb/suspend/blocked-on-send")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    thread_t *thread = thread_spawn(ABOVE, send, endpoint, 0, 0);
    restart(thread);
    CHECK_EQ(5 << 12, seL4_NBRecv(endpoint, nullptr).words[0]);
    CHECK(thread->done);
}

TEST(suspend_receiver, "tcb/suspend/blocked-on-receive")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    thread_t *thread = thread_spawn(ABOVE, receive, endpoint, 0, 0);
    CHECK_OK(seL4_TCB_Suspend(thread->tcb));
    seL4_NBSend(endpoint, tag(1));
    CHECK(!thread->done);
    CHECK_OK(seL4_TCB_Resume(thread->tcb));
    seL4_NBSend(endpoint, tag(2));
    CHECK(thread->done);
    CHECK_EQ(2 << 12, thread->result[0]);
}

TEST(suspend_caller, "tcb/suspend/blocked-on-reply")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    thread_t *thread = thread_spawn(ABOVE, call, endpoint, 0, 0);
    seL4_Recv(endpoint, nullptr);
    restart(thread);
    seL4_Reply(tag(9)); // to nobody
    CHECK(!thread->done);
    CHECK_EQ(6 << 12, seL4_NBRecv(endpoint, nullptr).words[0]);
    seL4_Reply(tag(8));
    CHECK_EQ(8 << 12, thread->result[0]);
}

TEST(suspend_waiter, "tcb/suspend/blocked-on-notification")
{
    seL4_CPtr notification = new_object(seL4_NotificationObject, 0);
    thread_t *thread = thread_spawn(ABOVE, receive, notification, 0, 0);
    restart(thread);
    CHECK(!thread->done);
    seL4_Signal(notification);
    CHECK(thread->done);
}

static void suspend_self(thread_t *self)
{
    self->steps++;
    self->result[0] = (seL4_Word)seL4_TCB_Suspend(self->tcb);
    self->steps++;
}

// A thread that suspends itself never comes out of that system call: a resume repeats it.
TEST(suspend_own, "tcb/suspend/itself")
{
    thread_t *thread = thread_spawn(ABOVE, suspend_self, 0, 0, 0);
    CHECK_EQ(1, thread->steps);
    CHECK_OK(seL4_TCB_Resume(thread->tcb));
    CHECK_EQ(1, thread->steps);
    seL4_UserContext context = thread_registers(thread);
    context.rip += 2;          // past the `syscall` instruction
    context.rsp = context.rbx; // where the stub keeps it
    CHECK_OK(seL4_TCB_WriteRegisters(thread->tcb, true, 0, seL4_UserContextRegisters, &context));
    CHECK_EQ(2, thread->steps);
}

TEST(resume_running, "tcb/resume/running-is-left-alone")
{
    CHECK_OK(seL4_TCB_Resume(seL4_CapInitThreadTCB));
    thread_t *thread = thread_spawn(BELOW, send, new_object(seL4_EndpointObject, 0), 0, 0);
    CHECK_OK(seL4_TCB_Resume(thread->tcb));
    CHECK_EQ(0, thread->done);
}

TEST(resume_blocked, "tcb/resume/blocked-starts-over")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    thread_spawn(ABOVE, send, endpoint, 0, 0);
    thread_t *thread = thread_spawn(ABOVE, call, endpoint, 0, 0);
    CHECK_OK(seL4_TCB_Resume(thread->tcb));
    CHECK_EQ(5 << 12, seL4_NBRecv(endpoint, nullptr).words[0]);
    CHECK_EQ(6 << 12, seL4_NBRecv(endpoint, nullptr).words[0]);
}

TEST(write_blocked, "tcb/writeregisters/blocked-thread-goes-elsewhere")
{
    thread_t *thread = thread_spawn(ABOVE, receive, new_object(seL4_EndpointObject, 0), 0, 0);
    thread_start(thread, suspend_self);
    CHECK_EQ(1, thread->steps);
}

static const struct {
    thread_entry_t entry;
    bool take; // receive the message first
} states[] = {
    {spin, false}, {send, false}, {receive, false},
    {call, false}, {call, true},  {suspend_self, false},
};

TEST(deleted, "tcb/delete/in-each-state")
{
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
        seL4_Word priority = states[i].entry == spin ? RUNNER_PRIORITY : ABOVE;
        thread_t *thread = thread_spawn(priority, states[i].entry, endpoint, 0, 0);
        if (states[i].take)
            seL4_Recv(endpoint, nullptr);
        delete_cap(thread->tcb);
        // Its place in the queue is gone, a waiting reply as well.
        seL4_Reply(tag(1));
        seL4_NBSend(endpoint, tag(3));
        CHECK_EQ(0, seL4_NBRecv(endpoint, nullptr).words[0]);
    }
}

// Each repeats its system call and finds an empty slot: a send has no effect, a call gets an error,
// a receive faults.
TEST(endpoint_deleted, "endpoint/delete/waiting-threads-start-over")
{
    static const struct {
        thread_entry_t entry;
        bool done;
        seL4_Word result;
    } cases[] = {
        {send, true, 0}, {receive, false, 0}, {call, true, seL4_InvalidCapability << 12 | 1}};
    for (int i = 0; i < 3; i++) {
        seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
        thread_t *thread = thread_spawn(BELOW, cases[i].entry, endpoint, 0, 0);
        settle();
        delete_cap(endpoint);
        settle();
        CHECK_EQ(cases[i].done, thread->done);
        CHECK_EQ(cases[i].result, thread->result[0]);
    }
}

TEST(endpoint_swapped, "endpoint/delete/restarted-call-finds-the-new-endpoint")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    seL4_CPtr fresh = new_object(seL4_EndpointObject, 0);
    thread_t *thread = thread_spawn(BELOW, call, endpoint, 0, 0);
    settle();
    delete_cap(endpoint);
    CHECK_OK(seL4_CNode_Move(ROOT, endpoint, DEPTH, ROOT, fresh, DEPTH));
    settle();
    CHECK_EQ(6 << 12, seL4_NBRecv(endpoint, nullptr).words[0]);
    seL4_Reply(tag(4));
    settle();
    CHECK_EQ(4 << 12, thread->result[0]);
}

TEST(endpoint_copy_deleted, "endpoint/delete/not-the-last-capability")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    seL4_CPtr copy = copy_cap(endpoint, seL4_AllRights);
    thread_t *thread = thread_spawn(ABOVE, send, copy, 0, 0);
    delete_cap(copy);
    CHECK_EQ(5 << 12, seL4_NBRecv(endpoint, nullptr).words[0]);
    CHECK(thread->done);
}

// A badged sender stays queued when its capability is deleted, but not when it is revoked: that
// cancels the sends of the badge.
TEST(badge_revoked, "endpoint/revoke/sends-of-a-revoked-badge-are-cancelled")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    seL4_CPtr badged = mint_cap(endpoint, seL4_AllRights, 3);
    thread_t *thread = thread_spawn(BELOW, send, badged, 0, 0);
    settle();
    delete_cap(badged);
    settle();
    CHECK_EQ(5 << 12, seL4_NBRecv(endpoint, nullptr).words[0]);
    settle();
    CHECK(thread->done);
}

TEST(notification_deleted, "notification/delete/waiting-thread-starts-over")
{
    seL4_CPtr notification = new_object(seL4_NotificationObject, 0);
    seL4_CPtr fresh = new_object(seL4_NotificationObject, 0);
    thread_t *thread = thread_spawn(BELOW, receive, notification, 0, 0);
    settle();
    delete_cap(notification);
    CHECK_OK(seL4_CNode_Move(ROOT, notification, DEPTH, ROOT, fresh, DEPTH));
    settle();
    seL4_Signal(notification);
    settle();
    CHECK(thread->done);
}
