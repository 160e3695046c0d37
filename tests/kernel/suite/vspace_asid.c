// ASID control and pools, VSpaces without ASID, and threads in address spaces of their own.
#include "vspace.h"

static constexpr seL4_Word AT = 0x200000000000;

enum { POOLS = 1 << seL4_NumASIDPoolsBits, POOL_SIZE = 1 << seL4_ASIDPoolIndexBits };
enum { CONTROL = seL4_CapASIDControl, POOL = seL4_CapInitThreadASIDPool };

static seL4_Error make_pool(seL4_CPtr untyped, seL4_CPtr slot)
{
    return seL4_X86_ASIDControl_MakePool(CONTROL, untyped, ROOT, slot, DEPTH);
}

static seL4_CPtr new_pool(void)
{
    seL4_CPtr slot = new_slot();
    CHECK_OK(make_pool(new_object(seL4_UntypedObject, seL4_ASIDPoolBits), slot));
    return slot;
}

TEST(assign_errors, "asid/assign/errors")
{
    seL4_CPtr vspace = new_object(seL4_X64_PML4Object, 0);
    CHECK_ERROR(seL4_TruncatedMessage, invoke(POOL, X86ASIDPoolAssign, WORDS(), WORDS()));
    CHECK_ERROR(seL4_IllegalOperation, invoke(POOL, InvalidInvocation, WORDS(), WORDS()));
    CHECK_ERROR(seL4_InvalidCapability, seL4_X86_ASIDPool_Assign(POOL, new_slot()), 1);
    CHECK_ERROR(seL4_InvalidCapability, seL4_X86_ASIDPool_Assign(POOL, ROOT), 1);
    CHECK_ERROR(seL4_InvalidCapability,
                seL4_X86_ASIDPool_Assign(POOL, new_object(seL4_X86_PDPTObject, 0)), 1);
    CHECK_OK(seL4_X86_ASIDPool_Assign(POOL, vspace));
    CHECK_ERROR(seL4_InvalidCapability, seL4_X86_ASIDPool_Assign(POOL, vspace), 1);
    CHECK_ERROR(seL4_InvalidCapability, seL4_X86_ASIDPool_Assign(new_pool(), vspace), 1);
    CHECK_ERROR(seL4_InvalidCapability, seL4_X86_ASIDPool_Assign(POOL, seL4_CapInitThreadVSpace),
                1);
}

TEST(vspace_label, "asid/vspace/has-no-invocations")
{
    seL4_CPtr vspace = new_vspace();
    CHECK_ERROR(seL4_IllegalOperation, invoke(vspace, InvalidInvocation, WORDS(), WORDS()));
    CHECK_ERROR(seL4_IllegalOperation, invoke(vspace, X86PDPTMap, WORDS(vspace), WORDS(AT, 0)));
}

TEST(pool_errors, "asid/makepool/errors")
{
    seL4_CPtr untyped = new_object(seL4_UntypedObject, 12), slot = new_slot();
    CHECK_ERROR(seL4_IllegalOperation, invoke(CONTROL, InvalidInvocation, WORDS(), WORDS()));
    CHECK_ERROR(seL4_TruncatedMessage,
                invoke(CONTROL, X86ASIDControlMakePool, WORDS(untyped), WORDS(slot, 64)));
    CHECK_ERROR(seL4_TruncatedMessage,
                invoke(CONTROL, X86ASIDControlMakePool, WORDS(untyped, ROOT), WORDS(slot)));
    CHECK_ERROR(seL4_InvalidCapability, make_pool(ROOT, slot), 1);
    CHECK_ERROR(seL4_InvalidCapability, make_pool(new_slot(), slot), 1);
    CHECK_ERROR(seL4_InvalidCapability, make_pool(new_object(seL4_UntypedObject, 11), slot), 1);
    CHECK_ERROR(seL4_InvalidCapability, make_pool(new_object(seL4_UntypedObject, 13), slot), 1);
    CHECK_ERROR(seL4_DeleteFirst, make_pool(untyped, untyped));
    CHECK_ERROR(seL4_FailedLookup,
                seL4_X86_ASIDControl_MakePool(CONTROL, untyped, untyped, slot, DEPTH), 0,
                seL4_InvalidRoot);
    CHECK_ERROR(seL4_FailedLookup, seL4_X86_ASIDControl_MakePool(CONTROL, untyped, ROOT, slot, 63),
                0, seL4_DepthMismatch, 63, 64);
    CHECK_ERROR(seL4_RangeError, seL4_X86_ASIDControl_MakePool(CONTROL, untyped, ROOT, slot, 0), 1,
                64);
    CHECK_OK(make_pool(untyped, slot));
    // The pool is a child of the untyped.
    CHECK_ERROR(seL4_RevokeFirst, make_pool(untyped, new_slot()));
    CHECK_OK(seL4_CNode_Revoke(ROOT, untyped, DEPTH));
    CHECK(slot_is_empty(slot));
    CHECK_OK(make_pool(untyped, slot));
}

TEST(device_pool, "asid/makepool/device-untyped-refused")
{
    for (seL4_Word i = 0; i < untyped_count(); i++) {
        if (untyped_desc(i)->isDevice && untyped_desc(i)->sizeBits == seL4_ASIDPoolBits) {
            CHECK_ERROR(seL4_InvalidCapability, make_pool(bootinfo->untyped.start + i, new_slot()),
                        1);
            return;
        }
    }
    test_skip("no device untyped of that size");
}

// All pools but the initial one; then none is left, whatever else is wrong; then one again.
TEST(all_pools, "asid/makepool/exhaustion")
{
    seL4_CPtr pools = new_slots(POOLS - 1);
    for (seL4_Word i = 0; i < POOLS - 1; i++)
        CHECK_OK(make_pool(new_object(seL4_UntypedObject, 12), pools + i));
    CHECK_ERROR(seL4_DeleteFirst, make_pool(new_object(seL4_UntypedObject, 12), new_slot()));
    CHECK_ERROR(seL4_DeleteFirst, seL4_X86_ASIDControl_MakePool(CONTROL, ROOT, POOL, 0, 0));
    CHECK_ERROR(seL4_TruncatedMessage,
                invoke(CONTROL, X86ASIDControlMakePool, WORDS(ROOT), WORDS(0, 0)));
    delete_cap(pools + 3);
    CHECK_OK(make_pool(new_object(seL4_UntypedObject, 12), pools + 3));
}

TEST(full_pool, "asid/assign/pool-exhaustion")
{
    seL4_CPtr pool = new_pool(), spaces = new_slots(POOL_SIZE + 1);
    seL4_CPtr untyped = new_object(seL4_UntypedObject, seL4_PML4Bits + seL4_ASIDPoolIndexBits + 1);
    for (seL4_Word i = 0; i < POOL_SIZE; i += 256)
        CHECK_OK(seL4_Untyped_Retype(untyped, seL4_X64_PML4Object, 0, ROOT, 0, 0, spaces + i, 256));
    CHECK_OK(
        seL4_Untyped_Retype(untyped, seL4_X64_PML4Object, 0, ROOT, 0, 0, spaces + POOL_SIZE, 1));
    for (seL4_Word i = 0; i < POOL_SIZE; i++)
        CHECK_OK(seL4_X86_ASIDPool_Assign(pool, spaces + i));
    CHECK_ERROR(seL4_DeleteFirst, seL4_X86_ASIDPool_Assign(pool, spaces + POOL_SIZE));
    delete_cap(spaces + 100);
    CHECK_OK(seL4_X86_ASIDPool_Assign(pool, spaces + POOL_SIZE));
}

// Without its pool a VSpace has no ASID any more, although its capability says so.
TEST(pool_deleted, "asid/pool/deleted")
{
    seL4_CPtr pool = new_pool(), vspace = new_object(seL4_X64_PML4Object, 0);
    seL4_CPtr pdpt = new_object(seL4_X86_PDPTObject, 0), frame = new_object(seL4_X86_4K, 0);
    CHECK_OK(seL4_X86_ASIDPool_Assign(pool, vspace));
    delete_cap(pool);
    CHECK_ERROR(seL4_FailedLookup, seL4_X86_PDPT_Map(pdpt, vspace, AT, seL4_X86_WriteBack), 0,
                seL4_InvalidRoot);
    CHECK_ERROR(seL4_FailedLookup, map_page(frame, vspace, AT), 0, seL4_InvalidRoot);
    CHECK_ERROR(seL4_InvalidCapability, seL4_X86_ASIDPool_Assign(POOL, vspace), 1);
}

TEST(pool_copies, "asid/pool/copies")
{
    seL4_CPtr pool = new_pool(), copy = copy_cap(pool, seL4_AllRights);
    seL4_CPtr vspace = new_object(seL4_X64_PML4Object, 0);
    CHECK_OK(seL4_X86_ASIDPool_Assign(copy, vspace));
    delete_cap(pool);
    CHECK_OK(seL4_X86_PDPT_Map(new_object(seL4_X86_PDPTObject, 0), vspace, AT, 0));
}

static void report(thread_t *self)
{
    self->result[0] = *(volatile seL4_Word *)self->arg[0];
}

TEST(process, "vspace/process/own-address-space")
{
    seL4_CPtr frame, vspace = new_process_vspace();
    volatile seL4_Word *mine = new_page(&frame);
    *mine = 0x1234;
    // The page that is mapped here is not mapped there.
    thread_t *thread = thread_new_in(ABOVE, (thread_space_t){.vspace = vspace});
    thread->arg[0] = (seL4_Word)mine;
    thread_start(thread, report);
    CHECK(!thread->done);
    paging_t paging = {.vspace = vspace};
    map_paging(&paging, (seL4_Word)mine);
    CHECK_OK(map_page(copy_cap(frame, seL4_AllRights), vspace, (seL4_Word)mine));
    thread_start(thread, report);
    CHECK(thread->done);
    CHECK_EQ(0x1234, thread->result[0]);
}

static void ping(thread_t *self)
{
    for (seL4_Word i = 0; i < 20; i++) {
        seL4_SetMR(0, i);
        seL4_Call(self->arg[0], seL4_MessageInfo_new(0, 0, 0, 1));
        self->result[0] += seL4_GetMR(0);
    }
}

TEST(process_ipc, "vspace/process/ipc-between-address-spaces")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    thread_t *thread = thread_new_in(ABOVE, (thread_space_t){.vspace = new_process_vspace()});
    thread->arg[0] = endpoint;
    thread_start(thread, ping);
    seL4_Recv(endpoint, nullptr);
    for (int i = 0; i < 19; i++) {
        seL4_SetMR(0, seL4_GetMR(0) * 2);
        seL4_ReplyRecv(endpoint, seL4_MessageInfo_new(0, 0, 0, 1), nullptr);
    }
    seL4_SetMR(0, seL4_GetMR(0) * 2);
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 1));
    CHECK_EQ(380, thread->result[0]);
}

static void count(thread_t *self)
{
    for (;;) {
        self->steps++;
        seL4_Yield();
    }
}

// The address space of a running thread goes: it faults at its next instruction.
TEST(vspace_deleted, "vspace/process/vspace-deleted-under-a-thread")
{
    seL4_CPtr vspace = new_process_vspace();
    thread_t *thread = thread_new_in(RUNNER_PRIORITY, (thread_space_t){.vspace = vspace});
    thread_start(thread, count);
    seL4_Yield();
    CHECK(thread->steps > 0);
    CHECK_OK(seL4_CNode_Revoke(ROOT, vspace, DEPTH)); // also the thread's own copy
    delete_cap(vspace);
    seL4_Word steps = thread->steps;
    seL4_Yield();
    seL4_Yield();
    CHECK_EQ(steps, thread->steps);
}

static void serve(thread_t *self)
{
    seL4_Recv(self->arg[0], nullptr);
    self->steps++;
}

// A waiting server loses its address space. A call reaches it all the same, and it faults when it runs.
TEST(server_without_vspace, "vspace/process/call-to-a-thread-without-vspace")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0), vspace = new_process_vspace();
    seL4_CPtr handler = new_object(seL4_EndpointObject, 0);
    thread_t *server =
        thread_new_in(ABOVE, (thread_space_t){.vspace = vspace, .fault_ep = handler});
    server->arg[0] = endpoint;
    thread_start(server, serve);
    CHECK_OK(seL4_CNode_Revoke(ROOT, vspace, DEPTH));
    delete_cap(vspace);
    seL4_Send(endpoint, seL4_MessageInfo_new(0, 0, 0, 0));
    CHECK_EQ(seL4_Fault_VMFault, seL4_MessageInfo_get_label(seL4_NBRecv(handler, nullptr)));
    CHECK_EQ(0, server->steps);
}
