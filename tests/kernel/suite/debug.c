// Debug system calls. A kernel without them makes them unknown system calls.
#include "ktest.h"

static void identify(thread_t *self)
{
    self->result[0] = seL4_DebugCapIdentify(self->arg[0]);
}

static constexpr seL4_Word NOT_OFFERED = ~0ull;

static seL4_Word identify_in_thread(seL4_CPtr cap)
{
    thread_t *thread =
        thread_new_in(ABOVE, (thread_space_t){.fault_ep = new_object(seL4_EndpointObject, 0)});
    thread->arg[0] = cap;
    thread_start(thread, identify);
    seL4_Word kind = thread->done ? thread->result[0] : NOT_OFFERED;
    thread_reset();
    return kind;
}

static void call(thread_t *self)
{
    seL4_Call(self->arg[0], seL4_MessageInfo_new(0, 0, 0, 0));
}

static seL4_CPtr saved_reply(void)
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0), slot = new_slot();
    thread_spawn(ABOVE, call, endpoint, 0, 0);
    seL4_Recv(endpoint, nullptr);
    CHECK_OK(seL4_CNode_SaveCaller(ROOT, slot, DEPTH));
    return slot;
}

TEST(kinds, "debug/capidentify/every-kind")
{
    if (identify_in_thread(seL4_CapNull) == NOT_OFFERED)
        return test_skip("the kernel offers no debug system calls");

    seL4_CPtr handler = new_slot(), reply = saved_reply();
    CHECK_OK(seL4_IRQControl_GetMSI(seL4_CapIRQControl, ROOT, handler, DEPTH, 0, 0, 0, 0, 60));
    const struct {
        seL4_CPtr cap;
        seL4_Word kind;
    } cases[] = {
        {seL4_CapNull, 0},
        {new_slot(), 0},
        {1ull << 40, 0},
        {seL4_CapBootInfoFrame, 1},
        {pool_untyped(), 2},
        {new_object(seL4_X86_PageTableObject, 0), 3},
        {new_object(seL4_EndpointObject, 0), 4},
        {new_object(seL4_X86_PageDirectoryObject, 0), 5},
        {new_object(seL4_NotificationObject, 0), 6},
        {new_object(seL4_X86_PDPTObject, 0), 7},
        {reply, 8},
        {seL4_CapInitThreadVSpace, 9},
        {ROOT, 10},
        {seL4_CapASIDControl, 11},
        {seL4_CapInitThreadTCB, 12},
        {seL4_CapInitThreadASIDPool, 13},
        {seL4_CapIRQControl, 14},
        {handler, 16},
        {com1_port, 19},
        {seL4_CapDomain, 20},
        {seL4_CapIOPortControl, 31},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        CHECK_EQ(cases[i].kind, identify_in_thread(cases[i].cap));
}

TEST(names, "debug/namethread/accepted")
{
    if (identify_in_thread(seL4_CapNull) == NOT_OFFERED)
        return test_skip("the kernel offers no debug system calls");
    seL4_CPtr tcb = new_object(seL4_TCBObject, 0);
    seL4_DebugNameThread(tcb, "a name");
    seL4_DebugPutChar('\n');
    CHECK_OK(seL4_TCB_Suspend(tcb));
}
