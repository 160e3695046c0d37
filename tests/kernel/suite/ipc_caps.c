// Capabilities in messages: transfer into the receive slot, unwrapping, and the rights it takes.
#include "ktest.h"

// A receiver with a receive slot; what it got is in result: tag, badge, caps_or_badges[0..2].
typedef struct pair {
    seL4_CPtr endpoint;
    seL4_CPtr slot;
    thread_t *receiver;
} pair_t;

static void receiver(thread_t *self)
{
    if (self->arg[1])
        seL4_SetCapReceivePath(self->arg[2], self->arg[1], self->arg[3]);
    for (int i = 0; i < 3; i++)
        seL4_SetCap(i, 0xeeee);
    seL4_Word badge;
    self->result[0] = seL4_Recv(self->arg[0], &badge).words[0];
    self->result[1] = badge;
    for (int i = 0; i < 3; i++)
        self->result[2 + i] = seL4_GetBadge(i);
}

static pair_t new_pair(void)
{
    pair_t pair = {new_object(seL4_EndpointObject, 0), new_slot(), thread_new(ABOVE)};
    pair.receiver->arg[0] = pair.endpoint;
    pair.receiver->arg[1] = pair.slot;
    pair.receiver->arg[2] = ROOT;
    pair.receiver->arg[3] = 64;
    return pair;
}

static void send_caps(seL4_CPtr endpoint, words_t caps)
{
    for (seL4_Word i = 0; i < caps.count; i++)
        seL4_SetCap((int)i, caps.at[i]);
    seL4_Send(endpoint, seL4_MessageInfo_new(0, 0, caps.count, 0));
}

// Start the receiver, send, and check tag (capsUnwrapped, extraCaps).
static void exchange(const pair_t *pair, seL4_CPtr endpoint, words_t caps, seL4_Word unwrapped,
                     seL4_Word extra)
{
    thread_start(pair->receiver, receiver);
    send_caps(endpoint, caps);
    CHECK_EQ(seL4_MessageInfo_new(0, unwrapped, extra, 0).words[0], pair->receiver->result[0]);
}

static bool same_endpoint(seL4_CPtr cap, seL4_CPtr endpoint)
{
    seL4_NBSend(cap, seL4_MessageInfo_new(0, 0, 0, 0));
    (void)endpoint;
    return !slot_is_empty(cap);
}

TEST(transfer, "ipc/caps/transfer")
{
    pair_t pair = new_pair();
    seL4_CPtr other = new_object(seL4_NotificationObject, 0);
    exchange(&pair, pair.endpoint, WORDS(other), 0, 1);
    CHECK(!slot_is_empty(pair.slot) && !slot_is_empty(other));
    seL4_Signal(mint_cap(pair.slot, seL4_AllRights, 5));
    seL4_Word badge = 0;
    seL4_Poll(other, &badge);
    CHECK_EQ(5, badge);
    // The transferred capability is a copy, a child of the original.
    CHECK_OK(seL4_CNode_Revoke(ROOT, other, DEPTH));
    CHECK(slot_is_empty(pair.slot));
}

TEST(sender_waits, "ipc/caps/transfer-from-waiting-sender")
{
    pair_t pair = new_pair();
    seL4_CPtr other = new_object(seL4_NotificationObject, 0);
    seL4_SetCapReceivePath(ROOT, pair.slot, 64);
    thread_t *thread = thread_new(ABOVE);
    thread->ipc->caps_or_badges[0] = other;
    seL4_UserContext context = {.rip = (seL4_Word)raw_syscall_return - 2, // the syscall itself
                                .rdx = (seL4_Word)seL4_SysSend,
                                .rdi = pair.endpoint,
                                .rsi = 1 << 12 | 1 << 7,
                                .gs_base = (seL4_Word)thread};
    CHECK_OK(seL4_TCB_WriteRegisters(thread->tcb, true, 0, 20, &context));
    CHECK_EQ(1 << 12 | 1 << 7, seL4_Recv(pair.endpoint, nullptr).words[0]);
    CHECK_OK(seL4_TCB_Suspend(thread->tcb));
    CHECK(!slot_is_empty(pair.slot));
    seL4_SetCapReceivePath(0, 0, 0);
}

TEST(no_grant, "ipc/caps/without-grant-nothing-passes")
{
    pair_t pair = new_pair();
    seL4_CPtr other = new_object(seL4_NotificationObject, 0);
    exchange(&pair, copy_cap(pair.endpoint, seL4_ReadWrite), WORDS(other), 0, 0);
    CHECK(slot_is_empty(pair.slot));
    exchange(&pair, copy_cap(pair.endpoint, seL4_CapRights_new(1, 0, 1, 1)), WORDS(other), 0, 0);
    CHECK(slot_is_empty(pair.slot));
    // Nothing is unwrapped either.
    exchange(&pair, copy_cap(pair.endpoint, seL4_ReadWrite), WORDS(pair.endpoint), 0, 0);
    CHECK_EQ(0xeeee, pair.receiver->result[2]);
    exchange(&pair, copy_cap(pair.endpoint, seL4_CapRights_new(0, 1, 0, 1)), WORDS(other), 0, 1);
}

TEST(receiver_grant, "ipc/caps/receiver-needs-no-grant")
{
    pair_t pair = new_pair();
    pair.receiver->arg[0] = copy_cap(pair.endpoint, seL4_CanRead);
    exchange(&pair, pair.endpoint, WORDS(seL4_CapInitThreadTCB), 0, 1);
    CHECK(!slot_is_empty(pair.slot));
}

TEST(unwrap, "ipc/caps/unwrap-same-endpoint")
{
    pair_t pair = new_pair();
    seL4_CPtr badged = mint_cap(pair.endpoint, seL4_AllRights, 0x55);
    exchange(&pair, pair.endpoint, WORDS(badged), 1, 1);
    CHECK_EQ(0x55, pair.receiver->result[2]);
    CHECK(slot_is_empty(pair.slot));
    exchange(&pair, badged, WORDS(badged, pair.endpoint, badged), 7, 3);
    CHECK_EQ(0x55, pair.receiver->result[1]);
    CHECK_EQ(0x55, pair.receiver->result[2]);
    CHECK_EQ(0, pair.receiver->result[3]);
    CHECK_EQ(0x55, pair.receiver->result[4]);
}

TEST(unwrap_rights, "ipc/caps/unwrap-whatever-rights")
{
    pair_t pair = new_pair();
    seL4_CPtr badged = mint_cap(pair.endpoint, seL4_NoRights, 0x56);
    exchange(&pair, pair.endpoint, WORDS(badged), 1, 1);
    CHECK_EQ(0x56, pair.receiver->result[2]);
}

TEST(other_endpoint, "ipc/caps/other-endpoint-is-transferred")
{
    pair_t pair = new_pair();
    seL4_CPtr other = new_object(seL4_EndpointObject, 0);
    exchange(&pair, pair.endpoint, WORDS(mint_cap(other, seL4_AllRights, 3)), 0, 1);
    CHECK(same_endpoint(pair.slot, other));
}

TEST(one_slot, "ipc/caps/one-transfer-a-message")
{
    pair_t pair = new_pair();
    seL4_CPtr a = new_object(seL4_NotificationObject, 0), b = new_object(seL4_TCBObject, 0);
    seL4_CPtr badged = mint_cap(pair.endpoint, seL4_AllRights, 0x55);
    exchange(&pair, pair.endpoint, WORDS(a, b), 0, 1);
    delete_cap(pair.slot);
    // Unwrapped ones in between count on; the second transfer ends it, also for what follows.
    exchange(&pair, pair.endpoint, WORDS(badged, a, badged), 5, 3);
    CHECK_EQ(0x55, pair.receiver->result[2]);
    CHECK_EQ(0x55, pair.receiver->result[4]);
    delete_cap(pair.slot);
    exchange(&pair, pair.endpoint, WORDS(a, b, badged), 0, 1);
    CHECK_EQ(0xeeee, pair.receiver->result[4]);
}

TEST(no_slot, "ipc/caps/no-receive-slot")
{
    pair_t pair = new_pair();
    pair.receiver->arg[1] = 0;
    seL4_CPtr badged = mint_cap(pair.endpoint, seL4_AllRights, 0x55);
    exchange(&pair, pair.endpoint, WORDS(badged, seL4_CapInitThreadTCB, badged), 1, 1);
    CHECK_EQ(0x55, pair.receiver->result[2]);
    CHECK_EQ(0xeeee, pair.receiver->result[4]);
}

TEST(full_slot, "ipc/caps/receive-slot-occupied")
{
    pair_t pair = new_pair();
    pair.receiver->arg[1] = new_object(seL4_EndpointObject, 0);
    exchange(&pair, pair.endpoint, WORDS(seL4_CapInitThreadTCB), 0, 0);
}

TEST(bad_paths, "ipc/caps/receive-path-does-not-resolve")
{
    const seL4_Word paths[][3] = {
        // root, index, depth
        {new_slot(), new_slot(), 64},
        {1ull << 50, new_slot(), 64},
        {ROOT, new_slot(), 0},
        {ROOT, new_slot(), 63},
        {ROOT, new_slot(), 65},
        {ROOT, 1ull << 50, 64},
        {seL4_CapInitThreadTCB, new_slot(), 64},
    };
    pair_t pair = new_pair();
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        pair.receiver->arg[2] = paths[i][0];
        pair.receiver->arg[1] = paths[i][1];
        pair.receiver->arg[3] = paths[i][2];
        exchange(&pair, pair.endpoint, WORDS(seL4_CapInitThreadTCB), 0, 0);
    }
}

TEST(other_node, "ipc/caps/receive-slot-in-another-cnode")
{
    pair_t pair = new_pair();
    seL4_CPtr node = new_object(seL4_CapTableObject, 3);
    pair.receiver->arg[2] = node;
    pair.receiver->arg[1] = 5;
    pair.receiver->arg[3] = 3;
    exchange(&pair, pair.endpoint, WORDS(seL4_CapInitThreadTCB), 0, 1);
    CHECK_ERROR(seL4_DeleteFirst, seL4_CNode_Copy(node, 5, 3, ROOT, ROOT, DEPTH, seL4_AllRights));
}

TEST(underivable, "ipc/caps/capability-without-copies")
{
    pair_t pair = new_pair();
    seL4_CPtr untyped = new_object(seL4_UntypedObject, 12), child = new_slot();
    CHECK_OK(seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, ROOT, 0, 0, child, 1));
    exchange(&pair, pair.endpoint, WORDS(seL4_CapIRQControl), 0, 0);
    exchange(&pair, pair.endpoint, WORDS(untyped), 0, 0);
    exchange(&pair, pair.endpoint, WORDS(new_object(seL4_X86_PageTableObject, 0)), 0, 0);
    CHECK(slot_is_empty(pair.slot));
}

TEST(null_cap, "ipc/caps/empty-slot-among-them")
{
    pair_t pair = new_pair();
    seL4_CPtr badged = mint_cap(pair.endpoint, seL4_AllRights, 0x55);
    exchange(&pair, pair.endpoint, WORDS(new_slot(), badged), 0, 0);
    exchange(&pair, pair.endpoint, WORDS(badged, new_slot(), badged), 1, 1);
}

static void call_with_slot(thread_t *self)
{
    seL4_SetCapReceivePath(ROOT, self->arg[1], 64);
    self->result[0] = seL4_Call(self->arg[0], seL4_MessageInfo_new(0, 0, 0, 0)).words[0];
    self->result[1] = 1;
}

// Whether a capability comes with a reply is decided by the grant right of the receiver's endpoint
// capability, at the time of the call.
TEST(reply_caps, "ipc/caps/in-a-reply")
{
    static const struct {
        seL4_Word grant, extra;
    } cases[] = {{1, 1}, {0, 0}};
    for (int i = 0; i < 2; i++) {
        seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0), slot = new_slot();
        seL4_CPtr own = copy_cap(endpoint, seL4_CapRights_new(0, cases[i].grant, 1, 0));
        thread_t *thread = thread_spawn(ABOVE, call_with_slot, endpoint, slot, 0);
        seL4_Recv(own, nullptr);
        seL4_SetCap(0, seL4_CapInitThreadTCB);
        seL4_Reply(seL4_MessageInfo_new(4, 0, 1, 0));
        CHECK_EQ(4 << 12 | cases[i].extra << 7, thread->result[0]);
        CHECK_EQ(!cases[i].extra, slot_is_empty(slot));
    }
}

TEST(reply_unwrap, "ipc/caps/reply-does-not-unwrap")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0), slot = new_slot();
    thread_t *thread = thread_spawn(ABOVE, call_with_slot, endpoint, slot, 0);
    seL4_Recv(endpoint, nullptr);
    seL4_SetCap(0, endpoint);
    seL4_Reply(seL4_MessageInfo_new(4, 0, 1, 0));
    CHECK_EQ(4 << 12 | 1 << 7, thread->result[0]);
    CHECK(!slot_is_empty(slot));
}

TEST(call_rights, "ipc/rights/call-needs-grant-or-grantreply")
{
    static const struct {
        seL4_Word grant_reply, grant;
        bool answered;
    } cases[] = {{0, 0, false}, {1, 0, true}, {0, 1, true}, {1, 1, true}};
    for (int first = 0; first < 2; first++) {
        for (int i = 0; i < 4; i++) {
            seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
            seL4_CPtr cap =
                copy_cap(endpoint, seL4_CapRights_new(cases[i].grant_reply, cases[i].grant, 0, 1));
            thread_t *thread = thread_spawn(first ? ABOVE : BELOW, call_with_slot, cap, 0, 0);
            seL4_Recv(endpoint, nullptr);
            seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
            settle();
            CHECK_EQ(cases[i].answered, thread->result[1]);
        }
    }
}

TEST(write_right, "ipc/rights/send-needs-write")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    seL4_CPtr readable = copy_cap(endpoint, seL4_NoWrite);
    seL4_Send(readable, seL4_MessageInfo_new(1, 0, 0, 0)); // comes back at once
    seL4_NBSend(readable, seL4_MessageInfo_new(1, 0, 0, 0));
    CHECK_ERROR(seL4_InvalidCapability, invoke(readable, 1, WORDS(), WORDS()), 0);
    CHECK_EQ((seL4_Word)seL4_InvalidCapability << 12 | 1, invoke_reply.words[0]);
    seL4_Word badge = 5;
    seL4_NBRecv(endpoint, &badge);
    CHECK_EQ(0, badge);
}
