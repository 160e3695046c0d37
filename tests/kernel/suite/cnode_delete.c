// Deleting the last capability of a container, of containers within containers, and of itself.
#include "ktest.h"

static seL4_Error put(seL4_CPtr node, seL4_Word index, seL4_Word depth, seL4_CPtr source)
{
    return seL4_CNode_Copy(node, index, (seL4_Uint8)depth, ROOT, source, DEPTH, seL4_AllRights);
}

static seL4_Error move_in(seL4_CPtr node, seL4_Word index, seL4_Word depth, seL4_CPtr source)
{
    return seL4_CNode_Move(node, index, (seL4_Uint8)depth, ROOT, source, DEPTH);
}

// Whether an untyped has no child left: only then can it be copied.
static bool is_childless(seL4_CPtr untyped)
{
    seL4_CPtr slot = new_slot();
    if (seL4_CNode_Copy(ROOT, slot, DEPTH, ROOT, untyped, DEPTH, seL4_AllRights) != seL4_NoError)
        return false;
    delete_cap(slot);
    return true;
}

static seL4_CPtr retype(seL4_CPtr untyped, seL4_ObjectType type, seL4_Word bits)
{
    seL4_CPtr slot = new_slot();
    CHECK_OK(seL4_Untyped_Retype(untyped, type, bits, ROOT, 0, 0, slot, 1));
    return slot;
}

TEST(contents, "cnode/delete/last-cap-empties-the-cnode")
{
    seL4_CPtr untyped = new_object(seL4_UntypedObject, 14);
    seL4_CPtr node = retype(untyped, seL4_CapTableObject, 4);
    for (seL4_Word i = 0; i < 16; i++)
        CHECK_OK(move_in(node, i, 4, retype(untyped, seL4_EndpointObject, 0)));
    CHECK(!is_childless(untyped));
    delete_cap(node);
    CHECK(is_childless(untyped));
}

TEST(not_last, "cnode/delete/other-cap-keeps-the-contents")
{
    seL4_CPtr node = new_object(seL4_CapTableObject, 4), copy = copy_cap(node, seL4_AllRights);
    CHECK_OK(put(node, 3, 4, ROOT));
    delete_cap(node);
    CHECK_ERROR(seL4_DeleteFirst, put(copy, 3, 4, ROOT));
}

TEST(chain, "cnode/delete/chain-of-cnodes")
{
    enum { LENGTH = 20 };
    seL4_CPtr untyped = new_object(seL4_UntypedObject, 16);
    seL4_CPtr head = retype(untyped, seL4_CapTableObject, 1);
    for (int i = 1; i < LENGTH; i++) {
        seL4_CPtr next = retype(untyped, seL4_CapTableObject, 1);
        CHECK_OK(move_in(next, 1, 1, head));
        head = next;
    }
    delete_cap(head);
    // The deletion does not recurse: the second CNode is left, holding the capability to itself.
    CHECK(!is_childless(untyped));
    CHECK_OK(seL4_CNode_Revoke(ROOT, untyped, DEPTH));
    CHECK(is_childless(untyped));
}

TEST(self_only, "cnode/delete/cnode-whose-only-cap-is-inside")
{
    seL4_CPtr untyped = new_object(seL4_UntypedObject, 12);
    seL4_CPtr node = retype(untyped, seL4_CapTableObject, 2);
    CHECK_OK(put(node, 1, 2, node));
    delete_cap(node);
    // Unreachable, but still there.
    CHECK(!is_childless(untyped));
    CHECK_OK(seL4_CNode_Revoke(ROOT, untyped, DEPTH));
    CHECK(is_childless(untyped));
}

TEST(through_itself, "cnode/delete/last-cap-through-itself")
{
    seL4_CPtr untyped = new_object(seL4_UntypedObject, 12);
    seL4_CPtr node = retype(untyped, seL4_CapTableObject, 2);
    CHECK_OK(put(node, 1, 2, node));
    CHECK_OK(put(node, 2, 2, ROOT));
    CHECK_OK(seL4_CNode_Delete(node, 1, 2));
    CHECK_ERROR(seL4_DeleteFirst, put(node, 2, 2, ROOT));
    CHECK_OK(put(node, 1, 2, ROOT));
    delete_cap(node);
    CHECK(is_childless(untyped));
}

TEST(cycle, "cnode/delete/two-cnodes-in-each-other")
{
    seL4_CPtr untyped = new_object(seL4_UntypedObject, 12);
    seL4_CPtr a = retype(untyped, seL4_CapTableObject, 2);
    seL4_CPtr b = retype(untyped, seL4_CapTableObject, 2);
    CHECK_OK(put(a, 1, 2, b));
    CHECK_OK(put(b, 1, 2, a));
    delete_cap(b);
    delete_cap(a);
    CHECK_OK(seL4_CNode_Revoke(ROOT, untyped, DEPTH));
    CHECK(is_childless(untyped));
}

TEST(tcb_in_cnode, "cnode/delete/thread-whose-cspace-dies")
{
    seL4_CPtr untyped = new_object(seL4_UntypedObject, 14);
    seL4_CPtr node = retype(untyped, seL4_CapTableObject, 2);
    seL4_CPtr tcb = retype(untyped, seL4_TCBObject, 0);
    CHECK_OK(seL4_TCB_SetSpace(tcb, 0, node, 0, seL4_CapInitThreadVSpace, 0));
    CHECK_OK(put(node, 1, 2, tcb));
    delete_cap(tcb);
    delete_cap(node); // the TCB still holds the CNode, and the CNode the TCB
    CHECK(!is_childless(untyped));
    CHECK_OK(seL4_CNode_Revoke(ROOT, untyped, DEPTH));
    CHECK(is_childless(untyped));
}

// A CNode that dies with the last thread that held it is left unreachable, like one in a CNode.
TEST(tcb_last, "cnode/delete/cnode-held-by-a-dying-tcb")
{
    seL4_CPtr untyped = new_object(seL4_UntypedObject, 14);
    seL4_CPtr node = retype(untyped, seL4_CapTableObject, 2);
    seL4_CPtr tcb = retype(untyped, seL4_TCBObject, 0);
    CHECK_OK(seL4_TCB_SetSpace(tcb, 0, node, 0, seL4_CapInitThreadVSpace, 0));
    delete_cap(node);
    CHECK(!is_childless(untyped));
    delete_cap(tcb);
    CHECK(!is_childless(untyped));
    CHECK_OK(seL4_CNode_Revoke(ROOT, untyped, DEPTH));
    CHECK(is_childless(untyped));
}

TEST(slots_are_children, "cnode/delete/revoke-reaches-into-tcb-slots")
{
    seL4_CPtr node = new_object(seL4_CapTableObject, 2), tcb = new_object(seL4_TCBObject, 0);
    CHECK_OK(seL4_TCB_SetSpace(tcb, 0, node, 0, seL4_CapInitThreadVSpace, 0));
    CHECK_OK(put(node, 1, 2, ROOT));
    CHECK_OK(seL4_CNode_Revoke(ROOT, node, DEPTH)); // takes the thread's own copy of the capability
    CHECK_ERROR(seL4_DeleteFirst, put(node, 1, 2, ROOT));
    delete_cap(node);
    CHECK_OK(seL4_TCB_SetSpace(tcb, 0, ROOT, 0, seL4_CapInitThreadVSpace, 0));
}

// A CNode of 8 Ki slots full of capabilities: many preemption points long.
TEST(large, "cnode/delete/large-full-cnode")
{
    enum { BITS = 13 };
    seL4_CPtr untyped = new_object(seL4_UntypedObject, BITS + seL4_SlotBits + 1);
    seL4_CPtr node = retype(untyped, seL4_CapTableObject, BITS);
    for (seL4_Word i = 0; i < 1 << BITS; i++)
        CHECK_OK(put(node, i, BITS, seL4_CapInitThreadTCB));
    delete_cap(node);
    CHECK(is_childless(untyped));
}

TEST(retype_after, "cnode/delete/memory-of-deleted-objects-is-reused")
{
    seL4_CPtr untyped = new_object(seL4_UntypedObject, 12);
    for (int i = 0; i < 50; i++) {
        seL4_CPtr slot = new_slot();
        CHECK_OK(seL4_Untyped_Retype(untyped, i % 2 ? seL4_X86_4K : seL4_CapTableObject, 7, ROOT, 0,
                                     0, slot, 1));
        delete_cap(slot);
    }
}
