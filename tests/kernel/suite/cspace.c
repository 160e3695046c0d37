// Addressing slots in invocations: guards, levels, depths, and each way in which a lookup fails.
#include "ktest.h"

// A CNode of 16 slots in which the tests look up slots, and an endpoint to put there.
typedef struct space {
    seL4_CPtr node, endpoint;
} space_t;

static space_t new_space(void)
{
    return (space_t){new_object(seL4_CapTableObject, 4), new_object(seL4_EndpointObject, 0)};
}

static seL4_Word guard(seL4_Word value, seL4_Word bits)
{
    return seL4_CNode_CapData_new(value, bits).words[0];
}

static seL4_Error copy_to(const space_t *space, seL4_CPtr root, seL4_Word index, seL4_Word depth)
{
    return seL4_CNode_Copy(root, index, (seL4_Uint8)depth, ROOT, space->endpoint, DEPTH,
                           seL4_AllRights);
}

static seL4_Error copy_from(const space_t *space, seL4_CPtr root, seL4_Word index, seL4_Word depth)
{
    return seL4_CNode_Copy(space->node, 0, 4, root, index, (seL4_Uint8)depth, seL4_AllRights);
}

TEST(destination_depth, "cspace/destination/depth-range")
{
    space_t space = new_space();
    CHECK_ERROR(seL4_RangeError, copy_to(&space, space.node, 0, 0), 1, seL4_WordBits);
    CHECK_ERROR(seL4_RangeError, copy_to(&space, space.node, 0, 65), 1, seL4_WordBits);
    CHECK_ERROR(seL4_RangeError, copy_to(&space, space.node, 0, 255), 1, seL4_WordBits);
}

TEST(source_depth, "cspace/source/depth-range")
{
    space_t space = new_space();
    CHECK_ERROR(seL4_RangeError, copy_from(&space, ROOT, space.endpoint, 0), 1, seL4_WordBits);
    CHECK_ERROR(seL4_RangeError, copy_from(&space, ROOT, space.endpoint, 65), 1, seL4_WordBits);
}

TEST(depth_is_a_word, "cspace/destination/depth-is-a-whole-word")
{
    space_t space = new_space();
    CHECK_ERROR(seL4_RangeError,
                invoke(space.node, CNodeCopy, WORDS(ROOT),
                       WORDS(0, 4 + (1ull << 8), space.endpoint, 64, 15)),
                1, seL4_WordBits);
}

TEST(too_shallow, "cspace/destination/depth-below-radix")
{
    space_t space = new_space();
    for (seL4_Word depth = 1; depth < 4; depth++)
        CHECK_ERROR(seL4_FailedLookup, copy_to(&space, space.node, 0, depth), 0, seL4_DepthMismatch,
                    depth, 4);
    CHECK_OK(copy_to(&space, space.node, 0, 4));
}

TEST(too_deep, "cspace/destination/depth-beyond-leaf")
{
    space_t space = new_space();
    // The bits that no CNode was left for.
    CHECK_ERROR(seL4_FailedLookup, copy_to(&space, space.node, 0, 5), 0, seL4_DepthMismatch, 1, 0);
    CHECK_ERROR(seL4_FailedLookup, copy_to(&space, space.node, 0, 64), 0, seL4_DepthMismatch, 60,
                0);
    CHECK_OK(copy_to(&space, space.node, 0, 4));
    CHECK_ERROR(seL4_FailedLookup, copy_to(&space, space.node, 0, 5), 0, seL4_DepthMismatch, 1, 0);
}

TEST(index_bits, "cspace/destination/bits-above-depth-ignored")
{
    space_t space = new_space();
    CHECK_OK(copy_to(&space, space.node, 0xabcdef3, 4));
    CHECK_ERROR(seL4_DeleteFirst, copy_to(&space, space.node, 3, 4));
}

TEST(guard_match, "cspace/guard/match-and-mismatch")
{
    space_t space = new_space();
    seL4_CPtr guarded = mint_cap(space.node, seL4_AllRights, guard(5, 4));
    CHECK_OK(copy_to(&space, guarded, 0x52, 8));
    CHECK_ERROR(seL4_DeleteFirst, copy_to(&space, space.node, 2, 4));
    CHECK_ERROR(seL4_FailedLookup, copy_to(&space, guarded, 0x43, 8), 0, seL4_GuardMismatch, 8, 5,
                4);
    CHECK_EQ(5, seL4_MessageInfo_get_length(
                    (invoke(guarded, CNodeDelete, WORDS(), WORDS(0x43, 8)), invoke_reply)));
}

TEST(guard_shallow, "cspace/guard/depth-below-guard")
{
    space_t space = new_space();
    seL4_CPtr guarded = mint_cap(space.node, seL4_AllRights, guard(5, 4));
    CHECK_ERROR(seL4_FailedLookup, copy_to(&space, guarded, 5, 3), 0, seL4_GuardMismatch, 3, 5, 4);
    // The guard fits, the radix does not: the guard is looked at with the bits that there are.
    CHECK_ERROR(seL4_FailedLookup, copy_to(&space, guarded, 0x2b, 7), 0, seL4_DepthMismatch, 7, 8);
    CHECK_ERROR(seL4_FailedLookup, copy_to(&space, guarded, 0x5, 4), 0, seL4_DepthMismatch, 4, 8);
    CHECK_ERROR(seL4_FailedLookup, copy_to(&space, guarded, 0x530, 12), 0, seL4_DepthMismatch, 4,
                0);
}

TEST(guard_bits, "cspace/guard/longest")
{
    space_t space = new_space();
    seL4_Word value = 0x123456789abcdef;
    seL4_CPtr guarded = mint_cap(space.node, seL4_AllRights, guard(value & ((1ull << 58) - 1), 58));
    CHECK_OK(copy_to(&space, guarded, (value & ((1ull << 58) - 1)) << 4 | 9, 62));
    CHECK_ERROR(seL4_DeleteFirst, copy_to(&space, space.node, 9, 4));
    // A guard with 64 bits together with a radix can't be.
    CHECK_ERROR(seL4_IllegalOperation, seL4_CNode_Mint(ROOT, new_slot(), DEPTH, ROOT, space.node,
                                                       DEPTH, seL4_AllRights, guard(0, 61)));
    CHECK_OK(seL4_CNode_Mint(ROOT, new_slot(), DEPTH, ROOT, space.node, DEPTH, seL4_AllRights,
                             guard(0, 60)));
}

TEST(guard_excess, "cspace/guard/value-cut-to-size")
{
    space_t space = new_space();
    seL4_CPtr guarded = mint_cap(space.node, seL4_AllRights, guard(0xff5, 4));
    CHECK_OK(copy_to(&space, guarded, 0x52, 8));
}

// node[7] is a CNode of 8 slots; node[8] the same one behind a guard of two set bits.
static seL4_CPtr add_level(const space_t *space)
{
    seL4_CPtr inner = new_object(seL4_CapTableObject, 3);
    CHECK_OK(seL4_CNode_Copy(space->node, 7, 4, ROOT, inner, DEPTH, seL4_AllRights));
    CHECK_OK(seL4_CNode_Mint(space->node, 8, 4, ROOT, inner, DEPTH, seL4_AllRights, guard(3, 2)));
    return inner;
}

TEST(two_levels, "cspace/levels/two")
{
    space_t space = new_space();
    seL4_CPtr inner = add_level(&space);
    CHECK_OK(copy_to(&space, space.node, 7 << 3 | 5, 7));
    CHECK_ERROR(seL4_DeleteFirst, copy_to(&space, inner, 5, 3));
    CHECK_OK(copy_to(&space, space.node, 8 << 5 | 3 << 3 | 6, 9));
    CHECK_ERROR(seL4_DeleteFirst, copy_to(&space, inner, 6, 3));
}

TEST(level_failures, "cspace/levels/failures-count-remaining-bits")
{
    space_t space = new_space();
    add_level(&space);
    CHECK_ERROR(seL4_FailedLookup, copy_to(&space, space.node, 7 << 2, 6), 0, seL4_DepthMismatch, 2,
                3);
    CHECK_ERROR(seL4_FailedLookup, copy_to(&space, space.node, 7 << 4, 8), 0, seL4_DepthMismatch, 1,
                0);
    CHECK_ERROR(seL4_FailedLookup, copy_to(&space, space.node, 8 << 5 | 2 << 3, 9), 0,
                seL4_GuardMismatch, 5, 3, 2);
    CHECK_ERROR(seL4_FailedLookup, copy_to(&space, space.node, 8 << 1, 5), 0, seL4_GuardMismatch, 1,
                3, 2);
    CHECK_ERROR(seL4_FailedLookup, copy_to(&space, space.node, 8 << 3 | 3 << 1, 7), 0,
                seL4_DepthMismatch, 3, 5);
    // Empty slot or other object on the way: the walk stops there with bits to spare.
    CHECK_ERROR(seL4_FailedLookup, copy_to(&space, space.node, 6 << 3, 7), 0, seL4_DepthMismatch, 3,
                0);
    CHECK_OK(copy_to(&space, space.node, 6, 4));
    CHECK_ERROR(seL4_FailedLookup, copy_to(&space, space.node, 6 << 3, 7), 0, seL4_DepthMismatch, 3,
                0);
}

TEST(level_stop, "cspace/levels/depth-stops-at-cnode-slot")
{
    space_t space = new_space();
    add_level(&space);
    CHECK_ERROR(seL4_DeleteFirst, copy_to(&space, space.node, 7, 4));
    CHECK_OK(seL4_CNode_Delete(space.node, 7, 4));
    CHECK_OK(copy_to(&space, space.node, 7, 4));
}

TEST(root_depths, "cspace/source/root-cnode-takes-all-bits")
{
    space_t space = new_space();
    seL4_Word guard_bits = seL4_WordBits - seL4_ConfigRootCNodeSizeBits;
    CHECK_ERROR(seL4_FailedLookup, copy_from(&space, ROOT, space.endpoint, 63), 1,
                seL4_DepthMismatch, 63, 64);
    CHECK_ERROR(seL4_FailedLookup, copy_from(&space, ROOT, space.endpoint, 44), 1,
                seL4_GuardMismatch, 44, 0, guard_bits);
    CHECK_ERROR(seL4_FailedLookup, copy_from(&space, ROOT, space.endpoint | 1ull << 63, 64), 1,
                seL4_GuardMismatch, 64, 0, guard_bits);
    CHECK_ERROR(seL4_FailedLookup,
                copy_from(&space, ROOT, space.endpoint | 1ull << seL4_ConfigRootCNodeSizeBits, 64),
                1, seL4_GuardMismatch, 64, 0, guard_bits);
    CHECK_OK(copy_from(&space, ROOT, space.endpoint, 64));
}

TEST(empty_source, "cspace/source/empty-slot")
{
    space_t space = new_space();
    CHECK_ERROR(seL4_FailedLookup, copy_from(&space, ROOT, new_slot(), 64), 1,
                seL4_MissingCapability, 64);
    CHECK_ERROR(seL4_FailedLookup, copy_from(&space, space.node, 5, 4), 1, seL4_MissingCapability,
                4);
}

TEST(source_root, "cspace/source/root-is-no-cnode")
{
    space_t space = new_space();
    CHECK_ERROR(seL4_FailedLookup, copy_from(&space, new_slot(), 5, 64), 1, seL4_InvalidRoot);
    CHECK_ERROR(seL4_FailedLookup, copy_from(&space, space.endpoint, 5, 64), 1, seL4_InvalidRoot);
    // The root's kind is looked at before the depth.
    CHECK_ERROR(seL4_FailedLookup, copy_from(&space, space.endpoint, 5, 65), 1, seL4_InvalidRoot);
}

// Reply tag lengths and registers beyond them, for each kind of error message.
TEST(reply_lengths, "cspace/error-messages/lengths")
{
    space_t space = new_space();
    invoke(space.node, CNodeDelete, WORDS(), WORDS(0, 0));
    CHECK_EQ(2, seL4_MessageInfo_get_length(invoke_reply));
    invoke(space.node, CNodeDelete, WORDS(), WORDS(0, 5));
    CHECK_EQ(4, seL4_MessageInfo_get_length(invoke_reply));
    CHECK_EQ(0, seL4_MessageInfo_get_extraCaps(invoke_reply));
    CHECK_EQ(0, seL4_MessageInfo_get_capsUnwrapped(invoke_reply));
    invoke(space.node, CNodeCopy, WORDS(new_slot()), WORDS(0, 4, 77, 64, 15));
    CHECK_EQ(2, seL4_MessageInfo_get_length(invoke_reply));
    CHECK_EQ(77, seL4_GetMR(2)); // the caller's own
    CHECK_EQ(64, seL4_GetMR(3));
    invoke(space.node, CNodeCopy, WORDS(ROOT), WORDS(0, 4, new_slot(), 64, 15));
    CHECK_EQ(3, seL4_MessageInfo_get_length(invoke_reply));
    invoke(space.node, CNodeCopy, WORDS(ROOT), WORDS(0, 4, space.endpoint, 64, 15));
    CHECK_EQ(0, invoke_reply.words[0]);
    invoke(space.node, CNodeCopy, WORDS(ROOT), WORDS(0, 4, space.endpoint, 64, 15));
    CHECK_EQ((seL4_Word)seL4_DeleteFirst << 12, invoke_reply.words[0]);
    invoke(ROOT, CNodeMint, WORDS(ROOT), WORDS(new_slot(), 64, seL4_CapIRQControl, 64, 15, 0));
    CHECK_EQ((seL4_Word)seL4_IllegalOperation << 12, invoke_reply.words[0]);
    invoke(pool_untyped(), UntypedRetype, WORDS(ROOT), WORDS(99, 0, 0, 0, 0, 0));
    CHECK_EQ((seL4_Word)seL4_InvalidArgument << 12 | 1, invoke_reply.words[0]);
    invoke(pool_untyped(), UntypedRetype, WORDS(ROOT), WORDS(0, 40, 0, 0, new_slot(), 1));
    CHECK_EQ((seL4_Word)seL4_NotEnoughMemory << 12 | 1, invoke_reply.words[0]);
    invoke(seL4_CapInitThreadTCB, TCBSetPriority, WORDS(ROOT), WORDS(1));
    CHECK_EQ((seL4_Word)seL4_InvalidCapability << 12 | 1, invoke_reply.words[0]);
}
