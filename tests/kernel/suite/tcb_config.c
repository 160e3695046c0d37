// Priorities, SetSpace, SetIPCBuffer, Configure: errors, their order, and effects.
#include "ktest.h"

enum { VSPACE = seL4_CapInitThreadVSpace, OWN_TCB = seL4_CapInitThreadTCB, COUNT = 20 };

static seL4_CPtr new_tcb(void)
{
    return new_object(seL4_TCBObject, 0);
}

TEST(priority_errors, "tcb/setpriority/errors")
{
    seL4_CPtr tcb = new_tcb();
    CHECK_ERROR(seL4_TruncatedMessage, invoke(tcb, TCBSetPriority, WORDS(OWN_TCB), WORDS()));
    CHECK_ERROR(seL4_TruncatedMessage, invoke(tcb, TCBSetPriority, WORDS(), WORDS(1)));
    CHECK_ERROR(seL4_InvalidCapability, seL4_TCB_SetPriority(tcb, new_slot(), 1), 1);
    CHECK_ERROR(seL4_InvalidCapability, seL4_TCB_SetPriority(tcb, ROOT, 999), 1);
    CHECK_ERROR(seL4_RangeError, seL4_TCB_SetPriority(tcb, OWN_TCB, 256), 0, 255);
    CHECK_ERROR(seL4_RangeError, seL4_TCB_SetPriority(tcb, OWN_TCB, -1ull), 0, 255);
}

// The authority's maximum counts, the caller's and the target's do not.
TEST(priority_mcp, "tcb/setpriority/limited-by-the-authority")
{
    seL4_CPtr tcb = new_tcb(), authority = new_tcb();
    CHECK_ERROR(seL4_RangeError, seL4_TCB_SetPriority(tcb, authority, 1), 0, 0);
    CHECK_OK(seL4_TCB_SetPriority(tcb, authority, 0));
    CHECK_OK(seL4_TCB_SetMCPriority(authority, OWN_TCB, 7));
    CHECK_OK(seL4_TCB_SetPriority(tcb, authority, 7));
    CHECK_ERROR(seL4_RangeError, seL4_TCB_SetPriority(tcb, authority, 8), 0, 7);
    CHECK_OK(seL4_TCB_SetPriority(tcb, OWN_TCB, 200));
    CHECK_OK(seL4_TCB_SetPriority(tcb, authority, 3)); // down is always possible
}

TEST(mcp, "tcb/setmcpriority/limited-by-the-authority")
{
    seL4_CPtr tcb = new_tcb(), authority = new_tcb();
    CHECK_ERROR(seL4_TruncatedMessage, invoke(tcb, TCBSetMCPriority, WORDS(OWN_TCB), WORDS()));
    CHECK_ERROR(seL4_TruncatedMessage, invoke(tcb, TCBSetMCPriority, WORDS(), WORDS(1)));
    CHECK_ERROR(seL4_InvalidCapability, seL4_TCB_SetMCPriority(tcb, ROOT, 999), 1);
    CHECK_ERROR(seL4_RangeError, seL4_TCB_SetMCPriority(tcb, OWN_TCB, 256), 0, 255);
    CHECK_ERROR(seL4_RangeError, seL4_TCB_SetMCPriority(tcb, authority, 1), 0, 0);
    CHECK_OK(seL4_TCB_SetMCPriority(authority, OWN_TCB, 50));
    CHECK_OK(seL4_TCB_SetMCPriority(tcb, authority, 50));
    CHECK_ERROR(seL4_RangeError, seL4_TCB_SetMCPriority(tcb, authority, 51), 0, 50);
    // A thread may have a priority above its own maximum.
    CHECK_OK(seL4_TCB_SetPriority(tcb, OWN_TCB, 90));
    CHECK_OK(seL4_TCB_SetMCPriority(tcb, tcb, 10));
    CHECK_ERROR(seL4_RangeError, seL4_TCB_SetMCPriority(tcb, tcb, 11), 0, 10);
}

TEST(sched_params, "tcb/setschedparams/errors-and-order")
{
    seL4_CPtr tcb = new_tcb(), authority = new_tcb();
    CHECK_ERROR(seL4_TruncatedMessage, invoke(tcb, TCBSetSchedParams, WORDS(OWN_TCB), WORDS(1)));
    CHECK_ERROR(seL4_TruncatedMessage, invoke(tcb, TCBSetSchedParams, WORDS(), WORDS(1, 1)));
    CHECK_ERROR(seL4_InvalidCapability, seL4_TCB_SetSchedParams(tcb, new_slot(), 999, 999), 1);
    CHECK_OK(seL4_TCB_SetMCPriority(authority, OWN_TCB, 5));
    CHECK_ERROR(seL4_RangeError, seL4_TCB_SetSchedParams(tcb, authority, 6, 0), 0, 5);
    CHECK_ERROR(seL4_RangeError, seL4_TCB_SetSchedParams(tcb, authority, 0, 6), 0, 5);
    CHECK_ERROR(seL4_RangeError, seL4_TCB_SetSchedParams(tcb, OWN_TCB, 256, 0), 0, 255);
    CHECK_OK(seL4_TCB_SetSchedParams(tcb, OWN_TCB, 9, 4)); // maximum, then priority
    CHECK_OK(seL4_TCB_SetPriority(new_tcb(), tcb, 9));
    CHECK_ERROR(seL4_RangeError, seL4_TCB_SetPriority(new_tcb(), tcb, 10), 0, 9);
}

TEST(ipc_buffer, "tcb/setipcbuffer/errors")
{
    seL4_CPtr tcb = new_tcb(), frame = new_object(seL4_X86_4K, 0);
    CHECK_ERROR(seL4_TruncatedMessage, invoke(tcb, TCBSetIPCBuffer, WORDS(), WORDS(0)));
    CHECK_ERROR(seL4_TruncatedMessage, invoke(tcb, TCBSetIPCBuffer, WORDS(frame), WORDS()));
    CHECK_ERROR(seL4_IllegalOperation, seL4_TCB_SetIPCBuffer(tcb, 0x1000, new_slot()));
    CHECK_ERROR(seL4_IllegalOperation, seL4_TCB_SetIPCBuffer(tcb, 0x1001, ROOT));
    for (seL4_Word bit = 0; bit < seL4_IPCBufferSizeBits; bit++)
        CHECK_ERROR(seL4_AlignmentError, seL4_TCB_SetIPCBuffer(tcb, 0x1000 | 1ull << bit, frame));
    CHECK_OK(seL4_TCB_SetIPCBuffer(tcb, 0x1400, frame));
    CHECK_OK(seL4_TCB_SetIPCBuffer(tcb, 0xfffffffffffffc00, frame)); // addresses are not checked
    CHECK_OK(seL4_TCB_SetIPCBuffer(tcb, 0x1000, new_object(seL4_X86_LargePageObject, 0)));
    // Address 0 means no buffer, and the capability is not looked at.
    CHECK_OK(seL4_TCB_SetIPCBuffer(tcb, 0, new_slot()));
    CHECK_OK(seL4_TCB_SetIPCBuffer(tcb, 0, ROOT));
}

TEST(device_buffer, "tcb/setipcbuffer/device-frame-refused")
{
    seL4_CPtr frame = new_slot(), device = bootinfo->untyped.start;
    if (!untyped_desc(0)->isDevice)
        return test_skip("the first untyped is no device");
    CHECK_OK(seL4_Untyped_Retype(device, seL4_X86_4K, 0, ROOT, 0, 0, frame, 1));
    CHECK_ERROR(seL4_IllegalOperation, seL4_TCB_SetIPCBuffer(new_tcb(), 0x1000, frame));
    CHECK_OK(seL4_CNode_Revoke(ROOT, device, DEPTH));
}

// The buffer is found through the frame capability: the kernel needs no mapping at the address.
static void recv_long(thread_t *self)
{
    seL4_Recv(self->arg[0], nullptr);
}

TEST(buffer_use, "tcb/setipcbuffer/offset-within-the-frame")
{
    seL4_CPtr frame, endpoint = new_object(seL4_EndpointObject, 0);
    char *page = new_page(&frame);
    thread_t *thread = thread_new(ABOVE);
    thread->arg[0] = endpoint;
    CHECK_OK(seL4_TCB_SetIPCBuffer(thread->tcb, 0x12345c00, frame));
    thread_start(thread, recv_long);
    seL4_SetMR(10, 0x4321);
    seL4_Send(endpoint, seL4_MessageInfo_new(0, 0, 0, 11));
    CHECK_EQ(0x4321, ((seL4_IPCBuffer *)(page + 0xc00))->msg[10]);
}

TEST(read_only_buffer, "tcb/setipcbuffer/read-only-frame-is-no-receive-buffer")
{
    seL4_CPtr frame, endpoint = new_object(seL4_EndpointObject, 0);
    seL4_IPCBuffer *buffer = new_page(&frame);
    thread_t *thread = thread_new(ABOVE);
    thread->arg[0] = endpoint;
    CHECK_OK(seL4_TCB_SetIPCBuffer(thread->tcb, 0x12345000, copy_cap(frame, seL4_CanRead)));
    thread_start(thread, recv_long);
    seL4_SetMR(10, 0x4321);
    seL4_Send(endpoint, seL4_MessageInfo_new(0, 0, 0, 11));
    CHECK_EQ(0, buffer->msg[10]);
    CHECK(thread->done);
}

// A frame whose last other capability goes is also taken from the thread.
TEST(buffer_revoked, "tcb/setipcbuffer/revoked-frame-is-no-buffer")
{
    seL4_CPtr frame, endpoint = new_object(seL4_EndpointObject, 0);
    seL4_IPCBuffer *buffer = new_page(&frame);
    thread_t *thread = thread_new(ABOVE);
    thread->arg[0] = endpoint;
    CHECK_OK(seL4_TCB_SetIPCBuffer(thread->tcb, 0x12345000, frame));
    CHECK_OK(seL4_CNode_Revoke(ROOT, frame, DEPTH));
    thread_start(thread, recv_long);
    seL4_SetMR(10, 0x4321);
    seL4_Send(endpoint, seL4_MessageInfo_new(0, 0, 0, 11));
    CHECK_EQ(0, buffer->msg[10]);
    CHECK(thread->done);
}

TEST(space_errors, "tcb/setspace/errors")
{
    seL4_CPtr tcb = new_tcb(), empty = new_slot();
    CHECK_ERROR(seL4_TruncatedMessage, invoke(tcb, TCBSetSpace, WORDS(ROOT), WORDS(0, 0, 0)));
    CHECK_ERROR(seL4_TruncatedMessage, invoke(tcb, TCBSetSpace, WORDS(), WORDS(0, 0, 0)));
    CHECK_ERROR(seL4_TruncatedMessage, invoke(tcb, TCBSetSpace, WORDS(ROOT, VSPACE), WORDS(0, 0)));
    CHECK_ERROR(seL4_IllegalOperation, seL4_TCB_SetSpace(tcb, 0, empty, 0, VSPACE, 0));
    CHECK_ERROR(seL4_IllegalOperation, seL4_TCB_SetSpace(tcb, 0, tcb, 0, VSPACE, 0));
    CHECK_ERROR(seL4_IllegalOperation, seL4_TCB_SetSpace(tcb, 0, ROOT, 0, empty, 0));
    CHECK_ERROR(seL4_IllegalOperation, seL4_TCB_SetSpace(tcb, 0, ROOT, 0, tcb, 0));
    CHECK_ERROR(seL4_IllegalOperation, seL4_TCB_SetSpace(tcb, 0, ROOT, 60, VSPACE, 0)); // guard
    // A VSpace that has no ASID can't be used yet.
    CHECK_ERROR(seL4_IllegalOperation,
                seL4_TCB_SetSpace(tcb, 0, ROOT, 0, new_object(seL4_X64_PML4Object, 0), 0));
    CHECK_OK(seL4_TCB_SetSpace(tcb, 0, ROOT, 0, VSPACE, 77)); // no data of a VSpace
    CHECK_OK(
        seL4_TCB_SetSpace(tcb, 1ull << 60, ROOT, 0, VSPACE, 0)); // not looked up before a fault
}

TEST(configure_errors, "tcb/configure/errors-and-order")
{
    seL4_CPtr tcb = new_tcb(), empty = new_slot(), frame = new_object(seL4_X86_4K, 0);
    CHECK_ERROR(seL4_TruncatedMessage,
                invoke(tcb, TCBConfigure, WORDS(ROOT, VSPACE), WORDS(0, 0, 0, 0)));
    CHECK_ERROR(seL4_TruncatedMessage,
                invoke(tcb, TCBConfigure, WORDS(ROOT, VSPACE, frame), WORDS(0, 0, 0)));
    // The buffer, then the CSpace, then the VSpace: told apart by what is wrong with the buffer.
    CHECK_ERROR(seL4_AlignmentError, seL4_TCB_Configure(tcb, 0, empty, 0, empty, 0, 0x1001, frame));
    CHECK_ERROR(seL4_IllegalOperation,
                seL4_TCB_Configure(tcb, 0, ROOT, 0, VSPACE, 0, 0x1001, empty));
    CHECK_ERROR(seL4_IllegalOperation,
                seL4_TCB_Configure(tcb, 0, empty, 0, VSPACE, 0, 0x1000, frame));
    CHECK_ERROR(seL4_IllegalOperation,
                seL4_TCB_Configure(tcb, 0, ROOT, 0, empty, 0, 0x1000, frame));
    CHECK_ERROR(seL4_IllegalOperation,
                seL4_TCB_Configure(tcb, 0, ROOT, 60, VSPACE, 0, 0x1000, frame));
    CHECK_OK(seL4_TCB_Configure(tcb, 0, ROOT, 0, VSPACE, 0, 0, empty));
    CHECK_OK(seL4_TCB_Configure(tcb, 0, ROOT, 0, VSPACE, 0, 0x1000, frame));
}

static void move_away(thread_t *self)
{
    self->result[0] = (seL4_Word)seL4_CNode_Move(self->arg[0], 5, 4, self->arg[0], 4, 4);
}

// A thread in a CSpace of its own: its names are what that CNode and guard make them.
TEST(space_use, "tcb/setspace/names-resolve-in-the-new-cspace")
{
    seL4_CPtr node = new_object(seL4_CapTableObject, 4);
    CHECK_OK(seL4_CNode_Mint(node, 3, 4, ROOT, node, DEPTH, seL4_AllRights, 0));
    CHECK_OK(seL4_CNode_Copy(node, 4, 4, ROOT, ROOT, DEPTH, seL4_AllRights));
    thread_space_t space = {.cspace = node,
                            .cspace_data = seL4_CNode_CapData_new(0xabc, 60 & 0x3f).words[0]};
    thread_t *thread = thread_new(ABOVE);
    CHECK_ERROR(seL4_IllegalOperation, seL4_TCB_SetSpace(thread->tcb, 0, node, 61, VSPACE, 0));
    CHECK_OK(seL4_TCB_SetSpace(thread->tcb, 0, node, space.cspace_data, VSPACE, 0));
    thread->arg[0] = 0xabc << 4 | 3;
    thread_start(thread, move_away);
    CHECK(thread->done);
    CHECK_EQ(seL4_NoError, thread->result[0]);
    CHECK_ERROR(seL4_DeleteFirst, seL4_CNode_Copy(node, 5, 4, ROOT, ROOT, DEPTH, seL4_AllRights));
}

// Spaces stay while a thread is suspended, and a thread without any can be resumed harmlessly.
TEST(unconfigured, "tcb/resume/never-configured")
{
    seL4_CPtr tcb = new_tcb();
    CHECK_OK(seL4_TCB_SetPriority(tcb, OWN_TCB, ABOVE));
    seL4_UserContext context = {.rip = 0x1234};
    CHECK_OK(seL4_TCB_WriteRegisters(tcb, true, 0, COUNT, &context));
    CHECK_OK(seL4_TCB_ReadRegisters(tcb, false, 0, COUNT, &context));
    CHECK_EQ(0x1234, context.rip);
}
