#include "sandbox.h"

#include "vspace.h"

enum { UNTYPED_BITS = 18, INNER_BITS = 4, VECTOR = 50, PORT = 0x80, SERVER_PRIORITY = 65 };

static seL4_CPtr node, originals[SANDBOX_FIXED];

static void serve(thread_t *self)
{
    seL4_MessageInfo_t info = seL4_Recv(self->arg[0], nullptr);
    for (;;)
        info = seL4_ReplyRecv(self->arg[0], seL4_MessageInfo_new(0, 0, 0, info.words[0] & 127),
                              nullptr);
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

void sandbox_make(void)
{
    node = new_object(seL4_CapTableObject, SANDBOX_BITS);
    originals[SANDBOX_NODE] = node;
    originals[SANDBOX_UNTYPED] = new_object(seL4_UntypedObject, UNTYPED_BITS);
    originals[SANDBOX_ENDPOINT] = new_object(seL4_EndpointObject, 0);
    originals[SANDBOX_NOTIFICATION] = new_object(seL4_NotificationObject, 0);
    originals[SANDBOX_TCB] = new_object(seL4_TCBObject, 0);
    originals[SANDBOX_FRAME] = new_object(seL4_X86_4K, 0);
    originals[SANDBOX_VSPACE] = new_vspace();
    originals[SANDBOX_POOL] = seL4_CapInitThreadASIDPool;
    originals[SANDBOX_ASID_CONTROL] = seL4_CapASIDControl;
    originals[SANDBOX_HANDLER] = make_handler();
    originals[SANDBOX_PORTS] = make_ports();
    originals[SANDBOX_INNER_NODE] = new_object(seL4_CapTableObject, INNER_BITS);
    originals[SANDBOX_SERVER] = new_object(seL4_EndpointObject, 0);
    thread_spawn(SERVER_PRIORITY, serve, originals[SANDBOX_SERVER], 0, 0);
    sandbox_refill(false);
}

// A badged copy of the endpoints, so that badges and unwrapping take part.
static seL4_Word badge_of(seL4_Word index)
{
    return index == SANDBOX_ENDPOINT || index == SANDBOX_NOTIFICATION ? index : 0;
}

void sandbox_refill(bool revoke)
{
    if (revoke)
        CHECK_OK(seL4_CNode_Revoke(ROOT, originals[SANDBOX_UNTYPED], DEPTH));
    for (seL4_Word i = 1; i < SANDBOX_FIXED; i++) {
        (void)seL4_CNode_Delete(node, i, SANDBOX_BITS);
        (void)seL4_CNode_Mint(node, i, SANDBOX_BITS, ROOT, originals[i], DEPTH, seL4_AllRights,
                              revoke ? badge_of(i) : 0);
    }
}

thread_space_t sandbox_space(void)
{
    return (thread_space_t){
        .cspace = node,
        .cspace_data = seL4_CNode_CapData_new(0, seL4_WordBits - SANDBOX_BITS).words[0],
    };
}
