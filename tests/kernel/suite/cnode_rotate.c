// CNode_Rotate: source to pivot, pivot to destination, with new badges on the way.
#include "ktest.h"

static seL4_Error rotate(seL4_CPtr dest, seL4_Word dest_badge, seL4_CPtr pivot,
                         seL4_Word pivot_badge, seL4_CPtr source)
{
    return seL4_CNode_Rotate(ROOT, dest, DEPTH, dest_badge, ROOT, pivot, DEPTH, pivot_badge, ROOT,
                             source, DEPTH);
}

static bool is_tcb(seL4_CPtr slot)
{
    seL4_UserContext context;
    return seL4_TCB_ReadRegisters(slot, false, 0, 1, &context) == seL4_NoError;
}

static bool is_frame(seL4_CPtr slot)
{
    seL4_PAddr paddr;
    return seL4_X86_Page_GetAddress(slot, &paddr) == seL4_NoError;
}

TEST(three, "cnode/rotate/three-slots")
{
    seL4_CPtr dest = new_slot(), pivot = new_object(seL4_TCBObject, 0);
    seL4_CPtr source = new_object(seL4_X86_4K, 0);
    CHECK_OK(rotate(dest, 0, pivot, 0, source));
    CHECK(is_tcb(dest) && is_frame(pivot) && slot_is_empty(source));
}

TEST(swap, "cnode/rotate/swap")
{
    seL4_CPtr dest = new_object(seL4_X86_4K, 0), pivot = new_object(seL4_TCBObject, 0);
    CHECK_OK(rotate(dest, 0, pivot, 0, dest));
    CHECK(is_tcb(dest) && is_frame(pivot));
}

TEST(guards, "cnode/rotate/sets-guards")
{
    seL4_CPtr dest = new_slot(), pivot = new_object(seL4_CapTableObject, 2);
    seL4_CPtr source = new_object(seL4_CapTableObject, 3);
    CHECK_OK(rotate(dest, 1 << 6 | 1, pivot, 2 << 6 | 2, source));
    CHECK_OK(seL4_CNode_Copy(dest, 1 << 2 | 3, 3, ROOT, ROOT, DEPTH, seL4_AllRights));
    CHECK_OK(seL4_CNode_Copy(pivot, 2 << 3 | 3, 5, ROOT, ROOT, DEPTH, seL4_AllRights));
}

TEST(errors, "cnode/rotate/errors")
{
    seL4_CPtr empty = new_slots(2), full = new_object(seL4_TCBObject, 0);
    seL4_CPtr pivot = new_object(seL4_X86_4K, 0), source = new_object(seL4_X86_4K, 0);
    CHECK_ERROR(seL4_DeleteFirst, rotate(full, 0, pivot, 0, source));
    CHECK_ERROR(seL4_FailedLookup, rotate(empty, 0, pivot, 0, empty + 1), 1, seL4_MissingCapability,
                64);
    CHECK_ERROR(seL4_FailedLookup, rotate(empty, 0, empty + 1, 0, source), 0,
                seL4_MissingCapability, 64);
    CHECK_ERROR(seL4_IllegalOperation, rotate(empty, 0, pivot, 0, pivot));
    CHECK_ERROR(seL4_IllegalOperation, rotate(empty, 0, empty, 0, source));
    CHECK_ERROR(seL4_IllegalOperation, rotate(pivot, 0, pivot, 0, source));
    CHECK(is_tcb(full) && is_frame(pivot) && is_frame(source) && slot_is_empty(empty));
}

TEST(badges, "cnode/rotate/badge-refused")
{
    seL4_CPtr empty = new_slot(), frame = new_object(seL4_X86_4K, 0);
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0);
    CHECK_ERROR(seL4_IllegalOperation, rotate(empty, 0, endpoint, 5, frame));
    CHECK_ERROR(seL4_IllegalOperation, rotate(empty, 0, frame, 5, endpoint));
    CHECK_ERROR(seL4_IllegalOperation, rotate(empty, 5, endpoint, 0, frame));
    CHECK_ERROR(seL4_IllegalOperation,
                rotate(empty, 61, new_object(seL4_CapTableObject, 4), 0, frame));
}

TEST(lookups, "cnode/rotate/lookups")
{
    seL4_CPtr tcb = new_object(seL4_TCBObject, 0), frame = new_object(seL4_X86_4K, 0);
    seL4_CPtr empty = new_slot();
    const seL4_Word good[] = {empty, 64, 0, tcb, 64, 0, frame, 64};
    for (seL4_Word count = 0; count < 8; count++)
        CHECK_ERROR(seL4_TruncatedMessage,
                    invoke(ROOT, CNodeRotate, WORDS(ROOT, ROOT), (words_t){count, good}));
    CHECK_ERROR(seL4_TruncatedMessage, invoke(ROOT, CNodeRotate, WORDS(ROOT), (words_t){8, good}));
    CHECK_ERROR(seL4_TruncatedMessage, invoke(ROOT, CNodeRotate, WORDS(), (words_t){8, good}));
    CHECK_ERROR(
        seL4_RangeError,
        invoke(ROOT, CNodeRotate, WORDS(ROOT, ROOT), WORDS(empty, 0, 0, tcb, 0, 0, frame, 0)), 1,
        64);
    CHECK_ERROR(
        seL4_FailedLookup,
        invoke(ROOT, CNodeRotate, WORDS(ROOT, ROOT), WORDS(empty, 64, 0, tcb, 64, 0, frame, 63)), 1,
        seL4_DepthMismatch, 63, 64);
    CHECK_ERROR(
        seL4_FailedLookup,
        invoke(ROOT, CNodeRotate, WORDS(ROOT, ROOT), WORDS(empty, 64, 0, tcb, 63, 0, frame, 64)), 1,
        seL4_DepthMismatch, 63, 64);
    CHECK_ERROR(seL4_FailedLookup, invoke(ROOT, CNodeRotate, WORDS(tcb, ROOT), (words_t){8, good}),
                1, seL4_InvalidRoot);
    CHECK_ERROR(seL4_FailedLookup, invoke(ROOT, CNodeRotate, WORDS(ROOT, tcb), (words_t){8, good}),
                1, seL4_InvalidRoot);
}

TEST(precedence, "cnode/rotate/precedence")
{
    seL4_CPtr empty = new_slots(2), frame = new_object(seL4_X86_4K, 0);
    // The source's slot is looked up before the pivot's; equal slots come before emptiness.
    CHECK_ERROR(seL4_FailedLookup, invoke(ROOT, CNodeRotate, WORDS(frame, frame),
                                          WORDS(empty, 64, 0, empty, 0, 0, empty, 0)));
    CHECK_EQ(1, seL4_GetMR(0));
    CHECK_ERROR(seL4_IllegalOperation, rotate(frame, 0, frame, 0, empty));
    CHECK_ERROR(seL4_DeleteFirst, rotate(frame, 0, empty, 0, empty + 1));
    CHECK_ERROR(seL4_FailedLookup, rotate(empty, 0, empty + 1, 0, new_slot()), 1,
                seL4_MissingCapability, 64);
}

TEST(derivation, "cnode/rotate/keeps-derivation")
{
    seL4_CPtr dest = new_slot(), parent = new_object(seL4_CapTableObject, 2);
    seL4_CPtr child = copy_cap(parent, seL4_AllRights), frame = new_object(seL4_X86_4K, 0);
    CHECK_OK(rotate(dest, 0, parent, 0, frame));
    CHECK(is_frame(parent));
    CHECK_OK(seL4_CNode_Revoke(ROOT, dest, DEPTH));
    CHECK(slot_is_empty(child));
}

TEST(swap_family, "cnode/rotate/swap-parent-and-child")
{
    seL4_CPtr parent = new_object(seL4_TCBObject, 0), child = copy_cap(parent, seL4_AllRights);
    CHECK_OK(rotate(parent, 0, child, 0, parent));
    CHECK_OK(seL4_CNode_Revoke(ROOT, parent, DEPTH)); // now the child
    CHECK(!slot_is_empty(child));
    CHECK_OK(seL4_CNode_Revoke(ROOT, child, DEPTH)); // now the parent
    CHECK(slot_is_empty(parent));
}
