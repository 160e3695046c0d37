// Faults as messages: capability faults, unknown system calls, what a reply does, missing handlers.
#include "ktest.h"

static seL4_MessageInfo_t tag(seL4_Word label, seL4_Word length)
{
    return seL4_MessageInfo_new(label, 0, 0, length);
}

static thread_t *watched_thread(seL4_CPtr handler, thread_entry_t entry, seL4_Word a, seL4_Word b)
{
    thread_t *thread = thread_new_in(ABOVE, (thread_space_t){.fault_ep = handler});
    thread->arg[0] = a;
    thread->arg[1] = b;
    thread_start(thread, entry);
    return thread;
}

// Capability faults. arg[0] is the system call, arg[1] the capability address.
static void use_cap(thread_t *self)
{
    raw_registers_t registers = {
        .rdx = self->arg[0], .rdi = self->arg[1], .rsi = self->arg[2] << 12, .rbx = 0};
    raw_syscall(&registers);
    self->result[0] = registers.rsi;
    self->result[1] = registers.rdi;
}

static void check_cap_fault(seL4_CPtr handler, seL4_Word address, seL4_Word in_receive,
                            words_t failure)
{
    seL4_MessageInfo_t info = seL4_NBRecv(handler, nullptr);
    CHECK_EQ(seL4_Fault_CapFault << 12 | (4 + failure.count - 1), info.words[0]);
    CHECK_EQ((seL4_Word)raw_syscall_return - 2, seL4_GetMR(seL4_CapFault_IP));
    CHECK_EQ(address, seL4_GetMR(seL4_CapFault_Addr));
    CHECK_EQ(in_receive, seL4_GetMR(seL4_CapFault_InRecvPhase));
    for (seL4_Word i = 0; i < failure.count; i++)
        CHECK_EQ(failure.at[i], seL4_GetMR((int)(seL4_CapFault_LookupFailureType + i)));
}

static const seL4_Word sends[] = {(seL4_Word)seL4_SysSend, (seL4_Word)seL4_SysCall};
static const seL4_Word receives[] = {(seL4_Word)seL4_SysRecv, (seL4_Word)seL4_SysNBRecv,
                                     (seL4_Word)seL4_SysReplyRecv};

TEST(send_guard, "fault/cap/send-and-call-guard-mismatch")
{
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0);
    for (int i = 0; i < 2; i++) {
        watched_thread(handler, use_cap, sends[i], 1ull << 40);
        check_cap_fault(handler, 1ull << 40, 0, WORDS(seL4_GuardMismatch, 64, 0, 45));
    }
}

TEST(recv_guard, "fault/cap/receive-guard-mismatch")
{
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0);
    for (int i = 0; i < 3; i++) {
        watched_thread(handler, use_cap, receives[i], 1ull << 40);
        check_cap_fault(handler, 1ull << 40, 1, WORDS(seL4_GuardMismatch, 64, 0, 45));
    }
}

TEST(recv_empty, "fault/cap/receive-on-empty-slot")
{
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0), empty = new_slot();
    for (int i = 0; i < 3; i++) {
        watched_thread(handler, use_cap, receives[i], empty);
        check_cap_fault(handler, empty, 1, WORDS(seL4_MissingCapability, 0));
    }
}

TEST(recv_other, "fault/cap/receive-on-other-kinds")
{
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0);
    const seL4_CPtr caps[] = {seL4_CapInitThreadTCB, ROOT, pool_untyped(), com1_port};
    for (size_t i = 0; i < sizeof(caps) / sizeof(caps[0]); i++) {
        watched_thread(handler, use_cap, (seL4_Word)seL4_SysRecv, caps[i]);
        check_cap_fault(handler, caps[i], 1, WORDS(seL4_MissingCapability, 0));
    }
}

TEST(recv_right, "fault/cap/receive-without-read-right")
{
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0);
    static const seL4_ObjectType types[] = {seL4_EndpointObject, seL4_NotificationObject};
    for (int i = 0; i < 6; i++) {
        seL4_CPtr cap = copy_cap(new_object(types[i / 3], 0), seL4_NoRead);
        watched_thread(handler, use_cap, receives[i % 3], cap);
        check_cap_fault(handler, cap, 1, WORDS(seL4_MissingCapability, 0));
    }
}

TEST(recv_bound, "fault/cap/wait-on-notification-bound-to-another")
{
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0);
    seL4_CPtr notification = new_object(seL4_NotificationObject, 0);
    CHECK_OK(seL4_TCB_BindNotification(new_object(seL4_TCBObject, 0), notification));
    for (int i = 0; i < 3; i++) {
        watched_thread(handler, use_cap, receives[i], notification);
        check_cap_fault(handler, notification, 1, WORDS(seL4_MissingCapability, 0));
    }
}

// Send and Call on an empty slot are no fault: a call gets an error, a send goes nowhere.
TEST(send_empty, "fault/cap/send-and-call-on-empty-slot-do-not-fault")
{
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0), empty = new_slot();
    thread_t *thread = watched_thread(handler, use_cap, (seL4_Word)seL4_SysSend, empty);
    CHECK(thread->done);
    thread = watched_thread(handler, use_cap, (seL4_Word)seL4_SysCall, empty);
    CHECK(thread->done);
    CHECK_EQ(seL4_InvalidCapability << 12 | 1, thread->result[0]);
    CHECK_EQ(0, seL4_NBRecv(handler, nullptr).words[0]);
}

TEST(nbsend, "fault/cap/nbsend-never-faults")
{
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0);
    thread_t *thread = watched_thread(handler, use_cap, (seL4_Word)seL4_SysNBSend, 1ull << 40);
    CHECK(thread->done);
    CHECK_EQ(0, seL4_NBRecv(handler, nullptr).words[0]);
}

static void use_extra_cap(thread_t *self)
{
    seL4_SetCap(0, ROOT);
    seL4_SetCap(1, self->arg[1]);
    raw_registers_t registers = {.rdx = self->arg[0], .rdi = self->arg[2], .rsi = 2 << 7};
    raw_syscall(&registers);
}

TEST(extra_caps, "fault/cap/extra-capability-lookup")
{
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0);
    seL4_CPtr targets[] = {new_object(seL4_EndpointObject, 0), seL4_CapInitThreadTCB};
    for (int i = 0; i < 4; i++) {
        thread_t *thread = thread_new_in(ABOVE, (thread_space_t){.fault_ep = handler});
        thread->arg[0] = sends[i & 1];
        thread->arg[1] = 1ull << 40;
        thread->arg[2] = targets[i >> 1];
        thread_start(thread, use_extra_cap);
        check_cap_fault(handler, 1ull << 40, 0, WORDS(seL4_GuardMismatch, 64, 0, 45));
    }
}

// Threads whose CSpace is small or has levels see each kind of lookup failure.
static thread_t *thread_in_node(seL4_CPtr node, seL4_Word data, seL4_Word handler)
{
    thread_t *thread = thread_new(ABOVE);
    CHECK_OK(seL4_TCB_SetSpace(thread->tcb, handler, node, data, seL4_CapInitThreadVSpace, 0));
    return thread;
}

static void check_own_space(seL4_Word guard, seL4_Word guard_bits, seL4_Word address,
                            words_t failure)
{
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0);
    seL4_CPtr node = new_object(seL4_CapTableObject, 4), inner = new_object(seL4_CapTableObject, 3);
    seL4_Word prefix = guard_bits ? guard << (64 - guard_bits) : 0;
    CHECK_OK(seL4_CNode_Copy(node, 1, 4, ROOT, handler, DEPTH, seL4_AllRights));
    CHECK_OK(seL4_CNode_Mint(node, 2, 4, ROOT, inner, DEPTH, seL4_AllRights,
                             seL4_CNode_CapData_new(1, 60 - guard_bits - 3).words[0]));
    CHECK_OK(seL4_CNode_Copy(inner, 1, 3, ROOT, handler, DEPTH, seL4_AllRights));
    seL4_Word handler_address = prefix | 2ull << (60 - guard_bits) | 1ull << 3 | 1;
    thread_t *thread =
        thread_in_node(node, seL4_CNode_CapData_new(guard, guard_bits).words[0], handler_address);
    thread->arg[0] = (seL4_Word)seL4_SysSend;
    thread->arg[1] = address;
    thread_start(thread, use_cap);
    check_cap_fault(handler, address, 0, failure);
}

TEST(own_guard, "fault/cap/guard-of-the-root")
{
    check_own_space(0x5a, 8, 0x5b00000000000000, WORDS(seL4_GuardMismatch, 64, 0x5a, 8));
}

// The CNode of the next level and its guard need more bits than the address has left.
TEST(own_depth, "fault/cap/too-few-bits-for-an-inner-node")
{
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0);
    seL4_CPtr node = new_object(seL4_CapTableObject, 4);
    CHECK_OK(seL4_CNode_Copy(node, 1, 4, ROOT, handler, DEPTH, seL4_AllRights));
    CHECK_OK(seL4_CNode_Mint(node, 2, 4, ROOT, node, DEPTH, seL4_AllRights,
                             seL4_CNode_CapData_new(0, 58).words[0]));
    thread_t *thread = thread_in_node(node, 0, 1ull << 60);
    thread->arg[0] = (seL4_Word)seL4_SysSend;
    thread->arg[1] = 2ull << 60;
    thread_start(thread, use_cap);
    check_cap_fault(handler, 2ull << 60, 0, WORDS(seL4_DepthMismatch, 60, 62));
}

TEST(own_inner, "fault/cap/guard-of-an-inner-node")
{
    check_own_space(0, 0, 0x2000000000000000, WORDS(seL4_GuardMismatch, 60, 1, 57));
}

// A capability that is no CNode ends the walk, whatever bits are left: they are not looked at.
TEST(leaf_bits, "fault/cap/bits-beyond-a-leaf-are-ignored")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    seL4_CPtr node = new_object(seL4_CapTableObject, 4);
    CHECK_OK(seL4_CNode_Copy(node, 1, 4, ROOT, endpoint, DEPTH, seL4_AllRights));
    thread_t *thread = thread_in_node(node, 0, 0);
    thread->arg[0] = (seL4_Word)seL4_SysSend;
    thread->arg[1] = 0x1fedcba987654321;
    thread->arg[2] = 77;
    thread_start(thread, use_cap);
    CHECK_EQ(77 << 12, seL4_NBRecv(endpoint, nullptr).words[0]);
    CHECK(thread->done);
}

static void use_null_root(thread_t *self)
{
    use_cap(self);
}

// Without a CNode as root nothing can be looked up, not even the handler: the thread just stops.
TEST(no_root, "fault/cap/cspace-deleted")
{
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0);
    seL4_CPtr node = new_object(seL4_CapTableObject, 4);
    CHECK_OK(seL4_CNode_Copy(node, 1, 4, ROOT, handler, DEPTH, seL4_AllRights));
    thread_t *thread = thread_in_node(node, seL4_CNode_CapData_new(0, 60).words[0], 1);
    CHECK_OK(seL4_CNode_Revoke(ROOT, node, DEPTH));
    thread->arg[0] = (seL4_Word)seL4_SysSend;
    thread->arg[1] = 5;
    thread_start(thread, use_null_root);
    CHECK(!thread->done);
    CHECK_EQ(0, seL4_NBRecv(handler, nullptr).words[0]);
}

// The address faulted on can be repaired, and the system call is repeated after the reply.
TEST(cap_reply, "fault/cap/reply-repeats-the-call")
{
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0), slot = new_slot();
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    thread_t *thread = watched_thread(handler, use_cap, (seL4_Word)seL4_SysRecv, slot);
    CHECK_EQ(seL4_Fault_CapFault, seL4_MessageInfo_get_label(seL4_Recv(handler, nullptr)));
    CHECK_OK(seL4_CNode_Copy(ROOT, slot, DEPTH, ROOT, endpoint, DEPTH, seL4_AllRights));
    seL4_Reply(tag(0, 0));
    seL4_NBSend(endpoint, tag(7, 0));
    CHECK(thread->done);
    CHECK_EQ(7 << 12, thread->result[0]);
}

TEST(cap_reply_label, "fault/cap/reply-label-is-not-looked-at")
{
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0), slot = new_slot();
    thread_t *thread = watched_thread(handler, use_cap, (seL4_Word)seL4_SysRecv, slot);
    seL4_Recv(handler, nullptr);
    seL4_Reply(tag(1, 0));
    // It has run into the same fault again.
    CHECK_EQ(seL4_Fault_CapFault, seL4_MessageInfo_get_label(seL4_NBRecv(handler, nullptr)));
    CHECK(!thread->done);
}

TEST(reply_recv_fault, "fault/cap/replyrecv-replies-before-it-faults")
{
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0);
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0), empty = new_slot();
    thread_t *caller = watched_thread(handler, use_cap, (seL4_Word)seL4_SysCall, endpoint);
    seL4_Recv(endpoint, nullptr);
    // The server is a thread of its own, with this caller moved to it through a saved reply.
    CHECK_OK(seL4_CNode_SaveCaller(ROOT, empty, DEPTH));
    seL4_Send(empty, tag(3, 0));
    CHECK(caller->done);
    CHECK_EQ(3 << 12, caller->result[0]);
}
