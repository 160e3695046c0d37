#include "sandbox.h"

#include "vspace.h"

enum {
    UNTYPED_BITS = 18,
    FRESH_BITS = seL4_LargePageBits + 1,
    INNER_BITS = 4,
    VECTOR = 50,
    PORT = 0x80,
    MOST_ANSWERS = 8
};

// Unmapped paging structures have no copies, so some objects are made in place, in this order.
static const struct {
    seL4_ObjectType type;
    seL4_Word bits;
    seL4_InvocationLabel map; // at address 0 of the sandbox's VSpace, every so often
} fresh[] = {
    {seL4_X86_PDPTObject, 0, X86PDPTMap},
    {seL4_X86_PageDirectoryObject, 0, X86PageDirectoryMap},
    {seL4_X86_PageTableObject, 0, X86PageTableMap},
    {seL4_EndpointObject, 0, 0},
    {seL4_NotificationObject, 0, 0},
    {seL4_CapTableObject, 3, 0},
    {seL4_X64_PML4Object, 0, 0},
    {seL4_UntypedObject, seL4_ASIDPoolBits, 0},
    {seL4_X86_4K, 0, 0},
    {seL4_X86_LargePageObject, 0, 0},
};

static_assert(sizeof(fresh) / sizeof(fresh[0]) == SANDBOX_FIXED - SANDBOX_PDPT);

static seL4_CPtr node, fresh_untyped, staging;
static seL4_Word refills;
static seL4_CPtr originals[SANDBOX_PDPT];

// Answers each message by its own words, but not for ever: a thread whose faults come here would be
// resumed, and fault again, without end.
static void serve(thread_t *self)
{
    seL4_MessageInfo_t info = seL4_Recv(self->arg[0], nullptr);
    for (;;) {
        if (++self->steps % MOST_ANSWERS == 0)
            info = seL4_Recv(self->arg[0], nullptr);
        else
            info = seL4_ReplyRecv(self->arg[0], seL4_MessageInfo_new(0, 0, 0, info.words[0] & 127),
                                  nullptr);
    }
}

static seL4_CPtr make_handler(void)
{
    seL4_CPtr slot = new_slot();
    CHECK_OK(seL4_IRQControl_GetMSI(seL4_CapIRQControl, ROOT, slot, DEPTH, 0, 0, 0, 0, VECTOR));
    return slot;
}

static seL4_CPtr make_ports(void)
{
    seL4_CPtr slot = new_slot();
    CHECK_OK(seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, PORT, PORT, ROOT, slot, DEPTH));
    return slot;
}

void sandbox_make(seL4_Word server_priority)
{
    node = new_object(seL4_CapTableObject, SANDBOX_BITS);
    staging = new_slot();
    refills = 0;
    fresh_untyped = new_object(seL4_UntypedObject, FRESH_BITS);
    originals[SANDBOX_NODE] = node;
    originals[SANDBOX_UNTYPED] = new_object(seL4_UntypedObject, UNTYPED_BITS);
    originals[SANDBOX_ENDPOINT] = new_object(seL4_EndpointObject, 0);
    originals[SANDBOX_NOTIFICATION] = new_object(seL4_NotificationObject, 0);
    originals[SANDBOX_TCB] = new_object(seL4_TCBObject, 0);
    originals[SANDBOX_TCB_2] = new_object(seL4_TCBObject, 0);
    originals[SANDBOX_TCB_3] = new_object(seL4_TCBObject, 0);
    originals[SANDBOX_FRAME] = new_object(seL4_X86_4K, 0);
    originals[SANDBOX_VSPACE] = new_vspace();
    originals[SANDBOX_POOL] = seL4_CapInitThreadASIDPool;
    originals[SANDBOX_ASID_CONTROL] = seL4_CapASIDControl;
    originals[SANDBOX_HANDLER] = make_handler();
    originals[SANDBOX_PORTS] = make_ports();
    originals[SANDBOX_INNER_NODE] = new_object(seL4_CapTableObject, INNER_BITS);
    originals[SANDBOX_SERVER] = new_object(seL4_EndpointObject, 0);
    thread_spawn(server_priority, serve, originals[SANDBOX_SERVER], 0, 0);
    sandbox_refill(false);
}

seL4_CPtr sandbox_original(seL4_Word place)
{
    return originals[place];
}

// A badged copy of the endpoints, so that badges and unwrapping take part.
static seL4_Word badge_of(seL4_Word index)
{
    return index == SANDBOX_ENDPOINT || index == SANDBOX_NOTIFICATION ? index : 0;
}

static void refill_fresh(void)
{
    CHECK_OK(seL4_CNode_Revoke(ROOT, fresh_untyped, DEPTH));
    seL4_Word mapped = refills++ % 4; // none of the paging structures, the first, two, all three
    for (seL4_Word i = 0; i < SANDBOX_FIXED - SANDBOX_PDPT; i++) {
        (void)seL4_CNode_Delete(node, SANDBOX_PDPT + i, SANDBOX_BITS);
        CHECK_OK(seL4_Untyped_Retype(fresh_untyped, fresh[i].type, fresh[i].bits, ROOT, 0, 0,
                                     staging, 1));
        if (i < mapped && fresh[i].map)
            (void)invoke(staging, fresh[i].map, WORDS(originals[SANDBOX_VSPACE]),
                         WORDS(0, seL4_X86_WriteBack));
        (void)seL4_CNode_Move(node, SANDBOX_PDPT + i, SANDBOX_BITS, ROOT, staging, DEPTH);
    }
}

void sandbox_refill(bool revoke)
{
    if (revoke)
        CHECK_OK(seL4_CNode_Revoke(ROOT, originals[SANDBOX_UNTYPED], DEPTH));
    for (seL4_Word i = 1; i < SANDBOX_PDPT; i++) {
        (void)seL4_CNode_Delete(node, i, SANDBOX_BITS);
        (void)seL4_CNode_Mint(node, i, SANDBOX_BITS, ROOT, originals[i], DEPTH, seL4_AllRights,
                              revoke ? badge_of(i) : 0);
    }
    refill_fresh();
}

thread_space_t sandbox_space(void)
{
    return (thread_space_t){
        .cspace = node,
        .cspace_data = seL4_CNode_CapData_new(0, seL4_WordBits - SANDBOX_BITS).words[0],
    };
}
