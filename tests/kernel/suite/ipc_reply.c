// Reply capabilities: SaveCaller, answering later and elsewhere, and callers that go away.
#include "ktest.h"

static seL4_MessageInfo_t tag(seL4_Word label)
{
    return seL4_MessageInfo_new(label, 0, 0, 0);
}

static void caller(thread_t *self)
{
    for (;;) {
        self->result[0] = seL4_Call(self->arg[0], tag(self->arg[1])).words[0];
        self->steps++;
    }
}

static seL4_Error save(seL4_CPtr slot)
{
    return seL4_CNode_SaveCaller(ROOT, slot, DEPTH);
}

// A caller that has been received, so that this thread owes it a reply.
static thread_t *received_caller(seL4_CPtr endpoint)
{
    thread_t *thread = thread_spawn(ABOVE, caller, endpoint, 1, 0);
    seL4_Recv(endpoint, nullptr);
    return thread;
}

TEST(save_and_send, "ipc/savecaller/send-answers")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0), slot = new_slot();
    thread_t *thread = received_caller(endpoint);
    CHECK_OK(save(slot));
    seL4_Reply(tag(3)); // nothing there any more
    CHECK_EQ(0, thread->steps);
    seL4_Send(slot, tag(4));
    CHECK_EQ(1, thread->steps);
    CHECK_EQ(4 << 12, thread->result[0]);
    CHECK(slot_is_empty(slot));
}

TEST(save_nothing, "ipc/savecaller/without-caller")
{
    seL4_CPtr slot = new_slot();
    CHECK_OK(save(slot));
    CHECK(slot_is_empty(slot));
}

TEST(save_errors, "ipc/savecaller/errors")
{
    seL4_CPtr full = new_object(seL4_EndpointObject, 0);
    CHECK_ERROR(seL4_DeleteFirst, save(full));
    CHECK_ERROR(seL4_TruncatedMessage, invoke(ROOT, CNodeSaveCaller, WORDS(), WORDS(full)));
    CHECK_ERROR(seL4_RangeError, seL4_CNode_SaveCaller(ROOT, 0, 0), 1, 64);
    CHECK_ERROR(seL4_FailedLookup, seL4_CNode_SaveCaller(ROOT, 0, 63), 0, seL4_DepthMismatch, 63,
                64);
}

TEST(save_order, "ipc/savecaller/answers-in-any-order")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0), slots = new_slots(3);
    thread_t *threads[3];
    for (seL4_Word i = 0; i < 3; i++) {
        threads[i] = received_caller(endpoint);
        CHECK_OK(save(slots + i));
    }
    static const int order[] = {1, 2, 0};
    for (int i = 0; i < 3; i++) {
        seL4_Send(slots + (seL4_Word)order[i], tag(10));
        CHECK_EQ(1, threads[order[i]]->steps);
    }
}

TEST(reply_by_call, "ipc/replycap/call-answers-and-returns")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0), slot = new_slot();
    thread_t *thread = received_caller(endpoint);
    CHECK_OK(save(slot));
    CHECK_EQ(0, seL4_Call(slot, tag(6)).words[0]);
    CHECK_EQ(1, thread->steps);
    CHECK_EQ(6 << 12, thread->result[0]);
}

TEST(reply_by_nbsend, "ipc/replycap/nbsend-answers")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0), slot = new_slot();
    thread_t *thread = received_caller(endpoint);
    CHECK_OK(save(slot));
    seL4_NBSend(slot, tag(6));
    CHECK_EQ(1, thread->steps);
    seL4_NBSend(slot, tag(6)); // an empty slot: no effect
    CHECK_EQ(1, thread->steps);
}

TEST(no_copies, "ipc/replycap/cannot-be-copied")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0), slot = new_slot(), other = new_slot();
    thread_t *thread = received_caller(endpoint);
    CHECK_OK(save(slot));
    CHECK_ERROR(seL4_IllegalOperation,
                seL4_CNode_Copy(ROOT, other, DEPTH, ROOT, slot, DEPTH, seL4_AllRights));
    CHECK_ERROR(seL4_IllegalOperation,
                seL4_CNode_Mint(ROOT, other, DEPTH, ROOT, slot, DEPTH, seL4_AllRights, 0));
    CHECK_OK(seL4_CNode_Move(ROOT, other, DEPTH, ROOT, slot, DEPTH));
    CHECK(slot_is_empty(slot));
    CHECK_OK(seL4_CNode_Mutate(ROOT, slot, DEPTH, ROOT, other, DEPTH, 0));
    seL4_Send(slot, tag(2));
    CHECK_EQ(1, thread->steps);
}

TEST(deleted, "ipc/replycap/deleted-leaves-the-caller-waiting")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0), slot = new_slot();
    thread_t *thread = received_caller(endpoint);
    CHECK_OK(save(slot));
    delete_cap(slot);
    settle();
    CHECK_EQ(0, thread->steps);
    // Suspended and resumed, it calls again.
    CHECK_OK(seL4_TCB_Suspend(thread->tcb));
    CHECK_OK(seL4_TCB_Resume(thread->tcb));
    CHECK_EQ(1 << 12, seL4_Recv(endpoint, nullptr).words[0]);
    seL4_Reply(tag(2));
    CHECK_EQ(1, thread->steps);
}

TEST(caller_suspended, "ipc/replycap/vanishes-when-the-caller-is-suspended")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0), slot = new_slot();
    thread_t *thread = received_caller(endpoint);
    CHECK_OK(save(slot));
    CHECK_OK(seL4_TCB_Suspend(thread->tcb));
    CHECK(slot_is_empty(slot));
    CHECK_OK(seL4_TCB_Resume(thread->tcb));
    seL4_Recv(endpoint, nullptr);
    CHECK_OK(seL4_TCB_Suspend(thread->tcb));
    seL4_Reply(tag(1)); // the unsaved one is gone as well
    CHECK_EQ(0, thread->steps);
}

TEST(caller_resumed, "ipc/replycap/vanishes-when-the-caller-is-resumed")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0), slot = new_slot();
    thread_t *thread = received_caller(endpoint);
    CHECK_OK(save(slot));
    CHECK_OK(seL4_TCB_Resume(thread->tcb));
    CHECK(slot_is_empty(slot));
    CHECK_EQ(1 << 12, seL4_NBRecv(endpoint, nullptr).words[0]); // it has called again
}

TEST(caller_deleted, "ipc/replycap/vanishes-with-the-caller")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0), slot = new_slot();
    thread_t *thread = received_caller(endpoint);
    CHECK_OK(save(slot));
    delete_cap(thread->tcb);
    CHECK(slot_is_empty(slot));
}

TEST(endpoint_deleted, "ipc/replycap/outlives-the-endpoint")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0), slot = new_slot();
    thread_t *thread = received_caller(endpoint);
    thread->arg[0] = new_object(seL4_EndpointObject, 0);
    CHECK_OK(save(slot));
    CHECK_OK(seL4_CNode_Revoke(ROOT, endpoint, DEPTH));
    delete_cap(endpoint);
    seL4_Send(slot, tag(9));
    CHECK_EQ(1, thread->steps);
    CHECK_EQ(9 << 12, thread->result[0]);
}

// A saved reply capability is a child of the caller's TCB slot, not of the TCB capability.
TEST(tcb_revoked, "ipc/replycap/survives-revoke-of-the-tcb-capability")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0), slot = new_slot();
    thread_t *thread = received_caller(endpoint);
    CHECK_OK(save(slot));
    CHECK_OK(seL4_CNode_Revoke(ROOT, thread->tcb, DEPTH));
    CHECK(!slot_is_empty(slot));
    CHECK_OK(seL4_CNode_Revoke(ROOT, slot, DEPTH));
    seL4_Send(slot, tag(9));
    CHECK_EQ(1, thread->steps);
}

static void server_that_passes_on(thread_t *self)
{
    seL4_Recv(self->arg[0], nullptr);
    self->result[0] = (seL4_Word)seL4_CNode_SaveCaller(ROOT, self->arg[1], DEPTH);
}

TEST(other_thread, "ipc/replycap/another-thread-answers")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0), slot = new_slot();
    thread_t *server = thread_spawn(ABOVE, server_that_passes_on, endpoint, slot, 0);
    thread_t *thread = thread_spawn(BELOW, caller, endpoint, 1, 0);
    settle();
    CHECK(server->done);
    seL4_Send(slot, tag(5));
    settle();
    CHECK_EQ(1, thread->steps);
    CHECK_EQ(5 << 12, thread->result[0]);
}

TEST(recv_on_reply, "ipc/replycap/reply-goes-before-the-receive")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    thread_t *first = thread_spawn(ABOVE, caller, endpoint, 1, 0);
    seL4_Recv(endpoint, nullptr);
    // The answered caller, being of higher priority, calls again within this one system call.
    CHECK_EQ(1 << 12, seL4_ReplyRecv(endpoint, tag(7), nullptr).words[0]);
    CHECK_EQ(1, first->steps);
    CHECK_EQ(7 << 12, first->result[0]);
}

static void badged_sender(thread_t *self)
{
    seL4_Send(self->arg[0], tag(self->arg[1]));
}

TEST(cancel, "cnode/cancelbadgedsends/only-that-badge")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    seL4_CPtr one = mint_cap(endpoint, seL4_AllRights, 1),
              two = mint_cap(endpoint, seL4_AllRights, 2);
    for (seL4_Word i = 0; i < 4; i++)
        thread_spawn(ABOVE, badged_sender, i & 1 ? two : one, i, 0);
    CHECK_OK(seL4_CNode_CancelBadgedSends(ROOT, one, DEPTH));
    // The cancelled ones have started over, behind those who stayed; each was put at the head of
    // the ready queue, so the last one ran first.
    static const seL4_Word order[] = {1, 3, 2, 0};
    for (int i = 0; i < 4; i++)
        CHECK_EQ(order[i] << 12, seL4_NBRecv(endpoint, nullptr).words[0]);
}

TEST(cancel_calls, "cnode/cancelbadgedsends/calls-too")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    seL4_CPtr one = mint_cap(endpoint, seL4_AllRights, 1),
              two = mint_cap(endpoint, seL4_AllRights, 2);
    thread_spawn(ABOVE, caller, one, 1, 0);
    thread_spawn(ABOVE, caller, two, 2, 0);
    CHECK_OK(seL4_CNode_CancelBadgedSends(ROOT, one, DEPTH));
    CHECK_EQ(2 << 12, seL4_NBRecv(endpoint, nullptr).words[0]);
    CHECK_EQ(1 << 12, seL4_NBRecv(endpoint, nullptr).words[0]);
}

TEST(cancel_errors, "cnode/cancelbadgedsends/errors")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    CHECK_ERROR(seL4_TruncatedMessage,
                invoke(ROOT, CNodeCancelBadgedSends, WORDS(), WORDS(endpoint)));
    CHECK_ERROR(seL4_RangeError, seL4_CNode_CancelBadgedSends(ROOT, endpoint, 0), 1, 64);
    CHECK_ERROR(seL4_FailedLookup, seL4_CNode_CancelBadgedSends(ROOT, endpoint, 63), 0,
                seL4_DepthMismatch, 63, 64);
    CHECK_ERROR(seL4_IllegalOperation, seL4_CNode_CancelBadgedSends(ROOT, new_slot(), DEPTH));
    CHECK_ERROR(seL4_IllegalOperation,
                seL4_CNode_CancelBadgedSends(ROOT, seL4_CapInitThreadTCB, DEPTH));
    CHECK_ERROR(seL4_IllegalOperation,
                seL4_CNode_CancelBadgedSends(ROOT, new_object(seL4_NotificationObject, 0), DEPTH));
    static const seL4_Word missing[] = {7, 11, 13, 14};
    for (int i = 0; i < 4; i++) {
        seL4_CPtr cap = mint_cap(endpoint, (seL4_CapRights_t){{missing[i]}}, 1);
        CHECK_ERROR(seL4_IllegalOperation, seL4_CNode_CancelBadgedSends(ROOT, cap, DEPTH));
    }
    CHECK_OK(seL4_CNode_CancelBadgedSends(ROOT, mint_cap(endpoint, seL4_AllRights, 1), DEPTH));
    CHECK_OK(seL4_CNode_CancelBadgedSends(ROOT, endpoint, DEPTH));
}

TEST(cancel_unbadged, "cnode/cancelbadgedsends/unbadged-cancels-nothing")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    thread_spawn(ABOVE, badged_sender, endpoint, 1, 0);
    thread_spawn(ABOVE, badged_sender, mint_cap(endpoint, seL4_AllRights, 1), 2, 0);
    CHECK_OK(seL4_CNode_CancelBadgedSends(ROOT, endpoint, DEPTH));
    CHECK_EQ(1 << 12, seL4_NBRecv(endpoint, nullptr).words[0]);
    CHECK_EQ(2 << 12, seL4_NBRecv(endpoint, nullptr).words[0]);
}
