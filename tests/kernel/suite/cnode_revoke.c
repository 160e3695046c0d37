// Derivation, Revoke and Delete: which capability is whose child, and what goes when it goes.
#include "ktest.h"

static void revoke(seL4_CPtr slot)
{
    CHECK_OK(seL4_CNode_Revoke(ROOT, slot, DEPTH));
}

static seL4_CPtr new_endpoint(void)
{
    return new_object(seL4_EndpointObject, 0);
}

static seL4_CPtr plain_copy(seL4_CPtr source)
{
    return copy_cap(source, seL4_AllRights);
}

TEST(errors, "cnode/revoke/errors")
{
    CHECK_ERROR(seL4_TruncatedMessage, invoke(ROOT, CNodeRevoke, WORDS(), WORDS(new_slot())));
    CHECK_ERROR(seL4_RangeError, seL4_CNode_Revoke(ROOT, 0, 0), 1, 64);
    CHECK_ERROR(seL4_FailedLookup, seL4_CNode_Revoke(ROOT, 0, 63), 0, seL4_DepthMismatch, 63, 64);
}

TEST(delete_errors, "cnode/delete/errors")
{
    CHECK_ERROR(seL4_TruncatedMessage, invoke(ROOT, CNodeDelete, WORDS(), WORDS(new_slot())));
    CHECK_ERROR(seL4_RangeError, seL4_CNode_Delete(ROOT, 0, 0), 1, 64);
    CHECK_ERROR(seL4_FailedLookup, seL4_CNode_Delete(ROOT, 0, 63), 0, seL4_DepthMismatch, 63, 64);
}

TEST(empty, "cnode/revoke-and-delete/empty-slot")
{
    seL4_CPtr slot = new_slot();
    CHECK_OK(seL4_CNode_Revoke(ROOT, slot, DEPTH));
    CHECK_OK(seL4_CNode_Delete(ROOT, slot, DEPTH));
    CHECK(slot_is_empty(slot));
}

TEST(original, "cnode/derivation/copies-of-original-are-children")
{
    seL4_CPtr endpoint = new_endpoint(), a = plain_copy(endpoint), b = plain_copy(endpoint);
    revoke(endpoint);
    CHECK(!slot_is_empty(endpoint) && slot_is_empty(a) && slot_is_empty(b));
}

TEST(copy_of_copy, "cnode/derivation/copy-of-copy-is-sibling")
{
    seL4_CPtr endpoint = new_endpoint(), a = plain_copy(endpoint), b = plain_copy(a);
    revoke(a);
    CHECK(!slot_is_empty(b));
    revoke(b);
    CHECK(!slot_is_empty(a));
    revoke(endpoint);
    CHECK(slot_is_empty(a) && slot_is_empty(b));
}

TEST(badged, "cnode/derivation/badged-is-original-of-its-copies")
{
    seL4_CPtr endpoint = new_endpoint(), badged = mint_cap(endpoint, seL4_AllRights, 1);
    seL4_CPtr copy = plain_copy(badged), copy2 = plain_copy(copy);
    seL4_CPtr other = mint_cap(endpoint, seL4_AllRights, 2);
    revoke(copy);
    CHECK(!slot_is_empty(copy2));
    revoke(badged);
    CHECK(slot_is_empty(copy) && slot_is_empty(copy2));
    CHECK(!slot_is_empty(other) && !slot_is_empty(endpoint));
    revoke(endpoint);
    CHECK(slot_is_empty(badged) && slot_is_empty(other));
}

// Badging a copy makes no child of the copy: both are children of the original.
TEST(badged_copy, "cnode/derivation/mint-from-copy")
{
    seL4_CPtr endpoint = new_endpoint(), copy = plain_copy(endpoint);
    seL4_CPtr badged = mint_cap(copy, seL4_AllRights, 1), badged_copy = plain_copy(badged);
    revoke(copy);
    CHECK(!slot_is_empty(badged));
    revoke(badged);
    CHECK(slot_is_empty(badged_copy));
    revoke(endpoint);
    CHECK(slot_is_empty(copy) && slot_is_empty(badged));
}

// Two independent mints of the same badge: neither is the other's child.
TEST(same_badge, "cnode/derivation/equal-badges")
{
    seL4_CPtr endpoint = new_endpoint();
    seL4_CPtr first = mint_cap(endpoint, seL4_AllRights, 1);
    seL4_CPtr second = mint_cap(endpoint, seL4_AllRights, 1);
    revoke(first);
    CHECK(!slot_is_empty(second));
    revoke(second);
    CHECK(!slot_is_empty(first));
}

TEST(rights_copy, "cnode/derivation/narrowed-copies")
{
    seL4_CPtr endpoint = new_endpoint(), narrow = copy_cap(endpoint, seL4_CanRead);
    seL4_CPtr again = plain_copy(narrow);
    revoke(narrow);
    CHECK(!slot_is_empty(again));
    revoke(endpoint);
    CHECK(slot_is_empty(narrow) && slot_is_empty(again));
}

TEST(delete_parent, "cnode/derivation/children-outlive-their-parent")
{
    seL4_CPtr endpoint = new_endpoint(), a = plain_copy(endpoint), b = plain_copy(a);
    delete_cap(endpoint);
    CHECK(!slot_is_empty(a) && !slot_is_empty(b));
    revoke(a);
    CHECK(!slot_is_empty(b)); // still siblings
    delete_cap(a);
    CHECK(!slot_is_empty(b));
}

TEST(delete_middle, "cnode/derivation/deleting-a-badged-parent")
{
    seL4_CPtr endpoint = new_endpoint(), badged = mint_cap(endpoint, seL4_AllRights, 1);
    seL4_CPtr copy = plain_copy(badged);
    delete_cap(badged);
    CHECK(!slot_is_empty(copy));
    revoke(endpoint);
    CHECK(slot_is_empty(copy));
}

TEST(move_keeps, "cnode/derivation/move-keeps-the-place")
{
    seL4_CPtr endpoint = new_endpoint(), moved = new_slot(), copy = plain_copy(endpoint);
    CHECK_OK(seL4_CNode_Move(ROOT, moved, DEPTH, ROOT, endpoint, DEPTH));
    revoke(moved);
    CHECK(slot_is_empty(copy));
    copy = plain_copy(moved);
    CHECK_OK(seL4_CNode_Move(ROOT, endpoint, DEPTH, ROOT, copy, DEPTH));
    revoke(moved);
    CHECK(slot_is_empty(endpoint));
}

// A tree of untypeds goes as a whole with any of its ancestors, and only with these.
TEST(untyped_tree, "cnode/revoke/untyped-tree")
{
    seL4_CPtr top = new_object(seL4_UntypedObject, 16), left = new_slots(2), right = left + 1;
    CHECK_OK(seL4_Untyped_Retype(top, seL4_UntypedObject, 15, ROOT, 0, 0, left, 2));
    seL4_CPtr in_left = new_slots(8), in_right = new_slots(8);
    CHECK_OK(seL4_Untyped_Retype(left, seL4_EndpointObject, 0, ROOT, 0, 0, in_left, 8));
    CHECK_OK(seL4_Untyped_Retype(right, seL4_EndpointObject, 0, ROOT, 0, 0, in_right, 8));
    seL4_CPtr copy = plain_copy(in_left), badged = mint_cap(in_left, seL4_AllRights, 4);
    revoke(left);
    CHECK(slot_is_empty(in_left) && slot_is_empty(in_left + 7));
    CHECK(slot_is_empty(copy) && slot_is_empty(badged));
    CHECK(!slot_is_empty(in_right) && !slot_is_empty(left));
    revoke(top);
    CHECK(slot_is_empty(left) && slot_is_empty(right) && slot_is_empty(in_right + 7));
    CHECK(!slot_is_empty(top));
}

TEST(same_kind, "cnode/derivation/tcb-cnode-frame-copies")
{
    static const struct {
        seL4_ObjectType type;
        seL4_Word bits;
    } kinds[] = {
        {seL4_TCBObject, 0},
        {seL4_CapTableObject, 2},
        {seL4_X86_4K, 0},
        {seL4_NotificationObject, 0},
    };
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        seL4_CPtr object = new_object(kinds[i].type, kinds[i].bits);
        seL4_CPtr a = plain_copy(object), b = plain_copy(a);
        revoke(a);
        CHECK(!slot_is_empty(b));
        revoke(object);
        CHECK(slot_is_empty(a) && slot_is_empty(b) && !slot_is_empty(object));
    }
}

// An I/O-port range, an interrupt handler and such are children of the control capability.
TEST(controls, "cnode/derivation/children-of-controls")
{
    seL4_CPtr port = new_slots(2);
    CHECK_OK(seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, 0x80, 0x80, ROOT, port, DEPTH));
    CHECK_OK(seL4_CNode_Copy(ROOT, port + 1, DEPTH, ROOT, port, DEPTH, seL4_AllRights));
    revoke(port);
    CHECK(slot_is_empty(port + 1));

    seL4_CPtr handler = new_slots(2);
    CHECK_OK(seL4_IRQControl_GetMSI(seL4_CapIRQControl, ROOT, handler, DEPTH, 0, 0, 0, 0, 60));
    CHECK_OK(seL4_CNode_Copy(ROOT, handler + 1, DEPTH, ROOT, handler, DEPTH, seL4_AllRights));
    revoke(handler);
    CHECK(!slot_is_empty(handler) && slot_is_empty(handler + 1));
    revoke(seL4_CapIRQControl);
    CHECK(slot_is_empty(handler));
}

TEST(self, "cnode/revoke/cnode-holding-its-own-capability")
{
    seL4_CPtr node = new_object(seL4_CapTableObject, 2);
    CHECK_OK(seL4_CNode_Copy(node, 0, 2, ROOT, node, DEPTH, seL4_AllRights));
    CHECK_OK(seL4_CNode_Copy(node, 3, 2, ROOT, node, DEPTH, seL4_AllRights));
    revoke(node);
    CHECK_OK(seL4_CNode_Copy(node, 0, 2, ROOT, ROOT, DEPTH, seL4_AllRights));
    CHECK_OK(seL4_CNode_Copy(node, 3, 2, ROOT, ROOT, DEPTH, seL4_AllRights));
}

TEST(inside_out, "cnode/revoke/from-inside-the-revoked-cnode")
{
    // The revoke's target lies in a CNode that goes with it: the operation ends, the caller lives.
    seL4_CPtr untyped = new_object(seL4_UntypedObject, 14), node = new_slot();
    CHECK_OK(seL4_Untyped_Retype(untyped, seL4_CapTableObject, 4, ROOT, 0, 0, node, 1));
    CHECK_OK(seL4_CNode_Move(node, 5, 4, ROOT, untyped, DEPTH));
    CHECK_OK(seL4_CNode_Revoke(node, 5, 4));
    CHECK(slot_is_empty(node));
}
